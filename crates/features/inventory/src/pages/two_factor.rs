//! How a system stands towards the day by which it must take two factors.

use maud::{Markup, html};
use yagura_web::Context;
use yagura_web::i18n::args;
use yagura_web::ui::components::{Tone, note};

use crate::model::{System, TwoFactorStanding, two_factor_by};

/// The days that are left, and what is wrong with the plan; nothing where nothing is left to do.
pub(super) fn clock(context: &Context, system: &System) -> Markup {
    let t = context.t();
    let standing = TwoFactorStanding::of(system, context.today);
    let Some(day) = two_factor_by().filter(|_| standing != TwoFactorStanding::Ready) else {
        return html! {};
    };
    let left = i64::from(day.to_julian_day()) - i64::from(context.today.to_julian_day());
    let plan = match (standing, system.two_factor_on) {
        (TwoFactorStanding::Passed, Some(on)) => Some(t.t_args(
            "inventory-two-factor-plan-passed",
            args![("date", t.date(on))],
        )),
        (TwoFactorStanding::Late, Some(on)) => Some(t.t_args(
            "inventory-two-factor-plan-late",
            args![("date", t.date(on))],
        )),
        (TwoFactorStanding::Unknown, None)
            if system.two_factor == crate::model::TwoFactor::Planned =>
        {
            Some(t.t("inventory-two-factor-plan-undated").into())
        }
        _ => None,
    };
    let tone = match standing {
        TwoFactorStanding::Planned if left >= 0 => Tone::Info,
        _ => Tone::Caution,
    };
    let date = t.date(day);
    note(
        t,
        tone,
        html! {
            @if left >= 0 {
                (t.t_args("inventory-two-factor-clock", args![("date", date), ("days", left)]))
            } @else {
                (t.t_args("inventory-two-factor-clock-over", args![("date", date)]))
            }
            @if let Some(plan) = plan { " " (plan) }
            br;
            span.small { (t.t("inventory-two-factor-clock-source")) }
        },
    )
}
