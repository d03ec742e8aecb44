//! Headers that say nothing sensible, and bytes that are hardly HTTP.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use serde_json::json;
use tandem::routes::{BASE, rows};

use super::refusal::{is_told, kept, nothing_was_written};
use super::{Scene, good, named, rows_with_bodies};
use crate::house::{House, PASSWORD, Patient, Who, on_both};

/// Sends these bytes as they are; what comes back, up to the end of the connection.
fn raw(house: &House, request: &[u8]) -> String {
    let mut stream = TcpStream::connect(house.address.trim_start_matches("http://")).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
    stream.write_all(request).unwrap();
    let mut answer = Vec::new();
    drop(stream.read_to_end(&mut answer));
    String::from_utf8_lossy(&answer).into_owned()
}

/// A request head of somebody signed in, with these lines added.
fn head(house: &House, request: &str, lines: &str) -> String {
    let token = Who::Physio.token(&house.keys, house.clock.now());
    let (method, path) = request.split_once(' ').unwrap();
    format!(
        "{method} {BASE}{path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nAuthorization: Bearer {token}\r\n{lines}\r\n"
    )
}

on_both!(versions_and_keys_that_are_none_are_refused);
fn versions_and_keys_that_are_none_are_refused(house: &House) {
    let scene = Scene::of(house);
    let before = kept(house);
    for row in rows_with_bodies() {
        let good = scene.good(house, row);
        let Some(who) = good.who else { continue };
        let send = |header: &str, value: &str| {
            let client = house.as_(who).header(header, value);
            let client = if row.if_match && header != "If-Match" { client.if_match(1) } else { client };
            client.send(good::method(row), &good.path, Some(good.body.to_string()))
        };
        let versions =
            ["*", "1", "\"*\"", "\"\"", "\"-1\"", "\"+1\"", "\"1\", \"2\"", "\"99999999999\"", "\"1.0\"", "ä"];
        for version in versions.into_iter().filter(|_| row.if_match) {
            is_told(&send("If-Match", version), &[400], &format!("{} with If-Match {version}", named(row)));
        }
        if row.if_match {
            let none = house.as_(who).send(good::method(row), &good.path, Some(good.body.to_string()));
            is_told(&none, &[428], &format!("{} without If-Match", named(row)));
            let both = house.as_(who).if_match(1).if_match(2);
            let both = both.send(good::method(row), &good.path, Some(good.body.to_string()));
            is_told(&both, &[400], &format!("{} with two versions", named(row)));
        }
        let long = "k".repeat(101);
        for key in ["", "two words", "ä", long.as_str()].into_iter().filter(|_| row.retry) {
            is_told(&send("Idempotency-Key", key), &[400], &format!("{} with the key {key:?}", named(row)));
        }
        if row.retry {
            let client = house.as_(who).key("one").key("two");
            let client = if row.if_match { client.if_match(1) } else { client };
            let two = client.send(good::method(row), &good.path, Some(good.body.to_string()));
            is_told(&two, &[400], &format!("{} with two keys", named(row)));
        }
    }
    nothing_was_written(house, &before, "a header");
    house.finish();
}

on_both!(nothing_is_done_for_whoever_takes_no_answer_of_ours);
fn nothing_is_done_for_whoever_takes_no_answer_of_ours(house: &House) {
    let scene = Scene::of(house);
    let before = kept(house);
    for row in rows() {
        let id = if row.path.starts_with("/notes") { scene.signed().to_owned() } else { Patient::Ana.id().to_string() };
        let path = row.path.replace("{id}", &id).replace("{seq}", "0").replace("{number}", "1");
        for accept in ["image/png", "image/webp, application/xml;q=0.9", "nonsense", "application/json;q=0"] {
            let client = house.as_(Who::Owner).header("Accept", accept).if_match(1);
            let answer = client.send(good::method(row), &path, row.takes.map(|_| "{}".to_owned()));
            is_told(&answer, &[406], &format!("{} for whoever takes {accept}", named(row)));
        }
    }
    nothing_was_written(house, &before, "Accept");
    house.finish();
}

on_both!(huge_headers_are_refused);
fn huge_headers_are_refused(house: &House) {
    let answer = house.as_(Who::Physio).header("X-Huge", "x".repeat(20_000)).get("/me");
    is_told(&answer, &[431], "a huge header");
    let path = format!("/me?{}", "x".repeat(20_000));
    is_told(&house.as_(Who::Physio).get(&path), &[431], "a huge query");
    let many = "X-Many: x\r\n".repeat(5_000);
    let answer = raw(house, head(house, "GET /me", &many).as_bytes());
    assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 4"), "{answer}");
    house.as_(Who::Physio).get("/me").is(200);
}

on_both!(a_request_id_that_could_do_harm_is_not_repeated);
fn a_request_id_that_could_do_harm_is_not_repeated(house: &House) {
    let long = "x".repeat(65);
    for id in ["a b", "a\tb", "x%0d%0aSet-Cookie:%20a=b", "<script>", "\u{e4}", "\"", "a;b", "", long.as_str()] {
        let answer = raw(house, head(house, "GET /me", &format!("X-Request-Id: {id}\r\n")).as_bytes());
        let (lines, body) = answer.split_once("\r\n\r\n").unwrap();
        assert!(lines.starts_with("HTTP/1.1 200") && body.contains("Paula"), "{id:?}: {answer}");
        let given = lines.lines().find_map(|line| line.strip_prefix("x-request-id: ")).unwrap();
        assert_eq!(given.len(), 36, "one of ours instead of {id:?}: {given}");
        assert!(!lines.to_lowercase().contains("set-cookie"), "{answer}");
    }
    for line in
        ["X-Request-Id: a\rSet-Cookie: a=b\r\n", "X-Request-Id: a\nSet-Cookie: a=b\r\n", "X-Request-Id: a\0b\r\n"]
    {
        let answer = raw(house, head(house, "GET /me", line).as_bytes());
        assert!(!answer.to_lowercase().contains("set-cookie"), "{answer}");
        assert!(answer.starts_with("HTTP/1.1 200") || answer.starts_with("HTTP/1.1 400"), "{answer}");
    }
    let answer = raw(house, head(house, "GET /nowhere", "X-Request-Id: a.b_c-1\r\n").as_bytes());
    assert!(answer.contains("\"request_id\":\"a.b_c-1\""), "{answer}");
}

on_both!(bytes_that_are_no_text_are_refused);
fn bytes_that_are_no_text_are_refused(house: &House) {
    let before = kept(house);
    for body in [&b"{\"reason\": \"\xff\xfe\"}"[..], &b"\xff\xfe{\x00}\x00"[..], &b"{\"reason\": \"a\x00b\"}"[..]] {
        let path = format!("POST /patients/{}/start-treating", Patient::Beat.id());
        let lines = format!("Content-Type: application/json\r\nContent-Length: {}\r\n", body.len());
        let request = [head(house, &path, &lines).as_bytes(), body].concat();
        let answer = raw(house, &request);
        assert!(answer.starts_with("HTTP/1.1 400"), "{answer}");
        assert!(answer.contains("\"code\":\"unreadable\""), "{answer}");
    }
    nothing_was_written(house, &before, "bytes that are no text");
}

on_both!(a_body_that_ends_early_or_is_packed_is_refused);
fn a_body_that_ends_early_or_is_packed_is_refused(house: &House) {
    let before = kept(house);
    let path = format!("POST /patients/{}/start-treating", Patient::Beat.id());
    for packed in ["gzip", "br", "deflate", "zstd", "identity, gzip", "GZIP"] {
        let lines = format!("Content-Type: application/json\r\nContent-Encoding: {packed}\r\nContent-Length: 17\r\n");
        let answer = raw(house, format!("{}{{\"reason\": \"here\"}}", head(house, &path, &lines)).as_bytes());
        let refused = answer.starts_with("HTTP/1.1 415") && answer.contains("\"code\":\"unsupported_media_type\"");
        assert!(refused, "{packed}: {answer}");
    }
    let lines = "Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n";
    let answer = raw(house, format!("{}zz\r\n", head(house, &path, lines)).as_bytes());
    assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 400"), "{answer}");
    let both = "Content-Type: application/json\r\nTransfer-Encoding: chunked\r\nContent-Length: 3\r\n";
    let answer = raw(house, format!("{}0\r\n\r\n", head(house, &path, both)).as_bytes());
    assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 4"), "{answer}");
    nothing_was_written(house, &before, "half a body");
}

on_both!(paths_and_methods_that_nobody_serves_are_told);
fn paths_and_methods_that_nobody_serves_are_told(house: &House) {
    for path in ["/nowhere", "/patients/", "/patients//notes", "/me%00", "/ME"] {
        let answer = house.as_(Who::Physio).get(path);
        is_told(&answer, &[400, 404], path);
    }
    for method in ["PUT", "DELETE", "PATCH", "HEAD", "OPTIONS", "TRACE", "BREW"] {
        let answer = house.as_(Who::Physio).send(method, "/me", None);
        assert_eq!(answer.status, 405, "{method}: {answer}");
        assert_eq!(answer.header("allow"), Some("GET"), "{method}");
    }
    let hidden = house.as_(Who::Physio).header("X-HTTP-Method-Override", "DELETE");
    hidden.post("/auth/login", json!({"email": Who::Physio.email(), "password": PASSWORD})).is(200);
}
