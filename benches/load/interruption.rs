//! What comes in the middle of a burst and should not wait for its end.

use std::time::{Duration, Instant};

use super::photos::Photos;
use super::server::Server;

const ORDERS: usize = 10;
/// After that it is told as not done.
const LONGEST: Duration = Duration::from_secs(300);

/// Waits until half of the photos are done; all are uploaded.
pub async fn half_done(server: &Server, count: usize) {
    loop {
        tokio::time::sleep(Duration::from_millis(500)).await;
        if server.waiting().await <= count as u64 / 2 {
            return;
        }
    }
}

/// New results, then print orders one after another; how long each took.
pub async fn interrupt(server: &Server, photos: &Photos) -> String {
    let certificates = format!("certificates/{}/", photos.bib(0));
    let before = server.list(&certificates).await.len();
    let since = Instant::now();
    server.put("results.csv", corrected(photos)).await;
    let followed = until(async || server.list(&certificates).await.len() > before, since).await;
    let mut prints = Vec::new();
    for n in 1..=ORDERS {
        let documents = server.printer.documents();
        let since = Instant::now();
        server.order("load", photos.bib(n)).await;
        prints.push(until(async || server.printer.documents() > documents, since).await);
    }
    prints.sort_by(f64::total_cmp);
    format!(
        "in the middle: results followed after {followed:.1} s; {ORDERS} orders to document: \
         median {:.2} s, slowest {:.2} s",
        prints[ORDERS / 2],
        prints[ORDERS - 1]
    )
}

/// The results with another name for the first photo's runner.
fn corrected(photos: &Photos) -> String {
    let bib = photos.bib(0);
    let (before, row) = photos.results.split_once(&format!(",{bib},")).expect("the runner's row");
    let (_, after) = row.split_once(',').expect("a name");
    format!("{before},{bib},訂正 済,{after}")
}

/// Seconds until it holds.
async fn until(mut holds: impl AsyncFnMut() -> bool, since: Instant) -> f64 {
    while since.elapsed() < LONGEST && !holds().await {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    since.elapsed().as_secs_f64()
}
