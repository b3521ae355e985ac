//! The JSON API: the graphs of the diagrams, and what stops with what.

use axum::Json;
use serde::Serialize;
use utoipa::{OpenApi, ToSchema};
use uuid::Uuid;
use yagura_inventory::model::RecordKind;
use yagura_kernel::policy::{Action, actions};
use yagura_kernel::time::format_iso;
use yagura_web::api::{PathOf, Problem};
use yagura_web::{Access, Context, Routes, WebError};

use crate::load::{apart, graph, register};
use crate::model::{Diagram, Graph, Hit, Impacts, Node, NodeKind, Note, Register, Target};
use crate::pages::target_of;
use crate::words;

const READ: Access = Access::Action(Action::ReadInventory);
/// How many single points of failure the API lists.
const POINTS: usize = 500;

/// The addresses of the API.
pub(crate) fn routes() -> Routes {
    Routes::new()
        .get("/api/v1/diagrams/systems", READ, systems_diagram)
        .get("/api/v1/diagrams/network", READ, network_diagram)
        .get("/api/v1/diagrams/impact", READ, single_points)
        .get(
            "/api/v1/diagrams/impact/systems/{system}",
            READ,
            impact_of_system,
        )
        .get(
            "/api/v1/diagrams/impact/connections/{connection}",
            READ,
            impact_of_connection,
        )
        .get(
            "/api/v1/diagrams/impact/assets/{asset}",
            READ,
            impact_of_asset,
        )
}

#[derive(OpenApi)]
#[openapi(
    paths(
        systems_diagram, network_diagram, single_points, impact_of_system, impact_of_connection,
        impact_of_asset
    ),
    components(schemas(Problem)),
    tags((name = "diagrams", description = "The diagrams of systems and network, and what stops with what"))
)]
struct Description;

/// The part of the API's description.
pub(crate) fn description() -> utoipa::openapi::OpenApi {
    Description::openapi()
}

/// A record of the register.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct DiagramRecord {
    /// system, connection or asset.
    kind: &'static str,
    /// Its id.
    id: Uuid,
}

impl From<Target> for DiagramRecord {
    fn from(target: Target) -> Self {
        Self {
            kind: target.kind.code(),
            id: target.id,
        }
    }
}

/// What a reader must notice about a node.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct DiagramMark {
    /// unconfirmed, permission_over, support_over, support_ends_soon or end_device_not_in_register.
    mark: &'static str,
    /// Of how many of its devices it is true.
    count: usize,
}

/// A device that belongs to a system.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct DiagramMember {
    /// Its id.
    id: Uuid,
    /// Its name.
    name: String,
    /// The class of the device.
    class: &'static str,
    /// What a reader must notice about it.
    marks: Vec<&'static str>,
}

/// How many devices of a class.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct DiagramCount {
    /// The class of the devices.
    class: &'static str,
    /// How many.
    count: usize,
}

/// Something that is drawn as a box.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct DiagramNode {
    /// Tells it from the others; the same for the same register.
    key: String,
    /// vendor, connection, end_device, system or device.
    kind: &'static str,
    /// By what people know it.
    name: String,
    /// outside, internet, closed, boundary, zone or no_zone.
    place: &'static str,
    /// The name of the place.
    place_name: String,
    /// The record for which it stands; none for a vendor, for an end device that is not in the
    /// register, and for devices that are drawn as one.
    record: Option<DiagramRecord>,
    /// How many devices it stands for.
    devices: usize,
    /// What is said of it, as the drawing says it, with nothing left out.
    facts: Vec<String>,
    /// What a reader must notice.
    marks: Vec<DiagramMark>,
    /// The servers and medical devices of a system.
    members: Vec<DiagramMember>,
    /// Its further devices.
    further: Vec<DiagramCount>,
}

/// A line between two nodes.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct DiagramLink {
    /// The key of the node from which it goes.
    from: String,
    /// The key of the node to which it goes.
    to: String,
    /// external, serves, needs, uplink or host.
    kind: &'static str,
    /// Whether it belongs to a connection that nobody confirmed this fiscal year.
    unconfirmed: bool,
}

/// What a diagram does not show one by one.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct DiagramNotes {
    /// How many devices are drawn as parts of a box.
    folded_devices: usize,
    /// How many such boxes there are.
    folded_boxes: usize,
    /// How many spare devices are not drawn.
    spare_devices: usize,
    /// How many devices belong to no system and are not drawn for that.
    devices_without_system: usize,
    /// How many drawn devices or systems stand in no zone.
    without_zone: usize,
}

/// A diagram as a graph.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct DiagramGraph {
    /// The day whose state it shows.
    #[schema(format = Date)]
    as_of: String,
    /// How many records of the register nobody confirmed this fiscal year.
    unconfirmed: usize,
    /// The nodes, from the outside inwards.
    nodes: Vec<DiagramNode>,
    /// The links.
    links: Vec<DiagramLink>,
    /// What is not shown one by one.
    notes: DiagramNotes,
}

fn node(context: &Context, node: &Node, place: &'static str, place_name: &str) -> DiagramNode {
    let (members, further) = match &node.kind {
        NodeKind::System {
            members, others, ..
        } => (
            members
                .iter()
                .map(|member| DiagramMember {
                    id: member.id,
                    name: member.name.clone(),
                    class: member.class.code(),
                    marks: member.marks.iter().map(|mark| mark.code()).collect(),
                })
                .collect(),
            others
                .iter()
                .map(|(class, count)| DiagramCount {
                    class: class.code(),
                    count: *count,
                })
                .collect(),
        ),
        _ => (Vec::new(), Vec::new()),
    };
    let devices = match &node.kind {
        NodeKind::Device { fold, .. } => fold.as_ref().map_or(1, |fold| fold.devices),
        _ => 0,
    };
    DiagramNode {
        key: node.key.clone(),
        kind: node.kind.code(),
        name: words::name(context.t(), node),
        place,
        place_name: place_name.to_owned(),
        record: node.target.map(DiagramRecord::from),
        devices,
        facts: words::facts(context.t(), node, false)
            .into_iter()
            .map(|(_, text)| text)
            .collect(),
        marks: node
            .marks
            .iter()
            .map(|(mark, count)| DiagramMark {
                mark: mark.code(),
                count: *count,
            })
            .collect(),
        members,
        further,
    }
}

fn described(context: &Context, graph: &Graph, register: &Register) -> DiagramGraph {
    let mut notes = DiagramNotes {
        folded_devices: 0,
        folded_boxes: 0,
        spare_devices: 0,
        devices_without_system: 0,
        without_zone: 0,
    };
    for note in &graph.notes {
        match *note {
            Note::Folded { devices, boxes } => {
                notes.folded_devices = devices;
                notes.folded_boxes = boxes;
            }
            Note::Spares(number) => notes.spare_devices = number,
            Note::WithoutSystem(number) => notes.devices_without_system = number,
            Note::WithoutZone(number) => notes.without_zone = number,
        }
    }
    let key = |index: usize| {
        let node = graph.nodes.get(index);
        node.map(|node| node.key.clone()).unwrap_or_default()
    };
    DiagramGraph {
        as_of: format_iso(register.today),
        unconfirmed: register.unconfirmed(),
        nodes: graph
            .bands
            .iter()
            .flat_map(|band| {
                let place_name = words::place(context.t(), &band.place);
                let nodes = band
                    .nodes
                    .iter()
                    .filter_map(|index| graph.nodes.get(*index));
                nodes.map(move |one| node(context, one, band.place.code(), &place_name))
            })
            .collect(),
        links: graph
            .links
            .iter()
            .map(|link| DiagramLink {
                from: key(link.from),
                to: key(link.to),
                kind: link.kind.code(),
                unconfirmed: link.is_unconfirmed,
            })
            .collect(),
        notes,
    }
}

async fn of(context: &Context, diagram: Diagram) -> Result<DiagramGraph, WebError> {
    let proof = context.authorize_own::<actions::ReadInventory>().await?;
    let register = register(context, &proof).await?;
    let (graph, register) = apart(move || (graph(diagram, &register), register)).await?;
    Ok(described(context, &graph, &register))
}

/// Read the diagram of one's institution's systems as a graph.
#[utoipa::path(get, path = "/api/v1/diagrams/systems", tag = "diagrams", responses(
    (status = 200, body = DiagramGraph),
    (status = 401, description = "Not signed in", body = Problem),
    (status = 403, description = "Not allowed", body = Problem),
))]
async fn systems_diagram(context: Context) -> Result<Json<DiagramGraph>, WebError> {
    of(&context, Diagram::Systems).await.map(Json)
}

/// Read the diagram of one's institution's network as a graph.
#[utoipa::path(get, path = "/api/v1/diagrams/network", tag = "diagrams", responses(
    (status = 200, body = DiagramGraph),
    (status = 401, description = "Not signed in", body = Problem),
    (status = 403, description = "Not allowed", body = Problem),
))]
async fn network_diagram(context: Context) -> Result<Json<DiagramGraph>, WebError> {
    of(&context, Diagram::Network).await.map(Json)
}

/// A record with what a stop of it means.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct DiagramThing {
    /// Its record.
    record: DiagramRecord,
    /// Its name.
    name: String,
    /// The department that answers for it.
    department: String,
    /// unknown, low, medium or high: how bad it is where it stands still.
    importance: &'static str,
}

/// A record that is reached from another.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct DiagramHit {
    /// Which.
    thing: DiagramThing,
    /// Over how many steps.
    distance: usize,
    /// The record one step nearer.
    via: DiagramRecord,
    /// Why this step: server, depends_on, host, uplink, end_device or line.
    reason: &'static str,
}

/// What stops with a record and what it rests on.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct DiagramImpact {
    /// The record.
    thing: DiagramThing,
    /// What stops with it, nearest first.
    stops: Vec<DiagramHit>,
    /// What it rests on, nearest first.
    rests_on: Vec<DiagramHit>,
    /// The departments that are hit.
    departments: Vec<String>,
}

/// A record with which much stops.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct DiagramSinglePoint {
    /// The record.
    thing: DiagramThing,
    /// How many systems of high importance stop with it.
    important_systems: usize,
    /// How many systems stop with it.
    systems: usize,
    /// How many connections and devices stop with it.
    others: usize,
}

/// The records with which most stops.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct DiagramSinglePoints {
    /// Those with which most stops, first; at most 500.
    points: Vec<DiagramSinglePoint>,
    /// How many more there are.
    further: usize,
    /// How many were not counted because the register hangs together too much.
    not_counted: usize,
}

fn thing(impacts: &Impacts, index: usize) -> Option<DiagramThing> {
    let thing = impacts.thing(index)?;
    Some(DiagramThing {
        record: thing.target.into(),
        name: thing.name.clone(),
        department: thing.department.clone(),
        importance: thing.importance.code(),
    })
}

fn hits(impacts: &Impacts, hits: &[Hit]) -> Vec<DiagramHit> {
    hits.iter()
        .filter_map(|hit| {
            Some(DiagramHit {
                thing: thing(impacts, hit.thing)?,
                distance: hit.distance,
                via: impacts.thing(hit.via)?.target.into(),
                reason: hit.reason.code(),
            })
        })
        .collect()
}

async fn impact(context: &Context, kind: RecordKind, id: Uuid) -> Result<DiagramImpact, WebError> {
    let (target, impacts) = target_of(context, kind, id).await?;
    let impact = impacts.impact(target).ok_or(WebError::NotFound)?;
    Ok(DiagramImpact {
        thing: thing(&impacts, impact.start).ok_or(WebError::NotFound)?,
        stops: hits(&impacts, &impact.stops),
        rests_on: hits(&impacts, &impact.rests_on),
        departments: impact.departments,
    })
}

/// List the records with which most stops.
#[utoipa::path(get, path = "/api/v1/diagrams/impact", tag = "diagrams", responses(
    (status = 200, body = DiagramSinglePoints),
    (status = 401, description = "Not signed in", body = Problem),
    (status = 403, description = "Not allowed", body = Problem),
))]
async fn single_points(context: Context) -> Result<Json<DiagramSinglePoints>, WebError> {
    let proof = context.authorize_own::<actions::ReadInventory>().await?;
    let register = register(&context, &proof).await?;
    let (impacts, found) = apart(move || {
        let impacts = Impacts::of(&register);
        let found = impacts.single_points(POINTS);
        (impacts, found)
    })
    .await?;
    let points = found.points.iter().filter_map(|point| {
        Some(DiagramSinglePoint {
            thing: thing(&impacts, point.thing)?,
            important_systems: point.important,
            systems: point.systems,
            others: point.others,
        })
    });
    Ok(Json(DiagramSinglePoints {
        points: points.collect(),
        further: found.further,
        not_counted: found.not_counted,
    }))
}

/// Read what stops with a system and what it rests on.
#[utoipa::path(get, path = "/api/v1/diagrams/impact/systems/{system}", tag = "diagrams",
    params(("system" = Uuid, Path, description = "The system")), responses(
    (status = 200, body = DiagramImpact),
    (status = 401, description = "Not signed in", body = Problem),
    (status = 403, description = "Not allowed", body = Problem),
    (status = 404, description = "No such system", body = Problem),
))]
async fn impact_of_system(
    context: Context,
    PathOf(id): PathOf<Uuid>,
) -> Result<Json<DiagramImpact>, WebError> {
    impact(&context, RecordKind::System, id).await.map(Json)
}

/// Read what stops with an external connection and what it rests on.
#[utoipa::path(get, path = "/api/v1/diagrams/impact/connections/{connection}", tag = "diagrams",
    params(("connection" = Uuid, Path, description = "The connection")), responses(
    (status = 200, body = DiagramImpact),
    (status = 401, description = "Not signed in", body = Problem),
    (status = 403, description = "Not allowed", body = Problem),
    (status = 404, description = "No such connection", body = Problem),
))]
async fn impact_of_connection(
    context: Context,
    PathOf(id): PathOf<Uuid>,
) -> Result<Json<DiagramImpact>, WebError> {
    impact(&context, RecordKind::Connection, id).await.map(Json)
}

/// Read what stops with a device and what it rests on.
#[utoipa::path(get, path = "/api/v1/diagrams/impact/assets/{asset}", tag = "diagrams",
    params(("asset" = Uuid, Path, description = "The device")), responses(
    (status = 200, body = DiagramImpact),
    (status = 401, description = "Not signed in", body = Problem),
    (status = 403, description = "Not allowed", body = Problem),
    (status = 404, description = "No such device in use", body = Problem),
))]
async fn impact_of_asset(
    context: Context,
    PathOf(id): PathOf<Uuid>,
) -> Result<Json<DiagramImpact>, WebError> {
    impact(&context, RecordKind::Asset, id).await.map(Json)
}
