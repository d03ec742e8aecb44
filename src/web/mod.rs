//! How pages are spoken, once for every room: who visits, what a form brings, what a page looks like, what it is refused
//! with. It stands beside `http/`, which speaks JSON.

mod around;
pub mod assets;
mod cookies;
mod door;
mod field;
mod form;
mod frame;
mod held;
pub mod help;
mod origin;
mod refusal;
mod sheet;
mod shown;
mod table;
mod tree;
mod unplaced;
mod visit;

pub use around::{Pages, RowOfPage, record_every_visit};
pub use door::{Door, DoorPage};
pub use field::Field;
pub use form::{Form, Pressed, Sent, part};
pub use frame::{Frame, discipline, in_words, titled};
pub use held::{Held, safe_path};
pub use refusal::method_not_allowed;
pub use sheet::{Choice, Row, Sheet};
pub use shown::Shown;
pub use table::{Look, Order, Table, Unnarrowed};
pub use visit::Visit;
