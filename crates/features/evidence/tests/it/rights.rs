//! Who may do what, through the server.

use axum::body::Body;
use axum::http::{Method, Request, StatusCode};
use yagura_kernel::organization::OrganizationKind;
use yagura_kernel::person::Role;
use yagura_kernel::relation::{RelationKind, SharingLevel};

use crate::support::{proof, worlds};

#[tokio::test]
async fn staff_do_not_see_evidence_and_strangers_do_not_learn_that_it_exists() {
    for world in worlds().await {
        let id = world.piece("契約", None).await;
        let other = world
            .app
            .organization(OrganizationKind::Clinic, "別の施設", None)
            .await;
        let stranger = world.app.person(&other, Role::Director).await;
        let before = world.audited("denied").await;
        for page in [
            "",
            "/preview",
            "/file",
            "/content",
            "/edit",
            "/withdraw",
            "/version",
        ] {
            let path = format!("/evidence/{id}{page}");
            assert_eq!(
                world.app.get(world.staff, &path).await.0,
                StatusCode::FORBIDDEN,
                "{path}"
            );
            assert_eq!(
                world.app.get(stranger, &path).await.0,
                StatusCode::NOT_FOUND,
                "{path}"
            );
        }
        assert!(
            world.audited("denied").await > before,
            "refusals are logged"
        );
        let of = format!("/evidence/of/{}", world.clinic.id);
        assert_eq!(world.app.get(stranger, &of).await.0, StatusCode::NOT_FOUND);
        assert_eq!(
            world.app.get(world.staff, "/evidence").await.0,
            StatusCode::FORBIDDEN
        );
        for act in ["edit", "attach", "detach", "withdraw", "restore"] {
            let path = format!("/evidence/{id}/{act}");
            let fields = [("reason", "x"), ("revision", "1")];
            assert_eq!(
                world.app.post(stranger, &path, &fields).await.0,
                StatusCode::NOT_FOUND,
                "{path}"
            );
            assert_eq!(
                world.app.post(world.staff, &path, &fields).await.0,
                StatusCode::FORBIDDEN,
                "{path}"
            );
        }
        let request = Request::builder()
            .uri(format!("/evidence/{id}/file"))
            .body(Body::empty());
        let response = world.app.send(None, request.unwrap()).await;
        assert_eq!(
            response.status(),
            StatusCode::SEE_OTHER,
            "to the sign-in page"
        );
    }
}

#[tokio::test]
async fn a_region_sees_what_is_shared_with_it() {
    for world in worlds().await {
        let id = world.piece("契約", None).await;
        let region = world
            .app
            .organization(OrganizationKind::Prefecture, "架空県", None)
            .await;
        let staff = world.app.person(&region, Role::RegionalStaff).await;
        let clinic = world.clinic.id;
        let overlook = RelationKind::Oversees;
        let list = format!("/evidence/of/{clinic}");
        let file = format!("/evidence/{id}/file");
        assert_eq!(world.app.get(staff, &list).await.0, StatusCode::NOT_FOUND);
        let relation = world
            .app
            .relate(overlook, region.id, clinic, SharingLevel::Answers)
            .await;
        assert_eq!(world.app.get(staff, &list).await.0, StatusCode::FORBIDDEN);
        let share = async |level| {
            let app = &world.app.app;
            let mut tx = app.database().begin().await.unwrap();
            yagura_store::directory::set_sharing(&mut tx, &proof(world.director), relation, level)
                .await
                .unwrap();
            tx.commit().await.unwrap();
        };
        share(SharingLevel::Evidence).await;
        let (status, page) = world.app.get(staff, &list).await;
        assert_eq!(status, StatusCode::OK);
        assert!(
            page.contains("契約") && !page.contains("/evidence/new"),
            "it may read only"
        );
        assert_eq!(world.app.get(staff, &file).await.0, StatusCode::FORBIDDEN);
        share(SharingLevel::Detail).await;
        assert_eq!(world.app.get(staff, &file).await.0, StatusCode::OK);
        let withdraw = format!("/evidence/{id}/withdraw");
        let fields = [("reason", "x"), ("revision", "1")];
        let status = world.app.post(staff, &withdraw, &fields).await.0;
        assert!(
            matches!(status, StatusCode::FORBIDDEN | StatusCode::NOT_FOUND),
            "{status}"
        );
        let api = format!("/api/v1/evidence?organization={clinic}");
        assert_eq!(
            world.app.api(Some(staff), Method::GET, &api, None).await.0,
            StatusCode::OK
        );
    }
}
