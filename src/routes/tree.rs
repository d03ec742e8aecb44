//! The paths of a table, as the router takes them: part by part. The router tries its patterns one after the other, and one
//! with a parameter costs a regular expression, so every part of a path stands in a scope of its own and is matched once.

use std::collections::BTreeMap;

use actix_web::{Resource, Route, Scope, web};

/// Makes the handler of a row.
pub(super) type Handler = fn() -> Route;

/// What lies at a path and below it.
#[derive(Default)]
pub(super) struct Tree {
    here: Vec<Handler>,
    below: BTreeMap<&'static str, Tree>,
}

/// What answers where nothing lies, and for a method that a path does not have.
#[derive(Clone, Copy)]
pub(super) struct Otherwise {
    pub(super) not_found: Handler,
    pub(super) method_not_allowed: Handler,
}

impl Tree {
    /// The paths of a table with their handlers.
    pub(super) fn of(rows: impl Iterator<Item = (&'static str, Handler)>) -> Self {
        let mut root = Self::default();
        for (path, handler) in rows {
            let parts = path.split('/').filter(|part| !part.is_empty());
            parts.fold(&mut root, |tree, part| tree.below.entry(part).or_default()).here.push(handler);
        }
        root
    }

    /// Puts them into the router.
    pub(super) fn configure(self, config: &mut web::ServiceConfig, otherwise: Otherwise) {
        if !self.here.is_empty() {
            config.service(resource("/", self.here, otherwise));
        }
        for (part, tree) in self.below {
            let path = format!("/{part}");
            if tree.below.is_empty() {
                config.service(resource(&path, tree.here, otherwise));
            } else {
                config.service(tree.scope(&path, otherwise));
            }
        }
    }

    fn scope(self, path: &str, otherwise: Otherwise) -> Scope {
        let mut scope = web::scope(path).default_service((otherwise.not_found)());
        if !self.here.is_empty() {
            scope = scope.service(resource("", self.here, otherwise));
        }
        // In ASCII `{` comes after letters, so that a fixed part is tried before a parameter.
        self.below.into_iter().fold(scope, |scope, (part, tree)| {
            let path = format!("/{part}");
            if tree.below.is_empty() {
                scope.service(resource(&path, tree.here, otherwise))
            } else {
                scope.service(tree.scope(&path, otherwise))
            }
        })
    }
}

fn resource(path: &str, handlers: Vec<Handler>, otherwise: Otherwise) -> Resource {
    let resource = web::resource(path).default_service((otherwise.method_not_allowed)());
    handlers.into_iter().fold(resource, |resource, handler| resource.route(handler()))
}
