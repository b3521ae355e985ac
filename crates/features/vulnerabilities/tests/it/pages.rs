//! The pages.

use axum::http::{Request, StatusCode};
use yagura_kernel::organization::OrganizationKind;
use yagura_kernel::person::Role;
use yagura_vulnerabilities::Filter;

use crate::support::{EXPLOITED, KEV, NVD, worlds};

#[tokio::test]
async fn the_list_leads_to_the_finding_and_a_decision_closes_it() {
    for world in worlds().await {
        let app = &world.app;
        let (status, page) = app.get(world.director, "/vulnerabilities").await;
        assert_eq!(status, StatusCode::OK);
        assert!(
            page.contains("対応が必要な脆弱性は見つかっていません"),
            "{page}"
        );
        assert!(
            page.contains("まだ取り込まれていません"),
            "silence of no feeds: {page}"
        );
        world.load("nvd.json", NVD).await;
        world.load("kev.json", KEV).await;
        world.gateway("6.0.3").await;
        world.round().await;
        let (_, page) = app.get(world.director, "/vulnerabilities").await;
        assert!(
            page.contains(EXPLOITED) && page.contains("悪用を確認"),
            "{page}"
        );
        assert!(
            page.contains("外部接続(インターネット)") && page.contains("製品は推定"),
            "{page}"
        );
        let none = "/vulnerabilities?severity=low&exploited=yes";
        assert!(
            app.get(world.director, none)
                .await
                .1
                .contains("見つかりませんでした")
        );
        let search = "/vulnerabilities?q=cve-2018-13379";
        assert!(
            app.get(world.director, search)
                .await
                .1
                .contains("外来VPN装置")
        );
        let finding = world.found(&Filter::default()).await.remove(0);
        let path = format!("/vulnerabilities/findings/{}", finding.id);
        let (status, page) = app.get(world.head, &path).await;
        assert_eq!(status, StatusCode::OK);
        assert!(page.contains("バージョンが範囲に入っています"), "{page}");
        assert!(
            !page.contains("/decide\""),
            "a head of department only reads"
        );
        let (_, page) = app.get(world.operator, &path).await;
        assert!(
            page.contains("/decide\"") && !page.contains("/accept\""),
            "{page}"
        );
        let decide = format!("{path}/decide");
        let (status, page) = app
            .post(world.operator, &decide, &[("state", "not_affected")])
            .await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(page.contains("非該当の理由を選んでください"), "{page}");
        let revision = finding.revision.to_string();
        let fixed = [
            ("state", "fixed"),
            ("note", "7.4.4 に更新"),
            ("revision", revision.as_str()),
        ];
        assert_eq!(
            app.post(world.operator, &decide, &fixed).await.0,
            StatusCode::SEE_OTHER
        );
        assert_eq!(
            app.post(world.operator, &decide, &fixed).await.0,
            StatusCode::CONFLICT
        );
        let (_, page) = app.get(world.director, &path).await;
        assert!(
            page.contains("7.4.4 に更新") && page.contains("対応済み"),
            "{page}"
        );
        let accept = format!("{path}/accept");
        let until = [
            ("accepted_until", "2026-12-31"),
            ("note", "年末に更新"),
            ("revision", "2"),
        ];
        assert_eq!(
            app.post(world.operator, &accept, &until).await.0,
            StatusCode::FORBIDDEN
        );
        assert_eq!(
            app.post(world.director, &accept, &until).await.0,
            StatusCode::SEE_OTHER
        );
        let (_, page) = app
            .get(world.director, &format!("/vulnerabilities/of/{EXPLOITED}"))
            .await;
        assert!(
            page.contains("外来VPN装置") && page.contains("受け入れ中"),
            "{page}"
        );
        assert_eq!(
            app.get(world.director, "/vulnerabilities/of/CVE-2099-9999")
                .await
                .0,
            StatusCode::NOT_FOUND
        );
        assert_eq!(app.get(world.staff, &path).await.0, StatusCode::FORBIDDEN);
        let other = app.organization(OrganizationKind::Clinic, "別", None).await;
        let stranger = app.person(&other, Role::Director).await;
        assert_eq!(app.get(stranger, &path).await.0, StatusCode::NOT_FOUND);
    }
}

#[tokio::test]
async fn many_are_decided_together_and_filters_stay() {
    for world in worlds().await {
        world.load("nvd.json", NVD).await;
        world.gateway("6.0.3").await;
        world.round().await;
        let found = world.found(&Filter::default()).await;
        let ids: Vec<String> = found.iter().map(|one| one.id.to_string()).collect();
        let mut form: Vec<(&str, &str)> = ids.iter().map(|id| ("finding", id.as_str())).collect();
        form.extend([("state", "investigating"), ("_exposed", "yes")]);
        let (status, to) = world
            .app
            .post(world.operator, "/vulnerabilities/decide", &form)
            .await;
        assert_eq!(status, StatusCode::SEE_OTHER, "{to}");
        assert!(to.contains("exposed=yes"), "{to}");
        let after = world.found(&Filter::default()).await;
        assert!(after.iter().all(|one| one.state == "investigating"));
        let none = [("state", "investigating")];
        let (status, page) = world
            .app
            .post(world.operator, "/vulnerabilities/decide", &none)
            .await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(page.contains("1件以上選んでください"), "{page}");
        assert_eq!(
            world
                .app
                .post(world.operator, "/vulnerabilities/accept", &form)
                .await
                .0,
            StatusCode::FORBIDDEN
        );
    }
}

#[tokio::test]
async fn files_and_the_page_of_the_feeds() {
    for world in worlds().await {
        world.load("nvd.json", NVD).await;
        world.gateway("6.0.3").await;
        world.round().await;
        let (status, csv) = world.app.get(world.director, "/vulnerabilities.csv").await;
        assert_eq!(status, StatusCode::OK);
        assert!(
            csv.starts_with('\u{feff}') && csv.contains(EXPLOITED),
            "{csv}"
        );
        let (_, vex) = world
            .app
            .get(world.director, "/vulnerabilities/openvex.json")
            .await;
        let vex: serde_json::Value = serde_json::from_str(&vex).unwrap();
        assert_eq!(vex["@context"], "https://openvex.dev/ns/v0.2.0");
        assert_eq!(vex["statements"][0]["status"], "under_investigation");
        let request = Request::get("/vulnerabilities.xlsx")
            .body(axum::body::Body::empty())
            .unwrap();
        let answer = world.app.send(Some(world.director), request).await;
        assert_eq!(answer.status(), StatusCode::OK);
        let (status, page) = world
            .app
            .get(world.director, "/vulnerabilities/feeds")
            .await;
        assert_eq!(status, StatusCode::OK);
        assert!(page.contains("古いか、まだ取り込まれていません"), "{page}");
        assert!(
            !page.contains("yagura feeds import"),
            "institutions cannot act"
        );
        assert_eq!(
            world.app.get(world.staff, "/vulnerabilities/feeds").await.0,
            StatusCode::FORBIDDEN
        );
    }
}
