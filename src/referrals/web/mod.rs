//! A referral, as a page: what is asked, where it stands, what was said about it, and the moves that its reader may make.

pub mod boxes;
pub mod compose;
pub mod moves;
mod people;

use askama::Template;
use serde::Deserialize;
use serde_json::value::RawValue;

use self::moves::{Asks, Offer, spoken};
use self::people::People;
use super::ops::{self, OpenReferral};
use super::rules::ReferralMove;
use super::views::{ReferralEventView, ReferralView, RequestKind};
use crate::actor::Discipline;
use crate::clock::Timestamp;
use crate::error::{Code, Error, Result};
use crate::http::PathId;
use crate::ids::{NoteId, PatientId, ReferralId, StaffId, kind};
use crate::notes::ops::{self as notes, Narrowed};
use crate::patients::ops::{self as patients, PatientView};
use crate::policy::{Action, NoteState, Sight};
use crate::web::{Choice, Frame, Sent, Sheet, Shown, Visit, in_words, titled};

/// Signed notes that a form offers.
const NOTES: i64 = 50;

#[derive(Template)]
#[template(path = "referrals/referral.html")]
struct ReferralPage {
    frame: Frame,
    tab: &'static str,
    /// What the patient is called.
    named: String,
    /// None where the reader is not shown the patient's details.
    patient: Option<PatientView>,
    referral: ReferralView,
    events: Vec<ReferralEventView>,
    offers: Vec<Offer>,
    /// Whom it is for.
    to: String,
    techniques: Vec<String>,
    /// A message about it, where its reader may write one.
    message: Option<Sheet>,
}

/// Something that was said about a referral.
struct Told<'p> {
    at: &'p Timestamp,
    who: Option<&'p str>,
    did: &'static str,
    words: &'p str,
}

impl ReferralPage {
    fn is_full(&self) -> bool {
        self.referral.shown == Sight::Full
    }

    /// Whether notes are written for it now, by whoever reads.
    fn is_treated_by_reader(&self) -> bool {
        let moves = [ReferralMove::Start, ReferralMove::ReturnReport];
        self.offers.iter().any(|offer| moves.contains(&offer.step))
    }

    /// Whether the reader has to decide on it, knowing no more of the patient than what it says.
    fn is_to_decide(&self) -> bool {
        self.offers(ReferralMove::Accept)
    }

    fn offers(&self, step: ReferralMove) -> bool {
        self.offers.iter().any(|offer| offer.step == step)
    }

    /// The moves that led from one state to another, as the line of where it stands.
    fn line(&self) -> Vec<&ReferralEventView> {
        self.events.iter().filter(|event| event.from != event.to).collect()
    }

    /// All that was said about it, first things first: with the moves, and in messages.
    fn conversation(&self) -> Vec<Told<'_>> {
        let with_moves = self.events.iter().filter_map(|event| {
            let who = event.by.as_ref().map(|by| by.name.as_str());
            Some(Told { at: &event.at, who, did: spoken(event.step).did, words: event.words.as_deref()? })
        });
        let messages = self.referral.conversation.iter().map(|message| Told {
            at: &message.written_at,
            who: Some(&message.author.name),
            did: "wrote",
            words: message.text.as_str(),
        });
        let mut told: Vec<_> = with_moves.chain(messages).collect();
        told.sort_by_key(|told| *told.at);
        told
    }

    /// What is asked for, in words.
    fn requested(&self) -> Option<String> {
        let requested = self.referral.requested.as_ref()?;
        Some(match (requested.kind, requested.sessions) {
            (RequestKind::Course, Some(sessions)) => format!("A course of {sessions} sessions"),
            (RequestKind::Course, None) => "A course of sessions".to_owned(),
            (RequestKind::Assessment, _) => "An assessment".to_owned(),
            (RequestKind::JointSession, _) => "A session together".to_owned(),
        })
    }
}

/// A move that was refused, and what was typed for it.
struct Refused {
    step: ReferralMove,
    sent: Sent,
    error: Error,
}

impl Refused {
    fn sheet(&self, visit: &Visit) -> Sheet {
        let sheet = Sheet::again(visit, &self.sent, &self.error);
        if self.error.code == Code::StaleVersion { sheet.saying(STALE) } else { sheet }
    }
}

const STALE: &str = "It has changed since you opened this page, and your move was not made. The page shows how it stands \
                     now; what you typed is kept here.";

/// `GET /referrals/{id}`; a draft goes on where it is written.
///
/// # Errors
/// The refusal's code.
pub async fn referral(visit: Visit, PathId(id): PathId<kind::Referral>) -> Result<Shown> {
    let page = page(&visit, id, None).await?;
    if page.offers(ReferralMove::Send) {
        return Ok(visit.go(format!("/referrals/{id}/edit")));
    }
    visit.show(&page)
}

/// The page of a referral as it stands now, after a move that was refused if there was one.
async fn page(visit: &Visit, id: ReferralId, refused: Option<&Refused>) -> Result<ReferralPage> {
    let opened = visit.read(Action::ReadReferral, move |tx| ops::open(tx, id)).await?;
    let OpenReferral { referral, events, patient: named, may_write } = opened;
    let who = referral.patient_id;
    let patient = match visit.read(Action::ReadPatient, move |tx| patients::read(tx, who)).await {
        Ok(patient) => Some(patient),
        Err(error) if matches!(error.code.status(), 403 | 404) => None,
        Err(error) => return Err(error),
    };
    let people = People::read(visit).await?;
    let frame = visit.frame(format!("Referral {}", referral.number));
    let offers = offers(visit, &frame, &referral, &people, refused).await?;
    let name = |id: &str| visit.app.catalogue.get(id).map_or_else(|| in_words(id), |known| known.name.clone());
    Ok(ReferralPage {
        tab: "",
        named,
        patient,
        to: people.target(&referral.target),
        techniques: referral.techniques.iter().map(|id| name(id.as_str())).collect(),
        message: may_write.then(|| Sheet::blank(visit).with("referral_id", id.to_string()).within("message")),
        offers,
        frame,
        referral,
        events,
    })
}

/// The moves that this reader may make now, each with its form.
async fn offers(
    visit: &Visit,
    frame: &Frame,
    referral: &ReferralView,
    people: &People,
    refused: Option<&Refused>,
) -> Result<Vec<Offer>> {
    let mut offers = Vec::with_capacity(referral.allowed.len());
    for step in &referral.allowed {
        let mut offer = Offer::new(visit, *step, referral, refused);
        match offer.spoken.asks {
            Asks::Report => {
                let (written, newest) = own_notes(visit, frame, referral).await?;
                if let Some(newest) = newest.filter(|_| !offer.sheet.is_refused()) {
                    offer.sheet = offer.sheet.with("note_id", newest);
                }
                offer.choices = written;
            }
            Asks::Target => {
                offer.choices = people.targets(frame);
                if !offer.sheet.is_refused() {
                    offer.sheet = offer.sheet.with("target@json", people::json(&referral.target));
                }
            }
            Asks::Place => offer.choices = people.clinicians(&[Discipline::Physiotherapy, Discipline::Massage]),
            _ => {}
        }
        offers.push(offer);
    }
    Ok(offers)
}

/// The reader's signed notes on the patient, newest first, and the newest that was written for the referral.
async fn own_notes(visit: &Visit, frame: &Frame, referral: &ReferralView) -> Result<(Vec<Choice>, Option<String>)> {
    let patient = referral.patient_id;
    let listed = signed_notes(visit, patient).await?;
    let own: Vec<_> = listed.into_iter().filter(|note| frame.is_own(&note.author)).collect();
    let newest = own.iter().find(|note| note.referral == Some(referral.id)).map(|note| note.id.to_string());
    let choices = own.iter().map(|note| Choice::new(note.id.to_string(), note.called(frame))).collect();
    Ok((choices, newest))
}

/// A signed note, as forms offer it.
struct SignedNote {
    id: NoteId,
    author: StaffId,
    by: String,
    kind: &'static str,
    discipline: Discipline,
    seen: Timestamp,
    referral: Option<ReferralId>,
}

impl SignedNote {
    fn called(&self, frame: &Frame) -> String {
        format!("{}, {}, {}", titled(self.kind), frame.moment(&self.seen), self.by)
    }
}

/// The newest signed notes of a record whose words the reader may read.
async fn signed_notes(visit: &Visit, patient: PatientId) -> Result<Vec<SignedNote>> {
    let list = move |tx: &mut crate::db::Tx| notes::list(tx, patient, Narrowed::default(), None, NOTES);
    let listed = visit.read(Action::ListNotes, list).await?.read.notes;
    let signed = listed.into_iter().filter(|note| note.state == NoteState::Signed && note.body.is_some());
    let offered = signed.map(|note| SignedNote {
        id: note.id,
        author: note.author.id,
        by: note.author.name,
        kind: note.kind.into(),
        discipline: note.discipline,
        seen: note.service_at,
        referral: note.referral_id,
    });
    Ok(offered.collect())
}

#[derive(Template)]
#[template(path = "referrals/taken.html")]
struct TakenPage {
    frame: Frame,
    by: Option<String>,
}

/// Who took a referral, as the refusal tells.
#[derive(Deserialize)]
struct Taken {
    name: String,
}

impl TakenPage {
    fn new(visit: &Visit, by: Option<&RawValue>) -> Self {
        let by = by.and_then(|by| serde_json::from_str::<Taken>(by.get()).ok()).map(|taken| taken.name);
        Self { frame: visit.frame("Already taken"), by }
    }
}
