//! Receiving a file with its form: streamed into the store while it is judged, never held in
//! memory, nothing left of what is refused.

use std::pin::Pin;
use std::task::{Context as TaskContext, Poll};

use axum::body::Body;
use axum::extract::multipart::{Field, MultipartError};
use axum::extract::{FromRequest, Multipart, Request};
use bytes::Bytes;
use futures_util::Stream;
use http_body_util::Limited;
use yagura_store::StoreError;
use yagura_store::blobs::{BlobStore, PutError};
use yagura_web::ui::forms::FormState;
use yagura_web::{App, WebError};

use crate::media::{Inspector, MediaType, Refusal};
use crate::store::PendingUpload;

/// The name of the file's field.
pub(crate) const FILE: &str = "file";
/// How large a field without a file may be, in bytes.
const LARGEST_FIELD: usize = 32 * 1024;
/// How many fields a form may have.
const MOST_FIELDS: usize = 500;
/// How much besides the file a request may hold, in bytes.
const LARGEST_REST: usize = 2 * 1024 * 1024;

/// Why a file was not stored.
#[derive(Debug)]
pub(crate) enum FileFault {
    /// It is not of a kind that is taken.
    Refused(Refusal),
    /// It is larger than allowed.
    TooLarge {
        /// The limit in bytes.
        limit: u64,
    },
    /// The disk is full.
    DiskFull,
}

/// What a form sent.
#[derive(Debug)]
pub(crate) struct Received {
    /// Its fields as typed.
    pub(crate) state: FormState,
    /// The file, where one was sent.
    pub(crate) file: Option<Result<PendingUpload, FileFault>>,
}

/// Receives a form with at most one file.
///
/// # Errors
/// [`WebError::Invalid`] where it is no such form or broke off, [`WebError::TooLarge`] where it is
/// larger than any form can be.
pub(crate) async fn receive(app: &App, request: Request) -> Result<Received, WebError> {
    let limit = app.config().upload_limit;
    // What is too large is still read to its end up to twice the limit, because a browser shows no
    // answer that comes before it has sent everything.
    let most = usize::try_from(limit.saturating_mul(2)).unwrap_or(usize::MAX);
    let request =
        request.map(|body| Body::new(Limited::new(body, most.saturating_add(LARGEST_REST))));
    let mut multipart = Multipart::from_request(request, app)
        .await
        .map_err(|_| WebError::invalid("error-not-a-form"))?;
    let mut pairs: Vec<(String, String)> = Vec::new();
    let mut file = None;
    while let Some(field) = multipart
        .next_field()
        .await
        .map_err(|error| broken(&error, limit))?
    {
        let name = field.name().unwrap_or_default().to_owned();
        if name == FILE && field.file_name().is_some() {
            if let Some(outcome) = receive_file(app, field, limit).await?
                && file.is_none()
            {
                file = Some(outcome);
            }
            continue;
        }
        let value = receive_text(field, limit).await?;
        pairs.push((name, value));
        if pairs.len() > MOST_FIELDS {
            return Err(WebError::invalid("error-not-a-form"));
        }
    }
    Ok(Received {
        state: FormState::from_pairs(pairs),
        file,
    })
}

fn broken(error: &MultipartError, limit: u64) -> WebError {
    let too_large = error.status() == axum::http::StatusCode::PAYLOAD_TOO_LARGE
        || std::error::Error::source(error)
            .is_some_and(|source| source.to_string().contains("length limit"));
    if too_large {
        WebError::TooLarge { limit }
    } else {
        WebError::invalid("evidence-error-interrupted")
    }
}

async fn receive_text(mut field: Field<'_>, limit: u64) -> Result<String, WebError> {
    let mut bytes = Vec::new();
    while let Some(part) = field.chunk().await.map_err(|error| broken(&error, limit))? {
        bytes.extend_from_slice(&part);
        if bytes.len() > LARGEST_FIELD {
            return Err(WebError::invalid("evidence-error-field-too-large"));
        }
    }
    String::from_utf8(bytes).map_err(|_| WebError::invalid("error-not-a-form"))
}

/// `None` where the field of the file was left empty.
async fn receive_file(
    app: &App,
    field: Field<'_>,
    limit: u64,
) -> Result<Option<Result<PendingUpload, FileFault>>, WebError> {
    let name = field.file_name().unwrap_or_default().to_owned();
    let outcome = store_judged(app.blobs(), app.ids().id(), &name, field, limit).await;
    match outcome {
        Ok(upload) => Ok(Some(Ok(upload))),
        Err(StoringError::Refused(Refusal::Empty)) if name.is_empty() => Ok(None),
        Err(StoringError::Refused(refusal)) => Ok(Some(Err(FileFault::Refused(refusal)))),
        Err(StoringError::TooLarge) => Ok(Some(Err(FileFault::TooLarge { limit }))),
        Err(StoringError::Interrupted(reason)) => {
            tracing::info!(reason, "an upload broke off");
            Err(WebError::invalid("evidence-error-interrupted"))
        }
        Err(StoringError::Store(StoreError::DiskFull)) => Ok(Some(Err(FileFault::DiskFull))),
        Err(StoringError::Store(error)) => Err(error.into()),
    }
}

/// Why a stream was not stored.
#[derive(Debug, thiserror::Error)]
pub enum StoringError {
    /// It is not of a kind that is taken.
    #[error(transparent)]
    Refused(Refusal),
    /// It is larger than allowed.
    #[error("the file is too large")]
    TooLarge,
    /// The sender stopped in the middle.
    #[error("the upload broke off: {0}")]
    Interrupted(String),
    /// It could not be written.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Stores a stream while it is judged. Nothing of it remains where it is refused.
///
/// # Errors
/// [`StoringError`].
pub async fn store_judged<S, E>(
    blobs: &BlobStore,
    id: uuid::Uuid,
    file_name: &str,
    content: S,
    limit: u64,
) -> Result<PendingUpload, StoringError>
where
    S: Stream<Item = Result<Bytes, E>> + Unpin,
    E: std::fmt::Display,
{
    let mut judged = Judged {
        content,
        verdict: Inspector::new(file_name).map_or_else(Verdict::Refused, Verdict::Open),
    };
    let stored = blobs.put(&mut judged, limit).await;
    match (stored, judged.verdict) {
        (_, Verdict::Refused(refusal)) => Err(StoringError::Refused(refusal)),
        (Ok(blob), Verdict::Taken(media_type)) => Ok(PendingUpload {
            id,
            file_name: media_type.file_name(file_name),
            media_type,
            blob,
        }),
        (Ok(_), Verdict::Open(_)) => Err(StoringError::Interrupted("no end".to_owned())),
        (Err(PutError::TooLarge { .. }), _) => Err(StoringError::TooLarge),
        (Err(PutError::Interrupted(reason)), _) => Err(StoringError::Interrupted(reason)),
        (Err(PutError::Store(error)), _) => Err(StoringError::Store(error)),
    }
}

#[derive(Debug)]
enum Verdict {
    Open(Inspector),
    Taken(MediaType),
    Refused(Refusal),
}

/// A stream that ends in an error as soon as its content is refused.
struct Judged<S> {
    content: S,
    verdict: Verdict,
}

impl<S, E> Stream for Judged<S>
where
    S: Stream<Item = Result<Bytes, E>> + Unpin,
    E: std::fmt::Display,
{
    type Item = Result<Bytes, String>;

    fn poll_next(self: Pin<&mut Self>, task: &mut TaskContext<'_>) -> Poll<Option<Self::Item>> {
        let this = self.get_mut();
        let refuse = |verdict: &mut Verdict, refusal: Refusal| {
            *verdict = Verdict::Refused(refusal);
            Poll::Ready(Some(Err(refusal.to_string())))
        };
        match &this.verdict {
            Verdict::Refused(refusal) => return Poll::Ready(Some(Err(refusal.to_string()))),
            Verdict::Taken(_) => return Poll::Ready(None),
            Verdict::Open(_) => {}
        }
        match Pin::new(&mut this.content).poll_next(task) {
            Poll::Pending => Poll::Pending,
            Poll::Ready(Some(Err(error))) => Poll::Ready(Some(Err(error.to_string()))),
            Poll::Ready(Some(Ok(part))) => {
                let Verdict::Open(inspector) = &mut this.verdict else {
                    return Poll::Ready(None);
                };
                match inspector.feed(&part) {
                    Ok(()) => Poll::Ready(Some(Ok(part))),
                    Err(refusal) => refuse(&mut this.verdict, refusal),
                }
            }
            Poll::Ready(None) => {
                let open = std::mem::replace(&mut this.verdict, Verdict::Refused(Refusal::Empty));
                let Verdict::Open(inspector) = open else {
                    return Poll::Ready(None);
                };
                match inspector.finish() {
                    Ok(media_type) => {
                        this.verdict = Verdict::Taken(media_type);
                        Poll::Ready(None)
                    }
                    Err(refusal) => refuse(&mut this.verdict, refusal),
                }
            }
        }
    }
}
