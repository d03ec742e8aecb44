//! Composing a referral: filled in with what is known, saved, sent.

use std::collections::BTreeSet;

use askama::Template;
use serde::Deserialize;
use serde_json::{Value, json};
use strum::IntoEnumIterator;

use super::super::ops;
use super::super::rules::{ReferralMove, Urgency};
use super::super::views::{DraftReferral, ReferralView, ReferralWarning, RequestKind};
use super::moves::beside_its_field;
use super::people::{self, People};
use super::{SignedNote, page, referral, signed_notes};
use crate::chart::ReferralState;
use crate::db::Retry;
use crate::episodes::ops::{self as episodes, EpisodeView};
use crate::error::{Code, Error, Result};
use crate::http::{Filter, PathId};
use crate::ids::{NoteId, PatientId, ReferralId, kind};
use crate::notes::ops as notes;
use crate::patients::ops::{self as patients, DecisionMakerView, PatientView};
use crate::policy::Action;
use crate::web::{Choice, Form, Frame, Pressed, Sheet, Shown, Visit, titled};

/// Episodes and decision-makers that the form offers.
const MOST: i64 = 50;
/// Characters of precautions at most.
const LONGEST: usize = 4_000;

#[derive(Template)]
#[template(path = "referrals/compose.html")]
struct ComposePage {
    frame: Frame,
    tab: &'static str,
    patient: PatientView,
    /// None while the referral is yet to be begun.
    draft: Option<ReferralView>,
    sheet: Sheet,
    known: Known,
    /// Whether the draft was saved elsewhere meanwhile, so that both are shown.
    meanwhile: bool,
}

/// What the form chooses from.
struct Known {
    people: People,
    episodes: Vec<EpisodeView>,
    notes: Vec<SignedNote>,
    deciders: Vec<DecisionMakerView>,
    techniques: Vec<Choice>,
}

impl Known {
    async fn read(visit: &Visit, id: PatientId) -> Result<Self> {
        let episodes = visit.read(Action::ListEpisodes, move |tx| episodes::list(tx, id, None, MOST)).await?.episodes;
        let (people, notes, deciders) = tokio::try_join!(
            People::read(visit),
            signed_notes(visit, id),
            visit.read(Action::ListDecisionMakers, move |tx| patients::list_decision_makers(tx, id, None, MOST)),
        )?;
        let techniques = visit.app.catalogue.iter();
        let techniques = techniques.map(|known| Choice::new(known.id.clone(), known.name.clone())).collect();
        let episodes = episodes.into_iter().filter(|episode| episode.closed_at.is_none()).collect();
        Ok(Self { people, episodes, notes, deciders, techniques })
    }
}

impl ComposePage {
    async fn of(visit: &Visit, id: PatientId, draft: Option<ReferralView>, sheet: Sheet) -> Result<Self> {
        let known = Known::read(visit, id).await?;
        let patient = visit.read(Action::ReadPatient, move |tx| patients::read(tx, id)).await?;
        let frame = visit.frame(format!("Referral, {}", patient.record_number));
        Ok(Self { frame, tab: "", patient, draft, sheet, known, meanwhile: false })
    }

    fn targets(&self) -> Vec<Choice> {
        self.known.people.targets(&self.frame)
    }

    fn episodes(&self) -> Vec<Choice> {
        let choice = |episode: &EpisodeView| Choice::new(episode.id.to_string(), episode.complaint.as_str());
        self.known.episodes.iter().map(choice).collect()
    }

    /// Who may agree to it: the patient, or whoever decides for them.
    fn givers(&self) -> Vec<Choice> {
        let may = self.known.deciders.iter().filter(|maker| maker.is.may_consent);
        let others = may.map(|maker| {
            let is = &maker.is;
            let label = format!("{} ({}) agrees for them", is.name.as_str(), is.relation.as_str());
            Choice::new(json!({"decision_maker_id": maker.id}).to_string(), label)
        });
        std::iter::once(Choice::new("{}", "The patient agrees")).chain(others).collect()
    }

    /// Whether a box of a list is ticked; the list may stand in the form in either way that forms write lists.
    fn is_ticked(&self, list: &str, value: &str) -> bool {
        let is_of = |name: &str| name.split('/').next() == Some(list);
        self.sheet.pairs().iter().any(|(name, held)| is_of(name) && held == value)
    }

    fn is_ticked_note(&self, id: &NoteId) -> bool {
        self.is_ticked("attachments", &id.to_string())
    }

    fn attaches(&self) -> bool {
        self.known.notes.iter().any(|note| self.is_ticked_note(&note.id))
    }

    fn any_technique(&self) -> bool {
        self.known.techniques.iter().any(|technique| self.is_ticked("techniques", &technique.value))
    }
}

/// The note that gives rise to a referral.
#[derive(Clone, Copy, Default, Deserialize)]
#[serde(default)]
pub struct From {
    note: Option<NoteId>,
}

/// `GET /patients/{id}/referrals/new?note=..`
///
/// # Errors
/// The refusal's code.
pub async fn blank(visit: Visit, PathId(id): PathId<kind::Patient>, Filter(from): Filter<From>) -> Result<Shown> {
    let page = ComposePage::of(&visit, id, None, Sheet::blank(&visit)).await?;
    let note = match from.note {
        Some(note) => Some(visit.read(Action::ReadNote, move |tx| notes::read(tx, note)).await?.read),
        None => None,
    };
    let note = note.filter(|note| note.patient_id == id);
    let only = page.known.episodes.first().filter(|_| page.known.episodes.len() == 1);
    let episode = note.as_ref().and_then(|note| note.episode_id).or(only.map(|episode| episode.id));
    let found: Value = match note.as_ref().and_then(|note| note.body.as_deref()) {
        Some(body) => serde_json::from_str(body.get()).map_err(Error::internal)?,
        None => Value::Null,
    };
    let of_episode = page.known.episodes.iter().find(|known| Some(known.id) == episode);
    let attached = note.as_ref().filter(|note| page.known.notes.iter().any(|signed| signed.id == note.id));
    let begun = json!({
        "episode_id": episode,
        "urgency": Urgency::Routine,
        "requested": {"kind": RequestKind::Assessment},
        "reason": reason(&found, of_episode),
        "precautions": precautions(&page.patient),
        "attachments": attached.map(|note| note.id),
    });
    let sheet = Sheet::of(&visit, &begun, None);
    let sheet = match page.known.people.nearest(&page.frame) {
        Some(target) => sheet.with("target@json", target),
        None => sheet,
    };
    visit.show(&ComposePage { sheet, ..page })
}

/// What was found: in the note, or for the episode.
fn reason(note: &Value, episode: Option<&EpisodeView>) -> Option<String> {
    let in_note = |field: &str| note.pointer(&format!("/assessment/{field}")).and_then(Value::as_str);
    let diagnosis = |text: &str| format!("Diagnosis: {text}");
    let impression = |text: &str| format!("Impression: {text}");
    in_note("diagnosis").map(diagnosis).or_else(|| in_note("clinical_impression").map(impression)).or_else(|| {
        let episode = episode?;
        let of_diagnosis = episode.diagnosis.as_ref().map(|found| diagnosis(found.text.as_str()));
        of_diagnosis.or_else(|| episode.clinical_impression.as_ref().map(|found| impression(found.text.as_str())))
    })
}

/// What the open safety items say.
fn precautions(patient: &PatientView) -> String {
    let items = patient.safety.safety_items.iter().flatten().map(|item| item.what.as_str());
    items.collect::<Vec<_>>().join("; ").chars().take(LONGEST).collect()
}

/// `POST /patients/{id}/referrals`
///
/// # Errors
/// The refusal's code; what is wrong with the form is said above it.
pub async fn begin(visit: Visit, PathId(id): PathId<kind::Patient>, mut form: Form<DraftReferral>) -> Result<Shown> {
    match begun(&visit, id, &mut form).await {
        Ok(draft) => Ok(visit.go_saying(format!("/referrals/{}/edit", draft.id), "The draft is saved.")),
        Err(error) => not_begun(&visit, id, &form, error).await,
    }
}

/// `POST /patients/{id}/referrals/send` begins a referral and sends it.
///
/// # Errors
/// The refusal's code; what is wrong with the form, or missing, is said above it, and the draft is kept.
pub async fn begin_and_send(
    visit: Visit,
    PathId(id): PathId<kind::Patient>,
    mut form: Form<DraftReferral>,
) -> Result<Shown> {
    match begun(&visit, id, &mut form).await {
        Ok(draft) => match sent(&visit, &draft, form.sent.retry()).await {
            Ok(shown) => Ok(shown),
            Err(error) => again(&visit, draft.id, &form, error).await,
        },
        Err(error) => not_begun(&visit, id, &form, error).await,
    }
}

async fn begun(visit: &Visit, id: PatientId, form: &mut Form<DraftReferral>) -> Result<ReferralView> {
    let (retry, draft) = (form.sent.retry(), form.value()?);
    visit.write(Action::CreateReferral, move |tx| ops::begin(tx, &retry, id, &draft)).await
}

async fn not_begun(visit: &Visit, id: PatientId, form: &Form<DraftReferral>, error: Error) -> Result<Shown> {
    if !error.is_about_form() {
        return Err(error);
    }
    let error = beside_its_field(error);
    visit.show_again(&ComposePage::of(visit, id, None, form.again(visit, &error)).await?, &error)
}

/// Sends a draft as it stands; a second click on the same form sends nothing more.
async fn sent(visit: &Visit, draft: &ReferralView, retry: Retry) -> Result<Shown> {
    let (id, version) = (draft.id, draft.version);
    let retry = Retry { route: format!("POST /referrals/{id}/send"), ..retry };
    let sent = visit.write(Action::SendReferral, move |tx| ops::send(tx, &retry, id, version)).await?;
    let said = match sent.warnings.first() {
        Some(ReferralWarning::TargetAway) => "Sent. It is urgent and your colleague is away: call somebody as well.",
        Some(ReferralWarning::SiteClosed) => "Sent. It is urgent and that site is closed: call somebody as well.",
        None => "The referral is sent. Whoever answers it, you will be told.",
    };
    Ok(visit.go_saying(format!("/referrals/{id}"), said))
}

/// `GET /referrals/{id}/edit`; what is sent is shown as it is.
///
/// # Errors
/// The refusal's code.
pub async fn editor(visit: Visit, PathId(id): PathId<kind::Referral>) -> Result<Shown> {
    let draft = visit.read(Action::ReadReferral, move |tx| ops::read(tx, id)).await?;
    if !draft.allowed.contains(&ReferralMove::Send) {
        return referral(visit, PathId(id)).await;
    }
    let sheet = stands(&visit, &draft);
    visit.show(&ComposePage::of(&visit, draft.patient_id, Some(draft), sheet).await?)
}

/// The form as the draft stands.
fn stands(visit: &Visit, draft: &ReferralView) -> Sheet {
    let now = json!({
        "episode_id": draft.episode_id,
        "urgency": draft.urgency,
        "reason": draft.reason,
        "question": draft.question,
        "precautions": draft.precautions,
        "requested": draft.requested,
        "techniques": draft.techniques,
        "target_date": draft.target_date,
        "attachments": draft.attachments.iter().map(|note| note.note_id).collect::<Vec<_>>(),
    });
    let sheet = Sheet::of(visit, &now, Some(draft.version)).with("target@json", people::json(&draft.target));
    match &draft.agreement {
        Some(agreement) => sheet.with("agreement@json", json!(agreement).to_string()),
        None => sheet,
    }
}

/// `POST /referrals/{id}/edit`
///
/// # Errors
/// The refusal's code; what is wrong with the form is said above it.
pub async fn save(visit: Visit, PathId(id): PathId<kind::Referral>, mut form: Form<DraftReferral>) -> Result<Shown> {
    match changed(&visit, id, &mut form).await {
        Ok(_) => Ok(visit.go_saying(format!("/referrals/{id}/edit"), "The draft is saved.")),
        Err(error) => again(&visit, id, &form, error).await,
    }
}

/// `POST /referrals/{id}/send` saves what stands in the form, and sends it.
///
/// # Errors
/// The refusal's code; what is wrong with the form, or missing, is said above it.
pub async fn send(visit: Visit, PathId(id): PathId<kind::Referral>, mut form: Form<DraftReferral>) -> Result<Shown> {
    let outcome = match changed(&visit, id, &mut form).await {
        Ok(draft) => sent(&visit, &draft, form.sent.retry()).await,
        Err(error) => Err(error),
    };
    match outcome {
        Ok(shown) => Ok(shown),
        Err(error) => again(&visit, id, &form, error).await,
    }
}

async fn changed(visit: &Visit, id: ReferralId, form: &mut Form<DraftReferral>) -> Result<ReferralView> {
    let (version, draft) = (form.sent.version()?, form.value()?);
    visit.write(Action::ChangeReferral, move |tx| ops::change(tx, id, version, &draft)).await
}

/// The form once more, over what stands now: with all that was typed, and, where the draft was saved elsewhere, that below.
async fn again(visit: &Visit, id: ReferralId, form: &Form<DraftReferral>, refusal: Error) -> Result<Shown> {
    if !refusal.is_about_form() {
        return Err(refusal);
    }
    let stands = visit.read(Action::ReadReferral, move |tx| ops::read(tx, id)).await?;
    if stands.state != ReferralState::Draft {
        return sent_meanwhile(visit, &stands, form, refusal).await;
    }
    let refusal = beside_its_field(refusal);
    let sheet = form.again(visit, &refusal).over(stands.version);
    let sheet = match refusal.code {
        Code::PartsMissing => sheet.saying("Before it can be sent, this is still missing. The draft is saved."),
        Code::StaleVersion => sheet.saying(
            "It was saved elsewhere while you had it open. What you typed is here, and what was saved is beside it; saving \
             once more puts yours in its place.",
        ),
        _ => sheet,
    };
    let page = ComposePage::of(visit, stands.patient_id, Some(stands), sheet).await?;
    visit.show_again(&ComposePage { meanwhile: refusal.code == Code::StaleVersion, ..page }, &refusal)
}

/// What becomes of the form of a draft that is none any more: a second click has nothing to say; what somebody wrote in
/// another tab stands at the top of the referral.
async fn sent_meanwhile(
    visit: &Visit,
    stands_now: &ReferralView,
    form: &Form<DraftReferral>,
    refusal: Error,
) -> Result<Shown> {
    let id = stands_now.id;
    if said(&form.again(visit, &refusal)).is_subset(&said(&stands(visit, stands_now))) {
        return Ok(visit.go(format!("/referrals/{id}")));
    }
    match page(visit, id, None).await {
        Ok(page) => visit.show_again(&page, &refusal),
        // Whoever may not see how it stands now is told why it was refused.
        Err(_) => Err(refusal),
    }
}

/// What a form says, in whichever of the two ways it writes its lists.
fn said(sheet: &Sheet) -> BTreeSet<(String, String)> {
    let bare = |name: &str| name.split('/').filter(|part| part.parse::<u16>().is_err()).collect::<Vec<_>>().join("/");
    let said = sheet.pairs().into_iter().map(|(name, value)| (bare(&name), value.trim().to_owned()));
    said.filter(|(_, value)| !value.is_empty()).collect()
}

/// `POST /referrals/{id}/discard`
///
/// # Errors
/// The refusal's code.
pub async fn discard(visit: Visit, PathId(id): PathId<kind::Referral>, form: Form<Pressed>) -> Result<Shown> {
    let version = form.sent.version()?;
    visit.write(Action::DiscardReferral, move |tx| ops::discard(tx, id, version)).await?;
    Ok(visit.go_saying("/referrals?box=outbox", "The draft is thrown away."))
}

/// How soon an answer may be wanted.
fn urgencies() -> Vec<Choice> {
    let within = |urgency| match urgency {
        Urgency::Urgent => "Urgent: an answer within 24 hours",
        Urgency::Soon => "Soon: within 3 working days",
        Urgency::Routine => "Routine: within 10 working days",
    };
    Urgency::iter().map(|urgency| Choice::new(<&'static str>::from(urgency), within(urgency))).collect()
}

/// What may be asked for.
fn kinds() -> Vec<Choice> {
    RequestKind::iter().map(|kind| Choice::new(<&'static str>::from(kind), titled(kind.into()))).collect()
}
