//! Lists in pages, by a cursor that is bound to the caller and to the filter.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::auth::keys::Keys;
use crate::error::{Code, Error, Result};
use crate::ids::StaffId;

/// How much of a list, and from where.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Paging {
    /// How many items; 25 unless told, at most 100.
    pub limit: Option<String>,
    /// Where the page before ended.
    pub cursor: Option<String>,
}

/// One page of a list.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct Page<T> {
    /// The items.
    pub items: Vec<T>,
    /// The cursor of the next page, if there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
    /// Whether something is left out at the patient's request.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub withheld: bool,
}

impl Paging {
    /// The number of items asked for.
    ///
    /// # Errors
    /// [`Code::Invalid`] unless it is from 1 to 100.
    pub fn limit(&self) -> Result<i64> {
        let Some(text) = &self.limit else { return Ok(25) };
        let limit = text.parse().ok().filter(|limit| (1..=100).contains(limit));
        limit.ok_or_else(|| Error::field("/limit", "from 1 to 100"))
    }

    /// The position after which the page begins. `P` holds ids and times only.
    ///
    /// # Errors
    /// [`Code::BadCursor`] unless the cursor was made for this person and this filter.
    pub fn after<P: DeserializeOwned>(&self, keys: &Keys, staff: StaffId, filter: &str) -> Result<Option<P>> {
        let Some(cursor) = &self.cursor else { return Ok(None) };
        let bad = || Error::of(Code::BadCursor);
        let bytes = URL_SAFE_NO_PAD.decode(cursor).map_err(|_| bad())?;
        let (mac, position) = bytes.split_at_checked(MAC).ok_or_else(bad)?;
        if !bool::from(subtle::ConstantTimeEq::ct_eq(mac, &seal(keys, staff, filter, position)[..])) {
            return Err(bad());
        }
        serde_json::from_slice(position).map(Some).map_err(|_| bad())
    }
}

impl<T> Page<T> {
    /// A page from up to `limit + 1` rows, the last of which only shows that there is more.
    ///
    /// # Errors
    /// [`Code::Internal`] if the position cannot be written.
    pub fn of<P: Serialize>(
        mut items: Vec<T>,
        limit: i64,
        keys: &Keys,
        staff: StaffId,
        filter: &str,
        position: impl Fn(&T) -> P,
    ) -> Result<Self> {
        let limit = usize::try_from(limit).map_err(Error::internal)?;
        if items.len() <= limit {
            return Ok(Self { items, next: None, withheld: false });
        }
        items.truncate(limit);
        let Some(last) = items.last() else { return Ok(Self { items, next: None, withheld: false }) };
        let position = serde_json::to_vec(&position(last)).map_err(Error::internal)?;
        let mut bytes = seal(keys, staff, filter, &position).to_vec();
        bytes.extend(position);
        Ok(Self { items, next: Some(URL_SAFE_NO_PAD.encode(bytes)), withheld: false })
    }
}

const MAC: usize = 16;

fn seal(keys: &Keys, staff: StaffId, filter: &str, position: &[u8]) -> [u8; MAC] {
    let mut bound = staff.as_bytes().to_vec();
    bound.extend(filter.as_bytes());
    bound.push(0);
    bound.extend(position);
    let mut mac = [0; MAC];
    mac.copy_from_slice(&keys.hmac("cursor", &bound)[..MAC]);
    mac
}
