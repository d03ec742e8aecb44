use super::*;
use crate::actor::Discipline;
use crate::db::schema::{care_team, invitation, note, patient};
use crate::error::Code;
use crate::ids::NoteId;
use crate::policy::NoteState;

/// Tom treats a patient and has not signed his note.
async fn tom_with_a_draft(practice: &Practice) -> (StaffId, PatientId, NoteId) {
    let tom = practice.add("Tom", &[Role::MassageTherapist]).await;
    let of = practice.id;
    let drawn = request(practice.number());
    let (person, draft) = (drawn.id(1), drawn.id(2));
    let membership: Id<crate::ids::kind::CareTeam> = drawn.id(3);
    practice
        .db
        .upkeep(move |conn| {
            diesel::insert_into(patient::table)
                .values((
                    patient::id.eq(person),
                    patient::practice_id.eq(of),
                    patient::record_number.eq(123_i64),
                    patient::given_name.eq("Lea"),
                    patient::family_name.eq("Vogt"),
                    patient::folded_name.eq("vogt lea"),
                    patient::birth_date.eq("1980-05-23"),
                    patient::details.eq("{}"),
                    patient::access_version.eq(1_i64),
                    patient::version.eq(1),
                    patient::created_at.eq(MORNING),
                ))
                .execute(conn)?;
            diesel::insert_into(care_team::table)
                .values((
                    care_team::id.eq(membership),
                    care_team::practice_id.eq(of),
                    care_team::patient_id.eq(person),
                    care_team::staff_id.eq(tom),
                    care_team::joined_by.eq("registration"),
                    care_team::joined_at.eq(MORNING),
                    care_team::lapses_at.eq(MORNING.plus_seconds(3600)),
                ))
                .execute(conn)?;
            diesel::insert_into(note::table)
                .values((
                    note::id.eq(draft),
                    note::practice_id.eq(of),
                    note::patient_id.eq(person),
                    note::author_id.eq(tom),
                    note::discipline.eq(Discipline::Massage),
                    note::kind.eq("progress"),
                    note::state.eq(NoteState::Draft),
                    note::service_at.eq(MORNING),
                    note::created_at.eq(MORNING),
                    note::draft.eq("{}"),
                    note::current_version.eq(0),
                    note::version.eq(1),
                ))
                .execute(conn)?;
            Ok(())
        })
        .await
        .unwrap();
    (tom, person, draft)
}

on_both!(leaving_ends_every_session_at_once);
async fn leaving_ends_every_session_at_once(backend: Backend) {
    let practice = Practice::new(backend).await;
    let (tom, mara) = (practice.add("Tom", &[Role::MassageTherapist]).await, practice.manager);
    let (phone, desk) = (practice.sign_in(tom).await, practice.sign_in(tom).await);
    let looks_up = |session| {
        let call = practice.call(tom, session, Action::ReadDirectory);
        let db = &practice.db;
        async move { db.read(&call, |tx| ops::directory(tx, None, 10)).await }
    };
    assert_eq!(looks_up(phone).await.unwrap().len(), 2);
    practice.acts(mara, Action::DeactivateStaff, move |tx| ops::deactivate(tx, &once(), tom, 1)).await.unwrap();
    for session in [phone, desk] {
        assert_eq!(looks_up(session).await.unwrap_err().code, Code::NotSignedIn);
    }
    let of = practice.id;
    let standing = move |conn: &mut db::Conn| {
        let rows = session::table.filter(session::practice_id.eq(of)).filter(session::staff_id.eq(tom));
        Ok(rows.filter(session::ended_at.is_null()).count().get_result::<i64>(conn)?)
    };
    assert_eq!(practice.db.look(standing).await.unwrap(), 0);
    let seen = practice.acts(mara, Action::ReadDirectory, |tx| ops::directory(tx, None, 10)).await.unwrap();
    assert_eq!(seen.into_iter().map(|entry| entry.id).collect::<Vec<_>>(), [mara]);
}

on_both!(drafts_are_left_unsigned_and_the_manager_learns_who_needs_somebody_else);
async fn drafts_are_left_unsigned_and_the_manager_learns_who_needs_somebody_else(backend: Backend) {
    let practice = Practice::new(backend).await;
    let (tom, person, draft) = tom_with_a_draft(&practice).await;
    let mara = practice.manager;
    let before = practice.acts(mara, Action::ReadHandOver, move |tx| ops::hand_over(tx, tom)).await.unwrap();
    assert_eq!(before.drafts[0].state, NoteState::Draft);

    let left =
        practice.acts(mara, Action::DeactivateStaff, move |tx| ops::deactivate(tx, &once(), tom, 1)).await.unwrap();
    assert!(!left.staff.active);
    assert_eq!(left.patients.iter().map(|left| left.record_number.as_str()).collect::<Vec<_>>(), ["P-000123"]);
    let drafts: Vec<_> = left.drafts.iter().map(|draft| (draft.note_id, draft.patient_id, draft.state)).collect();
    assert_eq!(drafts, [(draft, person, NoteState::LeftUnsigned)]);
    let version = move |conn: &mut db::Conn| {
        Ok(note::table.filter(note::id.eq(draft)).select(note::version).first::<i32>(conn)?)
    };
    assert_eq!(practice.db.look(version).await.unwrap(), 2);

    for action in [Action::ReadHandOver, Action::DeactivateStaff] {
        let events = practice.events(Log::Practice(practice.id), action).await;
        assert_eq!(events.len(), 1);
        assert_eq!(events[0].subjects.iter().copied().collect::<Vec<_>>(), [person], "{action}");
    }
}

on_both!(leaving_twice_is_refused_but_asking_twice_is_answered);
async fn leaving_twice_is_refused_but_asking_twice_is_answered(backend: Backend) {
    let practice = Practice::new(backend).await;
    let (tom, mara) = (practice.add("Tom", &[Role::MassageTherapist]).await, practice.manager);
    let retry = Retry { key: Some("k-1".into()), ..once() };
    let leave = |retry: Retry, version| {
        practice.acts(mara, Action::DeactivateStaff, move |tx| ops::deactivate(tx, &retry, tom, version))
    };
    let first = leave(retry.clone(), 1).await.unwrap();
    assert_eq!(leave(retry, 1).await.unwrap(), first);
    assert_eq!(leave(once(), 2).await.unwrap_err().code, Code::WrongState);
}

on_both!(an_invitation_nobody_took_up_ends_with_the_person);
async fn an_invitation_nobody_took_up_ends_with_the_person(backend: Backend) {
    let practice = Practice::new(backend).await;
    let mara = practice.manager;
    let new = somebody("Ines", &[Role::Physiotherapist]);
    let ines =
        practice.acts(mara, Action::CreateStaff, move |tx| ops::take_on(tx, &keys(), &once(), &new)).await.unwrap();
    let id = ines.staff.id;
    practice.acts(mara, Action::DeactivateStaff, move |tx| ops::deactivate(tx, &once(), id, 1)).await.unwrap();
    let of = practice.id;
    let ends = move |conn: &mut db::Conn| {
        Ok(invitation::table.find((of, id)).select(invitation::expires_at).first::<Timestamp>(conn)?)
    };
    assert!(practice.db.look(ends).await.unwrap() <= MORNING);
    let anew = practice.acts(mara, Action::CreateStaff, move |tx| ops::invite_again(tx, &keys(), &once(), id)).await;
    assert_eq!(anew.err().map(|error| error.code), Some(Code::WrongState));
}
