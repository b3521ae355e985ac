//! What probes look at: numbers over whole ledgers.

use yagura_kernel::policy::{Authorized, actions};
use yagura_kernel::time::{Date, Instant};
use yagura_store::{Database, StoreError, params, row};

use super::read::{certified_since, last_seen};

type Read = Authorized<actions::ReadLedgers>;

row! {
    /// How the permissions of an institution stand.
    #[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
    pub(crate) struct PermissionState {
        /// Permissions that were given and not yet taken away.
        pub(crate) given: i64,
        /// Of them, those past their last day.
        pub(crate) past: i64,
        /// Of them, those in force that no superior certified within a year.
        pub(crate) uncertified: i64,
        /// Of them, those that give administrator rights.
        pub(crate) privileged: i64,
        /// Of those, the ones for which nothing shows who permitted them.
        pub(crate) privileged_without_grant: i64,
    }
}

/// How the permissions stand on a day. What is younger than a year counts as certified where a request
/// granted it, or where it came after a recertification that was closed within the year began.
pub(crate) async fn permission_state(
    database: &Database,
    proof: &Read,
    today: Date,
    now: Instant,
) -> Result<PermissionState, StoreError> {
    database
        .one(
            "SELECT count(*) AS given,
                count(CASE WHEN ends_on < $2 THEN 1 END) AS past,
                count(CASE WHEN state = 'open'
                    AND coalesce(certified_at, 0) < $3
                    AND NOT (opened_at >= $3 AND (source = 'request' OR EXISTS (
                        SELECT 1 FROM ledger_campaigns c
                        WHERE c.organization_id = $1 AND c.closed_at >= $3
                          AND c.started_at <= opened_at)))
                    THEN 1 END) AS uncertified,
                count(CASE WHEN privileged = 1 THEN 1 END) AS privileged,
                count(CASE WHEN privileged = 1 AND permitted = 0 THEN 1 END)
                    AS privileged_without_grant
             FROM ledger_entries
             WHERE organization_id = $1 AND ledger = 'permissions'
               AND state IN ('open', 'to_end')",
            params![proof.organization(), today, certified_since(now)],
        )
        .await
}

row! {
    /// How the media and the exports of an institution stand.
    #[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
    pub(crate) struct MediaState {
        /// Media in use.
        pub(crate) media: i64,
        /// Of them, those that are not encrypted and have no exception in force.
        pub(crate) unencrypted: i64,
        /// Of them, those of which nobody has said whether they are encrypted.
        pub(crate) encryption_unknown: i64,
        /// Of them, somebody's own, without an exception in force.
        pub(crate) personal: i64,
        /// Of them, those that nobody saw within a year.
        pub(crate) not_seen: i64,
        /// Exports that should have come back or been erased.
        pub(crate) overdue: i64,
    }
}

/// How media and exports stand on a day. An exception in force that names the medium counts.
pub(crate) async fn media_state(
    database: &Database,
    proof: &Read,
    today: Date,
) -> Result<MediaState, StoreError> {
    row! { struct MediumRow { content: String, excepted: i64 } }
    let rows: Vec<MediumRow> = database
        .rows(
            "SELECT m.content AS content,
                (SELECT count(*) FROM ledger_entries x
                 WHERE x.organization_id = $1 AND x.ledger = 'exceptions' AND x.state = 'open'
                   AND x.medium_id = m.id AND x.ends_on >= $2
                   AND (x.starts_on IS NULL OR x.starts_on <= $2)) AS excepted
             FROM ledger_entries m
             WHERE m.organization_id = $1 AND m.ledger = 'media' AND m.state = 'open'",
            params![proof.organization(), today],
        )
        .await?;
    let overdue = database
        .count(
            "SELECT count(*) AS n FROM ledger_entries
             WHERE organization_id = $1 AND ledger = 'exports' AND state = 'open'
               AND ends_on < $2",
            params![proof.organization(), today],
        )
        .await?;
    let mut found = MediaState {
        overdue,
        ..MediaState::default()
    };
    for row in rows {
        use crate::model::{Known, Medium, Owner};
        let medium: Medium = serde_json::from_str(&row.content)?;
        let is_excepted = row.excepted > 0;
        found.media += 1;
        found.not_seen += i64::from(medium.seen_on.is_none_or(|on| on < last_seen(today)));
        found.personal += i64::from(medium.owner == Owner::Personal && !is_excepted);
        match medium.encrypted {
            Known::Yes => {}
            Known::No => found.unencrypted += i64::from(!is_excepted),
            Known::Unknown => found.encryption_unknown += 1,
        }
    }
    Ok(found)
}
