//! The frame of every page.

mod frame;

pub use frame::{Crumb, Flash, NavigationEntry, NavigationGroup, PageFrame, PrincipalDisplay};

use maud::{DOCTYPE, Markup, html};

use super::components::{Tone, state_tag};
use super::icons::{Icon, LOGO};
use super::paths;
use crate::assets;
use crate::i18n::{Lang, Translator};

/// The version that the footer names.
const VERSION: &str = env!("CARGO_PKG_VERSION");

/// A page with header, side navigation, body and footer.
#[must_use]
pub fn page(frame: &PageFrame<'_>, body: Markup) -> Markup {
    let has_side = frame.principal.is_some() && !frame.navigation.is_empty();
    with_frame(frame, has_side, body)
}

/// The menu, which a phone shows in place of the side navigation.
#[must_use]
pub fn menu_page(frame: &PageFrame<'_>) -> Markup {
    with_frame(frame, false, menu(frame))
}

fn with_frame(frame: &PageFrame<'_>, has_side: bool, body: Markup) -> Markup {
    let t = frame.translator;
    let label = frame
        .navigation_label
        .as_deref()
        .unwrap_or(t.t("frame-navigation"));
    document(
        frame,
        html! {
            (header(frame))
            div.shell.with-side[has_side].wide[frame.wide] {
                @if has_side { nav.side aria-label=(label) { (navigation(t, &frame.navigation)) } }
                main #main tabindex="-1" { (main_content(frame, body)) }
            }
            (footer(frame))
        },
    )
}

/// A narrow page without navigation: sign-in, invitations, links for people without an account,
/// errors.
#[must_use]
pub fn plain_page(frame: &PageFrame<'_>, body: Markup) -> Markup {
    document(
        frame,
        html! {
            (header(&PageFrame { notices_count: 0, emergency_link: false, principal: None, ..frame.clone() }))
            div.shell.narrow[!frame.wide] {
                main #main tabindex="-1" { (main_content(frame, body)) }
            }
            (footer(frame))
        },
    )
}

fn menu(frame: &PageFrame<'_>) -> Markup {
    let t = frame.translator;
    html! {
        nav.menu aria-label=(t.t("frame-navigation")) { (navigation(t, &frame.navigation)) }
        @if let Some(principal) = &frame.principal {
            section.card {
                h2 { (name_of(t, principal)) }
                p { (principal.organization) @for role in &principal.roles { br; (role) } }
                (person_links(t, principal))
            }
        }
    }
}

fn document(frame: &PageFrame<'_>, body: Markup) -> Markup {
    let t = frame.translator;
    html! {
        (DOCTYPE)
        html lang=(t.lang().code()) {
            head {
                meta charset="utf-8";
                title { (frame.title) " – Yagura" }
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="referrer" content="same-origin";
                meta name="theme-color" content="#ffffff";
                meta name="format-detection" content="telephone=no";
                link rel="stylesheet" href=(assets::url("yagura.css"));
                link rel="icon" type="image/svg+xml" href=(assets::url("icon.svg"));
                script type="module" src=(assets::url("yagura.js")) {}
                (frame.head)
            }
            body data-live=[frame.live.as_deref()]
                data-person=[frame.principal.as_ref().map(|principal| &principal.key)] {
                a.skip href="#main" { (t.t("frame-skip")) }
                (body)
            }
        }
    }
}

fn header(frame: &PageFrame<'_>) -> Markup {
    let t = frame.translator;
    html! {
        header.top {
            a.brand href=(paths::HOME) { (LOGO) span.brand-name { "Yagura" } }
            @if let Some(principal) = &frame.principal {
                p.acting {
                    span.unseen { (t.t("frame-acting-for")) " " }
                    @match &principal.switch_href {
                        Some(href) => { a href=(href) { (principal.organization) } }
                        None => { (principal.organization) }
                    }
                }
                div.top-right {
                    @if !principal.is_visitor() {
                        a.notices href=(paths::NOTICES) {
                            (Icon::Bell.svg())
                            span.notices-word { (t.t("frame-notices")) }
                            " "
                            span.count.empty[frame.notices_count == 0] data-live-count="notices" {
                                @if frame.notices_count > 0 { (frame.notices_count) }
                            }
                        }
                    }
                    details.person {
                        summary {
                            (Icon::Person.svg())
                            span {
                                @if let Some(role) = principal.roles.first() { (role) " " }
                                (name_of(t, principal))
                            }
                        }
                        div.person-menu {
                            p.person-roles {
                                b { (name_of(t, principal)) }
                                @for role in &principal.roles { br; (role) }
                            }
                            (person_links(t, principal))
                        }
                    }
                    @if frame.emergency_link {
                        a.alarm href=(paths::EMERGENCY) { (t.t("frame-emergency")) }
                    }
                    @if !frame.navigation.is_empty() {
                        a.menu-link href=(paths::MENU) { (Icon::Menu.svg()) (t.t("frame-menu")) }
                    }
                }
            }
        }
    }
}

/// Whoever holds a link has no name; they are called by what they hold.
fn name_of<'a>(t: &'a Translator, principal: &'a PrincipalDisplay) -> &'a str {
    if principal.is_visitor() {
        t.t("frame-visitor")
    } else {
        &principal.person
    }
}

fn person_links(t: &Translator, principal: &PrincipalDisplay) -> Markup {
    html! {
        ul.person-links role="list" {
            @if let Some(href) = &principal.switch_href {
                li { a href=(href) { (t.t("frame-switch")) } }
            }
            @if !principal.is_visitor() {
                li { a href=(paths::ACCOUNT) { (t.t("frame-account")) } }
            }
            li {
                form method="post" action=(paths::SIGN_OUT) data-forget-drafts {
                    button.link-like type="submit" {
                        @if principal.is_visitor() { (t.t("frame-visitor-leave")) }
                        @else { (t.t("frame-sign-out")) }
                    }
                }
            }
        }
    }
}

fn navigation(t: &Translator, groups: &[NavigationGroup]) -> Markup {
    html! {
        @for (place, group) in groups.iter().enumerate() {
            @let id = format!("navigation-{place}");
            @if let Some(label) = &group.label { p.nav-group id=(id) { (label) } }
            ul role="list" aria-labelledby=[group.label.is_some().then_some(&id)] {
                @for entry in &group.entries {
                    li {
                        a href=(entry.href) aria-current=[entry.current.then_some("page")] {
                            span { (entry.label) }
                            @if let Some(count) = entry.count.filter(|count| *count > 0) {
                                " "
                                span.count {
                                    (count) span.unseen { " " (t.t("frame-waiting")) }
                                }
                            }
                            @if let Some(state) = entry.state { " " (state_tag(t, state)) }
                        }
                    }
                }
            }
        }
    }
}

fn main_content(frame: &PageFrame<'_>, body: Markup) -> Markup {
    let t = frame.translator;
    html! {
        p.print-head {
            "Yagura"
            @if let Some(principal) = &frame.principal { "　" (principal.organization) }
            @if frame.demo { "　" (t.t("frame-demo")) }
        }
        @if !frame.breadcrumbs.is_empty() {
            nav.crumbs aria-label=(t.t("frame-crumbs")) {
                ol role="list" {
                    @for crumb in &frame.breadcrumbs { li { a href=(crumb.href) { (crumb.label) } } }
                }
            }
        }
        div.page-head {
            h1 { @match &frame.heading { Some(heading) => (heading), None => (frame.title) } }
            @if let Some(actions) = &frame.actions { div.page-actions { (actions) } }
        }
        @if let Some(lede) = &frame.lede { p.lede { (lede) } }
        @for flash in &frame.flash {
            div.flash.(flash.tone.class())
                role=(if flash.tone == Tone::Danger { "alert" } else { "status" })
                data-saved[flash.tone == Tone::Success] {
                (flash.tone.icon().svg()) p { (flash.message) }
            }
        }
        (body)
    }
}

fn footer(frame: &PageFrame<'_>) -> Markup {
    let t = frame.translator;
    html! {
        footer.foot {
            @if frame.demo { p { b { (t.t("frame-demo")) } "　" (t.t("frame-demo-words")) } }
            ul.foot-links role="list" {
                li { a href=(paths::GLOSSARY) { (t.t("glossary-title")) } }
                @for lang in Lang::ALL {
                    @if lang != t.lang() {
                        li {
                            a lang=(lang.code()) hreflang=(lang.code())
                                href={ (paths::LANGUAGE) "?to=" (lang.code()) "&back=" (crate::address::encoded_path(&frame.path)) } {
                                (lang.own_name())
                            }
                        }
                    }
                }
                li { "Yagura " (VERSION) }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ui::testing::translator;

    fn clinic(t: &Translator) -> PageFrame<'_> {
        let principal = PrincipalDisplay {
            key: "p1".into(),
            person: "架空 太郎".into(),
            organization: "みどり坂内科クリニック".into(),
            roles: vec!["院長".into()],
            switch_href: None,
        };
        let navigation = vec![NavigationGroup::named(
            "やること",
            vec![
                NavigationEntry::new("チェックリスト", "/checklist")
                    .count(4)
                    .current(true),
            ],
        )];
        PageFrame::new(t, "今日すること").with_principal(principal, navigation)
    }

    #[test]
    fn a_page_has_one_heading_a_language_and_the_ways_through_it() {
        let t = translator(Lang::Ja);
        let frame = PageFrame {
            emergency_link: true,
            ..clinic(&t)
        };
        let html = page(&frame, html! { p { "本文" } }).into_string();
        assert_eq!(html.matches("<h1").count(), 1);
        for part in [
            r#"<html lang="ja">"#,
            r##"href="#main""##,
            r#"href="/menu""#,
            r#"href="/emergency""#,
            r#"aria-current="page""#,
            "架空 太郎",
        ] {
            assert!(html.contains(part), "{part} is missing");
        }
        assert!(!html.contains("見本データ"));
    }

    #[test]
    fn demo_pages_say_so_and_only_institutions_have_the_emergency_link() {
        let t = translator(Lang::Ja);
        let html = page(
            &PageFrame {
                demo: true,
                ..clinic(&t)
            },
            html! {},
        )
        .into_string();
        assert!(html.contains("見本データ"));
        assert!(!html.contains("/emergency"));
    }

    #[test]
    fn a_plain_page_shows_nothing_of_who_is_signed_in() {
        let t = translator(Lang::Ja);
        let frame = PageFrame {
            emergency_link: true,
            ..clinic(&t)
        };
        let html = plain_page(&frame, html! {}).into_string();
        assert!(!html.contains("架空 太郎") && !html.contains("/menu"));
    }

    #[test]
    fn the_holder_of_a_link_is_called_by_what_they_hold() {
        let t = translator(Lang::Ja);
        let mut frame = clinic(&t);
        if let Some(principal) = &mut frame.principal {
            principal.person = String::new();
            principal.roles = Vec::new();
        }
        let html = page(&frame, html! {}).into_string();
        let summary = html.split("<summary>").nth(1).unwrap();
        let summary = summary.split("</summary>").next().unwrap();
        assert!(summary.contains("閲覧リンク"), "{summary}");
        for absent in [r#"href="/account""#, r#"href="/notices""#] {
            assert!(!html.contains(absent), "{absent} leads nowhere for them");
        }
        assert!(html.contains("閲覧を終える"));
    }

    #[test]
    fn nothing_is_inline() {
        let t = translator(Lang::Ja);
        let html = page(&clinic(&t), html! {}).into_string();
        assert!(!html.contains(" style=") && !html.contains("<style") && !html.contains(" on"));
        assert!(html.contains(r#"<script type="module" src="/assets/yagura."#));
    }

    #[test]
    fn the_way_back_survives_a_change_of_language() {
        let t = translator(Lang::Ja);
        let frame = clinic(&t).with_path("/members?kind=clinic&q=坂");
        let html = page(&frame, html! {}).into_string();
        assert!(
            html.contains("/language?to=en&amp;back=/members%3Fkind%3Dclinic%26q%3D%E5%9D%82"),
            "{html}"
        );
    }
}
