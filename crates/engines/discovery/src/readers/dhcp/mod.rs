//! Leases of DHCP servers.
//!
//! A lease is lent: its address alone never identifies a device. Leases that have ended are
//! reported as [`crate::model::Presence::Inactive`]; reservations as static addresses.

pub mod dnsmasq;
pub mod isc;
pub mod kea;
pub mod windows;

use crate::model::{Device, Field, NameKind};

/// What a client calls itself, which it may set at will.
fn add_client_name(device: &mut Device, name: &str) {
    let name = name.trim().trim_end_matches('.');
    if !name.is_empty() && name != "*" {
        device.add_name(NameKind::Hostname, name);
    }
}

fn add_note(device: &mut Device, note: Option<String>) {
    if let Some(note) = note {
        device.facts.insert(Field::Note, note);
    }
}
