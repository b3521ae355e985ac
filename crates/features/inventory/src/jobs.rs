//! Work of the register that nobody waits for.

use async_trait::async_trait;
use yagura_store::StoreError;
use yagura_store::jobs::{Job, JobHandler, Progress};
use yagura_web::App;

use crate::store;

/// The kind of the job that forgets files of imports that nobody confirmed.
pub const CLEAN: &str = "inventory-clean";

/// Forgets files of imports that nobody confirmed in time: they say much about a network.
#[derive(Debug, Clone)]
pub(crate) struct CleanHandler {
    pub(crate) app: App,
}

#[async_trait]
impl JobHandler for CleanHandler {
    fn kind(&self) -> &'static str {
        CLEAN
    }

    async fn run(&self, _job: &Job, _progress: &Progress) -> Result<(), String> {
        let text = |error: StoreError| error.to_string();
        let mut tx = self.app.database().begin().await.map_err(text)?;
        store::expire_imports(&mut tx, self.app.now())
            .await
            .map_err(text)?;
        tx.commit().await.map_err(text)
    }
}
