//! What a form of a page sent.

use axum::extract::{FromRequest, Request};
use axum::http::header::CONTENT_TYPE;

use crate::app::App;
use crate::error::WebError;
use crate::ui::forms::FormState;

/// The largest form without files, in bytes.
pub const FORM_LIMIT: usize = 2 * 1024 * 1024;

/// The fields of a submitted form, as they were typed.
#[derive(Debug, Clone)]
pub struct SubmittedForm(pub FormState);

impl FromRequest<App> for SubmittedForm {
    type Rejection = WebError;

    async fn from_request(request: Request, app: &App) -> Result<Self, WebError> {
        let is_form = request
            .headers()
            .get(CONTENT_TYPE)
            .and_then(|value| value.to_str().ok())
            .is_some_and(|value| value.starts_with("application/x-www-form-urlencoded"));
        if !is_form {
            return Err(WebError::invalid("error-not-a-form"));
        }
        let form: axum::Form<Vec<(String, String)>> = axum::Form::from_request(request, app)
            .await
            .map_err(|_| WebError::invalid("error-not-a-form"))?;
        Ok(Self(FormState::from_pairs(form.0)))
    }
}

/// A path inside the program from a query or form, safe to send a browser to. Anything else, such
/// as the address of another server, becomes the home page.
#[must_use]
pub fn inner_path(path: &str) -> &str {
    let inner = path.starts_with('/')
        && !path.starts_with("//")
        && !path.starts_with("/\\")
        && !path.chars().any(char::is_control);
    if inner { path } else { "/" }
}

#[cfg(test)]
mod tests {
    use super::inner_path;

    #[test]
    fn only_paths_of_the_program_are_followed() {
        assert_eq!(inner_path("/checklists/1?a=b"), "/checklists/1?a=b");
        for outside in [
            "https://evil.example",
            "//evil.example",
            "/\\evil",
            "javascript:1",
            "",
            "/a\r\nSet-Cookie: x",
        ] {
            assert_eq!(inner_path(outside), "/", "{outside:?}");
        }
    }
}
