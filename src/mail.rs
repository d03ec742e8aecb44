//! Handing mails over: to a mail server, or as files to a directory. What is in them is not known here.

use std::fs::{DirBuilder, OpenOptions};
use std::io::Write;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::time::Duration;

use lettre::message::header::{ContentType, HeaderName, HeaderValue};
use lettre::message::{Mailbox, MultiPart, SinglePart};
use lettre::transport::smtp::PoolConfig;
use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::client::{Certificate, Tls, TlsParameters};
use lettre::transport::smtp::extension::ClientId;
use lettre::{Address, Message, SmtpTransport, Transport as _};
use secrecy::ExposeSecret;

use crate::clock::Timestamp;
use crate::config::{self, Security, Transport};
use crate::error::{Code, Error, Result};

/// A mail that is ready to go. It has no `Debug`: its body may hold the token of an invitation.
#[derive(Clone)]
pub struct Letter {
    /// `Message-ID` without its brackets: the same whenever this mail is tried again.
    pub message_id: String,
    /// The address it goes to.
    pub to: String,
    /// When it is sent.
    pub at: Timestamp,
    /// The subject.
    pub subject: String,
    /// The body as text.
    pub text: String,
    /// The body as HTML.
    pub html: String,
}

/// Why a mail did not go out: a word for the list of dead letters, without address or text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Failure {
    /// The server was not reached, or went away.
    Away(String),
    /// The server wants it to be tried again.
    Later(String),
    /// It will never go out as it is.
    Never(String),
}

impl Failure {
    /// The word for it.
    #[must_use]
    pub fn word(&self) -> &str {
        match self {
            Self::Away(word) | Self::Later(word) | Self::Never(word) => word,
        }
    }
}

/// Hands mails over.
pub struct Mailer {
    from: Mailbox,
    way: Way,
}

enum Way {
    Directory(PathBuf),
    Server(SmtpTransport),
}

impl Mailer {
    /// The mailer that the settings describe. Nothing is connected yet.
    ///
    /// # Errors
    /// [`Code::Unavailable`], saying which setting: the sender's address, or the certificate to trust, cannot be read.
    pub fn build(settings: &config::Mail) -> Result<Self> {
        let from = settings.from.parse().map_err(|cause| unusable("mail.from is no address", cause))?;
        let way = match settings.transport {
            Transport::File => Way::Directory(settings.directory.clone()),
            Transport::Smtp => server(&settings.smtp)?,
        };
        Ok(Self { from, way })
    }

    /// Whether mails reach those they are for; files in a directory do not.
    #[must_use]
    pub fn reaches_people(&self) -> bool {
        matches!(self.way, Way::Server(_))
    }

    /// The host part of the `Message-ID` of new mails.
    #[must_use]
    pub fn domain(&self) -> &str {
        self.from.email.domain()
    }

    /// Whether the server can be talked to, so that its absence is not held against single mails.
    ///
    /// # Errors
    /// Always [`Failure::Away`]: not reached, not trusted, or not let in.
    pub async fn ready(&self) -> Result<(), Failure> {
        let Way::Server(server) = &self.way else { return Ok(()) };
        let server = server.clone();
        match aside(move || server.test_connection()).await? {
            Ok(true) => Ok(()),
            Ok(false) => Err(Failure::Away("not answered".to_owned())),
            Err(error) => Err(Failure::Away(word(&error))),
        }
    }

    /// Hands a mail over; once this is well, somebody else is answerable for it.
    ///
    /// # Errors
    /// Why not. After [`Failure::Away`] it may have gone out all the same.
    pub async fn send(&self, letter: &Letter) -> Result<(), Failure> {
        let message = self.message(letter)?;
        match &self.way {
            Way::Directory(directory) => lay(directory, &letter.message_id, &message.formatted()),
            Way::Server(server) => {
                let server = server.clone();
                aside(move || server.send(&message)).await?.map(drop).map_err(|error| failure(&error))
            }
        }
    }

    fn message(&self, letter: &Letter) -> Result<Message, Failure> {
        let to: Address = letter.to.parse().map_err(|_| Failure::Never("not an address".to_owned()))?;
        let part = |kind, body: &str| SinglePart::builder().header(kind).body(body.to_owned());
        let parts = MultiPart::alternative()
            .singlepart(part(ContentType::TEXT_PLAIN, &letter.text))
            .singlepart(part(ContentType::TEXT_HTML, &letter.html));
        let by_a_program = HeaderName::new_from_ascii_str("Auto-Submitted");
        let mut message = Message::builder()
            .from(self.from.clone())
            .to(Mailbox::new(None, to))
            .date(letter.at.to_utc().into())
            .message_id(Some(format!("<{}>", letter.message_id)))
            .subject(&letter.subject)
            .multipart(parts)
            .map_err(|_| Failure::Never("not a mail".to_owned()))?;
        message.headers_mut().insert_raw(HeaderValue::new(by_a_program, "auto-generated".to_owned()));
        Ok(message)
    }
}

/// Talks to the server on a thread that may wait. Whoever stops waiting for it does not stop the talk.
async fn aside<T: Send + 'static>(talk: impl FnOnce() -> T + Send + 'static) -> Result<T, Failure> {
    tokio::task::spawn_blocking(talk).await.map_err(|_| Failure::Away("broken off".to_owned()))
}

fn server(smtp: &config::Smtp) -> Result<Way> {
    let mut trusted = TlsParameters::builder(smtp.host.clone());
    if let Some(path) = &smtp.authority {
        let pem = std::fs::read(path).map_err(|cause| unusable("mail.smtp.authority cannot be read", cause))?;
        let certificate = Certificate::from_pem(&pem);
        let certificate = certificate.map_err(|cause| unusable("mail.smtp.authority is no certificate", cause))?;
        trusted = trusted.add_root_certificate(certificate);
    }
    let trusted = || trusted.clone().build_rustls().map_err(Error::internal);
    let tls = match smtp.security {
        Security::None => Tls::None,
        Security::StartTls => Tls::Required(trusted()?),
        Security::Tls => Tls::Wrapper(trusted()?),
    };
    let mut builder = SmtpTransport::builder_dangerous(&smtp.host)
        .port(smtp.port)
        .tls(tls)
        .timeout(Some(Duration::from_secs(smtp.timeout_seconds)))
        .hello_name(ClientId::Domain("localhost".to_owned()))
        .pool_config(PoolConfig::new().max_size(smtp.connections));
    if let (Some(name), Some(password)) = (&smtp.username, &smtp.password) {
        builder = builder.credentials(Credentials::new(name.clone(), password.expose_secret().to_owned()));
    }
    Ok(Way::Server(builder.build()))
}

fn failure(error: &lettre::transport::smtp::Error) -> Failure {
    match error.status().map(u16::from) {
        // With these the server is about to go away, or lets us not in: that says nothing of the mail.
        None | Some(421 | 530 | 534 | 535 | 538) => Failure::Away(word(error)),
        Some(_) if error.is_permanent() => Failure::Never(word(error)),
        Some(_) => Failure::Later(word(error)),
    }
}

/// The server's code, or what went wrong on the way; its words might repeat the address.
fn word(error: &lettre::transport::smtp::Error) -> String {
    match error.status() {
        Some(code) => format!("smtp {code}"),
        None if error.is_timeout() => "timed out".to_owned(),
        None if error.is_tls() => "not trusted".to_owned(),
        None if error.is_client() => "not offered".to_owned(),
        None => "no connection".to_owned(),
    }
}

/// Under another name first, so that whoever looks finds whole mails only; a repeat takes the place of the first. A mail may
/// hold the token of an invitation, and is readable by its owner alone.
fn lay(directory: &Path, name: &str, mail: &[u8]) -> Result<(), Failure> {
    let name: String = name
        .chars()
        .map(|char| if char.is_ascii_alphanumeric() || "-.@".contains(char) { char } else { '_' })
        .collect();
    let (whole, partial) = (directory.join(format!("{name}.eml")), directory.join(format!(".{name}.partial")));
    let laid = DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(directory)
        .and_then(|()| OpenOptions::new().create(true).truncate(true).write(true).mode(0o600).open(&partial))
        .and_then(|mut file| file.write_all(mail))
        .and_then(|()| std::fs::rename(&partial, &whole));
    laid.map_err(|_| Failure::Away("not writable".to_owned()))
}

fn unusable(what: &'static str, cause: impl std::error::Error + Send + Sync + 'static) -> Error {
    Error { cause: Some(cause.into()), ..Error::new(Code::Unavailable, what) }
}
