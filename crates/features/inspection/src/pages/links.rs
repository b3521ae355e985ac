//! Expiring links by which an inspector reads the pack without an account.

use axum::response::Response;
use maud::{Markup, html};
use yagura_identity::Act;
use yagura_identity::invitations::{self, Authority, Invitation, NewInvitation, NewLink, Purpose};
use yagura_kernel::id::{InvitationId, OrganizationId};
use yagura_kernel::policy::{Authorized, actions};
use yagura_kernel::time::{Date, FiscalYear};
use yagura_web::api::PathOf;
use yagura_web::authentication::Means;
use yagura_web::i18n::args;
use yagura_web::ui::components::{self, Column, Table, TableRow, Tone};
use yagura_web::ui::forms::{self, Button, Field, Form, FormState};
use yagura_web::ui::layout::Crumb;
use yagura_web::{Context, FlashMessage, SubmittedForm, WebError};

/// The links that were given out.
pub(crate) async fn given_out(
    context: &Context,
    proof: &Authorized<actions::ShareInspectionLink>,
) -> Result<Vec<Invitation>, WebError> {
    Ok(
        invitations::of_organization(context.database(), proof.organization())
            .await?
            .into_iter()
            .filter(|link| matches!(link.purpose, Purpose::InspectionPack { .. }))
            .collect(),
    )
}

/// What the link says by which somebody reads without an account.
pub(crate) struct VisitorLink {
    /// The year whose pack it opens.
    pub(crate) year: FiscalYear,
    /// The last day on which it works.
    pub(crate) last_day: Date,
}

/// The link of who reads; `None` for people.
pub(crate) async fn of_visitor(
    context: &Context,
    organization: OrganizationId,
) -> Result<Option<VisitorLink>, WebError> {
    let Means::Link(id) = context.means else {
        return Ok(None);
    };
    let links = invitations::of_organization(context.database(), organization).await?;
    let link = links
        .into_iter()
        .find(|link| link.id.uuid() == id)
        .ok_or(WebError::NotFound)?;
    match link.purpose {
        Purpose::InspectionPack { fiscal_year } => Ok(Some(VisitorLink {
            year: fiscal_year,
            last_day: link.expires_at.plus_seconds(-1).jst_date(),
        })),
        _ => Err(WebError::NotFound),
    }
}

/// Gives out a link that works through its last day.
pub(crate) async fn give_out(
    context: &Context,
    proof: &Authorized<actions::ShareInspectionLink>,
    last_day: Date,
) -> Result<(NewLink, String), WebError> {
    let ids = context.app.shared_ids();
    let act = Act::of(&context.principal, ids.as_ref(), context.now);
    let end = yagura_kernel::time::Instant::start_of_jst_day(last_day).plus_days(1);
    let new = NewInvitation {
        purpose: Purpose::InspectionPack {
            fiscal_year: context.app.fiscal_year(),
        },
        organization: Some(proof.organization()),
        addressee: None,
        expires_at: Some(end),
    };
    let mut tx = context.database().begin().await?;
    let link = invitations::invite(&mut tx, act, Authority::Inspection(proof), new).await?;
    context.note_change(&mut tx).await?;
    tx.commit().await?;
    let url = context
        .app
        .config()
        .link(&format!("/invitations/{}", link.token.reveal()));
    Ok((link, url))
}

/// The longest that a link may work, in days.
pub(crate) const LONGEST_DAYS: i64 = 60;

async fn body(
    context: &Context,
    proof: &Authorized<actions::ShareInspectionLink>,
    state: &FormState,
) -> Result<Markup, WebError> {
    let t = context.t();
    let links = given_out(context, proof).await?;
    let rows = links
        .iter()
        .map(|link| {
            let works = link.check(context.now).is_ok();
            TableRow::new(vec![
                components::date_time(t, link.created_at),
                components::date_time(t, link.expires_at),
                html! { (link.opens) },
                html! {
                    @if works { (components::tag(Tone::Success, t.t("inspection-link-works"))) }
                    @else { (components::tag(Tone::Neutral, t.t("inspection-link-over"))) }
                },
                html! {
                    @if works {
                        form method="post" action={ "/inspection/links/" (link.id) "/revoke" } {
                            (forms::button(&Button::quiet(t.t("inspection-link-revoke"))))
                        }
                    }
                },
            ])
        })
        .collect();
    let columns = vec![
        Column::text(t.t("inspection-link-made")),
        Column::text(t.t("inspection-link-until")),
        Column::number(t.t("inspection-link-opens")),
        Column::text(t.t("inspection-state")),
        Column::action(t.t("inspection-link-revoke")),
    ];
    Ok(html! {
        section.card {
            (forms::error_summary(t, state))
            (forms::form(t, &Form::post("/inspection/links"), html! {
                (forms::date_field(t, state, &Field::new("until", t.t("inspection-link-last-day"))
                    .required().hint(t.t("inspection-link-last-day-hint"))))
                (forms::button_row(&Button::primary(t.t("inspection-link-make")), &[]))
            }))
        }
        section.card {
            @if links.is_empty() {
                (components::empty_state(t.t("inspection-links-empty"), html! {
                    (t.t("inspection-links-empty-why"))
                }))
            } @else {
                (components::data_table(&Table::new(t.t("inspection-links"), columns, rows)
                    .without_row_headers()))
            }
        }
    })
}

fn crumbs(context: &Context) -> Vec<Crumb> {
    vec![Crumb::new(context.t().t("inspection-nav"), "/inspection")]
}

/// The page.
pub(crate) async fn list(context: Context) -> Result<Response, WebError> {
    let proof = context
        .authorize_own::<actions::ShareInspectionLink>()
        .await?;
    let mut frame = context.frame(context.t().t("inspection-links"));
    frame.breadcrumbs = crumbs(&context);
    frame.lede = Some(html! { (context.t().t("inspection-links-lede")) });
    let body = body(&context, &proof, &FormState::empty()).await?;
    context.respond(frame, body).await
}

/// Whether a link may work through this day.
pub(crate) fn is_allowed(today: Date, last_day: Date) -> bool {
    let days = (last_day - today).whole_days();
    (0..=LONGEST_DAYS).contains(&days)
}

/// Makes a link and shows it, once.
pub(crate) async fn create(
    context: Context,
    SubmittedForm(mut form): SubmittedForm,
) -> Result<Response, WebError> {
    let proof = context
        .authorize_own::<actions::ShareInspectionLink>()
        .await?;
    let t = context.t();
    let until = form.read_required_date(t, "until", t.t("inspection-link-last-day"));
    if let Some(day) = until
        && !is_allowed(context.today, day)
    {
        let words = t.t_args(
            "inspection-link-last-day-wrong",
            args![("days", LONGEST_DAYS)],
        );
        form.add_error("until", words.into_owned());
    }
    let mut frame = context.frame(t.t("inspection-links"));
    frame.breadcrumbs = crumbs(&context);
    let (Some(until), false) = (until, form.has_errors()) else {
        let body = body(&context, &proof, &form).await?;
        return context.respond(frame, body).await;
    };
    let (link, url) = give_out(&context, &proof, until).await?;
    frame.title = t.t("inspection-link-done").to_owned();
    let body = html! {
        section.card {
            p { (t.t_args("inspection-link-done-words", args![("until", t.date_time(link.expires_at))])) }
            p { code.link-to-copy { (url) } }
            p { a href="/inspection/links" { (t.t("inspection-link-back")) } }
        }
    };
    context.respond(frame, body).await
}

/// Takes a link back.
pub(crate) async fn take_back(context: &Context, link: InvitationId) -> Result<(), WebError> {
    let proof = context
        .authorize_own::<actions::ShareInspectionLink>()
        .await?;
    let ids = context.app.shared_ids();
    let act = Act::of(&context.principal, ids.as_ref(), context.now);
    let mut tx = context.database().begin().await?;
    let authority = Authority::Inspection(&proof);
    invitations::revoke(&mut tx, act, authority, proof.organization(), link).await?;
    context.note_change(&mut tx).await?;
    tx.commit().await?;
    Ok(())
}

/// Takes a link back, on the page.
pub(crate) async fn revoke(
    context: Context,
    PathOf(link): PathOf<InvitationId>,
) -> Result<Response, WebError> {
    take_back(&context, link).await?;
    Ok(context.redirect(
        "/inspection/links",
        FlashMessage::done("inspection-link-revoked"),
    ))
}

#[cfg(test)]
mod tests {
    use super::is_allowed;
    use yagura_kernel::time::parse_date;

    #[test]
    fn a_link_works_from_today_for_sixty_days_at_most() {
        let day = |text| parse_date(text).unwrap();
        let today = day("2026-11-21");
        assert!(is_allowed(today, today));
        assert!(is_allowed(today, day("2027-01-20")));
        assert!(!is_allowed(today, day("2027-01-21")));
        assert!(!is_allowed(today, day("2026-11-20")));
    }
}
