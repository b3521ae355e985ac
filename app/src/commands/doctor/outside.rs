//! What is outside the program: the clock and the way of mail.

use std::time::{Duration, SystemTime};

use yagura_kernel::time::{Clock as _, SystemClock};
use yagura_web::MailRoute;

use super::Checks;
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

/// Whether mail can leave.
pub(super) async fn mail(checks: &mut Checks<'_>, config: &Config) {
    match &config.mail {
        MailRoute::Folder(folder) => checks.warn(
            "mail",
            ("cli-doctor-mail-folder", "cli-doctor-mail-folder-mend"),
            vec![("path", folder.display().to_string())],
        ),
        MailRoute::Smtp { url, .. } => {
            let Some((host, port)) = server_of(url) else {
                let keys = ("cli-doctor-mail-url", "cli-doctor-mail-url-mend");
                checks.fail("mail", keys, Vec::new());
                return;
            };
            let server = format!("{host}:{port}");
            let connecting = tokio::net::TcpStream::connect((host.as_str(), port));
            let reason = match tokio::time::timeout(PATIENCE, connecting).await {
                Ok(Ok(_)) => {
                    checks.ok("mail", "cli-doctor-mail-ok", vec![("server", server)]);
                    return;
                }
                Ok(Err(error)) => error.to_string(),
                Err(elapsed) => elapsed.to_string(),
            };
            checks.fail(
                "mail",
                (
                    "cli-doctor-mail-unreachable",
                    "cli-doctor-mail-unreachable-mend",
                ),
                vec![("server", server), ("reason", reason)],
            );
        }
    }
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
