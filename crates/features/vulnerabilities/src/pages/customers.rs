//! For a vendor: what its customers ask about vulnerabilities in the devices that it maintains. A
//! vulnerability in a product of a version is answered once for all customers.

use axum::response::Response;
use maud::{Markup, html};
use serde::Deserialize;
use uuid::Uuid;
use vulnmatch::model::VulnerabilityId;
use yagura_kernel::policy::Action;
use yagura_web::api::QueryOf;
use yagura_web::i18n::args;
use yagura_web::ui::components::{
    Column, Listing, Table, TableRow, Tone, card, data_table, due, empty_state, filter_bar,
    pagination, tag,
};
use yagura_web::ui::forms::{
    Button, Choice, Field, Form, FormState, button_row, date_field, error_summary, fieldset, form,
    hidden, link_button, row_checkbox, select, select_all, text_field, textarea,
};
use yagura_web::ui::layout::Crumb;
use yagura_web::{Context, FlashMessage, SubmittedForm, WebError};

use super::{CUSTOMERS, PAGE, VEX, asking};
use crate::model::Justification;
use crate::model::request::{Answer, LONGEST_STATEMENT, LONGEST_VERSION, RequestState, Status};
use crate::operations::requests::{self as acts, require_vendor};
use crate::store::findings;
use crate::store::requests::work::{self, WorkCursor, WorkFilter, WorkGroup, WorkItem};
use crate::words;

/// How many devices one answer touches at most.
const MOST_ANSWERED: i64 = 1_000;

/// Which questions are shown.
#[derive(Debug, Default, Clone, Deserialize)]
#[serde(default)]
pub(super) struct WorkQuery {
    customer: String,
    vulnerability: String,
    product: String,
    state: String,
    after: String,
}

impl WorkQuery {
    fn filter(&self) -> WorkFilter {
        let product = self.product.trim();
        WorkFilter {
            customer: yagura_kernel::id::parse_uuid(&self.customer)
                .ok()
                .map(Into::into),
            vulnerability: self.vulnerability.trim().parse().ok(),
            product: (!product.is_empty()).then(|| product.chars().take(100).collect()),
            state: RequestState::from_code(&self.state),
        }
    }

    fn link(&self, after: Option<&WorkCursor>) -> String {
        let after = after.map(ToString::to_string).unwrap_or_default();
        let pairs = [
            ("customer", self.customer.as_str()),
            ("vulnerability", &self.vulnerability),
            ("product", &self.product),
            ("state", &self.state),
            ("after", &after),
        ];
        yagura_web::address(CUSTOMERS, pairs)
    }
}

fn answer_link(vulnerability: &str, product: &str) -> String {
    yagura_web::address(
        "/customers/vulnerabilities/answer",
        [("vulnerability", vulnerability), ("product", product)],
    )
}

/// The CPE names of a product, one a line.
fn product(text: &str) -> Markup {
    html! { @for name in text.split(' ') { code { (name) } br; } }
}

/// The worklist.
pub(super) async fn page(
    context: Context,
    QueryOf(query): QueryOf<WorkQuery>,
) -> Result<Response, WebError> {
    require_vendor(&context, Action::ReadCustomerVulnerabilities)?;
    let t = context.t();
    let (database, principal, today) = (context.database(), &context.principal, context.today);
    let filter = query.filter();
    let is_filtered = filter != WorkFilter::default();
    let after: Option<WorkCursor> = query.after.parse().ok();
    let mut found = work::groups(
        database,
        principal,
        &filter,
        after.as_ref(),
        PAGE + 1,
        today,
    )
    .await?;
    let most = usize::try_from(PAGE).unwrap_or(usize::MAX);
    let has_more = found.len() > most;
    found.truncate(most);
    let sums = work::sums(database, principal, &filter, today).await?;
    let customers = work::customers(database, principal, today).await?;
    let next = found
        .last()
        .filter(|_| has_more)
        .map(|last| query.link(Some(&last.cursor())));
    let first = after.is_some().then(|| query.link(None));
    let mut frame = context.frame(t.t("vulnerabilities-customers-title"));
    frame.breadcrumbs = vec![Crumb::new(t.t("nav-home"), "/")];
    frame.lede = Some(html! { (t.t("vulnerabilities-customers-lede")) });
    frame.actions = Some(link_button(VEX, t.t("vulnerabilities-vex-title"), false));
    let mut names: Vec<(String, &str)> = Vec::new();
    for customer in &customers {
        names.push((customer.id.to_string(), customer.name.as_str()));
    }
    let body = html! {
        (filters(&context, &query, &names, is_filtered))
        section.card aria-label=(t.t("vulnerabilities-customers-title")) {
            @if found.is_empty() && is_filtered {
                (empty_state(t.t("vulnerabilities-none-found"), html! { (t.t("vulnerabilities-none-found-why")) }))
            } @else if found.is_empty() {
                (empty_state(t.t("vulnerabilities-customers-none"), html! { (t.t("vulnerabilities-customers-none-why")) }))
            } @else {
                p {
                    (t.t_args("vulnerabilities-customers-waiting",
                        args![("devices", sums.waiting), ("customers", sums.customers)]))
                }
                (groups_table(&context, &found))
                (pagination(t, &Listing {
                    total: u64::try_from(sums.groups).unwrap_or_default(),
                    shown: u64::try_from(found.len()).unwrap_or_default(),
                    first: None,
                    unit: t.t("vulnerabilities-unit"),
                    previous: first.as_deref(),
                    next: next.as_deref(),
                }))
            }
        }
    };
    context.respond(frame, body).await
}

fn filters(
    context: &Context,
    query: &WorkQuery,
    customers: &[(String, &str)],
    is_filtered: bool,
) -> Markup {
    let t = context.t();
    let filled = FormState::empty()
        .with("customer", query.customer.as_str())
        .with("vulnerability", query.vulnerability.as_str())
        .with("product", query.product.as_str())
        .with("state", query.state.as_str());
    let all = Choice::new("", t.t("vulnerabilities-filter-all"));
    let mut of_customers = vec![all.clone()];
    of_customers.extend(customers.iter().map(|(id, name)| Choice::new(id, name)));
    let mut states = vec![all];
    states.extend(
        RequestState::ALL.map(|one| Choice::new(one.code(), words::request_state(t, one).1)),
    );
    let fields = html! {
        (select(t, &filled, &Field::new("customer", t.t("vulnerabilities-field-customer")), &of_customers))
        (text_field(t, &filled, &Field::new("vulnerability", t.t("vulnerabilities-field-number")).longest(40)))
        (text_field(t, &filled, &Field::new("product", t.t("vulnerabilities-field-product")).longest(100)))
        (select(t, &filled, &Field::new("state", t.t("vulnerabilities-field-state")), &states))
    };
    filter_bar(t, CUSTOMERS, fields, is_filtered.then_some(CUSTOMERS))
}

fn groups_table(context: &Context, found: &[WorkGroup]) -> Markup {
    let t = context.t();
    let columns = vec![
        Column::text(t.t("vulnerabilities-field-vulnerability")),
        Column::text(t.t("vulnerabilities-field-product")),
        Column::number(t.t("vulnerabilities-field-customers")),
        Column::number(t.t("vulnerabilities-field-devices")),
        Column::text(t.t("vulnerabilities-field-answer-by")),
    ];
    let rows = found
        .iter()
        .map(|group| {
            let name = group.identifier().to_string();
            TableRow::new(vec![
                html! {
                    a href=(answer_link(&name, &group.product)) { (name) } br;
                    span.small { (words::pick_title(t, group.title_ja.as_ref(), group.title_en.as_ref())) }
                    @if group.kev_added.is_some() { br; (tag(Tone::Danger, t.t("vulnerabilities-exploited"))) }
                    @if let Some(tenths) = group.cvss_tenths { " " (tag(Tone::Neutral, &format!("CVSS {}", words::tenths(tenths)))) }
                },
                product(&group.product),
                html! { (group.customers) },
                html! { (group.devices) },
                html! {
                    @if group.waiting > 0 { (due(t, group.due_on, context.today)) }
                    @else { (tag(Tone::Success, t.t("vulnerabilities-customers-done"))) }
                },
            ])
        })
        .collect();
    data_table(&Table::new(t.t("vulnerabilities-customers-title"), columns, rows).sticky())
}

/// Which question is answered.
#[derive(Debug, Default, Clone, Deserialize)]
#[serde(default)]
pub(super) struct AnswerQuery {
    vulnerability: String,
    product: String,
}

/// A vulnerability in a product, with everybody who asks about it and the form of the answer.
pub(super) async fn answer_page(
    context: Context,
    QueryOf(query): QueryOf<AnswerQuery>,
) -> Result<Response, WebError> {
    require_vendor(&context, Action::ReadCustomerVulnerabilities)?;
    show(&context, &query, FormState::empty()).await
}

async fn show(
    context: &Context,
    query: &AnswerQuery,
    typed: FormState,
) -> Result<Response, WebError> {
    let t = context.t();
    let id: VulnerabilityId = query
        .vulnerability
        .parse()
        .map_err(|_| WebError::NotFound)?;
    let items = work::items_of_group(
        context.database(),
        &context.principal,
        id,
        &query.product,
        MOST_ANSWERED,
        context.today,
    )
    .await?;
    let Some(first) = items.first() else {
        return Err(WebError::NotFound);
    };
    let proof = context
        .authorize::<yagura_kernel::policy::actions::ReadCustomerVulnerabilities>(
            first.organization_id,
        )
        .await?;
    let known = findings::vulnerability(context.database(), &proof, id).await?;
    let may_answer = require_vendor(context, Action::AnswerCustomerVulnerabilities).is_ok();
    let faulty = typed.has_errors();
    // Those that wait are chosen at first.
    let state = if faulty || !typed.values("request").is_empty() {
        typed
    } else {
        FormState::from_pairs(
            items
                .iter()
                .filter(|item| item.state() == RequestState::Asked)
                .map(|item| ("request", item.id.to_string())),
        )
    };
    let mut frame = context.frame(id.to_string());
    frame.breadcrumbs = vec![
        Crumb::new(t.t("nav-home"), "/"),
        Crumb::new(t.t("vulnerabilities-customers-title"), CUSTOMERS),
    ];
    frame.lede = Some(html! { (words::title(t, &known)) });
    let body = html! {
        (error_summary(t, &state))
        (card(t.t("vulnerabilities-about"), super::finding::about_for_vendor(context, &known, &query.product)))
        @if may_answer {
            (form(t, &Form::post("/customers/vulnerabilities/answer"), html! {
                (hidden("vulnerability", &query.vulnerability))
                (hidden("product", &query.product))
                (card(t.t("vulnerabilities-customers-asking"), html! {
                    (select_all(t, "request"))
                    (items_table(context, &items, Some(&state)))
                }))
                (card(t.t("vulnerabilities-answer-title"), answer_fields(context, &state)))
            }))
        } @else {
            (card(t.t("vulnerabilities-customers-asking"), items_table(context, &items, None)))
        }
    };
    let response = context.respond(frame, body).await?;
    Ok(if faulty {
        super::unprocessable(response)
    } else {
        response
    })
}

fn items_table(context: &Context, items: &[WorkItem], choosing: Option<&FormState>) -> Markup {
    let t = context.t();
    let mut columns = Vec::new();
    if choosing.is_some() {
        columns.push(Column::action(t.t("vulnerabilities-choose")));
    }
    columns.extend([
        Column::text(t.t("vulnerabilities-field-customer")),
        Column::text(t.t("vulnerabilities-field-asset")),
        Column::text(t.t("vulnerabilities-field-request")),
        Column::text(t.t("vulnerabilities-field-answer")),
    ]);
    let rows = items
        .iter()
        .map(|item| {
            let id = item.id.to_string();
            let mut cells = Vec::new();
            if let Some(state) = choosing {
                let label = t.t_args(
                    "vulnerabilities-choose-device",
                    args![
                        ("customer", item.customer.as_str()),
                        ("asset", item.asset_name.as_str())
                    ],
                );
                cells.push(row_checkbox(
                    "request",
                    &id,
                    &label,
                    state.is_chosen("request", &id),
                ));
            }
            let (tone, word) = words::request_state(t, item.state());
            cells.extend([
                html! { (item.customer) },
                html! {
                    (item.asset_name)
                    @if let Some(day) = item.support_until { br; (super::support(context, day)) }
                },
                html! {
                    (tag(tone, word)) " "
                    @if item.state() == RequestState::Asked { (due(t, item.due_on, context.today)) }
                    @if !item.message.is_empty() { br; span.small { (item.message) } }
                },
                html! { @if let Some(given) = item.answer() { (asking::answer(t, &given)) } },
            ]);
            TableRow::new(cells)
        })
        .collect();
    let table = Table::new(t.t("vulnerabilities-customers-asking"), columns, rows).sticky();
    data_table(&if choosing.is_some() {
        table.named_by(1)
    } else {
        table
    })
}

fn answer_fields(context: &Context, state: &FormState) -> Markup {
    let t = context.t();
    let mut statuses = vec![Choice::new("", t.t("vulnerabilities-choose-state"))];
    statuses.extend(Status::ALL.map(|one| Choice::new(one.code(), words::status(t, one).1)));
    let mut reasons = vec![Choice::new("", t.t("vulnerabilities-none"))];
    let all = asking::justifications(t);
    reasons.extend(all.iter().map(|(code, words)| Choice::new(code, words)));
    html! {
        (fieldset(t.t("vulnerabilities-answer-for-chosen"), html! {
            (select(t, state, &Field::new("status", t.t("vulnerabilities-field-state")).required(), &statuses))
            (select(t, state, &Field::new("justification", t.t("vulnerabilities-field-justification"))
                .hint(t.t("vulnerabilities-justification-hint")), &reasons))
            (textarea(t, state, &Field::new("statement", t.t("vulnerabilities-field-statement"))
                .hint(t.t("vulnerabilities-statement-hint")).rows(3)))
            (text_field(t, state, &Field::new("fixed_version", t.t("vulnerabilities-field-fixed-version")).longest(LONGEST_VERSION)))
            (date_field(t, state, &Field::new("planned_on", t.t("vulnerabilities-field-planned"))))
            (button_row(&Button::primary(t.t("vulnerabilities-answer")), &[
                link_button(CUSTOMERS, t.t("vulnerabilities-cancel"), false),
            ]))
        }))
    }
}

/// Reads an answer; what is wrong stands beside the fields.
fn answer_of(context: &Context, state: &mut FormState) -> Option<Answer> {
    let t = context.t();
    let Some(status) = Status::from_code(state.value("status")) else {
        state.add_error("status", t.t("vulnerabilities-error-state"));
        return None;
    };
    let planned_on = state.read_date(t, "planned_on", t.t("vulnerabilities-field-planned"));
    let statement = state.read_text(
        t,
        "statement",
        t.t("vulnerabilities-field-statement"),
        LONGEST_STATEMENT,
    );
    let fixed_version = state.read_text(
        t,
        "fixed_version",
        t.t("vulnerabilities-field-fixed-version"),
        LONGEST_VERSION,
    );
    if state.has_errors() {
        return None;
    }
    let answer = Answer {
        status,
        justification: Justification::from_code(state.value("justification")),
        statement,
        fixed_version,
        planned_on,
    };
    match answer.checked() {
        Ok(answer) => Some(answer),
        Err(problem) => {
            state.add_error(problem.field(), words::answer_problem(t, problem));
            None
        }
    }
}

pub(super) async fn answer(
    context: Context,
    SubmittedForm(mut state): SubmittedForm,
) -> Result<Response, WebError> {
    require_vendor(&context, Action::AnswerCustomerVulnerabilities)?;
    let query = AnswerQuery {
        vulnerability: state.value("vulnerability").to_owned(),
        product: state.value("product").to_owned(),
    };
    let most = usize::try_from(MOST_ANSWERED).unwrap_or(usize::MAX);
    let mut chosen: Vec<Uuid> = state
        .values("request")
        .iter()
        .filter_map(|id| yagura_kernel::id::parse_uuid(id).ok())
        .take(most)
        .collect();
    chosen.sort_unstable();
    chosen.dedup();
    if chosen.is_empty() {
        state.add_form_error(context.t().t("vulnerabilities-error-none-chosen"));
    }
    let given = answer_of(&context, &mut state);
    let Some(given) = given.filter(|_| !state.has_errors()) else {
        return show(&context, &query, state).await;
    };
    let chosen = chosen.into_iter().map(|id| (id, None)).collect();
    let done = acts::answer(&context, chosen, &given).await?;
    let message = FlashMessage::done("vulnerabilities-answered").with("count", done);
    Ok(context.redirect(CUSTOMERS, message))
}
