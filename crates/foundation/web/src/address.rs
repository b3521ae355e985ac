//! Addresses with parameters.

/// A text with everything but unreserved characters percent-encoded (RFC 3986 §2.3): a segment of a
/// path or the value of a parameter.
#[must_use]
pub fn percent_encoded(plain: &str) -> String {
    let mut text = String::with_capacity(plain.len());
    for byte in plain.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => {
                text.push(char::from(byte));
            }
            _ => text.push_str(&format!("%{byte:02X}")),
        }
    }
    text
}

/// A path as the value of a parameter; slashes stay, so that it can be read.
#[must_use]
pub fn encoded_path(path: &str) -> String {
    percent_encoded(path).replace("%2F", "/")
}

/// A path with parameters, of which the empty ones are left out.
#[must_use]
pub fn address<'a>(path: &str, pairs: impl IntoIterator<Item = (&'a str, &'a str)>) -> String {
    let mut text = path.to_owned();
    let mut mark = '?';
    for (name, value) in pairs {
        if value.is_empty() {
            continue;
        }
        text.push(mark);
        text.push_str(name);
        text.push('=');
        text.push_str(&percent_encoded(value));
        mark = '&';
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_segment_never_leaves_its_place_in_the_path() {
        assert_eq!(percent_encoded("2-12-server"), "2-12-server");
        assert_eq!(percent_encoded("../a b?c#"), "..%2Fa%20b%3Fc%23");
        assert_eq!(percent_encoded("⑥"), "%E2%91%A5");
    }

    #[test]
    fn a_value_cannot_end_its_parameter() {
        assert_eq!(
            address("/list", [("q", "a&b=c 架"), ("none", ""), ("after", "1_x")]),
            "/list?q=a%26b%3Dc%20%E6%9E%B6&after=1_x"
        );
        assert_eq!(address("/list", [("q", "")]), "/list");
        assert_eq!(encoded_path("/a/b?c=d"), "/a/b%3Fc%3Dd");
    }
}
