//! `yagura doctor`: whether the installation is well, and what to do where it is not. It changes
//! nothing but a small file that it makes in the data folder and removes again.

mod database;
mod folder;
mod outside;

use std::process::ExitCode;

use clap::Args;
use serde::Serialize;
use yagura_web::TrustedProxies;
use yagura_web::i18n::Translator;

use super::failure::config_words;
use super::terminal::{self, CommandError, line, said};
use crate::config::{Config, ConfigError};

/// 動作環境を点検し、直し方を示します / Check the installation and say how to mend it
#[derive(Debug, Args)]
pub struct Doctor {
    /// 結果を JSON で出力します / Print the outcome as JSON
    #[arg(long)]
    json: bool,
}

/// How well something is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
enum State {
    Ok,
    Warn,
    Fail,
}

/// One thing that was looked at.
#[derive(Debug, Serialize)]
struct Check {
    /// The name for scripts.
    name: &'static str,
    /// How well it is.
    state: State,
    /// What was found.
    found: String,
    /// How to mend it; nothing where it is well.
    #[serde(skip_serializing_if = "Option::is_none")]
    mend: Option<String>,
}

type Arguments = Vec<(&'static str, String)>;

/// Collects what was looked at.
struct Checks<'t> {
    t: &'t Translator,
    all: Vec<Check>,
}

impl Checks<'_> {
    fn ok(&mut self, name: &'static str, found: &'static str, arguments: Arguments) {
        let found = said(self.t, found, arguments);
        self.all.push(Check {
            name,
            state: State::Ok,
            found,
            mend: None,
        });
    }

    /// `keys` are what was found and how to mend it; both are worded with the arguments.
    fn bad(
        &mut self,
        name: &'static str,
        state: State,
        keys: (&'static str, &'static str),
        arguments: Arguments,
    ) {
        let found = said(self.t, keys.0, arguments.clone());
        let mend = Some(said(self.t, keys.1, arguments));
        self.all.push(Check {
            name,
            state,
            found,
            mend,
        });
    }

    fn warn(
        &mut self,
        name: &'static str,
        keys: (&'static str, &'static str),
        arguments: Arguments,
    ) {
        self.bad(name, State::Warn, keys, arguments);
    }

    fn fail(
        &mut self,
        name: &'static str,
        keys: (&'static str, &'static str),
        arguments: Arguments,
    ) {
        self.bad(name, State::Fail, keys, arguments);
    }
}

#[derive(Serialize)]
struct Report<'r> {
    state: State,
    checks: &'r [Check],
}

/// Runs the command. Settings that cannot be read are a finding, not a failure of the command.
///
/// # Errors
/// [`CommandError`] where the outcome cannot be written.
pub async fn run(
    command: Doctor,
    config: Result<Config, ConfigError>,
    t: &Translator,
) -> Result<ExitCode, CommandError> {
    let mut checks = Checks { t, all: Vec::new() };
    match config {
        Err(error) => checks.fail(
            "configuration",
            ("cli-doctor-config-bad", "cli-doctor-config-mend"),
            vec![("reason", config_words(t, &error))],
        ),
        Ok(config) => {
            configuration(&mut checks, &config);
            folder::check(&mut checks, &config);
            outside::clock(&mut checks, &config).await;
            database::check(&mut checks, &config).await;
            outside::mail(&mut checks, &config).await;
        }
    }
    let state = checks
        .all
        .iter()
        .map(|check| check.state)
        .max()
        .unwrap_or(State::Ok);
    if command.json {
        terminal::json(&Report {
            state,
            checks: &checks.all,
        })?;
    } else {
        print(t, &checks.all, state);
    }
    Ok(if state == State::Fail {
        ExitCode::FAILURE
    } else {
        ExitCode::SUCCESS
    })
}

fn print(t: &Translator, checks: &[Check], state: State) {
    for check in checks {
        let mark = match check.state {
            State::Ok => t.t("cli-doctor-ok"),
            State::Warn => t.t("cli-doctor-warn"),
            State::Fail => t.t("cli-doctor-fail"),
        };
        line(format!("[{mark}] {}", check.found));
        if let Some(mend) = &check.mend {
            line(format!("       → {mend}"));
        }
    }
    line(match state {
        State::Ok => t.t("cli-doctor-all-well"),
        State::Warn => t.t("cli-doctor-some-warnings"),
        State::Fail => t.t("cli-doctor-some-failures"),
    });
}

fn configuration(checks: &mut Checks<'_>, config: &Config) {
    let listen = config.listen;
    let arguments = vec![
        ("listen", listen.to_string()),
        ("database", format!("{:?}", config.database)),
        ("data", config.data.display().to_string()),
    ];
    match &config.public_url {
        None if !listen.ip().is_loopback() => checks.warn(
            "configuration",
            (
                "cli-doctor-config-no-public-url",
                "cli-doctor-config-no-public-url-mend",
            ),
            arguments,
        ),
        Some(url) if url.starts_with("http://") && !listen.ip().is_loopback() => checks.warn(
            "configuration",
            (
                "cli-doctor-config-plain-http",
                "cli-doctor-config-plain-http-mend",
            ),
            arguments,
        ),
        // HTTPS ends before this program, so every visitor comes from the proxy's address.
        Some(url)
            if url.starts_with("https://")
                && config.trusted_proxies == TrustedProxies::default() =>
        {
            checks.warn(
                "configuration",
                (
                    "cli-doctor-config-no-proxies",
                    "cli-doctor-config-no-proxies-mend",
                ),
                arguments,
            );
        }
        _ => checks.ok("configuration", "cli-doctor-config-ok", arguments),
    }
}
