//! Finding a runner, and what staff do about one: who may, and what comes of it.

use bytes::Bytes;
use hyper::{Method, StatusCode};
use kanso_pipeline::keys::RaceId;
use kanso_web::staff::StaffRole;
use serde_json::{Value, json};

use super::client::{Answer, Client};
use super::printer::{Printer, config, wait_for};
use super::site::Pages;

impl Client {
    /// Bibs of those who are found.
    async fn found(&mut self, typed: &str) -> Vec<String> {
        let answer = self.post("/console/race/search", &json!({"typed": typed})).await;
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.text());
        let bib = |runner: &Value| runner["bib"].as_str().unwrap().to_owned();
        answer.json()["runners"].as_array().unwrap().iter().map(bib).collect()
    }

    async fn photos_of(&mut self, bib: &str) -> Vec<Value> {
        let answer = self.get(&format!("/console/race/runner/{bib}/photos")).await;
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.text());
        answer.json()["photos"].as_array().unwrap().clone()
    }

    /// Says something of a photo, having seen it so.
    async fn act_on(&mut self, bib: &str, seen: &Value, act: Value) -> Answer {
        let mut said = act;
        said["answer"] = seen["answer"].clone();
        let photo = seen["photo"].as_str().unwrap();
        self.post(&format!("/console/race/runner/{bib}/photos/{photo}"), &said).await
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_runner_is_found_however_the_name_is_typed_until_they_are_erased() {
    let pages = Pages::start().await;
    let mut sato = pages.console("佐藤", StaffRole::Staff).await;
    for (typed, bib) in [
        ("高橋", "1"),
        ("高橋健", "1"),
        ("健吾", "1"),
        ("渡辺", "2"),
        ("斉藤　大", "3"),
        ("３", "3"),
    ] {
        assert_eq!(sato.found(typed).await, [bib], "{typed}");
    }
    assert!(sato.found("橋").await.is_empty() && sato.found(" ").await.is_empty());
    let page = sato.get("/console/race/runner/2").await.text();
    assert!(page.contains("渡邉 さくら") && page.contains("1:45:00"), "{page}");
    let (race, bib) = (RaceId::new("race").unwrap(), "2".parse().unwrap());
    pages.venue.handler.erase(&race, &bib).await.unwrap();
    assert!(sato.found("渡辺").await.is_empty() && sato.found("2").await.is_empty());
    assert_eq!(sato.get("/console/race/runner/2").await.status, StatusCode::NOT_FOUND);
    assert_eq!(sato.get("/console/race/runner/2/photos").await.status, StatusCode::NOT_FOUND);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_crop_makes_the_certificate_anew_over_what_was_seen_and_under_ones_own_name() {
    let pages = Pages::start().await;
    pages.photo("1", 60).await;
    let mut sato = pages.console("佐藤", StaffRole::Staff).await;
    let seen = sato.photos_of("1").await.remove(0);
    assert_eq!((&seen["stands"], &seen["certificate"]["revision"]), (&json!("issued"), &json!(1)));
    assert!(seen["evidence"][0]["ja"].as_str().unwrap().contains("ファイル名に 1"), "{seen}");
    let crop = json!({"act": "crop", "area": [0.1, 0.1, 0.3, 0.4], "by": "鈴木"});
    assert_eq!(sato.act_on("1", &seen, crop.clone()).await.status, StatusCode::OK);
    let id = seen["photo"].as_str().unwrap();
    let answer = pages.venue.json(&format!("race/decisions/{id}.json")).await;
    let pixels = json!({"x": 90, "y": 60, "width": 270, "height": 240});
    assert_eq!((&answer["crop"], &answer["by"]), (&pixels, &json!("佐藤")));
    let audit = pages.venue.only(&format!("race/audit/{id}/")).await;
    assert_eq!(audit["by"], "佐藤");
    let now = sato.photos_of("1").await.remove(0);
    assert_eq!(now["certificate"]["revision"], 2);
    let version = now["certificate"]["version"].as_str().unwrap();
    let record = pages.venue.json(&format!("race/certificates/1/{id}/{version}.json")).await;
    let printed = &record["photo"]["panels"][0]["crop"];
    let middle = |of: &Value, from: &str, side: &str| {
        of[from].as_f64().unwrap() + of[side].as_f64().unwrap() / 2.0
    };
    assert!((middle(printed, "x", "width") - 225.0).abs() < 2.0, "{printed}");
    assert!((middle(printed, "y", "height") - 180.0).abs() < 2.0, "{printed}");

    let late = sato.act_on("1", &seen, crop).await;
    assert_eq!((late.status, &late.json()["error"]), (StatusCode::CONFLICT, &json!("settled")));
    let slip = json!({"act": "crop", "area": [0.5, 0.5, 0.001, 0.2]});
    assert_eq!(sato.act_on("1", &now, slip).await.status, StatusCode::BAD_REQUEST);
    assert_eq!(sato.act_on("1", &now, json!({"act": "reissue"})).await.status, StatusCode::OK);
    assert_eq!(sato.photos_of("1").await[0]["certificate"]["revision"], 2, "nothing has changed");
    let folder = format!("/console/race/runner/1/photos/{id}");
    let pdf = sato.get(&format!("{folder}/pdf")).await;
    assert!(pdf.body.starts_with(b"%PDF") && pdf.header("content-disposition").contains("race-1"));
    for picture in ["preview", "picture"] {
        let answer = sato.get(&format!("{folder}/{picture}")).await;
        assert_eq!(answer.header("content-type"), "image/jpeg");
        assert_eq!(answer.header("cache-control"), "no-store");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_blocked_photo_comes_back_by_staff_and_a_voided_one_by_operators_alone() {
    let pages = Pages::start().await;
    pages.photo("1", 60).await;
    let mut sato = pages.console("佐藤", StaffRole::Staff).await;
    let mut suzuki = pages.console("鈴木", StaffRole::Operator).await;
    let seen = sato.photos_of("1").await.remove(0);
    assert_eq!(sato.act_on("1", &seen, json!({"act": "block"})).await.status, StatusCode::OK);
    assert!(pages.venue.kept("1").await[0].servable().is_err());
    let blocked = sato.photos_of("1").await.remove(0);
    assert_eq!((&blocked["stands"], &blocked["by"]), (&json!("void"), &json!("佐藤")));
    assert!(blocked["why"]["ja"].as_str().unwrap().contains("スタッフ"), "{blocked}");
    assert_eq!(sato.act_on("1", &blocked, json!({"act": "choose"})).await.status, StatusCode::OK);
    assert!(pages.venue.kept("1").await[0].servable().is_ok());

    let seen = suzuki.photos_of("1").await.remove(0);
    let void = |why: &str| json!({"act": "void", "why": why});
    assert_eq!(sato.act_on("1", &seen, void("a reason")).await.status, StatusCode::FORBIDDEN);
    for (why, word) in [
        (" ".to_owned(), "no_reason"),
        ("x".repeat(201), "long_reason"),
        ("高橋さんではない".to_owned(), "names_runner"),
        ("not bib 1".to_owned(), "names_runner"),
    ] {
        let refused = suzuki.act_on("1", &seen, void(&why)).await;
        assert_eq!(refused.json()["error"], word, "{why}");
    }
    let why = "別の人が着けていた";
    assert_eq!(suzuki.act_on("1", &seen, void(why)).await.status, StatusCode::OK);
    let kept = pages.venue.kept("1").await.remove(0);
    assert!(kept.servable().unwrap_err().contains(why), "{kept:?}");
    let photo = seen["photo"].as_str().unwrap();
    let mut told = Vec::new();
    for key in pages.venue.keys(&format!("race/audit/{photo}/")).await {
        let entry = pages.venue.json(&key).await;
        told.push((entry["by"].clone(), entry["why"].clone()));
    }
    assert!(told.contains(&(json!("鈴木"), json!([why]))), "{told:?}");
    let void = sato.photos_of("1").await.remove(0);
    assert_eq!((&void["why"]["ja"], &void["may_choose"]), (&json!(why), &json!(false)));
    assert_eq!(
        sato.act_on("1", &void, json!({"act": "choose"})).await.status,
        StatusCode::FORBIDDEN
    );
    assert_eq!(suzuki.act_on("1", &void, json!({"act": "choose"})).await.status, StatusCode::OK);
    assert!(pages.venue.kept("1").await[0].servable().is_ok());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_photo_that_waits_for_a_person_is_settled_on_the_runners_page_once() {
    let pages = Pages::with_reviews(1).await;
    let mut sato = pages.console("佐藤", StaffRole::Staff).await;
    let mut suzuki = pages.console("鈴木", StaffRole::Staff).await;
    let seen = sato.photos_of("100").await.remove(0);
    assert_eq!((&seen["stands"], &seen["certificate"]), (&json!("asked"), &Value::Null));
    let picture =
        format!("/console/race/runner/100/photos/{}/picture", seen["photo"].as_str().unwrap());
    assert_eq!(sato.get(&picture).await.header("content-type"), "image/jpeg");
    assert_eq!(sato.act_on("100", &seen, json!({"act": "choose"})).await.status, StatusCode::OK);
    let late = suzuki.act_on("100", &seen, json!({"act": "block"})).await;
    assert_eq!(late.status, StatusCode::CONFLICT);
    let now = sato.photos_of("100").await.remove(0);
    assert_eq!((&now["stands"], &now["by"]), (&json!("issued"), &json!("佐藤")));
    assert!(pages.venue.keys("race/review/").await.is_empty());
    // Two in one photo: neither loses it to the other.
    let id = now["photo"].as_str().unwrap();
    pages.venue.put(&format!("race/decisions/{id}.json"), r#"{"bibs": ["100", "101"]}"#).await;
    pages.follow().await;
    let both = sato.photos_of("101").await.remove(0);
    assert_eq!(both["others"], json!(["100"]));
    sato.act_on("101", &both, json!({"act": "block"})).await;
    let mine = sato.photos_of("101").await.remove(0);
    assert_eq!(sato.act_on("101", &mine, json!({"act": "choose"})).await.status, StatusCode::OK);
    for bib in ["100", "101"] {
        assert!(pages.venue.kept(bib).await[0].servable().is_ok(), "{bib}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn staff_print_again_beyond_the_copies_and_a_press_is_one_job() {
    let Some(printer) = Printer::start("A4", "pdf", "a4", None).await else { return };
    let pages = Pages::with_printers(Some(config(&[&printer]))).await;
    pages.photo("1", 60).await;
    let mut sato = pages.console("佐藤", StaffRole::Staff).await;
    let photo = sato.photos_of("1").await[0]["photo"].clone();
    let mut press = async |photo: &Value, key: &str| {
        let said = json!({"photo": photo, "key": key});
        sato.post("/console/race/runner/1/prints", &said).await
    };
    let first = press(&photo, "a").await.json();
    assert_eq!(press(&photo, "a").await.json(), first);
    for key in ["b", "c"] {
        assert_eq!(press(&photo, key).await.status, StatusCode::OK);
    }
    assert_eq!(press(&Value::Null, "d").await.status, StatusCode::OK, "without a photo");
    assert_eq!(press(&json!("0123456789abcdef"), "e").await.status, StatusCode::BAD_REQUEST);
    assert_eq!(press(&photo, "").await.status, StatusCode::BAD_REQUEST);
    wait_for("four sheets", async || printer.printed().len() == 4).await;
    let listed = sato.get("/console/race/runner/1/photos").await.json();
    let prints = listed["prints"].as_array().unwrap();
    assert_eq!((prints.len(), &prints[3]["job"]), (4, &first["job"]), "the last first");
    assert_eq!((&prints[3]["by"]["ja"], &prints[3]["photo"]), (&json!("佐藤"), &photo));
    assert_eq!(prints[3]["printer"], "A4");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_operator_erases_a_runner_by_typing_the_bib_once_more() {
    let pages = Pages::start().await;
    pages.photo("1", 60).await;
    let mut sato = pages.console("佐藤", StaffRole::Staff).await;
    let mut suzuki = pages.console("鈴木", StaffRole::Operator).await;
    let path = "/console/race/runner/1/erase";
    assert_eq!(sato.post(path, &json!({"bib": "1"})).await.status, StatusCode::FORBIDDEN);
    let slip = suzuki.post(path, &json!({"bib": "2"})).await;
    assert_eq!(
        (slip.status, &slip.json()["error"]),
        (StatusCode::BAD_REQUEST, &json!("another_bib"))
    );
    assert_eq!(pages.venue.kept("1").await.len(), 1);
    assert_eq!(suzuki.post(path, &json!({"bib": "１"})).await.status, StatusCode::OK);
    assert!(pages.venue.keys("race/certificates/1/").await.is_empty());
    assert!(suzuki.found("高橋").await.is_empty());
    let audit = pages.venue.only("race/audit/erasures/").await;
    assert_eq!((&audit["by"], audit.get("bib")), (&json!("鈴木"), None));
    assert_eq!(suzuki.post(path, &json!({"bib": "1"})).await.status, StatusCode::NOT_FOUND);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_runners_page_answers_to_staff_alone_and_to_our_own_pages() {
    let pages = Pages::start().await;
    pages.photo("1", 60).await;
    let mut suzuki = pages.console("鈴木", StaffRole::Operator).await;
    let photo = suzuki.photos_of("1").await[0]["photo"].as_str().unwrap().to_owned();
    let runner = "/console/race/runner/1";
    let changes = [
        ("/console/race/search".to_owned(), json!({"typed": "1"})),
        (format!("{runner}/photos/{photo}"), json!({"answer": null, "act": "block"})),
        (format!("{runner}/prints"), json!({"photo": null, "key": "a"})),
        (format!("{runner}/erase"), json!({"bib": "1"})),
    ];
    let (mut nobody, mut kiosk) = (pages.client(), pages.kiosk().await);
    for (path, said) in &changes {
        for client in [&mut nobody, &mut kiosk] {
            assert_eq!(client.post(path, said).await.status, StatusCode::FORBIDDEN, "{path}");
        }
        let body = Bytes::from(said.to_string());
        let foreign = [("content-type", "application/json"), ("sec-fetch-site", "cross-site")];
        let sent = suzuki.request(Method::POST, path, &foreign, body.clone()).await;
        assert_eq!(sent.status, StatusCode::FORBIDDEN, "{path} from another site");
        let form = [("content-type", "text/plain")];
        let sent = suzuki.request(Method::POST, path, &form, body).await;
        assert_eq!(sent.status, StatusCode::UNSUPPORTED_MEDIA_TYPE, "{path} by a form");
    }
    let picture = format!("{runner}/photos/{photo}");
    for path in ["", "/photos"].map(|path| format!("{runner}{path}")) {
        assert_eq!(nobody.get(&path).await.status, StatusCode::FORBIDDEN, "{path}");
    }
    for path in ["preview", "picture", "pdf"].map(|path| format!("{picture}/{path}")) {
        assert_eq!(nobody.get(&path).await.status, StatusCode::FORBIDDEN, "{path}");
        let anothers = path.replace("runner/1/", "runner/2/");
        assert_eq!(suzuki.get(&anothers).await.status, StatusCode::NOT_FOUND, "{anothers}");
    }
    assert_eq!(suzuki.get("/console/race/runner/99").await.status, StatusCode::NOT_FOUND);
    assert!(pages.venue.kept("1").await[0].servable().is_ok());
}
