//! Leavers whose name alone does not tell which permissions are theirs; staff lists by API.

use axum::body::Body;
use axum::http::{Method, Request, StatusCode};
use serde_json::{Value, json};
use uuid::Uuid;
use yagura_kernel::policy::actions;
use yagura_ledgers::model::{Content, Permission, Source, State};
use yagura_web::testing::{TestPerson, text};

use super::support::{STAFF, World, proof, worlds};

async fn permit(world: &World, name: &str, number: &str) -> Uuid {
    let app = &world.app.app;
    let mut tx = app.database().begin().await.unwrap();
    let edit = proof::<actions::EditAccounts>(world.director);
    let permission = Permission {
        name: name.to_owned(),
        staff_number: number.to_owned(),
        system_name: "電子カルテ".to_owned(),
        open_ended_reason: "常勤".to_owned(),
        ..Permission::default()
    };
    let (ids, now) = (app.ids(), app.now());
    let content = Content::Permission(permission);
    let id = yagura_ledgers::open(&mut tx, &edit, ids, content, &Source::ByHand, now)
        .await
        .unwrap();
    tx.commit().await.unwrap();
    id
}

async fn state(world: &World, id: Uuid) -> State {
    let read = proof::<actions::ReadLedgers>(world.director);
    let database = world.app.app.database();
    yagura_ledgers::get(database, &read, id)
        .await
        .unwrap()
        .state
}

async fn send(world: &World, whom: TestPerson, list: &str) -> (StatusCode, Value) {
    let request = Request::builder()
        .method("POST")
        .uri("/api/v1/accounts/staff/imports?file_name=a.csv")
        .header("content-type", "application/octet-stream")
        .body(Body::from(list.to_owned()))
        .unwrap();
    let (status, answer) = text(world.app.send(Some(whom), request).await).await;
    (status, serde_json::from_str(&answer).unwrap_or_default())
}

#[tokio::test]
async fn a_namesake_keeps_their_access_and_a_person_says_whose_it_is() {
    for world in worlds().await {
        let whom = world.operator;
        let api = async |method, path: &str, body: Option<Value>| {
            world.app.api(Some(whom), method, path, body).await
        };
        world.take("/accounts/staff", "名簿.csv", STAFF).await;
        let own = permit(&world, "田中 一郎", "0003").await;
        let bare = permit(&world, "田中　一郎", "").await;
        let other = permit(&world, "田中 一郎", "0004").await;
        let hanako = permit(&world, "鈴木 花子", "").await;
        // 0003 has left, and with them 鈴木 花子, whose name nobody else has.
        let left = STAFF
            .replace("放射線科,", "放射線科,2026/10/31")
            .replace("外来,", "外来,2026/10/31");
        let (status, _) = send(&world, world.staff, &left).await;
        assert_eq!(status, StatusCode::FORBIDDEN);
        let (status, refused) = send(&world, whom, "").await;
        assert_eq!(status, StatusCode::BAD_REQUEST, "{refused}");
        let (status, sent) = send(&world, whom, &left).await;
        assert_eq!(status, StatusCode::CREATED, "{sent}");
        assert_eq!(sent["gone"], 2);
        assert_eq!(sent["can_be_confirmed"], true);
        let import = format!("/api/v1/accounts/imports/{}", sent["id"].as_str().unwrap());
        let stranger = Some(world.stranger);
        for path in [import.clone(), format!("{import}/confirmation")] {
            let method = if path == import {
                Method::GET
            } else {
                Method::POST
            };
            let (status, _) = world.app.api(stranger, method, &path, None).await;
            assert_eq!(status, StatusCode::NOT_FOUND, "{path}");
        }
        let (status, read) = api(Method::GET, &import, None).await;
        assert_eq!(
            (status, &read["changes"]),
            (StatusCode::OK, &sent["changes"])
        );
        assert!(
            sent["changes"]["left"]
                .as_array()
                .unwrap()
                .contains(&json!("鈴木　花子"))
                || sent["changes"]["left"]
                    .as_array()
                    .unwrap()
                    .contains(&json!("鈴木 花子"))
        );
        let wrong = json!({ "columns": { "氏名": "nothing" } });
        let columns = format!("{import}/columns");
        let (status, _) = api(Method::PUT, &columns, Some(wrong)).await;
        assert_eq!(status, StatusCode::BAD_REQUEST);
        let kept = json!({ "columns": sent["columns"] });
        let (status, again) = api(Method::PUT, &columns, Some(kept)).await;
        assert_eq!((status, &again["gone"]), (StatusCode::OK, &json!(2)));
        let confirm = format!("{import}/confirmation");
        let (status, taken) = api(Method::POST, &confirm, None).await;
        assert_eq!(status, StatusCode::OK, "{taken}");
        assert_eq!(taken["left"], 2);
        assert_eq!(taken["permissions_to_end"], 2);
        assert_eq!(taken["leavers_to_check"], 1);
        let (status, _) = api(Method::POST, &confirm, None).await;
        assert_eq!(status, StatusCode::BAD_REQUEST, "once");
        assert_eq!(state(&world, own).await, State::ToEnd);
        assert_eq!(state(&world, hanako).await, State::ToEnd);
        assert_eq!(
            state(&world, bare).await,
            State::Open,
            "perhaps the namesake's"
        );
        assert_eq!(state(&world, other).await, State::Open);

        // It is said on a page of its own, with what to do.
        let (_, page) = world.app.get(whom, "/accounts").await;
        assert!(page.contains("/accounts/leavers"), "{page}");
        let (status, page) = world.app.get(whom, "/accounts/leavers").await;
        assert_eq!(status, StatusCode::OK);
        for words in [
            "田中 一郎",
            "0003",
            "0004",
            "同じ名前の職員が在籍",
            &bare.to_string(),
        ] {
            assert!(page.contains(words), "{words}: {page}");
        }
        assert!(
            !page.contains(&other.to_string()),
            "that is the namesake's: {page}"
        );
        let (_, list) = api(Method::GET, "/api/v1/accounts/leavers", None).await;
        let question = &list["items"][0];
        assert_eq!(question["reason"], "namesake");
        assert_eq!(question["namesakes"], json!(["0004"]));
        assert_eq!(question["permissions"], json!([bare]));
        let id = question["id"].as_str().unwrap();
        let settle = format!("/api/v1/accounts/leavers/{id}/settlement");
        let say =
            |permissions: Value, note: &str| json!({ "permissions": permissions, "note": note });
        let body = say(json!([bare]), "人事で確認");
        let (status, _) = world
            .app
            .api(stranger, Method::POST, &settle, Some(body.clone()))
            .await;
        assert_eq!(status, StatusCode::NOT_FOUND);
        for wrong in [say(json!([other]), "人事で確認"), say(json!([bare]), " ")] {
            let (status, _) = api(Method::POST, &settle, Some(wrong)).await;
            assert_eq!(status, StatusCode::BAD_REQUEST);
        }
        let form = format!("/accounts/leavers/{id}");
        let chosen = bare.to_string();
        let fields = [("theirs", chosen.as_str()), ("note", "人事で確認")];
        let (status, _) = world.app.post(world.staff, &form, &fields).await;
        assert_eq!(status, StatusCode::FORBIDDEN);
        let (status, page) = world.app.post(whom, &form, &fields).await;
        assert_eq!(status, StatusCode::SEE_OTHER, "{page}");
        assert_eq!(state(&world, bare).await, State::ToEnd);
        assert_eq!(state(&world, other).await, State::Open);
        let (status, _) = api(Method::POST, &settle, Some(body)).await;
        assert_eq!(status, StatusCode::BAD_REQUEST, "settled");
        let (_, page) = world.app.get(whom, "/accounts/leavers").await;
        assert!(page.contains("確認が必要な退職者はいません"), "{page}");
    }
}

#[tokio::test]
async fn who_comes_back_is_asked_about_no_more_and_a_list_can_be_dropped() {
    for world in worlds().await {
        let whom = world.operator;
        world.take("/accounts/staff", "名簿.csv", STAFF).await;
        let bare = permit(&world, "田中 一郎", "").await;
        let left = STAFF.replace("放射線科,", "放射線科,2026/10/31");
        world.take("/accounts/staff", "名簿.csv", &left).await;
        let sql = "SELECT count(*) AS n FROM accounts_leavers WHERE settled_at IS NULL";
        let database = world.app.app.database();
        let open = async || database.count(sql, yagura_store::params![]).await.unwrap();
        assert_eq!(open().await, 1);
        world.take("/accounts/staff", "名簿.csv", &left).await;
        assert_eq!(open().await, 1, "asked once");
        world.take("/accounts/staff", "名簿.csv", STAFF).await;
        assert_eq!(open().await, 0);
        assert_eq!(state(&world, bare).await, State::Open);
        let (_, sent) = send(&world, whom, &left).await;
        let import = format!("/api/v1/accounts/imports/{}", sent["id"].as_str().unwrap());
        let (status, _) = world
            .app
            .api(Some(whom), Method::DELETE, &import, None)
            .await;
        assert_eq!(status, StatusCode::NO_CONTENT);
        let (_, gone) = world.app.api(Some(whom), Method::GET, &import, None).await;
        assert_eq!(gone["state"], "cancelled");
    }
}
