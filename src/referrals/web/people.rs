//! Whom one may refer to, by name.

use super::super::views::Target;
use crate::actor::Discipline;
use crate::error::Result;
use crate::ids::{SiteId, StaffId};
use crate::policy::Action;
use crate::staff::ops::{self as staff, DirectoryEntry};
use crate::web::{Choice, Frame, Visit, discipline};

/// Those who work in the practice.
pub(super) struct People(Vec<DirectoryEntry>);

impl People {
    /// Everyone in the directory.
    pub(super) async fn read(visit: &Visit) -> Result<Self> {
        visit.read(Action::ReadDirectory, |tx| staff::directory(tx, None, staff::MOST_STAFF)).await.map(Self)
    }

    fn named(&self, id: StaffId) -> Option<&DirectoryEntry> {
        self.0.iter().find(|entry| entry.id == id)
    }

    fn site(&self, id: SiteId) -> Option<&str> {
        self.0.iter().find(|entry| entry.site_id == Some(id)).and_then(|entry| entry.site.as_deref())
    }

    /// Whom a referral is for: a colleague by name, or a pool.
    pub(super) fn target(&self, target: &Target) -> String {
        match (target.staff_id, target.site_id) {
            (Some(id), _) => self.named(id).map_or_else(|| "a former colleague".to_owned(), |entry| entry.name.clone()),
            (None, Some(id)) => format!("the pool of {}", self.site(id).unwrap_or("a site")),
            (None, None) => String::new(),
        }
    }

    /// The pools, then the colleagues, that a clinician may refer to, the other discipline first; each as the JSON of a
    /// [`Target`].
    pub(super) fn targets(&self, frame: &Frame) -> Vec<Choice> {
        let disciplines = nearest_first(frame);
        let colleagues = self.0.iter().filter(|entry| !frame.is_own(&entry.id));
        let pools = disciplines.iter().flat_map(|of| {
            let works = |site| {
                let there = |entry: &&DirectoryEntry| entry.site_id.is_none_or(|own| own == site);
                colleagues.clone().filter(there).any(|entry| entry.disciplines.contains(of))
            };
            let sites = self.sites().into_iter().filter(move |(id, _)| works(*id));
            sites.map(|(id, name)| {
                let target = Target { discipline: *of, site_id: Some(id), staff_id: None };
                Choice::new(json(&target), format!("{} at {name}: whoever takes it", discipline(*of)))
            })
        });
        let by_name = disciplines.iter().flat_map(|of| {
            colleagues.clone().filter(|entry| entry.disciplines.contains(of)).map(|entry| {
                let target = Target { discipline: *of, site_id: None, staff_id: Some(entry.id) };
                let site = entry.site.as_deref().map(|site| format!(", {site}")).unwrap_or_default();
                let away = entry.away_until.map(|until| format!(", away until {}", frame.date(&until)));
                let label = format!("{}, {}{site}{}", entry.name, discipline(*of), away.unwrap_or_default());
                Choice::new(json(&target), label)
            })
        });
        pools.chain(by_name).collect()
    }

    /// The pool that is nearest: of the other discipline, where whoever refers works.
    pub(super) fn nearest(&self, frame: &Frame) -> Option<String> {
        let own = frame.who.as_ref().and_then(|who| self.named(who.staff)).and_then(|entry| entry.site_id);
        let first = nearest_first(frame)[0];
        let near = own.map(|site| json(&Target { discipline: first, site_id: Some(site), staff_id: None }));
        let targets = self.targets(frame);
        let is_near = |choice: &&Choice| Some(&choice.value) == near.as_ref();
        targets.iter().find(is_near).or_else(|| targets.first()).map(|choice| choice.value.clone())
    }

    /// Those who practise one of these disciplines.
    pub(super) fn clinicians(&self, of: &[Discipline]) -> Vec<Choice> {
        let practises = |entry: &&DirectoryEntry| of.iter().any(|of| entry.disciplines.contains(of));
        self.0.iter().filter(practises).map(|entry| Choice::new(entry.id.to_string(), entry.name.clone())).collect()
    }

    fn sites(&self) -> Vec<(SiteId, &str)> {
        let mut sites: Vec<_> =
            self.0.iter().filter_map(|entry| Some((entry.site_id?, entry.site.as_deref()?))).collect();
        sites.sort_unstable();
        sites.dedup();
        sites
    }
}

/// The disciplines, those first that whoever refers does not practise.
fn nearest_first(frame: &Frame) -> [Discipline; 2] {
    let mut disciplines = [Discipline::Physiotherapy, Discipline::Massage];
    let own = |of: &Discipline| frame.who.as_ref().is_some_and(|who| who.roles.has(of.role()));
    disciplines.sort_by_key(own);
    disciplines
}

/// A target as the form carries it.
pub(super) fn json(target: &Target) -> String {
    serde_json::to_value(target).unwrap_or_default().to_string()
}
