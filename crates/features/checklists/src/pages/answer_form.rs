//! The form of one row: cells of the official form, dates filled in with today.

use maud::{Markup, html};
use yagura_kernel::time::{Date, format_iso};
use yagura_packs::SheetRules;
use yagura_web::Translator;
use yagura_web::ui::forms::{
    Choice, Field, FormState, RadioStyle, date_field, hidden, radio_group, textarea,
};

use super::words;
use crate::model::{Answer, AnswerInput, LONGEST_REMARK, YesNo};

/// What of the form is shown, and what stands behind it.
pub(super) struct AnswerForm<'a> {
    /// The version that the reader has before their eyes.
    pub(super) version: i64,
    /// The rules of the edition.
    pub(super) rules: &'a SheetRules,
    /// What is stored.
    pub(super) stored: &'a Answer,
    /// The last day of the fiscal year.
    pub(super) year_end: Date,
}

/// The form's values from what is stored. The date of a first confirmation is filled in with today;
/// that of a second one stays empty until there is one, and then counts as today.
pub(super) fn state_of(answer: &Answer, today: Date) -> FormState {
    let date = |date: Option<Date>| date.map(format_iso);
    let mut state = FormState::empty();
    if let Some(first) = answer.first {
        state.set("first", first.answer.code());
    }
    if let Some(second) = answer.second {
        state.set("second", second.answer.code());
    }
    let first_on = date(answer.first.map(|round| round.on));
    state.set("first_on", first_on.unwrap_or_else(|| format_iso(today)));
    state.set(
        "second_on",
        date(answer.second.map(|round| round.on)).unwrap_or_default(),
    );
    state.set("target", date(answer.target).unwrap_or_default());
    state.set("remark", &*answer.remark);
    state
}

/// Reads the form. A date that only was filled in beforehand counts as none while there is no
/// answer beside it; a second confirmation without a date is one of today.
pub(super) fn read(
    state: &mut FormState,
    t: &Translator,
    stored: &Answer,
    today: Date,
) -> AnswerInput {
    let mut input = AnswerInput {
        first: YesNo::from_code(state.value("first")),
        first_on: state.read_date(t, "first_on", t.t("checklist-date-first")),
        target: state.read_date(t, "target", t.t("checklist-target")),
        second: YesNo::from_code(state.value("second")),
        second_on: state.read_date(t, "second_on", t.t("checklist-date-second")),
        remark: state.value("remark").to_owned(),
    };
    let untouched = |date: Option<Date>, stored: Option<Date>| {
        date == Some(today) || (date.is_some() && date == stored)
    };
    if input.first.is_none() && untouched(input.first_on, stored.first.map(|round| round.on)) {
        input.first_on = None;
    }
    if input.second.is_none() && untouched(input.second_on, stored.second.map(|round| round.on)) {
        input.second_on = None;
    }
    if input.second.is_some() && state.value("second_on").trim().is_empty() {
        input.second_on = Some(today);
    }
    input
}

/// The fields of the form.
pub(super) fn fields(t: &Translator, state: &FormState, form: &AnswerForm<'_>) -> Markup {
    let yes = words::yes_no(t, YesNo::Yes);
    let no = words::yes_no(t, YesNo::No);
    let both = [Choice::new("yes", yes), Choice::new("no", no)];
    let second = [
        Choice::new("yes", yes),
        Choice::new("no", no),
        Choice::new("", t.t("checklist-second-not-yet")),
    ];
    let target_hint = t.t_args(
        "checklist-target-hint",
        yagura_web::i18n::args![("last", t.date(form.year_end))],
    );
    let has_second = form.rules.rounds >= 2
        && (form.stored.first.is_some()
            || !state.value("second").is_empty()
            || state.error("second").is_some());
    let mut state = state.clone();
    if !state.is_chosen("second", "yes") && !state.is_chosen("second", "no") {
        state.set("second", "");
    }
    html! {
        (hidden("version", &form.version.to_string()))
        (radio_group(t, &state, &Field::new("first", t.t("checklist-round-first")).required(), &both, RadioStyle::Big))
        (date_field(t, &state, &Field::new("first_on", t.t("checklist-date-first"))))
        (date_field(t, &state, &Field::new("target", t.t("checklist-target")).hint(&target_hint)))
        @if has_second {
            (radio_group(t, &state, &Field::new("second", t.t("checklist-round-second")).hint(t.t("checklist-second-hint")), &second, RadioStyle::Big))
            (date_field(t, &state, &Field::new("second_on", t.t("checklist-date-second")).hint(t.t("checklist-second-on-hint"))))
        } @else if form.rules.rounds >= 2 {
            p.small { (t.t("checklist-second-later")) }
        }
        (textarea(t, &state, &Field::new("remark", t.t("checklist-remark")).hint(t.t("checklist-remark-hint")).longest(LONGEST_REMARK).rows(3)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Round;
    use std::sync::Arc;
    use yagura_kernel::time::parse_date;
    use yagura_web::Lang;
    use yagura_web::i18n::{Catalogue, MESSAGES};

    fn translator() -> Translator {
        let all: Vec<_> = MESSAGES.iter().chain(crate::MESSAGES).copied().collect();
        Translator::new(Lang::Ja, Arc::new(Catalogue::build(&all).unwrap()))
    }

    fn day(text: &str) -> Date {
        parse_date(text).unwrap()
    }

    #[test]
    fn what_is_stored_comes_back_as_it_was() {
        let t = translator();
        let today = day("2026-11-21");
        let stored = Answer {
            first: Some(Round {
                answer: YesNo::No,
                on: day("2026-06-12"),
            }),
            target: Some(day("2026-12-20")),
            second: None,
            remark: "備考\n二行目".to_owned(),
        };
        let mut state = state_of(&stored, today);
        let input = read(&mut state, &t, &stored, today);
        assert!(!state.has_errors());
        assert_eq!(input, AnswerInput::from(&stored));
    }

    #[test]
    fn dates_filled_in_beforehand_do_not_count_without_an_answer() {
        let t = translator();
        let today = day("2026-11-21");
        let blank = Answer::default();
        let mut state = state_of(&blank, today).with("remark", "検討中");
        let input = read(&mut state, &t, &blank, today);
        assert_eq!(
            input,
            AnswerInput {
                remark: "検討中".to_owned(),
                ..AnswerInput::default()
            }
        );
        let mut typed = state_of(&blank, today).with("first_on", "令和8年6月12日");
        assert_eq!(
            read(&mut typed, &t, &blank, today).first_on,
            Some(day("2026-06-12"))
        );
    }

    #[test]
    fn taking_a_second_round_back_needs_no_clearing_of_its_date() {
        let t = translator();
        let today = day("2026-11-21");
        let stored = Answer {
            second: Some(Round {
                answer: YesNo::Yes,
                on: day("2026-10-01"),
            }),
            ..Answer::first(YesNo::No, day("2026-06-12"))
        };
        let mut state = state_of(&stored, today).with("second", "");
        let input = read(&mut state, &t, &stored, today);
        assert_eq!((input.second, input.second_on), (None, None));
    }

    #[test]
    fn a_second_round_without_a_date_is_one_of_today() {
        let t = translator();
        let today = day("2026-11-21");
        let stored = Answer::first(YesNo::No, day("2026-06-12"));
        let mut state = state_of(&stored, today).with("second", "yes");
        assert_eq!(state.value("second_on"), "");
        let input = read(&mut state, &t, &stored, today);
        assert_eq!(
            (input.second, input.second_on),
            (Some(YesNo::Yes), Some(today))
        );
    }

    #[test]
    fn an_unreadable_date_is_told_beside_its_field() {
        let t = translator();
        let today = day("2026-11-21");
        let mut state = state_of(&Answer::default(), today).with("target", "らいねん");
        let _ = read(&mut state, &t, &Answer::default(), today);
        assert!(state.error("target").is_some());
    }
}
