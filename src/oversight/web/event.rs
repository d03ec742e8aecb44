//! One event of the audit log with its proof, and the checkpoints that prove it, as pages.

use askama::Template;
use serde::Deserialize;

use super::super::{EventView, ops, wording};
use super::{Names, Proven};
use crate::audit::Outcome;
use crate::error::Result;
use crate::http::PathId;
use crate::ids::kind;
use crate::policy::Action;
use crate::sealing::{Consistency, Proof, SignedCheckpoint};
use crate::web::{Frame, Look, Shown, Table, Unnarrowed, Visit};

/// Checkpoints of one page.
const ROWS: i64 = 25;

#[derive(Template)]
#[template(path = "oversight/event.html")]
struct EventPage {
    frame: Frame,
    event: EventView,
    names: Names,
    proof: Option<Proof>,
}

/// `GET /audit/events/{id}`
///
/// # Errors
/// As the policy says; 404 for what the list would not show either.
pub async fn event(visit: Visit, PathId(id): PathId<kind::Event>) -> Result<Shown> {
    let event = visit.read(Action::ReadAudit, move |tx| ops::event(tx, id)).await?;
    let names = Names::read(&visit).await?;
    let proof = match event.sealed.filter(|_| visit.may(Action::ProveAudit)) {
        Some(seq) => {
            let keys = visit.app.sealer.keys().to_vec();
            Some(visit.read(Action::ProveAudit, move |tx| ops::prove(tx, &keys, seq, None)).await?)
        }
        None => None,
    };
    visit.show(&EventPage { frame: visit.frame("Audit event"), event, names, proof })
}

#[derive(Template)]
#[template(path = "oversight/checkpoints.html")]
struct CheckpointsPage {
    frame: Frame,
    checkpoints: Vec<SignedCheckpoint>,
    table: Table,
    proven: Option<Proven>,
}

/// `GET /audit/checkpoints`
///
/// # Errors
/// As the policy says.
pub async fn checkpoints(visit: Visit, Look { mut table, .. }: Look<Unnarrowed>) -> Result<Shown> {
    let before = table.after();
    let checkpoints = visit.read(Action::ProveAudit, move |tx| ops::checkpoints(tx, before, ROWS + 1)).await?;
    let checkpoints = table.page(checkpoints, ROWS, |checkpoint| checkpoint.size);
    let proven = Proven::read(&visit).await?;
    visit.show(&CheckpointsPage { frame: visit.frame("Checkpoints"), checkpoints, table, proven })
}

#[derive(Template)]
#[template(path = "oversight/consistency.html")]
struct ConsistencyPage {
    frame: Frame,
    consistency: Consistency,
}

/// Since which checkpoint.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Since {
    from: u64,
}

/// `GET /audit/consistency`
///
/// # Errors
/// As the policy says; 404 without such a checkpoint.
pub async fn consistency(visit: Visit, Look { filter: Since { from }, .. }: Look<Since>) -> Result<Shown> {
    let keys = visit.app.sealer.keys().to_vec();
    let prove = move |tx: &mut crate::db::Tx| ops::prove_consistency(tx, &keys, from, None);
    let consistency = visit.read(Action::ProveAudit, prove).await?;
    visit.show(&ConsistencyPage { frame: visit.frame("Only added to"), consistency })
}
