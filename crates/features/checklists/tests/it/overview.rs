use yagura_checklists::model::YesNo;
use yagura_checklists::overview::{
    Cursor, MemberFilter, NEVER_OPENED, Progress, count_member_sheets, ensure_year, member_sheet,
    member_sheets, members_changed, members_joined, members_left, own_rows, rebuild_overseer,
    refresh_statistics, region_statistics, sharing_changed, statistics_years,
};
use yagura_kernel::id::OrganizationId;
use yagura_kernel::organization::{OrganizationKind, SizeGroup};
use yagura_kernel::policy::actions;
use yagura_kernel::proof::CellState;
use yagura_kernel::relation::{RelationKind, SharingLevel};
use yagura_kernel::time::parse_date;
use yagura_store::StoreError;
use yagura_store::directory::{NewOrganization, insert_all, insert_relations};
use yagura_store::params;

use crate::support::{World, change, day, worlds};

async fn rows(world: &World, region: OrganizationId, filter: &MemberFilter) -> Vec<String> {
    let proof = world.region::<actions::ReadMembers>(region);
    let rows = member_sheets(
        &world.database,
        world.packs(),
        &proof,
        world.year(),
        filter,
        None,
        100,
    )
    .await
    .unwrap();
    let count = count_member_sheets(&world.database, &proof, world.year(), filter, 1_000)
        .await
        .unwrap();
    assert_eq!(usize::try_from(count).unwrap(), rows.len());
    rows.into_iter().map(|row| row.name).collect()
}

fn all() -> MemberFilter {
    MemberFilter::all(parse_date("2026-11-21").unwrap())
}

async fn build(world: &World) {
    let mut tx = world.database.begin().await.unwrap();
    for overseer in [world.prefecture, world.network] {
        rebuild_overseer(&mut tx, overseer, world.year(), world.now())
            .await
            .unwrap();
    }
    tx.commit().await.unwrap();
}

#[tokio::test]
async fn every_member_has_a_row_and_saving_keeps_it_current() {
    for world in worlds().await {
        build(&world).await;
        assert_eq!(rows(&world, world.prefecture, &all()).await.len(), 2);
        assert_eq!(
            rows(&world, world.network, &all()).await,
            ["みどり坂内科クリニック"]
        );
        let proof = world.region::<actions::ReadMembers>(world.prefecture);
        let of = async |member| {
            let packs = world.packs();
            member_sheet(&world.database, packs, &proof, world.year(), member)
                .await
                .unwrap()
        };
        let before = of(world.clinic).await.unwrap();
        assert_eq!((before.sheet, before.urgency), (None, NEVER_OPENED));
        let opened = world.open(world.clinic).await;
        world
            .save(
                opened.id,
                world.clinic,
                &[change("1-1", 0, YesNo::No, "2026-06-12")],
            )
            .await
            .unwrap();
        let after = of(world.clinic).await.unwrap();
        assert_eq!(after.sheet, Some(opened.id));
        assert_eq!(
            after.cells.as_ref().map(|cells| cells[0]),
            Some(CellState::No)
        );
        assert_eq!((after.answered, after.applicable), (1, 19));
        assert_eq!(after.urgency, 18 * 10_000 + 100);
        assert_eq!(of(world.vendor).await, None, "not a member");
    }
}

#[tokio::test]
async fn what_the_level_status_hides_is_not_even_stored() {
    for world in worlds().await {
        build(&world).await;
        let opened = world.open(world.hospital).await;
        let mut no = change("1-1", 0, YesNo::No, "2026-06-12");
        no.input.target = Some(day("2026-06-20"));
        world.save(opened.id, world.hospital, &[no]).await.unwrap();
        let proof = world.region::<actions::ReadMembers>(world.prefecture);
        let check = async || {
            let row = member_sheet(
                &world.database,
                world.packs(),
                &proof,
                world.year(),
                world.hospital,
            )
            .await
            .unwrap()
            .unwrap();
            assert_eq!((row.cells, row.counts, row.next_target), (None, None, None));
            assert_eq!((row.answered, row.applicable), (1, 19));
            assert_eq!(
                row.urgency,
                18 * 10_000,
                "the order does not tell of the いいえ"
            );
            let leaks = world
                .database
                .count(
                    "SELECT count(*) AS n FROM overseen_sheets
                     WHERE sharing = 0 AND (cells <> '' OR no_count > 0 OR next_target IS NOT NULL)",
                    params![],
                )
                .await
                .unwrap();
            assert_eq!(leaks, 0);
        };
        check().await;
        build(&world).await;
        check().await;
    }
}

#[tokio::test]
async fn a_changed_sharing_level_shows_and_hides_at_once() {
    for world in worlds().await {
        build(&world).await;
        let opened = world.open(world.clinic).await;
        let yes = [change("1-1", 0, YesNo::Yes, "2026-06-12")];
        world.save(opened.id, world.clinic, &yes).await.unwrap();
        for (level, visible) in [(0_i64, false), (2, true), (0, false)] {
            let mut tx = world.database.begin().await.unwrap();
            tx.execute(
                "UPDATE relations SET sharing = $1 WHERE kind = 'oversees' AND to_id = $2",
                params![level, world.clinic],
            )
            .await
            .unwrap();
            sharing_changed(&mut tx, &*world.ids, world.clinic, world.now())
                .await
                .unwrap();
            tx.commit().await.unwrap();
            let proof = world.region::<actions::ReadMembers>(world.prefecture);
            let row = member_sheet(
                &world.database,
                world.packs(),
                &proof,
                world.year(),
                world.clinic,
            )
            .await
            .unwrap()
            .unwrap();
            assert_eq!(row.cells.is_some(), visible);
        }
    }
}

#[tokio::test]
async fn the_roll_drives_the_rows() {
    for world in worlds().await {
        build(&world).await;
        let mut tx = world.database.begin().await.unwrap();
        let relation = world.relation(
            RelationKind::MemberOf,
            world.hospital,
            world.network,
            SharingLevel::Detail,
        );
        insert_relations(&mut tx, [relation]).await.unwrap();
        let ids = &*world.ids;
        let (year, now) = (world.year(), world.now());
        members_joined(&mut tx, ids, world.network, &[world.hospital], year, now)
            .await
            .unwrap();
        tx.commit().await.unwrap();
        assert_eq!(rows(&world, world.network, &all()).await.len(), 2);
        let mut tx = world.database.begin().await.unwrap();
        members_left(&mut tx, ids, world.network, &[world.clinic], year, now)
            .await
            .unwrap();
        tx.execute(
            "UPDATE organizations SET name = 'あたらしい名', permitted_beds = 150 WHERE id = $1",
            params![world.hospital],
        )
        .await
        .unwrap();
        members_changed(&mut tx, ids, &[world.hospital], now)
            .await
            .unwrap();
        tx.commit().await.unwrap();
        assert_eq!(rows(&world, world.network, &all()).await, ["あたらしい名"]);
        let small = MemberFilter {
            size_group: Some(SizeGroup::HospitalSmall),
            ..all()
        };
        assert_eq!(rows(&world, world.network, &small).await.len(), 1);
        let mut tx = world.database.begin().await.unwrap();
        assert_eq!(
            ensure_year(&mut tx, ids, year, now).await.unwrap(),
            1,
            "the relation of the clinic still stands"
        );
        assert_eq!(ensure_year(&mut tx, ids, year, now).await.unwrap(), 0);
    }
}

#[tokio::test]
async fn who_leaves_is_seen_no_more_not_even_in_past_years() {
    for world in worlds().await {
        let year = world.year();
        let opened = world.open(world.clinic).await;
        let mut no = change("1-1", 0, YesNo::No, "2026-06-12");
        no.input.target = Some(day("2026-12-20"));
        world.save(opened.id, world.clinic, &[no]).await.unwrap();
        build(&world).await;
        // A year later the sheet of this year is one of the past.
        world.clock.advance_days(365);
        build(&world).await;
        let ids = &*world.ids;
        let now = world.now();
        let mut tx = world.database.begin().await.unwrap();
        tx.execute(
            "UPDATE relations SET valid_until = '2026-12-31' WHERE kind = 'oversees' AND to_id = $1",
            params![world.clinic],
        )
        .await
        .unwrap();
        let members = [world.clinic];
        members_left(&mut tx, ids, world.prefecture, &members, world.year(), now)
            .await
            .unwrap();
        tx.commit().await.unwrap();
        let proof = world.region::<actions::ReadMembers>(world.prefecture);
        let packs = world.packs();
        let of = async |year| {
            member_sheet(&world.database, packs, &proof, year, world.clinic)
                .await
                .unwrap()
        };
        assert_eq!(of(world.year()).await, None);
        let past = of(year).await.unwrap();
        assert_eq!(
            (past.cells, past.counts, past.next_target),
            (None, None, None)
        );
        assert_eq!(past.answered, 1, "the trend still counts it");
    }
}

#[tokio::test]
async fn the_groups_of_the_database_are_those_of_the_kernel() {
    for world in worlds().await {
        let mut expected = Vec::new();
        let mut new = Vec::new();
        let mut relations = Vec::new();
        let kinds = [
            OrganizationKind::Hospital,
            OrganizationKind::Clinic,
            OrganizationKind::DentalClinic,
            OrganizationKind::Pharmacy,
        ];
        for kind in kinds {
            for beds in [
                None,
                Some(0),
                Some(1),
                Some(19),
                Some(20),
                Some(199),
                Some(200),
                Some(399),
                Some(400),
                Some(865),
            ] {
                let id = OrganizationId::new(&*world.ids);
                expected.push((id, SizeGroup::of(kind, beds).unwrap()));
                new.push(NewOrganization {
                    id,
                    kind,
                    name: format!("{kind:?} {beds:?}"),
                    code: None,
                    region_code: None,
                    permitted_beds: beds,
                    address: None,
                    phone: None,
                    email: None,
                });
                relations.push(world.relation(
                    RelationKind::Oversees,
                    world.prefecture,
                    id,
                    SharingLevel::Answers,
                ));
            }
        }
        let mut tx = world.database.begin().await.unwrap();
        insert_all(&mut tx, new, world.now()).await.unwrap();
        insert_relations(&mut tx, relations).await.unwrap();
        tx.commit().await.unwrap();
        build(&world).await;
        let proof = world.region::<actions::ReadMembers>(world.prefecture);
        for (member, group) in expected {
            let row = member_sheet(&world.database, world.packs(), &proof, world.year(), member)
                .await
                .unwrap()
                .unwrap();
            assert_eq!(row.size_group, group, "{}", row.name);
        }
    }
}

#[tokio::test]
async fn filters_and_cursors_find_each_member_once() {
    for world in worlds().await {
        let mut new = Vec::new();
        let mut relations = Vec::new();
        for number in 0..25 {
            let id = OrganizationId::new(&*world.ids);
            new.push(NewOrganization {
                id,
                kind: OrganizationKind::Pharmacy,
                name: format!("見本薬局 {number:02}"),
                code: None,
                region_code: Some("36".to_owned()),
                permitted_beds: None,
                address: None,
                phone: None,
                email: None,
            });
            relations.push(world.relation(
                RelationKind::Oversees,
                world.prefecture,
                id,
                SharingLevel::Answers,
            ));
        }
        let mut tx = world.database.begin().await.unwrap();
        insert_all(&mut tx, new, world.now()).await.unwrap();
        insert_relations(&mut tx, relations).await.unwrap();
        tx.commit().await.unwrap();
        build(&world).await;
        let opened = world.open(world.clinic).await;
        let mut no = change("2-5", 0, YesNo::No, "2026-06-12");
        no.input.target = Some(day("2026-10-01"));
        world.save(opened.id, world.clinic, &[no]).await.unwrap();

        let region = world.prefecture;
        let with = |change: &dyn Fn(&mut MemberFilter)| {
            let mut filter = all();
            change(&mut filter);
            filter
        };
        let pharmacies = with(&|f| f.kind = Some(OrganizationKind::Pharmacy));
        assert_eq!(rows(&world, region, &pharmacies).await.len(), 25);
        let elsewhere = with(&|f| f.region_code = Some("36".to_owned()));
        assert_eq!(rows(&world, region, &elsewhere).await.len(), 25);
        let named = with(&|f| f.search = Some("坂内科".to_owned()));
        assert_eq!(rows(&world, region, &named).await.len(), 1);
        let wild = with(&|f| f.search = Some("%".to_owned()));
        assert_eq!(
            rows(&world, region, &wild).await.len(),
            0,
            "% is a letter like others"
        );
        let progress = |progress| with(&|f| f.progress = Some(progress));
        assert_eq!(
            rows(&world, region, &progress(Progress::NotOpened))
                .await
                .len(),
            26
        );
        assert_eq!(
            rows(&world, region, &progress(Progress::Incomplete))
                .await
                .len(),
            1
        );
        assert_eq!(
            rows(&world, region, &progress(Progress::Done)).await.len(),
            0
        );
        assert_eq!(
            rows(&world, region, &progress(Progress::Overdue))
                .await
                .len(),
            1
        );
        assert_eq!(
            rows(&world, region, &progress(Progress::Contradictions))
                .await
                .len(),
            0
        );
        let place = world
            .packs()
            .get("mhlw-checklist-r08-institution")
            .unwrap()
            .items()
            .position(|item| item.key == "2-5")
            .unwrap();
        let cell = with(&|f| f.item = Some((place, CellState::No)));
        assert_eq!(rows(&world, region, &cell).await.len(), 1);
        let chosen = with(&|f| f.members = Some(vec![world.clinic, world.vendor]));
        assert_eq!(rows(&world, region, &chosen).await.len(), 1);
        assert_eq!(
            rows(&world, region, &with(&|f| f.members = Some(Vec::new())))
                .await
                .len(),
            0
        );

        let proof = world.region::<actions::ReadMembers>(region);
        let mut seen = Vec::new();
        let mut after: Option<Cursor> = None;
        loop {
            let page = member_sheets(
                &world.database,
                world.packs(),
                &proof,
                world.year(),
                &all(),
                after,
                4,
            )
            .await
            .unwrap();
            let Some(last) = page.last() else { break };
            after = Some(Cursor::after(last));
            seen.extend(
                page.into_iter()
                    .map(|row| (std::cmp::Reverse(row.urgency), row.member)),
            );
        }
        assert_eq!(seen.len(), 27);
        assert!(seen.is_sorted(), "the most urgent first, then by id");
    }
}

#[tokio::test]
async fn sums_count_only_who_shares_answers_and_only_members_may_see_them() {
    for world in worlds().await {
        build(&world).await;
        for institution in [world.clinic, world.hospital] {
            let opened = world.open(institution).await;
            let yes = [change("1-1", 0, YesNo::Yes, "2026-06-12")];
            world.save(opened.id, institution, &yes).await.unwrap();
        }
        let members = refresh_statistics(
            &world.database,
            world.packs(),
            world.prefecture,
            world.year(),
            world.now(),
        )
        .await
        .unwrap();
        assert_eq!(members, 2);
        let proof = world.region::<actions::ReadComparison>(world.prefecture);
        let sums = region_statistics(
            &world.database,
            &proof,
            world.prefecture,
            world.year(),
            world.now(),
        )
        .await
        .unwrap()
        .unwrap();
        let groups: Vec<SizeGroup> = sums.groups.iter().map(|group| group.size_group).collect();
        assert_eq!(
            groups,
            [SizeGroup::HospitalLarge, SizeGroup::ClinicWithoutBeds]
        );
        let (hospital, clinic) = (&sums.groups[0], &sums.groups[1]);
        assert_eq!(
            (hospital.members, hospital.opened, hospital.sharing_answers),
            (1, 1, 0)
        );
        assert_eq!(hospital.items[0].declared, 0, "shares its status only");
        assert_eq!(clinic.sharing_answers, 1);
        assert_eq!(clinic.items[0].declared, 1);
        assert_eq!(clinic.items[1].unanswered, 1);
        assert_eq!(hospital.answered_percent[5], 1, "one of 19 rows");
        assert_eq!(clinic.answered_percent.iter().sum::<i64>(), 1);
        let years = statistics_years(&world.database, &proof, world.prefecture, world.now())
            .await
            .unwrap();
        assert_eq!(years, [world.year()]);
        let member = world.own::<actions::ReadComparison>(world.clinic);
        let read = async |overseer| {
            let now = world.now();
            region_statistics(&world.database, &member, overseer, world.year(), now).await
        };
        assert!(
            read(world.prefecture).await.unwrap().is_some(),
            "a member may compare itself"
        );
        assert!(read(world.network).await.unwrap().is_none(), "never made");
        assert!(matches!(
            read(world.vendor).await,
            Err(StoreError::NotFound)
        ));
        let own = own_rows(&world.database, world.packs(), &member, world.year())
            .await
            .unwrap();
        assert_eq!(own.len(), 2, "the prefecture and the network");
    }
}
