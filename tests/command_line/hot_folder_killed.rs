//! A card full of photos, while everything that carries them is killed.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::time::SystemTime;

use super::watching::{Laptop, Watching, keys, large_jpeg};
use crate::server::get;

const PHOTOS: usize = 500;

fn name(n: usize) -> String {
    format!("DCIM/{}CANON/IMG_{n:04}.JPG", 100 + n / 100)
}

fn photo(n: usize) -> Vec<u8> {
    large_jpeg(n, 25_000)
}

/// Contents and times of all that lies in the folder.
fn state(folder: &Path) -> Vec<(String, Vec<u8>, SystemTime)> {
    let mut state = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap().map(Result::unwrap) {
            if entry.file_type().unwrap().is_dir() {
                folders.push(entry.path());
                continue;
            }
            let modified = entry.metadata().unwrap().modified().unwrap();
            let path = entry.path();
            state.push((path.to_str().unwrap().to_owned(), fs::read(&path).unwrap(), modified));
        }
    }
    state.sort();
    state
}

#[tokio::test(flavor = "multi_thread")]
async fn five_hundred_photos_are_there_once_though_watcher_and_server_are_killed() {
    let card = tempfile::tempdir().unwrap();
    for n in 0..PHOTOS {
        let path = card.path().join(name(n));
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, photo(n)).unwrap();
    }
    let before = state(card.path());
    // The race's rules are not there yet: photos are taken and wait.
    let laptop = Laptop::new();
    let mut server = laptop.serve(&[]).await;
    let more = ["--camera", "goal", "--to", &laptop.address()];
    let watching = || Watching::start("http://127.0.0.1:1", card.path(), &more);

    let mut first = watching();
    uploads(&mut first, 70).await;
    first.process.kill().await.unwrap();
    let mut second = watching();
    uploads(&mut second, 90).await;
    server.kill().await.unwrap();
    second.complains("no photo gets through").await;
    server = laptop.serve(&[]).await;
    uploads(&mut second, 110).await;
    second.process.kill().await.unwrap();
    let third = ["--camera", "goal", "--once", "--to", &laptop.address()];
    let mut third = Watching::start("http://127.0.0.1:1", card.path(), &third);
    let (status, complaints) = third.ends().await;
    assert!(status.success(), "{complaints:?}");

    let owner = laptop.owner();
    let there = keys(&owner, "race/photos/").await;
    let wanted: Vec<_> = (0..PHOTOS).map(|n| format!("race/photos/goal/{}", name(n))).collect();
    assert_eq!(there, wanted, "each under its own name and no other");
    let mut different = BTreeSet::new();
    for (n, key) in there.iter().enumerate() {
        let held = get(&owner, "kanso", key).await.unwrap();
        assert!(held == photo(n), "{key} is not what lies in the folder");
        different.insert(held);
    }
    assert_eq!(different.len(), PHOTOS);
    assert!(state(card.path()) == before, "the folder was changed");
    drop(server);
}

async fn uploads(watching: &mut Watching, count: usize) {
    for _ in 0..count {
        watching.says("uploaded").await;
    }
}
