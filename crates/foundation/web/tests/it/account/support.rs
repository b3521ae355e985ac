//! People with accounts, and browsers that keep their cookies.

use std::collections::BTreeMap;
use std::net::SocketAddr;

use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::http::{Method, Request, StatusCode, header};
use serde_json::Value;
use totp_rs::{Builder, Secret};
use yagura_identity::Login;
use yagura_identity::accounts::{self, NewAccount};
use yagura_identity::password::{PasswordContext, Passwords};
use yagura_kernel::organization::OrganizationKind;
use yagura_kernel::person::Role;
use yagura_kernel::time::Clock as _;
use yagura_store::directory::Organization;
use yagura_store::params;
use yagura_web::testing::{TestApp, TestPerson, apps, text};

pub(crate) const PASSWORD: &str = "purple otter umbrella";

/// The service without features, on each engine.
pub(crate) async fn services() -> Vec<TestApp> {
    apps(Vec::new).await
}

pub(crate) async fn clinic(app: &TestApp) -> Organization {
    app.organization(OrganizationKind::Clinic, "見本内科医院", None)
        .await
}

/// A person with a role and an account whose password is [`PASSWORD`].
pub(crate) async fn member(
    app: &TestApp,
    organization: &Organization,
    role: Role,
    login: &str,
) -> TestPerson {
    let person = app.person(organization, role).await;
    let ids = app.app.shared_ids();
    let password = Passwords::with_parameters(64, 1, 1)
        .accept(PASSWORD, PasswordContext::default(), ids.as_ref())
        .await
        .unwrap()
        .unwrap();
    let mut tx = app.app.database().begin().await.unwrap();
    let new = NewAccount {
        person: person.person,
        login: Login::parse(login).unwrap(),
        login_verified: true,
        password: Some(password),
    };
    accounts::create(&mut tx, app.app.identity().act_of_program(), new)
        .await
        .unwrap();
    tx.commit().await.unwrap();
    person
}

/// A director whose login is `director@clinic.example.jp`, signed in.
pub(crate) async fn director(app: &TestApp) -> Browser<'_> {
    let clinic = clinic(app).await;
    member(app, &clinic, Role::Director, "director@clinic.example.jp").await;
    Browser::signed_in(app, "director@clinic.example.jp").await
}

/// A regional manager whose login is `manager@region.example.jp`: they need a second factor.
pub(crate) async fn manager(app: &TestApp) {
    let region = app
        .organization(OrganizationKind::Network, "見本地域連携網", None)
        .await;
    member(
        app,
        &region,
        Role::RegionalManager,
        "manager@region.example.jp",
    )
    .await;
}

/// How often an action is in the audit log.
pub(crate) async fn recorded(app: &TestApp, action: &str) -> i64 {
    app.app
        .database()
        .count(
            "SELECT count(*) AS n FROM audit_entries WHERE action = $1",
            params![action],
        )
        .await
        .unwrap()
}

/// What came back.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) to: String,
    pub(crate) page: String,
}

impl Answer {
    /// The text of the first element that begins like this.
    pub(crate) fn after(&self, start: &str) -> &str {
        let rest = self
            .page
            .split(start)
            .nth(1)
            .unwrap_or_else(|| panic!("{start} is not on the page:\n{}", self.page));
        rest.split('<').next().unwrap()
    }

    /// Leads there.
    pub(crate) fn leads_to(&self, path: &str) {
        assert_eq!(
            (self.status, self.to.as_str()),
            (StatusCode::SEE_OTHER, path),
            "{}",
            self.page
        );
    }

    /// Is a page that says this.
    pub(crate) fn says(&self, words: &str) {
        assert!(
            self.page.contains(words),
            "“{words}” is missing ({} {}):\n{}",
            self.status,
            self.to,
            self.page
        );
    }

    pub(crate) fn says_not(&self, words: &str) {
        assert!(!self.page.contains(words), "“{words}”:\n{}", self.page);
    }
}

/// A browser.
pub(crate) struct Browser<'a> {
    pub(crate) app: &'a TestApp,
    cookies: BTreeMap<String, String>,
    address: SocketAddr,
    pub(crate) bearer: Option<String>,
}

impl<'a> Browser<'a> {
    pub(crate) fn new(app: &'a TestApp) -> Self {
        Self {
            app,
            cookies: BTreeMap::new(),
            address: "192.0.2.1:4000".parse().unwrap(),
            bearer: None,
        }
    }

    pub(crate) fn from(mut self, address: &str) -> Self {
        self.address = format!("{address}:4000").parse().unwrap();
        self
    }

    pub(crate) async fn signed_in(app: &'a TestApp, login: &str) -> Self {
        let mut browser = Self::new(app);
        let fields = [("login", login), ("password", PASSWORD)];
        let answer = browser.post("/sign-in", &fields).await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.page);
        browser
    }

    pub(crate) async fn get(&mut self, path: &str) -> Answer {
        self.send(Method::GET, path, "text/html", String::new())
            .await
    }

    pub(crate) async fn post(&mut self, path: &str, fields: &[(&str, &str)]) -> Answer {
        let body = fields
            .iter()
            .map(|(name, value)| format!("{name}={}", encoded(value)))
            .collect::<Vec<_>>()
            .join("&");
        let kind = "application/x-www-form-urlencoded";
        self.send(Method::POST, path, kind, body).await
    }

    pub(crate) async fn json(&mut self, method: Method, path: &str) -> (StatusCode, Value) {
        let answer = self
            .send(method, path, "application/json", "{}".to_owned())
            .await;
        let value = serde_json::from_str(&answer.page).unwrap_or(Value::Null);
        (answer.status, value)
    }

    pub(crate) async fn send(
        &mut self,
        method: Method,
        path: &str,
        kind: &str,
        body: String,
    ) -> Answer {
        let mut request = Request::builder()
            .method(method)
            .uri(path)
            .header(header::CONTENT_TYPE, kind)
            .header(header::USER_AGENT, "Example Browser 1.0");
        let cookies: Vec<String> = self
            .cookies
            .iter()
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        if !cookies.is_empty() {
            request = request.header(header::COOKIE, cookies.join("; "));
        }
        if let Some(bearer) = &self.bearer {
            request = request.header(header::AUTHORIZATION, format!("Bearer {bearer}"));
        }
        let request = request
            .extension(ConnectInfo(self.address))
            .body(Body::from(body))
            .unwrap();
        let response = self.app.send(None, request).await;
        for value in response.headers().get_all(header::SET_COOKIE) {
            let value = value.to_str().unwrap();
            let (name, rest) = value.split_once('=').unwrap();
            let (value, rest) = rest.split_once(';').unwrap();
            if rest.contains("Max-Age=0") {
                self.cookies.remove(name);
            } else {
                self.cookies.insert(name.to_owned(), value.to_owned());
            }
        }
        let to = response
            .headers()
            .get(header::LOCATION)
            .map(|to| to.to_str().unwrap().to_owned())
            .unwrap_or_default();
        let (status, page) = text(response).await;
        Answer { status, to, page }
    }

    /// Sets up an authenticator app and returns its secret. Half a minute passes, so that the next
    /// code is a new one.
    pub(crate) async fn set_up_app(&mut self) -> (String, Answer) {
        let page = self.get("/account/second-factor").await;
        assert_eq!(page.status, StatusCode::OK, "{}", page.to);
        let secret = page
            .page
            .split("<code>")
            .nth(1)
            .and_then(|rest| rest.split('<').next())
            .unwrap()
            .replace(' ', "");
        let code = code(self.app, &secret);
        let done = self
            .post("/account/second-factor", &[("code", &code)])
            .await;
        self.app.clock.advance_seconds(30);
        (secret, done)
    }
}

/// The digits that an app shows now.
pub(crate) fn code(app: &TestApp, secret: &str) -> String {
    let totp = Builder::new()
        .with_secret(Secret::try_from_base32(secret).unwrap())
        .build()
        .unwrap();
    let seconds = u64::try_from(app.clock.now().as_seconds()).unwrap();
    totp.generate(seconds).to_string()
}

fn encoded(text: &str) -> String {
    text.bytes()
        .map(|byte| match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' => char::from(byte).to_string(),
            _ => format!("%{byte:02X}"),
        })
        .collect()
}
