//! What a key is worth: texts that tools and makers write where they know nothing.

use std::net::IpAddr;

use crate::text;

/// A serial number in comparable form, or `None` where the text is a placeholder.
///
/// Width and case are folded, spaces and hyphens left out. Placeholders are those that firmware
/// carries where its maker filled nothing in ("To Be Filled By O.E.M.", "0", "None",
/// "Default string", 「不明」), repetitions of one character, and anything under four characters.
#[must_use]
pub fn serial(text: &str) -> Option<String> {
    let folded = compact(text);
    let known = [
        "tobefilledbyoem",
        "defaultstring",
        "systemserialnumber",
        "serialnumber",
        "chassisserialnumber",
        "notspecified",
        "notapplicable",
        "notavailable",
        "notpresent",
        "unknown",
        "invalid",
        "none",
        "null",
        "empty",
        "oem",
        "xxxxxxxx",
        "noserial",
        "nosn",
        "123456789",
        "1234567890",
        "12345678",
        "1234567",
        "123456",
        "0123456789",
        "不明",
        "なし",
        "無し",
        "未登録",
        "未設定",
        "未入力",
        "記載なし",
        "該当なし",
    ];
    let mut characters = folded.chars();
    let one_character = characters
        .next()
        .is_some_and(|first| characters.all(|other| other == first));
    if one_character || folded.chars().count() < 4 || known.contains(&folded.as_str()) {
        return None;
    }
    Some(folded)
}

/// A management number (資産番号) in comparable form, or `None` for a placeholder. Short numbers
/// are legitimate here: a clinic counts from 1.
#[must_use]
pub fn management_number(text: &str) -> Option<String> {
    let folded = compact(text);
    let known = [
        "",
        "0",
        "none",
        "null",
        "na",
        "unknown",
        "不明",
        "なし",
        "無し",
        "未設定",
        "未登録",
    ];
    (!known.contains(&folded.as_str())).then_some(folded)
}

/// The system UUID of SMBIOS in comparable form, or `None` for one that makers use on whole
/// series.
///
/// The first three groups are written in either byte order (SMBIOS before and after 2.6, Windows
/// and Linux): both writings give the same key.
#[must_use]
pub fn system_uuid(text: &str) -> Option<String> {
    let hex: String = text::fold_width(text)
        .chars()
        .filter(char::is_ascii_hexdigit)
        .map(|c| c.to_ascii_lowercase())
        .collect();
    let separators_only = text::fold_width(text)
        .chars()
        .all(|c| c.is_ascii_hexdigit() || matches!(c, '-' | '{' | '}' | ' '));
    if hex.len() != 32 || !separators_only {
        return None;
    }
    let swapped = swap_groups(&hex)?;
    let key = hex.clone().min(swapped.clone());
    let shared = [
        "03000200040005000006000700080009",
        "00020003000400050006000700080009",
        "12345678123456789012345678901234",
        "123456781234567890abcddeeefaabbcc",
        "00000000000000000000000000000000",
        "ffffffffffffffffffffffffffffffff",
        "fefefefefefefefefefefefefefefefe",
        "4c4c4544000000000000000000000000",
    ];
    let mut first = hex.chars();
    let one_character = first
        .next()
        .is_some_and(|head| first.all(|other| other == head));
    let is_shared = shared
        .iter()
        .any(|known| *known == hex || *known == swapped);
    (!one_character && !is_shared && !is_sequence(&hex)).then_some(key)
}

fn is_sequence(hex: &str) -> bool {
    hex.starts_with("12345678123456789") || hex.starts_with("0123456789abcdef")
}

/// The other byte order of the first three groups.
fn swap_groups(hex: &str) -> Option<String> {
    let group = |from: usize, to: usize| -> Option<String> {
        let part = hex.get(from..to)?;
        let pairs: Vec<&str> = (0..part.len() / 2)
            .rev()
            .filter_map(|pair| part.get(pair * 2..pair * 2 + 2))
            .collect();
        Some(pairs.concat())
    };
    Some(format!(
        "{}{}{}{}",
        group(0, 8)?,
        group(8, 12)?,
        group(12, 16)?,
        hex.get(16..32)?
    ))
}

/// A host name without its domain in comparable form, or `None` where it names no device in
/// particular ("localhost", "android", "printer", an address).
#[must_use]
pub fn hostname(text: &str) -> Option<String> {
    let folded = text::fold_width(text).to_lowercase();
    let folded = folded.trim().trim_end_matches(['.', '$']);
    if folded.parse::<IpAddr>().is_ok() {
        return None;
    }
    let first = folded.split('.').next().unwrap_or_default().trim();
    let generic = [
        "",
        "-",
        "*",
        "localhost",
        "localhost4",
        "localhost6",
        "localdomain",
        "unknown",
        "none",
        "null",
        "android",
        "iphone",
        "ipad",
        "ipod",
        "mac",
        "macbook",
        "macbook-air",
        "macbook-pro",
        "imac",
        "printer",
        "scanner",
        "router",
        "gateway",
        "switch",
        "wireless",
        "host",
        "server",
        "client",
        "user",
        "admin",
        "administrator",
        "test",
        "pc",
        "desktop",
        "laptop",
        "computer",
        "windows",
        "raspberrypi",
        "ubuntu",
        "debian",
        "kali",
        "linux",
        "espressif",
        "esp",
        "camera",
        "ipcam",
        "nas",
        "workgroup",
        "_gateway",
        "不明",
        "なし",
        "無し",
    ];
    let only_digits = first.chars().all(|c| c.is_ascii_digit());
    if generic.contains(&first) || only_digits || first.starts_with("android-") {
        return None;
    }
    Some(first.to_owned())
}

/// A fully qualified domain name in comparable form, or `None` without a domain, or where the
/// name is made from the address by a provider or is of this computer only.
#[must_use]
pub fn fqdn(text: &str) -> Option<String> {
    let folded = text::fold_width(text).to_lowercase();
    let folded = folded.trim().trim_end_matches('.').to_owned();
    if folded.parse::<IpAddr>().is_ok() {
        return None;
    }
    let (host, domain) = folded.split_once('.')?;
    hostname(host)?;
    let empty_domain = domain.is_empty()
        || matches!(
            domain,
            "local" | "localdomain" | "lan" | "home" | "home.arpa" | "internal" | "workgroup"
        );
    let from_address =
        folded.ends_with(".arpa") || folded.chars().filter(char::is_ascii_digit).count() > 16;
    (!empty_domain && !from_address).then_some(folded)
}

/// Whether an address can belong to one device of a network at all: no loopback, link-local,
/// group, unspecified or documentation-of-nothing address.
#[must_use]
pub fn is_device_address(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(v4) => {
            !(v4.is_loopback()
                || v4.is_link_local()
                || v4.is_multicast()
                || v4.is_broadcast()
                || v4.is_unspecified()
                || v4.octets().first() == Some(&0))
        }
        IpAddr::V6(v6) => {
            !(v6.is_loopback()
                || v6.is_multicast()
                || v6.is_unspecified()
                || (v6.segments().first().copied().unwrap_or_default() & 0xFFC0) == 0xFE80)
        }
    }
}

/// The maker's name in comparable form: width and case folded, legal forms left out
/// (「株式会社」, "Inc.", "Co., Ltd."), and placeholders of firmware dropped.
#[must_use]
pub fn manufacturer(text: &str) -> Option<String> {
    let folded = text::fold_width(text).to_lowercase();
    let folded = folded
        .replace("株式会社", " ")
        .replace("(株)", " ")
        .replace("有限会社", " ")
        .replace("合同会社", " ");
    let words: Vec<&str> = folded
        .split(|c: char| c.is_whitespace() || matches!(c, ',' | '.' | '(' | ')' | '/'))
        .filter(|word| !word.is_empty())
        .filter(|word| {
            !matches!(
                *word,
                "inc"
                    | "incorporated"
                    | "corp"
                    | "corporation"
                    | "co"
                    | "company"
                    | "ltd"
                    | "limited"
                    | "llc"
                    | "gmbh"
                    | "ag"
                    | "kk"
                    | "the"
            )
        })
        .collect();
    let joined = words.join(" ");
    let joined = match joined.as_str() {
        "hewlett-packard" | "hewlett packard" | "ヒューレット・パッカード" | "日本hp" => {
            "hp".to_owned()
        }
        "富士通" | "fujitsu client computing" | "富士通クライアントコンピューティング" => {
            "fujitsu".to_owned()
        }
        "日本電気" => "nec".to_owned(),
        "デル" | "デル・テクノロジーズ" | "dell technologies" | "dell emc" => {
            "dell".to_owned()
        }
        "東芝" => "toshiba".to_owned(),
        "レノボ" | "レノボ・ジャパン" => "lenovo".to_owned(),
        "パナソニック" => "panasonic".to_owned(),
        "日本マイクロソフト" | "マイクロソフト" => "microsoft".to_owned(),
        _ => joined,
    };
    let placeholder = matches!(
        joined.as_str(),
        "" | "to be filled by o e m"
            | "default string"
            | "system manufacturer"
            | "unknown"
            | "none"
            | "不明"
            | "-"
            | "o e m"
            | "oem"
    );
    (!placeholder).then_some(joined)
}

/// Width and case folded; spaces, hyphens, dots and underscores left out.
fn compact(text: &str) -> String {
    text::fold_width(text)
        .to_lowercase()
        .chars()
        .filter(|c| {
            !c.is_whitespace() && !c.is_control() && !matches!(c, '-' | '.' | '_' | '/' | '‐' | '−')
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn placeholders_are_no_serial_numbers() {
        for text in [
            "",
            "0",
            "None",
            "To be filled by O.E.M.",
            "TO BE FILLED BY O.E.M.",
            "Default string",
            "System Serial Number",
            "0000000000",
            "........",
            "N/A",
            "不明",
            "なし",
            "Not Specified",
            "XXXXXXX",
            "abc",
        ] {
            assert_eq!(serial(text), None, "{text}");
        }
        assert_eq!(serial("5CD-1234 abc").as_deref(), Some("5cd1234abc"));
        assert_eq!(serial("5CD1234ABC"), serial("5cd-1234-abc"));
    }

    #[test]
    fn a_system_uuid_is_the_same_in_both_byte_orders() {
        let windows = "4C4C4544-0042-3510-8053-B4C04F593232";
        let linux_old = "44454c4c-4200-1035-8053-b4c04f593232";
        assert_eq!(system_uuid(windows), system_uuid(linux_old));
        assert!(system_uuid(windows).is_some());
        for poor in [
            "00000000-0000-0000-0000-000000000000",
            "FFFFFFFF-FFFF-FFFF-FFFF-FFFFFFFFFFFF",
            "03000200-0400-0500-0006-000700080009",
            "00020003-0004-0005-0006-000700080009",
            "12345678-1234-5678-90AB-CDDEEFAABBCC",
            "Not Settable",
            "",
            "4C4C4544-0042-3510-8053",
        ] {
            assert_eq!(system_uuid(poor), None, "{poor}");
        }
    }

    #[test]
    fn names_that_name_nothing_are_dropped() {
        for text in [
            "localhost",
            "LOCALHOST.localdomain",
            "android-1234567890abcdef",
            "iPhone",
            "*",
            "192.168.0.7",
            "",
            "007",
        ] {
            assert_eq!(hostname(text), None, "{text}");
        }
        assert_eq!(hostname("UKETSUKE01$").as_deref(), Some("uketsuke01"));
        assert_eq!(hostname("UKETSUKE-01").as_deref(), Some("uketsuke-01"));
        assert_eq!(hostname("pacs.hospital.example").as_deref(), Some("pacs"));
        assert_eq!(
            fqdn("PACS.Hospital.Example.").as_deref(),
            Some("pacs.hospital.example")
        );
        for text in ["pacs", "pacs.local", "10.0.0.1", "localhost.example.jp"] {
            assert_eq!(fqdn(text), None, "{text}");
        }
    }

    #[test]
    fn makers_are_compared_without_their_legal_form() {
        assert_eq!(manufacturer("Dell Inc."), manufacturer("DELL"));
        assert_eq!(manufacturer("株式会社 富士通"), manufacturer("FUJITSU"));
        assert_eq!(manufacturer("Hewlett-Packard"), manufacturer("HP"));
        assert_eq!(manufacturer("To Be Filled By O.E.M."), None);
    }

    #[test]
    fn addresses_of_no_device_are_known() {
        for text in [
            "127.0.0.1",
            "169.254.3.4",
            "224.0.0.251",
            "255.255.255.255",
            "0.0.0.0",
            "::1",
            "fe80::1",
            "ff02::fb",
            "::",
        ] {
            assert!(!is_device_address(text.parse().unwrap()), "{text}");
        }
        for text in ["192.168.1.5", "10.0.0.1", "2001:db8::1", "fd00::5"] {
            assert!(is_device_address(text.parse().unwrap()), "{text}");
        }
    }
}
