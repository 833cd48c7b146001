//! A folder whose photos go to S3 by themselves.

use std::fs::{self, File};
use std::io::Write as _;

use kanso_endpoint::{Credentials, Notice};

use super::watching::{CAMERA_SECRET, PHOTOGRAPHER, Watching, jpeg, venue};
use crate::server::{client, get, put, start_with, status};

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_grows_slowly_goes_up_once_and_whole() {
    let (data, folder) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let mut s = venue(data.path()).await;
    let camera = folder.path().join("goal/100CANON");
    fs::create_dir_all(&camera).unwrap();
    let photo = jpeg(1);
    let mut file = File::create(camera.join("IMG_0001.JPG")).unwrap();
    file.write_all(&photo[..photo.len() / 2]).unwrap();
    file.sync_all().unwrap();
    let mut watching = Watching::start(&s.address, folder.path(), &[]);
    // It keeps still for longer than the watcher waits, and is not taken for whole.
    let waits = watching.says("IMG_0001.JPG").await;
    assert!(waits.contains("not whole"), "{waits}");
    let key = "race/photos/goal/100CANON/IMG_0001.JPG";
    assert_eq!(get(&s.client, "kanso", key).await, None);
    for part in photo[photo.len() / 2..].chunks(400) {
        file.write_all(part).unwrap();
        file.sync_all().unwrap();
    }
    drop(file);
    // What came under a passing name, as file servers write, goes up under its own.
    fs::write(camera.join("IMG_0002.JPG.filepart"), jpeg(2)).unwrap();
    watching.says(&format!("uploaded  {key}")).await;
    fs::rename(camera.join("IMG_0002.JPG.filepart"), camera.join("IMG_0002.JPG")).unwrap();
    watching.says("uploaded  race/photos/goal/100CANON/IMG_0002.JPG").await;
    assert_eq!(get(&s.client, "kanso", key).await.unwrap(), photo);
    for name in ["IMG_0001.JPG", "IMG_0002.JPG"] {
        let Some(Notice::Event(event)) = s.events.next().await else { panic!("no event") };
        let told = event["Records"][0]["s3"]["object"]["key"].as_str().unwrap();
        assert!(told.ends_with(name), "{told}: each photo is written once");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_watcher_killed_in_the_middle_goes_on_and_writes_nothing_twice() {
    const PHOTOS: usize = 24;
    let (data, folder) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let mut s = venue(data.path()).await;
    for n in 0..PHOTOS {
        fs::write(folder.path().join(format!("IMG_{n:04}.JPG")), jpeg(n as u8)).unwrap();
    }
    let mut first = Watching::start(&s.address, folder.path(), &["--camera", "goal"]);
    for _ in 0..5 {
        first.says("uploaded").await;
    }
    first.process.kill().await.unwrap();
    let mut second = Watching::start(&s.address, folder.path(), &["--camera", "goal", "--once"]);
    let ended = second.process.wait().await.unwrap();
    assert!(ended.success());
    let listed = s.client.list_objects_v2().bucket("kanso").prefix("race/photos/goal/");
    assert_eq!(listed.send().await.unwrap().key_count(), Some(PHOTOS as i32));
    for n in 0..PHOTOS {
        let key = format!("race/photos/goal/IMG_{n:04}.JPG");
        assert_eq!(get(&s.client, "kanso", &key).await.unwrap(), jpeg(n as u8), "{key}");
    }
    let mut written = Vec::new();
    for _ in 0..PHOTOS {
        let Some(Notice::Event(event)) = s.events.next().await else { panic!("no event") };
        written.push(event["Records"][0]["s3"]["object"]["key"].as_str().unwrap().to_owned());
    }
    written.sort();
    written.dedup();
    assert_eq!(written.len(), PHOTOS);
    // Were one written twice, its event would come before this one.
    put(&s.client, "kanso", "last", b"x").await;
    let Some(Notice::Event(event)) = s.events.next().await else { panic!("no event") };
    assert_eq!(event["Records"][0]["s3"]["object"]["key"], "last");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_name_that_another_photo_has_and_what_is_no_photo_lose_nothing() {
    let (data, folder) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let s = venue(data.path()).await;
    let key = "race/photos/goal/IMG_0001.JPG";
    put(&s.client, "kanso", key, &jpeg(9)).await;
    fs::create_dir(folder.path().join("goal")).unwrap();
    fs::write(folder.path().join("goal/IMG_0001.JPG"), jpeg(1)).unwrap();
    fs::write(folder.path().join("goal/notes.txt"), "no photo").unwrap();
    fs::write(folder.path().join("stray.JPG"), jpeg(2)).unwrap();
    let mut watching = Watching::start(&s.address, folder.path(), &["--once"]);
    let status = watching.process.wait().await.unwrap();
    assert_eq!(status.code(), Some(1), "some could not go up");
    let mut complaints = Vec::new();
    while let Some(line) = watching.complained.next_line().await.unwrap() {
        complaints.push(line);
    }
    complaints.sort();
    assert!(complaints[0].contains("notes.txt") && complaints.len() == 2, "{complaints:?}");
    assert!(complaints[1].contains("stray.JPG") && complaints[1].contains("--camera"));
    assert_eq!(get(&s.client, "kanso", key).await.unwrap(), jpeg(9), "nothing is written over");
    let listed = s.client.list_objects_v2().bucket("kanso").prefix("race/photos/goal/IMG_0001");
    let listed = listed.send().await.unwrap();
    let beside = listed.contents().iter().filter_map(|o| o.key()).find(|k| *k != key).unwrap();
    assert_eq!(get(&s.client, "kanso", beside).await.unwrap(), jpeg(1));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cameras_and_systems_leave_beside_photos_is_left_out_and_counted() {
    let (data, folder) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let s = venue(data.path()).await;
    fs::write(folder.path().join("IMG_0001.JPG"), jpeg(1)).unwrap();
    for name in ["IMG_0001.CR3", "MVI_0002.MOV", "IMG_0001.XMP", "._IMG_0001.JPG", "Thumbs.db"] {
        fs::write(folder.path().join(name), "no photo").unwrap();
    }
    let mut watching = Watching::start(&s.address, folder.path(), &["--camera", "goal", "--once"]);
    let told = watching.says("left out").await;
    let counted = "1 raw file, 1 video, 1 side file, 2 system files";
    assert!(told.contains(counted), "{told}");
    assert!(watching.process.wait().await.unwrap().success(), "nothing went wrong");
    let listed = s.client.list_objects_v2().bucket("kanso").prefix("race/photos/").send().await;
    assert_eq!(listed.unwrap().key_count(), Some(1));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_fails_says_why_and_goes_up_when_it_can() {
    let (data, folder) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let (keys, _) = Credentials::load_or_create(data.path()).unwrap();
    let (id, secret) = keys.primary();
    let (id, secret) = (id.to_owned(), secret.to_owned());
    let s = start_with(data.path(), keys, 100).await;
    let owner = client(&s.address, &id, &secret);
    owner.create_bucket().bucket("kanso").send().await.unwrap();
    fs::write(folder.path().join("IMG_0001.JPG"), jpeg(1)).unwrap();
    let mut watching = Watching::start(&s.address, folder.path(), &["--camera", "goal"]);
    let why = watching.complains("IMG_0001.JPG").await;
    assert!(why.contains("403") && why.contains("again in"), "{why}");
    // The operator gives the photographer's key after all.
    let file = data.path().join("credentials.toml");
    let text = fs::read_to_string(&file).unwrap() + PHOTOGRAPHER;
    fs::write(&file, text).unwrap();
    watching.says("uploaded  race/photos/goal/IMG_0001.JPG").await;
    let other = client(&s.address, "camera", CAMERA_SECRET);
    let write = other.put_object().bucket("kanso").key("race/photos/other/1.JPG").send().await;
    assert_eq!(status(&write.unwrap_err()), 403);
}
