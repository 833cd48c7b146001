//! What a runner says of a photo reaches a person, who settles it.

use hyper::{Method, StatusCode};
use kanso_pipeline::keys::RaceId;
use kanso_pipeline::requests::{RequestId, Settlement};
use kanso_race::Bib;

use super::client::{Answer, Client};
use super::site::Pages;
use super::venue::RULES;

impl Client {
    async fn say(&mut self, link: &str, photo: &str, wish: &str) -> Answer {
        let form = format!("photo={photo}&wish={wish}");
        let headers = [("content-type", "application/x-www-form-urlencoded")];
        self.request(Method::POST, &format!("{link}/requests"), &headers, form.into()).await
    }
}

/// The page of runner 1, who has one photo.
async fn one_photo(pages: &Pages) -> (Client, String, RequestId) {
    pages.photo("1", 60).await;
    let (client, link) = pages.runner("1").await;
    let photo = pages.venue.kept("1").await[0].photo;
    (client, link, RequestId { bib: Bib::parse("1").unwrap(), photo })
}

fn race() -> RaceId {
    RaceId::new("race").unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_runner_who_is_not_in_the_photo_says_so_and_a_person_removes_it() {
    let pages = Pages::with_runners().await;
    let (mut client, link, id) = one_photo(&pages).await;
    let photo = id.photo.to_string();
    let page = client.get(&link).await.text();
    assert!(page.contains("This is not me") && page.contains(&photo), "{page}");
    let answer = client.say(&link, &photo, "not-me").await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.text());
    let page = client.get(answer.header("location")).await.text();
    assert!(page.contains("ご連絡を受けつけました"), "{page}");
    client.say(&link, &photo, "not-me").await;

    let handler = &pages.venue.handler;
    let requests = handler.requests(&race()).await.unwrap();
    assert_eq!(requests.len(), 1, "said twice, it is one request");
    assert_eq!(requests[0].0, id);
    assert_eq!(pages.venue.kept("1").await[0].current.void, None, "a person decides");
    assert!(client.get(&link).await.text().contains("id=\"asked\""), "it stays said");

    handler.settle(&race(), &id, Settlement::Removed, "desk").await.unwrap().unwrap();
    let page = client.get(&link).await.text();
    assert!(!page.contains(&photo) && page.contains("id=\"no-photo\""), "{page}");
    let requests = handler.requests(&race()).await.unwrap();
    assert_eq!(requests[0].1.settled, Some(Settlement::Removed));
}

#[tokio::test(flavor = "multi_thread")]
async fn where_the_race_wants_it_the_photo_goes_at_once_and_comes_back_if_a_person_says_so() {
    let pages = Pages::with_runners().await;
    pages.upload("race.toml", format!("{RULES}\n[privacy]\nhide_on_request = true\n")).await;
    let (mut client, link, id) = one_photo(&pages).await;
    let photo = id.photo.to_string();
    client.say(&link, &photo, "remove-photo").await;
    assert!(!client.get(&link).await.text().contains(&photo));
    let kiosk = pages.kiosk().await.get("/kiosk/race/runner?bib=1").await.json();
    assert_eq!(kiosk["state"], "no_photo", "nor does a kiosk print it");
    let handler = &pages.venue.handler;
    handler.settle(&race(), &id, Settlement::Kept, "desk").await.unwrap().unwrap();
    assert!(client.get(&link).await.text().contains(&photo));
    assert!(handler.settle(&race(), &unknown(), Settlement::Kept, "desk").await.unwrap().is_none());
}

fn unknown() -> RequestId {
    "2-0123456789abcdef".parse().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_asks_about_another_runners_photo_and_an_erasure_takes_the_requests_along() {
    let pages = Pages::with_runners().await;
    let (mut client, link, id) = one_photo(&pages).await;
    pages.photo("2", 61).await;
    let theirs = pages.venue.kept("2").await[0].photo.to_string();
    for (link, photo) in [
        (&*link, &*theirs),
        (&*link, "0123456789abcdef"),
        (&*link, "../../1"),
        ("/r/race/1/AAAAAAAAAAAAAAAAAAAAAA", &id.photo.to_string()),
    ] {
        let answer = client.say(link, photo, "remove-photo").await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "{link} {photo}");
    }
    assert!(pages.venue.keys("race/requests/").await.is_empty());
    client.say(&link, &id.photo.to_string(), "remove-photo").await;
    assert_eq!(pages.venue.keys("race/requests/").await.len(), 1);
    pages.venue.handler.erase(&race(), &id.bib).await.unwrap();
    assert!(pages.venue.keys("race/requests/").await.is_empty());
}
