//! The file of a piece: shown, and saved. Each delivery is authorised and put into the audit log
//! before the first byte leaves.

use axum::body::Body;
use axum::http::header::{
    CONTENT_DISPOSITION, CONTENT_LENGTH, CONTENT_SECURITY_POLICY, CONTENT_TYPE, X_FRAME_OPTIONS,
};
use axum::http::{HeaderName, HeaderValue};
use axum::response::Response;
use futures_util::StreamExt as _;
use maud::{Markup, html};
use serde::Deserialize;
use serde_json::json;
use yagura_kernel::id::EvidenceId;
use yagura_kernel::policy::{Authorized, actions};
use yagura_web::api::{PathOf, QueryOf};
use yagura_web::i18n::args;
use yagura_web::ui::components::{Tone, description_list, note};
use yagura_web::ui::forms::link_button;
use yagura_web::ui::layout::Crumb;
use yagura_web::{App, Context, WebError};

use super::{authorize, crumbs};
use crate::media::{Decoded, Preview, decode_beginning};
use crate::model::{Piece, Version};
use crate::operations::RESOURCE;
use crate::{store, words};
use yagura_web::percent_encoded;

/// How much of a text is shown, in bytes.
const TEXT_SHOWN: usize = 256 * 1024;

/// Nothing of a delivered file may load or run anything; should it be opened by itself, it has an
/// origin of its own.
const FILE_POLICY: &str = "default-src 'none'; sandbox; frame-ancestors 'self'";
/// The same for a PDF, without the sandbox, in which browsers refuse to start their PDF viewer.
/// The viewer itself asks for what is allowed here.
const PDF_POLICY: &str = "default-src 'none'; object-src 'self'; style-src 'unsafe-inline'; \
     img-src 'self' data: blob:; font-src data: blob:; frame-ancestors 'self'";

/// Which version is wanted; the newest where it is not said.
#[derive(Debug, Clone, Copy, Default, Deserialize)]
pub(crate) struct VersionQuery {
    pub(crate) version: Option<i64>,
}

/// How a file is delivered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Delivery {
    /// To be saved.
    Saved,
    /// To be shown inside a page of the program.
    Shown,
}

impl Delivery {
    const fn word(self) -> &'static str {
        match self {
            Self::Saved => "attachment",
            Self::Shown => "inline",
        }
    }
}

/// The value of a `Content-Disposition` header (RFC 6266) with the name in both writings: ASCII
/// for old programs, UTF-8 (RFC 8187) for all others.
pub(crate) fn disposition(kind: &str, name: &str) -> String {
    let plain: String = name
        .chars()
        .map(|c| {
            if c.is_ascii_graphic() && !matches!(c, '"' | '\\' | '%') {
                c
            } else {
                '_'
            }
        })
        .collect();
    format!(
        "{kind}; filename=\"{plain}\"; filename*=UTF-8''{}",
        percent_encoded(name)
    )
}

/// A file of a version, streamed.
pub(crate) async fn deliver(
    app: &App,
    version: &Version,
    delivery: Delivery,
) -> Result<Response, WebError> {
    let content = app.blobs().open(&version.hash).await?;
    let mut response = Response::new(Body::from_stream(content.boxed()));
    let policy = match version.media_type.preview() {
        Preview::Pdf => PDF_POLICY,
        _ => FILE_POLICY,
    };
    let headers = response.headers_mut();
    let mut set = |name: HeaderName, value: &str| {
        if let Ok(value) = HeaderValue::from_str(value) {
            headers.insert(name, value);
        }
    };
    set(CONTENT_TYPE, version.media_type.mime());
    set(CONTENT_LENGTH, &version.size.to_string());
    set(
        CONTENT_DISPOSITION,
        &disposition(delivery.word(), &version.file_name),
    );
    set(CONTENT_SECURITY_POLICY, policy);
    set(X_FRAME_OPTIONS, "SAMEORIGIN");
    set(HeaderName::from_static("x-content-type-options"), "nosniff");
    Ok(response)
}

type Download = Authorized<actions::DownloadEvidence>;

async fn wanted(
    context: &Context,
    id: EvidenceId,
    query: VersionQuery,
) -> Result<(Download, Piece, Version), WebError> {
    let proof = authorize::<actions::DownloadEvidence>(context, id).await?;
    let piece = store::piece(context.database(), &proof, id).await?;
    let number = query.version.unwrap_or(piece.number);
    let version = store::version(context.database(), &proof, id, number).await?;
    Ok((proof, piece, version))
}

async fn log(
    context: &Context,
    proof: &Download,
    id: EvidenceId,
    version: &Version,
    how: &str,
) -> Result<(), WebError> {
    let detail = json!({ "version": version.number, "hash": version.hash, "how": how });
    Ok(context.audit_read(proof, RESOURCE, id, detail).await?)
}

/// Saves the file.
pub(super) async fn download(
    context: Context,
    PathOf(id): PathOf<EvidenceId>,
    QueryOf(query): QueryOf<VersionQuery>,
) -> Result<Response, WebError> {
    let (proof, _, version) = wanted(&context, id, query).await?;
    log(&context, &proof, id, &version, "saved").await?;
    deliver(&context.app, &version, Delivery::Saved).await
}

/// What the viewer's page shows: pictures and PDF; anything else is not there.
pub(super) async fn content(
    context: Context,
    PathOf(id): PathOf<EvidenceId>,
    QueryOf(query): QueryOf<VersionQuery>,
) -> Result<Response, WebError> {
    let (proof, _, version) = wanted(&context, id, query).await?;
    match version.media_type.preview() {
        Preview::Pdf | Preview::Image => {
            log(&context, &proof, id, &version, "shown").await?;
            deliver(&context.app, &version, Delivery::Shown).await
        }
        Preview::Text | Preview::None => Err(WebError::NotFound),
    }
}

/// The viewer.
pub(super) async fn preview(
    context: Context,
    PathOf(id): PathOf<EvidenceId>,
    QueryOf(query): QueryOf<VersionQuery>,
) -> Result<Response, WebError> {
    let (proof, piece, version) = wanted(&context, id, query).await?;
    let t = context.t();
    let suffix = query
        .version
        .map(|number| format!("?version={number}"))
        .unwrap_or_default();
    let content = format!("/evidence/{id}/content{suffix}");
    let save = format!("/evidence/{id}/file{suffix}");
    let shown = match version.media_type.preview() {
        Preview::Pdf => html! {
            object data=(content) type=(version.media_type.mime()) width="100%" height="1000"
                aria-label=(piece.title) {
                p { (t.t("evidence-no-viewer")) " " a href=(save) { (t.t("evidence-save-file")) } }
            }
        },
        Preview::Image => html! { p { img src=(content) alt=(piece.title); } },
        Preview::Text => {
            let text = beginning(&context.app, &version).await?;
            log(&context, &proof, id, &version, "shown").await?;
            text_view(&context, &version, &text, &save)
        }
        Preview::None => note(t, Tone::Info, html! { (t.t("evidence-no-preview")) }),
    };
    let mut frame = context.frame(&piece.title);
    frame.breadcrumbs = crumbs(&context, &proof);
    frame
        .breadcrumbs
        .push(Crumb::new(&piece.title, piece.page()));
    frame.wide = true;
    frame.actions = Some(html! {
        (link_button(&save, t.t("evidence-save-file"), true)) " "
        (link_button(&piece.page(), t.t("evidence-to-details"), false))
    });
    let body = html! {
        (description_list(&[
            (t.t("evidence-file-name"), html! { (version.file_name) "　" (words::media_type(t, version.media_type)) " " (words::size(version.size)) }),
            (t.t("evidence-validity"), words::validity(t, &piece, context.today)),
        ]))
        (shown)
    };
    context.respond(frame, body).await
}

/// The beginning of a text, decoded; the rest of the file is not read.
async fn beginning(app: &App, version: &Version) -> Result<Decoded, WebError> {
    let mut content = std::pin::pin!(app.blobs().open(&version.hash).await?);
    let mut bytes = Vec::new();
    while bytes.len() < TEXT_SHOWN {
        match content.next().await {
            Some(part) => bytes.extend_from_slice(&part?),
            None => break,
        }
    }
    bytes.truncate(TEXT_SHOWN);
    Ok(decode_beginning(&bytes))
}

fn text_view(context: &Context, version: &Version, text: &Decoded, save: &str) -> Markup {
    let t = context.t();
    let cut = version.size > i64::try_from(TEXT_SHOWN).unwrap_or(i64::MAX);
    html! {
        p.small { (t.t_args("evidence-encoding", args![("encoding", text.encoding)])) }
        pre tabindex="0" { (text.text) }
        @if cut {
            (note(t, Tone::Info, html! {
                (t.t_args("evidence-text-cut", args![("size", words::size(i64::try_from(TEXT_SHOWN).unwrap_or(0)))]))
                " " a href=(save) { (t.t("evidence-save-file")) }
            }))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_cannot_leave_its_header() {
        let value = disposition("attachment", "契約\"書\r\nX: 1%.pdf");
        assert_eq!(
            value,
            "attachment; filename=\"______X:_1_.pdf\"; \
             filename*=UTF-8''%E5%A5%91%E7%B4%84%22%E6%9B%B8%0D%0AX%3A%201%25.pdf"
        );
        assert!(HeaderValue::from_str(&value).is_ok());
    }
}
