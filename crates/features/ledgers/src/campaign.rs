//! Word to those who are asked at recertification: when it begins, and weekly while something waits.

use std::collections::BTreeMap;

use async_trait::async_trait;
use serde_json::json;
use uuid::Uuid;
use yagura_kernel::id::{OrganizationId, PersonId};
use yagura_kernel::time::Date;
use yagura_store::jobs::{Job, JobHandler, Progress};
use yagura_store::notifications::{self, NewNotification};
use yagura_store::{StoreError, Transaction, directory};
use yagura_web::i18n::args;
use yagura_web::mail::{Mail, is_address};
use yagura_web::{App, Lang};

use crate::model::Reviewers;
use crate::store;

/// The kind of the daily job.
pub(crate) const JOB: &str = "ledgers-recertification-reminders";
/// Where the recertification is.
pub(crate) const PATH: &str = "/ledgers/recertification";
/// Where one's own rows are.
pub(crate) const ROWS: &str = "/ledgers/recertification/rows";
/// How often people are reminded.
const REMIND_DAYS: i64 = 7;

/// Tells those who are asked how many permissions wait for their word, in the caller's transaction;
/// only one of them where `only` names whom. Gives how many were told.
pub(crate) async fn tell(
    app: &App,
    tx: &mut Transaction,
    organization: OrganizationId,
    campaign: Uuid,
    due_on: Date,
    only: Option<PersonId>,
) -> Result<usize, StoreError> {
    let progress = store::progress_within(tx, organization, campaign).await?;
    let general = Reviewers::new(
        store::colleagues(tx, organization, app.today()).await?,
        Vec::new(),
    )
    .general();
    let mut open: BTreeMap<PersonId, i64> = BTreeMap::new();
    for one in progress.iter().filter(|one| one.open() > 0) {
        let whom = match &one.reviewer {
            Some(person) => std::slice::from_ref(person),
            None => &general,
        };
        for person in whom {
            *open.entry(*person).or_default() += one.open();
        }
    }
    open.retain(|person, _| only.is_none_or(|only| only == *person));
    let people =
        directory::assignments_of_organization(app.database(), organization, app.today()).await?;
    let t = app.translator(Lang::Ja);
    let notices = open.iter().map(|(person, count)| NewNotification {
        organization,
        person: Some(*person),
        message: "ledgers-notice-recertify",
        arguments: json!({ "count": count.to_string() }),
        link: Some(ROWS.to_owned()),
    });
    notifications::send(tx, app.ids(), notices, app.now()).await?;
    for (person, count) in &open {
        let address = people
            .iter()
            .filter(|holder| holder.assignment.person == *person)
            .find_map(|holder| holder.email.clone().filter(|email| is_address(email)));
        let Some(to) = address else { continue };
        let words = args![
            ("count", *count),
            ("date", t.date(due_on)),
            ("link", app.config().link(ROWS))
        ];
        let mail = Mail {
            to,
            subject: t.t("ledgers-mail-recertify-subject").to_owned(),
            body: t.t_args("ledgers-mail-recertify-body", words).into_owned(),
        };
        app.enqueue(tx, mail.job(app)).await?;
    }
    Ok(open.len())
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
    let now = app.now();
    loop {
        let due = store::due_campaigns(app.database(), now.plus_days(-REMIND_DAYS)).await?;
        if due.is_empty() {
            return Ok(());
        }
        for campaign in due {
            let (id, organization) = (campaign.id, campaign.organization_id);
            let mut tx = app.database().begin().await?;
            if campaign.open == 0 {
                store::close_campaign(&mut tx, organization, id, None, now).await?;
            } else {
                tell(app, &mut tx, organization, id, campaign.due_on, None).await?;
            }
            store::was_reminded(&mut tx, id, now).await?;
            tx.commit().await?;
        }
    }
}
