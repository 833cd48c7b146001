//! What a kiosk may see, and to whom it is open.

use http_body_util::BodyExt as _;
use hyper::{Method, StatusCode};
use kanso_pipeline::keys::RaceId;
use kanso_pipeline::store::If;
use kanso_race::Bib;

use super::site::Pages;
use super::venue::photo;

#[tokio::test(flavor = "multi_thread")]
async fn a_browser_is_a_kiosk_only_by_the_code() {
    let pages = Pages::start().await;
    let mut stranger = pages.client();
    for path in [
        "/kiosk",
        "/kiosk/race",
        "/kiosk/race/runner?bib=1",
        "/kiosk/race/picture/1/0123456789abcdef",
        "/kiosk/race/portrait/1/0123456789abcdef",
        "/kiosk/race/jobs/1",
        "/kiosk/race/events",
    ] {
        assert_eq!(stranger.get(path).await.status, StatusCode::FORBIDDEN, "{path}");
    }
    let press = serde_json::json!({"bib": "1", "photo": null, "key": "k"});
    assert_eq!(stranger.post("/kiosk/race/jobs", &press).await.status, StatusCode::FORBIDDEN);
    for code in ["", "wrong", "%00"] {
        let answer = stranger.get(&format!("/kiosk?code={code}")).await;
        assert_eq!(answer.status, StatusCode::FORBIDDEN, "{code:?}");
    }
    let mut kiosk = pages.kiosk().await;
    let answer = kiosk.get("/kiosk").await;
    assert_eq!(answer.header("location"), "/kiosk/race", "the only race opens at once");
    assert_eq!(kiosk.get("/kiosk/race").await.status, StatusCode::OK);
    assert_eq!(kiosk.get("/kiosk/other").await.status, StatusCode::NOT_FOUND);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_runner_is_shown_by_initial_course_and_picture_and_never_by_name() {
    let pages = Pages::start().await;
    pages.photo("1", 60).await;
    let mut kiosk = pages.kiosk().await;
    let answer = kiosk.get("/kiosk/race/runner?bib=1").await;
    assert!(!answer.text().contains("健吾"), "{}", answer.text());
    let runner = answer.json();
    assert_eq!(runner["initial"], "髙");
    assert_eq!(runner["course"]["en"], "Half marathon");
    assert_eq!(runner["state"], "ready");
    let picture = kiosk.get(runner["photos"][0]["address"].as_str().unwrap()).await;
    assert_eq!(picture.header("content-type"), "image/jpeg");
    assert_eq!(picture.header("cache-control"), "no-store");
    assert_eq!(&picture.body[..2], b"\xff\xd8");
    let portrait = kiosk.get(runner["photos"][0]["portrait"].as_str().unwrap()).await;
    let portrait = image::load_from_memory(&portrait.body).unwrap();
    let long_side = portrait.width().max(portrait.height());
    assert!((300..=900).contains(&long_side), "the photo's part alone, not enlarged: {long_side}");
    // Another runner's photo is not this one's picture.
    let id = runner["photos"][0]["id"].as_str().unwrap();
    let other = kiosk.get(&format!("/kiosk/race/picture/2/{id}")).await;
    assert_eq!(other.status, StatusCode::NOT_FOUND);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_runners_link_is_a_code_at_the_kiosk_alone() {
    let pages = Pages::start().await;
    let mut kiosk = pages.kiosk().await;
    let link = kiosk.get("/kiosk/race/runner?bib=1").await.json()["link"].clone();
    assert_eq!(link, "/kiosk/race/link/1");
    let code = kiosk.get("/kiosk/race/link/1").await;
    assert_eq!(code.header("content-type"), "image/svg+xml");
    assert_eq!(kiosk.get("/kiosk/race/link/99").await.status, StatusCode::NOT_FOUND);
    let stranger = pages.client().get("/kiosk/race/link/1").await;
    assert_eq!(stranger.status, StatusCode::FORBIDDEN);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_has_no_photo_no_finish_or_no_bib_is_told_so() {
    let pages = Pages::start().await;
    let mut kiosk = pages.kiosk().await;
    assert_eq!(kiosk.get("/kiosk/race/runner?bib=2").await.json()["state"], "no_photo");
    assert_eq!(kiosk.get("/kiosk/race/runner?bib=3").await.json()["state"], "no_finish");
    for bib in ["99", "", "..%2F1", "%F0%9F%8F%83", "1%0d%0aSet-Cookie:x=1"] {
        let answer = kiosk.get(&format!("/kiosk/race/runner?bib={bib}")).await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "{bib}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_photo_is_told_to_the_kiosk_that_shows_its_runner_and_to_no_other() {
    let pages = Pages::start().await;
    let mut kiosk = pages.kiosk().await;
    let mut mine = kiosk.send(Method::GET, "/kiosk/race/events?bib=1", &[], "".into()).await;
    let mut other = kiosk.send(Method::GET, "/kiosk/race/events?bib=2", &[], "".into()).await;
    // The first ping says that the line stands.
    for line in [&mut mine, &mut other] {
        assert!(next(line).await.contains("event: ping"));
    }
    pages.photo("1", 61).await;
    assert!(next(&mut mine).await.contains("event: photos"));
    assert!(next(&mut other).await.contains("event: ping"));
}

async fn next(line: &mut hyper::Response<hyper::body::Incoming>) -> String {
    let frame = line.body_mut().frame().await.unwrap().unwrap();
    String::from_utf8(frame.into_data().unwrap().to_vec()).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_camera_that_uses_a_name_again_never_shows_one_runner_as_another() {
    let pages = Pages::start().await;
    let venue = &pages.venue;
    let key = "race/photos/a/DSC_0001.jpg";
    for (bib, shade) in [("1", 60), ("2", 90)] {
        let answer = serde_json::json!({"bibs": [bib]}).to_string();
        let id = kanso_photo::PhotoId::of(&photo(shade));
        venue.put(&format!("race/decisions/{id}.json"), answer).await;
    }
    venue.handle(&venue.put(key, photo(60)).await).await;
    let mut kiosk = pages.kiosk().await;
    let runner = kiosk.get("/kiosk/race/runner?bib=1").await.json();
    let portrait = runner["photos"][0]["portrait"].as_str().unwrap().to_owned();
    assert_eq!(kiosk.get(&portrait).await.status, StatusCode::OK);

    let another = venue.put(key, photo(90)).await;
    let answer = kiosk.get(&portrait).await;
    assert_eq!(answer.status, StatusCode::NOT_FOUND, "before the new photo is handled");
    venue.handle(&another).await;
    let runner = kiosk.get("/kiosk/race/runner?bib=1").await.json();
    assert_eq!(
        (&runner["state"], runner["photos"].as_array().unwrap().len()),
        (&"no_photo".into(), 0)
    );
    let runner = kiosk.get("/kiosk/race/runner?bib=2").await.json();
    assert_eq!(runner["state"], "ready");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_runner_who_was_erased_is_nobody_at_a_kiosk() {
    let pages = Pages::start().await;
    pages.photo("1", 60).await;
    let mut kiosk = pages.kiosk().await;
    let runner = kiosk.get("/kiosk/race/runner?bib=1").await.json();
    let [picture, portrait] =
        ["address", "portrait"].map(|of| runner["photos"][0][of].as_str().unwrap().to_owned());
    let (race, bib) = (RaceId::new("race").unwrap(), Bib::parse("1").unwrap());
    pages.venue.handler.erase(&race, &bib).await.unwrap();
    for path in ["/kiosk/race/runner?bib=1", &picture, &portrait] {
        assert_eq!(kiosk.get(path).await.status, StatusCode::NOT_FOUND, "{path}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn ranks_that_shifted_are_set_anew_before_a_kiosk_shows_them() {
    let pages = Pages::start().await;
    let ranked = |rank| {
        format!("ナンバー,氏名,種目,グロスタイム,総合順位\n1,髙橋 健吾,half,1:30:00,{rank}\n")
    };
    let venue = &pages.venue;
    venue.handle(&venue.put("race/results.csv", ranked(7)).await).await;
    pages.photo("1", 60).await;
    venue.handle(&venue.put("race/results.csv", ranked(8)).await).await;
    let mut kiosk = pages.kiosk().await;
    let runner = kiosk.get("/kiosk/race/runner?bib=1").await.json();
    let picture = kiosk.get(runner["photos"][0]["address"].as_str().unwrap()).await;
    let kept = venue.kept("1").await.remove(0);
    assert!(!kept.current.stale && kept.current.revision == 2);
    let preview = kept.servable().unwrap().preview();
    let preview = venue.bucket.get(&preview, If::Any, 1 << 24).await.unwrap().bytes;
    assert!(picture.body == preview, "the newest preview");
}
