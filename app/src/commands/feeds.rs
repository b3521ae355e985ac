//! `yagura feeds import|status|bundle|sync`.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Subcommand;
use serde::Serialize;
use serde_json::json;
use yagura_kernel::audit::VerifyingKey;
use yagura_kernel::id::OrganizationId;
use yagura_kernel::organization::OrganizationKind;
use yagura_kernel::policy::{Action, Authorized, Standing, actions};
use yagura_kernel::time::Instant;
use yagura_store::audit;
use yagura_vulnerabilities::import::{Importer, Loaded};
use yagura_vulnerabilities::model::Feed;
use yagura_vulnerabilities::model::feed::{Age, age};
use yagura_vulnerabilities::sync::{FETCHED, Fetcher, Sources};
use yagura_vulnerabilities::{bundle, states};
use yagura_web::i18n::{Translator, args};

use super::terminal::{self, CommandError, line};
use crate::config::Config;
use crate::installation::Installation;

/// 脆弱性情報 / Vulnerability feeds
#[derive(Debug, Subcommand)]
pub enum Feeds {
    /// ファイルやフォルダから取り込みます(.gz、.zip、署名つきの束もそのまま) / Load files and folders as they come
    Import {
        /// ファイルまたはフォルダ / Files or folders
        #[arg(required = true)]
        paths: Vec<PathBuf>,
        /// 束の作成元の公開鍵(feeds status で表示)。一度指定すると記憶します / Public key of whom a bundle is taken; remembered
        #[arg(long, value_name = "KEY")]
        trust: Vec<String>,
        /// 結果を JSON で出力します / Print the outcome as JSON
        #[arg(long)]
        json: bool,
    },
    /// 情報源ごとの新しさを示します / How old each feed is
    Status {
        /// 結果を JSON で出力します / Print it as JSON
        #[arg(long)]
        json: bool,
    },
    /// すべての脆弱性情報を、署名つきの1つのファイルにします / Make one signed file of everything
    Bundle {
        /// 作成するファイル / The file to be made
        out: PathBuf,
    },
    /// 公開元から取得します(外部への接続が必要) / Fetch from the sources
    Sync {
        /// 取得する情報源。指定しないときはすべて / Which feeds; all where none is given
        #[arg(long = "feed", value_parser = ["nvd", "kev", "epss", "jvn"])]
        feeds: Vec<String>,
        /// NVD の API キー / NVD's API key
        #[arg(long, env = "YAGURA_NVD_KEY", hide_env_values = true)]
        nvd_key: Option<String>,
        /// NVD の API のアドレス / NVD's API
        #[arg(long, env = "YAGURA_NVD_URL")]
        nvd_url: Option<String>,
        /// KEV のアドレス / KEV's address
        #[arg(long, env = "YAGURA_KEV_URL")]
        kev_url: Option<String>,
        /// EPSS のアドレス / EPSS's address
        #[arg(long, env = "YAGURA_EPSS_URL")]
        epss_url: Option<String>,
        /// MyJVN のアドレス / MyJVN's address
        #[arg(long, env = "YAGURA_JVN_URL")]
        jvn_url: Option<String>,
        /// 結果を JSON で出力します / Print the outcome as JSON
        #[arg(long)]
        json: bool,
    },
}

/// The feeds belong to the installation, to no organisation.
fn right() -> Result<Authorized<actions::ManageFeeds>, CommandError> {
    let nobody = OrganizationId::from(uuid::Uuid::nil());
    terminal::right(nobody, OrganizationKind::Operator, Standing::Installation)
}

fn reading() -> Result<Authorized<actions::ReadFeeds>, CommandError> {
    let nobody = OrganizationId::from(uuid::Uuid::nil());
    terminal::right(nobody, OrganizationKind::Operator, Standing::Installation)
}

/// Runs the command.
///
/// # Errors
/// [`CommandError`]; a feed that was not loaded to its end is told and gives exit code 1.
pub async fn run(
    command: Feeds,
    config: &Config,
    t: &Translator,
) -> Result<ExitCode, CommandError> {
    let installation = terminal::open(config).await?;
    let outcome = match command {
        Feeds::Import { paths, trust, json } => {
            import(&installation, t, &paths, &trust, json).await
        }
        Feeds::Status { json } => status(&installation, t, json).await,
        Feeds::Bundle { out } => make(&installation, t, &out).await,
        Feeds::Sync {
            feeds,
            nvd_key,
            nvd_url,
            kev_url,
            epss_url,
            jvn_url,
            json,
        } => {
            let usual = Sources::default();
            let sources = Sources {
                nvd: nvd_url.unwrap_or(usual.nvd),
                nvd_key,
                kev: kev_url.unwrap_or(usual.kev),
                epss: epss_url.unwrap_or(usual.epss),
                jvn: jvn_url.unwrap_or(usual.jvn),
                ..Sources::default()
            };
            sync(&installation, t, &feeds, &sources, json).await
        }
    };
    installation.app.database().close().await;
    outcome
}

fn told(t: &Translator, loaded: &Loaded) {
    let Some(feed) = loaded.feed else {
        line(t.t_args("cli-feeds-no-feed", args![("file", loaded.file.as_str())]));
        return;
    };
    let name = feed_name(t, feed);
    line(t.t_args(
        "cli-feeds-loaded",
        args![
            ("feed", name.as_str()),
            ("file", loaded.file.as_str()),
            ("records", loaded.records),
            ("changed", loaded.changed),
            ("aside", loaded.set_aside)
        ],
    ));
    for aside in loaded.examples.iter().take(5) {
        line(t.t_args(
            "cli-feeds-aside",
            args![
                ("record", aside.record),
                ("offset", aside.offset),
                ("reason", aside.reason.as_str())
            ],
        ));
    }
    if let Some(error) = &loaded.error {
        line(t.t_args(
            "cli-feeds-failed",
            args![("feed", name.as_str()), ("reason", error.as_str())],
        ));
    }
}

fn feed_name(t: &Translator, feed: Feed) -> String {
    let key = format!("vulnerabilities-feed-{}", feed.code().replace('_', "-"));
    t.find(&key).unwrap_or(feed.code()).to_owned()
}

async fn logged(
    installation: &Installation,
    act: &str,
    loaded: &[Loaded],
) -> Result<(), CommandError> {
    let app = &installation.app;
    let feeds: Vec<serde_json::Value> = loaded
        .iter()
        .filter_map(|one| {
            let feed = one.feed?.code();
            Some(
                json!({ "feed": feed, "records": one.records, "changed": one.changed,
                         "complete": one.error.is_none() }),
            )
        })
        .collect();
    let mut tx = app.database().begin().await?;
    let resource = ("vulnerability_feeds", "all".to_owned());
    let detail = json!({ "act": act, "feeds": feeds });
    terminal::log(
        app,
        &mut tx,
        Action::ManageFeeds.code(),
        resource,
        None,
        detail,
    )
    .await?;
    tx.commit().await?;
    audit::sequence(app.database(), &installation.audit_key, app.now()).await?;
    Ok(())
}

fn code(loaded: &[Loaded]) -> ExitCode {
    let whole = loaded.iter().all(|one| one.error.is_none());
    let any = loaded.iter().any(|one| one.feed.is_some());
    if whole && any {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}

async fn import(
    installation: &Installation,
    t: &Translator,
    paths: &[PathBuf],
    trust: &[String],
    json: bool,
) -> Result<ExitCode, CommandError> {
    let app = &installation.app;
    let proof = right()?;
    for text in trust {
        let key: VerifyingKey = text
            .parse()
            .map_err(|_| CommandError::FeedKey(text.chars().take(80).collect()))?;
        bundle::pin(app, &proof, &key).await?;
    }
    let mut trusted = bundle::pinned(app).await?;
    trusted.push(installation.audit_key.verifying_key());
    let importer = Importer::new(app, &proof);
    let mut loaded: Vec<Loaded> = Vec::new();
    let mut failed = None;
    for path in paths {
        let outcome = importer
            .load(path, &trusted, &mut |one| {
                if !json {
                    told(t, one);
                }
                loaded.push(one.clone());
            })
            .await;
        if let Err(error) = outcome {
            failed = Some(error);
            break;
        }
    }
    // What was loaded before a failure stands, and is in the log.
    logged(installation, "import", &loaded).await?;
    if let Some(error) = failed {
        importer.ask_for_matching().await?;
        return Err(error.into());
    }
    if json {
        terminal::json(&loaded)?;
    } else {
        line(t.t("cli-feeds-matching"));
    }
    Ok(code(&loaded))
}

async fn sync(
    installation: &Installation,
    t: &Translator,
    feeds: &[String],
    sources: &Sources,
    json: bool,
) -> Result<ExitCode, CommandError> {
    let proof = right()?;
    let importer = Importer::new(&installation.app, &proof);
    let fetcher = Fetcher::new(&importer, sources)?;
    let mut loaded = Vec::new();
    for feed in FETCHED {
        if !feeds.is_empty() && !feeds.iter().any(|code| code == feed.code()) {
            continue;
        }
        let one = fetcher.feed(feed).await?;
        if !json {
            told(t, &one);
        }
        loaded.push(one);
    }
    importer.ask_for_matching().await?;
    logged(installation, "sync", &loaded).await?;
    if json {
        terminal::json(&loaded)?;
    }
    Ok(code(&loaded))
}

#[derive(Serialize)]
struct StatusOf {
    feed: &'static str,
    age: Age,
    loaded_at: Option<String>,
    as_of: Option<String>,
    records: i64,
    set_aside: i64,
    error: Option<String>,
}

#[derive(Serialize)]
struct Status {
    public_key: String,
    trusted_keys: Vec<String>,
    feeds: Vec<StatusOf>,
}

async fn status(
    installation: &Installation,
    t: &Translator,
    json: bool,
) -> Result<ExitCode, CommandError> {
    let app = &installation.app;
    let rows = states(app.database(), &reading()?).await?;
    let now = app.now();
    let feeds: Vec<StatusOf> = Feed::ALL
        .into_iter()
        .map(|feed| {
            let row = rows.iter().find(|row| row.feed == feed.code());
            let loaded = row.and_then(|row| row.succeeded_at);
            let as_of = row.and_then(|row| row.as_of);
            StatusOf {
                feed: feed.code(),
                age: age(feed, loaded, as_of, now),
                loaded_at: loaded.map(Instant::to_rfc3339),
                as_of: as_of.map(Instant::to_rfc3339),
                records: row.map_or(0, |row| row.records),
                set_aside: row.map_or(0, |row| row.set_aside),
                error: row.and_then(|row| row.error.clone()),
            }
        })
        .collect();
    let report = Status {
        public_key: installation.audit_key.verifying_key().to_string(),
        trusted_keys: bundle::pinned(app)
            .await?
            .iter()
            .map(ToString::to_string)
            .collect(),
        feeds,
    };
    let stale = report.feeds.iter().any(|feed| feed.age == Age::Stale);
    if json {
        terminal::json(&report)?;
    } else {
        for feed in &report.feeds {
            let word = match feed.age {
                Age::Fresh => t.t("vulnerabilities-age-fresh"),
                Age::Stale => t.t("vulnerabilities-age-stale"),
                Age::Never => t.t("vulnerabilities-age-never"),
            };
            let name = Feed::from_code(feed.feed).map(|one| feed_name(t, one));
            line(t.t_args(
                "cli-feeds-line",
                args![
                    ("feed", name.unwrap_or_default()),
                    ("age", word),
                    ("loaded", feed.loaded_at.as_deref().unwrap_or("-")),
                    ("asof", feed.as_of.as_deref().unwrap_or("-")),
                    ("records", feed.records),
                    ("aside", feed.set_aside)
                ],
            ));
            if let Some(error) = &feed.error {
                line(format!("  {error}"));
            }
        }
        line(t.t_args("cli-feeds-key", args![("key", report.public_key.as_str())]));
    }
    Ok(if stale {
        ExitCode::FAILURE
    } else {
        ExitCode::SUCCESS
    })
}

async fn make(
    installation: &Installation,
    t: &Translator,
    out: &std::path::Path,
) -> Result<ExitCode, CommandError> {
    let app = &installation.app;
    let proof = right()?;
    let rows = states(app.database(), &reading()?).await?;
    let manifest = bundle::make(app, &proof, &rows, &installation.audit_key, out).await?;
    let mut tx = app.database().begin().await?;
    let resource = ("vulnerability_feeds", "all".to_owned());
    let parts: Vec<&str> = manifest
        .parts
        .iter()
        .map(|part| part.sha256.as_str())
        .collect();
    let detail = json!({ "act": "bundle", "parts": parts });
    terminal::log(
        app,
        &mut tx,
        Action::ManageFeeds.code(),
        resource,
        None,
        detail,
    )
    .await?;
    tx.commit().await?;
    audit::sequence(app.database(), &installation.audit_key, app.now()).await?;
    let records: u64 = manifest.parts.iter().map(|part| part.records).sum();
    line(t.t_args(
        "cli-feeds-bundled",
        args![
            ("file", out.display().to_string()),
            ("records", records),
            ("key", installation.audit_key.verifying_key().to_string())
        ],
    ));
    Ok(ExitCode::SUCCESS)
}
