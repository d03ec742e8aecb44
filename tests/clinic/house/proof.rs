//! The audit log: sealed, verified, and read back as it was sealed.

use std::process::Command;

use diesel::prelude::*;
use tandem::audit::verify::Report;
use tandem::audit::{Event, Log};
use tandem::db::Conn;
use tandem::db::schema::{audit_event, audit_leaf};
use tandem::sealing::{self, CheckpointFile};

use super::{House, Practice};

impl House {
    /// Seals what waits; how many events that were.
    pub fn seal(&self) -> u64 {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
        runtime.block_on(self.app.sealer.seal_all(&self.app.db, self.clock.now())).unwrap()
    }

    /// Verifies a practice's log as it stands, against the file outside.
    pub fn verify(&self, practice: Practice) -> Report {
        let outside = self.checkpoint_file().read().unwrap();
        let keys = [self.keys.audit().verifying_key()];
        sealing::verify(&mut self.database.application(), Log::Practice(practice.id()), &outside, &keys).unwrap()
    }

    /// Seals, then fails unless the log verifies to its end: by the program, and from its export alone, in Python.
    pub fn verify_from_outside(&self, practice: Practice) {
        self.seal();
        let report = self.verify(practice);
        assert!(report.is_sound(), "{report}");
        assert_eq!((report.verified_to, report.unsealed), (report.sealed, 0), "{report}");
        if std::env::var("TANDEM_TEST_WITHOUT_PYTHON").is_ok_and(|value| value == "1") {
            println!("skipped: TANDEM_TEST_WITHOUT_PYTHON=1 leaves the verifier in Python out");
            return;
        }
        let ran = self.verify_in_python(Log::Practice(practice.id()));
        let said = String::from_utf8_lossy(&ran.stdout).into_owned() + &String::from_utf8_lossy(&ran.stderr);
        assert!(ran.status.success() && said.contains(&format!("verified to {}", report.sealed)), "{said}");
    }

    fn verify_in_python(&self, log: Log) -> std::process::Output {
        let keys = [self.keys.audit().verifying_key()];
        let file = |name: &str| self.database.directory().join(name);
        let export = std::fs::File::create(file("export.jsonl")).unwrap();
        sealing::export(&mut self.database.application(), log, &keys, export).unwrap();
        std::fs::write(file("key.txt"), sealing::public_keys(&[log], &keys)).unwrap();
        let verifier = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/verify_audit.py");
        let arguments = [file("export.jsonl"), file("key.txt"), file("checkpoints.txt")];
        Command::new("python3")
            .arg(verifier)
            .args(arguments)
            .output()
            .expect("python3 runs; scripts/test installs it, and TANDEM_TEST_WITHOUT_PYTHON=1 leaves it out")
    }

    /// What a practice's log tells, in the order of sealing; what waits is sealed first.
    pub fn sealed_events(&self, practice: Practice) -> Vec<Event> {
        self.seal();
        sealed_events(&mut self.database.owner(), practice)
    }

    fn checkpoint_file(&self) -> CheckpointFile {
        CheckpointFile::at(&self.database.directory().join("checkpoints.txt"))
    }
}

fn sealed_events(conn: &mut Conn, practice: Practice) -> Vec<Event> {
    let leaves: Vec<Vec<u8>> = audit_leaf::table
        .inner_join(
            audit_event::table
                .on(audit_event::log_id.eq(audit_leaf::log_id).and(audit_event::id.eq(audit_leaf::event_id))),
        )
        .filter(audit_leaf::log_id.eq(practice.id()))
        .order(audit_leaf::seq)
        .select(audit_event::leaf)
        .load(conn)
        .unwrap();
    leaves.iter().map(|leaf| Event::read(leaf).unwrap()).collect()
}
