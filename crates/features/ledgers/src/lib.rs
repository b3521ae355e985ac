//! The ledgers (管理簿): who may use which system, which information left the institution, what is
//! on loan, which media there are, and which rules are departed from.
//!
//! Requests that are granted fill them, and people fill them by hand or from lists that they kept
//! before. What ends is to be taken away, returned or erased, and stays open until somebody says that
//! it was. Superiors recertify once a year which permissions are still needed.
//!
//! This feature reads the register of systems (`yagura-inventory`) and no other; who answers for a
//! department it asks [`Departments`].

mod api;
mod campaign;
mod departments;
mod export;
mod import;
mod iso;
mod jobs;
pub mod model;
mod operations;
mod pages;
mod probes;
mod store;
mod words;

use std::sync::Arc;

use async_trait::async_trait;
use yagura_kernel::person::Role;
use yagura_kernel::policy::{Action, actions};
use yagura_kernel::probe::Probe;
use yagura_store::Migration;
use yagura_store::jobs::JobHandler;
use yagura_web::i18n::{Source, args};
use yagura_web::ui::components::Tone;
use yagura_web::{
    App, Context, Destination, Feature, Group, NavigationFor, Routes, Schedule, ToDo, WebError,
};

use crate::model::Ledger;

pub use departments::{Departments, Heads, OfTheRegister};
pub use probes::{MEDIA_KEPT, PERMISSIONS_RECERTIFIED};
pub use store::{
    Cursor, Due, Event, ExceptionInForce, Filter, Grant, GrantFilter, LedgerError, MIGRATIONS,
    Reads, Whom, Writes, Written, certify, change, count, departments, end, end_permissions_of,
    events, exceptions_in_force, get, list, medium_named, open, open_entries_of, open_many, owner,
    permissions_in_force, take_away,
};

/// The feature.
#[derive(Clone)]
pub struct Ledgers {
    departments: Arc<dyn Departments>,
}

impl std::fmt::Debug for Ledgers {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Ledgers").finish_non_exhaustive()
    }
}

impl Default for Ledgers {
    fn default() -> Self {
        Self::new(Arc::new(OfTheRegister))
    }
}

impl Ledgers {
    /// The feature, with who answers for departments.
    #[must_use]
    pub fn new(departments: Arc<dyn Departments>) -> Self {
        Self { departments }
    }
}

const MESSAGES: &[Source<'static>] = &[
    Source::ja("ledgers/ja.ftl", include_str!("../locales/ja.ftl")),
    Source::en("ledgers/en.ftl", include_str!("../locales/en.ftl")),
];

const DAY: i64 = 24 * 3_600;

const SCHEDULES: &[Schedule] = &[
    Schedule {
        job: jobs::DAILY,
        every_seconds: DAY,
    },
    Schedule {
        job: campaign::JOB,
        every_seconds: DAY,
    },
];

#[async_trait]
impl Feature for Ledgers {
    fn name(&self) -> &'static str {
        "ledgers"
    }

    fn migrations(&self) -> &'static [Migration] {
        MIGRATIONS
    }

    fn routes(&self) -> Routes {
        pages::routes(&self.departments).merge(api::routes(&self.departments))
    }

    fn messages(&self) -> &'static [Source<'static>] {
        MESSAGES
    }

    fn navigation(&self, whom: &NavigationFor<'_>) -> Vec<Destination> {
        if whom.is_institution() && whom.may_at_home(Action::ReadLedgers) {
            let (label, path) = ("ledgers-title", pages::PATH);
            vec![Destination::new(Group::Registers, 40, label, path)]
        } else {
            Vec::new()
        }
    }

    fn openapi(&self) -> Option<utoipa::openapi::OpenApi> {
        Some(api::description())
    }

    fn jobs(&self, app: &App) -> Vec<Arc<dyn JobHandler>> {
        vec![
            Arc::new(jobs::DailyHandler { app: app.clone() }),
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
        if !whom.is_institution() {
            return Ok(Vec::new());
        }
        let mut found = Vec::new();
        if whom.may_at_home(Action::RecertifyPermissions) {
            found.extend(rows_to_judge(context).await?);
        }
        if whom.may_at_home(Action::KeepLedgers) {
            found.extend(overdue(context).await?);
            found.extend(changes_wanted(context).await?);
        }
        Ok(found)
    }
}

/// Permissions that wait for one's word.
async fn rows_to_judge(context: &Context) -> Result<Option<ToDo>, WebError> {
    let organization = context.organization.id;
    let Some(person) = context.person() else {
        return Ok(None);
    };
    let database = context.database();
    let Some(running) = store::current_campaign(database, organization).await? else {
        return Ok(None);
    };
    let answers_for_all = context
        .principal
        .roles
        .iter()
        .any(|role| matches!(role, Role::SafetyManager | Role::Director));
    let open = store::open_rows_of(database, organization, person, answers_for_all).await?;
    if open == 0 {
        return Ok(None);
    }
    let t = context.t();
    let is_late = running.due_on < context.today;
    let why = args![("count", open), ("date", t.date(running.due_on))];
    Ok(Some(ToDo {
        urgency: if is_late { 800 } else { 600 },
        title: t.t("ledgers-todo-certify").to_owned(),
        why: t.t_args("ledgers-todo-certify-why", why).into_owned(),
        mark: is_late.then(|| (Tone::Late, t.t("ledgers-recertification-late").to_owned())),
        href: campaign::ROWS.to_owned(),
        button: t.t("ledgers-todo-certify-button").to_owned(),
    }))
}

/// What is past its last day, by ledger.
async fn overdue(context: &Context) -> Result<Vec<ToDo>, WebError> {
    let proof = context.authorize_own::<actions::KeepLedgers>().await?;
    let sums = store::sums(context.database(), &proof, context.today).await?;
    let t = context.t();
    let mut found = Vec::new();
    for sum in sums.iter().filter(|sum| sum.overdue > 0) {
        let Some(ledger) = Ledger::from_code(&sum.ledger) else {
            continue;
        };
        let title = match ledger {
            Ledger::Permissions => t.t("ledgers-todo-permissions"),
            Ledger::Exports => t.t("ledgers-todo-exports"),
            Ledger::Loans => t.t("ledgers-todo-loans"),
            Ledger::Exceptions => t.t("ledgers-todo-exceptions"),
            Ledger::Media => continue,
        };
        let why = args![("count", sum.overdue)];
        found.push(ToDo {
            urgency: 800,
            title: title.to_owned(),
            why: t.t_args("ledgers-todo-overdue-why", why).into_owned(),
            mark: Some((Tone::Late, t.t("ledgers-standing-overdue").to_owned())),
            href: format!("{}?due=overdue", pages::path_of(ledger)),
            button: t.t("ledgers-todo-overdue-button").to_owned(),
        });
    }
    Ok(found)
}

/// Permissions that superiors wanted to be changed.
async fn changes_wanted(context: &Context) -> Result<Option<ToDo>, WebError> {
    let open = store::open_changes(context.database(), context.organization.id).await?;
    if open == 0 {
        return Ok(None);
    }
    let t = context.t();
    let why = args![("count", open)];
    Ok(Some(ToDo {
        urgency: 400,
        title: t.t("ledgers-todo-changes").to_owned(),
        why: t.t_args("ledgers-todo-changes-why", why).into_owned(),
        mark: None,
        href: format!("{}?due=change_wanted", pages::path_of(Ledger::Permissions)),
        button: t.t("ledgers-todo-overdue-button").to_owned(),
    }))
}
