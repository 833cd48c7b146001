//! What `kanso serve` says of itself.

use std::process::Command;
use std::time::{Duration, Instant};

use kanso_pipeline::store::Write;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use super::killed::{Serve, serve};
use super::venue::{RESULTS, RULES, photo};
use crate::ports::free_port;

/// The status and the body of `/healthz`.
async fn health(serve: &Serve) -> (u16, Value) {
    let (status, body) = answer(serve, "/healthz").await;
    (status, serde_json::from_str(&body).unwrap())
}

async fn answer(serve: &Serve, path: &str) -> (u16, String) {
    let mut stream = tokio::net::TcpStream::connect(serve.web).await.unwrap();
    stream.write_all(format!("GET {path} HTTP/1.0\r\n\r\n").as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    let status = head.split(' ').nth(1).unwrap().parse().unwrap();
    (status, body.to_owned())
}

async fn health_until(serve: &Serve, met: impl Fn(&Value) -> bool) -> Value {
    let deadline = Instant::now() + Duration::from_secs(60);
    loop {
        let (status, body) = health(serve).await;
        assert_eq!(status, 200, "{body}");
        if met(&body) {
            return body;
        }
        assert!(Instant::now() < deadline, "{body}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_health_page_tells_of_work_that_waits_and_each_photo_leaves_a_line() {
    let folder = tempfile::tempdir().unwrap();
    let serve = serve(folder.path()).await;
    health_until(&serve, |body| body["oldest_unfinished_s"].is_null()).await;
    for (key, body) in [("race/race.toml", RULES), ("race/results.csv", RESULTS)] {
        serve.bucket.put(key, body.into(), "text/plain", Write::Always).await.unwrap();
    }
    for n in 0..20_u8 {
        let key = format!("race/photos/a/{n:02}_bib1.jpg");
        serve.bucket.put(&key, photo(n).into(), "image/jpeg", Write::Always).await.unwrap();
    }
    let busy = health_until(&serve, |body| body["worker"]["waiting"] != 0).await;
    assert!(busy["oldest_unfinished_s"].is_u64(), "{busy}");
    assert_eq!(busy["printers"], Value::Null, "without printers.toml");
    let done = health_until(&serve, |body| body["worker"]["waiting"] == 0).await;
    assert_eq!(done["oldest_unfinished_s"], Value::Null, "{done}");
    let worker = json!({"running": true, "stuck": false, "waiting": 0, "given_up": 0});
    assert_eq!(done["worker"], worker);
    assert_eq!(serve.bucket.list("race/outcomes/").await.unwrap().len(), 20);
    assert_eq!(done["status"], "ok");
    let metrics = answer(&serve, "/metrics").await.1;
    for line in [
        "kanso_photos_total{outcome=\"issue\"} 20",
        "kanso_step_seconds_count{step=\"fetch\"} 20",
        "kanso_queue_photos{state=\"waiting\"} 0",
        "kanso_queue_oldest_seconds 0",
        "kanso_retries_total 0",
    ] {
        assert!(metrics.lines().any(|one| one == line), "{line} is not in {metrics}");
    }
    assert!(metrics.contains("kanso_disk_free_bytes "), "{metrics}");
    assert!(!metrics.contains("race/") && !metrics.contains("bib1"), "{metrics}");
    let log = std::fs::read_to_string(folder.path().join("log")).unwrap();
    assert!(log.matches("certificates=").count() >= 20, "{log}");
    assert!(!log.contains("_bib1"), "no photo's name: {log}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_printer_that_is_not_ready_is_told_and_fails_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let printers = format!(
        "[[printers]]\nname = \"Kiosk 1\"\nuri = \"ipp://{}/ipp/print\"\npaper = \"a4\"\n",
        free_port()
    );
    std::fs::write(folder.path().join("printers.toml"), printers).unwrap();
    let serve = serve(folder.path()).await;
    let offline = json!({"name": "Kiosk 1", "condition": "offline"});
    health_until(&serve, |body| body["printers"] == json!({"count": 1, "not_ready": [offline]}))
        .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_broken_upload_of_results_is_told_until_it_is_mended() {
    let folder = tempfile::tempdir().unwrap();
    let serve = serve(folder.path()).await;
    let put = async |results: &str| {
        let body = results.to_owned().into();
        serve.bucket.put("race/results.csv", body, "text/csv", Write::Always).await.unwrap();
    };
    serve.bucket.put("race/race.toml", RULES.into(), "text/plain", Write::Always).await.unwrap();
    put(RESULTS).await;
    health_until(&serve, |body| body["status"] == "ok" && body["worker"]["waiting"] == 0).await;
    while serve.bucket.list("race/accepted/results.csv").await.unwrap().is_empty() {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    put("<html>504</html>").await;
    let told = health_until(&serve, |body| body["status"] == "attention").await;
    let one = &told["unreadable"][0];
    assert_eq!(*one, json!({"race": "race", "file": "results.csv"}), "no row of it: {told}");
    put(RESULTS).await;
    health_until(&serve, |body| body["status"] == "ok").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_cannot_run_exits_with_2_as_every_command() {
    let folder = tempfile::tempdir().unwrap();
    let serve = serve(folder.path()).await;
    let other = tempfile::tempdir().unwrap();
    let output = Command::new(env!("CARGO_BIN_EXE_kanso"))
        .args(["serve", "--data", other.path().to_str().unwrap()])
        .args(["--listen", &free_port().to_string(), "--web", &serve.web.to_string()])
        .output()
        .unwrap();
    let told = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(2), "{told}");
    assert!(told.starts_with("kanso: cannot listen on"), "{told}");
}
