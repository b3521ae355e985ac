//! The yearly confirmation: how far each department and each vendor is, and the rows of a
//! department to be confirmed together.

use axum::response::Response;
use maud::{Markup, html};
use serde::Deserialize;
use serde_json::{Map, Value as Json};
use uuid::Uuid;
use yagura_kernel::id::{OrganizationId, PersonId};
use yagura_kernel::policy::{Action, actions};
use yagura_kernel::time::{FiscalYear, format_iso};
use yagura_store::directory;
use yagura_web::api::QueryOf;
use yagura_web::i18n::args;
use yagura_web::ui::components::{
    Column, Listing, Table, TableRow, Tone, card, data_table, empty_state, note, pagination,
    progress_bar, tag,
};
use yagura_web::ui::forms::{
    Button, Choice, Field, Form, FormState, InputKind, Width, button, button_row, date_field, form,
    hidden, link_button, select, text_field,
};
use yagura_web::ui::layout::Crumb;
use yagura_web::{Context, FlashMessage, SubmittedForm, Translator, WebError};

use super::{Part, crumbs, may, path_of, read_proof};
use crate::campaign::PATH;
use crate::model::{Asset, Connection, FieldSpec, RecordKind, System, Word};
use crate::store::{self, DepartmentState, OpenPlace, OpenRecord, SEEN_DAYS_RANGE};
use crate::{operations, words};

/// The address of the rows of a department.
pub(super) const ROWS: &str = "/inventory/confirmation/rows";
/// How many rows a page shows.
const PAGE: i64 = 50;

fn department_word<'a>(t: &'a Translator, department: &'a str) -> &'a str {
    if department.is_empty() {
        t.t("inventory-campaign-no-department")
    } else {
        department
    }
}

pub(super) async fn page(context: Context) -> Result<Response, WebError> {
    let proof = read_proof(&context).await?;
    let (database, t) = (context.database(), context.t());
    let year = FiscalYear::of(context.today);
    let campaign = store::campaign(database, &proof, year).await?;
    let states = store::department_states(database, proof.organization(), year).await?;
    let may_edit = may(&context, Action::EditInventory);
    let records: i64 = states.iter().map(|state| state.records).sum();
    let confirmed: i64 = states.iter().map(|state| state.confirmed).sum();
    let mut frame = context.frame(t.t("inventory-campaign-title"));
    frame.breadcrumbs = crumbs(&context, None);
    frame.lede = Some(html! {
        (t.t_args("inventory-campaign-lede", args![("year", t.fiscal_year(year))]))
    });
    let vendors = vendors(&context, &proof, year).await?;
    let people = if may_edit {
        people(&context).await?
    } else {
        Vec::new()
    };
    let seen_days = store::seen_days(database, proof.organization()).await?;
    let number = |count: i64| u64::try_from(count).unwrap_or_default();
    let body = html! {
        section.card {
            (progress_bar(t, t.t("inventory-campaign-progress"), number(confirmed), number(records)))
            @match &campaign {
                Some(campaign) => {
                    p {
                        (t.t_args("inventory-campaign-due", args![("date", t.date(campaign.due_on))]))
                        @if campaign.due_on < context.today && confirmed < records {
                            " " (tag(Tone::Late, t.t("inventory-campaign-late")))
                        }
                    }
                    p.small {
                        (t.t_args("inventory-campaign-begun", args![
                            ("date", t.date(campaign.started_at.jst_date())),
                            ("name", campaign.by_name.as_deref().unwrap_or_default())
                        ]))
                    }
                }
                None => { p { (t.t("inventory-campaign-not-begun")) } }
            }
            @if may_edit && records > 0 {
                @let state = FormState::empty().with("due_on",
                    campaign.as_ref().map(|campaign| format_iso(campaign.due_on)).unwrap_or_default());
                (form(t, &Form::post(PATH), html! {
                    (date_field(t, &state, &Field::new("due_on", t.t("inventory-campaign-due-on")).required()))
                    (button_row(&Button::primary(t.t(if campaign.is_some() {
                        "inventory-campaign-change"
                    } else {
                        "inventory-campaign-begin"
                    })), &[]))
                    @if campaign.is_none() { p.small { (t.t("inventory-campaign-begin-why")) } }
                }))
            }
        }
        @if records == 0 {
            section.card {
                (empty_state(t.t("inventory-empty"), html! { (t.t("inventory-empty-why")) }))
            }
        } @else {
            (card(t.t("inventory-campaign-departments"), departments(&context, &states)))
        }
        @if may_edit && records > 0 { (responsible_card(t, &states, &people)) }
        (card(t.t("inventory-campaign-vendors"), vendors))
        @if may_edit {
            (card(t.t("inventory-campaign-settings"), form(t, &Form::post("/inventory/confirmation/settings"), html! {
                (text_field(t, &FormState::empty().with("seen_days", seen_days.to_string()),
                    &Field::new("seen_days", t.t("inventory-campaign-seen-days"))
                        .hint(t.t("inventory-campaign-seen-days-hint"))
                        .kind(InputKind::Number).width(Width::Short).required()))
                (button_row(&Button::secondary(t.t("inventory-campaign-save")), &[]))
            })))
        }
    };
    context.respond(frame, body).await
}

fn departments(context: &Context, states: &[DepartmentState]) -> Markup {
    let t = context.t();
    let may_confirm = may(context, Action::ConfirmInventory);
    let rows = states
        .iter()
        .map(|state| {
            let link = yagura_web::address(ROWS, [("department", state.department.as_str()), ("of", "one")]);
            TableRow::new(vec![
                html! { (department_word(t, &state.department)) },
                html! { (t.t_args("inventory-campaign-counts", args![
                    ("confirmed", state.confirmed), ("records", state.records)
                ])) },
                html! { (state.person_name.as_deref().unwrap_or_else(|| t.t("inventory-campaign-nobody"))) },
                html! {
                    @if state.open() == 0 {
                        (tag(Tone::Success, t.t("inventory-campaign-done")))
                    } @else if may_confirm {
                        a href=(link) { (t.t("inventory-campaign-confirm")) }
                    } @else {
                        (tag(Tone::Neutral, t.t("inventory-campaign-open")))
                    }
                },
            ])
        })
        .collect();
    let columns = vec![
        Column::text(t.t("inventory-field-department")),
        Column::text(t.t("inventory-campaign-confirmed")),
        Column::text(t.t("inventory-campaign-responsible")),
        Column::text(t.t("inventory-campaign-state")),
    ];
    data_table(&Table::new(
        t.t("inventory-campaign-departments"),
        columns,
        rows,
    ))
}

async fn people(context: &Context) -> Result<Vec<(PersonId, String)>, WebError> {
    let organization = context.organization.id;
    let found =
        directory::assignments_of_organization(context.database(), organization, context.today)
            .await?;
    let mut people: Vec<(PersonId, String)> = found
        .into_iter()
        .map(|holder| (holder.assignment.person, holder.name))
        .collect();
    people.sort();
    people.dedup();
    people.sort_by(|a, b| a.1.cmp(&b.1));
    Ok(people)
}

fn responsible_card(
    t: &Translator,
    states: &[DepartmentState],
    people: &[(PersonId, String)],
) -> Markup {
    let departments: Vec<Choice<'_>> = states
        .iter()
        .map(|state| Choice::new(&state.department, department_word(t, &state.department)))
        .collect();
    let ids: Vec<(String, &str)> = people
        .iter()
        .map(|(id, name)| (id.to_string(), name.as_str()))
        .collect();
    let mut choices = vec![Choice::new("", t.t("inventory-campaign-nobody"))];
    choices.extend(ids.iter().map(|(id, name)| Choice::new(id, name)));
    let state = FormState::empty();
    card(
        t.t("inventory-campaign-responsible"),
        html! {
            p { (t.t("inventory-campaign-responsible-why")) }
            (form(t, &Form::post("/inventory/confirmation/responsible"), html! {
                (select(t, &state, &Field::new("department", t.t("inventory-field-department")).width(Width::Medium), &departments))
                (select(t, &state, &Field::new("person", t.t("inventory-campaign-responsible")).width(Width::Medium), &choices))
                (button_row(&Button::secondary(t.t("inventory-campaign-save")), &[]))
            }))
        },
    )
}

async fn vendors(
    context: &Context,
    proof: &yagura_kernel::policy::Authorized<actions::ReadInventory>,
    year: FiscalYear,
) -> Result<Markup, WebError> {
    let (database, t) = (context.database(), context.t());
    let vendors = directory::suppliers_of(database, proof.organization(), context.today).await?;
    let standing = store::words_at(database, proof, year).await?;
    let connections: Vec<crate::model::Record<Connection>> = store::list(
        database,
        proof,
        &store::Filter::default(),
        None,
        crate::model::MOST_RECORDS,
    )
    .await?;
    if vendors.is_empty() {
        return Ok(empty_state(
            t.t("inventory-campaign-no-vendors"),
            html! { (t.t("inventory-campaign-no-vendors-why")) },
        ));
    }
    let of = |vendor: OrganizationId| {
        connections
            .iter()
            .filter(move |record| record.content.vendor == Some(vendor))
    };
    let rows = vendors
        .iter()
        .map(|(_, vendor)| {
            let own = of(vendor.id).count();
            let words = standing.iter().filter(|word| word.vendor == vendor.id);
            let right = words
                .clone()
                .filter(|word| word.word == Word::Right)
                .count();
            let contradicts = words.clone().any(|word| word.word.contradicts());
            let says_none = words.clone().any(|word| word.word == Word::None);
            let mark = if contradicts {
                tag(Tone::Caution, t.t("inventory-campaign-contradicts"))
            } else if (own > 0 && right >= own) || (own == 0 && says_none) {
                tag(Tone::Success, t.t("inventory-campaign-done"))
            } else {
                tag(Tone::Neutral, t.t("inventory-campaign-open"))
            };
            TableRow::new(vec![
                html! { (vendor.name) },
                html! {
                    @if own == 0 { (t.t("inventory-campaign-no-connections")) }
                    @else { (t.t_args("inventory-campaign-counts", args![
                        ("confirmed", right), ("records", own)
                    ])) }
                },
                mark,
            ])
        })
        .collect();
    let columns = vec![
        Column::text(t.t("inventory-field-vendor")),
        Column::text(t.t("inventory-connections")),
        Column::text(t.t("inventory-campaign-state")),
    ];
    Ok(data_table(&Table::new(
        t.t("inventory-campaign-vendors"),
        columns,
        rows,
    )))
}

pub(super) async fn start(
    context: Context,
    SubmittedForm(state): SubmittedForm,
) -> Result<Response, WebError> {
    let proof = context.authorize_own::<actions::EditInventory>().await?;
    let due = crate::api::last_day(state.value("due_on"), context.today)?;
    operations::start_campaign(&context, &proof, due).await?;
    let message = FlashMessage::done("inventory-campaign-begun-done");
    Ok(context.redirect(PATH, message))
}

pub(super) async fn responsible(
    context: Context,
    SubmittedForm(state): SubmittedForm,
) -> Result<Response, WebError> {
    let proof = context.authorize_own::<actions::EditInventory>().await?;
    let person = match state.value("person") {
        "" => None,
        id => Some(
            people(&context)
                .await?
                .into_iter()
                .map(|(person, _)| person)
                .find(|person| person.to_string() == id)
                .ok_or_else(|| WebError::invalid("inventory-campaign-error-person"))?,
        ),
    };
    let year = FiscalYear::of(context.today);
    let states = store::department_states(context.database(), proof.organization(), year).await?;
    let department = state.value("department");
    if !states.iter().any(|known| known.department == department) {
        return Err(WebError::invalid("inventory-campaign-error-department"));
    }
    operations::set_responsible(&context, &proof, department, person).await?;
    Ok(context.redirect(PATH, FlashMessage::done("inventory-campaign-saved")))
}

pub(super) async fn settings(
    context: Context,
    SubmittedForm(state): SubmittedForm,
) -> Result<Response, WebError> {
    let proof = context.authorize_own::<actions::EditInventory>().await?;
    let days = yagura_kernel::text::normalise_for_search(state.value("seen_days"));
    let days: i64 = days
        .trim()
        .parse()
        .ok()
        .filter(|days| SEEN_DAYS_RANGE.contains(days))
        .ok_or_else(|| {
            WebError::invalid_with(
                "inventory-campaign-error-days",
                &[
                    ("least", SEEN_DAYS_RANGE.start().to_string()),
                    ("most", SEEN_DAYS_RANGE.end().to_string()),
                ],
            )
        })?;
    operations::set_seen_days(&context, &proof, days).await?;
    Ok(context.redirect(PATH, FlashMessage::done("inventory-campaign-saved")))
}

/// Which rows are shown.
#[derive(Debug, Clone, Default, Deserialize)]
pub(super) struct RowsQuery {
    /// The department; empty for records without one.
    department: Option<String>,
    /// Anything: only that department, which may be the empty one.
    of: Option<String>,
    /// Where the page begins.
    after: Option<String>,
}

impl RowsQuery {
    fn only(&self) -> Option<&str> {
        let is_of_one = self.of.as_deref().is_some_and(|of| !of.is_empty());
        let department = self.department.as_deref().unwrap_or_default();
        (is_of_one || !department.is_empty()).then_some(department)
    }

    fn place(&self) -> Result<Option<OpenPlace>, WebError> {
        let wrong = || WebError::invalid("inventory-error-filter");
        let Some(after) = self.after.as_deref().filter(|after| !after.is_empty()) else {
            return Ok(None);
        };
        let mut parts = after.splitn(3, '_');
        let (kind, id, key) = (parts.next(), parts.next(), parts.next());
        let (Some(kind), Some(id), Some(key)) = (kind, id, key) else {
            return Err(wrong());
        };
        let id = yagura_kernel::id::parse_uuid(id).map_err(|_| wrong())?;
        Ok(Some((kind.to_owned(), key.to_owned(), id)))
    }

    fn link(&self, after: Option<&str>) -> String {
        let department = self.department.as_deref().unwrap_or_default();
        let of = self.of.as_deref().unwrap_or_default();
        let pairs = [
            ("department", department),
            ("of", of),
            ("after", after.unwrap_or_default()),
        ];
        yagura_web::address(ROWS, pairs)
    }
}

/// The most telling fields of a record, in words.
fn summary(t: &Translator, kind: RecordKind, content: &str) -> Markup {
    let fields: &[&str] = match kind {
        RecordKind::System => System::COLUMNS,
        RecordKind::Connection => Connection::COLUMNS,
        RecordKind::Asset => Asset::COLUMNS,
    };
    let values: Map<String, Json> = serde_json::from_str(content).unwrap_or_default();
    let specs: Vec<&FieldSpec> = kind
        .fields()
        .iter()
        .filter(|spec| fields.contains(&spec.key))
        .collect();
    html! {
        @for spec in specs {
            @let value = values.get(spec.key).cloned().unwrap_or_default();
            @let text = words::value(t, spec, &value);
            @if !text.is_empty() {
                div { span.small { (words::label(t, spec.key)) ": " } (text) }
            }
        }
    }
}

pub(super) async fn rows(
    context: Context,
    QueryOf(query): QueryOf<RowsQuery>,
) -> Result<Response, WebError> {
    let proof = read_proof(&context).await?;
    let (database, t) = (context.database(), context.t());
    let year = FiscalYear::of(context.today);
    let after = query.place()?;
    let only = query.only();
    let mut found =
        store::open_records(database, &proof, year, only, after.as_ref(), PAGE + 1).await?;
    let has_more = i64::try_from(found.len()).is_ok_and(|number| number > PAGE);
    if has_more {
        found.pop();
    }
    let states = store::department_states(database, proof.organization(), year).await?;
    let total: i64 = states
        .iter()
        .filter(|state| only.is_none_or(|only| state.department == only))
        .map(DepartmentState::open)
        .sum();
    let next = found.last().filter(|_| has_more).map(|last| {
        query.link(Some(&format!(
            "{}_{}_{}",
            last.kind, last.id, last.sort_key
        )))
    });
    let first = after.is_some().then(|| query.link(None));
    let may_confirm = may(&context, Action::ConfirmInventory);
    let title = only.map_or_else(
        || t.t("inventory-campaign-rows").to_owned(),
        |only| department_word(t, only).to_owned(),
    );
    let table_rows = found
        .iter()
        .map(|record| row(t, record, may_confirm))
        .collect();
    let mut columns = vec![
        Column::text(t.t("inventory-campaign-part")),
        Column::text(t.t("inventory-field-name")),
        Column::text(t.t("inventory-what-it-says")),
    ];
    if may_confirm {
        columns.insert(0, Column::text(t.t("inventory-campaign-tick")));
    }
    let table = data_table(
        &Table::new(t.t("inventory-campaign-rows"), columns, table_rows).without_row_headers(),
    );
    let all = t.t_args(
        "inventory-campaign-confirm-shown",
        args![("count", found.len())],
    );
    let mut frame = context.frame(&title);
    frame.breadcrumbs = crumbs(&context, None);
    frame
        .breadcrumbs
        .push(Crumb::new(t.t("inventory-campaign-title"), PATH));
    frame.lede = Some(html! { (t.t("inventory-campaign-rows-lede")) });
    let body = html! {
        section.card aria-label=(t.t("inventory-campaign-rows")) {
            @if found.is_empty() {
                (note(t, Tone::Success, html! { (t.t("inventory-campaign-all-done")) }))
                p { (link_button(PATH, t.t("inventory-campaign-back"), false)) }
            } @else {
                @if may_confirm {
                    (form(t, &Form::post(ROWS), html! {
                        (table)
                        (hidden("return", &query.link(None)))
                        (button_row(&Button::primary(t.t("inventory-campaign-confirm-ticked")), &[
                            button(&Button::secondary(&all).sending("all", "yes"))
                        ]))
                    }))
                } @else { (table) }
                (pagination(t, &Listing {
                    total: u64::try_from(total).unwrap_or_default(),
                    shown: found.len() as u64,
                    first: after.is_none().then_some(1),
                    unit: t.t("inventory-unit"),
                    previous: first.as_deref(),
                    next: next.as_deref(),
                }))
            }
        }
    };
    context.respond(frame, body).await
}

fn row(t: &Translator, record: &OpenRecord, may_confirm: bool) -> TableRow {
    let kind = RecordKind::from_code(&record.kind).unwrap_or(RecordKind::Asset);
    let label = t.t_args(
        "inventory-campaign-tick-one",
        args![("name", record.name.as_str())],
    );
    let mut cells = vec![
        html! { (words::part(t, kind)) },
        html! { a href={ (path_of(kind)) "/" (record.id) } { (record.name) } },
        summary(t, kind, &record.content),
    ];
    if may_confirm {
        let value = format!("{}:{}:{}", record.kind, record.id, record.revision);
        cells.insert(
            0,
            html! { input type="checkbox" name="row" value=(value) aria-label=(label);
            input type="hidden" name="shown" value=(value); },
        );
    }
    TableRow::new(cells)
}

pub(super) async fn confirm_rows(
    context: Context,
    SubmittedForm(state): SubmittedForm,
) -> Result<Response, WebError> {
    let proof = context.authorize_own::<actions::ConfirmInventory>().await?;
    let chosen: Vec<(RecordKind, Uuid, i64)> = state
        .values(if state.value("all").is_empty() {
            "row"
        } else {
            "shown"
        })
        .iter()
        .filter_map(|value| {
            let mut parts = value.splitn(3, ':');
            let kind = RecordKind::from_code(parts.next()?)?;
            let id = yagura_kernel::id::parse_uuid(parts.next()?).ok()?;
            Some((kind, id, parts.next()?.parse().ok()?))
        })
        .take(usize::try_from(PAGE).unwrap_or_default())
        .collect();
    if chosen.is_empty() {
        return Err(WebError::invalid("inventory-campaign-error-none"));
    }
    let (confirmed, left) = operations::confirm_many(&context, &proof, &chosen).await?;
    let back = match state.value("return") {
        "" => PATH,
        path => yagura_web::submitted::inner_path(path),
    };
    let message = if left == 0 {
        FlashMessage::done("inventory-campaign-confirmed-done").with("count", confirmed.to_string())
    } else {
        FlashMessage::done("inventory-campaign-confirmed-some")
            .with("count", confirmed.to_string())
            .with("left", left.to_string())
    };
    Ok(context.redirect(back, message))
}
