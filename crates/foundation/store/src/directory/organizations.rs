use yagura_kernel::id::{OrganizationId, PersonId};
use yagura_kernel::organization::{OrganizationKind, SizeGroup};
use yagura_kernel::text::normalise_for_search;
use yagura_kernel::time::{Date, Instant, format_iso};

use crate::{Database, FromRow, Row, StoreError, Transaction, params, row};

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

/// Changes an organisation and keeps every value of what changed, with the day since which it
/// stands; [`history`] reads them.
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
    // Attribute, former value, new value.
    let mut changed: Vec<(&str, Option<String>, Option<String>)> = Vec::new();
    if let Some(kind) = change.kind
        && kind != next.kind
    {
        changed.push((
            "kind",
            Some(next.kind.code().to_owned()),
            Some(kind.code().to_owned()),
        ));
        next.kind = kind;
    }
    if let Some(name) = &change.name
        && *name != next.name
    {
        let former = std::mem::replace(&mut next.name, name.clone());
        changed.push(("name", Some(former), Some(name.clone())));
    }
    if let Some(beds) = change.permitted_beds
        && beds != next.permitted_beds
    {
        let former = std::mem::replace(&mut next.permitted_beds, beds);
        changed.push((
            "permitted_beds",
            former.map(|n| n.to_string()),
            beds.map(|n| n.to_string()),
        ));
    }
    if let Some(region) = &change.region_code
        && *region != next.region_code
    {
        let former = std::mem::replace(&mut next.region_code, region.clone());
        changed.push(("region_code", former, region.clone()));
    }
    if let Some(closed_on) = change.closed_on
        && closed_on != next.closed_on
    {
        let former = std::mem::replace(&mut next.closed_on, closed_on);
        changed.push((
            "closed_on",
            former.map(format_iso),
            closed_on.map(format_iso),
        ));
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
    if changed.is_empty() {
        return Ok(());
    }
    let recorded: Vec<AttributeRow> = tx
        .rows(
            "SELECT DISTINCT attribute FROM organization_history WHERE organization_id = $1",
            params![current.id],
        )
        .await?;
    let first: CreatedRow = tx
        .one(
            "SELECT created_at FROM organizations WHERE id = $1",
            params![current.id],
        )
        .await?;
    let since = first.created_at;
    let mut rows = Vec::new();
    for (attribute, former, new) in changed {
        if !recorded.iter().any(|row| row.attribute == attribute) {
            let nobody: Option<PersonId> = None;
            rows.push(params![
                current.id,
                attribute,
                former,
                since.jst_date(),
                since,
                nobody
            ]);
        }
        rows.push(params![current.id, attribute, new, today, now, by]);
    }
    tx.insert_many(
        "organization_history",
        &[
            "organization_id",
            "attribute",
            "value",
            "valid_from",
            "recorded_at",
            "recorded_by",
        ],
        rows,
    )
    .await?;
    Ok(())
}

row! {
    struct AttributeRow { attribute: String }
}

row! {
    struct CreatedRow { created_at: Instant }
}

row! {
    /// A value that an attribute of an organisation had from a day on.
    #[derive(Debug, Clone, PartialEq, Eq)]
    pub struct HistoryEntry {
        /// `kind`, `name`, `permitted_beds`, `region_code` or `closed_on`.
        pub attribute: String,
        /// The value; `None` where it was empty.
        pub value: Option<String>,
        /// The day since which it stood.
        pub valid_from: Date,
        /// When it was recorded.
        pub recorded_at: Instant,
        /// Who recorded it; `None` for the program itself and for the first value.
        pub recorded_by: Option<PersonId>,
    }
}

/// The dated values of an organisation's attributes, oldest first. Attributes that never changed
/// are not in it.
///
/// # Errors
/// [`StoreError`] where the database does not answer.
pub async fn history(
    database: &Database,
    organization: OrganizationId,
) -> Result<Vec<HistoryEntry>, StoreError> {
    database
        .rows(
            "SELECT * FROM organization_history WHERE organization_id = $1
             ORDER BY attribute, valid_from, recorded_at",
            params![organization],
        )
        .await
}

/// An organisation by its id.
///
/// # Errors
/// [`StoreError::NotFound`] where there is none.
pub async fn get(database: &Database, id: OrganizationId) -> Result<Organization, StoreError> {
    database
        .one("SELECT * FROM organizations WHERE id = $1", params![id])
        .await
}

/// The organisation with this code.
///
/// # Errors
/// [`StoreError`] where the database does not answer.
pub async fn find_by_code(
    database: &Database,
    code: &str,
) -> Result<Option<Organization>, StoreError> {
    database
        .optional("SELECT * FROM organizations WHERE code = $1", params![code])
        .await
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
             ORDER BY search_key, id LIMIT $4",
            params![kind.code(), key, end, limit],
        )
        .await
}

/// How many organisations are on record.
///
/// # Errors
/// [`StoreError`] where the database does not answer.
pub async fn count(database: &Database) -> Result<i64, StoreError> {
    database
        .count("SELECT count(*) AS n FROM organizations", params![])
        .await
}
