use super::*;
use crate::audit::{By, ObjectKind};
use crate::error::Code;
use crate::staff::sites;

on_both!(the_founder_runs_a_practice_with_one_site_and_an_empty_past);
async fn the_founder_runs_a_practice_with_one_site_and_an_empty_past(backend: Backend) {
    let practice = Practice::new(backend).await;
    let mara = practice.member(practice.manager).await;
    assert_eq!((mara.name.as_str(), mara.email.as_str()), ("Mara Lang", "mara@example.org"));
    assert_eq!(mara.roles, [Role::Manager, Role::PrivacyOfficer]);
    assert!(mara.active && !mara.invited);

    let places = practice.acts(mara.id, Action::ListSites, |tx| sites::list(tx, None, 10)).await.unwrap();
    assert_eq!(places.iter().map(|site| site.name.as_str()).collect::<Vec<_>>(), ["Main house"]);
    assert_eq!(mara.site_id, Some(places[0].id));
}

on_both!(both_logs_say_that_the_program_founded_it);
async fn both_logs_say_that_the_program_founded_it(backend: Backend) {
    let practice = Practice::new(backend).await;
    let installation = practice.events(Log::Installation, Action::SetUpPractice).await;
    assert_eq!(installation.len(), 1);
    let own = practice.events(Log::Practice(practice.id), Action::SetUpPractice).await;
    let kinds: Vec<_> = own.iter().filter_map(|event| event.object).map(|object| object.kind).collect();
    assert_eq!(kinds, [ObjectKind::Practice, ObjectKind::Staff]);
    assert!(own.iter().chain(&installation).all(|event| event.actor == By::System));
}

on_both!(a_founding_that_does_not_hold_together_leaves_nothing);
async fn a_founding_that_does_not_hold_together_leaves_nothing(backend: Backend) {
    let practice = Practice::new(backend).await;
    let cases = [
        ("/roles", Founding { roles: vec![Role::Physiotherapist], ..founding() }),
        ("/time_zone", Founding { time_zone: "Europe/Atlantis".into(), ..founding() }),
        ("/practice_name", Founding { practice_name: " \t".into(), ..founding() }),
        ("/email", Founding { email: "mara".into(), ..founding() }),
    ];
    for (pointer, wrong) in cases {
        let refused = practice.db.write(&system(200), move |tx| found_practice(tx, &wrong)).await.unwrap_err();
        assert_eq!(refused.code, Code::Invalid);
        assert_eq!(refused.errors.iter().map(|error| error.pointer.as_str()).collect::<Vec<_>>(), [pointer]);
    }
    assert_eq!(practice.events(Log::Installation, Action::SetUpPractice).await.len(), 1);
}
