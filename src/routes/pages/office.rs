//! The rows of the pages by which a practice is run and reviewed.

use actix_web::web;

use super::PageRow;
use super::Verb::{Get, Post};
use crate::access::web::reviews;
use crate::oversight::access_report::web as report;
use crate::oversight::start_treating::web as started;
use crate::oversight::web::{self as audit, event, letters, practice};
use crate::patients::cover::web as cover;
use crate::policy::Action;
use crate::staff::web::{self as staff, member, places};

pub(super) const STAFF: &[PageRow] = &[
    PageRow::new(Get, "/staff", &[Action::ListStaff, Action::ListSites], || web::get().to(staff::list)),
    PageRow::new(Get, "/staff.csv", &[Action::ListStaff, Action::ListSites], || web::get().to(staff::list_csv)),
    PageRow::new(Get, "/staff/new", &[Action::ListStaff, Action::ListSites], || web::get().to(staff::new)),
    PageRow::new(Post, "/staff", &[Action::CreateStaff, Action::ListStaff, Action::ListSites], || {
        web::post().to(staff::take_on)
    }),
    PageRow::new(Get, "/staff/{id}", &[Action::ReadStaff, Action::ListStaff, Action::ListSites], || {
        web::get().to(member::member)
    }),
    PageRow::new(
        Post,
        "/staff/{id}",
        &[Action::ChangeStaff, Action::ReadStaff, Action::ListStaff, Action::ListSites],
        || web::post().to(member::change),
    ),
    PageRow::new(Post, "/staff/{id}/invitation", &[Action::CreateStaff], || web::post().to(member::invite_again)),
    PageRow::new(Post, "/staff/{id}/reset", &[Action::StartReset], || web::post().to(member::start_reset)),
    PageRow::new(Post, "/staff/{id}/deactivate", &[Action::DeactivateStaff, Action::ReadStaff], || {
        web::post().to(member::deactivate)
    }),
    PageRow::new(Post, "/staff/{id}/return", &[Action::ChangeStaff, Action::ReadStaff], || {
        web::post().to(member::come_back)
    }),
    PageRow::new(Get, "/staff/{id}/hand-over", &[Action::ReadHandOver], || web::get().to(member::hand_over)),
    PageRow::new(Get, "/directory", &[Action::ReadDirectory], || web::get().to(places::directory)),
    PageRow::new(Get, "/directory.csv", &[Action::ReadDirectory], || web::get().to(places::directory_csv)),
    PageRow::new(Get, "/sites", &[Action::ListSites], || web::get().to(places::list)),
    PageRow::new(Get, "/sites.csv", &[Action::ListSites], || web::get().to(places::list_csv)),
    PageRow::new(Post, "/sites", &[Action::CreateSite, Action::ListSites], || web::post().to(places::open)),
    PageRow::new(Post, "/sites/{id}", &[Action::ChangeSite, Action::ListSites], || web::post().to(places::change)),
    PageRow::new(Get, "/settings", &[Action::ReadSettings], || web::get().to(places::settings)),
    PageRow::new(Post, "/settings", &[Action::ChangeSettings, Action::ReadSettings], || {
        web::post().to(places::change_settings)
    }),
    PageRow::new(Get, "/cover", &[Action::ListCover, Action::ReadDirectory], || web::get().to(cover::list)),
    PageRow::new(Get, "/cover.csv", &[Action::ListCover], || web::get().to(cover::list_csv)),
    PageRow::new(Post, "/cover", &[Action::GrantCover, Action::ListCover, Action::ReadDirectory], || {
        web::post().to(cover::grant)
    }),
    PageRow::new(Post, "/cover/{id}/end", &[Action::EndCover], || web::post().to(cover::end)),
];

pub(super) const REVIEW: &[PageRow] = &[
    PageRow::new(Get, "/patients/{id}/access.csv", &[Action::ReadAccessReport], || web::get().to(report::report_csv)),
    PageRow::new(Get, "/started-without-note.csv", &[Action::ListStartedWithoutNote], || {
        web::get().to(started::list_csv)
    }),
    PageRow::new(
        Get,
        "/practice",
        &[Action::ListEmergencyAccesses, Action::ListStartedWithoutNote, Action::ListDeadLetters, Action::ProveAudit],
        || web::get().to(practice::overview),
    ),
    PageRow::new(Get, "/audit", &[Action::ReadAudit, Action::ReadSelf, Action::ListStaff, Action::ProveAudit], || {
        web::get().to(audit::audit)
    }),
    PageRow::new(Get, "/audit.csv", &[Action::ReadAudit, Action::ReadSelf, Action::ListStaff], || {
        web::get().to(audit::audit_csv)
    }),
    PageRow::new(Post, "/audit", &[Action::FindPatients, Action::ReadSelf, Action::ListStaff], || {
        web::post().to(audit::search)
    }),
    PageRow::new(
        Get,
        "/audit/events/{id}",
        &[Action::ReadAudit, Action::ReadSelf, Action::ListStaff, Action::ProveAudit],
        || web::get().to(event::event),
    ),
    PageRow::new(Get, "/audit/checkpoints", &[Action::ProveAudit], || web::get().to(event::checkpoints)),
    PageRow::new(Get, "/audit/consistency", &[Action::ProveAudit], || web::get().to(event::consistency)),
    PageRow::new(Get, "/emergency-accesses", &[Action::ListEmergencyAccesses], || web::get().to(reviews::list)),
    PageRow::new(Get, "/emergency-accesses.csv", &[Action::ListEmergencyAccesses], || web::get().to(reviews::list_csv)),
    PageRow::new(Get, "/emergency-accesses/{id}", &[Action::ListEmergencyAccesses], || web::get().to(reviews::access)),
    PageRow::new(
        Post,
        "/emergency-accesses/{id}/review",
        &[Action::ReviewEmergencyAccess, Action::ListEmergencyAccesses],
        || web::post().to(reviews::review),
    ),
    PageRow::new(Get, "/started-without-note", &[Action::ListStartedWithoutNote], || web::get().to(started::list)),
    PageRow::new(Get, "/started-without-note/{id}", &[Action::ListStartedWithoutNote], || {
        web::get().to(started::started)
    }),
    PageRow::new(
        Post,
        "/started-without-note/{id}/review",
        &[Action::ReviewStartedTreating, Action::ListStartedWithoutNote],
        || web::post().to(started::review),
    ),
    PageRow::new(Get, "/dead-letters", &[Action::ListDeadLetters], || web::get().to(letters::list)),
    PageRow::new(Get, "/dead-letters.csv", &[Action::ListDeadLetters], || web::get().to(letters::list_csv)),
    PageRow::new(Post, "/dead-letters/{id}/retry", &[Action::RetryDeadLetter, Action::ListDeadLetters], || {
        web::post().to(letters::retry)
    }),
];
