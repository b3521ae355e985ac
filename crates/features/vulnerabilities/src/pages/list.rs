//! The findings of an institution, with filters, bulk decisions and files.

use axum::http::header;
use axum::response::{IntoResponse, Response};
use maud::{Markup, html};
use serde::Deserialize;
use serde_json::json;
use uuid::Uuid;
use yagura_kernel::policy::{Action, actions};
use yagura_kernel::time::format_iso;
use yagura_web::api::QueryOf;
use yagura_web::i18n::args;
use yagura_web::ui::components::{
    Column, Listing, Span, StatTile, Table, TableRow, Tone, data_table, due, empty_state,
    filter_bar, note, pagination, row, stat_tile,
};
use yagura_web::ui::forms::{
    Button, Choice, Field, Form, FormState, button_row, error_summary, fieldset, form, hidden,
    link_button, row_checkbox, select, select_all, text_field,
};
use yagura_web::{Context, FlashMessage, SubmittedForm, Translator, WebError};

use super::{
    LIST, PAGE, PRODUCTS, asking, crumbs, decision_of, marks, may, state_tag, trust, unprocessable,
};
use crate::model::state::Justification;
use crate::model::{Severity, State};
use crate::store::findings::Vendor;
use crate::store::findings::{self, Cursor, Filter, Finding, Right, Sums};
use crate::store::{products, requests};
use crate::{export, words};

/// How many findings a file holds at most.
const MOST_IN_FILE: i64 = 20_000;
/// How many findings one decision may touch.
const MOST_DECIDED: usize = 500;

/// Which findings are asked for.
#[derive(Debug, Default, Clone, Deserialize)]
#[serde(default)]
pub(crate) struct ListQuery {
    q: String,
    state: String,
    severity: String,
    exploited: String,
    exposed: String,
    overdue: String,
    department: String,
    asset: String,
    vendor: String,
    after: String,
}

impl ListQuery {
    pub(super) fn filter(&self, context: &Context) -> Filter {
        let given = |text: &str| Some(text.trim().to_owned()).filter(|text| !text.is_empty());
        Filter {
            open: match self.state.as_str() {
                "" => Some(true),
                "closed" => Some(false),
                _ => None,
            },
            state: State::from_code(&self.state),
            exploited: self.exploited == "yes",
            exposed: self.exposed == "yes",
            severity: Severity::from_code(&self.severity),
            due_before: (self.overdue == "yes").then_some(context.today),
            asset: yagura_kernel::id::parse_uuid(&self.asset).ok(),
            vulnerability: None,
            department: given(&self.department),
            search: given(&self.q),
            vendor: Vendor::from_code(&self.vendor),
        }
    }

    pub(super) fn pairs<'a>(&'a self, after: &'a str) -> [(&'static str, &'a str); 10] {
        [
            ("q", &self.q),
            ("state", &self.state),
            ("severity", &self.severity),
            ("exploited", &self.exploited),
            ("exposed", &self.exposed),
            ("overdue", &self.overdue),
            ("department", &self.department),
            ("asset", &self.asset),
            ("vendor", &self.vendor),
            ("after", after),
        ]
    }

    fn is_filtered(&self) -> bool {
        self.pairs("").iter().any(|(_, value)| !value.is_empty())
    }

    pub(super) fn link(&self, path: &str, after: Option<Cursor>) -> String {
        let after = after.map(|cursor| cursor.to_string()).unwrap_or_default();
        yagura_web::address(path, self.pairs(&after))
    }
}

pub(super) async fn page(
    context: Context,
    QueryOf(query): QueryOf<ListQuery>,
) -> Result<Response, WebError> {
    show(&context, &query, FormState::empty()).await
}

pub(super) async fn show(
    context: &Context,
    query: &ListQuery,
    state: FormState,
) -> Result<Response, WebError> {
    let proof = context
        .authorize_own::<actions::ReadVulnerabilities>()
        .await?;
    let t = context.t();
    let database = context.database();
    let filter = query.filter(context);
    let after: Option<Cursor> = query.after.parse().ok();
    let mut found = findings::list(database, &proof, &filter, after, PAGE + 1).await?;
    let most = usize::try_from(PAGE).unwrap_or(usize::MAX);
    let has_more = found.len() > most;
    found.truncate(most);
    let total = findings::count(database, &proof, &filter).await?;
    let sums = findings::sums(database, &proof, context.today).await?;
    let departments = findings::departments(database, &proof).await?;
    let asked = requests::sums(database, &proof, context.today).await?;
    let by_itself = requests::asks_by_itself(database, &proof).await?;
    let unknown = products::unconfirmed(database, &proof).await?;
    let next = found
        .last()
        .filter(|_| has_more)
        .map(|last| query.link(LIST, Some(Cursor::after(last))));
    let first = after.is_some().then(|| query.link(LIST, None));
    let mut frame = context.frame(t.t("vulnerabilities-title"));
    frame.breadcrumbs = crumbs(context, false);
    frame.lede = Some(html! { (t.t("vulnerabilities-lede")) });
    frame.actions = Some(html! {
        (link_button(&query.link("/vulnerabilities.xlsx", None), t.t("vulnerabilities-save-xlsx"), false))
        (link_button(&query.link("/vulnerabilities.csv", None), t.t("vulnerabilities-save-csv"), false))
        (link_button(&query.link("/vulnerabilities/openvex.json", None), t.t("vulnerabilities-save-openvex"), false))
    });
    let warning = super::feeds::warning(context).await?;
    let may_assess = may(context, Action::AssessVulnerabilities);
    let may_accept = may(context, Action::AcceptVulnerabilities);
    let body = html! {
        (warning)
        (tiles(t, &sums))
        @if unknown > 0 {
            (note(t, Tone::Caution, html! {
                (t.t_args("vulnerabilities-unconfirmed", args![("count", unknown)]))
                " " a href=(PRODUCTS) { (t.t("vulnerabilities-products-title")) }
            }))
        }
        (filters(t, query, &departments))
        section.card aria-label=(t.t("vulnerabilities-title")) {
            @if found.is_empty() && query.is_filtered() {
                (empty_state(t.t("vulnerabilities-none-found"), html! { (t.t("vulnerabilities-none-found-why")) }))
            } @else if found.is_empty() {
                (empty_state(t.t("vulnerabilities-empty"), html! { (t.t("vulnerabilities-empty-why")) }))
            } @else if may_assess {
                (error_summary(t, &state))
                (form(t, &Form::post("/vulnerabilities/decide"), html! {
                    @for (name, value) in query.pairs(&query.after) { (hidden(&format!("_{name}"), value)) }
                    (select_all(t, "finding"))
                    (table(context, &found, true, &state))
                    (bulk(t, &state, may_accept))
                }))
            } @else {
                (table(context, &found, false, &state))
            }
            @if !found.is_empty() {
                (pagination(t, &Listing {
                    total: u64::try_from(total).unwrap_or_default(),
                    shown: u64::try_from(found.len()).unwrap_or_default(),
                    first: None,
                    unit: t.t("vulnerabilities-unit"),
                    previous: first.as_deref(),
                    next: next.as_deref(),
                }))
            }
        }
        (asking::overview(context, query, &asked, by_itself))
    };
    let faulty = state.has_errors();
    let response = context.respond(frame, body).await?;
    Ok(if faulty {
        unprocessable(response)
    } else {
        response
    })
}

fn tiles(t: &Translator, sums: &Sums) -> Markup {
    let figure = |label, value: i64, detail, tone, href| {
        let value = value.to_string();
        stat_tile(&StatTile {
            label: t.t(label),
            value: &value,
            unit: t.t("vulnerabilities-unit"),
            detail: t.t(detail),
            tone,
            link: Some((href, t.t("vulnerabilities-show"))),
        })
    };
    let loud = |value: i64, tone| if value > 0 { tone } else { Tone::Neutral };
    row(&[
        (
            Span::Four,
            figure(
                "vulnerabilities-tile-outside",
                sums.exploited_outside,
                "vulnerabilities-tile-outside-detail",
                loud(sums.exploited_outside, Tone::Danger),
                "/vulnerabilities?exploited=yes&exposed=yes",
            ),
        ),
        (
            Span::Four,
            figure(
                "vulnerabilities-tile-overdue",
                sums.overdue,
                "vulnerabilities-tile-overdue-detail",
                loud(sums.overdue, Tone::Late),
                "/vulnerabilities?overdue=yes",
            ),
        ),
        (
            Span::Four,
            figure(
                "vulnerabilities-tile-open",
                sums.open,
                "vulnerabilities-tile-open-detail",
                Tone::Neutral,
                "/vulnerabilities",
            ),
        ),
    ])
}

fn filters(t: &Translator, query: &ListQuery, departments: &[String]) -> Markup {
    let mut state = FormState::empty();
    for (name, value) in query.pairs("") {
        state.set(name, value);
    }
    let mut states = vec![
        Choice::new("", t.t("vulnerabilities-filter-open")),
        Choice::new("all", t.t("vulnerabilities-filter-all")),
        Choice::new("closed", t.t("vulnerabilities-filter-closed")),
    ];
    states.extend(
        State::ALL
            .into_iter()
            .map(|one| Choice::new(one.code(), words::state(t, one).1)),
    );
    let mut severities = vec![Choice::new("", t.t("vulnerabilities-filter-all"))];
    severities.extend(
        Severity::ALL
            .into_iter()
            .map(|one| Choice::new(one.code(), words::severity(t, one).1)),
    );
    let yes = [
        Choice::new("", t.t("vulnerabilities-filter-all")),
        Choice::new("yes", t.t("vulnerabilities-filter-only")),
    ];
    let mut of_departments = vec![Choice::new("", t.t("vulnerabilities-filter-all"))];
    of_departments.extend(departments.iter().map(|name| Choice::new(name, name)));
    let mut vendors = vec![Choice::new("", t.t("vulnerabilities-filter-all"))];
    vendors.extend(Vendor::ALL.map(|one| Choice::new(one.code(), words::vendor(t, one))));
    let fields = html! {
        (text_field(t, &state, &Field::new("q", t.t("vulnerabilities-filter-search")).longest(100)))
        (select(t, &state, &Field::new("state", t.t("vulnerabilities-field-state")), &states))
        (select(t, &state, &Field::new("severity", t.t("vulnerabilities-field-severity")), &severities))
        (select(t, &state, &Field::new("exploited", t.t("vulnerabilities-exploited")), &yes))
        (select(t, &state, &Field::new("exposed", t.t("vulnerabilities-filter-exposed")), &yes))
        (select(t, &state, &Field::new("overdue", t.t("vulnerabilities-filter-overdue")), &yes))
        (select(t, &state, &Field::new("vendor", t.t("vulnerabilities-field-request")), &vendors))
        @if !departments.is_empty() {
            (select(t, &state, &Field::new("department", t.t("vulnerabilities-field-department")), &of_departments))
        }
        @if !query.asset.is_empty() { (hidden("asset", &query.asset)) }
    };
    filter_bar(t, LIST, fields, query.is_filtered().then_some(LIST))
}

/// The table of findings, which the page of a vulnerability shows too.
pub(super) fn table(
    context: &Context,
    found: &[Finding],
    choosing: bool,
    state: &FormState,
) -> Markup {
    let t = context.t();
    let mut columns = Vec::new();
    if choosing {
        columns.push(Column::action(t.t("vulnerabilities-choose")));
    }
    columns.extend([
        Column::text(t.t("vulnerabilities-field-vulnerability")),
        Column::text(t.t("vulnerabilities-field-asset")),
        Column::text(t.t("vulnerabilities-field-why")),
        Column::text(t.t("vulnerabilities-field-trust")),
        Column::text(t.t("vulnerabilities-field-state")),
        Column::text(t.t("vulnerabilities-field-due")),
    ]);
    let rows = found
        .iter()
        .map(|finding| {
            let id = finding.id.to_string();
            let name = finding.identifier().to_string();
            let href = format!("/vulnerabilities/findings/{id}");
            let mut cells = Vec::new();
            if choosing {
                let label = t.t_args(
                    "vulnerabilities-choose-one",
                    args![
                        ("id", name.as_str()),
                        ("asset", finding.asset_name.as_str())
                    ],
                );
                cells.push(row_checkbox(
                    "finding",
                    &id,
                    &label,
                    state.is_chosen("finding", &id),
                ));
            }
            cells.extend([
                html! { a href=(href) { (name) } br; span.small { (words::title_of(t, finding)) } },
                html! {
                    a href={ "/inventory/assets/" (finding.asset_id) } { (finding.asset_name) }
                    @if let Some(day) = finding.support_until { br; (super::support(context, day)) }
                },
                marks(t, finding),
                trust(t, finding),
                html! { (state_tag(t, finding.state())) (asking::mark(t, finding)) },
                html! {
                    @if finding.state().is_open() { (due(t, finding.due_on, context.today)) }
                    @else if let Some(until) = finding.accepted_until {
                        (t.t_args("vulnerabilities-until", args![("date", t.date(until))]))
                    }
                },
            ]);
            TableRow::new(cells)
        })
        .collect();
    let table = Table::new(t.t("vulnerabilities-title"), columns, rows).sticky();
    data_table(&if choosing { table.named_by(1) } else { table })
}

/// The fields of a decision.
pub(super) fn decision_fields(t: &Translator, state: &FormState) -> Markup {
    let mut states = vec![Choice::new("", t.t("vulnerabilities-choose-state"))];
    states.extend(
        [
            State::Investigating,
            State::Affected,
            State::NotAffected,
            State::Fixed,
        ]
        .map(|one| Choice::new(one.code(), words::state(t, one).1)),
    );
    let mut justifications = vec![Choice::new("", t.t("vulnerabilities-none"))];
    justifications.extend(
        Justification::ALL.map(|one| Choice::new(one.code(), words::justification(t, one))),
    );
    html! {
        (select(t, state, &Field::new("state", t.t("vulnerabilities-field-state")).required(), &states))
        (select(t, state, &Field::new("justification", t.t("vulnerabilities-field-justification"))
            .hint(t.t("vulnerabilities-justification-hint")), &justifications))
        (text_field(t, state, &Field::new("note", t.t("vulnerabilities-field-note")).longest(1_000)))
    }
}

fn bulk(t: &Translator, state: &FormState, may_accept: bool) -> Markup {
    html! {
        (fieldset(t.t("vulnerabilities-bulk"), html! {
            (decision_fields(t, state))
            (button_row(&Button::primary(t.t("vulnerabilities-decide")), &[]))
        }))
        @if may_accept {
            (fieldset(t.t("vulnerabilities-accept-chosen"), html! {
                p { (t.t("vulnerabilities-accept-why")) }
                (yagura_web::ui::forms::date_field(t, state, &Field::new("accepted_until", t.t("vulnerabilities-field-until"))))
                (button_row(&Button::secondary(t.t("vulnerabilities-accept")).to("/vulnerabilities/accept"), &[]))
            }))
        }
        (fieldset(t.t("vulnerabilities-ask-title"), asking::bulk(t, state)))
    }
}

pub(super) fn query_of(state: &FormState) -> ListQuery {
    let of = |name: &str| state.value(&format!("_{name}")).to_owned();
    ListQuery {
        q: of("q"),
        state: of("state"),
        severity: of("severity"),
        exploited: of("exploited"),
        exposed: of("exposed"),
        overdue: of("overdue"),
        department: of("department"),
        asset: of("asset"),
        vendor: of("vendor"),
        after: of("after"),
    }
}

pub(super) fn chosen(state: &FormState) -> Vec<(Uuid, Option<i64>)> {
    state
        .values("finding")
        .iter()
        .filter_map(|id| yagura_kernel::id::parse_uuid(id).ok())
        .take(MOST_DECIDED)
        .map(|id| (id, None))
        .collect()
}

pub(super) async fn decide(
    context: Context,
    SubmittedForm(state): SubmittedForm,
) -> Result<Response, WebError> {
    let proof = context
        .authorize_own::<actions::AssessVulnerabilities>()
        .await?;
    bulk_decide(&context, &Right::Assess(&proof), state, false).await
}

pub(super) async fn accept(
    context: Context,
    SubmittedForm(state): SubmittedForm,
) -> Result<Response, WebError> {
    let proof = context
        .authorize_own::<actions::AcceptVulnerabilities>()
        .await?;
    bulk_decide(&context, &Right::Accept(&proof), state, true).await
}

async fn bulk_decide(
    context: &Context,
    right: &Right<'_>,
    mut state: FormState,
    accepting: bool,
) -> Result<Response, WebError> {
    let t = context.t();
    let query = query_of(&state);
    let chosen = chosen(&state);
    if chosen.is_empty() {
        state.add_form_error(t.t("vulnerabilities-error-none-chosen"));
    }
    let decision = decision_of(context, &mut state, accepting);
    let decision = match decision {
        Ok(decision) if !state.has_errors() => decision,
        _ => return show(context, &query, state).await,
    };
    let done = crate::operations::decide(context, right, &chosen, &decision).await?;
    let message = FlashMessage::done("vulnerabilities-decided").with("count", done);
    let after = query.after.parse().ok();
    Ok(context.redirect(&query.link(LIST, after), message))
}

async fn in_file(
    context: &Context,
    query: &ListQuery,
    form: &str,
) -> Result<Vec<Finding>, WebError> {
    let proof = context
        .authorize_own::<actions::ReadVulnerabilities>()
        .await?;
    let filter = query.filter(context);
    let mut found: Vec<Finding> = Vec::new();
    let mut after = None;
    loop {
        let part = findings::list(context.database(), &proof, &filter, after, 1_000).await?;
        let Some(last) = part.last() else { break };
        after = Some(Cursor::after(last));
        found.extend(part);
        if i64::try_from(found.len()).unwrap_or(i64::MAX) >= MOST_IN_FILE {
            break;
        }
    }
    let detail = json!({ "form": form, "findings": found.len() });
    context
        .audit_read(
            &proof,
            "vulnerability_finding",
            context.organization.id,
            detail,
        )
        .await?;
    Ok(found)
}

fn file(context: &Context, media: &str, ending: &str, bytes: Vec<u8>) -> Response {
    let t = context.t();
    let name = t.t_args(
        "vulnerabilities-file-name",
        args![("date", format_iso(context.today))],
    );
    let headers = [
        (header::CONTENT_TYPE, media.to_owned()),
        (
            header::CONTENT_DISPOSITION,
            yagura_web::attachment(&format!("{name}.{ending}")),
        ),
    ];
    (headers, bytes).into_response()
}

pub(super) async fn workbook(
    context: Context,
    QueryOf(query): QueryOf<ListQuery>,
) -> Result<Response, WebError> {
    let found = in_file(&context, &query, "xlsx").await?;
    let made = export::Made::of(&context);
    let bytes = context
        .app
        .make_document(move || export::workbook(&made, &found))
        .await?;
    Ok(file(&context, export::XLSX, "xlsx", bytes))
}

pub(super) async fn csv(
    context: Context,
    QueryOf(query): QueryOf<ListQuery>,
) -> Result<Response, WebError> {
    let found = in_file(&context, &query, "csv").await?;
    let bytes = export::csv(&export::Made::of(&context), &found);
    Ok(file(&context, "text/csv; charset=utf-8", "csv", bytes))
}

pub(super) async fn openvex(
    context: Context,
    QueryOf(query): QueryOf<ListQuery>,
) -> Result<Response, WebError> {
    let found = in_file(&context, &query, "openvex").await?;
    let document = export::openvex(&context, &found);
    let bytes = document.to_string().into_bytes();
    Ok(file(&context, "application/json", "openvex.json", bytes))
}
