//! The pages: library, upload, one piece, its file.

mod files;
mod library;
mod panels;
mod piece;
mod upload;

use std::sync::Arc;

use axum::Extension;
use axum::extract::DefaultBodyLimit;
use axum::handler::Handler;
use yagura_kernel::id::EvidenceId;
use yagura_kernel::policy::{Action, ActionType, Authorized, actions};
use yagura_web::ui::layout::Crumb;
use yagura_web::{Access, Context, Routes, WebError};

use crate::host::{EvidenceHost, HostSheet};
use crate::store;

pub(crate) use files::{Delivery, VersionQuery, deliver};
pub use panels::{attach_panel, linked_list};

/// The sheets that evidence stands behind, as handlers get them.
#[derive(Clone)]
pub(crate) struct Host(pub(crate) Arc<dyn EvidenceHost>);

impl Host {
    /// The sheets of an organisation in the reader's language.
    pub(crate) async fn sheets<A: ActionType>(
        &self,
        context: &Context,
        proof: &Authorized<A>,
    ) -> Result<Vec<HostSheet>, WebError> {
        let packs = context.app.packs();
        Ok(self
            .0
            .sheets(
                context.database(),
                &packs,
                proof.organization(),
                context.t(),
            )
            .await?)
    }
}

/// The addresses of the pages.
pub(crate) fn routes(host: &Arc<dyn EvidenceHost>) -> Routes {
    let host = Extension(Host(Arc::clone(host)));
    let read = Access::Action(Action::ReadEvidence);
    let download = Access::Action(Action::DownloadEvidence);
    let manage = Access::Action(Action::ManageEvidence);
    Routes::new()
        .get("/evidence", read, library::own.layer(host.clone()))
        .get(
            "/evidence.xlsx",
            read,
            library::export_own.layer(host.clone()),
        )
        .get(
            "/evidence/of/{organization}",
            read,
            library::of_member.layer(host.clone()),
        )
        .get(
            "/evidence/of/{organization}/evidence.xlsx",
            read,
            library::export_of_member.layer(host.clone()),
        )
        .get("/evidence/new", manage, upload::form.layer(host.clone()))
        .post(
            "/evidence",
            manage,
            upload::create
                .layer(host.clone())
                .layer(DefaultBodyLimit::disable()),
        )
        .get(
            "/evidence/{evidence}",
            read,
            piece::show.layer(host.clone()),
        )
        .get("/evidence/{evidence}/edit", manage, piece::edit)
        .post(
            "/evidence/{evidence}/edit",
            manage,
            piece::save.layer(host.clone()),
        )
        .get("/evidence/{evidence}/version", manage, upload::version_form)
        .post(
            "/evidence/{evidence}/version",
            manage,
            upload::add_version
                .layer(host.clone())
                .layer(DefaultBodyLimit::disable()),
        )
        .post(
            "/evidence/{evidence}/attach",
            manage,
            piece::attach.layer(host.clone()),
        )
        .post(
            "/evidence/{evidence}/detach",
            manage,
            piece::detach.layer(host.clone()),
        )
        .post(
            "/evidence/attach",
            manage,
            piece::attach_chosen.layer(host.clone()),
        )
        .get(
            "/evidence/{evidence}/withdraw",
            manage,
            piece::withdraw_form,
        )
        .post(
            "/evidence/{evidence}/withdraw",
            manage,
            piece::withdraw.layer(host.clone()),
        )
        .post(
            "/evidence/{evidence}/restore",
            manage,
            piece::restore.layer(host),
        )
        .get("/evidence/{evidence}/preview", download, files::preview)
        .get("/evidence/{evidence}/content", download, files::content)
        .get("/evidence/{evidence}/file", download, files::download)
}

/// Asks the policy for an action on the organisation that a piece belongs to.
pub(crate) async fn authorize<A: ActionType>(
    context: &Context,
    id: EvidenceId,
) -> Result<Authorized<A>, WebError> {
    let owner = store::owner(context.database(), id).await?;
    context.authorize::<A>(owner).await
}

/// Whether the policy allows an action on the organisation of a proof, without asking it in
/// earnest: to show or hide a button.
pub(crate) fn may<A: ActionType, B: ActionType>(context: &Context, proof: &Authorized<B>) -> bool {
    let resource = yagura_kernel::policy::Resource {
        organization: proof.organization(),
        standing: proof.standing(),
    };
    let decision = yagura_kernel::policy::decide(&context.principal, A::ACTION, &resource);
    decision == yagura_kernel::policy::Decision::Allow
}

/// The address of the library of the organisation of a proof.
fn library_path<A: ActionType>(context: &Context, proof: &Authorized<A>) -> String {
    if proof.organization() == context.organization.id {
        "/evidence".to_owned()
    } else {
        format!("/evidence/of/{}", proof.organization())
    }
}

fn crumbs<A: ActionType>(context: &Context, proof: &Authorized<A>) -> Vec<Crumb> {
    vec![
        Crumb::new(context.t().t("nav-home"), "/"),
        Crumb::new(
            context.t().t("evidence-library"),
            library_path(context, proof),
        ),
    ]
}

/// A page that shows a form again because something in it is wrong.
fn with_status(
    mut response: axum::response::Response,
    status: axum::http::StatusCode,
) -> axum::response::Response {
    *response.status_mut() = status;
    response
}

/// The proof of reading; kept short for the signatures of this module.
pub(crate) type Read = Authorized<actions::ReadEvidence>;
