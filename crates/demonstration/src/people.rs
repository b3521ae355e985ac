//! The people of the region, and those among them whom a visitor may be.

use std::collections::HashMap;
use std::sync::Arc;

use yagura_identity::password::Passwords;
use yagura_identity::{Login, accounts};
use yagura_kernel::id::{AccountId, AssignmentId, OrganizationId, PersonId};
use yagura_kernel::organization::OrganizationKind;
use yagura_kernel::person::{Role, Validity};
use yagura_kernel::policy::{
    ActionType, Actor, Authorized, Principal, Resource, Standing, authorize,
};
use yagura_kernel::time::Date;
use yagura_store::directory::{self, NewAssignment, NewPerson};
use yagura_store::settings;
use yagura_web::App;
use yagura_web::sign_in::{PERSONAS, Persona};

use crate::members::{Member, Region};
use crate::{DemonstrationError, names, years};

/// Somebody who works in one of the organisations.
#[derive(Debug, Clone)]
pub(crate) struct Employee {
    pub(crate) person: PersonId,
    account: Option<AccountId>,
    pub(crate) name: String,
    pub(crate) roles: Vec<Role>,
    organization: OrganizationId,
    kind: OrganizationKind,
}

impl Employee {
    /// By what they sign in, where they can.
    pub(crate) const fn account(&self) -> Option<AccountId> {
        self.account
    }

    /// How the policy sees them where they have signed in with two factors.
    pub(crate) fn principal(&self) -> Arc<Principal> {
        let actor = match self.account {
            Some(account) => Actor::Person {
                person: self.person,
                account,
            },
            None => Actor::System,
        };
        Arc::new(Principal {
            actor,
            organization: self.organization,
            organization_kind: self.kind,
            roles: self.roles.clone(),
            second_factor: true,
            token_actions: None,
        })
    }

    /// Proof that they may do something in their own organisation, by the same policy by which
    /// the pages decide.
    pub(crate) fn may<A: ActionType>(&self) -> Result<Authorized<A>, DemonstrationError> {
        let resource = Resource {
            organization: self.organization,
            standing: Standing::Own,
        };
        Ok(authorize(&self.principal(), &resource)?)
    }
}

/// Who works where.
#[derive(Debug, Default)]
pub(crate) struct People {
    employees: HashMap<OrganizationId, Vec<Employee>>,
}

impl People {
    /// Everybody of an organisation.
    pub(crate) fn all(&self, organization: OrganizationId) -> &[Employee] {
        self.employees.get(&organization).map_or(&[], Vec::as_slice)
    }

    /// Who answers for an organisation.
    pub(crate) fn of(&self, organization: OrganizationId) -> Option<&Employee> {
        self.all(organization).first()
    }

    /// Somebody of an organisation who holds a role, else who answers for it.
    pub(crate) fn holder(&self, organization: OrganizationId, role: Role) -> Option<&Employee> {
        self.all(organization)
            .iter()
            .find(|employee| employee.roles.contains(&role))
            .or_else(|| self.of(organization))
    }
}

struct Maker<'a> {
    app: &'a App,
    since: Date,
    people: Vec<NewPerson>,
    assignments: Vec<NewAssignment>,
    logins: Vec<(PersonId, Login)>,
    employees: Vec<Employee>,
}

/// Who is to be made.
struct New<'a> {
    organization: OrganizationId,
    kind: OrganizationKind,
    roles: &'a [Role],
    name: Option<&'a str>,
    can_sign_in: bool,
}

impl<'a> New<'a> {
    const fn of(organization: OrganizationId, kind: OrganizationKind, roles: &'a [Role]) -> Self {
        Self {
            organization,
            kind,
            roles,
            name: None,
            can_sign_in: true,
        }
    }
}

impl Maker<'_> {
    fn add(&mut self, new: &New<'_>) -> Result<PersonId, DemonstrationError> {
        let number = self.people.len();
        let person = PersonId::new(self.app.ids());
        let email = format!("person{number}@example.jp");
        let name = new
            .name
            .map_or_else(|| names::person(number), str::to_owned);
        self.people.push(NewPerson {
            id: person,
            name: name.clone(),
            name_kana: None,
            email: Some(email.clone()),
            phone: Some(format!("000-0000-{number:04}")),
        });
        for role in new.roles {
            self.assignments.push(NewAssignment {
                id: AssignmentId::new(self.app.ids()),
                person,
                organization: new.organization,
                role: *role,
                validity: Validity {
                    from: self.since,
                    until: None,
                },
            });
        }
        if new.can_sign_in {
            let login = Login::parse(&email).map_err(|_| DemonstrationError::Clock)?;
            self.logins.push((person, login));
        }
        self.employees.push(Employee {
            person,
            account: None,
            name,
            roles: new.roles.to_vec(),
            organization: new.organization,
            kind: new.kind,
        });
        Ok(person)
    }
}

/// Somebody whom a visitor may be.
struct Part {
    person: PersonId,
    role: Role,
    kind: OrganizationKind,
    organization: String,
    task: &'static str,
}

pub(crate) async fn make(app: &App, region: &Region) -> Result<People, DemonstrationError> {
    let since = years(app)
        .first()
        .copied()
        .ok_or(DemonstrationError::Clock)?
        .start();
    let mut maker = Maker {
        app,
        since,
        people: Vec::new(),
        assignments: Vec::new(),
        logins: Vec::new(),
        employees: Vec::new(),
    };
    let mut parts = Vec::new();
    for member in &region.members {
        make_staff(&mut maker, member, &mut parts)?;
    }
    make_vendors(&mut maker, region, &mut parts)?;
    make_authorities(&mut maker, region, &mut parts)?;
    make_desks(&mut maker, region, &mut parts)?;

    let identity = app.identity();
    // Nobody knows this password: people of the demonstration are picked, not signed in.
    let mut secret = [0_u8; 32];
    app.ids().fill_secret(&mut secret);
    let unknown: String = secret.iter().map(|byte| format!("{byte:02x}")).collect();
    let hash = Passwords::default()
        .renew(&unknown, app.ids())
        .await
        .map_err(yagura_identity::IdentityError::from)?;
    let Maker {
        people,
        assignments,
        logins,
        employees,
        ..
    } = maker;
    let order: Vec<PersonId> = logins.iter().map(|(person, _)| *person).collect();
    let mut tx = app.database().begin_long().await?;
    directory::insert_people(&mut tx, people, app.now()).await?;
    directory::insert_assignments(&mut tx, assignments).await?;
    let act = identity.act_of_program();
    let made = accounts::insert_demonstration(&mut tx, act, &hash, logins).await?;
    let account_of: HashMap<PersonId, AccountId> = order.into_iter().zip(made).collect();
    let name_of = |person: PersonId| {
        let found = employees.iter().find(|employee| employee.person == person);
        found.map(|employee| employee.name.clone())
    };
    let personas: Vec<Persona> = parts
        .into_iter()
        .filter_map(|part| {
            Some(Persona {
                account: account_of.get(&part.person).copied()?,
                name: name_of(part.person)?,
                role: part.role,
                organization: part.organization,
                organization_kind: part.kind,
                task: part.task.to_owned(),
            })
        })
        .collect();
    let json = serde_json::to_string(&personas).map_err(yagura_store::StoreError::from)?;
    settings::set(&mut tx, PERSONAS, &json).await?;
    tx.commit().await?;

    let mut known = People::default();
    for mut employee in employees {
        employee.account = account_of.get(&employee.person).copied();
        known
            .employees
            .entry(employee.organization)
            .or_default()
            .push(employee);
    }
    Ok(known)
}

/// The staff of an institution; the first one answers for it.
fn make_staff(
    maker: &mut Maker<'_>,
    member: &Member,
    parts: &mut Vec<Part>,
) -> Result<(), DemonstrationError> {
    let facts = member.facts;
    let new = |roles| New {
        can_sign_in: facts.has_accounts,
        ..New::of(member.id, member.kind, roles)
    };
    let part = |person, role, task| Part {
        person,
        role,
        kind: member.kind,
        organization: member.name.clone(),
        task,
    };
    if member.kind == OrganizationKind::Hospital {
        // A few have lost their safety manager: the probe finds it.
        let roles: &[Role] = if facts.has_safety_manager {
            &[Role::SafetyManager]
        } else {
            &[Role::PlanningManager]
        };
        let manager = maker.add(&new(roles))?;
        maker.add(&new(&[Role::Director]))?;
        maker.add(&new(&[Role::SystemOperator]))?;
        maker.add(&new(&[Role::ContractDesk]))?;
        if facts.shown {
            maker.add(&new(&[Role::PlanningManager]))?;
            maker.add(&new(&[Role::DepartmentHead]))?;
            maker.add(&new(&[Role::Staff]))?;
            let task = "demo-task-safety-manager";
            parts.push(part(manager, Role::SafetyManager, task));
        }
        return Ok(());
    }
    if facts.shown {
        let director = maker.add(&New {
            name: Some("架空 太郎"),
            ..new(&[Role::Director, Role::SafetyManager])
        })?;
        maker.add(&New {
            name: Some("見本 花子"),
            ..new(&[Role::SystemOperator])
        })?;
        maker.add(&new(&[Role::Staff]))?;
        parts.insert(0, part(director, Role::Director, "demo-task-director"));
        return Ok(());
    }
    let roles: &[Role] = if facts.has_safety_manager {
        &[Role::Director, Role::SafetyManager]
    } else {
        &[Role::Director]
    };
    maker.add(&new(roles))?;
    Ok(())
}

/// Who sits at the desks of the hospital for which visitors act, and somebody who asks there.
fn make_desks(
    maker: &mut Maker<'_>,
    region: &Region,
    parts: &mut Vec<Part>,
) -> Result<(), DemonstrationError> {
    let Some(hospital) = region.hospital() else {
        return Ok(());
    };
    let new = |roles| New::of(hospital.id, hospital.kind, roles);
    maker.add(&new(&[Role::ProcurementDesk]))?;
    maker.add(&new(&[Role::PersonnelDesk]))?;
    maker.add(&new(&[Role::ClinicalRecordsDesk]))?;
    let person = maker.add(&new(&[Role::Staff]))?;
    parts.push(Part {
        person,
        role: Role::Staff,
        kind: hospital.kind,
        organization: hospital.name.clone(),
        task: "demo-task-staff",
    });
    Ok(())
}

fn make_vendors(
    maker: &mut Maker<'_>,
    region: &Region,
    parts: &mut Vec<Part>,
) -> Result<(), DemonstrationError> {
    let kind = OrganizationKind::Vendor;
    for (number, (vendor, name)) in region.vendors.iter().enumerate() {
        let person = maker.add(&New::of(*vendor, kind, &[Role::VendorManager]))?;
        if number == 0 {
            maker.add(&New::of(*vendor, kind, &[Role::VendorStaff]))?;
            parts.push(Part {
                person,
                role: Role::VendorManager,
                kind,
                organization: name.clone(),
                task: "demo-task-vendor",
            });
        }
    }
    Ok(())
}

fn make_authorities(
    maker: &mut Maker<'_>,
    region: &Region,
    parts: &mut Vec<Part>,
) -> Result<(), DemonstrationError> {
    for (organization, role, kind, name, task) in [
        (
            region.network,
            Role::RegionalManager,
            OrganizationKind::Network,
            crate::members::NETWORK,
            "demo-task-regional",
        ),
        (
            region.prefecture,
            Role::RegionalManager,
            OrganizationKind::Prefecture,
            crate::members::PREFECTURE,
            "demo-task-prefecture",
        ),
        (
            region.prefecture,
            Role::Inspector,
            OrganizationKind::Prefecture,
            crate::members::PREFECTURE,
            "demo-task-inspector",
        ),
        (
            region.operator,
            Role::Administrator,
            OrganizationKind::Operator,
            crate::members::OPERATOR,
            "demo-task-administrator",
        ),
    ] {
        let person = maker.add(&New::of(organization, kind, &[role]))?;
        parts.push(Part {
            person,
            role,
            kind,
            organization: name.to_owned(),
            task,
        });
    }
    maker.add(&New::of(
        region.network,
        OrganizationKind::Network,
        &[Role::RegionalStaff],
    ))?;
    Ok(())
}
