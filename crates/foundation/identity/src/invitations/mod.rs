//! One-time links: to join an organisation, to answer as a vendor, to set a new password, to set
//! up the installation; and the expiring, revocable link to an inspection pack.
//!
//! A link carries 32 random bytes of which the database keeps the SHA-256. Using one is a single
//! statement, so that it works once also when two browsers use it together.

mod accept;
mod authority;

use serde::{Deserialize, Serialize};
use yagura_kernel::id::{AccountId, InvitationId, OrganizationId, SheetId, Uuid};
use yagura_kernel::organization::OrganizationKind;
use yagura_kernel::person::Role;
use yagura_kernel::policy::{Actor, Principal};
use yagura_kernel::time::{Date, FiscalYear, Instant};
use yagura_store::{Database, FromRow, Row, StoreError, Transaction, params, row};

pub(crate) use accept::assign;
pub use accept::{Accepted, Accepter, Newcomer, NewcomerCredential, NewcomerForm, accept};
pub use authority::Authority;

use crate::error::{IdentityError, LinkProblem};
use crate::events::{Act, Event, Record};
use crate::login::Login;
use crate::secrets::SecretToken;

/// The vendor that an institution invites.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum InvitedVendor {
    /// One that is on record.
    Known(OrganizationId),
    /// One that is recorded under this name when the invitation is accepted.
    New(String),
}

/// What a link is for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "for", rename_all = "snake_case")]
pub enum Purpose {
    /// To join the inviting organisation.
    Join {
        /// As what.
        role: Role,
        /// Until when the role is held.
        until: Option<Date>,
    },
    /// To supply the inviting institution and answer its vendor sheet.
    Vendor {
        /// Who is invited.
        vendor: InvitedVendor,
        /// The sheet to be answered.
        sheet: Option<SheetId>,
    },
    /// To set a new password.
    PasswordReset {
        /// For which account.
        account: AccountId,
    },
    /// To make the first administrator of an empty installation.
    SetUp,
    /// To read the inspection pack of the organisation, as often as one likes until it expires.
    InspectionPack {
        /// For which fiscal year.
        fiscal_year: FiscalYear,
    },
}

const DAY: i64 = 24 * 60 * 60;

impl Purpose {
    /// The code used in storage and as the tail of message keys.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Join { .. } => "join",
            Self::Vendor { .. } => "vendor",
            Self::PasswordReset { .. } => "password_reset",
            Self::SetUp => "set_up",
            Self::InspectionPack { .. } => "inspection_pack",
        }
    }

    /// How long such a link lives where nothing else is said, in seconds.
    #[must_use]
    pub const fn usual_seconds(&self) -> i64 {
        match self {
            Self::Join { .. } => 14 * DAY,
            Self::Vendor { .. } => 30 * DAY,
            Self::PasswordReset { .. } => DAY,
            Self::SetUp | Self::InspectionPack { .. } => 7 * DAY,
        }
    }

    const fn longest_days(&self) -> i64 {
        match self {
            Self::Join { .. } => 60,
            Self::Vendor { .. } | Self::InspectionPack { .. } => 90,
            Self::PasswordReset { .. } => 3,
            Self::SetUp => 7,
        }
    }
}

/// A link on record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Invitation {
    /// Its id.
    pub id: InvitationId,
    /// What it is for.
    pub purpose: Purpose,
    /// The organisation that gave it out.
    pub organization: Option<OrganizationId>,
    /// The e-mail address it was sent to.
    pub addressee: Option<String>,
    /// Who gave it out.
    pub created_by: Option<AccountId>,
    /// When.
    pub created_at: Instant,
    /// Until when it works.
    pub expires_at: Instant,
    /// When it was used.
    pub used_at: Option<Instant>,
    /// When it was taken back.
    pub revoked_at: Option<Instant>,
    /// How often an inspection pack was opened by it.
    pub opens: i64,
    /// When an inspection pack was last opened by it.
    pub last_opened_at: Option<Instant>,
}

impl FromRow for Invitation {
    fn from_row(row: &Row) -> Result<Self, StoreError> {
        let id: Uuid = row.get("id")?;
        let purpose: serde_json::Value = row.get("purpose")?;
        let created_by: Option<Uuid> = row.get("created_by")?;
        Ok(Self {
            id: id.into(),
            purpose: serde_json::from_value(purpose)?,
            organization: row.get("organization_id")?,
            addressee: row.get("addressee")?,
            created_by: created_by.map(AccountId::from),
            created_at: row.get("created_at")?,
            expires_at: row.get("expires_at")?,
            used_at: row.get("used_at")?,
            revoked_at: row.get("revoked_at")?,
            opens: row.get("opens")?,
            last_opened_at: row.get("last_opened_at")?,
        })
    }
}

impl Invitation {
    /// Whether the link works at a moment.
    ///
    /// # Errors
    /// [`LinkProblem`] saying why not.
    pub fn check(&self, now: Instant) -> Result<(), LinkProblem> {
        if self.revoked_at.is_some() {
            Err(LinkProblem::Revoked)
        } else if self.used_at.is_some() {
            Err(LinkProblem::Used)
        } else if self.expires_at <= now {
            Err(LinkProblem::Expired)
        } else {
            Ok(())
        }
    }
}

/// A link to be given out.
#[derive(Debug, Clone)]
pub struct NewInvitation {
    /// What it is for.
    pub purpose: Purpose,
    /// The organisation that gives it out; none for the set-up and for password resets.
    pub organization: Option<OrganizationId>,
    /// The e-mail address it is sent to, which whoever uses the link has then shown to be theirs.
    pub addressee: Option<Login>,
    /// Until when it works; `None` for the usual time.
    pub expires_at: Option<Instant>,
}

/// A link that was just made: the only moment at which its token is known.
#[derive(Debug, Clone)]
pub struct NewLink {
    /// The link.
    pub id: InvitationId,
    /// For the address. The web layer puts it together: `/invitations/<token>` and the like.
    pub token: SecretToken,
    /// Until when it works.
    pub expires_at: Instant,
}

/// Gives out a link.
///
/// # Errors
/// [`IdentityError::NotAllowed`] where the authority does not cover it,
/// [`IdentityError::RoleDoesNotFit`], [`IdentityError::LifetimeTooLong`],
/// [`IdentityError::Form`] where a new vendor has no name.
pub async fn invite(
    tx: &mut Transaction,
    act: Act<'_>,
    authority: Authority<'_>,
    new: NewInvitation,
) -> Result<NewLink, IdentityError> {
    authority.check(tx, act, &new).await?;
    authority::check_contents(tx, &new).await?;
    insert(tx, act, new).await
}

pub(crate) async fn insert(
    tx: &mut Transaction,
    act: Act<'_>,
    new: NewInvitation,
) -> Result<NewLink, IdentityError> {
    let usual = act.now.plus_seconds(new.purpose.usual_seconds());
    let expires_at = new.expires_at.unwrap_or(usual);
    let days = new.purpose.longest_days();
    if expires_at > act.now.plus_days(days) {
        return Err(IdentityError::LifetimeTooLong { days });
    }
    let id = InvitationId::new(act.ids);
    let token = SecretToken::new(act.ids);
    let purpose = serde_json::to_value(&new.purpose).map_err(StoreError::from)?;
    tx.execute(
        "INSERT INTO invitations (id, token_hash, kind, purpose, organization_id, addressee,
                                  created_by, created_at, expires_at, opens)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, 0)",
        params![
            id.uuid(),
            token.hash(),
            new.purpose.code(),
            &purpose,
            new.organization,
            new.addressee.as_ref().map(Login::as_str),
            act.actor.account(),
            act.now,
            expires_at
        ],
    )
    .await?;
    let event = match new.purpose {
        Purpose::PasswordReset { .. } => Event::PasswordResetAsked,
        Purpose::SetUp => Event::SetUpBegun,
        _ => Event::InvitationCreated,
    };
    Record::of(event, "invitation", id)
        .in_organization(new.organization)
        .with(serde_json::json!({ "purpose": new.purpose.code(), "expires_at": expires_at }))
        .write(tx, act)
        .await?;
    Ok(NewLink {
        id,
        token,
        expires_at,
    })
}

/// Reads a link without using it, to show the page that it leads to.
///
/// # Errors
/// [`IdentityError::Link`] where it does not work.
pub async fn look(
    database: &Database,
    token: &SecretToken,
    now: Instant,
) -> Result<Invitation, IdentityError> {
    let found: Option<Invitation> = database
        .optional(
            "SELECT * FROM invitations WHERE token_hash = $1",
            params![token.hash()],
        )
        .await?;
    let invitation = found.ok_or(LinkProblem::Unknown)?;
    invitation.check(now)?;
    Ok(invitation)
}

/// Uses a one-time link. Works once; what must happen with it happens in the same transaction.
///
/// # Errors
/// [`IdentityError::Link`] where it does not work (any more) or is an inspection pack's, which is
/// never used up.
pub async fn redeem(
    tx: &mut Transaction,
    act: Act<'_>,
    token: &SecretToken,
) -> Result<Invitation, IdentityError> {
    let used: Option<Invitation> = tx
        .optional(
            "UPDATE invitations SET used_at = $1
             WHERE token_hash = $2 AND used_at IS NULL AND revoked_at IS NULL AND expires_at > $1
               AND kind <> 'inspection_pack'
             RETURNING *",
            params![act.now, token.hash()],
        )
        .await?;
    let Some(invitation) = used else {
        let found: Option<Invitation> = tx
            .optional(
                "SELECT * FROM invitations WHERE token_hash = $1",
                params![token.hash()],
            )
            .await?;
        let problem = match found {
            None => LinkProblem::Unknown,
            Some(found) => found
                .check(act.now)
                .err()
                .unwrap_or(LinkProblem::OtherPurpose),
        };
        return Err(problem.into());
    };
    Record::of(Event::InvitationUsed, "invitation", invitation.id)
        .in_organization(invitation.organization)
        .with(serde_json::json!({ "purpose": invitation.purpose.code() }))
        .write(tx, act)
        .await?;
    Ok(invitation)
}

/// Takes a link back.
///
/// # Errors
/// [`StoreError::NotFound`] where the organisation gave out no such link or it was used or revoked
/// already.
pub async fn revoke(
    tx: &mut Transaction,
    act: Act<'_>,
    authority: Authority<'_>,
    organization: OrganizationId,
    id: InvitationId,
) -> Result<(), IdentityError> {
    let found: Invitation = tx
        .one(
            "SELECT * FROM invitations WHERE id = $1 AND organization_id = $2",
            params![id.uuid(), organization],
        )
        .await?;
    authority.covers(&found.purpose, Some(organization))?;
    let touched = tx
        .execute(
            "UPDATE invitations SET revoked_at = $1
             WHERE id = $2 AND revoked_at IS NULL AND used_at IS NULL",
            params![act.now, id.uuid()],
        )
        .await?;
    if touched == 0 {
        return Err(StoreError::NotFound.into());
    }
    Record::of(Event::InvitationRevoked, "invitation", id)
        .in_organization(Some(organization))
        .with(serde_json::json!({ "purpose": found.purpose.code() }))
        .write(tx, act)
        .await?;
    Ok(())
}

/// Takes back every link that would still change the password of an account, because it was changed.
pub(crate) async fn void_password_resets(
    tx: &mut Transaction,
    now: Instant,
    account: AccountId,
) -> Result<(), StoreError> {
    let purpose = serde_json::to_value(Purpose::PasswordReset { account })?;
    tx.execute(
        "UPDATE invitations SET revoked_at = $1
         WHERE kind = 'password_reset' AND purpose = $2
           AND used_at IS NULL AND revoked_at IS NULL",
        params![now, &purpose],
    )
    .await?;
    Ok(())
}

/// The links that an organisation gave out, the newest first, at most 500.
///
/// # Errors
/// [`StoreError`] where the database does not answer.
pub async fn of_organization(
    database: &Database,
    organization: OrganizationId,
) -> Result<Vec<Invitation>, StoreError> {
    database
        .rows(
            "SELECT * FROM invitations WHERE organization_id = $1
             ORDER BY created_at DESC, id DESC LIMIT 500",
            params![organization],
        )
        .await
}

/// The holder of a living link to an inspection pack.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InspectionVisit {
    /// The link.
    pub link: InvitationId,
    /// The inspected organisation.
    pub organization: OrganizationId,
    /// What it is.
    pub kind: OrganizationKind,
    /// Its name.
    pub name: String,
    /// The year of the pack.
    pub fiscal_year: FiscalYear,
    /// Until when the link works.
    pub expires_at: Instant,
}

impl InspectionVisit {
    /// The policy's view of the holder: may read one institution and nothing else.
    #[must_use]
    pub const fn principal(&self) -> Principal {
        Principal {
            actor: Actor::InspectionLink,
            organization: self.organization,
            organization_kind: self.kind,
            roles: Vec::new(),
            second_factor: false,
            token_actions: None,
        }
    }
}

row! {
    struct OrganizationRow { kind: String, name: String }
}

/// Who holds a link to an inspection pack. To be asked on every request under the link.
///
/// # Errors
/// [`IdentityError::Link`] where it does not work.
pub async fn inspection_visit(
    database: &Database,
    token: &SecretToken,
    now: Instant,
) -> Result<InspectionVisit, IdentityError> {
    let invitation = look(database, token, now).await?;
    let Purpose::InspectionPack { fiscal_year } = invitation.purpose else {
        return Err(LinkProblem::OtherPurpose.into());
    };
    let organization = invitation.organization.ok_or(LinkProblem::OtherPurpose)?;
    let row: OrganizationRow = database
        .one(
            "SELECT kind, name FROM organizations WHERE id = $1",
            params![organization],
        )
        .await?;
    Ok(InspectionVisit {
        link: invitation.id,
        organization,
        kind: OrganizationKind::from_code(&row.kind).ok_or(LinkProblem::OtherPurpose)?,
        name: row.name,
        fiscal_year,
        expires_at: invitation.expires_at,
    })
}

/// Counts and records that the first page of an inspection pack was opened.
///
/// # Errors
/// [`StoreError`] where the database refuses.
pub async fn count_inspection_visit(
    tx: &mut Transaction,
    act: Act<'_>,
    visit: &InspectionVisit,
) -> Result<(), StoreError> {
    tx.execute(
        "UPDATE invitations SET opens = opens + 1, last_opened_at = $1 WHERE id = $2",
        params![act.now, visit.link.uuid()],
    )
    .await?;
    let actor = yagura_kernel::audit::AuditActor::InspectionLink {
        link: Some(visit.link.uuid()),
    };
    Record::of(Event::InspectionPackOpened, "invitation", visit.link)
        .in_organization(Some(visit.organization))
        .write(tx, act.by(actor))
        .await
}
