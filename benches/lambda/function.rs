//! One instance of a function: its process on one core, fed by the runtime API.

use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Instant;

use serde_json::Value;

use super::runtime_api::RuntimeApi;
use super::store::{KEY, OUTPUT, PHOTOS, SECRET};

/// What Lambda gives a whole core for, in MB.
pub const ONE_CORE_MB: f64 = 1769.0;

pub struct Function {
    process: Child,
    runtime_api: RuntimeApi,
    pub init_ms: f64,
}

impl Drop for Function {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

impl Function {
    pub async fn start(binary: &Path, endpoint: &str) -> Self {
        let mut runtime_api = RuntimeApi::start().await;
        let since = Instant::now();
        let process = Command::new("taskset")
            .args(["-c", "0"])
            .arg(binary)
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("AWS_LAMBDA_RUNTIME_API", runtime_api.address.to_string())
            .env("AWS_LAMBDA_FUNCTION_NAME", "kanso")
            .env("AWS_LAMBDA_FUNCTION_VERSION", "1")
            .env("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", ONE_CORE_MB.to_string())
            .env("AWS_REGION", "ap-northeast-1")
            .env("AWS_ACCESS_KEY_ID", KEY)
            .env("AWS_SECRET_ACCESS_KEY", SECRET)
            .env("AWS_ENDPOINT_URL", endpoint)
            .env("KANSO_STAGE", "bench")
            .env("KANSO_PHOTOS_BUCKET", PHOTOS)
            .env("KANSO_OUTPUT_BUCKET", OUTPUT)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .spawn()
            .expect("taskset of util-linux");
        let asked = runtime_api.asks().await;
        let asked = asked.unwrap_or_else(|why| panic!("{}: {why}", binary.display()));
        let init_ms = asked.duration_since(since).as_secs_f64() * 1e3;
        Self { process, runtime_api, init_ms }
    }

    /// Milliseconds that an invocation takes; it must succeed.
    pub async fn invoke(&mut self, event: &Value) -> f64 {
        let (took, answer) = self.runtime_api.invoke(event).await;
        let body = answer.unwrap_or_else(|error| panic!("the function failed: {error:?}"));
        let answer: Value = serde_json::from_slice(&body).expect("JSON");
        let failed = answer["batchItemFailures"].as_array().is_some_and(|all| !all.is_empty());
        let status = answer["statusCode"].as_u64().unwrap_or(200);
        assert!(!failed && status == 200, "{answer}");
        took.as_secs_f64() * 1e3
    }

    /// MB that the process held at most.
    pub fn peak_mb(&self) -> f64 {
        let path = format!("/proc/{}/status", self.process.id());
        let status = std::fs::read_to_string(path).unwrap_or_default();
        let line = status.lines().find(|line| line.starts_with("VmHWM")).unwrap_or_default();
        let kib = line.split_whitespace().nth(1).and_then(|word| word.parse::<f64>().ok());
        kib.unwrap_or_default() * 1024.0 / 1e6
    }
}
