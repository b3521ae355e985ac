//! The languages Yagura speaks.

/// A language of the interface. Japanese comes first and is what an unknown reader gets.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Lang {
    /// 日本語.
    #[default]
    Ja,
    /// English.
    En,
}

impl Lang {
    /// Every language, in the order in which they are offered.
    pub const ALL: [Self; 2] = [Self::Ja, Self::En];

    /// The BCP 47 tag, as in `<html lang>` and in the language cookie.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Ja => "ja",
            Self::En => "en",
        }
    }

    /// The language's name in itself.
    #[must_use]
    pub const fn own_name(self) -> &'static str {
        match self {
            Self::Ja => "日本語",
            Self::En => "English",
        }
    }

    /// The language of a tag such as a cookie holds: `ja`, `en`, `en-GB`. `None` for any other.
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        let primary = code.trim().split(['-', '_']).next().unwrap_or_default();
        Self::ALL
            .into_iter()
            .find(|lang| lang.code().eq_ignore_ascii_case(primary))
    }

    /// The best language of an `Accept-Language` header (RFC 9110, section 12.5.4): the highest
    /// quality wins, the earlier of equals, Japanese where none of ours is named.
    #[must_use]
    pub fn from_accept_language(header: &str) -> Self {
        let mut best: Option<(Self, f32)> = None;
        for range in header.split(',') {
            let mut parts = range.split(';');
            let Some(lang) = parts.next().and_then(Self::from_code) else {
                continue;
            };
            let quality = parts
                .find_map(|part| part.trim().strip_prefix("q="))
                .map_or(1.0, |value| value.trim().parse().unwrap_or(0.0));
            if quality > 0.0 && best.is_none_or(|(_, known)| quality > known) {
                best = Some((lang, quality));
            }
        }
        best.map(|(lang, _)| lang).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accept_language_takes_the_best_of_ours() {
        let of = Lang::from_accept_language;
        assert_eq!(of("en-GB,en;q=0.9,ja;q=0.8"), Lang::En);
        assert_eq!(of("en;q=0.3, ja-JP;q=0.9"), Lang::Ja);
        assert_eq!(of("fr, de;q=0.8"), Lang::Ja);
        assert_eq!(of("fr, en;q=0.2"), Lang::En);
        assert_eq!(of("en;q=0"), Lang::Ja);
        assert_eq!(of("en;q=nonsense"), Lang::Ja);
        assert_eq!(of(""), Lang::Ja);
    }

    #[test]
    fn cookie_values_are_tags() {
        assert_eq!(Lang::from_code("EN-us"), Some(Lang::En));
        assert_eq!(Lang::from_code("ja"), Some(Lang::Ja));
        assert_eq!(Lang::from_code("japanese"), None);
    }
}
