//! Every address × every role × every standing: what the server answers is held against what the
//! policy decides. An address with a parameter that the walk does not know fails it, so that no
//! address stays without a case. Everybody comes with a session of their own, as in earnest; what
//! comes with an API token or an inspection link is walked in [`means`].

mod means;
mod world;

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicUsize, Ordering};

use axum::body::Body;
use axum::http::{Method, Request, header};
use serde_json::{Value, json};
use yagura::installation::features;
use yagura_kernel::id::OrganizationId;
use yagura_kernel::person::Role;
use yagura_kernel::policy::Standing;
use yagura_web::authentication::{LINK_COOKIE, SESSION_COOKIE};
use yagura_web::testing::{TestApp, TestPerson, apps, text};
use yagura_web::{Access, RouteInfo, server};

use world::{
    ACCOUNTS, Institution, LEDGER, Records, Regional, World, account_form, evidence_form,
    inventory_form, ledger_form, permission, provider_json,
};

const BOUNDARY: &str = "role-walk";

/// Whose record a parameter names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Owner {
    /// An institution (or, for an organisation's own id and people, any organisation).
    Institution,
    /// A member of the reader's roll: the record is the roll's, the member must be on it.
    Member,
    /// A regional body.
    Region,
    /// The installation, or the reader alone.
    Shared,
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
        "system" => (Owner::Institution, "system"),
        "connection" => (Owner::Institution, "connection"),
        "asset" => (Owner::Institution, "asset"),
        "inventory_import" => (Owner::Institution, "inventory-import"),
        "verdict" => (Owner::Institution, "verdict"),
        "key" => (Owner::Institution, "credential-key"),
        "ledger" => (Owner::Nobody, "permissions"),
        "ledger_entry" => (Owner::Institution, "ledger-entry"),
        "ledger_import" => (Owner::Institution, "ledger-import"),
        "account" => (Owner::Institution, "account"),
        "account_finding" => (Owner::Institution, "account-finding"),
        "account_leaver" => (Owner::Institution, "account-leaver"),
        "account_import" => (Owner::Institution, "account-import"),
        "account_source" => (Owner::Institution, "account-source"),
        "stranger" => (Owner::Institution, "stranger"),
        "vendor_word" => (Owner::Institution, "vendor-word"),
        "finding" => (Owner::Institution, "finding"),
        "product" => (Owner::Institution, "product"),
        "vulnerability" => (Owner::Nobody, "CVE-2018-13379"),
        "vendor_request" => (Owner::Institution, "vendor-request"),
        "vex_document" => (Owner::Nobody, "00000000-0000-7000-8000-000000000001"),
        "assignment" => (Owner::Institution, "assignment"),
        "relation" if path.contains("sharing") => (Owner::Institution, "sharing"),
        "relation" => (Owner::Institution, "supply"),
        "invitation" if path.contains("inspection") => (Owner::Institution, "inspection-link"),
        "invitation" if path.contains("people") => (Owner::Institution, "people-invitation"),
        "invitation" => (Owner::Institution, "vendor-invitation"),
        "member" => (Owner::Member, "member"),
        "import" if path.contains("packs") => (Owner::Shared, "pack-import"),
        "import" => (Owner::Region, "import"),
        "export" => (Owner::Region, "export"),
        "reminder" => (Owner::Region, "reminder"),
        "item" if vendor_sheet => (Owner::Nobody, "1-1"),
        "item" => (Owner::Nobody, "1-1"),
        "document" => (Owner::Nobody, "history.xlsx"),
        "pack" => (Owner::Nobody, "mhlw-checklist-r08-institution"),
        "token" if path.contains("tokens") => (Owner::Shared, "own-token"),
        "request" => (Owner::Shared, "own-request"),
        "attachment" => (Owner::Shared, "own-attachment"),
        "draft" => (Owner::Shared, "own-draft"),
        "delegation" => (Owner::Shared, "own-delegation"),
        "form" => (Owner::Nobody, "form-exception"),
        "provider" if path.starts_with("/sign-in") => {
            (Owner::Nobody, "00000000-0000-7000-8000-000000000001")
        }
        "provider" => (Owner::Institution, "provider"),
        "id" | "session" | "passkey" => (Owner::Nobody, "00000000-0000-7000-8000-000000000001"),
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

/// A body that passes what is looked at before the policy is asked, and names what is there.
fn body_for(method: &Method, path: &str, records: &Records) -> (String, Vec<u8>) {
    let form = || "application/x-www-form-urlencoded".to_owned();
    let json = |value: Value| {
        (
            "application/json".to_owned(),
            value.to_string().into_bytes(),
        )
    };
    let named = |name: &str| records.get(name).unwrap_or_default().to_owned();
    if *method == Method::GET {
        return (form(), Vec::new());
    }
    match path {
        "/evidence"
        | "/api/v1/evidence"
        | "/evidence/{evidence}/version"
        | "/api/v1/evidence/{evidence}/versions" => return evidence_form(),
        "/members/import" | "/packs/import" | "/credentials" => {
            let body = format!(
                "--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"file\"; \
                 filename=\"a.csv\"\r\n\r\n施設名,種別\n--{BOUNDARY}--\r\n"
            );
            let kind = format!("multipart/form-data; boundary={BOUNDARY}");
            return (kind, body.into_bytes());
        }
        "/sharing/{relation}" => return (form(), b"level=status".to_vec()),
        "/evidence/attach" => {
            return (
                form(),
                format!("evidence={}", named("evidence")).into_bytes(),
            );
        }
        "/customers/{organization}/drafts" => {
            return (
                form(),
                format!("from={}", named("source-customer")).into_bytes(),
            );
        }
        "/region/reminders" => {
            let body = format!(
                "id={}&audience=not_opened&pause=7&subject=x&body=y",
                named("new-reminder")
            );
            return (form(), body.into_bytes());
        }
        "/inventory/import" => return inventory_form(),
        "/inventory/import/{inventory_import}/decisions" => {
            return (form(), b"scope=all&add=yes".to_vec());
        }
        "/ledgers/{ledger}/import" => return ledger_form(),
        "/accounts/staff" | "/accounts/sources/{account_source}/import" => {
            return account_form();
        }
        "/api/v1/accounts/staff/imports" => {
            return ("text/csv".to_owned(), world::STAFF_LIST.to_vec());
        }
        "/api/v1/ledgers/{ledger}/imports" => {
            return ("text/csv".to_owned(), world::LEDGER_LIST.to_vec());
        }
        "/api/v1/accounts/sources/{account_source}/imports" => {
            return ("application/octet-stream".to_owned(), ACCOUNTS.to_vec());
        }
        "/api/v1/inventory/imports" => {
            return ("application/octet-stream".to_owned(), LEDGER.to_vec());
        }
        "/api/v1/credentials/verdicts" => return json(world::signed_verdict()),
        "/api/v1/inventory/imports/{inventory_import}/confirmation"
        | "/api/v1/inventory/imports/{inventory_import}/decisions" => return json(json!({})),
        "/api/v1/inventory/assets/{asset}/merge" => {
            // With itself: the policy is asked first, and nothing is merged.
            let other = named("asset");
            return json(json!({ "revision": 1, "other": other, "other_revision": 1 }));
        }
        "/api/v1/inventory/assets/{asset}/apart" => {
            return json(json!({ "other": named("asset"), "are_two": true }));
        }
        "/api/v1/imports" => {
            return ("text/csv".to_owned(), "施設名,種別\n".as_bytes().to_vec());
        }
        _ => {}
    }
    if !path.starts_with("/api/") {
        return (form(), Vec::new());
    }
    let entry = json!({ "category": "police", "name": "架空警察署", "revision": 1 });
    json(match path {
        "/api/v1/sheets" => json!({ "fiscal_year": 2026 }),
        "/api/v1/self-checks" => json!({ "audience": "staff", "on": "2026-11-21", "ticked": [] }),
        "/api/v1/contacts/entries" | "/api/v1/contacts/entries/{entry}" => entry,
        "/api/v1/contacts/entries/{entry}/move" => json!({ "up": true }),
        "/api/v1/contacts/confirmation" => json!({ "revision": 0 }),
        "/api/v1/customers/{organization}/connections" => json!({ "word": "none" }),
        "/api/v1/inventory/confirmation" => json!({ "due_on": "2027-03-31" }),
        path if path.starts_with("/api/v1/inventory/") && path.ends_with("/confirmation") => {
            json!({ "revision": 1 })
        }
        path if path.starts_with("/api/v1/inventory/") => {
            json!({ "content": { "name": "架空の装置" }, "revision": 1 })
        }
        "/api/v1/ledgers/{ledger}" | "/api/v1/ledgers/{ledger}/{ledger_entry}" => {
            json!({ "content": permission(), "revision": 1 })
        }
        "/api/v1/ledgers/{ledger}/{ledger_entry}/end" => {
            json!({ "ending": "taken_away", "on": "2026-11-20", "revision": 1 })
        }
        "/api/v1/ledgers/{ledger}/{ledger_entry}/take-away" => json!({ "reason": "異動" }),
        "/api/v1/ledgers/media/seen" => {
            json!({ "entries": ["00000000-0000-7000-8000-000000000001"], "on": "2026-11-20" })
        }
        "/api/v1/ledger-imports/{ledger_import}/columns" => json!({ "fields": [null, null, null] }),
        "/api/v1/ledger-imports/{ledger_import}/confirmation" => json!({ "seen": "other" }),
        "/api/v1/recertification/reassignment" => {
            json!({ "from": null, "to": "00000000-0000-7000-8000-000000000001" })
        }
        "/api/v1/accounts/imports/{account_import}/columns" => json!({ "columns": {} }),
        "/api/v1/accounts/leavers/{account_leaver}/settlement" => {
            json!({ "permissions": [], "note": "人事で確認" })
        }
        "/api/v1/credentials/files/retirement" => json!({ "label": "nothing" }),
        "/api/v1/recertification" => json!({ "due_on": "2026-12-20" }),
        "/api/v1/recertification/rows" => json!({ "decisions": [] }),
        "/api/v1/accounts/findings/{account_finding}/task" => {
            json!({ "due_on": "2026-12-01", "revision": 1 })
        }
        "/api/v1/accounts/findings/{account_finding}/acceptance" => {
            json!({ "until": "2026-12-01", "reason": "保守", "revision": 1 })
        }
        "/api/v1/accounts/of/{account}/decision" => json!({ "decision": "nobody" }),
        "/api/v1/vulnerabilities/findings/{finding}/decision" => {
            json!({ "state": "affected", "revision": 1 })
        }
        "/api/v1/vulnerabilities/findings/{finding}/acceptance" => {
            json!({ "accepted_until": "2026-12-01", "note": "年末に更新", "revision": 1 })
        }
        "/api/v1/customers/vulnerabilities/{vendor_request}/answer" => {
            json!({ "status": "under_investigation", "revision": 1 })
        }
        "/api/v1/requests" => json!({ "form": "form-exception", "answers": {} }),
        "/api/v1/requests/{request}/decision" => {
            json!({ "step": "head", "seat": "director", "verdict": "granted", "revision": 1 })
        }
        "/api/v1/requests/{request}/answer" | "/api/v1/requests/{request}/withdrawal" => {
            json!({ "text": "不要になった", "revision": 0 })
        }
        "/api/v1/evidence/{evidence}" => {
            json!({ "title": "契約書", "kind": "contract", "revision": 1 })
        }
        "/api/v1/evidence/{evidence}/links" => json!({ "items": [] }),
        "/api/v1/evidence/{evidence}/withdrawal" => json!({ "reason": "古い", "revision": 1 }),
        "/api/v1/vendors/invitations" => json!({ "name": "見本", "email": "a@example.jp" }),
        "/api/v1/inspection-links" => json!({ "last_day": "2026-12-01" }),
        "/api/v1/sharing/{relation}" => json!({ "level": "status" }),
        "/api/v1/people/invitations" => json!({ "email": "a@example.jp", "role": "staff" }),
        "/api/v1/identity-providers" | "/api/v1/identity-providers/{provider}" => provider_json(),
        "/api/v1/people/assignments/{assignment}/account" => json!({ "act": "sign_out" }),
        "/api/v1/installation/accounts" => json!({ "login": "nobody", "act": "lock" }),
        "/api/v1/installation/accounts/password-link" => json!({ "login": "nobody" }),
        "/api/v1/installation/organizations" => {
            json!({ "kind": "clinic", "name": "架空第四医院", "email": "a@example.jp" })
        }
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
        ("DELETE", path) if path.starts_with("/api/v1/inventory/") => "?revision=1",
        ("GET", "/api/v1/packs/{pack}/export") => "?format=toml",
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
    /// A page that shows what a person wrote as if it were of the program.
    Unescaped,
}

/// How many pages showed what a person wrote, escaped.
static ESCAPED: AtomicUsize = AtomicUsize::new(0);

/// By what somebody shows who they are.
#[derive(Debug, Clone, Copy)]
enum By<'a> {
    Nothing,
    Session(&'a str),
    Token(&'a str),
    Link(&'a str),
}

async fn outcome(
    app: &TestApp,
    by: By<'_>,
    route: &RouteInfo,
    path: &str,
    records: &Records,
) -> Outcome {
    let (kind, body) = body_for(&route.method, route.path, records);
    let path = format!("{path}{}", query_for(&route.method, route.path));
    let mut request = Request::builder()
        .method(route.method.clone())
        .uri(&path)
        .header(header::CONTENT_TYPE, kind);
    request = match by {
        By::Nothing => request,
        By::Session(session) => {
            request.header(header::COOKIE, format!("{SESSION_COOKIE}={session}"))
        }
        By::Token(token) => request.header(header::AUTHORIZATION, format!("Bearer {token}")),
        By::Link(link) => request.header(header::COOKIE, format!("{LINK_COOKIE}={link}")),
    };
    let response = app
        .send(None, request.body(Body::from(body)).unwrap())
        .await;
    let to = response
        .headers()
        .get(header::LOCATION)
        .and_then(|to| to.to_str().ok())
        .unwrap_or_default()
        .to_owned();
    let status = response.status();
    let is_page = response
        .headers()
        .get(header::CONTENT_TYPE)
        .is_some_and(|kind| kind.as_bytes().starts_with(b"text/html"));
    if is_page {
        let (_, page) = text(response).await;
        if page.contains("<i>&") || page.contains("</i>") {
            return Outcome::Unescaped;
        }
        if page.contains("&lt;i&gt;&amp;") {
            ESCAPED.fetch_add(1, Ordering::Relaxed);
        }
    }
    match status.as_u16() {
        401 => Outcome::Stranger,
        // Not to the second factor, which asks for more of somebody who is known.
        303 if to == "/sign-in" || to.starts_with("/sign-in?") => Outcome::Stranger,
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
        .filter(|owner| *owner != Owner::Nobody as u8 && *owner != Owner::Shared as u8)
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
    // What a form names belongs to the reader's own organisation.
    let mut records = world.shared_of(whom);
    if let Some(own) = world.records_of(own) {
        records.0.extend(own.0.clone());
    }
    vec![Case {
        target: own,
        records,
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
                    let allowed = case.exists
                        && world.allows(*role, action, case.target, case.standing, None);
                    if allowed != allowed_now || (allowed && is_dear(route.path) && done_dear) {
                        continue;
                    }
                    done_dear |= allowed;
                    let records = if allowed && route.method != Method::GET {
                        world
                            .renewed(*whom, route, case.target, &case.records)
                            .await
                    } else {
                        case.records.clone()
                    };
                    let path = filled(route.path, &records).unwrap();
                    let by = By::Session(world.session(*whom));
                    let answered = outcome(&world.app, by, route, &path, &records).await;
                    let expected = if allowed {
                        Outcome::Allowed
                    } else {
                        Outcome::Refused
                    };
                    walked += 1;
                    if answered != expected {
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
    let escaped = ESCAPED.load(Ordering::Relaxed);
    assert!(
        escaped > 100,
        "only {escaped} pages showed what people wrote"
    );
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
        all.0
            .extend(world.shared_of(world.people[&Role::Director]).0);
        let path = filled(route.path, &all).unwrap();
        let answered = outcome(&world.app, By::Nothing, route, &path, &all).await;
        let public = route.access == Access::Public;
        let as_expected = match answered {
            Outcome::Stranger => {
                !public
                    || route.path.contains("second-factor")
                    || route.path.starts_with("/account/passkeys")
                    || route.path == "/sign-out"
                    // An empty form names no account and is answered as a wrong password is.
                    || (route.method == Method::POST
                        && matches!(route.path, "/sign-in" | "/sign-in/passkey"))
            }
            Outcome::Allowed | Outcome::Refused => public,
            Outcome::Neither(_) | Outcome::Unescaped => false,
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
        if route.access != Access::SignedIn {
            continue;
        }
        for (role, whom) in &world.people {
            let records = world.shared_of(*whom);
            let path = filled(route.path, &records).unwrap();
            let by = By::Session(world.session(*whom));
            let answered = outcome(&world.app, by, route, &path, &records).await;
            if matches!(
                answered,
                Outcome::Stranger | Outcome::Neither(_) | Outcome::Unescaped
            ) {
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

/// The first of two schemas of one name would describe the answers of the other.
#[tokio::test]
async fn no_two_features_describe_different_things_under_one_name() {
    let app = apps(features).await.into_iter().next().unwrap();
    let whole = serde_json::to_value(yagura_web::openapi(&app.app)).unwrap();
    let (mut met, mut differing) = (0, Vec::new());
    for feature in app.app.features() {
        let Some(part) = feature.openapi() else {
            continue;
        };
        let part = serde_json::to_value(part).unwrap();
        let schemas = part["components"]["schemas"].as_object();
        for (name, schema) in schemas.into_iter().flatten() {
            met += 1;
            if whole["components"]["schemas"][name] != *schema {
                differing.push(format!("{}: {name}", feature.name()));
            }
        }
    }
    assert!(met > 100, "{met}");
    assert!(differing.is_empty(), "{differing:#?}");
}

#[tokio::test]
async fn every_parameter_of_an_address_is_described() {
    let app = apps(features).await.into_iter().next().unwrap();
    let document = serde_json::to_value(yagura_web::openapi(&app.app)).unwrap();
    let mut differing = Vec::new();
    let mut met = 0;
    for (path, operations) in document["paths"].as_object().unwrap() {
        let in_address: BTreeSet<&str> = path
            .split('/')
            .filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'))
            .collect();
        for (method, operation) in operations.as_object().unwrap() {
            let described: BTreeSet<&str> = operation["parameters"]
                .as_array()
                .into_iter()
                .flatten()
                .filter(|parameter| parameter["in"] == "path")
                .map(|parameter| parameter["name"].as_str().unwrap())
                .collect();
            met += described.len();
            if described != in_address {
                differing.push(format!("{method} {path}: {described:?}"));
            }
        }
    }
    assert!(met > 0, "no address has a parameter");
    assert!(differing.is_empty(), "{differing:#?}");
}
