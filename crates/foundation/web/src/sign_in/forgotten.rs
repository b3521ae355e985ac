//! Forgotten passwords: asking for a link by mail that sets a new one.
//!
//! The answer is the same, and takes as long, whether there is such an account or not: the page
//! counts the request and leaves a job; only the job looks for the account.

use async_trait::async_trait;
use axum::response::Response;
use maud::{Markup, html};
use serde::{Deserialize, Serialize};
use yagura_identity::{Login, ResetRequest};
use yagura_store::jobs::{Job, JobHandler, NewJob, Progress};

use super::From;
use crate::app::App;
use crate::context::{PublicContext, see_other};
use crate::error::WebError;
use crate::i18n::{Lang, args};
use crate::mail::{self, Mail};
use crate::submitted::SubmittedForm;
use crate::ui::forms::{self, Button, Field, Form, FormState, InputKind};

const JOB: &str = "account.password_reset";

/// What the job has to know. The link is made by the job, so that it never lies in the database.
#[derive(Debug, Serialize, Deserialize)]
struct Request {
    address: String,
    lang: String,
}

/// The form.
pub(super) async fn page(context: PublicContext) -> Response {
    if context.app.config().demo {
        return see_other("/demo");
    }
    let body = body(&context, &FormState::empty());
    context.page(context.t().t("forgotten-title"), body)
}

fn body(context: &PublicContext, state: &FormState) -> Markup {
    let t = context.t();
    html! {
        section.card {
            p { (t.t("forgotten-lede")) }
            (forms::error_summary(t, state))
            (forms::form(t, &Form::post("/sign-in/forgotten"), html! {
                (forms::text_field(t, state, &Field::new("address", t.t("forgotten-address"))
                    .kind(InputKind::Email).required().autocomplete("username")
                    .hint(t.t("forgotten-address-hint"))))
                (forms::button_row(&Button::primary(t.t("forgotten-send")), &[]))
            }))
            p.small { a href="/sign-in" { (t.t("forgotten-back")) } }
        }
    }
}

/// Takes the address. Says the same whether there is such an account or not.
pub(super) async fn ask(
    context: PublicContext,
    From(visitor): From,
    SubmittedForm(mut form): SubmittedForm,
) -> Result<Response, WebError> {
    let t = context.t();
    let login = Login::parse(form.value("address"))
        .ok()
        .filter(Login::is_address);
    let Some(login) = login else {
        form.add_error("address", t.t("forgotten-no-address"));
        return Ok(context.page(t.t("forgotten-title"), body(&context, &form)));
    };
    let app = &context.app;
    let mut tx = app.database().begin().await?;
    let answer = app
        .identity()
        .count_password_reset(&mut tx, &login, &visitor)
        .await?;
    match answer {
        ResetRequest::TooMany { wait } => return Err(WebError::TooMany { seconds: wait }),
        ResetRequest::Granted => {
            let request = Request {
                address: login.as_str().to_owned(),
                lang: t.lang().code().to_owned(),
            };
            let job = NewJob::now(JOB, serde_json::json!(request), context.now);
            app.enqueue(&mut tx, job).await?;
        }
        ResetRequest::Flooding => {}
    }
    tx.commit().await?;
    let body = html! {
        section.card {
            p { (t.t_args("forgotten-sent", args![("address", login.as_str())])) }
            ul {
                li { (t.t("forgotten-sent-hour")) }
                li { (t.t("forgotten-sent-spam")) }
                li { (t.t("forgotten-sent-factor")) }
            }
            p.small { a href="/sign-in" { (t.t("forgotten-back")) } }
        }
    };
    Ok(context.page(t.t("forgotten-sent-title"), body))
}

/// Makes the link and sends it.
#[derive(Debug, Clone)]
pub(crate) struct ResetHandler {
    /// The program.
    pub(crate) app: App,
}

#[async_trait]
impl JobHandler for ResetHandler {
    fn kind(&self) -> &'static str {
        JOB
    }

    async fn run(&self, job: &Job, _progress: &Progress) -> Result<(), String> {
        let request: Request =
            serde_json::from_value(job.payload.clone()).map_err(|error| error.to_string())?;
        let login = Login::parse(&request.address).map_err(|error| error.to_string())?;
        let made = self.app.identity().password_reset_link(&login).await;
        let Some(link) = made.map_err(|error| error.to_string())? else {
            return Ok(());
        };
        let t = self
            .app
            .translator(Lang::from_code(&request.lang).unwrap_or(Lang::Ja));
        let path = format!("/invitations/{}", link.token.reveal());
        let url = self.app.config().link(&path);
        let words = args![
            ("link", url.as_str()),
            ("until", t.date_time(link.expires_at))
        ];
        let mail = Mail {
            to: link.address,
            subject: t.t("forgotten-mail-subject").to_owned(),
            body: t.t_args("forgotten-mail-body", words).into_owned(),
        };
        mail::deliver(&self.app, job.id, &mail).await
    }
}
