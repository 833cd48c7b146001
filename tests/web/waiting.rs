//! What does not print now holds up nobody: an order that cannot be made, a printer that is
//! busy or on its way, one that only warns. One that scales a sheet stops until staff saw it.

use std::time::Duration;

use hyper::{Method, StatusCode};
use kanso_print::config::{PrintConfig, PrinterConfig, parse_uri};
use kanso_print::job::{Job, Standing};
use kanso_print::media::Media;
use kanso_print::status::Condition;
use serde_json::{Value, json};

use super::bad_printer::{BadPrinter, Habit};
use super::client::Answer;
use super::printer::{Printer, config, wait_for};
use super::site::Pages;

/// These printers, which hold A4.
pub fn printers(printers: &[(&str, &BadPrinter)]) -> PrintConfig {
    let printers = printers.iter().map(|(name, printer)| PrinterConfig {
        name: (*name).into(),
        uri: parse_uri(&printer.uri()).unwrap(),
        media: Media::named("a4").unwrap(),
        template: None,
        borderless: false,
    });
    let stalled_after = Duration::from_secs(60);
    PrintConfig { printers: printers.collect(), copies_per_runner: 2, stalled_after }
}

/// A venue with them.
async fn venue(with: &[(&str, &BadPrinter)]) -> Pages {
    Pages::with_printers(Some(printers(with))).await
}

async fn desk(pages: &Pages, method: Method, path: &str, body: Value) -> Answer {
    let token = format!("Bearer {}", pages.site.secrets.console_token);
    let headers = [("content-type", "application/json"), ("authorization", token.as_str())];
    pages.client().request(method, path, &headers, body.to_string().into()).await
}

async fn batch(pages: &Pages, name: &str, bibs: &[&str]) {
    let batch = json!({"name": name, "bibs": bibs});
    let answer = desk(pages, Method::POST, "/print/race", batch).await;
    assert_eq!(answer.json()["refused"], json!([]));
}

fn job(pages: &Pages, id: u64) -> Job {
    pages.site.printing.as_ref().unwrap().queue.get(id).unwrap()
}

fn standing(pages: &Pages, id: u64) -> Standing {
    job(pages, id).state.standing()
}

async fn wait_for_state(pages: &Pages, id: u64, state: Standing) {
    wait_for(&format!("{id} {state:?}"), async || standing(pages, id) == state).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_order_that_cannot_be_made_lets_the_next_print_and_fails_where_staff_see_it() {
    let Some(printer) = Printer::start("K", "pdf", "a4", None).await else { return };
    let pages = Pages::with_printers(Some(config(&[&printer]))).await;
    pages.photo("1", 75).await;
    let mut kiosk = pages.kiosk().await;
    let runner = kiosk.get("/kiosk/race/runner?bib=1").await.json();
    let bucket = &pages.venue.bucket;
    for key in pages.venue.keys("race/certificates/1/").await {
        if key.ends_with(".pdf") {
            bucket.delete(&key).await.unwrap();
        }
    }
    bucket.delete("race/photos/a/75_bib1.jpg").await.unwrap();

    let press = json!({"bib": "1", "photo": runner["photos"][0]["id"], "key": "a"});
    assert_eq!(kiosk.post("/kiosk/race/jobs", &press).await.json()["job"], 1);
    batch(&pages, "next", &["2"]).await;
    wait_for_state(&pages, 2, Standing::Printed).await;
    // Tried again for half a minute.
    wait_for("tried", async || {
        let delay = job(&pages, 1).delay;
        delay.is_some_and(|delay| delay.tries >= 4) || standing(&pages, 1) == Standing::Failed
    })
    .await;
    wait_for("tried once more", async || {
        let delay = job(&pages, 1).delay;
        delay.is_some_and(|delay| delay.tries >= 5) || standing(&pages, 1) == Standing::Failed
    })
    .await;
    wait_for_state(&pages, 1, Standing::Failed).await;

    let told = kiosk.get("/kiosk/race/jobs/1").await.json();
    assert_eq!(told["state"], "failed", "the kiosk calls staff");
    let listed = desk(&pages, Method::GET, "/printer/jobs", Value::Null).await.json();
    assert!(!listed[0]["why"].as_str().unwrap().is_empty(), "and they are told why: {listed}");
    let again = json!({"printed": false});
    let answer = desk(&pages, Method::POST, "/printer/jobs/1/resolve", again).await;
    assert_eq!(answer.status, StatusCode::OK, "staff may have it tried again");
    assert_eq!(printer.printed().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_no_printer_can_print_fails_at_once_instead_of_being_tried_on_each() {
    let printers = [Habit::Says("none"), Habit::Says("none")].map(BadPrinter::start);
    let pages = venue(&[("K1", &printers[0]), ("K2", &printers[1])]).await;
    pages.photo("1", 76).await;
    let mut kiosk = pages.kiosk().await;
    let photo = kiosk.get("/kiosk/race/runner?bib=1").await.json()["photos"][0]["id"].clone();
    let id: kanso_photo::PhotoId = photo.as_str().unwrap().parse().unwrap();
    let queue = &pages.site.printing.as_ref().unwrap().queue;
    // A certificate of another runner: there is none with that photo.
    let order = kanso_print::job::Order {
        race: "race".into(),
        bib: kanso_race::Bib::parse("2").unwrap(),
        photo: Some(id),
        by: "kiosk".into(),
    };
    let job = queue.submit("a", order, None, jiff::Timestamp::now()).unwrap();
    wait_for_state(&pages, job.id, Standing::Failed).await;
    let job = queue.get(job.id).unwrap();
    assert!(job.failed_on.is_empty(), "no printer has failed: {job:?}");
    assert!(job.why().unwrap().contains('2'), "{job:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_busy_printer_is_waited_for_and_has_not_failed() {
    let printer = BadPrinter::start(Habit::Busy(4));
    let pages = venue(&[("K", &printer)]).await;
    batch(&pages, "morning", &["2"]).await;
    wait_for("busy is told", async || {
        let views = pages.site.printing.as_ref().unwrap().printers();
        views.iter().any(|view| view.condition == Condition::Busy)
    })
    .await;
    wait_for_state(&pages, 1, Standing::Printed).await;
    assert_eq!((printer.documents(), job(&pages, 1).failed_on.len()), (5, 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_job_goes_to_another_printer_while_one_is_busy() {
    let busy = BadPrinter::start(Habit::Busy(usize::MAX));
    let free = BadPrinter::start(Habit::Says("none"));
    let pages = venue(&[("A", &busy), ("B", &free)]).await;
    batch(&pages, "morning", &["1", "2"]).await;
    for id in [1, 2] {
        wait_for_state(&pages, id, Standing::Printed).await;
    }
    assert_eq!(free.documents(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_queue_that_connects_to_its_printer_keeps_its_job() {
    let printers = [Habit::Connects, Habit::Connects].map(BadPrinter::start);
    let pages = venue(&[("A", &printers[0]), ("B", &printers[1])]).await;
    batch(&pages, "morning", &["2"]).await;
    wait_for("connecting is told", async || {
        let views = pages.site.printing.as_ref().unwrap().printers();
        views.iter().any(|view| view.condition == Condition::Connecting)
    })
    .await;
    wait_for_state(&pages, 1, Standing::Printed).await;
    let [a, b] = &printers;
    assert_eq!((a.cancelled() + b.cancelled(), a.documents() + b.documents()), (0, 1));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_warning_stops_no_printer_and_is_shown() {
    for reason in ["media-empty-warning", "cover-open-report", "marker-supply-empty-warning"] {
        let printer = BadPrinter::start(Habit::Says(reason));
        let pages = venue(&[("K", &printer)]).await;
        batch(&pages, "morning", &["2"]).await;
        wait_for_state(&pages, 1, Standing::Printed).await;
        let listed = desk(&pages, Method::GET, "/printer/states", Value::Null).await.json();
        assert_eq!(listed[0]["reasons"], json!([reason]));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_printer_that_does_not_keep_the_size_stops_until_staff_saw_its_sheet() {
    let printer = BadPrinter::start(Habit::Ignores("media-col"));
    let pages = venue(&[("K", &printer)]).await;
    batch(&pages, "morning", &["1", "2"]).await;
    wait_for_state(&pages, 1, Standing::Printed).await;
    let states = async || desk(&pages, Method::GET, "/printer/states", Value::Null).await.json();
    wait_for("staff are told", async || states().await[0]["condition"] == "size_not_kept").await;
    assert_eq!(states().await[0]["not_kept"], json!(["media-col"]));
    // Some looks later still not.
    tokio::time::sleep(Duration::from_secs(3)).await;
    assert_eq!((printer.documents(), standing(&pages, 2)), (1, Standing::Waiting));

    let resume = async |printer: &str| {
        desk(&pages, Method::POST, "/printer/resume", json!({"printer": printer})).await.status
    };
    assert_eq!(resume("other").await, StatusCode::NOT_FOUND);
    assert_eq!(resume("K").await, StatusCode::OK);
    wait_for_state(&pages, 2, Standing::Printed).await;
    batch(&pages, "noon", &["2"]).await;
    wait_for_state(&pages, 3, Standing::Printed).await;
    assert_eq!(resume("K").await, StatusCode::CONFLICT, "what was seen once is known");
    let anybody = pages.client().post("/printer/resume", &json!({"printer": "K"})).await;
    assert_eq!(anybody.status, StatusCode::FORBIDDEN);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_job_of_a_printer_that_stays_away_is_left_to_staff() {
    let Some(printer) = Printer::start("K", "pdf", "a4", None).await else { return };
    printer.paper(false);
    let mut printers = config(&[&printer]);
    printers.stalled_after = Duration::from_millis(300);
    let pages = Pages::with_printers(Some(printers)).await;
    batch(&pages, "morning", &["2"]).await;
    wait_for_state(&pages, 1, Standing::Printing).await;
    wait_for("sent", async || {
        let queue = &pages.site.printing.as_ref().unwrap().queue;
        queue.sent_to("K").is_some()
    })
    .await;
    drop(printer);
    wait_for_state(&pages, 1, Standing::Unknown).await;
}
