//! Who calls, as a handler sees it.

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpMessage, HttpRequest, web};

use crate::app::App;
use crate::db::{Call, Tx};
use crate::error::{Code, Error, Result};
use crate::ids::StaffId;

/// `X-Request-Id`, as it is answered.
#[derive(Clone, Debug)]
pub struct RequestId(pub String);

/// The call that a handler serves, with the program behind it.
#[derive(Clone)]
pub struct Caller {
    /// The program.
    pub app: web::Data<App>,
    /// The call.
    pub call: Call,
    /// Who the access token names; the session behind it is checked in every transaction.
    pub claimed: Option<StaffId>,
}

impl Caller {
    /// Reads, on behalf of the caller. See [`crate::db::Db::read`].
    ///
    /// # Errors
    /// The closure's.
    pub async fn read<T, F>(&self, read: F) -> Result<T>
    where
        T: Send + 'static,
        F: Fn(&mut Tx) -> Result<T> + Send + Sync + 'static,
    {
        self.app.db.read(&self.call, read).await
    }

    /// Writes, on behalf of the caller. See [`crate::db::Db::write`].
    ///
    /// # Errors
    /// The closure's.
    pub async fn write<T, F>(&self, write: F) -> Result<T>
    where
        T: Send + 'static,
        F: Fn(&mut Tx) -> Result<T> + Send + 'static,
    {
        self.app.db.write(&self.call, write).await
    }

    /// Counts an attempt of the caller before it is judged. See [`crate::db::Db::prepare`].
    ///
    /// # Errors
    /// The closure's.
    pub async fn prepare<T, F>(&self, prepare: F) -> Result<T>
    where
        T: Send + 'static,
        F: Fn(&mut Tx) -> Result<T> + Send + 'static,
    {
        self.app.db.prepare(&self.call, prepare).await
    }

    /// Who the token names, for binding a cursor to them.
    ///
    /// # Errors
    /// [`Code::NotSignedIn`] without a token.
    pub fn staff(&self) -> Result<StaffId> {
        self.claimed.ok_or_else(|| Error::of(Code::NotSignedIn))
    }
}

impl FromRequest for Caller {
    type Error = Error;
    type Future = std::future::Ready<Result<Self>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let caller = request.extensions().get::<Self>().cloned();
        std::future::ready(caller.ok_or_else(|| Error::of(Code::NotSignedIn)))
    }
}
