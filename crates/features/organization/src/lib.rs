//! One's own organisation: its people and their roles, how much each overseer may see, its audit
//! log, the account by which its people sign in; and, for administrators, the installation.

mod accounts;
mod api;
mod model;
mod operations;
mod pages;
mod store;
mod upkeep;

use std::sync::Arc;

use async_trait::async_trait;
use yagura_kernel::policy::Action;
use yagura_store::jobs::JobHandler;
use yagura_web::i18n::Source;
use yagura_web::{Access, App, Destination, Feature, Group, NavigationFor, Routes, Schedule};

/// The feature.
#[derive(Debug, Clone, Copy)]
pub struct OrganizationPages;

#[async_trait]
impl Feature for OrganizationPages {
    fn name(&self) -> &'static str {
        "organization"
    }

    fn routes(&self) -> Routes {
        Routes::new()
            .get(
                "/people",
                Access::Action(Action::ReadPeople),
                pages::people::list,
            )
            .get(
                "/people/invite",
                Access::Action(Action::ManagePeople),
                pages::people::invite_form,
            )
            .post(
                "/people/invite",
                Access::Action(Action::ManagePeople),
                pages::people::invite,
            )
            .post(
                "/people/assignments/{assignment}/end",
                Access::Action(Action::ManagePeople),
                pages::people::end,
            )
            .get(
                "/people/assignments/{assignment}",
                Access::Action(Action::ManagePeople),
                pages::accounts::show,
            )
            .post(
                "/people/assignments/{assignment}/password-link",
                Access::Action(Action::ManagePeople),
                pages::accounts::password_link,
            )
            .post(
                "/people/assignments/{assignment}/account",
                Access::Action(Action::ManagePeople),
                pages::accounts::act,
            )
            .post(
                "/people/invitations/{invitation}/revoke",
                Access::Action(Action::ManagePeople),
                pages::people::revoke,
            )
            .get(
                "/identity-providers",
                Access::Action(Action::ManagePeople),
                pages::providers::list,
            )
            .get(
                "/identity-providers/new",
                Access::Action(Action::ManagePeople),
                pages::providers::new_form,
            )
            .post(
                "/identity-providers/new",
                Access::Action(Action::ManagePeople),
                pages::providers::create,
            )
            .get(
                "/identity-providers/{provider}",
                Access::Action(Action::ManagePeople),
                pages::providers::show,
            )
            .post(
                "/identity-providers/{provider}",
                Access::Action(Action::ManagePeople),
                pages::providers::save,
            )
            .post(
                "/identity-providers/{provider}/try",
                Access::Action(Action::ManagePeople),
                pages::providers::try_it,
            )
            .post(
                "/identity-providers/{provider}/remove",
                Access::Action(Action::ManagePeople),
                pages::providers::remove,
            )
            .get(
                "/sharing",
                Access::Action(Action::ManageSharing),
                pages::sharing::show,
            )
            .post(
                "/sharing/{relation}",
                Access::Action(Action::ManageSharing),
                pages::sharing::set,
            )
            .get(
                "/audit-log",
                Access::Action(Action::ReadAuditLog),
                pages::audit_log::list,
            )
            .get(
                "/installation",
                Access::Installation(Action::ManageInstallation),
                pages::installation::overview,
            )
            .get(
                "/installation/organizations/new",
                Access::Installation(Action::ManageInstallation),
                pages::installation::new_form,
            )
            .post(
                "/installation/organizations/new",
                Access::Installation(Action::ManageInstallation),
                pages::installation::create,
            )
            .get(
                "/installation/audit-log",
                Access::Installation(Action::ReadAuditLog),
                pages::audit_log::of_installation,
            )
            .get(
                "/installation/accounts",
                Access::Installation(Action::ManageInstallation),
                pages::accounts::search,
            )
            .post(
                "/installation/accounts/password-link",
                Access::Installation(Action::ManageInstallation),
                pages::accounts::password_link_of_installation,
            )
            .post(
                "/installation/accounts",
                Access::Installation(Action::ManageInstallation),
                pages::accounts::act_of_installation,
            )
            .merge(api_routes())
    }

    fn messages(&self) -> &'static [Source<'static>] {
        const MESSAGES: &[Source<'static>] = &[
            Source::ja("organization/ja.ftl", include_str!("../locales/ja.ftl")),
            Source::en("organization/en.ftl", include_str!("../locales/en.ftl")),
        ];
        MESSAGES
    }

    fn jobs(&self, app: &App) -> Vec<Arc<dyn JobHandler>> {
        vec![Arc::new(upkeep::Upkeep(app.clone()))]
    }

    fn schedules(&self) -> &'static [Schedule] {
        const SCHEDULES: &[Schedule] = &[Schedule {
            job: upkeep::JOB,
            every_seconds: 60 * 60,
        }];
        SCHEDULES
    }

    fn navigation(&self, whom: &NavigationFor<'_>) -> Vec<Destination> {
        let entries = [
            (
                Action::ReadPeople,
                Destination::new(Group::Settings, 10, "organization-nav-people", "/people"),
            ),
            (
                Action::ManagePeople,
                Destination::new(
                    Group::Settings,
                    15,
                    "organization-nav-providers",
                    "/identity-providers",
                ),
            ),
            (
                Action::ManageSharing,
                Destination::new(Group::Settings, 20, "organization-nav-sharing", "/sharing"),
            ),
            (
                Action::ReadAuditLog,
                Destination::new(
                    Group::Settings,
                    30,
                    "organization-nav-audit-log",
                    "/audit-log",
                ),
            ),
        ];
        let mut destinations: Vec<Destination> = entries
            .into_iter()
            .filter(|(action, _)| whom.may_at_home(*action))
            .map(|(_, destination)| destination)
            .collect();
        if whom.may_on_installation(Action::ManageInstallation) {
            destinations.push(Destination::new(
                Group::Settings,
                40,
                "organization-nav-installation",
                "/installation",
            ));
        }
        destinations
    }

    fn openapi(&self) -> Option<utoipa::openapi::OpenApi> {
        Some(api::document())
    }
}

fn api_routes() -> Routes {
    Routes::new()
        .get(
            "/api/v1/people",
            Access::Action(Action::ReadPeople),
            api::roles,
        )
        .get(
            "/api/v1/people/invitations",
            Access::Action(Action::ManagePeople),
            api::people::invitations,
        )
        .post(
            "/api/v1/people/invitations",
            Access::Action(Action::ManagePeople),
            api::people::invite,
        )
        .delete(
            "/api/v1/people/invitations/{invitation}",
            Access::Action(Action::ManagePeople),
            api::people::revoke,
        )
        .post(
            "/api/v1/people/assignments/{assignment}/end",
            Access::Action(Action::ManagePeople),
            api::people::end,
        )
        .get(
            "/api/v1/people/assignments/{assignment}/account",
            Access::Action(Action::ManagePeople),
            api::accounts::show,
        )
        .post(
            "/api/v1/people/assignments/{assignment}/account",
            Access::Action(Action::ManagePeople),
            api::accounts::act,
        )
        .post(
            "/api/v1/people/assignments/{assignment}/password-link",
            Access::Action(Action::ManagePeople),
            api::accounts::password_link,
        )
        .get(
            "/api/v1/identity-providers",
            Access::Action(Action::ManagePeople),
            api::providers::list,
        )
        .post(
            "/api/v1/identity-providers",
            Access::Action(Action::ManagePeople),
            api::providers::create,
        )
        .put(
            "/api/v1/identity-providers/{provider}",
            Access::Action(Action::ManagePeople),
            api::providers::change,
        )
        .delete(
            "/api/v1/identity-providers/{provider}",
            Access::Action(Action::ManagePeople),
            api::providers::remove,
        )
        .post(
            "/api/v1/identity-providers/{provider}/trial",
            Access::Action(Action::ManagePeople),
            api::providers::trial,
        )
        .get(
            "/api/v1/installation",
            Access::Installation(Action::ManageInstallation),
            api::installation::overview,
        )
        .post(
            "/api/v1/installation/organizations",
            Access::Installation(Action::ManageInstallation),
            api::installation::create,
        )
        .get(
            "/api/v1/installation/accounts",
            Access::Installation(Action::ManageInstallation),
            api::accounts::search,
        )
        .post(
            "/api/v1/installation/accounts",
            Access::Installation(Action::ManageInstallation),
            api::accounts::act_on_login,
        )
        .post(
            "/api/v1/installation/accounts/password-link",
            Access::Installation(Action::ManageInstallation),
            api::accounts::password_link_of_login,
        )
        .get(
            "/api/v1/installation/audit-log",
            Access::Installation(Action::ReadAuditLog),
            api::audit_log_of_installation,
        )
        .get(
            "/api/v1/sharing",
            Access::Action(Action::ManageSharing),
            api::sharing,
        )
        .put(
            "/api/v1/sharing/{relation}",
            Access::Action(Action::ManageSharing),
            api::set_sharing,
        )
        .get(
            "/api/v1/audit-log",
            Access::Action(Action::ReadAuditLog),
            api::audit_log,
        )
}
