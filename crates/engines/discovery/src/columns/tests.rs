use super::*;
use crate::model::{Assignment, DeviceClass, NameKind};

fn fields(headers: &[&str]) -> Vec<Option<Field>> {
    suggest(headers, &[])
        .columns
        .iter()
        .map(|column| column.field)
        .collect()
}

#[test]
fn every_alias_finds_its_own_field_and_none_is_claimed_twice() {
    let mut owners: BTreeMap<String, Field> = BTreeMap::new();
    for (field, names) in aliases::ALIASES {
        for name in *names {
            let folded = fold_heading(name);
            assert!(!folded.is_empty(), "{name}");
            if let Some(other) = owners.insert(folded, *field) {
                assert_eq!(other, *field, "{name} is claimed by two fields");
            }
            assert_eq!(fields(&[name]), [Some(*field)], "{name}");
        }
    }
    for field in Field::ALL {
        assert!(
            aliases::ALIASES.iter().any(|(known, _)| known == field),
            "{field:?} has no heading"
        );
    }
}

#[test]
fn the_stock_take_form_is_understood() {
    let headers = [
        "所管部署",
        "ベンダ名",
        "システム名・医療機器名",
        "外部接続の有無",
        "用途",
        "接続形態",
        "回線種類",
        "接続の仕組み",
        "外部との接点機器・設置場所",
        "その他、セキュリティを担保する仕組み",
        "過去に脆弱性が指摘された機器の場合、最新パッチ適用状況",
        "システム構成図・設置端末一覧",
        "チェックリスト提出状況",
    ];
    assert_eq!(
        fields(&headers),
        [
            Some(Field::Department),
            Some(Field::Vendor),
            Some(Field::DisplayName),
            Some(Field::ExternalConnection),
            Some(Field::ConnectionPurpose),
            Some(Field::ConnectionForm),
            Some(Field::LineType),
            Some(Field::ConnectionMechanism),
            Some(Field::ContactDevice),
            Some(Field::SecurityMeasures),
            Some(Field::PatchState),
            Some(Field::Diagram),
            Some(Field::ChecklistState),
        ]
    );
}

#[test]
fn variant_spellings_are_the_same_column() {
    for heading in [
        "コンピューター名",
        "コンピュータ名",
        "コンピュータ名",
        " コンピューター 名 ",
        "①コンピュータ名",
        "コンピューター名(ホスト名)",
        "COMPUTER NAME",
        "computer_name",
    ] {
        assert_eq!(fields(&[heading]), [Some(Field::Hostname)], "{heading}");
    }
    assert_eq!(
        fields(&["IPアドレス1", "IPアドレス2", "MACアドレス"]),
        [
            Some(Field::IpAddresses),
            Some(Field::IpAddresses),
            Some(Field::MacAddresses)
        ]
    );
    assert_eq!(fields(&["電話番号", "金額", ""]), [None, None, None]);
}

#[test]
fn one_field_goes_to_the_better_column() {
    let mapping = suggest(&["現在の設置場所です", "設置場所"], &[]);
    assert_eq!(mapping.columns[0].field, None);
    assert_eq!(mapping.columns[1].field, Some(Field::Place));
}

#[test]
fn values_speak_where_the_heading_does_not_and_against_it_where_it_lies() {
    let rows: Vec<Vec<String>> = ["192.168.1.1", "192.168.1.2", "192.168.1.3"]
        .iter()
        .map(|ip| vec![(*ip).to_owned(), "総務".to_owned()])
        .collect();
    let mapping = suggest(&["列A", "IPアドレス"], &rows);
    assert_eq!(mapping.columns[0].field, Some(Field::IpAddresses));
    assert_eq!(mapping.columns[0].because, Basis::Values);
    assert_eq!(
        mapping.columns[1].field, None,
        "its values are no addresses"
    );
}

#[test]
fn a_mapping_is_remembered_by_its_headings() {
    let headers = ["PC名", "IPアドレス"];
    let mut mapping = suggest(&headers, &[]);
    mapping.decide(1, None);
    let stored = serde_json::to_string(&mapping).unwrap();
    let restored: Mapping = serde_json::from_str(&stored).unwrap();
    assert_eq!(restored, mapping);
    assert!(restored.fits(&["PC名", " IPアドレス "]));
    assert!(!restored.fits(&["IPアドレス", "PC名"]));
    assert!(!restored.fits(&["PC名"]));
}

#[test]
fn a_row_becomes_a_device() {
    let headers = [
        "資産番号",
        "PC名",
        "IPアドレス",
        "MACアドレス",
        "OS",
        "種別",
        "設置場所",
        "サポート終了日",
        "色",
    ];
    let mapping = suggest(&headers, &[]);
    let row = [
        "A-001",
        "UKETSUKE01",
        "192.168.001.010(固定)、10.0.0.5/24\nfe80::1",
        "００−１Ｂ−２１−３Ｃ−９Ｄ−Ｆ８ / 001b213c9df9",
        "Windows 10 Pro",
        "ノートPC",
        "1階受付",
        "令和7年10月14日",
        "黒",
    ];
    let applied = mapping.apply(7, &row, &Options::default()).unwrap();
    assert_eq!(applied.problems, []);
    let device = applied.observation.device;
    assert_eq!(device.management_number.as_deref(), Some("A-001"));
    assert_eq!(device.name(NameKind::Hostname), Some("UKETSUKE01"));
    let addresses: Vec<String> = device.addresses.iter().map(|a| a.ip.to_string()).collect();
    assert_eq!(addresses, ["10.0.0.5", "192.168.1.10"]);
    assert_eq!(device.addresses[1].assignment, Assignment::Static);
    assert_eq!(device.macs.len(), 2);
    assert_eq!(device.class(), Some(DeviceClass::Terminal));
    assert_eq!(device.facts[&Field::SupportEnd], "令和7年10月14日");
    assert_eq!(device.facts[&Field::Place], "1階受付");
    assert_eq!(device.extra["色"], "黒");
}

#[test]
fn what_cannot_be_read_is_named_with_its_cell() {
    let mapping = suggest(&["PC名", "IPアドレス", "MACアドレス"], &[]);
    let options = Options::default();
    let applied = mapping
        .apply(3, &["pc1", "192.168.1.999", "00:11:22"], &options)
        .unwrap();
    assert_eq!(
        applied
            .problems
            .iter()
            .map(ToString::to_string)
            .collect::<Vec<_>>(),
        [
            "row 3, column 2 (IPアドレス): address \"192.168.1.999\" is malformed; correct it in the source or leave it empty",
            "row 3, column 3 (MACアドレス): hardware address \"00:11:22\" is malformed; correct it in the source or leave it empty",
        ]
    );
    let applied = mapping.apply(4, &["pc1", "DHCP", "-"], &options).unwrap();
    assert_eq!(applied.problems, []);
    let problems = mapping.apply(5, &["-", "なし", ""], &options).unwrap_err();
    assert_eq!(problems.len(), 1);
    assert_eq!(problems[0].place, Place::Row(5));
    let long = "x".repeat(10_000);
    let problems = mapping.apply(6, &[long.as_str()], &options).unwrap_err();
    assert!(matches!(problems[0].reason, Reason::TooLong { .. }));
}
