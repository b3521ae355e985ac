//! The daily round: what is past its last day, told once to those who deal with it.

use std::collections::BTreeMap;
use std::sync::Arc;

use async_trait::async_trait;
use serde_json::json;
use uuid::Uuid;
use yagura_kernel::id::{OrganizationId, PersonId};
use yagura_kernel::organization::OrganizationKind;
use yagura_kernel::person::Role;
use yagura_kernel::policy::{
    ActionType, Actor, Authorized, Denial, Principal, Resource, Standing, actions, authorize,
};
use yagura_store::jobs::{Job, JobHandler, Progress};
use yagura_store::notifications::{self, NewNotification};
use yagura_store::{StoreError, directory};
use yagura_web::i18n::args;
use yagura_web::mail::{Mail, is_address};
use yagura_web::{App, Lang, Records, WebError};

use crate::model::Ledger;
use crate::store::{self, Told};

/// The kind of the daily job.
pub(crate) const DAILY: &str = "ledgers-daily";
/// Where the ledgers are.
const PATH: &str = "/ledgers";
/// How many institutions are asked for at a time.
const INSTITUTIONS: i64 = 200;
/// How many entries of one institution one transaction deals with.
const ENTRIES: i64 = 2_000;

/// The program's own proof for an institution's ledgers.
pub(crate) fn own_proof<A: ActionType>(
    organization: OrganizationId,
) -> Result<Authorized<A>, Denial> {
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
        standing: Standing::Own,
    };
    authorize(&principal, &resource)
}

/// Does the daily round.
#[derive(Debug)]
pub(crate) struct DailyHandler {
    /// The program.
    pub(crate) app: App,
}

#[async_trait]
impl JobHandler for DailyHandler {
    fn kind(&self) -> &'static str {
        DAILY
    }

    async fn run(&self, _job: &Job, _progress: &Progress) -> Result<(), String> {
        round(&self.app).await.map_err(|error| error.to_string())
    }
}

async fn round(app: &App) -> Result<(), WebError> {
    let mut after = OrganizationId::from(Uuid::nil());
    loop {
        let today = app.today();
        let found =
            store::institutions_with_ended(app.database(), today, after, INSTITUTIONS).await?;
        let Some(last) = found.last() else { break };
        after = *last;
        for organization in found {
            while institution(app, organization).await? {}
        }
    }
    let mut tx = app.database().begin().await?;
    store::expire_imports(&mut tx, app.now()).await?;
    Ok(tx.commit().await?)
}

/// Deals with some entries of an institution; whether there may be more.
async fn institution(app: &App, organization: OrganizationId) -> Result<bool, WebError> {
    let proof = own_proof::<actions::KeepLedgers>(organization)?;
    let now = app.now();
    let mut tx = app.database().begin().await?;
    let ended = store::overdue_untold(&mut tx, organization, app.today(), ENTRIES).await?;
    if ended.is_empty() {
        return Ok(false);
    }
    store::expire_permissions(&mut tx, &proof, app.ids(), &ended, now).await?;
    store::was_told(&mut tx, &ended, now).await?;
    tell(app, &mut tx, organization, &ended).await?;
    app.records_changed(&mut tx, organization, Records::Ledgers)
        .await?;
    tx.commit().await?;
    Ok(true)
}

/// Who deals with what is past its last day.
fn desks(ledger: Ledger) -> &'static [Role] {
    match ledger {
        Ledger::Permissions | Ledger::Media => &[Role::SystemOperator],
        Ledger::Exports => &[Role::ClinicalRecordsDesk],
        Ledger::Loans => &[Role::ProcurementDesk, Role::ContractDesk],
        Ledger::Exceptions => &[Role::SafetyManager],
    }
}

async fn tell(
    app: &App,
    tx: &mut yagura_store::Transaction,
    organization: OrganizationId,
    ended: &[Told],
) -> Result<(), StoreError> {
    let people =
        directory::assignments_of_organization(app.database(), organization, app.today()).await?;
    let holders = |roles: &[Role]| -> Vec<PersonId> {
        let holders = people
            .iter()
            .filter(|one| roles.contains(&one.assignment.role));
        holders.map(|one| one.assignment.person).collect()
    };
    let mut counts: BTreeMap<PersonId, i64> = BTreeMap::new();
    for ledger in Ledger::ALL {
        let number = ended.iter().filter(|one| one.ledger == ledger.code());
        let number = i64::try_from(number.count()).unwrap_or(i64::MAX);
        if number == 0 {
            continue;
        }
        let mut whom = [desks(*ledger), &[Role::SafetyManager], &[Role::Director]]
            .into_iter()
            .map(holders)
            .find(|found| !found.is_empty())
            .unwrap_or_default();
        whom.sort_unstable();
        whom.dedup();
        for person in whom {
            *counts.entry(person).or_default() += number;
        }
    }
    let notices = counts.iter().map(|(person, count)| NewNotification {
        organization,
        person: Some(*person),
        message: "ledgers-notice-overdue",
        arguments: json!({ "count": count.to_string() }),
        link: Some(PATH.to_owned()),
    });
    notifications::send(tx, app.ids(), notices, app.now()).await?;
    let t = app.translator(Lang::Ja);
    for (person, count) in &counts {
        let address = people
            .iter()
            .filter(|one| one.assignment.person == *person)
            .find_map(|one| one.email.clone().filter(|email| is_address(email)));
        let Some(to) = address else { continue };
        let words = args![("count", *count), ("link", app.config().link(PATH))];
        let mail = Mail {
            to,
            subject: t.t("ledgers-mail-overdue-subject").to_owned(),
            body: t.t_args("ledgers-mail-overdue-body", words).into_owned(),
        };
        app.enqueue(tx, mail.job(app)).await?;
    }
    Ok(())
}
