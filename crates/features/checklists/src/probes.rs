//! Automatic checks of this feature: what the directory and the accounts say about a checklist's
//! answers.

use async_trait::async_trait;
use yagura_identity::accounts::{self, AccountStatus};
use yagura_kernel::person::Role;
use yagura_kernel::probe::{Finding, Measurement, Outcome, Probe, ProbeError, Subject, Weight};
use yagura_kernel::time::Instant;
use yagura_store::Database;
use yagura_store::directory::holders;

/// For how many days a measurement holds: the daily round may fail once.
const DAYS: i64 = 2;

fn finding(message: &str, arguments: &[(&str, String)]) -> Finding {
    Finding {
        message: message.to_owned(),
        arguments: arguments
            .iter()
            .map(|(name, value)| ((*name).to_owned(), value.clone()))
            .collect(),
    }
}

fn measurement(
    outcome: Outcome,
    finding: Finding,
    (covered, total): (i64, i64),
    now: Instant,
) -> Measurement {
    Measurement {
        outcome,
        finding,
        covered,
        total,
        measured_at: now,
        valid_until: now.plus_days(DAYS),
    }
}

/// Whether a 医療情報システム安全管理責任者 is appointed today (checklist item 1-①). Decides.
pub(crate) struct SafetyManagerAppointed {
    pub(crate) database: Database,
}

#[async_trait]
impl Probe for SafetyManagerAppointed {
    fn id(&self) -> &'static str {
        "safety-manager-appointed"
    }

    fn weight(&self) -> Weight {
        Weight::Decides
    }

    async fn measure(&self, subject: Subject) -> Result<Measurement, ProbeError> {
        let found = holders(
            &self.database,
            subject.organization,
            Role::SafetyManager,
            subject.today,
        )
        .await
        .map_err(|error| ProbeError {
            probe: self.id(),
            reason: error.to_string(),
        })?;
        let names: Vec<&str> = found.iter().map(|holder| holder.name.as_str()).collect();
        let (outcome, finding) = if names.is_empty() {
            (Outcome::Violated, finding("probe-safety-manager-none", &[]))
        } else {
            let names = names.join("、");
            (
                Outcome::Satisfied,
                finding("probe-safety-manager-is", &[("names", names)]),
            )
        };
        Ok(measurement(outcome, finding, (1, 1), subject.now))
    }
}

/// How many of those who can sign in for an institution have a second factor on Yagura itself. Only
/// supports the item on two factors, because it says nothing about the medical systems.
pub(crate) struct AccountTwoFactor {
    pub(crate) database: Database,
}

#[async_trait]
impl Probe for AccountTwoFactor {
    fn id(&self) -> &'static str {
        "account-two-factor"
    }

    fn weight(&self) -> Weight {
        Weight::Supports
    }

    async fn measure(&self, subject: Subject) -> Result<Measurement, ProbeError> {
        let accounts =
            accounts::of_organization(&self.database, subject.organization, subject.today)
                .await
                .map_err(|error| ProbeError {
                    probe: self.id(),
                    reason: error.to_string(),
                })?;
        let active: Vec<_> = accounts
            .iter()
            .filter(|account| account.status == AccountStatus::Active)
            .collect();
        let number = |count: usize| i64::try_from(count).unwrap_or(i64::MAX);
        let total = number(active.len());
        let with_factor = number(
            active
                .iter()
                .filter(|account| account.has_totp || account.passkeys > 0)
                .count(),
        );
        let outcome = if total == 0 {
            Outcome::Unknown
        } else if with_factor == total {
            Outcome::Satisfied
        } else {
            Outcome::Violated
        };
        let finding = if total == 0 {
            finding("probe-two-factor-no-accounts", &[])
        } else {
            finding(
                "probe-two-factor-counts",
                &[
                    ("with", with_factor.to_string()),
                    ("accounts", total.to_string()),
                ],
            )
        };
        Ok(measurement(
            outcome,
            finding,
            (with_factor, total),
            subject.now,
        ))
    }
}
