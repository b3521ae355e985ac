//! Receiving a form with its files: each file is judged while it is stored, and nothing is left of
//! what is refused.

use axum::body::Body;
use axum::extract::{FromRequest as _, Multipart, Request};
use axum::http::header::CONTENT_TYPE;
use http_body_util::Limited;
use yagura_evidence::{Refusal, StoringError, store_judged};
use yagura_store::StoreError;
use yagura_store::blobs::StoredBlob;
use yagura_web::ui::forms::FormState;
use yagura_web::{Context, SubmittedForm, WebError};

use crate::store::MOST_FILES;

/// How large a field without a file may be, in bytes.
const LARGEST_FIELD: usize = 32 * 1024;
/// How many fields a form may have.
const MOST_FIELDS: usize = 500;

/// A file that came with a form.
pub(crate) struct Arrived {
    /// The field of the form that it answers.
    pub(crate) field: String,
    /// Its id.
    pub(crate) id: uuid::Uuid,
    /// Its name.
    pub(crate) name: String,
    /// Its media type, by code.
    pub(crate) media_type: &'static str,
    /// Where it is stored.
    pub(crate) blob: StoredBlob,
}

/// What came.
pub(crate) struct Received {
    /// The fields as typed.
    pub(crate) state: FormState,
    /// The files that were taken.
    pub(crate) files: Vec<Arrived>,
    /// The fields whose file was refused, with the message's key.
    pub(crate) refused: Vec<(String, &'static str)>,
}

/// Receives a form, with or without files.
pub(crate) async fn receive(context: &Context, request: Request) -> Result<Received, WebError> {
    let app = &context.app;
    let is_multipart = request
        .headers()
        .get(CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .is_some_and(|value| value.starts_with("multipart/form-data"));
    if !is_multipart {
        let SubmittedForm(state) = SubmittedForm::from_request(request, app).await?;
        return Ok(Received {
            state,
            files: Vec::new(),
            refused: Vec::new(),
        });
    }
    let limit = app.config().upload_limit;
    // What is too large is read up to twice the limit: a browser shows no answer before it has sent
    // everything.
    let most = usize::try_from(limit.saturating_mul(2)).unwrap_or(usize::MAX);
    let request = request.map(|body| Body::new(Limited::new(body, most)));
    let broken = |_| WebError::TooLarge { limit };
    let mut multipart = Multipart::from_request(request, app)
        .await
        .map_err(|_| WebError::invalid("error-not-a-form"))?;
    let mut pairs: Vec<(String, String)> = Vec::new();
    let mut files = Vec::new();
    let mut refused = Vec::new();
    while let Some(mut field) = multipart.next_field().await.map_err(broken)? {
        let name = field.name().unwrap_or_default().to_owned();
        if let Some(file_name) = field.file_name().map(str::to_owned) {
            if files.len() >= MOST_FILES {
                return Err(WebError::invalid("requests-fault-too-many"));
            }
            let id = app.ids().id();
            match store_judged(app.blobs(), id, &file_name, field, limit).await {
                Ok(upload) => files.push(Arrived {
                    field: name,
                    id,
                    name: upload.file_name,
                    media_type: upload.media_type.code(),
                    blob: upload.blob,
                }),
                Err(StoringError::Refused(Refusal::Empty)) if file_name.is_empty() => {}
                Err(StoringError::Refused(_)) => refused.push((name, "requests-file-refused")),
                Err(StoringError::TooLarge) => refused.push((name, "requests-file-too-large")),
                Err(StoringError::Interrupted(_)) => {
                    return Err(WebError::invalid("requests-file-interrupted"));
                }
                Err(StoringError::Store(StoreError::DiskFull)) => {
                    return Err(StoreError::DiskFull.into());
                }
                Err(StoringError::Store(error)) => return Err(error.into()),
            }
            continue;
        }
        let mut bytes = Vec::new();
        while let Some(part) = field.chunk().await.map_err(broken)? {
            bytes.extend_from_slice(&part);
            if bytes.len() > LARGEST_FIELD {
                return Err(WebError::invalid("error-not-a-form"));
            }
        }
        let value = String::from_utf8(bytes).map_err(|_| WebError::invalid("error-not-a-form"))?;
        pairs.push((name, value));
        if pairs.len() > MOST_FIELDS {
            return Err(WebError::invalid("error-not-a-form"));
        }
    }
    Ok(Received {
        state: FormState::from_pairs(pairs),
        files,
        refused,
    })
}
