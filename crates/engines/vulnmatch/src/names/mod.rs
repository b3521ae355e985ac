//! Products as people write them, as candidates of CPE names with a score.
//!
//! 「フォーティゲート60F」 is an appliance `fortinet:fortigate-60f` with `fortinet:fortios`;
//! 「ＳＱＬ　Ｓｅｒｖｅｒ ２０１６ SP2」 is `microsoft:sql_server:2016` with the update `sp2`. A person
//! confirms a candidate once ([`Dictionary::confirm`]), and from then on that is the answer. The
//! score is always given; nothing here is a finding.
//!
//! ```
//! use vulnmatch::names::Dictionary;
//! let found = Dictionary::new().candidates("フォーティゲート６０Ｆ");
//! assert_eq!(found[0].name.to_string(), "cpe:2.3:h:fortinet:fortigate-60f:*:*:*:*:*:*:*:*");
//! assert!(found.iter().all(|candidate| candidate.score < 100));
//! ```

mod renames;
mod table;
mod windows;

pub use renames::{AlsoKnown, Renaming, also_known};
pub use windows::windows;

use std::sync::LazyLock;

use rustc_hash::FxHashMap;
use unicode_normalization::UnicodeNormalization;

use crate::cpe::{Attribute, Name, Value};

/// The longest text that is looked up, in characters.
pub const LONGEST: usize = 300;
/// How many candidates are given.
pub const MOST: usize = 8;

/// Why a candidate is one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Ground {
    /// A person confirmed it.
    Confirmed,
    /// The text is in the table of this crate.
    Alias,
    /// A list of products (of JVN, of the CPE dictionary) has the name.
    Listed,
    /// A list has a name with the same words, or most of them.
    Similar,
}

/// A CPE name that a text may mean.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Candidate {
    /// The name.
    pub name: Name,
    /// How well it fits, from 1 to 100; 100 is only for what a person confirmed.
    pub score: u8,
    /// Why.
    pub ground: Ground,
}

/// Names that are known besides the table of this crate.
#[derive(Debug, Default)]
pub struct Dictionary {
    confirmed: FxHashMap<String, Vec<Name>>,
    listed: FxHashMap<String, Vec<Name>>,
    words: FxHashMap<String, Vec<u32>>,
    entries: Vec<(Name, u32)>,
}

impl Dictionary {
    /// A dictionary with nothing but the table of this crate.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Remembers what a person confirmed: the text means these products. No names: it means none.
    pub fn confirm(&mut self, text: &str, names: Vec<Name>) {
        self.confirmed.insert(folded(text), names);
    }

    /// Adds an entry of a list of products.
    pub fn learn(&mut self, vendor: &str, product: &str, name: &Name) {
        let (vendor, product) = (folded(vendor), folded(product));
        if product.is_empty() {
            return;
        }
        for key in [product.clone(), format!("{vendor}{product}")] {
            let known = self.listed.entry(key).or_default();
            if !known.contains(name) {
                known.push(name.clone());
            }
        }
        let Ok(number) = u32::try_from(self.entries.len()) else {
            return;
        };
        let mut words = words(name.literal(Attribute::Product).unwrap_or_default());
        words.sort();
        words.dedup();
        self.entries
            .push((name.clone(), u32::try_from(words.len()).unwrap_or(u32::MAX)));
        for word in words {
            self.words.entry(word).or_default().push(number);
        }
    }

    /// What a text may mean, the best first.
    #[must_use]
    pub fn candidates(&self, text: &str) -> Vec<Candidate> {
        let text: String = text.chars().take(LONGEST).collect();
        let key = folded(&text);
        if key.is_empty() {
            return Vec::new();
        }
        let candidate = |name: &Name, score, ground| Candidate {
            name: name.clone(),
            score,
            ground,
        };
        if let Some(names) = self.confirmed.get(&key) {
            return names
                .iter()
                .map(|name| candidate(name, 100, Ground::Confirmed))
                .collect();
        }
        let mut found: Vec<Candidate> = aliases(&text);
        if let Some(names) = self.listed.get(&key) {
            let score = if names.len() == 1 { 90 } else { 70 };
            found.extend(
                names
                    .iter()
                    .map(|name| candidate(name, score, Ground::Listed)),
            );
        } else if let Some((product, version)) = split_version(&text)
            && let Some(names) = self.listed.get(&folded(&product))
        {
            let score = if names.len() == 1 { 85 } else { 65 };
            found.extend(
                names
                    .iter()
                    .map(|name| candidate(&with_version(name, &version), score, Ground::Listed)),
            );
        }
        found.extend(self.similar(&text));
        found.sort_by_key(|candidate| std::cmp::Reverse(candidate.score));
        let mut kept: Vec<Candidate> = Vec::new();
        for candidate in found {
            if !kept.iter().any(|known| known.name == candidate.name) {
                kept.push(candidate);
            }
        }
        kept.truncate(MOST);
        kept
    }

    /// Entries that share words with the text.
    fn similar(&self, text: &str) -> Vec<Candidate> {
        let mut asked = words(&half_width(text));
        asked.sort();
        asked.dedup();
        let mut shared: FxHashMap<u32, u32> = FxHashMap::default();
        for word in &asked {
            for entry in self.words.get(word).into_iter().flatten() {
                *shared.entry(*entry).or_default() += 1;
            }
        }
        let asked = u32::try_from(asked.len()).unwrap_or(u32::MAX);
        shared
            .into_iter()
            .filter_map(|(entry, shared)| {
                let (name, words) = self.entries.get(entry as usize)?;
                // Twice the shared words over all words, of sixty.
                let score = 120u32.checked_mul(shared)? / asked.checked_add(*words)?.max(1);
                (score >= 30).then(|| Candidate {
                    name: name.clone(),
                    score: u8::try_from(score.min(60)).unwrap_or(60),
                    ground: Ground::Similar,
                })
            })
            .collect()
    }
}

/// Half width, lower case.
fn half_width(text: &str) -> String {
    text.nfkc().collect::<String>().to_lowercase()
}

/// As [`half_width`], without spaces, punctuation and the long vowel mark, in which writings differ.
fn folded(text: &str) -> String {
    half_width(text)
        .chars()
        .filter(|character| character.is_alphanumeric() && *character != 'ー')
        .collect()
}

fn words(text: &str) -> Vec<String> {
    text.split(|character: char| !character.is_alphanumeric())
        .filter(|word| word.chars().count() > 1 && !word.bytes().all(|byte| byte.is_ascii_digit()))
        .map(str::to_lowercase)
        .collect()
}

/// The text before a version at its end, and the version.
fn split_version(text: &str) -> Option<(String, String)> {
    let text = half_width(text);
    let (product, version) = text.trim().rsplit_once([' ', '\u{3000}'])?;
    let version = version.trim_start_matches(['v', 'r']);
    version
        .starts_with(|character: char| character.is_ascii_digit())
        .then(|| (product.to_owned(), version.to_owned()))
}

fn with_version(name: &Name, version: &str) -> Name {
    let mut name = name.clone();
    name.set(Attribute::Version, Value::text(version));
    name
}

/// The writings of the table, as they are compared. An inventory asks for thousands of names.
static FOLDED: LazyLock<Vec<(String, &table::Alias)>> = LazyLock::new(|| {
    table::ALIASES
        .iter()
        .flat_map(|alias| {
            alias
                .written
                .iter()
                .map(move |written| (folded(written), alias))
        })
        .collect()
});

static FOLDED_VENDORS: LazyLock<Vec<String>> = LazyLock::new(|| {
    table::VENDORS
        .iter()
        .map(|(written, _)| folded(written))
        .collect()
});

/// What the table of this crate says.
fn aliases(text: &str) -> Vec<Candidate> {
    let wide = half_width(text);
    // Vendors in front say nothing more than the product does.
    let mut best: Option<(usize, usize, &table::Alias)> = None;
    let key = folded(&wide);
    for (written, alias) in FOLDED.iter() {
        if best.is_none_or(|(_, length, _)| written.len() > length)
            && let Some(place) = key.find(written)
        {
            best = Some((place, written.len(), alias));
        }
    }
    let Some((place, length, alias)) = best else {
        return Vec::new();
    };
    let before = key.get(..place).unwrap_or_default();
    let after_folded = key.get(place + length..).unwrap_or_default();
    let after = tail(&wide, after_folded);
    let known_vendor = before.is_empty()
        || FOLDED_VENDORS
            .iter()
            .any(|written| before.ends_with(written));
    let tail = Tail::read(&after);
    if let Some(names) = windows(&wide, None) {
        // Release or build tell the product that NVD knows.
        return names
            .into_iter()
            .map(|name| Candidate {
                name,
                score: 95,
                ground: Ground::Alias,
            })
            .collect();
    }
    let mut found = Vec::new();
    for target in alias.targets {
        let Some(name) = tail.apply(target) else {
            continue;
        };
        let mut score: u8 = 95;
        if !known_vendor {
            score -= 15;
        }
        if !tail.rest.is_empty() {
            score -= 25;
        }
        found.push(Candidate {
            name,
            score: score.saturating_sub(target.less),
            ground: Ground::Alias,
        });
    }
    found
}

/// The end of the text of which the folded end is known.
fn tail(text: &str, folded_end: &str) -> String {
    if folded_end.is_empty() {
        return String::new();
    }
    let begin = text
        .char_indices()
        .rev()
        .find(|(place, _)| folded(text.get(*place..).unwrap_or_default()) == folded_end)
        .map_or(0, |(place, _)| place);
    text.get(begin..).unwrap_or_default().trim().to_owned()
}

/// What stands behind the name of the product.
struct Tail {
    /// The first word with a digit in it: a model, a year or a version.
    first: Option<String>,
    /// A service pack, an update, a release.
    update: Option<String>,
    /// What was not understood.
    rest: Vec<String>,
}

impl Tail {
    fn read(text: &str) -> Self {
        let mut tail = Self {
            first: None,
            update: None,
            rest: Vec::new(),
        };
        let cleaned = text
            .replace("service pack ", "sp")
            .replace("update ", "update_");
        for word in cleaned.split(|c: char| c.is_whitespace() || ",、()/".contains(c)) {
            let word = word.trim_matches(['-', '_', '.', ':']);
            let version = word
                .strip_prefix('v')
                .filter(|rest| rest.starts_with(|c: char| c.is_ascii_digit()));
            let word = version.unwrap_or(word);
            let has_digit = word.bytes().any(|byte| byte.is_ascii_digit());
            let is_update = ["sp", "r", "u", "update_", "cu", "h"].iter().any(|prefix| {
                word.strip_prefix(prefix).is_some_and(|rest| {
                    !rest.is_empty()
                        && rest
                            .bytes()
                            .all(|byte| byte.is_ascii_digit() || byte == b'.')
                })
            });
            if word.is_empty()
                || [
                    "ver",
                    "version",
                    "バージョン",
                    "版",
                    "edition",
                    "シリーズ",
                    "series",
                ]
                .contains(&word)
            {
                continue;
            }
            if tail.first.is_none() && has_digit && !is_update {
                tail.first = Some(word.to_owned());
            } else if is_update {
                tail.update = Some(match tail.update.take() {
                    Some(before) => format!("{before}_{word}"),
                    None => word.to_owned(),
                });
            } else {
                tail.rest.push(word.to_owned());
            }
        }
        tail
    }

    fn apply(&self, target: &table::Target) -> Option<Name> {
        let product = if target.product.contains("{}") {
            target.product.replace("{}", self.first.as_deref()?)
        } else {
            target.product.to_owned()
        };
        let mut name = Name::product(target.part, target.vendor, &product);
        if target.versioned {
            if let Some(version) = &self.first {
                name.set(Attribute::Version, Value::text(version));
            }
            if let Some(update) = &self.update {
                name.set(Attribute::Update, Value::text(update));
            }
        }
        Some(name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn best(text: &str) -> String {
        Dictionary::new()
            .candidates(text)
            .first()
            .map(|candidate| {
                let name = &candidate.name;
                let part = |attribute| name.literal(attribute).unwrap_or("*").to_owned();
                [
                    Attribute::Part,
                    Attribute::Vendor,
                    Attribute::Product,
                    Attribute::Version,
                    Attribute::Update,
                ]
                .map(part)
                .join(":")
            })
            .unwrap_or_default()
    }

    #[test]
    fn what_people_write() {
        for (text, expected) in [
            ("フォーティゲート60F", "h:fortinet:fortigate-60f:*:*"),
            ("ＦｏｒｔｉＧａｔｅ－６０Ｆ", "h:fortinet:fortigate-60f:*:*"),
            ("Fortinet FortiGate 100E", "h:fortinet:fortigate-100e:*:*"),
            ("FortiOS v7.0.5", "o:fortinet:fortios:7.0.5:*"),
            (
                "ウィンドウズサーバー2019",
                "o:microsoft:windows_server_2019:*:*",
            ),
            (
                "ウインドウズ サーバ 2019",
                "o:microsoft:windows_server_2019:*:*",
            ),
            (
                "Microsoft Windows Server 2016",
                "o:microsoft:windows_server_2016:*:*",
            ),
            ("Windows 10", "o:microsoft:windows_10:*:*"),
            ("SQL Server 2016 SP2", "a:microsoft:sql_server:2016:sp2"),
            (
                "ＳＱＬ　Ｓｅｒｖｅｒ　２０１６",
                "a:microsoft:sql_server:2016:*",
            ),
            (
                "オラクル データベース 19c",
                "a:oracle:database_server:19c:*",
            ),
            ("VMware ESXi 7.0", "o:vmware:esxi:7.0:*"),
            (
                "Pulse Connect Secure 9.1 R11",
                "a:pulsesecure:pulse_connect_secure:9.1:r11",
            ),
            ("アパッチ トムキャット 9.0.50", "a:apache:tomcat:9.0.50:*"),
            ("Apache Tomcat 9.0.50", "a:apache:tomcat:9.0.50:*"),
            ("OpenSSL 1.0.2k", "a:openssl:openssl:1.0.2k:*"),
            ("Cisco ASA 5506-X", "h:cisco:asa_5506-x:*:*"),
            ("ソニックウォール", "o:sonicwall:sonicos:*:*"),
            ("PAN-OS 10.1.14", "o:paloaltonetworks:pan-os:10.1.14:*"),
            ("まったく知らない製品", ""),
            ("", ""),
            ("？", ""),
        ] {
            assert_eq!(best(text), expected, "{text}");
        }
    }

    #[test]
    fn an_appliance_brings_its_system() {
        let found = Dictionary::new().candidates("フォーティゲート60F");
        let products: Vec<_> = found
            .iter()
            .map(|candidate| {
                (
                    candidate.name.literal(Attribute::Product).unwrap(),
                    candidate.score,
                )
            })
            .collect();
        assert_eq!(
            products.iter().map(|(name, _)| *name).collect::<Vec<_>>(),
            ["fortigate-60f", "fortios"]
        );
        assert!(products[0].1 >= products[1].1);
    }

    #[test]
    fn what_a_person_confirmed_wins() {
        let mut dictionary = Dictionary::new();
        let name = Name::product('a', "shimadzu", "pacs");
        dictionary.confirm("フォーティゲート 60F", vec![name.clone()]);
        let found = dictionary.candidates("ﾌｫｰﾃｨｹﾞｰﾄ６０Ｆ");
        assert_eq!(found.len(), 1);
        assert_eq!((&found[0].name, found[0].score), (&name, 100));
        dictionary.confirm("複合機", Vec::new());
        assert_eq!(dictionary.candidates("複合機"), []);
    }

    #[test]
    fn lists_are_looked_up() {
        let mut dictionary = Dictionary::new();
        let one = Name::product('a', "sun", "java_system_web_server");
        dictionary.learn(
            "サン・マイクロシステムズ",
            "Sun Java System Web Server",
            &one,
        );
        let found = dictionary.candidates("SUN JAVA SYSTEM WEB SERVER 7.0");
        assert_eq!(found[0].ground, Ground::Listed);
        assert_eq!(found[0].name, one.clone().with_version("7.0"));
        let found = dictionary.candidates("Java Web Server");
        assert_eq!((found[0].ground, &found[0].name), (Ground::Similar, &one));
        assert!(found[0].score <= 60);
    }

    proptest! {
        #[test]
        fn any_text_has_bounded_candidates(text in "\\PC{0,400}", tail in "[0-9a-zァ-ヶー .v]{0,30}") {
            for text in [text, format!("ウィンドウズ{tail}"), format!("fortigate{tail}")] {
                let found = Dictionary::new().candidates(&text);
                prop_assert!(found.len() <= MOST);
                prop_assert!(found.iter().all(|candidate| (1..100).contains(&candidate.score)));
            }
        }
    }
}
