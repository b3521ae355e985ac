//! Pages that belong to no feature: home, notices, menu, glossary, language, health.

mod api_description;
mod assets;
mod home;
mod notices;
mod small;

use crate::routes::{Access, Routes};

/// The addresses of the foundation's own pages.
pub(crate) fn routes() -> Routes {
    Routes::new()
        .get("/", Access::SignedIn, home::home)
        .get("/notices", Access::SignedIn, notices::list)
        .post("/notices/{id}/read", Access::SignedIn, notices::read)
        .get("/menu", Access::SignedIn, small::menu)
        .get("/glossary", Access::Public, small::glossary)
        .get("/language", Access::Public, small::language)
        .get("/healthz", Access::Public, small::health)
        .get("/assets/{file}", Access::Public, assets::file)
        .get(
            "/api/v1/openapi.json",
            Access::Public,
            api_description::json,
        )
        .get("/api/docs", Access::Public, api_description::page)
        .merge(crate::sign_in::routes())
}

pub(crate) use api_description::document as openapi;
