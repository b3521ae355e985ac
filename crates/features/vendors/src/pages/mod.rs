//! Pages of the feature.

pub(crate) mod drafts;
pub(crate) mod institution;
pub(crate) mod vendor;

use maud::{Markup, html};
use yagura_checklists::store::CustomerState;
use yagura_checklists::{Family, sheet_path};
use yagura_web::VendorStanding;
use yagura_web::i18n::{Translator, args};
use yagura_web::ui::components::{self, Tone};

/// How far a vendor's sheet is, in words without marks.
pub(crate) fn standing(t: &Translator, vendor: &institution::Vendor) -> VendorStanding {
    let counts = vendor.sheet.as_ref().map(|sheet| sheet.counts);
    let state = t.t(match vendor.state() {
        CustomerState::Done => "vendors-done",
        CustomerState::InWork => "vendors-under-way",
        CustomerState::NotBegun => "vendors-not-begun",
    });
    let words = match counts {
        Some(counts) => {
            let numbers = args![
                ("answered", counts.answered()),
                ("applicable", counts.applicable())
            ];
            format!("{state} {}", t.t_args("vendors-progress", numbers))
        }
        None => state.to_owned(),
    };
    VendorStanding {
        vendor: vendor.organization.id,
        words,
        href: vendor
            .sheet
            .as_ref()
            .map(|sheet| sheet_path(Family::Vendor, sheet.id)),
    }
}

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
