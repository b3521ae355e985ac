//! What a process keeps besides the database: the compiled index and the dictionary of products,
//! each with the generation of which it is.
//!
//! The index is a file in the data folder, named after its generation and mapped into memory. Each
//! process makes its own from the database when the generation has gone on; nothing is handed from
//! one process to another.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use futures_util::StreamExt as _;
use tokio::sync::Mutex;
use vulnmatch::cpe::Name;
use vulnmatch::index::{Builder, Index};
use vulnmatch::model::Statement;
use vulnmatch::names::Dictionary;
use yagura_store::{Database, FromRow as _};
use yagura_web::App;

use crate::store::VulnerabilityError;
use crate::store::feeds::{self, Joining, Said};

/// How many statements are handed to the builder together.
const PART: usize = 500;
const ENDING: &str = ".vulnidx";

type Kept<T> = Mutex<Option<(i64, Arc<T>)>>;

/// The index and the dictionary of a process.
#[derive(Debug, Default)]
pub struct Shared {
    index: Kept<Index>,
    names: Kept<Dictionary>,
}

fn failed(error: impl std::fmt::Display) -> VulnerabilityError {
    VulnerabilityError::Index(error.to_string())
}

/// Where the index lies.
pub(crate) fn folder(app: &App) -> PathBuf {
    app.config().work_folder.join("vulnerabilities")
}

impl Shared {
    /// The index of what feeds say now, with its generation. It is made where there is none.
    ///
    /// # Errors
    /// [`VulnerabilityError`].
    pub async fn index(&self, app: &App) -> Result<(i64, Arc<Index>), VulnerabilityError> {
        let generation = feeds::counter(app.database(), "generation").await?;
        // One at a time: the others find it made.
        let mut kept = self.index.lock().await;
        if let Some((of, index)) = &*kept
            && *of >= generation
        {
            return Ok((*of, Arc::clone(index)));
        }
        let folder = folder(app);
        let file = folder.join(format!("{generation}{ENDING}"));
        let found = {
            let file = file.clone();
            tokio::task::spawn_blocking(move || Index::open(&file).ok())
                .await
                .map_err(failed)?
        };
        let (of, index) = match found {
            Some(index) => (generation, index),
            None => build(app.database(), &folder).await?,
        };
        let index = Arc::new(index);
        *kept = Some((of, Arc::clone(&index)));
        drop(kept);
        forget_others(&folder, of);
        Ok((of, index))
    }

    /// The dictionary of the engine and of the lists of products.
    ///
    /// # Errors
    /// [`VulnerabilityError`].
    pub async fn names(&self, app: &App) -> Result<(i64, Arc<Dictionary>), VulnerabilityError> {
        let generation = feeds::counter(app.database(), "names").await?;
        let mut kept = self.names.lock().await;
        if let Some((of, names)) = &*kept
            && *of >= generation
        {
            return Ok((*of, Arc::clone(names)));
        }
        let listed = feeds::listed(app.database()).await?;
        let names = tokio::task::spawn_blocking(move || {
            let mut dictionary = Dictionary::new();
            for entry in &listed {
                if let Ok(name) = Name::parse_lenient(&entry.cpe) {
                    dictionary.learn(&entry.vendor, &entry.product, &name);
                }
            }
            dictionary
        })
        .await
        .map_err(failed)?;
        let names = Arc::new(names);
        *kept = Some((generation, Arc::clone(&names)));
        Ok((generation, names))
    }
}

/// Makes the index from a view of the database in which nobody else writes.
async fn build(database: &Database, folder: &Path) -> Result<(i64, Index), VulnerabilityError> {
    let mut snapshot = feeds::snapshot(database).await?;
    let generation = feeds::generation_in(&mut snapshot).await?;
    let (sender, mut parts) = tokio::sync::mpsc::channel::<Vec<Statement>>(4);
    let target = folder.join(format!("{generation}{ENDING}"));
    let folder = folder.to_owned();
    let building = tokio::task::spawn_blocking(move || {
        let mut builder = Builder::new();
        while let Some(part) = parts.blocking_recv() {
            for statement in &part {
                builder.add(statement).map_err(failed)?;
            }
        }
        std::fs::create_dir_all(&folder).map_err(failed)?;
        // Written beside and moved: a process that is killed leaves no half of an index.
        let beside = folder.join(format!("{generation}.{}.part", std::process::id()));
        builder.write(&beside).map_err(failed)?;
        std::fs::rename(&beside, &target).map_err(failed)?;
        Index::open(&target).map_err(failed)
    });
    let mut joining = Joining::new();
    let mut part = Vec::new();
    let mut rows = snapshot.stream(feeds::ALL_SAID, yagura_store::params![])?;
    while let Some(row) = rows.next().await {
        let said = Said::from_row(&row?)?;
        part.extend(joining.take(&said)?);
        if part.len() >= PART && sender.send(std::mem::take(&mut part)).await.is_err() {
            break;
        }
    }
    drop(rows);
    part.extend(joining.finish());
    // Where the builder has stopped it says why itself.
    let _ = sender.send(part).await;
    drop(sender);
    let index = building.await.map_err(failed)??;
    Ok((generation, index))
}

/// Takes away indexes of former generations, and what a killed process left.
fn forget_others(folder: &Path, of: i64) {
    let Ok(entries) = std::fs::read_dir(folder) else {
        return;
    };
    for entry in entries.flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        let generation = name
            .strip_suffix(ENDING)
            .and_then(|number| number.parse::<i64>().ok());
        let is_old = generation.is_some_and(|generation| generation < of);
        let is_left = name.ends_with(".part")
            && entry
                .metadata()
                .and_then(|about| about.modified())
                .is_ok_and(|at| at.elapsed().is_ok_and(|since| since.as_secs() > 86_400));
        // On systems that keep open files it goes another time.
        if is_old || is_left {
            let _ = std::fs::remove_file(entry.path());
        }
    }
}
