//! Parts of the body: how a region in a therapist's words is understood, so that what bars one part does not bar another.

use serde::{Deserialize, Serialize};

use crate::anatomy::Side;

/// A part of the body, as finely as a safety item bars it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Area {
    /// Head and jaw.
    Head,
    /// Neck.
    Neck,
    /// Back, chest, abdomen, pelvis; shoulder and hip belong here too.
    Trunk,
    /// Shoulder to fingers.
    UpperLimb,
    /// Hip and groin to toes.
    LowerLimb,
}

/// The words by which regions are understood, in lower case; one word may tell of several parts.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Regions {
    head: Vec<String>,
    neck: Vec<String>,
    trunk: Vec<String>,
    upper_limb: Vec<String>,
    lower_limb: Vec<String>,
    left: Vec<String>,
    right: Vec<String>,
    plain: Vec<String>,
}

impl Regions {
    /// Whether something done at `region` on `side` may have been done at `area` on `barred_side`. Only what is surely
    /// elsewhere is not: a region with a word that is not understood, or without any, may be anywhere.
    #[must_use]
    pub fn may_meet(
        &self,
        region: Option<&str>,
        side: Option<Side>,
        area: Option<Area>,
        barred_side: Option<Side>,
    ) -> bool {
        let region = region.unwrap_or_default().to_lowercase();
        let words: Vec<&str> =
            region.split(|char: char| !char.is_alphanumeric()).filter(|word| !word.is_empty()).collect();
        self.in_area(&words, area) && self.on_side(&words, side, barred_side)
    }

    fn in_area(&self, words: &[&str], area: Option<Area>) -> bool {
        let Some(area) = area else { return true };
        let of = |words: &[String], word: &str| words.iter().any(|known| known == word);
        let any_part = |word: &str| self.parts().into_iter().any(|(_, known)| of(known, word));
        let silent = |word: &str| [&self.left, &self.right, &self.plain].into_iter().any(|known| of(known, word));
        let understood =
            words.iter().any(|word| any_part(word)) && words.iter().all(|word| any_part(word) || silent(word));
        let told = |word: &str| self.parts().into_iter().any(|(part, known)| part == area && of(known, word));
        !understood || words.iter().any(|word| told(word))
    }

    fn on_side(&self, words: &[&str], side: Option<Side>, barred: Option<Side>) -> bool {
        let told = |known: &[String]| words.iter().any(|word| known.iter().any(|of| of == word));
        let left = matches!(side, Some(Side::Left | Side::Bilateral)) || told(&self.left);
        let right = matches!(side, Some(Side::Right | Side::Bilateral)) || told(&self.right);
        match barred {
            Some(Side::Left) => left || !right,
            Some(Side::Right) => right || !left,
            Some(Side::Bilateral) | None => true,
        }
    }

    fn parts(&self) -> [(Area, &[String]); 5] {
        [
            (Area::Head, &self.head),
            (Area::Neck, &self.neck),
            (Area::Trunk, &self.trunk),
            (Area::UpperLimb, &self.upper_limb),
            (Area::LowerLimb, &self.lower_limb),
        ]
    }

    /// What would never be met in a region, since regions are read word by word in lower case.
    pub(super) fn fault(&self) -> Option<String> {
        let parts = self.parts().into_iter().map(|(_, words)| words);
        let all = parts.chain([&*self.left, &*self.right, &*self.plain]).flatten();
        let single = |word: &&String| {
            !word.is_empty() && word.chars().all(|char| char.is_alphanumeric() && !char.is_uppercase())
        };
        let odd = all.into_iter().find(|word| !single(word))?;
        Some(format!("regions: {odd:?} must be one word in lower case"))
    }
}
