//! The page on which a note is written: a new one, a draft, or a signed one anew.

use askama::Template;

use super::super::body::NoteKind;
use super::super::copied::CopiedPart;
use super::super::views::NoteView;
use super::beside::{BesideNote, beside};
use super::choices;
use super::letter::{Letter, word};
use crate::actor::Discipline;
use crate::catalogue::Phrase;
use crate::db::Tx;
use crate::episodes::ops::{self as episodes, EpisodeView};
use crate::error::{Code, Error, FieldError, Result};
use crate::patients::ops::{self as patients, PatientView};
use crate::policy::Action;
use crate::referrals::ops::{self as referrals, ReferralView};
use crate::web::{Choice, Frame, Sheet, Visit};

/// Episodes, referrals and decision-makers that can be chosen.
const MOST: i64 = 50;

/// What is written.
pub(super) enum Purpose {
    /// A note that nothing is saved of yet.
    New(NoteKind),
    /// A draft.
    Draft(Box<NoteView>),
    /// A new version of a signed note.
    Amendment(Box<NoteView>),
}

#[derive(Template)]
#[template(path = "notes/edit.html")]
pub(super) struct EditorPage {
    frame: Frame,
    tab: &'static str,
    patient: PatientView,
    purpose: Purpose,
    sheet: Sheet,
    techniques: Vec<Choice>,
    every_technique: Vec<Choice>,
    episodes: Vec<Choice>,
    referrals: Vec<Choice>,
    /// What the referral asks that the note is written for.
    asked: Option<String>,
    consents: Vec<Choice>,
    phrases: Vec<Phrase>,
    beside: Vec<BesideNote>,
    /// What stands by now, where somebody saved in between.
    meanwhile: Option<Letter>,
}

impl EditorPage {
    pub(super) async fn of(visit: &Visit, patient: PatientView, purpose: Purpose, sheet: Sheet) -> Result<Self> {
        let id = patient.id;
        let (mut episodes, mut referrals, mut makers) = (Vec::new(), Vec::new(), Vec::new());
        if visit.is_clinician() {
            let listed = visit.read(Action::ListEpisodes, move |tx| episodes::list(tx, id, None, MOST)).await;
            episodes = Visit::unless_refused(listed)?.map(|listed| listed.episodes).unwrap_or_default();
            let listed = visit.read(Action::ListReferrals, move |tx| referrals::list(tx, id, None, MOST)).await;
            referrals = Visit::unless_refused(listed)?.map(|listed| listed.referrals).unwrap_or_default();
            let list = move |tx: &mut Tx| patients::list_decision_makers(tx, id, None, MOST);
            makers = Visit::unless_refused(visit.read(Action::ListDecisionMakers, list).await)?.unwrap_or_default();
        }
        let frame = visit.frame(format!("Note, {}", patient.record_number));
        let disciplines = disciplines_of(&frame, &purpose, &sheet);
        let note = match &purpose {
            Purpose::New(_) => None,
            Purpose::Draft(note) | Purpose::Amendment(note) => Some(note.id),
        };
        let beside = beside(visit, id, note, &disciplines).await?;
        let sheet = match &purpose {
            Purpose::New(_) if !sheet.is_refused() => in_its_episode(sheet, &episodes, &referrals, &disciplines),
            _ => sheet,
        };
        let catalogue = &visit.app.catalogue;
        Ok(Self {
            tab: "",
            patient,
            techniques: choices::techniques_of(catalogue, &disciplines, &sheet),
            every_technique: choices::techniques(catalogue),
            episodes: choices::episodes(&episodes, &sheet.value("episode_id")),
            asked: chosen(&referrals, &sheet)
                .and_then(|referral| Some(referral.question.as_ref()?.as_str().to_owned())),
            referrals: choices::referrals(&referrals, &sheet.value("referral_id")),
            consents: choices::consents(&makers, &sheet),
            phrases: catalogue.phrases(&disciplines).cloned().collect(),
            beside,
            meanwhile: None,
            frame,
            purpose,
            sheet,
        })
    }

    /// The page with what stands by now beside what was typed.
    pub(super) fn beside_what_stands(self, meanwhile: Option<Letter>) -> Self {
        Self { meanwhile, ..self }
    }

    const fn kind(&self) -> NoteKind {
        match &self.purpose {
            Purpose::New(kind) => *kind,
            Purpose::Draft(note) | Purpose::Amendment(note) => note.kind,
        }
    }

    const fn draft(&self) -> Option<&NoteView> {
        match &self.purpose {
            Purpose::Draft(note) => Some(note),
            Purpose::New(_) | Purpose::Amendment(_) => None,
        }
    }

    const fn amended(&self) -> Option<&NoteView> {
        match &self.purpose {
            Purpose::Amendment(note) => Some(note),
            Purpose::New(_) | Purpose::Draft(_) => None,
        }
    }

    fn is_kind(&self, kind: &str) -> bool {
        <&'static str>::from(self.kind()) == kind
    }

    /// Where the form goes.
    fn action(&self) -> String {
        match &self.purpose {
            Purpose::New(_) => format!("/patients/{}/notes", self.patient.id),
            Purpose::Draft(note) => format!("/notes/{}/edit", note.id),
            Purpose::Amendment(note) => format!("/notes/{}/amend", note.id),
        }
    }

    fn heading(&self) -> String {
        let kind = choices::kind(self.kind());
        match &self.purpose {
            Purpose::New(_) => format!("{kind}, new"),
            Purpose::Draft(_) => format!("{kind}, draft"),
            Purpose::Amendment(note) => format!("{kind}, to become version {}", note.current_version + 1),
        }
    }

    fn disciplines(&self) -> Vec<Discipline> {
        disciplines_of(&self.frame, &self.purpose, &self.sheet)
    }

    /// Whether whoever writes practises both disciplines and has yet to say in which.
    fn asks_discipline(&self) -> bool {
        let practised = self.frame.who.as_ref().map_or(0, |who| who.roles.disciplines().count());
        matches!(self.purpose, Purpose::New(_)) && practised > 1
    }

    /// Whether a field is for those who write, or stands there already.
    fn offers(&self, discipline: &str, field: &str) -> bool {
        let writes = self.disciplines().iter().any(|one| <&'static str>::from(*one) == discipline);
        writes || self.sheet.says_anything(field) || self.sheet.is_wrong(field)
    }

    /// Whether a part stands open from the beginning: where this kind of note is about it, or something is in it.
    fn opens(&self, part: &str) -> bool {
        let at = format!("body/{part}");
        let usual = match self.kind() {
            NoteKind::InitialAssessment => !matches!(part, "text" | "outcome"),
            NoteKind::Progress => matches!(part, "subjective" | "objective" | "assessment" | "treatment" | "plan"),
            NoteKind::Discharge => matches!(part, "outcome" | "plan"),
            NoteKind::JointReview => matches!(part, "assessment" | "plan"),
            NoteKind::PhoneContact => part == "text",
        };
        usual || self.holds(&at)
    }

    /// Whether any of these fields, without `body/`, holds something or is wrong.
    fn holds_any(&self, fields: &[&str]) -> bool {
        self.is_kind("initial_assessment") || fields.iter().any(|field| self.holds(&format!("body/{field}")))
    }

    fn holds(&self, field: &str) -> bool {
        self.sheet.says_anything(field) || self.sheet.is_wrong(field)
    }

    /// With whom it is shared.
    fn shared_with(&self) -> String {
        let chosen = self.sheet.value("sharing");
        let among = choices::sharings().into_iter().find(|choice| choice.value == chosen);
        among.map(|choice| format!(", shared with {}", choice.label)).unwrap_or_default()
    }

    /// Rows that stand empty below those that are filled in.
    fn spare(&self) -> usize {
        if self.is_kind("initial_assessment") { 2 } else { 1 }
    }

    /// The measurements of a shape by their place among all, and after them an empty one: shapes in the order of the form.
    fn measurements(&self, shape: &str, order: usize) -> Vec<crate::web::Row<'_>> {
        let all = self.sheet.rows("body/objective/measurements");
        let rows = self.sheet.table("body/objective/measurements", 0).into_iter();
        let spare = self.sheet.row("body/objective/measurements", all + order);
        rows.filter(|row| row.value("type") == shape).chain([spare]).collect()
    }

    /// Of a part that was copied and is neither changed nor confirmed, its place among those that are.
    fn copied(&self, part: &str) -> Option<usize> {
        let parts = self.draft().map(|draft| draft.copied.as_slice()).unwrap_or_default();
        parts.iter().position(|copied: &CopiedPart| <&'static str>::from(*copied).strip_prefix('/') == Some(part))
    }

    fn is_confirmed(&self, part: &str) -> bool {
        let confirmed = self.sheet.table("signing/confirmed", 0);
        confirmed.iter().any(|row| row.whole() == format!("/{part}"))
    }

    /// What a safety item is, for the reason that it asks for.
    fn barred_by(&self, item: &str) -> String {
        let items = self.patient.safety.safety_items.as_deref().unwrap_or_default();
        let known = items.iter().find(|known| known.id.to_string() == item);
        known.map_or_else(
            || "A safety item that has been resolved since".to_owned(),
            |known| format!("{} ({})", known.what, word(&known.severity)),
        )
    }
}

/// The disciplines in which the note may be written: its own, the one chosen, or all that are practised.
fn disciplines_of(frame: &Frame, purpose: &Purpose, sheet: &Sheet) -> Vec<Discipline> {
    match purpose {
        Purpose::Draft(note) | Purpose::Amendment(note) => vec![note.discipline],
        Purpose::New(_) => {
            let practised = frame.who.as_ref().map(|who| who.roles.disciplines().collect::<Vec<_>>());
            let practised = practised.unwrap_or_default();
            let chosen = sheet.value("discipline");
            match practised.iter().find(|one| <&'static str>::from(**one) == chosen) {
                Some(chosen) => vec![*chosen],
                None => practised,
            }
        }
    }
}

/// The referral that the note is written for.
fn chosen<'r>(referrals: &'r [ReferralView], sheet: &Sheet) -> Option<&'r ReferralView> {
    let id = sheet.value("referral_id");
    referrals.iter().find(|referral| referral.id.to_string() == id)
}

/// Puts a new note into the episode of the referral that it is written for, as beginning it does; else into the one episode in
/// which its discipline treats, if there is just one.
fn in_its_episode(
    sheet: Sheet,
    episodes: &[EpisodeView],
    referrals: &[ReferralView],
    disciplines: &[Discipline],
) -> Sheet {
    if let Some(referral) = chosen(referrals, &sheet) {
        return sheet.with("episode_id", referral.episode_id.to_string());
    }
    let treats = |episode: &&EpisodeView| {
        let part = |one: &Discipline| {
            episode.disciplines.iter().any(|part| part.discipline == *one && part.discharge.is_none())
        };
        episode.closed_at.is_none() && disciplines.iter().any(part)
    };
    let mut open = episodes.iter().filter(treats);
    match (open.next(), open.next()) {
        (Some(only), None) => sheet.with("episode_id", only.id.to_string()),
        _ => sheet,
    }
}

/// The form once more, with room for the reasons that safety items ask for.
pub(super) fn asking_for_reasons(mut sheet: Sheet, refusal: &Error) -> Sheet {
    let mut asked: Vec<_> = sheet.table("signing/overrides", 0).iter().map(|row| row.value("safety_item_id")).collect();
    for barred in &refusal.barred {
        let item = barred.safety_item_id.to_string();
        if !asked.contains(&item) {
            sheet = sheet.with(&format!("signing/overrides/{}/safety_item_id", asked.len()), item.clone());
            asked.push(item);
        }
    }
    sheet
}

/// What is barred, said at the rows that record it.
pub(super) fn at_rows(mut refusal: Error) -> Error {
    let says = "A safety item bars this. Say below why it is right all the same, or change it";
    let pointers = refusal.barred.iter().map(|barred| barred.pointer.clone());
    let mut barred: Vec<_> = pointers.map(|pointer| FieldError::new(pointer, says)).collect();
    barred.dedup();
    refusal.errors.append(&mut barred);
    refusal
}

/// Whether a refusal is said above the form, which is shown again.
pub(super) const fn shows_again(refusal: &Error) -> bool {
    refusal.is_about_form()
        || matches!(
            refusal.code,
            Code::DiagnosisNotPermitted | Code::TechniqueOutOfScope | Code::OverrideNeeded | Code::CopiedUnconfirmed
        )
}
