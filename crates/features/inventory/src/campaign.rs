//! Word to those who confirm: when a yearly confirmation begins, and a week before its last day and
//! weekly after it where something is still open.

use std::collections::BTreeMap;

use async_trait::async_trait;
use serde_json::json;
use yagura_kernel::id::{OrganizationId, PersonId};
use yagura_kernel::person::Role;
use yagura_kernel::time::{Date, FiscalYear};
use yagura_store::jobs::{Job, JobHandler, Progress};
use yagura_store::notifications::{self, NewNotification};
use yagura_store::{StoreError, Transaction, directory};
use yagura_web::i18n::args;
use yagura_web::mail::{Mail, is_address};
use yagura_web::{App, Lang};

use crate::pages::customers;
use crate::store;

/// The kind of the daily job.
pub(crate) const JOB: &str = "inventory-confirmation-reminders";
/// Where the confirmation is done.
pub(crate) const PATH: &str = "/inventory/confirmation";
/// How many days before the last day, and how often after it, people are reminded.
const REMIND_DAYS: i64 = 7;

/// Somebody who has something to confirm.
struct Asked {
    person: PersonId,
    email: Option<String>,
    open: i64,
}

/// Who has how many records to confirm: who answers for a department; for departments of nobody the
/// heads of departments, else who is responsible for the systems' safety, else the director.
async fn asked(
    app: &App,
    organization: OrganizationId,
    year: FiscalYear,
) -> Result<Vec<Asked>, StoreError> {
    let database = app.database();
    let states = store::department_states(database, organization, year).await?;
    let people =
        directory::assignments_of_organization(database, organization, app.today()).await?;
    let general: Vec<PersonId> = [Role::DepartmentHead, Role::SafetyManager, Role::Director]
        .iter()
        .map(|role| {
            people
                .iter()
                .filter(|holder| holder.assignment.role == *role)
                .map(|holder| holder.assignment.person)
                .collect::<Vec<_>>()
        })
        .find(|found| !found.is_empty())
        .unwrap_or_default();
    let mut open: BTreeMap<PersonId, i64> = BTreeMap::new();
    for state in states.iter().filter(|state| state.open() > 0) {
        // Who has left the institution is asked no more.
        let responsible = state.person.filter(|person| {
            people
                .iter()
                .any(|holder| holder.assignment.person == *person)
        });
        let whom = match &responsible {
            Some(person) => std::slice::from_ref(person),
            None => &general,
        };
        for person in whom {
            *open.entry(*person).or_default() += state.open();
        }
    }
    Ok(open
        .into_iter()
        .map(|(person, open)| Asked {
            person,
            email: people
                .iter()
                .filter(|holder| holder.assignment.person == person)
                .find_map(|holder| holder.email.clone().filter(|email| is_address(email))),
            open,
        })
        .collect())
}

/// Tells the people of an institution what they have to confirm, in the caller's transaction.
pub(crate) async fn tell(
    app: &App,
    tx: &mut Transaction,
    organization: OrganizationId,
    due_on: Date,
) -> Result<(), StoreError> {
    let year = FiscalYear::of(app.today());
    let asked = asked(app, organization, year).await?;
    let t = app.translator(Lang::Ja);
    let notices = asked.iter().map(|one| NewNotification {
        organization,
        person: Some(one.person),
        message: "inventory-notice-confirm",
        arguments: json!({ "count": one.open.to_string() }),
        link: Some(PATH.to_owned()),
    });
    notifications::send(tx, app.ids(), notices, app.now()).await?;
    for one in &asked {
        let Some(to) = &one.email else { continue };
        let words = args![
            ("count", one.open),
            ("date", t.date(due_on)),
            ("link", app.config().link(PATH))
        ];
        let mail = Mail {
            to: to.clone(),
            subject: t.t("inventory-mail-confirm-subject").to_owned(),
            body: t.t_args("inventory-mail-confirm-body", words).into_owned(),
        };
        app.enqueue(tx, mail.job(app)).await?;
    }
    Ok(())
}

/// Asks the vendors on record to confirm their external connections, in the caller's transaction.
pub(crate) async fn ask_vendors(
    app: &App,
    tx: &mut Transaction,
    institution: &directory::Organization,
    due_on: Date,
) -> Result<usize, StoreError> {
    let vendors = directory::suppliers_of(app.database(), institution.id, app.today()).await?;
    let t = app.translator(Lang::Ja);
    let link = format!("/customers/{}/connections", institution.id);
    for (_, vendor) in &vendors {
        let notice = NewNotification {
            organization: vendor.id,
            person: None,
            message: "inventory-notice-vendor",
            arguments: json!({ "customer": institution.name }),
            link: Some(link.clone()),
        };
        notifications::send(tx, app.ids(), [notice], app.now()).await?;
        let Some(to) = vendor.email.clone().filter(|email| is_address(email)) else {
            continue;
        };
        let words = args![
            ("customer", institution.name.as_str()),
            ("date", t.date(due_on)),
            ("link", app.config().link(&link)),
            ("list", app.config().link(customers::PATH))
        ];
        let mail = Mail {
            to,
            subject: t
                .t_args(
                    "inventory-mail-vendor-subject",
                    args![("customer", institution.name.as_str())],
                )
                .into_owned(),
            body: t.t_args("inventory-mail-vendor-body", words).into_owned(),
        };
        app.enqueue(tx, mail.job(app)).await?;
    }
    Ok(vendors.len())
}

/// Reminds.
#[derive(Debug)]
pub(crate) struct RemindHandler {
    /// The program.
    pub(crate) app: App,
}

#[async_trait]
impl JobHandler for RemindHandler {
    fn kind(&self) -> &'static str {
        JOB
    }

    async fn run(&self, _job: &Job, _progress: &Progress) -> Result<(), String> {
        remind(&self.app).await.map_err(|error| error.to_string())
    }
}

async fn remind(app: &App) -> Result<(), StoreError> {
    let (now, today) = (app.now(), app.today());
    let year = FiscalYear::of(today);
    let by = today.saturating_add(time::Duration::days(REMIND_DAYS));
    let before = now.plus_days(-REMIND_DAYS);
    loop {
        let due = store::due_campaigns(app.database(), year, by, before).await?;
        if due.is_empty() {
            return Ok(());
        }
        for campaign in due {
            let mut tx = app.database().begin().await?;
            tell(app, &mut tx, campaign.organization_id, campaign.due_on).await?;
            store::campaign_reminded(&mut tx, campaign.organization_id, year, now).await?;
            tx.commit().await?;
        }
    }
}
