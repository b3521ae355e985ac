//! `yagura packs list|verify|import|withdraw`.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Subcommand, ValueEnum};
use serde::Serialize;
use serde_json::json;
use yagura_kernel::id::OrganizationId;
use yagura_kernel::organization::OrganizationKind;
use yagura_kernel::policy::{Action, Authorized, Standing, actions};
use yagura_kernel::time::{FiscalYear, format_iso};
use yagura_packs::{Library, Pack, PackVersion, Severity, Sheet, verify_within};
use yagura_rulepacks::{
    LARGEST_FILE, Loaded, Prepared, ReadFile, ReadOptions, Withdrawal, change_text, counts,
    detail_of, finding_text, load, prepare, read, remark_text, take,
};
use yagura_store::{Database, audit};
use yagura_web::i18n::{Translator, args};

use super::terminal::{self, CommandError, line};
use crate::config::Config;

/// 様式データ / Rule packs
#[derive(Debug, Subcommand)]
pub enum Packs {
    /// 使っている様式の一覧 / The packs in use
    List {
        /// 結果を JSON で出力します / Print them as JSON
        #[arg(long)]
        json: bool,
    },
    /// 様式を検査します(ファイルがなければ使っているものすべて) / Check a file, or all packs in use
    Verify {
        /// 検査するファイル / The file
        file: Option<PathBuf>,
        /// What the file does not say.
        #[command(flatten)]
        reading: Reading,
        /// 結果を JSON で出力します / Print the findings as JSON
        #[arg(long)]
        json: bool,
    },
    /// 様式を取り込みます / Take a pack over
    Import {
        /// 取り込むファイル(TOML、YAML、JSON、xlsx、CSV) / The file
        file: PathBuf,
        /// What the file does not say.
        #[command(flatten)]
        reading: Reading,
        /// 書き込まずに結果だけを示します / Only say what would happen
        #[arg(long)]
        dry_run: bool,
        /// 結果を JSON で出力します / Print the outcome as JSON
        #[arg(long)]
        json: bool,
    },
    /// 取り込んだ様式を取り下げます / Withdraw a pack that was imported
    Withdraw {
        /// 様式の名前(`packs list` の最初の欄) / The pack, as `packs list` names it
        pack: String,
        /// 版。指定しないときは最新の版 / Its version; the newest where none is given
        #[arg(long, value_name = "VERSION")]
        pack_version: Option<PackVersion>,
        /// 結果を JSON で出力します / Print the outcome as JSON
        #[arg(long)]
        json: bool,
    },
}

/// What a file does not say by itself.
#[derive(Debug, Args)]
pub struct Reading {
    /// 年度(令和8年度、2026 など)。ファイルにないときだけ / Fiscal year, where the file has none
    #[arg(long, value_parser = parse_year)]
    year: Option<FiscalYear>,
    /// シートの種類。ファイルにないとき / Which sheet, where the file does not say it
    #[arg(long, value_enum)]
    sheet: Option<SheetWord>,
    /// 公表されたファイルそのものです(文言を照合済みとします) / It is the very file that was published
    #[arg(long)]
    official: bool,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum SheetWord {
    Institution,
    Vendor,
    General,
}

fn parse_year(text: &str) -> Result<FiscalYear, String> {
    FiscalYear::parse(text).map_err(|error| error.to_string())
}

impl Reading {
    fn options(&self) -> ReadOptions {
        ReadOptions {
            fiscal_year: self.year,
            sheet: self.sheet.map(|word| match word {
                SheetWord::Institution => Sheet::Institution,
                SheetWord::Vendor => Sheet::Vendor,
                SheetWord::General => Sheet::General,
            }),
            official: self.official,
        }
    }
}

#[derive(Serialize)]
struct PackOf {
    id: String,
    version: String,
    kind: &'static str,
    fiscal_year: Option<i32>,
    title: String,
    valid_from: String,
    valid_to: Option<String>,
    rows: usize,
    unverified: usize,
    origin: &'static str,
}

#[derive(Serialize)]
struct FindingOf {
    pack: String,
    severity: &'static str,
    place: String,
    message: String,
}

#[derive(Serialize)]
struct VerifyReport {
    packs: usize,
    errors: usize,
    warnings: usize,
    findings: Vec<FindingOf>,
    unusable: Vec<String>,
}

#[derive(Serialize)]
struct ImportReport {
    pack: String,
    version: String,
    standing: &'static str,
    applied: bool,
    dry_run: bool,
    rows: usize,
    unverified: usize,
    remarks: Vec<String>,
    changes: Vec<String>,
    findings: Vec<FindingOf>,
}

/// Runs the command.
///
/// # Errors
/// [`CommandError`]; findings are told and give exit code 1.
pub async fn run(
    command: Packs,
    config: &Config,
    t: &Translator,
) -> Result<ExitCode, CommandError> {
    match command {
        Packs::List { json } => list(config, t, json).await,
        Packs::Verify {
            file,
            reading,
            json,
        } => verify(config, t, file, &reading, json).await,
        Packs::Import {
            file,
            reading,
            dry_run,
            json,
        } => import(config, t, &file, &reading, dry_run, json).await,
        Packs::Withdraw {
            pack,
            pack_version,
            json,
        } => withdraw(config, t, &pack, pack_version, json).await,
    }
}

/// The packs of the installation, or those that ship with the program where there is none.
async fn library(config: &Config) -> Result<Loaded, CommandError> {
    let builtin = || Loaded {
        library: Library::builtin().clone(),
        faults: Vec::new(),
        number: 0,
    };
    if !terminal::exists(config) {
        return Ok(builtin());
    }
    let database = Database::open(&config.database).await?;
    let loaded = load(&database).await;
    database.close().await;
    match loaded {
        Ok(loaded) => Ok(loaded),
        // An installation of an older program has no table for them yet.
        Err(yagura_store::StoreError::Statement(_)) => Ok(builtin()),
        Err(error) => Err(error.into()),
    }
}

async fn list(config: &Config, t: &Translator, json: bool) -> Result<ExitCode, CommandError> {
    let loaded = library(config).await?;
    let builtin = Library::builtin();
    let packs: Vec<PackOf> = loaded
        .library
        .packs()
        .map(|pack| {
            let (rows, unverified) = counts(pack);
            PackOf {
                id: pack.id.clone(),
                version: pack.version.to_string(),
                kind: pack.kind().as_str(),
                fiscal_year: pack.fiscal_year.map(FiscalYear::year),
                title: pack.title.in_language(t.lang().code()).to_owned(),
                valid_from: format_iso(pack.valid_from),
                valid_to: pack.valid_to.map(format_iso),
                rows,
                unverified,
                origin: match builtin.version(&pack.id, pack.version) {
                    Some(_) => "builtin",
                    None => "imported",
                },
            }
        })
        .collect();
    if json {
        terminal::json(&packs)?;
        return Ok(ExitCode::SUCCESS);
    }
    for pack in &packs {
        line(t.t_args(
            "cli-packs-line",
            args![
                ("id", pack.id.as_str()),
                ("version", pack.version.as_str()),
                ("title", pack.title.as_str()),
                ("from", pack.valid_from.as_str()),
                ("to", pack.valid_to.as_deref().unwrap_or("")),
                ("rows", pack.rows),
                ("unverified", pack.unverified)
            ],
        ));
    }
    Ok(ExitCode::SUCCESS)
}

fn findings_of(t: &Translator, pack: &Pack, library: &Library) -> Vec<FindingOf> {
    verify_within(pack, library)
        .iter()
        .map(|finding| FindingOf {
            pack: pack.id.clone(),
            severity: finding.severity.as_str(),
            place: finding.place.to_string(),
            message: finding_text(t, finding),
        })
        .collect()
}

fn read_pack(
    t: &Translator,
    file: &std::path::Path,
    reading: &Reading,
) -> Result<ReadFile, CommandError> {
    let bytes = terminal::read_file(file, LARGEST_FILE)?;
    read(&bytes, &terminal::name_of(file), &reading.options()).map_err(|error| {
        CommandError::Content {
            path: file.to_owned(),
            reason: remark_text(t, &error.said()),
        }
    })
}

async fn verify(
    config: &Config,
    t: &Translator,
    file: Option<PathBuf>,
    reading: &Reading,
    json: bool,
) -> Result<ExitCode, CommandError> {
    let loaded = library(config).await?;
    let library = &loaded.library;
    let (packs, findings) = match file {
        Some(file) => {
            let prepared = prepare(&read_pack(t, &file, reading)?, library);
            (1, findings_of(t, &prepared.pack, library))
        }
        None => {
            let findings: Vec<FindingOf> = library
                .packs()
                .flat_map(|pack| findings_of(t, pack, library))
                .collect();
            (library.packs().count(), findings)
        }
    };
    let count = |severity: Severity| {
        findings
            .iter()
            .filter(|finding| finding.severity == severity.as_str())
            .count()
    };
    let mut unusable: Vec<String> = loaded
        .faults
        .iter()
        .map(|fault| {
            let arguments = vec![
                ("pack", fault.pack.clone()),
                ("version", fault.version.clone()),
            ];
            terminal::said(t, fault.reason.message_key(), arguments)
        })
        .collect();
    unusable.extend(library.unreadable().iter().cloned());
    let report = VerifyReport {
        packs,
        errors: count(Severity::Error) + unusable.len(),
        warnings: count(Severity::Warning),
        findings,
        unusable,
    };
    if json {
        terminal::json(&report)?;
    } else {
        print_findings(&report.findings);
        for fault in &report.unusable {
            line(fault);
        }
        line(t.t_args(
            "cli-packs-verified",
            args![
                ("packs", report.packs),
                ("errors", report.errors),
                ("warnings", report.warnings)
            ],
        ));
    }
    Ok(if report.errors > 0 {
        ExitCode::FAILURE
    } else {
        ExitCode::SUCCESS
    })
}

fn print_findings(findings: &[FindingOf]) {
    for finding in findings {
        line(format!(
            "{} {} {}: {}",
            finding.severity, finding.pack, finding.place, finding.message
        ));
    }
}

/// The packs belong to the installation, to no organisation.
fn right() -> Result<Authorized<actions::ManagePacks>, CommandError> {
    let nobody = OrganizationId::from(uuid::Uuid::nil());
    terminal::right(nobody, OrganizationKind::Operator, Standing::Installation)
}

async fn import(
    config: &Config,
    t: &Translator,
    file: &std::path::Path,
    reading: &Reading,
    dry_run: bool,
    json: bool,
) -> Result<ExitCode, CommandError> {
    let read = read_pack(t, file, reading)?;
    let installation = terminal::open(config).await?;
    let app = &installation.app;
    let proof = right()?;
    let prepared = take(
        app.database(),
        &proof,
        app.ids().id(),
        &read,
        dry_run,
        app.now(),
        async |tx, prepared: &Prepared| {
            let detail = detail_of(prepared, &read);
            let resource = ("pack", prepared.pack.id.clone());
            terminal::log(app, tx, Action::ManagePacks.code(), resource, None, detail).await
        },
    )
    .await?;
    audit::sequence(app.database(), &installation.audit_key, app.now()).await?;
    app.database().close().await;
    let (rows, unverified) = counts(&prepared.pack);
    let report = ImportReport {
        pack: prepared.pack.id.clone(),
        version: prepared.pack.version.to_string(),
        standing: prepared.standing.code(),
        applied: !dry_run && prepared.can_be_taken(),
        dry_run,
        rows,
        unverified,
        remarks: read
            .remarks
            .iter()
            .map(|remark| remark_text(t, remark))
            .collect(),
        changes: prepared
            .changes
            .iter()
            .map(|change| change_text(t, change))
            .collect(),
        findings: prepared
            .findings
            .iter()
            .map(|finding| FindingOf {
                pack: prepared.pack.id.clone(),
                severity: finding.severity.as_str(),
                place: finding.place.to_string(),
                message: finding_text(t, finding),
            })
            .collect(),
    };
    if json {
        terminal::json(&report)?;
    } else {
        print_findings(&report.findings);
        for text in report.remarks.iter().chain(&report.changes) {
            line(text);
        }
        let key = match (prepared.can_be_taken(), dry_run) {
            (true, false) => "cli-packs-applied",
            (true, true) => "cli-packs-dry-run",
            (false, _) if report.standing == "same" => "cli-packs-same",
            (false, _) if report.standing == "conflict" => "cli-packs-conflict",
            (false, _) if report.standing == "older" => "cli-packs-older",
            (false, _) => "cli-packs-refused",
        };
        let arguments = vec![
            ("pack", report.pack.clone()),
            ("version", report.version.clone()),
        ];
        line(terminal::said(t, key, arguments));
    }
    // The same again is what the caller wanted.
    let is_fine = prepared.can_be_taken() || report.standing == "same";
    Ok(if is_fine {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

#[derive(Serialize)]
struct WithdrawalReport {
    pack: String,
    version: Option<String>,
    withdrawn: bool,
    message: String,
}

async fn withdraw(
    config: &Config,
    t: &Translator,
    pack: &str,
    version: Option<PackVersion>,
    json: bool,
) -> Result<ExitCode, CommandError> {
    let installation = terminal::open(config).await?;
    let app = &installation.app;
    let proof = right()?;
    let loaded = load(app.database()).await?;
    let version = version.or_else(|| loaded.library.get(pack).map(|pack| pack.version));
    let answer = match version {
        None => Withdrawal::NotImported,
        Some(version) => {
            let mut tx = app.database().begin_long().await?;
            let answer = yagura_rulepacks::withdraw(&mut tx, &proof, pack, version).await?;
            if answer == Withdrawal::Done {
                let detail = json!({ "act": "withdraw", "version": version.to_string() });
                let resource = ("pack", pack.to_owned());
                terminal::log(
                    app,
                    &mut tx,
                    Action::ManagePacks.code(),
                    resource,
                    None,
                    detail,
                )
                .await?;
                tx.commit().await?;
            }
            answer
        }
    };
    audit::sequence(app.database(), &installation.audit_key, app.now()).await?;
    app.database().close().await;
    let arguments = answer.message_arguments();
    let report = WithdrawalReport {
        pack: pack.to_owned(),
        version: version.map(|version| version.to_string()),
        withdrawn: answer == Withdrawal::Done,
        message: terminal::said(t, answer.message_key(), arguments),
    };
    if json {
        terminal::json(&report)?;
    } else {
        line(&report.message);
    }
    Ok(if report.withdrawn {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}
