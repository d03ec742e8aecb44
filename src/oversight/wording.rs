//! Actions and grounds in words, for somebody who does not know the program.

use strum::{EnumMessage, IntoEnumIterator};

use crate::audit::By;
use crate::error::Code;
use crate::policy::{Action, Ground, Refusal};

/// What was asked for, in a few words.
pub(super) fn what(action: Action) -> String {
    first_sentence(action.get_documentation()).unwrap_or_else(|| spelled(action.into()))
}

/// On which ground it was allowed, or why it was refused.
pub(super) fn why(ground: Option<Ground>, code: &str) -> String {
    let granted = ground.and_then(|ground| first_sentence(ground.get_documentation()));
    let reason = || {
        // A barred record is answered as what is not found; the event of it names the patient, that of the latter never.
        let refusal = Refusal::iter().rfind(|refusal| <&str>::from(refusal.code()) == code);
        refusal.and_then(|refusal| first_sentence(refusal.get_documentation()))
    };
    let error = || Code::iter().find(|error| <&str>::from(*error) == code).map(|error| error.title().to_owned());
    granted.or_else(reason).or_else(error).unwrap_or_else(|| spelled(code))
}

/// What to call whoever is no member of staff.
pub(super) const fn nobody(by: By) -> &'static str {
    match by {
        By::System => "Tandem",
        By::Stranger | By::Staff { .. } => "Unknown",
    }
}

fn first_sentence(words: Option<&'static str>) -> Option<String> {
    let sentence = words?.split(". ").next()?;
    Some(sentence.trim_end_matches('.').to_owned())
}

fn spelled(word: &str) -> String {
    word.replace('_', " ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_patient_reads_sentences() {
        assert_eq!(what(Action::ReadNote), "Read a note and its versions");
        assert_eq!(what(Action::EndAccess), "Record that an emergency or audit access has run out");
        assert_eq!(why(Some(Ground::CareTeam), "care_team"), "A clinician on the patient's care team");
        assert_eq!(why(None, "no_relation"), "They neither treat the patient nor stand in for somebody who does");
        assert_eq!(why(None, "not_found"), "The patient has barred the whole record from them");
        assert_eq!(why(None, "stale_version"), "It has been changed since you read it");
    }

    #[test]
    fn every_action_and_every_ground_has_words() {
        for action in Action::iter() {
            assert!(what(action).contains(' '), "{action}: {}", what(action));
        }
        for ground in Ground::iter() {
            assert!(why(Some(ground), ground.into()).contains(' '), "{ground}");
        }
    }
}
