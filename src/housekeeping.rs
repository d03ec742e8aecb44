//! What the program does by itself, before and while it serves: seal the audit log, write down who failed at the door and which
//! emergency and audit accesses ran out, take referrals further, remind, forget old idempotency keys, failed sign-ins and
//! sessions.

use std::pin::pin;
use std::sync::Arc;

use tokio::time::MissedTickBehavior;

use crate::access;
use crate::actor::{Party, Request};
use crate::app::App;
use crate::audit::Log;
use crate::auth;
use crate::auth::strangers::Failures;
use crate::clock::Timestamp;
use crate::config::Throttle;
use crate::db::{Call, Conn, Db, Open, Tx, forget_old_keys};
use crate::error::Result;
use crate::figures;
use crate::notes::ops as notes;
use crate::notes::search::ops as search;
use crate::policy::Action;
use crate::referrals;

/// Seconds between two rounds of forgetting.
const FORGET_EVERY: i64 = 3_600;
/// Seconds between two rounds of reminding.
const REMIND_EVERY: i64 = 60;
/// Counts written in one transaction.
const CHUNK: usize = 100;

/// Seals what an earlier run left, before anyone is served.
///
/// # Errors
/// The database's.
pub async fn begin(app: &App) -> Result<()> {
    app.sealer.seal_all(&app.db, app.clock.now()).await.map(drop)
}

/// Makes every signed note found by its words that was signed before there was an index, batch by batch; says how many. It
/// can be broken off and begun again: what is done is done.
///
/// # Errors
/// The database's.
pub async fn index(db: &Db) -> Result<usize> {
    let (mut count, mut after) = (0, None);
    if !db.look(search::any_missing).await? {
        return Ok(count);
    }
    loop {
        let added = db.upkeep(move |conn| search::add_missing(conn, after)).await?;
        count += added.len();
        match added.last() {
            Some(last) => after = Some(*last),
            None => return Ok(count),
        }
    }
}

/// Keeps house until `stop`, which must come after the last call was answered; then writes everything down and seals it.
pub async fn run(app: Arc<App>, stop: impl Future<Output = ()>) {
    let mut ticks = tokio::time::interval(app.seal_every);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut stop = pin!(stop);
    let (mut remind_at, mut forget_at) = (app.clock.now(), app.clock.now());
    loop {
        tokio::select! {
            () = &mut stop => break,
            _ = ticks.tick() => {}
        }
        let now = app.clock.now();
        app.db.try_again().await;
        figures::waiting(app.db.waiting());
        count_strangers(&app, false).await;
        advance(&app).await;
        if now >= remind_at {
            remind_at = now.plus_seconds(REMIND_EVERY);
            remind(&app).await;
        }
        if now >= forget_at {
            forget_at = now.plus_seconds(FORGET_EVERY);
            forget(&app, now).await;
        }
        seal(&app).await;
    }
    end(&app).await;
}

/// Writes down and seals all that is left.
pub async fn end(app: &App) {
    count_strangers(app, true).await;
    advance(app).await;
    remind(app).await;
    seal(app).await;
}

/// Does what has fallen due by the clock: accesses that ran out, referrals whose limits have passed.
pub async fn advance(app: &App) {
    end_accesses(app).await;
    advance_referrals(app).await;
}

async fn seal(app: &App) {
    // The sealer says itself what went wrong; whatever it was, the next round tries again.
    let _ = app.sealer.seal_all(&app.db, app.clock.now()).await;
}

/// Records the failures of those who were not signed in, one event for each address and minute.
async fn count_strangers(app: &App, all: bool) {
    for failures in app.strangers.take(app.clock.now(), all).chunks(CHUNK) {
        let request = Request { id: String::new(), address: None, at: app.clock.now(), seed: app.random() };
        let call = Call::new(request, Action::CountStrangers, Arc::new(Open(Party::System)));
        let counted = failures.to_vec();
        let written = app.db.write(&call, move |tx| {
            record(tx, &counted);
            Ok(())
        });
        if let Err(error) = written.await {
            tracing::warn!(detail = %error.detail, "the failures of strangers could not be recorded; again later");
            app.strangers.put_back(failures);
        }
    }
}

fn record(tx: &mut Tx, failures: &[Failures]) {
    for failures in failures {
        tx.record_own(Log::Installation, "counted");
        tx.counts(failures.count, failures.address);
    }
}

/// Records which emergency and audit accesses have run out.
async fn end_accesses(app: &App) {
    let any = |conn: &mut Conn, now| access::ops::any_ran_out(conn, now);
    by_the_clock(app, Action::EndAccess, any, access::ops::end_what_ran_out).await;
}

/// Takes the referrals further whose time has come.
async fn advance_referrals(app: &App) {
    let any = |conn: &mut Conn, now| referrals::ops::any_due(conn, now);
    by_the_clock(app, Action::AdvanceReferral, any, referrals::ops::advance).await;
}

/// Reminds of notes that are not signed, and of joint reviews.
async fn remind(app: &App) {
    by_the_clock(app, Action::RaiseReminder, notes::any_note_unreminded, notes::remind_of_notes).await;
    by_the_clock(app, Action::RaiseReminder, notes::any_review_unreminded, notes::remind_of_reviews).await;
}

/// Does what falls due by the clock, as long as there is any; `round` says whether there is more.
async fn by_the_clock(
    app: &App,
    action: Action,
    any: fn(&mut Conn, Timestamp) -> Result<bool>,
    round: fn(&mut Tx) -> Result<bool>,
) {
    let mut more = true;
    while more {
        let now = app.clock.now();
        if !app.db.look(move |conn| any(conn, now)).await.unwrap_or(false) {
            return;
        }
        let request = Request { id: String::new(), address: None, at: now, seed: app.random() };
        let call = Call::new(request, action, Arc::new(Open(Party::System)));
        more = match app.db.write(&call, round).await {
            Ok(more) => more,
            Err(error) => {
                tracing::warn!(%action, detail = %error.detail, "what fell due could not be done; again later");
                false
            }
        };
    }
}

/// Forgets what has served its time: idempotency keys, failed sign-ins, sessions.
pub async fn forget(app: &App, now: Timestamp) {
    let throttle = app.throttle;
    if let Err(error) = app.db.upkeep(move |conn| forget_everywhere(conn, &throttle, now)).await {
        tracing::warn!(detail = %error.detail, "what has served its time could not be forgotten; again in an hour");
    }
}

fn forget_everywhere(conn: &mut Conn, throttle: &Throttle, now: Timestamp) -> Result<()> {
    auth::ops::forget(conn, throttle, now)?;
    forget_old_keys(conn, now)
}
