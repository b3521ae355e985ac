//! Dates as `<time>` elements: words for people, ISO for machines.

use maud::{Markup, html};
use yagura_kernel::time::{Date, Instant, Relative, format_iso};

use super::{Tone, tag};
use crate::i18n::{Translator, args, dates};

/// 令和8年11月21日(土).
#[must_use]
pub fn date(t: &Translator, date: Date) -> Markup {
    html! { time datetime=(format_iso(date)) { (dates::long(t.lang(), date)) } }
}

/// 11月21日, for tables within one fiscal year.
#[must_use]
pub fn date_short(t: &Translator, date: Date) -> Markup {
    html! {
        time datetime=(format_iso(date)) title=(dates::long(t.lang(), date)) {
            (dates::short(t.lang(), date))
        }
    }
}

/// 令和8年11月21日(土) 9:05.
#[must_use]
pub fn date_time(t: &Translator, instant: Instant) -> Markup {
    html! { time datetime=(instant.to_rfc3339()) { (dates::date_time(t.lang(), instant)) } }
}

/// 3日前, with the full date and time on hover and for machines.
#[must_use]
pub fn relative_time(t: &Translator, instant: Instant, now: Instant) -> Markup {
    html! {
        time datetime=(instant.to_rfc3339()) title=(dates::date_time(t.lang(), instant)) {
            (dates::relative(t, Relative::of_moment(instant, now)))
        }
    }
}

/// 3日前, of a date without a time of day.
#[must_use]
pub fn relative_date(t: &Translator, date: Date, today: Date) -> Markup {
    html! {
        time datetime=(format_iso(date)) title=(dates::long(t.lang(), date)) {
            (dates::relative(t, Relative::of_date(date, today)))
        }
    }
}

/// How a time limit stands: 期限超過 5日, 今日まで, あと3日.
#[must_use]
pub fn due(t: &Translator, limit: Date, today: Date) -> Markup {
    let days = i64::from(limit.to_julian_day()) - i64::from(today.to_julian_day());
    match days {
        ..0 => tag(Tone::Late, &t.t_args("due-overdue", args![("days", -days)])),
        0 => tag(Tone::Late, t.t("due-today")),
        1..=14 => tag(Tone::Caution, &t.t_args("due-left", args![("days", days)])),
        _ => tag(Tone::Neutral, &t.t_args("due-left", args![("days", days)])),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::i18n::Lang;
    use crate::ui::testing::translator;
    use yagura_kernel::time::parse_date;

    #[test]
    fn dates_speak_to_people_and_machines() {
        let day = parse_date("2026-11-21").unwrap();
        let ja = translator(Lang::Ja);
        assert_eq!(
            date(&ja, day).into_string(),
            r#"<time datetime="2026-11-21">令和8年11月21日(土)</time>"#
        );
        let en = translator(Lang::En);
        assert!(date_short(&en, day).into_string().contains(">21 Nov<"));
        let now = Instant::from_jst(day, 9, 5);
        assert!(
            date_time(&ja, now)
                .into_string()
                .contains("令和8年11月21日(土) 9:05")
        );
        let before = now.plus_seconds(-3 * 86_400);
        assert!(
            relative_time(&ja, before, now)
                .into_string()
                .contains(">3日前<")
        );
        assert!(
            relative_time(&en, before, now)
                .into_string()
                .contains(">3 days ago<")
        );
    }

    #[test]
    fn a_time_limit_is_told_in_days() {
        let t = translator(Lang::Ja);
        let today = parse_date("2026-11-21").unwrap();
        let say = |limit: &str| due(&t, parse_date(limit).unwrap(), today).into_string();
        assert!(say("2026-11-16").contains("期限超過 5日"));
        assert!(say("2026-11-21").contains("今日まで"));
        assert!(say("2026-11-24").contains("あと3日"));
    }
}
