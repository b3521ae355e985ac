//! Word to people, as a notice and by mail, in the language in which they read.

use std::collections::{BTreeSet, HashMap};

use serde_json::json;
use yagura_kernel::id::{OrganizationId, PersonId};
use yagura_packs::Text;
use yagura_store::notifications::{self, NewNotification};
use yagura_store::{StoreError, Transaction};
use yagura_web::i18n::args;
use yagura_web::mail::{Mail, is_address};
use yagura_web::{App, Lang, Translator};

use super::waiting_people;
use crate::model::{Event, Verdict};
use crate::store::{Request, Snapshot};

/// Word to people about one request.
pub(crate) struct Told<'a> {
    /// The program.
    pub(crate) app: &'a App,
    /// The request.
    pub(crate) request: &'a Request,
    /// The name of its form.
    pub(crate) title: &'a Text,
    /// The people of today.
    pub(crate) snapshot: &'a Snapshot,
    /// In which language they read.
    pub(crate) languages: &'a HashMap<PersonId, String>,
}

impl Told<'_> {
    /// Tells the requester what came of it, and those for whom it waits now.
    pub(super) async fn happened(
        &self,
        tx: &mut Transaction,
        events: &[Event],
        before: &BTreeSet<PersonId>,
        by: PersonId,
    ) -> Result<(), StoreError> {
        let filer = self.request.filer;
        for event in events {
            let key = match event {
                Event::Asked(_) => "requests-notice-returned",
                Event::Granted => "requests-notice-granted",
                Event::Recorded => "requests-notice-recorded",
                Event::Finished => "requests-notice-finished",
                Event::Decided { decision, .. } if decision.verdict == Verdict::Rejected => {
                    "requests-notice-rejected"
                }
                _ => continue,
            };
            if filer != by {
                self.tell(tx, filer, key).await?;
            }
        }
        // Who asked waits for the answer, so they are told of it as of something new.
        let answered = events
            .iter()
            .any(|event| matches!(event, Event::Answered(_)));
        let nobody = BTreeSet::new();
        let known = if answered { &nobody } else { before };
        self.waiting(tx, known, by).await
    }

    /// Tells those for whom it waits now and did not wait before.
    pub(super) async fn waiting(
        &self,
        tx: &mut Transaction,
        before: &BTreeSet<PersonId>,
        by: PersonId,
    ) -> Result<(), StoreError> {
        let now = waiting_people(&self.request.course, self.snapshot);
        let filer = self.request.filer;
        for person in now.difference(before).filter(|person| **person != by) {
            // The requester is told of a question in its own words.
            if *person != filer {
                self.tell(tx, *person, "requests-notice-waiting").await?;
            }
        }
        Ok(())
    }

    /// Tells somebody something about the request.
    pub(crate) async fn tell(
        &self,
        tx: &mut Transaction,
        person: PersonId,
        key: &'static str,
    ) -> Result<(), StoreError> {
        let link = format!("/requests/{}", self.request.id);
        let number = self.request.label();
        let notice = NewNotification {
            organization: self.request.organization,
            person: Some(person),
            message: key,
            arguments: json!({ "number": number, "subject": self.request.subject,
                               "form": { "ja": self.title.ja, "en": self.title.en } }),
            link: Some(link.clone()),
        };
        notifications::send(tx, self.app.ids(), [notice], self.app.now()).await?;
        let t = translator_of(self.app, self.languages, person);
        let words = args![
            ("number", number),
            ("form", self.title.in_language(t.lang().code())),
            ("subject", self.request.subject.as_str())
        ];
        let line = t.t_args(key, words).into_owned();
        mail(self.app, tx, &t, self.snapshot, (person, &line, &link)).await
    }
}

/// Tells somebody about several requests in one notice and one mail.
pub(crate) async fn tell_of_many(
    app: &App,
    tx: &mut Transaction,
    organization: OrganizationId,
    (snapshot, languages): (&Snapshot, &HashMap<PersonId, String>),
    person: PersonId,
    (key, count, link): (&'static str, u64, &str),
) -> Result<(), StoreError> {
    let notice = NewNotification {
        organization,
        person: Some(person),
        message: key,
        arguments: json!({ "count": count.to_string() }),
        link: Some(link.to_owned()),
    };
    notifications::send(tx, app.ids(), [notice], app.now()).await?;
    let t = translator_of(app, languages, person);
    let line = t.t_args(key, args![("count", count)]).into_owned();
    mail(app, tx, &t, snapshot, (person, &line, link)).await
}

/// The words for somebody: those of the language in which they last acted at the desk.
fn translator_of(app: &App, languages: &HashMap<PersonId, String>, person: PersonId) -> Translator {
    let known = languages
        .get(&person)
        .and_then(|code| Lang::from_code(code));
    app.translator(known.unwrap_or(Lang::Ja))
}

/// Sends a mail of one line and a link, where the person has an address.
async fn mail(
    app: &App,
    tx: &mut Transaction,
    t: &Translator,
    snapshot: &Snapshot,
    (person, line, link): (PersonId, &str, &str),
) -> Result<(), StoreError> {
    let Some(to) = snapshot.emails.get(&person).filter(|to| is_address(to)) else {
        return Ok(());
    };
    let link = app.config().link(link);
    let body = t.t_args(
        "requests-mail-body",
        args![("line", line), ("link", link.as_str())],
    );
    let mail = Mail {
        to: to.clone(),
        subject: t.t("requests-mail-subject").to_owned(),
        body: body.into_owned(),
    };
    app.enqueue(tx, mail.job(app)).await?;
    Ok(())
}
