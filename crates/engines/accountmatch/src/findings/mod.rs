//! Which accounts should not be there, and what each finding rests on.
//!
//! An account that is stopped or past its own end opens nothing and gives no finding. Where a
//! source does not say whether an account is stopped, it counts as usable, and the finding says
//! that this is not known. What a source does not tell at all gives no finding and no acquittal:
//! it stands in [`Reconciliation::untold`].

mod judge;
mod proof;

use std::collections::{BTreeMap, HashMap, HashSet};

use serde::{Deserialize, Serialize};
use time::{Date, OffsetDateTime};

use crate::matching::{Decision, Directory, Owner};
use crate::model::{Account, Aspect, Exception, Grant, Moment, Staff};
use crate::text;
use judge::Judge;

pub use proof::{Newer, Proof};

/// What is wrong with an account, the gravest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FindingKind {
    /// Of somebody who has left.
    Leaver,
    /// Administrator rights that nobody granted.
    AdministratorWithoutGrant,
    /// Of nobody.
    Nobody,
    /// The permission has ended.
    PastEnd,
    /// May have no password.
    NoPassword,
    /// More functions than were granted.
    BeyondGrant,
    /// Used by several people.
    Shared,
    /// Wrong passwords do not lock.
    LockoutOff,
    /// Not used for long.
    Dormant,
    /// The password was never changed.
    PasswordNeverChanged,
    /// The password never expires.
    PasswordNeverExpires,
}

impl FindingKind {
    /// Every kind, the gravest first.
    pub const ALL: &'static [Self] = &[
        Self::Leaver,
        Self::AdministratorWithoutGrant,
        Self::Nobody,
        Self::PastEnd,
        Self::NoPassword,
        Self::BeyondGrant,
        Self::Shared,
        Self::LockoutOff,
        Self::Dormant,
        Self::PasswordNeverChanged,
        Self::PasswordNeverExpires,
    ];

    /// Code that stays the same in storage and in the API.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Leaver => "leaver",
            Self::AdministratorWithoutGrant => "administrator_without_grant",
            Self::Nobody => "nobody",
            Self::PastEnd => "past_end",
            Self::NoPassword => "no_password",
            Self::BeyondGrant => "beyond_grant",
            Self::Shared => "shared",
            Self::LockoutOff => "lockout_off",
            Self::Dormant => "dormant",
            Self::PasswordNeverChanged => "password_never_changed",
            Self::PasswordNeverExpires => "password_never_expires",
        }
    }

    /// The kind with this code.
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|kind| kind.code() == code)
    }

    /// What a source must tell for this to be found.
    #[must_use]
    pub fn needs(self) -> Option<Aspect> {
        match self {
            Self::AdministratorWithoutGrant => Some(Aspect::Privileges),
            Self::BeyondGrant => Some(Aspect::Groups),
            Self::LockoutOff => Some(Aspect::Lockout),
            Self::Dormant => Some(Aspect::LastSignIn),
            Self::PasswordNeverChanged => Some(Aspect::PasswordSet),
            Self::PasswordNeverExpires => Some(Aspect::PasswordNeverExpires),
            _ => None,
        }
    }
}

/// How grave a finding is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Gravity {
    /// Worth a look when the list is next gone through.
    Low,
    /// To be mended within weeks.
    Medium,
    /// To be mended within days.
    High,
    /// To be mended today.
    Critical,
}

/// What a finding rests on.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "ground")]
pub enum Ground {
    /// The owner's last day.
    LeftOn {
        /// [`Staff::key`].
        staff: String,
        /// The day; none where the person is only missing in the list.
        on: Option<Date>,
    },
    /// Confirmed for somebody whom the staff list no longer names.
    NotInList {
        /// [`Staff::key`].
        staff: String,
    },
    /// Nobody on the staff list fits.
    NobodyFits,
    /// A person confirmed that it is nobody's.
    ConfirmedNobody,
    /// So many people fit by name; nobody has confirmed one.
    Unconfirmed {
        /// How many.
        candidates: usize,
    },
    /// Nobody answers for an account that is shared or of a program.
    NobodyAnswers,
    /// Whether the account is stopped the source does not say.
    EnabledNotKnown,
    /// These groups or flags give administrator rights.
    Administrator {
        /// The groups or flags.
        by: Vec<String>,
    },
    /// No grant for administrator rights in force.
    NoGrant,
    /// The last grant ended.
    GrantEnded {
        /// [`Grant::id`].
        grant: String,
        /// Its last day.
        on: Date,
    },
    /// Functions that no grant in force covers.
    NotGranted {
        /// The functions.
        functions: Vec<String>,
    },
    /// Last used so many days ago.
    LastSignIn {
        /// The moment.
        #[serde(with = "time::serde::rfc3339")]
        at: OffsetDateTime,
        /// Days since.
        days: i64,
    },
    /// Never used, and made so many days ago where that is known.
    NeverUsed {
        /// Days since the account was made.
        days: Option<i64>,
    },
    /// The password was last set at this moment, so many days ago.
    PasswordSet {
        /// The moment.
        #[serde(with = "time::serde::rfc3339")]
        at: OffsetDateTime,
        /// Days since.
        days: i64,
    },
    /// No password was ever set.
    PasswordNeverSet,
    /// The account's setting says so.
    Setting,
    /// The policy of the whole source says so.
    Policy,
    /// Confirmed as shared.
    ConfirmedShared,
    /// The user name or the name shown looks like one of several people.
    LooksShared,
}

/// One finding.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding {
    /// Source of the account.
    pub source: String,
    /// Account within the source ([`Account::key`]); empty for the source as a whole.
    pub account: String,
    /// What is wrong.
    pub kind: FindingKind,
    /// How grave it is.
    pub gravity: Gravity,
    /// What it rests on; never empty.
    pub grounds: Vec<Ground>,
    /// Position of the owner in the staff list, where known.
    pub owner: Option<usize>,
    /// [`Exception::id`] of a running exception.
    pub excepted: Option<String>,
}

/// The accounts of a source, as last exported.
#[derive(Debug, Clone)]
pub struct Source<'a> {
    /// Identifier of the caller's.
    pub id: &'a str,
    /// The accounts.
    pub accounts: &'a [Account],
    /// Whether wrong passwords lock, for the source as a whole.
    pub lockout: Option<bool>,
    /// Whether groups are held against the functions of grants. Systems that name their groups
    /// otherwise say here which group gives which function; other groups say nothing.
    pub functions: Option<BTreeMap<String, String>>,
}

/// What the institution has set.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Settings {
    /// The moment at which everything is looked at.
    #[serde(with = "time::serde::rfc3339")]
    pub now: OffsetDateTime,
    /// The day on which it is, where the institution is.
    pub today: Date,
    /// Days without a sign-in after which an account is dormant.
    pub dormant_days: u32,
    /// Days after which a password that was never changed is a finding.
    pub password_days: u32,
}

impl Settings {
    /// At a moment, with 90 days each.
    #[must_use]
    pub fn at(now: OffsetDateTime, today: Date) -> Self {
        Self {
            now,
            today,
            dormant_days: 90,
            password_days: 90,
        }
    }
}

/// Everything that is held against each other.
#[derive(Debug, Clone)]
pub struct Estate<'a> {
    /// Everybody whom personnel knows, also those who have left.
    pub staff: &'a [Staff],
    /// The sources.
    pub sources: &'a [Source<'a>],
    /// What people decided: by source, then by account.
    pub decisions: &'a HashMap<String, HashMap<String, Decision>>,
    /// Whom people said no to: by source, then by account, keys of staff.
    pub refused: &'a HashMap<String, HashMap<String, Vec<String>>>,
    /// What was granted.
    pub grants: &'a [Grant],
    /// What was accepted.
    pub exceptions: &'a [Exception],
}

/// What a source does not tell.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Untold {
    /// The source.
    pub source: String,
    /// What.
    pub aspect: Aspect,
    /// Of how many usable accounts.
    pub accounts: usize,
}

/// What came out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reconciliation {
    /// For each source, for each account: whose it is.
    pub owners: Vec<Vec<Owner>>,
    /// The findings, the gravest first, then by source and account.
    pub findings: Vec<Finding>,
    /// What is not known.
    pub untold: Vec<Untold>,
}

/// Grants by whom and what they are for.
struct Grants<'a> {
    by_staff: HashMap<(&'a str, &'a str), Vec<&'a Grant>>,
    by_account: HashMap<(&'a str, String), Vec<&'a Grant>>,
}

impl<'a> Grants<'a> {
    fn of(grants: &'a [Grant]) -> Self {
        let mut indexed = Self {
            by_staff: HashMap::new(),
            by_account: HashMap::new(),
        };
        for grant in grants {
            if let Some(staff) = &grant.staff {
                let key = (grant.source.as_str(), staff.as_str());
                indexed.by_staff.entry(key).or_default().push(grant);
            }
            if let Some(account) = &grant.account {
                let key = (grant.source.as_str(), text::identifier(account));
                indexed.by_account.entry(key).or_default().push(grant);
            }
        }
        indexed
    }

    fn for_account(&self, source: &str, account: &str, staff: Option<&str>) -> Vec<&'a Grant> {
        let mut found: Vec<&Grant> = Vec::new();
        if let Some(staff) = staff {
            found.extend(self.by_staff.get(&(source, staff)).into_iter().flatten());
        }
        let by_account = self.by_account.get(&(source, account.to_owned()));
        found.extend(by_account.into_iter().flatten());
        found
    }
}

/// Holds accounts against people, grants and exceptions.
#[must_use]
pub fn reconcile(estate: &Estate<'_>, settings: &Settings) -> Reconciliation {
    let directory = Directory::of(estate.staff);
    let grants = Grants::of(estate.grants);
    let exceptions: HashMap<(&str, String, FindingKind), &Exception> = estate
        .exceptions
        .iter()
        .filter(|exception| exception.until >= settings.today)
        .map(|exception| {
            let account = text::identifier(&exception.account);
            (
                (exception.source.as_str(), account, exception.kind),
                exception,
            )
        })
        .collect();
    let mut result = Reconciliation {
        owners: Vec::with_capacity(estate.sources.len()),
        findings: Vec::new(),
        untold: Vec::new(),
    };
    for source in estate.sources {
        let decisions = estate.decisions.get(source.id);
        let refused = estate.refused.get(source.id);
        let mut owners = Vec::with_capacity(source.accounts.len());
        let mut missing: BTreeMap<Aspect, usize> = BTreeMap::new();
        for account in source.accounts {
            let key = account.key();
            let owner = directory.owner(
                account,
                decisions.and_then(|decisions| decisions.get(&key)),
                refused
                    .and_then(|refused| refused.get(&key))
                    .map_or(&[], Vec::as_slice),
            );
            if is_usable(account, settings.now) {
                let mut judge = Judge {
                    source,
                    account,
                    key: &key,
                    settings,
                    estate,
                    grants: &grants,
                    exceptions: &exceptions,
                    findings: &mut result.findings,
                };
                judge.all(&owner);
                for aspect in not_told(account, source) {
                    *missing.entry(aspect).or_default() += 1;
                }
            }
            owners.push(owner);
        }
        if source.lockout == Some(false) {
            result.findings.push(Finding {
                source: source.id.to_owned(),
                account: String::new(),
                kind: FindingKind::LockoutOff,
                gravity: Gravity::Medium,
                grounds: vec![Ground::Policy],
                owner: None,
                excepted: exceptions
                    .get(&(source.id, String::new(), FindingKind::LockoutOff))
                    .map(|exception| exception.id.clone()),
            });
        }
        result
            .untold
            .extend(missing.into_iter().map(|(aspect, accounts)| Untold {
                source: source.id.to_owned(),
                aspect,
                accounts,
            }));
        result.owners.push(owners);
    }
    result.findings.sort_by(|one, other| {
        other
            .gravity
            .cmp(&one.gravity)
            .then(one.kind.cmp(&other.kind))
            .then_with(|| one.source.cmp(&other.source))
            .then_with(|| one.account.cmp(&other.account))
    });
    result
}

/// Whether one can sign in with the account, as far as the source says.
#[must_use]
pub fn is_usable(account: &Account, now: OffsetDateTime) -> bool {
    account.enabled != Some(false) && !matches!(account.expires, Moment::At(end) if end <= now)
}

fn not_told(account: &Account, source: &Source<'_>) -> Vec<Aspect> {
    let mut missing = Vec::new();
    let mut note = |is_known: bool, aspect: Aspect| {
        if !is_known {
            missing.push(aspect);
        }
    };
    note(account.enabled.is_some(), Aspect::Enabled);
    note(account.last_sign_in.is_known(), Aspect::LastSignIn);
    note(account.password_set.is_known(), Aspect::PasswordSet);
    note(
        account.password_never_expires.is_some(),
        Aspect::PasswordNeverExpires,
    );
    note(
        source.lockout.or(account.lockout).is_some(),
        Aspect::Lockout,
    );
    note(account.groups_known, Aspect::Groups);
    note(account.privileged().is_some(), Aspect::Privileges);
    missing
}

/// Staff of a list together with those whom earlier lists named and this one no longer does: they
/// have left on the day that is known, or before the list was made.
#[must_use]
pub fn with_vanished(current: &[Staff], vanished: &[(Staff, Date)]) -> Vec<Staff> {
    let known: HashSet<&str> = current.iter().map(|staff| staff.key.as_str()).collect();
    let mut all = current.to_vec();
    for (staff, noticed) in vanished {
        if known.contains(staff.key.as_str()) {
            continue;
        }
        let mut staff = staff.clone();
        if !staff.has_left(*noticed) {
            staff.periods.retain(|period| period.until.is_some());
            staff.periods.push(crate::model::Period {
                from: None,
                until: noticed.previous_day(),
            });
        }
        all.push(staff);
    }
    all
}
