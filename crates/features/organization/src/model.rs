//! Which roles may be given out in an organisation of a kind, and what an identity provider needs.

use yagura_identity::oidc::read_domain;
use yagura_kernel::organization::OrganizationKind;
use yagura_kernel::person::Role;

/// The roles that the people page of an organisation of this kind offers. Inspectors are made by
/// the body that sends them, administrators by administrators.
pub(crate) fn roles_on_offer(kind: OrganizationKind) -> Vec<Role> {
    Role::ALL
        .into_iter()
        .filter(|role| role.fits(kind))
        .collect()
}

/// How many identity providers an organisation may have.
pub(crate) const MOST_PROVIDERS: usize = 5;
const MOST_DOMAINS: usize = 20;
const LONGEST_NAME: usize = 100;
const LONGEST_ISSUER: usize = 500;
const LONGEST_CLIENT_ID: usize = 255;
const LONGEST_SECRET: usize = 1_000;

/// An identity provider as somebody filled it in.
#[derive(Debug, Clone, Default)]
pub(crate) struct ProviderFields {
    pub(crate) name: String,
    pub(crate) issuer: String,
    pub(crate) client_id: String,
    /// `None` keeps the one there is.
    pub(crate) client_secret: Option<String>,
    pub(crate) domains: Vec<String>,
    pub(crate) trusts_second_factor: bool,
    pub(crate) enabled: bool,
}

impl ProviderFields {
    /// What is to be mended: the field, and the key of what is wrong with it. `issuer_accepted` says
    /// whether the issuer is one that may be asked.
    pub(crate) fn problems(&self, issuer_accepted: bool) -> Vec<(&'static str, &'static str)> {
        let length = |text: &str| text.trim().chars().count();
        let mut wrong = Vec::new();
        if !(1..=LONGEST_NAME).contains(&length(&self.name)) {
            wrong.push(("name", "organization-provider-name-wrong"));
        }
        if !issuer_accepted || length(&self.issuer) > LONGEST_ISSUER {
            wrong.push(("issuer", "organization-provider-issuer-wrong"));
        }
        if !(1..=LONGEST_CLIENT_ID).contains(&length(&self.client_id)) {
            wrong.push(("client_id", "organization-provider-client-id-wrong"));
        }
        if self
            .client_secret
            .as_deref()
            .is_some_and(|secret| !(1..=LONGEST_SECRET).contains(&secret.chars().count()))
        {
            wrong.push(("client_secret", "organization-provider-secret-wrong"));
        }
        if self.domains.is_empty() || self.domains.len() > MOST_DOMAINS {
            wrong.push(("allowed_domains", "organization-provider-domains-missing"));
        } else if self
            .domains
            .iter()
            .any(|domain| read_domain(domain).is_none())
        {
            wrong.push(("allowed_domains", "organization-provider-domains-wrong"));
        }
        wrong
    }
}

/// The domains of a text field: one a line, or with commas and blanks between them.
pub(crate) fn split_domains(typed: &str) -> Vec<String> {
    typed
        .split(|character: char| {
            character.is_whitespace() || matches!(character, ',' | '、' | '，')
        })
        .filter(|domain| !domain.is_empty())
        .map(str::to_owned)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fields() -> ProviderFields {
        ProviderFields {
            name: "架空病院の認証".to_owned(),
            issuer: "https://idp.example.jp".to_owned(),
            client_id: "yagura".to_owned(),
            client_secret: None,
            domains: split_domains("hospital.example.jp, @b.example.jp\nc.example.jp、"),
            trusts_second_factor: false,
            enabled: true,
        }
    }

    #[test]
    fn every_field_of_a_provider_says_what_is_wrong_with_it() {
        assert!(fields().problems(true).is_empty());
        let wrong = |change: fn(&mut ProviderFields), accepted: bool| {
            let mut changed = fields();
            change(&mut changed);
            changed
                .problems(accepted)
                .into_iter()
                .map(|(field, _)| field)
                .collect::<Vec<_>>()
        };
        assert_eq!(wrong(|_| {}, false), ["issuer"]);
        assert_eq!(wrong(|fields| fields.name = " ".to_owned(), true), ["name"]);
        assert_eq!(
            wrong(|fields| fields.name = "長".repeat(101), true),
            ["name"]
        );
        assert_eq!(
            wrong(|fields| fields.client_id.clear(), true),
            ["client_id"]
        );
        let empty = wrong(|fields| fields.client_secret = Some(String::new()), true);
        assert_eq!(empty, ["client_secret"]);
        assert_eq!(
            wrong(|fields| fields.domains.clear(), true),
            ["allowed_domains"]
        );
        let one = wrong(|fields| fields.domains.push("病院".to_owned()), true);
        assert_eq!(one, ["allowed_domains"]);
    }

    #[test]
    fn a_clinic_gives_out_no_regional_role_and_a_region_no_director() {
        let clinic = roles_on_offer(OrganizationKind::Clinic);
        assert!(clinic.contains(&Role::Director) && !clinic.contains(&Role::RegionalStaff));
        let prefecture = roles_on_offer(OrganizationKind::Prefecture);
        assert!(prefecture.contains(&Role::Inspector) && !prefecture.contains(&Role::Director));
    }
}
