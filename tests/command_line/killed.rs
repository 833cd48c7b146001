//! `kanso serve`, killed at any moment: what it acknowledged is there, and the work that is
//! left is finished at the next start.

use std::net::{SocketAddr, TcpListener};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use kanso_pipeline::store::{Bucket, StoreConfig, Write};

use super::venue::{RESULTS, RULES, photo};

pub struct Serve {
    pub child: Child,
    pub bucket: Bucket,
    pub web: SocketAddr,
}

impl Drop for Serve {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

pub fn free_port() -> SocketAddr {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap()
}

pub async fn serve(data: &std::path::Path) -> Serve {
    let (s3, web) = (free_port(), free_port());
    let child = Command::new(env!("CARGO_BIN_EXE_kanso"))
        .args(["serve", "--data", data.to_str().unwrap()])
        .args(["--listen", &s3.to_string(), "--web", &web.to_string()])
        .env("KANSO_ACCESS_KEY_ID", "testkey")
        .env("KANSO_SECRET_ACCESS_KEY", "testsecret1234567890")
        .stdout(Stdio::null())
        .stderr(std::fs::File::create(data.join("log")).unwrap())
        .spawn()
        .unwrap();
    let endpoint = format!("http://{s3}");
    let client = StoreConfig::local(&endpoint, "testkey", "testsecret1234567890").client();
    let serve = Serve { child, bucket: Bucket::new(client, "kanso"), web };
    let deadline = Instant::now() + Duration::from_secs(30);
    while serve.bucket.list("").await.is_err() {
        assert!(Instant::now() < deadline, "kanso serve does not answer");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    serve
}

#[tokio::test(flavor = "multi_thread")]
async fn killing_serve_during_uploads_loses_nothing_that_was_acknowledged() {
    let folder = tempfile::tempdir().unwrap();
    let mut acknowledged = Vec::new();
    {
        let serve = serve(folder.path()).await;
        for (key, body) in [("race/race.toml", RULES), ("race/results.csv", RESULTS)] {
            serve.bucket.put(key, body.into(), "text/plain", Write::Always).await.unwrap();
        }
        for n in 0..12_u8 {
            let key = format!("race/photos/a/{n:02}_bib1.jpg");
            let put = serve.bucket.put(&key, photo(n).into(), "image/jpeg", Write::Always);
            acknowledged.push((key.clone(), put.await.unwrap()));
        }
        // Dropped here: SIGKILL, with some certificates written and some not.
    }
    let serve = serve(folder.path()).await;
    let stored = serve.bucket.list("race/photos/").await.unwrap();
    assert_eq!(
        stored.iter().map(|l| (l.key.clone(), l.etag.clone())).collect::<Vec<_>>(),
        acknowledged
    );
    let deadline = Instant::now() + Duration::from_secs(60);
    loop {
        let outcomes = serve.bucket.list("race/outcomes/").await.unwrap().len();
        let certificates = serve.bucket.list("race/certificates/1/").await.unwrap().len();
        if outcomes == 12 {
            assert_eq!(certificates, 12 * 4, "each photo has its certificate, once");
            break;
        }
        assert!(Instant::now() < deadline, "only {outcomes} of 12 photos are finished");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}
