use super::{Area, Catalogue, Severity, contraindication, technique, told};
use crate::actor::Discipline;
use crate::anatomy::Side;

const HEAT: &str = "[[technique]]\nid = \"heat\"\nname = \"Heat\"\nscope = [\"physiotherapy\", \"massage\"]\n";
const FEVER: &str =
    "[[contraindication]]\nid = \"fever\"\nname = \"Fever\"\nseverity = \"absolute\"\ntechniques = [\"heat\"]\n";
const REGIONS: &str = "[regions]\nhead = []\nneck = [\"neck\"]\ntrunk = []\nupper_limb = []\nlower_limb = []\n\
                       left = []\nright = []\nplain = []\n";

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
        let Err(fault) = technique::parse(&text) else { panic!("{problem:?} is not found") };
        let sentence = told("ours", &text, &fault);
        assert!(sentence.starts_with(&format!("ours:{line}: ")) && sentence.contains(problem), "{problem}: {sentence}");
    }
}

#[test]
fn a_practices_own_file_is_read_and_named_in_complaints() {
    let folder = std::env::temp_dir().join(format!("tandem-catalogue-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let path = folder.join("ours.toml");
    std::fs::write(&path, HEAT).unwrap();
    let barred = folder.join("against.toml");
    std::fs::write(&barred, format!("{FEVER}{REGIONS}")).unwrap();
    let ours = Catalogue::load(Some(&path), Some(&barred), None).unwrap();
    assert_eq!((ours.iter().count(), ours.contraindications().count()), (1, 1));
    let complaint = Catalogue::load(Some(&path), None, None).unwrap_err();
    assert!(complaint.contains("contraindications.toml:") && complaint.contains("is not in the technique catalogue"));
    std::fs::write(&path, HEAT.replace("name", "nmae")).unwrap();
    let complaint = Catalogue::load(Some(&path), Some(&barred), None).unwrap_err();
    assert!(complaint.contains("ours.toml:3: unknown field `nmae`"), "{complaint}");
    std::fs::remove_dir_all(&folder).unwrap();
    assert!(Catalogue::load(Some(&path), None, None).unwrap_err().contains("ours.toml"));
    assert!(Catalogue::load(None, Some(&barred), None).unwrap_err().contains("against.toml"));
}

#[test]
fn the_built_in_contraindications_bar_what_the_trade_bars() {
    let catalogue = Catalogue::built_in().unwrap();
    let bars = |id: &str, technique: &str| {
        let contraindication = catalogue.contraindication(id).unwrap();
        contraindication.techniques.iter().any(|barred| barred == technique).then_some(contraindication.severity)
    };
    for massage in ["swedish_massage", "deep_tissue_massage", "lymphatic_drainage"] {
        assert_eq!(bars("deep_vein_thrombosis", massage), Some(Severity::Absolute));
    }
    assert_eq!(bars("deep_vein_thrombosis", "education"), None);
    assert_eq!(bars("acute_injury", "deep_tissue_massage"), Some(Severity::Relative));
    assert_eq!(bars("acute_injury", "swedish_massage"), None);
    for light_pressure in ["anticoagulants", "osteoporosis"] {
        assert_eq!(bars(light_pressure, "deep_tissue_massage"), Some(Severity::Caution));
    }
    assert_eq!(bars("pacemaker", "tens"), Some(Severity::Absolute));
    assert_eq!(catalogue.contraindication("cauda_equina").unwrap().disciplines.len(), 2);
    assert!(catalogue.contraindications().count() >= 20);
}

#[test]
fn a_fault_of_the_contraindications_is_reported_with_its_line() {
    let techniques = technique::parse(HEAT).unwrap_or_default();
    let second =
        |from: &str, to: &str| format!("{FEVER}\n{}{REGIONS}", FEVER.replace("fever", "flu").replace(from, to));
    let cases = [
        (second("flu", "fever"), 7, "id \"fever\" is there already"),
        (second("flu", "Flu"), 7, "snake_case"),
        (second("Fever", " "), 7, "flu: name must not be empty"),
        (second("\"absolute\"", "\"severe\""), 10, "unknown variant `severe`"),
        (second("\"heat\"", ""), 7, "flu: techniques or disciplines must name what it bars"),
        (second("\"heat\"", "\"heat\", \"heat\""), 7, "flu: bars something twice"),
        (second("\"heat\"", "\"haet\""), 7, "\"haet\", which is not in the technique catalogue"),
        (second("severity", "severeness"), 10, "unknown field `severeness`"),
        (format!("{FEVER}{}", REGIONS.replace("neck\"", "Neck\"")), 6, "\"Neck\" must be one word in lower case"),
        (FEVER.to_owned(), 1, "missing field `regions`"),
    ];
    for (text, line, problem) in cases {
        let Err(fault) = contraindication::parse(&text, &techniques) else { panic!("{problem:?} is not found") };
        let sentence = told("ours", &text, &fault);
        assert!(sentence.starts_with(&format!("ours:{line}: ")) && sentence.contains(problem), "{problem}: {sentence}");
    }
}

#[test]
fn only_what_is_surely_elsewhere_is_spared() {
    let catalogue = Catalogue::built_in().unwrap();
    let meets = |region, side, area, barred| catalogue.regions().may_meet(region, side, area, barred);
    let (leg, left) = (Some(Area::LowerLimb), Some(Side::Left));
    assert!(meets(Some("Left calf"), None, leg, left));
    assert!(meets(Some("calf"), Some(Side::Bilateral), leg, left));
    assert!(meets(Some("lower leg"), None, leg, left), "on which side is not said");
    assert!(!meets(Some("calf"), Some(Side::Right), leg, left));
    assert!(!meets(Some("right calf"), None, leg, left));
    assert!(meets(Some("right calf"), left, leg, left), "one of the two is a slip");
    assert!(!meets(Some("neck and upper back"), None, leg, left));
    assert!(meets(Some("neck and calves"), None, leg, left));
    assert!(meets(Some("hip"), None, leg, None) && meets(Some("hip"), None, Some(Area::Trunk), None));
    for anywhere in [None, Some(""), Some("all over"), Some("neck, Wade"), Some("upper"), Some("left side")] {
        assert!(meets(anywhere, None, leg, left), "{anywhere:?}");
    }
    assert!(meets(Some("neck"), None, None, None), "an item without a region bars everywhere");
    assert!(!meets(Some("neck"), Some(Side::Right), None, left), "an item may bar one side");
}
