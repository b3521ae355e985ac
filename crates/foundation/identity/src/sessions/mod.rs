//! Sessions: signed-in browsers. In the database, so that they are listed, revoked and shared by
//! every process.
//!
//! The cookie holds 32 random bytes and the table their SHA-256. A new token is given out when
//! the rights of a session grow. Three levels keep a half signed-in browser from everything but
//! the next step of signing in.

mod manage;

use yagura_kernel::id::{AccountId, OrganizationId, PersonId, SessionId, Uuid};
use yagura_kernel::organization::OrganizationKind;
use yagura_kernel::person::Role;
use yagura_kernel::policy::{Actor, Principal};
use yagura_kernel::time::Instant;
use yagura_store::{Database, FromRow, Row, StoreError, params};

pub use manage::{
    Choice, NewSession, SessionListing, choices, choose_organization, list, open, revoke,
    revoke_all, sign_out, touch,
};
pub(crate) use manage::{purge, set_authenticated, upgrade};

use crate::secrets::SecretToken;

/// After how many seconds the time of the last visit is written again.
const TOUCH_SECONDS: i64 = 60;
/// For how long a sign-in counts as fresh enough to change second factors, tokens and the like.
const FRESH_SECONDS: i64 = 15 * 60;

/// How far a browser is signed in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SessionLevel {
    /// Completely.
    Full,
    /// The password was right; the second factor is still to come.
    AwaitingSecondFactor,
    /// The password was right; a role needs a second factor and none is set up.
    MustEnrol,
}

impl SessionLevel {
    /// The code used in storage.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Full => "full",
            Self::AwaitingSecondFactor => "awaiting_second_factor",
            Self::MustEnrol => "must_enrol",
        }
    }

    fn from_code(code: &str) -> Option<Self> {
        [Self::Full, Self::AwaitingSecondFactor, Self::MustEnrol]
            .into_iter()
            .find(|level| level.code() == code)
    }
}

/// By what somebody signed in first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SignInMethod {
    /// A password.
    Password,
    /// A passkey, which is two factors in one.
    Passkey,
    /// The institution's own identity provider.
    IdentityProvider,
    /// A one-time link.
    Invitation,
    /// A visitor of the demonstration picked the person.
    Demonstration,
}

impl SignInMethod {
    /// Every method.
    pub const ALL: [Self; 5] = [
        Self::Password,
        Self::Passkey,
        Self::IdentityProvider,
        Self::Invitation,
        Self::Demonstration,
    ];

    /// The code used in storage and as the tail of message keys.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Password => "password",
            Self::Passkey => "passkey",
            Self::IdentityProvider => "identity_provider",
            Self::Invitation => "invitation",
            Self::Demonstration => "demonstration",
        }
    }

    fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|method| method.code() == code)
    }
}

/// How long sessions last, in seconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SessionTimes {
    /// Without a visit, where a role needs a second factor.
    pub idle_with_strict_role: i64,
    /// Without a visit, else.
    pub idle: i64,
    /// Altogether.
    pub longest: i64,
    /// From the password to the second factor.
    pub awaiting_second_factor: i64,
    /// From the password to a second factor that is set up.
    pub must_enrol: i64,
}

impl Default for SessionTimes {
    fn default() -> Self {
        Self {
            idle_with_strict_role: 60 * 60,
            idle: 12 * 60 * 60,
            longest: 24 * 60 * 60,
            awaiting_second_factor: 10 * 60,
            must_enrol: 30 * 60,
        }
    }
}

impl SessionTimes {
    pub(crate) const fn lifetime(&self, level: SessionLevel) -> i64 {
        match level {
            SessionLevel::Full => self.longest,
            SessionLevel::AwaitingSecondFactor => self.awaiting_second_factor,
            SessionLevel::MustEnrol => self.must_enrol,
        }
    }

    pub(crate) const fn idle_micros(&self, strict: bool) -> i64 {
        (if strict {
            self.idle_with_strict_role
        } else {
            self.idle
        }) * 1_000_000
    }
}

/// A session whose token was just made: the only moment at which the token is known.
#[derive(Debug, Clone)]
pub struct OpenedSession {
    /// The session.
    pub id: SessionId,
    /// For the cookie.
    pub token: SecretToken,
    /// When the session ends at the latest, which is also how long the cookie should live.
    pub expires_at: Instant,
}

/// The organisation that somebody acts for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ActingOrganization {
    /// Its id.
    pub id: OrganizationId,
    /// What it is.
    pub kind: OrganizationKind,
    /// Its name.
    pub name: String,
}

/// What a signed-in person still has to do before they may do anything else.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NextStep {
    /// Pass the second factor.
    PassSecondFactor,
    /// Set up a second factor.
    EnrolSecondFactor,
}

/// Who stands behind a cookie.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignedIn {
    /// The session.
    pub session: SessionId,
    /// The account.
    pub account: AccountId,
    /// The person.
    pub person: PersonId,
    /// The person's name.
    pub name: String,
    /// The login.
    pub login: String,
    /// The organisation they act for; none where they hold no role anywhere.
    pub organization: Option<ActingOrganization>,
    /// The only organisation they may act for in this session: the one whose identity provider
    /// vouched for them.
    pub confined_to: Option<OrganizationId>,
    /// How many organisations they may act for today in this session.
    pub organizations: i64,
    /// The roles they hold there today.
    pub roles: Vec<Role>,
    /// How far they are signed in.
    pub level: SessionLevel,
    /// By what they signed in.
    pub method: SignInMethod,
    /// Whether a second factor was passed.
    pub second_factor: bool,
    /// Whether the account has a second factor set up.
    pub has_second_factor: bool,
    /// Whether the account has a password.
    pub has_password: bool,
    /// When they last typed their password or used a passkey.
    pub authenticated_at: Instant,
    /// When the session ends, at the latest.
    pub expires_at: Instant,
    /// Whether [`touch`] is due.
    pub touch_due: bool,
}

impl SignedIn {
    /// The policy's view of them. `None` while they are not completely signed in or act for no
    /// organisation.
    #[must_use]
    pub fn principal(&self) -> Option<Principal> {
        if self.level != SessionLevel::Full {
            return None;
        }
        let organization = self.organization.as_ref()?;
        Some(Principal {
            actor: Actor::Person {
                person: self.person,
                account: self.account,
            },
            organization: organization.id,
            organization_kind: organization.kind,
            roles: self.roles.clone(),
            second_factor: self.second_factor,
            token_actions: None,
        })
    }

    /// What they must do first. Every page but those of that step and of signing out must send
    /// them there.
    #[must_use]
    pub fn next_step(&self) -> Option<NextStep> {
        let needed = match self.level {
            SessionLevel::Full => {
                !self.second_factor && self.roles.iter().any(|role| role.needs_second_factor())
            }
            SessionLevel::AwaitingSecondFactor | SessionLevel::MustEnrol => true,
        };
        needed.then_some(
            if self.has_second_factor || self.level == SessionLevel::AwaitingSecondFactor {
                NextStep::PassSecondFactor
            } else {
                NextStep::EnrolSecondFactor
            },
        )
    }

    /// Whether signing in is recent enough to change second factors, tokens and the like.
    #[must_use]
    pub const fn is_fresh(&self, now: Instant) -> bool {
        now.seconds_since(self.authenticated_at) < FRESH_SECONDS
    }
}

struct SessionRow {
    signed_in: SignedIn,
    role: Option<Role>,
}

fn read<T>(column: &str, code: &str, value: Option<T>) -> Result<T, StoreError> {
    value.ok_or_else(|| StoreError::Column {
        column: column.to_owned(),
        reason: format!("unknown {column} {code}"),
    })
}

impl FromRow for SessionRow {
    fn from_row(row: &Row) -> Result<Self, StoreError> {
        let organization_id: Option<OrganizationId> = row.get("organization_id")?;
        let organization = match organization_id {
            Some(id) => {
                let kind: String = row.get("organization_kind")?;
                Some(ActingOrganization {
                    id,
                    kind: read("kind", &kind, OrganizationKind::from_code(&kind))?,
                    name: row.get("organization_name")?,
                })
            }
            None => None,
        };
        let role: Option<String> = row.get("role")?;
        let role = role
            .map(|code| read("role", &code, Role::from_code(&code)))
            .transpose()?;
        let confined_to: Option<OrganizationId> = row.get("confined_to")?;
        let most = if confined_to.is_some() { 1 } else { i64::MAX };
        let level: String = row.get("level")?;
        let method: String = row.get("method")?;
        let id: Uuid = row.get("id")?;
        Ok(Self {
            role,
            signed_in: SignedIn {
                session: id.into(),
                account: row.get("account_id")?,
                person: row.get("person_id")?,
                name: row.get("name")?,
                login: row.get("login")?,
                organization,
                confined_to,
                organizations: row.get::<i64>("organizations")?.min(most),
                roles: Vec::new(),
                level: read("level", &level, SessionLevel::from_code(&level))?,
                method: read("method", &method, SignInMethod::from_code(&method))?,
                second_factor: row.get("second_factor")?,
                has_second_factor: row.get::<i64>("factors")? > 0,
                has_password: row.get("has_password")?,
                authenticated_at: row.get("authenticated_at")?,
                expires_at: row.get("expires_at")?,
                touch_due: row.get("touch_due")?,
            },
        })
    }
}

/// Who holds a token, if the session is alive and the account active. One query, whatever the
/// number of roles.
///
/// # Errors
/// [`StoreError`] where the database does not answer.
pub async fn find(
    database: &Database,
    token: &SecretToken,
    now: Instant,
) -> Result<Option<SignedIn>, StoreError> {
    let rows: Vec<SessionRow> = database
        .rows(
            "SELECT s.id AS id, s.account_id AS account_id, a.person_id AS person_id,
                    p.name AS name, a.login AS login, s.organization_id AS organization_id,
                    o.kind AS organization_kind, o.name AS organization_name,
                    s.confined_to AS confined_to, s.level AS level, s.method AS method,
                    s.second_factor AS second_factor, s.authenticated_at AS authenticated_at,
                    s.expires_at AS expires_at, x.role AS role,
                    CAST(CASE WHEN s.last_seen_at <= $3 THEN 1 ELSE 0 END AS BIGINT) AS touch_due,
                    CAST(CASE WHEN a.password_hash IS NULL THEN 0 ELSE 1 END AS BIGINT)
                        AS has_password,
                    (SELECT count(*) FROM totp_secrets t
                      WHERE t.account_id = a.id AND t.sealed IS NOT NULL)
                  + (SELECT count(*) FROM passkeys k WHERE k.account_id = a.id) AS factors,
                    (SELECT count(DISTINCT y.organization_id) FROM assignments y
                      WHERE y.person_id = a.person_id AND y.valid_from <= $4
                        AND (y.valid_until IS NULL OR y.valid_until >= $4)) AS organizations
             FROM sessions s
             JOIN accounts a ON a.id = s.account_id
             JOIN people p ON p.id = a.person_id
             LEFT JOIN organizations o ON o.id = s.organization_id
             LEFT JOIN assignments x
               ON x.person_id = a.person_id AND x.organization_id = s.organization_id
              AND x.valid_from <= $4 AND (x.valid_until IS NULL OR x.valid_until >= $4)
             WHERE s.token_hash = $1 AND a.status = 'active'
               AND s.expires_at > $2 AND s.last_seen_at + s.idle_micros > $2",
            params![
                token.hash(),
                now,
                now.plus_seconds(-TOUCH_SECONDS),
                now.jst_date()
            ],
        )
        .await?;
    let mut found: Option<SignedIn> = None;
    for row in rows {
        let signed_in = found.get_or_insert(row.signed_in);
        if let Some(role) = row.role
            && !signed_in.roles.contains(&role)
        {
            signed_in.roles.push(role);
        }
    }
    if let Some(signed_in) = &mut found {
        signed_in.roles.sort_unstable();
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;
    use yagura_kernel::id::OrganizationId;

    fn signed_in(level: SessionLevel, roles: &[Role]) -> SignedIn {
        let id = Uuid::from_u128;
        SignedIn {
            session: id(1).into(),
            account: id(2).into(),
            person: id(3).into(),
            name: "見本 花子".into(),
            login: "hanako@example.jp".into(),
            organization: Some(ActingOrganization {
                id: OrganizationId::from(id(4)),
                kind: OrganizationKind::Clinic,
                name: "見本医院".into(),
            }),
            confined_to: None,
            organizations: 1,
            roles: roles.to_vec(),
            level,
            method: SignInMethod::Password,
            second_factor: false,
            has_second_factor: false,
            has_password: true,
            authenticated_at: Instant::from_seconds(1_000),
            expires_at: Instant::from_seconds(9_000),
            touch_due: false,
        }
    }

    #[test]
    fn only_a_complete_session_makes_a_principal() {
        let full = signed_in(SessionLevel::Full, &[Role::Director]);
        assert_eq!(full.principal().unwrap().roles, [Role::Director]);
        assert_eq!(full.next_step(), None);
        for level in [SessionLevel::AwaitingSecondFactor, SessionLevel::MustEnrol] {
            assert_eq!(signed_in(level, &[Role::Director]).principal(), None);
        }
        let nowhere = SignedIn {
            organization: None,
            ..full
        };
        assert_eq!(nowhere.principal(), None);
    }

    #[test]
    fn the_next_step_depends_on_what_is_set_up() {
        let awaiting = signed_in(SessionLevel::AwaitingSecondFactor, &[Role::Director]);
        assert_eq!(awaiting.next_step(), Some(NextStep::PassSecondFactor));
        let must = signed_in(SessionLevel::MustEnrol, &[Role::RegionalStaff]);
        assert_eq!(must.next_step(), Some(NextStep::EnrolSecondFactor));
        // Set up meanwhile in another browser: this one must show that it has it.
        let must = SignedIn {
            has_second_factor: true,
            ..must
        };
        assert_eq!(must.next_step(), Some(NextStep::PassSecondFactor));
        // A strict role given while signed in.
        let grown = signed_in(SessionLevel::Full, &[Role::Director, Role::RegionalStaff]);
        assert_eq!(grown.next_step(), Some(NextStep::EnrolSecondFactor));
        assert_eq!(
            SignedIn {
                second_factor: true,
                ..grown
            }
            .next_step(),
            None
        );
    }

    #[test]
    fn freshness_ends_after_a_quarter_of_an_hour() {
        let session = signed_in(SessionLevel::Full, &[]);
        assert!(session.is_fresh(Instant::from_seconds(1_899)));
        assert!(!session.is_fresh(Instant::from_seconds(1_900)));
    }
}
