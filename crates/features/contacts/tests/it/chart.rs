//! The chart: order, deputies, history, confirmation, the probe, the pages.

use axum::http::StatusCode;
use yagura_contacts::{
    CONTACT_CHART_CONFIRMED, Category, ContactChartConfirmed, ContactsError, Gap, NewEntry,
};
use yagura_kernel::policy::actions;
use yagura_kernel::probe::{Outcome, Probe as _, Subject, Weight};
use yagura_kernel::time::parse_date;
use yagura_store::StoreError;

use crate::support::{proof, worlds};

#[tokio::test]
async fn entries_stand_in_the_order_of_calling_and_can_be_moved() {
    for world in worlds().await {
        let app = &world.app.app;
        world
            .add(Category::Mhlw, "厚生労働省", "03-0000-0000")
            .await;
        let first = world.add(Category::Inside, "一", "内線 1").await;
        let second = world.add(Category::Inside, "二", "内線 2").await;
        world.add(Category::Maintenance, "事業者", "000").await;
        let deputy = NewEntry {
            category: Category::Inside,
            name: "一の代理".to_owned(),
            deputy_of: Some(first),
            ..NewEntry::default()
        };
        let deputy = world.try_add(deputy).await.unwrap();
        let names = async || {
            let chart = world.chart().await;
            chart
                .of(Category::Inside)
                .map(|entry| entry.name.clone())
                .collect::<Vec<_>>()
        };
        assert_eq!(names().await, ["一", "二"]);
        let chart = world.chart().await;
        let categories: Vec<_> = chart.entries.iter().map(|entry| entry.category).collect();
        assert!(categories.is_sorted(), "{categories:?}");
        assert_eq!(chart.deputies_of(first).next().unwrap().id, deputy);
        let edit = proof::<actions::EditContacts>(world.director);
        let shift = async |id, up| {
            let mut tx = app.database().begin().await.unwrap();
            let moved = yagura_contacts::shift(&mut tx, &edit, app.ids(), id, up, app.now())
                .await
                .unwrap();
            tx.commit().await.unwrap();
            moved
        };
        assert!(shift(second, true).await);
        assert_eq!(names().await, ["二", "一"]);
        assert!(!shift(second, true).await, "it is the first already");
        assert!(
            !shift(deputy, false).await,
            "deputies are moved among themselves"
        );
        assert!(shift(second, false).await);
        assert_eq!(names().await, ["一", "二"]);
        // An entry that changes its part goes to the end of the new one.
        let mut moved = NewEntry::from(world.chart().await.entry(second).unwrap());
        moved.category = Category::Maintenance;
        let mut tx = app.database().begin().await.unwrap();
        yagura_contacts::change(&mut tx, &edit, app.ids(), 1, &moved, app.now())
            .await
            .unwrap();
        tx.commit().await.unwrap();
        let chart = world.chart().await;
        let outside: Vec<_> = chart
            .of(Category::Maintenance)
            .map(|e| e.name.as_str())
            .collect();
        assert_eq!(outside, ["事業者", "二"]);
    }
}

#[tokio::test]
async fn deputies_stand_in_for_people_inside_and_survive_them() {
    for world in worlds().await {
        let app = &world.app.app;
        let first = world.add(Category::Inside, "一", "内線 1").await;
        let vendor = world.add(Category::Maintenance, "事業者", "000").await;
        let of = |deputy_of| NewEntry {
            category: Category::Inside,
            name: "代理".to_owned(),
            deputy_of: Some(deputy_of),
            ..NewEntry::default()
        };
        let deputy = world.try_add(of(first)).await.unwrap();
        for wrong in [deputy, vendor, uuid::Uuid::from_u128(9)] {
            let refused = world.try_add(of(wrong)).await;
            assert!(matches!(refused, Err(ContactsError::Deputy)), "{refused:?}");
        }
        let outside = NewEntry {
            category: Category::Police,
            ..of(first)
        };
        assert!(matches!(
            world.try_add(outside).await,
            Err(ContactsError::Deputy)
        ));
        // Who has deputies is nobody's deputy and stays inside.
        let edit = proof::<actions::EditContacts>(world.director);
        let second = world.add(Category::Inside, "二", "内線 2").await;
        for change in [
            NewEntry {
                deputy_of: Some(second),
                ..NewEntry::from(world.chart().await.entry(first).unwrap())
            },
            NewEntry {
                category: Category::Other,
                ..NewEntry::from(world.chart().await.entry(first).unwrap())
            },
        ] {
            let mut tx = app.database().begin().await.unwrap();
            let refused =
                yagura_contacts::change(&mut tx, &edit, app.ids(), 1, &change, app.now()).await;
            assert!(matches!(refused, Err(ContactsError::Deputy)), "{refused:?}");
        }
        let mut tx = app.database().begin().await.unwrap();
        yagura_contacts::remove(&mut tx, &edit, app.ids(), first, 1, app.now())
            .await
            .unwrap();
        tx.commit().await.unwrap();
        let chart = world.chart().await;
        assert_eq!(chart.entry(deputy).unwrap().deputy_of, None);
        assert!(chart.entry(first).is_none());
        let read = proof::<actions::ReadContacts>(world.director);
        let history = yagura_contacts::history(app.database(), &read, 50)
            .await
            .unwrap();
        assert_eq!(history[0].event, "removed");
        assert_eq!(
            history[0].detail["entry"]["day_phone"], "内線 1",
            "what stood there is kept"
        );
        assert_eq!(history[0].by_name.as_deref(), Some("架空 director"));
    }
}

#[tokio::test]
async fn a_confirmation_is_of_the_chart_that_was_seen_and_of_a_whole_one() {
    for world in worlds().await {
        let refused = world.confirm(0).await;
        assert!(matches!(refused, Err(ContactsError::Gaps(gaps)) if gaps == Gap::ALL));
        world.fill().await;
        let seen = world.chart().await.revision;
        world.add(Category::Insurer, "架空保険", "000").await;
        let refused = world.confirm(seen).await;
        assert!(
            matches!(refused, Err(ContactsError::Store(StoreError::Conflict))),
            "{refused:?}"
        );
        let seen = world.chart().await.revision;
        world.confirm(seen).await.unwrap();
        let chart = world.chart().await;
        assert_eq!(chart.changed_since, 0);
        let confirmation = chart.confirmation.unwrap();
        assert_eq!(confirmation.fiscal_year.year(), 2026);
        assert_eq!(confirmation.by_name.as_deref(), Some("架空 director"));
        world.add(Category::Other, "その他", "000").await;
        assert_eq!(world.chart().await.changed_since, 1);
    }
}

#[tokio::test]
async fn the_probe_decides_and_never_says_unknown() {
    for world in worlds().await {
        let app = &world.app.app;
        let probe = ContactChartConfirmed {
            database: app.database().clone(),
        };
        assert_eq!(
            (probe.id(), probe.weight()),
            (CONTACT_CHART_CONFIRMED, Weight::Decides)
        );
        let at = |day: &str| {
            let today = parse_date(day).unwrap();
            let now = yagura_kernel::time::Instant::from_jst(today, 9, 0);
            Subject {
                organization: world.clinic.id,
                today,
                now,
            }
        };
        let measured = async |day: &str| probe.measure(at(day)).await.unwrap();
        assert_eq!(measured("2026-11-21").await.outcome, Outcome::Violated);
        world.fill().await;
        assert_eq!(
            measured("2026-11-21").await.outcome,
            Outcome::Violated,
            "not confirmed"
        );
        world.confirm(world.chart().await.revision).await.unwrap();
        let satisfied = measured("2027-03-31").await;
        assert_eq!(satisfied.outcome, Outcome::Satisfied);
        assert_eq!(
            satisfied.valid_until.jst_date(),
            parse_date("2027-04-01").unwrap()
        );
        assert_eq!(measured("2027-04-01").await.outcome, Outcome::Violated);
    }
}

#[tokio::test]
async fn the_whole_chart_is_made_by_forms() {
    for world in worlds().await {
        world.told.times();
        let (status, page) = world.app.get(world.director, "/contacts").await;
        assert_eq!(status, StatusCode::OK);
        assert!(page.contains("連絡体制図はまだありません") && page.contains("架空 director"));
        let (_, home) = world.app.get(world.director, "/").await;
        assert!(home.contains("連絡体制図を作る"));
        // A national office comes with its unverified number.
        let (_, form) = world
            .app
            .get(world.director, "/contacts/new?from=national:mhlw")
            .await;
        assert!(
            form.contains("03-6812-7837") && form.contains("name=\"verified\""),
            "{form}"
        );
        let entries = [
            ("inside", "架空 <太郎>", "内線　１２３", ""),
            (
                "maintenance",
                "架空メディカルシステム",
                "０００－０００－０００１",
                "",
            ),
            ("police", "架空警察署", "000-000-0110", ""),
            ("mhlw", "担当窓口", "03-6812-7837", "mhlw"),
        ];
        for (category, name, phone, key) in entries {
            let fields = [
                ("category", category),
                ("name", name),
                ("day_phone", phone),
                ("pack_key", key),
                ("role", "役割"),
                ("email", "tantou@example.jp"),
            ];
            let (status, page) = world.app.post(world.director, "/contacts", &fields).await;
            assert_eq!(status, StatusCode::SEE_OTHER, "{page}");
        }
        assert_eq!(world.told.times(), 4);
        let (_, page) = world.app.get(world.director, "/contacts").await;
        assert!(page.contains("架空 &lt;太郎&gt;") && page.contains("内線 123"));
        assert!(page.contains("tel:0000000001") && page.contains("番号は未確認"));
        let revision = world.chart().await.revision.to_string();
        let old = [("revision", "1")];
        world
            .app
            .post(world.director, "/contacts/confirm", &old)
            .await;
        assert!(
            world.chart().await.confirmation.is_none(),
            "only what was seen is confirmed"
        );
        let fields = [("revision", revision.as_str())];
        let (status, _) = world
            .app
            .post(world.director, "/contacts/confirm", &fields)
            .await;
        assert_eq!(status, StatusCode::SEE_OTHER);
        let (_, page) = world.app.get(world.director, "/contacts").await;
        assert!(page.contains("令和8年度の確認が済んでいます"), "{page}");
        let (_, home) = world.app.get(world.director, "/").await;
        assert!(!home.contains("連絡体制図を"), "nothing is left to do");
        assert!(world.audited("contacts.edit").await >= 5);
    }
}

#[tokio::test]
async fn wrong_input_is_named_and_kept() {
    for world in worlds().await {
        let fields = [
            ("category", "moon"),
            ("name", ""),
            ("day_phone", "未定"),
            ("email", "not an address"),
            ("deputy_of", "019aa3f0-0000-7000-8000-000000000001"),
            ("note", "残ること"),
        ];
        let (status, page) = world.app.post(world.director, "/contacts", &fields).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(
            page.contains("5か所") && page.contains("残ること") && page.contains("未定"),
            "{page}"
        );
        assert!(world.chart().await.entries.is_empty());
    }
}

#[tokio::test]
async fn the_second_of_two_writers_is_shown_both() {
    for world in worlds().await {
        let id = world
            .add(Category::Police, "架空警察署", "000-000-0110")
            .await;
        let path = format!("/contacts/{id}/edit");
        let fields = |phone: &'static str, revision: &'static str| {
            [
                ("category", "police"),
                ("name", "架空警察署"),
                ("day_phone", phone),
                ("revision", revision),
            ]
        };
        let (status, _) = world
            .app
            .post(world.director, &path, &fields("000-111-0110", "1"))
            .await;
        assert_eq!(status, StatusCode::SEE_OTHER);
        let (status, page) = world
            .app
            .post(world.director, &path, &fields("000-222-0110", "1"))
            .await;
        assert_eq!(status, StatusCode::CONFLICT);
        assert!(page.contains("000-111-0110") && page.contains("000-222-0110"));
        let before = world.chart().await.revision;
        let (status, _) = world
            .app
            .post(world.director, &path, &fields("000-111-0110", "2"))
            .await;
        assert_eq!(status, StatusCode::SEE_OTHER);
        assert_eq!(
            world.chart().await.revision,
            before,
            "nothing changed, so nothing is counted"
        );
        let remove = format!("/contacts/{id}/remove");
        assert_eq!(
            world.app.get(world.director, &remove).await.0,
            StatusCode::OK
        );
        let (status, _) = world
            .app
            .post(world.director, &remove, &[("revision", "1")])
            .await;
        assert_eq!(status, StatusCode::CONFLICT);
        let (status, _) = world
            .app
            .post(world.director, &remove, &[("revision", "2")])
            .await;
        assert_eq!(status, StatusCode::SEE_OTHER);
        let (_, page) = world.app.get(world.director, "/contacts").await;
        assert!(
            page.contains("000-111-0110"),
            "the history keeps the number"
        );
    }
}

#[tokio::test]
async fn the_chart_prints() {
    for world in worlds().await {
        world.fill().await;
        let (status, pdf) = world.app.get(world.director, "/contacts.pdf").await;
        assert_eq!(status, StatusCode::OK);
        assert!(pdf.starts_with("%PDF"));
        assert_eq!(
            world.audited("contacts.read").await,
            1,
            "an export is logged"
        );
    }
}
