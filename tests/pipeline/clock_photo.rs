//! A photo of the clock page sets its camera's clock, once, and for nobody else.

use kanso_certificate::clock_photo::ShownTime;
use kanso_matching::Outcome;
use kanso_pipeline::handler::Handled;
use kanso_pipeline::keys::RaceId;
use kanso_pipeline::reconcile::{Scope, reconcile};
use qrcodegen::{QrCode, QrCodeEcc};

use super::venue::{RESULTS, RULES, Venue, tagged, with_tags};

const TOLD: &str = "race/cameras/b.json";

fn race() -> RaceId {
    RaceId::new("race").unwrap()
}

/// What the clock page shows at a time of the race's day, in Tokyo.
async fn page(venue: &Venue, time: &str) -> String {
    let at = format!("2026-11-23T{time}+09:00").parse().unwrap();
    let links = venue.handler.links(&race()).await.unwrap();
    links.clock_code(ShownTime { at, sigma_ms: 150 })
}

/// A photo of a screen with a code, and what the camera's clock showed.
fn photographed(text: &str, camera: &str) -> Vec<u8> {
    screen(text, camera, (1200, 900), 14)
}

/// The same of another size, each of the code's modules this many pixels wide.
fn screen(text: &str, camera: &str, (width, height): (u32, u32), module: i32) -> Vec<u8> {
    let code = QrCode::encode_text(text, QrCodeEcc::Medium).unwrap();
    let picture = image::GrayImage::from_fn(width, height, |x, y| {
        let of = |v: u32, from: u32| (v as i32 - from as i32).div_euclid(module);
        let dark = code.get_module(of(x, width / 4), of(y, height / 6));
        image::Luma([if dark { 30 } else { 235 }])
    });
    let mut jpeg = std::io::Cursor::new(Vec::new());
    picture.write_to(&mut jpeg, image::ImageFormat::Jpeg).unwrap();
    with_tags(jpeg.into_inner(), &[], &format!("2026-11-23T{camera}"))
}

async fn uploaded(venue: &Venue, name: &str, photo: Vec<u8>) -> Handled {
    let upload = venue.put(&format!("race/photos/b/{name}"), photo).await;
    venue.handle(&upload).await.remove(0)
}

async fn offset_s(venue: &Venue) -> f64 {
    venue.json(TOLD).await["offset_s"].as_f64().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_photo_of_the_clock_page_sets_its_cameras_clock_and_goes_before_one_that_was_solved() {
    let venue = Venue::with_race().await;
    let text = page(&venue, "08:00:00").await;
    // The camera is 73 s slow.
    let handled = uploaded(&venue, "clock.jpg", photographed(&text, "07:58:47")).await;
    assert_eq!(handled.decision.outcome, Outcome::Reject);
    assert!(handled.decision.reason.contains("+73.0 s ± 0.4"), "{}", handled.decision.reason);
    let told = venue.json(TOLD).await;
    assert_eq!(
        (&told["offset_s"], &told["photographed_at"]),
        (&73.0.into(), &"2026-11-22T23:00:00.5Z".into())
    );
    let reports = venue.handler.camera_reports(&race()).await.unwrap();
    let b = reports.iter().find(|report| report.camera.as_str() == "b").unwrap();
    let clock = b.in_force.as_ref().unwrap();
    assert_eq!(clock.source, kanso_matching::camera_clock::ClockSource::Person);

    // Nobody's bib is in sight: the clock finds whom the next photo shows. Runner 1 finished
    // at ten.
    let next = uploaded(&venue, "next.jpg", tagged(90, None, "2026-11-23T09:58:48")).await;
    let near: Vec<&str> = next.decision.candidates.iter().map(|near| near.bib.as_str()).collect();
    let shown: Vec<&str> = next.decision.matches.iter().map(|found| found.bib.as_str()).collect();
    assert!(near.contains(&"1") || shown.contains(&"1"), "{:?}", next.decision);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_clock_page_on_a_24_inch_monitor_is_read_from_3_m_through_a_24_mm_lens() {
    let venue = Venue::with_race().await;
    let text = page(&venue, "08:00:00").await;
    // 24 mm of film see 3 m of height: a code of 24 cm with its quiet zone, 37 modules, takes
    // 320 of 4000 pixels.
    uploaded(&venue, "far.jpg", screen(&text, "07:59:00", (6000, 4000), 8)).await;
    assert_eq!(offset_s(&venue).await, 60.0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_photo_of_the_clock_page_that_comes_before_the_races_data_sets_the_clock_with_them() {
    let venue = Venue::start().await;
    let text = page(&venue, "08:00:00").await;
    let early = uploaded(&venue, "clock.jpg", photographed(&text, "07:58:47")).await;
    assert_eq!(early.decision.outcome, Outcome::Pending);
    let rules = venue.put("race/race.toml", RULES).await;
    venue.handle(&rules).await;
    assert_eq!(offset_s(&venue).await, 73.0);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_photo_that_was_taken_last_holds_in_whatever_order_they_come() {
    let venue = Venue::with_race().await;
    let (early, late) = (page(&venue, "08:00:00").await, page(&venue, "12:00:00").await);
    uploaded(&venue, "late.jpg", photographed(&late, "11:59:50")).await;
    assert_eq!(offset_s(&venue).await, 10.0);
    uploaded(&venue, "early.jpg", photographed(&early, "07:59:45")).await;
    assert_eq!(offset_s(&venue).await, 10.0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_code_that_the_race_did_not_sign_sets_nothing() {
    let venue = Venue::with_race().await;
    let ours = page(&venue, "08:00:00").await;
    let forged = ours.replace(":150:", ":151:");
    for (n, text) in
        [forged, "KANSO:CLOCK:1795392005000:1:0123456789ABCDEF".into()].into_iter().enumerate()
    {
        let photo = photographed(&text, "07:00:00");
        let handled = uploaded(&venue, &format!("{n}.jpg"), photo).await;
        assert!(!handled.decision.reason.contains("clock page"), "{:?}", handled.decision);
    }
    assert_eq!(venue.keys("race/cameras/b.json").await, [""; 0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_who_writes_the_clock_afterwards_has_the_last_word() {
    let venue = Venue::with_race().await;
    let text = page(&venue, "08:00:00").await;
    let photo = photographed(&text, "07:58:47");
    uploaded(&venue, "clock.jpg", photo.clone()).await;
    let upload = venue.put(TOLD, "{\"offset_s\": 5}").await;
    venue.handle(&upload).await;
    // Its event comes again, new results come, and everything is looked at.
    let again = venue.put("race/photos/b/clock.jpg", photo).await;
    venue.handle(&again).await;
    let results = venue.put("race/results.csv", RESULTS.replace("1:30:00", "1:30:01")).await;
    venue.handle(&results).await;
    reconcile(&venue.handler, None, Scope::Everything).await.unwrap();
    assert_eq!(offset_s(&venue).await, 5.0);
    let outcomes = venue.keys("race/outcomes/b/clock.jpg/").await;
    assert_eq!(venue.json(&outcomes[0]).await["outcome"], "reject", "it stays what it is");
    assert_eq!(venue.keys("race/rejected/").await.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_camera_that_writes_no_time_is_told_to_photograph_the_clock_again() {
    let venue = Venue::with_race().await;
    let text = page(&venue, "08:00:00").await;
    let photo = photographed(&text, "07:58:47");
    // Without the XMP segment, which is all that says when.
    let length = usize::from(u16::from_be_bytes([photo[4], photo[5]]));
    let bare = [&photo[..2], &photo[4 + length..]].concat();
    let handled = uploaded(&venue, "clock.jpg", bare).await;
    assert!(handled.decision.reason.contains("date and time"), "{}", handled.decision.reason);
    assert_eq!(venue.keys(TOLD).await, [""; 0]);
}
