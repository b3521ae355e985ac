//! Cards, notes, tiles, steps, tabs.

use maud::{Markup, html};

use super::Tone;
use crate::i18n::{Translator, args};
use crate::ui::paths;

/// A titled box.
#[must_use]
pub fn card(title: &str, body: Markup) -> Markup {
    card_with(title, html! {}, body)
}

/// A titled box with something beside its title: a link, a tag, a legend.
#[must_use]
pub fn card_with(title: &str, beside: Markup, body: Markup) -> Markup {
    html! {
        section.card {
            @if beside.0.is_empty() {
                h2 { (title) }
            } @else {
                div.card-head { h2 { (title) } div.card-beside { (beside) } }
            }
            (body)
        }
    }
}

/// The width of a column, in twelfths of the main column; on a phone every column is full.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Span {
    /// A quarter.
    Three,
    /// A third.
    Four,
    /// Five twelfths.
    Five,
    /// A half.
    Six,
    /// Seven twelfths.
    Seven,
    /// Two thirds.
    Eight,
    /// The whole row.
    Full,
}

impl Span {
    const fn class(self) -> &'static str {
        match self {
            Self::Three => "span-3",
            Self::Four => "span-4",
            Self::Five => "span-5",
            Self::Six => "span-6",
            Self::Seven => "span-7",
            Self::Eight => "span-8",
            Self::Full => "span-12",
        }
    }
}

/// Columns side by side.
#[must_use]
pub fn row(columns: &[(Span, Markup)]) -> Markup {
    html! {
        div.row {
            @for (span, column) in columns { div.(span.class()) { (column) } }
        }
    }
}

/// A remark that concerns the whole page or card. The tone is said in a word for those who do not
/// see the colour.
#[must_use]
pub fn note(t: &Translator, tone: Tone, body: Markup) -> Markup {
    let word = match tone {
        Tone::Neutral | Tone::Info => t.t("note-info"),
        Tone::Success => t.t("note-success"),
        Tone::Caution => t.t("note-caution"),
        Tone::Late => t.t("note-late"),
        Tone::Danger => t.t("note-danger"),
    };
    html! {
        div.note.(tone.class()) {
            (tone.icon().svg())
            div.note-body { span.unseen { (word) " " } (body) }
        }
    }
}

/// A figure with its name, in a row of tiles.
#[derive(Debug, Clone, Copy)]
pub struct StatTile<'a> {
    /// What is counted.
    pub label: &'a str,
    /// The figure as text, already grouped.
    pub value: &'a str,
    /// The unit, smaller, after it.
    pub unit: &'a str,
    /// What the figure is to be read against.
    pub detail: &'a str,
    /// [`Tone::Danger`] and [`Tone::Late`] colour the figure; `detail` must say why.
    pub tone: Tone,
    /// Where it leads, with the text of the link.
    pub link: Option<(&'a str, &'a str)>,
}

/// A tile with one figure.
#[must_use]
pub fn stat_tile(tile: &StatTile<'_>) -> Markup {
    html! {
        div.card.stat {
            p.stat-label { (tile.label) }
            p.stat-value.(tile.tone.class()) {
                (tile.value)
                @if !tile.unit.is_empty() { span.stat-unit { " " (tile.unit) } }
            }
            @if !tile.detail.is_empty() { p.stat-detail { (tile.detail) } }
            @if let Some((href, text)) = tile.link { p.stat-detail { a href=(href) { (text) } } }
        }
    }
}

/// How far something is, as a bar and in words: 「19項目のうち12(63 %)」.
#[must_use]
pub fn progress_bar(t: &Translator, label: &str, done: u64, total: u64) -> Markup {
    let percent = (done.min(total) * 100).checked_div(total).unwrap_or(0);
    let words = t.t_args(
        "progress-words",
        args![("done", done), ("total", total), ("percent", percent)],
    );
    html! {
        div.progress {
            p.progress-words { span { (label) } span.number { (words) } }
            svg.bar viewBox="0 0 100 4" preserveAspectRatio="none" role="img"
                aria-label={ (label) ": " (words) } {
                rect.bar-ground x="0" y="0" width="100" height="4" {}
                rect.bar-done x="0" y="0" width=(percent) height="4" {}
            }
        }
    }
}

/// An empty list: why it is empty and what to do about it.
#[must_use]
pub fn empty_state(why: &str, what_to_do: Markup) -> Markup {
    html! { div.empty { p.empty-why { (why) } div.empty-do { (what_to_do) } } }
}

/// Numbered steps, each with a name and what to do.
#[must_use]
pub fn steps(steps: &[(&str, Markup)]) -> Markup {
    html! {
        ol.steps role="list" {
            @for (name, body) in steps { li { b { (name) } " " (body) } }
        }
    }
}

/// Names and values under each other.
#[must_use]
pub fn description_list(entries: &[(&str, Markup)]) -> Markup {
    html! {
        dl.facts {
            @for (name, value) in entries { div { dt { (name) } dd { (value) } } }
        }
    }
}

/// One of several views of the same thing.
#[derive(Debug, Clone)]
pub struct Tab<'a> {
    /// Its name.
    pub label: &'a str,
    /// Its address.
    pub href: &'a str,
    /// How many entries it holds.
    pub count: Option<u64>,
    /// Whether it is the one shown.
    pub current: bool,
}

/// Tabs as plain links.
#[must_use]
pub fn tabs(label: &str, tabs: &[Tab<'_>]) -> Markup {
    html! {
        nav.tabs aria-label=(label) {
            ul role="list" {
                @for tab in tabs {
                    li {
                        a href=(tab.href) aria-current=[tab.current.then_some("page")] {
                            (tab.label)
                            @if let Some(count) = tab.count { " " span.count { (count) } }
                        }
                    }
                }
            }
        }
    }
}

/// Text that opens on demand. Printing opens it where the browser lets the script do so.
#[must_use]
pub fn details(summary: &str, body: Markup) -> Markup {
    html! { details.more { summary { (summary) } div.more-body { (body) } } }
}

/// A technical term that leads to its explanation. `id` is one of
/// [`crate::ui::glossary::TERMS`]; an unknown one is shown without a link.
#[must_use]
pub fn term(t: &Translator, id: &str) -> Markup {
    let key = format!("glossary-{id}-name");
    match t.find(&key) {
        Some(name) => html! {
            a.term href={ (paths::GLOSSARY) "#" (id) } rel="help" { dfn { (name) } }
        },
        None => html! { (id) },
    }
}

/// One thing to do today.
#[derive(Debug, Clone)]
pub struct ToDo<'a> {
    /// What to do, as a request.
    pub title: &'a str,
    /// Tags beside it: urgency, duration.
    pub tags: Markup,
    /// Why, and what happens otherwise.
    pub why: Markup,
    /// The address and the text of the link that does it.
    pub action: (&'a str, &'a str),
}

/// What to do, in order; the first has the primary button.
#[must_use]
pub fn to_do_list(entries: &[ToDo<'_>]) -> Markup {
    html! {
        ol.todos role="list" {
            @for (place, entry) in entries.iter().enumerate() {
                li.todo {
                    span.todo-number aria-hidden="true" { (place + 1) }
                    div {
                        p { b { (entry.title) } " " (entry.tags) }
                        p.todo-why { (entry.why) }
                    }
                    a.button.primary[place == 0] href=(entry.action.0) { (entry.action.1) }
                }
            }
        }
    }
}

/// Two versions of the same thing side by side, each under its heading: what somebody else saved
/// and what the reader wrote.
#[must_use]
pub fn compare_two(left: (&str, Markup), right: (&str, Markup)) -> Markup {
    html! {
        div.compare {
            @for (title, body) in [left, right] {
                section.compare-side { h2 { (title) } (body) }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::i18n::Lang;
    use crate::ui::testing::translator;

    #[test]
    fn progress_is_said_in_words_and_survives_nothing_to_do() {
        let t = translator(Lang::Ja);
        let bar = progress_bar(&t, "回答", 12, 19).into_string();
        assert!(bar.contains("19件のうち12件(63%)"), "{bar}");
        assert!(bar.contains(r#"width="63""#));
        assert!(progress_bar(&t, "回答", 0, 0).into_string().contains("0%"));
        assert!(
            progress_bar(&t, "回答", 30, 19)
                .into_string()
                .contains(r#"width="100""#)
        );
    }

    #[test]
    fn text_is_escaped_everywhere() {
        let t = translator(Lang::Ja);
        let evil = "<script>alert(1)</script>\"'";
        let all = html! {
            (card(evil, html! {})) (steps(&[(evil, html! {})]))
            (tabs(evil, &[Tab { label: evil, href: evil, count: None, current: true }]))
            (description_list(&[(evil, html! {})])) (details(evil, html! {}))
            (empty_state(evil, html! {})) (progress_bar(&t, evil, 1, 2)) (term(&t, evil))
        }
        .into_string();
        assert!(!all.contains("<script"));
        assert!(!all.contains("\"'"));
    }

    #[test]
    fn a_term_links_to_its_explanation_and_an_unknown_one_does_not() {
        let t = translator(Lang::Ja);
        assert!(
            term(&t, "vpn")
                .into_string()
                .contains(r##"href="/glossary#vpn""##)
        );
        assert_eq!(term(&t, "unheard-of").into_string(), "unheard-of");
    }
}
