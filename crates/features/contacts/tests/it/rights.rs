//! Who may do what, through the server.

use axum::http::StatusCode;
use yagura_contacts::Category;
use yagura_kernel::organization::OrganizationKind;
use yagura_kernel::person::Role;
use yagura_kernel::relation::{RelationKind, SharingLevel};

use crate::support::worlds;

#[tokio::test]
async fn staff_read_and_only_those_who_answer_for_it_write() {
    for world in worlds().await {
        let id = world
            .add(Category::Police, "架空警察署", "000-000-0110")
            .await;
        let (status, page) = world.app.get(world.staff, "/contacts").await;
        assert_eq!(status, StatusCode::OK);
        assert!(
            !page.contains("/contacts/new"),
            "what one may not open is not shown"
        );
        let fields = [
            ("category", "police"),
            ("name", "偽物"),
            ("revision", "1"),
            ("to", "up"),
        ];
        for path in [
            "/contacts".to_owned(),
            "/contacts/confirm".to_owned(),
            format!("/contacts/{id}/edit"),
            format!("/contacts/{id}/remove"),
            format!("/contacts/{id}/move"),
        ] {
            let (status, _) = world.app.post(world.staff, &path, &fields).await;
            assert_eq!(status, StatusCode::FORBIDDEN, "{path}");
        }
        let other = world
            .app
            .organization(OrganizationKind::Clinic, "別の施設", None)
            .await;
        let stranger = world.app.person(&other, Role::Director).await;
        for act in ["edit", "remove", "move"] {
            let path = format!("/contacts/{id}/{act}");
            assert_eq!(
                world.app.post(stranger, &path, &fields).await.0,
                StatusCode::NOT_FOUND,
                "{path}"
            );
        }
        let of = format!("/contacts/of/{}", world.clinic.id);
        assert_eq!(world.app.get(stranger, &of).await.0, StatusCode::NOT_FOUND);
        assert_eq!(world.chart().await.entries.len(), 1);
    }
}

#[tokio::test]
async fn an_overseer_sees_the_chart_where_details_are_shared_and_that_is_logged() {
    for world in worlds().await {
        world.fill().await;
        let region = world
            .app
            .organization(OrganizationKind::Prefecture, "架空県", None)
            .await;
        let staff = world.app.person(&region, Role::RegionalStaff).await;
        let clinic = world.clinic.id;
        let of = format!("/contacts/of/{clinic}");
        world
            .app
            .relate(
                RelationKind::Oversees,
                region.id,
                clinic,
                SharingLevel::Evidence,
            )
            .await;
        assert_eq!(world.app.get(staff, &of).await.0, StatusCode::FORBIDDEN);
        let network = world
            .app
            .organization(OrganizationKind::Municipality, "架空市", None)
            .await;
        let detail = world.app.person(&network, Role::RegionalStaff).await;
        world
            .app
            .relate(
                RelationKind::Oversees,
                network.id,
                clinic,
                SharingLevel::Detail,
            )
            .await;
        let (status, page) = world.app.get(detail, &of).await;
        assert_eq!(status, StatusCode::OK);
        assert!(page.contains("架空警察署") && !page.contains("/contacts/confirm"));
        let (status, pdf) = world.app.get(detail, &format!("{of}/contacts.pdf")).await;
        assert_eq!(status, StatusCode::OK);
        assert!(pdf.starts_with("%PDF"));
        assert_eq!(
            world.audited("contacts.read").await,
            3,
            "one refusal, two readings"
        );
    }
}
