//! Acts of this feature, each in one transaction with its audit entry. Pages and API do the same
//! through these.

use serde_json::json;
use yagura_identity::Act;
use yagura_identity::IdentityError;
use yagura_identity::invitations::{self, Authority, Invitation, NewInvitation, NewLink, Purpose};
use yagura_identity::login::Login;
use yagura_identity::oidc::{self, OidcProblem, ProviderForm, ProviderId, Trial};
use yagura_kernel::id::{AssignmentId, InvitationId, OrganizationId};
use yagura_kernel::organization::OrganizationKind;
use yagura_kernel::person::Role;
use yagura_kernel::policy::{Authorized, actions};
use yagura_kernel::time::{Date, Instant};
use yagura_store::StoreError;
use yagura_store::directory::{self, AssignmentWithPerson, NewOrganization};
use yagura_web::i18n::args;
use yagura_web::mail::Mail;
use yagura_web::ui::components;
use yagura_web::{Context, Records, Translator, WebError};

use crate::model::{MOST_PROVIDERS, ProviderFields};
use crate::store::{self, Ended};

type Manage = Authorized<actions::ManagePeople>;

/// An invitation that was just given out.
pub(crate) struct Invited {
    pub(crate) id: InvitationId,
    /// Shown once: the database keeps only its hash.
    pub(crate) url: String,
    pub(crate) expires_at: Instant,
}

impl Invited {
    pub(crate) fn of(context: &Context, link: &NewLink) -> Self {
        let path = format!("/invitations/{}", link.token.reveal());
        Self {
            id: link.id,
            url: context.app.config().link(&path),
            expires_at: link.expires_at,
        }
    }
}

/// Invites somebody to one's organisation and mails them the link.
pub(crate) async fn invite(
    context: &Context,
    login: &Login,
    role: Role,
    until: Option<Date>,
) -> Result<Invited, WebError> {
    let proof = context.authorize_own::<actions::ManagePeople>().await?;
    let t = context.t();
    let ids = context.app.shared_ids();
    let act = Act::of(&context.principal, ids.as_ref(), context.now);
    let mut tx = context.database().begin().await?;
    let new = NewInvitation {
        purpose: Purpose::Join { role, until },
        organization: Some(proof.organization()),
        addressee: Some(login.clone()),
        expires_at: None,
    };
    let link = invitations::invite(&mut tx, act, Authority::People(&proof), new).await?;
    let invited = Invited::of(context, &link);
    let organization = context.organization.name.as_str();
    let mail = Mail {
        to: login.as_str().to_owned(),
        subject: t
            .t_args(
                "organization-invite-mail-subject",
                args![("organization", organization)],
            )
            .into_owned(),
        body: t
            .t_args(
                "organization-invite-mail-body",
                args![
                    ("organization", organization),
                    ("person", context.person_name.as_str()),
                    ("role", components::role(t, role)),
                    ("until", t.date_time(link.expires_at)),
                    ("link", invited.url.as_str())
                ],
            )
            .into_owned(),
    };
    context.app.enqueue(&mut tx, mail.job(&context.app)).await?;
    context.note_change(&mut tx).await?;
    tx.commit().await?;
    Ok(invited)
}

/// The invitations to one's organisation that still work, the newest first.
pub(crate) async fn open_invitations(
    context: &Context,
    organization: OrganizationId,
) -> Result<Vec<Invitation>, WebError> {
    let all = invitations::of_organization(context.database(), organization).await?;
    Ok(all
        .into_iter()
        .filter(|one| matches!(one.purpose, Purpose::Join { .. }))
        .filter(|one| one.check(context.now).is_ok())
        .collect())
}

/// Takes an invitation back.
pub(crate) async fn revoke_invitation(
    context: &Context,
    invitation: InvitationId,
) -> Result<(), WebError> {
    let proof = context.authorize_own::<actions::ManagePeople>().await?;
    let ids = context.app.shared_ids();
    let act = Act::of(&context.principal, ids.as_ref(), context.now);
    let mut tx = context.database().begin().await?;
    let own = proof.organization();
    invitations::revoke(&mut tx, act, Authority::People(&proof), own, invitation).await?;
    context.note_change(&mut tx).await?;
    Ok(tx.commit().await?)
}

/// Who holds a role of one's organisation today.
pub(crate) async fn holder_of(
    context: &Context,
    proof: &Manage,
    assignment: AssignmentId,
) -> Result<AssignmentWithPerson, WebError> {
    directory::assignments_of_organization(context.database(), proof.organization(), context.today)
        .await?
        .into_iter()
        .find(|holder| holder.assignment.id == assignment)
        .ok_or(WebError::NotFound)
}

/// Ends somebody's role today, and says whose.
pub(crate) async fn end_role(
    context: &Context,
    assignment: AssignmentId,
) -> Result<String, WebError> {
    let proof = context.authorize_own::<actions::ManagePeople>().await?;
    let held = holder_of(context, &proof, assignment).await?;
    if context.person() == Some(held.assignment.person) {
        return Err(WebError::invalid("organization-people-own-role"));
    }
    // A role that ends holds through its last day; the day before today ends it at once.
    let yesterday = context.today.previous_day().unwrap_or(context.today);
    let mut tx = context.database().begin().await?;
    match store::end_role(&mut tx, &proof, assignment, yesterday, context.today).await? {
        Ended::Done => {}
        Ended::LastManager => {
            return Err(WebError::invalid("organization-people-last-manager"));
        }
    }
    let detail = json!({ "ended": true, "role": held.assignment.role.code() });
    context
        .audit(&mut tx, &proof, "assignment", assignment, detail)
        .await?;
    let (app, own) = (&context.app, proof.organization());
    app.records_changed(&mut tx, own, Records::People).await?;
    tx.commit().await?;
    Ok(held.name)
}

/// The first person of an organisation of a kind.
pub(crate) fn first_role(kind: OrganizationKind) -> Option<Role> {
    match kind {
        kind if kind.is_institution() => Some(Role::SafetyManager),
        kind if kind.is_regional() => Some(Role::RegionalManager),
        OrganizationKind::Vendor => Some(Role::VendorManager),
        _ => None,
    }
}

/// An organisation to be recorded by an administrator, with its first person.
pub(crate) struct First {
    pub(crate) kind: OrganizationKind,
    pub(crate) name: String,
    pub(crate) beds: Option<i64>,
    pub(crate) login: Login,
}

/// Records an organisation and invites its first person.
pub(crate) async fn create_organization(
    context: &Context,
    first: First,
) -> Result<(OrganizationId, Invited), WebError> {
    let proof = context
        .authorize_installation::<actions::ManageInstallation>()
        .await?;
    let role = first_role(first.kind).ok_or(WebError::invalid("organization-new-kind-missing"))?;
    let ids = context.app.shared_ids();
    let act = Act::of(&context.principal, ids.as_ref(), context.now);
    let id = OrganizationId::new(ids.as_ref());
    let mut tx = context.database().begin().await?;
    let new = NewOrganization {
        id,
        kind: first.kind,
        name: first.name,
        code: None,
        region_code: None,
        permitted_beds: first.beds,
        address: None,
        phone: None,
        email: Some(first.login.as_str().to_owned()),
    };
    directory::insert(&mut tx, new, context.now).await?;
    let invitation = NewInvitation {
        purpose: Purpose::Join { role, until: None },
        organization: Some(id),
        addressee: Some(first.login),
        expires_at: None,
    };
    let authority = Authority::Installation(&proof);
    let link = invitations::invite(&mut tx, act, authority, invitation).await?;
    let detail = json!({ "kind": first.kind.code() });
    context
        .audit(&mut tx, &proof, "organization", id, detail)
        .await?;
    tx.commit().await?;
    Ok((id, Invited::of(context, &link)))
}

/// Why an identity provider was not saved.
pub(crate) enum NotSaved {
    /// Fields are to be mended: each with the key of what is wrong.
    Fields(Vec<(&'static str, &'static str)>),
    /// Anything else.
    Web(WebError),
}

impl<E: Into<WebError>> From<E> for NotSaved {
    fn from(error: E) -> Self {
        Self::Web(error.into())
    }
}

/// Adds or changes an identity provider of one's organisation.
pub(crate) async fn save_provider(
    context: &Context,
    proof: &Manage,
    id: Option<ProviderId>,
    fields: ProviderFields,
) -> Result<ProviderId, NotSaved> {
    let identity = context.app.identity();
    let wrong = fields.problems(identity.accepts_issuer(&fields.issuer));
    if !wrong.is_empty() {
        return Err(NotSaved::Fields(wrong));
    }
    if id.is_none() {
        let present = oidc::of_organization(context.database(), proof.organization()).await?;
        if present.len() >= MOST_PROVIDERS {
            return Err(WebError::invalid("organization-provider-too-many").into());
        }
    }
    let form = ProviderForm {
        id,
        name: fields.name,
        issuer: fields.issuer,
        client_id: fields.client_id,
        client_secret: fields.client_secret.map(Into::into),
        allowed_domains: fields
            .domains
            .iter()
            .filter_map(|domain| oidc::read_domain(domain))
            .collect(),
        trusts_second_factor: fields.trusts_second_factor,
        enabled: fields.enabled,
    };
    let ids = context.app.shared_ids();
    let act = Act::of(&context.principal, ids.as_ref(), context.now);
    let mut tx = context.database().begin().await?;
    let id = identity.save_provider(&mut tx, act, proof, form).await?;
    context.note_change(&mut tx).await?;
    tx.commit().await?;
    Ok(id)
}

/// Removes an identity provider of one's organisation.
pub(crate) async fn remove_provider(
    context: &Context,
    proof: &Manage,
    id: ProviderId,
) -> Result<(), WebError> {
    let ids = context.app.shared_ids();
    let act = Act::of(&context.principal, ids.as_ref(), context.now);
    let mut tx = context.database().begin().await?;
    oidc::remove(&mut tx, act, proof, id).await?;
    context.note_change(&mut tx).await?;
    Ok(tx.commit().await?)
}

/// Asks an identity provider of one's organisation to describe itself.
pub(crate) async fn try_provider(
    context: &Context,
    proof: &Manage,
    id: ProviderId,
) -> Result<Result<Trial, OidcProblem>, WebError> {
    let outcome = match context.app.identity().try_provider(proof, id).await {
        Ok(trial) => Ok(trial),
        Err(IdentityError::Oidc(problem)) => Err(problem),
        Err(error) => return Err(error.into()),
    };
    if let Err(problem) = &outcome {
        tracing::info!(provider = %id, %problem, "an identity provider was tried and did not work");
    }
    let detail = json!({ "tried": true, "works": outcome.is_ok() });
    context
        .audit_read(proof, "identity_provider", id, detail)
        .await?;
    Ok(outcome)
}

/// What stands in the way of a provider, for whoever sets it up.
pub(crate) fn trial_words<'t>(t: &'t Translator, problem: &OidcProblem) -> &'t str {
    match problem {
        OidcProblem::Unreachable(_) => t.t("organization-provider-unreachable"),
        OidcProblem::Answer(_) => t.t("organization-provider-answer-wrong"),
        OidcProblem::Unknown | OidcProblem::Configuration | OidcProblem::NoAddress => {
            t.t("organization-provider-issuer-wrong")
        }
    }
}

/// One identity provider of one's organisation.
pub(crate) async fn provider(
    context: &Context,
    proof: &Manage,
    id: ProviderId,
) -> Result<oidc::Provider, WebError> {
    oidc::get(context.database(), id)
        .await?
        .filter(|provider| provider.organization == proof.organization())
        .ok_or_else(|| StoreError::NotFound.into())
}
