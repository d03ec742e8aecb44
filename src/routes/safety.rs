//! The rows of safety items, health histories and decision-makers.

use actix_web::web;

use super::Row;
use super::Verb::{Get, Patch, Post, Put};
use super::table::PAGING;
use crate::patients::decision_makers::{self, ChangedDecisionMaker, DecisionMaker, DecisionMakerView};
use crate::policy::Action;
use crate::safety::health_history::{self, HealthHistory, HealthHistoryVersion, HealthHistoryView};
use crate::safety::{Contraindications, NewSafetyItem, Resolve, SafetyItemView, api as safety};

/// The query parameters of the list of safety items.
const ITEM_FILTER: &[(&str, &str)] = &[("resolved", "`true` for those resolved too"), PAGING[0], PAGING[1]];

pub(super) const SAFETY: &[Row] = &[
    Row::new(
        Get,
        "/catalogue/contraindications",
        Action::ReadCatalogue,
        "Contraindications, and what each bars",
        || web::get().to(safety::contraindications),
    )
    .answers::<Contraindications>(200),
    Row::new(
        Get,
        "/patients/{id}/safety-items",
        Action::ListSafetyItems,
        "What speaks against treating the patient in some way: open items, newest first",
        || web::get().to(safety::list),
    )
    .query(ITEM_FILTER)
    .lists::<SafetyItemView>(),
    Row::new(
        Post,
        "/patients/{id}/safety-items",
        Action::RaiseSafetyItem,
        "Raise a safety item, in force at once; or raise one in another's place",
        || web::post().to(safety::raise),
    )
    .retry()
    .takes::<NewSafetyItem>()
    .example(
        r#"{"kind": "red_flag", "what": "Left calf warm, swollen and tender since yesterday",
            "contraindication": "deep_vein_thrombosis", "bars": {"area": "lower_limb", "side": "left"},
            "discipline": "physiotherapy"}"#,
    )
    .answers::<SafetyItemView>(201),
    Row::new(
        Post,
        "/safety-items/{id}/resolve",
        Action::ResolveSafetyItem,
        "Say that a safety item no longer holds, and why",
        || web::post().to(safety::resolve),
    )
    .if_match()
    .retry()
    .takes::<Resolve>()
    .example(r#"{"reason": "Ultrasound of the veins without findings, letter of 5 March"}"#)
    .answers::<SafetyItemView>(200),
    Row::new(
        Get,
        "/patients/{id}/health-history",
        Action::ReadHealthHistory,
        "Conditions, medications, surgeries, implants; and when they are to be confirmed",
        || web::get().to(health_history::api::read),
    )
    .answers::<HealthHistoryView>(200),
    Row::new(
        Put,
        "/patients/{id}/health-history",
        Action::ChangeHealthHistory,
        "Record the health history, or confirm it by the same words",
        || web::put().to(health_history::api::save),
    )
    .if_match()
    .takes::<HealthHistory>()
    .example(
        r#"{"conditions": ["Hypothyroidism"], "medications": ["Levothyroxine 75 ug"],
            "surgeries": ["Meniscus, left knee, 2019"], "implants": [], "pregnancy": "no"}"#,
    )
    .answers::<HealthHistoryView>(200),
    Row::new(
        Get,
        "/patients/{id}/health-history/versions",
        Action::ReadHealthHistory,
        "What was recorded and confirmed before, newest first",
        || web::get().to(health_history::api::versions),
    )
    .query(PAGING)
    .lists::<HealthHistoryVersion>(),
    Row::new(
        Get,
        "/patients/{id}/decision-makers",
        Action::ListDecisionMakers,
        "Who decides for the patient, newest first",
        || web::get().to(decision_makers::api::list),
    )
    .query(PAGING)
    .lists::<DecisionMakerView>(),
    Row::new(
        Post,
        "/patients/{id}/decision-makers",
        Action::AddDecisionMaker,
        "Record who decides for the patient",
        || web::post().to(decision_makers::api::add),
    )
    .retry()
    .takes::<DecisionMaker>()
    .example(
        r#"{"name": "Anna Brunner", "relation": "mother", "authority": "parental responsibility",
            "may_consent": true, "may_receive_records": true, "until": "2031-05-22", "phone": "+41 44 901 82 00"}"#,
    )
    .answers::<DecisionMakerView>(201),
    Row::new(
        Patch,
        "/decision-makers/{id}",
        Action::ChangeDecisionMaker,
        "Change what is recorded of a decision-maker; null clears",
        || web::patch().to(decision_makers::api::change),
    )
    .if_match()
    .takes::<ChangedDecisionMaker>()
    .example(r#"{"may_consent": false, "limits": "Treatment after surgery only", "email": null}"#)
    .answers::<DecisionMakerView>(200),
];
