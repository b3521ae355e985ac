//! Who of a region has it.

use axum::http::{Method, StatusCode};
use yagura_kernel::organization::OrganizationKind;
use yagura_kernel::person::Role;
use yagura_kernel::relation::{RelationKind, SharingLevel};

use crate::support::{EXPLOITED, KEV, NVD, gateway, worlds};

#[tokio::test]
async fn names_where_detail_is_shared_and_numbers_of_five_or_more_elsewhere() {
    for world in worlds().await {
        let app = &world.app;
        world.load("nvd.json", NVD).await;
        world.load("kev.json", KEV).await;
        let region = app
            .organization(OrganizationKind::Prefecture, "架空県", None)
            .await;
        let manager = app.person(&region, Role::RegionalManager).await;
        let oversees = RelationKind::Oversees;
        app.relate(oversees, region.id, world.hospital.id, SharingLevel::Detail)
            .await;
        world.gateway("6.0.3").await;
        let mut silent = Vec::new();
        for number in 0..6 {
            let name = format!("非共有の医院{number}");
            let clinic = app
                .organization(OrganizationKind::Clinic, &name, None)
                .await;
            app.relate(oversees, region.id, clinic.id, SharingLevel::Evidence)
                .await;
            silent.push(clinic);
        }
        for clinic in &silent[..4] {
            world.add_for(clinic.id, &gateway("6.0.3")).await;
        }
        let stranger = app
            .organization(OrganizationKind::Clinic, "県外の医院", None)
            .await;
        world.add_for(stranger.id, &gateway("6.0.3")).await;
        world.round().await;
        let path = format!("/region/vulnerabilities?q={EXPLOITED}");
        let (status, page) = app.get(manager, &path).await;
        assert_eq!(status, StatusCode::OK);
        assert!(page.contains("架空総合病院"), "{page}");
        assert!(
            !page.contains("非共有の医院") && !page.contains("県外の医院"),
            "{page}"
        );
        let ask = async |question: &str| {
            let path = format!("/api/v1/region/vulnerabilities?q={question}");
            app.api(Some(manager), Method::GET, &path, None).await.1
        };
        let answer = ask(EXPLOITED).await;
        assert_eq!(answer["named"], 1);
        assert_eq!(answer["members"][0]["outside"], 1);
        assert!(
            answer.get("unnamed").is_none(),
            "four are not told: {answer}"
        );
        world.add_for(silent[4].id, &gateway("6.0.3")).await;
        world.round().await;
        assert_eq!(ask(EXPLOITED).await["unnamed"], 5);
        let product = ask("fortinet:fortios").await;
        assert_eq!(
            (&product["named"], &product["unnamed"]),
            (&1.into(), &5.into()),
            "{product}"
        );
        assert_eq!(product["members"][0]["devices"], 1);
        assert_eq!(ask("fortinet:fortiweb").await["named"], 0);
        let (_, page) = app.get(manager, "/region/vulnerabilities").await;
        assert!(
            page.contains(EXPLOITED),
            "exploited and still there: {page}"
        );
        assert_eq!(
            app.get(world.director, &path).await.0,
            StatusCode::FORBIDDEN
        );
    }
}
