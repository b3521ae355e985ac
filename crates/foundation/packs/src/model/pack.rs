//! The pack itself: identity, validity, source, and one body.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use data_encoding::HEXLOWER;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use sha2::{Digest, Sha256};
use time::Date;
use yagura_kernel::time::FiscalYear;

use super::{
    Checklist, ContactList, GuidanceBook, GuidanceField, Item, PartialDate, RequestForm, SelfCheck,
    Sheet, TargetDateProblem, Text, Wording, iso, iso_option,
};

/// One dated edition of one sheet or list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "PackFile", into = "PackFile")]
pub struct Pack {
    /// Stable name, `mhlw-checklist-r08-institution`.
    pub id: String,
    /// Version of the data: a correction of the same edition has the same id and a higher one.
    pub version: PackVersion,
    /// Name of the edition.
    pub title: Text,
    /// First day on which it applies.
    pub valid_from: Date,
    /// Last day on which it applies; open where none is set.
    pub valid_to: Option<Date>,
    /// Fiscal year it is for.
    pub fiscal_year: Option<FiscalYear>,
    /// Who published it where.
    pub source: Source,
    /// What is established about this edition, and what is not.
    pub notes: Vec<Note>,
    /// The content.
    pub body: Body,
}

/// What a pack holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Body {
    /// A sheet to be answered.
    Checklist(Box<Checklist>),
    /// Boxes to tick, by role.
    SelfCheck(SelfCheck),
    /// Offices to call.
    Contacts(ContactList),
    /// A form of the one-stop desk.
    Form(Box<RequestForm>),
}

/// The kind of a pack's body.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PackKind {
    /// A sheet to be answered.
    Checklist,
    /// Boxes to tick, by role.
    SelfCheck,
    /// Offices to call.
    Contacts,
    /// A form of the one-stop desk.
    Form,
}

impl PackKind {
    /// The word used in files.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Checklist => "checklist",
            Self::SelfCheck => "self-check",
            Self::Contacts => "contacts",
            Self::Form => "form",
        }
    }
}

/// Where an edition was published.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Source {
    /// Title of the publication.
    pub title: Text,
    /// Publisher.
    pub publisher: Text,
    /// Page from which it is reached; empty where none is established, such as for a lecture. Only a
    /// form may be without one and verify silently.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub url: String,
    /// Date of publication, as exactly as known.
    pub date: PartialDate,
    /// How the content came here: what was read, and that the official page was not.
    pub retrieved_note: Text,
    /// The publication's files.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub files: Vec<SourceFile>,
}

/// One official file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SourceFile {
    /// File name on the publisher's site.
    pub name: String,
    /// What it is.
    pub label: Text,
    /// SHA-256 in lower-case hexadecimal, where the file itself was read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sha256: Option<String>,
}

/// A statement about a pack as a whole.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Note {
    /// Whether it says what is known or what is missing.
    pub status: NoteStatus,
    /// The statement.
    pub text: Text,
}

/// What a [`Note`] is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum NoteStatus {
    /// Known, with a source.
    Established,
    /// Not known; to be completed from the official file.
    Open,
    /// Neither: how to read the pack.
    Information,
}

/// Version of a pack's data: `major.minor.patch`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct PackVersion {
    /// Items were added, removed or changed in meaning.
    pub major: u32,
    /// Wording, guidance or translation was corrected.
    pub minor: u32,
    /// Nothing that a reader sees changed.
    pub patch: u32,
}

impl fmt::Display for PackVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}.{}", self.major, self.minor, self.patch)
    }
}

impl FromStr for PackVersion {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || format!("\"{text}\" is not a version such as 1.0.0");
        let mut parts = text.split('.').map(|part| {
            let digits = !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
            digits
                .then(|| part.parse::<u32>().ok())
                .flatten()
                .ok_or_else(wrong)
        });
        let mut next = || parts.next().unwrap_or(Ok(0));
        let version = Self {
            major: next()?,
            minor: next()?,
            patch: next()?,
        };
        if parts.next().is_some() {
            Err(wrong())
        } else {
            Ok(version)
        }
    }
}

impl Serialize for PackVersion {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for PackVersion {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?
            .parse()
            .map_err(serde::de::Error::custom)
    }
}

/// The file form of a pack. The body is the one table of the four that is present.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct PackFile {
    format: u32,
    id: String,
    version: PackVersion,
    title: Text,
    #[serde(with = "iso")]
    valid_from: Date,
    #[serde(default, with = "iso_option", skip_serializing_if = "Option::is_none")]
    valid_to: Option<Date>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    fiscal_year: Option<FiscalYear>,
    source: Source,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    notes: Vec<Note>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    checklist: Option<Checklist>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    self_check: Option<SelfCheck>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    contacts: Option<ContactList>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    form: Option<RequestForm>,
}

const FORMAT: u32 = 1;

impl TryFrom<PackFile> for Pack {
    type Error = String;

    fn try_from(file: PackFile) -> Result<Self, String> {
        if file.format != FORMAT {
            return Err(format!(
                "format {} is not known to this program, which reads format {FORMAT}",
                file.format
            ));
        }
        let body = match (file.checklist, file.self_check, file.contacts, file.form) {
            (Some(checklist), None, None, None) => Body::Checklist(Box::new(checklist)),
            (None, Some(self_check), None, None) => Body::SelfCheck(self_check),
            (None, None, Some(contacts), None) => Body::Contacts(contacts),
            (None, None, None, Some(form)) => Body::Form(Box::new(form)),
            _ => {
                return Err(
                    "exactly one of checklist, self_check, contacts, form must be given".into(),
                );
            }
        };
        Ok(Self {
            id: file.id,
            version: file.version,
            title: file.title,
            valid_from: file.valid_from,
            valid_to: file.valid_to,
            fiscal_year: file.fiscal_year,
            source: file.source,
            notes: file.notes,
            body,
        })
    }
}

impl From<Pack> for PackFile {
    fn from(pack: Pack) -> Self {
        let (mut checklist, mut self_check, mut contacts, mut form) = (None, None, None, None);
        match pack.body {
            Body::Checklist(body) => checklist = Some(*body),
            Body::SelfCheck(body) => self_check = Some(body),
            Body::Contacts(body) => contacts = Some(body),
            Body::Form(body) => form = Some(*body),
        }
        Self {
            format: FORMAT,
            id: pack.id,
            version: pack.version,
            title: pack.title,
            valid_from: pack.valid_from,
            valid_to: pack.valid_to,
            fiscal_year: pack.fiscal_year,
            source: pack.source,
            notes: pack.notes,
            checklist,
            self_check,
            contacts,
            form,
        }
    }
}

impl Pack {
    /// What the pack holds.
    #[must_use]
    pub fn kind(&self) -> PackKind {
        match self.body {
            Body::Checklist(_) => PackKind::Checklist,
            Body::SelfCheck(_) => PackKind::SelfCheck,
            Body::Contacts(_) => PackKind::Contacts,
            Body::Form(_) => PackKind::Form,
        }
    }

    /// The sheet, where the pack is one.
    #[must_use]
    pub fn checklist(&self) -> Option<&Checklist> {
        match &self.body {
            Body::Checklist(checklist) => Some(checklist),
            _ => None,
        }
    }

    /// The self-check, where the pack is one.
    #[must_use]
    pub fn self_check(&self) -> Option<&SelfCheck> {
        match &self.body {
            Body::SelfCheck(self_check) => Some(self_check),
            _ => None,
        }
    }

    /// The contacts, where the pack is such a list.
    #[must_use]
    pub fn contacts(&self) -> Option<&ContactList> {
        match &self.body {
            Body::Contacts(contacts) => Some(contacts),
            _ => None,
        }
    }

    /// The form of the one-stop desk, where the pack is one.
    #[must_use]
    pub fn form(&self) -> Option<&RequestForm> {
        match &self.body {
            Body::Form(form) => Some(form),
            _ => None,
        }
    }

    /// Which sheet of the form it is.
    #[must_use]
    pub fn sheet(&self) -> Option<Sheet> {
        self.checklist().map(|checklist| checklist.sheet)
    }

    /// Every row of a checklist in printed order; nothing for other kinds.
    pub fn items(&self) -> impl Iterator<Item = &Item> {
        self.checklist().into_iter().flat_map(Checklist::items)
    }

    /// The row with a key.
    #[must_use]
    pub fn item(&self, key: &str) -> Option<&Item> {
        self.items().find(|item| item.key == key)
    }

    /// Whether the edition applies on a day.
    #[must_use]
    pub fn is_valid_on(&self, day: Date) -> bool {
        self.valid_from <= day && self.valid_to.is_none_or(|last| day <= last)
    }

    /// How many rows have a wording that was not confirmed.
    #[must_use]
    pub fn unverified_items(&self) -> usize {
        self.items()
            .filter(|item| item.wording == Wording::Unverified)
            .count()
    }

    /// Whether a target date may stand beside an answer on this sheet.
    ///
    /// # Errors
    /// Says why not: the form takes a target date only for いいえ and inside the fiscal year.
    pub fn check_target_date(
        &self,
        target: Date,
        answered_no: bool,
    ) -> Result<(), TargetDateProblem> {
        let Some(checklist) = self.checklist() else {
            return Ok(());
        };
        if checklist.rules.target_date_only_for_no && !answered_no {
            return Err(TargetDateProblem::AnswerIsNotNo);
        }
        match self.fiscal_year {
            Some(year) if checklist.rules.target_date_in_fiscal_year && !year.contains(target) => {
                Err(TargetDateProblem::OutsideFiscalYear {
                    first: year.start(),
                    last: year.end(),
                })
            }
            _ => Ok(()),
        }
    }

    /// Gives every item that names a topic the text of that topic. Topics that the book does not
    /// have stay unresolved and are reported by [`crate::verify`].
    pub fn resolve_guidance(&mut self, book: &GuidanceBook) {
        let Body::Checklist(checklist) = &mut self.body else {
            return;
        };
        for section in &mut checklist.sections {
            for item in section.blocks.iter_mut().flat_map(|block| &mut block.items) {
                if let Some(field) = &mut item.guidance
                    && let Some(topic) = field.topic()
                    && let Some(text) = book.topic(topic)
                {
                    *field = GuidanceField::Resolved(topic.to_owned(), Arc::clone(text));
                }
            }
        }
    }

    /// SHA-256 of the pack's content in lower-case hexadecimal: two packs with one fingerprint say
    /// the same. Guidance that is shared by topic is not part of it.
    #[must_use]
    pub fn fingerprint(&self) -> String {
        let content = serde_json::to_vec(self).unwrap_or_default();
        HEXLOWER.encode(&Sha256::digest(content))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_order_by_number() {
        let version = |text: &str| text.parse::<PackVersion>().unwrap();
        assert!(version("1.10.0") > version("1.9.3"));
        assert_eq!(version("2").to_string(), "2.0.0");
        for wrong in ["", "1.", "1.0.0.0", "v1", "1.-2", "+1", "99999999999"] {
            assert!(wrong.parse::<PackVersion>().is_err(), "{wrong}");
        }
    }
}
