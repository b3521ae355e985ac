//! What is to be done: findings, the gravest first.

use axum::response::Response;
use maud::{Markup, html};
use serde::Deserialize;
use yagura_kernel::policy::Action;
use yagura_kernel::time::format_iso;
use yagura_web::api::QueryOf;
use yagura_web::i18n::args;
use yagura_web::ui::components::{
    Column, Listing, Table, TableRow, Tone, data_table, details, due, empty_state, filter_bar,
    note, pagination,
};
use yagura_web::ui::forms::{
    Button, Choice, Field, Form, FormState, button_row, form, link_button, select, text_field,
};
use yagura_web::{Context, FlashMessage, SubmittedForm, Translator, WebError};

use super::{PAGE, PAGE_ROWS, PATH, crumbs, edit_proof, file, may, parts, read_proof, u64_of};
use crate::model::{DAYS, FindingState, Rules};
use crate::store::{self, Cursor, FindingFilter, FindingRow, SourceRow};
use crate::{export, operations, words};

/// Which findings are asked for.
#[derive(Debug, Default, Clone, Deserialize)]
#[serde(default)]
pub(crate) struct WorkQuery {
    kind: String,
    source: String,
    state: String,
    after: String,
}

impl WorkQuery {
    fn filter(&self) -> FindingFilter {
        FindingFilter {
            kind: Some(self.kind.clone()).filter(|kind| !kind.is_empty()),
            source: super::parse_id(&self.source),
            state: self.state.clone(),
        }
    }

    fn link(&self, path: &str, after: Option<Cursor>) -> String {
        let after = after.map(|after| after.to_string()).unwrap_or_default();
        yagura_web::address(
            path,
            [
                ("kind", self.kind.as_str()),
                ("source", &self.source),
                ("state", &self.state),
                ("after", &after),
            ],
        )
    }

    fn is_filtered(&self) -> bool {
        !(self.kind.is_empty() && self.source.is_empty() && self.state.is_empty())
    }
}

pub(super) async fn page(
    context: Context,
    QueryOf(query): QueryOf<WorkQuery>,
) -> Result<Response, WebError> {
    show(&context, &query, FormState::empty()).await
}

async fn show(
    context: &Context,
    query: &WorkQuery,
    state: FormState,
) -> Result<Response, WebError> {
    let proof = read_proof(context).await?;
    let (t, database) = (context.t(), context.database());
    let filter = query.filter();
    let after: Option<Cursor> = query.after.parse().ok();
    let mut rows = store::list_findings(database, &proof, &filter, after, PAGE + 1).await?;
    let has_more = rows.len() > PAGE_ROWS;
    rows.truncate(PAGE_ROWS);
    let total = store::count_findings(database, &proof, &filter).await?;
    let sources = store::sources(database, &proof).await?;
    let rules = store::rules(database, proof.organization()).await?;
    let leavers = store::count_leavers(database, proof.organization()).await?;
    let (_, staff_at) = store::staff_state(database, proof.organization()).await?;
    let next = rows.last().filter(|_| has_more).map(|last| {
        let cursor = Cursor {
            urgency: last.urgency,
            id: last.id,
        };
        query.link(PATH, Some(cursor))
    });
    let first = after.is_some().then(|| query.link(PATH, None));
    let mut frame = context.frame(t.t("accounts-title"));
    frame.breadcrumbs = crumbs(context, None);
    frame.lede = Some(html! { (t.t("accounts-lede")) });
    frame.actions = Some(html! {
        (link_button(&query.link("/accounts.xlsx", None), t.t("accounts-save-xlsx"), false))
        (link_button(&query.link("/accounts.csv", None), t.t("accounts-save-csv"), false))
    });
    let faulty = state.has_errors();
    let body = html! {
        (parts(t, PATH))
        (begin(t, &sources, staff_at.is_some()))
        @if leavers > 0 {
            (note(t, Tone::Caution, html! {
                p { (t.t_args("accounts-todo-leavers", args![("count", leavers)])) " "
                    a href=(super::leavers::HERE) { (t.t("accounts-todo-leavers-why")) } }
            }))
        }
        (untold(t, &sources))
        (filters(t, query, &sources))
        section.card aria-label=(t.t("accounts-part-findings")) {
            @if rows.is_empty() && query.is_filtered() {
                (empty_state(t.t("accounts-none-found"), html! { (t.t("accounts-none-found-why")) }))
            } @else if rows.is_empty() {
                (empty_state(t.t("accounts-none"), html! { (t.t("accounts-none-why")) }))
            } @else {
                (table(context, &rows))
                (pagination(t, &Listing {
                    total: u64_of(total),
                    shown: u64::try_from(rows.len()).unwrap_or_default(),
                    first: None,
                    unit: t.t("accounts-unit"),
                    previous: first.as_deref(),
                    next: next.as_deref(),
                }))
            }
        }
        @if may(context, Action::EditAccounts) { (rules_form(t, state, rules)) }
    };
    let response = context.respond(frame, body).await?;
    Ok(if faulty {
        super::unprocessable(response)
    } else {
        response
    })
}

/// What is missing before anything can be found.
fn begin(t: &Translator, sources: &[SourceRow], has_staff: bool) -> Markup {
    html! {
        @if !has_staff {
            (note(t, Tone::Caution, html! {
                p { (t.t("accounts-begin-staff")) " "
                    a href="/accounts/staff" { (t.t("accounts-begin-staff-link")) } }
            }))
        }
        @if sources.is_empty() {
            (note(t, Tone::Caution, html! {
                p { (t.t("accounts-begin-sources")) " "
                    a href="/accounts/sources/new" { (t.t("accounts-begin-sources-link")) } }
            }))
        }
    }
}

/// What sources do not tell: nothing was found there because nothing can be.
fn untold(t: &Translator, sources: &[SourceRow]) -> Markup {
    let told: Vec<&SourceRow> = sources
        .iter()
        .filter(|source| source.import.is_some() && !source.untold.is_empty())
        .collect();
    if told.is_empty() {
        return html! {};
    }
    details(
        t.t("accounts-untold"),
        html! {
            p { (t.t("accounts-untold-why")) }
            ul {
                @for source in told {
                    @let words: Vec<&str> = source.untold.iter()
                        .map(|aspect| words::aspect(t, aspect.code())).collect();
                    li { (source.name) ": " (words.join("、")) }
                }
            }
        },
    )
}

fn filters(t: &Translator, query: &WorkQuery, sources: &[SourceRow]) -> Markup {
    let state = FormState::empty()
        .with("kind", query.kind.as_str())
        .with("source", query.source.as_str())
        .with("state", query.state.as_str());
    let mut kinds = vec![Choice::new("", t.t("accounts-filter-all"))];
    kinds.extend(
        accountmatch::findings::FindingKind::ALL
            .iter()
            .map(|kind| Choice::new(kind.code(), words::kind(t, kind.code()))),
    );
    let ids: Vec<String> = sources.iter().map(|source| source.id.to_string()).collect();
    let mut of = vec![Choice::new("", t.t("accounts-filter-all"))];
    of.extend(
        ids.iter()
            .zip(sources)
            .map(|(id, source)| Choice::new(id, &source.name)),
    );
    let mut states = vec![Choice::new("", t.t("accounts-filter-to-do"))];
    states.extend(
        FindingState::ALL
            .iter()
            .map(|state| Choice::new(state.code(), words::state(t, state.code()))),
    );
    states.push(Choice::new("all", t.t("accounts-filter-all")));
    filter_bar(
        t,
        PATH,
        html! {
            (select(t, &state, &Field::new("kind", t.t("accounts-field-kind")), &kinds))
            (select(t, &state, &Field::new("source", t.t("accounts-field-source")), &of))
            (select(t, &state, &Field::new("state", t.t("accounts-field-state")), &states))
        },
        query.is_filtered().then_some(PATH),
    )
}

fn table(context: &Context, rows: &[FindingRow]) -> Markup {
    let t = context.t();
    let rows = rows
        .iter()
        .map(|row| {
            let href = format!("/accounts/findings/{}", row.id);
            let name = account_label(t, row);
            let grounds: Vec<String> =
                row.grounds().iter().map(|ground| words::ground(t, ground)).collect();
            TableRow::new(vec![
                html! { a href=(href) { (name) } @if !row.account_name.is_empty() { br; (row.account_name) } },
                html! { (words::gravity_tag(t, row.gravity)) " " (words::kind(t, &row.kind)) },
                html! { (grounds.join(" ")) },
                html! { (row.source_name) },
                html! {
                    (words::state_tag(t, &row.state))
                    @if let Some(day) = row.due_on.filter(|_| row.state == "task") {
                        " " (due(t, day, context.today))
                    }
                },
            ])
        })
        .collect();
    data_table(
        &Table::new(
            t.t("accounts-part-findings"),
            vec![
                Column::text(t.t("accounts-field-account")),
                Column::text(t.t("accounts-field-kind")),
                Column::text(t.t("accounts-field-grounds")),
                Column::text(t.t("accounts-field-source")),
                Column::text(t.t("accounts-field-state")),
            ],
            rows,
        )
        .sticky(),
    )
}

/// The account, or the source as a whole.
pub(super) fn account_label<'a>(t: &'a Translator, row: &'a FindingRow) -> &'a str {
    if row.account_key.is_empty() {
        t.t("accounts-whole-source")
    } else {
        &row.account_key
    }
}

fn rules_form(t: &Translator, state: FormState, rules: Rules) -> Markup {
    let state = if state.has_errors() {
        state
    } else {
        FormState::empty()
            .with("dormant_days", rules.dormant_days.to_string())
            .with("password_days", rules.password_days.to_string())
            .with("list_days", rules.list_days.to_string())
    };
    details(
        t.t("accounts-rules"),
        html! {
            (form(t, &Form::post("/accounts/rules"), html! {
                (text_field(t, &state, &Field::new("dormant_days", t.t("accounts-rules-dormant")).required()))
                (text_field(t, &state, &Field::new("password_days", t.t("accounts-rules-password")).required()))
                (text_field(t, &state, &Field::new("list_days", t.t("accounts-rules-list"))
                    .hint(t.t("accounts-rules-list-hint")).required()))
                (button_row(&Button::secondary(t.t("accounts-rules-save")), &[]))
            }))
        },
    )
}

pub(super) async fn rules(
    context: Context,
    SubmittedForm(mut state): SubmittedForm,
) -> Result<Response, WebError> {
    let proof = edit_proof(&context).await?;
    let t = context.t();
    let mut number = |name: &str, label: &str| {
        let read = state.read_number(t, name, label, DAYS);
        if read.is_none() && state.error(name).is_none() {
            let words = t.t_args("form-error-required", args![("label", label)]);
            state.add_error(name, words);
        }
        read
    };
    let dormant = number("dormant_days", t.t("accounts-rules-dormant"));
    let password = number("password_days", t.t("accounts-rules-password"));
    let list = number("list_days", t.t("accounts-rules-list"));
    let (Some(dormant_days), Some(password_days), Some(list_days)) = (dormant, password, list)
    else {
        return show(&context, &WorkQuery::default(), state).await;
    };
    let rules = Rules {
        dormant_days,
        password_days,
        list_days,
    };
    operations::set_rules(&context, &proof, rules).await?;
    Ok(context.redirect(PATH, FlashMessage::done("accounts-rules-saved")))
}

/// The findings of a filter, for a file.
async fn all(context: &Context, query: &WorkQuery) -> Result<Vec<FindingRow>, WebError> {
    let proof = read_proof(context).await?;
    let rows =
        store::list_findings(context.database(), &proof, &query.filter(), None, 100_000).await?;
    let detail = serde_json::json!({ "findings": rows.len() });
    context
        .audit_read(&proof, "accounts_finding", context.organization.id, detail)
        .await?;
    Ok(rows)
}

pub(super) async fn workbook(
    context: Context,
    QueryOf(query): QueryOf<WorkQuery>,
) -> Result<Response, WebError> {
    let rows = all(&context, &query).await?;
    let made = export::Made::of(&context);
    let bytes = context
        .app
        .make_document(move || export::findings(&made, &rows))
        .await?;
    let name = format!(
        "{} {}.xlsx",
        context.t().t("accounts-title"),
        format_iso(context.today)
    );
    Ok(file(bytes, export::XLSX, &name))
}

pub(super) async fn csv(
    context: Context,
    QueryOf(query): QueryOf<WorkQuery>,
) -> Result<Response, WebError> {
    let rows = all(&context, &query).await?;
    let bytes = export::findings_csv(&export::Made::of(&context), &rows);
    let name = format!(
        "{} {}.csv",
        context.t().t("accounts-title"),
        format_iso(context.today)
    );
    Ok(file(bytes, "text/csv; charset=utf-8", &name))
}
