//! The library, links and counts, changes and withdrawals.

use axum::http::StatusCode;
use yagura_evidence::{Cursor, EvidenceError, Filter, ItemCounts, ItemRef, Order, State};
use yagura_kernel::policy::actions;
use yagura_kernel::probe::{Outcome, Probe as _, Subject};
use yagura_store::StoreError;

use crate::support::{day, proof, worlds};

#[tokio::test]
async fn counts_of_a_sheet_follow_dates_and_withdrawals() {
    for world in worlds().await {
        let app = &world.app.app;
        let today = app.today();
        let current = world.piece("期限なし", None).await;
        let last_day = world.piece("今日まで", Some("2026-11-21")).await;
        let expired = world.piece("昨日まで", Some("2026-11-20")).await;
        let withdrawn = world.piece("取り下げ", None).await;
        let at = world.at("2-6");
        for id in [current, last_day, expired, withdrawn] {
            assert_eq!(world.attach(id, std::slice::from_ref(&at)).await, 1);
            assert_eq!(
                world.attach(id, std::slice::from_ref(&at)).await,
                0,
                "a link stands once"
            );
        }
        assert_eq!(
            world.attach(current, &[world.at("2-1"), at.clone()]).await,
            1
        );
        let manage = proof::<actions::ManageEvidence>(world.director);
        let mut tx = app.database().begin().await.unwrap();
        yagura_evidence::withdraw(&mut tx, &manage, app.ids(), withdrawn, 1, "誤り", app.now())
            .await
            .unwrap();
        let within = yagura_evidence::counts_within(&mut tx, world.sheet, today)
            .await
            .unwrap();
        let lapse = yagura_evidence::next_lapse(&mut tx, world.sheet, today)
            .await
            .unwrap();
        tx.commit().await.unwrap();
        let read = proof::<actions::ReadSheet>(world.director);
        let counts = yagura_evidence::counts(app.database(), &read, world.sheet, today)
            .await
            .unwrap();
        assert_eq!(counts, within);
        assert_eq!(
            counts["2-6"],
            ItemCounts {
                current: 2,
                expiring: 1,
                expired: 1
            }
        );
        assert_eq!(
            counts["2-1"],
            ItemCounts {
                current: 1,
                expiring: 0,
                expired: 0
            }
        );
        assert_eq!(counts.len(), 2);
        assert_eq!(lapse, Some(day("2026-11-22")));
        let read = proof::<actions::ReadEvidence>(world.director);
        let linked = yagura_evidence::of_sheet(app.database(), &read, world.sheet)
            .await
            .unwrap();
        assert_eq!(linked.len(), 4, "the withdrawn one is left out");
        let of_item = yagura_evidence::of_item(app.database(), &read, &at)
            .await
            .unwrap();
        assert_eq!(of_item.len(), 3);

        // What is withdrawn or foreign cannot be linked.
        let mut tx = app.database().begin().await.unwrap();
        let refused =
            yagura_evidence::attach(&mut tx, &manage, app.ids(), withdrawn, &[at], app.now()).await;
        assert!(matches!(refused, Err(EvidenceError::Withdrawn)));
        drop(tx);
    }
}

#[tokio::test]
async fn the_library_pages_by_key_in_both_orders_and_filters() {
    for world in worlds().await {
        let app = &world.app.app;
        let read = proof::<actions::ReadEvidence>(world.director);
        for number in 0..7 {
            let expires = format!("2027-01-0{}", number % 3 + 1);
            let expires = (number % 2 == 0).then_some(expires.as_str());
            world.piece(&format!("契約{number}"), expires).await;
        }
        for order in [Order::Urgency, Order::Newest] {
            let filter = Filter {
                order,
                ..Filter::default()
            };
            let (mut titles, mut after) = (Vec::new(), None::<Cursor>);
            loop {
                let page = yagura_evidence::library(
                    app.database(),
                    &read,
                    &filter,
                    after.as_ref(),
                    2,
                    app.today(),
                )
                .await
                .unwrap();
                assert_eq!(page.total, 7);
                titles.extend(page.pieces.iter().map(|piece| piece.title.clone()));
                match page.next {
                    Some(next) => after = Cursor::parse(&next.to_string()),
                    None => break,
                }
            }
            assert_eq!(titles.len(), 7, "{order:?}: {titles:?}");
            titles.sort();
            titles.dedup();
            assert_eq!(titles.len(), 7, "none twice");
        }
        let count = async |filter: Filter| {
            yagura_evidence::library(app.database(), &read, &filter, None, 50, app.today())
                .await
                .unwrap()
                .total
        };
        let words = |words: &str| Filter {
            words: words.to_owned(),
            ..Filter::default()
        };
        assert_eq!(count(words("ケイヤク")).await, 0);
        assert_eq!(count(words("契約３")).await, 1, "width does not matter");
        assert_eq!(count(words("%")).await, 0, "a sign is a sign");
        assert_eq!(count(words("_")).await, 0);
        assert_eq!(
            count(Filter {
                state: State::Unlinked,
                ..Filter::default()
            })
            .await,
            7
        );
        assert_eq!(
            count(Filter {
                state: State::Expired,
                ..Filter::default()
            })
            .await,
            0
        );
        assert!(Cursor::parse("9999-12-31_x").is_none() && Cursor::parse("'; DROP").is_none());
    }
}

#[tokio::test]
async fn the_page_lists_counts_and_links_and_saves_as_xlsx() {
    for world in worlds().await {
        let (status, page) = world.app.get(world.director, "/evidence").await;
        assert_eq!(status, StatusCode::OK);
        assert!(
            page.contains("証拠はまだありません"),
            "an empty library says why"
        );
        let id = world.piece("<i>契約</i>", Some("2026-11-25")).await;
        world.attach(id, &[world.at("2-6")]).await;
        world.piece("=cmd|' /C calc'!A0", Some("2026-11-01")).await;
        let (_, page) = world.app.get(world.director, "/evidence").await;
        assert!(page.contains("&lt;i&gt;契約&lt;/i&gt;") && page.contains("あと4日"));
        assert!(page.contains("/checklists/x/2-6") && page.contains("期限切れ 20日"));
        let (_, page) = world
            .app
            .get(world.director, "/evidence?state=expiring&q=%E5%A5%91")
            .await;
        assert!(page.contains("契約") && !page.contains("cmd|"));
        let item = format!("/evidence?sheet={}&item=2-6", world.sheet);
        let (_, page) = world.app.get(world.director, &item).await;
        assert!(page.contains("契約") && !page.contains("cmd|"));
        let (status, book) = world.app.get(world.director, "/evidence.xlsx").await;
        assert_eq!(status, StatusCode::OK);
        assert!(book.starts_with("PK"));
        let (_, home) = world.app.get(world.director, "/").await;
        assert!(home.contains("期限の近い証拠を確かめる"), "{home}");
    }
}

#[tokio::test]
async fn attaching_and_detaching_by_forms_tells_the_sheet_and_keeps_the_history() {
    for world in worlds().await {
        world.sheets.told();
        let id = world.piece("契約", None).await;
        let item = world.at("3-1").to_string();
        let path = format!("/evidence/{id}/attach");
        let fields = [("item", item.as_str()), ("return", "/checklists/x")];
        let (status, to) = world.app.post(world.director, &path, &fields).await;
        assert_eq!(
            (status, to.as_str()),
            (StatusCode::SEE_OTHER, "/checklists/x")
        );
        assert_eq!(world.sheets.told(), [world.sheet]);
        let evil = [("item", item.as_str()), ("return", "//evil.example/")];
        let (_, to) = world
            .app
            .post(world.director, &format!("/evidence/{id}/detach"), &evil)
            .await;
        assert_eq!(to, "/", "nobody is sent to another site");
        assert_eq!(world.sheets.told(), [world.sheet]);
        let chosen = id.to_string();
        let fields = [
            ("evidence", chosen.as_str()),
            ("item", item.as_str()),
            ("return", ""),
        ];
        let (status, _) = world
            .app
            .post(world.director, "/evidence/attach", &fields)
            .await;
        assert_eq!(status, StatusCode::SEE_OTHER);
        let (_, page) = world
            .app
            .get(world.director, &format!("/evidence/{id}"))
            .await;
        for word in ["項目に付けた", "項目から外した", "追加"] {
            assert!(page.contains(word), "{word}");
        }
    }
}

#[tokio::test]
async fn the_second_of_two_writers_is_shown_both() {
    for world in worlds().await {
        let id = world.piece("契約", None).await;
        let path = format!("/evidence/{id}/edit");
        let fields = |title: &'static str, revision: &'static str| {
            [
                ("title", title),
                ("kind", "contract"),
                ("expires_on", "R9.3.31"),
                ("revision", revision),
            ]
        };
        let (status, _) = world
            .app
            .post(world.director, &path, &fields("甲の名称", "1"))
            .await;
        assert_eq!(status, StatusCode::SEE_OTHER);
        let (status, page) = world
            .app
            .post(world.director, &path, &fields("乙の名称", "1"))
            .await;
        assert_eq!(status, StatusCode::CONFLICT);
        assert!(
            page.contains("甲の名称") && page.contains("乙の名称"),
            "nothing typed is lost"
        );
        let (status, _) = world
            .app
            .post(world.director, &path, &fields("乙の名称", "2"))
            .await;
        assert_eq!(status, StatusCode::SEE_OTHER);
        let wrong = [
            ("title", ""),
            ("kind", "boat"),
            ("issued_on", "R20.1.1"),
            ("revision", "3"),
        ];
        let (status, page) = world.app.post(world.director, &path, &wrong).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(page.contains("3か所"), "title, kind and date: {page}");
    }
}

#[tokio::test]
async fn withdrawing_needs_a_reason_and_can_be_undone() {
    for world in worlds().await {
        world.sheets.told();
        let id = world.piece("契約", None).await;
        world.attach(id, &[world.at("2-6")]).await;
        let path = format!("/evidence/{id}/withdraw");
        let (_, page) = world.app.get(world.director, &path).await;
        assert!(
            page.contains("(1件)"),
            "it says what will happen to how many: {page}"
        );
        let none = [("reason", "  "), ("revision", "1")];
        let (status, _) = world.app.post(world.director, &path, &none).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
        let why = [("reason", "別の施設の契約書でした"), ("revision", "1")];
        let (status, _) = world.app.post(world.director, &path, &why).await;
        assert_eq!(status, StatusCode::SEE_OTHER);
        assert_eq!(world.sheets.told(), [world.sheet]);
        let (_, page) = world
            .app
            .get(world.director, "/evidence?state=withdrawn")
            .await;
        assert!(page.contains("契約"), "it stays on record");
        let (_, page) = world
            .app
            .get(world.director, &format!("/evidence/{id}"))
            .await;
        assert!(page.contains("別の施設の契約書でした"));
        let (status, page) = world
            .app
            .post(world.director, &path, &[("reason", "x"), ("revision", "2")])
            .await;
        assert_eq!(status, StatusCode::BAD_REQUEST, "{page}");
        let restore = format!("/evidence/{id}/restore");
        let (status, _) = world
            .app
            .post(world.director, &restore, &[("revision", "1")])
            .await;
        assert_eq!(status, StatusCode::CONFLICT);
        let (status, _) = world
            .app
            .post(world.director, &restore, &[("revision", "2")])
            .await;
        assert_eq!(status, StatusCode::SEE_OTHER);
        let app = &world.app.app;
        let read = proof::<actions::ReadSheet>(world.director);
        let counts = yagura_evidence::counts(app.database(), &read, world.sheet, app.today())
            .await
            .unwrap();
        assert_eq!(counts["2-6"].current, 1);
    }
}

#[tokio::test]
async fn pieces_of_another_organisation_are_not_there() {
    for world in worlds().await {
        let app = &world.app.app;
        let id = world.piece("契約", None).await;
        let other = world
            .app
            .organization(
                yagura_kernel::organization::OrganizationKind::Clinic,
                "別の施設",
                None,
            )
            .await;
        let stranger = world
            .app
            .person(&other, yagura_kernel::person::Role::Director)
            .await;
        let read = proof::<actions::ReadEvidence>(stranger);
        let found = yagura_evidence::piece(app.database(), &read, id).await;
        assert!(matches!(found, Err(EvidenceError::NotFound)));
        let manage = proof::<actions::ManageEvidence>(stranger);
        let mut tx = app.database().begin().await.unwrap();
        let at = ItemRef::new(world.sheet, "2-6");
        let attached = yagura_evidence::attach(
            &mut tx,
            &manage,
            app.ids(),
            id,
            std::slice::from_ref(&at),
            app.now(),
        )
        .await;
        assert!(matches!(attached, Err(EvidenceError::NotFound)));
        let withdrawn =
            yagura_evidence::withdraw(&mut tx, &manage, app.ids(), id, 1, "x", app.now()).await;
        assert!(matches!(withdrawn, Err(EvidenceError::NotFound)));
        drop(tx);
        let of_sheet = yagura_evidence::of_sheet(app.database(), &read, world.sheet)
            .await
            .unwrap();
        assert!(of_sheet.is_empty());
        let unknown = yagura_evidence::owner(app.database(), uuid::Uuid::nil().into()).await;
        assert!(matches!(unknown, Err(StoreError::NotFound)));
    }
}

#[tokio::test]
async fn the_probe_looks_at_linked_pieces_only() {
    for world in worlds().await {
        let app = &world.app.app;
        let probe = yagura_evidence::EvidenceCurrent {
            database: app.database().clone(),
        };
        let subject = Subject {
            organization: world.clinic.id,
            today: app.today(),
            now: app.now(),
        };
        world.piece("古い契約", Some("2026-01-01")).await;
        let unlinked = probe.measure(subject).await.unwrap();
        assert_eq!(unlinked.outcome, Outcome::Unknown);
        let id = world.piece("契約", Some("2027-01-01")).await;
        world.attach(id, &[world.at("2-6"), world.at("2-1")]).await;
        let current = probe.measure(subject).await.unwrap();
        assert_eq!(
            (current.outcome, current.covered, current.total),
            (Outcome::Satisfied, 1, 1)
        );
        let later = Subject {
            today: day("2027-01-02"),
            ..subject
        };
        let expired = probe.measure(later).await.unwrap();
        assert_eq!(
            (expired.outcome, expired.covered, expired.total),
            (Outcome::Violated, 0, 1)
        );
    }
}
