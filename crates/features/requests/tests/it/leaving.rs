//! People who leave with requests waiting: whoever decides now is told, and the request says so.

use axum::body::Body;
use axum::http::{Request, StatusCode, header};
use serde_json::json;
use yagura_store::jobs::NewJob;
use yagura_store::params;
use yagura_web::testing::TestPerson;

use crate::support::{World, exception, worlds};

const HEAD: &str = "department-head";

async fn page_of(world: &World, whom: TestPerson, id: &serde_json::Value) -> String {
    let path = format!("/requests/{}", id.as_str().unwrap());
    let (status, page) = world.app.get(whom, &path).await;
    assert_eq!(status, StatusCode::OK);
    page
}

async fn notices(world: &World, whom: TestPerson, message: &str) -> i64 {
    let sql = "SELECT count(*) AS n FROM notifications WHERE person_id = $1 AND message = $2";
    let database = world.app.app.database();
    let values = params![whom.person, message];
    database.count(sql, values).await.unwrap()
}

#[tokio::test]
async fn whoever_decides_now_is_told_once_and_the_request_says_it() {
    for world in worlds().await {
        let first = world.file(world.staff, "form-exception", exception()).await;
        let second = world.file(world.staff, "form-exception", exception()).await;
        assert_eq!(world.waiting(world.safety).await, 0);
        world.leaves(world.head).await;
        world.people_changed().await;
        // One notice and one mail for both, and once only.
        world.people_changed().await;
        let told = "requests-notice-handed-over";
        assert_eq!(notices(&world, world.safety, told).await, 1);
        assert_eq!(world.mails("safety_manager", "申請2件の決裁").await, 1);
        assert_eq!(notices(&world, world.staff, told).await, 0);
        assert_eq!(world.waiting(world.safety).await, 2);
        for filed in [&first, &second] {
            let page = page_of(&world, world.staff, &filed["id"]).await;
            let words = "担当の交代:架空 department_headさんは決裁できなくなりました。今は架空 safety_managerさんが決裁します";
            assert!(page.contains(words), "{} {page}", world.app.engine);
        }
        let audited = "SELECT count(*) AS n FROM audit_entries
                       WHERE resource_kind = 'request' AND detail LIKE '%handed_over%'";
        assert_eq!(world.count(audited).await, 2);
        world
            .granted(world.safety, &first["id"], "head", HEAD)
            .await;
    }
}

#[tokio::test]
async fn nobody_waits_for_an_account_that_is_shut() {
    for world in worlds().await {
        let filed = world.file(world.staff, "form-exception", exception()).await;
        world.shut_out(world.head).await;
        world.people_changed().await;
        assert_eq!(world.waiting(world.safety).await, 1);
        let told = notices(&world, world.safety, "requests-notice-handed-over").await;
        assert_eq!(told, 1, "{}", world.app.engine);
        let (_, now) = world.read(world.staff, &filed["id"]).await;
        let waits = &now["steps"][0]["seats"][0]["waits_for"];
        assert_eq!(*waits, json!(["架空 safety_manager"]));
        let late = world
            .decide(world.head, &filed["id"], "head", HEAD, "granted")
            .await;
        assert_ne!(late.0, StatusCode::OK, "nor may they decide");
    }
}

#[tokio::test]
async fn a_deputy_and_a_successor_are_told_by_the_hour() {
    for world in worlds().await {
        world.file(world.staff, "form-exception", exception()).await;
        // The deputy is told when they are named; the head is still there, so nobody is gone.
        let deputy = world.other_staff.person.to_string();
        let fields = [("seat", HEAD), ("person", deputy.as_str())];
        let path = "/requests/seats/deputies";
        world.app.post(world.director, path, &fields).await;
        world.app.run_jobs().await;
        let told = "requests-notice-handed-over";
        assert_eq!(notices(&world, world.other_staff, told).await, 1);
        let gone = "SELECT count(*) AS n FROM request_events WHERE event = 'handed-over'";
        assert_eq!(world.count(gone).await, 0);
        // A successor takes the seat, and nothing but the calendar says so.
        let head = yagura_kernel::person::Role::DepartmentHead;
        let successor = world.app.person(&world.hospital, head).await;
        world.leaves(world.head).await;
        world.app.clock.advance_days(1);
        let app = &world.app.app;
        let mut tx = app.database().begin().await.unwrap();
        let job = NewJob::now("requests-handover", json!({}), app.now());
        app.enqueue(&mut tx, job).await.unwrap();
        tx.commit().await.unwrap();
        world.app.run_jobs().await;
        assert_eq!(notices(&world, successor, told).await, 1);
        assert_eq!(notices(&world, world.other_staff, told).await, 1, "once");
        assert_eq!(world.count(gone).await, 1);
        assert_eq!(world.waiting(successor).await, 1);
    }
}

#[tokio::test]
async fn a_question_to_somebody_who_left_goes_on_without_an_answer() {
    for world in worlds().await {
        let filed = world.file(world.staff, "form-exception", exception()).await;
        let (status, _) = world
            .decide(world.head, &filed["id"], "head", HEAD, "ask")
            .await;
        assert_eq!(status, StatusCode::OK);
        assert_eq!(world.waiting(world.head).await, 0);
        world.leaves(world.staff).await;
        world.people_changed().await;
        assert_eq!(world.waiting(world.head).await, 1);
        let told = notices(&world, world.head, "requests-notice-unanswered").await;
        assert_eq!(told, 1, "{}", world.app.engine);
        let page = page_of(&world, world.head, &filed["id"]).await;
        assert!(page.contains("申請者が不在になったため、回答なしで再開"));
        assert!(page.contains("申請者は、今この医療機関で役割を持っていません"));
        world
            .decide(world.head, &filed["id"], "head", HEAD, "rejected")
            .await;
        let (_, now) = world.read(world.safety, &filed["id"]).await;
        assert_eq!(now["standing"], "rejected");
    }
}

#[tokio::test]
async fn where_nobody_is_left_the_requester_is_told() {
    for world in worlds().await {
        let filed = world.file(world.staff, "form-exception", exception()).await;
        for gone in [
            world.head,
            world.safety,
            world.director,
            world.system,
            world.records,
        ] {
            world.leaves(gone).await;
        }
        world.people_changed().await;
        world.people_changed().await;
        let told = notices(&world, world.staff, "requests-notice-nobody").await;
        assert_eq!(told, 1, "{}", world.app.engine);
        let page = page_of(&world, world.staff, &filed["id"]).await;
        assert!(page.contains("今は決裁できる人がいません"));
        // A new director finds it waiting, and is told.
        let role = yagura_kernel::person::Role::Director;
        let director = world.app.person(&world.hospital, role).await;
        world.people_changed().await;
        assert_eq!(world.waiting(director).await, 1);
        let told = notices(&world, director, "requests-notice-handed-over").await;
        assert_eq!(told, 1);
    }
}

#[tokio::test]
async fn people_are_written_to_in_the_language_in_which_they_act() {
    for world in worlds().await {
        // The head acts in English once; nobody else did.
        let first = world.file(world.staff, "form-exception", exception()).await;
        assert_eq!(world.mails("department_head", "規程の例外の申請").await, 1);
        let body = json!({ "step": "head", "seat": HEAD, "verdict": "ask",
                           "note": "Which device?", "revision": 1 });
        let path = format!(
            "/api/v1/requests/{}/decision",
            first["id"].as_str().unwrap()
        );
        let request = Request::post(&path)
            .header(header::CONTENT_TYPE, "application/json")
            .header(header::ACCEPT_LANGUAGE, "en")
            .body(Body::from(body.to_string()))
            .unwrap();
        let response = world.app.send(Some(world.head), request).await;
        assert_eq!(response.status(), StatusCode::OK);
        world.file(world.staff, "form-exception", exception()).await;
        let english = "Exception to a rule 2026-0002";
        assert_eq!(world.mails("department_head", english).await, 1);
        assert_eq!(
            world
                .mails("department_head", "waits for your decision")
                .await,
            1
        );
        assert_eq!(world.mails("staff", "規程の例外の申請 2026-0001").await, 1);
        // The notice in the program is worded when it is read.
        let request = Request::get("/notices")
            .header(header::ACCEPT_LANGUAGE, "en")
            .body(Body::empty())
            .unwrap();
        let response = world.app.send(Some(world.head), request).await;
        let (_, page) = yagura_web::testing::text(response).await;
        assert!(page.contains(english), "{page}");
    }
}
