//! `yagura serve`: the server, its jobs and the sequencer of the audit log.

use std::fs::{File, TryLockError};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::sync::watch;
use yagura_identity::setup;
use yagura_store::jobs::NewJob;
use yagura_store::{Cause, DatabaseUrl, audit};
use yagura_web::{App, server};

use crate::config::Config;
use crate::installation::{Installation, InstallationError};

/// Why the server stopped or never began.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// The installation cannot be opened.
    #[error(transparent)]
    Installation(#[from] InstallationError),
    /// The address cannot be listened on.
    #[error("cannot listen on {address}: {cause:?}")]
    Listen {
        /// The address.
        address: SocketAddr,
        /// Why.
        cause: Cause,
    },
    /// Another server runs on the same database file.
    #[error("another server is using {0}")]
    InUse(PathBuf),
    /// The file that keeps a second server away cannot be made.
    #[error("{path}: {cause:?}")]
    Lock {
        /// The file.
        path: PathBuf,
        /// Why.
        cause: Cause,
    },
    /// The store failed at the start.
    #[error(transparent)]
    Store(#[from] yagura_store::StoreError),
    /// The set-up link could not be made.
    #[error(transparent)]
    Identity(#[from] yagura_identity::IdentityError),
    /// The server broke off.
    #[error("the server broke off: {0}")]
    Broken(std::io::Error),
}

/// Keeps a second server away from a SQLite database for as long as it lives, also where the
/// process is killed: the system lets go of the file's lock. Commands may run beside a server, and
/// on PostgreSQL several servers may.
#[derive(Debug)]
pub(super) struct OnlyServer {
    _file: Option<File>,
}

impl OnlyServer {
    /// Takes the place of the one server.
    ///
    /// # Errors
    /// [`ServeError::InUse`] where another holds it, [`ServeError::Lock`].
    pub(super) fn of(database: &DatabaseUrl) -> Result<Self, ServeError> {
        let DatabaseUrl::Sqlite(database) = database else {
            return Ok(Self { _file: None });
        };
        let mut path = database.clone().into_os_string();
        path.push(".server");
        let path = PathBuf::from(path);
        let failed = |error: std::io::Error| ServeError::Lock {
            path: path.clone(),
            cause: Cause::from(&error),
        };
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder).map_err(failed)?;
        }
        let file = File::options()
            .write(true)
            .create(true)
            .truncate(false)
            .open(&path)
            .map_err(failed)?;
        match file.try_lock() {
            Ok(()) => Ok(Self { _file: Some(file) }),
            Err(TryLockError::WouldBlock) => Err(ServeError::InUse(in_use(database))),
            Err(TryLockError::Error(error)) => Err(failed(error)),
        }
    }
}

/// The folder is what people know.
fn in_use(database: &Path) -> PathBuf {
    database.parent().unwrap_or(database).to_owned()
}

/// Serves an installation until the process is told to stop.
///
/// # Errors
/// [`ServeError`].
pub async fn run(config: &Config) -> Result<(), ServeError> {
    let _only = OnlyServer::of(&config.database)?;
    let installation = Installation::open(config, false).await?;
    if setup::is_needed(installation.app.database()).await? {
        print_set_up_link(&installation.app, config).await?;
    }
    serve(installation, config.listen, |address| {
        tracing::info!(%address, "serving");
    })
    .await
}

#[expect(clippy::print_stdout, reason = "the one place where the link is shown")]
async fn print_set_up_link(app: &App, config: &Config) -> Result<(), ServeError> {
    let mut tx = app.database().begin().await?;
    let link = setup::begin(&mut tx, app.identity().act_of_program()).await?;
    tx.commit().await?;
    let base = config
        .public_url
        .clone()
        .unwrap_or_else(|| format!("http://{}", config.listen));
    println!("初期設定 / Set-up (once, within 7 days):");
    println!("  {base}/set-up/{}", link.token.reveal());
    Ok(())
}

/// Serves what is put together already.
///
/// # Errors
/// [`ServeError::Listen`], [`ServeError::Broken`].
pub async fn serve(
    installation: Installation,
    listen: SocketAddr,
    ready: impl FnOnce(SocketAddr),
) -> Result<(), ServeError> {
    let listener = TcpListener::bind(listen)
        .await
        .map_err(|error| ServeError::Listen {
            address: listen,
            cause: Cause::from(&error),
        })?;
    let address = listener.local_addr().map_err(ServeError::Broken)?;
    let (stop, stopped) = watch::channel(false);
    let app = installation.app.clone();
    let background = [
        tokio::spawn(run_jobs(installation.runner(), stopped.clone())),
        tokio::spawn(schedule(app.clone(), stopped.clone())),
        tokio::spawn(yagura_rulepacks::follow(
            app.clone(),
            until_stopped(stopped),
        )),
        tokio::spawn(clear_incoming(app.clone())),
    ];
    // Ends after everything else that writes entries, so that the last of them get their places.
    let (end, ended) = watch::channel(false);
    let sequencer = tokio::spawn(sequence(app.clone(), installation.audit_key, ended));
    let service = server::service(&app).into_make_service_with_connect_info::<SocketAddr>();
    ready(address);
    let served = axum::serve(listener, service)
        .with_graceful_shutdown(told_to_stop())
        .await;
    let _ = stop.send(true);
    for task in background {
        let _ = task.await;
    }
    let _ = end.send(true);
    let _ = sequencer.await;
    app.database().close().await;
    served.map_err(ServeError::Broken)
}

async fn told_to_stop() {
    let interrupt = tokio::signal::ctrl_c();
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        match signal(SignalKind::terminate()) {
            Ok(mut terminate) => {
                tokio::select! { _ = interrupt => {}, _ = terminate.recv() => {} }
            }
            Err(_) => {
                let _ = interrupt.await;
            }
        }
    }
    #[cfg(not(unix))]
    let _ = interrupt.await;
}

async fn until_stopped(mut stopped: watch::Receiver<bool>) {
    let _ = stopped.wait_for(|stopped| *stopped).await;
}

async fn run_jobs(runner: yagura_store::jobs::Runner, stopped: watch::Receiver<bool>) {
    runner.run_until(until_stopped(stopped)).await;
}

/// Asks for the work that comes round by the clock. Several processes may ask: the job waits once.
async fn schedule(app: App, stopped: watch::Receiver<bool>) {
    let schedules: Vec<_> = app
        .features()
        .iter()
        .flat_map(|feature| feature.schedules())
        .copied()
        .collect();
    let stop = until_stopped(stopped);
    tokio::pin!(stop);
    let mut last = vec![None; schedules.len()];
    loop {
        let now = app.now();
        for (schedule, last) in schedules.iter().zip(&mut last) {
            let due = last.is_none_or(|last| now.seconds_since(last) >= schedule.every_seconds);
            if due {
                let job = NewJob::now(schedule.job, serde_json::json!({}), now).once(schedule.job);
                match ask(&app, job).await {
                    Ok(()) => *last = Some(now),
                    Err(error) => tracing::warn!(%error, job = schedule.job, "not scheduled"),
                }
            }
        }
        tokio::select! {
            () = &mut stop => return,
            () = tokio::time::sleep(Duration::from_secs(30)) => {}
        }
    }
}

async fn ask(app: &App, job: NewJob) -> Result<(), yagura_store::StoreError> {
    let mut tx = app.database().begin().await?;
    app.enqueue(&mut tx, job).await?;
    tx.commit().await
}

/// Removes what uploads left that the end of an earlier process broke off.
async fn clear_incoming(app: App) {
    match app.blobs().clear_incoming(app.now()).await {
        Ok(0) => {}
        Ok(removed) => tracing::info!(removed, "remains of broken-off uploads removed"),
        Err(error) => tracing::warn!(%error, "remains of uploads could not be removed"),
    }
}

/// Gives the entries of the audit log their places while the server runs, and the last ones at
/// its end.
async fn sequence(app: App, key: yagura_kernel::audit::SigningKey, ended: watch::Receiver<bool>) {
    let clock = app.clock();
    audit::run_sequencer_until(app.database(), &key, clock.as_ref(), until_stopped(ended)).await;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_server_at_a_time_on_a_file() {
        let folder = tempfile::tempdir().unwrap();
        let database = DatabaseUrl::Sqlite(folder.path().join("new").join("yagura.db"));
        let first = OnlyServer::of(&database).unwrap();
        assert!(matches!(
            OnlyServer::of(&database),
            Err(ServeError::InUse(_))
        ));
        drop(first);
        OnlyServer::of(&database).unwrap();
        let server = DatabaseUrl::Postgres("postgres://localhost/yagura".to_owned());
        let both = (OnlyServer::of(&server), OnlyServer::of(&server));
        assert!(matches!(both, (Ok(_), Ok(_))));
    }
}
