//! How soon the program is there, and how much memory it keeps when nobody asks anything.

use std::path::Path;
use std::time::Duration;

use crate::Failure;
use crate::figures::{Report, Times, milliseconds};
use crate::program::Program;

const FIRST_STARTS: usize = 3;
const STARTS: usize = 20;
/// After a start, jobs that were waiting are done; then nothing moves.
const UNTIL_IDLE: Duration = Duration::from_secs(20);

pub(crate) async fn run(binary: &Path, report: &mut Report) -> Result<(), Failure> {
    let mut first = Vec::new();
    let mut idle: f64 = 0.0;
    let mut kept = None;
    for _ in 0..FIRST_STARTS {
        let folder = tempfile::tempdir()?;
        let data = folder.path().display().to_string();
        let program = Program::start(binary, &["demo".into(), "--data".into(), data]).await?;
        first.push(program.answered_after);
        if kept.is_none() {
            tokio::time::sleep(UNTIL_IDLE).await;
            idle = program.resident_megabytes()?;
        }
        program.stop().await?;
        kept = Some(folder);
    }
    let first = Times::of(first);
    report.against(
        "first start from an empty folder, demo data included",
        "392 members, 60 vendors",
        (first.percentile(100).as_secs_f64(), 10.0, "s"),
        &format!("the worst of {FIRST_STARTS}: {}", first.summary()),
    );
    report.against(
        "resident memory, idle, of the process that filled the region",
        "392 members",
        (idle, 80.0, "MB"),
        "20 s after the start",
    );

    let folder = kept.ok_or("no folder")?;
    let data = folder.path().join("demo").display().to_string();
    let serve = ["serve".to_owned(), "--data".to_owned(), data];
    let mut starts = Vec::new();
    for number in 0..=STARTS {
        let program = Program::start(binary, &serve).await?;
        // The first one finds the files of the binary cold.
        if number > 0 {
            starts.push(program.answered_after);
        }
        if number == STARTS {
            tokio::time::sleep(UNTIL_IDLE).await;
            let idle = program.resident_megabytes()?;
            report.against(
                "resident memory, idle, of `serve`",
                "392 members",
                (idle, 80.0, "MB"),
                "20 s after the start",
            );
        }
        program.stop().await?;
    }
    let starts = Times::of(starts);
    report.against(
        "start of `serve` until the first answered page, p95",
        "392 members, SQLite",
        (milliseconds(starts.percentile(95)), 300.0, "ms"),
        &starts.summary(),
    );
    Ok(())
}
