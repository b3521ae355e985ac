use axum::http::{Method, StatusCode};
use serde_json::json;
use yagura_store::params;
use yagura_web::idempotency;

use crate::support::{World, link_in, worlds};

async fn organizations(world: &World) -> i64 {
    yagura_store::directory::count(world.app.app.database())
        .await
        .unwrap()
}

#[tokio::test]
async fn an_administrator_records_an_organisation_and_its_first_person_joins() {
    for world in worlds().await {
        let before = organizations(&world).await;
        let form = [
            ("kind", "hospital"),
            ("name", "架空みなと病院"),
            ("beds", "１２０"),
            ("email", "first@hospital.example.jp"),
        ];
        let path = "/installation/organizations/new";
        let (status, page) = world.app.post(world.administrator, path, &form).await;
        assert_eq!(status, StatusCode::OK, "{page}");
        assert_eq!(organizations(&world).await, before + 1);
        assert_eq!(
            world.audited("installation.manage", "organization").await,
            1
        );
        let (status, _) = world
            .accept(&link_in(&page), "架空一郎", "first@hospital.example.jp")
            .await;
        assert_eq!(status, StatusCode::SEE_OTHER);
        let managers = world
            .app
            .app
            .database()
            .count(
                "SELECT count(*) AS n FROM assignments a JOIN organizations o ON o.id = a.organization_id
                 WHERE o.name = $1 AND a.role = 'safety_manager'",
                params!["架空みなと病院"],
            )
            .await
            .unwrap();
        assert_eq!(managers, 1);
    }
}

#[tokio::test]
async fn what_does_not_fit_is_said_beside_its_field() {
    for world in worlds().await {
        let before = organizations(&world).await;
        let good = json!({
            "kind": "hospital", "name": "架空病院", "beds": 20, "email": "a@example.jp",
        });
        for (field, value, api_value) in [
            ("kind", "operator", json!("operator")),
            ("kind", "", json!("")),
            ("name", " ", json!(" ")),
            ("beds", "19", json!(19)),
            ("beds", "", json!(null)),
            ("email", "nobody", json!("nobody")),
            ("email", "user_1", json!("user_1")),
        ] {
            let mut form = vec![
                ("kind", "hospital"),
                ("name", "架空病院"),
                ("beds", "20"),
                ("email", "a@example.jp"),
            ];
            for pair in &mut form {
                if pair.0 == field {
                    pair.1 = value;
                }
            }
            let path = "/installation/organizations/new";
            let (status, page) = world.app.post(world.administrator, path, &form).await;
            assert_eq!(status, StatusCode::OK);
            assert!(
                page.contains(&format!("#field-{field}")),
                "{field}={value:?}: {page}"
            );
            let mut body = good.clone();
            body[field] = api_value;
            let path = "/api/v1/installation/organizations";
            let (status, answer) = world
                .api(world.administrator, Method::POST, path, body)
                .await;
            assert_eq!(
                status,
                StatusCode::UNPROCESSABLE_ENTITY,
                "{field}={value:?}: {answer}"
            );
            assert_eq!(answer["errors"][0]["field"], field);
        }
        assert_eq!(organizations(&world).await, before);
        let path = "/api/v1/installation/organizations";
        let (status, made) = world
            .api(world.administrator, Method::POST, path, good)
            .await;
        assert_eq!(status, StatusCode::CREATED, "{made}");
        assert!(made["link"].as_str().unwrap().contains("/invitations/"));
    }
}

#[tokio::test]
async fn how_the_installation_is_only_its_administrators_see() {
    for world in worlds().await {
        let (status, page) = world.app.get(world.administrator, "/installation").await;
        assert_eq!(status, StatusCode::OK);
        assert!(page.contains(env!("CARGO_PKG_VERSION")), "{page}");
        let (_, figures) = world
            .api(
                world.administrator,
                Method::GET,
                "/api/v1/installation",
                json!({}),
            )
            .await;
        assert_eq!(figures["organizations"], 3, "{figures}");
        assert_eq!(figures["engine"], world.app.engine.to_lowercase());
        for whom in [world.director, world.staff, world.regional_manager] {
            for path in [
                "/installation",
                "/installation/organizations/new",
                "/api/v1/installation",
            ] {
                let (status, _) = world.app.get(whom, path).await;
                assert_eq!(status, StatusCode::FORBIDDEN, "{path}");
            }
            let (_, home) = world.app.get(whom, "/people").await;
            assert!(!home.contains("href=\"/installation\""));
        }
    }
}

#[tokio::test]
async fn upkeep_removes_what_is_over() {
    for world in worlds().await {
        let app = &world.app.app;
        let invite = json!({ "email": "a@example.jp", "role": "staff" }).to_string();
        let request = axum::http::Request::post("/api/v1/people/invitations")
            .header("content-type", "application/json")
            .header("idempotency-key", "one")
            .body(axum::body::Body::from(invite))
            .unwrap();
        let answer = world.app.send(Some(world.director), request).await;
        assert_eq!(answer.status(), StatusCode::CREATED);
        let kept = async || {
            app.database()
                .count("SELECT count(*) AS n FROM idempotency_keys", params![])
                .await
                .unwrap()
        };
        assert_eq!(kept().await, 1);
        world
            .app
            .clock
            .advance_seconds(idempotency::KEPT_SECONDS + 1);
        let mut tx = app.database().begin().await.unwrap();
        let schedule = app.features()[0].schedules()[0];
        let job = yagura_store::jobs::NewJob::now(schedule.job, json!({}), app.now());
        app.enqueue(&mut tx, job).await.unwrap();
        tx.commit().await.unwrap();
        assert!(world.app.run_jobs().await >= 1);
        assert_eq!(kept().await, 0);
    }
}

#[tokio::test]
async fn the_description_tells_of_idempotency_at_every_change_and_nowhere_else() {
    let world = worlds().await.remove(0);
    let document = serde_json::to_value(yagura_web::openapi(&world.app.app)).unwrap();
    let mut changes = 0;
    for (path, operations) in document["paths"].as_object().unwrap() {
        for (method, operation) in operations.as_object().unwrap() {
            let parameters = operation["parameters"]
                .as_array()
                .cloned()
                .unwrap_or_default();
            let told = parameters
                .iter()
                .filter(|one| one["name"] == "Idempotency-Key" && one["in"] == "header")
                .count();
            let change = method != "get";
            assert_eq!(told, usize::from(change), "{method} {path}");
            assert_eq!(
                operation["responses"]["409"].is_object(),
                change,
                "{method} {path}"
            );
            assert_eq!(
                operation["responses"]["422"].is_object(),
                change,
                "{method} {path}"
            );
            changes += usize::from(change);
        }
    }
    assert!(changes >= 8, "{changes}");
}
