use super::Catalogue;
use crate::actor::Discipline;

const HEAT: &str = "[[technique]]\nid = \"heat\"\nname = \"Heat\"\nscope = [\"physiotherapy\", \"massage\"]\n";

#[test]
fn the_built_in_catalogue_knows_who_may_do_what() {
    let catalogue = Catalogue::built_in().unwrap();
    let may = |discipline, id: &str| catalogue.in_scope(discipline).any(|technique| technique.id == id);
    for shared in ["soft_tissue_mobilisation", "deep_tissue_massage", "myofascial_release", "education"] {
        assert!(may(Discipline::Physiotherapy, shared) && may(Discipline::Massage, shared), "{shared}");
    }
    for physiotherapy in ["joint_manipulation", "dry_needling", "tens", "cupping", "respiratory_rehabilitation"] {
        assert!(may(Discipline::Physiotherapy, physiotherapy) && !may(Discipline::Massage, physiotherapy));
    }
    for massage in ["swedish_massage", "lymphatic_drainage", "hot_stone_massage"] {
        assert!(!may(Discipline::Physiotherapy, massage) && may(Discipline::Massage, massage), "{massage}");
    }
    assert_eq!(catalogue.iter().count(), 29);
    assert_eq!(catalogue.get("tens").unwrap().name, "TENS");
    assert!(catalogue.get("TENS").is_none());
}

#[test]
fn a_fault_is_reported_with_its_line() {
    let entry = |fields: &str| format!("# ours\n\n{HEAT}\n[[technique]]\n{fields}");
    let cases = [
        (entry("id = \"heat\"\nname = \"Heat\"\nscope = [\"massage\"]\n"), 8, "id \"heat\" is there already"),
        (entry("id = \"Hot Pack\"\nname = \"x\"\nscope = [\"massage\"]\n"), 8, "snake_case"),
        (entry("id = \"cold\"\nname = \" \"\nscope = [\"massage\"]\n"), 8, "cold: name must not be empty"),
        (entry("id = \"cold\"\nname = \"Cold\"\nscope = []\n"), 8, "cold: scope must name at least one discipline"),
        (
            entry("id = \"cold\"\nname = \"Cold\"\nscope = [\"massage\", \"massage\"]\n"),
            8,
            "cold: scope names a discipline twice",
        ),
        (
            entry("id = \"cold\"\nname = \"Cold\"\nscope = [\"massage\"]\ncolour = \"blue\"\n"),
            12,
            "unknown field `colour`",
        ),
        (entry("id = \"cold\"\nname = \"Cold\"\nscope = [\"surgery\"]\n"), 11, "unknown variant `surgery`"),
        (entry("id = \"cold\"\nname = \n"), 10, "string"),
        (entry("id = \"cold\"\nscope = [\"massage\"]\n"), 8, "missing field `name`"),
        ("technique = []\n".to_owned(), 1, "at least one"),
    ];
    for (text, line, problem) in cases {
        let (found, sentence) = Catalogue::parse(&text).unwrap_err();
        assert!(sentence.contains(problem), "{problem:?} expected: {sentence}");
        assert_eq!(found, line, "{sentence}");
    }
}

#[test]
fn a_practices_own_file_is_read_and_named_in_complaints() {
    let folder = std::env::temp_dir().join(format!("tandem-catalogue-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let path = folder.join("ours.toml");
    std::fs::write(&path, HEAT).unwrap();
    assert_eq!(Catalogue::load(Some(&path)).unwrap().iter().count(), 1);
    std::fs::write(&path, HEAT.replace("name", "nmae")).unwrap();
    let complaint = Catalogue::load(Some(&path)).unwrap_err();
    assert!(complaint.contains("ours.toml:3: unknown field `nmae`"), "{complaint}");
    std::fs::remove_dir_all(&folder).unwrap();
    assert!(Catalogue::load(Some(&path)).unwrap_err().contains("ours.toml"));
}
