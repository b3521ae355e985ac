//! Two rows that are one device become one.

use axum::http::{Method, StatusCode};
use serde_json::json;
use uuid::Uuid;
use yagura_inventory::model::{Asset, Connection, Record};

use crate::imports::hidden;
use crate::support::{World, asset, connection, worlds};

/// The same device twice: from a ledger, and from a scan that saw its name and software.
async fn doubled(world: &World) -> (Uuid, Uuid) {
    let kept = world
        .add(&Asset {
            serial_number: "5CD0100".to_owned(),
            manufacturer: "架空通信".to_owned(),
            place: "サーバ室".to_owned(),
            ip_addresses: vec!["192.0.2.1".to_owned()],
            ..asset("VPN装置")
        })
        .await;
    let gone = world
        .add(&Asset {
            serial_number: "5CD0100".to_owned(),
            manufacturer: "架空通信".to_owned(),
            hostname: "vpn-gw".to_owned(),
            os: "FictOS".to_owned(),
            ip_addresses: vec!["192.0.2.254".to_owned()],
            ..asset("vpn-gw.example.jp")
        })
        .await;
    (kept, gone)
}

#[tokio::test]
async fn the_same_asset_under_two_names_becomes_one_and_all_follows() {
    for world in worlds().await {
        let (kept, gone) = doubled(&world).await;
        let line = world
            .add(&Connection {
                end_device_asset: Some(gone),
                ..connection("遠隔保守")
            })
            .await;
        // Somebody saw the second one, and listed its software.
        let scan =
            "ホスト名,ソフトウェア名,ソフトウェアバージョン\nvpn-gw,架空VPN,7.0.1\n".as_bytes();
        let (preview, page) = world.preview(&[("scan.csv", scan)]).await;
        world.confirm(&preview, &page).await;

        let (_, page) = world.app.get(world.director, "/inventory/duplicates").await;
        assert!(page.contains("製造番号"), "{page}");
        assert!(page.contains("VPN装置") && page.contains("vpn-gw.example.jp"));
        let merge = format!("/inventory/assets/{kept}/merge");
        let (_, page) = world.app.get(world.director, &merge).await;
        assert!(
            page.contains("vpn-gw.example.jp"),
            "a likely one is offered: {page}"
        );
        let (_, page) = world
            .app
            .get(world.director, &format!("{merge}?search=vpn-gw"))
            .await;
        assert!(page.contains(&format!("other={gone}")), "{page}");
        let (status, page) = world
            .app
            .get(world.director, &format!("{merge}?other={gone}"))
            .await;
        assert_eq!(status, StatusCode::OK);
        assert!(
            page.contains("take-ip_addresses") && page.contains("両方を残す"),
            "{page}"
        );
        assert!(
            !page.contains("take-serial_number"),
            "what is alike is not asked"
        );
        let (revision, other) = (hidden(&page, "revision"), hidden(&page, "other_revision"));
        let gone_text = gone.to_string();
        let fields = [
            ("other", gone_text.as_str()),
            ("revision", &revision),
            ("other_revision", &other),
            ("take-name", "kept"),
            ("take-ip_addresses", "both"),
            ("take-hostname", "gone"),
            ("take-os", "gone"),
        ];
        let (status, to) = world.app.post(world.director, &merge, &fields).await;
        assert_eq!(status, StatusCode::SEE_OTHER, "{to}");

        let one: Record<Asset> = world.get(kept).await;
        assert_eq!(one.content.name, "VPN装置");
        assert_eq!(one.content.place, "サーバ室");
        assert_eq!(one.content.hostname, "vpn-gw");
        assert_eq!(one.content.os, "FictOS");
        assert_eq!(one.content.ip_addresses, ["192.0.2.1", "192.0.2.254"]);
        let left: Record<Asset> = world.get(gone).await;
        assert!(left.removed_at.is_some());
        let follows: Record<Connection> = world.get(line).await;
        assert_eq!(follows.content.end_device_asset, Some(kept));
        let (_, page) = world
            .app
            .get(world.director, &format!("/inventory/assets/{kept}"))
            .await;
        assert!(page.contains("架空VPN"), "its software came along: {page}");
        assert!(page.contains("ほかの行をまとめた"), "{page}");
        let (_, page) = world
            .app
            .get(world.director, &format!("/inventory/assets/{gone}"))
            .await;
        assert!(page.contains("ほかの行にまとめた"), "{page}");
        assert!(
            page.contains(&format!("/inventory/assets/{kept}")),
            "{page}"
        );
        let (_, page) = world.app.get(world.director, "/inventory/duplicates").await;
        assert!(page.contains("重なる行はありません"), "{page}");
        assert!(world.audited("inventory.edit").await > 0);

        // Sent twice: the second is told.
        let (status, _) = world.app.post(world.director, &merge, &fields).await;
        assert_ne!(status, StatusCode::INTERNAL_SERVER_ERROR);
        assert_eq!(world.assets().await.len(), 1);
    }
}

#[tokio::test]
async fn what_cannot_be_merged_is_refused_and_nothing_changes() {
    for world in worlds().await {
        let (kept, gone) = doubled(&world).await;
        let path = format!("/api/v1/inventory/assets/{kept}/merge");
        let merge = |other: Uuid, revision: i64, others: i64| json!({ "other": other, "revision": revision, "other_revision": others });
        for (body, expected) in [
            (merge(kept, 1, 1), StatusCode::BAD_REQUEST),
            (merge(Uuid::from_u128(9), 1, 1), StatusCode::NOT_FOUND),
            (merge(gone, 7, 1), StatusCode::CONFLICT),
            (merge(gone, 1, 7), StatusCode::CONFLICT),
        ] {
            let (status, told) = world
                .api(world.director, Method::POST, &path, body.clone())
                .await;
            assert_eq!(status, expected, "{body}: {told}");
        }
        let (status, _) = world
            .api(world.staff, Method::POST, &path, merge(gone, 1, 1))
            .await;
        assert_eq!(status, StatusCode::FORBIDDEN);
        let both = world.assets().await;
        assert_eq!(both.len(), 2);
        assert!(both.iter().all(|one| one.revision == 1));
        // A system is no device.
        let other = world.add(&crate::support::system("電子カルテ")).await;
        let (status, _) = world
            .api(world.director, Method::POST, &path, merge(other, 1, 1))
            .await;
        assert_eq!(status, StatusCode::NOT_FOUND);
        let page = format!("/inventory/assets/{kept}/merge?other={kept}");
        let (status, page) = world.app.get(world.director, &page).await;
        assert_eq!(status, StatusCode::BAD_REQUEST);
        assert!(page.contains("同じ行どうし"), "{page}");
        let (status, merged) = world
            .api(world.director, Method::POST, &path, merge(gone, 1, 1))
            .await;
        assert_eq!(status, StatusCode::OK, "{merged}");
        assert_eq!(merged["content"]["hostname"], "vpn-gw");
        let (_, list) = world
            .api(
                world.director,
                Method::GET,
                "/api/v1/inventory/duplicates",
                json!(null),
            )
            .await;
        assert_eq!(list["items"], json!([]));
    }
}

#[tokio::test]
async fn two_devices_that_look_alike_are_told_apart_once() {
    for world in worlds().await {
        let (one, other) = doubled(&world).await;
        let listed = async || {
            let path = "/api/v1/inventory/duplicates";
            let (_, list) = world
                .api(world.director, Method::GET, path, json!(null))
                .await;
            list["items"].as_array().unwrap().len()
        };
        assert_eq!(listed().await, 1);
        let page = format!("/inventory/assets/{one}/apart");
        let other_text = other.to_string();
        let fields = [("other", other_text.as_str()), ("apart", "yes")];
        let (status, _) = world.app.post(world.staff, &page, &fields).await;
        assert_eq!(status, StatusCode::FORBIDDEN);
        assert_eq!(listed().await, 1);
        let (status, _) = world.app.post(world.director, &page, &fields).await;
        assert_eq!(status, StatusCode::SEE_OTHER);
        // A second time, and from the other side, it is the same.
        let path = format!("/api/v1/inventory/assets/{other}/apart");
        let body = json!({ "other": one, "are_two": true });
        let (status, _) = world.api(world.director, Method::PUT, &path, body).await;
        assert_eq!(status, StatusCode::NO_CONTENT);
        assert_eq!(listed().await, 0);
        let merge = format!("/inventory/assets/{one}/merge?other={other}");
        let (_, shown) = world.app.get(world.director, &merge).await;
        assert!(shown.contains("別の機器と記録されています"), "{shown}");
        for (other, expected) in [
            (one, StatusCode::BAD_REQUEST),
            (Uuid::from_u128(9), StatusCode::NOT_FOUND),
        ] {
            let path = format!("/api/v1/inventory/assets/{one}/apart");
            let body = json!({ "other": other, "are_two": true });
            let (status, _) = world.api(world.director, Method::PUT, &path, body).await;
            assert_eq!(status, expected);
        }
        let body = json!({ "other": one, "are_two": false });
        let (status, _) = world.api(world.director, Method::PUT, &path, body).await;
        assert_eq!(status, StatusCode::NO_CONTENT);
        assert_eq!(listed().await, 1);
    }
}
