//! What every request and job can reach.

use std::path::PathBuf;
use std::sync::{Arc, OnceLock, RwLock};

use tokio::sync::{Notify, Semaphore};
use yagura_identity::Identity;
use yagura_kernel::id::{IdGenerator, OrganizationId};
use yagura_kernel::probe::Probe;
use yagura_kernel::time::{Clock, Date, FiscalYear, Instant};
use yagura_packs::Library;
use yagura_store::blobs::BlobStore;
use yagura_store::{Database, StoreError, Transaction, jobs};

use crate::authentication::Authenticator;
use crate::feature::{Feature, Records};
use crate::i18n::{Catalogue, Lang, Translator};
use crate::proxies::TrustedProxies;

/// Where mail goes.
#[derive(Clone, PartialEq, Eq)]
pub enum MailRoute {
    /// To an SMTP server: `smtp://` or `smtps://` with user and password where it needs them.
    Smtp {
        /// The server's URL. Holds the password, so it is never printed.
        url: String,
        /// The sender's address.
        from: String,
    },
    /// Into a folder, one `.eml` file each.
    Folder(PathBuf),
}

impl std::fmt::Debug for MailRoute {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Smtp { from, .. } => write!(formatter, "Smtp(… from {from})"),
            Self::Folder(folder) => write!(formatter, "Folder({})", folder.display()),
        }
    }
}

/// Settings of the server that pages need to know.
#[derive(Debug, Clone)]
pub struct WebConfig {
    /// The address under which people reach the server, without a slash at the end; links in
    /// mails begin with it. `None` where it is not configured: then links take
    /// [`Self::local_url`], and cookies work over plain HTTP.
    pub public_url: Option<String>,
    /// The address of the server on its own machine, without a slash at the end.
    pub local_url: String,
    /// Whether the data are a demonstration.
    pub demo: bool,
    /// The largest file that may be uploaded, in bytes.
    pub upload_limit: u64,
    /// Where mail goes.
    pub mail: MailRoute,
    /// The folder for files in the making (exports).
    pub work_folder: PathBuf,
    /// The reverse proxies whose word on a visitor's address is taken.
    pub trusted_proxies: TrustedProxies,
}

impl WebConfig {
    /// Whether people reach the server by HTTPS.
    #[must_use]
    pub fn is_https(&self) -> bool {
        self.public_url
            .as_deref()
            .is_some_and(|url| url.starts_with("https://"))
    }

    /// A link for mails.
    #[must_use]
    pub fn link(&self, path: &str) -> String {
        format!(
            "{}{path}",
            self.public_url.as_deref().unwrap_or(&self.local_url)
        )
    }
}

/// The parts of an [`App`].
pub struct AppParts {
    /// Settings.
    pub config: WebConfig,
    /// The database.
    pub database: Database,
    /// Stored files.
    pub blobs: BlobStore,
    /// The clock.
    pub clock: Arc<dyn Clock>,
    /// Ids and secrets.
    pub ids: Arc<dyn IdGenerator>,
    /// Rule packs.
    pub packs: Library,
    /// Accounts, sessions, links and tokens.
    pub identity: Identity,
    /// Who a request comes from.
    pub authenticator: Arc<dyn Authenticator>,
    /// The features, in the order of the navigation.
    pub features: Vec<Arc<dyn Feature>>,
    /// The words.
    pub catalogue: Arc<Catalogue>,
}

struct Inner {
    parts: AppParts,
    packs: RwLock<Arc<Library>>,
    wake: Arc<Notify>,
    documents: Semaphore,
    probes: OnceLock<Vec<Arc<dyn Probe>>>,
}

/// What every request and job can reach. Clones share it.
#[derive(Clone)]
pub struct App(Arc<Inner>);

impl std::fmt::Debug for App {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("App")
            .field("config", self.config())
            .finish_non_exhaustive()
    }
}

impl App {
    /// Puts the parts together.
    #[must_use]
    pub fn new(parts: AppParts) -> Self {
        let packs = RwLock::new(Arc::new(parts.packs.clone()));
        Self(Arc::new(Inner {
            parts,
            packs,
            wake: Arc::default(),
            documents: Semaphore::new(2),
            probes: OnceLock::new(),
        }))
    }

    /// Settings.
    #[must_use]
    pub fn config(&self) -> &WebConfig {
        &self.0.parts.config
    }

    /// The database.
    #[must_use]
    pub fn database(&self) -> &Database {
        &self.0.parts.database
    }

    /// Stored files.
    #[must_use]
    pub fn blobs(&self) -> &BlobStore {
        &self.0.parts.blobs
    }

    /// Ids and secrets.
    #[must_use]
    pub fn ids(&self) -> &dyn IdGenerator {
        self.0.parts.ids.as_ref()
    }

    /// Ids and secrets, to be kept.
    #[must_use]
    pub fn shared_ids(&self) -> Arc<dyn IdGenerator> {
        Arc::clone(&self.0.parts.ids)
    }

    /// The clock, to be kept.
    #[must_use]
    pub fn clock(&self) -> Arc<dyn Clock> {
        Arc::clone(&self.0.parts.clock)
    }

    /// Now.
    #[must_use]
    pub fn now(&self) -> Instant {
        self.0.parts.clock.now()
    }

    /// Today in Japan.
    #[must_use]
    pub fn today(&self) -> Date {
        self.now().jst_date()
    }

    /// The fiscal year of today.
    #[must_use]
    pub fn fiscal_year(&self) -> FiscalYear {
        FiscalYear::of(self.today())
    }

    /// The rule packs as they stand now.
    #[must_use]
    pub fn packs(&self) -> Arc<Library> {
        match self.0.packs.read() {
            Ok(packs) => Arc::clone(&packs),
            Err(poisoned) => Arc::clone(&poisoned.into_inner()),
        }
    }

    /// Takes up another set of rule packs, after an import.
    pub fn replace_packs(&self, library: Library) {
        match self.0.packs.write() {
            Ok(mut packs) => *packs = Arc::new(library),
            Err(poisoned) => *poisoned.into_inner() = Arc::new(library),
        }
    }

    /// The features, in the order of the navigation.
    #[must_use]
    pub fn features(&self) -> &[Arc<dyn Feature>] {
        &self.0.parts.features
    }

    /// Accounts, sessions, links and tokens.
    #[must_use]
    pub fn identity(&self) -> &Identity {
        &self.0.parts.identity
    }

    /// Who a request comes from.
    #[must_use]
    pub fn authenticator(&self) -> &dyn Authenticator {
        self.0.parts.authenticator.as_ref()
    }

    /// The words in a language.
    #[must_use]
    pub fn translator(&self, lang: Lang) -> Translator {
        Translator::new(lang, Arc::clone(&self.0.parts.catalogue))
    }

    /// Every probe that a feature offers.
    #[must_use]
    pub fn probes(&self) -> &[Arc<dyn Probe>] {
        self.0.probes.get_or_init(|| {
            self.features()
                .iter()
                .flat_map(|feature| feature.probes(self))
                .collect()
        })
    }

    /// Wakes the job runner of this process; call it after the transaction of a job.
    #[must_use]
    pub fn wake(&self) -> Arc<Notify> {
        Arc::clone(&self.0.wake)
    }

    /// Adds a job in the transaction of the change that asks for it, and wakes the runner.
    ///
    /// # Errors
    /// [`StoreError`] where the database refuses.
    pub async fn enqueue(
        &self,
        tx: &mut Transaction,
        job: jobs::NewJob,
    ) -> Result<uuid::Uuid, StoreError> {
        let id = jobs::enqueue(tx, self.ids(), job, self.now()).await?;
        self.0.wake.notify_one();
        Ok(id)
    }

    /// Tells every feature, in the transaction of the change, that an institution's records changed.
    ///
    /// # Errors
    /// [`StoreError`] where the database refuses; then the change is undone.
    pub async fn records_changed(
        &self,
        tx: &mut Transaction,
        organization: OrganizationId,
        records: Records,
    ) -> Result<(), StoreError> {
        for feature in self.features() {
            feature
                .records_changed(self, tx, organization, records)
                .await?;
        }
        Ok(())
    }

    /// Makes a document on a thread of its own, at most two at a time: they take memory.
    ///
    /// # Errors
    /// What `make` answers, or a word that the work was cut off.
    pub async fn make_document<T, E>(
        &self,
        make: impl FnOnce() -> Result<T, E> + Send + 'static,
    ) -> Result<T, crate::WebError>
    where
        T: Send + 'static,
        E: std::fmt::Display + Send + 'static,
    {
        let internal = |reason: String| crate::WebError::Internal(reason);
        let _permit = self
            .0
            .documents
            .acquire()
            .await
            .map_err(|error| internal(error.to_string()))?;
        tokio::task::spawn_blocking(make)
            .await
            .map_err(|error| internal(error.to_string()))?
            .map_err(|error| internal(error.to_string()))
    }
}
