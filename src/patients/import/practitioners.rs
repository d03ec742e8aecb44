//! Who of the staff is meant by what a file calls a practitioner.

use crate::ids::StaffId;
use crate::patients::names;
use crate::patients::query::clinicians::Treating;

/// Who is meant, each once, and how many of those named are nobody who treats here, or could be several.
pub(super) fn named(cell: &str, staff: &[Treating]) -> (Vec<StaffId>, usize) {
    let (mut meant, mut unknown) = (Vec::new(), 0);
    for part in cell.split([';', '/', '&', '\n']).filter(|part| !part.trim().is_empty()) {
        // `Frei, Paula` is one person, `Paula Frei, Mara Lang` are two.
        let whole = one(part, staff);
        let found: Vec<Option<StaffId>> = match whole {
            Some(_) => vec![whole],
            None => part.split(',').filter(|name| !name.trim().is_empty()).map(|name| one(name, staff)).collect(),
        };
        if found.iter().any(Option::is_none) {
            unknown += 1;
        }
        meant.extend(found.into_iter().flatten());
    }
    meant.sort_unstable();
    meant.dedup();
    (meant, unknown)
}

/// The one who has this address, or this name; else the one all of whose names occur, so that titles do not count.
fn one(part: &str, staff: &[Treating]) -> Option<StaffId> {
    let (part, name) = (part.trim(), part.replace([',', '.'], " "));
    let words = names::words(&name);
    let only = |fits: &dyn Fn(&Treating) -> bool| {
        let mut fitting = staff.iter().filter(|member| fits(member));
        fitting.next().map(|member| member.id).filter(|_| fitting.next().is_none())
    };
    only(&|member| member.email.eq_ignore_ascii_case(part))
        .or_else(|| only(&|member| names::same(&member.name, &name)))
        .or_else(|| only(&|member| names::words(&member.name).iter().all(|word| words.contains(word))))
}

#[cfg(test)]
mod tests {
    use super::named;
    use crate::clock::EARLIEST;
    use crate::ids::{Id, StaffId};
    use crate::patients::query::clinicians::Treating;

    fn id(number: u8) -> StaffId {
        Id::new(EARLIEST, [number; 10])
    }

    #[test]
    fn a_practitioner_is_known_by_name_or_address_and_two_of_a_name_are_nobody() {
        let people = ["Paula Frei", "Mara Lang", "Jörg Müller", "Anna Berg", "Anna Maria Berg", "Ida Tal", "Ida Tal"];
        let staff: Vec<Treating> = (1..)
            .zip(people)
            .map(|(number, name)| Treating { id: id(number), name: name.into(), email: format!("s{number}@x.example") })
            .collect();
        for (cell, meant, unknown) in [
            ("Paula Frei", vec![1], 0),
            ("Frei, Paula", vec![1], 0),
            ("FREI paula", vec![1], 0),
            ("Ms Paula Frei PT", vec![1], 0),
            ("S2@X.example", vec![2], 0),
            ("Paula Frei; Mara Lang", vec![1, 2], 0),
            ("Paula Frei, Mara Lang", vec![1, 2], 0),
            ("Paula Frei / Paula Frei", vec![1], 0),
            ("Jorg Muller", vec![3], 0),
            ("Anna Berg", vec![4], 0),
            ("Anna Maria Berg", vec![5], 0),
            ("Paula Lang; Mara Frei", vec![], 2),
            ("Paula Frei; Somebody Else", vec![1], 1),
            ("Ida Tal", vec![], 1),
            ("Paula", vec![], 1),
            (" ; ", vec![], 0),
        ] {
            let meant: Vec<StaffId> = meant.into_iter().map(id).collect();
            assert_eq!(named(cell, &staff), (meant, unknown), "{cell}");
        }
    }
}
