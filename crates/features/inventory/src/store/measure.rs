//! What probes look at: numbers over a whole register.

use yagura_kernel::id::OrganizationId;
use yagura_kernel::time::{FiscalYear, Instant};
use yagura_store::{Database, StoreError, Transaction, params, row};

use super::{Edit, Read};
use crate::model::{Asset, AssetState, DeviceClass};

/// After how many days without having been seen a device counts as not seen, where the
/// institution has not set another number.
pub const SEEN_DAYS: i64 = 90;
/// The numbers of days that can be set.
pub(crate) const SEEN_DAYS_RANGE: std::ops::RangeInclusive<i64> = 7..=400;

/// After how many days a device of this institution counts as not seen.
pub(crate) async fn seen_days(
    database: &Database,
    organization: OrganizationId,
) -> Result<i64, StoreError> {
    row! { struct DaysRow { seen_days: i64 } }
    let sql = "SELECT seen_days FROM inventory_settings WHERE organization_id = $1";
    let row: Option<DaysRow> = database.optional(sql, params![organization]).await?;
    Ok(row.map_or(SEEN_DAYS, |row| row.seen_days))
}

/// Sets it.
pub(crate) async fn set_seen_days(
    tx: &mut Transaction,
    proof: &Edit,
    days: i64,
    now: Instant,
) -> Result<(), StoreError> {
    tx.execute(
        "INSERT INTO inventory_settings (organization_id, seen_days, updated_at)
         VALUES ($1, $2, $3)
         ON CONFLICT (organization_id) DO UPDATE
         SET seen_days = excluded.seen_days, updated_at = excluded.updated_at",
        params![proof.organization(), days, now],
    )
    .await?;
    Ok(())
}

/// How complete a register is and how far it is known to be true.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Completeness {
    /// Devices in use or spare.
    pub devices: i64,
    /// Of them and of the systems and connections, how many nobody confirmed this fiscal year.
    pub unconfirmed: i64,
    /// Devices in use.
    pub in_use: i64,
    /// Of them, those that a scan or another source saw lately.
    pub seen: i64,
    /// Devices that were seen, stand in no row, and are not excused.
    pub strangers: i64,
    /// Whether any source ever saw a device.
    pub was_scanned: bool,
}

/// What is known of the services on devices of one kind.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Services {
    /// Devices of that kind in use.
    pub devices: i64,
    /// Of them, those whose services somebody looked at lately and for which it is recorded which
    /// may listen.
    pub compared: i64,
    /// Of them, those on which something listens that is not recorded.
    pub unexpected: i64,
}

row! {
    struct DeviceRow {
        content: String,
        confirmed_year: Option<i32>,
        last_seen_at: Option<Instant>,
        services_at: Option<Instant>,
        has_baseline: i64,
        unexpected: Option<i64>,
    }
}

async fn devices(database: &Database, proof: &Read) -> Result<Vec<(Asset, DeviceRow)>, StoreError> {
    let rows: Vec<DeviceRow> = database
        .rows(
            "SELECT r.content AS content, r.confirmed_year AS confirmed_year,
                    s.last_seen_at AS last_seen_at, s.services_at AS services_at,
                    CASE WHEN s.baseline IS NULL THEN 0 ELSE 1 END AS has_baseline,
                    s.unexpected AS unexpected
             FROM inventory_records r LEFT JOIN inventory_sightings s ON s.asset_id = r.id
             WHERE r.organization_id = $1 AND r.kind = 'asset' AND r.removed_at IS NULL
               AND r.gone = 0",
            params![proof.organization()],
        )
        .await?;
    rows.into_iter()
        .map(|row| Ok((serde_json::from_str(&row.content)?, row)))
        .collect()
}

/// How complete a register is.
///
/// # Errors
/// [`StoreError`] where the database does not answer.
pub async fn completeness(
    database: &Database,
    proof: &Read,
    now: Instant,
) -> Result<Completeness, StoreError> {
    let year = FiscalYear::at(now);
    let since = now.plus_days(-seen_days(database, proof.organization()).await?);
    let mut found = Completeness {
        strangers: super::unexcused_strangers(database, proof).await?,
        ..Completeness::default()
    };
    for (asset, row) in devices(database, proof).await? {
        found.devices += 1;
        found.unconfirmed += i64::from(row.confirmed_year != Some(year.year()));
        found.was_scanned |= row.last_seen_at.is_some();
        if asset.state == AssetState::InUse {
            found.in_use += 1;
            found.seen += i64::from(row.last_seen_at.is_some_and(|at| at >= since));
        }
    }
    for sum in super::sums(database, proof, year).await? {
        if sum.kind != "asset" {
            found.unconfirmed += sum.records - sum.confirmed;
        }
    }
    Ok(found)
}

/// What is known of the services on devices of one class. A PC that acts as a server counts as a
/// server (guideline 7.0).
///
/// # Errors
/// [`StoreError`] where the database does not answer.
pub async fn services(
    database: &Database,
    proof: &Read,
    class: DeviceClass,
    now: Instant,
) -> Result<Services, StoreError> {
    let since = now.plus_days(-seen_days(database, proof.organization()).await?);
    let mut found = Services::default();
    for (asset, row) in devices(database, proof).await? {
        let acts_as = if asset.acts_as_server {
            DeviceClass::Server
        } else {
            asset.class
        };
        if acts_as != class || asset.state != AssetState::InUse {
            continue;
        }
        found.devices += 1;
        if row.has_baseline == 1 && row.services_at.is_some_and(|at| at >= since) {
            found.compared += 1;
            found.unexpected += i64::from(row.unexpected.unwrap_or_default() > 0);
        }
    }
    Ok(found)
}
