use super::*;
use crate::error::Code;
use crate::staff::{NewSite, SettingsChange, SiteChange, sites};

on_both!(nobody_is_sent_to_a_closed_site);
async fn nobody_is_sent_to_a_closed_site(backend: Backend) {
    let practice = Practice::new(backend).await;
    let mara = practice.manager;
    let riverside = NewSite { name: " Riverside ".into() };
    let site = practice.acts(mara, Action::CreateSite, move |tx| sites::create(tx, &once(), &riverside)).await.unwrap();
    assert_eq!((site.name.as_str(), site.open, site.version), ("Riverside", true, 1));
    let take_on = |name: &str| {
        let new = NewStaff { site_id: Some(site.id), ..somebody(name, &[Role::Receptionist]) };
        practice.acts(mara, Action::CreateStaff, move |tx| ops::take_on(tx, &keys(), &once(), &new))
    };
    assert!(take_on("Ines").await.is_ok());

    let closing = SiteChange { open: Some(false), ..SiteChange::default() };
    let id = site.id;
    practice.acts(mara, Action::ChangeSite, move |tx| sites::change(tx, id, 1, &closing)).await.unwrap();
    let refused = take_on("Olga").await.err().unwrap();
    assert_eq!((refused.code, refused.errors[0].pointer.as_str()), (Code::Invalid, "/site_id"));
}

on_both!(two_sites_do_not_share_a_name);
async fn two_sites_do_not_share_a_name(backend: Backend) {
    let practice = Practice::new(backend).await;
    let again = NewSite { name: "Main house".into() };
    let refused =
        practice.acts(practice.manager, Action::CreateSite, move |tx| sites::create(tx, &once(), &again)).await;
    assert_eq!(refused.unwrap_err().code, Code::AlreadyExists);
}

on_both!(the_settings_are_the_managers_to_change);
async fn the_settings_are_the_managers_to_change(backend: Backend) {
    let practice = Practice::new(backend).await;
    let petra = practice.add("Petra", &[Role::PrivacyOfficer]).await;
    let moves = |who, version| {
        let change = SettingsChange { time_zone: Some("Europe/Berlin".into()), ..SettingsChange::default() };
        practice.acts(who, Action::ChangeSettings, move |tx| sites::change_settings(tx, version, &change))
    };
    assert_eq!(moves(petra, 1).await.unwrap_err().code, Code::RoleDoesNotAllow);
    let settings = moves(practice.manager, 1).await.unwrap();
    assert_eq!((settings.name.as_str(), settings.time_zone.as_str()), ("Linden Street", "Europe/Berlin"));
    assert_eq!(moves(practice.manager, 1).await.unwrap_err().code, Code::StaleVersion);
    assert_eq!(practice.acts(petra, Action::ReadSettings, sites::settings).await.unwrap(), settings);
}
