//! The yearly confirmation: vendors say what is true of their connections, departments confirm their
//! rows, and probes measure both.

use axum::http::{Method, StatusCode};
use serde_json::json;
use uuid::Uuid;
use yagura_inventory::model::{Asset, AssetState, Connection, System};
use yagura_kernel::organization::OrganizationKind;
use yagura_kernel::person::Role;
use yagura_kernel::probe::{Measurement, Outcome, Subject};
use yagura_kernel::relation::{RelationKind, SharingLevel};
use yagura_store::directory::Organization;
use yagura_store::params;
use yagura_web::testing::TestPerson;

use crate::support::{World, asset, connection, system, worlds};

/// A vendor on record with somebody who acts for it.
pub(crate) async fn vendor(world: &World, name: &str) -> (Organization, TestPerson) {
    let app = &world.app;
    let vendor = app.organization(OrganizationKind::Vendor, name, None).await;
    let (from, to) = (vendor.id, world.clinic.id);
    app.relate(RelationKind::Supplies, from, to, SharingLevel::Status)
        .await;
    let person = app.person(&vendor, Role::VendorStaff).await;
    (vendor, person)
}

async fn measured(world: &World, id: &str) -> Measurement {
    let app = &world.app.app;
    let probe = app.probes().iter().find(|probe| probe.id() == id).unwrap();
    let subject = Subject {
        organization: world.clinic.id,
        today: app.today(),
        now: app.now(),
    };
    probe.measure(subject).await.unwrap()
}

async fn said(world: &World) -> serde_json::Value {
    let path = "/api/v1/inventory/vendor-words";
    let (status, words) = world
        .api(world.director, Method::GET, path, json!(null))
        .await;
    assert_eq!(status, StatusCode::OK);
    words
}

const VENDORS: &str = "remote-maintenance-confirmed";

#[tokio::test]
async fn a_vendor_confirms_its_connection_until_the_register_says_something_else() {
    for world in worlds().await {
        let (vendor, maintainer) = vendor(&world, "架空保守").await;
        let line = Connection {
            vendor: Some(vendor.id),
            note: "院内だけの覚え書き".to_owned(),
            end_device: "架空ルーター".to_owned(),
            ..connection("遠隔保守回線")
        };
        let id = world.add(&line).await;
        let app = &world.app;
        assert_eq!(measured(&world, VENDORS).await.outcome, Outcome::Unknown);
        let api = format!("/api/v1/customers/{}/connections", world.clinic.id);
        let another = json!({ "word": "another", "text": "別の回線" });
        let (status, _) = world.api(maintainer, Method::POST, &api, another).await;
        assert_eq!(status, StatusCode::NO_CONTENT);
        let (_, list) = app.get(maintainer, "/customers/connections?open=yes").await;
        assert!(
            list.contains("架空クリニック"),
            "another one is no answer for this one"
        );
        let words = said(&world).await;
        let word = words[0]["id"].as_str().unwrap();
        let settle = format!("/inventory/vendor-words/{word}/settle");
        app.post(world.director, &settle, &[]).await;
        let (_, list) = app.get(maintainer, "/customers/connections?open=yes").await;
        assert!(
            list.contains("架空クリニック") && list.contains("未確認"),
            "{list}"
        );
        let page = format!("/customers/{}/connections", world.clinic.id);
        let (status, shown) = app.get(maintainer, &page).await;
        assert_eq!(status, StatusCode::OK);
        assert!(shown.contains("架空ルーター"), "{shown}");
        assert!(
            !shown.contains("院内だけの覚え書き"),
            "the note is the institution's own"
        );

        let text = id.to_string();
        let right = |revision: &'static str| {
            vec![
                ("connection", text.clone()),
                ("revision", revision.to_owned()),
                ("word", "right".to_owned()),
            ]
        };
        let send = async |fields: &[(&str, String)]| {
            let fields: Vec<(&str, &str)> = fields
                .iter()
                .map(|(name, value)| (*name, value.as_str()))
                .collect();
            app.post(maintainer, &page, &fields).await
        };
        let (status, _) = send(&right("9")).await;
        assert_eq!(
            status,
            StatusCode::CONFLICT,
            "what was read is not what stands there"
        );
        let (status, to) = send(&right("1")).await;
        assert_eq!(status, StatusCode::SEE_OTHER, "{to}");
        let satisfied = measured(&world, VENDORS).await;
        assert_eq!(satisfied.outcome, Outcome::Satisfied);
        assert_eq!((satisfied.covered, satisfied.total), (1, 1));
        let (_, list) = app.get(maintainer, "/customers/connections?open=yes").await;
        assert!(!list.contains("架空クリニック"), "{list}");
        let (_, own) = app
            .get(world.director, &format!("/inventory/connections/{id}"))
            .await;
        assert!(
            own.contains("架空保守") && own.contains("台帳のとおりと確認しました"),
            "{own}"
        );

        // A note is none of the vendor's; another device is.
        let noted = Connection {
            note: "別の覚え書き".to_owned(),
            ..line.clone()
        };
        world.change(id, 1, &noted).await.unwrap();
        assert_eq!(measured(&world, VENDORS).await.outcome, Outcome::Satisfied);
        let other_device = Connection {
            end_device: "別のルーター".to_owned(),
            ..noted
        };
        world.change(id, 2, &other_device).await.unwrap();
        assert_eq!(measured(&world, VENDORS).await.outcome, Outcome::Unknown);

        let wrong = [
            ("connection", text.clone()),
            ("revision", "3".to_owned()),
            ("word", "wrong".to_owned()),
            ("text", String::new()),
        ];
        let (status, _) = send(&wrong).await;
        assert_eq!(
            status,
            StatusCode::BAD_REQUEST,
            "what is wrong must be said"
        );
        let mut wrong = wrong;
        wrong[3].1 = "回線は撤去済みです".to_owned();
        let (status, _) = send(&wrong).await;
        assert_eq!(status, StatusCode::SEE_OTHER);
        assert_eq!(measured(&world, VENDORS).await.outcome, Outcome::Violated);
        let (_, overview) = app.get(world.director, "/inventory").await;
        assert!(overview.contains("回線は撤去済みです"), "{overview}");
        let words = said(&world).await;
        let settle = format!(
            "/inventory/vendor-words/{}/settle",
            words[0]["id"].as_str().unwrap()
        );
        let (status, _) = app.post(world.staff, &settle, &[]).await;
        assert_eq!(status, StatusCode::FORBIDDEN);
        let (status, _) = app.post(world.director, &settle, &[]).await;
        assert_eq!(status, StatusCode::SEE_OTHER);
        assert_eq!(measured(&world, VENDORS).await.outcome, Outcome::Unknown);
    }
}

#[tokio::test]
async fn a_vendor_sees_and_answers_for_its_own_connections_only() {
    for world in worlds().await {
        let (own, maintainer) = vendor(&world, "架空保守").await;
        let (other, _) = vendor(&world, "別の会社").await;
        let of = |vendor: &Organization, name: &str| Connection {
            vendor: Some(vendor.id),
            ..connection(name)
        };
        world.add(&of(&own, "こちらの回線")).await;
        let foreign = world.add(&of(&other, "よその回線")).await;
        let app = &world.app;
        let page = format!("/customers/{}/connections", world.clinic.id);
        let (_, shown) = app.get(maintainer, &page).await;
        assert!(
            shown.contains("こちらの回線") && !shown.contains("よその回線"),
            "{shown}"
        );
        let api = format!("/api/v1{page}");
        let body = json!({ "connection": foreign, "revision": 1, "word": "right" });
        let (status, _) = world.api(maintainer, Method::POST, &api, body).await;
        assert_eq!(status, StatusCode::NOT_FOUND);
        let stranger = app
            .organization(OrganizationKind::Vendor, "取引のない会社", None)
            .await;
        let stranger = app.person(&stranger, Role::VendorManager).await;
        let (status, _) = app.get(stranger, &page).await;
        assert_eq!(status, StatusCode::NOT_FOUND);
        let (status, _) = app.get(world.director, "/customers/connections").await;
        assert_eq!(status, StatusCode::FORBIDDEN);
        assert_eq!(said(&world).await, json!([]));
    }
}

#[tokio::test]
async fn that_there_is_none_is_an_answer_and_another_one_contradicts_it() {
    for world in worlds().await {
        let (_, maintainer) = vendor(&world, "架空保守").await;
        let api = format!("/api/v1/customers/{}/connections", world.clinic.id);
        let say = async |body| world.api(maintainer, Method::POST, &api, body).await.0;
        assert_eq!(measured(&world, VENDORS).await.outcome, Outcome::Unknown);
        assert_eq!(say(json!({ "word": "none" })).await, StatusCode::NO_CONTENT);
        assert_eq!(measured(&world, VENDORS).await.outcome, Outcome::Satisfied);
        assert_eq!(
            say(json!({ "word": "right" })).await,
            StatusCode::BAD_REQUEST
        );
        let another = json!({ "word": "another", "text": "検査装置に携帯回線があります" });
        assert_eq!(say(another).await, StatusCode::NO_CONTENT);
        assert_eq!(measured(&world, VENDORS).await.outcome, Outcome::Violated);
        let words = said(&world).await;
        assert_eq!(
            words.as_array().unwrap().len(),
            1,
            "none stands no more: {words}"
        );
        assert_eq!(say(json!({ "word": "none" })).await, StatusCode::NO_CONTENT);
        assert_eq!(measured(&world, VENDORS).await.outcome, Outcome::Satisfied);
        // Next fiscal year it is asked again.
        world.app.clock.advance_days(365);
        assert_eq!(measured(&world, VENDORS).await.outcome, Outcome::Unknown);
    }
}

#[tokio::test]
async fn departments_confirm_their_rows_and_what_changed_meanwhile_is_left() {
    for world in worlds().await {
        let app = &world.app;
        let of = |department: &str, name: &str| System {
            department: department.to_owned(),
            ..system(name)
        };
        let first = world.add(&of("外来", "予約システム")).await;
        let second = world.add(&of("外来", "問診システム")).await;
        world.add(&of("検査科", "検査システム")).await;
        let path = "/inventory/confirmation";
        let (_, page) = app.get(world.director, path).await;
        assert!(page.contains("今年度の確認はまだ始めていません"), "{page}");
        for wrong in ["", "2020-01-01", "2099-01-01", "あした"] {
            let (status, _) = app.post(world.director, path, &[("due_on", wrong)]).await;
            assert_eq!(status, StatusCode::BAD_REQUEST, "{wrong}");
        }
        let due = format!("{}", app.app.today().next_day().unwrap());
        let (status, _) = app.post(world.director, path, &[("due_on", &due)]).await;
        assert_eq!(status, StatusCode::SEE_OTHER);
        let person = world.head.person.to_string();
        let fields = [("department", "外来"), ("person", person.as_str())];
        let responsible = "/inventory/confirmation/responsible";
        let (status, _) = app.post(world.director, responsible, &fields).await;
        assert_eq!(status, StatusCode::SEE_OTHER);
        let (_, home) = app.get(world.head, "/").await;
        assert!(home.contains("今年度の確認がまだの行が 2 件"), "{home}");

        let rows = "/inventory/confirmation/rows";
        let (_, list) = app
            .get(world.head, &format!("{rows}?department=外来&of=one"))
            .await;
        assert!(
            list.contains("予約システム") && !list.contains("検査システム"),
            "{list}"
        );
        let changed = System {
            note: "移設".to_owned(),
            ..of("外来", "問診システム")
        };
        world.change(second, 1, &changed).await.unwrap();
        let (one, two) = (format!("system:{first}:1"), format!("system:{second}:1"));
        let chosen = [("row", one.as_str()), ("row", two.as_str())];
        let (status, _) = app.post(world.head, rows, &chosen).await;
        assert_eq!(status, StatusCode::SEE_OTHER);
        let year = yagura_kernel::time::FiscalYear::of(app.app.today());
        assert!(world.get::<System>(first).await.is_confirmed_in(year));
        assert!(!world.get::<System>(second).await.is_confirmed_in(year));
        let (status, _) = app.post(world.head, rows, &[]).await;
        assert_eq!(status, StatusCode::BAD_REQUEST);
        let (status, _) = app.post(world.staff, rows, &chosen).await;
        assert_eq!(status, StatusCode::FORBIDDEN);

        // A week on, whoever has something left is reminded once.
        let notices = async || {
            let sql = "SELECT count(*) AS n FROM notifications WHERE message = $1";
            let values = params!["inventory-notice-confirm"];
            app.app.database().count(sql, values).await.unwrap()
        };
        let before = notices().await;
        assert!(before > 0, "the beginning is told");
        app.clock.advance_days(8);
        let mut tx = app.app.database().begin().await.unwrap();
        let job = yagura_store::jobs::NewJob::now(
            "inventory-confirmation-reminders",
            json!({}),
            app.app.now(),
        );
        app.app.enqueue(&mut tx, job).await.unwrap();
        tx.commit().await.unwrap();
        app.run_jobs().await;
        let after = notices().await;
        assert!(after > before, "{before} {after}");
    }
}

#[tokio::test]
async fn the_register_is_complete_when_it_is_confirmed_and_a_scan_saw_it() {
    for world in worlds().await {
        const COMPLETE: &str = "register-complete";
        assert_eq!(measured(&world, COMPLETE).await.outcome, Outcome::Unknown);
        let seen = world.add(&asset("サーバ1")).await;
        let spare = Asset {
            state: AssetState::Spare,
            ..asset("予備機")
        };
        let spare = world.add(&spare).await;
        for id in [seen, spare] {
            let path = format!("/api/v1/inventory/assets/{id}/confirmation");
            let body = json!({ "revision": 1 });
            let (status, _) = world.api(world.director, Method::POST, &path, body).await;
            assert!(status.is_success(), "{status}");
        }
        let unseen = measured(&world, COMPLETE).await;
        assert_eq!(unseen.outcome, Outcome::Unknown);
        assert_eq!(
            unseen.finding.message,
            "inventory-probe-register-not-scanned"
        );
        let app = &world.app.app;
        let mut tx = app.database().begin().await.unwrap();
        tx.execute(
            "INSERT INTO inventory_sightings (asset_id, organization_id, identity, last_seen_at,
                seen_by, unexpected) VALUES ($1, $2, '{}', $3, 'nmap', 0)",
            params![seen, world.clinic.id, app.now()],
        )
        .await
        .unwrap();
        tx.commit().await.unwrap();
        let complete = measured(&world, COMPLETE).await;
        assert_eq!(complete.outcome, Outcome::Satisfied);
        assert_eq!(
            (complete.covered, complete.total),
            (1, 1),
            "a spare is not on the wire"
        );
        let settings = "/inventory/confirmation/settings";
        let (status, _) = world
            .app
            .post(world.director, settings, &[("seen_days", "5")])
            .await;
        assert_eq!(status, StatusCode::BAD_REQUEST);
        let (status, _) = world
            .app
            .post(world.director, settings, &[("seen_days", "３０")])
            .await;
        assert_eq!(status, StatusCode::SEE_OTHER);
        world.app.clock.advance_days(31);
        let stale = measured(&world, COMPLETE).await;
        assert_eq!(stale.finding.message, "inventory-probe-register-coverage");
    }
}

#[tokio::test]
async fn a_restricted_source_needs_evidence_that_is_attached_to_the_connection() {
    for world in worlds().await {
        const RESTRICTED: &str = "source-restricted";
        let line = Connection {
            source_restricted: yagura_inventory::model::Known::Yes,
            ..connection("遠隔保守回線")
        };
        let id = world.add(&line).await;
        let declared = measured(&world, RESTRICTED).await;
        assert_eq!(declared.finding.message, "inventory-probe-source-declared");
        let app = &world.app.app;
        let evidence: Uuid = app.ids().id();
        let (clinic, now) = (world.clinic.id, app.now());
        let mut tx = app.database().begin().await.unwrap();
        tx.execute(
            "INSERT INTO blobs (hash, size, created_at) VALUES ('h', 1, $1)",
            params![now],
        )
        .await
        .unwrap();
        tx.execute(
            "INSERT INTO evidence (id, organization_id, title, search_key, kind, file_name,
                media_type, size, hash, expires_key, number, uploaded_at, revision, reminded, lapsed)
             VALUES ($1, $2, '設定画面', '', 'screenshot', 'a.png', 'png', 1, 'h', '9999-12-31',
                1, $3, 1, 0, 0)",
            params![evidence, clinic, now],
        )
        .await
        .unwrap();
        tx.commit().await.unwrap();
        let item = format!("{clinic}:{id}");
        let piece = evidence.to_string();
        let fields = [("evidence", piece.as_str()), ("item", item.as_str())];
        let (status, to) = world
            .app
            .post(world.director, "/evidence/attach", &fields)
            .await;
        assert_eq!(status, StatusCode::SEE_OTHER, "{to}");
        let proven = measured(&world, RESTRICTED).await;
        assert_eq!(proven.outcome, Outcome::Satisfied, "{proven:?}");
        let (_, page) = world
            .app
            .get(world.director, &format!("/inventory/connections/{id}"))
            .await;
        assert!(page.contains("設定画面"), "{page}");
        let (_, library) = world.app.get(world.director, "/evidence").await;
        assert!(library.contains("遠隔保守回線"), "{library}");
    }
}
