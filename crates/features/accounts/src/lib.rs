//! Accounts against people: who works here, which accounts the systems have, and which of them should
//! not be there.
//!
//! Personnel's list and the export of each system are taken over after a preview. A job then says
//! whose each account is (engine `accountmatch`), asks a person where only names speak, and finds
//! accounts of leavers and of nobody, dormant and shared ones, administrator rights and functions that
//! no entry of the ledger of permissions covers, and passwords that never change. A finding ends as a
//! task of the system desk, which only a newer export of the same source proves to be done, or as an
//! exception with an end in the ledger.
//!
//! This feature reads the register of systems (`yagura-inventory`) and the ledgers
//! (`yagura-ledgers`).

mod api;
mod directory;
mod export;
pub mod intake;
mod judging;
mod ledger;
pub mod model;
mod operations;
mod pages;
mod preview;
mod probes;
mod reading;
mod reconcile;
mod store;
mod words;

use std::sync::Arc;

use async_trait::async_trait;
use yagura_kernel::id::OrganizationId;
use yagura_kernel::person::Role;
use yagura_kernel::policy::Action;
use yagura_kernel::probe::Probe;
use yagura_store::jobs::JobHandler;
use yagura_store::{Migration, StoreError, Transaction};
use yagura_web::i18n::{Source, args};
use yagura_web::ui::components::Tone;
use yagura_web::{
    App, Context, Destination, Feature, Group, NavigationFor, Records, Routes, Schedule, ToDo,
    WebError,
};

pub use probes::{ACCOUNTS_OF_STAFF, ADMINISTRATORS_GRANTED};
pub use store::MIGRATIONS;

/// The feature.
#[derive(Debug, Clone, Copy, Default)]
pub struct Accounts;

pub(crate) const MESSAGES: &[Source<'static>] = &[
    Source::ja("accounts/ja.ftl", include_str!("../locales/ja.ftl")),
    Source::en("accounts/en.ftl", include_str!("../locales/en.ftl")),
];

const SCHEDULES: &[Schedule] = &[Schedule {
    job: reconcile::NIGHTLY,
    every_seconds: 24 * 3_600,
}];

#[async_trait]
impl Feature for Accounts {
    fn name(&self) -> &'static str {
        "accounts"
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
        if whom.is_institution() && whom.may_at_home(Action::ReadAccounts) {
            vec![Destination::new(
                Group::Registers,
                60,
                "accounts-title",
                pages::PATH,
            )]
        } else {
            Vec::new()
        }
    }

    fn openapi(&self) -> Option<utoipa::openapi::OpenApi> {
        Some(api::description())
    }

    fn jobs(&self, app: &App) -> Vec<Arc<dyn JobHandler>> {
        let app = || app.clone();
        vec![
            Arc::new(reconcile::ReconcileHandler { app: app() }),
            Arc::new(reconcile::NightlyHandler { app: app() }),
            Arc::new(directory::DirectoryHandler { app: app() }),
        ]
    }

    fn schedules(&self) -> &'static [Schedule] {
        SCHEDULES
    }

    fn probes(&self, app: &App) -> Vec<Arc<dyn Probe>> {
        probes::all(app.database())
    }

    /// A permission that was granted or ended says something of the accounts.
    async fn records_changed(
        &self,
        app: &App,
        tx: &mut Transaction,
        organization: OrganizationId,
        records: Records,
    ) -> Result<(), StoreError> {
        if records == Records::Ledgers {
            app.enqueue(tx, reconcile::job(organization, app.now()))
                .await?;
        }
        Ok(())
    }

    async fn to_dos(&self, context: &Context) -> Result<Vec<ToDo>, WebError> {
        let whom = NavigationFor {
            principal: &context.principal,
        };
        if !whom.is_institution() || !whom.may_at_home(Action::EditAccounts) {
            return Ok(Vec::new());
        }
        let organization = context.organization.id;
        let sums = store::sums(context.database(), organization, context.today).await?;
        let is_desk = context.principal.roles.contains(&Role::SystemOperator);
        let t = context.t();
        let count = |test: &dyn Fn(&store::Sum) -> bool| -> i64 {
            sums.iter().filter(|sum| test(sum)).map(|sum| sum.n).sum()
        };
        let tasks = count(&|sum| sum.state == "task");
        let late: i64 = sums
            .iter()
            .filter(|sum| sum.state == "task")
            .map(|sum| sum.late)
            .sum();
        let mut found = Vec::new();
        if tasks > 0 && is_desk {
            found.push(ToDo {
                urgency: if late > 0 { 800 } else { 600 },
                title: t
                    .t_args("accounts-todo-tasks", args![("count", tasks)])
                    .into_owned(),
                why: t.t("accounts-todo-tasks-why").to_owned(),
                mark: (late > 0).then(|| (Tone::Late, t.t("accounts-late").to_owned())),
                href: format!("{}?state=task", pages::PATH),
                button: t.t("accounts-todo-button").to_owned(),
            });
        }
        let leavers = store::count_leavers(context.database(), organization).await?;
        if leavers > 0 {
            found.push(ToDo {
                urgency: 600,
                title: t
                    .t_args("accounts-todo-leavers", args![("count", leavers)])
                    .into_owned(),
                why: t.t("accounts-todo-leavers-why").to_owned(),
                mark: None,
                href: pages::leavers::HERE.to_owned(),
                button: t.t("accounts-todo-button").to_owned(),
            });
        }
        let grave = count(&|sum| {
            sum.state == "open"
                && matches!(sum.kind.as_str(), "leaver" | "administrator_without_grant")
        });
        if grave > 0 {
            found.push(ToDo {
                urgency: 600,
                title: t
                    .t_args("accounts-todo-grave", args![("count", grave)])
                    .into_owned(),
                why: t.t("accounts-todo-grave-why").to_owned(),
                mark: None,
                href: format!("{}?state=open", pages::PATH),
                button: t.t("accounts-todo-button").to_owned(),
            });
        }
        Ok(found)
    }
}
