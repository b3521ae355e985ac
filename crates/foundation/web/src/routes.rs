//! The table of routes: every address with who may open it, so that a test can walk all of them.

use axum::Router;
use axum::handler::Handler;
use axum::http::Method;
use axum::routing::{MethodFilter, on};
use yagura_kernel::policy::Action;

use crate::app::App;

/// Who may open an address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// Everybody, also strangers.
    Public,
    /// Everybody who is signed in, whatever their role.
    SignedIn,
    /// Those to whom the policy allows the action on the resource of the address, or, where the
    /// address names no organisation's record, on their own organisation's records.
    Action(Action),
    /// The same, where the record belongs to the installation.
    Installation(Action),
}

/// An address.
#[derive(Debug, Clone)]
pub struct RouteInfo {
    /// The method.
    pub method: Method,
    /// The path as axum writes it, with `{parameters}`.
    pub path: &'static str,
    /// Who may open it.
    pub access: Access,
}

/// Addresses with their handlers.
#[derive(Default)]
pub struct Routes {
    router: Router<App>,
    table: Vec<RouteInfo>,
}

impl std::fmt::Debug for Routes {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_list().entries(&self.table).finish()
    }
}

macro_rules! methods {
    ($($name:ident $filter:ident $method:ident $doc:literal;)+) => {
        $(#[doc = $doc]
        #[must_use]
        pub fn $name<H, T>(self, path: &'static str, access: Access, handler: H) -> Self
        where
            H: Handler<T, App>,
            T: 'static,
        {
            self.add(MethodFilter::$filter, Method::$method, path, access, handler)
        })+
    };
}

impl Routes {
    /// No addresses.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    methods! {
        get GET GET "An address to read.";
        post POST POST "An address to change something.";
        put PUT PUT "An address to set something (API).";
        patch PATCH PATCH "An address to change a part of something (API).";
        delete DELETE DELETE "An address to remove something (API).";
    }

    fn add<H, T>(
        mut self,
        filter: MethodFilter,
        method: Method,
        path: &'static str,
        access: Access,
        handler: H,
    ) -> Self
    where
        H: Handler<T, App>,
        T: 'static,
    {
        self.router = self.router.route(path, on(filter, handler));
        self.table.push(RouteInfo {
            method,
            path,
            access,
        });
        self
    }

    /// Adds the addresses of another table.
    #[must_use]
    pub fn merge(mut self, other: Self) -> Self {
        self.router = self.router.merge(other.router);
        self.table.extend(other.table);
        self
    }

    /// Every address.
    #[must_use]
    pub fn table(&self) -> &[RouteInfo] {
        &self.table
    }

    pub(crate) fn into_router(self) -> Router<App> {
        self.router
    }
}
