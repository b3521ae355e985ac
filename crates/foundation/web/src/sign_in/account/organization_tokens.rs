//! The API tokens of everybody in one's organisation, for those who manage its people.

use axum::response::Response;
use maud::html;
use yagura_identity::Act;
use yagura_identity::tokens::{self, OwnedToken, TokenId};
use yagura_kernel::policy::actions;

use super::Own;
use super::tokens::{is_shown, last_day, scopes, state_tag};
use crate::api::PathOf;
use crate::context::Context;
use crate::error::WebError;
use crate::flash::FlashMessage;
use crate::i18n::args;
use crate::ui::components::{self, Column, Table, TableRow};
use crate::ui::forms::{self, Button};
use crate::ui::layout::Crumb;

const HERE: &str = "/account/organization-tokens";

/// The list.
pub(super) async fn page(Own { context, .. }: Own) -> Result<Response, WebError> {
    let proof = context.authorize_own::<actions::ManagePeople>().await?;
    let t = context.t();
    let shown: Vec<OwnedToken> = tokens::of_organization(context.database(), &proof)
        .await?
        .into_iter()
        .filter(|owned| is_shown(&owned.token, context.now))
        .collect();
    let rows = shown.iter().map(|owned| row(&context, owned)).collect();
    let columns = vec![
        Column::text(t.t("account-token-owner")),
        Column::text(t.t("account-token-name")),
        Column::text(t.t("account-token-state")),
        Column::text(t.t("account-token-scopes")),
        Column::text(t.t("account-token-used")),
        Column::text(t.t("account-token-last-day")),
        Column::action(t.t("account-token-revoke")),
    ];
    let title = t.t("account-organization-tokens-title");
    let body = html! {
        section.card {
            @if shown.is_empty() {
                (components::empty_state(t.t("account-tokens-none"), html! {
                    (t.t("account-organization-tokens-none-do"))
                }))
            } @else {
                (components::data_table(&Table::new(title, columns, rows)))
            }
        }
    };
    let living = shown
        .iter()
        .filter(|owned| owned.token.is_alive(context.now))
        .count();
    let mut frame = context.frame(title);
    frame.breadcrumbs = vec![
        Crumb::new(t.t("account-title"), "/account"),
        Crumb::new(t.t("account-tokens-title"), "/account/tokens"),
    ];
    frame.lede = Some(html! {
        (t.t_args("account-organization-tokens-lede", args![
            ("organization", context.organization.name.as_str()), ("count", living)]))
    });
    context.respond(frame, body).await
}

fn row(context: &Context, owned: &OwnedToken) -> TableRow {
    let t = context.t();
    let token = &owned.token;
    let action = format!("{HERE}/{}/revoke", token.id);
    TableRow::new(vec![
        html! { (owned.owner) },
        html! { (token.name) br; code { (token.prefix) "…" } },
        state_tag(t, token, context.now),
        scopes(t, token),
        html! {
            @match token.last_used_at {
                Some(used) => (components::relative_time(t, used, context.now)),
                None => (t.t("account-never-used")),
            }
        },
        components::date(t, last_day(token)),
        html! {
            @if token.is_alive(context.now) {
                form method="post" action=(action) data-confirm=(t.t("account-token-revoke-confirm")) {
                    (forms::button(&Button::quiet(t.t("account-token-revoke"))))
                }
            }
        },
    ])
}

/// Takes anybody's token of the organisation back.
pub(super) async fn revoke(
    Own { context, .. }: Own,
    PathOf(token): PathOf<TokenId>,
) -> Result<Response, WebError> {
    take_back(&context, token).await?;
    Ok(context.redirect(HERE, FlashMessage::done("account-token-revoked-done")))
}

/// The same for the API.
pub(super) async fn take_back(context: &Context, token: TokenId) -> Result<(), WebError> {
    let proof = context.authorize_own::<actions::ManagePeople>().await?;
    let ids = context.app.shared_ids();
    let act = Act::of(&context.principal, ids.as_ref(), context.now);
    let mut tx = context.database().begin().await?;
    tokens::revoke_of_organization(&mut tx, act, &proof, token).await?;
    tx.commit().await?;
    Ok(())
}
