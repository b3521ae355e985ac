//! What pages are made of: the page frame, components, forms and charts, as plain typed functions
//! that return [`maud::Markup`].
//!
//! The rules behind them (PAGES of the design): state is said in words and shape and never in
//! colour alone; every page works without JavaScript, by keyboard, at 320 px and at 200 % zoom; no
//! inline script and no inline style, because the content security policy forbids them.
//!
//! A page is written like this:
//!
//! ```
//! # use std::sync::Arc;
//! # use yagura_web::i18n::{Catalogue, Lang, MESSAGES, Translator};
//! use maud::html;
//! use yagura_web::ui::components::{Tone, card, note, tag};
//! use yagura_web::ui::forms::{Button, Field, Form, FormState, button_row, form, text_field};
//! use yagura_web::ui::layout::{PageFrame, page};
//! # let t = Translator::new(Lang::Ja, Arc::new(Catalogue::build(MESSAGES)?));
//! let state = FormState::from_pairs([("beds", "12 床")]);
//! let state = state.with_error("beds", "数字で入力してください。");
//! let frame = PageFrame::new(&t, "許可病床数").with_path("/institution/beds");
//! let body = html! {
//!     (note(&t, Tone::Info, html! { "保健所に届け出た数を書きます。" }))
//!     (card("病床", form(&t, &Form::post("/institution/beds"), html! {
//!         (text_field(&t, &state, &Field::new("beds", "許可病床数").required().suffix("床")))
//!         (button_row(&Button::primary("保存する"), &[]))
//!     })))
//!     (tag(Tone::Neutral, "見本"))
//! };
//! let html = page(&frame, body).into_string();
//! assert!(html.contains(r#"value="12 床""#), "what was typed stays");
//! # Ok::<(), yagura_web::i18n::CatalogueErrors>(())
//! ```

pub mod charts;
pub mod components;
pub mod forms;
pub mod glossary;
pub mod icons;
pub mod layout;
pub mod matrix;

#[cfg(test)]
pub(crate) mod testing {
    use std::sync::Arc;

    use crate::i18n::{Catalogue, Lang, MESSAGES, Translator};

    /// A translator over this crate's own messages.
    pub(crate) fn translator(lang: Lang) -> Translator {
        Translator::new(lang, Arc::new(Catalogue::build(MESSAGES).unwrap()))
    }
}

/// Paths that the frame links to; the server answers them.
pub mod paths {
    /// The reader's first screen.
    pub const HOME: &str = "/";
    /// The side navigation as a page, for phones.
    pub const MENU: &str = "/menu";
    /// Notices for the reader.
    pub const NOTICES: &str = "/notices";
    /// 攻撃かもしれない.
    pub const EMERGENCY: &str = "/emergency";
    /// The reader's own account.
    pub const ACCOUNT: &str = "/account";
    /// Ends the session; POST only.
    pub const SIGN_OUT: &str = "/sign-out";
    /// Sets the language: `?to=en&back=/…`.
    pub const LANGUAGE: &str = "/language";
    /// Explanations of terms, one anchor each.
    pub const GLOSSARY: &str = "/glossary";
}
