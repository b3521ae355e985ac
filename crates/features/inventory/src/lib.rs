//! The register (台帳): information systems, external connections and devices of an institution.
//!
//! Every past hospital case began with something that nobody had on a list. The register is that
//! list: the stock-take (棚卸し票) of systems and medical devices with their vendors, the lines by
//! which somebody reaches in, and the devices with what they are, where they stand and until when
//! they are supported. Every record is confirmed once a fiscal year, and keeps its history.
//!
//! This feature reads no other but the evidence library, whose pieces stand behind its records.

mod api;
mod attachments;
mod campaign;
mod export;
pub mod import;
mod iso;
pub mod jobs;
mod merging;
pub mod model;
mod operations;
mod pages;
mod probes;
mod store;
mod template;
mod words;

use std::sync::Arc;

use async_trait::async_trait;
use yagura_kernel::policy::{Action, Authorized, actions};
use yagura_kernel::probe::Probe;
use yagura_kernel::time::FiscalYear;
use yagura_store::Migration;
use yagura_store::jobs::JobHandler;
use yagura_web::i18n::{Source, args};
use yagura_web::ui::components::Tone;
use yagura_web::{
    App, Context, Destination, Feature, Group, NavigationFor, Routes, Schedule, ToDo, WebError,
};

pub use attachments::EvidenceRecords;
pub use probes::{
    ENOUGH_PERCENT, REGISTER_COMPLETE, REMOTE_MAINTENANCE_CONFIRMED, SERVICES_ON_SERVERS,
    SERVICES_ON_TERMINALS, SOURCE_RESTRICTED, SYSTEM_TWO_FACTOR,
};
pub use store::{
    Completeness, Cursor, Event, Filter, Import, ImportState, InventoryError, MIGRATIONS, Named,
    SEEN_DAYS, Said, Services, Software, Written, add, add_many, change, completeness, confirm,
    count, departments, departments_at_the_desk, events, get, import as import_of, imports,
    kept_systems, list, named, owner, remove, say, services, software, software_of_assets,
    systems_at_the_desk,
};

/// The feature.
#[derive(Debug, Clone, Copy, Default)]
pub struct Inventory;

pub(crate) const MESSAGES: &[Source<'static>] = &[
    Source::ja("inventory/ja.ftl", include_str!("../locales/ja.ftl")),
    Source::en("inventory/en.ftl", include_str!("../locales/en.ftl")),
];

const SCHEDULES: &[Schedule] = &[
    Schedule {
        job: jobs::CLEAN,
        every_seconds: 3_600,
    },
    Schedule {
        job: campaign::JOB,
        every_seconds: 24 * 3_600,
    },
];

#[async_trait]
impl Feature for Inventory {
    fn name(&self) -> &'static str {
        "inventory"
    }

    fn migrations(&self) -> &'static [Migration] {
        MIGRATIONS
    }

    fn routes(&self) -> Routes {
        pages::routes().merge(api::routes())
    }

    fn messages(&self) -> &'static [Source<'static>] {
        MESSAGES
    }

    fn navigation(&self, whom: &NavigationFor<'_>) -> Vec<Destination> {
        let mut found = Vec::new();
        if whom.is_institution() && whom.may_at_home(Action::ReadInventory) {
            found.push(Destination::new(
                Group::Registers,
                10,
                "inventory-title",
                "/inventory",
            ));
        }
        if whom.may_as_vendor(Action::ReadCustomerConnections) {
            let words = Destination::new(
                Group::Customers,
                20,
                "inventory-vendor-title",
                pages::customers::PATH,
            );
            found.push(words.also("/customers/", "/connections"));
        }
        found
    }

    fn openapi(&self) -> Option<utoipa::openapi::OpenApi> {
        Some(api::description())
    }

    fn jobs(&self, app: &App) -> Vec<Arc<dyn JobHandler>> {
        vec![
            Arc::new(jobs::CleanHandler { app: app.clone() }),
            Arc::new(campaign::RemindHandler { app: app.clone() }),
        ]
    }

    fn probes(&self, app: &App) -> Vec<Arc<dyn Probe>> {
        probes::all(app.database())
    }

    fn schedules(&self) -> &'static [Schedule] {
        SCHEDULES
    }

    async fn to_dos(&self, context: &Context) -> Result<Vec<ToDo>, WebError> {
        let whom = NavigationFor {
            principal: &context.principal,
        };
        if whom.may_as_vendor(Action::ConfirmCustomerConnections) {
            return vendor_to_do(context).await;
        }
        if !whom.is_institution() || !whom.may_at_home(Action::ConfirmInventory) {
            return Ok(Vec::new());
        }
        let proof = context.authorize_own::<actions::ReadInventory>().await?;
        let year = FiscalYear::of(context.today);
        let mut found = campaign_to_do(context, &proof, year).await?;
        if !found.is_empty() || !whom.may_at_home(Action::EditInventory) {
            return Ok(found);
        }
        let sums = store::sums(context.database(), &proof, year).await?;
        found.extend(to_do(context, &sums));
        Ok(found)
    }
}

/// While a yearly confirmation runs: what one has to confirm, and for whoever keeps the register all
/// that is open.
async fn campaign_to_do(
    context: &Context,
    proof: &Authorized<actions::ReadInventory>,
    year: FiscalYear,
) -> Result<Vec<ToDo>, WebError> {
    let Some(campaign) = store::campaign(context.database(), proof, year).await? else {
        return Ok(Vec::new());
    };
    let states = store::department_states(context.database(), proof.organization(), year).await?;
    let own: i64 = states
        .iter()
        .filter(|state| state.person.is_some() && state.person == context.person())
        .map(store::DepartmentState::open)
        .sum();
    let may_edit = NavigationFor {
        principal: &context.principal,
    }
    .may_at_home(Action::EditInventory);
    let all: i64 = states.iter().map(store::DepartmentState::open).sum();
    let open = if own == 0 && may_edit { all } else { own };
    if open == 0 {
        return Ok(Vec::new());
    }
    let t = context.t();
    let is_late = campaign.due_on < context.today;
    let why = t.t_args(
        "inventory-todo-campaign-why",
        args![("count", open), ("date", t.date(campaign.due_on))],
    );
    Ok(vec![ToDo {
        urgency: if is_late { 800 } else { 600 },
        title: t.t("inventory-todo-confirm").to_owned(),
        why: why.into_owned(),
        mark: is_late.then(|| (Tone::Late, t.t("inventory-campaign-late").to_owned())),
        href: campaign::PATH.to_owned(),
        button: t.t("inventory-todo-confirm-button").to_owned(),
    }])
}

/// What a vendor should confirm.
async fn vendor_to_do(context: &Context) -> Result<Vec<ToDo>, WebError> {
    let open = store::CustomerFilter {
        open: true,
        ..store::CustomerFilter::default()
    };
    let open = pages::customers::count(context, &open).await?;
    if open == 0 {
        return Ok(Vec::new());
    }
    let t = context.t();
    Ok(vec![ToDo {
        urgency: 400,
        title: t
            .t_args("inventory-vendor-todo", args![("count", open)])
            .into_owned(),
        why: t.t("inventory-vendor-todo-why").to_owned(),
        mark: None,
        href: format!("{}?open=yes", pages::customers::PATH),
        button: t.t("inventory-vendor-todo-button").to_owned(),
    }])
}

fn to_do(context: &Context, sums: &[store::Sum]) -> Option<ToDo> {
    let t = context.t();
    let records: i64 = sums.iter().map(|sum| sum.records).sum();
    let unconfirmed: i64 = sums.iter().map(|sum| sum.records - sum.confirmed).sum();
    let (title, why, button, urgency) = if records == 0 {
        (
            t.t("inventory-todo-begin"),
            t.t("inventory-todo-begin-why").to_owned(),
            t.t("inventory-todo-begin-button"),
            400,
        )
    } else if unconfirmed > 0 {
        let why = t
            .t_args("inventory-todo-confirm-why", args![("count", unconfirmed)])
            .into_owned();
        (
            t.t("inventory-todo-confirm"),
            why,
            t.t("inventory-todo-confirm-button"),
            200,
        )
    } else {
        return None;
    };
    Some(ToDo {
        urgency,
        title: title.to_owned(),
        why,
        mark: Some((Tone::Neutral, t.t("inventory-todo-mark").to_owned())),
        href: "/inventory".to_owned(),
        button: button.to_owned(),
    })
}
