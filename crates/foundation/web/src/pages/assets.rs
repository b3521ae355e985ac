use axum::extract::Path;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE, ETAG};
use axum::response::{IntoResponse, Response};

use crate::assets;
use crate::error::WebError;

/// Style, script and pictures; their address changes with their content.
pub(super) async fn file(Path(file): Path<String>) -> Result<Response, WebError> {
    let asset = assets::lookup(&file).ok_or(WebError::NotFound)?;
    Ok((
        [
            (CONTENT_TYPE, asset.content_type),
            (CACHE_CONTROL, asset.cache_control),
            (ETAG, asset.etag),
        ],
        asset.bytes,
    )
        .into_response())
}
