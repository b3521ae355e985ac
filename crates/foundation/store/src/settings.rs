//! Small facts about the installation itself, by name: keys' public halves, whether the data are
//! a demonstration, when something last ran.

use crate::{Database, Migration, StoreError, Transaction, params, row};

/// The tables.
pub const MIGRATIONS: &[Migration] = &[Migration {
    name: "store_0001_settings",
    sql: "CREATE TABLE settings (name TEXT PRIMARY KEY, value TEXT NOT NULL)",
}];

/// Name of the setting that marks an installation as a demonstration.
pub const DEMONSTRATION: &str = "demonstration";

row! {
    struct Setting { value: String }
}

/// The value of a setting.
///
/// # Errors
/// [`StoreError`] where the database does not answer.
pub async fn get(database: &Database, name: &str) -> Result<Option<String>, StoreError> {
    let row: Option<Setting> = database
        .optional("SELECT value FROM settings WHERE name = $1", params![name])
        .await?;
    Ok(row.map(|row| row.value))
}

/// Sets a setting, replacing what stood there.
///
/// # Errors
/// [`StoreError`] where the database does not answer.
pub async fn set(tx: &mut Transaction, name: &str, value: &str) -> Result<(), StoreError> {
    tx.execute(
        "INSERT INTO settings (name, value) VALUES ($1, $2)
         ON CONFLICT (name) DO UPDATE SET value = excluded.value",
        params![name, value],
    )
    .await?;
    Ok(())
}
