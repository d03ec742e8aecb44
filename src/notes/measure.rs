//! What is measured, tested and marked at an examination.

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use strum::EnumIter;

use crate::words::Name;

pub use crate::anatomy::Side;

/// A measured value between -1,000,000 and 1,000,000 with at most three decimals.
///
/// Held as whole thousandths, so that it is exact, has one spelling in canonical JSON, and compares without surprises.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Decimal(i64);

impl Decimal {
    /// The largest value, in thousandths; the smallest is its negative.
    pub const MAX_THOUSANDTHS: i64 = 1_000_000_000;

    /// From whole thousandths, if they are within bounds.
    #[must_use]
    pub const fn from_thousandths(thousandths: i64) -> Option<Self> {
        if thousandths.abs() <= Self::MAX_THOUSANDTHS { Some(Self(thousandths)) } else { None }
    }

    /// The value in whole thousandths.
    #[must_use]
    pub const fn thousandths(self) -> i64 {
        self.0
    }
}

impl Serialize for Decimal {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if self.0 % 1_000 == 0 {
            return serializer.serialize_i64(self.0 / 1_000);
        }
        #[expect(
            clippy::cast_precision_loss,
            reason = "at most 1e9, far below 2^53; the quotient is correctly rounded"
        )]
        serializer.serialize_f64(self.0 as f64 / 1_000.0)
    }
}

impl<'de> Deserialize<'de> for Decimal {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let thousandths = f64::deserialize(deserializer)? * 1_000.0;
        // Room for the error of a double at the bound (2e-7), and far less than a fourth decimal (0.1).
        if thousandths.is_finite() && (thousandths - thousandths.round()).abs() < 1e-3 {
            #[expect(clippy::cast_possible_truncation, reason = "a cast from f64 saturates, and the bound is checked")]
            let whole = thousandths.round() as i64;
            if (-Self::MAX_THOUSANDTHS..=Self::MAX_THOUSANDTHS).contains(&whole) {
                return Ok(Self(whole));
            }
        }
        Err(serde::de::Error::custom("a number between -1000000 and 1000000 with at most three decimals is expected"))
    }
}

impl utoipa::PartialSchema for Decimal {
    fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::schema::Schema> {
        use utoipa::openapi::schema::{ObjectBuilder, Type};
        ObjectBuilder::new()
            .schema_type(Type::Number)
            .minimum(Some(-1_000_000.0))
            .maximum(Some(1_000_000.0))
            .multiple_of(Some(0.001))
            .into()
    }
}
impl utoipa::ToSchema for Decimal {}

macro_rules! word_list {
    ($(#[doc = $doc:literal])+ $name:ident { $($(#[doc = $item_doc:literal])+ $item:ident,)+ }) => {
        $(#[doc = $doc])+
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, utoipa::ToSchema)]
        #[serde(rename_all = "snake_case")]
        pub enum $name {
            $($(#[doc = $item_doc])+ $item,)+
        }
    };
}

word_list! {
    /// What a measured value counts.
    Unit {
        /// Degrees of a joint's movement.
        Degrees,
        /// Millimetres.
        Millimetres,
        /// Centimetres, as for fingertip to floor.
        Centimetres,
        /// Metres, as for a walk test.
        Metres,
        /// Inches.
        Inches,
        /// Feet.
        Feet,
        /// Kilograms, as for grip.
        Kilograms,
        /// Newtons, as for a hand-held dynamometer.
        Newtons,
        /// Seconds, as for a timed test.
        Seconds,
        /// How many times.
        Repetitions,
        /// Percent of the normal value or of the other side.
        Percent,
    }
}

/// Muscle strength by manual testing: the Medical Research Council's grades 0 to 5, with the usual halves.
///
/// Written as therapists write it, `"4+"`. A list, not a number with a sign, so that `5+` or `0-` cannot be said.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, EnumIter, Serialize, Deserialize, utoipa::ToSchema,
)]
pub enum Grade {
    /// No contraction.
    #[serde(rename = "0")]
    Zero,
    /// A flicker of contraction.
    #[serde(rename = "1")]
    One,
    /// Part of the range, gravity eliminated.
    #[serde(rename = "2-")]
    TwoMinus,
    /// Full range, gravity eliminated.
    #[serde(rename = "2")]
    Two,
    /// The beginning of the range against gravity.
    #[serde(rename = "2+")]
    TwoPlus,
    /// More than half of the range against gravity.
    #[serde(rename = "3-")]
    ThreeMinus,
    /// Full range against gravity.
    #[serde(rename = "3")]
    Three,
    /// Full range against gravity and slight resistance.
    #[serde(rename = "3+")]
    ThreePlus,
    /// Somewhat less than moderate resistance.
    #[serde(rename = "4-")]
    FourMinus,
    /// Moderate resistance.
    #[serde(rename = "4")]
    Four,
    /// Nearly full resistance.
    #[serde(rename = "4+")]
    FourPlus,
    /// Barely detectable weakness.
    #[serde(rename = "5-")]
    FiveMinus,
    /// Normal.
    #[serde(rename = "5")]
    Five,
}

/// One row of the examination.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, garde::Validate, utoipa::ToSchema)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
pub enum Measurement {
    /// A measured quantity: range of motion, fingertip to floor, girth, a walk test.
    Range {
        /// What moves or is measured, such as `plantar flexion`.
        #[garde(dive)]
        movement: Name,
        /// On which side.
        #[garde(skip)]
        #[serde(default, skip_serializing_if = "Option::is_none")]
        side: Option<Side>,
        /// How much; negative where neutral is not reached.
        #[garde(skip)]
        value: Decimal,
        /// Of what.
        #[garde(skip)]
        unit: Unit,
        /// The normal value in the same unit, if the therapist names one.
        #[garde(skip)]
        #[serde(default, skip_serializing_if = "Option::is_none")]
        normal: Option<Decimal>,
    },
    /// Strength by manual muscle testing.
    Strength {
        /// The muscle or movement tested.
        #[garde(dive)]
        muscle: Name,
        /// On which side.
        #[garde(skip)]
        #[serde(default, skip_serializing_if = "Option::is_none")]
        side: Option<Side>,
        /// How strong.
        #[garde(skip)]
        grade: Grade,
    },
    /// A special test, such as Lachman or slump.
    SpecialTest {
        /// Which test.
        #[garde(dive)]
        name: Name,
        /// On which side.
        #[garde(skip)]
        #[serde(default, skip_serializing_if = "Option::is_none")]
        side: Option<Side>,
        /// Whether it was positive.
        #[garde(skip)]
        positive: bool,
    },
}

word_list! {
    /// One of the four figures of the body chart.
    View {
        /// Seen from the front.
        Front,
        /// Seen from behind.
        Back,
        /// The patient's left side.
        Left,
        /// The patient's right side.
        Right,
    }
}

word_list! {
    /// What a mark on the body chart stands for.
    MarkKind {
        /// Pain.
        Pain,
        /// Tightness.
        Tightness,
        /// A trigger point.
        TriggerPoint,
        /// Tenderness to touch.
        Tenderness,
        /// Numbness.
        Numbness,
        /// Pins and needles.
        Tingling,
        /// Swelling.
        Swelling,
        /// Bruising.
        Bruising,
        /// A scar.
        Scar,
    }
}

/// A mark on the body chart.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, garde::Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Mark {
    /// On which figure.
    #[garde(skip)]
    pub view: View,
    /// From the figure's left edge, in thousandths of its width: 0 to 1000.
    #[garde(range(max = 1000))]
    #[schema(maximum = 1000)]
    pub x: u16,
    /// From the figure's top edge, in thousandths of its height: 0 to 1000.
    #[garde(range(max = 1000))]
    #[schema(maximum = 1000)]
    pub y: u16,
    /// What it stands for.
    #[garde(skip)]
    pub kind: MarkKind,
    /// How strong, 0 to 10.
    #[garde(range(max = 10))]
    #[schema(maximum = 10)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub intensity: Option<u8>,
}
