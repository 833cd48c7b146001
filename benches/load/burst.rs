//! N photos from M uploaders, until the last of them has its certificate.

use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use super::Args;
use super::interruption;
use super::photos::Photos;
use super::server::Server;

const LOOK_EVERY: Duration = Duration::from_millis(500);
const REST: Duration = Duration::from_secs(10);

/// When an upload began and when it was acknowledged, in milliseconds of the wall clock, as
/// the store tells of its objects.
type Upload = (i64, i64);

/// Certificates per second once every upload was acknowledged.
pub fn run(args: &Args, photos: &Photos) -> f64 {
    tokio::runtime::Runtime::new().expect("threads").block_on(burst(args, photos))
}

async fn burst(args: &Args, photos: &Photos) -> f64 {
    let server = Server::start(&args.env).await;
    server.put("race.toml", photos.rules.clone()).await;
    server.put("results.csv", photos.results.clone()).await;
    let told = async {
        let uploads = upload(args, photos, &server).await;
        if !args.interrupt {
            return (uploads, None);
        }
        interruption::half_done(&server, args.photos).await;
        (uploads, Some(interruption::interrupt(&server, photos).await))
    };
    let ((uploads, interrupted), held) = tokio::join!(told, done(&server, args.photos));
    let peak = server.memory_mb("VmHWM");
    let end = server.memory_mb("VmRSS");
    tokio::time::sleep(REST).await;
    let rest = server.memory_mb("VmRSS");
    let drain = tell(photos, &uploads, &first_pdfs(&server).await);
    if args.printed > 0 {
        let outcomes = server.list("outcomes/").await;
        let last = outcomes.iter().map(|(_, at)| *at).max().unwrap_or_default();
        let acknowledged = uploads.iter().map(|upload| upload.1).max().unwrap_or_default();
        let count = (0..args.photos).filter(|n| photos.is_printed(*n)).count();
        let after = (last - acknowledged) as f64 / 1e3;
        println!("{count} printed numbers: all done {after:.1} s after the last upload");
    }
    println!(
        "memory, MB: peak {peak:.0}, end {end:.0}, rest {rest:.0}; quarters {}",
        quarters(&held)
    );
    if let Some(interrupted) = interrupted {
        println!("{interrupted}");
    }
    drain
}

async fn upload(args: &Args, photos: &Photos, server: &Server) -> Vec<Upload> {
    let next = AtomicUsize::new(0);
    let since = tokio::time::Instant::now();
    let uploader = || async {
        let mut uploads = Vec::new();
        loop {
            let n = next.fetch_add(1, Ordering::Relaxed);
            if n >= args.photos {
                return uploads;
            }
            if let Some(rate) = args.rate {
                tokio::time::sleep_until(since + Duration::from_secs_f64(n as f64 / rate)).await;
            }
            let body = photos.bytes(n);
            let began = now_ms();
            server.put(&photos.key(n), body).await;
            uploads.push((n, (began, now_ms())));
        }
    };
    let uploaders = (0..args.uploaders).map(|_| uploader());
    let mut uploads: Vec<_> =
        futures::future::join_all(uploaders).await.into_iter().flatten().collect();
    uploads.sort_unstable();
    uploads.into_iter().map(|(_, upload)| upload).collect()
}

/// Waits until every photo has its outcome; what the server held along the way, in MB.
async fn done(server: &Server, count: usize) -> Vec<f64> {
    let mut held = Vec::new();
    loop {
        tokio::time::sleep(LOOK_EVERY).await;
        held.push(server.memory_mb("VmRSS"));
        let idle = server.waiting().await == 0;
        if idle && server.list("outcomes/").await.len() == count {
            return held;
        }
    }
}

/// When each photo's first PDF was written, by photo.
async fn first_pdfs(server: &Server) -> HashMap<String, i64> {
    let mut first = HashMap::new();
    for (key, at) in server.list("certificates/").await {
        if let Some(photo) = key.ends_with(".pdf").then(|| key.split('/').nth_back(1)).flatten() {
            let earliest = first.entry(photo.to_owned()).or_insert(at);
            *earliest = at.min(*earliest);
        }
    }
    first
}

fn tell(photos: &Photos, uploads: &[Upload], pdfs: &HashMap<String, i64>) -> f64 {
    let sure = uploads.iter().enumerate().filter(|(n, _)| !photos.is_printed(*n));
    let (sure, written): (Vec<Upload>, Vec<i64>) = sure
        .map(|(n, upload)| {
            let photo = kanso_photo::PhotoId::of(&photos.bytes(n)).to_string();
            (*upload, *pdfs.get(&photo).expect("each photo has its certificate"))
        })
        .unzip();
    let began = uploads.iter().map(|upload| upload.0).min().unwrap_or_default();
    let acknowledged = uploads.iter().map(|upload| upload.1).max().unwrap_or_default();
    let last = written.iter().max().copied().unwrap_or_default();
    let left = written.iter().filter(|at| **at > acknowledged).count();
    let mut seconds: Vec<f64> =
        sure.iter().zip(&written).map(|(upload, at)| (at - upload.0) as f64 / 1e3).collect();
    seconds.sort_by(f64::total_cmp);
    let percentile = |share: f64| seconds[((seconds.len() - 1) as f64 * share).round() as usize];
    let per_second =
        |count: usize, since: i64, until: i64| count as f64 * 1e3 / (until - since).max(1) as f64;
    let drain = per_second(left, acknowledged, last);
    println!("accepted/s   PDF/s  drain/s     p50 s   p95 s   p99 s");
    println!(
        "{:>10.1}{:>8.2}{drain:>9.2}{:>10.1}{:>8.1}{:>8.1}",
        per_second(uploads.len(), began, acknowledged),
        per_second(sure.len(), began, last),
        percentile(0.5),
        percentile(0.95),
        percentile(0.99),
    );
    drain
}

fn quarters(held: &[f64]) -> String {
    let at = |quarter: usize| held[(held.len() - 1) * quarter / 4];
    (1..=4).map(|quarter| format!("{:.0}", at(quarter))).collect::<Vec<_>>().join(" ")
}

fn now_ms() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}
