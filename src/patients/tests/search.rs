//! What a receptionist types.

use crate::patients::search::Criteria;
use crate::patients::{FindPatients, names};

/// Whether a search finds somebody of this name and phone number, as the database compares them.
fn finds(find: &FindPatients, name: &str, phone: &str) -> bool {
    let criteria = Criteria::of(find).unwrap();
    let within = |text: &str, either: &crate::patients::search::EitherOf| {
        text.contains(&either.typed) || either.other.as_ref().is_some_and(|other| text.contains(other))
    };
    let mut parts = name.rsplitn(2, ' ');
    let (family, given) = (parts.next().unwrap(), parts.next().unwrap());
    let folded = names::folded_name(&super::clinic::person(given, family, "1990-01-01"));
    let digits = crate::patients::search::phone_digits(phone).unwrap_or_default();
    criteria.words.iter().all(|word| within(&folded, word)) && criteria.phone.iter().all(|phone| within(&digits, phone))
}

#[test]
fn a_name_is_found_however_it_is_typed() {
    for (typed, name, expected) in [
        ("muller", "Jürgen Müller", true),
        ("mueller", "Jürgen Müller", true),
        ("Müller", "Jurgen Mueller", true),
        ("MÜLLER jürg", "Jürgen Müller", true),
        ("uller", "Jürgen Müller", true),
        ("strauss", "Łukasz Strauß", true),
        ("STRAUẞ", "Łukasz Strauß", true),
        ("lukasz", "Łukasz Strauß", true),
        ("soeren", "Søren Østergård", true),
        ("sören ostergard", "Søren Østergård", true),
        ("oestergaard", "Søren Østergård", true),
        ("oneil", "Zoë O’Neil", true),
        ("o'neil", "Zoë ONeil", true),
        ("O`Neil zoe", "Zoë O'Neil", true),
        ("meier huber", "Eva Meier-Huber", true),
        ("huber-meier", "Eva Meier-Huber", true),
        ("Meier–Huber", "Eva Meier-Huber", true),
        ("nguyen van", "Văn Nguyễn", true),
        ("sue", "Susan Moe", false),
        ("joe", "John Poe", false),
        ("muller strauss", "Jürgen Müller", false),
        ("m_ller", "Jürgen Müller", false),
    ] {
        let find = FindPatients { name: Some(typed.into()), ..FindPatients::default() };
        assert_eq!(finds(&find, name, ""), expected, "{typed} for {name}");
    }
}

#[test]
fn a_phone_number_is_found_by_any_run_of_its_digits_with_and_without_the_countrys_code() {
    for (typed, noted, expected) in [
        ("1820", "+49 (30) 9018-20", true),
        ("9019", "030 901 90", true),
        ("9018", "030/9018-20", true),
        ("030 901820", "+49 (0)30 9018-20", true),
        ("+49 30 901820", "030 9018-20", true),
        ("+49 (0)30 901820", "030 9018-20", true),
        ("0049 30 901820", "+4930901820", true),
        ("0049 30 901820", "(030) 901820", true),
        ("+1 604 555-0100", "(604) 555-0100", true),
        ("1-604-555-0100", "604.555.0100", true),
        ("604 555 0100", "+1 (604) 555-0100", true),
        ("+353 1 234 5678", "01 234 5678", true),
        ("+61 412 345 678", "0412 345 678", true),
        ("0412345678", "+61 412 345 678", true),
        ("+98 21 1234567", "021 1234567", true),
        ("030 901821", "030 901820", false),
    ] {
        let find = FindPatients { phone: Some(typed.into()), ..FindPatients::default() };
        assert_eq!(finds(&find, "Ada Berg", noted), expected, "{typed} for {noted}");
    }
    for too_short in ["820", "000 820", "+", "x"] {
        let find = FindPatients { phone: Some(too_short.into()), ..FindPatients::default() };
        assert!(Criteria::of(&find).is_err(), "{too_short}");
    }
}

#[test]
fn names_may_be_one_persons_or_are_the_same() {
    for (one, other, alike, same) in [
        ("Jürgen Müller", "jurgen MULLER", true, true),
        ("Anna Huber", "Huber Anna", true, true),
        ("Eva Meier-Huber", "Eva Meier Huber", true, true),
        ("Jürgen Müller", "Juergen Mueller", true, false),
        ("Anna Huber", "Lisa Huber", true, false),
        ("Katrin Schmidt", "Kathrin Schmitt", true, false),
        ("Xaver Kobold", "Jürgen Müller", false, false),
    ] {
        assert_eq!((names::alike(one, other), names::same(one, other)), (alike, same), "{one} and {other}");
    }
}
