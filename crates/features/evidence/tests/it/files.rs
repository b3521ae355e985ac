//! Opening files: headers, previews, the log of deliveries, versions.

use axum::body::Body;
use axum::http::{HeaderMap, Request, StatusCode};
use http_body_util::BodyExt as _;
use yagura_kernel::policy::actions;

use crate::support::{PDF, World, id_of, proof, worlds};

async fn fetch(world: &World, path: &str) -> (StatusCode, HeaderMap, Vec<u8>) {
    let request = Request::builder().uri(path).body(Body::empty()).unwrap();
    let response = world.app.send(Some(world.director), request).await;
    let (status, headers) = (response.status(), response.headers().clone());
    let body = response
        .into_body()
        .collect()
        .await
        .unwrap()
        .to_bytes()
        .to_vec();
    (status, headers, body)
}

async fn send(world: &World, name: &str, content: &[u8]) -> String {
    let fields = [("kind", "document"), ("title", name)];
    let (status, to) = world
        .upload(world.director, "/evidence", &fields, Some((name, content)))
        .await;
    assert_eq!(status, StatusCode::SEE_OTHER, "{to}");
    to
}

#[tokio::test]
async fn a_file_comes_back_as_it_was_and_can_do_nothing() {
    for world in worlds().await {
        let to = send(&world, "契約 \"x\".pdf", PDF).await;
        let before = world.audited("evidence.download").await;
        let (status, headers, body) = fetch(&world, &format!("{to}/file")).await;
        assert_eq!(status, StatusCode::OK);
        assert_eq!(body, PDF);
        let header = |name: &str| headers[name].to_str().unwrap();
        assert_eq!(header("content-type"), "application/pdf");
        assert!(header("content-disposition").starts_with("attachment; filename=\""));
        assert!(header("content-disposition").contains("filename*=UTF-8''%E5%A5%91%E7%B4%84"));
        assert_eq!(header("x-content-type-options"), "nosniff");
        assert!(header("content-security-policy").contains("default-src 'none'"));
        assert_eq!(header("cache-control"), "no-store");
        assert_eq!(
            world.audited("evidence.download").await,
            before + 1,
            "every delivery is logged"
        );

        let (status, headers, _) = fetch(&world, &format!("{to}/content")).await;
        assert_eq!(status, StatusCode::OK);
        assert!(
            headers["content-disposition"]
                .to_str()
                .unwrap()
                .starts_with("inline")
        );
        assert_eq!(headers["x-frame-options"], "SAMEORIGIN");
        assert!(
            headers["content-security-policy"]
                .to_str()
                .unwrap()
                .contains("frame-ancestors 'self'")
        );
        assert_eq!(world.audited("evidence.download").await, before + 2);
        let (status, _, page) = fetch(&world, &format!("{to}/preview")).await;
        assert_eq!(status, StatusCode::OK);
        let page = String::from_utf8(page).unwrap();
        assert!(page.contains("<object data=\"/evidence/") && page.contains("application/pdf"));
    }
}

#[tokio::test]
async fn pictures_are_shown_in_a_sandbox() {
    for world in worlds().await {
        let png = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x01\0\0\0\x01";
        let to = send(&world, "配線図.png", png).await;
        let (_, headers, _) = fetch(&world, &format!("{to}/content")).await;
        assert!(
            headers["content-security-policy"]
                .to_str()
                .unwrap()
                .contains("sandbox")
        );
        assert_eq!(headers["content-type"], "image/png");
        let (_, _, page) = fetch(&world, &format!("{to}/preview")).await;
        assert!(
            String::from_utf8(page)
                .unwrap()
                .contains("<img src=\"/evidence/")
        );
    }
}

#[tokio::test]
async fn text_is_shown_escaped_in_its_encoding_and_logged() {
    for world in worlds().await {
        let (sjis, _, _) =
            encoding_rs::SHIFT_JIS.encode("機器,状態\n架空<script>alert(1)</script>,正常\n");
        let to = send(&world, "台帳.csv", &sjis).await;
        let before = world.audited("evidence.download").await;
        let (status, _, page) = fetch(&world, &format!("{to}/preview")).await;
        assert_eq!(status, StatusCode::OK);
        let page = String::from_utf8(page).unwrap();
        assert!(
            page.contains("架空&lt;script&gt;alert(1)&lt;/script&gt;"),
            "{page}"
        );
        assert!(page.contains("Shift_JIS"));
        assert_eq!(world.audited("evidence.download").await, before + 1);
        let (status, _, _) = fetch(&world, &format!("{to}/content")).await;
        assert_eq!(
            status,
            StatusCode::NOT_FOUND,
            "text is never sent to be shown by the browser"
        );
        let (_, headers, body) = fetch(&world, &format!("{to}/file")).await;
        assert_eq!(headers["content-type"], "text/csv");
        assert_eq!(body, &sjis[..], "evidence is not altered");
    }
}

#[tokio::test]
async fn a_long_text_is_shown_in_part() {
    for world in worlds().await {
        let log = "2026-11-21 架空サーバ 正常\n".repeat(12_000);
        let to = send(&world, "server.log", log.as_bytes()).await;
        let (_, _, page) = fetch(&world, &format!("{to}/preview")).await;
        let page = String::from_utf8(page).unwrap();
        assert!(
            page.len() < 300_000 && page.contains("先頭の"),
            "{}",
            page.len()
        );
    }
}

#[tokio::test]
async fn a_new_version_keeps_links_and_the_one_before() {
    for world in worlds().await {
        let to = send(&world, "契約.pdf", PDF).await;
        let id = id_of(&to);
        world.attach(id, &[world.at("2-6"), world.at("2-1")]).await;
        world.sheets.told();
        let newer = b"%PDF-1.7 newer %%EOF".as_slice();
        let fields = [("expires_on", "R9.3.31"), ("revision", "1")];
        let path = format!("{to}/version");
        let (status, next) = world
            .upload(world.director, &path, &fields, Some(("契約2.pdf", newer)))
            .await;
        assert_eq!(status, StatusCode::SEE_OTHER, "{next}");
        assert_eq!(world.sheets.told(), [world.sheet]);
        let read = proof::<actions::ReadEvidence>(world.director);
        let piece = yagura_evidence::piece(world.app.app.database(), &read, id)
            .await
            .unwrap();
        assert_eq!(
            (piece.number, piece.links, piece.file_name.as_str()),
            (2, 2, "契約2.pdf")
        );
        assert_eq!(fetch(&world, &format!("{to}/file")).await.2, newer);
        assert_eq!(fetch(&world, &format!("{to}/file?version=1")).await.2, PDF);
        assert_eq!(
            fetch(&world, &format!("{to}/file?version=3")).await.0,
            StatusCode::NOT_FOUND
        );
        // The second of two writers is told.
        let (status, _) = world
            .upload(world.director, &path, &fields, Some(("契約3.pdf", PDF)))
            .await;
        assert_eq!(status, StatusCode::CONFLICT);
        let (_, page) = world.app.get(world.director, &to).await;
        assert!(page.contains("契約2.pdf") && page.contains("これまでの版"));
    }
}

#[tokio::test]
async fn a_stored_file_that_was_altered_is_not_delivered_as_whole() {
    for world in worlds().await {
        let to = send(&world, "契約.pdf", PDF).await;
        let read = proof::<actions::ReadEvidence>(world.director);
        let piece = yagura_evidence::piece(world.app.app.database(), &read, id_of(&to))
            .await
            .unwrap();
        let folder = world
            .app
            .app
            .config()
            .work_folder
            .parent()
            .unwrap()
            .join("files/blobs");
        let stored = folder.join(&piece.hash[..2]).join(&piece.hash);
        let mut bytes = std::fs::read(&stored).unwrap();
        *bytes.last_mut().unwrap() ^= 1;
        std::fs::write(&stored, bytes).unwrap();
        let request = Request::builder()
            .uri(format!("{to}/file"))
            .body(Body::empty())
            .unwrap();
        let response = world.app.send(Some(world.director), request).await;
        assert!(
            response.into_body().collect().await.is_err(),
            "the delivery breaks off"
        );
    }
}
