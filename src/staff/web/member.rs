//! One member of staff, as a page: changing, inviting again, ending access, handing over.

use askama::Template;

use super::{InvitedPage, Places, Standing, standing, supervisors};
use crate::error::{Error, Result};
use crate::http::PathId;
use crate::ids::{StaffId, kind};
use crate::policy::Action;
use crate::staff::{HandOver, StaffChange, StaffView, ops};
use crate::web::{Choice, Form, Frame, Pressed, Sheet, Shown, Visit};

#[derive(Template)]
#[template(path = "staff/member.html")]
struct MemberPage {
    frame: Frame,
    staff: StaffView,
    standing: Standing,
    places: Places,
    sheet: Sheet,
    supervisors: Vec<Choice>,
    may_change: bool,
    may_hand_over: bool,
}

impl MemberPage {
    async fn read(visit: &Visit, id: StaffId, sheet: Option<Sheet>) -> Result<Self> {
        let staff = visit.read(Action::ReadStaff, move |tx| ops::read(tx, id)).await?;
        let (places, supervisors) = tokio::try_join!(Places::read(visit), supervisors(visit, Some(id)))?;
        let sheet = sheet.unwrap_or_else(|| Sheet::of(visit, &staff, Some(staff.version)));
        let frame = visit.frame("Staff");
        let may_change = visit.may(Action::ChangeStaff) && !frame.is_own(&id);
        let (standing, may_hand_over) = (standing(&staff, frame.today()), visit.may(Action::ReadHandOver));
        Ok(Self { frame, staff, standing, places, sheet, supervisors, may_change, may_hand_over })
    }

    /// The colleague who signs beside them.
    fn supervisor(&self) -> Option<&str> {
        let id = self.staff.supervisor_id?.to_string();
        self.supervisors.iter().find(|choice| choice.value == id).map(|choice| choice.label.as_str())
    }
}

/// `GET /staff/{id}`
///
/// # Errors
/// The refusal's code.
pub async fn member(visit: Visit, PathId(id): PathId<kind::Staff>) -> Result<Shown> {
    let page = MemberPage::read(&visit, id, None).await?;
    visit.show(&page)
}

/// `POST /staff/{id}`
///
/// # Errors
/// The refusal's code; what is wrong with the form is said above it.
pub async fn change(visit: Visit, PathId(id): PathId<kind::Staff>, mut form: Form<StaffChange>) -> Result<Shown> {
    let version = form.sent.version()?;
    let changed = match form.value() {
        // The form shows every role, so that none marked says none, and not that they stay.
        Ok(StaffChange { roles: None, .. }) => Err(Error::field("/roles", "is missing")),
        Ok(change) => visit.write(Action::ChangeStaff, move |tx| ops::change(tx, id, version, &change)).await,
        Err(error) => Err(error),
    };
    match changed {
        Ok(_) => Ok(visit.go_saying(format!("/staff/{id}"), "It is changed, and holds from now on.")),
        Err(error) => again(&visit, id, &form, error).await,
    }
}

async fn again<T>(visit: &Visit, id: StaffId, form: &Form<T>, error: Error) -> Result<Shown> {
    visit.again(form, error, async |sheet| MemberPage::read(visit, id, Some(sheet)).await).await
}

/// `POST /staff/{id}/invitation`
///
/// # Errors
/// The refusal's code.
pub async fn invite_again(visit: Visit, PathId(id): PathId<kind::Staff>, form: Form<Pressed>) -> Result<Shown> {
    let (retry, keys) = (form.sent.retry(), visit.app.keys.clone());
    let invited = visit.write(Action::CreateStaff, move |tx| ops::invite_again(tx, &keys, &retry, id)).await?;
    InvitedPage::show(&visit, invited)
}

/// `POST /staff/{id}/reset`
///
/// # Errors
/// The refusal's code.
pub async fn start_reset(visit: Visit, PathId(id): PathId<kind::Staff>, form: Form<Pressed>) -> Result<Shown> {
    let (retry, keys) = (form.sent.retry(), visit.app.keys.clone());
    visit.write(Action::StartReset, move |tx| ops::start_reset(tx, &keys, &retry, id)).await?;
    Ok(visit.go_saying(format!("/staff/{id}"), "They are sent a mail by which they choose a new password."))
}

/// `POST /staff/{id}/deactivate`
///
/// # Errors
/// The refusal's code.
pub async fn deactivate(visit: Visit, PathId(id): PathId<kind::Staff>, form: Form<Pressed>) -> Result<Shown> {
    let (retry, version) = (form.sent.retry(), form.sent.version()?);
    visit.write(Action::DeactivateStaff, move |tx| ops::deactivate(tx, &retry, id, version)).await?;
    let saying = "Their access has ended. This is what they leave behind.";
    Ok(visit.go_saying(format!("/staff/{id}/hand-over"), saying))
}

/// `POST /staff/{id}/return`
///
/// # Errors
/// The refusal's code.
pub async fn come_back(visit: Visit, PathId(id): PathId<kind::Staff>, form: Form<Pressed>) -> Result<Shown> {
    let version = form.sent.version()?;
    let back = StaffChange { active: Some(true), ..StaffChange::default() };
    visit.write(Action::ChangeStaff, move |tx| ops::change(tx, id, version, &back)).await?;
    Ok(visit.go_saying(format!("/staff/{id}"), "They sign in as before, and are on no care team."))
}

#[derive(Template)]
#[template(path = "staff/hand_over.html")]
struct HandOverPage {
    frame: Frame,
    left: HandOver,
}

impl HandOverPage {
    fn is_clear(&self) -> bool {
        let HandOver { patients, drafts, referrals, supervised, .. } = &self.left;
        patients.is_empty() && drafts.is_empty() && referrals.is_empty() && supervised.is_empty()
    }
}

/// `GET /staff/{id}/hand-over`
///
/// # Errors
/// The refusal's code.
pub async fn hand_over(visit: Visit, PathId(id): PathId<kind::Staff>) -> Result<Shown> {
    let left = visit.read(Action::ReadHandOver, move |tx| ops::hand_over(tx, id)).await?;
    visit.show(&HandOverPage { frame: visit.frame("Hand-over"), left })
}
