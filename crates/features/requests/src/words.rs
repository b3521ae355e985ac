//! Words and small parts that pages share.

use maud::{Markup, html};
use yagura_kernel::id::PersonId;
use yagura_kernel::time::parse_date;
use yagura_packs::{FieldKind, FormField, Seat, StepAct, Text};
use yagura_web::Translator;
use yagura_web::i18n::args;
use yagura_web::ui::components::{self, Tone, date, tag};

use crate::model::engine::waits_for;
use crate::model::entry::text_of;
use crate::model::{Capacity, Course, Standing, Verdict};
use crate::store::{KeptFile, Snapshot};

/// A text of a form in the reader's language.
pub(crate) fn text<'x>(t: &Translator, text: &'x Text) -> &'x str {
    text.in_language(t.lang().code())
}

/// A seat in words.
pub(crate) fn seat(t: &Translator, seat: Seat) -> &str {
    components::role(t, seat.role())
}

/// Where a request stands, in words.
pub(crate) fn standing(t: &Translator, standing: Standing) -> &str {
    t.find(match standing {
        Standing::Waiting => "requests-standing-waiting",
        Standing::Returned => "requests-standing-returned",
        Standing::CarryingOut => "requests-standing-carrying-out",
        Standing::Granted => "requests-standing-granted",
        Standing::Rejected => "requests-standing-rejected",
        Standing::Withdrawn => "requests-standing-withdrawn",
        Standing::Recorded => "requests-standing-recorded",
    })
    .unwrap_or_default()
}

/// Where a request stands, in words: what nobody decided is never called granted.
pub(crate) fn standing_of<'t>(t: &'t Translator, course: &Course) -> &'t str {
    if course.standing == Standing::CarryingOut && course.is_only_recorded() {
        t.t("requests-standing-recorded-carrying-out")
    } else {
        standing(t, course.standing)
    }
}

/// The same as a tag.
pub(crate) fn standing_tag(t: &Translator, course: &Course) -> Markup {
    let tone = match course.standing {
        Standing::Waiting | Standing::CarryingOut => Tone::Info,
        Standing::Returned | Standing::Recorded => Tone::Caution,
        Standing::Granted => Tone::Success,
        Standing::Rejected => Tone::Danger,
        Standing::Withdrawn => Tone::Neutral,
    };
    tag(tone, standing_of(t, course))
}

/// A verdict in words.
pub(crate) fn verdict(t: &Translator, verdict: Verdict) -> &str {
    t.find(match verdict {
        Verdict::Granted => "requests-verdict-granted",
        Verdict::Rejected => "requests-verdict-rejected",
        Verdict::Done => "requests-verdict-done",
        Verdict::Recorded => "requests-verdict-recorded",
    })
    .unwrap_or_default()
}

/// A verdict of an act: 決裁 or 実施.
pub(crate) fn act(t: &Translator, act: StepAct) -> &str {
    t.find(match act {
        StepAct::Decide => "requests-act-decide",
        StepAct::CarryOut => "requests-act-carry-out",
    })
    .unwrap_or_default()
}

/// Somebody's name; those who left are named as such.
pub(crate) fn name(t: &Translator, snapshot: &Snapshot, person: PersonId) -> String {
    match snapshot.names.get(&person) {
        Some(name) => name.clone(),
        None => t.t("requests-somebody").to_owned(),
    }
}

/// As what somebody decides, where it is not as holder of the seat.
pub(crate) fn capacity(t: &Translator, snapshot: &Snapshot, of: Capacity) -> Option<String> {
    Some(match of {
        Capacity::Holder => return None,
        Capacity::Deputy => t.t("requests-capacity-deputy").to_owned(),
        Capacity::Delegate { of } => t
            .t_args(
                "requests-capacity-delegate",
                args![("name", name(t, snapshot, of))],
            )
            .into_owned(),
        Capacity::Fallback { seat: at } => t
            .t_args("requests-capacity-fallback", args![("seat", seat(t, at))])
            .into_owned(),
        Capacity::Escalated { seat: at } => t
            .t_args("requests-capacity-escalated", args![("seat", seat(t, at))])
            .into_owned(),
        Capacity::Alone => t.t("requests-capacity-alone").to_owned(),
    })
}

/// For whom a request waits: seats and names, on one line.
pub(crate) fn waiting(t: &Translator, snapshot: &Snapshot, course: &Course) -> String {
    if course.standing == Standing::Returned {
        return name(t, snapshot, course.filer);
    }
    let mut parts: Vec<String> = Vec::new();
    for (_, state, _) in course.open_seats() {
        let names: Vec<String> = waits_for(&snapshot.people, course.filer, state)
            .into_iter()
            .take(3)
            .map(|decider| name(t, snapshot, decider.person))
            .collect();
        let who = if names.is_empty() {
            t.t("requests-nobody").to_owned()
        } else {
            names.join("、")
        };
        let words = args![("seat", seat(t, state.seat)), ("names", who)];
        parts.push(t.t_args("requests-waits-at", words).into_owned());
    }
    parts.join(" / ")
}

/// An answer, for reading.
pub(crate) fn answer(
    t: &Translator,
    field: &FormField,
    given: &[String],
    files: &[KeptFile],
    link: Option<&str>,
) -> Markup {
    match field.kind {
        FieldKind::YesNo => match given.first().map(String::as_str) {
            Some("yes") => html! { (t.t("requests-yes")) },
            Some("no") => html! { (t.t("requests-no")) },
            _ => html! { "―" },
        },
        FieldKind::Date => match given.first().and_then(|day| parse_date(day).ok()) {
            Some(day) => date(t, day),
            None => html! { "―" },
        },
        FieldKind::File => html! {
            @let own: Vec<&KeptFile> = files.iter().filter(|file| file.field == field.id).collect();
            @if own.is_empty() { "―" }
            @for file in own {
                div {
                    @match link {
                        Some(base) => { a href={ (base) "/files/" (file.id) } { (file.file_name) } }
                        None => { (file.file_name) }
                    }
                    " " span.small { (yagura_evidence::words::size(file.size)) }
                }
            }
        },
        _ if given.is_empty() => html! { "―" },
        _ => lines(&text_of(field, given, t.lang().code())),
    }
}

/// A text with its line breaks.
pub(crate) fn lines(text: &str) -> Markup {
    html! {
        @for (at, line) in text.lines().enumerate() {
            @if at > 0 { br; }
            (line)
        }
    }
}

/// The same as plain text, for papers.
pub(crate) fn answer_text(
    t: &Translator,
    field: &FormField,
    given: &[String],
    files: &[KeptFile],
) -> String {
    match field.kind {
        FieldKind::YesNo => match given.first().map(String::as_str) {
            Some("yes") => t.t("requests-yes").to_owned(),
            Some("no") => t.t("requests-no").to_owned(),
            _ => String::new(),
        },
        FieldKind::Date => given
            .first()
            .and_then(|day| parse_date(day).ok())
            .map(|day| t.date(day))
            .unwrap_or_default(),
        FieldKind::File => files
            .iter()
            .filter(|file| file.field == field.id)
            .map(|file| file.file_name.clone())
            .collect::<Vec<_>>()
            .join("、"),
        _ => text_of(field, given, t.lang().code()),
    }
}
