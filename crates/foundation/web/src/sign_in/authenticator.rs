use std::sync::Arc;

use async_trait::async_trait;
use axum::http::HeaderMap;
use axum::http::header::AUTHORIZATION;
use yagura_identity::SecretToken;
use yagura_identity::invitations;
use yagura_identity::sessions::{self, NextStep};
use yagura_identity::tokens;
use yagura_kernel::policy::{Actor, Principal};
use yagura_store::StoreError;
use yagura_store::directory;

use crate::app::App;
use crate::authentication::{
    Authenticated, Authenticator, LINK_COOKIE, Means, SESSION_COOKIE, cookie,
};

/// By session cookie, API token or inspection link.
#[derive(Debug, Clone, Copy)]
pub struct SessionAuthenticator;

#[async_trait]
impl Authenticator for SessionAuthenticator {
    async fn authenticate(
        &self,
        app: &App,
        headers: &HeaderMap,
    ) -> Result<Option<Authenticated>, StoreError> {
        let bearer = headers
            .get(AUTHORIZATION)
            .and_then(|value| value.to_str().ok())
            .and_then(|value| value.strip_prefix("Bearer "));
        if let Some(text) = bearer {
            return by_token(app, text.trim()).await;
        }
        if let Some(value) = cookie(headers, SESSION_COOKIE)
            && let Some(found) = by_session(app, value).await?
        {
            return Ok(Some(found));
        }
        match cookie(headers, LINK_COOKIE) {
            Some(value) => by_link(app, value).await,
            None => Ok(None),
        }
    }
}

async fn by_session(app: &App, value: &str) -> Result<Option<Authenticated>, StoreError> {
    let Some(session) = app.identity().session(value).await? else {
        return Ok(None);
    };
    if session.touch_due {
        sessions::touch(app.database(), session.session, app.now()).await?;
    }
    let Some(acting) = &session.organization else {
        return Ok(None);
    };
    let step = session.next_step();
    let organization = directory::get(app.database(), acting.id).await?;
    let principal = Principal {
        actor: Actor::Person {
            person: session.person,
            account: session.account,
        },
        organization: acting.id,
        organization_kind: acting.kind,
        roles: session.roles.clone(),
        second_factor: session.second_factor,
        token_actions: None,
    };
    Ok(Some(Authenticated {
        principal: Arc::new(principal),
        person_name: session.name.clone(),
        organization,
        organizations: usize::try_from(session.organizations).unwrap_or(1),
        means: Means::Session(session.session.uuid()),
        lang: None,
        must_enrol_second_factor: step == Some(NextStep::EnrolSecondFactor),
        must_pass_second_factor: step == Some(NextStep::PassSecondFactor),
    }))
}

async fn by_token(app: &App, text: &str) -> Result<Option<Authenticated>, StoreError> {
    let Some(bearer) = app.identity().token(text).await? else {
        return Ok(None);
    };
    if bearer.touch_due {
        tokens::touch(app.database(), bearer.token, app.now()).await?;
    }
    let principal = bearer.principal.clone();
    let organization = directory::get(app.database(), principal.organization).await?;
    Ok(Some(Authenticated {
        principal: Arc::new(principal),
        person_name: bearer.name,
        organization,
        organizations: 1,
        means: Means::Token(bearer.token.uuid()),
        lang: None,
        must_enrol_second_factor: false,
        must_pass_second_factor: false,
    }))
}

async fn by_link(app: &App, value: &str) -> Result<Option<Authenticated>, StoreError> {
    let Some(token) = SecretToken::parse(value) else {
        return Ok(None);
    };
    let visit = match invitations::inspection_visit(app.database(), &token, app.now()).await {
        Ok(visit) => visit,
        Err(yagura_identity::IdentityError::Store(error)) => return Err(error),
        Err(_) => return Ok(None),
    };
    let principal = visit.principal();
    let organization = directory::get(app.database(), principal.organization).await?;
    Ok(Some(Authenticated {
        principal: Arc::new(principal),
        person_name: String::new(),
        organization,
        organizations: 1,
        means: Means::Link(visit.link.uuid()),
        lang: None,
        must_enrol_second_factor: false,
        must_pass_second_factor: false,
    }))
}
