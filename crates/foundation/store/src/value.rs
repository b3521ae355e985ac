use sqlx::Arguments as _;
use sqlx::postgres::PgArguments;
use sqlx::sqlite::SqliteArguments;
use uuid::Uuid;
use yagura_kernel::id::{
    AccountId, AssignmentId, EvidenceId, OrganizationId, PersonId, RelationId, SheetId,
};
use yagura_kernel::time::{Date, Instant, format_iso};

/// A value bound to a placeholder. `None` is SQL NULL of that type: PostgreSQL wants to know it.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// BIGINT: counts, instants in µs, booleans as 0 and 1.
    Integer(Option<i64>),
    /// TEXT: words, ISO dates, JSON.
    Text(Option<String>),
    /// `{uuid}`.
    Uuid(Option<Uuid>),
    /// `{blob}`.
    Bytes(Option<Vec<u8>>),
    /// DOUBLE PRECISION.
    Real(Option<f64>),
}

/// Values in the order of the placeholders.
pub type Params = Vec<Value>;

/// Values for the placeholders of a statement: `params![id, name, now]`.
#[macro_export]
macro_rules! params {
    () => { ::std::vec::Vec::<$crate::Value>::new() };
    ($($value:expr),+ $(,)?) => { ::std::vec![$($crate::Value::from($value)),+] };
}

/// PostgreSQL stores no NUL in text, so neither engine gets one: both then hold the same.
fn without_nul(text: Option<String>) -> Option<String> {
    text.map(|text| {
        if text.contains('\0') {
            text.replace('\0', "")
        } else {
            text
        }
    })
}

pub(crate) fn sqlite_arguments(params: Params) -> Result<SqliteArguments, sqlx::Error> {
    let mut arguments = SqliteArguments::default();
    for value in params {
        match value {
            Value::Integer(value) => arguments.add(value),
            Value::Text(value) => arguments.add(without_nul(value)),
            Value::Uuid(value) => arguments.add(value),
            Value::Bytes(value) => arguments.add(value),
            Value::Real(value) => arguments.add(value),
        }
        .map_err(sqlx::Error::Encode)?;
    }
    Ok(arguments)
}

pub(crate) fn postgres_arguments(params: Params) -> Result<PgArguments, sqlx::Error> {
    let mut arguments = PgArguments::default();
    for value in params {
        match value {
            Value::Integer(value) => arguments.add(value),
            Value::Text(value) => arguments.add(without_nul(value)),
            Value::Uuid(value) => arguments.add(value),
            Value::Bytes(value) => arguments.add(value),
            Value::Real(value) => arguments.add(value),
        }
        .map_err(sqlx::Error::Encode)?;
    }
    Ok(arguments)
}

macro_rules! value_from {
    ($($type:ty => $variant:ident |$value:ident| $into:expr;)+) => {
        $(impl From<$type> for Value {
            fn from($value: $type) -> Self { Self::$variant(Some($into)) }
        }
        impl From<Option<$type>> for Value {
            fn from(value: Option<$type>) -> Self { Self::$variant(value.map(|$value| $into)) }
        })+
    };
}

value_from! {
    i64 => Integer |value| value;
    i32 => Integer |value| i64::from(value);
    u32 => Integer |value| i64::from(value);
    bool => Integer |value| i64::from(value);
    Instant => Integer |value| value.as_micros();
    String => Text |value| value;
    &str => Text |value| value.to_owned();
    &String => Text |value| value.clone();
    Date => Text |value| format_iso(value);
    &serde_json::Value => Text |value| value.to_string();
    Uuid => Uuid |value| value;
    OrganizationId => Uuid |value| value.uuid();
    PersonId => Uuid |value| value.uuid();
    AccountId => Uuid |value| value.uuid();
    AssignmentId => Uuid |value| value.uuid();
    RelationId => Uuid |value| value.uuid();
    SheetId => Uuid |value| value.uuid();
    EvidenceId => Uuid |value| value.uuid();
    Vec<u8> => Bytes |value| value;
    &[u8] => Bytes |value| value.to_vec();
    f64 => Real |value| value;
}
