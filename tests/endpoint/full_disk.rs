//! A disk that fills up.

use std::path::Path;
use std::process::Command;

use crate::server::{get, put, start, status};

/// A small file system of its own, unmounted again.
struct SmallDisk<'p>(&'p Path);

impl<'p> SmallDisk<'p> {
    fn mount(path: &'p Path) -> Option<Self> {
        let mut mount = Command::new("mount");
        let mounted = mount.args(["-t", "tmpfs", "-o", "size=24m", "tmpfs"]).arg(path).status();
        mounted.is_ok_and(|s| s.success()).then_some(Self(path))
    }
}

impl Drop for SmallDisk<'_> {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("-l").arg(self.0).status();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_disk_is_said_plainly_loses_nothing_and_recovers() {
    let dir = tempfile::tempdir().unwrap();
    let Some(_disk) = SmallDisk::mount(dir.path()) else {
        assert!(std::env::var("CI").is_err(), "CI must be allowed to mount a tmpfs");
        eprintln!("SKIPPED: mounting a tmpfs needs root; the full disk was not tested");
        return;
    };
    let s = start(dir.path()).await;
    s.client.create_bucket().bucket("photos").send().await.unwrap();
    let photo = vec![7; 1 << 20];
    let mut stored = 0;
    let refused = loop {
        let call = s.client.put_object().bucket("photos").key(format!("{stored}"));
        match call.body(photo.clone().into()).send().await {
            Ok(_) => stored += 1,
            Err(error) => break error,
        }
    };
    assert_eq!(status(&refused), 507);
    assert!(format!("{refused:?}").contains("InsufficientStorage"));
    assert!(stored > 5, "{stored} photos fitted");
    assert!(s.endpoint.health().await.is_ok());
    for key in 0..stored {
        assert_eq!(get(&s.client, "photos", &format!("{key}")).await.unwrap(), photo);
    }
    for key in 0..3 {
        s.client.delete_object().bucket("photos").key(format!("{key}")).send().await.unwrap();
    }
    put(&s.client, "photos", "again", &photo).await;
    s.stop().await;
    let again = start(dir.path()).await;
    assert_eq!(get(&again.client, "photos", "again").await.unwrap(), photo);
    again.stop().await;
}

/// Something else fills the disk behind the store's back, down to the last page.
#[tokio::test(flavor = "multi_thread")]
async fn a_disk_filled_by_another_program_stops_writes_not_reads() {
    let dir = tempfile::tempdir().unwrap();
    let Some(_disk) = SmallDisk::mount(dir.path()) else {
        assert!(std::env::var("CI").is_err(), "CI must be allowed to mount a tmpfs");
        eprintln!("SKIPPED: mounting a tmpfs needs root; the full disk was not tested");
        return;
    };
    let s = start(dir.path()).await;
    s.client.create_bucket().bucket("photos").send().await.unwrap();
    put(&s.client, "photos", "kept", b"kept").await;
    let filler = dir.path().join("filler");
    let filled = std::fs::write(&filler, vec![0; 64 << 20]);
    assert!(filled.is_err(), "the disk was meant to be full");
    let put_empty = s.client.put_object().bucket("photos").key("empty").send().await.unwrap_err();
    assert_eq!(status(&put_empty), 507);
    let bucket = s.client.create_bucket().bucket("more").send().await.unwrap_err();
    assert_eq!(status(&bucket), 507);
    // A delete may be refused too, but must not break the store.
    let _ = s.client.delete_object().bucket("photos").key("nothing").send().await;
    assert_eq!(get(&s.client, "photos", "kept").await.unwrap(), b"kept");
    std::fs::remove_file(&filler).unwrap();
    put(&s.client, "photos", "empty", b"").await;
    assert_eq!(get(&s.client, "photos", "kept").await.unwrap(), b"kept");
    s.stop().await;
}
