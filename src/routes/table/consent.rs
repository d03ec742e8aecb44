//! The rows of consent directives, of records opened for an hour, and of what is reviewed of both.

use actix_web::web;

use super::PAGING;
use crate::access::{self, AccessView, Audit, Emergency, Review};
use crate::consent::{self, DirectiveList, DirectiveView, NewDirective};
use crate::oversight::start_treating::{self, StartedWithoutNote};
use crate::policy::Action;
use crate::routes::Row;
use crate::routes::Verb::{Delete, Get, Post};

/// What the lists of what is reviewed are narrowed to.
const REVIEW_FILTER: &[(&str, &str)] = &[PAGING[0], PAGING[1], ("reviewed", "`no` for those that wait, `yes`")];

pub(super) const CONSENT: &[Row] = &[
    Row::new(
        Get,
        "/patients/{id}/consent-directives",
        Action::ListDirectives,
        "What the patient decided about who may read what",
        || web::get().to(consent::api::list),
    )
    .answers::<DirectiveList>(200),
    Row::new(
        Post,
        "/patients/{id}/consent-directives",
        Action::SetDirective,
        "Record what the patient decided; it binds from the next reading",
        || web::post().to(consent::api::set),
    )
    .retry()
    .takes::<NewDirective>()
    .example(r#"{"covers": "record", "bars": "discipline", "discipline": "massage", "until": "2026-09-01T00:00:00Z"}"#)
    .answers::<DirectiveView>(201),
    Row::new(
        Post,
        "/consent-directives/{id}/revoke",
        Action::RevokeDirective,
        "Revoke a directive as the patient wishes",
        || web::post().to(consent::api::revoke),
    )
    .if_match()
    .retry()
    .answers::<DirectiveView>(200),
    Row::new(
        Post,
        "/patients/{id}/emergency-access",
        Action::OpenEmergencyAccess,
        "Break the glass: read the record for an hour, to be reviewed",
        || web::post().to(access::api::break_glass),
    )
    .retry()
    .takes::<Emergency>()
    .example(
        r#"{"reason_code": "nobody_reachable", "reason": "Collapsed in the waiting room",
            "password": "seven herons at dawn"}"#,
    )
    .answers::<AccessView>(201),
    Row::new(
        Post,
        "/patients/{id}/audit-access",
        Action::OpenAuditAccess,
        "Open the record to a reviewer for an hour",
        || web::post().to(access::api::open_for_audit),
    )
    .retry()
    .takes::<Audit>()
    .example(r#"{"reason": "Complaint of 2 March about a missing note"}"#)
    .answers::<AccessView>(201),
    Row::new(Delete, "/accesses/{id}", Action::GiveUpAccess, "Give up one's own access before its time", || {
        web::delete().to(access::api::give_up)
    }),
    Row::new(
        Get,
        "/emergency-accesses",
        Action::ListEmergencyAccesses,
        "Emergency accesses with their reviews, newest first",
        || web::get().to(access::api::emergencies),
    )
    .query(REVIEW_FILTER)
    .lists::<AccessView>(),
    Row::new(
        Get,
        "/started-without-note",
        Action::ListStartedWithoutNote,
        "Who started treating a patient and signed no note within three working days, newest first",
        || web::get().to(start_treating::api::list),
    )
    .query(REVIEW_FILTER)
    .lists::<StartedWithoutNote>(),
    Row::new(
        Post,
        "/started-without-note/{id}/review",
        Action::ReviewStartedTreating,
        "Say whether a colleague had reason to start treating",
        || web::post().to(start_treating::api::review),
    )
    .retry()
    .takes::<Review>()
    .example(r#"{"verdict": "justified", "reason": "She was treated, the note was forgotten"}"#)
    .answers::<StartedWithoutNote>(200),
    Row::new(
        Post,
        "/emergency-accesses/{id}/review",
        Action::ReviewEmergencyAccess,
        "Say whether a colleague's emergency access was justified",
        || web::post().to(access::api::review),
    )
    .if_match()
    .retry()
    .takes::<Review>()
    .example(r#"{"verdict": "justified", "reason": "The patient confirms it"}"#)
    .answers::<AccessView>(200),
];
