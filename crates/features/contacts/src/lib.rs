//! The contact chart (連絡体制図) and the emergency page.
//!
//! The chart names whom to call when systems are attacked: the chain inside with deputies, and
//! outside the vendors, the police, the ministry and others, each with numbers by day and by night.
//! Somebody confirms every fiscal year that the numbers are right; the probe
//! `contact-chart-confirmed` ([`ContactChartConfirmed`]) then proves checklist item 3-①.
//!
//! 「攻撃かもしれない」 (`/emergency`) says what to do first and whom to call, from the chart where
//! there is one and else from the dated national list of the rule packs. It answers without a
//! session, without JavaScript and without the database, and can be printed in advance.
//!
//! This feature reads no other.

mod api;
pub mod documents;
pub mod emergency;
mod forms;
pub mod model;
mod operations;
mod pages;
mod probes;
mod store;
mod suggestions;

use std::sync::Arc;

use async_trait::async_trait;
use yagura_kernel::policy::{Action, actions};
use yagura_kernel::probe::Probe;
use yagura_kernel::time::FiscalYear;
use yagura_store::Migration;
use yagura_web::i18n::{Source, args};
use yagura_web::ui::components::Tone;
use yagura_web::{
    App, Context, Destination, Feature, Group, NavigationFor, Routes, ToDo, WebError,
};

pub use documents::{chart_document, emergency_document};
pub use model::{Category, Chart, Confirmation, Entry, Gap, NewEntry};
pub use probes::{CONTACT_CHART_CONFIRMED, ContactChartConfirmed};
pub use store::{
    ContactsError, HistoryEntry, MIGRATIONS, add, change, chart, confirm, history, owner, remove,
    shift,
};

/// The feature.
#[derive(Debug, Clone, Copy, Default)]
pub struct Contacts;

pub(crate) const MESSAGES: &[Source<'static>] = &[
    Source::ja("contacts/ja.ftl", include_str!("../locales/ja.ftl")),
    Source::en("contacts/en.ftl", include_str!("../locales/en.ftl")),
];

#[async_trait]
impl Feature for Contacts {
    fn name(&self) -> &'static str {
        "contacts"
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
        if whom.is_institution() && whom.may_at_home(Action::ReadContacts) {
            vec![Destination::new(
                Group::Emergency,
                10,
                "contacts-chart",
                "/contacts",
            )]
        } else {
            Vec::new()
        }
    }

    fn openapi(&self) -> Option<utoipa::openapi::OpenApi> {
        Some(api::description())
    }

    fn probes(&self, app: &App) -> Vec<Arc<dyn Probe>> {
        vec![Arc::new(ContactChartConfirmed {
            database: app.database().clone(),
        })]
    }

    async fn to_dos(&self, context: &Context) -> Result<Vec<ToDo>, WebError> {
        let whom = NavigationFor {
            principal: &context.principal,
        };
        if !whom.is_institution() || !whom.may_at_home(Action::EditContacts) {
            return Ok(Vec::new());
        }
        let proof = context.authorize_own::<actions::ReadContacts>().await?;
        let chart = store::chart(context.database(), &proof).await?;
        Ok(to_do(context, &chart).into_iter().collect())
    }
}

fn to_do(context: &Context, chart: &Chart) -> Option<ToDo> {
    let t = context.t();
    let gaps = chart.gaps().len();
    let (title, why, button) = if chart.entries.is_empty() {
        (
            "contacts-todo-make",
            t.t("contacts-todo-make-why").to_owned(),
            "contacts-todo-make-button",
        )
    } else if gaps > 0 {
        let why = t
            .t_args("contacts-todo-fill-why", args![("count", gaps)])
            .into_owned();
        ("contacts-todo-fill", why, "contacts-todo-make-button")
    } else if chart.confirmed_in(FiscalYear::of(context.today)) {
        return None;
    } else {
        let why = match &chart.confirmation {
            Some(confirmation) => t
                .t_args(
                    "contacts-todo-confirm-why",
                    args![("date", t.date(confirmation.at.jst_date()))],
                )
                .into_owned(),
            None => t.t("contacts-todo-confirm-never").to_owned(),
        };
        ("contacts-todo-confirm", why, "contacts-todo-confirm-button")
    };
    Some(ToDo {
        urgency: 400,
        title: t.find(title).unwrap_or_default().to_owned(),
        why,
        mark: Some((Tone::Neutral, t.t("contacts-todo-minutes").to_owned())),
        href: "/contacts".to_owned(),
        button: t.find(button).unwrap_or_default().to_owned(),
    })
}
