//! `kanso serve`, killed at any moment: what it acknowledged is there, the work that is left
//! is finished at the next start, and no paper is printed twice.
//!
//! Each round starts it on the same data folder, uploads photos and results, orders prints,
//! and kills it at a random moment. `KANSO_TEST_ROUNDS=200` runs more rounds,
//! `KANSO_TEST_SEED=7` a printed seed again.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use kanso_pipeline::store::{Bucket, StoreConfig, Write};
use tokio::task::JoinSet;

use super::acknowledged::Acknowledged;
use super::bad_printer::{BadPrinter, Habit};
use super::tap::Tap;
use super::venue::{RESULTS, RULES};
use crate::ports::free_port;

/// Rounds of a plain `cargo test`.
const ROUNDS: u64 = 20;
/// After so many rounds it is left alone until all work is done.
const FINISHED_EVERY: u64 = 5;
/// No round lasts longer than that, in milliseconds.
const LONGEST_ROUND: u64 = 1500;
/// Nor its start, where it is killed while it starts.
const LONGEST_START: u64 = 250;
const UPLOADERS: usize = 3;
/// What comes at most in a round, from each uploader and for the printer.
const UPLOADS: usize = 8;
const ORDERS: usize = 4;

pub struct Serve {
    pub child: Child,
    pub bucket: Bucket,
    pub s3: SocketAddr,
    pub web: SocketAddr,
    log: PathBuf,
}

impl Drop for Serve {
    fn drop(&mut self) {
        // SIGKILL
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Serve {
    pub async fn answers(&mut self) {
        let told = || std::fs::read_to_string(&self.log).unwrap();
        let deadline = Instant::now() + Duration::from_secs(30);
        // The client itself would wait long between two tries.
        while tokio::net::TcpStream::connect(self.s3).await.is_err()
            || self.bucket.list("").await.is_err()
        {
            assert!(self.child.try_wait().unwrap().is_none(), "kanso serve ended: {}", told());
            assert!(Instant::now() < deadline, "kanso serve does not answer: {}", told());
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }
}

pub async fn serve(data: &Path) -> Serve {
    let mut serve = start(data);
    serve.answers().await;
    serve
}

/// One that does not answer yet.
fn start(data: &Path) -> Serve {
    start_at(data, free_port(), free_port())
}

/// The same at these addresses.
pub fn start_at(data: &Path, s3: SocketAddr, web: SocketAddr) -> Serve {
    let log = data.join("log");
    let child = Command::new(env!("CARGO_BIN_EXE_kanso"))
        .args(["serve", "--data", data.to_str().unwrap()])
        .args(["--listen", &s3.to_string(), "--web", &web.to_string()])
        .env("KANSO_ACCESS_KEY_ID", "testkey")
        .env("KANSO_SECRET_ACCESS_KEY", "testsecret1234567890")
        .stdout(Stdio::null())
        .stderr(std::fs::File::create(&log).unwrap())
        .spawn()
        .unwrap();
    let client =
        StoreConfig::local(&format!("http://{s3}"), "testkey", "testsecret1234567890").client();
    Serve { child, bucket: Bucket::new(client, "kanso"), s3, web, log }
}

#[tokio::test(flavor = "multi_thread")]
async fn killing_serve_at_any_moment_loses_nothing_acknowledged_and_prints_nothing_twice() {
    let number = |name| std::env::var(name).ok().and_then(|text| text.parse::<u64>().ok());
    let rounds = number("KANSO_TEST_ROUNDS").unwrap_or(ROUNDS);
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs();
    let seed = number("KANSO_TEST_SEED").unwrap_or(now);
    println!("KANSO_TEST_SEED={seed}");
    let mut dice = Dice(seed);

    let folder = tempfile::tempdir().unwrap();
    let printer = BadPrinter::start(Habit::Says("none"));
    let tap = Tap::start(printer.address).await;
    let printers =
        format!("[[printers]]\nname = \"Kiosk 1\"\nuri = \"{}\"\npaper = \"a4\"\n", tap.uri());
    std::fs::write(folder.path().join("printers.toml"), printers).unwrap();
    {
        let serve = serve(folder.path()).await;
        for (key, body) in [("race/race.toml", RULES), ("race/results.csv", RESULTS)] {
            serve.bucket.put(key, body.into(), "text/plain", Write::Always).await.unwrap();
        }
    }
    let acknowledged = Arc::new(Acknowledged::default());
    for n in 1..=rounds {
        round(folder.path(), &acknowledged, &mut dice).await;
        if n % FINISHED_EVERY == 0 || n == rounds {
            let serve = serve(folder.path()).await;
            let done = acknowledged.finished(&serve, folder.path(), &tap).await;
            println!("round {n}: {done}");
        }
    }
}

/// Starts it, keeps it busy, and kills it.
async fn round(data: &Path, acknowledged: &Arc<Acknowledged>, dice: &mut Dice) {
    let mut serve = start(data);
    if dice.below(5) == 0 {
        return tokio::time::sleep(Duration::from_millis(dice.below(LONGEST_START))).await;
    }
    serve.answers().await;
    let mut work = JoinSet::new();
    for _ in 0..UPLOADERS {
        let (acknowledged, bucket) = (acknowledged.clone(), serve.bucket.clone());
        work.spawn(async move {
            for _ in 0..UPLOADS {
                acknowledged.upload(&bucket).await;
            }
        });
    }
    let (theirs, bucket) = (acknowledged.clone(), serve.bucket.clone());
    work.spawn(async move { theirs.correct_results(&bucket).await });
    let (theirs, web, data) = (acknowledged.clone(), serve.web, data.to_owned());
    work.spawn(async move {
        for _ in 0..ORDERS {
            theirs.order(web, &data).await;
        }
    });
    tokio::time::sleep(Duration::from_millis(dice.below(LONGEST_ROUND))).await;
    drop(serve);
    work.shutdown().await;
}

/// SplitMix64.
struct Dice(u64);

impl Dice {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        (z ^ (z >> 31)) % limit
    }
}
