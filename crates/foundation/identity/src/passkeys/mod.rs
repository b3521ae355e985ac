//! Passkeys (WebAuthn level 3). The device checks the person itself, by PIN or biometry, hence a
//! passkey is two factors in one.

#[cfg(feature = "testing")]
pub mod testing;

use serde_json::Value;
use webauthn_rs::prelude::{
    AuthenticationResult, CredentialID, DiscoverableAuthentication, Passkey, PasskeyAuthentication,
    PasskeyRegistration, PublicKeyCredential, RegisterPublicKeyCredential, Url, Webauthn,
    WebauthnBuilder, WebauthnError,
};
use yagura_kernel::id::{AccountId, IdGenerator};
use yagura_kernel::time::Instant;
use yagura_store::{Database, StoreError, Transaction, params, row};

use crate::error::IdentityError;

/// The longest answer of a browser that is read.
const LONGEST_ANSWER: usize = 64 * 1024;
const LONGEST_NAME: usize = 60;

yagura_kernel::typed_id! {
    /// A registered passkey.
    pub struct PasskeyId;
}

/// The relying party: this installation under its public URL.
#[derive(Debug, Clone)]
pub(crate) struct Passkeys {
    relying_party: Webauthn,
    host: String,
}

impl Passkeys {
    /// `None` where the public URL has no host name: passkeys are bound to names, not addresses.
    pub(crate) fn new(public_url: &str, product_name: &str) -> Option<Self> {
        let url = Url::parse(public_url).ok()?;
        let domain = url.domain()?.to_owned();
        let builder = WebauthnBuilder::new(&domain, &url)
            .ok()?
            .rp_name(product_name);
        Some(Self {
            relying_party: builder.build().ok()?,
            host: domain,
        })
    }

    pub(crate) fn host(&self) -> &str {
        &self.host
    }

    pub(crate) fn begin_registration(
        &self,
        account: AccountId,
        login: &str,
        name: &str,
        known: &[Passkey],
    ) -> Result<(Value, PasskeyRegistration), IdentityError> {
        let exclude: Vec<CredentialID> = known
            .iter()
            .map(|passkey| passkey.cred_id().clone())
            .collect();
        let (options, state) = self
            .relying_party
            .start_passkey_registration(account.uuid(), login, name, Some(exclude))
            .map_err(failed)?;
        let mut options = serde_json::to_value(options).map_err(StoreError::from)?;
        // A key that the device itself can find lets the person sign in without a login.
        if let Some(selection) = options.pointer_mut("/publicKey/authenticatorSelection") {
            selection["residentKey"] = "preferred".into();
        }
        Ok((options, state))
    }

    pub(crate) fn finish_registration(
        &self,
        answer: &str,
        state: &PasskeyRegistration,
    ) -> Result<Passkey, IdentityError> {
        let answer: RegisterPublicKeyCredential = read(answer).ok_or_else(|| {
            IdentityError::Passkey("the browser's answer cannot be read".to_owned())
        })?;
        self.relying_party
            .finish_passkey_registration(&answer, state)
            .map_err(failed)
    }

    pub(crate) fn begin_second_factor(
        &self,
        known: &[Passkey],
    ) -> Result<(Value, PasskeyAuthentication), IdentityError> {
        if known.is_empty() {
            return Err(IdentityError::Passkey(
                "the account has no passkey".to_owned(),
            ));
        }
        let (options, state) = self
            .relying_party
            .start_passkey_authentication(known)
            .map_err(failed)?;
        Ok((
            serde_json::to_value(options).map_err(StoreError::from)?,
            state,
        ))
    }

    pub(crate) fn finish_second_factor(
        &self,
        answer: &str,
        state: &PasskeyAuthentication,
    ) -> Option<AuthenticationResult> {
        let answer: PublicKeyCredential = read(answer)?;
        verified(
            self.relying_party
                .finish_passkey_authentication(&answer, state),
        )
    }

    pub(crate) fn begin_sign_in(
        &self,
    ) -> Result<(Value, DiscoverableAuthentication), IdentityError> {
        let (options, state) = self
            .relying_party
            .start_discoverable_authentication()
            .map_err(failed)?;
        let mut options = serde_json::to_value(options).map_err(StoreError::from)?;
        // The person presses a button; the browser need not wait in the login field.
        if let Some(members) = options.as_object_mut() {
            members.remove("mediation");
        }
        Ok((options, state))
    }

    /// Who the passkey says it belongs to; not yet proven.
    pub(crate) fn identify(&self, answer: &str) -> Option<(AccountId, Vec<u8>)> {
        let answer: PublicKeyCredential = read(answer)?;
        let (account, credential) = self
            .relying_party
            .identify_discoverable_authentication(&answer)
            .ok()?;
        Some((AccountId::from(account), credential.to_vec()))
    }

    pub(crate) fn finish_sign_in(
        &self,
        answer: &str,
        state: DiscoverableAuthentication,
        known: &Passkey,
    ) -> Option<AuthenticationResult> {
        let answer: PublicKeyCredential = read(answer)?;
        verified(
            self.relying_party
                .finish_discoverable_authentication_v2(&answer, state, known),
        )
    }
}

fn read<T: serde::de::DeserializeOwned>(answer: &str) -> Option<T> {
    if answer.len() > LONGEST_ANSWER {
        return None;
    }
    serde_json::from_str(answer).ok()
}

fn verified(result: Result<AuthenticationResult, WebauthnError>) -> Option<AuthenticationResult> {
    match result {
        Ok(result) if result.user_verified() => Some(result),
        Ok(_) => None,
        Err(error) => {
            tracing::info!(%error, "a passkey was refused");
            None
        }
    }
}

#[expect(clippy::needless_pass_by_value, reason = "for map_err")]
fn failed(error: WebauthnError) -> IdentityError {
    IdentityError::Passkey(error.to_string())
}

row! {
    struct StoredPasskey { credential: serde_json::Value }
}

pub(crate) async fn of_account(
    tx: &mut Transaction,
    account: AccountId,
) -> Result<Vec<Passkey>, StoreError> {
    let rows: Vec<StoredPasskey> = tx
        .rows(
            "SELECT credential FROM passkeys WHERE account_id = $1 ORDER BY created_at, id",
            params![account],
        )
        .await?;
    rows.into_iter()
        .map(|row| Ok(serde_json::from_value(row.credential)?))
        .collect()
}

pub(crate) async fn find(
    tx: &mut Transaction,
    account: AccountId,
    credential: &[u8],
) -> Result<Option<Passkey>, StoreError> {
    let row: Option<StoredPasskey> = tx
        .optional(
            "SELECT credential FROM passkeys WHERE account_id = $1 AND credential_id = $2",
            params![account, credential],
        )
        .await?;
    row.map(|row| Ok(serde_json::from_value(row.credential)?))
        .transpose()
}

/// Keeps a new passkey.
pub(crate) async fn keep(
    tx: &mut Transaction,
    account: AccountId,
    passkey: &Passkey,
    name: &str,
    ids: &dyn IdGenerator,
    now: Instant,
) -> Result<PasskeyId, IdentityError> {
    let id = PasskeyId::new(ids);
    let name: String = name
        .chars()
        .filter(|character| !character.is_control())
        .take(LONGEST_NAME)
        .collect::<String>()
        .trim()
        .to_owned();
    let credential = serde_json::to_value(passkey).map_err(StoreError::from)?;
    let touched = tx
        .execute(
            "INSERT INTO passkeys (id, account_id, credential_id, credential, name, created_at)
             VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING",
            params![
                id.uuid(),
                account,
                passkey.cred_id().to_vec(),
                &credential,
                name,
                now
            ],
        )
        .await?;
    if touched == 0 {
        return Err(IdentityError::Passkey(
            "this passkey is registered already".to_owned(),
        ));
    }
    Ok(id)
}

/// Writes down that a passkey was used. False where it is gone meanwhile.
pub(crate) async fn note_use(
    tx: &mut Transaction,
    account: AccountId,
    used: &AuthenticationResult,
    now: Instant,
) -> Result<bool, StoreError> {
    let Some(mut passkey) = find(tx, account, used.cred_id()).await? else {
        return Ok(false);
    };
    passkey.update_credential(used);
    let touched = tx
        .execute(
            "UPDATE passkeys SET credential = $1, last_used_at = $2
             WHERE account_id = $3 AND credential_id = $4",
            params![
                &serde_json::to_value(&passkey)?,
                now,
                account,
                used.cred_id().to_vec()
            ],
        )
        .await?;
    Ok(touched == 1)
}

pub(crate) async fn remove(
    tx: &mut Transaction,
    account: AccountId,
    passkey: PasskeyId,
) -> Result<bool, StoreError> {
    let touched = tx
        .execute(
            "DELETE FROM passkeys WHERE id = $1 AND account_id = $2",
            params![passkey.uuid(), account],
        )
        .await?;
    Ok(touched == 1)
}

pub(crate) async fn remove_all(tx: &mut Transaction, account: AccountId) -> Result<(), StoreError> {
    tx.execute(
        "DELETE FROM passkeys WHERE account_id = $1",
        params![account],
    )
    .await?;
    Ok(())
}

row! {
    struct ListingRow {
        id: yagura_kernel::id::Uuid,
        name: String,
        created_at: Instant,
        last_used_at: Option<Instant>,
    }
}

/// A passkey as its owner sees it in the list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PasskeyListing {
    /// The passkey.
    pub id: PasskeyId,
    /// What the person calls it; may be empty.
    pub name: String,
    /// Since when.
    pub created_at: Instant,
    /// When it was last used.
    pub last_used_at: Option<Instant>,
}

/// The passkeys of an account, the oldest first.
///
/// # Errors
/// [`StoreError`] where the database does not answer.
pub async fn list(
    database: &Database,
    account: AccountId,
) -> Result<Vec<PasskeyListing>, StoreError> {
    let rows: Vec<ListingRow> = database
        .rows(
            "SELECT id, name, created_at, last_used_at FROM passkeys
             WHERE account_id = $1 ORDER BY created_at, id",
            params![account],
        )
        .await?;
    Ok(rows
        .into_iter()
        .map(|row| PasskeyListing {
            id: row.id.into(),
            name: row.name,
            created_at: row.created_at,
            last_used_at: row.last_used_at,
        })
        .collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn passkeys_need_a_host_name() {
        assert!(Passkeys::new("https://yagura.example.jp", "Yagura").is_some());
        assert!(Passkeys::new("http://localhost:8080", "Yagura").is_some());
        for without in ["http://127.0.0.1:8080", "https://[::1]", "", "yagura"] {
            assert!(Passkeys::new(without, "Yagura").is_none(), "{without}");
        }
    }

    #[test]
    fn the_browser_is_asked_for_verification_and_a_key_of_its_own() {
        let passkeys = Passkeys::new("https://yagura.example.jp", "Yagura").unwrap();
        let account = AccountId::from(yagura_kernel::id::Uuid::from_u128(9));
        let (options, _) = passkeys
            .begin_registration(account, "a@b.jp", "花子", &[])
            .unwrap();
        let selection = &options["publicKey"]["authenticatorSelection"];
        assert_eq!(selection["userVerification"], "required");
        assert_eq!(selection["residentKey"], "preferred");
        assert_eq!(options["publicKey"]["rp"]["id"], "yagura.example.jp");
        let (options, _) = passkeys.begin_sign_in().unwrap();
        assert_eq!(options["publicKey"]["userVerification"], "required");
        assert_eq!(
            options["publicKey"]["allowCredentials"],
            serde_json::json!([])
        );
        assert!(options.get("mediation").is_none());
    }

    #[test]
    fn junk_from_the_browser_is_refused() {
        let passkeys = Passkeys::new("https://yagura.example.jp", "Yagura").unwrap();
        for junk in ["", "{}", "null", "[]", &"[".repeat(100_000)] {
            assert!(passkeys.identify(junk).is_none());
        }
    }
}
