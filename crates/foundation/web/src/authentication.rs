//! Who a request comes from. The real answer is given by sign-in over `yagura-identity`; tests
//! give their own.

use std::sync::Arc;

use async_trait::async_trait;
use axum::http::HeaderMap;
use uuid::Uuid;
use yagura_kernel::policy::Principal;
use yagura_store::StoreError;
use yagura_store::directory::Organization;

use crate::app::App;
use crate::i18n::Lang;

/// By what means somebody proved who they are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Means {
    /// A session cookie.
    Session(Uuid),
    /// An API token.
    Token(Uuid),
    /// An expiring link to an inspection pack.
    Link(Uuid),
}

/// Somebody who proved who they are.
#[derive(Debug, Clone)]
pub struct Authenticated {
    /// Their identity for the policy.
    pub principal: Arc<Principal>,
    /// Their name; that of the link's label for links.
    pub person_name: String,
    /// The organisation they act for.
    pub organization: Organization,
    /// How many organisations they can act for.
    pub organizations: usize,
    /// By what means.
    pub means: Means,
    /// The language they chose, if they did.
    pub lang: Option<Lang>,
    /// Whether the session must enrol a second factor before anything else.
    pub must_enrol_second_factor: bool,
    /// Whether the session still has to pass the second factor.
    pub must_pass_second_factor: bool,
}

/// Finds out who a request comes from.
#[async_trait]
pub trait Authenticator: Send + Sync {
    /// Who sent a request with these headers; `None` for a stranger.
    ///
    /// # Errors
    /// [`StoreError`] where the database does not answer.
    async fn authenticate(
        &self,
        app: &App,
        headers: &HeaderMap,
    ) -> Result<Option<Authenticated>, StoreError>;
}

/// The name of the session's cookie.
pub const SESSION_COOKIE: &str = "yagura_session";
/// The name of the cookie of an inspection link.
pub const LINK_COOKIE: &str = "yagura_inspection";
/// The name of the cookie of the chosen language.
pub const LANGUAGE_COOKIE: &str = "yagura_lang";

/// The value of a cookie of a request.
#[must_use]
pub fn cookie<'h>(headers: &'h HeaderMap, name: &str) -> Option<&'h str> {
    headers
        .get_all(axum::http::header::COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find(|(key, _)| *key == name)
        .map(|(_, value)| value)
}

/// A `Set-Cookie` header: HttpOnly, SameSite=Lax, Secure where people come by HTTPS.
/// `max_age` in seconds; 0 removes the cookie, `None` keeps it until the browser is closed.
#[must_use]
pub fn set_cookie(name: &str, value: &str, max_age: Option<i64>, secure: bool) -> String {
    set_cookie_at(name, value, "/", max_age, secure)
}

/// The same for one path and what lies below it.
#[must_use]
pub fn set_cookie_at(
    name: &str,
    value: &str,
    path: &str,
    max_age: Option<i64>,
    secure: bool,
) -> String {
    let mut cookie = format!("{name}={value}; Path={path}; HttpOnly; SameSite=Lax");
    if let Some(seconds) = max_age {
        cookie.push_str(&format!("; Max-Age={seconds}"));
    }
    if secure {
        cookie.push_str("; Secure");
    }
    cookie
}

/// The language of a request: chosen by cookie, else what the browser prefers.
#[must_use]
pub fn language(headers: &HeaderMap) -> Lang {
    if let Some(lang) = cookie(headers, LANGUAGE_COOKIE).and_then(Lang::from_code) {
        return lang;
    }
    headers
        .get(axum::http::header::ACCEPT_LANGUAGE)
        .and_then(|value| value.to_str().ok())
        .map_or(Lang::Ja, Lang::from_accept_language)
}
