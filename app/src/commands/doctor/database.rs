//! The database and what is in it: schema, its clock, jobs, the audit log, rule packs.

use yagura_kernel::time::{Clock as _, FiscalYear, Instant, SystemClock};
use yagura_packs::{Library, Sheet};
use yagura_rulepacks::{counts, load};
use yagura_store::{AppliedMigration, Cause, Database, Engine, StoreError, jobs, params, row};

use super::outside::TOLERATED_SECONDS;
use super::{Checks, State};
use crate::commands::failure::cause_words;
use crate::commands::terminal;
use crate::config::Config;
use crate::installation::migrations;

/// For how long an entry of the audit log may wait for its place, in seconds.
const SEQUENCED_AFTER: i64 = 60;
/// How many overdue jobs are too many.
const MANY_JOBS: i64 = 100;
/// For how long a job may be overdue, in seconds.
const OVERDUE_AFTER: i64 = 600;

pub(super) async fn check(checks: &mut Checks<'_>, config: &Config) {
    let url = format!("{:?}", config.database);
    if !terminal::exists(config) {
        checks.fail(
            "database",
            (
                "cli-doctor-database-absent",
                "cli-doctor-database-absent-mend",
            ),
            vec![("database", url)],
        );
        packs(checks, Library::builtin(), &[]);
        return;
    }
    let database = match Database::open(&config.database).await {
        Ok(database) => database,
        Err(error) => {
            checks.fail(
                "database",
                (
                    "cli-doctor-database-unreachable",
                    "cli-doctor-database-unreachable-mend",
                ),
                vec![("database", url), ("reason", words(checks, &error))],
            );
            packs(checks, Library::builtin(), &[]);
            return;
        }
    };
    if let Err(error) = inside(checks, &database, url.clone()).await {
        checks.fail(
            "database",
            (
                "cli-doctor-database-unreachable",
                "cli-doctor-database-unreachable-mend",
            ),
            vec![("database", url), ("reason", words(checks, &error))],
        );
    }
    database.close().await;
}

fn words(checks: &Checks<'_>, error: &StoreError) -> String {
    cause_words(checks.t, &Cause::from(error))
}

async fn inside(
    checks: &mut Checks<'_>,
    database: &Database,
    url: String,
) -> Result<(), StoreError> {
    let engine = match database.engine() {
        Engine::Sqlite => "SQLite",
        Engine::Postgres => "PostgreSQL",
    };
    if !schema(checks, database, engine, url).await? {
        packs(checks, Library::builtin(), &[]);
        return Ok(());
    }
    let now = SystemClock.now();
    clock(checks, database, now).await?;
    queue(checks, database, now).await?;
    log(checks, database, now).await?;
    let loaded = load(database).await?;
    let faults: Vec<String> = loaded
        .faults
        .iter()
        .map(|fault| {
            let arguments = vec![
                ("pack", fault.pack.clone()),
                ("version", fault.version.clone()),
            ];
            terminal::said(checks.t, fault.reason.message_key(), arguments)
        })
        .collect();
    packs(checks, &loaded.library, &faults);
    Ok(())
}

/// Whether the tables are those of this program.
async fn schema(
    checks: &mut Checks<'_>,
    database: &Database,
    engine: &str,
    url: String,
) -> Result<bool, StoreError> {
    let applied: Result<Vec<AppliedMigration>, StoreError> = database
        .rows(
            "SELECT name, fingerprint, applied_at FROM migrations",
            params![],
        )
        .await;
    let applied = match applied {
        Ok(applied) => applied,
        // There is a database without the table: the server has never run on it.
        Err(StoreError::Statement(_)) => Vec::new(),
        Err(error) => return Err(error),
    };
    let steps = migrations();
    let steps: Vec<_> = steps.iter().flat_map(|list| list.iter()).collect();
    let unknown = applied
        .iter()
        .find(|step| !steps.iter().any(|known| known.name == step.name));
    let pending = steps
        .iter()
        .filter(|step| !applied.iter().any(|known| known.name == step.name))
        .count();
    let mut arguments = vec![
        ("engine", engine.to_owned()),
        ("database", url),
        ("steps", applied.len().to_string()),
        ("pending", pending.to_string()),
    ];
    if let Some(unknown) = unknown {
        arguments.push(("step", unknown.name.clone()));
        checks.fail(
            "database",
            (
                "cli-doctor-database-newer",
                "cli-doctor-database-newer-mend",
            ),
            arguments,
        );
        return Ok(false);
    }
    if pending > 0 {
        checks.warn(
            "database",
            (
                "cli-doctor-database-pending",
                "cli-doctor-database-pending-mend",
            ),
            arguments,
        );
        return Ok(false);
    }
    checks.ok("database", "cli-doctor-database-ok", arguments);
    Ok(true)
}

row! {
    struct Stamp { at: i64 }
}

row! {
    struct Latest { at: Option<Instant> }
}

/// Holds our clock against the database server's, and against what was signed before.
async fn clock(
    checks: &mut Checks<'_>,
    database: &Database,
    now: Instant,
) -> Result<(), StoreError> {
    if database.engine() == Engine::Postgres {
        let stamp: Stamp = database
            .one(
                "SELECT CAST(EXTRACT(EPOCH FROM clock_timestamp()) AS BIGINT) AS at",
                params![],
            )
            .await?;
        let difference = stamp.at - now.as_micros() / 1_000_000;
        if difference.abs() > TOLERATED_SECONDS {
            let arguments = vec![("seconds", difference.to_string())];
            let keys = ("cli-doctor-clock-database", "cli-doctor-clock-mend");
            checks.warn("database_clock", keys, arguments);
            return Ok(());
        }
    }
    let latest: Latest = database
        .one(
            "SELECT MAX(signed_at) AS at FROM audit_checkpoints",
            params![],
        )
        .await?;
    match latest.at {
        Some(at) if at.seconds_since(now) > TOLERATED_SECONDS => {
            let arguments = vec![("when", checks.t.date_time(at))];
            let keys = ("cli-doctor-clock-back", "cli-doctor-clock-back-mend");
            checks.fail("database_clock", keys, arguments);
        }
        _ => checks.ok("database_clock", "cli-doctor-clock-database-ok", Vec::new()),
    }
    Ok(())
}

async fn queue(
    checks: &mut Checks<'_>,
    database: &Database,
    now: Instant,
) -> Result<(), StoreError> {
    let (waiting, failed) = jobs::backlog(database, now).await?;
    let (overdue, _) = jobs::backlog(database, now.plus_seconds(-OVERDUE_AFTER)).await?;
    let arguments = vec![
        ("waiting", waiting.to_string()),
        ("overdue", overdue.to_string()),
        ("failed", failed.to_string()),
    ];
    if failed > 0 {
        let keys = ("cli-doctor-jobs-failed", "cli-doctor-jobs-failed-mend");
        checks.warn("jobs", keys, arguments);
    } else if overdue > 0 || waiting > MANY_JOBS {
        let keys = ("cli-doctor-jobs-waiting", "cli-doctor-jobs-waiting-mend");
        checks.warn("jobs", keys, arguments);
    } else {
        checks.ok("jobs", "cli-doctor-jobs-ok", arguments);
    }
    Ok(())
}

async fn log(checks: &mut Checks<'_>, database: &Database, now: Instant) -> Result<(), StoreError> {
    let waiting = database
        .count(
            "SELECT count(*) AS n FROM audit_entries WHERE position IS NULL",
            params![],
        )
        .await?;
    let late = database
        .count(
            "SELECT count(*) AS n FROM audit_entries WHERE position IS NULL AND at < $1",
            params![now.plus_seconds(-SEQUENCED_AFTER)],
        )
        .await?;
    let arguments = vec![("waiting", waiting.to_string()), ("late", late.to_string())];
    if late > 0 {
        let keys = ("cli-doctor-audit-late", "cli-doctor-audit-late-mend");
        checks.warn("audit", keys, arguments);
    } else {
        checks.ok("audit", "cli-doctor-audit-ok", arguments);
    }
    Ok(())
}

/// Whether there is a form for the present fiscal year, and how sure its wording is.
fn packs(checks: &mut Checks<'_>, library: &Library, faults: &[String]) {
    let year = FiscalYear::of(SystemClock.now().jst_date());
    for fault in faults.iter().chain(library.unreadable()) {
        let arguments = vec![("reason", fault.clone())];
        let keys = (
            "cli-doctor-packs-unusable",
            "cli-doctor-packs-unusable-mend",
        );
        checks.bad("packs", State::Fail, keys, arguments);
    }
    for sheet in [Sheet::Institution, Sheet::Vendor] {
        let name = match sheet {
            Sheet::Vendor => "packs_vendor",
            _ => "packs_institution",
        };
        let mut arguments = vec![
            ("year", checks.t.fiscal_year(year)),
            (
                "sheet",
                terminal::said(checks.t, sheet_key(sheet), Vec::new()),
            ),
        ];
        match library.checklist(year, sheet) {
            None => checks.warn(
                name,
                ("cli-doctor-packs-absent", "cli-doctor-packs-absent-mend"),
                arguments,
            ),
            Some(pack) => {
                let (rows, open) = counts(pack);
                arguments.push(("rows", rows.to_string()));
                arguments.push(("open", open.to_string()));
                arguments.push(("pack", pack.id.clone()));
                if open > 0 {
                    let keys = ("cli-doctor-packs-open", "cli-doctor-packs-open-mend");
                    checks.warn(name, keys, arguments);
                } else {
                    checks.ok(name, "cli-doctor-packs-ok", arguments);
                }
            }
        }
    }
}

fn sheet_key(sheet: Sheet) -> &'static str {
    match sheet {
        Sheet::Vendor => "cli-sheet-vendor",
        _ => "cli-sheet-institution",
    }
}
