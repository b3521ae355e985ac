//! What is outside the program: the clock and the way of mail.

use std::time::{Duration, SystemTime};

use lettre::{AsyncSmtpTransport, Tokio1Executor};
use yagura_kernel::time::{Clock as _, SystemClock};
use yagura_store::Cause;
use yagura_web::MailRoute;

use super::Checks;
use crate::commands::failure::cause_words;
use crate::config::Config;

/// By how much two clocks may differ, in seconds.
pub(super) const TOLERATED_SECONDS: i64 = 5;
/// How long the clock is held against the machine's monotonic one.
const WATCHED: Duration = Duration::from_millis(300);
/// By how much they may differ over that time, in milliseconds.
const TOLERATED_DRIFT: i64 = 100;
/// How long a mail server may take to answer.
const PATIENCE: Duration = Duration::from_secs(5);

/// Holds the clock against the file system's time and against a clock that is never set.
pub(super) async fn clock(checks: &mut Checks<'_>, config: &Config) {
    let wall = SystemClock.now();
    let monotonic = tokio::time::Instant::now();
    tokio::time::sleep(WATCHED).await;
    let by_wall = (SystemClock.now().as_micros() - wall.as_micros()) / 1_000;
    let by_monotonic = i64::try_from(monotonic.elapsed().as_millis()).unwrap_or(i64::MAX);
    let drift = by_wall - by_monotonic;
    if drift.abs() > TOLERATED_DRIFT {
        let arguments = vec![("milliseconds", drift.to_string())];
        checks.warn(
            "clock",
            ("cli-doctor-clock-jumps", "cli-doctor-clock-mend"),
            arguments,
        );
        return;
    }
    if let Some(difference) = file_system_difference(config)
        && difference.abs() > TOLERATED_SECONDS
    {
        let arguments = vec![("seconds", difference.to_string())];
        checks.warn(
            "clock",
            ("cli-doctor-clock-files", "cli-doctor-clock-mend"),
            arguments,
        );
        return;
    }
    let now = SystemClock.now();
    checks.ok(
        "clock",
        "cli-doctor-clock-ok",
        vec![("now", checks.t.date_time(now))],
    );
}

/// By how many seconds the clock that stamps files is ahead of ours.
fn file_system_difference(config: &Config) -> Option<i64> {
    let probe = config
        .data
        .join(format!(".doctor-clock-{}", std::process::id()));
    std::fs::write(&probe, b"clock").ok()?;
    let stamped = std::fs::metadata(&probe)
        .and_then(|metadata| metadata.modified())
        .ok();
    let _ = std::fs::remove_file(&probe);
    let stamped = stamped?.duration_since(SystemTime::UNIX_EPOCH).ok()?;
    let stamped = i64::try_from(stamped.as_secs()).ok()?;
    Some(stamped - SystemClock.now().as_micros() / 1_000_000)
}

/// Whether mail can leave: speaks to the server as a sending would, up to the greeting, the
/// encryption and the password, and sends nothing.
pub(super) async fn mail(checks: &mut Checks<'_>, config: &Config) {
    let url = match &config.mail {
        MailRoute::Folder(folder) => {
            checks.warn(
                "mail",
                ("cli-doctor-mail-folder", "cli-doctor-mail-folder-mend"),
                vec![("path", folder.display().to_string())],
            );
            return;
        }
        MailRoute::Smtp { url, .. } => url,
    };
    let transport = AsyncSmtpTransport::<Tokio1Executor>::from_url(url);
    let (Some((host, port)), Ok(transport)) = (server_of(url), transport) else {
        let keys = ("cli-doctor-mail-url", "cli-doctor-mail-url-mend");
        checks.fail("mail", keys, Vec::new());
        return;
    };
    let server = format!("{host}:{port}");
    let transport = transport.timeout(Some(PATIENCE)).build::<Tokio1Executor>();
    let trouble = match tokio::time::timeout(2 * PATIENCE, transport.test_connection()).await {
        Ok(Ok(true)) => None,
        Ok(Ok(false)) => Some((Trouble::Unreachable, Cause::Broken)),
        Ok(Err(error)) => Some(trouble_of(&error)),
        Err(_) => Some((Trouble::Unreachable, Cause::TimedOut)),
    };
    let mut arguments = vec![("server", server)];
    let Some((trouble, cause)) = trouble else {
        if is_plain(url) && !is_this_machine(&host) {
            let keys = ("cli-doctor-mail-plain", "cli-doctor-mail-plain-mend");
            checks.warn("mail", keys, arguments);
        } else {
            checks.ok("mail", "cli-doctor-mail-ok", arguments);
        }
        return;
    };
    arguments.push(("reason", cause_words(checks.t, &cause)));
    let keys = match trouble {
        Trouble::Unreachable => (
            "cli-doctor-mail-unreachable",
            "cli-doctor-mail-unreachable-mend",
        ),
        Trouble::Encryption => ("cli-doctor-mail-tls", "cli-doctor-mail-tls-mend"),
        Trouble::Password => ("cli-doctor-mail-password", "cli-doctor-mail-password-mend"),
        Trouble::Refused => ("cli-doctor-mail-refused", "cli-doctor-mail-refused-mend"),
    };
    checks.fail("mail", keys, arguments);
}

/// At what speaking to a mail server ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Trouble {
    Unreachable,
    Encryption,
    Password,
    Refused,
}

fn trouble_of(error: &lettre::transport::smtp::Error) -> (Trouble, Cause) {
    let cause = Cause::Other(error.to_string());
    if let Some(status) = error.status() {
        // RFC 4954 section 6: what a server answers about the sender's credentials.
        let about_password = ["530", "534", "535", "538", "454"];
        let trouble = if about_password.contains(&status.to_string().as_str()) {
            Trouble::Password
        } else {
            Trouble::Refused
        };
        return (trouble, cause);
    }
    if error.is_timeout() {
        return (Trouble::Unreachable, Cause::TimedOut);
    }
    if error.is_tls() {
        return (Trouble::Encryption, cause);
    }
    let mut source = std::error::Error::source(error);
    while let Some(inner) = source {
        if let Some(io) = inner.downcast_ref::<std::io::Error>() {
            // Certificates that are not believed come as errors of the connection.
            let of_tls = io
                .get_ref()
                .is_some_and(|inner| inner.is::<rustls::Error>());
            return if of_tls {
                (Trouble::Encryption, Cause::Other(io.to_string()))
            } else {
                (Trouble::Unreachable, Cause::from(io))
            };
        }
        source = inner.source();
    }
    let trouble = if error.is_client() {
        // The server offers no encryption where it is required, or no way to sign in.
        Trouble::Encryption
    } else {
        Trouble::Refused
    };
    (trouble, cause)
}

/// Whether letters and passwords go without encryption.
fn is_plain(url: &str) -> bool {
    url.starts_with("smtp://") && !url.contains("tls=")
}

fn is_this_machine(host: &str) -> bool {
    host == "localhost"
        || host
            .parse::<std::net::IpAddr>()
            .is_ok_and(|address| address.is_loopback())
}

/// Host and port of a URL such as `smtps://user:password@host:465?tls=required`.
fn server_of(url: &str) -> Option<(String, u16)> {
    let (scheme, rest) = url.split_once("://")?;
    let default = match scheme {
        "smtp" => 587,
        "smtps" => 465,
        _ => return None,
    };
    let rest = rest.split(['/', '?']).next()?;
    let server = rest.rsplit_once('@').map_or(rest, |(_, server)| server);
    // A colon inside the brackets of an IPv6 address begins no port.
    let (host, port) = match server.rsplit_once(':') {
        Some((host, port)) if !port.ends_with(']') => (host, port.parse().ok()?),
        _ => (server, default),
    };
    let host = host.trim_start_matches('[').trim_end_matches(']');
    (!host.is_empty()).then(|| (host.to_owned(), port))
}

#[cfg(test)]
mod tests {
    use super::server_of;

    #[test]
    fn the_mail_server_is_found_in_its_url_without_the_password() {
        let server = |url| server_of(url).map(|(host, port)| format!("{host} {port}"));
        assert_eq!(
            server("smtp://u:p@mail.example.jp").as_deref(),
            Some("mail.example.jp 587")
        );
        assert_eq!(
            server("smtps://mail.example.jp:2465?tls=x").as_deref(),
            Some("mail.example.jp 2465")
        );
        assert_eq!(server("smtp://[::1]:25").as_deref(), Some("::1 25"));
        assert_eq!(server("smtp://[::1]").as_deref(), Some("::1 587"));
        for wrong in ["http://x", "smtp://", "mail.example.jp", "smtp://x:port"] {
            assert_eq!(server(wrong), None, "{wrong}");
        }
    }
}
