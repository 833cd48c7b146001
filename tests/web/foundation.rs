//! What holds for every page.

use hyper::StatusCode;
use kanso_pipeline::keys::RaceId;
use kanso_race::Bib;

use super::site::Pages;

#[tokio::test(flavor = "multi_thread")]
async fn every_answer_forbids_framing_sniffing_inline_scripts_and_being_kept() {
    let pages = Pages::start().await;
    let mut client = pages.client();
    for path in ["/", "/nowhere", "/../etc/passwd", "/assets/x/none.css"] {
        let answer = client.get(path).await;
        let policy = answer.header("content-security-policy");
        assert!(policy.contains("frame-ancestors 'none'"), "{path}: {policy}");
        assert!(policy.contains("script-src 'self'") && !policy.contains("unsafe"), "{policy}");
        assert_eq!(answer.header("x-content-type-options"), "nosniff", "{path}");
        assert_eq!(answer.header("x-frame-options"), "DENY", "{path}");
        assert_eq!(answer.header("cache-control"), "no-store", "{path}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_opens_in_the_readers_language_and_holds_both() {
    let pages = Pages::start().await;
    let mut client = pages.client();
    let answer = client.get("/nowhere").await;
    assert_eq!(answer.status, StatusCode::NOT_FOUND);
    assert!(answer.text().contains("<html lang=\"ja\">"), "{}", answer.text());
    let english = [("accept-language", "en-US,en;q=0.9")];
    let answer = client.request(hyper::Method::GET, "/nowhere", &english, "".into()).await;
    assert!(answer.text().contains("<html lang=\"en\">"));
    for words in ["ページが見つかりません", "There is nothing at this address"] {
        assert!(answer.text().contains(words), "{}", answer.text());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_names_assets_that_browsers_may_keep_for_ever() {
    let pages = Pages::start().await;
    let mut client = pages.client();
    let page = client.get("/nowhere").await.text();
    let from = page.find("/assets/").unwrap();
    let path = page[from..].split('"').next().unwrap().to_owned();
    let asset = client.get(&path).await;
    assert_eq!(asset.status, StatusCode::OK);
    assert_eq!(asset.header("content-type"), "text/css; charset=utf-8");
    assert!(asset.header("cache-control").contains("immutable"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_runners_certificates_are_those_that_hold_now() {
    let pages = Pages::start().await;
    let (race, bib) = (RaceId::new("race").unwrap(), Bib::parse("1").unwrap());
    let held = || pages.venue.handler.issued(&race, &bib);
    assert!(held().await.unwrap().is_empty());
    pages.photo("1", 10).await;
    pages.photo("1", 11).await;
    pages.photo("2", 12).await;
    let mine = held().await.unwrap();
    assert_eq!(mine.len(), 2);
    assert!(mine.iter().all(|held| held.photo_key.contains("bib1") && held.revision == 1));

    // One that was made void is no longer given out.
    let keys = mine[0].keys(&race, &bib);
    let mut current = pages.venue.json(&keys.current()).await;
    current["void"] = "a wrong photo".into();
    pages.venue.put(&keys.current(), current.to_string()).await;
    let left = held().await.unwrap();
    assert_eq!(left.len(), 1);
    assert_ne!(left[0].photo, mine[0].photo);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_race_is_found_by_its_folder_and_nothing_else_is() {
    let pages = Pages::start().await;
    assert!(pages.site.race("race").await.unwrap().is_some());
    for folder in ["", "rac", "race/", "../race", "certificates", "other"] {
        assert!(pages.site.race(folder).await.unwrap().is_none(), "{folder:?}");
    }
}
