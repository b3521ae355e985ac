//! What goes wrong in a request, and what a person is told.
//!
//! A handler answers with a [`WebError`]; the outermost layer words it: as a page for people, as
//! problem+json (RFC 9457) for the API. Reasons that only help an attacker stay in the log.

use std::sync::Arc;

use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use yagura_kernel::policy::Denial;
use yagura_store::StoreError;

/// Why a request was not done.
#[derive(Debug, Clone, thiserror::Error)]
pub enum WebError {
    /// Nobody is signed in.
    #[error("not signed in")]
    NotSignedIn,
    /// The session has to pass, or first enrol, a second factor.
    #[error("second factor needed")]
    SecondFactor {
        /// Whether one has to be enrolled first.
        enrol: bool,
    },
    /// There is no such thing, or one may not know that there is.
    #[error("not found")]
    NotFound,
    /// One's role does not allow it.
    #[error("forbidden: {0}")]
    Forbidden(Denial),
    /// Something in the request is not as it should be; the key says what and how to mend it.
    #[error("bad request: {key}")]
    Invalid {
        /// Message key.
        key: &'static str,
        /// Arguments of the message.
        arguments: Vec<(&'static str, String)>,
    },
    /// Fields of an API request that are not as they should be: field, then what to mend.
    #[error("unprocessable fields")]
    Fields(Vec<(String, String)>),
    /// Somebody else changed the record meanwhile.
    #[error("conflict")]
    Conflict,
    /// More was sent than is taken.
    #[error("too large")]
    TooLarge {
        /// The limit in bytes.
        limit: u64,
    },
    /// Too many tries; come back after so many seconds.
    #[error("too many requests")]
    TooMany {
        /// Seconds to wait.
        seconds: i64,
    },
    /// The idempotency key was used for another request.
    #[error("idempotency key reused")]
    IdempotencyKeyReused,
    /// The same request is being handled.
    #[error("in flight")]
    InFlight {
        /// Seconds after which to ask again.
        seconds: i64,
    },
    /// What was asked for was done before; only the answer was lost.
    #[error("done, answer lost")]
    AnswerLost,
    /// The same request was begun before and broke off: nothing is known of how it ended.
    #[error("outcome unknown")]
    OutcomeUnknown,
    /// The address does not take the request's method, or the request took too long to arrive.
    #[error("refused: {0}")]
    Refused(StatusCode),
    /// The store failed.
    #[error("store: {0}")]
    Store(Arc<StoreError>),
    /// A fault of the program.
    #[error("internal: {0}")]
    Internal(String),
}

impl WebError {
    /// Something in the request is not as it should be.
    #[must_use]
    pub const fn invalid(key: &'static str) -> Self {
        Self::Invalid {
            key,
            arguments: Vec::new(),
        }
    }

    /// The same with arguments.
    #[must_use]
    pub fn invalid_with(key: &'static str, arguments: &[(&'static str, String)]) -> Self {
        Self::Invalid {
            key,
            arguments: arguments.to_vec(),
        }
    }

    /// The HTTP status.
    #[must_use]
    pub fn status(&self) -> StatusCode {
        match self {
            Self::NotSignedIn => StatusCode::UNAUTHORIZED,
            Self::SecondFactor { .. } | Self::Forbidden(_) => StatusCode::FORBIDDEN,
            Self::NotFound => StatusCode::NOT_FOUND,
            Self::Invalid { .. } => StatusCode::BAD_REQUEST,
            Self::Fields(_) | Self::IdempotencyKeyReused => StatusCode::UNPROCESSABLE_ENTITY,
            Self::Conflict | Self::InFlight { .. } | Self::AnswerLost | Self::OutcomeUnknown => {
                StatusCode::CONFLICT
            }
            Self::TooLarge { .. } => StatusCode::PAYLOAD_TOO_LARGE,
            Self::Refused(status) => *status,
            Self::TooMany { .. } => StatusCode::TOO_MANY_REQUESTS,
            Self::Store(error) => match **error {
                StoreError::NotFound => StatusCode::NOT_FOUND,
                StoreError::Conflict | StoreError::Duplicate(_) => StatusCode::CONFLICT,
                StoreError::DiskFull => StatusCode::INSUFFICIENT_STORAGE,
                StoreError::Unreachable(_) | StoreError::NotCommitted(_) => {
                    StatusCode::SERVICE_UNAVAILABLE
                }
                _ => StatusCode::INTERNAL_SERVER_ERROR,
            },
            Self::Internal(_) => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    /// The key of what a person is told.
    #[must_use]
    pub fn message_key(&self) -> &'static str {
        match self {
            Self::Invalid { key, .. } => key,
            Self::Fields(_) => "error-fields",
            Self::SecondFactor { .. } => "error-second-factor",
            Self::TooMany { .. } => "error-too-many",
            Self::Refused(_) => "error-method",
            Self::IdempotencyKeyReused => "error-idempotency-reused",
            Self::InFlight { .. } => "error-in-flight",
            Self::AnswerLost => "error-answer-lost",
            Self::OutcomeUnknown => "error-outcome-unknown",
            _ => match self.status() {
                StatusCode::UNAUTHORIZED => "error-not-signed-in",
                StatusCode::FORBIDDEN => "error-forbidden",
                StatusCode::NOT_FOUND => "error-not-found",
                StatusCode::CONFLICT => "error-conflict",
                StatusCode::PAYLOAD_TOO_LARGE => "error-too-large",
                StatusCode::INSUFFICIENT_STORAGE => "error-disk-full",
                StatusCode::SERVICE_UNAVAILABLE => "error-unavailable",
                _ => "error-internal",
            },
        }
    }

    /// The arguments of the message.
    #[must_use]
    pub fn message_arguments(&self) -> Vec<(&'static str, String)> {
        match self {
            Self::Invalid { arguments, .. } => arguments.clone(),
            Self::TooLarge { limit } => vec![("megabytes", (limit / 1_000_000).to_string())],
            Self::TooMany { seconds } | Self::InFlight { seconds } => {
                vec![("seconds", seconds.to_string())]
            }
            _ => Vec::new(),
        }
    }
}

impl From<StoreError> for WebError {
    fn from(error: StoreError) -> Self {
        Self::Store(Arc::new(error))
    }
}

impl From<Denial> for WebError {
    fn from(denial: Denial) -> Self {
        match denial {
            Denial::Relation => Self::NotFound,
            Denial::SecondFactor => Self::SecondFactor { enrol: false },
            other => Self::Forbidden(other),
        }
    }
}

impl IntoResponse for WebError {
    fn into_response(self) -> Response {
        if self.status().is_server_error() {
            tracing::error!(error = %self, "a request failed");
        }
        let mut response = self.status().into_response();
        response.extensions_mut().insert(self);
        response
    }
}
