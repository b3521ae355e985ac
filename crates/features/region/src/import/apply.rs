//! Writing what a plan says, in the caller's transaction.

use std::collections::HashMap;

use yagura_checklists::overview;
use yagura_kernel::id::{IdGenerator, OrganizationId};
use yagura_kernel::organization::OrganizationKind;
use yagura_kernel::policy::{Authorized, actions};
use yagura_kernel::time::{FiscalYear, Instant, parse_date};
use yagura_store::notifications::{self, NewNotification};
use yagura_store::{Database, StoreError, Transaction};

use super::{
    Change, Counts, ImportError, Parsed, Plan, ProgressCallback, Roll, RollMember, Stage, Step,
    parse, plan,
};
use crate::model::member::{Field, MemberDraft};
use crate::store::Reader;
use crate::store::members::{self, Addition, MemberChange};

/// How many members are written between two reports.
const PART: usize = 2_000;

/// What an import did, or would do.
#[derive(Debug, Clone)]
pub struct Outcome {
    /// What was read.
    pub parsed: Parsed,
    /// What it does.
    pub plan: Plan,
    /// The numbers.
    pub counts: Counts,
}

/// The program around an import: ids and the moment.
#[derive(Clone, Copy)]
pub struct Running<'a> {
    /// Ids of new records.
    pub ids: &'a dyn IdGenerator,
    /// The moment.
    pub now: Instant,
    /// The name of the body whose roll it is, for the notice to institutions that join.
    pub overseer_name: &'a str,
}

impl std::fmt::Debug for Running<'_> {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("Running")
            .field("now", &self.now)
            .finish_non_exhaustive()
    }
}

/// Reads what a file is held against.
///
/// # Errors
/// [`StoreError`] where the database does not answer.
pub async fn read_roll(
    reader: &mut Reader<'_>,
    proof: &Authorized<actions::ManageMembers>,
    parsed: &Parsed,
    now: Instant,
) -> Result<Roll, StoreError> {
    let members = members::roll(reader, proof, now.jst_date()).await?;
    let codes: Vec<&str> = parsed
        .rows
        .iter()
        .filter_map(|row| row.member.code.as_deref())
        .collect();
    let known = members::known_by_code(reader, &codes, &members).await?;
    Ok(Roll { members, known })
}

/// Holds a file against the roll and writes what follows, in the caller's transaction. Where
/// `expected` is given, the plan must be the one that a person saw.
///
/// # Errors
/// [`ImportError::HasErrors`], [`ImportError::RollChanged`]; the caller drops the transaction.
pub async fn apply(
    tx: &mut Transaction,
    proof: &Authorized<actions::ManageMembers>,
    parsed: &Parsed,
    expected: Option<&str>,
    running: Running<'_>,
    progress: &mut ProgressCallback<'_>,
) -> Result<Counts, ImportError> {
    members::lock_roll(tx, proof).await?;
    let roll = read_roll(&mut Reader::Transaction(tx), proof, parsed, running.now).await?;
    let plan = plan(parsed, &roll);
    let counts = plan.counts(parsed);
    if expected.is_some_and(|expected| expected != plan.fingerprint()) {
        return Err(ImportError::RollChanged);
    }
    if counts.errors > 0 {
        return Err(ImportError::HasErrors {
            errors: counts.errors,
        });
    }
    let (additions, changes) = split(parsed, &plan, &roll.members, running.ids);
    let total = additions.len() + changes.len();
    let today = running.now.jst_date();
    let mut done = 0;
    for part in additions.chunks(PART) {
        members::add(tx, proof, running.ids, part, today, running.now).await?;
        done += part.len();
        progress(Stage::Writing, done, total);
    }
    for part in changes.chunks(PART) {
        members::change(tx, proof, part, today, running.now).await?;
        done += part.len();
        progress(Stage::Writing, done, total);
    }
    let joined: Vec<OrganizationId> = additions.iter().map(|addition| addition.id).collect();
    let changed: Vec<OrganizationId> = changes.iter().map(|change| change.current.id).collect();
    let year = FiscalYear::of(today);
    overview::members_joined(
        tx,
        running.ids,
        proof.organization(),
        &joined,
        year,
        running.now,
    )
    .await?;
    overview::members_changed(tx, running.ids, &changed, running.now).await?;
    let known: Vec<OrganizationId> = additions
        .iter()
        .filter(|addition| addition.known)
        .map(|addition| addition.id)
        .collect();
    tell_joined(tx, proof.organization(), &known, running).await?;
    Ok(counts)
}

/// Tells institutions that they were put on a roll.
pub(crate) async fn tell_joined(
    tx: &mut Transaction,
    overseer: OrganizationId,
    joined: &[OrganizationId],
    running: Running<'_>,
) -> Result<(), StoreError> {
    let notices = joined.iter().map(|organization| NewNotification {
        organization: *organization,
        person: None,
        message: yagura_web::i18n::message_key("region-joined-notice"),
        arguments: serde_json::json!({
            "overseer": running.overseer_name,
            "id": overseer.to_string(),
        }),
        link: None,
    });
    notifications::send(tx, running.ids, notices, running.now).await?;
    Ok(())
}

fn split(
    parsed: &Parsed,
    plan: &Plan,
    members: &[RollMember],
    ids: &dyn IdGenerator,
) -> (Vec<Addition>, Vec<MemberChange>) {
    let by_id: HashMap<OrganizationId, &RollMember> =
        members.iter().map(|member| (member.id, member)).collect();
    let mut additions = Vec::new();
    let mut changes = Vec::new();
    for (row, step) in parsed.rows.iter().zip(&plan.steps) {
        match step {
            Step::New => additions.push(Addition {
                id: OrganizationId::new(ids),
                known: false,
                draft: row.member.clone(),
            }),
            Step::Join { organization } => additions.push(Addition {
                id: *organization,
                known: true,
                draft: row.member.clone(),
            }),
            Step::Change {
                member,
                changes: fields,
            } => {
                if let Some(current) = by_id.get(member) {
                    changes.push(MemberChange {
                        current: (*current).clone(),
                        next: changed(&current.draft, fields),
                    });
                }
            }
            Step::Unchanged { .. } | Step::Refused => {}
        }
    }
    (additions, changes)
}

fn changed(current: &MemberDraft, changes: &[Change]) -> MemberDraft {
    let mut next = current.clone();
    for change in changes {
        let to = change.to.clone();
        match change.field {
            Field::Name => next.name = to,
            Field::Kind => next.kind = OrganizationKind::from_code(&to).unwrap_or(next.kind),
            Field::Code => next.code = Some(to),
            Field::Beds => next.beds = to.parse().ok(),
            Field::PostalCode => next.postal_code = Some(to),
            Field::Address => next.address = Some(to),
            Field::Phone => next.phone = Some(to),
            Field::Email => next.email = Some(to),
            Field::Representative => next.representative = Some(to),
            Field::RegionCode => next.region_code = Some(to),
            Field::MemberNumber => next.member_number = Some(to),
            Field::JoinedOn => next.joined_on = parse_date(&to).ok(),
            Field::Remark => next.remark = Some(to),
        }
    }
    next
}

/// Takes a file over in one go, for the command line: reads it, holds it against the roll, and
/// unless `dry_run` writes what follows in one transaction. With errors in the file nothing is
/// written; the outcome tells them.
///
/// The caller puts the act into the audit log.
///
/// # Errors
/// [`ImportError`] where the file as a whole cannot be read or the database refuses.
pub async fn apply_file(
    database: &Database,
    proof: &Authorized<actions::ManageMembers>,
    bytes: &[u8],
    file_name: &str,
    dry_run: bool,
    running: Running<'_>,
    progress: &mut ProgressCallback<'_>,
) -> Result<Outcome, ImportError> {
    let parsed = parse(bytes, file_name, running.now.jst_date(), progress)?;
    let roll = read_roll(&mut Reader::Database(database), proof, &parsed, running.now).await?;
    let plan = plan(&parsed, &roll);
    drop(roll);
    let counts = plan.counts(&parsed);
    if !dry_run && counts.errors == 0 {
        let mut tx = database.begin_long().await?;
        let fingerprint = plan.fingerprint();
        apply(
            &mut tx,
            proof,
            &parsed,
            Some(&fingerprint),
            running,
            progress,
        )
        .await?;
        tx.commit().await?;
    }
    Ok(Outcome {
        parsed,
        plan,
        counts,
    })
}
