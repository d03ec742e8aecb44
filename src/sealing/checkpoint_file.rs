//! The file outside the database that signed checkpoints are appended to.

use std::collections::BTreeMap;
use std::fs::{self, File, OpenOptions};
use std::io::{BufRead, BufReader, ErrorKind, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use crate::audit::{Log, checkpoint};
use crate::error::{Code, Error, Result};
use crate::ids::PracticeId;

/// How far from its end the file is searched for the last whole note; a note takes a few hundred bytes.
const TAIL: u64 = 65_536;

/// The file of checkpoints. Nothing in it is ever changed, save the end that a crash left torn.
#[derive(Clone, Debug)]
pub struct CheckpointFile {
    path: PathBuf,
}

impl CheckpointFile {
    /// The file at `path`, which need not be there yet.
    #[must_use]
    pub fn at(path: &Path) -> Self {
        Self { path: path.to_owned() }
    }

    /// All of it; nothing if there is no such file yet. Read it before the database: whatever it holds by then, the
    /// database holds too.
    ///
    /// # Errors
    /// [`Code::Unavailable`] if it cannot be read.
    pub fn read(&self) -> Result<String> {
        match fs::read(&self.path) {
            // A torn end may break within a character.
            Ok(bytes) => Ok(String::from_utf8_lossy(&bytes).into_owned()),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(String::new()),
            Err(error) => Err(self.unusable("cannot be read", error)),
        }
    }

    /// Makes the file if there is none, and cuts off what was not written whole; returns how many bytes that were.
    ///
    /// # Errors
    /// [`Code::Unavailable`] if it cannot be written.
    pub fn repair(&self) -> Result<u64> {
        self.cut_torn_end().map_err(|error| self.unusable("cannot be written", error))
    }

    /// Appends signed notes, durably.
    ///
    /// # Errors
    /// [`Code::Unavailable`] if it cannot be written; call [`Self::repair`] before the next attempt.
    pub fn append(&self, notes: &str) -> Result<()> {
        let appended = OpenOptions::new().append(true).open(&self.path).and_then(|mut file| {
            file.write_all(notes.as_bytes())?;
            file.sync_data()
        });
        appended.map_err(|error| self.unusable("cannot be written", error))
    }

    /// The size of the newest checkpoint of each log, by the log's id, taken at its word.
    ///
    /// # Errors
    /// [`Code::Unavailable`] if it cannot be read.
    pub fn newest(&self) -> Result<BTreeMap<PracticeId, u64>> {
        let newest = File::open(&self.path).and_then(|file| newest_in(BufReader::new(file)));
        newest.map_err(|error| self.unusable("cannot be read", error))
    }

    fn cut_torn_end(&self) -> std::io::Result<u64> {
        if let Some(directory) = self.path.parent().filter(|directory| !directory.as_os_str().is_empty()) {
            fs::create_dir_all(directory)?;
        }
        let mut file = OpenOptions::new().read(true).write(true).create(true).truncate(false).open(&self.path)?;
        let length = file.metadata()?.len();
        let whole = whole_length(&mut file, length)?;
        if whole < length {
            file.set_len(whole)?;
        }
        file.sync_all()?;
        Ok(length - whole)
    }

    fn unusable(&self, what: &str, cause: std::io::Error) -> Error {
        let detail = format!("{} {what} ({cause})", self.path.display());
        Error { cause: Some(cause.into()), ..Error::new(Code::Unavailable, detail) }
    }
}

/// The size of the newest checkpoint of each log in what a file of checkpoints holds.
pub(super) fn newest_in(file: impl BufRead) -> std::io::Result<BTreeMap<PracticeId, u64>> {
    let mut newest = BTreeMap::new();
    let mut log: Option<Log> = None;
    for line in file.split(b'\n') {
        let line = line?;
        let line = String::from_utf8_lossy(&line);
        if let (Some(log), Ok(size)) = (log, line.parse::<u64>()) {
            let known = newest.entry(log.id()).or_insert(size);
            *known = size.max(*known);
        }
        log = Log::of_origin(&line);
    }
    Ok(newest)
}

/// How many bytes of the file are whole notes.
fn whole_length(file: &mut File, length: u64) -> std::io::Result<u64> {
    let mut start = length.saturating_sub(TAIL);
    loop {
        let mut bytes = Vec::new();
        file.seek(SeekFrom::Start(start))?;
        file.read_to_end(&mut bytes)?;
        // A tail may begin within a line, which is part of a note that began before.
        let skipped = if start == 0 { 0 } else { bytes.iter().position(|byte| *byte == b'\n').map_or(0, |at| at + 1) };
        let tail = &bytes[skipped..];
        let text = str::from_utf8(tail)
            .unwrap_or_else(|error| str::from_utf8(&tail[..error.valid_up_to()]).unwrap_or_default());
        let whole: usize = checkpoint::notes(text).into_iter().map(str::len).sum();
        if whole > 0 {
            return Ok(start + (skipped + whole) as u64);
        }
        if start == 0 {
            return Ok(0);
        }
        start = 0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audit::checkpoint::Checkpoint;
    use crate::audit::merkle::empty_root;
    use crate::sealing::tests::{TempDir, key};

    fn note(size: u64) -> String {
        Checkpoint { log: Log::Installation, size, root: empty_root() }.sign(&[&key(1)])
    }

    #[test]
    fn what_a_crash_left_of_a_note_is_cut_off_and_the_rest_kept() {
        let dir = TempDir::new("torn");
        let file = CheckpointFile::at(&dir.path("deeper/checkpoints.txt"));
        assert_eq!((file.repair().unwrap(), file.read().unwrap().as_str()), (0, ""));
        let long: String = (1..1_000).map(note).collect();
        for whole in [String::new(), note(1), long] {
            let torn = note(2);
            // Within the em dash, within the text, within the signature, and a whole text without a signature.
            for cut in [torn.find('—').unwrap() + 1, 9, torn.len() - 1, torn.find('—').unwrap()] {
                let bytes = [whole.as_bytes(), &torn.as_bytes()[..cut]].concat();
                fs::write(&file.path, bytes).unwrap();
                assert_eq!(file.repair().unwrap(), cut as u64);
                assert_eq!(file.read().unwrap(), whole);
            }
        }
        file.append(&note(7)).unwrap();
        assert_eq!(file.newest().unwrap()[&Log::Installation.id()], 999);
    }

    #[test]
    fn a_file_that_is_a_directory_is_refused_by_name() {
        let dir = TempDir::new("directory");
        let error = CheckpointFile::at(&dir.path("")).repair().unwrap_err();
        assert_eq!(error.code, Code::Unavailable);
    }
}
