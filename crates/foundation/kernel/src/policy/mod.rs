//! The one policy: who may do what to whose records.
//!
//! Everything is denied that no line of [`table`] allows. A repository takes an
//! [`Authorized`] proof, which only this module can make, so a handler cannot reach records
//! without a decision. The whole table is printed into `matrix.golden.txt`, which a person who
//! does not program can read; a test holds the two against each other.

mod action;
mod table;

use std::marker::PhantomData;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

pub use action::{Action, ActionType, actions};
pub use table::{RULES, Rule};

use crate::id::{AccountId, OrganizationId, PersonId};
use crate::organization::OrganizationKind;
use crate::person::Role;
use crate::relation::SharingLevel;

/// Who stands behind a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "kind")]
pub enum Actor {
    /// A signed-in person.
    Person {
        /// The person.
        person: PersonId,
        /// The account by which they signed in.
        account: AccountId,
    },
    /// The holder of an expiring link to one institution's inspection pack.
    InspectionLink,
    /// The program itself: jobs and the command line.
    System,
}

/// A request's identity: who, acting for which organisation, in which roles.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Principal {
    /// Who it is.
    pub actor: Actor,
    /// The organisation one acts for.
    pub organization: OrganizationId,
    /// What that organisation is.
    pub organization_kind: OrganizationKind,
    /// The roles one holds there today.
    pub roles: Vec<Role>,
    /// Whether this session passed a second factor.
    pub second_factor: bool,
    /// The actions an API token is limited to; `None` for a person's own session.
    pub token_actions: Option<Vec<Action>>,
}

/// How the organisation one acts for stands to the organisation that a record belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    /// It is the same organisation (or a department of it).
    Own,
    /// One oversees it, or it is one's member, and it shares this much.
    Overseen(SharingLevel),
    /// One supplies it.
    Supplied,
    /// The record belongs to the installation, not to an institution.
    Installation,
    /// There is no relation.
    Foreign,
}

/// What a decision is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Resource {
    /// The organisation that the record belongs to.
    pub organization: OrganizationId,
    /// How the principal's organisation stands to it.
    pub standing: Standing,
}

/// Why something was denied. The reason goes to the log and the audit trail, never to a stranger.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Denial {
    /// No role that one holds allows it.
    #[error("no role of the principal allows this action")]
    Role,
    /// The organisations do not stand to each other as the action needs.
    #[error("the organisation has no relation that allows this action")]
    Relation,
    /// The institution shares less than the action needs.
    #[error("the institution does not share this much")]
    Sharing,
    /// The role needs a second factor and the session has none.
    #[error("the role needs a second factor")]
    SecondFactor,
    /// The API token does not carry the scope.
    #[error("the token does not carry the scope")]
    TokenScope,
}

/// The outcome of a decision.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decision {
    /// It may be done.
    Allow,
    /// It may not.
    Deny(Denial),
}

/// Decides whether a principal may do something to a resource.
#[must_use]
pub fn decide(principal: &Principal, action: Action, resource: &Resource) -> Decision {
    if let Some(scopes) = &principal.token_actions
        && !scopes.contains(&action)
    {
        return Decision::Deny(Denial::TokenScope);
    }
    if principal.actor == Actor::System {
        return Decision::Allow;
    }
    if principal.actor == Actor::InspectionLink {
        let own = resource.standing == Standing::Own;
        return if own && action::INSPECTION_LINK_ACTIONS.contains(&action) {
            Decision::Allow
        } else {
            Decision::Deny(Denial::Role)
        };
    }
    let mut denial = Denial::Role;
    let mut missing_factor = false;
    for rule in RULES.iter().filter(|rule| rule.action == action) {
        let holds = |role: &&Role| rule.roles.contains(role);
        let Some(role) = principal.roles.iter().find(holds) else {
            continue;
        };
        match rule.standing_allows(resource.standing) {
            Ok(()) => {
                let satisfied = principal
                    .roles
                    .iter()
                    .filter(holds)
                    .any(|role| !role.needs_second_factor() || principal.second_factor);
                if satisfied {
                    return Decision::Allow;
                }
                debug_assert!(role.needs_second_factor());
                missing_factor = true;
            }
            Err(reason) => denial = reason,
        }
    }
    if missing_factor {
        denial = Denial::SecondFactor;
    }
    Decision::Deny(denial)
}

/// Proof that a principal was allowed an action on an organisation's records.
#[derive(Debug, Clone)]
pub struct Authorized<A: ActionType> {
    principal: Arc<Principal>,
    organization: OrganizationId,
    standing: Standing,
    action: PhantomData<A>,
}

impl<A: ActionType> Authorized<A> {
    /// Who was authorised.
    #[must_use]
    pub fn principal(&self) -> &Principal {
        &self.principal
    }

    /// On whose records.
    #[must_use]
    pub const fn organization(&self) -> OrganizationId {
        self.organization
    }

    /// How the principal's organisation stands to them.
    #[must_use]
    pub const fn standing(&self) -> Standing {
        self.standing
    }

    /// The action that was allowed.
    #[must_use]
    pub const fn action(&self) -> Action {
        A::ACTION
    }
}

/// Decides and, where it is allowed, hands out the proof.
///
/// # Errors
/// The [`Denial`] where it is not allowed.
pub fn authorize<A: ActionType>(
    principal: &Arc<Principal>,
    resource: &Resource,
) -> Result<Authorized<A>, Denial> {
    match decide(principal, A::ACTION, resource) {
        Decision::Allow => Ok(Authorized {
            principal: Arc::clone(principal),
            organization: resource.organization,
            standing: resource.standing,
            action: PhantomData,
        }),
        Decision::Deny(denial) => Err(denial),
    }
}

/// The set of organisations whose records a list may show, for use in SQL.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Scope {
    /// Records of this organisation.
    pub own: Option<OrganizationId>,
    /// Records of those that this organisation oversees and that share at least this much.
    pub overseen: Option<(OrganizationId, SharingLevel)>,
    /// Records of the customers of this vendor.
    pub customers: Option<OrganizationId>,
}

/// The organisations on whose records a principal may do something, from the same table by which
/// [`decide`] decides.
#[must_use]
pub fn scope(principal: &Principal, action: Action) -> Scope {
    let organization = principal.organization;
    let allows = |standing| {
        decide(
            principal,
            action,
            &Resource {
                organization,
                standing,
            },
        ) == Decision::Allow
    };
    Scope {
        own: allows(Standing::Own).then_some(organization),
        overseen: SharingLevel::ALL
            .into_iter()
            .find(|level| allows(Standing::Overseen(*level)))
            .map(|level| (organization, level)),
        customers: allows(Standing::Supplied).then_some(organization),
    }
}

#[cfg(test)]
mod tests;
