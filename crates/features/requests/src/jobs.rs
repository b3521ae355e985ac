//! Once a day: what is overdue goes up the chain, and those for whom it waits are reminded.

use std::collections::BTreeMap;
use std::collections::hash_map::{Entry, HashMap};

use async_trait::async_trait;
use uuid::Uuid;
use yagura_kernel::id::{OrganizationId, PersonId};
use yagura_store::StoreError;
use yagura_store::jobs::{Job, JobHandler, Progress};
use yagura_web::App;

use crate::operations::{escalate, tell_of_many, waiting_people};
use crate::store::{self, Snapshot, StoredForm};

/// The kind of the daily job.
pub(crate) const JOB: &str = "requests-overdue";
/// How many requests are read at a time.
const AT_ONCE: i64 = 200;

/// Escalates and reminds.
#[derive(Debug)]
pub(crate) struct OverdueHandler {
    /// The program.
    pub(crate) app: App,
}

#[async_trait]
impl JobHandler for OverdueHandler {
    fn kind(&self) -> &'static str {
        JOB
    }

    async fn run(&self, _job: &Job, _progress: &Progress) -> Result<(), String> {
        run(&self.app).await.map_err(|error| error.to_string())
    }
}

/// The people of an institution, and in which language they read.
type People = (Snapshot, HashMap<PersonId, String>);

async fn run(app: &App) -> Result<(), StoreError> {
    let today = app.today();
    let mut after = Uuid::nil();
    let mut forms: HashMap<String, StoredForm> = HashMap::new();
    let mut people: HashMap<OrganizationId, People> = HashMap::new();
    let mut late: BTreeMap<(OrganizationId, PersonId), u64> = BTreeMap::new();
    loop {
        let rows = store::overdue(app.database(), today, after, AT_ONCE).await?;
        let Some(last) = rows.last() else {
            break;
        };
        after = last.request_id;
        for row in &rows {
            let request = store::of_system(app.database(), row.request_id).await?;
            let stored = match forms.entry(request.fingerprint.clone()) {
                Entry::Occupied(known) => known.into_mut(),
                Entry::Vacant(new) => {
                    new.insert(store::form_of(app.database(), &request.fingerprint).await?)
                }
            };
            let (snapshot, languages) = match people.entry(request.organization) {
                Entry::Occupied(known) => known.into_mut(),
                Entry::Vacant(new) => {
                    let of = request.organization;
                    let snapshot = store::snapshot(app.database(), of, today).await?;
                    let languages = store::languages(app.database(), of).await?;
                    new.insert((snapshot, languages))
                }
            };
            match escalate(app, (snapshot, languages), stored, &request).await {
                // Somebody decided it at this moment: then it is not overdue any more.
                Ok(_) | Err(StoreError::Conflict) => {}
                Err(error) => return Err(error),
            }
            for person in waiting_people(&request.course, snapshot) {
                *late.entry((request.organization, person)).or_default() += 1;
            }
        }
    }
    remind(app, &people, late).await
}

/// Reminds everybody once a day, however often the job runs.
async fn remind(
    app: &App,
    people: &HashMap<OrganizationId, People>,
    late: BTreeMap<(OrganizationId, PersonId), u64>,
) -> Result<(), StoreError> {
    let today = app.today();
    let mut tx = app.database().begin().await?;
    store::forget_reminders(&mut tx, today).await?;
    tx.commit().await?;
    for ((organization, person), count) in late {
        let Some((snapshot, languages)) = people.get(&organization) else {
            continue;
        };
        let mut tx = app.database().begin().await?;
        if store::is_first_reminder(&mut tx, organization, person, today).await? {
            let what = ("requests-notice-overdue", count, "/requests/worklist");
            let whom = (snapshot, languages);
            tell_of_many(app, &mut tx, organization, whom, person, what).await?;
        }
        tx.commit().await?;
    }
    Ok(())
}
