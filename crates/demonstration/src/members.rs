//! The prefecture, the network, its members and their vendors.

use yagura_kernel::id::{OrganizationId, RelationId};
use yagura_kernel::organization::OrganizationKind;
use yagura_kernel::relation::{RelationKind, SharingLevel};
use yagura_kernel::time::{Date, FiscalYear};
use yagura_store::directory::{self, NewOrganization, NewRelation};
use yagura_web::App;

use crate::facts::Facts;
use crate::random::Random;
use crate::{DemonstrationError, names, years};

/// How many members the network has.
pub const MEMBERS: usize = HOSPITALS + CLINICS + DENTAL_CLINICS + PHARMACIES;
/// How many vendors supply them.
pub const VENDORS: usize = 60;

pub(crate) const NETWORK: &str = "架空県医療情報ネットワーク協議会(見本)";
pub(crate) const PREFECTURE: &str = "架空県(見本)";
pub(crate) const OPERATOR: &str = "架空システム運用室(見本)";

const HOSPITALS: usize = 34;
const CLINICS: usize = 214;
const DENTAL_CLINICS: usize = 70;
const PHARMACIES: usize = 74;

/// Beds of the hospitals: the largest and the smallest are those that the region was asked for.
const BEDS: [i64; HOSPITALS] = [
    865, 612, 526, 480, 431, 399, 356, 331, 312, 280, 265, 240, 225, 210, 200, 199, 190, 180, 176,
    160, 150, 148, 140, 132, 120, 110, 99, 90, 80, 60, 48, 40, 30, 20,
];

/// A member of the network.
#[derive(Debug, Clone)]
pub(crate) struct Member {
    pub(crate) id: OrganizationId,
    pub(crate) kind: OrganizationKind,
    pub(crate) name: String,
    pub(crate) vendors: Vec<OrganizationId>,
    pub(crate) facts: Facts,
}

/// The organisations of the region.
#[derive(Debug)]
pub(crate) struct Region {
    pub(crate) prefecture: OrganizationId,
    pub(crate) network: OrganizationId,
    pub(crate) operator: OrganizationId,
    pub(crate) members: Vec<Member>,
    pub(crate) vendors: Vec<(OrganizationId, String)>,
}

impl Region {
    /// The clinic whose director a visitor may be: it has everything that the pages can show.
    pub(crate) fn clinic(&self) -> Option<&Member> {
        self.members
            .iter()
            .find(|member| member.facts.shown && member.kind == OrganizationKind::Clinic)
    }

    /// The hospital whose safety manager a visitor may be.
    pub(crate) fn hospital(&self) -> Option<&Member> {
        self.members
            .iter()
            .find(|member| member.facts.shown && member.kind == OrganizationKind::Hospital)
    }
}

struct Plan {
    kind: OrganizationKind,
    name: String,
    beds: Option<i64>,
}

fn plans(random: &mut Random) -> Vec<Plan> {
    let mut plans = Vec::with_capacity(MEMBERS);
    for (number, beds) in BEDS.into_iter().enumerate() {
        let name = names::hospital(number);
        plans.push(Plan {
            kind: OrganizationKind::Hospital,
            name,
            beds: Some(beds),
        });
    }
    for number in 0..CLINICS {
        let with_beds = number > 0 && random.chance(12);
        let beds = with_beds.then(|| 1 + random.below(19));
        plans.push(Plan {
            kind: OrganizationKind::Clinic,
            name: names::clinic(number),
            beds,
        });
    }
    for number in 0..DENTAL_CLINICS {
        let name = names::dental_clinic(number);
        plans.push(Plan {
            kind: OrganizationKind::DentalClinic,
            name,
            beds: None,
        });
    }
    for number in 0..PHARMACIES {
        let name = names::pharmacy(number);
        plans.push(Plan {
            kind: OrganizationKind::Pharmacy,
            name,
            beds: None,
        });
    }
    plans
}

fn organization(
    app: &App,
    kind: OrganizationKind,
    name: &str,
    code: Option<String>,
) -> NewOrganization {
    NewOrganization {
        id: OrganizationId::new(app.ids()),
        kind,
        name: name.to_owned(),
        code,
        region_code: Some("99".to_owned()),
        permitted_beds: None,
        address: None,
        phone: None,
        email: None,
    }
}

/// Places of the two institutions for which visitors act: a hospital of 526 beds and the first
/// clinic.
const SHOWN: [usize; 2] = [2, HOSPITALS];

pub(crate) async fn make(app: &App) -> Result<Region, DemonstrationError> {
    let random = &mut Random::of_stage(1);
    let now = app.now();
    let since = years(app)
        .first()
        .copied()
        .unwrap_or_else(|| FiscalYear::at(now))
        .start();
    let mut organizations = Vec::new();
    let prefecture = organization(app, OrganizationKind::Prefecture, PREFECTURE, None);
    let network = organization(app, OrganizationKind::Network, NETWORK, None);
    let operator = organization(app, OrganizationKind::Operator, OPERATOR, None);
    let mut region = Region {
        prefecture: prefecture.id,
        network: network.id,
        operator: operator.id,
        members: Vec::with_capacity(MEMBERS),
        vendors: Vec::with_capacity(VENDORS),
    };
    organizations.extend([prefecture, network, operator]);
    for number in 0..VENDORS {
        let name = names::vendor(number);
        let mut vendor = organization(app, OrganizationKind::Vendor, &name, None);
        vendor.email = Some(format!("vendor{number}@example.jp"));
        region.vendors.push((vendor.id, name));
        organizations.push(vendor);
    }
    for (number, plan) in plans(random).into_iter().enumerate() {
        let code = Some(format!("99{:08}", number + 1));
        let mut member = organization(app, plan.kind, &plan.name, code);
        member.permitted_beds = plan.beds;
        member.email = Some(format!("member{number}@example.jp"));
        member.phone = Some(format!("000-000-{:04}", number + 1));
        member.address = Some(format!(
            "架空県みさき市{}丁目{}番",
            number % 9 + 1,
            number % 30 + 1
        ));
        let shown = SHOWN.contains(&number);
        let vendors = if shown {
            suppliers_shown(&region, plan.kind)
        } else {
            suppliers(&region, plan.kind, number, random)
        };
        region.members.push(Member {
            id: member.id,
            kind: plan.kind,
            name: plan.name,
            facts: Facts::of(plan.kind, number, shown, !vendors.is_empty(), random),
            vendors,
        });
        organizations.push(member);
    }
    let relations = relations(app, &region, since, random);
    let mut tx = app.database().begin_long().await?;
    directory::insert_all(&mut tx, organizations, now).await?;
    directory::insert_relations(&mut tx, relations).await?;
    tx.commit().await?;
    Ok(region)
}

/// The vendor for whom visitors act, and others who have answered.
fn suppliers_shown(region: &Region, kind: OrganizationKind) -> Vec<OrganizationId> {
    let places: &[usize] = if kind == OrganizationKind::Hospital {
        &[0, 1, 2, 7, 18, 33]
    } else {
        &[0, 4]
    };
    let vendor = |place: &usize| region.vendors.get(*place).map(|(id, _)| *id);
    places.iter().filter_map(vendor).collect()
}

/// Hospitals have three to six vendors, the others one or two, a few small ones none.
fn suppliers(
    region: &Region,
    kind: OrganizationKind,
    number: usize,
    random: &mut Random,
) -> Vec<OrganizationId> {
    let wanted = match kind {
        OrganizationKind::Hospital => 3 + random.below(4),
        _ if number > HOSPITALS && random.chance(6) => 0,
        _ => 1 + random.below(2),
    };
    // Three large vendors serve many, the rest a few: as it is.
    let mut chosen = Vec::new();
    for _ in 0..wanted {
        let place = if random.chance(35) {
            random.below(3)
        } else {
            random.below(60)
        };
        let vendor = usize::try_from(place)
            .ok()
            .and_then(|place| region.vendors.get(place));
        if let Some((id, _)) = vendor
            && !chosen.contains(id)
        {
            chosen.push(*id);
        }
    }
    chosen
}

fn relations(app: &App, region: &Region, since: Date, random: &mut Random) -> Vec<NewRelation> {
    let relation = |kind, from, to, sharing| NewRelation {
        id: RelationId::new(app.ids()),
        kind,
        from,
        to,
        sharing,
        valid_from: since,
        valid_until: None,
        note: None,
    };
    let mut relations = Vec::new();
    for (number, member) in region.members.iter().enumerate() {
        let shown = member.facts.shown;
        let sharing = match random.below(100) {
            _ if shown => SharingLevel::Detail,
            0..=9 => SharingLevel::Status,
            10..=64 => SharingLevel::Answers,
            65..=84 => SharingLevel::Evidence,
            _ => SharingLevel::Detail,
        };
        let to_network = relation(RelationKind::MemberOf, member.id, region.network, sharing);
        let inspected = if shown || number % 3 == 0 {
            SharingLevel::Detail
        } else {
            SharingLevel::Answers
        };
        let prefecture = relation(
            RelationKind::Oversees,
            region.prefecture,
            member.id,
            inspected,
        );
        relations.extend([to_network, prefecture]);
        for vendor in &member.vendors {
            relations.push(relation(
                RelationKind::Supplies,
                *vendor,
                member.id,
                SharingLevel::Status,
            ));
        }
    }
    relations
}
