//! A browser: it keeps cookies, sends forms, follows nothing by itself and runs no script.

use std::cell::RefCell;
use std::collections::BTreeMap;

use super::client::Answer;
use super::recorded::Visit;
use super::{House, PASSWORD, Who};

/// A browser in the practice.
pub struct Browser<'h> {
    /// Where it is.
    pub house: &'h House,
    jar: RefCell<BTreeMap<String, String>>,
}

impl<'h> Browser<'h> {
    pub(super) fn new(house: &'h House) -> Self {
        Self { house, jar: RefCell::default() }
    }

    /// The same browser after somebody has signed in.
    #[track_caller]
    pub fn signed_in(self, who: Who) -> Self {
        self.post("/sign-in", &[("email", who.email()), ("password", PASSWORD)]).goes_to("/");
        self
    }

    /// Another browser with the same cookies.
    pub fn copy(&self) -> Self {
        Self { house: self.house, jar: self.jar.clone() }
    }

    /// What a cookie holds, by the end of its name.
    pub fn cookie(&self, name: &str) -> Option<String> {
        self.jar.borrow().get(name).cloned()
    }

    /// Puts a cookie there.
    pub fn set_cookie(&self, name: &str, value: &str) {
        self.jar.borrow_mut().insert(name.to_owned(), value.to_owned());
    }

    /// Asks for a page.
    pub fn get(&self, path: &str) -> Answer {
        self.send("GET", path, &[("Sec-Fetch-Site", "none")], None)
    }

    /// Sends a form from a page of ours.
    pub fn post(&self, path: &str, fields: &[(&str, &str)]) -> Answer {
        self.send("POST", path, &[("Sec-Fetch-Site", "same-origin")], Some(&encoded(fields)))
    }

    /// Any request, with these headers and the cookies.
    pub fn send(&self, method: &str, path: &str, headers: &[(&str, &str)], body: Option<&str>) -> Answer {
        let house = self.house;
        let id = format!("visit-{}", house.visits.lock().unwrap().len() + 1);
        let url = format!("{}{path}", house.address);
        let mut request = house.http.request(method.parse().unwrap(), url).header("X-Request-Id", &id);
        let jar: Vec<_> = self.jar.borrow().iter().map(|(name, value)| format!("{name}={value}")).collect();
        if !jar.is_empty() {
            request = request.header("Cookie", jar.join("; "));
        }
        if let Some(body) = body {
            request = request.header("Content-Type", "application/x-www-form-urlencoded").body(body.to_owned());
        }
        let request = headers.iter().fold(request, |request, (name, value)| request.header(*name, *value));
        let answer = Answer::read(request, id.clone());
        for line in answer.headers.get_all("set-cookie") {
            self.keep(line.to_str().unwrap());
        }
        let sent_to_door = answer.header("location").is_some_and(|to| to.starts_with("/sign-in"))
            || (answer.status == 401 && answer.text.contains("action=\"/sign-in\""));
        let path = path.split('?').next().unwrap_or_default().to_owned();
        let visit = Visit { id, status: answer.status, method: method.to_owned(), path };
        if visit.row().is_some() {
            guarded(&answer);
        }
        house.visits.lock().unwrap().push((visit, sent_to_door && method == "GET" || answer.status == 401));
        answer
    }

    fn keep(&self, line: &str) {
        let (pair, attributes) = line.split_once(';').unwrap();
        let (name, value) = pair.split_once('=').unwrap();
        for needed in ["HttpOnly", "SameSite=Lax", "Path=/"] {
            assert!(attributes.contains(needed), "{line} lacks {needed}");
        }
        if attributes.contains("Max-Age=0") {
            self.jar.borrow_mut().remove(name);
        } else {
            self.set_cookie(name, value);
        }
    }
}

/// What holds of every page, whatever is on it.
#[track_caller]
fn guarded(answer: &Answer) {
    let policy = answer.header("content-security-policy").unwrap_or_default();
    let whole = "default-src 'self'; frame-ancestors 'none'; form-action 'self'; base-uri 'none'; object-src 'none'";
    // What is kept as a file is no page of ours, and may do even less.
    let is_kept = answer.header("content-disposition").is_some_and(|how| how.starts_with("attachment"));
    let is_strict = is_kept && policy == "sandbox; default-src 'none'";
    assert!(is_strict || policy == whole, "{policy}: {answer}");
    assert_eq!(answer.header("cache-control"), Some("no-store"), "{answer}");
    assert_eq!(answer.header("x-content-type-options"), Some("nosniff"), "{answer}");
    assert!(is_kept || answer.bytes.len() < 150_000, "{} bytes", answer.bytes.len());
    if !is_kept && answer.header("content-type").is_some_and(|kind| kind.starts_with("text/html")) {
        let page = &answer.text;
        assert!(!page.contains("<style") && !page.contains(" style="), "a style within the page: {page}");
        for script in page.split("<script").skip(1) {
            assert!(script.contains("></script>") && script.starts_with(" type=\"module\" src=\"/assets/"), "{script}");
        }
        for tag in page.split('<').skip(1).map(|rest| rest.split('>').next().unwrap_or_default()) {
            // What stands between quotes is a value, whatever it says.
            let bare: String = tag.split('"').step_by(2).collect();
            assert!(!bare.contains(" on") && !tag.contains("\"javascript:"), "a script within a tag: <{tag}>");
        }
        assert!(page.contains("<html lang=\"en\">") && page.contains("<main id=\"content\""), "{page}");
        assert_eq!(page.matches("<h1").count(), 1, "one heading of the first order: {page}");
    }
}

fn encoded(fields: &[(&str, &str)]) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._".contains(&byte);
    let one = |text: &str| -> String {
        let each = |byte: u8| if plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") };
        text.bytes().map(each).collect()
    };
    fields.iter().map(|(name, value)| format!("{}={}", one(name), one(value))).collect::<Vec<_>>().join("&")
}

impl Answer {
    /// Fails unless the browser is sent on to this page.
    #[track_caller]
    pub fn goes_to(self, path: &str) -> Self {
        assert_eq!((self.status, self.header("location")), (303, Some(path)), "{self}");
        self
    }

    /// Where the browser is sent on to.
    #[track_caller]
    pub fn location(&self) -> &str {
        self.header("location").unwrap_or_else(|| panic!("sent nowhere: {self}"))
    }

    /// What stands in a field of the page.
    #[track_caller]
    pub fn field(&self, name: &str) -> String {
        let begin = format!("name=\"{name}\" value=\"");
        let at = self.text.find(&begin).unwrap_or_else(|| panic!("no field {name}: {self}")) + begin.len();
        let value = self.text[at..].split('"').next().unwrap_or_default();
        let plain = value.replace("&#38;", "&").replace("&#60;", "<").replace("&#62;", ">");
        plain.replace("&#34;", "\"").replace("&#39;", "'")
    }

    /// Fails unless the page says this; gives itself back.
    #[track_caller]
    pub fn says(self, words: &str) -> Self {
        assert!(self.text.contains(words), "does not say {words:?}: {self}");
        self
    }

    /// Fails if the page says this; gives itself back.
    #[track_caller]
    pub fn says_not(self, words: &str) -> Self {
        assert!(!self.text.contains(words), "says {words:?}: {self}");
        self
    }
}
