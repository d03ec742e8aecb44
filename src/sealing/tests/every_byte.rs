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

/// How a cell is written back with one bit changed; SQLite's types are kept, PostgreSQL would not take others.
fn changed(column: &str, hexadecimal: &str, bit: usize) -> String {
    let mut bytes: Vec<u8> = (0..hexadecimal.len() / 2)
        .map(|at| u8::from_str_radix(&hexadecimal[2 * at..2 * at + 2], 16).unwrap())
        .collect();
    bytes[bit / 8] ^= 1 << (bit % 8);
    let literal = bytes.iter().map(|byte| format!("{byte:02X}")).collect::<Vec<_>>().concat();
    match column {
        "action" | "outcome" | "text" => format!("CAST(X'{literal}' AS TEXT)"),
        _ => format!("X'{literal}'"),
    }
}

#[tokio::test]
async fn no_byte_of_a_sealed_event_changes_unseen() {
    let mut world = World::all("bytes").remove(0);
    world.happen(practice(), 3).await;
    world.seal().await;
    world.happen(practice(), 3).await;
    world.seal().await;
    world.drop_triggers();
    let (log, patient) = (world.uuid(practice().id()), world.uuid(id::<crate::ids::kind::Patient>(70)));
    let mut tried = 0;
    for seq in [0, 2, 5] {
        for (table, condition, columns) in CELLS {
            let condition =
                condition.replace("LOG", &log).replace("SEQ", &seq.to_string()).replace("PATIENT", &patient);
            for column in *columns {
                let ask = format!("SELECT hex({column}) AS hexadecimal FROM {table} WHERE {condition}");
                let cells: Vec<Cell> = diesel::sql_query(ask).load(&mut world.owner).unwrap();
                // Two of the events have no text.
                let Some(Cell { hexadecimal }) = cells.first() else { continue };
                let bytes = hexadecimal.len() / 2;
                for byte in 0..if matches!(*column, "at" | "seq") { 1 } else { bytes } {
                    let value = match *column {
                        "at" | "seq" => format!("{column} + 100"),
                        _ => changed(column, hexadecimal, byte * 8 + (byte + tried) % 8),
                    };
                    let update = format!("UPDATE {table} SET {column} = {value} WHERE {condition}");
                    world.sql("BEGIN");
                    world.sql(&update);
                    let report = world.verify(practice());
                    world.sql("ROLLBACK");
                    let located = report.findings.iter().any(|finding| points_at(finding.at, seq));
                    assert!(located, "byte {byte} of {table}.{column} of event {seq}: {report}");
                    tried += 1;
                }
            }
        }
    }
    assert!(tried > 1_500, "{tried}");
    assert!(world.verify(practice()).is_sound());
}
