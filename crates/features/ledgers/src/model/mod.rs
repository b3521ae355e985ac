//! The ledgers and their rules: what each entry must say, and how it stands on a day.

mod codes;
mod contents;
mod field;
mod reviewers;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value as Json};
use uuid::Uuid;
use yagura_kernel::id::{OrganizationId, PersonId};
use yagura_kernel::text::normalise_for_search;
use yagura_kernel::time::{Date, Instant, format_iso};

pub use codes::{
    AskedAs, Carrier, Choices, Ending, Known, Ledger, Method, Owner, Standing, State, Verdict,
};
pub use contents::{Exception, Export, Loan, Medium, Permission};
pub use field::{FieldProblem, FieldSpec, Input, Problem, read, text_of};
pub(crate) use reviewers::{Colleague, Reviewers};

/// How many entries one ledger of an institution may keep.
pub const MOST_ENTRIES: i64 = 100_000;
/// A last day that is at most so many days away is near.
pub const SOON_DAYS: i64 = 30;
/// After how many days the certification of a permission by the superior is too old, and after how
/// many a medium should have been seen again.
pub const YEAR_DAYS: i64 = 365;

/// What an entry of a ledger says.
#[derive(Debug, Clone, PartialEq, Serialize, utoipa::ToSchema)]
#[serde(untagged)]
pub enum Content {
    /// 利用権限.
    Permission(Permission),
    /// 診療情報の払い出し.
    Export(Export),
    /// 借用機器.
    Loan(Loan),
    /// 外部記録媒体.
    Medium(Medium),
    /// 例外.
    Exception(Exception),
}

macro_rules! each {
    ($content:expr, $one:ident => $get:expr) => {
        match $content {
            Content::Permission($one) => $get,
            Content::Export($one) => $get,
            Content::Loan($one) => $get,
            Content::Medium($one) => $get,
            Content::Exception($one) => $get,
        }
    };
}

macro_rules! from_content {
    ($($name:ident),+) => {
        $(impl From<$name> for Content {
            fn from(content: $name) -> Self { Self::$name(content) }
        })+
    };
}

from_content!(Permission, Export, Loan, Medium, Exception);

impl Ledger {
    /// What is recorded, in the order of the form.
    #[must_use]
    pub const fn fields(self) -> &'static [FieldSpec] {
        match self {
            Self::Permissions => contents::PERMISSION,
            Self::Exports => contents::EXPORT,
            Self::Loans => contents::LOAN,
            Self::Media => contents::MEDIUM,
            Self::Exceptions => contents::EXCEPTION,
        }
    }
}

impl Content {
    /// Of which ledger it is.
    #[must_use]
    pub const fn ledger(&self) -> Ledger {
        match self {
            Self::Permission(_) => Ledger::Permissions,
            Self::Export(_) => Ledger::Exports,
            Self::Loan(_) => Ledger::Loans,
            Self::Medium(_) => Ledger::Media,
            Self::Exception(_) => Ledger::Exceptions,
        }
    }

    /// By what people know the entry.
    #[must_use]
    pub fn name(&self) -> &str {
        each!(self, one => &one.name)
    }

    /// Whom it concerns, by name; of a permission that is its name.
    #[must_use]
    pub fn person(&self) -> &str {
        match self {
            Self::Permission(one) => &one.name,
            Self::Export(one) => &one.person,
            Self::Loan(one) => &one.person,
            Self::Medium(one) => &one.person,
            Self::Exception(one) => &one.person,
        }
    }

    /// 職員番号.
    #[must_use]
    pub fn staff_number(&self) -> &str {
        each!(self, one => &one.staff_number)
    }

    /// 所属.
    #[must_use]
    pub fn department(&self) -> &str {
        each!(self, one => &one.department)
    }

    /// The system of the register.
    #[must_use]
    pub const fn system(&self) -> Option<Uuid> {
        match self {
            Self::Permission(one) => one.system,
            Self::Exception(one) => one.system,
            _ => None,
        }
    }

    /// The system's name as it is written here.
    #[must_use]
    pub fn system_name(&self) -> &str {
        match self {
            Self::Permission(one) => &one.system_name,
            Self::Exception(one) => &one.system_name,
            _ => "",
        }
    }

    /// Notes what a system of the register is called, so that the entry can be read when the
    /// system is no longer there.
    pub(crate) fn set_system_name(&mut self, name: &str) {
        match self {
            Self::Permission(one) => name.clone_into(&mut one.system_name),
            Self::Exception(one) => name.clone_into(&mut one.system_name),
            _ => {}
        }
    }

    /// The id of the account.
    #[must_use]
    pub fn account(&self) -> &str {
        match self {
            Self::Permission(one) => &one.account,
            Self::Exception(one) => &one.account,
            _ => "",
        }
    }

    /// The superior who is asked.
    #[must_use]
    pub const fn superior(&self) -> Option<PersonId> {
        match self {
            Self::Permission(one) => one.superior,
            _ => None,
        }
    }

    /// The medium of the ledger of media.
    #[must_use]
    pub const fn medium(&self) -> Option<Uuid> {
        match self {
            Self::Export(one) => one.medium,
            Self::Exception(one) => one.medium,
            _ => None,
        }
    }

    /// Whether it gives administrator rights.
    #[must_use]
    pub const fn is_privileged(&self) -> bool {
        matches!(
            self,
            Self::Permission(Permission {
                privileged: true,
                ..
            })
        )
    }

    /// Whether it names who permitted it, or by which paper. A medium needs no permission.
    #[must_use]
    pub const fn is_permitted_by_paper(&self) -> bool {
        match self {
            Self::Permission(one) => !one.permitted_by.is_empty(),
            Self::Export(one) => !one.permitted_by.is_empty(),
            Self::Loan(one) => !one.permitted_by.is_empty(),
            Self::Medium(_) => true,
            Self::Exception(one) => !one.permitted_by.is_empty(),
        }
    }

    /// From when.
    #[must_use]
    pub const fn starts_on(&self) -> Option<Date> {
        match self {
            Self::Permission(one) => one.from,
            Self::Export(one) => one.from,
            Self::Loan(one) => one.from,
            Self::Medium(_) => None,
            Self::Exception(one) => one.from,
        }
    }

    /// Until when, the last day included.
    #[must_use]
    pub const fn until(&self) -> Option<Date> {
        match self {
            Self::Permission(one) => one.until,
            Self::Export(one) => one.until,
            Self::Loan(one) => one.until,
            Self::Medium(_) => None,
            Self::Exception(one) => one.until,
        }
    }

    /// When somebody last made sure that the medium is there.
    #[must_use]
    pub const fn seen_on(&self) -> Option<Date> {
        match self {
            Self::Medium(one) => one.seen_on,
            _ => None,
        }
    }

    /// By what the list is sorted: people and media by name, what must come back by its last day.
    pub(crate) fn sort_key(&self) -> String {
        let name = normalise_for_search(self.name());
        match (self, self.until()) {
            (Self::Permission(_) | Self::Medium(_), _) => name,
            (_, Some(until)) => format!("{} {name}", format_iso(until)),
            (_, None) => format!("9999 {name}"),
        }
    }

    /// Everything that a search looks into, normalised.
    pub(crate) fn search_text(&self) -> String {
        let fields = self.fields_of();
        let words: Vec<String> = self
            .ledger()
            .fields()
            .iter()
            .filter(|field| matches!(field.input, Input::Line { .. }))
            .filter_map(|field| fields.get(field.key)?.as_str())
            .filter(|text| !text.is_empty())
            .map(normalise_for_search)
            .collect();
        words.join(" ")
    }

    /// What is missing or does not fit together.
    #[must_use]
    pub fn contradictions(&self) -> Vec<FieldProblem> {
        match self {
            Self::Permission(one) => one.contradictions(),
            Self::Export(one) => one.contradictions(),
            Self::Loan(one) => one.contradictions(),
            Self::Medium(_) => Vec::new(),
            Self::Exception(one) => one.contradictions(),
        }
    }

    /// The content as its fields.
    #[must_use]
    pub fn fields_of(&self) -> Map<String, Json> {
        match serde_json::to_value(self) {
            Ok(Json::Object(map)) => map,
            _ => Map::new(),
        }
    }

    /// An entry of which nothing is said yet.
    #[must_use]
    pub fn empty(ledger: Ledger) -> Self {
        match ledger {
            Ledger::Permissions => Permission::default().into(),
            Ledger::Exports => Export::default().into(),
            Ledger::Loans => Loan::default().into(),
            Ledger::Media => Medium::default().into(),
            Ledger::Exceptions => Exception::default().into(),
        }
    }

    /// Reads stored fields.
    ///
    /// # Errors
    /// Where they are of another shape.
    pub(crate) fn of_json(ledger: Ledger, json: &str) -> Result<Self, serde_json::Error> {
        Ok(match ledger {
            Ledger::Permissions => Self::Permission(serde_json::from_str(json)?),
            Ledger::Exports => Self::Export(serde_json::from_str(json)?),
            Ledger::Loans => Self::Loan(serde_json::from_str(json)?),
            Ledger::Media => Self::Medium(serde_json::from_str(json)?),
            Ledger::Exceptions => Self::Exception(serde_json::from_str(json)?),
        })
    }

    /// The content from fields that [`read`] accepted.
    ///
    /// # Errors
    /// What is missing or does not fit together.
    pub fn from_fields(
        ledger: Ledger,
        fields: Map<String, Json>,
    ) -> Result<Self, Vec<FieldProblem>> {
        fn of<T: for<'de> Deserialize<'de>>(json: Json) -> Result<T, Vec<FieldProblem>> {
            serde_json::from_value(json).map_err(|error| {
                vec![FieldProblem::new(
                    "name",
                    Problem::Unreadable(error.to_string()),
                )]
            })
        }
        let json = Json::Object(fields);
        let content = match ledger {
            Ledger::Permissions => Self::Permission(of(json)?),
            Ledger::Exports => Self::Export(of(json)?),
            Ledger::Loans => Self::Loan(of(json)?),
            Ledger::Media => Self::Medium(of(json)?),
            Ledger::Exceptions => Self::Exception(of(json)?),
        };
        let problems = content.contradictions();
        if problems.is_empty() {
            Ok(content)
        } else {
            Err(problems)
        }
    }

    /// Reads the fields of one ledger as somebody typed them.
    ///
    /// # Errors
    /// Every problem at once.
    pub fn of_typed(
        ledger: Ledger,
        value: impl Fn(&str) -> String,
    ) -> Result<Self, Vec<FieldProblem>> {
        read(ledger.fields(), value).and_then(|fields| Self::from_fields(ledger, fields))
    }
}

/// What changed between two contents: each field with what stood there and what stands there now.
#[must_use]
pub fn changes(old: &Content, new: &Content) -> Map<String, Json> {
    let (before, after) = (old.fields_of(), new.fields_of());
    old.ledger()
        .fields()
        .iter()
        .filter_map(|field| {
            let before = before.get(field.key).cloned().unwrap_or_default();
            let after = after.get(field.key).cloned().unwrap_or_default();
            (before != after).then(|| (field.key.to_owned(), Json::from(vec![before, after])))
        })
        .collect()
}

/// A name by which two writings of it are one: without spaces, in one width, one kind of kana.
#[must_use]
pub fn person_key(name: &str) -> String {
    normalise_for_search(name)
        .chars()
        .filter(|c| !c.is_whitespace())
        .collect()
}

impl Standing {
    /// How an entry stands on a day. The last day itself still counts.
    #[must_use]
    pub fn of(state: State, until: Option<Date>, today: Date) -> Self {
        match (state, until) {
            (State::Struck, _) => Self::Struck,
            (State::Ended, _) => Self::Ended,
            (State::ToEnd, _) => Self::ToEnd,
            (State::Open, Some(until)) if until < today => Self::Overdue,
            (State::Open, Some(until)) if (until - today).whole_days() <= SOON_DAYS => {
                Self::EndsSoon
            }
            (State::Open, _) => Self::Running,
        }
    }
}

/// From where an entry came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// From a request that was granted.
    Request {
        /// The request.
        id: Uuid,
        /// Its number, as people say it.
        number: String,
    },
    /// Somebody wrote it.
    ByHand,
    /// From a list that was read.
    Import,
}

impl Source {
    /// The code used in storage, in the API and as the tail of message keys.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Request { .. } => "request",
            Self::ByHand => "by_hand",
            Self::Import => "import",
        }
    }
}

/// How and when an entry ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct End {
    /// How.
    pub ending: Ending,
    /// On which day.
    pub on: Date,
    /// Who made sure of it, where it is another than who writes it.
    pub confirmed_by: String,
    /// What shows it: where the record or picture is.
    pub note: String,
}

/// An entry of a ledger.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    /// Its id.
    pub id: Uuid,
    /// To whom it belongs.
    pub organization: OrganizationId,
    /// What it says.
    pub content: Content,
    /// How it stands.
    pub state: State,
    /// Why a permission is to be taken away.
    pub to_end_reason: String,
    /// How it ended.
    pub end: Option<End>,
    /// When the end was written down.
    pub ended_at: Option<Instant>,
    /// Who wrote it down.
    pub ended_by_name: Option<String>,
    /// From where it came.
    pub source: Source,
    /// When it was written.
    pub opened_at: Instant,
    /// Who wrote it.
    pub opened_by_name: Option<String>,
    /// When the superior last said that the permission is needed.
    pub certified_at: Option<Instant>,
    /// Who that was.
    pub certified_by_name: Option<String>,
    /// Counts changes, so that the second of two writers is told.
    pub revision: i64,
    /// When it was last changed.
    pub updated_at: Instant,
}

impl Entry {
    /// How it stands on a day.
    #[must_use]
    pub fn standing(&self, today: Date) -> Standing {
        Standing::of(self.state, self.content.until(), today)
    }

    /// Whether it can still be changed or ended.
    #[must_use]
    pub const fn is_open(&self) -> bool {
        matches!(self.state, State::Open | State::ToEnd)
    }

    /// Whether something shows who permitted it.
    #[must_use]
    pub fn is_permitted(&self) -> bool {
        self.content.is_permitted_by_paper() || matches!(self.source, Source::Request { .. })
    }
}

#[cfg(test)]
mod tests;
