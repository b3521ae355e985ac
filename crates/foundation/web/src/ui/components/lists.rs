//! What stands around a list: how many, which page, which filter.

use maud::{Markup, html};

use crate::i18n::{Translator, args};
use crate::ui::icons::Icon;

/// Which part of a list is shown. Pages are by key, so there is a next and a previous, no number.
#[derive(Debug, Clone, Copy)]
pub struct Listing<'a> {
    /// How many there are in all, under the filter.
    pub total: u64,
    /// How many are shown.
    pub shown: u64,
    /// The place of the first that is shown, from 1; `None` where the place is not known.
    pub first: Option<u64>,
    /// What is counted: 施設, 件.
    pub unit: &'a str,
    /// The address of the page before.
    pub previous: Option<&'a str>,
    /// The address of the next page.
    pub next: Option<&'a str>,
}

/// How many there are, and links to the pages around.
#[must_use]
pub fn pagination(t: &Translator, listing: &Listing<'_>) -> Markup {
    let words = match listing.first {
        _ if listing.shown == listing.total => t.t_args(
            "list-all",
            args![("total", listing.total), ("unit", listing.unit)],
        ),
        Some(first) => t.t_args(
            "list-range",
            args![
                ("total", listing.total),
                ("first", first),
                ("last", (first + listing.shown).saturating_sub(1)),
                ("unit", listing.unit)
            ],
        ),
        None => t.t_args(
            "list-part",
            args![
                ("total", listing.total),
                ("shown", listing.shown),
                ("unit", listing.unit)
            ],
        ),
    };
    html! {
        nav.pages aria-label=(t.t("list-pages")) {
            p { (words) }
            @if let Some(href) = listing.previous {
                a href=(href) rel="prev" { (Icon::Backward.svg()) (t.t("list-previous")) }
            }
            @if let Some(href) = listing.next {
                a href=(href) rel="next" { (t.t("list-next")) (Icon::Forward.svg()) }
            }
        }
    }
}

/// A form that filters a list; its fields end up in the address, so that a view can be kept and
/// sent. `clear` is the address without a filter, given where one is set.
#[must_use]
pub fn filter_bar(t: &Translator, action: &str, fields: Markup, clear: Option<&str>) -> Markup {
    html! {
        form.filter method="get" action=(action) role="search" aria-label=(t.t("list-filter")) {
            (fields)
            div.filter-buttons {
                button.button type="submit" { (Icon::Search.svg()) (t.t("list-filter-apply")) }
                @if let Some(href) = clear { a href=(href) { (t.t("list-filter-clear")) } }
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
    fn a_list_says_how_many_there_are() {
        let t = translator(Lang::Ja);
        let part = Listing {
            total: 392,
            shown: 50,
            first: Some(51),
            unit: "施設",
            previous: Some("?before=x"),
            next: None,
        };
        let html = pagination(&t, &part).into_string();
        assert!(html.contains("392施設のうち 51〜100 を表示"), "{html}");
        assert!(html.contains(r#"rel="prev""#) && !html.contains(r#"rel="next""#));
        let all = Listing { shown: 392, ..part };
        assert!(pagination(&t, &all).into_string().contains("全 392施設"));
        let unknown = Listing {
            first: None,
            ..part
        };
        assert!(
            pagination(&t, &unknown)
                .into_string()
                .contains("392施設のうち 50施設を表示")
        );
    }
}
