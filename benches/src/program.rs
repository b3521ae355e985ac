//! The program as a process.

use std::net::TcpListener;
use std::path::Path;
use std::process::Stdio;
use std::time::{Duration, Instant};

use tokio::process::{Child, Command};

use crate::Failure;
use crate::client::Client;

/// How long a start may take before the measurement is given up.
const PATIENCE: Duration = Duration::from_secs(300);

/// A running Yagura; killed when dropped.
pub(crate) struct Program {
    child: Child,
    /// Its address, without a slash at the end.
    pub(crate) base: String,
    /// From the start of the process to the first page that it answered.
    pub(crate) answered_after: Duration,
}

impl Program {
    /// Starts the binary and waits for its first page.
    pub(crate) async fn start(binary: &Path, arguments: &[String]) -> Result<Self, Failure> {
        let port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
        let base = format!("http://127.0.0.1:{port}");
        let client = Client::new(&base, "");
        let settings = tempfile::NamedTempFile::with_suffix(".toml")?;
        std::fs::write(settings.path(), format!("listen = \"127.0.0.1:{port}\"\n"))?;
        let begun = Instant::now();
        let mut child = Command::new(binary)
            .args(arguments)
            .arg("--config")
            .arg(settings.path())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()?;
        loop {
            // The sign-in page is whole: it needs the catalogue, the database and the layout.
            if client
                .get("/sign-in")
                .await
                .is_ok_and(|answer| !answer.status.is_server_error())
            {
                return Ok(Self {
                    child,
                    base,
                    answered_after: begun.elapsed(),
                });
            }
            if let Some(status) = child.try_wait()? {
                return Err(format!("{} {arguments:?} ended: {status}", binary.display()).into());
            }
            if begun.elapsed() > PATIENCE {
                return Err("the program did not answer in time".into());
            }
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    }

    /// Resident memory in megabytes (10^6 bytes).
    pub(crate) fn resident_megabytes(&self) -> Result<f64, Failure> {
        let id = self.child.id().ok_or("the program has ended")?;
        let status = std::fs::read_to_string(format!("/proc/{id}/status"))?;
        let kilobytes: f64 = status
            .lines()
            .find_map(|line| line.strip_prefix("VmRSS:"))
            .and_then(|rest| rest.split_whitespace().next())
            .ok_or("no VmRSS")?
            .parse()?;
        Ok(kilobytes * 1_024.0 / 1_000_000.0)
    }

    /// Tells it to stop and waits until it has.
    pub(crate) async fn stop(mut self) -> Result<(), Failure> {
        if let Some(id) = self
            .child
            .id()
            .and_then(|id| i32::try_from(id).ok())
            .and_then(rustix::process::Pid::from_raw)
        {
            rustix::process::kill_process(id, rustix::process::Signal::TERM)?;
        }
        tokio::time::timeout(Duration::from_secs(30), self.child.wait()).await??;
        Ok(())
    }
}
