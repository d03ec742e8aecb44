//! Whether a form was sent from a page of ours.

use actix_web::HttpMessage;
use actix_web::http::Method;
use actix_web::http::header::{HOST, HeaderMap, ORIGIN};

/// Whether a request may change something: it reads only, or its browser says that a page of ours sent it. A browser too old
/// to say so by `Sec-Fetch-Site` names the page's origin; one that says neither is refused.
pub(super) fn is_ours(method: &Method, request: &impl HttpMessage) -> bool {
    if matches!(*method, Method::GET | Method::HEAD) {
        return true;
    }
    let headers = request.headers();
    match one(headers, "sec-fetch-site") {
        Some(site) => matches!(site, "same-origin" | "none"),
        None => one(headers, ORIGIN.as_str()).is_some_and(|origin| names_host(origin, one(headers, HOST.as_str()))),
    }
}

/// The one value of a header; what comes twice counts as what no browser says.
fn one<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    let mut values = headers.get_all(name);
    match (values.next(), values.next()) {
        (Some(value), None) => value.to_str().ok(),
        (Some(_), Some(_)) => Some("several"),
        (None, _) => None,
    }
}

fn names_host(origin: &str, host: Option<&str>) -> bool {
    let authority = origin.strip_prefix("https://").or_else(|| origin.strip_prefix("http://"));
    authority.is_some_and(|authority| host.is_some_and(|host| authority.eq_ignore_ascii_case(host)))
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;

    #[test]
    fn only_forms_of_our_own_pages_are_taken() {
        let post = |headers: &[(&str, &str)]| {
            let request = TestRequest::post().insert_header(("host", "tandem.example"));
            let request = headers.iter().fold(request, |request, header| request.append_header(*header));
            is_ours(&Method::POST, &request.to_srv_request())
        };
        assert!(post(&[("sec-fetch-site", "same-origin")]));
        assert!(post(&[("sec-fetch-site", "none")]));
        assert!(post(&[("origin", "https://tandem.example")]));
        for foreign in [
            &[][..],
            &[("sec-fetch-site", "cross-site"), ("origin", "https://tandem.example")],
            &[("sec-fetch-site", "same-site")],
            &[("sec-fetch-site", "same-origin"), ("sec-fetch-site", "same-origin")],
            &[("origin", "null")],
            &[("origin", "https://tandem.example.evil")],
            &[("origin", "https://evil.example")],
            &[("origin", "tandem.example")],
        ] {
            assert!(!post(foreign), "{foreign:?}");
        }
        let read = TestRequest::get().insert_header(("sec-fetch-site", "cross-site")).to_srv_request();
        assert!(is_ours(&Method::GET, &read), "a link in a mail");
    }
}
