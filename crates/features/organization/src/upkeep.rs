//! What comes round by the clock for the whole installation: sessions and links that are over and
//! answers kept for idempotency keys go.

use async_trait::async_trait;
use yagura_store::jobs::{Job, JobHandler, Progress};
use yagura_web::{App, idempotency};

/// The kind of the job.
pub(crate) const JOB: &str = "installation.upkeep";

/// Tidies up.
pub(crate) struct Upkeep(pub(crate) App);

#[async_trait]
impl JobHandler for Upkeep {
    fn kind(&self) -> &'static str {
        JOB
    }

    async fn run(&self, _job: &Job, _progress: &Progress) -> Result<(), String> {
        let app = &self.0;
        let removed = app
            .identity()
            .purge()
            .await
            .map_err(|error| error.to_string())?;
        let answers = idempotency::purge(app.database(), app.now())
            .await
            .map_err(|error| error.to_string())?;
        tracing::debug!(removed, answers, "tidied up");
        Ok(())
    }
}
