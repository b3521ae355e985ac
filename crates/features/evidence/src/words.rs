//! Codes in the reader's words.

use maud::{Markup, html};
use yagura_kernel::time::Date;
use yagura_web::Translator;
use yagura_web::i18n::args;
use yagura_web::ui::components::{Tone, date, tag};

use crate::media::MediaType;
use crate::model::{Currency, EvidenceKind, Piece};
use crate::store::State;

fn known<'t>(t: &'t Translator, key: &str) -> &'t str {
    t.find(key).unwrap_or_default()
}

/// 文書, 写真, 契約書 ….
#[must_use]
pub fn kind(t: &Translator, kind: EvidenceKind) -> &str {
    known(t, &format!("evidence-kind-{}", kind.code()))
}

/// PDF, JPEG画像, Excel ….
#[must_use]
pub fn media_type(t: &Translator, media_type: MediaType) -> &str {
    known(t, &format!("evidence-media-{}", media_type.code()))
}

pub(crate) fn state(t: &Translator, state: State) -> &str {
    known(t, &format!("evidence-state-{}", state.code()))
}

pub(crate) fn event<'t>(t: &'t Translator, code: &str) -> &'t str {
    known(t, &format!("evidence-event-{code}"))
}

/// 1.2 MB.
#[must_use]
pub fn size(bytes: i64) -> String {
    match bytes {
        ..1_000 => format!("{bytes} B"),
        1_000..1_000_000 => format!("{} KB", bytes / 1_000),
        _ => format!("{}.{} MB", bytes / 1_000_000, bytes % 1_000_000 / 100_000),
    }
}

/// 有効, あと5日, 期限切れ 3日, 取り下げ.
#[must_use]
pub fn currency_text(t: &Translator, currency: Currency) -> String {
    match currency {
        Currency::Current => t.t("evidence-current").to_owned(),
        Currency::Expiring { days: 0 } => t.t("evidence-ends-today").to_owned(),
        Currency::Expiring { days } => t
            .t_args("evidence-days-left", args![("days", days)])
            .into_owned(),
        Currency::Expired { days } => t
            .t_args("evidence-days-over", args![("days", days)])
            .into_owned(),
        Currency::Withdrawn => t.t("evidence-withdrawn").to_owned(),
    }
}

/// The same as a tag.
#[must_use]
pub fn currency_tag(t: &Translator, currency: Currency) -> Markup {
    let tone = match currency {
        Currency::Current => Tone::Success,
        Currency::Expiring { .. } => Tone::Caution,
        Currency::Expired { .. } => Tone::Late,
        Currency::Withdrawn => Tone::Neutral,
    };
    tag(tone, &currency_text(t, currency))
}

/// Whether a piece counts and until when.
#[must_use]
pub fn validity(t: &Translator, piece: &Piece, today: Date) -> Markup {
    html! {
        (currency_tag(t, piece.currency(today))) " "
        @match piece.expires_on {
            Some(last) => { (t.t("evidence-until")) " " (date(t, last)) }
            None => { (t.t("evidence-no-end")) }
        }
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn sizes_are_short() {
        assert_eq!(super::size(999), "999 B");
        assert_eq!(super::size(52_400), "52 KB");
        assert_eq!(super::size(50_000_000), "50.0 MB");
        assert_eq!(super::size(1_290_000), "1.2 MB");
    }
}
