//! A service with a clinic, and verdicts as a machine of the clinic would sign them.

use std::sync::Arc;

use async_trait::async_trait;
use axum::body::Body;
use axum::http::{Request, StatusCode, header};
use credentialcheck::{Entry, Opened, Options, check};
use yagura_credentials::Credentials;
use yagura_credentials::model::{KEY_NAME, SignedVerdict};
use yagura_evidence::{Evidence, EvidenceHost, HostItem, HostSheet};
use yagura_kernel::audit::SigningKey;
use yagura_kernel::id::{OrganizationId, SheetId};
use yagura_kernel::organization::OrganizationKind;
use yagura_kernel::person::Role;
use yagura_kernel::probe::{Measurement, Subject};
use yagura_kernel::time::{Date, Instant};
use yagura_store::directory::Organization;
use yagura_store::{Database, StoreError, Transaction};
use yagura_web::testing::{TestApp, TestPerson, apps, text};
use yagura_web::{Feature, Translator};

/// One sheet per institution, with the items of 令和8.
struct Sheets;

#[async_trait]
impl EvidenceHost for Sheets {
    async fn sheets(
        &self,
        _: &Database,
        _: &yagura_packs::Library,
        organization: OrganizationId,
        _: &Translator,
    ) -> Result<Vec<HostSheet>, StoreError> {
        let item = |key: &str| HostItem {
            key: key.to_owned(),
            number: key.to_owned(),
            label: key.to_owned(),
            path: "/".to_owned(),
        };
        Ok(vec![HostSheet {
            sheet: SheetId::from(organization.uuid()),
            label: "令和8年度".to_owned(),
            items: ["2-6", "2-7", "2-8"].map(item).into(),
            is_offered: true,
        }])
    }

    async fn evidence_changed(
        &self,
        _: &mut Transaction,
        _: OrganizationId,
        _: &[SheetId],
        _: Date,
        _: Instant,
    ) -> Result<(), StoreError> {
        Ok(())
    }
}

pub(crate) struct World {
    pub(crate) app: TestApp,
    pub(crate) clinic: Organization,
    pub(crate) director: TestPerson,
    pub(crate) staff: TestPerson,
    pub(crate) stranger: TestPerson,
}

pub(crate) async fn worlds() -> Vec<World> {
    let features = || {
        let host: Arc<dyn EvidenceHost> = Arc::new(Sheets);
        vec![
            Arc::new(Evidence::new(Arc::clone(&host))) as Arc<dyn Feature>,
            Arc::new(Credentials::new(host)),
        ]
    };
    let mut worlds = Vec::new();
    for app in apps(features).await {
        let clinic = app
            .organization(OrganizationKind::Clinic, "架空クリニック", None)
            .await;
        let other = app
            .organization(OrganizationKind::Clinic, "別の架空クリニック", None)
            .await;
        worlds.push(World {
            director: app.person(&clinic, Role::Director).await,
            staff: app.person(&clinic, Role::Staff).await,
            stranger: app.person(&other, Role::Director).await,
            clinic,
            app,
        });
    }
    worlds
}

pub(crate) fn key(seed: u8) -> SigningKey {
    SigningKey::from_seed(KEY_NAME, &[seed; 32]).unwrap()
}

impl World {
    /// A signed verdict on these passwords, made some days ago.
    pub(crate) fn signed(&self, key: &SigningKey, passwords: &[&str], days_ago: i64) -> String {
        let at = self.app.app.now().plus_days(-days_ago).to_utc();
        let entries = passwords.iter().zip(1..).map(|(password, number)| Entry {
            number,
            title: format!("サーバ{number} <b>"),
            groups: vec!["サーバ室".to_owned()],
            user: "operator".into(),
            password: (*password).into(),
            ..Entry::default()
        });
        let opened = Opened {
            entries: entries.collect(),
            file_sha256: "0".repeat(64),
            ..Opened::default()
        };
        let verdict = check(&opened, &Options::at(at));
        serde_json::to_string_pretty(&SignedVerdict::sign(&verdict, key).unwrap()).unwrap()
    }

    /// A signed verdict on several files that were checked at once.
    pub(crate) fn signed_files(
        &self,
        key: &SigningKey,
        files: &[(&str, &[&str])],
        days_ago: i64,
    ) -> String {
        let at = self.app.app.now().plus_days(-days_ago).to_utc();
        let opened: Vec<Opened> = files
            .iter()
            .map(|(label, passwords)| {
                let entries = passwords.iter().zip(1..).map(|(password, number)| Entry {
                    number,
                    title: format!("{label}{number}"),
                    user: "operator".into(),
                    password: (*password).into(),
                    ..Entry::default()
                });
                Opened {
                    entries: entries.collect(),
                    file_sha256: "0".repeat(64),
                    ..Opened::default()
                }
            })
            .collect();
        let safes: Vec<credentialcheck::Safe<'_>> = files
            .iter()
            .zip(&opened)
            .map(|((label, _), opened)| credentialcheck::Safe { label, opened })
            .collect();
        let verdict = credentialcheck::check_all(&safes, &Options::at(at));
        serde_json::to_string_pretty(&SignedVerdict::sign(&verdict, key).unwrap()).unwrap()
    }

    /// Sends a file by the page's form: the status, and where it leads or what it says.
    pub(crate) async fn upload(&self, whom: TestPerson, file: &str) -> (StatusCode, String) {
        let boundary = "yagura-test-boundary-7c3f";
        let body = format!(
            "--{boundary}\r\nContent-Disposition: form-data; name=\"file\"; \
             filename=\"v.json\"\r\n\r\n{file}\r\n--{boundary}--\r\n"
        );
        let request = Request::post("/credentials")
            .header(
                header::CONTENT_TYPE,
                format!("multipart/form-data; boundary={boundary}"),
            )
            .body(Body::from(body))
            .unwrap();
        text(self.app.send(Some(whom), request).await).await
    }

    pub(crate) async fn count(&self, sql: &'static str) -> i64 {
        self.app.app.database().count(sql, vec![]).await.unwrap()
    }

    /// What the two probes say now: strength, reuse.
    pub(crate) async fn measured(&self) -> [Measurement; 2] {
        let host: Arc<dyn EvidenceHost> = Arc::new(Sheets);
        let probes = Credentials::new(host).probes(&self.app.app);
        let now = self.app.app.now();
        let subject = Subject {
            organization: self.clinic.id,
            today: now.jst_date(),
            now,
        };
        [
            probes[0].measure(subject).await.unwrap(),
            probes[1].measure(subject).await.unwrap(),
        ]
    }
}
