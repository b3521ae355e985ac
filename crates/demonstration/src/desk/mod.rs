//! Permissions, media, requests and accounts of the two institutions for which visitors act. The
//! clinic keeps its books well; at the hospital something is overdue, somebody left and can still
//! sign in, and a request waits too long.

mod accounts;
mod ledgers;
mod requests;
mod staff;

use std::collections::BTreeMap;

use uuid::Uuid;
use yagura_inventory::model::RecordKind;
use yagura_kernel::policy::actions;
use yagura_kernel::time::{Date, Instant};
use yagura_web::App;

use crate::DemonstrationError;
use crate::members::{Member, Region};
use crate::people::{Employee, People};
use crate::random::days_after;

/// The most systems that are looked at.
const MOST_SYSTEMS: i64 = 1_000;

pub(crate) async fn make(
    app: &App,
    region: &Region,
    people: &People,
) -> Result<(), DemonstrationError> {
    for (member, is_hospital) in [(region.clinic(), false), (region.hospital(), true)] {
        let Some(member) = member else { continue };
        let Some(house) = House::open(app, member, people, is_hospital).await? else {
            continue;
        };
        let staff = staff::of(&house);
        ledgers::write(&house, &staff).await?;
        requests::tell(&house, &staff).await?;
        accounts::take(&house, &staff).await?;
    }
    Ok(())
}

/// An institution at work.
struct House<'a> {
    app: &'a App,
    member: &'a Member,
    people: &'a [Employee],
    /// Who answers for it.
    responsible: &'a Employee,
    /// Its systems by name.
    systems: BTreeMap<String, Uuid>,
    is_hospital: bool,
}

impl<'a> House<'a> {
    /// `None` where nobody answers for it.
    async fn open(
        app: &'a App,
        member: &'a Member,
        people: &'a People,
        is_hospital: bool,
    ) -> Result<Option<Self>, DemonstrationError> {
        let Some(responsible) = people.of(member.id) else {
            return Ok(None);
        };
        let read = responsible.may::<actions::ReadInventory>()?;
        let kind = RecordKind::System;
        let systems = yagura_inventory::named(app.database(), &read, kind, MOST_SYSTEMS).await?;
        Ok(Some(Self {
            app,
            member,
            people: people.all(member.id),
            responsible,
            systems: systems.into_iter().map(|one| (one.name, one.id)).collect(),
            is_hospital,
        }))
    }

    /// So many days from today; negative ones are over.
    fn day(&self, days: i64) -> Date {
        days_after(self.app.today(), days)
    }

    /// A moment so many days before today.
    fn ago(&self, days: i64, hour: u8, minute: u8) -> Instant {
        Instant::from_jst(self.day(-days), hour, minute)
    }

    /// A system of the register by the beginning of its name.
    fn system(&self, name: &str) -> Option<(Uuid, &str)> {
        let mut systems = self.systems.iter();
        let found = systems.find(|(known, _)| known.starts_with(name));
        found.map(|(known, id)| (*id, known.as_str()))
    }
}
