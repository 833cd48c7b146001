//! The clock page, from a screen at the venue to a camera's clock.

use hyper::StatusCode;
use jiff::Timestamp;
use kanso_pipeline::keys::RaceId;
use serde_json::json;

use super::browser::Browser;
use super::kiosk_screen::scanned;
use super::printer::wait_for;
use super::site::Pages;
use super::venue::with_tags;

/// Presses the button six times, `phase` ms after the page's seconds begin.
const PRESS: &str = "
    const [phase, done] = arguments;
    const steady = () => performance.timeOrigin + performance.now();
    let left = 6;
    const press = () => {
        document.getElementById('tap').dispatchEvent(new PointerEvent('pointerdown', { bubbles: true }));
        left -= 1;
        if (left > 0) next(); else done(true);
    };
    const next = () => setTimeout(press, 1000 - ((steady() - phase) % 1000));
    next();";

impl Browser {
    async fn set_by_the_timing_clock(&self, phase_ms: i64) {
        self.page.execute_async(PRESS, vec![json!(phase_ms)]).await.unwrap();
    }

    /// Another one each second, so that none is to be held on to.
    async fn sees_a_code(&self) {
        let there = "return document.querySelector('#picture img') !== null";
        wait_for("a code is shown", async || self.run(there).await == true).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_photo_of_the_screen_sets_the_cameras_clock_and_its_photographer_is_told() {
    let Some(browser) = Browser::open(1440, 900, false).await else { return };
    let pages = Pages::start().await;
    let address = |path: &str| format!("http://venue.test:{}{path}", pages.address.port());
    let code = &pages.site.secrets.kiosk_code;
    browser.page.goto(&address("/clock")).await.unwrap();
    browser.see("input[name=code]").await;
    browser.page.goto(&address(&format!("/kiosk?next=clock&code={code}"))).await.unwrap();
    browser.see("#set").await;
    assert_eq!(browser.run("return isSecureContext").await, false);
    browser.look("clock-set", 1440).await;
    let choices = browser.see("#from").await;
    assert!(choices.contains("time of day") && choices.contains("Half marathon"), "{choices}");
    assert_eq!(browser.run("return document.getElementById('show').disabled").await, true);
    // The timing clock is 12.3 s behind this machine.
    browser.set_by_the_timing_clock(300).await;
    for _ in 0..12 {
        browser.touch("[data-step='-1000']").await;
    }
    browser.touch("#show").await;
    browser.sees_a_code().await;
    browser.look("clock-code", 1440).await;

    let race = RaceId::new("race").unwrap();
    let links = pages.venue.handler.links(&race).await.unwrap();
    let (before, picture, after) =
        (Timestamp::now(), browser.page.screenshot().await.unwrap(), Timestamp::now());
    let shown = links.shown_time(&scanned(&picture)).expect("a code that is signed");
    assert!((100..200).contains(&shown.sigma_ms), "{shown:?}");
    let ms = |time: Timestamp| time.as_millisecond() - 12_300;
    let at = shown.at.as_millisecond();
    // It stays for a second, and a screen and a driver take their time.
    assert!((ms(before) - 1_400..ms(after) + 200).contains(&at), "{}", at - ms(before));
    let first = browser.see("#now").await;
    wait_for("the next second", async || browser.see("#now").await != first).await;
    let next = links.shown_time(&scanned(&browser.page.screenshot().await.unwrap())).unwrap();
    assert!(next.at > shown.at, "the code changes");

    // A camera that is 41 s ahead of the timing clock photographs the screen.
    let screen = image::load_from_memory(&picture).unwrap().to_rgb8();
    let mut jpeg = std::io::Cursor::new(Vec::new());
    screen.write_to(&mut jpeg, image::ImageFormat::Jpeg).unwrap();
    let camera = shown.at + jiff::SignedDuration::from_secs(41);
    let camera = jiff::tz::offset(9).to_datetime(camera);
    let taken = camera.strftime("%Y-%m-%dT%H:%M:%S").to_string();
    pages.upload("photos/goal/clock.jpg", with_tags(jpeg.into_inner(), &[], &taken)).await;
    let told = pages.venue.json("race/cameras/goal.json").await;
    assert!((told["offset_s"].as_f64().unwrap() + 41.0).abs() < 1.0, "{told}");

    let code = pages.photographer().await;
    browser.page.goto(&address(&format!("/upload/race?code={code}"))).await.unwrap();
    let said = browser.see("#clocks li").await;
    assert!(said.contains("clock.jpg") && said.contains("s ±"), "{said}");
    assert_eq!(browser.see("#rejected").await, "0", "it is of use");
    browser.look("upload-clock", 1440).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_clock_is_read_on_a_phone_and_says_when_the_server_is_lost() {
    let Some(browser) = Browser::open(375, 812, true).await else { return };
    let mut pages = Pages::start().await;
    let code = pages.site.secrets.kiosk_code.clone();
    let address = format!("http://venue.test:{}", pages.address.port());
    let enter = format!("{address}/kiosk?next=clock&code={code}");
    browser.page.goto(&enter).await.unwrap();
    browser.see("#set").await;
    browser.look("clock-set", 375).await;
    browser.set_by_the_timing_clock(0).await;
    browser.touch("#show").await;
    browser.sees_a_code().await;
    browser.look("clock-code", 375).await;
    pages.stop();
    browser.see("#cut").await;
    let left = "return document.querySelectorAll('#picture img').length";
    assert_eq!(browser.run(left).await, 0, "no code that is over");
    pages.start_again().await;
    browser.sees_a_code().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_but_staff_has_the_clocks_codes_signed() {
    let pages = Pages::start().await;
    let now = Timestamp::now().as_millisecond();
    let asked = format!("/kiosk/race/clock/code?at={now}&sigma=100");
    let mut nobody = pages.client();
    for path in [asked.as_str(), "/kiosk/race/clock"] {
        assert_eq!(nobody.get(path).await.status, StatusCode::FORBIDDEN, "{path}");
    }
    let mut staff = pages.kiosk().await;
    let code = staff.get(&asked).await;
    assert_eq!((code.status, code.header("cache-control")), (StatusCode::OK, "no-store"));
    assert!(code.text().starts_with("<svg"));
    let years = now + 400 * 86_400_000;
    for wrong in [format!("at={years}&sigma=1"), format!("at={now}&sigma=99999999")] {
        let answer = staff.get(&format!("/kiosk/race/clock/code?{wrong}")).await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "{wrong}");
    }
}
