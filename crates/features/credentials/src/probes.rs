//! `passwords-strong` (2-⑦) and `passwords-not-reused` (2-⑧): what the newest verdict says.

use std::sync::Arc;

use async_trait::async_trait;
use credentialcheck::Verdict;
use yagura_kernel::organization::OrganizationKind;
use yagura_kernel::policy::{Actor, Authorized, Principal, Resource, Standing, actions, authorize};
use yagura_kernel::probe::{Finding, Measurement, Outcome, Probe, ProbeError, Subject, Weight};
use yagura_store::Database;

use crate::model::{self, Judgement, VALID_DAYS};
use crate::store::{self, VerdictRow};

/// The id by which packs name the probe of length and kinds of characters.
pub const PASSWORDS_STRONG: &str = "passwords-strong";
/// The id by which packs name the probe of reuse.
pub const PASSWORDS_NOT_REUSED: &str = "passwords-not-reused";

/// For how many days a measurement holds: the daily round may fail once.
const DAYS: i64 = 2;

/// The probes.
pub(crate) fn all(database: &Database) -> Vec<Arc<dyn Probe>> {
    let probe = |id: &'static str, judge: fn(&Verdict) -> Judgement| {
        Arc::new(OfVerdict {
            database: database.clone(),
            id,
            judge,
        }) as Arc<dyn Probe>
    };
    vec![
        probe(PASSWORDS_STRONG, model::strong),
        probe(PASSWORDS_NOT_REUSED, model::reused),
    ]
}

struct OfVerdict {
    database: Database,
    id: &'static str,
    judge: fn(&Verdict) -> Judgement,
}

#[async_trait]
impl Probe for OfVerdict {
    fn id(&self) -> &'static str {
        self.id
    }

    fn weight(&self) -> Weight {
        Weight::Decides
    }

    async fn measure(&self, subject: Subject) -> Result<Measurement, ProbeError> {
        let failed = |reason: String| ProbeError {
            probe: self.id,
            reason,
        };
        let proof = own_proof(subject).map_err(failed)?;
        let newest = store::newest(&self.database, &proof)
            .await
            .map_err(|error| failed(error.to_string()))?;
        Ok(measured(newest.as_ref(), self.judge, subject))
    }
}

/// The program's own proof for an institution's verdicts.
fn own_proof(subject: Subject) -> Result<Authorized<actions::ReadEvidence>, String> {
    let principal = Arc::new(Principal {
        actor: Actor::System,
        organization: subject.organization,
        organization_kind: OrganizationKind::Hospital,
        roles: Vec::new(),
        second_factor: true,
        token_actions: None,
    });
    let resource = Resource {
        organization: subject.organization,
        standing: Standing::Own,
    };
    authorize(&principal, &resource).map_err(|denial| denial.to_string())
}

fn measured(
    newest: Option<&VerdictRow>,
    judge: fn(&Verdict) -> Judgement,
    subject: Subject,
) -> Measurement {
    let unknown = |message| Judgement {
        outcome: Outcome::Unknown,
        message,
        count: 0,
    };
    let (judgement, total) = match newest {
        None => (unknown("credentials-probe-no-verdict"), 0),
        Some(row) if row.checked_at.plus_days(VALID_DAYS) < subject.now => (
            unknown("credentials-probe-old"),
            i64::from(row.verdict.entries()),
        ),
        Some(row) => (judge(&row.verdict), i64::from(row.verdict.entries())),
    };
    let faulty = match judgement.outcome {
        Outcome::Satisfied => 0,
        _ if judgement.count == 0 => total,
        _ => i64::from(judgement.count),
    };
    Measurement {
        outcome: judgement.outcome,
        finding: Finding {
            message: judgement.message.to_owned(),
            arguments: vec![
                ("count".to_owned(), judgement.count.to_string()),
                ("days".to_owned(), VALID_DAYS.to_string()),
            ],
        },
        covered: total - faulty,
        total,
        measured_at: subject.now,
        valid_until: subject.now.plus_days(DAYS),
    }
}
