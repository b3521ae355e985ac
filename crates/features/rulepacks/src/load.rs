//! The library of a running program: the packs that ship with it and those that were imported.

use std::time::Duration;

use yagura_packs::{Library, LibraryError, Pack};
use yagura_store::{Database, StoreError};
use yagura_web::App;

use crate::store::{self, Content};

/// How often a process looks for packs that another has imported.
const LOOK_EVERY: Duration = Duration::from_secs(20);

/// The library with what was imported.
#[derive(Debug, Clone)]
pub struct Loaded {
    /// The library.
    pub library: Library,
    /// Imported packs that could not be taken up; the rest works without them.
    pub faults: Vec<LoadFault>,
    /// How many packs are imported in all.
    pub number: i64,
}

/// An imported pack that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LoadFault {
    /// The pack's id.
    pub pack: String,
    /// Its version.
    pub version: String,
    /// Why.
    pub reason: FaultReason,
}

/// Why an imported pack cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FaultReason {
    /// Its record cannot be read.
    #[error("the record cannot be read: {0}")]
    Unreadable(String),
    /// The program ships with another pack of the same version: after an update of the program.
    #[error(transparent)]
    Conflict(#[from] LibraryError),
}

impl FaultReason {
    /// The key of what a person is told.
    #[must_use]
    pub fn message_key(&self) -> &'static str {
        match self {
            Self::Unreadable(_) => "rulepacks-fault-unreadable",
            Self::Conflict(_) => "rulepacks-fault-conflict",
        }
    }
}

/// Reads the imported packs and puts them to those that ship with the program.
///
/// # Errors
/// [`StoreError`] where the database does not answer. A pack that cannot be used is no error: it
/// is in [`Loaded::faults`].
pub async fn load(database: &Database) -> Result<Loaded, StoreError> {
    Ok(assemble(store::contents(database).await?))
}

pub(crate) fn assemble(contents: Vec<Content>) -> Loaded {
    let number = i64::try_from(contents.len()).unwrap_or(i64::MAX);
    let mut library = Library::builtin().clone();
    let mut faults = Vec::new();
    for stored in contents {
        let added = serde_json::from_str::<Pack>(&stored.content)
            .map_err(|error| FaultReason::Unreadable(error.to_string()))
            .and_then(|pack| library.with([pack]).map_err(FaultReason::from));
        match added {
            Ok(with) => library = with,
            Err(reason) => {
                tracing::warn!(pack = %stored.pack_id, version = %stored.version, %reason,
                    "an imported pack is not used");
                faults.push(LoadFault {
                    pack: stored.pack_id,
                    version: stored.version,
                    reason,
                });
            }
        }
    }
    Loaded {
        library,
        faults,
        number,
    }
}

/// Reads the packs again and gives them to the program.
///
/// # Errors
/// [`StoreError`] where the database does not answer; the program keeps what it has.
pub async fn refresh(app: &App) -> Result<Loaded, StoreError> {
    let loaded = load(app.database()).await?;
    app.replace_packs(loaded.library.clone());
    Ok(loaded)
}

/// Takes up what another process of the installation has imported or withdrawn, until `stop` is
/// ready.
pub async fn follow(app: App, stop: impl Future<Output = ()>) {
    tokio::pin!(stop);
    let mut known = None;
    loop {
        match store::mark(app.database()).await {
            Ok(mark) if known == Some(mark) => {}
            // The first look also finds what came between start and now. What changes between the
            // mark and the reading is read twice.
            Ok(mark) => match refresh(&app).await {
                Ok(_) => known = Some(mark),
                Err(error) => tracing::warn!(%error, "imported packs cannot be read"),
            },
            Err(error) => tracing::warn!(%error, "imported packs cannot be counted"),
        }
        tokio::select! {
            () = &mut stop => return,
            () = tokio::time::sleep(LOOK_EVERY) => {}
        }
    }
}
