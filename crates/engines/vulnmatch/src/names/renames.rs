//! Products that changed hands or names: under which other names feeds speak of the same product.
//!
//! **Unverified:** the days, months and years and the announcements cited beside them have not been held
//! against the announcements themselves. Two were seen confirmed elsewhere in
//! public: that Citrix renamed NetScaler ADC in 2018 (the year, not the month), and that what was Traps
//! is called Cortex XDR agent (not when). Nothing is computed from them; they are shown only.

use crate::cpe::{Attribute, Name, Value};

/// Why two names are of one product.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
pub struct Renaming {
    /// What happened.
    pub event: &'static str,
    /// When: a day, a month or a year; not verified (see the module).
    pub since: &'static str,
    /// Where it is said; not looked up there.
    pub source: &'static str,
}

/// Another name of a product.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AlsoKnown {
    /// The name, with the version and all else of the one that was asked for.
    pub name: Name,
    /// Why.
    pub renaming: &'static Renaming,
}

/// Products that are one, as (part, vendor, product), and why. The versions were counted on without a
/// break; where they were not, the products are two and do not stand here.
struct Group {
    renaming: Renaming,
    names: &'static [(char, &'static str, &'static str)],
}

const fn group(
    event: &'static str,
    since: &'static str,
    source: &'static str,
    names: &'static [(char, &'static str, &'static str)],
) -> Group {
    Group {
        renaming: Renaming {
            event,
            since,
            source,
        },
        names,
    }
}

/// That feeds write a product in several ways is seen in the feeds themselves.
const NVD: &str = "names in the feeds of NVD";

/// The table.
const GROUPS: &[Group] = &[
    group(
        "Oracle took over Sun Microsystems",
        "2010-01-27",
        "Oracle, press release of 27 January 2010",
        &[('a', "oracle", "jre"), ('a', "sun", "jre")],
    ),
    group(
        "Oracle took over Sun Microsystems",
        "2010-01-27",
        "Oracle, press release of 27 January 2010",
        &[('a', "oracle", "jdk"), ('a', "sun", "jdk")],
    ),
    group(
        "Oracle took over Sun Microsystems, which had taken over MySQL",
        "2010-01-27",
        "Oracle, press release of 27 January 2010",
        &[
            ('a', "oracle", "mysql"),
            ('a', "sun", "mysql"),
            ('a', "mysql", "mysql"),
        ],
    ),
    group(
        "Oracle took over Sun Microsystems",
        "2010-01-27",
        "Oracle, press release of 27 January 2010",
        &[('o', "oracle", "solaris"), ('o', "sun", "solaris")],
    ),
    group(
        "Oracle took over Sun Microsystems",
        "2010-01-27",
        "Oracle, press release of 27 January 2010",
        &[
            ('a', "oracle", "vm_virtualbox"),
            ('a', "sun", "virtualbox"),
            ('a', "sun", "xvm_virtualbox"),
        ],
    ),
    group(
        "Pulse Secure left Juniper (2014) and came to Ivanti",
        "2020-12-01",
        "Ivanti, press release of 1 December 2020",
        &[
            ('a', "ivanti", "connect_secure"),
            ('a', "pulsesecure", "pulse_connect_secure"),
            ('a', "juniper", "pulse_connect_secure"),
        ],
    ),
    group(
        "Pulse Secure came to Ivanti",
        "2020-12-01",
        "Ivanti, press release of 1 December 2020",
        &[
            ('a', "ivanti", "policy_secure"),
            ('a', "pulsesecure", "pulse_policy_secure"),
        ],
    ),
    group(
        "MobileIron Core came to Ivanti and was renamed Endpoint Manager Mobile",
        "2020-12-01",
        "Ivanti, press release of 1 December 2020",
        &[
            ('a', "ivanti", "endpoint_manager_mobile"),
            ('a', "mobileiron", "core"),
            ('a', "ivanti", "mobileiron"),
        ],
    ),
    group(
        "LANDESK became Ivanti",
        "2017-01-23",
        "Ivanti, press release of 23 January 2017",
        &[
            ('a', "ivanti", "endpoint_manager"),
            ('a', "landesk", "landesk_management_suite"),
            ('a', "landesk_software", "landesk_management_suite"),
        ],
    ),
    group(
        "NetScaler ADC was Citrix ADC from 2018 to 2022",
        "2018-05",
        "Citrix, product names of 2018 and 2022",
        &[
            ('a', "citrix", "netscaler_application_delivery_controller"),
            (
                'o',
                "citrix",
                "netscaler_application_delivery_controller_firmware",
            ),
            ('o', "citrix", "application_delivery_controller_firmware"),
        ],
    ),
    group(
        "NetScaler Gateway was Citrix Gateway from 2018 to 2022",
        "2018-05",
        "Citrix, product names of 2018 and 2022",
        &[
            ('a', "citrix", "netscaler_gateway"),
            ('o', "citrix", "netscaler_gateway_firmware"),
            ('o', "citrix", "gateway_firmware"),
        ],
    ),
    group(
        "FortiManager is filed as a program and as firmware",
        "2019",
        NVD,
        &[
            ('a', "fortinet", "fortimanager"),
            ('o', "fortinet", "fortimanager"),
            ('o', "fortinet", "fortimanager_firmware"),
        ],
    ),
    group(
        "FortiAnalyzer is filed as a program and as firmware",
        "2019",
        NVD,
        &[
            ('a', "fortinet", "fortianalyzer"),
            ('o', "fortinet", "fortianalyzer"),
            ('o', "fortinet", "fortianalyzer_firmware"),
        ],
    ),
    group(
        "McAfee Enterprise became Trellix",
        "2022-01-19",
        "Trellix, press release of 19 January 2022",
        &[
            ('a', "mcafee", "epolicy_orchestrator"),
            ('a', "trellix", "epolicy_orchestrator"),
        ],
    ),
    group(
        "Broadcom took over Symantec's enterprise business",
        "2019-11-04",
        "Broadcom, press release of 4 November 2019",
        &[
            ('a', "symantec", "endpoint_protection"),
            ('a', "broadcom", "symantec_endpoint_protection"),
        ],
    ),
    group(
        "Broadcom took over VMware",
        "2023-11-22",
        "Broadcom, press release of 22 November 2023",
        &[
            ('a', "vmware", "vcenter_server"),
            ('a', "broadcom", "vmware_vcenter_server"),
        ],
    ),
    group(
        "Broadcom took over CA",
        "2018-11-05",
        "Broadcom, press release of 5 November 2018",
        &[('a', "broadcom", "siteminder"), ('a', "ca", "siteminder")],
    ),
    group(
        "ESXi is filed as a program and as a system",
        "2012",
        NVD,
        &[('o', "vmware", "esxi"), ('a', "vmware", "esxi")],
    ),
    group(
        "FileMaker became Claris",
        "2019-08-06",
        "Claris, press release of 6 August 2019",
        &[
            ('a', "claris", "filemaker_pro"),
            ('a', "filemaker", "filemaker_pro"),
        ],
    ),
    group(
        "FileMaker became Claris",
        "2019-08-06",
        "Claris, press release of 6 August 2019",
        &[
            ('a', "claris", "filemaker_server"),
            ('a', "filemaker", "filemaker_server"),
        ],
    ),
    group(
        "Progress took over Ipswitch",
        "2019-04-30",
        "Progress, press release of 1 May 2019",
        &[
            ('a', "progress", "whatsup_gold"),
            ('a', "ipswitch", "whatsup_gold"),
        ],
    ),
    group(
        "Progress took over Ipswitch",
        "2019-04-30",
        "Progress, press release of 1 May 2019",
        &[
            ('a', "progress", "ws_ftp_server"),
            ('a', "ipswitch", "ws_ftp_server"),
            ('a', "progress", "ipswitch_ws_ftp_server"),
        ],
    ),
    group(
        "OpenOffice.org went from Sun to Oracle and in 2011 to Apache",
        "2011-06-01",
        "Apache Software Foundation, incubation record of 2011",
        &[
            ('a', "apache", "openoffice"),
            ('a', "apache", "openoffice.org"),
            ('a', "openoffice", "openoffice.org"),
            ('a', "openoffice", "openoffice"),
            ('a', "sun", "openoffice.org"),
        ],
    ),
    group(
        "Trend Micro is written in two ways",
        "2009",
        NVD,
        &[
            ('a', "trendmicro", "officescan"),
            ('a', "trend_micro", "officescan"),
        ],
    ),
    group(
        "The AnyConnect client became Cisco Secure Client",
        "2022-07",
        "Cisco, release notes of Secure Client 5",
        &[
            ('a', "cisco", "secure_client"),
            ('a', "cisco", "anyconnect_secure_mobility_client"),
        ],
    ),
    group(
        "Traps became the Cortex XDR agent",
        "2019-11",
        "Palo Alto Networks, release notes of the Cortex XDR agent 7.0",
        &[
            ('a', "paloaltonetworks", "cortex_xdr_agent"),
            ('a', "paloaltonetworks", "traps"),
        ],
    ),
    group(
        "BIG-IP modules are written in full and in short",
        "2017",
        NVD,
        &[
            ('a', "f5", "big-ip_local_traffic_manager"),
            ('a', "f5", "big-ip_ltm"),
        ],
    ),
    group(
        "BIG-IP modules are written in full and in short",
        "2017",
        NVD,
        &[
            ('a', "f5", "big-ip_access_policy_manager"),
            ('a', "f5", "big-ip_apm"),
        ],
    ),
];

/// The other names of a product of an asset; none for nearly all. An asset is matched with these
/// besides, and a finding on one of them shows the renaming as its ground.
///
/// ```
/// use vulnmatch::cpe::Name;
/// use vulnmatch::names::also_known;
/// let found = also_known(&Name::product('a', "ivanti", "connect_secure").with_version("9.1R11"));
/// assert_eq!(found[0].name.to_string(), "cpe:2.3:a:pulsesecure:pulse_connect_secure:9.1r11:*:*:*:*:*:*:*");
/// assert_eq!(found[0].renaming.since, "2020-12-01");
/// ```
#[must_use]
pub fn also_known(name: &Name) -> Vec<AlsoKnown> {
    let (Some(vendor), Some(product)) = (
        name.literal(Attribute::Vendor),
        name.literal(Attribute::Product),
    ) else {
        return Vec::new();
    };
    let part = name
        .literal(Attribute::Part)
        .and_then(|part| part.chars().next());
    let is = |(of, by, what): &(char, &str, &str)| {
        part.is_none_or(|part| part == *of) && (*by, *what) == (vendor, product)
    };
    GROUPS
        .iter()
        .filter(|group| group.names.iter().any(is))
        .flat_map(|group| {
            group
                .names
                .iter()
                .filter(move |other| !is(other))
                .map(|(part, vendor, product)| {
                    let mut other = name.clone();
                    other.set(Attribute::Part, Value::text(part.encode_utf8(&mut [0; 4])));
                    other.set(Attribute::Vendor, Value::text(vendor));
                    other.set(Attribute::Product, Value::text(product));
                    AlsoKnown {
                        name: other,
                        renaming: &group.renaming,
                    }
                })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::versions::Scheme;
    use std::cmp::Ordering;

    #[test]
    fn the_table_holds_together() {
        let mut seen = Vec::new();
        for group in GROUPS {
            assert!(group.names.len() > 1);
            // Under each name versions are ordered alike.
            for (_, vendor, product) in group.names {
                let scheme = Scheme::of_product(vendor, product);
                for (one, other, order) in [
                    ("9.0.2", "9.0.10", Ordering::Less),
                    ("9.1", "9.1.0", Ordering::Equal),
                    ("12.1-55.13", "13.0-47.24", Ordering::Less),
                ] {
                    assert_eq!(
                        scheme.compare(one, other),
                        Some(order),
                        "{vendor} {product}"
                    );
                }
            }
            assert!(group.renaming.since.starts_with("20") && !group.renaming.source.is_empty());
            for name in group.names {
                assert!(!seen.contains(name), "{name:?} stands twice");
                seen.push(*name);
            }
        }
    }

    #[test]
    fn names_change_and_nothing_else() {
        let name = Name::parse_lenient("cpe:2.3:a:sun:jre:1.6.0:update_45:*:*:*:*:*:*").unwrap();
        let found = also_known(&name);
        assert_eq!(found.len(), 1);
        assert_eq!(
            found[0].name.to_string(),
            "cpe:2.3:a:oracle:jre:1.6.0:update_45:*:*:*:*:*:*"
        );
        assert_eq!(also_known(&found[0].name)[0].name, name);
        assert_eq!(also_known(&Name::product('h', "oracle", "jre")), []);
        assert_eq!(also_known(&Name::product('a', "v", "p")), []);
        assert_eq!(also_known(&Name::default()), []);
    }
}
