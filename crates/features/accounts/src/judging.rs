//! What new findings mean for the stored ones, and who hears of it.

use std::collections::{HashMap, HashSet};

use accountmatch::findings::{Finding, FindingKind, Newer, Proof};
use accountmatch::model::{Account, Staff};
use serde_json::json;
use uuid::Uuid;
use yagura_kernel::id::{IdGenerator, OrganizationId};
use yagura_kernel::time::{Date, Instant};
use yagura_store::notifications::NewNotification;
use yagura_web::App;

use crate::model::{FindingState, gravity_rank, urgency};
use crate::reconcile::{Outcome, World};
use crate::store::{FindingRow, Judged, SourceRow};

/// For whom and when it runs.
#[derive(Clone, Copy)]
pub(crate) struct Run<'a> {
    pub(crate) organization: OrganizationId,
    pub(crate) ids: &'a dyn IdGenerator,
    pub(crate) now: Instant,
    pub(crate) today: Date,
}

/// What the new findings mean for the stored ones: new, gone on, remedied with proof, settled.
pub(crate) fn judge(
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
pub(crate) async fn told(
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
