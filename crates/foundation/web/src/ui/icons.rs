//! Icons, drawn for Yagura on a 16 × 16 grid. They are always decoration beside words and hidden
//! from screen readers.

use maud::PreEscaped;
use yagura_kernel::proof::CellState;

macro_rules! icons {
    ($($(#[$doc:meta])* $name:ident => $drawing:literal,)*) => {
        /// A picture beside a word.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum Icon { $($(#[$doc])* $name,)* }

        impl Icon {
            /// Every icon, for the gallery.
            pub const ALL: &'static [Self] = &[$(Self::$name,)*];

            /// The drawing as inline SVG in the colour of the text around it.
            #[must_use]
            pub const fn svg(self) -> PreEscaped<&'static str> {
                PreEscaped(match self {
                    $(Self::$name => concat!(
                        r#"<svg class="icon" viewBox="0 0 16 16" aria-hidden="true" focusable="false">"#,
                        $drawing,
                        "</svg>"
                    ),)*
                })
            }
        }
    };
}

icons! {
    /// 実証: a shield with a tick.
    Verified => r#"<path fill-rule="evenodd" d="M8 .7l6 2.2v4.7c0 3.5-2.4 6.1-6 7.7-3.6-1.6-6-4.2-6-7.7V2.9zM7.1 11.3l5-5-1.4-1.4-3.6 3.6L5.3 6.7 3.9 8.1z"/>"#,
    /// 書類: a written page.
    Documented => r#"<path fill-rule="evenodd" d="M3 .8h6.4L13 4.4v10.8H3zM5.2 6.4v1.5h5.6V6.4zm0 3.4v1.5h5.6V9.8z"/>"#,
    /// 申告: a speech bubble.
    Declared => r#"<path fill-rule="evenodd" d="M1 1.8h14v9.8H8.6L4.4 15v-3.4H1zm1.7 1.7v6.4h3.4v1.7l2-1.7h5.2V3.5z"/>"#,
    /// いいえ: a cross.
    No => r#"<path d="M3.4 1.8L8 6.4l4.6-4.6 1.6 1.6L9.6 8l4.6 4.6-1.6 1.6L8 9.6l-4.6 4.6-1.6-1.6L6.4 8 1.8 3.4z"/>"#,
    /// 食い違い: a warning triangle.
    Contradiction => r#"<path fill-rule="evenodd" d="M8 .9l7.6 13.9H.4zM7.1 5.6v4.6h1.8V5.6zm0 5.8v1.7h1.8v-1.7z"/>"#,
    /// 未回答: an open, broken circle.
    Unanswered => r#"<circle cx="8" cy="8" r="6" fill="none" stroke="currentColor" stroke-width="1.8" stroke-dasharray="3.1 1.6"/>"#,
    /// 対象外: a dash.
    NotApplicable => r#"<path d="M2 7h12v2H2z"/>"#,
    /// Done.
    Tick => r#"<path d="M6.2 13.6L.9 8.3l1.7-1.7 3.6 3.6 7.2-7.2L15.1 4.7z"/>"#,
    /// For your information.
    Info => r#"<path fill-rule="evenodd" d="M8 .6a7.4 7.4 0 1 1 0 14.8A7.4 7.4 0 0 1 8 .6zM7.1 6.8v5h1.8v-5zm0-2.8v1.8h1.8V4z"/>"#,
    /// Stop and read.
    Stop => r#"<path fill-rule="evenodd" d="M5 .6h6L15.4 5v6L11 15.4H5L.6 11V5zM7.1 3.8v5.4h1.8V3.8zm0 6.6v1.8h1.8v-1.8z"/>"#,
    /// Notices.
    Bell => r#"<path d="M8 .8a4.6 4.6 0 0 1 4.6 4.6v3.4l1.6 2.4v1H1.8v-1l1.6-2.4V5.4A4.6 4.6 0 0 1 8 .8zM6 13.2h4a2 2 0 0 1-4 0z"/>"#,
    /// A person.
    Person => r#"<path d="M8 1a3.4 3.4 0 1 1 0 6.8A3.4 3.4 0 0 1 8 1zm0 8c3.7 0 6.4 1.9 6.4 4.6V15H1.6v-1.4C1.6 10.9 4.3 9 8 9z"/>"#,
    /// The menu.
    Menu => r#"<path d="M1.5 2.6h13v1.8h-13zm0 4.5h13v1.8h-13zm0 4.5h13v1.8h-13z"/>"#,
    /// Print.
    Print => r#"<path fill-rule="evenodd" d="M4 1h8v3.4H4zM1 5.4h14v6h-2.6V9.2H3.6v2.2H1zm3.8 5h6.4V15H4.8z"/>"#,
    /// Save to the reader's machine.
    Download => r#"<path d="M7.1 1h1.8v6.8l2.5-2.5 1.3 1.3L8 11.3 3.3 6.6l1.3-1.3 2.5 2.5zM1.5 12.7h13v1.8h-13z"/>"#,
    /// Send a file.
    Upload => r#"<path d="M8 .7l4.7 4.7-1.3 1.3-2.5-2.5V11H7.1V4.2L4.6 6.7 3.3 5.4zM1.5 12.7h13v1.8h-13z"/>"#,
    /// A date or time limit.
    Clock => r#"<path fill-rule="evenodd" d="M8 .6a7.4 7.4 0 1 1 0 14.8A7.4 7.4 0 0 1 8 .6zm0 1.8a5.6 5.6 0 1 0 0 11.2A5.6 5.6 0 0 0 8 2.4zM7.1 4h1.8v3.6l2.6 2.6-1.3 1.3-3.1-3.1z"/>"#,
    /// Search.
    Search => r#"<path fill-rule="evenodd" d="M6.6 1a5.6 5.6 0 0 1 4.4 9l4 4-1.3 1.3-4-4A5.6 5.6 0 1 1 6.6 1zm0 1.8a3.8 3.8 0 1 0 0 7.6 3.8 3.8 0 0 0 0-7.6z"/>"#,
    /// Copy.
    Copy => r#"<path fill-rule="evenodd" d="M5 1h9v10h-2.6v3.8H2V4.8h3zm1.7 1.7v2.1h4.7v4.5h.9V2.7zM3.7 6.5v6.6h6V6.5z"/>"#,
    /// Onwards.
    Forward => r#"<path d="M5.4 1.6L11.8 8l-6.4 6.4-1.4-1.4 5-5-5-5z"/>"#,
    /// Back.
    Backward => r#"<path d="M10.6 1.6L4.2 8l6.4 6.4L12 13 7 8l5-5z"/>"#,
}

/// The shape that stands for a proof state.
#[must_use]
pub const fn of_state(state: CellState) -> Icon {
    match state {
        CellState::Verified => Icon::Verified,
        CellState::Documented => Icon::Documented,
        CellState::Declared => Icon::Declared,
        CellState::No => Icon::No,
        CellState::Contradiction => Icon::Contradiction,
        CellState::Unanswered => Icon::Unanswered,
        CellState::NotApplicable => Icon::NotApplicable,
    }
}

/// The sign of the program: a watchtower (櫓).
pub const LOGO: PreEscaped<&str> = PreEscaped(concat!(
    r#"<svg class="logo" viewBox="0 0 24 24" aria-hidden="true" focusable="false">"#,
    r#"<path d="M12 1l10 5.2V8H2V6.2zM5 9.2h14v3.6H5zM6.6 14h3.2v7H5.4zm7.6 0h3.2l1.2 7h-4.4zM11 14h2v7h-2zM3 22h18v1.6H3z"/></svg>"#
));
