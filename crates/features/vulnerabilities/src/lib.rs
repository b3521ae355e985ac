//! Vulnerabilities (脆弱性): what is published, what of it touches the institution's devices, in
//! which order to act, and until when.
//!
//! The gap between publication and remedy is what is attacked. Feeds are loaded from files, from a
//! signed bundle on a stick or from their sources ([`import`], [`bundle`], [`sync`]); devices of the
//! register are held against them ([`matching`]) by the products that they have ([`refresh`]); and
//! what is found has a state, a clock and a place in the order ([`model`]). The vendor who maintains a
//! device is asked, and its answer is a proposal that a person takes over ([`model::request`]).
//!
//! This feature reads the register, and nothing else.

mod api;
pub mod bundle;
mod export;
pub mod import;
pub mod matching;
pub mod model;
mod notices;
mod operations;
mod pages;
mod probes;
pub mod refresh;
mod shared;
mod store;
pub mod sync;
mod vex;
mod words;

use std::sync::Arc;

use async_trait::async_trait;
use yagura_kernel::id::OrganizationId;
use yagura_kernel::organization::OrganizationKind;
use yagura_kernel::policy::{
    Action, ActionType, Actor, Authorized, Principal, Resource, Standing, actions, authorize,
};
use yagura_kernel::probe::Probe;
use yagura_store::jobs::JobHandler;
use yagura_store::{Migration, StoreError, Transaction};
use yagura_web::i18n::{Source, args};
use yagura_web::ui::components::Tone;
use yagura_web::{
    App, Context, Destination, Feature, Group, NavigationFor, Records, Routes, Schedule, ToDo,
    WebError,
};

pub use probes::{ENOUGH_PERCENT, IN_TIME, VulnerabilitiesInTime};
pub use shared::Shared;
pub use store::feeds::{
    FeedRow, Manage, Outcome, Patch, Vulnerability, Written, id_of, key, states,
};
pub use store::findings::{
    Cursor, Event, Filter, Finding, Right, Sums, Vendor, count, decide, events, get, list, owner,
    sums, vulnerability,
};
pub use store::products::{TextRow, Undecided};
pub use store::region::{Numbers, Present, Question, SMALLEST_GROUP, Touched, numbers, touched};
pub use store::requests::work::{
    Customer, WorkCursor, WorkFilter, WorkGroup, WorkItem, WorkSums, customers, groups, items,
    items_of_group, sums as work_sums,
};
pub use store::requests::{
    LEAST_DAYS, Request, RequestSums, asks_by_itself, of_finding as request_of,
    sums as request_sums,
};
pub use store::{MIGRATIONS, VulnerabilityError};

/// The feature.
#[derive(Debug, Clone, Default)]
pub struct Vulnerabilities {
    shared: Arc<Shared>,
}

impl Vulnerabilities {
    /// What a process keeps: the index and the dictionary.
    #[must_use]
    pub fn shared(&self) -> Arc<Shared> {
        Arc::clone(&self.shared)
    }
}

pub(crate) const MESSAGES: &[Source<'static>] = &[
    Source::ja("vulnerabilities/ja.ftl", include_str!("../locales/ja.ftl")),
    Source::en("vulnerabilities/en.ftl", include_str!("../locales/en.ftl")),
];

/// The program's own proof.
fn own<A: ActionType>(
    organization: OrganizationId,
    standing: Standing,
) -> Result<Authorized<A>, String> {
    let principal = Arc::new(Principal {
        actor: Actor::System,
        organization,
        organization_kind: OrganizationKind::Hospital,
        roles: Vec::new(),
        second_factor: true,
        token_actions: None,
    });
    let resource = Resource {
        organization,
        standing,
    };
    authorize(&principal, &resource).map_err(|denial| denial.to_string())
}

/// The program's own proof for the installation's records.
fn own_proof<A: ActionType>() -> Result<Authorized<A>, String> {
    own(uuid::Uuid::nil().into(), Standing::Installation)
}

/// The program's own proof for an institution's records.
fn proof_for<A: ActionType>(
    organization: OrganizationId,
) -> Result<Authorized<A>, VulnerabilityError> {
    own(organization, Standing::Own).map_err(|_| VulnerabilityError::Store(StoreError::NotFound))
}

const SCHEDULES: &[Schedule] = &[
    Schedule {
        job: refresh::ROUND,
        every_seconds: 10 * 60,
    },
    Schedule {
        job: notices::JOB,
        every_seconds: 24 * 60 * 60,
    },
];

#[async_trait]
impl Feature for Vulnerabilities {
    fn name(&self) -> &'static str {
        "vulnerabilities"
    }

    fn migrations(&self) -> &'static [Migration] {
        MIGRATIONS
    }

    fn routes(&self) -> Routes {
        pages::routes(&self.shared).merge(api::routes())
    }

    fn openapi(&self) -> Option<utoipa::openapi::OpenApi> {
        Some(api::description())
    }

    fn navigation(&self, whom: &NavigationFor<'_>) -> Vec<Destination> {
        let mut found = Vec::new();
        if whom.is_institution() && whom.may_at_home(Action::ReadVulnerabilities) {
            found.push(Destination::new(
                Group::Registers,
                12,
                "vulnerabilities-title",
                pages::LIST,
            ));
            found.push(Destination::new(
                Group::Registers,
                13,
                "vulnerabilities-products-title",
                pages::PRODUCTS,
            ));
        }
        if whom.may_as_vendor(Action::ReadCustomerVulnerabilities) {
            found.push(Destination::new(
                Group::Customers,
                30,
                "vulnerabilities-customers-title",
                pages::CUSTOMERS,
            ));
        }
        if whom.may_at_home(Action::ReadMembers) {
            found.push(Destination::new(
                Group::Members,
                60,
                "vulnerabilities-region-title",
                pages::REGION,
            ));
        }
        if whom.may_on_installation(Action::ManageFeeds) {
            found.push(Destination::new(
                Group::Settings,
                60,
                "vulnerabilities-feeds-title",
                pages::FEEDS,
            ));
        }
        found
    }

    async fn to_dos(&self, context: &Context) -> Result<Vec<ToDo>, WebError> {
        let whom = NavigationFor {
            principal: &context.principal,
        };
        if whom.may_as_vendor(Action::AnswerCustomerVulnerabilities) {
            let (principal, today) = (&context.principal, context.today);
            let filter = WorkFilter::default();
            let sums = work_sums(context.database(), principal, &filter, today).await?;
            return Ok(to_do_of_vendor(context, &sums).into_iter().collect());
        }
        if !whom.is_institution() || !whom.may_at_home(Action::AssessVulnerabilities) {
            return Ok(Vec::new());
        }
        let proof = context
            .authorize_own::<actions::ReadVulnerabilities>()
            .await?;
        let sums = store::findings::sums(context.database(), &proof, context.today).await?;
        let asked = request_sums(context.database(), &proof, context.today).await?;
        Ok(to_dos(context, &sums, &asked))
    }

    fn messages(&self) -> &'static [Source<'static>] {
        MESSAGES
    }

    fn jobs(&self, app: &App) -> Vec<Arc<dyn JobHandler>> {
        vec![
            Arc::new(matching::MatchHandler {
                app: app.clone(),
                shared: Arc::clone(&self.shared),
            }),
            Arc::new(refresh::RefreshHandler {
                app: app.clone(),
                shared: Arc::clone(&self.shared),
            }),
            Arc::new(refresh::RoundHandler { app: app.clone() }),
            Arc::new(notices::DigestHandler { app: app.clone() }),
        ]
    }

    fn probes(&self, app: &App) -> Vec<Arc<dyn Probe>> {
        vec![Arc::new(probes::VulnerabilitiesInTime {
            database: app.database().clone(),
        })]
    }

    fn schedules(&self) -> &'static [Schedule] {
        SCHEDULES
    }

    async fn records_changed(
        &self,
        app: &App,
        tx: &mut Transaction,
        organization: OrganizationId,
        records: Records,
    ) -> Result<(), StoreError> {
        if records == Records::Inventory {
            refresh::ask_soon(app, tx, organization).await?;
        }
        Ok(())
    }
}

/// At most one line each: what is exploited and touches an external connection, what is overdue,
/// what nobody has looked at, and what vendors answered.
fn to_dos(context: &Context, sums: &Sums, asked: &RequestSums) -> Vec<ToDo> {
    let t = context.t();
    let mut found = Vec::new();
    let mut put = |urgency, title: &str, why: &str, count: i64, mark: (Tone, &str), href: &str| {
        found.push(ToDo {
            urgency,
            title: t.t(title).to_owned(),
            why: t.t_args(why, args![("count", count)]).into_owned(),
            mark: Some((mark.0, t.t(mark.1).to_owned())),
            href: href.to_owned(),
            button: t.t("vulnerabilities-todo-button").to_owned(),
        });
    };
    if sums.exploited_outside > 0 {
        put(
            880,
            "vulnerabilities-todo-outside",
            "vulnerabilities-todo-outside-why",
            sums.exploited_outside,
            (Tone::Danger, "vulnerabilities-exploited"),
            "/vulnerabilities?exploited=yes&exposed=yes",
        );
    }
    if sums.overdue > 0 {
        put(
            800,
            "vulnerabilities-todo-overdue",
            "vulnerabilities-todo-overdue-why",
            sums.overdue,
            (Tone::Late, "vulnerabilities-filter-overdue"),
            "/vulnerabilities?overdue=yes",
        );
    } else if sums.unseen > 0 && sums.exploited_outside == 0 {
        put(
            400,
            "vulnerabilities-todo-new",
            "vulnerabilities-todo-new-why",
            sums.unseen,
            (Tone::Info, "vulnerabilities-state-new"),
            "/vulnerabilities?state=new",
        );
    }
    if asked.answered > 0 {
        put(
            450,
            "vulnerabilities-todo-answers",
            "vulnerabilities-todo-answers-why",
            asked.answered,
            (Tone::Info, "vulnerabilities-request-answered"),
            "/vulnerabilities?vendor=answered",
        );
    }
    found
}

/// What a vendor's customers wait for.
fn to_do_of_vendor(context: &Context, sums: &WorkSums) -> Option<ToDo> {
    let t = context.t();
    (sums.waiting > 0).then(|| ToDo {
        urgency: 650,
        title: t.t("vulnerabilities-todo-vendor").to_owned(),
        why: t
            .t_args(
                "vulnerabilities-customers-waiting",
                args![("devices", sums.waiting), ("customers", sums.customers)],
            )
            .into_owned(),
        mark: Some((Tone::Info, t.t("vulnerabilities-request-asked").to_owned())),
        href: pages::CUSTOMERS.to_owned(),
        button: t.t("vulnerabilities-todo-button").to_owned(),
    })
}
