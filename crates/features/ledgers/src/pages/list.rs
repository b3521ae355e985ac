//! The entries of one ledger, with search and filters, on the page and in files.

use axum::http::header;
use axum::response::{IntoResponse, Response};
use maud::{Markup, html};
use serde::Deserialize;
use serde_json::{Value as Json, json};
use yagura_kernel::policy::Action;
use yagura_kernel::time::format_iso;
use yagura_web::api::{PathOf, QueryOf};
use yagura_web::i18n::args;
use yagura_web::ui::components::{
    Column, Listing, Tab, Table, TableRow, Tone, data_table, empty_state, filter_bar, pagination,
    tabs, tag,
};
use yagura_web::ui::forms::{
    Choice, Field, FormState, checkbox, download_link, link_button, row_checkbox, select,
    text_field,
};
use yagura_web::{Context, Translator, WebError};

use super::{PAGE, crumbs, ledger_of, may, media, offered, path_of, read_proof};
use crate::export::{self, Made, Names};
use crate::model::{Entry, Input, Known, Ledger, MOST_ENTRIES, Owner};
use crate::store::{self, Cursor, Due, Filter};
use crate::words;

/// Which entries are asked for.
#[derive(Debug, Default, Clone, Deserialize)]
#[serde(default)]
pub(crate) struct ListQuery {
    q: String,
    due: String,
    department: String,
    system: String,
    privileged: String,
    after: String,
}

impl ListQuery {
    fn filter(&self) -> Filter {
        let given = |text: &str| Some(text.trim().to_owned()).filter(|text| !text.is_empty());
        Filter {
            search: given(&self.q),
            due: Due::from_code(&self.due).unwrap_or_default(),
            department: given(&self.department),
            system: yagura_kernel::id::parse_uuid(&self.system).ok(),
            privileged: self.privileged == "yes",
            without_grant: false,
        }
    }

    fn is_filtered(&self) -> bool {
        [
            &self.q,
            &self.due,
            &self.department,
            &self.system,
            &self.privileged,
        ]
        .iter()
        .any(|value| !value.is_empty())
    }

    fn link(&self, path: &str, after: Option<&Cursor>) -> String {
        let after = after.map(ToString::to_string).unwrap_or_default();
        let pairs = [
            ("q", self.q.as_str()),
            ("due", &self.due),
            ("department", &self.department),
            ("system", &self.system),
            ("privileged", &self.privileged),
            ("after", &after),
        ];
        yagura_web::address(path, pairs)
    }
}

/// The fields that the list shows beside the name.
const fn columns_of(ledger: Ledger) -> &'static [&'static str] {
    match ledger {
        Ledger::Permissions => &["department", "system_name", "function", "until"],
        Ledger::Exports => &["person", "personal_information", "method", "until"],
        Ledger::Loans => &["lender", "chart_network", "person", "until"],
        Ledger::Media => &["owner", "person", "department", "encrypted", "seen_on"],
        Ledger::Exceptions => &["person", "system_name", "reason", "until"],
    }
}

fn due_word(t: &Translator, due: Due) -> &str {
    t.t(match due {
        Due::Open => "ledgers-due-open",
        Due::Overdue => "ledgers-due-overdue",
        Due::Soon => "ledgers-due-soon",
        Due::ToEnd => "ledgers-due-to-end",
        Due::ChangeWanted => "ledgers-due-change-wanted",
        Due::NotSeen => "ledgers-due-not-seen",
        Due::Ended => "ledgers-due-ended",
        Due::All => "ledgers-due-all",
    })
}

pub(super) async fn page(
    context: Context,
    PathOf(code): PathOf<String>,
    QueryOf(query): QueryOf<ListQuery>,
) -> Result<Response, WebError> {
    let proof = read_proof(&context).await?;
    let ledger = ledger_of(&code)?;
    let (database, t, today) = (context.database(), context.t(), context.today);
    let filter = query.filter();
    let after: Option<Cursor> = query.after.parse().ok();
    let mut entries = store::list(
        database,
        &proof,
        ledger,
        &filter,
        today,
        after.as_ref(),
        PAGE + 1,
    )
    .await?;
    let most = usize::try_from(PAGE).unwrap_or(usize::MAX);
    let has_more = entries.len() > most;
    entries.truncate(most);
    let total = store::count(database, &proof, ledger, &filter, today).await?;
    let departments = store::departments(database, &proof, ledger).await?;
    let not_seen = if ledger == Ledger::Media {
        let filter = Filter {
            due: Due::NotSeen,
            ..Filter::default()
        };
        store::count(database, &proof, ledger, &filter, today).await?
    } else {
        0
    };
    let offered = offered(&context).await?;
    let path = path_of(ledger);
    let next = entries
        .last()
        .filter(|_| has_more)
        .map(|last| query.link(&path, Some(&Cursor::after(last))));
    let first = after.is_some().then(|| query.link(&path, None));
    let may_keep = may(&context, Action::KeepLedgers);
    let mut frame = context.frame(words::ledger(t, ledger));
    frame.breadcrumbs = crumbs(&context, None);
    frame.lede = Some(html! { (words::lede(t, ledger)) });
    frame.actions = may_keep.then(|| {
        html! {
            (link_button(&format!("{path}/import"), t.t("ledgers-import"), false))
            " " (link_button(&format!("{path}/new"), t.t("ledgers-add"), true))
        }
    });
    let body = html! {
        (ledger_tabs(t, ledger))
        (media::not_seen(&context, not_seen))
        (filters(t, ledger, &path, &query, &departments, &offered.systems))
        section.card aria-label=(words::ledger(t, ledger)) {
            @if entries.is_empty() && query.is_filtered() {
                (empty_state(t.t("ledgers-none-found"), html! { (t.t("ledgers-none-found-why")) }))
            } @else if entries.is_empty() {
                (empty_state(t.t("ledgers-none"), html! { (t.t("ledgers-none-why")) }))
            } @else {
                @if may_keep && ledger == Ledger::Media {
                    (media::stock_take(&context, &table(&context, ledger, &entries, &offered.names(), true)))
                } @else {
                    (table(&context, ledger, &entries, &offered.names(), false))
                }
                (pagination(t, &Listing {
                    total: u64::try_from(total).unwrap_or_default(),
                    shown: entries.len() as u64,
                    first: after.is_none().then_some(1),
                    unit: t.t("ledgers-unit"),
                    previous: first.as_deref(),
                    next: next.as_deref(),
                }))
            }
            ul role="list" {
                @for (file, word) in [
                    ("list.xlsx", "ledgers-save-xlsx"),
                    ("list.csv", "ledgers-save-csv"),
                    ("list.pdf", "ledgers-save-pdf"),
                ] {
                    li { (download_link(&query.link(&format!("{path}/{file}"), None), t.t(word))) }
                }
            }
        }
    };
    context.respond(frame, body).await
}

fn ledger_tabs(t: &Translator, current: Ledger) -> Markup {
    let paths: Vec<(Ledger, String)> = Ledger::ALL
        .iter()
        .map(|ledger| (*ledger, path_of(*ledger)))
        .collect();
    let links: Vec<Tab<'_>> = paths
        .iter()
        .map(|(ledger, path)| Tab {
            label: words::ledger(t, *ledger),
            href: path,
            count: None,
            current: *ledger == current,
        })
        .collect();
    tabs(t.t("ledgers-title"), &links)
}

fn filters(
    t: &Translator,
    ledger: Ledger,
    path: &str,
    query: &ListQuery,
    departments: &[String],
    systems: &[(String, String)],
) -> Markup {
    let state = FormState::empty()
        .with("q", query.q.as_str())
        .with("due", query.due.as_str())
        .with("department", query.department.as_str())
        .with("system", query.system.as_str())
        .with("privileged", query.privileged.as_str());
    let due: Vec<Choice<'_>> = Due::ALL
        .into_iter()
        .filter(|due| match due {
            Due::ToEnd | Due::ChangeWanted => ledger == Ledger::Permissions,
            Due::NotSeen => ledger == Ledger::Media,
            _ => true,
        })
        .map(|due| {
            let code = if due == Due::Open { "" } else { due.code() };
            Choice::new(code, due_word(t, due))
        })
        .collect();
    let all = || Choice::new("", t.t("ledgers-filter-all"));
    let mut of_departments = vec![all()];
    of_departments.extend(departments.iter().map(|name| Choice::new(name, name)));
    let mut of_systems = vec![all()];
    of_systems.extend(systems.iter().map(|(id, name)| Choice::new(id, name)));
    let has_systems = ledger
        .fields()
        .iter()
        .any(|field| field.input == Input::System);
    let fields = html! {
        (text_field(t, &state, &Field::new("q", t.t("ledgers-filter-search")).longest(100)))
        (select(t, &state, &Field::new("due", t.t("ledgers-column-standing")), &due))
        @if !departments.is_empty() {
            (select(t, &state, &Field::new("department", words::label(t, ledger, "department")), &of_departments))
        }
        @if has_systems && !systems.is_empty() {
            (select(t, &state, &Field::new("system", words::label(t, ledger, "system")), &of_systems))
        }
        @if ledger == Ledger::Permissions {
            (checkbox(t, &state, &Field::new("privileged", t.t("ledgers-filter-privileged"))))
        }
    };
    filter_bar(t, path, fields, query.is_filtered().then_some(path))
}

fn table(
    context: &Context,
    ledger: Ledger,
    entries: &[Entry],
    names: &Names,
    with_boxes: bool,
) -> Markup {
    let t = context.t();
    let mut columns = Vec::new();
    if with_boxes {
        columns.push(Column::text(t.t("ledgers-media-choose")));
    }
    columns.push(Column::text(words::label(t, ledger, "name")));
    columns.extend(
        columns_of(ledger)
            .iter()
            .map(|key| Column::text(words::label(t, ledger, key))),
    );
    columns.push(Column::text(t.t("ledgers-column-standing")));
    let rows = entries
        .iter()
        .map(|entry| {
            let href = format!("{}/{}", path_of(ledger), entry.id);
            let values = entry.content.fields_of();
            let mut cells = Vec::new();
            if with_boxes {
                let (id, name) = (entry.id.to_string(), entry.content.name());
                // What ended cannot be seen any more.
                let shown = entry
                    .is_open()
                    .then(|| row_checkbox(media::CHOSEN, &id, name, false));
                cells.push(shown.unwrap_or_default());
            }
            cells.push(html! {
                a href=(href) { (entry.content.name()) }
                @if entry.content.is_privileged() {
                    " " (tag(Tone::Info, t.t("ledgers-is-privileged")))
                }
            });
            for key in columns_of(ledger) {
                let value = values.get(*key).unwrap_or(&Json::Null);
                cells.push(cell(t, ledger, key, value, names));
            }
            let (tone, word) = words::standing(t, entry.standing(context.today));
            cells.push(tag(tone, word));
            TableRow::new(cells)
        })
        .collect();
    let table = Table::new(words::ledger(t, ledger), columns, rows).sticky();
    data_table(&if with_boxes { table.named_by(1) } else { table })
}

/// The value of a field, with a word where it is not as it should be.
pub(super) fn cell(
    t: &Translator,
    ledger: Ledger,
    key: &str,
    value: &Json,
    names: &Names,
) -> Markup {
    let Some(field) = ledger.fields().iter().find(|field| field.key == key) else {
        return html! {};
    };
    if field.input.is_reference() {
        let id = value.as_str().unwrap_or_default();
        return html! { (names.get(id).map(String::as_str).unwrap_or_default()) };
    }
    let text = words::value(t, field, value);
    let is = |code: &str| value.as_str() == Some(code);
    match key {
        "encrypted" if is(Known::No.code()) => tag(Tone::Danger, &text),
        "encrypted" | "personal_information" | "chart_network" if is(Known::Unknown.code()) => {
            tag(Tone::Caution, &text)
        }
        "owner" if ledger == Ledger::Media && is(Owner::Personal.code()) => {
            tag(Tone::Caution, &text)
        }
        "until" if value.is_null() => html! { (t.t("ledgers-open-ended")) },
        _ => html! { (text) },
    }
}

/// What a file is made of.
struct Loaded {
    made: Made,
    ledger: Ledger,
    entries: Vec<Entry>,
    names: Names,
    selection: String,
}

async fn load(
    context: &Context,
    code: &str,
    query: &ListQuery,
    file: &str,
) -> Result<Loaded, WebError> {
    let proof = read_proof(context).await?;
    let ledger = ledger_of(code)?;
    let (database, today) = (context.database(), context.today);
    let filter = query.filter();
    let entries = store::list(database, &proof, ledger, &filter, today, None, MOST_ENTRIES).await?;
    let detail = json!({ "ledger": ledger.code(), "entries": entries.len(), "file": file });
    context
        .audit_read(&proof, "ledger", context.organization.id, detail)
        .await?;
    Ok(Loaded {
        made: Made::of(context),
        ledger,
        entries,
        names: offered(context).await?.names(),
        selection: due_word(context.t(), filter.due).to_owned(),
    })
}

fn answer(context: &Context, ledger: Ledger, kind: &str, ending: &str, bytes: Vec<u8>) -> Response {
    let name = context.t().t_args(
        "ledgers-file-name",
        args![
            ("ledger", words::ledger(context.t(), ledger)),
            ("date", format_iso(context.today))
        ],
    );
    let headers = [
        (header::CONTENT_TYPE, kind.to_owned()),
        (
            header::CONTENT_DISPOSITION,
            yagura_web::attachment(&format!("{name}.{ending}")),
        ),
    ];
    (headers, bytes).into_response()
}

/// One ledger as a workbook.
pub(super) async fn workbook(
    context: Context,
    PathOf(code): PathOf<String>,
    QueryOf(query): QueryOf<ListQuery>,
) -> Result<Response, WebError> {
    let loaded = load(&context, &code, &query, "xlsx").await?;
    let ledger = loaded.ledger;
    let make = move || export::workbook(&loaded.made, ledger, &loaded.entries, &loaded.names);
    let bytes = context.app.make_document(make).await?;
    Ok(answer(&context, ledger, export::XLSX, "xlsx", bytes))
}

/// One ledger as CSV.
pub(super) async fn csv(
    context: Context,
    PathOf(code): PathOf<String>,
    QueryOf(query): QueryOf<ListQuery>,
) -> Result<Response, WebError> {
    let loaded = load(&context, &code, &query, "csv").await?;
    let ledger = loaded.ledger;
    let make = move || export::csv(&loaded.made, ledger, &loaded.entries, &loaded.names);
    let bytes = context.app.make_document(make).await?;
    Ok(answer(
        &context,
        ledger,
        "text/csv; charset=utf-8",
        "csv",
        bytes,
    ))
}

/// One ledger on paper.
pub(super) async fn pdf(
    context: Context,
    PathOf(code): PathOf<String>,
    QueryOf(query): QueryOf<ListQuery>,
) -> Result<Response, WebError> {
    let loaded = load(&context, &code, &query, "pdf").await?;
    let ledger = loaded.ledger;
    let make = move || {
        let (made, entries) = (&loaded.made, &loaded.entries);
        export::paper(made, ledger, &loaded.selection, entries, &loaded.names)
    };
    let bytes = context.app.make_document(make).await?;
    Ok(answer(&context, ledger, "application/pdf", "pdf", bytes))
}

/// An empty list to be filled in and read.
pub(super) async fn empty_form(
    context: Context,
    PathOf(code): PathOf<String>,
) -> Result<Response, WebError> {
    read_proof(&context).await?;
    let ledger = ledger_of(&code)?;
    let made = Made::of(&context);
    let make = move || export::workbook(&made, ledger, &[], &Names::new());
    let bytes = context.app.make_document(make).await?;
    Ok(answer(&context, ledger, export::XLSX, "xlsx", bytes))
}
