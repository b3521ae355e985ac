//! Proof states, tones and the words of kernel types.

use maud::{Markup, html};
use yagura_kernel::organization::{OrganizationKind, SizeGroup};
use yagura_kernel::person::Role;
use yagura_kernel::proof::{CellCounts, CellState};
use yagura_kernel::relation::SharingLevel;

use crate::i18n::Translator;
use crate::ui::icons::{Icon, of_state};

/// How much a remark weighs. The colour follows; the words must say it too.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tone {
    /// A side fact.
    Neutral,
    /// Good to know.
    Info,
    /// Done, in order.
    Success,
    /// Needs a look.
    Caution,
    /// Late or a「いいえ」.
    Late,
    /// Wrong, contradicted, dangerous.
    Danger,
}

impl Tone {
    /// Every tone, mildest first.
    pub const ALL: [Self; 6] = [
        Self::Neutral,
        Self::Info,
        Self::Success,
        Self::Caution,
        Self::Late,
        Self::Danger,
    ];

    pub(crate) const fn class(self) -> &'static str {
        match self {
            Self::Neutral => "tone-neutral",
            Self::Info => "tone-info",
            Self::Success => "tone-success",
            Self::Caution => "tone-caution",
            Self::Late => "tone-late",
            Self::Danger => "tone-danger",
        }
    }

    pub(crate) const fn icon(self) -> Icon {
        match self {
            Self::Neutral | Self::Info => Icon::Info,
            Self::Success => Icon::Tick,
            Self::Caution => Icon::Contradiction,
            Self::Late => Icon::Clock,
            Self::Danger => Icon::Stop,
        }
    }
}

/// A short remark beside a heading or in a cell.
#[must_use]
pub fn tag(tone: Tone, text: &str) -> Markup {
    html! { span.tag.(tone.class()) { (text) } }
}

/// The word for a proof state: 実証, 書類, 申告, いいえ, 食い違い, 未回答, 対象外.
#[must_use]
pub fn state_word(t: &Translator, state: CellState) -> &str {
    t.t(match state {
        CellState::Verified => "state-verified",
        CellState::Documented => "state-documented",
        CellState::Declared => "state-declared",
        CellState::No => "state-no",
        CellState::Contradiction => "state-contradiction",
        CellState::Unanswered => "state-unanswered",
        CellState::NotApplicable => "state-not_applicable",
    })
}

/// One character for a cell of a matrix: 実, 書, 申, ×, !, –, ／.
#[must_use]
pub fn state_letter(t: &Translator, state: CellState) -> &str {
    t.t(match state {
        CellState::Verified => "state-letter-verified",
        CellState::Documented => "state-letter-documented",
        CellState::Declared => "state-letter-declared",
        CellState::No => "state-letter-no",
        CellState::Contradiction => "state-letter-contradiction",
        CellState::Unanswered => "state-letter-unanswered",
        CellState::NotApplicable => "state-letter-not_applicable",
    })
}

/// The class that colours a state, on tags, matrix cells and chart segments alike.
#[must_use]
pub const fn state_class(state: CellState) -> &'static str {
    match state {
        CellState::Verified => "state-verified",
        CellState::Documented => "state-documented",
        CellState::Declared => "state-declared",
        CellState::No => "state-no",
        CellState::Contradiction => "state-contradiction",
        CellState::Unanswered => "state-unanswered",
        CellState::NotApplicable => "state-none",
    }
}

/// A proof state as shape and word.
#[must_use]
pub fn state_tag(t: &Translator, state: CellState) -> Markup {
    html! { span.tag.(state_class(state)) { (of_state(state).svg()) (state_word(t, state)) } }
}

/// What the states of a chart or matrix mean, with the number of each where counts are given.
/// States that do not occur are left out when there are counts.
#[must_use]
pub fn state_legend(t: &Translator, counts: Option<&CellCounts>) -> Markup {
    html! {
        ul.legend role="list" {
            @for state in CellState::ALL {
                @let number = counts.map(|counts| counts.get(state));
                @if number != Some(0) {
                    li {
                        span.swatch.(state_class(state)) { (of_state(state).svg()) }
                        (state_word(t, state))
                        @if let Some(number) = number { " " b { (number) } }
                    }
                }
            }
        }
    }
}

/// A role in words: 院長, 医療情報システム安全管理責任者.
#[must_use]
pub fn role(t: &Translator, role: Role) -> &str {
    let key = format!("role-{}", role.code());
    known(t, &key)
}

/// A kind of organisation in words: 病院, 診療所.
#[must_use]
pub fn organization_kind(t: &Translator, kind: OrganizationKind) -> &str {
    let key = format!("organization-kind-{}", kind.code());
    known(t, &key)
}

/// A group of comparison in words: 病院(200〜399床).
#[must_use]
pub fn size_group(t: &Translator, group: SizeGroup) -> &str {
    let key = format!("size-group-{}", group.code());
    known(t, &key)
}

/// What an overseer is let see, in words.
#[must_use]
pub fn sharing_level(t: &Translator, level: SharingLevel) -> &str {
    let key = format!("sharing-level-{}", level.code());
    known(t, &key)
}

/// The text of a key made at run time; the tests of this module hold that none is missing.
fn known<'t>(t: &'t Translator, key: &str) -> &'t str {
    t.find(key).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::i18n::Lang;
    use crate::ui::testing::translator;

    #[test]
    fn every_kernel_value_has_its_own_word_in_both_languages() {
        for lang in Lang::ALL {
            let t = translator(lang);
            let mut words: Vec<String> = Vec::new();
            let mut add = |text: &str| {
                assert!(!text.is_empty() && !text.starts_with("state-"));
                words.push(text.to_owned());
            };
            Role::ALL.iter().for_each(|value| add(role(&t, *value)));
            SharingLevel::ALL
                .iter()
                .for_each(|value| add(sharing_level(&t, *value)));
            SizeGroup::ALL
                .iter()
                .for_each(|value| add(size_group(&t, *value)));
            OrganizationKind::ALL
                .iter()
                .for_each(|value| add(organization_kind(&t, *value)));
            CellState::ALL
                .iter()
                .for_each(|value| add(state_word(&t, *value)));
        }
    }

    #[test]
    fn the_words_and_letters_of_states_differ() {
        for lang in Lang::ALL {
            let t = translator(lang);
            for (place, state) in CellState::ALL.into_iter().enumerate() {
                for other in CellState::ALL.into_iter().skip(place + 1) {
                    assert_ne!(state_word(&t, state), state_word(&t, other));
                    assert_ne!(state_letter(&t, state), state_letter(&t, other));
                    assert_ne!(of_state(state), of_state(other));
                }
            }
        }
    }

    #[test]
    fn a_legend_with_counts_leaves_out_what_does_not_occur() {
        let t = translator(Lang::Ja);
        let counts = CellCounts {
            verified: 9,
            no: 3,
            ..CellCounts::default()
        };
        let legend = state_legend(&t, Some(&counts)).into_string();
        assert!(legend.contains("実証 <b>9</b>") && legend.contains("いいえ <b>3</b>"));
        assert!(!legend.contains("未回答"));
    }
}
