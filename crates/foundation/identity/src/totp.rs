//! One-time codes from an authenticator app (TOTP, RFC 6238).
//!
//! Six digits, thirty seconds, HMAC-SHA-1: what every app understands. A code is good in the step
//! before and after its own, and only once: the last accepted step is kept.

use data_encoding::BASE32_NOPAD;
use qrcode::render::svg;
use qrcode::{EcLevel, QrCode};
use totp_rs::{Builder, Secret, Totp};
use unicode_normalization::UnicodeNormalization as _;
use yagura_kernel::id::{AccountId, IdGenerator};
use yagura_kernel::time::Instant;
use yagura_store::{Database, StoreError, Transaction, params, row};
use zeroize::Zeroizing;

use crate::error::IdentityError;
use crate::secrets::{SealError, SecretBox};

const SECRET_BYTES: usize = 20;
/// How long a secret that was shown but not confirmed is shown again on a new visit.
const PENDING_SECONDS: i64 = 30 * 60;

/// What the person needs to set up their app. Shown, never logged.
#[derive(Clone)]
pub struct TotpEnrolment {
    /// For typing by hand, in groups of four.
    pub secret: Zeroizing<String>,
    /// The `otpauth://` URL, for a telephone on which the page itself is open.
    pub url: Zeroizing<String>,
    /// The URL as a QR code: an `<svg>` element without XML head, script or style.
    pub qr_svg: Zeroizing<String>,
}

impl std::fmt::Debug for TotpEnrolment {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("TotpEnrolment(…)")
    }
}

fn context(account: AccountId) -> String {
    format!("totp:{account}")
}

fn totp(secret: &[u8], issuer: &str, login: &str) -> Result<Totp, SealError> {
    // Neither part may hold a colon, which separates them in the URL.
    Builder::new()
        .with_secret(Secret::new(secret.into()))
        .with_issuer(Some(issuer.replace(':', " ")))
        .with_account_name(login.replace(':', "_"))
        .build()
        .map_err(|_| SealError)
}

fn enrolment(secret: &[u8], issuer: &str, login: &str) -> Result<TotpEnrolment, IdentityError> {
    let url = Zeroizing::new(
        totp(secret, issuer, login)?
            .to_url()
            .map_err(|_| SealError)?,
    );
    let code = QrCode::with_error_correction_level(url.as_bytes(), EcLevel::M)
        .map_err(|error| IdentityError::Internal(format!("QR code: {error}")))?;
    let drawing = Zeroizing::new(
        code.render::<svg::Color<'_>>()
            .min_dimensions(220, 220)
            .quiet_zone(true)
            .build(),
    );
    let element = drawing.find("<svg").and_then(|start| drawing.get(start..));
    let base32 = Zeroizing::new(BASE32_NOPAD.encode(secret));
    let mut grouped = Zeroizing::new(String::with_capacity(40));
    for (index, letter) in base32.chars().enumerate() {
        if index > 0 && index % 4 == 0 {
            grouped.push(' ');
        }
        grouped.push(letter);
    }
    Ok(TotpEnrolment {
        secret: grouped,
        qr_svg: Zeroizing::new(element.unwrap_or_default().to_owned()),
        url,
    })
}

/// The step in which a code is good at a moment, if it is good at all.
fn accepted_step(secret: &[u8], typed: &str, now: Instant) -> Result<Option<i64>, SealError> {
    let digits: String = typed
        .chars()
        .take(40)
        .nfkc()
        .filter(|character| !character.is_whitespace())
        .collect();
    let seconds = u64::try_from(now.as_seconds()).unwrap_or(0);
    let step = totp(secret, "", "")?.check(&digits, seconds);
    Ok(step.and_then(|step| i64::try_from(step).ok()))
}

row! {
    struct Stored {
        sealed: Option<Vec<u8>>,
        pending: Option<Vec<u8>>,
        pending_since: Option<Instant>,
    }
}

async fn stored(tx: &mut Transaction, account: AccountId) -> Result<Option<Stored>, StoreError> {
    tx.optional(
        "SELECT sealed, pending, pending_since FROM totp_secrets WHERE account_id = $1",
        params![account],
    )
    .await
}

/// Begins: makes a secret (or shows again the one that waits to be confirmed).
pub(crate) async fn begin(
    tx: &mut Transaction,
    secrets: &SecretBox,
    account: AccountId,
    (issuer, login): (&str, &str),
    ids: &dyn IdGenerator,
    now: Instant,
) -> Result<TotpEnrolment, IdentityError> {
    if let Some(Stored {
        pending: Some(sealed),
        pending_since: Some(since),
        ..
    }) = stored(tx, account).await?
        && now.seconds_since(since) < PENDING_SECONDS
    {
        return enrolment(&secrets.open(&context(account), &sealed)?, issuer, login);
    }
    let mut secret = Zeroizing::new([0; SECRET_BYTES]);
    ids.fill_secret(&mut *secret);
    let sealed = secrets.seal(&context(account), &*secret, ids)?;
    tx.execute(
        "INSERT INTO totp_secrets (account_id, last_step, pending, pending_since)
         VALUES ($1, 0, $2, $3)
         ON CONFLICT (account_id) DO UPDATE
         SET pending = excluded.pending, pending_since = excluded.pending_since",
        params![account, sealed, now],
    )
    .await?;
    enrolment(&*secret, issuer, login)
}

/// Ends: the first code from the app shows that it has the secret. False where the code is wrong.
pub(crate) async fn confirm(
    tx: &mut Transaction,
    secrets: &SecretBox,
    account: AccountId,
    typed: &str,
    now: Instant,
) -> Result<bool, IdentityError> {
    let Some(Stored {
        pending: Some(sealed),
        ..
    }) = stored(tx, account).await?
    else {
        return Err(IdentityError::CeremonyOver);
    };
    let secret = secrets.open(&context(account), &sealed)?;
    let Some(step) = accepted_step(&secret, typed, now)? else {
        return Ok(false);
    };
    tx.execute(
        "UPDATE totp_secrets SET sealed = pending, confirmed_at = $1, last_step = $2,
                                 pending = NULL, pending_since = NULL
         WHERE account_id = $3",
        params![now, step, account],
    )
    .await?;
    Ok(true)
}

/// Checks a code. True at most once for each step, also when two requests bring it together.
pub(crate) async fn check(
    tx: &mut Transaction,
    secrets: &SecretBox,
    account: AccountId,
    typed: &str,
    now: Instant,
) -> Result<bool, IdentityError> {
    let Some(Stored {
        sealed: Some(sealed),
        ..
    }) = stored(tx, account).await?
    else {
        return Ok(false);
    };
    let secret = secrets.open(&context(account), &sealed)?;
    let Some(step) = accepted_step(&secret, typed, now)? else {
        return Ok(false);
    };
    let touched = tx
        .execute(
            "UPDATE totp_secrets SET last_step = $1 WHERE account_id = $2 AND last_step < $1",
            params![step, account],
        )
        .await?;
    Ok(touched == 1)
}

row! {
    struct Confirmed { confirmed_at: Option<Instant> }
}

/// Since when an account has an authenticator app; `None` where it has none.
pub(crate) async fn since(
    database: &Database,
    account: AccountId,
) -> Result<Option<Instant>, StoreError> {
    let found: Option<Confirmed> = database
        .optional(
            "SELECT confirmed_at FROM totp_secrets WHERE account_id = $1 AND sealed IS NOT NULL",
            params![account],
        )
        .await?;
    Ok(found.and_then(|found| found.confirmed_at))
}

/// Forgets the secret. False where there was none.
pub(crate) async fn remove(tx: &mut Transaction, account: AccountId) -> Result<bool, StoreError> {
    let touched = tx
        .execute(
            "DELETE FROM totp_secrets WHERE account_id = $1",
            params![account],
        )
        .await?;
    Ok(touched > 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECRET: &[u8; 20] = b"12345678901234567890";

    #[test]
    fn codes_are_those_of_rfc_6238() {
        // Appendix B, SHA-1, last six of the eight digits.
        for (seconds, code) in [
            (59, "287082"),
            (1_111_111_109, "081804"),
            (20_000_000_000, "353130"),
        ] {
            let now = Instant::from_seconds(seconds);
            assert_eq!(
                accepted_step(SECRET, code, now),
                Ok(Some(seconds / 30)),
                "{seconds}"
            );
            assert_eq!(
                accepted_step(SECRET, code, now.plus_seconds(30)),
                Ok(Some(seconds / 30))
            );
            assert_eq!(
                accepted_step(SECRET, code, now.plus_seconds(-30)),
                Ok(Some(seconds / 30))
            );
            assert_eq!(accepted_step(SECRET, code, now.plus_seconds(61)), Ok(None));
        }
        let early = Instant::from_seconds(1_111_111_109 - 61);
        assert_eq!(accepted_step(SECRET, "081804", early), Ok(None));
    }

    #[test]
    fn a_code_is_read_however_it_is_typed() {
        let now = Instant::from_seconds(59);
        assert_eq!(accepted_step(SECRET, " 287 082", now), Ok(Some(1)));
        assert_eq!(accepted_step(SECRET, "２８７０８２", now), Ok(Some(1)));
        for wrong in [
            "",
            "287083",
            "28708",
            "2870822",
            "abcdef",
            "-87082",
            &"2".repeat(9_999),
        ] {
            assert_eq!(accepted_step(SECRET, wrong, now), Ok(None), "{wrong}");
        }
    }

    #[test]
    fn the_app_gets_a_url_a_picture_and_a_text() {
        let enrolment = enrolment(SECRET, "Yagura", "hanako@example.jp").unwrap();
        let url = enrolment.url.as_str();
        assert!(
            url.starts_with(
                "otpauth://totp/Yagura:hanako%40example.jp?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
            ),
            "{url}"
        );
        assert!(url.contains("issuer=Yagura"), "{url}");
        assert_eq!(
            enrolment.secret.as_str(),
            "GEZD GNBV GY3T QOJQ GEZD GNBV GY3T QOJQ"
        );
        assert!(enrolment.qr_svg.starts_with("<svg") && enrolment.qr_svg.ends_with("</svg>"));
        assert!(!enrolment.qr_svg.contains("style") && !enrolment.qr_svg.contains("script"));
        assert_eq!(format!("{enrolment:?}"), "TotpEnrolment(…)");
    }
}
