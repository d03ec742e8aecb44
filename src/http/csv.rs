//! Lists as CSV, for whoever opens them in a spreadsheet.

use actix_web::dev::Payload;
use actix_web::http::header::{ACCEPT, CONTENT_DISPOSITION, LINK};
use actix_web::{FromRequest, HttpRequest, HttpResponse, Responder};

use crate::error::Result;
use crate::words::is_unseen;

/// How the caller wants a list that is answered both ways.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// JSON, unless told otherwise.
    Json,
    /// CSV, where `Accept` names it before JSON.
    Csv,
}

impl FromRequest for Format {
    type Error = crate::error::Error;
    type Future = std::future::Ready<Result<Self>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let first = first_accepted(request, |kind| match kind {
            "text/csv" | "text/*" => Some(Self::Csv),
            "application/json" | "application/*" | "*/*" => Some(Self::Json),
            _ => None,
        });
        std::future::ready(Ok(first.unwrap_or(Self::Json)))
    }
}

/// The media range of `Accept` that is known and wanted most (RFC 9110, section 12.5.1): of the greatest weight, the first of
/// several. What has none counts fully, and 0 rules out.
pub(super) fn first_accepted<T>(request: &HttpRequest, known: impl Fn(&str) -> Option<T>) -> Option<T> {
    let lines = request.headers().get_all(ACCEPT).filter_map(|value| value.to_str().ok());
    let weighed = lines.flat_map(|line| line.split(',')).map(|range| {
        let mut parts = range.split(';').map(str::trim);
        let kind = parts.next().unwrap_or_default();
        let weight = parts.find_map(|part| part.strip_prefix("q=")).and_then(|weight| weight.parse::<f32>().ok());
        (kind, weight.unwrap_or(1.0))
    });
    let mut wanted: Vec<_> = weighed.filter(|(_, weight)| *weight > 0.0).collect();
    wanted.sort_by(|(_, one), (_, other)| other.total_cmp(one));
    wanted.into_iter().find_map(|(kind, _)| known(kind))
}

/// A list as an attachment of CSV (RFC 4180). The next page, if there is one, is named in `Link`.
#[derive(Clone, Debug)]
pub struct Csv {
    /// The name of the file.
    pub name: &'static str,
    /// The names of the columns.
    pub header: &'static [&'static str],
    /// The cells, row by row.
    pub rows: Vec<Vec<String>>,
    /// The cursor of the next page.
    pub next: Option<String>,
}

impl Responder for Csv {
    type Body = actix_web::body::BoxBody;

    fn respond_to(self, request: &HttpRequest) -> HttpResponse {
        let mut answer = HttpResponse::Ok();
        answer.content_type("text/csv; charset=utf-8");
        answer.insert_header((CONTENT_DISPOSITION, format!("attachment; filename=\"{}\"", self.name)));
        if let Some(next) = &self.next {
            let mut query: Vec<_> = request.query_string().split('&').collect();
            query.retain(|part| !part.is_empty() && !part.starts_with("cursor="));
            let cursor = format!("cursor={next}");
            query.push(&cursor);
            answer.insert_header((LINK, format!("<{}?{}>; rel=\"next\"", request.path(), query.join("&"))));
        }
        answer.body(self.text())
    }
}

impl Csv {
    /// Rows of one file at most.
    pub const MOST_ROWS: i64 = 5_000;

    fn text(&self) -> String {
        let header = self.header.iter().map(|name| (*name).to_owned()).collect();
        let mut text = String::new();
        for row in std::iter::once(&header).chain(&self.rows) {
            let cells: Vec<_> = row.iter().map(|cell| written(cell)).collect();
            text += &cells.join(",");
            text += "\r\n";
        }
        text
    }
}

/// What a spreadsheet begins a formula with; some take the wide signs of East Asian keyboards for the same.
const FORMULA: [char; 8] = ['=', '+', '-', '@', '＝', '＋', '－', '＠'];

/// A cell as it is written: a spreadsheet must not take it for a formula, nor for two cells. What cannot be seen before a
/// formula does not keep all of them from seeing it.
fn written(cell: &str) -> String {
    let is_taken = cell.starts_with(['\t', '\r', '\n']) || cell.trim_start_matches(is_unseen).starts_with(FORMULA);
    let guard = if is_taken { "'" } else { "" };
    if cell.contains(['"', ',', '\n', '\r']) {
        format!("\"{guard}{}\"", cell.replace('"', "\"\""))
    } else {
        format!("{guard}{cell}")
    }
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;

    #[test]
    fn no_cell_is_taken_for_a_formula_or_for_two_cells() {
        for (cell, expected) in [
            ("deep tissue", "deep tissue"),
            ("=1+1", "'=1+1"),
            ("+43", "'+43"),
            ("-1", "'-1"),
            ("@SUM(A1)", "'@SUM(A1)"),
            ("\tx", "'\tx"),
            ("\rx", "\"'\rx\""),
            ("\nx", "\"'\nx\""),
            ("  =1+1", "'  =1+1"),
            ("\u{a0}=1+1", "'\u{a0}=1+1"),
            ("\u{200b}=1+1", "'\u{200b}=1+1"),
            ("\u{1}\u{61c}=1+1", "'\u{1}\u{61c}=1+1"),
            ("\u{feff} \u{2068}@SUM(A1)", "'\u{feff} \u{2068}@SUM(A1)"),
            ("＝1+1", "'＝1+1"),
            ("＋43", "'＋43"),
            ("－1", "'－1"),
            ("＠SUM(A1)", "'＠SUM(A1)"),
            ("Ana ＝ Bo", "Ana ＝ Bo"),
            ("says \"no\", twice", "\"says \"\"no\"\", twice\""),
            ("=A1,B1", "\"'=A1,B1\""),
            ("two\nlines", "\"two\nlines\""),
        ] {
            assert_eq!(written(cell), expected);
        }
    }

    #[test]
    fn the_next_page_keeps_the_filter_and_leaves_out_the_old_cursor() {
        let request = TestRequest::with_uri("/audit/events?action=sign_note&cursor=abc&limit=2").to_http_request();
        let csv = Csv { name: "audit.csv", header: &["id", "at"], rows: vec![], next: Some("xyz".into()) };
        let answer = csv.respond_to(&request);
        let link = answer.headers().get(LINK).unwrap();
        assert_eq!(link, "</audit/events?action=sign_note&limit=2&cursor=xyz>; rel=\"next\"");
    }

    #[test]
    fn csv_is_answered_only_to_those_who_name_it_first() {
        for (accept, expected) in [
            (None, Format::Json),
            (Some("*/*"), Format::Json),
            (Some("text/csv"), Format::Csv),
            (Some("text/html, text/csv;q=0.9, */*;q=0.1"), Format::Csv),
            (Some("application/json, text/csv"), Format::Json),
        ] {
            let request = accept
                .map_or_else(TestRequest::default, |accept| TestRequest::default().insert_header((ACCEPT, accept)));
            let format = Format::extract(&request.to_http_request()).into_inner().unwrap();
            assert_eq!(format, expected, "{accept:?}");
        }
    }
}
