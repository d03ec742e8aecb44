//! What the server serves, as actix itself tells it.

use std::collections::BTreeSet;

use actix_web::http::Method;
use actix_web::introspection::{IntrospectionNode, IntrospectionTree};
use actix_web::{App, HttpResponse, test as trial, web};
use tandem::routes::pages::pages;
use tandem::routes::{BASE, rows};
use tandem::web::assets;

use crate::house::{House, on_both};

/// What is served besides the rows of the table.
const BESIDES: [&str; 5] = ["/api/docs", "/api/docs/{_:.*}", "/api/openapi.json", "/healthz", "/readyz"];

#[test]
fn what_is_live_is_what_the_table_says() {
    let live = actix_web::rt::System::new().block_on(live());
    let table = rows().map(|row| format!("{} {BASE}{}", Method::from(row.verb), row.path));
    let table = table.chain(pages().map(|row| format!("{} {}", Method::from(row.verb), row.path)));
    let besides = BESIDES.map(str::to_owned).into_iter().chain(assets::paths());
    let table: BTreeSet<_> = table.chain(besides.map(|path| format!("GET {path}"))).collect();
    let unlisted: Vec<_> = live.difference(&table).collect();
    assert!(unlisted.is_empty(), "served, but not in the route table: {unlisted:?}");
    let dead: Vec<_> = table.difference(&live).collect();
    assert!(dead.is_empty(), "in the route table, but not served: {dead:?}");
}

async fn live() -> BTreeSet<String> {
    const TOLD: &str = "/what-is-live";
    async fn tell(tree: web::Data<IntrospectionTree>) -> HttpResponse {
        let mut live = Vec::new();
        gather(&tree.root, &mut live);
        HttpResponse::Ok().json(live)
    }
    let app = App::new().route(TOLD, web::get().to(tell)).configure(tandem::server::doors);
    let app = trial::init_service(app).await;
    let request = trial::TestRequest::with_uri(TOLD).to_request();
    let live: Vec<String> = trial::call_and_read_body_json(&app, request).await;
    live.into_iter().filter(|line| !line.ends_with(TOLD)).collect()
}

fn gather(node: &IntrospectionNode, live: &mut Vec<String>) {
    assert!(!node.potentially_unreachable, "{} is shadowed: {:?}", node.full_path, node.reachability_notes);
    live.extend(node.methods.iter().map(|method| format!("{method} {}", node.full_path)));
    for child in &node.children {
        gather(child, live);
    }
}

on_both!(no_path_takes_a_method_that_it_does_not_list);
fn no_path_takes_a_method_that_it_does_not_list(house: &House) {
    let paths: BTreeSet<_> = rows().map(|row| row.path).collect();
    for path in paths {
        let listed: Vec<_> =
            rows().filter(|row| row.path == path).map(|row| Method::from(row.verb).to_string()).collect();
        let at = path.replace("{id}", &tandem::ids::PatientId::new(house.clock.now(), [7; 10]).to_string());
        let at = at.replace("{number}", "1").replace("{seq}", "0");
        for method in ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "PROPFIND"] {
            let answer = house.stranger().send(method, &at, None);
            let fails_otherwise = ![404, 405].contains(&answer.status);
            assert_eq!(fails_otherwise, listed.iter().any(|listed| listed == method), "{method} {path}: {answer}");
            if answer.status == 405 {
                let allowed: BTreeSet<_> = answer.header("allow").unwrap_or_default().split(", ").collect();
                assert_eq!(allowed, listed.iter().map(String::as_str).collect(), "{method} {path}");
            }
        }
        house.passes(61);
    }
}
