//! `yagura collect`: what a Linux host is, for the register of devices. It needs no installation,
//! executes nothing and sends nothing.

use std::io::Write as _;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;
use discovery::collect::{Root, collect};
use yagura_kernel::time::{Clock as _, SystemClock};
use yagura_web::i18n::Translator;

use super::terminal::{CommandError, said};
use yagura_store::Cause;

/// このコンピュータの構成 / What this host is
#[derive(Debug, Args)]
pub struct Collect {
    /// 書き出すファイル。`-` で画面に出します / The file to write; `-` for the terminal
    file: PathBuf,
    /// 調べるフォルダ(取り付けたディスクなど) / Root folder of the host, for a mounted disk
    #[arg(long, value_name = "FOLDER", default_value = "/")]
    root: PathBuf,
}

/// Runs the command.
///
/// # Errors
/// Where the file cannot be written. What cannot be read of the host is named in the file and on
/// the terminal.
pub fn run(command: &Collect, t: &Translator) -> Result<ExitCode, CommandError> {
    let micros = SystemClock.now().as_micros();
    let now = time::OffsetDateTime::from_unix_timestamp_nanos(i128::from(micros) * 1_000)
        .unwrap_or(time::OffsetDateTime::UNIX_EPOCH);
    let document = collect(&Root::new(&command.root), now);
    let mut text = serde_json::to_string_pretty(&document)?;
    text.push('\n');
    let written = if command.file.as_os_str() == "-" {
        std::io::stdout().write_all(text.as_bytes())
    } else {
        std::fs::write(&command.file, text)
    };
    written.map_err(|error| CommandError::File {
        path: command.file.clone(),
        cause: Cause::from(&error),
    })?;
    let counts = vec![
        ("packages", document.packages.len().to_string()),
        ("services", document.services.len().to_string()),
    ];
    eprintln!("{}", said(t, "collect-done", counts));
    for skipped in &document.skipped {
        let what = vec![("what", skipped.what.clone()), ("why", skipped.why.clone())];
        eprintln!("{}", said(t, "collect-skipped", what));
    }
    Ok(ExitCode::SUCCESS)
}
