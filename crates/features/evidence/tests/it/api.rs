//! The API does what the pages do, with problems for answers.

use axum::http::{Method, StatusCode};
use serde_json::json;

use crate::support::{PDF, worlds};

#[tokio::test]
async fn a_piece_lives_through_the_api() {
    for world in worlds().await {
        let whom = Some(world.director);
        let item = world.at("2-6").to_string();
        let fields = [
            ("kind", "contract"),
            ("expires_on", "2027-03-31"),
            ("item", item.as_str()),
        ];
        let (status, text) = world
            .upload(
                world.director,
                "/api/v1/evidence",
                &fields,
                Some(("契約.pdf", PDF)),
            )
            .await;
        assert_eq!(status, StatusCode::CREATED, "{text}");
        let piece: serde_json::Value = serde_json::from_str(&text).unwrap();
        assert_eq!(piece["title"], "契約");
        assert_eq!(piece["items"], json!([item]));
        assert_eq!(piece["media_type"], "application/pdf");
        let path = format!("/api/v1/evidence/{}", piece["id"].as_str().unwrap());

        let details = json!({ "title": "保守契約", "kind": "contract", "expires_on": "R9.3.31", "revision": 1 });
        let (status, piece) = world
            .app
            .api(whom, Method::PUT, &path, Some(details.clone()))
            .await;
        assert_eq!(
            (status, &piece["title"]),
            (StatusCode::OK, &json!("保守契約"))
        );
        let mut late = details;
        late["title"] = json!("遅れた変更");
        let (status, problem) = world.app.api(whom, Method::PUT, &path, Some(late)).await;
        assert_eq!(status, StatusCode::CONFLICT);
        assert_eq!(problem["status"], 409);

        let links = format!("{path}/links");
        let other = world.at("3-1").to_string();
        let (status, piece) = world
            .app
            .api(whom, Method::PUT, &links, Some(json!({ "items": [other] })))
            .await;
        assert_eq!(
            (status, piece["items"].as_array().unwrap().len()),
            (StatusCode::OK, 2)
        );
        let (status, _) = world
            .app
            .api(whom, Method::PUT, &links, Some(json!({ "items": ["x:y"] })))
            .await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
        let gone = format!("{links}?item={other}");
        assert_eq!(
            world.app.api(whom, Method::DELETE, &gone, None).await.0,
            StatusCode::NO_CONTENT
        );

        let fields = [("revision", "2")];
        let versions = format!("{path}/versions");
        let (status, text) = world
            .upload(world.director, &versions, &fields, Some(("契約2.pdf", PDF)))
            .await;
        assert_eq!(status, StatusCode::CREATED, "{text}");
        let (_, list) = world.app.api(whom, Method::GET, &versions, None).await;
        assert_eq!(list.as_array().unwrap().len(), 2);

        let withdrawal = format!("{path}/withdrawal");
        let body = json!({ "reason": "誤り", "revision": 3 });
        let (status, piece) = world
            .app
            .api(whom, Method::PUT, &withdrawal, Some(body))
            .await;
        assert_eq!(
            (status, &piece["state"]),
            (StatusCode::OK, &json!("withdrawn"))
        );
        let undo = format!("{withdrawal}?revision=4");
        assert_eq!(
            world.app.api(whom, Method::DELETE, &undo, None).await.0,
            StatusCode::NO_CONTENT
        );
        let (status, _) = world
            .app
            .api(whom, Method::GET, &format!("{path}/file"), None)
            .await;
        assert_eq!(status, StatusCode::OK);
    }
}

#[tokio::test]
async fn lists_page_by_cursor_and_name_wrong_values() {
    for world in worlds().await {
        let whom = Some(world.director);
        for number in 0..5 {
            world.piece(&format!("契約{number}"), None).await;
        }
        let (mut seen, mut path) = (0, "/api/v1/evidence?limit=2".to_owned());
        loop {
            let (status, page) = world.app.api(whom, Method::GET, &path, None).await;
            assert_eq!(status, StatusCode::OK, "{page}");
            seen += page["items"].as_array().unwrap().len();
            match page["next"].as_str() {
                Some(next) => path = format!("/api/v1/evidence?limit=2&cursor={next}"),
                None => break,
            }
        }
        assert_eq!(seen, 5);
        for wrong in [
            "state=lost",
            "kind=boat",
            "order=random",
            "cursor=x",
            "item=2-6",
        ] {
            let path = format!("/api/v1/evidence?{wrong}");
            let (status, problem) = world.app.api(whom, Method::GET, &path, None).await;
            assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{wrong}");
            assert_eq!(problem["errors"].as_array().unwrap().len(), 1, "{problem}");
        }
        for wrong in ["sheet=x", "organization=1", "limit=many"] {
            let path = format!("/api/v1/evidence?{wrong}");
            let (status, _) = world.app.api(whom, Method::GET, &path, None).await;
            assert_eq!(status, StatusCode::BAD_REQUEST, "{wrong}");
        }
        let (status, _) = world
            .app
            .api(whom, Method::GET, "/api/v1/evidence/not-an-id", None)
            .await;
        assert_eq!(status, StatusCode::NOT_FOUND);
        assert_eq!(
            world
                .app
                .api(None, Method::GET, "/api/v1/evidence", None)
                .await
                .0,
            StatusCode::UNAUTHORIZED
        );
    }
}

#[tokio::test]
async fn refusals_of_files_are_problems_with_a_field() {
    for world in worlds().await {
        let fields = [("kind", "contract")];
        let (status, text) = world
            .upload(
                world.director,
                "/api/v1/evidence",
                &fields,
                Some(("a.exe", PDF)),
            )
            .await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
        let problem: serde_json::Value = serde_json::from_str(&text).unwrap();
        assert_eq!(problem["errors"][0]["field"], "file");
        let big = [b"%PDF-1.7".to_vec(), vec![b' '; 5_000_001]].concat();
        let (status, _) = world
            .upload(
                world.director,
                "/api/v1/evidence",
                &fields,
                Some(("a.pdf", &big)),
            )
            .await;
        assert_eq!(status, StatusCode::PAYLOAD_TOO_LARGE);
        let (status, _) = world
            .upload(world.director, "/api/v1/evidence", &fields, None)
            .await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
    }
}
