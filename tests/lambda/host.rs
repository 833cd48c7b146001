//! The function's binary under cargo-lambda's runtime API.

use std::fs::File;
use std::io::ErrorKind;
use std::path::Path;
use std::process::{Output, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;
use tokio::net::TcpStream;
use tokio::process::{Child, Command};

use super::ports::free_port;

/// The name that `cargo lambda watch --only-lambda-apis` gives to its only function.
const NAME: &str = "_";
/// Whatever takes longer has gone wrong.
const PATIENCE: Duration = Duration::from_secs(180);

/// Where the function finds its store.
pub struct Store<'a> {
    pub endpoint: &'a str,
    pub region: &'a str,
    pub key: &'a str,
    pub secret: &'a str,
    pub photos: &'a str,
    pub output: &'a str,
    /// Where it queues work; `None` where it has no queue.
    pub queue: Option<&'a str>,
}

/// Dropping it ends both, also when a test fails.
pub struct Host {
    pub port: u16,
    _runtime_api: Child,
    _bootstrap: Child,
    folder: tempfile::TempDir,
}

impl Host {
    /// `None` where cargo-lambda is not installed, which on CI is a failure.
    pub async fn start(folder: tempfile::TempDir, store: &Store<'_>) -> Option<Self> {
        Self::start_with(folder, store, &[]).await
    }

    /// The same, with more variables.
    pub async fn start_with(
        folder: tempfile::TempDir,
        store: &Store<'_>,
        variables: &[(&str, &str)],
    ) -> Option<Self> {
        cargo_lambda_is_there().await.then_some(())?;
        let (runtime_api, port) = runtime_api(folder.path()).await;
        let bootstrap = bootstrap(&format!("http://127.0.0.1:{port}/.rt"), store)
            .envs(variables.iter().copied())
            .stdout(File::create(folder.path().join("log")).unwrap())
            .stderr(Stdio::inherit())
            .spawn()
            .unwrap();
        Some(Self { port, _runtime_api: runtime_api, _bootstrap: bootstrap, folder })
    }

    /// Runs the function with an event; the error is what `cargo lambda invoke` says.
    pub async fn invoke(&self, event: &Value) -> Result<Value, String> {
        let file = self.folder.path().join("event.json");
        std::fs::write(&file, event.to_string()).unwrap();
        let output = Command::new("cargo-lambda")
            .args(["lambda", "invoke", NAME, "--invoke-address", "127.0.0.1"])
            .args(["--color", "never", "--invoke-port", &self.port.to_string(), "--data-file"])
            .arg(&file)
            .stdin(Stdio::null())
            .kill_on_drop(true)
            .output();
        let output = tokio::time::timeout(PATIENCE, output).await.expect("an answer").unwrap();
        if !output.status.success() {
            // Wrapped to the width of a terminal.
            return Err(said(&output).split_whitespace().collect::<Vec<_>>().join(" "));
        }
        Ok(serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("{}", said(&output))))
    }

    /// What the function has logged; every line is JSON.
    pub fn log(&self) -> Vec<Value> {
        let text = std::fs::read_to_string(self.folder.path().join("log")).unwrap();
        text.lines()
            .map(|line| serde_json::from_str(line).unwrap_or_else(|_| panic!("not JSON: {line}")))
            .collect()
    }
}

/// The function's binary with the environment that Lambda gives it, and nothing else.
pub fn bootstrap(runtime_api: &str, store: &Store<'_>) -> Command {
    let mut command = Command::new(crate::BINARY);
    command
        .env_clear()
        .env("AWS_LAMBDA_RUNTIME_API", runtime_api)
        .env("AWS_LAMBDA_FUNCTION_NAME", NAME)
        .env("AWS_LAMBDA_FUNCTION_VERSION", "1")
        .env("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "2048")
        .env("AWS_REGION", store.region)
        .env("AWS_ACCESS_KEY_ID", store.key)
        .env("AWS_SECRET_ACCESS_KEY", store.secret)
        .env("AWS_ENDPOINT_URL", store.endpoint)
        .env("KANSO_STAGE", "test")
        .env("KANSO_PHOTOS_BUCKET", store.photos)
        .env("KANSO_OUTPUT_BUCKET", store.output)
        .envs(store.queue.map(|queue| ("KANSO_QUEUE_URL", queue)))
        .stdin(Stdio::null())
        .kill_on_drop(true);
    command
}

/// Lambda's runtime API on a free port. It does not build or start the function: cargo
/// would wait for the lock that `cargo test` holds.
async fn runtime_api(folder: &Path) -> (Child, u16) {
    let port = free_port().port();
    let log = folder.join("runtime-api.log");
    let file = File::create(&log).unwrap();
    let mut child = Command::new("cargo-lambda")
        .args(["lambda", "watch", "--only-lambda-apis", "--invoke-address", "127.0.0.1"])
        .args(["--invoke-port", &port.to_string()])
        .stdin(Stdio::null())
        .stdout(file.try_clone().unwrap())
        .stderr(file)
        .kill_on_drop(true)
        .spawn()
        .unwrap();
    let told = || std::fs::read_to_string(&log).unwrap();
    let deadline = Instant::now() + PATIENCE;
    while TcpStream::connect(("127.0.0.1", port)).await.is_err() {
        assert!(child.try_wait().unwrap().is_none(), "cargo lambda watch ended: {}", told());
        assert!(Instant::now() < deadline, "no runtime API: {}", told());
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    (child, port)
}

async fn cargo_lambda_is_there() -> bool {
    match Command::new("cargo-lambda").args(["lambda", "--version"]).output().await {
        Ok(output) => output.status.success(),
        Err(error) if error.kind() == ErrorKind::NotFound => {
            let loud = std::env::var("CI").is_ok_and(|ci| ci == "true");
            assert!(!loud, "cargo-lambda is not installed: pip install cargo-lambda");
            eprintln!("NOT RUN: cargo-lambda is not installed (pip install cargo-lambda)");
            false
        }
        Err(error) => panic!("cargo-lambda: {error}"),
    }
}

pub fn said(output: &Output) -> String {
    [&output.stdout[..], &output.stderr[..]].map(String::from_utf8_lossy).concat()
}
