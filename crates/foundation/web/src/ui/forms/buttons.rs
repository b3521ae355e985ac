//! Buttons. A form has one primary button.

use maud::{Markup, html};

use crate::i18n::Translator;
use crate::ui::icons::Icon;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Look {
    Primary,
    Secondary,
    Danger,
    Quiet,
}

impl Look {
    const fn class(self) -> &'static str {
        match self {
            Self::Primary => "button primary",
            Self::Secondary => "button",
            Self::Danger => "button danger",
            Self::Quiet => "link-like",
        }
    }
}

/// A button that sends its form.
#[derive(Debug, Clone, Copy)]
pub struct Button<'a> {
    label: &'a str,
    look: Look,
    pair: Option<(&'a str, &'a str)>,
    confirm: Option<&'a str>,
    action: Option<&'a str>,
}

impl<'a> Button<'a> {
    const fn of(label: &'a str, look: Look) -> Self {
        Self {
            label,
            look,
            pair: None,
            confirm: None,
            action: None,
        }
    }

    /// The one main act of a form.
    #[must_use]
    pub const fn primary(label: &'a str) -> Self {
        Self::of(label, Look::Primary)
    }

    /// Another act.
    #[must_use]
    pub const fn secondary(label: &'a str) -> Self {
        Self::of(label, Look::Secondary)
    }

    /// An act that takes something away.
    #[must_use]
    pub const fn danger(label: &'a str) -> Self {
        Self::of(label, Look::Danger)
    }

    /// A small act that looks like a link.
    #[must_use]
    pub const fn quiet(label: &'a str) -> Self {
        Self::of(label, Look::Quiet)
    }

    /// Sends a name and value along when it was this button.
    #[must_use]
    pub const fn sending(mut self, name: &'a str, value: &'a str) -> Self {
        self.pair = Some((name, value));
        self
    }

    /// Asks before it sends, where scripts run.
    #[must_use]
    pub const fn confirm(mut self, question: &'a str) -> Self {
        self.confirm = Some(question);
        self
    }

    /// Sends the form to another address.
    #[must_use]
    pub const fn to(mut self, action: &'a str) -> Self {
        self.action = Some(action);
        self
    }
}

/// Writes a button.
#[must_use]
pub fn button(button: &Button<'_>) -> Markup {
    html! {
        button class=(button.look.class()) type="submit"
            name=[button.pair.map(|(name, _)| name)] value=[button.pair.map(|(_, value)| value)]
            formaction=[button.action] data-confirm=[button.confirm] { (button.label) }
    }
}

/// A link that looks like a button: leads on, changes nothing.
#[must_use]
pub fn link_button(href: &str, label: &str, primary: bool) -> Markup {
    html! { a.button.primary[primary] href=(href) { (label) } }
}

/// A button that prints the page, shown where scripts run; the browser's own menu does the same.
#[must_use]
pub fn print_button(t: &Translator) -> Markup {
    html! {
        button.button.small.script-only type="button" data-print {
            (Icon::Print.svg()) (t.t("page-print"))
        }
    }
}

/// The buttons of a form: the primary first, then the others.
#[must_use]
pub fn button_row(primary: &Button<'_>, others: &[Markup]) -> Markup {
    html! {
        div.buttons {
            (button(primary))
            @for other in others { (other) }
        }
    }
}
