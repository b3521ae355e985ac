use std::sync::Arc;

use yagura_kernel::id::{AssignmentId, IdGenerator, OrganizationId, PersonId, RelationId};
use yagura_kernel::organization::OrganizationKind::{
    self, Association, Clinic, Department, Hospital, Municipality, Network, Pharmacy, Prefecture,
    Vendor,
};
use yagura_kernel::person::{Role, Validity};
use yagura_kernel::policy::{
    Actor, Authorized, Denial, Principal, Resource, Standing, actions, authorize,
};
use yagura_kernel::relation::{RelationError, RelationKind, SharingLevel};
use yagura_store::directory::{self, NewAssignment, NewPerson, NewRelation, OrganizationChange};
use yagura_store::testing::{databases, ids};
use yagura_store::{Database, StoreError};

use crate::support::{date, new_organization, now, organization, principal};

struct World<'d> {
    db: &'d Database,
    ids: Arc<dyn IdGenerator>,
}

impl World<'_> {
    async fn organization(&self, kind: OrganizationKind, name: &str) -> OrganizationId {
        organization(self.db, &self.ids, kind, name).await
    }

    fn relation(
        &self,
        kind: RelationKind,
        from: OrganizationId,
        to: OrganizationId,
    ) -> NewRelation {
        NewRelation {
            id: RelationId::new(&self.ids),
            kind,
            from,
            to,
            sharing: SharingLevel::Status,
            valid_from: date("2026-04-01"),
            valid_until: None,
            note: None,
        }
    }

    async fn relate(&self, relation: NewRelation) -> Result<(), StoreError> {
        let mut tx = self.db.begin().await?;
        directory::relate(&mut tx, relation, date("2026-11-21")).await?;
        tx.commit().await
    }

    async fn standing(
        &self,
        own: OrganizationId,
        kind: OrganizationKind,
        other: OrganizationId,
        day: &str,
    ) -> Standing {
        directory::standing(self.db, &principal(own, kind), other, date(day))
            .await
            .unwrap()
    }
}

const TODAY: &str = "2026-11-21";

#[tokio::test]
async fn organizations_are_found_by_id_code_kind_and_name() {
    for test in databases(&[]).await {
        let (db, ids) = (&test.database, ids());
        let mut sakura = new_organization(&ids, Clinic, "さくら内科クリニック");
        sakura.code = Some("3710123".to_owned());
        let mut hospital = new_organization(&ids, Hospital, "ｻｸﾗ病院");
        hospital.region_code = Some("37".to_owned());
        let second = new_organization(&ids, Clinic, "サクラ第二内科");
        let (clinic, second_id) = (sakura.id, second.id);
        let mut tx = db.begin().await.unwrap();
        directory::insert_all(&mut tx, [sakura.clone(), hospital, second], now())
            .await
            .unwrap();
        tx.commit().await.unwrap();

        let found = directory::get(db, clinic).await.unwrap();
        assert_eq!(
            (found.name.as_str(), found.version),
            ("さくら内科クリニック", 1)
        );
        let by_code = directory::find_by_code(db, "3710123").await.unwrap();
        assert_eq!(by_code.map(|it| it.id), Some(clinic));
        assert!(directory::find_by_code(db, "none").await.unwrap().is_none());
        let missing = directory::get(db, OrganizationId::new(&ids)).await;
        assert!(matches!(missing, Err(StoreError::NotFound)));

        let of_kind = directory::of_kind(db, Clinic, None, 10).await.unwrap();
        assert_eq!(of_kind.len(), 2);
        let rest = directory::of_kind(db, Clinic, Some(of_kind[0].id), 10)
            .await
            .unwrap();
        assert_eq!(rest.len(), 1);
        // Katakana, half width and a blank are all the same to who types.
        for typed in ["さくら", "サクラ", "ｻｸ ﾗ"] {
            let found = directory::search(db, Clinic, typed, 10).await.unwrap();
            assert_eq!(found.len(), 2, "{typed}");
        }
        let found = directory::search(db, Clinic, "サクラ第二", 10)
            .await
            .unwrap();
        assert_eq!(
            found.iter().map(|it| it.id).collect::<Vec<_>>(),
            [second_id]
        );
        assert!(
            directory::search(db, Pharmacy, "さくら", 10)
                .await
                .unwrap()
                .is_empty()
        );
        assert!(
            directory::search(db, Clinic, "%", 10)
                .await
                .unwrap()
                .is_empty()
        );

        let mut same = new_organization(&ids, Clinic, "同じ番号");
        same.code = sakura.code;
        let mut tx = db.begin().await.unwrap();
        let refused = directory::insert(&mut tx, same, now()).await;
        assert!(
            matches!(refused, Err(StoreError::Duplicate(_))),
            "{refused:?}"
        );
    }
}

#[tokio::test]
async fn a_change_is_dated_and_the_second_writer_is_told() {
    for test in databases(&[]).await {
        let (db, ids) = (&test.database, ids());
        let id = organization(db, &ids, Hospital, "架空病院").await;
        let read = directory::get(db, id).await.unwrap();
        let person = PersonId::new(&ids);
        let more_beds = OrganizationChange {
            permitted_beds: Some(Some(200)),
            ..OrganizationChange::default()
        };
        let mut tx = db.begin().await.unwrap();
        directory::change(&mut tx, &read, &more_beds, Some(person), date(TODAY), now())
            .await
            .unwrap();
        tx.commit().await.unwrap();

        let mut tx = db.begin().await.unwrap();
        let rename = OrganizationChange {
            name: Some("別名".to_owned()),
            ..OrganizationChange::default()
        };
        let late = directory::change(&mut tx, &read, &rename, None, date(TODAY), now()).await;
        assert!(matches!(late, Err(StoreError::Conflict)));
        drop(tx);

        let read = directory::get(db, id).await.unwrap();
        assert_eq!((read.permitted_beds, read.version), (Some(200), 2));
        let change = OrganizationChange {
            name: Some("新しい病院".to_owned()),
            permitted_beds: Some(None),
            phone: Some(Some("087-000-0000".to_owned())),
            closed_on: Some(Some(date("2027-03-31"))),
            kind: Some(Clinic),
            region_code: Some(Some("37".to_owned())),
            address: Some(None),
            email: Some(None),
        };
        let mut tx = db.begin().await.unwrap();
        let later = now().plus_days(10);
        directory::change(&mut tx, &read, &change, None, date("2026-12-01"), later)
            .await
            .unwrap();
        tx.commit().await.unwrap();
        let read = directory::get(db, id).await.unwrap();
        assert_eq!(
            (read.kind, read.closed_on),
            (Clinic, Some(date("2027-03-31")))
        );
        assert_eq!(
            directory::search(db, Clinic, "新しい", 5)
                .await
                .unwrap()
                .len(),
            1
        );

        let history = directory::history(db, id).await.unwrap();
        let beds: Vec<_> = history
            .iter()
            .filter(|entry| entry.attribute == "permitted_beds")
            .map(|entry| (entry.value.as_deref(), entry.valid_from, entry.recorded_by))
            .collect();
        assert_eq!(
            beds,
            [
                (Some("120"), now().jst_date(), None),
                (Some("200"), date(TODAY), Some(person)),
                (None, date("2026-12-01"), None),
            ]
        );
        assert_eq!(
            history
                .iter()
                .filter(|entry| entry.attribute == "name")
                .count(),
            2
        );
        // Nothing changes: nothing is recorded, but the version counts.
        let mut tx = db.begin().await.unwrap();
        directory::change(
            &mut tx,
            &read,
            &OrganizationChange::default(),
            None,
            date(TODAY),
            now(),
        )
        .await
        .unwrap();
        tx.commit().await.unwrap();
        assert_eq!(
            directory::history(db, id).await.unwrap().len(),
            history.len()
        );
    }
}

#[tokio::test]
async fn hierarchies_close_no_cycle() {
    for test in databases(&[]).await {
        let world = World {
            db: &test.database,
            ids: ids(),
        };
        let prefecture = world.organization(Prefecture, "架空県").await;
        let city = world.organization(Municipality, "架空市").await;
        let clinic = world.organization(Clinic, "架空診療所").await;
        use RelationKind::{MemberOf, Oversees, PartOf};
        world
            .relate(world.relation(Oversees, prefecture, city))
            .await
            .unwrap();
        world
            .relate(world.relation(Oversees, city, clinic))
            .await
            .unwrap();
        for (upper, lower) in [(city, prefecture), (clinic, prefecture), (clinic, city)] {
            let refused = world.relate(world.relation(Oversees, upper, lower)).await;
            assert!(
                matches!(&refused, Err(StoreError::Relation(RelationError::Cycle(id))) if *id == upper),
                "{refused:?}"
            );
        }
        let itself = world.relate(world.relation(PartOf, clinic, clinic)).await;
        assert!(matches!(
            itself,
            Err(StoreError::Relation(RelationError::Cycle(_)))
        ));
        // Another hierarchy is another matter, and membership is none.
        world
            .relate(world.relation(PartOf, prefecture, city))
            .await
            .unwrap();
        world
            .relate(world.relation(MemberOf, city, prefecture))
            .await
            .unwrap();
        let again = world.relate(world.relation(PartOf, city, prefecture)).await;
        assert!(matches!(
            again,
            Err(StoreError::Relation(RelationError::Cycle(_)))
        ));
        // What has ended no longer stands in the way, nor what ends before the new one begins.
        let mut soon = world.relation(Oversees, clinic, prefecture);
        soon.valid_from = date("2027-04-01");
        assert!(world.relate(soon.clone()).await.is_err());
        let above = directory::overseers_of(world.db, clinic, date(TODAY))
            .await
            .unwrap();
        let mut tx = world.db.begin().await.unwrap();
        directory::end_relation(&mut tx, above[0].relation, date("2027-03-31"))
            .await
            .unwrap();
        tx.commit().await.unwrap();
        world.relate(soon).await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn two_halves_of_a_cycle_at_once_are_not_both_recorded() {
    for test in databases(&[]).await {
        let world = World {
            db: &test.database,
            ids: ids(),
        };
        for _ in 0..5 {
            let one = world.organization(Prefecture, "一").await;
            let two = world.organization(Prefecture, "二").await;
            let (first, second) = tokio::join!(
                world.relate(world.relation(RelationKind::Oversees, one, two)),
                world.relate(world.relation(RelationKind::Oversees, two, one))
            );
            assert_eq!(
                [first.is_ok(), second.is_ok()]
                    .iter()
                    .filter(|ok| **ok)
                    .count(),
                1
            );
        }
    }
}

#[tokio::test]
async fn relations_hold_from_their_first_to_their_last_day() {
    for test in databases(&[]).await {
        let world = World {
            db: &test.database,
            ids: ids(),
        };
        let network = world.organization(Network, "架空ネット").await;
        let clinic = world.organization(Clinic, "架空診療所").await;
        let vendor = world.organization(Vendor, "架空システム").await;
        let mut member = world.relation(RelationKind::MemberOf, clinic, network);
        member.valid_from = date("2026-04-01");
        member.valid_until = Some(date("2027-03-31"));
        let member_id = member.id;
        world.relate(member.clone()).await.unwrap();
        let mut supplies = world.relation(RelationKind::Supplies, vendor, clinic);
        supplies.note = Some("電子カルテ".to_owned());
        let supplies_id = supplies.id;
        world.relate(supplies).await.unwrap();

        for (day, overseen) in [
            ("2026-03-31", 0),
            ("2026-04-01", 1),
            ("2027-03-31", 1),
            ("2027-04-01", 0),
        ] {
            let overseers = directory::overseers_of(world.db, clinic, date(day))
                .await
                .unwrap();
            assert_eq!(overseers.len(), overseen, "{day}");
            let ids = directory::overseen_ids(world.db, network, date(day))
                .await
                .unwrap();
            assert_eq!(ids.len(), overseen, "{day}");
        }
        let mut reversed = world.relation(RelationKind::MemberOf, clinic, network);
        reversed.valid_until = Some(date("2026-03-31"));
        let refused = world.relate(reversed).await;
        assert!(matches!(
            refused,
            Err(StoreError::Relation(RelationError::EndsBeforeItBegins))
        ));
        let mut overlapping = member.clone();
        overlapping.id = RelationId::new(&world.ids);
        overlapping.valid_from = date("2027-03-31");
        overlapping.valid_until = None;
        assert!(matches!(
            world.relate(overlapping.clone()).await,
            Err(StoreError::Duplicate(_))
        ));
        overlapping.valid_from = date("2027-04-01");
        world.relate(overlapping).await.unwrap();

        let suppliers = directory::suppliers_of(world.db, clinic, date(TODAY))
            .await
            .unwrap();
        assert_eq!(suppliers.len(), 1);
        assert_eq!(suppliers[0].0.note.as_deref(), Some("電子カルテ"));
        assert_eq!(suppliers[0].1.id, vendor);
        let customers = directory::customers_of(world.db, vendor, date(TODAY))
            .await
            .unwrap();
        assert_eq!(
            (customers[0].0.id, customers[0].1.id),
            (supplies_id, clinic)
        );

        let end = |id, day| {
            let db = world.db;
            async move {
                let mut tx = db.begin().await?;
                directory::end_relation(&mut tx, id, date(day)).await?;
                tx.commit().await
            }
        };
        end(supplies_id, "2026-11-20").await.unwrap();
        // Ending again later does not revive it.
        end(supplies_id, "2030-01-01").await.unwrap();
        assert!(
            directory::suppliers_of(world.db, clinic, date(TODAY))
                .await
                .unwrap()
                .is_empty()
        );
        assert!(
            directory::customers_of(world.db, vendor, date(TODAY))
                .await
                .unwrap()
                .is_empty()
        );
        end(member_id, "2026-12-31").await.unwrap();
        let gone = end(RelationId::new(&world.ids), "2026-12-31").await;
        assert!(matches!(gone, Err(StoreError::NotFound)));
        let missing = world.relation(
            RelationKind::Supplies,
            vendor,
            OrganizationId::new(&world.ids),
        );
        assert!(matches!(
            world.relate(missing).await,
            Err(StoreError::MissingReference(_))
        ));
    }
}

#[tokio::test]
async fn every_kind_of_organization_stands_as_its_relation_says() {
    for test in databases(&[]).await {
        let world = World {
            db: &test.database,
            ids: ids(),
        };
        let clinic = world.organization(Clinic, "架空診療所").await;
        let hospital = world.organization(Hospital, "架空病院").await;
        let ward = world.organization(Department, "看護部").await;
        let unit = world.organization(Department, "病棟").await;
        let vendor = world.organization(Vendor, "架空システム").await;
        use RelationKind::{MemberOf, Oversees, PartOf, Supplies};
        for kind in [Prefecture, Municipality, Network, Association] {
            let body = world.organization(kind, "地域").await;
            assert_eq!(
                world.standing(body, kind, clinic, TODAY).await,
                Standing::Foreign
            );
            let mut relation = if matches!(kind, Prefecture | Municipality) {
                world.relation(Oversees, body, clinic)
            } else {
                world.relation(MemberOf, clinic, body)
            };
            relation.sharing = SharingLevel::Evidence;
            world.relate(relation).await.unwrap();
            assert_eq!(
                world.standing(body, kind, clinic, TODAY).await,
                Standing::Overseen(SharingLevel::Evidence)
            );
            assert_eq!(
                world.standing(body, kind, clinic, "2026-03-31").await,
                Standing::Foreign
            );
            assert_eq!(
                world.standing(body, kind, hospital, TODAY).await,
                Standing::Foreign
            );
            // The other way round there is nothing to see.
            assert_eq!(
                world.standing(clinic, Clinic, body, TODAY).await,
                Standing::Foreign
            );
            assert_eq!(world.standing(body, kind, body, TODAY).await, Standing::Own);
        }
        world
            .relate(world.relation(Supplies, vendor, clinic))
            .await
            .unwrap();
        assert_eq!(
            world.standing(vendor, Vendor, clinic, TODAY).await,
            Standing::Supplied
        );
        assert_eq!(
            world.standing(vendor, Vendor, hospital, TODAY).await,
            Standing::Foreign
        );
        assert_eq!(
            world.standing(clinic, Clinic, vendor, TODAY).await,
            Standing::Foreign
        );
        assert_eq!(
            world.standing(clinic, Clinic, clinic, TODAY).await,
            Standing::Own
        );

        world
            .relate(world.relation(PartOf, ward, hospital))
            .await
            .unwrap();
        world
            .relate(world.relation(PartOf, unit, ward))
            .await
            .unwrap();
        assert_eq!(
            world.standing(hospital, Hospital, ward, TODAY).await,
            Standing::Own
        );
        assert_eq!(
            world.standing(hospital, Hospital, unit, TODAY).await,
            Standing::Own
        );
        assert_eq!(
            world.standing(ward, Department, hospital, TODAY).await,
            Standing::Foreign
        );
        assert_eq!(
            world.standing(clinic, Clinic, unit, TODAY).await,
            Standing::Foreign
        );
    }
}

#[tokio::test]
async fn only_the_institution_itself_changes_what_it_shares() {
    for test in databases(&[]).await {
        let world = World {
            db: &test.database,
            ids: ids(),
        };
        let prefecture = world.organization(Prefecture, "架空県").await;
        let network = world.organization(Network, "架空ネット").await;
        let clinic = world.organization(Clinic, "架空診療所").await;
        let other = world.organization(Clinic, "別の診療所").await;
        let oversees = world.relation(RelationKind::Oversees, prefecture, clinic);
        let member = world.relation(RelationKind::MemberOf, clinic, network);
        let relations = [oversees.id, member.id];
        world.relate(oversees).await.unwrap();
        world.relate(member).await.unwrap();

        let person = |organization, kind, role| {
            Arc::new(Principal {
                actor: Actor::Person {
                    person: PersonId::new(&world.ids),
                    account: yagura_kernel::id::AccountId::new(&world.ids),
                },
                organization,
                organization_kind: kind,
                roles: vec![role],
                second_factor: true,
                token_actions: None,
            })
        };
        let director = person(clinic, Clinic, Role::Director);
        let own = Resource {
            organization: clinic,
            standing: Standing::Own,
        };
        let proof: Authorized<actions::ManageSharing> = authorize(&director, &own).unwrap();
        for relation in relations {
            let mut tx = world.db.begin().await.unwrap();
            directory::set_sharing(&mut tx, &proof, relation, SharingLevel::Detail)
                .await
                .unwrap();
            tx.commit().await.unwrap();
        }
        let overseers = directory::overseers_of(world.db, clinic, date(TODAY))
            .await
            .unwrap();
        assert_eq!(overseers.len(), 2);
        assert!(
            overseers
                .iter()
                .all(|it| it.sharing == SharingLevel::Detail),
            "{overseers:?}"
        );

        // The overseer gets no proof at all.
        let manager = person(prefecture, Prefecture, Role::RegionalManager);
        for level in SharingLevel::ALL {
            let resource = Resource {
                organization: clinic,
                standing: Standing::Overseen(level),
            };
            let refused: Result<Authorized<actions::ManageSharing>, Denial> =
                authorize(&manager, &resource);
            assert!(refused.is_err());
        }
        // A proof for oneself does not reach relations of others, from neither side.
        let elsewhere = person(other, Clinic, Role::Director);
        let resource = Resource {
            organization: other,
            standing: Standing::Own,
        };
        let proof: Authorized<actions::ManageSharing> = authorize(&elsewhere, &resource).unwrap();
        let system = principal(network, Network);
        let resource = Resource {
            organization: network,
            standing: Standing::Own,
        };
        let overseers_own: Authorized<actions::ManageSharing> =
            authorize(&system, &resource).unwrap();
        for proof in [proof, overseers_own] {
            for relation in relations {
                let mut tx = world.db.begin().await.unwrap();
                let refused =
                    directory::set_sharing(&mut tx, &proof, relation, SharingLevel::Status).await;
                assert!(matches!(refused, Err(StoreError::NotFound)));
            }
        }
    }
}

#[tokio::test]
async fn people_hold_roles_from_a_day_to_a_day() {
    for test in databases(&[]).await {
        let (db, ids) = (&test.database, ids());
        let clinic = organization(db, &ids, Clinic, "架空診療所").await;
        let other = organization(db, &ids, Clinic, "別の診療所").await;
        let person = |name: &str| NewPerson {
            id: PersonId::new(&ids),
            name: name.to_owned(),
            name_kana: None,
            email: Some("someone@clinic.example".to_owned()),
            phone: None,
        };
        // Two people of one name are two people.
        let (first, second) = (person("架空 花子"), person("架空 花子"));
        let (first_id, second_id) = (first.id, second.id);
        let assignment = |person, role, from, until: Option<&str>| NewAssignment {
            id: AssignmentId::new(&ids),
            person,
            organization: clinic,
            role,
            validity: Validity {
                from: date(from),
                until: until.map(date),
            },
        };
        let director = assignment(first_id, Role::Director, "2020-04-01", None);
        let director_id = director.id;
        let mut tx = db.begin().await.unwrap();
        directory::insert_person(&mut tx, first, now())
            .await
            .unwrap();
        directory::insert_people(&mut tx, [second], now())
            .await
            .unwrap();
        directory::assign(&mut tx, director).await.unwrap();
        directory::insert_assignments(
            &mut tx,
            [
                assignment(
                    first_id,
                    Role::SafetyManager,
                    "2026-11-21",
                    Some("2026-11-21"),
                ),
                assignment(second_id, Role::Staff, "2025-04-01", Some("2026-03-31")),
                assignment(second_id, Role::Director, "2027-04-01", None),
            ],
        )
        .await
        .unwrap();
        tx.commit().await.unwrap();

        assert_eq!(
            directory::person(db, first_id).await.unwrap().name,
            "架空 花子"
        );
        let nobody = directory::person(db, PersonId::new(&ids)).await;
        assert!(matches!(nobody, Err(StoreError::NotFound)));
        let names = directory::names_of(db, [first_id, second_id, first_id, PersonId::new(&ids)]);
        assert_eq!(names.await.unwrap().len(), 2);
        assert!(directory::names_of(db, []).await.unwrap().is_empty());

        let roles = async |person, day| {
            let held = directory::assignments_of(db, person, date(day))
                .await
                .unwrap();
            held.into_iter().map(|it| it.role).collect::<Vec<_>>()
        };
        assert_eq!(roles(first_id, "2026-11-20").await, [Role::Director]);
        assert_eq!(
            roles(first_id, TODAY).await,
            [Role::Director, Role::SafetyManager]
        );
        assert_eq!(roles(first_id, "2026-11-22").await, [Role::Director]);
        assert_eq!(roles(second_id, "2026-03-31").await, [Role::Staff]);
        assert!(roles(second_id, TODAY).await.is_empty());

        let end = async |organization, id, day| {
            let mut tx = db.begin().await?;
            directory::end_assignment(&mut tx, organization, id, date(day)).await?;
            tx.commit().await
        };
        // Not another organisation's.
        let foreign = end(other, director_id, TODAY).await;
        assert!(matches!(foreign, Err(StoreError::NotFound)));
        let of_clinic = directory::assignments_of_organization(db, clinic, date(TODAY)).await;
        assert_eq!(of_clinic.unwrap().len(), 2);
        end(clinic, director_id, "2027-03-31").await.unwrap();
        end(clinic, director_id, "2028-03-31").await.unwrap();
        let holders = async |day| {
            let held = directory::holders(db, clinic, Role::Director, date(day))
                .await
                .unwrap();
            held.into_iter()
                .map(|it| it.assignment.person)
                .collect::<Vec<_>>()
        };
        assert_eq!(holders("2027-03-31").await, [first_id]);
        assert_eq!(holders("2027-04-01").await, [second_id]);
    }
}
