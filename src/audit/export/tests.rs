use std::path::{Path, PathBuf};
use std::process::Command;

use super::*;
use crate::audit::sample::{self, Sealed, sealed};
use crate::audit::verify::Beside;

const SCRIPT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/verify_audit.py");

#[test]
fn an_export_comes_back_whole() {
    let log = sealed(10, 4);
    let export = log.export();
    let import = Import::open(&*export).unwrap();
    assert_eq!((import.log, &import.keys[..]), (log.log, &[sample::key(1).verifying_key()][..]));
    assert!(import.checkpoints.iter().eq(log.stored.iter().map(|stored| &stored.note)));
    let events: Vec<Exported> = import.map(Result::unwrap).collect();
    assert_eq!(events.len(), log.rows.len());
    for (event, row) in events.iter().zip(&log.rows) {
        assert_eq!((event.seq, &event.leaf), (row.seq, &row.leaf));
        let text =
            matches!(&row.beside, Beside::Text { text, .. } if Some(text) == event.text.as_ref().map(|it| &it.text));
        assert!(text || event.text.is_none() && row.beside == Beside::Nothing);
    }
}

#[test]
fn an_export_without_any_of_its_lines_is_refused() {
    let export = String::from_utf8(sealed(3, 4).export()).unwrap();
    let lines: Vec<&str> = export.lines().collect();
    for left_out in (0..lines.len()).filter(|line| *line != 1) {
        let kept: Vec<&str> =
            lines.iter().enumerate().filter(|(at, _)| *at != left_out).map(|(_, line)| *line).collect();
        let read = Import::open(kept.join("\n").as_bytes()).and_then(Iterator::collect::<Result<Vec<_>>>);
        assert!(read.is_err(), "without line {left_out}");
    }
    let more = format!("{export}{}", lines[2]);
    let read = Import::open(more.as_bytes()).and_then(Iterator::collect::<Result<Vec<_>>>);
    assert!(read.is_err(), "with a line after the count");
}

/// What the Python program is given, in a folder of its own that goes when the test ends.
struct Case(PathBuf);

impl Case {
    /// Nothing where the tests that need Python are left out.
    fn new(name: &str) -> Option<Self> {
        if sample::python_is_left_out() {
            return None;
        }
        let folder = std::env::temp_dir().join(format!("tandem-export-{}-{name}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        Some(Self(folder))
    }

    fn file(&self, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
        let path = self.0.join(name);
        std::fs::write(&path, content).unwrap();
        path
    }

    /// Whether the program is content, and what it says.
    fn judge(&self, export: &[u8], outside: &str) -> (bool, String) {
        self.judge_with_key(export, outside, &verifier_key(sample::signed_note().log, &sample::key(1).verifying_key()))
    }

    fn judge_with_key(&self, export: &[u8], outside: &str, key: &str) -> (bool, String) {
        let paths = [self.file("export.jsonl", export), self.file("key", key), self.file("checkpoints", outside)];
        let output = Command::new("python3").arg(Path::new(SCRIPT)).args(paths).output();
        let output = output.expect("python3 must be installed: the documented verifier is tested with it");
        let said = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        assert!(!said.contains("Traceback"), "{said}");
        (output.status.success(), said.trim().to_owned())
    }
}

impl Drop for Case {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

fn edited(edit: impl FnOnce(&mut Sealed)) -> Vec<u8> {
    let mut log = sealed(10, 4);
    edit(&mut log);
    log.export()
}

fn change(row: &mut crate::audit::verify::SealedRow) {
    let at = row.leaf.windows(4).position(|bytes| bytes == b"done").unwrap();
    row.leaf.splice(at..at + 4, *b"refused");
}

#[test]
fn the_python_program_passes_a_sound_export() {
    let Some(case) = Case::new("sound") else { return };
    for events in [0, 1, 4, 10] {
        let log = sealed(events, 4);
        let said = case.judge(&log.export(), &log.outside);
        let newest =
            if events == 0 { "no outside checkpoint of this log".to_owned() } else { format!("verified to {events}") };
        assert_eq!(said.0, events > 0, "{}", said.1);
        assert!(said.1.contains(&newest), "{}", said.1);
    }
}

#[test]
fn the_python_program_finds_what_was_altered_cut_or_swapped() {
    let Some(case) = Case::new("edited") else { return };
    let outside = sealed(10, 4).outside;
    let forget = |log: &mut Sealed| log.stored.clear();
    let expected = [
        (edited(|log| change(&mut log.rows[5])), "altered between 4 and 8"),
        (edited(|log| (change(&mut log.rows[5]), forget(log)).0), "altered between 4 and 8"),
        (edited(|log| log.rows.truncate(9)), "cut or added to after 8: 9 events, counted 9, signed up to 10"),
        (edited(|log| log.rows.truncate(0)), "cut or added to after 0: 0 events"),
        (
            edited(|log| {
                let more = log.rows[0].clone();
                log.rows.push(crate::audit::verify::SealedRow { seq: 10, ..more });
            }),
            "cut or added to after 10: 11 events",
        ),
        (edited(|log| drop(log.rows.remove(3))), "event 3 is missing"),
        (edited(|log| log.rows.swap(8, 9)), "event 8 is missing"),
        (
            edited(|log| {
                log.rows.swap(8, 9);
                (log.rows[8].seq, log.rows[9].seq) = (8, 9);
            }),
            "altered between 8 and 10",
        ),
        (edited(|log| log.rows[2].beside = Beside::Text { salt: [2; 32], text: "changed".into() }), "text of event 2"),
        (edited(|log| log.stored[1].note = log.stored[1].note.replace("\n8\n", "\n9\n")), "signature"),
    ];
    for (export, where_) in expected {
        let (content, said) = case.judge(&export, &outside);
        assert!(!content && said.contains(where_), "{where_:?} expected: {said}");
    }
}

#[test]
fn the_python_program_refuses_torn_files_and_strange_keys() {
    let Some(case) = Case::new("torn") else { return };
    let log = sealed(10, 4);
    let export = log.export();
    let last = String::from_utf8_lossy(&export).trim_end().rfind('\n').unwrap();
    assert!(case.judge(&export[..last], &log.outside).1.contains("count"));
    let two_counts = [&export[..], b"{\"count\":10}\n"].concat();
    assert!(case.judge(&two_counts, &log.outside).1.contains("count"));
    assert!(!case.judge(&export[..export.len() / 2], &log.outside).0);
    assert!(!case.judge(b"", &log.outside).0);
    assert!(!case.judge(&export, "").0);
    let torn = format!("{}{}", log.outside, &log.stored[0].note[..log.stored[0].note.len() - 9]);
    assert!(case.judge(&export, &torn).0, "what a crash left in the file of checkpoints does no harm");
    let strange = verifier_key(log.log, &sample::key(2).verifying_key());
    let (content, said) = case.judge_with_key(&export, &log.outside, &strange);
    assert!(!content && said.contains("signature"), "{said}");
}

#[test]
fn the_python_program_tells_every_forged_signature() {
    let Some(case) = Case::new("signature") else { return };
    let log = sealed(2, 4);
    let note = &log.stored[0].note;
    let start = note.rfind(' ').unwrap() + 1;
    let bytes = BASE64.decode(note[start..].trim_end()).unwrap();
    for place in [4, 20, 35, 36, 50, 67] {
        let mut forged = bytes.clone();
        forged[place] ^= 1;
        let outside = format!("{}{}\n", &note[..start], BASE64.encode(forged));
        let (content, said) = case.judge(&log.export(), &outside);
        assert!(!content && said.contains("signature"), "byte {place}: {said}");
    }
}
