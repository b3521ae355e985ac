//! How long judging takes, printed by `cargo run --release -p credentialcheck --example credentials_figures`.
#![expect(clippy::print_stdout, reason = "a program that prints")]

use std::time::Instant;

use credentialcheck::similar::families;
use credentialcheck::{Entry, Opened, Options, check};
use time::OffsetDateTime;

fn main() {
    for count in [1_000_u64, 10_000, 50_000] {
        let entries = (0..count).map(|n| Entry {
            number: u32::try_from(n).unwrap_or(u32::MAX) + 1,
            title: format!("機器{n}"),
            groups: vec![if n % 2 == 0 { "サーバ" } else { "端末" }.to_owned()],
            user: "admin".into(),
            password: format!("{:x}-{:X}!", n * 7_919 * 104_729, (n / 2) * 15_485_863).into(),
            ..Entry::default()
        });
        let opened = Opened {
            entries: entries.collect(),
            file_sha256: "0".repeat(64),
            ..Opened::default()
        };
        let passwords: Vec<&str> = opened
            .entries
            .iter()
            .map(|entry| entry.password.reveal())
            .collect();
        let started = Instant::now();
        let found = families(&passwords).len();
        let families_took = started.elapsed();
        let started = Instant::now();
        let verdict = check(&opened, &Options::at(OffsetDateTime::UNIX_EPOCH));
        println!(
            "{count} entries: families {families_took:?} ({found}), everything {:?} ({} findings)",
            started.elapsed(),
            verdict.findings.len()
        );
    }
}
