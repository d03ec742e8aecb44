//! What somebody can do who has the whole database, and drops the triggers first.

use super::*;
use crate::audit::verify::FindingKind;

/// Ten events, checkpoints at 4, 7 and 10, and one event that waits.
async fn ten_events(world: &mut World) {
    for events in [4, 3, 3] {
        world.happen(practice(), events).await;
        world.seal().await;
    }
    world.happen(practice(), 1).await;
    world.drop_triggers();
    assert!(world.verify(practice()).is_sound());
}

/// Does it, verifies, takes it back.
fn found(world: &mut World, sql: &str) -> Vec<(Where, FindingKind)> {
    world.sql("BEGIN");
    world.sql(sql);
    let report = world.verify(practice());
    world.sql("ROLLBACK");
    report.findings.iter().map(|finding| (finding.at, finding.kind)).collect()
}

/// The condition that names the event with this number.
fn of(world: &World, column: &str, seq: u64) -> String {
    let log = world.uuid(practice().id());
    format!("log_id = {log} AND {column} = (SELECT event_id FROM audit_leaf WHERE log_id = {log} AND seq = {seq})")
}

#[tokio::test]
async fn removing_is_found_where_it_was_done() {
    for mut world in World::all("removing") {
        ten_events(&mut world).await;
        let log = world.uuid(practice().id());
        for (seq, events) in [(0, 1), (5, 1), (5, 2)] {
            let event = of(&world, "id", seq);
            let gap = (Where::Between(seq, seq + 1), FindingKind::GapInSequence);
            assert!(found(&mut world, &format!("DELETE FROM audit_event WHERE {event}")).contains(&gap));
            let range = format!("seq >= {seq} AND seq < {}", seq + events);
            let with_leaf = format!("DELETE FROM audit_leaf WHERE log_id = {log} AND {range}");
            let gap = (Where::Between(seq, seq + events), FindingKind::GapInSequence);
            let findings = found(&mut world, &with_leaf);
            assert!(
                findings.contains(&gap) && findings.contains(&(Where::Unsealed, FindingKind::Stray)),
                "{findings:?}"
            );
        }
        let text = of(&world, "event_id", 2);
        assert_eq!(
            found(&mut world, &format!("DELETE FROM audit_text WHERE {text}")),
            [(Where::Seq(2), FindingKind::TextMissing)]
        );
        let subject = of(&world, "event_id", 6);
        assert_eq!(
            found(&mut world, &format!("DELETE FROM audit_subject WHERE {subject}")),
            [(Where::Seq(6), FindingKind::ColumnsAltered)]
        );
    }
}

#[tokio::test]
async fn a_removal_that_closes_its_gap_is_found_between_two_checkpoints() {
    for mut world in World::all("closing") {
        ten_events(&mut world).await;
        let log = world.uuid(practice().id());
        let event = of(&world, "id", 5);
        let sql = format!(
            "DELETE FROM audit_event WHERE {event}; DELETE FROM audit_leaf WHERE log_id = {log} AND seq = 5; \
             UPDATE audit_leaf SET seq = -seq WHERE log_id = {log} AND seq > 5; \
             UPDATE audit_leaf SET seq = -seq - 1 WHERE log_id = {log} AND seq < 0"
        );
        let findings = found(&mut world, &sql);
        assert!(findings.contains(&(Where::Between(4, 7), FindingKind::RootDiffers)), "{findings:?}");
    }
}

#[tokio::test]
async fn swapping_is_found() {
    for mut world in World::all("swapping") {
        ten_events(&mut world).await;
        let log = world.uuid(practice().id());
        let sql = format!(
            "UPDATE audit_leaf SET seq = -1 WHERE log_id = {log} AND seq = 5; \
             UPDATE audit_leaf SET seq = 5 WHERE log_id = {log} AND seq = 6; \
             UPDATE audit_leaf SET seq = 6 WHERE log_id = {log} AND seq = -1"
        );
        assert_eq!(found(&mut world, &sql), [(Where::Between(4, 7), FindingKind::RootDiffers)]);
        let column = |seq| format!("(SELECT leaf_hash FROM audit_leaf WHERE log_id = {log} AND seq = {seq})");
        let sql = format!("UPDATE audit_leaf SET leaf_hash = {} WHERE log_id = {log} AND seq = 5", column(6));
        assert_eq!(found(&mut world, &sql), [(Where::Seq(5), FindingKind::LeafHashAltered)]);
    }
}

#[tokio::test]
async fn cutting_is_found_even_with_its_checkpoints() {
    for mut world in World::all("cutting") {
        ten_events(&mut world).await;
        let log = world.uuid(practice().id());
        let cut = format!(
            "DELETE FROM audit_event WHERE log_id = {log} AND id IN \
             (SELECT event_id FROM audit_leaf WHERE log_id = {log} AND seq >= 8); \
             DELETE FROM audit_leaf WHERE log_id = {log} AND seq >= 8"
        );
        assert_eq!(found(&mut world, &cut), [(Where::Between(7, 10), FindingKind::CutOff)]);
        let with_checkpoint = format!("{cut}; DELETE FROM audit_checkpoint WHERE log_id = {log} AND size = 10");
        let findings = found(&mut world, &with_checkpoint);
        assert!(findings.contains(&(Where::Checkpoint(10), FindingKind::CheckpointMissing)), "{findings:?}");
        assert!(findings.contains(&(Where::Between(7, 10), FindingKind::CutOff)), "{findings:?}");
        let all = ["event", "leaf", "checkpoint", "pending", "subject", "text"]
            .map(|table| format!("DELETE FROM audit_{table} WHERE log_id = {log};"));
        let findings = found(&mut world, &all.concat());
        assert!(findings.contains(&(Where::Between(0, 10), FindingKind::CutOff)), "{findings:?}");
    }
}

#[tokio::test]
async fn putting_in_is_found() {
    for mut world in World::all("putting") {
        ten_events(&mut world).await;
        let log = world.uuid(practice().id());
        let other = world.uuid(id::<crate::ids::kind::Event>(9));
        let hash = world.bytes(&"07".repeat(32));
        let copy = of(&world, "id", 3);
        let event = format!(
            "INSERT INTO audit_event (log_id, id, at, actor_id, action, outcome, leaf) \
             SELECT log_id, {other}, at, actor_id, action, outcome, leaf FROM audit_event WHERE {copy}"
        );
        let event = match world.backend {
            Backend::Sqlite => event,
            Backend::Postgres => event.replace(&other, &format!("{other}::uuid")),
        };
        assert_eq!(found(&mut world, &event), [(Where::Unsealed, FindingKind::Stray)]);
        let appended = format!("{event}; INSERT INTO audit_leaf VALUES ({log}, 10, {other}, {hash})");
        let findings = found(&mut world, &appended);
        assert!(findings.contains(&(Where::Between(10, 11), FindingKind::NotSigned)), "{findings:?}");
        let patient = world.uuid(id::<crate::ids::kind::Patient>(99));
        let named = format!(
            "INSERT INTO audit_subject (log_id, patient_id, event_id) SELECT log_id, {}, id FROM audit_event WHERE {copy}",
            if world.backend == Backend::Postgres { format!("{patient}::uuid") } else { patient }
        );
        assert_eq!(found(&mut world, &named), [(Where::Seq(3), FindingKind::ColumnsAltered)]);
        let taken = format!("DELETE FROM audit_pending WHERE log_id = {log}");
        assert_eq!(found(&mut world, &taken), [(Where::Unsealed, FindingKind::Stray)]);
    }
}

#[tokio::test]
async fn a_text_that_went_with_the_disposal_of_the_record_is_no_finding() {
    for mut world in World::all("disposal") {
        ten_events(&mut world).await;
        let patient = world.uuid(id::<crate::ids::kind::Patient>(71));
        let (log, text) = (world.uuid(practice().id()), of(&world, "event_id", 2));
        let (owner, at) = match world.backend {
            Backend::Sqlite => ("PRAGMA foreign_keys = OFF", "1"),
            Backend::Postgres => (
                "ALTER TABLE disposal DROP CONSTRAINT disposal_practice_id_patient_id_fkey, \
                 DROP CONSTRAINT disposal_practice_id_confirmed_by_fkey",
                "now()",
            ),
        };
        world.sql(owner);
        let disposal = format!(
            "INSERT INTO disposal (practice_id, patient_id, confirmed_by, confirmed_at, reason) \
             VALUES ({log}, {patient}, {patient}, {at}, 'ten years over'); DELETE FROM audit_text WHERE {text}"
        );
        assert_eq!(found(&mut world, &disposal), []);
    }
}
