//! Who may decide at a desk: holders of the role, deputies, delegates, and those to whom an empty
//! desk falls. Nobody decides on a request of their own, and nobody for its requester.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use yagura_kernel::id::PersonId;
use yagura_packs::Seat;

use super::course::Capacity;

/// A desk at which requests wait: a seat, of a department where it is that of its head.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Desk {
    /// The seat.
    pub seat: Seat,
    /// The department, for its head.
    pub department: Option<String>,
}

impl Desk {
    /// The desk of a seat for a request that names this department.
    #[must_use]
    pub fn of(seat: Seat, department: Option<&str>) -> Self {
        let heads = seat == Seat::DepartmentHead;
        Self {
            seat,
            department: department.filter(|_| heads).map(str::to_owned),
        }
    }

    /// The desk of a code.
    #[must_use]
    pub fn parse(code: &str) -> Option<Self> {
        let (seat, department) = match code.split_once(':') {
            Some((seat, department)) => (seat, Some(department)),
            None => (code, None),
        };
        Some(Self::of(Seat::from_code(seat)?, department))
    }
}

impl fmt::Display for Desk {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.department {
            Some(department) => write!(f, "{}:{department}", self.seat.code()),
            None => f.write_str(self.seat.code()),
        }
    }
}

/// Somebody who may decide, and as what.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decider {
    /// Who.
    pub person: PersonId,
    /// As what.
    pub capacity: Capacity,
}

/// The people of an institution on a day.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct People {
    /// Who holds a seat by their role.
    pub holders: BTreeMap<Seat, BTreeSet<PersonId>>,
    /// Who stands in at a seat.
    pub deputies: BTreeMap<Seat, BTreeSet<PersonId>>,
    /// Who answers for a department (現場責任者).
    pub heads: BTreeMap<String, BTreeSet<PersonId>>,
    /// Who handed their decisions over to whom today.
    pub delegations: Vec<(PersonId, PersonId)>,
    /// Everybody who has a role today and may sign in, or has not registered yet.
    pub present: BTreeSet<PersonId>,
}

/// Which requests at a desk somebody may decide, by who filed them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claim {
    /// The desk.
    pub desk: Desk,
    /// Those that these people filed, or where [`Self::all_but`], those that others filed.
    pub filers: Vec<PersonId>,
    /// Whether it is every request but those of [`Self::filers`].
    pub all_but: bool,
}

impl People {
    fn here<'p>(
        &'p self,
        people: Option<&'p BTreeSet<PersonId>>,
    ) -> impl Iterator<Item = PersonId> + 'p {
        let people = people.into_iter().flatten().copied();
        people.filter(|person| self.present.contains(person))
    }

    /// Who holds a desk, also where it is the requester. A department of nobody has every head.
    #[must_use]
    pub fn holders_of(&self, desk: &Desk) -> BTreeSet<PersonId> {
        if let Some(department) = &desk.department {
            let heads: BTreeSet<PersonId> = self.here(self.heads.get(department)).collect();
            if !heads.is_empty() {
                return heads;
            }
        }
        self.here(self.holders.get(&desk.seat)).collect()
    }

    /// Whether anybody holds a seat.
    #[must_use]
    pub fn is_held(&self, seat: Seat) -> bool {
        let heads = || {
            self.heads
                .values()
                .any(|heads| self.here(Some(heads)).next().is_some())
        };
        self.here(self.holders.get(&seat)).next().is_some()
            || self.here(self.deputies.get(&seat)).next().is_some()
            || (seat == Seat::DepartmentHead && heads())
    }

    /// Those who may decide at a desk itself, without falling to another.
    fn at(&self, desk: &Desk, filer: PersonId) -> Vec<Decider> {
        let holders = self.holders_of(desk);
        let mut found: Vec<Decider> = Vec::new();
        let mut add = |person: PersonId, capacity: Capacity| {
            if person != filer && !found.iter().any(|decider| decider.person == person) {
                found.push(Decider { person, capacity });
            }
        };
        for holder in &holders {
            add(*holder, Capacity::Holder);
        }
        for holder in holders.iter().filter(|holder| **holder != filer) {
            for (_, to) in self.delegations.iter().filter(|(from, _)| from == holder) {
                if self.present.contains(to) {
                    add(*to, Capacity::Delegate { of: *holder });
                }
            }
        }
        // A deputy stands in for the holder, so not where the holder is the one who asks.
        if holders.is_empty() || holders.iter().any(|holder| *holder != filer) {
            for deputy in self.here(self.deputies.get(&desk.seat)) {
                add(deputy, Capacity::Deputy);
            }
        }
        found
    }

    /// Anybody else who sits or stands in anywhere, seat by seat from the chain on: where neither the
    /// desk nor those to whom it falls have a second person, a second pair of eyes is better than none.
    fn anybody_else(&self, filer: PersonId) -> Vec<Decider> {
        for seat in Seat::ALL {
            let mut people: BTreeSet<PersonId> = self.here(self.holders.get(&seat)).collect();
            people.extend(self.here(self.deputies.get(&seat)));
            if seat == Seat::DepartmentHead {
                for heads in self.heads.values() {
                    people.extend(self.here(Some(heads)));
                }
            }
            people.remove(&filer);
            if !people.is_empty() {
                let capacity = Capacity::Fallback { seat };
                return people
                    .into_iter()
                    .map(|person| Decider { person, capacity })
                    .collect();
            }
        }
        Vec::new()
    }

    /// Whether the only person who may decide at a desk is the one who asks: there is no second
    /// person in the institution who sits or stands in anywhere.
    #[must_use]
    pub fn is_alone(&self, desk: &Desk, filer: PersonId) -> bool {
        self.deciders(desk, filer).is_empty()
            && self
                .deciders(desk, nobody())
                .iter()
                .any(|decider| decider.person == filer)
    }

    /// Those who may decide a request at a desk: those who sit there, else those to whom it falls,
    /// else anybody else with a seat. Empty only where the institution has nobody else.
    #[must_use]
    pub fn deciders(&self, desk: &Desk, filer: PersonId) -> Vec<Decider> {
        let own = self.at(desk, filer);
        if !own.is_empty() {
            return own;
        }
        for seat in desk.seat.fallback() {
            let others = self.at(&Desk::of(*seat, None), filer);
            if !others.is_empty() {
                return others
                    .into_iter()
                    .map(|other| Decider {
                        capacity: Capacity::Fallback { seat: *seat },
                        ..other
                    })
                    .collect();
            }
        }
        self.anybody_else(filer)
    }

    /// As what somebody may decide a request at a desk; `None` where they may not.
    #[must_use]
    pub fn capacity(&self, desk: &Desk, filer: PersonId, person: PersonId) -> Option<Capacity> {
        self.deciders(desk, filer)
            .into_iter()
            .find(|decider| decider.person == person)
            .map(|decider| decider.capacity)
    }

    /// Which of the requests at these desks somebody may decide: the worklist as conditions, so that
    /// it follows every change of roles without touching a request.
    #[must_use]
    pub fn claims(&self, person: PersonId, desks: &[Desk]) -> Vec<Claim> {
        let may = |desk: &Desk, filer: PersonId| {
            self.capacity(desk, filer, person).is_some()
                || (filer == person && self.is_alone(desk, person))
        };
        let mut claims = Vec::new();
        for desk in desks {
            let usual = may(desk, nobody());
            // Only who sits there changes, by asking, who decides.
            let differing: BTreeSet<PersonId> = self
                .holders_of(desk)
                .into_iter()
                .chain(self.deciders(desk, nobody()).into_iter().map(|d| d.person))
                .chain([person])
                .filter(|filer| may(desk, *filer) != usual)
                .collect();
            if usual || !differing.is_empty() {
                claims.push(Claim {
                    desk: desk.clone(),
                    filers: differing.into_iter().collect(),
                    all_but: usual,
                });
            }
        }
        claims
    }
}

impl Claim {
    /// Whether a request that somebody filed is meant.
    #[must_use]
    pub fn takes(&self, filer: PersonId) -> bool {
        self.filers.contains(&filer) != self.all_but
    }
}

/// Nobody's id, for what would be if somebody without a seat asked.
fn nobody() -> PersonId {
    PersonId::from(uuid::Uuid::nil())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn person(number: u128) -> PersonId {
        PersonId::from(uuid::Uuid::from_u128(number))
    }

    fn people() -> People {
        let mut people = People::default();
        let mut sit = |seat, number| {
            people
                .holders
                .entry(seat)
                .or_default()
                .insert(person(number));
            people.present.insert(person(number));
        };
        sit(Seat::DepartmentHead, 1);
        sit(Seat::DepartmentHead, 2);
        sit(Seat::SafetyManager, 3);
        sit(Seat::Director, 4);
        people.present.extend([person(8), person(9)]);
        people.heads.insert("内科".to_owned(), [person(1)].into());
        people
    }

    fn who(people: &People, desk: &Desk, filer: u128) -> Vec<PersonId> {
        let deciders = people.deciders(desk, person(filer));
        deciders.into_iter().map(|decider| decider.person).collect()
    }

    #[test]
    fn a_department_has_its_head_and_else_every_head() {
        let people = people();
        let medicine = Desk::of(Seat::DepartmentHead, Some("内科"));
        assert_eq!(who(&people, &medicine, 9), [person(1)]);
        let other = Desk::of(Seat::DepartmentHead, Some("外科"));
        assert_eq!(who(&people, &other, 9), [person(1), person(2)]);
        assert_eq!(Desk::parse(&medicine.to_string()), Some(medicine));
    }

    #[test]
    fn nobody_decides_their_own_nor_as_deputy_nor_through_a_delegate() {
        let mut people = people();
        let medicine = Desk::of(Seat::DepartmentHead, Some("内科"));
        // The head asks: it falls to the safety manager, and that is said.
        let deciders = people.deciders(&medicine, person(1));
        let falls = Capacity::Fallback {
            seat: Seat::SafetyManager,
        };
        assert_eq!(deciders[0].person, person(3));
        assert_eq!(deciders[0].capacity, falls);
        // A delegate and a deputy of the head do not decide the head's own request.
        people.delegations.push((person(1), person(8)));
        let deputies = people.deputies.entry(Seat::DepartmentHead).or_default();
        deputies.insert(person(9));
        assert_eq!(who(&people, &medicine, 1), [person(3)]);
        assert_eq!(
            who(&people, &medicine, 2),
            [person(1), person(8), person(9)]
        );
        // Nor do they decide their own.
        assert_eq!(who(&people, &medicine, 8), [person(1), person(9)]);
        assert_eq!(who(&people, &medicine, 9), [person(1), person(8)]);
    }

    #[test]
    fn who_left_decides_nothing() {
        let mut people = people();
        people.present.remove(&person(1));
        people.present.remove(&person(2));
        let medicine = Desk::of(Seat::DepartmentHead, Some("内科"));
        assert_eq!(who(&people, &medicine, 9), [person(3)]);
        people.present.remove(&person(3));
        assert_eq!(who(&people, &medicine, 9), [person(4)]);
        people.present.remove(&person(4));
        assert!(who(&people, &medicine, 9).is_empty());
        assert!(!people.is_held(Seat::Director));
    }

    #[test]
    fn who_is_alone_is_told_from_who_has_anybody_else() {
        let mut people = People::default();
        for seat in Seat::ALL {
            people.holders.insert(seat, [person(4)].into());
        }
        people.present.extend([person(4), person(9)]);
        let desk = Desk::of(Seat::Director, None);
        assert!(people.is_alone(&desk, person(4)));
        assert!(
            !people.is_alone(&desk, person(9)),
            "the director decides on the requests of everybody else"
        );
        assert_eq!(
            people.claims(person(4), std::slice::from_ref(&desk))[0].filers,
            []
        );
        // A second person with any seat, or who stands in, has to decide.
        let mut with_deputy = people.clone();
        let deputies = with_deputy.deputies.entry(Seat::Director).or_default();
        deputies.insert(person(9));
        assert_eq!(who(&with_deputy, &desk, 4), [person(9)]);
        let clerk = people.holders.entry(Seat::PersonnelDesk).or_default();
        clerk.insert(person(9));
        assert_eq!(who(&people, &desk, 4), [person(9)]);
        assert!(!people.is_alone(&desk, person(4)));
        // Where nobody at all has a seat, nobody is alone with it: nothing can be filed.
        people.present = [person(9)].into();
        people.holders.clear();
        assert!(!people.is_alone(&desk, person(9)));
    }

    #[test]
    fn claims_say_what_the_deciders_say() {
        let mut several = people();
        several.delegations.push((person(1), person(8)));
        several.deputies.insert(Seat::Director, [person(9)].into());
        let mut alone = People::default();
        alone.holders.insert(Seat::Director, [person(4)].into());
        alone.present = [person(4), person(5)].into();
        let mut two = alone.clone();
        two.holders.insert(Seat::ContractDesk, [person(5)].into());
        for people in [several, alone, two] {
            claims_agree(&people);
        }
    }

    fn claims_agree(people: &People) {
        let desks: Vec<Desk> = Seat::ALL
            .into_iter()
            .map(|seat| Desk::of(seat, Some("内科")))
            .collect();
        for number in 1..=9 {
            let claims = people.claims(person(number), &desks);
            for desk in &desks {
                for filer in 1..=9 {
                    let own = filer == number && people.is_alone(desk, person(filer));
                    let may = own
                        || people
                            .capacity(desk, person(filer), person(number))
                            .is_some();
                    let claimed = claims
                        .iter()
                        .any(|claim| claim.desk == *desk && claim.takes(person(filer)));
                    assert_eq!(claimed, may, "{desk} of {filer} for {number}");
                }
            }
        }
    }
}
