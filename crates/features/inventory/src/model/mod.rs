//! The register and its rules: what it records, and what each record may say.

mod asset;
mod codes;
mod connection;
mod field;
mod system;
mod two_factor;

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value as Json};
use uuid::Uuid;
use yagura_kernel::id::{OrganizationId, PersonId};
use yagura_kernel::text::normalise_for_search;
use yagura_kernel::time::{Date, FiscalYear, Instant};

pub use asset::Asset;
pub use codes::{
    AssetState, Availability, Choices, DeviceClass, Known, Level, Mechanism, PatchState, Purpose,
    SystemKind, TwoFactor, Word,
};
pub use connection::{Connection, VENDOR_FACTS};
pub use field::{Each, FieldProblem, FieldSpec, Input, Problem, read, text_of};
pub use system::System;
pub use two_factor::{TWO_FACTOR_BY, TwoFactorStanding, two_factor_by};

/// How many records of one kind an institution may keep.
pub const MOST_RECORDS: i64 = 50_000;

/// A choice with a code.
pub trait Code: Copy {
    /// The code used in storage, in the API and as the tail of message keys.
    fn code(self) -> &'static str;

    /// Every choice, in the order in which it is offered.
    fn all() -> &'static [Self];
}

/// That a record refers to another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Reference {
    /// The key of the field.
    pub field: &'static str,
    /// The record that is referred to.
    pub target: Uuid,
    /// Of which part it is.
    pub kind: RecordKind,
}

impl Reference {
    pub(super) fn each(
        field: &'static str,
        kind: RecordKind,
        targets: impl IntoIterator<Item = Uuid>,
    ) -> impl Iterator<Item = Self> {
        targets.into_iter().map(move |target| Self {
            field,
            target,
            kind,
        })
    }
}

/// The parts of the register.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum RecordKind {
    /// Information systems and medical devices, as the stock-take (棚卸し票) lists them.
    System,
    /// External connections (外部接続).
    Connection,
    /// Devices (機器).
    Asset,
}

impl RecordKind {
    /// Every part.
    pub const ALL: [Self; 3] = [Self::System, Self::Connection, Self::Asset];

    /// The code used in storage, in the audit log and as the tail of message keys.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::System => "system",
            Self::Connection => "connection",
            Self::Asset => "asset",
        }
    }

    /// The part with this code, if there is one.
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.code() == code)
    }

    /// What is recorded, in the order of the form.
    #[must_use]
    pub const fn fields(self) -> &'static [FieldSpec] {
        match self {
            Self::System => System::FIELDS,
            Self::Connection => Connection::FIELDS,
            Self::Asset => Asset::FIELDS,
        }
    }
}

/// What a record of one part says.
pub trait Content:
    Serialize + DeserializeOwned + Clone + Default + PartialEq + std::fmt::Debug + Send + Sync + 'static
{
    /// The part.
    const KIND: RecordKind;
    /// Its fields. Their keys are those of the serialised form.
    const FIELDS: &'static [FieldSpec];

    /// By what people know it.
    fn name(&self) -> &str;

    /// The department that answers for it.
    fn department(&self) -> &str {
        ""
    }

    /// The system to which it belongs.
    fn system(&self) -> Option<Uuid> {
        None
    }

    /// The device to which it refers.
    fn asset(&self) -> Option<Uuid> {
        None
    }

    /// Everything of the register to which it refers: by which field, to which record of which
    /// part. What refers to itself or to what is none of the institution's is refused where it is
    /// written; a circle of several records is not.
    fn references(&self) -> Vec<Reference> {
        Vec::new()
    }

    /// The vendor on record that maintains it.
    fn vendor(&self) -> Option<OrganizationId> {
        None
    }

    /// What lists filter by: the device class, the kind of system, the mechanism.
    fn class(&self) -> &'static str;

    /// Whether the thing is gone, so that lists leave it out unless they are asked.
    fn is_gone(&self) -> bool {
        false
    }

    /// Words by which it is found beside its name.
    fn search_words(&self) -> Vec<&str>;

    /// What does not fit together, after each field by itself was read.
    fn contradictions(&self) -> Vec<FieldProblem> {
        Vec::new()
    }

    /// The text in which a search looks.
    #[must_use]
    fn search_text(&self) -> String {
        let words: Vec<String> = std::iter::once(self.name())
            .chain(self.search_words())
            .filter(|word| !word.is_empty())
            .map(normalise_for_search)
            .collect();
        words.join(" ")
    }

    /// The content as its fields.
    #[must_use]
    fn fields_of(&self) -> Map<String, Json> {
        match serde_json::to_value(self) {
            Ok(Json::Object(map)) => map,
            _ => Map::new(),
        }
    }

    /// The content from fields that [`read`] accepted.
    ///
    /// # Errors
    /// What does not fit together.
    fn from_fields(fields: Map<String, Json>) -> Result<Self, Vec<FieldProblem>> {
        let content: Self = serde_json::from_value(Json::Object(fields)).map_err(|error| {
            vec![FieldProblem::new(
                "name",
                Problem::Unreadable(error.to_string()),
            )]
        })?;
        let problems = content.contradictions();
        if problems.is_empty() {
            Ok(content)
        } else {
            Err(problems)
        }
    }
}

/// That somebody made sure that a record is true.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Confirmation {
    /// In which fiscal year.
    pub year: FiscalYear,
    /// When.
    pub at: Instant,
    /// Who, where it was a person.
    pub by: Option<PersonId>,
    /// Their name.
    pub by_name: Option<String>,
}

/// A record of the register.
#[derive(Debug, Clone, PartialEq)]
pub struct Record<C> {
    /// Its id.
    pub id: Uuid,
    /// To whom it belongs.
    pub organization: OrganizationId,
    /// What it says.
    pub content: C,
    /// The last confirmation by the institution.
    pub confirmed: Option<Confirmation>,
    /// Counts changes, so that the second of two writers is told.
    pub revision: i64,
    /// When it was last changed.
    pub updated_at: Instant,
    /// Since when it is no longer kept; its history stays.
    pub removed_at: Option<Instant>,
}

impl<C> Record<C> {
    /// Whether it was confirmed in a fiscal year.
    #[must_use]
    pub fn is_confirmed_in(&self, year: FiscalYear) -> bool {
        self.confirmed
            .as_ref()
            .is_some_and(|confirmed| confirmed.year == year)
    }
}

/// What changed between two contents: each field with what stood there and what stands there now.
#[must_use]
pub fn changes<C: Content>(old: &C, new: &C) -> Map<String, Json> {
    let (old, new) = (old.fields_of(), new.fields_of());
    C::FIELDS
        .iter()
        .filter_map(|field| {
            let before = old.get(field.key).cloned().unwrap_or_default();
            let after = new.get(field.key).cloned().unwrap_or_default();
            (before != after).then(|| (field.key.to_owned(), Json::from(vec![before, after])))
        })
        .collect()
}

/// How near the end of support is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Support {
    /// Nobody has said until when.
    Unknown,
    /// Longer than half a year.
    Lasts,
    /// At most 183 days.
    EndsSoon,
    /// It is over.
    Over,
}

impl Support {
    /// How near the end of support is on a day.
    #[must_use]
    pub fn of(end: Option<Date>, today: Date) -> Self {
        match end {
            None => Self::Unknown,
            Some(end) if end < today => Self::Over,
            Some(end) if (end - today).whole_days() <= 183 => Self::EndsSoon,
            Some(_) => Self::Lasts,
        }
    }

    /// The code used in the API and as the tail of message keys.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Unknown => "unknown",
            Self::Lasts => "lasts",
            Self::EndsSoon => "ends_soon",
            Self::Over => "over",
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use yagura_kernel::time::parse_date;

    use super::*;

    fn keys_are_those_of<C: Content>() {
        let specified: Vec<&str> = C::FIELDS.iter().map(|field| field.key).collect();
        let unique: BTreeSet<&str> = specified.iter().copied().collect();
        assert_eq!(unique.len(), specified.len(), "a key stands twice");
        let fields = C::default().fields_of();
        let serialised: BTreeSet<&str> = fields.keys().map(String::as_str).collect();
        assert_eq!(serialised, unique);
        assert_eq!(C::from_fields(fields).unwrap(), C::default());
        assert!(
            C::FIELDS
                .iter()
                .any(|field| field.key == "name" && field.required)
        );
    }

    #[test]
    fn the_fields_of_the_form_are_those_of_the_record() {
        keys_are_those_of::<System>();
        keys_are_those_of::<Connection>();
        keys_are_those_of::<Asset>();
    }

    #[test]
    fn only_what_changed_is_said() {
        let old = System {
            name: "架空電子カルテ".to_owned(),
            department: "外来".to_owned(),
            ..System::default()
        };
        let new = System {
            department: "医事課".to_owned(),
            ..old.clone()
        };
        let said = changes(&old, &new);
        assert_eq!(said.len(), 1);
        assert_eq!(said["department"], serde_json::json!(["外来", "医事課"]));
        assert!(changes(&old, &old).is_empty());
    }

    #[test]
    fn the_last_day_of_support_is_supported() {
        let day = |text| parse_date(text).unwrap();
        let today = day("2026-11-22");
        assert_eq!(Support::of(Some(today), today), Support::EndsSoon);
        assert_eq!(Support::of(Some(day("2026-11-21")), today), Support::Over);
        assert_eq!(
            Support::of(Some(day("2027-05-24")), today),
            Support::EndsSoon
        );
        assert_eq!(Support::of(Some(day("2027-05-25")), today), Support::Lasts);
        assert_eq!(Support::of(None, today), Support::Unknown);
    }

    #[test]
    fn a_search_finds_what_is_written_otherwise() {
        let asset = Asset {
            name: "ＶＰＮ装置".to_owned(),
            manufacturer: "フォーティネット".to_owned(),
            ip_addresses: vec!["192.0.2.1".to_owned()],
            ..Asset::default()
        };
        let text = asset.search_text();
        assert!(text.contains("vpn"), "{text}");
        assert!(text.contains("ふぉーてぃねっと"), "{text}");
        assert!(text.contains("192.0.2.1"), "{text}");
    }
}
