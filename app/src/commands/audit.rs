//! `yagura audit verify|checkpoint`.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Subcommand;
use serde::Serialize;
use yagura_kernel::audit::{Finding, NoteError, SigningKey, VerifyingKey};
use yagura_store::{Cause, Database, audit};
use yagura_web::i18n::{Translator, args};

use super::terminal::{self, CommandError, line};
use crate::config::Config;
use crate::keys::KeyError;

/// The largest file with a checkpoint.
const LARGEST_NOTE: u64 = 64 << 10;

/// 操作記録 / The audit log
#[derive(Debug, Subcommand)]
pub enum Audit {
    /// 操作記録が書き換えられていないことを確かめます / Prove that nothing was altered or removed
    Verify {
        /// 別の場所に保管した控え(audit checkpoint で作成) / A checkpoint that was kept elsewhere
        #[arg(long)]
        checkpoint: Option<PathBuf>,
        /// 結果を JSON で出力します / Print the outcome as JSON
        #[arg(long)]
        json: bool,
    },
    /// 署名済みの控えを出力します。別の場所に保管してください / Print the newest signed checkpoint, to be kept elsewhere
    Checkpoint,
}

#[derive(Serialize)]
struct Report {
    intact: bool,
    #[serde(flatten)]
    log: audit::LogReport,
}

/// Runs the command.
///
/// # Errors
/// [`CommandError`]; a log that is not intact is told and gives exit code 1.
pub async fn run(
    command: Audit,
    config: &Config,
    t: &Translator,
) -> Result<ExitCode, CommandError> {
    if !terminal::exists(config) {
        return Err(CommandError::NoInstallation(config.data.clone()));
    }
    let database = Database::open(&config.database).await?;
    let outcome = match command {
        Audit::Verify { checkpoint, json } => verify(&database, config, t, checkpoint, json).await,
        Audit::Checkpoint => match audit::latest_checkpoint(&database).await? {
            Some(note) => {
                line(note.trim_end_matches('\n'));
                Ok(ExitCode::SUCCESS)
            }
            None => Err(CommandError::NoCheckpoint),
        },
    };
    database.close().await;
    outcome
}

/// The key that is beside the database; it is never made here, because a new one proves nothing.
fn key(config: &Config) -> Result<VerifyingKey, CommandError> {
    let path = config.data.join("keys").join("audit.key");
    if !path.exists() {
        return Err(CommandError::NoAuditKey(path));
    }
    let text = std::fs::read_to_string(&path).map_err(|error| KeyError::File {
        path: path.clone(),
        cause: Cause::from(&error),
    })?;
    let key = SigningKey::from_secret_text(text.trim())
        .map_err(|_| KeyError::NotAKey { path: path.clone() })?;
    Ok(key.verifying_key())
}

async fn verify(
    database: &Database,
    config: &Config,
    t: &Translator,
    checkpoint: Option<PathBuf>,
    json: bool,
) -> Result<ExitCode, CommandError> {
    let key = key(config)?;
    let held = match &checkpoint {
        None => None,
        Some(path) => {
            let bytes = terminal::read_file(path, LARGEST_NOTE)?;
            let text = String::from_utf8(bytes).map_err(|_| CommandError::File {
                path: path.clone(),
                cause: Cause::NotText,
            })?;
            // A signed note ends with a line end, which copying by hand may lose.
            Some(format!("{}\n", text.trim_end_matches(['\r', '\n'])))
        }
    };
    let total = audit::size(database).await?;
    let bar = terminal::bar(t.t("cli-audit-verifying").to_owned(), false);
    bar.set_length(u64::try_from(total).unwrap_or_default());
    let log = audit::verify(database, &[key], held.as_deref(), |done| {
        bar.set_position(done)
    })
    .await?;
    bar.finish_and_clear();
    let report = Report {
        intact: log.is_intact(),
        log,
    };
    if json {
        terminal::json(&report)?;
    } else {
        for finding in &report.log.log.findings {
            line(finding_words(t, finding));
        }
        if report.log.log.more > 0 {
            line(t.t_args("cli-more", args![("count", report.log.log.more)]));
        }
        line(t.t_args(
            "cli-audit-counts",
            args![
                ("entries", report.log.log.entries),
                ("proven", report.log.log.proven),
                ("checkpoints", report.log.log.checkpoints),
                ("waiting", report.log.unsequenced),
                ("unreadable", report.log.unreadable)
            ],
        ));
        line(if report.intact {
            t.t("cli-audit-intact")
        } else {
            t.t("cli-audit-broken")
        });
    }
    Ok(if report.intact {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

/// What a finding says, in the reader's language. Positions are counted from 0, as in the JSON.
fn finding_words(t: &Translator, finding: &Finding) -> String {
    let number = |name: &'static str, value: u64| (name, value.to_string());
    let (key, arguments) = match finding {
        Finding::EntryAltered { position, id } => (
            "cli-audit-entry-altered",
            vec![number("position", *position), ("id", id.to_string())],
        ),
        Finding::EntryMoved {
            position,
            belongs_at,
            id,
        } => (
            "cli-audit-entry-moved",
            vec![
                number("position", *position),
                number("belongs", *belongs_at),
                ("id", id.to_string()),
            ],
        ),
        Finding::EntryInserted { position, id } => (
            "cli-audit-entry-inserted",
            vec![number("position", *position), ("id", id.to_string())],
        ),
        Finding::EntryMissing { position, until } => (
            "cli-audit-entry-missing",
            vec![
                number("position", *position),
                number("last", until.saturating_sub(1)),
            ],
        ),
        Finding::LeafAltered { position } => (
            "cli-audit-leaf-altered",
            vec![number("position", *position)],
        ),
        Finding::LeafMissing { position } => (
            "cli-audit-leaf-missing",
            vec![number("position", *position)],
        ),
        Finding::PositionRepeated { position } => (
            "cli-audit-position-repeated",
            vec![number("position", *position)],
        ),
        Finding::RootMismatch { position, size, .. } => (
            "cli-audit-root-mismatch",
            vec![number("position", *position), number("size", *size)],
        ),
        Finding::Truncated {
            position,
            found,
            size,
        } => (
            "cli-audit-truncated",
            vec![
                number("position", *position),
                number("found", *found),
                number("size", *size),
            ],
        ),
        Finding::CheckpointInvalid { number, error } => (
            "cli-audit-checkpoint-invalid",
            vec![
                ("number", (number + 1).to_string()),
                ("reason", t.t(note_key(error)).to_owned()),
            ],
        ),
    };
    terminal::said(t, key, arguments)
}

const fn note_key(error: &NoteError) -> &'static str {
    match error {
        NoteError::Name | NoteError::Key => "cli-audit-note-key",
        NoteError::Note | NoteError::Checkpoint => "cli-audit-note-text",
        NoteError::UnknownKey => "cli-audit-note-unknown-key",
        NoteError::Signature => "cli-audit-note-signature",
        NoteError::Origin => "cli-audit-note-origin",
    }
}

#[cfg(test)]
mod tests {
    use yagura_kernel::id::AuditEntryId;
    use yagura_web::Lang;

    use super::*;

    #[test]
    fn every_finding_has_words_in_both_languages() {
        let id = AuditEntryId::from(uuid::Uuid::nil());
        let position = 41;
        let mut findings = vec![
            Finding::EntryAltered { position, id },
            Finding::EntryMoved {
                position,
                belongs_at: 7,
                id,
            },
            Finding::EntryInserted { position, id },
            Finding::EntryMissing {
                position,
                until: 43,
            },
            Finding::LeafAltered { position },
            Finding::LeafMissing { position },
            Finding::PositionRepeated { position },
            Finding::RootMismatch {
                position,
                size: 50,
                backwards_at: None,
            },
            Finding::Truncated {
                position,
                found: 42,
                size: 50,
            },
        ];
        findings.extend(
            [
                NoteError::Key,
                NoteError::Note,
                NoteError::UnknownKey,
                NoteError::Signature,
                NoteError::Origin,
            ]
            .map(|error| Finding::CheckpointInvalid { number: 40, error }),
        );
        for lang in Lang::ALL {
            let t = terminal::words(lang).unwrap();
            for finding in &findings {
                let text = finding_words(&t, finding);
                assert!(text.contains("41") && !text.contains("cli-"), "{text}");
                assert_ne!(text, finding.to_string());
            }
        }
    }
}
