//! Reading the register, and laying its diagrams out away from the threads that answer.

use std::collections::HashMap;

use yagura_inventory::model::MOST_RECORDS;
use yagura_inventory::{Filter, list};
use yagura_kernel::policy::{Authorized, actions};
use yagura_store::directory;
use yagura_web::{Context, Translator, WebError};

use crate::layout::{Drawing, Measure, Room, lay_out};
use crate::model::{Diagram, Graph, Register, network, systems};
use crate::words::{self, Written};

/// The metrics of the typeface that documents are set in.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Typeface;

impl Measure for Typeface {
    fn width(&self, text: &str, is_bold: bool) -> f64 {
        yagura_documents::pdf::text_width(text, is_bold)
    }
}

/// Everything of a register that is drawn.
pub(crate) async fn register(
    context: &Context,
    proof: &Authorized<actions::ReadInventory>,
) -> Result<Register, WebError> {
    let database = context.database();
    let all = Filter::default();
    let institution = proof.organization();
    let vendors = directory::suppliers_of(database, institution, context.today).await?;
    Ok(Register {
        systems: list(database, proof, &all, None, MOST_RECORDS).await?,
        connections: list(database, proof, &all, None, MOST_RECORDS).await?,
        assets: list(database, proof, &all, None, MOST_RECORDS).await?,
        vendors: vendors
            .into_iter()
            .map(|(_, vendor)| (vendor.id, vendor.name))
            .collect::<HashMap<_, _>>(),
        today: context.today,
    })
}

/// A diagram with its words and where everything stands.
pub(crate) struct Drawn {
    pub(crate) graph: Graph,
    pub(crate) written: Written,
    pub(crate) drawing: Drawing,
}

/// The graph of a diagram.
pub(crate) fn graph(diagram: Diagram, register: &Register) -> Graph {
    match diagram {
        Diagram::Systems => systems(register),
        Diagram::Network => network(register),
    }
}

/// Draws a diagram. Takes processor time.
pub(crate) fn draw(
    t: &Translator,
    diagram: Diagram,
    register: &Register,
    institution: &str,
    room: Room,
) -> Drawn {
    let graph = graph(diagram, register);
    let written = words::write(t, &graph, register, institution);
    let drawing = lay_out(&graph, &written.lines, &written.bands, room, &Typeface);
    Drawn {
        graph,
        written,
        drawing,
    }
}

/// Does work that takes processor time on a thread of its own.
pub(crate) async fn apart<T: Send + 'static>(
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, WebError> {
    tokio::task::spawn_blocking(work)
        .await
        .map_err(|error| WebError::Internal(error.to_string()))
}
