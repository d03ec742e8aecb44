//! Parts of the pages in `docs/` that are generated from the code: written on demand, compared otherwise.

use std::fs;
use std::path::Path;

const END: &str = "<!-- end of generated -->";

/// That what stands in `page` between the markers of `room` is `generated`, which `TANDEM_BLESS=1` writes there instead.
///
/// # Panics
/// When it differs, or when a marker is missing.
pub fn stands_in(page: &str, room: &str, generated: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs").join(page);
    let begin = format!("<!-- generated from src/{room}: TANDEM_BLESS=1 cargo test --lib {room} -->\n");
    let whole = fs::read_to_string(&path).unwrap();
    let (before, rest) = whole.split_once(&begin).unwrap_or_else(|| panic!("docs/{page} has lost its opening marker"));
    let (stands, after) = rest.split_once(END).unwrap_or_else(|| panic!("docs/{page} has lost its closing marker"));
    if std::env::var_os("TANDEM_BLESS").is_some() {
        fs::write(&path, [before, &begin, generated, END, after].concat()).unwrap();
        return;
    }
    let mut lines = stands.lines().zip(generated.lines()).enumerate();
    let differs = lines.find(|(_, (stands, generated))| stands != generated);
    assert!(stands == generated, "docs/{page} is out of date, first at {differs:?}; TANDEM_BLESS=1 rewrites it");
}
