//! What a file is, by its content: people rename files.

use crate::model::Feed;

/// The forms of files.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum FileKind {
    Nvd,
    Overrides,
    Cve,
    JvnDetails,
    JvnOverviews,
    JvnProducts,
    Kev,
    Epss,
    Csaf,
}

impl FileKind {
    pub(crate) const fn feed(self) -> Feed {
        match self {
            Self::Nvd => Feed::Nvd,
            Self::Overrides => Feed::Overrides,
            Self::Cve => Feed::Cve,
            Self::JvnDetails | Self::JvnOverviews => Feed::Jvn,
            Self::JvnProducts => Feed::JvnProducts,
            Self::Kev => Feed::Kev,
            Self::Epss => Feed::Epss,
            Self::Csaf => Feed::Csaf,
        }
    }
}

/// What a file is, by its first part. Nothing: it is no feed.
pub(crate) fn kind_of(head: &[u8]) -> Option<FileKind> {
    let text = String::from_utf8_lossy(head);
    let text = text.trim_start_matches('\u{feff}').trim_start();
    let has = |word: &str| text.contains(word);
    match text.chars().next()? {
        '#' if text.starts_with("#model_version") => Some(FileKind::Epss),
        'c' if text.starts_with("cve,epss") => Some(FileKind::Epss),
        '<' if has("VULDEF-Document") || has("<Vulinfo") => Some(FileKind::JvnDetails),
        '<' if has("<VendorInfo") || has(":VendorInfo") || has("<Product ") => {
            Some(FileKind::JvnProducts)
        }
        '<' if has("rdf:RDF") || has("<RDF") => Some(FileKind::JvnOverviews),
        '{' | '[' if has("\"csaf_version\"") => Some(FileKind::Csaf),
        '{' | '[' if has("\"_annotation\"") => Some(FileKind::Overrides),
        '{' | '[' if has("\"cveMetadata\"") || has("\"CVE_RECORD\"") => Some(FileKind::Cve),
        '{' | '[' if has("\"$schema\"") && has("\"properties\"") => None,
        '{' | '[' if has("\"cveID\"") || has("\"catalogVersion\"") => Some(FileKind::Kev),
        '{' | '[' if has("\"NVD_CVE\"") || (has("\"cve\"") && has("\"vulnerabilities\"")) => {
            Some(FileKind::Nvd)
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_told_by_its_content() {
        for (head, kind) in [
            (
                "#model_version:v2025,score_date:2026\ncve,epss",
                Some(FileKind::Epss),
            ),
            ("\u{feff}cve,epss,percentile\n", Some(FileKind::Epss)),
            (
                r#"{"title":"x","catalogVersion":"2026.01.29""#,
                Some(FileKind::Kev),
            ),
            (r#"{"$schema":"x","properties":{"cveID":{}}"#, None),
            (
                r#"{"format":"NVD_CVE","version":"2.0""#,
                Some(FileKind::Nvd),
            ),
            (r#"{"vulnerabilities":[{"cve":{"id""#, Some(FileKind::Nvd)),
            (r#"{"dataType":"CVE_RECORD","#, Some(FileKind::Cve)),
            (r#"{"_annotation":{"cve_id""#, Some(FileKind::Overrides)),
            (
                r#"{"document":{"csaf_version":"2.0"}}"#,
                Some(FileKind::Csaf),
            ),
            (
                "<?xml version='1.0'?><VULDEF-Document",
                Some(FileKind::JvnDetails),
            ),
            ("<Result><VendorInfo><Vendor", Some(FileKind::JvnProducts)),
            ("<?xml?><rdf:RDF xmlns", Some(FileKind::JvnOverviews)),
            ("{}", None),
            ("", None),
            ("施設名,種別", None),
            ("%PDF-1.7", None),
        ] {
            assert_eq!(kind_of(head.as_bytes()), kind, "{head}");
        }
    }
}
