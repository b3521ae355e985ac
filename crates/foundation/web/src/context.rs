//! What a handler of a signed-in person has at hand.

use std::sync::Arc;

use axum::extract::{FromRequestParts, OriginalUri};
use axum::http::HeaderMap;
use axum::http::header::{LOCATION, SET_COOKIE};
use axum::http::request::Parts;
use axum::response::{IntoResponse, Response};
use maud::Markup;
use yagura_kernel::audit::{AuditEntry, AuditOutcome, Detail};
use yagura_kernel::id::{AuditEntryId, OrganizationId, PersonId};
use yagura_kernel::policy::{
    ActionType, Actor, Authorized, Denial, Principal, Resource, Standing, authorize,
};
use yagura_kernel::time::{Date, Instant};
use yagura_store::directory::{self, Organization};
use yagura_store::{Database, StoreError, Transaction, audit, notifications};

use crate::app::App;
use crate::authentication::{Authenticated, Means, language};
use crate::error::WebError;
use crate::feature::{Destination, Group, NavigationFor, VendorStanding};
use crate::flash::{self, FlashMessage};
use crate::i18n::Translator;
use crate::idempotency;
use crate::ui::layout::{self, NavigationEntry, NavigationGroup, PageFrame, PrincipalDisplay};

/// What a handler of a signed-in person has at hand.
#[derive(Debug, Clone)]
pub struct Context {
    /// The program.
    pub app: App,
    /// Who it is.
    pub principal: Arc<Principal>,
    /// Their name.
    pub person_name: String,
    /// The organisation they act for.
    pub organization: Organization,
    /// By what means they proved who they are.
    pub means: Means,
    /// The moment of the request.
    pub now: Instant,
    /// The day of the request, in Japan.
    pub today: Date,
    translator: Translator,
    organizations: usize,
    path: String,
    flash: Option<FlashMessage>,
    idempotency: Option<idempotency::Record>,
}

impl Context {
    /// Makes the context of somebody who proved who they are.
    #[must_use]
    pub fn of(app: App, who: Authenticated, headers: &HeaderMap, path: String) -> Self {
        let now = app.now();
        let lang = who.lang.unwrap_or_else(|| language(headers));
        Self {
            translator: app.translator(lang),
            app,
            principal: who.principal,
            person_name: who.person_name,
            organization: who.organization,
            means: who.means,
            now,
            today: now.jst_date(),
            organizations: who.organizations,
            path,
            flash: flash::read(headers),
            idempotency: None,
        }
    }

    /// The database.
    #[must_use]
    pub fn database(&self) -> &Database {
        self.app.database()
    }

    /// The words in the reader's language.
    #[must_use]
    pub const fn t(&self) -> &Translator {
        &self.translator
    }

    /// The path and query of the request.
    #[must_use]
    pub fn path(&self) -> &str {
        &self.path
    }

    /// The person, where it is one and not a link.
    #[must_use]
    pub fn person(&self) -> Option<PersonId> {
        match self.principal.actor {
            Actor::Person { person, .. } => Some(person),
            Actor::InspectionLink | Actor::System => None,
        }
    }

    /// Asks the policy for an action on an organisation's records. A refusal is put into the
    /// audit log.
    ///
    /// # Errors
    /// [`WebError::NotFound`] where one may not know of the organisation's records,
    /// [`WebError::Forbidden`] where one's role does not allow it.
    pub async fn authorize<A: ActionType>(
        &self,
        organization: OrganizationId,
    ) -> Result<Authorized<A>, WebError> {
        let standing =
            directory::standing(self.database(), &self.principal, organization, self.today).await?;
        self.decide(organization, standing).await
    }

    /// Asks the policy for an action on records of the organisation one acts for.
    ///
    /// # Errors
    /// [`WebError::Forbidden`] where one's role does not allow it.
    pub async fn authorize_own<A: ActionType>(&self) -> Result<Authorized<A>, WebError> {
        self.decide(self.organization.id, Standing::Own).await
    }

    /// Asks the policy for an action on records of the installation.
    ///
    /// # Errors
    /// [`WebError::Forbidden`] where one's role does not allow it.
    pub async fn authorize_installation<A: ActionType>(&self) -> Result<Authorized<A>, WebError> {
        self.decide(self.organization.id, Standing::Installation)
            .await
    }

    async fn decide<A: ActionType>(
        &self,
        organization: OrganizationId,
        standing: Standing,
    ) -> Result<Authorized<A>, WebError> {
        match authorize::<A>(
            &self.principal,
            &Resource {
                organization,
                standing,
            },
        ) {
            Ok(proof) => Ok(proof),
            Err(denial) => {
                self.log_denial::<A>(organization, denial).await?;
                // To those who have no relation the record does not exist.
                if standing == Standing::Foreign {
                    Err(WebError::NotFound)
                } else {
                    Err(denial.into())
                }
            }
        }
    }

    async fn log_denial<A: ActionType>(
        &self,
        organization: OrganizationId,
        denial: Denial,
    ) -> Result<(), WebError> {
        let mut entry = self.entry(A::ACTION.code(), "organization", None, Some(organization));
        entry.outcome = AuditOutcome::Denied;
        entry.detail = Detail::from(serde_json::json!({ "reason": denial }));
        let mut tx = self.database().begin().await?;
        audit::append(&mut tx, &entry).await?;
        tx.commit().await?;
        Ok(())
    }

    fn entry(
        &self,
        action: &str,
        resource_kind: &str,
        resource_id: Option<String>,
        organization: Option<OrganizationId>,
    ) -> AuditEntry {
        AuditEntry {
            id: AuditEntryId::from(self.app.ids().id()),
            at: self.now,
            actor: match (self.principal.actor, self.means) {
                (Actor::InspectionLink, Means::Link(link)) => {
                    yagura_kernel::audit::AuditActor::InspectionLink { link: Some(link) }
                }
                (actor, _) => actor.into(),
            },
            acting_organization: Some(self.principal.organization),
            action: action.to_owned(),
            resource_kind: resource_kind.to_owned(),
            resource_id,
            organization,
            outcome: AuditOutcome::Done,
            detail: Detail::default(),
        }
    }

    /// Puts into the audit log what was done, in the transaction of the act. Where the request came
    /// with an idempotency key, its record learns in the same transaction that it was done.
    ///
    /// # Errors
    /// What the database answers.
    pub async fn audit<A: ActionType>(
        &self,
        tx: &mut Transaction,
        proof: &Authorized<A>,
        resource_kind: &str,
        resource_id: impl ToString + Send,
        detail: serde_json::Value,
    ) -> Result<(), StoreError> {
        let mut entry = self.entry(
            A::ACTION.code(),
            resource_kind,
            Some(resource_id.to_string()),
            Some(proof.organization()),
        );
        entry.detail = Detail::from(detail);
        audit::append(tx, &entry).await?;
        self.note_change(tx).await?;
        Ok(())
    }

    /// Says in the transaction of a change that it was made, where its audit entry is written by
    /// another crate than this one. [`Self::audit`] says so itself.
    ///
    /// # Errors
    /// What the database answers.
    pub async fn note_change(&self, tx: &mut Transaction) -> Result<(), StoreError> {
        if let Some(record) = self.idempotency {
            idempotency::mark_changed(tx, record).await?;
        }
        Ok(())
    }

    /// Puts an act into the audit log that needs no proof, such as signing out.
    ///
    /// # Errors
    /// What the database answers.
    pub async fn audit_event(
        &self,
        tx: &mut Transaction,
        action: &str,
        resource_kind: &str,
        resource_id: Option<String>,
        detail: serde_json::Value,
    ) -> Result<(), StoreError> {
        let mut entry = self.entry(
            action,
            resource_kind,
            resource_id,
            Some(self.principal.organization),
        );
        entry.detail = Detail::from(detail);
        audit::append(tx, &entry).await?;
        self.note_change(tx).await?;
        Ok(())
    }

    /// Puts the reading of sensitive data into the audit log.
    ///
    /// # Errors
    /// What the database answers.
    pub async fn audit_read<A: ActionType>(
        &self,
        proof: &Authorized<A>,
        resource_kind: &str,
        resource_id: impl ToString + Send,
        detail: serde_json::Value,
    ) -> Result<(), StoreError> {
        let mut tx = self.database().begin().await?;
        let mut entry = self.entry(
            A::ACTION.code(),
            resource_kind,
            Some(resource_id.to_string()),
            Some(proof.organization()),
        );
        entry.detail = Detail::from(detail);
        audit::append(&mut tx, &entry).await?;
        tx.commit().await?;
        Ok(())
    }

    /// How far the vendors of one's own institution are with their sheets, as the features know it.
    ///
    /// # Errors
    /// [`WebError`] of a feature.
    pub async fn vendor_standings(&self) -> Result<Vec<VendorStanding>, WebError> {
        let mut found = Vec::new();
        for feature in self.app.features() {
            found.extend(feature.vendor_standings(self).await?);
        }
        Ok(found)
    }

    /// What may be opened, in groups.
    #[must_use]
    pub fn navigation(&self) -> Vec<NavigationGroup> {
        let whom = NavigationFor {
            principal: &self.principal,
        };
        let mut destinations = vec![Destination::new(Group::Top, 0, "nav-home", "/")];
        for feature in self.app.features() {
            destinations.extend(feature.navigation(&whom));
        }
        destinations.sort_by_key(|destination| (destination.group, destination.order));
        let path = self.path.split('?').next().unwrap_or("/");
        let current = destinations
            .iter()
            .filter_map(|destination| Some((destination.fits(path)?, &destination.href)))
            .max()
            .map(|(_, href)| href.clone());
        let mut groups: Vec<(Group, Vec<NavigationEntry>)> = Vec::new();
        for destination in destinations {
            let here = current.as_deref() == Some(destination.href.as_str());
            let label = self.t().t(destination.label).to_owned();
            let entry = NavigationEntry::new(label, destination.href).current(here);
            match groups.last_mut() {
                Some((group, entries)) if *group == destination.group => entries.push(entry),
                _ => groups.push((destination.group, vec![entry])),
            }
        }
        groups
            .into_iter()
            .map(|(group, entries)| match group.message_key() {
                Some(key) => NavigationGroup::named(self.t().t(key).to_owned(), entries),
                None => NavigationGroup::unnamed(entries),
            })
            .collect()
    }

    /// The frame of a page: set what else it needs and give it to [`Self::respond`].
    #[must_use]
    pub fn frame(&self, title: impl Into<String>) -> PageFrame<'_> {
        let t = self.t();
        let mut frame = PageFrame::new(t, title).with_path(self.path.clone());
        frame.principal = Some(PrincipalDisplay {
            key: self
                .person()
                .map(|person| person.to_string())
                .unwrap_or_default(),
            person: self.person_name.clone(),
            organization: self.organization.name.clone(),
            roles: self
                .principal
                .roles
                .iter()
                .map(|role| crate::ui::components::role(t, *role).to_owned())
                .collect(),
            switch_href: (self.organizations > 1).then(|| "/account/organizations".to_owned()),
        });
        frame.navigation = self.navigation();
        frame.emergency_link = self.principal.organization_kind.is_institution()
            && self.principal.actor != Actor::InspectionLink;
        frame.demo = self.app.config().demo;
        if let Some(message) = &self.flash {
            frame.flash.push(message.worded(t));
        }
        frame
    }

    /// A page with this frame and body.
    ///
    /// # Errors
    /// [`WebError::Store`] where the unread notices cannot be counted.
    pub async fn respond(&self, frame: PageFrame<'_>, body: Markup) -> Result<Response, WebError> {
        self.render(frame, |frame| layout::page(frame, body)).await
    }

    /// A page in this frame, rendered otherwise than by [`layout::page`].
    ///
    /// # Errors
    /// [`WebError::Store`] where the unread notices cannot be counted.
    pub async fn render(
        &self,
        mut frame: PageFrame<'_>,
        render: impl FnOnce(&PageFrame<'_>) -> Markup,
    ) -> Result<Response, WebError> {
        if let Some(person) = self.person() {
            let unread =
                notifications::unread(self.database(), self.organization.id, person).await?;
            frame.notices_count = u64::try_from(unread).unwrap_or(0);
        }
        let mut response = render(&frame).into_response();
        if self.flash.is_some() {
            flash::forget(&mut response, self.app.config().is_https());
        }
        Ok(response)
    }

    /// A page with a title and a body.
    ///
    /// # Errors
    /// [`WebError::Store`] where the unread notices cannot be counted.
    pub async fn page(&self, title: &str, body: Markup) -> Result<Response, WebError> {
        self.respond(self.frame(title), body).await
    }

    /// To another page after something was done, with a word on it there.
    #[must_use]
    pub fn redirect(&self, path: &str, message: FlashMessage) -> Response {
        let mut response = see_other(path);
        flash::set(&mut response, &message, self.app.config().is_https());
        response
    }
}

/// To another page, by GET.
#[must_use]
pub fn see_other(path: &str) -> Response {
    let mut response = axum::http::StatusCode::SEE_OTHER.into_response();
    if let Ok(value) = axum::http::HeaderValue::from_str(path) {
        response.headers_mut().insert(LOCATION, value);
    }
    response
}

/// Adds a cookie to a response.
pub fn add_cookie(response: &mut Response, cookie: &str) {
    if let Ok(value) = axum::http::HeaderValue::from_str(cookie) {
        response.headers_mut().append(SET_COOKIE, value);
    }
}

/// The path and query of a request.
pub(crate) fn path_of(parts: &Parts) -> String {
    let uri = parts
        .extensions
        .get::<OriginalUri>()
        .map_or(&parts.uri, |original| &original.0);
    uri.path_and_query()
        .map_or_else(|| "/".to_owned(), ToString::to_string)
}

impl FromRequestParts<App> for Context {
    type Rejection = WebError;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, WebError> {
        let who = app
            .authenticator()
            .authenticate(app, &parts.headers)
            .await?
            .ok_or(WebError::NotSignedIn)?;
        if who.must_pass_second_factor || who.must_enrol_second_factor {
            return Err(WebError::SecondFactor {
                enrol: who.must_enrol_second_factor,
            });
        }
        let mut context = Self::of(app.clone(), who, &parts.headers, path_of(parts));
        context.idempotency = parts.extensions.get().copied();
        Ok(context)
    }
}

/// What a handler of a page for everybody has at hand.
#[derive(Debug, Clone)]
pub struct PublicContext {
    /// The program.
    pub app: App,
    /// The headers of the request.
    pub headers: HeaderMap,
    /// The moment of the request.
    pub now: Instant,
    translator: Translator,
    path: String,
    flash: Option<FlashMessage>,
}

impl PublicContext {
    /// The words in the reader's language.
    #[must_use]
    pub const fn t(&self) -> &Translator {
        &self.translator
    }

    /// The path and query of the request.
    #[must_use]
    pub fn path(&self) -> &str {
        &self.path
    }

    /// The frame of a narrow page.
    #[must_use]
    pub fn frame(&self, title: impl Into<String>) -> PageFrame<'_> {
        let mut frame = PageFrame::new(&self.translator, title).with_path(self.path.clone());
        frame.demo = self.app.config().demo;
        if let Some(message) = &self.flash {
            frame.flash.push(message.worded(&self.translator));
        }
        frame
    }

    /// A narrow page.
    #[must_use]
    pub fn page(&self, title: &str, body: Markup) -> Response {
        self.respond(&self.frame(title), body)
    }

    /// A narrow page with this frame.
    #[must_use]
    pub fn respond(&self, frame: &PageFrame<'_>, body: Markup) -> Response {
        let mut response = layout::plain_page(frame, body).into_response();
        if self.flash.is_some() {
            flash::forget(&mut response, self.app.config().is_https());
        }
        response
    }
}

impl FromRequestParts<App> for PublicContext {
    type Rejection = WebError;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, WebError> {
        Ok(Self {
            app: app.clone(),
            now: app.now(),
            translator: app.translator(language(&parts.headers)),
            path: path_of(parts),
            flash: flash::read(&parts.headers),
            headers: parts.headers.clone(),
        })
    }
}
