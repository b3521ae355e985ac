//! Words of codes, in the reader's language.

use accountmatch::findings::Ground;
use accountmatch::model::{Account, Moment};
use accountmatch::problem::{Problem, Reason};
use maud::{Markup, html};
use yagura_kernel::time::Instant;
use yagura_web::Translator;
use yagura_web::i18n::args;
use yagura_web::ui::components::{Tone, tag};

/// A code as it stands in the key of its message.
fn in_key(code: &str) -> String {
    code.replace('_', "-")
}

/// What a kind of finding is called.
pub(crate) fn kind<'t>(t: &'t Translator, code: &str) -> &'t str {
    t.find(&format!("accounts-kind-{}", in_key(code)))
        .unwrap_or_default()
}

/// What is to be done about it.
pub(crate) fn advice<'t>(t: &'t Translator, code: &str) -> &'t str {
    t.find(&format!("accounts-advice-{}", in_key(code)))
        .unwrap_or_default()
}

/// A state.
pub(crate) fn state<'t>(t: &'t Translator, code: &str) -> &'t str {
    t.find(&format!("accounts-state-{}", in_key(code)))
        .unwrap_or_default()
}

/// A state as a tag.
pub(crate) fn state_tag(t: &Translator, code: &str) -> Markup {
    let tone = match code {
        "open" => Tone::Late,
        "task" => Tone::Caution,
        "remedied" => Tone::Success,
        _ => Tone::Neutral,
    };
    tag(tone, state(t, code))
}

/// A gravity as a tag.
pub(crate) fn gravity_tag(t: &Translator, rank: i64) -> Markup {
    let tone = match rank {
        4 => Tone::Danger,
        3 => Tone::Late,
        2 => Tone::Caution,
        _ => Tone::Neutral,
    };
    tag(tone, gravity(t, rank))
}

/// A gravity.
pub(crate) fn gravity(t: &Translator, rank: i64) -> &str {
    t.find(&format!(
        "accounts-gravity-{}",
        in_key(crate::model::gravity_code(rank))
    ))
    .unwrap_or_default()
}

/// Where accounts come from.
pub(crate) fn source_kind<'t>(t: &'t Translator, code: &str) -> &'t str {
    t.find(&format!("accounts-source-kind-{}", in_key(code)))
        .unwrap_or_default()
}

/// How such accounts are exported.
pub(crate) fn source_how<'t>(t: &'t Translator, code: &str) -> &'t str {
    t.find(&format!("accounts-source-how-{}", in_key(code)))
        .unwrap_or_default()
}

/// What a column means.
pub(crate) fn column<'t>(t: &'t Translator, code: &str) -> &'t str {
    t.find(&format!("accounts-column-{}", in_key(code)))
        .unwrap_or_default()
}

/// What a source does not tell.
pub(crate) fn aspect<'t>(t: &'t Translator, code: &str) -> &'t str {
    t.find(&format!("accounts-aspect-{}", in_key(code)))
        .unwrap_or_default()
}

/// Whose an account is.
pub(crate) fn owner_state<'t>(t: &'t Translator, code: &str) -> &'t str {
    t.find(&format!("accounts-owner-{}", in_key(code)))
        .unwrap_or_default()
}

/// Why somebody is proposed.
pub(crate) fn rule<'t>(t: &'t Translator, code: &str) -> &'t str {
    t.find(&format!("accounts-rule-{}", in_key(code)))
        .unwrap_or_default()
}

/// What happened to a finding.
pub(crate) fn event<'t>(t: &'t Translator, code: &str) -> &'t str {
    t.find(&format!("accounts-event-{}", in_key(code)))
        .unwrap_or_default()
}

/// What proved it.
pub(crate) fn proof<'t>(t: &'t Translator, code: &str) -> &'t str {
    t.find(&format!("accounts-proof-{}", in_key(code)))
        .unwrap_or_default()
}

/// Why a directory was not read.
pub(crate) fn directory_error<'t>(t: &'t Translator, code: &str) -> &'t str {
    t.find(&format!("accounts-directory-error-{}", in_key(code)))
        .unwrap_or_default()
}

/// Yes, no, not known.
pub(crate) fn known(t: &Translator, value: Option<bool>) -> &str {
    match value {
        Some(true) => t.t("accounts-yes"),
        Some(false) => t.t("accounts-no"),
        None => t.t("accounts-not-known"),
    }
}

/// Whether an account can be used, as a tag.
pub(crate) fn enabled_tag(t: &Translator, enabled: Option<bool>) -> Markup {
    match enabled {
        Some(true) => tag(Tone::Neutral, t.t("accounts-enabled")),
        Some(false) => tag(Tone::Success, t.t("accounts-disabled")),
        None => tag(Tone::Caution, t.t("accounts-enabled-not-known")),
    }
}

/// A moment that a source may not know.
pub(crate) fn moment(t: &Translator, moment: Moment) -> String {
    match moment {
        Moment::NotKnown => t.t("accounts-not-known").to_owned(),
        Moment::Never => t.t("accounts-never").to_owned(),
        Moment::At(at) => t
            .date(Instant::from_seconds(at.unix_timestamp()).jst_date())
            .to_string(),
    }
}

/// What a finding rests on, as a sentence.
pub(crate) fn ground(t: &Translator, ground: &Ground) -> String {
    let at = |at: &time::OffsetDateTime| {
        t.date(Instant::from_seconds(at.unix_timestamp()).jst_date())
            .to_string()
    };
    match ground {
        Ground::LeftOn { on: Some(on), .. } => t
            .t_args("accounts-ground-left-on", args![("date", t.date(*on))])
            .into_owned(),
        Ground::LeftOn { on: None, .. } | Ground::NotInList { .. } => {
            t.t("accounts-ground-not-in-list").to_owned()
        }
        Ground::NobodyFits => t.t("accounts-ground-nobody-fits").to_owned(),
        Ground::ConfirmedNobody => t.t("accounts-ground-confirmed-nobody").to_owned(),
        Ground::Unconfirmed { candidates } => t
            .t_args(
                "accounts-ground-unconfirmed",
                args![("count", i64::try_from(*candidates).unwrap_or(i64::MAX))],
            )
            .into_owned(),
        Ground::NobodyAnswers => t.t("accounts-ground-nobody-answers").to_owned(),
        Ground::EnabledNotKnown => t.t("accounts-ground-enabled-not-known").to_owned(),
        Ground::Administrator { by } => t
            .t_args(
                "accounts-ground-administrator",
                args![("by", by.join("、"))],
            )
            .into_owned(),
        Ground::NoGrant => t.t("accounts-ground-no-grant").to_owned(),
        Ground::GrantEnded { on, .. } => t
            .t_args("accounts-ground-grant-ended", args![("date", t.date(*on))])
            .into_owned(),
        Ground::NotGranted { functions } => t
            .t_args(
                "accounts-ground-not-granted",
                args![("functions", functions.join("、"))],
            )
            .into_owned(),
        Ground::LastSignIn { at: moment, days } => t
            .t_args(
                "accounts-ground-last-sign-in",
                args![("date", at(moment)), ("days", *days)],
            )
            .into_owned(),
        Ground::NeverUsed { .. } => t.t("accounts-ground-never-used").to_owned(),
        Ground::PasswordSet { at: moment, days } => t
            .t_args(
                "accounts-ground-password-set",
                args![("date", at(moment)), ("days", *days)],
            )
            .into_owned(),
        Ground::PasswordNeverSet => t.t("accounts-ground-password-never-set").to_owned(),
        Ground::Setting => t.t("accounts-ground-setting").to_owned(),
        Ground::Policy => t.t("accounts-ground-policy").to_owned(),
        Ground::ConfirmedShared => t.t("accounts-ground-confirmed-shared").to_owned(),
        Ground::LooksShared => t.t("accounts-ground-looks-shared").to_owned(),
    }
}

/// Where something stands in a file.
fn place(t: &Translator, problem: &Problem) -> String {
    let mut parts = Vec::new();
    if let Some(sheet) = &problem.place.sheet {
        parts.push(sheet.clone());
    }
    if let Some(row) = problem.place.row {
        let row = i64::try_from(row).unwrap_or(i64::MAX);
        parts.push(
            t.t_args("accounts-place-row", args![("row", row)])
                .into_owned(),
        );
    }
    if let Some(field) = &problem.place.field {
        parts.push(field.clone());
    }
    parts.join(" ")
}

/// What was set aside in a file, with its place and how to mend it.
pub(crate) fn problem(t: &Translator, problem: &Problem) -> (String, String) {
    let words = match &problem.reason {
        Reason::Malformed { value, .. } => t
            .t_args(
                "accounts-problem-malformed",
                args![("value", value.as_str())],
            )
            .into_owned(),
        Reason::Missing { .. } => t.t("accounts-problem-missing").to_owned(),
        Reason::TooLong { limit, .. } => t
            .t_args(
                "accounts-problem-too-long",
                args![("limit", i64::try_from(*limit).unwrap_or(i64::MAX))],
            )
            .into_owned(),
        Reason::TooMany { limit, .. } => t
            .t_args(
                "accounts-problem-too-many",
                args![("limit", i64::try_from(*limit).unwrap_or(i64::MAX))],
            )
            .into_owned(),
        Reason::Duplicate { value, .. } => t
            .t_args(
                "accounts-problem-duplicate",
                args![("value", value.as_str())],
            )
            .into_owned(),
        Reason::NumberShared { number, names } => t
            .t_args(
                "accounts-problem-number-shared",
                args![("number", number.as_str()), ("names", names.as_str())],
            )
            .into_owned(),
        Reason::EndsBeforeStart { joined, left } => t
            .t_args(
                "accounts-problem-ends-before-start",
                args![("joined", joined.as_str()), ("left", left.as_str())],
            )
            .into_owned(),
        Reason::TypeName { field } => t
            .t_args(
                "accounts-problem-type-name",
                args![("field", field.as_str())],
            )
            .into_owned(),
        Reason::CutOff => t.t("accounts-problem-cut-off").to_owned(),
        Reason::Undecodable { encoding } => t
            .t_args(
                "accounts-problem-undecodable",
                args![("encoding", encoding.as_str())],
            )
            .into_owned(),
    };
    (place(t, problem), words)
}

/// What a source says of an account.
pub(crate) fn facts(t: &Translator, account: &Account) -> Vec<(&'static str, Markup)> {
    let text = |value: &Option<String>| value.clone().unwrap_or_default();
    vec![
        ("accounts-column-id", html! { code { (account.id) } }),
        ("accounts-column-name", html! { (text(&account.name)) }),
        (
            "accounts-column-staff-number",
            html! { (text(&account.staff_number)) },
        ),
        (
            "accounts-column-department",
            html! { (text(&account.department)) },
        ),
        ("accounts-column-enabled", enabled_tag(t, account.enabled)),
        (
            "accounts-column-last-sign-in",
            html! { (moment(t, account.last_sign_in)) },
        ),
        (
            "accounts-column-password-set",
            html! { (moment(t, account.password_set)) },
        ),
        (
            "accounts-column-password-never-expires",
            html! { (known(t, account.password_never_expires)) },
        ),
        (
            "accounts-column-expires",
            html! { (moment(t, account.expires)) },
        ),
        (
            "accounts-column-privileged",
            html! {
                @if account.privileged_by.is_empty() { (known(t, account.privileged())) }
                @else { (account.privileged_by.join("、")) }
            },
        ),
        (
            "accounts-column-groups",
            html! {
                @if account.groups_known { (account.groups.join("、")) }
                @else { (t.t("accounts-not-known")) }
            },
        ),
        (
            "accounts-column-description",
            html! { (text(&account.description)) },
        ),
    ]
}
