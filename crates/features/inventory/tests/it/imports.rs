//! Filling the register: files, their preview, what is taken over and what stays out.

use axum::body::Body;
use axum::http::{Method, Request, StatusCode, header};
use serde_json::{Value as Json, json};
use yagura_inventory::Filter;
use yagura_inventory::model::{Asset, AssetState, DeviceClass, Record};

use crate::support::{World, asset, proof, system, worlds};

/// A file of the library that reads them.
pub(crate) fn fixture(name: &str) -> Vec<u8> {
    let root = std::env::var("CARGO_MANIFEST_DIR").unwrap();
    let folder = format!("{root}/../../engines/discovery/tests/fixtures");
    std::fs::read(format!("{folder}/{name}")).unwrap()
}

const LEDGER: &str = "機器台帳,,,,,\n\
    管理番号,機器名,メーカー,IPアドレス,使用状況,サポート期限\n\
    A-001,受付端末,架空電機,192.0.2.11,使用中,令和9年3月31日\n\
    A-002,検査室端末,架空電機,192.0.2.12,廃棄,\n\
    A-003,VPN装置,架空通信,192.0.2.1,稼働中,いつか\n";

impl World {
    pub(crate) async fn upload(&self, files: &[(&str, &[u8])]) -> (StatusCode, String) {
        let boundary = "yagura-test";
        let mut body = Vec::new();
        for (name, bytes) in files {
            body.extend_from_slice(
                format!(
                    "--{boundary}\r\nContent-Disposition: form-data; name=\"files\"; \
                     filename=\"{name}\"\r\n\r\n"
                )
                .as_bytes(),
            );
            body.extend_from_slice(bytes);
            body.extend_from_slice(b"\r\n");
        }
        body.extend_from_slice(format!("--{boundary}--\r\n").as_bytes());
        let request = Request::builder()
            .method(Method::POST)
            .uri("/inventory/import")
            .header(
                header::CONTENT_TYPE,
                format!("multipart/form-data; boundary={boundary}"),
            )
            .body(Body::from(body))
            .unwrap();
        let response = self.app.send(Some(self.director), request).await;
        let to = response
            .headers()
            .get(header::LOCATION)
            .and_then(|to| to.to_str().ok())
            .map(str::to_owned);
        match to {
            Some(to) => (response.status(), to),
            None => yagura_web::testing::text(response).await,
        }
    }

    /// Uploads files and gives the address of the preview and the page.
    pub(crate) async fn preview(&self, files: &[(&str, &[u8])]) -> (String, String) {
        let (status, to) = self.upload(files).await;
        assert_eq!(status, StatusCode::SEE_OTHER, "{to}");
        let (status, page) = self.app.get(self.director, &to).await;
        assert_eq!(status, StatusCode::OK, "{page}");
        (to, page)
    }

    pub(crate) async fn confirm(&self, preview: &str, page: &str) -> String {
        let seen = hidden(page, "seen");
        let path = format!("{preview}/confirm");
        let (status, to) = self
            .app
            .post(self.director, &path, &[("seen", &seen)])
            .await;
        assert_eq!(status, StatusCode::SEE_OTHER, "{to}");
        self.app.get(self.director, &to).await.1
    }

    pub(crate) async fn assets(&self) -> Vec<Record<Asset>> {
        let read = proof(self.director);
        let filter = Filter {
            with_gone: true,
            ..Filter::default()
        };
        yagura_inventory::list(self.app.app.database(), &read, &filter, None, 1_000)
            .await
            .unwrap()
    }
}

pub(crate) fn hidden(page: &str, name: &str) -> String {
    let mark = format!("name=\"{name}\" value=\"");
    let at = page.find(&mark).unwrap() + mark.len();
    page[at..].split('"').next().unwrap().to_owned()
}

#[tokio::test]
async fn a_ledger_of_an_office_is_taken_over_once() {
    for world in worlds().await {
        world.add(&system("電子カルテ")).await;
        let (cp932, _, _) = encoding_rs::SHIFT_JIS.encode(LEDGER);
        let (preview, page) = world.preview(&[("台帳.csv", &cp932)]).await;
        assert!(
            page.contains("受付端末") && page.contains("VPN装置"),
            "{page}"
        );
        assert!(
            page.contains("いつか"),
            "what cannot be taken is named: {page}"
        );
        assert!(world.assets().await.is_empty(), "nothing is written before");

        world.confirm(&preview, &page).await;
        let assets = world.assets().await;
        let mut names: Vec<&str> = assets.iter().map(|one| one.content.name.as_str()).collect();
        names.sort_unstable();
        assert_eq!(names, ["VPN装置", "受付端末", "検査室端末"]);
        let desk = assets
            .iter()
            .find(|one| one.content.name == "受付端末")
            .unwrap();
        assert_eq!(desk.content.management_number, "A-001");
        assert_eq!(desk.content.ip_addresses, ["192.0.2.11"]);
        assert_eq!(
            desk.content
                .support_until
                .map(yagura_kernel::time::format_iso),
            Some("2027-03-31".to_owned())
        );
        let gone = assets
            .iter()
            .find(|one| one.content.name == "検査室端末")
            .unwrap();
        assert_eq!(gone.content.state, AssetState::Disposed);

        // The form sent twice does it once, and the same file again changes nothing.
        world.confirm(&preview, &page).await;
        assert_eq!(world.assets().await.len(), 3);
        let (again, page) = world.preview(&[("台帳.csv", &cp932)]).await;
        assert!(page.contains("台帳の内容は変わりません"), "{page}");
        world.confirm(&again, &page).await;
        let after = world.assets().await;
        assert_eq!(after.len(), 3);
        assert!(after.iter().all(|one| one.revision == 1), "{after:?}");
    }
}

#[tokio::test]
async fn a_scan_is_held_against_the_register() {
    for world in worlds().await {
        let scan = fixture("nmap.xml");
        let (preview, page) = world.preview(&[("scan.xml", &scan)]).await;
        assert!(page.contains("台帳にない機器"), "{page}");
        let all = page.matches("name=\"take\"").count();
        assert!(all > 1, "{page}");

        // One of them stays out.
        let shown: Vec<String> = page
            .split("name=\"shown\" value=\"")
            .skip(1)
            .map(|rest| rest.split('"').next().unwrap().to_owned())
            .collect();
        let mut fields: Vec<(&str, &str)> = vec![("scope", "rows")];
        fields.extend(shown.iter().map(|key| ("shown", key.as_str())));
        fields.extend(shown.iter().skip(1).map(|key| ("take", key.as_str())));
        let decisions = format!("{preview}/decisions");
        let (status, _) = world.app.post(world.director, &decisions, &fields).await;
        assert_eq!(status, StatusCode::SEE_OTHER);
        let (_, page) = world.app.get(world.director, &preview).await;
        world.confirm(&preview, &page).await;
        let assets = world.assets().await;
        assert_eq!(assets.len(), all - 1);

        let (_, page) = world.app.get(world.director, "/inventory/strangers").await;
        assert!(page.contains("載せない理由を書く"), "{page}");
        let (_, overview) = world.app.get(world.director, "/inventory").await;
        assert!(
            overview.contains("台帳にない機器が 1 台あります"),
            "{overview}"
        );
        let id = page
            .split("/inventory/strangers/")
            .nth(1)
            .and_then(|rest| rest.split('/').next())
            .unwrap()
            .to_owned();
        let excuse = format!("/inventory/strangers/{id}/excuse");
        let reason = [("reason", "来客用の機器")];
        let (status, _) = world.app.post(world.director, &excuse, &reason).await;
        assert_eq!(status, StatusCode::SEE_OTHER);
        let (_, overview) = world.app.get(world.director, "/inventory").await;
        assert!(!overview.contains("台帳にない機器が"), "{overview}");

        // The next scan remembers what stays out, and finds everything else in the register.
        let (next, page) = world.preview(&[("scan.xml", &scan)]).await;
        let taken = page.matches("name=\"take\"").count();
        assert_eq!(taken, 1, "{page}");
        let row = page.split("name=\"take\"").nth(1).unwrap();
        let row = row.split('>').next().unwrap();
        assert!(!row.contains("checked"), "{row}");
        let page = world.confirm(&next, &page).await;
        assert!(page.contains("取込み済み"), "{page}");
        assert_eq!(world.assets().await.len(), all - 1);

        // A change of mind puts it into the register, and takes it from the list.
        let register = format!("/inventory/strangers/{id}/register");
        let (status, to) = world.app.post(world.director, &register, &[]).await;
        assert_eq!(status, StatusCode::SEE_OTHER, "{to}");
        assert_eq!(world.assets().await.len(), all);
        let (_, page) = world.app.get(world.director, "/inventory/strangers").await;
        assert!(
            page.contains("台帳にない機器は見つかっていません"),
            "{page}"
        );
    }
}

#[tokio::test]
async fn services_beyond_the_baseline_are_named() {
    for world in worlds().await {
        let scan = fixture("nmap.xml");
        let (preview, page) = world.preview(&[("scan.xml", &scan)]).await;
        world.confirm(&preview, &page).await;
        let mut baselines = 0;
        for one in world.assets().await {
            let path = format!("/inventory/assets/{}", one.id);
            let (_, page) = world.app.get(world.director, &path).await;
            if !page.contains("いまの状態を基準にする") {
                continue;
            }
            let stale = [("seen_at", "1")];
            let services = format!("{path}/services");
            let (status, _) = world.app.post(world.director, &services, &stale).await;
            assert_eq!(status, StatusCode::BAD_REQUEST, "somebody looked again");
            let seen_at = hidden(&page, "seen_at");
            let (status, _) = world
                .app
                .post(world.director, &services, &[("seen_at", &seen_at)])
                .await;
            assert_eq!(status, StatusCode::SEE_OTHER);
            let (_, page) = world.app.get(world.director, &path).await;
            assert!(page.contains("サービスの基準を決めた"), "{page}");
            baselines += 1;
        }
        assert!(baselines > 0, "the scan saw services");
        // Telnet opens on the first device with services.
        let text = String::from_utf8(scan).unwrap();
        let telnet = "<ports><port protocol=\"tcp\" portid=\"23\"><state state=\"open\"/>\
                      <service name=\"telnet\"/></port>";
        let opened = text.replacen("<ports>", telnet, 1);
        assert_ne!(text, opened);
        let (_, page) = world.preview(&[("scan.xml", opened.as_bytes())]).await;
        assert!(page.contains("想定外のサービス"), "{page}");
        let (to, _) = world.preview(&[("scan.xml", opened.as_bytes())]).await;
        let (_, page) = world
            .app
            .get(world.director, &format!("{to}?show=services"))
            .await;
        assert!(page.contains("23/tcp (telnet)"), "{page}");
    }
}

#[tokio::test]
async fn what_changed_since_the_preview_is_shown_again() {
    for world in worlds().await {
        let ledger = "機器名,製造番号,設置場所\n受付端末,SN-10001,受付\n";
        let id = world
            .add(&Asset {
                serial_number: "SN-10001".to_owned(),
                ..asset("受付端末")
            })
            .await;
        let (preview, page) = world.preview(&[("a.csv", ledger.as_bytes())]).await;
        assert!(page.contains("設置場所: 未記入 → 受付"), "{page}");
        let other = Asset {
            serial_number: "SN-10001".to_owned(),
            place: "待合".to_owned(),
            ..asset("受付端末")
        };
        world.change(id, 1, &other).await.unwrap();
        let seen = hidden(&page, "seen");
        let confirm = format!("{preview}/confirm");
        let (status, to) = world
            .app
            .post(world.director, &confirm, &[("seen", &seen)])
            .await;
        assert_eq!((status, &to), (StatusCode::SEE_OTHER, &preview));
        assert_eq!(world.get::<Asset>(id).await.content.place, "待合");
        let (_, page) = world.app.get(world.director, &preview).await;
        assert!(page.contains("設置場所: 待合 → 受付"), "{page}");

        // Nothing is replaced where a person says so.
        let decisions = format!("{preview}/decisions");
        let only_fill = [("scope", "all"), ("add", "yes"), ("fill", "yes")];
        world.app.post(world.director, &decisions, &only_fill).await;
        let (_, page) = world.app.get(world.director, &preview).await;
        world.confirm(&preview, &page).await;
        assert_eq!(world.get::<Asset>(id).await.content.place, "待合");
    }
}

#[tokio::test]
async fn columns_are_assigned_once_and_remembered() {
    for world in worlds().await {
        let table = "機器名,IPアドレス,ひみつの欄\n受付端末,192.0.2.11,2階\n";
        let (preview, _) = world.preview(&[("a.csv", table.as_bytes())]).await;
        let columns = format!("{preview}/columns");
        let (status, page) = world.app.get(world.director, &columns).await;
        assert_eq!(status, StatusCode::OK);
        assert!(
            page.contains("ひみつの欄") && page.contains("2階"),
            "{page}"
        );
        let (status, page) = world.app.post(world.director, &columns, &[]).await;
        assert_eq!(status, StatusCode::BAD_REQUEST);
        assert!(page.contains("機器を見分ける列"), "{page}");
        let assigned = [
            ("column-0-0", "display_name"),
            ("column-0-1", "ip_addresses"),
            ("column-0-2", "place"),
        ];
        let (status, _) = world.app.post(world.director, &columns, &assigned).await;
        assert_eq!(status, StatusCode::SEE_OTHER);
        let later = "機器名,IPアドレス,ひみつの欄\n検査室端末,192.0.2.12,3階\n";
        let (preview, page) = world.preview(&[("b.csv", later.as_bytes())]).await;
        let (_, columns) = world
            .app
            .get(world.director, &format!("{preview}/columns"))
            .await;
        assert!(
            columns.contains("前回の割り当てを使っています"),
            "{columns}"
        );
        world.confirm(&preview, &page).await;
        let assets = world.assets().await;
        assert_eq!(assets[0].content.place, "3階");
    }
}

#[tokio::test]
async fn a_list_of_bare_names_is_found_again_by_them() {
    for world in worlds().await {
        let list =
            "機器名,IPアドレス,設置場所\n端末,192.0.2.11,1階\n端末,192.0.2.12,2階\nプリンタ,,1階\n";
        let (preview, page) = world.preview(&[("a.csv", list.as_bytes())]).await;
        world.confirm(&preview, &page).await;
        assert_eq!(world.assets().await.len(), 3);
        let (preview, page) = world.preview(&[("a.csv", list.as_bytes())]).await;
        assert!(page.contains("台帳の内容は変わりません"), "{page}");
        world.confirm(&preview, &page).await;
        assert_eq!(world.assets().await.len(), 3);
        let moved = list.replace("プリンタ,,1階", "プリンタ,192.0.2.13,3階");
        let (preview, page) = world.preview(&[("a.csv", moved.as_bytes())]).await;
        world.confirm(&preview, &page).await;
        let assets = world.assets().await;
        assert_eq!(assets.len(), 3);
        let printer = assets.iter().find(|one| one.content.name == "プリンタ");
        let printer = &printer.unwrap().content;
        assert_eq!(printer.place, "3階");
        assert_eq!(printer.ip_addresses, ["192.0.2.13"]);
    }
}

#[tokio::test]
async fn an_import_is_dropped_and_forgotten() {
    for world in worlds().await {
        let (preview, page) = world.preview(&[("a.csv", LEDGER.as_bytes())]).await;
        let cancel = format!("{preview}/cancel");
        let (status, _) = world.app.post(world.director, &cancel, &[]).await;
        assert_eq!(status, StatusCode::SEE_OTHER);
        let confirm = format!("{preview}/confirm");
        let seen = [("seen", hidden(&page, "seen"))];
        let seen: Vec<(&str, &str)> = seen.iter().map(|(name, it)| (*name, it.as_str())).collect();
        let (status, page) = world.app.post(world.director, &confirm, &seen).await;
        assert_eq!(status, StatusCode::BAD_REQUEST);
        assert!(page.contains("確認待ちではありません"), "{page}");
        assert!(world.assets().await.is_empty());
        let (_, page) = world.app.get(world.director, &preview).await;
        assert!(page.contains("取りやめ"), "{page}");
    }
}

#[tokio::test]
async fn what_cannot_be_read_is_said_with_the_file() {
    for world in worlds().await {
        let cases: [(&str, &[u8], &str); 5] = [
            ("a.csv", b"", "ファイルが空です"),
            ("b.bin", &[0, 159, 146, 150, 7, 7], "種類がわかりません"),
            ("c.csv", b"1,2,3\n4,5,6\n", "見出しの行が見つかりません"),
            ("d.xml", b"<nmaprun", "nmap"),
            ("e.exe", b"MZ\x90\0\x03\0\0\0", "種類がわかりません"),
        ];
        for (name, bytes, expected) in cases {
            let (status, page) = world.upload(&[(name, bytes)]).await;
            if status == StatusCode::SEE_OTHER {
                // Cut off in the middle, but of a known kind: read as far as it goes, and said.
                let (_, page) = world.app.get(world.director, &page).await;
                assert!(page.contains("途中で"), "{name}: {page}");
                continue;
            }
            assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{name}");
            assert!(page.contains(name), "{name}: {page}");
            assert!(page.contains(expected), "{name}: {page}");
        }
        let (status, page) = world.upload(&[]).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(page.contains("ファイルを選んでください"), "{page}");
    }
}

#[tokio::test]
async fn every_kind_of_file_is_taken() {
    let root = std::env::var("CARGO_MANIFEST_DIR").unwrap();
    let folder = format!("{root}/../../engines/discovery/tests/fixtures");
    let mut files: Vec<(String, Vec<u8>)> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_str().unwrap().to_owned();
            (name, std::fs::read(path).unwrap())
        })
        .collect();
    files.sort();
    assert!(files.len() > 20);
    for world in worlds().await {
        for part in files.chunks(10) {
            let part: Vec<(&str, &[u8])> = part
                .iter()
                .map(|(name, bytes)| (name.as_str(), bytes.as_slice()))
                .collect();
            let (preview, page) = world.preview(&part).await;
            for view in [
                "new",
                "changed",
                "questions",
                "products",
                "unseen",
                "problems",
            ] {
                let path = format!("{preview}?show={view}");
                let (status, page) = world.app.get(world.director, &path).await;
                assert_eq!(status, StatusCode::OK, "{view}: {page}");
            }
            world.confirm(&preview, &page).await;
        }
        assert!(world.assets().await.len() > 10);
        let classes: Vec<DeviceClass> = world
            .assets()
            .await
            .iter()
            .map(|one| one.content.class)
            .collect();
        assert!(classes.contains(&DeviceClass::Server), "{classes:?}");
    }
}

#[tokio::test]
async fn parts_of_a_bill_of_materials_belong_to_the_device_that_a_person_names() {
    for world in worlds().await {
        let id = world.add(&asset("検査機器")).await;
        let sbom = fixture("cyclonedx-operations.json");
        let (preview, _) = world.preview(&[("sbom.json", &sbom)]).await;
        let path = format!("{preview}?show=products");
        let (_, page) = world.app.get(world.director, &path).await;
        let Some(at) = page.find("name=\"product-0\"") else {
            panic!("a product is shown: {page}");
        };
        let key = page[at..].split("value=\"").nth(1).unwrap();
        let key = key.split('"').next().unwrap().replace("&#x2f;", "/");
        let chosen = id.to_string();
        let fields = [
            ("scope", "products"),
            ("product-0", key.as_str()),
            ("belongs-0", chosen.as_str()),
        ];
        let decisions = format!("{preview}/decisions");
        world.app.post(world.director, &decisions, &fields).await;
        let (_, page) = world.app.get(world.director, &preview).await;
        world.confirm(&preview, &page).await;
        let read = proof(world.director);
        let database = world.app.app.database();
        let software = yagura_inventory::software(database, &read, id, 100)
            .await
            .unwrap();
        assert!(!software.is_empty());
        let of_all = yagura_inventory::software_of_assets(database, &read, &[id])
            .await
            .unwrap();
        assert_eq!(of_all[&id], software);
    }
}

#[tokio::test]
async fn the_api_takes_a_file_and_takes_it_over() {
    for world in worlds().await {
        let request = Request::builder()
            .method(Method::POST)
            .uri("/api/v1/inventory/imports?file_name=ledger.csv")
            .header(header::CONTENT_TYPE, "application/octet-stream")
            .body(Body::from(LEDGER))
            .unwrap();
        let response = world.app.send(Some(world.director), request).await;
        let (status, text) = yagura_web::testing::text(response).await;
        assert_eq!(status, StatusCode::CREATED, "{text}");
        let import: Json = serde_json::from_str(&text).unwrap();
        assert_eq!(import["counts"]["new"], 3);
        assert_eq!(
            import["plan"]["new"][0]["asset"]["manufacturer"],
            "架空通信"
        );
        let id = import["id"].as_str().unwrap();
        let confirmation = format!("/api/v1/inventory/imports/{id}/confirmation");
        let wrong = json!({ "fingerprint": "something else" });
        let (status, _) = world
            .api(world.director, Method::POST, &confirmation, wrong)
            .await;
        assert_eq!(status, StatusCode::CONFLICT);
        let right = json!({ "fingerprint": import["fingerprint"] });
        let (status, done) = world
            .api(world.director, Method::POST, &confirmation, right)
            .await;
        assert_eq!(status, StatusCode::OK, "{done}");
        assert_eq!(done["state"], "applied");
        assert_eq!(world.assets().await.len(), 3);
        let path = format!("/api/v1/inventory/imports/{id}");
        let (status, _) = world
            .api(world.director, Method::DELETE, &path, json!(null))
            .await;
        assert_eq!(status, StatusCode::BAD_REQUEST, "it was taken over");
        let (status, list) = world
            .api(
                world.director,
                Method::GET,
                "/api/v1/inventory/imports",
                json!(null),
            )
            .await;
        assert_eq!(status, StatusCode::OK);
        assert_eq!(list["items"][0]["id"], id);
    }
}

#[tokio::test]
async fn devices_of_one_name_are_told_apart_by_their_numbers() {
    for world in worlds().await {
        for number in 0..4 {
            let list = format!(
                "機器名,製造番号\n架空の装置,SN-01a1fb67-1800-700c-861d-755fc090389{number}\n"
            );
            let (preview, _) = world.preview(&[("a.csv", list.as_bytes())]).await;
            let decisions = format!("{preview}/decisions");
            let (status, _) = world
                .app
                .post(world.director, &decisions, &[("scope", "all")])
                .await;
            assert_eq!(status, StatusCode::SEE_OTHER);
            let (_, page) = world.app.get(world.director, &preview).await;
            world.confirm(&preview, &page).await;
            let (_, page) = world.app.get(world.director, "/inventory/strangers").await;
            let id = page.split("/inventory/strangers/").nth(1);
            let id = id.unwrap_or_else(|| panic!("{number}: {page}"));
            let id = id.split('/').next().unwrap();
            let path = format!("/inventory/strangers/{id}/register");
            world.app.post(world.director, &path, &[]).await;
            assert_eq!(world.assets().await.len(), number + 1);
        }
    }
}

#[tokio::test]
async fn too_many_files_are_refused_and_none_is_left_out_in_silence() {
    for world in worlds().await {
        let files: Vec<(&str, &[u8])> = vec![("a.csv", LEDGER.as_bytes()); 21];
        let (status, page) = world.upload(&files).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(page.contains("20 個まで"), "{page}");
    }
}

#[tokio::test]
async fn files_that_nobody_confirmed_are_forgotten_after_a_week() {
    for world in worlds().await {
        let (preview, _) = world.preview(&[("a.csv", LEDGER.as_bytes())]).await;
        let kept = "SELECT count(*) AS n FROM inventory_imports WHERE files <> '[]'";
        let database = world.app.app.database();
        let values = || yagura_store::params![];
        assert_eq!(database.count(kept, values()).await.unwrap(), 1);
        let past = "UPDATE inventory_imports SET expires_at = created_at";
        let mut tx = database.begin().await.unwrap();
        tx.execute(past, values()).await.unwrap();
        let (ids, now) = (world.app.app.ids(), world.app.app.now());
        let job = yagura_store::jobs::NewJob::now(yagura_inventory::jobs::CLEAN, json!({}), now);
        yagura_store::jobs::enqueue(&mut tx, ids, job, now)
            .await
            .unwrap();
        tx.commit().await.unwrap();
        let (_, page) = world.app.get(world.director, "/inventory/import").await;
        assert!(page.contains("期限切れ"), "said at once: {page}");
        world.app.run_jobs().await;
        assert_eq!(database.count(kept, values()).await.unwrap(), 0);
        let (_, page) = world.app.get(world.director, &preview).await;
        assert!(page.contains("期限切れ"), "{page}");
    }
}

#[tokio::test]
async fn the_last_of_many_devices_is_found_for_a_bill_of_materials() {
    let mut ledger = "管理番号,ホスト名\n".to_owned();
    for n in 0..2_100 {
        ledger.push_str(&format!("A-{n:05},pc{n:05}\n"));
    }
    for world in worlds().await {
        let (preview, page) = world.preview(&[("ledger.csv", ledger.as_bytes())]).await;
        world.confirm(&preview, &page).await;
        let sbom = fixture("cyclonedx-operations.json");
        let (preview, _) = world.preview(&[("sbom.json", &sbom)]).await;
        let path = format!("{preview}?show=products");
        let (_, page) = world.app.get(world.director, &path).await;
        assert!(page.contains("先頭の 50 台"), "{page}");
        assert!(!page.contains(">pc02099<"), "only the first are offered");
        let found = format!("{path}&search=pc02099");
        let (_, page) = world.app.get(world.director, &found).await;
        let option = page.split(">pc02099<").next().unwrap();
        let id = option.rsplit("value=\"").next().unwrap();
        let id = id.split('"').next().unwrap().to_owned();
        let key = hidden(&page, "product-0").replace("&#x2f;", "/");
        let fields = [
            ("scope", "products"),
            ("show", "products"),
            ("product-0", key.as_str()),
            ("belongs-0", id.as_str()),
        ];
        let decisions = format!("{preview}/decisions");
        world.app.post(world.director, &decisions, &fields).await;
        // What was chosen is offered whatever is searched for.
        let (_, page) = world.app.get(world.director, &path).await;
        assert!(page.contains(">pc02099<"), "{page}");
        let (_, page) = world
            .app
            .get(world.director, &format!("{path}&search=nothing-bears-this"))
            .await;
        assert!(page.contains("当てはまる機器がありません"), "{page}");
        world.confirm(&preview, &page).await;
        let read = proof(world.director);
        let id = yagura_kernel::id::parse_uuid(&id).unwrap();
        let software = yagura_inventory::software(world.app.app.database(), &read, id, 9)
            .await
            .unwrap();
        assert!(!software.is_empty());
    }
}
