//! The promise: runners find the same pages behind a function as at a venue. Lambda's runtime
//! API is cargo-lambda's; the function is the binary that is deployed; the store is the
//! embedded endpoint, or moto with the rights of the function's role.

#[path = "web/client.rs"]
mod client;
#[path = "lambda_pages/deployed.rs"]
mod deployed;
#[path = "lambda/function.rs"]
#[expect(dead_code, reason = "the tests of the pipeline's function use more of it")]
mod function;
#[path = "lambda/host.rs"]
mod host;
#[path = "pipeline/moto.rs"]
mod moto;
mod ports;
#[path = "lambda/recorded.rs"]
mod recorded;
mod repository;
#[path = "lambda/rights.rs"]
mod rights;
#[path = "lambda/stack.rs"]
#[expect(dead_code, reason = "the tests of the pipeline's function use more of it")]
mod stack;

use client::Client;
use function::Function;
use hyper::{Method, StatusCode};
use kanso_pipeline::events::Upload;
use kanso_pipeline::store::If;
use kanso_render::pdf::desk_copy;

const BINARY: &str = env!("CARGO_BIN_EXE_pages");
const FORM: [(&str, &str); 1] = [("content-type", "application/x-www-form-urlencoded")];
const PHOTO: &str = "minato-half/photos/finish-a/KAN_0001.jpg";

/// Of a runner of the sample race.
fn birth_date(bib: &str) -> String {
    let path = repository::root().join("fixtures/races/minato-half/results.csv");
    let results = std::fs::read_to_string(path).unwrap();
    let row = results.lines().find(|row| row.split(',').nth(3) == Some(bib)).unwrap();
    row.split(',').nth(12).unwrap().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_runner_finds_the_certificate_and_reads_it_from_the_store_for_a_minute() {
    let Some(function) = Function::start("pages").await else { return };
    let etag = function.put_photo(PHOTO, "1070", 1).await;
    let upload = Upload {
        bucket: "kanso-photos".into(),
        key: PHOTO.into(),
        etag: Some(etag),
        size: None,
        sequencer: None,
    };
    assert_eq!(function.handler().handle(&upload).await.unwrap()[0].issued.len(), 1);

    let mut phone = Client::new(([127, 0, 0, 1], function.host.port).into());
    let home = phone.get("/").await;
    assert_eq!(home.status, StatusCode::OK, "{}", home.text());
    assert!(home.text().contains("/r/minato-half") && !home.text().contains("/kiosk"));
    assert_eq!(phone.get("/kiosk").await.status, StatusCode::NOT_FOUND);

    let form = |date: &str| format!("bib=1070&factor={}", date.replace('/', ""));
    let wrong = phone.request(Method::POST, "/r/minato-half", &FORM, form("1900/01/01").into());
    assert_eq!(wrong.await.status, StatusCode::NOT_FOUND);
    let right = form(&birth_date("1070"));
    let found = phone.request(Method::POST, "/r/minato-half", &FORM, right.into()).await;
    assert_eq!(found.status, StatusCode::SEE_OTHER, "{}", found.text());
    let link = found.header("location").to_owned();
    let page = phone.get(&link).await;
    assert!(page.text().contains("伊藤 康平"), "{}", page.text());
    assert_eq!(page.header("cache-control"), "no-store");
    let line = phone.get(&format!("{link}/events")).await;
    assert_eq!(line.status, StatusCode::SERVICE_UNAVAILABLE, "the page asks by itself");

    let from = page.text();
    let pdf = from.split('"').find(|text| text.contains("/pdf/")).unwrap().to_owned();
    let sent = phone.get(&pdf).await;
    assert_eq!(sent.status, StatusCode::SEE_OTHER, "{}", sent.text());
    let address = url::Url::parse(sent.header("location")).unwrap();
    assert!(address.query_pairs().any(|pair| pair == ("X-Amz-Expires".into(), "60".into())));
    let store =
        (address.host_str().unwrap().parse::<std::net::IpAddr>().unwrap(), address.port().unwrap());
    let path = format!("{}?{}", address.path(), address.query().unwrap());
    let mut reader = Client::new(store.into());
    let file = reader.get(&path).await;
    assert!(file.header("content-disposition").contains("minato-half-1070.pdf"));
    let keys = function.keys("minato-half/certificates/1070/").await;
    let stored = keys.iter().find(|key| key.ends_with(".pdf") && !key.ends_with(".desk.pdf"));
    let stored = function.output.get(stored.unwrap(), If::Any, 64 << 20).await.unwrap();
    assert!(file.body == desk_copy(&stored.bytes).unwrap(), "the stored copy without its bleed");
    // It opens this object and no other.
    for other in [
        path.replace(".desk.pdf", ".json"),
        path.replace("1070", "1071"),
        path.replace("=60", "=600"),
    ] {
        assert_eq!(reader.get(&other).await.status, StatusCode::FORBIDDEN, "{other}");
    }
}
