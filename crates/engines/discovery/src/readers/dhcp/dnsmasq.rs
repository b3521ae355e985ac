//! dnsmasq, `dnsmasq.leases`: one lease a line, `expiry mac address name client-id`; after a line
//! `duid …` those of IPv6, whose second word is an identifier instead of a hardware address.

use time::OffsetDateTime;

use super::add_client_name;
use crate::limits::Options;
use crate::model::{
    Address, Assignment, Device, Incomplete, Place, Presence, Reason, Report, SourceKind,
};
use crate::readers::{ReadError, Reading, check_size};

/// Reads the leases.
///
/// # Errors
/// [`ReadError::NotThisKind`] where no line is a lease.
pub fn read(bytes: &[u8], options: &Options) -> Result<Report, ReadError> {
    check_size(bytes, options)?;
    let mut reading = Reading::new(SourceKind::Dnsmasq, options);
    let content = reading.decode(bytes);
    let mut six = false;
    let mut leases = 0_usize;
    for (index, line) in content.lines().enumerate() {
        let place = Place::Line(u64::try_from(index + 1).unwrap_or(u64::MAX));
        let words: Vec<&str> = line.split_whitespace().take(6).collect();
        let (expiry, hardware, address, name) = match words.as_slice() {
            [] => continue,
            ["duid", ..] => {
                six = true;
                continue;
            }
            [expiry, hardware, address, name, ..] => (*expiry, *hardware, *address, *name),
            _ => {
                reading.malformed(&place, "lease", line);
                if !content.ends_with('\n') && content.lines().count() == index + 1 {
                    reading.stop(Incomplete::CutOff);
                }
                continue;
            }
        };
        let Ok(expires) = expiry.parse::<i64>() else {
            reading.malformed(&place, "time of expiry", expiry);
            continue;
        };
        let Some(ip) = reading.ip(&place, address) else {
            continue;
        };
        leases += 1;
        let mut device = Device::default();
        device.add_address(Address {
            ip,
            // Zero is a lease without end.
            assignment: if expires == 0 {
                Assignment::Unknown
            } else {
                Assignment::Dynamic
            },
        });
        if !six {
            // Other hardware than Ethernet is written with its type before, "06-aa:bb:…".
            let bare = hardware.split_once('-').map_or(hardware, |(_, rest)| rest);
            if let Some(mac) = reading.mac(&place, bare) {
                device.add_mac(mac);
            }
        }
        if let Some(name) = reading.text(&place, "name", name) {
            add_client_name(&mut device, &name);
        }
        if device.is_blank() {
            let what = "a usable address".to_owned();
            reading.problem(place, Reason::Missing { what });
            continue;
        }
        // The lease's begin is not written; when the device was last there is not known.
        let seen: Option<OffsetDateTime> = None;
        if reading
            .push(device, Presence::Listed, seen, place)
            .is_break()
        {
            break;
        }
    }
    if leases == 0 {
        return Err(ReadError::NotThisKind {
            expected: "lease file of dnsmasq",
            hint: "its lines are: expiry hardware-address address name client-id".to_owned(),
        });
    }
    Ok(reading.finish())
}
