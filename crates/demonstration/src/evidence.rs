//! Evidence behind the answers of the two institutions that visitors act for.

use yagura_web::App;

use crate::DemonstrationError;
use crate::members::Region;
use crate::people::People;

pub(crate) async fn make(
    app: &App,
    region: &Region,
    people: &People,
) -> Result<(), DemonstrationError> {
    let _ = (app, region, people);
    Ok(())
}
