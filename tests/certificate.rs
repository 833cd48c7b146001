//! What the record says of a photo, by way of the whole pure pipeline.

mod repository;

use kanso_certificate::PhotoSource;
use kanso_certificate::race_data::{RaceData, RaceFiles};
use kanso_photo::quality::best_first;
use serde_json::Value;

/// A file of the sample race.
fn read(name: &str) -> Vec<u8> {
    let race = repository::root().join("fixtures/races/minato-half");
    std::fs::read(race.join(name)).unwrap()
}

fn race_data(change: impl FnOnce(String) -> String) -> RaceData {
    let rules = change(String::from_utf8(read("race.toml")).unwrap());
    let files = RaceFiles {
        rules: rules.into(),
        results: Some(read("results.csv").into()),
        ..RaceFiles::default()
    };
    RaceData::set_up(&files).unwrap()
}

/// The records of a sample photo's certificates, as for a photo whose bib is given.
fn record(race_data: &RaceData, camera: &str, file: &str, bib: &str) -> Value {
    let bytes = read(&format!("photos/{camera}/{file}"));
    let source = PhotoSource {
        key: format!("photos/{camera}/{file}"),
        camera: camera.to_owned(),
        upload_bib: Some(bib.to_owned()),
        person: None,
        crop: None,
        blocked: Default::default(),
    };
    let processed = kanso_certificate::process(race_data, &source, bytes.into(), &mut ());
    let certificate = processed.certificates.iter().find(|c| c.bib.as_str() == bib);
    let certificate = certificate.unwrap_or_else(|| panic!("{:?}", processed.decision));
    serde_json::from_slice(&certificate.record).unwrap()
}

#[test]
fn the_record_keeps_what_is_printed_and_nothing_else_of_the_start_list() {
    let record = record(&race_data(|rules| rules), "finish-a", "KNS_0412.jpg", "M1");
    assert_eq!(record["result"]["name"].as_str().map(str::is_empty), Some(false));
    for private in ["kana", "sex", "age", "birth_date", "prefecture", "row"] {
        assert!(record["result"].get(private).is_none(), "{private}");
    }
}

#[test]
fn the_record_says_how_good_a_shot_is_and_why() {
    let race_data = race_data(|rules| rules);
    let record = record(&race_data, "finish-a", "KNS_0412.jpg", "M1");
    let shot = &record["best_shot"];
    let score = shot["score"].as_f64().unwrap();
    assert!((0.0..=1.0).contains(&score), "{shot}");
    assert!(!shot["why"].as_array().unwrap().is_empty(), "{shot}");
    for part in ["sharpness", "exposure", "bib", "nearness", "centred"] {
        assert!(shot["parts"][part].is_f64(), "{shot}");
    }
    let mut photos = [Value::Null, record];
    best_first(&mut photos, |record| record["best_shot"]["score"].as_f64());
    assert!(photos[1].is_null());
}

#[test]
fn photos_are_corrected_only_where_the_race_asks_and_the_record_names_it() {
    let off = "exposure = false, white_balance = false, sharpen = false";
    let as_it_is = record(&race_data(|rules| rules), "finish-a", "KNS_0412.jpg", "M1");
    let corrected = race_data(|rules| {
        assert!(rules.contains(off), "the sample names every correction");
        rules.replace(off, "exposure = true, white_balance = true, sharpen = true")
    });
    let corrected = record(&corrected, "finish-a", "KNS_0412.jpg", "M1");
    let named = |record: &Value| record["warnings"].to_string().contains("levelled");
    assert!(!named(&as_it_is), "{}", as_it_is["warnings"]);
    assert!(named(&corrected), "{}", corrected["warnings"]);
    // Another picture on paper is another certificate.
    assert_ne!(as_it_is["fingerprint"], corrected["fingerprint"]);
}

#[test]
fn a_correction_that_is_not_known_is_told_by_its_line() {
    let text = "name = \"x\"\ndate = 2026-11-23\n[[courses]]\nid = \"a\"\n\
                [photos]\nquality = \"finest\"\n";
    let error = kanso_race::Race::parse(text).unwrap_err().to_string();
    assert!(error.contains("line 6") && error.contains("best"), "{error}");
}
