//! The runner's page as phones show it, in Chromium, on a network without certificates.

use std::time::Duration;

use fantoccini::Locator;

use super::browser::Browser;
use super::printer::wait_for;
use super::runner::RESULTS;
use super::site::Pages;
use super::venue::fixture;

impl Pages {
    /// An address as a phone at the venue opens it.
    fn at_the_venue(&self, path: &str) -> String {
        format!("http://venue.test:{}{path}", self.address.port())
    }

    /// The sample race, with some of its photos.
    async fn sample_race(&self, photos: &[&str]) {
        for name in ["race.toml", "results.csv"] {
            self.upload_to("minato-half", name, fixture(&format!("races/minato-half/{name}")))
                .await;
        }
        for name in photos {
            let path = format!("races/minato-half/photos/{name}");
            self.upload_to("minato-half", &format!("photos/{name}"), fixture(&path)).await;
        }
    }
}

impl Browser {
    async fn type_in(&self, css: &str, text: &str) {
        self.see(css).await;
        let field = self.page.find(Locator::Css(css)).await.unwrap();
        field.clear().await.unwrap();
        field.send_keys(text).await.unwrap();
    }

    async fn find_runner(&self, bib: &str, factor: &str) {
        self.type_in("#bib", bib).await;
        self.type_in("#factor", factor).await;
        self.touch("#open").await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_runner_finds_the_page_waits_and_the_photo_appears_and_a_correction_too() {
    let Some(browser) = Browser::open(390, 844, false).await else { return };
    let pages = Pages::with_runners().await;
    browser.page.goto(&pages.at_the_venue("/")).await.unwrap();
    assert_eq!(browser.run("return isSecureContext").await, false);
    browser.touch(".races a").await;
    browser.find_runner("2", "19901124").await;
    browser.see("#unknown").await;
    let typed = browser.run("return document.getElementById('bib').value").await;
    assert_eq!(typed, "2", "what was typed stays");
    browser.find_runner("2", "19901123").await;
    browser.see("#no-photo").await;
    browser.see(".looked time").await;
    assert_eq!(browser.see("#time").await, "1:45:00");

    pages.photo("2", 81).await;
    browser.see("main[data-state=ready] .certificate img").await;
    let whole = "const i = document.querySelector('.certificate img'); return i.complete && i.naturalWidth > 0";
    wait_for("the picture is there", async || browser.run(whole).await == true).await;
    let pdf = "const done = arguments[arguments.length - 1];
        fetch(document.getElementById('pdf').href).then((a) => a.arrayBuffer()).then((b) => done(b.byteLength))";
    let bytes = browser.page.execute_async(pdf, Vec::new()).await.unwrap();
    assert!(bytes.as_u64().unwrap() > 10_000, "{bytes}");

    // Whoever comes back to the page sees what is so now.
    pages.upload("results.csv", RESULTS.replace("1:45:00", "1:44:59")).await;
    browser.run("document.dispatchEvent(new Event('visibilitychange'))").await;
    wait_for("the corrected time", async || {
        browser.run("return document.getElementById('time').textContent").await == "1:44:59"
    })
    .await;
    pages.upload("results.csv", RESULTS.replace("1:45:00,1:44:10,", ",,失格")).await;
    browser.run("document.dispatchEvent(new Event('visibilitychange'))").await;
    wait_for("nothing is left", async || {
        browser.run("return document.querySelector('main').innerText.includes('渡邉')").await
            == false
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lost_server_is_told_and_the_page_goes_on_when_it_is_back() {
    let Some(browser) = Browser::open(390, 844, true).await else { return };
    let mut pages = Pages::with_runners().await;
    let (_, link) = pages.runner("2").await;
    browser.page.goto(&pages.at_the_venue(&link)).await.unwrap();
    browser.see(".looked time").await;
    pages.stop();
    let look = "document.dispatchEvent(new Event('visibilitychange'))";
    browser.run(look).await;
    browser.see("#cut").await;
    pages.start_again().await;
    browser.run(look).await;
    wait_for("the banner goes", async || {
        browser.run("return document.getElementById('cut').hidden").await == true
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn no_page_of_a_runner_has_a_barrier_at_any_size_language_or_colour_scheme() {
    for (dark, width, height) in [(false, 390, 844), (true, 320, 568), (false, 1440, 900)] {
        let Some(browser) = Browser::open(width, height, dark).await else { return };
        let pages = Pages::with_runners().await;
        let open = async |path: &str| browser.page.goto(&pages.at_the_venue(path)).await.unwrap();
        open("/r/race").await;
        browser.look("find", width).await;
        browser.find_runner("1", "19850308").await;
        browser.see("#unknown").await;
        browser.look("find-wrong", width).await;
        for (state, bib) in [("no-photo", "2"), ("no-result", "4")] {
            open(&pages.runner(bib).await.1).await;
            browser.see(".looked time").await;
            browser.look(&format!("runner-{state}"), width).await;
        }
        open("/r/race/1/x").await;
        browser.look("runner-nobody", width).await;
        let photos = ["finish-a/KNS_0498.jpg", "finish-b/KNB_1063_bib1024.jpg"];
        pages.sample_race(&photos).await;
        // The list of races is asked for every few seconds.
        wait_for("the race is listed", async || {
            open("/").await;
            browser.run("return document.querySelectorAll('.races a').length").await == 2
        })
        .await;
        browser.look("home", width).await;
        for (bib, date) in [("W1", "20020214"), ("1024", birth_date("1024").as_str())] {
            open("/r/minato-half").await;
            browser.find_runner(bib, date).await;
            browser.see("main[data-state=ready]").await;
            settled(&browser).await;
            browser.look(&format!("runner-{bib}"), width).await;
        }
        browser.whole("runner-whole", width).await;
        for shade in [60, 61, 62] {
            pages.photo("1", shade).await;
        }
        open(&pages.runner("1").await.1).await;
        settled(&browser).await;
        browser.touch("#say summary").await;
        browser.look("runner-choices", width).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_runner_says_on_the_venues_network_that_a_photo_shows_somebody_else() {
    let Some(browser) = Browser::open(390, 844, false).await else { return };
    let pages = Pages::start().await;
    pages.upload("results.csv", RESULTS).await;
    pages.photo("1", 63).await;
    let runner = pages.runner("1").await.1;
    browser.page.goto(&pages.at_the_venue(&runner)).await.unwrap();
    browser.touch("#say summary").await;
    browser.touch("#say [value='not-me']").await;
    browser.see("#asked").await;
    assert_eq!(pages.venue.keys("race/requests/").await.len(), 1);
}

/// Until all pictures are there.
async fn settled(browser: &Browser) {
    let all = "return [...document.images].every((i) => i.complete || i.loading === 'lazy')";
    wait_for("the pictures are there", async || browser.run(all).await == true).await;
    tokio::time::sleep(Duration::from_millis(300)).await;
}

/// Of a runner of the sample race, as its results have it.
fn birth_date(bib: &str) -> String {
    let results = String::from_utf8(fixture("races/minato-half/results.csv")).unwrap();
    let row = results.lines().find(|row| row.split(',').nth(3) == Some(bib)).unwrap();
    row.split(',').nth(12).unwrap().to_owned()
}
