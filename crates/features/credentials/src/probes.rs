//! `passwords-strong` (2-⑦) and `passwords-not-reused` (2-⑧): what the newest verdict on each file
//! says.

use std::sync::Arc;

use async_trait::async_trait;
use yagura_kernel::organization::OrganizationKind;
use yagura_kernel::policy::{Actor, Authorized, Principal, Resource, Standing, actions, authorize};
use yagura_kernel::probe::{Finding, Measurement, Outcome, Probe, ProbeError, Subject, Weight};
use yagura_store::Database;

use crate::model::{self, Counted, Judgement, VALID_DAYS};
use crate::store::{self, Counting};

/// The id by which packs name the probe of length and kinds of characters.
pub const PASSWORDS_STRONG: &str = "passwords-strong";
/// The id by which packs name the probe of reuse.
pub const PASSWORDS_NOT_REUSED: &str = "passwords-not-reused";

/// For how many days a measurement holds: the daily round may fail once.
const DAYS: i64 = 2;

/// The probes.
pub(crate) fn all(database: &Database) -> Vec<Arc<dyn Probe>> {
    let probe = |id: &'static str, judge: fn(&Counted<'_>) -> Judgement| {
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
    judge: fn(&Counted<'_>) -> Judgement,
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
        let counting = store::counting(&self.database, &proof)
            .await
            .map_err(|error| failed(error.to_string()))?;
        Ok(measured(&counting, self.judge, subject))
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
    counting: &Counting,
    judge: fn(&Counted<'_>) -> Judgement,
    subject: Subject,
) -> Measurement {
    let unknown = |message| Judgement {
        outcome: Outcome::Unknown,
        message,
        count: 0,
    };
    let fresh = |verdict: usize| {
        let row = counting.verdicts.get(verdict);
        row.filter(|row| row.checked_at.plus_days(VALID_DAYS) >= subject.now)
    };
    let parts: Vec<_> = counting
        .files
        .iter()
        .filter_map(|file| Some((&fresh(file.verdict)?.verdict, file.place)))
        .collect();
    let has_old = parts.len() < counting.files.len();
    let mut verdicts: Vec<usize> = counting.files.iter().map(|file| file.verdict).collect();
    verdicts.sort_unstable();
    verdicts.dedup();
    let counted = Counted::parts(parts, verdicts.len() == 1);
    let total = i64::from(counted.entries());
    let judgement = if counting.files.is_empty() {
        unknown("credentials-probe-no-verdict")
    } else {
        match judge(&counted) {
            // What is wrong is wrong, whatever stands in a file that was not checked for long.
            found if found.outcome == Outcome::Violated || !has_old => found,
            _ => unknown("credentials-probe-old"),
        }
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
