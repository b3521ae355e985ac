use crate::http::features;
use axum::http::Method;
use serde_json::json;
use yagura_kernel::organization::OrganizationKind;
use yagura_kernel::person::Role;
use yagura_kernel::relation::{RelationKind, SharingLevel};
use yagura_web::testing::apps;

#[tokio::test]
#[ignore = "writes pages to look at"]
async fn shots() {
    let app = apps(features).await.remove(0);
    let clinic = app
        .organization(OrganizationKind::Clinic, "みどり坂内科クリニック", None)
        .await;
    let vendor = app
        .organization(OrganizationKind::Vendor, "架空レセコン株式会社", None)
        .await;
    app.relate(
        RelationKind::Supplies,
        vendor.id,
        clinic.id,
        SharingLevel::Status,
    )
    .await;
    let director = app.person(&clinic, Role::Director).await;
    let operator = app.person(&clinic, Role::SystemOperator).await;
    let save = |name: &str, page: &str| {
        std::fs::create_dir_all("/tmp/y/cl").unwrap();
        std::fs::write(format!("/tmp/y/cl/{name}.html"), page).unwrap();
    };
    save("empty", &app.get(director, "/checklists").await.1);
    let put = async |sheet: &str, item: &str, body: serde_json::Value| {
        let path = format!("/api/v1/sheets/{sheet}/items/{item}/answer");
        let (status, text) = app
            .api(Some(director), Method::PUT, &path, Some(body))
            .await;
        assert!(status.is_success(), "{text}");
    };
    let open = async |year: i32| {
        let (_, state) = app
            .api(
                Some(director),
                Method::POST,
                "/api/v1/sheets",
                Some(json!({"fiscal_year": year})),
            )
            .await;
        state["sheet"].as_str().unwrap().to_owned()
    };
    let last = open(2025).await;
    for item in [
        "1-1", "2-1", "2-2", "2-3", "2-4", "2-5", "2-6", "2-7", "3-1", "3-2",
    ] {
        put(&last, item, json!({"version":0,"first":{"answer": if item == "2-5" {"no"} else {"yes"},"on":"2025-06-12"},"remark": if item == "2-1" {"台帳は事務長が管理"} else {""}})).await;
    }
    let sheet = open(2026).await;
    app.api(Some(director), Method::PUT, &format!("/api/v1/sheets/{sheet}/head"), Some(json!({"version":0,"gate":{"answer":"yes","on":"2026-06-01"},"vendor_contract":{"answer":"yes","on":"2026-06-01"}}))).await;
    for item in ["1-1", "2-1", "2-2", "2-3", "2-6"] {
        put(&sheet, item, json!({"version":0,"first":{"answer":"yes","on":"2026-06-12"},"remark":"電子カルテのサーバは保守契約により事業者が適用(契約書 第8条)。"})).await;
    }
    put(
        &sheet,
        "2-5",
        json!({"version":0,"first":{"answer":"no","on":"2026-06-12"},"target":"2026-11-16"}),
    )
    .await;
    app.clock.advance_seconds(60);
    app.run_jobs().await;
    let base = format!("/checklists/{sheet}");
    save("home", &app.get(director, "/").await.1);
    save("sheet", &app.get(director, &base).await.1);
    save(
        "item",
        &app.get(director, &format!("{base}/items/1-1")).await.1,
    );
    save(
        "item-no",
        &app.get(director, &format!("{base}/items/2-5")).await.1,
    );
    save(
        "item-new",
        &app.get(director, &format!("{base}/items/2-10")).await.1,
    );
    save("gate", &app.get(director, &format!("{base}/gate")).await.1);
    save(
        "quick",
        &app.get(director, &format!("{base}/quick")).await.1,
    );
    save(
        "drafts",
        &app.get(director, &format!("{base}/drafts")).await.1,
    );
    save(
        "new",
        &app.get(director, &format!("/checklists/{last}/new"))
            .await
            .1,
    );
    save(
        "history",
        &app.get(director, &format!("{base}/history")).await.1,
    );
    save("self-check", &app.get(director, "/self-check").await.1);
    let item = format!("{base}/items/2-1");
    app.post(
        operator,
        &item,
        &[
            ("version", "1"),
            ("first", "yes"),
            ("first_on", "2026-06-20"),
            ("remark", "台帳は金庫"),
        ],
    )
    .await;
    save(
        "conflict",
        &app.post(
            director,
            &item,
            &[
                ("version", "1"),
                ("first", "no"),
                ("first_on", "2026-06-21"),
                ("target", "2026-12-20"),
                ("remark", "更新が止まっている"),
            ],
        )
        .await
        .1,
    );
    save(
        "errors",
        &app.post(
            director,
            &item,
            &[
                ("version", "1"),
                ("first", "yes"),
                ("first_on", "2027-06-21"),
                ("target", "らいねん"),
                ("remark", "更新が止まっている"),
            ],
        )
        .await
        .1,
    );
}
