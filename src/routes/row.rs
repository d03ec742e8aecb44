//! One row of the route table.

use actix_web::Route;
use actix_web::http::Method;
use utoipa::openapi::{AllOfBuilder, Ref, RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};

use crate::http::Page;
use crate::policy::Action;
use crate::safety::ops::SafetyShown;

/// The methods that the API uses.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verb {
    /// Reads.
    Get,
    /// Creates, moves, searches.
    Post,
    /// Replaces.
    Put,
    /// Changes in part.
    Patch,
    /// Takes away.
    Delete,
}

impl From<Verb> for Method {
    fn from(verb: Verb) -> Self {
        match verb {
            Verb::Get => Self::GET,
            Verb::Post => Self::POST,
            Verb::Put => Self::PUT,
            Verb::Patch => Self::PATCH,
            Verb::Delete => Self::DELETE,
        }
    }
}

/// Named schemas, gathered while a document is written.
pub type Schemas = Vec<(String, RefOr<Schema>)>;

/// One method of one path: who may call it, what it takes, what it answers, what it leaves in the audit log.
#[expect(clippy::struct_excessive_bools, reason = "each is a column of the table")]
#[derive(Clone, Copy)]
pub struct Row {
    /// The method.
    pub verb: Verb,
    /// The path below [`super::BASE`], with parameters in braces.
    pub path: &'static str,
    /// What a call asks for, and the `action` of its audit event.
    pub action: Action,
    /// What it does, in a sentence.
    pub summary: &'static str,
    /// Whether callers need not be signed in.
    pub open: bool,
    /// Whether `If-Match` is needed.
    pub if_match: bool,
    /// Whether `Idempotency-Key` is honoured.
    pub retry: bool,
    /// What it answers besides JSON, such as `text/csv`.
    pub besides: Option<&'static str>,
    /// The query parameters with what they mean.
    pub query: &'static [(&'static str, &'static str)],
    /// The status of success.
    pub status: u16,
    /// The schema of the body it takes.
    pub takes: Option<fn(&mut Schemas) -> RefOr<Schema>>,
    /// The schema of what it answers.
    pub answers: Option<fn(&mut Schemas) -> RefOr<Schema>>,
    /// Whether the body may be left out.
    pub optional_body: bool,
    /// An example of a body it takes, which a test replays.
    pub example: Option<&'static str>,
    /// The handler.
    pub handler: fn() -> Route,
}

fn schema_of<T: ToSchema>(schemas: &mut Schemas) -> RefOr<Schema> {
    T::schemas(schemas);
    T::schema()
}

/// A page refers to the schema of its items by name, and leaves the naming to us.
fn page_of<T: ToSchema>(schemas: &mut Schemas) -> RefOr<Schema> {
    schemas.push((T::name().into_owned(), T::schema()));
    schema_of::<Page<T>>(schemas)
}

/// As [`crate::safety::ops::WithSafety`] writes it.
fn with_safety(read: RefOr<Schema>, schemas: &mut Schemas) -> RefOr<Schema> {
    schemas.push((SafetyShown::name().into_owned(), SafetyShown::schema()));
    SafetyShown::schemas(schemas);
    let safety = Ref::from_schema_name(SafetyShown::name());
    Schema::AllOf(AllOfBuilder::new().item(read).item(safety).build()).into()
}

fn with_safety_of<T: ToSchema>(schemas: &mut Schemas) -> RefOr<Schema> {
    with_safety(schema_of::<T>(schemas), schemas)
}

fn page_with_safety_of<T: ToSchema>(schemas: &mut Schemas) -> RefOr<Schema> {
    with_safety(page_of::<T>(schemas), schemas)
}

impl Row {
    /// A row with its handler; 200 for GET, PUT, PATCH, 201 for POST, 204 for DELETE.
    #[must_use]
    pub const fn new(
        verb: Verb,
        path: &'static str,
        action: Action,
        summary: &'static str,
        handler: fn() -> Route,
    ) -> Self {
        let status = match verb {
            Verb::Get | Verb::Put | Verb::Patch => 200,
            Verb::Post => 201,
            Verb::Delete => 204,
        };
        Self {
            verb,
            path,
            action,
            summary,
            open: false,
            if_match: false,
            retry: false,
            besides: None,
            query: &[],
            status,
            takes: None,
            optional_body: false,
            answers: None,
            example: None,
            handler,
        }
    }

    /// Callers need not be signed in.
    #[must_use]
    pub const fn open(self) -> Self {
        Self { open: true, ..self }
    }

    /// `If-Match` is needed.
    #[must_use]
    pub const fn if_match(self) -> Self {
        Self { if_match: true, ..self }
    }

    /// `Idempotency-Key` is honoured.
    #[must_use]
    pub const fn retry(self) -> Self {
        Self { retry: true, ..self }
    }

    /// CSV is answered besides JSON.
    #[must_use]
    pub const fn csv(self) -> Self {
        Self { besides: Some("text/csv"), ..self }
    }

    /// A printable page of HTML is answered besides JSON.
    #[must_use]
    pub const fn html(self) -> Self {
        Self { besides: Some("text/html"), ..self }
    }

    /// Takes query parameters.
    #[must_use]
    pub const fn query(self, query: &'static [(&'static str, &'static str)]) -> Self {
        Self { query, ..self }
    }

    /// Takes a body.
    #[must_use]
    pub const fn takes<T: ToSchema>(self) -> Self {
        Self { takes: Some(schema_of::<T>), ..self }
    }

    /// Takes a body, or none.
    #[must_use]
    pub const fn may_take<T: ToSchema>(self) -> Self {
        Self { optional_body: true, ..self.takes::<T>() }
    }

    /// Takes a body such as this.
    #[must_use]
    pub const fn example(self, json: &'static str) -> Self {
        Self { example: Some(json), ..self }
    }

    /// Answers a representation with this status.
    #[must_use]
    pub const fn answers<T: ToSchema>(self, status: u16) -> Self {
        Self { status, answers: Some(schema_of::<T>), ..self }
    }

    /// Answers pages of this.
    #[must_use]
    pub const fn lists<T: ToSchema>(self) -> Self {
        Self { status: 200, answers: Some(page_of::<T>), ..self }
    }

    /// Answers this with 200, with the safety items of the patient.
    #[must_use]
    pub const fn answers_with_safety<T: ToSchema>(self) -> Self {
        Self { status: 200, answers: Some(with_safety_of::<T>), ..self }
    }

    /// Answers pages of this, with the safety items of the one patient.
    #[must_use]
    pub const fn lists_with_safety<T: ToSchema>(self) -> Self {
        Self { status: 200, answers: Some(page_with_safety_of::<T>), ..self }
    }

    /// Answers nothing but this status.
    #[must_use]
    pub const fn answers_nothing(self, status: u16) -> Self {
        Self { status, ..self }
    }
}
