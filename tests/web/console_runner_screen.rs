//! A runner looked for and looked after as staff do it, in Chromium, on a network without
//! certificates.

use std::time::Duration;

use fantoccini::Locator;
use fantoccini::actions::{InputSource as _, MOUSE_BUTTON_LEFT, MouseActions, PointerAction};
use kanso_web::staff::StaffRole;
use serde_json::{Value, json};

use super::browser::Browser;
use super::printer::{Printer, config, wait_for};
use super::site::Pages;
use super::venue::large_photo;

const RESULTS: &str = "ナンバー,氏名,フリガナ,種目,グロスタイム,ネットタイム,状態\n\
    1,髙橋 健吾,タカハシ ケンゴ,half,1:30:00,1:29:41,\n\
    2,高橋 さくら,タカハシ サクラ,half,1:45:00,1:44:02,\n\
    3,齋藤 大地,サイトウ ダイチ,half,,,途中棄権\n\
    4,髙梨 一,タカナシ ハジメ,half,1:48:10,,\n";

impl Browser {
    /// Signs in, and looks for a runner by the keyboard alone.
    async fn search(&self, pages: &Pages, name: &str, role: StaffRole) {
        let password = pages.member(name, role);
        let address = format!("http://venue.test:{}/console", pages.address.port());
        self.page.goto(&address).await.unwrap();
        self.fill("#name", name).await;
        self.fill("#password", &format!("{password}\u{e007}")).await;
        self.see(".console-bar").await;
        self.page.goto(&format!("{address}/race/search")).await.unwrap();
        self.see("#typed").await;
    }

    async fn fill(&self, css: &str, text: &str) {
        self.see(css).await;
        self.page.find(Locator::Css(css)).await.unwrap().send_keys(text).await.unwrap();
    }

    /// Types wherever the focus is.
    async fn keys(&self, text: &str) {
        self.page.active_element().await.unwrap().send_keys(text).await.unwrap();
    }

    async fn count(&self, css: &str) -> u64 {
        let count = format!("return document.querySelectorAll(\"{css}\").length");
        self.run(&count).await.as_u64().unwrap()
    }

    /// Draws with the pointer over an element, from one share of it to another.
    async fn drag(&self, css: &str, from: (f64, f64), to: (f64, f64)) {
        let place = format!(
            "const r = document.querySelector('{css}').getBoundingClientRect();
             return [r.left, r.top, r.width, r.height]"
        );
        let place: Vec<f64> = serde_json::from_value(self.run(&place).await).unwrap();
        let move_to = |(x, y): (f64, f64)| PointerAction::MoveTo {
            duration: Some(Duration::from_millis(50)),
            x: (place[0] + place[2] * x).round(),
            y: (place[1] + place[3] * y).round(),
        };
        let middle = ((from.0 + to.0) / 2.0, (from.1 + to.1) / 2.0);
        let actions = MouseActions::new("mouse".to_owned())
            .then(move_to(from))
            .then(PointerAction::Down { button: MOUSE_BUTTON_LEFT })
            .then(move_to(middle))
            .then(move_to(to))
            .then(PointerAction::Up { button: MOUSE_BUTTON_LEFT });
        self.page.perform_actions(actions).await.unwrap();
    }
}

/// The answer about the only photo that one was given about.
async fn answer(pages: &Pages) -> Value {
    pages.venue.only("race/decisions/").await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_name_is_typed_and_the_crop_is_dragged_and_the_new_certificate_comes_by_itself() {
    let Some(browser) = Browser::open(1920, 1080, false).await else { return };
    let Some(printer) = Printer::start("受付 A4", "pdf", "a4", None).await else { return };
    let pages = Pages::with_printers(Some(config(&[&printer]))).await;
    pages.upload("results.csv", RESULTS).await;
    pages.upload("photos/a/60_bib1.jpg", large_photo(60)).await;
    pages.photo("1", 61).await;
    browser.search(&pages, "佐藤 花", StaffRole::Staff).await;
    assert_eq!(browser.run("return isSecureContext").await, false);
    browser.keys("高橋").await;
    wait_for("two runners", async || browser.count(".hit").await == 2).await;
    browser.look("console-search", 1920).await;
    browser.keys("\u{e003}\u{e003}たか").await;
    wait_for("three by their reading", async || browser.count(".hit").await == 3).await;
    browser.keys("\u{e015}\u{e013}").await;
    // As a scanner does: Enter before anybody was found.
    browser.run("document.getElementById('typed').select()").await;
    browser.keys("ｹﾝｺﾞ\u{e007}").await;
    browser.see(".card[data-stands=issued]").await;
    assert_eq!(browser.see(".person h1").await, "髙橋 健吾");
    wait_for("both photos", async || browser.count(".card").await == 2).await;

    browser.touch(".card:nth-child(1) [data-act=crop]").await;
    browser.see("#crop-box").await;
    browser.look("console-crop", 1920).await;
    let revisions =
        "return [...document.querySelectorAll('.revision .number')].map((n) => n.textContent)";
    browser.drag("#crop-picture", (0.2, 0.1), (0.5, 0.6)).await;
    browser.touch("#crop-done").await;
    wait_for("the new certificate", async || {
        browser.run(revisions).await.as_array().unwrap().contains(&json!("2"))
    })
    .await;
    let crop = answer(&pages).await["crop"].clone();
    let share = |side: &str, of: f64| crop[side].as_f64().unwrap() / of;
    let size = if share("width", 1.0) > 900.0 { (3600.0, 2400.0) } else { (900.0, 600.0) };
    assert!((share("x", size.0) - 0.2).abs() < 0.02, "{crop}");
    assert!((share("y", size.1) - 0.1).abs() < 0.02, "{crop}");
    let aspect = browser.run("return Number(document.body.dataset.aspect)").await;
    let drawn = share("width", 1.0) / share("height", 1.0);
    assert!((drawn - aspect.as_f64().unwrap()).abs() < 0.02, "{drawn} {aspect}");

    browser.touch(".card:nth-child(1) [data-act=print]").await;
    wait_for("it is printed", async || browser.see("#prints").await.contains("Printed")).await;
    assert_eq!(printer.printed().len(), 1);
    browser.look("console-runner", 1920).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_crop_is_set_by_keyboard_alone() {
    let Some(browser) = Browser::open(1024, 768, false).await else { return };
    let pages = Pages::start().await;
    pages.photo("1", 60).await;
    browser.search(&pages, "佐藤 花", StaffRole::Staff).await;
    browser.keys("1\u{e007}").await;
    browser.see(".card [data-act=crop]").await;
    browser.run("document.querySelector('[data-act=crop]').focus()").await;
    browser.keys("\u{e007}").await;
    browser.see("#crop-box").await;
    browser.look("console-crop", 1024).await;
    let left = "return document.getElementById('crop-box').offsetLeft";
    browser.run("document.getElementById('crop-box').focus()").await;
    browser.keys("------").await;
    let before = browser.run(left).await.as_f64().unwrap();
    browser.keys("\u{e014}\u{e014}\u{e014}").await;
    assert!(browser.run(left).await.as_f64().unwrap() > before);
    browser.keys("\u{e007}").await;
    wait_for("the new certificate", async || {
        browser.run("return document.querySelector('.revision .number').textContent").await == "2"
    })
    .await;
    assert!(answer(&pages).await["crop"]["width"].as_u64().unwrap() < 900);
    assert_eq!(
        browser.run("return document.activeElement.dataset.act").await,
        "crop",
        "and the focus is where it was"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_photo_is_voided_and_a_runner_who_asks_for_it_is_forgotten() {
    let Some(browser) = Browser::open(1024, 768, true).await else { return };
    let pages = Pages::start().await;
    pages.upload("results.csv", RESULTS).await;
    for shade in [60, 61] {
        pages.photo("1", shade).await;
    }
    browser.search(&pages, "佐藤 花", StaffRole::Operator).await;
    browser.keys("タカ").await;
    wait_for("three", async || browser.count(".hit").await == 3).await;
    browser.look("console-search", 1024).await;
    browser.run("document.getElementById('typed').select()").await;
    browser.keys("ﾀｶﾊｼ ｹﾝｺﾞ").await;
    wait_for("one", async || browser.count(".hit").await == 1).await;
    browser.keys("\u{e007}").await;
    wait_for("both photos", async || browser.count(".card[data-stands=issued]").await == 2).await;
    browser.touch(".card:nth-child(1) [data-act=block]").await;
    browser.see(".card[data-stands=void]").await;
    let void = async || {
        let kept = pages.venue.kept("1").await;
        kept.iter().filter(|kept| kept.servable().is_err()).count()
    };
    assert_eq!(void().await, 1, "its certificate is void");

    browser.touch(".card[data-stands=issued] [data-act=void]").await;
    browser.fill("#void-why", "高橋ではない").await;
    browser.touch("#void .primary").await;
    browser.see("#void [data-error=names_runner]").await;
    browser.look("console-void", 1024).await;
    browser.page.find(Locator::Css("#void-why")).await.unwrap().clear().await.unwrap();
    browser.fill("#void-why", "別の人が着けていた\u{e007}").await;
    wait_for("both are void", async || browser.count(".card[data-stands=void]").await == 2).await;
    assert_eq!(void().await, 2);
    browser.look("console-runner", 1024).await;
    browser.touch(".card:nth-child(1) [data-act=choose]").await;
    browser.see(".card[data-stands=issued]").await;
    assert_eq!(void().await, 1, "and back");

    browser.touch("#erase-open").await;
    browser.fill("#erase-bib", "2").await;
    browser.touch("#erase .alarming").await;
    browser.see("#erase [data-error=another_bib]").await;
    browser.look("console-erase", 1024).await;
    browser.page.find(Locator::Css("#erase-bib")).await.unwrap().clear().await.unwrap();
    browser.fill("#erase-bib", "1\u{e007}").await;
    browser.see("#typed").await;
    browser.keys("ケンゴ").await;
    browser.see("#none").await;
    browser.look("console-nobody", 1024).await;
    assert!(pages.venue.keys("race/certificates/1/").await.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn results_that_come_and_are_corrected_are_on_the_open_page() {
    let Some(browser) = Browser::open(1024, 768, false).await else { return };
    let Some(printer) = Printer::start("受付 A4", "pdf", "a4", None).await else { return };
    let pages = Pages::with_printers(Some(config(&[&printer]))).await;
    let none_yet = RESULTS.replace("1:45:00,1:44:02,", ",,");
    pages.upload("results.csv", none_yet).await;
    pages.photo("2", 62).await;
    browser.search(&pages, "佐藤 花", StaffRole::Staff).await;
    browser.keys("2\u{e007}").await;
    browser.see(".card[data-stands=waiting]").await;
    let shown = async |css: &str| {
        browser.run(&format!("return document.querySelector('{css}')?.innerText ?? ''")).await
    };
    assert!(!shown("#who").await.as_str().unwrap().contains("1:45:00"));
    assert_eq!(browser.run("return document.getElementById('print-plain').hidden").await, true);

    pages.upload("results.csv", RESULTS).await;
    browser.see(".card[data-stands=issued]").await;
    assert!(shown("#who").await.as_str().unwrap().contains("1:45:00"));
    assert_eq!(browser.run("return document.getElementById('print-plain').hidden").await, false);

    let corrected = RESULTS.replace("高橋 さくら", "高橋 桜").replace("1:45:00", "1:44:58");
    pages.upload("results.csv", corrected).await;
    wait_for("the second revision", async || shown(".revision .number").await == "2").await;
    assert_eq!(browser.see("#who h1").await, "高橋 桜");
    assert!(shown("#who").await.as_str().unwrap().contains("1:44:58"));
    browser.look("console-corrected", 1024).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn photos_that_wait_and_a_phone_show_the_page_without_a_barrier() {
    let Some(browser) = Browser::open(1920, 1080, true).await else { return };
    let pages = Pages::with_reviews(2).await;
    browser.search(&pages, "佐藤 花", StaffRole::Staff).await;
    browser.keys("選手 0\u{e007}").await;
    browser.see(".card[data-stands=asked]").await;
    browser.look("console-runner-asked", 1920).await;
    browser.touch(".card[data-stands=asked] [data-act=choose]").await;
    browser.see(".card[data-stands=issued]").await;
    let address = format!("http://venue.test:{}/console/race", pages.address.port());
    let Some(phone) = Browser::open(320, 640, false).await else { return };
    phone.search(&pages, "鈴木", StaffRole::Staff).await;
    phone.page.goto(&format!("{address}/runner/129")).await.unwrap();
    phone.see("#no-photos").await;
    phone.look("console-runner", 320).await;
}
