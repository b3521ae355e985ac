//! What a newer export proves of what was found before.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

use super::{FindingKind, is_usable};
use crate::model::Account;

/// What a newer export of the same source says of a finding of before.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Proof {
    /// The account is no longer there.
    Removed,
    /// The account is stopped.
    Disabled,
    /// The account stays, and what was wrong no longer is.
    Mended,
    /// It is still so.
    StillThere,
    /// The account has another name now; what was wrong with it goes on there.
    Renamed,
    /// The newer export does not tell what is needed, or stops in the middle.
    NotProven,
}

impl Proof {
    /// Whether the finding is remedied.
    #[must_use]
    pub fn is_remedied(self) -> bool {
        matches!(self, Self::Removed | Self::Disabled | Self::Mended)
    }
}

/// The newer export, indexed to ask what it proves.
#[derive(Debug)]
pub struct Newer<'a> {
    by_key: HashMap<String, &'a Account>,
    by_stable_id: HashMap<&'a str, &'a Account>,
    lockout: Option<bool>,
    cut_off: bool,
    now: OffsetDateTime,
}

impl<'a> Newer<'a> {
    /// Of the accounts of the export; `cut_off` as the reader said.
    #[must_use]
    pub fn of(
        accounts: &'a [Account],
        lockout: Option<bool>,
        cut_off: bool,
        now: OffsetDateTime,
    ) -> Self {
        Self {
            by_key: accounts
                .iter()
                .map(|account| (account.key(), account))
                .collect(),
            by_stable_id: accounts
                .iter()
                .filter_map(|account| Some((account.stable_id.as_deref()?, account)))
                .collect(),
            lockout,
            cut_off,
            now,
        }
    }

    /// What it proves of a finding; `is_found` says whether the newer reconciliation has it too,
    /// `stable_id` is the account's in the older export.
    #[must_use]
    pub fn proof(
        &self,
        account: &str,
        stable_id: Option<&str>,
        kind: FindingKind,
        is_found: bool,
    ) -> Proof {
        if is_found {
            return Proof::StillThere;
        }
        if account.is_empty() {
            return if self.lockout == Some(true) {
                Proof::Mended
            } else {
                Proof::NotProven
            };
        }
        let Some(now) = self.by_key.get(account) else {
            if self.cut_off {
                return Proof::NotProven;
            }
            let renamed = stable_id
                .and_then(|id| self.by_stable_id.get(id))
                .is_some_and(|account| is_usable(account, self.now));
            return if renamed {
                Proof::Renamed
            } else {
                Proof::Removed
            };
        };
        if !is_usable(now, self.now) {
            return Proof::Disabled;
        }
        let is_told = match kind {
            FindingKind::AdministratorWithoutGrant => now.privileged().is_some(),
            FindingKind::BeyondGrant => now.groups_known,
            FindingKind::LockoutOff => self.lockout.or(now.lockout).is_some(),
            FindingKind::Dormant => now.last_sign_in.is_known(),
            FindingKind::PasswordNeverChanged => now.password_set.is_known(),
            FindingKind::PasswordNeverExpires => now.password_never_expires.is_some(),
            FindingKind::NoPassword => now.password_not_required.is_some(),
            FindingKind::Leaver
            | FindingKind::Nobody
            | FindingKind::PastEnd
            | FindingKind::Shared => true,
        };
        if is_told {
            Proof::Mended
        } else {
            Proof::NotProven
        }
    }
}
