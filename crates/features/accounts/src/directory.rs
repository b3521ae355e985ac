//! The job that asks a directory for its accounts.
//!
//! What it answers waits as an import like an export that was sent, unless it was so often taken over
//! before that there is nothing to look at: then it is taken over at once. A directory that answers
//! half or with many accounts fewer than before changes nothing.

use std::time::Duration;

use accountmatch::directory::{Connection, DirectoryError, Protection, read};
use async_trait::async_trait;
use serde_json::json;
use uuid::Uuid;
use yagura_kernel::audit::{AuditEntry, AuditOutcome, Detail};
use yagura_kernel::id::{AuditEntryId, OrganizationId};
use yagura_kernel::policy::{Action, Actor, actions};
use yagura_kernel::time::Instant;
use yagura_store::jobs::{Job, JobHandler, NewJob, Progress};
use yagura_store::{StoreError, audit, params};
use yagura_web::App;

use crate::model::DirectorySettings;
use crate::reading::{self, DIRECTORY_FILE, SourceFile};
use crate::store::{self, NewImport};
use crate::{ledger, operations};

/// The kind of the job.
pub(crate) const JOB: &str = "accounts-directory";

/// The job for one source.
pub(crate) fn job(organization: OrganizationId, source: Uuid, now: Instant) -> NewJob {
    let payload = json!({ "organization": organization.uuid(), "source": source });
    NewJob::now(JOB, payload, now).once(format!("{JOB}-{source}"))
}

/// For what a password is sealed.
pub(crate) fn context(source: Uuid) -> String {
    format!("accounts: directory password of source {source}")
}

/// Does it.
pub(crate) struct DirectoryHandler {
    pub(crate) app: App,
}

#[async_trait]
impl JobHandler for DirectoryHandler {
    fn kind(&self) -> &'static str {
        JOB
    }

    async fn run(&self, job: &Job, _progress: &Progress) -> Result<(), String> {
        let id = |name: &str| {
            job.payload
                .get(name)
                .and_then(serde_json::Value::as_str)
                .and_then(|text| yagura_kernel::id::parse_uuid(text).ok())
                .ok_or("the job names no source")
        };
        let organization = OrganizationId::from(id("organization")?);
        ask(&self.app, organization, id("source")?).await
    }
}

fn connection(settings: &DirectorySettings, password: String) -> Connection {
    Connection {
        host: settings.host.clone(),
        port: settings.port,
        protection: if settings.start_tls {
            Protection::StartTls
        } else {
            Protection::Ldaps
        },
        authorities: settings.authorities.clone().into_bytes(),
        bind_name: settings.bind_name.clone(),
        password,
        base: settings.base.clone(),
        filter: settings.filter.clone(),
        answer_timeout: Duration::from_secs(30),
        total_timeout: Duration::from_secs(600),
        // Some servers refuse longer pages than they allow.
        page: 100,
    }
}

/// Code of what went wrong, the tail of a message key.
pub(crate) const fn code(error: &DirectoryError) -> &'static str {
    match error {
        DirectoryError::NotProtected { .. } => "not-protected",
        DirectoryError::Authorities { .. } => "authorities",
        DirectoryError::Unreachable { .. } => "unreachable",
        DirectoryError::Certificate { .. } => "certificate",
        DirectoryError::BindRefused { .. } => "bind-refused",
        DirectoryError::SearchRefused { .. } => "search-refused",
        DirectoryError::ServerLimit { .. } => "server-limit",
        DirectoryError::Stopped { .. } => "stopped",
        DirectoryError::TooSlow { .. } => "too-slow",
        DirectoryError::Read(_) => "read",
    }
}

/// An entry of the audit log for what the program itself did with a source.
fn entry(
    app: &App,
    organization: OrganizationId,
    source: Uuid,
    detail: serde_json::Value,
) -> AuditEntry {
    AuditEntry {
        id: AuditEntryId::from(app.ids().id()),
        at: app.now(),
        actor: Actor::System.into(),
        acting_organization: None,
        action: Action::EditAccounts.code().to_owned(),
        resource_kind: "accounts_source".to_owned(),
        resource_id: Some(source.to_string()),
        organization: Some(organization),
        outcome: AuditOutcome::Done,
        detail: Detail::from(detail),
    }
}

async fn ask(app: &App, organization: OrganizationId, id: Uuid) -> Result<(), String> {
    let text = |error: StoreError| error.to_string();
    let database = app.database();
    let Ok(source) = store::source(database, organization, id).await else {
        return Ok(());
    };
    let Some(settings) = &source.settings.directory else {
        return Ok(());
    };
    let sealed = store::password_of(database, id).await.map_err(text)?;
    let Some(sealed) = sealed else {
        return Ok(());
    };
    let opened = app.identity().secrets().open(&context(id), &sealed);
    let password = opened.map_err(|error| error.to_string())?;
    let password = String::from_utf8_lossy(&password).into_owned();
    let answer = read(
        &connection(settings, password),
        &reading::options(&source.settings),
    )
    .await;
    let list = match answer {
        Ok(list) => list,
        Err(error) => {
            // Not tried again at once: a refused password tried often locks the account.
            let mut tx = database.begin().await.map_err(text)?;
            let sql = "UPDATE accounts_sources SET last_error = $1 WHERE id = $2";
            tx.execute(sql, params![code(&error), id])
                .await
                .map_err(text)?;
            let detail = json!({ "act": "read", "refused": code(&error) });
            let entry = entry(app, organization, id, detail);
            audit::append(&mut tx, &entry).await.map_err(text)?;
            return tx.commit().await.map_err(text);
        }
    };
    let before: Vec<_> = store::accounts_of(database, organization, id)
        .await
        .map_err(text)?
        .into_iter()
        .map(|(_, account)| account)
        .collect();
    let plan = reading::account_plan(&before, &list);
    let files = [SourceFile {
        name: DIRECTORY_FILE.to_owned(),
        bytes: serde_json::to_vec(&list).map_err(|error| error.to_string())?,
    }];
    let proof = ledger::own_proof::<actions::EditAccounts>(organization)?;
    let now = app.now();
    let import = app.ids().id();
    let mut tx = database.begin().await.map_err(text)?;
    let new = NewImport {
        id: import,
        source: Some(id),
        files: &files,
        mapping: None,
        counts: &plan.counts,
    };
    store::insert_import(&mut tx, &proof, &new, now)
        .await
        .map_err(text)?;
    // A person looks at the first answer, and at one that lacks much.
    let is_taken = source.import.is_some() && !plan.suspicious && !list.cut_off;
    let detail = json!({ "act": "read", "import": import, "accounts": list.accounts.len(),
        "taken_over": is_taken });
    let entry = entry(app, organization, id, detail);
    audit::append(&mut tx, &entry).await.map_err(text)?;
    let sql = "UPDATE accounts_sources SET last_error = NULL WHERE id = $1";
    tx.execute(sql, params![id]).await.map_err(text)?;
    if is_taken {
        let applied =
            operations::apply_accounts(app, &mut tx, &proof, &source, import, &list, None)
                .await
                .map_err(|error| error.to_string());
        applied?;
    }
    tx.commit().await.map_err(text)
}
