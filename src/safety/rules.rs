//! What may be raised and resolved, by whom.

use super::{Bars, NewSafetyItem};
use crate::actor::Discipline;
use crate::catalogue::{Catalogue, Severity};
use crate::error::{Code, Error, FieldError, Result};
use crate::words::Trimmed;

/// The most open items that one record may hold: all of them are shown with every reading of it.
pub const MAX_OPEN: usize = 100;

/// The discipline in which somebody who practises `practised` raises an item.
///
/// # Errors
/// [`Code::OtherDiscipline`] for one that they do not practise; [`Code::Invalid`] at `/discipline` if it has to be said.
pub fn raised_in(practised: &[Discipline], said: Option<Discipline>) -> Result<Discipline> {
    match (said, practised) {
        (Some(discipline), practised) if practised.contains(&discipline) => Ok(discipline),
        (None, [only]) => Ok(*only),
        (None, [_, ..]) => Err(Error::field("/discipline", "say in which of your two disciplines you raise this")),
        _ => Err(Error::of(Code::OtherDiscipline)),
    }
}

/// How strongly a new item bars what: by its own words, and by those of the contraindication that it names.
///
/// # Errors
/// [`Code::Invalid`] for a technique or contraindication that does not exist, and where the severity is not known.
pub fn barred_by(new: &NewSafetyItem, catalogue: &Catalogue) -> Result<(Severity, Bars)> {
    let mut wrong = Vec::new();
    for (at, technique) in new.bars.techniques.iter().enumerate() {
        if catalogue.get(technique.as_str()).is_none() {
            wrong.push(FieldError::new(format!("/bars/techniques/{at}"), "is not in the technique catalogue"));
        }
    }
    let named = new.contraindication.as_ref().map(|id| catalogue.contraindication(id.as_str()));
    if named == Some(None) {
        wrong.push(FieldError::new("/contraindication", "is not in the contraindication catalogue"));
    }
    let named = named.flatten();
    let severity = new.severity.or(named.map(|contraindication| contraindication.severity));
    let Some(severity) = severity.filter(|_| wrong.is_empty()) else {
        if severity.is_none() {
            wrong.push(FieldError::new("/severity", "say how strongly it bars"));
        }
        return Err(Error::invalid(wrong));
    };
    let mut bars = Bars { techniques: Vec::new(), disciplines: Vec::new(), ..new.bars };
    let more = named.iter().flat_map(|named| &named.techniques).map(|id| Trimmed::from(id.as_str()));
    for technique in new.bars.techniques.iter().cloned().chain(more) {
        if !bars.techniques.contains(&technique) {
            bars.techniques.push(technique);
        }
    }
    for discipline in new.bars.disciplines.iter().chain(named.iter().flat_map(|named| &named.disciplines)) {
        if !bars.disciplines.contains(discipline) {
            bars.disciplines.push(*discipline);
        }
    }
    Ok((severity, bars))
}

/// Whether somebody who practises `practised` may resolve an item: an absolute one is for the discipline that raised it, or
/// a physiotherapist, the others for any clinician of the patient.
///
/// # Errors
/// [`Code::AbsoluteItem`].
pub fn may_resolve(severity: Severity, raised_in: Discipline, practised: &[Discipline]) -> Result<()> {
    let may = match severity {
        Severity::Absolute => practised.contains(&raised_in) || practised.contains(&Discipline::Physiotherapy),
        Severity::Relative | Severity::Caution => true,
    };
    if may { Ok(()) } else { Err(Error::of(Code::AbsoluteItem)) }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use Discipline::{Massage, Physiotherapy};

    fn barred(item: &Value) -> Result<(Severity, Bars)> {
        let mut whole = json!({"kind": "precaution", "what": "Something"});
        whole.as_object_mut().unwrap().extend(item.as_object().unwrap().clone());
        barred_by(&serde_json::from_value(whole).unwrap(), &Catalogue::built_in().unwrap())
    }

    #[test]
    fn an_absolute_item_is_for_whoever_raised_it_and_for_physiotherapists() {
        for severity in [Severity::Relative, Severity::Caution] {
            may_resolve(severity, Physiotherapy, &[Massage]).unwrap();
        }
        may_resolve(Severity::Absolute, Massage, &[Massage]).unwrap();
        may_resolve(Severity::Absolute, Massage, &[Physiotherapy]).unwrap();
        may_resolve(Severity::Absolute, Physiotherapy, &[Massage, Physiotherapy]).unwrap();
        assert_eq!(may_resolve(Severity::Absolute, Physiotherapy, &[Massage]).unwrap_err().code, Code::AbsoluteItem);
        assert_eq!(may_resolve(Severity::Absolute, Massage, &[]).unwrap_err().code, Code::AbsoluteItem);
    }

    #[test]
    fn an_item_is_raised_in_a_discipline_that_one_practises() {
        assert_eq!(raised_in(&[Massage], None).unwrap(), Massage);
        assert_eq!(raised_in(&[Physiotherapy, Massage], Some(Massage)).unwrap(), Massage);
        assert_eq!(raised_in(&[Physiotherapy, Massage], None).unwrap_err().errors[0].pointer, "/discipline");
        assert_eq!(raised_in(&[Massage], Some(Physiotherapy)).unwrap_err().code, Code::OtherDiscipline);
    }

    #[test]
    fn the_catalogue_adds_what_it_bars_to_what_was_said() {
        let (severity, bars) =
            barred(&json!({"contraindication": "pacemaker", "bars": {"techniques": ["tens", "cold"]}})).unwrap();
        let techniques: Vec<_> = bars.techniques.iter().map(Trimmed::as_str).collect();
        assert_eq!(
            (severity, techniques),
            (Severity::Absolute, vec!["tens", "cold", "electrical_stimulation", "therapeutic_ultrasound"])
        );
        let (severity, bars) = barred(&json!({"contraindication": "cauda_equina", "severity": "relative"})).unwrap();
        assert_eq!((severity, bars.disciplines), (Severity::Relative, vec![Physiotherapy, Massage]));
        let (_, bars) =
            barred(&json!({"severity": "caution", "bars": {"area": "lower_limb", "side": "left"}})).unwrap();
        assert_eq!((bars.techniques.len(), bars.area.is_some(), bars.side.is_some()), (0, true, true));
    }

    #[test]
    fn what_no_catalogue_knows_is_pointed_at() {
        let wrong =
            barred(&json!({"contraindication": "gravity", "bars": {"techniques": ["tens", "sorcery"]}})).unwrap_err();
        let pointers: Vec<_> = wrong.errors.iter().map(|error| error.pointer.as_str()).collect();
        assert_eq!(pointers, ["/bars/techniques/1", "/contraindication", "/severity"]);
        assert_eq!(barred(&json!({})).unwrap_err().errors[0].pointer, "/severity");
    }
}
