//! A photo whose reduced copy came first is one photo: matched once, and in the end as if the
//! file alone had come.

use kanso_matching::Outcome;
use kanso_pipeline::certificates::IssuedCertificate;
use kanso_pipeline::keys::RaceId;
use kanso_pipeline::reconcile::{Scope, reconcile};
use kanso_pipeline::store::Failure;
use kanso_race::Bib;
use serde_json::{Value, json};

use super::venue::{RULES, Venue, large_photo, numbered, photo, small_photo};

const KEY: &str = "race/photos/a/1_bib1.jpg";
/// Of [`photo`], which stands in for the reduced copy: too small for the paper.
const REDUCED: (u32, u32) = (900, 600);

async fn certificates(venue: &Venue) -> Vec<IssuedCertificate> {
    let (race, bib) = (RaceId::new("race").unwrap(), Bib::parse("1").unwrap());
    venue.handler.issued(&race, &bib).await.unwrap()
}

/// The record of a runner's one certificate that holds.
async fn record(venue: &Venue) -> Value {
    let kept = venue.kept("1").await;
    assert_eq!(kept.len(), 1, "{kept:?}");
    venue.json(&kept[0].servable().unwrap().record()).await
}

async fn is_settled(venue: &Venue) {
    let (report, work) = reconcile(&venue.handler, None, Scope::Everything).await.unwrap();
    assert!(report.is_clean() && work.is_empty(), "{report:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reduced_copy_has_its_certificate_at_once_and_the_file_takes_its_place() {
    let venue = Venue::with_race().await;
    let file = large_photo(60);
    let reduced = venue.put_proxy(KEY, &file, &photo(60), REDUCED).await;
    assert_eq!(venue.handle(&reduced).await[0].issued.len(), 1);
    let first = certificates(&venue).await.remove(0);
    assert!(first.preliminary && first.ppi < 200.0, "{first:?}");
    let warnings = record(&venue).await["warnings"].to_string();
    assert!(warnings.contains("the file is to take its place"), "{warnings}");

    let full = venue.put_full(KEY, &file).await;
    venue.handle(&full).await;
    let all = certificates(&venue).await;
    assert_eq!((all.len(), all[0].photo, all[0].revision), (1, first.photo, 2), "{all:?}");
    assert!(!all[0].preliminary && all[0].ppi > 3.9 * first.ppi, "{:?}", all[0]);
    assert_ne!(record(&venue).await["warnings"].to_string(), warnings);
    assert_eq!(venue.keys("race/outcomes/").await.len(), 1, "of the file alone");
    assert!(venue.keys("race/audit/").await.is_empty(), "nobody's photo was replaced");
    is_settled(&venue).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn it_does_not_matter_which_of_the_two_is_heard_of_first_or_how_often() {
    let file = large_photo(61);
    let mut ends = Vec::new();
    for order in [&[0, 1][..], &[1, 0], &[0, 0, 1, 1], &[1], &[0, 1, 0, 1]] {
        let venue = Venue::with_race().await;
        let reduced = venue.put_proxy(KEY, &file, &photo(61), REDUCED).await;
        let mut full = None;
        for event in order {
            if *event == 1 || order[0] == 1 {
                full = Some(match full {
                    Some(full) => full,
                    None => venue.put_full(KEY, &file).await,
                });
            }
            venue.handle(if *event == 0 { &reduced } else { full.as_ref().unwrap() }).await;
        }
        let kept = venue.kept("1").await;
        let all = certificates(&venue).await;
        assert_eq!((kept.len(), all.len()), (1, 1), "{order:?}: {kept:?}");
        is_settled(&venue).await;
        ends.push((all[0].photo, all[0].fingerprint.clone(), venue.keys("race/outcomes/").await));
    }
    ends.dedup();
    assert_eq!(ends.len(), 1, "{ends:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn both_at_once_end_with_the_file() {
    let file = large_photo(68);
    for pause_ms in [0, 20, 80, 200] {
        let venue = Venue::with_race().await;
        let reduced = venue.put_proxy(KEY, &file, &photo(68), REDUCED).await;
        let followed = async {
            tokio::time::sleep(std::time::Duration::from_millis(pause_ms)).await;
            venue.handle(&venue.put_full(KEY, &file).await).await;
        };
        tokio::join!(venue.handle(&reduced), followed);
        for _ in 0..5 {
            let (_, work) = reconcile(&venue.handler, None, Scope::Everything).await.unwrap();
            for upload in work {
                venue.handle(&upload).await;
            }
        }
        let all = certificates(&venue).await;
        assert_eq!((all.len(), all[0].preliminary), (1, false), "{pause_ms} ms: {all:?}");
        is_settled(&venue).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lost_event_of_either_is_found_again() {
    let venue = Venue::with_race().await;
    let file = large_photo(62);
    venue.put_proxy(KEY, &file, &photo(62), REDUCED).await;
    for preliminary in [true, false] {
        let (_, work) = reconcile(&venue.handler, None, Scope::Everything).await.unwrap();
        assert_eq!(work.len(), 1);
        venue.handle(&work[0]).await;
        assert_eq!(certificates(&venue).await[0].preliminary, preliminary);
        if preliminary {
            venue.put_full(KEY, &file).await;
        }
    }
    is_settled(&venue).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_number_that_was_read_in_the_copy_is_not_read_again_in_the_file() {
    let venue = Venue::start().await;
    venue.put("race/race.toml", RULES).await;
    let results = "ナンバー,氏名,種目,グロスタイム\n1017,髙橋 健吾,half,1:41:08\n";
    venue.put("race/results.csv", results).await;
    let copy = numbered(Some("2026-11-23T10:11:09+09:00"));
    let size = image::load_from_memory(&copy).map(|p| (p.width(), p.height())).unwrap();
    let file = doubled(&copy, size);
    let key = "race/photos/a/1.jpg";
    let reduced = venue.put_proxy(key, &file, &copy, size).await;
    let first = venue.handle(&reduced).await.remove(0);
    assert_eq!(first.issued[0].bib.as_str(), "1017", "{:?}", first.decision);
    let read = |handled: &kanso_pipeline::handler::Handled| {
        handled.ms.iter().any(|(step, _)| *step == "reading")
    };
    let second = venue.handle(&venue.put_full(key, &file).await).await.remove(0);
    assert_eq!((read(&first), read(&second)), (true, false));
    assert_eq!(second.decision.matches[0].evidence.len(), first.decision.matches[0].evidence.len());
    // Where the number stands, as it stands in the larger picture.
    let area = |handled: &kanso_pipeline::handler::Handled| {
        let evidence = &handled.decision.matches[0].evidence;
        evidence.iter().find_map(|evidence| evidence.area).unwrap()
    };
    for (before, after) in area(&first).into_iter().zip(area(&second)) {
        assert!(after.abs_diff(2 * before) <= 4, "{before} became {after}");
    }
    assert_eq!(venue.keys("race/certificates/1017/").await.len(), 7, "two revisions of one");
}

/// The same photo, with twice the pixels each way and all its metadata.
fn doubled(jpeg: &[u8], (width, height): (u32, u32)) -> Vec<u8> {
    let picture = image::load_from_memory(jpeg).unwrap();
    let filter = image::imageops::FilterType::CatmullRom;
    let picture = picture.resize_exact(2 * width, 2 * height, filter).to_rgb8();
    let mut large = Vec::new();
    let encoder = image::codecs::jpeg::JpegEncoder::new_with_quality(&mut large, 90);
    picture.write_with_encoder(encoder).unwrap();
    // The XMP segment, which stands first.
    let length = usize::from(u16::from_be_bytes([jpeg[4], jpeg[5]]));
    large.splice(2..2, jpeg[2..4 + length].iter().copied());
    large
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_person_said_of_the_copy_holds_for_the_file_and_so_does_their_crop() {
    let venue = Venue::with_race().await;
    let file = large_photo(63);
    let key = "race/photos/a/63.jpg";
    let reduced = venue.put_proxy(key, &file, &photo(63), REDUCED).await;
    let handled = venue.handle(&reduced).await.remove(0);
    assert_ne!(handled.decision.outcome, Outcome::Issue);
    // Drawn in the copy.
    let answer = json!({"bibs": ["1"], "crop": {"x": 100, "y": 50, "width": 200, "height": 250}});
    let decision = format!("race/decisions/{}.json", handled.photo_id);
    venue.handle(&venue.put(&decision, answer.to_string()).await).await;
    let shown = record(&venue).await["photo"]["panels"][0]["crop"].clone();
    // The store counts whole seconds.
    tokio::time::sleep(std::time::Duration::from_millis(1100)).await;
    venue.handle(&venue.put_full(key, &file).await).await;
    let scaled = record(&venue).await["photo"]["panels"][0]["crop"].clone();
    for side in ["x", "y", "width", "height"] {
        let (before, after) = (shown[side].as_u64().unwrap(), scaled[side].as_u64().unwrap());
        assert!(after.abs_diff(4 * before) <= 4, "{side}: {before} became {after}");
    }
    // Drawn in the file.
    tokio::time::sleep(std::time::Duration::from_millis(1100)).await;
    let answer = json!({"bibs": ["1"], "crop": {"x": 400, "y": 200, "width": 800, "height": 1000}});
    venue.handle(&venue.put(&decision, answer.to_string()).await).await;
    assert_eq!(record(&venue).await["photo"]["panels"][0]["crop"], scaled);
    is_settled(&venue).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn another_file_over_a_copy_is_another_photo() {
    let venue = Venue::with_race().await;
    let (file, other) = (large_photo(64), large_photo(65));
    venue.handle(&venue.put_proxy(KEY, &file, &photo(64), REDUCED).await).await;
    // Our uploaders put it beside the copy; here somebody puts it over it.
    venue.handle(&venue.put(KEY, other).await).await;
    let kept = venue.kept("1").await;
    let void = kept.iter().filter(|kept| kept.servable().is_err()).count();
    assert_eq!((kept.len(), void), (2, 1));
    is_settled(&venue).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_goes_over_its_own_copy_and_over_nothing_else() {
    let venue = Venue::with_race().await;
    let file = large_photo(66);
    let copy = small_photo(66);
    venue.put_proxy(KEY, &file, &copy, (240, 160)).await;
    let md5 = <md5::Md5 as md5::Digest>::digest(&file).into();
    let kanso_pipeline::place::Place::Proxied { full, .. } =
        venue.bucket.place(KEY, &md5).await.unwrap()
    else {
        panic!("its copy is there");
    };
    // Meanwhile somebody puts another photo there.
    venue.put(KEY, photo(67)).await;
    let refused = venue.put_part(KEY, &file, &full).await.unwrap_err();
    assert_eq!(refused.failure, Failure::Precondition);
    // Another file of that name goes beside a copy.
    let beside = venue.bucket.place(KEY, &[7; 16]).await.unwrap();
    let free =
        kanso_pipeline::place::Place::Free { key: "race/photos/a/1_bib1-07070707.jpg".to_owned() };
    assert_eq!(beside, free);
}
