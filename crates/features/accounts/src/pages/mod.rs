//! The pages: what is to be done, a finding, staff, sources, imports, accounts and whose they are.

mod accounts;
mod administrators;
mod finding;
pub(crate) mod imports;
pub(crate) mod leavers;
mod source_form;
mod sources;
mod staff;
mod worklist;

use axum::extract::DefaultBodyLimit;
use axum::handler::Handler as _;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use maud::{Markup, html};
use uuid::Uuid;
use yagura_kernel::policy::{Action, Authorized, actions};
use yagura_web::ui::components::{Tab, tabs};
use yagura_web::ui::layout::Crumb;
use yagura_web::{Access, Context, NavigationFor, Routes, Translator, WebError};

use crate::store::Read;

/// Where it all begins.
pub(crate) const PATH: &str = "/accounts";
/// How many rows a page shows.
const PAGE: i64 = 50;
const PAGE_ROWS: usize = 50;

const READ: Access = Access::Action(Action::ReadAccounts);
const EDIT: Access = Access::Action(Action::EditAccounts);
const ACCEPT: Access = Access::Action(Action::AcceptAccounts);

/// The addresses of the pages.
pub(crate) fn routes() -> Routes {
    let limit = usize::try_from(3 * crate::reading::LARGEST_FILE).unwrap_or(usize::MAX);
    Routes::new()
        .get("/accounts", READ, worklist::page)
        .get("/accounts.xlsx", READ, worklist::workbook)
        .get("/accounts.csv", READ, worklist::csv)
        .post("/accounts/rules", EDIT, worklist::rules)
        .get("/accounts/findings/{account_finding}", READ, finding::page)
        .post(
            "/accounts/findings/{account_finding}/task",
            EDIT,
            finding::task,
        )
        .post(
            "/accounts/findings/{account_finding}/accept",
            ACCEPT,
            finding::accept,
        )
        .get("/accounts/staff", READ, staff::page)
        .post(
            "/accounts/staff",
            EDIT,
            staff::upload.layer(DefaultBodyLimit::max(limit)),
        )
        .get(leavers::HERE, READ, leavers::page)
        .post("/accounts/leavers/{account_leaver}", EDIT, leavers::settle)
        .get("/accounts/sources", READ, sources::page)
        .get("/accounts/sources/new", EDIT, source_form::new_form)
        .post("/accounts/sources", EDIT, source_form::create)
        .get("/accounts/sources/{account_source}", READ, sources::one)
        .get(
            "/accounts/sources/{account_source}/edit",
            EDIT,
            source_form::edit_form,
        )
        .post(
            "/accounts/sources/{account_source}/edit",
            EDIT,
            source_form::save,
        )
        .post(
            "/accounts/sources/{account_source}/remove",
            EDIT,
            sources::remove,
        )
        .post(
            "/accounts/sources/{account_source}/read",
            EDIT,
            sources::read,
        )
        .post(
            "/accounts/sources/{account_source}/import",
            EDIT,
            sources::upload.layer(DefaultBodyLimit::max(limit)),
        )
        .get("/accounts/imports/{account_import}", EDIT, imports::page)
        .post(
            "/accounts/imports/{account_import}/columns",
            EDIT,
            imports::columns,
        )
        .post(
            "/accounts/imports/{account_import}/confirm",
            EDIT,
            imports::confirm,
        )
        .post(
            "/accounts/imports/{account_import}/cancel",
            EDIT,
            imports::cancel,
        )
        .get("/accounts/list", READ, accounts::list)
        .get("/accounts/list.xlsx", READ, accounts::workbook)
        .get("/accounts/matches", READ, accounts::matches)
        .get(administrators::HERE, READ, administrators::page)
        .get(
            "/accounts/administrators.xlsx",
            READ,
            administrators::workbook,
        )
        .get("/accounts/of/{account}", READ, accounts::one)
        .post("/accounts/of/{account}/decide", EDIT, accounts::decide)
}

async fn read_proof(context: &Context) -> Result<Read, WebError> {
    context.authorize_own::<actions::ReadAccounts>().await
}

async fn edit_proof(context: &Context) -> Result<Authorized<actions::EditAccounts>, WebError> {
    context.authorize_own::<actions::EditAccounts>().await
}

fn may(context: &Context, action: Action) -> bool {
    NavigationFor {
        principal: &context.principal,
    }
    .may_at_home(action)
}

fn crumbs(context: &Context, last: Option<(&str, &str)>) -> Vec<Crumb> {
    let t = context.t();
    let mut crumbs = vec![
        Crumb::new(t.t("nav-home"), "/"),
        Crumb::new(t.t("accounts-title"), PATH),
    ];
    if let Some((label, href)) = last {
        crumbs.push(Crumb::new(label, href));
    }
    crumbs
}

/// The parts of this area, side by side.
fn parts(t: &Translator, here: &str) -> Markup {
    let parts = [
        ("accounts-part-findings", PATH),
        ("accounts-part-matches", "/accounts/matches"),
        ("accounts-part-list", "/accounts/list"),
        ("accounts-part-administrators", administrators::HERE),
        ("accounts-part-staff", "/accounts/staff"),
        ("accounts-leavers", leavers::HERE),
        ("accounts-part-sources", "/accounts/sources"),
    ];
    let shown: Vec<Tab<'_>> = parts
        .iter()
        .filter_map(|(key, href)| {
            Some(Tab {
                label: t.find(key)?,
                href,
                count: None,
                current: *href == here,
            })
        })
        .collect();
    tabs(t.t("accounts-title"), &shown)
}

fn unprocessable(mut response: Response) -> Response {
    *response.status_mut() = StatusCode::UNPROCESSABLE_ENTITY;
    response
}

fn file(bytes: Vec<u8>, kind: &str, name: &str) -> Response {
    let headers = [
        (header::CONTENT_TYPE, kind.to_owned()),
        (header::CONTENT_DISPOSITION, yagura_web::attachment(name)),
    ];
    (headers, bytes).into_response()
}

fn u64_of(count: i64) -> u64 {
    u64::try_from(count).unwrap_or_default()
}

fn parse_id(text: &str) -> Option<Uuid> {
    yagura_kernel::id::parse_uuid(text).ok()
}

/// Files out of a form.
async fn receive(
    mut multipart: axum::extract::Multipart,
) -> Result<Vec<crate::reading::SourceFile>, WebError> {
    let limit = 3 * crate::reading::LARGEST_FILE;
    let broken = |error: axum::extract::multipart::MultipartError| {
        if error.status() == StatusCode::PAYLOAD_TOO_LARGE {
            WebError::TooLarge { limit }
        } else {
            WebError::invalid("error-not-a-form")
        }
    };
    let mut files = Vec::new();
    while let Some(field) = multipart.next_field().await.map_err(broken)? {
        if field.name() != Some("files") {
            continue;
        }
        let name = field.file_name().unwrap_or_default().to_owned();
        let bytes = field.bytes().await.map_err(broken)?;
        if !name.is_empty() || !bytes.is_empty() {
            files.push(crate::reading::SourceFile {
                name: yagura_kernel::text::safe_file_name(&name),
                bytes: bytes.to_vec(),
            });
        }
    }
    Ok(files)
}

/// What is wrong with the files before anything is read.
fn refused(t: &Translator, files: &[crate::reading::SourceFile]) -> Option<String> {
    let limit = usize::try_from(crate::reading::LARGEST_FILE).unwrap_or(usize::MAX);
    if files.is_empty() {
        return Some(t.t("accounts-choose-file").to_owned());
    }
    if files.len() > crate::reading::MOST_FILES {
        return Some(t.t("accounts-too-many-files").to_owned());
    }
    if files.iter().any(|file| file.bytes.len() > limit) {
        let error = accountmatch::ReadError::TooLarge {
            limit: crate::reading::LARGEST_FILE,
        };
        return Some(crate::reading::explain(t, &error));
    }
    None
}

/// The form by which files are sent.
fn upload_form(
    t: &Translator,
    action: &str,
    state: &yagura_web::ui::forms::FormState,
    label: &str,
    hint: &str,
) -> Markup {
    use yagura_web::ui::forms::{Button, Field, FileRules, Form, button_row, file_field, form};
    let rules = FileRules {
        accept: "",
        accepted_words: hint,
        largest: crate::reading::LARGEST_FILE,
        multiple: true,
    };
    html! {
        (form(t, &Form::post(action).upload(), html! {
            (file_field(t, state, &Field::new("files", label).required(), &rules))
            (button_row(&Button::primary(t.t("accounts-read-file")), &[]))
        }))
    }
}
