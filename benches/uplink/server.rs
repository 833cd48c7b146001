//! `kanso serve` at the far end of the line. Without a race photos are taken and wait.

use std::net::SocketAddr;
use std::process::Stdio;
use std::time::Duration;

use kanso_pipeline::store::{Bucket, StoreConfig, Write};
use tokio::process::{Child, Command};

use super::ports::free_port;

const KEY: (&str, &str) = ("uplinkkey", "uplinksecret1234567890");
pub const BUCKET: &str = "kanso";
/// The race's folder.
pub const RACE: &str = "uplink";

pub struct Server {
    pub s3: SocketAddr,
    bucket: Bucket,
    _child: Child,
    _data: tempfile::TempDir,
}

impl Server {
    pub async fn start() -> Self {
        let data = tempfile::tempdir().expect("a folder");
        let (s3, web) = (free_port(), free_port());
        let child = Command::new(env!("CARGO_BIN_EXE_kanso"))
            .arg("serve")
            .arg("--data")
            .arg(data.path())
            .args(["--listen", &s3.to_string(), "--web", &web.to_string()])
            .env("KANSO_ACCESS_KEY_ID", KEY.0)
            .env("KANSO_SECRET_ACCESS_KEY", KEY.1)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .expect("the program");
        let client = StoreConfig::local(&format!("http://{s3}"), KEY.0, KEY.1).client();
        let bucket = Bucket::new(client, BUCKET);
        while bucket.list("").await.is_err() {
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        Self { s3, bucket, _child: child, _data: data }
    }

    /// Gives a command the key, and a region, which aws asks for.
    pub fn authorise(&self, command: &mut Command) {
        command.env("AWS_ACCESS_KEY_ID", KEY.0).env("AWS_SECRET_ACCESS_KEY", KEY.1);
        command.env("AWS_REGION", "us-east-1").env("AWS_DEFAULT_REGION", "us-east-1");
    }

    /// A race whose runners have finished.
    pub async fn race(&self, rules: &str, results: &str) {
        for (name, text) in [("race.toml", rules), ("results.csv", results)] {
            let (key, body) = (format!("{RACE}/{name}"), text.to_owned().into());
            let put = self.bucket.put(&key, body, "text/plain", Write::Always).await;
            put.expect("the server takes it");
        }
    }

    /// How many certificates hold.
    pub async fn certificates(&self) -> usize {
        let listed = self.bucket.list(&format!("{RACE}/certificates/")).await;
        let listed = listed.expect("the server lists");
        listed.iter().filter(|object| object.key.ends_with("/current.json")).count()
    }

    /// Bytes of the photos that came for a camera.
    pub async fn bytes(&self, camera: &str) -> u64 {
        let listed = self.bucket.list(&format!("{RACE}/photos/{camera}/")).await;
        listed.expect("the server lists").iter().map(|object| object.size).sum()
    }
}
