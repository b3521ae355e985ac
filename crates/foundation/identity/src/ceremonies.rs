//! What is begun in one request and ended in another: the server's half of a passkey ceremony or
//! of a sign-in at an identity provider. Short-lived, used once, and sealed.

use serde::Serialize;
use serde::de::DeserializeOwned;
use yagura_kernel::id::{SessionId, Uuid};
use yagura_kernel::time::Instant;
use yagura_store::{StoreError, Transaction, params, row};

use crate::error::IdentityError;
use crate::events::Act;
use crate::secrets::{SecretBox, SecretToken, equal};

/// What is begun.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    RegisterPasskey,
    PasskeyAsSecondFactor,
    SignInWithPasskey,
    SignInAtProvider,
}

impl Kind {
    const fn code(self) -> &'static str {
        match self {
            Self::RegisterPasskey => "register_passkey",
            Self::PasskeyAsSecondFactor => "passkey_as_second_factor",
            Self::SignInWithPasskey => "sign_in_with_passkey",
            Self::SignInAtProvider => "sign_in_at_provider",
        }
    }

    const fn lifetime_seconds(self) -> i64 {
        match self {
            Self::SignInAtProvider => 15 * 60,
            _ => 5 * 60,
        }
    }
}

/// How many strangers' ceremonies may wait. More than any installation has people, fewer than
/// would fill a disk.
const MOST_WAITING: i64 = 20_000;

/// To whom a ceremony belongs: only they can end it.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Owner<'a> {
    /// Whoever holds this session.
    Session(SessionId),
    /// The browser that holds this secret in a cookie.
    Browser(&'a SecretToken),
    /// Whoever holds the ceremony's token.
    Holder,
}

row! {
    struct Stored {
        session_id: Option<Uuid>,
        binding_hash: Option<Vec<u8>>,
        state: Vec<u8>,
        expires_at: Instant,
    }
}

/// Keeps the server's half and returns the token by which the other half refers to it.
pub(crate) async fn begin<T: Serialize>(
    tx: &mut Transaction,
    secrets: &SecretBox,
    act: Act<'_>,
    kind: Kind,
    owner: Owner<'_>,
    state: &T,
) -> Result<SecretToken, IdentityError> {
    tx.execute(
        "DELETE FROM ceremonies WHERE expires_at <= $1",
        params![act.now],
    )
    .await?;
    if !matches!(owner, Owner::Session(_)) {
        let waiting = tx
            .count(
                "SELECT count(*) AS n FROM ceremonies WHERE session_id IS NULL",
                params![],
            )
            .await?;
        if waiting >= MOST_WAITING {
            return Err(crate::password::Busy.into());
        }
    }
    let token = SecretToken::new(act.ids);
    let json = serde_json::to_vec(state).map_err(StoreError::from)?;
    let sealed = secrets.seal(kind.code(), &json, act.ids)?;
    let (session, binding) = match owner {
        Owner::Session(session) => (Some(session.uuid()), None),
        Owner::Browser(secret) => (None, Some(secret.hash())),
        Owner::Holder => (None, None),
    };
    tx.execute(
        "INSERT INTO ceremonies (token_hash, kind, session_id, binding_hash, state, expires_at)
         VALUES ($1, $2, $3, $4, $5, $6)",
        params![
            token.hash(),
            kind.code(),
            session,
            binding,
            sealed,
            act.now.plus_seconds(kind.lifetime_seconds())
        ],
    )
    .await?;
    Ok(token)
}

/// Takes the server's half out, once. It is gone also where what follows fails, provided the
/// transaction is committed.
pub(crate) async fn take<T: DeserializeOwned>(
    tx: &mut Transaction,
    secrets: &SecretBox,
    now: Instant,
    kind: Kind,
    owner: Owner<'_>,
    token: &SecretToken,
) -> Result<Option<T>, IdentityError> {
    let stored: Option<Stored> = tx
        .optional(
            "DELETE FROM ceremonies WHERE token_hash = $1 AND kind = $2
             RETURNING session_id, binding_hash, state, expires_at",
            params![token.hash(), kind.code()],
        )
        .await?;
    let Some(stored) = stored.filter(|stored| stored.expires_at > now) else {
        return Ok(None);
    };
    let belongs = match (owner, stored.session_id, &stored.binding_hash) {
        (Owner::Session(session), Some(owner), None) => session.uuid() == owner,
        (Owner::Browser(secret), None, Some(hash)) => equal(&secret.hash(), hash),
        (Owner::Holder, None, None) => true,
        _ => false,
    };
    if !belongs {
        return Ok(None);
    }
    let json = secrets.open(kind.code(), &stored.state)?;
    Ok(Some(
        serde_json::from_slice(&json).map_err(StoreError::from)?,
    ))
}

/// Removes what nobody ended.
pub(crate) async fn purge(tx: &mut Transaction, now: Instant) -> Result<u64, StoreError> {
    tx.execute(
        "DELETE FROM ceremonies WHERE expires_at <= $1",
        params![now],
    )
    .await
}
