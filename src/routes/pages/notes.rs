//! The pages of notes: written, read, and what is done with them.

use actix_web::web;

use super::PageRow;
use crate::notes::web::{self as notes, amend, drafts, moves, pending, reviews, versions};
use crate::policy::Action::{
    self, AddAddendum, AmendNote, ChangeEpisode, CloseJointReview, CopyNote, CosignNote, CreateNote, DiscardDraft,
    EnterInError, LinkJointReview, ListDecisionMakers, ListEpisodes, ListJointReviews, ListNotes, ListPatients,
    ListReferrals, OpenJointReview, ReadNote, ReadPatient, ReturnNote, SaveDraft, ShareNote, SignNote,
};
use crate::routes::Verb::{Get, Post};

pub(super) const NOTES: &[PageRow] = &[
    PageRow::new(Get, "/notes/{id}", NOTE, || web::get().to(notes::note)),
    PageRow::new(Get, "/patients/{id}/notes/new", NEW, || web::get().to(drafts::blank)),
    PageRow::new(Post, "/patients/{id}/notes", BEGIN, || web::post().to(drafts::begin)),
    PageRow::new(Get, "/notes/{id}/edit", EDIT, || web::get().to(drafts::editor)),
    PageRow::new(Post, "/notes/{id}/edit", SAVE, || web::post().to(drafts::save)),
    PageRow::new(Post, "/notes/{id}/sign", SIGN, || web::post().to(drafts::sign)),
    PageRow::new(Post, "/notes/{id}/discard", &[DiscardDraft, ReadNote], || web::post().to(drafts::discard)),
    PageRow::new(Post, "/notes/{id}/copy-forward", &[CopyNote, ReadNote], || web::post().to(drafts::copy_forward)),
    PageRow::new(Get, "/notes/{id}/amend", EDIT, || web::get().to(amend::amendment)),
    PageRow::new(Post, "/notes/{id}/amend", AMEND, || web::post().to(amend::amend)),
    PageRow::new(Get, "/notes/{id}/versions", &[ReadNote], || web::get().to(versions::versions)),
    PageRow::new(Post, "/notes/{id}/addenda", ADDENDA, || web::post().to(notes::append)),
    PageRow::new(Post, "/notes/{id}/cosign", &[CosignNote], || web::post().to(moves::cosign)),
    PageRow::new(Post, "/notes/{id}/return", RETURN, || web::post().to(moves::give_back)),
    PageRow::new(Post, "/notes/{id}/share", SHARE, || web::post().to(moves::share)),
    PageRow::new(Get, "/notes/{id}/error", &[ReadNote, ReadPatient, ListPatients], || web::get().to(moves::error)),
    PageRow::new(Post, "/notes/{id}/error", WRONG, || web::post().to(moves::declare_error)),
    PageRow::new(Get, "/pending-changes/{id}", &[ReadNote], || web::get().to(pending::pending)),
    PageRow::new(Post, "/pending-changes/{id}/cosign", &[CosignNote], || web::post().to(pending::cosign)),
    PageRow::new(Post, "/pending-changes/{id}/return", &[ReturnNote, ReadNote], || web::post().to(pending::give_back)),
    PageRow::new(Post, "/pending-changes/{id}/withdraw", &[DiscardDraft], || web::post().to(pending::withdraw)),
    PageRow::new(Post, "/notes/{id}/joint-review", &[OpenJointReview, ReadNote], || web::post().to(reviews::open)),
    PageRow::new(Post, "/joint-reviews/{id}/link", &[LinkJointReview], || web::post().to(reviews::link)),
    PageRow::new(Post, "/joint-reviews/{id}/close", &[CloseJointReview], || web::post().to(reviews::close)),
];

/// What the page of a note asks for.
const NOTE: &[Action] = &[ReadNote, ReadPatient, ListJointReviews];
const ADDENDA: &[Action] = &[AddAddendum, ReadNote, ReadPatient, ListJointReviews];
const WRONG: &[Action] = &[EnterInError, CreateNote, ChangeEpisode, ReadNote, ReadPatient, ListPatients];
const RETURN: &[Action] = &[ReturnNote, ReadNote, ReadPatient, ListJointReviews];
const SHARE: &[Action] = &[ShareNote, ReadNote, ReadPatient, ListJointReviews];

/// What the page asks for on which a note is written.
const NEW: &[Action] = &[ReadPatient, ListEpisodes, ListReferrals, ListDecisionMakers, ListNotes];
const BEGIN: &[Action] = &[CreateNote, ReadPatient, ListEpisodes, ListReferrals, ListDecisionMakers, ListNotes];
const SAVE: &[Action] = &[SaveDraft, ReadNote, ReadPatient, ListEpisodes, ListReferrals, ListDecisionMakers, ListNotes];
const SIGN: &[Action] =
    &[SaveDraft, SignNote, ReadNote, ReadPatient, ListEpisodes, ListReferrals, ListDecisionMakers, ListNotes];
const AMEND: &[Action] =
    &[AmendNote, ReadNote, ReadPatient, ListEpisodes, ListReferrals, ListDecisionMakers, ListNotes, ListJointReviews];
/// That, or the page of a note that is no draft.
const EDIT: &[Action] =
    &[ReadNote, ReadPatient, ListEpisodes, ListReferrals, ListDecisionMakers, ListNotes, ListJointReviews];
