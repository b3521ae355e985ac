//! Files handed to the browser.

/// The value of `Content-Disposition` that makes the browser save a file under a name, also a
/// Japanese one (RFC 6266, RFC 5987). The plain form is for browsers that do not know the other.
#[must_use]
pub fn attachment(name: &str) -> String {
    let name = yagura_kernel::text::safe_file_name(name);
    let plain: String = name
        .chars()
        .map(|character| match character {
            '"' | '\\' => '_',
            printable if printable.is_ascii_graphic() || printable == ' ' => printable,
            _ => '_',
        })
        .collect();
    format!(
        "attachment; filename=\"{plain}\"; filename*=UTF-8''{}",
        crate::address::percent_encoded(&name)
    )
}

#[cfg(test)]
mod tests {
    use super::attachment;

    #[test]
    fn no_name_breaks_out_of_the_header() {
        let value = attachment("契約\"書\r\nX: 1.pdf");
        assert!(!value.contains('\r') && !value.contains('\n'));
        assert_eq!(value.matches('"').count(), 2);
        assert!(value.contains("filename*=UTF-8''%E5%A5%91%E7%B4%84"));
    }
}
