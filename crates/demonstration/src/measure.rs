//! What the probes find: measured once for everybody, so that the first page that is opened knows.

use futures_util::stream::{self, StreamExt as _, TryStreamExt as _};
use yagura_checklists::store::{NewMeasurement, store_measurements};
use yagura_kernel::id::OrganizationId;
use yagura_kernel::probe::{ProbeError, Subject, Weight};
use yagura_web::App;

use crate::DemonstrationError;
use crate::members::Region;

/// How many members are measured side by side.
const AT_ONCE: usize = 4;

pub(crate) async fn make(app: &App, region: &Region) -> Result<(), DemonstrationError> {
    let mut tx = app.database().begin_long().await?;
    let members = region.members.iter().map(|member| member.id);
    let mut found = stream::iter(members)
        .map(|member| measure(app, member))
        .buffered(AT_ONCE);
    while let Some((member, measurements)) = found.try_next().await? {
        store_measurements(&mut tx, member, &measurements).await?;
    }
    tx.commit().await?;
    Ok(())
}

async fn measure(
    app: &App,
    organization: OrganizationId,
) -> Result<(OrganizationId, Vec<NewMeasurement>), ProbeError> {
    let now = app.now();
    let subject = Subject {
        organization,
        today: now.jst_date(),
        now,
    };
    let mut measurements = Vec::new();
    for probe in app.probes() {
        measurements.push(NewMeasurement {
            probe: probe.id(),
            decides: probe.weight() == Weight::Decides,
            measurement: probe.measure(subject).await?,
        });
    }
    Ok((organization, measurements))
}
