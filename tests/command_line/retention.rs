//! `kanso reconcile` follows `retention_days`.

use std::process::{Command, Output};

use kanso_pipeline::store::Write;

use super::killed::{Serve, serve};
use super::stdout;
use super::venue::{RESULTS, RULES};

/// The command, as an operator calls it beside a running `serve`.
fn reconcile(serve: &Serve, args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_kanso"))
        .arg("reconcile")
        .args(args)
        .env("AWS_ENDPOINT_URL", format!("http://{}", serve.s3))
        .env("AWS_REGION", "auto")
        .env("AWS_ACCESS_KEY_ID", "testkey")
        .env("AWS_SECRET_ACCESS_KEY", "testsecret1234567890")
        .output()
        .unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_operator_is_told_how_long_a_race_is_kept_and_one_that_was_cut_off_is_deleted() {
    let folder = tempfile::tempdir().unwrap();
    let serve = serve(folder.path()).await;
    let rules = RULES.replace("2026-11-23", "2020-11-23");
    let rules = format!("{rules}\n[privacy]\nretention_days = 30\nsecond_factor = \"none\"\n");
    for race in ["kept", "over"] {
        for (file, body) in [("race.toml", rules.as_str()), ("results.csv", RESULTS)] {
            let key = format!("{race}/{file}");
            serve
                .bucket
                .put(&key, body.to_owned().into(), "text/plain", Write::Always)
                .await
                .unwrap();
        }
    }
    let tombstone = "{\"format\": 1, \"date\": \"2020-11-23\", \"retention_days\": 30}";
    let put = serve.bucket.put("over/expired.json", tombstone.into(), "text/plain", Write::Always);
    put.await.unwrap();
    let count = async |prefix| serve.bucket.list(prefix).await.unwrap().len();

    let output = reconcile(&serve, &["--dry-run"]);
    // Its date is long ago, and race.toml is new.
    assert!(stdout(&output).contains("kept: 6 days until"), "{}", stdout(&output));
    let before = count("over/").await;
    assert!(before > 2);

    let output = reconcile(&serve, &[]);
    let told = stdout(&output);
    let deleted = told.lines().find(|line| line.starts_with("over: its time is over:"));
    assert!(output.status.success() && deleted.is_some(), "{told}");
    for left in serve.bucket.list("over/").await.unwrap() {
        let stays = ["over/race.toml", "over/expired.json"].contains(&left.key.as_str());
        // What the server met only after the tombstone came too late.
        assert!(stays || left.key.starts_with("over/rejected/late-"), "{}", left.key);
    }
    assert!(count("kept/results.csv").await == 1);
}
