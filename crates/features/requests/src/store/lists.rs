//! Lists: one's own requests, the worklist of who decides, and the ledger of all (申請台帳).

use std::collections::BTreeSet;

use uuid::Uuid;
use yagura_kernel::id::{OrganizationId, PersonId};
use yagura_kernel::time::{Date, Instant, parse_date};
use yagura_packs::Text;
use yagura_store::{
    ComposedSql, Database, FromRow, Params, Row, StoreError, Value, params, placeholders, row,
};

use super::requests::label;
use super::{Decide, File, ReadAll, parsed};
use crate::model::{Claim, Course, Desk, People, Standing};

/// A request as lists show it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    /// Its id.
    pub id: Uuid,
    /// Its number: 2026-0012.
    pub label: String,
    /// The form's key.
    pub form_key: String,
    /// The form's name.
    pub form: Text,
    /// By what it is told from others.
    pub subject: String,
    /// The department.
    pub department: String,
    /// Who filed it.
    pub filer: PersonId,
    /// Their name.
    pub filer_name: String,
    /// Where it stands.
    pub standing: Standing,
    /// Its way.
    pub course: Course,
    /// By when something is due.
    pub due: Option<Date>,
    /// When it was filed.
    pub filed_at: Instant,
    /// When it was closed.
    pub closed_at: Option<Instant>,
}

impl FromRow for Listed {
    fn from_row(row: &Row) -> Result<Self, StoreError> {
        let standing: String = row.get("standing")?;
        Ok(Self {
            id: row.get("id")?,
            label: label(row.get("fiscal_year")?, row.get("number")?),
            form_key: row.get("form_key")?,
            form: parsed("title", &row.get::<String>("title")?)?,
            subject: row.get("subject")?,
            department: row.get("department")?,
            filer: row.get("filer_id")?,
            filer_name: row.get::<Option<String>>("filer_name")?.unwrap_or_default(),
            standing: Standing::from_code(&standing).ok_or_else(|| StoreError::Column {
                column: "standing".to_owned(),
                reason: standing,
            })?,
            course: parsed("course", &row.get::<String>("course")?)?,
            due: row.get("due_on")?,
            filed_at: row.get("filed_at")?,
            closed_at: row.get("closed_at")?,
        })
    }
}

const LISTED: &str = "SELECT r.id AS id, r.fiscal_year AS fiscal_year, r.number AS number,
        r.form_key AS form_key, x.title AS title, r.subject AS subject,
        r.department AS department, r.filer_id AS filer_id, p.name AS filer_name,
        r.standing AS standing, r.course AS course, r.due_on AS due_on, r.filed_at AS filed_at,
        r.closed_at AS closed_at
     FROM requests r
     JOIN request_form_texts x ON x.fingerprint = r.fingerprint
     LEFT JOIN people p ON p.id = r.filer_id";

/// The place after which a list goes on: the id of the last that was shown. Ids rise with time.
pub type Cursor = Uuid;

/// One's own requests, newest first.
///
/// # Errors
/// [`StoreError`] where the database does not answer.
pub async fn own(
    database: &Database,
    proof: &File,
    person: PersonId,
    before: Option<Cursor>,
    limit: i64,
) -> Result<Vec<Listed>, StoreError> {
    let sql = format!(
        "{LISTED} WHERE r.organization_id = $1 AND r.filer_id = $2 AND r.id < $3
         ORDER BY r.id DESC LIMIT $4"
    );
    let before = before.unwrap_or_else(Uuid::max);
    database
        .rows(
            ComposedSql(sql),
            params![proof.organization(), person, before, limit],
        )
        .await
}

/// What the ledger of all requests is filtered by.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Filter {
    /// Only one form's.
    pub form: Option<String>,
    /// Only those that stand there.
    pub standing: Option<Standing>,
    /// Only one fiscal year's.
    pub year: Option<i64>,
    /// Only one department's.
    pub department: Option<String>,
}

impl Filter {
    fn conditions(&self, values: &mut Params) -> String {
        let mut sql = String::new();
        let mut add = |column: &str, value: Value| {
            values.push(value);
            sql.push_str(&format!(" AND r.{column} = ${}", values.len()));
        };
        if let Some(form) = &self.form {
            add("form_key", form.into());
        }
        if let Some(standing) = self.standing {
            add("standing", standing.code().into());
        }
        if let Some(year) = self.year {
            add("fiscal_year", year.into());
        }
        if let Some(department) = &self.department {
            add("department", department.into());
        }
        sql
    }
}

/// The ledger of all requests, newest first.
///
/// # Errors
/// [`StoreError`] where the database does not answer.
pub async fn list(
    database: &Database,
    proof: &ReadAll,
    filter: &Filter,
    before: Option<Cursor>,
    limit: i64,
) -> Result<Vec<Listed>, StoreError> {
    let mut values = params![
        proof.organization(),
        before.unwrap_or_else(Uuid::max),
        limit
    ];
    let conditions = filter.conditions(&mut values);
    let sql = format!(
        "{LISTED} WHERE r.organization_id = $1 AND r.id < $2{conditions}
         ORDER BY r.id DESC LIMIT $3"
    );
    database.rows(ComposedSql(sql), values).await
}

/// How many requests a filter takes.
///
/// # Errors
/// [`StoreError`] where the database does not answer.
pub async fn count_listed(
    database: &Database,
    proof: &ReadAll,
    filter: &Filter,
) -> Result<i64, StoreError> {
    let mut values = params![proof.organization()];
    let conditions = filter.conditions(&mut values);
    let sql =
        format!("SELECT count(*) AS n FROM requests r WHERE r.organization_id = $1{conditions}");
    database.count(ComposedSql(sql), values).await
}

/// A place in the worklist: by when it is due, then which request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    /// By when.
    pub due: Date,
    /// Which.
    pub request: Uuid,
}

impl Place {
    /// As a parameter of an address.
    #[must_use]
    pub fn text(&self) -> String {
        let day = yagura_kernel::time::format_iso(self.due);
        format!("{day}_{}", self.request)
    }

    /// From a parameter of an address.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (day, id) = text.split_once('_')?;
        Some(Self {
            due: parse_date(day).ok()?,
            request: yagura_kernel::id::parse_uuid(id).ok()?,
        })
    }
}

row! {
    /// Something that waits for somebody.
    #[derive(Debug, Clone, PartialEq, Eq)]
    pub struct WaitingRow {
        /// The request.
        pub request_id: Uuid,
        /// By when it is due.
        pub due_on: Date,
    }
}

row! {
    struct DeskRow { desk: String }
}

/// The claims of somebody on what waits in an institution now.
async fn claims_of(
    database: &Database,
    organization: OrganizationId,
    people: &People,
    person: PersonId,
) -> Result<Vec<Claim>, StoreError> {
    // Desk by desk along the index, so that the number of requests does not matter.
    let rows: Vec<DeskRow> = database
        .rows(
            "WITH RECURSIVE desks (desk) AS (
                SELECT (SELECT min(desk) FROM request_waits WHERE organization_id = $1)
                UNION ALL
                SELECT (SELECT min(w.desk) FROM request_waits w
                        WHERE w.organization_id = $1 AND w.desk > desks.desk)
                FROM desks WHERE desks.desk IS NOT NULL
             ) SELECT desk FROM desks WHERE desk IS NOT NULL",
            params![organization],
        )
        .await?;
    let desks: Vec<Desk> = rows
        .iter()
        .filter_map(|row| Desk::parse(&row.desk))
        .collect();
    Ok(people.claims(person, &desks))
}

/// A condition on the waits at one desk.
fn condition(claim: &Claim, values: &mut Params) -> String {
    values.push(claim.desk.to_string().into());
    let desk = values.len();
    let first = desk + 1;
    values.extend(claim.filers.iter().map(|filer| Value::from(*filer)));
    let not = if claim.all_but { "NOT " } else { "" };
    if claim.filers.is_empty() {
        format!("w.desk = ${desk}")
    } else {
        let filers = placeholders(first, claim.filers.len());
        format!("w.desk = ${desk} AND w.filer_id {not}IN ({filers})")
    }
}

/// What waits for somebody to decide, most urgent first. Each desk is read along its index, so that
/// a page costs the same whether ten or ten thousand wait.
///
/// # Errors
/// [`StoreError`] where the database does not answer.
pub async fn worklist(
    database: &Database,
    proof: &Decide,
    people: &People,
    person: PersonId,
    after: Option<Place>,
    limit: usize,
) -> Result<(Vec<Listed>, Option<Place>), StoreError> {
    let organization = proof.organization();
    let claims = claims_of(database, organization, people, person).await?;
    if claims.is_empty() {
        return Ok((Vec::new(), None));
    }
    // A request may wait at several seats for one person: enough rows for a full page all the same.
    let rows_read = i64::try_from(limit.saturating_add(1).saturating_mul(2)).unwrap_or(i64::MAX);
    let mut values = params![organization, rows_read];
    let beyond = match after {
        Some(place) => {
            values.extend(params![place.due, place.request]);
            " AND (w.due_on, w.request_id) > ($3, $4)"
        }
        None => "",
    };
    let parts: Vec<String> = claims
        .iter()
        .enumerate()
        .map(|(at, claim)| {
            let own = condition(claim, &mut values);
            format!(
                "SELECT * FROM (SELECT w.due_on AS due_on, w.request_id AS request_id
                   FROM request_waits w WHERE w.organization_id = $1 AND {own}{beyond}
                   ORDER BY w.due_on, w.request_id LIMIT $2) AS part{at}"
            )
        })
        .collect();
    let sql = format!(
        "SELECT due_on, request_id FROM ({}) AS waits ORDER BY due_on, request_id LIMIT $2",
        parts.join(" UNION ALL ")
    );
    let rows: Vec<WaitingRow> = database.rows(ComposedSql(sql), values).await?;
    let full = i64::try_from(rows.len()).unwrap_or(i64::MAX) >= rows_read;
    let mut wanted: Vec<Place> = Vec::new();
    let mut seen = BTreeSet::new();
    for row in rows {
        if seen.insert(row.request_id) {
            wanted.push(Place {
                due: row.due_on,
                request: row.request_id,
            });
        }
    }
    let more = wanted.len() > limit || full;
    wanted.truncate(limit);
    let next = wanted.last().copied().filter(|_| more);
    let listed = listed(database, organization, &wanted).await?;
    Ok((listed, next))
}

async fn listed(
    database: &Database,
    organization: OrganizationId,
    wanted: &[Place],
) -> Result<Vec<Listed>, StoreError> {
    if wanted.is_empty() {
        return Ok(Vec::new());
    }
    let mut values = params![organization];
    values.extend(wanted.iter().map(|place| Value::from(place.request)));
    let sql = format!(
        "{LISTED} WHERE r.organization_id = $1 AND r.id IN ({})",
        placeholders(2, wanted.len())
    );
    let mut found: Vec<Listed> = database.rows(ComposedSql(sql), values).await?;
    found.sort_by_key(|one| wanted.iter().position(|place| place.request == one.id));
    Ok(found)
}

/// How many requests wait for somebody to decide, and the earliest day by which one is due.
///
/// # Errors
/// [`StoreError`] where the database does not answer.
pub async fn count_waiting(
    database: &Database,
    proof: &Decide,
    people: &People,
    person: PersonId,
) -> Result<(i64, Option<Date>), StoreError> {
    row! { struct Sum { n: i64, due: Option<Date> } }
    let organization = proof.organization();
    let claims = claims_of(database, organization, people, person).await?;
    if claims.is_empty() {
        return Ok((0, None));
    }
    let mut values = params![organization];
    let conditions: Vec<String> = claims
        .iter()
        .map(|claim| format!("({})", condition(claim, &mut values)))
        .collect();
    let sql = format!(
        "SELECT count(DISTINCT w.request_id) AS n, min(w.due_on) AS due FROM request_waits w
         WHERE w.organization_id = $1 AND ({})",
        conditions.join(" OR ")
    );
    let sum: Sum = database.one(ComposedSql(sql), values).await?;
    Ok((sum.n, sum.due))
}

row! {
    struct IdRow { id: Uuid }
}

/// One's own requests that were returned with a question.
///
/// # Errors
/// [`StoreError`] where the database does not answer.
pub async fn returned_of(
    database: &Database,
    proof: &File,
    person: PersonId,
) -> Result<Vec<Uuid>, StoreError> {
    let rows: Vec<IdRow> = database
        .rows(
            "SELECT id FROM requests
             WHERE organization_id = $1 AND filer_id = $2 AND standing = $3 ORDER BY id LIMIT 100",
            params![proof.organization(), person, Standing::Returned.code()],
        )
        .await?;
    Ok(rows.into_iter().map(|row| row.id).collect())
}
