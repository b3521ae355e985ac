//! What lies behind a failure of a file, a disk or a connection, as far as it can be told, so that
//! it can be said in the reader's language and not in that of the system's own messages.

use std::io::{Error, ErrorKind};

use crate::StoreError;

/// What lies behind a failure.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Cause {
    /// There is no such file, folder or address.
    Absent,
    /// The system does not permit it.
    Denied,
    /// It is there already.
    Exists,
    /// The disk, or what one may use of it, is full.
    Full,
    /// The file or its disk may be read only.
    ReadOnly,
    /// A folder where a file is meant, or the other way round.
    WrongKind,
    /// Somebody else uses it.
    Busy,
    /// Nobody listens at the address.
    Refused,
    /// There was no answer in time, or no connection was free in time.
    TimedOut,
    /// The connection broke.
    Broken,
    /// The user name or the password is not right.
    Credentials,
    /// The server has no database of that name.
    NoDatabase,
    /// The server has as many connections as it takes.
    TooMany,
    /// The server is starting or stopping.
    Starting,
    /// The file is no database, or a damaged one.
    NotADatabase,
    /// The content is not text in UTF-8.
    NotText,
    /// Something else, in the words of the system.
    Other(String),
}

impl Cause {
    /// The code, which is also the tail of the message key.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Absent => "absent",
            Self::Denied => "denied",
            Self::Exists => "exists",
            Self::Full => "full",
            Self::ReadOnly => "read-only",
            Self::WrongKind => "wrong-kind",
            Self::Busy => "busy",
            Self::Refused => "refused",
            Self::TimedOut => "timed-out",
            Self::Broken => "broken",
            Self::Credentials => "credentials",
            Self::NoDatabase => "no-database",
            Self::TooMany => "too-many",
            Self::Starting => "starting",
            Self::NotADatabase => "not-a-database",
            Self::NotText => "not-text",
            Self::Other(_) => "other",
        }
    }

    fn of_database(code: &str, message: &str) -> Self {
        // PostgreSQL's SQLSTATE has five characters.
        if code.len() == 5 {
            return match code {
                "28000" | "28P01" => Self::Credentials,
                "3D000" => Self::NoDatabase,
                "53100" => Self::Full,
                "53300" => Self::TooMany,
                "57P01" | "57P02" | "57P03" => Self::Starting,
                "57014" => Self::TimedOut,
                "25006" => Self::ReadOnly,
                "42501" => Self::Denied,
                _ => Self::Other(message.to_owned()),
            };
        }
        // SQLite's primary result code.
        match code.parse::<u32>().map(|number| number & 0xff) {
            Ok(5 | 6) => Self::Busy,
            Ok(8) => Self::ReadOnly,
            Ok(11 | 26) => Self::NotADatabase,
            Ok(13) => Self::Full,
            Ok(14) => Self::Absent,
            _ => Self::Other(message.to_owned()),
        }
    }
}

impl From<&Error> for Cause {
    fn from(error: &Error) -> Self {
        match error.kind() {
            ErrorKind::NotFound | ErrorKind::HostUnreachable | ErrorKind::NetworkUnreachable => {
                Self::Absent
            }
            ErrorKind::PermissionDenied => Self::Denied,
            ErrorKind::AlreadyExists => Self::Exists,
            ErrorKind::StorageFull | ErrorKind::QuotaExceeded | ErrorKind::FileTooLarge => {
                Self::Full
            }
            ErrorKind::ReadOnlyFilesystem => Self::ReadOnly,
            ErrorKind::IsADirectory | ErrorKind::NotADirectory => Self::WrongKind,
            ErrorKind::ResourceBusy | ErrorKind::AddrInUse | ErrorKind::WouldBlock => Self::Busy,
            ErrorKind::ConnectionRefused => Self::Refused,
            ErrorKind::TimedOut => Self::TimedOut,
            ErrorKind::ConnectionReset
            | ErrorKind::ConnectionAborted
            | ErrorKind::BrokenPipe
            | ErrorKind::UnexpectedEof => Self::Broken,
            ErrorKind::InvalidData => Self::NotText,
            // What resolving a name says has no kind of its own.
            _ if error.to_string().contains("lookup address") => Self::Absent,
            _ => Self::Other(error.to_string()),
        }
    }
}

impl From<&sqlx::Error> for Cause {
    fn from(error: &sqlx::Error) -> Self {
        match error {
            sqlx::Error::Io(error) => Self::from(error),
            sqlx::Error::PoolTimedOut => Self::TimedOut,
            sqlx::Error::PoolClosed | sqlx::Error::WorkerCrashed => Self::Broken,
            sqlx::Error::Database(database) => Self::of_database(
                database.code().as_deref().unwrap_or_default(),
                database.message(),
            ),
            error => Self::Other(error.to_string()),
        }
    }
}

impl From<&StoreError> for Cause {
    fn from(error: &StoreError) -> Self {
        match error {
            StoreError::Unreachable(error) | StoreError::Statement(error) => Self::from(error),
            StoreError::DiskFull => Self::Full,
            error => Self::Other(error.to_string()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_systems_say_is_told_apart() {
        assert_eq!(
            Cause::of_database("28P01", "password …"),
            Cause::Credentials
        );
        assert_eq!(Cause::of_database("3D000", ""), Cause::NoDatabase);
        // SQLITE_BUSY_SNAPSHOT, SQLITE_NOTADB
        assert_eq!(Cause::of_database("517", ""), Cause::Busy);
        assert_eq!(Cause::of_database("26", ""), Cause::NotADatabase);
        assert_eq!(
            Cause::of_database("42601", "syntax"),
            Cause::Other("syntax".to_owned())
        );
        let full = Error::from(ErrorKind::StorageFull);
        assert_eq!(Cause::from(&full), Cause::Full);
        let refused =
            StoreError::Unreachable(sqlx::Error::Io(Error::from(ErrorKind::ConnectionRefused)));
        assert_eq!(Cause::from(&refused), Cause::Refused);
    }
}
