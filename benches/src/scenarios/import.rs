//! A roll of ten thousand members from a workbook: read and shown, then taken over.

use std::path::Path;

use axum::http::{Method, StatusCode};
use bytes::Bytes;
use rust_xlsxwriter::Workbook;

use crate::Failure;
use crate::client::Client;
use crate::figures::Report;
use crate::program::Program;
use crate::world::World;

const MEMBERS: u32 = 10_000;

fn roll() -> Result<Vec<u8>, Failure> {
    let mut book = Workbook::new();
    let sheet = book.add_worksheet();
    for (column, heading) in (0_u16..).zip(["施設名", "種別", "許可病床数", "住所", "電話番号"])
    {
        sheet.write(0, column, heading)?;
    }
    for row in 1..=MEMBERS {
        let (kind, beds) = match row % 10 {
            0 => ("病院", Some(20 + row % 800)),
            1..=6 => ("診療所", None),
            7 | 8 => ("歯科診療所", None),
            _ => ("薬局", None),
        };
        sheet.write(row, 0, format!("見本施設 第{row}"))?;
        sheet.write(row, 1, kind)?;
        if let Some(beds) = beds {
            sheet.write(row, 2, beds)?;
        }
        sheet.write(row, 3, format!("架空県見本市{row}番地"))?;
        sheet.write(
            row,
            4,
            format!("000-{:04}-{:04}", row / 10_000, row % 10_000),
        )?;
    }
    Ok(book.save_to_buffer()?)
}

pub(crate) async fn run(binary: &Path, report: &mut Report) -> Result<(), Failure> {
    let workbook = Bytes::from(roll()?);
    let kilobytes = workbook.len() / 1_000;
    measure(
        binary,
        report,
        World::new(None, 3).await?,
        "SQLite",
        &workbook,
    )
    .await?;
    match yagura_store::testing::empty_postgres().await {
        Some(postgres) => {
            let world = World::new(Some(postgres.url.clone()), 3).await?;
            measure(binary, report, world, "PostgreSQL", &workbook).await?;
        }
        None => report.told("import", "PostgreSQL", "no server on this machine"),
    }
    report.told(
        "the workbook that is imported",
        "10,000 rows, five columns",
        format!("{kilobytes} kB"),
    );
    Ok(())
}

async fn measure(
    binary: &Path,
    report: &mut Report,
    world: World,
    engine: &str,
    workbook: &Bytes,
) -> Result<(), Failure> {
    let program = Program::start(binary, &world.arguments()).await?;
    let manager = world.of("regional_manager")?.first().ok_or("nobody")?;
    let client = Client::new(&program.base, &manager.session);
    let read = client
        .send(
            Method::POST,
            "/api/v1/imports?file_name=roll.xlsx",
            "application/octet-stream",
            workbook.clone(),
        )
        .await?;
    if read.status != StatusCode::CREATED {
        return Err(format!("the workbook was answered {}", read.status).into());
    }
    let preview = read.json()?;
    let id = preview["id"].as_str().ok_or("no id")?;
    let done = client
        .json(
            Method::POST,
            &format!("/api/v1/imports/{id}/confirm"),
            &serde_json::json!({}),
        )
        .await?;
    let applied = done.json()?;
    if done.status != StatusCode::OK || applied["state"] != "applied" {
        return Err(format!("the import was answered {}: {applied}", done.status).into());
    }
    if applied["counts"]["new"] != MEMBERS {
        return Err(format!("not all are new: {}", applied["counts"]).into());
    }
    report.against(
        "import of 10,000 members from xlsx, preview and taking over",
        format!("{engine}, 392 members before"),
        ((read.took + done.took).as_secs_f64(), 5.0, "s"),
        &format!(
            "preview {:.2} s, taking over {:.2} s",
            read.took.as_secs_f64(),
            done.took.as_secs_f64()
        ),
    );
    program.stop().await
}
