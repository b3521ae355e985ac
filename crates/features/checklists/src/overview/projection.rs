//! Keeping the rows of `overseen_sheets`.

use serde_json::json;
use yagura_kernel::id::{IdGenerator, OrganizationId};
use yagura_kernel::proof::encode_cells;
use yagura_kernel::time::{Date, FiscalYear, Instant};
use yagura_store::jobs::{NewJob, ensure_waiting};
use yagura_store::{
    ComposedSql, Database, Engine, Params, StoreError, Transaction, Value, params, placeholders,
    row,
};

use super::statistics::REGION_STATISTICS;
use crate::model::SheetSubject;
use crate::store::SheetHeader;

/// The urgency of a member that never opened its sheet: above every incomplete sheet (some 20 rows
/// of 10,000 each), below every contradiction (1,000,000).
pub const NEVER_OPENED: i64 = 999_999;

/// After a change, how long the sums of a region wait for further ones.
const STATISTICS_WAIT_SECONDS: i64 = 15;
/// How many members one statement takes.
const MEMBERS_IN_A_STATEMENT: usize = 500;

/// Brings the rows of all overseers up to date with a sheet that has just changed.
pub(crate) async fn project(
    tx: &mut Transaction,
    ids: &dyn IdGenerator,
    header: &SheetHeader,
    now: Instant,
) -> Result<(), StoreError> {
    if header.subject != SheetSubject::Institution {
        return Ok(());
    }
    let counts = header.counts;
    // sharing 0 is the level `status`.
    tx.execute_later(
        "UPDATE overseen_sheets SET sheet_id = $1, pack_id = $2, pack_version = $3,
                cells = CASE WHEN sharing >= 1 THEN $4 ELSE '' END,
                verified = CASE WHEN sharing >= 1 THEN $5 ELSE 0 END,
                documented = CASE WHEN sharing >= 1 THEN $6 ELSE 0 END,
                declared = CASE WHEN sharing >= 1 THEN $7 ELSE 0 END,
                no_count = CASE WHEN sharing >= 1 THEN $8 ELSE 0 END,
                contradiction = CASE WHEN sharing >= 1 THEN $9 ELSE 0 END,
                unanswered = $10, not_applicable = $11, answered = $12, applicable = $13,
                urgency = CASE WHEN sharing >= 1 THEN $14 ELSE $15 END,
                next_target = CASE WHEN sharing >= 1 THEN $16 ELSE NULL END,
                opened_at = $17, round1_done_at = $18, changed_at = $19
             WHERE member_id = $20 AND fiscal_year = $21",
        params![
            header.id,
            &header.pack_id,
            header.pack_version.to_string(),
            encode_cells(&header.cells),
            counts.verified,
            counts.documented,
            counts.declared,
            counts.no,
            counts.contradiction,
            counts.unanswered,
            counts.not_applicable,
            counts.answered(),
            counts.applicable(),
            counts.urgency(),
            counts.unanswered * 10_000,
            header.next_target,
            header.opened_at,
            header.round1_done_at,
            now,
            header.owner,
            header.year.year()
        ],
    )
    .await?;
    statistics_later(tx, ids, header.year, None, now).await
}

/// Asks for the sums of a fiscal year to be made again: of one overseer, or of all whose rows
/// changed.
async fn statistics_later(
    tx: &mut Transaction,
    ids: &dyn IdGenerator,
    year: FiscalYear,
    overseer: Option<OrganizationId>,
    now: Instant,
) -> Result<(), StoreError> {
    let year = year.year();
    let (payload, key) = match overseer {
        Some(overseer) => (
            json!({ "fiscal_year": year, "overseer": overseer }),
            format!("{REGION_STATISTICS}:{year}:{overseer}"),
        ),
        None => (
            json!({ "fiscal_year": year }),
            format!("{REGION_STATISTICS}:{year}"),
        ),
    };
    let mut job = NewJob::now(REGION_STATISTICS, payload, now).once(key);
    job.run_at = now.plus_seconds(STATISTICS_WAIT_SECONDS);
    ensure_waiting(tx, ids, job, now).await
}

/// One row for each pair of an overseer and a member that stand to each other on a day, made from
/// the organisation and, where there is one, its sheet. `$1` is the fiscal year, `$2` the day,
/// `$3` the moment; what comes in `{pairs}` limits the pairs.
const INSERT: &str = "
    INSERT INTO overseen_sheets (overseer_id, fiscal_year, member_id, kind, size_group, name,
        search_key, region_code, permitted_beds, sharing, sheet_id, pack_id, pack_version, cells,
        verified, documented, declared, no_count, contradiction, unanswered, not_applicable,
        answered, applicable, urgency, next_target, opened_at, round1_done_at, changed_at)
    SELECT p.overseer_id, $1, o.id, o.kind,
        CASE WHEN o.kind = 'hospital' AND coalesce(o.permitted_beds, 0) >= 400 THEN 'hospital_large'
             WHEN o.kind = 'hospital' AND coalesce(o.permitted_beds, 0) >= 200 THEN 'hospital_medium'
             WHEN o.kind = 'hospital' THEN 'hospital_small'
             WHEN o.kind = 'clinic' AND coalesce(o.permitted_beds, 0) > 0 THEN 'clinic_with_beds'
             WHEN o.kind = 'clinic' THEN 'clinic_without_beds'
             WHEN o.kind = 'dental_clinic' THEN 'dental'
             ELSE 'pharmacy' END,
        o.name, o.search_key, o.region_code, o.permitted_beds, p.sharing,
        s.id, s.pack_id, s.pack_version,
        CASE WHEN p.sharing >= 1 THEN coalesce(s.cells, '') ELSE '' END,
        CASE WHEN p.sharing >= 1 THEN coalesce(s.verified, 0) ELSE 0 END,
        CASE WHEN p.sharing >= 1 THEN coalesce(s.documented, 0) ELSE 0 END,
        CASE WHEN p.sharing >= 1 THEN coalesce(s.declared, 0) ELSE 0 END,
        CASE WHEN p.sharing >= 1 THEN coalesce(s.no_count, 0) ELSE 0 END,
        CASE WHEN p.sharing >= 1 THEN coalesce(s.contradiction, 0) ELSE 0 END,
        coalesce(s.unanswered, 0), coalesce(s.not_applicable, 0),
        coalesce(s.verified + s.documented + s.declared + s.no_count + s.contradiction, 0),
        coalesce(s.verified + s.documented + s.declared + s.no_count + s.contradiction
                 + s.unanswered, 0),
        CASE WHEN s.id IS NULL THEN 999999
             WHEN p.sharing >= 1 THEN s.urgency
             ELSE s.unanswered * 10000 END,
        CASE WHEN p.sharing >= 1 THEN s.next_target ELSE NULL END,
        s.opened_at, s.round1_done_at, $3
    FROM (SELECT overseer_id, member_id, max(sharing) AS sharing FROM (
              SELECT from_id AS overseer_id, to_id AS member_id, sharing FROM relations
              WHERE kind = 'oversees' AND valid_from <= $2
                AND (valid_until IS NULL OR valid_until >= $2) {oversees}
              UNION ALL
              SELECT to_id AS overseer_id, from_id AS member_id, sharing FROM relations
              WHERE kind = 'member_of' AND valid_from <= $2
                AND (valid_until IS NULL OR valid_until >= $2) {member_of}
          ) either GROUP BY overseer_id, member_id) p
    JOIN organizations o ON o.id = p.member_id
        AND o.kind IN ('hospital', 'clinic', 'dental_clinic', 'pharmacy')
        AND (o.closed_on IS NULL OR o.closed_on > $2)
    LEFT JOIN sheets s ON s.owner_id = o.id AND s.fiscal_year = $1 AND s.kind = 'institution'
    WHERE NOT EXISTS (SELECT 1 FROM overseen_sheets x
                      WHERE x.overseer_id = p.overseer_id AND x.fiscal_year = $1
                        AND x.member_id = o.id)";

/// Which pairs are meant.
enum Pairs<'a> {
    All,
    Overseer(OrganizationId),
    OverseerAnd(OrganizationId, &'a [OrganizationId]),
    Members(&'a [OrganizationId]),
}

async fn insert_rows(
    tx: &mut Transaction,
    pairs: &Pairs<'_>,
    year: FiscalYear,
    now: Instant,
) -> Result<u64, StoreError> {
    let today: Date = now.jst_date();
    let mut values: Params = params![year.year(), today, now];
    let mut oversees = String::new();
    let mut member_of = String::new();
    let (overseer, members) = match pairs {
        Pairs::All => (None, None),
        Pairs::Overseer(overseer) => (Some(overseer), None),
        Pairs::OverseerAnd(overseer, members) => (Some(overseer), Some(*members)),
        Pairs::Members(members) => (None, Some(*members)),
    };
    if let Some(overseer) = overseer {
        values.push(Value::from(*overseer));
        let place = values.len();
        oversees.push_str(&format!(" AND from_id = ${place}"));
        member_of.push_str(&format!(" AND to_id = ${place}"));
    }
    if let Some(members) = members {
        let list = placeholders(values.len() + 1, members.len());
        values.extend(members.iter().map(|member| Value::from(*member)));
        oversees.push_str(&format!(" AND to_id IN ({list})"));
        member_of.push_str(&format!(" AND from_id IN ({list})"));
    }
    let sql = INSERT
        .replace("{oversees}", &oversees)
        .replace("{member_of}", &member_of);
    tx.execute(ComposedSql(sql), values).await
}

/// Takes the sheets of these institutions, so that a save cannot fall between reading a sheet and
/// writing its row. On SQLite the transaction is the only writer anyway.
async fn hold_sheets(tx: &mut Transaction, members: &[OrganizationId]) -> Result<(), StoreError> {
    if tx.engine() == Engine::Sqlite {
        return Ok(());
    }
    let sql = format!(
        "SELECT id FROM sheets WHERE kind = 'institution' AND owner_id IN ({}) ORDER BY id FOR UPDATE",
        placeholders(1, members.len())
    );
    let values = members.iter().map(|member| Value::from(*member)).collect();
    tx.execute(ComposedSql(sql), values).await?;
    Ok(())
}

row! {
    struct YearRow { fiscal_year: i32 }
}

/// The present fiscal year and every later one for which there are rows.
async fn years_from(tx: &mut Transaction, year: FiscalYear) -> Result<Vec<FiscalYear>, StoreError> {
    let rows: Vec<YearRow> = tx
        .rows(
            "SELECT DISTINCT fiscal_year FROM sheets WHERE fiscal_year > $1 AND kind = 'institution'
             ORDER BY fiscal_year",
            params![year.year()],
        )
        .await?;
    let later = rows
        .into_iter()
        .filter_map(|row| FiscalYear::new(row.fiscal_year).ok());
    Ok(std::iter::once(year).chain(later).collect())
}

/// Adds the rows of institutions that an overseer has come to oversee, in this and later fiscal
/// years. The relations must be written before.
///
/// # Errors
/// [`StoreError`] where the database refuses.
pub async fn members_joined(
    tx: &mut Transaction,
    ids: &dyn IdGenerator,
    overseer: OrganizationId,
    members: &[OrganizationId],
    year: FiscalYear,
    now: Instant,
) -> Result<(), StoreError> {
    for year in years_from(tx, year).await? {
        for part in members.chunks(MEMBERS_IN_A_STATEMENT) {
            hold_sheets(tx, part).await?;
            delete_rows(tx, Some(overseer), part, year, false).await?;
            insert_rows(tx, &Pairs::OverseerAnd(overseer, part), year, now).await?;
        }
        statistics_later(tx, ids, year, Some(overseer), now).await?;
    }
    Ok(())
}

async fn delete_rows(
    tx: &mut Transaction,
    overseer: Option<OrganizationId>,
    members: &[OrganizationId],
    year: FiscalYear,
    and_later: bool,
) -> Result<u64, StoreError> {
    let comparison = if and_later { ">=" } else { "=" };
    let mut values: Params = params![year.year()];
    let mut sql = format!("DELETE FROM overseen_sheets WHERE fiscal_year {comparison} $1");
    if let Some(overseer) = overseer {
        values.push(Value::from(overseer));
        sql.push_str(" AND overseer_id = $2");
    }
    sql.push_str(&format!(
        " AND member_id IN ({})",
        placeholders(values.len() + 1, members.len())
    ));
    values.extend(members.iter().map(|member| Value::from(*member)));
    tx.execute(ComposedSql(sql), values).await
}

/// Takes away the rows of institutions that an overseer does not oversee any more, of this and
/// later fiscal years. Those of past years stay for the trend with what the level `status` shows.
///
/// # Errors
/// [`StoreError`] where the database refuses.
pub async fn members_left(
    tx: &mut Transaction,
    ids: &dyn IdGenerator,
    overseer: OrganizationId,
    members: &[OrganizationId],
    year: FiscalYear,
    now: Instant,
) -> Result<(), StoreError> {
    for part in members.chunks(MEMBERS_IN_A_STATEMENT) {
        delete_rows(tx, Some(overseer), part, year, true).await?;
        hide_past_rows(tx, part, year).await?;
    }
    for year in years_from(tx, year).await? {
        statistics_later(tx, ids, year, Some(overseer), now).await?;
    }
    Ok(())
}

/// Leaves in the rows of past years only what the level `status` shows, where the overseer does not
/// oversee the institution in this fiscal year any more.
async fn hide_past_rows(
    tx: &mut Transaction,
    members: &[OrganizationId],
    year: FiscalYear,
) -> Result<u64, StoreError> {
    let mut values: Params = params![year.year()];
    let list = placeholders(2, members.len());
    values.extend(members.iter().map(|member| Value::from(*member)));
    let sql = format!(
        "UPDATE overseen_sheets SET sharing = 0, cells = '', verified = 0, documented = 0,
            declared = 0, no_count = 0, contradiction = 0, next_target = NULL,
            urgency = CASE WHEN sheet_id IS NULL THEN urgency ELSE unanswered * 10000 END
         WHERE fiscal_year < $1 AND sharing > 0 AND member_id IN ({list})
           AND NOT EXISTS (SELECT 1 FROM overseen_sheets x
                           WHERE x.overseer_id = overseen_sheets.overseer_id
                             AND x.member_id = overseen_sheets.member_id AND x.fiscal_year = $1)"
    );
    tx.execute(ComposedSql(sql), values).await
}

/// Takes up changes of the institutions themselves: name, kind, beds, region code, closing.
///
/// # Errors
/// [`StoreError`] where the database refuses.
pub async fn members_changed(
    tx: &mut Transaction,
    ids: &dyn IdGenerator,
    members: &[OrganizationId],
    now: Instant,
) -> Result<(), StoreError> {
    refresh_members(tx, ids, members, now).await
}

/// Takes up a change of how much an institution shares.
///
/// # Errors
/// [`StoreError`] where the database refuses.
pub async fn sharing_changed(
    tx: &mut Transaction,
    ids: &dyn IdGenerator,
    member: OrganizationId,
    now: Instant,
) -> Result<(), StoreError> {
    refresh_all_years(tx, ids, member, now).await
}

/// Makes all rows of an institution in the present fiscal year again: after a change of its
/// relations, its attributes or what it shares.
///
/// # Errors
/// [`StoreError`] where the database refuses.
pub async fn refresh_member(
    tx: &mut Transaction,
    ids: &dyn IdGenerator,
    member: OrganizationId,
    now: Instant,
) -> Result<(), StoreError> {
    refresh_members(tx, ids, &[member], now).await
}

/// [`refresh_member`] for many.
///
/// # Errors
/// [`StoreError`] where the database refuses.
pub async fn refresh_members(
    tx: &mut Transaction,
    ids: &dyn IdGenerator,
    members: &[OrganizationId],
    now: Instant,
) -> Result<(), StoreError> {
    let year = FiscalYear::at(now);
    for part in members.chunks(MEMBERS_IN_A_STATEMENT) {
        hold_sheets(tx, part).await?;
        delete_rows(tx, None, part, year, false).await?;
        insert_rows(tx, &Pairs::Members(part), year, now).await?;
        hide_past_rows(tx, part, year).await?;
    }
    statistics_later(tx, ids, year, None, now).await
}

row! {
    struct PastRow { overseer_id: OrganizationId, fiscal_year: i32 }
}

/// The same over every fiscal year for which an overseer has a row of the institution: who shares
/// less from today does so for the past too.
async fn refresh_all_years(
    tx: &mut Transaction,
    ids: &dyn IdGenerator,
    member: OrganizationId,
    now: Instant,
) -> Result<(), StoreError> {
    refresh_member(tx, ids, member, now).await?;
    let present = FiscalYear::at(now);
    let past: Vec<PastRow> = tx
        .rows(
            "SELECT o.overseer_id AS overseer_id, o.fiscal_year AS fiscal_year
             FROM overseen_sheets o
             WHERE o.member_id = $1 AND o.fiscal_year <> $2
               AND EXISTS (SELECT 1 FROM overseen_sheets x
                           WHERE x.overseer_id = o.overseer_id AND x.member_id = $1
                             AND x.fiscal_year = $2)
             ORDER BY o.fiscal_year, o.overseer_id",
            params![member, present.year()],
        )
        .await?;
    for row in past {
        let Ok(year) = FiscalYear::new(row.fiscal_year) else {
            continue;
        };
        delete_rows(tx, Some(row.overseer_id), &[member], year, false).await?;
        insert_rows(
            tx,
            &Pairs::OverseerAnd(row.overseer_id, &[member]),
            year,
            now,
        )
        .await?;
        statistics_later(tx, ids, year, Some(row.overseer_id), now).await?;
    }
    Ok(())
}

/// Makes every row of an overseer in a fiscal year again, in two statements whatever its size.
///
/// # Errors
/// [`StoreError`] where the database refuses.
pub async fn rebuild_overseer(
    tx: &mut Transaction,
    overseer: OrganizationId,
    year: FiscalYear,
    now: Instant,
) -> Result<u64, StoreError> {
    tx.execute(
        "DELETE FROM overseen_sheets WHERE overseer_id = $1 AND fiscal_year = $2",
        params![overseer, year.year()],
    )
    .await?;
    insert_rows(tx, &Pairs::Overseer(overseer), year, now).await
}

/// Adds the rows that a fiscal year still lacks, at its beginning and after relations began.
///
/// # Errors
/// [`StoreError`] where the database refuses.
pub async fn ensure_year(
    tx: &mut Transaction,
    ids: &dyn IdGenerator,
    year: FiscalYear,
    now: Instant,
) -> Result<u64, StoreError> {
    let added = insert_rows(tx, &Pairs::All, year, now).await?;
    if added > 0 {
        statistics_later(tx, ids, year, None, now).await?;
    }
    Ok(added)
}

row! {
    struct MemberRow { id: OrganizationId }
}

/// Institutions of which a relation to an overseer ended before today but not before `since`, or
/// that closed since then: their rows must go.
pub(crate) async fn members_with_turning_relations(
    database: &Database,
    since: Date,
    now: Instant,
) -> Result<Vec<OrganizationId>, StoreError> {
    let rows: Vec<MemberRow> = database
        .rows(
            "SELECT CASE WHEN kind = 'oversees' THEN to_id ELSE from_id END AS id FROM relations
             WHERE kind IN ('oversees', 'member_of') AND valid_until >= $1 AND valid_until < $2
             UNION
             SELECT id FROM organizations WHERE closed_on >= $1 AND closed_on <= $2",
            params![since, now.jst_date()],
        )
        .await?;
    Ok(rows.into_iter().map(|row| row.id).collect())
}
