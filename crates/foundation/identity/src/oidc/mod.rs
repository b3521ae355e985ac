//! Signing in at an institution's own identity provider (OpenID Connect Core 1.0: authorization
//! code with PKCE, state and nonce).
//!
//! A provider vouches for the people of one organisation and for nobody else: the account must
//! hold a role there, and the session may act for that organisation only. Roles never come from a
//! provider. An account is linked when an invitation is accepted through the provider, or when the
//! provider has verified the very e-mail address that the account is known by.

mod http;
mod providers;
#[cfg(feature = "testing")]
pub mod testing;

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime};

use openidconnect::core::{
    CoreAuthenticationFlow, CoreClient, CoreClientAuthMethod, CoreIdTokenClaims,
    CoreJwsSigningAlgorithm, CoreProviderMetadata,
};
use openidconnect::{
    AuthType, AuthorizationCode, ClientId, ClientSecret, CsrfToken, IssuerUrl, Nonce,
    PkceCodeChallenge, PkceCodeVerifier, RedirectUrl, Scope, TokenResponse as _,
};
use serde::{Deserialize, Serialize};
use serde_json::json;
use yagura_kernel::id::{AccountId, OrganizationId, Uuid};
use yagura_kernel::policy::{Authorized, actions};
use yagura_kernel::time::Instant;
use yagura_store::{StoreError, Transaction, params, row};

pub(crate) use http::Fetcher;
pub use providers::{
    OfferedProvider, Provider, ProviderForm, ProviderId, for_domain, get, of_organization, offered,
    only_one, read_domain, remove,
};

use crate::Identity;
use crate::accounts;
use crate::ceremonies::{self, Kind, Owner};
use crate::error::{IdentityError, LinkProblem};
use crate::events::{Act, Event, Record};
use crate::invitations::{self, Accepted, Accepter, NewcomerForm, Purpose};
use crate::login::{Login, LoginProblem};
use crate::secrets::SecretToken;
use crate::sessions::SignInMethod;
use crate::sign_in::{Proven, SignInOutcome};
use crate::visitor::Visitor;

/// Path under the public URL to which providers send people back.
pub const CALLBACK_PATH: &str = "/sign-in/provider/callback";

/// Signatures that are accepted on ID tokens. Never `none`, and never one under the client
/// secret, which is no proof towards ourselves.
const ACCEPTED_SIGNATURES: &[CoreJwsSigningAlgorithm] = &[
    CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha256,
    CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha384,
    CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha512,
    CoreJwsSigningAlgorithm::RsaSsaPssSha256,
    CoreJwsSigningAlgorithm::RsaSsaPssSha384,
    CoreJwsSigningAlgorithm::RsaSsaPssSha512,
    CoreJwsSigningAlgorithm::EcdsaP256Sha256,
    CoreJwsSigningAlgorithm::EcdsaP384Sha384,
    CoreJwsSigningAlgorithm::EdDsa,
];
/// How far a provider's clock may run ahead of ours.
const CLOCK_SKEW_SECONDS: i64 = 120;
/// For how long a provider's description of itself is used again to send people there.
const DISCOVERY_SECONDS: i64 = 5 * 60;
/// Values of `amr` (RFC 8176 §2) that stand for more than a password.
const SECOND_FACTORS: &[&str] = &[
    "mfa", "otp", "hwk", "swk", "sc", "fido", "face", "fpt", "iris", "retina", "vbm", "sms",
];

/// Why signing in at an identity provider did not work.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum OidcProblem {
    /// There is no such provider, or it is switched off.
    #[error("there is no such identity provider")]
    Unknown,
    /// The provider is not configured as it must be.
    #[error("the identity provider is not configured correctly")]
    Configuration,
    /// The provider did not answer in time.
    #[error("the identity provider does not answer: {0}")]
    Unreachable(String),
    /// The provider answered something that cannot be accepted.
    #[error("the identity provider's answer cannot be accepted: {0}")]
    Answer(String),
    /// The provider says nothing by which an account could be made.
    #[error("the identity provider does not tell an e-mail address of the institution")]
    NoAddress,
}

impl OidcProblem {
    /// The tail of its key in the message catalogue.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Unknown => "unknown",
            Self::Configuration => "configuration",
            Self::Unreachable(_) => "unreachable",
            Self::Answer(_) => "answer",
            Self::NoAddress => "no_address",
        }
    }
}

/// What a provider vouched for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VerifiedIdentity {
    /// Which provider.
    pub provider: ProviderId,
    /// Whose provider it is.
    pub organization: OrganizationId,
    /// The provider's own name for the person, which never changes.
    pub subject: String,
    /// Their address, where the provider has verified it and its domain is one of the
    /// institution's.
    pub email: Option<Login>,
    /// Their name.
    pub name: Option<String>,
    /// Whether a second factor was passed there and the institution trusts the provider's word.
    pub two_factors: bool,
}

/// Where the browser must be sent.
#[derive(Debug, Clone)]
pub struct ProviderRedirect {
    /// The provider's page.
    pub url: String,
    /// To be kept in a cookie of the browser until it comes back (HttpOnly, SameSite=Lax, a
    /// quarter of an hour, the path of the callback).
    pub browser_secret: SecretToken,
}

/// What the browser brings back from the provider.
#[derive(Debug, Clone, Copy)]
pub struct ProviderCallback<'a> {
    /// `state` of the query.
    pub state: &'a str,
    /// `code` of the query.
    pub code: &'a str,
    /// `iss` of the query, which newer providers add (RFC 9207).
    pub issuer: Option<&'a str>,
    /// The cookie.
    pub browser_secret: &'a str,
}

/// What a provider says of itself where everything is in order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trial {
    /// The page to which people are sent.
    pub sign_in_page: String,
    /// How many keys it shows for its signatures.
    pub keys: usize,
}

/// What came of signing in at a provider.
#[derive(Debug, Clone)]
pub enum ProviderOutcome {
    /// As every sign-in.
    SignIn(SignInOutcome),
    /// An invitation was accepted by the way.
    Accepted(Box<Accepted>, SignInOutcome),
}

#[derive(Serialize, Deserialize)]
struct Ceremony {
    provider: Uuid,
    nonce: String,
    verifier: String,
    invitation: Option<String>,
}

/// What providers said of themselves lately, so that strangers who open the sign-in page do not
/// make this program ask each time. Keys for checking signatures are always asked for anew.
#[derive(Debug, Default)]
pub(crate) struct Discovered(Mutex<HashMap<String, (Instant, CoreProviderMetadata)>>);

impl Discovered {
    fn recent(&self, issuer: &str, now: Instant) -> Option<CoreProviderMetadata> {
        let kept = self.0.lock().ok()?;
        let (at, metadata) = kept.get(issuer)?;
        (now.seconds_since(*at) < DISCOVERY_SECONDS).then(|| metadata.clone())
    }

    fn keep(&self, issuer: &str, now: Instant, metadata: &CoreProviderMetadata) {
        if let Ok(mut kept) = self.0.lock() {
            kept.retain(|_, (at, _)| now.seconds_since(*at) < DISCOVERY_SECONDS);
            kept.insert(issuer.to_owned(), (now, metadata.clone()));
        }
    }
}

row! {
    struct SecretRow { client_secret: Option<Vec<u8>> }
}

row! {
    struct LinkRow { account_id: AccountId }
}

impl Identity {
    async fn enabled_provider(&self, id: ProviderId) -> Result<Provider, IdentityError> {
        let provider = providers::get(&self.database, id).await?;
        Ok(provider
            .filter(|provider| provider.enabled)
            .ok_or(OidcProblem::Unknown)?)
    }

    async fn client_secret(
        &self,
        provider: &Provider,
    ) -> Result<Option<ClientSecret>, IdentityError> {
        let row: SecretRow = self
            .database
            .one(
                "SELECT client_secret FROM identity_providers WHERE id = $1",
                params![provider.id.uuid()],
            )
            .await?;
        let Some(sealed) = row.client_secret else {
            return Ok(None);
        };
        let opened = self
            .secrets
            .open(&providers::context(provider.id), &sealed)?;
        let text = String::from_utf8(opened.to_vec()).map_err(|_| OidcProblem::Configuration)?;
        Ok(Some(ClientSecret::new(text)))
    }

    async fn discover(&self, provider: &Provider) -> Result<CoreProviderMetadata, IdentityError> {
        let issuer =
            IssuerUrl::new(provider.issuer.clone()).map_err(|_| OidcProblem::Configuration)?;
        let fetcher = Arc::clone(&self.fetcher);
        let fetch = move |request| {
            let fetcher = Arc::clone(&fetcher);
            async move { fetcher.fetch(request).await }
        };
        let metadata = CoreProviderMetadata::discover_async(issuer, &fetch)
            .await
            .map_err(|error| problem(&error))?;
        if !self.fetcher.allows(metadata.authorization_endpoint().url()) {
            return Err(OidcProblem::Answer("its sign-in page is not https".to_owned()).into());
        }
        self.discovered
            .keep(&provider.issuer, self.now(), &metadata);
        Ok(metadata)
    }

    /// Where a provider must send people back: to be entered at the provider.
    #[must_use]
    pub fn provider_callback_url(&self) -> String {
        let base = self.settings.public_url.trim_end_matches('/');
        format!("{base}{CALLBACK_PATH}")
    }

    /// Whether something can be an issuer URL here: https, at a machine that may be asked.
    #[must_use]
    pub fn accepts_issuer(&self, issuer: &str) -> bool {
        openidconnect::url::Url::parse(issuer.trim()).is_ok_and(|url| self.fetcher.allows(&url))
    }

    /// Asks a provider of one's organisation to describe itself and looks whether people could
    /// sign in at it, whether it is switched on or not.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] where the organisation has no such provider;
    /// [`IdentityError::Oidc`] saying what stands in the way.
    pub async fn try_provider(
        &self,
        proof: &Authorized<actions::ManagePeople>,
        id: ProviderId,
    ) -> Result<Trial, IdentityError> {
        let provider = providers::get(&self.database, id)
            .await?
            .filter(|provider| provider.organization == proof.organization())
            .ok_or(StoreError::NotFound)?;
        let metadata = self.discover(&provider).await?;
        let unusable = |reason: &str| OidcProblem::Answer(reason.to_owned());
        let token_page = metadata
            .token_endpoint()
            .ok_or_else(|| unusable("it has no token endpoint"))?;
        if !self.fetcher.allows(token_page.url()) {
            return Err(unusable("its token endpoint is not https").into());
        }
        let signs = metadata
            .id_token_signing_alg_values_supported()
            .iter()
            .any(|algorithm| ACCEPTED_SIGNATURES.contains(algorithm));
        if !signs {
            return Err(unusable("it signs in no way that is accepted here").into());
        }
        if metadata.jwks().keys().is_empty() {
            return Err(unusable("it shows no key by which its signatures can be checked").into());
        }
        Ok(Trial {
            sign_in_page: metadata.authorization_endpoint().url().to_string(),
            keys: metadata.jwks().keys().len(),
        })
    }

    fn callback_url(&self) -> Result<RedirectUrl, OidcProblem> {
        RedirectUrl::new(self.provider_callback_url()).map_err(|_| OidcProblem::Configuration)
    }

    /// Begins to sign in at a provider, or to accept an invitation through it.
    ///
    /// # Errors
    /// [`IdentityError::Oidc`]; [`IdentityError::Link`] where the invitation does not work or is
    /// not one to join the provider's organisation.
    pub async fn begin_provider_sign_in(
        &self,
        id: ProviderId,
        invitation: Option<&SecretToken>,
    ) -> Result<ProviderRedirect, IdentityError> {
        let provider = self.enabled_provider(id).await?;
        if let Some(token) = invitation {
            let invitation = invitations::look(&self.database, token, self.now()).await?;
            let joins = matches!(invitation.purpose, Purpose::Join { .. });
            if !joins || invitation.organization != Some(provider.organization) {
                return Err(LinkProblem::OtherPurpose.into());
            }
        }
        let metadata = match self.discovered.recent(&provider.issuer, self.now()) {
            Some(metadata) => metadata,
            None => self.discover(&provider).await?,
        };
        let client = CoreClient::from_provider_metadata(
            metadata,
            ClientId::new(provider.client_id.clone()),
            None,
        )
        .set_redirect_uri(self.callback_url()?);

        let nonce = Nonce::new(SecretToken::new(self.ids()).reveal());
        let verifier = PkceCodeVerifier::new(SecretToken::new(self.ids()).reveal());
        let challenge = PkceCodeChallenge::from_code_verifier_sha256(&verifier);
        let ceremony = Ceremony {
            provider: provider.id.uuid(),
            nonce: nonce.secret().clone(),
            verifier: verifier.into_secret(),
            invitation: invitation.map(SecretToken::reveal),
        };
        let browser_secret = SecretToken::new(self.ids());
        let mut tx = self.database.begin().await?;
        let state = ceremonies::begin(
            &mut tx,
            &self.secrets,
            self.act_of_stranger(),
            Kind::SignInAtProvider,
            Owner::Browser(&browser_secret),
            &ceremony,
        )
        .await?;
        tx.commit().await?;
        let (url, ..) = client
            .authorize_url(
                CoreAuthenticationFlow::AuthorizationCode,
                move || CsrfToken::new(state.reveal()),
                move || nonce,
            )
            .add_scope(Scope::new("email".to_owned()))
            .add_scope(Scope::new("profile".to_owned()))
            .set_pkce_challenge(challenge)
            .url();
        Ok(ProviderRedirect {
            url: url.into(),
            browser_secret,
        })
    }

    /// Ends signing in at a provider.
    ///
    /// # Errors
    /// [`IdentityError::CeremonyOver`] where it was not begun in this browser, took too long or
    /// was ended before; [`IdentityError::Oidc`]; with an invitation as
    /// [`invitations::accept`].
    pub async fn finish_provider_sign_in(
        &self,
        callback: ProviderCallback<'_>,
        visitor: &Visitor,
    ) -> Result<ProviderOutcome, IdentityError> {
        let (Some(state), Some(secret)) = (
            SecretToken::parse(callback.state),
            SecretToken::parse(callback.browser_secret),
        ) else {
            return Err(IdentityError::CeremonyOver);
        };
        let mut tx = self.database.begin().await?;
        let ceremony: Option<Ceremony> = ceremonies::take(
            &mut tx,
            &self.secrets,
            self.now(),
            Kind::SignInAtProvider,
            Owner::Browser(&secret),
            &state,
        )
        .await?;
        tx.commit().await?;
        let ceremony = ceremony.ok_or(IdentityError::CeremonyOver)?;
        let provider = self.enabled_provider(ceremony.provider.into()).await?;
        if callback
            .issuer
            .is_some_and(|issuer| issuer != provider.issuer)
        {
            return Err(OidcProblem::Answer("it names another issuer".to_owned()).into());
        }
        let identity = self.exchange(&provider, callback.code, &ceremony).await?;
        match ceremony.invitation.as_deref().and_then(SecretToken::parse) {
            Some(token) => {
                self.accept_through(&provider, identity, &token, visitor)
                    .await
            }
            None => Ok(ProviderOutcome::SignIn(
                self.sign_in_through(&provider, identity, visitor).await?,
            )),
        }
    }

    async fn exchange(
        &self,
        provider: &Provider,
        code: &str,
        ceremony: &Ceremony,
    ) -> Result<VerifiedIdentity, IdentityError> {
        let metadata = self.discover(provider).await?;
        let in_body = metadata
            .token_endpoint_auth_methods_supported()
            .is_some_and(|methods| {
                methods.contains(&CoreClientAuthMethod::ClientSecretPost)
                    && !methods.contains(&CoreClientAuthMethod::ClientSecretBasic)
            });
        let client = CoreClient::from_provider_metadata(
            metadata,
            ClientId::new(provider.client_id.clone()),
            self.client_secret(provider).await?,
        )
        .set_redirect_uri(self.callback_url()?)
        .set_auth_type(if in_body {
            AuthType::RequestBody
        } else {
            AuthType::BasicAuth
        });
        let fetcher = Arc::clone(&self.fetcher);
        let fetch = move |request| {
            let fetcher = Arc::clone(&fetcher);
            async move { fetcher.fetch(request).await }
        };
        let answer = client
            .exchange_code(AuthorizationCode::new(code.to_owned()))
            .map_err(|_| OidcProblem::Answer("it has no token endpoint".to_owned()))?
            .set_pkce_verifier(PkceCodeVerifier::new(ceremony.verifier.clone()))
            .request_async(&fetch)
            .await
            .map_err(|error| problem(&error))?;
        let token = answer
            .id_token()
            .ok_or_else(|| OidcProblem::Answer("it sent no ID token".to_owned()))?;
        let now = self.now();
        let verifier = client
            .id_token_verifier()
            .set_allowed_algs(ACCEPTED_SIGNATURES.iter().cloned())
            .set_time_fn(move || system_time(now).into())
            .set_issue_time_verifier_fn(move |issued| {
                if issued.timestamp() <= now.as_seconds() + CLOCK_SKEW_SECONDS {
                    Ok(())
                } else {
                    Err("issued in the future".to_owned())
                }
            });
        let claims = token
            .claims(&verifier, &Nonce::new(ceremony.nonce.clone()))
            .map_err(|error| problem(&error))?;
        Ok(read_claims(provider, claims))
    }

    async fn sign_in_through(
        &self,
        provider: &Provider,
        identity: VerifiedIdentity,
        visitor: &Visitor,
    ) -> Result<SignInOutcome, IdentityError> {
        let act = self.act_of_stranger();
        let mut tx = self.database.begin().await?;
        let linked: Option<LinkRow> = tx
            .optional(
                "SELECT account_id FROM identity_provider_links
                 WHERE provider_id = $1 AND subject = $2",
                params![provider.id.uuid(), &identity.subject],
            )
            .await?;
        let known = match (&linked, &identity.email) {
            (Some(row), _) => Some(row.account_id),
            (None, Some(email)) => {
                let row: Option<LinkRow> = tx
                    .optional(
                        "SELECT id AS account_id FROM accounts
                         WHERE login = $1 AND login_verified = 1",
                        params![email.as_str()],
                    )
                    .await?;
                row.map(|row| row.account_id)
            }
            (None, None) => None,
        };
        let account = match known {
            Some(id) => accounts::by_id(&mut tx, id).await?,
            None => None,
        };
        let mut belongs = false;
        if let Some(account) = account.as_ref().filter(|account| account.is_active()) {
            let held = accounts::roles_held(&mut tx, account.person_id, act.now.jst_date()).await?;
            belongs = held
                .iter()
                .any(|held| held.organization == provider.organization);
        }
        let outcome = match account.as_ref().filter(|_| belongs) {
            Some(account) => {
                if linked.is_none() {
                    link(&mut tx, act, &identity, account.id).await?;
                }
                self.complete(&mut tx, act, account, proven(&identity), visitor)
                    .await?
            }
            None => {
                let retry_after = self
                    .refuse(
                        &mut tx,
                        act,
                        account.as_ref(),
                        visitor,
                        None,
                        "identity_provider",
                    )
                    .await?;
                SignInOutcome::Refused { retry_after }
            }
        };
        tx.commit().await?;
        Ok(outcome)
    }

    async fn accept_through(
        &self,
        provider: &Provider,
        identity: VerifiedIdentity,
        token: &SecretToken,
        visitor: &Visitor,
    ) -> Result<ProviderOutcome, IdentityError> {
        let invitation = invitations::look(&self.database, token, self.now()).await?;
        let email = identity
            .email
            .as_ref()
            .ok_or(OidcProblem::NoAddress)?
            .as_str()
            .to_owned();
        if invitation.organization != Some(provider.organization) {
            return Err(LinkProblem::OtherPurpose.into());
        }
        // The link may have been passed on; the institution's provider says who really came.
        if invitation
            .addressee
            .as_ref()
            .is_some_and(|invited| *invited != email)
        {
            return Err(IdentityError::login(LoginProblem::NotTheInvitedAddress));
        }
        let name = identity.name.clone().unwrap_or_else(|| email.clone());
        let form = NewcomerForm {
            name: &name,
            name_kana: None,
            login: &email,
        };
        let newcomer =
            self.newcomer_from_provider(invitation.addressee.as_deref(), form, identity.clone())?;
        let act = self.act_of_stranger();
        let mut tx = self.database.begin().await?;
        let accepted =
            invitations::accept(&mut tx, act, token, Accepter::Newcomer(newcomer)).await?;
        let account = accounts::by_id(&mut tx, accepted.account)
            .await?
            .ok_or(StoreError::NotFound)?;
        let outcome = self
            .complete(&mut tx, act, &account, proven(&identity), visitor)
            .await?;
        tx.commit().await?;
        Ok(ProviderOutcome::Accepted(Box::new(accepted), outcome))
    }
}

fn proven(identity: &VerifiedIdentity) -> Proven {
    Proven {
        method: SignInMethod::IdentityProvider,
        two_factors: identity.two_factors,
        confined_to: Some(identity.organization),
    }
}

/// Links an account to what a provider calls the person.
pub(crate) async fn link(
    tx: &mut Transaction,
    act: Act<'_>,
    identity: &VerifiedIdentity,
    account: AccountId,
) -> Result<(), StoreError> {
    tx.execute(
        "INSERT INTO identity_provider_links (provider_id, subject, account_id, linked_at)
         VALUES ($1, $2, $3, $4)",
        params![
            identity.provider.uuid(),
            &identity.subject,
            account,
            act.now
        ],
    )
    .await?;
    Record::of(Event::ProviderLinked, "account", account)
        .in_organization(Some(identity.organization))
        .with(json!({ "provider": identity.provider }))
        .write(tx, act)
        .await
}

fn read_claims(provider: &Provider, claims: &CoreIdTokenClaims) -> VerifiedIdentity {
    let email = claims
        .email()
        .filter(|_| claims.email_verified() == Some(true))
        .and_then(|email| Login::parse(email.as_str()).ok())
        .filter(|email| {
            email.domain().is_some_and(|domain| {
                provider
                    .allowed_domains
                    .iter()
                    .any(|allowed| allowed == domain)
            })
        });
    let name = claims
        .name()
        .and_then(|names| {
            names
                .get(None)
                .or_else(|| names.iter().next().map(|(_, name)| name))
        })
        .map(|name| name.as_str().to_owned());
    let two_factors = provider.trusts_second_factor
        && claims.auth_method_refs().is_some_and(|methods| {
            methods
                .iter()
                .any(|method| SECOND_FACTORS.contains(&method.as_str()))
        });
    VerifiedIdentity {
        provider: provider.id,
        organization: provider.organization,
        subject: claims.subject().as_str().to_owned(),
        email,
        name,
        two_factors,
    }
}

fn system_time(now: Instant) -> SystemTime {
    let micros = u64::try_from(now.as_micros()).unwrap_or(0);
    SystemTime::UNIX_EPOCH + Duration::from_micros(micros)
}

/// What the administrator reads of an error: its whole chain of causes, and never the answer
/// itself, which may hold secrets.
fn problem(error: &dyn std::error::Error) -> OidcProblem {
    let mut unreachable = false;
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        unreachable |= error.is::<http::FetchError>();
        text.push_str(": ");
        text.push_str(&error.to_string());
        cause = error.source();
    }
    let text: String = text.chars().take(300).collect();
    if unreachable {
        OidcProblem::Unreachable(text)
    } else {
        OidcProblem::Answer(text)
    }
}
