//! What a server said yes to, and whether it kept its word.

use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use kanso_photo::PhotoId;
use kanso_pipeline::store::{Bucket, ETag, If, Write};
use kanso_web::secrets::Secrets;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use super::killed::Serve;
use super::tap::Tap;
use super::venue::{RESULTS, small_photo};

const NAME: &str = "渡邉 さくら";
/// The first photos are of the runner whose name changes; each change sets them again.
const OF_BIB_2: u64 = 6;
/// Longest time in which nothing of the work gets on.
const STANDSTILL: Duration = Duration::from_secs(120);

#[derive(Default)]
pub struct Acknowledged {
    numbers: AtomicU64,
    photos: Mutex<BTreeMap<String, ETag>>,
    jobs: Mutex<BTreeSet<u64>>,
    /// The number in the runner's name in the newest results.
    results: AtomicU64,
}

impl Acknowledged {
    pub async fn upload(&self, bucket: &Bucket) {
        let n = self.number();
        let bib = if n < OF_BIB_2 { 2 } else { 1 };
        let key = format!("race/photos/a/{n:06}_bib{bib}.jpg");
        let body = numbered(n).into();
        if let Ok(etag) = bucket.put(&key, body, "image/jpeg", Write::Always).await {
            self.photos.lock().unwrap().insert(key, etag);
        }
    }

    pub async fn correct_results(&self, bucket: &Bucket) {
        let n = self.number();
        let body = RESULTS.replace(NAME, &format!("{NAME}{n}")).into();
        if bucket.put("race/results.csv", body, "text/csv", Write::Always).await.is_ok() {
            self.results.store(n, Ordering::SeqCst);
        }
    }

    pub async fn order(&self, web: SocketAddr, data: &Path) {
        let n = self.number();
        let body = json!({"name": n.to_string(), "bibs": [(1 + n % 2).to_string()]});
        let answer = ask(web, data, "POST", "/print/race", &body.to_string()).await;
        let jobs = answer.iter().flat_map(|answer| answer["jobs"].as_array()).flatten();
        self.jobs.lock().unwrap().extend(jobs.filter_map(Value::as_u64));
    }

    fn number(&self) -> u64 {
        self.numbers.fetch_add(1, Ordering::SeqCst)
    }

    /// Waits until all work is done, and says how much it was. However slow the machine is,
    /// work gets on.
    pub async fn finished(&self, serve: &Serve, data: &Path, tap: &Tap) -> String {
        let mut deadline = Instant::now() + STANDSTILL;
        let mut before = None;
        loop {
            let photos = self.photos_done(&serve.bucket).await;
            let names = self.results_followed(&serve.bucket).await;
            let prints = self.prints_settled(serve.web, data, tap).await;
            match (photos, names, prints) {
                (Ok(photos), Ok(()), Ok(prints)) => return format!("{photos}, {prints}"),
                left => {
                    if before.as_ref() != Some(&left) {
                        deadline = Instant::now() + STANDSTILL;
                    }
                    assert!(Instant::now() < deadline, "nothing gets on: {left:?}");
                    before = Some(left);
                }
            }
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
    }

    /// Every stored photo has its outcome and its certificate; the error says what is left.
    async fn photos_done(&self, bucket: &Bucket) -> Result<String, String> {
        let stored: BTreeMap<String, ETag> = listed(bucket, "race/photos/").await;
        for (key, etag) in self.photos.lock().unwrap().iter() {
            assert_eq!(stored.get(key), Some(etag), "{key} was acknowledged");
        }
        let outcomes = bucket.list("race/outcomes/").await.unwrap().len();
        if outcomes != stored.len() {
            return Err(format!("{outcomes} of {} photos are finished", stored.len()));
        }
        let certificates = listed(bucket, "race/certificates/").await;
        let without = stored.keys().find(|key| {
            let (n, bib) = key["race/photos/a/".len()..].split_once("_bib").unwrap();
            let photo = PhotoId::of(&numbered(n.parse().unwrap()));
            let bib = bib.trim_end_matches(".jpg");
            !certificates.contains_key(&format!("race/certificates/{bib}/{photo}/current.json"))
        });
        match without {
            Some(key) => Err(format!("{key} has no certificate")),
            None => {
                let acknowledged = self.photos.lock().unwrap().len();
                Ok(format!("{} photos ({acknowledged} acknowledged)", stored.len()))
            }
        }
    }

    /// The newest results are what the certificates say.
    async fn results_followed(&self, bucket: &Bucket) -> Result<(), String> {
        let get = async |key: &str| bucket.get(key, If::Any, 1 << 20).await.unwrap().bytes;
        let results = String::from_utf8(get("race/results.csv").await.to_vec()).unwrap();
        let row = results.lines().find(|row| row.starts_with("2,")).unwrap();
        let name = row.split(',').nth(1).unwrap();
        let n = name.strip_prefix(NAME).unwrap().parse().unwrap_or(0);
        assert!(n >= self.results.load(Ordering::SeqCst), "results were acknowledged");
        for key in listed(bucket, "race/certificates/2/").await.into_keys() {
            let Some(folder) = key.strip_suffix("current.json") else { continue };
            let current: Value = serde_json::from_slice(&get(&key).await).unwrap();
            let record = format!("{folder}{}.json", current["fingerprint"].as_str().unwrap());
            let record = String::from_utf8(get(&record).await.to_vec()).unwrap();
            if !record.contains(&format!("\"{name}\"")) {
                return Err(format!("a certificate has not the name {name}"));
            }
        }
        Ok(())
    }

    /// No order is lost, none waits, and none came to the printer twice.
    async fn prints_settled(
        &self,
        web: SocketAddr,
        data: &Path,
        tap: &Tap,
    ) -> Result<String, String> {
        let jobs = ask(web, data, "GET", "/printer/jobs", "").await.ok_or("no answer")?;
        let state = |job: &Value| (job["job"].as_u64().unwrap(), job["state"].clone());
        let jobs: BTreeMap<u64, Value> = jobs.as_array().unwrap().iter().map(state).collect();
        let documents = tap.documents();
        for job in self.jobs.lock().unwrap().iter() {
            assert!(jobs.contains_key(job), "job {job} was acknowledged");
        }
        for (job, state) in &jobs {
            let documents = documents.get(job).copied().unwrap_or(0);
            match state.as_str().unwrap() {
                "waiting" | "printing" => return Err(format!("job {job} is {state}")),
                "printed" => assert_eq!(documents, 1, "job {job} is printed"),
                // Whether it is on paper, a person has to see.
                "unknown" => assert!(documents <= 1, "job {job} is unknown"),
                other => panic!("job {job} is {other}"),
            }
        }
        let unknown = jobs.values().filter(|state| *state == "unknown").count();
        Ok(format!("{} prints ({unknown} for a person to look at)", jobs.len()))
    }
}

async fn listed(bucket: &Bucket, prefix: &str) -> BTreeMap<String, ETag> {
    bucket.list(prefix).await.unwrap().into_iter().map(|l| (l.key, l.etag)).collect()
}

/// A photo with that number in a comment.
fn numbered(n: u64) -> Vec<u8> {
    let photo = small_photo(0);
    let comment = format!("{n:08}");
    let marker = [0xFF, 0xFE, 0, 2 + comment.len() as u8];
    [&photo[..2], &marker, comment.as_bytes(), &photo[2..]].concat()
}

/// An answer of the desk; `None` where the server is gone.
async fn ask(web: SocketAddr, data: &Path, method: &str, path: &str, body: &str) -> Option<Value> {
    let token = Secrets::load_or_create(data).unwrap().console_token;
    let head = format!(
        "{method} {path} HTTP/1.0\r\ncontent-type: application/json\r\n\
         authorization: Bearer {token}\r\ncontent-length: {}\r\n\r\n",
        body.len()
    );
    let mut stream = tokio::net::TcpStream::connect(web).await.ok()?;
    stream.write_all((head + body).as_bytes()).await.ok()?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.ok()?;
    let (_, body) = answer.split_once("\r\n\r\n")?;
    serde_json::from_str(body).ok()
}
