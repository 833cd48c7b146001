//! A hot folder whose reduced copies go first, over a thin line to a server with a race.

use std::collections::BTreeMap;
use std::fs;

use serde_json::Value;

use super::line::Line;
use super::venue::{RESULTS, RULES, large_photo};
use super::watching::{Laptop, OWNER, Watching, jpeg, keys, watch};
use crate::server::{client, get, put};

/// In the key, whose runner has finished.
const NAMES: [&str; 3] = ["IMG_1_bib1.JPG", "IMG_2_bib2.JPG", "IMG_3_bib1.JPG"];
const PLACE: &str = "race/photos/goal/";

/// What holds of each certificate that there is.
async fn current(owner: &aws_sdk_s3::Client) -> BTreeMap<String, Value> {
    let mut current = BTreeMap::new();
    for key in keys(owner, "race/certificates/").await {
        if key.ends_with("/current.json") {
            let bytes = get(owner, "kanso", &key).await.unwrap();
            current.insert(key, serde_json::from_slice(&bytes).unwrap());
        }
    }
    current
}

async fn wait(what: &str, mut so: impl AsyncFnMut() -> bool) {
    for _ in 0..600 {
        if so().await {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    }
    panic!("{what} does not come");
}

#[tokio::test(flavor = "multi_thread")]
async fn certificates_are_there_before_the_files_which_take_their_copies_places() {
    let laptop = Laptop::new();
    let _server = laptop.serve(&[]).await;
    let owner = client(&laptop.address(), OWNER.0, OWNER.1);
    put(&owner, "kanso", "race/race.toml", RULES.as_bytes()).await;
    put(&owner, "kanso", "race/results.csv", RESULTS.as_bytes()).await;
    let folder = tempfile::tempdir().unwrap();
    let mut files = BTreeMap::new();
    for (n, name) in NAMES.iter().enumerate() {
        let bytes = [large_photo(60 + n as u8), vec![0; 900_000]].concat();
        fs::write(folder.path().join(name), &bytes).unwrap();
        files.insert(format!("{PLACE}{name}"), bytes);
    }
    let store = laptop.address().strip_prefix("http://").unwrap().parse().unwrap();
    let line = Line::start(store, 500_000.0).await;
    let address = format!("http://{}", line.address);
    let more = ["--camera", "goal", "--proxy", "--to", &address];
    let mut watching = Watching::start(&address, folder.path(), &more);
    for _ in NAMES {
        let told = watching.says("reduced").await;
        assert!(told.contains("to follow"), "{told}");
    }
    watching.process.start_kill().unwrap();
    watching.ends().await;
    wait("a certificate of each copy", async || current(&owner).await.len() == NAMES.len()).await;
    let first = current(&owner).await;
    assert!(first.values().all(|current| current["revision"] == 1), "{first:?}");

    // Started again, it knows the copies, and sends what is new before the files.
    fs::write(folder.path().join("IMG_4.JPG"), jpeg(9)).unwrap();
    let mut command = watch(folder.path(), &[&more[..], &["--once"]].concat());
    let (status, complaints) = Watching::spawn(&mut command).ends().await;
    assert!(status.success(), "{complaints:?}");
    files.insert(format!("{PLACE}IMG_4.JPG"), jpeg(9));
    for (key, bytes) in &files {
        assert!(get(&owner, "kanso", key).await.unwrap() == *bytes, "{key}");
    }
    assert_eq!(keys(&owner, PLACE).await.len(), files.len(), "nothing beside them");
    wait("the certificates of the files", async || {
        let now = current(&owner).await;
        now.keys().eq(first.keys()) && now.values().all(|current| current["revision"] == 2)
    })
    .await;
    let void = current(&owner).await.into_values().filter(|current| !current["void"].is_null());
    assert_eq!(void.count(), 0);

    // Once more, with and without: everything is there.
    for more in [&["--camera", "goal", "--proxy", "--once"][..], &["--camera", "goal", "--once"]] {
        let mut again =
            Watching::spawn(watch(folder.path(), more).env("AWS_ENDPOINT_URL", &address));
        for _ in &files {
            again.says("there").await;
        }
        assert!(again.ends().await.0.success());
    }
}
