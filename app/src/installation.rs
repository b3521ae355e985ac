//! Puts an installation together: settings, keys, database, stored files and features.

use std::path::PathBuf;
use std::sync::Arc;

use yagura_identity::{Identity, Settings};
use yagura_kernel::audit::SigningKey;
use yagura_kernel::id::{IdGenerator, SystemIds};
use yagura_kernel::time::{Clock, SystemClock};
use yagura_store::blobs::{BlobKey, BlobStore};
use yagura_store::jobs::Runner;
use yagura_store::{Cause, Database, DatabaseUrl, Migration, StoreError, migration};
use yagura_web::i18n::CatalogueErrors;
use yagura_web::sign_in::SessionAuthenticator;
use yagura_web::{App, AppParts, Feature};

use crate::config::Config;
use crate::keys::{KeyError, Keys};

/// The features, in the order of the navigation.
#[must_use]
pub fn features() -> Vec<Arc<dyn Feature>> {
    vec![
        Arc::new(yagura_checklists::Checklists),
        Arc::new(yagura_evidence::Evidence::new(Arc::new(
            yagura_evidence::Hosts(vec![
                Arc::new(yagura_checklists::EvidenceSheets),
                Arc::new(yagura_inventory::EvidenceRecords),
            ]),
        ))),
        Arc::new(yagura_vendors::Vendors),
        Arc::new(yagura_region::Region),
        Arc::new(yagura_inventory::Inventory),
        Arc::new(yagura_diagrams::Diagrams),
        Arc::new(yagura_credentials::Credentials::new(Arc::new(
            yagura_checklists::EvidenceSheets,
        ))),
        Arc::new(yagura_ledgers::Ledgers::new(Arc::new(
            yagura_requests::DepartmentsAtTheDesk,
        ))),
        Arc::new(yagura_accounts::Accounts),
        Arc::new(yagura_vulnerabilities::Vulnerabilities::default()),
        Arc::new(yagura_requests::Requests),
        Arc::new(yagura_contacts::Contacts),
        Arc::new(yagura_inspection::Inspection),
        Arc::new(yagura_organization::OrganizationPages),
        Arc::new(yagura_rulepacks::RulePacks),
    ]
}

/// The tables of the whole program, in the order in which they are made.
#[must_use]
pub fn migrations() -> Vec<&'static [Migration]> {
    let mut lists = yagura_store::MIGRATIONS.to_vec();
    lists.push(yagura_identity::MIGRATIONS);
    lists.push(yagura_web::MIGRATIONS);
    lists.extend(features().iter().map(|feature| feature.migrations()));
    lists
}

/// Why an installation cannot be put together.
#[derive(Debug, thiserror::Error)]
pub enum InstallationError {
    /// The data folder cannot be made.
    #[error("the data folder {0} cannot be made: {1:?}")]
    Folder(PathBuf, Cause),
    /// A key.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// The database or the folder of files.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The program's words are faulty: a fault of the program.
    #[error("message files: {0:?}")]
    Words(CatalogueErrors),
}

/// An installation.
pub struct Installation {
    /// What requests and jobs reach.
    pub app: App,
    /// Signs the audit log.
    pub audit_key: SigningKey,
}

impl Installation {
    /// Opens the installation of these settings; what is absent is made, and the tables are
    /// brought up to date.
    ///
    /// # Errors
    /// [`InstallationError`].
    pub async fn open(config: &Config, demo: bool) -> Result<Self, InstallationError> {
        let folder = |error: std::io::Error| {
            InstallationError::Folder(config.data.clone(), Cause::from(&error))
        };
        std::fs::create_dir_all(&config.data).map_err(folder)?;
        if let DatabaseUrl::Sqlite(path) = &config.database
            && let Some(parent) = path.parent()
        {
            std::fs::create_dir_all(parent).map_err(folder)?;
        }
        let ids: Arc<dyn IdGenerator> = Arc::new(SystemIds::new());
        let clock: Arc<dyn Clock> = Arc::new(SystemClock);
        let keys = Keys::load_or_create(&config.data, ids.as_ref())?;
        let database = Database::open(&config.database).await?;
        migration::migrate(&database, &migrations(), clock.now()).await?;
        let blobs = BlobStore::in_folder(
            &config.data.join("files"),
            BlobKey::new(keys.blobs),
            Arc::clone(&ids),
        )?;
        let public_url = config
            .public_url
            .clone()
            .unwrap_or_else(|| format!("http://localhost:{}", config.listen.port()));
        let identity = Identity::new(
            database.clone(),
            Arc::clone(&clock),
            Arc::clone(&ids),
            &keys.secrets,
            Settings::new(public_url),
        );
        let features = features();
        let packs = yagura_rulepacks::load(&database).await?.library;
        let catalogue = yagura_web::catalogue(&features).map_err(InstallationError::Words)?;
        let app = App::new(AppParts {
            config: config.web(demo),
            database,
            blobs,
            clock,
            ids,
            packs,
            identity,
            authenticator: Arc::new(SessionAuthenticator),
            features,
            catalogue,
        });
        Ok(Self {
            app,
            audit_key: keys.audit,
        })
    }

    /// The runner of every job that the program knows.
    #[must_use]
    pub fn runner(&self) -> Runner {
        let mut handlers = yagura_web::jobs(&self.app);
        for feature in self.app.features() {
            handlers.extend(feature.jobs(&self.app));
        }
        Runner::new(
            self.app.database().clone(),
            self.app.clock(),
            handlers,
            self.app.wake(),
        )
    }
}
