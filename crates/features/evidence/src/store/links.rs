//! Which piece stands behind which item.

use std::collections::{BTreeMap, BTreeSet};

use yagura_kernel::id::{EvidenceId, IdGenerator, SheetId};
use yagura_kernel::policy::{ActionType, Authorized, actions};
use yagura_kernel::time::{Date, Instant, parse_date};
use yagura_store::{
    ComposedSql, Database, StoreError, Transaction, Value, params, placeholders, row,
};

use super::{Event, EvidenceError, person_of, piece_within, remember};
use crate::model::{
    Currency, EXPIRING_DAYS, ItemCounts, ItemRef, LinkedPiece, PIECE_COLUMNS, SheetCounts, currency,
};

/// How many pieces one statement names.
const IN_A_STATEMENT: usize = 500;

/// Everything that is linked to a sheet and was not withdrawn, by item, the newest link first.
///
/// # Errors
/// [`StoreError`] where the database does not answer.
pub async fn of_sheet(
    database: &Database,
    proof: &Authorized<actions::ReadEvidence>,
    sheet: SheetId,
) -> Result<Vec<LinkedPiece>, StoreError> {
    database
        .rows(
            ComposedSql(format!(
                "SELECT l.item AS item, l.linked_at AS linked_at, {PIECE_COLUMNS}
                 FROM evidence_links l
                 JOIN evidence e ON e.id = l.evidence_id
                 LEFT JOIN people p ON p.id = e.uploaded_by
                 WHERE l.sheet_id = $1 AND e.organization_id = $2 AND e.withdrawn_at IS NULL
                 ORDER BY l.item, l.linked_at DESC, e.id"
            )),
            params![sheet, proof.organization()],
        )
        .await
}

/// Everything that is linked to one item and was not withdrawn, the newest link first.
///
/// # Errors
/// [`StoreError`] where the database does not answer.
pub async fn of_item(
    database: &Database,
    proof: &Authorized<actions::ReadEvidence>,
    at: &ItemRef,
) -> Result<Vec<LinkedPiece>, StoreError> {
    database
        .rows(
            ComposedSql(format!(
                "SELECT l.item AS item, l.linked_at AS linked_at, {PIECE_COLUMNS}
                 FROM evidence_links l
                 JOIN evidence e ON e.id = l.evidence_id
                 LEFT JOIN people p ON p.id = e.uploaded_by
                 WHERE l.sheet_id = $1 AND l.item = $3 AND e.organization_id = $2
                   AND e.withdrawn_at IS NULL
                 ORDER BY l.linked_at DESC, e.id"
            )),
            params![at.sheet, proof.organization(), &at.item],
        )
        .await
}

row! {
    struct LinkRow { sheet_id: SheetId, item: String }
}

/// The items to which a piece is linked.
///
/// # Errors
/// [`StoreError`] where the database does not answer.
pub async fn linked_items<A: ActionType>(
    database: &Database,
    proof: &Authorized<A>,
    id: EvidenceId,
) -> Result<Vec<ItemRef>, StoreError> {
    let rows: Vec<LinkRow> = database
        .rows(
            "SELECT l.sheet_id AS sheet_id, l.item AS item
             FROM evidence_links l JOIN evidence e ON e.id = l.evidence_id
             WHERE l.evidence_id = $1 AND e.organization_id = $2
             ORDER BY l.sheet_id DESC, l.item",
            params![id, proof.organization()],
        )
        .await?;
    Ok(rows
        .into_iter()
        .map(|row| ItemRef::new(row.sheet_id, row.item))
        .collect())
}

/// The items behind which several pieces stand.
pub type LinksByPiece = BTreeMap<EvidenceId, Vec<ItemRef>>;

/// The items to which pieces of a list are linked, in as few queries as the engines allow.
///
/// # Errors
/// [`StoreError`] where the database does not answer.
pub async fn links_of<A: ActionType>(
    database: &Database,
    proof: &Authorized<A>,
    pieces: &[EvidenceId],
) -> Result<LinksByPiece, StoreError> {
    row! { struct PieceLinkRow { evidence_id: EvidenceId, sheet_id: SheetId, item: String } }
    let mut links = LinksByPiece::new();
    for batch in pieces.chunks(IN_A_STATEMENT) {
        let mut params = params![proof.organization()];
        params.extend(batch.iter().map(|id| Value::from(*id)));
        let rows: Vec<PieceLinkRow> = database
            .rows(
                ComposedSql(format!(
                    "SELECT l.evidence_id AS evidence_id, l.sheet_id AS sheet_id, l.item AS item
                     FROM evidence_links l JOIN evidence e ON e.id = l.evidence_id
                     WHERE e.organization_id = $1 AND l.evidence_id IN ({})
                     ORDER BY l.sheet_id DESC, l.item",
                    placeholders(2, batch.len())
                )),
                params,
            )
            .await?;
        for row in rows {
            links
                .entry(row.evidence_id)
                .or_default()
                .push(ItemRef::new(row.sheet_id, row.item));
        }
    }
    Ok(links)
}

/// The sheets to which a piece is linked, to recompute their cells.
///
/// # Errors
/// [`StoreError`] where the database does not answer.
pub(crate) async fn sheets_within(
    tx: &mut Transaction,
    id: EvidenceId,
) -> Result<Vec<SheetId>, StoreError> {
    row! { struct SheetRow { sheet_id: SheetId } }
    let rows: Vec<SheetRow> = tx
        .rows(
            "SELECT DISTINCT sheet_id FROM evidence_links WHERE evidence_id = $1 ORDER BY sheet_id",
            params![id],
        )
        .await?;
    Ok(rows.into_iter().map(|row| row.sheet_id).collect())
}

row! {
    struct ExpiryRow { item: String, expires_on: Option<Date> }
}

const EXPIRIES: &str = "SELECT l.item AS item, e.expires_on AS expires_on
     FROM evidence_links l JOIN evidence e ON e.id = l.evidence_id
     WHERE l.sheet_id = $1 AND e.withdrawn_at IS NULL";

fn count(rows: Vec<ExpiryRow>, today: Date) -> SheetCounts {
    let mut counts = SheetCounts::new();
    for row in rows {
        let item: &mut ItemCounts = counts.entry(row.item).or_default();
        match currency(row.expires_on, false, today) {
            Currency::Current => item.current += 1,
            Currency::Expiring { .. } => {
                item.current += 1;
                item.expiring += 1;
            }
            Currency::Expired { .. } => item.expired += 1,
            Currency::Withdrawn => {}
        }
    }
    counts
}

/// How many pieces stand behind each item of a sheet on a day. They are numbers only, so any proof
/// on the sheet's organisation will do; the caller has made sure that the sheet belongs to it.
///
/// # Errors
/// [`StoreError`] where the database does not answer.
pub async fn counts<A: ActionType>(
    database: &Database,
    proof: &Authorized<A>,
    sheet: SheetId,
    today: Date,
) -> Result<SheetCounts, StoreError> {
    let rows = database
        .rows(
            ComposedSql(format!("{EXPIRIES} AND e.organization_id = $2")),
            params![sheet, proof.organization()],
        )
        .await?;
    Ok(count(rows, today))
}

/// The same inside a transaction, for the recomputation of cells.
///
/// # Errors
/// [`StoreError`] where the database does not answer.
pub async fn counts_within(
    tx: &mut Transaction,
    sheet: SheetId,
    today: Date,
) -> Result<SheetCounts, StoreError> {
    Ok(count(tx.rows(EXPIRIES, params![sheet]).await?, today))
}

/// The first day on which a piece that counts today counts no more; `None` where all that counts
/// counts for ever.
///
/// # Errors
/// [`StoreError`] where the database does not answer.
pub async fn next_lapse(
    tx: &mut Transaction,
    sheet: SheetId,
    today: Date,
) -> Result<Option<Date>, StoreError> {
    row! { struct FirstRow { first: Option<String> } }
    let row: FirstRow = tx
        .one(
            "SELECT min(e.expires_on) AS first
             FROM evidence_links l JOIN evidence e ON e.id = l.evidence_id
             WHERE l.sheet_id = $1 AND e.withdrawn_at IS NULL AND e.expires_on >= $2",
            params![sheet, today],
        )
        .await?;
    Ok(row
        .first
        .and_then(|last| parse_date(&last).ok())
        .and_then(Date::next_day))
}

/// Links a piece to items; links that stand already are left alone. Returns how many were new. The
/// caller has made sure that the sheets belong to the organisation of the proof.
///
/// # Errors
/// [`EvidenceError::NotFound`] where the organisation has no such piece,
/// [`EvidenceError::Withdrawn`] where it was withdrawn.
pub async fn attach(
    tx: &mut Transaction,
    proof: &Authorized<actions::ManageEvidence>,
    ids: &dyn IdGenerator,
    id: EvidenceId,
    items: &[ItemRef],
    now: Instant,
) -> Result<u64, EvidenceError> {
    if piece_within(tx, proof, id).await?.withdrawn.is_some() {
        return Err(EvidenceError::Withdrawn);
    }
    let by = person_of(proof);
    let mut new = 0;
    for at in items.iter().collect::<BTreeSet<_>>() {
        let added = tx
            .execute(
                "INSERT INTO evidence_links (sheet_id, item, evidence_id, linked_at, linked_by)
                 VALUES ($1, $2, $3, $4, $5)
                 ON CONFLICT (sheet_id, item, evidence_id) DO NOTHING",
                params![at.sheet, &at.item, id, now, by],
            )
            .await?;
        if added > 0 {
            new += added;
            let detail = serde_json::json!({ "sheet": at.sheet, "item": at.item });
            remember(tx, ids, id, by, Event::Attached, &detail, now).await?;
        }
    }
    Ok(new)
}

/// Links several pieces to items, such as last year's to this year's. Returns how many links were
/// new.
///
/// # Errors
/// As [`attach`]; then none of them is kept, because the caller drops the transaction.
pub async fn attach_all(
    tx: &mut Transaction,
    proof: &Authorized<actions::ManageEvidence>,
    ids: &dyn IdGenerator,
    pairs: &[(EvidenceId, ItemRef)],
    now: Instant,
) -> Result<u64, EvidenceError> {
    let mut new = 0;
    for (id, at) in pairs {
        new += attach(tx, proof, ids, *id, std::slice::from_ref(at), now).await?;
    }
    Ok(new)
}

/// Takes a link away; the piece's history keeps that it stood. Returns whether there was one.
///
/// # Errors
/// [`EvidenceError::NotFound`] where the organisation has no such piece.
pub async fn detach(
    tx: &mut Transaction,
    proof: &Authorized<actions::ManageEvidence>,
    ids: &dyn IdGenerator,
    id: EvidenceId,
    at: &ItemRef,
    now: Instant,
) -> Result<bool, EvidenceError> {
    piece_within(tx, proof, id).await?;
    let removed = tx
        .execute(
            "DELETE FROM evidence_links WHERE sheet_id = $1 AND item = $2 AND evidence_id = $3",
            params![at.sheet, &at.item, id],
        )
        .await?;
    if removed == 0 {
        return Ok(false);
    }
    let detail = serde_json::json!({ "sheet": at.sheet, "item": at.item });
    remember(tx, ids, id, person_of(proof), Event::Detached, &detail, now).await?;
    Ok(true)
}

/// What the probe looks at: pieces that are linked to any sheet.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct LinkedState {
    /// How many pieces are linked.
    pub(crate) linked: i64,
    /// How many of them have expired.
    pub(crate) expired: i64,
    /// The last day of the first one to expire.
    pub(crate) first_expiry: Option<Date>,
    /// How many expire within [`EXPIRING_DAYS`].
    pub(crate) expiring: i64,
}

/// How the pieces of an organisation that stand behind answers stand on a day.
pub(crate) async fn linked_state(
    database: &Database,
    organization: yagura_kernel::id::OrganizationId,
    today: Date,
) -> Result<LinkedState, StoreError> {
    row! { struct LastDay { expires_on: Option<Date> } }
    let rows: Vec<LastDay> = database
        .rows(
            "SELECT e.expires_on AS expires_on FROM evidence e
             WHERE e.organization_id = $1 AND e.withdrawn_at IS NULL
               AND EXISTS (SELECT 1 FROM evidence_links l WHERE l.evidence_id = e.id)",
            params![organization],
        )
        .await?;
    let mut state = LinkedState::default();
    for row in rows {
        state.linked += 1;
        match currency(row.expires_on, false, today) {
            Currency::Expired { .. } => state.expired += 1,
            now => {
                state.expiring += i64::from(matches!(now, Currency::Expiring { .. }));
                state.first_expiry = match (state.first_expiry, row.expires_on) {
                    (Some(known), Some(other)) => Some(known.min(other)),
                    (known, other) => known.or(other),
                };
            }
        }
    }
    debug_assert!(state.expiring <= state.linked && EXPIRING_DAYS > 0);
    Ok(state)
}
