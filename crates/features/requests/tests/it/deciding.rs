//! Deciding: the chain, questions, withdrawal, recall, two at once, those who left.

use axum::http::{Method, StatusCode};
use serde_json::{Value, json};
use yagura_store::{params, row};

use crate::support::{World, exception, export, worlds};

const HEAD: &str = "department-head";

fn id(filed: &Value) -> Value {
    filed["id"].clone()
}

async fn refused(world: &World, answer: (StatusCode, Value), key: &str) {
    let (status, problem) = answer;
    assert_eq!(
        status,
        StatusCode::BAD_REQUEST,
        "{} {problem}",
        world.app.engine
    );
    let kind = problem["type"].as_str().unwrap();
    assert!(kind.ends_with(key), "{kind} is not {key}");
}

#[tokio::test]
async fn the_chain_decides_in_order_and_the_grant_is_in_the_log() {
    for world in worlds().await {
        let filed = world.file(world.staff, "form-data-export", export()).await;
        let id = id(&filed);
        assert_eq!(filed["standing"], "waiting");
        // The requester's seat is nobody's; the next in the chain cannot go first.
        let early = world.decide(world.safety, &id, "safety", "safety-manager", "granted");
        assert_eq!(early.await.0, StatusCode::BAD_REQUEST);
        assert_eq!(
            world.read(world.stranger, &id).await.0,
            StatusCode::NOT_FOUND
        );
        assert_eq!(
            world.read(world.other_staff, &id).await.0,
            StatusCode::NOT_FOUND
        );
        let own = world
            .decide(world.staff, &id, "head", HEAD, "granted")
            .await;
        refused(&world, own, "requests-refusal-own").await;
        let other = world
            .decide(world.other_staff, &id, "head", HEAD, "granted")
            .await;
        assert_eq!(other.0, StatusCode::NOT_FOUND);
        world.granted(world.head, &id, "head", HEAD).await;
        world
            .granted(world.records, &id, "records", "clinical-records-desk")
            .await;
        world
            .granted(world.system, &id, "system", "system-operator")
            .await;
        world
            .granted(world.safety, &id, "safety", "safety-manager")
            .await;
        let now = world
            .granted(world.director, &id, "director", "director")
            .await;
        assert_eq!(now["standing"], "carrying-out");
        // Every decision is in the audit log with what it was about, and the entries of the ledgers.
        let sql = "SELECT count(*) AS n FROM audit_entries
                   WHERE resource_kind = 'request' AND action = 'requests.decide'
                     AND detail LIKE '%\"decided\":\"granted\"%'";
        assert_eq!(world.count(sql).await, 5);
        let entered = "SELECT count(*) AS n FROM ledger_entries WHERE request_id IS NOT NULL";
        assert_eq!(
            world.count(entered).await,
            2,
            "the export, and its USB stick"
        );
        assert_eq!(world.told.times(), 1, "other features were told");
        let done = world
            .decide(
                world.records,
                &id,
                "hand-out",
                "clinical-records-desk",
                "done",
            )
            .await;
        assert_eq!(done.1["standing"], "granted");
        let late = world
            .decide(
                world.records,
                &id,
                "hand-out",
                "clinical-records-desk",
                "done",
            )
            .await;
        refused(&world, late, "requests-refusal-closed").await;
        assert_eq!(
            world.count("SELECT count(*) AS n FROM request_waits").await,
            0
        );
        // The requester was told, and sees the whole way.
        let (_, page) = world
            .app
            .get(world.staff, &format!("/requests/{}", id.as_str().unwrap()))
            .await;
        assert!(page.contains("架空 director") && page.contains("確認しました"));
    }
}

#[tokio::test]
async fn a_question_is_answered_and_the_step_goes_on() {
    for world in worlds().await {
        let app = &world.app;
        let filed = world.file(world.staff, "form-exception", exception()).await;
        let id = id(&filed);
        let path = format!("/requests/{}", id.as_str().unwrap());
        let fields = [
            ("step", "head"),
            ("seat", HEAD),
            ("verdict", "ask"),
            ("revision", "1"),
        ];
        let (status, page) = app
            .post(world.head, &format!("{path}/decide"), &fields)
            .await;
        assert_eq!(
            status,
            StatusCode::UNPROCESSABLE_ENTITY,
            "a question needs words"
        );
        assert!(page.contains("理由か質問を入力してください"));
        let mut with_words = fields.to_vec();
        with_words.push(("note", "どの装置ですか。"));
        let (status, _) = app
            .post(world.head, &format!("{path}/decide"), &with_words)
            .await;
        assert_eq!(status, StatusCode::SEE_OTHER);
        let (_, home) = app.get(world.staff, "/").await;
        assert!(home.contains("申請への質問に答える"));
        let (_, page) = app.get(world.staff, &path).await;
        assert!(page.contains("どの装置ですか。"));
        let waiting = world.decide(world.head, &id, "head", HEAD, "granted").await;
        refused(&world, waiting, "requests-refusal-returned").await;
        let (status, _) = app
            .post(
                world.staff,
                &format!("{path}/answer"),
                &[("answer", "CT装置です。")],
            )
            .await;
        assert_eq!(status, StatusCode::SEE_OTHER);
        let now = world.granted(world.head, &id, "head", HEAD).await;
        assert_eq!(now["standing"], "waiting");
        let (_, page) = app.get(world.head, &path).await;
        assert!(page.contains("CT装置です。"), "both are on the timeline");
    }
}

#[tokio::test]
async fn withdrawn_recalled_and_rejected() {
    for world in worlds().await {
        let app = &world.app;
        let filed = world.file(world.staff, "form-exception", exception()).await;
        let id = id(&filed);
        world.granted(world.head, &id, "head", HEAD).await;
        let (_, back) = world.decide(world.head, &id, "head", HEAD, "recall").await;
        assert_eq!(back["steps"][0]["state"], "open", "{back}");
        assert_eq!(world.waiting(world.safety).await, 0);
        world.granted(world.head, &id, "head", HEAD).await;
        assert_eq!(world.waiting(world.safety).await, 1);
        let (_, now) = world.read(world.staff, &id).await;
        let path = format!("/api/v1/requests/{}/withdrawal", id.as_str().unwrap());
        let body = json!({ "text": "不要になった", "revision": now["revision"] });
        let other = app
            .api(
                Some(world.director),
                Method::POST,
                &path,
                Some(body.clone()),
            )
            .await;
        refused(&world, other, "requests-refusal-not-requester").await;
        let (status, now) = app
            .api(Some(world.staff), Method::POST, &path, Some(body))
            .await;
        assert_eq!(
            (status, &now["standing"]),
            (StatusCode::OK, &json!("withdrawn"))
        );
        assert_eq!(world.waiting(world.safety).await, 0);
        // A rejection needs its reason and tells the requester.
        let filed = world.file(world.staff, "form-exception", exception()).await;
        let (status, now) = world
            .decide(world.head, &filed["id"], "head", HEAD, "rejected")
            .await;
        assert_eq!(
            (status, &now["standing"]),
            (StatusCode::OK, &json!("rejected"))
        );
        let told =
            "SELECT count(*) AS n FROM notifications WHERE message = 'requests-notice-rejected'";
        assert_eq!(world.count(told).await, 1);
        // What was rejected can be begun anew.
        let path = format!("/requests/{}/copy", filed["id"].as_str().unwrap());
        let (status, to) = app.post(world.staff, &path, &[]).await;
        assert_eq!(status, StatusCode::SEE_OTHER);
        let (_, page) = app.get(world.staff, &to).await;
        assert!(page.contains("装置が古い"));
    }
}

#[tokio::test]
async fn of_two_who_decide_at_once_one_is_told() {
    for world in worlds().await {
        let filed = world.file(world.staff, "form-exception", exception()).await;
        let id = id(&filed);
        let second = world
            .app
            .person(&world.hospital, yagura_kernel::person::Role::DepartmentHead)
            .await;
        let path = format!("/requests/{}/decide", id.as_str().unwrap());
        let fields = |verdict| {
            [
                ("step", "head"),
                ("seat", HEAD),
                ("revision", "1"),
                ("note", "見ました"),
                ("verdict", verdict),
            ]
        };
        let (granted, rejected) = (fields("granted"), fields("rejected"));
        let both = tokio::join!(
            world.app.post(world.head, &path, &granted),
            world.app.post(second, &path, &rejected),
        );
        let mut statuses = [both.0.0, both.1.0];
        statuses.sort();
        assert_eq!(
            statuses,
            [StatusCode::SEE_OTHER, StatusCode::CONFLICT],
            "{}",
            world.app.engine
        );
        let decided = "SELECT count(*) AS n FROM request_events WHERE event = 'decided'";
        assert_eq!(world.count(decided).await, 1);
    }
}

#[tokio::test]
async fn nothing_hangs_on_an_approver_who_left() {
    for world in worlds().await {
        let filed = world.file(world.staff, "form-exception", exception()).await;
        let id = id(&filed);
        assert_eq!(world.waiting(world.safety).await, 0);
        world.leaves(world.head).await;
        // Read anew, it waits for the safety manager, and says why.
        assert_eq!(world.waiting(world.safety).await, 1);
        let (_, page) = world
            .app
            .get(world.staff, &format!("/requests/{}", id.as_str().unwrap()))
            .await;
        assert!(
            page.contains("この席で決裁できる人がほかにいないため"),
            "{page}"
        );
        let now = world.granted(world.safety, &id, "head", HEAD).await;
        assert_eq!(
            now["steps"][3]["seats"][0]["together"], true,
            "decided in one: {now}"
        );
        world.leaves(world.safety).await;
        assert_eq!(world.waiting(world.director).await, 1);
        world
            .granted(world.director, &id, "director", "director")
            .await;
        assert_eq!(world.read(world.staff, &id).await.1["standing"], "granted");
    }
}

#[tokio::test]
async fn a_delegation_holds_for_its_days_and_never_for_the_requester() {
    for world in worlds().await {
        let app = &world.app;
        let filed = world.file(world.staff, "form-exception", exception()).await;
        let own = world
            .file(world.other_staff, "form-exception", exception())
            .await;
        let to = world.other_staff.person.to_string();
        let fields = [
            ("to", to.as_str()),
            ("first", "2026-11-22"),
            ("last", "2026-11-25"),
        ];
        let (status, _) = app.post(world.head, "/requests/delegations", &fields).await;
        assert_eq!(status, StatusCode::SEE_OTHER);
        assert_eq!(
            world.waiting(world.other_staff).await,
            0,
            "it begins tomorrow"
        );
        app.clock.advance_days(1);
        assert_eq!(world.waiting(world.other_staff).await, 1, "not their own");
        let refused_own = world
            .decide(world.other_staff, &own["id"], "head", HEAD, "granted")
            .await;
        refused(&world, refused_own, "requests-refusal-own").await;
        let now = world
            .granted(world.other_staff, &filed["id"], "head", HEAD)
            .await;
        assert_eq!(now["steps"][0]["seats"][0]["verdict"], "granted");
        app.clock.advance_days(4);
        assert_eq!(world.waiting(world.other_staff).await, 0, "it is over");
        let wrong = [
            ("to", to.as_str()),
            ("first", "2026-12-02"),
            ("last", "2026-12-01"),
        ];
        let (status, _) = app.post(world.head, "/requests/delegations", &wrong).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
    }
}

#[tokio::test]
async fn the_head_of_the_department_decides_and_no_other() {
    for world in worlds().await {
        let app = &world.app;
        let second = app
            .person(&world.hospital, yagura_kernel::person::Role::DepartmentHead)
            .await;
        let head = second.person.to_string();
        let (status, _) = app
            .post(
                world.director,
                "/requests/seats/departments",
                &[("name", "内科"), ("head", &head)],
            )
            .await;
        assert_eq!(status, StatusCode::SEE_OTHER);
        let filed = world.file(world.staff, "form-exception", exception()).await;
        assert_eq!(world.waiting(world.head).await, 0);
        assert_eq!(world.waiting(second).await, 1);
        let (status, _) = world
            .decide(world.head, &filed["id"], "head", HEAD, "granted")
            .await;
        assert_eq!(status, StatusCode::NOT_FOUND, "it is not theirs to see");
        world.granted(second, &filed["id"], "head", HEAD).await;
        let (_, seats) = app.get(world.director, "/requests/seats").await;
        assert!(seats.contains("内科"));
        // A deputy stands in.
        let deputy = world.other_staff.person.to_string();
        let fields = [("seat", "safety-manager"), ("person", deputy.as_str())];
        app.post(world.director, "/requests/seats/deputies", &fields)
            .await;
        assert_eq!(world.waiting(world.other_staff).await, 1);
        let now = world
            .granted(world.other_staff, &filed["id"], "safety", "safety-manager")
            .await;
        assert_eq!(now["steps"][3]["seats"][0]["verdict"], "granted");
        let audited =
            "SELECT count(*) AS n FROM audit_entries WHERE resource_kind = 'request_seat'";
        assert_eq!(
            app.app.database().count(audited, params![]).await.unwrap(),
            1
        );
    }
}

#[tokio::test]
async fn a_medium_stands_in_its_ledger_once_and_an_export_names_it_and_who_permitted_it() {
    row! { struct Entry { content: String, medium_id: Option<uuid::Uuid> } }
    for world in worlds().await {
        for _ in 0..2 {
            let filed = world.file(world.staff, "form-data-export", export()).await;
            let id = &filed["id"];
            for (whom, step, seat) in [
                (world.head, "head", "department-head"),
                (world.records, "records", "clinical-records-desk"),
                (world.system, "system", "system-operator"),
                (world.safety, "safety", "safety-manager"),
                (world.director, "director", "director"),
            ] {
                world.granted(whom, id, step, seat).await;
            }
        }
        let database = world.app.app.database();
        let entries = async |ledger: &str| -> Vec<Entry> {
            let sql = "SELECT content, medium_id FROM ledger_entries WHERE ledger = $1 ORDER BY id";
            database.rows(sql, params![ledger]).await.unwrap()
        };
        assert_eq!(entries("media").await.len(), 1, "{}", world.app.engine);
        let exports = entries("exports").await;
        assert_eq!(exports.len(), 2);
        for one in exports {
            assert!(one.medium_id.is_some(), "{}", one.content);
            let said: serde_json::Value = serde_json::from_str(&one.content).unwrap();
            let permitted = said["permitted_by"].as_str().unwrap();
            assert!(permitted.contains("director"), "{permitted}");
        }
    }
}

#[tokio::test]
async fn the_ledgers_ask_the_same_heads_of_departments_as_the_desk() {
    use yagura_ledgers::Departments as _;
    for world in worlds().await {
        let head = world.head.person.to_string();
        let fields = [("name", "病棟"), ("head", head.as_str())];
        let path = "/requests/seats/departments";
        let (status, page) = world.app.post(world.director, path, &fields).await;
        assert_eq!(status, StatusCode::SEE_OTHER, "{page}");
        let database = world.app.app.database();
        let asked = yagura_requests::DepartmentsAtTheDesk;
        let heads = asked.heads(database, world.hospital.id).await.unwrap();
        assert_eq!(heads, [("病棟".to_owned(), Some(world.head.person))]);
        let others = asked.heads(database, world.stranger.organization).await;
        assert_eq!(others.unwrap(), []);
    }
}
