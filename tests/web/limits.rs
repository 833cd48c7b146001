//! Who guesses waits, longer each time, and holds up nobody else.

use std::time::{Duration, Instant};

use http_body_util::BodyExt as _;
use hyper::{Method, StatusCode};
use serde_json::{Value, json};

use super::bad_printer::{BadPrinter, Habit};
use super::client::{Answer, Client};
use super::idle::Idle;
use super::site::Pages;
use super::unknown::only;

/// Tries until the wait has grown to some seconds, which it is with the answer.
async fn until_held_up(mut attempt: impl AsyncFnMut() -> Answer) -> (u64, Answer) {
    let deadline = Instant::now() + Duration::from_secs(60);
    while Instant::now() < deadline {
        let answer = attempt().await;
        if answer.status == StatusCode::TOO_MANY_REQUESTS {
            let wait = answer.header("retry-after").parse().unwrap();
            if wait >= 4 {
                return (wait, answer);
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        } else {
            assert_eq!(answer.status, StatusCode::FORBIDDEN, "a wrong one answers as ever");
        }
    }
    panic!("nobody waits for long");
}

#[tokio::test(flavor = "multi_thread")]
async fn wrong_kiosk_codes_hold_up_their_own_address_and_nobody_elses() {
    let pages = Pages::start().await;
    let right = format!("/kiosk?code={}", pages.site.secrets.kiosk_code);
    let neighbour = [127, 0, 0, 2];
    let mut staff = Client::from(neighbour, pages.address);
    assert_eq!(staff.get(&right).await.status, StatusCode::SEE_OTHER);

    let mut guesser = Client::from(neighbour, pages.address);
    for _ in 0..5 {
        let answer = guesser.get("/kiosk?code=mistyped").await;
        assert_eq!(answer.status, StatusCode::FORBIDDEN, "anybody may mistype it");
    }
    let (wait, held_up) = until_held_up(async || guesser.get("/kiosk?code=guess").await).await;
    for words in [format!("あと{wait}秒お待ちください"), format!("Please wait {wait} seconds")]
    {
        assert!(held_up.text().contains(&words), "{words}: {}", held_up.text());
    }
    assert_eq!(guesser.get(&right).await.status, StatusCode::TOO_MANY_REQUESTS);
    // Staff elsewhere come in, and so does a kiosk of the same address that is one already.
    assert_eq!(pages.kiosk().await.get("/kiosk/race").await.status, StatusCode::OK);
    let again = staff.get(&right).await;
    assert_eq!((again.status, again.header("location")), (StatusCode::SEE_OTHER, "/kiosk"));
    assert_eq!(staff.get("/kiosk/race").await.status, StatusCode::OK);

    // The guesser comes in too, after the wait, and then starts anew.
    let deadline = Instant::now() + Duration::from_secs(20);
    while guesser.get(&right).await.status != StatusCode::SEE_OTHER {
        assert!(Instant::now() < deadline, "the wait does not end");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    let mut anew = Client::from(neighbour, pages.address);
    assert_eq!(anew.get("/kiosk?code=guess").await.status, StatusCode::FORBIDDEN);
}

#[tokio::test(flavor = "multi_thread")]
async fn wrong_staff_pins_hold_up_their_own_kiosk_and_nobody_elses() {
    let printer = BadPrinter::start(Habit::Http(500));
    let pages = Pages::with_printers(Some(only(&printer))).await;
    let press = |key: &str, pin: &str| json!({"bib": "2", "photo": null, "key": key, "pin": pin});
    let (mut kiosk, mut beside) = (pages.kiosk().await, pages.kiosk().await);
    let wrong = press("a", "none");
    let attempt = async || kiosk.post("/kiosk/race/jobs", &wrong).await;
    let (wait, held_up) = until_held_up(attempt).await;
    assert_eq!(held_up.json(), json!({"error": "wait", "wait_s": wait}));
    let right = pages.site.secrets.staff_pin.clone();
    let answer = kiosk.post("/kiosk/race/jobs", &press("b", &right)).await;
    assert_eq!(answer.status, StatusCode::TOO_MANY_REQUESTS);
    let answer = beside.post("/kiosk/race/jobs", &press("c", &right)).await;
    assert_eq!(answer.status, StatusCode::OK);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pin_is_not_guessed_faster_by_opening_one_kiosk_after_the_other() {
    let printer = BadPrinter::start(Habit::Http(500));
    let pages = Pages::with_printers(Some(only(&printer))).await;
    let wrong = json!({"bib": "2", "photo": null, "key": "a", "pin": "none"});
    until_held_up(async || pages.kiosk().await.post("/kiosk/race/jobs", &wrong).await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn wrong_tokens_hold_up_their_own_address_at_all_doors_and_nobody_elses() {
    let printer = BadPrinter::start(Habit::Http(500));
    let pages = Pages::with_printers(Some(only(&printer))).await;
    let mut guesser = Client::from([127, 0, 0, 2], pages.address);
    let mut n = 0;
    until_held_up(async || {
        n += 1;
        match n % 2 {
            0 => guesser.get("/printer/jobs").await,
            _ => guesser.post("/print/race", &json!({"name": "a", "bibs": []})).await,
        }
    })
    .await;
    let token = format!("Bearer {}", pages.site.secrets.console_token);
    let right = [("authorization", token.as_str())];
    let answer = guesser.request(Method::GET, "/printer/states", &right, "".into()).await;
    assert_eq!(answer.status, StatusCode::TOO_MANY_REQUESTS);
    let answer = pages.client().request(Method::GET, "/printer/states", &right, "".into()).await;
    assert_eq!(answer.status, StatusCode::OK);
}

#[tokio::test(flavor = "multi_thread")]
async fn two_thousand_idle_connections_disturb_no_kiosk() {
    let pages = Pages::start().await;
    let mut kiosk = pages.kiosk().await;
    let mut line = kiosk.send(Method::GET, "/kiosk/race/events?bib=1", &[], "".into()).await;
    let crowd = Idle::connect(pages.address, 2000).await;
    for _ in 0..20 {
        assert_eq!(kiosk.get("/kiosk/race/runner?bib=1").await.json()["bib"], Value::from("1"));
    }
    pages.photo("1", 62).await;
    let told = async {
        loop {
            let frame = line.body_mut().frame().await.expect("an open line").unwrap();
            if String::from_utf8_lossy(&frame.into_data().unwrap()).contains("event: photos") {
                break;
            }
        }
    };
    tokio::time::timeout(Duration::from_secs(20), told).await.expect("the line still stands");
    let deadline = Instant::now() + Duration::from_secs(20);
    while crowd.open() > 256 {
        assert!(Instant::now() < deadline, "{} are still open", crowd.open());
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}
