//! Requests: filing, saving what became of one, its events, and for whom it waits.

use std::collections::BTreeSet;

use uuid::Uuid;
use yagura_kernel::id::{IdGenerator, OrganizationId, PersonId};
use yagura_kernel::time::{Date, FiscalYear, Instant};
use yagura_store::{Database, Row, StoreError, Transaction, params, row};

use super::{File, must_be_of, parsed, text_of};
use crate::model::{Answers, Course, Desk, Event, subject_of};
use crate::store::FormVersion;

/// A request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// Its id.
    pub id: Uuid,
    /// Whose institution's it is.
    pub organization: OrganizationId,
    /// The fiscal year in which it was filed.
    pub fiscal_year: i64,
    /// Its number in the fiscal year.
    pub number: i64,
    /// The form's key.
    pub form_key: String,
    /// The form's version in the institution; 0 is the shipped one.
    pub form_number: i64,
    /// The form's fingerprint.
    pub fingerprint: String,
    /// Who filed it.
    pub filer: PersonId,
    /// The department that it names.
    pub department: String,
    /// By what it is told from others.
    pub subject: String,
    /// What was answered.
    pub answers: Answers,
    /// Its way.
    pub course: Course,
    /// Those for whom it waited when they were last told.
    pub told: BTreeSet<PersonId>,
    /// To be sent with a change.
    pub revision: i64,
    /// When it was filed.
    pub filed_at: Instant,
    /// When something last happened.
    pub updated_at: Instant,
    /// When it was closed.
    pub closed_at: Option<Instant>,
}

impl Request {
    /// The number on paper: 2026-0012.
    #[must_use]
    pub fn label(&self) -> String {
        label(self.fiscal_year, self.number)
    }
}

/// The number on paper: 2026-0012.
#[must_use]
pub fn label(fiscal_year: i64, number: i64) -> String {
    format!("{fiscal_year}-{number:04}")
}

impl yagura_store::FromRow for Request {
    fn from_row(row: &Row) -> Result<Self, StoreError> {
        Ok(Self {
            id: row.get("id")?,
            organization: row.get("organization_id")?,
            fiscal_year: row.get("fiscal_year")?,
            number: row.get("number")?,
            form_key: row.get("form_key")?,
            form_number: row.get("form_number")?,
            fingerprint: row.get("fingerprint")?,
            filer: row.get("filer_id")?,
            department: row.get("department")?,
            subject: row.get("subject")?,
            answers: parsed("answers", &row.get::<String>("answers")?)?,
            course: parsed("course", &row.get::<String>("course")?)?,
            told: parsed("told", &row.get::<String>("told")?)?,
            revision: row.get("revision")?,
            filed_at: row.get("filed_at")?,
            updated_at: row.get("updated_at")?,
            closed_at: row.get("closed_at")?,
        })
    }
}

row! {
    /// Something that happened to a request.
    #[derive(Debug, Clone, PartialEq, Eq)]
    pub struct EventRow {
        /// When.
        pub at: Instant,
        /// Who did it; nobody where the program did.
        pub by_person: Option<PersonId>,
        /// Their name.
        pub by_name: Option<String>,
        /// What, by code.
        pub event: String,
        /// The step.
        pub step: Option<String>,
        /// The seat, by code.
        pub seat: Option<String>,
        /// More of it.
        pub detail: serde_json::Value,
    }
}

impl EventRow {
    /// A text of the detail.
    pub(crate) fn text_of(&self, key: &str) -> Option<&str> {
        self.detail.get(key)?.as_str()
    }

    /// Several texts of the detail, such as names.
    pub(crate) fn texts_of(&self, key: &str) -> Vec<&str> {
        let texts = self.detail.get(key).and_then(serde_json::Value::as_array);
        let texts = texts.map(Vec::as_slice).unwrap_or_default();
        texts.iter().filter_map(serde_json::Value::as_str).collect()
    }
}

/// An event to be recorded.
#[derive(Debug, Clone)]
pub struct NewEvent {
    event: &'static str,
    step: Option<String>,
    seat: Option<&'static str>,
    detail: serde_json::Value,
}

impl NewEvent {
    /// That it was filed.
    #[must_use]
    pub fn filed() -> Self {
        Self {
            event: "filed",
            step: None,
            seat: None,
            detail: serde_json::json!({}),
        }
    }

    /// That others decide now, because those who did are gone: with their names of that day.
    #[must_use]
    pub fn handed_over(gone: &[String], now: &[String]) -> Self {
        Self {
            event: "handed-over",
            step: None,
            seat: None,
            detail: serde_json::json!({ "gone": gone, "now": now }),
        }
    }
}

impl From<&Event> for NewEvent {
    fn from(event: &Event) -> Self {
        let at = |event, step: &String, seat: yagura_packs::Seat, detail| Self {
            event,
            step: Some(step.clone()),
            seat: Some(seat.code()),
            detail,
        };
        let whole = |event, detail| Self {
            event,
            step: None,
            seat: None,
            detail,
        };
        match event {
            Event::Decided {
                step,
                seat,
                decision,
            } => at(
                "decided",
                step,
                *seat,
                serde_json::to_value(decision).unwrap_or_default(),
            ),
            Event::Asked(question) => at(
                "asked",
                &question.step,
                question.seat,
                serde_json::json!({ "text": question.text }),
            ),
            Event::Answered(text) => whole("answered", serde_json::json!({ "text": text })),
            Event::Withdrawn(note) => whole("withdrawn", serde_json::json!({ "text": note })),
            Event::Recalled { step, seat } => at("recalled", step, *seat, serde_json::json!({})),
            Event::Escalated { step, seat, to } => at(
                "escalated",
                step,
                *seat,
                serde_json::json!({ "to": to.code() }),
            ),
            Event::Granted => whole("granted", serde_json::json!({})),
            Event::Recorded => whole("recorded", serde_json::json!({})),
            Event::Unanswered { step, seat } => {
                at("unanswered", step, *seat, serde_json::json!({}))
            }
            Event::Finished => whole("finished", serde_json::json!({})),
        }
    }
}

/// To which organisation a request belongs, before anything is authorised.
///
/// # Errors
/// [`StoreError::NotFound`] where there is no such request.
pub async fn owner(database: &Database, id: Uuid) -> Result<OrganizationId, StoreError> {
    row! { struct Owner { organization_id: OrganizationId } }
    let sql = "SELECT organization_id FROM requests WHERE id = $1";
    let owner: Owner = database.one(sql, params![id]).await?;
    Ok(owner.organization_id)
}

/// A request.
///
/// # Errors
/// [`StoreError::NotFound`] where the institution has no such request.
pub async fn request(database: &Database, proof: &File, id: Uuid) -> Result<Request, StoreError> {
    let request: Request = database
        .one("SELECT * FROM requests WHERE id = $1", params![id])
        .await?;
    must_be_of(request.organization, proof.organization())?;
    Ok(request)
}

/// The request that a draft of one's own became, so that whoever sends it twice is led to it. In a
/// transaction, to see also what was sent a moment ago.
///
/// # Errors
/// [`StoreError`] where the database does not answer.
pub async fn request_of_draft(
    tx: &mut Transaction,
    proof: &File,
    person: PersonId,
    draft: Uuid,
) -> Result<Option<Uuid>, StoreError> {
    row! { struct Became { id: Uuid } }
    let became: Option<Became> = tx
        .optional(
            "SELECT id FROM requests
             WHERE draft_id = $1 AND organization_id = $2 AND filer_id = $3",
            params![draft, proof.organization(), person],
        )
        .await?;
    Ok(became.map(|became| became.id))
}

/// What happened to a request, oldest first.
///
/// # Errors
/// [`StoreError`] where the database does not answer.
pub async fn events_of(
    database: &Database,
    proof: &File,
    id: Uuid,
) -> Result<Vec<EventRow>, StoreError> {
    database
        .rows(
            "SELECT e.at AS at, e.by_person AS by_person, p.name AS by_name, e.event AS event,
                    e.step AS step, e.seat AS seat, e.detail AS detail
             FROM request_events e LEFT JOIN people p ON p.id = e.by_person
             WHERE e.request_id = $1 AND e.organization_id = $2 ORDER BY e.id LIMIT 1000",
            params![id, proof.organization()],
        )
        .await
}

/// What is filed.
#[derive(Debug)]
pub struct Filing<'a> {
    /// The form and its version.
    pub form: &'a FormVersion,
    /// What was answered; only what is asked is kept.
    pub answers: &'a Answers,
    /// The way from the first step on.
    pub course: &'a Course,
    /// What happened at once, such as the beginning of a step.
    pub events: Vec<NewEvent>,
    /// For whom it waits.
    pub told: BTreeSet<PersonId>,
    /// The draft that it was.
    pub draft: Option<Uuid>,
}

/// Files a request under the next number of the fiscal year.
///
/// # Errors
/// [`StoreError`] where the database refuses.
pub async fn file_request(
    tx: &mut Transaction,
    proof: &File,
    ids: &dyn IdGenerator,
    filing: Filing<'_>,
    now: Instant,
) -> Result<Request, StoreError> {
    row! { struct Last { last: i64 } }
    let organization = proof.organization();
    let fiscal_year = i64::from(FiscalYear::of(now.jst_date()).year());
    let last: Last = tx
        .one(
            "INSERT INTO request_numbers (organization_id, fiscal_year, last) VALUES ($1, $2, 1)
             ON CONFLICT (organization_id, fiscal_year)
             DO UPDATE SET last = request_numbers.last + 1 RETURNING last",
            params![organization, fiscal_year],
        )
        .await?;
    let form = &filing.form.stored.form;
    let answers = filing.answers.kept(form);
    let fingerprint = super::keep_form(tx, &filing.form.stored).await?;
    let request = Request {
        id: ids.id(),
        organization,
        fiscal_year,
        number: last.last,
        form_key: filing.form.key.clone(),
        form_number: filing.form.number,
        fingerprint,
        filer: filing.course.filer,
        department: answers.department(form).unwrap_or_default().to_owned(),
        subject: subject_of(form, &answers),
        answers,
        course: filing.course.clone(),
        told: filing.told,
        revision: 1,
        filed_at: now,
        updated_at: now,
        closed_at: filing.course.standing.is_closed().then_some(now),
    };
    tx.execute(
        "INSERT INTO requests (id, organization_id, fiscal_year, number, form_key, form_number,
             fingerprint, filer_id, department, subject, standing, due_on, answers, course, told,
             draft_id, revision, filed_at, updated_at, closed_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, 1, $17,
             $17, $18)",
        params![
            request.id,
            organization,
            fiscal_year,
            request.number,
            &request.form_key,
            request.form_number,
            &request.fingerprint,
            request.filer,
            &request.department,
            &request.subject,
            request.course.standing.code(),
            request.course.due(),
            text_of(&request.answers)?,
            text_of(&request.course)?,
            text_of(&request.told)?,
            filing.draft,
            now,
            request.closed_at
        ],
    )
    .await?;
    write_waits(tx, &request).await?;
    let mut events = vec![NewEvent::filed()];
    events.extend(filing.events);
    write_events(tx, ids, &request, Some(request.filer), events, now).await?;
    Ok(request)
}

/// What became of a request.
#[derive(Debug)]
pub struct Saving<'a> {
    /// Its way.
    pub course: &'a Course,
    /// For whom it waits now.
    pub told: BTreeSet<PersonId>,
    /// Who did it; nobody where the program did.
    pub by: Option<PersonId>,
    /// What happened.
    pub events: &'a [Event],
}

/// Saves what became of a request. `request` is as it was read.
///
/// # Errors
/// [`StoreError::Conflict`] where somebody else did something to it meanwhile.
pub async fn save_course(
    tx: &mut Transaction,
    ids: &dyn IdGenerator,
    request: &Request,
    saving: Saving<'_>,
    now: Instant,
) -> Result<Request, StoreError> {
    let course = saving.course;
    let next = Request {
        course: course.clone(),
        told: saving.told,
        revision: request.revision + 1,
        updated_at: now,
        closed_at: course.standing.is_closed().then_some(now),
        ..request.clone()
    };
    let touched = tx
        .execute(
            "UPDATE requests SET course = $1, standing = $2, due_on = $3, revision = revision + 1,
                 updated_at = $4, closed_at = $5, told = $6
             WHERE id = $7 AND revision = $8",
            params![
                text_of(course)?,
                course.standing.code(),
                course.due(),
                now,
                next.closed_at,
                text_of(&next.told)?,
                request.id,
                request.revision
            ],
        )
        .await?;
    if touched != 1 {
        return Err(StoreError::Conflict);
    }
    tx.execute(
        "DELETE FROM request_waits WHERE request_id = $1",
        params![request.id],
    )
    .await?;
    write_waits(tx, &next).await?;
    let events: Vec<NewEvent> = saving.events.iter().map(NewEvent::from).collect();
    write_events(tx, ids, &next, saving.by, events, now).await?;
    Ok(next)
}

/// Records something that the program noticed about a request.
///
/// # Errors
/// [`StoreError`] where the database refuses.
pub async fn record_event(
    tx: &mut Transaction,
    ids: &dyn IdGenerator,
    request: &Request,
    event: NewEvent,
    now: Instant,
) -> Result<(), StoreError> {
    write_events(tx, ids, request, None, vec![event], now).await
}

/// For whom a request waits, desk by desk.
async fn write_waits(tx: &mut Transaction, request: &Request) -> Result<(), StoreError> {
    let mut rows = Vec::new();
    for (step, seat, due) in request.course.open_seats() {
        let above = seat.escalated.iter().map(|seat| Desk::of(*seat, None));
        let mut desks = vec![seat.desk()];
        for desk in above {
            if !desks.contains(&desk) {
                desks.push(desk);
            }
        }
        for desk in desks {
            rows.push(params![
                request.id,
                &step.step,
                seat.seat.code(),
                desk.to_string(),
                request.organization,
                request.filer,
                due
            ]);
        }
    }
    let columns = [
        "request_id",
        "step",
        "seat",
        "desk",
        "organization_id",
        "filer_id",
        "due_on",
    ];
    tx.insert_many("request_waits", &columns, rows).await?;
    Ok(())
}

async fn write_events(
    tx: &mut Transaction,
    ids: &dyn IdGenerator,
    request: &Request,
    by: Option<PersonId>,
    events: Vec<NewEvent>,
    now: Instant,
) -> Result<(), StoreError> {
    let rows: Vec<_> = events
        .into_iter()
        .map(|event| {
            params![
                ids.id(),
                request.organization,
                request.id,
                now,
                by,
                event.event,
                event.step,
                event.seat,
                &event.detail
            ]
        })
        .collect();
    let columns = [
        "id",
        "organization_id",
        "request_id",
        "at",
        "by_person",
        "event",
        "step",
        "seat",
        "detail",
    ];
    tx.insert_many("request_events", &columns, rows).await?;
    Ok(())
}

row! {
    /// A request that is overdue.
    #[derive(Debug, Clone, PartialEq, Eq)]
    pub struct WaitRow {
        /// The request.
        pub request_id: Uuid,
        /// Whose institution's it is.
        pub organization_id: OrganizationId,
    }
}

/// Requests of which something was due before a day, after one of them.
///
/// # Errors
/// [`StoreError`] where the database does not answer.
pub async fn overdue(
    database: &Database,
    before: Date,
    after: Uuid,
    limit: i64,
) -> Result<Vec<WaitRow>, StoreError> {
    database
        .rows(
            "SELECT DISTINCT request_id, organization_id FROM request_waits
             WHERE due_on < $1 AND request_id > $2 ORDER BY request_id LIMIT $3",
            params![before, after, limit],
        )
        .await
}

/// A request for the program's own work.
///
/// # Errors
/// [`StoreError::NotFound`] where there is none.
pub(crate) async fn of_system(database: &Database, id: Uuid) -> Result<Request, StoreError> {
    database
        .one("SELECT * FROM requests WHERE id = $1", params![id])
        .await
}
