//! Members and figures in the reader's words.

use maud::{Markup, html};
use yagura_checklists::overview::MemberSheet;
use yagura_kernel::organization::OrganizationKind;
use yagura_kernel::relation::SharingLevel;
use yagura_kernel::time::{Date, FiscalYear};
use yagura_web::args;
use yagura_web::i18n::{Lang, Translator};
use yagura_web::ui::components::{Tone, organization_kind, size_group, tag};

use crate::model::comparison::{Band, Group, Quarter};
use crate::model::reminder::{Audience, Since};

/// 令和8年度, FY2026.
#[must_use]
pub fn year(t: &Translator, year: FiscalYear) -> String {
    match t.lang() {
        Lang::Ja => year.label_ja(),
        Lang::En => year.label_en(),
    }
}

/// A number with thousands separators.
#[must_use]
pub fn number(t: &Translator, number: i64) -> String {
    t.t_args("region-number", args![("number", number)])
        .into_owned()
}

/// 病院 120床, 無床診療所, 薬局.
#[must_use]
pub fn kind_and_size(t: &Translator, kind: OrganizationKind, beds: Option<i64>) -> String {
    let word = organization_kind(t, kind);
    match (kind, beds.unwrap_or_default()) {
        (OrganizationKind::Clinic, 0) => t.t("region-clinic-without-beds").to_owned(),
        (_, 0) => word.to_owned(),
        (_, beds) => t
            .t_args("region-kind-beds", args![("kind", word), ("beds", beds)])
            .into_owned(),
    }
}

/// A group of comparison: 全会員, 病院, 病院(200〜399床).
#[must_use]
pub fn group(t: &Translator, group: Group) -> &str {
    match group {
        Group::All => t.t("region-group-all"),
        Group::Kind(kind) => organization_kind(t, kind),
        Group::Size(size) => size_group(t, size),
    }
}

/// How a member stands, in a word with its tone, worst first.
#[must_use]
pub fn standing(t: &Translator, row: &MemberSheet, today: Date) -> (Tone, String) {
    let contradictions = row.counts.map_or(0, |counts| counts.contradiction);
    if contradictions > 0 {
        let words = t.t_args(
            "region-standing-contradictions",
            args![("count", contradictions)],
        );
        (Tone::Danger, words.into_owned())
    } else if row.opened_at.is_none() {
        (Tone::Late, t.t("region-standing-not-opened").to_owned())
    } else if row.round1_done_at.is_none() {
        let words = t.t_args(
            "region-standing-incomplete",
            args![("answered", row.answered), ("applicable", row.applicable)],
        );
        (Tone::Caution, words.into_owned())
    } else if row.next_target.is_some_and(|target| target < today) {
        (Tone::Late, t.t("region-standing-overdue").to_owned())
    } else {
        (Tone::Success, t.t("region-standing-done").to_owned())
    }
}

/// The same as a tag.
#[must_use]
pub fn standing_tag(t: &Translator, row: &MemberSheet, today: Date) -> Markup {
    let (tone, words) = standing(t, row, today);
    html! { (tag(tone, &words)) }
}

/// How far a member is, as a sentence for a letter to it.
#[must_use]
pub fn state_sentence(t: &Translator, row: &MemberSheet, today: Date) -> String {
    let contradictions = row.counts.map_or(0, |counts| counts.contradiction);
    if row.opened_at.is_none() {
        t.t("region-letter-not-opened").to_owned()
    } else if row.round1_done_at.is_none() {
        let arguments = args![("answered", row.answered), ("applicable", row.applicable)];
        t.t_args("region-letter-incomplete", arguments).into_owned()
    } else if contradictions > 0 {
        t.t_args(
            "region-letter-contradictions",
            args![("count", contradictions)],
        )
        .into_owned()
    } else if row.next_target.is_some_and(|target| target < today) {
        t.t("region-letter-overdue").to_owned()
    } else {
        t.t("region-letter-done").to_owned()
    }
}

/// Why a member's cells are not shown; `None` where they are.
#[must_use]
pub fn instead_of_cells<'t>(t: &'t Translator, row: &MemberSheet) -> Option<&'t str> {
    if row.cells.is_some() {
        None
    } else if row.sharing < SharingLevel::Answers {
        Some(t.t("region-matrix-status-only"))
    } else {
        Some(t.t("region-matrix-no-sheet"))
    }
}

/// An audience in words.
#[must_use]
pub fn audience(t: &Translator, audience: Audience) -> &str {
    t.t(match audience {
        Audience::NotOpened => "region-audience-not_opened",
        Audience::Incomplete => "region-audience-incomplete",
        Audience::Contradictions => "region-audience-contradictions",
        Audience::Overdue => "region-audience-overdue",
        Audience::Selected => "region-audience-selected",
    })
}

/// What came of a reminder, as a tag.
#[must_use]
pub fn since_tag(t: &Translator, since: Since) -> Markup {
    let (tone, word) = match since {
        Since::Finished => (Tone::Success, t.t("region-since-finished")),
        Since::Moved => (Tone::Info, t.t("region-since-moved")),
        Since::Nothing => (Tone::Neutral, t.t("region-since-nothing")),
    };
    tag(tone, word)
}

/// A share as institutions see it: 1割以下, 46%, 9割以上.
#[must_use]
pub fn band(t: &Translator, band: Band) -> String {
    match band {
        Band::Few => t.t("region-band-few").to_owned(),
        Band::Percent(percent) => format!("{percent}%"),
        Band::NearlyAll => t.t("region-band-nearly-all").to_owned(),
    }
}

/// Where a member stands in its group.
#[must_use]
pub fn quarter(t: &Translator, quarter: Quarter) -> &str {
    t.t(match quarter {
        Quarter::Highest => "region-quarter-highest",
        Quarter::AboveMedian => "region-quarter-above",
        Quarter::BelowMedian => "region-quarter-below",
        Quarter::Lowest => "region-quarter-lowest",
    })
}

/// Whole or half per cent without needless decimals.
#[must_use]
pub fn percent(value: f64) -> String {
    if value.fract().abs() < 0.05 {
        format!("{value:.0}%")
    } else {
        format!("{value:.1}%")
    }
}
