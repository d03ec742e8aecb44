use std::process::Command;

use super::*;
use crate::audit::checkpoint::{Checkpoint, notes};
use crate::audit::merkle::{leaf_hash, verify_inclusion};
use crate::error::Code;

#[tokio::test]
async fn what_happened_is_sealed_in_order_and_signed_inside_and_outside() {
    for mut world in World::all("sealed") {
        world.happen(practice(), 5).await;
        world.happen(Log::Installation, 2).await;
        assert_eq!(world.seal().await, 7);
        assert_eq!(world.seal().await, 0);
        world.happen(practice(), 300).await;
        assert_eq!(world.seal().await, 300);
        world.happen(practice(), 1).await;
        for (log, sealed, waiting) in [(practice(), 305, 1), (Log::Installation, 2, 0)] {
            let report = world.verify(log);
            assert!(report.is_sound(), "{report}");
            assert_eq!((report.verified_to, report.unsealed, report.outside_to), (sealed, waiting, Some(sealed)));
        }
        assert_eq!(notes(&world.outside()).len(), 3);
        assert!(world.sealer.troubles().is_empty());
    }
}

#[tokio::test]
async fn a_day_s_backlog_is_sealed_in_several_steps() {
    for mut world in World::all("backlog") {
        for _ in 0..4 {
            world.happen(practice(), 600).await;
        }
        assert_eq!(world.seal().await, 2_400);
        let report = world.verify(practice());
        assert!(report.is_sound(), "{report}");
        assert_eq!((report.verified_to, report.checkpoints), (2_400, 3));
    }
}

#[tokio::test]
async fn a_crash_between_commit_and_file_is_made_good_at_the_next_start() {
    for mut world in World::all("crash") {
        world.happen(practice(), 3).await;
        world.seal().await;
        let path = world.dir.path("checkpoints.txt");
        let whole = world.outside();
        world.happen(practice(), 3).await;
        world.seal().await;
        // The second note was torn, the process died.
        std::fs::write(&path, format!("{whole}{}", &whole[..50])).unwrap();
        world.sealer = World::sealer(&world.dir);
        assert_eq!(world.seal().await, 0);
        let report = world.verify(practice());
        assert!(report.is_sound(), "{report}");
        assert_eq!((report.outside_to, notes(&world.outside()).len()), (Some(6), 2));
    }
}

#[tokio::test]
async fn a_file_that_cannot_be_written_is_told_and_made_up_for_later() {
    for mut world in World::all("unwritable") {
        let path = world.dir.path("checkpoints.txt");
        std::fs::create_dir(&path).unwrap();
        world.happen(practice(), 3).await;
        assert_eq!(world.seal().await, 3);
        assert_eq!(world.sealer.troubles(), [Trouble::CheckpointFile]);
        std::fs::remove_dir(&path).unwrap();
        world.happen(practice(), 1).await;
        assert_eq!(world.seal().await, 1);
        assert!(world.sealer.troubles().is_empty());
        assert_eq!(world.verify(practice()).outside_to, Some(4));
    }
}

#[tokio::test]
async fn a_database_older_than_the_file_outside_is_noticed_at_the_start() {
    for mut world in World::all("older") {
        world.happen(practice(), 3).await;
        world.seal().await;
        let root = crate::audit::merkle::empty_root();
        let later = Checkpoint { log: practice(), size: 9, root }.sign(&[&key(1)]);
        std::fs::write(world.dir.path("checkpoints.txt"), world.outside() + &later).unwrap();
        world.sealer = World::sealer(&world.dir);
        world.seal().await;
        assert_eq!(world.sealer.troubles(), [Trouble::LogShortened]);
    }
}

#[tokio::test]
async fn nothing_more_is_sealed_on_a_damaged_tree_and_other_logs_go_on() {
    for mut world in World::all("damaged") {
        world.happen(practice(), 3).await;
        world.seal().await;
        let other = world.bytes(&"07".repeat(96));
        world.sql(&format!("UPDATE audit_tile SET hashes = {other}"));
        world.happen(practice(), 3).await;
        world.happen(Log::Installation, 2).await;
        assert_eq!(world.seal().await, 2);
        assert_eq!(world.sealer.troubles(), [Trouble::LogDamaged]);
        let report = world.verify(practice());
        assert!(report.is_sound(), "tiles are not believed: {report}");
        assert_eq!((report.verified_to, report.unsealed), (3, 3));
        assert_eq!(prove(&mut world.owner, practice(), world.sealer.keys(), 0, None).unwrap_err().code, Code::Internal);
    }
}

#[tokio::test]
async fn an_event_is_proven_against_any_checkpoint_that_holds_it() {
    for mut world in World::all("proof") {
        for _ in 0..3 {
            world.happen(practice(), 100).await;
            world.seal().await;
        }
        let keys = world.sealer.keys().to_vec();
        for (seq, size) in [(0, None), (99, Some(100)), (100, Some(200)), (299, Some(300)), (17, Some(200))] {
            let (proof, leaf) = prove(&mut world.owner, practice(), &keys, seq, size).unwrap();
            let signed = Checkpoint::open(&proof.checkpoint, &keys).unwrap();
            assert_eq!((signed.size, signed.root), (size.unwrap_or(300), proof.root));
            assert!(verify_inclusion(leaf_hash(&leaf), seq, signed.size, &proof.proof, signed.root));
        }
        for (seq, size) in [(300, None), (100, Some(100)), (0, Some(7)), (u64::MAX, None)] {
            let refused = prove(&mut world.owner, practice(), &keys, seq, size).unwrap_err();
            assert_eq!(refused.code, Code::NotFound, "{seq} in {size:?}");
        }
        let newest = checkpoints(&mut world.owner, practice(), None, 2).unwrap();
        assert_eq!(newest.iter().map(|checkpoint| checkpoint.size).collect::<Vec<_>>(), [300, 200]);
        let before = checkpoints(&mut world.owner, practice(), Some(200), 2).unwrap();
        assert_eq!(before.iter().map(|checkpoint| checkpoint.size).collect::<Vec<_>>(), [100]);
    }
}

#[tokio::test]
async fn an_export_is_verified_by_the_documented_program() {
    if crate::audit::sample::python_is_left_out() {
        return;
    }
    for mut world in World::all("export") {
        world.happen(practice(), 520).await;
        world.seal().await;
        world.happen(practice(), 7).await;
        world.seal().await;
        let keys = world.sealer.keys().to_vec();
        let mut exported = Vec::new();
        assert_eq!(export(&mut world.owner, practice(), &keys, &mut exported).unwrap(), 527);
        let (file, key) = (world.dir.path("export.jsonl"), world.dir.path("key"));
        std::fs::write(&file, exported).unwrap();
        std::fs::write(&key, public_keys(&[Log::Installation, practice()], &keys)).unwrap();
        let script = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/verify_audit.py");
        let outside = world.dir.path("checkpoints.txt");
        let output = Command::new("python3").arg(script).args([file, key, outside]).output();
        let output = output.expect("python3 must be installed: the documented verifier is tested with it");
        let said = String::from_utf8_lossy(&output.stdout);
        assert_eq!(said.trim(), "verified to 527, up to 527 against checkpoints from outside");
    }
}

#[tokio::test]
async fn what_verifying_came_to_is_kept_in_place_of_what_it_came_to_before() {
    for mut world in World::all("kept") {
        assert_eq!(last_verification(&mut world.owner, practice()).unwrap(), None);
        world.happen(practice(), 3).await;
        for unsealed in [3, 0] {
            let report = world.verify(practice());
            keep(&mut world.owner, &report, world.now).unwrap();
            let kept = last_verification(&mut world.owner, practice()).unwrap().unwrap();
            assert_eq!((kept.at, kept.sound, kept.unsealed), (world.now, true, unsealed));
            world.seal().await;
        }
        assert_eq!(last_verification(&mut world.owner, Log::Installation).unwrap(), None);
    }
}

#[tokio::test]
async fn the_logs_are_those_of_the_practices_and_of_the_file_outside() {
    for mut world in World::all("logs") {
        assert_eq!(logs(&mut world.owner, "").unwrap(), [Log::Installation]);
        world.happen(practice(), 1).await;
        world.seal().await;
        let outside = world.outside();
        assert_eq!(logs(&mut world.owner, &outside).unwrap(), [Log::Installation, practice()]);
    }
}
