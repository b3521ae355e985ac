//! Whom the chart could still name: the people who bear responsibility, the vendors on record, the
//! offices of the national list.

use uuid::Uuid;
use yagura_kernel::id::{OrganizationId, PersonId};
use yagura_kernel::person::Role;
use yagura_packs::Wording;
use yagura_store::directory;
use yagura_web::ui::components;
use yagura_web::{Context, WebError};

use crate::emergency::national;
use crate::model::{Category, Chart, NewEntry, read_phone};

/// Roles that belong into the chain inside, in the order of reporting.
const CHAIN: [Role; 4] = [
    Role::SystemOperator,
    Role::PlanningManager,
    Role::SafetyManager,
    Role::Director,
];

/// Where a suggestion comes from; in the address of the form that it fills.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Origin {
    Person(PersonId),
    Vendor(OrganizationId),
    National(String),
}

impl Origin {
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let (kind, id) = text.split_once(':')?;
        match kind {
            "person" => id.parse().ok().map(Self::Person),
            "vendor" => id.parse().ok().map(Self::Vendor),
            "national" => Some(Self::National(id.to_owned())),
            _ => None,
        }
    }
}

impl std::fmt::Display for Origin {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Person(id) => write!(formatter, "person:{id}"),
            Self::Vendor(id) => write!(formatter, "vendor:{id}"),
            Self::National(key) => write!(formatter, "national:{key}"),
        }
    }
}

/// Somebody whom the chart could name.
#[derive(Debug, Clone)]
pub(crate) struct Suggestion {
    pub(crate) origin: Origin,
    pub(crate) entry: NewEntry,
}

/// Everybody whom the chart could name and does not name yet.
pub(crate) async fn suggestions(
    context: &Context,
    chart: &Chart,
) -> Result<Vec<Suggestion>, WebError> {
    let t = context.t();
    let database = context.database();
    let organization = context.organization.id;
    let named = |category, name: &str| {
        chart
            .entries
            .iter()
            .any(|entry| entry.category == category && entry.name == name)
    };
    let mut found = Vec::new();
    let holders =
        directory::assignments_of_organization(database, organization, context.today).await?;
    for role in CHAIN {
        for holder in holders
            .iter()
            .filter(|holder| holder.assignment.role == role)
        {
            if named(Category::Inside, &holder.name) {
                continue;
            }
            let person = directory::person(database, holder.assignment.person).await?;
            found.push(Suggestion {
                origin: Origin::Person(person.id),
                entry: NewEntry {
                    category: Category::Inside,
                    role: components::role(t, role).to_owned(),
                    name: person.name,
                    day_phone: number(person.phone),
                    email: person.email.unwrap_or_default(),
                    ..NewEntry::default()
                },
            });
        }
    }
    for (_, vendor) in directory::suppliers_of(database, organization, context.today).await? {
        if !named(Category::Maintenance, &vendor.name) {
            found.push(Suggestion {
                origin: Origin::Vendor(vendor.id),
                entry: NewEntry {
                    category: Category::Maintenance,
                    name: vendor.name,
                    day_phone: number(vendor.phone),
                    email: vendor.email.unwrap_or_default(),
                    ..NewEntry::default()
                },
            });
        }
    }
    let packs = context.app.packs();
    let lang = t.lang().code();
    for office in national(&packs, context.today) {
        let category = Category::of_pack_key(&office.key);
        let taken = chart.entries.iter().any(|entry| {
            entry.pack_key.as_deref() == Some(&office.key)
                || (office.filled_by_institution && entry.category == category)
        });
        if taken || category == Category::Inside {
            continue;
        }
        let phone = office.phones.first();
        found.push(Suggestion {
            origin: Origin::National(office.key.clone()),
            entry: NewEntry {
                category,
                name: office.name.in_language(lang).to_owned(),
                duty: office
                    .when
                    .in_language(lang)
                    .chars()
                    .take(crate::model::LONGEST_FIELD)
                    .collect(),
                day_phone: number(phone.map(|phone| phone.number.clone())),
                email: office.email.clone().unwrap_or_default(),
                note: office.url.clone().unwrap_or_default(),
                pack_key: Some(office.key.clone()),
                unverified: office.verification == Wording::Unverified
                    || phone.is_none_or(|phone| phone.verification == Wording::Unverified),
                ..NewEntry::default()
            },
        });
    }
    Ok(found)
}

fn number(phone: Option<String>) -> String {
    phone
        .and_then(|phone| read_phone(&phone).ok())
        .unwrap_or_default()
}

/// The entry of one suggestion, with an id of its own.
pub(crate) async fn suggested(
    context: &Context,
    chart: &Chart,
    origin: &Origin,
    id: Uuid,
) -> Result<Option<NewEntry>, WebError> {
    let found = suggestions(context, chart).await?;
    let one = found
        .into_iter()
        .find(|suggestion| suggestion.origin == *origin);
    Ok(one.map(|suggestion| NewEntry {
        id,
        ..suggestion.entry
    }))
}
