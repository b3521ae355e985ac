//! The command line of Yagura.

use std::process::ExitCode;

use clap::{Parser, Subcommand};

use yagura::commands;
use yagura::commands::terminal::{self, CommandError};
use yagura::config::{Config, ConfigArguments, ConfigError};
use yagura_web::Translator;

/// サイバーセキュリティ対策の回答・証拠・点検をまとめるサーバ / Keeps and proves the
/// cybersecurity duties of medical institutions
#[derive(Debug, Parser)]
#[command(name = "yagura", version, about)]
struct Arguments {
    #[command(flatten)]
    config: ConfigArguments,
    /// 表示の言語 ja または en [既定: 端末の設定] / Language of the output [default: the terminal's]
    #[arg(long, global = true, env = "YAGURA_LANG", value_parser = ["ja", "en"])]
    lang: Option<String>,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// 架空の地域を作って試します / Make a fictional region and try the program on it
    Demo {
        /// 待ち受けるアドレス / Address to listen on [default: 127.0.0.1:8080]
        #[arg(long)]
        listen: Option<std::net::SocketAddr>,
    },
    /// サーバを起動します / Run the server
    Serve {
        /// 待ち受けるアドレス。設定より優先します / Address to listen on, instead of the configured one
        #[arg(long)]
        listen: Option<std::net::SocketAddr>,
    },
    /// 会員名簿を扱います / Work with rolls of members
    #[command(subcommand)]
    Members(commands::members::Members),
    /// 様式データを扱います / Work with rule packs
    #[command(subcommand)]
    Packs(commands::packs::Packs),
    /// 脆弱性情報を取り込み、配ります / Load and hand on vulnerability feeds
    #[command(subcommand)]
    Feeds(commands::feeds::Feeds),
    /// 操作記録を確かめます / Prove the audit log
    #[command(subcommand)]
    Audit(commands::audit::Audit),
    /// このコンピュータ(Linux)の構成を、台帳に取り込むファイルに書き出します /
    /// Write what this Linux host is into a file that the register imports
    Collect(commands::collect::Collect),
    /// 機器のパスワードを手元で点検します / Check the passwords of devices, here on this machine
    #[command(subcommand)]
    Credentials(commands::credentials::Credentials),
    /// 動いたままバックアップを取ります / Back up, also while the server runs
    Backup(commands::backup::Backup),
    /// バックアップから空のフォルダに戻します / Restore a backup into an empty folder
    Restore(commands::backup::Restore),
    /// 動作環境を点検し、直し方を示します / Check the installation and say how to mend it
    Doctor(commands::doctor::Doctor),
}

impl Command {
    /// How much is logged where RUST_LOG says nothing: servers tell what they do, commands only
    /// what is wrong, because their outcome is for scripts.
    fn log_level(&self) -> &'static str {
        match self {
            Self::Demo { .. } | Self::Serve { .. } => "info",
            _ => "error",
        }
    }
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    tracing_subscriber::fmt()
        .with_env_filter(
            tracing_subscriber::EnvFilter::try_from_default_env().unwrap_or_else(|_| {
                tracing_subscriber::EnvFilter::new(arguments.command.log_level())
            }),
        )
        .with_writer(std::io::stderr)
        .init();
    let _ = rustls::crypto::ring::default_provider().install_default();
    match run(arguments) {
        Ok(code) => code,
        Err(error) => {
            tracing::error!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: Arguments) -> Result<ExitCode, Box<dyn std::error::Error>> {
    let config = Config::load(&arguments.config);
    let t = terminal::words(terminal::language(arguments.lang.as_deref()))
        .map_err(|errors| format!("message files: {errors:?}"))?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?;
    let outcome = runtime.block_on(command(arguments.command, config, &t));
    Ok(outcome.unwrap_or_else(|error| {
        eprintln!("{}", terminal::failure(&t, &error));
        ExitCode::FAILURE
    }))
}

async fn command(
    command: Command,
    config: Result<Config, ConfigError>,
    t: &Translator,
) -> Result<ExitCode, CommandError> {
    match command {
        Command::Members(command) => commands::members::run(command, &config?, t).await,
        Command::Packs(command) => commands::packs::run(command, &config?, t).await,
        Command::Feeds(command) => commands::feeds::run(command, &config?, t).await,
        Command::Audit(command) => commands::audit::run(command, &config?, t).await,
        Command::Collect(command) => commands::collect::run(&command, t),
        Command::Credentials(command) => commands::credentials::run(command, t),
        Command::Backup(command) => commands::backup::backup(command, &config?, t).await,
        Command::Restore(command) => commands::backup::restore(command, &config?, t).await,
        Command::Doctor(command) => commands::doctor::run(command, config, t).await,
        Command::Demo { listen } => {
            commands::demo::run(config?, listen).await?;
            Ok(ExitCode::SUCCESS)
        }
        Command::Serve { listen } => {
            let mut config = config?;
            config.listen = listen.unwrap_or(config.listen);
            commands::serve::run(&config).await?;
            Ok(ExitCode::SUCCESS)
        }
    }
}
