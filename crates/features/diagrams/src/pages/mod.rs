//! The pages: the two diagrams, and what stops if something stops.

mod drawing;
mod impact;

use yagura_kernel::policy::{Action, Authorized, actions};
use yagura_web::ui::components::{Tab, tabs};
use yagura_web::ui::layout::Crumb;
use yagura_web::{Access, Context, Routes, WebError};

pub(crate) use drawing::{paper_document, svg_file};
pub(crate) use impact::target_of;

const READ: Access = Access::Action(Action::ReadInventory);

/// The addresses of the pages.
pub(crate) fn routes() -> Routes {
    Routes::new()
        .get("/diagrams/systems", READ, drawing::systems)
        .get("/diagrams/systems.svg", READ, drawing::systems_svg)
        .get("/diagrams/systems.pdf", READ, drawing::systems_pdf)
        .get("/diagrams/network", READ, drawing::network)
        .get("/diagrams/network.svg", READ, drawing::network_svg)
        .get("/diagrams/network.pdf", READ, drawing::network_pdf)
        .get("/diagrams/impact", READ, impact::overview)
        .get("/diagrams/impact/systems/{system}", READ, impact::system)
        .get(
            "/diagrams/impact/connections/{connection}",
            READ,
            impact::connection,
        )
        .get("/diagrams/impact/assets/{asset}", READ, impact::asset)
}

async fn proof(context: &Context) -> Result<Authorized<actions::ReadInventory>, WebError> {
    context.authorize_own::<actions::ReadInventory>().await
}

fn crumbs(context: &Context) -> Vec<Crumb> {
    let t = context.t();
    vec![
        Crumb::new(t.t("nav-home"), "/"),
        Crumb::new(t.t("diagrams-title"), "/diagrams/systems"),
    ]
}

/// The views of the feature; `current` is the address of the one shown.
fn views(context: &Context, current: &str) -> maud::Markup {
    let t = context.t();
    let tab = |label, href| Tab {
        label,
        href,
        count: None,
        current: href == current,
    };
    tabs(
        t.t("diagrams-title"),
        &[
            tab(t.t("diagrams-systems"), "/diagrams/systems"),
            tab(t.t("diagrams-network"), "/diagrams/network"),
            tab(t.t("diagrams-impact"), "/diagrams/impact"),
        ],
    )
}
