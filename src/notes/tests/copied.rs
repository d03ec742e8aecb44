use serde_json::json;

use super::super::copied::{Copied, CopiedPart};
use super::{note, visit, visit_with};
use crate::error::Code;
use crate::ids::{Id, NoteId};

fn source() -> NoteId {
    Id::from_uuid(uuid::Uuid::from_u128(7))
}

#[test]
fn every_part_that_says_something_is_marked_and_consent_is_asked_for_anew() {
    use CopiedPart::{Assessment, Objective, Plan, Subjective, Treatment};
    let (words, copied) = Copied::forward(source(), note(visit()));
    assert_eq!(copied.parts, [Subjective, Objective, Assessment, Plan, Treatment]);
    assert_eq!((words.consent, copied.from), (None, source()));
}

#[test]
fn a_part_that_was_changed_is_the_authors_own_and_stays_so() {
    let (words, copied) = Copied::forward(source(), note(visit()));
    let changed = note(visit_with("/subjective", "text", json!("Sleeps through.")));
    let left = copied.saved(&words, &changed);
    assert!(!left.parts.contains(&CopiedPart::Subjective));
    let back = left.clone().saved(&changed, &words);
    assert_eq!(back, left, "what is typed back is as deliberate");
}

#[test]
fn a_signature_names_what_is_neither_changed_nor_confirmed() {
    let (_, copied) = Copied::forward(source(), note(visit()));
    let confirmed = [CopiedPart::Subjective, CopiedPart::Objective, CopiedPart::Plan];
    let refused = copied.clone().signed(&confirmed).unwrap_err();
    let pointers: Vec<_> = refused.errors.iter().map(|error| error.pointer.as_str()).collect();
    assert_eq!((refused.code, pointers), (Code::CopiedUnconfirmed, vec!["/assessment", "/treatment"]));
    let all = [confirmed.as_slice(), &[CopiedPart::Assessment, CopiedPart::Treatment]].concat();
    assert_eq!(copied.signed(&all).unwrap().parts, []);
}

#[test]
fn it_reads_back_as_it_was_written() {
    let (_, copied) = Copied::forward(source(), note(visit()));
    let written = copied.written().unwrap();
    assert!(written.contains(r#""schema_version":1"#) && written.contains(r#""/objective""#), "{written}");
    assert_eq!(Copied::read(&written).unwrap(), copied);
}
