//! Reminders.

use axum::Json;
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use yagura_kernel::id::{OrganizationId, Uuid, parse_uuid};
use yagura_kernel::policy::actions;
use yagura_kernel::time::{Instant, format_iso};
use yagura_web::api::{JsonBody, Page, PageQuery, PathOf, Problem, QueryOf};
use yagura_web::ui::forms::FormState;
use yagura_web::{Context, WebError};

use super::members::fields_error;
use crate::model::reminder::{PAUSE_DAYS, Since};
use crate::operations;
use crate::pages::id_from;
use crate::pages::reminders::{outcomes, reach, read_reminder};
use crate::store::reminders::{self, Reminder};

/// A reminder.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ReminderEntry {
    /// Its id.
    id: Uuid,
    /// not_opened, incomplete, contradictions, overdue or selected.
    audience: &'static str,
    /// The fiscal year by the western year in which it begins.
    fiscal_year: i32,
    /// The subject.
    subject: String,
    /// The template of the text.
    body: String,
    /// The day until which an answer is asked for.
    #[schema(format = Date)]
    deadline: Option<String>,
    /// Days within which a member gets no second reminder.
    pause_days: i64,
    /// When it was ordered.
    #[serde(with = "yagura_kernel::time::rfc3339")]
    #[schema(value_type = String, format = DateTime)]
    created_at: Instant,
    /// When the last member was written to; null while it goes out.
    #[serde(with = "yagura_kernel::time::rfc3339::option")]
    #[schema(value_type = Option<String>, format = DateTime)]
    finished_at: Option<Instant>,
    /// Members that were to be reached when it was ordered.
    expected: i64,
    /// Members that were reached.
    sent: i64,
    /// Members that were reached by mail too.
    mailed: i64,
}

impl From<Reminder> for ReminderEntry {
    fn from(reminder: Reminder) -> Self {
        Self {
            id: reminder.id,
            audience: reminder.audience.code(),
            fiscal_year: reminder.fiscal_year.year(),
            subject: reminder.subject,
            body: reminder.body,
            deadline: reminder.deadline.map(format_iso),
            pause_days: reminder.pause_days,
            created_at: reminder.created_at,
            finished_at: reminder.finished_at,
            expected: reminder.expected,
            sent: reminder.sent,
            mailed: reminder.mailed,
        }
    }
}

/// A reminder to be sent.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ReminderOrder {
    /// An id of one's own making: the same order sent twice is done once.
    id: Option<String>,
    /// not_opened, incomplete, contradictions, overdue or selected.
    audience: String,
    /// The members, where the audience is selected.
    #[serde(default)]
    #[schema(max_items = 500)]
    members: Vec<String>,
    /// The fiscal year; this year where it is not given.
    fiscal_year: Option<i32>,
    /// The day until which an answer is asked for.
    deadline: Option<String>,
    /// Days within which a member gets no second reminder, 3 to 90; 7 where it is not given.
    pause_days: Option<i64>,
    /// The subject; may hold {施設名}, {年度}, {状況}, {締切}, {リンク}, {差出人}.
    #[schema(max_length = 120)]
    subject: String,
    /// The text, with the same places.
    #[schema(max_length = 4000)]
    body: String,
}

/// A member that was reminded.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct RecipientEntry {
    /// The member.
    member: Uuid,
    /// Its name, as it was written to.
    name: String,
    /// When.
    #[serde(with = "yagura_kernel::time::rfc3339")]
    #[schema(value_type = String, format = DateTime)]
    sent_at: Instant,
    /// mail or notice_only.
    delivery: &'static str,
    /// finished, moved or nothing.
    since: &'static str,
}

/// The reminders, newest first.
#[utoipa::path(
    get, path = "/api/v1/reminders", tag = "region",
    params(PageQuery),
    responses((status = 200, body = Page<ReminderEntry>))
)]
pub(crate) async fn list(
    context: Context,
    QueryOf(page): QueryOf<PageQuery>,
) -> Result<Json<Page<ReminderEntry>>, WebError> {
    let proof = context.authorize_own::<actions::SendReminders>().await?;
    let before = cursor(&page)?;
    let limit = page.limit();
    let mut all = reminders::list(context.database(), &proof, before, limit + 1).await?;
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
    let has_more = all.len() > limit;
    all.truncate(limit);
    let next = all
        .last()
        .filter(|_| has_more)
        .map(|last| last.id.to_string());
    Ok(Json(Page {
        items: all.into_iter().map(Into::into).collect(),
        next,
    }))
}

fn cursor(page: &PageQuery) -> Result<Option<Uuid>, WebError> {
    match &page.cursor {
        Some(cursor) => {
            let id = parse_uuid(cursor).map_err(|_| WebError::invalid("region-error-filter"))?;
            Ok(Some(id))
        }
        None => Ok(None),
    }
}

/// Sends a reminder. It goes out after the answer; see `finished_at`.
#[utoipa::path(
    post, path = "/api/v1/reminders", tag = "region",
    request_body = ReminderOrder,
    responses((status = 202, body = ReminderEntry), (status = 422, body = Problem))
)]
pub(crate) async fn send(
    context: Context,
    JsonBody(order): JsonBody<ReminderOrder>,
) -> Result<Response, WebError> {
    let proof = context.authorize_own::<actions::SendReminders>().await?;
    let mut pairs = vec![
        ("audience", order.audience),
        ("pause", order.pause_days.unwrap_or(PAUSE_DAYS).to_string()),
        ("deadline", order.deadline.unwrap_or_default()),
        (
            "year",
            order
                .fiscal_year
                .map(|year| year.to_string())
                .unwrap_or_default(),
        ),
        ("subject", order.subject),
        ("body", order.body),
    ];
    pairs.extend(order.members.into_iter().map(|member| ("member", member)));
    let mut state = FormState::from_pairs(pairs);
    let id = match &order.id {
        Some(id) => match parse_uuid(id) {
            Ok(id) => id,
            Err(error) => {
                return Err(WebError::Fields(vec![("id".to_owned(), error.to_string())]));
            }
        },
        None => context.app.ids().id(),
    };
    let year = context.app.fiscal_year();
    let Some(mut reminder) = read_reminder(context.t(), &mut state, year, context.today, id) else {
        return Err(fields_error(&state));
    };
    reminder.expected = reach(&context, &proof, &reminder).await?.due;
    operations::send_reminder(&context, &proof, &reminder).await?;
    let stored = reminders::get(context.database(), &proof, id).await?;
    Ok((StatusCode::ACCEPTED, Json(ReminderEntry::from(stored))).into_response())
}

/// One reminder.
#[utoipa::path(
    get, path = "/api/v1/reminders/{reminder}", tag = "region",
    params(("reminder" = Uuid, Path, description = "The reminder")),
    responses((status = 200, body = ReminderEntry), (status = 404, body = Problem))
)]
pub(crate) async fn one(
    context: Context,
    PathOf(id): PathOf<String>,
) -> Result<Json<ReminderEntry>, WebError> {
    let proof = context.authorize_own::<actions::SendReminders>().await?;
    let reminder = reminders::get(context.database(), &proof, id_from(&id)?).await?;
    Ok(Json(reminder.into()))
}

/// Whom a reminder reached, and what each has done since.
#[utoipa::path(
    get, path = "/api/v1/reminders/{reminder}/recipients", tag = "region",
    params(("reminder" = Uuid, Path, description = "The reminder"), PageQuery),
    responses((status = 200, body = Page<RecipientEntry>), (status = 404, body = Problem))
)]
pub(crate) async fn recipients(
    context: Context,
    PathOf(id): PathOf<String>,
    QueryOf(page): QueryOf<PageQuery>,
) -> Result<Json<Page<RecipientEntry>>, WebError> {
    let proof = context.authorize_own::<actions::SendReminders>().await?;
    let id: Uuid = id_from(&id)?;
    let reminder = reminders::get(context.database(), &proof, id).await?;
    let after = cursor(&page)?.map(OrganizationId::from);
    let limit = page.limit();
    let mut all = reminders::recipients(context.database(), &proof, id, after, limit + 1).await?;
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
    let has_more = all.len() > limit;
    all.truncate(limit);
    let next = all
        .last()
        .filter(|_| has_more)
        .map(|last| last.member.to_string());
    let items = outcomes(&context, &reminder, all)
        .await?
        .into_iter()
        .map(|(recipient, since)| RecipientEntry {
            member: recipient.member.uuid(),
            name: recipient.name,
            sent_at: recipient.sent_at,
            delivery: recipient.delivery.code(),
            since: match since {
                Since::Finished => "finished",
                Since::Moved => "moved",
                Since::Nothing => "nothing",
            },
        })
        .collect();
    Ok(Json(Page { items, next }))
}
