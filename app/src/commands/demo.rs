//! `yagura demo`: a fresh fictional region, served on loopback.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use yagura_demonstration::DemonstrationError;
use yagura_store::Cause;

use super::serve::{self, OnlyServer, ServeError};
use crate::config::Config;
use crate::installation::Installation;

/// Marks a folder as one that the demonstration may delete.
const MARK: &str = "demonstration";

/// Why the demonstration did not begin.
#[derive(Debug, thiserror::Error)]
pub enum DemoError {
    /// The folder holds something else.
    #[error("{0:?} is not a folder of the demonstration; choose another with --data")]
    ForeignFolder(PathBuf),
    /// The folder cannot be made new.
    #[error("{0:?} cannot be made new: {1:?}")]
    Folder(PathBuf, Cause),
    /// The region could not be made.
    #[error(transparent)]
    Fill(#[from] DemonstrationError),
    /// The server.
    #[error(transparent)]
    Serve(#[from] ServeError),
}

/// Makes the region anew and serves it.
///
/// # Errors
/// [`DemoError`].
#[expect(clippy::print_stdout, reason = "what the visitor reads")]
pub async fn run(mut config: Config, listen: Option<SocketAddr>) -> Result<(), DemoError> {
    config.data = config.data.join("demo");
    config.database = yagura_store::DatabaseUrl::Sqlite(config.data.join("yagura.db"));
    if let Some(listen) = listen {
        config.listen = listen;
    }
    if config.data.join(MARK).exists() {
        // Another demonstration that runs must not lose its data under itself.
        OnlyServer::of(&config.database)?;
    }
    make_new(&config.data)?;
    let _only = OnlyServer::of(&config.database)?;
    let installation = Installation::open(&config, true)
        .await
        .map_err(ServeError::Installation)?;
    println!("見本の地域を作っています / making a fictional region");
    yagura_demonstration::fill(&installation.app, |step| println!("  {step}")).await?;
    serve::serve(installation, config.listen, |address| {
        println!();
        println!("  http://{address}/");
        println!();
        println!("見本データです。終了は Ctrl+C / Demonstration data. Press Ctrl+C to stop");
    })
    .await?;
    Ok(())
}

fn make_new(folder: &Path) -> Result<(), DemoError> {
    let failed = |error: std::io::Error| DemoError::Folder(folder.to_owned(), Cause::from(&error));
    if folder.exists() {
        let empty = std::fs::read_dir(folder).map_err(failed)?.next().is_none();
        if !empty && !folder.join(MARK).exists() {
            return Err(DemoError::ForeignFolder(folder.to_owned()));
        }
        std::fs::remove_dir_all(folder).map_err(failed)?;
    }
    std::fs::create_dir_all(folder).map_err(failed)?;
    std::fs::write(folder.join(MARK), "yagura demo\n").map_err(failed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_folder_of_the_demonstration_is_deleted() {
        let folder = tempfile::tempdir().unwrap();
        let foreign = folder.path().join("foreign");
        std::fs::create_dir(&foreign).unwrap();
        std::fs::write(foreign.join("thesis.doc"), "x").unwrap();
        assert!(matches!(
            make_new(&foreign),
            Err(DemoError::ForeignFolder(_))
        ));
        assert!(foreign.join("thesis.doc").exists());

        let own = folder.path().join("own");
        make_new(&own).unwrap();
        std::fs::write(own.join("yagura.db"), "old").unwrap();
        make_new(&own).unwrap();
        assert!(!own.join("yagura.db").exists());
    }
}
