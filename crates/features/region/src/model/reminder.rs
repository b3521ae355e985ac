//! Reminders: who is chosen, how often, and what the letter says.

use serde::{Deserialize, Serialize};
use yagura_kernel::time::{Date, Instant};

/// Days within which a member gets no second reminder, where the sender does not choose.
pub const PAUSE_DAYS: i64 = 7;
/// The shortest pause that a sender may choose, in days.
pub const SHORTEST_PAUSE_DAYS: i64 = 3;
/// The longest pause that a sender may choose, in days.
pub const LONGEST_PAUSE_DAYS: i64 = 90;
/// The most members that can be chosen one by one.
pub const MOST_SELECTED: usize = 500;
/// The longest subject, in characters.
pub const LONGEST_SUBJECT: usize = 120;
/// The longest text, in characters.
pub const LONGEST_BODY: usize = 4_000;

/// Whom a reminder is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Audience {
    /// Members that have never opened the checklist of the year.
    NotOpened,
    /// Members that have not finished the first round, whether they opened it or not.
    Incomplete,
    /// Members with a contradiction, as far as they share their answers.
    Contradictions,
    /// Members with a target date that has passed, as far as they share their answers.
    Overdue,
    /// Members chosen one by one.
    Selected,
}

impl Audience {
    /// Every audience, in the order of the form.
    pub const ALL: [Self; 5] = [
        Self::NotOpened,
        Self::Incomplete,
        Self::Contradictions,
        Self::Overdue,
        Self::Selected,
    ];

    /// The code used in storage, in the API and as the tail of message keys.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::NotOpened => "not_opened",
            Self::Incomplete => "incomplete",
            Self::Contradictions => "contradictions",
            Self::Overdue => "overdue",
            Self::Selected => "selected",
        }
    }

    /// The audience with this code, if there is one.
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|audience| audience.code() == code)
    }
}

/// Whether a member that was last reminded on `last` may be reminded on `today`, with a pause of
/// whole days between.
#[must_use]
pub fn may_remind(last: Option<Date>, today: Date, pause_days: i64) -> bool {
    let pause = pause_days.clamp(SHORTEST_PAUSE_DAYS, LONGEST_PAUSE_DAYS);
    last.is_none_or(|last| {
        i64::from(today.to_julian_day()) - i64::from(last.to_julian_day()) >= pause
    })
}

/// The last day on which a reminder still stands in the way of another.
#[must_use]
pub fn reminded_since(today: Date, pause_days: i64) -> Date {
    let pause = pause_days.clamp(SHORTEST_PAUSE_DAYS, LONGEST_PAUSE_DAYS);
    let days = i32::try_from(pause - 1).unwrap_or(i32::MAX);
    Date::from_julian_day(today.to_julian_day().saturating_sub(days)).unwrap_or(Date::MIN)
}

/// What a template may name, with the word that stands in the Japanese text.
pub const PLACEHOLDERS: [(&str, Placeholder); 6] = [
    ("施設名", Placeholder::Member),
    ("年度", Placeholder::Year),
    ("状況", Placeholder::State),
    ("締切", Placeholder::Deadline),
    ("リンク", Placeholder::Link),
    ("差出人", Placeholder::Sender),
];

/// A place in a template that is filled in for each member.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Placeholder {
    /// The member's name.
    Member,
    /// The fiscal year.
    Year,
    /// How far the member is, in a sentence.
    State,
    /// The day until which the sender asks for the answer.
    Deadline,
    /// The address of the checklist.
    Link,
    /// The name of the sending organisation.
    Sender,
}

/// Values for the places of a template.
#[derive(Debug, Clone, Copy)]
pub struct Values<'a> {
    /// The member's name.
    pub member: &'a str,
    /// The fiscal year in words.
    pub year: &'a str,
    /// How far the member is.
    pub state: &'a str,
    /// The day, or a word for none.
    pub deadline: &'a str,
    /// The address.
    pub link: &'a str,
    /// The sending organisation.
    pub sender: &'a str,
}

impl Values<'_> {
    const fn of(&self, placeholder: Placeholder) -> &str {
        match placeholder {
            Placeholder::Member => self.member,
            Placeholder::Year => self.year,
            Placeholder::State => self.state,
            Placeholder::Deadline => self.deadline,
            Placeholder::Link => self.link,
            Placeholder::Sender => self.sender,
        }
    }
}

/// Fills in a template. What is filled in is not searched for places again, so a member's name
/// cannot smuggle one in; words in braces that are no place stay as they are.
#[must_use]
pub fn fill(template: &str, values: &Values<'_>) -> String {
    let mut filled = String::with_capacity(template.len() * 2);
    let mut rest = template;
    while let Some((before, from_brace)) = split_before(rest, '{') {
        filled.push_str(before);
        let known = from_brace.split_once('}').and_then(|(word, after)| {
            let word = word.strip_prefix('{').unwrap_or(word).trim();
            let (_, place) = PLACEHOLDERS.iter().find(|(name, _)| *name == word)?;
            Some((values.of(*place), after))
        });
        match known {
            Some((value, after)) => {
                filled.push_str(value);
                rest = after;
            }
            None => {
                filled.push('{');
                rest = from_brace.strip_prefix('{').unwrap_or_default();
            }
        }
    }
    filled.push_str(rest);
    filled
}

fn split_before(text: &str, wanted: char) -> Option<(&str, &str)> {
    text.find(wanted).and_then(|at| text.split_at_checked(at))
}

/// The words in braces that are no place of [`PLACEHOLDERS`]: misspelt ones, most likely.
#[must_use]
pub fn unknown_placeholders(template: &str) -> Vec<String> {
    let mut unknown: Vec<String> = template
        .split('{')
        .skip(1)
        .filter_map(|part| part.split_once('}'))
        .map(|(word, _)| word.trim().to_owned())
        .filter(|word| !PLACEHOLDERS.iter().any(|(name, _)| name == word))
        .collect();
    unknown.dedup();
    unknown
}

/// What became of one member's reminder.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Delivery {
    /// The mail was handed to the queue, and the notice stands in the program.
    Mail,
    /// There is no address; only the notice in the program.
    NoticeOnly,
}

impl Delivery {
    /// The code used in storage, in the API and as the tail of message keys.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Mail => "mail",
            Self::NoticeOnly => "notice_only",
        }
    }

    /// The delivery with this code; unknown codes read as the lesser one.
    #[must_use]
    pub fn from_code(code: &str) -> Self {
        if code == "mail" {
            Self::Mail
        } else {
            Self::NoticeOnly
        }
    }
}

/// What a member has done since it was reminded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Since {
    /// It finished the first round.
    Finished,
    /// It opened the checklist or answered more items.
    Moved,
    /// Nothing that the region is let see.
    Nothing,
}

/// Judges what came of a reminder from the member's state then and now.
#[must_use]
pub fn since(
    reminded_at: Instant,
    answered_then: i64,
    answered_now: i64,
    opened_at: Option<Instant>,
    finished_at: Option<Instant>,
) -> Since {
    if finished_at.is_some_and(|finished| finished > reminded_at) {
        Since::Finished
    } else if answered_now > answered_then || opened_at.is_some_and(|opened| opened > reminded_at) {
        Since::Moved
    } else {
        Since::Nothing
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use yagura_kernel::time::parse_date;

    fn day(text: &str) -> Date {
        parse_date(text).unwrap()
    }

    #[test]
    fn a_member_is_left_in_peace_for_the_pause() {
        let today = day("2026-11-21");
        assert!(may_remind(None, today, 7));
        assert!(!may_remind(Some(day("2026-11-15")), today, 7));
        assert!(may_remind(Some(day("2026-11-14")), today, 7));
        assert!(
            !may_remind(Some(today), today, 0),
            "the shortest pause holds"
        );
        assert_eq!(reminded_since(today, 7), day("2026-11-15"));
        for pause in [0, 3, 7, 90, 900] {
            let since = reminded_since(today, pause);
            assert!(!may_remind(Some(since), today, pause));
            assert!(may_remind(since.previous_day(), today, pause));
        }
    }

    #[test]
    fn a_template_is_filled_once_and_not_again() {
        let values = Values {
            member: "{リンク}医院",
            year: "令和8年度",
            state: "未回答です。",
            deadline: "12月10日",
            link: "https://example.jp/",
            sender: "協議会",
        };
        let text = fill("{施設名} 様\n{ 年度 }の{状況}{知らない}{", &values);
        assert_eq!(text, "{リンク}医院 様\n令和8年度の未回答です。{知らない}{");
        assert_eq!(fill("{{施設名}}", &values), "{{リンク}医院}");
        assert_eq!(unknown_placeholders("{施設名}{施設}{ 締切 }{"), ["施設"]);
    }

    #[test]
    fn codes_round_trip() {
        for audience in Audience::ALL {
            assert_eq!(Audience::from_code(audience.code()), Some(audience));
        }
        for delivery in [Delivery::Mail, Delivery::NoticeOnly] {
            assert_eq!(Delivery::from_code(delivery.code()), delivery);
        }
    }

    #[test]
    fn what_came_of_a_reminder() {
        let then = Instant::from_seconds(1_000);
        let later = Some(Instant::from_seconds(2_000));
        assert_eq!(since(then, 3, 19, later, later), Since::Finished);
        assert_eq!(since(then, 3, 4, None, None), Since::Moved);
        assert_eq!(since(then, 0, 0, later, None), Since::Moved);
        let before = Some(Instant::from_seconds(10));
        assert_eq!(since(then, 19, 19, before, before), Since::Nothing);
    }
}
