//! Who may upload what, asked by hand as no browser would.

use hyper::{Method, StatusCode};
use kanso_pipeline::keys::RaceId;
use kanso_pipeline::photographers::Code;
use kanso_pipeline::store::If;
use md5::{Digest as _, Md5};
use serde_json::{Value, json};

use super::client::{Answer, Client};
use super::site::Pages;
use super::venue::photo;

impl Pages {
    /// The code of a new photographer of the camera `goal`.
    pub async fn photographer(&self) -> Code {
        let race = RaceId::new("race").unwrap();
        let cameras = vec!["goal".to_owned()];
        self.venue.handler.add_photographer(&race, "山本 写", cameras, None).await.unwrap()
    }

    /// A browser with a photographer's session.
    async fn camera(&self, code: &Code) -> Client {
        let mut client = self.client();
        let opened = client.get(&format!("/upload/race?code={code}")).await;
        assert_eq!(opened.status, StatusCode::SEE_OTHER, "{}", opened.text());
        assert_eq!(opened.header("location"), "/upload/race", "no code in the address");
        client
    }
}

fn md5(bytes: &[u8]) -> String {
    hex::encode(Md5::digest(bytes))
}

fn file(camera: &str, name: &str, bytes: &[u8]) -> Value {
    json!({"camera": camera, "name": name, "bytes": bytes.len(), "md5": md5(bytes)})
}

/// Makes the PUT that an answer allows, with a body and with some headers changed.
async fn put(answer: &Value, body: &[u8], changed: &[(&str, &str)]) -> Answer {
    let address = url::Url::parse(answer["address"].as_str().unwrap()).unwrap();
    let store = (address.host_str().unwrap(), address.port().unwrap());
    let store = format!("{}:{}", store.0, store.1).parse().unwrap();
    let path = format!("{}?{}", address.path(), address.query().unwrap());
    let headers: Vec<(String, String)> = serde_json::from_value(answer["headers"].clone()).unwrap();
    let value = |name: &str, value: &str| {
        let other = changed.iter().find(|(changed, _)| *changed == name);
        other.map_or(value.to_owned(), |(_, other)| (*other).to_owned())
    };
    let headers: Vec<(String, String)> =
        headers.into_iter().map(|(n, v)| (n.clone(), value(&n, &v))).collect();
    let headers: Vec<(&str, &str)> =
        headers.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
    let body = bytes::Bytes::copy_from_slice(body);
    Client::new(store).request(Method::PUT, &path, &headers, body).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_photographer_puts_a_photo_once_and_another_of_its_name_beside_it() {
    let pages = Pages::start().await;
    let mut camera = pages.camera(&pages.photographer().await).await;
    let (first, second) = (photo(1), photo(2));
    let ask = file("goal", "IMG_0001.JPG", &first);
    let place = camera.post("/upload/race/places", &ask).await.json();
    assert_eq!((&place["to_do"], &place["name"]), (&"put".into(), &"IMG_0001.JPG".into()));
    assert_eq!(put(&place, &first, &[]).await.status, StatusCode::OK);
    let again = camera.post("/upload/race/places", &ask).await.json();
    assert_eq!(again, json!({"to_do": "there", "name": "IMG_0001.JPG"}));
    // The answer of the first PUT may have been lost: the second finds that it is there.
    let late = put(&place, &first, &[]).await;
    assert_eq!(late.status, StatusCode::PRECONDITION_FAILED);

    let other = file("goal", "IMG_0001.JPG", &second);
    let place = camera.post("/upload/race/places", &other).await.json();
    let name = format!("IMG_0001-{}.JPG", &md5(&second)[..8]);
    assert_eq!(place["name"], name.as_str());
    assert_eq!(put(&place, &second, &[]).await.status, StatusCode::OK);
    let key = format!("race/photos/goal/{name}");
    let kept = pages.venue.bucket.get(&key, If::Any, 1 << 24).await.unwrap();
    assert!(kept.bytes == second);
    assert_eq!(pages.venue.keys("race/photos/").await.len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reduced_copy_may_go_first_and_the_file_over_it_and_over_nothing_else() {
    let pages = Pages::start().await;
    let mut camera = pages.camera(&pages.photographer().await).await;
    let (whole, reduced) = (photo(10), photo(11));
    let ask = file("goal", "IMG_0001.JPG", &whole);
    let mut with_copy = ask.clone();
    let copy = json!({"bytes": reduced.len(), "md5": md5(&reduced), "width": 900, "height": 600});
    with_copy["reduced"] = copy;
    let place = camera.post("/upload/race/places", &with_copy).await.json();
    assert_eq!((&place["to_do"], &place["follows"]), (&"put".into(), &false.into()));
    assert!(!put(&place, &whole, &[]).await.status.is_success(), "the file in the copy's place");
    assert_eq!(put(&place, &reduced, &[]).await.status, StatusCode::OK);
    for asked in [&with_copy, &ask] {
        let place = camera.post("/upload/race/places", asked).await.json();
        assert_eq!((&place["name"], &place["follows"]), (&"IMG_0001.JPG".into(), &true.into()));
    }
    let place = camera.post("/upload/race/places", &ask).await.json();
    for name in ["if-match", "x-amz-meta-proxy"] {
        assert!(!put(&place, &whole, &[(name, "\"0\" 9x9")]).await.status.is_success(), "{name}");
    }
    let another = file("goal", "IMG_0001.JPG", &photo(12));
    let beside = camera.post("/upload/race/places", &another).await.json();
    assert_eq!((&beside["follows"], beside["name"] == "IMG_0001.JPG"), (&false.into(), false));
    assert_eq!(put(&place, &whole, &[]).await.status, StatusCode::OK);
    let late = put(&place, &whole, &[]).await;
    assert_eq!(late.status, StatusCode::PRECONDITION_FAILED, "it came through before");
    let again = camera.post("/upload/race/places", &with_copy).await.json();
    assert_eq!(again["to_do"], "there");
    let kept = pages.venue.bucket.get("race/photos/goal/IMG_0001.JPG", If::Any, 1 << 24).await;
    assert!(kept.unwrap().bytes == whole);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_signature_is_for_one_object_its_bytes_and_no_other() {
    let pages = Pages::start().await;
    let mut camera = pages.camera(&pages.photographer().await).await;
    let (asked, other) = (photo(3), photo(4));
    let place = camera.post("/upload/race/places", &file("goal", "a.jpg", &asked)).await.json();
    let mut elsewhere = place.clone();
    let address = place["address"].as_str().unwrap();
    for key in ["race/photos/other/a.jpg", "race/race.toml", "race/certificates/1/x.pdf"] {
        elsewhere["address"] = address.replace("race/photos/goal/a.jpg", key).into();
        assert_eq!(put(&elsewhere, &asked, &[]).await.status, StatusCode::FORBIDDEN, "{key}");
    }
    assert!(!put(&place, &other, &[]).await.status.is_success(), "other bytes");
    let over = put(&place, &asked, &[("if-none-match", "\"x\"")]).await;
    assert!(!over.status.is_success(), "over whatever is there");
    assert_eq!(pages.venue.keys("race/photos/").await, [""; 0]);
    assert_eq!(put(&place, &asked, &[]).await.status, StatusCode::OK);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_photographer_works_in_their_own_cameras_folders_and_under_plain_names() {
    let pages = Pages::start().await;
    let mut camera = pages.camera(&pages.photographer().await).await;
    let bytes = photo(5);
    for other in ["other", "", "goal/..", "goal/x", "../race"] {
        let answer = camera.post("/upload/race/places", &file(other, "a.jpg", &bytes)).await;
        assert_eq!(answer.status, StatusCode::FORBIDDEN, "{other:?}");
    }
    for name in ["../a.jpg", "..", "a/b.jpg", "a\\b.jpg", "\u{0}.jpg", ""] {
        let answer = camera.post("/upload/race/places", &file("goal", name, &bytes)).await.json();
        assert_eq!(answer, json!({"to_do": "refused", "why": "name"}), "{name:?}");
    }
    for (name, why) in [("a.cr3", "kind"), ("a.heic", "kind"), ("a", "kind")] {
        let answer = camera.post("/upload/race/places", &file("goal", name, &bytes)).await.json();
        assert_eq!(answer["why"], why, "{name}");
    }
    // Another race has photographers of its own.
    pages.venue.put("other/race.toml", super::venue::RULES).await;
    tokio::time::sleep(std::time::Duration::from_secs(6)).await;
    let elsewhere = camera.post("/upload/other/places", &file("goal", "a.jpg", &bytes)).await;
    assert_eq!(elsewhere.status, StatusCode::FORBIDDEN);
    let entrance = camera.get("/upload").await.text();
    assert!(entrance.contains("/upload/race") && entrance.contains("/upload/other"), "{entrance}");
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_uploads_without_a_code_with_a_wrong_one_or_after_it_was_taken_away() {
    let pages = Pages::start().await;
    let code = pages.photographer().await;
    let ask = file("goal", "a.jpg", &photo(6));
    let mut nobody = pages.client();
    assert_eq!(nobody.get("/upload").await.header("location"), "/upload/race");
    let asked = nobody.get("/upload/race").await;
    assert_eq!(asked.status, StatusCode::FORBIDDEN);
    assert!(asked.text().contains("name=\"code\""), "{}", asked.text());
    for path in ["/upload/race/progress", "/upload/nowhere/progress"] {
        assert!(nobody.get(path).await.status.is_client_error(), "{path}");
    }
    let wrong = nobody.get("/upload/race?code=aaaa-aaaa-aaaa").await;
    assert_eq!((wrong.status, wrong.header("set-cookie")), (StatusCode::FORBIDDEN, ""));
    // The right photographer with a wrong end.
    let typed = code.to_string();
    let near = format!("{}{}", &typed[..13], if typed.ends_with('a') { 'b' } else { 'a' });
    let near = nobody.get(&format!("/upload/race?code={near}")).await;
    assert_eq!((near.status, near.text()), (StatusCode::FORBIDDEN, wrong.text()));
    assert_eq!(nobody.post("/upload/race/places", &ask).await.status, StatusCode::FORBIDDEN);

    let mut camera = pages.camera(&code).await;
    let foreign = [("content-type", "application/json"), ("sec-fetch-site", "cross-site")];
    let body = bytes::Bytes::from(ask.to_string());
    let sent = camera.request(Method::POST, "/upload/race/places", &foreign, body).await;
    assert_eq!(sent.status, StatusCode::FORBIDDEN, "a page of another site");
    assert_eq!(camera.post("/upload/race/places", &ask).await.status, StatusCode::OK);
    let race = RaceId::new("race").unwrap();
    pages.venue.handler.remove_photographer(&race, &code.id()).await.unwrap().unwrap();
    assert_eq!(camera.post("/upload/race/places", &ask).await.status, StatusCode::FORBIDDEN);
    let gone = camera.get(&format!("/upload/race?code={code}")).await;
    assert_eq!(gone.status, StatusCode::FORBIDDEN);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_guesses_codes_waits_longer_and_longer() {
    let pages = Pages::start().await;
    let code = pages.photographer().await.to_string();
    let wrong = format!("{}-aaaa-aaaa", &code[..4]);
    let mut guesser = pages.client();
    for _ in 0..10 {
        let guess = guesser.get(&format!("/upload/race?code={wrong}")).await;
        assert_eq!(guess.status, StatusCode::FORBIDDEN);
    }
    let waits = guesser.get(&format!("/upload/race?code={code}")).await;
    assert_eq!(waits.status, StatusCode::TOO_MANY_REQUESTS);
    assert!(waits.header("retry-after").parse::<u64>().unwrap() > 100);
    let another = pages.photographer().await;
    pages.camera(&another).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_page_may_load_from_its_own_host_and_send_to_the_store_alone() {
    let pages = Pages::start().await;
    let mut camera = pages.camera(&pages.photographer().await).await;
    let page = camera.get("/upload/race").await;
    let policy = page.header("content-security-policy");
    let store = pages.venue.store.endpoint.as_ref().unwrap();
    assert!(policy.contains(&format!("connect-src 'self' {store};")), "{policy}");
    assert!(policy.contains("default-src 'none'") && policy.contains("frame-ancestors 'none'"));
    assert!(page.text().contains("山本 写"), "{}", page.text());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_photographer_is_told_what_became_of_the_photos() {
    let pages = Pages::start().await;
    let mut camera = pages.camera(&pages.photographer().await).await;
    pages.upload("photos/goal/1_bib1.jpg", photo(7)).await;
    pages.upload("photos/goal/9_bib9.jpg", photo(8)).await;
    pages.upload("photos/goal/no.jpg", "text").await;
    pages.upload("photos/other/no.jpg", "another's").await;
    pages.venue.put("race/photos/goal/new.jpg", photo(9)).await;
    let told = camera.get("/upload/race/progress").await.json();
    let counts = ["photos", "matched", "new", "rejected"].map(|name| told[name].as_u64().unwrap());
    assert_eq!(counts, [4, 1, 1, 1], "{told}");
    let count = |name: &str| told[name].as_u64().unwrap();
    assert_eq!(count("waiting") + count("person"), 1, "{told}");
    assert_eq!(told["named"][0]["file"], "no.jpg");
    assert!(told["named"][0]["why"]["ja"].as_str().unwrap().contains("画像ではありません"));
    // The photo is handled, and the next look knows.
    pages.upload("photos/goal/new.jpg", photo(9)).await;
    let told = camera.get("/upload/race/progress").await.json();
    assert_eq!(told["new"], 0, "{told}");
}
