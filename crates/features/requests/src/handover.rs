//! What follows when people come, go, stand in or hand over: whoever decides now is told, and the
//! request says so. Runs when an institution's people change and every hour, because roles and
//! delegations also begin and end by the calendar.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use async_trait::async_trait;
use serde_json::json;
use uuid::Uuid;
use yagura_kernel::id::{OrganizationId, PersonId};
use yagura_store::jobs::{Job, JobHandler, NewJob, Progress};
use yagura_store::{StoreError, Transaction, directory};
use yagura_web::App;

use crate::model::Standing;
use crate::model::engine::{Around, Happened, unanswerable};
use crate::operations::{Told, audited, system_entry, tell_of_many, waiting_people};
use crate::store::{self, NewEvent, Reached, Request, Saving, Snapshot};

/// The kind of the job: for one institution, or for all where none is named.
pub(crate) const JOB: &str = "requests-handover";
/// How many requests are looked at in one transaction.
const AT_ONCE: i64 = 200;

/// Follows the people.
#[derive(Debug)]
pub(crate) struct HandoverHandler {
    /// The program.
    pub(crate) app: App,
}

#[async_trait]
impl JobHandler for HandoverHandler {
    fn kind(&self) -> &'static str {
        JOB
    }

    async fn run(&self, job: &Job, _progress: &Progress) -> Result<(), String> {
        let named = job.payload.get("organization");
        let named = named.and_then(|id| id.as_str()).map(str::parse);
        let done = match named {
            Some(Ok(organization)) => follow(&self.app, organization).await,
            Some(Err(_)) => return Err("the organization of the job is no id".to_owned()),
            None => follow_all(&self.app).await,
        };
        done.map_err(|error| error.to_string())
    }
}

/// Has an institution's open requests looked at, once the change that asks for it is there.
pub(crate) async fn enqueue(
    app: &App,
    tx: &mut Transaction,
    organization: OrganizationId,
) -> Result<(), StoreError> {
    let payload = json!({ "organization": organization });
    app.enqueue(tx, NewJob::now(JOB, payload, app.now()))
        .await?;
    Ok(())
}

async fn follow_all(app: &App) -> Result<(), StoreError> {
    let mut after = None;
    loop {
        let found = store::institutions_with_open(app.database(), after, AT_ONCE).await?;
        let Some(last) = found.last() else {
            return Ok(());
        };
        after = Some(*last);
        for organization in found {
            follow(app, organization).await?;
        }
    }
}

async fn follow(app: &App, organization: OrganizationId) -> Result<(), StoreError> {
    let database = app.database();
    let snapshot = store::snapshot(database, organization, app.today()).await?;
    let languages = store::languages(database, organization).await?;
    let mut after = Uuid::nil();
    loop {
        let requests = store::open_of(database, organization, after, AT_ONCE).await?;
        let Some(last) = requests.last() else {
            return Ok(());
        };
        after = last.id;
        answer_for_those_who_left(app, (&snapshot, &languages), &requests).await?;
        let moved: Vec<Moved<'_>> = requests
            .iter()
            .filter_map(|request| Moved::of(request, &snapshot))
            .collect();
        if !moved.is_empty() {
            hand_over(app, organization, (&snapshot, &languages), &moved).await?;
        }
    }
}

/// A request that waits for others than those who were told.
struct Moved<'a> {
    request: &'a Request,
    now: BTreeSet<PersonId>,
}

impl<'a> Moved<'a> {
    fn of(request: &'a Request, snapshot: &Snapshot) -> Option<Self> {
        let is_returned = request.course.standing == Standing::Returned;
        let now = waiting_people(&request.course, snapshot);
        (!is_returned && now != request.told).then_some(Self { request, now })
    }

    fn gone(&self) -> impl Iterator<Item = PersonId> + '_ {
        self.request.told.difference(&self.now).copied()
    }
}

/// Tells those who decide now, in one notice each, and says on each request who decides no more. One
/// transaction: what was told is not told again.
async fn hand_over(
    app: &App,
    organization: OrganizationId,
    (snapshot, languages): (&Snapshot, &HashMap<PersonId, String>),
    moved: &[Moved<'_>],
) -> Result<(), StoreError> {
    let gone = moved.iter().flat_map(Moved::gone);
    let names = directory::names_of(app.database(), gone).await?;
    let mut tx = app.database().begin().await?;
    let mut newcomers: BTreeMap<PersonId, Vec<&Request>> = BTreeMap::new();
    for one in moved {
        let request = one.request;
        if store::set_told(&mut tx, request, &one.now).await? == Reached::Otherwise {
            continue;
        }
        for person in one.now.difference(&request.told) {
            newcomers.entry(*person).or_default().push(request);
        }
        let gone: Vec<String> = one
            .gone()
            .filter_map(|person| names.get(&person).cloned())
            .collect();
        if gone.is_empty() {
            continue;
        }
        let now: Vec<String> = one
            .now
            .iter()
            .filter_map(|person| snapshot.names.get(person).cloned())
            .collect();
        let event = NewEvent::handed_over(&gone, &now);
        store::record_event(&mut tx, app.ids(), request, event, app.now()).await?;
        let detail = json!({ "number": request.label(), "handed_over": true,
                             "gone": one.gone().collect::<Vec<_>>(), "now": one.now });
        let entry = system_entry(app, organization, request.id, detail);
        yagura_store::audit::append(&mut tx, &entry).await?;
        if one.now.is_empty() {
            let what = (
                "requests-notice-nobody",
                1,
                &*format!("/requests/{}", request.id),
            );
            let whom = (snapshot, languages);
            tell_of_many(app, &mut tx, organization, whom, request.filer, what).await?;
        }
    }
    for (person, requests) in newcomers {
        let link = match requests.as_slice() {
            [one] => format!("/requests/{}", one.id),
            _ => "/requests/worklist".to_owned(),
        };
        let count = u64::try_from(requests.len()).unwrap_or(u64::MAX);
        let what = ("requests-notice-handed-over", count, link.as_str());
        let whom = (snapshot, languages);
        tell_of_many(app, &mut tx, organization, whom, person, what).await?;
    }
    tx.commit().await
}

/// A question to somebody who left is answered by nobody: its request goes on where it was asked.
async fn answer_for_those_who_left(
    app: &App,
    (snapshot, languages): (&Snapshot, &HashMap<PersonId, String>),
    requests: &[Request],
) -> Result<(), StoreError> {
    let left = requests.iter().filter(|request| {
        request.course.standing == Standing::Returned
            && !snapshot.people.present.contains(&request.filer)
    });
    for request in left {
        let stored = store::form_of(app.database(), &request.fingerprint).await?;
        let around = Around {
            form: &stored.form,
            people: &snapshot.people,
            now: app.now(),
        };
        let Some(Happened { course, events }) = unanswerable(around, &request.course) else {
            continue;
        };
        let mut tx = app.database().begin().await?;
        let told = waiting_people(&course, snapshot);
        let saving = Saving {
            course: &course,
            told: told.clone(),
            by: None,
            events: &events,
        };
        let saved = store::save_course(&mut tx, app.ids(), request, saving, app.now()).await;
        let next = match saved {
            Ok(next) => next,
            // Somebody did something to it at this moment.
            Err(StoreError::Conflict) => continue,
            Err(error) => return Err(error),
        };
        let word = Told {
            app,
            request: &next,
            title: &stored.title,
            snapshot,
            languages,
        };
        for person in told {
            word.tell(&mut tx, person, "requests-notice-unanswered")
                .await?;
        }
        for event in &events {
            let entry = system_entry(app, next.organization, next.id, audited(&next, event)?);
            yagura_store::audit::append(&mut tx, &entry).await?;
        }
        tx.commit().await?;
    }
    Ok(())
}
