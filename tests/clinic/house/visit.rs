//! A visit as it is written down.

use serde_json::{Value, json};
use tandem::actor::Role;

use super::client::Answer;
use super::{House, MORNING, Patient, Who, renew_session};

/// A complete follow-up visit, as a physiotherapist sends it.
pub fn visit() -> Value {
    json!({
        "subjective": {"text": "Neck eases; still stiff in the morning.", "pain": {"now": 3, "best": 1, "worst": 5}},
        "objective": {"measurements": [{"type": "range", "movement": "rotation", "side": "left", "value": 60,
            "unit": "degrees", "normal": 80}]},
        "assessment": {"diagnosis": "Facet joint irritation", "progress": "Half way to the goal"},
        "plan": {"next_visit": "in one week"},
        "treatment": [{"technique": "joint_mobilisation", "region": "neck", "side": "left", "minutes": 15,
            "response": "10 degrees more rotation"}],
        "consent": {"given": true, "given_by": {"who": "patient"}}
    })
}

/// [`visit`] as the body of a request that begins a note.
pub fn new_visit() -> Value {
    json!({"kind": "progress", "service_at": MORNING.plus_seconds(-1_800), "body": visit()})
}

impl House {
    /// Somebody begins to treat a patient.
    pub fn joins(&self, who: Who, patient: Patient) {
        let start = format!("/patients/{}/start-treating", patient.id());
        self.as_(who).post(&start, json!({"reason": "Shares the treatment"})).is(201);
    }

    /// These people have just entered their passwords again.
    pub fn renews(&self, people: &[Who]) {
        for who in people {
            renew_session(&mut self.database.owner(), *who, self.clock.now());
        }
    }

    /// The manager says whose second signature somebody needs from now on, if any.
    pub fn supervises(&self, supervisor: Option<Who>, student: Who) -> Answer {
        let member = format!("/staff/{}", student.id());
        let version = self.as_(Who::Manager).get(&member).is(200).version();
        let change = json!({"supervisor_id": supervisor.map(Who::id)});
        self.as_(Who::Manager).if_match(version).patch(&member, change)
    }

    /// The manager ends somebody's time in the practice.
    pub fn deactivates(&self, who: Who) {
        let member = format!("/staff/{}", who.id());
        let version = self.as_(Who::Manager).get(&member).is(200).version();
        self.as_(Who::Manager).if_match(version).post(&format!("{member}/deactivate"), None).is(200);
    }

    /// A draft with these words.
    pub fn begins(&self, who: Who, patient: Patient, new: &Value) -> Answer {
        self.as_(who).post(&format!("/patients/{}/notes", patient.id()), new.clone()).is(201)
    }

    /// Makes a move on what was answered before, with its version.
    pub fn moves(&self, who: Who, on: &Answer, step: &str, body: impl Into<Option<Value>>) -> Answer {
        self.as_(who).if_match(on.version()).post(&format!("/notes/{}/{step}", on.id()), body)
    }

    /// The note as somebody reads it now.
    pub fn reads(&self, who: Who, note: &Answer) -> Answer {
        self.as_(who).get(&format!("/notes/{}", note.id()))
    }

    /// A signed note of one discipline about the course so far, for a joint review.
    pub fn signs_half(&self, who: Who, patient: Patient) -> Answer {
        let body = json!({"assessment": {"text": "Half way."}, "plan": {"text": "Go on."}});
        let new = json!({"kind": "joint_review", "service_at": self.clock.now(), "body": body});
        let draft = self.begins(who, patient, &new);
        self.moves(who, &draft, "sign", None).is(200)
    }

    /// A [`visit`], written and signed; the signed note. A massage therapist's tells of massage and of an impression.
    pub fn signs_a_visit(&self, who: Who, patient: Patient) -> Answer {
        let mut new = new_visit();
        if who.roles() == [Role::MassageTherapist] {
            new["body"]["assessment"] =
                json!({"clinical_impression": "Tense neck", "progress": "Half way to the goal"});
            new["body"]["treatment"][0]["technique"] = json!("deep_tissue_massage");
        }
        let draft = self.as_(who).post(&format!("/patients/{}/notes", patient.id()), new).is(201);
        let sign = format!("/notes/{}/sign", draft.id());
        self.as_(who).if_match(draft.version()).post(&sign, None).is(200)
    }
}
