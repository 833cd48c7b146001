//! What a kiosk sets anew is the certificate of record, on other paper.

use std::sync::Arc;

use kanso_certificate::Fault;
use kanso_certificate::race_data::RaceData;
use kanso_pipeline::certificates::IssuedCertificate;
use kanso_pipeline::editions::Edition;
use kanso_pipeline::keys::RaceId;
use kanso_pipeline::race_folder::Readiness;
use kanso_race::Bib;
use serde_json::json;

use super::venue::{RESULTS, RULES, Venue, photo};

fn race() -> RaceId {
    RaceId::new("race").unwrap()
}

fn bib(text: &str) -> Bib {
    Bib::parse(text).unwrap()
}

/// Two runners on one photo by a photographer whom the race names, cropped by a person.
async fn cropped() -> (Venue, IssuedCertificate, Arc<RaceData>) {
    let venue = Venue::start().await;
    let rules = RULES.replace("id = \"a\"", "id = \"a\"\nphotographer = \"写真 太郎\"");
    venue.put("race/race.toml", rules).await;
    venue.put("race/results.csv", RESULTS).await;
    let upload = venue.put("race/photos/a/x_bib1_bib2.jpg", photo(60)).await;
    let handled = venue.handle(&upload).await;
    assert_eq!(handled[0].issued.len(), 2);
    let id = handled[0].photo_id;
    let crop = json!({"crop": {"x": 500, "y": 60, "width": 160, "height": 200}});
    let answer = venue.put(&format!("race/decisions/{id}.json"), crop.to_string()).await;
    venue.handle(&answer).await;
    let held = venue.handler.issued_with(&race(), &bib("1"), id).await.unwrap().unwrap();
    let Readiness::Ready(data) = venue.handler.races().race_data(&race()).await.unwrap().0 else {
        panic!("the race can be read")
    };
    (venue, held, data)
}

/// Of runner 1.
async fn edition(
    venue: &Venue,
    race_data: Arc<RaceData>,
    held: Option<&IssuedCertificate>,
    jpeg_quality: Option<u8>,
) -> Result<Edition, Fault> {
    venue.handler.edition(&race(), race_data, &bib("1"), held, jpeg_quality).await
}

#[tokio::test(flavor = "multi_thread")]
async fn set_anew_on_the_same_paper_it_is_the_certificate_of_record() {
    let (venue, held, race_data) = cropped().await;
    for (answer, what) in [
        (None, "with a person's crop"),
        (Some(json!({"by": "desk", "bibs": ["1", "2"]})), "drawn in, for two runners"),
        (Some(json!({"by": "desk", "bibs": ["1"]})), "whole, for one"),
    ] {
        if let Some(answer) = answer {
            let key = format!("race/decisions/{}.json", held.photo);
            venue.handle(&venue.put(&key, answer.to_string()).await).await;
        }
        let held = venue.handler.issued_with(&race(), &bib("1"), held.photo).await;
        let held = held.unwrap().unwrap();
        let before = venue.keys("race/certificates/").await;
        let made = edition(&venue, race_data.clone(), Some(&held), Some(95)).await.unwrap();
        assert_eq!(made.certificate.fingerprint, held.fingerprint, "{what}");
        let pixels = image::load_from_memory(&made.jpeg.unwrap()).unwrap();
        assert_eq!((pixels.width(), pixels.height()), (3508, 2480), "{what}: A4 at 300 ppi");
        assert_eq!(venue.keys("race/certificates/").await, before, "{what}: it was there");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn on_other_paper_it_shows_what_the_record_shows_and_leaves_a_record_of_its_own() {
    let (venue, held, race_data) = cropped().await;
    let kiosk = Arc::new(race_data.with_bundled("kiosk").unwrap());
    let made = edition(&venue, kiosk.clone(), Some(&held), None).await.unwrap().certificate;
    let folder = format!("race/certificates/1/{}", held.photo);
    let record = venue.json(&format!("{folder}/{}.json", made.fingerprint)).await;
    assert_eq!(record["template"], "kiosk");
    assert_eq!(record["photo"]["credit"], "写真 太郎");
    let crop = &record["photo"]["panels"][0]["crop"];
    let side = |name: &str| crop[name].as_u64().unwrap();
    assert!(side("x") <= 500 && side("x") + side("width") >= 660, "the person's crop: {crop}");
    assert!(side("width") < 900, "not the whole photo: {crop}");
    assert_eq!(venue.keys(&format!("{folder}/{}", made.fingerprint)).await.len(), 3);
    let held_now = venue.handler.issued_with(&race(), &bib("1"), held.photo).await.unwrap();
    assert_eq!(held_now.unwrap().fingerprint, held.fingerprint, "the record stays what it is");

    let plain = edition(&venue, kiosk, None, None).await.unwrap();
    let key = format!("race/certificates/1/no-photo/{}.json", plain.certificate.fingerprint);
    assert_eq!(venue.json(&key).await["photo"], json!(null));
    venue.handler.erase(&race(), &bib("1")).await.unwrap();
    assert!(venue.keys("race/certificates/1/").await.is_empty(), "erased with the rest");
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_gets_an_edition_who_may_have_no_certificate() {
    let (venue, held, race_data) = cropped().await;
    let refused = venue.handler.edition(&race(), race_data.clone(), &bib("3"), None, None).await;
    assert!(refused.unwrap_err().message.contains("no finish"));
    venue.bucket.delete("race/photos/a/x_bib1_bib2.jpg").await.unwrap();
    let gone = edition(&venue, race_data, Some(&held), None).await;
    assert!(gone.unwrap_err().message.contains("is gone"));
}
