//! The job that holds accounts against people, grants and exceptions, and keeps what came out.

use std::collections::HashMap;

use accountmatch::findings::{Estate, Finding, Settings, Source, reconcile, with_vanished};
use accountmatch::matching::Owner;
use accountmatch::model::{Account, AccountKind, Staff};
use async_trait::async_trait;
use serde_json::json;
use uuid::Uuid;
use yagura_kernel::id::OrganizationId;
use yagura_kernel::policy::actions;
use yagura_kernel::time::{Date, Instant};
use yagura_store::jobs::{Job, JobHandler, NewJob, Progress};
use yagura_store::notifications;
use yagura_web::{App, Records};

use crate::judging::{Run, judge, told};
use crate::ledger;
use crate::store::{self, OwnerRow, SourceRow};

/// The kind of the job.
pub(crate) const JOB: &str = "accounts-reconcile";
/// The kind of the nightly round.
pub(crate) const NIGHTLY: &str = "accounts-nightly";

/// The job for one institution, once however often it is asked for.
pub(crate) fn job(organization: OrganizationId, now: Instant) -> NewJob {
    NewJob::now(JOB, json!({ "organization": organization.uuid() }), now)
        .once(format!("{JOB}-{organization}"))
}

/// Does it.
pub(crate) struct ReconcileHandler {
    pub(crate) app: App,
}

#[async_trait]
impl JobHandler for ReconcileHandler {
    fn kind(&self) -> &'static str {
        JOB
    }

    async fn run(&self, job: &Job, _progress: &Progress) -> Result<(), String> {
        let organization = job
            .payload
            .get("organization")
            .and_then(serde_json::Value::as_str)
            .and_then(|text| yagura_kernel::id::parse_uuid(text).ok())
            .ok_or("the job names no institution")?;
        run(&self.app, OrganizationId::from(organization)).await
    }
}

/// Asks for it for everybody, reads the directories that are read live, and forgets imports that
/// nobody confirmed.
pub(crate) struct NightlyHandler {
    pub(crate) app: App,
}

#[async_trait]
impl JobHandler for NightlyHandler {
    fn kind(&self) -> &'static str {
        NIGHTLY
    }

    async fn run(&self, _job: &Job, _progress: &Progress) -> Result<(), String> {
        let text = |error: yagura_store::StoreError| error.to_string();
        let (app, now) = (&self.app, self.app.now());
        let mut tx = app.database().begin().await.map_err(text)?;
        store::expire_imports(&mut tx, now).await.map_err(text)?;
        for organization in store::institutions(app.database()).await.map_err(text)? {
            for source in store::sources_of(app.database(), organization)
                .await
                .map_err(text)?
            {
                if source.kind == crate::model::SourceKind::Directory && source.has_password {
                    let job = crate::directory::job(organization, source.id, now);
                    app.enqueue(&mut tx, job).await.map_err(text)?;
                }
            }
            app.enqueue(&mut tx, job(organization, now))
                .await
                .map_err(text)?;
        }
        tx.commit().await.map_err(text)
    }
}

/// Everything that is held against each other, as stored.
pub(crate) struct World {
    pub(crate) staff: Vec<Staff>,
    pub(crate) sources: Vec<SourceRow>,
    pub(crate) accounts: Vec<Vec<(Uuid, Account)>>,
}

/// Whose accounts are, and what is wrong, for one source.
pub(crate) struct Outcome {
    owners: Vec<Vec<Owner>>,
    pub(crate) findings: Vec<Finding>,
}

pub(crate) async fn run(app: &App, organization: OrganizationId) -> Result<(), String> {
    let text = |error: yagura_store::StoreError| error.to_string();
    let database = app.database();
    let (now, today) = (app.now(), app.today());
    let proof = ledger::own_proof::<actions::ReadAccounts>(organization)?;
    let (current, vanished) = store::staff_of(database, organization)
        .await
        .map_err(text)?;
    let sources = store::sources_of(database, organization)
        .await
        .map_err(text)?;
    let mut accounts = Vec::with_capacity(sources.len());
    for source in &sources {
        accounts.push(
            store::accounts_of(database, organization, source.id)
                .await
                .map_err(text)?,
        );
    }
    let staff = with_vanished(&current, &vanished);
    let (grants, exceptions) = ledger::in_force(database, &proof, &sources, &staff, today)
        .await
        .map_err(text)?;
    let decided = store::decisions(database, organization)
        .await
        .map_err(text)?;
    let rules = store::rules(database, organization).await.map_err(text)?;
    let (mut decisions, mut refused) = (HashMap::new(), HashMap::new());
    for (source, of_source) in decided {
        let (mut yes, mut no) = (HashMap::new(), HashMap::new());
        for (account, (decision, people)) in of_source {
            if let Some(decision) = decision {
                yes.insert(account.clone(), decision);
            }
            no.insert(account, people);
        }
        decisions.insert(source.clone(), yes);
        refused.insert(source, no);
    }
    let world = World {
        staff,
        sources,
        accounts,
    };
    let settings = Settings {
        now: now.to_utc(),
        today,
        dormant_days: u32::try_from(rules.dormant_days).unwrap_or(90),
        password_days: u32::try_from(rules.password_days).unwrap_or(90),
    };
    let (world, outcome) = tokio::task::spawn_blocking(move || {
        let ids: Vec<String> = world
            .sources
            .iter()
            .map(|source| source.id.to_string())
            .collect();
        let bare: Vec<Vec<Account>> = world
            .accounts
            .iter()
            .map(|of| of.iter().map(|(_, account)| account.clone()).collect())
            .collect();
        let sources: Vec<Source<'_>> = world
            .sources
            .iter()
            .zip(&ids)
            .zip(&bare)
            .map(|((source, id), accounts)| Source {
                id,
                accounts,
                lockout: source.lockout,
                functions: source
                    .settings
                    .compare_groups
                    .then(|| source.settings.functions.clone()),
            })
            .collect();
        let found = reconcile(
            &Estate {
                staff: &world.staff,
                sources: &sources,
                decisions: &decisions,
                refused: &refused,
                grants: &grants,
                exceptions: &exceptions,
            },
            &settings,
        );
        let outcome = Outcome {
            owners: found.owners,
            findings: found.findings,
        };
        (world, outcome)
    })
    .await
    .map_err(|error| error.to_string())?;
    keep(app, organization, &world, &outcome, today)
        .await
        .map_err(text)
}

fn kind_word(kind: AccountKind) -> &'static str {
    match kind {
        AccountKind::Person => "staff",
        AccountKind::Service => "service",
        AccountKind::Shared => "shared",
    }
}

fn owner_row(
    id: Uuid,
    owner: &Owner,
    staff: &[Staff],
) -> Result<OwnerRow, yagura_store::StoreError> {
    let named = |position: usize| {
        staff
            .get(position)
            .map_or((String::new(), String::new()), |person| {
                (person.key.clone(), person.name.clone())
            })
    };
    let mut row = OwnerRow {
        account_id: id,
        state: String::new(),
        staff_key: String::new(),
        owner_name: String::new(),
        detail: "{}".to_owned(),
        score: 0,
    };
    match owner {
        Owner::Staff {
            staff: position,
            basis,
            names_differ,
        } => {
            (row.staff_key, row.owner_name) = named(*position);
            row.state = "staff".to_owned();
            row.detail = json!({ "basis": basis, "names_differ": names_differ }).to_string();
        }
        Owner::Gone { key } => {
            row.state = "gone".to_owned();
            row.staff_key.clone_from(key);
        }
        Owner::NotPersonal { kind, owner } => {
            row.state = kind_word(*kind).to_owned();
            if let Some(position) = owner {
                (row.staff_key, row.owner_name) = named(*position);
            }
        }
        Owner::Nobody => row.state = "nobody".to_owned(),
        Owner::Open { candidates } => {
            row.state = "open".to_owned();
            row.score = candidates.first().map_or(0, |best| i64::from(best.score));
            let people: Vec<_> = candidates
                .iter()
                .filter_map(|candidate| {
                    let person = staff.get(candidate.staff)?;
                    Some(json!({
                        "key": person.key, "name": person.name, "number": person.number,
                        "department": person.department, "score": candidate.score,
                        "rules": candidate.rules, "namesakes": candidate.has_namesakes,
                        "left": person.periods.last().and_then(|period| period.until)
                            .map(yagura_kernel::time::format_iso),
                    }))
                })
                .collect();
            row.detail = serde_json::to_string(&people)?;
        }
    }
    Ok(row)
}

async fn keep(
    app: &App,
    organization: OrganizationId,
    world: &World,
    outcome: &Outcome,
    today: Date,
) -> Result<(), yagura_store::StoreError> {
    let (database, now) = (app.database(), app.now());
    let mut changed_owners = Vec::new();
    for ((source, accounts), owners) in world
        .sources
        .iter()
        .zip(&world.accounts)
        .zip(&outcome.owners)
    {
        let was = store::owners_of(database, organization, source.id).await?;
        let mut changed = Vec::new();
        for ((id, _), owner) in accounts.iter().zip(owners) {
            let row = owner_row(*id, owner, &world.staff)?;
            if was.get(id) != Some(&row) {
                changed.push(row);
            }
        }
        changed_owners.push((source.id, changed));
    }
    let stored = store::by_place(store::running(database, organization).await?);
    let run = Run {
        organization,
        ids: app.ids(),
        now,
        today,
    };
    let judged = judge(run, world, outcome, stored);
    let told = told(app, organization, &judged).await?;
    let mut tx = database.begin().await?;
    // An export that came meanwhile asked for a run of its own, which sees what this one did not.
    for (source, changed) in changed_owners {
        store::write_owners(&mut tx, organization, source, changed).await?;
    }
    let any = !judged.is_empty();
    if store::judge(&mut tx, organization, app.ids(), &judged, now).await? {
        app.enqueue(&mut tx, job(organization, now)).await?;
    }
    notifications::send(&mut tx, app.ids(), told, now).await?;
    if any {
        app.records_changed(&mut tx, organization, Records::Accounts)
            .await?;
    }
    tx.commit().await
}
