//! What can be chosen in the note's form.

use std::sync::LazyLock;

use serde_json::{Value, json};

use super::super::body::NoteKind;
use super::super::measure::{Grade, MarkKind, Unit, View};
use super::figure::figures;
use super::letter::word;
use crate::actor::Discipline;
use crate::catalogue::{Catalogue, Technique};
use crate::episodes::ops::EpisodeView;
use crate::patients::ops::DecisionMakerView;
use crate::referrals::ops::{ReferralMove, ReferralView, ReportResult};
use crate::web::{Choice, Sheet, in_words, titled};

/// What a note can be written for.
pub(super) const KINDS: [NoteKind; 5] = [
    NoteKind::Progress,
    NoteKind::InitialAssessment,
    NoteKind::Discharge,
    NoteKind::JointReview,
    NoteKind::PhoneContact,
];

fn choices<const N: usize>(pairs: [(&str, &str); N]) -> Vec<Choice> {
    pairs.map(|(value, label)| Choice::new(value, label)).to_vec()
}

/// The sides of the body.
pub(super) fn sides() -> Vec<Choice> {
    choices([("left", "left"), ("right", "right"), ("bilateral", "both")])
}

/// The disciplines, for those who practise both.
pub(super) fn disciplines() -> Vec<Choice> {
    choices([("physiotherapy", "Physiotherapy"), ("massage", "Massage")])
}

/// Among whom a note is shared.
pub(super) fn sharings() -> Vec<Choice> {
    choices([("care_team", "the care team"), ("discipline", "one's own discipline")])
}

/// How far a note answers a referral.
pub(super) fn answers() -> Vec<Choice> {
    choices([("answered", "Answered"), ("partly", "Partly answered"), ("not_completed", "Could not be completed")])
}

/// How far a note answers a referral, in a sentence.
pub(super) fn answer(result: ReportResult) -> String {
    let word: &str = result.into();
    answers()
        .into_iter()
        .find(|choice| choice.value == word)
        .map_or_else(String::new, |choice| choice.label.to_lowercase())
}

/// Why a signed note is amended.
pub(super) fn reasons() -> Vec<Choice> {
    choices([
        ("typo", "A slip of the pen"),
        ("omission", "Something was left out"),
        ("clinical_correction", "Something was clinically wrong"),
    ])
}

/// Pain on the numeric rating scale, and that it was not asked.
pub(super) fn pain() -> Vec<Choice> {
    let not_asked = std::iter::once(Choice::new("", "–"));
    not_asked.chain((0..=10).map(|pain| Choice::new(pain.to_string(), pain.to_string()))).collect()
}

/// Intensities of a mark.
pub(super) fn intensities() -> Vec<Choice> {
    (0..=10).map(|intensity| Choice::new(intensity.to_string(), intensity.to_string())).collect()
}

/// Yes and no, as JSON.
pub(super) fn found() -> Vec<Choice> {
    choices([("true", "+ positive"), ("false", "− negative")])
}

/// Whether treatment of a sensitive area was agreed to.
pub(super) fn agreed() -> Vec<Choice> {
    choices([("true", "agreed"), ("false", "not agreed")])
}

fn words<T: serde::Serialize>(all: impl IntoIterator<Item = T>) -> Vec<Choice> {
    let value = |one: &T| serde_json::to_value(one).ok().and_then(|value| value.as_str().map(str::to_owned));
    all.into_iter().filter_map(|one| value(&one).map(|value| Choice::new(value, word(&one)))).collect()
}

/// What a measured value counts.
pub(super) fn units() -> Vec<Choice> {
    words([
        Unit::Degrees,
        Unit::Millimetres,
        Unit::Centimetres,
        Unit::Metres,
        Unit::Inches,
        Unit::Feet,
        Unit::Kilograms,
        Unit::Newtons,
        Unit::Seconds,
        Unit::Repetitions,
        Unit::Percent,
    ])
}

/// The grades of strength, the strongest first.
pub(super) fn grades() -> Vec<Choice> {
    let mut grades = words(<Grade as strum::IntoEnumIterator>::iter());
    grades.reverse();
    grades
}

/// The figures of the body chart.
pub(super) fn views() -> Vec<Choice> {
    words([View::Front, View::Back, View::Left, View::Right])
}

/// What a mark stands for.
pub(super) fn mark_kinds() -> Vec<Choice> {
    words([
        MarkKind::Pain,
        MarkKind::Tightness,
        MarkKind::TriggerPoint,
        MarkKind::Tenderness,
        MarkKind::Numbness,
        MarkKind::Tingling,
        MarkKind::Swelling,
        MarkKind::Bruising,
        MarkKind::Scar,
    ])
}

fn technique(technique: &Technique) -> Choice {
    Choice { hint: technique.dose.clone(), ..Choice::new(technique.id.clone(), technique.name.clone()) }
}

/// Every technique.
pub(super) fn techniques(catalogue: &Catalogue) -> Vec<Choice> {
    catalogue.iter().map(technique).collect()
}

/// The techniques that a discipline may record, and those that stand in the form already.
pub(super) fn techniques_of(catalogue: &Catalogue, disciplines: &[Discipline], sheet: &Sheet) -> Vec<Choice> {
    let held: Vec<_> = sheet.table("body/treatment", 0).iter().map(|row| row.value("technique")).collect();
    let in_scope = |known: &&Technique| known.scope.iter().any(|scope| disciplines.contains(scope));
    let offered = |known: &&Technique| in_scope(known) || held.contains(&known.id);
    let mut offered: Vec<_> = catalogue.iter().filter(offered).map(technique).collect();
    for id in held {
        if !id.is_empty() && offered.iter().all(|choice| choice.value != id) {
            offered.push(Choice::new(id.clone(), in_words(&id)));
        }
    }
    offered
}

/// Who may have given or declined consent: the patient, whoever decides for them, and whoever stands there already.
pub(super) fn consents(makers: &[DecisionMakerView], sheet: &Sheet) -> Vec<Choice> {
    let both = |giver: Value, name: &str| {
        let choice = |given: bool, says: &str| {
            let value = json!({"given": given, "given_by": giver}).to_string();
            Choice::new(value, format!("{says} by {name}"))
        };
        [choice(true, "Given"), choice(false, "Declined")]
    };
    let mut consents = both(json!({"who": "patient"}), "the patient").to_vec();
    for maker in makers.iter().filter(|maker| maker.is.may_consent) {
        let (name, relation) = (maker.is.name.as_str(), maker.is.relation.as_str());
        let giver = json!({"who": "decision_maker", "id": maker.id, "name": name, "relation": relation});
        consents.extend(both(giver, &format!("{name} ({relation})")));
    }
    let stands = |field: &str| Some(sheet.value(&format!("body/consent/{field}"))).filter(|value| !value.is_empty());
    let is_held = |choice: &Choice| sheet.holds("body/consent", &choice.value);
    let Some(given) = stands("given").filter(|_| !consents.iter().any(is_held)) else { return consents };
    let mut who = serde_json::Map::new();
    for field in ["who", "id", "name", "relation"] {
        if let Some(value) = stands(&format!("given_by/{field}")) {
            who.insert(field.to_owned(), Value::String(value));
        }
    }
    let given = given == "true";
    let name = stands("given_by/name").map(|name| format!(" by {name}")).unwrap_or_default();
    let label = format!("{}{name}", if given { "Given" } else { "Declined" });
    let value = if who.is_empty() { json!({"given": given}) } else { json!({"given": given, "given_by": who}) };
    consents.push(Choice::new(value.to_string(), label));
    consents
}

/// The episodes that take notes, and the one that the note belongs to.
pub(super) fn episodes(episodes: &[EpisodeView], held: &str) -> Vec<Choice> {
    let offered = |episode: &&EpisodeView| episode.closed_at.is_none() || episode.id.to_string() == held;
    let named = |episode: &EpisodeView| Choice::new(episode.id.to_string(), episode.complaint.as_str());
    let mut offered: Vec<_> = episodes.iter().filter(offered).map(named).collect();
    if !held.is_empty() && offered.iter().all(|choice| choice.value != held) {
        offered.push(Choice::new(held, "the one it belongs to"));
    }
    offered
}

/// The referrals that whoever writes treats for, and the one that the note is written for.
pub(super) fn referrals(referrals: &[ReferralView], held: &str) -> Vec<Choice> {
    let is_treated = |step: &ReferralMove| matches!(step, ReferralMove::Start | ReferralMove::ReturnReport);
    let offered = |referral: &&ReferralView| referral.allowed.iter().any(is_treated) || referral.id.to_string() == held;
    let named = |referral: &ReferralView| {
        let asked = referral.question.as_ref().map(|asked| format!(": {}", short(asked.as_str()))).unwrap_or_default();
        Choice::new(referral.id.to_string(), format!("{}{asked}", referral.number))
    };
    let mut offered: Vec<_> = referrals.iter().filter(offered).map(named).collect();
    if !held.is_empty() && offered.iter().all(|choice| choice.value != held) {
        offered.push(Choice::new(held, "the one it is written for"));
    }
    offered
}

/// As much of a text as fits into a list.
fn short(text: &str) -> String {
    let mut letters = text.chars();
    let begin: String = letters.by_ref().take(60).collect();
    if letters.next().is_some() { begin + "…" } else { begin }
}

/// What a kind of note is called.
pub(super) fn kind(kind: NoteKind) -> String {
    titled(kind.into())
}

/// Parts of the body to complete a region from, without their side, which has a field of its own.
pub(super) fn regions() -> &'static [String] {
    static REGIONS: LazyLock<Vec<String>> = LazyLock::new(|| {
        let named = figures().iter().flat_map(|figure| &figure.regions);
        let bare =
            named.map(|region| region.name.replace("left ", "").replace("right ", "").replace("side of the ", ""));
        bare.collect::<std::collections::BTreeSet<_>>().into_iter().collect()
    });
    &REGIONS
}
