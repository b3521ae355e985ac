//! `yagura members import`: a roll of members from a workbook or CSV.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Subcommand};
use serde::Serialize;
use yagura_kernel::id::{OrganizationId, parse_uuid};
use yagura_kernel::organization::OrganizationKind;
use yagura_kernel::policy::{Action, Standing, actions};
use yagura_region::import::{Counts, Remark, Running, Stage, apply_file, field_label, issue_text};
use yagura_store::directory::{self, Organization};
use yagura_store::{Database, StoreError, audit};
use yagura_web::i18n::{Translator, args};

use super::terminal::{self, CommandError, MOST_REMARKS, line};
use crate::config::Config;

/// The largest file, as on the pages.
const LARGEST_FILE: u64 = 20 << 20;

/// 会員名簿 / Rolls of members
#[derive(Debug, Subcommand)]
pub enum Members {
    /// 名簿(xlsx、CSV)を取り込みます / Take a roll over from a workbook or CSV
    Import(Import),
}

/// What an import is told.
#[derive(Debug, Args)]
pub struct Import {
    /// 名簿のファイル / The file
    file: PathBuf,
    /// 名簿を持つ組織の名前、コードまたは ID / Name, code or id of the body whose roll it is
    #[arg(long)]
    region: String,
    /// 書き込まずに結果だけを示します / Only say what would happen
    #[arg(long)]
    dry_run: bool,
    /// 結果を JSON で出力します / Print the outcome as JSON
    #[arg(long)]
    json: bool,
}

#[derive(Serialize)]
struct Report {
    file: String,
    region: RegionOf,
    dry_run: bool,
    applied: bool,
    rows: usize,
    counts: Counts,
    issues: Vec<IssueOf>,
}

#[derive(Serialize)]
struct RegionOf {
    id: OrganizationId,
    name: String,
}

#[derive(Serialize)]
struct IssueOf {
    severity: &'static str,
    sheet: String,
    row: u32,
    column: Option<String>,
    field: &'static str,
    message: String,
}

/// Runs the command.
///
/// # Errors
/// [`CommandError`]; errors in cells of the file are told and give exit code 1.
pub async fn run(
    command: Members,
    config: &Config,
    t: &Translator,
) -> Result<ExitCode, CommandError> {
    let Members::Import(import) = command;
    let bytes = terminal::read_file(&import.file, LARGEST_FILE)?;
    let file = terminal::name_of(&import.file);
    let installation = terminal::open(config).await?;
    let app = &installation.app;
    let region = find_region(app.database(), &import.region).await?;
    let proof = terminal::right::<actions::ManageMembers>(region.id, region.kind, Standing::Own)?;
    let running = Running {
        ids: app.ids(),
        now: app.now(),
        overseer_name: &region.name,
    };
    let bar = terminal::bar(t.t("cli-members-reading").to_owned(), false);
    let writing = t.t("cli-members-writing").to_owned();
    let mut progress = |stage: Stage, done: usize, total: usize| {
        if stage == Stage::Writing {
            bar.set_message(writing.clone());
        }
        bar.set_length(total as u64);
        bar.set_position(done as u64);
    };
    let outcome = apply_file(
        app.database(),
        &proof,
        &bytes,
        &file,
        import.dry_run,
        running,
        &mut progress,
    )
    .await;
    bar.finish_and_clear();
    let outcome = outcome?;
    let applied = !import.dry_run && outcome.counts.errors == 0;
    if applied {
        let detail = serde_json::json!({
            "act": "import", "counts": outcome.counts, "file": file,
        });
        let mut tx = app.database().begin().await?;
        let resource = ("member_import", region.id.to_string());
        let action = Action::ManageMembers.code();
        terminal::log(app, &mut tx, action, resource, Some(region.id), detail).await?;
        tx.commit().await?;
        audit::sequence(app.database(), &installation.audit_key, app.now()).await?;
    }
    let all = outcome.parsed.issues.and(&outcome.plan.issues).kept;
    let report = Report {
        file,
        region: RegionOf {
            id: region.id,
            name: region.name.clone(),
        },
        dry_run: import.dry_run,
        applied,
        rows: outcome.parsed.rows.len(),
        counts: outcome.counts,
        issues: all
            .iter()
            .map(|issue| IssueOf {
                severity: match issue.remark {
                    Remark::Error(_) => "error",
                    Remark::Notice(_) => "notice",
                },
                sheet: issue.sheet.clone(),
                row: issue.row,
                column: issue.column.clone(),
                field: issue.field.code(),
                message: format!("{}: {}", field_label(t, issue.field), issue_text(t, issue)),
            })
            .collect(),
    };
    app.database().close().await;
    if import.json {
        terminal::json(&report)?;
    } else {
        print(t, &report);
    }
    Ok(if report.counts.errors > 0 {
        ExitCode::FAILURE
    } else {
        ExitCode::SUCCESS
    })
}

fn print(t: &Translator, report: &Report) {
    for issue in report.issues.iter().take(MOST_REMARKS) {
        let place = t.t_args(
            "cli-place",
            args![
                ("sheet", issue.sheet.as_str()),
                ("row", issue.row.to_string()),
                ("column", issue.column.as_deref().unwrap_or("–"))
            ],
        );
        line(format!("{place} {}", issue.message));
    }
    if report.issues.len() > MOST_REMARKS {
        line(t.t_args(
            "cli-more",
            args![("count", report.issues.len() - MOST_REMARKS)],
        ));
    }
    let counts = &report.counts;
    line(t.t_args(
        "cli-members-counts",
        args![
            ("region", report.region.name.as_str()),
            ("new", counts.new + counts.joining),
            ("changed", counts.changed),
            ("unchanged", counts.unchanged),
            ("stay", counts.not_in_file),
            ("errors", counts.errors)
        ],
    ));
    line(if report.applied {
        t.t("cli-members-applied")
    } else if counts.errors > 0 {
        t.t("cli-members-has-errors")
    } else {
        t.t("cli-members-dry-run")
    });
}

/// The body that is meant: by id, by code, or by the beginning of its name.
async fn find_region(database: &Database, given: &str) -> Result<Organization, CommandError> {
    let is_regional = |found: Organization| {
        if found.kind.is_regional() {
            Ok(found)
        } else {
            Err(CommandError::NotARegion(found.name))
        }
    };
    if let Ok(id) = parse_uuid(given) {
        return match directory::get(database, id.into()).await {
            Ok(found) => is_regional(found),
            Err(StoreError::NotFound) => Err(CommandError::NoRegion(given.to_owned())),
            Err(error) => Err(error.into()),
        };
    }
    if let Some(found) = directory::find_by_code(database, given).await? {
        return is_regional(found);
    }
    let mut found = Vec::new();
    for kind in OrganizationKind::ALL
        .into_iter()
        .filter(|kind| kind.is_regional())
    {
        found.extend(directory::search(database, kind, given, 10).await?);
    }
    let exact: Vec<usize> = (0..found.len())
        .filter(|at| found.get(*at).is_some_and(|one| one.name == given))
        .collect();
    let at = match (exact.as_slice(), found.len()) {
        ([one], _) => *one,
        ([], 0) => return Err(CommandError::NoRegion(given.to_owned())),
        ([], 1) => 0,
        _ => {
            let candidates: Vec<String> = found
                .iter()
                .map(|one| format!("{} ({})", one.name, one.id))
                .collect();
            return Err(CommandError::ManyRegions {
                given: given.to_owned(),
                candidates: candidates.join(", "),
            });
        }
    };
    Ok(found.swap_remove(at))
}
