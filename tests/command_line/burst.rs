//! More comes at once than anybody can do at once.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::{Duration, Instant};

use kanso_endpoint::{Config, Credentials, Endpoint};
use kanso_pipeline::handler::Handler;
use kanso_pipeline::store::{Bucket, StoreConfig, Write};

use super::venue::{BUCKET, RESULTS, RULES, photo, small_photo};

/// The laptop's host on a real endpoint, with room for few events.
struct Busy {
    bucket: Bucket,
    _folder: tempfile::TempDir,
}

impl Busy {
    async fn start(room: usize) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (credentials, _) = Credentials::load_or_create(folder.path()).unwrap();
        let (id, secret) = credentials.primary();
        let client = StoreConfig::local(&format!("http://{address}"), id, secret).client();
        let config = Config { data: folder.path().to_owned(), credentials };
        let (events, receiver) = kanso::host::channel(room, Arc::default());
        let endpoint = Endpoint::open(config, events).unwrap();
        tokio::spawn(async move { endpoint.serve(listener, std::future::pending()).await });
        let bucket = Bucket::new(client, BUCKET);
        bucket.create().await.unwrap();
        let busy = Self { bucket: bucket.clone(), _folder: folder };
        busy.put("race/race.toml", RULES).await;
        busy.put("race/results.csv", RESULTS).await;
        let handler = Arc::new(Handler::new(bucket.clone(), bucket));
        let (done, mut handled) = tokio::sync::mpsc::channel(8);
        tokio::spawn(async move { while handled.recv().await.is_some() {} });
        tokio::spawn(kanso::host::run(handler, receiver, done, Arc::default()));
        busy
    }

    async fn put(&self, key: &str, body: impl Into<Vec<u8>>) {
        let body = bytes::Bytes::from(body.into());
        self.bucket.put(key, body, "image/jpeg", Write::Always).await.unwrap();
    }

    /// Photos of bib 2, all at once.
    async fn burst(&self, photos: impl Iterator<Item = Vec<u8>>) {
        let mut puts = tokio::task::JoinSet::new();
        for (n, body) in photos.enumerate() {
            let (bucket, key) = (self.bucket.clone(), format!("race/photos/a/{n:03}_bib2.jpg"));
            let put =
                async move { bucket.put(&key, body.into(), "image/jpeg", Write::Always).await };
            puts.spawn(put);
        }
        for put in puts.join_all().await {
            put.unwrap();
        }
    }

    async fn keys(&self, prefix: &str) -> BTreeSet<String> {
        self.bucket.list(prefix).await.unwrap().into_iter().map(|listed| listed.key).collect()
    }

    /// The records of a bib's certificates, one for each fingerprint.
    async fn records(&self, bib: &str) -> usize {
        let keys = self.keys(&format!("race/certificates/{bib}/")).await;
        keys.iter().filter(|key| key.ends_with(".pdf")).count()
    }

    /// Waits until `met` says so; a minute at most.
    async fn until<F: Future<Output = bool>>(&self, what: &str, met: impl Fn() -> F) {
        let deadline = Instant::now() + Duration::from_secs(60);
        while !met().await {
            assert!(Instant::now() < deadline, "{what}: not within a minute");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_photo_of_a_burst_that_fits_no_queue_is_done() {
    let busy = Busy::start(4).await;
    busy.burst((0..60).map(small_photo)).await;
    busy.until("60 outcomes", async || busy.keys("race/outcomes/").await.len() == 60).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn results_in_the_middle_of_a_burst_are_followed_before_the_burst_is_done() {
    let busy = Busy::start(4).await;
    busy.put("race/photos/a/first_bib1.jpg", photo(0)).await;
    busy.until("the first certificate", async || busy.records("1").await == 1).await;
    busy.burst((1..100).map(photo)).await;
    busy.put("race/results.csv", RESULTS.replace("髙橋", "高橋")).await;
    busy.until("the name as corrected", async || busy.records("1").await == 2).await;
    assert!(busy.keys("race/outcomes/").await.len() < 100, "only after the whole burst");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_in_the_middle_of_a_burst_is_followed_before_the_burst_is_done() {
    let busy = Busy::start(4).await;
    busy.put("race/photos/a/nobody.jpg", photo(0)).await;
    busy.until("the review", async || busy.keys("race/outcomes/").await.len() == 1).await;
    busy.burst((1..100).map(photo)).await;
    let id = kanso_photo::PhotoId::of(&photo(0));
    busy.put(&format!("race/decisions/{id}.json"), r#"{"bibs": ["1"]}"#).await;
    busy.until("the answered photo", async || busy.records("1").await == 1).await;
    assert!(busy.keys("race/outcomes/").await.len() < 100, "only after the whole burst");
}
