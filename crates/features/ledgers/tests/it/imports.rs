//! Lists that an institution kept before are taken over.

use axum::body::Body;
use axum::http::{Method, Request, StatusCode, header};

use crate::support::{World, worlds};

const BOUNDARY: &str = "yaguraboundary";

async fn upload(world: &World, ledger: &str, file: &str, bytes: &[u8]) -> (StatusCode, String) {
    let head = format!(
        "--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"file\"; \
         filename=\"{file}\"\r\n\r\n"
    );
    let mut body = head.into_bytes();
    body.extend_from_slice(bytes);
    body.extend_from_slice(format!("\r\n--{BOUNDARY}--\r\n").as_bytes());
    let request = Request::builder()
        .method(Method::POST)
        .uri(format!("/ledgers/{ledger}/import"))
        .header(
            header::CONTENT_TYPE,
            format!("multipart/form-data; boundary={BOUNDARY}"),
        )
        .body(Body::from(body))
        .unwrap();
    let response = world.app.send(Some(world.director), request).await;
    let to = response.headers().get(header::LOCATION);
    match to.and_then(|to| to.to_str().ok()).map(str::to_owned) {
        Some(to) => (response.status(), to),
        None => yagura_web::testing::text(response).await,
    }
}

fn seen(page: &str) -> &str {
    let rest = page.split("name=\"seen\" value=\"").nth(1).unwrap();
    rest.split('"').next().unwrap()
}

const MEDIA: &str = "管理番号,暗号化,所有者\r\nUSB-01,あり,院内\r\nUSB-02,なし,個人\r\n,あり,院内\r\nUSB-04,たぶん,院内\r\n";
const KEPT: &str = "SELECT count(*) AS n FROM ledger_entries";

#[tokio::test]
async fn a_list_in_shift_jis_is_looked_at_and_taken_over_once() {
    for world in worlds().await {
        let (bytes, _, _) = encoding_rs::SHIFT_JIS.encode(MEDIA);
        let (status, to) = upload(&world, "media", "台帳.csv", &bytes).await;
        assert_eq!(status, StatusCode::SEE_OTHER, "{to}");
        let app = &world.app;
        let (status, page) = app.get(world.director, &to).await;
        assert_eq!(status, StatusCode::OK, "{page}");
        assert!(page.contains("USB-01") && page.contains("たぶん"), "{page}");
        assert_eq!(world.count(KEPT).await, 0, "nothing is written yet");
        let confirm = format!("{to}/confirm");
        let (status, _) = app
            .post(world.director, &confirm, &[("seen", "other")])
            .await;
        assert_eq!(status, StatusCode::BAD_REQUEST);
        let fields = [("seen", seen(&page))];
        let (status, page) = app.post(world.director, &confirm, &fields).await;
        assert_eq!(status, StatusCode::SEE_OTHER, "{page}");
        let (status, _) = app.post(world.director, &confirm, &fields).await;
        assert_eq!(status, StatusCode::SEE_OTHER, "sent twice, done once");
        assert_eq!(world.count(KEPT).await, 2);
        let (_, list) = app.get(world.director, "/ledgers/media").await;
        assert!(
            list.contains("USB-02") && !list.contains("USB-04"),
            "{list}"
        );

        // The same list again adds nothing.
        let (_, to) = upload(&world, "media", "台帳.csv", &bytes).await;
        let (_, page) = app.get(world.director, &to).await;
        assert!(!page.contains("name=\"seen\""), "{page}");
    }
}

#[tokio::test]
async fn columns_that_were_assigned_are_remembered() {
    for world in worlds().await {
        let list = "札,謎\r\nUSB-01,SN-7\r\n".as_bytes();
        let (_, to) = upload(&world, "media", "a.csv", list).await;
        let app = &world.app;
        let (_, page) = app.get(world.director, &to).await;
        assert!(!page.contains("name=\"seen\""), "no column is known");
        let columns = [("column-0", "name"), ("column-1", "serial")];
        let assign = format!("{to}/columns");
        let (status, _) = app.post(world.director, &assign, &columns).await;
        assert_eq!(status, StatusCode::SEE_OTHER);
        let (_, page) = app.get(world.director, &to).await;
        assert!(
            page.contains("SN-7") && page.contains("name=\"seen\""),
            "{page}"
        );
        let twice = [("column-0", "name"), ("column-1", "name")];
        let (status, _) = app.post(world.director, &assign, &twice).await;
        assert_eq!(status, StatusCode::BAD_REQUEST);
        let (_, to) = upload(&world, "media", "b.csv", list).await;
        let (_, page) = app.get(world.director, &to).await;
        assert!(page.contains("name=\"seen\""), "remembered: {page}");
        let (status, _) = app.post(world.director, &format!("{to}/cancel"), &[]).await;
        assert_eq!(status, StatusCode::SEE_OTHER);
        let (status, _) = app.post(world.director, &format!("{to}/cancel"), &[]).await;
        assert_eq!(status, StatusCode::BAD_REQUEST, "it is gone");
    }
}

#[tokio::test]
async fn what_is_no_list_is_refused_with_the_reason() {
    for world in worlds().await {
        for bytes in [&b"%PDF-1.7"[..], b"", b"only a head"] {
            let (status, page) = upload(&world, "media", "a.csv", bytes).await;
            assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{page}");
        }
        let (status, _) = upload(&world, "nothing", "a.csv", b"a\r\nb\r\n").await;
        assert_eq!(status, StatusCode::NOT_FOUND);
    }
}

#[tokio::test]
async fn a_program_sends_a_list_looks_and_takes_it_over() {
    for world in worlds().await {
        let send = async |whom, ledger: &str, bytes: &[u8]| {
            let request = Request::builder()
                .method(Method::POST)
                .uri(format!("/api/v1/ledgers/{ledger}/imports?file_name=a.csv"))
                .header(header::CONTENT_TYPE, "application/octet-stream")
                .body(Body::from(bytes.to_vec()))
                .unwrap();
            let response = world.app.send(Some(whom), request).await;
            let (status, text) = yagura_web::testing::text(response).await;
            let json: serde_json::Value = serde_json::from_str(&text).unwrap_or_default();
            (status, json)
        };
        let (status, _) = send(world.staff, "media", MEDIA.as_bytes()).await;
        assert_eq!(status, StatusCode::FORBIDDEN);
        let (status, _) = send(world.director, "nothing", MEDIA.as_bytes()).await;
        assert_eq!(status, StatusCode::NOT_FOUND);
        let (status, said) = send(world.director, "media", b"%PDF-1.7").await;
        assert_eq!(status, StatusCode::BAD_REQUEST, "{said}");
        let (status, sent) = send(world.director, "media", MEDIA.as_bytes()).await;
        assert_eq!(status, StatusCode::CREATED, "{sent}");
        let counts = |import: &serde_json::Value| {
            ["new", "known", "wrong", "added"].map(|key| import[key].as_i64().unwrap())
        };
        assert_eq!(counts(&sent), [2, 0, 2, 0]);
        assert_eq!(sent["entries"][0]["content"]["name"], "USB-01");
        assert_eq!(sent["problems"][0]["row"], 4);
        assert_eq!(sent["columns"][1]["field"], "encrypted");
        let path = format!("/api/v1/ledger-imports/{}", sent["id"].as_str().unwrap());
        let other = world
            .app
            .organization(
                yagura_kernel::organization::OrganizationKind::Clinic,
                "別の診療所",
                None,
            )
            .await;
        let other = world
            .app
            .person(&other, yagura_kernel::person::Role::Director)
            .await;
        let null = || serde_json::Value::Null;
        let (status, _) = world.api(other, Method::GET, &path, null()).await;
        assert_eq!(status, StatusCode::NOT_FOUND);
        let columns = format!("{path}/columns");
        let fields = |fields: serde_json::Value| serde_json::json!({ "fields": fields });
        for wrong in [
            serde_json::json!(["name"]),
            serde_json::json!(["name", "name", null]),
            serde_json::json!(["name", "nothing", null]),
        ] {
            let (status, _) = world
                .api(world.director, Method::PUT, &columns, fields(wrong))
                .await;
            assert_eq!(status, StatusCode::BAD_REQUEST);
        }
        let without_owner = fields(serde_json::json!(["name", "encrypted", null]));
        let (status, changed) = world
            .api(world.director, Method::PUT, &columns, without_owner)
            .await;
        assert_eq!(status, StatusCode::OK, "{changed}");
        assert_ne!(changed["seen"], sent["seen"]);
        let confirm = format!("{path}/confirmation");
        let seen = |seen: &serde_json::Value| serde_json::json!({ "seen": seen });
        let (status, _) = world
            .api(world.director, Method::POST, &confirm, seen(&sent["seen"]))
            .await;
        assert_eq!(status, StatusCode::BAD_REQUEST, "of before the change");
        assert_eq!(world.count(KEPT).await, 0);
        let (status, done) = world
            .api(
                world.director,
                Method::POST,
                &confirm,
                seen(&changed["seen"]),
            )
            .await;
        assert_eq!(
            (status, &done["added"]),
            (StatusCode::OK, &serde_json::json!(2))
        );
        let (_, again) = send(world.director, "media", MEDIA.as_bytes()).await;
        assert_eq!(counts(&again), [0, 2, 2, 0]);
        let path = format!("/api/v1/ledger-imports/{}", again["id"].as_str().unwrap());
        let (status, _) = world
            .api(world.director, Method::DELETE, &path, null())
            .await;
        assert_eq!(status, StatusCode::NO_CONTENT);
        let (_, gone) = world.api(world.director, Method::GET, &path, null()).await;
        assert_eq!(gone["state"], "cancelled");
    }
}
