//! Records in the store.

use yagura_inventory::model::{Asset, AssetState, Connection, DeviceClass, System};
use yagura_inventory::{Cursor, Filter, InventoryError};
use yagura_kernel::organization::OrganizationKind;
use yagura_kernel::relation::{RelationKind, SharingLevel};
use yagura_kernel::time::FiscalYear;
use yagura_store::StoreError;

use crate::support::{asset, connection, proof, system, worlds};

#[tokio::test]
async fn a_record_is_kept_as_it_was_said_with_its_history() {
    for world in worlds().await {
        let said = Asset {
            class: DeviceClass::NetworkDevice,
            ip_addresses: vec!["192.0.2.1".to_owned()],
            support_until: yagura_kernel::time::parse_date("令和9年3月31日").ok(),
            ..asset("VPN装置")
        };
        let id = world.add(&said).await;
        assert_eq!(world.get::<Asset>(id).await.content, said);
        let changed = Asset {
            os_version: "7.0.14".to_owned(),
            ..said.clone()
        };
        let written = world.change(id, 1, &changed).await.unwrap();
        assert_eq!(written.revision, 2);
        assert_eq!(written.changed.keys().collect::<Vec<_>>(), ["os_version"]);
        let again = world.change(id, 1, &changed).await.unwrap();
        assert!(again.changed.is_empty(), "the same form sent twice");
        assert_eq!(world.get::<Asset>(id).await.revision, 2);
        let late = world.change(id, 1, &said).await;
        assert!(
            matches!(late, Err(InventoryError::Store(StoreError::Conflict))),
            "{late:?}"
        );
        let removed: Asset = world.remove(id, 2).await.unwrap();
        assert_eq!(removed, changed);
        assert!(world.get::<Asset>(id).await.removed_at.is_some());
        assert!(
            world.change(id, 3, &said).await.is_err(),
            "it is no longer kept"
        );
        let read = proof(world.director);
        let events = yagura_inventory::events(world.app.app.database(), &read, Some(id), None, 10)
            .await
            .unwrap();
        let what: Vec<&str> = events.iter().map(|event| event.event.as_str()).collect();
        assert_eq!(what, ["removed", "changed", "added"]);
        assert_eq!(
            events[1].detail["os_version"],
            serde_json::json!(["", "7.0.14"])
        );
    }
}

#[tokio::test]
async fn lists_are_by_name_paged_by_key_and_filtered() {
    for world in worlds().await {
        for name in ["端末 10", "ｻｰﾊﾞ 1", "サーバ 2", "ルータ"] {
            world.add(&asset(name)).await;
        }
        let gone = Asset {
            state: AssetState::Disposed,
            department: "外来".to_owned(),
            ..asset("古い端末")
        };
        world.add(&gone).await;
        let all = Filter::default();
        let names = world.names::<Asset>(&all).await;
        assert_eq!(names.len(), 4, "what is disposed of is left out: {names:?}");
        let with_gone = Filter {
            with_gone: true,
            ..Filter::default()
        };
        assert_eq!(world.names::<Asset>(&with_gone).await.len(), 5);
        let search = Filter {
            search: Some("サーバ".to_owned()),
            ..Filter::default()
        };
        assert_eq!(world.names::<Asset>(&search).await, ["ｻｰﾊﾞ 1", "サーバ 2"]);
        for hostile in ["%", "_", "!", "' OR 1=1 --"] {
            let search = Filter {
                search: Some(hostile.to_owned()),
                ..Filter::default()
            };
            assert!(world.names::<Asset>(&search).await.is_empty(), "{hostile}");
        }
        let read = proof(world.director);
        let database = world.app.app.database();
        let mut seen = Vec::new();
        let mut after: Option<Cursor> = None;
        loop {
            let part = yagura_inventory::list::<Asset>(database, &read, &all, after.as_ref(), 3)
                .await
                .unwrap();
            let Some(last) = part.last() else { break };
            let text = Cursor::after(last).to_string();
            after = text.parse().ok();
            seen.extend(part.into_iter().map(|record| record.content.name));
        }
        assert_eq!(seen, names, "no record is passed over or shown twice");
        let counted = yagura_inventory::count(
            database,
            &read,
            yagura_inventory::model::RecordKind::Asset,
            &all,
        )
        .await
        .unwrap();
        assert_eq!(counted, 4);
    }
}

#[tokio::test]
async fn what_is_referred_to_is_ones_own_and_stays_while_it_is_needed() {
    for world in worlds().await {
        let chart = world.add(&system("電子カルテ")).await;
        let box_id = world.add(&asset("VPN装置")).await;
        let line = Connection {
            system: Some(chart),
            end_device_asset: Some(box_id),
            ..connection("遠隔保守")
        };
        let line_id = world.add(&line).await;
        let refused = world.remove::<System>(chart, 1).await;
        assert!(
            matches!(refused, Err(InventoryError::Referred(1))),
            "{refused:?}"
        );
        let refused = world.remove::<Asset>(box_id, 1).await;
        assert!(
            matches!(refused, Err(InventoryError::Referred(1))),
            "{refused:?}"
        );
        world.remove::<Connection>(line_id, 1).await.unwrap();
        world.remove::<System>(chart, 1).await.unwrap();
        let late = Connection {
            system: Some(chart),
            ..connection("別の回線")
        };
        let refused = world.try_add(&late).await;
        assert!(
            matches!(refused, Err(InventoryError::Reference("system"))),
            "{refused:?}"
        );
        let swapped = Connection {
            system: Some(box_id),
            ..connection("別の回線")
        };
        assert!(
            world.try_add(&swapped).await.is_err(),
            "a device is no system"
        );

        let vendor = world
            .app
            .organization(OrganizationKind::Vendor, "架空保守", None)
            .await;
        let maintained = System {
            vendor: Some(vendor.id),
            ..system("検査システム")
        };
        let refused = world.try_add(&maintained).await;
        assert!(
            matches!(refused, Err(InventoryError::Reference("vendor"))),
            "{refused:?}"
        );
        let status = SharingLevel::Status;
        let (from, to) = (vendor.id, world.clinic.id);
        world
            .app
            .relate(RelationKind::Supplies, from, to, status)
            .await;
        world.add(&maintained).await;
    }
}

#[tokio::test]
async fn devices_hang_on_devices_and_systems_on_systems_also_in_a_circle() {
    for world in worlds().await {
        let switch = world.add(&asset("基幹スイッチ")).await;
        let host = world.add(&asset("仮想化基盤")).await;
        let server = Asset {
            zone: "電子カルテ系".to_owned(),
            uplink: Some(switch),
            host: Some(host),
            ..asset("カルテサーバ")
        };
        let server_id = world.add(&server).await;
        assert_eq!(world.get::<Asset>(server_id).await.content, server);
        for needed in [switch, host] {
            let refused = world.remove::<Asset>(needed, 1).await;
            assert!(
                matches!(refused, Err(InventoryError::Referred(1))),
                "{refused:?}"
            );
        }
        let circle = Asset {
            host: Some(server_id),
            ..asset("仮想化基盤")
        };
        world.change(host, 1, &circle).await.unwrap();
        let itself = Asset {
            uplink: Some(switch),
            ..asset("基幹スイッチ")
        };
        let refused = world.change(switch, 1, &itself).await;
        assert!(
            matches!(refused, Err(InventoryError::Reference("uplink"))),
            "{refused:?}"
        );
        let moved = Asset {
            uplink: None,
            ..server.clone()
        };
        world.change(server_id, 1, &moved).await.unwrap();
        world.remove::<Asset>(switch, 1).await.unwrap();

        let directory = world.add(&system("認証基盤")).await;
        let billing = world.add(&system("医事会計")).await;
        let chart = System {
            depends_on: vec![directory, billing],
            ..system("電子カルテ")
        };
        let chart_id = world.add(&chart).await;
        let refused = world.remove::<System>(billing, 1).await;
        assert!(
            matches!(refused, Err(InventoryError::Referred(1))),
            "{refused:?}"
        );
        world.remove::<System>(chart_id, 1).await.unwrap();
        world.remove::<System>(billing, 1).await.unwrap();
        for wrong in [server_id, chart_id, uuid::Uuid::nil()] {
            let late = System {
                depends_on: vec![directory, wrong],
                ..system("別のシステム")
            };
            let refused = world.try_add(&late).await;
            assert!(
                matches!(refused, Err(InventoryError::Reference("depends_on"))),
                "a device, a removed system, nothing: {refused:?}"
            );
        }
    }
}

#[tokio::test]
async fn references_of_before_are_known_after_the_migration() {
    for world in worlds().await {
        let chart = world.add(&system("電子カルテ")).await;
        let switch = world.add(&asset("VPN装置")).await;
        let line = Connection {
            system: Some(chart),
            end_device_asset: Some(switch),
            ..connection("遠隔保守")
        };
        let kept = world.add(&line).await;
        let gone = world.add(&line).await;
        world.remove::<Connection>(gone, 1).await.unwrap();
        let app = &world.app.app;
        let mut tx = app.database().begin().await.unwrap();
        tx.execute("DROP TABLE inventory_references", yagura_store::params![])
            .await
            .unwrap();
        tx.execute(
            "DELETE FROM migrations
             WHERE name NOT LIKE 'inventory%' OR name = 'inventory_0003_references'",
            yagura_store::params![],
        )
        .await
        .unwrap();
        tx.commit().await.unwrap();
        let lists = [yagura_inventory::MIGRATIONS];
        yagura_store::migration::migrate(app.database(), &lists, app.now())
            .await
            .unwrap();
        for (needed, is_system) in [(chart, true), (switch, false)] {
            let refused = if is_system {
                world.remove::<System>(needed, 1).await.err()
            } else {
                world.remove::<Asset>(needed, 1).await.err()
            };
            assert!(
                matches!(refused, Some(InventoryError::Referred(1))),
                "{refused:?}"
            );
        }
        world.remove::<Connection>(kept, 1).await.unwrap();
        world.remove::<System>(chart, 1).await.unwrap();
    }
}

#[tokio::test]
async fn another_institution_s_records_are_out_of_reach() {
    for world in worlds().await {
        let other = world
            .app
            .organization(OrganizationKind::Clinic, "別の施設", None)
            .await;
        let stranger = world
            .app
            .person(&other, yagura_kernel::person::Role::Director)
            .await;
        let app = &world.app.app;
        let mut tx = app.database().begin().await.unwrap();
        let edit = proof(stranger);
        let theirs = yagura_inventory::add(
            &mut tx,
            &edit,
            app.ids(),
            &asset("他院のスイッチ"),
            app.now(),
        )
        .await
        .unwrap();
        tx.commit().await.unwrap();
        let wired = Asset {
            uplink: Some(theirs),
            ..asset("受付端末")
        };
        let refused = world.try_add(&wired).await;
        assert!(
            matches!(refused, Err(InventoryError::Reference("uplink"))),
            "{refused:?}"
        );
    }
}

#[tokio::test]
async fn a_confirmation_counts_for_the_state_that_was_read_and_its_fiscal_year() {
    for world in worlds().await {
        let id = world.add(&system("電子カルテ")).await;
        let app = &world.app.app;
        let confirm = async |revision: i64| {
            let mut tx = app.database().begin().await.unwrap();
            let right = proof(world.director);
            let (ids, now) = (app.ids(), app.now());
            yagura_inventory::confirm::<System>(&mut tx, &right, ids, id, revision, now).await?;
            tx.commit().await.unwrap();
            Ok::<(), InventoryError>(())
        };
        assert!(confirm(0).await.is_err(), "not what stands there");
        confirm(1).await.unwrap();
        let year = FiscalYear::of(app.today());
        let record = world.get::<System>(id).await;
        assert!(record.is_confirmed_in(year) && !record.is_confirmed_in(year.next()));
        let unconfirmed = |wanted| Filter {
            confirmed: Some((year, wanted)),
            ..Filter::default()
        };
        assert_eq!(world.names::<System>(&unconfirmed(true)).await.len(), 1);
        assert!(world.names::<System>(&unconfirmed(false)).await.is_empty());
    }
}

#[tokio::test]
async fn what_was_said_of_two_factors_before_there_were_plans_is_kept() {
    use yagura_inventory::model::TwoFactor;
    for world in worlds().await {
        let (yes, no) = (
            world.add(&system("あり")).await,
            world.add(&system("なし")).await,
        );
        let database = world.app.app.database();
        let set = |code| {
            format!(
                "REPLACE(content, '\"two_factor\":\"unknown\",\"two_factor_on\":null,\"two_factor_note\":\"\"', '\"two_factor\":\"{code}\"')"
            )
        };
        for (id, code) in [(yes, "yes"), (no, "no")] {
            let sql = format!(
                "UPDATE inventory_records SET content = {} WHERE id = $1",
                set(code)
            );
            let mut tx = database.begin().await.unwrap();
            tx.execute(yagura_store::ComposedSql(sql), yagura_store::params![id])
                .await
                .unwrap();
            let migration = yagura_inventory::MIGRATIONS
                .iter()
                .find(|migration| migration.name == "inventory_0006_two_factor")
                .unwrap();
            tx.execute(migration.sql, yagura_store::params![])
                .await
                .unwrap();
            tx.commit().await.unwrap();
        }
        let yes = world.get::<System>(yes).await.content;
        assert_eq!(yes.two_factor, TwoFactor::InPlace);
        let no = world.get::<System>(no).await.content;
        assert_eq!(
            no.two_factor,
            TwoFactor::Unknown,
            "whether it is planned, nobody said"
        );
        assert_eq!(no.two_factor_note, "未実装(予定は未確認)");
    }
}
