//! A job whose fate its printer does not tell: it is printed once at most, and a person
//! settles it, whoever asked for it.

use std::time::Duration;

use hyper::{Method, StatusCode};
use kanso_print::config::{PrintConfig, PrinterConfig, parse_uri};
use kanso_print::job::State;
use kanso_print::media::Media;
use kanso_print::queue::TRIES;
use serde_json::{Value, json};

use super::bad_printer::{BadPrinter, Habit};
use super::client::Answer;
use super::printer::wait_for;
use super::site::Pages;

pub fn only(printer: &BadPrinter) -> PrintConfig {
    let printer = PrinterConfig {
        name: "K".into(),
        uri: parse_uri(&printer.uri()).unwrap(),
        media: Media::named("a4").unwrap(),
        template: None,
        borderless: false,
    };
    let stalled_after = Duration::from_secs(60);
    PrintConfig { printers: vec![printer], copies_per_runner: 2, stalled_after }
}

async fn desk(pages: &Pages, method: Method, path: &str, body: Value) -> Answer {
    let token = format!("Bearer {}", pages.site.secrets.console_token);
    let headers = [("content-type", "application/json"), ("authorization", token.as_str())];
    pages.client().request(method, path, &headers, body.to_string().into()).await
}

/// A venue with one printer of that habit, which was given one job of a batch; and what the
/// job came to.
async fn after_one_job(printer: &BadPrinter) -> (Pages, State) {
    let pages = Pages::with_printers(Some(only(printer))).await;
    let batch = json!({"name": "morning", "bibs": ["2"]});
    desk(&pages, Method::POST, "/print/race", batch).await;
    let queue = &pages.site.printing.as_ref().unwrap().queue;
    wait_for("an end", async || queue.get(1).is_some_and(|job| !job.state.is_open())).await;
    let state = queue.get(1).unwrap().state;
    (pages, state)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_job_is_never_sent_again_unless_the_printer_said_that_it_printed_nothing() {
    for habit in [
        Habit::Http(500),
        Habit::Http(404),
        Habit::Aborts(None),
        Habit::Aborts(Some(-1)),
        Habit::Aborts(Some(1)),
        // A device error: the job may be there.
        Habit::Ipp(0x0504),
        // A success that is in no table of ours, without a job's number.
        Habit::Ipp(0x0003),
    ] {
        let printer = BadPrinter::start(habit);
        let (_pages, state) = after_one_job(&printer).await;
        assert!(matches!(state, State::Unknown { .. }), "{habit:?}: {state:?}");
        assert_eq!(printer.documents(), 1, "{habit:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_printer_that_says_that_it_printed_nothing_gets_the_job_again() {
    // It counted no page; it does not take the document's format.
    for habit in [Habit::Aborts(Some(0)), Habit::Ipp(0x040a)] {
        let printer = BadPrinter::start(habit);
        let (_pages, state) = after_one_job(&printer).await;
        assert!(matches!(state, State::Failed { .. }), "{habit:?}: {state:?}");
        assert_eq!(printer.documents(), TRIES, "{habit:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_desk_settles_an_unknown_job_whoever_asked_for_it() {
    let printer = BadPrinter::start(Habit::Http(500));
    let (pages, _) = after_one_job(&printer).await;
    let mut kiosk = pages.kiosk().await;
    let press = json!({"bib": "1", "photo": null, "key": "a"});
    let pressed = kiosk.post("/kiosk/race/jobs", &press).await.json();
    assert_eq!(pressed["job"], 2);
    let queue = &pages.site.printing.as_ref().unwrap().queue;
    wait_for("unknown", async || !queue.get(2).unwrap().state.is_open()).await;

    let listed = desk(&pages, Method::GET, "/printer/jobs", Value::Null).await;
    let told = listed.text();
    let listed = listed.json();
    assert_eq!((&listed[0]["job"], &listed[0]["state"]), (&json!(1), &json!("unknown")));
    assert_eq!((&listed[0]["by"], &listed[0]["printer"]), (&json!("batch"), &json!("K")));
    assert!(listed[0]["why"].as_str().unwrap().contains("500"), "{told}");
    assert_eq!((&listed[1]["race"], &listed[1]["bib"]), (&json!("race"), &json!("1")));
    assert!(!told.contains("健吾") && !told.contains("さくら"), "no runner's name: {told}");

    let resolve = async |job: u64, printed: bool| {
        let path = format!("/printer/jobs/{job}/resolve");
        desk(&pages, Method::POST, &path, json!({"printed": printed})).await
    };
    let answer = resolve(2, true).await;
    assert_eq!((answer.status, &answer.json()["state"]), (StatusCode::OK, &json!("printed")));
    let path = "/kiosk/race/jobs/2";
    assert_eq!(kiosk.get(path).await.json()["state"], "printed", "the kiosk knows at once");
    let again = resolve(2, false).await;
    assert_eq!((again.status, &again.json()["state"]), (StatusCode::CONFLICT, &json!("printed")));
    assert_eq!(resolve(99, true).await.status, StatusCode::NOT_FOUND);

    assert_eq!(resolve(1, false).await.status, StatusCode::OK);
    wait_for("sent again", async || printer.documents() == 3).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn only_who_holds_the_consoles_token_sees_or_settles_jobs() {
    let printer = BadPrinter::start(Habit::Http(500));
    let (pages, before) = after_one_job(&printer).await;
    let mut anybody = pages.kiosk().await;
    assert_eq!(anybody.get("/printer/jobs").await.status, StatusCode::FORBIDDEN);
    let settle = json!({"printed": true});
    let answer = anybody.post("/printer/jobs/1/resolve", &settle).await;
    assert_eq!(answer.status, StatusCode::FORBIDDEN);
    assert_eq!(pages.site.printing.as_ref().unwrap().queue.get(1).unwrap().state, before);
}
