//! A region of 240,000 members on PostgreSQL, beside one of 392 on the same server.
//!
//! The members beyond the fictional 392 are copies of them under names of their own, with their
//! places in the register and in what overseers read, for every fiscal year. Their sheets and
//! answers are not copied: the pages that are measured do not read those.

use std::path::Path;
use std::time::Duration;

use yagura_checklists::overview;
use yagura_kernel::id::OrganizationId;
use yagura_store::{Database, params};

use crate::Failure;
use crate::client::Client;
use crate::figures::{Report, Times, milliseconds};
use crate::load::at_once;
use crate::program::Program;
use crate::world::{Person, World, open};

/// 392 × 613 = 240,296.
const TIMES_AS_MANY: i64 = 613;
const READERS: usize = 4;
const ROUNDS: usize = 50;

const PAGES: &[(&str, &str)] = &[
    ("matrix", "/region/matrix"),
    ("matrix through the API", "/api/v1/matrix?limit=100"),
    ("who has not answered", "/region/call-list"),
    ("comparison", "/region/comparison"),
    ("comparison through the API", "/api/v1/statistics"),
    ("trend", "/region/trend"),
    ("home of the region", "/"),
];

pub(crate) async fn run(binary: &Path, report: &mut Report) -> Result<(), Failure> {
    let Some(postgres) = yagura_store::testing::empty_postgres().await else {
        report.told(
            "matrix and comparison",
            "PostgreSQL",
            "no server on this machine",
        );
        return Ok(());
    };
    let world = World::new(Some(postgres.url.clone()), 10).await?;
    let mut largest: Option<(Person, i64)> = None;
    for person in world.of("regional_manager")? {
        let members = members_of(&postgres.database, person.organization).await?;
        if largest.as_ref().is_none_or(|(_, most)| members > *most) {
            largest = Some((person.clone(), members));
        }
    }
    let (reader, members) = largest.ok_or("nobody oversees")?;
    let few = measure(binary, &world, &reader).await?;
    for (name, times) in &few {
        report.told(
            format!("{name} of a region"),
            format!("PostgreSQL, {members} members, {READERS} readers"),
            times.summary(),
        );
    }

    multiply(&postgres.database, reader.organization).await?;
    let members = members_of(&postgres.database, reader.organization).await?;
    refresh(&world, reader.organization, report, members).await?;
    let many = measure(binary, &world, &reader).await?;
    for ((name, times), (_, before)) in many.iter().zip(&few) {
        let p95 = milliseconds(times.percentile(95));
        let ratio = p95 / milliseconds(before.percentile(95)).max(0.001);
        let data = format!("PostgreSQL, {members} members, {READERS} readers");
        report.against(
            format!("{name} of a country, p95"),
            data.clone(),
            (p95, 200.0, "ms"),
            &times.summary(),
        );
        report.against(
            format!("{name}: country against region, p95"),
            data,
            (ratio, 4.0, "times"),
            "",
        );
    }
    Ok(())
}

async fn members_of(database: &Database, overseer: OrganizationId) -> Result<i64, Failure> {
    Ok(database
        .count(
            "SELECT count(DISTINCT member_id) AS n FROM overseen_sheets WHERE overseer_id = $1",
            params![overseer],
        )
        .await?)
}

async fn multiply(database: &Database, overseer: OrganizationId) -> Result<(), Failure> {
    let mut tx = database.begin_long().await?;
    tx.execute(
        "CREATE TABLE bench_copies AS
         SELECT m.member_id AS old, gen_random_uuid() AS new, n
         FROM (SELECT DISTINCT member_id FROM overseen_sheets WHERE overseer_id = $1) m
         CROSS JOIN generate_series(2, CAST($2 AS BIGINT)) n",
        params![overseer, TIMES_AS_MANY],
    )
    .await?;
    tx.execute(
        "INSERT INTO organizations (id, kind, name, search_key, region_code, permitted_beds,
             address, phone, email, closed_on, version, created_at)
         SELECT c.new, o.kind, o.name || ' ' || c.n, o.search_key || c.n, o.region_code,
             o.permitted_beds, o.address, o.phone, NULL, o.closed_on, o.version, o.created_at
         FROM bench_copies c JOIN organizations o ON o.id = c.old",
        params![],
    )
    .await?;
    tx.execute(
        "INSERT INTO relations (id, kind, from_id, to_id, sharing, valid_from, valid_until, note)
         SELECT gen_random_uuid(), r.kind, r.from_id, c.new, r.sharing, r.valid_from,
             r.valid_until, r.note
         FROM bench_copies c JOIN relations r ON r.to_id = c.old AND r.from_id = $1",
        params![overseer],
    )
    .await?;
    tx.execute(
        "INSERT INTO relations (id, kind, from_id, to_id, sharing, valid_from, valid_until, note)
         SELECT gen_random_uuid(), r.kind, c.new, r.to_id, r.sharing, r.valid_from,
             r.valid_until, r.note
         FROM bench_copies c JOIN relations r ON r.from_id = c.old AND r.to_id = $1",
        params![overseer],
    )
    .await?;
    tx.execute(
        "INSERT INTO overseen_sheets (overseer_id, fiscal_year, member_id, kind, size_group, name,
             search_key, region_code, permitted_beds, sharing, sheet_id, pack_id, pack_version,
             cells, verified, documented, declared, no_count, contradiction, unanswered,
             not_applicable, answered, applicable, urgency, next_target, opened_at,
             round1_done_at, changed_at)
         SELECT s.overseer_id, s.fiscal_year, c.new, s.kind, s.size_group, s.name || ' ' || c.n,
             s.search_key || c.n, s.region_code, s.permitted_beds, s.sharing, s.sheet_id,
             s.pack_id, s.pack_version, s.cells, s.verified, s.documented, s.declared,
             s.no_count, s.contradiction, s.unanswered, s.not_applicable, s.answered,
             s.applicable, s.urgency, s.next_target, s.opened_at, s.round1_done_at, s.changed_at
         FROM bench_copies c JOIN overseen_sheets s ON s.member_id = c.old AND s.overseer_id = $1",
        params![overseer],
    )
    .await?;
    tx.execute("DROP TABLE bench_copies", params![]).await?;
    // What the server does by itself within a minute or two of so large a change.
    for table in ["organizations", "relations", "overseen_sheets"] {
        let sql = yagura_store::ComposedSql(format!("ANALYZE {table}"));
        tx.execute(sql, params![]).await?;
    }
    tx.commit().await?;
    Ok(())
}

/// What a job does after changes.
async fn refresh(
    world: &World,
    overseer: OrganizationId,
    report: &mut Report,
    members: i64,
) -> Result<(), Failure> {
    let installation = open(&world.data, world.database.clone()).await?;
    let app = &installation.app;
    let packs = app.packs();
    let mut year = app.fiscal_year();
    let begun = std::time::Instant::now();
    let mut years = 0;
    while year.year() >= 2023 {
        overview::refresh_statistics(app.database(), &packs, overseer, year, app.now()).await?;
        years += 1;
        year = year.previous();
    }
    report.told(
        "job: sums of a country made again, one fiscal year",
        format!("PostgreSQL, {members} members"),
        format!("{:.1} s", begun.elapsed().as_secs_f64() / f64::from(years)),
    );
    app.database().close().await;
    Ok(())
}

async fn measure(
    binary: &Path,
    world: &World,
    reader: &Person,
) -> Result<Vec<(&'static str, Times)>, Failure> {
    let program = Program::start(binary, &world.arguments()).await?;
    let client = Client::new(&program.base, &reader.session);
    // Jobs that wait since the filling are not what is measured.
    tokio::time::sleep(Duration::from_secs(10)).await;
    let mut all = Vec::new();
    for (name, path) in PAGES {
        for _ in 0..3 {
            client.page(path).await?;
        }
        let times = at_once(READERS, ROUNDS, Duration::ZERO, {
            let client = client.clone();
            move |_, _| {
                let client = client.clone();
                async move { Ok(client.page(path).await?.took) }
            }
        })
        .await?;
        all.push((*name, times));
    }
    program.stop().await?;
    Ok(all)
}
