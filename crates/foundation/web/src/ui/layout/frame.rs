//! What a page frame is made of.

use maud::{Markup, PreEscaped};
use yagura_kernel::proof::CellState;

use crate::i18n::Translator;
use crate::ui::components::Tone;
use crate::ui::paths;

/// A link on the way from the first screen to this page. The page itself is not among them.
#[derive(Debug, Clone)]
pub struct Crumb {
    /// The page's name.
    pub label: String,
    /// Its address.
    pub href: String,
}

impl Crumb {
    /// A link.
    #[must_use]
    pub fn new(label: impl Into<String>, href: impl Into<String>) -> Self {
        Self {
            label: label.into(),
            href: href.into(),
        }
    }
}

/// Who is signed in, as the frame shows it.
#[derive(Debug, Clone, Default)]
pub struct PrincipalDisplay {
    /// A stable text that tells one person from another; drafts in the browser are kept under it.
    pub key: String,
    /// The person's name; empty for the holder of a link.
    pub person: String,
    /// The organisation acted for.
    pub organization: String,
    /// The roles held there, in words.
    pub roles: Vec<String>,
    /// Where to choose another organisation; given to those who have several.
    pub switch_href: Option<String>,
}

impl PrincipalDisplay {
    /// Whether it is the holder of a link, who has neither a name nor an account.
    #[must_use]
    pub const fn is_visitor(&self) -> bool {
        self.person.is_empty()
    }
}

/// An entry of the side navigation.
#[derive(Debug, Clone)]
pub struct NavigationEntry {
    /// What it leads to.
    pub label: String,
    /// Its address.
    pub href: String,
    /// How many things wait there; nothing is shown for none.
    pub count: Option<u64>,
    /// The proof state of an item, in lists of items.
    pub state: Option<CellState>,
    /// Whether it is the present page.
    pub current: bool,
}

impl NavigationEntry {
    /// An entry.
    #[must_use]
    pub fn new(label: impl Into<String>, href: impl Into<String>) -> Self {
        Self {
            label: label.into(),
            href: href.into(),
            count: None,
            state: None,
            current: false,
        }
    }

    /// How many things wait there.
    #[must_use]
    pub const fn count(mut self, count: u64) -> Self {
        self.count = Some(count);
        self
    }

    /// The proof state of the item it leads to.
    #[must_use]
    pub const fn state(mut self, state: CellState) -> Self {
        self.state = Some(state);
        self
    }

    /// Marks the present page.
    #[must_use]
    pub const fn current(mut self, current: bool) -> Self {
        self.current = current;
        self
    }
}

/// Entries of the side navigation that belong together.
#[derive(Debug, Clone, Default)]
pub struct NavigationGroup {
    /// What the group is for; the first group usually has none.
    pub label: Option<String>,
    /// Its entries.
    pub entries: Vec<NavigationEntry>,
}

impl NavigationGroup {
    /// A group without a name.
    #[must_use]
    pub const fn unnamed(entries: Vec<NavigationEntry>) -> Self {
        Self {
            label: None,
            entries,
        }
    }

    /// A group with a name.
    #[must_use]
    pub fn named(label: impl Into<String>, entries: Vec<NavigationEntry>) -> Self {
        Self {
            label: Some(label.into()),
            entries,
        }
    }
}

/// What the act before this page led to.
#[derive(Debug, Clone)]
pub struct Flash {
    /// [`Tone::Success`] after saving.
    pub tone: Tone,
    /// What happened, in words.
    pub message: String,
}

impl Flash {
    /// It was saved.
    #[must_use]
    pub fn success(message: impl Into<String>) -> Self {
        Self {
            tone: Tone::Success,
            message: message.into(),
        }
    }

    /// It was not done.
    #[must_use]
    pub fn failure(message: impl Into<String>) -> Self {
        Self {
            tone: Tone::Danger,
            message: message.into(),
        }
    }
}

/// Everything around the body of a page.
#[derive(Debug, Clone)]
pub struct PageFrame<'a> {
    /// The reader's language.
    pub translator: &'a Translator,
    /// The page's question: heading and title.
    pub title: String,
    /// What stands in the heading in place of the title, where it needs markup.
    pub heading: Option<Markup>,
    /// One sentence below the heading.
    pub lede: Option<Markup>,
    /// Links and buttons beside the heading: print, save as xlsx.
    pub actions: Option<Markup>,
    /// The way here.
    pub breadcrumbs: Vec<Crumb>,
    /// Who is signed in; without anyone the frame shows no navigation.
    pub principal: Option<PrincipalDisplay>,
    /// The side navigation.
    pub navigation: Vec<NavigationGroup>,
    /// What the side navigation is called; 主な画面 unless said otherwise.
    pub navigation_label: Option<String>,
    /// How many notices are unread.
    pub notices_count: u64,
    /// Whether 「攻撃かもしれない」 is shown: for people of an institution.
    pub emergency_link: bool,
    /// Whether the data are a demonstration.
    pub demo: bool,
    /// What the act before led to.
    pub flash: Vec<Flash>,
    /// Whether the page takes the whole width of the window, as a matrix does.
    pub wide: bool,
    /// More elements of the head.
    pub head: Markup,
    /// The address of the page, to come back to after a change of language.
    pub path: String,
    /// The address of a stream of server-sent events for live counts.
    pub live: Option<String>,
}

impl<'a> PageFrame<'a> {
    /// A frame with nothing but a title.
    #[must_use]
    pub fn new(translator: &'a Translator, title: impl Into<String>) -> Self {
        Self {
            translator,
            title: title.into(),
            heading: None,
            lede: None,
            actions: None,
            breadcrumbs: Vec::new(),
            principal: None,
            navigation: Vec::new(),
            navigation_label: None,
            notices_count: 0,
            emergency_link: false,
            demo: false,
            flash: Vec::new(),
            wide: false,
            head: PreEscaped(String::new()),
            path: paths::HOME.to_owned(),
            live: None,
        }
    }

    /// Sets one sentence below the heading.
    #[must_use]
    pub fn with_lede(mut self, lede: Markup) -> Self {
        self.lede = Some(lede);
        self
    }

    /// Sets what stands beside the heading.
    #[must_use]
    pub fn with_actions(mut self, actions: Markup) -> Self {
        self.actions = Some(actions);
        self
    }

    /// Sets the way here.
    #[must_use]
    pub fn with_breadcrumbs(mut self, breadcrumbs: Vec<Crumb>) -> Self {
        self.breadcrumbs = breadcrumbs;
        self
    }

    /// Sets who is signed in and what they may open.
    #[must_use]
    pub fn with_principal(
        mut self,
        principal: PrincipalDisplay,
        navigation: Vec<NavigationGroup>,
    ) -> Self {
        self.principal = Some(principal);
        self.navigation = navigation;
        self
    }

    /// Sets the address of the page.
    #[must_use]
    pub fn with_path(mut self, path: impl Into<String>) -> Self {
        self.path = path.into();
        self
    }

    /// Adds what the act before led to.
    #[must_use]
    pub fn with_flash(mut self, flash: Flash) -> Self {
        self.flash.push(flash);
        self
    }

    /// Takes the whole width of the window.
    #[must_use]
    pub const fn wide(mut self) -> Self {
        self.wide = true;
        self
    }
}
