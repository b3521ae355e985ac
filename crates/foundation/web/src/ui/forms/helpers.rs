//! Parts of forms that scripts bring to life, and the boxes of a list.

use maud::{Markup, html};

use crate::i18n::Translator;
use crate::ui::icons::Icon;

/// Which passkey ceremony a form starts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ceremony {
    /// A new passkey for somebody who is signed in.
    Register,
    /// Signing in, or the second factor, with a passkey.
    SignIn,
}

/// A form that starts a passkey ceremony.
#[derive(Debug, Clone, Copy)]
pub struct PasskeyForm<'a> {
    /// Which.
    pub ceremony: Ceremony,
    /// Gets the form's fields as a JSON object by POST and answers with the browser's options and
    /// the ceremony's token (`{"publicKey": …, "ceremony": "…"}`), with `{"location": "/…"}` where
    /// something else comes first, or with `{"problem": "…"}` in words.
    pub options: &'a str,
    /// Gets the form, with the fields `ceremony` and `credential` added.
    pub action: &'a str,
    /// The host name to which passkeys are bound.
    pub host: &'a str,
    /// Whether the browser offers passkeys in a field with the `autocomplete` token `webauthn`.
    pub autofill: bool,
}

/// Writes the form; it is shown only where the browser knows passkeys and came by the host name.
#[must_use]
pub fn passkey_form(t: &Translator, form: &PasskeyForm<'_>, body: Markup) -> Markup {
    let name = match form.ceremony {
        Ceremony::Register => "register",
        Ceremony::SignIn => "sign-in",
    };
    html! {
        form.form method="post" action=(form.action) hidden data-passkey=(name)
            data-options=(form.options) data-host=(form.host)
            data-passkey-autofill[form.autofill] data-cancelled=(t.t("passkey-cancelled"))
            data-known=(t.t("passkey-known")) data-failed=(t.t("passkey-failed")) {
            (body)
            p.error.passkey-status role="alert" data-passkey-status {}
        }
    }
}

/// A button that copies a text, such as an invitation link; shown where scripts run.
#[must_use]
pub fn copy_button(t: &Translator, text: &str) -> Markup {
    html! {
        button.button.small.script-only type="button" data-copy-text=(text)
            data-copied=(t.t("copy-done")) { (t.t("copy-do")) }
    }
}

/// The box that chooses a row of a list; its label is the row's name, for those who hear it.
#[must_use]
pub fn row_checkbox(name: &str, value: &str, label: &str, checked: bool) -> Markup {
    html! {
        label.row-box {
            input type="checkbox" name=(name) value=(value) checked[checked];
            span.unseen { (label) }
        }
    }
}

/// A box that chooses all [`row_checkbox`]es of a name in its form and says how many are chosen;
/// shown where scripts run.
#[must_use]
pub fn select_all(t: &Translator, name: &str) -> Markup {
    html! {
        p.script-only.select-all {
            label.row-box {
                input type="checkbox" data-select-all=(name) autocomplete="off";
                " " (t.t("select-all"))
            }
            span { (t.t("select-count")) " " b data-selected-count { "0" } }
        }
    }
}

/// A link that saves the list as a file.
#[must_use]
pub fn download_link(href: &str, label: &str) -> Markup {
    html! { a.button.small href=(href) download { (Icon::Download.svg()) (label) } }
}
