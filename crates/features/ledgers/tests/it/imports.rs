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
