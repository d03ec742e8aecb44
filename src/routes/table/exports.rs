//! The rows of what patients are told and given: who saw their record, and the record itself.

use actix_web::web;

use super::PAGING;
use crate::exports::{self, Document, ExportView, NewExport};
use crate::oversight::access_report::{self, AccessLine};
use crate::policy::Action;
use crate::routes::Row;
use crate::routes::Verb::{Get, Post};

pub(super) const EXPORTS: &[Row] = &[
    Row::new(
        Get,
        "/patients/{id}/access-report",
        Action::ReadAccessReport,
        "Who saw or changed the record, or tried to, newest first",
        || web::get().to(access_report::api::read),
    )
    .query(PAGING)
    .csv()
    .lists::<AccessLine>(),
    Row::new(
        Post,
        "/patients/{id}/exports",
        Action::ExportRecord,
        "Hand out the record: whole to the patient, to others minus what the patient withholds",
        || web::post().to(exports::api::make),
    )
    .retry()
    .takes::<NewExport>()
    .example(
        r#"{"recipient": "other", "recipient_name": "Helvetia Insurance", "purpose": "Claim C-7",
            "authority": "The patient's written consent of 2 March 2026"}"#,
    )
    .answers::<ExportView>(201),
    Row::new(
        Get,
        "/exports/{id}",
        Action::ReadExport,
        "A record as it was handed out, in JSON or as a page to print",
        || web::get().to(exports::api::read),
    )
    .html()
    .answers::<Document>(200),
];
