//! How long the console's first page takes on a big day:
//! `cargo bench --bench console` (`-- 40000 200000` are the runners and photos without more).
//!
//! All photos and their outcomes lie in an embedded endpoint; a process that knows nothing of
//! them begins as `kanso serve` does, and then the page is asked for, over HTTP and signed in.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use kanso_listen::Bounds;
use kanso_pipeline::handler::Handler;
use kanso_pipeline::keys::RaceId;
use kanso_pipeline::reconcile::{Scope, reconcile};
use kanso_web::secrets::Secrets;
use kanso_web::site::Site;
use kanso_web::staff::{self, Staff, StaffRole};

#[path = "../../tests/web/client.rs"]
#[allow(dead_code, reason = "the web's tests use more of it")]
mod client;
#[path = "../corrections/late_race.rs"]
mod late_race;

use client::Client;
use late_race::{Files, LateRace};

const RUNNERS: usize = 40_000;
const PHOTOS: usize = 200_000;
/// How often the page is asked for.
const VIEWS: usize = 20;

#[tokio::main]
async fn main() {
    let mut asked = std::env::args().skip(1).filter_map(|arg| arg.parse().ok());
    let (runners, photos) = (asked.next().unwrap_or(RUNNERS), asked.next().unwrap_or(PHOTOS));
    let folder = tempfile::tempdir().expect("a temporary folder");
    let race = LateRace::start(folder.path(), runners, photos).await;
    race.put("race/results.csv", race.results(0)).await;
    let began = Instant::now();
    race.fill(Files::Present).await;
    println!("{photos} photos and outcomes of {runners} runners: {}", seconds(began.elapsed()));

    let handler = Arc::new(Handler::new(race.bucket.clone(), race.bucket.clone()));
    let began = Instant::now();
    let race_id = RaceId::new("race").expect("a folder's name");
    // None of the certificates is there: that is found, and left.
    let found = reconcile(&handler, Some(&race_id), Scope::Unfinished).await;
    found.expect("the store answers");
    println!("{}  a look at which photos are unfinished", seconds(began.elapsed()));

    let mut client = signed_in(serve(handler, folder.path()).await, folder.path()).await;
    let mut views = Vec::new();
    for _ in 0..VIEWS {
        let began = Instant::now();
        let page = client.get("/console/race").await;
        views.push(began.elapsed());
        assert_eq!(page.status, 200);
        assert!(page.text().contains(&grouped(photos)), "all photos are counted");
    }
    let first = views[0];
    views.sort_unstable();
    let (middle, last) = (views[VIEWS / 2], views[VIEWS - 1]);
    println!("{}  the page, for the first time", seconds(first));
    println!("{}  the page, p50 of {VIEWS}; slowest {}", seconds(middle), seconds(last));
}

async fn serve(handler: Arc<Handler>, data: &std::path::Path) -> SocketAddr {
    let mut site = Site::new(handler, Secrets::random());
    site.staff = Some(Staff::of(data));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let address = listener.local_addr().expect("it is bound");
    let router = kanso_web::router(Arc::new(site));
    tokio::spawn(kanso_listen::serve(listener, router, Bounds::VENUE, std::future::pending()));
    address
}

async fn signed_in(address: SocketAddr, data: &std::path::Path) -> Client {
    let password = staff::add(data, "staff", StaffRole::Staff).expect("a person");
    let mut client = Client::new(address);
    let form = [("content-type", "application/x-www-form-urlencoded")];
    let body = format!("name=staff&password={password}");
    let answer = client.request(hyper::Method::POST, "/console", &form, body.into()).await;
    assert_eq!(answer.status, 303, "{}", answer.text());
    client
}

fn seconds(took: Duration) -> String {
    format!("{:8.3} s", took.as_secs_f64())
}

/// As the page writes it.
fn grouped(number: usize) -> String {
    match number {
        0..1000 => number.to_string(),
        _ => format!("{},{:03}", number / 1000, number % 1000),
    }
}
