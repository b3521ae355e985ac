//! The register (台帳): information systems, external connections and devices of an institution.
//!
//! Every past hospital case began with something that nobody had on a list. The register is that
//! list: the stock-take (棚卸し票) of systems and medical devices with their vendors, the lines by
//! which somebody reaches in, and the devices with what they are, where they stand and until when
//! they are supported. Every record is confirmed once a fiscal year, and keeps its history.
//!
//! This feature reads no other.

mod api;
mod export;
pub mod import;
mod iso;
pub mod jobs;
mod merging;
pub mod model;
mod operations;
mod pages;
mod store;
mod template;
mod words;

use std::sync::Arc;

use async_trait::async_trait;
use yagura_kernel::policy::{Action, actions};
use yagura_kernel::time::FiscalYear;
use yagura_store::Migration;
use yagura_store::jobs::JobHandler;
use yagura_web::i18n::{Source, args};
use yagura_web::ui::components::Tone;
use yagura_web::{
    App, Context, Destination, Feature, Group, NavigationFor, Routes, Schedule, ToDo, WebError,
};

pub use store::{
    Cursor, Event, Filter, Import, ImportState, InventoryError, MIGRATIONS, Named, Software,
    Written, add, change, confirm, count, departments, events, get, import as import_of, imports,
    list, named, owner, remove, software, software_of_assets,
};

/// The feature.
#[derive(Debug, Clone, Copy, Default)]
pub struct Inventory;

pub(crate) const MESSAGES: &[Source<'static>] = &[
    Source::ja("inventory/ja.ftl", include_str!("../locales/ja.ftl")),
    Source::en("inventory/en.ftl", include_str!("../locales/en.ftl")),
];

const SCHEDULES: &[Schedule] = &[Schedule {
    job: jobs::CLEAN,
    every_seconds: 3_600,
}];

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
        if whom.is_institution() && whom.may_at_home(Action::ReadInventory) {
            vec![Destination::new(
                Group::Registers,
                10,
                "inventory-title",
                "/inventory",
            )]
        } else {
            Vec::new()
        }
    }

    fn openapi(&self) -> Option<utoipa::openapi::OpenApi> {
        Some(api::description())
    }

    fn jobs(&self, app: &App) -> Vec<Arc<dyn JobHandler>> {
        vec![Arc::new(jobs::CleanHandler { app: app.clone() })]
    }

    fn schedules(&self) -> &'static [Schedule] {
        SCHEDULES
    }

    async fn to_dos(&self, context: &Context) -> Result<Vec<ToDo>, WebError> {
        let whom = NavigationFor {
            principal: &context.principal,
        };
        if !whom.is_institution() || !whom.may_at_home(Action::EditInventory) {
            return Ok(Vec::new());
        }
        let proof = context.authorize_own::<actions::ReadInventory>().await?;
        let year = FiscalYear::of(context.today);
        let sums = store::sums(context.database(), &proof, year).await?;
        Ok(to_do(context, &sums).into_iter().collect())
    }
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
