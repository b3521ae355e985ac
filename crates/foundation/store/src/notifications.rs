//! Notices inside the program, for everybody of an organisation or for one person.

use uuid::Uuid;
use yagura_kernel::id::{IdGenerator, OrganizationId, PersonId};
use yagura_kernel::time::Instant;

use crate::{Database, Migration, StoreError, Transaction, params, row};

/// The tables.
pub const MIGRATIONS: &[Migration] = &[Migration {
    name: "notifications_0001_notifications",
    sql: "
    CREATE TABLE notifications (
        id {uuid} PRIMARY KEY,
        organization_id {uuid} NOT NULL REFERENCES organizations (id),
        person_id {uuid},
        message TEXT NOT NULL,
        arguments TEXT NOT NULL,
        link TEXT,
        created_at BIGINT NOT NULL,
        read_at BIGINT,
        read_by {uuid}
    );
    CREATE INDEX notifications_by_organization ON notifications (organization_id, id);
    CREATE INDEX notifications_unread ON notifications (organization_id, read_at);
    ",
}];

row! {
    /// A notice.
    #[derive(Debug, Clone)]
    pub struct Notification {
        /// Its id.
        pub id: Uuid,
        /// Message key; the words are made when it is shown.
        pub message: String,
        /// Arguments of the message: an object of strings.
        pub arguments: serde_json::Value,
        /// A path inside the program.
        pub link: Option<String>,
        /// When it was sent.
        pub created_at: Instant,
        /// When somebody first read it.
        pub read_at: Option<Instant>,
        /// Who that was.
        pub read_by: Option<PersonId>,
    }
}

/// A notice to be sent.
#[derive(Debug, Clone)]
pub struct NewNotification {
    /// To which organisation.
    pub organization: OrganizationId,
    /// To one person of it; `None` for everybody.
    pub person: Option<PersonId>,
    /// Message key.
    pub message: &'static str,
    /// Arguments of the message: an object of strings; of what has a name in several languages, an
    /// object of those by code.
    pub arguments: serde_json::Value,
    /// A path inside the program.
    pub link: Option<String>,
}

/// Sends notices.
///
/// # Errors
/// [`StoreError`] where the database refuses.
pub async fn send(
    tx: &mut Transaction,
    ids: &dyn IdGenerator,
    notifications: impl IntoIterator<Item = NewNotification>,
    now: Instant,
) -> Result<u64, StoreError> {
    let rows = notifications.into_iter().map(|notification| {
        params![
            ids.id(),
            notification.organization,
            notification.person,
            notification.message,
            &notification.arguments,
            notification.link,
            now
        ]
    });
    tx.insert_many(
        "notifications",
        &[
            "id",
            "organization_id",
            "person_id",
            "message",
            "arguments",
            "link",
            "created_at",
        ],
        rows,
    )
    .await
}

/// How many notices nobody has read yet.
///
/// # Errors
/// [`StoreError`] where the database does not answer.
pub async fn unread(
    database: &Database,
    organization: OrganizationId,
    person: PersonId,
) -> Result<i64, StoreError> {
    database
        .count(
            "SELECT count(*) AS n FROM notifications
             WHERE organization_id = $1 AND read_at IS NULL
               AND (person_id IS NULL OR person_id = $2)",
            params![organization, person],
        )
        .await
}

/// The newest notices, before a given one.
///
/// # Errors
/// [`StoreError`] where the database does not answer.
pub async fn list(
    database: &Database,
    organization: OrganizationId,
    person: PersonId,
    before: Option<Uuid>,
    limit: i64,
) -> Result<Vec<Notification>, StoreError> {
    database
        .rows(
            "SELECT * FROM notifications
             WHERE organization_id = $1 AND (person_id IS NULL OR person_id = $2) AND id < $3
             ORDER BY id DESC LIMIT $4",
            params![
                organization,
                person,
                before.unwrap_or_else(Uuid::max),
                limit
            ],
        )
        .await
}

/// Marks a notice as read by a person; the first reader counts.
///
/// # Errors
/// [`StoreError`] where the database refuses.
pub async fn mark_read(
    tx: &mut Transaction,
    organization: OrganizationId,
    person: PersonId,
    id: Uuid,
    now: Instant,
) -> Result<(), StoreError> {
    tx.execute(
        "UPDATE notifications SET read_at = $1, read_by = $2
         WHERE id = $3 AND organization_id = $4 AND read_at IS NULL
           AND (person_id IS NULL OR person_id = $2)",
        params![now, person, id, organization],
    )
    .await?;
    Ok(())
}
