//! What the record says of a photo, by way of the whole pure pipeline.

mod repository;

use kanso_certificate::race_data::{RaceData, RaceFiles};
use kanso_certificate::{PhotoSource, Processed};
use kanso_matching::Outcome;
use kanso_matching::decision::{Decision, Match};
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

/// What becomes of a sample photo, or of what `change` makes of it.
fn processed(
    race_data: &RaceData,
    (camera, file): (&str, &str),
    upload_bib: Option<&str>,
    change: impl FnOnce(Vec<u8>) -> Vec<u8>,
) -> Processed {
    let key = format!("photos/{camera}/{file}");
    let bytes = change(read(&key));
    let source = PhotoSource {
        key,
        camera: camera.to_owned(),
        upload_bib: upload_bib.map(str::to_owned),
        ..PhotoSource::default()
    };
    kanso_certificate::process(race_data, &source, bytes.into(), None, &mut ())
}

/// The records of a sample photo's certificates, as for a photo whose bib is given.
fn record(race_data: &RaceData, camera: &str, file: &str, bib: &str) -> Value {
    let processed = processed(race_data, (camera, file), Some(bib), |photo| photo);
    let certificate = processed.certificates.iter().find(|c| c.bib.as_str() == bib);
    let certificate = certificate.unwrap_or_else(|| panic!("{:?}", processed.decision));
    serde_json::from_slice(&certificate.record).unwrap()
}

fn bibs(found: &[Match]) -> Vec<&str> {
    found.iter().map(|found| found.bib.as_str()).collect()
}

/// The sample race, where nobody knows how far the cameras' clocks are off.
fn without_clocks(rules: &str) -> String {
    rules.replace("offset_s = 0.0\n", "").replace("offset_s = 12.4\n", "")
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

#[test]
fn a_code_with_an_address_of_another_host_needs_a_second_witness() {
    let photo = ("finish-a", "KNS_0733.jpg");
    let foreign = |rules: String| {
        assert!(rules.contains("https://kanso"), "the sample names its own host");
        rules.replace("https://kanso", "https://another")
    };
    let decide = |race_data: &RaceData| processed(race_data, photo, None, |photo| photo).decision;
    let own = decide(&race_data(|rules| without_clocks(&rules)));
    assert_eq!((own.outcome, bibs(&own.matches)), (Outcome::Issue, vec!["1025"]), "{own:?}");
    let alone = decide(&race_data(|rules| without_clocks(&foreign(rules))));
    assert_eq!(alone.outcome, Outcome::Review, "{alone:?}");
    assert_eq!(bibs(&alone.candidates), ["1025"]);
    assert!(alone.reason.contains("bib_in_code"), "{}", alone.reason);
    let with_clock = decide(&race_data(foreign));
    assert_eq!(bibs(&with_clock.matches), ["1025"], "{with_clock:?}");
}

#[test]
fn a_code_that_the_clock_speaks_against_is_a_sponsors() {
    let race_data = race_data(|rules| {
        rules
            .replace("https://kanso", "https://another")
            .replace("offset_s = 0.0", "offset_s = 3600.0")
    });
    let photo = ("finish-a", "KNS_0733.jpg");
    let decision = processed(&race_data, photo, None, |photo| photo).decision;
    assert!(!bibs(&decision.matches).contains(&"1025"), "{decision:?}");
    assert!(!bibs(&decision.candidates).contains(&"1025"), "{decision:?}");
}

#[test]
fn words_around_the_bib_in_the_upload_metadata_wait_for_nobody() {
    let race_data = race_data(|rules| rules);
    let photo = ("finish-a", "KNS_0412.jpg");
    let Decision { matches, waiting, candidates, .. } =
        processed(&race_data, photo, Some("bib M1"), |photo| photo).decision;
    assert_eq!(bibs(&matches), ["M1"]);
    assert!(waiting.is_empty() && candidates.is_empty(), "{waiting:?} {candidates:?}");
}

/// A photo with these IPTC keywords.
fn tagged(photo: &[u8], keywords: &[&str]) -> Vec<u8> {
    let mut records = Vec::new();
    for keyword in keywords {
        records.extend([0x1C, 2, 25, 0, keyword.len() as u8]);
        records.extend(keyword.bytes());
    }
    let mut payload = b"Photoshop 3.0\08BIM\x04\x04\0\0".to_vec();
    payload.extend((records.len() as u32).to_be_bytes());
    payload.extend(records);
    let length = (payload.len() as u16 + 2).to_be_bytes();
    [&photo[..2], &[0xFF, 0xED], &length, &payload, &photo[2..]].concat()
}

#[test]
fn a_keyword_that_is_also_the_year_or_a_distance_needs_a_second_witness() {
    let files = RaceFiles {
        rules:
            "name = \"Bay Run\"\ndate = 2026-11-23\n[[courses]]\nid = \"c\"\ndistance_m = 10000\n"
                .into(),
        results: Some(
            "Bib,Name,Gun time\n10,Ann Shore,0:41:23\n2026,Cy Cove,0:55:00\n1017,Bo Reef,0:52:10\n"
                .into(),
        ),
        ..RaceFiles::default()
    };
    let race_data = RaceData::set_up(&files).unwrap();
    let decide = |keywords: &[&str]| {
        let photo = ("finish-a", "KNS_0455.jpg");
        processed(&race_data, photo, None, |photo| tagged(&photo, keywords)).decision
    };
    for number in ["2026", "10", "#2026"] {
        let decision = decide(&["marathon", number]);
        assert_eq!(decision.outcome, Outcome::Review, "{number}: {decision:?}");
        assert!(decision.reason.contains("write bib:"), "{}", decision.reason);
    }
    assert_eq!(bibs(&decide(&["bib:2026"]).matches), ["2026"]);
    // Beside a runner who is named, the year asks nobody.
    let named = decide(&["2026", "1017"]);
    assert_eq!(bibs(&named.matches), ["1017"], "{named:?}");
    assert!(named.candidates.is_empty(), "{named:?}");
}

/// Where a photo's picture data begins.
fn scan(photo: &[u8]) -> usize {
    let sos = photo.windows(3).rposition(|bytes| bytes == [0xFF, 0xDA, 0]).unwrap();
    sos + 2 + usize::from(photo[sos + 3])
}

#[test]
fn a_photo_is_asked_about_for_what_its_picture_lost_and_not_for_an_odd_header() {
    let race_data = race_data(|rules| rules);
    let photo = ("finish-a", "KNS_0412.jpg");
    let hole = processed(&race_data, photo, None, |mut photo| {
        let middle = scan(&photo).midpoint(photo.len());
        photo[middle..middle + 4096].fill(0);
        photo
    });
    assert_eq!(hole.decision.outcome, Outcome::Review, "{:?}", hole.decision);
    let reason = hole.decision.reason;
    assert!(reason.contains("damaged") && !reason.contains("(0 %"), "{reason}");
    let odd = processed(&race_data, photo, None, |mut photo| {
        let start = scan(&photo);
        photo[start - 3..start].fill(0);
        photo
    });
    assert_eq!(bibs(&odd.decision.matches), ["M1"], "{:?}", odd.decision);
}
