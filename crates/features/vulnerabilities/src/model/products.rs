//! What of the register names a product, and which products a device has.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};
use vulnmatch::cpe::{Attribute, Name, Value};
use vulnmatch::names::{Candidate, Dictionary, Ground};
use yagura_inventory::model::Asset;
use yagura_kernel::text::normalise_for_search;

/// The least score with which a product of the engine's own table counts before anybody confirmed
/// it, and of a list of products. What only resembles a product never counts.
const LEAST_ALIAS: u8 = 70;
const LEAST_LISTED: u8 = 85;
/// The certainty of what this institution confirmed, and of what the administrator of the
/// installation confirmed for all.
pub const CONFIRMED: i64 = 100;
/// See [`CONFIRMED`].
pub const SHARED: i64 = 95;
/// The most certainty of what nobody confirmed.
const MOST_GUESSED: i64 = 94;

/// Which part of the register a text comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TextKind {
    /// Maker and model of the device.
    Device,
    /// Its OS or firmware.
    Os,
    /// A program on it.
    Software,
}

impl TextKind {
    /// The code in storage and as the tail of message keys.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Device => "device",
            Self::Os => "os",
            Self::Software => "software",
        }
    }

    /// The kind with this code.
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        [Self::Device, Self::Os, Self::Software]
            .into_iter()
            .find(|kind| kind.code() == code)
    }
}

/// A text of the register that names a product.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Text {
    /// Where it stands.
    pub kind: TextKind,
    /// The product in words.
    pub text: String,
    /// Its version; empty where it is not known.
    pub version: String,
}

/// What of a device's record names products.
///
/// This is the one place where what is known of a device joins: once the register keeps lists of
/// software, each program becomes a [`TextKind::Software`] here.
#[must_use]
pub fn texts_of(asset: &Asset) -> Vec<Text> {
    let mut texts = Vec::new();
    let model = asset.model.trim();
    if !model.is_empty() {
        let maker = asset.manufacturer.trim();
        // 「Fortinet」「FortiGate 60F」; makers are often repeated in the model.
        let text = if maker.is_empty() || model.to_lowercase().starts_with(&maker.to_lowercase()) {
            model.to_owned()
        } else {
            format!("{maker} {model}")
        };
        texts.push(Text {
            kind: TextKind::Device,
            text,
            version: asset.os_version.trim().to_owned(),
        });
    }
    if !asset.os.trim().is_empty() {
        texts.push(Text {
            kind: TextKind::Os,
            text: asset.os.trim().to_owned(),
            version: asset.os_version.trim().to_owned(),
        });
    }
    texts
}

/// The key under which a text is remembered: width, case, kana and spaces do not count.
#[must_use]
pub fn text_key(text: &str) -> String {
    normalise_for_search(text)
        .chars()
        .filter(|character| !character.is_whitespace())
        .take(200)
        .collect()
}

/// How sure it is what a text means.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TextState {
    /// Nobody knows: nothing is held against it.
    Unknown,
    /// A guess, which counts until somebody confirms it.
    Guessed,
    /// The dictionary of the installation says it.
    Shared,
    /// The institution confirmed it.
    Confirmed,
}

impl TextState {
    /// Every state in the order of the page: what needs somebody first.
    pub const ALL: [Self; 4] = [Self::Unknown, Self::Guessed, Self::Shared, Self::Confirmed];

    /// The number in storage.
    #[must_use]
    pub const fn rank(self) -> i64 {
        match self {
            Self::Unknown => 0,
            Self::Guessed => 1,
            Self::Shared => 2,
            Self::Confirmed => 3,
        }
    }

    /// The state of a number.
    #[must_use]
    pub fn of_rank(rank: i64) -> Self {
        Self::ALL
            .into_iter()
            .find(|state| state.rank() == rank)
            .unwrap_or(Self::Unknown)
    }

    /// The code in addresses and as the tail of message keys.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Unknown => "unknown",
            Self::Guessed => "guessed",
            Self::Shared => "shared",
            Self::Confirmed => "confirmed",
        }
    }
}

/// What is known of texts.
#[derive(Debug)]
pub struct Known<'a> {
    /// What the institution confirmed, by [`text_key`]. No names: it is no product that feeds know.
    pub own: &'a HashMap<String, Vec<Name>>,
    /// What was confirmed for the whole installation.
    pub shared: &'a HashMap<String, Vec<Name>>,
    /// The engine's table and the lists of products.
    pub dictionary: &'a Dictionary,
}

/// What a text means.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Meaning {
    /// How sure it is.
    pub state: TextState,
    /// From 0 to 100.
    pub certainty: i64,
    /// The products, without versions unless the text says one.
    pub names: Vec<Name>,
}

impl Known<'_> {
    /// What a text means, as far as it counts.
    #[must_use]
    pub fn meaning(&self, text: &str) -> Meaning {
        let key = text_key(text);
        if let Some(names) = self.own.get(&key) {
            return Meaning {
                state: TextState::Confirmed,
                certainty: CONFIRMED,
                names: names.clone(),
            };
        }
        if let Some(names) = self.shared.get(&key) {
            return Meaning {
                state: TextState::Shared,
                certainty: SHARED,
                names: names.clone(),
            };
        }
        let candidates = self.dictionary.candidates(text);
        let counting: Vec<&Candidate> = candidates.iter().filter(|one| counts(one)).collect();
        let Some(best) = counting.first() else {
            return Meaning {
                state: TextState::Unknown,
                certainty: 0,
                names: Vec::new(),
            };
        };
        // An appliance and its firmware come together; a list's second entry is another product.
        let ground = best.ground;
        let names: Vec<Name> = counting
            .iter()
            .filter(|one| one.ground == ground)
            .take(if ground == Ground::Alias { 4 } else { 1 })
            .map(|one| one.name.clone())
            .collect();
        Meaning {
            state: TextState::Guessed,
            certainty: i64::from(best.score).min(MOST_GUESSED),
            names,
        }
    }
}

fn counts(candidate: &Candidate) -> bool {
    match candidate.ground {
        Ground::Confirmed => true,
        Ground::Alias => candidate.score >= LEAST_ALIAS,
        Ground::Listed => candidate.score >= LEAST_LISTED,
        Ground::Similar => false,
    }
}

/// A version as it can be compared, from how people write it: `v7.0.5 (GA)` is `7.0.5`. Nothing:
/// it says no version. The build of a Windows (`17763.4974`) gets its beginning.
#[must_use]
pub fn version_of(name: &Name, text: &str) -> Option<String> {
    let text = text.trim();
    let text = text
        .strip_prefix(['v', 'V'])
        .filter(|rest| rest.starts_with(|c: char| c.is_ascii_digit()))
        .unwrap_or(text);
    if vulnmatch::versions::says_nothing(text) || !text.bytes().any(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let is_windows = name.literal(Attribute::Vendor) == Some("microsoft")
        && name
            .literal(Attribute::Product)
            .is_some_and(|product| product.starts_with("windows"));
    if is_windows {
        // 「1809」「22H2」「SP1」 name a release, not a build; 「10.0.17763 (1809)」 names both.
        let build = text
            .split(|c: char| c.is_whitespace() || matches!(c, '(' | ')' | ','))
            .find(|word| word.contains('.') && word.starts_with(|c: char| c.is_ascii_digit()))?;
        let is_short = build.matches('.').count() == 1 && build.len() > 5;
        return Some(if is_short {
            format!("10.0.{build}")
        } else {
            build.to_owned()
        });
    }
    let end = text.find([' ', '\u{3000}', '(', '（', '、']);
    let version = text.get(..end.unwrap_or(text.len())).unwrap_or(text);
    let version = version.trim_end_matches([',', ';', '.']);
    (!version.is_empty()).then(|| version.chars().take(200).collect())
}

/// What one text of a device came to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Resolved {
    /// Where it stands.
    pub kind: TextKind,
    /// The words.
    pub text: String,
    /// How sure it is.
    pub state: TextState,
    /// From 0 to 100.
    pub certainty: i64,
    /// The products with versions, as CPE names.
    pub cpes: Vec<String>,
}

/// The products of a device.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Products {
    /// What each text came to.
    pub texts: Vec<Resolved>,
    /// The names, in order, without repetition.
    pub names: Vec<Name>,
}

fn same_product(one: &Name, other: &Name) -> bool {
    [Attribute::Part, Attribute::Vendor, Attribute::Product]
        .into_iter()
        .all(|attribute| one.get(attribute) == other.get(attribute))
}

fn has_version(name: &Name) -> bool {
    *name.get(Attribute::Version) != Value::Any
}

/// Finds the products of a device.
#[must_use]
pub fn products(texts: &[Text], known: &Known<'_>) -> Products {
    let meanings: Vec<Meaning> = texts.iter().map(|text| known.meaning(&text.text)).collect();
    let of_os: Vec<Name> = texts
        .iter()
        .zip(&meanings)
        .filter(|(text, _)| text.kind == TextKind::Os)
        .flat_map(|(_, meaning)| meaning.names.clone())
        .collect();
    let has_os = texts.iter().any(|text| text.kind == TextKind::Os);
    let mut found = Products::default();
    for (text, meaning) in texts.iter().zip(meanings) {
        let mut cpes = Vec::new();
        for name in meaning.names {
            let is_hardware = name.literal(Attribute::Part) == Some("h");
            // The version beside a model is that of its firmware, unless an OS of another kind
            // stands there.
            let is_its_own = match text.kind {
                TextKind::Device => !has_os || of_os.iter().any(|other| same_product(&name, other)),
                TextKind::Os | TextKind::Software => true,
            };
            let name = if is_hardware || has_version(&name) || !is_its_own {
                name
            } else {
                match version_of(&name, &text.version) {
                    Some(version) => name.with_version(&version),
                    None => name,
                }
            };
            cpes.push(name.to_string());
            if !found.names.contains(&name) {
                found.names.push(name);
            }
        }
        found.texts.push(Resolved {
            kind: text.kind,
            text: text.text.clone(),
            state: meaning.state,
            certainty: meaning.certainty,
            cpes,
        });
    }
    // A firmware that is known with its version is not there a second time without.
    let versioned: Vec<Name> = found
        .names
        .iter()
        .filter(|name| has_version(name))
        .cloned()
        .collect();
    found.names.retain(|name| {
        has_version(name) || !versioned.iter().any(|other| same_product(name, other))
    });
    found.names.sort();
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asset(maker: &str, model: &str, os: &str, version: &str) -> Asset {
        Asset {
            manufacturer: maker.to_owned(),
            model: model.to_owned(),
            os: os.to_owned(),
            os_version: version.to_owned(),
            ..Asset::default()
        }
    }

    fn names(asset: &Asset, own: &[(&str, &[&str])]) -> (Vec<String>, Vec<TextState>) {
        let own: HashMap<String, Vec<Name>> = own
            .iter()
            .map(|(text, cpes)| {
                let names = cpes.iter().map(|cpe| Name::parse_lenient(cpe).unwrap());
                (text_key(text), names.collect())
            })
            .collect();
        let known = Known {
            own: &own,
            shared: &HashMap::new(),
            dictionary: &Dictionary::new(),
        };
        let found = products(&texts_of(asset), &known);
        let short = |name: &Name| {
            let text = name.to_string();
            text.trim_start_matches("cpe:2.3:")
                .trim_end_matches(":*")
                .to_owned()
        };
        (
            found.names.iter().map(short).collect(),
            found.texts.iter().map(|text| text.state).collect(),
        )
    }

    #[test]
    fn an_appliance_is_its_hardware_and_its_firmware_with_the_version() {
        let (found, states) = names(&asset("Fortinet", "FortiGate 60F", "", "v7.0.5 (GA)"), &[]);
        assert_eq!(
            found,
            ["h:fortinet:fortigate-60f", "o:fortinet:fortios:7.0.5"]
        );
        assert_eq!(states, [TextState::Guessed]);
        // The firmware written as OS gives it once.
        let (found, _) = names(&asset("", "フォーティゲート60F", "FortiOS", "7.0.5"), &[]);
        assert_eq!(
            found,
            ["h:fortinet:fortigate-60f", "o:fortinet:fortios:7.0.5"]
        );
    }

    #[test]
    fn what_was_confirmed_goes_before_guesses() {
        let own: &[(&str, &[&str])] = &[
            ("架空工業 X-100", &["cpe:2.3:h:kakuu:x-100"]),
            ("X-100 firmware", &["cpe:2.3:o:kakuu:x-100_firmware"]),
        ];
        let (found, states) = names(
            &asset("架空工業", "Ｘ－１００", "x-100  FIRMWARE", "2.1"),
            own,
        );
        assert_eq!(found, ["h:kakuu:x-100", "o:kakuu:x-100_firmware:2.1"]);
        assert_eq!(states, [TextState::Confirmed; 2]);
        // Confirmed as nothing that feeds know.
        let (found, states) = names(
            &asset("", "FortiGate 60F", "", ""),
            &[("FortiGate 60F", &[])],
        );
        assert!(found.is_empty());
        assert_eq!(states, [TextState::Confirmed]);
        let (found, states) = names(&asset("架空", "なにか", "", "1.0"), &[]);
        assert!(found.is_empty());
        assert_eq!(states, [TextState::Unknown]);
    }

    #[test]
    fn versions_as_people_write_them() {
        let windows = Name::product('o', "microsoft", "windows_server_2019");
        let other = Name::product('a', "v", "p");
        for (name, text, expected) in [
            (&windows, "10.0.17763.4974", Some("10.0.17763.4974")),
            (&windows, "17763.4974", Some("10.0.17763.4974")),
            (&windows, "1809 (17763.4974)", Some("10.0.17763.4974")),
            (&windows, "1809", None),
            (&windows, "SP1", None),
            (&other, "v7.0.5 (GA)", Some("7.0.5")),
            (&other, "7.0.0,build0066 (GA)", Some("7.0.0,build0066")),
            (&other, "Ver", None),
            (&other, "?", None),
            (&other, "-", None),
            (&other, "", None),
            (&other, "9.1R17", Some("9.1R17")),
        ] {
            assert_eq!(version_of(name, text).as_deref(), expected, "{text}");
        }
    }
}
