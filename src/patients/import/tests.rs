//! Files as practices send them.

use std::io::BufReader;

use encoding_rs::{UTF_8, UTF_16LE, WINDOWS_1252};

use super::file::{Decoded, Row, Rows, Survey};
use super::mapping::{Field, Mappings};
use super::{Candidate, Reading};
use crate::patients::Sex;

fn rows(bytes: &[u8]) -> Vec<(u64, Result<Vec<String>, String>)> {
    let survey = Survey::of(bytes).unwrap();
    let (mut rows, _) = Rows::begin(BufReader::new(Decoded::new(bytes, survey.encoding))).unwrap();
    std::iter::from_fn(|| rows.next_row().unwrap()).map(|Row { line, cells }| (line, cells)).collect()
}

#[expect(clippy::unnecessary_wraps, reason = "stands in lists beside what is broken")]
fn cells(cells: &[&str]) -> Result<Vec<String>, String> {
    Ok(cells.iter().map(|cell| (*cell).to_owned()).collect())
}

fn broken(why: &str) -> Result<Vec<String>, String> {
    Err(why.to_owned())
}

#[test]
fn a_file_is_read_in_the_characters_it_is_written_in() {
    let utf16: Vec<u8> = "\u{FEFF}a\tb\né\tü".encode_utf16().flat_map(u16::to_le_bytes).collect();
    for (bytes, encoding) in [
        ("a\tb\né\tü".as_bytes(), UTF_8),
        ("\u{FEFF}a,b\né,ü\n".as_bytes(), UTF_8),
        (b"a;b\r\n\xe9;\xfc\r\n", WINDOWS_1252),
        (utf16.as_slice(), UTF_16LE),
    ] {
        assert_eq!(Survey::of(bytes).unwrap().encoding, encoding);
        assert_eq!(rows(bytes), [(2, cells(&["é", "ü"]))], "{}", encoding.name());
    }
}

#[test]
fn one_stray_byte_spoils_one_row_and_not_everybodys_name() {
    let bytes = b"a,b\nM\xc3\xbcller,x\nM\xfcller,x\nS\xc3\xb8ren,x\n";
    let read = rows(bytes);
    assert_eq!(read[0].1, cells(&["Müller", "x"]));
    assert_eq!(read[1].1, cells(&["M\u{FFFD}ller", "x"]));
    assert_eq!(read[2].1, cells(&["Søren", "x"]));
}

#[test]
fn a_character_cut_by_a_buffer_is_whole() {
    let long = format!("a,b\nx,{}\n", "é€".repeat(60_000 / 5));
    for shift in 0..4 {
        let text = format!("{}{}", " \n".repeat(shift), long);
        assert_eq!(rows(text.as_bytes())[0].1.as_ref().unwrap()[1].chars().count(), 24_000, "{shift}");
    }
}

#[test]
fn a_row_ends_where_it_ends_and_a_broken_one_takes_no_other_with_it() {
    let slip = broken("a quotation mark stands within a cell, or one is missing at its end");
    let never = broken("a quotation mark is never closed");
    for (text, expected) in [
        ("a,b\n1,2\n3,4", vec![(2, cells(&["1", "2"])), (3, cells(&["3", "4"]))]),
        ("a,b\n\"1\nx\",2\n3,4", vec![(2, cells(&["1\nx", "2"])), (4, cells(&["3", "4"]))]),
        ("a,b\n\"say \"\"yes\"\"\",2\n", vec![(2, cells(&["say \"yes\"", "2"]))]),
        ("a,b\n5'10\" tall,2\n3,4", vec![(2, cells(&["5'10\" tall", "2"])), (3, cells(&["3", "4"]))]),
        ("a,b\n\"5'10\" tall\",2\n3,4", vec![(2, slip.clone()), (3, cells(&["3", "4"]))]),
        ("a,b\n\"1,2\n3,4\n", vec![(2, never.clone()), (3, cells(&["3", "4"]))]),
        (
            "a,b\n\"1,2\n3,4\n\"5\",6\n7,8",
            vec![(2, slip.clone()), (3, cells(&["3", "4"])), (4, cells(&["5", "6"])), (5, cells(&["7", "8"]))],
        ),
        (
            "a,b\n1\n1,2,3\n1,2,, \n",
            vec![
                (2, broken("1 cells, where the header has 2")),
                (3, broken("3 cells, where the header has 2")),
                (4, cells(&["1", "2"])),
            ],
        ),
        ("\n \na,b\n\n,\n1,2", vec![(4, cells(&[])), (5, cells(&[])), (6, cells(&["1", "2"]))]),
        ("a,b\n1,2\r3,4\n5,6", vec![(2, broken("several rows on one line")), (3, cells(&["5", "6"]))]),
    ] {
        assert_eq!(rows(text.as_bytes()), expected, "{text:?}");
    }
}

#[test]
fn a_quotation_mark_that_is_never_closed_does_not_fill_the_memory() {
    let text = format!("a,b\n\"1,2\n{}", "3,4\n".repeat(5000));
    let read = rows(text.as_bytes());
    assert_eq!(read.len(), 5001);
    assert!(read[0].1.is_err() && read[1..].iter().all(|(_, cells)| cells.is_ok()));

    let text = format!("a,b\n{}\n3,4\n", "x".repeat(300 * 1024));
    assert_eq!(rows(text.as_bytes()), [(2, broken("longer than 256 KiB")), (3, cells(&["3", "4"]))]);
}

fn read(header: &str, row: &str) -> Result<Candidate, Vec<String>> {
    let mappings = Mappings::load(None).unwrap();
    let headers: Vec<String> = header.split(',').map(str::to_owned).collect();
    let cells: Vec<String> = row.split(',').map(str::to_owned).collect();
    let fitting: Vec<_> = mappings.mappings.iter().filter(|mapping| mapping.lay_out(&headers).is_ok()).collect();
    let [mapping] = fitting.as_slice() else { panic!("{} mappings fit {header}", fitting.len()) };
    let layout = mapping.lay_out(&headers).unwrap();
    Reading { layout, dates: mapping.dates.clone(), sexes: mappings.sexes.clone() }.read(&cells)
}

#[test]
fn headers_of_cliniko_of_jane_and_our_own_are_known_however_they_are_spelt() {
    for header in [
        "First Name,Last Name,Date Of Birth",
        "first name,LAST NAME,Date of Birth",
        "first_name,last_name,date-of-birth",
        "First Name,Last Name,Birth Date",
        "given_name,family_name,birth_date",
    ] {
        let candidate = read(header, "Ana,Brunner,1984-05-23").unwrap();
        assert_eq!(candidate.demographics.full_name(), "Ana Brunner", "{header}");
    }
    let jane = "Preferred Name,Personal Health Number,Home Phone,Mobile Phone,First Name,Last Name,Birth Date,Sex";
    let candidate = read(jane, "Zo,9876 543 210,604 555 0111,,Zoë,Béranger,1992-11-30,F").unwrap().demographics;
    assert_eq!(candidate.preferred_name, Some("Zo".into()));
    assert_eq!(candidate.health_number, Some("9876 543 210".into()));
    assert_eq!((candidate.phone, candidate.sex), (Some("604 555 0111".into()), Some(Sex::Female)));
}

#[test]
fn a_fault_names_the_field_and_never_what_stands_there() {
    let header = "given_name,family_name,birth_date,email,emergency_name,emergency_phone";
    for (row, expected) in [
        (",Secret,1984-05-23,,,", "given_name: is missing"),
        ("Ana,Secret,Secret,,,", "birth_date: not a date such as 1984-05-23"),
        ("Ana,Secret,1984-05-23,Secret,,", "email: does not contain \"@\""),
        ("Ana,Secret\u{0},1984-05-23,,,", "family_name: holds characters that cannot be read"),
        ("Ana\u{FFFD},Secret,1984-05-23,,,", "given_name: holds characters that cannot be read"),
        ("\u{a0},Secret,1984-05-23,,,", "given_name: is missing"),
    ] {
        assert_eq!(read(header, row).unwrap_err(), [expected], "{row}");
    }
    let long = format!("Ana,{},1984-05-23,,Bo,{}", "x".repeat(201), "1".repeat(51));
    let faults = read(header, &long).unwrap_err().join("\n");
    assert!(faults.contains("family_name: length") && faults.contains("emergency_contact.phone: length"), "{faults}");
}

#[test]
fn a_guard_against_formulas_is_taken_off_and_a_formula_is_only_a_name() {
    let candidate = read("given_name,family_name,birth_date,phone", "=1+1,'t Hooft,1984-05-23,'+41 44 1").unwrap();
    let who = candidate.demographics;
    assert_eq!((who.given_name.as_str(), who.family_name.as_str()), ("=1+1", "'t Hooft"));
    assert_eq!(who.phone, Some("+41 44 1".into()));
}

#[test]
fn a_mapping_that_is_wrong_says_where() {
    const SEX: &str = "[sex]\nfemale = [\"f\"]\nmale = [\"m\"]\nother = []\nunknown = []\n[[mapping]]\n";
    const NAMES: &str = "given_name = [\"First\"]\nfamily_name = [\"Last\"]\n";
    let with = |mapping: &str| Mappings::parse(&format!("{SEX}{mapping}")).map(drop);
    let good = format!("name = \"x\"\ndates = [\"iso\"]\n[mapping.columns]\n{NAMES}birth_date = [\"Born\"]\n");
    with(&good).unwrap();
    for (mapping, line, says) in [
        (good.replace("\"x\"", "\"X y\""), 6, "snake_case"),
        (good.replace("[\"iso\"]", "[]"), 6, "x: dates must name"),
        (good.replace("[\"iso\"]", "[\"day_first\", \"month_first\"]"), 6, "at once"),
        (good.replace("[\"iso\"]", "[\"roman\"]"), 8, "roman"),
        (good.replace("birth_date", "phone"), 6, "x: columns.birth_date is missing"),
        (good.replace("birth_date", "born"), 12, "born"),
        (good.replace("\"Born\"", "\"first\""), 12, "x: columns.birth_date: \"first\" is given_name already"),
        (good.replace("\"Born\"", "\" \""), 12, "x: columns.birth_date holds an empty header"),
        (format!("{good}[[mapping]]\n{good}"), 13, "\"x\" is there already"),
    ] {
        let (at, problem) = with(&mapping).unwrap_err();
        assert!(problem.contains(says), "{problem:?} says {says:?}");
        assert_eq!(at, line, "{problem}");
    }
    let twice = SEX.replace("\"m\"", "\"F\"");
    assert_eq!(Mappings::parse(&format!("{twice}{good}")).unwrap_err(), (3, "sex: \"F\" stands there twice".into()));
}

#[test]
fn every_field_is_in_every_mapping_that_has_it() {
    use strum::IntoEnumIterator;
    let mappings = Mappings::load(None).unwrap().mappings;
    let ours = mappings.iter().find(|mapping| mapping.name == "tandem").unwrap();
    for field in Field::iter().filter(|field| *field != Field::EmergencyContact) {
        assert_eq!(ours.columns[&field], [field.to_string().replace('_', " ")]);
    }
}
