//! What is said of a file, in the reader's language.

use yagura_documents::messages::Explain;
use yagura_kernel::time::{DateError, parse_date};
use yagura_web::args;
use yagura_web::i18n::Translator;
use yagura_web::ui::forms::date_error;

use super::{Issue, Remark};
use crate::model::member::{Field, Notice, Problem};

/// The label of a field.
#[must_use]
pub fn field_label(t: &Translator, field: Field) -> &str {
    let key = match field {
        Field::Name => "region-field-name",
        Field::Kind => "region-field-kind",
        Field::Code => "region-field-code",
        Field::Beds => "region-field-beds",
        Field::PostalCode => "region-field-postal_code",
        Field::Address => "region-field-address",
        Field::Phone => "region-field-phone",
        Field::Email => "region-field-email",
        Field::Representative => "region-field-representative",
        Field::RegionCode => "region-field-region_code",
        Field::MemberNumber => "region-field-member_number",
        Field::JoinedOn => "region-field-joined_on",
        Field::Remark => "region-field-remark",
    };
    t.t(key)
}

/// An error that the message catalogue knows, in words.
#[must_use]
pub fn explain(t: &Translator, error: &dyn Explain) -> String {
    t.finding(&yagura_kernel::probe::Finding {
        message: error.message_key().to_owned(),
        arguments: error
            .message_arguments()
            .into_iter()
            .map(|(name, value)| (name.to_owned(), value))
            .collect(),
    })
}

/// What a remark says and how to mend it, without the place.
#[must_use]
pub fn issue_text(t: &Translator, issue: &Issue) -> String {
    match &issue.remark {
        Remark::Error(problem) => problem_text(t, issue.field, problem),
        Remark::Notice(notice) => notice_text(t, notice),
    }
}

/// What is wrong with a value and how to mend it.
#[must_use]
pub fn problem_text(t: &Translator, field: Field, problem: &Problem) -> String {
    let label = field_label(t, field);
    match problem {
        Problem::Required => t.t_args("form-error-required", args![("label", label)]),
        Problem::TooLong { length, limit } => t.t_args(
            "form-error-too-long",
            args![("label", label), ("longest", *limit), ("length", *length)],
        ),
        Problem::UnknownKind { given } => {
            t.t_args("region-problem-kind", args![("given", given.as_str())])
        }
        Problem::BedsUnreadable { given } => {
            t.t_args("region-problem-beds", args![("given", given.as_str())])
        }
        Problem::BedsOfHospital => t.t("region-problem-beds-hospital").into(),
        Problem::BedsOfClinic { beds } => {
            t.t_args("region-problem-beds-clinic", args![("beds", *beds)])
        }
        Problem::BedsOfPharmacy { beds } => {
            t.t_args("region-problem-beds-pharmacy", args![("beds", *beds)])
        }
        Problem::CodeUnreadable { given } => {
            t.t_args("region-problem-code", args![("given", given.as_str())])
        }
        Problem::PostalCodeUnreadable { given } => t.t_args(
            "region-problem-postal-code",
            args![("given", given.as_str())],
        ),
        Problem::PhoneUnreadable { given } => {
            t.t_args("region-problem-phone", args![("given", given.as_str())])
        }
        Problem::EmailUnreadable { given } => {
            t.t_args("region-problem-email", args![("given", given.as_str())])
        }
        // The reason is found again: it is not kept with a stored preview.
        Problem::DateUnreadable { given } => {
            let error = parse_date(given).err();
            let error = error.unwrap_or_else(|| DateError::Unreadable {
                given: given.clone(),
            });
            date_error(t, label, &error).into()
        }
        Problem::DateInFuture { given } => t.t_args(
            "region-problem-date-future",
            args![("given", given.as_str())],
        ),
        Problem::Formula => t.t("region-problem-formula").into(),
        Problem::CellError { given } => t.t_args(
            "region-problem-cell-error",
            args![("given", given.as_str())],
        ),
        Problem::CodeTwiceInFile { sheet, row } => t.t_args(
            "region-problem-code-twice",
            args![("sheet", sheet.as_str()), ("row", row.to_string())],
        ),
        Problem::MemberTwiceInFile { sheet, row } => t.t_args(
            "region-problem-member-twice",
            args![("sheet", sheet.as_str()), ("row", row.to_string())],
        ),
        Problem::Ambiguous { number } => {
            t.t_args("region-problem-ambiguous", args![("number", *number)])
        }
        Problem::CodeTaken => t.t("region-problem-code-taken").into(),
    }
    .into_owned()
}

/// What should be looked at.
#[must_use]
fn notice_text(t: &Translator, notice: &Notice) -> String {
    match notice {
        Notice::ZeroRestored { value } => {
            t.t_args("region-notice-zero", args![("value", value.as_str())])
        }
        Notice::CodeShort { given } => {
            t.t_args("region-notice-code-short", args![("given", given.as_str())])
        }
        Notice::BedsMissing => t.t("region-notice-beds-missing").into(),
        Notice::SameNameInFile { sheet, row } => t.t_args(
            "region-notice-same-name-file",
            args![("sheet", sheet.as_str()), ("row", row.to_string())],
        ),
        Notice::SameNameOnRoll { code } => t.t_args(
            "region-notice-same-name-roll",
            args![("code", code.as_str())],
        ),
        Notice::IdentityChanges { from } => {
            t.t_args("region-notice-identity", args![("from", from.as_str())])
        }
        Notice::Joins => t.t("region-notice-joins").into(),
    }
    .into_owned()
}
