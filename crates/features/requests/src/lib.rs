//! The one-stop desk (ワンストップ窓口): requests, who decides them in which order, and what follows.
//!
//! Anybody of an institution files a request on one page and sees where it stands. Forms are dated
//! packs (`packs/forms`) that an institution adapts in the browser ([`store::publish`]); a request
//! keeps the form under which it was filed. The route engine ([`model::engine`]) is pure: it follows
//! the chain of responsibility and the desks, and asks [`model::People`] who may decide today, so
//! that a request never hangs on somebody who left. Decisions are in the audit log, which is signed.
//! What was granted enters the ledgers in the transaction of the last decision.
//!
//! This feature reads `inventory` (systems, departments) and the store of files of `evidence`.

mod api;
mod documents;
mod editing;
mod handover;
mod jobs;
mod ledgers;
pub mod model;
mod operations;
mod pages;
pub mod store;
mod upload;
mod words;

use std::sync::Arc;

use async_trait::async_trait;
use yagura_kernel::id::OrganizationId;
use yagura_kernel::policy::{Action, actions};
use yagura_store::jobs::JobHandler;
use yagura_store::{Migration, StoreError, Transaction};
use yagura_web::i18n::{Source, args};
use yagura_web::ui::components::Tone;
use yagura_web::{
    App, Context, Destination, Feature, Group, NavigationFor, Records, Routes, Schedule, ToDo,
    WebError,
};

pub use ledgers::{DepartmentsAtTheDesk, enter_granted};
pub use operations::waiting_people;
pub use store::MIGRATIONS;

/// The feature.
#[derive(Debug, Clone, Copy, Default)]
pub struct Requests;

pub(crate) const MESSAGES: &[Source<'static>] = &[
    Source::ja("requests/ja.ftl", include_str!("../locales/ja.ftl")),
    Source::en("requests/en.ftl", include_str!("../locales/en.ftl")),
];

const SCHEDULES: &[Schedule] = &[
    Schedule {
        job: jobs::JOB,
        every_seconds: 86_400,
    },
    Schedule {
        job: handover::JOB,
        every_seconds: 3_600,
    },
];

#[async_trait]
impl Feature for Requests {
    fn name(&self) -> &'static str {
        "requests"
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
        if !whom.is_institution() {
            return Vec::new();
        }
        let mut found = Vec::new();
        if whom.may_at_home(Action::FileRequests) {
            found.push(Destination::new(
                Group::ToDo,
                30,
                "requests-desk",
                pages::DESK,
            ));
        }
        if whom.may_at_home(Action::DecideRequests) {
            let waiting = Destination::new(Group::ToDo, 31, "requests-worklist", pages::WORKLIST);
            found.push(waiting);
        }
        if whom.may_at_home(Action::ReadRequests) {
            found.push(Destination::new(
                Group::Registers,
                60,
                "requests-all",
                pages::ALL,
            ));
        }
        if whom.may_at_home(Action::EditRequestForms) {
            found.push(Destination::new(
                Group::Settings,
                60,
                "requests-forms",
                pages::FORMS,
            ));
            found.push(Destination::new(
                Group::Settings,
                61,
                "requests-seats",
                pages::SEATS,
            ));
        }
        found
    }

    fn openapi(&self) -> Option<utoipa::openapi::OpenApi> {
        Some(api::description())
    }

    fn jobs(&self, app: &App) -> Vec<Arc<dyn JobHandler>> {
        vec![
            Arc::new(jobs::OverdueHandler { app: app.clone() }),
            Arc::new(handover::HandoverHandler { app: app.clone() }),
        ]
    }

    async fn records_changed(
        &self,
        app: &App,
        tx: &mut Transaction,
        organization: OrganizationId,
        records: Records,
    ) -> Result<(), StoreError> {
        if records == Records::People {
            handover::enqueue(app, tx, organization).await?;
        }
        Ok(())
    }

    fn schedules(&self) -> &'static [Schedule] {
        SCHEDULES
    }

    async fn to_dos(&self, context: &Context) -> Result<Vec<ToDo>, WebError> {
        let whom = NavigationFor {
            principal: &context.principal,
        };
        let Some(me) = context.person() else {
            return Ok(Vec::new());
        };
        let both = [Action::DecideRequests, Action::FileRequests];
        if !whom.is_institution() || !both.into_iter().all(|action| whom.may_at_home(action)) {
            return Ok(Vec::new());
        }
        let t = context.t();
        let mut found = Vec::new();
        let decide = context.authorize_own::<actions::DecideRequests>().await?;
        let organization = context.organization.id;
        let snapshot = store::snapshot(context.database(), organization, context.today).await?;
        let (waiting, due) =
            store::count_waiting(context.database(), &decide, &snapshot.people, me).await?;
        if waiting > 0 {
            let overdue = due.is_some_and(|due| due < context.today);
            found.push(ToDo {
                urgency: if overdue { 800 } else { 600 },
                title: t.t("requests-todo-decide").to_owned(),
                why: t
                    .t_args("requests-todo-decide-why", args![("count", waiting)])
                    .into_owned(),
                mark: overdue.then(|| (Tone::Late, t.t("requests-overdue").to_owned())),
                href: pages::WORKLIST.to_owned(),
                button: t.t("requests-todo-decide-button").to_owned(),
            });
        }
        let file = context.authorize_own::<actions::FileRequests>().await?;
        let returned = store::returned_of(context.database(), &file, me).await?;
        if let Some(first) = returned.first() {
            found.push(ToDo {
                urgency: 600,
                title: t.t("requests-todo-answer").to_owned(),
                why: t
                    .t_args("requests-todo-answer-why", args![("count", returned.len())])
                    .into_owned(),
                mark: None,
                href: format!("{}/{first}", pages::DESK),
                button: t.t("requests-todo-answer-button").to_owned(),
            });
        }
        Ok(found)
    }
}
