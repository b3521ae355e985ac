//! The institution's sheet as PDF, through the program.

use std::path::Path;
use std::time::Duration;

use crate::Failure;
use crate::client::Client;
use crate::figures::{Report, milliseconds};
use crate::load::at_once;
use crate::program::Program;
use crate::world::World;

const SHEETS: usize = 40;

pub(crate) async fn run(binary: &Path, report: &mut Report) -> Result<(), Failure> {
    let world = World::new(None, 100).await?;
    let program = Program::start(binary, &world.arguments()).await?;
    let people: Vec<_> = world
        .of("director")?
        .iter()
        .filter(|person| person.sheet.is_some())
        .map(|person| {
            (
                Client::new(&program.base, &person.session),
                format!("/inspection/of/{}/sheet.pdf", person.organization),
            )
        })
        .collect();
    let (client, path) = people.first().ok_or("nobody has a sheet")?;
    let cold = client.page(path).await?;
    if !cold.body.starts_with(b"%PDF-") {
        return Err(format!("{path} is no PDF").into());
    }
    let size = cold.body.len();
    // Each a sheet that was not printed before: what is warm is the typesetter, not the sheet.
    let rounds = SHEETS.min(people.len().saturating_sub(1));
    let people = std::sync::Arc::new(people);
    let times = at_once(1, rounds, Duration::ZERO, move |_, round| {
        let people = std::sync::Arc::clone(&people);
        async move {
            let (client, path) = people.get(round + 1).ok_or("nobody")?;
            Ok(client.page(path).await?.took)
        }
    })
    .await?;
    report.against(
        "institution sheet as PDF, warm, p95",
        format!("{rounds} different sheets of some {} kB", size / 1_000),
        (milliseconds(times.percentile(95)), 150.0, "ms"),
        &times.summary(),
    );
    report.told(
        "the first PDF after the start",
        "one sheet",
        format!("{:.0} ms", milliseconds(cold.took)),
    );
    report.told(
        "resident memory after the documents",
        format!("{rounds} sheets"),
        format!("{:.0} MB", program.resident_megabytes()?),
    );
    program.stop().await
}
