//! A few institutions whose only account has a second factor, set up through the same functions as
//! a person would. Its secret is known to nobody.

use totp_rs::{Builder, Secret};
use yagura_identity::Visitor;
use yagura_kernel::organization::OrganizationKind;
use yagura_web::App;

use crate::DemonstrationError;
use crate::members::Region;
use crate::people::People;

/// How many institutions: each takes several transactions.
const INSTITUTIONS: usize = 9;

pub(crate) async fn make(
    app: &App,
    region: &Region,
    people: &People,
) -> Result<(), DemonstrationError> {
    let identity = app.identity();
    let visitor = Visitor::new(None, "demonstration");
    let careful = region
        .members
        .iter()
        .filter(|member| {
            let facts = &member.facts;
            facts.has_accounts && !facts.shown && member.kind != OrganizationKind::Hospital
        })
        .skip(3)
        .step_by(31)
        .take(INSTITUTIONS);
    for member in careful {
        let Some(account) = people.of(member.id).and_then(|employee| employee.account()) else {
            continue;
        };
        let opened = identity.sign_in_to_demonstration(account, &visitor).await?;
        let Some(session) = identity.session(&opened.token.reveal()).await? else {
            continue;
        };
        let enrolment = identity.begin_totp_enrolment(&session).await?;
        let letters: String = enrolment.secret.split_whitespace().collect();
        let secret = Secret::try_from_base32(&letters)
            .map_err(|error| DemonstrationError::Story(error.to_string()))?;
        let app_of_person = Builder::new()
            .with_secret(secret)
            .build()
            .map_err(|error| DemonstrationError::Story(error.to_string()))?;
        let seconds = u64::try_from(app.now().as_seconds()).unwrap_or(0);
        let code = app_of_person.generate(seconds).to_string();
        identity.confirm_totp_enrolment(&session, &code).await?;
    }
    Ok(())
}
