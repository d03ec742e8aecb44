//! Every byte of everything that belongs to a sealed event, changed one after the other.

use diesel::prelude::*;

use super::*;

#[derive(QueryableByName)]
struct Cell {
    #[diesel(sql_type = diesel::sql_types::Text)]
    hexadecimal: String,
}

/// Columns of a row, and what picks the row out.
const CELLS: &[(&str, &str, &[&str])] = &[
    (
        "audit_event",
        "id = (SELECT event_id FROM audit_leaf WHERE log_id = LOG AND seq = SEQ)",
        &["log_id", "id", "at", "actor_id", "action", "outcome", "leaf"],
    ),
    ("audit_leaf", "log_id = LOG AND seq = SEQ", &["log_id", "seq", "event_id", "leaf_hash"]),
    (
        "audit_subject",
        "patient_id = PATIENT AND event_id = (SELECT event_id FROM audit_leaf WHERE log_id = LOG AND seq = SEQ)",
        &["log_id", "patient_id", "event_id"],
    ),
    (
        "audit_text",
        "event_id = (SELECT event_id FROM audit_leaf WHERE log_id = LOG AND seq = SEQ)",
        &["log_id", "event_id", "salt", "text"],
    ),
];

/// A cell's bytes in hexadecimal, as the database says them.
fn in_hexadecimal(backend: Backend, column: &str) -> String {
    match (backend, column) {
        (Backend::Sqlite, _) => format!("hex({column})"),
        (Backend::Postgres, "at" | "seq") => format!("CAST({column} AS text)"),
        (Backend::Postgres, "leaf" | "leaf_hash" | "salt") => format!("encode({column}, 'hex')"),
        (Backend::Postgres, "action" | "outcome" | "text") => format!("encode(convert_to({column}, 'UTF8'), 'hex')"),
        (Backend::Postgres, _) => format!("replace(CAST({column} AS text), '-', '')"),
    }
}

/// How a cell is written back with one bit changed, in the column's own type.
fn changed(backend: Backend, column: &str, hexadecimal: &str, bit: usize) -> String {
    match (backend, column) {
        (Backend::Postgres, "at") => return "at + interval '100 microseconds'".to_owned(),
        (_, "at" | "seq") => return format!("{column} + 100"),
        _ => {}
    }
    let mut bytes: Vec<u8> = (0..hexadecimal.len() / 2)
        .map(|at| u8::from_str_radix(&hexadecimal[2 * at..2 * at + 2], 16).unwrap())
        .collect();
    bytes[bit / 8] ^= 1 << (bit % 8);
    let literal = bytes.iter().map(|byte| format!("{byte:02X}")).collect::<Vec<_>>().concat();
    match (backend, column) {
        (Backend::Sqlite, "action" | "outcome" | "text") => format!("CAST(X'{literal}' AS TEXT)"),
        (Backend::Sqlite, _) => format!("X'{literal}'"),
        (Backend::Postgres, "leaf" | "leaf_hash" | "salt") => format!("'\\x{literal}'"),
        (Backend::Postgres, "action" | "outcome" | "text") => format!("convert_from('\\x{literal}', 'UTF8')"),
        (Backend::Postgres, _) => format!("'{literal}'"),
    }
}

#[tokio::test]
async fn no_byte_of_a_sealed_event_changes_unseen() {
    for world in World::all("bytes") {
        no_byte_changes_unseen(world).await;
    }
}

async fn no_byte_changes_unseen(mut world: World) {
    world.happen(practice(), 3).await;
    world.seal().await;
    world.happen(practice(), 3).await;
    world.seal().await;
    world.drop_triggers();
    let (log, patient) = (world.uuid(practice().id()), world.uuid(id::<crate::ids::kind::Patient>(70)));
    let (mut tried, mut refused) = (0, 0);
    for seq in [0, 2, 5] {
        for (table, condition, columns) in CELLS {
            let condition =
                condition.replace("LOG", &log).replace("SEQ", &seq.to_string()).replace("PATIENT", &patient);
            for column in *columns {
                let shown = in_hexadecimal(world.backend, column);
                let ask = format!("SELECT {shown} AS hexadecimal FROM {table} WHERE {condition}");
                let cells: Vec<Cell> = diesel::sql_query(ask).load(&mut world.owner).unwrap();
                // Two of the events have no text.
                let Some(Cell { hexadecimal }) = cells.first() else { continue };
                let bytes = hexadecimal.len() / 2;
                for byte in 0..if matches!(*column, "at" | "seq") { 1 } else { bytes } {
                    let value = changed(world.backend, column, hexadecimal, byte * 8 + (byte + tried) % 8);
                    let update = format!("UPDATE {table} SET {column} = {value} WHERE {condition}");
                    tried += 1;
                    world.sql("BEGIN");
                    // PostgreSQL takes no text that is not UTF-8.
                    if let Err(refusal) = world.owner.batch_execute(&update) {
                        assert!(refusal.to_string().contains("invalid byte sequence"), "{refusal}: {update}");
                        refused += 1;
                        world.sql("ROLLBACK");
                        continue;
                    }
                    let report = world.verify(practice());
                    world.sql("ROLLBACK");
                    let located = report.findings.iter().any(|finding| points_at(finding.at, seq));
                    assert!(located, "byte {byte} of {table}.{column} of event {seq}: {report}");
                }
            }
        }
    }
    assert!(tried > 1_500 && refused * 20 < tried, "{tried} tried, {refused} refused");
    assert!(world.verify(practice()).is_sound());
}
