//! What a check found, in a form that can be handed on: no secret and nothing that narrows one
//! down beyond what it says in words.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

use crate::classify::DeviceClass;
use crate::open::Ignored;

/// The form of a verdict.
pub const FORMAT: &str = "credential-verdict/1";
/// Largest verdict that is read, in bytes.
pub const LARGEST: usize = 16 << 20;
const LONGEST_TEXT: usize = 1_000;
const MOST_ENTRIES: u32 = 1_000_000;
/// How many files one verdict may be on.
pub const MOST_FILES: usize = 20;
/// Longest label of a file, in characters.
pub const LONGEST_LABEL: usize = 100;

/// The length of a password, no more exactly than this.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum LengthClass {
    /// Fewer than 8 characters.
    #[serde(rename = "<8")]
    Under8,
    /// 8 to 12 characters.
    #[serde(rename = "8-12")]
    From8To12,
    /// 13 characters or more.
    #[serde(rename = "13+")]
    From13,
}

impl LengthClass {
    /// The class of a number of characters.
    #[must_use]
    pub fn of(characters: usize) -> Self {
        match characters {
            0..=7 => Self::Under8,
            8..=12 => Self::From8To12,
            _ => Self::From13,
        }
    }
}

/// What is wrong with a password.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Fault {
    /// There is none, for an entry that names a user or an address.
    Empty,
    /// Fewer than 8 characters.
    Under8,
    /// 8 to 12 characters.
    Under13,
    /// No letter.
    NoLetters,
    /// No digit.
    NoDigits,
    /// No symbol.
    NoSymbols,
    /// A factory default, the user name, the product's or the vendor's name.
    FactoryDefault,
    /// Guessed within 10^8 attempts, as an estimator of guesses judges it.
    Guessable,
    /// The same password stands in another entry.
    Reused,
    /// The same password stands in an entry for a device of another vendor.
    ReusedAcrossVendors,
    /// Another password of the same class of devices differs from it by little.
    Similar,
    /// It has not been changed for longer than was asked about.
    Unchanged,
    /// The entry has expired.
    Expired,
}

impl Fault {
    /// All faults, the gravest first.
    pub const ALL: [Self; 13] = [
        Self::Empty,
        Self::FactoryDefault,
        Self::Under8,
        Self::ReusedAcrossVendors,
        Self::Reused,
        Self::NoLetters,
        Self::NoDigits,
        Self::NoSymbols,
        Self::Guessable,
        Self::Similar,
        Self::Under13,
        Self::Unchanged,
        Self::Expired,
    ];

    /// The word for it in a verdict and in messages.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Empty => "empty",
            Self::Under8 => "under8",
            Self::Under13 => "under13",
            Self::NoLetters => "no_letters",
            Self::NoDigits => "no_digits",
            Self::NoSymbols => "no_symbols",
            Self::FactoryDefault => "factory_default",
            Self::Guessable => "guessable",
            Self::Reused => "reused",
            Self::ReusedAcrossVendors => "reused_across_vendors",
            Self::Similar => "similar",
            Self::Unchanged => "unchanged",
            Self::Expired => "expired",
        }
    }
}

/// An entry with something wrong.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Finding {
    /// The entry's place in the file, from 1.
    pub number: u32,
    /// Its class of devices.
    pub class: DeviceClass,
    /// Its title, where titles are given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// Its groups, where titles are given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub group: Option<String>,
    /// How long its password is.
    pub length: LengthClass,
    /// For how many days at least the password has been as it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unchanged_days: Option<u32>,
    /// What is wrong.
    pub faults: BTreeSet<Fault>,
}

/// What entries have in common.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SharedKind {
    /// The same password.
    Reused,
    /// Passwords that differ by little.
    Similar,
}

/// Entries whose passwords are the same or alike.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Shared {
    /// In what way.
    pub kind: SharedKind,
    /// Whether they are of more than one vendor, as far as vendors are known.
    pub several_vendors: bool,
    /// Numbers of the entries, ascending.
    pub members: Vec<u32>,
}

/// Counts of a class of devices.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ClassCounts {
    /// Which.
    pub class: DeviceClass,
    /// Entries judged.
    pub entries: u32,
    /// Entries with nothing wrong.
    pub faultless: u32,
    /// Entries by what is wrong; what nobody has is absent.
    pub faults: BTreeMap<Fault, u32>,
}

/// A file that was checked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CheckedFile {
    /// By what it is known; no other of the verdict has the same.
    pub label: String,
    /// Its SHA-256, in hexadecimal.
    pub sha256: String,
    /// How many of the entries are its own.
    pub entries: u32,
    /// What was left out.
    pub ignored: Ignored,
}

/// The result of a check.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Verdict {
    /// [`FORMAT`].
    pub format: String,
    /// When it was made.
    #[serde(with = "time::serde::rfc3339")]
    pub checked_at: OffsetDateTime,
    /// The program that made it, with its version.
    pub tool: String,
    /// The day of the table of factory defaults.
    pub defaults_as_of: String,
    /// The files that were checked together. Their entries are numbered through in this order.
    pub files: Vec<CheckedFile>,
    /// Whether findings carry titles and groups.
    pub with_titles: bool,
    /// After how many days an unchanged password counts as [`Fault::Unchanged`].
    pub unchanged_after_days: u32,
    /// Counts of every class that has entries.
    pub classes: Vec<ClassCounts>,
    /// Entries with something wrong, by number.
    pub findings: Vec<Finding>,
    /// Entries whose passwords are the same or alike.
    pub shared: Vec<Shared>,
}

/// Why a text is no verdict.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum VerdictError {
    /// It is too large.
    #[error("the verdict is larger than {LARGEST} bytes")]
    TooLarge,
    /// It is not of a form that this version reads.
    #[error("this is no verdict of a form that this version reads ({FORMAT})")]
    Form,
    /// What it says does not agree with itself.
    #[error("the verdict does not agree with itself: {0}")]
    Inconsistent(&'static str),
}

impl Verdict {
    /// Reads a verdict and holds it against itself: counts must follow from the findings.
    ///
    /// # Errors
    /// [`VerdictError`].
    pub fn read(text: &[u8]) -> Result<Self, VerdictError> {
        if text.len() > LARGEST {
            return Err(VerdictError::TooLarge);
        }
        let verdict: Self = serde_json::from_slice(text).map_err(|_| VerdictError::Form)?;
        if verdict.format != FORMAT {
            return Err(VerdictError::Form);
        }
        verdict.agrees()?;
        Ok(verdict)
    }

    /// How many entries were judged.
    #[must_use]
    pub fn entries(&self) -> u32 {
        let counts = self.classes.iter().map(|counts| counts.entries);
        counts.fold(0, u32::saturating_add)
    }

    /// What was left out, over all files.
    #[must_use]
    pub fn ignored(&self) -> Ignored {
        let mut sum = Ignored::default();
        for file in &self.files {
            sum.recycled = sum.recycled.saturating_add(file.ignored.recycled);
            sum.templates = sum.templates.saturating_add(file.ignored.templates);
            sum.notes = sum.notes.saturating_add(file.ignored.notes);
            sum.references = sum.references.saturating_add(file.ignored.references);
        }
        sum
    }

    /// The place of the file whose entry has a number, and the entry's number within it.
    #[must_use]
    pub fn file_of(&self, number: u32) -> Option<(usize, u32)> {
        let mut before = 0_u32;
        for (place, file) in self.files.iter().enumerate() {
            let until = before.saturating_add(file.entries);
            if number > before && number <= until {
                return Some((place, number - before));
            }
            before = until;
        }
        None
    }

    /// The findings of one file, by its place.
    pub fn findings_of(&self, place: usize) -> impl Iterator<Item = &Finding> {
        let first = self.files.iter().take(place);
        let before = first.map(|file| file.entries).fold(0, u32::saturating_add);
        let entries = self.files.get(place).map_or(0, |file| file.entries);
        let until = before.saturating_add(entries);
        self.findings
            .iter()
            .filter(move |finding| finding.number > before && finding.number <= until)
    }

    /// How many entries have a fault, over all classes.
    #[must_use]
    pub fn count(&self, fault: Fault) -> u32 {
        let counts = self.classes.iter().filter_map(|one| one.faults.get(&fault));
        counts.copied().fold(0, u32::saturating_add)
    }

    fn agrees(&self) -> Result<(), VerdictError> {
        let wrong = |what| Err(VerdictError::Inconsistent(what));
        let is_fit =
            |text: &str| text.chars().count() <= LONGEST_TEXT && !text.contains(char::is_control);
        if !is_fit(&self.tool) || !is_fit(&self.defaults_as_of) {
            return wrong("tool or table");
        }
        let is_hash =
            |text: &str| text.len() == 64 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
        let labels: BTreeSet<&str> = self.files.iter().map(|file| file.label.as_str()).collect();
        let is_label = |label: &str| {
            !label.trim().is_empty() && label.chars().count() <= LONGEST_LABEL && is_fit(label)
        };
        let files = self.files.iter().map(|file| file.entries);
        if !(1..=MOST_FILES).contains(&self.files.len())
            || labels.len() != self.files.len()
            || !labels.into_iter().all(is_label)
            || !self.files.iter().all(|file| is_hash(&file.sha256))
            || files.fold(0, u32::saturating_add) != self.entries()
        {
            return wrong("files");
        }
        let classes: BTreeSet<DeviceClass> = self.classes.iter().map(|one| one.class).collect();
        if classes.len() != self.classes.len() || self.entries() > MOST_ENTRIES {
            return wrong("classes");
        }
        let mut numbers = BTreeMap::new();
        for finding in &self.findings {
            let texts = finding.title.iter().chain(&finding.group);
            let named = finding.title.is_some() || finding.group.is_some();
            if finding.faults.is_empty()
                || !(1..=self.entries()).contains(&finding.number)
                || (named && !self.with_titles)
                || !texts.into_iter().all(|text| is_fit(text))
                || !length_agrees(finding)
                || numbers.insert(finding.number, &finding.faults).is_some()
            {
                return wrong("findings");
            }
        }
        for counts in &self.classes {
            let own = || self.findings.iter().filter(|one| one.class == counts.class);
            let mut faults: BTreeMap<Fault, u32> = BTreeMap::new();
            for fault in own().flat_map(|finding| &finding.faults) {
                *faults.entry(*fault).or_default() += 1;
            }
            let faulty = u32::try_from(own().count()).unwrap_or(u32::MAX);
            if faults != counts.faults
                || counts.faultless.checked_add(faulty) != Some(counts.entries)
            {
                return wrong("counts");
            }
        }
        if self
            .findings
            .iter()
            .any(|one| !classes.contains(&one.class))
        {
            return wrong("classes of findings");
        }
        for shared in &self.shared {
            let fault = match shared.kind {
                SharedKind::Reused => Fault::Reused,
                SharedKind::Similar => Fault::Similar,
            };
            let ascending = shared.members.is_sorted_by(|one, next| one < next);
            let bears = |number| {
                numbers
                    .get(number)
                    .is_some_and(|faults| faults.contains(&fault))
            };
            if shared.members.len() < 2 || !ascending || !shared.members.iter().all(bears) {
                return wrong("shared");
            }
        }
        Ok(())
    }
}

fn length_agrees(finding: &Finding) -> bool {
    let has = |fault| finding.faults.contains(&fault);
    match finding.length {
        LengthClass::Under8 => (has(Fault::Under8) || has(Fault::Empty)) && !has(Fault::Under13),
        LengthClass::From8To12 => has(Fault::Under13) && !has(Fault::Under8) && !has(Fault::Empty),
        LengthClass::From13 => !has(Fault::Under13) && !has(Fault::Under8) && !has(Fault::Empty),
    }
}
