//! Pages: the list of packs, a pack, the import.

pub(crate) mod import;
mod list;
mod pack;

use axum::extract::DefaultBodyLimit;
use axum::handler::Handler as _;
use maud::{Markup, html};
use yagura_kernel::policy::Action;
use yagura_kernel::time::Date;
use yagura_packs::{Pack, Wording};
use yagura_web::i18n::Translator;
use yagura_web::ui::components::{Tone, date, tag};
use yagura_web::ui::layout::Crumb;
use yagura_web::{Access, Context, NavigationFor, Routes};

use crate::read::LARGEST_FILE;

pub(crate) use pack::{Format, exported};

/// The address of the list.
pub(crate) const LIST: &str = "/packs";
/// The address of the import.
pub(crate) const IMPORT: &str = "/packs/import";

pub(crate) fn routes() -> Routes {
    let read = Access::Installation(Action::ReadPacks);
    let manage = Access::Installation(Action::ManagePacks);
    let limit = usize::try_from(LARGEST_FILE + (1 << 20)).unwrap_or(usize::MAX);
    Routes::new()
        .get(LIST, read, list::page)
        .get(IMPORT, manage, import::page)
        .post(
            IMPORT,
            manage,
            import::upload.layer(DefaultBodyLimit::max(limit)),
        )
        .get("/packs/import/{import}", manage, import::preview)
        .post("/packs/import/{import}/confirm", manage, import::confirm)
        .post("/packs/import/{import}/cancel", manage, import::cancel)
        .get("/packs/{pack}", read, pack::page)
        .post("/packs/{pack}/withdraw", manage, list::withdraw)
        .get("/packs/{pack}/pack.toml", read, pack::toml)
        .get("/packs/{pack}/oscal.json", read, pack::oscal)
        .get("/packs/{pack}/ciso.yaml", read, pack::ciso)
}

fn may_import(context: &Context) -> bool {
    NavigationFor {
        principal: &context.principal,
    }
    .may_on_installation(Action::ManagePacks)
}

fn list_crumb(context: &Context) -> Crumb {
    Crumb::new(context.t().t("rulepacks-title"), LIST)
}

fn wording_tag(t: &Translator, wording: Wording) -> Markup {
    match wording {
        Wording::Verified => tag(Tone::Success, t.t("rulepacks-verified")),
        Wording::Unverified => tag(Tone::Caution, t.t("rulepacks-unverified")),
    }
}

fn validity(t: &Translator, pack: &Pack, today: Date) -> Markup {
    html! {
        (date(t, pack.valid_from)) " – "
        @if let Some(last) = pack.valid_to { (date(t, last)) }
        @if pack.is_valid_on(today) { " " (tag(Tone::Info, t.t("rulepacks-valid-now"))) }
    }
}
