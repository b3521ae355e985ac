//! What people ticked in the self-check of the nine principles (サイバーセキュリティ9の心得).

use yagura_checklists::model::{SelfCheckInput, audience_for};
use yagura_checklists::store::{SelfCheckEntry, store_self_check};
use yagura_kernel::policy::actions;
use yagura_kernel::time::Instant;
use yagura_web::App;

use crate::DemonstrationError;
use crate::members::Region;
use crate::people::People;
use crate::random::{Random, Window};

pub(crate) async fn make(
    app: &App,
    region: &Region,
    people: &People,
) -> Result<(), DemonstrationError> {
    let random = &mut Random::of_stage(6);
    let Some(window) = Window::of(app.fiscal_year(), None, app.today()) else {
        return Ok(());
    };
    let packs = app.packs();
    let packs = packs.self_checks_on(app.today());
    let Some((pack, check)) = packs
        .first()
        .and_then(|pack| Some((pack, pack.self_check()?)))
    else {
        return Ok(());
    };
    let mut tx = app.database().begin_long().await?;
    for member in &region.members {
        let facts = &member.facts;
        if !facts.has_accounts || !facts.shown && !random.chance(14) {
            continue;
        }
        for employee in people.all(member.id) {
            let Some(audience) =
                audience_for(&employee.roles, check).and_then(|place| check.audiences.get(place))
            else {
                continue;
            };
            let boxes = audience
                .principles
                .iter()
                .flat_map(|principle| &principle.checks);
            let share = 62 + random.below(38);
            let ticked = boxes
                .filter(|_| random.chance(share))
                .map(|check| check.key.clone())
                .collect();
            let on = window.at(200 + random.below(800));
            let input = SelfCheckInput {
                audience: audience.key.clone(),
                on,
                ticked,
            };
            let proof = employee.may::<actions::AnswerSelfCheck>()?;
            let at = Instant::from_jst(on, 12, 20);
            store_self_check(&mut tx, app.ids(), &proof, pack, check, &input, at)
                .await
                .map_err(refused)?;
        }
    }
    tx.commit().await?;
    Ok(())
}

fn refused(error: SelfCheckEntry) -> DemonstrationError {
    DemonstrationError::Story(error.to_string())
}
