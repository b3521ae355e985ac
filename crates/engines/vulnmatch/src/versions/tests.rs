use std::cmp::Ordering::{self, Equal, Greater, Less};

use proptest::prelude::*;

use super::*;

/// Vendor, product, one version, its order, the other version.
const TABLE: &[(&str, &str, &str, Option<Ordering>, &str)] = &[
    // Everybody: zeros, letters, pre-releases, patches, dashes.
    ("any", "thing", "9.5", Some(Equal), "9.5.0"),
    ("any", "thing", "9.5", Some(Equal), "v9.5.0.0"),
    ("any", "thing", "9.05", Some(Equal), "9.5"),
    ("any", "thing", "9.10", Some(Greater), "9.9"),
    ("any", "thing", "9.0.1", Some(Greater), "9"),
    ("any", "thing", "4.4.19", Some(Greater), "4.4.1"),
    ("any", "thing", "2.0-beta9", Some(Less), "2.0"),
    ("any", "thing", "2.0-beta9", Some(Less), "2.0-rc1"),
    ("any", "thing", "2.0-rc1", Some(Less), "2.0.1"),
    ("any", "thing", "2.15.0-rc1", Some(Less), "2.15.0"),
    ("any", "thing", "2.15.0-rc2", Some(Greater), "2.15.0-rc1"),
    ("any", "thing", "2.15.0-rc1", Some(Greater), "2.14.9"),
    ("any", "thing", "1.0~rc1", Some(Less), "1.0"),
    ("any", "thing", "9.0.0:milestone18", Some(Less), "9.0.0"),
    ("any", "thing", "10.1.0-M4", Some(Less), "10.1.0-M16"),
    ("any", "thing", "1.0.0.Final", Some(Equal), "1.0.0"),
    ("any", "thing", "8.6_base", Some(Equal), "8.6"),
    ("any", "thing", "1.8.6_p7", Some(Greater), "1.8.6"),
    ("any", "thing", "1.8.6p7", Some(Equal), "1.8.6_p7"),
    ("any", "thing", "4.2.7p136", Some(Less), "4.2.7p388"),
    ("any", "thing", "4.2.7p388", Some(Less), "4.2.8"),
    ("any", "thing", "1.7.3b1", Some(Less), "1.7.3"),
    ("any", "thing", "6.9.0-4", Some(Greater), "6.9.0"),
    ("any", "thing", "6.9.0-4", Some(Less), "6.9.0-10"),
    ("any", "thing", "6.9.0-4", Some(Less), "6.9.1"),
    ("any", "thing", "6.2-23739", Some(Less), "6.2.2-24922"),
    ("any", "thing", "5.2-5967-5", Some(Less), "5.2-5967-6"),
    ("any", "thing", "2007 SP2", Some(Greater), "2007 SP1"),
    ("any", "thing", "1.0 build 12", Some(Greater), "1.0"),
    ("any", "thing", "7.4.1c", Some(Less), "7.4.1d"),
    ("any", "thing", "8.2_20170817", Some(Less), "8.2_20180101"),
    ("any", "thing", "v6R2m1", Some(Greater), "v6R1m0"),
    ("any", "thing", "V6R2M1", Some(Equal), "6.2.1"),
    ("any", "thing", "cb.02.048", Some(Less), "cb.021.062"),
    ("any", "thing", "cb.02.048", None, "atl.02.048"),
    ("any", "thing", "r27.6.2", Some(Less), "r28.1.4"),
    ("any", "thing", "snv_95", Some(Equal), "build_snv_95"),
    ("any", "thing", "2010-11-07a", Some(Greater), "2010-11-07"),
    (
        "any",
        "thing",
        "release_2009-02-14",
        Some(Less),
        "2010-11-07",
    ),
    ("any", "thing", "20231201", Some(Equal), "2023-12-01"),
    ("any", "thing", "2000-02-28", None, "2.1.3"),
    ("any", "thing", "?", None, "1.0"),
    ("any", "thing", "-", None, "1.0"),
    ("any", "thing", "", None, "1.0"),
    ("any", "thing", "release", None, "1.0"),
    ("any", "thing", "99999999999999999999999", None, "1.0"),
    // Palo Alto Networks.
    (
        "paloaltonetworks",
        "pan-os",
        "10.1.14-h11",
        Some(Greater),
        "10.1.14",
    ),
    (
        "paloaltonetworks",
        "pan-os",
        "10.1.14-h11",
        Some(Greater),
        "10.1.14-h9",
    ),
    (
        "paloaltonetworks",
        "pan-os",
        "10.1.14-h11",
        Some(Less),
        "10.1.15",
    ),
    ("paloaltonetworks", "pan-os", "11.2.0", Some(Equal), "11.2"),
    // Fortinet.
    (
        "fortinet",
        "fortios",
        "7.0.0,build0066 (GA)",
        Some(Equal),
        "7.0.0",
    ),
    (
        "fortinet",
        "fortios",
        "v7.0.12,build0523,230606 (GA.M)",
        Some(Greater),
        "7.0.11",
    ),
    (
        "fortinet",
        "fortios",
        "v6.4.2 build1723",
        Some(Equal),
        "6.4.2",
    ),
    (
        "fortinet",
        "fortios",
        "4.0 MR3 Patch 11",
        Some(Equal),
        "4.3.11",
    ),
    ("fortinet", "fortios", "3.0_mr1", Some(Less), "3.0_mr7"),
    ("fortinet", "fortios", "FortiOS 7.2.4", Some(Less), "7.2.10"),
    // Cisco.
    ("cisco", "ios", "15.0(3)EW", Some(Greater), "15.0(2)EW"),
    ("cisco", "ios", "15.0(3)ew1", Some(Greater), "15.0(3)ew"),
    ("cisco", "ios", "12.2(33)SXI7", Some(Less), "12.2(33)SXI10"),
    ("cisco", "ios", "12.2(33)SXI7", None, "12.2(25)EWA12"),
    ("cisco", "ios", "15.1(4)M1", Some(Greater), "15.1(3)T2"),
    ("cisco", "ios", "12.3(3c)", Some(Greater), "12.3(3)"),
    ("cisco", "ios", "12.3(3c)", Some(Less), "12.3(4)"),
    ("cisco", "ios_xe", "16.12.4a", Some(Greater), "16.12.4"),
    ("cisco", "ios_xe", "denali-16.3.4", Some(Equal), "16.3.4"),
    ("cisco", "ios_xe", "3.16.5S", Some(Greater), "3.16.1S"),
    ("cisco", "ios_xe", "3.16.5S", None, "3.6.4E"),
    ("cisco", "nx-os", "7.0(3)I4(1)", Some(Less), "7.0(3)I4(2)"),
    (
        "cisco",
        "adaptive_security_appliance_software",
        "8.1(2)",
        Some(Equal),
        "8.1.2",
    ),
    (
        "cisco",
        "adaptive_security_appliance_software",
        "9.1(.2)",
        Some(Equal),
        "9.1.2",
    ),
    (
        "cisco",
        "adaptive_security_appliance_software",
        "7.2(3)6",
        Some(Greater),
        "7.2(3)",
    ),
    (
        "cisco",
        "adaptive_security_appliance_software",
        "9.8(4)10",
        Some(Less),
        "9.8.4.15",
    ),
    (
        "cisco",
        "unified_communications_manager",
        "11.5(1)su9",
        Some(Greater),
        "11.5(1)su3",
    ),
    // OpenSSL, OpenSSH.
    ("openssl", "openssl", "1.0.2k", Some(Greater), "1.0.2"),
    ("openssl", "openssl", "1.0.2k", Some(Less), "1.0.2zf"),
    ("openssl", "openssl", "0.9.8zg", Some(Greater), "0.9.8z"),
    ("openssl", "openssl", "1.0.2k-fips", Some(Equal), "1.0.2k"),
    ("openssl", "openssl", "1.1.0-pre3", Some(Less), "1.1.0"),
    ("openssl", "openssl", "1.0.1:beta2", Some(Less), "1.0.1"),
    ("openbsd", "openssh", "7.9p1", Some(Equal), "7.9"),
    ("openbsd", "openssh", "9.3p2", Some(Less), "9.8"),
    // Microsoft.
    (
        "microsoft",
        "windows_server_2022",
        "10.0.20348.2762",
        Some(Greater),
        "10.0.20348.617",
    ),
    ("microsoft", "windows_10", "21H2", None, "10.0.19044.1288"),
    ("microsoft", "windows_10", "22H2", Some(Greater), "1909"),
    ("microsoft", "windows_10", "1903", Some(Less), "1909"),
    (
        "microsoft",
        "sql_server",
        "2016 SP2",
        Some(Greater),
        "2016 SP1",
    ),
    ("microsoft", "sql_server", "2016", None, "13.0.6300.2"),
    (
        "microsoft",
        "sql_server",
        "13.0.5026.0",
        Some(Less),
        "13.0.6300.2",
    ),
    (
        "microsoft",
        "sql_server",
        "2008:r2_sp3",
        Some(Greater),
        "2008:sp3",
    ),
    // Java.
    (
        "oracle",
        "jre",
        "1.8.0 update_202",
        Some(Equal),
        "1.8.0_202",
    ),
    ("oracle", "jre", "1.8.0:update_202", Some(Equal), "8u202"),
    (
        "oracle",
        "jre",
        "1.8.0:update_202",
        Some(Greater),
        "1.8.0:update_51",
    ),
    ("oracle", "jre", "1.8.0", Some(Less), "1.8.0_5"),
    ("oracle", "jdk", "6_update_4", Some(Equal), "1.6.0_4"),
    ("sun", "jre", "1.4.2_38", Some(Greater), "1.4.2_9"),
    ("oracle", "jdk", "11.0.2+9", Some(Equal), "11.0.2"),
    ("oracle", "jdk", "17.0.1", Some(Greater), "1.8.0_391"),
    (
        "oracle",
        "jre",
        "1.7.0:update45_b32",
        Some(Greater),
        "1.7.0:update45",
    ),
    // Juniper.
    ("juniper", "junos", "12.3R2", Some(Less), "12.3R12"),
    (
        "juniper",
        "junos",
        "12.3:r12-s13",
        Some(Greater),
        "12.3R12-S3",
    ),
    ("juniper", "junos", "12.3R12", Some(Greater), "12.3"),
    (
        "juniper",
        "junos",
        "15.1X49-D90",
        Some(Less),
        "15.1x49:d150",
    ),
    ("juniper", "junos", "15.1X49-D90", None, "15.1R3"),
    ("juniper", "junos", "21.4R3-S5-EVO", None, "21.4R3-S5"),
    // Ivanti, NetScaler, SonicWall, VMware, Oracle.
    ("ivanti", "connect_secure", "9.1:r17", Some(Equal), "9.1R17"),
    (
        "ivanti",
        "connect_secure",
        "9.1R17.1",
        Some(Greater),
        "9.1:r17",
    ),
    (
        "ivanti",
        "connect_secure",
        "22.7R2.5 (build 3431)",
        Some(Equal),
        "22.7:r2.5",
    ),
    (
        "pulsesecure",
        "pulse_connect_secure",
        "8.2r1.0",
        Some(Equal),
        "8.2r1",
    ),
    (
        "pulsesecure",
        "pulse_connect_secure",
        "9.1r9",
        Some(Less),
        "9.1r11.4",
    ),
    (
        "citrix",
        "netscaler_application_delivery_controller",
        "NS13.1: Build 51.15.nc",
        Some(Equal),
        "13.1-51.15",
    ),
    (
        "citrix",
        "netscaler_application_delivery_controller",
        "12.1-55.300",
        Some(Less),
        "12.1-65.39",
    ),
    (
        "sonicwall",
        "sonicos",
        "6.5.4.7-83n",
        Some(Less),
        "6.5.4.15-116n",
    ),
    (
        "sonicwall",
        "sma_100_firmware",
        "10.2.1.1-19sv",
        Some(Equal),
        "10.2.1.1-19",
    ),
    ("vmware", "esxi", "7.0 U2a", Some(Equal), "7.0:update_2a"),
    (
        "vmware",
        "esxi",
        "7.0:update_2a",
        Some(Greater),
        "7.0:update_2",
    ),
    ("vmware", "esxi", "7.0:update_3", Some(Less), "8.0"),
    ("oracle", "database_server", "19c", Some(Equal), "19"),
    (
        "oracle",
        "database_server",
        "12.1.0.2",
        Some(Greater),
        "12.1.0.1",
    ),
    (
        "huawei",
        "p8_lite_firmware",
        "ale-l21c432b214",
        Some(Greater),
        "ale-l21c432b200",
    ),
    (
        "dlink",
        "dir-850l_firmware",
        "1.02b05",
        Some(Greater),
        "1.02",
    ),
];

#[test]
fn the_table_holds_in_both_directions() {
    for (vendor, product, one, order, other) in TABLE {
        let scheme = Scheme::of_product(vendor, product);
        let key = |text: &str| match text.split_once(':') {
            Some((version, update)) if !update.starts_with(' ') => {
                scheme.key(version, Some(update))
            }
            _ => scheme.key(text, None),
        };
        let (one_key, other_key) = (key(one), key(other));
        assert_eq!(
            one_key.compare(&other_key),
            *order,
            "{vendor}:{product} {one} against {other}: {one_key:02x?} {other_key:02x?}"
        );
        assert_eq!(
            other_key.compare(&one_key),
            order.map(Ordering::reverse),
            "{vendor}:{product} {other} against {one}"
        );
    }
}

/// versionType, one version, its order, the other version.
#[test]
fn packaging_systems() {
    for (kind, one, order, other) in [
        ("semver", "1.0.0-alpha", Less, "1.0.0-alpha.1"),
        ("semver", "1.0.0-alpha.1", Less, "1.0.0-alpha.beta"),
        ("semver", "1.0.0-alpha.beta", Less, "1.0.0-beta"),
        ("semver", "1.0.0-beta.2", Less, "1.0.0-beta.11"),
        ("semver", "1.0.0-rc.1", Less, "1.0.0"),
        ("semver", "1.0.0-foo", Less, "1.0.0"),
        ("semver", "1.0.0+build5", Equal, "1.0"),
        ("semver", "v1.2.3", Equal, "1.2.3"),
        (
            "rpm",
            "0:18.0.9-1.redhat_00001.1.el9sso",
            Greater,
            "0:18.0.8-1.redhat_00001.1.el8sso",
        ),
        ("rpm", "1:1.0-1", Greater, "2.0-1"),
        ("rpm", "1.0~rc1-1", Less, "1.0-1"),
        ("rpm", "1.0^git1-1", Greater, "1.0-1"),
        ("rpm", "1.0a-1", Greater, "1.0-1"),
        ("rpm", "1.0.1-1", Greater, "1.0a-1"),
        ("rpm", "1.0-10.el8", Greater, "1.0-9.el8_6"),
        ("rpm", "1.05", Equal, "1.5"),
        ("deb", "1.0~beta1", Less, "1.0"),
        ("deb", "1.0-1", Greater, "1.0"),
        ("deb", "2.20.9-0ubuntu7.23", Greater, "2.20.9-0ubuntu7.9"),
        ("deb", "1:0.1", Greater, "9.9"),
        ("deb", "1.0+dfsg-1", Greater, "1.0-1"),
        ("deb", "1.0a", Less, "1.0+"),
        ("maven", "1.0-alpha-1", Less, "1.0-beta-1"),
        ("maven", "1.0-rc1", Less, "1.0-SNAPSHOT"),
        ("maven", "1.0-SNAPSHOT", Less, "1.0"),
        ("maven", "1.0.0", Equal, "1"),
        ("maven", "1.0-sp", Greater, "1.0"),
        ("maven", "1.0-xyz", Greater, "1.0-sp"),
        ("maven", "1.0.1", Greater, "1.0-1"),
        ("maven", "2.0.0.M3", Less, "2.0.0"),
        ("python", "1.0.dev1", Less, "1.0a1"),
        ("python", "1.0a1.dev1", Less, "1.0a1"),
        ("python", "1.0a1", Less, "1.0b1"),
        ("python", "1.0b2", Less, "1.0rc1"),
        ("python", "1.0rc1", Less, "1.0"),
        ("python", "1.0", Less, "1.0.post1"),
        ("python", "1.0-1", Equal, "1.0.post1"),
        ("python", "1.0+local.1", Greater, "1.0"),
        ("python", "1!1.0", Greater, "2.0"),
        ("python", "3.13.0a1", Less, "3.13.0rc2"),
    ] {
        let scheme = Scheme::of_type(Some(kind), "any", "thing");
        assert_eq!(
            scheme.compare(one, other),
            Some(order),
            "{kind}: {one} against {other}"
        );
        assert_eq!(
            scheme.compare(other, one),
            Some(order.reverse()),
            "{kind}: {other} against {one}"
        );
    }
    let git = Scheme::of_type(Some("git"), "linux", "linux");
    assert_eq!(git.compare("611e12ea0f12", "12b0606000d0"), None);
    assert_eq!(git.compare("611e12ea0f12", "611e12ea0f12"), Some(Equal));
    assert_eq!(
        Scheme::of_type(Some("semver"), "fortinet", "fortios"),
        Scheme::Fortinet
    );
}

#[test]
fn patch_levels_have_bases() {
    let loose = Scheme::Loose;
    let level = |version: &str, base: &str| {
        loose
            .key(version, None)
            .is_patch_level_of(&loose.key(base, None))
    };
    assert!(level("7.9:p1", "7.9"));
    assert!(level("5.2-5967-5", "5.2-5967"));
    assert!(level("5.2-5967-5", "5.2"));
    assert!(level("10.1.0-h2", "10.1"));
    assert!(!level("1.0.2k", "1.0.2"));
    assert!(!level("2.0-rc1", "2.0"));
    assert!(!level("2.0.1", "2.0"));
}

#[test]
fn unknown_words_are_said_to_be_a_guess() {
    assert!(Scheme::Loose.key("1.0-netsec", None).is_guessed());
    assert!(!Scheme::Loose.key("1.0.2k", None).is_guessed());
    assert!(!Scheme::Loose.key("2.0-beta9", None).is_guessed());
}

#[test]
fn long_and_odd_texts_are_handled() {
    let long = "1.".repeat(5_000);
    for scheme in Scheme::ALL {
        for text in [
            &*long,
            "?",
            "-",
            "*",
            "",
            " ",
            "１．２",
            "\u{0}1",
            "((((",
            "1..2",
            "10.0.20348..2762",
        ] {
            let key = scheme.key(text, None);
            assert_eq!(key.compare(&key), Some(Equal), "{scheme:?} {text:?}");
        }
        assert_eq!(scheme.compare(&long, "1.0"), None);
        assert_eq!(Scheme::from_code(scheme.code()), Some(scheme));
    }
    assert_eq!(
        Scheme::Microsoft.compare("10.0.20348..2762", "10.0.20348.2762"),
        Some(Equal)
    );
    for text in ["", "?", "-", "*", "n/a", "不明", " Unspecified "] {
        assert!(says_nothing(text), "{text:?}");
    }
    assert!(!says_nothing("1"));
}

proptest! {
    /// Orders are orders: no cycle among three versions, whatever they are.
    #[test]
    fn the_order_is_total_within_a_class(
        texts in proptest::collection::vec("[0-9a-crpuv.()~_-]{1,10}", 3),
        scheme in 0u8..21,
    ) {
        let scheme = Scheme::from_code(scheme).unwrap();
        let keys: Vec<Key> = texts.iter().map(|text| scheme.key(text, None)).collect();
        let [a, b, c] = keys.as_slice() else { unreachable!() };
        if let (Some(ab), Some(bc)) = (a.compare(b), b.compare(c))
            && ab == bc
        {
            prop_assert_eq!(a.compare(c), Some(ab));
        }
        prop_assert_eq!(a.compare(b), b.compare(a).map(Ordering::reverse));
    }

    #[test]
    fn numbers_are_ordered_as_numbers(one in 0u64..1_000_000, other in 0u64..1_000_000) {
        for scheme in Scheme::ALL {
            if scheme == Scheme::Unordered || scheme == Scheme::Microsoft {
                continue;
            }
            let order = scheme.compare(&format!("3.{one}.7"), &format!("3.{other}.7"));
            prop_assert_eq!(order, Some(one.cmp(&other)), "{:?}", scheme);
        }
    }

    #[test]
    fn any_text_has_a_key(text in "\\PC{0,300}", update in "\\PC{0,20}") {
        for scheme in Scheme::ALL {
            let key = scheme.key(&text, Some(&update));
            prop_assert_eq!(key.compare(&key), Some(Equal));
            prop_assert!(key.bytes().contains(&0));
        }
    }
}
