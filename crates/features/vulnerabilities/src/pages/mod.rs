//! The pages: findings, one finding, one vulnerability, what devices are, the feeds, and who of a
//! region has it.

mod asking;
mod customers;
mod dictionary;
mod feeds;
mod finding;
mod list;
mod products;
mod region;
mod vex;

pub(crate) use region::question_of;

use std::sync::Arc;

use axum::extract::DefaultBodyLimit;
use axum::handler::Handler as _;
use axum::response::Response;
use maud::{Markup, html};
use uuid::Uuid;
use yagura_kernel::policy::{Action, ActionType, Authorized};
use yagura_web::api::PathOf;
use yagura_web::i18n::args;
use yagura_web::ui::components::{Tone, tag};
use yagura_web::ui::forms::FormState;
use yagura_web::ui::layout::Crumb;
use yagura_web::{Access, Context, NavigationFor, Routes, SubmittedForm, Translator, WebError};

use crate::model::state::{Decision, Justification};
use crate::model::{Exposure, State};
use crate::shared::Shared;
use crate::store::findings::{self, Finding};
use crate::words;

/// How many records a page shows.
const PAGE: i64 = 50;

const READ: Access = Access::Action(Action::ReadVulnerabilities);
const ASSESS: Access = Access::Action(Action::AssessVulnerabilities);
const ACCEPT: Access = Access::Action(Action::AcceptVulnerabilities);
const READ_FEEDS: Access = Access::Installation(Action::ReadFeeds);
const MANAGE_FEEDS: Access = Access::Installation(Action::ManageFeeds);
const MEMBERS: Access = Access::Action(Action::ReadMembers);

/// The address of the list.
pub(crate) const LIST: &str = "/vulnerabilities";
/// The address of what devices are.
pub(crate) const PRODUCTS: &str = "/vulnerabilities/products";
/// The address of the feeds.
pub(crate) const FEEDS: &str = "/vulnerabilities/feeds";
/// The address of the shared dictionary.
pub(crate) const DICTIONARY: &str = "/vulnerabilities/dictionary";
/// The address of the region's view.
pub(crate) const REGION: &str = "/region/vulnerabilities";
/// The address of a vendor's worklist.
pub(crate) const CUSTOMERS: &str = "/customers/vulnerabilities";
/// The address of a vendor's documents.
pub(crate) const VEX: &str = "/customers/vulnerabilities/documents";

/// The addresses of the pages.
pub(crate) fn routes(shared: &Arc<Shared>) -> Routes {
    // The form of a product looks into the dictionary that the process keeps.
    let (showing, saving) = (Arc::clone(shared), Arc::clone(shared));
    let form_page = move |context: Context, id: PathOf<Uuid>| {
        products::form_page(Arc::clone(&showing), context, id)
    };
    let save = move |context: Context, id: PathOf<Uuid>, form: SubmittedForm| {
        products::save(Arc::clone(&saving), context, id, form)
    };
    Routes::new()
        .get(LIST, READ, list::page)
        .get("/vulnerabilities.xlsx", READ, list::workbook)
        .get("/vulnerabilities.csv", READ, list::csv)
        .get("/vulnerabilities/openvex.json", READ, list::openvex)
        .post("/vulnerabilities/decide", ASSESS, list::decide)
        .post("/vulnerabilities/accept", ACCEPT, list::accept)
        .get("/vulnerabilities/findings/{finding}", READ, finding::page)
        .post(
            "/vulnerabilities/findings/{finding}/decide",
            ASSESS,
            finding::decide,
        )
        .post(
            "/vulnerabilities/findings/{finding}/accept",
            ACCEPT,
            finding::accept,
        )
        .get(
            "/vulnerabilities/of/{vulnerability}",
            READ,
            finding::vulnerability,
        )
        .get(PRODUCTS, READ, products::page)
        .get("/vulnerabilities/products/{product}", READ, form_page)
        .post("/vulnerabilities/products/{product}", ASSESS, save)
        .get(FEEDS, READ_FEEDS, feeds::page)
        .post(
            "/vulnerabilities/feeds/match",
            MANAGE_FEEDS,
            feeds::match_anew,
        )
        .get(DICTIONARY, MANAGE_FEEDS, dictionary::page)
        .post(DICTIONARY, MANAGE_FEEDS, dictionary::save)
        .get(REGION, MEMBERS, region::page)
        .post("/vulnerabilities/ask", ASSESS, asking::ask)
        .post("/vulnerabilities/take-over", ASSESS, asking::take_over)
        .post("/vulnerabilities/ask-by-itself", ASSESS, asking::by_itself)
        .post(
            "/vulnerabilities/findings/{finding}/ask",
            ASSESS,
            asking::ask_one,
        )
        .post(
            "/vulnerabilities/findings/{finding}/take-over",
            ASSESS,
            asking::take_one,
        )
        // Over all customers: each customer's records are asked of the policy inside.
        .get(CUSTOMERS, Access::SignedIn, customers::page)
        .get(
            "/customers/vulnerabilities/answer",
            Access::SignedIn,
            customers::answer_page,
        )
        .post(
            "/customers/vulnerabilities/answer",
            Access::SignedIn,
            customers::answer,
        )
        .get(VEX, Access::SignedIn, vex::page)
        .post(
            VEX,
            Access::SignedIn,
            vex::upload.layer(DefaultBodyLimit::max(vex::LARGEST_UPLOAD)),
        )
        .get(
            "/customers/vulnerabilities/documents/{vex_document}",
            Access::SignedIn,
            vex::preview,
        )
        .post(
            "/customers/vulnerabilities/documents/{vex_document}",
            Access::SignedIn,
            vex::apply,
        )
}

/// Asks the policy for an action on the institution that a finding belongs to.
pub(crate) async fn authorize<A: ActionType>(
    context: &Context,
    id: Uuid,
) -> Result<Authorized<A>, WebError> {
    let organization = findings::owner(context.database(), id).await?;
    context.authorize::<A>(organization).await
}

fn may(context: &Context, action: Action) -> bool {
    NavigationFor {
        principal: &context.principal,
    }
    .may_at_home(action)
}

fn may_on_installation(context: &Context, action: Action) -> bool {
    NavigationFor {
        principal: &context.principal,
    }
    .may_on_installation(action)
}

fn crumbs(context: &Context, below: bool) -> Vec<Crumb> {
    let t = context.t();
    let mut crumbs = vec![Crumb::new(t.t("nav-home"), "/")];
    if below && may(context, Action::ReadVulnerabilities) {
        crumbs.push(Crumb::new(t.t("vulnerabilities-title"), LIST));
    }
    crumbs
}

/// The marks of a finding: what makes it urgent, in words.
fn marks(t: &Translator, finding: &Finding) -> Markup {
    let (tone, word) = words::severity(t, finding.severity());
    html! {
        @if finding.kev_added.is_some() {
            (tag(Tone::Danger, t.t("vulnerabilities-exploited"))) " "
        }
        @if finding.kev_ransomware { (tag(Tone::Danger, t.t("vulnerabilities-ransomware"))) " " }
        @if finding.exposure() != Exposure::Inside {
            (tag(Tone::Late, words::exposure(t, finding.exposure()))) " "
        }
        (tag(tone, &match finding.cvss_tenths {
            Some(tenths) => format!("{word} {}", words::tenths(tenths)),
            None => word.to_owned(),
        }))
        @if finding.conditional { " " (tag(Tone::Caution, t.t("vulnerabilities-conditional"))) }
    }
}

/// How sure a finding is: the source, then the product.
fn trust(t: &Translator, finding: &Finding) -> Markup {
    let (tone, word) = words::confidence(t, finding.confidence);
    let (product_tone, product) = words::certainty(t, finding.certainty);
    html! {
        (words::source(t, finding.source)) " " (tag(tone, word)) " " (tag(product_tone, &product))
    }
}

/// Until when a device is supported; after that no correction comes any more.
fn support(context: &Context, day: yagura_kernel::time::Date) -> Markup {
    let t = context.t();
    // The tag stays short: it does not wrap in a table.
    html! {
        @if day < context.today {
            (tag(Tone::Late, t.t("vulnerabilities-support-over"))) " " span.small { (t.date(day)) }
        } @else {
            span.small { (t.t_args("vulnerabilities-support-until", args![("date", t.date(day))])) }
        }
    }
}

fn state_tag(t: &Translator, state: State) -> Markup {
    let (tone, word) = words::state(t, state);
    tag(tone, word)
}

/// What a form decides; what is wrong stands beside the fields.
fn decision_of(context: &Context, state: &mut FormState, accepting: bool) -> Result<Decision, ()> {
    let t = context.t();
    let chosen = if accepting {
        Some(State::Accepted)
    } else {
        State::from_code(state.value("state")).filter(|one| *one != State::Accepted)
    };
    let until = if accepting {
        state.read_date(t, "accepted_until", t.t("vulnerabilities-field-until"))
    } else {
        None
    };
    let note = state.read_text(t, "note", t.t("vulnerabilities-field-note"), 1_000);
    if state.has_errors() {
        return Err(());
    }
    let decision = Decision {
        state: chosen.unwrap_or(State::New),
        justification: Justification::from_code(state.value("justification")),
        accepted_until: until,
        note,
    };
    decision.checked(context.today).map_err(|problem| {
        state.add_error(problem.field(), words::decision_problem(t, problem));
    })
}

fn percent_line(t: &Translator, finding: &Finding) -> Option<String> {
    finding.epss.map(|epss| {
        t.t_args(
            "vulnerabilities-epss",
            args![("percent", words::percent(epss))],
        )
        .into_owned()
    })
}

/// A page with status 422, for forms with something to mend.
fn unprocessable(response: Response) -> Response {
    let mut response = response;
    *response.status_mut() = axum::http::StatusCode::UNPROCESSABLE_ENTITY;
    response
}
