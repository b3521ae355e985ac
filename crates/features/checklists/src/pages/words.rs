//! The words for what the model says, in the reader's language.

use maud::{Markup, html};
use yagura_kernel::probe::Outcome;
use yagura_kernel::time::FiscalYear;
use yagura_packs::{ChangeKind, DeviceClass};
use yagura_store::directory::Organization;
use yagura_web::Translator;
use yagura_web::i18n::args;
use yagura_web::ui::components::Tone;

use super::desk::year_label;
use crate::model::{
    Answer, AnswerProblem, ChangeSource, DateOf, HeaderProblem, Round, SelfCheckProblem, YesNo,
};

/// 令和8年度チェックリスト, 令和8年度 事業者確認用(架空レセコン株式会社).
pub(crate) fn sheet_title(
    t: &Translator,
    year: FiscalYear,
    vendor: Option<&Organization>,
) -> String {
    let year = year_label(t.lang(), year);
    match vendor {
        None => t.t_args("checklist-title", args![("year", year)]),
        Some(vendor) => t.t_args(
            "checklist-title-vendor",
            args![("year", year), ("vendor", &vendor.name)],
        ),
    }
    .into_owned()
}

/// はい, いいえ.
pub(crate) fn yes_no(t: &Translator, answer: YesNo) -> &str {
    t.t(match answer {
        YesNo::Yes => "checklist-yes",
        YesNo::No => "checklist-no",
    })
}

/// はい(令和8年6月12日(金)), or that nothing was entered.
pub(crate) fn round(t: &Translator, round: Option<Round>) -> String {
    match round {
        None => t.t("checklist-nothing").to_owned(),
        Some(round) => t
            .t_args(
                "checklist-round-words",
                args![
                    ("answer", yes_no(t, round.answer)),
                    ("date", t.date(round.on))
                ],
            )
            .into_owned(),
    }
}

/// An answer in one line, for tables and the history.
pub(crate) fn answer_line(t: &Translator, answer: &Answer) -> String {
    if answer.first.is_none() && answer.second.is_none() {
        return t.t("checklist-nothing").to_owned();
    }
    let mut parts = Vec::new();
    if let Some(first) = answer.first {
        parts.push(
            t.t_args(
                "checklist-line-first",
                args![("round", round(t, Some(first)))],
            )
            .into_owned(),
        );
    }
    if let Some(target) = answer.target {
        parts.push(
            t.t_args("checklist-line-target", args![("date", t.date(target))])
                .into_owned(),
        );
    }
    if let Some(second) = answer.second {
        parts.push(
            t.t_args(
                "checklist-line-second",
                args![("round", round(t, Some(second)))],
            )
            .into_owned(),
        );
    }
    parts.join(t.t("checklist-line-separator"))
}

/// Nothing was entered: a dash for the eye, words for a screen reader.
pub(crate) fn none(t: &Translator) -> Markup {
    html! { span aria-hidden="true" { "–" } span.unseen { (t.t("checklist-nothing")) } }
}

/// A remark with its line breaks.
pub(crate) fn lines(text: &str) -> Markup {
    html! {
        @for (place, line) in text.lines().enumerate() {
            @if place > 0 { br; }
            (line)
        }
    }
}

/// What a row is asked about.
pub(crate) fn device_class(t: &Translator, class: DeviceClass) -> String {
    class.label().in_language(t.lang().code()).to_owned()
}

fn date_name(t: &Translator, of: DateOf) -> &str {
    t.t(match of {
        DateOf::First => "checklist-date-first",
        DateOf::Second => "checklist-date-second",
        DateOf::Gate => "checklist-date-gate",
        DateOf::VendorContract => "checklist-date-vendor-contract",
        DateOf::Confirmation => "checklist-date-confirmation",
    })
}

/// What is wrong with an answer and how to mend it.
pub(crate) fn answer_problem(t: &Translator, problem: &AnswerProblem) -> String {
    match problem {
        AnswerProblem::UnknownItem { key } => {
            t.t_args("checklist-problem-unknown-item", args![("key", key)])
        }
        AnswerProblem::GateIsNo => t.t("checklist-problem-gate-is-no").into(),
        AnswerProblem::NoVendorContract => t.t("checklist-problem-no-vendor-contract").into(),
        AnswerProblem::DateMissing(of) => t.t_args(
            "checklist-problem-date-missing",
            args![("date", date_name(t, *of))],
        ),
        AnswerProblem::AnswerMissing(of) => t.t_args(
            "checklist-problem-answer-missing",
            args![("date", date_name(t, *of))],
        ),
        AnswerProblem::InFuture { of, today } => t.t_args(
            "checklist-problem-in-future",
            args![("date", date_name(t, *of)), ("today", t.date(*today))],
        ),
        AnswerProblem::BeforeYear { of, first } => t.t_args(
            "checklist-problem-before-year",
            args![("date", date_name(t, *of)), ("first", t.date(*first))],
        ),
        AnswerProblem::NoSecondRound => t.t("checklist-problem-no-second-round").into(),
        AnswerProblem::SecondWithoutFirst => t.t("checklist-problem-second-without-first").into(),
        AnswerProblem::SecondBeforeFirst { first } => t.t_args(
            "checklist-problem-second-before-first",
            args![("first", t.date(*first))],
        ),
        AnswerProblem::TargetWithoutNo => t.t("checklist-problem-target-without-no").into(),
        AnswerProblem::TargetOutsideYear { first, last } => t.t_args(
            "checklist-problem-target-outside-year",
            args![("first", t.date(*first)), ("last", t.date(*last))],
        ),
        AnswerProblem::TargetBeforeAnswer { answered } => t.t_args(
            "checklist-problem-target-before-answer",
            args![("answered", t.date(*answered))],
        ),
        AnswerProblem::RemarkTooLong { length } => t.t_args(
            "checklist-problem-remark-too-long",
            args![
                ("length", *length),
                ("longest", crate::model::LONGEST_REMARK)
            ],
        ),
    }
    .into_owned()
}

/// What is wrong with the head of a sheet and how to mend it.
pub(crate) fn header_problem(t: &Translator, problem: &HeaderProblem) -> String {
    match problem {
        HeaderProblem::Entry(problem) => answer_problem(t, problem),
        HeaderProblem::NoGateRow => t.t("checklist-problem-no-gate-row").to_owned(),
        HeaderProblem::NoConfirmationDate => {
            t.t("checklist-problem-no-confirmation-date").to_owned()
        }
    }
}

/// What is wrong with a self-check and how to mend it.
pub(crate) fn self_check_problem(t: &Translator, problem: &SelfCheckProblem) -> String {
    match problem {
        SelfCheckProblem::UnknownAudience(_) | SelfCheckProblem::UnknownBox(_) => {
            t.t("self-check-problem-unknown").into()
        }
        SelfCheckProblem::InFuture { today } => t.t_args(
            "self-check-problem-in-future",
            args![("today", t.date(*today))],
        ),
        SelfCheckProblem::BeforeYear { first } => t.t_args(
            "self-check-problem-before-year",
            args![("first", t.date(*first))],
        ),
    }
    .into_owned()
}

/// How a row differs from the year before.
pub(crate) fn change_kind(t: &Translator, kind: ChangeKind) -> &str {
    t.t(match kind {
        ChangeKind::New => "checklist-change-new",
        ChangeKind::Reworded => "checklist-change-reworded",
        ChangeKind::Merged => "checklist-change-merged",
        ChangeKind::Split => "checklist-change-split",
        ChangeKind::BecameRequired => "checklist-change-became-required",
        ChangeKind::DeviceClassChanged => "checklist-change-device-class-changed",
        ChangeKind::Removed => "checklist-change-removed",
    })
}

/// By which way a change came onto the sheet.
pub(crate) fn source(t: &Translator, source: &ChangeSource) -> String {
    match source {
        ChangeSource::Typed => t.t("checklist-source-typed").into(),
        ChangeSource::QuickTable => t.t("checklist-source-quick-table").into(),
        ChangeSource::Merged => t.t("checklist-source-merged").into(),
        ChangeSource::Draft { year, .. } => {
            let year = FiscalYear::new(*year)
                .map_or_else(|_| year.to_string(), |year| year_label(t.lang(), year));
            t.t_args("checklist-source-draft", args![("year", year)])
        }
        ChangeSource::Import { file } => t.t_args("checklist-source-import", args![("file", file)]),
        ChangeSource::Api => t.t("checklist-source-api").into(),
        ChangeSource::Demo => t.t("checklist-source-demo").into(),
    }
    .into_owned()
}

/// What a measurement came to, with its tone.
pub(crate) fn outcome(t: &Translator, outcome: Outcome) -> (Tone, &str) {
    match outcome {
        Outcome::Satisfied => (Tone::Success, t.t("checklist-outcome-satisfied")),
        Outcome::Violated => (Tone::Danger, t.t("checklist-outcome-violated")),
        Outcome::Unknown => (Tone::Neutral, t.t("checklist-outcome-unknown")),
    }
}

/// The name of a probe; its id where nobody named it.
pub(crate) fn probe_name(t: &Translator, probe: &str) -> String {
    let key = format!("probe-name-{probe}");
    t.find(&key).unwrap_or(probe).to_owned()
}
