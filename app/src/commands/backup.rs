//! `yagura backup` and `yagura restore`.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

use clap::Args;
use indicatif::ProgressBar;
use serde::Serialize;
use yagura_kernel::id::{IdGenerator, SystemIds};
use yagura_kernel::time::{Clock as _, Instant, SystemClock};
use yagura_store::backup::{
    self, ArchiveSecret, BackupSource, DamagedFile, KeyFile, Manifest, Progress, RestoreTarget,
    Stage,
};
use yagura_store::blobs::{BlobKey, BlobStore};
use yagura_store::{Cause, Database, DatabaseUrl, audit};
use yagura_web::i18n::{Translator, args};
use zeroize::Zeroizing;

use super::terminal::{self, CommandError, line};
use crate::config::Config;
use crate::installation::migrations;
use crate::keys::Keys;

/// The keys of an installation, which go into its backup.
const KEYS: [&str; 3] = ["audit.key", "files.key", "secrets.key"];
/// The key of backups, which does not.
const BACKUP_KEY: &str = "backup.key";
/// The largest file with a secret.
const LARGEST_SECRET: u64 = 64 << 10;

/// By what the archive is encrypted.
#[derive(Debug, Args)]
#[group(multiple = false)]
pub struct Secret {
    /// 合言葉(16 文字以上)を書いたファイル / A file with a passphrase of at least 16 characters
    #[arg(long)]
    passphrase_file: Option<PathBuf>,
    /// 鍵のファイル [既定: データの keys/backup.key] / A file with a key
    #[arg(long)]
    key_file: Option<PathBuf>,
}

/// What a backup is told.
#[derive(Debug, Args)]
pub struct Backup {
    /// 作るファイル / The file to be made
    #[arg(long)]
    out: PathBuf,
    #[command(flatten)]
    secret: Secret,
    /// 作ったあとに最後まで読み直して確かめます / Read it again to its end afterwards
    #[arg(long)]
    verify: bool,
    /// 結果を JSON で出力します / Print the outcome as JSON
    #[arg(long)]
    json: bool,
}

/// What a restore is told.
#[derive(Debug, Args)]
pub struct Restore {
    /// バックアップのファイル / The backup
    file: PathBuf,
    #[command(flatten)]
    secret: Secret,
    /// 戻さずに、読めることだけを確かめます / Only check that it can be read
    #[arg(long)]
    verify: bool,
    /// 結果を JSON で出力します / Print the outcome as JSON
    #[arg(long)]
    json: bool,
}

#[derive(Serialize)]
struct Report<'r> {
    file: String,
    bytes: u64,
    #[serde(with = "yagura_kernel::time::rfc3339")]
    created_at: Instant,
    program_version: &'r str,
    rows: u64,
    files: u64,
    file_bytes: u64,
    damaged: &'r [DamagedFile],
    verified: bool,
    restored: bool,
}

fn stage_bar(t: &Translator) -> (ProgressBar, impl FnMut(Progress) + Send) {
    let bar = terminal::bar(String::new(), true);
    let words = [
        t.t("cli-backup-stage-rows").to_owned(),
        t.t("cli-backup-stage-files").to_owned(),
        t.t("cli-backup-stage-verifying").to_owned(),
        t.t("cli-backup-stage-restoring").to_owned(),
    ];
    let shown = bar.clone();
    let mut last = None;
    let progress = move |progress: Progress| {
        if last != Some(progress.stage) {
            last = Some(progress.stage);
            let [rows, files, verifying, restoring] = &words;
            shown.set_message(match progress.stage {
                Stage::Rows => rows.clone(),
                Stage::Files => files.clone(),
                Stage::Verifying => verifying.clone(),
                Stage::Restoring => restoring.clone(),
            });
        }
        shown.set_length(progress.total);
        shown.set_position(progress.done);
    };
    (bar, progress)
}

fn secret_text(path: &Path) -> Result<Zeroizing<String>, CommandError> {
    let bytes = Zeroizing::new(terminal::read_file(path, LARGEST_SECRET)?);
    let text = std::str::from_utf8(&bytes).map_err(|_| CommandError::File {
        path: path.to_owned(),
        cause: Cause::NotText,
    })?;
    Ok(Zeroizing::new(text.to_owned()))
}

impl Secret {
    /// The secret that is named, or the installation's own key of backups, which is made where
    /// there is none and `make` says so. The path is that of a key that has just been made.
    fn load(
        &self,
        config: &Config,
        ids: &dyn IdGenerator,
        make: bool,
    ) -> Result<(ArchiveSecret, Option<PathBuf>), CommandError> {
        if let Some(path) = &self.passphrase_file {
            return Ok((ArchiveSecret::passphrase(&secret_text(path)?), None));
        }
        let own = config.data.join("keys").join(BACKUP_KEY);
        let path = self.key_file.clone().unwrap_or(own);
        if !path.exists() && make && self.key_file.is_none() {
            let secret = ArchiveSecret::generate_key(ids);
            let text = secret.key_text().unwrap_or_default();
            write_private(&path, text.as_bytes())?;
            return Ok((secret, Some(path)));
        }
        Ok((ArchiveSecret::from_key_text(&secret_text(&path)?)?, None))
    }
}

/// Writes a new file that only its owner may read.
fn write_private(path: &Path, content: &[u8]) -> Result<(), CommandError> {
    let failed = |error: std::io::Error| CommandError::File {
        path: path.to_owned(),
        cause: Cause::from(&error),
    };
    if let Some(parent) = path.parent() {
        std::fs::create_dir_all(parent).map_err(failed)?;
    }
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt as _;
        options.mode(0o600);
    }
    let mut file = options.open(path).map_err(failed)?;
    file.write_all(content).map_err(failed)?;
    file.sync_all().map_err(failed)
}

/// A backup that lacks files is there, and better than none, but must not pass for a whole one.
fn code_of(manifest: &Manifest) -> ExitCode {
    if manifest.damaged.is_empty() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}

/// Backs the installation up; the server may run meanwhile. Where stored files are damaged or lost,
/// the backup holds the rest, they are told one by one, and the exit code is 1.
///
/// # Errors
/// [`CommandError`]; then there is no file.
pub async fn backup(
    command: Backup,
    config: &Config,
    t: &Translator,
) -> Result<ExitCode, CommandError> {
    let installation = terminal::open(config).await?;
    let app = &installation.app;
    let (secret, made) = command.secret.load(config, app.ids(), true)?;
    let mut keys = Vec::new();
    for name in KEYS {
        let path = config.data.join("keys").join(name);
        keys.push(KeyFile::new(name, secret_text(&path)?.as_bytes()));
    }
    let source = BackupSource {
        database: app.database(),
        blobs: app.blobs(),
        keys: &keys,
        program_version: env!("CARGO_PKG_VERSION"),
    };
    let (bar, mut progress) = stage_bar(t);
    let report = backup::backup(
        &source,
        &command.out,
        &secret,
        app.ids(),
        app.now(),
        &mut progress,
    )
    .await;
    bar.finish_and_clear();
    let report = report?;
    if command.verify {
        let (bar, mut progress) = stage_bar(t);
        let verified = backup::verify(&command.out, &secret, &mut progress).await;
        bar.finish_and_clear();
        verified?.check_program(&migrations())?;
    }
    let mut tx = app.database().begin().await?;
    let detail = serde_json::json!({
        "bytes": report.bytes,
        "rows": report.manifest.rows(),
        "files": report.manifest.files,
    });
    let resource = ("backup", terminal::name_of(&command.out));
    terminal::log(app, &mut tx, "backup.make", resource, None, detail).await?;
    tx.commit().await?;
    audit::sequence(app.database(), &installation.audit_key, app.now()).await?;
    app.database().close().await;
    let made_report = Report {
        file: command.out.display().to_string(),
        bytes: report.bytes,
        created_at: report.header.created_at,
        program_version: &report.header.program_version,
        rows: report.manifest.rows(),
        files: report.manifest.files,
        file_bytes: report.manifest.file_bytes,
        damaged: &report.manifest.damaged,
        verified: command.verify,
        restored: false,
    };
    if command.json {
        terminal::json(&made_report)?;
    } else {
        line(counts(t, "cli-backup-made", &made_report));
        if command.verify {
            line(t.t("cli-backup-verified"));
        }
    }
    tell_damaged(t, &report.manifest);
    if let Some(path) = made {
        tell(&terminal::said(
            t,
            "cli-backup-key-made",
            vec![("path", path.display().to_string())],
        ));
    }
    Ok(code_of(&report.manifest))
}

fn counts(t: &Translator, key: &'static str, report: &Report<'_>) -> String {
    terminal::said(
        t,
        key,
        vec![
            ("path", report.file.clone()),
            ("megabytes", (report.bytes / 1_000_000).to_string()),
            ("rows", report.rows.to_string()),
            ("files", report.files.to_string()),
            ("when", t.date_time(report.created_at)),
        ],
    )
}

/// What a person must see also where a script reads the standard output.
fn tell(text: &str) {
    eprintln!("{text}");
}

fn tell_damaged(t: &Translator, manifest: &Manifest) {
    for file in &manifest.damaged {
        tell(&terminal::said(
            t,
            "cli-backup-damaged-file",
            vec![("hash", file.hash.clone()), ("reason", file.reason.clone())],
        ));
    }
    if !manifest.damaged.is_empty() {
        tell(&t.t_args(
            "cli-backup-damaged",
            args![("count", manifest.damaged.len())],
        ));
    }
}

/// Restores a backup into an empty data folder and an empty database.
///
/// # Errors
/// [`CommandError`]; nothing is restored in part: the database appears as a whole or not at all.
/// Files that the backup lacked already are told; where it was only checked, with exit code 1.
pub async fn restore(
    command: Restore,
    config: &Config,
    t: &Translator,
) -> Result<ExitCode, CommandError> {
    let ids: Arc<dyn IdGenerator> = Arc::new(SystemIds::new());
    let (secret, _) = command.secret.load(config, ids.as_ref(), false)?;
    let (bar, mut progress) = stage_bar(t);
    let archive = backup::verify(&command.file, &secret, &mut progress).await;
    bar.finish_and_clear();
    let archive = archive?;
    archive.check_program(&migrations())?;
    let (header, manifest) = (archive.header().clone(), archive.manifest().clone());
    let mut report = Report {
        file: command.file.display().to_string(),
        bytes: archive.bytes(),
        created_at: header.created_at,
        program_version: &header.program_version,
        rows: manifest.rows(),
        files: manifest.files,
        file_bytes: manifest.file_bytes,
        damaged: &manifest.damaged,
        verified: true,
        restored: false,
    };
    if !command.verify {
        write_keys(config, archive.keys())?;
        let keys = Keys::load_or_create(&config.data, ids.as_ref())?;
        if let DatabaseUrl::Sqlite(path) = &config.database
            && let Some(parent) = path.parent()
        {
            std::fs::create_dir_all(parent).map_err(|error| CommandError::File {
                path: parent.to_owned(),
                cause: Cause::from(&error),
            })?;
        }
        let database = Database::open(&config.database).await?;
        let blobs = BlobStore::in_folder(
            &config.data.join("files"),
            BlobKey::new(keys.blobs),
            Arc::clone(&ids),
        )?;
        let steps = migrations();
        let target = RestoreTarget {
            database: &database,
            blobs: &blobs,
            migrations: &steps,
        };
        let (bar, mut progress) = stage_bar(t);
        let restored = backup::restore(archive, &target, SystemClock.now(), &mut progress).await;
        bar.finish_and_clear();
        database.close().await;
        restored?;
        report.restored = true;
    }
    if command.json {
        terminal::json(&report)?;
    } else if report.restored {
        line(counts(t, "cli-restore-done", &report));
    } else {
        line(counts(t, "cli-restore-readable", &report));
    }
    tell_damaged(t, &manifest);
    // What was restored is as whole as it can be; what was only checked is not.
    Ok(if report.restored {
        ExitCode::SUCCESS
    } else {
        code_of(&manifest)
    })
}

/// Puts the archive's keys where the program looks for them. Other keys are never overwritten:
/// what they protect would be lost.
fn write_keys(config: &Config, keys: &[KeyFile]) -> Result<(), CommandError> {
    let folder = config.data.join("keys");
    for key in keys.iter().filter(|key| KEYS.contains(&key.name.as_str())) {
        let path = folder.join(&key.name);
        if !path.exists() {
            continue;
        }
        let there = secret_text(&path)?;
        if there.trim().as_bytes() != key.content.trim_ascii() {
            return Err(CommandError::InstallationExists(config.data.clone()));
        }
    }
    for key in keys.iter().filter(|key| KEYS.contains(&key.name.as_str())) {
        let path = folder.join(&key.name);
        if !path.exists() {
            write_private(&path, &key.content)?;
        }
    }
    Ok(())
}
