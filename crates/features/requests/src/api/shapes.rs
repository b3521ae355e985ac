//! What the API takes and gives.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;
use yagura_kernel::time::Instant;
use yagura_web::Context;

use crate::model::engine::waits_for;
use crate::model::{Standing, StepProgress, Verdict};
use crate::operations::Opened;
use crate::store::Listed;
use crate::words;

/// A form that can be filed.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct RequestFormOffer {
    /// Its key, to be sent when filing.
    pub(super) key: String,
    /// Its version in the institution; 0 is the shipped one.
    pub(super) version: i64,
    /// Its name.
    pub(super) title: String,
    /// The form as its pack has it: fields, route, outcomes.
    #[schema(value_type = Object)]
    pub(super) form: serde_json::Value,
}

/// A request as lists show it.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct RequestSummary {
    /// Its id.
    pub(super) id: Uuid,
    /// Its number: 2026-0012.
    pub(super) number: String,
    /// The form's key.
    pub(super) form: String,
    /// By what it is told from others.
    pub(super) subject: String,
    /// The department that it names.
    pub(super) department: String,
    /// Who filed it.
    pub(super) filer: String,
    /// waiting, returned, carrying-out, granted, rejected, withdrawn, or recorded where no second person
    /// decided.
    pub(super) standing: &'static str,
    /// By when something is due.
    pub(super) due: Option<String>,
    /// When it was filed.
    #[serde(with = "yagura_kernel::time::rfc3339")]
    #[schema(value_type = String, format = DateTime)]
    pub(super) filed_at: Instant,
}

impl From<Listed> for RequestSummary {
    fn from(one: Listed) -> Self {
        Self {
            id: one.id,
            number: one.label,
            form: one.form_key,
            subject: one.subject,
            department: one.department,
            filer: one.filer_name,
            standing: one.standing.code(),
            due: one.due.map(yagura_kernel::time::format_iso),
            filed_at: one.filed_at,
        }
    }
}

/// A part of a list of requests.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct RequestPage {
    /// The requests.
    pub(super) items: Vec<RequestSummary>,
    /// What to give as `cursor` for the next part; absent on the last.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) next: Option<String>,
}

/// A request with its way.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct RequestDetail {
    /// Its id.
    pub(super) id: Uuid,
    /// Its number: 2026-0012.
    pub(super) number: String,
    /// The form's key.
    pub(super) form: String,
    /// The form's version in the institution; 0 is the shipped one.
    pub(super) form_version: i64,
    /// waiting, returned, carrying-out, granted, rejected, withdrawn, or recorded where no second person
    /// decided.
    pub(super) standing: &'static str,
    /// The answers by field.
    pub(super) answers: BTreeMap<String, Vec<String>>,
    /// Its steps in order.
    pub(super) steps: Vec<RequestStep>,
    /// The question that waits for an answer.
    pub(super) question: Option<String>,
    /// To be sent with a decision or an answer; when something happened meanwhile, that answers 409.
    pub(super) revision: i64,
    /// When it was filed.
    #[serde(with = "yagura_kernel::time::rfc3339")]
    #[schema(value_type = String, format = DateTime)]
    pub(super) filed_at: Instant,
}

/// A step of the way.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct RequestStep {
    /// Its id in the form.
    pub(super) step: String,
    /// later, skipped, open or over.
    pub(super) state: &'static str,
    /// Its seats.
    pub(super) seats: Vec<RequestSeat>,
}

/// A seat of a step.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct RequestSeat {
    /// Its code.
    pub(super) seat: &'static str,
    /// granted, rejected or done, where it was decided; recorded where nobody else could decide.
    pub(super) verdict: Option<&'static str>,
    /// Who decided; nobody where it is only recorded.
    pub(super) by: Option<String>,
    /// Whether the decision of the same person at another seat counts here.
    pub(super) together: bool,
    /// For whom it waits.
    pub(super) waits_for: Vec<String>,
}

/// A request to be filed.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct FilingBody {
    /// The form's key.
    pub(super) form: String,
    /// The answers by field: days as 2026-11-21, systems by id or name. Files are sent on the page.
    pub(super) answers: BTreeMap<String, Vec<String>>,
}

/// A decision, or a question.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = RequestDecisionBody)]
pub(crate) struct DecisionBody {
    /// The step.
    pub(super) step: String,
    /// The seat, by code.
    pub(super) seat: String,
    /// granted, rejected, done, ask or recall; recorded for one's own where nobody else could decide.
    pub(super) verdict: String,
    /// The reason, the remark or the question.
    #[serde(default)]
    #[schema(max_length = 4000)]
    pub(super) note: String,
    /// The revision that was read.
    pub(super) revision: i64,
}

/// Words of the requester.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct RequestWordsBody {
    /// The answer to the question, or why it is withdrawn.
    #[serde(default)]
    #[schema(max_length = 4000)]
    pub(super) text: String,
    /// The revision that was read.
    pub(super) revision: i64,
}

pub(super) fn page_of(mut found: Vec<Listed>, limit: i64) -> RequestPage {
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
    let more = found.len() > limit;
    found.truncate(limit);
    let next = found
        .last()
        .filter(|_| more)
        .map(|last| last.id.to_string());
    RequestPage {
        items: found.into_iter().map(RequestSummary::from).collect(),
        next,
    }
}

pub(super) fn detail(context: &Context, opened: &Opened) -> RequestDetail {
    let t = context.t();
    let request = &opened.request;
    let course = &request.course;
    let steps = course
        .steps
        .iter()
        .map(|step| RequestStep {
            step: step.step.clone(),
            state: match step.progress {
                StepProgress::Later => "later",
                StepProgress::Skipped => "skipped",
                StepProgress::Open { .. } => "open",
                StepProgress::Over { .. } => "over",
            },
            seats: step
                .seats
                .iter()
                .map(|seat| {
                    let decision = seat.decision.as_ref();
                    let waits = step.is_open()
                        && decision.is_none()
                        && matches!(course.standing, Standing::Waiting | Standing::CarryingOut);
                    RequestSeat {
                        seat: seat.seat.code(),
                        verdict: decision.map(|decision| decision.verdict.code()),
                        by: decision
                            .filter(|d| d.verdict != Verdict::Recorded)
                            .map(|d| words::name(t, &opened.snapshot, d.by)),
                        together: decision.is_some_and(|d| d.together_with.is_some()),
                        waits_for: if waits {
                            waits_for(&opened.snapshot.people, course.filer, seat)
                                .into_iter()
                                .map(|d| words::name(t, &opened.snapshot, d.person))
                                .collect()
                        } else {
                            Vec::new()
                        },
                    }
                })
                .collect(),
        })
        .collect();
    RequestDetail {
        id: request.id,
        number: request.label(),
        form: request.form_key.clone(),
        form_version: request.form_number,
        standing: course.standing.code(),
        answers: request.answers.0.clone(),
        steps,
        question: course.question.as_ref().map(|q| q.text.clone()),
        revision: request.revision,
        filed_at: request.filed_at,
    }
}
