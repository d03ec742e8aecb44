//! Tables: heads that sort, pages that lead on, a filter that stays. All of it by links, and in the address.

use std::cmp::Ordering;
use std::future::{Ready, ready};
use std::str::FromStr;

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpRequest};
use askama::Template;
use askama::filters::HtmlSafe;
use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::form::pairs;
use super::held::encoded;
use super::tree::Tree;
use super::{Sheet, Visit};
use crate::error::{Error, Result};
use crate::http::json;

/// Which rows of a list are looked at, and how. Ids, times and words of the program stand in the address; never what
/// somebody typed.
pub struct Look<F> {
    /// Which rows are wanted; what was left blank counts as not given.
    pub filter: F,
    /// In which order, and which page of them.
    pub table: Table,
}

/// Nothing narrows a list.
#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Unnarrowed {}

/// How a list is looked at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Table {
    path: String,
    filter: Vec<(String, String)>,
    sort: String,
    page: usize,
    pages: usize,
    cursor: Option<String>,
    next: Option<String>,
}

/// What decides between two rows.
pub type Order<R> = fn(&R, &R) -> Ordering;

impl Table {
    /// The beginning of the list at a path, as it stands by itself.
    #[must_use]
    pub fn of(path: &str) -> Self {
        let (path, sort) = (path.to_owned(), String::new());
        Self { path, filter: Vec::new(), sort, page: 1, pages: 1, cursor: None, next: None }
    }

    fn read(path: &str, query: &str) -> Result<Self> {
        let mut table = Self::of(path.trim_end_matches(".csv"));
        for (name, value) in pairs(query.as_bytes())? {
            match name.as_str() {
                "sort" => table.sort = value,
                "page" => table.page = value.parse().unwrap_or(1),
                "cursor" => table.cursor = Some(value),
                _ if value.is_empty() => {}
                _ => table.filter.push((name, value)),
            }
        }
        Ok(table)
    }

    /// Sorts rows that came whole by the column that was chosen, else by the first one.
    pub fn sort<R>(&mut self, rows: &mut [R], columns: &[(&'static str, Order<R>)]) {
        let (chosen, falls) = self.order();
        let column = columns.iter().find(|(name, _)| *name == chosen);
        let Some((name, order)) = column.or(columns.first()) else { return };
        rows.sort_by(|one, other| if falls { order(other, one) } else { order(one, other) });
        self.sort = format!("{}{name}", if falls { "-" } else { "" });
    }

    /// Cuts rows that came whole to the page that was asked for, of so many rows each.
    #[must_use]
    pub fn cut<R>(&mut self, rows: Vec<R>, most: usize) -> Vec<R> {
        self.pages = rows.len().div_ceil(most).max(1);
        self.page = self.page.clamp(1, self.pages);
        rows.into_iter().skip((self.page - 1) * most).take(most).collect()
    }

    /// Where the page before ended, of a list that comes page by page: an id or a number.
    #[must_use]
    pub fn after<P: FromStr>(&self) -> Option<P> {
        self.cursor.as_deref()?.parse().ok()
    }

    /// Cuts what was read of such a list to `most` rows; one more shows that it goes on.
    #[must_use]
    pub fn page<R, P: ToString>(&mut self, mut rows: Vec<R>, most: i64, position: impl Fn(&R) -> P) -> Vec<R> {
        let most = usize::try_from(most).unwrap_or(usize::MAX);
        let goes_on = rows.len() > most;
        rows.truncate(most);
        self.next = rows.last().filter(|_| goes_on).map(|last| position(last).to_string());
        rows
    }

    /// Where such a list goes on, once it was cut.
    #[must_use]
    pub fn next(&self) -> Option<String> {
        self.next.clone()
    }

    /// The address of a list that is narrowed so.
    #[must_use]
    pub fn at(path: &str, filter: Vec<(&str, String)>) -> String {
        let filter = filter.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
        Self { filter, ..Self::of(path) }.link("", &[])
    }

    /// The form that narrows the list, as it stands.
    #[must_use]
    pub fn sheet(&self, visit: &Visit) -> Sheet {
        self.filter.iter().fold(Sheet::blank(visit), |sheet, (name, value)| sheet.with(name, value))
    }

    /// Whether the list is narrowed at all.
    #[must_use]
    pub fn is_narrowed(&self) -> bool {
        !self.filter.is_empty()
    }

    /// The head of a column that sorts.
    #[must_use]
    pub fn head(&self, name: &str, label: &'static str) -> Head {
        let (chosen, falls) = self.order();
        let is_chosen = chosen == name;
        let sort = if is_chosen && !falls { format!("-{name}") } else { name.to_owned() };
        let sorted = is_chosen.then_some(if falls { "descending" } else { "ascending" });
        Head { label, link: self.link("", &[("sort", &sort)]), sorted }
    }

    /// Where the same rows are as CSV.
    #[must_use]
    pub fn csv(&self) -> String {
        self.link(".csv", &[])
    }

    /// The links to other pages of the list; nothing where there are none.
    #[must_use]
    pub fn paging(&self) -> Paging {
        let link = |page: usize| self.link("", &[("sort", self.sort.as_str()), ("page", &page.to_string())]);
        let on = self.next.as_ref().map(|next| self.link("", &[("cursor", next)]));
        Paging {
            before: (self.page > 1).then(|| link(self.page - 1)),
            after: on.or_else(|| (self.page < self.pages).then(|| link(self.page + 1))),
            first: self.cursor.as_ref().map(|_| self.link("", &[])),
            place: (self.pages > 1).then(|| format!("Page {} of {}", self.page, self.pages)),
        }
    }

    fn order(&self) -> (&str, bool) {
        self.sort.strip_prefix('-').map_or((self.sort.as_str(), false), |name| (name, true))
    }

    fn link(&self, ending: &str, more: &[(&str, &str)]) -> String {
        let kept = self.filter.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        let all = kept.chain(more.iter().copied()).filter(|(_, value)| !value.is_empty());
        let query: Vec<_> = all.map(|(name, value)| format!("{}={}", encoded(name), encoded(value))).collect();
        let mark = if query.is_empty() { "" } else { "?" };
        format!("{}{ending}{mark}{}", self.path, query.join("&"))
    }
}

impl<F: DeserializeOwned + 'static> FromRequest for Look<F> {
    type Error = Error;
    type Future = Ready<Result<Self>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(Table::read(request.path(), request.query_string()).and_then(|table| {
            let tree = Tree::of(table.filter.iter().map(|(name, value)| (name.as_str(), value.as_str())));
            let filter = serde_path_to_error::deserialize(&tree).map_err(|wrong| {
                let (pointer, message) = (json::pointer(wrong.path()), wrong.inner().to_string());
                Error::field(pointer, json::in_words(&message))
            })?;
            Ok(Self { filter, table })
        }))
    }
}

/// The head of a column that sorts.
#[derive(Template)]
#[template(path = "web/head.html")]
pub struct Head {
    label: &'static str,
    link: String,
    sorted: Option<&'static str>,
}

impl HtmlSafe for Head {}

/// The links below a table.
#[derive(Template)]
#[template(path = "web/paging.html")]
pub struct Paging {
    before: Option<String>,
    after: Option<String>,
    first: Option<String>,
    place: Option<String>,
}

impl HtmlSafe for Paging {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_head_turns_the_order_around_and_keeps_the_filter() {
        let mut table = Table::read("/staff", "role=manager&site=&sort=name").unwrap();
        let mut rows = vec!["b", "a", "c"];
        table.sort(&mut rows, &[("since", |_, _| Ordering::Equal), ("name", |one, other| one.cmp(other))]);
        assert_eq!(rows, ["a", "b", "c"]);
        assert_eq!(table.head("name", "Name").link, "/staff?role=manager&sort=-name");
        assert_eq!(table.head("since", "Since").link, "/staff?role=manager&sort=since");
        assert_eq!(table.head("name", "Name").sorted, Some("ascending"));
        assert_eq!(table.csv(), "/staff.csv?role=manager");
        table.sort = "-name".to_owned();
        table.sort(&mut rows, &[("name", |one, other| one.cmp(other))]);
        assert_eq!(rows, ["c", "b", "a"]);
    }

    #[test]
    fn a_page_that_is_not_there_is_the_nearest_one() {
        let mut table = Table::read("/staff", "page=9").unwrap();
        assert_eq!(table.cut((1..=5).collect(), 2), [5]);
        let paging = table.paging();
        assert_eq!((paging.before.as_deref(), paging.after), (Some("/staff?page=2"), None));
        let mut none = Table::read("/staff", "page=x&sort=nonsense").unwrap();
        assert!(none.cut(Vec::<u8>::new(), 2).is_empty());
        assert_eq!(none.paging().place, None);
    }

    #[test]
    fn a_list_that_comes_page_by_page_goes_on_from_its_cursor() {
        let mut table = Table::read("/audit", "outcome=refused&cursor=abc").unwrap();
        assert_eq!(table.after::<u64>(), None);
        assert_eq!(table.page(vec![9, 8, 7], 2, |row| *row), [9, 8]);
        let paging = table.paging();
        assert_eq!(paging.after.as_deref(), Some("/audit?outcome=refused&cursor=8"));
        assert_eq!(paging.first.as_deref(), Some("/audit?outcome=refused"));
        assert_eq!(table.page(vec![6, 5], 2, |row| *row), [6, 5]);
        assert_eq!(table.paging().after, None);
    }
}
