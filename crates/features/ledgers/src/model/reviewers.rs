//! Who is asked at recertification whether a permission is still needed.

use std::collections::HashMap;

use yagura_kernel::id::PersonId;
use yagura_kernel::person::Role;
use yagura_kernel::policy::{Action, RULES};

use super::{AskedAs, Content, person_key};

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

/// Who is asked about a permission, and why they are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Asked {
    /// Nobody in particular: whoever answers for the systems' safety.
    pub(crate) person: Option<PersonId>,
    pub(crate) asked_as: AskedAs,
}

/// Those who can be asked.
#[derive(Debug, Clone)]
pub(crate) struct Reviewers {
    colleagues: Vec<Colleague>,
    /// Who answers for each department, by its name without differences of writing.
    heads: HashMap<String, PersonId>,
}

impl Reviewers {
    /// `departments` says who answers for each.
    pub(crate) fn new(
        colleagues: Vec<Colleague>,
        departments: Vec<(String, Option<PersonId>)>,
    ) -> Self {
        let heads = departments
            .into_iter()
            .filter_map(|(name, head)| Some((person_key(&name), head?)))
            .collect();
        Self { colleagues, heads }
    }

    /// Who is asked about a permission: the superior who is named on it; else who answers for the
    /// department; else, in nobody's place, whoever answers for the systems' safety. Nobody is asked
    /// about their own permission, or without a role by which they can answer.
    pub(crate) fn of(&self, content: &Content) -> Asked {
        let (named, is_named) = self.superior(content);
        let own = person_key(content.person());
        let can = |one: &&Colleague| one.may_recertify() && person_key(&one.name) != own;
        if let Some(superior) = named.filter(can) {
            return Asked {
                person: Some(superior.person),
                asked_as: AskedAs::Superior,
            };
        }
        let department = person_key(content.department());
        let head = self.heads.get(&department);
        let answering = head
            .and_then(|head| self.colleagues.iter().find(|one| one.person == *head))
            .filter(can);
        if let Some(head) = answering {
            return Asked {
                person: Some(head.person),
                asked_as: AskedAs::Head,
            };
        }
        let asked_as = if head.is_some() || (is_named && department.is_empty()) {
            AskedAs::CannotAnswer
        } else if department.is_empty() {
            AskedAs::NoDepartment
        } else {
            AskedAs::NoHead
        };
        Asked {
            person: None,
            asked_as,
        }
    }

    /// The superior who is named, where they are a colleague, and whether one is named at all.
    fn superior(&self, content: &Content) -> (Option<&Colleague>, bool) {
        let name = match content {
            Content::Permission(said) => person_key(&said.superior_name),
            _ => String::new(),
        };
        let superior = content.superior();
        let is_named = superior.is_some() || !name.is_empty();
        let found = self.colleagues.iter().find(|one| match superior {
            Some(superior) => one.person == superior,
            None => !name.is_empty() && person_key(&one.name) == name,
        });
        (found, is_named)
    }

    /// Those who can be asked in another's place, by name.
    pub(crate) fn able(&self) -> Vec<&Colleague> {
        let able = self.colleagues.iter().filter(|one| one.may_recertify());
        let mut able: Vec<&Colleague> = able.collect();
        able.sort_by(|one, other| (&one.name, one.person).cmp(&(&other.name, other.person)));
        able
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

    fn id(n: u128) -> PersonId {
        Uuid::from_u128(n).into()
    }

    #[test]
    fn the_superior_is_asked_else_the_departments_head_and_nobody_about_themselves() {
        let reviewers = Reviewers::new(
            vec![
                colleague(1, "架空 院長", Role::Director),
                colleague(2, "外来 科長", Role::DepartmentHead),
                colleague(3, "受付 職員", Role::Staff),
                colleague(4, "薬剤 部長", Role::DepartmentHead),
            ],
            vec![
                ("薬剤部".to_owned(), Some(id(4))),
                ("医事課".to_owned(), Some(id(3))),
                ("放射線科".to_owned(), Some(id(9))),
                ("検査科".to_owned(), None),
            ],
        );
        let of = |name: &str, superior: Option<u128>, superior_name: &str, department: &str| {
            let said = Permission {
                name: name.to_owned(),
                superior: superior.map(id),
                superior_name: superior_name.to_owned(),
                department: department.to_owned(),
                ..Permission::default()
            };
            let asked = reviewers.of(&said.into());
            let person = asked.person.map(|person| person.uuid().as_u128());
            (person, asked.asked_as)
        };
        use AskedAs::{CannotAnswer, Head, NoDepartment, NoHead, Superior};
        let hanako = "看護 花子";
        assert_eq!(of(hanako, Some(2), "", "薬剤部"), (Some(2), Superior));
        assert_eq!(of(hanako, None, "外来　科長", ""), (Some(2), Superior));
        assert_eq!(of(hanako, None, "", "薬剤部"), (Some(4), Head));
        assert_eq!(of(hanako, None, "", "薬剤 部"), (Some(4), Head));
        assert_eq!(
            of(hanako, Some(9), "", "薬剤部"),
            (Some(4), Head),
            "the superior has left"
        );
        assert_eq!(
            of("外来科長", Some(2), "", "薬剤部"),
            (Some(4), Head),
            "nobody about themselves"
        );
        assert_eq!(of("薬剤 部長", None, "", "薬剤部"), (None, CannotAnswer));
        assert_eq!(
            of(hanako, None, "", "医事課"),
            (None, CannotAnswer),
            "the role does not let them"
        );
        assert_eq!(of(hanako, None, "", "放射線科"), (None, CannotAnswer));
        assert_eq!(of(hanako, Some(3), "", ""), (None, CannotAnswer));
        assert_eq!(of(hanako, None, "", "検査科"), (None, NoHead));
        assert_eq!(of(hanako, None, "", "栄養科"), (None, NoHead));
        assert_eq!(of(hanako, None, "", ""), (None, NoDepartment));
        assert_eq!(reviewers.general(), [id(1)]);
        let able: Vec<PersonId> = reviewers.able().iter().map(|one| one.person).collect();
        assert_eq!(able.len(), 3);
        assert!(!able.contains(&id(3)));
    }
}
