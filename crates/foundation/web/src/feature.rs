//! What a feature offers to the program.

use std::sync::Arc;

use async_trait::async_trait;
use yagura_kernel::id::OrganizationId;
use yagura_kernel::policy::{Action, Decision, Principal, Resource, Standing, decide, scope};
use yagura_kernel::probe::Probe;
use yagura_store::jobs::JobHandler;
use yagura_store::{Migration, StoreError, Transaction};

use crate::app::App;
use crate::context::Context;
use crate::error::WebError;
use crate::i18n::Source;
use crate::routes::Routes;

/// A group of the side navigation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Group {
    /// Above all groups.
    Top,
    /// やること.
    ToDo,
    /// 会員.
    Members,
    /// 働きかけ.
    Outreach,
    /// 顧客.
    Customers,
    /// 台帳.
    Registers,
    /// もしもの時.
    Emergency,
    /// 設定.
    Settings,
}

impl Group {
    /// The key of the group's name; the top group has none.
    #[must_use]
    pub const fn message_key(self) -> Option<&'static str> {
        match self {
            Self::Top => None,
            Self::ToDo => Some("nav-group-to-do"),
            Self::Members => Some("nav-group-members"),
            Self::Outreach => Some("nav-group-outreach"),
            Self::Customers => Some("nav-group-customers"),
            Self::Registers => Some("nav-group-registers"),
            Self::Emergency => Some("nav-group-emergency"),
            Self::Settings => Some("nav-group-settings"),
        }
    }
}

/// An entry of the side navigation.
#[derive(Debug, Clone)]
pub struct Destination {
    /// Its group.
    pub group: Group,
    /// Its place in the group.
    pub order: u32,
    /// The key of its name.
    pub label: &'static str,
    /// Its address.
    pub href: String,
    /// How addresses begin and end that belong to it though they do not begin with its own.
    pub also: Option<(&'static str, &'static str)>,
}

impl Destination {
    /// An entry.
    #[must_use]
    pub fn new(group: Group, order: u32, label: &'static str, href: impl Into<String>) -> Self {
        Self {
            group,
            order,
            label,
            href: href.into(),
            also: None,
        }
    }

    /// Also what begins and ends so belongs to it, such as the page of one customer.
    #[must_use]
    pub const fn also(mut self, begins: &'static str, ends: &'static str) -> Self {
        self.also = Some((begins, ends));
        self
    }

    /// How well an address belongs to it: the longer the part that says so, the better.
    pub(crate) fn fits(&self, path: &str) -> Option<usize> {
        let under = |href: &str| {
            path == href
                || (href != "/"
                    && path
                        .strip_prefix(href)
                        .is_some_and(|rest| rest.starts_with('/')))
        };
        let own = under(&self.href).then_some(self.href.len());
        let also = self.also.and_then(|(begins, ends)| {
            let rest = path.strip_prefix(begins)?;
            rest.ends_with(ends).then_some(begins.len() + ends.len())
        });
        own.max(also)
    }
}

/// For whom the navigation is made.
#[derive(Debug, Clone, Copy)]
pub struct NavigationFor<'p> {
    /// Their identity.
    pub principal: &'p Principal,
}

impl NavigationFor<'_> {
    /// Whether they may do something with records of the organisation they act for.
    #[must_use]
    pub fn may_at_home(&self, action: Action) -> bool {
        scope(self.principal, action).own.is_some()
    }

    /// Whether they may do something with records of organisations they oversee.
    #[must_use]
    pub fn may_overseeing(&self, action: Action) -> bool {
        scope(self.principal, action).overseen.is_some()
    }

    /// Whether they may do something with records of customers.
    #[must_use]
    pub fn may_as_vendor(&self, action: Action) -> bool {
        scope(self.principal, action).customers.is_some()
    }

    /// Whether they may do something with records of the installation.
    #[must_use]
    pub fn may_on_installation(&self, action: Action) -> bool {
        let resource = Resource {
            organization: self.principal.organization,
            standing: Standing::Installation,
        };
        decide(self.principal, action, &resource) == Decision::Allow
    }

    /// Whether they act for a medical institution.
    #[must_use]
    pub const fn is_institution(&self) -> bool {
        self.principal.organization_kind.is_institution()
    }
}

/// Something that a person should do, for the home page.
#[derive(Debug, Clone)]
pub struct ToDo {
    /// The most urgent comes first: contradictions 900, overdue 800, due soon 600, open 400,
    /// advice 200.
    pub urgency: u32,
    /// What is to be done.
    pub title: String,
    /// Why, in a sentence.
    pub why: String,
    /// A word on how urgent it is, with its tone.
    pub mark: Option<(crate::ui::components::Tone, String)>,
    /// Where it is done.
    pub href: String,
    /// The word on the button.
    pub button: String,
}

/// Work that comes round by the clock.
#[derive(Debug, Clone, Copy)]
pub struct Schedule {
    /// The kind of job; its payload is `{}`.
    pub job: &'static str,
    /// After how many seconds it comes round.
    pub every_seconds: i64,
}

/// Records of an institution from which other features derive something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Records {
    /// The contact chart.
    Contacts,
    /// The register of systems, external connections and devices, and what was seen of them.
    Inventory,
    /// Findings of vulnerabilities.
    Vulnerabilities,
    /// Pieces of evidence and behind what they stand.
    Evidence,
    /// The ledgers (管理簿): permissions, data exports, loans, media, exceptions.
    Ledgers,
    /// Staff, accounts, and what is wrong with them.
    Accounts,
    /// Who holds which role in it, and who may sign in.
    People,
}

/// How far a vendor of an institution is with the sheet that it answers for it this fiscal year
/// (field 12 of the stock-take, チェックリスト提出状況).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VendorStanding {
    /// The vendor.
    pub vendor: OrganizationId,
    /// Its standing in words.
    pub words: String,
    /// Its sheet, where it was opened.
    pub href: Option<String>,
}

/// An area of work.
#[async_trait]
pub trait Feature: Send + Sync {
    /// Its name, that of its crate without the prefix.
    fn name(&self) -> &'static str;

    /// Its tables.
    fn migrations(&self) -> &'static [Migration] {
        &[]
    }

    /// Its pages and API.
    fn routes(&self) -> Routes {
        Routes::new()
    }

    /// Its words: `Source::ja("name/ja.ftl", include_str!("../locales/ja.ftl"))` and the same in
    /// English.
    fn messages(&self) -> &'static [Source<'static>] {
        &[]
    }

    /// What of it one may open.
    fn navigation(&self, whom: &NavigationFor<'_>) -> Vec<Destination> {
        let _ = whom;
        Vec::new()
    }

    /// Its part of the API's description.
    fn openapi(&self) -> Option<utoipa::openapi::OpenApi> {
        None
    }

    /// Automatic checks that it offers to the checklists.
    fn probes(&self, app: &App) -> Vec<Arc<dyn Probe>> {
        let _ = app;
        Vec::new()
    }

    /// The jobs that it does.
    fn jobs(&self, app: &App) -> Vec<Arc<dyn JobHandler>> {
        let _ = app;
        Vec::new()
    }

    /// Its work that comes round by the clock.
    fn schedules(&self) -> &'static [Schedule] {
        &[]
    }

    /// Told in the same transaction when an organisation's attributes, relations or sharing levels
    /// were changed, so that what is derived from them follows.
    async fn organization_changed(
        &self,
        app: &App,
        tx: &mut Transaction,
        organization: OrganizationId,
    ) -> Result<(), StoreError> {
        let _ = (app, tx, organization);
        Ok(())
    }

    /// Told in the same transaction when an institution's records of some kind were changed, so that
    /// what is derived from them in other features follows. Enqueue a job; the writer waits.
    async fn records_changed(
        &self,
        app: &App,
        tx: &mut Transaction,
        organization: OrganizationId,
        records: Records,
    ) -> Result<(), StoreError> {
        let _ = (app, tx, organization, records);
        Ok(())
    }

    /// What a person should do, for the home page.
    async fn to_dos(&self, context: &Context) -> Result<Vec<ToDo>, WebError> {
        let _ = context;
        Ok(Vec::new())
    }

    /// How far the vendors of one's own institution are with their sheets, for the pages of other
    /// features; nothing for who may not read them.
    async fn vendor_standings(&self, context: &Context) -> Result<Vec<VendorStanding>, WebError> {
        let _ = context;
        Ok(Vec::new())
    }

    /// A card for the home page, with its place among the cards.
    async fn home_card(&self, context: &Context) -> Result<Option<(u32, maud::Markup)>, WebError> {
        let _ = context;
        Ok(None)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_belongs_to_the_destination_that_says_most_of_it() {
        let of = |href: &str| Destination::new(Group::Customers, 1, "nav-home", href);
        let (all, words) = (of("/customers"), of("/customers/connections"));
        let words = words.also("/customers/", "/connections");
        for (path, own) in [
            ("/customers", false),
            ("/customers/7/sheet", false),
            ("/customers/connections", true),
            ("/customers/7/connections", true),
            ("/customers/connections/8", true),
        ] {
            assert_eq!(words.fits(path) > all.fits(path), own, "{path}");
        }
        assert_eq!(of("/").fits("/customers"), None);
        assert_eq!(of("/customers").fits("/customersx"), None);
    }
}
