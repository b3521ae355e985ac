//! Who is asked at recertification whether a permission is still needed.

use yagura_kernel::id::PersonId;
use yagura_kernel::person::Role;
use yagura_kernel::policy::{Action, RULES};

use super::{Content, person_key};

/// Somebody with roles in the institution.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Colleague {
    pub(crate) person: PersonId,
    pub(crate) name: String,
    pub(crate) roles: Vec<Role>,
}

impl Colleague {
    /// Whether their role lets them say that a permission is still needed.
    pub(crate) fn may_recertify(&self) -> bool {
        RULES
            .iter()
            .filter(|rule| rule.action == Action::RecertifyPermissions)
            .any(|rule| self.roles.iter().any(|role| rule.roles.contains(role)))
    }
}

/// Those who can be asked.
#[derive(Debug, Clone)]
pub(crate) struct Reviewers {
    colleagues: Vec<Colleague>,
}

impl Reviewers {
    pub(crate) fn new(colleagues: Vec<Colleague>) -> Self {
        Self { colleagues }
    }

    /// Who is asked about a permission: the superior who is named on it, while they have a role by
    /// which they can answer and it is not their own permission. `None`: whoever answers for the
    /// systems' safety.
    pub(crate) fn of(&self, content: &Content) -> Option<PersonId> {
        let superior = content.superior();
        let own = person_key(content.person());
        self.colleagues
            .iter()
            .find(|one| {
                let is_named = match (superior, content) {
                    (Some(superior), _) => one.person == superior,
                    (None, Content::Permission(said)) => {
                        !said.superior_name.is_empty()
                            && person_key(&said.superior_name) == person_key(&one.name)
                    }
                    (None, _) => false,
                };
                is_named && one.may_recertify() && person_key(&one.name) != own
            })
            .map(|one| one.person)
    }

    /// Who is asked about what no superior answers for: who is responsible for the systems'
    /// safety, else the director.
    pub(crate) fn general(&self) -> Vec<PersonId> {
        [Role::SafetyManager, Role::Director]
            .iter()
            .map(|role| {
                let holders = self.colleagues.iter();
                let holders = holders.filter(|one| one.roles.contains(role));
                holders.map(|one| one.person).collect::<Vec<_>>()
            })
            .find(|found| !found.is_empty())
            .unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::model::Permission;

    fn colleague(n: u128, name: &str, role: Role) -> Colleague {
        Colleague {
            person: Uuid::from_u128(n).into(),
            name: name.to_owned(),
            roles: vec![role],
        }
    }

    #[test]
    fn the_superior_is_asked_and_nobody_about_themselves() {
        let reviewers = Reviewers::new(vec![
            colleague(1, "架空 院長", Role::Director),
            colleague(2, "外来 科長", Role::DepartmentHead),
            colleague(3, "受付 職員", Role::Staff),
        ]);
        let of = |name: &str, superior: Option<u128>, superior_name: &str| {
            let said = Permission {
                name: name.to_owned(),
                superior: superior.map(|n| Uuid::from_u128(n).into()),
                superior_name: superior_name.to_owned(),
                ..Permission::default()
            };
            let asked = reviewers.of(&said.into());
            asked.map(|person| person.uuid().as_u128())
        };
        assert_eq!(of("看護 花子", Some(2), ""), Some(2));
        assert_eq!(of("看護 花子", None, "外来　科長"), Some(2));
        assert_eq!(of("看護 花子", None, ""), None);
        assert_eq!(
            of("看護 花子", Some(3), ""),
            None,
            "their role does not let them"
        );
        assert_eq!(of("看護 花子", Some(9), ""), None, "they have left");
        assert_eq!(of("外来科長", Some(2), ""), None, "nobody about themselves");
        assert_eq!(reviewers.general(), [Uuid::from_u128(1).into()]);
    }
}
