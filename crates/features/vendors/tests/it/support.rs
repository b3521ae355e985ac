//! A clinic, a hospital, two vendors; the whole service around them.

use std::sync::Arc;

use axum::body::Body;
use axum::http::{Method, Request, StatusCode, header};
use axum::response::Response;
use yagura_checklists::{Checklists, EvidenceSheets};
use yagura_evidence::Evidence;
use yagura_kernel::id::OrganizationId;
use yagura_kernel::organization::OrganizationKind;
use yagura_kernel::person::Role;
use yagura_kernel::relation::{RelationKind, SharingLevel};
use yagura_store::directory::Organization;
use yagura_vendors::Vendors;
use yagura_web::testing::{TestApp, TestPerson, apps, text};
use yagura_web::{Feature, Lang, MailRoute};

/// HTML and quotes, as somebody might type them into a name.
pub(crate) const EVIL: &str = "<script>alert(1)</script>\"'&";

pub(crate) fn features() -> Vec<Arc<dyn Feature>> {
    vec![
        Arc::new(Evidence::new(Arc::new(EvidenceSheets))),
        Arc::new(Checklists),
        Arc::new(Vendors),
    ]
}

pub(crate) struct World {
    pub(crate) app: TestApp,
    pub(crate) clinic: Organization,
    pub(crate) hospital: Organization,
    pub(crate) vendor: Organization,
    pub(crate) other_vendor: Organization,
    pub(crate) director: TestPerson,
    pub(crate) staff: TestPerson,
    pub(crate) hospital_director: TestPerson,
    pub(crate) manager: TestPerson,
    pub(crate) other_manager: TestPerson,
}

pub(crate) async fn worlds() -> Vec<World> {
    let mut worlds = Vec::new();
    for app in apps(features).await {
        let clinic = app
            .organization(OrganizationKind::Clinic, "みどり坂内科クリニック", None)
            .await;
        let hospital = app
            .organization(OrganizationKind::Hospital, "架空中央病院", Some(420))
            .await;
        let vendor = app
            .organization(OrganizationKind::Vendor, "架空レセコン株式会社", None)
            .await;
        let other_vendor = app
            .organization(OrganizationKind::Vendor, "見本システムズ", None)
            .await;
        worlds.push(World {
            director: app.person(&clinic, Role::Director).await,
            staff: app.person(&clinic, Role::Staff).await,
            hospital_director: app.person(&hospital, Role::Director).await,
            manager: app.person(&vendor, Role::VendorManager).await,
            other_manager: app.person(&other_vendor, Role::VendorManager).await,
            app,
            clinic,
            hospital,
            vendor,
            other_vendor,
        });
    }
    worlds
}

impl World {
    pub(crate) async fn supply(&self, vendor: &Organization, institution: &Organization) {
        self.app
            .relate(
                RelationKind::Supplies,
                vendor.id,
                institution.id,
                SharingLevel::Status,
            )
            .await;
    }

    /// The Japanese words of a key.
    pub(crate) fn words(&self, key: &str) -> String {
        self.app.app.translator(Lang::Ja).t(key).to_owned()
    }

    /// Opens the vendor's sheet for a customer and answers these rows はい.
    pub(crate) async fn answer(
        &self,
        whom: TestPerson,
        customer: OrganizationId,
        items: &[(&str, &str)],
    ) -> String {
        let (status, sheet) = self
            .app
            .post(whom, &format!("/customers/{customer}/open"), &[])
            .await;
        assert_eq!(status, StatusCode::SEE_OTHER, "{}", self.app.engine);
        for (item, remark) in items {
            self.answer_row(whom, &sheet, item, 0, remark).await;
        }
        sheet
    }

    /// Answers a row of a vendor's sheet はい, from the version that was read.
    pub(crate) async fn answer_row(
        &self,
        whom: TestPerson,
        sheet: &str,
        item: &str,
        version: i64,
        remark: &str,
    ) {
        let body = serde_json::json!({
            "version": version,
            "first": { "answer": "yes", "on": "2026-11-20" },
            "remark": remark,
        });
        let path = format!("/api/v1{sheet}/items/{item}/answer");
        let (status, answer) = self
            .app
            .api(Some(whom), Method::PUT, &path, Some(body))
            .await;
        assert_eq!(status, StatusCode::OK, "{item}: {answer}");
    }

    /// Opens a page with a session's cookie, or as a stranger.
    pub(crate) async fn get_by(&self, path: &str, cookie: Option<&str>) -> (StatusCode, String) {
        let mut request = Request::builder().uri(path);
        if let Some(cookie) = cookie {
            request = request.header(header::COOKIE, cookie);
        }
        text(
            self.app
                .send(None, request.body(Body::empty()).unwrap())
                .await,
        )
        .await
    }

    /// Submits a form with a session's cookie, or as a stranger.
    pub(crate) async fn post_by(
        &self,
        path: &str,
        cookie: Option<&str>,
        fields: &[(&str, &str)],
    ) -> Response {
        let mut request = Request::builder()
            .method(Method::POST)
            .uri(path)
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
        if let Some(cookie) = cookie {
            request = request.header(header::COOKIE, cookie);
        }
        let body: Vec<String> = fields
            .iter()
            .map(|(name, value)| format!("{name}={}", encoded(value)))
            .collect();
        self.app
            .send(None, request.body(Body::from(body.join("&"))).unwrap())
            .await
    }

    /// The files of mails that were sent.
    pub(crate) async fn mails(&self) -> Vec<String> {
        self.app.run_jobs().await;
        let MailRoute::Folder(folder) = &self.app.app.config().mail else {
            return Vec::new();
        };
        let Ok(entries) = std::fs::read_dir(folder) else {
            return Vec::new();
        };
        entries
            .map(|entry| std::fs::read_to_string(entry.unwrap().path()).unwrap())
            .collect()
    }
}

fn encoded(value: &str) -> String {
    value
        .bytes()
        .map(|byte| {
            if byte.is_ascii_alphanumeric() {
                char::from(byte).to_string()
            } else {
                format!("%{byte:02X}")
            }
        })
        .collect()
}

/// The path of the first one-time link on a page.
pub(crate) fn link_on(page: &str) -> String {
    assert!(page.contains("/invitations/"), "no link on {page}");
    let from = page.find("/invitations/").unwrap();
    let rest = &page[from..];
    let end = rest
        .find(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '/' | '-' | '_')))
        .unwrap_or(rest.len());
    rest[..end].to_owned()
}

/// Every address of a kind on a page, in order.
pub(crate) fn addresses_on(page: &str, beginning: &str) -> Vec<String> {
    page.match_indices(&format!("=\"{beginning}"))
        .map(|(place, found)| {
            let rest = &page[place + found.len() - beginning.len()..];
            rest[..rest.find('"').unwrap()].replace("&amp;", "&")
        })
        .collect()
}
