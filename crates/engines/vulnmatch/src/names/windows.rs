//! Windows as people and systems write it: releases, builds, and what NVD calls them.
//!
//! NVD files each release of Windows 10 and 11 as a product of its own with builds as versions:
//! `windows_10_1809` below `10.0.17763.6893`. Registers have 「Windows 10 Pro 1809」,
//! 「Windows 11 23H2」 or 「10.0.17763.5576」; the table here joins the two.

use crate::cpe::{Attribute, Name, Value};

use super::half_width;

/// A release: of which line, its writing, its build, and the month of its general availability.
///
/// Source: Microsoft, "Windows 10 release information", "Windows 11 release information" and
/// "Windows Server release information" (learn.microsoft.com), as known in November 2026.
struct Release {
    line: Line,
    name: &'static str,
    build: u32,
    #[expect(
        dead_code,
        reason = "the date belongs to the table; nothing decides by it"
    )]
    since: &'static str,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Line {
    Ten,
    Eleven,
    Server,
}

const fn release(line: Line, name: &'static str, build: u32, since: &'static str) -> Release {
    Release {
        line,
        name,
        build,
        since,
    }
}

const RELEASES: &[Release] = &[
    release(Line::Ten, "1507", 10240, "2015-07"),
    release(Line::Ten, "1511", 10586, "2015-11"),
    release(Line::Ten, "1607", 14393, "2016-08"),
    release(Line::Ten, "1703", 15063, "2017-04"),
    release(Line::Ten, "1709", 16299, "2017-10"),
    release(Line::Ten, "1803", 17134, "2018-04"),
    release(Line::Ten, "1809", 17763, "2018-11"),
    release(Line::Ten, "1903", 18362, "2019-05"),
    release(Line::Ten, "1909", 18363, "2019-11"),
    release(Line::Ten, "2004", 19041, "2020-05"),
    release(Line::Ten, "20h2", 19042, "2020-10"),
    release(Line::Ten, "21h1", 19043, "2021-05"),
    release(Line::Ten, "21h2", 19044, "2021-11"),
    release(Line::Ten, "22h2", 19045, "2022-10"),
    release(Line::Eleven, "21h2", 22000, "2021-10"),
    release(Line::Eleven, "22h2", 22621, "2022-09"),
    release(Line::Eleven, "23h2", 22631, "2023-10"),
    release(Line::Eleven, "24h2", 26100, "2024-10"),
    release(Line::Eleven, "25h2", 26200, "2025-09"),
    release(Line::Server, "2016", 14393, "2016-10"),
    release(Line::Server, "2019", 17763, "2018-11"),
    release(Line::Server, "2022", 20348, "2021-08"),
    release(Line::Server, "2025", 26100, "2024-11"),
    release(Line::Server, "1709", 16299, "2017-10"),
    release(Line::Server, "1803", 17134, "2018-04"),
    release(Line::Server, "1903", 18362, "2019-05"),
    release(Line::Server, "1909", 18363, "2019-11"),
    release(Line::Server, "2004", 19041, "2020-05"),
    release(Line::Server, "20h2", 19042, "2020-10"),
    release(Line::Server, "23h2", 25398, "2023-10"),
];

/// Releases for long-term service, as they are sold and put into devices.
const LONG_TERM: &[(Line, &str, &str)] = &[
    (Line::Ten, "2015", "1507"),
    (Line::Ten, "2016", "1607"),
    (Line::Ten, "2019", "1809"),
    (Line::Ten, "2021", "21h2"),
    (Line::Eleven, "2024", "24h2"),
];

/// What a Windows is called by NVD, from its name and, where the register has it apart, its version.
///
/// `None` when the text is no Windows, or one of which neither release nor build is told: then there
/// is nothing more to say than the name of the line. The version of the names is the build with its
/// revision (`10.0.17763.5576`), or open where only the release is known; findings on an open version
/// are [`Confidence::ProductOnly`](crate::model::Confidence::ProductOnly).
///
/// ```
/// use vulnmatch::names::windows;
/// let names = windows("Windows Server 2019 Standard", Some("10.0.17763.5576")).unwrap_or_default();
/// assert_eq!(names[0].to_string(), "cpe:2.3:o:microsoft:windows_server_2019:10.0.17763.5576:*:*:*:*:*:*:*");
/// ```
#[must_use]
pub fn windows(text: &str, version: Option<&str>) -> Option<Vec<Name>> {
    let cut = |text: &str| -> String { text.chars().take(super::LONGEST).collect() };
    let text = half_width(&cut(text))
        .replace("ィ", "イ")
        .replace("ウインドウズ", "windows ")
        .replace("サーバー", "server ")
        .replace("サーバ", "server ");
    if !text.contains("windows") {
        return None;
    }
    let version = half_width(&cut(version.unwrap_or_default()));
    let all = format!("{text} {version}");
    let words: Vec<&str> = all
        .split(|c: char| !(c.is_alphanumeric() || c == '.'))
        .map(|word| word.trim_matches('.'))
        .filter(|word| !word.is_empty())
        .collect();
    let is_server = text.contains("server");
    let old = older(&words, is_server);
    if old.is_some() {
        return old;
    }
    let (build, revision) = build_of(&words);
    let line = if is_server {
        Line::Server
    } else if build.is_some_and(|build| build >= 22000) || after_windows(&words) == Some("11") {
        // Some tools call Windows 11 by the name of its predecessor; the build does not.
        Line::Eleven
    } else {
        Line::Ten
    };
    let of_line = || RELEASES.iter().filter(|release| release.line == line);
    let named = || {
        let long_term = words
            .iter()
            .any(|word| matches!(*word, "ltsc" | "ltsb"))
            .then(|| {
                LONG_TERM
                    .iter()
                    .find(|(of, year, _)| *of == line && words.contains(year))
            })
            .flatten()
            .map(|(_, _, release)| *release);
        of_line().find(|release| match long_term {
            Some(name) => release.name == name,
            None => words
                .iter()
                .any(|word| word.strip_prefix('v').unwrap_or(word) == release.name),
        })
    };
    let release = match build {
        Some(build) => of_line().find(|release| release.build == build)?,
        None => named()?,
    };
    let full = revision.map(|revision| format!("10.0.{}.{revision}", release.build));
    let products = match (line, release.name) {
        (Line::Ten, name) => vec![format!("windows_10_{name}")],
        (Line::Eleven, name) => vec![format!("windows_11_{name}")],
        // NVD writes it in two ways.
        (Line::Server, "23h2") => vec![
            "windows_server_2022_23h2".to_owned(),
            "windows_server_23h2".to_owned(),
        ],
        (Line::Server, name) => vec![format!("windows_server_{name}")],
    };
    Some(
        products
            .iter()
            .map(|product| named_with(product, full.as_deref()))
            .collect(),
    )
}

fn named_with(product: &str, version: Option<&str>) -> Name {
    let name = Name::product('o', "microsoft", product);
    match version {
        Some(version) => name.with_version(version),
        None => name,
    }
}

/// The word behind "windows".
fn after_windows<'a>(words: &[&'a str]) -> Option<&'a str> {
    let place = words.iter().position(|word| word.ends_with("windows"))?;
    words.get(place + 1).copied()
}

/// Build and revision: of `10.0.17763.5576`, `17763.5576`, `17763`.
fn build_of(words: &[&str]) -> (Option<u32>, Option<u32>) {
    let mut found = (None, None);
    for word in words {
        let rest = word.strip_prefix("10.0.").unwrap_or(word);
        let mut parts = rest.split('.');
        let build = parts
            .next()
            .filter(|part| part.len() == 5)
            .and_then(|part| part.parse().ok());
        let revision: Option<u32> = parts.next().and_then(|part| part.parse().ok());
        if build.is_none() || parts.next().is_some() {
            continue;
        }
        if found.0.is_none() || found.0 == build && found.1.is_none() {
            found = (build, revision);
        }
    }
    found
}

/// Those before Windows 10, which are one release each. NVD wrote their patches as updates and, since
/// 2023, writes some as products with builds.
fn older(words: &[&str], is_server: bool) -> Option<Vec<Name>> {
    let has = |word: &str| words.contains(&word);
    let full = |beginning: &str| {
        words
            .iter()
            .find(|word| word.starts_with(beginning) && word.matches('.').count() == 3)
            .copied()
    };
    let r2 = has("r2");
    let (product, version, newer, build) = if is_server {
        match () {
            () if has("2012") && r2 => (
                "windows_server_2012",
                "r2",
                "windows_server_2012_r2",
                "6.3.9600.",
            ),
            () if has("2008") && r2 => (
                "windows_server_2008",
                "r2",
                "windows_server_2008_r2",
                "6.1.7601.",
            ),
            () if has("2008") => (
                "windows_server_2008",
                "-",
                "windows_server_2008_sp2",
                "6.0.600",
            ),
            () => return None,
        }
    } else {
        return None;
    };
    let mut name = Name::product('o', "microsoft", product);
    if version == "-" {
        name.set(Attribute::Version, Value::Na);
    } else {
        name = name.with_version(version);
    }
    let pack = words.windows(2).find_map(|pair| match pair {
        ["pack", number] if number.len() == 1 => Some(format!("sp{number}")),
        _ => None,
    });
    let pack = pack.or_else(|| {
        words
            .iter()
            .find(|word| matches!(**word, "sp1" | "sp2"))
            .map(|word| (*word).to_owned())
    });
    if let Some(pack) = pack {
        name = name.with_update(&pack);
    }
    Some(vec![name, named_with(newer, full(build))])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(text: &str, version: &str) -> String {
        windows(text, Some(version))
            .unwrap_or_default()
            .iter()
            .map(|name| {
                let part = |attribute| match name.get(attribute) {
                    Value::Na => "-",
                    value => value.literal().unwrap_or("*"),
                };
                [Attribute::Product, Attribute::Version, Attribute::Update]
                    .map(part)
                    .join(":")
            })
            .collect::<Vec<_>>()
            .join(" ")
    }

    #[test]
    fn releases_and_builds() {
        for (text, version, expected) in [
            ("Windows 10 Pro 1809", "", "windows_10_1809:*:*"),
            ("Windows 10 Pro", "1809", "windows_10_1809:*:*"),
            (
                "Microsoft Windows 10 Pro",
                "10.0.17763 N/A Build 17763",
                "windows_10_1809:*:*",
            ),
            (
                "Windows 10 Enterprise",
                "10.0.19045.5371",
                "windows_10_22h2:10.0.19045.5371:*",
            ),
            (
                "Windows 10 (22H2, 19045.5371)",
                "",
                "windows_10_22h2:10.0.19045.5371:*",
            ),
            ("Windows 11 23H2", "", "windows_11_23h2:*:*"),
            (
                "Windows 10 Pro",
                "10.0.22631.4890",
                "windows_11_23h2:10.0.22631.4890:*",
            ),
            (
                "Windows Server 2019 (10.0.17763.5576)",
                "",
                "windows_server_2019:10.0.17763.5576:*",
            ),
            (
                "ウィンドウズサーバー2019",
                "17763.5576",
                "windows_server_2019:10.0.17763.5576:*",
            ),
            (
                "ウインドウズ サーバ ２０２２",
                "",
                "windows_server_2022:*:*",
            ),
            (
                "Windows Server 2022 Datacenter",
                "10.0.20348",
                "windows_server_2022:*:*",
            ),
            (
                "Windows 10 IoT Enterprise LTSC 2019",
                "",
                "windows_10_1809:*:*",
            ),
            ("Windows 10 Enterprise 2016 LTSB", "", "windows_10_1607:*:*"),
            (
                "Windows Server, version 23H2",
                "25398.1425",
                "windows_server_2022_23h2:10.0.25398.1425:* windows_server_23h2:10.0.25398.1425:*",
            ),
            (
                "Windows Server 2012 R2 Standard",
                "6.3.9600.21813",
                "windows_server_2012:r2:* windows_server_2012_r2:6.3.9600.21813:*",
            ),
            (
                "Windows Server 2008 R2 Service Pack 1",
                "6.1.7601",
                "windows_server_2008:r2:sp1 windows_server_2008_r2:*:*",
            ),
            // Nothing more is known than the line, or it is none.
            ("Windows 10", "", ""),
            ("Windows 7 Professional", "6.1.7601", ""),
            ("Windows 11 Pro", "10.0.99999.1", ""),
            ("Ubuntu 22.04", "", ""),
            ("", "", ""),
        ] {
            assert_eq!(of(text, version), expected, "{text} {version}");
        }
    }
}
