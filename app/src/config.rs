//! Settings: command line over environment over `yagura.toml` over defaults.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use yagura_store::{Cause, DatabaseUrl};
use yagura_web::{MailRoute, ProxyError, TrustedProxies, WebConfig};

/// What `yagura.toml` may hold.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    listen: Option<SocketAddr>,
    public_url: Option<String>,
    database: Option<String>,
    upload_limit_megabytes: Option<u64>,
    #[serde(default)]
    trusted_proxies: Vec<String>,
    mail: Option<MailFile>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct MailFile {
    /// `smtp://user:password@host:587` or `smtps://…`.
    url: String,
    /// The sender's address.
    from: String,
}

/// What the command line and the environment say; both go before the file.
#[derive(Debug, Clone, Default, clap::Args)]
pub struct ConfigArguments {
    /// Folder for the database, stored files and keys
    #[arg(long, env = "YAGURA_DATA", default_value = "data", global = true)]
    pub data: PathBuf,
    /// Database: sqlite:PATH or postgres://… (default: a file in the data folder)
    #[arg(long, env = "YAGURA_DATABASE", hide_env_values = true, global = true)]
    pub database: Option<String>,
    /// Settings file (default: yagura.toml in the data folder)
    #[arg(long, env = "YAGURA_CONFIG", global = true)]
    pub config: Option<PathBuf>,
}

/// Why the settings cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The settings file cannot be read.
    #[error("cannot read {path}: {cause:?}")]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// Why.
        cause: Cause,
    },
    /// The settings file is not as it should be.
    #[error("{path}, line {line}: {reason}")]
    Invalid {
        /// The file.
        path: PathBuf,
        /// In which line, from 1.
        line: usize,
        /// What is wrong, in the words of the reader of TOML.
        reason: String,
    },
    /// The database's URL is of no known form.
    #[error("the database must be sqlite:PATH or postgres://user@host/name")]
    Database,
    /// The public address is none.
    #[error("public_url must begin with https:// or http:// and end without a slash")]
    PublicUrl,
    /// A trusted proxy is neither an address nor a network.
    #[error("trusted_proxies: {0}")]
    Proxy(#[from] ProxyError),
}

/// The settings of an installation.
#[derive(Debug, Clone)]
pub struct Config {
    /// Folder for the database, stored files and keys.
    pub data: PathBuf,
    /// The database.
    pub database: DatabaseUrl,
    /// Where the server listens.
    pub listen: SocketAddr,
    /// The address under which people reach the server.
    pub public_url: Option<String>,
    /// The largest file that may be uploaded, in bytes.
    pub upload_limit: u64,
    /// Where mail goes.
    pub mail: MailRoute,
    /// The reverse proxies whose word on a visitor's address is taken.
    pub trusted_proxies: TrustedProxies,
}

/// Loopback only, until somebody decides otherwise.
const LISTEN: SocketAddr =
    SocketAddr::new(std::net::IpAddr::V4(std::net::Ipv4Addr::LOCALHOST), 8080);

impl Config {
    /// Reads the settings.
    ///
    /// # Errors
    /// [`ConfigError`] says what to mend.
    pub fn load(arguments: &ConfigArguments) -> Result<Self, ConfigError> {
        let file = match &arguments.config {
            Some(path) => read(path)?,
            None => {
                let path = arguments.data.join("yagura.toml");
                if path.exists() {
                    read(&path)?
                } else {
                    File::default()
                }
            }
        };
        let database = match arguments.database.clone().or(file.database) {
            Some(url) => url.parse().map_err(|_| ConfigError::Database)?,
            None => DatabaseUrl::Sqlite(arguments.data.join("yagura.db")),
        };
        if let Some(url) = &file.public_url {
            let known = url.starts_with("https://") || url.starts_with("http://");
            if !known || url.ends_with('/') {
                return Err(ConfigError::PublicUrl);
            }
        }
        let mail = match file.mail {
            Some(mail) => MailRoute::Smtp {
                url: mail.url,
                from: mail.from,
            },
            None => MailRoute::Folder(arguments.data.join("mail")),
        };
        Ok(Self {
            data: arguments.data.clone(),
            database,
            listen: file.listen.unwrap_or(LISTEN),
            public_url: file.public_url,
            upload_limit: file
                .upload_limit_megabytes
                .unwrap_or(50)
                .saturating_mul(1_000_000),
            mail,
            trusted_proxies: TrustedProxies::parse(&file.trusted_proxies)?,
        })
    }

    /// What pages need to know of the settings.
    #[must_use]
    pub fn web(&self, demo: bool) -> WebConfig {
        WebConfig {
            public_url: self.public_url.clone(),
            local_url: format!("http://localhost:{}", self.listen.port()),
            demo,
            upload_limit: self.upload_limit,
            mail: self.mail.clone(),
            work_folder: self.data.join("work"),
            trusted_proxies: self.trusted_proxies.clone(),
        }
    }
}

fn read(path: &Path) -> Result<File, ConfigError> {
    let text = std::fs::read_to_string(path).map_err(|error| ConfigError::Unreadable {
        path: path.to_owned(),
        cause: Cause::from(&error),
    })?;
    toml::from_str(&text).map_err(|error: toml::de::Error| {
        let start = error.span().map_or(0, |span| span.start);
        let before = text.get(..start).unwrap_or_default();
        ConfigError::Invalid {
            path: path.to_owned(),
            line: before.matches('\n').count() + 1,
            reason: error.message().to_owned(),
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn load(text: &str) -> Result<Config, ConfigError> {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("yagura.toml"), text).unwrap();
        let data = folder.path().to_owned();
        Config::load(&ConfigArguments {
            data,
            database: None,
            config: None,
        })
    }

    #[test]
    fn without_a_file_the_defaults_hold() {
        let data = PathBuf::from("nowhere");
        let config = Config::load(&ConfigArguments {
            data,
            database: None,
            config: None,
        })
        .unwrap();
        assert_eq!(config.listen, LISTEN);
        assert_eq!(config.upload_limit, 50_000_000);
        assert!(matches!(config.mail, MailRoute::Folder(_)));
    }

    #[test]
    fn a_misspelt_setting_is_named_with_its_line() {
        let error = load("listne = '0.0.0.0:80'").unwrap_err().to_string();
        assert!(
            error.contains("listne") && error.contains("line 1"),
            "{error}"
        );
    }

    #[test]
    fn an_unusable_database_or_address_is_refused() {
        assert!(matches!(
            load("database = 'mysql://x'"),
            Err(ConfigError::Database)
        ));
        assert!(matches!(
            load("public_url = 'example.jp'"),
            Err(ConfigError::PublicUrl)
        ));
        assert!(matches!(
            load("public_url = 'https://a.jp/'"),
            Err(ConfigError::PublicUrl)
        ));
    }

    #[test]
    fn a_proxy_that_is_no_address_is_named() {
        let error = load("trusted_proxies = ['127.0.0.1', 'proxy']").unwrap_err();
        assert!(error.to_string().contains("\"proxy\""), "{error}");
        assert!(load("trusted_proxies = ['127.0.0.1', '10.0.0.0/8']").is_ok());
    }

    #[test]
    fn the_password_of_the_mail_server_is_never_printed() {
        let text = "[mail]\nurl = 'smtp://u:geheim@h'\nfrom = 'a@example.jp'";
        assert!(!format!("{:?}", load(text).unwrap()).contains("geheim"));
    }
}
