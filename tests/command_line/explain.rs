//! `kanso explain` of a photo in the store: an operator asks by its key why it is whose.

use std::process::{Command, Output};
use std::time::{Duration, Instant};

use kanso_pipeline::store::Write;

use super::killed::{Serve, serve};
use super::venue::{RESULTS, RULES, tagged};
use super::{RACE, kanso, lines, stdout};

fn explain(serve: &Serve, args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_kanso"))
        .arg("explain")
        .args(args)
        .current_dir(super::repository::root())
        .env("AWS_ENDPOINT_URL", format!("http://{}", serve.s3))
        .env("AWS_REGION", "auto")
        .env("AWS_ACCESS_KEY_ID", "testkey")
        .env("AWS_SECRET_ACCESS_KEY", "testsecret1234567890")
        .output()
        .unwrap()
}

fn stderr(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

/// Once it is decided about the photo.
async fn explained(serve: &Serve, args: &[&str]) -> String {
    let deadline = Instant::now() + Duration::from_secs(60);
    loop {
        let output = explain(serve, args);
        if output.status.success() {
            return stdout(&output);
        }
        assert!(stderr(&output).contains("nothing is decided about"), "{}", stderr(&output));
        assert!(Instant::now() < deadline, "{}", stderr(&output));
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_photo_in_the_store_is_explained_by_its_key_in_the_words_of_a_file() {
    let folder = tempfile::tempdir().unwrap();
    let serve = serve(folder.path()).await;
    // 1 finishes at 10:00:00, 2 at 10:15:00.
    let photos = [("fits.jpg", "10:00:02"), ("late.jpg", "10:31:00")];
    let mut objects = vec![
        ("race/race.toml".to_owned(), RULES.into()),
        ("race/results.csv".to_owned(), RESULTS.into()),
    ];
    for (n, (file, shown)) in photos.into_iter().enumerate() {
        let bytes = tagged(60 + n as u8, Some("bib:1"), &format!("2026-11-23T{shown}"));
        objects.push((format!("race/photos/a/{file}"), bytes));
    }
    for (key, body) in objects {
        serve.bucket.put(&key, body.into(), "image/jpeg", Write::Always).await.unwrap();
    }

    let told = explained(&serve, &["race/photos/a/fits.jpg"]).await;
    for line in [
        "race/photos/a/fits.jpg: a certificate is made\n",
        "  matched by the caption and the clock\n",
        "  bib 1, over 99 % sure: gets a certificate\n",
        "    49 to 1 for           the caption or keywords say bib 1\n",
        "photographed 2.5 s after finishing\n",
    ] {
        assert!(told.contains(line), "{line}{told}");
    }
    assert!(told.ends_with("as if it shows somebody else.\n"), "{told}");

    // The race may be said apart, and words are for those who must decide.
    let told = explained(&serve, &["--race", "race", "a/late.jpg"]).await;
    assert!(told.starts_with("race/photos/a/late.jpg: a person must decide\n"), "{told}");
    let why = "  the caption says bib 1, but 1 finished 31 min earlier; say who it shows\n";
    assert!(told.contains(why), "{told}");
    assert!(told.contains("against      photographed 31 min after finishing\n"), "{told}");

    let args = ["--json", "--race", "race", "photos/a/late.jpg", "race/photos/a/fits.jpg"];
    // Photos that the server took up before the results are recorded as some that wait, first.
    let deadline = Instant::now() + Duration::from_secs(60);
    let json = loop {
        let json = lines(&explain(&serve, &args));
        let recorded = |n: usize| json[n]["recorded"]["decision"].as_str();
        if (recorded(0), recorded(1)) == (Some("review"), Some("issue")) {
            break json;
        }
        assert!(Instant::now() < deadline, "{json:?}");
        tokio::time::sleep(Duration::from_millis(200)).await;
    };
    assert_eq!(
        (&json[0]["decision"], &json[0]["certificates"]),
        (&"review".into(), &serde_json::json!([]))
    );
    assert_eq!(
        (&json[1]["decision"], &json[1]["certificates"]),
        (&"issue".into(), &serde_json::json!(["1"]))
    );
    let evidence = &json[1]["bibs"][0]["evidence"];
    assert_eq!([&evidence[0]["source"], &evidence[1]["source"]], ["caption", "clock"]);

    // What a person has answered since is told as the reason.
    let id = kanso_photo::PhotoId::of(&tagged(61, Some("bib:1"), "2026-11-23T10:31:00"));
    let answer = "{\"reject\": \"a friend wears the bib\"}";
    let key = format!("race/decisions/{id}.json");
    serve.bucket.put(&key, answer.into(), "application/json", Write::Always).await.unwrap();
    let told = explained(&serve, &["race/photos/a/late.jpg"]).await;
    assert!(told.contains("a person rejected it: a friend wears the bib"), "{told}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_neither_a_file_nor_a_key_is_said_to_be_neither() {
    let folder = tempfile::tempdir().unwrap();
    let serve = serve(folder.path()).await;
    let rules = serve.bucket.put("race/race.toml", RULES.into(), "text/plain", Write::Always);
    rules.await.unwrap();
    let photo = format!("{RACE}/photos/finish-a/KNS_0412.jpg");
    for (args, words) in [
        (
            &["nothing.jpg"][..],
            "nothing.jpg is no file here, and no photo's key; give RACE/photos/CAMERA/FILE",
        ),
        (
            &["--race", "race", "a/nothing.jpg"],
            "there is no photo race/photos/a/nothing.jpg; give the key",
        ),
        (&["--race", RACE, "a/nothing.jpg"], "a/nothing.jpg is no file here, and no photo's key"),
        (&[&photo], "is a file; give its race's folder on this disk with --race"),
    ] {
        let refused = explain(&serve, args);
        assert_eq!(refused.status.code(), Some(2), "{args:?}");
        assert!(stderr(&refused).contains(words), "{args:?}: {}", stderr(&refused));
    }
    // Without a store a mistyped file is not taken for one.
    let refused = kanso(&["explain", "--race", RACE, "minato-half/photos/a/nothing.jpg"]);
    let told = stderr(&refused);
    assert!(
        told.contains("nothing.jpg is no file here; in the store: AWS_REGION is not set"),
        "{told}"
    );

    // A file here is looked at, whatever the store holds.
    let told = stdout(&explain(&serve, &["--race", RACE, &photo]));
    assert!(told.contains("M1, over 99 % sure: gets a certificate"), "{told}");
}
