//! `Idempotency-Key`: an unsafe request of the API that is sent again is answered again and not
//! done again.
//!
//! A record stands before the request is handled and gets the answer after it. The request is
//! handled to its end also where the client is gone meanwhile, so that what it asks for again has
//! an answer. What was written carries a mark in the record *in the transaction of the change*
//! ([`mark_changed`], by `Context::audit`): after a crash between the change and the answer the
//! record says which of the two it was, and the change is not doubled.
//!
//! Only answers of success are kept. A refusal changed nothing, so its record is dropped and the
//! key may be used again with the mended request. Keys are kept as keyed hashes and answers sealed,
//! because some hold links and tokens that are shown once.

use std::panic::AssertUnwindSafe;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::body::{Body, Bytes, HttpBody as _, to_bytes};
use axum::extract::{Request, State};
use axum::http::header::{CONTENT_TYPE, HeaderName, LOCATION};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use futures_util::{FutureExt as _, StreamExt as _};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use uuid::Uuid;
use yagura_kernel::time::Instant;
use yagura_store::{Database, Migration, StoreError, Transaction, params, row};

use crate::app::App;
use crate::authentication::{Authenticated, Means};
use crate::error::WebError;

/// The header with the key.
pub const KEY: HeaderName = HeaderName::from_static("idempotency-key");
/// The header of an answer that was kept.
pub const REPLAYED: HeaderName = HeaderName::from_static("idempotency-replayed");
/// For how long a key is known.
pub const KEPT_SECONDS: i64 = 24 * 60 * 60;
/// How long a request may take that came with a key, uploads included. One that has not ended by
/// then was lost with its process.
pub(crate) const LONGEST_SECONDS: i64 = 120;
const LONGEST_KEY: usize = 255;
/// Answers to changes are small; a larger one is done and not kept.
const LARGEST_ANSWER: u64 = 256 * 1024;
/// How many keys of one caller are known at once.
const MOST_KEYS: i64 = 20_000;
/// How much later than that it is taken for lost.
const GRACE_SECONDS: i64 = 10;
/// When to come back while the same request is being handled.
const AGAIN_SECONDS: i64 = 2;

/// The tables.
pub(crate) const MIGRATIONS: &[Migration] = &[Migration {
    name: "web_0001_idempotency",
    sql: "
    CREATE TABLE idempotency_keys (
        key_hash {blob} PRIMARY KEY,
        id {uuid} NOT NULL,
        caller_hash {blob} NOT NULL,
        request TEXT NOT NULL,
        body_hash {blob},
        body_length BIGINT,
        body_ended BIGINT,
        started_at BIGINT NOT NULL,
        changed BIGINT NOT NULL,
        finished BIGINT NOT NULL,
        answer {blob}
    );
    CREATE UNIQUE INDEX idempotency_keys_by_id ON idempotency_keys (id);
    CREATE INDEX idempotency_keys_by_caller ON idempotency_keys (caller_hash);
    CREATE INDEX idempotency_keys_by_time ON idempotency_keys (started_at);
    ",
}];

/// The record of the request that is being handled, for those who write.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Record(Uuid);

row! {
    struct Stored {
        id: Uuid,
        request: String,
        body_hash: Option<Vec<u8>>,
        body_length: Option<i64>,
        body_ended: Option<bool>,
        started_at: Instant,
        changed: bool,
        finished: bool,
        answer: Option<Vec<u8>>,
    }
}

#[derive(Debug, Serialize, Deserialize)]
struct Answer {
    status: u16,
    content_type: Option<String>,
    location: Option<String>,
    body: String,
}

/// Says in the transaction of a change that the request has changed something.
pub(crate) async fn mark_changed(tx: &mut Transaction, record: Record) -> Result<(), StoreError> {
    tx.execute_later(
        "UPDATE idempotency_keys SET changed = 1 WHERE id = $1",
        params![record.0],
    )
    .await
}

/// Removes what is known no longer. For an hourly job; returns how many went.
///
/// # Errors
/// [`StoreError`] where the database refuses.
pub async fn purge(database: &Database, now: Instant) -> Result<u64, StoreError> {
    let mut tx = database.begin().await?;
    let removed = tx
        .execute(
            "DELETE FROM idempotency_keys WHERE started_at < $1",
            params![now.plus_seconds(-KEPT_SECONDS)],
        )
        .await?;
    tx.commit().await?;
    Ok(removed)
}

/// Handles requests with a key.
pub(crate) async fn keep(State(app): State<App>, request: Request, next: Next) -> Response {
    let changes = matches!(
        *request.method(),
        Method::POST | Method::PUT | Method::PATCH | Method::DELETE
    );
    if !changes
        || !request.uri().path().starts_with("/api/v1/")
        || !request.headers().contains_key(&KEY)
    {
        return next.run(request).await;
    }
    handle(app, request, next)
        .await
        .unwrap_or_else(IntoResponse::into_response)
}

async fn handle(app: App, mut request: Request, next: Next) -> Result<Response, WebError> {
    let key = read_key(request.headers())?;
    // Who is a stranger, or has a step of signing in before them, is refused by the handler.
    let who = app
        .authenticator()
        .authenticate(&app, request.headers())
        .await?;
    let Some(caller) = who.as_ref().and_then(caller) else {
        return Ok(next.run(request).await);
    };
    let marks = Marks::new(&app, &caller, &key);
    let target = request
        .uri()
        .path_and_query()
        .map_or_else(|| request.uri().path(), |whole| whole.as_str());
    let asked = format!("{} {target}", request.method());
    match begin(&app, &marks, &asked).await? {
        Begun::New(record) => {
            request.extensions_mut().insert(record);
            let (parts, body) = request.into_parts();
            let (body, seen) = Seen::watch(body);
            let request = Request::from_parts(parts, body);
            // On a task of its own: a client that goes away does not end it in the middle.
            let task = tokio::spawn(run(app, marks, record, request, next, seen));
            task.await
                .map_err(|error| WebError::Internal(error.to_string()))?
        }
        Begun::Known(stored) => {
            let now = app.now();
            if stored.request != asked {
                return Err(WebError::IdempotencyKeyReused);
            }
            if !stored.finished {
                let running =
                    now.seconds_since(stored.started_at) <= LONGEST_SECONDS + GRACE_SECONDS;
                return Err(match (stored.changed, running) {
                    (_, true) => WebError::InFlight {
                        seconds: AGAIN_SECONDS,
                    },
                    (true, false) => WebError::AnswerLost,
                    (false, false) => WebError::OutcomeUnknown,
                });
            }
            if let Some(read) = stored.read() {
                let most = app.config().upload_limit.saturating_mul(2);
                if !read.is_the_same(request.into_body(), most).await {
                    return Err(WebError::IdempotencyKeyReused);
                }
            }
            replay(&app, &stored)
        }
    }
}

fn read_key(headers: &HeaderMap) -> Result<String, WebError> {
    let mut values = headers.get_all(&KEY).iter();
    let (Some(value), None) = (values.next(), values.next()) else {
        return Err(WebError::invalid("error-idempotency-key"));
    };
    value
        .to_str()
        .ok()
        .filter(|key| (1..=LONGEST_KEY).contains(&key.len()))
        .filter(|key| key.bytes().all(|byte| byte.is_ascii_graphic()))
        .map(str::to_owned)
        .ok_or(WebError::invalid("error-idempotency-key"))
}

/// Whose key it is: that of a person in an organisation, or of one API token, whose scopes are its
/// own. The holder of a link changes nothing.
fn caller(who: &Authenticated) -> Option<String> {
    if who.must_pass_second_factor || who.must_enrol_second_factor {
        return None;
    }
    let organization = who.principal.organization;
    match (who.means, who.principal.actor) {
        (Means::Token(token), _) => Some(format!("token {token}")),
        (Means::Session(_), yagura_kernel::policy::Actor::Person { account, .. }) => {
            Some(format!("account {account} in {organization}"))
        }
        _ => None,
    }
}

/// By what a key and its caller are known in the database.
struct Marks {
    key: Vec<u8>,
    caller: Vec<u8>,
}

impl Marks {
    fn new(app: &App, caller: &str, key: &str) -> Self {
        let secrets = app.identity().secrets();
        let of = |text: String| secrets.mark("idempotency", text.as_bytes()).to_vec();
        Self {
            key: of(format!("{caller}\n{key}")),
            caller: of(caller.to_owned()),
        }
    }
}

enum Begun {
    New(Record),
    Known(Stored),
}

/// Records a key, or finds what is known of it. Of two requests that come together one is first.
async fn begin(app: &App, marks: &Marks, asked: &str) -> Result<Begun, StoreError> {
    let now = app.now();
    let record = Record(app.ids().id());
    let mut tx = app.database().begin().await?;
    tx.execute(
        "DELETE FROM idempotency_keys WHERE key_hash = $1 AND started_at < $2",
        params![marks.key.as_slice(), now.plus_seconds(-KEPT_SECONDS)],
    )
    .await?;
    let inserted = tx
        .execute(
            "INSERT INTO idempotency_keys (key_hash, id, caller_hash, request, started_at, changed,
                                           finished)
             VALUES ($1, $2, $3, $4, $5, 0, 0) ON CONFLICT (key_hash) DO NOTHING",
            params![
                marks.key.as_slice(),
                record.0,
                marks.caller.as_slice(),
                asked,
                now
            ],
        )
        .await?;
    let begun = if inserted == 1 {
        Begun::New(record)
    } else {
        let stored: Option<Stored> = tx
            .optional(
                "SELECT * FROM idempotency_keys WHERE key_hash = $1",
                params![marks.key.as_slice()],
            )
            .await?;
        Begun::Known(stored.ok_or(StoreError::Conflict)?)
    };
    tx.commit().await?;
    Ok(begun)
}

/// What a handler read of a request's body, being read.
#[derive(Clone, Default)]
struct Seen(Arc<Mutex<SeenSoFar>>);

#[derive(Default)]
struct SeenSoFar {
    hasher: Sha256,
    length: u64,
    ended: bool,
}

/// What a handler read of a request's body. A reader of forms with files stops at the form's last
/// boundary, a handler that needs no body reads nothing: then only what was read belongs to what
/// was asked.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Read {
    hash: Vec<u8>,
    length: u64,
    ended: bool,
}

impl Seen {
    /// A body that is hashed while the handler reads it.
    fn watch(body: Body) -> (Body, Self) {
        let seen = Self::default();
        let (watching, ending) = (seen.clone(), seen.clone());
        let read = body.into_data_stream().inspect(move |part| {
            if let (Ok(part), Ok(mut so_far)) = (part, watching.0.lock()) {
                so_far.hasher.update(part);
                so_far.length += part.len() as u64;
            }
        });
        let end = futures_util::stream::poll_fn(move |_| {
            if let Ok(mut so_far) = ending.0.lock() {
                so_far.ended = true;
            }
            std::task::Poll::Ready(None::<Result<Bytes, axum::Error>>)
        });
        (Body::from_stream(read.chain(end)), seen)
    }

    fn read(&self) -> Option<Read> {
        let so_far = self.0.lock().ok()?;
        Some(Read {
            hash: so_far.hasher.clone().finalize().to_vec(),
            length: so_far.length,
            ended: so_far.ended,
        })
    }
}

impl Stored {
    fn read(&self) -> Option<Read> {
        Some(Read {
            hash: self.body_hash.clone()?,
            length: self.body_length?.try_into().ok()?,
            ended: self.body_ended?,
        })
    }
}

impl Read {
    /// Whether a body that is sent again says the same, as far as it was read the first time.
    async fn is_the_same(&self, body: Body, most: u64) -> bool {
        let most = most.saturating_add(crate::submitted::FORM_LIMIT as u64);
        let mut hasher = Sha256::new();
        let mut length: u64 = 0;
        let mut parts = body.into_data_stream();
        while let Some(part) = parts.next().await {
            let Ok(part) = part else { return false };
            let wanted = self.length.saturating_sub(length);
            let taken = usize::try_from(wanted).map_or(part.len(), |wanted| wanted.min(part.len()));
            hasher.update(part.get(..taken).unwrap_or_default());
            length = length.saturating_add(part.len() as u64);
            if length > most || (self.ended && length > self.length) {
                return false;
            }
        }
        length >= self.length && hasher.finalize().to_vec() == self.hash
    }
}

async fn run(
    app: App,
    marks: Marks,
    record: Record,
    request: Request,
    next: Next,
    seen: Seen,
) -> Result<Response, WebError> {
    if let Err(error) = hold_to_bound(&app, &marks).await {
        forget(&app, record).await?;
        return Err(error);
    }
    let longest = Duration::from_secs(LONGEST_SECONDS.unsigned_abs());
    let handled = AssertUnwindSafe(tokio::time::timeout(longest, next.run(request))).catch_unwind();
    let response = match handled.await {
        Ok(Ok(response)) => response,
        Ok(Err(_)) => StatusCode::REQUEST_TIMEOUT.into_response(),
        Err(_) => WebError::Internal("a handler panicked".to_owned()).into_response(),
    };
    if response.status().is_success() || response.status().is_redirection() {
        return finish(&app, record, response, &seen).await;
    }
    forget(&app, record).await?;
    Ok(response)
}

async fn hold_to_bound(app: &App, marks: &Marks) -> Result<(), WebError> {
    let known = app
        .database()
        .count(
            "SELECT count(*) AS n FROM idempotency_keys WHERE caller_hash = $1",
            params![marks.caller.as_slice()],
        )
        .await?;
    if known > MOST_KEYS {
        return Err(WebError::TooMany { seconds: 3_600 });
    }
    Ok(())
}

/// Drops the record of a request that changed nothing. One that changed something and was answered
/// as a failure all the same stays, so that it is not done again.
async fn forget(app: &App, record: Record) -> Result<(), StoreError> {
    let mut tx = app.database().begin().await?;
    tx.execute(
        "DELETE FROM idempotency_keys WHERE id = $1 AND changed = 0",
        params![record.0],
    )
    .await?;
    // Finished without an answer: it is said at once that the change was made.
    tx.execute(
        "UPDATE idempotency_keys SET finished = 1 WHERE id = $1",
        params![record.0],
    )
    .await?;
    tx.commit().await
}

fn text(headers: &HeaderMap, name: &HeaderName) -> Option<String> {
    headers.get(name)?.to_str().ok().map(str::to_owned)
}

/// Keeps the answer for whoever asks again.
async fn finish(
    app: &App,
    record: Record,
    response: Response,
    seen: &Seen,
) -> Result<Response, WebError> {
    let small = response
        .body()
        .size_hint()
        .upper()
        .is_some_and(|upper| upper <= LARGEST_ANSWER);
    let (response, answer) = if small {
        let (parts, body) = response.into_parts();
        let limit = usize::try_from(LARGEST_ANSWER).unwrap_or(usize::MAX);
        let bytes = to_bytes(body, limit)
            .await
            .map_err(|error| WebError::Internal(error.to_string()))?;
        let answer = Answer {
            status: parts.status.as_u16(),
            content_type: text(&parts.headers, &CONTENT_TYPE),
            location: text(&parts.headers, &LOCATION),
            body: data_encoding::BASE64.encode(&bytes),
        };
        (Response::from_parts(parts, Body::from(bytes)), Some(answer))
    } else {
        (response, None)
    };
    let sealed = match answer {
        Some(answer) => {
            let json = serde_json::to_vec(&answer).map_err(StoreError::from)?;
            let sealed = app
                .identity()
                .secrets()
                .seal(&context(record.0), &json, app.ids())
                .map_err(|error| WebError::Internal(error.to_string()))?;
            Some(sealed)
        }
        None => None,
    };
    let (hash, length, ended) = match seen.read() {
        Some(read) => (
            Some(read.hash),
            i64::try_from(read.length).ok(),
            Some(read.ended),
        ),
        None => (None, None, None),
    };
    let kept = async {
        let mut tx = app.database().begin().await?;
        tx.execute(
            "UPDATE idempotency_keys SET finished = 1, answer = $1, body_hash = $2,
                    body_length = $3, body_ended = $4
             WHERE id = $5",
            params![sealed, hash, length, ended, record.0],
        )
        .await?;
        tx.commit().await
    };
    // The change is made: whoever waits hears so, also where its answer cannot be kept.
    if let Err(error) = kept.await {
        tracing::error!(%error, "an answer could not be kept under its idempotency key");
    }
    Ok(response)
}

fn context(id: Uuid) -> String {
    format!("answer:{id}")
}

fn replay(app: &App, stored: &Stored) -> Result<Response, WebError> {
    let Some(sealed) = &stored.answer else {
        return Err(WebError::AnswerLost);
    };
    let internal = |reason: String| WebError::Internal(reason);
    let opened = app
        .identity()
        .secrets()
        .open(&context(stored.id), sealed)
        .map_err(|error| internal(error.to_string()))?;
    let answer: Answer = serde_json::from_slice(&opened).map_err(StoreError::from)?;
    let body = data_encoding::BASE64
        .decode(answer.body.as_bytes())
        .map_err(|error| internal(error.to_string()))?;
    let mut response = Response::new(Body::from(body));
    *response.status_mut() =
        StatusCode::from_u16(answer.status).map_err(|error| internal(error.to_string()))?;
    let headers = response.headers_mut();
    headers.insert(REPLAYED, HeaderValue::from_static("true"));
    for (name, value) in [
        (CONTENT_TYPE, answer.content_type),
        (LOCATION, answer.location),
    ] {
        if let Some(value) = value.and_then(|value| HeaderValue::from_str(&value).ok()) {
            headers.insert(name, value);
        }
    }
    Ok(response)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pieces(pieces: &[&'static str]) -> Body {
        let pieces: Vec<Result<Bytes, std::io::Error>> =
            pieces.iter().map(|piece| Ok(Bytes::from(*piece))).collect();
        Body::from_stream(futures_util::stream::iter(pieces))
    }

    async fn same(read: &Read, body: &[&'static str]) -> bool {
        read.is_the_same(pieces(body), 1_000).await
    }

    #[tokio::test]
    async fn a_body_that_was_read_to_its_end_must_be_the_same_to_its_end() {
        let (body, seen) = Seen::watch(pieces(&["ab", "cd"]));
        to_bytes(body, 100).await.unwrap();
        let read = seen.read().unwrap();
        assert!(read.ended && read.length == 4);
        assert!(same(&read, &["abcd"]).await && same(&read, &["a", "bcd"]).await);
        for other in ["abc", "abcde", "abce", ""] {
            assert!(!same(&read, &[other]).await, "{other}");
        }
    }

    #[tokio::test]
    async fn of_a_body_that_was_read_in_part_that_part_must_be_the_same() {
        let (body, seen) = Seen::watch(pieces(&["ab", "cd"]));
        body.into_data_stream().next().await.unwrap().unwrap();
        let read = seen.read().unwrap();
        assert!(!read.ended && read.length == 2);
        assert!(same(&read, &["ab"]).await && same(&read, &["a", "bx"]).await);
        assert!(!same(&read, &["ax"]).await && !same(&read, &["a"]).await);

        let (_, unread) = Seen::watch(pieces(&["ab"]));
        assert!(same(&unread.read().unwrap(), &["anything"]).await);
    }

    #[tokio::test]
    async fn no_body_is_read_without_end() {
        let (body, seen) = Seen::watch(pieces(&["a"]));
        body.into_data_stream().next().await.unwrap().unwrap();
        let endless = Body::from_stream(futures_util::stream::repeat_with(|| {
            Ok::<_, std::io::Error>(Bytes::from(vec![b'a'; 65_536]))
        }));
        assert!(!seen.read().unwrap().is_the_same(endless, 10).await);
    }
}
