//! `kanso serve` as a child, and what it tells of itself.

use std::fs;
use std::net::SocketAddr;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use bytes::Bytes;
use kanso_pipeline::store::{Bucket, StoreConfig, Write};
use kanso_web::secrets::Secrets;
use serde_json::Value;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use super::bad_printer::{BadPrinter, Habit};
use super::ports::free_port;

const KEY: (&str, &str) = ("loadkey", "loadsecret1234567890");
const BUCKET: &str = "kanso";
/// The race's folder.
const RACE: &str = "load";

pub struct Server {
    child: Child,
    data: tempfile::TempDir,
    pub web: SocketAddr,
    client: aws_sdk_s3::Client,
    pub bucket: Bucket,
    pub printer: BadPrinter,
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Server {
    pub async fn start(env: &[String]) -> Self {
        let data = tempfile::tempdir().expect("a folder");
        let printer = BadPrinter::start(Habit::Says("none"));
        let printers = format!(
            "[[printers]]\nname = \"Kiosk 1\"\nuri = \"{}\"\npaper = \"a4\"\n",
            printer.uri()
        );
        fs::write(data.path().join("printers.toml"), printers).expect("room on the disk");
        let (s3, web) = (free_port(), free_port());
        let log = fs::File::create(data.path().join("log")).expect("room on the disk");
        let child = Command::new(env!("CARGO_BIN_EXE_kanso"))
            .arg("serve")
            .arg("--data")
            .arg(data.path())
            .args(["--listen", &s3.to_string(), "--web", &web.to_string()])
            .env("KANSO_ACCESS_KEY_ID", KEY.0)
            .env("KANSO_SECRET_ACCESS_KEY", KEY.1)
            .envs(env.iter().map(|text| text.split_once('=').expect("--env NAME=VALUE")))
            .stdout(Stdio::null())
            .stderr(log)
            .spawn()
            .expect("the program");
        let client = StoreConfig::local(&format!("http://{s3}"), KEY.0, KEY.1).client();
        let bucket = Bucket::new(client.clone(), BUCKET);
        while bucket.list("").await.is_err() {
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        Self { child, data, web, client, bucket, printer }
    }

    pub async fn put(&self, key: &str, body: impl Into<Bytes>) {
        let (key, body) = (format!("{RACE}/{key}"), body.into());
        let put = self.bucket.put(&key, body, "application/octet-stream", Write::Always);
        put.await.expect("the server takes it");
    }

    /// Keys below a prefix of the race, and when they were written, in milliseconds.
    pub async fn list(&self, prefix: &str) -> Vec<(String, i64)> {
        let request = self.client.list_objects_v2().bucket(BUCKET);
        let mut pages = request.prefix(format!("{RACE}/{prefix}")).into_paginator().send();
        let mut listed = Vec::new();
        while let Some(page) = pages.next().await {
            for object in page.expect("the server lists").contents() {
                let at = object.last_modified().and_then(|at| at.to_millis().ok());
                listed.push((object.key().unwrap_or_default().to_owned(), at.unwrap_or_default()));
            }
        }
        listed
    }

    /// Uploads that the worker has still to do.
    pub async fn waiting(&self) -> u64 {
        let health = self.ask("GET", "/healthz", "").await;
        health["worker"]["waiting"].as_u64().unwrap_or(u64::MAX)
    }

    /// Orders a runner's certificate on paper.
    pub async fn order(&self, name: &str, bib: &str) {
        let body = serde_json::json!({"name": name, "bibs": [bib]}).to_string();
        let answer = self.ask("POST", &format!("/print/{RACE}"), &body).await;
        assert_eq!(answer["jobs"].as_array().map(Vec::len), Some(1), "{answer}");
    }

    async fn ask(&self, method: &str, path: &str, body: &str) -> Value {
        let secrets = Secrets::load_or_create(self.data.path()).expect("the server made them");
        let mut stream = TcpStream::connect(self.web).await.expect("the server listens");
        let head = format!(
            "{method} {path} HTTP/1.0\r\ncontent-type: application/json\r\n\
             authorization: Bearer {}\r\ncontent-length: {}\r\n\r\n",
            secrets.console_token,
            body.len()
        );
        stream.write_all((head + body).as_bytes()).await.expect("the server reads");
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.expect("the server answers");
        let (_, body) = answer.split_once("\r\n\r\n").unwrap_or_default();
        serde_json::from_str(body).unwrap_or(Value::Null)
    }

    /// `VmRSS` or `VmHWM` of the server, in MB.
    pub fn memory_mb(&self, field: &str) -> f64 {
        let path = format!("/proc/{}/status", self.child.id());
        let status = fs::read_to_string(path).unwrap_or_default();
        let line = status.lines().find(|line| line.starts_with(field)).unwrap_or_default();
        let kib = line.split_whitespace().nth(1).and_then(|word| word.parse::<f64>().ok());
        kib.unwrap_or_default() * 1024.0 / 1e6
    }
}
