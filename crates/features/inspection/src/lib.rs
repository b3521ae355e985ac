//! The inspection pack (立入検査の一式): the filled sheets of the institution and its vendors, the
//! evidence list, the change history and the contact chart as PDF, xlsx and zip; expiring links by
//! which an inspector reads it; and short codes by which a printed sheet can be held against the
//! very state that was printed.

mod api;
mod assemble;
mod pages;
mod render;
mod store;

use async_trait::async_trait;
use yagura_kernel::policy::Action;
use yagura_store::Migration;
use yagura_web::i18n::Source;
use yagura_web::{Access, Destination, Feature, Group, NavigationFor, Routes};

/// The feature.
#[derive(Debug, Clone, Copy)]
pub struct Inspection;

#[async_trait]
impl Feature for Inspection {
    fn name(&self) -> &'static str {
        "inspection"
    }

    fn migrations(&self) -> &'static [Migration] {
        store::MIGRATIONS
    }

    fn routes(&self) -> Routes {
        Routes::new()
            .get(
                "/inspection",
                Access::Action(Action::PrintPack),
                pages::pack::own,
            )
            .get(
                "/inspection/of/{organization}",
                Access::Action(Action::PrintPack),
                pages::pack::of,
            )
            .get(
                "/inspection/of/{organization}/{document}",
                Access::Action(Action::PrintPack),
                pages::pack::document,
            )
            .get(
                "/inspection/links",
                Access::Action(Action::ShareInspectionLink),
                pages::links::list,
            )
            .post(
                "/inspection/links",
                Access::Action(Action::ShareInspectionLink),
                pages::links::create,
            )
            .post(
                "/inspection/links/{invitation}/revoke",
                Access::Action(Action::ShareInspectionLink),
                pages::links::revoke,
            )
            .get("/printed", Access::SignedIn, pages::printed::form)
            .get("/printed/{code}", Access::SignedIn, pages::printed::show)
            .get(
                "/api/v1/inspection/{organization}",
                Access::Action(Action::PrintPack),
                api::contents,
            )
            .get(
                "/api/v1/inspection-links",
                Access::Action(Action::ShareInspectionLink),
                api::links,
            )
            .post(
                "/api/v1/inspection-links",
                Access::Action(Action::ShareInspectionLink),
                api::create_link,
            )
            .delete(
                "/api/v1/inspection-links/{invitation}",
                Access::Action(Action::ShareInspectionLink),
                api::take_back,
            )
            .get("/api/v1/printed/{code}", Access::SignedIn, api::printed)
    }

    fn messages(&self) -> &'static [Source<'static>] {
        const MESSAGES: &[Source<'static>] = &[
            Source::ja("inspection/ja.ftl", include_str!("../locales/ja.ftl")),
            Source::en("inspection/en.ftl", include_str!("../locales/en.ftl")),
        ];
        MESSAGES
    }

    fn navigation(&self, whom: &NavigationFor<'_>) -> Vec<Destination> {
        if whom.may_at_home(Action::PrintPack) {
            vec![Destination::new(
                Group::ToDo,
                40,
                "inspection-nav",
                "/inspection",
            )]
        } else {
            Vec::new()
        }
    }

    fn openapi(&self) -> Option<utoipa::openapi::OpenApi> {
        Some(api::document())
    }
}
