//! The rows, room by room.

mod alerts;
mod consent;
mod cosigning;
mod course;
mod episodes;
mod exports;
mod referrals;
mod resets;

use actix_web::web;

use super::Row;
use super::Verb::{Delete, Get, Patch, Post, Put};
use super::safety::SAFETY;
use crate::auth::{api as auth, ops as account};
use crate::notes::api as notes;
use crate::notes::views::{
    Amendment, CopyForward, DraftSave, ErrorDeclared, NewAddendum, NewNote, NewSharing, NoteView, Signing,
    UnsignedView, VersionView,
};
use crate::oversight::{EventView, LastVerification, PublicKeys, api as oversight};
use crate::patients::care_team::{self, Assignment, CareTeamView, MemberView, StartTreating};
use crate::patients::cover::{self, CoverView, NewCover};
use crate::patients::{
    self, ChangedDemographics, Demographics, FindPatients, OwnRecord, PatientSummary, PatientView, Registration,
};
use crate::policy::Action;
use crate::sealing::{Consistency, Proof, SignedCheckpoint};
use crate::staff;

/// All rows.
pub fn rows() -> impl Iterator<Item = &'static Row> {
    let notes = [course::COURSE, episodes::EPISODES, NOTES, cosigning::COSIGNING, cosigning::JOINT_REVIEWS];
    let clinical = notes.into_iter().chain([referrals::REFERRALS, referrals::MOVES]);
    let front = [AUTH, resets::RESETS, STAFF, PATIENTS, SAFETY, consent::CONSENT];
    front.into_iter().chain(clinical).chain([exports::EXPORTS, alerts::ALERTS, AUDIT]).flatten()
}

/// The query parameters of every list.
pub(super) const PAGING: &[(&str, &str)] = &[
    ("limit", "How many items: 1 to 100, 25 unless told"),
    ("cursor", "Where the page before ended, as its `next` said"),
];

/// The query parameters of the list of notes.
const NOTE_FILTER: &[(&str, &str)] = &[
    PAGING[0],
    PAGING[1],
    ("discipline", "`physiotherapy` or `massage`"),
    ("kind", "Such as `progress`"),
    ("episode_id", "The episode of care they belong to"),
];

const AUTH: &[Row] = &[
    Row::new(Post, "/auth/login", Action::SignIn, "Sign in", || web::post().to(auth::login))
        .open()
        .takes::<auth::SignIn>()
        .example(r#"{"email": "paula@lakeside.example", "password": "seven herons at dawn"}"#)
        .answers::<auth::Tokens>(200),
    Row::new(Post, "/auth/refresh", Action::RefreshSession, "Go on with a session", || web::post().to(auth::refresh))
        .open()
        .takes::<auth::Refresh>()
        .example(r#"{"refresh_token": "what signing in, or refreshing before, answered"}"#)
        .answers::<auth::Tokens>(200),
    Row::new(Post, "/auth/logout", Action::SignOut, "End this session", || web::post().to(auth::logout))
        .answers_nothing(204),
    Row::new(Get, "/auth/sessions", Action::ListSessions, "Where one is signed in", || web::get().to(auth::sessions))
        .lists::<account::SessionView>(),
    Row::new(Delete, "/auth/sessions/{id}", Action::EndSession, "End one of one's own sessions", || {
        web::delete().to(auth::end_session)
    }),
    Row::new(Post, "/auth/reauthenticate", Action::Reauthenticate, "Enter the password again, to sign notes", || {
        web::post().to(auth::reauthenticate)
    })
    .takes::<auth::Reauthenticate>()
    .example(r#"{"password": "seven herons at dawn"}"#)
    .answers::<account::Fresh>(200),
    Row::new(
        Post,
        "/auth/password",
        Action::ChangePassword,
        "Change one's password, ending all other sessions",
        || web::post().to(auth::change_password),
    )
    .takes::<auth::ChangePassword>()
    .example(
        r#"{"current_password": "seven herons at dawn",
            "new_password": "nine geese over the lake"}"#,
    )
    .answers_nothing(204),
    Row::new(Post, "/auth/mfa", Action::ChangeMfa, "Begin a second factor", || web::post().to(auth::set_up_factor))
        .takes::<auth::SetUpFactor>()
        .example(r#"{"password": "seven herons at dawn"}"#)
        .answers::<account::SetUp>(201),
    Row::new(Post, "/auth/mfa/confirm", Action::ChangeMfa, "Confirm a second factor by its first code", || {
        web::post().to(auth::confirm_factor)
    })
    .takes::<auth::ConfirmFactor>()
    .example(r#"{"code": "050471"}"#)
    .answers::<account::RecoveryCodes>(200),
    Row::new(Post, "/auth/mfa/remove", Action::ChangeMfa, "Remove one's second factor", || {
        web::post().to(auth::remove_factor)
    })
    .takes::<auth::RemoveFactor>()
    .example(r#"{"password": "seven herons at dawn", "code": "050471"}"#)
    .answers_nothing(204),
    Row::new(Post, "/invitations/accept", Action::AcceptInvitation, "Take up an invitation", || {
        web::post().to(auth::accept_invitation)
    })
    .open()
    .takes::<auth::AcceptInvitation>()
    .example(
        r#"{"token": "what the invitation says",
"password": "seven herons at dawn"}"#,
    )
    .answers_nothing(204),
    Row::new(Get, "/me", Action::ReadSelf, "Who one is", || web::get().to(auth::me)).answers::<account::Myself>(200),
];

const STAFF: &[Row] = &[
    Row::new(Get, "/directory", Action::ReadDirectory, "Who works here, for everyone", || {
        web::get().to(staff::api::directory)
    })
    .query(PAGING)
    .lists::<staff::DirectoryEntry>(),
    Row::new(Get, "/staff", Action::ListStaff, "Staff with roles and standing", || web::get().to(staff::api::staff))
        .query(STAFF_FILTER)
        .lists::<staff::StaffView>(),
    Row::new(Post, "/staff", Action::CreateStaff, "Take on a member of staff and invite them", || {
        web::post().to(staff::api::take_on)
    })
    .retry()
    .takes::<staff::NewStaff>()
    .example(r#"{"name": "Ines Weber", "email": "ines.weber@example.org", "roles": ["physiotherapist"]}"#)
    .answers::<staff::Invited>(201),
    Row::new(Get, "/staff/{id}", Action::ReadStaff, "One member of staff", || web::get().to(staff::api::read))
        .answers::<staff::StaffView>(200),
    Row::new(
        Patch,
        "/staff/{id}",
        Action::ChangeStaff,
        "Change a colleague's name, address, roles, site, absence",
        || web::patch().to(staff::api::change),
    )
    .if_match()
    .takes::<staff::StaffChange>()
    .example(r#"{"roles": ["physiotherapist", "manager"], "away_until": "2030-08-31"}"#)
    .answers::<staff::StaffView>(200),
    Row::new(
        Post,
        "/staff/{id}/invitation",
        Action::CreateStaff,
        "Invite somebody again who has no password yet",
        || web::post().to(staff::api::invite_again),
    )
    .retry()
    .answers::<staff::Invited>(200),
    Row::new(Post, "/staff/{id}/deactivate", Action::DeactivateStaff, "End a colleague's access at once", || {
        web::post().to(staff::api::deactivate)
    })
    .if_match()
    .retry()
    .answers::<staff::HandOver>(200),
    Row::new(Get, "/staff/{id}/hand-over", Action::ReadHandOver, "What a member of staff leaves behind", || {
        web::get().to(staff::api::hand_over)
    })
    .answers::<staff::HandOver>(200),
    Row::new(Get, "/sites", Action::ListSites, "The practice's sites", || web::get().to(staff::api::sites))
        .query(PAGING)
        .lists::<staff::SiteView>(),
    Row::new(Post, "/sites", Action::CreateSite, "Open a site", || web::post().to(staff::api::open_site))
        .retry()
        .takes::<staff::NewSite>()
        .example(r#"{"name": "Riverside"}"#)
        .answers::<staff::SiteView>(201),
    Row::new(Patch, "/sites/{id}", Action::ChangeSite, "Rename, close or open a site", || {
        web::patch().to(staff::api::change_site)
    })
    .if_match()
    .takes::<staff::SiteChange>()
    .example(r#"{"open": false}"#)
    .answers::<staff::SiteView>(200),
    Row::new(Get, "/settings", Action::ReadSettings, "The practice's settings", || web::get().to(staff::api::settings))
        .answers::<staff::SettingsView>(200),
    Row::new(Patch, "/settings", Action::ChangeSettings, "Change the practice's settings", || {
        web::patch().to(staff::api::change_settings)
    })
    .if_match()
    .takes::<staff::SettingsChange>()
    .example(r#"{"time_zone": "Europe/Vienna"}"#)
    .answers::<staff::SettingsView>(200),
];

/// The query parameters of the list of staff.
const STAFF_FILTER: &[(&str, &str)] = &[("active", "`true` or `false`; both unless told"), PAGING[0], PAGING[1]];

const PATIENTS: &[Row] = &[
    Row::new(Post, "/patients", Action::RegisterPatient, "Register a patient; a clinician joins the care team", || {
        web::post().to(patients::api::register)
    })
    .retry()
    .takes::<Demographics>()
    .example(
        r#"{"given_name": "Jürgen", "family_name": "Müller", "birth_date": "1961-04-09", "phone": "+49 30 901820",
            "emergency_contact": {"name": "Anna Müller", "phone": "+49 30 901821", "relation": "wife"}}"#,
    )
    .answers::<Registration>(201),
    Row::new(
        Get,
        "/patients",
        Action::ListPatients,
        "The patients whom one treats or covers for, newest first",
        || web::get().to(patients::api::list),
    )
    .query(PAGING)
    .lists::<PatientSummary>(),
    Row::new(
        Post,
        "/patients/search",
        Action::FindPatients,
        "Find patients by name, birth date, number or phone",
        || web::post().to(patients::api::find),
    )
    .takes::<FindPatients>()
    .example(r#"{"name": "muller", "birth_date": "1961-04-09"}"#)
    .lists::<PatientSummary>(),
    Row::new(Get, "/patients/{id}", Action::ReadPatient, "The front page: demographics and contacts", || {
        web::get().to(patients::api::read)
    })
    .answers::<PatientView>(200),
    Row::new(Patch, "/patients/{id}", Action::ChangePatient, "Change some of the demographics; null clears", || {
        web::patch().to(patients::api::change)
    })
    .if_match()
    .takes::<ChangedDemographics>()
    .example(r#"{"phone": "+49 30 901822", "email": null}"#)
    .answers::<PatientView>(200),
    Row::new(Put, "/patients/{id}/own-record", Action::MarkOwnRecord, "Say which colleague's own record it is", || {
        web::put().to(patients::api::mark_own_record)
    })
    .if_match()
    .takes::<OwnRecord>()
    .example(r#"{"staff_id": null}"#)
    .answers::<PatientView>(200),
    Row::new(
        Get,
        "/patients/{id}/care-team",
        Action::ReadCareTeam,
        "Who treats the patient, and who stands in",
        || web::get().to(care_team::api::read),
    )
    .answers::<CareTeamView>(200),
    Row::new(
        Post,
        "/patients/{id}/care-team",
        Action::AssignCareTeam,
        "Put a clinician on the care team for a visit; start-treating is for oneself",
        || web::post().to(care_team::api::assign),
    )
    .retry()
    .takes::<Assignment>()
    .example(
        r#"{"staff_id": "019cad58-bd80-7121-a121-212121212121",
            "visit_date": "2026-03-05"}"#,
    )
    .answers::<MemberView>(201),
    Row::new(
        Post,
        "/patients/{id}/start-treating",
        Action::StartTreating,
        "Join the care team oneself, with a reason; care-team is for assigning others",
        || web::post().to(care_team::api::start_treating),
    )
    .retry()
    .takes::<StartTreating>()
    .example(r#"{"reason": "Came in with acute back pain, nobody else was free"}"#)
    .answers::<MemberView>(201),
    Row::new(Delete, "/care-team/{id}", Action::LeaveCareTeam, "End one's own membership", || {
        web::delete().to(care_team::api::leave)
    }),
    Row::new(Get, "/cover", Action::ListCover, "Who stands in for whom, now or later", || {
        web::get().to(cover::api::list)
    })
    .query(PAGING)
    .lists::<CoverView>(),
    Row::new(Post, "/cover", Action::GrantCover, "Let one clinician stand in for another", || {
        web::post().to(cover::api::grant)
    })
    .retry()
    .takes::<NewCover>()
    .example(
        r#"{"from_staff": "019cad58-bd80-7323-a323-232323232323",
            "to_staff": "019cad58-bd80-7121-a121-212121212121",
            "from": "2026-03-09T07:00:00+01:00", "until": "2026-03-14T00:00:00+01:00"}"#,
    )
    .answers::<CoverView>(201),
    Row::new(Delete, "/cover/{id}", Action::EndCover, "End a cover before its time", || {
        web::delete().to(cover::api::end)
    }),
];

const NOTES: &[Row] = &[
    Row::new(Get, "/catalogue/techniques", Action::ReadCatalogue, "Treatment techniques and whose they are", || {
        web::get().to(notes::techniques)
    })
    .answers::<notes::Techniques>(200),
    Row::new(Get, "/patients/{id}/notes", Action::ListNotes, "A patient's notes, newest service first", || {
        web::get().to(notes::list)
    })
    .query(NOTE_FILTER)
    .lists_with_safety::<NoteView>(),
    Row::new(Post, "/patients/{id}/notes", Action::CreateNote, "Begin a note as a draft", || {
        web::post().to(notes::begin)
    })
    .retry()
    .takes::<NewNote>()
    .example(
        r#"{"kind": "progress", "service_at": "2026-03-02T09:30:00Z",
            "body": {"subjective": {"text": "Sleeps through again."}}}"#,
    )
    .answers::<NoteView>(201),
    Row::new(Get, "/notes/{id}", Action::ReadNote, "Read a note, or its stub", || web::get().to(notes::read))
        .answers_with_safety::<NoteView>(),
    Row::new(Put, "/notes/{id}", Action::SaveDraft, "Save a draft over the version that was read", || {
        web::put().to(notes::save)
    })
    .if_match()
    .takes::<DraftSave>()
    .example(
        r#"{"service_at": "2026-03-02T06:30:00Z",
            "body": {"subjective": {"text": "Sleeps through again.", "pain": {"now": 3, "best": 1, "worst": 5}}}}"#,
    )
    .answers::<NoteView>(200),
    Row::new(Delete, "/notes/{id}", Action::DiscardDraft, "Discard a draft", || web::delete().to(notes::discard))
        .if_match(),
    Row::new(Post, "/notes/{id}/sign", Action::SignNote, "Sign a draft", || web::post().to(notes::sign))
        .if_match()
        .retry()
        .may_take::<Signing>()
        .example(r#"{"confirmed": ["/subjective", "/plan"], "overrides": []}"#)
        .answers::<NoteView>(200),
    Row::new(Post, "/notes/{id}/amend", Action::AmendNote, "Write a whole new version, with a reason", || {
        web::post().to(notes::amend)
    })
    .if_match()
    .retry()
    .takes::<Amendment>()
    .example(
        r#"{"reason": "omission", "explanation": "The next visit was missing",
            "body": {"text": "Called, sleeps through again; comes on Thursday."}}"#,
    )
    .answers::<NoteView>(200),
    Row::new(Post, "/notes/{id}/addenda", Action::AddAddendum, "Append to a signed note", || {
        web::post().to(notes::append)
    })
    .retry()
    .takes::<NewAddendum>()
    .example(r#"{"text": "Called in the evening: no pain while driving home."}"#)
    .answers::<NoteView>(201),
    Row::new(Post, "/notes/{id}/entered-in-error", Action::EnterInError, "Declare a signed note wrong", || {
        web::post().to(notes::enter_in_error)
    })
    .if_match()
    .retry()
    .takes::<ErrorDeclared>()
    .example(r#"{"reason": "Written into the record of another patient"}"#)
    .answers::<NoteView>(200),
    Row::new(Post, "/notes/{id}/share", Action::ShareNote, "Say among whom one's signed note is shared", || {
        web::post().to(notes::share)
    })
    .if_match()
    .retry()
    .takes::<NewSharing>()
    .example(r#"{"sharing": "discipline"}"#)
    .answers::<NoteView>(200),
    Row::new(
        Post,
        "/notes/{id}/copy-forward",
        Action::CopyNote,
        "Begin a draft with the words of a signed note, marked until confirmed or changed",
        || web::post().to(notes::copy_forward),
    )
    .retry()
    .takes::<CopyForward>()
    .example(r#"{"service_at": "2026-03-02T07:00:00Z"}"#)
    .answers::<NoteView>(201),
    Row::new(
        Get,
        "/unsigned-notes",
        Action::ListUnsignedNotes,
        "Drafts that have been open for long: one's own, or the practice's for a manager",
        || web::get().to(notes::unsigned),
    )
    .query(UNSIGNED_FILTER)
    .lists::<UnsignedView>(),
    Row::new(Get, "/notes/{id}/versions", Action::ReadNote, "The signed versions of a note", || {
        web::get().to(notes::versions)
    })
    .query(PAGING)
    .lists::<VersionView>(),
    Row::new(Get, "/notes/{id}/versions/{number}", Action::ReadNote, "One signed version of a note", || {
        web::get().to(notes::version)
    })
    .answers::<VersionView>(200),
    Row::new(Get, "/notes/{id}/diff", Action::ReadNote, "What changed between two versions", || {
        web::get().to(notes::diff)
    })
    .query(&[("from", "The number of the earlier version"), ("to", "The number of the later version")])
    .answers::<notes::Changes>(200),
];

/// The query parameters of the list of notes that are not signed.
const UNSIGNED_FILTER: &[(&str, &str)] =
    &[("hours", "Only those open for so many hours: 24 unless told, for a manager 72"), PAGING[0], PAGING[1]];

/// The query parameters of the list of audit events.
const EVENT_FILTER: &[(&str, &str)] = &[
    ("actor", "The member of staff who acted"),
    ("patient", "The patient of whom something was disclosed or changed; this reading then names them too"),
    ("action", "Such as `sign_note`"),
    ("outcome", "`done` or `refused`"),
    ("from", "Not before this time"),
    ("to", "Before this time"),
    PAGING[0],
    PAGING[1],
];

const AUDIT: &[Row] = &[
    Row::new(Get, "/audit/events", Action::ReadAudit, "What was done and refused, newest first", || {
        web::get().to(oversight::events)
    })
    .query(EVENT_FILTER)
    .csv()
    .lists::<EventView>(),
    Row::new(
        Get,
        "/audit/checkpoints",
        Action::ProveAudit,
        "Signed checkpoints of the audit log, newest first",
        || web::get().to(oversight::checkpoints),
    )
    .query(PAGING)
    .lists::<SignedCheckpoint>(),
    Row::new(Get, "/audit/events/{seq}/proof", Action::ProveAudit, "Prove that an event is in the audit log", || {
        web::get().to(oversight::proof)
    })
    .query(&[("size", "The size of the checkpoint to prove against; the newest unless told")])
    .answers::<Proof>(200),
    Row::new(
        Get,
        "/audit/consistency",
        Action::ProveAudit,
        "Prove that the audit log was only added to between two checkpoints",
        || web::get().to(oversight::consistency),
    )
    .query(&[("from", "The size of the earlier checkpoint"), ("to", "That of the later one; the newest unless told")])
    .answers::<Consistency>(200),
    Row::new(Get, "/audit/verify", Action::ProveAudit, "What verifying the audit log came to last", || {
        web::get().to(oversight::last_verification)
    })
    .answers::<LastVerification>(200),
    Row::new(Get, "/audit/public-key", Action::ReadAuditKeys, "The public keys of the audit log", || {
        web::get().to(oversight::public_keys)
    })
    .open()
    .query(&[("practice", "Whose log, besides the installation's")])
    .answers::<PublicKeys>(200),
];
