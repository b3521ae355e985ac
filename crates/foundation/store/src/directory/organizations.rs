use yagura_kernel::id::{OrganizationId, PersonId};
use yagura_kernel::organization::{OrganizationKind, SizeGroup};
use yagura_kernel::text::normalise_for_search;
use yagura_kernel::time::{Date, Instant};

use crate::{Database, FromRow, Row, StoreError, Transaction, params};

/// An organisation as it stands today.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Organization {
    /// Its id.
    pub id: OrganizationId,
    /// What it is.
    pub kind: OrganizationKind,
    /// Its name.
    pub name: String,
    /// 医療機関コード, 薬局コード or another code that the region uses; unique.
    pub code: Option<String>,
    /// Region code: prefecture or medical area.
    pub region_code: Option<String>,
    /// 許可病床数.
    pub permitted_beds: Option<i64>,
    /// Postal address.
    pub address: Option<String>,
    /// Telephone.
    pub phone: Option<String>,
    /// Where reminders go.
    pub email: Option<String>,
    /// The day it closed, if it did.
    pub closed_on: Option<Date>,
    /// Counts changes, so that the second of two writers is told.
    pub version: i64,
}

impl Organization {
    /// The group in which it is compared; `None` for what is not an institution.
    #[must_use]
    pub const fn size_group(&self) -> Option<SizeGroup> {
        SizeGroup::of(self.kind, self.permitted_beds)
    }
}

impl FromRow for Organization {
    fn from_row(row: &Row) -> Result<Self, StoreError> {
        let kind: String = row.get("kind")?;
        Ok(Self {
            id: row.get("id")?,
            kind: OrganizationKind::from_code(&kind).ok_or_else(|| StoreError::Column {
                column: "kind".to_owned(),
                reason: format!("unknown kind {kind}"),
            })?,
            name: row.get("name")?,
            code: row.get("code")?,
            region_code: row.get("region_code")?,
            permitted_beds: row.get("permitted_beds")?,
            address: row.get("address")?,
            phone: row.get("phone")?,
            email: row.get("email")?,
            closed_on: row.get("closed_on")?,
            version: row.get("version")?,
        })
    }
}

/// An organisation to be recorded.
#[derive(Debug, Clone)]
pub struct NewOrganization {
    /// Its id.
    pub id: OrganizationId,
    /// What it is.
    pub kind: OrganizationKind,
    /// Its name.
    pub name: String,
    /// Unique code.
    pub code: Option<String>,
    /// Region code.
    pub region_code: Option<String>,
    /// 許可病床数.
    pub permitted_beds: Option<i64>,
    /// Postal address.
    pub address: Option<String>,
    /// Telephone.
    pub phone: Option<String>,
    /// Where reminders go.
    pub email: Option<String>,
}

/// What of an organisation changes; `None` leaves as it is.
#[derive(Debug, Clone, Default)]
pub struct OrganizationChange {
    /// New kind.
    pub kind: Option<OrganizationKind>,
    /// New name.
    pub name: Option<String>,
    /// New region code.
    pub region_code: Option<Option<String>>,
    /// New 許可病床数.
    pub permitted_beds: Option<Option<i64>>,
    /// New address.
    pub address: Option<Option<String>>,
    /// New telephone.
    pub phone: Option<Option<String>>,
    /// New address for reminders.
    pub email: Option<Option<String>>,
    /// Closed on this day.
    pub closed_on: Option<Option<Date>>,
}

const COLUMNS: &[&str] = &[
    "id",
    "kind",
    "name",
    "search_key",
    "code",
    "region_code",
    "permitted_beds",
    "address",
    "phone",
    "email",
    "version",
    "created_at",
];

/// Records one organisation.
///
/// # Errors
/// [`StoreError::Duplicate`] where the code is taken.
pub async fn insert(
    tx: &mut Transaction,
    organization: NewOrganization,
    now: Instant,
) -> Result<(), StoreError> {
    insert_all(tx, [organization], now).await
}

/// Records many organisations.
///
/// # Errors
/// [`StoreError::Duplicate`] where a code is taken.
pub async fn insert_all(
    tx: &mut Transaction,
    organizations: impl IntoIterator<Item = NewOrganization>,
    now: Instant,
) -> Result<(), StoreError> {
    let rows = organizations.into_iter().map(|organization| {
        params![
            organization.id,
            organization.kind.code(),
            &organization.name,
            normalise_for_search(&organization.name),
            organization.code,
            organization.region_code,
            organization.permitted_beds,
            organization.address,
            organization.phone,
            organization.email,
            1_i64,
            now
        ]
    });
    tx.insert_many("organizations", COLUMNS, rows).await?;
    Ok(())
}

/// Changes an organisation and keeps the former value of what changed, dated.
///
/// # Errors
/// [`StoreError::Conflict`] where somebody changed it since `version`.
pub async fn change(
    tx: &mut Transaction,
    current: &Organization,
    change: &OrganizationChange,
    by: Option<PersonId>,
    today: Date,
    now: Instant,
) -> Result<(), StoreError> {
    let mut next = current.clone();
    let mut history: Vec<(&str, Option<String>)> = Vec::new();
    if let Some(kind) = change.kind
        && kind != next.kind
    {
        next.kind = kind;
        history.push(("kind", Some(kind.code().to_owned())));
    }
    if let Some(name) = &change.name
        && *name != next.name
    {
        next.name.clone_from(name);
        history.push(("name", Some(name.clone())));
    }
    if let Some(beds) = change.permitted_beds
        && beds != next.permitted_beds
    {
        next.permitted_beds = beds;
        history.push(("permitted_beds", beds.map(|beds| beds.to_string())));
    }
    if let Some(region) = &change.region_code
        && *region != next.region_code
    {
        next.region_code.clone_from(region);
        history.push(("region_code", region.clone()));
    }
    if let Some(closed_on) = change.closed_on
        && closed_on != next.closed_on
    {
        next.closed_on = closed_on;
        history.push(("closed_on", closed_on.map(yagura_kernel::time::format_iso)));
    }
    for (field, new) in [
        (&mut next.address, &change.address),
        (&mut next.phone, &change.phone),
        (&mut next.email, &change.email),
    ] {
        if let Some(value) = new {
            field.clone_from(value);
        }
    }
    let touched = tx
        .execute(
            "UPDATE organizations SET kind = $1, name = $2, search_key = $3, region_code = $4,
                permitted_beds = $5, address = $6, phone = $7, email = $8, closed_on = $9,
                version = version + 1
             WHERE id = $10 AND version = $11",
            params![
                next.kind.code(),
                &next.name,
                normalise_for_search(&next.name),
                next.region_code,
                next.permitted_beds,
                next.address,
                next.phone,
                next.email,
                next.closed_on,
                next.id,
                current.version
            ],
        )
        .await?;
    if touched != 1 {
        return Err(StoreError::Conflict);
    }
    let rows = history
        .into_iter()
        .map(|(attribute, value)| params![current.id, attribute, value, today, now, by]);
    tx.insert_many(
        "organization_history",
        &["organization_id", "attribute", "value", "valid_from", "recorded_at", "recorded_by"],
        rows,
    )
    .await?;
    Ok(())
}

/// An organisation by its id.
///
/// # Errors
/// [`StoreError::NotFound`] where there is none.
pub async fn get(database: &Database, id: OrganizationId) -> Result<Organization, StoreError> {
    database.one("SELECT * FROM organizations WHERE id = $1", params![id]).await
}

/// The organisation with this code.
///
/// # Errors
/// [`StoreError`] where the database does not answer.
pub async fn find_by_code(
    database: &Database,
    code: &str,
) -> Result<Option<Organization>, StoreError> {
    database.optional("SELECT * FROM organizations WHERE code = $1", params![code]).await
}

/// Organisations of one kind, by id.
///
/// # Errors
/// [`StoreError`] where the database does not answer.
pub async fn of_kind(
    database: &Database,
    kind: OrganizationKind,
    after: Option<OrganizationId>,
    limit: i64,
) -> Result<Vec<Organization>, StoreError> {
    let after = after.unwrap_or_else(|| uuid::Uuid::nil().into());
    database
        .rows(
            "SELECT * FROM organizations WHERE kind = $1 AND id > $2 ORDER BY id LIMIT $3",
            params![kind.code(), after, limit],
        )
        .await
}

/// Organisations whose name begins with what a person typed (width, kana and case folded).
///
/// # Errors
/// [`StoreError`] where the database does not answer.
pub async fn search(
    database: &Database,
    kind: OrganizationKind,
    typed: &str,
    limit: i64,
) -> Result<Vec<Organization>, StoreError> {
    let key = normalise_for_search(typed);
    let end = format!("{key}\u{10ffff}");
    database
        .rows(
            "SELECT * FROM organizations
             WHERE kind = $1 AND search_key >= $2 AND search_key < $3
             ORDER BY search_key LIMIT $4",
            params![kind.code(), key, end, limit],
        )
        .await
}
