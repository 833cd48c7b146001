//! Keys limited to a camera's prefix.

use kanso_endpoint::{Credentials, Scope, key_file};

use crate::server::{KEY, client, credentials, get, put, start_with, status};

#[tokio::test(flavor = "multi_thread")]
async fn a_photographers_key_writes_its_camera_only_and_deletes_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let scope = Scope::Prefixes(vec!["photos/race/photos/cam-a/".into()]);
    let keys = credentials().with_key("camera-a", "camera-secret", scope).unwrap();
    let s = start_with(dir.path(), keys, 100).await;
    s.client.create_bucket().bucket("photos").send().await.unwrap();
    put(&s.client, "photos", "race/photos/cam-b/1.jpg", b"b").await;

    let camera = client(&s.address, "camera-a", "camera-secret");
    put(&camera, "photos", "race/photos/cam-a/1.jpg", b"a").await;
    let own = camera.list_objects_v2().bucket("photos").prefix("race/photos/cam-a/").send().await;
    assert_eq!(own.unwrap().key_count(), Some(1));

    let other = "race/photos/cam-b/1.jpg";
    let write = camera.put_object().bucket("photos").key(other).send().await.unwrap_err();
    let read = camera.get_object().bucket("photos").key(other).send().await.unwrap_err();
    let copy = camera.copy_object().bucket("photos").key("race/photos/cam-a/2.jpg");
    let copy = copy.copy_source(format!("photos/{other}")).send().await.unwrap_err();
    let list = camera.list_objects_v2().bucket("photos").prefix("race/").send().await.unwrap_err();
    let delete = camera.delete_object().bucket("photos").key("race/photos/cam-a/1.jpg");
    let delete = delete.send().await.unwrap_err();
    let buckets = camera.list_buckets().send().await.unwrap_err();
    let statuses = [
        status(&write),
        status(&read),
        status(&copy),
        status(&list),
        status(&delete),
        status(&buckets),
    ];
    assert_eq!(statuses, [403; 6]);
    assert_eq!(get(&s.client, "photos", other).await.unwrap(), b"b");

    let wrong = client(&s.address, KEY, "another-secret");
    assert_eq!(status(&wrong.list_buckets().send().await.unwrap_err()), 403);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_counts_from_when_it_is_made_until_it_is_taken_away_without_a_restart() {
    let dir = tempfile::tempdir().unwrap();
    let (keys, _) = Credentials::load_or_create(dir.path()).unwrap();
    let (id, secret) = keys.primary();
    let (id, secret) = (id.to_owned(), secret.to_owned());
    let s = start_with(dir.path(), keys, 100).await;
    let owner = client(&s.address, &id, &secret);
    owner.create_bucket().bucket("kanso").send().await.unwrap();
    put(&owner, "kanso", "race/photos/cam-b/1.jpg", b"b").await;

    let made = key_file::add(dir.path(), &["kanso/race/photos/cam-a/".to_owned()]).unwrap();
    let camera = client(&s.address, &made.access_key_id, &made.secret_access_key);
    put(&camera, "kanso", "race/photos/cam-a/1.jpg", b"a").await;
    for other in ["race/photos/cam-b/2.jpg", "race/photos/cam-a2/1.jpg", "race/race.toml"] {
        let write = camera.put_object().bucket("kanso").key(other).send().await.unwrap_err();
        assert_eq!(status(&write), 403, "{other}");
    }
    let other = "race/photos/cam-b/1.jpg";
    let read = camera.get_object().bucket("kanso").key(other).send().await.unwrap_err();
    let head = camera.head_object().bucket("kanso").key(other).send().await.unwrap_err();
    let delete = camera.delete_object().bucket("kanso").key("race/photos/cam-a/1.jpg");
    let delete = delete.send().await.unwrap_err();
    let list = camera.list_objects_v2().bucket("kanso").send().await.unwrap_err();
    assert_eq!([status(&read), status(&head), status(&delete), status(&list)], [403; 4]);

    assert!(!key_file::remove(dir.path(), &id).unwrap(), "the first key stays");
    assert!(key_file::remove(dir.path(), &made.access_key_id).unwrap());
    let late = camera.put_object().bucket("kanso").key("race/photos/cam-a/3.jpg").send().await;
    assert_eq!(status(&late.unwrap_err()), 403);
    put(&owner, "kanso", "race/photos/cam-b/3.jpg", b"b").await;
}
