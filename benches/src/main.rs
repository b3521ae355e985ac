//! Measures what the program promises, on the program as people run it: the release binary,
//! started as a process of its own, asked over HTTP on loopback. The client that asks runs on the
//! same machine, so its own work counts against the program.
//!
//! `cargo build --release && cargo run --release -p yagura-benches -- all`

#![expect(clippy::print_stdout, reason = "a benchmark prints what it measured")]
#![expect(
    clippy::indexing_slicing,
    reason = "reading a JSON value by a name that it lacks gives null"
)]

mod client;
mod figures;
mod load;
mod machine;
mod program;
mod scenarios;
mod world;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::figures::Report;

/// Why a measurement could not be taken.
type Failure = Box<dyn std::error::Error + Send + Sync>;

/// Measures Yagura and prints what came out beside what was promised.
#[derive(Debug, Parser)]
#[command(name = "yagura-bench")]
struct Arguments {
    /// The binary to measure (default: `yagura` beside this program)
    #[arg(long, global = true)]
    binary: Option<PathBuf>,
    /// Append the results as Markdown to this file
    #[arg(long, global = true)]
    markdown: Option<PathBuf>,
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Subcommand)]
enum What {
    /// First start of the demonstration, start on a database that stands, memory
    Start,
    /// Saving an answer and listing states with 400 checklists
    Answers,
    /// Every page of the main job with 50 people at once, and memory afterwards
    Pages,
    /// Matrix and comparison at 392 and at 240,000 members on PostgreSQL
    Country,
    /// The institution's sheet as PDF
    Document,
    /// A roll of 10,000 members from a workbook
    Import,
    /// Everything
    All,
}

#[tokio::main]
async fn main() -> ExitCode {
    let arguments = Arguments::parse();
    match run(&arguments).await {
        Ok(report) => {
            print!("{}", report.table());
            if let Some(file) = &arguments.markdown
                && let Err(error) = report.append_to(file)
            {
                println!("{}: {error}", file.display());
                return ExitCode::FAILURE;
            }
            ExitCode::SUCCESS
        }
        Err(error) => {
            println!("not measured: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn run(arguments: &Arguments) -> Result<Report, Failure> {
    let binary = match &arguments.binary {
        Some(binary) => binary.clone(),
        None => std::env::current_exe()?.with_file_name("yagura"),
    };
    if !binary.is_file() {
        return Err(format!(
            "{} is not there: build it first with `cargo build --release`",
            binary.display()
        )
        .into());
    }
    let mut report = Report::new(machine::describe());
    let wanted = |what: What| arguments.what == What::All || arguments.what == what;
    if wanted(What::Start) {
        scenarios::start::run(&binary, &mut report).await?;
    }
    if wanted(What::Answers) {
        scenarios::answers::run(&binary, &mut report).await?;
    }
    if wanted(What::Pages) {
        scenarios::pages::run(&binary, &mut report).await?;
    }
    if wanted(What::Document) {
        scenarios::document::run(&binary, &mut report).await?;
    }
    if wanted(What::Import) {
        scenarios::import::run(&binary, &mut report).await?;
    }
    if wanted(What::Country) {
        scenarios::country::run(&binary, &mut report).await?;
    }
    Ok(report)
}
