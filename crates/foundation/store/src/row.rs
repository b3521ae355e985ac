use sqlx::postgres::PgRow;
use sqlx::sqlite::SqliteRow;
use sqlx::{Column as _, Row as _, TypeInfo as _};
use uuid::Uuid;
use yagura_kernel::id::{
    AccountId, AssignmentId, EvidenceId, OrganizationId, PersonId, RelationId, SheetId,
};
use yagura_kernel::time::{Date, Instant, parse_date};

use crate::StoreError;

/// A row of either engine.
#[derive(Debug)]
pub enum Row {
    /// From SQLite.
    Sqlite(SqliteRow),
    /// From PostgreSQL.
    Postgres(PgRow),
}

impl Row {
    /// The value of a column.
    ///
    /// # Errors
    /// [`StoreError::Column`] where there is no such column or it holds something else.
    pub fn get<T: FromColumn>(&self, column: &str) -> Result<T, StoreError> {
        T::from_column(self, column)
    }

    fn raw<T>(&self, column: &str) -> Result<T, StoreError>
    where
        T: for<'r> sqlx::Decode<'r, sqlx::Sqlite> + sqlx::Type<sqlx::Sqlite>,
        T: for<'r> sqlx::Decode<'r, sqlx::Postgres> + sqlx::Type<sqlx::Postgres>,
    {
        match self {
            Self::Sqlite(row) => row.try_get::<T, _>(column),
            Self::Postgres(row) => row.try_get::<T, _>(column),
        }
        .map_err(|error| wrong(column, &error))
    }
}

fn wrong(column: &str, reason: &dyn std::fmt::Display) -> StoreError {
    StoreError::Column {
        column: column.to_owned(),
        reason: reason.to_string(),
    }
}

/// A type that a column can be read as.
pub trait FromColumn: Sized {
    /// Reads the column.
    ///
    /// # Errors
    /// [`StoreError::Column`] where there is no such column or it holds something else.
    fn from_column(row: &Row, column: &str) -> Result<Self, StoreError>;
}

macro_rules! from_column {
    ($($type:ty),+) => {
        $(impl FromColumn for $type {
            fn from_column(row: &Row, column: &str) -> Result<Self, StoreError> {
                row.raw::<$type>(column)
            }
        }
        impl FromColumn for Option<$type> {
            fn from_column(row: &Row, column: &str) -> Result<Self, StoreError> {
                row.raw::<Option<$type>>(column)
            }
        })+
    };
    (from $raw:ty: $($type:ty => |$value:ident, $column:ident| $into:expr;)+) => {
        $(impl FromColumn for $type {
            fn from_column(row: &Row, $column: &str) -> Result<Self, StoreError> {
                let $value = row.get::<$raw>($column)?;
                $into
            }
        }
        impl FromColumn for Option<$type> {
            fn from_column(row: &Row, $column: &str) -> Result<Self, StoreError> {
                match row.get::<Option<$raw>>($column)? {
                    Some($value) => { let value: Result<$type, StoreError> = $into; value.map(Some) }
                    None => Ok(None),
                }
            }
        })+
    };
}

from_column!(String, Uuid, Vec<u8>, f64);

/// PostgreSQL gives a literal or a comparison in a query as INT4 or BOOL where SQLite gives an
/// integer of any size; both are read alike.
fn integer(row: &Row, column: &str) -> Result<Option<i64>, StoreError> {
    let Row::Postgres(postgres) = row else {
        return row.raw::<Option<i64>>(column);
    };
    let index = postgres
        .try_column(column)
        .map_err(|error| wrong(column, &error))?;
    match index.type_info().name() {
        "INT4" => postgres
            .try_get::<Option<i32>, _>(column)
            .map(|value| value.map(i64::from)),
        "INT2" => postgres
            .try_get::<Option<i16>, _>(column)
            .map(|value| value.map(i64::from)),
        "BOOL" => postgres
            .try_get::<Option<bool>, _>(column)
            .map(|value| value.map(i64::from)),
        _ => postgres.try_get::<Option<i64>, _>(column),
    }
    .map_err(|error| wrong(column, &error))
}

impl FromColumn for i64 {
    fn from_column(row: &Row, column: &str) -> Result<Self, StoreError> {
        integer(row, column)?.ok_or_else(|| wrong(column, &"it is NULL"))
    }
}

impl FromColumn for Option<i64> {
    fn from_column(row: &Row, column: &str) -> Result<Self, StoreError> {
        integer(row, column)
    }
}
from_column! { from i64:
    bool => |value, _column| Ok(value != 0);
    Instant => |value, _column| Ok(Instant::from_micros(value));
    i32 => |value, column| i32::try_from(value).map_err(|error| wrong(column, &error));
    u32 => |value, column| u32::try_from(value).map_err(|error| wrong(column, &error));
}
from_column! { from String:
    Date => |value, column| parse_date(&value).map_err(|error| wrong(column, &error));
    serde_json::Value => |value, column| serde_json::from_str(&value).map_err(|error| wrong(column, &error));
}
from_column! { from Uuid:
    OrganizationId => |value, _column| Ok(value.into());
    PersonId => |value, _column| Ok(value.into());
    AccountId => |value, _column| Ok(value.into());
    AssignmentId => |value, _column| Ok(value.into());
    RelationId => |value, _column| Ok(value.into());
    SheetId => |value, _column| Ok(value.into());
    EvidenceId => |value, _column| Ok(value.into());
}

/// A type that a row can be read as; [`crate::row!`] writes it.
pub trait FromRow: Sized {
    /// Reads the row.
    ///
    /// # Errors
    /// [`StoreError::Column`] where a column is absent or holds something else.
    fn from_row(row: &Row) -> Result<Self, StoreError>;
}

impl FromRow for () {
    fn from_row(_: &Row) -> Result<Self, StoreError> {
        Ok(())
    }
}

/// Declares a struct that is read from a row by the names of its columns.
#[macro_export]
macro_rules! row {
    ($(#[$meta:meta])* $visibility:vis struct $name:ident {
        $($(#[$field_meta:meta])* $field_visibility:vis $field:ident: $type:ty),* $(,)?
    }) => {
        $(#[$meta])* $visibility struct $name {
            $($(#[$field_meta])* $field_visibility $field: $type,)*
        }
        impl $crate::FromRow for $name {
            fn from_row(row: &$crate::Row) -> ::std::result::Result<Self, $crate::StoreError> {
                Ok(Self { $($field: row.get(stringify!($field))?,)* })
            }
        }
    };
}
