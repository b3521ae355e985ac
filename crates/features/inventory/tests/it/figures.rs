//! How long an import takes through the store: `cargo test --release -p yagura-inventory --test it
//! -- --ignored figures --nocapture`.

use std::fmt::Write as _;
use std::time::Instant;

use axum::http::StatusCode;

use crate::imports::hidden;
use crate::support::{World, worlds};

/// How many devices.
const SIZE: u32 = 5_000;

fn address(n: u32) -> String {
    let [_, b, c, d] = n.to_be_bytes();
    format!("10.{b}.{c}.{d}")
}

fn mac(n: u32) -> String {
    let [_, b, c, d] = n.to_be_bytes();
    format!("00:1b:21:{b:02x}:{c:02x}:{d:02x}")
}

fn ledger(from: u32, to: u32, place: &str) -> String {
    let mut text = "管理番号,ホスト名,IPアドレス,MACアドレス,設置場所\n".to_owned();
    for n in from..to {
        writeln!(text, "A-{n:05},pc{n:05}x,{},{},{place}", address(n), mac(n)).unwrap();
    }
    text
}

fn scan(from: u32, to: u32) -> String {
    let mut text = "<nmaprun scanner=\"nmap\" start=\"1795257000\">".to_owned();
    for n in from..to {
        write!(
            text,
            "<host><status state=\"up\"/><address addr=\"{}\" addrtype=\"ipv4\"/><address \
             addr=\"{}\" addrtype=\"mac\"/><ports><port protocol=\"tcp\" portid=\"443\"><state \
             state=\"open\"/><service name=\"https\"/></port></ports></host>",
            address(n),
            mac(n)
        )
        .unwrap();
    }
    text.push_str("<runstats><finished exit=\"success\"/></runstats></nmaprun>");
    text
}

fn leases(from: u32, to: u32) -> String {
    let mut text = String::new();
    for n in from..to {
        write!(
            text,
            "lease {} {{\n  starts 0 2026/11/22 01:00:00;\n  ends 0 2026/11/23 01:00:00;\n  \
             binding state active;\n  hardware ethernet {};\n  client-hostname \"pc{n:05}x\";\n}}\n",
            address(n),
            mac(n)
        )
        .unwrap();
    }
    text
}

fn directory(from: u32, to: u32) -> String {
    let mut text = String::new();
    for n in from..to {
        write!(
            text,
            "dn: CN=PC{n:05}X,DC=example,DC=jp\nobjectClass: computer\ncn: PC{n:05}X\n\
             dNSHostName: pc{n:05}x.example.jp\noperatingSystem: Windows 11 Pro\n\n"
        )
        .unwrap();
    }
    text
}

async fn round(world: &World, what: &str, files: &[(&str, &[u8])]) {
    let begun = Instant::now();
    let (status, to) = world.upload(files).await;
    assert_eq!(status, StatusCode::SEE_OTHER, "{to}");
    let uploaded = begun.elapsed();
    let begun = Instant::now();
    let (_, page) = world.app.get(world.director, &to).await;
    let previewed = begun.elapsed();
    let seen = hidden(&page, "seen");
    let begun = Instant::now();
    let confirm = format!("{to}/confirm");
    let fields = [("seen", seen.as_str())];
    let (status, _) = world.app.post(world.director, &confirm, &fields).await;
    assert_eq!(status, StatusCode::SEE_OTHER);
    let engine = world.app.app.database().engine();
    eprintln!(
        "{engine:?}: {what}: upload {uploaded:.2?}, preview {previewed:.2?}, confirm {:.2?}",
        begun.elapsed()
    );
}

#[tokio::test]
#[ignore = "prints figures; run it in a release build"]
async fn figures_of_an_import() {
    for world in worlds().await {
        let whole = ledger(0, SIZE, "1階");
        round(
            &world,
            "5,000 new of a ledger",
            &[("l.csv", whole.as_bytes())],
        )
        .await;
        let from = SIZE / 10;
        let to = SIZE + from;
        let moved = ledger(from, to, "2階");
        let (scan, leases, directory) = (scan(from, to), leases(from, to), directory(from, to));
        round(
            &world,
            "ledger, scan, leases and directory of 5,000",
            &[
                ("l.csv", moved.as_bytes()),
                ("scan.xml", scan.as_bytes()),
                ("dhcpd.leases", leases.as_bytes()),
                ("computers.ldf", directory.as_bytes()),
            ],
        )
        .await;
        let begun = Instant::now();
        world.app.get(world.director, "/inventory/duplicates").await;
        eprintln!("possible duplicates: {:.2?}", begun.elapsed());
    }
}
