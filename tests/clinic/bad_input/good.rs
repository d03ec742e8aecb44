//! One good request for every row that takes a body, so that what is bad about it is known to be the only fault.

use std::collections::HashMap;

use serde_json::{Value, json};
use tandem::clock::Timestamp;
use tandem::ids::ReferralId;
use tandem::routes::{Row, Verb, rows};

use super::referrals::{self, About};

use crate::house::{Answer, House, MORNING, PASSWORD, Patient, Practice, Who, visit};

/// What the good requests are about.
pub struct Scene {
    draft: String,
    signed: String,
    to_sign: String,
    to_share: String,
    to_return: String,
    waiting: String,
    review: String,
    half: String,
    barring: String,
    to_resolve: String,
    to_replace: String,
    maker: String,
    episode: String,
    ending_episode: String,
    site: String,
    hired: String,
    invitation: String,
    other_invitation: String,
    refresh_token: String,
    access: String,
    started: String,
    reported: String,
    barring_request: String,
    referrals: HashMap<&'static str, ReferralId>,
}

/// A request that is answered with the row's own status.
pub struct Good {
    /// Who may make it; none for a stranger.
    pub who: Option<Who>,
    /// The path below the base.
    pub path: String,
    /// The body, with every field that the row knows.
    pub body: Value,
    /// The version of what it changes.
    pub version: Option<i64>,
}

impl Scene {
    /// Somebody was hired, Paula has written two notes and signed another, and since then what she did there is barred.
    pub fn of(house: &House) -> Self {
        let hired = json!({"name": "Nora Blum", "email": "nora@lakeside.example", "roles": ["physiotherapist"]});
        let hired = house.as_(Who::Manager).post("/staff", hired).is(201);
        let other = json!({"name": "Nils Blum", "email": "nils@lakeside.example", "roles": ["physiotherapist"]});
        let other = house.as_(Who::Manager).post("/staff", other).is(201);
        let site = house.as_(Who::Manager).post("/sites", json!({"name": "Riverside"})).is(201);
        let new = json!({"kind": "progress", "service_at": MORNING, "body": visit()});
        let notes = format!("/patients/{}/notes", Patient::Ana.id());
        let draft = house.as_(Who::Physio).post(&notes, new).is(201);
        let signed = house.signs_a_visit(Who::Physio, Patient::Ana);
        let maker = json!({"name": "Anna", "relation": "mother", "authority": "guardianship", "may_consent": true,
            "may_receive_records": true});
        let makers = format!("/patients/{}/decision-makers", Patient::Ana.id());
        let maker = house.as_(Who::Receptionist).post(&makers, maker).is(201).id().to_owned();
        let new = json!({"kind": "progress", "service_at": MORNING, "body": words(&maker)});
        let to_sign = house.as_(Who::Physio).post(&notes, new).is(201);
        let raise = |techniques: &[&str]| {
            let item = json!({"kind": "precaution", "what": "Dizzy", "severity": "absolute",
                "bars": {"techniques": techniques}});
            let items = format!("/patients/{}/safety-items", Patient::Ana.id());
            house.as_(Who::Physio).post(&items, item).is(201).id().to_owned()
        };
        let episodes = format!("/patients/{}/episodes", Patient::Ana.id());
        let opens = |complaint| house.as_(Who::Physio).post(&episodes, json!({"complaint": complaint})).is(201);
        let login = json!({"email": Who::Massage.email(), "password": PASSWORD});
        let tokens = house.stranger().post("/auth/login", login).is(200);
        let to_share = house.signs_a_visit(Who::Physio, Patient::Ana);
        house.joins(Who::Physio, Patient::Beat);
        house.joins(Who::OtherPhysio, Patient::Ana);
        house.supervises(Some(Who::Physio), Who::OtherPhysio).is(200);
        let to_return = house.signs_a_visit(Who::OtherPhysio, Patient::Ana);
        let addenda = format!("/notes/{}/addenda", to_share.id());
        let waiting = house.as_(Who::OtherPhysio).post(&addenda, json!({"text": "Called: better."})).is(201);
        let half = json!({"kind": "joint_review", "service_at": MORNING, "body": visit()});
        let half = house.begins(Who::Physio, Patient::Ana, &half);
        let half = house.moves(Who::Physio, &half, "sign", None).is(200);
        let glass = json!({"reason_code": "nobody_reachable", "reason": "Fainted", "password": PASSWORD});
        let access = format!("/patients/{}/emergency-access", Patient::Ana.id());
        let access = house.as_(Who::OtherMassage).post(&access, glass).is(201);
        let laid = (1..).zip(rows()).filter_map(|(number, row)| Some((row.path, referrals::lay(house, row, number)?)));
        Self {
            referrals: laid.collect(),
            reported: house.signs_a_visit(Who::Massage, Patient::Ana).id().to_owned(),
            barring_request: raise(&["lymphatic_drainage"]),
            access: access.id().to_owned(),
            started: house.lays_started_treating(Who::OtherPhysio, Patient::Beat, long_ago(house)).to_string(),
            draft: draft.id().to_owned(),
            signed: signed.id().to_owned(),
            to_sign: to_sign.id().to_owned(),
            to_share: to_share.id().to_owned(),
            to_return: to_return.id().to_owned(),
            waiting: waiting.json["pending"][0]["id"].as_str().unwrap().to_owned(),
            review: house.lays_joint_review(Patient::Ana).to_string(),
            half: half.id().to_owned(),
            barring: raise(&["joint_mobilisation"]),
            to_resolve: raise(&[]),
            to_replace: raise(&[]),
            maker,
            episode: opens("Neck pain").id().to_owned(),
            ending_episode: opens("Back pain").id().to_owned(),
            site: site.id().to_owned(),
            hired: hired.id().to_owned(),
            other_invitation: other.json["invitation"]["token"].as_str().unwrap().to_owned(),
            invitation: hired.json["invitation"]["token"].as_str().unwrap().to_owned(),
            refresh_token: tokens.json["refresh_token"].as_str().unwrap().to_owned(),
        }
    }

    /// The good request of a row. A new row that takes a body is told here what a good one is.
    pub fn good(&self, house: &House, row: &Row) -> Good {
        let (who, body) = referrals::body(row, &self.about()).unwrap_or_else(|| self.body(row));
        let id = match row.path.split('/').nth(1) {
            Some("patients") => Patient::Ana.id().to_string(),
            Some("referrals") => self.referrals[row.path].to_string(),
            Some("staff") => self.hired.clone(),
            Some("sites") => self.site.clone(),
            Some("safety-items") => self.to_resolve.clone(),
            Some("decision-makers") => self.maker.clone(),
            _ if row.path == "/notes/{id}/sign" => self.to_sign.clone(),
            Some("emergency-accesses") => self.access.clone(),
            Some("started-without-note") => self.started.clone(),
            Some("pending-changes") => self.waiting.clone(),
            // The second row about it comes when the first has changed it.
            Some("joint-reviews") => self.review.clone(),
            Some("episodes") if row.path.ends_with("/discharge") => self.ending_episode.clone(),
            Some("episodes") => self.episode.clone(),
            _ if row.path == "/notes/{id}" => self.draft.clone(),
            _ if row.path == "/notes/{id}/sign" => self.to_sign.clone(),
            _ if row.path == "/notes/{id}/return" => self.to_return.clone(),
            _ if row.path == "/notes/{id}/share" || row.path == "/notes/{id}/copy-forward" => self.to_share.clone(),
            _ => self.signed.clone(),
        };
        let path = row.path.replace("{id}", &id);
        let version = row.if_match.then(|| self.version(house, row, &id));
        Good { who, path, body, version }
    }

    fn about(&self) -> About<'_> {
        About { episode: &self.episode, reported: &self.reported, made: &self.maker, barring: &self.barring_request }
    }

    fn overrides(&self) -> Value {
        json!([{"safety_item_id": self.barring, "reason": "No dizziness for a year"}])
    }

    /// A note that Paula has signed.
    pub fn signed(&self) -> &str {
        &self.signed
    }

    fn version(&self, house: &House, row: &Row, id: &str) -> i64 {
        let read = |who, path: &str| house.as_(who).get(path).is(200);
        match row.path.split('/').nth(1) {
            _ if row.path.ends_with("/health-history") => {
                read(Who::Physio, &format!("/patients/{id}/health-history")).version()
            }
            Some("decision-makers") => {
                let makers = format!("/patients/{}/decision-makers", Patient::Ana.id());
                read(Who::Receptionist, &makers).json["items"][0]["version"].as_i64().unwrap()
            }
            Some("notes") => read(Who::Physio, &format!("/notes/{id}")).version(),
            Some("episodes") => read(Who::Physio, &format!("/episodes/{id}")).version(),
            Some("patients") => read(Who::PrivacyOfficer, &format!("/patients/{id}")).version(),
            Some("staff") => read(Who::Manager, &format!("/staff/{id}")).version(),
            Some("emergency-accesses" | "safety-items") => 1,
            Some("referrals") => read(Who::Physio, &format!("/referrals/{id}")).version(),
            Some("pending-changes") => read(Who::Physio, &format!("/pending-changes/{id}")).version(),
            Some("joint-reviews") => {
                let reviews = read(Who::Physio, &format!("/patients/{}/joint-reviews", Patient::Ana.id()));
                let reviews = reviews.json["items"].as_array().unwrap();
                reviews.iter().find(|review| review["id"] == self.review).unwrap()["version"].as_i64().unwrap()
            }
            Some("settings") => read(Who::Manager, "/settings").version(),
            Some("sites") => {
                let sites = read(Who::Manager, "/sites");
                let sites = sites.json["items"].as_array().unwrap();
                sites.iter().find(|site| site["id"] == self.site).unwrap()["version"].as_i64().unwrap()
            }
            Some("me") => read(Who::Physio, "/me/alert-preferences").version(),
            _ => panic!("{}: whose version?", row.path),
        }
    }

    #[expect(clippy::too_many_lines, reason = "one arm for each row")]
    fn body(&self, row: &Row) -> (Option<Who>, Value) {
        let person = json!({"given_name": "Jürgen", "family_name": "Müller", "birth_date": "1961-04-09",
            "preferred_name": "Jürg", "sex": "male", "phone": "+49 30 901820", "email": "juergen@example.org",
            "address": "Seestrasse 1", "gp": "Dr. Roth", "insurer": "Helvetia", "claim_number": "C-7", "health_number": "756.1",
            "emergency_contact": {"name": "Anna", "phone": "+49 30 901821", "relation": "wife"}});
        let (later, service) = (MORNING.plus_seconds(86_400), MORNING.plus_seconds(-1_800));
        let signed_in = |who, body| (Some(who), body);
        match (row.verb, row.path) {
            (Verb::Post, "/auth/login") => (
                None,
                json!({"email": Who::OtherMassage.email(), "password": PASSWORD, "totp": null,
                    "recovery_code": null, "practice": Practice::Lakeside.id()}),
            ),
            (Verb::Post, "/auth/refresh") => (None, json!({"refresh_token": self.refresh_token})),
            (Verb::Post, "/auth/reauthenticate") => {
                signed_in(Who::OtherPhysio, json!({"password": PASSWORD, "totp": null}))
            }
            (Verb::Post, "/auth/password") => signed_in(
                Who::OtherPhysio,
                json!({"current_password": PASSWORD, "new_password": "eight herons at dusk", "totp": null}),
            ),
            (Verb::Post, "/auth/mfa") => signed_in(Who::Owner, json!({"password": PASSWORD})),
            (Verb::Post, "/auth/mfa/confirm") => signed_in(Who::Owner, json!({"code": "123456"})),
            (Verb::Post, "/auth/mfa/remove") => signed_in(Who::Owner, json!({"password": PASSWORD, "code": "123456"})),
            (Verb::Post, "/auth/reset") => {
                (None, json!({"email": Who::Massage.email(), "practice": Practice::Lakeside.id()}))
            }
            (Verb::Post, "/auth/reset/confirm") => {
                (None, json!({"token": self.other_invitation, "password": "nine herons at noon"}))
            }
            (Verb::Post, "/invitations/accept") => {
                (None, json!({"token": self.invitation, "password": "nine herons at noon"}))
            }
            (Verb::Post, "/staff") => signed_in(
                Who::Manager,
                json!({"name": "Ines Weber", "email": "ines@lakeside.example", "roles": ["physiotherapist"],
                    "site_id": self.site, "supervisor_id": Who::Physio.id()}),
            ),
            (Verb::Patch, "/staff/{id}") => signed_in(
                Who::Manager,
                json!({"name": "Nora Blum", "email": "nora.blum@lakeside.example", "away_until": "2030-08-31",
                    "roles": ["physiotherapist"], "site_id": self.site, "supervisor_id": Who::Physio.id(), "active": true}),
            ),
            (Verb::Post, "/sites") => signed_in(Who::Manager, json!({"name": "Harbour"})),
            (Verb::Patch, "/sites/{id}") => signed_in(Who::Manager, json!({"name": "Hillcrest", "open": true})),
            (Verb::Patch, "/settings") => signed_in(
                Who::Manager,
                json!({"name": "Lakeside", "time_zone": "Europe/Vienna", "age_of_majority": 18,
                    "working_days": ["monday", "saturday"], "closed_days": ["2026-12-25"]}),
            ),
            (Verb::Post, "/patients") | (Verb::Patch, "/patients/{id}") => signed_in(Who::Receptionist, person),
            (Verb::Post, "/patients/search") => signed_in(
                Who::Receptionist,
                json!({"name": "brunner", "birth_date": "1984-05-23", "number": "P-000001", "phone": "901820",
                    "limit": 5, "cursor": null}),
            ),
            (Verb::Put, "/patients/{id}/own-record") => {
                signed_in(Who::PrivacyOfficer, json!({"staff_id": Who::OtherPhysio.id()}))
            }
            (Verb::Post, "/patients/{id}/care-team") => signed_in(
                Who::Receptionist,
                json!({"staff_id": Who::OtherMassage.id(), "visit_date": "2026-03-05", "reason": "away"}),
            ),
            (Verb::Post, "/patients/{id}/start-treating") => {
                signed_in(Who::Owner, json!({"reason": "Came in with acute back pain"}))
            }
            (Verb::Post, "/cover") => signed_in(
                Who::Manager,
                json!({"from_staff": Who::Physio.id(), "to_staff": Who::OtherPhysio.id(), "from": MORNING,
                    "until": later}),
            ),
            (Verb::Post, "/patients/{id}/episodes") => signed_in(
                Who::Physio,
                json!({"complaint": "Shoulder pain", "onset": "2026-02-14", "side": "right", "region": "shoulder",
                    "diagnosis": {"text": "Subacromial pain syndrome", "icd10": "M75.4"},
                    "clinical_impression": null, "discipline": "physiotherapy"}),
            ),
            (Verb::Patch, "/episodes/{id}") => signed_in(
                Who::Physio,
                json!({"complaint": "Shoulder pain", "onset": "2026-02-14", "side": "right", "region": "shoulder",
                    "diagnosis": {"text": "Subacromial pain syndrome", "icd10": "M75.4"},
                    "clinical_impression": null}),
            ),
            (Verb::Post, "/episodes/{id}/discharge") => {
                signed_in(Who::Physio, json!({"discipline": "physiotherapy", "outcome": "Reaches overhead again"}))
            }
            (Verb::Post, "/patients/{id}/messages") => {
                signed_in(Who::Physio, json!({"text": "Would you look at her shoulder?", "referral_id": null}))
            }
            (Verb::Post, "/notes/search") => signed_in(
                Who::Physio,
                json!({"words": "stiff neck", "patient_id": Patient::Ana.id(), "limit": 5, "cursor": null}),
            ),
            (Verb::Post, "/patients/{id}/notes") => signed_in(
                Who::Physio,
                json!({"kind": "progress", "discipline": "physiotherapy", "service_at": service,
                    "sharing": "care_team", "body": words(&self.maker), "episode_id": self.episode, "referral_id": null}),
            ),
            (Verb::Put, "/notes/{id}") => signed_in(
                Who::Physio,
                json!({"service_at": service, "sharing": "discipline", "body": words(&self.maker),
                    "episode_id": self.episode, "referral_id": null}),
            ),
            (Verb::Post, "/notes/{id}/share") => signed_in(Who::Physio, json!({"sharing": "discipline"})),
            (Verb::Post, "/notes/{id}/copy-forward") => {
                signed_in(Who::Physio, json!({"service_at": service, "kind": "progress"}))
            }
            (Verb::Post, "/notes/{id}/return" | "/pending-changes/{id}/return") => {
                signed_in(Who::Physio, json!({"comments": "Which side was it?"}))
            }
            (Verb::Post, "/patients/{id}/joint-reviews" | "/joint-reviews/{id}/link") => {
                signed_in(Who::Physio, json!({"note_id": self.half}))
            }
            (Verb::Post, "/joint-reviews/{id}/close") => signed_in(Who::Physio, json!({"reason": "Nobody came"})),
            (Verb::Post, "/notes/{id}/amend") => signed_in(
                Who::Physio,
                json!({"reason": "typo", "explanation": "Right, not left", "body": words(&self.maker),
                    "overrides": self.overrides()}),
            ),
            (Verb::Post, "/notes/{id}/addenda") => signed_in(Who::Physio, json!({"text": "Called: better."})),
            (Verb::Post, "/notes/{id}/entered-in-error") => {
                let right = json!({"patient_id": Patient::Beat.id()});
                signed_in(Who::Physio, json!({"reason": "Belongs to somebody else", "replacement": right}))
            }
            (Verb::Post, "/notes/{id}/sign") => signed_in(
                Who::Physio,
                json!({"answers_referral": null, "overrides": self.overrides(),
                    "confirmed": ["/subjective", "/objective", "/assessment", "/plan", "/treatment"]}),
            ),
            (Verb::Post, "/patients/{id}/safety-items") => signed_in(
                Who::Physio,
                json!({"kind": "red_flag", "what": "Pacemaker since 2024", "severity": "absolute",
                    "contraindication": "pacemaker", "discipline": "physiotherapy", "replaces": self.to_replace,
                    "bars": {"techniques": ["tens"], "disciplines": ["physiotherapy"], "area": "trunk", "side": "left"}}),
            ),
            (Verb::Post, "/safety-items/{id}/resolve") => signed_in(Who::Physio, json!({"reason": "Cleared"})),
            (Verb::Put, "/patients/{id}/health-history") => signed_in(
                Who::Physio,
                json!({"conditions": ["Asthma"], "medications": ["Salbutamol"], "surgeries": ["Appendix, 1999"],
                    "implants": ["Screw, left ankle"], "pregnancy": "possible", "expected_on": "2026-09-01"}),
            ),
            (Verb::Post, "/patients/{id}/decision-makers") | (Verb::Patch, "/decision-makers/{id}") => signed_in(
                Who::Receptionist,
                json!({"name": "Anna", "relation": "mother", "authority": "guardianship", "may_consent": true,
                    "may_receive_records": true, "from": "2020-01-01", "until": "2030-01-01", "limits": "No surgery",
                    "phone": "+41 44 901 82 00", "email": "anna@example.org"}),
            ),
            (Verb::Post, "/patients/{id}/consent-directives") => signed_in(
                Who::Receptionist,
                json!({"covers": "record", "covered_id": null, "bars": "discipline", "staff_id": null,
                    "discipline": "massage", "from": later, "until": later.plus_seconds(86_400), "reason": "Private"}),
            ),
            (Verb::Post, "/patients/{id}/emergency-access") => signed_in(
                Who::OtherMassage,
                json!({"reason_code": "serious_harm", "reason": "Collapsed", "password": PASSWORD, "totp": null}),
            ),
            (Verb::Post, "/patients/{id}/exports") => signed_in(
                Who::PrivacyOfficer,
                json!({"recipient": "patient", "recipient_name": "Anna", "decision_maker_id": self.maker,
                    "purpose": "Ana's files", "authority": "Her written request", "severed": [{"note_id": self.signed, "reason": "Harm"}]}),
            ),
            (Verb::Post, "/patients/{id}/audit-access") => signed_in(Who::Manager, json!({"reason": "A complaint"})),
            (Verb::Post, "/emergency-accesses/{id}/review" | "/started-without-note/{id}/review") => {
                signed_in(Who::PrivacyOfficer, json!({"verdict": "justified", "reason": "Confirmed"}))
            }
            (Verb::Put, "/me/alert-preferences") => signed_in(
                Who::Physio,
                json!({"digest_hour": 18, "choices": [{"kind": "message", "delivery": "digest"}]}),
            ),
            (verb, path) => panic!("what is a good body of {verb:?} {path}?"),
        }
    }
}

/// So long ago that a note would have been signed since.
pub fn long_ago(house: &House) -> Timestamp {
    house.clock.now().plus_seconds(-14 * 86_400)
}

/// A note in which every field stands, and to which a decision-maker consented.
fn words(maker: &str) -> Value {
    json!({
        "schema_version": 1,
        "relaxation": false,
        "text": "Called.",
        "outcome": "Ongoing.",
        "subjective": {"text": "Better.", "pain": {"now": 3, "best": 1, "worst": 5}, "aggravating": "Stairs",
            "easing": "Heat", "sleep": "Well", "psychosocial": "Busy", "goals": ["Run again"]},
        "objective": {"text": "Stiff.", "palpation": "Tender",
            "measurements": [
                {"type": "range", "movement": "rotation", "side": "left", "value": 60, "unit": "degrees", "normal": 80},
                {"type": "strength", "muscle": "triceps", "side": "right", "grade": "4+"},
                {"type": "special_test", "name": "Spurling", "side": "left", "positive": false}],
            "body_chart": [{"view": "back", "x": 500, "y": 200, "kind": "pain", "intensity": 4}]},
        "assessment": {"text": "Settling.", "diagnosis": "Facet joint irritation", "response": "Good",
            "clinical_impression": null, "progress": "Half way"},
        "plan": {"text": "Go on.", "next_visit": "in one week", "home_exercises": "Rotation", "advice": "Walk",
            "planned_techniques": ["joint_mobilisation"]},
        "treatment": [{"technique": "joint_mobilisation", "region": "neck", "side": "left", "minutes": 15,
            "dose": "grade III", "response": "10 degrees more"}],
        "consent": {"given": true, "given_by": {"who": "decision_maker", "id": maker, "name": "Anna", "relation": "mother"},
            "sensitive_areas": [{"area": "groin", "given": true}]}
    })
}

impl Good {
    /// Makes the request with some other body, or its own.
    pub fn send(&self, house: &House, row: &Row, body: Option<String>, content_type: Option<&str>) -> Answer {
        let mut client = self.who.map_or_else(|| house.stranger(), |who| house.as_(who));
        if let Some(version) = self.version {
            client = client.if_match(version);
        }
        if let Some(content_type) = content_type {
            client = client.header("Content-Type", content_type);
        }
        client.send(method(row), &self.path, body)
    }
}

/// The row's method, as HTTP writes it.
pub fn method(row: &Row) -> &'static str {
    match row.verb {
        Verb::Get => "GET",
        Verb::Post => "POST",
        Verb::Put => "PUT",
        Verb::Patch => "PATCH",
        Verb::Delete => "DELETE",
    }
}
