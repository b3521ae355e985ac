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
use yagura_checklists::overview::Progress;
use yagura_kernel::organization::{OrganizationKind, SizeGroup};
use yagura_kernel::policy::Action;
use yagura_kernel::time::FiscalYear;
use yagura_packs::Sheet;
use yagura_web::i18n::Translator;
use yagura_web::ui::components::{filter_bar, organization_kind, size_group};
use yagura_web::ui::forms::{
    Choice, Field as FormField, FormState, InputKind, Width, hidden, select, text_field,
};
use yagura_web::ui::layout::Crumb;
use yagura_web::{Access, Context, NavigationFor, Routes, WebError};

use crate::export::{self, Imprinted};
use crate::listing::{MemberQuery, given};
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
        .post(paths::IMPORT, manage, imports::upload.layer(DefaultBodyLimit::max(limit)))
        .get("/members/import/template.xlsx", manage, imports::template)
        .get("/members/import/{import}", manage, imports::preview)
        .get("/members/import/{import}/issues.xlsx", manage, imports::issues)
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
        .get("/region/comparison.xlsx", compare, comparison::workbook)
        .get(paths::TREND, compare, trend::page)
        .get(paths::REMINDERS, remind, reminders::list)
        .post(paths::REMINDERS, remind, reminders::send)
        .get("/region/reminders/new", remind, reminders::compose)
        .post("/region/reminders/new", remind, reminders::compose_for)
        .post("/region/reminders/preview", remind, reminders::preview)
        .get("/region/reminders/{reminder}", remind, reminders::page)
        .get("/region/reminders/{reminder}/recipients.xlsx", remind, reminders::workbook)
}

/// Whether the reader may do something with the records of their own organisation.
pub(crate) fn may(context: &Context, action: Action) -> bool {
    NavigationFor { principal: &context.principal }.may_at_home(action)
}

fn roll_crumb(context: &Context) -> Crumb {
    Crumb::new(context.t().t("region-roll-title"), paths::ROLL)
}

/// A file to be saved.
pub(crate) fn download(bytes: impl Into<Bytes>, format: Format, file_name: &str) -> Response {
    let mut response = (StatusCode::OK, bytes.into()).into_response();
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(format.content_type()));
    // Names are made by the program from letters, digits, hyphens and dots.
    let disposition = format!("attachment; filename=\"{file_name}\"");
    if let Ok(value) = HeaderValue::from_str(&disposition) {
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
        Progress::ALL.map(|progress| Choice::new(progress.code(), export::progress_word(t, progress))),
    );
    let year_values: Vec<(String, String)> = years(context)
        .into_iter()
        .map(|year| (year.to_string(), words::year(t, year)))
        .collect();
    let year_choices: Vec<Choice<'_>> =
        year_values.iter().map(|(value, label)| Choice::new(value, label)).collect();
    let fields = html! {
        (text_field(t, &state, &FormField::new("q", t.t("region-filter-name"))
            .kind(InputKind::Search).width(Width::Medium)))
        (select(t, &state, &FormField::new("kind", t.t("region-field-kind")).width(Width::Medium),
            &kinds))
        (select(t, &state, &FormField::new("size", t.t("region-filter-size")).width(Width::Medium),
            &sizes))
        @if offered == Offered::All {
            (select(t, &state, &FormField::new("state", t.t("region-column-standing"))
                .width(Width::Medium), &states))
        } @else {
            (hidden("state", state.value("state")))
        }
        (text_field(t, &state, &FormField::new("region", t.t("region-field-region_code"))
            .width(Width::Short)))
        @if year_choices.len() > 1 {
            (select(t, &state, &FormField::new("year", t.t("region-filter-year"))
                .width(Width::Medium), &year_choices))
        }
        @if let Some(view) = given(query.view.as_ref()) { (hidden("view", view)) }
    };
    let clear = query.is_filtered().then(|| MemberQuery::default().link(path, &[]));
    filter_bar(t, path, fields, clear.as_deref())
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

/// The id of an address; what is none is not found.
pub(crate) fn id_from<T: From<uuid::Uuid>>(text: &str) -> Result<T, WebError> {
    yagura_kernel::id::parse_uuid(text).map(T::from).map_err(|_| WebError::NotFound)
}
