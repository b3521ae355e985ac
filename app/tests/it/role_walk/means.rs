//! The same walk for what is not a session: an API token may do what its owner's role and its own
//! scope both allow; the holder of an inspection link reads one institution's pack and nothing else.

use yagura_kernel::id::OrganizationId;
use yagura_kernel::organization::OrganizationKind;
use yagura_kernel::person::Role;
use yagura_kernel::policy::{Action, Actor, Decision, Principal, Resource, Standing, decide};
use yagura_web::{Access, RouteInfo, server};

use super::world::{World, link_of, token_of};
use super::{By, Case, Outcome, cases, filled, is_dear, outcome, world};

/// What every institution, vendor, region and administrator would give a token.
const OWNERS: [Role; 4] = [
    Role::SafetyManager,
    Role::VendorManager,
    Role::RegionalManager,
    Role::Administrator,
];

/// One request and whether it kept to what was expected.
struct Walk<'w> {
    world: &'w World,
    by: By<'w>,
    who: String,
    walked: usize,
    faults: Vec<String>,
}

impl Walk<'_> {
    /// `whole` is a token of the same person with every scope: what needs more than the action
    /// that the address names is refused to a smaller one, and must be allowed to it.
    async fn step(&mut self, route: &RouteInfo, case: &Case, allowed: bool, whole: Option<&str>) {
        let path = filled(route.path, &case.records).unwrap();
        let app = &self.world.app;
        let mut answered = outcome(app, self.by, route, &path, &case.records).await;
        if let (true, Outcome::Refused, Some(whole)) = (allowed, answered, whole) {
            answered = outcome(app, By::Token(whole), route, &path, &case.records).await;
        }
        let expected = if allowed {
            Outcome::Allowed
        } else {
            Outcome::Refused
        };
        self.walked += 1;
        if answered != expected {
            self.faults.push(format!(
                "{} {} by {} ({:?}): {expected:?} by the policy, {answered:?} by the server",
                route.method, route.path, self.who, case.standing
            ));
        }
    }
}

fn action_of(route: &RouteInfo) -> Option<Action> {
    match route.access {
        Access::Action(action) | Access::Installation(action) => Some(action),
        Access::Public | Access::SignedIn => None,
    }
}

/// Pages of one's own account are for browsers that are signed in.
fn needs_a_session(route: &RouteInfo) -> bool {
    route.path == "/account" || route.path.starts_with("/account/")
}

#[tokio::test]
async fn a_token_does_what_its_scope_and_its_owners_role_allow() {
    let world = world().await;
    let routes = server::all_routes(&world.app.app);
    let (mut walked, mut faults) = (0, Vec::new());
    for role in OWNERS {
        let whom = world.people[&role];
        let (_, whole) = token_of(&world.app, world.session(whom), Action::ALL)
            .await
            .unwrap();
        // Each action is in one of the two scopes and not in the other.
        for half in 0..2 {
            let scope: Vec<Action> = Action::ALL
                .iter()
                .enumerate()
                .filter(|(at, _)| at % 2 == half)
                .map(|(_, action)| *action)
                .collect();
            let (_, token) = token_of(&world.app, world.session(whom), &scope)
                .await
                .unwrap_or_else(|| panic!("{role:?} may give no token"));
            let mut walk = Walk {
                world: &world,
                by: By::Token(&token),
                who: format!("a token of {} with half {half}", role.code()),
                walked: 0,
                faults: Vec::new(),
            };
            // What is allowed is walked by sessions; here it is what the scope adds: refusals,
            // and that reading through the API goes through where the scope has it.
            for route in routes.table() {
                let Some(action) = action_of(route) else {
                    continue;
                };
                if needs_a_session(route) {
                    continue;
                }
                for case in cases(&world, route, whom) {
                    let allowed = case.exists
                        && world.allows(role, action, case.target, case.standing, Some(&scope));
                    let reads = route.method == axum::http::Method::GET;
                    if allowed && !(reads && route.path.starts_with("/api/")) {
                        continue;
                    }
                    walk.step(route, &case, allowed, Some(&whole)).await;
                }
            }
            walked += walk.walked;
            faults.extend(walk.faults);
        }
    }
    eprintln!("{walked} requests with tokens walked");
    assert!(walked > 1_000, "only {walked} requests were walked");
    assert!(
        faults.is_empty(),
        "{} of {walked}:\n{}",
        faults.len(),
        faults.join("\n")
    );
}

#[tokio::test]
async fn a_token_is_no_way_into_the_account() {
    let world = world().await;
    let whom = world.people[&Role::SafetyManager];
    let (_, token) = token_of(&world.app, world.session(whom), Action::ALL)
        .await
        .unwrap();
    let mut faults = Vec::new();
    for route in server::all_routes(&world.app.app).table() {
        if !needs_a_session(route) || route.access == Access::Public {
            continue;
        }
        let records = world.shared_of(whom);
        let Some(path) = filled(route.path, &records) else {
            continue;
        };
        let answered = outcome(&world.app, By::Token(&token), route, &path, &records).await;
        if matches!(
            answered,
            Outcome::Allowed | Outcome::Neither(_) | Outcome::Unescaped
        ) {
            faults.push(format!("{} {}: {answered:?}", route.method, route.path));
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

fn holder_may(organization: OrganizationId, action: Action, case: &Case) -> bool {
    let principal = Principal {
        actor: Actor::InspectionLink,
        organization,
        organization_kind: OrganizationKind::Hospital,
        roles: Vec::new(),
        second_factor: false,
        token_actions: None,
    };
    let standing = if case.target == organization && case.standing != Standing::Installation {
        Standing::Own
    } else {
        case.standing
    };
    let resource = Resource {
        organization: case.target,
        standing,
    };
    decide(&principal, action, &resource) == Decision::Allow
}

#[tokio::test]
async fn the_holder_of_an_inspection_link_reads_its_pack_and_nothing_else() {
    let world = world().await;
    let institution = &world.institutions[world.own];
    let link = link_of(&world.app, institution.director).await;
    let organization = institution.organization.id;
    let mut walk = Walk {
        world: &world,
        by: By::Link(&link),
        who: "the holder of a link".to_owned(),
        walked: 0,
        faults: Vec::new(),
    };
    let mut read = 0;
    // The cases of somebody of the institution are those that a link to it could reach.
    let whom = world.people[&Role::Director];
    assert_eq!(whom.organization, organization);
    for route in server::all_routes(&world.app.app).table() {
        let mut done_dear = false;
        let Some(action) = action_of(route) else {
            continue;
        };
        if needs_a_session(route) {
            continue;
        }
        for case in cases(&world, route, whom) {
            let allowed = case.exists && holder_may(organization, action, &case);
            if allowed && is_dear(route.path) && std::mem::replace(&mut done_dear, true) {
                continue;
            }
            assert!(
                !allowed || route.method == axum::http::Method::GET,
                "{} {} would let the holder of a link change something",
                route.method,
                route.path
            );
            read += usize::from(allowed);
            walk.step(route, &case, allowed, None).await;
        }
    }
    eprintln!(
        "{} requests with a link walked, {read} of them to be read",
        walk.walked
    );
    assert!(read > 10 && walk.walked > 200, "{read} of {}", walk.walked);
    assert!(walk.faults.is_empty(), "{}", walk.faults.join("\n"));
}

#[tokio::test]
async fn the_holder_of_an_inspection_link_has_no_account() {
    let world = world().await;
    let link = link_of(&world.app, world.institutions[world.own].director).await;
    let mut faults = Vec::new();
    for route in server::all_routes(&world.app.app).table() {
        if route.access != Access::SignedIn {
            continue;
        }
        let records = world.shared_of(world.people[&Role::Director]);
        let path = filled(route.path, &records).unwrap();
        let answered = outcome(&world.app, By::Link(&link), route, &path, &records).await;
        let changes = route.method != axum::http::Method::GET;
        let is_fault = match answered {
            Outcome::Neither(_) | Outcome::Unescaped => true,
            Outcome::Allowed => changes || needs_a_session(route),
            Outcome::Refused | Outcome::Stranger => false,
        };
        if is_fault {
            faults.push(format!("{} {}: {answered:?}", route.method, route.path));
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}
