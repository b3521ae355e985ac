//! Word of what was found: at once of what is known to be exploited and touches an external
//! connection, once a day of the rest. Nobody is told of the same finding twice.

use async_trait::async_trait;
use serde_json::json;
use yagura_kernel::id::{OrganizationId, PersonId};
use yagura_kernel::person::Role;
use yagura_store::jobs::{Job, JobHandler, Progress};
use yagura_store::notifications::{self, NewNotification};
use yagura_store::{StoreError, Transaction, directory};
use yagura_web::i18n::args;
use yagura_web::mail::{Mail, is_address};
use yagura_web::{App, Lang};

use crate::store::feeds::id_of;
use crate::store::findings::{self, Untold};
use crate::store::requests::telling::{self, Whom};

/// The kind of the daily job.
pub(crate) const JOB: &str = "vulnerabilities-digest";
/// How many findings a mail names; the rest is counted.
const NAMED: i64 = 20;
/// How many institutions are looked for together.
const PART: i64 = 200;

/// Does the daily job: findings whose acceptance is over, and the digest.
#[derive(Debug)]
pub(crate) struct DigestHandler {
    /// The program.
    pub app: App,
}

#[async_trait]
impl JobHandler for DigestHandler {
    fn kind(&self) -> &'static str {
        JOB
    }

    async fn run(&self, _job: &Job, progress: &Progress) -> Result<(), String> {
        let told = |error: StoreError| error.to_string();
        loop {
            let mut tx = self.app.database().begin().await.map_err(told)?;
            let (today, now) = (self.app.today(), self.app.now());
            let lapsed = findings::lapse(&mut tx, self.app.ids(), today, now, 500)
                .await
                .map_err(told)?;
            tx.commit().await.map_err(told)?;
            if lapsed == 0 {
                break;
            }
        }
        let mut tx = self.app.database().begin_long().await.map_err(told)?;
        crate::store::products::forget_sets(&mut tx)
            .await
            .map_err(told)?;
        crate::store::requests::uploads::forget(&mut tx, self.app.now())
            .await
            .map_err(told)?;
        tx.commit().await.map_err(told)?;
        tell(&self.app, false, Some(progress)).await.map_err(told)?;
        for whom in [Whom::Vendors, Whom::Institutions] {
            tell_of_requests(&self.app, whom).await.map_err(told)?;
        }
        Ok(())
    }
}

/// Tells at once what cannot wait.
///
/// # Errors
/// [`StoreError`] where the database refuses.
pub(crate) async fn after_matching(app: &App) -> Result<(), StoreError> {
    tell(app, true, None).await
}

async fn tell(app: &App, urgent: bool, progress: Option<&Progress>) -> Result<(), StoreError> {
    let database = app.database();
    let mut after: OrganizationId = uuid::Uuid::nil().into();
    let mut done = 0;
    loop {
        let part = findings::untold_organizations(database, urgent, after, PART).await?;
        let Some(last) = part.last() else {
            return Ok(());
        };
        after = *last;
        for organization in part {
            tell_organization(app, organization, urgent).await?;
            done += 1;
        }
        if let Some(progress) = progress {
            progress.report(done, 0).await?;
        }
    }
}

struct Recipient {
    person: PersonId,
    email: Option<String>,
}

/// Who is told of an institution: those who answer for the systems' safety, else the director, else
/// those who run the systems.
const OF_INSTITUTION: [&[Role]; 3] = [
    &[Role::SafetyManager],
    &[Role::Director],
    &[Role::PlanningManager, Role::SystemOperator],
];
/// Who is told of a vendor.
const OF_VENDOR: [&[Role]; 2] = [&[Role::VendorManager], &[Role::VendorStaff]];

/// The first of some groups of roles that somebody holds.
async fn recipients(
    app: &App,
    organization: OrganizationId,
    order: &[&[Role]],
) -> Result<Vec<Recipient>, StoreError> {
    let people =
        directory::assignments_of_organization(app.database(), organization, app.today()).await?;
    for roles in order {
        let mut holders: Vec<Recipient> = people
            .iter()
            .filter(|holder| roles.contains(&holder.assignment.role))
            .map(|holder| Recipient {
                person: holder.assignment.person,
                email: holder.email.clone().filter(|address| is_address(address)),
            })
            .collect();
        if !holders.is_empty() {
            holders.sort_by_key(|holder| holder.person);
            holders.dedup_by_key(|holder| holder.person);
            return Ok(holders);
        }
    }
    Ok(Vec::new())
}

async fn tell_organization(
    app: &App,
    organization: OrganizationId,
    urgent: bool,
) -> Result<(), StoreError> {
    let recipients = recipients(app, organization, &OF_INSTITUTION).await?;
    let addresses = addresses(app, organization, &recipients).await?;
    let mut tx = app.database().begin().await?;
    let (found, number) = findings::tell(&mut tx, organization, urgent, NAMED).await?;
    if number == 0 {
        return Ok(());
    }
    let link = link(urgent);
    let message = notice_message_key(urgent);
    notify(
        app,
        &mut tx,
        organization,
        &recipients,
        message,
        number,
        link,
    )
    .await?;
    for address in addresses {
        let mail = mail(app, address, &found, number, urgent);
        app.enqueue(&mut tx, mail.job(app)).await?;
    }
    tx.commit().await
}

/// To which addresses mail goes: the people's, or else the organisation's own.
async fn addresses(
    app: &App,
    organization: OrganizationId,
    recipients: &[Recipient],
) -> Result<Vec<String>, StoreError> {
    let mut addresses: Vec<String> = recipients
        .iter()
        .filter_map(|recipient| recipient.email.clone())
        .collect();
    if addresses.is_empty() {
        let own = directory::get(app.database(), organization).await?.email;
        addresses.extend(own.filter(|address| is_address(address)));
    }
    addresses.sort();
    addresses.dedup();
    Ok(addresses)
}

async fn notify(
    app: &App,
    tx: &mut Transaction,
    organization: OrganizationId,
    recipients: &[Recipient],
    message: &'static str,
    number: i64,
    link: &str,
) -> Result<(), StoreError> {
    let people: Vec<Option<PersonId>> = if recipients.is_empty() {
        vec![None]
    } else {
        recipients.iter().map(|one| Some(one.person)).collect()
    };
    let notices = people.into_iter().map(|person| NewNotification {
        organization,
        person,
        message,
        arguments: json!({ "count": number.to_string() }),
        link: Some(link.to_owned()),
    });
    notifications::send(tx, app.ids(), notices, app.now()).await?;
    Ok(())
}

/// Tells vendors what they are asked, or institutions what was answered.
async fn tell_of_requests(app: &App, whom: Whom) -> Result<(), StoreError> {
    let database = app.database();
    let mut after: OrganizationId = uuid::Uuid::nil().into();
    loop {
        let part = telling::waiting(database, whom, app.today(), after, PART).await?;
        let Some(last) = part.last() else {
            return Ok(());
        };
        after = *last;
        for organization in part {
            tell_requests_of(app, whom, organization).await?;
        }
    }
}

async fn tell_requests_of(
    app: &App,
    whom: Whom,
    organization: OrganizationId,
) -> Result<(), StoreError> {
    let (order, message, subject, body, link): (&[&[Role]], _, _, _, _) = match whom {
        Whom::Vendors => (
            &OF_VENDOR,
            "vulnerabilities-notice-asked",
            "vulnerabilities-mail-asked-subject",
            "vulnerabilities-mail-asked-body",
            crate::pages::CUSTOMERS,
        ),
        Whom::Institutions => (
            &OF_INSTITUTION,
            "vulnerabilities-notice-answered",
            "vulnerabilities-mail-answered-subject",
            "vulnerabilities-mail-answered-body",
            "/vulnerabilities?vendor=answered",
        ),
    };
    let recipients = recipients(app, organization, order).await?;
    let addresses = addresses(app, organization, &recipients).await?;
    let mut tx = app.database().begin().await?;
    let (lines, number) = telling::tell(&mut tx, whom, organization, app.today(), NAMED).await?;
    if number == 0 {
        return Ok(());
    }
    notify(
        app,
        &mut tx,
        organization,
        &recipients,
        message,
        number,
        link,
    )
    .await?;
    let t = app.translator(Lang::Ja);
    let list: Vec<String> = lines
        .iter()
        .map(|line| {
            let id = id_of(line.vulnerability_id).to_string();
            let words = args![
                ("other", line.other.as_str()),
                ("id", id),
                ("count", line.devices)
            ];
            t.t_args("vulnerabilities-mail-request-line", words)
                .into_owned()
        })
        .collect();
    let href = app.config().link(link);
    for to in addresses {
        let words = args![("list", list.join("\n")), ("link", href.as_str())];
        let mail = Mail {
            to,
            subject: t.t_args(subject, args![("count", number)]).into_owned(),
            body: t.t_args(body, words).into_owned(),
        };
        app.enqueue(&mut tx, mail.job(app)).await?;
    }
    tx.commit().await
}

const fn link(urgent: bool) -> &'static str {
    if urgent {
        "/vulnerabilities?exploited=yes&exposed=yes"
    } else {
        "/vulnerabilities"
    }
}

fn notice_message_key(urgent: bool) -> &'static str {
    if urgent {
        "vulnerabilities-notice-urgent"
    } else {
        "vulnerabilities-notice-digest"
    }
}

fn mail(app: &App, to: String, found: &[Untold], number: i64, urgent: bool) -> Mail {
    let t = app.translator(Lang::Ja);
    let mut lines: Vec<String> = found
        .iter()
        .map(|one| {
            let id = id_of(one.vulnerability_id).to_string();
            let title = one.title_ja.as_deref().or(one.title_en.as_deref());
            let words = args![
                ("asset", one.asset_name.as_str()),
                ("id", id),
                ("title", title.unwrap_or_default()),
                ("date", t.date(one.due_on))
            ];
            t.t_args("vulnerabilities-mail-line", words).into_owned()
        })
        .collect();
    let rest = number - i64::try_from(found.len()).unwrap_or_default();
    if rest > 0 {
        lines.push(
            t.t_args("vulnerabilities-mail-more", args![("count", rest)])
                .into_owned(),
        );
    }
    let (subject, body) = if urgent {
        (
            "vulnerabilities-mail-urgent-subject",
            "vulnerabilities-mail-urgent-body",
        )
    } else {
        (
            "vulnerabilities-mail-digest-subject",
            "vulnerabilities-mail-digest-body",
        )
    };
    let address = app.config().link(link(urgent));
    Mail {
        to,
        subject: t.t_args(subject, args![("count", number)]).into_owned(),
        body: t
            .t_args(body, args![("list", lines.join("\n")), ("link", address)])
            .into_owned(),
    }
}
