//! How the race is now, as the console shows it to those who watch it all day.

use std::sync::atomic::Ordering;
use std::time::Duration;

use fantoccini::Locator;
use hyper::StatusCode;
use kanso_web::staff::StaffRole;

use super::browser::Browser;
use super::console_printers::order;
use super::printer::{Printer, config, wait_for};
use super::site::Pages;
use super::venue::{RESULTS, photo, tagged};

/// The large number under a name.
fn number(page: &str, name: &str) -> usize {
    let (_, after) = page.split_once(name).unwrap_or_else(|| panic!("no {name} in {page}"));
    let (_, after) = after.split_once("<dd class=\"number\">").unwrap();
    let (cell, _) = after.split_once("</dd>").unwrap();
    let digits = cell.rsplit_once("</a>").map_or(cell, |(link, _)| link);
    let digits = digits.rsplit('>').next().unwrap();
    digits.replace(',', "").parse().unwrap_or_else(|_| panic!("{cell}"))
}

#[tokio::test(flavor = "multi_thread")]
async fn every_photo_is_counted_once_and_by_what_became_of_it() {
    let pages = Pages::start().await;
    let mut sato = pages.console("佐藤", StaffRole::Staff).await;
    for shade in 0..3 {
        pages.photo("1", shade).await;
    }
    // Nobody yet, nobody ever, no picture.
    pages.photo("77", 10).await;
    pages.photo("3", 11).await;
    pages.upload("photos/b/notes.txt", "no picture").await;
    pages.upload("photos/b/none.jpg", photo(12)).await;
    // An event that comes twice.
    pages.photo("1", 0).await;
    let page = sato.get("/console/race/now").await;
    assert_eq!(page.status, StatusCode::OK);
    let page = page.text();
    let names = ["Received", "On certificates", "Waiting for results", "For a person", "Of no use"];
    let counts = names.map(|name| number(&page, name));
    assert_eq!(counts, [7, 3, 1, 1, 2], "{page}");
    for words in ["<th scope=\"row\">a</th>", "<th scope=\"row\">b</th>"] {
        assert!(page.contains(words), "{words} is not in {page}");
    }

    // The results come that one waited for.
    pages.upload("results.csv", format!("{RESULTS}77,森 花,half,1:31:00,\n")).await;
    let page = sato.get("/console/race/now").await.text();
    let names = ["On certificates", "Waiting for results"];
    assert_eq!(names.map(|name| number(&page, name)), [4, 0], "{page}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_waits_and_what_is_of_no_use_is_listed_with_why_and_what_to_do() {
    let pages = Pages::start().await;
    let mut sato = pages.console("佐藤", StaffRole::Staff).await;
    assert!(sato.get("/console/race/trays/pending").await.text().contains("id=\"empty\""));
    for shade in 0..70 {
        pages
            .upload(&format!("photos/a/{shade}_bib{}.jpg", 500 + u32::from(shade)), photo(shade))
            .await;
    }
    pages.photo("3", 100).await;
    pages.upload("photos/a/notes.jpg", "<script>alert(1)</script>").await;
    let first = sato.get("/console/race/trays/pending").await.text();
    assert!(first.contains("つぎの記録を待ちます") && first.contains("is not in the results yet"));
    let (_, next) = first.split_once("href=\"?after=").expect("more than one page");
    let next = &next[..16];
    let second = sato.get(&format!("/console/race/trays/pending?after={next}")).await.text();
    let listed = |page: &str| page.matches("<li id=").count();
    assert_eq!((listed(&first), listed(&second)), (60, 10));

    let rejected = sato.get("/console/race/trays/rejected").await.text();
    assert_eq!(listed(&rejected), 2, "{rejected}");
    assert!(rejected.contains("途中棄権") && rejected.contains("画像ではありません"), "{rejected}");
    assert_eq!(sato.get("/console/race/trays/review").await.status, StatusCode::NOT_FOUND);
    let nobody = pages.client().get("/console/race/trays/pending").await;
    assert_eq!(nobody.status, StatusCode::FORBIDDEN);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_page_renews_itself_calls_for_hands_and_says_when_it_cannot() {
    let Some(browser) = Browser::open(1920, 1080, false).await else { return };
    let Some(printer) = Printer::start("K", "pdf", "a4", None).await else { return };
    let mut pages = Pages::with_printers(Some(config(&[&printer]))).await;
    let password = pages.member("佐藤", StaffRole::Staff);
    browser.sign_in(&pages, "佐藤", &password).await;
    browser.see("#calm").await;
    browser.look("console-now-empty", 1920).await;
    for shade in 0..9 {
        // Runner 1 finishes at 10:00.
        let taken = format!("2026-11-23T10:00:{:02}", 2 * shade);
        let photo = tagged(shade, None, &taken);
        pages.upload(&format!("photos/a/{shade}_bib1.jpg"), photo).await;
    }
    pages.photo("77", 10).await;
    pages.upload("photos/finish-b/none.jpg", photo(12)).await;
    let counts = "return [...document.querySelectorAll('#counts dd')].map((e) => e.textContent)";
    wait_for("the numbers are new", async || {
        browser.run(counts).await == serde_json::json!(["11", "9", "0", "1", "1", "0"])
    })
    .await;
    wait_for("the clocks were looked at", async || {
        browser.run("return document.querySelectorAll('#cameras svg').length").await.as_u64()
            >= Some(3)
    })
    .await;
    printer.paper(false);
    order(&pages, "1", "press").await;
    pages.upload("race.toml", "name = ").await;
    wait_for("paper and results are called for", async || {
        let calls = browser.run("return document.querySelectorAll('#calls li').length").await;
        calls == 2
    })
    .await;
    browser.look("console-now", 1920).await;
    pages.stop();
    browser.see("#cut").await;
    pages.start_again().await;
    wait_for("it is back", async || {
        browser.run("return document.getElementById('cut').hidden").await == true
    })
    .await;
    printer.paper(true);
    // A link that is about to be followed stays in focus while all around it is new.
    browser.run("document.querySelector('#counts a').focus()").await;
    tokio::time::sleep(Duration::from_secs(4)).await;
    let focused = "return document.activeElement.getAttribute('href')";
    assert_eq!(browser.run(focused).await, "/console/race/trays/pending");
    browser.page.active_element().await.unwrap().click().await.unwrap();
    browser.see("#tray .why").await;
    browser.look("console-pending", 1920).await;
    pages.photo("78", 13).await;
    wait_for("what waits now is listed", async || {
        browser.run("return document.querySelectorAll('#tray li').length").await == 2
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_small_laptop_at_night_shows_it_all() {
    let Some(browser) = Browser::open(1024, 768, true).await else { return };
    let pages = Pages::with_reviews(3).await;
    pages.free_bytes.store(3_000_000_000, Ordering::Relaxed);
    // Each an hour before its runner finished, by a clock that nobody told of.
    for shade in 0..20 {
        let taken = format!("2026-11-23T09:{shade:02}:04");
        let photo = tagged(100 + shade, None, &taken);
        pages.upload(&format!("photos/b/{shade}_bib1{shade:02}.jpg"), photo).await;
    }
    let password = pages.member("鈴木", StaffRole::Operator);
    browser.sign_in(&pages, "鈴木", &password).await;
    assert_eq!(browser.see("#calls li").await, "3.0 GB are left on the disk. Please make room.");
    wait_for("the clocks were looked at", async || {
        browser.run("return document.querySelectorAll('#cameras .warnings').length").await.as_u64()
            >= Some(1)
    })
    .await;
    browser.look("console-now", 1024).await;
    browser.page.find(Locator::Css("#counts .call a")).await.unwrap().click().await.unwrap();
    browser.see("#side").await;
}
