//! The words of this feature.

use yagura_web::i18n::args;
use yagura_web::ui::components::Tone;
use yagura_web::{Lang, Translator};

use crate::model::feed::Age;
use crate::model::products::{TextKind, TextState};
use crate::model::request::{Answer, AnswerProblem, RequestState, Status};
use crate::model::state::DecisionProblem;
use crate::model::vex::{Fault, VexError};
use crate::model::{Exposure, Feed, Justification, Severity, State};
use crate::store::feeds::Vulnerability;
use crate::store::findings::{Finding, Vendor};

/// The name of a feed.
pub(crate) fn feed(t: &Translator, feed: Feed) -> &str {
    let code = feed.code().replace('_', "-");
    t.find(&format!("vulnerabilities-feed-{code}"))
        .unwrap_or_default()
}

/// Who says it, by the number in storage.
pub(crate) fn source(t: &Translator, source: i64) -> &str {
    t.t(match source {
        0 => "vulnerabilities-source-nvd",
        1 => "vulnerabilities-source-overrides",
        2 => "vulnerabilities-source-cve",
        3 => "vulnerabilities-source-cve-publisher",
        4 => "vulnerabilities-source-jvn",
        _ => "vulnerabilities-source-csaf",
    })
}

/// How far a source may be trusted.
pub(crate) fn confidence(t: &Translator, confidence: i64) -> (Tone, &str) {
    match confidence {
        2 => (Tone::Neutral, t.t("vulnerabilities-confidence-exact")),
        1 => (Tone::Caution, t.t("vulnerabilities-confidence-rough")),
        _ => (
            Tone::Caution,
            t.t("vulnerabilities-confidence-product-only"),
        ),
    }
}

/// Why no further.
pub(crate) fn reason<'t>(t: &'t Translator, code: &str) -> &'t str {
    let code = code.replace('_', "-");
    t.find(&format!("vulnerabilities-reason-{code}"))
        .unwrap_or_default()
}

/// A severity with its tone.
pub(crate) fn severity(t: &Translator, severity: Severity) -> (Tone, &str) {
    let tone = match severity {
        Severity::Critical => Tone::Danger,
        Severity::High => Tone::Late,
        Severity::Medium => Tone::Caution,
        Severity::Low | Severity::Unknown => Tone::Neutral,
    };
    let word = t.find(&format!("vulnerabilities-severity-{}", severity.code()));
    (tone, word.unwrap_or_default())
}

/// A state with its tone.
pub(crate) fn state(t: &Translator, state: State) -> (Tone, &str) {
    let tone = match state {
        State::New => Tone::Info,
        State::Investigating => Tone::Caution,
        State::Affected => Tone::Late,
        State::NotAffected | State::Accepted => Tone::Neutral,
        State::Fixed => Tone::Success,
    };
    let code = state.code().replace('_', "-");
    let word = t.find(&format!("vulnerabilities-state-{code}"));
    (tone, word.unwrap_or_default())
}

/// A justification.
pub(crate) fn justification(t: &Translator, justification: Justification) -> &str {
    let code = justification.code().replace('_', "-");
    t.find(&format!("vulnerabilities-justification-{code}"))
        .unwrap_or_default()
}

/// How a device is reached.
pub(crate) fn exposure(t: &Translator, exposure: Exposure) -> &str {
    t.find(&format!("vulnerabilities-exposure-{}", exposure.code()))
        .unwrap_or_default()
}

/// How sure a text is.
pub(crate) fn text_state(t: &Translator, state: TextState) -> (Tone, &str) {
    let tone = match state {
        TextState::Unknown => Tone::Caution,
        TextState::Guessed => Tone::Info,
        TextState::Shared | TextState::Confirmed | TextState::Stated => Tone::Success,
    };
    let word = t.find(&format!("vulnerabilities-text-{}", state.code()));
    (tone, word.unwrap_or_default())
}

/// Where a text stands.
pub(crate) fn text_kind(t: &Translator, kind: TextKind) -> &str {
    t.find(&format!("vulnerabilities-kind-{}", kind.code()))
        .unwrap_or_default()
}

/// How old a feed is.
pub(crate) fn age(t: &Translator, age: Age, needed: bool) -> (Tone, &str) {
    match (age, needed) {
        (Age::Fresh, _) => (Tone::Success, t.t("vulnerabilities-age-fresh")),
        (Age::Stale, _) => (Tone::Late, t.t("vulnerabilities-age-stale")),
        (Age::Never, true) => (Tone::Late, t.t("vulnerabilities-age-never")),
        (Age::Never, false) => (Tone::Neutral, t.t("vulnerabilities-age-never")),
    }
}

/// What is missing in a decision.
pub(crate) fn decision_problem(t: &Translator, problem: DecisionProblem) -> &str {
    t.t(match problem {
        DecisionProblem::NotNew => "vulnerabilities-error-state",
        DecisionProblem::Justification => "vulnerabilities-error-justification",
        DecisionProblem::Until => "vulnerabilities-error-until",
        DecisionProblem::UntilOutside => "vulnerabilities-error-until-outside",
        DecisionProblem::Reason => "vulnerabilities-error-reason",
    })
}

/// How a question to a vendor stands.
pub(crate) fn request_state(t: &Translator, state: RequestState) -> (Tone, &str) {
    let tone = match state {
        RequestState::Asked => Tone::Info,
        RequestState::Answered => Tone::Caution,
        RequestState::Taken => Tone::Success,
    };
    let word = t.find(&format!("vulnerabilities-request-{}", state.code()));
    (tone, word.unwrap_or_default())
}

/// How the question to the vendor stands, for the filter.
pub(crate) fn vendor(t: &Translator, vendor: Vendor) -> &str {
    match vendor {
        Vendor::Unasked => t.t("vulnerabilities-request-unasked"),
        Vendor::Asked(state) => request_state(t, state).1,
    }
}

/// What a vendor says.
pub(crate) fn status(t: &Translator, status: Status) -> (Tone, &str) {
    state(t, status.state())
}

/// What is missing in an answer.
pub(crate) fn answer_problem(t: &Translator, problem: AnswerProblem) -> &str {
    t.t(match problem {
        AnswerProblem::Justification => "vulnerabilities-error-answer-justification",
        AnswerProblem::Action => "vulnerabilities-error-answer-action",
    })
}

/// What a vendor answered in one line: its words, the corrected version, the day.
pub(crate) fn answer_text(t: &Translator, answer: &Answer) -> String {
    let mut parts: Vec<String> = Vec::new();
    if !answer.statement.is_empty() {
        parts.push(answer.statement.clone());
    }
    if !answer.fixed_version.is_empty() {
        let words = args![("version", answer.fixed_version.as_str())];
        parts.push(
            t.t_args("vulnerabilities-answer-fixed-in", words)
                .into_owned(),
        );
    }
    if let Some(day) = answer.planned_on {
        let words = args![("date", t.date(day))];
        parts.push(
            t.t_args("vulnerabilities-answer-planned", words)
                .into_owned(),
        );
    }
    parts.join(" ")
}

/// What of a vendor's answer is written beside the state.
pub(crate) fn answer_note(t: &Translator, vendor: &str, answer: &Answer) -> String {
    let words = args![("vendor", vendor), ("text", answer_text(t, answer))];
    let text = t.t_args("vulnerabilities-answer-note", words);
    text.trim().to_owned()
}

/// Why a document is refused.
pub(crate) fn vex_error(t: &Translator, error: &VexError) -> String {
    match error {
        VexError::TooLarge => t.t("vulnerabilities-vex-too-large").to_owned(),
        VexError::NotJson { line, column } => t
            .t_args(
                "vulnerabilities-vex-not-json",
                args![("line", line.to_string()), ("column", column.to_string())],
            )
            .into_owned(),
        VexError::Unknown => t.t("vulnerabilities-vex-unknown").to_owned(),
        VexError::TooMany => t.t("vulnerabilities-vex-too-many").to_owned(),
    }
}

/// What is wrong with a part of a document.
pub(crate) fn vex_fault(t: &Translator, fault: Fault) -> &str {
    t.find(&format!("vulnerabilities-vex-fault-{}", fault.code()))
        .unwrap_or_default()
}

fn pick<'a>(t: &Translator, ja: Option<&'a String>, en: Option<&'a String>) -> Option<&'a str> {
    match t.lang() {
        Lang::Ja => ja.or(en),
        Lang::En => en.or(ja),
    }
    .map(String::as_str)
}

fn beginning(text: &str) -> String {
    let mut cut: String = text.chars().take(90).collect();
    if cut.len() < text.len() {
        cut.push('…');
    }
    cut
}

/// The title of a finding's vulnerability; the beginning of its description where no feed gives
/// one.
pub(crate) fn title_of(t: &Translator, finding: &Finding) -> String {
    pick(t, finding.title_ja.as_ref(), finding.title_en.as_ref())
        .map(str::to_owned)
        .or_else(|| finding.description_en.as_deref().map(beginning))
        .unwrap_or_default()
}

/// The title in the reader's language, where there is one.
pub(crate) fn pick_title<'a>(
    t: &Translator,
    ja: Option<&'a String>,
    en: Option<&'a String>,
) -> &'a str {
    pick(t, ja, en).unwrap_or_default()
}

/// The title of a vulnerability.
pub(crate) fn title(t: &Translator, row: &Vulnerability) -> String {
    pick(t, row.title_ja.as_ref(), row.title_en.as_ref())
        .map(str::to_owned)
        .or_else(|| row.description_en.as_deref().map(beginning))
        .unwrap_or_default()
}

/// The description of a vulnerability.
pub(crate) fn description<'a>(t: &Translator, row: &'a Vulnerability) -> Option<&'a str> {
    pick(t, row.description_ja.as_ref(), row.description_en.as_ref())
}

/// A score in tenths.
pub(crate) fn tenths(tenths: i64) -> String {
    format!("{}.{}", tenths / 10, tenths % 10)
}

/// A probability in per cent with one digit.
pub(crate) fn percent(share: f64) -> String {
    format!("{:.1} %", share * 100.0)
}

/// How sure it is that the device has the product.
pub(crate) fn certainty(t: &Translator, certainty: i64) -> (Tone, String) {
    if certainty == crate::model::products::STATED {
        (
            Tone::Neutral,
            t.t("vulnerabilities-certainty-stated").to_owned(),
        )
    } else if certainty >= crate::model::products::SHARED {
        (
            Tone::Neutral,
            t.t("vulnerabilities-certainty-confirmed").to_owned(),
        )
    } else {
        let words = t.t_args(
            "vulnerabilities-certainty-guess",
            args![("score", certainty)],
        );
        (Tone::Caution, words.into_owned())
    }
}

/// What happened to a finding.
pub(crate) fn event<'t>(t: &'t Translator, event: &str) -> &'t str {
    t.t(match event {
        "decided" => "vulnerabilities-event-decided",
        "ended" => "vulnerabilities-event-ended",
        "returned" => "vulnerabilities-event-returned",
        "asked" => "vulnerabilities-event-asked",
        "answered" => "vulnerabilities-event-answered",
        _ => "vulnerabilities-event-lapsed",
    })
}

/// A state by its code in the history.
pub(crate) fn state_of_code<'t>(t: &'t Translator, code: &str) -> &'t str {
    State::from_code(code).map_or("", |one| state(t, one).1)
}
