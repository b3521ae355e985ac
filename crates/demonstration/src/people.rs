//! The people of the region, and those among them whom a visitor may be.

use std::collections::HashMap;

use yagura_identity::password::Passwords;
use yagura_identity::{Login, accounts};
use yagura_kernel::id::{AccountId, AssignmentId, OrganizationId, PersonId};
use yagura_kernel::organization::OrganizationKind;
use yagura_kernel::person::{Role, Validity};
use yagura_store::directory::{self, NewAssignment, NewPerson};
use yagura_store::settings;
use yagura_web::App;
use yagura_web::sign_in::{PERSONAS, Persona};

use crate::members::{Member, Region};
use crate::{DemonstrationError, names, years};

/// Who answers for each organisation.
#[derive(Debug, Default)]
pub(crate) struct People {
    responsible: HashMap<OrganizationId, PersonId>,
}

impl People {
    /// Who answers for an organisation.
    pub(crate) fn of(&self, organization: OrganizationId) -> Option<PersonId> {
        self.responsible.get(&organization).copied()
    }
}

struct Maker<'a> {
    app: &'a App,
    since: yagura_kernel::time::Date,
    people: Vec<NewPerson>,
    assignments: Vec<NewAssignment>,
    logins: Vec<(PersonId, Login)>,
}

impl Maker<'_> {
    fn add(
        &mut self,
        organization: OrganizationId,
        roles: &[Role],
        name: Option<&str>,
    ) -> Result<PersonId, DemonstrationError> {
        let number = self.people.len();
        let person = PersonId::new(self.app.ids());
        let email = format!("person{number}@example.jp");
        self.people.push(NewPerson {
            id: person,
            name: name.map_or_else(|| names::person(number), str::to_owned),
            name_kana: None,
            email: Some(email.clone()),
            phone: None,
        });
        for role in roles {
            self.assignments.push(NewAssignment {
                id: AssignmentId::new(self.app.ids()),
                person,
                organization,
                role: *role,
                validity: Validity {
                    from: self.since,
                    until: None,
                },
            });
        }
        let login = Login::parse(&email).map_err(|_| DemonstrationError::Clock)?;
        self.logins.push((person, login));
        Ok(person)
    }
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
    };
    let mut people = People::default();
    let mut personas: Vec<(
        PersonId,
        Role,
        OrganizationId,
        OrganizationKind,
        String,
        &str,
    )> = Vec::new();
    for (number, member) in region.members.iter().enumerate() {
        let responsible = make_staff(&mut maker, region, member, number, &mut personas)?;
        people.responsible.insert(member.id, responsible);
    }
    for (number, (vendor, name)) in region.vendors.iter().enumerate() {
        let person = maker.add(*vendor, &[Role::VendorManager], None)?;
        people.responsible.insert(*vendor, person);
        if number == 0 {
            let kind = OrganizationKind::Vendor;
            let task = "demo-task-vendor";
            personas.push((
                person,
                Role::VendorManager,
                *vendor,
                kind,
                name.clone(),
                task,
            ));
        }
    }
    for (organization, role, kind, name, task) in [
        (
            region.network,
            Role::RegionalManager,
            OrganizationKind::Network,
            "架空県医療情報ネットワーク協議会(見本)",
            "demo-task-regional",
        ),
        (
            region.prefecture,
            Role::RegionalManager,
            OrganizationKind::Prefecture,
            "架空県(見本)",
            "demo-task-prefecture",
        ),
        (
            region.prefecture,
            Role::Inspector,
            OrganizationKind::Prefecture,
            "架空県(見本)",
            "demo-task-inspector",
        ),
        (
            region.operator,
            Role::Administrator,
            OrganizationKind::Operator,
            "架空システム運用室(見本)",
            "demo-task-administrator",
        ),
    ] {
        let person = maker.add(organization, &[role], None)?;
        people.responsible.entry(organization).or_insert(person);
        personas.push((person, role, organization, kind, name.to_owned(), task));
    }

    let identity = app.identity();
    // Nobody knows this password: people of the demonstration are picked, not signed in.
    let mut secret = [0_u8; 32];
    app.ids().fill_secret(&mut secret);
    let unknown: String = secret.iter().map(|byte| format!("{byte:02x}")).collect();
    let hash = Passwords::default()
        .renew(&unknown, app.ids())
        .await
        .map_err(yagura_identity::IdentityError::from)?;
    let names: HashMap<PersonId, String> = maker
        .people
        .iter()
        .map(|person| (person.id, person.name.clone()))
        .collect();
    let order: Vec<PersonId> = maker.logins.iter().map(|(person, _)| *person).collect();
    let mut tx = app.database().begin_long().await?;
    directory::insert_people(&mut tx, maker.people, app.now()).await?;
    directory::insert_assignments(&mut tx, maker.assignments).await?;
    let act = identity.act_of_program();
    let made = accounts::insert_demonstration(&mut tx, act, &hash, maker.logins).await?;
    let account_of: HashMap<PersonId, AccountId> = order.into_iter().zip(made).collect();
    let personas: Vec<Persona> = personas
        .into_iter()
        .filter_map(|(person, role, _, organization_kind, organization, task)| {
            Some(Persona {
                account: account_of.get(&person).copied()?,
                name: names.get(&person).cloned()?,
                role,
                organization,
                organization_kind,
                task: task.to_owned(),
            })
        })
        .collect();
    let json = serde_json::to_string(&personas).map_err(yagura_store::StoreError::from)?;
    settings::set(&mut tx, PERSONAS, &json).await?;
    tx.commit().await?;
    Ok(people)
}

type PersonaRow<'t> = (
    PersonId,
    Role,
    OrganizationId,
    OrganizationKind,
    String,
    &'t str,
);

fn make_staff(
    maker: &mut Maker<'_>,
    region: &Region,
    member: &Member,
    number: usize,
    personas: &mut Vec<PersonaRow<'_>>,
) -> Result<PersonId, DemonstrationError> {
    let is = |other: Option<&Member>| other.is_some_and(|other| other.id == member.id);
    if member.kind == OrganizationKind::Hospital {
        maker.add(member.id, &[Role::Director], None)?;
        maker.add(member.id, &[Role::SystemOperator], None)?;
        maker.add(member.id, &[Role::ContractDesk], None)?;
        // A few have lost their safety manager: the probe finds it.
        let roles: &[Role] = if number % 11 == 10 {
            &[Role::PlanningManager]
        } else {
            &[Role::SafetyManager]
        };
        let manager = maker.add(member.id, roles, None)?;
        if is(region.hospital()) {
            let task = "demo-task-safety-manager";
            let row = (
                manager,
                Role::SafetyManager,
                member.id,
                member.kind,
                member.name.clone(),
                task,
            );
            personas.push(row);
        }
        return Ok(manager);
    }
    let roles: &[Role] = if number % 9 == 4 {
        &[Role::Director]
    } else {
        &[Role::Director, Role::SafetyManager]
    };
    if is(region.clinic()) {
        let director = maker.add(
            member.id,
            &[Role::Director, Role::SafetyManager],
            Some("架空 太郎"),
        )?;
        let task = "demo-task-director";
        let row = (
            director,
            Role::Director,
            member.id,
            member.kind,
            member.name.clone(),
            task,
        );
        personas.insert(0, row);
        return Ok(director);
    }
    maker.add(member.id, roles, None)
}
