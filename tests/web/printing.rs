//! From the press of a button to the paper, on real IPP printers.

use hyper::StatusCode;
use kanso_pipeline::store::If;
use kanso_print::job::State;
use kanso_print::status::Condition;
use kanso_render::pdf::desk_copy;
use serde_json::{Value, json};

use super::client::Client;
use super::printer::{Printer, config, wait_for};
use super::site::Pages;
use super::venue::{RESULTS, RULES};

fn press(bib: &str, photo: &Value, key: &str) -> Value {
    json!({"bib": bib, "photo": photo, "key": key})
}

/// The best photo of a runner.
async fn best(kiosk: &mut Client, bib: &str) -> Value {
    kiosk.get(&format!("/kiosk/race/runner?bib={bib}")).await.json()["photos"][0]["id"].clone()
}

async fn state(kiosk: &mut Client, job: &Value) -> String {
    let answer = kiosk.get(&format!("/kiosk/race/jobs/{}", job["job"])).await.json();
    answer["state"].as_str().unwrap_or_default().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_printer_receives_the_desk_copy_byte_for_byte_unscaled_and_once() {
    let Some(printer) = Printer::start("A4", "pdf", "a4", None).await else { return };
    let pages = Pages::with_printers(Some(config(&[&printer]))).await;
    pages.photo("1", 70).await;
    let mut kiosk = pages.kiosk().await;
    let photo = best(&mut kiosk, "1").await;

    let job = kiosk.post("/kiosk/race/jobs", &press("1", &photo, "press")).await.json();
    let again = kiosk.post("/kiosk/race/jobs", &press("1", &photo, "press")).await.json();
    assert_eq!(job["job"], again["job"], "pressed twice is one job");
    wait_for("printed", async || state(&mut kiosk, &job).await == "printed").await;

    let stored = pages.venue.keys("race/certificates/1/").await;
    let stored = stored.iter().find(|key| key.ends_with(".pdf")).unwrap();
    let stored = pages.venue.bucket.get(stored, If::Any, 1 << 28).await.unwrap().bytes;
    assert!(printer.printed() == [desk_copy(&stored).unwrap()], "one sheet, the desk copy");
    let attributes = printer.attributes();
    assert!(attributes.contains("IPP_PRINT_SCALING=none"), "{attributes}");
    assert!(attributes.contains("x-dimension=21000"), "{attributes}");
    assert_eq!(pages.site.printing.as_ref().unwrap().queue.pages("A4"), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_printer_with_other_paper_gets_its_own_template_and_one_without_pdf_a_jpeg() {
    let Some(pdf) = Printer::start("PDF", "pdf", "6x8in", Some("kiosk")).await else { return };
    let pages = Pages::with_printers(Some(config(&[&pdf]))).await;
    pages.photo("1", 71).await;
    let mut kiosk = pages.kiosk().await;
    let photo = best(&mut kiosk, "1").await;
    let job = kiosk.post("/kiosk/race/jobs", &press("1", &photo, "a")).await.json();
    wait_for("printed", async || state(&mut kiosk, &job).await == "printed").await;
    let document = lopdf::Document::load_mem(&pdf.printed()[0]).unwrap();
    let page = document.page_iter().next().unwrap();
    let page = document.get_dictionary(page).unwrap().get(b"MediaBox").unwrap();
    let sides: Vec<f32> = page.as_array().unwrap().iter().map(|s| s.as_float().unwrap()).collect();
    assert_eq!(sides, [0.0, 0.0, 432.0, 576.0]);

    let Some(jpeg) = Printer::start("JPEG", "jpeg", "6x8in", Some("kiosk")).await else { return };
    let pages = Pages::with_printers(Some(config(&[&jpeg]))).await;
    let mut kiosk = pages.kiosk().await;
    let job = kiosk.post("/kiosk/race/jobs", &press("2", &Value::Null, "a")).await.json();
    wait_for("printed", async || state(&mut kiosk, &job).await == "printed").await;
    let picture = image::load_from_memory(&jpeg.printed()[0]).unwrap();
    assert_eq!((picture.width(), picture.height()), (1800, 2400), "6 x 8 in at 300 ppi");
}

#[tokio::test(flavor = "multi_thread")]
async fn copies_beyond_the_limit_need_the_staff_pin() {
    let Some(printer) = Printer::start("K", "pdf", "a4", None).await else { return };
    let pages = Pages::with_printers(Some(config(&[&printer]))).await;
    let mut kiosk = pages.kiosk().await;
    for key in ["a", "b"] {
        let answer = kiosk.post("/kiosk/race/jobs", &press("2", &Value::Null, key)).await;
        assert_eq!(answer.status, StatusCode::OK);
    }
    let answer = kiosk.post("/kiosk/race/jobs", &press("2", &Value::Null, "c")).await;
    assert_eq!((answer.status, &answer.json()["error"]), (StatusCode::CONFLICT, &json!("limit")));
    let mut with_pin = press("2", &Value::Null, "c");
    with_pin["pin"] = json!("000");
    let answer = kiosk.post("/kiosk/race/jobs", &with_pin).await;
    assert_eq!(answer.json()["error"], "wrong_pin");
    with_pin["pin"] = json!(pages.site.secrets.staff_pin);
    let job = kiosk.post("/kiosk/race/jobs", &with_pin).await.json();
    wait_for("printed", async || state(&mut kiosk, &job).await == "printed").await;
    assert_eq!(printer.printed().len(), 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_did_not_finish_gets_no_paper_and_nobody_anothers_photo() {
    let Some(printer) = Printer::start("K", "pdf", "a4", None).await else { return };
    let pages = Pages::with_printers(Some(config(&[&printer]))).await;
    pages.photo("1", 72).await;
    let mut kiosk = pages.kiosk().await;
    let photo = best(&mut kiosk, "1").await;
    let refused = |answer: super::client::Answer| assert!(!answer.status.is_success());
    refused(kiosk.post("/kiosk/race/jobs", &press("3", &Value::Null, "a")).await);
    refused(kiosk.post("/kiosk/race/jobs", &press("2", &photo, "b")).await);
    refused(kiosk.post("/kiosk/race/jobs", &press("99", &Value::Null, "c")).await);
    refused(kiosk.post("/kiosk/race/jobs", &press("1", &json!("../../x"), "d")).await);
    refused(kiosk.post("/kiosk/race/jobs", &press("1", &photo, "")).await);
    assert!(pages.site.printing.as_ref().unwrap().queue.all().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn without_paper_the_printer_says_so_and_goes_on_when_it_is_refilled() {
    let Some(printer) = Printer::start("K", "pdf", "a4", None).await else { return };
    printer.paper(false);
    let pages = Pages::with_printers(Some(config(&[&printer]))).await;
    let mut kiosk = pages.kiosk().await;
    let job = kiosk.post("/kiosk/race/jobs", &press("2", &Value::Null, "a")).await.json();
    let printing = pages.site.printing.as_ref().unwrap();
    wait_for("out of paper is told", async || {
        printing.printers().iter().any(|view| view.condition == Condition::OutOfPaper)
    })
    .await;
    assert!(printer.printed().is_empty());
    printer.paper(true);
    wait_for("printed", async || state(&mut kiosk, &job).await == "printed").await;
    wait_for("ready again", async || printing.printers()[0].condition.takes_jobs()).await;
    assert_eq!(printer.printed().len(), 1, "once");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_job_that_a_printer_gives_back_is_printed_by_another() {
    let Some(jammed) = Printer::start("A", "pdf", "a4", None).await else { return };
    let Some(raster) = Printer::start("B", "raster", "a4", None).await else { return };
    jammed.jam(true);
    let pages = Pages::with_printers(Some(config(&[&jammed, &raster]))).await;
    let mut kiosk = pages.kiosk().await;
    let job = kiosk.post("/kiosk/race/jobs", &press("2", &Value::Null, "a")).await.json();
    let queue = &pages.site.printing.as_ref().unwrap().queue;
    let id = job["job"].as_u64().unwrap();
    wait_for("given back", async || queue.get(id).unwrap().failed_on == ["A"]).await;
    let views = pages.site.printing.as_ref().unwrap().printers();
    assert_eq!(views[1].condition, Condition::Refuses, "it takes neither PDF nor JPEG");
    assert_eq!(state(&mut kiosk, &job).await, "waiting");

    // The same with a printer that works.
    let Some(good) = Printer::start("C", "pdf", "a4", None).await else { return };
    let pages = Pages::with_printers(Some(config(&[&jammed, &good]))).await;
    let mut kiosk = pages.kiosk().await;
    let mut jobs = Vec::new();
    for key in ["a", "b"] {
        jobs.push(kiosk.post("/kiosk/race/jobs", &press("2", &Value::Null, key)).await.json());
    }
    for job in &jobs {
        wait_for("printed", async || state(&mut kiosk, job).await == "printed").await;
    }
    assert_eq!((jammed.printed().len(), good.printed().len()), (0, 2));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_job_whose_printer_dies_is_left_to_staff_who_decide_once() {
    let Some(printer) = Printer::start("K", "pdf", "a4", None).await else { return };
    let pages = Pages::with_printers(Some(config(&[&printer]))).await;
    let mut kiosk = pages.kiosk().await;
    let job = kiosk.post("/kiosk/race/jobs", &press("2", &Value::Null, "a")).await.json();
    let id = job["job"].as_u64().unwrap();
    wait_for("printed", async || state(&mut kiosk, &job).await == "printed").await;
    let queue = &pages.site.printing.as_ref().unwrap().queue;
    // As it is after a cut: the printer no longer knows the number.
    queue.set(id, State::Sent { printer: "K".into(), number: 4711 }, None).unwrap();
    wait_for("unknown", async || state(&mut kiosk, &job).await == "unknown").await;
    assert_eq!(printer.printed().len(), 1, "never printed again by itself");
    let path = format!("/kiosk/race/jobs/{id}/resolve");
    let answer = kiosk.post(&path, &json!({"pin": "0", "printed": false})).await;
    assert_eq!(answer.status, StatusCode::FORBIDDEN);
    let pin = &pages.site.secrets.staff_pin;
    let answer = kiosk.post(&path, &json!({"pin": pin, "printed": false})).await;
    assert_eq!(answer.status, StatusCode::OK);
    wait_for("printed again", async || state(&mut kiosk, &job).await == "printed").await;
    assert_eq!(printer.printed().len(), 2);
    let answer = kiosk.post(&path, &json!({"pin": pin, "printed": false})).await;
    assert_eq!(answer.status, StatusCode::CONFLICT, "what is done stays done");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_batch_prints_each_bib_once_however_often_it_is_sent() {
    let Some(printer) = Printer::start("K", "pdf", "a4", None).await else { return };
    let pages = Pages::with_printers(Some(config(&[&printer]))).await;
    pages.photo("1", 73).await;
    let mut desk = pages.client();
    let batch = json!({"name": "morning", "bibs": ["1", "2", "3", "99"]});
    assert_eq!(desk.post("/print/race", &batch).await.status, StatusCode::FORBIDDEN);
    let token = format!("Bearer {}", pages.site.secrets.console_token);
    let headers = [("content-type", "application/json"), ("authorization", token.as_str())];
    for _ in 0..2 {
        let body = batch.to_string().into();
        let answer = desk.request(hyper::Method::POST, "/print/race", &headers, body).await.json();
        assert_eq!(answer["jobs"].as_array().unwrap().len(), 2, "{answer}");
        assert_eq!(answer["refused"][0]["bib"], "3");
        assert_eq!(answer["refused"][1]["bib"], "99");
    }
    wait_for("printed", async || printer.printed().len() == 2).await;
    assert_eq!(pages.site.printing.as_ref().unwrap().queue.all().len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn every_bib_of_every_batch_is_printed_however_races_batches_and_bibs_are_written() {
    let Some(printer) = Printer::start("K", "pdf", "a4", None).await else { return };
    let pages = Pages::with_printers(Some(config(&[&printer]))).await;
    let results = format!("{RESULTS}A-1,阿部 海,half,1:50:00,\n");
    for race in ["race", "race-am"] {
        pages.venue.put(&format!("{race}/race.toml"), RULES).await;
        pages.venue.put(&format!("{race}/results.csv"), results.as_str()).await;
    }
    let token = format!("Bearer {}", pages.site.secrets.console_token);
    let headers = [("content-type", "application/json"), ("authorization", token.as_str())];
    let mut jobs = Vec::new();
    // Written one after the other with hyphens between, all three are the same.
    for (race, name, bib) in [("race", "am-A", "1"), ("race", "am", "A-1"), ("race-am", "A", "1")] {
        let batch = json!({"name": name, "bibs": [bib]}).to_string();
        let (mut desk, path) = (pages.client(), format!("/print/{race}"));
        let answer = desk.request(hyper::Method::POST, &path, &headers, batch.into()).await.json();
        assert_eq!(answer["refused"], json!([]));
        jobs.push(answer["jobs"][0].as_u64().unwrap());
    }
    assert_eq!(jobs, [1, 2, 3]);
    wait_for("printed", async || printer.printed().len() == 3).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_press_for_another_runner_is_another_job_even_with_a_key_that_was_used() {
    let Some(printer) = Printer::start("K", "pdf", "a4", None).await else { return };
    let pages = Pages::with_printers(Some(config(&[&printer]))).await;
    let (mut kiosk, mut other) = (pages.kiosk().await, pages.kiosk().await);
    let one = kiosk.post("/kiosk/race/jobs", &press("1", &Value::Null, "a")).await.json();
    let two = kiosk.post("/kiosk/race/jobs", &press("2", &Value::Null, "a")).await.json();
    let three = other.post("/kiosk/race/jobs", &press("2", &Value::Null, "a")).await.json();
    assert_eq!([&one["job"], &two["job"], &three["job"]], [1, 2, 3]);
    for (kiosk, job) in [(&mut kiosk, two), (&mut other, three)] {
        wait_for("printed", async || state(kiosk, &job).await == "printed").await;
    }
    assert_eq!(printer.printed().len(), 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sheet_never_carries_the_photo_that_took_the_name_of_the_runners_own() {
    let Some(printer) = Printer::start("K", "pdf", "6x8in", Some("kiosk")).await else { return };
    let pages = Pages::with_printers(Some(config(&[&printer]))).await;
    pages.photo("1", 74).await;
    let mut kiosk = pages.kiosk().await;
    let photo = best(&mut kiosk, "1").await;
    // Not handled yet: its event is on its way.
    pages.venue.put("race/photos/a/74_bib1.jpg", super::venue::photo(99)).await;
    let job = kiosk.post("/kiosk/race/jobs", &press("1", &photo, "a")).await.json();
    wait_for("failed", async || state(&mut kiosk, &job).await == "failed").await;
    assert!(printer.printed().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_runner_who_was_erased_leaves_the_print_queue() {
    let Some(printer) = Printer::start("K", "pdf", "a4", None).await else { return };
    let pages = Pages::with_printers(Some(config(&[&printer]))).await;
    let mut kiosk = pages.kiosk().await;
    for bib in ["1", "2"] {
        let job = kiosk.post("/kiosk/race/jobs", &press(bib, &Value::Null, bib)).await.json();
        wait_for("printed", async || state(&mut kiosk, &job).await == "printed").await;
    }
    let race = kanso_pipeline::keys::RaceId::new("race").unwrap();
    let erased = kanso_race::Bib::parse("1").unwrap();
    pages.venue.handler.erase(&race, &erased).await.unwrap();
    let queue = &pages.site.printing.as_ref().unwrap().queue;
    wait_for("one job", async || queue.all().len() == 1).await;
    assert_eq!(queue.all()[0].order.bib.as_str(), "2");
}
