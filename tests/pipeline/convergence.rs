//! Any order, any number of deliveries, any crash: the end is that of a run where nothing
//! went wrong. `KANSO_TEST_CASES=200` runs more cases, `KANSO_TEST_SEED=7` a printed one again.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use aws_sdk_s3::config::interceptors::{
    AfterDeserializationInterceptorContextRef, BeforeTransmitInterceptorContextRef,
};
use aws_sdk_s3::config::{ConfigBag, Intercept, RuntimeComponents};
use aws_sdk_s3::error::BoxError;
use kanso_photo::PhotoId;
use kanso_pipeline::events::Upload;
use kanso_pipeline::handler::Handler;
use kanso_pipeline::keys::RaceId;
use kanso_pipeline::reconcile::{Scope, reconcile};
use kanso_pipeline::store::Bucket;
use kanso_race::Bib;
use serde_json::{Value, json};

use super::pieces::follow;
use super::venue::{BUCKET, RESULTS, RULES, Venue, small_photo, small_tagged};

/// Cases of a plain `cargo test`; each takes some seconds.
const CASES: u64 = 6;

#[tokio::test(flavor = "multi_thread")]
async fn every_interleaving_ends_as_the_clean_run_does() {
    let number = |name| std::env::var(name).ok().and_then(|text| text.parse::<u64>().ok());
    let seeds = match number("KANSO_TEST_SEED") {
        Some(seed) => seed..seed + 1,
        None => 0..number("KANSO_TEST_CASES").unwrap_or(CASES),
    };
    for seed in seeds {
        case(seed).await;
    }
}

async fn case(seed: u64) {
    let mut dice = Dice(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) ^ 0xD1B5_4A32_D192_ED03);
    let inputs = inputs(&mut dice);
    let clean = clean_run(&inputs).await;
    let rough = rough_run(&inputs, &mut dice).await;
    assert_eq!(rough, clean, "KANSO_TEST_SEED={seed}");
    assert!(!clean.is_empty());
}

/// Every object that is written, by key: all its versions, the last of which holds.
fn inputs(dice: &mut Dice) -> BTreeMap<String, Vec<Vec<u8>>> {
    let mut inputs: BTreeMap<String, Vec<Vec<u8>>> = BTreeMap::new();
    let mut add = |key: &str, body: &[u8]| {
        inputs.entry(format!("race/{key}")).or_default().push(body.to_vec());
    };
    let files = ["1", "1-again", "2", "3", "4", "9", "nobody"];
    let mut ids = Vec::new();
    for (n, file) in files.iter().enumerate() {
        let name = match *file {
            "nobody" => "nobody".to_owned(),
            file => format!("x_bib{}_{n}", file.trim_end_matches("-again")),
        };
        let body = small_photo(n as u8 * 9);
        ids.push(PhotoId::of(&body));
        if dice.one_in(4) {
            add(&format!("photos/a/{name}.jpg"), &small_photo(200 + n as u8));
        }
        add(&format!("photos/a/{name}.jpg"), &body);
    }
    // A camera whose clock only its photos tell: two groups that finish in one second each, a
    // photo of nobody's number beside the first, and one that only that clock matches.
    let with_camera = dice.one_in(3);
    if with_camera {
        let keywords = |bibs: std::ops::Range<u32>| bibs.map(|bib| format!("bib:{bib}"));
        let first: Vec<String> = keywords(101..106).collect();
        let second: Vec<String> = keywords(106..111).collect();
        let shown = |time: &str| format!("2026-11-23T{time}");
        for (n, keywords, time) in [
            (1, &first[..], "09:20:41"),
            (2, &second[..], "09:25:41"),
            (3, &[], "09:20:42"),
            (4, &[], "09:30:41"),
        ] {
            add(&format!("photos/b/{n}.jpg"), &small_tagged(90 + n, keywords, &shown(time)));
        }
    }
    let group = |bibs: std::ops::RangeInclusive<u32>, time: &str| {
        bibs.map(|bib| format!("{bib},浜 透,half,{time},,\n")).collect::<String>()
    };
    let of_camera = match with_camera {
        true => {
            [group(101..=105, "0:50:00"), group(106..=110, "0:55:00"), group(111..=111, "1:00:00")]
                .concat()
        }
        false => String::new(),
    };
    // Ranks and a fourth runner beside those of the venue.
    let results = |rank: u64, name: &str, second: &str| {
        let rows = RESULTS.replace("髙橋 健吾", name).replace("1:45:00,", second);
        let rows = rows
            .replace("状態\n", "状態,総合順位\n")
            .replace("1:30:00,", &format!("1:30:00,,{rank}"));
        format!("{rows}4,小鳥遊 凛,half,1:50:00,,9\n{of_camera}")
    };
    for _ in 0..dice.below(3) {
        let second = if dice.one_in(2) { "1:45:00,失格" } else { "1:45:00," };
        let name = if dice.one_in(2) { "髙橋 健吾" } else { "髙橋 謙吾" };
        add("results.csv", results(dice.below(9) + 1, name, second).as_bytes());
    }
    let second = if dice.one_in(3) { "1:45:00,失格" } else { "1:45:00," };
    add("results.csv", results(dice.below(9) + 1, "髙橋 謙吾", second).as_bytes());
    if dice.one_in(3) {
        add("results/1.csv", "ナンバー,氏名,種目,グロスタイム\n9,林 灯,half,2:00:00\n".as_bytes());
    }
    add("race.toml", RULES.as_bytes());
    if dice.one_in(2) {
        add("race.toml", format!("{RULES}\n[appearance]\ntemplate = \"classic\"\n").as_bytes());
    }
    if dice.one_in(3) {
        add("race.toml", format!("confirmed = true\n{RULES}").as_bytes());
    }
    for id in &ids {
        let answer = match dice.below(9) {
            0 => json!({"bibs": ["1"]}),
            1 => json!({"reject": "a spectator"}),
            2 => json!({"block": ["1"]}),
            3 => json!({"crop": {"x": 10, "y": 10, "width": 80, "height": 100}}),
            _ => continue,
        };
        if dice.one_in(3) {
            add(&format!("decisions/{id}.json"), json!({"bibs": ["4"]}).to_string().as_bytes());
        }
        add(&format!("decisions/{id}.json"), answer.to_string().as_bytes());
    }
    if dice.one_in(3) {
        add("erased/4.json", b"{\"erased\":true}");
    }
    inputs
}

async fn clean_run(inputs: &BTreeMap<String, Vec<Vec<u8>>>) -> BTreeMap<String, Value> {
    let venue = Venue::start().await;
    let mut photos = Vec::new();
    for (key, versions) in inputs {
        let upload = venue.put(key, versions.last().unwrap().clone()).await;
        if key.contains("/photos/") {
            photos.push(upload);
        }
    }
    for photo in photos {
        venue.handle(&photo).await;
    }
    // Nobody delivers the event of a clock that was solved.
    assert!(come_to_rest(&venue, &venue.handler, false).await < 3);
    outcome(&venue).await
}

/// Reconciles until there is nothing to do; how often there was.
async fn come_to_rest(venue: &Venue, handler: &Handler, in_pieces: bool) -> usize {
    let mut rounds = 0;
    while !match in_pieces {
        true => settle_in_pieces(venue, handler).await.unwrap(),
        false => settle(handler).await.unwrap(),
    } {
        rounds += 1;
        assert!(rounds < 6, "reconciling does not come to rest");
    }
    rounds
}

async fn rough_run(
    inputs: &BTreeMap<String, Vec<Vec<u8>>>,
    dice: &mut Dice,
) -> BTreeMap<String, Value> {
    let venue = Venue::start().await;
    let mut left: Vec<(String, Vec<Vec<u8>>)> = inputs.clone().into_iter().collect();
    let mut events: Vec<Upload> = Vec::new();
    // Two processes, each with its own memory of the race.
    let mut processes = [process(&venue, i64::MAX), process(&venue, i64::MAX)];
    while !left.is_empty() || !events.is_empty() {
        let writes = !left.is_empty() && (events.is_empty() || dice.one_in(2));
        if writes {
            let at = dice.below(left.len() as u64) as usize;
            let body = left[at].1.remove(0);
            let event = venue.put(&left[at].0, body).await;
            // Lost, delivered once, or delivered twice.
            events.extend((0..dice.below(3)).map(|_| event.clone()));
            left.retain(|(_, versions)| !versions.is_empty());
            continue;
        }
        let event = events.swap_remove(dice.below(events.len() as u64) as usize);
        let at = dice.below(2) as usize;
        if dice.one_in(3) {
            processes[at] = process(&venue, dice.below(25) as i64);
        }
        let other = &processes[1 - at];
        let failed = if dice.one_in(8) {
            settle(&processes[at]).await.is_err()
        } else if dice.one_in(4) {
            let (here, there) = tokio::join!(processes[at].handle(&event), other.handle(&event));
            drop(there);
            here.is_err()
        } else {
            processes[at].handle(&event).await.is_err()
        };
        if failed {
            // It crashed: its event comes again, to a process that knows nothing.
            processes[at] = process(&venue, i64::MAX);
            if dice.one_in(2) {
                events.push(event);
            }
        }
    }
    let last = process(&venue, i64::MAX);
    come_to_rest(&venue, &last, dice.one_in(2)).await;
    outcome(&venue).await
}

/// One reconciliation with its work done; whether there was nothing to do.
async fn settle(handler: &Handler) -> Result<bool, kanso_certificate::Fault> {
    let (report, work) = reconcile(handler, None, Scope::Everything).await?;
    let quiet = report.is_clean() && work.is_empty();
    for upload in work {
        handler.handle(&upload).await?;
    }
    print_stale(handler).await?;
    Ok(quiet)
}

/// The same as a queue hands it out; whether nothing was written.
async fn settle_in_pieces(
    venue: &Venue,
    handler: &Handler,
) -> Result<bool, kanso_certificate::Fault> {
    let before = venue.bucket.list("").await?;
    follow(handler, Handler::reconciliation([&RaceId::new("race").unwrap()]), 2).await?;
    print_stale(handler).await?;
    Ok(venue.bucket.list("").await? == before)
}

async fn print_stale(handler: &Handler) -> Result<(), kanso_certificate::Fault> {
    // What is stale is printed before its next use, so it is printed now.
    let race = RaceId::new("race").unwrap();
    let of_camera = (101..=111).map(|bib: u32| bib.to_string());
    let bibs = ["1", "2", "3", "4", "9"].map(str::to_owned).into_iter().chain(of_camera);
    for bib in bibs.map(|bib| Bib::parse(&bib).unwrap()) {
        for issued in handler.issued(&race, &bib).await? {
            handler.up_to_date(&race, &bib, issued.photo).await?;
        }
    }
    Ok(())
}

/// What a run came to: the certificates that hold, and every tray record.
async fn outcome(venue: &Venue) -> BTreeMap<String, Value> {
    let mut outcome = BTreeMap::new();
    for key in venue.keys("race/").await {
        if key.ends_with("/current.json") {
            let current = venue.json(&key).await;
            if current["void"].is_null() {
                let now = json!([current["fingerprint"], current["confirmed"], current["stale"]]);
                outcome.insert(key, now);
            }
        } else if ["pending/", "review/", "rejected/"].iter().any(|tray| key.contains(tray)) {
            let record = venue.json(&key).await;
            outcome.insert(key, record);
        }
    }
    outcome
}

/// A handler whose store stops answering after so many calls: a crash between two of them.
fn process(venue: &Venue, calls: i64) -> Arc<Handler> {
    let crash = Crash(Arc::new(AtomicI64::new(calls)));
    let config = venue.client.config().to_builder().interceptor(crash).build();
    let bucket = Bucket::new(aws_sdk_s3::Client::from_conf(config), BUCKET);
    Arc::new(Handler::new(bucket.clone(), bucket))
}

/// The last call that is let through is carried out, and its answer is lost.
#[derive(Debug)]
struct Crash(Arc<AtomicI64>);

impl Intercept for Crash {
    fn name(&self) -> &'static str {
        "crash"
    }

    fn read_before_transmit(
        &self,
        _: &BeforeTransmitInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let left = self.0.fetch_sub(1, Ordering::SeqCst);
        if left > 0 { Ok(()) } else { Err("the process has crashed".into()) }
    }

    fn read_after_deserialization(
        &self,
        _: &AfterDeserializationInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let left = self.0.load(Ordering::SeqCst);
        if left > 0 { Ok(()) } else { Err("the process has crashed".into()) }
    }
}

/// SplitMix64: the same seed gives the same case.
struct Dice(u64);

impl Dice {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        (z ^ (z >> 31)) % limit.max(1)
    }

    fn one_in(&mut self, n: u64) -> bool {
        self.below(n) == 0
    }
}
