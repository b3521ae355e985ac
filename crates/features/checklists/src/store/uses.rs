//! Whether anything that was filled in stands on a version of a rule pack.

use yagura_packs::PackVersion;
use yagura_store::{Engine, StoreError, Transaction, params};

/// How much was filled in by a version of a pack: sheets of institutions and vendors, and
/// self-checks. What is counted would lose its questions if the version were withdrawn.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct PackUses {
    /// Sheets that are bound to it.
    pub sheets: i64,
    /// Self-checks that were recorded by it.
    pub self_checks: i64,
}

impl PackUses {
    /// Whether nothing was filled in by it.
    #[must_use]
    pub const fn is_none(&self) -> bool {
        self.sheets == 0 && self.self_checks == 0
    }
}

/// What was filled in by a version of a pack, anywhere in the installation. Who asks has authorised
/// the withdrawal itself; only numbers are given.
///
/// # Errors
/// [`StoreError`] where the database does not answer.
pub async fn pack_uses(
    tx: &mut Transaction,
    pack: &str,
    version: PackVersion,
) -> Result<PackUses, StoreError> {
    let version = version.to_string();
    if tx.engine() == Engine::Postgres {
        // So that none is opened until the caller has withdrawn the version; SQLite has one writer.
        tx.execute("LOCK TABLE sheets, self_checks IN SHARE MODE", params![])
            .await?;
    }
    let sheets = tx
        .count(
            "SELECT count(*) AS n FROM sheets WHERE pack_id = $1 AND pack_version = $2",
            params![pack, &version],
        )
        .await?;
    let self_checks = tx
        .count(
            "SELECT count(*) AS n FROM self_checks WHERE pack_id = $1 AND pack_version = $2",
            params![pack, &version],
        )
        .await?;
    Ok(PackUses {
        sheets,
        self_checks,
    })
}
