//! A photographer, from the command that adds them to photos sent over a bad line.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::time::Duration;

use fantoccini::Locator;
use kanso_pipeline::store::{Bucket, ETag, StoreConfig, Write};
use md5::{Digest as _, Md5};

use super::bad_line::BadLine;
use super::browser::Browser;
use super::killed::{Serve, serve, start_at};
use super::stdout;
use crate::ports::free_port;

/// Where the bad line begins; the servers are on 127.0.0.1.
const NEAR: [u8; 4] = [127, 0, 0, 2];
const FILES: usize = 40;
/// Of them, whose name another one has as well.
const SAME_NAMES: usize = 4;

fn photographer(serve: &Serve, args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_kanso"))
        .arg("photographer")
        .args(args)
        .env("AWS_ENDPOINT_URL", format!("http://{}", serve.s3))
        .env("AWS_ACCESS_KEY_ID", "testkey")
        .env("AWS_SECRET_ACCESS_KEY", "testsecret1234567890")
        .env_remove("AWS_REGION")
        .output()
        .unwrap()
}

fn value(told: &str, name: &str) -> String {
    let line = told.lines().find_map(|line| line.trim_start().strip_prefix(name));
    line.unwrap_or_else(|| panic!("no {name} in {told}")).trim().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_photographer_is_added_with_a_code_and_a_key_and_taken_away_with_both() {
    let folder = tempfile::tempdir().unwrap();
    let serve = serve(folder.path()).await;
    kanso_endpoint::Credentials::load_or_create(folder.path()).unwrap();
    let data = folder.path().to_str().unwrap();
    let add = [
        "add",
        "山本 写",
        "--race",
        "race",
        "--camera",
        "goal",
        "--camera",
        "30km",
        "--camera",
        "goal",
    ];
    let added = photographer(&serve, &[&add[..], &["--data", data]].concat());
    assert!(added.status.success(), "{}", String::from_utf8_lossy(&added.stderr));
    let told = stdout(&added);
    let code = value(&told, "code");
    assert!(value(&told, "page").contains(&format!("/upload/race?code={code}")), "{told}");
    let (id, secret) = (value(&told, "AWS_ACCESS_KEY_ID="), value(&told, "AWS_SECRET_ACCESS_KEY="));

    let theirs = StoreConfig::local(&format!("http://{}", serve.s3), &id, &secret).client();
    let theirs = Bucket::new(theirs, "kanso");
    for own in ["race/photos/goal/1.jpg", "race/photos/30km/1.jpg"] {
        theirs.put(own, "photo".into(), "image/jpeg", Write::Create).await.unwrap();
        theirs.head(own).await.unwrap();
    }
    assert_eq!(theirs.list("race/photos/goal/").await.unwrap().len(), 1);
    for other in [
        "race/photos/other/1.jpg",
        "race/photos/goal2/1.jpg",
        "race/results.csv",
        "race/race.toml",
        "race/certificates/1/x.pdf",
        "race/cameras/goal.json",
        "race/private/links.json",
    ] {
        let write = theirs.put(other, "x".into(), "text/plain", Write::Always).await;
        assert!(write.is_err(), "{other} is written");
        assert!(theirs.head(other).await.is_err(), "{other} is read");
    }
    for prefix in ["", "race/", "race/private/", "race/certificates/"] {
        assert!(theirs.list(prefix).await.is_err(), "{prefix:?} is listed");
    }
    // No name in any key.
    let all = serve.bucket.list("").await.unwrap();
    assert!(all.iter().all(|object| !object.key.contains("山本")), "{all:?}");

    let listed = stdout(&photographer(&serve, &["list", "--race", "race"]));
    assert_eq!(listed.trim_end(), format!("{}  山本 写  goal 30km", &code[..4]));
    assert!(!listed.contains(&code));
    let remove = ["remove", &code[..4], "--race", "race", "--data", data];
    let removed = photographer(&serve, &remove);
    assert!(removed.status.success(), "{}", String::from_utf8_lossy(&removed.stderr));
    assert!(theirs.head("race/photos/goal/1.jpg").await.is_err(), "the key ends with it");
    assert!(serve.bucket.head("race/photos/goal/1.jpg").await.is_ok(), "the photos stay");
    assert_eq!(photographer(&serve, &remove).status.code(), Some(2));
    for wrong in [["add", "x", "--camera", ".."], ["add", " ", "--camera", "a"]] {
        let refused = photographer(&serve, &[&wrong[..], &["--race", "race"]].concat());
        assert_eq!(refused.status.code(), Some(2), "{wrong:?}");
    }
}

/// Files of a card, of which some have the same names: path and content.
fn card(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let picture = |shade: usize| {
        let grain = |x: u32, y: u32| (x.wrapping_mul(7919) ^ y.wrapping_mul(104_729)) as u8 % 64;
        let picture = image::RgbImage::from_fn(400, 300, |x, y| {
            image::Rgb([shade as u8 * 5, grain(x, y), grain(y, x)])
        });
        let mut jpeg = std::io::Cursor::new(Vec::new());
        picture.write_to(&mut jpeg, image::ImageFormat::Jpeg).unwrap();
        jpeg.into_inner()
    };
    let file = |n: usize| {
        let (body, number) = if n < FILES - SAME_NAMES {
            ("100CANON", n)
        } else {
            ("101CANON", n - (FILES - SAME_NAMES))
        };
        let path = folder.join(body).join(format!("IMG_{number:04}.JPG"));
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        let bytes = picture(n);
        std::fs::write(&path, &bytes).unwrap();
        (path, bytes)
    };
    (0..FILES).map(file).collect()
}

async fn there(bucket: &Bucket) -> Vec<(String, ETag)> {
    let listed = bucket.list("race/photos/").await.unwrap_or_default();
    listed.into_iter().map(|object| (object.key, object.etag)).collect()
}

async fn pick(browser: &Browser, card: &BTreeMap<PathBuf, Vec<u8>>) {
    // Two folders, as a person picks them one after another.
    for body in ["100CANON", "101CANON"] {
        let files: Vec<&str> =
            card.keys().map(|path| path.to_str().unwrap()).filter(|p| p.contains(body)).collect();
        let input = browser.page.find(Locator::Css("#files")).await.unwrap();
        input.send_keys(&files.join("\n")).await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn forty_photos_over_a_line_that_cuts_and_a_server_that_is_killed_are_all_there_once() {
    let Some(browser) = Browser::open(1440, 900, false).await else { return };
    let (folder, files) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let card = card(files.path());
    let (s3, web) = (free_port(), free_port());
    let mut serve = start_at(folder.path(), s3, web);
    serve.answers().await;
    let near = |address: SocketAddr| SocketAddr::from((NEAR, address.port()));
    let to_store = BadLine::start(near(s3), s3, 22).await;
    let to_pages = BadLine::start(near(web), web, 7).await;

    let added = photographer(&serve, &["add", "山本", "--race", "race", "--camera", "goal"]);
    let code = value(&stdout(&added), "code");
    let enter = format!("http://far.test:{}/upload/race?code={code}", web.port());
    // The page itself may be cut off as well; a person loads it again.
    for _ in 0..20 {
        let _ = browser.page.goto(&enter).await;
        if browser
            .run("return typeof SparkMD5 === 'function' && !!document.getElementById('drop')")
            .await
            == true
        {
            break;
        }
    }
    pick(&browser, &card).await;
    while there(&serve.bucket).await.len() < FILES / 4 {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    drop(serve);
    browser.see("#cut").await;
    serve = start_at(folder.path(), s3, web);
    serve.answers().await;
    browser.see("[data-state='done'] > [data-for='done']").await;
    assert_eq!(browser.see("#sent").await, FILES.to_string());
    assert!(to_store.cuts() > 0, "the line to the store was cut");
    println!("cut: {} to the store, {} to the pages", to_store.cuts(), to_pages.cuts());

    let kept = there(&serve.bucket).await;
    assert_eq!(kept.len(), FILES, "{kept:?}");
    let mut contents: Vec<&str> = kept.iter().map(|(_, etag)| etag.as_str()).collect();
    let mut sent: Vec<String> = card.values().map(|b| hex::encode(Md5::digest(b))).collect();
    contents.sort_unstable();
    sent.sort_unstable();
    assert_eq!(contents, sent, "each once, and whole");
    let beside = kept.iter().filter(|(key, _)| key.contains('-')).count();
    assert_eq!(beside, SAME_NAMES, "equal names are kept apart");
}
