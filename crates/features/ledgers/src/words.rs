//! The words of the ledgers.

use serde_json::Value as Json;
use yagura_kernel::time::parse_date;
use yagura_web::Translator;
use yagura_web::i18n::args;
use yagura_web::ui::components::Tone;
use yagura_web::ui::forms::date_error;

use crate::model::{
    AskedAs, Choices, Ending, FieldProblem, FieldSpec, Input, Ledger, Problem, Source, Standing,
    Verdict,
};

/// The label of a field; some fields are called otherwise in one ledger.
pub(crate) fn label<'t>(t: &'t Translator, ledger: Ledger, field: &str) -> &'t str {
    let field = field.replace('_', "-");
    t.find(&format!("ledgers-label-{}-{field}", ledger.code()))
        .or_else(|| t.find(&format!("ledgers-field-{field}")))
        .unwrap_or_default()
}

/// Help on a field, where there is some.
pub(crate) fn hint<'t>(t: &'t Translator, field: &str) -> Option<&'t str> {
    t.find(&format!("ledgers-hint-{}", field.replace('_', "-")))
}

/// A choice in words.
pub(crate) fn choice<'t>(t: &'t Translator, choices: Choices, code: &str) -> &'t str {
    let found = match choices {
        Choices::Known => t.find(&format!("ledgers-known-{code}")),
        Choices::Method => t.find(&format!("ledgers-method-{code}")),
        Choices::Carrier => t.find(&format!("ledgers-carrier-{code}")),
        Choices::Owner => t.find(&format!("ledgers-owner-{code}")),
    };
    found.unwrap_or_default()
}

/// The name of a ledger.
pub(crate) fn ledger(t: &Translator, ledger: Ledger) -> &str {
    t.find(&format!("ledgers-name-{}", ledger.code()))
        .unwrap_or_default()
}

/// What a ledger is for.
pub(crate) fn lede(t: &Translator, ledger: Ledger) -> &str {
    t.find(&format!("ledgers-lede-{}", ledger.code()))
        .unwrap_or_default()
}

/// How an entry ends, as an act: 取り消した.
pub(crate) fn ending(t: &Translator, ending: Ending) -> &str {
    let code = ending.code().replace('_', "-");
    t.find(&format!("ledgers-ending-{code}"))
        .unwrap_or_default()
}

/// How an entry stands, with its tone.
pub(crate) fn standing(t: &Translator, standing: Standing) -> (Tone, &str) {
    match standing {
        Standing::Running => (Tone::Success, t.t("ledgers-standing-running")),
        Standing::EndsSoon => (Tone::Caution, t.t("ledgers-standing-ends-soon")),
        Standing::Overdue => (Tone::Late, t.t("ledgers-standing-overdue")),
        Standing::ToEnd => (Tone::Late, t.t("ledgers-standing-to-end")),
        Standing::Ended => (Tone::Neutral, t.t("ledgers-standing-ended")),
        Standing::Struck => (Tone::Neutral, t.t("ledgers-standing-struck")),
    }
}

/// What a superior says.
pub(crate) fn verdict(t: &Translator, verdict: Verdict) -> &str {
    t.t(match verdict {
        Verdict::Needed => "ledgers-verdict-needed",
        Verdict::TakeAway => "ledgers-verdict-take-away",
        Verdict::Change => "ledgers-verdict-change",
    })
}

/// From where an entry came.
pub(crate) fn source(t: &Translator, source: &Source) -> String {
    match source {
        Source::Request { number, .. } => t
            .t_args("ledgers-source-request", args![("number", number.as_str())])
            .into_owned(),
        Source::ByHand => t.t("ledgers-source-by-hand").to_owned(),
        Source::Import => t.t("ledgers-source-import").to_owned(),
    }
}

/// What is wrong in a field and how to mend it.
pub(crate) fn problem(t: &Translator, ledger: Ledger, problem: &FieldProblem) -> String {
    let label = label(t, ledger, problem.field);
    match &problem.problem {
        Problem::Required => t
            .t_args("form-error-required", args![("label", label)])
            .into_owned(),
        Problem::EitherOf { other } => {
            let other = self::label(t, ledger, other);
            t.t_args(
                "ledgers-error-either",
                args![("label", label), ("other", other)],
            )
            .into_owned()
        }
        Problem::TooLong { limit } => t
            .t_args(
                "ledgers-error-too-long",
                args![("label", label), ("limit", *limit)],
            )
            .into_owned(),
        Problem::NotAChoice { given } => t
            .t_args(
                "ledgers-error-choice",
                args![("label", label), ("given", given.as_str())],
            )
            .into_owned(),
        Problem::Date(error) => date_error(t, label, error),
        Problem::NotAnId => t
            .t_args("ledgers-error-reference-of", args![("label", label)])
            .into_owned(),
        Problem::EndsBeforeItBegins => t.t("ledgers-error-ends-before").to_owned(),
        Problem::Unreadable(reason) => t
            .t_args("error-json", args![("reason", reason.as_str())])
            .into_owned(),
    }
}

/// The value of a field in words, without names of what it refers to; empty where nothing stands.
pub(crate) fn value(t: &Translator, field: &FieldSpec, value: &Json) -> String {
    match (field.input, value) {
        (Input::Choice(choices), Json::String(code)) => choice(t, choices, code).to_owned(),
        (Input::Tick, Json::Bool(true)) => t.t("ledgers-known-yes").to_owned(),
        (Input::Date, Json::String(text)) => match parse_date(text) {
            Ok(date) => t.date(date),
            Err(_) => text.clone(),
        },
        (_, Json::String(text)) => text.clone(),
        _ => String::new(),
    }
}

/// Why somebody is asked at recertification.
pub(crate) fn asked_as(t: &Translator, asked_as: AskedAs) -> &str {
    t.t(match asked_as {
        AskedAs::Superior => "ledgers-asked-superior",
        AskedAs::Head => "ledgers-asked-head",
        AskedAs::NoDepartment => "ledgers-asked-no-department",
        AskedAs::NoHead => "ledgers-asked-no-head",
        AskedAs::CannotAnswer => "ledgers-asked-cannot-answer",
        AskedAs::Reassigned => "ledgers-asked-reassigned",
    })
}
