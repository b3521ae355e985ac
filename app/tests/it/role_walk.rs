//! Every address × every role × every standing: what the server answers is held against what the
//! policy decides. An address with a parameter that the walk does not know fails it, so that no
//! address stays without a case.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use axum::body::Body;
use axum::http::{Method, Request, StatusCode, header};
use serde_json::{Value, json};
use yagura::installation::features;
use yagura_kernel::id::{AccountId, OrganizationId};
use yagura_kernel::organization::OrganizationKind;
use yagura_kernel::person::Role;
use yagura_kernel::policy::{Action, Actor, Decision, Principal, Resource, Standing, decide};
use yagura_kernel::relation::{RelationKind, SharingLevel};
use yagura_store::directory::{self, Organization};
use yagura_store::params;
use yagura_web::testing::{TestApp, TestPerson, apps, text};
use yagura_web::{Access, RouteInfo, server};

const BOUNDARY: &str = "role-walk";

/// Addresses that answer 404 also to those who may, because the walk's request names nothing: no
/// draft, no piece, no finished export, no import of a pack. That they refuse is walked all the same.
const NAMES_NOTHING: &[&str] = &[
    "/checklists/{sheet}/drafts",
    "/vendor-sheets/{sheet}/drafts",
    "/customers/{organization}/drafts",
    "/evidence/attach",
    "/evidence/{evidence}/content",
    "/region/reminders",
    "/region/exports/{export}/file",
    "/packs/import/{import}",
    "/packs/import/{import}/confirm",
    "/packs/import/{import}/cancel",
    "/api/v1/packs/imports/{import}",
    "/api/v1/packs/imports/{import}/confirm",
    // Refused to some whom the declared action would allow: the trend of a whole region to an
    // institution, and the history of a vendor's sheet to overseers below full sharing.
    "/region/trend",
    "/region/trend.xlsx",
    "/region/comparison.xlsx",
    "/api/v1/statistics/trend",
    "/vendor-sheets/{sheet}/history",
    "/api/v1/vendor-sheets/{sheet}/history",
];

/// The ids by which an address names records of one organisation.
#[derive(Debug, Clone, Default)]
struct Records(BTreeMap<&'static str, String>);

impl Records {
    fn put(&mut self, name: &'static str, id: impl ToString) {
        self.0.insert(name, id.to_string());
    }

    fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }
}

struct Institution {
    organization: Organization,
    director: TestPerson,
    records: Records,
}

struct Regional {
    organization: Organization,
    records: Records,
}

struct World {
    app: TestApp,
    /// The institution of the institution's roles.
    own: usize,
    institutions: Vec<Institution>,
    /// How much the prefecture sees of each institution that it oversees.
    overseen: BTreeMap<OrganizationId, SharingLevel>,
    prefecture: Regional,
    other_prefecture: Regional,
    vendor: Organization,
    people: BTreeMap<Role, TestPerson>,
    kinds: BTreeMap<OrganizationId, OrganizationKind>,
}

async fn id_of(app: &TestApp, whom: TestPerson, path: &str, body: Value) -> String {
    let (status, answer) = app.api(Some(whom), Method::POST, path, Some(body)).await;
    assert!(
        status.is_success(),
        "{path} was answered {status}: {answer}"
    );
    ["id", "sheet"]
        .iter()
        .find_map(|name| answer[name].as_str())
        .unwrap_or_else(|| panic!("{path} named no id: {answer}"))
        .to_owned()
}

fn evidence_form() -> (String, String) {
    let mut body = String::new();
    for (name, value) in [("title", "契約書"), ("kind", "contract")] {
        let _ = write!(
            body,
            "--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n"
        );
    }
    let _ = write!(
        body,
        "--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.txt\"\r\n\
         Content-Type: text/plain\r\n\r\nevidence\r\n--{BOUNDARY}--\r\n"
    );
    (format!("multipart/form-data; boundary={BOUNDARY}"), body)
}

async fn evidence_of(app: &TestApp, director: TestPerson) -> String {
    let (kind, body) = evidence_form();
    let request = Request::post("/api/v1/evidence")
        .header(header::CONTENT_TYPE, kind)
        .body(Body::from(body))
        .unwrap();
    let (status, answer) = text(app.send(Some(director), request).await).await;
    assert!(
        status.is_success(),
        "the evidence was answered {status}: {answer}"
    );
    let answer: Value = serde_json::from_str(&answer).unwrap();
    answer["id"].as_str().unwrap().to_owned()
}

async fn entry_of(app: &TestApp, director: TestPerson) -> String {
    let body = json!({ "category": "police", "name": "架空警察署", "day_phone": "000-000-0000" });
    id_of(app, director, "/api/v1/contacts/entries", body).await
}

async fn vendor_invitation_of(app: &TestApp, director: TestPerson) -> String {
    let body = json!({ "name": "見本システムズ", "email": "new@example.jp" });
    id_of(app, director, "/api/v1/vendors/invitations", body).await
}

async fn inspection_link_of(app: &TestApp, director: TestPerson) -> String {
    let body = json!({ "last_day": "2026-12-01" });
    id_of(app, director, "/api/v1/inspection-links", body).await
}

async fn assignment_of(app: &TestApp, organization: &Organization, role: Role) -> String {
    let person = app.person(organization, role).await;
    directory::assignments_of(app.app.database(), person.person, app.app.today())
        .await
        .unwrap()[0]
        .id
        .to_string()
}

async fn supplier_of(app: &TestApp, organization: OrganizationId) -> String {
    let vendor = app
        .organization(OrganizationKind::Vendor, "見本保守株式会社", None)
        .await;
    let sharing = SharingLevel::Status;
    app.relate(RelationKind::Supplies, vendor.id, organization, sharing)
        .await
        .to_string()
}

async fn import_of(app: &TestApp, manager: TestPerson) -> String {
    let table = "施設名,種別\n架空第二クリニック,診療所\n";
    let request = Request::post("/api/v1/imports?file_name=roll.csv")
        .header(header::CONTENT_TYPE, "text/csv")
        .body(Body::from(table))
        .unwrap();
    let (status, answer) = text(app.send(Some(manager), request).await).await;
    assert!(
        status.is_success(),
        "the import was answered {status}: {answer}"
    );
    let answer: Value = serde_json::from_str(&answer).unwrap();
    answer["id"].as_str().unwrap().to_owned()
}

impl World {
    async fn new(app: TestApp) -> Self {
        let prefecture = app
            .organization(OrganizationKind::Prefecture, "架空県", None)
            .await;
        let other = app
            .organization(OrganizationKind::Prefecture, "見本県", None)
            .await;
        let vendor = app
            .organization(OrganizationKind::Vendor, "架空レセコン株式会社", None)
            .await;
        let strange = app
            .organization(OrganizationKind::Vendor, "見本システムズ", None)
            .await;
        let operator = app
            .organization(OrganizationKind::Operator, "架空運用室", None)
            .await;
        let vendor_person = app.person(&vendor, Role::VendorManager).await;
        let strange_person = app.person(&strange, Role::VendorManager).await;
        let mut institutions = Vec::new();
        let mut overseen = BTreeMap::new();
        for (number, level) in [None, None]
            .into_iter()
            .chain(SharingLevel::ALL.map(Some))
            .enumerate()
        {
            let name = format!("架空病院 第{number}");
            let organization = app
                .organization(OrganizationKind::Hospital, &name, Some(120))
                .await;
            let overseer = if level.is_some() { &prefecture } else { &other };
            let sharing = level.unwrap_or(SharingLevel::Status);
            let seen = app
                .relate(
                    RelationKind::Oversees,
                    overseer.id,
                    organization.id,
                    sharing,
                )
                .await;
            if let Some(level) = level {
                overseen.insert(organization.id, level);
            }
            let (supplier, supplier_person) = if number == 0 {
                (&vendor, vendor_person)
            } else {
                (&strange, strange_person)
            };
            let status = SharingLevel::Status;
            app.relate(RelationKind::Supplies, supplier.id, organization.id, status)
                .await;
            let director = app.person(&organization, Role::Director).await;
            let mut records = Records::default();
            records.put("organization", organization.id);
            records.put("member", organization.id);
            records.put("sharing", seen);
            records.put("supply", supplier_of(&app, organization.id).await);
            let year = json!({ "fiscal_year": 2026 });
            records.put("sheet", id_of(&app, director, "/api/v1/sheets", year).await);
            let open = format!("/customers/{}/open", organization.id);
            let (status, to) = app.post(supplier_person, &open, &[]).await;
            assert_eq!(status, StatusCode::SEE_OTHER, "{to}");
            let sheet = to
                .split('/')
                .find(|part| part.len() == 36)
                .unwrap_or_else(|| panic!("{open} led to {to}, which names no sheet"));
            records.put("vendor-sheet", sheet);
            records.put("evidence", evidence_of(&app, director).await);
            records.put("entry", entry_of(&app, director).await);
            records.put(
                "vendor-invitation",
                vendor_invitation_of(&app, director).await,
            );
            records.put("inspection-link", inspection_link_of(&app, director).await);
            records.put(
                "assignment",
                assignment_of(&app, &organization, Role::Staff).await,
            );
            institutions.push(Institution {
                organization,
                director,

                records,
            });
        }
        let mut regionals = Vec::new();
        for organization in [&prefecture, &other] {
            let manager = app.person(organization, Role::RegionalManager).await;
            let mut records = Records::default();
            records.put("organization", organization.id);
            records.put(
                "assignment",
                assignment_of(&app, organization, Role::RegionalStaff).await,
            );
            records.put("import", import_of(&app, manager).await);
            let reminder = json!({
                "audience": "not_opened", "subject": "お願い", "body": "ご回答ください。",
            });
            let (status, answer) = app
                .api(
                    Some(manager),
                    Method::POST,
                    "/api/v1/reminders",
                    Some(reminder),
                )
                .await;
            assert!(
                status.is_success(),
                "the reminder was answered {status}: {answer}"
            );
            let reminder = answer["id"]
                .as_str()
                .unwrap_or_else(|| panic!("no id: {answer}"));
            records.put("reminder", reminder);
            records.put("export", export_of(&app, organization.id).await);
            regionals.push(Regional {
                organization: organization.clone(),
                records,
            });
        }
        let other_prefecture = regionals.pop().unwrap();
        let prefecture = regionals.pop().unwrap();
        let mut people = BTreeMap::new();
        let mut kinds = BTreeMap::new();
        for role in Role::ALL {
            let organization = match role {
                Role::VendorManager | Role::VendorStaff => &vendor,
                Role::RegionalManager | Role::RegionalStaff | Role::Inspector => {
                    &prefecture.organization
                }
                Role::Administrator => &operator,
                _ => &institutions[0].organization,
            };
            kinds.insert(organization.id, organization.kind);
            people.insert(role, app.person(organization, role).await);
        }
        Self {
            app,
            own: 0,
            institutions,
            overseen,
            prefecture,
            other_prefecture,
            vendor,
            people,
            kinds,
        }
    }

    fn standing(&self, whom: TestPerson, target: OrganizationId) -> Standing {
        if whom.organization == target {
            return Standing::Own;
        }
        if whom.organization == self.prefecture.organization.id
            && let Some(level) = self.overseen.get(&target)
        {
            return Standing::Overseen(*level);
        }
        let customer = self.institutions[self.own].organization.id;
        if whom.organization == self.vendor.id && target == customer {
            return Standing::Supplied;
        }
        Standing::Foreign
    }

    fn allows(
        &self,
        role: Role,
        action: Action,
        organization: OrganizationId,
        standing: Standing,
    ) -> bool {
        let whom = self.people[&role];
        let principal = Principal {
            actor: Actor::Person {
                person: whom.person,
                account: AccountId::from(whom.person.uuid()),
            },
            organization: whom.organization,
            organization_kind: self.kinds[&whom.organization],
            roles: vec![role],
            second_factor: true,
            token_actions: None,
        };
        decide(
            &principal,
            action,
            &Resource {
                organization,
                standing,
            },
        ) == Decision::Allow
    }
}

async fn export_of(app: &TestApp, overseer: OrganizationId) -> String {
    let id = app.app.ids().id();
    let mut tx = app.app.database().begin().await.unwrap();
    tx.execute(
        "INSERT INTO region_exports
            (id, overseer_id, created_at, expires_at, format, fiscal_year, filter, lang, state,
             members)
         VALUES ($1, $2, $3, $4, 'xlsx', 2026, '', 'ja', 'waiting', 1)",
        params![id, overseer, app.app.now(), app.app.now().plus_days(1)],
    )
    .await
    .unwrap();
    tx.commit().await.unwrap();
    id.to_string()
}

/// Whose record a parameter names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Owner {
    /// An institution (or, for an organisation's own id and people, any organisation).
    Institution,
    /// A member of the reader's roll: the record is the roll's, the member must be on it.
    Member,
    /// A regional body.
    Region,
    /// Nobody: the address names nothing that belongs to an organisation.
    Nobody,
}

/// What stands for a parameter: the record's name and its owner, or a fixed text.
fn parameter(path: &str, name: &str) -> Option<(Owner, &'static str)> {
    let vendor_sheet = path.contains("vendor-sheets/");
    Some(match name {
        "organization" => (Owner::Institution, "organization"),
        "sheet" if vendor_sheet => (Owner::Institution, "vendor-sheet"),
        "sheet" => (Owner::Institution, "sheet"),
        "evidence" => (Owner::Institution, "evidence"),
        "entry" => (Owner::Institution, "entry"),
        "assignment" => (Owner::Institution, "assignment"),
        "relation" if path.contains("sharing") => (Owner::Institution, "sharing"),
        "relation" => (Owner::Institution, "supply"),
        "invitation" if path.contains("inspection") => (Owner::Institution, "inspection-link"),
        "invitation" => (Owner::Institution, "vendor-invitation"),
        "member" => (Owner::Member, "member"),
        // An import of a rule pack, which nobody began.
        "import" if path.contains("packs") => {
            (Owner::Nobody, "00000000-0000-7000-8000-000000000002")
        }
        "import" => (Owner::Region, "import"),
        "export" => (Owner::Region, "export"),
        "reminder" => (Owner::Region, "reminder"),
        "item" if vendor_sheet => (Owner::Nobody, "1-1"),
        "item" => (Owner::Nobody, "1-1"),
        "document" => (Owner::Nobody, "history.xlsx"),
        "pack" => (Owner::Nobody, "mhlw-checklist-r08-institution"),
        "id" | "session" => (Owner::Nobody, "00000000-0000-7000-8000-000000000001"),
        "token" => (Owner::Nobody, "nobody-has-this"),
        "code" => (Owner::Nobody, "AAAA-AAAA"),
        "file" => (Owner::Nobody, "yagura.css"),
        _ => return None,
    })
}

fn parameters(path: &str) -> Vec<&str> {
    path.split('{')
        .skip(1)
        .filter_map(|rest| rest.split('}').next())
        .collect()
}

/// A body that passes what is looked at before the policy is asked: the shape.
fn body_for(method: &Method, path: &str) -> (String, String) {
    let form = || "application/x-www-form-urlencoded".to_owned();
    let json = |value: Value| ("application/json".to_owned(), value.to_string());
    if *method == Method::GET {
        return (form(), String::new());
    }
    match path {
        "/evidence"
        | "/api/v1/evidence"
        | "/evidence/{evidence}/version"
        | "/api/v1/evidence/{evidence}/versions" => return evidence_form(),
        "/members/import" | "/packs/import" => {
            let body = format!(
                "--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"file\"; \
                 filename=\"a.csv\"\r\n\r\n施設名,種別\n--{BOUNDARY}--\r\n"
            );
            return (format!("multipart/form-data; boundary={BOUNDARY}"), body);
        }
        "/sharing/{relation}" => return (form(), "level=status".to_owned()),
        "/api/v1/imports" => return ("text/csv".to_owned(), "施設名,種別\n".to_owned()),
        _ => {}
    }
    if !path.starts_with("/api/") {
        return (form(), String::new());
    }
    let entry = json!({ "category": "police", "name": "架空警察署", "revision": 1 });
    json(match path {
        "/api/v1/sheets" => json!({ "fiscal_year": 2026 }),
        "/api/v1/self-checks" => json!({ "audience": "staff", "on": "2026-11-21", "ticked": [] }),
        "/api/v1/contacts/entries" | "/api/v1/contacts/entries/{entry}" => entry,
        "/api/v1/contacts/entries/{entry}/move" => json!({ "up": true }),
        "/api/v1/contacts/confirmation" => json!({ "revision": 0 }),
        "/api/v1/evidence/{evidence}" => {
            json!({ "title": "契約書", "kind": "contract", "revision": 1 })
        }
        "/api/v1/evidence/{evidence}/links" => json!({ "items": [] }),
        "/api/v1/evidence/{evidence}/withdrawal" => json!({ "reason": "古い", "revision": 1 }),
        "/api/v1/vendors/invitations" => json!({ "name": "見本", "email": "a@example.jp" }),
        "/api/v1/inspection-links" => json!({ "last_day": "2026-12-01" }),
        "/api/v1/sharing/{relation}" => json!({ "level": "status" }),
        "/api/v1/members" => json!({ "name": "架空第三クリニック", "kind": "clinic" }),
        "/api/v1/members/{member}" => json!({ "version": 1 }),
        "/api/v1/members/{member}/end" => json!({ "last_day": "2026-11-20" }),
        "/api/v1/reminders" => {
            json!({ "audience": "not_opened", "subject": "お願い", "body": "本文" })
        }
        _ => json!({}),
    })
}

fn query_for(method: &Method, path: &str) -> &'static str {
    match (method.as_str(), path) {
        ("DELETE", "/api/v1/evidence/{evidence}/links") => {
            "?item=00000000-0000-7000-8000-000000000001:1-1"
        }
        ("DELETE", "/api/v1/evidence/{evidence}/withdrawal") => "?revision=1",
        ("DELETE", "/api/v1/contacts/entries/{entry}") => "?revision=1",
        _ => "",
    }
}

/// What came of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Outcome {
    /// Past the policy, whatever came then.
    Allowed,
    /// 403 or 404.
    Refused,
    /// Sent to the sign-in, or 401.
    Stranger,
    /// Neither: a fault of the program, or an answer given before the policy was asked.
    Neither(u16),
}

async fn outcome(
    app: &TestApp,
    whom: Option<TestPerson>,
    route: &RouteInfo,
    path: &str,
) -> Outcome {
    let (kind, body) = body_for(&route.method, route.path);
    let path = format!("{path}{}", query_for(&route.method, route.path));
    let request = Request::builder()
        .method(route.method.clone())
        .uri(&path)
        .header(header::CONTENT_TYPE, kind)
        .body(Body::from(body))
        .unwrap();
    let response = app.send(whom, request).await;
    let to = response
        .headers()
        .get(header::LOCATION)
        .and_then(|to| to.to_str().ok())
        .unwrap_or_default()
        .to_owned();
    let status = response.status();
    match status.as_u16() {
        401 => Outcome::Stranger,
        303 if to.starts_with("/sign-in") => Outcome::Stranger,
        403 | 404 => Outcome::Refused,
        code if status.is_server_error() => Outcome::Neither(code),
        _ => Outcome::Allowed,
    }
}

fn filled(path: &str, records: &Records) -> Option<String> {
    let mut text = path.to_owned();
    for name in parameters(path) {
        let (owner, key) = parameter(path, name)?;
        let value = if owner == Owner::Nobody {
            key
        } else {
            records.get(key)?
        };
        text = text.replace(&format!("{{{name}}}"), value);
    }
    Some(text)
}

/// Records made anew for an act that may end or remove them.
async fn renewed(
    world: &World,
    route: &RouteInfo,
    target: OrganizationId,
    records: &Records,
) -> Records {
    let mut records = records.clone();
    let app = &world.app;
    let institution = world
        .institutions
        .iter()
        .find(|institution| institution.organization.id == target);
    for name in parameters(route.path) {
        let Some((_, key)) = parameter(route.path, name) else {
            continue;
        };
        match (key, institution) {
            ("evidence", Some(own)) => records.put(key, evidence_of(app, own.director).await),
            ("entry", Some(own)) => records.put(key, entry_of(app, own.director).await),
            ("supply", Some(own)) => records.put(key, supplier_of(app, own.organization.id).await),
            ("vendor-invitation", Some(own)) => {
                records.put(key, vendor_invitation_of(app, own.director).await);
            }
            ("inspection-link", Some(own)) => {
                records.put(key, inspection_link_of(app, own.director).await);
            }
            ("assignment", Some(own)) => {
                records.put(
                    key,
                    assignment_of(app, &own.organization, Role::Staff).await,
                );
            }
            ("member", _) => {
                let member = app
                    .organization(OrganizationKind::Clinic, "架空会員", None)
                    .await;
                let prefecture = world.prefecture.organization.id;
                let level = SharingLevel::Status;
                app.relate(RelationKind::Oversees, prefecture, member.id, level)
                    .await;
                records.put(key, member.id);
            }
            ("import", _) => {
                let manager = world.people[&Role::RegionalManager];
                records.put(key, import_of(app, manager).await);
            }
            _ => {}
        }
    }
    records
}

struct Case {
    target: OrganizationId,
    records: Records,
    standing: Standing,
    /// Whether the record is one that the reader may know of at all.
    exists: bool,
}

fn cases(world: &World, route: &RouteInfo, whom: TestPerson) -> Vec<Case> {
    let owners: BTreeSet<u8> = parameters(route.path)
        .into_iter()
        .filter_map(|name| parameter(route.path, name))
        .map(|(owner, _)| owner as u8)
        .filter(|owner| *owner != Owner::Nobody as u8)
        .collect();
    let own = whom.organization;
    let installation = matches!(route.access, Access::Installation(_));
    let of_institution = |institution: &Institution| {
        let target = institution.organization.id;
        (target, institution.records.clone())
    };
    let of_region = |region: &Regional| (region.organization.id, region.records.clone());
    let all = |records: Vec<(OrganizationId, Records)>| -> Vec<Case> {
        records
            .into_iter()
            .filter(|(_, records)| filled(route.path, records).is_some())
            .map(|(target, records)| Case {
                target,
                records,
                standing: world.standing(whom, target),
                exists: true,
            })
            .collect()
    };
    if owners.contains(&(Owner::Institution as u8)) {
        let mut targets: Vec<_> = world.institutions.iter().map(of_institution).collect();
        targets.extend([&world.prefecture, &world.other_prefecture].map(of_region));
        return all(targets);
    }
    if owners.contains(&(Owner::Member as u8)) {
        return world
            .institutions
            .iter()
            .map(|institution| Case {
                target: own,
                records: institution.records.clone(),
                standing: Standing::Own,
                exists: matches!(
                    world.standing(whom, institution.organization.id),
                    Standing::Overseen(_)
                ),
            })
            .collect();
    }
    if owners.contains(&(Owner::Region as u8)) {
        return all([&world.prefecture, &world.other_prefecture]
            .map(of_region)
            .to_vec());
    }
    let standing = if installation {
        Standing::Installation
    } else {
        Standing::Own
    };
    vec![Case {
        target: own,
        records: Records::default(),
        standing,
        exists: true,
    }]
}

async fn world() -> World {
    // The policy does not know the engine: one of them says all.
    let app = apps(features).await.into_iter().next().unwrap();
    World::new(app).await
}

/// Making a document takes seconds without optimisation; its first reader stands for the others.
fn is_dear(path: &str) -> bool {
    path.ends_with(".pdf")
}

#[tokio::test]
async fn the_server_answers_as_the_policy_decides() {
    let world = world().await;
    let routes = server::all_routes(&world.app.app);
    let mut faults = Vec::new();
    let mut walked = 0_usize;
    // What is refused goes first: it changes nothing. What is allowed may.
    for allowed_now in [false, true] {
        for route in routes.table() {
            let action = match route.access {
                Access::Action(action) | Access::Installation(action) => action,
                Access::Public | Access::SignedIn => continue,
            };
            let mut done_dear = false;
            for (role, whom) in &world.people {
                for case in cases(&world, route, *whom) {
                    let allowed =
                        case.exists && world.allows(*role, action, case.target, case.standing);
                    if allowed != allowed_now || (allowed && is_dear(route.path) && done_dear) {
                        continue;
                    }
                    done_dear |= allowed;
                    let records = if allowed && route.method != Method::GET {
                        renewed(&world, route, case.target, &case.records).await
                    } else {
                        case.records.clone()
                    };
                    let path = filled(route.path, &records).unwrap();
                    let answered = outcome(&world.app, Some(*whom), route, &path).await;
                    let expected = if allowed {
                        Outcome::Allowed
                    } else {
                        Outcome::Refused
                    };
                    walked += 1;
                    let absent = allowed
                        && answered == Outcome::Refused
                        && NAMES_NOTHING.contains(&route.path);
                    if answered != expected && !absent {
                        faults.push(format!(
                            "{} {} as {} ({:?}, {}): {expected:?} by the policy, {answered:?} by the server",
                            route.method, route.path, role.code(), case.standing, action.code()
                        ));
                    }
                }
            }
        }
    }
    eprintln!("{walked} requests walked");
    assert!(walked > 2_000, "only {walked} requests were walked");
    assert!(
        faults.is_empty(),
        "{} of {walked}:\n{}",
        faults.len(),
        faults.join("\n")
    );
}

#[tokio::test]
async fn a_stranger_reaches_public_addresses_only() {
    let world = world().await;
    let records = &world.institutions[1].records;
    let mut faults = Vec::new();
    for route in server::all_routes(&world.app.app).table() {
        let mut all = records.clone();
        all.0.extend(world.other_prefecture.records.0.clone());
        let path = filled(route.path, &all).unwrap();
        let answered = outcome(&world.app, None, route, &path).await;
        let public = route.access == Access::Public;
        let as_expected = match answered {
            Outcome::Stranger => {
                !public
                    || route.path.contains("second-factor")
                    || route.path == "/sign-out"
                    // An empty form names no account and is answered as a wrong password is.
                    || (route.method == Method::POST && route.path == "/sign-in")
            }
            Outcome::Allowed | Outcome::Refused => public,
            Outcome::Neither(_) => false,
        };
        if !as_expected {
            faults.push(format!("{} {}: {answered:?}", route.method, route.path));
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[tokio::test]
async fn everybody_signed_in_reaches_what_is_for_everybody() {
    let world = world().await;
    let mut faults = Vec::new();
    for route in server::all_routes(&world.app.app).table() {
        // The pages of one's own account need a session in a cookie, which the walk has not; they
        // are tested with one beside the sign-in.
        if route.access != Access::SignedIn || route.path.starts_with("/account") {
            continue;
        }
        let path = filled(route.path, &Records::default()).unwrap();
        for (role, whom) in &world.people {
            let answered = outcome(&world.app, Some(*whom), route, &path).await;
            if matches!(answered, Outcome::Stranger | Outcome::Neither(_)) {
                faults.push(format!(
                    "{} {} as {}: {answered:?}",
                    route.method,
                    route.path,
                    role.code()
                ));
            }
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[tokio::test]
async fn no_address_is_without_a_case() {
    let app = apps(features).await.into_iter().next().unwrap();
    let routes = server::all_routes(&app.app);
    assert!(
        routes.table().len() > 150,
        "only {} addresses",
        routes.table().len()
    );
    let mut unknown = BTreeSet::new();
    for route in routes.table() {
        for name in parameters(route.path) {
            if parameter(route.path, name).is_none() {
                unknown.insert(format!("{{{name}}} in {}", route.path));
            }
        }
    }
    assert!(
        unknown.is_empty(),
        "the role walk has no record for {unknown:?}"
    );
}

#[tokio::test]
async fn the_api_and_its_description_name_the_same_addresses() {
    let app = apps(features).await.into_iter().next().unwrap();
    let served: BTreeSet<String> = server::all_routes(&app.app)
        .table()
        .iter()
        .filter(|route| route.path.starts_with("/api/v1/") && route.path != "/api/v1/openapi.json")
        .map(|route| format!("{} {}", route.method, route.path))
        .collect();
    let document = serde_json::to_value(yagura_web::openapi(&app.app)).unwrap();
    let described: BTreeSet<String> = document["paths"]
        .as_object()
        .unwrap()
        .iter()
        .flat_map(|(path, operations)| {
            operations
                .as_object()
                .unwrap()
                .keys()
                .map(move |method| format!("{} {path}", method.to_uppercase()))
        })
        .collect();
    let undescribed: Vec<_> = served.difference(&described).collect();
    let unserved: Vec<_> = described.difference(&served).collect();
    assert!(
        undescribed.is_empty(),
        "served and not described: {undescribed:?}"
    );
    assert!(
        unserved.is_empty(),
        "described and not served: {unserved:?}"
    );
}
