//! The JSON API: everything that the pages do.

mod imports;
mod matrix;
mod members;
mod reminders;
mod statistics;

use axum::extract::DefaultBodyLimit;
use axum::handler::Handler as _;
use serde::Serialize;
use utoipa::{OpenApi, ToSchema};
use yagura_checklists::overview::MemberSheet;
use yagura_kernel::policy::Action;
use yagura_kernel::time::{Date, Instant, format_iso};
use yagura_web::api::Problem;
use yagura_web::{Access, Routes};

use crate::import::Counts;
use crate::pages::LARGEST_ROLL;

/// The addresses of the API.
pub(crate) fn routes() -> Routes {
    let read = Access::Action(Action::ReadMembers);
    let manage = Access::Action(Action::ManageMembers);
    let compare = Access::Action(Action::ReadComparison);
    let remind = Access::Action(Action::SendReminders);
    let limit = usize::try_from(LARGEST_ROLL).unwrap_or(usize::MAX);
    Routes::new()
        .get("/api/v1/members", read, members::list)
        .post("/api/v1/members", manage, members::add)
        .get("/api/v1/members/{member}", read, members::one)
        .patch("/api/v1/members/{member}", manage, members::change)
        .post("/api/v1/members/{member}/end", manage, members::end)
        .get("/api/v1/imports", manage, imports::list)
        .post(
            "/api/v1/imports",
            manage,
            imports::upload.layer(DefaultBodyLimit::max(limit)),
        )
        .get("/api/v1/imports/{import}", manage, imports::one)
        .delete("/api/v1/imports/{import}", manage, imports::cancel)
        .post("/api/v1/imports/{import}/confirm", manage, imports::confirm)
        .get("/api/v1/matrix", read, matrix::list)
        .get("/api/v1/statistics", compare, statistics::one)
        .get("/api/v1/statistics/trend", read, statistics::trend)
        .get("/api/v1/reminders", remind, reminders::list)
        .post("/api/v1/reminders", remind, reminders::send)
        .get("/api/v1/reminders/{reminder}", remind, reminders::one)
        .get(
            "/api/v1/reminders/{reminder}/recipients",
            remind,
            reminders::recipients,
        )
}

#[derive(OpenApi)]
#[openapi(
    paths(
        members::list, members::add, members::one, members::change, members::end,
        imports::list, imports::upload, imports::one, imports::cancel, imports::confirm,
        matrix::list, statistics::one, statistics::trend,
        reminders::list, reminders::send, reminders::one, reminders::recipients
    ),
    components(schemas(
        members::Member, members::MemberFields, members::MemberChanges, members::LastDay,
        imports::MemberImport, imports::ImportIssue, Counts, matrix::MatrixPage,
        matrix::MatrixColumn, matrix::MatrixRow, Standing, statistics::Statistics,
        statistics::GroupFigures, statistics::OwnPlace, statistics::Quartile, statistics::Item,
        reminders::ReminderEntry, reminders::ReminderOrder, reminders::RecipientEntry, Problem
    )),
    tags((name = "region", description = "Roll of members, matrix, comparison and reminders"))
)]
struct Description;

/// The part of the API's description.
pub(crate) fn description() -> utoipa::openapi::OpenApi {
    Description::openapi()
}

/// How a member stands in a fiscal year, as far as it shares.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Standing {
    /// status, answers, evidence or detail.
    sharing: &'static str,
    /// The checklist, where one was opened.
    #[schema(value_type = Option<String>, format = Uuid)]
    sheet: Option<String>,
    /// Answered items.
    answered: i64,
    /// Items to be answered; 0 where no checklist was opened.
    applicable: i64,
    /// When the checklist was opened; null for never.
    #[serde(with = "yagura_kernel::time::rfc3339::option")]
    #[schema(value_type = Option<String>, format = DateTime)]
    opened_at: Option<Instant>,
    /// When the first round was finished.
    #[serde(with = "yagura_kernel::time::rfc3339::option")]
    #[schema(value_type = Option<String>, format = DateTime)]
    round1_done_at: Option<Instant>,
    /// Contradictions; null where answers are not shared.
    contradictions: Option<i64>,
    /// The earliest target date of an item that still is no; null where there is none or answers
    /// are not shared.
    #[schema(format = Date)]
    next_target: Option<String>,
    /// Whether that day has passed.
    overdue: bool,
    /// The most urgent sorts first.
    urgency: i64,
}

impl Standing {
    fn of(row: &MemberSheet, today: Date) -> Self {
        Self {
            sharing: row.sharing.code(),
            sheet: row.sheet.map(|sheet| sheet.to_string()),
            answered: row.answered,
            applicable: row.applicable,
            opened_at: row.opened_at,
            round1_done_at: row.round1_done_at,
            contradictions: row.counts.map(|counts| counts.contradiction),
            next_target: row.next_target.map(format_iso),
            overdue: row.next_target.is_some_and(|target| target < today),
            urgency: row.urgency,
        }
    }
}
