//! Printed states: what stood on a sheet when it was printed, by a short code.

use uuid::Uuid;
use yagura_kernel::id::{IdGenerator, OrganizationId, PersonId};
use yagura_kernel::policy::{Authorized, actions};
use yagura_kernel::time::Instant;
use yagura_store::{Database, Migration, StoreError, Transaction, params, row};

/// The tables.
pub(crate) const MIGRATIONS: &[Migration] = &[Migration {
    name: "inspection_0001_printed_states",
    sql: "
    CREATE TABLE printed_states (
        code TEXT PRIMARY KEY,
        organization_id {uuid} NOT NULL REFERENCES organizations (id),
        fingerprint TEXT NOT NULL,
        document TEXT NOT NULL,
        printed_at BIGINT NOT NULL,
        printed_by {uuid}
    );
    CREATE UNIQUE INDEX printed_states_by_fingerprint
        ON printed_states (organization_id, fingerprint);
    ",
}];

/// Letters and digits that are not mistaken for each other on paper (Crockford's base 32).
const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";

row! {
    /// A printed state.
    #[derive(Debug, Clone)]
    pub(crate) struct PrintedState {
        pub(crate) code: String,
        pub(crate) organization_id: OrganizationId,
        pub(crate) document: serde_json::Value,
        pub(crate) printed_at: Instant,
        pub(crate) printed_by: Option<Uuid>,
    }
}

/// How often another code is drawn where one is taken. With a million prints on record one draw in
/// a million hits a taken code.
const DRAWS: u8 = 5;

/// A code of eight characters, `K7Q4-P2M9`: a million prints in one installation share a code with
/// a chance of less than one in two, and then another is drawn.
pub(crate) fn new_code(ids: &dyn IdGenerator) -> String {
    let mut bytes = [0_u8; 8];
    ids.fill_secret(&mut bytes);
    let mut code = String::with_capacity(9);
    for (place, byte) in bytes.into_iter().enumerate() {
        if place == 4 {
            code.push('-');
        }
        let letter = ALPHABET
            .get(usize::from(byte % 32))
            .copied()
            .unwrap_or(b'0');
        code.push(char::from(letter));
    }
    code
}

/// A typed code as it is stored: capitals, with the dash, look-alikes mended. `None` where it can
/// be no code.
pub(crate) fn read_code(typed: &str) -> Option<String> {
    let letters: Vec<char> = typed
        .trim()
        .chars()
        .filter(|character| !matches!(character, '-' | ' ' | '‐' | '－' | 'ー'))
        .map(|character| match character.to_ascii_uppercase() {
            'O' => '0',
            'I' | 'L' => '1',
            other => other,
        })
        .collect();
    let valid = letters.len() == 8
        && letters
            .iter()
            .all(|letter| u8::try_from(*letter).is_ok_and(|byte| ALPHABET.contains(&byte)));
    valid.then(|| {
        let (first, second) = letters.split_at(4);
        format!(
            "{}-{}",
            first.iter().collect::<String>(),
            second.iter().collect::<String>()
        )
    })
}

/// Keeps the state that is about to be printed and returns its code; the same state keeps the code
/// that it has.
pub(crate) async fn keep(
    tx: &mut Transaction,
    proof: &Authorized<actions::PrintPack>,
    ids: &dyn IdGenerator,
    fingerprint: &str,
    document: &serde_json::Value,
    by: Option<PersonId>,
    now: Instant,
) -> Result<String, StoreError> {
    let organization = proof.organization();
    let mut code = new_code(ids);
    for _ in 0..DRAWS {
        let taken = tx
            .count(
                "SELECT count(*) AS n FROM printed_states WHERE code = $1",
                params![&code],
            )
            .await?;
        if taken == 0 {
            break;
        }
        code = new_code(ids);
    }
    tx.execute(
        "INSERT INTO printed_states (code, organization_id, fingerprint, document, printed_at,
                                     printed_by)
         VALUES ($1, $2, $3, $4, $5, $6)
         ON CONFLICT (organization_id, fingerprint) DO NOTHING",
        params![&code, organization, fingerprint, document, now, by],
    )
    .await?;
    let kept: PrintedState = tx
        .one(
            "SELECT * FROM printed_states WHERE organization_id = $1 AND fingerprint = $2",
            params![organization, fingerprint],
        )
        .await?;
    Ok(kept.code)
}

/// The state of a code, wherever it belongs; the caller then asks the policy.
pub(crate) async fn find(
    database: &Database,
    code: &str,
) -> Result<Option<PrintedState>, StoreError> {
    database
        .optional(
            "SELECT * FROM printed_states WHERE code = $1",
            params![code],
        )
        .await
}

#[cfg(test)]
mod tests {
    use super::*;
    use yagura_store::testing;

    #[test]
    fn codes_are_read_as_people_type_them() {
        let code = new_code(testing::ids().as_ref());
        assert_eq!(code.len(), 9);
        assert_eq!(read_code(&code), Some(code.clone()));
        assert_eq!(
            read_code(&code.to_lowercase().replace('-', " ")),
            Some(code)
        );
        assert_eq!(read_code("oill-0000").as_deref(), Some("0111-0000"));
        for wrong in ["", "ABCD", "ABCD-EFGU", "ABCD-EFGHJ", "あいうえかきくけ"] {
            assert_eq!(read_code(wrong), None, "{wrong}");
        }
    }
}
