//! Checklists: the ministry's sheet of a fiscal year as an institution, or a vendor for it, fills
//! it in, and how well each answer is proven.
//!
//! A sheet is bound to one version of a rule pack. Its rows are answered in two rounds by the
//! rules of the form ([`model`]); every change is kept with who, when and by which way; the second
//! of two writers of one row is shown both answers. Each row is judged from its answer, the current
//! evidence behind it and what probes measured ([`yagura_kernel::proof`]); a「はい」that a probe
//! contradicts comes first everywhere. What last year's sheet said is offered through item lineage
//! and taken over only by a person ([`drafts`]). Those who oversee institutions see a projection
//! that holds no more than is shared with them ([`overview`]).

mod api;
pub mod drafts;
mod evidence_host;
mod home;
pub mod jobs;
pub mod model;
pub mod overview;
mod pages;
mod probes;
pub mod store;

use std::sync::Arc;

use async_trait::async_trait;
use maud::Markup;
use yagura_kernel::id::OrganizationId;
use yagura_kernel::policy::Action;
use yagura_kernel::probe::Probe;
use yagura_store::jobs::JobHandler;
use yagura_store::{Migration, StoreError, Transaction};
use yagura_web::i18n::Source;
use yagura_web::{
    App, Context, Destination, Feature, Group, NavigationFor, Records, Routes, Schedule, ToDo,
    WebError,
};

pub use evidence_host::EvidenceSheets;
pub use pages::{Family, item_path, sheet_path};

/// The words of this feature.
pub const MESSAGES: &[Source<'static>] = &[
    Source::ja("checklists/ja.ftl", include_str!("../locales/ja.ftl")),
    Source::en("checklists/en.ftl", include_str!("../locales/en.ftl")),
];

/// Every six hours, so that a server that is switched off at night measures once a day all the
/// same; what was measured less than twenty hours ago is passed over.
const SCHEDULES: &[Schedule] = &[
    Schedule {
        job: jobs::MEASURE_ALL,
        every_seconds: 6 * 3_600,
    },
    Schedule {
        job: jobs::REFRESH_OVERVIEW,
        every_seconds: 6 * 3_600,
    },
];

/// The feature.
#[derive(Debug, Clone, Copy, Default)]
pub struct Checklists;

#[async_trait]
impl Feature for Checklists {
    fn name(&self) -> &'static str {
        "checklists"
    }

    fn migrations(&self) -> &'static [Migration] {
        store::MIGRATIONS
    }

    fn routes(&self) -> Routes {
        pages::routes().merge(api::routes())
    }

    fn messages(&self) -> &'static [Source<'static>] {
        MESSAGES
    }

    fn navigation(&self, whom: &NavigationFor<'_>) -> Vec<Destination> {
        let mut destinations = Vec::new();
        if whom.is_institution() && whom.may_at_home(Action::ReadSheet) {
            destinations.push(Destination::new(
                Group::ToDo,
                10,
                "checklist-nav",
                "/checklists",
            ));
        }
        if whom.is_institution() && whom.may_at_home(Action::AnswerSelfCheck) {
            destinations.push(Destination::new(
                Group::ToDo,
                60,
                "self-check-nav",
                "/self-check",
            ));
        }
        destinations
    }

    fn openapi(&self) -> Option<utoipa::openapi::OpenApi> {
        Some(api::description())
    }

    fn probes(&self, app: &App) -> Vec<Arc<dyn Probe>> {
        let database = app.database().clone();
        vec![
            Arc::new(probes::SafetyManagerAppointed {
                database: database.clone(),
            }),
            Arc::new(probes::AccountTwoFactor { database }),
        ]
    }

    fn jobs(&self, app: &App) -> Vec<Arc<dyn JobHandler>> {
        vec![
            Arc::new(jobs::MeasureProbes { app: app.clone() }),
            Arc::new(jobs::MeasureAll { app: app.clone() }),
            Arc::new(jobs::RefreshOverview { app: app.clone() }),
            Arc::new(jobs::RegionStatistics { app: app.clone() }),
        ]
    }

    fn schedules(&self) -> &'static [Schedule] {
        SCHEDULES
    }

    async fn organization_changed(
        &self,
        app: &App,
        tx: &mut Transaction,
        organization: OrganizationId,
    ) -> Result<(), StoreError> {
        if !store::is_institution(tx, organization).await? {
            return Ok(());
        }
        let now = app.now();
        overview::sharing_changed(tx, app.ids(), organization, now).await?;
        // A role may have been given or ended: the safety manager is measured again.
        app.enqueue(tx, jobs::measure_probes(organization, now))
            .await?;
        Ok(())
    }

    async fn records_changed(
        &self,
        app: &App,
        tx: &mut Transaction,
        organization: OrganizationId,
        _records: Records,
    ) -> Result<(), StoreError> {
        app.enqueue(tx, jobs::measure_probes(organization, app.now()))
            .await?;
        Ok(())
    }

    async fn to_dos(&self, context: &Context) -> Result<Vec<ToDo>, WebError> {
        home::to_dos(context).await
    }

    async fn home_card(&self, context: &Context) -> Result<Option<(u32, Markup)>, WebError> {
        home::card_of_year(context).await
    }
}
