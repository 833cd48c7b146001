//! SIGKILL while clients upload: what was acknowledged is there whole, the rest is absent or
//! whole, nothing else is left.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use aws_sdk_s3::Client;

use crate::server::{KEY, SECRET, body_files, client, credentials, get, start};

const ROUNDS: u32 = 20;
const UPLOADERS: u64 = 4;
const KEYS: u64 = 8;
const FOLDER: &str = "KANSO_TEST_KILLED_SERVER";

/// Not a test of its own: the process that the test below kills.
#[tokio::test(flavor = "multi_thread")]
async fn serves_until_it_is_killed() {
    let Some(data) = std::env::var_os(FOLDER).map(PathBuf::from) else { return };
    let (events, _receiver) = kanso_endpoint::event::channel(1);
    let config = kanso_endpoint::Config { data: data.clone(), credentials: credentials() };
    let endpoint = kanso_endpoint::Endpoint::open(config, events).unwrap();
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let draft = data.join("address.new");
    std::fs::write(&draft, format!("http://{}", listener.local_addr().unwrap())).unwrap();
    std::fs::rename(draft, data.join("address")).unwrap();
    endpoint.serve(listener, std::future::pending()).await.unwrap();
}

async fn spawn(data: &Path) -> (Child, Client) {
    let _ = std::fs::remove_file(data.join("address"));
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "crash::serves_until_it_is_killed", "--nocapture"])
        .env(FOLDER, data)
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    for _ in 0..600 {
        if let Ok(address) = std::fs::read_to_string(data.join("address")) {
            return (child, client(&address, KEY, SECRET));
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    child.kill().unwrap();
    panic!("the server did not come up: {:?}", child.wait());
}

/// A small generator: the rounds can be repeated from the printed seed.
#[derive(Clone)]
struct Random(u64);

impl Random {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
        (self.0 >> 33) % limit
    }
}

/// The bytes of one version of one key; the length differs from version to version.
fn body(key: &str, version: u64) -> Vec<u8> {
    let mut random = Random(version.wrapping_mul(0x9e37_79b9) ^ key.len() as u64);
    let length = random.below(300_000);
    let mut bytes = format!("{key} {version} ").into_bytes();
    bytes.extend((0..length).map(|i| (i as u8).wrapping_add(version as u8)));
    bytes
}

/// What a client knows of one key: the last acknowledged state, and one that was under way.
#[derive(Debug, Clone, Default)]
struct Known {
    acknowledged: Option<u64>,
    under_way: Option<Option<u64>>,
}

async fn upload(
    client: Client,
    me: u64,
    mut random: Random,
    mut known: BTreeMap<String, Known>,
    from: u64,
) -> BTreeMap<String, Known> {
    for version in from.. {
        let key = format!("up {me}/{}+写.jpg", random.below(KEYS));
        let state = known.entry(key.clone()).or_default();
        let next = (random.below(5) > 0).then_some(version);
        state.under_way = Some(next);
        let done = match next {
            Some(v) => {
                let call = client.put_object().bucket("photos").key(&key);
                call.body(body(&key, v).into()).send().await.is_ok()
            }
            None => client.delete_object().bucket("photos").key(&key).send().await.is_ok(),
        };
        if !done {
            return known;
        }
        *state = Known { acknowledged: next, under_way: None };
    }
    known
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_acknowledged_survives_sigkill_and_nothing_else_is_left() {
    let seed = std::env::var("KANSO_TEST_SEED")
        .ok()
        .and_then(|s| s.parse().ok())
        .unwrap_or_else(|| SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_nanos() as u64);
    println!("seed {seed} (repeat with KANSO_TEST_SEED={seed})");
    let mut random = Random(seed);
    let dir = tempfile::tempdir().unwrap();
    let mut known: Vec<BTreeMap<String, Known>> = vec![BTreeMap::new(); UPLOADERS as usize];
    let mut acknowledged = 0;
    for round in 0..ROUNDS {
        let (mut child, client) = spawn(dir.path()).await;
        if round == 0 {
            client.create_bucket().bucket("photos").send().await.unwrap();
        }
        let uploads: Vec<_> = known
            .drain(..)
            .enumerate()
            .map(|(me, known)| {
                let (client, random) = (client.clone(), Random(random.below(1 << 30)));
                tokio::spawn(upload(
                    client,
                    me as u64,
                    random,
                    known,
                    u64::from(round) * 1_000_000 + 1,
                ))
            })
            .collect();
        tokio::time::sleep(Duration::from_millis(20 + random.below(280))).await;
        child.kill().unwrap();
        child.wait().unwrap();
        for task in uploads {
            known.push(task.await.unwrap());
        }

        let server = start(dir.path()).await;
        let mut stored = 0;
        for (key, state) in known.iter_mut().flatten() {
            let found = get(&server.client, "photos", key).await;
            let matches = |v: Option<u64>| found == v.map(|v| body(key, v));
            let is = if matches(state.acknowledged) {
                state.acknowledged
            } else {
                let under_way = state.under_way.filter(|v| matches(*v));
                under_way.unwrap_or_else(|| {
                    panic!("seed {seed} round {round}: {key} is lost or torn; {state:?}")
                })
            };
            acknowledged += u64::from(state.acknowledged.is_some());
            stored += usize::from(is.is_some());
            *state = Known { acknowledged: is, under_way: None };
        }
        assert_eq!(body_files(dir.path()), stored, "seed {seed} round {round}: orphans");
        server.stop().await;
    }
    println!("{acknowledged} acknowledged objects were found whole in {ROUNDS} rounds");
    assert!(acknowledged > 0, "the server was killed before anything was acknowledged");
}
