//! Withdrawing what was imported.

use std::sync::Arc;

use axum::body::Body;
use axum::http::{Method, Request, StatusCode, header};
use yagura_checklists::{Checklists, EvidenceSheets};
use yagura_evidence::Evidence;
use yagura_kernel::organization::OrganizationKind;
use yagura_kernel::person::Role;
use yagura_packs::{Library, Pack, PackVersion, export};
use yagura_rulepacks::RulePacks;
use yagura_store::params;
use yagura_web::testing::{TestApp, TestPerson, apps, text};

const R8: &str = "mhlw-checklist-r08-institution";

async fn all() -> Vec<TestApp> {
    apps(|| {
        vec![
            Arc::new(Evidence::new(Arc::new(EvidenceSheets))),
            Arc::new(Checklists),
            Arc::new(RulePacks),
        ]
    })
    .await
}

async fn people(test: &TestApp) -> (TestPerson, TestPerson) {
    let clinic = test
        .organization(OrganizationKind::Clinic, "架空クリニック", None)
        .await;
    (
        test.person(&clinic, Role::Administrator).await,
        test.person(&clinic, Role::Director).await,
    )
}

/// Imports R8 under a higher version, and returns the version.
async fn import(test: &TestApp, whom: TestPerson, major: u32) -> String {
    let mut pack = Pack::clone(Library::builtin().get(R8).unwrap());
    pack.version = PackVersion {
        major,
        minor: 0,
        patch: 0,
    };
    let version = pack.version.to_string();
    let request = Request::post("/api/v1/packs/imports?file_name=a.toml")
        .header(header::CONTENT_TYPE, "application/octet-stream")
        .body(Body::from(export::toml(&pack).unwrap()))
        .unwrap();
    let (status, answer) = text(test.send(Some(whom), request).await).await;
    assert_eq!(status, StatusCode::CREATED, "{answer}");
    let answer: serde_json::Value = serde_json::from_str(&answer).unwrap();
    let path = format!(
        "/api/v1/packs/imports/{}/confirm",
        answer["id"].as_str().unwrap()
    );
    let (status, answer) = test.api(Some(whom), Method::POST, &path, None).await;
    assert_eq!(status, StatusCode::OK, "{answer}");
    version
}

fn current(test: &TestApp) -> String {
    test.app.packs().get(R8).unwrap().version.to_string()
}

#[tokio::test]
async fn an_unused_import_is_withdrawn_and_what_was_before_counts_again() {
    for test in all().await {
        let (administrator, director) = people(&test).await;
        let shipped = current(&test);
        let version = import(&test, administrator, 7).await;
        assert_eq!(current(&test), version, "{}", test.engine);
        let path = format!("/packs/{R8}/withdraw");
        let (status, _) = test.post(director, &path, &[("version", &version)]).await;
        assert_eq!(status, StatusCode::FORBIDDEN);
        let (_, page) = test.get(director, "/packs").await;
        assert!(!page.contains("/withdraw"));
        let (_, page) = test.get(administrator, "/packs").await;
        assert!(page.contains(&path), "{page}");
        let (status, to) = test
            .post(administrator, &path, &[("version", &version)])
            .await;
        assert_eq!((status, to.as_str()), (StatusCode::SEE_OTHER, "/packs"));
        assert_eq!(current(&test), shipped);
        let (_, page) = test.get(administrator, "/packs").await;
        assert!(!page.contains(&path));
        let logged = test
            .app
            .database()
            .count(
                "SELECT count(*) AS n FROM audit_entries
                 WHERE resource_kind = 'pack' AND detail LIKE $1",
                params!["%withdraw%"],
            )
            .await
            .unwrap();
        assert_eq!(logged, 1);
        // The same version can be imported again.
        assert_eq!(import(&test, administrator, 7).await, version);
    }
}

#[tokio::test]
async fn what_ships_with_the_program_and_what_is_used_stay() {
    for test in all().await {
        let (administrator, director) = people(&test).await;
        let delete = async |version: &str| {
            let path = format!("/api/v1/packs/{R8}{version}");
            test.api(Some(administrator), Method::DELETE, &path, None)
                .await
        };
        for query in ["", "?version=9.9.9", "?version=nonsense"] {
            let (status, problem) = delete(query).await;
            assert_eq!(status, StatusCode::BAD_REQUEST, "{query}");
            assert!(problem.to_string().contains("同梱"), "{problem}");
        }
        let version = import(&test, administrator, 7).await;
        let year = serde_json::json!({ "fiscal_year": 2026 });
        let (status, sheet) = test
            .api(Some(director), Method::POST, "/api/v1/sheets", Some(year))
            .await;
        assert!(status.is_success(), "{sheet}");
        let query = format!("?version={version}");
        let (status, problem) = delete(&query).await;
        assert_eq!(status, StatusCode::BAD_REQUEST);
        assert!(
            problem["title"].as_str().unwrap().contains("1 枚"),
            "{problem}"
        );
        assert_eq!(current(&test), version, "it is still used");
        let path = format!("/packs/{R8}/withdraw");
        let (status, _) = test
            .post(administrator, &path, &[("version", &version)])
            .await;
        assert_eq!(status, StatusCode::SEE_OTHER);
        assert_eq!(current(&test), version);
        // A newer one that nothing stands on is withdrawn.
        let newer = import(&test, administrator, 8).await;
        let (status, _) = delete(&format!("?version={newer}")).await;
        assert_eq!(status, StatusCode::NO_CONTENT);
        assert_eq!(current(&test), version);
        let (status, _) = test
            .api(
                Some(director),
                Method::DELETE,
                &format!("/api/v1/packs/{R8}"),
                None,
            )
            .await;
        assert_eq!(status, StatusCode::FORBIDDEN);
    }
}
