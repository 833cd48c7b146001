//! A hot folder over a bad network: a store that is away for a while, and a thin line.

use std::fs;

use super::line::Line;
use super::watching::{Laptop, Watching, jpeg, keys, large_jpeg, venue};
use crate::server::get;

#[tokio::test(flavor = "multi_thread")]
async fn a_store_that_is_away_is_told_once_and_gets_everything_when_it_is_back() {
    const PHOTOS: usize = 30;
    let folder = tempfile::tempdir().unwrap();
    for n in 0..PHOTOS {
        fs::write(folder.path().join(format!("IMG_{n:04}.JPG")), jpeg(n as u8)).unwrap();
    }
    let laptop = Laptop::new();
    let more = ["--camera", "goal", "--to", &laptop.address()];
    let mut watching = Watching::start("http://127.0.0.1:1", folder.path(), &more);
    watching.complains("no photo gets through").await;
    tokio::time::sleep(std::time::Duration::from_secs(4)).await;
    let _server = laptop.serve(&[]).await;
    for _ in 0..PHOTOS {
        watching.says("uploaded").await;
    }
    assert_eq!(keys(&laptop.owner(), "race/photos/goal/").await.len(), PHOTOS);
    watching.process.start_kill().unwrap();
    let (_, complaints) = watching.ends().await;
    assert_eq!(complaints, ["kanso: photos get through again"], "and nothing of each photo");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_photo_that_takes_longer_than_anybody_waits_comes_through_a_thin_line() {
    let (data, folder) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let s = venue(data.path()).await;
    let store = s.address.strip_prefix("http://").unwrap().parse().unwrap();
    let line = Line::start(store, 400_000.0).await;
    let photo = large_jpeg(1, 600_000);
    fs::write(folder.path().join("IMG_0001.JPG"), &photo).unwrap();
    let address = format!("http://{}", line.address);
    let more = ["--camera", "goal", "--to", &address, "--patience", "0.5"];
    let mut watching = Watching::start(&address, folder.path(), &more);
    let told = watching.complains("no photo gets through").await;
    assert!(told.contains("within"), "{told}");
    watching.says("race/photos/goal/IMG_0001.JPG").await;
    assert_eq!(keys(&s.client, "race/").await, ["race/photos/goal/IMG_0001.JPG"]);
    let held = get(&s.client, "kanso", "race/photos/goal/IMG_0001.JPG").await.unwrap();
    assert!(held == photo);
}
