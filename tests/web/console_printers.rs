//! Printers and their jobs in the console, with real printers that run out of paper.

use std::time::Duration;

use hyper::StatusCode;
use kanso_print::job::{Decision, Job, Standing, State};
use kanso_web::staff::StaffRole;
use serde_json::json;

use super::bad_printer::{BadPrinter, Habit};
use super::browser::Browser;
use super::printer::{Printer, config, wait_for};
use super::site::Pages;

fn job(pages: &Pages, id: u64) -> Job {
    pages.site.printing.as_ref().unwrap().queue.get(id).unwrap()
}

/// A kiosk asks for a certificate without photo.
pub async fn order(pages: &Pages, bib: &str, key: &str) -> u64 {
    let press = json!({"bib": bib, "photo": null, "key": key});
    let answer = pages.kiosk().await.post("/kiosk/race/jobs", &press).await;
    answer.json()["job"].as_u64().unwrap_or_else(|| panic!("{}", answer.text()))
}

async fn until(pages: &Pages, id: u64, standing: Standing) {
    wait_for(&format!("{id} {standing:?}"), async || job(pages, id).state.standing() == standing)
        .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_job_that_waits_is_moved_to_a_printer_and_printed_there_alone() {
    let Some(a) = Printer::start("A", "pdf", "a4", None).await else { return };
    let Some(b) = Printer::start("B", "pdf", "a4", None).await else { return };
    let pages = Pages::with_printers(Some(config(&[&a, &b]))).await;
    let printing = pages.site.printing.as_ref().unwrap();
    for printer in ["A", "B"] {
        printing.queue.hold(printer, &["media-col".to_owned()]).unwrap();
    }
    let mut sato = pages.console("佐藤", StaffRole::Staff).await;
    let id = order(&pages, "2", "a").await;
    let decide = async |sato: &mut super::client::Client, said| {
        sato.post(&format!("/console/race/printers/jobs/{id}"), &said).await.status
    };
    let unknown = json!({"decision": "move", "printer": "C"});
    assert_eq!(decide(&mut sato, unknown).await, StatusCode::NOT_FOUND);
    let to_b = json!({"decision": "move", "printer": "B"});
    assert_eq!(decide(&mut sato, to_b).await, StatusCode::OK);
    printing.resume("A").unwrap();
    // It looks twice, and leaves it.
    tokio::time::sleep(Duration::from_secs(5)).await;
    assert_eq!(job(&pages, id).state, State::Waiting);
    printing.resume("B").unwrap();
    until(&pages, id, Standing::Printed).await;
    assert_eq!((a.printed().len(), b.printed().len()), (0, 1));
    let Job { decided, state, .. } = job(&pages, id);
    assert_eq!(state, State::Printed { printer: "B".into() });
    assert_eq!(decided[0].by, "佐藤");
    assert_eq!(decided[0].decision, Decision::Move { printer: "B".into() });

    // What is on paper is neither cancelled nor moved.
    for said in [json!({"decision": "cancel"}), json!({"decision": "move", "printer": "A"})] {
        assert_eq!(decide(&mut sato, said).await, StatusCode::CONFLICT);
    }
    assert_eq!(
        sato.post("/console/race/printers/jobs/99", &json!({"decision": "cancel"})).await.status,
        StatusCode::NOT_FOUND
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_decides_about_jobs_without_a_session_or_from_another_site() {
    let printer = BadPrinter::start(Habit::Busy(usize::MAX));
    let pages = Pages::with_printers(Some(super::waiting::printers(&[("K", &printer)]))).await;
    let id = order(&pages, "2", "a").await;
    let cancel = json!({"decision": "cancel"});
    for (path, said) in [
        (format!("jobs/{id}"), cancel.clone()),
        ("resume".to_owned(), json!({"printer": "K"})),
        ("test".to_owned(), json!({"printer": "K"})),
    ] {
        let path = format!("/console/race/printers/{path}");
        let mut kiosk = pages.kiosk().await;
        assert_eq!(kiosk.post(&path, &said).await.status, StatusCode::FORBIDDEN, "{path}");
        let mut sato = pages.console(&format!("佐藤 {path}"), StaffRole::Staff).await;
        for headers in [
            [("content-type", "application/json"), ("sec-fetch-site", "cross-site")],
            [("content-type", "text/plain"), ("sec-fetch-site", "same-origin")],
        ] {
            let body = said.to_string().into();
            let answer = sato.request(hyper::Method::POST, &path, &headers, body).await;
            assert!(answer.status.is_client_error(), "{path} {headers:?}: {}", answer.status);
        }
    }
    assert!(job(&pages, id).decided.is_empty());
    assert!(job(&pages, id).state.is_open());
}

#[tokio::test(flavor = "multi_thread")]
async fn staff_settle_an_unknown_job_resume_a_printer_and_print_a_test_page() {
    let Some(browser) = Browser::open(1024, 768, false).await else { return };
    let Some(good) = Printer::start("Kiosk 1", "pdf", "a4", None).await else { return };
    let scales = BadPrinter::start(Habit::Ignores("media-col"));
    let mut printers = super::waiting::printers(&[("Kiosk 2", &scales)]);
    printers.printers.extend(config(&[&good]).printers);
    printers.copies_per_runner = 9;
    let pages = Pages::with_printers(Some(printers)).await;
    let queue = &pages.site.printing.as_ref().unwrap().queue;
    good.paper(false);
    // The other one gets the first.
    queue.hold("Kiosk 1", &["media-col".to_owned()]).unwrap();
    let first = order(&pages, "1", "a").await;
    wait_for("its sheet is to be measured", async || queue.held("Kiosk 2").is_some()).await;
    until(&pages, first, Standing::Printed).await;
    assert!(pages.site.printing.as_ref().unwrap().resume("Kiosk 1").unwrap());
    // The other one takes it, and has no paper.
    let second = order(&pages, "2", "b").await;
    let takes_jobs = || {
        let views = pages.site.printing.as_ref().unwrap().printers();
        views.iter().any(|view| view.name == "Kiosk 1" && view.condition.takes_jobs())
    };
    wait_for("it is out of paper", async || {
        queue.sent_to("Kiosk 1").is_some_and(|(job, _)| job.id == second) && !takes_jobs()
    })
    .await;
    let third = order(&pages, "2", "c").await;
    let unknown = State::Unknown { printer: "Kiosk 1".into(), why: "it was cut off".into() };
    queue.set(third, unknown, None).unwrap();
    let fourth = order(&pages, "2", "d").await;

    let password = pages.member("佐藤 花", StaffRole::Staff);
    browser.sign_in(&pages, "佐藤 花", &password).await;
    browser.touch("nav a[href$='/printers']").await;
    browser.see(&format!("#out-{third}")).await;
    browser.see("[data-resume]").await;
    browser.look("console-printers", 1024).await;
    browser.touch("[data-test='Kiosk 1']").await;
    wait_for("no test page", async || browser.see("#news").await.contains("Kiosk 1")).await;
    browser.touch(&format!("#out-{third}")).await;
    until(&pages, third, Standing::Printed).await;
    assert_eq!(job(&pages, third).decided[0].by, "佐藤 花");
    browser.touch(&format!("#cancel-{fourth}")).await;
    until(&pages, fourth, Standing::Cancelled).await;
    browser.touch("[data-resume]").await;
    wait_for("it goes on", async || queue.held("Kiosk 2").is_none()).await;
    good.paper(true);
    until(&pages, second, Standing::Printed).await;
    wait_for("it is ready", async || takes_jobs()).await;
    browser.touch("[data-test='Kiosk 1']").await;
    wait_for("a test page came out", async || good.printed().len() == 2).await;
    browser.look("console-printers-done", 1024).await;
}
