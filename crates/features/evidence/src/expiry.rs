//! The daily job: reminders before and after a piece's last day, and word to the sheets when one
//! counts no more. It may run twice or be late: each reminder goes out once, and days on which the
//! program did not run are made up for.

use std::sync::Arc;

use async_trait::async_trait;
use serde_json::json;
use yagura_kernel::id::{OrganizationId, PersonId};
use yagura_kernel::person::Role;
use yagura_kernel::time::Date;
use yagura_store::jobs::{Job, JobHandler, Progress};
use yagura_store::notifications::{self, NewNotification};
use yagura_store::{StoreError, directory};
use yagura_web::i18n::args;
use yagura_web::mail::{Mail, is_address};
use yagura_web::{App, Lang, Records};

use crate::host::EvidenceHost;
use crate::model::{days_from, due_stage};
use crate::store;

/// The kind of the job.
pub const JOB: &str = "evidence-expiry";
/// How many organisations or pieces are looked at together.
const BATCH: i64 = 200;
/// How many pieces a mail names; the rest is counted.
const NAMED_IN_MAIL: usize = 20;
/// Up to how many pieces have a notice each.
const SEPARATE_NOTICES: usize = 3;
/// How long a received file waits for its form to be put right.
const KEEP_UPLOADS_DAYS: i64 = 2;

/// Does the job.
pub struct ExpiryHandler {
    /// The program.
    pub app: App,
    /// The sheets that evidence stands behind.
    pub host: Arc<dyn EvidenceHost>,
}

impl std::fmt::Debug for ExpiryHandler {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("ExpiryHandler")
            .finish_non_exhaustive()
    }
}

#[async_trait]
impl JobHandler for ExpiryHandler {
    fn kind(&self) -> &'static str {
        JOB
    }

    async fn run(&self, _job: &Job, progress: &Progress) -> Result<(), String> {
        let today = self.app.today();
        self.remind(today, progress)
            .await
            .map_err(|error| error.to_string())?;
        self.tell_sheets(today)
            .await
            .map_err(|error| error.to_string())?;
        self.forget_uploads()
            .await
            .map_err(|error| error.to_string())
    }
}

impl ExpiryHandler {
    async fn remind(&self, today: Date, progress: &Progress) -> Result<(), StoreError> {
        let database = self.app.database();
        let mut after: OrganizationId = uuid::Uuid::nil().into();
        let mut done = 0;
        loop {
            let organizations = store::due_organizations(database, after, today, BATCH).await?;
            let Some(last) = organizations.last() else {
                return Ok(());
            };
            after = *last;
            for organization in &organizations {
                self.remind_organization(*organization, today).await?;
                done += 1;
            }
            progress.report(done, 0).await?;
        }
    }

    async fn remind_organization(
        &self,
        organization: OrganizationId,
        today: Date,
    ) -> Result<(), StoreError> {
        let database = self.app.database();
        let now = self.app.now();
        let due: Vec<(store::Due, i64)> = store::due_pieces(database, organization, today)
            .await?
            .into_iter()
            .filter_map(|piece| {
                let stage = due_stage(piece.expires_on, piece.reminded, today)?;
                Some((piece, stage))
            })
            .collect();
        if due.is_empty() {
            return Ok(());
        }
        let recipients = self.recipients(organization, today).await?;
        let addresses = self.addresses(organization, &recipients).await?;
        let mut tx = database.begin().await?;
        let mut said = Vec::new();
        for (piece, stage) in &due {
            if store::mark_reminded(&mut tx, piece, *stage).await? {
                said.push(piece);
            }
        }
        let people: Vec<Option<PersonId>> = if recipients.is_empty() {
            vec![None]
        } else {
            recipients
                .iter()
                .map(|person| Some(person.person))
                .collect()
        };
        let notices = people
            .into_iter()
            .flat_map(|person| notices(organization, person, &said, today));
        notifications::send(&mut tx, self.app.ids(), notices, now).await?;
        if !said.is_empty() {
            for address in addresses {
                let mail = self.mail(address, &said, today);
                self.app.enqueue(&mut tx, mail.job(&self.app)).await?;
            }
        }
        tx.commit().await
    }

    /// Who is told: the safety managers, else the director, else those who also may replace a
    /// piece.
    async fn recipients(
        &self,
        organization: OrganizationId,
        today: Date,
    ) -> Result<Vec<Recipient>, StoreError> {
        let people =
            directory::assignments_of_organization(self.app.database(), organization, today)
                .await?;
        for roles in [
            &[Role::SafetyManager][..],
            &[Role::Director],
            &[Role::PlanningManager, Role::SystemOperator],
        ] {
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

    /// Where the mail goes: to those people, else to the organisation's own address.
    async fn addresses(
        &self,
        organization: OrganizationId,
        recipients: &[Recipient],
    ) -> Result<Vec<String>, StoreError> {
        let mut addresses: Vec<String> = recipients
            .iter()
            .filter_map(|recipient| recipient.email.clone())
            .collect();
        if addresses.is_empty() {
            let own = directory::get(self.app.database(), organization)
                .await?
                .email;
            addresses.extend(own.filter(|address| is_address(address)));
        }
        addresses.sort();
        addresses.dedup();
        Ok(addresses)
    }

    fn mail(&self, to: String, due: &[&store::Due], today: Date) -> Mail {
        let t = self.app.translator(Lang::Ja);
        let number = i64::try_from(due.len()).unwrap_or(i64::MAX);
        let mut lines: Vec<String> = due
            .iter()
            .take(NAMED_IN_MAIL)
            .map(|piece| {
                let left = days_from(today, piece.expires_on);
                let date = t.date(piece.expires_on);
                let key = if left < 0 {
                    "evidence-mail-expired"
                } else {
                    "evidence-mail-expiring"
                };
                let words = args![("title", &piece.title), ("date", date), ("days", left)];
                t.t_args(key, words).into_owned()
            })
            .collect();
        let rest = due.len().saturating_sub(NAMED_IN_MAIL);
        if rest > 0 {
            lines.push(
                t.t_args("evidence-mail-more", args![("count", rest)])
                    .into_owned(),
            );
        }
        let link = self.app.config().link("/evidence?state=expiring");
        Mail {
            to,
            subject: t
                .t_args("evidence-mail-subject", args![("count", number)])
                .into_owned(),
            body: t
                .t_args(
                    "evidence-mail-body",
                    args![("list", lines.join("\n")), ("link", link)],
                )
                .into_owned(),
        }
    }

    async fn tell_sheets(&self, today: Date) -> Result<(), StoreError> {
        let database = self.app.database();
        let now = self.app.now();
        loop {
            let lapsed = store::lapsed_pieces(database, today, BATCH).await?;
            if lapsed.is_empty() {
                return Ok(());
            }
            // One piece, one transaction: a long one would make those wait who save.
            for piece in lapsed {
                let mut tx = database.begin().await?;
                let sheets = store::sheets_within(&mut tx, piece.id).await?;
                if !sheets.is_empty() {
                    let organization = piece.organization_id;
                    self.host
                        .evidence_changed(&mut tx, organization, &sheets, today, now)
                        .await?;
                    self.app
                        .records_changed(&mut tx, organization, Records::Evidence)
                        .await?;
                }
                store::mark_lapsed(&mut tx, piece.id).await?;
                tx.commit().await?;
            }
        }
    }

    async fn forget_uploads(&self) -> Result<(), StoreError> {
        let mut tx = self.app.database().begin().await?;
        let before = self.app.now().plus_days(-KEEP_UPLOADS_DAYS);
        store::forget_old_uploads(&mut tx, before).await?;
        tx.commit().await
    }
}

/// Somebody who is told.
struct Recipient {
    person: PersonId,
    email: Option<String>,
}

/// A notice for each of a few pieces, one for all where there are many.
fn notices(
    organization: OrganizationId,
    person: Option<PersonId>,
    said: &[&store::Due],
    today: Date,
) -> Vec<NewNotification> {
    if said.len() > SEPARATE_NOTICES {
        return vec![NewNotification {
            organization,
            person,
            message: "evidence-notice-several",
            arguments: json!({ "count": said.len().to_string() }),
            link: Some("/evidence".to_owned()),
        }];
    }
    said.iter()
        .map(|piece| {
            let left = days_from(today, piece.expires_on);
            NewNotification {
                organization,
                person,
                message: notice_message_key(left),
                arguments: json!({ "title": piece.title, "days": left.to_string() }),
                link: Some(format!("/evidence/{}", piece.id)),
            }
        })
        .collect()
}

fn notice_message_key(days_left: i64) -> &'static str {
    match days_left {
        ..0 => "evidence-notice-expired",
        0 => "evidence-notice-today",
        _ => "evidence-notice-expiring",
    }
}
