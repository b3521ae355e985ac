//! What the secretariat notes of its members besides what they are: who represents them, their
//! number, since when they have been members.

use yagura_kernel::person::Role;
use yagura_kernel::policy::actions;
use yagura_region::store::Reader;
use yagura_region::store::members::{self, MemberChange};
use yagura_web::App;

use crate::DemonstrationError;
use crate::members::Region;
use crate::people::People;

pub(crate) async fn make(
    app: &App,
    region: &Region,
    people: &People,
) -> Result<(), DemonstrationError> {
    let Some(secretary) = people.of(region.network) else {
        return Ok(());
    };
    let proof = secretary.may::<actions::ManageMembers>()?;
    let today = app.today();
    let roll = members::roll(&mut Reader::Database(app.database()), &proof, today).await?;
    let changes: Vec<MemberChange> = roll
        .into_iter()
        .map(|current| {
            let place = region
                .members
                .iter()
                .position(|member| member.id == current.id)
                .unwrap_or_default();
            let head = people.holder(current.id, Role::Director);
            let mut next = current.draft.clone();
            next.representative = head.map(|head| head.name.clone());
            next.member_number = Some(format!("見本-{:04}", place + 1));
            next.postal_code = Some(format!("000-{:04}", place + 1));
            MemberChange { current, next }
        })
        .collect();
    let mut tx = app.database().begin_long().await?;
    members::change(&mut tx, &proof, &changes, today, app.now()).await?;
    tx.commit().await?;
    Ok(())
}
