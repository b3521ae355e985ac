//! Package URLs, as the purl specification writes them:
//! `pkg:type/namespace/name@version?qualifiers#subpath`.

use std::fmt::Write as _;

/// The longest package URL that is read, in bytes.
pub const LONGEST_PURL: usize = 4096;

/// Why a text is no package URL.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PurlError {
    /// The text has more than [`LONGEST_PURL`] bytes.
    #[error("the package URL has {length} bytes; at most {LONGEST_PURL} are read")]
    TooLong {
        /// How many bytes it has.
        length: usize,
    },
    /// `pkg:` does not stand at the beginning.
    #[error("a package URL begins with \"pkg:\"")]
    Prefix,
    /// There is no type, or one with other characters than letters, digits, `.`, `+` and `-`.
    #[error("the type of the package URL is empty or no word")]
    Type,
    /// There is no name.
    #[error("the package URL has no name")]
    Name,
    /// A percent sign that does not begin an escape, or escapes that are not UTF-8.
    #[error("an escape of the package URL is not complete or not UTF-8")]
    Escape,
}

/// A package URL.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Purl {
    /// The type in lower case: `npm`, `deb`, ….
    pub kind: String,
    /// The namespace, its segments joined by `/`; empty where there is none.
    pub namespace: String,
    /// The name.
    pub name: String,
    /// The version, where one is named.
    pub version: Option<String>,
    /// The qualifiers in the order in which they stand; keys in lower case.
    pub qualifiers: Vec<(String, String)>,
}

impl Purl {
    /// Reads a package URL.
    ///
    /// ```
    /// use vulnmatch::packages::Purl;
    /// let purl = Purl::parse("pkg:deb/debian/libssl1.1@1.1.1n-0%2Bdeb11u5?arch=amd64&distro=debian-11")?;
    /// assert_eq!((&*purl.namespace, &*purl.name), ("debian", "libssl1.1"));
    /// assert_eq!(purl.version.as_deref(), Some("1.1.1n-0+deb11u5"));
    /// assert_eq!(purl.qualifier("distro"), Some("debian-11"));
    /// # Ok::<(), vulnmatch::packages::PurlError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`PurlError`].
    pub fn parse(text: &str) -> Result<Self, PurlError> {
        let text = text.trim();
        if text.len() > LONGEST_PURL {
            return Err(PurlError::TooLong { length: text.len() });
        }
        let rest = match text.split_once(':') {
            Some((scheme, rest)) if scheme.eq_ignore_ascii_case("pkg") => rest,
            _ => return Err(PurlError::Prefix),
        };
        let rest = rest.trim_start_matches('/');
        let (rest, _subpath) = cut(rest, rest.rfind('#'));
        let (rest, qualifiers) = cut(rest, rest.find('?'));
        let (kind, rest) = rest.split_once('/').ok_or(PurlError::Name)?;
        let is_word = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '+' | '-');
        if kind.is_empty() || !kind.chars().all(is_word) {
            return Err(PurlError::Type);
        }
        let rest = rest.trim_matches('/');
        // The `@` of an npm scope stands at the beginning of a segment, that of a version does not.
        let at = rest.rfind('@').filter(|place| {
            *place > 0
                && !rest
                    .get(..*place)
                    .is_some_and(|before| before.ends_with('/'))
                && !rest
                    .get(*place..)
                    .is_some_and(|after| after.contains('/') && rest.starts_with('@'))
        });
        let (path, version) = cut(rest, at);
        let (namespace, name) = match path.trim_end_matches('/').rsplit_once('/') {
            Some((namespace, name)) => (namespace, name),
            None => ("", path),
        };
        let name = decoded(name)?;
        if name.is_empty() {
            return Err(PurlError::Name);
        }
        let mut segments = Vec::new();
        for segment in namespace.split('/').filter(|segment| !segment.is_empty()) {
            segments.push(decoded(segment)?);
        }
        let mut pairs = Vec::new();
        for pair in qualifiers.unwrap_or_default().split('&') {
            if let Some((key, value)) = pair.split_once('=')
                && !value.is_empty()
            {
                pairs.push((key.to_ascii_lowercase(), decoded(value)?));
            }
        }
        Ok(Self {
            kind: kind.to_ascii_lowercase(),
            namespace: segments.join("/"),
            name,
            version: version
                .map(decoded)
                .transpose()?
                .filter(|version| !version.is_empty()),
            qualifiers: pairs,
        })
    }

    /// The value of a qualifier.
    #[must_use]
    pub fn qualifier(&self, key: &str) -> Option<&str> {
        self.qualifiers
            .iter()
            .find(|(known, _)| known == key)
            .map(|(_, value)| &**value)
    }
}

impl std::fmt::Display for Purl {
    /// The canonical form, without subpath.
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "pkg:{}/", self.kind)?;
        for segment in self
            .namespace
            .split('/')
            .filter(|segment| !segment.is_empty())
        {
            write!(formatter, "{}/", encoded(segment))?;
        }
        formatter.write_str(&encoded(&self.name))?;
        if let Some(version) = &self.version {
            write!(formatter, "@{}", encoded(version))?;
        }
        for (place, (key, value)) in self.qualifiers.iter().enumerate() {
            let sign = if place == 0 { '?' } else { '&' };
            write!(formatter, "{sign}{key}={}", encoded(value))?;
        }
        Ok(())
    }
}

/// What stands before a sign, and what behind it.
fn cut(text: &str, place: Option<usize>) -> (&str, Option<&str>) {
    match place.and_then(|place| text.split_at_checked(place)) {
        Some((before, after)) => (before, after.get(1..)),
        None => (text, None),
    }
}

fn decoded(text: &str) -> Result<String, PurlError> {
    if !text.contains('%') {
        return Ok(text.to_owned());
    }
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        rest = after;
        if *first != b'%' {
            bytes.push(*first);
            continue;
        }
        let (digits, after) = rest.split_at_checked(2).ok_or(PurlError::Escape)?;
        let byte = std::str::from_utf8(digits)
            .ok()
            .filter(|digits| digits.bytes().all(|byte| byte.is_ascii_hexdigit()))
            .and_then(|digits| u8::from_str_radix(digits, 16).ok());
        bytes.push(byte.ok_or(PurlError::Escape)?);
        rest = after;
    }
    String::from_utf8(bytes).map_err(|_| PurlError::Escape)
}

fn encoded(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b".-_~:".contains(&byte) {
            out.push(char::from(byte));
        } else {
            // A String takes everything.
            let _ = write!(out, "%{byte:02X}");
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn package_urls() {
        for (text, kind, namespace, name, version) in [
            (
                "pkg:npm/lodash@4.17.20",
                "npm",
                "",
                "lodash",
                Some("4.17.20"),
            ),
            (
                "pkg:npm/%40angular/core@16.0.0",
                "npm",
                "@angular",
                "core",
                Some("16.0.0"),
            ),
            (
                "pkg:npm/@angular/core@16.0.0",
                "npm",
                "@angular",
                "core",
                Some("16.0.0"),
            ),
            ("pkg:npm/@angular/core", "npm", "@angular", "core", None),
            (
                "pkg:maven/org.apache.logging.log4j/log4j-core@2.14.1?type=jar",
                "maven",
                "org.apache.logging.log4j",
                "log4j-core",
                Some("2.14.1"),
            ),
            (
                "pkg:golang/google.golang.org/genproto@abcdedf#googleapis/api/annotations",
                "golang",
                "google.golang.org",
                "genproto",
                Some("abcdedf"),
            ),
            (
                "PKG:DEB/debian/curl@7.50.3-1?arch=i386&distro=jessie",
                "deb",
                "debian",
                "curl",
                Some("7.50.3-1"),
            ),
            (
                "pkg:deb/bind9@1%3A9.16.50-1~deb11u2?arch=amd64",
                "deb",
                "",
                "bind9",
                Some("1:9.16.50-1~deb11u2"),
            ),
            (
                "pkg://pypi/Django@1.11.1",
                "pypi",
                "",
                "Django",
                Some("1.11.1"),
            ),
        ] {
            let purl = Purl::parse(text).unwrap();
            assert_eq!(
                (
                    &*purl.kind,
                    &*purl.namespace,
                    &*purl.name,
                    purl.version.as_deref()
                ),
                (kind, namespace, name, version),
                "{text}"
            );
            assert_eq!(Purl::parse(&purl.to_string()).as_ref(), Ok(&purl), "{text}");
        }
    }

    #[test]
    fn what_is_none() {
        for (text, error) in [
            ("", PurlError::Prefix),
            ("npm/lodash", PurlError::Prefix),
            ("pkg:npm", PurlError::Name),
            ("pkg:npm/", PurlError::Name),
            ("pkg:/lodash", PurlError::Name),
            ("pkg:n%6dm/lodash", PurlError::Type),
            ("pkg:npm/lo%dash", PurlError::Escape),
            ("pkg:npm/lo%2", PurlError::Escape),
            ("pkg:npm/%ff", PurlError::Escape),
        ] {
            assert_eq!(Purl::parse(text), Err(error), "{text}");
        }
        let long = format!("pkg:npm/{}", "a".repeat(LONGEST_PURL));
        assert!(matches!(Purl::parse(&long), Err(PurlError::TooLong { .. })));
    }
}
