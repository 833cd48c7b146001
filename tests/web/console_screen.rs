//! The console as a volunteer works in it: by keyboard, in Chromium, on a network without
//! certificates.

use fantoccini::Locator;
use kanso_pipeline::keys::RaceId;
use kanso_pipeline::requests::{RequestId, Wish};
use kanso_web::staff::StaffRole;

use super::browser::Browser;
use super::printer::wait_for;
use super::site::Pages;

impl Browser {
    /// Presses keys, wherever the focus is.
    async fn press(&self, keys: &str) {
        let body = self.page.find(Locator::Css("body")).await.unwrap();
        body.send_keys(keys).await.unwrap();
    }

    pub async fn sign_in(&self, pages: &Pages, name: &str, password: &str) {
        let address = format!("http://venue.test:{}/console", pages.address.port());
        self.page.goto(&address).await.unwrap();
        self.see("#password").await;
        for (css, text) in [("#name", name), ("#password", password)] {
            let field = self.page.find(Locator::Css(css)).await.unwrap();
            field.send_keys(text).await.unwrap();
        }
        self.touch("form button").await;
        self.see("#counts").await;
    }

    async fn review(&self) {
        self.touch("nav a[href$='/review']").await;
        self.see("#side").await;
    }

    async fn photo(&self) -> String {
        let file = "return document.getElementById('side').hidden ? '' \
                    : document.getElementById('file').textContent";
        self.run(file).await.as_str().unwrap().to_owned()
    }

    /// Does something, and waits until another photo is shown.
    async fn on_by(&self, keys: &str) {
        let before = self.photo().await;
        self.press(keys).await;
        self.another_than(&before).await;
    }

    async fn another_than(&self, before: &str) {
        wait_for("another photo", async || {
            let now = self.photo().await;
            !now.is_empty() && now != before
        })
        .await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn twenty_photos_are_settled_by_one_key_each_and_a_slip_is_taken_back() {
    let Some(browser) = Browser::open(1920, 1080, false).await else { return };
    let pages = Pages::with_reviews(24).await;
    let password = pages.member("佐藤 花", StaffRole::Staff);
    let entrance = format!("http://venue.test:{}/console", pages.address.port());
    browser.page.goto(&entrance).await.unwrap();
    browser.see("#password").await;
    browser.look("console-entrance", 1920).await;
    browser.sign_in(&pages, "佐藤 花", &password).await;
    browser.review().await;
    assert_eq!(browser.run("return isSecureContext").await, false);
    browser.see("#candidates .candidate").await;
    browser.look("console-review", 1920).await;
    let began = std::time::Instant::now();
    for _ in 0..20 {
        browser.on_by("1").await;
    }
    // On a machine that does nothing else it is under a minute; a busy one is slower.
    println!("twenty photos took {:.1} s", began.elapsed().as_secs_f64());
    assert_eq!(pages.venue.keys("race/decisions/").await.len(), 20);

    let slip = browser.photo().await;
    browser.on_by("n").await;
    browser.press("u").await;
    wait_for("the photo is back", async || browser.photo().await == slip).await;
    assert_eq!(pages.venue.keys("race/decisions/").await.len(), 20);
    // Left aside, and looked at again when nothing else is there.
    browser.on_by("s").await;
    browser.on_by("b").await;
    // A bib that nobody has, then one that somebody has.
    browser.press("/").await;
    let field = browser.page.find(Locator::Css("#bib")).await.unwrap();
    field.send_keys("9999\u{e007}").await.unwrap();
    browser.see("#unknown").await;
    field.clear().await.unwrap();
    let before = browser.photo().await;
    field.send_keys("100 101\u{e007}").await.unwrap();
    browser.another_than(&before).await;
    browser.press("1").await;
    browser.see("#none").await;
    browser.look("console-none", 1920).await;
    browser.touch("#again").await;
    wait_for("the one that was left aside", async || browser.photo().await == slip).await;
    pages.follow().await;
    assert_eq!(pages.venue.keys("race/review/").await.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_small_laptop_shows_photo_and_candidates_and_draws_in_to_the_picture() {
    let Some(browser) = Browser::open(1024, 768, true).await else { return };
    let pages = Pages::with_reviews(2).await;
    let password = pages.member("鈴木", StaffRole::Operator);
    browser.sign_in(&pages, "鈴木", &password).await;
    browser.review().await;
    browser.see("#candidates .candidate").await;
    browser.look("console-review", 1024).await;
    let width = "return document.getElementById('sheet').getBoundingClientRect().width";
    let whole = browser.run(width).await.as_f64().unwrap();
    browser.press("\u{e013}\u{e013}").await;
    assert!(browser.run(width).await.as_f64().unwrap() > 2.0 * whole);
    browser.press("\u{e015}\u{e015}").await;
    assert!((browser.run(width).await.as_f64().unwrap() - whole).abs() < 1.0);
    pages.photo("100", 60).await;
    let photo = pages.venue.kept("100").await.remove(0).photo;
    let id = RequestId { bib: "100".parse().unwrap(), photo };
    let race = RaceId::new("race").unwrap();
    pages.venue.handler.request(&race, &id, Wish::NotMe, false).await.unwrap();
    browser.touch("nav a[href$='/requests']").await;
    browser.see("#requests [data-settlement=removed]").await;
    browser.look("console-request", 1024).await;
    browser.press("k").await;
    browser.see("#no-requests").await;
    browser.look("console-requests", 1024).await;
    // The next one comes to the open page.
    pages.photo("101", 61).await;
    let photo = pages.venue.kept("101").await.remove(0).photo;
    let id = RequestId { bib: "101".parse().unwrap(), photo };
    pages.venue.handler.request(&race, &id, Wish::RemovePhoto, false).await.unwrap();
    browser.touch("#requests [data-settlement=removed]").await;
    browser.see("#no-requests").await;
    assert!(pages.venue.kept("101").await[0].servable().is_err(), "it is taken out");
    browser.touch(".who form button").await;
    browser.see("#password").await;
}

/// Whoever presses keys faster than the server answers never sees again what they have settled:
/// the next key is for the next photo.
#[tokio::test(flavor = "multi_thread")]
async fn a_late_answer_never_shows_again_what_is_settled() {
    let Some(browser) = Browser::open(1024, 768, false).await else { return };
    let pages = Pages::with_reviews(6).await;
    let password = pages.member("佐藤", StaffRole::Staff);
    browser.sign_in(&pages, "佐藤", &password).await;
    browser.review().await;
    browser.see("#candidates .candidate").await;
    let late = "const ask = window.fetch;
        window.seen = [];
        window.fetch = async (...said) => {
            const answer = await ask(...said);
            const late = String(said[0]).includes('/review/next');
            if (late) await new Promise((done) => setTimeout(done, 900));
            return answer;
        };
        new MutationObserver(() => {
            if (!document.getElementById('side').hidden) {
                window.seen.push(document.getElementById('file').textContent);
            }
        }).observe(document.getElementById('file'), { childList: true });";
    browser.run(late).await;
    let first = browser.photo().await;
    browser.press("1").await;
    browser.another_than(&first).await;
    let second = browser.photo().await;
    browser.press("1").await;
    browser.another_than(&second).await;
    tokio::time::sleep(std::time::Duration::from_secs(2)).await;
    let seen = browser.run("return window.seen").await;
    let again = seen.as_array().unwrap().iter().filter(|file| **file == *second).count();
    assert_eq!(again, 1, "{second} is shown once: {seen}");
    assert_eq!(pages.venue.keys("race/decisions/").await.len(), 2);
}
