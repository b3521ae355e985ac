//! Acts on verdicts and keys, each in one transaction with its audit entry.

use bytes::Bytes;
use data_encoding::HEXLOWER;
use serde_json::json;
use sha2::{Digest as _, Sha256};
use uuid::Uuid;
use yagura_evidence::{EvidenceHost, EvidenceKind, ItemRef, NewPiece, PendingUpload, StoringError};
use yagura_kernel::id::EvidenceId;
use yagura_kernel::policy::{Authorized, actions};
use yagura_kernel::time::Instant;
use yagura_store::Transaction;
use yagura_web::{Context, Records, WebError};

use crate::model::{self, LARGEST, ReadError, VALID_DAYS};
use crate::store::{self, KeyTrust, NewVerdict};

pub(crate) type Manage = Authorized<actions::ManageEvidence>;

/// The kind under which the audit log names verdicts.
const VERDICT: &str = "credential_verdict";
/// The kind under which the audit log names keys.
const KEY: &str = "credential_key";
/// The items behind which verdicts stand, by their keys since 令和7.
const ITEMS: [&str; 2] = ["2-7", "2-8"];

/// Why a file was not taken.
#[derive(Debug)]
pub(crate) enum Refused {
    /// It is no verdict that can be read.
    Read(ReadError),
    /// The key was said to count no more.
    Revoked,
    /// Too much waits for somebody to compare keys.
    TooMany,
}

impl Refused {
    /// The message.
    pub(crate) const fn key(&self) -> &'static str {
        match self {
            Self::Read(ReadError::TooLarge) => "credentials-error-too-large",
            Self::Read(ReadError::Form) => "credentials-error-form",
            Self::Read(ReadError::Signature) => "credentials-error-signature",
            Self::Read(ReadError::Inconsistent) => "credentials-error-inconsistent",
            Self::Read(ReadError::Future) => "credentials-error-future",
            Self::Revoked => "credentials-error-revoked",
            Self::TooMany => "credentials-error-too-many",
        }
    }
}

/// What became of an upload.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Uploaded {
    pub(crate) id: Uuid,
    /// Whether it counts, or waits for somebody to compare the key.
    pub(crate) is_trusted: bool,
}

/// Takes a file with a signed verdict. One that is there already stays as it is.
pub(crate) async fn upload(
    context: &Context,
    host: &dyn EvidenceHost,
    proof: &Manage,
    bytes: &[u8],
) -> Result<Result<Uploaded, Refused>, WebError> {
    let (signed, verdict, key) = match model::read(bytes, context.now) {
        Ok(read) => read,
        Err(error) => return Ok(Err(Refused::Read(error))),
    };
    let content = serde_json::to_string(&verdict).map_err(yagura_store::StoreError::from)?;
    let signed_text =
        serde_json::to_string_pretty(&signed).map_err(yagura_store::StoreError::from)?;
    let sha256 = HEXLOWER.encode(&Sha256::digest(signed.note.as_bytes()));
    let ids = context.app.ids();
    let checked_at = model::checked_at(&verdict);
    let mut tx = context.database().begin().await?;
    let fingerprint = model::fingerprint(&key);
    let (key_id, trust) = store::key_of(
        &mut tx,
        proof,
        ids,
        &key.to_string(),
        &fingerprint,
        context.now,
    )
    .await?;
    if let Some(id) = store::known(&mut tx, proof, &sha256).await? {
        return Ok(Ok(Uploaded {
            id,
            is_trusted: trust == KeyTrust::Trusted,
        }));
    }
    let is_trusted = match trust {
        KeyTrust::Trusted => true,
        KeyTrust::Waiting => false,
        KeyTrust::Revoked => return Ok(Err(Refused::Revoked)),
        KeyTrust::TooMany => return Ok(Err(Refused::TooMany)),
    };
    let id = ids.id();
    let new = NewVerdict {
        id,
        key: key_id,
        sha256: &sha256,
        checked_at,
        content: &content,
        signed: &signed_text,
        files: verdict
            .files
            .iter()
            .map(|file| file.label.as_str())
            .collect(),
    };
    store::insert(&mut tx, proof, &new, context.now).await?;
    let detail = json!({ "fingerprint": fingerprint, "sha256": sha256, "trusted": is_trusted,
                         "entries": verdict.entries() });
    context.audit(&mut tx, proof, VERDICT, id, detail).await?;
    if is_trusted {
        let piece = Piece {
            verdict: id,
            checked_at,
            upload: stored(context, &signed_text, checked_at).await?,
        };
        file(context, host, proof, &mut tx, vec![piece]).await?;
    }
    tx.commit().await?;
    Ok(Ok(Uploaded { id, is_trusted }))
}

/// A person has compared a key's fingerprint: its verdicts count, and become pieces of evidence.
pub(crate) async fn trust(
    context: &Context,
    host: &dyn EvidenceHost,
    proof: &Manage,
    key: Uuid,
) -> Result<(), WebError> {
    let mut pieces = Vec::new();
    for verdict in store::unfiled(context.database(), proof, key).await? {
        pieces.push(Piece {
            verdict: verdict.id,
            checked_at: verdict.checked_at,
            upload: stored(context, &verdict.signed, verdict.checked_at).await?,
        });
    }
    let mut tx = context.database().begin().await?;
    if store::trust(&mut tx, proof, key, context.now).await? {
        let detail = json!({ "trusted": true });
        context.audit(&mut tx, proof, KEY, key, detail).await?;
        file(context, host, proof, &mut tx, pieces).await?;
        tx.commit().await?;
    }
    Ok(())
}

/// A key counts no more: its verdicts prove nothing from now on. Their pieces of evidence stay
/// until somebody withdraws them.
pub(crate) async fn revoke(context: &Context, proof: &Manage, key: Uuid) -> Result<(), WebError> {
    let mut tx = context.database().begin().await?;
    if store::revoke(&mut tx, proof, key, context.now).await? {
        let detail = json!({ "trusted": false });
        context.audit(&mut tx, proof, KEY, key, detail).await?;
        context
            .app
            .records_changed(&mut tx, proof.organization(), Records::Evidence)
            .await?;
        tx.commit().await?;
    }
    Ok(())
}

/// Says that a file of passwords is used no more: verdicts on it from before count no more.
pub(crate) async fn retire(context: &Context, proof: &Manage, label: &str) -> Result<(), WebError> {
    let mut tx = context.database().begin().await?;
    if !store::retire(&mut tx, proof, label, context.now).await? {
        return Err(WebError::invalid("credentials-error-no-such-file"));
    }
    let detail = json!({ "retired": label });
    let organization = proof.organization();
    context
        .audit(&mut tx, proof, "credential_file", organization, detail)
        .await?;
    context
        .app
        .records_changed(&mut tx, organization, Records::Evidence)
        .await?;
    Ok(tx.commit().await?)
}

/// A verdict whose file was stored.
struct Piece {
    verdict: Uuid,
    checked_at: Instant,
    upload: PendingUpload,
}

async fn stored(
    context: &Context,
    text: &str,
    checked_at: Instant,
) -> Result<PendingUpload, WebError> {
    let day = yagura_kernel::time::format_iso(checked_at.jst_date());
    let name = format!("credentials-verdict-{day}.json");
    let part = Ok::<_, std::convert::Infallible>(Bytes::copy_from_slice(text.as_bytes()));
    let content = futures_util::stream::iter([part]);
    let limit = u64::try_from(LARGEST).unwrap_or(u64::MAX).saturating_mul(2);
    let ids = context.app.ids();
    yagura_evidence::store_judged(context.app.blobs(), ids.id(), &name, content, limit)
        .await
        .map_err(|error| match error {
            StoringError::Store(error) => error.into(),
            StoringError::Refused(_) | StoringError::TooLarge | StoringError::Interrupted(_) => {
                WebError::invalid("credentials-error-form")
            }
        })
}

/// Records verdicts as pieces of evidence behind the two items of the newest sheet that has them.
async fn file(
    context: &Context,
    host: &dyn EvidenceHost,
    proof: &Manage,
    tx: &mut Transaction,
    pieces: Vec<Piece>,
) -> Result<(), WebError> {
    let t = context.t();
    let organization = proof.organization();
    let packs = context.app.packs();
    let sheets = host
        .sheets(context.database(), &packs, organization, t)
        .await?;
    let items: Vec<ItemRef> = sheets
        .iter()
        .map(|sheet| {
            let items = sheet.items.iter();
            items
                .filter(|item| ITEMS.contains(&item.key.as_str()))
                .map(|item| ItemRef::new(sheet.sheet, item.key.clone()))
                .collect::<Vec<_>>()
        })
        .find(|items| items.len() == ITEMS.len())
        .unwrap_or_default();
    let ids = context.app.ids();
    for piece in pieces {
        let day = piece.checked_at.jst_date();
        let new = NewPiece {
            id: EvidenceId::from(piece.upload.id),
            title: t
                .t_args(
                    "credentials-evidence-title",
                    yagura_web::i18n::args![("date", t.date(day))],
                )
                .into_owned(),
            kind: EvidenceKind::Log,
            file_name: piece.upload.file_name.clone(),
            media_type: piece.upload.media_type,
            issued_on: Some(day),
            expires_on: Some(piece.checked_at.plus_days(VALID_DAYS).jst_date()),
            note: None,
        };
        let blob = &piece.upload.blob;
        let id = yagura_evidence::insert(tx, proof, ids, new, blob, context.now).await?;
        yagura_evidence::attach(tx, proof, ids, id, &items, context.now).await?;
        store::filed(tx, proof, piece.verdict, id.uuid()).await?;
        let detail = json!({ "hash": blob.hash, "size": blob.size, "verdict": piece.verdict });
        context.audit(tx, proof, "evidence", id, detail).await?;
    }
    let mut told: Vec<_> = items.iter().map(|at| at.sheet).collect();
    told.dedup();
    host.evidence_changed(tx, organization, &told, context.today, context.now)
        .await?;
    context
        .app
        .records_changed(tx, organization, Records::Evidence)
        .await?;
    Ok(())
}
