//! A visit as it is written down.

use serde_json::{Value, json};
use tandem::actor::Role;

use super::client::Answer;
use super::{House, MORNING, Patient, Who};

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
