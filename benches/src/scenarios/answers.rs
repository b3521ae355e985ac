//! Saving one answer, and the state of all institutions as a list: what the best peer was
//! measured at with 400 audits (save one answer 1,670 ms, list 9,100 ms, one client at a time).

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use axum::http::{Method, StatusCode};
use serde_json::{Value, json};
use tokio::sync::Mutex;

use crate::Failure;
use crate::client::Client;
use crate::figures::{Report, milliseconds};
use crate::load::at_once;
use crate::program::Program;
use crate::world::World;

const WRITERS: usize = 20;
const SAVES_EACH: usize = 60;
const PACED_SAVES: usize = 30;
/// Who fills in a sheet takes at least this long for a row.
const THINKING: Duration = Duration::from_secs(1);
const LISTS: usize = 200;

/// Somebody who fills in a sheet.
struct Writer {
    client: Client,
    sheet: String,
    /// Keys and versions of the rows.
    rows: Vec<(String, i64)>,
}

impl Writer {
    async fn new(client: Client, sheet: String) -> Result<Self, Failure> {
        let read = client.page(&format!("/api/v1/sheets/{sheet}")).await?;
        let rows = read.json()?["items"]
            .as_array()
            .ok_or("no items")?
            .iter()
            .filter(|item| item["applies"] == json!(true))
            .filter_map(|item| Some((item["key"].as_str()?.to_owned(), item["version"].as_i64()?)))
            .collect();
        Ok(Self {
            client,
            sheet,
            rows,
        })
    }

    async fn save(&mut self, round: usize, today: &str) -> Result<Duration, Failure> {
        let place = round % self.rows.len().max(1);
        let (key, version) = self.rows.get_mut(place).ok_or("a sheet without rows")?;
        let answer = if round.is_multiple_of(3) { "no" } else { "yes" };
        let body = json!({
            "version": *version,
            "first": { "answer": answer, "on": today },
            "remark": format!("測定 {round}"),
        });
        let path = format!("/api/v1/sheets/{}/items/{key}/answer", self.sheet);
        let saved = self.client.json(Method::PUT, &path, &body).await?;
        if saved.status != StatusCode::OK {
            let said = String::from_utf8_lossy(&saved.body).into_owned();
            return Err(format!("PUT {path} was answered {}: {said}", saved.status).into());
        }
        let answer: Value = saved.json()?;
        if answer["changed"] != json!(true) {
            return Err(format!("PUT {path} changed nothing").into());
        }
        *version = answer["version"].as_i64().ok_or("no version")?;
        Ok(saved.took)
    }
}

pub(crate) async fn run(binary: &Path, report: &mut Report) -> Result<(), Failure> {
    let world = World::new(None, 60).await?;
    measure(binary, report, &world, "SQLite").await?;
    match yagura_store::testing::empty_postgres().await {
        Some(postgres) => {
            let world = World::new(Some(postgres.url.clone()), 60).await?;
            measure(binary, report, &world, "PostgreSQL").await?;
        }
        None => report.told("save one answer", "PostgreSQL", "no server on this machine"),
    }
    Ok(())
}

async fn measure(
    binary: &Path,
    report: &mut Report,
    world: &World,
    engine: &str,
) -> Result<(), Failure> {
    let data = format!("{engine}, {} checklists this year", world.sheets);
    let program = Program::start(binary, &world.arguments()).await?;
    let today = yagura_kernel::time::format_iso(
        yagura_kernel::time::Clock::now(&yagura_kernel::time::SystemClock).jst_date(),
    );
    let mut writers = Vec::new();
    for person in world.of("director")? {
        if let Some(sheet) = person.sheet
            && writers.len() < WRITERS
        {
            let client = Client::new(&program.base, &person.session);
            writers.push(Mutex::new(Writer::new(client, sheet.to_string()).await?));
        }
    }
    if writers.len() < WRITERS {
        return Err(format!("only {} people have a sheet", writers.len()).into());
    }
    let writers = Arc::new(writers);
    let save = {
        let writers = Arc::clone(&writers);
        move |person: usize, round: usize| {
            let (writers, today) = (Arc::clone(&writers), today.clone());
            async move {
                let mut writer = writers.get(person).ok_or("no writer")?.lock().await;
                writer.save(round, &today).await
            }
        }
    };
    let mut done = 5;
    at_once(WRITERS, done, Duration::ZERO, save.clone()).await?;
    for (how, pause, each) in [
        (
            "each thinks for a second between two",
            THINKING,
            PACED_SAVES,
        ),
        ("without a pause", Duration::ZERO, SAVES_EACH),
    ] {
        let saves = at_once(WRITERS, each, pause, {
            let (save, first) = (save.clone(), done);
            move |person, round| save(person, round + first)
        })
        .await?;
        done += each;
        report.against(
            format!("save one answer, 20 at once, {how}, p95"),
            data.clone(),
            (milliseconds(saves.percentile(95)), 20.0, "ms"),
            &saves.summary(),
        );
    }
    let alone = at_once(1, 200, Duration::ZERO, move |person, round| {
        save(person, round + done)
    })
    .await?;
    report.told(
        "save one answer, one at a time",
        data.clone(),
        alone.summary(),
    );

    let secretariat = world.of("regional_manager")?.first().ok_or("nobody")?;
    let client = Client::new(&program.base, &secretariat.session);
    let path = "/api/v1/sheets?limit=500";
    let listed = client.page(path).await?.json()?["items"]
        .as_array()
        .map_or(0, Vec::len);
    let lists = at_once(1, LISTS, Duration::ZERO, move |_, _| {
        let client = client.clone();
        async move { Ok(client.page(path).await?.took) }
    })
    .await?;
    report.against(
        "state of all institutions through the API, p95",
        format!("{engine}, {listed} institutions in one answer"),
        (milliseconds(lists.percentile(95)), 50.0, "ms"),
        &lists.summary(),
    );
    program.stop().await
}
