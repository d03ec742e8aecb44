//! The audit log of a house, as it is sealed and proven.

use std::process::Command;

use tandem::audit::export::Import;
use tandem::audit::verify::Report;
use tandem::audit::{Event, Log};
use tandem::clock::Timestamp;
use tandem::sealing;

use super::{House, Practice};

const SCRIPT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/verify_audit.py");

impl House {
    /// Does what is done when the program stops: what happened is written down and sealed.
    pub fn seals(&self) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(tandem::housekeeping::end(&self.app));
        assert_eq!(self.app.sealer.troubles(), []);
    }

    /// Every sealed event of a log, in the order of sealing.
    pub fn sealed_events_of(&self, log: Log) -> Vec<Event> {
        self.seals();
        let export = self.export(log);
        let import = Import::open(&*export).unwrap();
        import.map(|event| Event::read(&event.unwrap().leaf).unwrap()).collect()
    }

    /// Every sealed event of a practice.
    pub fn sealed_events(&self, practice: Practice) -> Vec<Event> {
        self.sealed_events_of(Log::Practice(practice.id()))
    }

    /// Fails unless the log is whole, as the program itself sees it and as the documented program in Python does.
    pub fn verify_from_outside(&self, practice: Practice) {
        self.seals();
        let log = Log::Practice(practice.id());
        let report = self.verify(practice);
        assert!(report.is_sound() && report.unsealed == 0, "{report}");
        if std::env::var_os("TANDEM_TEST_WITHOUT_PYTHON").is_some() {
            return;
        }
        let folder = self.database.directory();
        let (export, key) = (folder.join("export.jsonl"), folder.join("audit.pub"));
        std::fs::write(&export, self.export(log)).unwrap();
        std::fs::write(&key, sealing::public_keys(&[log], self.app.sealer.keys())).unwrap();
        let output = Command::new("python3")
            .arg(SCRIPT)
            .args([&export, &key, &self.database.directory().join("checkpoints.txt")])
            .output();
        let output = output.expect("python3 must be installed: the documented verifier is tested with it");
        let said = String::from_utf8_lossy(&output.stdout);
        assert_eq!(said.trim().split(',').next(), Some(&*format!("verified to {}", report.sealed)), "{output:?}");
    }

    /// What verifying a practice's log comes to, as it stands, against the file outside.
    pub fn verify(&self, practice: Practice) -> Report {
        let outside = std::fs::read_to_string(self.database.directory().join("checkpoints.txt")).unwrap_or_default();
        let (conn, log) = (&mut self.database.owner(), Log::Practice(practice.id()));
        sealing::verify(conn, log, &outside, self.app.sealer.keys()).unwrap()
    }

    /// Keeps what verifying the log comes to now.
    pub fn verifies(&self, practice: Practice, at: Timestamp) {
        let report = self.verify(practice);
        sealing::keep(&mut self.database.owner(), &report, at).unwrap();
    }

    fn export(&self, log: Log) -> Vec<u8> {
        let mut export = Vec::new();
        sealing::export(&mut self.database.owner(), log, self.app.sealer.keys(), &mut export).unwrap();
        export
    }
}
