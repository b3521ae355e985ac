//! Every page of the main job while fifty signed-in people read.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use crate::Failure;
use crate::client::Client;
use crate::figures::{Report, Times, milliseconds};
use crate::load::at_once;
use crate::program::Program;
use crate::world::{Person, World};

const PEOPLE: usize = 50;
const ROUNDS: usize = 60;
/// Between two pages a reader takes at least this long.
const READING: Duration = Duration::from_secs(1);

/// Somebody with the pages of their job: the name under which a page is told, and its address.
struct Visitor {
    client: Client,
    pages: Vec<(&'static str, String)>,
}

/// The first address in a page that begins with `start`.
fn link(page: &str, start: &str) -> Option<String> {
    let from = page.find(&format!("href=\"{start}"))? + 6;
    let rest = page.get(from..)?;
    let link = rest.split('"').next()?;
    Some(link.split('#').next().unwrap_or(link).to_owned())
}

async fn found(client: &Client, page: &str, start: &str) -> Result<Option<String>, Failure> {
    let answer = client.page(page).await?;
    Ok(link(&String::from_utf8_lossy(&answer.body), start))
}

async fn institution(base: &str, person: &Person) -> Result<Visitor, Failure> {
    let client = Client::new(base, &person.session);
    let mut pages = vec![
        ("home of an institution", "/".to_owned()),
        ("evidence", "/evidence".to_owned()),
        ("new evidence", "/evidence/new".to_owned()),
        ("contact chart", "/contacts".to_owned()),
        ("emergency sheet", "/emergency".to_owned()),
        ("vendors", "/vendors".to_owned()),
        ("inspection pack", "/inspection".to_owned()),
        ("notices", "/notices".to_owned()),
    ];
    if let Some(sheet) = person.sheet {
        let sheet = format!("/checklists/{sheet}");
        if let Some(item) = found(&client, &sheet, &format!("{sheet}/items/")).await? {
            pages.push(("row of a checklist", item));
        }
        pages.push(("what is new this year", format!("{sheet}/new")));
        pages.push(("drafts from last year", format!("{sheet}/drafts")));
        pages.push(("change history", format!("{sheet}/history")));
        pages.push(("checklist", sheet));
    }
    Ok(Visitor { client, pages })
}

async fn vendor(base: &str, person: &Person) -> Result<Visitor, Failure> {
    let client = Client::new(base, &person.session);
    let mut pages = vec![
        ("home of a vendor", "/".to_owned()),
        ("customers of a vendor", "/customers".to_owned()),
    ];
    if let Some(sheet) = found(&client, "/customers", "/vendor-sheets/").await? {
        if let Some(item) = found(&client, &sheet, &format!("{sheet}/items/")).await? {
            pages.push(("row of a vendor's sheet", item));
        }
        pages.push(("vendor's sheet", sheet));
    }
    Ok(Visitor { client, pages })
}

async fn region(base: &str, person: &Person) -> Result<Visitor, Failure> {
    let client = Client::new(base, &person.session);
    let mut pages: Vec<(&'static str, String)> = [
        ("home of a region", "/"),
        ("matrix", "/region/matrix"),
        ("who has not answered", "/region/call-list"),
        ("comparison", "/region/comparison"),
        ("trend", "/region/trend"),
        ("reminders", "/region/reminders"),
        ("new reminder", "/region/reminders/new"),
        ("roll", "/members"),
    ]
    .map(|(name, path)| (name, path.to_owned()))
    .to_vec();
    let member = found(&client, "/members", "/members/0").await?;
    pages.extend(member.map(|member| ("member", member)));
    Ok(Visitor { client, pages })
}

async fn visitors(world: &World, base: &str) -> Result<Vec<Visitor>, Failure> {
    let with_sheet = |role: &str| -> Result<Vec<Person>, Failure> {
        Ok(world
            .of(role)?
            .iter()
            .filter(|person| person.sheet.is_some())
            .cloned()
            .collect())
    };
    let mut visitors = Vec::new();
    for person in with_sheet("director")?.iter().take(32) {
        visitors.push(institution(base, person).await?);
    }
    for person in world.of("vendor_manager")?.iter().take(10) {
        visitors.push(vendor(base, person).await?);
    }
    // Few work for the region; they are the same people at several desks.
    for person in world.of("regional_manager")?.iter().cycle().take(8) {
        visitors.push(region(base, person).await?);
    }
    if visitors.len() == PEOPLE {
        Ok(visitors)
    } else {
        Err(format!("{} people instead of {PEOPLE}", visitors.len()).into())
    }
}

pub(crate) async fn run(binary: &Path, report: &mut Report) -> Result<(), Failure> {
    let world = World::new(None, 60).await?;
    let program = Program::start(binary, &world.arguments()).await?;
    let visitors = Arc::new(visitors(&world, &program.base).await?);
    // Each page once, so that no first reading is counted.
    for visitor in visitors.iter() {
        for (_, path) in &visitor.pages {
            visitor.client.page(path).await?;
        }
    }
    for (how, pause) in [
        ("each reads for a second between two pages", READING),
        ("without any pause (50 requests in flight)", Duration::ZERO),
    ] {
        let seen: Arc<Mutex<BTreeMap<&'static str, Vec<Duration>>>> = Arc::default();
        let begun = std::time::Instant::now();
        let all = at_once(PEOPLE, ROUNDS, pause, {
            let (visitors, seen) = (Arc::clone(&visitors), Arc::clone(&seen));
            move |person, round| {
                let (visitors, seen) = (Arc::clone(&visitors), Arc::clone(&seen));
                async move {
                    let visitor = visitors.get(person).ok_or("nobody")?;
                    // Nobody follows the same way at the same time.
                    let place = (round + person) % visitor.pages.len().max(1);
                    let (name, path) = visitor.pages.get(place).ok_or("no page")?;
                    let took = visitor.client.page(path).await?.took;
                    if let Ok(mut seen) = seen.lock() {
                        seen.entry(name).or_default().push(took);
                    }
                    Ok(took)
                }
            }
        })
        .await?;
        let rate = all.count() as f64 / begun.elapsed().as_secs_f64();
        let seen = seen.lock().map(|seen| seen.clone()).unwrap_or_default();
        let mut pages: Vec<_> = seen
            .into_iter()
            .map(|(name, times)| (name, Times::of(times)))
            .collect();
        pages.sort_by_key(|(_, times)| std::cmp::Reverse(times.percentile(95)));
        let (worst, times) = pages.first().ok_or("no page was read")?;
        report.against(
            format!("slowest page of the main job ({worst}), p95"),
            format!("392 members, SQLite, 50 people: {how}"),
            (milliseconds(times.percentile(95)), 50.0, "ms"),
            &format!("all pages: {}; {rate:.0} pages a second", all.summary()),
        );
        for (name, times) in &pages {
            report.told(
                format!("page: {name}"),
                format!("50 people: {how}"),
                times.summary(),
            );
        }
    }
    report.against(
        "resident memory after the load",
        format!("{} pages read", 2 * PEOPLE * ROUNDS),
        (program.resident_megabytes()?, 150.0, "MB"),
        "",
    );
    program.stop().await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_link_of_a_kind_is_found() {
        let page =
            r##"<a href="/a">x</a><a href="/members/01?x=1#top">y</a><a href="/members/02">"##;
        assert_eq!(link(page, "/members/0").as_deref(), Some("/members/01?x=1"));
        assert_eq!(link(page, "/vendors"), None);
    }
}
