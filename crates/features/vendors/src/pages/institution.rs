//! For an institution: its vendors, what they answered, and invitations.

use axum::response::Response;
use maud::{Markup, html};
use yagura_checklists::model::SheetSubject;
use yagura_checklists::store::{self, CustomerState, SheetHeader};
use yagura_checklists::{Family, sheet_path};
use yagura_identity::invitations::{
    self, Authority, Invitation, InvitedVendor, NewInvitation, NewLink, Purpose,
};
use yagura_identity::{Act, Login};
use yagura_kernel::id::{InvitationId, OrganizationId, RelationId};
use yagura_kernel::organization::OrganizationKind;
use yagura_kernel::policy::{Action, Authorized, actions, scope};
use yagura_kernel::text::normalise_for_search;
use yagura_store::directory::{self, Organization, Relation};
use yagura_store::{StoreError, Transaction};
use yagura_web::api::PathOf;
use yagura_web::i18n::args;
use yagura_web::mail::Mail;
use yagura_web::ui::components::{self, Column, Table, TableRow};
use yagura_web::ui::forms::{self, Button, Choice, Field, Form, FormState, InputKind};
use yagura_web::ui::layout::Crumb;
use yagura_web::{Context, FlashMessage, SubmittedForm, WebError};

use super::progress;

/// How many known vendors are offered by name.
const KNOWN_AT_MOST: i64 = 300;

/// How many vendors whose name begins alike are compared with a new one's. The shortest of them is
/// the namesake and sorts first.
const NAMESAKES_AT_MOST: i64 = 5;

/// The vendors and their sheets of this fiscal year.
pub(crate) async fn list(context: Context) -> Result<Response, WebError> {
    let proof = context.authorize_own::<actions::ReadVendors>().await?;
    let sheets_proof = context.authorize_own::<actions::ReadVendorSheet>().await?;
    let year = context.app.fiscal_year();
    let work = work(&context, proof.organization(), &sheets_proof).await?;
    let may_manage = scope(&context.principal, Action::ManageVendors)
        .own
        .is_some();
    let invited: Vec<Invitation> = if may_manage {
        let proof = context.authorize_own::<actions::ManageVendors>().await?;
        waiting(&context, &proof).await?
    } else {
        Vec::new()
    };
    let t = context.t();
    let mut frame = context.frame(t.t("vendors-title"));
    let done = work
        .iter()
        .filter(|vendor| vendor.state() == CustomerState::Done)
        .count();
    frame.lede = Some(html! {
        (t.t_args("vendors-lede", args![("year", t.fiscal_year(year))]))
        @if !work.is_empty() {
            " " (t.t_args("vendors-lede-counts", args![("count", work.len()), ("done", done)]))
        }
    });
    if may_manage {
        frame.actions = Some(forms::link_button(
            "/vendors/invite",
            t.t("vendors-invite"),
            true,
        ));
    }
    let rows = work
        .iter()
        .map(|vendor| {
            let counts = vendor.sheet.as_ref().map(|sheet| sheet.counts);
            let counts = counts.unwrap_or_default();
            TableRow::new(vec![
                html! {
                    (vendor.organization.name)
                    @if let Some(note) = &vendor.relation.note { br; span.small { (note) } }
                },
                progress(
                    t,
                    vendor.state(),
                    (counts.answered(), counts.applicable()),
                    counts.no,
                    vendor.sheet.is_some(),
                ),
                html! {
                    @match &vendor.sheet {
                        Some(sheet) => {
                            a href=(sheet_path(Family::Vendor, sheet.id)) { (t.t("vendors-see-sheet")) }
                        }
                        None => "—",
                    }
                },
                html! {
                    @if may_manage {
                        form method="post" action={ "/vendors/" (vendor.relation.id) "/end" } {
                            (forms::button(&Button::quiet(t.t("vendors-end"))
                                .confirm(t.t("vendors-end-confirm"))))
                        }
                    }
                },
            ])
        })
        .collect();
    let columns = vec![
        Column::text(t.t("vendors-name")),
        Column::text(t.t("vendors-state")),
        Column::text(t.t("vendors-sheet")),
        Column::action(t.t("vendors-act")),
    ];
    let body = html! {
        section.card {
            @if work.is_empty() {
                (components::empty_state(t.t("vendors-empty"), html! { (t.t("vendors-empty-why")) }))
            } @else {
                (components::data_table(&Table::new(t.t("vendors-title"), columns, rows)))
            }
        }
        @if !invited.is_empty() {
            (components::card(t.t("vendors-invited"), html! {
                ul role="list" {
                    @for invitation in &invited {
                        li {
                            (invited_name(invitation)) " "
                            (t.t_args("vendors-invited-until", args![("until", t.date_time(invitation.expires_at))]))
                            form.inline method="post" action={ "/vendors/invitations/" (invitation.id) "/revoke" } {
                                (forms::button(&Button::quiet(t.t("vendors-revoke"))))
                            }
                        }
                    }
                }
            }))
        }
    };
    context.respond(frame, body).await
}

fn invited_name(invitation: &Invitation) -> &str {
    match &invitation.purpose {
        Purpose::Vendor {
            vendor: InvitedVendor::New(name),
            ..
        } => name,
        _ => invitation.addressee.as_deref().unwrap_or("—"),
    }
}

/// A vendor of the institution with its sheet of this year, where it was opened.
pub(crate) struct Vendor {
    pub(crate) relation: Relation,
    pub(crate) organization: Organization,
    pub(crate) sheet: Option<SheetHeader>,
}

impl Vendor {
    /// How far its sheet is.
    pub(crate) fn state(&self) -> CustomerState {
        match &self.sheet {
            Some(sheet) if sheet.round1_done_at.is_some() => CustomerState::Done,
            Some(sheet) if sheet.counts.answered() > 0 => CustomerState::InWork,
            _ => CustomerState::NotBegun,
        }
    }
}

/// The vendors of the institution, those that have not answered first, in three statements.
pub(crate) async fn work(
    context: &Context,
    institution: OrganizationId,
    proof: &Authorized<actions::ReadVendorSheet>,
) -> Result<Vec<Vendor>, WebError> {
    let database = context.database();
    let mut sheets = store::vendor_sheets(database, proof, context.app.fiscal_year()).await?;
    let suppliers = directory::suppliers_of(database, institution, context.today).await?;
    let mut work: Vec<Vendor> = suppliers
        .into_iter()
        .map(|(relation, organization)| {
            let subject = SheetSubject::Vendor(organization.id);
            let own = sheets.iter().position(|sheet| sheet.subject == subject);
            Vendor {
                relation,
                sheet: own.map(|place| sheets.swap_remove(place)),
                organization,
            }
        })
        .collect();
    work.sort_by_cached_key(|vendor| {
        let rank = match vendor.state() {
            CustomerState::NotBegun => 0,
            CustomerState::InWork => 1,
            CustomerState::Done => 2,
        };
        (rank, normalise_for_search(&vendor.organization.name))
    });
    Ok(work)
}

fn crumbs(context: &Context) -> Vec<Crumb> {
    vec![Crumb::new(context.t().t("vendors-title"), "/vendors")]
}

async fn invite_body(context: &Context, state: &FormState) -> Result<Markup, WebError> {
    let t = context.t();
    let known = directory::of_kind(
        context.database(),
        OrganizationKind::Vendor,
        None,
        KNOWN_AT_MOST,
    )
    .await?;
    let ids: Vec<String> = known.iter().map(|vendor| vendor.id.to_string()).collect();
    let mut choices = vec![Choice::new("", t.t("vendors-invite-new"))];
    choices.extend(
        known
            .iter()
            .zip(&ids)
            .map(|(vendor, id)| Choice::new(id, &vendor.name)),
    );
    Ok(html! {
        section.card {
            (forms::error_summary(t, state))
            (forms::form(t, &Form::post("/vendors/invite").keep_draft("vendor"), html! {
                (forms::select(t, state, &Field::new("vendor", t.t("vendors-invite-known"))
                    .hint(t.t("vendors-invite-known-hint")), &choices))
                (forms::text_field(t, state, &Field::new("name", t.t("vendors-invite-name"))
                    .hint(t.t("vendors-invite-name-hint"))))
                (forms::text_field(t, state, &Field::new("email", t.t("vendors-invite-email"))
                    .kind(InputKind::Email).required().hint(t.t("vendors-invite-email-hint"))))
                (forms::button_row(&Button::primary(t.t("vendors-invite-send")), &[]))
            }))
        }
    })
}

/// The form for an invitation.
pub(crate) async fn invite_form(context: Context) -> Result<Response, WebError> {
    context.authorize_own::<actions::ManageVendors>().await?;
    let mut frame = context.frame(context.t().t("vendors-invite"));
    frame.breadcrumbs = crumbs(&context);
    let body = invite_body(&context, &FormState::empty()).await?;
    context.respond(frame, body).await
}

/// Makes the invitation and the mail that carries it, in one transaction.
pub(crate) async fn send(
    context: &Context,
    tx: &mut Transaction,
    proof: &Authorized<actions::ManageVendors>,
    vendor: InvitedVendor,
    address: Login,
) -> Result<(NewLink, String), WebError> {
    let t = context.t();
    let ids = context.app.shared_ids();
    let act = Act::of(&context.principal, ids.as_ref(), context.now);
    let new = NewInvitation {
        purpose: Purpose::Vendor {
            vendor,
            sheet: None,
        },
        organization: Some(proof.organization()),
        addressee: Some(address.clone()),
        expires_at: None,
    };
    let link = invitations::invite(tx, act, Authority::Vendors(proof), new).await?;
    let url = context
        .app
        .config()
        .link(&format!("/invitations/{}", link.token.reveal()));
    let mail = Mail {
        to: address.as_str().to_owned(),
        subject: t
            .t_args(
                "vendors-mail-subject",
                args![("organization", context.organization.name.as_str())],
            )
            .into_owned(),
        body: t
            .t_args(
                "vendors-mail-body",
                args![
                    ("organization", context.organization.name.as_str()),
                    ("person", context.person_name.as_str()),
                    ("until", t.date_time(link.expires_at)),
                    ("link", url.as_str())
                ],
            )
            .into_owned(),
    };
    context.app.enqueue(tx, mail.job(&context.app)).await?;
    context.note_change(tx).await?;
    Ok((link, url))
}

/// A vendor on record whose name people take for the same.
pub(crate) async fn namesake(
    context: &Context,
    name: &str,
) -> Result<Option<Organization>, WebError> {
    let key = normalise_for_search(name);
    let found = directory::search(
        context.database(),
        OrganizationKind::Vendor,
        name,
        NAMESAKES_AT_MOST,
    )
    .await?;
    Ok(found
        .into_iter()
        .find(|vendor| normalise_for_search(&vendor.name) == key))
}

/// The vendor on record that is chosen, if it is one.
async fn known_vendor(context: &Context, id: &str) -> Result<Option<InvitedVendor>, WebError> {
    let Ok(id) = id.parse::<OrganizationId>() else {
        return Ok(None);
    };
    match directory::get(context.database(), id).await {
        Ok(vendor) if vendor.kind == OrganizationKind::Vendor => Ok(Some(InvitedVendor::Known(id))),
        Ok(_) | Err(StoreError::NotFound) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

/// Sends an invitation.
pub(crate) async fn invite(
    context: Context,
    SubmittedForm(mut form): SubmittedForm,
) -> Result<Response, WebError> {
    let proof = context.authorize_own::<actions::ManageVendors>().await?;
    let t = context.t();
    let vendor = match form.value("vendor").to_owned().as_str() {
        "" => match form.read_required(t, "name", t.t("vendors-invite-name"), 200) {
            Some(name) => match namesake(&context, &name).await? {
                Some(other) => {
                    let words = t.t_args("vendors-invite-namesake", args![("name", other.name)]);
                    form.add_error("name", words.into_owned());
                    None
                }
                None => Some(InvitedVendor::New(name)),
            },
            None => None,
        },
        id => {
            let known = known_vendor(&context, id).await?;
            if known.is_none() {
                form.add_error("vendor", t.t("vendors-invite-known-wrong"));
            }
            known
        }
    };
    let email = form.read_required(t, "email", t.t("vendors-invite-email"), 254);
    let login = email
        .as_deref()
        .and_then(|email| Login::parse(email).ok())
        .filter(Login::is_address);
    if email.is_some() && login.is_none() {
        form.add_error("email", t.t("vendors-invite-email-wrong"));
    }
    let (Some(vendor), Some(login), false) = (vendor, login, form.has_errors()) else {
        let mut frame = context.frame(t.t("vendors-invite"));
        frame.breadcrumbs = crumbs(&context);
        let body = invite_body(&context, &form).await?;
        return context.respond(frame, body).await;
    };
    let address = login.as_str().to_owned();
    let mut tx = context.database().begin().await?;
    let (_, url) = send(&context, &mut tx, &proof, vendor, login).await?;
    tx.commit().await?;
    let mut frame = context.frame(t.t("vendors-invite-done"));
    frame.breadcrumbs = crumbs(&context);
    let body = html! {
        section.card {
            p { (t.t_args("vendors-invite-done-words", args![("email", address.as_str())])) }
            p { (t.t("vendors-invite-people-words")) }
            p { (t.t("vendors-invite-link-words")) }
            p { code.link-to-copy { (url) } }
            p { a href="/vendors" { (t.t("vendors-back")) } }
        }
    };
    context.respond(frame, body).await
}

/// Records that a vendor's contract ended yesterday, and returns the vendor's name.
pub(crate) async fn end_contract(
    context: &Context,
    relation: RelationId,
) -> Result<String, WebError> {
    let proof = context.authorize_own::<actions::ManageVendors>().await?;
    let own =
        directory::suppliers_of(context.database(), proof.organization(), context.today).await?;
    let (_, vendor) = own
        .into_iter()
        .find(|(own, _)| own.id == relation)
        .ok_or(WebError::NotFound)?;
    let yesterday = context.today.previous_day().unwrap_or(context.today);
    let mut tx = context.database().begin().await?;
    directory::end_relation(&mut tx, relation, yesterday).await?;
    for feature in context.app.features() {
        feature
            .organization_changed(&context.app, &mut tx, proof.organization())
            .await?;
    }
    context
        .audit(
            &mut tx,
            &proof,
            "relation",
            relation,
            serde_json::json!({ "ended": true }),
        )
        .await?;
    tx.commit().await?;
    Ok(vendor.name)
}

/// Ends a vendor's contract on record.
pub(crate) async fn end(
    context: Context,
    PathOf(relation): PathOf<RelationId>,
) -> Result<Response, WebError> {
    let name = end_contract(&context, relation).await?;
    Ok(context.redirect(
        "/vendors",
        FlashMessage::done("vendors-ended").with("name", name),
    ))
}

/// Takes an invitation back.
pub(crate) async fn take_back(context: &Context, invitation: InvitationId) -> Result<(), WebError> {
    let proof = context.authorize_own::<actions::ManageVendors>().await?;
    let ids = context.app.shared_ids();
    let act = Act::of(&context.principal, ids.as_ref(), context.now);
    let mut tx = context.database().begin().await?;
    let authority = Authority::Vendors(&proof);
    invitations::revoke(&mut tx, act, authority, proof.organization(), invitation).await?;
    context.note_change(&mut tx).await?;
    tx.commit().await?;
    Ok(())
}

/// Takes an invitation back, on the page.
pub(crate) async fn revoke(
    context: Context,
    PathOf(invitation): PathOf<InvitationId>,
) -> Result<Response, WebError> {
    take_back(&context, invitation).await?;
    Ok(context.redirect("/vendors", FlashMessage::done("vendors-revoked")))
}

/// The invitations that wait to be accepted.
pub(crate) async fn waiting(
    context: &Context,
    proof: &Authorized<actions::ManageVendors>,
) -> Result<Vec<Invitation>, WebError> {
    Ok(
        invitations::of_organization(context.database(), proof.organization())
            .await?
            .into_iter()
            .filter(|invitation| {
                matches!(invitation.purpose, Purpose::Vendor { .. })
                    && invitation.check(context.now).is_ok()
            })
            .collect(),
    )
}
