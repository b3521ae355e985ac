//! The yearly stock-take of media.

use axum::http::{Method, StatusCode};
use serde_json::json;
use yagura_kernel::probe::Outcome;
use yagura_ledgers::model::{Content, Known, Medium};

use crate::support::{day, worlds};

#[tokio::test]
async fn media_that_nobody_saw_for_a_year_are_listed_until_somebody_did() {
    for world in worlds().await {
        let medium = |name: &str, seen_on| Medium {
            name: name.to_owned(),
            encrypted: Known::Yes,
            seen_on,
            ..Medium::default()
        };
        let days = |days| Some(world.days_from_now(days));
        let fresh = world.open(medium("USB-01", days(-365))).await;
        let old = world.open(medium("USB-02", days(-366))).await;
        let never = world.open(medium("USB-03", None)).await;
        let app = &world.app;
        let list = "/ledgers/media?due=not_seen";
        let (_, page) = app.get(world.director, list).await;
        assert!(page.contains("USB-02") && page.contains("USB-03"), "{page}");
        assert!(!page.contains("USB-01"), "{page}");
        assert!(page.contains("媒体が 2件あります"), "{page}");
        let found = world.measured("media-kept").await;
        assert_eq!(found.outcome, Outcome::Unknown);
        assert_eq!(found.finding.message, "ledgers-probe-media-not-seen");
        assert_eq!((found.covered, found.total), (1, 3));

        let path = "/ledgers/media/seen";
        let (never_id, fresh_id) = (never.to_string(), fresh.to_string());
        for (on, chosen) in [
            ("2099-01-01", never_id.as_str()),
            ("2020-01-01", never_id.as_str()),
            ("2026-11-20", "x"),
        ] {
            let fields = [("seen", chosen), ("on", on)];
            let (status, _) = app.post(world.director, path, &fields).await;
            assert_eq!(status, StatusCode::BAD_REQUEST, "{on} {chosen}");
        }
        let on = "2026-11-20";
        let fields = [
            ("seen", never_id.as_str()),
            ("seen", fresh_id.as_str()),
            ("on", on),
        ];
        let (status, _) = app.post(world.staff, path, &fields).await;
        assert_eq!(status, StatusCode::FORBIDDEN);
        let (status, page) = app.post(world.director, path, &fields).await;
        assert_eq!(status, StatusCode::SEE_OTHER, "{page}");
        let seen = async |id| match world.get(id).await.content {
            Content::Medium(medium) => medium.seen_on,
            other => panic!("{other:?}"),
        };
        assert_eq!(seen(never).await, Some(day(on)));
        assert_eq!(seen(fresh).await, Some(day(on)));
        assert_eq!(world.events(never).await, ["opened", "changed"]);

        // Through the API; what another institution has is left, and what was seen later stays.
        let path = "/api/v1/ledgers/media/seen";
        let other = app
            .organization(
                yagura_kernel::organization::OrganizationKind::Clinic,
                "別の診療所",
                None,
            )
            .await;
        let other = app
            .person(&other, yagura_kernel::person::Role::Director)
            .await;
        let body = json!({ "entries": [old, never], "on": "2026-11-19" });
        let (_, noted) = world.api(other, Method::POST, path, body.clone()).await;
        assert_eq!(noted["noted"], 0);
        let (status, noted) = world.api(world.director, Method::POST, path, body).await;
        assert_eq!((status, &noted["noted"]), (StatusCode::OK, &json!(1)));
        assert_eq!(seen(never).await, Some(day(on)));
        let (_, page) = app.get(world.director, list).await;
        assert!(!page.contains("USB-0"), "{page}");
        assert_eq!(
            world.measured("media-kept").await.outcome,
            Outcome::Satisfied
        );
    }
}
