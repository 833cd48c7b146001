//! A runner who waits: from the upload to the certificate on their open page.

use std::time::{Duration, Instant};

use fantoccini::Locator;

use super::Args;
use super::browser::Browser;
use super::photos::Photos;
use super::server::Server;

/// Of the page as a phone shows it.
const WINDOW: (u32, u32) = (390, 844);
const LOOK_EVERY: Duration = Duration::from_millis(10);
/// After that the page has failed.
const LONGEST: Duration = Duration::from_secs(60);
/// Whether the certificate's picture has come whole.
const SHOWN: &str =
    "const picture = document.querySelector('main[data-state=ready] .certificate img');
    return !!picture && picture.complete && picture.naturalWidth > 0";

/// One runner after another: opens the page, uploads the photo, waits for the certificate.
/// Each upload is counted in, from its first byte.
pub fn run(args: &Args, photos: &Photos) {
    let runtime = tokio::runtime::Runtime::new().expect("threads");
    let mut seconds = runtime.block_on(waits(args, photos));
    seconds.sort_by(f64::total_cmp);
    let percentile = |share: f64| seconds[((seconds.len() - 1) as f64 * share).round() as usize];
    println!(
        "{} open pages: p50 {:.2} s, p95 {:.2} s, slowest {:.2} s",
        seconds.len(),
        percentile(0.5),
        percentile(0.95),
        percentile(1.0)
    );
}

async fn waits(args: &Args, photos: &Photos) -> Vec<f64> {
    let server = Server::start(&args.env).await;
    let anybody =
        photos.rules.replace("second_factor = \"birth-date\"", "second_factor = \"none\"");
    server.put("race.toml", anybody).await;
    server.put("results.csv", photos.results.clone()).await;
    let browser = Browser::open(WINDOW.0, WINDOW.1, false).await.expect("chromedriver");
    let mut seconds = Vec::new();
    for n in 0..args.photos.min(photos.runners()) {
        open(&browser, &server, photos.bib(n)).await;
        let since = Instant::now();
        server.put(&photos.key(n), photos.bytes(n)).await;
        while browser.run(SHOWN).await != true {
            assert!(since.elapsed() < LONGEST, "no certificate on the page of {}", photos.bib(n));
            tokio::time::sleep(LOOK_EVERY).await;
        }
        seconds.push(since.elapsed().as_secs_f64());
    }
    seconds
}

/// A runner's page, before there is a photo.
async fn open(browser: &Browser, server: &Server, bib: &str) {
    let page = &browser.page;
    page.goto(&format!("http://{}/r/load", server.web)).await.expect("the race's page");
    browser.see("#bib").await;
    let field = page.find(Locator::Css("#bib")).await.expect("a field for the bib");
    field.send_keys(bib).await.expect("a bib");
    browser.touch("#open").await;
    browser.see(".looked time").await;
    assert_eq!(browser.run(SHOWN).await, false, "{bib} has no photo yet");
}
