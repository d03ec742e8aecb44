//! What a directive must say to be one.

use super::{DirectiveView, NewDirective};
use crate::actor::Discipline;
use crate::chart::{Bars, Covers};
use crate::clock::Timestamp;
use crate::error::{Error, FieldError, Result};
use crate::ids::EpisodeId;

/// Seconds that clocks may differ by: a directive from a minute ago begins now.
const CLOCKS_DIFFER: i64 = 60;

/// Checks that each choice comes with what it needs and nothing else, and that it ends after it begins, which is not in
/// the past: nothing that was read before can be withheld by it.
///
/// # Errors
/// [`crate::error::Code::Invalid`] with every field that does not fit.
pub fn check(new: &NewDirective, now: Timestamp) -> Result<Timestamp> {
    let from = new.from.unwrap_or(now);
    let wrong = [
        (
            (new.covers == Covers::Record) != new.covered_id.is_none(),
            "/covered_id",
            "goes with an episode or a note alone",
        ),
        (
            (new.bars == Bars::Person) != new.staff_id.is_some(),
            "/staff_id",
            "goes with barring a person, and only then",
        ),
        (
            (new.bars == Bars::Discipline) != new.discipline.is_some(),
            "/discipline",
            "goes with barring a discipline, and only then",
        ),
        (from < now.plus_seconds(-CLOCKS_DIFFER), "/from", "must not lie in the past"),
        (new.until.is_some_and(|until| until <= from.max(now)), "/until", "must lie after the beginning"),
    ];
    let errors: Vec<_> = wrong
        .into_iter()
        .filter(|(is_wrong, ..)| *is_wrong)
        .map(|(_, pointer, message)| FieldError::new(pointer.to_owned(), message))
        .collect();
    if errors.is_empty() { Ok(from.max(now)) } else { Err(Error::invalid(errors)) }
}

/// Whether a directive keeps a referral about `episode` from all of the pool of a discipline, where it waits in one.
#[must_use]
pub fn bars_pool(directive: &DirectiveView, pool: Option<Discipline>, episode: EpisodeId) -> bool {
    let Some(pool) = pool else { return false };
    let covers = match directive.covers {
        Covers::Record => true,
        Covers::Episode => directive.covered_id == Some(episode.retype()),
        Covers::Note => false,
    };
    covers && (directive.bars == Bars::Everyone || directive.discipline == Some(pool))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Code;

    const NOW: Timestamp = Timestamp::from_micros(1_772_000_000_000_000);

    fn against_massage() -> NewDirective {
        NewDirective {
            covers: Covers::Record,
            covered_id: None,
            bars: Bars::Discipline,
            staff_id: None,
            discipline: Some(Discipline::Massage),
            from: None,
            until: None,
            reason: None,
        }
    }

    #[track_caller]
    fn is_wrong_at(new: &NewDirective, pointer: &str) {
        let error = check(new, NOW).unwrap_err();
        assert_eq!(error.code, Code::Invalid);
        assert_eq!(error.errors.iter().map(|field| &*field.pointer).collect::<Vec<_>>(), [pointer]);
    }

    #[test]
    fn a_directive_names_what_it_covers_and_whom_it_bars() {
        assert_eq!(check(&against_massage(), NOW).unwrap(), NOW);
        is_wrong_at(&NewDirective { covers: Covers::Note, ..against_massage() }, "/covered_id");
        is_wrong_at(&NewDirective { discipline: None, ..against_massage() }, "/discipline");
        is_wrong_at(&NewDirective { bars: Bars::Everyone, ..against_massage() }, "/discipline");
        is_wrong_at(&NewDirective { bars: Bars::Person, discipline: None, ..against_massage() }, "/staff_id");
    }

    #[test]
    fn it_begins_now_or_later_and_ends_after_that() {
        let later = NOW.plus_seconds(3_600);
        assert_eq!(check(&NewDirective { from: Some(later), ..against_massage() }, NOW).unwrap(), later);
        let moment_ago = Some(NOW.plus_seconds(-30));
        assert_eq!(check(&NewDirective { from: moment_ago, ..against_massage() }, NOW).unwrap(), NOW);
        is_wrong_at(&NewDirective { from: Some(NOW.plus_seconds(-61)), ..against_massage() }, "/from");
        is_wrong_at(&NewDirective { until: Some(NOW), ..against_massage() }, "/until");
        is_wrong_at(&NewDirective { from: Some(later), until: Some(later), ..against_massage() }, "/until");
    }
}
