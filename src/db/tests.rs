use std::path::PathBuf;
use std::sync::{Mutex, mpsc};
use std::time::Duration;

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use tokio::task::JoinHandle;

use super::schema::{audit_event, practice};
use super::*;
use crate::audit::Log;
use crate::clock::Timestamp;
use crate::ids::PracticeId;

const NOW: Timestamp = Timestamp::from_micros(1_772_434_800_000_000);

/// An SQLite database with a line for so many.
struct Place {
    db: Arc<Db>,
    directory: PathBuf,
}

impl Place {
    fn new(name: &str, waiting: usize) -> Self {
        let directory = std::env::temp_dir().join(format!("tandem-db-{name}-{}", std::process::id()));
        std::fs::create_dir_all(&directory).unwrap();
        let url = format!("sqlite:{}", directory.join("tandem.db").display());
        let address = Address::parse(&url, Duration::from_secs(5)).unwrap();
        migrate(&address, &address).unwrap();
        let limits = Limits { readers: 2, writers: 1, waiting };
        Self { db: Arc::new(Db::open(&address, &Clock::fixed(NOW), &limits).unwrap()), directory }
    }

    /// Begins a write of the program itself, in a task of its own, and waits until it stands in line or is done.
    async fn begins(&self, number: u8, work: fn(&mut Tx, u8) -> Result<()>) -> JoinHandle<Result<()>> {
        let before = self.db.waiting();
        let task = self.spawns(number, move |tx| work(tx, number));
        while self.db.waiting() == before && !task.is_finished() {
            tokio::task::yield_now().await;
        }
        task
    }

    fn spawns<F>(&self, number: u8, work: F) -> JoinHandle<Result<()>>
    where
        F: Fn(&mut Tx) -> Result<()> + Send + 'static,
    {
        let request = Request { id: String::new(), address: None, at: NOW, seed: [number; 32] };
        let call = Call::new(request, Action::SetUpPractice, Arc::new(Open(Party::System)));
        let db = self.db.clone();
        tokio::spawn(async move { db.write(&call, work).await })
    }

    /// Keeps the lane busy until it is told to go on.
    async fn keeps_busy(&self) -> (mpsc::Sender<()>, JoinHandle<Result<()>>) {
        let (go_on, told) = mpsc::channel();
        let (busy, is_busy) = tokio::sync::oneshot::channel();
        let (told, busy) = (Mutex::new(told), Mutex::new(Some(busy)));
        let first = self.spawns(0, move |tx| {
            busy.lock().unwrap().take().unwrap().send(()).unwrap();
            told.lock().unwrap().recv().unwrap();
            opens(tx, 0)
        });
        is_busy.await.unwrap();
        (go_on, first)
    }

    /// Does all of it in one batch; what each was answered.
    async fn in_one_batch(&self, works: &[fn(&mut Tx, u8) -> Result<()>]) -> Vec<Result<()>> {
        let (go_on, first) = self.keeps_busy().await;
        let mut tasks = Vec::new();
        for (number, work) in (1..).zip(works) {
            tasks.push(self.begins(number, *work).await);
        }
        assert_eq!(self.db.waiting(), works.len(), "they wait together");
        go_on.send(()).unwrap();
        first.await.unwrap().unwrap();
        let mut answers = Vec::new();
        for task in tasks {
            answers.push(task.await.unwrap());
        }
        answers
    }

    /// Which practices there are, and how many events.
    async fn holds(&self) -> (Vec<String>, i64) {
        let look = |conn: &mut Conn| {
            let names = practice::table.select(practice::name).order(practice::name).load(conn)?;
            Ok((names, audit_event::table.count().get_result(conn)?))
        };
        self.db.look(look).await.unwrap()
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        drop(std::fs::remove_dir_all(&self.directory));
    }
}

/// Opens practice number so and so, and records it.
fn opens(tx: &mut Tx, number: u8) -> Result<()> {
    let id: PracticeId = tx.fresh_id();
    tx.record_own(Log::Installation, "opened");
    diesel::insert_into(practice::table)
        .values((
            practice::id.eq(id),
            practice::name.eq(format!("practice {number}")),
            practice::time_zone.eq("Europe/Zurich"),
            practice::version.eq(1),
            practice::created_at.eq(NOW),
        ))
        .execute(tx.conn())?;
    Ok(())
}

fn codes(answers: Vec<Result<()>>) -> Vec<Option<Code>> {
    answers.into_iter().map(|answer| answer.err().map(|error| error.code)).collect()
}

#[tokio::test]
async fn a_closure_that_panics_harms_no_other_of_its_batch() {
    let place = Place::new("panics", 8);
    let answers = place
        .in_one_batch(&[
            opens,
            |tx, number| {
                opens(tx, number)?;
                panic!("as told")
            },
            opens,
        ])
        .await;
    assert_eq!(codes(answers), [None, Some(Code::Internal), None]);
    assert_eq!(place.holds().await, (["practice 0", "practice 1", "practice 3"].map(str::to_owned).to_vec(), 3));
}

#[tokio::test]
async fn a_full_line_turns_callers_away_and_says_when_to_come_back() {
    let place = Place::new("line", 2);
    let (go_on, first) = place.keeps_busy().await;
    let (second, third) = (place.begins(1, opens).await, place.begins(2, opens).await);
    let turned_away = place.begins(3, opens).await.await.unwrap().unwrap_err();
    assert_eq!((turned_away.code, turned_away.retry_after), (Code::Unavailable, Some(1)));
    go_on.send(()).unwrap();
    for task in [first, second, third] {
        task.await.unwrap().unwrap();
    }
    assert_eq!(place.holds().await.1, 3);
}

/// What SQLite does by itself when the disk is full or fails: the transaction is gone, with all that was done in it.
fn loses_the_transaction(tx: &mut Tx, number: u8) -> Result<()> {
    opens(tx, number)?;
    tx.conn().batch_execute("ROLLBACK")?;
    Err(Error::later(Code::Unavailable, 2))
}

/// The same, in a closure that takes no notice.
fn loses_the_transaction_unawares(tx: &mut Tx, number: u8) -> Result<()> {
    opens(tx, number)?;
    Ok(tx.conn().batch_execute("ROLLBACK")?)
}

#[tokio::test]
async fn a_lost_transaction_is_owned_up_to_by_the_whole_batch() {
    for (name, loses) in
        [("lost", loses_the_transaction as fn(&mut Tx, u8) -> _), ("unawares", loses_the_transaction_unawares)]
    {
        let place = Place::new(name, 8);
        let answers = place.in_one_batch(&[opens, loses, opens]).await;
        assert_eq!(codes(answers), [Some(Code::OutcomeUnknown); 3]);
        assert_eq!(place.holds().await, (vec!["practice 0".to_owned()], 1), "nothing of it is kept, not even an event");
        place.begins(9, opens).await.await.unwrap().unwrap();
        assert_eq!(place.holds().await.1, 2, "the next write works");
    }
}

#[tokio::test]
async fn a_database_that_cannot_grow_keeps_what_it_says_it_keeps() {
    let place = Place::new("full", 8);
    place.db.upkeep(|conn| Ok(conn.batch_execute("PRAGMA max_page_count = 1")?)).await.unwrap();
    let fills = |tx: &mut Tx, number| {
        opens(tx, number)?;
        let name = "x".repeat(1 << 20);
        diesel::update(practice::table).set(practice::name.eq(name)).execute(tx.conn())?;
        Ok(())
    };
    let answers = codes(place.in_one_batch(&[opens, fills, opens]).await);
    let kept = place.holds().await;
    for (number, answer) in (1..).zip(answers) {
        let there = kept.0.contains(&format!("practice {number}"));
        assert_eq!(there, answer.is_none(), "practice {number} was answered {answer:?}");
        assert!(number != 2 || !there, "it did not fit");
    }
    assert_eq!(usize::try_from(kept.1).unwrap(), kept.0.len(), "an event for each");
    place.begins(9, opens).await.await.unwrap().unwrap();
}

/// Keeps both readers busy until each is told to go on.
async fn keeps_readers_busy(place: &Place) -> [mpsc::Sender<()>; 2] {
    let mut go_on = Vec::new();
    for _ in 0..2 {
        let (sender, told) = mpsc::channel();
        let (busy, is_busy) = tokio::sync::oneshot::channel();
        let db = place.db.clone();
        let look = move |_: &mut Conn| {
            busy.send(()).unwrap();
            told.recv().unwrap();
            Ok(())
        };
        tokio::spawn(async move { db.look(look).await });
        is_busy.await.unwrap();
        go_on.push(sender);
    }
    go_on.try_into().unwrap()
}

#[tokio::test]
async fn reads_that_wait_are_answered_each_for_itself() {
    let place = Place::new("reads", 8);
    let go_on = keeps_readers_busy(&place).await;
    let looks: [fn(&mut Conn) -> Result<i64>; 3] = [
        |conn| Ok(practice::table.count().get_result(conn)?),
        |_| panic!("as told"),
        |conn| Ok(practice::table.count().get_result(conn)?),
    ];
    let waiting = looks.map(|look| {
        let db = place.db.clone();
        tokio::spawn(async move { db.look(look).await })
    });
    tokio::task::yield_now().await;
    for reader in go_on {
        reader.send(()).unwrap();
    }
    let mut answers = Vec::new();
    for look in waiting {
        answers.push(look.await.unwrap().map_err(|error| error.code));
    }
    assert_eq!(answers, [Ok(0), Err(Code::Internal), Ok(0)]);
    assert_eq!(place.holds().await.1, 0, "the readers go on");
}

#[tokio::test]
async fn a_read_that_nobody_begins_is_given_up_and_never_run() {
    let place = Place::new("patience", 8);
    let go_on = keeps_readers_busy(&place).await;
    let (ran, was_run) = mpsc::channel();
    let late = place.db.look(move |_| ran.send(()).map_err(Error::internal)).await.unwrap_err();
    assert_eq!((late.code, late.retry_after), (Code::Unavailable, Some(1)));
    for reader in go_on {
        reader.send(()).unwrap();
    }
    assert_eq!(place.holds().await.1, 0);
    assert!(was_run.try_recv().is_err(), "it was given up");
}
