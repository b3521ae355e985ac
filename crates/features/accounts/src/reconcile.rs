//! The job that holds accounts against people, grants and exceptions, and keeps what came out.

use std::collections::{HashMap, HashSet};

use accountmatch::findings::{
    Estate, Finding, FindingKind, Newer, Proof, Settings, Source, reconcile, with_vanished,
};
use accountmatch::matching::Owner;
use accountmatch::model::{Account, AccountKind, Staff};
use async_trait::async_trait;
use serde_json::json;
use uuid::Uuid;
use yagura_kernel::id::{IdGenerator, OrganizationId};
use yagura_kernel::policy::actions;
use yagura_kernel::time::{Date, Instant};
use yagura_store::jobs::{Job, JobHandler, NewJob, Progress};
use yagura_store::notifications::{self, NewNotification};
use yagura_web::{App, Records};

use crate::ledger;
use crate::model::{FindingState, gravity_rank, urgency};
use crate::store::{self, FindingRow, Judged, OwnerRow, SourceRow};

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
struct World {
    staff: Vec<Staff>,
    sources: Vec<SourceRow>,
    accounts: Vec<Vec<(Uuid, Account)>>,
}

/// For whom and when it runs.
#[derive(Clone, Copy)]
struct Run<'a> {
    organization: OrganizationId,
    ids: &'a dyn IdGenerator,
    now: Instant,
    today: Date,
}

/// Whose accounts are, and what is wrong, for one source.
struct Outcome {
    owners: Vec<Vec<Owner>>,
    findings: Vec<Finding>,
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

/// What the new findings mean for the stored ones: new, gone on, remedied with proof, settled.
fn judge(
    run: Run<'_>,
    world: &World,
    outcome: &Outcome,
    mut stored: HashMap<(Uuid, String, String), FindingRow>,
) -> Vec<Judged> {
    let now = run.now;
    let positions: HashMap<String, usize> = world
        .sources
        .iter()
        .enumerate()
        .map(|(position, source)| (source.id.to_string(), position))
        .collect();
    let by_key: Vec<HashMap<String, &Account>> = world
        .accounts
        .iter()
        .map(|of| {
            of.iter()
                .map(|(_, account)| (account.key(), account))
                .collect()
        })
        .collect();
    let mut judged = Vec::new();
    let mut found_now: HashSet<(Uuid, String, String)> = HashSet::new();
    for finding in &outcome.findings {
        let Some(position) = positions.get(&finding.source).copied() else {
            continue;
        };
        let Some(source) = world.sources.get(position) else {
            continue;
        };
        let place = (
            source.id,
            finding.account.clone(),
            finding.kind.code().to_owned(),
        );
        found_now.insert(place.clone());
        let account = by_key
            .get(position)
            .and_then(|of| of.get(&finding.account))
            .copied();
        let before = stored.remove(&place);
        judged.extend(still_found(
            run,
            source,
            finding,
            account,
            &world.staff,
            before,
        ));
    }
    // What is stored and no longer found.
    let mut bare: HashMap<Uuid, Vec<Account>> = HashMap::new();
    for (source, accounts) in world.sources.iter().zip(&world.accounts) {
        bare.insert(
            source.id,
            accounts
                .iter()
                .map(|(_, account)| account.clone())
                .collect(),
        );
    }
    let indexes: HashMap<Uuid, Newer<'_>> = world
        .sources
        .iter()
        .filter_map(|source| {
            let accounts = bare.get(&source.id)?;
            let index = Newer::of(accounts, source.lockout, false, now.to_utc());
            Some((source.id, index))
        })
        .collect();
    for (place, row) in stored {
        if !row.state().is_running() {
            continue;
        }
        let Some(source) = world.sources.iter().find(|source| source.id == place.0) else {
            continue;
        };
        judged.extend(no_longer_found(row, source, &indexes, now));
    }
    judged
}

fn still_found(
    run: Run<'_>,
    source: &SourceRow,
    finding: &Finding,
    account: Option<&Account>,
    staff: &[Staff],
    before: Option<FindingRow>,
) -> Option<Judged> {
    let Run {
        organization,
        ids,
        now,
        today,
    } = run;
    let owner = finding.owner.and_then(|position| staff.get(position));
    let grounds = serde_json::to_string(&finding.grounds).unwrap_or_else(|_| "[]".to_owned());
    let mut row = FindingRow {
        id: before.as_ref().map_or_else(|| ids.id(), |row| row.id),
        organization_id: organization,
        source_id: source.id,
        source_name: source.name.clone(),
        account_id: None,
        account_key: finding.account.clone(),
        account_name: account
            .and_then(|account| account.name.clone())
            .unwrap_or_default(),
        kind: finding.kind.code().to_owned(),
        gravity: gravity_rank(finding.gravity),
        urgency: urgency(finding.kind, finding.gravity),
        state: FindingState::Open.code().to_owned(),
        grounds,
        owner_key: owner.map(|owner| owner.key.clone()).unwrap_or_default(),
        owner_name: owner.map(|owner| owner.name.clone()).unwrap_or_default(),
        stable_id: account.and_then(|account| account.stable_id.clone()),
        import_id: source.import,
        due_on: None,
        asked_by: None,
        note: String::new(),
        accepted_until: None,
        proof: None,
        found_at: now,
        ended_at: None,
        revision: 0,
    };
    let Some(before) = before else {
        let event = if finding.excepted.is_some() {
            row.state = FindingState::Accepted.code().to_owned();
            "accepted"
        } else {
            "found"
        };
        let event = Some((event, json!({})));
        return Some(Judged { row, event });
    };
    row.revision = before.revision;
    let mut event = None;
    if before.state().is_running() {
        row.found_at = before.found_at;
        row.due_on = before.due_on;
        row.asked_by = before.asked_by;
        row.note.clone_from(&before.note);
        row.accepted_until = before.accepted_until;
        row.state.clone_from(&before.state);
        let runs =
            finding.excepted.is_some() || before.accepted_until.is_some_and(|until| until >= today);
        match before.state() {
            // The exception is over, or was ended in the ledger.
            FindingState::Accepted if finding.excepted.is_none() || !runs => {
                row.state = FindingState::Open.code().to_owned();
                row.accepted_until = None;
                event = Some(("exception_over", json!({})));
            }
            FindingState::Open | FindingState::Task if finding.excepted.is_some() => {
                row.state = FindingState::Accepted.code().to_owned();
                event = Some(("accepted", json!({})));
            }
            _ => {}
        }
    } else {
        // It was mended, and is there again.
        event = Some(("found_again", json!({})));
    }
    let same = event.is_none()
        && before.grounds == row.grounds
        && before.urgency == row.urgency
        && before.owner_key == row.owner_key
        && before.import_id == row.import_id
        && before.account_name == row.account_name;
    (!same).then_some(Judged { row, event })
}

fn no_longer_found(
    mut row: FindingRow,
    source: &SourceRow,
    indexes: &HashMap<Uuid, Newer<'_>>,
    now: Instant,
) -> Option<Judged> {
    let is_newer = source.import != row.import_id;
    let kind = FindingKind::from_code(&row.kind)?;
    let proof = indexes
        .get(&row.source_id)
        .map(|newer| newer.proof(&row.account_key, row.stable_id.as_deref(), kind, false));
    let (state, proof) = match proof {
        Some(proof) if is_newer && proof.is_remedied() => (FindingState::Remedied, Some(proof)),
        // Only a newer export proves anything; what it does not tell stays open.
        Some(Proof::NotProven) if is_newer => return None,
        Some(Proof::Renamed) => (FindingState::Settled, Some(Proof::Renamed)),
        _ => (FindingState::Settled, None),
    };
    let code = proof
        .and_then(|proof| serde_json::to_value(proof).ok())
        .and_then(|value| value.as_str().map(str::to_owned));
    row.state = state.code().to_owned();
    row.ended_at = Some(now);
    row.proof.clone_from(&code);
    let event = Some((state.code(), json!({ "proof": code })));
    Some(Judged { row, event })
}

/// Who hears of what: those who asked for a remedy, that it was proven; those who keep accounts, that
/// something grave came up.
async fn told(
    app: &App,
    organization: OrganizationId,
    judged: &[Judged],
) -> Result<Vec<NewNotification>, yagura_store::StoreError> {
    let mut notices = Vec::new();
    let mut remedied: HashMap<yagura_kernel::id::PersonId, usize> = HashMap::new();
    let mut critical = 0_usize;
    for judged in judged {
        let Some((event, _)) = &judged.event else {
            continue;
        };
        if *event == "remedied"
            && let Some(person) = judged.row.asked_by
        {
            *remedied.entry(person).or_default() += 1;
        }
        if matches!(*event, "found" | "found_again") && judged.row.gravity == 4 {
            critical += 1;
        }
    }
    for (person, count) in remedied {
        notices.push(NewNotification {
            organization,
            person: Some(person),
            message: "accounts-notice-remedied",
            arguments: json!({ "count": count.to_string() }),
            link: Some("/accounts?state=remedied".to_owned()),
        });
    }
    if critical > 0 {
        let holders = yagura_store::directory::assignments_of_organization(
            app.database(),
            organization,
            app.today(),
        )
        .await?;
        let mut people: Vec<_> = holders
            .iter()
            .filter(|holder| {
                use yagura_kernel::person::Role;
                matches!(
                    holder.assignment.role,
                    Role::SafetyManager | Role::SystemOperator
                )
            })
            .map(|holder| holder.assignment.person)
            .collect();
        people.sort_unstable();
        people.dedup();
        for person in people {
            notices.push(NewNotification {
                organization,
                person: Some(person),
                message: "accounts-notice-critical",
                arguments: json!({ "count": critical.to_string() }),
                link: Some("/accounts".to_owned()),
            });
        }
    }
    Ok(notices)
}
