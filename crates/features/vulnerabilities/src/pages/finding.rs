//! One finding with its history, and one vulnerability with every device that it touches.

use axum::response::Response;
use maud::{Markup, html};
use serde_json::Value as Json;
use uuid::Uuid;
use vulnmatch::model::VulnerabilityId;
use yagura_kernel::policy::{Action, actions};
use yagura_web::api::PathOf;
use yagura_web::i18n::args;
use yagura_web::ui::components::{
    Column, Table, TableRow, card, data_table, date, date_time, description_list, due, empty_state,
};
use yagura_web::ui::forms::{
    Button, Field, Form, FormState, button_row, date_field, error_summary, form, hidden, text_field,
};
use yagura_web::{Context, FlashMessage, SubmittedForm, Translator, WebError};

use super::{
    asking, authorize, crumbs, decision_of, list, marks, may, percent_line, state_tag, trust,
};
use crate::model::request::Status;
use crate::store::feeds::Vulnerability;
use crate::store::findings::{self, Event, Filter, Finding, Right};
use crate::store::requests;
use crate::{operations, words};

const EVENTS: i64 = 50;
const DEVICES: i64 = 200;

pub(super) async fn page(context: Context, PathOf(id): PathOf<Uuid>) -> Result<Response, WebError> {
    show(&context, id, FormState::empty(), false).await
}

/// The page with a word on what was wrong with a form of it.
pub(super) async fn show_with(
    context: &Context,
    id: Uuid,
    wrong: Option<String>,
) -> Result<Response, WebError> {
    let mut state = FormState::empty();
    state.add_form_error(wrong.unwrap_or_default());
    show(context, id, state, false).await
}

async fn show(
    context: &Context,
    id: Uuid,
    state: FormState,
    accepting: bool,
) -> Result<Response, WebError> {
    let proof = authorize::<actions::ReadVulnerabilities>(context, id).await?;
    let database = context.database();
    let finding = findings::get(database, &proof, id).await?;
    let known = findings::vulnerability(database, &proof, finding.identifier()).await?;
    let events = findings::events(database, &proof, id, EVENTS).await?;
    let request = requests::of_finding(database, &proof, id).await?;
    let t = context.t();
    let name = finding.identifier().to_string();
    let mut frame = context.frame(format!("{name} — {}", finding.asset_name));
    frame.breadcrumbs = crumbs(context, true);
    frame.lede = Some(html! { (words::title_of(t, &finding)) });
    let here = format!("/vulnerabilities/findings/{id}");
    let faulty = state.has_errors();
    let plain = FormState::empty();
    let (deciding, accepting) = if accepting {
        (&plain, &state)
    } else {
        (&state, &plain)
    };
    let body = html! {
        (error_summary(t, &state))
        (card(t.t("vulnerabilities-finding"), facts(context, &finding)))
        (card(t.t("vulnerabilities-about"), about(context, &known)))
        (asking::finding_card(context, &finding, request.as_ref()))
        @if may(context, Action::AssessVulnerabilities) {
            (card(t.t("vulnerabilities-decide-title"), html! {
                (form(t, &Form::post(&format!("{here}/decide")), html! {
                    (hidden("revision", &finding.revision.to_string()))
                    (list::decision_fields(t, deciding))
                    (button_row(&Button::primary(t.t("vulnerabilities-decide")), &[]))
                }))
            }))
        }
        @if may(context, Action::AcceptVulnerabilities) {
            (card(t.t("vulnerabilities-accept-title"), html! {
                p { (t.t("vulnerabilities-accept-why")) }
                (form(t, &Form::post(&format!("{here}/accept")), html! {
                    (hidden("revision", &finding.revision.to_string()))
                    @let state = accepting.clone().with_id_prefix("accept-");
                    (date_field(t, &state, &Field::new("accepted_until", t.t("vulnerabilities-field-until")).required()))
                    (text_field(t, &state, &Field::new("note", t.t("vulnerabilities-field-accept-note")).required().longest(1_000)))
                    (button_row(&Button::secondary(t.t("vulnerabilities-accept")), &[]))
                }))
            }))
        }
        (history(t, &events))
    };
    let response = context.respond(frame, body).await?;
    Ok(if faulty {
        super::unprocessable(response)
    } else {
        response
    })
}

fn strings(value: Option<&Json>) -> Vec<String> {
    value
        .and_then(|value| serde_json::from_value(value.clone()).ok())
        .unwrap_or_default()
}

fn facts(context: &Context, finding: &Finding) -> Markup {
    let t = context.t();
    let detail = &finding.detail;
    let carriers = strings(detail.get("carriers"));
    let sources: Vec<&str> = detail
        .get("sources")
        .and_then(Json::as_array)
        .into_iter()
        .flatten()
        .filter_map(Json::as_i64)
        .map(|source| words::source(t, source))
        .collect();
    let companions: Vec<String> = detail
        .get("companions")
        .and_then(Json::as_array)
        .into_iter()
        .flatten()
        .map(|companion| strings(companion.get("any_of")).join(" / "))
        .collect();
    let mut entries = vec![
        (
            t.t("vulnerabilities-field-asset"),
            html! { a href={ "/inventory/assets/" (finding.asset_id) } { (finding.asset_name) } },
        ),
        (t.t("vulnerabilities-field-why"), marks(t, finding)),
        (
            t.t("vulnerabilities-field-state"),
            html! {
                (state_tag(t, finding.state())) " "
                @if let Some(code) = finding.justification.as_deref().and_then(crate::model::Justification::from_code) {
                    (words::justification(t, code)) " "
                }
                @if let Some(until) = finding.accepted_until {
                    (t.t_args("vulnerabilities-until", args![("date", t.date(until))])) " "
                }
                (finding.note)
            },
        ),
        (
            t.t("vulnerabilities-field-due"),
            html! {
                (date(t, finding.due_on)) " "
                @if finding.state().is_open() { (due(t, finding.due_on, context.today)) }
            },
        ),
        (t.t("vulnerabilities-field-trust"), trust(t, finding)),
        (
            t.t("vulnerabilities-field-reason"),
            html! { (words::reason(t, &finding.reason)) },
        ),
        (
            t.t("vulnerabilities-field-product"),
            html! { @for carrier in &carriers { code { (carrier) } br; } },
        ),
    ];
    if !companions.is_empty() {
        entries.push((
            t.t("vulnerabilities-field-companions"),
            html! {
                p { (t.t("vulnerabilities-companions-why")) }
                ul { @for companion in &companions { li { code { (companion) } } } }
            },
        ));
    }
    if sources.len() > 1 {
        entries.push((
            t.t("vulnerabilities-field-sources"),
            html! { (sources.join("、")) },
        ));
    }
    if let Some(day) = finding.support_until {
        entries.push((
            t.t("vulnerabilities-field-support"),
            html! { (date(t, day)) @if day < context.today { " " (super::support(context, day)) } },
        ));
    }
    description_list(&entries)
}

/// The same for a vendor, with the product that is asked about.
pub(super) fn about_for_vendor(context: &Context, row: &Vulnerability, product: &str) -> Markup {
    let t = context.t();
    html! {
        (description_list(&[(
            t.t("vulnerabilities-field-product"),
            html! { @for name in product.split(' ') { code { (name) } br; } },
        )]))
        (described(context, row, html! { (row.identifier()) " " (words::title(t, row)) }))
    }
}

fn about(context: &Context, row: &Vulnerability) -> Markup {
    let t = context.t();
    let name = row.identifier().to_string();
    let heading = html! {
        a href={ "/vulnerabilities/of/" (name) } { (name) } " " (words::title(t, row))
    };
    described(context, row, heading)
}

fn described(context: &Context, row: &Vulnerability, heading: Markup) -> Markup {
    let t = context.t();
    let name = row.identifier().to_string();
    let links = strings(Some(&row.links));
    let (_, severity) = words::severity(t, row.severity());
    let mut entries = vec![
        (
            t.t("vulnerabilities-field-vulnerability"),
            html! {
                (heading)
                @if let Some(jvn) = row.jvn.as_deref().filter(|jvn| *jvn != name) { " (" (jvn) ")" }
            },
        ),
        (
            t.t("vulnerabilities-field-description"),
            html! { (words::description(t, row).unwrap_or_default()) },
        ),
        (
            t.t("vulnerabilities-field-severity"),
            html! {
                (severity)
                @if let Some(tenths) = row.cvss_tenths {
                    " CVSS " (row.cvss_version.as_deref().unwrap_or_default()) " " (words::tenths(tenths))
                    " " code { (row.cvss_vector.as_deref().unwrap_or_default()) }
                }
            },
        ),
    ];
    if let Some(epss) = row.epss {
        entries.push((
            t.t("vulnerabilities-field-epss"),
            html! { (words::percent(epss)) },
        ));
    }
    if let Some(day) = row.kev_added {
        entries.push((
            t.t("vulnerabilities-exploited"),
            html! {
                (t.t_args("vulnerabilities-exploited-since", args![("date", t.date(day))]))
                @if row.kev_ransomware { " " (t.t("vulnerabilities-ransomware")) }
                @if let Some(action) = row.kev_action.as_deref() { br; span.small lang="en" { (action) } }
            },
        ));
    }
    if let Some(at) = row.published_at {
        entries.push((
            t.t("vulnerabilities-field-published"),
            date(t, at.jst_date()),
        ));
    }
    if !links.is_empty() {
        entries.push((
            t.t("vulnerabilities-field-links"),
            html! { ul.small { @for link in &links { li {
                a href=(link) rel="noreferrer noopener external" { (link) }
            } } } },
        ));
    }
    description_list(&entries)
}

fn history(t: &Translator, events: &[Event]) -> Markup {
    let columns = vec![
        Column::text(t.t("vulnerabilities-event-at")),
        Column::text(t.t("vulnerabilities-event-by")),
        Column::text(t.t("vulnerabilities-event-what")),
    ];
    let text = |event: &Event, name: &str| {
        event
            .detail
            .get(name)
            .and_then(Json::as_str)
            .unwrap_or_default()
            .to_owned()
    };
    let rows = events
        .iter()
        .map(|event| {
            TableRow::new(vec![
                date_time(t, event.at),
                html! { (event.by_name.as_deref().unwrap_or(t.t("vulnerabilities-by-program"))) },
                html! {
                    (words::event(t, &event.event))
                    @let to = text(event, "to");
                    @if !to.is_empty() {
                        " " (words::state_of_code(t, &text(event, "from"))) " → " (words::state_of_code(t, &to))
                    }
                    @let vendor = text(event, "vendor");
                    @if !vendor.is_empty() { " " (vendor) }
                    @if let Some(status) = Status::from_code(&text(event, "status")) {
                        " " (words::status(t, status).1)
                    }
                    @let note = text(event, "note");
                    @if !note.is_empty() { br; span.small { (note) } }
                },
            ])
        })
        .collect();
    card(
        t.t("vulnerabilities-history"),
        html! {
            @if events.is_empty() { p { (t.t("vulnerabilities-history-none")) } }
            @else { (data_table(&Table::new(t.t("vulnerabilities-history"), columns, rows).without_row_headers())) }
        },
    )
}

fn revision_of(state: &FormState) -> Option<i64> {
    Some(state.value("revision").parse().unwrap_or(-1))
}

pub(super) async fn decide(
    context: Context,
    PathOf(id): PathOf<Uuid>,
    SubmittedForm(mut state): SubmittedForm,
) -> Result<Response, WebError> {
    let proof = authorize::<actions::AssessVulnerabilities>(&context, id).await?;
    let Ok(decision) = decision_of(&context, &mut state, false) else {
        return show(&context, id, state, false).await;
    };
    let chosen = [(id, revision_of(&state))];
    operations::decide(&context, &Right::Assess(&proof), &chosen, &decision).await?;
    let message = FlashMessage::done("vulnerabilities-decided").with("count", 1);
    Ok(context.redirect(&format!("/vulnerabilities/findings/{id}"), message))
}

pub(super) async fn accept(
    context: Context,
    PathOf(id): PathOf<Uuid>,
    SubmittedForm(mut state): SubmittedForm,
) -> Result<Response, WebError> {
    let proof = authorize::<actions::AcceptVulnerabilities>(&context, id).await?;
    let Ok(decision) = decision_of(&context, &mut state, true) else {
        return show(&context, id, state, true).await;
    };
    let chosen = [(id, revision_of(&state))];
    operations::decide(&context, &Right::Accept(&proof), &chosen, &decision).await?;
    let message = FlashMessage::done("vulnerabilities-decided").with("count", 1);
    Ok(context.redirect(&format!("/vulnerabilities/findings/{id}"), message))
}

/// A vulnerability with every device of the institution that it touches.
pub(super) async fn vulnerability(
    context: Context,
    PathOf(id): PathOf<String>,
) -> Result<Response, WebError> {
    let proof = context
        .authorize_own::<actions::ReadVulnerabilities>()
        .await?;
    let id: VulnerabilityId = id.parse().map_err(|_| WebError::NotFound)?;
    let database = context.database();
    let known = findings::vulnerability(database, &proof, id).await?;
    let filter = Filter {
        vulnerability: Some(id),
        ..Filter::default()
    };
    let found = findings::list(database, &proof, &filter, None, DEVICES).await?;
    let t = context.t();
    let mut frame = context.frame(id.to_string());
    frame.breadcrumbs = crumbs(&context, true);
    frame.lede = Some(html! { (words::title(t, &known)) });
    let body = html! {
        (card(t.t("vulnerabilities-about"), about(&context, &known)))
        (card(t.t("vulnerabilities-affected-devices"), html! {
            @if found.is_empty() {
                (empty_state(t.t("vulnerabilities-affects-none"), html! { (t.t("vulnerabilities-affects-none-why")) }))
            } @else {
                @if let Some(line) = found.first().and_then(|finding| percent_line(t, finding)) { p.small { (line) } }
                (list::table(&context, &found, false, &FormState::empty()))
            }
        }))
    };
    context.respond(frame, body).await
}
