//! `kanso cameras`: an operator sees how far each camera's clock is off.

use std::process::{Command, Output};
use std::time::{Duration, Instant};

use kanso_pipeline::store::Write;

use super::killed::{Serve, serve};
use super::venue::{RULES, tagged};
use super::{lines, stdout};

fn cameras(serve: &Serve, args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_kanso"))
        .args(["cameras", "--race", "race"])
        .args(args)
        .env("AWS_ENDPOINT_URL", format!("http://{}", serve.s3))
        .env("AWS_REGION", "auto")
        .env("AWS_ACCESS_KEY_ID", "testkey")
        .env("AWS_SECRET_ACCESS_KEY", "testsecret1234567890")
        .output()
        .unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_operator_sees_a_clock_being_solved_and_drawn() {
    let folder = tempfile::tempdir().unwrap();
    let serve = serve(folder.path()).await;
    let rows = (0..12).map(|n| format!("{},走者,half,1:{:02}:00\n", 100 + n, 30 + n));
    let results = format!("ナンバー,氏名,種目,グロスタイム\n{}", rows.collect::<String>());
    for (key, body) in [("race/race.toml", RULES.to_owned()), ("race/results.csv", results)] {
        serve.bucket.put(key, body.into(), "text/plain", Write::Always).await.unwrap();
    }
    let unknown = lines(&cameras(&serve, &["--json"]));
    assert_eq!((&unknown[0]["camera"], &unknown[0]["source"]), (&"a".into(), &"rules".into()));

    // The camera's clock shows an hour and five seconds less than the finish clock.
    for n in 0..12 {
        let keyword = format!("bib:{}", 100 + n);
        let minute = 59 + u32::from(n);
        let shown = format!("2026-11-23T{:02}:{:02}:55", 8 + minute / 60, minute % 60);
        let bytes = tagged(60 + n, Some(&keyword), &shown);
        let key = format!("race/photos/b/{n}.jpg");
        serve.bucket.put(&key, bytes.into(), "image/jpeg", Write::Always).await.unwrap();
    }
    let deadline = Instant::now() + Duration::from_secs(90);
    let solved = loop {
        let told = lines(&cameras(&serve, &["--json"]));
        let b = told.into_iter().find(|one| one["camera"] == "b");
        if let Some(b) = b.filter(|b| b["source"] == "solved" && b["reads"] == 12) {
            break b;
        }
        assert!(Instant::now() < deadline, "the clock is not solved");
        tokio::time::sleep(Duration::from_millis(200)).await;
    };
    let offset_s = solved["offset_s"].as_f64().unwrap();
    assert!((offset_s - 3605.0).abs() < 1.0, "{solved}");
    assert_eq!((&solved["agreeing"], &solved["photos"]), (&12.into(), &12.into()));
    assert_eq!(solved["histogram"]["counts"].as_array().unwrap().len(), 30);

    let plot = folder.path().join("clocks.png");
    let told = cameras(&serve, &["--plot", plot.to_str().unwrap()]);
    assert_eq!(told.status.code(), Some(1), "an hour off is worth a look");
    let words = stdout(&told);
    assert!(words.contains("b  +3604.5 s ± 0.2  (solved, 12 of 12 bibs agree)"), "{words}");
    assert!(words.contains("! its clock is +1 h off"), "{words}");
    let plot = image::open(plot).unwrap().into_rgb8();
    assert_eq!(plot.dimensions(), (1200, 600), "a panel for each of two cameras");
    let red = plot.pixels().filter(|pixel| pixel.0 == [200, 60, 40]).count();
    assert!(red > 500, "the clock is drawn: {red} pixels");
}
