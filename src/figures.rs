//! The figures for monitoring, every one of them here: no name, no id, no path but the patterns of the route table.

use std::time::Duration;

use metrics::{counter, describe_counter, describe_gauge, describe_histogram, gauge, histogram};
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};

use crate::error::{Error, Result};

const ANSWER_SECONDS: &str = "tandem_http_answer_seconds";
const REREADS: &str = "tandem_db_rereads_total";
const CLOSURE_SECONDS: &str = "tandem_db_closure_seconds";
const BATCH_SECONDS: &str = "tandem_db_commit_seconds";
const WAITING: &str = "tandem_db_waiting";
const UNSEALED: &str = "tandem_audit_unsealed";
const SEALED: &str = "tandem_audit_sealed_total";
const OUTBOX_WAITS: &str = "tandem_outbox_waits_seconds";
const OUTBOX_DEAD: &str = "tandem_outbox_dead";
const TROUBLE: &str = "tandem_audit_trouble";

/// Starts gathering; the handle writes what has been gathered, in Prometheus' text format.
///
/// # Errors
/// It was started before in this process.
pub fn install() -> Result<PrometheusHandle> {
    let buckets = [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 5.0];
    let builder = PrometheusBuilder::new().set_buckets(&buckets).map_err(Error::internal)?;
    let handle = builder.install_recorder().map_err(Error::internal)?;
    describe_histogram!(ANSWER_SECONDS, "Time to answer, by method, route pattern and status");
    describe_counter!(REREADS, "Reads begun again because access changed under them");
    describe_histogram!(CLOSURE_SECONDS, "Time a writing closure took; the budget is 0.02");
    describe_histogram!(BATCH_SECONDS, "Time from the beginning of a batch to its commit");
    describe_gauge!(WAITING, "Pieces of work that wait for the lanes");
    describe_gauge!(UNSEALED, "Audit events that are not sealed yet");
    describe_counter!(SEALED, "Audit events sealed");
    describe_gauge!(OUTBOX_WAITS, "Seconds that the mail which has waited longest is due");
    describe_gauge!(OUTBOX_DEAD, "Mails that could not be delivered and wait for a manager");
    describe_gauge!(TROUBLE, "1 while something is wrong with the audit log, by kind");
    Ok(handle)
}

/// A call was answered. The label of a method is one of few, or strangers could make figures without end.
pub fn answered(method: &'static str, route: String, status: u16, taken: Duration) {
    histogram!(ANSWER_SECONDS, "method" => method, "route" => route, "status" => status.to_string()).record(taken);
}

/// A read began again.
pub fn reread() {
    counter!(REREADS).increment(1);
}

/// A closure was run.
pub fn closure(taken: Duration) {
    histogram!(CLOSURE_SECONDS).record(taken);
}

/// A batch was committed, or failed.
pub fn batch(taken: Duration) {
    histogram!(BATCH_SECONDS).record(taken);
}

/// How much work waits for the lanes.
#[expect(clippy::cast_precision_loss, reason = "a queue is far shorter than 2^52")]
pub fn waiting(pieces: usize) {
    gauge!(WAITING).set(pieces as f64);
}

/// How many events wait to be sealed.
#[expect(clippy::cast_precision_loss, reason = "far fewer than 2^52 events wait")]
pub fn unsealed(events: u64) {
    gauge!(UNSEALED).set(events as f64);
}

/// So many events were sealed.
pub fn sealed(events: u64) {
    counter!(SEALED).increment(events);
}

/// How the outbox stands.
#[expect(clippy::cast_precision_loss, reason = "far fewer than 2^52 of either")]
pub fn outbox(waits: i64, dead: i64) {
    gauge!(OUTBOX_WAITS).set(waits as f64);
    gauge!(OUTBOX_DEAD).set(dead as f64);
}

/// Whether something is wrong with the audit log.
pub fn audit_trouble(kind: &'static str, wrong: bool) {
    gauge!(TROUBLE, "kind" => kind).set(if wrong { 1.0 } else { 0.0 });
}
