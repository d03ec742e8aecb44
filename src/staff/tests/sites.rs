use super::*;
use crate::error::Code;
use crate::staff::{NewSite, SettingsChange, SiteChange, sites};

#[tokio::test]
async fn nobody_is_sent_to_a_closed_site() {
    let practice = Practice::new().await;
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

#[tokio::test]
async fn two_sites_do_not_share_a_name() {
    let practice = Practice::new().await;
    let again = NewSite { name: "Main house".into() };
    let refused =
        practice.acts(practice.manager, Action::CreateSite, move |tx| sites::create(tx, &once(), &again)).await;
    assert_eq!(refused.unwrap_err().code, Code::AlreadyExists);
}

#[tokio::test]
async fn the_settings_are_the_managers_to_change() {
    let practice = Practice::new().await;
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
