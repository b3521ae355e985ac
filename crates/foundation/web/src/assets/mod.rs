//! Style sheet, script and icons, inside the binary.
//!
//! Pages link to [`url`], whose name carries a hash of the content, so that browsers may keep the
//! file for ever; a new binary has new names. The server answers `/assets/{name}` from [`lookup`].

use std::fmt::Write as _;
use std::sync::LazyLock;

use sha2::{Digest, Sha256};

/// Where the assets are served, with the slash at the end.
pub const BASE: &str = "/assets/";

/// For files whose name carries their hash.
pub const CACHE_FOR_EVER: &str = "public, max-age=31536000, immutable";
/// For files asked for by their plain name.
pub const CACHE_WITH_CHECK: &str = "public, max-age=0, must-revalidate";

/// A file that the binary carries.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Asset {
    /// The content.
    pub bytes: &'static [u8],
    /// The media type.
    pub content_type: &'static str,
    /// A strong entity tag, in its quotes.
    pub etag: &'static str,
    /// The value of `Cache-Control`.
    pub cache_control: &'static str,
}

struct Known {
    name: &'static str,
    hashed_name: String,
    url: String,
    etag: String,
    content_type: &'static str,
    bytes: &'static [u8],
}

static KNOWN: LazyLock<Vec<Known>> = LazyLock::new(|| {
    vec![
        known(
            "yagura.css",
            "text/css; charset=utf-8",
            include_bytes!("yagura.css"),
        ),
        known(
            "yagura.js",
            "text/javascript; charset=utf-8",
            include_bytes!("yagura.js"),
        ),
        known("icon.svg", "image/svg+xml", include_bytes!("icon.svg")),
    ]
});

fn known(name: &'static str, content_type: &'static str, bytes: &'static [u8]) -> Known {
    let mut hash = String::with_capacity(64);
    for byte in Sha256::digest(bytes) {
        // Writing to a string cannot fail.
        let _ = write!(hash, "{byte:02x}");
    }
    let short: String = hash.chars().take(8).collect();
    let (stem, extension) = name.rsplit_once('.').unwrap_or((name, ""));
    let hashed_name = format!("{stem}.{short}.{extension}");
    let url = format!("{BASE}{hashed_name}");
    let etag: String = hash.chars().take(32).collect();
    Known {
        name,
        hashed_name,
        url,
        etag: format!("\"{etag}\""),
        content_type,
        bytes,
    }
}

/// The address of an asset by its plain name: `yagura.css`, `yagura.js`, `icon.svg`. An unknown
/// name leads to an address that the server answers with 404.
#[must_use]
pub fn url(name: &str) -> &'static str {
    KNOWN
        .iter()
        .find(|asset| asset.name == name)
        .map_or("/assets/unknown", |asset| &asset.url)
}

/// The asset behind `/assets/{path}`, by its hashed or its plain name.
#[must_use]
pub fn lookup(path: &str) -> Option<Asset> {
    let asset = KNOWN
        .iter()
        .find(|asset| asset.hashed_name == path || asset.name == path)?;
    let immutable = asset.hashed_name == path;
    Some(Asset {
        bytes: asset.bytes,
        content_type: asset.content_type,
        etag: &asset.etag,
        cache_control: if immutable {
            CACHE_FOR_EVER
        } else {
            CACHE_WITH_CHECK
        },
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_carries_the_hash_and_is_answered() {
        let path = url("yagura.css").strip_prefix(BASE).unwrap();
        assert_eq!(path.len(), "yagura.".len() + 8 + ".css".len());
        let asset = lookup(path).unwrap();
        assert_eq!(asset.cache_control, CACHE_FOR_EVER);
        assert!(asset.content_type.starts_with("text/css"));
        assert_eq!(
            lookup("yagura.css").unwrap().cache_control,
            CACHE_WITH_CHECK
        );
        assert_eq!(lookup("yagura.css").unwrap().etag, asset.etag);
    }

    #[test]
    fn nothing_else_is_answered() {
        assert_eq!(lookup("yagura.00000000.css"), None);
        assert_eq!(lookup("../../etc/passwd"), None);
        assert_eq!(lookup(""), None);
        assert_eq!(lookup(url("nonsense.css").trim_start_matches(BASE)), None);
    }
}

#[cfg(test)]
mod contrast;
