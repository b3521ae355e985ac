//! What the audit log records.

mod encoding;

use crate::id::{AccountId, AuditEntryId, OrganizationId, PersonId, Uuid};
use crate::policy::Actor;
use crate::time::Instant;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Something that somebody did, tried or was refused.
///
/// Entries are never changed or deleted, so they name people and things by identifier only; names
/// and other personal data stay in tables from which they can be removed. Texts must not contain
/// U+0000, which PostgreSQL cannot store.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuditEntry {
    /// The entry's own identifier.
    pub id: AuditEntryId,
    /// When it happened.
    pub at: Instant,
    /// Who did it.
    pub actor: AuditActor,
    /// The organization for which they acted; none for strangers and the program itself.
    pub acting_organization: Option<OrganizationId>,
    /// What was done: a policy action such as `sheet.answer`, or an event such as
    /// `sign_in.failed`.
    pub action: String,
    /// What kind of thing it was done to: `sheet`, `evidence`, `session`.
    pub resource_kind: String,
    /// Which thing.
    pub resource_id: Option<String>,
    /// The organization that the thing belongs to; none for things of the installation.
    pub organization: Option<OrganizationId>,
    /// How it ended.
    pub outcome: AuditOutcome,
    /// What else a reader of the log needs: the item, the old and the new answer, the reason.
    pub detail: Detail,
}

/// Who stands behind an entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "kind")]
pub enum AuditActor {
    /// The program itself: jobs and the command line.
    System,
    /// Somebody who is not signed in.
    Stranger,
    /// An account whose person is not established yet, as during sign-in.
    Account {
        /// The account.
        account: AccountId,
    },
    /// A signed-in person.
    Person {
        /// The person.
        person: PersonId,
        /// The account by which they signed in.
        account: AccountId,
    },
    /// The holder of an expiring link.
    InspectionLink {
        /// The link, where it is known.
        link: Option<Uuid>,
    },
}

impl AuditActor {
    /// The code used in storage and as the tail of message keys.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::System => "system",
            Self::Stranger => "stranger",
            Self::Account { .. } => "account",
            Self::Person { .. } => "person",
            Self::InspectionLink { .. } => "inspection_link",
        }
    }

    /// The person, where one is known.
    pub const fn person(&self) -> Option<PersonId> {
        match self {
            Self::Person { person, .. } => Some(*person),
            _ => None,
        }
    }

    /// The account, where one is known.
    pub const fn account(&self) -> Option<AccountId> {
        match self {
            Self::Account { account } | Self::Person { account, .. } => Some(*account),
            _ => None,
        }
    }

    /// The link, where it is known.
    pub const fn link(&self) -> Option<Uuid> {
        match self {
            Self::InspectionLink { link } => *link,
            _ => None,
        }
    }

    /// Puts together what [`code`](Self::code), [`person`](Self::person),
    /// [`account`](Self::account) and [`link`](Self::link) took apart for columns of a table.
    /// `None` when the parts do not belong together.
    pub fn from_parts(
        code: &str,
        person: Option<PersonId>,
        account: Option<AccountId>,
        link: Option<Uuid>,
    ) -> Option<Self> {
        match (code, person, account, link) {
            ("system", None, None, None) => Some(Self::System),
            ("stranger", None, None, None) => Some(Self::Stranger),
            ("account", None, Some(account), None) => Some(Self::Account { account }),
            ("person", Some(person), Some(account), None) => Some(Self::Person { person, account }),
            ("inspection_link", None, None, link) => Some(Self::InspectionLink { link }),
            _ => None,
        }
    }
}

impl From<Actor> for AuditActor {
    fn from(actor: Actor) -> Self {
        match actor {
            Actor::Person { person, account } => Self::Person { person, account },
            Actor::InspectionLink => Self::InspectionLink { link: None },
            Actor::System => Self::System,
        }
    }
}

/// How the recorded act ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AuditOutcome {
    /// It was done.
    Done,
    /// The policy, or a wrong password, refused it.
    Denied,
    /// It was allowed but failed.
    Failed,
    /// It was begun; a further entry tells the end. For acts outside a transaction.
    Begun,
}

impl AuditOutcome {
    /// Every outcome.
    pub const ALL: [Self; 4] = [Self::Done, Self::Denied, Self::Failed, Self::Begun];

    /// The code used in storage and as the tail of message keys.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Denied => "denied",
            Self::Failed => "failed",
            Self::Begun => "begun",
        }
    }

    /// The outcome of a stored code.
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|outcome| outcome.code() == code)
    }
}

/// Free-form facts of an entry, as JSON that survives storage without a change.
///
/// Numbers with a fraction or exponent become text on the way in: writing one as decimal digits
/// and reading it back may change its last bit, and with it the entry's hash.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(from = "Value")]
pub struct Detail(Value);

impl Detail {
    /// The facts as JSON.
    pub const fn as_json(&self) -> &Value {
        &self.0
    }
}

impl From<Value> for Detail {
    fn from(value: Value) -> Self {
        Self(without_fractions(value))
    }
}

impl From<Detail> for Value {
    fn from(detail: Detail) -> Self {
        detail.0
    }
}

fn without_fractions(value: Value) -> Value {
    match value {
        Value::Number(number) if number.is_f64() => Value::String(number.to_string()),
        Value::Array(items) => items.into_iter().map(without_fractions).collect(),
        Value::Object(members) => members
            .into_iter()
            .map(|(key, value)| (key, without_fractions(value)))
            .collect(),
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audit::fixtures::entry;
    use serde_json::json;

    #[test]
    fn fractions_become_text() {
        let detail = Detail::from(json!({"share": [0.1, 1e300, 2]}));
        assert_eq!(*detail.as_json(), json!({"share": ["0.1", "1e+300", 2]}));
    }

    #[test]
    fn an_actor_survives_the_columns_of_a_table() {
        for number in 0..4 {
            let actor = entry(number).actor;
            let (person, account, link) = (actor.person(), actor.account(), actor.link());
            assert_eq!(
                AuditActor::from_parts(actor.code(), person, account, link),
                Some(actor)
            );
        }
        let link = AuditActor::InspectionLink {
            link: Some(Uuid::from_u128(1)),
        };
        assert_eq!(
            AuditActor::from_parts(link.code(), None, None, link.link()),
            Some(link)
        );
        assert_eq!(AuditActor::from_parts("person", None, None, None), None);
        assert_eq!(
            AuditActor::from_parts("system", None, Some(Uuid::nil().into()), None),
            None
        );
        assert_eq!(AuditActor::from_parts("", None, None, None), None);
        for outcome in AuditOutcome::ALL {
            assert_eq!(AuditOutcome::from_code(outcome.code()), Some(outcome));
        }
    }
}
