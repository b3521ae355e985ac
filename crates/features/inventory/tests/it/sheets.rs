//! Systems and external connections from the stock-take sheet, and the register's own exports read
//! back.

use axum::body::Body;
use axum::http::{Method, Request, StatusCode};
use http_body_util::BodyExt as _;
use yagura_documents::Language;
use yagura_documents::spreadsheet::{Cell, Column, Sheet, Workbook};
use yagura_inventory::Filter;
use yagura_inventory::model::{
    Asset, Availability, Connection, Content, Known, Level, Mechanism, PatchState, Purpose, Record,
    System, SystemKind, TwoFactor,
};

use crate::imports::hidden;
use crate::support::{World, asset, connection, proof, system, worlds};

impl World {
    async fn all<C: Content>(&self) -> Vec<Record<C>> {
        let read = proof(self.director);
        let filter = Filter {
            with_gone: true,
            ..Filter::default()
        };
        yagura_inventory::list(self.app.app.database(), &read, &filter, None, 1_000)
            .await
            .unwrap()
    }

    async fn download(&self, path: &str) -> Vec<u8> {
        let request = Request::builder()
            .method(Method::GET)
            .uri(path)
            .body(Body::empty())
            .unwrap();
        let response = self.app.send(Some(self.director), request).await;
        assert_eq!(response.status(), StatusCode::OK, "{path}");
        response
            .into_body()
            .collect()
            .await
            .unwrap()
            .to_bytes()
            .to_vec()
    }
}

pub(crate) const SHEET: &str = "架空病院 システム構成と外部接続の棚卸し票,,,,,,,,,,,\n\
    記入日 令和8年11月22日,,,,,,,,,,,\n\
    ①所管部署,②ベンダー名,③システム名/医療機器名,④外部接続の有無,⑤接続形態,⑥回線の種類,⑦接続の仕組み,\
    \"⑧外部との接点機器、設置場所\",⑨その他、セキュリティを担保する仕組み,⑩最新パッチ適用状況,⑪システム構成図,⑫チェックリスト提出状況\n\
    (例)外来,見本社,見本システム,有,常時,光,専用線,,,,,\n\
    放射線科,架空メディカル,PACS,有（リモートメンテナンス）,必要時,フレッツ光,IPsec-VPN,架空ルータ(サーバ室),施錠,適用済,あり,提出済\n\
    放射線科,架空メディカル,PACS,有(その他),常時接続,専用線,専用線,,,,,\n\
    検査科,架空ラボ,検査システム,無,,,,,,未適用,,未提出\n\
    医事課,架空医事,レセプト,有,都度,ISDN,暗号化通信,,,伝書鳩,,\n\
    薬剤部,,,有,,,,,,,,\n";

#[tokio::test]
async fn the_stock_take_of_an_office_is_taken_over_once() {
    for world in worlds().await {
        let (cp932, _, _) = encoding_rs::SHIFT_JIS.encode(SHEET);
        let (preview, page) = world.preview(&[("棚卸し票.csv", &cp932)]).await;
        assert!(page.contains("システムと外部接続を 6 件加え"), "{page}");
        assert!(
            page.contains("架空メディカル") && page.contains("文字として残します"),
            "{page}"
        );
        assert!(!page.contains("見本システム"), "an example is no system");
        let (_, problems) = world
            .app
            .get(world.director, &format!("{preview}?show=problems"))
            .await;
        assert!(problems.contains("8 行目 J 列"), "{problems}");
        assert!(problems.contains("伝書鳩"), "{problems}");
        assert!(
            problems.contains("9 行目"),
            "a row without a name: {problems}"
        );
        assert!(
            world.all::<System>().await.is_empty(),
            "nothing is written before"
        );
        world.confirm(&preview, &page).await;

        let systems = world.all::<System>().await;
        let names: Vec<&str> = systems
            .iter()
            .map(|one| one.content.name.as_str())
            .collect();
        assert_eq!(names.len(), 3, "{names:?}");
        let pacs = systems
            .iter()
            .find(|one| one.content.name == "PACS")
            .unwrap();
        assert_eq!(pacs.content.department, "放射線科");
        assert_eq!(pacs.content.vendor_name, "架空メディカル");
        assert_eq!(pacs.content.safeguards, "施錠");
        assert_eq!(pacs.content.patch, PatchState::Current);
        assert!(pacs.content.note.contains("チェックリスト提出状況: 提出済"));
        let lab = systems
            .iter()
            .find(|one| one.content.name == "検査システム")
            .unwrap();
        assert_eq!(lab.content.patch, PatchState::Behind);
        let connections = world.all::<Connection>().await;
        assert_eq!(connections.len(), 3, "{connections:?}");
        let of = |name: &str| {
            let one = connections.iter().find(|one| one.content.name == name);
            one.unwrap().content.clone()
        };
        let remote = of("PACS リモートメンテナンス");
        assert_eq!(remote.system, Some(pacs.id));
        assert_eq!(remote.connected, Availability::OnDemand);
        assert_eq!(remote.mechanism, Mechanism::Ipsec);
        assert_eq!(remote.line, "フレッツ光");
        assert_eq!(remote.end_device, "架空ルータ");
        assert_eq!(remote.place, "サーバ室");
        assert_eq!(remote.purpose, Purpose::RemoteMaintenance);
        assert_eq!(of("PACS 外部接続").purpose, Purpose::Other);
        let claims = of("レセプト リモートメンテナンス");
        assert_eq!(claims.encrypted, Known::Yes, "how is not said");
        assert_eq!(claims.mechanism, Mechanism::Unknown);

        // The same sheet again changes nothing; a changed one only what changed.
        let (again, page) = world.preview(&[("棚卸し票.csv", &cp932)]).await;
        assert!(page.contains("台帳の内容は変わりません"), "{page}");
        world.confirm(&again, &page).await;
        assert!(
            world
                .all::<System>()
                .await
                .iter()
                .all(|one| one.revision == 1)
        );
        let changed = SHEET
            .replace("フレッツ光", "光クロス")
            .replace("検査科,", "臨床検査部,");
        let (next, page) = world.preview(&[("棚卸し票.csv", changed.as_bytes())]).await;
        assert!(
            page.contains("システムと外部接続を 0 件加え、2 件の内容を変えます"),
            "{page}"
        );
        assert!(
            page.contains("臨床検査部"),
            "a department that stands nowhere: {page}"
        );
        world.confirm(&next, &page).await;
        let connections = world.all::<Connection>().await;
        assert!(connections.iter().any(|one| one.content.line == "光クロス"));
        assert_eq!(connections.len(), 3);
    }
}

#[tokio::test]
async fn a_record_that_is_left_out_stays_out() {
    for world in worlds().await {
        let (preview, page) = world.preview(&[("棚卸し票.csv", SHEET.as_bytes())]).await;
        let key = hidden(&page, "shown");
        let shown: Vec<String> = page
            .split("name=\"shown\" value=\"")
            .skip(1)
            .map(|rest| rest.split('"').next().unwrap().to_owned())
            .collect();
        let mut fields: Vec<(&str, &str)> = vec![("scope", "rows"), ("show", "systems")];
        fields.extend(shown.iter().map(|key| ("shown", key.as_str())));
        fields.extend(
            shown
                .iter()
                .filter(|one| **one != key)
                .map(|key| ("take", key.as_str())),
        );
        let decisions = format!("{preview}/decisions");
        let (status, _) = world.app.post(world.director, &decisions, &fields).await;
        assert_eq!(status, StatusCode::SEE_OTHER);
        let (_, page) = world.app.get(world.director, &preview).await;
        world.confirm(&preview, &page).await;
        assert_eq!(world.all::<System>().await.len(), 2);
        // A way in is kept though its system was not taken.
        let connections = world.all::<Connection>().await;
        assert_eq!(connections.len(), 3);
        let loose = connections
            .iter()
            .filter(|one| one.content.system.is_none());
        assert_eq!(loose.count(), 2);
    }
}

#[tokio::test]
async fn a_workbook_with_several_sheets_and_titles_is_read() {
    let column = |heading: &str| Column::new(heading, 12.0);
    let mut sheet = Sheet::new(
        "部門システム",
        ["所管部署", "ベンダ名", "システム名", "外部接続", "接続形態"].map(column),
    );
    sheet.title("令和8年度 棚卸し");
    sheet.note("各部署で記入してください");
    sheet.blank();
    sheet.header();
    sheet.row(["外来", "架空医事", "予約システム", "無", ""].map(Cell::text));
    let mut devices = Sheet::new("端末", ["管理番号", "ホスト名", "IPアドレス"].map(column));
    devices.title("端末の一覧");
    devices.header();
    devices.row(["A-1", "pc01", "192.0.2.9"].map(Cell::text));
    let mut lines = Sheet::new(
        "回線",
        [
            "接続名",
            "属するシステム",
            "ベンダ名",
            "回線種類",
            "接続の仕組み",
            "承認の期限",
        ]
        .map(column),
    );
    lines.header();
    lines.row(
        [
            "予約の遠隔保守",
            "予約システム",
            "架空医事",
            "光",
            "SSL-VPN",
            "2027/3/31",
        ]
        .map(Cell::text),
    );
    let mut book = Workbook::new("棚卸し", Language::Japanese);
    for sheet in [sheet, devices, lines] {
        book.push(sheet);
    }
    let bytes = book.to_bytes().unwrap();
    for world in worlds().await {
        let (preview, page) = world.preview(&[("棚卸し.xlsx", &bytes)]).await;
        assert!(page.contains("棚卸し.xlsx (部門システム)"), "{page}");
        world.confirm(&preview, &page).await;
        assert_eq!(world.all::<System>().await.len(), 1);
        assert_eq!(world.assets().await.len(), 1);
        let lines = world.all::<Connection>().await;
        assert_eq!(lines.len(), 1);
        let line = lines.first().unwrap();
        assert_eq!(
            line.content.system,
            Some(world.all::<System>().await.first().unwrap().id)
        );
        assert_eq!(line.content.mechanism, Mechanism::SslVpn);
        assert!(line.content.valid_until.is_some());
    }
}

#[tokio::test]
async fn what_the_register_exports_reads_back_without_change() {
    let day = |text| Some(yagura_kernel::time::parse_date(text).unwrap());
    for world in worlds().await {
        let pacs = world
            .add(&System {
                kind: SystemKind::MedicalDevice,
                department: "放射線科".to_owned(),
                vendor_name: "架空メディカル".to_owned(),
                confidentiality: Level::High,
                integrity: Level::Medium,
                availability: Level::Low,
                two_factor: TwoFactor::Planned,
                two_factor_on: day("2027-03-01"),
                two_factor_note: "更新時".to_owned(),
                safeguards: "施錠\n記録".to_owned(),
                patch: PatchState::NotPossible,
                patch_checked_on: day("2026-04-01"),
                support_until: day("2028-03-31"),
                note: "備考".to_owned(),
                ..system("PACS")
            })
            .await;
        world.add(&system("名前だけ")).await;
        let vpn = world
            .add(&Asset {
                management_number: "A-7".to_owned(),
                hostname: "vpn".to_owned(),
                ip_addresses: vec!["192.0.2.1".to_owned(), "192.0.2.2".to_owned()],
                mac_addresses: vec!["00:1b:21:00:00:01".to_owned()],
                acts_as_server: true,
                patch_checked_on: day("2026-04-02"),
                support_until: day("2027-03-31"),
                system: Some(pacs),
                importance: Level::High,
                ..asset("VPN装置")
            })
            .await;
        world.add(&asset("名前だけの端末")).await;
        world
            .add(&Connection {
                system: Some(pacs),
                vendor_name: "架空メディカル".to_owned(),
                purpose: Purpose::Other,
                connected: Availability::OnDemand,
                line: "専用線".to_owned(),
                mechanism: Mechanism::LeasedLine,
                end_device: "架空ルータ(7.0)・予備".to_owned(),
                end_device_asset: Some(vpn),
                place: "サーバ室".to_owned(),
                multi_factor: Known::No,
                encrypted: Known::Yes,
                source_restricted: Known::Yes,
                approved_by: "院長".to_owned(),
                approved_on: day("2026-04-01"),
                valid_until: day("2027-03-31"),
                note: "夜間だけ".to_owned(),
                ..connection("遠隔保守")
            })
            .await;
        let mut files = Vec::new();
        for part in ["systems", "connections", "assets"] {
            let path = format!("/inventory/{part}.xlsx");
            files.push((format!("{part}.xlsx"), world.download(&path).await));
        }
        for (name, bytes) in &files {
            let (preview, page) = world.preview(&[(name, bytes)]).await;
            assert!(page.contains("台帳の内容は変わりません"), "{name}: {page}");
            let (_, problems) = world
                .app
                .get(world.director, &format!("{preview}?show=problems"))
                .await;
            assert!(problems.contains("ありません"), "{name}: {problems}");
        }
        let all: Vec<(&str, &[u8])> = files
            .iter()
            .map(|(name, bytes)| (name.as_str(), bytes.as_slice()))
            .collect();
        let (preview, page) = world.preview(&all).await;
        assert!(page.contains("台帳の内容は変わりません"), "{page}");
        world.confirm(&preview, &page).await;
        assert!(
            world
                .all::<System>()
                .await
                .iter()
                .all(|one| one.revision == 1)
        );
        assert!(
            world
                .all::<Connection>()
                .await
                .iter()
                .all(|one| one.revision == 1)
        );
        assert!(world.assets().await.iter().all(|one| one.revision == 1));
        assert_eq!(world.assets().await.len(), 2);
    }
}

#[tokio::test]
async fn a_system_says_how_far_its_vendor_is_with_its_checklist() {
    for world in worlds().await {
        let (vendor, _) = crate::confirmation::vendor(&world, "架空医事").await;
        let supplied = System {
            vendor: Some(vendor.id),
            ..system("電子カルテ")
        };
        let supplied = world.add(&supplied).await;
        let own = world.add(&system("予約")).await;
        let page = async |id| {
            let path = format!("/inventory/systems/{id}");
            world.app.get(world.director, &path).await.1
        };
        let link = "<a href=\"/vendor-sheets/1\">回答中 3 / 5 項目</a>";
        assert!(page(supplied).await.contains(link));
        let without = page(own).await;
        assert!(!without.contains("回答中") && without.contains("登録された事業者なし"));

        let bytes = world.download("/inventory/systems.xlsx").await;
        let (preview, page) = world.preview(&[("systems.xlsx", &bytes)]).await;
        assert!(page.contains("台帳の内容は変わりません"), "{page}");
        let columns = format!("{preview}/columns");
        let (_, page) = world.app.get(world.director, &columns).await;
        assert!(page.contains("事業者の回答状況"), "{page}");
    }
}

#[tokio::test]
async fn the_form_is_downloaded_filled_in_and_read() {
    for world in worlds().await {
        let bytes = world.download("/inventory/stock-take.xlsx").await;
        let (_, page) = world.preview(&[("棚卸し票.xlsx", &bytes)]).await;
        assert!(
            page.contains("台帳の内容は変わりません"),
            "the example is not read: {page}"
        );
        assert!(page.contains("12 列のうち 12 列を使います"), "{page}");
    }
}

#[tokio::test]
async fn columns_of_a_sheet_are_assigned_once_and_remembered() {
    let sheet = "システム名,どこの会社,外部接続,線\n予約,架空医事,有,光\n".as_bytes();
    for world in worlds().await {
        let (preview, page) = world.preview(&[("票.csv", sheet)]).await;
        assert!(page.contains("4 列のうち 2 列を使います"), "{page}");
        let columns = format!("{preview}/columns");
        let (_, page) = world.app.get(world.director, &columns).await;
        assert!(page.contains("どこの会社"), "{page}");
        let none = [("column-0-1", "row.vendor_name")];
        let (status, _) = world.app.post(world.director, &columns, &none).await;
        assert_eq!(status, StatusCode::BAD_REQUEST, "without a name");
        let chosen = [
            ("column-0-0", "system.name"),
            ("column-0-1", "row.vendor_name"),
            ("column-0-2", "row.has_connection"),
            ("column-0-3", "connection.line"),
        ];
        let (status, _) = world.app.post(world.director, &columns, &chosen).await;
        assert_eq!(status, StatusCode::SEE_OTHER);
        let (next, page) = world.preview(&[("翌年.csv", sheet)]).await;
        assert!(page.contains("4 列のうち 4 列を使います"), "{page}");
        world.confirm(&next, &page).await;
        let lines = world.all::<Connection>().await;
        assert_eq!(lines.first().unwrap().content.line, "光");
        assert_eq!(lines.first().unwrap().content.vendor_name, "架空医事");
    }
}
