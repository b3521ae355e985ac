//! What must hold of every parser of outside content, whatever the content. Both the fuzz targets
//! and the run of the corpus in the test suite use these.

use axum::http::header::{ACCEPT_LANGUAGE, COOKIE};
use axum::http::{HeaderMap, HeaderValue};
use yagura_evidence::media::{Inspector, decode_beginning};
use yagura_identity::oidc::read_domain;
use yagura_identity::{Login, SecretToken};
use yagura_kernel::audit::{LogVerifier, VerifyingKey};
use yagura_kernel::id::parse_uuid;
use yagura_kernel::organization::beds_fit_kind;
use yagura_kernel::proof::decode_cells;
use yagura_kernel::text::{
    clean_multi_line, clean_single_line, normalise_for_search, safe_file_name,
};
use yagura_kernel::time::{FiscalYear, Instant, format_iso, format_japanese, parse_date};
use yagura_region::import::{Parsed, Roll, parse, plan};
use yagura_store::DatabaseUrl;
use yagura_store::backup::{self, ArchiveSecret};
use yagura_web::authentication::{SESSION_COOKIE, cookie, language};
use yagura_web::submitted::inner_path;
use yagura_web::ui::forms::FormState;

/// What vendors say of vulnerabilities: OpenVEX and CSAF.
pub fn vex(bytes: &[u8]) {
    yagura_vulnerabilities::model::vex::property(bytes);
}

/// Dates in three writings, years, moments, ids, names, the writings of what is searched.
pub fn words(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    if let Ok(date) = parse_date(&text) {
        assert_eq!(parse_date(&format_iso(date)).ok(), Some(date), "{text:?}");
        // Days before the first era that the program knows have no Japanese writing.
        let japanese = format_japanese(date);
        assert_eq!(
            parse_date(&japanese).ok(),
            Some(date),
            "{text:?} as {japanese}"
        );
    }
    if let Ok(year) = FiscalYear::parse(&text) {
        assert!(year.start() < year.end());
    }
    if let Ok(moment) = Instant::parse_rfc3339(&text) {
        assert_eq!(
            Instant::parse_rfc3339(&moment.to_rfc3339()).ok(),
            Some(moment)
        );
    }
    if let Ok(id) = parse_uuid(&text) {
        assert_eq!(parse_uuid(&id.to_string()).ok(), Some(id));
    }
    let _ = decode_cells(&text);
    if let Ok(line) = clean_single_line(&text, 200) {
        assert!(!line.contains(char::is_control) && line.chars().count() <= 200);
    }
    if let Ok(lines) = clean_multi_line(&text, 2_000) {
        assert!(
            lines
                .chars()
                .all(|letter| letter == '\n' || letter == '\t' || !letter.is_control())
        );
    }
    let folded = normalise_for_search(&text);
    assert_eq!(normalise_for_search(&folded), folded, "{text:?}");
    let name = safe_file_name(&text);
    assert!(!name.is_empty() && !name.contains(['/', '\\', '\0']) && name != "." && name != "..");
    if let Ok(login) = Login::parse(&text) {
        let again = Login::parse(login.as_str()).map(|login| login.as_str().to_owned());
        assert_eq!(again.ok().as_deref(), Some(login.as_str()));
    }
    let _ = read_domain(&text);
    if let Some(token) = SecretToken::parse(&text) {
        assert_eq!(token.reveal(), text, "one token has one writing");
    }
    if let Ok(url) = text.parse::<DatabaseUrl>() {
        let _ = format!("{url:?}");
    }
}

/// A checkpoint of the audit log that was kept elsewhere, and the key beside it.
pub fn checkpoint(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let (key, note) = text.split_once('\0').unwrap_or(("", &text));
    let keys: Vec<VerifyingKey> = key.parse().into_iter().collect();
    let _ = LogVerifier::new([note], &keys).finish();
}

/// Cookies, the language that a browser prefers, fields of forms, the paths to go back to.
pub fn request(bytes: &[u8]) {
    let mut headers = HeaderMap::new();
    if let Ok(value) = HeaderValue::from_bytes(bytes) {
        headers.insert(COOKIE, value.clone());
        headers.insert(ACCEPT_LANGUAGE, value);
        if let Some(value) = cookie(&headers, SESSION_COOKIE) {
            assert!(!value.contains(';'));
        }
        let _ = language(&headers);
    }
    let text = String::from_utf8_lossy(bytes);
    let path = inner_path(&text);
    assert!(path.starts_with('/') && !path.starts_with("//") && !path.contains(['\r', '\n']));
    let pairs = text
        .split('&')
        .map(|pair| pair.split_once('=').unwrap_or((pair, "")));
    let state = FormState::from_pairs(pairs);
    let _ = (
        state.value("a"),
        state.values("a"),
        state.is_chosen("a", "b"),
    );
    let header = yagura_web::attachment(&text);
    assert!(HeaderValue::from_str(&header).is_ok(), "{header:?}");
}

/// A file of evidence, judged while it comes in.
pub fn evidence(bytes: &[u8]) {
    for name in ["a.pdf", "写真.png", "b.docx", "c.csv", "../d.xlsx", ""] {
        let Ok(mut inspector) = Inspector::new(name) else {
            continue;
        };
        // In parts, as a browser sends it.
        let fed = bytes
            .chunks(1 + bytes.len() / 3)
            .try_for_each(|part| inspector.feed(part));
        if fed.is_ok() {
            let whole = inspector.finish();
            let mut at_once = match Inspector::new(name) {
                Ok(inspector) => inspector,
                Err(_) => continue,
            };
            let judged = at_once.feed(bytes).and_then(|()| at_once.finish());
            assert_eq!(
                judged, whole,
                "the parts in which it comes make no difference"
            );
        }
    }
    let _ = decode_beginning(bytes);
}

/// A roll of members as CSV or as a workbook.
pub fn roll(bytes: &[u8]) {
    let Ok(today) = parse_date("2026-11-21") else {
        return;
    };
    for name in ["roll.csv", "roll.xlsx"] {
        if let Ok(parsed) = parse(bytes, name, today, &mut |_, _, _| {}) {
            roll_obeys(&parsed);
        }
    }
}

fn roll_obeys(parsed: &Parsed) {
    for row in &parsed.rows {
        let member = &row.member;
        assert!(!member.name.is_empty() && !member.name.contains(['\n', '\0', '\u{202E}']));
        assert!(member.kind.is_institution());
        assert!(member.beds.is_none() || beds_fit_kind(member.kind, member.beds));
        for text in [&member.email, &member.phone, &member.code]
            .into_iter()
            .flatten()
        {
            assert!(!text.contains(['<', '\r', '\n', ',']), "{text:?}");
        }
    }
    assert_eq!(
        plan(parsed, &Roll::default()).steps.len(),
        parsed.rows.len()
    );
}

/// An archive of a backup, for whoever has its key.
pub fn backup(bytes: &[u8]) {
    let path = std::env::temp_dir().join(format!("yagura-fuzz-{}", std::process::id()));
    let Ok(secret) = ArchiveSecret::from_key_text(&"07".repeat(32)) else {
        return;
    };
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    let (Ok(()), Ok(runtime)) = (std::fs::write(&path, bytes), runtime) else {
        return;
    };
    let verified = runtime.block_on(backup::verify(&path, &secret, &mut |_| {}));
    let _ = std::fs::remove_file(&path);
    if let Ok(archive) = verified {
        assert_eq!(archive.bytes(), bytes.len() as u64);
    }
}
