//! Vendors: an institution invites the vendors that supply it and follows their sheets; a vendor
//! has one worklist over all its customers and fills in each customer's sheet once, with what it
//! answered another customer offered as drafts.

mod api;
mod pages;

use async_trait::async_trait;
use maud::html;
use yagura_checklists::store::CustomerState;
use yagura_kernel::policy::{Action, actions};
use yagura_web::i18n::{Source, args};
use yagura_web::ui::components;
use yagura_web::ui::forms;
use yagura_web::{
    Access, Context, Destination, Feature, Group, NavigationFor, Routes, ToDo, VendorStanding,
    WebError,
};

/// The feature.
#[derive(Debug, Clone, Copy)]
pub struct Vendors;

#[async_trait]
impl Feature for Vendors {
    fn name(&self) -> &'static str {
        "vendors"
    }

    fn routes(&self) -> Routes {
        Routes::new()
            .get(
                "/vendors",
                Access::Action(Action::ReadVendors),
                pages::institution::list,
            )
            .get(
                "/vendors/invite",
                Access::Action(Action::ManageVendors),
                pages::institution::invite_form,
            )
            .post(
                "/vendors/invite",
                Access::Action(Action::ManageVendors),
                pages::institution::invite,
            )
            .post(
                "/vendors/{relation}/end",
                Access::Action(Action::ManageVendors),
                pages::institution::end,
            )
            .post(
                "/vendors/invitations/{invitation}/revoke",
                Access::Action(Action::ManageVendors),
                pages::institution::revoke,
            )
            .get("/customers", Access::SignedIn, pages::vendor::worklist)
            .post(
                "/customers/{organization}/open",
                Access::Action(Action::AnswerVendorSheet),
                pages::vendor::open,
            )
            .get(
                "/customers/{organization}/drafts",
                Access::Action(Action::AnswerVendorSheet),
                pages::drafts::show,
            )
            .post(
                "/customers/{organization}/drafts",
                Access::Action(Action::AnswerVendorSheet),
                pages::drafts::take,
            )
            .get(
                "/api/v1/vendors",
                Access::Action(Action::ReadVendors),
                api::vendors,
            )
            .post(
                "/api/v1/vendors/invitations",
                Access::Action(Action::ManageVendors),
                api::invite,
            )
            .get(
                "/api/v1/vendors/invitations",
                Access::Action(Action::ManageVendors),
                api::invitations,
            )
            .delete(
                "/api/v1/vendors/invitations/{invitation}",
                Access::Action(Action::ManageVendors),
                api::take_back,
            )
            .delete(
                "/api/v1/vendors/{relation}",
                Access::Action(Action::ManageVendors),
                api::end,
            )
            .get("/api/v1/customers", Access::SignedIn, api::customers)
            .post(
                "/api/v1/customers/{organization}/sheet",
                Access::Action(Action::AnswerVendorSheet),
                api::open,
            )
            .get(
                "/api/v1/customers/{organization}/drafts",
                Access::Action(Action::AnswerVendorSheet),
                api::drafts,
            )
            .post(
                "/api/v1/customers/{organization}/drafts",
                Access::Action(Action::AnswerVendorSheet),
                api::take,
            )
    }

    fn messages(&self) -> &'static [Source<'static>] {
        const MESSAGES: &[Source<'static>] = &[
            Source::ja("vendors/ja.ftl", include_str!("../locales/ja.ftl")),
            Source::en("vendors/en.ftl", include_str!("../locales/en.ftl")),
        ];
        MESSAGES
    }

    fn navigation(&self, whom: &NavigationFor<'_>) -> Vec<Destination> {
        let mut destinations = Vec::new();
        if whom.may_at_home(Action::ReadVendors) {
            destinations.push(Destination::new(
                Group::Registers,
                30,
                "vendors-nav",
                "/vendors",
            ));
        }
        if whom.may_as_vendor(Action::ReadVendorSheet) {
            destinations.push(Destination::new(
                Group::Customers,
                10,
                "vendors-nav-customers",
                "/customers",
            ));
        }
        destinations
    }

    fn openapi(&self) -> Option<utoipa::openapi::OpenApi> {
        Some(api::document())
    }

    async fn to_dos(&self, context: &Context) -> Result<Vec<ToDo>, WebError> {
        let whom = NavigationFor {
            principal: &context.principal,
        };
        let t = context.t();
        if whom.may_as_vendor(Action::ReadVendorSheet) {
            let counts = pages::vendor::counts(context, None).await?;
            let open = counts.not_begun + counts.in_work;
            if open == 0 {
                return Ok(Vec::new());
            }
            return Ok(vec![ToDo {
                urgency: 600,
                title: t
                    .t_args("vendors-to-do-customers", args![("count", open)])
                    .into_owned(),
                why: t.t("vendors-to-do-customers-why").to_owned(),
                mark: None,
                href: "/customers".to_owned(),
                button: t.t("vendors-to-do-open").to_owned(),
            }]);
        }
        if !whom.may_at_home(Action::ReadVendors) || !whom.is_institution() {
            return Ok(Vec::new());
        }
        let proof = context.authorize_own::<actions::ReadVendorSheet>().await?;
        let waiting = pages::institution::work(context, context.organization.id, &proof)
            .await?
            .iter()
            .filter(|vendor| vendor.state() != CustomerState::Done)
            .count();
        if waiting == 0 {
            return Ok(Vec::new());
        }
        Ok(vec![ToDo {
            urgency: 350,
            title: t
                .t_args("vendors-to-do-waiting", args![("count", waiting)])
                .into_owned(),
            why: t.t("vendors-to-do-waiting-why").to_owned(),
            mark: None,
            href: "/vendors".to_owned(),
            button: t.t("vendors-to-do-see").to_owned(),
        }])
    }

    async fn vendor_standings(&self, context: &Context) -> Result<Vec<VendorStanding>, WebError> {
        let whom = NavigationFor {
            principal: &context.principal,
        };
        if !whom.is_institution() || !whom.may_at_home(Action::ReadVendorSheet) {
            return Ok(Vec::new());
        }
        let proof = context.authorize_own::<actions::ReadVendorSheet>().await?;
        let work = pages::institution::work(context, context.organization.id, &proof).await?;
        Ok(work
            .iter()
            .map(|vendor| pages::standing(context.t(), vendor))
            .collect())
    }

    async fn home_card(&self, context: &Context) -> Result<Option<(u32, maud::Markup)>, WebError> {
        let whom = NavigationFor {
            principal: &context.principal,
        };
        if !whom.may_as_vendor(Action::ReadVendorSheet) {
            return Ok(None);
        }
        let t = context.t();
        let counts = pages::vendor::counts(context, None).await?;
        let card = components::card(
            t.t("vendors-card-title"),
            html! {
                (components::progress_bar(t, t.t("vendors-card-progress"),
                    u64::try_from(counts.done).unwrap_or(0),
                    u64::try_from(counts.total()).unwrap_or(0)))
                (forms::link_button("/customers", t.t("vendors-to-do-open"), false))
            },
        );
        Ok(Some((10, card)))
    }
}
