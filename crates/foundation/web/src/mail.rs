//! Mail: always a job, so that a mail server that is down delays nothing and loses nothing.

use async_trait::async_trait;
use lettre::message::header::ContentType;
use lettre::{AsyncSmtpTransport, AsyncTransport, Message, Tokio1Executor};
use serde::{Deserialize, Serialize};
use yagura_store::jobs::{Job, JobHandler, NewJob, Progress};

use crate::app::{App, MailRoute};

/// The kind of the job that sends a mail.
pub const JOB: &str = "mail.send";

/// A mail to be sent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mail {
    /// The address it goes to.
    pub to: String,
    /// Its subject.
    pub subject: String,
    /// Its text.
    pub body: String,
}

impl Mail {
    /// The job that sends it.
    #[must_use]
    pub fn job(&self, app: &App) -> NewJob {
        NewJob::now(JOB, serde_json::json!(self), app.now())
    }

    fn message(&self, from: &str) -> Result<Message, String> {
        Message::builder()
            .from(
                from.parse()
                    .map_err(|error| format!("sender's address: {error}"))?,
            )
            .to(self
                .to
                .parse()
                .map_err(|error| format!("recipient's address: {error}"))?)
            .subject(self.subject.clone())
            .header(ContentType::TEXT_PLAIN)
            .body(self.body.clone())
            .map_err(|error| error.to_string())
    }
}

/// Sends a mail at once, from a job that makes it itself. `name` is that of the file where mail goes
/// into a folder: a job that runs twice writes the same file.
pub(crate) async fn deliver(app: &App, name: uuid::Uuid, mail: &Mail) -> Result<(), String> {
    match &app.config().mail {
        MailRoute::Folder(folder) => {
            let message = mail.message("Yagura <yagura@localhost>")?;
            tokio::fs::create_dir_all(folder)
                .await
                .map_err(|error| error.to_string())?;
            tokio::fs::write(folder.join(format!("{name}.eml")), message.formatted())
                .await
                .map_err(|error| error.to_string())
        }
        MailRoute::Smtp { url, from } => {
            let message = mail.message(from)?;
            let transport = AsyncSmtpTransport::<Tokio1Executor>::from_url(url)
                .map_err(|error| error.to_string())?
                .timeout(Some(std::time::Duration::from_secs(30)))
                .build();
            transport
                .send(message)
                .await
                .map(|_| ())
                .map_err(|error| error.to_string())
        }
    }
}

/// Whether a text can be the address of a mail.
#[must_use]
pub fn is_address(text: &str) -> bool {
    text.parse::<lettre::Address>().is_ok()
}

/// Sends mails.
#[derive(Debug, Clone)]
pub struct MailHandler {
    /// The program.
    pub app: App,
}

#[async_trait]
impl JobHandler for MailHandler {
    fn kind(&self) -> &'static str {
        JOB
    }

    async fn run(&self, job: &Job, _progress: &Progress) -> Result<(), String> {
        let mail: Mail =
            serde_json::from_value(job.payload.clone()).map_err(|error| error.to_string())?;
        deliver(&self.app, job.id, &mail).await
    }
}

/// Whether the mail server answers, for the `doctor`.
///
/// # Errors
/// Why it does not.
pub async fn check(route: &MailRoute) -> Result<(), String> {
    match route {
        MailRoute::Folder(folder) => {
            std::fs::create_dir_all(folder).map_err(|error| error.to_string())
        }
        MailRoute::Smtp { url, .. } => {
            let transport = AsyncSmtpTransport::<Tokio1Executor>::from_url(url)
                .map_err(|error| error.to_string())?
                .timeout(Some(std::time::Duration::from_secs(10)))
                .build::<Tokio1Executor>();
            match transport.test_connection().await {
                Ok(true) => Ok(()),
                Ok(false) => Err("the mail server does not answer".to_owned()),
                Err(error) => Err(error.to_string()),
            }
        }
    }
}
