//! The pages as they are deployed: with the rights of their function's role and no others.

use std::time::Duration;

use hyper::{Method, StatusCode};
use kanso_pipeline::events::Upload;
use kanso_pipeline::handler::Handler;
use kanso_pipeline::keys::RaceId;
use kanso_pipeline::store::Write;
use md5::{Digest as _, Md5};
use serde_json::json;

use super::client::{Answer, Client};
use super::function::fixture;
use super::recorded::Call;
use super::rights::assert_exact;
use super::stack::Stack;
use super::{FORM, birth_date};

const BIB: &str = "M1";
const PHOTO: &str = "minato-half/photos/finish-a/1.jpg";
/// A little longer than race data are trusted without asking.
const STALE: Duration = Duration::from_millis(5500);

#[tokio::test(flavor = "multi_thread")]
async fn the_pages_role_is_what_runners_call_for() {
    let Some(stack) = Stack::start("pages-role", "PagesFunction").await else { return };
    let [photos, output] = stack.buckets();
    let race = Race { stack: &stack, handler: Handler::new(photos, output) };
    race.upload("race.toml", &rules()).await;
    let results = std::fs::read_to_string(fixture("races/minato-half/results.csv")).unwrap();
    race.upload("results.csv", &results).await;
    let photo = fixture("races/minato-half/photos/finish-a/KNS_0412.jpg");
    stack.upload(PHOTO, std::fs::read(photo).unwrap()).await;
    race.follow(PHOTO).await;
    race.forget_what_readers_keep().await;

    let mut phone = Client::new(([127, 0, 0, 1], stack.host.port).into());
    let home = phone.get("/").await;
    assert!(home.text().contains("/r/minato-half"), "{}", home.text());
    let wrong = find(&mut phone, BIB, "1900/01/01").await;
    assert_eq!(wrong.status, StatusCode::NOT_FOUND, "{}", wrong.text());
    let link = found(&mut phone, BIB).await;
    let page = phone.get(&link).await.text();
    assert!(page.contains("韮山 駿"), "{page}");
    let id =
        stack.keys("minato-half/certificates/M1/").await[0].split('/').nth(3).unwrap().to_owned();
    assert_eq!(phone.get(&format!("{link}/picture/{id}")).await.status, StatusCode::OK);
    assert_eq!(phone.get(&format!("{link}/story/{id}")).await.status, StatusCode::OK);

    // One whose photo has not come, and the ranks of everybody shift.
    let waits = found(&mut phone, "1070").await;
    pdf(&stack, &mut phone, &format!("{waits}/pdf/no-photo")).await;
    race.upload("results.csv", &results.replace("/ 214", "/ 213")).await;
    race.follow("minato-half/results.csv").await;
    tokio::time::sleep(STALE).await;
    pdf(&stack, &mut phone, &format!("{link}/pdf/{id}")).await;

    // Results that broke on their way close no page.
    race.upload("results.csv", "<html>504</html>").await;
    tokio::time::sleep(STALE).await;
    assert!(phone.get(&link).await.text().contains(&id));
    assert_eq!(stack.inputs("minato-half/unreadable/").await.len(), 1);

    // The runner does not want the photo to be shown.
    let said = format!("photo={id}&wish=remove-photo");
    let asked = phone.request(Method::POST, &format!("{link}/requests"), &FORM, said.into()).await;
    assert_eq!(asked.status, StatusCode::SEE_OTHER, "{:?}", stack.host.log());
    assert!(!phone.get(&link).await.text().contains(&id));

    let signed = upload(&race, &mut phone).await;

    let log = format!("{:?}", stack.host.log());
    assert!(!log.contains("AccessDenied") && !log.contains("Forbidden"), "{log}");
    assert_exact(stack.allowed(), &[&stack.calls()[..], &[signed]].concat());
}

/// A photographer sends a photo. Gives back the call that the page signs for: moto judges no
/// address that is signed by itself.
async fn upload(race: &Race<'_>, phone: &mut Client) -> Call {
    let id = RaceId::new("minato-half").unwrap();
    let cameras = vec!["finish-a".to_owned()];
    let code = race.handler.add_photographer(&id, "写", cameras, None).await.unwrap();
    let opened = phone.get(&format!("/upload/minato-half?code={code}")).await;
    assert_eq!(opened.status, StatusCode::SEE_OTHER, "{}", opened.text());
    assert!(phone.get("/upload/minato-half").await.text().contains("finish-a"));
    let photo = fixture("races/minato-half/photos/finish-a/KNS_0498.jpg");
    let photo = std::fs::read(photo).unwrap();
    let md5 = hex::encode(Md5::digest(&photo));
    let file = json!({"camera": "finish-a", "name": "2.jpg", "bytes": photo.len(), "md5": md5});
    let place = phone.post("/upload/minato-half/places", &file).await.json();
    assert_eq!(place["to_do"], "put", "{place}");
    let address = url::Url::parse(place["address"].as_str().unwrap()).unwrap();
    let signed = address.path().trim_start_matches('/').to_owned();
    assert_eq!(signed, format!("{}/minato-half/photos/finish-a/2.jpg", race.stack.name("photos")));
    race.stack.upload("minato-half/photos/finish-a/2.jpg", photo).await;
    let there = phone.post("/upload/minato-half/places", &file).await.json();
    assert_eq!(there["to_do"], "there", "{there}");
    let progress = phone.get("/upload/minato-half/progress").await.json();
    assert_eq!((&progress["photos"], &progress["new"]), (&2.into(), &1.into()), "{progress}");
    Call { action: "s3:PutObject", resource: format!("arn:aws:s3:::{signed}") }
}

/// The sample race, of which ranks may shift and photos may be hidden.
fn rules() -> String {
    let rules = std::fs::read_to_string(fixture("races/minato-half/race.toml")).unwrap();
    let rules = rules.replace("hide_on_request = false", "hide_on_request = true");
    let rules = rules.replace("confirmed = true", "confirmed = false");
    format!("{rules}\n[public]\nurl = \"https://results.example\"\n")
}

async fn find(phone: &mut Client, bib: &str, date: &str) -> Answer {
    let form = format!("bib={bib}&factor={}", date.replace('/', ""));
    phone.request(Method::POST, "/r/minato-half", &FORM, form.into()).await
}

/// A runner's link.
async fn found(phone: &mut Client, bib: &str) -> String {
    let found = find(phone, bib, &birth_date(bib)).await;
    assert_eq!(found.status, StatusCode::SEE_OTHER, "{}", found.text());
    found.header("location").to_owned()
}

/// What a phone is sent to the store for. moto judges no address that is signed by itself: the
/// function has read what it signs for, with the right that the address is judged by.
async fn pdf(stack: &Stack, phone: &mut Client, path: &str) {
    let sent = phone.get(path).await;
    assert_eq!(sent.status, StatusCode::SEE_OTHER, "{}", sent.text());
    let address = url::Url::parse(sent.header("location")).unwrap();
    let key = address.path().trim_start_matches('/').strip_prefix(stack.name("output")).unwrap();
    let key = key.trim_start_matches('/');
    assert!(key.ends_with(".desk.pdf"), "{key}");
    assert_eq!(stack.keys(key).await, [key]);
}

/// The sample race in the stack, and the pipeline that works beside the pages.
struct Race<'a> {
    stack: &'a Stack,
    handler: Handler,
}

impl Race<'_> {
    async fn upload(&self, file: &str, body: &str) {
        self.stack.upload(&format!("minato-half/{file}"), body.into()).await;
    }

    /// What the photo function does about an upload.
    async fn follow(&self, key: &str) {
        let bucket = self.stack.name("photos").to_owned();
        let upload = Upload { bucket, key: key.into(), etag: None, size: None, sequencer: None };
        self.handler.handle(&upload).await.unwrap();
    }

    /// Whoever reads a race first makes its link key and keeps its files; here the pages are
    /// to be first, and to clear up.
    async fn forget_what_readers_keep(&self) {
        let [photos, _] = self.stack.buckets();
        while self.stack.inputs("minato-half/accepted/").await.len() < 2 {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        for kept in ["private/", "accepted/"] {
            for key in self.stack.inputs(&format!("minato-half/{kept}")).await {
                photos.delete(&key).await.unwrap();
            }
        }
        for left in ["accepted/results/9.csv", "unreadable/results.csv.json"] {
            let key = format!("minato-half/{left}");
            photos.put(&key, "{}".into(), "application/json", Write::Always).await.unwrap();
        }
    }
}
