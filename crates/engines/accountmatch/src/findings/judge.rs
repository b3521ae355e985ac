//! One account: whose it is, what was granted, how it is used.

use std::collections::{HashMap, HashSet};

use time::{Date, Duration, OffsetDateTime};

use super::{Estate, Finding, FindingKind, Grants, Gravity, Ground, Settings, Source};
use crate::matching::{Owner, likely_kind};
use crate::model::{Account, AccountKind, Exception, Grant, Moment};
use crate::text;

/// Judges one account.
pub(super) struct Judge<'a, 'b> {
    pub(super) source: &'a Source<'a>,
    pub(super) account: &'a Account,
    pub(super) key: &'a str,
    pub(super) settings: &'a Settings,
    pub(super) estate: &'a Estate<'a>,
    pub(super) grants: &'a Grants<'a>,
    pub(super) exceptions: &'a HashMap<(&'a str, String, FindingKind), &'a Exception>,
    pub(super) findings: &'b mut Vec<Finding>,
}

impl Judge<'_, '_> {
    fn found(
        &mut self,
        kind: FindingKind,
        gravity: Gravity,
        owner: Option<usize>,
        mut grounds: Vec<Ground>,
    ) {
        if self.account.enabled.is_none() {
            grounds.push(Ground::EnabledNotKnown);
        }
        let excepted = self
            .exceptions
            .get(&(self.source.id, self.key.to_owned(), kind))
            .map(|exception| exception.id.clone());
        self.findings.push(Finding {
            source: self.source.id.to_owned(),
            account: self.key.to_owned(),
            kind,
            gravity,
            grounds,
            owner,
            excepted,
        });
    }

    pub(super) fn all(&mut self, owner: &Owner) {
        let is_admin = self.account.privileged() == Some(true);
        let administrator = || Ground::Administrator {
            by: self.account.privileged_by.clone(),
        };
        let with_rights = |mut grounds: Vec<Ground>| {
            if is_admin {
                grounds.push(administrator());
            }
            grounds
        };
        let raised = |gravity: Gravity| if is_admin { Gravity::Critical } else { gravity };
        let looks = likely_kind(self.account);
        let mut person = None;
        let mut is_service = looks == Some(AccountKind::Service);
        let mut belongs_to_leaver = false;
        match owner {
            Owner::Staff { staff, .. } => {
                person = Some(*staff);
                is_service = false;
                if let Some(member) = self.estate.staff.get(*staff)
                    && let Some(on) = member.left_on(self.settings.today)
                {
                    belongs_to_leaver = true;
                    let mut grounds = with_rights(vec![Ground::LeftOn {
                        staff: member.key.clone(),
                        on: (on != Date::MIN).then_some(on),
                    }]);
                    // Used after the last day: somebody has the password.
                    if let Moment::At(at) = self.account.last_sign_in
                        && at.date() > on.saturating_add(Duration::DAY)
                    {
                        grounds.push(self.last_sign_in(at));
                    }
                    self.found(FindingKind::Leaver, Gravity::Critical, person, grounds);
                }
            }
            Owner::Gone { key } => {
                belongs_to_leaver = true;
                let grounds = with_rights(vec![Ground::NotInList { staff: key.clone() }]);
                self.found(FindingKind::Leaver, Gravity::Critical, None, grounds);
            }
            Owner::NotPersonal { kind, owner } => {
                person = *owner;
                is_service = *kind == AccountKind::Service;
                let answers = owner
                    .and_then(|owner| self.estate.staff.get(owner))
                    .is_some_and(|member| !member.has_left(self.settings.today));
                if !answers {
                    let grounds = with_rights(vec![Ground::NobodyAnswers]);
                    self.found(FindingKind::Nobody, raised(Gravity::High), None, grounds);
                }
                if *kind == AccountKind::Shared {
                    let grounds = with_rights(vec![Ground::ConfirmedShared]);
                    self.found(
                        FindingKind::Shared,
                        raised(Gravity::Medium),
                        person,
                        grounds,
                    );
                }
            }
            Owner::Nobody => {
                let grounds = with_rights(vec![Ground::ConfirmedNobody]);
                self.found(FindingKind::Nobody, raised(Gravity::High), None, grounds);
            }
            Owner::Open { candidates } => {
                if looks == Some(AccountKind::Shared) {
                    let grounds = with_rights(vec![Ground::LooksShared]);
                    self.found(FindingKind::Shared, raised(Gravity::Medium), None, grounds);
                }
                let (gravity, ground) = if candidates.is_empty() {
                    (Gravity::High, Ground::NobodyFits)
                } else {
                    // It may well be somebody's: a person only has to say whose.
                    let candidates = candidates.len();
                    (Gravity::Medium, Ground::Unconfirmed { candidates })
                };
                self.found(
                    FindingKind::Nobody,
                    raised(gravity),
                    None,
                    with_rights(vec![ground]),
                );
            }
        }
        self.against_grants(person, belongs_to_leaver);
        self.habits(person, is_service);
    }

    fn against_grants(&mut self, person: Option<usize>, belongs_to_leaver: bool) {
        let staff = person.and_then(|position| self.estate.staff.get(position));
        let grants = self.grants.for_account(
            self.source.id,
            self.key,
            staff.map(|staff| staff.key.as_str()),
        );
        let today = self.settings.today;
        let holding: Vec<&Grant> = grants
            .iter()
            .copied()
            .filter(|grant| grant.holds(today))
            .collect();
        if self.account.privileged() == Some(true) && !holding.iter().any(|grant| grant.privileged)
        {
            let mut grounds = vec![Ground::Administrator {
                by: self.account.privileged_by.clone(),
            }];
            let ended = grants
                .iter()
                .filter(|grant| grant.privileged)
                .filter_map(|grant| Some((grant.until?, *grant)))
                .max_by_key(|(on, _)| *on);
            grounds.push(match ended {
                Some((on, grant)) => Ground::GrantEnded {
                    grant: grant.id.clone(),
                    on,
                },
                None => Ground::NoGrant,
            });
            self.found(
                FindingKind::AdministratorWithoutGrant,
                Gravity::Critical,
                person,
                grounds,
            );
        }
        // A leaver's account is to go whatever was granted.
        if belongs_to_leaver {
            return;
        }
        if holding.is_empty() {
            let ended = grants
                .iter()
                .filter_map(|grant| Some((grant.until?, *grant)))
                .filter(|(on, _)| *on < today)
                .max_by_key(|(on, _)| *on);
            if let Some((on, grant)) = ended {
                let ground = Ground::GrantEnded {
                    grant: grant.id.clone(),
                    on,
                };
                self.found(FindingKind::PastEnd, Gravity::High, person, vec![ground]);
            }
            return;
        }
        let Some(functions) = &self.source.functions else {
            return;
        };
        if !self.account.groups_known || holding.iter().any(|grant| grant.functions.is_empty()) {
            return;
        }
        let granted: HashSet<String> = holding
            .iter()
            .flat_map(|grant| &grant.functions)
            .map(|function| text::word(function))
            .collect();
        let beyond: Vec<String> = self
            .account
            .groups
            .iter()
            .filter_map(|group| {
                if functions.is_empty() {
                    return Some(group);
                }
                functions.get(group)
            })
            .filter(|function| !granted.contains(&text::word(function)))
            .cloned()
            .collect();
        if !beyond.is_empty() {
            let ground = Ground::NotGranted { functions: beyond };
            self.found(
                FindingKind::BeyondGrant,
                Gravity::Medium,
                person,
                vec![ground],
            );
        }
    }

    fn last_sign_in(&self, at: OffsetDateTime) -> Ground {
        Ground::LastSignIn {
            at,
            days: (self.settings.now - at).whole_days(),
        }
    }

    /// How the account is used, and what holds for its password.
    fn habits(&mut self, person: Option<usize>, is_service: bool) {
        let account = self.account;
        let age = account
            .created
            .at()
            .map(|made| (self.settings.now - made).whole_days());
        match account.last_sign_in {
            Moment::At(at) => {
                let days = (self.settings.now - at).whole_days();
                if days >= i64::from(self.settings.dormant_days) {
                    let ground = self.last_sign_in(at);
                    self.found(FindingKind::Dormant, Gravity::Medium, person, vec![ground]);
                }
            }
            // A new account may wait for its first use.
            Moment::Never
                if age.is_none_or(|days| days >= i64::from(self.settings.dormant_days)) =>
            {
                let ground = Ground::NeverUsed { days: age };
                self.found(FindingKind::Dormant, Gravity::Medium, person, vec![ground]);
            }
            _ => {}
        }
        if account.lockout == Some(false) {
            self.found(
                FindingKind::LockoutOff,
                Gravity::Medium,
                person,
                vec![Ground::Setting],
            );
        }
        if account.password_not_required == Some(true) {
            self.found(
                FindingKind::NoPassword,
                Gravity::High,
                person,
                vec![Ground::Setting],
            );
        }
        match account.password_set {
            Moment::Never => self.found(
                FindingKind::PasswordNeverChanged,
                Gravity::Medium,
                person,
                vec![Ground::PasswordNeverSet],
            ),
            Moment::At(at) => {
                let days = (self.settings.now - at).whole_days();
                let first = account
                    .created
                    .at()
                    .is_some_and(|made| at <= made.saturating_add(Duration::days(1)));
                if first && days >= i64::from(self.settings.password_days) {
                    self.found(
                        FindingKind::PasswordNeverChanged,
                        Gravity::Low,
                        person,
                        vec![Ground::PasswordSet { at, days }],
                    );
                }
            }
            Moment::NotKnown => {}
        }
        if account.password_never_expires == Some(true) {
            let gravity = if is_service || account.privileged() != Some(true) {
                Gravity::Low
            } else {
                Gravity::Medium
            };
            self.found(
                FindingKind::PasswordNeverExpires,
                gravity,
                person,
                vec![Ground::Setting],
            );
        }
    }
}
