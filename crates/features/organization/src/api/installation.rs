//! The installation, for its administrators.

use axum::Json;
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use uuid::Uuid;
use yagura_identity::login::Login;
use yagura_kernel::organization::{OrganizationKind, beds_fit_kind};
use yagura_kernel::policy::actions;
use yagura_store::{audit, directory, jobs};
use yagura_web::api::{JsonBody, Problem};
use yagura_web::{Context, WebError};

use crate::operations::{self, First, first_role};

/// How the installation is.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct Installation {
    version: &'static str,
    /// `sqlite` or `postgres`.
    engine: String,
    organizations: i64,
    jobs_waiting: i64,
    jobs_failed: i64,
    audit_entries: i64,
}

/// How the installation is
#[utoipa::path(get, path = "/api/v1/installation", tag = "installation", responses(
    (status = 200, description = "Its figures", body = Installation),
    (status = "4XX", description = "Refused", body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn overview(context: Context) -> Result<Json<Installation>, WebError> {
    context
        .authorize_installation::<actions::ManageInstallation>()
        .await?;
    let database = context.database();
    let (jobs_waiting, jobs_failed) = jobs::backlog(database, context.now).await?;
    Ok(Json(Installation {
        version: env!("CARGO_PKG_VERSION"),
        engine: format!("{:?}", database.engine()).to_lowercase(),
        organizations: directory::count(database).await?,
        jobs_waiting,
        jobs_failed,
        audit_entries: audit::size(database).await?,
    }))
}

/// An organisation to be recorded.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
pub(crate) struct FirstOrganization {
    /// Such as `hospital`, `clinic`, `prefecture`, `vendor`.
    kind: String,
    #[schema(min_length = 1, max_length = 200)]
    name: String,
    /// Permitted beds, where it has any.
    #[schema(minimum = 0, maximum = 5000)]
    beds: Option<i64>,
    /// The address of the first person: safety manager, regional manager or vendor manager.
    #[schema(min_length = 3, max_length = 254)]
    email: String,
}

/// A recorded organisation.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct RecordedOrganization {
    id: Uuid,
    /// The link by which the first person joins, shown this once.
    link: String,
}

/// Records an organisation and invites its first person
#[utoipa::path(post, path = "/api/v1/installation/organizations", tag = "installation",
    request_body = FirstOrganization, responses(
    (status = 201, description = "It is recorded", body = RecordedOrganization),
    (status = "4XX", description = "Refused", body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn create(
    context: Context,
    JsonBody(new): JsonBody<FirstOrganization>,
) -> Result<(StatusCode, Json<RecordedOrganization>), WebError> {
    context
        .authorize_installation::<actions::ManageInstallation>()
        .await?;
    let t = context.t();
    let mut wrong = Vec::new();
    let mut note = |field: &str, key: &str| wrong.push((field.to_owned(), t.t(key).to_owned()));
    let kind = OrganizationKind::from_code(&new.kind).filter(|kind| first_role(*kind).is_some());
    if kind.is_none() {
        note("kind", "organization-new-kind-missing");
    }
    let name = new.name.trim().to_owned();
    if !(1..=200).contains(&name.chars().count()) {
        note("name", "organization-new-name-wrong");
    }
    if kind.is_some_and(|kind| !beds_fit_kind(kind, new.beds))
        || new.beds.is_some_and(|beds| !(0..=5_000).contains(&beds))
    {
        note("beds", "organization-new-beds-wrong");
    }
    let login = Login::parse(&new.email).ok().filter(Login::is_address);
    if login.is_none() {
        note("email", "organization-invite-email-wrong");
    }
    let (Some(kind), Some(login), true) = (kind, login, wrong.is_empty()) else {
        return Err(WebError::Fields(wrong));
    };
    let beds = new.beds;
    let first = First {
        kind,
        name,
        beds,
        login,
    };
    let (id, invited) = operations::create_organization(&context, first).await?;
    let recorded = RecordedOrganization {
        id: id.uuid(),
        link: invited.url,
    };
    Ok((StatusCode::CREATED, Json(recorded)))
}
