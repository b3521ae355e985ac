//! The pages: the ledgers at a glance, one ledger, an entry, its form, recertification, imports.

mod entry;
mod form;
pub(crate) mod imports;
mod judging;
mod list;
pub(crate) mod media;
mod overview;
pub(crate) mod recertification;

use std::sync::Arc;

use axum::Extension;
use axum::extract::DefaultBodyLimit;
use axum::handler::Handler as _;
use uuid::Uuid;
use yagura_kernel::policy::{Action, ActionType, Authorized, actions};
use yagura_store::directory;
use yagura_web::ui::layout::Crumb;
use yagura_web::{Access, Context, Routes, WebError};

pub(crate) use entry::{LONGEST_NOTE, read_end};
use recertification::Answering;

use crate::departments::Departments;
use crate::export::Names;
use crate::model::Ledger;
use crate::{campaign, store, words};

/// How many entries a page shows.
const PAGE: i64 = 50;
/// How many systems, people or media a form offers to choose from.
const MOST_CHOICES: i64 = 2_000;
/// The address of the ledgers.
pub(crate) const PATH: &str = "/ledgers";

const READ: Access = Access::Action(Action::ReadLedgers);
const KEEP: Access = Access::Action(Action::KeepLedgers);
const CERTIFY: Access = Access::Action(Action::RecertifyPermissions);

/// The addresses of the pages.
pub(crate) fn routes(departments: &Arc<dyn Departments>) -> Routes {
    let answering = Extension(Answering(Arc::clone(departments)));
    let limit = usize::try_from(imports::LARGEST_UPLOAD).unwrap_or(usize::MAX);
    Routes::new()
        .get(PATH, READ, overview::page)
        .get("/ledgers/privileged", READ, overview::privileged)
        .get(campaign::PATH, READ, recertification::page)
        .post(
            campaign::PATH,
            KEEP,
            recertification::start.layer(answering),
        )
        .post(
            "/ledgers/recertification/reassign",
            KEEP,
            recertification::reassign,
        )
        .post(
            "/ledgers/recertification/remind",
            KEEP,
            recertification::remind,
        )
        .post(
            "/ledgers/recertification/close",
            KEEP,
            recertification::close,
        )
        .get(campaign::ROWS, READ, judging::rows)
        .post(campaign::ROWS, CERTIFY, judging::decide)
        .post("/ledgers/media/seen", KEEP, media::seen)
        .get("/ledgers/import/{ledger_import}", KEEP, imports::preview)
        .post(
            "/ledgers/import/{ledger_import}/columns",
            KEEP,
            imports::assign,
        )
        .post(
            "/ledgers/import/{ledger_import}/confirm",
            KEEP,
            imports::confirm,
        )
        .post(
            "/ledgers/import/{ledger_import}/cancel",
            KEEP,
            imports::cancel,
        )
        .get("/ledgers/{ledger}", READ, list::page)
        .post("/ledgers/{ledger}", KEEP, form::create)
        .get("/ledgers/{ledger}/list.xlsx", READ, list::workbook)
        .get("/ledgers/{ledger}/list.csv", READ, list::csv)
        .get("/ledgers/{ledger}/list.pdf", READ, list::pdf)
        .get("/ledgers/{ledger}/form.xlsx", READ, list::empty_form)
        .get("/ledgers/{ledger}/new", KEEP, form::new_form)
        .get("/ledgers/{ledger}/import", KEEP, imports::page)
        .post(
            "/ledgers/{ledger}/import",
            KEEP,
            imports::upload.layer(DefaultBodyLimit::max(limit)),
        )
        .get("/ledgers/{ledger}/{ledger_entry}", READ, entry::page)
        .get(
            "/ledgers/{ledger}/{ledger_entry}/edit",
            KEEP,
            form::edit_form,
        )
        .post("/ledgers/{ledger}/{ledger_entry}/edit", KEEP, form::save)
        .post("/ledgers/{ledger}/{ledger_entry}/end", KEEP, entry::end)
        .post(
            "/ledgers/{ledger}/{ledger_entry}/take-away",
            KEEP,
            entry::take_away,
        )
}

/// The ledger of an address.
pub(crate) fn ledger_of(code: &str) -> Result<Ledger, WebError> {
    Ledger::from_code(code).ok_or(WebError::NotFound)
}

/// The address of one ledger.
pub(crate) fn path_of(ledger: Ledger) -> String {
    format!("{PATH}/{}", ledger.code())
}

/// Asks the policy for an action on the institution that an entry belongs to. An entry of another
/// ledger is not found.
pub(crate) async fn authorize<A: ActionType>(
    context: &Context,
    ledger: &str,
    id: Uuid,
) -> Result<(Ledger, Authorized<A>), WebError> {
    let (organization, of) = store::owner(context.database(), id).await?;
    let proof = context.authorize::<A>(organization).await?;
    if of.code() == ledger {
        Ok((of, proof))
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

fn crumbs(context: &Context, ledger: Option<Ledger>) -> Vec<Crumb> {
    let t = context.t();
    let mut crumbs = vec![
        Crumb::new(t.t("nav-home"), "/"),
        Crumb::new(t.t("ledgers-title"), PATH),
    ];
    if let Some(ledger) = ledger {
        crumbs.push(Crumb::new(words::ledger(t, ledger), path_of(ledger)));
    }
    crumbs
}

async fn read_proof(context: &Context) -> Result<Authorized<actions::ReadLedgers>, WebError> {
    context.authorize_own::<actions::ReadLedgers>().await
}

/// What a form offers for fields that name something: systems, people and media by id.
#[derive(Debug, Default)]
struct Offered {
    systems: Vec<(String, String)>,
    people: Vec<(String, String)>,
    media: Vec<(String, String)>,
}

impl Offered {
    /// The names by id.
    fn names(&self) -> Names {
        let all = [&self.systems, &self.people, &self.media];
        all.into_iter().flatten().cloned().collect()
    }
}

async fn offered(context: &Context) -> Result<Offered, WebError> {
    let database = context.database();
    let register = context.authorize_own::<actions::ReadInventory>().await?;
    let kind = yagura_inventory::model::RecordKind::System;
    let systems = yagura_inventory::named(database, &register, kind, MOST_CHOICES).await?;
    let organization = context.organization.id;
    let people =
        directory::assignments_of_organization(database, organization, context.today).await?;
    let mut people: Vec<(String, String)> = people
        .into_iter()
        .map(|holder| (holder.assignment.person.to_string(), holder.name))
        .collect();
    people.sort();
    people.dedup();
    people.sort_by(|a, b| a.1.cmp(&b.1));
    let read = read_proof(context).await?;
    let media = store::media(database, &read, MOST_CHOICES).await?;
    Ok(Offered {
        systems: systems
            .into_iter()
            .map(|one| (one.id.to_string(), one.name))
            .collect(),
        people,
        media: media
            .into_iter()
            .map(|one| (one.id.to_string(), one.name))
            .collect(),
    })
}
