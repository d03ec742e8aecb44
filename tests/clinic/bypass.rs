//! What is signed or recorded is never changed, by whatever way one comes.

use crate::house::{House, Patient, Who, on_both};

on_both!(calls_are_recorded);
fn calls_are_recorded(house: &House) {
    house.as_(Who::Physio).get("/catalogue/techniques").is(200);
    house.as_(Who::Physio).get(&format!("/patients/{}/notes", Patient::Ana.id())).is(200);
    house.as_(Who::OtherPhysio).get(&format!("/patients/{}/notes", Patient::Ana.id())).is(403);
    house.as_(Who::Elsewhere).get(&format!("/patients/{}/notes", Patient::Ana.id())).is(404);
    house.stranger().get(&format!("/patients/{}/notes", Patient::Ana.id())).is(401);
}
