//! Lists of products: what makers and products are called, and their CPE names.

use serde::{Deserialize, Serialize};
use yagura_store::{Database, StoreError, Transaction, params, row};

use super::{Manage, count_up};

/// Entries of a list of products: maker, product, CPE name.
///
/// # Errors
/// [`StoreError`] where the database refuses.
pub(crate) async fn write_products(
    tx: &mut Transaction,
    _proof: &Manage,
    products: &[(String, String, String)],
) -> Result<(), StoreError> {
    if products.is_empty() {
        return Ok(());
    }
    count_up(tx, "names").await?;
    for (vendor, product, cpe) in products {
        tx.execute_later(
            "INSERT INTO vuln_listed_products (vendor, product, cpe) VALUES ($1, $2, $3)
             ON CONFLICT (vendor, product, cpe) DO NOTHING",
            params![vendor, product, cpe],
        )
        .await?;
    }
    Ok(())
}

row! {
    /// An entry of a list of products.
    #[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
    pub struct Listed {
        /// Who makes it.
        pub vendor: String,
        /// What it is.
        pub product: String,
        /// Its CPE name.
        pub cpe: String,
    }
}

/// The lists of products.
pub(crate) async fn listed(database: &Database) -> Result<Vec<Listed>, StoreError> {
    database
        .rows(
            "SELECT vendor, product, cpe FROM vuln_listed_products ORDER BY vendor, product, cpe",
            params![],
        )
        .await
}
