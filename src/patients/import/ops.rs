//! What an import does to the database, some lines at a time.

use super::row::{Candidate, in_words};
use super::{Content, Enter, Fate, Line, Outcome, Run, practitioners, query};
use crate::audit::{Log, Object, ObjectKind};
use crate::db::Tx;
use crate::error::{Code, Error, Result};
use crate::ids::{PatientId, StaffId};
use crate::patients::query::clinicians::{self, Treating};
use crate::patients::{PossibleDuplicate, RecordNumber, names, ops, rules};
use crate::policy::Permit;

/// Why the program itself may: the codes of these events.
const BEGUN: &str = "import_begun";
const TRIED: &str = "import_tried";
const READ: &str = "import_read";
const ENTERED: &str = "import_entered";

/// Records that an import begins, with what it is and who runs it.
///
/// # Errors
/// The database's.
pub fn begin(tx: &mut Tx, run: &Run, words: &str) -> Result<()> {
    tx.own_permit()?;
    tx.record_own(Log::Practice(run.practice), if run.trial { TRIED } else { BEGUN });
    tx.names(Object { kind: ObjectKind::Practice, id: run.practice.retype(), version: None });
    tx.explains(words);
    Ok(())
}

/// Takes some lines of a file, in their order: enters everyone who is new, each with an event of their own, and says of
/// each line what became of it. One more event counts the lines and names whom the report names. A trial enters nobody.
///
/// # Errors
/// The database's, with none of these lines entered.
pub fn take(tx: &mut Tx, run: &Run, lines: &[Line]) -> Result<Vec<Fate>> {
    let (Some(first), Some(last)) = (lines.first(), lines.last()) else { return Err(Error::internal("no lines")) };
    let permit = tx.own_permit()?;
    let before = query::entered(tx.conn(), permit, run.practice, run.file, first.number..=last.number)?;
    let staff = clinicians::treating(tx.conn(), run.practice)?;
    let (mut fates, mut shown) = (Vec::with_capacity(lines.len()), Vec::new());
    for line in lines {
        let fate = match (&line.content, before.get(&line.number)) {
            (_, Some(number)) => Fate::of(line.number, Outcome::EnteredBefore(*number)),
            (Content::Blank, None) => Fate::of(line.number, Outcome::Blank),
            (Content::Broken(faults), None) => {
                Fate { remarks: faults.clone(), ..Fate::of(line.number, Outcome::Refused) }
            }
            (Content::Candidate(candidate), None) => {
                let mut register = Register { tx, run, permit, staff: &staff, shown: &mut shown };
                register.candidate(line.number, candidate)?
            }
        };
        fates.push(fate);
    }
    tx.record_own(Log::Practice(run.practice), if run.trial { TRIED } else { READ });
    tx.counts(u32::try_from(lines.len()).map_err(Error::internal)?, None);
    tx.discloses(shown);
    Ok(fates)
}

struct Register<'r, 't, 'c> {
    tx: &'t mut Tx<'c>,
    run: &'r Run,
    permit: Permit,
    staff: &'r [Treating],
    /// Whom the report names though they were not entered from this file.
    shown: &'r mut Vec<PatientId>,
}

impl Register<'_, '_, '_> {
    fn candidate(&mut self, line: u64, candidate: &Candidate) -> Result<Fate> {
        let Run { practice, enter, trial, .. } = *self.run;
        let mut remarks = candidate.remarks.clone();
        let refused = |error: &Error| Fate { line, outcome: Outcome::Refused, remarks: in_words(error) };
        if let Err(error) = rules::check(&candidate.demographics, self.tx.now()) {
            return Ok(refused(&error));
        }
        let others = ops::alike(self.tx, self.permit, practice, Vec::new(), &candidate.demographics)?;
        if let Some((other, outcome)) = nearest(candidate, &others) {
            self.shown.push(other.id);
            if !enter.takes(outcome) {
                return Ok(Fate { line, outcome, remarks });
            }
            remarks.push(format!("entered although {} may be the same person", other.record_number));
        }
        let treated_by = self.treated_by(candidate, &mut remarks);
        if trial {
            return Ok(Fate { line, outcome: Outcome::WouldBeEntered, remarks });
        }
        match self.enter(line, candidate, &treated_by)? {
            Ok(number) => Ok(Fate { line, outcome: Outcome::Entered(number), remarks }),
            Err(error) if error.code == Code::Invalid => Ok(refused(&error)),
            Err(_) => Ok(refused(&Error::new(Code::Internal, "the database refuses this row"))),
        }
    }

    fn enter(&mut self, line: u64, candidate: &Candidate, treated_by: &[StaffId]) -> Result<Result<RecordNumber>> {
        let Run { practice, file, .. } = *self.run;
        let permit = self.permit;
        self.tx.apart(|tx| {
            tx.record_own(Log::Practice(practice), ENTERED);
            let patient = ops::enter(tx, permit, practice, &candidate.demographics, treated_by.iter().copied())?;
            query::keep(tx.conn(), permit, practice, file, line, patient.id)?;
            Ok(patient.record_number)
        })
    }

    fn treated_by(&self, candidate: &Candidate, remarks: &mut Vec<String>) -> Vec<StaffId> {
        let Some(cell) = &candidate.practitioner else { return Vec::new() };
        let (treated_by, unknown) = practitioners::named(cell, self.staff);
        if unknown > 0 {
            remarks.push("practitioner: nobody, or more than one, of that name treats here now".to_owned());
        }
        treated_by
    }
}

/// Of those who may be the same person the one who most likely is, and what that makes of the line.
fn nearest<'o>(candidate: &Candidate, others: &'o [PossibleDuplicate]) -> Option<(&'o PossibleDuplicate, Outcome)> {
    let name = candidate.demographics.full_name();
    let same = others.iter().find(|other| names::same(&name, other.name.as_str()));
    let same = same.map(|other| (other, Outcome::Same(other.record_number)));
    same.or_else(|| others.first().map(|other| (other, Outcome::Similar(other.record_number))))
}

impl Enter {
    /// Whether whoever may be the same person as another is entered all the same.
    fn takes(self, outcome: Outcome) -> bool {
        match self {
            Self::New => false,
            Self::Similar => matches!(outcome, Outcome::Similar(_)),
            Self::All => true,
        }
    }
}
