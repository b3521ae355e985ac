//! A word on what was done, carried to the next page by a cookie that lives for one page.

use axum::http::HeaderMap;
use axum::response::Response;
use serde::{Deserialize, Serialize};

use crate::authentication::{cookie, set_cookie};
use crate::context::add_cookie;
use crate::i18n::Translator;
use crate::ui::layout::Flash;

const COOKIE: &str = "yagura_flash";
/// What the cookie may hold; longer arguments are not worth a cookie.
const LONGEST: usize = 2_000;

/// A word on what was done: a message key with arguments, worded where it is shown.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FlashMessage {
    #[serde(rename = "k")]
    key: String,
    #[serde(rename = "a")]
    arguments: Vec<(String, String)>,
    #[serde(rename = "f")]
    failure: bool,
}

impl FlashMessage {
    /// It was done.
    #[must_use]
    pub fn done(key: &'static str) -> Self {
        Self {
            key: key.to_owned(),
            arguments: Vec::new(),
            failure: false,
        }
    }

    /// It was not done.
    #[must_use]
    pub fn failed(key: &'static str) -> Self {
        Self {
            key: key.to_owned(),
            arguments: Vec::new(),
            failure: true,
        }
    }

    /// With an argument.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl ToString) -> Self {
        self.arguments.push((name.to_owned(), value.to_string()));
        self
    }

    pub(crate) fn worded(&self, t: &Translator) -> Flash {
        let finding = yagura_kernel::probe::Finding {
            message: self.key.clone(),
            arguments: self.arguments.clone(),
        };
        let words = if t.find(&self.key).is_some() || !self.arguments.is_empty() {
            t.finding(&finding)
        } else {
            String::new()
        };
        if self.failure {
            Flash::failure(words)
        } else {
            Flash::success(words)
        }
    }
}

pub(crate) fn read(headers: &HeaderMap) -> Option<FlashMessage> {
    let text = cookie(headers, COOKIE)?;
    let json = data_encoding::BASE64URL_NOPAD
        .decode(text.as_bytes())
        .ok()?;
    serde_json::from_slice(&json).ok()
}

pub(crate) fn set(response: &mut Response, message: &FlashMessage, secure: bool) {
    let json = serde_json::to_vec(message).unwrap_or_default();
    let text = data_encoding::BASE64URL_NOPAD.encode(&json);
    if text.len() <= LONGEST {
        add_cookie(response, &set_cookie(COOKIE, &text, Some(60), secure));
    }
}

pub(crate) fn forget(response: &mut Response, secure: bool) {
    add_cookie(response, &set_cookie(COOKIE, "", Some(0), secure));
}
