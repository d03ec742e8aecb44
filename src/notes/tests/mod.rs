use serde_json::{Value, json};

use super::NoteBody;

mod body;
mod copied;
mod diff;
mod life;
mod required;
mod scope;

/// A complete follow-up visit, as a physiotherapist sends it.
fn visit() -> Value {
    json!({
        "subjective": {
            "text": "Shoulder eases after the exercises, still wakes once a night.",
            "pain": {"now": 3, "best": 1, "worst": 6},
            "aggravating": "reaching overhead",
            "goals": ["Hang up washing without pain"]
        },
        "objective": {
            "measurements": [
                {"type": "range", "movement": "flexion", "side": "right", "value": 142.5, "unit": "degrees", "normal": 180},
                {"type": "strength", "muscle": "supraspinatus", "side": "right", "grade": "4+"},
                {"type": "special_test", "name": "Hawkins-Kennedy", "side": "right", "positive": true}
            ],
            "body_chart": [{"view": "front", "x": 310, "y": 228, "kind": "pain", "intensity": 3}]
        },
        "assessment": {"diagnosis": "Subacromial pain syndrome", "progress": "Half way to the goal"},
        "plan": {"next_visit": "in one week", "planned_techniques": ["sports_massage"]},
        "treatment": [
            {"technique": "joint_mobilisation", "region": "shoulder", "side": "right", "minutes": 15, "dose": "grade III",
             "response": "10 degrees more flexion"}
        ],
        "consent": {"given": true, "given_by": {"who": "patient"}}
    })
}

/// [`visit`] with one thing put in, by JSON Pointer to an existing parent.
fn visit_with(parent: &str, key: &str, value: Value) -> Value {
    let mut note = visit();
    note.pointer_mut(parent).unwrap()[key] = value;
    note
}

/// [`visit`] with one thing taken out.
fn visit_without(parent: &str, key: &str) -> Value {
    let mut note = visit();
    note.pointer_mut(parent).unwrap().as_object_mut().unwrap().remove(key).unwrap();
    note
}

fn note(value: Value) -> NoteBody {
    serde_json::from_value(value).unwrap()
}
