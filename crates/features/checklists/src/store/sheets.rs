//! Opening, finding and reading sheets.

use yagura_kernel::id::{IdGenerator, OrganizationId, SheetId, Uuid};
use yagura_kernel::organization::OrganizationKind;
use yagura_kernel::policy::{Action, Authorized, Principal, actions, scope};
use yagura_kernel::proof::{CellCounts, CellState, encode_cells};
use yagura_kernel::time::{FiscalYear, Instant};
use yagura_packs::{Library, Pack};
use yagura_store::{Database, FromRow, Row, StoreError, Transaction, params, row};

use super::rows::{ANSWERS_WITH_NAMES, by_key, year_of};
use super::{Author, ReadProof, SheetContent, SheetHeader, StoredAnswer, WriteProof};
use crate::model::SheetSubject;
use crate::overview;

/// Whose a sheet is: what must be known before anything may be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SheetOwner {
    /// The institution.
    pub organization: OrganizationId,
    /// Which sheet of the form it is.
    pub subject: SheetSubject,
    /// Its fiscal year.
    pub year: FiscalYear,
}

impl FromRow for SheetOwner {
    fn from_row(row: &Row) -> Result<Self, StoreError> {
        let vendor: Uuid = row.get("vendor_id")?;
        Ok(Self {
            organization: row.get("owner_id")?,
            subject: SheetSubject::of_column(vendor),
            year: year_of(row, "fiscal_year")?,
        })
    }
}

/// Whose a sheet is.
///
/// # Errors
/// [`StoreError::NotFound`] where there is no such sheet.
pub async fn owner_of(database: &Database, sheet: SheetId) -> Result<SheetOwner, StoreError> {
    database
        .one(
            "SELECT owner_id, vendor_id, fiscal_year FROM sheets WHERE id = $1",
            params![sheet],
        )
        .await
}

/// Why a sheet cannot be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The fiscal year has not begun.
    #[error("fiscal year {} has not begun", year.year())]
    YearAhead {
        /// The year that was asked for.
        year: FiscalYear,
    },
    /// The library has no edition of this sheet for that year or one before it.
    #[error("no edition of the sheet for fiscal year {}", year.year())]
    NoEdition {
        /// The year that was asked for.
        year: FiscalYear,
    },
    /// The store failed, or the proof does not cover the sheet.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// The keys of an edition's rows as the column `item_keys` holds them.
pub(super) fn item_keys(pack: &Pack) -> String {
    let keys: Vec<&str> = pack.items().map(|item| item.key.as_str()).collect();
    keys.join(" ")
}

/// Opens a sheet by the edition of its year, and returns the one that stands where there is one
/// already. A sheet on which nothing was entered yet moves to a newer edition or version.
///
/// # Errors
/// [`OpenError`].
pub async fn open_sheet(
    tx: &mut Transaction,
    proof: WriteProof<'_>,
    packs: &Library,
    ids: &dyn IdGenerator,
    year: FiscalYear,
    subject: SheetSubject,
    now: Instant,
) -> Result<SheetHeader, OpenError> {
    let owner = proof.organization();
    proof.require(owner, subject)?;
    if year > FiscalYear::of(now.jst_date()) {
        return Err(OpenError::YearAhead { year });
    }
    let pack = packs
        .checklist_for(year, subject.sheet())
        .ok_or(OpenError::NoEdition { year })?;
    let keys = item_keys(pack);
    let cells = vec![CellState::Unanswered; pack.items().count()];
    let counts = CellCounts::of(&cells);
    let inserted = tx
        .execute(
            "INSERT INTO sheets (id, owner_id, fiscal_year, kind, vendor_id, pack_id, pack_version,
                item_keys, header_version, revision, cells, verified, documented, declared, no_count,
                contradiction, unanswered, not_applicable, urgency, opened_at, opened_by,
                changed_at)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 0, 0, $9, 0, 0, 0, 0, 0, $10, 0, $11, $12, $13,
                $12)
             ON CONFLICT (owner_id, fiscal_year, kind, vendor_id) DO NOTHING",
            params![
                SheetId::new(ids),
                owner,
                year.year(),
                subject.code(),
                subject.vendor_column(),
                &pack.id,
                pack.version.to_string(),
                &keys,
                encode_cells(&cells),
                counts.unanswered,
                counts.urgency(),
                now,
                Author::of(proof.principal()).person
            ],
        )
        .await?;
    let mut header: SheetHeader = tx
        .one(
            "SELECT * FROM sheets
             WHERE owner_id = $1 AND fiscal_year = $2 AND kind = $3 AND vendor_id = $4",
            params![owner, year.year(), subject.code(), subject.vendor_column()],
        )
        .await?;
    let is_newer = (&header.pack_id, header.pack_version) != (&pack.id, pack.version);
    if inserted == 0 && is_newer && header.revision == 0 {
        tx.execute(
            "UPDATE sheets SET pack_id = $1, pack_version = $2, item_keys = $3, cells = $4,
                unanswered = $5, urgency = $6
             WHERE id = $7 AND revision = 0",
            params![
                &pack.id,
                pack.version.to_string(),
                &keys,
                encode_cells(&cells),
                counts.unanswered,
                counts.urgency(),
                header.id
            ],
        )
        .await?;
        header.pack_id.clone_from(&pack.id);
        header.pack_version = pack.version;
        header.counts = counts;
        header.cells = cells;
    }
    if inserted == 1 {
        overview::project(tx, ids, &header, now).await?;
    }
    Ok(header)
}

/// A sheet with its answers, in two statements. Remarks and names are left out where the
/// institution does not share them.
///
/// # Errors
/// [`StoreError::NotFound`] where there is none or the proof does not cover it.
pub async fn sheet(
    database: &Database,
    packs: &Library,
    proof: ReadProof<'_>,
    id: SheetId,
) -> Result<SheetContent, StoreError> {
    let header: SheetHeader = database
        .one("SELECT * FROM sheets WHERE id = $1", params![id])
        .await?;
    proof.require(header.owner, header.subject)?;
    let pack = header.pack(packs)?;
    let mut answers: Vec<StoredAnswer> = database.rows(ANSWERS_WITH_NAMES, params![id]).await?;
    if !proof.sees_detail() {
        answers = answers
            .into_iter()
            .map(StoredAnswer::without_detail)
            .collect();
    }
    Ok(SheetContent {
        header,
        pack,
        answers: by_key(answers),
    })
}

/// The sheet of a year, where it was opened.
///
/// # Errors
/// [`StoreError::NotFound`] where the proof does not cover such a sheet.
pub async fn find(
    database: &Database,
    proof: ReadProof<'_>,
    year: FiscalYear,
    subject: SheetSubject,
) -> Result<Option<SheetHeader>, StoreError> {
    proof.require(proof.organization(), subject)?;
    database
        .optional(
            "SELECT * FROM sheets
             WHERE owner_id = $1 AND fiscal_year = $2 AND kind = $3 AND vendor_id = $4",
            params![
                proof.organization(),
                year.year(),
                subject.code(),
                subject.vendor_column()
            ],
        )
        .await
}

/// The newest sheet of the same kind of an earlier year: what drafts come from.
///
/// # Errors
/// [`StoreError::NotFound`] where the proof does not cover the sheet.
pub async fn sheet_before(
    database: &Database,
    proof: ReadProof<'_>,
    header: &SheetHeader,
) -> Result<Option<SheetHeader>, StoreError> {
    proof.require(header.owner, header.subject)?;
    database
        .optional(
            "SELECT * FROM sheets
             WHERE owner_id = $1 AND fiscal_year < $2 AND kind = $3 AND vendor_id = $4
             ORDER BY fiscal_year DESC LIMIT 1",
            params![
                header.owner,
                header.year.year(),
                header.subject.code(),
                header.subject.vendor_column()
            ],
        )
        .await
}

/// Every sheet of an institution that the proof covers, newest year first: its own sheets, or those
/// of its vendors.
///
/// # Errors
/// [`StoreError`] where the database does not answer.
pub async fn sheets_of(
    database: &Database,
    proof: ReadProof<'_>,
) -> Result<Vec<SheetHeader>, StoreError> {
    let kind = match proof {
        ReadProof::Institution(_) => "institution",
        ReadProof::Vendor(_) => "vendor",
    };
    let headers: Vec<SheetHeader> = database
        .rows(
            "SELECT * FROM sheets WHERE owner_id = $1 AND kind = $2
             ORDER BY fiscal_year DESC, vendor_id",
            params![proof.organization(), kind],
        )
        .await?;
    Ok(headers
        .into_iter()
        .filter(|header| proof.covers(header.owner, header.subject))
        .collect())
}

/// The sheets that vendors have for an institution in a year. A vendor sees only its own.
///
/// # Errors
/// [`StoreError`] where the database does not answer.
pub async fn vendor_sheets(
    database: &Database,
    proof: &Authorized<actions::ReadVendorSheet>,
    year: FiscalYear,
) -> Result<Vec<SheetHeader>, StoreError> {
    let headers: Vec<SheetHeader> = database
        .rows(
            "SELECT * FROM sheets WHERE owner_id = $1 AND fiscal_year = $2 AND kind = 'vendor'
             ORDER BY vendor_id",
            params![proof.organization(), year.year()],
        )
        .await?;
    let proof = ReadProof::Vendor(proof);
    Ok(headers
        .into_iter()
        .filter(|header| proof.covers(header.owner, header.subject))
        .collect())
}

/// The sheets of a year that the vendor one acts for has for its present customers, in one
/// statement; nothing for who may not read them.
///
/// # Errors
/// [`StoreError`] where the database does not answer.
pub async fn sheets_by_vendor(
    database: &Database,
    principal: &Principal,
    year: FiscalYear,
    now: Instant,
) -> Result<Vec<SheetHeader>, StoreError> {
    let Some(vendor) = scope(principal, Action::ReadVendorSheet).customers else {
        return Ok(Vec::new());
    };
    database
        .rows(
            "SELECT s.* FROM sheets s
             WHERE s.kind = 'vendor' AND s.vendor_id = $1 AND s.fiscal_year = $2
               AND EXISTS (SELECT 1 FROM relations r
                           WHERE r.kind = 'supplies' AND r.from_id = $1 AND r.to_id = s.owner_id
                             AND r.valid_from <= $3
                             AND (r.valid_until IS NULL OR r.valid_until >= $3))
             ORDER BY s.urgency DESC, s.id",
            params![vendor, year.year(), now.jst_date()],
        )
        .await
}

row! {
    struct KindRow { kind: String }
}

/// Whether an organisation is one that answers a checklist.
pub(crate) async fn is_institution(
    tx: &mut Transaction,
    organization: OrganizationId,
) -> Result<bool, StoreError> {
    let row: Option<KindRow> = tx
        .optional(
            "SELECT kind FROM organizations WHERE id = $1",
            params![organization],
        )
        .await?;
    let kind = row.and_then(|row| OrganizationKind::from_code(&row.kind));
    Ok(kind.is_some_and(OrganizationKind::is_institution))
}

/// The own sheets of an institution, newest year first, for the evidence library, which has asked
/// the policy itself.
pub(crate) async fn institution_sheets(
    database: &Database,
    organization: OrganizationId,
) -> Result<Vec<SheetHeader>, StoreError> {
    database
        .rows(
            "SELECT * FROM sheets WHERE owner_id = $1 AND kind = 'institution'
             ORDER BY fiscal_year DESC",
            params![organization],
        )
        .await
}
