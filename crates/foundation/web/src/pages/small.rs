use axum::extract::Query;
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use yagura_store::params;

use crate::authentication::{LANGUAGE_COOKIE, set_cookie};
use crate::context::{Context, PublicContext, add_cookie, see_other};
use crate::error::WebError;
use crate::i18n::Lang;
use crate::submitted::inner_path;
use crate::ui::{glossary, layout};

const A_YEAR: i64 = 365 * 24 * 60 * 60;

/// The menu, which a phone shows in place of the side navigation.
pub(super) async fn menu(context: Context) -> Result<Response, WebError> {
    let frame = context.frame(context.t().t("frame-menu"));
    context.render(frame, layout::menu_page).await
}

/// The glossary.
pub(super) async fn glossary(context: PublicContext) -> Response {
    let t = context.t();
    context.page(t.t("glossary-title"), glossary::glossary(t))
}

#[derive(Debug, Deserialize)]
pub(super) struct ToLanguage {
    to: String,
    #[serde(default)]
    back: String,
}

/// Chooses the language.
pub(super) async fn language(context: PublicContext, Query(query): Query<ToLanguage>) -> Response {
    let mut response = see_other(inner_path(&query.back));
    if let Some(lang) = Lang::from_code(&query.to) {
        let secure = context.app.config().is_https();
        add_cookie(
            &mut response,
            &set_cookie(LANGUAGE_COOKIE, lang.code(), Some(A_YEAR), secure),
        );
    }
    response
}

/// Whether the server and its database answer, for balancers.
pub(super) async fn health(context: PublicContext) -> Result<Response, WebError> {
    context
        .app
        .database()
        .rows::<()>("SELECT 1 AS n", params![])
        .await?;
    Ok("ok\n".into_response())
}
