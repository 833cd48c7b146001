//! The kiosk as a runner meets it, in Chromium.

use fantoccini::Locator;

use super::browser::Browser;
use super::printer::{Printer, config, wait_for};
use super::site::Pages;
use super::venue::{RESULTS, large_photo, photo};

impl Pages {
    fn kiosk_address(&self) -> String {
        format!("http://{}/kiosk?code={}", self.address, self.site.secrets.kiosk_code)
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_runner_types_the_bib_confirms_and_gets_one_sheet_however_fast_they_press() {
    let Some(printer) = Printer::start("K", "pdf", "a4", None).await else { return };
    let Some(browser) = Browser::open(1080, 1920, false).await else { return };
    let pages = Pages::with_printers(Some(config(&[&printer]))).await;
    pages.photo("1", 80).await;
    browser.page.goto(&pages.kiosk_address()).await.unwrap();
    let address = browser.page.current_url().await.unwrap();
    assert_eq!(address.as_str(), format!("http://{}/kiosk/race", pages.address), "no code in it");
    browser.touch("[data-key='1']").await;
    browser.touch("#go").await;
    assert_eq!(browser.see("#who-initial").await, "髙");
    assert!(!browser.page.source().await.unwrap().contains("健吾"));
    browser.touch("#yes").await;
    browser.see("#pictures [aria-checked='true'] img").await;
    browser
        .run("const b = document.getElementById('print'); b.click(); b.click(); b.click();")
        .await;
    browser.see("#queue-printed").await;
    assert_eq!(printer.printed().len(), 1);
    assert_eq!(browser.see("#ticket").await, "1");

    // Staff take the paper away: the next runner is told, and served when it is back.
    printer.paper(false);
    browser.touch("#queue [data-restart]").await;
    browser.touch("[data-key='2']").await;
    browser.touch("#go").await;
    browser.touch("#yes").await;
    browser.see("#no-photo").await;
    browser.touch("#print").await;
    browser.see("[data-condition='out_of_paper']").await;
    printer.paper(true);
    browser.see("#queue-printed").await;
    assert_eq!(printer.printed().len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_scanner_works_on_any_screen_and_a_photo_appears_without_reload() {
    let Some(browser) = Browser::open(1920, 1080, true).await else { return };
    let pages = Pages::start().await;
    browser.page.goto(&pages.kiosk_address()).await.unwrap();
    browser.see("#start").await;
    let scan = |bib: &'static str| {
        let body = browser.page.find(Locator::Css("body"));
        async move { body.await.unwrap().send_keys(&format!("{bib}\u{e007}")).await.unwrap() }
    };
    scan("2").await;
    browser.see("#who").await;
    scan("3").await;
    browser.see("#sorry-no_finish").await;
    scan("1").await;
    assert_eq!(browser.see("#who-bib").await, "1");
    browser.touch("#yes").await;
    browser.see("#no-photo").await;
    // The page listens for this runner by now.
    wait_for("the picture came", async || {
        pages.photo("1", 81).await;
        let pictures =
            browser.run("return document.querySelectorAll('#pictures img').length").await;
        pictures == 1
    })
    .await;
    let chosen = "return document.querySelector('[aria-checked=true]').dataset.photo !== ''";
    assert_eq!(browser.run(chosen).await, true, "who chose nothing gets the photo");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_runner_takes_the_link_along_by_a_code_that_leads_to_the_page() {
    let Some(browser) = Browser::open(1080, 1920, false).await else { return };
    let pages = Pages::start().await;
    pages.photo("1", 85).await;
    browser.page.goto(&pages.kiosk_address()).await.unwrap();
    browser.touch("[data-key='1']").await;
    browser.touch("#go").await;
    browser.touch("#yes").await;
    browser.touch("#choose [data-take]").await;
    browser.see("#take-code").await;
    let drawn =
        "const i = document.getElementById('take-code'); return i.complete && i.naturalWidth > 0";
    wait_for("the code is drawn", async || browser.run(drawn).await == true).await;
    look(&browser, "take-code", 1080).await;
    let scanned = scanned(&browser.page.screenshot().await.unwrap());
    let path = scanned.strip_prefix("http://phones.example").expect(&scanned);
    assert_eq!(pages.client().get(path).await.status, hyper::StatusCode::OK);
    browser.touch("#take-back").await;
    browser.see("#choose").await;
}

/// What a phone's camera reads in a picture of the screen.
pub fn scanned(picture: &[u8]) -> String {
    let picture = image::load_from_memory(picture).unwrap().to_luma8();
    let size = picture.dimensions();
    let codes = kanso_photo::codes::read(&picture, size);
    codes.into_iter().next().expect("a code is to be seen").text
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unattended_kiosk_warns_and_then_forgets_the_runner() {
    let Some(browser) = Browser::open(1080, 1920, false).await else { return };
    let pages = Pages::start().await;
    pages.photo("1", 82).await;
    browser.page.goto(&pages.kiosk_address()).await.unwrap();
    let address = format!("http://{}/kiosk/race?idle_s=3", pages.address);
    browser.page.goto(&address).await.unwrap();
    browser.touch("[data-key='1']").await;
    browser.touch("#go").await;
    browser.see("#who").await;
    browser.see("#still-there").await;
    browser.touch("#stay").await;
    assert_eq!(browser.see("#who-initial").await, "髙", "who is there stays");
    browser.see("#start").await;
    let left = browser.run("return document.body.innerHTML").await;
    let left = left.as_str().unwrap();
    assert!(!left.contains("髙") && !left.contains("/portrait/1/"), "nothing is left behind");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lost_server_is_told_and_the_page_goes_on_when_it_is_back() {
    let Some(browser) = Browser::open(390, 844, false).await else { return };
    let mut pages = Pages::start().await;
    browser.page.goto(&pages.kiosk_address()).await.unwrap();
    browser.touch("[data-key='1']").await;
    let ready = "return document.body.dataset.showing";
    wait_for("the script runs", async || browser.run(ready).await == "start").await;
    pages.stop();
    browser.see("#banner-line").await;
    pages.start_again().await;
    wait_for("the banner goes", async || {
        browser.run("return document.getElementById('banner-line').hidden").await == true
    })
    .await;
    browser.touch("#go").await;
    assert_eq!(browser.see("#who-bib").await, "1", "what was typed is still there");
}

#[tokio::test(flavor = "multi_thread")]
async fn staff_see_which_file_cannot_be_read_while_runners_are_served_by_the_one_before() {
    for (dark, width, height) in [(false, 1080, 1920), (true, 390, 844)] {
        let Some(browser) = Browser::open(width, height, dark).await else { return };
        let pages = Pages::start().await;
        let upload = async |results: &str| {
            pages
                .venue
                .handle(&pages.venue.put("race/results.csv", results.to_owned()).await)
                .await;
        };
        pages.photo("1", 84).await;
        upload("nonsense").await;
        browser.page.goto(&pages.kiosk_address()).await.unwrap();
        browser.see("#staff-files span").await;
        look(&browser, "unreadable", width).await;
        browser.run("kanso.setLanguage('en')").await;
        let strip = browser.see("#staff-files").await;
        assert!(strip.contains("results.csv: cannot be read"), "{strip}");
        browser.touch("[data-key='1']").await;
        browser.touch("#go").await;
        assert_eq!(browser.see("#who-bib").await, "1");
        upload(RESULTS).await;
        wait_for("the line goes", async || {
            browser.run("return document.getElementById('staff-strip').hidden").await == true
        })
        .await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn no_screen_of_the_kiosk_has_a_barrier_in_either_language_or_colour_scheme() {
    for (dark, width, height) in [(false, 1080, 1920), (true, 1920, 1080), (false, 390, 844)] {
        let Some(browser) = Browser::open(width, height, dark).await else { return };
        let pages = Pages::start().await;
        pages.photo("1", 83).await;
        let entrance = format!("http://{}/kiosk", pages.address);
        browser.page.goto(&entrance).await.unwrap();
        look(&browser, "entrance", width).await;
        browser.page.goto(&pages.kiosk_address()).await.unwrap();
        look(&browser, "start", width).await;
        browser.touch("[data-key='1']").await;
        browser.touch("#go").await;
        browser.see("#who-picture").await;
        look(&browser, "who", width).await;
        browser.touch("#yes").await;
        look(&browser, "choose", width).await;
        for screen in ["queue", "take", "sorry", "pin"] {
            let show = format!(
                "for (const s of document.querySelectorAll('[data-screen]')) s.hidden = s.id !== '{screen}';
                 for (const h of document.querySelectorAll('#{screen} [hidden]')) h.hidden = false;
                 for (const b of document.querySelectorAll('.banner')) b.hidden = false;"
            );
            browser.run(&show).await;
            look(&browser, screen, width).await;
        }
    }
}

/// No barrier, and no target smaller than 72 px.
async fn look(browser: &Browser, screen: &str, width: u32) {
    browser.look(screen, width).await;
    let small = "return [...document.querySelectorAll('.kiosk button, .kiosk input')]
        .filter((e) => e.offsetParent && e.getBoundingClientRect().height < 72)
        .map((e) => e.outerHTML)";
    assert_eq!(browser.run(small).await, serde_json::json!([]), "{screen} {width}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_photo_that_is_a_reduced_copy_so_far_says_so_and_gets_sharp_by_itself() {
    let Some(browser) = Browser::open(1080, 1920, false).await else { return };
    let pages = Pages::start().await;
    let (key, file) = ("race/photos/a/1_bib1.jpg", large_photo(84));
    let copy = pages.venue.put_proxy(key, &file, &photo(84), (900, 600)).await;
    pages.handled(&copy).await;
    browser.page.goto(&pages.kiosk_address()).await.unwrap();
    browser.touch("[data-key='1']").await;
    browser.touch("#go").await;
    browser.touch("#yes").await;
    browser.see("#preliminary").await;
    browser.see("#pictures .preliminary").await;
    browser.look("kiosk-preliminary", 1080).await;
    let address = "return document.querySelector('#pictures img').src";
    let before = browser.run(address).await;
    browser.run("document.querySelector('#pictures [data-photo=\"\"]').click()").await;
    let says = "return !document.getElementById('preliminary').hidden";
    assert_eq!(browser.run(says).await, false, "the one without a photo is not soft");
    browser.run("document.querySelector('#pictures button').click()").await;
    pages.handled(&pages.venue.put_full(key, &file).await).await;
    wait_for("the sharp one is shown", async || browser.run(says).await == false).await;
    assert_ne!(browser.run(address).await, before);
}
