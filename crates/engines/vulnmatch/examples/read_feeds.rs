//! Reads every feed of a data folder and prints what became of it:
//! `cargo run --release -p vulnmatch --example read_feeds -- ../shared/data/vuln`.
#![expect(clippy::print_stdout, reason = "it prints what it read")]

use std::error::Error;
use std::path::PathBuf;

use vulnmatch::feeds::{self, Limits, Report, csaf, cve5, epss, jvn, kev, overrides};
use vulnmatch::index::Builder;

fn main() -> Result<(), Box<dyn Error>> {
    let folder = std::env::args()
        .nth(1)
        .map(PathBuf::from)
        .ok_or("usage: read_feeds <folder>")?;
    let limits = Limits::default();
    let mut builder = Builder::new();
    let mut failed = None;
    let mut keep = |result: Result<(), vulnmatch::index::BuildError>| {
        if let Err(error) = result {
            failed.get_or_insert(error);
        }
    };
    for part in [
        "cve5",
        "overrides",
        "csaf",
        "kev",
        "epss",
        "jvn/detail",
        "jvn/rss",
        "jvn/product",
    ] {
        let mut files: Vec<PathBuf> = std::fs::read_dir(folder.join(part))?
            .filter_map(|entry| Some(entry.ok()?.path()))
            .filter(|path| !path.to_string_lossy().contains("schema"))
            .collect();
        files.sort();
        for file in files {
            let reader = feeds::open(&file)?;
            let mut criteria = 0usize;
            let report: Report = match part {
                "cve5" => cve5::read(reader, &limits, &mut |record| {
                    for statement in &record.statements {
                        criteria += statement
                            .configurations
                            .iter()
                            .map(|c| c.criteria().len())
                            .sum::<usize>();
                        keep(builder.add(statement));
                    }
                })?,
                "overrides" => overrides::read(reader, &limits, &mut |statement| {
                    criteria += statement
                        .configurations
                        .iter()
                        .map(|c| c.criteria().len())
                        .sum::<usize>();
                    keep(builder.add(&statement));
                })?,
                "csaf" => csaf::read(reader, &limits, &mut |advisory| {
                    for statement in &advisory.statements {
                        criteria += statement
                            .configurations
                            .iter()
                            .map(|c| c.criteria().len())
                            .sum::<usize>();
                        keep(builder.add(statement));
                    }
                })?,
                "kev" => kev::read(reader, &limits, &mut |_| {})?,
                "epss" => epss::read(reader, &limits, &mut |_| {})?.1,
                "jvn/detail" => jvn::details(reader, &limits, &mut |detail| {
                    for statement in &detail.statements() {
                        criteria += statement
                            .configurations
                            .iter()
                            .map(|c| c.criteria().len())
                            .sum::<usize>();
                        keep(builder.add(statement));
                    }
                })?,
                "jvn/rss" => jvn::overviews(reader, &limits, &mut |_| {})?,
                _ => jvn::products(reader, &limits, &mut |_| {})?,
            };
            println!(
                "{part} {}: {} records, {} set aside, {criteria} criteria",
                file.file_name().unwrap_or_default().to_string_lossy(),
                report.records,
                report.set_aside
            );
            for aside in report.examples.iter().take(2) {
                println!("   {aside:?}");
            }
        }
    }
    if let Some(error) = failed {
        return Err(error.into());
    }
    let unnamed = builder.set_aside();
    println!(
        "{} statements, {unnamed} criteria without a product set aside, {} bytes",
        builder.len(),
        builder.finish()?.len()
    );
    Ok(())
}
