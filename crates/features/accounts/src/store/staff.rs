//! Staff of the last list, and those whom it no longer names.

use accountmatch::columns::Mapping;
use accountmatch::model::Staff;
use uuid::Uuid;
use yagura_kernel::id::{IdGenerator, OrganizationId};
use yagura_kernel::text::normalise_for_search;
use yagura_kernel::time::{Date, Instant, format_iso};
use yagura_store::{
    ComposedSql, Database, Params, StoreError, Transaction, params, placeholders, row,
};

use super::{CHUNK, Read, like};
use crate::model::Rules;

row! {
    /// Somebody of the staff list.
    #[derive(Debug, Clone)]
    pub(crate) struct PersonRow {
        pub(crate) id: Uuid,
        pub(crate) key: String,
        pub(crate) name: String,
        pub(crate) number: String,
        pub(crate) department: String,
        pub(crate) sort_key: String,
        pub(crate) content: String,
        pub(crate) left_on: Option<Date>,
        pub(crate) missing_since: Option<Date>,
    }
}

/// Which staff is asked for.
#[derive(Debug, Clone, Default)]
pub(crate) struct StaffFilter {
    pub(crate) search: Option<String>,
    /// Those who have left on the day, or those who have not.
    pub(crate) left: Option<bool>,
}

impl StaffFilter {
    fn conditions(&self, today: Date, values: &mut Params) -> String {
        let mut sql = String::new();
        for word in self.search.iter().flat_map(|text| text.split_whitespace()) {
            values.push(like(word).into());
            sql.push_str(&format!(
                " AND search_key LIKE ${} ESCAPE '!'",
                values.len()
            ));
        }
        if let Some(left) = self.left {
            values.push(format_iso(today).into());
            let place = values.len();
            sql.push_str(&if left {
                format!(" AND (missing_since IS NOT NULL OR left_on < ${place})")
            } else {
                format!(" AND missing_since IS NULL AND (left_on IS NULL OR left_on >= ${place})")
            });
        }
        sql
    }
}

/// A page of the staff list, by name.
pub(crate) async fn list_staff(
    database: &Database,
    proof: &Read,
    filter: &StaffFilter,
    today: Date,
    after: Option<&(String, Uuid)>,
    limit: i64,
) -> Result<Vec<PersonRow>, StoreError> {
    let mut values = params![proof.organization()];
    let mut conditions = filter.conditions(today, &mut values);
    if let Some((key, id)) = after {
        values.extend(params![key, *id]);
        let place = values.len();
        conditions.push_str(&format!(
            " AND (sort_key > ${0} OR (sort_key = ${0} AND id > ${1}))",
            place - 1,
            place
        ));
    }
    values.push(limit.into());
    let sql = format!(
        "SELECT id, key, name, number, department, sort_key, content, left_on, missing_since
         FROM accounts_staff WHERE organization_id = $1{conditions}
         ORDER BY sort_key, id LIMIT ${}",
        values.len()
    );
    database.rows(ComposedSql(sql), values).await
}

/// How many they are.
pub(crate) async fn count_staff(
    database: &Database,
    proof: &Read,
    filter: &StaffFilter,
    today: Date,
) -> Result<i64, StoreError> {
    let mut values = params![proof.organization()];
    let conditions = filter.conditions(today, &mut values);
    let sql =
        format!("SELECT count(*) AS n FROM accounts_staff WHERE organization_id = $1{conditions}");
    database.count(ComposedSql(sql), values).await
}

/// One by key.
pub(crate) async fn person(
    database: &Database,
    organization: OrganizationId,
    key: &str,
) -> Result<Option<PersonRow>, StoreError> {
    let sql = "SELECT id, key, name, number, department, sort_key, content, left_on, missing_since
               FROM accounts_staff WHERE organization_id = $1 AND key = $2";
    database.optional(sql, params![organization, key]).await
}

row! {
    struct ContentRow { content: String, missing_since: Option<Date> }
}

/// Everybody: those of the last list, and those whom earlier lists named with the day on which the
/// newer list had them no more.
pub(crate) async fn staff_of(
    database: &Database,
    organization: OrganizationId,
) -> Result<(Vec<Staff>, Vec<(Staff, Date)>), StoreError> {
    let rows: Vec<ContentRow> = database
        .rows(
            "SELECT content, missing_since FROM accounts_staff WHERE organization_id = $1
             ORDER BY sort_key, id",
            params![organization],
        )
        .await?;
    let (mut current, mut vanished) = (Vec::new(), Vec::new());
    for row in rows {
        let staff: Staff = serde_json::from_str(&row.content)?;
        match row.missing_since {
            Some(day) => vanished.push((staff, day)),
            None => current.push(staff),
        }
    }
    Ok((current, vanished))
}

row! {
    struct StateRow { staff_mapping: Option<String>, staff_at: Option<Instant> }
}

/// What the columns of the last staff list meant, and when it was taken over.
pub(crate) async fn staff_state(
    database: &Database,
    organization: OrganizationId,
) -> Result<(Option<Mapping>, Option<Instant>), StoreError> {
    let sql = "SELECT staff_mapping, staff_at FROM accounts_settings WHERE organization_id = $1";
    let row: Option<StateRow> = database.optional(sql, params![organization]).await?;
    let Some(row) = row else {
        return Ok((None, None));
    };
    let mapping = row
        .staff_mapping
        .map(|text| serde_json::from_str(&text))
        .transpose()?;
    Ok((mapping, row.staff_at))
}

/// Takes a list over: everybody of it, and those of before whom it no longer names, marked.
pub(crate) async fn replace_staff(
    tx: &mut Transaction,
    organization: OrganizationId,
    ids: &dyn IdGenerator,
    staff: &[Staff],
    mapping: Option<&Mapping>,
    today: Date,
    now: Instant,
) -> Result<(), StoreError> {
    let keys: std::collections::HashSet<&str> =
        staff.iter().map(|person| person.key.as_str()).collect();
    row! { struct Known { id: Uuid, key: String, missing_since: Option<Date> } }
    let known: Vec<Known> = tx
        .rows(
            "SELECT id, key, missing_since FROM accounts_staff WHERE organization_id = $1",
            params![organization],
        )
        .await?;
    let ids_of: std::collections::HashMap<&str, Uuid> =
        known.iter().map(|row| (row.key.as_str(), row.id)).collect();
    let newly_missing: Vec<Uuid> = known
        .iter()
        .filter(|row| row.missing_since.is_none() && !keys.contains(row.key.as_str()))
        .map(|row| row.id)
        .collect();
    for chunk in newly_missing.chunks(CHUNK) {
        let mut values = params![format_iso(today)];
        values.extend(chunk.iter().map(|id| (*id).into()));
        let sql = format!(
            "UPDATE accounts_staff SET missing_since = $1 WHERE id IN ({})",
            placeholders(2, chunk.len())
        );
        tx.execute(ComposedSql(sql), values).await?;
    }
    let replaced: Vec<Uuid> = known
        .iter()
        .filter(|row| keys.contains(row.key.as_str()))
        .map(|row| row.id)
        .collect();
    for chunk in replaced.chunks(CHUNK) {
        let values = chunk.iter().map(|id| (*id).into()).collect();
        let sql = format!(
            "DELETE FROM accounts_staff WHERE id IN ({})",
            placeholders(1, chunk.len())
        );
        tx.execute(ComposedSql(sql), values).await?;
    }
    let mut rows = Vec::with_capacity(staff.len());
    for person in staff {
        let number = person.number.clone().unwrap_or_default();
        let department = person.department.clone().unwrap_or_default();
        let kana = person.kana.clone().unwrap_or_default();
        let sort = if kana.is_empty() { &person.name } else { &kana };
        let search = format!(
            "{} {} {} {} {}",
            person.name,
            kana,
            number,
            department,
            person.former_names.join(" ")
        );
        let last = person.periods.iter().map(|period| period.until);
        let left_on = last
            .collect::<Option<Vec<Date>>>()
            .and_then(|days| days.into_iter().max());
        rows.push(params![
            ids_of
                .get(person.key.as_str())
                .copied()
                .unwrap_or_else(|| ids.id()),
            organization,
            &person.key,
            &person.name,
            number,
            department,
            normalise_for_search(sort),
            normalise_for_search(&search),
            serde_json::to_string(person)?,
            left_on
        ]);
    }
    tx.insert_many(
        "accounts_staff",
        &[
            "id",
            "organization_id",
            "key",
            "name",
            "number",
            "department",
            "sort_key",
            "search_key",
            "content",
            "left_on",
        ],
        rows,
    )
    .await?;
    let mapping = mapping.map(serde_json::to_string).transpose()?;
    let rules = Rules::default();
    tx.execute(
        "INSERT INTO accounts_settings
            (organization_id, dormant_days, password_days, list_days, staff_mapping, staff_at)
         VALUES ($1, $2, $3, $4, $5, $6)
         ON CONFLICT (organization_id) DO UPDATE SET staff_mapping = $5, staff_at = $6",
        params![
            organization,
            rules.dormant_days,
            rules.password_days,
            rules.list_days,
            mapping,
            now
        ],
    )
    .await?;
    Ok(())
}
