//! The rows of the pages of a chart besides the chart itself: who treats, who decides, what else is known.

use actix_web::web;

use super::PageRow;
use super::Verb::{Get, Post};
use crate::consent::web as consent;
use crate::episodes::web as episodes;
use crate::exports::web as exports;
use crate::patients::care_team::web as care_team;
use crate::patients::decision_makers::web as makers;
use crate::policy::Action;
use crate::safety::health_history::web as health_history;

pub(super) const CHART: &[PageRow] = &[
    PageRow::new(
        Get,
        "/patients/{id}/care-team",
        &[Action::ReadCareTeam, Action::ReadPatient, Action::ReadDirectory],
        || web::get().to(care_team::team),
    ),
    PageRow::new(
        Post,
        "/patients/{id}/care-team",
        &[Action::AssignCareTeam, Action::ReadCareTeam, Action::ReadPatient, Action::ReadDirectory],
        || web::post().to(care_team::assign),
    ),
    PageRow::new(Post, "/care-team/{id}/leave", &[Action::LeaveCareTeam], || web::post().to(care_team::leave)),
    PageRow::new(Get, "/patients/{id}/decision-makers", &[Action::ListDecisionMakers, Action::ReadPatient], || {
        web::get().to(makers::list)
    }),
    PageRow::new(
        Post,
        "/patients/{id}/decision-makers",
        &[Action::AddDecisionMaker, Action::ListDecisionMakers, Action::ReadPatient],
        || web::post().to(makers::add),
    ),
    PageRow::new(Get, "/decision-makers/{id}", &[Action::ListDecisionMakers, Action::ReadPatient], || {
        web::get().to(makers::maker)
    }),
    PageRow::new(
        Post,
        "/decision-makers/{id}",
        &[Action::ChangeDecisionMaker, Action::ListDecisionMakers, Action::ReadPatient],
        || web::post().to(makers::change),
    ),
    PageRow::new(Get, "/patients/{id}/episodes", &[Action::ListEpisodes, Action::ReadPatient], || {
        web::get().to(episodes::list)
    }),
    PageRow::new(
        Post,
        "/patients/{id}/episodes",
        &[Action::OpenEpisode, Action::ListEpisodes, Action::ReadPatient],
        || web::post().to(episodes::open),
    ),
    PageRow::new(Get, "/episodes/{id}", &[Action::ReadEpisode, Action::ReadPatient], || {
        web::get().to(episodes::episode)
    }),
    PageRow::new(Post, "/episodes/{id}", &[Action::ChangeEpisode, Action::ReadEpisode, Action::ReadPatient], || {
        web::post().to(episodes::change)
    }),
    PageRow::new(
        Post,
        "/episodes/{id}/discharge",
        &[Action::DischargeEpisode, Action::ReadEpisode, Action::ReadPatient],
        || web::post().to(episodes::discharge),
    ),
    PageRow::new(Get, "/patients/{id}/health-history", &[Action::ReadHealthHistory, Action::ReadPatient], || {
        web::get().to(health_history::history)
    }),
    PageRow::new(
        Post,
        "/patients/{id}/health-history",
        &[Action::ChangeHealthHistory, Action::ReadHealthHistory, Action::ReadPatient],
        || web::post().to(health_history::save),
    ),
    PageRow::new(
        Get,
        "/patients/{id}/consent/new",
        &[Action::ReadPatient, Action::ReadDirectory, Action::ListEpisodes, Action::ListNotes],
        || web::get().to(consent::new),
    ),
    PageRow::new(
        Post,
        "/patients/{id}/consent",
        &[Action::SetDirective, Action::ReadPatient, Action::ReadDirectory, Action::ListEpisodes, Action::ListNotes],
        || web::post().to(consent::set),
    ),
    PageRow::new(
        Get,
        "/patients/{id}/export",
        &[Action::ReadExport, Action::ReadPatient, Action::ListDecisionMakers],
        || web::get().to(exports::new),
    ),
    PageRow::new(
        Post,
        "/patients/{id}/export",
        &[Action::ExportRecord, Action::ReadExport, Action::ReadPatient, Action::ListDecisionMakers],
        || web::post().to(exports::make),
    ),
    PageRow::new(Get, "/exports/{id}", &[Action::ReadExport], || web::get().to(exports::export)),
    PageRow::new(Get, "/exports/{id}/record.json", &[Action::ReadExport], || web::get().to(exports::as_json)),
    PageRow::new(Get, "/exports/{id}/record.html", &[Action::ReadExport], || web::get().to(exports::as_html)),
];
