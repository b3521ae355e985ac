//! What people decide of findings, and what the clock does with it.

use serde_json::{Value as Json, json};
use uuid::Uuid;
use yagura_kernel::id::{IdGenerator, OrganizationId, PersonId};
use yagura_kernel::policy::{Authorized, actions};
use yagura_kernel::time::{Date, Instant};
use yagura_store::{ComposedSql, StoreError, Transaction, Value, params, placeholders, row};

use super::super::{VulnerabilityError, person_of};
use crate::model::State;
use crate::model::state::Decision;

/// The right to decide: to accept a risk takes more than to judge a finding.
#[derive(Debug)]
pub enum Right<'a> {
    /// To judge.
    Assess(&'a Authorized<actions::AssessVulnerabilities>),
    /// To accept.
    Accept(&'a Authorized<actions::AcceptVulnerabilities>),
}

impl Right<'_> {
    pub(crate) fn organization(&self) -> OrganizationId {
        match self {
            Self::Assess(proof) => proof.organization(),
            Self::Accept(proof) => proof.organization(),
        }
    }

    fn person(&self) -> Option<PersonId> {
        match self {
            Self::Assess(proof) => person_of(proof),
            Self::Accept(proof) => person_of(proof),
        }
    }

    fn allows(&self, state: State) -> bool {
        matches!(
            (self, state),
            (Self::Accept(_), State::Accepted)
                | (
                    Self::Assess(_),
                    State::Investigating | State::Affected | State::NotAffected | State::Fixed
                )
        )
    }
}

row! {
    struct StateRow { id: Uuid, state: String, revision: i64, asset_id: Uuid,
        vulnerability_id: i64 }
}

/// Records of one kind, each with the revision that was read, or none where any will do.
pub(crate) type AtRevision = Vec<(Uuid, Option<i64>)>;

/// Decides on findings: each with the revision that was read, or any where none is given. A
/// decision that says the same twice is written once.
///
/// # Errors
/// [`VulnerabilityError::NotFound`] where one is none of the institution's;
/// [`StoreError::Conflict`] where somebody else changed one since.
pub async fn decide(
    tx: &mut Transaction,
    right: &Right<'_>,
    ids: &dyn IdGenerator,
    findings: &[(Uuid, Option<i64>)],
    decision: &Decision,
    now: Instant,
) -> Result<usize, VulnerabilityError> {
    if !right.allows(decision.state) {
        return Err(VulnerabilityError::NotFound);
    }
    let mut done = 0;
    for part in findings.chunks(400) {
        let lock = match tx.engine() {
            yagura_store::Engine::Sqlite => "",
            yagura_store::Engine::Postgres => " FOR UPDATE",
        };
        let sql = format!(
            "SELECT id, state, revision, asset_id, vulnerability_id FROM vuln_findings
             WHERE organization_id = $1 AND id IN ({}) ORDER BY id{lock}",
            placeholders(2, part.len())
        );
        let mut values = params![right.organization()];
        values.extend(part.iter().map(|(id, _)| Value::from(*id)));
        let rows: Vec<StateRow> = tx.rows(ComposedSql(sql), values).await?;
        for (id, revision) in part {
            let row = rows
                .iter()
                .find(|row| row.id == *id)
                .ok_or(VulnerabilityError::NotFound)?;
            if revision.is_some_and(|revision| revision != row.revision) {
                return Err(StoreError::Conflict.into());
            }
            tx.execute_later(
                "UPDATE vuln_findings SET state = $2, is_open = $3, justification = $4, note = $5,
                    accepted_until = $6, decided_by = $7, decided_at = $8,
                    told = CASE WHEN EXISTS (SELECT 1 FROM vulnerabilities v
                                             WHERE v.id = vuln_findings.vulnerability_id
                                               AND v.kev_added IS NOT NULL)
                                THEN 2 ELSE 1 END,
                    revision = revision + 1
                 WHERE id = $1",
                params![
                    *id,
                    decision.state.code(),
                    decision.state.is_open(),
                    decision.justification.map(|one| one.code()),
                    &decision.note,
                    decision.accepted_until,
                    right.person(),
                    now
                ],
            )
            .await?;
            let detail = json!({
                "from": row.state, "to": decision.state.code(), "note": decision.note,
                "justification": decision.justification.map(|one| one.code()),
                "accepted_until": decision.accepted_until.map(yagura_kernel::time::format_iso),
            });
            remember(tx, ids, *id, right.person(), "decided", &detail, now).await?;
            done += 1;
        }
    }
    Ok(done)
}

async fn remember(
    tx: &mut Transaction,
    ids: &dyn IdGenerator,
    finding: Uuid,
    by: Option<PersonId>,
    event: &str,
    detail: &Json,
    now: Instant,
) -> Result<(), StoreError> {
    tx.execute_later(
        "INSERT INTO vuln_finding_events (id, finding_id, at, by_person, event, detail)
         VALUES ($1, $2, $3, $4, $5, $6)",
        params![ids.id(), finding, now, by, event, detail],
    )
    .await
}

row! {
    struct LapsedRow { id: Uuid }
}

/// Findings whose acceptance is over are open again.
///
/// # Errors
/// [`StoreError`] where the database refuses.
pub(crate) async fn lapse(
    tx: &mut Transaction,
    ids: &dyn IdGenerator,
    today: Date,
    now: Instant,
    limit: i64,
) -> Result<usize, StoreError> {
    let rows: Vec<LapsedRow> = tx
        .rows(
            "SELECT id FROM vuln_findings
             WHERE accepted_until IS NOT NULL AND accepted_until < $1 ORDER BY id LIMIT $2",
            params![today, limit],
        )
        .await?;
    for row in &rows {
        tx.execute_later(
            "UPDATE vuln_findings SET state = 'affected', is_open = 1, accepted_until = NULL,
                told = 0, revision = revision + 1
             WHERE id = $1",
            params![row.id],
        )
        .await?;
        let detail = json!({ "from": "accepted", "to": "affected" });
        remember(tx, ids, row.id, None, "lapsed", &detail, now).await?;
    }
    Ok(rows.len())
}
