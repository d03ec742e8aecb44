//! One case or more for each row of the route table: what is asked, and what the policy has to know of it.

use serde_json::{Value, json};
use tandem::error::Code;
use tandem::ids::{Id, PatientId};
use tandem::policy::{Action, Facts, NoteFacts, NoteState, Place, Relation, Ties, Withheld};
use tandem::routes::Row;
use tandem::routes::Verb::{self, Delete, Get, Patch, Post, Put};

use super::alert_cases::ALERTS;
use super::consent_cases::CONSENT;
use super::cosign_cases::COSIGNING;
use super::export_cases::EXPORTS;
use super::referral_cases::REFERRALS;
use super::scenes::{Scene, Stage, body, discipline, roles, words};
use crate::house::{MORNING, PASSWORD, Who};

/// How a row is asked, scene by scene.
pub struct Case {
    /// The row's method.
    pub verb: Verb,
    /// The row's path.
    pub path: &'static str,
    /// In which scenes it is asked.
    pub scenes: &'static [Scene],
    /// Makes the call; none where the scene cannot come about.
    pub ask: fn(&Stage, Who, Scene) -> Option<Ask>,
}

/// One call, and the facts that decide it.
pub struct Ask {
    /// What stands for `{id}` in the path.
    pub id: Option<String>,
    /// What follows the path.
    pub query: &'static str,
    /// What `If-Match` says.
    pub version: Option<i64>,
    /// The body.
    pub body: Option<Value>,
    /// Whose record an event of it names.
    pub subject: Option<PatientId>,
    /// What the rules of the room say once the policy has allowed it.
    pub then: Option<Code>,
    /// Where it lies, if that alone decides.
    pub place: Option<Place>,
    /// How whoever asks relates to the patient.
    pub relation: Relation,
    /// The note it is about.
    pub note: Option<NoteFacts>,
}

impl Ask {
    fn plain() -> Self {
        Self {
            id: None,
            query: "",
            version: None,
            body: None,
            subject: None,
            then: None,
            place: None,
            relation: Relation::None,
            note: None,
        }
    }

    pub fn of<K>(id: Id<K>, scene: Scene) -> Self {
        let place = match scene {
            Scene::Elsewhere => Some(Place::Elsewhere),
            Scene::Oneself => Some(Place::Oneself),
            Scene::Plain | Scene::Own | Scene::Related | Scene::Former | Scene::Unrelated => None,
        };
        Self { id: Some(id.to_string()), place, ..Self::plain() }
    }

    /// About a fresh patient.
    pub fn patient(stage: &Stage, who: Who, scene: Scene) -> Self {
        let id = stage.patient(who, scene, &[]);
        Self::of(id, scene).about(id, who, scene)
    }

    /// About a fresh note.
    pub fn note(stage: &Stage, who: Who, scene: Scene, written: NoteState) -> Option<Self> {
        let note = stage.note(who, scene, written)?;
        let ask = Self::of(note.id, scene).about(note.patient, who, scene);
        Some(Self { version: Some(note.version), note: Some(note.facts), ..ask })
    }

    /// About a fresh episode of care, opened by a physiotherapist.
    fn episode(stage: &Stage, who: Who, scene: Scene) -> Self {
        let (patient, id) = stage.episode(who, scene);
        Self::of(id, scene).about(patient, who, scene)
    }

    pub fn about(self, patient: PatientId, who: Who, scene: Scene) -> Self {
        let subject = (scene != Scene::Elsewhere).then_some(patient);
        Self { subject, relation: Stage::relation(who, scene), ..self }
    }

    pub fn at(self, version: i64) -> Self {
        Self { version: Some(version), ..self }
    }

    pub fn with(self, body: Value) -> Self {
        Self { body: Some(body), ..self }
    }

    pub fn then(self, code: Code, when: bool) -> Self {
        Self { then: when.then_some(code), ..self }
    }

    /// The question that the policy answers.
    pub fn facts(&self, action: Action, who: Who) -> Facts {
        let ties = Ties { relation: self.relation, withheld: Withheld::Nothing, note: self.note };
        Facts { action, roles: roles(who), place: self.place.unwrap_or(Place::Here(ties)) }
    }

    /// The row's path with what stands in it here.
    pub fn path(&self, row: &Row) -> String {
        let id = self.id.as_deref().unwrap_or("{id}");
        row.path.replace("{id}", id).replace("{number}", "1").replace("{seq}", "0") + self.query
    }
}

pub const PLAIN: &[Scene] = &[Scene::Plain];
pub const OFFICE: &[Scene] = &[Scene::Related, Scene::Elsewhere];
pub const COLLEAGUE: &[Scene] = &[Scene::Related, Scene::Oneself, Scene::Elsewhere];
pub const PATIENT: &[Scene] = &[Scene::Related, Scene::Former, Scene::Unrelated, Scene::Oneself, Scene::Elsewhere];
/// Those about a note.
pub const NOTE: &[Scene] =
    &[Scene::Own, Scene::Related, Scene::Former, Scene::Unrelated, Scene::Oneself, Scene::Elsewhere];

pub const fn case(
    verb: Verb,
    path: &'static str,
    scenes: &'static [Scene],
    ask: fn(&Stage, Who, Scene) -> Option<Ask>,
) -> Case {
    Case { verb, path, scenes, ask }
}

/// A row that takes nothing but the asking.
pub const fn plainly(verb: Verb, path: &'static str) -> Case {
    case(verb, path, PLAIN, |_, _, _| Some(Ask::plain()))
}

/// Every case.
pub fn cases() -> impl Iterator<Item = &'static Case> {
    let clinical = [EPISODES, NOTES, COSIGNING, REFERRALS, EXPORTS, ALERTS, AUDIT];
    [ACCOUNT, STAFF, PATIENTS, SAFETY, CONSENT].into_iter().chain(clinical).flatten()
}

const ACCOUNT: &[Case] = &[
    case(Post, "/auth/login", PLAIN, |_, who, _| {
        Some(Ask::plain().with(json!({"email": who.email(), "password": PASSWORD})))
    }),
    case(Post, "/auth/refresh", PLAIN, |stage, who, _| {
        let login = json!({"email": who.email(), "password": PASSWORD});
        let tokens = stage.house.stranger().post("/auth/login", login).is(200).json;
        Some(Ask::plain().with(json!({"refresh_token": tokens["refresh_token"]})))
    }),
    plainly(Post, "/auth/logout"),
    plainly(Get, "/auth/sessions"),
    case(Delete, "/auth/sessions/{id}", &[Scene::Own, Scene::Related, Scene::Elsewhere], |stage, who, scene| {
        Some(match scene {
            Scene::Own => Ask::of(stage.session(who), scene),
            Scene::Elsewhere => Ask::of(stage.session(Who::Elsewhere), scene),
            // To everybody else a session is as far away as another practice.
            _ => Ask::of(stage.session(Who::OtherPhysio), Scene::Elsewhere),
        })
    }),
    case(Post, "/auth/reauthenticate", PLAIN, |_, _, _| Some(Ask::plain().with(json!({"password": PASSWORD})))),
    case(Post, "/auth/password", PLAIN, |_, _, _| {
        let new = "eleven storks at dusk";
        Some(Ask::plain().with(json!({"current_password": PASSWORD, "new_password": new})))
    }),
    case(Post, "/auth/mfa", PLAIN, |_, _, _| Some(Ask::plain().with(json!({"password": PASSWORD})))),
    case(Post, "/auth/mfa/confirm", PLAIN, |stage, who, _| {
        Some(Ask::plain().with(json!({"code": stage.sets_up_factor(who)})))
    }),
    case(Post, "/auth/mfa/remove", PLAIN, |stage, who, _| {
        let code = json!({"code": stage.sets_up_factor(who)});
        let codes = stage.house.as_(who).post("/auth/mfa/confirm", code).is(200).json;
        Some(Ask::plain().with(json!({"password": PASSWORD, "code": codes["recovery_codes"][0]})))
    }),
    case(Post, "/invitations/accept", PLAIN, |stage, _, _| {
        let invite = format!("/staff/{}/invitation", stage.colleague(Scene::Plain));
        let invited = stage.house.as_(Who::Manager).post(&invite, None).is(200).json;
        Some(Ask::plain().with(json!({"token": invited["invitation"]["token"], "password": "nine wrens in the reeds"})))
    }),
    case(Post, "/auth/reset", PLAIN, |_, who, _| Some(Ask::plain().with(json!({"email": who.email()})))),
    case(Post, "/auth/reset/confirm", PLAIN, |stage, _, _| {
        let invite = format!("/staff/{}/invitation", stage.colleague(Scene::Plain));
        let invited = stage.house.as_(Who::Manager).post(&invite, None).is(200).json;
        Some(Ask::plain().with(json!({"token": invited["invitation"]["token"], "password": "nine wrens in the reeds"})))
    }),
    case(Post, "/staff/{id}/reset", COLLEAGUE, |stage, who, scene| {
        // Fresh colleagues have an invitation, and no password yet.
        Some(Ask::of(stage.member(who, scene), scene).then(Code::WrongState, scene == Scene::Related))
    }),
    plainly(Get, "/me"),
];

const STAFF: &[Case] = &[
    plainly(Get, "/directory"),
    plainly(Get, "/staff"),
    case(Post, "/staff", PLAIN, |stage, _, _| {
        let email = format!("new{}@lakeside.example", stage.number());
        Some(Ask::plain().with(json!({"name": "Nora Egli", "email": email, "roles": ["receptionist"]})))
    }),
    case(Get, "/staff/{id}", COLLEAGUE, |stage, who, scene| Some(Ask::of(stage.member(who, scene), scene))),
    case(Patch, "/staff/{id}", COLLEAGUE, |stage, who, scene| {
        Some(Ask::of(stage.member(who, scene), scene).at(1).with(json!({"away_until": "2026-04-01"})))
    }),
    case(Post, "/staff/{id}/invitation", COLLEAGUE, |stage, who, scene| {
        // Whoever invites has a password themselves.
        Some(Ask::of(stage.member(who, scene), scene).then(Code::WrongState, scene == Scene::Oneself))
    }),
    case(Post, "/staff/{id}/deactivate", COLLEAGUE, |stage, who, scene| {
        Some(Ask::of(stage.member(who, scene), scene).at(1))
    }),
    case(Get, "/staff/{id}/hand-over", COLLEAGUE, |stage, who, scene| Some(Ask::of(stage.member(who, scene), scene))),
    plainly(Get, "/sites"),
    case(Post, "/sites", PLAIN, |stage, _, _| {
        Some(Ask::plain().with(json!({"name": format!("New site {}", stage.number())})))
    }),
    case(Patch, "/sites/{id}", OFFICE, |stage, _, scene| {
        Some(Ask::of(stage.site(scene), scene).at(1).with(json!({"open": false})))
    }),
    plainly(Get, "/settings"),
    case(Patch, "/settings", PLAIN, |stage, _, _| {
        let version = stage.house.count("SELECT version FROM practice WHERE name = 'Lakeside'");
        Some(Ask::plain().at(version).with(json!({"time_zone": "Europe/Vienna"})))
    }),
];

const PATIENTS: &[Case] = &[
    case(Post, "/patients", PLAIN, |stage, _, _| {
        let name = format!("Newcomer {}", stage.number());
        Some(Ask::plain().with(json!({"given_name": "Noa", "family_name": name, "birth_date": "2001-02-03"})))
    }),
    plainly(Get, "/patients"),
    case(Post, "/patients/search", PLAIN, |_, _, _| Some(Ask::plain().with(json!({"name": "brunner"})))),
    case(Get, "/patients/{id}", PATIENT, |stage, who, scene| Some(Ask::patient(stage, who, scene))),
    case(Patch, "/patients/{id}", PATIENT, |stage, who, scene| {
        Some(Ask::patient(stage, who, scene).at(1).with(json!({"insurer": "Helvetia"})))
    }),
    case(Put, "/patients/{id}/own-record", PATIENT, |stage, who, scene| {
        Some(Ask::patient(stage, who, scene).at(1).with(json!({"staff_id": null})))
    }),
    case(Get, "/patients/{id}/care-team", PATIENT, |stage, who, scene| Some(Ask::patient(stage, who, scene))),
    case(Post, "/patients/{id}/care-team", PATIENT, |stage, who, scene| {
        let assignment = json!({"staff_id": Who::OtherPhysio.id(), "visit_date": "2026-03-05"});
        Some(Ask::patient(stage, who, scene).with(assignment))
    }),
    case(Post, "/patients/{id}/start-treating", PATIENT, |stage, who, scene| {
        let ask = Ask::patient(stage, who, scene).with(json!({"reason": "Came in with acute back pain"}));
        let member = ask.relation == Relation::CareTeam;
        Some(ask.then(Code::AlreadyExists, member))
    }),
    case(Delete, "/care-team/{id}", PATIENT, |stage, who, scene| {
        let (patient, id) = stage.membership(who, scene);
        Some(Ask::of(id, scene).about(patient, who, scene))
    }),
    plainly(Get, "/cover"),
    case(Post, "/cover", PLAIN, |_, _, _| {
        let (from, to) = (Who::OtherMassage.id(), Who::OtherPhysio.id());
        let until = MORNING.plus_seconds(86_400);
        Some(Ask::plain().with(json!({"from_staff": from, "to_staff": to, "from": MORNING, "until": until})))
    }),
    case(Delete, "/cover/{id}", OFFICE, |stage, _, scene| Some(Ask::of(stage.cover(scene), scene))),
];

const SAFETY: &[Case] = &[
    plainly(Get, "/catalogue/contraindications"),
    case(Get, "/patients/{id}/safety-items", PATIENT, |stage, who, scene| Some(Ask::patient(stage, who, scene))),
    case(Post, "/patients/{id}/safety-items", PATIENT, |stage, who, scene| {
        let item = json!({"kind": "allergy", "what": "Arnica", "severity": "caution"});
        Some(Ask::patient(stage, who, scene).with(item))
    }),
    case(Post, "/safety-items/{id}/resolve", PATIENT, |stage, who, scene| {
        let (patient, id) = stage.safety_item(who, scene);
        Some(Ask::of(id, scene).about(patient, who, scene).at(1).with(json!({"reason": "Tolerated since"})))
    }),
    case(Get, "/patients/{id}/health-history", PATIENT, |stage, who, scene| Some(Ask::patient(stage, who, scene))),
    case(Put, "/patients/{id}/health-history", PATIENT, |stage, who, scene| {
        let nothing = json!({"conditions": [], "medications": [], "surgeries": [], "implants": []});
        Some(Ask::patient(stage, who, scene).at(0).with(nothing))
    }),
    case(Get, "/patients/{id}/health-history/versions", PATIENT, |stage, who, scene| {
        Some(Ask::patient(stage, who, scene))
    }),
    case(Get, "/patients/{id}/decision-makers", PATIENT, |stage, who, scene| Some(Ask::patient(stage, who, scene))),
    case(Post, "/patients/{id}/decision-makers", PATIENT, |stage, who, scene| {
        let maker = json!({"name": "Anna Sommer", "relation": "mother", "authority": "parental responsibility",
            "may_consent": true, "may_receive_records": false});
        Some(Ask::patient(stage, who, scene).with(maker))
    }),
    case(Patch, "/decision-makers/{id}", PATIENT, |stage, who, scene| {
        let (patient, id) = stage.decision_maker(who, scene);
        Some(Ask::of(id, scene).about(patient, who, scene).at(1).with(json!({"phone": "+41 44 901 82 00"})))
    }),
];

const EPISODES: &[Case] = &[
    case(Get, "/patients/{id}/episodes", PATIENT, |stage, who, scene| Some(Ask::patient(stage, who, scene))),
    case(Post, "/patients/{id}/episodes", PATIENT, |stage, who, scene| {
        Some(Ask::patient(stage, who, scene).with(json!({"complaint": "Shoulder pain"})))
    }),
    case(Get, "/episodes/{id}", PATIENT, |stage, who, scene| Some(Ask::episode(stage, who, scene))),
    case(Patch, "/episodes/{id}", PATIENT, |stage, who, scene| {
        Some(Ask::episode(stage, who, scene).at(1).with(json!({"side": "left"})))
    }),
    case(Patch, "/episodes/{id}", PATIENT, |stage, who, scene| {
        let ask = Ask::episode(stage, who, scene).at(1).with(json!({"diagnosis": {"text": "Frozen shoulder"}}));
        Some(ask.then(Code::DiagnosisNotPermitted, who == Who::Massage))
    }),
    case(Post, "/episodes/{id}/discharge", PATIENT, |stage, who, scene| {
        let discharge = json!({"discipline": "physiotherapy", "outcome": "Reaches overhead again"});
        let ask = Ask::episode(stage, who, scene).at(1).with(discharge);
        Some(ask.then(Code::OtherDiscipline, who == Who::Massage))
    }),
    case(Get, "/patients/{id}/messages", PATIENT, |stage, who, scene| Some(Ask::patient(stage, who, scene))),
    case(Post, "/patients/{id}/messages", PATIENT, |stage, who, scene| {
        Some(Ask::patient(stage, who, scene).with(json!({"text": "Would you look at her shoulder?"})))
    }),
];

const NOTES: &[Case] = &[
    plainly(Get, "/catalogue/techniques"),
    case(Post, "/notes/search", PLAIN, |_, _, _| Some(Ask::plain().with(json!({"words": "stiff neck"})))),
    case(Get, "/patients/{id}/timeline", PATIENT, |stage, who, scene| Some(Ask::patient(stage, who, scene))),
    case(Get, "/patients/{id}/notes", PATIENT, |stage, who, scene| Some(Ask::patient(stage, who, scene))),
    case(Post, "/patients/{id}/notes", PATIENT, |stage, who, scene| {
        let mut words = words();
        words["discipline"] = json!(discipline(who));
        let ask = Ask::patient(stage, who, scene).with(words);
        Some(Ask { note: Some(NoteFacts::begun(discipline(who))), ..ask })
    }),
    case(Get, "/notes/{id}", NOTE, |stage, who, scene| Ask::note(stage, who, scene, NoteState::Signed)),
    case(Get, "/notes/{id}", NOTE, |stage, who, scene| Ask::note(stage, who, scene, NoteState::Draft)),
    case(Put, "/notes/{id}", NOTE, |stage, who, scene| {
        let save = json!({"service_at": MORNING, "body": body()});
        Some(Ask::note(stage, who, scene, NoteState::Draft)?.with(save))
    }),
    case(Delete, "/notes/{id}", NOTE, |stage, who, scene| Ask::note(stage, who, scene, NoteState::Draft)),
    case(Post, "/notes/{id}/sign", NOTE, |stage, who, scene| Ask::note(stage, who, scene, NoteState::Draft)),
    case(Post, "/notes/{id}/amend", NOTE, |stage, who, scene| {
        let amendment = json!({"reason": "typo", "body": body()});
        Some(Ask::note(stage, who, scene, NoteState::Signed)?.with(amendment))
    }),
    case(Post, "/notes/{id}/addenda", NOTE, |stage, who, scene| {
        Some(Ask::note(stage, who, scene, NoteState::Signed)?.with(json!({"text": "Slept well since."})))
    }),
    case(Post, "/notes/{id}/entered-in-error", NOTE, |stage, who, scene| {
        Some(Ask::note(stage, who, scene, NoteState::Signed)?.with(json!({"reason": "The wrong patient"})))
    }),
    case(Get, "/notes/{id}/versions", NOTE, |stage, who, scene| Ask::note(stage, who, scene, NoteState::Signed)),
    case(Get, "/notes/{id}/versions/{number}", NOTE, |stage, who, scene| {
        Ask::note(stage, who, scene, NoteState::Signed)
    }),
    case(Get, "/notes/{id}/diff", NOTE, |stage, who, scene| {
        Some(Ask { query: "?from=1&to=1", ..Ask::note(stage, who, scene, NoteState::Signed)? })
    }),
];

const AUDIT: &[Case] = &[
    plainly(Get, "/audit/events"),
    plainly(Get, "/audit/checkpoints"),
    case(Get, "/audit/consistency", PLAIN, |_, _, _| Some(Ask { query: "?from=1", ..Ask::plain() })),
    plainly(Get, "/audit/events/{seq}/proof"),
    plainly(Get, "/audit/verify"),
    plainly(Get, "/audit/public-key"),
];
