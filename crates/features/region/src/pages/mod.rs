//! The region's pages.

mod call_list;
pub(crate) mod comparison;
pub(crate) mod form;
mod imports;
mod matrix;
mod member;
pub(crate) mod reminders;
mod roll;
mod trend;

use axum::extract::DefaultBodyLimit;
use axum::handler::Handler as _;
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse as _, Response};
use bytes::Bytes;
use maud::{Markup, html};
use yagura_checklists::overview::{self, MemberFilter, Progress};
use yagura_kernel::organization::{OrganizationKind, SizeGroup};
use yagura_kernel::policy::{Action, Authorized, actions};
use yagura_kernel::proof::CellState;
use yagura_kernel::time::FiscalYear;
use yagura_packs::Sheet;
use yagura_web::i18n::Translator;
use yagura_web::ui::components::{filter_bar, organization_kind, size_group, state_word};
use yagura_web::ui::forms::{
    Choice, Field as FormField, FormState, InputKind, Width, hidden, select, text_field,
};
use yagura_web::ui::layout::Crumb;
use yagura_web::{Access, Context, NavigationFor, Routes, WebError};

use crate::export::{self, Imprinted};
use crate::figures::{self, Overview};
use crate::listing::{COUNTED, MemberQuery, given};
use crate::model::comparison::KINDS;
use crate::store::exports::Format;
use crate::words;

/// The largest file with a roll, in bytes.
pub(crate) const LARGEST_ROLL: u64 = 20 << 20;

/// Addresses that several pages lead to.
pub(crate) mod paths {
    /// The roll.
    pub(crate) const ROLL: &str = "/members";
    /// The import of a roll.
    pub(crate) const IMPORT: &str = "/members/import";
    /// The matrix.
    pub(crate) const MATRIX: &str = "/region/matrix";
    /// Those who have not answered.
    pub(crate) const CALL_LIST: &str = "/region/call-list";
    /// The comparison.
    pub(crate) const COMPARISON: &str = "/region/comparison";
    /// The trend.
    pub(crate) const TREND: &str = "/region/trend";
    /// Reminders.
    pub(crate) const REMINDERS: &str = "/region/reminders";
}

/// The addresses of the region's pages.
pub(crate) fn routes() -> Routes {
    let read = Access::Action(Action::ReadMembers);
    let manage = Access::Action(Action::ManageMembers);
    let compare = Access::Action(Action::ReadComparison);
    let remind = Access::Action(Action::SendReminders);
    let limit = usize::try_from(LARGEST_ROLL + (1 << 20)).unwrap_or(usize::MAX);
    Routes::new()
        .get(paths::ROLL, read, roll::page)
        .get("/members/roll.xlsx", read, roll::workbook)
        .get("/members/new", manage, form::new)
        .post("/members/new", manage, form::add)
        .get(paths::IMPORT, manage, imports::page)
        .post(
            paths::IMPORT,
            manage,
            imports::upload.layer(DefaultBodyLimit::max(limit)),
        )
        .get("/members/import/template.xlsx", manage, imports::template)
        .get("/members/import/{import}", manage, imports::preview)
        .get(
            "/members/import/{import}/issues.xlsx",
            manage,
            imports::issues,
        )
        .post("/members/import/{import}/confirm", manage, imports::confirm)
        .post("/members/import/{import}/cancel", manage, imports::cancel)
        .get("/members/{member}", read, member::page)
        .get("/members/{member}/edit", manage, form::edit)
        .post("/members/{member}/edit", manage, form::save)
        .get("/members/{member}/end", manage, form::end_question)
        .post("/members/{member}/end", manage, form::end)
        .get(paths::MATRIX, read, matrix::page)
        .get("/region/matrix.xlsx", read, matrix::workbook)
        .get("/region/matrix.pdf", read, matrix::document)
        .post("/region/exports", read, matrix::start_export)
        .get("/region/exports/{export}", read, matrix::export_page)
        .get("/region/exports/{export}/file", read, matrix::export_file)
        .get(paths::CALL_LIST, read, call_list::page)
        .get("/region/call-list.xlsx", read, call_list::workbook)
        .get(paths::COMPARISON, compare, comparison::page)
        .get("/region/comparison.xlsx", read, comparison::workbook)
        .get(paths::TREND, read, trend::page)
        .get("/region/trend.xlsx", read, trend::workbook)
        .get(paths::REMINDERS, remind, reminders::list)
        .get("/region/reminders.xlsx", remind, reminders::list_workbook)
        .post(paths::REMINDERS, remind, reminders::send)
        .get("/region/reminders/new", remind, reminders::compose)
        .post("/region/reminders/new", remind, reminders::compose_for)
        .post("/region/reminders/preview", remind, reminders::preview)
        .get("/region/reminders/{reminder}", remind, reminders::page)
        .get(
            "/region/reminders/{reminder}/recipients.xlsx",
            remind,
            reminders::workbook,
        )
}

/// Whether the reader may do something with the records of their own organisation.
pub(crate) fn may(context: &Context, action: Action) -> bool {
    NavigationFor {
        principal: &context.principal,
    }
    .may_at_home(action)
}

/// The proof for the figures of a whole region, which are for those who know its members;
/// institutions compare themselves within a year.
pub(crate) async fn of_region(
    context: &Context,
) -> Result<Authorized<actions::ReadComparison>, WebError> {
    context.authorize_own::<actions::ReadMembers>().await?;
    context.authorize_own::<actions::ReadComparison>().await
}

fn roll_crumb(context: &Context) -> Crumb {
    Crumb::new(context.t().t("region-roll-title"), paths::ROLL)
}

/// A file to be saved.
pub(crate) fn download(bytes: impl Into<Bytes>, format: Format, file_name: &str) -> Response {
    let mut response = (StatusCode::OK, bytes.into()).into_response();
    let headers = response.headers_mut();
    headers.insert(
        CONTENT_TYPE,
        HeaderValue::from_static(format.content_type()),
    );
    if let Ok(value) = HeaderValue::from_str(&yagura_web::attachment(file_name)) {
        headers.insert(CONTENT_DISPOSITION, value);
    }
    response
}

/// Who asks for an export.
pub(crate) fn imprinted(context: &Context) -> Imprinted {
    Imprinted {
        translator: context.t().clone(),
        today: context.today,
        region: context.organization.name.clone(),
        by: Some(context.person_name.clone()),
        demo: context.app.config().demo,
    }
}

/// The fiscal years that can be looked at, newest first.
fn years(context: &Context) -> Vec<FiscalYear> {
    let current = context.app.fiscal_year();
    let mut years = context.app.packs().fiscal_years(Sheet::Institution);
    years.retain(|year| *year <= current);
    if !years.contains(&current) {
        years.push(current);
    }
    years.sort_unstable_by_key(|year| std::cmp::Reverse(*year));
    years
}

/// What of the filter a page offers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Offered {
    /// Kind, size, state, name.
    All,
    /// Kind, size and name; the state is chosen otherwise.
    WithoutState,
    /// All, and the state of an item.
    WithItems,
}

/// The filter of a list of members.
fn filters(context: &Context, path: &str, query: &MemberQuery, offered: Offered) -> Markup {
    let t = context.t();
    let value = |value: &Option<String>| given(value.as_ref()).unwrap_or_default().to_owned();
    let state = FormState::from_pairs([
        ("q", value(&query.q)),
        ("kind", value(&query.kind)),
        ("size", value(&query.size)),
        ("state", value(&query.state)),
        ("region", value(&query.region)),
        ("year", value(&query.year)),
    ]);
    let any = t.t("region-filter-any");
    let mut kinds = vec![Choice::new("", any)];
    kinds.extend(KINDS.map(|kind| Choice::new(kind.code(), organization_kind(t, kind))));
    let mut sizes = vec![Choice::new("", any)];
    sizes.extend(SizeGroup::ALL.map(|size| Choice::new(size.code(), size_group(t, size))));
    let mut states = vec![Choice::new("", any)];
    states.extend(
        Progress::ALL
            .map(|progress| Choice::new(progress.code(), export::progress_word(t, progress))),
    );
    let year_values: Vec<(String, String)> = years(context)
        .into_iter()
        .map(|year| (year.to_string(), words::year(t, year)))
        .collect();
    let year_choices: Vec<Choice<'_>> = year_values
        .iter()
        .map(|(value, label)| Choice::new(value, label))
        .collect();
    let fields = html! {
        (text_field(t, &state, &FormField::new("q", t.t("region-filter-name"))
            .kind(InputKind::Search).width(Width::Medium)))
        (select(t, &state, &FormField::new("kind", t.t("region-field-kind")).width(Width::Medium),
            &kinds))
        (select(t, &state, &FormField::new("size", t.t("region-filter-size")).width(Width::Medium),
            &sizes))
        @if offered == Offered::WithoutState {
            (hidden("state", state.value("state")))
        } @else {
            (select(t, &state, &FormField::new("state", t.t("region-column-standing"))
                .width(Width::Medium), &states))
        }
        @if offered == Offered::WithItems {
            (item_filter(context, query))
        }
        (text_field(t, &state, &FormField::new("region", t.t("region-field-region_code"))
            .width(Width::Short)))
        @if year_choices.len() > 1 {
            (select(t, &state, &FormField::new("year", t.t("region-filter-year"))
                .width(Width::Medium), &year_choices))
        }
        @if let Some(view) = given(query.view.as_ref()) { (hidden("view", view)) }
    };
    let clear = query
        .is_filtered()
        .then(|| MemberQuery::default().link(path, &[]));
    filter_bar(t, path, fields, clear.as_deref())
}

/// The choice of an item and its state.
fn item_filter(context: &Context, query: &MemberQuery) -> Markup {
    let t = context.t();
    let year = query
        .year(context.app.fiscal_year())
        .unwrap_or(context.app.fiscal_year());
    let packs = context.app.packs();
    let lang = t.lang().code();
    let columns: Vec<(String, String)> = overview::columns(&packs, year)
        .into_iter()
        .enumerate()
        .map(|(place, column)| {
            let label = column.short_label.in_language(lang);
            (place.to_string(), format!("{} {label}", column.printed_id))
        })
        .collect();
    let any = t.t("region-filter-any");
    let mut items = vec![Choice::new("", any)];
    items.extend(
        columns
            .iter()
            .map(|(value, label)| Choice::new(value, label)),
    );
    let mut cells = vec![Choice::new("", any)];
    cells.extend(CellState::ALL.map(|state| Choice::new(state.code(), state_word(t, state))));
    let value = |value: &Option<String>| given(value.as_ref()).unwrap_or_default().to_owned();
    let state = FormState::from_pairs([("item", value(&query.item)), ("cell", value(&query.cell))]);
    html! {
        (select(t, &state, &FormField::new("item", t.t("region-filter-item")).width(Width::Medium),
            &items))
        (select(t, &state, &FormField::new("cell", t.t("region-filter-cell")).width(Width::Medium),
            &cells))
    }
}

/// An institution of this kind and size, as a remark beside its name.
fn size_note(t: &Translator, kind: OrganizationKind, beds: Option<i64>) -> String {
    words::kind_and_size(t, kind, beds)
}

/// A text of several lines, each on its own.
fn lines(text: &str) -> Markup {
    html! {
        @for (place, line) in text.lines().enumerate() {
            @if place > 0 { br; }
            (line)
        }
    }
}

/// Up to how many members are counted on each page. Of larger regions the whole is taken from the
/// sums, which lag behind by seconds, because counting reads every row.
const COUNTED_EACH_TIME: i64 = 5_000;

/// How many members a list has under its filter.
async fn total(
    context: &Context,
    proof: &Authorized<actions::ReadMembers>,
    year: FiscalYear,
    query: &MemberQuery,
    filter: &MemberFilter,
    figures: Option<&Overview>,
) -> Result<i64, WebError> {
    match figures {
        Some(figures) if figures.members > COUNTED_EACH_TIME && !query.is_filtered() => {
            Ok(figures.members)
        }
        _ => Ok(
            overview::count_member_sheets(context.database(), proof, year, filter, COUNTED).await?,
        ),
    }
}

/// The region's figures of a year, where they are made.
async fn figures_of(context: &Context, year: FiscalYear) -> Result<Option<Overview>, WebError> {
    let proof = context.authorize_own::<actions::ReadComparison>().await?;
    let region = context.organization.id;
    let statistics =
        overview::region_statistics(context.database(), &proof, region, year, context.now).await?;
    Ok(statistics.map(|statistics| figures::overview_of(&statistics, context.now)))
}

/// Refuses a file about more members than one workbook should hold.
fn not_too_many(rows: usize) -> Result<(), WebError> {
    if i64::try_from(rows).is_ok_and(|rows| rows > export::MOST_IN_WORKBOOK) {
        return Err(WebError::invalid_with(
            "region-error-workbook-large",
            &[("limit", export::MOST_IN_WORKBOOK.to_string())],
        ));
    }
    Ok(())
}

/// The id of an address; what is none is not found.
pub(crate) fn id_from<T: From<uuid::Uuid>>(text: &str) -> Result<T, WebError> {
    yagura_kernel::id::parse_uuid(text)
        .map(T::from)
        .map_err(|_| WebError::NotFound)
}
