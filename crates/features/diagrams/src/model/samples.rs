//! A fictional hospital and random registers, for tests.

use std::collections::HashMap;

use uuid::Uuid;
use yagura_inventory::model::{
    Asset, Availability, Confirmation, Connection, DeviceClass, Level, Mechanism, Purpose, Record,
    System,
};
use yagura_kernel::id::OrganizationId;
use yagura_kernel::time::{FiscalYear, Instant, parse_date};

use super::Register;

pub(crate) fn id(number: u128) -> Uuid {
    Uuid::from_u128(0x0190_0000_0000_7000_8000_0000_0000_0000 + number)
}

pub(crate) fn record<C>(number: u128, is_confirmed: bool, content: C) -> Record<C> {
    let at = Instant::parse_rfc3339("2026-05-01T00:00:00Z").unwrap();
    Record {
        id: id(number),
        organization: OrganizationId::from(id(0)),
        content,
        confirmed: is_confirmed.then(|| Confirmation {
            year: FiscalYear::new(2026).unwrap(),
            at,
            by: None,
            by_name: None,
        }),
        revision: 1,
        updated_at: at,
        removed_at: None,
    }
}

pub(crate) fn empty() -> Register {
    Register {
        systems: Vec::new(),
        connections: Vec::new(),
        assets: Vec::new(),
        vendors: HashMap::new(),
        today: parse_date("2026-11-22").unwrap(),
    }
}

fn asset(name: &str, class: DeviceClass, zone: &str) -> Asset {
    Asset {
        name: name.to_owned(),
        class,
        zone: zone.to_owned(),
        ..Asset::default()
    }
}

/// A hospital of some 200 beds.
pub(crate) fn hospital() -> Register {
    let mut register = empty();
    let day = |text| parse_date(text).ok();
    let text = |text: &str| text.to_owned();
    let system = |name: &str, department: &str, vendor: &str, needs: &[u128]| System {
        name: text(name),
        department: text(department),
        vendor_name: text(vendor),
        depends_on: needs.iter().map(|number| id(*number)).collect(),
        availability: Level::High,
        ..System::default()
    };
    register.systems = vec![
        record(
            1,
            true,
            system(
                "電子カルテシステム",
                "医療情報部",
                "架空メディカル",
                &[2, 4],
            ),
        ),
        record(
            2,
            true,
            system(
                "認証基盤(Active Directory)",
                "医療情報部",
                "架空メディカル",
                &[],
            ),
        ),
        record(
            3,
            false,
            System {
                support_until: day("2026-03-31"),
                ..system("医用画像管理システム(PACS)", "放射線科", "見本画像", &[2])
            },
        ),
        record(
            4,
            true,
            system("医事会計システム", "医事課", "サンプル会計", &[2]),
        ),
        record(
            5,
            true,
            System {
                kind: yagura_inventory::model::SystemKind::MedicalDevice,
                ..system("全身用X線CT装置", "放射線科", "見本画像", &[3])
            },
        ),
        record(
            6,
            true,
            System {
                availability: Level::Low,
                ..system("グループウェア", "総務課", "", &[])
            },
        ),
        record(
            7,
            false,
            System {
                availability: Level::Medium,
                ..system("臨床検査システム", "検査科", "架空ラボ", &[1])
            },
        ),
    ];
    let device = |name: &str, class, zone: &str, ip: &str, wire: Option<u128>| Asset {
        ip_addresses: if ip.is_empty() {
            Vec::new()
        } else {
            vec![text(ip)]
        },
        uplink: wire.map(id),
        ..asset(name, class, zone)
    };
    let server = |name: &str, zone: &str, ip: &str, system: u128| Asset {
        system: Some(id(system)),
        host: Some(id(105)),
        ..device(name, DeviceClass::Server, zone, ip, Some(103))
    };
    use DeviceClass::{MedicalDevice, NetworkDevice, Server, Terminal};
    register.assets = vec![
        record(
            101,
            true,
            Asset {
                manufacturer: text("架空ネット"),
                model: text("VG-200"),
                support_until: day("2026-06-30"),
                ..device("保守用VPN装置", NetworkDevice, "", "192.0.2.1", Some(102))
            },
        ),
        record(
            102,
            true,
            device(
                "外部接続ファイアウォール",
                NetworkDevice,
                "",
                "192.0.2.2",
                Some(103),
            ),
        ),
        record(
            103,
            true,
            device("基幹スイッチ", NetworkDevice, "", "10.0.0.1", None),
        ),
        record(
            104,
            true,
            device(
                "放射線科フロアスイッチ",
                NetworkDevice,
                "電子カルテ系",
                "10.1.9.1",
                Some(103),
            ),
        ),
        record(
            105,
            true,
            device(
                "仮想化基盤 1号機",
                Server,
                "電子カルテ系",
                "10.1.0.5",
                Some(103),
            ),
        ),
        record(
            111,
            true,
            server("カルテDBサーバ", "電子カルテ系", "10.1.0.11", 1),
        ),
        record(
            112,
            true,
            server("カルテAPサーバ", "電子カルテ系", "10.1.0.12", 1),
        ),
        record(
            113,
            false,
            server("ADサーバ", "電子カルテ系", "10.1.0.13", 2),
        ),
        record(
            114,
            true,
            server("医事サーバ", "電子カルテ系", "10.1.0.14", 4),
        ),
        record(
            115,
            true,
            Asset {
                host: None,
                support_until: day("2026-01-01"),
                ..server("PACSサーバ", "電子カルテ系", "10.1.0.15", 3)
            },
        ),
        record(
            116,
            true,
            Asset {
                system: Some(id(5)),
                ..device(
                    "CT撮影装置",
                    MedicalDevice,
                    "電子カルテ系",
                    "10.1.9.20",
                    Some(104),
                )
            },
        ),
        record(
            117,
            true,
            Asset {
                host: None,
                ..server("公開Webサーバ", "ＤＭＺ", "198.51.100.8", 6)
            },
        ),
    ];
    for number in 0..24 {
        register.assets.push(record(
            200 + number,
            number % 5 != 0,
            Asset {
                manufacturer: text("架空電機"),
                model: text("PC-10"),
                system: Some(id(1)),
                ..device(
                    &format!("病棟端末 {number:02}"),
                    Terminal,
                    "電子カルテ系",
                    &format!("10.1.2.{number}"),
                    Some(103),
                )
            },
        ));
    }
    for number in 0..2 {
        register.assets.push(record(
            300 + number,
            false,
            device(
                &format!("事務端末 {number}"),
                Terminal,
                "情報系",
                "",
                Some(103),
            ),
        ));
    }
    let line = |name: &str, vendor: &str, system: u128, end: Option<u128>, mechanism| Connection {
        name: text(name),
        vendor_name: text(vendor),
        system: Some(id(system)),
        end_device_asset: end.map(id),
        mechanism,
        ..Connection::default()
    };
    register.connections = vec![
        record(
            401,
            true,
            line(
                "電子カルテ遠隔保守",
                "架空メディカル",
                1,
                Some(101),
                Mechanism::Ipsec,
            ),
        ),
        record(
            402,
            false,
            Connection {
                connected: Availability::OnDemand,
                valid_until: day("2026-09-30"),
                ..line("PACS遠隔保守", "見本画像", 3, Some(101), Mechanism::SslVpn)
            },
        ),
        record(
            403,
            true,
            Connection {
                purpose: Purpose::Other,
                line: text("フレッツ光"),
                end_device: text("配布ルータ RT-9"),
                place: text("サーバ室"),
                ..line("オンライン資格確認", "支払基金", 4, None, Mechanism::IpVpn)
            },
        ),
        record(
            404,
            false,
            line("検査結果の受信", "", 7, None, Mechanism::Unknown),
        ),
    ];
    register
}
