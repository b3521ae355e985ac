//! One's own organisation: its people and their roles, how much each overseer may see, its audit
//! log; and, for administrators, the installation.

mod api;
mod model;
mod pages;

use async_trait::async_trait;
use yagura_kernel::policy::Action;
use yagura_web::i18n::Source;
use yagura_web::{Access, Destination, Feature, Group, NavigationFor, Routes};

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
                "/api/v1/people",
                Access::Action(Action::ReadPeople),
                api::people,
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

    fn messages(&self) -> &'static [Source<'static>] {
        const MESSAGES: &[Source<'static>] = &[
            Source::ja("organization/ja.ftl", include_str!("../locales/ja.ftl")),
            Source::en("organization/en.ftl", include_str!("../locales/en.ftl")),
        ];
        MESSAGES
    }

    fn navigation(&self, whom: &NavigationFor<'_>) -> Vec<Destination> {
        let entries = [
            (
                Action::ReadPeople,
                Destination::new(Group::Settings, 10, "organization-nav-people", "/people"),
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
