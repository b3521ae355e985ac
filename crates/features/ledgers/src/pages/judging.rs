//! Recertification of one superior's people: their permissions, judged together.

use axum::http::StatusCode;
use axum::response::Response;
use maud::{Markup, html};
use serde::Deserialize;
use uuid::Uuid;
use yagura_kernel::id::PersonId;
use yagura_kernel::policy::{Action, actions};
use yagura_kernel::text::clean_single_line;
use yagura_web::api::QueryOf;
use yagura_web::ui::components::{
    Column, Listing, Table, TableRow, Tone, data_table, date, empty_state, note, pagination, tag,
};
use yagura_web::ui::forms::{
    Button, Form, FormState, button, button_row, error_summary, form, hidden, link_button,
};
use yagura_web::ui::layout::Crumb;
use yagura_web::{Context, FlashMessage, SubmittedForm, Translator, WebError};

use super::entry::LONGEST_NOTE;
use super::recertification::{NOBODY, number, reviewer_word};
use super::{PAGE, crumbs, may, path_of, read_proof};
use crate::campaign::{PATH, ROWS};
use crate::model::{Ledger, Verdict};
use crate::operations::{self, Said};
use crate::store::{self, CampaignRow, Progress, RowFilter, RowPlace};
use crate::words;

/// Which rows are shown.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(super) struct RowsQuery {
    /// The superior, or `none`; everybody's where it is empty.
    reviewer: String,
    /// Where the page begins.
    after: String,
}

impl RowsQuery {
    fn filter(&self) -> RowFilter {
        RowFilter {
            reviewer: match self.reviewer.as_str() {
                "" => None,
                NOBODY => Some(None),
                id => {
                    let id: Option<Uuid> = yagura_kernel::id::parse_uuid(id).ok();
                    id.map(|id| Some(PersonId::from(id)))
                }
            },
            open: true,
        }
    }

    fn place(&self) -> Option<RowPlace> {
        let (id, key) = self.after.split_once('_')?;
        let id = yagura_kernel::id::parse_uuid(id).ok()?;
        Some((key.to_owned(), id))
    }

    fn link(&self, after: &str) -> String {
        let pairs = [("reviewer", self.reviewer.as_str()), ("after", after)];
        yagura_web::address(ROWS, pairs)
    }
}

pub(super) async fn rows(
    context: Context,
    QueryOf(query): QueryOf<RowsQuery>,
) -> Result<Response, WebError> {
    show(&context, &query, &FormState::empty(), StatusCode::OK).await
}

async fn show(
    context: &Context,
    query: &RowsQuery,
    state: &FormState,
    status: StatusCode,
) -> Result<Response, WebError> {
    let proof = read_proof(context).await?;
    let (database, t) = (context.database(), context.t());
    let organization = proof.organization();
    let mut frame = context.frame(t.t("ledgers-recertification-rows"));
    frame.breadcrumbs = crumbs(context, None);
    let title = t.t("ledgers-recertification");
    frame.breadcrumbs.push(Crumb::new(title, PATH));
    frame.lede = Some(html! { (t.t("ledgers-recertification-rows-lede")) });
    let Some(campaign) = store::current_campaign(database, organization).await? else {
        let body = html! {
            section.card {
                (empty_state(t.t("ledgers-recertification-none"),
                    html! { (t.t("ledgers-recertification-none-why")) }))
            }
        };
        return context.respond(frame, body).await;
    };
    let filter = query.filter();
    let place = query.place();
    let mut found = store::rows(
        database,
        &proof,
        campaign.id,
        &filter,
        place.as_ref(),
        PAGE + 1,
    )
    .await?;
    let most = usize::try_from(PAGE).unwrap_or(usize::MAX);
    let has_more = found.len() > most;
    found.truncate(most);
    let progress = store::progress(database, organization, campaign.id).await?;
    let total: i64 = progress
        .iter()
        .filter(|one| filter.reviewer.is_none_or(|only| one.reviewer == only))
        .map(Progress::open)
        .sum();
    let next = found
        .last()
        .filter(|_| has_more)
        .map(|last| query.link(&format!("{}_{}", last.entry, last.sort_key)));
    let first = place.is_some().then(|| query.link(""));
    let is_allowed = may(context, Action::RecertifyPermissions);
    let table = table(context, t, state, &found, is_allowed);
    let may_any = is_allowed
        && found
            .iter()
            .any(|row| operations::may_decide(context, row.reviewer));
    let body = html! {
        (error_summary(t, state))
        section.card aria-label=(t.t("ledgers-recertification-rows")) {
            @if found.is_empty() {
                (note(t, Tone::Success, html! { (t.t("ledgers-recertification-all-done")) }))
                p { (link_button(PATH, t.t("ledgers-recertification-back"), false)) }
            } @else {
                @if may_any {
                    (form(t, &Form::post(ROWS), html! {
                        (table)
                        (hidden("campaign", &campaign.id.to_string()))
                        (hidden("reviewer", &query.reviewer))
                        (button_row(&Button::primary(t.t("ledgers-recertification-save")), &[
                            button(&Button::secondary(t.t("ledgers-recertification-all-needed"))
                                .sending("all", "yes"))
                        ]))
                        p.small { (t.t("ledgers-recertification-all-needed-why")) }
                    }))
                } @else { (table) }
                (pagination(t, &Listing {
                    total: number(total),
                    shown: found.len() as u64,
                    first: place.is_none().then_some(1),
                    unit: t.t("ledgers-unit"),
                    previous: first.as_deref(),
                    next: next.as_deref(),
                }))
            }
        }
    };
    let mut response = context.respond(frame, body).await?;
    *response.status_mut() = status;
    Ok(response)
}

fn table(
    context: &Context,
    t: &Translator,
    state: &FormState,
    rows: &[CampaignRow],
    is_allowed: bool,
) -> Markup {
    let label = |field| words::label(t, Ledger::Permissions, field);
    let lines = rows
        .iter()
        .map(|row| {
            let may = is_allowed && operations::may_decide(context, row.reviewer);
            let said = &row.said;
            let href = format!("{}/{}", path_of(Ledger::Permissions), row.entry);
            TableRow::new(vec![
                html! { a id=(whose(row)) href=(href) { (said.name) } p.small { (said.department) " " (said.profession) } },
                html! {
                    (said.system_name) " " (said.function)
                    @if said.privileged { " " (tag(Tone::Caution, t.t("ledgers-is-privileged"))) }
                },
                html! { @match said.until {
                    Some(until) => (date(t, until)),
                    None => { (t.t("ledgers-open-ended")) " " (said.open_ended_reason) },
                } },
                html! {
                    (reviewer_word(t, row.reviewer_name.as_deref()))
                    p.small { (words::asked_as(t, row.asked_as)) }
                },
                html! { @if may { (judge(t, state, row)) } },
            ])
        })
        .collect();
    let columns = vec![
        Column::text(label("name")),
        Column::text(label("function")),
        Column::text(label("until")),
        Column::text(t.t("ledgers-recertification-reviewer")),
        Column::text(t.t("ledgers-recertification-judgement")),
    ];
    let title = t.t("ledgers-recertification-rows");
    data_table(&Table::new(title, columns, lines))
}

/// The fields of one row: what is said, and why. Each is named by its label and by whose row it is.
fn judge(t: &Translator, state: &FormState, row: &CampaignRow) -> Markup {
    let verdict = format!("verdict-{}", row.entry);
    let note = format!("note-{}", row.entry);
    let (verdict_id, note_id) = (state.field_id(&verdict), state.field_id(&note));
    let whose = whose(row);
    let chosen = state.value(&verdict);
    let is_privileged = i64::from(row.said.privileged);
    let shown = format!("{}:{}:{is_privileged}", row.entry, row.revision);
    let error = state.error(&note);
    html! {
        input type="hidden" name="shown" value=(shown);
        label for=(verdict_id) id={ (verdict_id) "-label" } { (t.t("ledgers-recertification-judgement")) }
        select name=(verdict) id=(verdict_id) aria-labelledby={ (verdict_id) "-label " (whose) } {
            option value="" selected[chosen.is_empty()] { (t.t("ledgers-verdict-none")) }
            @for one in Verdict::ALL {
                option value=(one.code()) selected[chosen == one.code()] { (words::verdict(t, *one)) }
            }
        }
        label for=(note_id) id={ (note_id) "-label" } { (t.t("ledgers-recertification-note")) }
        @if let Some(error) = error { p.error id={ (note_id) "-error" } { (error) } }
        input type="text" name=(note) id=(note_id) aria-labelledby={ (note_id) "-label " (whose) }
            maxlength=(LONGEST_NOTE) value=(state.value(&note))
            aria-invalid=[error.map(|_| "true")]
            aria-describedby=[error.map(|_| format!("{note_id}-error"))];
    }
}

/// The id of the name of a row.
fn whose(row: &CampaignRow) -> String {
    format!("whose-{}", row.entry)
}

/// Writes down what was said of the rows that were shown.
pub(super) async fn decide(
    context: Context,
    SubmittedForm(mut state): SubmittedForm,
) -> Result<Response, WebError> {
    context
        .authorize_own::<actions::RecertifyPermissions>()
        .await?;
    let wrong = || WebError::invalid("ledgers-error-campaign");
    let campaign: Uuid =
        yagura_kernel::id::parse_uuid(state.value("campaign")).map_err(|_| wrong())?;
    let owner = store::campaign_owner(context.database(), campaign).await?;
    let proof = context
        .authorize::<actions::RecertifyPermissions>(owner)
        .await?;
    let t = context.t().clone();
    let all = !state.value("all").is_empty();
    let shown: Vec<(Uuid, i64, bool)> = state
        .values("shown")
        .iter()
        .filter_map(|value| {
            let mut parts = value.splitn(3, ':');
            let id = yagura_kernel::id::parse_uuid(parts.next()?).ok()?;
            let revision = parts.next()?.parse().ok()?;
            Some((id, revision, parts.next()? == "1"))
        })
        .take(usize::try_from(PAGE).unwrap_or_default())
        .collect();
    let mut said = Vec::new();
    for (entry, revision, is_privileged) in shown {
        let verdict = Verdict::from_code(state.value(&format!("verdict-{entry}")));
        // Administrator rights are judged one by one.
        let by_all = (all && !is_privileged).then_some(Verdict::Needed);
        let Some(verdict) = verdict.or(by_all) else {
            continue;
        };
        let field = format!("note-{entry}");
        let note = clean_single_line(state.value(&field), LONGEST_NOTE).unwrap_or_default();
        if verdict != Verdict::Needed && note.is_empty() {
            state.add_error(field, t.t("ledgers-error-note"));
            continue;
        }
        said.push(Said {
            entry,
            revision,
            verdict,
            note,
        });
    }
    let query = RowsQuery {
        reviewer: state.value("reviewer").to_owned(),
        after: String::new(),
    };
    if state.has_errors() {
        return show(&context, &query, &state, StatusCode::UNPROCESSABLE_ENTITY).await;
    }
    if said.is_empty() {
        return Err(WebError::invalid("ledgers-error-none-judged"));
    }
    let (done, left) = operations::decide(&context, &proof, campaign, &said).await?;
    let message = if left == 0 {
        FlashMessage::done("ledgers-recertification-saved").with("count", done.to_string())
    } else {
        FlashMessage::done("ledgers-recertification-saved-some")
            .with("count", done.to_string())
            .with("left", left.to_string())
    };
    Ok(context.redirect(&query.link(""), message))
}
