//! What each discipline may write in a note.

use super::body::NoteBody;
use crate::actor::Discipline;
use crate::catalogue::Catalogue;
use crate::error::{Code, Error, FieldError, Result};
use crate::words::{Name, Text};

/// Whether a note names a diagnosis; blank words name none.
#[must_use]
pub fn names_diagnosis(body: &NoteBody) -> bool {
    body.assessment.as_ref().and_then(|assessment| assessment.diagnosis.as_ref()).is_some_and(written)
}

/// Checks a note against its author's scope of practice.
///
/// A diagnosis is a physiotherapist's to record, a clinical impression a massage therapist's, and so is a relaxation
/// massage. Techniques applied must be in the discipline's scope; those planned need only exist, since the other
/// discipline may be the one to apply them. What stands in `former`, the version that is amended, is not asked again: it was
/// in scope when it was signed.
///
/// # Errors
/// With a pointer to each place: [`Code::DiagnosisNotPermitted`]; [`Code::Invalid`] for unknown techniques and for what
/// belongs to massage alone; [`Code::TechniqueOutOfScope`].
pub fn check_scope(
    discipline: Discipline,
    body: &NoteBody,
    former: Option<&NoteBody>,
    catalogue: &Catalogue,
) -> Result<()> {
    if discipline == Discipline::Massage && names_diagnosis(body) {
        let place = FieldError::new("/assessment/diagnosis", "Write a clinical impression instead");
        return Err(Error { errors: vec![place], ..Error::of(Code::DiagnosisNotPermitted) });
    }
    let mut invalid = Vec::new();
    if discipline == Discipline::Physiotherapy {
        massage_only(body, &mut invalid);
    }
    let mut out_of_scope = Vec::new();
    for (row, treated) in body.treatment.iter().enumerate() {
        if former.is_some_and(|former| former.treatment.iter().any(|before| before.technique == treated.technique)) {
            continue;
        }
        let pointer = format!("/treatment/{row}/technique");
        match catalogue.get(treated.technique.as_str()) {
            None => invalid.push(FieldError::new(pointer, UNKNOWN)),
            Some(technique) if !technique.scope.contains(&discipline) => {
                out_of_scope.push(FieldError::new(pointer, format!("{} is outside your scope", technique.name)));
            }
            Some(_) => {}
        }
    }
    let planned_before: Vec<_> = former.iter().flat_map(|former| planned(former)).collect();
    for (row, planned) in planned(body).enumerate() {
        if !planned_before.contains(&planned) && catalogue.get(planned.as_str()).is_none() {
            invalid.push(FieldError::new(format!("/plan/planned_techniques/{row}"), UNKNOWN));
        }
    }
    if !invalid.is_empty() {
        return Err(Error::invalid(invalid));
    }
    if !out_of_scope.is_empty() {
        return Err(Error { errors: out_of_scope, ..Error::of(Code::TechniqueOutOfScope) });
    }
    Ok(())
}

fn planned(body: &NoteBody) -> impl Iterator<Item = &Name> {
    body.plan.iter().flat_map(|plan| &plan.planned_techniques)
}

const UNKNOWN: &str = "is not in the technique catalogue";

fn massage_only(body: &NoteBody, invalid: &mut Vec<FieldError>) {
    if body.assessment.as_ref().and_then(|assessment| assessment.clinical_impression.as_ref()).is_some_and(written) {
        let instead = "belongs to a massage note; write a diagnosis or the assessment's text";
        invalid.push(FieldError::new("/assessment/clinical_impression", instead));
    }
    if body.relaxation {
        invalid.push(FieldError::new("/relaxation", "belongs to a massage note"));
    }
}

fn written(words: &Text) -> bool {
    !words.is_blank()
}
