//! Explanations of the technical terms that stand on screen, one tap away from each.
//!
//! A term has an id that is its anchor on the page, and three messages:
//! `glossary-<id>-name`, `glossary-<id>-reading` (how it is read, or what the letters stand for)
//! and `glossary-<id>-text`. [`super::components::term`] links to it.

use maud::{Markup, html};

use super::layout::{PageFrame, page};
use crate::i18n::{Translator, message_key};

/// Terms that belong together.
#[derive(Debug, Clone, Copy)]
pub struct TermGroup {
    /// The key of the group's heading.
    pub title_key: &'static str,
    /// The ids of its terms, in the order in which they are easiest to read.
    pub terms: &'static [&'static str],
}

/// Every term that is explained.
pub const TERMS: &[TermGroup] = &[
    TermGroup {
        title_key: message_key("glossary-group-proof"),
        terms: &[
            "verified",
            "documented",
            "declared",
            "contradiction",
            "not-applicable",
            "probe",
            "evidence",
            "target-date",
            "fiscal-year",
            "draft",
            "sharing-level",
            "audit-log",
            "rule-pack",
        ],
    },
    TermGroup {
        title_key: message_key("glossary-group-rules"),
        terms: &[
            "checklist",
            "inspection",
            "guideline",
            "safety-manager",
            "planning-manager",
            "system-operator",
            "vendor",
            "vendor-sheet",
            "mds-sds",
            "operating-rules",
            "contact-chart",
            "bcp",
            "role-division",
        ],
    },
    TermGroup {
        title_key: message_key("glossary-group-systems"),
        terms: &[
            "medical-system",
            "billing-computer",
            "server",
            "terminal",
            "network-device",
            "ledger",
            "vpn",
            "remote-maintenance",
            "connection-limit",
            "background-service",
            "removable-media",
        ],
    },
    TermGroup {
        title_key: message_key("glossary-group-attacks"),
        terms: &[
            "incident",
            "ransomware",
            "malware",
            "phishing",
            "vulnerability",
            "patch",
            "firmware",
        ],
    },
    TermGroup {
        title_key: message_key("glossary-group-access"),
        terms: &[
            "account",
            "access-right",
            "administrator-right",
            "two-factor",
            "one-time-code",
            "passkey",
            "recovery-code",
            "password-reuse",
            "access-log",
            "invitation-link",
        ],
    },
    TermGroup {
        title_key: message_key("glossary-group-backup"),
        terms: &[
            "backup",
            "backup-generation",
            "offline-backup",
            "restore-test",
        ],
    },
];

/// The body of the glossary.
#[must_use]
pub fn glossary(t: &Translator) -> Markup {
    html! {
        nav.tabs aria-label=(t.t("glossary-groups")) {
            ul role="list" {
                @for (place, group) in TERMS.iter().enumerate() {
                    li { a href={ "#group-" (place) } { (t.t(group.title_key)) } }
                }
            }
        }
        @for (place, group) in TERMS.iter().enumerate() {
            section.card {
                h2 id={ "group-" (place) } { (t.t(group.title_key)) }
                dl.glossary {
                    @for id in group.terms {
                        dt id=(id) {
                            dfn { (t.t(&format!("glossary-{id}-name"))) }
                            " "
                            span.reading { (t.t(&format!("glossary-{id}-reading"))) }
                        }
                        dd { (t.t(&format!("glossary-{id}-text"))) }
                    }
                }
            }
        }
    }
}

/// The glossary as a page. Title and lede are set here; the rest of the frame is the caller's.
#[must_use]
pub fn glossary_page(frame: PageFrame<'_>) -> Markup {
    let t = frame.translator;
    let title = t.t("glossary-title").to_owned();
    let lede = html! { (t.t("glossary-lede")) };
    page(
        &PageFrame {
            title,
            lede: Some(lede),
            ..frame
        },
        glossary(t),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::i18n::Lang;
    use crate::ui::testing::translator;

    #[test]
    fn every_term_is_explained_in_both_languages_and_stands_once() {
        let mut seen = std::collections::BTreeSet::new();
        for lang in Lang::ALL {
            let t = translator(lang);
            for id in TERMS.iter().flat_map(|group| group.terms) {
                assert!(seen.insert((lang.code(), *id)), "{id} stands twice");
                for part in ["name", "reading", "text"] {
                    let key = format!("glossary-{id}-{part}");
                    assert!(
                        t.catalogue().has(lang, &key),
                        "{key} is missing in {}",
                        lang.code()
                    );
                }
            }
        }
        assert!(seen.len() >= 80);
    }

    #[test]
    fn explanations_are_short_and_calm() {
        let t = translator(Lang::Ja);
        for id in TERMS.iter().flat_map(|group| group.terms) {
            let key = format!("glossary-{id}-text");
            let text = t.t(&key);
            let length = text.chars().count();
            assert!((25..=160).contains(&length), "{id}: {length} characters");
            assert!(!text.contains(['！', '!']), "{id}");
            assert!(text.ends_with('。'), "{id}");
        }
    }
}
