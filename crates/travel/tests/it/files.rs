//! Road files that are none.

use crate::worlds::{one_way, street};
use travel::{Error, ErrorKind, Network};

fn file() -> Vec<u8> {
    let network = Network::from_roads(vec![
        street(&[(0.0, 0.0), (500.0, 0.0), (500.0, 500.0)]),
        one_way(&[(500.0, 500.0), (0.0, 500.0), (0.0, 0.0)]),
    ])
    .expect("a network");
    let mut file = Vec::new();
    network.write(&mut file).expect("memory takes it");
    file
}

fn refused(file: &[u8]) -> Error {
    let error = Network::read(&mut &*file).expect_err("it is no road file");
    assert_eq!(error.kind, ErrorKind::Permanent, "{error}");
    assert!(error.message.starts_with("reading the road file: "), "{error}");
    assert!(error.message.ends_with("import the map again with `qm roads import`"), "{error}");
    error
}

#[test]
fn every_cut_and_every_change_is_found() {
    let file = file();
    for end in 0..file.len() {
        refused(&file[..end]);
    }
    for at in 0..file.len() {
        let mut changed = file.clone();
        changed[at] ^= 0x10;
        refused(&changed);
    }
}

#[test]
fn a_file_of_another_kind_or_version_says_so() {
    assert!(refused(b"").message.contains("it is empty"));
    assert!(refused(b"\x89PNG\r\n\x1a\nhello").message.contains("begins otherwise"));
    let mut later = file();
    later[8] = 2;
    assert!(refused(&later).message.contains("version 2"));
}

/// A body with a right hash, so that only its numbers are wrong.
fn signed(body: &[u8]) -> Vec<u8> {
    use sha2::{Digest, Sha256};
    let head = file();
    [&head[..12], &(body.len() as u64).to_le_bytes(), &Sha256::digest(body), body].concat()
}

#[test]
fn a_forged_body_is_refused_before_memory_is_taken() {
    let good = file();
    let body = &good[52..];
    Network::read(&mut signed(body).as_slice()).expect("the same again");
    refused(&signed(b""));
    // Counts far beyond the bytes that are there.
    refused(&signed(&[0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f]));
    for at in 0..body.len() {
        for change in [1, 0x3f, 0x40, 0x80, 0xff] {
            let mut changed = body.to_vec();
            changed[at] ^= change;
            // Some changes only move a point: then it is a network.
            if Network::read(&mut signed(&changed).as_slice()).is_err() {
                refused(&signed(&changed));
            }
        }
        let mut longer = body.to_vec();
        longer.insert(at, 0xff);
        let _ = Network::read(&mut signed(&longer).as_slice());
    }
}

#[test]
fn a_disk_that_fails_may_be_tried_again() {
    struct Broken;
    impl std::io::Read for Broken {
        fn read(&mut self, _: &mut [u8]) -> std::io::Result<usize> {
            Err(std::io::Error::other("the disk is gone"))
        }
    }
    let error = Network::read(&mut Broken).expect_err("broken");
    assert_eq!(error.kind, ErrorKind::Transient);
    assert!(error.message.contains("the disk is gone"), "{error}");
}
