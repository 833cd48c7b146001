//! `kanso integrity`: an operator sees what does not fit together in a race.

use std::process::{Command, Output};
use std::time::{Duration, Instant};

use kanso_pipeline::store::Write;
use serde_json::Value;

use super::killed::{Serve, serve};
use super::venue::{RULES, numbered, tagged};
use super::{lines, stdout};

fn integrity(serve: &Serve, args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_kanso"))
        .args(["integrity", "--race", "race"])
        .args(args)
        .env("AWS_ENDPOINT_URL", format!("http://{}", serve.s3))
        .env("AWS_REGION", "auto")
        .env("AWS_ACCESS_KEY_ID", "testkey")
        .env("AWS_SECRET_ACCESS_KEY", "testsecret1234567890")
        .output()
        .unwrap()
}

async fn put(serve: &Serve, key: &str, body: impl Into<bytes::Bytes>) {
    let key = format!("race/{key}");
    serve.bucket.put(&key, body.into(), "application/octet-stream", Write::Always).await.unwrap();
}

/// A photo that names a bib, where one is given.
async fn photo(serve: &Serve, file: &str, shade: u8, bib: Option<u32>, shown: &str) {
    let keyword = bib.map(|bib| format!("bib:{bib}"));
    let bytes = tagged(shade, keyword.as_deref(), &format!("2026-11-23T{shown}"));
    put(serve, &format!("photos/{file}"), bytes).await;
}

/// What is found, once something holds of it.
async fn until(serve: &Serve, holds: impl Fn(&Value) -> bool) -> Value {
    let deadline = Instant::now() + Duration::from_secs(120);
    loop {
        let output = integrity(serve, &["--json"]);
        let told = lines(&output).remove(0);
        if holds(&told) {
            assert_eq!(output.status.code(), Some(0));
            return told;
        }
        assert!(Instant::now() < deadline, "{told}");
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
}

fn count(told: &Value, kind: &str) -> usize {
    told[kind].as_array().unwrap().len()
}

fn photos(found: &Value) -> Vec<&str> {
    let photos = found["photos"].as_array().unwrap();
    photos.iter().map(|proof| proof["photo"].as_str().unwrap()).collect()
}

const RESULTS: &str = "ナンバー,氏名,種目,グロスタイム,状態\n1001,髙橋 健吾,half,1:30:00,\n\
    1002,渡邉 さくら,half,1:45:00,\n1003,齋藤 大地,half,,途中棄権\n";

#[tokio::test(flavor = "multi_thread")]
async fn an_operator_sees_what_does_not_fit_each_with_its_photo() {
    let folder = tempfile::tempdir().unwrap();
    let serve = serve(folder.path()).await;
    put(&serve, "race.toml", RULES).await;
    put(&serve, "results.csv", RESULTS).await;
    photo(&serve, "a/1.jpg", 60, Some(1001), "10:00:01").await;
    photo(&serve, "a/2.jpg", 61, Some(1002), "10:15:01").await;
    let clean = until(&serve, |told| told["photos"] == 2 && count(told, "photoless") == 0).await;
    for kind in ["apart", "chipless", "photoless", "clocks", "failed"] {
        assert_eq!(count(&clean, kind), 0, "{clean}");
    }
    let words = stdout(&integrity(&serve, &[]));
    assert_eq!(words, "nothing found in 2 photos: all of it fits together\n");

    // 1001 once more, who dropped out, a bib that nobody has, and a runner without a photo.
    photo(&serve, "a/3.jpg", 62, Some(1001), "10:09:00").await;
    photo(&serve, "a/4.jpg", 63, Some(1003), "10:05:00").await;
    let reads_1017 = numbered(Some("2026-11-23T10:11:09+09:00"));
    put(&serve, "photos/a/5.jpg", reads_1017).await;
    put(&serve, "results/1.csv", "ナンバー,氏名,種目,グロスタイム\n1004,山田 翔,half,1:50:00\n")
        .await;
    let told = until(&serve, |told| told["photos"] == 5 && count(told, "photoless") == 1).await;
    let [apart, chipless, photoless] = ["apart", "chipless", "photoless"].map(|kind| &told[kind]);
    assert_eq!(apart.as_array().unwrap().len(), 1, "{told}");
    assert_eq!(
        (&apart[0]["bib"], &apart[0]["finish"]),
        (&"1001".into(), &"2026-11-23T01:00:00Z".into())
    );
    let occasions = &apart[0]["occasions"];
    assert_eq!(photos(&occasions[0]), ["race/photos/a/1.jpg"]);
    assert_eq!(photos(&occasions[1]), ["race/photos/a/3.jpg"]);
    assert_eq!([&occasions[0]["at_finish"], &occasions[1]["at_finish"]], [true, false]);
    let of =
        |n: usize| (chipless[n]["bib"].as_str().unwrap(), chipless[n]["results"].as_str().unwrap());
    assert_eq!(
        (of(0), photos(&chipless[0])),
        (("1003", "did-not-finish"), vec!["race/photos/a/4.jpg"])
    );
    assert_eq!(
        (of(1), photos(&chipless[1])),
        (("1017", "not-listed"), vec!["race/photos/a/5.jpg"])
    );
    assert_eq!(photoless[0]["bib"], "1004");

    let words = stdout(&integrity(&serve, &[]));
    for line in [
        "the same bib, seen minutes apart or far from its finish: 1\n",
        "  1001 finished at 10:00:00, seen at 2 times\n",
        "    10:09:00  race/photos/a/3.jpg  (the caption or keywords say bib 1001)\n",
        "  1003 did not finish, as the results say\n",
        "    10:11:09  race/photos/a/5.jpg  (a bib reads 1017)\n",
        "finishers without a photo: 1\n  1004 finished at 10:20:00\n",
    ] {
        assert!(words.contains(line), "{line}{words}");
    }

    // A person has looked: the photo shows nobody.
    let id = kanso_photo::PhotoId::of(&tagged(62, Some("bib:1001"), "2026-11-23T10:09:00"));
    put(&serve, &format!("decisions/{id}.json"), "{\"reject\": \"a friend with the bib\"}").await;
    until(&serve, |told| count(told, "apart") == 0).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_clock_that_was_set_is_shown_by_the_photos_before_and_after() {
    let folder = tempfile::tempdir().unwrap();
    let serve = serve(folder.path()).await;
    put(&serve, "race.toml", RULES).await;
    // From the twentieth photo on the camera shows an hour more.
    for n in 0..40 {
        let shown =
            if n < 20 { format!("09:{}:01", 40 + n) } else { format!("11:{:02}:01", n - 20) };
        photo(&serve, &format!("b/{n:02}.jpg"), 60 + n, Some(100 + u32::from(n)), &shown).await;
    }
    until(&serve, |told| told["photos"] == 40).await;
    // Disqualified: they tell of the clock as others do, and nothing is printed.
    let rows = (0..40).map(|n| format!("{},走者,half,1:{:02}:00,失格\n", 100 + n, 10 + n));
    let results = format!("ナンバー,氏名,種目,グロスタイム,状態\n{}", rows.collect::<String>());
    put(&serve, "results.csv", results).await;
    let told = until(&serve, |told| count(told, "clocks") == 1).await;
    let clock = &told["clocks"][0];
    assert_eq!(clock["camera"], "b");
    assert!(clock["warnings"].to_string().contains("its clock was set at 11:00"), "{clock}");
    let proofs = ["00", "19", "20", "39"].map(|n| format!("race/photos/b/{n}.jpg"));
    assert_eq!(photos(clock), proofs.each_ref().map(String::as_str));
    let words = stdout(&integrity(&serve, &[]));
    assert!(
        words.contains("b/20.jpg  (its clock is 3602 s fast, by the finish of 120)"),
        "{words}"
    );
}
