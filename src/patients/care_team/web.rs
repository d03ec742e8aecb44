//! The care team, as a page.

use askama::Template;

use super::{Assignment, CareTeamView, JoinedBy, ops};
use crate::error::Result;
use crate::http::PathId;
use crate::ids::{PatientId, kind};
use crate::patients::cover::web::clinicians;
use crate::patients::ops::{self as patients, PatientView};
use crate::policy::Action;
use crate::web::{Choice, Form, Frame, Pressed, Sheet, Shown, Visit};

#[derive(Template)]
#[template(path = "patients/care_team.html")]
struct TeamPage {
    frame: Frame,
    tab: &'static str,
    patient: PatientView,
    team: CareTeamView,
    sheet: Sheet,
    clinicians: Vec<Choice>,
    may_assign: bool,
    may_cover: bool,
}

impl TeamPage {
    async fn read(visit: &Visit, id: PatientId, sheet: Option<Sheet>) -> Result<Self> {
        let (patient, team) = tokio::try_join!(
            visit.read(Action::ReadPatient, move |tx| patients::read(tx, id)),
            visit.read(Action::ReadCareTeam, move |tx| ops::read(tx, id)),
        )?;
        let may_assign = visit.may(Action::AssignCareTeam);
        let clinicians = if may_assign { clinicians(visit).await? } else { Vec::new() };
        let frame = visit.frame(format!("Care team, {}", patient.record_number));
        let (sheet, may_cover) = (sheet.unwrap_or_else(|| Sheet::blank(visit)), visit.may(Action::GrantCover));
        Ok(Self { frame, tab: "", patient, team, sheet, clinicians, may_assign, may_cover })
    }
}

/// `GET /patients/{id}/care-team`
///
/// # Errors
/// The refusal's code.
pub async fn team(visit: Visit, PathId(id): PathId<kind::Patient>) -> Result<Shown> {
    let page = TeamPage::read(&visit, id, None).await?;
    visit.show(&page)
}

/// `POST /patients/{id}/care-team`
///
/// # Errors
/// The refusal's code; what is wrong with the form is said above it.
pub async fn assign(visit: Visit, PathId(id): PathId<kind::Patient>, mut form: Form<Assignment>) -> Result<Shown> {
    let assigned = visit
        .takes(Action::AssignCareTeam, &mut form, move |tx, retry, assignment| ops::assign(tx, retry, id, assignment))
        .await;
    match assigned {
        Ok(_) => {
            Ok(visit
                .go_saying(format!("/patients/{id}/care-team"), "They are on the care team, and can prepare at once."))
        }
        Err(error) => visit.again(&form, error, async |sheet| TeamPage::read(&visit, id, Some(sheet)).await).await,
    }
}

/// `POST /care-team/{id}/leave`
///
/// # Errors
/// The refusal's code.
pub async fn leave(visit: Visit, PathId(id): PathId<kind::CareTeam>, mut form: Form<Pressed>) -> Result<Shown> {
    form.value()?;
    visit.write(Action::LeaveCareTeam, move |tx| ops::leave(tx, id)).await?;
    Ok(visit.go_saying("/", "You are off the care team. The notes you signed stay open to you."))
}

const fn joined_by(how: JoinedBy) -> &'static str {
    match how {
        JoinedBy::Registration => "registered the patient",
        JoinedBy::Assignment => "assigned for a visit",
        JoinedBy::StartTreating => "started treating",
        JoinedBy::Referral => "accepted a referral",
    }
}
