//! Saving the head of a sheet: gate row, contract with vendors, 確認日.

use yagura_kernel::id::{IdGenerator, SheetId};
use yagura_kernel::time::Instant;
use yagura_packs::Library;
use yagura_store::{Database, StoreError, Transaction, params};

use super::answers::{Base, hold, write_summary};
use super::rows::{SheetHeader, bare, wrong};
use super::{Author, Source, WriteProof, history};
use crate::model::{ChangeSource, HeaderInput, HeaderProblem, HeaderValues, Terms, check_header};
use crate::overview;

/// What stands at the head of a sheet that somebody else changed meanwhile.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HeaderConflict {
    /// What stands there now.
    pub values: HeaderValues,
    /// Its version.
    pub version: i64,
}

/// Why the head of a sheet was not saved.
#[derive(Debug, thiserror::Error)]
pub enum HeaderError {
    /// The rules of the sheet do not allow it.
    #[error("{} entries are against the rules of the sheet", .0.len())]
    Refused(Vec<HeaderProblem>),
    /// Somebody else was first.
    #[error("the head of the sheet was changed by somebody else meanwhile")]
    Conflict(HeaderConflict),
    /// The store failed, or there is no such sheet for the proof.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// The head of a sheet after a save.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SavedHeader {
    /// The sheet as it now is.
    pub header: SheetHeader,
    /// What stood at its head before.
    pub before: HeaderValues,
    /// Whether anything changed.
    pub changed: bool,
}

/// Saves the head of a sheet. Answers that do not apply any more are kept and count again when
/// they do. Returns the open transaction, in which the caller audits and which the caller commits.
///
/// # Errors
/// [`HeaderError`].
#[expect(clippy::too_many_arguments, reason = "each is another thing")]
pub async fn save_header(
    database: &Database,
    packs: &Library,
    ids: &dyn IdGenerator,
    proof: WriteProof<'_>,
    sheet: SheetId,
    expected_version: i64,
    input: &HeaderInput,
    source: &ChangeSource,
    now: Instant,
) -> Result<(Transaction, SavedHeader), HeaderError> {
    let author = Author::of(proof.principal());
    let mut tx = database.begin().await?;
    hold(&mut tx, sheet).await?;
    let base = Base::read(&mut Source::Transaction(&mut tx), packs, proof, sheet, now).await?;
    let checklist = base
        .pack
        .checklist()
        .ok_or_else(|| wrong("pack_id", "not a checklist"))?;
    let terms = Terms {
        year: base.header.year,
        rules: &checklist.rules,
        today: now.jst_date(),
    };
    let values =
        check_header(input, checklist.gate.is_some(), terms).map_err(HeaderError::Refused)?;
    let before = base.header.values;
    if values == before {
        let header = base.header;
        return Ok((
            tx,
            SavedHeader {
                header,
                before,
                changed: false,
            },
        ));
    }
    if base.header.header_version != expected_version {
        return Err(HeaderError::Conflict(HeaderConflict {
            values: before,
            version: base.header.header_version,
        }));
    }
    let mut header = base.summarise(values, &bare(&base.answers), now)?;
    if !write_summary(&mut tx, &mut header, now).await? {
        return Err(StoreError::Conflict.into());
    }
    tx.execute(
        "UPDATE sheets SET gate = $1, gate_on = $2, vendor_contract = $3, vendor_contract_on = $4,
            confirmed_on = $5, header_version = header_version + 1
         WHERE id = $6",
        params![
            values.gate.map(|round| round.answer.is_yes()),
            values.gate.map(|round| round.on),
            values.vendor_contract.map(|round| round.answer.is_yes()),
            values.vendor_contract.map(|round| round.on),
            values.confirmed_on,
            sheet
        ],
    )
    .await?;
    header.header_version += 1;
    let entry = history::Entry {
        item_key: "",
        before: serde_json::to_value(before).map_err(StoreError::from)?,
        after: serde_json::to_value(values).map_err(StoreError::from)?,
        source,
    };
    history::append(&mut tx, ids, sheet, author, [entry], now).await?;
    overview::project(&mut tx, ids, &header, now).await?;
    Ok((
        tx,
        SavedHeader {
            header,
            before,
            changed: true,
        },
    ))
}
