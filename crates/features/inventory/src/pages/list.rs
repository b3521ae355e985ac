//! The records of one part, with search and filters.

use axum::http::header;
use axum::response::{IntoResponse, Response};
use maud::{Markup, html};
use serde::Deserialize;
use serde_json::Value as Json;
use yagura_kernel::policy::Action;
use yagura_kernel::time::{FiscalYear, format_iso, parse_date};
use yagura_web::api::QueryOf;
use yagura_web::i18n::args;
use yagura_web::ui::components::{
    Column, Listing, Table, TableRow, Tone, data_table, date, empty_state, filter_bar, pagination,
    tag,
};
use yagura_web::ui::forms::{Choice, Field, FormState, link_button, select, text_field};
use yagura_web::{Context, Translator, WebError};

use super::{PAGE, Part, crumbs, may, read_proof};
use crate::model::{FieldSpec, Input, Record, RecordKind, Support};
use crate::store::{self, Cursor, Filter};
use crate::{export, words};

/// Which records are asked for.
#[derive(Debug, Default, Clone, Deserialize)]
#[serde(default)]
pub(crate) struct ListQuery {
    q: String,
    class: String,
    department: String,
    confirmed: String,
    gone: String,
    after: String,
}

impl ListQuery {
    fn filter(&self, year: FiscalYear) -> Filter {
        let given = |text: &str| Some(text.trim().to_owned()).filter(|text| !text.is_empty());
        Filter {
            search: given(&self.q),
            class: given(&self.class),
            department: given(&self.department),
            system: None,
            with_gone: self.gone == "yes",
            confirmed: match self.confirmed.as_str() {
                "yes" => Some((year, true)),
                "no" => Some((year, false)),
                _ => None,
            },
        }
    }

    fn is_filtered(&self) -> bool {
        [
            &self.q,
            &self.class,
            &self.department,
            &self.confirmed,
            &self.gone,
        ]
        .iter()
        .any(|value| !value.is_empty())
    }

    fn link(&self, path: &str, after: Option<&Cursor>) -> String {
        let after = after.map(ToString::to_string).unwrap_or_default();
        let pairs = [
            ("q", self.q.as_str()),
            ("class", &self.class),
            ("department", &self.department),
            ("confirmed", &self.confirmed),
            ("gone", &self.gone),
            ("after", &after),
        ];
        yagura_web::address(path, pairs)
    }
}

pub(super) async fn page<C: Part>(
    context: Context,
    QueryOf(query): QueryOf<ListQuery>,
) -> Result<Response, WebError> {
    let proof = read_proof(&context).await?;
    let t = context.t();
    let year = FiscalYear::of(context.today);
    let filter = query.filter(year);
    let after: Option<Cursor> = query.after.parse().ok();
    let database = context.database();
    let mut records: Vec<Record<C>> =
        store::list(database, &proof, &filter, after.as_ref(), PAGE + 1).await?;
    let has_more = records.len() > usize::try_from(PAGE).unwrap_or(usize::MAX);
    records.truncate(usize::try_from(PAGE).unwrap_or(usize::MAX));
    let total = store::count(database, &proof, C::KIND, &filter).await?;
    let departments = store::departments(database, &proof).await?;
    let next = records
        .last()
        .filter(|_| has_more)
        .map(|last| query.link(C::PATH, Some(&Cursor::after(last))));
    let first = after.is_some().then(|| query.link(C::PATH, None));
    let mut frame = context.frame(words::part(t, C::KIND));
    frame.breadcrumbs = crumbs(&context, None);
    frame.lede = Some(html! { (lede(t, C::KIND)) });
    let new = format!("{}/new", C::PATH);
    frame.actions = Some(html! {
        (link_button(&query.link(&format!("{}.xlsx", C::PATH), None), t.t("inventory-save-xlsx"), false))
        @if may(&context, Action::EditInventory) {
            (link_button(&new, t.t("inventory-add"), true))
        }
    });
    let body = html! {
        (filters::<C>(t, &query, &departments))
        section.card aria-label=(words::part(t, C::KIND)) {
            @if records.is_empty() && query.is_filtered() {
                (empty_state(t.t("inventory-none-found"), html! { (t.t("inventory-none-found-why")) }))
            } @else if records.is_empty() {
                (empty_state(t.t("inventory-none"), html! { (lede(t, C::KIND)) }))
            } @else {
                (table(&context, &records, year))
                (pagination(t, &Listing {
                    total: u64::try_from(total).unwrap_or_default(),
                    shown: u64::try_from(records.len()).unwrap_or_default(),
                    first: None,
                    unit: t.t("inventory-unit"),
                    previous: first.as_deref(),
                    next: next.as_deref(),
                }))
            }
        }
    };
    context.respond(frame, body).await
}

fn lede(t: &Translator, kind: RecordKind) -> &str {
    t.t(match kind {
        RecordKind::System => "inventory-systems-lede",
        RecordKind::Connection => "inventory-connections-lede",
        RecordKind::Asset => "inventory-assets-lede",
    })
}

/// The choices by which [`crate::model::Content::class`] tells records apart.
fn class_field<C: Part>() -> Option<&'static FieldSpec> {
    let key = match C::KIND {
        RecordKind::System => "kind",
        RecordKind::Connection => "mechanism",
        RecordKind::Asset => "class",
    };
    C::FIELDS.iter().find(|field| field.key == key)
}

fn filters<C: Part>(t: &Translator, query: &ListQuery, departments: &[String]) -> Markup {
    let state = FormState::empty()
        .with("q", query.q.as_str())
        .with("class", query.class.as_str())
        .with("department", query.department.as_str())
        .with("confirmed", query.confirmed.as_str())
        .with("gone", query.gone.as_str());
    let all = Choice::new("", t.t("inventory-filter-all"));
    let class = class_field::<C>();
    let mut classes = vec![all];
    if let Some(FieldSpec {
        input: Input::Choice(choices),
        ..
    }) = class
    {
        let codes = choices.codes();
        classes.extend(
            codes
                .into_iter()
                .map(|code| Choice::new(code, words::choice(t, *choices, code))),
        );
    }
    let mut of_departments = vec![Choice::new("", t.t("inventory-filter-all"))];
    of_departments.extend(departments.iter().map(|name| Choice::new(name, name)));
    let confirmed = [
        Choice::new("", t.t("inventory-filter-all")),
        Choice::new("yes", t.t("inventory-filter-confirmed")),
        Choice::new("no", t.t("inventory-filter-unconfirmed")),
    ];
    let gone = [
        Choice::new("", t.t("inventory-filter-without-gone")),
        Choice::new("yes", t.t("inventory-filter-with-gone")),
    ];
    let fields = html! {
        (text_field(t, &state, &Field::new("q", t.t("inventory-filter-search")).longest(100)))
        @if let Some(field) = class {
            (select(t, &state, &Field::new("class", words::label(t, field.key)), &classes))
        }
        @if C::KIND != RecordKind::Connection && !departments.is_empty() {
            (select(t, &state, &Field::new("department", words::label(t, "department")), &of_departments))
        }
        (select(t, &state, &Field::new("confirmed", t.t("inventory-filter-confirmation")), &confirmed))
        @if C::KIND == RecordKind::Asset {
            (select(t, &state, &Field::new("gone", words::label(t, "state")), &gone))
        }
    };
    filter_bar(t, C::PATH, fields, query.is_filtered().then_some(C::PATH))
}

fn table<C: Part>(context: &Context, records: &[Record<C>], year: FiscalYear) -> Markup {
    let t = context.t();
    let mut columns = vec![Column::text(words::label(t, "name"))];
    columns.extend(
        C::COLUMNS
            .iter()
            .map(|key| Column::text(words::label(t, key))),
    );
    columns.push(Column::text(t.t("inventory-confirmed")));
    let rows = records
        .iter()
        .map(|record| {
            let href = format!("{}/{}", C::PATH, record.id);
            let values = record.content.fields_of();
            let mut cells = vec![html! { a href=(href) { (record.content.name()) } }];
            for key in C::COLUMNS {
                let field = C::FIELDS.iter().find(|field| field.key == *key);
                let value = values.get(*key).unwrap_or(&Json::Null);
                cells.push(field.map_or_else(|| html! {}, |field| cell(context, field, value)));
            }
            cells.push(if record.is_confirmed_in(year) {
                tag(Tone::Success, t.t("inventory-is-confirmed"))
            } else {
                tag(Tone::Neutral, t.t("inventory-is-not-confirmed"))
            });
            TableRow::new(cells)
        })
        .collect();
    data_table(&Table::new(words::part(t, C::KIND), columns, rows).sticky())
}

/// The value of a field, with a word where it is over or wrong.
pub(super) fn cell(context: &Context, field: &FieldSpec, value: &Json) -> Markup {
    let t = context.t();
    let text = words::value(t, field, value);
    match (field.key, value) {
        ("support_until" | "valid_until", Json::String(day)) => {
            let Ok(day) = parse_date(day) else {
                return html! { (text) };
            };
            html! {
                (date(t, day))
                @match Support::of(Some(day), context.today) {
                    Support::Over => { " " (tag(Tone::Danger, t.t("inventory-over"))) },
                    Support::EndsSoon => { " " (tag(Tone::Caution, t.t("inventory-ends-soon"))) },
                    Support::Unknown | Support::Lasts => {},
                }
            }
        }
        ("patch", Json::String(code)) if code == "behind" => tag(Tone::Late, &text),
        ("multi_factor" | "encrypted" | "source_restricted", Json::String(code))
            if code == "no" =>
        {
            tag(Tone::Late, &text)
        }
        _ => html! { (text) },
    }
}

/// The records of one part as a workbook.
pub(super) async fn workbook<C: Part>(
    context: Context,
    QueryOf(query): QueryOf<ListQuery>,
) -> Result<Response, WebError> {
    let proof = read_proof(&context).await?;
    let filter = query.filter(FiscalYear::of(context.today));
    let limit = crate::model::MOST_RECORDS;
    let records: Vec<Record<C>> =
        store::list(context.database(), &proof, &filter, None, limit).await?;
    let names = store::names_of_all(context.database(), &proof).await?;
    let vendors = super::vendors(&context).await?;
    let standings = match C::KIND {
        RecordKind::System => context.vendor_standings().await?,
        _ => Vec::new(),
    };
    let detail = serde_json::json!({ "part": C::KIND.code(), "records": records.len() });
    context
        .audit_read(&proof, "inventory", context.organization.id, detail)
        .await?;
    let made = export::Made::of(&context);
    let bytes = context
        .app
        .make_document(move || export::workbook(&made, &records, &names, &vendors, &standings))
        .await?;
    let name = context.t().t_args(
        "inventory-file-name",
        args![
            ("part", words::part(context.t(), C::KIND)),
            ("date", format_iso(context.today))
        ],
    );
    let headers = [
        (header::CONTENT_TYPE, export::XLSX.to_owned()),
        (
            header::CONTENT_DISPOSITION,
            yagura_web::attachment(&format!("{name}.xlsx")),
        ),
    ];
    Ok((headers, bytes).into_response())
}
