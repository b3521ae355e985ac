//! How long the diagrams of a large hospital take: `cargo run --release --example diagrams_figures
//! [FOLDER]`. With a folder, the files are written into it to be looked at.

#![expect(clippy::print_stdout, reason = "it prints figures")]

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Instant as Watch;

use uuid::Uuid;
use yagura_diagrams::Diagrams;
use yagura_diagrams::model::{Diagram, Impacts, Register};
use yagura_documents::forms::Imprint;
use yagura_documents::pdf::render;
use yagura_inventory::Inventory;
use yagura_inventory::model::{Asset, Connection, DeviceClass, Level, Mechanism, Record, System};
use yagura_kernel::id::OrganizationId;
use yagura_kernel::time::{Instant, parse_date};
use yagura_web::i18n::Catalogue;
use yagura_web::{Feature as _, Lang, Translator};

fn id(number: u128) -> Uuid {
    Uuid::from_u128(0x0190_0000_0000_7000_8000_0000_0000_0000 + number)
}

fn record<C>(number: u128, content: C) -> Record<C> {
    Record {
        id: id(number),
        organization: OrganizationId::from(id(0)),
        content,
        confirmed: None,
        revision: 1,
        updated_at: Instant::from_micros(0),
        removed_at: None,
    }
}

const ZONES: [&str; 6] = [
    "電子カルテ系",
    "部門系",
    "画像系",
    "情報系",
    "DMZ",
    "設備系",
];
const SUBJECTS: [&str; 10] = [
    "電子カルテ",
    "医事会計",
    "臨床検査",
    "放射線情報",
    "給食管理",
    "薬剤部門",
    "手術室記録",
    "透析管理",
    "内視鏡画像",
    "看護支援",
];

fn hospital() -> Option<Register> {
    let systems = (0..300_u128).map(|number| {
        let subject = SUBJECTS
            .get((number % 10) as usize)
            .copied()
            .unwrap_or_default();
        record(
            1 + number,
            System {
                name: format!("{subject}システム 第{}号", number / 10 + 1),
                department: format!("{subject}部門"),
                vendor_name: format!("架空ベンダ{}", number % 20),
                availability: Level::High,
                depends_on: vec![id(1), id(1 + number % 7)]
                    .into_iter()
                    .filter(|to| *to != id(1 + number))
                    .collect(),
                ..System::default()
            },
        )
    });
    let assets = (0..2_000_u128).map(|number| {
        let class = match number % 20 {
            0 => DeviceClass::NetworkDevice,
            1..=4 => DeviceClass::Server,
            5 | 6 => DeviceClass::MedicalDevice,
            7 => DeviceClass::Other,
            _ => DeviceClass::Terminal,
        };
        record(
            1_000 + number,
            Asset {
                name: format!("機器 {number:04}"),
                class,
                manufacturer: "架空電機".to_owned(),
                model: format!("型番 {}", number % 23),
                zone: ZONES
                    .get((number % 6) as usize)
                    .copied()
                    .unwrap_or_default()
                    .to_owned(),
                ip_addresses: vec![format!(
                    "10.{}.{}.{}",
                    number % 6,
                    number / 250,
                    number % 250
                )],
                system: Some(id(1 + number % 300)),
                uplink: (number > 0).then(|| id(1_000 + 20 * (number / 80))),
                host: (class == DeviceClass::Server && number % 3 == 0).then(|| id(1_001)),
                ..Asset::default()
            },
        )
    });
    let connections = (0..60_u128).map(|number| {
        record(
            5_000 + number,
            Connection {
                name: format!("遠隔保守 {number:02}"),
                vendor_name: format!("架空ベンダ{}", number % 20),
                system: Some(id(1 + 5 * number)),
                end_device_asset: Some(id(1_000 + 20 * (number % 4))),
                mechanism: Mechanism::ALL
                    .get((number % 9) as usize)
                    .copied()
                    .unwrap_or_default(),
                ..Connection::default()
            },
        )
    });
    Some(Register {
        systems: systems.collect(),
        connections: connections.collect(),
        assets: assets.collect(),
        vendors: HashMap::new(),
        today: parse_date("2026-11-22").ok()?,
    })
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let folder = std::env::args().nth(1);
    let (inventory, diagrams) = (Inventory, Diagrams);
    let sources = diagrams.messages().iter().chain(inventory.messages());
    let catalogue = Catalogue::build(sources).map_err(|error| format!("{error:?}"))?;
    let t = Translator::new(Lang::Ja, Arc::new(catalogue));
    let register = hospital().ok_or("the day cannot be read")?;
    let milliseconds = |since: Watch| since.elapsed().as_secs_f64() * 1_000.0;
    // The fonts are set up by whoever comes first.
    yagura_documents::pdf::text_width("最初", false);
    println!("300 systems, 60 connections, 2,000 devices");
    for diagram in [Diagram::Systems, Diagram::Network] {
        let since = Watch::now();
        let svg = yagura_diagrams::svg_of(&t, diagram, &register);
        println!(
            "{:8} drawn as SVG    {:8.1} ms, {} KB",
            diagram.code(),
            milliseconds(since),
            svg.len() / 1_000
        );
        let since = Watch::now();
        let document = yagura_diagrams::document_of(&t, diagram, &register, Imprint::sample());
        println!(
            "{:8} laid out for A3 {:8.1} ms, {} sheets",
            diagram.code(),
            milliseconds(since),
            document.sheets.len()
        );
        let since = Watch::now();
        let pdf = render(&document.into())?;
        println!(
            "{:8} typeset as PDF  {:8.1} ms, {} KB",
            diagram.code(),
            milliseconds(since),
            pdf.bytes.len() / 1_000
        );
        if let Some(folder) = &folder {
            std::fs::write(format!("{folder}/{}.svg", diagram.code()), svg)?;
            std::fs::write(format!("{folder}/{}.pdf", diagram.code()), pdf.bytes)?;
        }
    }
    let since = Watch::now();
    let points = Impacts::of(&register).single_points(100);
    println!(
        "single points of failure {:8.1} ms, {} of {}",
        milliseconds(since),
        points.points.len(),
        points.points.len() + points.further
    );
    Ok(())
}
