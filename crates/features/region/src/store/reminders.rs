//! Reminders and whom they reached.

use std::collections::HashMap;

use uuid::Uuid;
use yagura_kernel::id::{OrganizationId, PersonId};
use yagura_kernel::policy::{Actor, Authorized, actions};
use yagura_kernel::time::{Date, FiscalYear, Instant};
use yagura_store::{
    ComposedSql, Database, FromRow, Row, StoreError, Transaction, Value, params, placeholders, row,
};

use crate::model::reminder::{Audience, Delivery};

/// A reminder.
#[derive(Debug, Clone)]
pub struct Reminder {
    /// Its id.
    pub id: Uuid,
    /// Who sends it.
    pub overseer: OrganizationId,
    /// Which person asked for it.
    pub created_by: Option<PersonId>,
    /// When.
    pub created_at: Instant,
    /// For the checklist of which year.
    pub fiscal_year: FiscalYear,
    /// For whom.
    pub audience: Audience,
    /// The members that were chosen one by one, where they were.
    pub chosen: Vec<OrganizationId>,
    /// The subject.
    pub subject: String,
    /// The template of the text.
    pub body: String,
    /// The day until which the sender asks for an answer.
    pub deadline: Option<Date>,
    /// Days within which a member gets no second one.
    pub pause_days: i64,
    /// How many members the preview named.
    pub expected: i64,
    /// Whether it still goes out.
    pub is_sending: bool,
    /// How many members it reached.
    pub sent: i64,
    /// How many of them by mail.
    pub mailed: i64,
    /// When the last one was written.
    pub finished_at: Option<Instant>,
}

impl FromRow for Reminder {
    fn from_row(row: &Row) -> Result<Self, StoreError> {
        let wrong = |column: &str, reason: String| StoreError::Column {
            column: column.to_owned(),
            reason,
        };
        let audience: String = row.get("audience")?;
        let year: i32 = row.get("fiscal_year")?;
        let chosen: String = row.get("choice")?;
        let state: String = row.get("state")?;
        Ok(Self {
            id: row.get("id")?,
            overseer: row.get("overseer_id")?,
            created_by: row.get("created_by")?,
            created_at: row.get("created_at")?,
            fiscal_year: FiscalYear::new(year)
                .map_err(|error| wrong("fiscal_year", error.to_string()))?,
            audience: Audience::from_code(&audience)
                .ok_or_else(|| wrong("audience", format!("unknown audience {audience}")))?,
            chosen: serde_json::from_str(&chosen)?,
            subject: row.get("subject")?,
            body: row.get("body")?,
            deadline: row.get("deadline")?,
            pause_days: row.get("pause_days")?,
            expected: row.get("expected")?,
            is_sending: state == "sending",
            sent: row.get("sent")?,
            mailed: row.get("mailed")?,
            finished_at: row.get("finished_at")?,
        })
    }
}

/// A reminder to be sent.
#[derive(Debug, Clone)]
pub struct NewReminder {
    /// Its id, made with the preview: a form that is sent twice makes one reminder.
    pub id: Uuid,
    /// For the checklist of which year.
    pub fiscal_year: FiscalYear,
    /// For whom.
    pub audience: Audience,
    /// The members that were chosen one by one.
    pub chosen: Vec<OrganizationId>,
    /// The subject.
    pub subject: String,
    /// The template of the text.
    pub body: String,
    /// The day until which the sender asks for an answer.
    pub deadline: Option<Date>,
    /// Days within which a member gets no second one.
    pub pause_days: i64,
    /// How many members the preview named.
    pub expected: i64,
}

/// Records a reminder that a job then sends; `false` where it stands already.
///
/// # Errors
/// [`StoreError`] where the database refuses.
pub async fn insert(
    tx: &mut Transaction,
    proof: &Authorized<actions::SendReminders>,
    reminder: &NewReminder,
    now: Instant,
) -> Result<bool, StoreError> {
    let by = match proof.principal().actor {
        Actor::Person { person, .. } => Some(person),
        Actor::InspectionLink | Actor::System => None,
    };
    let inserted = tx
        .execute(
            "INSERT INTO reminders (id, overseer_id, created_by, created_at, fiscal_year, audience,
                choice, subject, body, deadline, pause_days, expected, state, sent, mailed)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, 'sending', 0, 0)
             ON CONFLICT (id) DO NOTHING",
            params![
                reminder.id,
                proof.organization(),
                by,
                now,
                reminder.fiscal_year.year(),
                reminder.audience.code(),
                serde_json::to_string(&reminder.chosen)?,
                &reminder.subject,
                &reminder.body,
                reminder.deadline,
                reminder.pause_days,
                reminder.expected
            ],
        )
        .await?;
    Ok(inserted == 1)
}

/// A reminder by its id, for the job that sends it.
///
/// # Errors
/// [`StoreError::NotFound`] where there is none.
pub async fn to_send(database: &Database, id: Uuid) -> Result<Reminder, StoreError> {
    database
        .one("SELECT * FROM reminders WHERE id = $1", params![id])
        .await
}

/// A reminder of the region.
///
/// # Errors
/// [`StoreError::NotFound`] where the region has none with this id.
pub async fn get(
    database: &Database,
    proof: &Authorized<actions::SendReminders>,
    id: Uuid,
) -> Result<Reminder, StoreError> {
    database
        .one(
            "SELECT * FROM reminders WHERE id = $1 AND overseer_id = $2",
            params![id, proof.organization()],
        )
        .await
}

/// The newest reminders of a region, before a given one.
///
/// # Errors
/// [`StoreError`] where the database does not answer.
pub async fn list(
    database: &Database,
    proof: &Authorized<actions::SendReminders>,
    before: Option<Uuid>,
    limit: i64,
) -> Result<Vec<Reminder>, StoreError> {
    database
        .rows(
            "SELECT * FROM reminders WHERE overseer_id = $1 AND id < $2 ORDER BY id DESC LIMIT $3",
            params![
                proof.organization(),
                before.unwrap_or_else(Uuid::max),
                limit
            ],
        )
        .await
}

row! {
    struct LastReminder { member_id: OrganizationId, sent_on: Date }
}

/// On which day each of these members was last reminded by the region, where it was.
///
/// # Errors
/// [`StoreError`] where the database does not answer.
pub async fn last_reminded(
    database: &Database,
    proof: &Authorized<actions::SendReminders>,
    members: &[OrganizationId],
) -> Result<HashMap<OrganizationId, Date>, StoreError> {
    let mut last = HashMap::new();
    for part in members.chunks(500) {
        let sql = format!(
            "SELECT member_id, max(sent_on) AS sent_on FROM reminder_recipients
             WHERE overseer_id = $1 AND member_id IN ({}) GROUP BY member_id",
            placeholders(2, part.len())
        );
        let mut values = params![proof.organization()];
        values.extend(part.iter().map(|id| Value::from(*id)));
        let rows: Vec<LastReminder> = database.rows(ComposedSql(sql), values).await?;
        last.extend(rows.into_iter().map(|row| (row.member_id, row.sent_on)));
    }
    Ok(last)
}

/// A member that is about to be reminded.
#[derive(Debug, Clone)]
pub struct NewRecipient {
    /// Which member.
    pub member: OrganizationId,
    /// Its name, as it was written to.
    pub name: String,
    /// How it is told.
    pub delivery: Delivery,
    /// The addresses that the mail goes to, joined by a comma.
    pub address: Option<String>,
    /// How many items it had answered.
    pub answered: i64,
}

row! {
    struct Inserted { member_id: OrganizationId }
}

/// Notes members as reminded and returns those that were not reminded on this day already, by
/// this or another reminder: only they may be written to.
///
/// # Errors
/// [`StoreError`] where the database refuses.
pub async fn note_recipients(
    tx: &mut Transaction,
    reminder: &Reminder,
    recipients: &[NewRecipient],
    today: Date,
    now: Instant,
) -> Result<Vec<OrganizationId>, StoreError> {
    const COLUMNS: usize = 9;
    let mut noted = Vec::with_capacity(recipients.len());
    for part in recipients.chunks(500) {
        let mut sql = String::from(
            "INSERT INTO reminder_recipients (reminder_id, overseer_id, member_id, member_name,
                sent_on, sent_at, delivery, address, answered) VALUES ",
        );
        let mut values = Vec::with_capacity(part.len() * COLUMNS);
        for (place, recipient) in part.iter().enumerate() {
            sql.push_str(if place == 0 { "(" } else { ", (" });
            sql.push_str(&placeholders(place * COLUMNS + 1, COLUMNS));
            sql.push(')');
            values.extend(params![
                reminder.id,
                reminder.overseer,
                recipient.member,
                &recipient.name,
                today,
                now,
                recipient.delivery.code(),
                recipient.address.clone(),
                recipient.answered
            ]);
        }
        sql.push_str(" ON CONFLICT DO NOTHING RETURNING member_id");
        let rows: Vec<Inserted> = tx.rows(ComposedSql(sql), values).await?;
        noted.extend(rows.into_iter().map(|row| row.member_id));
    }
    Ok(noted)
}

/// Notes that a reminder went out to everybody.
///
/// # Errors
/// [`StoreError`] where the database refuses.
pub async fn finish(tx: &mut Transaction, id: Uuid, now: Instant) -> Result<(), StoreError> {
    tx.execute(
        "UPDATE reminders SET state = 'sent', finished_at = $1,
            sent = (SELECT count(*) FROM reminder_recipients WHERE reminder_id = $2),
            mailed = (SELECT count(*) FROM reminder_recipients
                      WHERE reminder_id = $2 AND delivery = 'mail')
         WHERE id = $2",
        params![now, id],
    )
    .await?;
    Ok(())
}

/// A member that was reminded.
#[derive(Debug, Clone)]
pub struct Recipient {
    /// Which member.
    pub member: OrganizationId,
    /// Its name, as it was written to.
    pub name: String,
    /// When.
    pub sent_at: Instant,
    /// How it was told.
    pub delivery: Delivery,
    /// The addresses that the mail went to.
    pub address: Option<String>,
    /// How many items it had answered then.
    pub answered: i64,
}

impl FromRow for Recipient {
    fn from_row(row: &Row) -> Result<Self, StoreError> {
        let delivery: String = row.get("delivery")?;
        Ok(Self {
            member: row.get("member_id")?,
            name: row.get("member_name")?,
            sent_at: row.get("sent_at")?,
            delivery: Delivery::from_code(&delivery),
            address: row.get("address")?,
            answered: row.get("answered")?,
        })
    }
}

/// Whom a reminder reached, by member.
///
/// # Errors
/// [`StoreError`] where the database does not answer.
pub async fn recipients(
    database: &Database,
    proof: &Authorized<actions::SendReminders>,
    reminder: Uuid,
    after: Option<OrganizationId>,
    limit: i64,
) -> Result<Vec<Recipient>, StoreError> {
    let after = after.map_or_else(Uuid::nil, OrganizationId::uuid);
    database
        .rows(
            "SELECT * FROM reminder_recipients
             WHERE reminder_id = $1 AND overseer_id = $2 AND member_id > $3
             ORDER BY member_id LIMIT $4",
            params![reminder, proof.organization(), after, limit],
        )
        .await
}

row! {
    /// A reminder that a member got.
    #[derive(Debug, Clone)]
    pub struct Received {
        /// The reminder.
        pub reminder_id: Uuid,
        /// When.
        pub sent_at: Instant,
        /// Its subject.
        pub subject: String,
    }
}

/// The last reminders that the region sent to a member.
///
/// # Errors
/// [`StoreError`] where the database does not answer.
pub async fn received(
    database: &Database,
    proof: &Authorized<actions::ReadMembers>,
    member: OrganizationId,
    limit: i64,
) -> Result<Vec<Received>, StoreError> {
    database
        .rows(
            "SELECT c.reminder_id AS reminder_id, c.sent_at AS sent_at, r.subject AS subject
             FROM reminder_recipients c JOIN reminders r ON r.id = c.reminder_id
             WHERE c.overseer_id = $1 AND c.member_id = $2
             ORDER BY c.sent_at DESC LIMIT $3",
            params![proof.organization(), member, limit],
        )
        .await
}
