//! What the keys do not decide is answered on the preview.

use axum::http::{Method, StatusCode};
use serde_json::json;
use uuid::Uuid;
use yagura_inventory::model::Asset;

use crate::imports::hidden;
use crate::support::{World, asset, worlds};

/// Two rows of one host name, told apart by their serial numbers.
async fn twins(world: &World) -> (Uuid, Uuid) {
    let twin = |name: &str, serial: &str| Asset {
        hostname: "pc01".to_owned(),
        serial_number: serial.to_owned(),
        manufacturer: "架空電機".to_owned(),
        ..asset(name)
    };
    let first = world.add(&twin("受付の端末", "5CD0001")).await;
    let second = world.add(&twin("検査の端末", "5CD0002")).await;
    (first, second)
}

const LIST: &[u8] = "ホスト名,設置場所\npc01,2階\n".as_bytes();

async fn answer(world: &World, preview: &str, answer: &str) -> (StatusCode, String) {
    let path = format!("{preview}?show=questions");
    let (_, page) = world.app.get(world.director, &path).await;
    let key = hidden(&page, "question-0");
    let decisions = format!("{preview}/decisions");
    let fields = [
        ("scope", "questions"),
        ("show", "questions"),
        ("page", "1"),
        ("question-0", key.as_str()),
        ("answer-0", answer),
    ];
    let (status, _) = world.app.post(world.director, &decisions, &fields).await;
    let (_, page) = world.app.get(world.director, &path).await;
    (status, page)
}

#[tokio::test]
async fn a_person_says_which_row_a_device_is() {
    for world in worlds().await {
        let (first, second) = twins(&world).await;
        let (preview, page) = world.preview(&[("list.csv", LIST)]).await;
        assert!(page.contains("判断していないものが 1 件"), "{page}");
        assert!(page.contains("受付の端末") && page.contains("検査の端末"));
        let (status, after) = answer(&world, &preview, &second.to_string()).await;
        assert_eq!(status, StatusCode::SEE_OTHER);
        assert!(after.contains("回答済み"), "{after}");
        assert!(!after.contains("判断していないものが"), "{after}");

        // What was looked at before the answer is not what would be done now.
        let seen = hidden(&page, "seen");
        assert_ne!(seen, hidden(&after, "seen"));
        let confirm = format!("{preview}/confirm");
        let stale = [("seen", seen.as_str())];
        world.app.post(world.director, &confirm, &stale).await;
        let unchanged: yagura_inventory::model::Record<Asset> = world.get(second).await;
        assert_eq!(unchanged.revision, 1);

        world.confirm(&preview, &after).await;
        let changed: yagura_inventory::model::Record<Asset> = world.get(second).await;
        assert_eq!(changed.content.place, "2階");
        let other: yagura_inventory::model::Record<Asset> = world.get(first).await;
        assert_eq!(other.content.place, "");
        assert_eq!(world.assets().await.len(), 2);
    }
}

#[tokio::test]
async fn an_answer_can_be_new_or_taken_back() {
    for world in worlds().await {
        twins(&world).await;
        let (preview, _) = world.preview(&[("list.csv", LIST)]).await;
        let (_, page) = answer(&world, &preview, "new").await;
        assert!(page.contains("1 台を加え"), "{page}");
        let (_, page) = answer(&world, &preview, "").await;
        assert!(page.contains("判断していないものが 1 件"), "{page}");
        // Nonsense is no answer.
        let (_, page) = answer(&world, &preview, "' OR 1=1").await;
        assert!(page.contains("判断していないものが 1 件"), "{page}");
        // A row of somebody else is no answer either.
        let nobody = Uuid::from_u128(7).to_string();
        let (_, page) = answer(&world, &preview, &nobody).await;
        assert!(page.contains("判断していないものが 1 件"), "{page}");
        let (_, page) = answer(&world, &preview, "new").await;
        world.confirm(&preview, &page).await;
        assert_eq!(world.assets().await.len(), 3);
    }
}

#[tokio::test]
async fn who_is_left_out_with_a_reason_is_not_asked_about_again() {
    for world in worlds().await {
        twins(&world).await;
        let (preview, _) = world.preview(&[("list.csv", LIST)]).await;
        let (_, page) = answer(&world, &preview, "leave_out").await;
        world.confirm(&preview, &page).await;
        assert_eq!(world.assets().await.len(), 2);
        let (_, page) = world.app.get(world.director, "/inventory/strangers").await;
        let id = page
            .split("/inventory/strangers/")
            .nth(1)
            .and_then(|rest| rest.split('/').next())
            .unwrap()
            .to_owned();
        let excuse = format!("/inventory/strangers/{id}/excuse");
        let reason = [("reason", "貸出しの端末")];
        world.app.post(world.director, &excuse, &reason).await;
        let (next, page) = world.preview(&[("list.csv", LIST)]).await;
        assert!(!page.contains("判断していないものが"), "{page}");
        let path = format!("{next}?show=questions");
        let (_, page) = world.app.get(world.director, &path).await;
        assert!(page.contains("回答済み"), "{page}");
    }
}

#[tokio::test]
async fn a_name_on_two_rows_is_asked_about_and_not_guessed() {
    for world in worlds().await {
        world.add(&asset("受付端末")).await;
        let second = world.add(&asset("受付端末")).await;
        let list = "機器名,設置場所,部署\n受付端末,1階,医事課\n".as_bytes();
        let (preview, page) = world.preview(&[("list.csv", list)]).await;
        assert!(page.contains("判断していないものが 1 件"), "{page}");
        let (_, page) = answer(&world, &preview, &second.to_string()).await;
        assert!(page.contains("回答済み"), "{page}");
        world.confirm(&preview, &page).await;
        let changed: yagura_inventory::model::Record<Asset> = world.get(second).await;
        assert_eq!(changed.content.place, "1階");
        // Two rows in the list for two in the register are those two.
        let both = "機器名,OS\n受付端末,Windows 11\n受付端末,Windows 11\n".as_bytes();
        let (_, page) = world.preview(&[("list.csv", both)]).await;
        assert!(!page.contains("判断していないものが"), "{page}");
    }
}

#[tokio::test]
async fn the_api_answers_and_decides() {
    for world in worlds().await {
        let (first, _) = twins(&world).await;
        let (preview, _) = world.preview(&[("list.csv", LIST)]).await;
        let id = preview.rsplit('/').next().unwrap();
        let path = format!("/api/v1/inventory/imports/{id}");
        let (_, import) = world
            .api(world.director, Method::GET, &path, json!(null))
            .await;
        let question = &import["plan"]["questions"][0];
        assert_eq!(question["answer"], json!(null));
        let key = question["key"].as_str().unwrap();
        let decisions = format!("{path}/decisions");
        let body = json!({ "answers": { key: { "same": first } }, "replace": false });
        let (status, after) = world
            .api(world.director, Method::POST, &decisions, body)
            .await;
        assert_eq!(status, StatusCode::OK, "{after}");
        assert_eq!(after["counts"]["questions"], 0);
        assert_eq!(after["counts"]["changed"], 1);
        assert_ne!(after["fingerprint"], import["fingerprint"]);
        let body = json!({ "answers": { key: null } });
        let (_, after) = world
            .api(world.director, Method::POST, &decisions, body)
            .await;
        assert_eq!(after["counts"]["questions"], 1);
        let body = json!({ "answers": { key: { "same": "nothing" } } });
        let (status, _) = world
            .api(world.director, Method::POST, &decisions, body)
            .await;
        assert_eq!(status, StatusCode::BAD_REQUEST);
        let (status, _) = world
            .api(world.staff, Method::POST, &decisions, json!({}))
            .await;
        assert_eq!(status, StatusCode::FORBIDDEN);
    }
}
