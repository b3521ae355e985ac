//! Comparison and trend, with the same figures left out as on the pages.

use axum::Json;
use serde::Serialize;
use utoipa::ToSchema;
use yagura_checklists::overview;
use yagura_kernel::id::Uuid;
use yagura_kernel::policy::actions;
use yagura_kernel::time::{FiscalYear, Instant};
use yagura_web::api::{Problem, QueryOf};
use yagura_web::{Context, WebError};

use crate::figures::{self, OwnPosition, Place};
use crate::listing::MemberQuery;
use crate::model::comparison::{Band, Compared, SMALLEST_GROUP};
use crate::model::distribution::Quartiles;
use crate::pages::of_region;

/// The comparison of a fiscal year.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Statistics {
    /// The fiscal year by the western year in which it begins.
    fiscal_year: i32,
    /// When the figures were made; null where they are not made yet.
    #[serde(with = "yagura_kernel::time::rfc3339::option")]
    #[schema(value_type = Option<String>, format = DateTime)]
    computed_at: Option<Instant>,
    /// The fewest members for which a figure is given.
    smallest_group: i64,
    /// For regional bodies: the groups. A null stands for what may not be shown, because it would
    /// be about fewer members or would let that be worked out.
    groups: Vec<GroupFigures>,
    /// For institutions: their own place, for each body that has them as a member.
    own: Vec<OwnPlace>,
}

/// The figures of a group.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct GroupFigures {
    /// all, kind-… or size-….
    group: String,
    /// Its members.
    members: i64,
    /// Members that finished the first round, in per cent.
    round1_done_percent: Option<i64>,
    /// Members that opened the checklist, in per cent.
    opened_percent: Option<i64>,
    /// Answered items per member.
    answered: Option<Quartile>,
    /// Items with documents or measurements per member.
    proven: Option<Quartile>,
    /// Members with a contradiction, in per cent of those that share their answers.
    contradicted_percent: Option<i64>,
    /// The states of each item among those that share their answers.
    items: Option<Vec<Item>>,
}

/// Quartiles in per cent.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Quartile {
    /// A quarter has less.
    lower: f64,
    /// Half has less.
    median: f64,
    /// A quarter has more.
    upper: f64,
}

impl From<Quartiles> for Quartile {
    fn from(quartiles: Quartiles) -> Self {
        Self {
            lower: quartiles.lower,
            median: quartiles.median,
            upper: quartiles.upper,
        }
    }
}

/// How many members are in which state for an item.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Item {
    /// Key of the item in its rule pack.
    key: String,
    /// Measured.
    verified: i64,
    /// With documents.
    documented: i64,
    /// Declared only.
    declared: i64,
    /// No.
    no: i64,
    /// Contradicted.
    contradiction: i64,
    /// Unanswered.
    unanswered: i64,
    /// Not applicable.
    not_applicable: i64,
}

/// An institution's own place.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct OwnPlace {
    /// Among whose members.
    overseer: Uuid,
    /// The narrowest group that may be shown.
    group: String,
    /// Its members.
    members: i64,
    /// Own share of answered items, in per cent, and the group's quartiles.
    answered: Option<OwnFigure>,
    /// Own share of items with documents or measurements.
    proven: Option<OwnFigure>,
    /// For each item the share of yes in the group: a percentage, or `few` (up to 10 %) or
    /// `nearly_all` (from 90 %).
    items: Vec<String>,
}

/// One's own figure beside the group's.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct OwnFigure {
    /// One's own.
    own_percent: i64,
    /// The group's.
    quartiles: Quartile,
}

impl From<Place> for OwnFigure {
    fn from(place: Place) -> Self {
        Self {
            own_percent: place.own,
            quartiles: place.quartiles.into(),
        }
    }
}

impl From<OwnPosition> for OwnPlace {
    fn from(position: OwnPosition) -> Self {
        Self {
            overseer: position.overseer.uuid(),
            group: position.group.code(),
            members: position.members,
            answered: position.answered.map(Into::into),
            proven: position.proven.map(Into::into),
            items: position
                .items
                .into_iter()
                .map(|band| match band {
                    Band::Few => "few".to_owned(),
                    Band::Percent(percent) => percent.to_string(),
                    Band::NearlyAll => "nearly_all".to_owned(),
                })
                .collect(),
        }
    }
}

fn group_figures(keys: &[String], compared: Compared) -> GroupFigures {
    let progress = compared.progress;
    let proof = compared.proof;
    GroupFigures {
        group: compared.group.code(),
        members: compared.members,
        round1_done_percent: progress
            .as_ref()
            .map(|progress| progress.round1_done.percent()),
        opened_percent: progress.as_ref().map(|progress| progress.opened.percent()),
        answered: progress
            .and_then(|progress| progress.answered)
            .map(Into::into),
        proven: proof
            .as_ref()
            .and_then(|proof| proof.proven)
            .map(Into::into),
        contradicted_percent: proof
            .as_ref()
            .map(|proof| proof.with_contradictions.percent()),
        items: proof.map(|proof| {
            keys.iter()
                .zip(proof.items)
                .map(|(key, counts)| Item {
                    key: key.clone(),
                    verified: counts.verified,
                    documented: counts.documented,
                    declared: counts.declared,
                    no: counts.no,
                    contradiction: counts.contradiction,
                    unanswered: counts.unanswered,
                    not_applicable: counts.not_applicable,
                })
                .collect()
        }),
    }
}

fn keys(context: &Context, year: FiscalYear) -> Vec<String> {
    let packs = context.app.packs();
    overview::columns(&packs, year)
        .into_iter()
        .map(|column| column.key)
        .collect()
}

/// The year of a comparison.
#[derive(Debug, Default, serde::Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct YearQuery {
    /// The fiscal year by the western year in which it begins; this year where it is not given.
    year: Option<String>,
}

/// The comparison of groups; for an institution its own place among others.
#[utoipa::path(
    get, path = "/api/v1/statistics", tag = "region",
    params(YearQuery),
    responses((status = 200, body = Statistics), (status = 400, body = Problem))
)]
pub(crate) async fn one(
    context: Context,
    QueryOf(query): QueryOf<YearQuery>,
) -> Result<Json<Statistics>, WebError> {
    let proof = context.authorize_own::<actions::ReadComparison>().await?;
    let query = MemberQuery {
        year: query.year,
        ..MemberQuery::default()
    };
    let year = query.year(context.app.fiscal_year())?;
    let mut statistics = Statistics {
        fiscal_year: year.year(),
        computed_at: None,
        smallest_group: SMALLEST_GROUP,
        groups: Vec::new(),
        own: Vec::new(),
    };
    let database = context.database();
    if context.organization.kind.is_regional() {
        let region = context.organization.id;
        let found =
            overview::region_statistics(database, &proof, region, year, context.now).await?;
        if let Some(found) = found {
            let keys = keys(&context, year);
            statistics.computed_at = Some(found.computed_at);
            statistics.groups = figures::comparison(&found)
                .into_iter()
                .map(|compared| group_figures(&keys, compared))
                .collect();
        }
    } else {
        let packs = context.app.packs();
        let own = figures::own_position(database, &packs, &proof, year, context.now).await?;
        statistics.own = own.into_iter().map(Into::into).collect();
    }
    Ok(Json(statistics))
}

/// The comparisons of every year that has figures, oldest first. For regional bodies.
#[utoipa::path(
    get, path = "/api/v1/statistics/trend", tag = "region",
    responses((status = 200, body = Vec<Statistics>), (status = 403, body = Problem))
)]
pub(crate) async fn trend(context: Context) -> Result<Json<Vec<Statistics>>, WebError> {
    let proof = of_region(&context).await?;
    let region = context.organization.id;
    let years = figures::trend(context.database(), &proof, region, context.now).await?;
    let all = years
        .into_iter()
        .map(|trend| {
            let keys = keys(&context, trend.year);
            Statistics {
                fiscal_year: trend.year.year(),
                computed_at: Some(trend.computed_at),
                smallest_group: SMALLEST_GROUP,
                groups: trend
                    .groups
                    .into_iter()
                    .map(|compared| group_figures(&keys, compared))
                    .collect(),
                own: Vec::new(),
            }
        })
        .collect();
    Ok(Json(all))
}
