//! Seven real records of published vulnerabilities, so that findings can be seen. They are no feed,
//! and the program says that they are old.

use std::path::PathBuf;
use std::sync::Arc;

use yagura_kernel::id::OrganizationId;
use yagura_kernel::organization::OrganizationKind;
use yagura_kernel::policy::{Actor, Authorized, Principal, Resource, Standing, actions, authorize};
use yagura_vulnerabilities::import::Importer;
use yagura_vulnerabilities::{Shared, matching, refresh};
use yagura_web::App;

use crate::DemonstrationError;
use crate::members::Region;

const SAMPLES: [(&str, &[u8]); 2] = [
    (
        "nvd-sample.json",
        include_bytes!("../assets/feeds/nvd-sample.json"),
    ),
    (
        "kev-sample.json",
        include_bytes!("../assets/feeds/kev-sample.json"),
    ),
];

/// A folder that goes when it is no longer needed.
struct Folder(PathBuf);

impl Drop for Folder {
    fn drop(&mut self) {
        // What stays behind is two small public files; there is nobody to tell.
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

fn failed(error: impl ToString) -> DemonstrationError {
    DemonstrationError::Feeds(error.to_string())
}

pub(crate) async fn make(app: &App, region: &Region) -> Result<(), DemonstrationError> {
    let folder = Folder(
        app.config()
            .work_folder
            .join(format!("sample-feeds-{}", app.ids().id())),
    );
    std::fs::create_dir_all(&folder.0).map_err(failed)?;
    let proof = proof()?;
    let importer = Importer::new(app, &proof);
    for (name, bytes) in SAMPLES {
        let path = folder.0.join(name);
        std::fs::write(&path, bytes).map_err(failed)?;
        importer
            .load(&path, &[], &mut |_| {})
            .await
            .map_err(failed)?;
    }
    let shared = Shared::default();
    for member in &region.members {
        refresh::refresh(app, &shared, member.id)
            .await
            .map_err(failed)?;
    }
    matching::run(app, &shared, &proof, None)
        .await
        .map_err(failed)?;
    Ok(())
}

/// The program's own proof for the installation's feeds.
fn proof() -> Result<Authorized<actions::ManageFeeds>, DemonstrationError> {
    let organization: OrganizationId = uuid::Uuid::nil().into();
    let principal = Principal {
        actor: Actor::System,
        organization,
        organization_kind: OrganizationKind::Operator,
        roles: Vec::new(),
        second_factor: true,
        token_actions: None,
    };
    let resource = Resource {
        organization,
        standing: Standing::Installation,
    };
    Ok(authorize(&Arc::new(principal), &resource)?)
}
