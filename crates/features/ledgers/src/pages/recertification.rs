//! Recertification: how far each superior is, and the permissions of one superior's people to be
//! judged together.

use axum::http::StatusCode;
use axum::response::Response;
use maud::{Markup, html};
use serde::Deserialize;
use uuid::Uuid;
use yagura_kernel::id::PersonId;
use yagura_kernel::policy::{Action, actions};
use yagura_kernel::text::clean_single_line;
use yagura_kernel::time::{Date, parse_date};
use yagura_web::api::QueryOf;
use yagura_web::i18n::args;
use yagura_web::ui::components::{
    Column, Listing, Table, TableRow, Tone, card, data_table, date, empty_state, note, pagination,
    progress_bar, tag,
};
use yagura_web::ui::forms::{
    Button, Field, Form, FormState, button, button_row, date_field, error_summary, form, hidden,
    link_button,
};
use yagura_web::ui::layout::Crumb;
use yagura_web::{Context, FlashMessage, SubmittedForm, Translator, WebError};

use super::entry::LONGEST_NOTE;
use super::{PAGE, crumbs, may, path_of, read_proof};
use crate::campaign::{PATH, ROWS};
use crate::model::{Ledger, Verdict};
use crate::operations::{self, Said};
use crate::store::{self, Campaign, CampaignRow, Progress, RowFilter, RowPlace};
use crate::words;

/// How many earlier recertifications are listed.
const EARLIER: i64 = 10;

fn number(count: i64) -> u64 {
    u64::try_from(count).unwrap_or_default()
}

pub(super) async fn page(context: Context) -> Result<Response, WebError> {
    let proof = read_proof(&context).await?;
    let (database, t) = (context.database(), context.t());
    let organization = proof.organization();
    let running = store::current_campaign(database, organization).await?;
    let progress = match &running {
        Some(running) => store::progress(database, organization, running.id).await?,
        None => Vec::new(),
    };
    let earlier = store::last_campaigns(database, &proof, EARLIER).await?;
    let may_keep = may(&context, Action::KeepLedgers);
    let mut frame = context.frame(t.t("ledgers-recertification"));
    frame.breadcrumbs = crumbs(&context, None);
    frame.lede = Some(html! { (t.t("ledgers-recertification-lede")) });
    let body = html! {
        @match &running {
            Some(running) => {
                section.card {
                    (progress_bar(t, t.t("ledgers-recertification-progress"),
                        number(running.decided), number(running.permissions)))
                    p {
                        (t.t("ledgers-recertification-due")) ": " (date(t, running.due_on))
                        @if running.due_on < context.today {
                            " " (tag(Tone::Late, t.t("ledgers-recertification-late")))
                        }
                    }
                    p.small { (t.t_args("ledgers-recertification-begun", args![
                        ("date", t.date(running.started_at.jst_date())),
                        ("name", running.by_name.as_deref().unwrap_or_default())
                    ])) }
                    (link_button(&own_rows(&context), t.t("ledgers-recertification-own"), true))
                }
                (card(t.t("ledgers-recertification-reviewers"), reviewers(t, &progress)))
                @if may_keep {
                    (card(t.t("ledgers-recertification-close"), html! {
                        p { (t.t("ledgers-recertification-close-why")) }
                        (form(t, &Form::post("/ledgers/recertification/close")
                            .confirm(t.t("ledgers-recertification-close-confirm")), html! {
                            (hidden("campaign", &running.id.to_string()))
                            (button_row(&Button::secondary(t.t("ledgers-recertification-close")), &[]))
                        }))
                    }))
                }
            }
            None => {
                section.card {
                    (empty_state(t.t("ledgers-recertification-none"), html! {
                        (t.t("ledgers-recertification-none-why"))
                    }))
                    @if may_keep {
                        (form(t, &Form::post(PATH), html! {
                            (date_field(t, &FormState::empty(),
                                &Field::new("due_on", t.t("ledgers-recertification-due")).required()))
                            (button_row(&Button::primary(t.t("ledgers-recertification-begin")), &[]))
                        }))
                    }
                }
            }
        }
        @if earlier.iter().any(|one| one.closed_at.is_some()) {
            (card(t.t("ledgers-recertification-earlier"), earlier_table(t, &earlier)))
        }
    };
    context.respond(frame, body).await
}

fn own_rows(context: &Context) -> String {
    match context.person() {
        Some(person) => format!("{ROWS}?reviewer={person}"),
        None => ROWS.to_owned(),
    }
}

fn reviewer_word(t: &Translator, name: Option<&str>) -> String {
    match name {
        Some(name) => name.to_owned(),
        None => t.t("ledgers-recertification-nobody").to_owned(),
    }
}

fn reviewers(t: &Translator, progress: &[Progress]) -> Markup {
    let rows = progress
        .iter()
        .map(|one| {
            let key = one
                .reviewer
                .map_or_else(|| "none".to_owned(), |person| person.to_string());
            let mark = if one.open() == 0 {
                tag(Tone::Success, t.t("ledgers-recertification-done"))
            } else {
                tag(Tone::Neutral, t.t("ledgers-recertification-waiting"))
            };
            TableRow::new(vec![
                html! {
                    a href={ (ROWS) "?reviewer=" (key) } {
                        (reviewer_word(t, one.reviewer_name.as_deref()))
                    }
                },
                html! { (t.t_args("ledgers-recertification-counts", args![
                    ("decided", one.decided), ("permissions", one.permissions)
                ])) },
                mark,
            ])
        })
        .collect();
    let columns = vec![
        Column::text(t.t("ledgers-recertification-reviewer")),
        Column::text(t.t("ledgers-recertification-progress")),
        Column::text(t.t("ledgers-column-standing")),
    ];
    let title = t.t("ledgers-recertification-reviewers");
    data_table(&Table::new(title, columns, rows))
}

fn earlier_table(t: &Translator, earlier: &[Campaign]) -> Markup {
    let rows = earlier
        .iter()
        .filter_map(|one| {
            let closed = one.closed_at?;
            Some(TableRow::new(vec![
                html! { (date(t, closed.jst_date())) },
                html! { (t.t_args("ledgers-recertification-counts", args![
                    ("decided", one.decided), ("permissions", one.permissions)
                ])) },
                html! { (one.taken_away) },
            ]))
        })
        .collect();
    let columns = vec![
        Column::text(t.t("ledgers-recertification-closed-on")),
        Column::text(t.t("ledgers-recertification-progress")),
        Column::text(t.t("ledgers-recertification-taken-away")),
    ];
    let title = t.t("ledgers-recertification-earlier");
    data_table(&Table::new(title, columns, rows))
}

/// Reads the last day of a recertification: from today on, at most a year away.
pub(crate) fn last_day(text: &str, today: Date) -> Result<Date, WebError> {
    parse_date(text)
        .ok()
        .filter(|due| (0..=366).contains(&(*due - today).whole_days()))
        .ok_or_else(|| WebError::invalid("ledgers-error-due"))
}

pub(super) async fn start(
    context: Context,
    SubmittedForm(state): SubmittedForm,
) -> Result<Response, WebError> {
    let proof = context.authorize_own::<actions::KeepLedgers>().await?;
    let due = last_day(state.value("due_on"), context.today)?;
    operations::start_campaign(&context, &proof, due).await?;
    let message = FlashMessage::done("ledgers-recertification-begun-done");
    Ok(context.redirect(PATH, message))
}

pub(super) async fn close(
    context: Context,
    SubmittedForm(state): SubmittedForm,
) -> Result<Response, WebError> {
    context.authorize_own::<actions::KeepLedgers>().await?;
    let id: Uuid = yagura_kernel::id::parse_uuid(state.value("campaign"))
        .map_err(|_| WebError::invalid("ledgers-error-campaign"))?;
    let owner = store::campaign_owner(context.database(), id).await?;
    let proof = context.authorize::<actions::KeepLedgers>(owner).await?;
    operations::close_campaign(&context, &proof, id).await?;
    let message = FlashMessage::done("ledgers-recertification-closed-done");
    Ok(context.redirect(PATH, message))
}

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
                "none" => Some(None),
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
                html! { a href=(href) { (said.name) } p.small { (said.department) " " (said.profession) } },
                html! {
                    (said.system_name) " " (said.function)
                    @if said.privileged { " " (tag(Tone::Caution, t.t("ledgers-is-privileged"))) }
                },
                html! { @match said.until {
                    Some(until) => (date(t, until)),
                    None => { (t.t("ledgers-open-ended")) " " (said.open_ended_reason) },
                } },
                html! {
                    @if may { (judge(t, state, row)) }
                    @else { (reviewer_word(t, row.reviewer_name.as_deref())) }
                },
            ])
        })
        .collect();
    let columns = vec![
        Column::text(label("name")),
        Column::text(label("function")),
        Column::text(label("until")),
        Column::text(t.t("ledgers-recertification-judgement")),
    ];
    let title = t.t("ledgers-recertification-rows");
    data_table(&Table::new(title, columns, lines))
}

/// The fields of one row: what is said, and why.
fn judge(t: &Translator, state: &FormState, row: &CampaignRow) -> Markup {
    let verdict = format!("verdict-{}", row.entry);
    let note = format!("note-{}", row.entry);
    let name = row.said.name.as_str();
    let label = t.t_args("ledgers-recertification-judge", args![("name", name)]);
    let why = t.t_args("ledgers-recertification-why", args![("name", name)]);
    let chosen = state.value(&verdict);
    let is_privileged = i64::from(row.said.privileged);
    let shown = format!("{}:{}:{is_privileged}", row.entry, row.revision);
    html! {
        input type="hidden" name="shown" value=(shown);
        select name=(verdict) id=(state.field_id(&verdict)) aria-label=(label) {
            option value="" selected[chosen.is_empty()] { (t.t("ledgers-verdict-none")) }
            @for one in Verdict::ALL {
                option value=(one.code()) selected[chosen == one.code()] { (words::verdict(t, *one)) }
            }
        }
        input type="text" name=(note) id=(state.field_id(&note)) aria-label=(why)
            placeholder=(t.t("ledgers-recertification-note")) maxlength=(LONGEST_NOTE)
            value=(state.value(&note)) aria-invalid=[state.error(&note).map(|_| "true")];
    }
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
