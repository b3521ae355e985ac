//! The pages: the register at a glance, its three parts, a record, its form.

mod campaign;
pub(crate) mod customers;
mod form;
mod imports;
mod list;
mod merge;
mod overview;
mod record;
mod strangers;
mod two_factor;
mod vendor_words;

use std::collections::HashMap;

use axum::extract::DefaultBodyLimit;
use axum::handler::Handler as _;
use uuid::Uuid;
use yagura_kernel::policy::{Action, ActionType, Authorized, actions};
use yagura_store::directory;
use yagura_web::ui::layout::Crumb;
use yagura_web::{Access, Context, Routes, WebError};

use crate::model::{Asset, Connection, Content, RecordKind, System};
use crate::{store, words};

/// How many records a page shows.
const PAGE: i64 = 50;
/// How many systems or devices a form offers to choose from.
const MOST_CHOICES: i64 = 2_000;

/// A part of the register with its address.
pub(crate) trait Part: Content {
    /// The address of its list.
    const PATH: &'static str;
    /// The fields that its list shows beside the name.
    const COLUMNS: &'static [&'static str];
}

impl Part for System {
    const PATH: &'static str = "/inventory/systems";
    const COLUMNS: &'static [&'static str] = &[
        "kind",
        "department",
        "vendor_name",
        "patch",
        "support_until",
    ];
}

impl Part for Connection {
    const PATH: &'static str = "/inventory/connections";
    const COLUMNS: &'static [&'static str] = &[
        "vendor_name",
        "purpose",
        "mechanism",
        "multi_factor",
        "valid_until",
    ];
}

impl Part for Asset {
    const PATH: &'static str = "/inventory/assets";
    const COLUMNS: &'static [&'static str] = &["class", "model", "os", "place", "support_until"];
}

fn path_of(kind: RecordKind) -> &'static str {
    match kind {
        RecordKind::System => System::PATH,
        RecordKind::Connection => Connection::PATH,
        RecordKind::Asset => Asset::PATH,
    }
}

macro_rules! part {
    ($routes:expr, $part:ty, $path:literal, $id:literal) => {
        $routes
            .get($path, READ, list::page::<$part>)
            .get(concat!($path, ".xlsx"), READ, list::workbook::<$part>)
            .get(concat!($path, "/new"), EDIT, form::new_form::<$part>)
            .post($path, EDIT, form::create::<$part>)
            .get(concat!($path, "/", $id), READ, record::page::<$part>)
            .get(
                concat!($path, "/", $id, "/edit"),
                EDIT,
                form::edit_form::<$part>,
            )
            .post(concat!($path, "/", $id, "/edit"), EDIT, form::save::<$part>)
            .post(
                concat!($path, "/", $id, "/confirm"),
                CONFIRM,
                record::confirm::<$part>,
            )
            .post(
                concat!($path, "/", $id, "/remove"),
                EDIT,
                record::remove::<$part>,
            )
    };
}

const READ: Access = Access::Action(Action::ReadInventory);
const EDIT: Access = Access::Action(Action::EditInventory);
const CONFIRM: Access = Access::Action(Action::ConfirmInventory);

/// The addresses of the pages.
pub(crate) fn routes() -> Routes {
    let limit = usize::try_from(imports::LARGEST_UPLOAD).unwrap_or(usize::MAX);
    let routes = Routes::new()
        .get("/inventory", READ, overview::page)
        .get("/inventory/import", EDIT, imports::page)
        .get("/inventory/stock-take.xlsx", READ, imports::template)
        .post(
            "/inventory/import",
            EDIT,
            imports::upload.layer(DefaultBodyLimit::max(limit)),
        )
        .get(
            "/inventory/import/{inventory_import}",
            EDIT,
            imports::preview,
        )
        .get(
            "/inventory/import/{inventory_import}/columns",
            EDIT,
            imports::columns,
        )
        .post(
            "/inventory/import/{inventory_import}/columns",
            EDIT,
            imports::assign,
        )
        .post(
            "/inventory/import/{inventory_import}/decisions",
            EDIT,
            imports::decide,
        )
        .post(
            "/inventory/import/{inventory_import}/confirm",
            EDIT,
            imports::confirm,
        )
        .post(
            "/inventory/import/{inventory_import}/cancel",
            EDIT,
            imports::cancel,
        )
        .get("/inventory/strangers", READ, strangers::page)
        .post(
            "/inventory/strangers/{stranger}/register",
            EDIT,
            strangers::register,
        )
        .post(
            "/inventory/strangers/{stranger}/excuse",
            EDIT,
            strangers::excuse,
        )
        .get("/inventory/duplicates", READ, merge::duplicates)
        .get("/inventory/assets/{asset}/merge", EDIT, merge::page)
        .post("/inventory/assets/{asset}/merge", EDIT, merge::merge)
        .post("/inventory/assets/{asset}/apart", EDIT, merge::apart)
        .get(crate::campaign::PATH, READ, campaign::page)
        .post(crate::campaign::PATH, EDIT, campaign::start)
        .post(
            "/inventory/confirmation/responsible",
            EDIT,
            campaign::responsible,
        )
        .post("/inventory/confirmation/settings", EDIT, campaign::settings)
        .get(campaign::ROWS, READ, campaign::rows)
        .post(campaign::ROWS, CONFIRM, campaign::confirm_rows)
        .get(customers::PATH, Access::SignedIn, customers::worklist)
        .get(
            "/customers/{organization}/connections",
            Access::Action(Action::ReadCustomerConnections),
            customers::customer,
        )
        .post(
            "/customers/{organization}/connections",
            Access::Action(Action::ConfirmCustomerConnections),
            customers::say,
        )
        .post(
            "/inventory/vendor-words/{vendor_word}/settle",
            EDIT,
            vendor_words::settle,
        )
        .post(
            "/inventory/assets/{asset}/services",
            EDIT,
            record::accept_services,
        );
    let routes = part!(routes, System, "/inventory/systems", "{system}");
    let routes = part!(routes, Connection, "/inventory/connections", "{connection}");
    part!(routes, Asset, "/inventory/assets", "{asset}")
}

/// Asks the policy for an action on the institution that a record belongs to. A record of another
/// part is not found.
pub(crate) async fn authorize<C: Content, A: ActionType>(
    context: &Context,
    id: Uuid,
) -> Result<Authorized<A>, WebError> {
    let (organization, kind) = store::owner(context.database(), id).await?;
    let proof = context.authorize::<A>(organization).await?;
    if kind == C::KIND {
        Ok(proof)
    } else {
        Err(WebError::NotFound)
    }
}

fn may(context: &Context, action: Action) -> bool {
    yagura_web::NavigationFor {
        principal: &context.principal,
    }
    .may_at_home(action)
}

fn crumbs(context: &Context, part: Option<RecordKind>) -> Vec<Crumb> {
    let t = context.t();
    let mut crumbs = vec![
        Crumb::new(t.t("nav-home"), "/"),
        Crumb::new(t.t("inventory-title"), "/inventory"),
    ];
    if let Some(kind) = part {
        crumbs.push(Crumb::new(words::part(t, kind), path_of(kind)));
    }
    crumbs
}

/// The names of what a record may refer to.
#[derive(Default)]
struct Names {
    records: HashMap<Uuid, String>,
    vendors: Vec<(Uuid, String)>,
}

impl Names {
    fn of(&self, id: &str) -> Option<&str> {
        let id = yagura_kernel::id::parse_uuid(id).ok()?;
        let vendor = self.vendors.iter().find(|(vendor, _)| *vendor == id);
        let record = || self.records.get(&id).map(String::as_str);
        vendor.map(|(_, name)| name.as_str()).or_else(record)
    }
}

/// The vendors on record, for choices.
async fn vendors(context: &Context) -> Result<Vec<(Uuid, String)>, WebError> {
    let institution = context.organization.id;
    let found = directory::suppliers_of(context.database(), institution, context.today).await?;
    Ok(found
        .into_iter()
        .map(|(_, vendor)| (vendor.id.uuid(), vendor.name))
        .collect())
}

/// The names of what one record refers to.
async fn names_for<C: Content>(context: &Context, content: &C) -> Result<Names, WebError> {
    let references = content.references();
    let ids: Vec<Uuid> = references.iter().map(|one| one.target).collect();
    let found = store::names_of(context.database(), context.organization.id, &ids).await?;
    let vendors = match content.vendor() {
        Some(_) => vendors(context).await?,
        None => Vec::new(),
    };
    Ok(Names {
        records: found
            .into_iter()
            .map(|named| (named.id, named.name))
            .collect(),
        vendors,
    })
}

async fn read_proof(context: &Context) -> Result<Authorized<actions::ReadInventory>, WebError> {
    context.authorize_own::<actions::ReadInventory>().await
}
