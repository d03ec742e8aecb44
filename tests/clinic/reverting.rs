//! Each migration leaves nothing behind when it is reverted, and can be run again.

use diesel::prelude::*;
use tandem::db::schema::{care_team, note};
use tandem::db::{self, Backend};
use tandem::ids::{Id, NoteId};

use crate::house::{Database, MORNING, Patient, Practice, Who};

/// The migrations before which there were no second signatures, and no referrals.
const ACCESS: &str = "20261122000000";
const REFERRALS: &str = "20261122000900";

#[test]
fn migrations_are_reverted_on_sqlite() {
    are_reverted(&Database::empty_sqlite());
}

#[test]
fn migrations_are_reverted_on_postgres() {
    if let Some(database) = Database::empty_postgres() {
        are_reverted(&database);
    }
}

fn are_reverted(database: &Database) {
    let (owner, application) = database.addresses();
    let ours = || {
        let query = match database.backend() {
            Backend::Sqlite => {
                "SELECT COUNT(*) FROM sqlite_master WHERE name NOT LIKE 'sqlite_%' \
                 AND tbl_name <> '__diesel_schema_migrations'"
            }
            Backend::Postgres => {
                "SELECT (SELECT COUNT(*) FROM pg_class c WHERE c.relnamespace = 'public'::regnamespace \
                 AND c.relname NOT LIKE '\\_\\_diesel%') \
                 + (SELECT COUNT(*) FROM pg_proc p WHERE p.pronamespace = 'public'::regnamespace)"
            }
        };
        database.count(query)
    };
    let migrations = db::migrate(owner, application).unwrap();
    let furnished = ours();
    assert!(furnished > 20, "the tables are there");
    database.furnish();
    lays_what_there_were_no_words_for(database);
    let members = database.count("SELECT COUNT(*) FROM care_team WHERE joined_by = 'referral'");
    assert!(members > 0, "somebody joined by referral");
    for migration in migrations.iter().rev() {
        db::revert(owner).unwrap();
        match migration.as_str() {
            REFERRALS => {
                let assigned = database.count("SELECT COUNT(*) FROM care_team WHERE joined_by = 'assignment'");
                assert_eq!(assigned, members, "whoever joined by referral stays on the care team");
            }
            ACCESS => {
                let draft = "state = 'draft' AND signed_at IS NULL AND draft = '{}' AND version = 2";
                let drafts = database.count(&format!("SELECT COUNT(*) FROM note WHERE {draft}"));
                assert_eq!(drafts, 1, "what waited for a second signature is a draft with its words");
            }
            _ => {}
        }
    }
    for known in [ACCESS, REFERRALS] {
        assert!(migrations.iter().any(|migration| migration == known), "{migrations:?}");
    }
    assert_eq!(ours(), 0, "nothing of ours is left");
    assert_eq!(db::migrate(owner, application).unwrap().len(), migrations.len());
    assert_eq!(ours(), furnished);
}

/// A note that waits for a second signature, and a care team that was joined by referral.
fn lays_what_there_were_no_words_for(database: &Database) {
    let (conn, id): (_, NoteId) = (&mut database.owner(), Id::new(MORNING, [1; 10]));
    diesel::insert_into(note::table)
        .values((
            note::id.eq(id),
            note::practice_id.eq(Practice::Lakeside.id()),
            note::patient_id.eq(Patient::Ana.id()),
            note::author_id.eq(Who::Massage.id()),
            note::discipline.eq("massage"),
            note::kind.eq("progress"),
            note::state.eq("awaiting_cosign"),
            note::service_at.eq(MORNING),
            note::created_at.eq(MORNING),
            note::signed_at.eq(MORNING),
            note::draft.eq("{}"),
            note::answers.eq("partly"),
            note::current_version.eq(0),
            note::version.eq(2),
        ))
        .execute(conn)
        .unwrap();
    diesel::update(care_team::table).set(care_team::joined_by.eq("referral")).execute(conn).unwrap();
}
