//! Nobody sees more of a runner than the runner, however they try.

use std::collections::BTreeSet;
use std::sync::Arc;

use futures::future::join_all;
use hyper::StatusCode;
use kanso_pipeline::handler::Handler;
use kanso_pipeline::keys::RaceId;
use kanso_race::Bib;
use kanso_web::secrets::Secrets;
use kanso_web::site::Site;

use super::client::{Answer, Client};
use super::runner::{BIRTH_DATES, RESULTS};
use super::site::{Pages, Served};

/// Everything of an answer but the clock.
fn said(answer: &Answer) -> (StatusCode, Vec<(String, String)>, String) {
    let headers = answer.headers.iter().filter(|(name, _)| *name != "date");
    let headers = headers.map(|(n, v)| (n.to_string(), v.to_str().unwrap().to_owned()));
    (answer.status, headers.collect(), answer.text())
}

#[tokio::test(flavor = "multi_thread")]
async fn wrong_unknown_erased_and_unfinished_are_told_the_very_same() {
    let pages = Pages::with_runners().await;
    pages.photo("1", 60).await;
    pages.photo("2", 61).await;
    let (_, erased) = pages.runner("2").await;
    let race = RaceId::new("race").unwrap();
    pages.venue.handler.erase(&race, &Bib::parse("2").unwrap()).await.unwrap();
    let mut client = pages.client();
    let unknown = said(&client.find("race", "99", "19850307").await);
    assert_eq!(unknown.0, StatusCode::NOT_FOUND);
    for (what, bib, date) in [
        ("a wrong birth date", "1", "19850308"),
        ("no date at all", "1", "tomorrow"),
        ("nothing", "1", ""),
        ("who was erased", "2", "19901123"),
        ("who did not finish", "3", "19790131"),
        ("no bib", "../1", "19850307"),
        ("another one's date", "4", "19850307"),
    ] {
        assert_eq!(said(&client.find("race", bib, date).await), unknown, "{what}");
    }
    // Links answer alike as well, at every door.
    let (_, mine) = pages.runner("1").await;
    let token = mine.rsplit_once('/').unwrap().1;
    let photo = pages.venue.kept("1").await[0].photo;
    for door in ["", "/events", &format!("/pdf/{photo}"), "/pdf/no-photo", "/picture/no-photo"] {
        let unknown = said(&client.get(&format!("/r/race/99/{token}{door}")).await);
        assert_eq!(unknown.0, StatusCode::NOT_FOUND);
        for wrong in [
            format!("/r/race/2/{token}"),
            format!("/r/race/1/{}", "A".repeat(22)),
            format!("/r/race/1/{}", token.to_lowercase()),
            "/r/race/1/x".to_owned(),
            "/r/race/%2e%2e/x".to_owned(),
            erased.clone(),
        ] {
            let answer = client.get(&format!("{wrong}{door}")).await;
            assert_eq!(said(&answer), unknown, "{wrong}{door}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_becomes_dnf_or_is_erased_is_gone_from_an_open_page() {
    let pages = Pages::with_runners().await;
    pages.photo("1", 60).await;
    let (mut client, link) = pages.runner("1").await;
    let photo = pages.venue.kept("1").await[0].photo;
    let paths = [link.clone(), format!("{link}/pdf/{photo}"), format!("{link}/pdf/no-photo")];
    let statuses = async |client: &mut Client| {
        let mut seen = BTreeSet::new();
        for path in &paths {
            seen.insert(client.get(path).await.status);
        }
        seen
    };
    assert_eq!(statuses(&mut client).await, BTreeSet::from([StatusCode::OK]));
    pages.upload("results.csv", RESULTS.replace("1:30:00,1:29:30,", ",,失格")).await;
    assert_eq!(statuses(&mut client).await, BTreeSet::from([StatusCode::NOT_FOUND]));
    pages.upload("results.csv", RESULTS).await;
    assert_eq!(statuses(&mut client).await, BTreeSet::from([StatusCode::OK]));
    let (race, bib) = (RaceId::new("race").unwrap(), Bib::parse("1").unwrap());
    pages.venue.handler.erase(&race, &bib).await.unwrap();
    assert_eq!(statuses(&mut client).await, BTreeSet::from([StatusCode::NOT_FOUND]));
}

#[tokio::test(flavor = "multi_thread")]
async fn guesses_at_a_runner_are_counted_over_all_processes_even_when_sent_at_once() {
    let pages = Pages::with_runners().await;
    let bucket = pages.venue.bucket.clone();
    let handler = Arc::new(Handler::new(bucket.clone(), bucket));
    let beside = Served::start(Arc::new(Site::new(handler, Secrets::random())));
    let doors = [pages.address, beside.address];
    let guesses = (0..40).map(|n| async move {
        let from = [127, 0, 1, n];
        let date = format!("199001{:02}", n % 28 + 1);
        Client::from(from, doors[usize::from(n) % 2]).find("race", "1", &date).await.status
    });
    let answers = join_all(guesses).await;
    let looked_at = answers.iter().filter(|status| **status == StatusCode::NOT_FOUND).count();
    assert!((1..=10).contains(&looked_at), "{looked_at} of 40 guesses were looked at");
    let refused = answers.iter().filter(|status| **status == StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(refused.count() + looked_at, 40, "{answers:?}");

    // The right one waits as well, at both doors, until the count is used up or worn off.
    let (bib, date) = BIRTH_DATES[0];
    let mut held_up = 0;
    for door in doors {
        for _ in 0..20 {
            let answer = Client::new(door).find("race", bib, date).await;
            if answer.status == StatusCode::TOO_MANY_REQUESTS {
                assert!(answer.header("retry-after").parse::<u64>().unwrap() > 0);
                held_up += 1;
                break;
            }
            Client::new(door).find("race", bib, "19700101").await;
        }
    }
    assert_eq!(held_up, 2);
    // Nobody else does, and no key says whom it is about.
    assert_eq!(pages.client().find("race", "2", "19901123").await.status, StatusCode::SEE_OTHER);
    for key in pages.venue.keys("race/guesses/").await {
        let name = key.strip_prefix("race/guesses/").unwrap().strip_suffix(".json").unwrap();
        assert!(name.len() == 32 && name.bytes().all(|b| b.is_ascii_hexdigit()), "{key}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_venue_behind_one_address_finds_its_certificates_though_many_mistype() {
    let pages = Pages::with_runners().await;
    let mut venue = pages.client();
    for n in 0..60 {
        let wrong = venue.find("race", &format!("9{n}"), "19850307").await;
        assert_eq!(wrong.status, StatusCode::NOT_FOUND);
        if n % 10 == 0 {
            let right = venue.find("race", "1", "19850307").await;
            assert_eq!(right.status, StatusCode::SEE_OTHER, "right answers cost nothing");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_key_of_the_links_is_made_once_served_nowhere_and_replaced_by_deleting_it() {
    let pages = Pages::with_runners().await;
    let (mut client, link) = pages.runner("1").await;
    let key = "race/private/links.json";
    let secret = pages.venue.json(key).await["secret"].as_str().unwrap().to_owned();
    assert_eq!(secret.len(), 64);
    for path in
        ["/r/race/private/links.json", "/race/private/links.json", "/private/links.json", &link]
    {
        assert!(!client.get(path).await.text().contains(&secret), "{path}");
    }
    let bucket = pages.venue.bucket.clone();
    let other = || Handler::new(bucket.clone(), bucket.clone());
    let race = RaceId::new("race").unwrap();
    let bib = Bib::parse("1").unwrap();
    assert_eq!(other().links(&race).await.unwrap().path(&bib), link, "in every process");
    bucket.delete(key).await.unwrap();
    assert_ne!(other().links(&race).await.unwrap().path(&bib), link);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_form_of_another_site_finds_nobody() {
    let pages = Pages::with_runners().await;
    let headers = [
        ("content-type", "application/x-www-form-urlencoded"),
        ("origin", "http://elsewhere.example"),
    ];
    let form = "bib=1&factor=19850307".into();
    let answer = pages.client().request(hyper::Method::POST, "/r/race", &headers, form).await;
    assert_eq!(answer.status, StatusCode::FORBIDDEN);
}
