//! Whether every call left its event.

use std::collections::BTreeMap;

use actix_web::http::Method;
use diesel::prelude::*;
use tandem::audit::Event;
use tandem::db::Conn;
use tandem::db::schema::audit_event;
use tandem::policy::Action;
use tandem::routes::pages::{PageRow, pages};
use tandem::routes::{Row, rows};

/// A call that was made.
pub struct Call {
    /// Its `X-Request-Id`.
    pub id: String,
    /// What was answered, once it was.
    pub status: Option<u16>,
    method: String,
    path: String,
    signed_in: bool,
}

impl Call {
    pub fn new(id: &str, method: &str, path: &str, signed_in: bool) -> Self {
        let path = path.split('?').next().unwrap_or_default().to_owned();
        Self { id: id.to_owned(), status: None, method: method.to_owned(), path, signed_in }
    }

    /// The row of the route table that serves it.
    fn row(&self) -> Option<&'static Row> {
        let served = rows().filter(|row| Method::from(row.verb).as_str() == self.method && fits(row.path, &self.path));
        // The fixed path is tried before the one with a parameter.
        served.min_by_key(|row| row.path.matches('{').count())
    }

    /// How many events of its action there have to be.
    fn events(&self, row: Option<&Row>) -> std::ops::RangeInclusive<usize> {
        match self.status {
            // Nothing was done, and the database may be what failed.
            None | Some(500..) => 0..=1,
            // Failures of those who are not signed in, or no longer, are counted together, not recorded one by one.
            Some(status @ 400..=499) if status == 401 || !self.signed_in || row.is_some_and(|row| row.open) => 0..=1,
            Some(_) => 1..=1,
        }
    }
}

fn fits(pattern: &str, path: &str) -> bool {
    let (pattern, path) = (pattern.split('/'), path.split('/'));
    pattern.clone().count() == path.clone().count()
        && pattern.zip(path).all(|(pattern, part)| pattern == part || (pattern.starts_with('{') && !part.is_empty()))
}

/// A visit to a page that was made.
pub struct Visit {
    /// Its `X-Request-Id`.
    pub id: String,
    /// What was answered.
    pub status: u16,
    /// `GET` or `POST`.
    pub method: String,
    /// The path, without its query.
    pub path: String,
}

impl Visit {
    /// The row of the table of pages that serves it.
    pub fn row(&self) -> Option<&'static PageRow> {
        let served = pages().filter(|row| Method::from(row.verb).as_str() == self.method && fits(row.path, &self.path));
        served.min_by_key(|row| row.path.matches('{').count())
    }

    /// Whether it has to have left an event of its own. Strangers who fail are counted together.
    fn needs_event(&self, row: &PageRow, sent_to_door: bool) -> bool {
        let failed_as_stranger = row.around.open && self.status >= 400;
        !(row.around.blank || self.status >= 500 || sent_to_door || failed_as_stranger)
    }
}

/// Fails unless every visit left an event of what its page may ask for, and none of anything else.
pub fn check_visits(visits: &[(Visit, bool)], conn: &mut Conn) {
    let events = events(conn);
    let none = Vec::new();
    for (visit, sent_to_door) in visits {
        let Some(row) = visit.row() else { continue };
        let actions = events.get(&visit.id).unwrap_or(&none);
        let told = format!("{} {} ({}, answered {})", visit.method, visit.path, visit.id, visit.status);
        assert!(!visit.needs_event(row, *sent_to_door) || !actions.is_empty(), "{told} left no event");
        let foreign: Vec<_> = actions.iter().filter(|action| !row.around.actions.contains(action)).collect();
        assert!(foreign.is_empty(), "{told} left events of {foreign:?}");
    }
}

fn events(conn: &mut Conn) -> BTreeMap<String, Vec<Action>> {
    let leaves: Vec<Vec<u8>> = audit_event::table.select(audit_event::leaf).load(conn).unwrap();
    let mut events: BTreeMap<String, Vec<Action>> = BTreeMap::new();
    for leaf in leaves {
        let event = Event::read(&leaf).unwrap();
        events.entry(event.request).or_default().push(event.action);
    }
    events
}

/// Fails unless every call left exactly one event of what it asked for.
pub fn check(calls: &[Call], conn: &mut Conn) {
    let events = events(conn);
    let none = Vec::new();
    for call in calls {
        let row = call.row();
        let asked = row.map_or(Action::Unserved, |row| row.action);
        let actions = events.get(&call.id).unwrap_or(&none);
        let found = actions.iter().filter(|action| **action == asked).count();
        assert!(
            call.events(row).contains(&found),
            "{} {} ({}, answered {:?}) left {found} events of {asked}: {actions:?}",
            call.method,
            call.path,
            call.id,
            call.status
        );
    }
}
