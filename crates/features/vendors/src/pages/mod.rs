//! Pages of the feature.

pub(crate) mod drafts;
pub(crate) mod institution;
pub(crate) mod vendor;

use maud::{Markup, html};
use yagura_checklists::store::CustomerState;
use yagura_web::i18n::{Translator, args};
use yagura_web::ui::components::{self, Tone};

/// How far a vendor's sheet is, in words and numbers: answered rows of those to be answered, and
/// how many of them say いいえ.
fn progress(
    t: &Translator,
    state: CustomerState,
    (answered, applicable): (i64, i64),
    no: i64,
    is_open: bool,
) -> Markup {
    let numbers = args![("answered", answered), ("applicable", applicable)];
    html! {
        @match state {
            CustomerState::Done => (components::tag(Tone::Success, t.t("vendors-done"))),
            CustomerState::InWork => (components::tag(Tone::Caution, t.t("vendors-under-way"))),
            CustomerState::NotBegun => (components::tag(Tone::Neutral, t.t("vendors-not-begun"))),
        }
        @if is_open { " " (t.t_args("vendors-progress", numbers)) }
        @if no > 0 { " " (t.t_args("vendors-no", args![("count", no)])) }
    }
}
