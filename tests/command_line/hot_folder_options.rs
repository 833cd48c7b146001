//! How a hot folder is started, and what it refuses at the start.

use std::ffi::OsString;
use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use super::kanso;
use super::watching::{Laptop, Watching, jpeg, keys, venue, watch};
use crate::server::{KEY, SECRET, put};

fn complaint(output: &Output) -> String {
    assert_eq!(output.status.code(), Some(2));
    String::from_utf8(output.stderr.clone()).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_server_that_to_names_goes_before_the_environments() {
    let (data, folder) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let s = venue(data.path()).await;
    fs::write(folder.path().join("IMG_0001.JPG"), jpeg(1)).unwrap();
    let more = ["--camera", "goal", "--once", "--to", &s.address];
    let mut command = watch(folder.path(), &more);
    command.env("AWS_ENDPOINT_URL", "http://127.0.0.1:1");
    let (status, complaints) = Watching::spawn(&mut command).ends().await;
    assert!(status.success(), "{complaints:?}");
    assert_eq!(keys(&s.client, "race/").await, ["race/photos/goal/IMG_0001.JPG"]);
    for wrong in ["laptop:9000", "http://", "ftp://laptop", "http://laptop:9000/kanso"] {
        let (status, told) =
            Watching::spawn(&mut watch(folder.path(), &["--to", wrong])).ends().await;
        assert_eq!(status.code(), Some(2));
        assert!(told.join(" ").contains("http://laptop:9000"), "{wrong}: {told:?}");
    }
    let mut command = watch(folder.path(), &more);
    command.env_remove("AWS_ACCESS_KEY_ID");
    let (status, told) = Watching::spawn(&mut command).ends().await;
    assert_eq!(status.code(), Some(2));
    let told = told.join(" ");
    assert!(told.contains("AWS_ACCESS_KEY_ID is not set") && told.contains("kanso key"), "{told}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_race_may_be_left_out_where_there_is_one_that_the_key_can_see() {
    let (data, folder) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let s = venue(data.path()).await;
    fs::write(folder.path().join("IMG_0001.JPG"), jpeg(1)).unwrap();
    let without_race = |key: &str, secret: &str| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_kanso"));
        command.args(["watch", "--camera", "goal", "--once", "--settle", "0.1", "--to"]);
        command.args([s.address.as_str(), folder.path().to_str().unwrap()]);
        command.env("AWS_ACCESS_KEY_ID", key).env("AWS_SECRET_ACCESS_KEY", secret);
        command.output().unwrap()
    };
    let told = complaint(&without_race("camera", super::watching::CAMERA_SECRET));
    assert!(told.contains("cannot look for the race") && told.contains("--race"), "{told}");
    let told = complaint(&without_race(KEY, SECRET));
    assert!(told.contains("no race") && told.contains("--race"), "{told}");
    put(&s.client, "kanso", "spring-half/race.toml", b"").await;
    let output = without_race(KEY, SECRET);
    assert!(output.status.success());
    assert!(String::from_utf8(output.stdout).unwrap().contains("spring-half"));
    put(&s.client, "kanso", "autumn-half/race.toml", b"").await;
    let told = complaint(&without_race(KEY, SECRET));
    assert!(told.contains("--race: autumn-half, spring-half"), "{told}");
}

/// `--watch DIR=CAMERA`
fn watched(folder: &Path, camera: &str) -> [OsString; 2] {
    ["--watch".into(), format!("{}={camera}", folder.display()).into()]
}

#[tokio::test(flavor = "multi_thread")]
async fn the_server_watches_folders_beside_itself_each_for_its_camera() {
    let folders = [(); 3].map(|()| tempfile::tempdir().unwrap());
    let [goal, start, by_name] = folders.each_ref().map(tempfile::TempDir::path);
    // An equals sign of the folder's own is no camera's.
    let by_name = by_name.join("day=1");
    fs::create_dir_all(by_name.join("middle")).unwrap();
    fs::write(goal.join("IMG_0001.JPG"), jpeg(1)).unwrap();
    fs::write(start.join("IMG_0001.JPG"), jpeg(2)).unwrap();
    fs::write(by_name.join("middle/IMG_0001.JPG"), jpeg(3)).unwrap();
    let mut options = vec!["--watch-race".into(), "race".into()];
    options.extend(watched(goal, "goal"));
    options.extend(watched(start, "start"));
    options.extend(["--watch".into(), by_name.into_os_string()]);
    let laptop = Laptop::new();
    let options: Vec<_> = options.iter().map(OsString::as_os_str).collect();
    let _server = laptop.serve(&options).await;
    let cameras = ["goal", "middle", "start"];
    let wanted = cameras.map(|camera| format!("race/photos/{camera}/IMG_0001.JPG"));
    let owner = laptop.owner();
    let there = async {
        while keys(&owner, "race/photos/").await != wanted {
            tokio::time::sleep(std::time::Duration::from_millis(100)).await;
        }
    };
    let there = tokio::time::timeout(std::time::Duration::from_secs(60), there).await;
    assert!(there.is_ok(), "{:?}", keys(&owner, "race/photos/").await);
}

#[test]
fn what_cannot_be_watched_beside_the_server_is_refused_at_the_start() {
    let folder = tempfile::tempdir().unwrap();
    let ftp = folder.path().join("ftp");
    fs::create_dir_all(ftp.join("inner")).unwrap();
    let file = folder.path().join("file");
    fs::write(&file, "").unwrap();
    let path = |path: &Path| path.to_str().unwrap().to_owned();
    let (ftp_, inner) = (path(&ftp), path(&ftp.join("inner")));
    for (watch, told) in [
        (vec![format!("{ftp_}=a/b")], "no camera; give one name"),
        (vec![format!("{ftp_}=")], "no camera; give one name"),
        (vec![path(&folder.path().join("away=goal"))], "away is not there; give the folder"),
        (vec![path(&file)], "file is no folder; give the folder"),
        (vec![format!("{ftp_}=a"), format!("{ftp_}/=b")], "give one of them"),
        (vec![ftp_, format!("{inner}=b")], "give one of them"),
        (vec![path(folder.path())], "put the data elsewhere with --data"),
    ] {
        let data = path(&folder.path().join("data"));
        let mut args = vec!["serve", "--listen", "127.0.0.1:0", "--web", "127.0.0.1:0"];
        args.extend(["--data", &data]);
        for watch in &watch {
            args.extend(["--watch", watch]);
        }
        let complaint = complaint(&kanso(&args));
        assert!(complaint.contains(told), "{watch:?}: {complaint}");
        assert!(!Path::new(&data).exists(), "{watch:?}: it had begun");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn at_a_terminal_one_line_says_how_far_it_is() {
    let (data, folder) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let s = venue(data.path()).await;
    for n in 0..5 {
        fs::write(folder.path().join(format!("IMG_000{n}.JPG")), jpeg(n)).unwrap();
    }
    fs::write(folder.path().join("IMG_0009.JPG"), &jpeg(9)[..2000]).unwrap();
    let command = watch(folder.path(), &["--camera", "goal", "--once", "--to", &s.address]);
    let mut terminal = Command::new("python3");
    terminal.args(["-c", "import pty, sys; sys.exit(pty.spawn(sys.argv[1:]) >> 8)"]);
    terminal.arg(command.as_std().get_program()).args(command.as_std().get_args());
    for (name, value) in command.as_std().get_envs() {
        value.map(|value| terminal.env(name, value));
    }
    let output = terminal.env("TERM", "xterm").stdin(std::process::Stdio::null()).output();
    let output = output.unwrap();
    let shown = String::from_utf8_lossy(&output.stdout).into_owned();
    assert_eq!(output.status.code(), Some(1), "{shown}");
    assert!(shown.contains("5 of 6 sent") && shown.contains("MB/s"), "{shown}");
    assert!(shown.contains("; 1 not whole yet"), "{shown}");
    assert!(!shown.contains("uploaded"), "a line per photo would push all else away: {shown}");
}
