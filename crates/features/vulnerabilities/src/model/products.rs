//! What of the register names a product, and which products a device has.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::{Mutex, PoisonError};

use serde::{Deserialize, Serialize};
use vulnmatch::cpe::{Attribute, Name, Value};
use vulnmatch::model::Confidence;
use vulnmatch::names::{Candidate, Dictionary, Ground};
use vulnmatch::packages::{Ground as PackageGround, Judged, JudgedBy, Package, Product, judged};
use yagura_inventory::Software;
use yagura_inventory::model::Asset;
use yagura_kernel::text::normalise_for_search;

/// The least score with which a product of the engine's own table counts before anybody confirmed
/// it, and of a list of products. What only resembles a product never counts.
const LEAST_ALIAS: u8 = 70;
const LEAST_LISTED: u8 = 85;
/// The certainty of what this institution confirmed, and of what the administrator of the
/// installation confirmed for all.
pub const CONFIRMED: i64 = 100;
/// The certainty of a CPE name that a bill of materials or a package manager states.
pub const STATED: i64 = 97;
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
    /// Every kind, in the order of pages.
    pub const ALL: [Self; 3] = [Self::Device, Self::Os, Self::Software];

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
        Self::ALL.into_iter().find(|kind| kind.code() == code)
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
    /// What its source states of the product, where it states something.
    pub stated: Option<Meaning>,
}

/// What of a device's record names products. Its programs join in [`software_texts`].
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
            stated: None,
        });
    }
    if !asset.os.trim().is_empty() {
        texts.push(Text {
            kind: TextKind::Os,
            text: asset.os.trim().to_owned(),
            version: asset.os_version.trim().to_owned(),
            stated: None,
        });
    }
    texts
}

/// The programs of a device that are held against the feeds.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Programs {
    /// Each program once.
    pub texts: Vec<Text>,
    /// The names that packages of distributions have in their distributions' own notices.
    pub packaged: Vec<Name>,
    /// How many packages of distributions there are. A distribution corrects a hole without raising
    /// the version that its maker gave, so that only its own notices say anything about them.
    pub packages: i64,
}

/// The most programs of a device that are looked at. The register's own limit is higher: an image
/// of a container may list each of its files.
const MOST_PROGRAMS: usize = 5_000;

fn given(text: &str) -> Option<&str> {
    let text = text.trim();
    (!text.is_empty()).then_some(text)
}

/// Whether a name in a list of programs is that of a correction, which is no product: 「更新プログラム
/// (KB5034441)」.
fn is_correction(name: &str) -> bool {
    name.to_ascii_uppercase()
        .match_indices("KB")
        .any(|(place, _)| {
            let digits = name
                .get(place + 2..)
                .unwrap_or_default()
                .bytes()
                .take_while(u8::is_ascii_digit)
                .count();
            digits >= 6
        })
}

/// The name of a program without its version and what is said of its build, so that it is the same
/// text on every device: 「Mozilla Firefox 128.0.3 (x64 ja)」 is 「Mozilla Firefox」.
fn program_name(name: &str, version: &str) -> String {
    let mut text = name.trim();
    if let Some(open) = text.rfind(['(', '（'])
        && text.ends_with([')', '）'])
        && open > 0
    {
        let said = text.get(open..).unwrap_or_default().to_lowercase();
        let of_build = ["x64", "x86", "64", "32", "ja", "en-us", "日本語"];
        if of_build.iter().any(|word| said.contains(word))
            || (!version.is_empty() && said.contains(version))
        {
            text = text.get(..open).unwrap_or(text).trim_end();
        }
    }
    let words: Vec<&str> = text
        .split_whitespace()
        .filter(|word| {
            let bare = word.trim_start_matches(['v', 'V']);
            // 「8.0.392」 of 「8.0.392.8」 is its beginning.
            let is_version = bare.contains('.')
                && bare.starts_with(|c: char| c.is_ascii_digit())
                && (version.starts_with(bare) || bare.starts_with(version));
            version.is_empty() || !(is_version || bare == version)
        })
        .collect();
    let joined = words.join(" ");
    if joined.chars().any(char::is_alphabetic) {
        joined
    } else {
        name.trim().to_owned()
    }
}

/// What the source of a line says of the product, where it says something: a CPE name, or a package
/// of a language that the engine's table knows.
fn said(judged: &Judged) -> Option<Meaning> {
    let named: Vec<&Product> = judged
        .products
        .iter()
        .filter(|product| product.ground == PackageGround::Named)
        .collect();
    if let Some(best) = named.first() {
        return Some(Meaning {
            state: TextState::Stated,
            certainty: STATED,
            names: vec![best.name.clone()],
        });
    }
    // What is only made of the package's own name does not count, as with words.
    let best = judged.products.iter().find(|product| {
        matches!(product.ground, PackageGround::Alias | PackageGround::Listed)
            && product.at_most == Confidence::Exact
    })?;
    Some(Meaning {
        state: TextState::Guessed,
        certainty: i64::from(best.score).min(MOST_GUESSED),
        names: vec![best.name.clone()],
    })
}

/// What the lists of software of a device name: programs as a person would know them, components of
/// a bill of materials, and packages of distributions. `system` is what the device's OS resolved
/// to: on a Linux everything that its package manager lists is a package of the distribution.
#[must_use]
pub fn software_texts(
    programs: &[Software],
    system: Option<&Name>,
    dictionary: &Dictionary,
) -> Programs {
    let mut found = Programs::default();
    let mut met: HashSet<(String, String)> = HashSet::new();
    let is_windows = system.and_then(|name| name.literal(Attribute::Vendor)) == Some("microsoft");
    for program in programs.iter().take(MOST_PROGRAMS) {
        let name = program.name.trim();
        if name.is_empty() || is_correction(name) {
            continue;
        }
        let version = program.version.trim();
        let mut stated = None;
        // Words alone are looked up once for all devices; the engine is asked where the line has
        // more to say, or where the system does.
        let has_more = given(&program.purl)
            .or_else(|| given(&program.cpe))
            .is_some();
        if has_more || (system.is_some() && !is_windows) {
            let package = Package {
                name,
                version: given(version),
                vendor: given(&program.vendor),
                source: "",
                cpe: given(&program.cpe),
                purl: given(&program.purl),
                system,
            };
            let judged = judged(&package, dictionary);
            if let JudgedBy::Distribution(_) = judged.by {
                found.packages += 1;
                let names = judged.products.into_iter().map(|product| product.name);
                found.packaged.extend(names);
                continue;
            }
            stated = said(&judged);
        }
        let bare = program_name(name, version);
        let maker = program.vendor.trim();
        let text = if maker.is_empty() || bare.to_lowercase().starts_with(&maker.to_lowercase()) {
            bare
        } else {
            format!("{maker} {bare}")
        };
        let text: String = text.chars().take(200).collect();
        if met.insert((text_key(&text), version.to_owned())) {
            found.texts.push(Text {
                kind: TextKind::Software,
                text,
                version: version.to_owned(),
                stated,
            });
        }
    }
    found
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
    /// A bill of materials or a package manager states the CPE name.
    Stated,
}

impl TextState {
    /// Every state in the order of the page: what needs somebody first.
    pub const ALL: [Self; 5] = [
        Self::Unknown,
        Self::Guessed,
        Self::Shared,
        Self::Confirmed,
        Self::Stated,
    ];

    /// The number in storage.
    #[must_use]
    pub const fn rank(self) -> i64 {
        match self {
            Self::Unknown => 0,
            Self::Guessed => 1,
            Self::Shared => 2,
            Self::Confirmed => 3,
            Self::Stated => 4,
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
            Self::Stated => "stated",
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
    /// What was found out already: the same program stands on hundreds of devices.
    met: Mutex<HashMap<String, Meaning>>,
}

impl<'a> Known<'a> {
    /// What is known of texts.
    #[must_use]
    pub fn new(
        own: &'a HashMap<String, Vec<Name>>,
        shared: &'a HashMap<String, Vec<Name>>,
        dictionary: &'a Dictionary,
    ) -> Self {
        Self {
            own,
            shared,
            dictionary,
            met: Mutex::default(),
        }
    }
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
    /// What a text of a device means: what the institution confirmed, else what its source states,
    /// else what others confirmed or what it may be.
    #[must_use]
    pub fn meaning_of(&self, text: &Text) -> Meaning {
        let key = text_key(&text.text);
        if let Some(stated) = &text.stated
            && !self.own.contains_key(&key)
        {
            return stated.clone();
        }
        let mut met = self.met.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(meaning) = met.get(&key) {
            return meaning.clone();
        }
        let meaning = self.meaning(&text.text);
        met.insert(key, meaning.clone());
        meaning
    }

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

impl Products {
    /// Adds names that no text of the device stands for.
    pub fn add(&mut self, names: Vec<Name>) {
        self.names.extend(names);
        self.names.sort();
        self.names.dedup();
    }
}

/// Whether a name is that of a package of a distribution, which stands for itself.
#[must_use]
pub fn is_packaged(cpe: &str) -> bool {
    Name::parse_lenient(cpe).is_ok_and(|name| {
        name.literal(Attribute::Vendor)
            .is_some_and(|vendor| vendor.starts_with("pkg:"))
    })
}

fn same_product(one: &Name, other: &Name) -> bool {
    product_of(one) == product_of(other)
}

fn product_of(name: &Name) -> [&Value; 3] {
    [Attribute::Part, Attribute::Vendor, Attribute::Product].map(|attribute| name.get(attribute))
}

fn has_version(name: &Name) -> bool {
    *name.get(Attribute::Version) != Value::Any
}

/// Finds the products of a device.
#[must_use]
pub fn products(texts: &[Text], known: &Known<'_>) -> Products {
    let meanings: Vec<Meaning> = texts.iter().map(|text| known.meaning_of(text)).collect();
    let of_os: Vec<Name> = texts
        .iter()
        .zip(&meanings)
        .filter(|(text, _)| text.kind == TextKind::Os)
        .flat_map(|(_, meaning)| meaning.names.clone())
        .collect();
    let has_os = texts.iter().any(|text| text.kind == TextKind::Os);
    let mut found = Products::default();
    let mut names: BTreeSet<Name> = BTreeSet::new();
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
            names.insert(name);
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
    let versioned: HashSet<_> = names
        .iter()
        .filter(|name| has_version(name))
        .map(product_of)
        .collect();
    let kept: Vec<Name> = names
        .iter()
        .filter(|name| has_version(name) || !versioned.contains(&product_of(name)))
        .cloned()
        .collect();
    found.names = kept;
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
        let (shared, dictionary) = (HashMap::new(), Dictionary::new());
        let known = Known::new(&own, &shared, &dictionary);
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
    fn program(name: &str, version: &str, purl: &str, cpe: &str) -> Software {
        Software {
            asset_id: uuid::Uuid::nil(),
            source: "sbom".to_owned(),
            name: name.to_owned(),
            version: version.to_owned(),
            vendor: String::new(),
            purl: purl.to_owned(),
            cpe: cpe.to_owned(),
        }
    }

    #[test]
    fn programs_are_the_same_text_whatever_their_version() {
        for (name, version, expected) in [
            (
                "Mozilla Firefox 128.0.3 (x64 ja)",
                "128.0.3",
                "Mozilla Firefox",
            ),
            ("7-Zip 24.08 (x64)", "24.08", "7-Zip"),
            ("PostgreSQL 15 ", "15.4", "PostgreSQL 15"),
            (
                "Java 8 Update 391 (64-bit)",
                "8.0.3910.13",
                "Java 8 Update 391",
            ),
            ("FileMaker Pro (架空版)", "19", "FileMaker Pro (架空版)"),
            ("1.2.3", "1.2.3", "1.2.3"),
            ("(x64)", "", "(x64)"),
            ("電子カルテ　ビューア v3.1", "3.1", "電子カルテ ビューア"),
        ] {
            assert_eq!(program_name(name, version), expected, "{name}");
        }
    }

    #[test]
    fn packages_of_distributions_and_corrections_are_no_products() {
        let cpe = "cpe:2.3:a:openssl:openssl:3.0.11:*:*:*:*:*:*:*";
        let dictionary = Dictionary::new();
        let programs = [
            program(
                "openssl",
                "3.0.11-1~deb12u2",
                "pkg:deb/debian/openssl@3.0.11-1~deb12u2",
                cpe,
            ),
            program("musl", "1.2", "pkg:APK/alpine/musl@1.2", ""),
            program("kakuu-left", "4.17.20", "pkg:npm/kakuu-left@4.17.20", ""),
            program("Security Update (KB5034441)", "", "", ""),
            program("2024-01 更新プログラム kb5034122", "", "", ""),
            program("  ", "1", "", ""),
            program("OpenSSL", "3.0.11", "pkg:generic/openssl@3.0.11", cpe),
            program("OpenSSL", "3.0.11", "", ""),
            program("なにか", "1", "pkg:", "cpe:2.3:not a name"),
        ];
        let found = software_texts(&programs, None, &dictionary);
        assert_eq!((found.packages, found.packaged.len()), (2, 2));
        let is_of_distribution = |name: &Name| {
            let vendor = name.literal(Attribute::Vendor).unwrap_or_default();
            vendor.starts_with("pkg:")
        };
        assert!(found.packaged.iter().all(is_of_distribution));
        let texts: Vec<&str> = found.texts.iter().map(|text| text.text.as_str()).collect();
        assert_eq!(texts, ["kakuu-left", "OpenSSL", "なにか"]);
        let stated: Vec<bool> = found
            .texts
            .iter()
            .map(|text| text.stated.is_some())
            .collect();
        assert_eq!(
            stated,
            [false, true, false],
            "what only resembles a product does not count"
        );
        // On a Linux whatever its package manager lists is the distribution's.
        let debian = Name::parse_lenient("cpe:2.3:o:debian:debian_linux:12").unwrap();
        let listed = [program("openssl", "3.0.11-1~deb12u2", "", "")];
        let found = software_texts(&listed, Some(&debian), &dictionary);
        assert_eq!((found.packages, found.texts.len()), (1, 0));
    }

    #[test]
    fn what_a_bill_of_materials_states_counts_unless_the_institution_says_otherwise() {
        let dictionary = Dictionary::new();
        let listed = [program(
            "OpenSSL",
            "3.0.11",
            "",
            "cpe:2.3:a:openssl:openssl:3.0.11:*:*:*:*:*:*:*",
        )];
        let stated = software_texts(&listed, None, &dictionary).texts;
        let none = HashMap::new();
        let own = HashMap::from([(text_key("openssl"), Vec::new())]);
        let found = products(&stated, &Known::new(&none, &none, &dictionary));
        assert_eq!(found.names.len(), 1);
        assert_eq!(
            (found.texts[0].state, found.texts[0].certainty),
            (TextState::Stated, STATED)
        );
        let found = products(&stated, &Known::new(&own, &none, &dictionary));
        assert!(
            found.names.is_empty(),
            "confirmed as no product of the feeds"
        );
    }
}
