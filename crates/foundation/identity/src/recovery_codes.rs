//! Recovery codes: the second factor of whoever lost their telephone.
//!
//! Ten codes, shown once, each good for one sign-in. A code has 80 random bits, so its SHA-256
//! cannot be searched and needs no slow hash.

use yagura_kernel::id::{AccountId, IdGenerator};
use yagura_kernel::time::Instant;
use yagura_store::{Database, StoreError, Transaction, params, row};

use crate::secrets::{equal, sha256};

/// How many codes there are at first.
pub const HOW_MANY: usize = 10;
const RANDOM_BYTES: usize = 10;
/// Letters that nobody confuses when reading from paper (Crockford's base 32).
const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/// A code as shown to the person once: `7Q4D-1MZ0-XK9T-2B6H`.
#[derive(Clone, PartialEq, Eq)]
pub struct RecoveryCode(String);

impl RecoveryCode {
    fn new(ids: &dyn IdGenerator) -> Self {
        let mut bytes = [0; RANDOM_BYTES];
        ids.fill_secret(&mut bytes);
        let number = bytes
            .iter()
            .fold(0u128, |sum, byte| (sum << 8) | u128::from(*byte));
        let mut text = String::with_capacity(19);
        for position in 0..16u32 {
            if position > 0 && position % 4 == 0 {
                text.push('-');
            }
            let index = (number >> (75 - 5 * position)) & 31;
            let letter = usize::try_from(index)
                .ok()
                .and_then(|index| ALPHABET.get(index));
            text.push(char::from(letter.copied().unwrap_or(b'0')));
        }
        Self(text)
    }

    /// The text for the page that shows it once.
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.0
    }

    fn hash(&self) -> Vec<u8> {
        sha256(normalise(&self.0).as_bytes())
    }
}

impl std::fmt::Debug for RecoveryCode {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("RecoveryCode(…)")
    }
}

/// A code as typed from paper: without hyphens and blanks, O read as 0, I and L as 1.
fn normalise(typed: &str) -> String {
    use unicode_normalization::UnicodeNormalization as _;
    typed
        .chars()
        .take(200)
        .nfkc()
        .filter(|character| character.is_ascii_alphanumeric())
        .map(|character| match character.to_ascii_uppercase() {
            'O' => '0',
            'I' | 'L' => '1',
            other => other,
        })
        .collect()
}

row! {
    struct StoredCode { id: yagura_kernel::id::Uuid, hash: Vec<u8> }
}

/// Makes ten new codes and withdraws every older one.
pub(crate) async fn replace(
    tx: &mut Transaction,
    account: AccountId,
    ids: &dyn IdGenerator,
    now: Instant,
) -> Result<Vec<RecoveryCode>, StoreError> {
    withdraw(tx, account).await?;
    let codes: Vec<RecoveryCode> = (0..HOW_MANY).map(|_| RecoveryCode::new(ids)).collect();
    let rows = codes
        .iter()
        .map(|code| params![ids.id(), account, code.hash(), now]);
    tx.insert_many(
        "recovery_codes",
        &["id", "account_id", "hash", "created_at"],
        rows,
    )
    .await?;
    Ok(codes)
}

/// Withdraws every code.
pub(crate) async fn withdraw(tx: &mut Transaction, account: AccountId) -> Result<(), StoreError> {
    tx.execute(
        "DELETE FROM recovery_codes WHERE account_id = $1",
        params![account],
    )
    .await?;
    Ok(())
}

/// Uses a code. True exactly once for each code, also when two requests bring it together.
pub(crate) async fn use_code(
    tx: &mut Transaction,
    account: AccountId,
    typed: &str,
    now: Instant,
) -> Result<bool, StoreError> {
    let hash = sha256(normalise(typed).as_bytes());
    let stored: Vec<StoredCode> = tx
        .rows(
            "SELECT id, hash FROM recovery_codes WHERE account_id = $1 AND used_at IS NULL",
            params![account],
        )
        .await?;
    // Every one is compared, so that the time does not tell which it was.
    let found = stored.iter().fold(None, |found, code| {
        if equal(&code.hash, &hash) {
            Some(code.id)
        } else {
            found
        }
    });
    let Some(id) = found else {
        return Ok(false);
    };
    let touched = tx
        .execute(
            "UPDATE recovery_codes SET used_at = $1 WHERE id = $2 AND used_at IS NULL",
            params![now, id],
        )
        .await?;
    Ok(touched == 1)
}

/// How many codes an account has left.
///
/// # Errors
/// [`StoreError`] where the database does not answer.
pub async fn left(database: &Database, account: AccountId) -> Result<i64, StoreError> {
    database.count(COUNT, params![account]).await
}

pub(crate) async fn left_in(tx: &mut Transaction, account: AccountId) -> Result<i64, StoreError> {
    tx.count(COUNT, params![account]).await
}

const COUNT: &str =
    "SELECT count(*) AS n FROM recovery_codes WHERE account_id = $1 AND used_at IS NULL";

#[cfg(test)]
mod tests {
    use super::*;
    use yagura_kernel::id::SeededIds;
    use yagura_kernel::time::FixedClock;

    #[test]
    fn codes_are_long_readable_and_secret() {
        let ids = SeededIds::new(5, FixedClock::at(Instant::from_seconds(1)));
        let codes: Vec<RecoveryCode> = (0..1_000).map(|_| RecoveryCode::new(&ids)).collect();
        let mut seen = std::collections::HashSet::new();
        let mut letters = std::collections::HashSet::new();
        for code in &codes {
            assert_eq!(code.reveal().len(), 19);
            assert!(seen.insert(code.reveal().to_owned()));
            letters.extend(code.reveal().chars());
            assert_eq!(format!("{code:?}"), "RecoveryCode(…)");
        }
        assert_eq!(letters.len(), 33, "all 32 letters and the hyphen occur");
    }

    #[test]
    fn a_code_is_read_from_paper() {
        assert_eq!(normalise(" 7q4d-1mz0 xk9t‐2b6h "), "7Q4D1MZ0XK9T2B6H");
        assert_eq!(normalise("７Ｑ４Ｄ－lmzO"), "7Q4D1MZ0");
    }
}
