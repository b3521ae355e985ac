//! The roll and its import.

use yagura_kernel::id::OrganizationId;
use yagura_kernel::organization::OrganizationKind;
use yagura_kernel::policy::actions::{ManageMembers, ReadMembers};
use yagura_kernel::relation::RelationKind;
use yagura_kernel::time::parse_date;
use yagura_region::import::{self, ImportError, Outcome, Step};
use yagura_region::model::member::{Notice, Problem};
use yagura_region::store::Reader;
use yagura_region::store::imports::{self, Claim, NewImport, State};
use yagura_region::store::members::{self, MemberChange, membership};
use yagura_store::{Database, StoreError, directory, params, row};

use crate::support::{Region, all, organization};

async fn import(database: &Database, region: &Region, text: &str, dry_run: bool) -> Outcome {
    let started = std::time::Instant::now();
    import::apply_file(
        database,
        &region.may::<ManageMembers>(),
        text.as_bytes(),
        "名簿.csv",
        dry_run,
        region.running(),
        &mut |s, d, n| {
            if n > 5000 && d % 2000 == 0 {
                eprintln!("{s:?} {d}/{n} {:?}", started.elapsed())
            }
        },
    )
    .await
    .unwrap()
}

async fn names(database: &Database, region: &Region) -> Vec<String> {
    let mut roll = members::roll(
        &mut Reader::Database(database),
        &region.may::<ManageMembers>(),
        region.today(),
    )
    .await
    .unwrap();
    roll.sort_by(|a, b| a.draft.name.cmp(&b.draft.name));
    roll.into_iter().map(|member| member.draft.name).collect()
}

#[tokio::test]
async fn an_import_adds_changes_and_never_removes() {
    for test in all().await {
        let database = &test.database;
        let region = Region::new(database, OrganizationKind::Network).await;
        let first = "名称,種別,コード,病床数,電話,代表者,会員番号\n\
                     甲病院,病院,3710001,120,087-811-0001,架空 太郎,A1\n\
                     乙医院,診療所,3710002,,,,\n\
                     丙薬局,薬局,,,,,\n";
        let dry = import(database, &region, first, true).await;
        assert_eq!(
            (dry.counts.new, names(database, &region).await.len()),
            (3, 0),
            "a dry run"
        );
        import(database, &region, first, false).await;
        assert_eq!(
            names(database, &region).await,
            ["丙薬局", "乙医院", "甲病院"]
        );

        let again = import(database, &region, first, false).await;
        assert_eq!(
            (
                again.counts.unchanged,
                again.counts.new,
                again.counts.changed
            ),
            (3, 0, 0)
        );

        let second = "名称,種別,コード,病床数,代表者\n\
                      甲総合病院,病院,3710001,220,\n\
                      ﾍｲ薬局,薬局,3749999,,\n";
        let outcome = import(database, &region, second, false).await;
        let counts = outcome.counts;
        assert_eq!((counts.changed, counts.new, counts.not_in_file), (1, 1, 2));
        assert_eq!(
            names(database, &region).await,
            ["丙薬局", "乙医院", "甲総合病院", "ﾍｲ薬局"]
        );

        let read = region.may::<ReadMembers>();
        let Step::Change { member, .. } = &outcome.plan.steps[0] else {
            panic!()
        };
        let changed = members::one(database, &read, *member, region.today())
            .await
            .unwrap();
        assert_eq!(changed.draft.beds, Some(220));
        assert_eq!(
            changed.draft.representative.as_deref(),
            Some("架空 太郎"),
            "blank leaves"
        );
        assert_eq!(
            changed.draft.phone.as_deref(),
            Some("087-811-0001"),
            "absent leaves"
        );
        assert_eq!(changed.draft.member_number.as_deref(), Some("A1"));
        row! { struct Dated { attribute: String, value: Option<String> } }
        let history: Vec<Dated> = database
            .rows(
                "SELECT attribute, value FROM organization_history WHERE organization_id = $1
                 ORDER BY attribute",
                params![*member],
            )
            .await
            .unwrap();
        let history: Vec<_> = history
            .iter()
            .map(|h| (h.attribute.as_str(), h.value.as_deref()))
            .collect();
        assert_eq!(
            history,
            [
                ("name", Some("甲総合病院")),
                ("permitted_beds", Some("220"))
            ]
        );
    }
}

#[tokio::test]
async fn a_file_with_an_error_changes_nothing() {
    for test in all().await {
        let database = &test.database;
        let region = Region::new(database, OrganizationKind::Prefecture).await;
        let outcome = import(
            database,
            &region,
            "名称,種別\n甲医院,診療所\n乙病院,謎\n",
            false,
        )
        .await;
        assert_eq!((outcome.counts.errors, outcome.counts.new), (1, 1));
        assert_eq!(names(database, &region).await, Vec::<String>::new());
    }
}

#[tokio::test]
async fn each_region_has_its_own_roll_and_own_notes() {
    for test in all().await {
        let database = &test.database;
        let network = Region::new(database, OrganizationKind::Network).await;
        let prefecture = network.beside(database, OrganizationKind::Prefecture).await;
        let file = "名称,種別,コード,備考\n甲医院,診療所,3710001,会費の相談中\n";
        import(database, &network, file, false).await;
        // The same institution joins the other roll; no second record is made of it.
        let joined = import(
            database,
            &prefecture,
            "名称,種別,コード,電話\n甲醫院,診療所,3710001,087-000-0000\n",
            false,
        )
        .await;
        assert!(matches!(joined.plan.steps[0], Step::Join { .. }));
        assert_eq!(joined.counts.joining, 1);
        let Step::Join { organization } = joined.plan.steps[0] else {
            panic!()
        };
        let seen = members::one(
            database,
            &prefecture.may::<ReadMembers>(),
            organization,
            prefecture.today(),
        )
        .await
        .unwrap();
        assert_eq!(seen.draft.name, "甲医院", "its own records stay");
        assert_eq!(seen.draft.phone, None);
        assert_eq!(
            seen.draft.remark, None,
            "notes of the other region are not seen"
        );
        let notices = database
            .count(
                "SELECT count(*) AS n FROM notifications WHERE organization_id = $1",
                params![organization],
            )
            .await
            .unwrap();
        assert_eq!(notices, 1, "it is told of the new overseer");
        row! { struct Kind { kind: String, sharing: i64 } }
        let relations: Vec<Kind> = database
            .rows(
                "SELECT kind, sharing FROM relations ORDER BY kind",
                params![],
            )
            .await
            .unwrap();
        let relations: Vec<_> = relations
            .iter()
            .map(|r| (r.kind.as_str(), r.sharing))
            .collect();
        assert_eq!(
            relations,
            [("member_of", 0), ("oversees", 0)],
            "status only, until it says more"
        );
        assert_eq!(
            membership(OrganizationKind::Association),
            RelationKind::MemberOf
        );

        // A code of a stranger with another name is refused without telling whose it is.
        let taken = import(
            database,
            &prefecture,
            "名称,種別,コード\n乙病院,診療所,3710001\n",
            false,
        );
        assert_eq!(
            taken.await.counts.errors,
            0,
            "it is a member by now: a change of name"
        );
    }
}

#[tokio::test]
async fn foreign_members_are_not_found() {
    for test in all().await {
        let database = &test.database;
        let region = Region::new(database, OrganizationKind::Network).await;
        let stranger = OrganizationId::new(&region.ids);
        let mut tx = database.begin().await.unwrap();
        let clinic = organization(stranger, OrganizationKind::Clinic, "よその医院", Some("9"));
        directory::insert(&mut tx, clinic, region.now)
            .await
            .unwrap();
        tx.commit().await.unwrap();
        let read = region.may::<ReadMembers>();
        let found = members::one(database, &read, stranger, region.today()).await;
        assert!(matches!(found, Err(StoreError::NotFound)));
        let mut tx = database.begin().await.unwrap();
        let ended = members::end(
            &mut tx,
            &region.may::<ManageMembers>(),
            stranger,
            region.today(),
            region.today(),
        )
        .await;
        assert!(matches!(ended, Err(StoreError::NotFound)));
    }
}

#[tokio::test]
async fn a_membership_ends_on_its_last_day() {
    for test in all().await {
        let database = &test.database;
        let region = Region::new(database, OrganizationKind::Municipality).await;
        import(
            database,
            &region,
            "名称,種別,加入日\n甲医院,診療所,2026-04-01\n",
            false,
        )
        .await;
        let manage = region.may::<ManageMembers>();
        let roll = members::roll(&mut Reader::Database(database), &manage, region.today())
            .await
            .unwrap();
        let member = roll[0].id;
        let mut tx = database.begin().await.unwrap();
        let early = parse_date("2026-03-31").unwrap();
        let refused = members::end(&mut tx, &manage, member, early, region.today()).await;
        assert!(matches!(refused, Err(StoreError::Relation(_))));
        drop(tx);
        let mut tx = database.begin().await.unwrap();
        let yesterday = region.today().previous_day().unwrap();
        members::end(&mut tx, &manage, member, yesterday, region.today())
            .await
            .unwrap();
        tx.commit().await.unwrap();
        assert_eq!(names(database, &region).await, Vec::<String>::new());
        // It may come back later: the record of the institution is still there.
        let back = import(database, &region, "名称,種別\n甲医院,診療所\n", false).await;
        assert_eq!(back.counts.new, 1);
    }
}

#[tokio::test]
async fn the_second_of_two_writers_is_told() {
    for test in all().await {
        let database = &test.database;
        let region = Region::new(database, OrganizationKind::Network).await;
        import(database, &region, "名称,種別\n甲医院,診療所\n", false).await;
        let manage = region.may::<ManageMembers>();
        let current = members::roll(&mut Reader::Database(database), &manage, region.today())
            .await
            .unwrap();
        let change = |name: &str| {
            let mut next = current[0].draft.clone();
            next.name = name.to_owned();
            next.code = Some("1".to_owned());
            [MemberChange {
                current: current[0].clone(),
                next,
            }]
        };
        let mut tx = database.begin().await.unwrap();
        members::change(
            &mut tx,
            &manage,
            &change("乙医院"),
            region.today(),
            region.now,
        )
        .await
        .unwrap();
        tx.commit().await.unwrap();
        let mut tx = database.begin().await.unwrap();
        let late = members::change(
            &mut tx,
            &manage,
            &change("丙医院"),
            region.today(),
            region.now,
        )
        .await;
        assert!(matches!(late, Err(StoreError::Conflict)));
        drop(tx);
        assert_eq!(names(database, &region).await, ["乙医院"]);
    }
}

async fn pending(database: &Database, region: &Region, text: &str) -> uuid::Uuid {
    let outcome = import(database, region, text, true).await;
    let id = region.ids.id();
    let mut tx = database.begin().await.unwrap();
    imports::insert(
        &mut tx,
        &region.may::<ManageMembers>(),
        &NewImport {
            id,
            file_name: "名簿.csv",
            parsed: &outcome.parsed,
            fingerprint: &outcome.plan.fingerprint(),
            counts: outcome.counts,
        },
        region.now,
    )
    .await
    .unwrap();
    tx.commit().await.unwrap();
    id
}

#[tokio::test]
async fn a_preview_is_confirmed_once() {
    for test in all().await {
        let database = &test.database;
        let region = Region::new(database, OrganizationKind::Network).await;
        let manage = region.may::<ManageMembers>();
        let id = pending(database, &region, "名称,種別\n甲医院,診療所\n").await;
        let mut tx = database.begin().await.unwrap();
        let Claim::Yours {
            parsed,
            fingerprint,
        } = imports::claim(&mut tx, &manage, id, region.now)
            .await
            .unwrap()
        else {
            panic!()
        };
        let counts = import::apply(
            &mut tx,
            &manage,
            &parsed,
            Some(&fingerprint),
            region.running(),
            &mut |_, _, _| {},
        )
        .await
        .unwrap();
        imports::finish(&mut tx, &manage, id, counts).await.unwrap();
        tx.commit().await.unwrap();
        assert_eq!(names(database, &region).await, ["甲医院"]);

        let mut tx = database.begin().await.unwrap();
        let replayed = imports::claim(&mut tx, &manage, id, region.now)
            .await
            .unwrap();
        assert!(matches!(replayed, Claim::Done(done) if done.new == 1));
        drop(tx);
        let kept = imports::get(database, &manage, id).await.unwrap();
        assert_eq!(kept.state, State::Applied);
        assert!(
            imports::parsed(database, &manage, id)
                .await
                .unwrap()
                .is_none(),
            "rows are gone"
        );
    }
}

#[tokio::test]
async fn a_preview_of_another_day_or_another_roll_is_not_applied() {
    for test in all().await {
        let database = &test.database;
        let region = Region::new(database, OrganizationKind::Network).await;
        let manage = region.may::<ManageMembers>();
        let id = pending(database, &region, "名称,種別\n甲医院,診療所\n").await;
        let later = region.now.plus_days(2);
        let mut tx = database.begin().await.unwrap();
        assert!(matches!(
            imports::claim(&mut tx, &manage, id, later).await.unwrap(),
            Claim::Gone
        ));
        drop(tx);

        import(database, &region, "名称,種別\n甲医院,診療所\n", false).await;
        let mut tx = database.begin().await.unwrap();
        let Claim::Yours {
            parsed,
            fingerprint,
        } = imports::claim(&mut tx, &manage, id, region.now)
            .await
            .unwrap()
        else {
            panic!()
        };
        let applied = import::apply(
            &mut tx,
            &manage,
            &parsed,
            Some(&fingerprint),
            region.running(),
            &mut |_, _, _| {},
        )
        .await;
        assert!(matches!(applied, Err(ImportError::RollChanged)));
        drop(tx);
        assert_eq!(
            imports::get(database, &manage, id).await.unwrap().state,
            State::Pending
        );

        let mut tx = database.begin().await.unwrap();
        assert_eq!(imports::expire(&mut tx, later).await.unwrap(), 1);
        tx.commit().await.unwrap();
        assert_eq!(
            imports::get(database, &manage, id).await.unwrap().state,
            State::Expired
        );
    }
}

#[tokio::test]
async fn codes_of_strangers_are_refused_and_names_alike_pointed_out() {
    for test in all().await {
        let database = &test.database;
        let region = Region::new(database, OrganizationKind::Network).await;
        let mut tx = database.begin().await.unwrap();
        let id = OrganizationId::new(&region.ids);
        let hospital = organization(id, OrganizationKind::Hospital, "よその病院", Some("9"));
        directory::insert(&mut tx, hospital, region.now)
            .await
            .unwrap();
        tx.commit().await.unwrap();
        import(
            database,
            &region,
            "名称,種別,コード\n甲医院,診療所,1\n",
            false,
        )
        .await;
        let outcome = import(
            database,
            &region,
            "名称,種別,コード\nうちの病院,病院,9\n甲医院,診療所,2\n",
            true,
        )
        .await;
        assert!(matches!(
            outcome.plan.issues.kept[0].remark,
            import::Remark::Error(Problem::CodeTaken)
        ));
        assert!(matches!(
            outcome.plan.issues.kept[1].remark,
            import::Remark::Notice(Notice::SameNameOnRoll { .. })
        ));
    }
}

#[tokio::test]
async fn ten_thousand_members_are_taken_over_in_bulk() {
    for test in all().await {
        let database = &test.database;
        let region = Region::new(database, OrganizationKind::Prefecture).await;
        let mut text = String::from("名称,種別,コード,病床数,住所,電話,メール,代表者\n");
        for number in 0..10_000 {
            text.push_str(&format!(
                "架空医院{number},診療所,37{number:05},{},架空市{number}番地,087-811-{:04},a{number}@example.jp,架空{number}\n",
                number % 20,
                number % 10_000,
            ));
        }
        let started = std::time::Instant::now();
        let outcome = import(database, &region, &text, false).await;
        eprintln!(
            "{:?}: 10,000 members in {:?}",
            database.engine(),
            started.elapsed()
        );
        assert_eq!((outcome.counts.new, outcome.counts.errors), (10_000, 0));
        let changed = text.replace("架空市", "新架空市");
        let started = std::time::Instant::now();
        let outcome = import(database, &region, &changed, false).await;
        eprintln!(
            "{:?}: 10,000 changes in {:?}",
            database.engine(),
            started.elapsed()
        );
        assert_eq!(outcome.counts.changed, 10_000);
    }
}
