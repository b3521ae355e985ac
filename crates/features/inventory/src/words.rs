//! The words of the register.

use serde_json::Value as Json;
use yagura_kernel::time::parse_date;
use yagura_web::Translator;
use yagura_web::i18n::args;
use yagura_web::ui::forms::date_error;

use crate::model::{Choices, FieldProblem, FieldSpec, Input, Problem, RecordKind};

/// The label of a field.
pub(crate) fn label<'t>(t: &'t Translator, field: &str) -> &'t str {
    t.find(&format!("inventory-field-{}", field.replace('_', "-")))
        .unwrap_or_default()
}

/// Help on a field, where there is some.
pub(crate) fn hint<'t>(t: &'t Translator, field: &str) -> Option<&'t str> {
    t.find(&format!("inventory-hint-{}", field.replace('_', "-")))
}

/// A choice in words.
pub(crate) fn choice<'t>(t: &'t Translator, choices: Choices, code: &str) -> &'t str {
    let code = code.replace('_', "-");
    let found = match choices {
        Choices::SystemKind => t.find(&format!("inventory-kind-{code}")),
        Choices::DeviceClass => t.find(&format!("inventory-class-{code}")),
        Choices::AssetState => t.find(&format!("inventory-state-{code}")),
        Choices::PatchState => t.find(&format!("inventory-patch-{code}")),
        Choices::Level => t.find(&format!("inventory-level-{code}")),
        Choices::Known => t.find(&format!("inventory-known-{code}")),
        Choices::TwoFactor => t.find(&format!("inventory-two-factor-{code}")),
        Choices::Purpose => t.find(&format!("inventory-purpose-{code}")),
        Choices::Availability => t.find(&format!("inventory-connected-{code}")),
        Choices::Mechanism => t.find(&format!("inventory-mechanism-{code}")),
    };
    found.unwrap_or_default()
}

/// The name of a part of the register.
pub(crate) fn part(t: &Translator, kind: RecordKind) -> &str {
    t.t(match kind {
        RecordKind::System => "inventory-systems",
        RecordKind::Connection => "inventory-connections",
        RecordKind::Asset => "inventory-assets",
    })
}

/// What is wrong in a field and how to mend it.
pub(crate) fn problem(t: &Translator, problem: &FieldProblem) -> String {
    let label = label(t, problem.field);
    match &problem.problem {
        Problem::Required => t
            .t_args("form-error-required", args![("label", label)])
            .into_owned(),
        Problem::TooLong { limit } => t
            .t_args(
                "inventory-error-too-long",
                args![("label", label), ("limit", *limit)],
            )
            .into_owned(),
        Problem::NotAChoice { given } => t
            .t_args(
                "inventory-error-choice",
                args![("label", label), ("given", given.as_str())],
            )
            .into_owned(),
        Problem::Date(error) => date_error(t, label, error),
        Problem::NotAnAddress { given } => t
            .t_args(
                "inventory-error-address",
                args![("label", label), ("given", given.as_str())],
            )
            .into_owned(),
        Problem::TooMany { limit } => t
            .t_args(
                "inventory-error-too-many",
                args![("label", label), ("limit", *limit)],
            )
            .into_owned(),
        Problem::NotAnId => t
            .t_args("inventory-error-reference-of", args![("label", label)])
            .into_owned(),
        Problem::EndsBeforeItBegins => t.t("inventory-error-ends-before").to_owned(),
        Problem::Unreadable(reason) => t
            .t_args("error-json", args![("reason", reason.as_str())])
            .into_owned(),
    }
}

/// The value of a field in words, without names of what it refers to; empty where nothing stands.
pub(crate) fn value(t: &Translator, field: &FieldSpec, value: &Json) -> String {
    match (field.input, value) {
        (Input::Choice(choices), Json::String(code)) => choice(t, choices, code).to_owned(),
        (Input::Tick, Json::Bool(true)) => t.t("inventory-yes").to_owned(),
        (Input::Date, Json::String(text)) => match parse_date(text) {
            Ok(date) => t.date(date),
            Err(_) => text.clone(),
        },
        (_, Json::String(text)) => text.clone(),
        (_, Json::Array(parts)) => {
            let parts: Vec<&str> = parts.iter().filter_map(Json::as_str).collect();
            parts.join("、")
        }
        _ => String::new(),
    }
}
