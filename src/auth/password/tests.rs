use std::sync::Barrier;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::channel;
use std::time::Duration;

use tokio::task::JoinSet;

use super::*;

const CHEAP: config::Argon2 = config::Argon2 { memory_kib: 8, iterations: 1, parallelism: 1 };

fn pool(threads: usize, queue: usize) -> Arc<PasswordPool> {
    Arc::new(PasswordPool::new(threads, queue, CHEAP).unwrap())
}

fn wrong(password: &str) -> Option<String> {
    check_new("/new_password", &password.into(), "Ana.Ruiz@Practice.example").err().map(|error| {
        assert_eq!(error.pointer, "/new_password");
        error.message
    })
}

#[test]
fn a_new_password_has_12_to_200_characters() {
    assert!(wrong("bluebird 42").unwrap().contains("between 12 and 200"));
    assert_eq!(wrong("bluebird 42!"), None);
    assert_eq!(wrong(&"blåbär".repeat(33)), None);
    assert!(wrong(&"blåbär".repeat(34)).unwrap().contains("between 12 and 200"));
}

#[test]
fn characters_are_counted_as_they_are_typed_not_as_they_are_encoded() {
    assert!(wrong("åäöåäö").is_some(), "6 letters in 12 bytes");
    assert!(wrong(&"a\u{30a}".repeat(6)).is_some(), "6 letters in 12 code points");
}

#[test]
fn neither_the_address_nor_what_everybody_takes_is_a_password() {
    assert!(wrong("ana.ruiz@practice.EXAMPLE").unwrap().contains("e-mail"));
    assert!(wrong("Password1234").unwrap().contains("tried first"));
    assert!(wrong("Physiotherapy1").unwrap().contains("tried first"));
}

#[test]
fn the_list_holds_only_passwords_that_length_alone_would_let_pass() {
    for common in COMMON.lines() {
        assert!((SHORTEST..=LONGEST).contains(&common.chars().count()), "{common}");
        assert_eq!(common, common.to_lowercase());
    }
}

#[tokio::test]
async fn only_the_right_password_verifies() {
    let pool = pool(1, 4);
    let phc = pool.hash("bluebird at dawn".into(), [7; 16]).await.unwrap();
    assert!(phc.starts_with("$argon2id$v=19$m=8,t=1,p=1$"), "{phc}");
    assert!(pool.verify("bluebird at dawn".into(), Some(phc.clone())).await.unwrap());
    assert!(!pool.verify("Bluebird at dawn".into(), Some(phc)).await.unwrap());
}

#[tokio::test]
async fn a_password_is_the_same_however_its_accents_are_encoded() {
    let pool = pool(1, 4);
    let phc = pool.hash("caf\u{e9} at the corner".into(), [7; 16]).await.unwrap();
    assert!(pool.verify("cafe\u{301} at the corner".into(), Some(phc)).await.unwrap());
}

#[tokio::test]
async fn a_password_past_the_longest_matches_none() {
    let pool = pool(1, 4);
    let longest = "x".repeat(LONGEST);
    let phc = pool.hash(longest.as_str().into(), [7; 16]).await.unwrap();
    assert!(pool.verify(longest.as_str().into(), Some(phc.clone())).await.unwrap());
    assert!(!pool.verify((longest + &"x".repeat(100_000)).into(), Some(phc)).await.unwrap());
}

#[tokio::test]
async fn nobody_signs_in_without_an_account() {
    let pool = pool(1, 4);
    for guess in ["nobody", "", "bluebird at dawn"] {
        assert!(!pool.verify(guess.into(), None).await.unwrap(), "{guess}");
    }
    let today = ParamsString::try_from(pool.hasher.argon2.params()).unwrap();
    assert_eq!(pool.hasher.nobody.password_hash().params, today, "an unknown account must cost what a known one does");
}

#[tokio::test]
async fn a_damaged_hash_is_a_defect_and_not_a_wrong_password() {
    let error = pool(1, 4).verify("bluebird at dawn".into(), Some("plain".into())).await.unwrap_err();
    assert_eq!(error.code, Code::Internal);
}

#[tokio::test]
async fn a_hash_at_yesterdays_costs_is_made_anew() {
    let yesterday = pool(1, 4).hash("bluebird at dawn".into(), [7; 16]).await.unwrap();
    let costs = config::Argon2 { iterations: 2, ..CHEAP };
    let today = PasswordPool::new(1, 4, costs).unwrap();
    assert!(today.needs_rehash(&yesterday));
    assert!(today.needs_rehash(&yesterday.replace("argon2id", "argon2i")));
    assert!(today.verify("bluebird at dawn".into(), Some(yesterday)).await.unwrap());
    let fresh = today.hash("bluebird at dawn".into(), [8; 16]).await.unwrap();
    assert!(!today.needs_rehash(&fresh));
}

#[tokio::test]
async fn a_full_queue_turns_away_at_once_and_says_when_to_come_back() {
    let pool = pool(2, 8);
    let phc = pool.hash("bluebird at dawn".into(), [7; 16]).await.unwrap();
    let gate = Arc::new(Barrier::new(3));
    let (started, starts) = channel();
    let block = || {
        let (gate, started) = (Arc::clone(&gate), started.clone());
        pool.enqueue(move || {
            started.send(()).unwrap();
            gate.wait();
        })
    };
    let _held = [block().unwrap(), block().unwrap()];
    starts.recv().unwrap();
    starts.recv().unwrap();

    let mut sign_ins = JoinSet::new();
    for _ in 0..100 {
        let (pool, phc) = (Arc::clone(&pool), phc.clone());
        sign_ins.spawn(async move { pool.verify("bluebird at dawn".into(), Some(phc)).await });
    }
    for _ in 0..92 {
        let error = sign_ins.join_next().await.unwrap().unwrap().unwrap_err();
        assert_eq!((error.code, error.retry_after), (Code::Unavailable, Some(2)));
    }
    gate.wait();
    let rest = sign_ins.join_all().await;
    assert_eq!(rest.len(), 8);
    assert!(rest.into_iter().all(|answer| answer.unwrap()), "who was let in is answered rightly");
}

#[tokio::test]
async fn no_more_passwords_are_hashed_at_once_than_there_are_threads() {
    let pool = pool(2, 32);
    let (running, most) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let mut answers = Vec::new();
    for _ in 0..20 {
        let (running, most) = (Arc::clone(&running), Arc::clone(&most));
        let job = move || {
            most.fetch_max(running.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
            #[expect(clippy::disallowed_methods, reason = "work that takes a while, on the pool's own threads")]
            thread::sleep(Duration::from_millis(3));
            running.fetch_sub(1, Ordering::SeqCst);
        };
        answers.push(pool.enqueue(job).unwrap());
    }
    for answer in answers {
        answer.await.unwrap();
    }
    assert!(most.load(Ordering::SeqCst) <= 2);
}

#[tokio::test]
async fn a_password_nobody_waits_for_any_more_is_not_hashed() {
    let pool = pool(1, 4);
    let gate = Arc::new(Barrier::new(2));
    let held = Arc::clone(&gate);
    let first = pool.enqueue(move || held.wait()).unwrap();
    let hashed = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&hashed);
    drop(pool.enqueue(move || count.fetch_add(1, Ordering::SeqCst)).unwrap());
    gate.wait();
    first.await.unwrap();
    pool.enqueue(|| ()).unwrap().await.unwrap();
    assert_eq!(hashed.load(Ordering::SeqCst), 0);
}
