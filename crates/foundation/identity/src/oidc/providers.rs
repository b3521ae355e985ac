//! The identity providers of institutions.

use openidconnect::url::Url;
use yagura_kernel::id::OrganizationId;
use yagura_kernel::policy::{Authorized, actions};
use yagura_kernel::time::Instant;
use yagura_store::{Database, FromRow, Row, StoreError, Transaction, escape_like, params, row};
use zeroize::Zeroizing;

use super::OidcProblem;
use crate::Identity;
use crate::error::IdentityError;
use crate::events::{Act, Event, Record};

yagura_kernel::typed_id! {
    /// An identity provider of an institution.
    pub struct ProviderId;
}

/// An identity provider, without its secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Provider {
    /// Its id.
    pub id: ProviderId,
    /// Whose people it vouches for.
    pub organization: OrganizationId,
    /// What the sign-in page calls it.
    pub name: String,
    /// Its issuer URL, exactly as it calls itself.
    pub issuer: String,
    /// As what it knows Yagura.
    pub client_id: String,
    /// Whether a client secret is kept.
    pub has_secret: bool,
    /// The e-mail domains of the institution's people, in lower case.
    pub allowed_domains: Vec<String>,
    /// Whether its word is taken that a second factor was passed (`amr`).
    pub trusts_second_factor: bool,
    /// Whether it may be used.
    pub enabled: bool,
    /// Since when.
    pub created_at: Instant,
}

impl FromRow for Provider {
    fn from_row(row: &Row) -> Result<Self, StoreError> {
        let id: yagura_kernel::id::Uuid = row.get("id")?;
        let domains: serde_json::Value = row.get("allowed_domains")?;
        let secret: Option<Vec<u8>> = row.get("client_secret")?;
        Ok(Self {
            id: id.into(),
            organization: row.get("organization_id")?,
            name: row.get("name")?,
            issuer: row.get("issuer")?,
            client_id: row.get("client_id")?,
            has_secret: secret.is_some(),
            allowed_domains: serde_json::from_value(domains)?,
            trusts_second_factor: row.get("trusts_second_factor")?,
            enabled: row.get("enabled")?,
            created_at: row.get("created_at")?,
        })
    }
}

/// An identity provider as somebody filled it in.
#[derive(Debug, Clone)]
pub struct ProviderForm {
    /// Which one is changed; none for a new one.
    pub id: Option<ProviderId>,
    /// What the sign-in page calls it.
    pub name: String,
    /// Its issuer URL.
    pub issuer: String,
    /// As what it knows Yagura.
    pub client_id: String,
    /// A new client secret; `None` keeps the one there is.
    pub client_secret: Option<Zeroizing<String>>,
    /// The e-mail domains of the institution's people.
    pub allowed_domains: Vec<String>,
    /// Whether its word is taken that a second factor was passed.
    pub trusts_second_factor: bool,
    /// Whether it may be used.
    pub enabled: bool,
}

pub(super) fn context(id: ProviderId) -> String {
    format!("client secret:{id}")
}

impl Identity {
    /// Keeps a new or changed identity provider of an organisation.
    ///
    /// # Errors
    /// [`OidcProblem::Configuration`] where the issuer is not https or a field is empty;
    /// [`StoreError::NotFound`] where the organisation has no such provider.
    pub async fn save_provider(
        &self,
        tx: &mut Transaction,
        act: Act<'_>,
        proof: &Authorized<actions::ManagePeople>,
        form: ProviderForm,
    ) -> Result<ProviderId, IdentityError> {
        let issuer = form.issuer.trim();
        let allowed = Url::parse(issuer).is_ok_and(|url| self.fetcher.allows(&url));
        let (name, client_id) = (form.name.trim(), form.client_id.trim());
        if !allowed || name.is_empty() || name.chars().count() > 100 || client_id.is_empty() {
            return Err(OidcProblem::Configuration.into());
        }
        let domains: Vec<String> = form
            .allowed_domains
            .iter()
            .map(|domain| {
                crate::login::normalise(domain)
                    .trim_start_matches('@')
                    .to_owned()
            })
            .filter(|domain| !domain.is_empty())
            .collect();
        let id = form.id.unwrap_or_else(|| ProviderId::new(act.ids));
        let secret = match &form.client_secret {
            Some(secret) => Some(
                self.secrets
                    .seal(&context(id), secret.as_bytes(), act.ids)?,
            ),
            None => None,
        };
        if form.id.is_some() {
            // Another issuer may call somebody else what the old one called our person.
            tx.execute(
                "DELETE FROM identity_provider_links WHERE provider_id IN
                     (SELECT id FROM identity_providers
                      WHERE id = $1 AND organization_id = $2 AND issuer <> $3)",
                params![id.uuid(), proof.organization(), issuer],
            )
            .await?;
            let touched = tx
                .execute(
                    "UPDATE identity_providers
                     SET name = $1, issuer = $2, client_id = $3,
                         client_secret = COALESCE($4, client_secret), allowed_domains = $5,
                         trusts_second_factor = $6, enabled = $7
                     WHERE id = $8 AND organization_id = $9",
                    params![
                        name,
                        issuer,
                        client_id,
                        secret,
                        &serde_json::json!(domains),
                        form.trusts_second_factor,
                        form.enabled,
                        id.uuid(),
                        proof.organization()
                    ],
                )
                .await?;
            if touched == 0 {
                return Err(StoreError::NotFound.into());
            }
        } else {
            tx.execute(
                "INSERT INTO identity_providers (id, organization_id, name, issuer, client_id,
                                                 client_secret, allowed_domains,
                                                 trusts_second_factor, enabled, created_at)
                 VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
                params![
                    id.uuid(),
                    proof.organization(),
                    name,
                    issuer,
                    client_id,
                    secret,
                    &serde_json::json!(domains),
                    form.trusts_second_factor,
                    form.enabled,
                    act.now
                ],
            )
            .await?;
        }
        Record::of(Event::ProviderSaved, "identity_provider", id)
            .in_organization(Some(proof.organization()))
            .with(serde_json::json!({
                "issuer": issuer,
                "allowed_domains": domains,
                "trusts_second_factor": form.trusts_second_factor,
                "enabled": form.enabled,
                "new_secret": form.client_secret.is_some(),
            }))
            .write(tx, act)
            .await?;
        Ok(id)
    }
}

/// Removes an identity provider and every link to it. Accounts remain; whoever has no password
/// needs a reset link.
///
/// # Errors
/// [`StoreError::NotFound`] where the organisation has no such provider.
pub async fn remove(
    tx: &mut Transaction,
    act: Act<'_>,
    proof: &Authorized<actions::ManagePeople>,
    id: ProviderId,
) -> Result<(), StoreError> {
    tx.execute(
        "DELETE FROM identity_provider_links WHERE provider_id IN
             (SELECT id FROM identity_providers WHERE id = $1 AND organization_id = $2)",
        params![id.uuid(), proof.organization()],
    )
    .await?;
    let touched = tx
        .execute(
            "DELETE FROM identity_providers WHERE id = $1 AND organization_id = $2",
            params![id.uuid(), proof.organization()],
        )
        .await?;
    if touched == 0 {
        return Err(StoreError::NotFound);
    }
    Record::of(Event::ProviderRemoved, "identity_provider", id)
        .in_organization(Some(proof.organization()))
        .write(tx, act)
        .await
}

/// One identity provider.
///
/// # Errors
/// [`StoreError`] where the database does not answer.
pub async fn get(database: &Database, id: ProviderId) -> Result<Option<Provider>, StoreError> {
    database
        .optional(
            "SELECT * FROM identity_providers WHERE id = $1",
            params![id.uuid()],
        )
        .await
}

/// The identity providers of an organisation, by name.
///
/// # Errors
/// [`StoreError`] where the database does not answer.
pub async fn of_organization(
    database: &Database,
    organization: OrganizationId,
) -> Result<Vec<Provider>, StoreError> {
    database
        .rows(
            "SELECT * FROM identity_providers WHERE organization_id = $1 ORDER BY name, id",
            params![organization],
        )
        .await
}

/// The identity providers that are in use for people with e-mail addresses of a domain, with the
/// names of the institutions, at most 20. `typed` may be the domain or a whole address, of which
/// only the domain is looked at. The sign-in page asks this for strangers: it says which
/// institutions have a provider, never who has an account.
///
/// # Errors
/// [`StoreError`] where the database does not answer.
pub async fn for_domain(
    database: &Database,
    typed: &str,
) -> Result<Vec<OfferedProvider>, StoreError> {
    let domain = domain_of(typed);
    if domain.is_empty() {
        return Ok(Vec::new());
    }
    // The stored list is JSON; what the pattern finds is held against the list once more.
    let pattern = escape_like(&serde_json::to_string(&domain)?);
    let rows: Vec<OfferedRow> = database
        .rows(
            "SELECT p.id AS id, p.name AS name, p.allowed_domains AS allowed_domains,
                    o.name AS organization_name
             FROM identity_providers p JOIN organizations o ON o.id = p.organization_id
             WHERE p.enabled = 1 AND p.allowed_domains LIKE $1 ESCAPE '!'
             ORDER BY o.name, p.name, p.id LIMIT 20",
            params![format!("%{pattern}%")],
        )
        .await?;
    let mut offered = Vec::new();
    for row in rows {
        let domains: Vec<String> = serde_json::from_value(row.allowed_domains)?;
        if domains.contains(&domain) {
            offered.push(OfferedProvider {
                id: row.id.into(),
                name: row.name,
                organization: row.organization_name,
            });
        }
    }
    Ok(offered)
}

row! {
    struct OfferedRow {
        id: yagura_kernel::id::Uuid,
        name: String,
        allowed_domains: serde_json::Value,
        organization_name: String,
    }
}

/// A provider as the sign-in page offers it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OfferedProvider {
    /// Its id.
    pub id: ProviderId,
    /// What its institution calls it.
    pub name: String,
    /// Whose people it vouches for. Shown with the name, because whoever runs a provider chooses
    /// the name freely.
    pub organization: String,
}

/// The only provider of an installation that has exactly one in use: then nobody needs to choose.
///
/// # Errors
/// [`StoreError`] where the database does not answer.
pub async fn only_one(database: &Database) -> Result<Option<OfferedProvider>, StoreError> {
    let rows: Vec<OfferedRow> = database
        .rows(
            "SELECT p.id AS id, p.name AS name, p.allowed_domains AS allowed_domains,
                    o.name AS organization_name
             FROM identity_providers p JOIN organizations o ON o.id = p.organization_id
             WHERE p.enabled = 1 LIMIT 2",
            params![],
        )
        .await?;
    Ok(match <[OfferedRow; 1]>::try_from(rows) {
        Ok([row]) => Some(OfferedProvider {
            id: row.id.into(),
            name: row.name,
            organization: row.organization_name,
        }),
        Err(_) => None,
    })
}

/// The domain of what somebody typed: `Taro@Clinic.example.jp`, `@clinic.example.jp` and
/// `clinic.example.jp` are all `clinic.example.jp`.
fn domain_of(typed: &str) -> String {
    let normal = crate::login::normalise(typed);
    normal
        .rsplit_once('@')
        .map_or(normal.as_str(), |(_, domain)| domain)
        .trim_end_matches('.')
        .to_owned()
}

/// Reads a domain of e-mail addresses as somebody typed it: with or without `@`, full-width or not.
/// `None` where it is no domain name of at least two labels (RFC 1035 §2.3.1, RFC 1123 §2.1).
#[must_use]
pub fn read_domain(typed: &str) -> Option<String> {
    let domain = domain_of(typed);
    let labels: Vec<&str> = domain.split('.').collect();
    let is_label = |label: &&str| {
        (1..=63).contains(&label.len())
            && label
                .bytes()
                .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    (domain.len() <= 253 && labels.len() >= 2 && labels.iter().all(is_label)).then_some(domain)
}

/// The identity providers that the sign-in page offers, by name, at most 200.
///
/// # Errors
/// [`StoreError`] where the database does not answer.
pub async fn offered(database: &Database) -> Result<Vec<Provider>, StoreError> {
    database
        .rows(
            "SELECT * FROM identity_providers WHERE enabled = 1 ORDER BY name, id LIMIT 200",
            params![],
        )
        .await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn domains_are_read_as_people_type_them() {
        for typed in [
            "clinic.example.jp",
            "@Clinic.example.jp",
            " taro@clinic.example.jp ",
            "＠ｃｌｉｎｉｃ．ｅｘａｍｐｌｅ．ｊｐ",
            "clinic.example.jp.",
        ] {
            assert_eq!(
                read_domain(typed).as_deref(),
                Some("clinic.example.jp"),
                "{typed}"
            );
        }
        for typed in [
            "",
            "@",
            "jp",
            "clinic",
            "a b.jp",
            "-a.jp",
            "a-.jp",
            "a..jp",
            "日本.jp",
            "a_b.jp",
            "%.jp",
            "https://a.jp",
        ] {
            assert_eq!(read_domain(typed), None, "{typed}");
        }
    }
}
