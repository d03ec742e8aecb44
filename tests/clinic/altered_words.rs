//! Somebody with the database in hand alters what was signed, and takes the triggers away first: verifying tells which note.

use serde_json::json;
use sha2::{Digest, Sha256};
use tandem::audit::verify::{FindingKind, Where};
use tandem::db::Backend;

use crate::house::{Answer, House, Patient, Practice, Who, new_visit, on_both, visit};

/// Takes the guards of the signed words away.
fn unguards(house: &House) {
    for table in ["note", "note_version", "note_addendum", "note_pending", "note_return"] {
        match house.database.backend() {
            Backend::Sqlite => ["is_frozen", "is_kept", "keeps_its_identity"].iter().for_each(|guard| {
                house.sql(&format!("DROP TRIGGER IF EXISTS {table}_{guard}")).unwrap();
            }),
            Backend::Postgres => {
                house.sql(&format!("ALTER TABLE {table} DISABLE TRIGGER USER")).unwrap();
            }
        }
    }
}

/// Bytes as the database spells them.
fn bytes(house: &House, bytes: &[u8]) -> String {
    let hex = bytes.iter().fold(String::new(), |hex, byte| hex + &format!("{byte:02x}"));
    match house.database.backend() {
        Backend::Sqlite => format!("x'{hex}'"),
        Backend::Postgres => format!("'\\x{hex}'"),
    }
}

/// An id as the database spells it.
fn id(house: &House, note: &Answer) -> String {
    match house.database.backend() {
        Backend::Sqlite => bytes(house, note.id().parse::<uuid::Uuid>().unwrap().as_bytes()),
        Backend::Postgres => format!("'{}'", note.id()),
    }
}

fn found(house: &House) -> Vec<(Where, FindingKind)> {
    house.seals();
    house.verify(Practice::Lakeside).findings.iter().map(|found| (found.at, found.kind)).collect()
}

/// Alters, says what is found in this note, and makes it as it was.
fn finds(house: &House, note: &Answer, alter: &str, back: &str, kinds: &[FindingKind]) {
    assert_eq!(house.sql(alter), Ok(1), "{alter}");
    let at = Where::Note(note.id().parse().unwrap());
    let expected: Vec<_> = kinds.iter().map(|kind| (at, *kind)).collect();
    assert_eq!(found(house), expected, "{alter}");
    assert_eq!(house.sql(back), Ok(1), "{back}");
    assert_eq!(found(house), [], "{back}");
}

on_both!(signed_words_that_were_altered_behind_the_log_are_named);
fn signed_words_that_were_altered_behind_the_log_are_named(house: &House) {
    use FindingKind::{WordsAltered, WordsMissing, WordsUnlogged};
    let signed = house.signs_a_visit(Who::Physio, Patient::Ana);
    house.passes(60);
    let mut words = visit();
    words["plan"]["next_visit"] = json!("in two weeks");
    let amendment = json!({"reason": "typo", "body": words});
    let amended = house.moves(Who::Physio, &signed, "amend", amendment).is(200);
    house.passes(60);
    house.moves(Who::Physio, &amended, "addenda", json!({"text": "She called: better."})).is(201);
    assert_eq!(found(house), []);
    unguards(house);

    let note = id(house, &signed);
    let row = format!("WHERE note_id = {note} AND number = 1");
    let (words, forged) = ("replace(body, 'Neck', 'Knee')", "replace(body, 'Knee', 'Neck')");
    let alter = format!("UPDATE note_version SET body = {words} {row}");
    finds(house, &signed, &alter, &format!("UPDATE note_version SET body = {forged} {row}"), &[WordsAltered]);

    // With a hash that fits, it is another text than the one that was signed.
    let was = house.as_(Who::Physio).get(&format!("/notes/{}/versions/1", signed.id())).is(200);
    let was = tandem::notes::NoteBody::canonical(&serde_json::from_value(was.json["body"].clone()).unwrap()).unwrap();
    let hashes = [was.clone(), was.replace("Neck", "Knee")].map(|words| bytes(house, &Sha256::digest(words)));
    let alter = format!("UPDATE note_version SET body = {words}, hash = {} {row}", hashes[1]);
    let back = format!("UPDATE note_version SET body = {forged}, hash = {} {row}", hashes[0]);
    finds(house, &signed, &alter, &back, &[WordsUnlogged, WordsMissing]);

    let [paula, marco] = [Who::Physio, Who::Massage].map(|who| match house.database.backend() {
        Backend::Sqlite => bytes(house, who.id().as_bytes()),
        Backend::Postgres => format!("'{}'", who.id()),
    });
    let alter = format!("UPDATE note_version SET signed_by = {marco} {row}");
    finds(house, &signed, &alter, &format!("UPDATE note_version SET signed_by = {paula} {row}"), &[WordsUnlogged]);

    let alter = format!("UPDATE note_addendum SET text = replace(text, 'better', 'worse') WHERE note_id = {note}");
    let back = format!("UPDATE note_addendum SET text = replace(text, 'worse', 'better') WHERE note_id = {note}");
    finds(house, &signed, &alter, &back, &[WordsAltered]);

    assert_eq!(house.sql(&format!("DELETE FROM note_addendum WHERE note_id = {note}")), Ok(1));
    assert_eq!(found(house), [(Where::Note(signed.id().parse().unwrap()), WordsMissing)]);
}

on_both!(words_that_wait_or_were_returned_are_held_against_the_log_too);
fn words_that_wait_or_were_returned_are_held_against_the_log_too(house: &House) {
    house.joins(Who::OtherPhysio, Patient::Ana);
    house.supervises(Some(Who::Physio), Who::OtherPhysio).is(200);
    let signs = || {
        let draft = house.begins(Who::OtherPhysio, Patient::Ana, &new_visit());
        house.moves(Who::OtherPhysio, &draft, "sign", None).is(200)
    };
    let (returned, waiting) = (signs(), signs());
    house.moves(Who::Physio, &returned, "return", json!({"comments": "Which side?"})).is(200);
    assert_eq!(found(house), []);
    unguards(house);

    let row = format!("WHERE note_id = {}", id(house, &returned));
    let alter = format!("UPDATE note_return SET body = replace(body, 'Neck', 'Knee') {row}");
    let back = format!("UPDATE note_return SET body = replace(body, 'Knee', 'Neck') {row}");
    finds(house, &returned, &alter, &back, &[FindingKind::WordsAltered]);

    let row = format!("WHERE id = {}", id(house, &waiting));
    let alter = format!("UPDATE note SET draft = replace(draft, 'Neck', 'Knee') {row}");
    let back = format!("UPDATE note SET draft = replace(draft, 'Knee', 'Neck') {row}");
    finds(house, &waiting, &alter, &back, &[FindingKind::WordsMissing]);
}
