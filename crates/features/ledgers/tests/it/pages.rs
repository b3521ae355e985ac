//! The pages and files as people use them.

use axum::body::Body;
use axum::http::{Method, Request, StatusCode, header};
use serde_json::json;
use yagura_kernel::organization::OrganizationKind;
use yagura_kernel::person::Role;
use yagura_ledgers::model::{Ledger, Permission};

use crate::support::{permission, worlds};

#[tokio::test]
async fn every_ledger_is_kept_by_form_from_the_first_entry_to_its_end() {
    for world in worlds().await {
        let app = &world.app;
        for ledger in Ledger::ALL {
            let path = format!("/ledgers/{}", ledger.code());
            let (status, page) = app.get(world.director, &path).await;
            assert_eq!(status, StatusCode::OK, "{page}");
            let (status, page) = app.post(world.director, &path, &[("note", "x")]).await;
            assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{page}");
            let fields = [
                ("name", "架空のもの"),
                ("person", "架空 花子"),
                ("system_name", "電子カルテ"),
                ("purpose", "学会"),
                ("lender", "架空商事"),
                ("reason", "更新まで"),
                ("until", "2026-12-31"),
            ];
            let (status, to) = app.post(world.director, &path, &fields).await;
            assert_eq!(status, StatusCode::SEE_OTHER, "{to}");
            let (status, page) = app.get(world.director, &to).await;
            assert_eq!(status, StatusCode::OK, "{page}");
            assert!(page.contains("架空のもの"), "{page}");
            let (status, page) = app.get(world.director, &format!("{to}/edit")).await;
            assert_eq!(status, StatusCode::OK, "{page}");
            let mut edited = fields.to_vec();
            edited.push(("note", "書き足し"));
            edited.push(("revision", "1"));
            let edit = format!("{to}/edit");
            let (status, page) = app.post(world.director, &edit, &edited).await;
            assert_eq!(status, StatusCode::SEE_OTHER, "{page}");
            edited.pop();
            edited.pop();
            edited.push(("revision", "1"));
            let (status, page) = app.post(world.director, &edit, &edited).await;
            assert_eq!(status, StatusCode::CONFLICT);
            assert!(page.contains("書き足し"), "both are shown: {page}");
            let ending = ledger.endings()[0].code();
            let end = format!("{to}/end");
            let tomorrow = [("ending", ending), ("on", "2099-01-01"), ("revision", "2")];
            let (status, _) = app.post(world.director, &end, &tomorrow).await;
            assert_eq!(status, StatusCode::BAD_REQUEST);
            let today = [("ending", ending), ("on", "2026-11-21"), ("revision", "2")];
            let (status, page) = app.post(world.director, &end, &today).await;
            assert_eq!(status, StatusCode::SEE_OTHER, "{page}");
            let (_, list) = app.get(world.director, &path).await;
            assert!(!list.contains("架空のもの"), "{list}");
            let (_, list) = app.get(world.director, &format!("{path}?due=ended")).await;
            assert!(list.contains("架空のもの"), "{list}");
        }
        let (status, _) = app.get(world.director, "/ledgers/nothing").await;
        assert_eq!(status, StatusCode::NOT_FOUND);
        let (status, page) = app.get(world.director, "/ledgers").await;
        assert_eq!(status, StatusCode::OK, "{page}");
    }
}

#[tokio::test]
async fn a_ledger_is_read_by_those_inside_with_a_role_and_by_nobody_else() {
    for world in worlds().await {
        let id = world.open(permission("架空 花子")).await;
        let app = &world.app;
        let path = format!("/ledgers/permissions/{id}");
        let other = app
            .organization(OrganizationKind::Clinic, "別の診療所", None)
            .await;
        let other = app.person(&other, Role::Director).await;
        let status = async |whom, path: &str| app.get(whom, path).await.0;
        assert_eq!(status(world.head, &path).await, StatusCode::OK);
        assert_eq!(status(world.staff, &path).await, StatusCode::FORBIDDEN);
        assert_eq!(status(other, &path).await, StatusCode::NOT_FOUND);
        let edit = format!("{path}/edit");
        assert_eq!(status(world.head, &edit).await, StatusCode::FORBIDDEN);
        let wrong = format!("/ledgers/media/{id}");
        assert_eq!(status(world.director, &wrong).await, StatusCode::NOT_FOUND);
    }
}

#[tokio::test]
async fn files_hold_the_ledger_and_can_be_read_again() {
    for world in worlds().await {
        let admin = Permission {
            privileged: true,
            superior: Some(world.head.person),
            ..permission("架空 花子")
        };
        world.open(admin).await;
        let app = &world.app;
        for (file, start) in [
            ("list.xlsx", &b"PK"[..]),
            ("list.csv", b"\xEF\xBB\xBF"),
            ("list.pdf", b"%PDF"),
            ("form.xlsx", b"PK"),
        ] {
            let request = Request::builder()
                .method(Method::GET)
                .uri(format!("/ledgers/permissions/{file}"))
                .body(Body::empty())
                .unwrap();
            let response = app.send(Some(world.director), request).await;
            assert_eq!(response.status(), StatusCode::OK, "{file}");
            assert!(response.headers().contains_key(header::CONTENT_DISPOSITION));
            let body = http_body_util::BodyExt::collect(response.into_body());
            let bytes = body.await.unwrap().to_bytes();
            assert!(bytes.starts_with(start), "{file}");
        }
        let (status, page) = app.get(world.director, "/ledgers/privileged").await;
        assert_eq!(status, StatusCode::OK);
        assert!(page.contains("架空 花子"), "{page}");
    }
}

#[tokio::test]
async fn the_api_lists_in_parts_and_says_what_is_wrong() {
    for world in worlds().await {
        for n in 0..5 {
            world.open(permission(&format!("職員 {n}"))).await;
        }
        let base = "/api/v1/ledgers/permissions";
        let get = async |path: &str| {
            world
                .api(world.director, Method::GET, path, json!(null))
                .await
        };
        let (status, page) = get(&format!("{base}?limit=3")).await;
        assert_eq!(status, StatusCode::OK, "{page}");
        assert_eq!(page["items"].as_array().unwrap().len(), 3);
        let next = page["next"].as_str().unwrap();
        let next = yagura_web::address(base, [("limit", "3"), ("cursor", next)]);
        let (_, page) = get(&next).await;
        assert_eq!(page["items"].as_array().unwrap().len(), 2, "{page}");
        assert_eq!(page.get("next"), None);
        let (status, _) = get(&format!("{base}?due=perhaps")).await;
        assert_eq!(status, StatusCode::BAD_REQUEST);
        for (content, status) in [
            (json!({ "name": "x" }), StatusCode::UNPROCESSABLE_ENTITY),
            (json!({ "wrong": "x" }), StatusCode::BAD_REQUEST),
            (json!({ "name": 7 }), StatusCode::BAD_REQUEST),
        ] {
            let body = json!({ "content": content });
            let (found, answer) = world.api(world.director, Method::POST, base, body).await;
            assert_eq!(found, status, "{answer}");
        }
    }
}
