//! Working out the cells of sheets again after evidence or measurements changed.

use yagura_kernel::id::{IdGenerator, OrganizationId, SheetId};
use yagura_kernel::proof::{CellCounts, CellState};
use yagura_kernel::time::{FiscalYear, Instant};
use yagura_packs::Library;
use yagura_store::{Database, StoreError, Transaction, params, row};

use super::answers::{Base, hold, write_summary};
use super::rows::{ANSWERS, SheetHeader, bare, by_key};
use super::{Source, current, probes};
use crate::overview;

row! {
    struct KeysRow { item_keys: String }
}

/// Takes up that evidence behind these sheets was added, withdrawn or has expired: a declared「はい」
/// with current evidence is documented, and without it is declared again. Nothing else of a sheet
/// depends on evidence, so neither answers nor packs are read.
///
/// # Errors
/// [`StoreError`] where the database refuses. A sheet that is gone is passed over.
pub async fn evidence_changed(
    tx: &mut Transaction,
    ids: &dyn IdGenerator,
    sheets: &[SheetId],
    now: Instant,
) -> Result<usize, StoreError> {
    let mut changed = 0;
    for sheet in sheets {
        hold(tx, *sheet).await?;
        let header: Option<SheetHeader> = tx
            .optional("SELECT * FROM sheets WHERE id = $1", params![*sheet])
            .await?;
        let Some(mut header) = header else { continue };
        let keys: KeysRow = tx
            .one(
                "SELECT item_keys FROM sheets WHERE id = $1",
                params![*sheet],
            )
            .await?;
        let evidenced =
            current(yagura_evidence::counts_within(tx, *sheet, header.judged_on(now)).await?);
        let before = header.cells.clone();
        for (cell, key) in header.cells.iter_mut().zip(keys.item_keys.split(' ')) {
            *cell = match (*cell, evidenced.contains(key)) {
                (CellState::Declared, true) => CellState::Documented,
                (CellState::Documented, false) => CellState::Declared,
                (other, _) => other,
            };
        }
        if header.cells == before {
            continue;
        }
        header.counts = CellCounts::of(&header.cells);
        if !write_summary(tx, &mut header, now).await? {
            return Err(StoreError::Conflict);
        }
        overview::project(tx, ids, &header, now).await?;
        changed += 1;
    }
    Ok(changed)
}

row! {
    struct IdRow { id: SheetId }
}

row! {
    struct OrganizationRow { id: OrganizationId }
}

/// Works out the cells of these sheets again and writes what changed, with the summaries and
/// projections that follow from them. Returns how many sheets changed.
///
/// # Errors
/// [`StoreError`] where the database refuses. A sheet that is gone is passed over.
pub async fn recompute_sheets(
    tx: &mut Transaction,
    packs: &Library,
    ids: &dyn IdGenerator,
    sheets: &[SheetId],
    now: Instant,
) -> Result<usize, StoreError> {
    let mut changed = 0;
    for sheet in sheets {
        hold(tx, *sheet).await?;
        let header: Option<SheetHeader> = tx
            .optional("SELECT * FROM sheets WHERE id = $1", params![*sheet])
            .await?;
        let Some(header) = header else { continue };
        let pack = header.pack(packs)?;
        let answers = by_key(tx.rows(ANSWERS, params![*sheet]).await?);
        let counts = yagura_evidence::counts_within(tx, *sheet, header.judged_on(now)).await?;
        let outcomes =
            probes::deciding_outcomes(&mut Source::Transaction(&mut *tx), &header, now).await?;
        let base = Base {
            header,
            pack,
            answers,
            evidenced: current(counts),
            outcomes,
        };
        let mut next = base.summarise(base.header.values, &bare(&base.answers), now)?;
        if next == base.header {
            continue;
        }
        if !write_summary(tx, &mut next, now).await? {
            return Err(StoreError::Conflict);
        }
        overview::project(tx, ids, &next, now).await?;
        changed += 1;
    }
    Ok(changed)
}

/// Works out the sheets of an institution's present fiscal year again.
///
/// # Errors
/// [`StoreError`] where the database refuses.
pub async fn recompute_organization(
    tx: &mut Transaction,
    packs: &Library,
    ids: &dyn IdGenerator,
    organization: OrganizationId,
    now: Instant,
) -> Result<usize, StoreError> {
    let sheets: Vec<IdRow> = tx
        .rows(
            "SELECT id FROM sheets WHERE owner_id = $1 AND fiscal_year = $2 ORDER BY id",
            params![organization, FiscalYear::at(now).year()],
        )
        .await?;
    let sheets: Vec<SheetId> = sheets.into_iter().map(|row| row.id).collect();
    recompute_sheets(tx, packs, ids, &sheets, now).await
}

/// Institutions with a sheet of the present fiscal year at which nothing was measured since a
/// moment, by id.
pub(crate) async fn organizations_to_measure(
    database: &Database,
    after: OrganizationId,
    not_since: Instant,
    now: Instant,
    limit: i64,
) -> Result<Vec<OrganizationId>, StoreError> {
    let rows: Vec<OrganizationRow> = database
        .rows(
            "SELECT s.owner_id AS id FROM sheets s
             WHERE s.fiscal_year = $1 AND s.kind = 'institution' AND s.owner_id > $2
               AND NOT EXISTS (SELECT 1 FROM probe_results p
                               WHERE p.organization_id = s.owner_id AND p.measured_at >= $3)
             ORDER BY s.owner_id LIMIT $4",
            params![FiscalYear::at(now).year(), after, not_since, limit],
        )
        .await?;
    Ok(rows.into_iter().map(|row| row.id).collect())
}
