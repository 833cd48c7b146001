//! What a photographer's day does to a hot folder: cards that come and go, names from
//! everywhere, and files that somebody broke off.

use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, symlink};
use std::path::Path;
use std::time::Duration;

use tokio::process::Command;

use super::watching::{PHOTOGRAPHER, Watching, jpeg, keys, venue, watch};
use crate::server::{credentials, get, start_with};

#[tokio::test(flavor = "multi_thread")]
async fn a_card_that_is_pulled_out_and_put_back_loses_no_photo() {
    let (data, reader) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    // The photographer's key is not known yet, so that all photos still wait.
    let s = start_with(data.path(), credentials().with_photographers_of(data.path()), 100).await;
    s.client.create_bucket().bucket("kanso").send().await.unwrap();
    let (card, away) = (reader.path().join("EOS_DIGITAL"), reader.path().join("away"));
    fs::create_dir_all(card.join("DCIM/100CANON")).unwrap();
    for n in 1..=4 {
        fs::write(card.join(format!("DCIM/100CANON/IMG_000{n}.JPG")), jpeg(n)).unwrap();
    }
    let mut watching = Watching::start(&s.address, &card, &["--camera", "goal"]);
    for _ in 0..4 {
        watching.complains("again in").await;
    }
    fs::rename(&card, &away).unwrap();
    let told = watching.complains("cannot read").await;
    assert!(told.contains("EOS_DIGITAL"), "{told}");
    // Long enough for each photo's turn to come while the card is away.
    tokio::time::sleep(Duration::from_millis(2500)).await;
    fs::write(data.path().join("credentials.toml"), PHOTOGRAPHER).unwrap();
    fs::rename(&away, &card).unwrap();
    for _ in 0..4 {
        watching.says("uploaded").await;
    }
    assert_eq!(keys(&s.client, "race/photos/goal/DCIM/100CANON/").await.len(), 4);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_folder_and_a_file_that_cannot_be_read_are_told_and_hold_nothing_else_up() {
    let (data, folder) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let s = venue(data.path()).await;
    fs::create_dir(folder.path().join("closed")).unwrap();
    for name in ["closed/IMG_0001.JPG", "IMG_0002.JPG", "IMG_0003.JPG"] {
        fs::write(folder.path().join(name), jpeg(1)).unwrap();
    }
    let mode = |name, mode| {
        fs::set_permissions(folder.path().join(name), fs::Permissions::from_mode(mode)).unwrap();
    };
    mode("closed", 0o000);
    mode("IMG_0002.JPG", 0o000);
    let command = watch(folder.path(), &["--camera", "goal", "--once", "--to", &s.address]);
    let mut command = without_privilege(command, folder.path());
    let (status, complaints) = Watching::spawn(&mut command).ends().await;
    assert_eq!(status.code(), Some(1), "{complaints:?}");
    let told = |words| complaints.iter().any(|line| line.contains(words));
    assert!(told("closed") && told("IMG_0002.JPG: it cannot be read"), "{complaints:?}");
    assert_eq!(keys(&s.client, "race/").await, ["race/photos/goal/IMG_0003.JPG"]);
    mode("closed", 0o700);
}

/// A superuser reads everything, and the tests may run as one.
fn without_privilege(command: Command, folder: &Path) -> Command {
    if fs::metadata(folder).unwrap().uid() != 0 {
        return command;
    }
    let (command, rights) = (command.as_std(), "-dac_override,-dac_read_search");
    let mut plain = Command::new("setpriv");
    plain.args(["--bounding-set", rights, "--inh-caps", rights]);
    plain.arg(command.get_program()).args(command.get_args());
    for (name, value) in command.get_envs() {
        match value {
            Some(value) => plain.env(name, value),
            None => plain.env_remove(name),
        };
    }
    plain
}

#[tokio::test(flavor = "multi_thread")]
async fn a_transfer_that_was_broken_off_is_told_and_does_not_keep_once_from_ending() {
    let (data, folder) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let s = venue(data.path()).await;
    fs::write(folder.path().join("IMG_0001.JPG"), jpeg(1)).unwrap();
    fs::write(folder.path().join("IMG_0002.JPG"), &jpeg(2)[..2000]).unwrap();
    fs::write(folder.path().join("IMG_0003.JPG"), "").unwrap();
    let mut watching = Watching::start(&s.address, folder.path(), &["--camera", "goal", "--once"]);
    for _ in 0..2 {
        watching.says("not whole").await;
    }
    let (status, _) = watching.ends().await;
    assert_eq!(status.code(), Some(1), "somebody has to look after the two");
    assert_eq!(keys(&s.client, "race/").await, ["race/photos/goal/IMG_0001.JPG"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_card_is_taken_for_no_camera() {
    let (data, card) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let s = venue(data.path()).await;
    fs::create_dir_all(card.path().join("DCIM/100CANON")).unwrap();
    fs::write(card.path().join("DCIM/100CANON/IMG_0001.JPG"), jpeg(1)).unwrap();
    let (status, complaints) = Watching::start(&s.address, card.path(), &["--once"]).ends().await;
    assert_eq!(status.code(), Some(1));
    assert!(complaints[0].contains("DCIM is no camera's folder"), "{complaints:?}");
    assert!(complaints[0].contains("--camera"), "{complaints:?}");
    let (status, _) =
        Watching::start(&s.address, card.path(), &["--once", "--camera", "goal"]).ends().await;
    assert!(status.success());
    let key = "race/photos/goal/DCIM/100CANON/IMG_0001.JPG";
    assert_eq!(keys(&s.client, "race/").await, [key]);
}

#[tokio::test(flavor = "multi_thread")]
async fn names_from_every_system_go_up_as_one_or_are_told() {
    let (data, folder) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let s = venue(data.path()).await;
    let write = |path: &Path, shade| {
        fs::create_dir_all(folder.path().join(path).parent().unwrap()).unwrap();
        fs::write(folder.path().join(path), jpeg(shade)).unwrap();
    };
    // The same photo, copied once by a Mac, which takes the name apart.
    write("ガ_1.JPG".as_ref(), 1);
    write("カ\u{3099}_1.JPG".as_ref(), 1);
    // A name as an old Japanese FTP client sends it.
    write(OsStr::from_bytes(b"\x8e\xca\x90^.JPG").as_ref(), 2);
    write("two\nlines.JPG".as_ref(), 3);
    // A disk station's thumbnails, a bin, and links that lead in circles.
    write("@eaDir/IMG_1.JPG/SYNOPHOTO_THUMB_XL.jpg".as_ref(), 4);
    write("$RECYCLE.BIN/IMG_2.JPG".as_ref(), 5);
    symlink(folder.path(), folder.path().join("round")).unwrap();
    symlink("itself.JPG", folder.path().join("itself.JPG")).unwrap();
    // A folder may be called as no photo is.
    write("best.mov/IMG_3.JPG".as_ref(), 6);
    let more = ["--camera", "goal", "--once"];
    let (status, mut complaints) = Watching::start(&s.address, folder.path(), &more).ends().await;
    assert_eq!(status.code(), Some(1));
    complaints.sort();
    let complaints = complaints.join("\n");
    assert_eq!(complaints.matches("refused").count(), 2, "{complaints}");
    assert!(complaints.contains("not Unicode; rename it"), "{complaints}");
    assert!(complaints.contains("control character; rename it"), "{complaints}");
    let all = ["race/photos/goal/best.mov/IMG_3.JPG", "race/photos/goal/ガ_1.JPG"];
    assert_eq!(keys(&s.client, "race/").await, all);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_photo_that_takes_another_ones_name_goes_up_beside_it() {
    let (data, folder) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let s = venue(data.path()).await;
    let path = folder.path().join("IMG_0001.JPG");
    fs::write(&path, jpeg(1)).unwrap();
    let mut watching = Watching::start(&s.address, folder.path(), &["--camera", "goal"]);
    watching.says("uploaded").await;
    fs::write(&path, jpeg(2)).unwrap();
    watching.says("uploaded").await;
    // The first one again, from another card: it is there.
    fs::write(&path, jpeg(1)).unwrap();
    watching.says("there     race/photos/goal/IMG_0001.JPG").await;
    let mut photos = Vec::new();
    for key in keys(&s.client, "race/").await {
        photos.push(get(&s.client, "kanso", &key).await.unwrap());
    }
    photos.sort();
    let mut both = vec![jpeg(1), jpeg(2)];
    both.sort();
    assert!(photos == both, "{} photos", photos.len());
}

#[tokio::test(flavor = "multi_thread")]
async fn two_watchers_of_one_folder_send_each_photo_once() {
    let (data, folder) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let s = venue(data.path()).await;
    for n in 0..20 {
        fs::write(folder.path().join(format!("IMG_{n:04}.JPG")), jpeg(n)).unwrap();
    }
    let more = ["--camera", "goal", "--once"];
    let [mut one, mut other] = [(); 2].map(|()| Watching::start(&s.address, folder.path(), &more));
    let ((one, _), (other, _)) = tokio::join!(one.ends(), other.ends());
    assert!(one.success() && other.success());
    assert_eq!(keys(&s.client, "race/").await.len(), 20);
}
