use yagura_kernel::id::OrganizationId;
use yagura_kernel::organization::OrganizationKind;
use yagura_kernel::person::Role;
use yagura_kernel::policy::{Authorized, actions};
use yagura_store::{StoreError, Transaction, params, row};

use super::{InvitedVendor, NewInvitation, Purpose};
use crate::accounts::AccountAuthority;
use crate::error::{FormProblem, IdentityError};
use crate::events::Act;

/// By what right somebody gives out a link.
#[derive(Debug, Clone, Copy)]
pub enum Authority<'a> {
    /// They manage the people of their organisation: links to join it, and password resets for
    /// those who belong to it alone.
    People(&'a Authorized<actions::ManagePeople>),
    /// They manage the vendors of their institution: links for vendors.
    Vendors(&'a Authorized<actions::ManageVendors>),
    /// They decide for their institution: links to its inspection pack.
    Inspection(&'a Authorized<actions::ShareInspectionLink>),
    /// They manage the roll of a region: links by which the first director or safety manager of
    /// a member joins, as long as nobody of it has.
    Members(&'a Authorized<actions::ManageMembers>),
    /// They run the installation: any link for any organisation.
    Installation(&'a Authorized<actions::ManageInstallation>),
    /// The program itself: the demonstration and the command line.
    Program,
}

row! {
    struct KindRow { kind: String }
}

impl Authority<'_> {
    /// Whether it covers a purpose in an organisation, as far as that can be said without looking
    /// at the database.
    pub(crate) fn covers(
        &self,
        purpose: &Purpose,
        organization: Option<OrganizationId>,
    ) -> Result<(), IdentityError> {
        let covered = match self {
            Self::People(proof) => match purpose {
                Purpose::Join { .. } => organization == Some(proof.organization()),
                Purpose::PasswordReset { .. } => {
                    organization.is_none_or(|id| id == proof.organization())
                }
                _ => false,
            },
            Self::Vendors(proof) => {
                matches!(purpose, Purpose::Vendor { .. })
                    && organization == Some(proof.organization())
            }
            Self::Inspection(proof) => {
                matches!(purpose, Purpose::InspectionPack { .. })
                    && organization == Some(proof.organization())
            }
            Self::Members(_) => {
                organization.is_some()
                    && matches!(
                        purpose,
                        Purpose::Join {
                            role: Role::Director | Role::SafetyManager,
                            ..
                        }
                    )
            }
            Self::Installation(_) | Self::Program => !matches!(purpose, Purpose::SetUp),
        };
        if covered {
            Ok(())
        } else {
            Err(IdentityError::NotAllowed)
        }
    }

    pub(super) async fn check(
        &self,
        tx: &mut Transaction,
        act: Act<'_>,
        new: &NewInvitation,
    ) -> Result<(), IdentityError> {
        self.covers(&new.purpose, new.organization)?;
        let today = act.now.jst_date();
        match (self, &new.purpose) {
            (Self::People(proof), Purpose::PasswordReset { account }) => {
                AccountAuthority::Organization(proof)
                    .check(tx, *account, today)
                    .await
            }
            (Self::Members(proof), _) => {
                let overseen = tx
                    .count(
                        "SELECT count(*) AS n FROM relations
                         WHERE ((kind = 'oversees' AND from_id = $1 AND to_id = $2)
                             OR (kind = 'member_of' AND from_id = $2 AND to_id = $1))
                           AND valid_from <= $3 AND (valid_until IS NULL OR valid_until >= $3)",
                        params![proof.organization(), new.organization, today],
                    )
                    .await?;
                let people = tx
                    .count(
                        "SELECT count(*) AS n FROM accounts a
                         JOIN assignments x ON x.person_id = a.person_id
                         WHERE x.organization_id = $1",
                        params![new.organization],
                    )
                    .await?;
                if overseen > 0 && people == 0 {
                    Ok(())
                } else {
                    Err(IdentityError::NotAllowed)
                }
            }
            _ => Ok(()),
        }
    }
}

/// What must hold of a link whoever gives it out.
pub(super) async fn check_contents(
    tx: &mut Transaction,
    new: &NewInvitation,
) -> Result<(), IdentityError> {
    let kind = match new.organization {
        Some(organization) => {
            let row: KindRow = tx
                .one(
                    "SELECT kind FROM organizations WHERE id = $1",
                    params![organization],
                )
                .await?;
            OrganizationKind::from_code(&row.kind)
        }
        None => None,
    };
    match &new.purpose {
        Purpose::Join { role, .. } => {
            if kind.is_some_and(|kind| role.fits(kind)) {
                Ok(())
            } else {
                Err(IdentityError::RoleDoesNotFit)
            }
        }
        Purpose::Vendor { vendor, .. } => {
            if !kind.is_some_and(OrganizationKind::is_institution) {
                return Err(IdentityError::RoleDoesNotFit);
            }
            match vendor {
                InvitedVendor::New(name)
                    if name.trim().is_empty() || name.chars().count() > 200 =>
                {
                    Err(IdentityError::Form(vec![FormProblem::OrganizationName]))
                }
                InvitedVendor::New(_) => Ok(()),
                InvitedVendor::Known(vendor) => {
                    let row: Option<KindRow> = tx
                        .optional(
                            "SELECT kind FROM organizations WHERE id = $1",
                            params![*vendor],
                        )
                        .await?;
                    match row {
                        Some(row) if row.kind == OrganizationKind::Vendor.code() => Ok(()),
                        _ => Err(StoreError::NotFound.into()),
                    }
                }
            }
        }
        Purpose::InspectionPack { .. } => {
            if kind.is_some_and(OrganizationKind::is_institution) {
                Ok(())
            } else {
                Err(IdentityError::RoleDoesNotFit)
            }
        }
        Purpose::PasswordReset { .. } | Purpose::SetUp => Ok(()),
    }
}
