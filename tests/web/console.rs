//! Who may do what in the console, asked by hand as no browser would.

use hyper::{Method, StatusCode};
use kanso_pipeline::keys::RaceId;
use kanso_pipeline::requests::{RequestId, Wish};
use kanso_web::staff::{self, StaffRole};
use serde_json::{Value, json};

use super::client::{Answer, Client};
use super::site::Pages;
use super::venue::tagged;

/// Thirty runners who finish a minute after one another from 10:00 on, each alone.
fn results() -> String {
    let row = |n: u32| {
        format!("{},選手 {n},half,{}:{:02}:00\n", 100 + n, 1 + (30 + n) / 60, (30 + n) % 60)
    };
    let rows: String = (0..30).map(row).collect();
    format!("ナンバー,氏名,種目,グロスタイム\n{rows}")
}

/// When the photo of a runner is taken: nothing but the clock says whose it is.
fn taken(n: u32) -> String {
    format!("2026-11-23T10:{n:02}:04")
}

impl Pages {
    /// A race with so many photos that a person must settle.
    pub async fn with_reviews(count: u32) -> Self {
        let pages = Self::start().await;
        pages.upload("results.csv", results()).await;
        for n in 0..count {
            let photo = tagged(n as u8, None, &taken(n));
            pages.upload(&format!("photos/a/IMG_{n:04}.JPG"), photo).await;
        }
        let open = pages.venue.keys("race/review/").await.len();
        assert_eq!(open, count as usize, "each is put before a person");
        pages
    }

    pub fn member(&self, name: &str, role: StaffRole) -> String {
        staff::add(self.data.path(), name, role).unwrap()
    }

    /// A browser that somebody signed in with.
    pub async fn console(&self, name: &str, role: StaffRole) -> Client {
        let password = self.member(name, role);
        let mut client = self.client();
        let answer = client.sign_in(name, &password).await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.text());
        client
    }

    /// Follows the answers that were written since, as their events would have it.
    pub async fn follow(&self) {
        for listed in self.venue.bucket.list("race/decisions/").await.unwrap() {
            let upload = self.venue.upload(&listed.key, &listed.etag, 1);
            self.handled(&upload).await;
        }
    }
}

impl Client {
    async fn sign_in(&mut self, name: &str, password: &str) -> Answer {
        let encode = |text: &str| url::form_urlencoded::byte_serialize(text.as_bytes()).collect();
        let (name, password): (String, String) = (encode(name), encode(password));
        let form = [("content-type", "application/x-www-form-urlencoded")];
        let body = format!("name={name}&password={password}");
        self.request(Method::POST, "/console", &form, body.into()).await
    }

    async fn photos(&mut self) -> Vec<Value> {
        let answer = self.get("/console/race/review/next").await;
        assert_eq!(answer.status, StatusCode::OK);
        answer.json()["photos"].as_array().unwrap().clone()
    }

    async fn settle(&mut self, photo: &Value, verdict: Value) -> Answer {
        let mut said = verdict;
        said["answer"] = photo["answer"].clone();
        let path = format!("/console/race/review/{}", photo["photo"].as_str().unwrap());
        self.post(&path, &said).await
    }
}

fn bibs(bib: &Value) -> Value {
    json!({"verdict": "bibs", "bibs": [bib]})
}

#[tokio::test(flavor = "multi_thread")]
async fn a_photo_is_settled_with_its_evidence_before_the_eyes_and_under_ones_own_name() {
    let pages = Pages::with_reviews(2).await;
    let mut sato = pages.console("佐藤", StaffRole::Staff).await;
    let photos = sato.photos().await;
    assert_eq!(photos.len(), 2, "the next one comes along");
    let (photo, best) = (&photos[0], &photos[0]["candidates"][0]);
    assert_eq!(photo["size"], json!([900, 600]));
    assert!(best["evidence"][0]["ja"].as_str().unwrap().contains("ゴールの"), "{best}");
    assert!(
        best["percent"].as_u64().unwrap() > 0 && best["name"].as_str().unwrap().contains("選手")
    );
    let picture = sato.get(photo["picture"].as_str().unwrap()).await;
    assert_eq!(picture.header("content-type"), "image/jpeg");
    assert_eq!(picture.header("cache-control"), "no-store");

    // Whoever they say they are, it is the session's name that counts.
    let mut forged = bibs(&best["bib"]);
    forged["by"] = "鈴木".into();
    assert_eq!(sato.settle(photo, forged).await.status, StatusCode::OK);
    pages.follow().await;
    let bib = best["bib"].as_str().unwrap();
    assert_eq!(pages.venue.kept(bib).await.len(), 1, "a certificate of {bib}");
    let audit =
        pages.venue.only(&format!("race/audit/{}/", photo["photo"].as_str().unwrap())).await;
    assert_eq!(audit["by"], "佐藤");
    assert_eq!(sato.photos().await.len(), 1);

    let wrong = sato.settle(&photos[1], bibs(&"9999".into())).await;
    assert_eq!(
        (wrong.status, wrong.json()["bib"].clone()),
        (StatusCode::BAD_REQUEST, "9999".into())
    );
    let both = json!({"verdict": "bibs", "bibs": ["100", "101"]});
    assert_eq!(sato.settle(&photos[1], both).await.status, StatusCode::OK);
    pages.follow().await;
    assert!(pages.venue.keys("race/review/").await.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn two_people_at_once_never_have_the_same_photo_nor_settle_it_twice() {
    let pages = Pages::with_reviews(5).await;
    let mut sato = pages.console("佐藤", StaffRole::Staff).await;
    let mut suzuki = pages.console("鈴木", StaffRole::Operator).await;
    let (hers, his) = (sato.photos().await, suzuki.photos().await);
    let ids = |photos: &[Value]| photos.iter().map(|p| p["photo"].clone()).collect::<Vec<_>>();
    assert!(ids(&hers).iter().all(|id| !ids(&his).contains(id)), "{hers:?} {his:?}");
    assert_eq!(ids(&sato.photos().await), ids(&hers), "hers stay hers");
    let taken = suzuki.settle(&hers[0], bibs(&hers[0]["candidates"][0]["bib"])).await;
    assert_eq!(taken.status, StatusCode::CONFLICT, "she looks at it");
    assert!(pages.venue.keys("race/decisions/").await.is_empty());
    // By the command line meanwhile: neither is written over the other.
    let id = hers[0]["photo"].as_str().unwrap();
    pages.venue.put(&format!("race/decisions/{id}.json"), "{\"bibs\": [\"129\"]}").await;
    let late = sato.settle(&hers[0], json!({"verdict": "nobody"})).await;
    assert_eq!(
        (late.status, late.json()["error"].clone()),
        (StatusCode::CONFLICT, "settled".into())
    );
    let kept = pages.venue.json(&format!("race/decisions/{id}.json")).await;
    assert_eq!(kept["bibs"], json!(["129"]));
    // All settle what they have, as fast as they can.
    let mut settled = 0;
    for _ in 0..5 {
        for browser in [&mut sato, &mut suzuki] {
            for photo in browser.photos().await {
                let said = browser.settle(&photo, bibs(&photo["candidates"][0]["bib"])).await;
                settled += usize::from(said.status == StatusCode::OK);
            }
        }
    }
    assert_eq!((settled, pages.venue.keys("race/decisions/").await.len()), (4, 5));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_slip_is_taken_back_by_who_made_it_unless_somebody_answered_since() {
    let pages = Pages::with_reviews(2).await;
    let mut sato = pages.console("佐藤", StaffRole::Staff).await;
    let mut suzuki = pages.console("鈴木", StaffRole::Staff).await;
    let photo = sato.photos().await.remove(0);
    let id = photo["photo"].as_str().unwrap();
    assert_eq!(
        sato.post("/console/race/review/undo", &json!({})).await.status,
        StatusCode::CONFLICT
    );
    sato.settle(&photo, json!({"verdict": "block", "bibs": [photo["candidates"][0]["bib"]]})).await;
    pages.follow().await;
    assert_eq!(pages.venue.keys("race/rejected/").await, [format!("race/rejected/{id}.json")]);
    let none = suzuki.post("/console/race/review/undo", &json!({})).await;
    assert_eq!(none.status, StatusCode::CONFLICT, "it is not hers");
    let back = sato.post("/console/race/review/undo", &json!({})).await;
    assert_eq!((back.status, back.json()["reopened"].clone()), (StatusCode::OK, id.into()));
    assert!(pages.venue.keys("race/decisions/").await.is_empty());
    assert_eq!(pages.venue.keys("race/review/").await.len(), 2, "as it was");
    let again = sato.get(&format!("/console/race/review/next?first={id}")).await.json();
    assert_eq!(again["photos"][0]["photo"], id);
    sato.settle(&again["photos"][0], json!({"verdict": "nobody"})).await;
    pages.venue.put(&format!("race/decisions/{id}.json"), "{\"bibs\": [\"100\"]}").await;
    let late = sato.post("/console/race/review/undo", &json!({})).await;
    assert_eq!(late.status, StatusCode::CONFLICT);
    let kept = pages.venue.json(&format!("race/decisions/{id}.json")).await;
    assert_eq!(kept["bibs"], json!(["100"]));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_answered_before_stays_beside_what_is_settled() {
    let pages = Pages::with_reviews(1).await;
    let mut sato = pages.console("佐藤", StaffRole::Staff).await;
    let photo = sato.photos().await.remove(0);
    let id = photo["photo"].as_str().unwrap().to_owned();
    let decision = format!("race/decisions/{id}.json");
    let crop = json!({"x": 10, "y": 10, "width": 80, "height": 100});
    pages
        .upload(&decision["race/".len()..], json!({"crop": crop, "block": ["129"]}).to_string())
        .await;
    let photo = sato.photos().await.remove(0);
    assert_eq!(sato.settle(&photo, bibs(&"100".into())).await.status, StatusCode::OK);
    let kept = pages.venue.json(&decision).await;
    assert_eq!(
        (&kept["crop"], &kept["block"], &kept["bibs"]),
        (&crop, &json!(["129"]), &json!(["100"]))
    );
    sato.post("/console/race/review/undo", &json!({})).await;
    let kept = pages.venue.json(&decision).await;
    assert_eq!((&kept["crop"], &kept["bibs"]), (&crop, &Value::Null), "as it was");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_that_cannot_be_read_holds_up_no_photo_and_is_written_anew() {
    let pages = Pages::with_reviews(2).await;
    let mut sato = pages.console("佐藤", StaffRole::Staff).await;
    let id = sato.photos().await[0]["photo"].as_str().unwrap().to_owned();
    pages.upload(&format!("decisions/{id}.json"), "no answer").await;
    let photos = sato.photos().await;
    assert_eq!(photos.len(), 2, "{photos:?}");
    let broken = photos.iter().find(|photo| photo["photo"] == id.as_str()).unwrap();
    assert!(broken["why"]["en"].as_str().unwrap().contains("cannot be followed"), "{broken}");
    assert_eq!(sato.settle(broken, bibs(&"100".into())).await.status, StatusCode::OK);
    pages.follow().await;
    assert_eq!(pages.venue.kept("100").await.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_is_in_without_a_password_nor_after_being_taken_away() {
    let pages = Pages::with_reviews(1).await;
    let mut nobody = pages.client();
    let entrance = nobody.get("/console").await;
    assert_eq!(entrance.status, StatusCode::FORBIDDEN);
    assert!(entrance.text().contains("name=\"password\""));
    let id = pages.venue.keys("race/review/").await.remove(0);
    let id = id["race/review/".len()..].trim_end_matches(".json").to_owned();
    for path in [
        "",
        "/review",
        "/requests",
        "/requests/now",
        "/trays/pending/now",
        &format!("/picture/{id}"),
    ] {
        let path = format!("/console/race{path}");
        assert_eq!(nobody.get(&path).await.status, StatusCode::FORBIDDEN, "{path}");
    }
    let said = json!({"answer": null, "verdict": "nobody"});
    for path in [format!("review/{id}"), "review/undo".into(), "requests/1-0123456789abcdef".into()]
    {
        let path = format!("/console/race/{path}");
        assert!(nobody.post(&path, &said).await.status.is_client_error(), "{path}");
    }
    let mut kiosk = pages.kiosk().await;
    assert_eq!(kiosk.get("/console/race/review/next").await.status, StatusCode::FORBIDDEN);

    let password = pages.member("佐藤", StaffRole::Staff);
    let unknown = nobody.sign_in("田中", &password).await;
    let wrong = nobody.sign_in("佐藤", "aaaa-aaaa-aaaa").await;
    assert_eq!((unknown.status, unknown.text()), (wrong.status, wrong.text()), "the same words");
    assert_eq!((wrong.status, wrong.header("set-cookie")), (StatusCode::FORBIDDEN, ""));
    let mut sato = pages.client();
    let cookie = sato.sign_in("佐藤", &password).await;
    let cookie = cookie.header("set-cookie").to_owned();
    assert!(cookie.contains("HttpOnly; SameSite=Strict") && !cookie.contains("佐藤"), "{cookie}");
    assert_eq!(sato.get("/console/race/review/next").await.status, StatusCode::OK);
    let foreign = [("content-type", "application/json"), ("sec-fetch-site", "cross-site")];
    let path = format!("/console/race/review/{id}");
    let body = bytes::Bytes::from(said.to_string());
    let sent = sato.request(Method::POST, &path, &foreign, body).await;
    assert_eq!(sent.status, StatusCode::FORBIDDEN, "a page of another site");
    assert_eq!(
        sato.get("/console/race/requests").await.status,
        StatusCode::FORBIDDEN,
        "operators'"
    );

    staff::remove(pages.data.path(), "佐藤").unwrap();
    pages.member("佐藤", StaffRole::Staff);
    assert_eq!(sato.get("/console/race/review/next").await.status, StatusCode::FORBIDDEN);
    assert!(pages.venue.keys("race/decisions/").await.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn who_guesses_passwords_waits_longer_and_longer() {
    let pages = Pages::start().await;
    let password = pages.member("佐藤", StaffRole::Operator);
    let mut guesser = pages.client();
    for n in 0..10 {
        let guess = guesser.sign_in("佐藤", &format!("guess-{n}")).await;
        assert_eq!(guess.status, StatusCode::FORBIDDEN);
    }
    let waits = guesser.sign_in("佐藤", &password).await;
    assert_eq!(waits.status, StatusCode::TOO_MANY_REQUESTS);
    assert!(waits.header("retry-after").parse::<u64>().unwrap() > 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_operator_settles_what_runners_ask_for_under_their_name() {
    let pages = Pages::start().await;
    pages.photo("1", 60).await;
    pages.photo("2", 61).await;
    let race = RaceId::new("race").unwrap();
    let mut ids = Vec::new();
    for bib in ["1", "2"] {
        let photo = pages.venue.kept(bib).await.remove(0).photo;
        let id = RequestId { bib: bib.parse().unwrap(), photo };
        pages.venue.handler.request(&race, &id, Wish::RemovePhoto, false).await.unwrap();
        ids.push(id);
    }
    let mut suzuki = pages.console("鈴木", StaffRole::Operator).await;
    let page = suzuki.get("/console/race/requests").await.text();
    assert!(ids.iter().all(|id| page.contains(&id.to_string())), "{page}");
    let picture = format!("/console/race/picture/{}", ids[0].photo);
    assert_eq!(suzuki.get(&picture).await.header("content-type"), "image/jpeg");
    for (id, settlement) in ids.iter().zip(["removed", "kept"]) {
        let path = format!("/console/race/requests/{id}");
        let answer = suzuki.post(&path, &json!({"settlement": settlement})).await;
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.text());
    }
    // As a page that is still open at another's shows it.
    let path = format!("/console/race/requests/{}", ids[0]);
    let late = suzuki.post(&path, &json!({"settlement": "kept"})).await;
    assert_eq!(late.status, StatusCode::CONFLICT);
    let void: Vec<bool> = [pages.venue.kept("1").await, pages.venue.kept("2").await]
        .iter()
        .map(|kept| kept[0].servable().is_err())
        .collect();
    assert_eq!(void, [true, false]);
    let settled = pages.venue.json(&format!("race/requests/{}.json", ids[0])).await;
    assert_eq!((&settled["settled"], &settled["settled_by"]), (&"removed".into(), &"鈴木".into()));
    let audit = pages.venue.only(&format!("race/audit/{}/", ids[0].photo)).await;
    assert_eq!(audit["by"], "鈴木");
    let page = suzuki.get("/console/race/requests").await.text();
    assert!(page.contains("no-requests"), "{page}");
}
