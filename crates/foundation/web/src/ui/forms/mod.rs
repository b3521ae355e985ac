//! Forms: what was submitted, what is wrong with it, and the fields that show both.
//!
//! A handler reads a form into a [`FormState`], checks it with the `read_…` functions, and where
//! [`FormState::has_errors`] shows the same page again with the same state: what was typed stays,
//! each error stands beside its field and again, linked, at the top. Forms carry no token against
//! forgery: the origin of every unsafe request is checked by the server.

mod buttons;
mod fields;
mod helpers;
mod state;

pub use buttons::{Button, button, button_row, link_button, print_button};
pub use fields::{
    Choice, Field, FileRules, InputKind, RadioStyle, Width, checkbox, checkbox_group, date_field,
    date_hint, error_summary, fieldset, file_field, hidden, radio_group, select, text_field,
    textarea,
};
pub use helpers::{
    Ceremony, PasskeyForm, copy_button, download_link, passkey_form, row_checkbox, select_all,
};
pub use state::{FieldError, FormState, date_error};

use maud::{Markup, html};

use crate::i18n::Translator;

/// A form's address and how it is sent.
#[derive(Debug, Clone, Copy)]
pub struct Form<'a> {
    action: &'a str,
    method: &'a str,
    upload: bool,
    draft: Option<&'a str>,
    confirm: Option<&'a str>,
    id: Option<&'a str>,
}

impl<'a> Form<'a> {
    /// A form that changes something.
    #[must_use]
    pub const fn post(action: &'a str) -> Self {
        Self {
            action,
            method: "post",
            upload: false,
            draft: None,
            confirm: None,
            id: None,
        }
    }

    /// A form that only asks.
    #[must_use]
    pub const fn get(action: &'a str) -> Self {
        Self {
            method: "get",
            ..Self::post(action)
        }
    }

    /// Sends files (`multipart/form-data`), with progress in numbers where scripts run.
    #[must_use]
    pub const fn upload(mut self) -> Self {
        self.upload = true;
        self
    }

    /// Keeps what is typed in the browser's tab until it was saved, under a name that is unique on
    /// the page; a session that ends meanwhile costs nothing. Passwords and files are not kept.
    #[must_use]
    pub const fn keep_draft(mut self, name: &'a str) -> Self {
        self.draft = Some(name);
        self
    }

    /// Asks before it is sent. Only an addition: what cannot be undone needs a page of its own that
    /// names what will happen.
    #[must_use]
    pub const fn confirm(mut self, question: &'a str) -> Self {
        self.confirm = Some(question);
        self
    }

    /// Gives the form an id, so that buttons elsewhere can belong to it.
    #[must_use]
    pub const fn with_id(mut self, id: &'a str) -> Self {
        self.id = Some(id);
        self
    }
}

/// Writes a form around its fields.
#[must_use]
pub fn form(t: &Translator, form: &Form<'_>, body: Markup) -> Markup {
    html! {
        form.form id=[form.id] action=(form.action) method=(form.method) novalidate
            enctype=[form.upload.then_some("multipart/form-data")]
            data-upload[form.upload] data-draft=[form.draft] data-confirm=[form.confirm] {
            @if form.draft.is_some() {
                p.draft-restored.tone-info hidden data-draft-notice role="status" {
                    (t.t("form-draft-restored")) " "
                    button.link-like type="button" data-draft-discard { (t.t("form-draft-discard")) }
                }
                p.draft-restored.tone-caution hidden data-draft-older role="status" {
                    (t.t("form-draft-older")) " "
                    button.link-like type="button" data-draft-restore { (t.t("form-draft-restore")) }
                    " "
                    button.link-like type="button" data-draft-discard { (t.t("form-draft-discard")) }
                }
            }
            (body)
            @if form.upload {
                div.upload hidden data-upload-progress
                    data-words=(t.t("upload-words")) data-failed=(t.t("upload-failed")) {
                    progress max="100" aria-label=(t.t("upload-label")) {}
                    p role="status" data-upload-words {}
                    button.button.small type="button" data-upload-cancel { (t.t("upload-cancel")) }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests;
