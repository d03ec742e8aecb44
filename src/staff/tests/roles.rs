use super::*;
use crate::actor::Actor;
use crate::error::Code;
use crate::staff::StaffChange;

fn becomes(roles: &[Role]) -> StaffChange {
    StaffChange { roles: Some(roles.to_vec()), ..StaffChange::default() }
}

on_both!(nobody_changes_their_own_roles);
async fn nobody_changes_their_own_roles(backend: Backend) {
    let practice = Practice::new(backend).await;
    let mara = practice.manager;
    let all = becomes(&[Role::Manager, Role::PrivacyOfficer, Role::Physiotherapist]);
    let refused = practice.acts(mara, Action::ChangeStaff, move |tx| ops::change(tx, mara, 1, &all)).await;
    assert_eq!(refused.unwrap_err().code, Code::OwnRecord);
    assert_eq!(practice.member(mara).await.roles, [Role::Manager, Role::PrivacyOfficer]);

    let events = practice.events(Log::Practice(practice.id), Action::ChangeStaff).await;
    assert_eq!(events.len(), 1);
    assert_eq!((events[0].outcome, &*events[0].code), (Outcome::Refused, "own_record"));
    assert_eq!(events[0].object.map(|object| object.id), Some(mara.retype()));
}

on_both!(a_therapist_changes_nobodys_roles);
async fn a_therapist_changes_nobodys_roles(backend: Backend) {
    let practice = Practice::new(backend).await;
    let (tom, mara) = (practice.add("Tom", &[Role::MassageTherapist]).await, practice.manager);
    let less = becomes(&[Role::Receptionist]);
    let refused = practice.acts(tom, Action::ChangeStaff, move |tx| ops::change(tx, mara, 1, &less)).await;
    assert_eq!(refused.unwrap_err().code, Code::RoleDoesNotAllow);
}

on_both!(the_last_privacy_officer_stays_until_there_is_another);
async fn the_last_privacy_officer_stays_until_there_is_another(backend: Backend) {
    let practice = Practice::new(backend).await;
    let (ben, mara) = (practice.add("Ben", &[Role::Manager]).await, practice.manager);
    let demote = |version| {
        practice.acts(ben, Action::ChangeStaff, move |tx| ops::change(tx, mara, version, &becomes(&[Role::Manager])))
    };
    assert_eq!(demote(1).await.unwrap_err().code, Code::LastOfTheirKind);
    let leave = practice.acts(ben, Action::DeactivateStaff, move |tx| ops::deactivate(tx, &once(), mara, 1));
    assert_eq!(leave.await.unwrap_err().code, Code::LastOfTheirKind);

    practice.add("Petra", &[Role::PrivacyOfficer]).await;
    let mara = demote(1).await.unwrap();
    assert_eq!((mara.roles.as_slice(), mara.version), ([Role::Manager].as_slice(), 2));
}

on_both!(the_last_manager_stays);
async fn the_last_manager_stays(backend: Backend) {
    let practice = Practice::new(backend).await;
    let (ben, mara) = (practice.add("Ben", &[Role::Manager, Role::PrivacyOfficer]).await, practice.manager);
    practice.acts(mara, Action::DeactivateStaff, move |tx| ops::deactivate(tx, &once(), ben, 1)).await.unwrap();
    let leave = practice.acts(mara, Action::DeactivateStaff, move |tx| ops::deactivate(tx, &once(), mara, 1));
    assert_eq!(leave.await.unwrap_err().code, Code::OwnRecord);
    // The policy leaves one manager, the one who acts. The rule holds even for one whose rows do not say so.
    let roles = [Role::Manager].into_iter().collect();
    let session = practice.sign_in(ben).await;
    let ghost =
        Actor { practice: practice.id, staff: ben, session, roles, authenticated_at: MORNING, access_version: 1 };
    let call = Call::new(request(practice.number()), Action::DeactivateStaff, Arc::new(Open(Party::Staff(ghost))));
    let refused = practice.db.write(&call, move |tx| ops::deactivate(tx, &once(), mara, 1)).await.unwrap_err();
    assert_eq!((refused.code, &*refused.detail), (Code::LastOfTheirKind, "Mara Lang is the practice's last manager"));
}

on_both!(new_roles_hold_back_what_was_read_in_the_old_ones);
async fn new_roles_hold_back_what_was_read_in_the_old_ones(backend: Backend) {
    let practice = Practice::new(backend).await;
    let ben = practice.add("Ben", &[Role::Manager]).await;
    let mara = practice.manager;
    let session = practice.sign_in(ben).await;
    let change = practice.acts(mara, Action::ChangeStaff, move |tx| {
        let roles = StaffChange { roles: Some(vec![Role::Receptionist]), ..StaffChange::default() };
        ops::change(tx, ben, 1, &roles)
    });
    change.await.unwrap();
    let listed = practice.call(ben, session, Action::ListStaff);
    let refused = practice.db.read(&listed, |tx| ops::list(tx, None, None, 10)).await;
    assert_eq!(refused.unwrap_err().code, Code::RoleDoesNotAllow);
    assert_eq!(access_version(&practice, ben).await, 2);
    let absence = practice.acts(mara, Action::ChangeStaff, move |tx| {
        let away = Some(Some(crate::clock::Date::of(MORNING)));
        ops::change(tx, ben, 2, &StaffChange { away_until: away, ..StaffChange::default() })
    });
    assert!(absence.await.unwrap().away_until.is_some());
    assert_eq!(access_version(&practice, ben).await, 2, "an absence changes nobody's access");
}

async fn access_version(practice: &Practice, id: StaffId) -> i64 {
    use crate::db::schema::staff;
    let of = practice.id;
    let ask =
        move |conn: &mut db::Conn| Ok(staff::table.find((of, id)).select(staff::access_version).first::<i64>(conn)?);
    practice.db.look(ask).await.unwrap()
}

on_both!(an_address_belongs_to_one_person_however_it_is_written);
async fn an_address_belongs_to_one_person_however_it_is_written(backend: Backend) {
    let practice = Practice::new(backend).await;
    let mara = practice.manager;
    let again = NewStaff { email: " MARA@example.ORG ".into(), ..somebody("Other", &[Role::Receptionist]) };
    let refused = practice.acts(mara, Action::CreateStaff, move |tx| ops::take_on(tx, &keys(), &once(), &again)).await;
    assert_eq!(refused.err().map(|error| error.code), Some(Code::AlreadyExists));

    let tom = practice.add("Tom", &[Role::MassageTherapist]).await;
    let same = StaffChange { email: Some("Mara@Example.org".into()), ..StaffChange::default() };
    let refused = practice.acts(mara, Action::ChangeStaff, move |tx| ops::change(tx, tom, 1, &same)).await;
    assert_eq!(refused.unwrap_err().code, Code::AlreadyExists);
}

on_both!(nobody_overwrites_what_they_have_not_read);
async fn nobody_overwrites_what_they_have_not_read(backend: Backend) {
    let practice = Practice::new(backend).await;
    let (tom, mara) = (practice.add("Tom", &[Role::MassageTherapist]).await, practice.manager);
    let rename = |name: &str, version| {
        let change = StaffChange { name: Some(name.into()), ..StaffChange::default() };
        practice.acts(mara, Action::ChangeStaff, move |tx| ops::change(tx, tom, version, &change))
    };
    rename("Thomas", 1).await.unwrap();
    let stale = rename("Tommy", 1).await.unwrap_err();
    assert_eq!(stale.code, Code::StaleVersion);
    assert!(stale.current.unwrap().get().contains(r#""name":"Thomas""#));
    assert_eq!(practice.member(tom).await.version, 2);
}

on_both!(an_invitation_is_told_once);
async fn an_invitation_is_told_once(backend: Backend) {
    let practice = Practice::new(backend).await;
    let mara = practice.manager;
    let retry = Retry { key: Some("k-1".into()), ..once() };
    let take_on = || {
        let retry = retry.clone();
        let new = somebody("Ines", &[Role::Physiotherapist]);
        practice.acts(mara, Action::CreateStaff, move |tx| ops::take_on(tx, &keys(), &retry, &new))
    };
    let first = take_on().await.unwrap();
    assert!(first.staff.invited);
    let token = first.invitation.unwrap();
    assert_eq!(token.expires_at, MORNING.plus_seconds(72 * 3600));
    let again = take_on().await.unwrap();
    assert_eq!(again.staff.id, first.staff.id);
    assert!(again.invitation.is_none());

    let id = first.staff.id;
    let anew =
        practice.acts(mara, Action::CreateStaff, move |tx| ops::invite_again(tx, &keys(), &once(), id)).await.unwrap();
    assert_ne!(anew.invitation.unwrap().token, token.token);
    let own = practice.acts(mara, Action::CreateStaff, move |tx| ops::invite_again(tx, &keys(), &once(), mara)).await;
    assert_eq!(own.err().map(|error| error.code), Some(Code::WrongState), "she has a password");
}
