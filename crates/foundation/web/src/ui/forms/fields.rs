//! Fields: label above, help below it, error beside the field, 必須 in words.

use maud::{Markup, html};

use super::FormState;
use crate::i18n::{Translator, args};
use crate::ui::icons::Icon;

/// How wide an input is; a hint at the length of what belongs in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Width {
    /// Some 8 characters: a number, a code.
    Short,
    /// Some 20 characters: a date, a telephone number.
    Medium,
    /// The whole column.
    #[default]
    Full,
}

impl Width {
    const fn class(self) -> &'static str {
        match self {
            Self::Short => "width-short",
            Self::Medium => "width-medium",
            Self::Full => "width-full",
        }
    }
}

/// What is typed into a text field.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum InputKind {
    /// Text.
    #[default]
    Text,
    /// An e-mail address.
    Email,
    /// A telephone number.
    Telephone,
    /// A web address.
    Address,
    /// Words to search for.
    Search,
    /// A whole number. A text field with a number keyboard: the arrows of number fields change
    /// values by accident.
    Number,
    /// The present password.
    Password,
    /// A new password.
    NewPassword,
    /// Six digits of a time-based one-time password.
    OneTimeCode,
}

impl InputKind {
    const fn input_type(self) -> &'static str {
        match self {
            Self::Text | Self::Number | Self::OneTimeCode => "text",
            Self::Email => "email",
            Self::Telephone => "tel",
            Self::Address => "url",
            Self::Search => "search",
            Self::Password | Self::NewPassword => "password",
        }
    }

    const fn keyboard(self) -> Option<&'static str> {
        match self {
            Self::Number | Self::OneTimeCode => Some("numeric"),
            _ => None,
        }
    }

    const fn autocomplete(self) -> Option<&'static str> {
        match self {
            Self::Email => Some("email"),
            Self::Password => Some("current-password"),
            Self::NewPassword => Some("new-password"),
            Self::OneTimeCode => Some("one-time-code"),
            _ => None,
        }
    }

    /// Whether what was typed may be sent back into the page.
    const fn is_secret(self) -> bool {
        matches!(self, Self::Password | Self::NewPassword | Self::OneTimeCode)
    }
}

/// What all fields have in common.
#[derive(Debug, Clone)]
pub struct Field<'a> {
    name: &'a str,
    label: &'a str,
    hint: Option<Markup>,
    required: bool,
    kind: InputKind,
    width: Width,
    autocomplete: Option<&'a str>,
    longest: Option<usize>,
    suffix: Option<&'a str>,
    read_only: bool,
    autofocus: bool,
    rows: u8,
}

impl<'a> Field<'a> {
    /// A field by its name in the form and its label.
    #[must_use]
    pub const fn new(name: &'a str, label: &'a str) -> Self {
        Self {
            name,
            label,
            hint: None,
            required: false,
            kind: InputKind::Text,
            width: Width::Full,
            autocomplete: None,
            longest: None,
            suffix: None,
            read_only: false,
            autofocus: false,
            rows: 4,
        }
    }

    /// Help below the label.
    #[must_use]
    pub fn hint(mut self, hint: &str) -> Self {
        self.hint = Some(html! { (hint) });
        self
    }

    /// Help below the label, with links or terms in it.
    #[must_use]
    pub fn hint_markup(mut self, hint: Markup) -> Self {
        self.hint = Some(hint);
        self
    }

    /// Marks the field 必須.
    #[must_use]
    pub const fn required(mut self) -> Self {
        self.required = true;
        self
    }

    /// What is typed into it.
    #[must_use]
    pub const fn kind(mut self, kind: InputKind) -> Self {
        self.kind = kind;
        self
    }

    /// How wide it is.
    #[must_use]
    pub const fn width(mut self, width: Width) -> Self {
        self.width = width;
        self
    }

    /// What the browser may fill in, where the kind does not say it (WCAG 2.2, 1.3.5).
    #[must_use]
    pub const fn autocomplete(mut self, token: &'a str) -> Self {
        self.autocomplete = Some(token);
        self
    }

    /// The greatest number of characters, as a bound of the browser; the handler checks again.
    #[must_use]
    pub const fn longest(mut self, characters: usize) -> Self {
        self.longest = Some(characters);
        self
    }

    /// A unit after the input: 床, 日.
    #[must_use]
    pub const fn suffix(mut self, unit: &'a str) -> Self {
        self.suffix = Some(unit);
        self
    }

    /// Shows the value without letting it be changed.
    #[must_use]
    pub const fn read_only(mut self) -> Self {
        self.read_only = true;
        self
    }

    /// Puts the cursor here when the page opens: only where the page is this one field.
    #[must_use]
    pub const fn autofocus(mut self) -> Self {
        self.autofocus = true;
        self
    }

    /// The height of a text area in lines.
    #[must_use]
    pub const fn rows(mut self, lines: u8) -> Self {
        self.rows = lines;
        self
    }

    fn described_by(&self, id: &str, error: Option<&str>) -> Option<String> {
        match (self.hint.is_some(), error.is_some()) {
            (true, true) => Some(format!("{id}-hint {id}-error")),
            (true, false) => Some(format!("{id}-hint")),
            (false, true) => Some(format!("{id}-error")),
            (false, false) => None,
        }
    }
}

fn required_mark(t: &Translator, required: bool) -> Markup {
    html! { @if required { " " span.required { (t.t("form-required")) } } }
}

fn hint_and_error(field: &Field<'_>, id: &str, error: Option<&str>) -> Markup {
    html! {
        @if let Some(hint) = &field.hint { p.hint id={ (id) "-hint" } { (hint) } }
        @if let Some(error) = error {
            p.error id={ (id) "-error" } { (Icon::Stop.svg()) (error) }
        }
    }
}

/// A label, help and error around one input.
fn around(t: &Translator, state: &FormState, field: &Field<'_>, input: Markup) -> Markup {
    let id = state.field_id(field.name);
    let error = state.error(field.name);
    html! {
        div.field.has-error[error.is_some()] {
            label for=(id) { (field.label) (required_mark(t, field.required)) }
            (hint_and_error(field, &id, error))
            @if let Some(unit) = field.suffix {
                span.with-unit { (input) span.unit { (unit) } }
            } @else { (input) }
        }
    }
}

/// A group of inputs under one legend.
fn group_around(t: &Translator, state: &FormState, field: &Field<'_>, inputs: Markup) -> Markup {
    let id = state.field_id(field.name);
    let error = state.error(field.name);
    html! {
        fieldset.field.has-error[error.is_some()] id=(id) tabindex="-1"
            aria-describedby=[field.described_by(&id, error)] {
            legend { (field.label) (required_mark(t, field.required)) }
            (hint_and_error(field, &id, error))
            (inputs)
        }
    }
}

/// A line of text. Secrets are never sent back into the page.
#[must_use]
pub fn text_field(t: &Translator, state: &FormState, field: &Field<'_>) -> Markup {
    let id = state.field_id(field.name);
    let error = state.error(field.name);
    let input = html! {
        input.(field.width.class()) id=(id) name=(field.name) type=(field.kind.input_type())
            value=[(!field.kind.is_secret()).then(|| state.value(field.name))]
            inputmode=[field.kind.keyboard()]
            autocomplete=[field.autocomplete.or(field.kind.autocomplete())]
            maxlength=[field.longest] readonly[field.read_only] autofocus[field.autofocus]
            aria-required=[field.required.then_some("true")]
            aria-invalid=[error.is_some().then_some("true")]
            aria-describedby=[field.described_by(&id, error)];
    };
    around(t, state, field, input)
}

/// Several lines of text.
#[must_use]
pub fn textarea(t: &Translator, state: &FormState, field: &Field<'_>) -> Markup {
    let id = state.field_id(field.name);
    let error = state.error(field.name);
    let value = state.value(field.name);
    let input = html! {
        // A text area swallows one line break at its start; an own one protects the text's.
        textarea.(field.width.class()) id=(id) name=(field.name) rows=(field.rows)
            maxlength=[field.longest] readonly[field.read_only]
            aria-required=[field.required.then_some("true")]
            aria-invalid=[error.is_some().then_some("true")]
            aria-describedby=[field.described_by(&id, error)] { "\n" (value) }
    };
    around(t, state, field, input)
}

/// A date in any of three writings: 2026-11-21, 令和8年11月21日, R8.11.21. A text field, because the
/// browsers' own date fields know no 和暦.
#[must_use]
pub fn date_field(t: &Translator, state: &FormState, field: &Field<'_>) -> Markup {
    let mut field = field.clone().width(Width::Medium).longest(40);
    let own_hint = field.hint.take();
    field.hint = Some(html! {
        @if let Some(hint) = own_hint { (hint) " " }
        (date_hint(t))
    });
    text_field(t, state, &field)
}

/// How a date may be written.
#[must_use]
pub fn date_hint(t: &Translator) -> &str {
    t.t("form-date-hint")
}

/// One of several things that can be chosen.
#[derive(Debug, Clone)]
pub struct Choice<'a> {
    value: &'a str,
    label: &'a str,
    hint: Option<&'a str>,
}

impl<'a> Choice<'a> {
    /// A choice by its value in the form and its label.
    #[must_use]
    pub const fn new(value: &'a str, label: &'a str) -> Self {
        Self {
            value,
            label,
            hint: None,
        }
    }

    /// What choosing it means.
    #[must_use]
    pub const fn hint(mut self, hint: &'a str) -> Self {
        self.hint = Some(hint);
        self
    }
}

/// A list that opens. For up to some six choices a [`radio_group`] is easier to use.
#[must_use]
pub fn select(
    t: &Translator,
    state: &FormState,
    field: &Field<'_>,
    choices: &[Choice<'_>],
) -> Markup {
    let id = state.field_id(field.name);
    let error = state.error(field.name);
    let input = html! {
        select.(field.width.class()) id=(id) name=(field.name) autocomplete=[field.autocomplete]
            aria-required=[field.required.then_some("true")]
            aria-invalid=[error.is_some().then_some("true")]
            aria-describedby=[field.described_by(&id, error)] {
            @for choice in choices {
                option value=(choice.value) selected[state.is_chosen(field.name, choice.value)] {
                    (choice.label)
                }
            }
        }
    };
    around(t, state, field, input)
}

/// How the choices of a [`radio_group`] are laid out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RadioStyle {
    /// Large, side by side: はい / いいえ.
    Big,
    /// Under each other.
    List,
}

/// Exactly one of a few.
#[must_use]
pub fn radio_group(
    t: &Translator,
    state: &FormState,
    field: &Field<'_>,
    choices: &[Choice<'_>],
    style: RadioStyle,
) -> Markup {
    group_around(
        t,
        state,
        field,
        boxes(state, field, choices, "radio", style),
    )
}

/// Any number of a few.
#[must_use]
pub fn checkbox_group(
    t: &Translator,
    state: &FormState,
    field: &Field<'_>,
    choices: &[Choice<'_>],
) -> Markup {
    group_around(
        t,
        state,
        field,
        boxes(state, field, choices, "checkbox", RadioStyle::List),
    )
}

fn boxes(
    state: &FormState,
    field: &Field<'_>,
    choices: &[Choice<'_>],
    input_type: &str,
    style: RadioStyle,
) -> Markup {
    let id = state.field_id(field.name);
    let class = match style {
        RadioStyle::Big => "choices-big",
        RadioStyle::List => "choices",
    };
    html! {
        div.(class) {
            @for choice in choices {
                @let own = format!("{id}-{}", choice.value);
                div.choice {
                    input id=(own) type=(input_type) name=(field.name) value=(choice.value)
                        checked[state.is_chosen(field.name, choice.value)]
                        disabled[field.read_only]
                        aria-describedby=[choice.hint.map(|_| format!("{own}-hint"))];
                    label for=(own) { (choice.label) }
                    @if let Some(hint) = choice.hint { p.hint id={ (own) "-hint" } { (hint) } }
                }
            }
        }
    }
}

/// One box with a sentence; its value is `yes`.
#[must_use]
pub fn checkbox(t: &Translator, state: &FormState, field: &Field<'_>) -> Markup {
    let id = state.field_id(field.name);
    let error = state.error(field.name);
    html! {
        div.field.has-error[error.is_some()] {
            @if let Some(error) = error {
                p.error id={ (id) "-error" } { (Icon::Stop.svg()) (error) }
            }
            div.choice {
                input id=(id) type="checkbox" name=(field.name) value="yes"
                    checked[state.is_chosen(field.name, "yes")] disabled[field.read_only]
                    aria-required=[field.required.then_some("true")]
                    aria-invalid=[error.is_some().then_some("true")]
                    aria-describedby=[field.described_by(&id, error)];
                label for=(id) { (field.label) (required_mark(t, field.required)) }
                @if let Some(hint) = &field.hint { p.hint id={ (id) "-hint" } { (hint) } }
            }
        }
    }
}

/// What files a form takes.
#[derive(Debug, Clone, Copy)]
pub struct FileRules<'a> {
    /// The browser's filter, such as `.pdf,image/*`; the server judges by content.
    pub accept: &'a str,
    /// What is accepted, in words.
    pub accepted_words: &'a str,
    /// The largest size of one file in bytes.
    pub largest: u64,
    /// Whether several can be sent at once.
    pub multiple: bool,
}

/// A file to send. The hint names the limit; scripts refuse a larger file before it is sent.
#[must_use]
pub fn file_field(
    t: &Translator,
    state: &FormState,
    field: &Field<'_>,
    rules: &FileRules<'_>,
) -> Markup {
    let mut field = field.clone();
    let own_hint = field.hint.take();
    let limit = t.t_args(
        "upload-limit",
        args![("megabytes", rules.largest / 1_000_000)],
    );
    field.hint = Some(html! {
        @if let Some(hint) = own_hint { (hint) " " }
        (rules.accepted_words) " " (limit)
    });
    let id = state.field_id(field.name);
    let error = state.error(field.name);
    let input = html! {
        input.file id=(id) type="file" name=(field.name) accept=(rules.accept)
            multiple[rules.multiple] data-largest=(rules.largest)
            data-too-large=(t.t("upload-too-large"))
            aria-required=[field.required.then_some("true")]
            aria-invalid=[error.is_some().then_some("true")]
            aria-describedby=[field.described_by(&id, error)];
    };
    around(t, state, &field, input)
}

/// A value that is sent along: the version that was edited, an id.
#[must_use]
pub fn hidden(name: &str, value: &str) -> Markup {
    html! { input type="hidden" name=(name) value=(value); }
}

/// Fields that belong together, under a heading.
#[must_use]
pub fn fieldset(legend: &str, body: Markup) -> Markup {
    html! { fieldset.section { legend { (legend) } (body) } }
}

/// All errors at the top of the page, each linked to its field; nothing where there is none.
/// Scripts move the focus here.
#[must_use]
pub fn error_summary(t: &Translator, state: &FormState) -> Markup {
    html! {
        @if state.has_errors() {
            div.error-summary role="alert" tabindex="-1" data-error-summary {
                h2 {
                    (Icon::Stop.svg())
                    (t.t_args("form-errors", args![("count", state.errors().len())]))
                }
                ul {
                    @for error in state.errors() {
                        li {
                            @match &error.field {
                                Some(field) => {
                                    a href={ "#" (state.field_id(field)) } { (error.message) }
                                }
                                None => { (error.message) }
                            }
                        }
                    }
                }
            }
        }
    }
}
