//! Diagrams: the configuration diagram of an institution's systems (システム構成図), the diagram of
//! its network, and what stops if something stops.
//!
//! Everything is drawn anew from the register each time it is looked at: there is nothing to keep
//! up to date but the register. A diagram is a graph ([`model`]) that is laid out by zone
//! ([`layout`]) and written as SVG for the page and for a file, or as a PDF on sheets of A3; beside
//! it stand the same facts as tables. What nobody confirmed this fiscal year, and what is over,
//! is marked by a word and by the shape of a line.
//!
//! This feature keeps nothing and reads only `inventory`.

mod api;
mod draw;
pub mod layout;
mod load;
pub mod model;
mod pages;
mod words;

use async_trait::async_trait;
use yagura_kernel::policy::Action;
use yagura_web::i18n::Source;
use yagura_web::{Destination, Feature, Group, NavigationFor, Routes, Translator};

/// The feature.
#[derive(Debug, Clone, Copy, Default)]
pub struct Diagrams;

pub(crate) const MESSAGES: &[Source<'static>] = &[
    Source::ja("diagrams/ja.ftl", include_str!("../locales/ja.ftl")),
    Source::en("diagrams/en.ftl", include_str!("../locales/en.ftl")),
];

#[async_trait]
impl Feature for Diagrams {
    fn name(&self) -> &'static str {
        "diagrams"
    }

    fn routes(&self) -> Routes {
        pages::routes().merge(api::routes())
    }

    fn messages(&self) -> &'static [Source<'static>] {
        MESSAGES
    }

    fn navigation(&self, whom: &NavigationFor<'_>) -> Vec<Destination> {
        if whom.is_institution() && whom.may_at_home(Action::ReadInventory) {
            vec![Destination::new(
                Group::Registers,
                12,
                "diagrams-title",
                "/diagrams/systems",
            )]
        } else {
            Vec::new()
        }
    }

    fn openapi(&self) -> Option<utoipa::openapi::OpenApi> {
        Some(api::description())
    }
}

/// A diagram as the SVG file that the page offers; for benchmarks and tests.
#[must_use]
pub fn svg_of(t: &Translator, diagram: model::Diagram, register: &model::Register) -> String {
    let drawn = load::draw(t, diagram, register, "", layout::Room::SCREEN);
    pages::svg_file(t, &drawn, register, "")
}

/// A diagram as the document of which the PDF is made; for benchmarks and tests.
#[must_use]
pub fn document_of(
    t: &Translator,
    diagram: model::Diagram,
    register: &model::Register,
    imprint: yagura_documents::forms::Imprint,
) -> yagura_documents::forms::DiagramDocument {
    let drawn = load::draw(t, diagram, register, "", layout::Room::A3);
    pages::paper_document(t, &drawn, register, String::new(), imprint)
}
