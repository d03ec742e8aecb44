//! The rows of episodes of care and of messages about a patient.

use actix_web::web;

use super::PAGING;
use crate::episodes::{self, ChangedEpisode, Discharge, EpisodeView, NewEpisode};
use crate::messages::{self, MessageView, NewMessage};
use crate::policy::Action;
use crate::routes::Row;
use crate::routes::Verb::{Get, Patch, Post};

pub(super) const EPISODES: &[Row] = &[
    Row::new(
        Get,
        "/patients/{id}/episodes",
        Action::ListEpisodes,
        "A patient's episodes of care, newest first",
        || web::get().to(episodes::api::list),
    )
    .query(PAGING)
    .lists::<EpisodeView>(),
    Row::new(Post, "/patients/{id}/episodes", Action::OpenEpisode, "Open an episode of care for one complaint", || {
        web::post().to(episodes::api::open)
    })
    .retry()
    .takes::<NewEpisode>()
    .example(
        r#"{"complaint": "Shoulder pain when reaching overhead", "onset": "2026-02-14", "side": "right",
            "region": "shoulder", "diagnosis": {"text": "Subacromial pain syndrome", "icd10": "M75.4"}}"#,
    )
    .answers::<EpisodeView>(201),
    Row::new(Get, "/episodes/{id}", Action::ReadEpisode, "Read an episode of care", || {
        web::get().to(episodes::api::read)
    })
    .answers::<EpisodeView>(200),
    Row::new(
        Patch,
        "/episodes/{id}",
        Action::ChangeEpisode,
        "Change what is known of a complaint; null clears",
        || web::patch().to(episodes::api::change),
    )
    .if_match()
    .takes::<ChangedEpisode>()
    .example(r#"{"side": "bilateral", "onset": null}"#)
    .answers::<EpisodeView>(200),
    Row::new(
        Post,
        "/episodes/{id}/discharge",
        Action::DischargeEpisode,
        "Discharge the patient in one's own discipline; the last one closes the episode",
        || web::post().to(episodes::api::discharge),
    )
    .if_match()
    .retry()
    .takes::<Discharge>()
    .example(r#"{"discipline": "physiotherapy", "outcome": "Reaches overhead without pain, goes on by herself"}"#)
    .answers::<EpisodeView>(200),
    Row::new(
        Get,
        "/patients/{id}/messages",
        Action::ListMessages,
        "What therapists wrote to each other about a patient, newest first",
        || web::get().to(messages::api::list),
    )
    .query(PAGING)
    .lists::<MessageView>(),
    Row::new(
        Post,
        "/patients/{id}/messages",
        Action::WriteMessage,
        "Write to the other therapists about a patient",
        || web::post().to(messages::api::write),
    )
    .retry()
    .takes::<NewMessage>()
    .example(r#"{"text": "Would you look at her left shoulder on Thursday?"}"#)
    .answers::<MessageView>(201),
];
