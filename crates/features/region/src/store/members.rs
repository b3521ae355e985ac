//! The roll of members: memberships are relations of the directory, what the region alone notes of
//! a member stands in `member_entries`.

use std::collections::{HashMap, HashSet};

use yagura_kernel::id::{IdGenerator, OrganizationId, PersonId, RelationId};
use yagura_kernel::organization::OrganizationKind;
use yagura_kernel::policy::{Actor, Authorized, actions};
use yagura_kernel::relation::{RelationKind, SharingLevel};
use yagura_kernel::text::normalise_for_search;
use yagura_kernel::time::{Date, Instant};
use yagura_store::directory::{self, NewOrganization, NewRelation};
use yagura_store::{
    ComposedSql, Database, FromRow, Row, StoreError, Transaction, Value, params, placeholders, row,
};

use super::Reader;
use crate::import::{Known, RollMember};
use crate::model::member::{Field, MemberDraft};

/// Values in one `IN (…)` list.
const IN_A_LIST: usize = 500;

/// What a body of this kind is to its members: authorities oversee, networks and associations have
/// members.
#[must_use]
pub const fn membership(overseer: OrganizationKind) -> RelationKind {
    match overseer {
        OrganizationKind::Prefecture
        | OrganizationKind::Municipality
        | OrganizationKind::Nation => RelationKind::Oversees,
        _ => RelationKind::MemberOf,
    }
}

impl FromRow for RollMember {
    fn from_row(row: &Row) -> Result<Self, StoreError> {
        let kind: String = row.get("kind")?;
        Ok(Self {
            id: row.get("id")?,
            search_key: row.get("search_key")?,
            version: row.get("version")?,
            joined_on: row.get("joined_on")?,
            draft: MemberDraft {
                name: row.get("name")?,
                kind: OrganizationKind::from_code(&kind).ok_or_else(|| StoreError::Column {
                    column: "kind".to_owned(),
                    reason: format!("unknown kind {kind}"),
                })?,
                code: row.get("code")?,
                beds: row.get("permitted_beds")?,
                postal_code: row.get("postal_code")?,
                address: row.get("address")?,
                phone: row.get("phone")?,
                email: row.get("email")?,
                representative: row.get("representative")?,
                region_code: row.get("region_code")?,
                member_number: row.get("member_number")?,
                joined_on: row.get("joined_on")?,
                remark: row.get("remark")?,
            },
        })
    }
}

const ROLL: &str = "
    SELECT o.id AS id, o.kind AS kind, o.name AS name, o.search_key AS search_key, o.code AS code,
           o.region_code AS region_code, o.permitted_beds AS permitted_beds,
           o.address AS address, o.phone AS phone, o.email AS email, o.version AS version,
           e.postal_code AS postal_code, e.representative AS representative,
           e.member_number AS member_number, e.remark AS remark, m.joined_on AS joined_on
    FROM (SELECT to_id AS id, valid_from AS joined_on FROM relations
          WHERE kind = 'oversees' AND from_id = $1
            AND valid_from <= $2 AND (valid_until IS NULL OR valid_until >= $2)
          UNION ALL
          SELECT from_id AS id, valid_from AS joined_on FROM relations
          WHERE kind = 'member_of' AND to_id = $1
            AND valid_from <= $2 AND (valid_until IS NULL OR valid_until >= $2)) m
    JOIN organizations o ON o.id = m.id
    LEFT JOIN member_entries e ON e.overseer_id = $1 AND e.member_id = o.id
    WHERE o.kind IN ('hospital', 'clinic', 'dental_clinic', 'pharmacy')";

/// Every member on a day, for holding a file against the roll.
///
/// # Errors
/// [`StoreError`] where the database does not answer.
pub async fn roll(
    reader: &mut Reader<'_>,
    proof: &Authorized<actions::ManageMembers>,
    today: Date,
) -> Result<Vec<RollMember>, StoreError> {
    let mut members: Vec<RollMember> = reader
        .rows(ROLL, params![proof.organization(), today])
        .await?;
    // An institution may be overseen and a member at once.
    let mut seen = HashSet::with_capacity(members.len());
    members.retain(|member| seen.insert(member.id));
    Ok(members)
}

/// Some members with what is on record, for a page of the roll. Organisations that are no members
/// are left out.
///
/// # Errors
/// [`StoreError`] where the database does not answer.
pub async fn some(
    database: &Database,
    proof: &Authorized<actions::ReadMembers>,
    ids: &[OrganizationId],
    today: Date,
) -> Result<HashMap<OrganizationId, RollMember>, StoreError> {
    let mut found = HashMap::with_capacity(ids.len());
    for part in ids.chunks(IN_A_LIST) {
        let mut values = params![proof.organization(), today];
        values.extend(part.iter().map(|id| Value::from(*id)));
        let list = placeholders(3, part.len());
        // Twice: PostgreSQL would read every member's relation to find these few.
        let sql = format!("{ROLL} AND o.id IN ({list}) AND m.id IN ({list})");
        let members: Vec<RollMember> = database.rows(ComposedSql(sql), values).await?;
        found.extend(members.into_iter().map(|member| (member.id, member)));
    }
    Ok(found)
}

/// One member with what is on record.
///
/// # Errors
/// [`StoreError::NotFound`] where the organisation is no member today.
pub async fn one(
    database: &Database,
    proof: &Authorized<actions::ReadMembers>,
    id: OrganizationId,
    today: Date,
) -> Result<RollMember, StoreError> {
    some(database, proof, &[id], today)
        .await?
        .remove(&id)
        .ok_or(StoreError::NotFound)
}

row! {
    struct KnownRow { id: OrganizationId, kind: String, search_key: String, code: Option<String> }
}

/// The organisations of the installation that have one of these codes and are not among `members`.
///
/// # Errors
/// [`StoreError`] where the database does not answer.
pub async fn known_by_code(
    reader: &mut Reader<'_>,
    codes: &[&str],
    members: &[RollMember],
) -> Result<HashMap<String, Known>, StoreError> {
    let own: HashSet<OrganizationId> = members.iter().map(|member| member.id).collect();
    let mut known = HashMap::new();
    for part in codes.chunks(IN_A_LIST) {
        let sql = format!(
            "SELECT id, kind, search_key, code FROM organizations WHERE code IN ({})",
            placeholders(1, part.len())
        );
        let values = part.iter().map(|code| Value::from(*code)).collect();
        let rows: Vec<KnownRow> = reader.rows(sql, values).await?;
        for row in rows.into_iter().filter(|row| !own.contains(&row.id)) {
            if let (Some(code), Some(kind)) = (row.code, OrganizationKind::from_code(&row.kind)) {
                known.insert(
                    code,
                    Known {
                        id: row.id,
                        kind,
                        search_key: row.search_key,
                    },
                );
            }
        }
    }
    Ok(known)
}

/// Lets only one change of a roll run at a time, so that two imports that are confirmed at once
/// do not both add a member without a code. Held until the transaction ends.
///
/// # Errors
/// [`StoreError::NotFound`] where the overseer does not exist.
pub async fn lock_roll(
    tx: &mut Transaction,
    proof: &Authorized<actions::ManageMembers>,
) -> Result<(), StoreError> {
    let touched = tx
        .execute(
            "UPDATE organizations SET version = version WHERE id = $1",
            params![proof.organization()],
        )
        .await?;
    if touched == 1 {
        Ok(())
    } else {
        Err(StoreError::NotFound)
    }
}

/// A member to be added.
#[derive(Debug, Clone)]
pub struct Addition {
    /// Its id: a new one, or that of an institution which the installation knows.
    pub id: OrganizationId,
    /// Whether the installation knows it already; then only the membership is recorded.
    pub known: bool,
    /// What is to be recorded.
    pub draft: MemberDraft,
}

/// Adds members. New members share their status only; they decide themselves on more.
///
/// # Errors
/// [`StoreError::Duplicate`] where a code is taken.
pub async fn add(
    tx: &mut Transaction,
    proof: &Authorized<actions::ManageMembers>,
    ids: &dyn IdGenerator,
    additions: &[Addition],
    today: Date,
    now: Instant,
) -> Result<(), StoreError> {
    let new = additions.iter().filter(|addition| !addition.known);
    directory::insert_all(
        tx,
        new.map(|addition| NewOrganization {
            id: addition.id,
            kind: addition.draft.kind,
            name: addition.draft.name.clone(),
            code: addition.draft.code.clone(),
            region_code: addition.draft.region_code.clone(),
            permitted_beds: addition.draft.beds,
            address: addition.draft.address.clone(),
            phone: addition.draft.phone.clone(),
            email: addition.draft.email.clone(),
        }),
        now,
    )
    .await?;
    let kind = membership(proof.principal().organization_kind);
    let overseer = proof.organization();
    directory::insert_relations(
        tx,
        additions.iter().map(|addition| {
            let (from, to) = match kind {
                RelationKind::Oversees => (overseer, addition.id),
                _ => (addition.id, overseer),
            };
            NewRelation {
                id: RelationId::new(ids),
                kind,
                from,
                to,
                sharing: SharingLevel::Status,
                valid_from: addition.draft.joined_on.unwrap_or(today),
                valid_until: None,
                note: None,
            }
        }),
    )
    .await?;
    let entries: Vec<(OrganizationId, &MemberDraft)> = additions
        .iter()
        .map(|addition| (addition.id, &addition.draft))
        .collect();
    put_entries(tx, overseer, &entries, now).await
}

/// A member and what it is to become.
#[derive(Debug, Clone)]
pub struct MemberChange {
    /// What is on record.
    pub current: RollMember,
    /// What is to be recorded: every field as it shall stand.
    pub next: MemberDraft,
}

/// Changes members, and keeps the dates of what changed of name, kind, code, beds and region.
/// `valid_from` is the day since which the new values hold.
///
/// # Errors
/// [`StoreError::Conflict`] where somebody changed one of them since it was read,
/// [`StoreError::Duplicate`] where a code is taken.
pub async fn change(
    tx: &mut Transaction,
    proof: &Authorized<actions::ManageMembers>,
    changes: &[MemberChange],
    valid_from: Date,
    now: Instant,
) -> Result<(), StoreError> {
    const COLUMNS: usize = 12;
    const ROWS: usize = 500;
    for part in changes.chunks(ROWS) {
        let mut sql = String::from(
            "INSERT INTO organizations (id, kind, name, search_key, code, region_code,
                permitted_beds, address, phone, email, version, created_at) VALUES ",
        );
        let mut values = Vec::with_capacity(part.len() * COLUMNS);
        for (place, change) in part.iter().enumerate() {
            sql.push_str(if place == 0 { "(" } else { ", (" });
            sql.push_str(&placeholders(place * COLUMNS + 1, COLUMNS));
            sql.push(')');
            let next = &change.next;
            values.extend(params![
                change.current.id,
                next.kind.code(),
                &next.name,
                normalise_for_search(&next.name),
                next.code.clone(),
                next.region_code.clone(),
                next.beds,
                next.address.clone(),
                next.phone.clone(),
                next.email.clone(),
                change.current.version,
                now
            ]);
        }
        sql.push_str(
            " ON CONFLICT (id) DO UPDATE SET kind = excluded.kind, name = excluded.name,
                search_key = excluded.search_key, code = excluded.code,
                region_code = excluded.region_code, permitted_beds = excluded.permitted_beds,
                address = excluded.address, phone = excluded.phone, email = excluded.email,
                version = organizations.version + 1
              WHERE organizations.version = excluded.version",
        );
        let touched = tx.execute(ComposedSql(sql), values).await?;
        if usize::try_from(touched) != Ok(part.len()) {
            return Err(StoreError::Conflict);
        }
    }
    let by = person_of(proof);
    let history = changes.iter().flat_map(|change| {
        [
            (Field::Name, "name"),
            (Field::Kind, "kind"),
            (Field::Code, "code"),
            (Field::Beds, "permitted_beds"),
            (Field::RegionCode, "region_code"),
        ]
        .into_iter()
        .filter_map(move |(field, attribute)| {
            let next = change.next.text(field);
            (next != change.current.draft.text(field))
                .then(|| params![change.current.id, attribute, next, valid_from, now, by])
        })
    });
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
        history,
    )
    .await?;
    let entries: Vec<(OrganizationId, &MemberDraft)> = changes
        .iter()
        .map(|change| (change.current.id, &change.next))
        .collect();
    put_entries(tx, proof.organization(), &entries, now).await
}

fn person_of(proof: &Authorized<actions::ManageMembers>) -> Option<PersonId> {
    match proof.principal().actor {
        Actor::Person { person, .. } => Some(person),
        Actor::InspectionLink | Actor::System => None,
    }
}

/// Writes the region's own notes of members; members without any get no row.
async fn put_entries(
    tx: &mut Transaction,
    overseer: OrganizationId,
    members: &[(OrganizationId, &MemberDraft)],
    now: Instant,
) -> Result<(), StoreError> {
    const COLUMNS: usize = 7;
    const ROWS: usize = 500;
    for part in members.chunks(ROWS) {
        let values = part.iter().map(|(id, _)| Value::from(*id));
        let sql = format!(
            "DELETE FROM member_entries WHERE overseer_id = $1 AND member_id IN ({})",
            placeholders(2, part.len())
        );
        let all = params![overseer].into_iter().chain(values).collect();
        tx.execute(ComposedSql(sql), all).await?;
    }
    let rows = members
        .iter()
        .filter(|(_, draft)| {
            draft.postal_code.is_some()
                || draft.representative.is_some()
                || draft.member_number.is_some()
                || draft.remark.is_some()
        })
        .map(|(id, draft)| {
            let row = params![
                overseer,
                *id,
                draft.postal_code.clone(),
                draft.representative.clone(),
                draft.member_number.clone(),
                draft.remark.clone(),
                now
            ];
            debug_assert_eq!(row.len(), COLUMNS);
            row
        });
    tx.insert_many(
        "member_entries",
        &[
            "overseer_id",
            "member_id",
            "postal_code",
            "representative",
            "member_number",
            "remark",
            "updated_at",
        ],
        rows,
    )
    .await?;
    Ok(())
}

/// Ends a membership: `last_day` is the last day on which the institution is a member.
///
/// # Errors
/// [`StoreError::NotFound`] where it is no member today, [`StoreError::Relation`] where it joined
/// after that day.
pub async fn end(
    tx: &mut Transaction,
    proof: &Authorized<actions::ManageMembers>,
    member: OrganizationId,
    last_day: Date,
    today: Date,
) -> Result<(), StoreError> {
    row! { struct Standing { id: RelationId, valid_from: Date } }
    let standing: Vec<Standing> = tx
        .rows(
            "SELECT id, valid_from FROM relations
             WHERE ((kind = 'oversees' AND from_id = $1 AND to_id = $2)
                 OR (kind = 'member_of' AND from_id = $2 AND to_id = $1))
               AND valid_from <= $3 AND (valid_until IS NULL OR valid_until >= $3)",
            params![proof.organization(), member, today],
        )
        .await?;
    if standing.is_empty() {
        return Err(StoreError::NotFound);
    }
    if standing
        .iter()
        .any(|relation| relation.valid_from > last_day)
    {
        return Err(yagura_kernel::relation::RelationError::EndsBeforeItBegins.into());
    }
    for relation in standing {
        directory::end_relation(tx, relation.id, last_day).await?;
    }
    Ok(())
}

row! {
    /// A dated value of a member.
    #[derive(Debug, Clone)]
    pub struct PastValue {
        /// `name`, `kind`, `code`, `permitted_beds`, `region_code`, `closed_on`.
        pub attribute: String,
        /// The value since then.
        pub value: Option<String>,
        /// Since when it holds.
        pub valid_from: Date,
        /// When it was recorded.
        pub recorded_at: Instant,
        /// The name of who recorded it.
        pub by: Option<String>,
    }
}

/// The dated changes of a member, newest first, at most a hundred.
///
/// # Errors
/// [`StoreError`] where the database does not answer.
pub async fn history(
    database: &Database,
    proof: &Authorized<actions::ReadStatus>,
) -> Result<Vec<PastValue>, StoreError> {
    database
        .rows(
            "SELECT h.attribute AS attribute, h.value AS value, h.valid_from AS valid_from,
                    h.recorded_at AS recorded_at, p.name AS by
             FROM organization_history h LEFT JOIN people p ON p.id = h.recorded_by
             WHERE h.organization_id = $1
             ORDER BY h.recorded_at DESC, h.attribute LIMIT 100",
            params![proof.organization()],
        )
        .await
}

row! {
    /// Whom to write to in an institution.
    #[derive(Debug, Clone)]
    pub struct Addressee {
        /// The institution.
        pub organization: OrganizationId,
        /// The address.
        pub email: String,
    }
}

/// The addresses that institutions gave themselves.
///
/// # Errors
/// [`StoreError`] where the database does not answer.
pub async fn addresses(
    reader: &mut Reader<'_>,
    institutions: &[OrganizationId],
) -> Result<Vec<Addressee>, StoreError> {
    let mut all = Vec::new();
    for part in institutions.chunks(IN_A_LIST) {
        let sql = format!(
            "SELECT id AS organization, email FROM organizations
             WHERE email IS NOT NULL AND id IN ({})",
            placeholders(1, part.len())
        );
        let values = part.iter().map(|id| Value::from(*id)).collect();
        all.extend(reader.rows::<Addressee>(sql, values).await?);
    }
    Ok(all)
}

/// The addresses of the directors and safety managers of institutions, for those that gave no
/// address of their own.
///
/// # Errors
/// [`StoreError`] where the database does not answer.
pub async fn heads(
    reader: &mut Reader<'_>,
    institutions: &[OrganizationId],
    today: Date,
) -> Result<Vec<Addressee>, StoreError> {
    let mut all = Vec::new();
    for part in institutions.chunks(IN_A_LIST) {
        let mut values = params![today];
        values.extend(part.iter().map(|id| Value::from(*id)));
        let sql = format!(
            "SELECT DISTINCT a.organization_id AS organization, p.email AS email
             FROM assignments a JOIN people p ON p.id = a.person_id
             WHERE a.role IN ('director', 'safety_manager') AND p.email IS NOT NULL
               AND a.valid_from <= $1 AND (a.valid_until IS NULL OR a.valid_until >= $1)
               AND a.organization_id IN ({})
             ORDER BY 1, 2",
            placeholders(2, part.len())
        );
        all.extend(reader.rows::<Addressee>(sql, values).await?);
    }
    Ok(all)
}
