use std::collections::HashMap;

use yagura_kernel::id::{OrganizationId, RelationId};
use yagura_kernel::policy::{Authorized, Principal, Standing, actions};
use yagura_kernel::relation::{RelationError, RelationKind, SharingLevel, refuse_cycle};
use yagura_kernel::time::{Date, format_iso};

use super::Organization;
use crate::{Database, Engine, FromRow, Row, StoreError, Transaction, params, row};

/// A dated relation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Relation {
    /// Its id.
    pub id: RelationId,
    /// What `from` is to `to`.
    pub kind: RelationKind,
    /// One side.
    pub from: OrganizationId,
    /// The other side.
    pub to: OrganizationId,
    /// How much the institution shares.
    pub sharing: SharingLevel,
    /// First day.
    pub valid_from: Date,
    /// Last day.
    pub valid_until: Option<Date>,
    /// A remark, e.g. which system a vendor supplies.
    pub note: Option<String>,
}

impl FromRow for Relation {
    fn from_row(row: &Row) -> Result<Self, StoreError> {
        let kind: String = row.get("kind")?;
        Ok(Self {
            id: row.get("id")?,
            kind: RelationKind::from_code(&kind).ok_or_else(|| StoreError::Column {
                column: "kind".to_owned(),
                reason: format!("unknown kind {kind}"),
            })?,
            from: row.get("from_id")?,
            to: row.get("to_id")?,
            sharing: SharingLevel::from_rank(row.get("sharing")?),
            valid_from: row.get("valid_from")?,
            valid_until: row.get("valid_until")?,
            note: row.get("note")?,
        })
    }
}

/// A relation to be recorded.
#[derive(Debug, Clone)]
pub struct NewRelation {
    /// Its id.
    pub id: RelationId,
    /// What `from` is to `to`.
    pub kind: RelationKind,
    /// One side.
    pub from: OrganizationId,
    /// The other side.
    pub to: OrganizationId,
    /// How much the institution shares.
    pub sharing: SharingLevel,
    /// First day.
    pub valid_from: Date,
    /// Last day.
    pub valid_until: Option<Date>,
    /// A remark.
    pub note: Option<String>,
}

row! {
    struct Pair { from_id: OrganizationId, to_id: OrganizationId }
}

/// Under which PostgreSQL records one relation after another: two at once could each be half of a
/// cycle, or the same. (SQLite has one writer.)
const ADVISORY_LOCK: i64 = 0x7961_6775_7263;

/// Records a relation. Hierarchies (`oversees`, `part_of`) may not close a cycle with what stands
/// today or later, in the days for which the relation is to stand.
///
/// # Errors
/// [`StoreError::Relation`] for a cycle or a reversed period, [`StoreError::Duplicate`] where the
/// same relation stands already in some of these days.
pub async fn relate(
    tx: &mut Transaction,
    relation: NewRelation,
    today: Date,
) -> Result<(), StoreError> {
    if relation
        .valid_until
        .is_some_and(|until| until < relation.valid_from)
    {
        return Err(RelationError::EndsBeforeItBegins.into());
    }
    if relation.from == relation.to {
        return Err(RelationError::Cycle(relation.from).into());
    }
    if tx.engine() == Engine::Postgres {
        tx.execute("SELECT pg_advisory_xact_lock($1)", params![ADVISORY_LOCK])
            .await?;
    }
    let last_day = relation.valid_until.unwrap_or(Date::MAX);
    if matches!(relation.kind, RelationKind::Oversees | RelationKind::PartOf) {
        // The institutions at the bottom, which are nearly all, have nothing below them.
        let edges: Vec<Pair> = tx
            .rows(
                "SELECT from_id, to_id FROM relations
                 WHERE kind = $1 AND (valid_until IS NULL OR valid_until >= $2)
                   AND valid_from <= $3
                   AND (from_id = $4
                     OR EXISTS (SELECT 1 FROM relations above
                                WHERE above.to_id = relations.from_id AND above.kind = $1))",
                params![
                    relation.kind.code(),
                    relation.valid_from.max(today),
                    last_day,
                    relation.to
                ],
            )
            .await?;
        let edges: Vec<_> = edges
            .iter()
            .map(|pair| (pair.from_id, pair.to_id))
            .collect();
        refuse_cycle(&edges, relation.from, relation.to)?;
    }
    let standing = tx
        .count(
            "SELECT count(*) AS n FROM relations WHERE kind = $1 AND from_id = $2 AND to_id = $3
             AND (valid_until IS NULL OR valid_until >= $4) AND valid_from <= $5",
            params![
                relation.kind.code(),
                relation.from,
                relation.to,
                relation.valid_from,
                last_day
            ],
        )
        .await?;
    if standing > 0 {
        return Err(StoreError::Duplicate("relations".to_owned()));
    }
    insert_relations(tx, [relation]).await
}

/// Records many relations without looking for cycles: only for what the program itself made.
///
/// # Errors
/// [`StoreError`] where the database refuses.
pub async fn insert_relations(
    tx: &mut Transaction,
    relations: impl IntoIterator<Item = NewRelation>,
) -> Result<(), StoreError> {
    let rows = relations.into_iter().map(|relation| {
        params![
            relation.id,
            relation.kind.code(),
            relation.from,
            relation.to,
            relation.sharing.rank(),
            relation.valid_from,
            relation.valid_until,
            relation.note
        ]
    });
    tx.insert_many(
        "relations",
        &[
            "id",
            "kind",
            "from_id",
            "to_id",
            "sharing",
            "valid_from",
            "valid_until",
            "note",
        ],
        rows,
    )
    .await?;
    Ok(())
}

/// Ends a relation on a day. One that ended earlier stays as it is.
///
/// # Errors
/// [`StoreError::NotFound`] where there is none.
pub async fn end_relation(
    tx: &mut Transaction,
    id: RelationId,
    last_day: Date,
) -> Result<(), StoreError> {
    let touched = tx
        .execute(
            "UPDATE relations SET valid_until =
                CASE WHEN valid_until < $1 THEN valid_until ELSE $1 END
             WHERE id = $2",
            params![last_day, id],
        )
        .await?;
    if touched == 1 {
        Ok(())
    } else {
        Err(StoreError::NotFound)
    }
}

/// Sets how much an institution shares with one of its overseers.
///
/// # Errors
/// [`StoreError::NotFound`] where the relation is not the institution's.
pub async fn set_sharing(
    tx: &mut Transaction,
    proof: &Authorized<actions::ManageSharing>,
    relation: RelationId,
    level: SharingLevel,
) -> Result<(), StoreError> {
    let touched = tx
        .execute(
            "UPDATE relations SET sharing = $1 WHERE id = $2
             AND ((kind = 'oversees' AND to_id = $3) OR (kind = 'member_of' AND from_id = $3))",
            params![level.rank(), relation, proof.organization()],
        )
        .await?;
    if touched == 1 {
        Ok(())
    } else {
        Err(StoreError::NotFound)
    }
}

row! {
    struct SharingRow { sharing: i64 }
}

/// How the organisation that a principal acts for stands to another on a day.
///
/// # Errors
/// [`StoreError`] where the database does not answer.
pub async fn standing(
    database: &Database,
    principal: &Principal,
    other: OrganizationId,
    today: Date,
) -> Result<Standing, StoreError> {
    let own = principal.organization;
    if own == other {
        return Ok(Standing::Own);
    }
    let day = format_iso(today);
    if principal.organization_kind.is_regional() {
        let sharing: Option<SharingRow> = database
            .optional(
                "SELECT sharing FROM relations
                 WHERE ((kind = 'oversees' AND from_id = $1 AND to_id = $2)
                     OR (kind = 'member_of' AND from_id = $2 AND to_id = $1))
                   AND valid_from <= $3 AND (valid_until IS NULL OR valid_until >= $3)
                 ORDER BY sharing DESC LIMIT 1",
                params![own, other, day],
            )
            .await?;
        return Ok(sharing.map_or(Standing::Foreign, |row| {
            Standing::Overseen(SharingLevel::from_rank(row.sharing))
        }));
    }
    let supplied = database
        .count(
            "SELECT count(*) AS n FROM relations
             WHERE kind = 'supplies' AND from_id = $1 AND to_id = $2
               AND valid_from <= $3 AND (valid_until IS NULL OR valid_until >= $3)",
            params![own, other, &day],
        )
        .await?;
    if supplied > 0 {
        return Ok(Standing::Supplied);
    }
    let departments = database
        .count(
            "WITH RECURSIVE above (id) AS (
                SELECT to_id FROM relations
                WHERE kind = 'part_of' AND from_id = $1
                  AND valid_from <= $3 AND (valid_until IS NULL OR valid_until >= $3)
                UNION
                SELECT r.to_id FROM relations r JOIN above a ON r.from_id = a.id
                WHERE r.kind = 'part_of'
                  AND r.valid_from <= $3 AND (r.valid_until IS NULL OR r.valid_until >= $3)
             )
             SELECT count(*) AS n FROM above WHERE id = $2",
            params![other, own, day],
        )
        .await?;
    Ok(if departments > 0 {
        Standing::Own
    } else {
        Standing::Foreign
    })
}

/// An overseer of an institution and how much it sees.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Overseer {
    /// The relation.
    pub relation: RelationId,
    /// The overseeing organisation.
    pub organization: OrganizationId,
    /// Its name.
    pub name: String,
    /// Its kind, as a code.
    pub kind: String,
    /// How much it sees.
    pub sharing: SharingLevel,
}

impl FromRow for Overseer {
    fn from_row(row: &Row) -> Result<Self, StoreError> {
        Ok(Self {
            relation: row.get("relation")?,
            organization: row.get("organization")?,
            name: row.get("name")?,
            kind: row.get("kind")?,
            sharing: SharingLevel::from_rank(row.get("sharing")?),
        })
    }
}

/// Those who oversee an institution, or whose member it is, on a day.
///
/// # Errors
/// [`StoreError`] where the database does not answer.
pub async fn overseers_of(
    database: &Database,
    institution: OrganizationId,
    today: Date,
) -> Result<Vec<Overseer>, StoreError> {
    database
        .rows(
            "SELECT r.id AS relation, o.id AS organization, o.name AS name, o.kind AS kind,
                    r.sharing AS sharing
             FROM relations r
             JOIN organizations o
               ON o.id = CASE WHEN r.kind = 'oversees' THEN r.from_id ELSE r.to_id END
             WHERE ((r.kind = 'oversees' AND r.to_id = $1)
                 OR (r.kind = 'member_of' AND r.from_id = $1))
               AND r.valid_from <= $2 AND (r.valid_until IS NULL OR r.valid_until >= $2)
             ORDER BY o.kind, o.name, r.id",
            params![institution, today],
        )
        .await
}

row! {
    struct IdRow { id: OrganizationId }
}

/// Every institution that an organisation oversees on a day.
///
/// # Errors
/// [`StoreError`] where the database does not answer.
pub async fn overseen_ids(
    database: &Database,
    overseer: OrganizationId,
    today: Date,
) -> Result<Vec<OrganizationId>, StoreError> {
    let rows: Vec<IdRow> = database
        .rows(
            "SELECT to_id AS id FROM relations WHERE kind = 'oversees' AND from_id = $1
               AND valid_from <= $2 AND (valid_until IS NULL OR valid_until >= $2)
             UNION
             SELECT from_id AS id FROM relations WHERE kind = 'member_of' AND to_id = $1
               AND valid_from <= $2 AND (valid_until IS NULL OR valid_until >= $2)",
            params![overseer, today],
        )
        .await?;
    Ok(rows.into_iter().map(|row| row.id).collect())
}

/// The vendors that supply an institution on a day.
///
/// # Errors
/// [`StoreError`] where the database does not answer.
pub async fn suppliers_of(
    database: &Database,
    institution: OrganizationId,
    today: Date,
) -> Result<Vec<(Relation, Organization)>, StoreError> {
    joined(database, "to_id", "from_id", institution, today).await
}

/// The institutions that a vendor supplies on a day.
///
/// # Errors
/// [`StoreError`] where the database does not answer.
pub async fn customers_of(
    database: &Database,
    vendor: OrganizationId,
    today: Date,
) -> Result<Vec<(Relation, Organization)>, StoreError> {
    joined(database, "from_id", "to_id", vendor, today).await
}

async fn joined(
    database: &Database,
    own_side: &'static str,
    other_side: &'static str,
    own: OrganizationId,
    today: Date,
) -> Result<Vec<(Relation, Organization)>, StoreError> {
    let current = "valid_from <= $2 AND (valid_until IS NULL OR valid_until >= $2)";
    let relations: Vec<Relation> = database
        .rows(
            sqlx::AssertSqlSafe(format!(
                "SELECT * FROM relations WHERE kind = 'supplies' AND {own_side} = $1 AND {current}
                 ORDER BY valid_from DESC, id"
            )),
            params![own, today],
        )
        .await?;
    let organizations: Vec<Organization> = database
        .rows(
            sqlx::AssertSqlSafe(format!(
                "SELECT * FROM organizations WHERE id IN
                 (SELECT {other_side} FROM relations
                  WHERE kind = 'supplies' AND {own_side} = $1 AND {current})
                 ORDER BY search_key, id"
            )),
            params![own, today],
        )
        .await?;
    let by_other: HashMap<OrganizationId, Relation> = relations
        .into_iter()
        .map(|relation| {
            (
                if relation.from == own {
                    relation.to
                } else {
                    relation.from
                },
                relation,
            )
        })
        .collect();
    Ok(organizations
        .into_iter()
        .filter_map(|organization| {
            by_other
                .get(&organization.id)
                .cloned()
                .map(|relation| (relation, organization))
        })
        .collect())
}
