//! The command line of Yagura.

use std::process::ExitCode;

use clap::{Parser, Subcommand};

use yagura::commands;
use yagura::config::{Config, ConfigArguments};

/// サイバーセキュリティ対策の回答・証拠・点検をまとめるサーバ / Keeps and proves the
/// cybersecurity duties of medical institutions
#[derive(Debug, Parser)]
#[command(name = "yagura", version, about)]
struct Arguments {
    #[command(flatten)]
    config: ConfigArguments,
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
    Serve,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    tracing_subscriber::fmt()
        .with_env_filter(
            tracing_subscriber::EnvFilter::try_from_default_env()
                .unwrap_or_else(|_| tracing_subscriber::EnvFilter::new("info")),
        )
        .with_writer(std::io::stderr)
        .init();
    let _ = rustls::crypto::ring::default_provider().install_default();
    match run(arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            tracing::error!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: Arguments) -> Result<(), Box<dyn std::error::Error>> {
    let config = Config::load(&arguments.config)?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(async {
        match arguments.command {
            Command::Demo { listen } => commands::demo::run(config, listen).await?,
            Command::Serve => commands::serve::run(&config).await?,
        }
        Ok(())
    })
}
