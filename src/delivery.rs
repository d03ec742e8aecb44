//! The worker that sends the mails of the outbox. Several may run, in one process or many: each mail is taken up by one at a
//! time, under a lease. No transaction is open while a mail server talks.

use std::pin::pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use secrecy::zeroize::Zeroizing;
use tokio::time::MissedTickBehavior;

use crate::actor::{Party, Request};
use crate::alerts::outbox::{self, Fate, Taken};
use crate::alerts::{letters, rules};
use crate::app::App;
use crate::clock::Timestamp;
use crate::db::{Call, Open};
use crate::error::{Error, Result};
use crate::figures;
use crate::ids::PracticeId;
use crate::mail::{Failure, Letter};
use crate::policy::Action;

/// Mails that one round sends of one practice at most, so that the others come to theirs.
const AT_ONCE: usize = 50;
/// How long a worker rests between two rounds.
const EVERY: Duration = Duration::from_secs(2);

/// Sends mails until `stop`; the mail that is being sent then is settled first.
pub async fn run(app: Arc<App>, stop: impl Future<Output = ()>) {
    let mut ticks = tokio::time::interval(EVERY);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let (worker, mut stop) = (Worker::default(), pin!(stop));
    loop {
        tokio::select! {
            () = &mut stop => return,
            _ = ticks.tick() => {}
        }
        let mut round = pin!(worker.round(&app));
        tokio::select! {
            _ = &mut round => {}
            () = &mut stop => {
                worker.stops.store(true, Ordering::SeqCst);
                round.await;
                return;
            }
        }
    }
}

/// What one worker remembers between its rounds.
#[derive(Debug, Default)]
pub struct Worker {
    /// While the mail server is away: until when it is left alone, and how often it was tried.
    away: Mutex<Option<(Timestamp, i32)>>,
    /// Whether it takes up no further mail.
    stops: AtomicBool,
}

impl Worker {
    /// One round: sends what is due, and answers how many mails were taken up.
    pub async fn round(&self, app: &App) -> usize {
        let now = app.clock.now();
        let due = match app.db.look(move |conn| outbox::due(conn, now)).await {
            Ok(due) => due,
            Err(error) => {
                tracing::warn!(detail = %error.detail, "the outbox could not be read; again later");
                return 0;
            }
        };
        app.outbox.seen(&due, now);
        figures::outbox(app.outbox.waits(), due.dead);
        if due.practices.is_empty() || !self.reaches_the_server(app).await {
            return 0;
        }
        let mut taken = 0;
        for practice in due.practices {
            match self.send_of(app, practice).await {
                Ok(sent) => taken += sent,
                Err(error) => tracing::warn!(detail = %error.detail, "the outbox could not be worked off; again later"),
            }
        }
        taken
    }

    /// Whether the mail server answers. While it does not, it is asked less and less often, and no mail counts an attempt.
    async fn reaches_the_server(&self, app: &App) -> bool {
        let now = app.clock.now();
        let before = *self.away.lock().unwrap_or_else(PoisonError::into_inner);
        if before.is_some_and(|(until, _)| now < until) {
            return false;
        }
        let answer = app.mailer.ready().await;
        if let Err(failure) = &answer {
            let tries = before.map_or(1, |(_, tries)| tries.saturating_add(1));
            let until = rules::next_attempt(now, tries, random(app)).min(now.plus_seconds(rules::LEASE));
            tracing::warn!(failure = failure.word(), "the mail server is away");
            self.stays_away(Some((until, tries)));
        } else {
            self.stays_away(None);
        }
        answer.is_ok()
    }

    fn stays_away(&self, away: Option<(Timestamp, i32)>) {
        *self.away.lock().unwrap_or_else(PoisonError::into_inner) = away;
    }

    async fn send_of(&self, app: &App, practice: PracticeId) -> Result<usize> {
        for taken in 0..AT_ONCE {
            if self.stops.load(Ordering::SeqCst) {
                return Ok(taken);
            }
            let (now, domain) = (app.clock.now(), app.mailer.domain().to_owned());
            let Some(mail) = app.db.upkeep(move |conn| outbox::take(conn, practice, &domain, now)).await? else {
                return Ok(taken);
            };
            let sent = if mail.vain { Ok(None) } else { send(app, &mail).await.map(Some) };
            let is_away = matches!(sent, Err(Failure::Away(_)));
            settle(app, &mail, fate(&mail, sent, app.clock.now(), random(app))).await?;
            if is_away {
                return Ok(taken + 1);
            }
        }
        Ok(AT_ONCE)
    }
}

fn fate(mail: &Taken, sent: Result<Option<()>, Failure>, now: Timestamp, random: u32) -> Fate {
    match sent {
        Ok(Some(())) => Fate::Sent,
        Ok(None) => Fate::Dropped,
        Err(Failure::Never(failure)) => Fate::Dead { failure },
        Err(Failure::Away(failure) | Failure::Later(failure)) if mail.attempts >= rules::ATTEMPTS => {
            Fate::Dead { failure }
        }
        Err(Failure::Away(failure) | Failure::Later(failure)) => {
            Fate::Later { failure, at: rules::next_attempt(now, mail.attempts, random) }
        }
    }
}

async fn send(app: &App, mail: &Taken) -> Result<(), Failure> {
    let at = app.clock.now();
    let unreadable = |error: Error| {
        tracing::error!(%error, "a mail could not be written");
        Failure::Never("not written".to_owned())
    };
    let token = opened(app, mail).map_err(unreadable)?;
    let token = token.as_ref().and_then(|token| std::str::from_utf8(token).ok());
    let written = letters::write(mail, &app.public_url, token, at).map_err(unreadable)?;
    let letters::Written { subject, text, html } = written;
    let letter = Letter { message_id: mail.message_id.clone(), to: mail.to.clone(), at, subject, text, html };
    app.mailer.send(&letter).await
}

fn opened(app: &App, mail: &Taken) -> Result<Option<Zeroizing<Vec<u8>>>> {
    mail.sealed.as_ref().map(|sealed| app.keys.open(mail.id.as_bytes(), sealed)).transpose()
}

async fn settle(app: &App, mail: &Taken, fate: Fate) -> Result<()> {
    let request = Request { id: String::new(), address: None, at: app.clock.now(), seed: app.random() };
    let call = Call::new(request, Action::SendMail, Arc::new(Open(Party::System)));
    let (practice, id, attempts) = (mail.practice, mail.id, mail.attempts);
    app.db.write(&call, move |tx| outbox::settle(tx, practice, id, attempts, &fate)).await
}

fn random(app: &App) -> u32 {
    let [a, b, c, d, ..] = app.random();
    u32::from_le_bytes([a, b, c, d])
}
