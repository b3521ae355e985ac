//! Work of the region that nobody waits for: reminders, large exports, cleaning.

use std::collections::HashMap;
use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;
use serde_json::{Value, json};
use uuid::Uuid;
use yagura_checklists::overview::{self, Cursor, MemberFilter, MemberSheet, Progress as How};
use yagura_kernel::id::OrganizationId;
use yagura_kernel::policy::{
    ActionType, Actor, Authorized, Principal, Resource, Standing, actions, authorize,
};
use yagura_kernel::time::Date;
use yagura_store::directory::{self, Organization};
use yagura_store::jobs::{Job, JobHandler, Progress};
use yagura_store::notifications::{self, NewNotification};
use yagura_store::{StoreError, blobs};
use yagura_web::i18n::{Translator, message_key};
use yagura_web::mail::{Mail, is_address};
use yagura_web::{App, Lang, WebError};

use crate::export::{self, Imprinted};
use crate::listing::MemberQuery;
use crate::model::reminder::{Audience, Delivery, Values, fill, may_remind};
use crate::store::exports::{self, Format};
use crate::store::reminders::{self, NewRecipient, Reminder};
use crate::store::{Reader, imports, members};
use crate::words;

/// The kind of the job that sends a reminder.
pub const REMIND: &str = "region-remind";
/// The kind of the job that makes a large export.
pub const EXPORT: &str = "region-export";
/// The kind of the job that forgets what is too old.
pub const CLEAN: &str = "region-clean";

/// How many members are written to in one transaction.
const PART: i64 = 200;
/// How many heads of an institution get the mail where it has no address of its own.
const MOST_HEADS: usize = 2;
/// The largest export, in bytes.
const LARGEST_EXPORT: u64 = 256 << 20;

/// The states that make up an audience; [`None`] for members chosen one by one.
pub(crate) const fn states_of(audience: Audience) -> &'static [Option<How>] {
    match audience {
        Audience::NotOpened => &[Some(How::NotOpened)],
        Audience::Incomplete => &[Some(How::NotOpened), Some(How::Incomplete)],
        Audience::Contradictions => &[Some(How::Contradictions)],
        Audience::Overdue => &[Some(How::Overdue)],
        Audience::Selected => &[None],
    }
}

/// The filters that find an audience.
pub(crate) fn filters_of(
    audience: Audience,
    chosen: &[OrganizationId],
    today: Date,
) -> Vec<MemberFilter> {
    states_of(audience)
        .iter()
        .map(|progress| MemberFilter {
            progress: *progress,
            members: (audience == Audience::Selected).then(|| chosen.to_vec()),
            ..MemberFilter::all(today)
        })
        .collect()
}

/// The program's own proof for an action on a region's records.
fn own_proof<A: ActionType>(region: &Organization) -> Result<Authorized<A>, String> {
    let principal = Arc::new(Principal {
        actor: Actor::System,
        organization: region.id,
        organization_kind: region.kind,
        roles: Vec::new(),
        second_factor: true,
        token_actions: None,
    });
    let resource = Resource {
        organization: region.id,
        standing: Standing::Own,
    };
    authorize(&principal, &resource).map_err(|denial| denial.to_string())
}

fn id_of(job: &Job, field: &str) -> Result<Uuid, String> {
    job.payload
        .get(field)
        .and_then(Value::as_str)
        .and_then(|text| text.parse().ok())
        .ok_or_else(|| format!("the job names no {field}"))
}

/// Sends a reminder. May run again after a crash: who was noted on this day is not written to
/// twice.
#[derive(Debug, Clone)]
pub struct RemindHandler {
    /// The program.
    pub app: App,
}

#[async_trait]
impl JobHandler for RemindHandler {
    fn kind(&self) -> &'static str {
        REMIND
    }

    async fn run(&self, job: &Job, progress: &Progress) -> Result<(), String> {
        let id = id_of(job, "reminder")?;
        let reminder = reminders::to_send(self.app.database(), id)
            .await
            .map_err(|error| error.to_string())?;
        if !reminder.is_sending {
            return Ok(());
        }
        self.send(&reminder, progress).await
    }
}

impl RemindHandler {
    async fn send(&self, reminder: &Reminder, progress: &Progress) -> Result<(), String> {
        let text = |error: StoreError| error.to_string();
        let database = self.app.database();
        let region = directory::get(database, reminder.overseer)
            .await
            .map_err(text)?;
        let read = own_proof::<actions::ReadMembers>(&region)?;
        let remind = own_proof::<actions::SendReminders>(&region)?;
        let packs = self.app.packs();
        let mut done = 0;
        for filter in filters_of(reminder.audience, &reminder.chosen, self.app.today()) {
            let mut after = None;
            loop {
                let rows = overview::member_sheets(
                    database,
                    &packs,
                    &read,
                    reminder.fiscal_year,
                    &filter,
                    after,
                    PART,
                )
                .await
                .map_err(text)?;
                let Some(last) = rows.last() else { break };
                after = Some(Cursor::after(last));
                done += self
                    .send_part(reminder, &region, &remind, &rows)
                    .await
                    .map_err(text)?;
                progress
                    .report(done, reminder.expected)
                    .await
                    .map_err(text)?;
            }
        }
        let mut tx = database.begin().await.map_err(text)?;
        reminders::finish(&mut tx, reminder.id, self.app.now())
            .await
            .map_err(text)?;
        tx.commit().await.map_err(text)
    }

    /// Writes to those of a page of members whom no reminder reached within the pause.
    async fn send_part(
        &self,
        reminder: &Reminder,
        region: &Organization,
        proof: &Authorized<actions::SendReminders>,
        rows: &[MemberSheet],
    ) -> Result<i64, StoreError> {
        let database = self.app.database();
        let today = self.app.today();
        let now = self.app.now();
        let t = self.app.translator(Lang::Ja);
        let ids: Vec<OrganizationId> = rows.iter().map(|row| row.member).collect();
        let last = reminders::last_reminded(database, proof, &ids).await?;
        let due: Vec<&MemberSheet> = rows
            .iter()
            .filter(|row| may_remind(last.get(&row.member).copied(), today, reminder.pause_days))
            .collect();
        let addresses = self.addresses(&due, today).await?;
        let recipients: Vec<NewRecipient> = due
            .iter()
            .map(|row| {
                let address = addresses.get(&row.member).map(|all| all.join(", "));
                NewRecipient {
                    member: row.member,
                    name: row.name.clone(),
                    delivery: match address {
                        Some(_) => Delivery::Mail,
                        None => Delivery::NoticeOnly,
                    },
                    address,
                    answered: row.answered,
                }
            })
            .collect();
        let mut tx = database.begin().await?;
        let noted = reminders::note_recipients(&mut tx, reminder, &recipients, today, now).await?;
        let reached: Vec<&&MemberSheet> = due
            .iter()
            .filter(|row| noted.contains(&row.member))
            .collect();
        let notices = reached.iter().map(|row| NewNotification {
            organization: row.member,
            person: None,
            message: message_key("region-reminder-notice"),
            arguments: json!({
                "overseer": region.name,
                "subject": filled(&t, &reminder.subject, reminder, region, row, today, &self.app),
            }),
            link: Some("/checklists".to_owned()),
        });
        notifications::send(&mut tx, self.app.ids(), notices, now).await?;
        for row in &reached {
            for address in addresses.get(&row.member).into_iter().flatten() {
                let mail = Mail {
                    to: address.clone(),
                    subject: filled(
                        &t,
                        &reminder.subject,
                        reminder,
                        region,
                        row,
                        today,
                        &self.app,
                    ),
                    body: filled(&t, &reminder.body, reminder, region, row, today, &self.app),
                };
                self.app.enqueue(&mut tx, mail.job(&self.app)).await?;
            }
        }
        tx.commit().await?;
        Ok(i64::try_from(reached.len()).unwrap_or(i64::MAX))
    }

    /// The institution's own address, else those of its heads.
    async fn addresses(
        &self,
        rows: &[&MemberSheet],
        today: Date,
    ) -> Result<HashMap<OrganizationId, Vec<String>>, StoreError> {
        let database = self.app.database();
        let ids: Vec<OrganizationId> = rows.iter().map(|row| row.member).collect();
        let mut addresses: HashMap<OrganizationId, Vec<String>> = HashMap::new();
        for own in members::addresses(&mut Reader::Database(database), &ids).await? {
            if is_address(&own.email) {
                addresses.insert(own.organization, vec![own.email]);
            }
        }
        let without: Vec<OrganizationId> = ids
            .into_iter()
            .filter(|id| !addresses.contains_key(id))
            .collect();
        for head in members::heads(&mut Reader::Database(database), &without, today).await? {
            if is_address(&head.email) {
                let all = addresses.entry(head.organization).or_default();
                if all.len() < MOST_HEADS {
                    all.push(head.email);
                }
            }
        }
        Ok(addresses)
    }
}

/// The letter to one member.
pub(crate) fn filled(
    t: &Translator,
    template: &str,
    reminder: &Reminder,
    region: &Organization,
    row: &MemberSheet,
    today: Date,
    app: &App,
) -> String {
    let deadline = reminder.deadline.map_or_else(
        || t.t("region-letter-no-deadline").to_owned(),
        |deadline| t.date(deadline),
    );
    fill(
        template,
        &Values {
            member: &row.name,
            year: &words::year(t, reminder.fiscal_year),
            state: &words::state_sentence(t, row, today),
            deadline: &deadline,
            link: &app.config().link("/checklists"),
            sender: &region.name,
        },
    )
}

/// Makes a large export.
#[derive(Debug, Clone)]
pub struct ExportHandler {
    /// The program.
    pub app: App,
}

#[async_trait]
impl JobHandler for ExportHandler {
    fn kind(&self) -> &'static str {
        EXPORT
    }

    async fn run(&self, job: &Job, progress: &Progress) -> Result<(), String> {
        let id = id_of(job, "export")?;
        self.make(id, progress)
            .await
            .map_err(|error| error.to_string())
    }
}

impl ExportHandler {
    async fn make(&self, id: Uuid, progress: &Progress) -> Result<(), WebError> {
        let database = self.app.database();
        let asked = match exports::to_make(database, id).await {
            // It was too old and is forgotten.
            Err(StoreError::NotFound) => return Ok(()),
            other => other?,
        };
        if asked.blob.is_some() {
            return Ok(());
        }
        let region = directory::get(database, asked.overseer).await?;
        let proof = own_proof::<actions::ReadMembers>(&region).map_err(WebError::Internal)?;
        let lang = Lang::from_code(&asked.lang).unwrap_or(Lang::Ja);
        let query = MemberQuery::from_text(&asked.filter);
        let today = self.app.today();
        let most = match asked.format {
            Format::Pdf => export::MOST_IN_DOCUMENT,
            Format::Xlsx => export::MOST_IN_WORKBOOK,
        };
        let packs = self.app.packs();
        let filter = query.filter(today)?;
        let year = asked.fiscal_year;
        progress.report(0, asked.members).await?;
        let rows = export::all_rows(database, &packs, &proof, year, &filter, most).await?;
        let made = Imprinted {
            translator: self.app.translator(lang),
            today,
            region: region.name.clone(),
            by: None,
            demo: self.app.config().demo,
        };
        let bytes = make_matrix(&self.app, made, year, &query, rows, asked.format).await?;
        let content = futures_util::stream::iter([Ok::<_, std::convert::Infallible>(bytes)]);
        let stored = self
            .app
            .blobs()
            .put(content, LARGEST_EXPORT)
            .await
            .map_err(|error| WebError::Internal(error.to_string()))?;
        let name = export::file_name("matrix", year, today, asked.format);
        let mut tx = database.begin().await?;
        blobs::record(&mut tx, &stored, self.app.now()).await?;
        exports::finish(&mut tx, id, &name, &stored.hash).await?;
        tx.commit().await?;
        progress.report(asked.members, asked.members).await?;
        Ok(())
    }
}

/// Writes the matrix in a format, on a thread of its own.
pub(crate) async fn make_matrix(
    app: &App,
    made: Imprinted,
    year: yagura_kernel::time::FiscalYear,
    query: &MemberQuery,
    rows: Vec<MemberSheet>,
    format: Format,
) -> Result<Bytes, WebError> {
    let packs = app.packs();
    let filter = export::filter_words(&made.translator, query);
    let columns = overview::columns(&packs, year);
    app.make_document(move || match format {
        Format::Xlsx => export::matrix_workbook(&made, year, &columns, &rows, filter.as_deref())
            .map(Bytes::from)
            .map_err(|error| error.to_string()),
        Format::Pdf => {
            let document =
                export::matrix_document(&made, &packs, year, &columns, &rows, filter.as_deref());
            yagura_documents::pdf::render_pdf(&document.into())
                .map(Bytes::from)
                .map_err(|error| error.to_string())
        }
    })
    .await
}

/// Forgets imports that nobody confirmed and exports that are too old.
#[derive(Debug, Clone)]
pub struct CleanHandler {
    /// The program.
    pub app: App,
}

#[async_trait]
impl JobHandler for CleanHandler {
    fn kind(&self) -> &'static str {
        CLEAN
    }

    async fn run(&self, _job: &Job, _progress: &Progress) -> Result<(), String> {
        let text = |error: StoreError| error.to_string();
        let mut tx = self.app.database().begin().await.map_err(text)?;
        imports::expire(&mut tx, self.app.now())
            .await
            .map_err(text)?;
        exports::expire(&mut tx, self.app.now())
            .await
            .map_err(text)?;
        tx.commit().await.map_err(text)
    }
}
