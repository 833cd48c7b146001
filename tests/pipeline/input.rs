//! Whatever a photographer uploads ends as a record, and the next photo is processed.

use kanso_matching::Outcome;

use super::venue::{BUCKET, Venue, fixture, photo};

#[tokio::test(flavor = "multi_thread")]
async fn hostile_files_are_recorded_and_the_next_photo_is_processed() {
    let venue = Venue::with_race().await;
    let hostile: Vec<(String, Vec<u8>)> = [
        ("empty", Vec::new()),
        ("not an image", b"these are not pixels".to_vec()),
        ("heic", b"\0\0\0\x18ftypheic\0\0\0\0heicmif1".to_vec()),
        ("header only", photo(1)[..400].to_vec()),
    ]
    .map(|(name, bytes)| (format!("race/photos/a/{name}_bib1.jpg"), bytes))
    .into();
    for (key, bytes) in hostile {
        let upload = venue.put(&key, bytes).await;
        let handled = venue.handle(&upload).await;
        assert_ne!(handled[0].decision.outcome, Outcome::Issue, "{key}");
        assert!(handled[0].decision.reason.len() > 20, "{key} says what to do");
    }
    assert_eq!(venue.keys("race/certificates/").await.len(), 0);
    assert_eq!(venue.keys("race/outcomes/").await.len(), 4);
    let good = venue.put("race/photos/a/good_bib1.jpg", photo(20)).await;
    assert_eq!(venue.handle(&good).await[0].issued.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn heic_is_named_and_the_record_says_what_to_do() {
    let venue = Venue::with_race().await;
    let upload =
        venue.put("race/photos/a/x.heic", b"\0\0\0\x18ftypheic\0\0\0\0heicmif1".to_vec()).await;
    venue.handle(&upload).await;
    let record = venue.only("race/rejected/").await;
    let reason = record["reason"].as_str().unwrap();
    assert!(reason.contains("HEIC") && reason.contains("JPEG"), "{reason}");
    assert_eq!(record["photo"], "race/photos/a/x.heic");
}

#[tokio::test(flavor = "multi_thread")]
async fn any_file_name_gets_its_certificate() {
    let venue = Venue::with_race().await;
    for (n, file) in
        ["a+b", "a b", "写真", "%41", "../up", "deep/er", "q?x&y=z#"].into_iter().enumerate()
    {
        let key = format!("race/photos/a/{file}_bib1.jpg");
        let upload = venue.put(&key, photo(30 + n as u8)).await;
        assert_eq!(venue.handle(&upload).await[0].issued.len(), 1, "{key}");
    }
    assert_eq!(venue.keys("race/outcomes/").await.len(), 7);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bib_in_the_uploads_metadata_is_evidence() {
    let venue = Venue::with_race().await;
    let put = venue.client.put_object().bucket(BUCKET).key("race/photos/a/plain.jpg");
    put.metadata("bib", "1, 2").body(photo(40).into()).send().await.unwrap();
    let upload = kanso_pipeline::events::Upload {
        bucket: BUCKET.into(),
        key: "race/photos/a/plain.jpg".into(),
        etag: None,
        size: None,
        sequencer: None,
    };
    let handled = venue.handle(&upload).await;
    let bibs: Vec<_> = handled[0].issued.iter().map(|issued| issued.bib.as_str()).collect();
    assert_eq!(bibs, ["1", "2"], "two runners in one photo give two certificates");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_photo_beyond_200_mb_is_rejected_without_being_transferred() {
    let venue = Venue::with_race().await;
    let upload = venue.put("race/photos/a/huge_bib1.jpg", vec![0; 201 << 20]).await;
    let handled = venue.handle(&upload).await;
    assert_eq!(handled[0].decision.outcome, Outcome::Reject);
    assert!(venue.only("race/rejected/").await["reason"].as_str().unwrap().contains("MB"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_photo_cut_off_on_the_way_is_put_before_a_person() {
    let venue = Venue::with_race().await;
    let whole = photo(41);
    let upload = venue.put("race/photos/a/cut_bib1.jpg", &whole[..whole.len() / 2]).await;
    let handled = venue.handle(&upload).await;
    assert_eq!(handled[0].decision.outcome, Outcome::Review, "{:?}", handled[0].decision);
    assert!(handled[0].issued.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn every_hostile_fixture_ends_as_a_record() {
    let venue = Venue::with_race().await;
    let folder = crate::repository::root().join("fixtures/hostile");
    let mut files = 0;
    for entry in std::fs::read_dir(folder).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        if name.ends_with(".md") {
            continue;
        }
        let upload =
            venue.put(&format!("race/photos/a/{name}"), fixture(&format!("hostile/{name}"))).await;
        assert_eq!(venue.handle(&upload).await.len(), 1, "{name}");
        files += 1;
    }
    assert!(files > 5);
    assert_eq!(venue.keys("race/outcomes/").await.len(), files);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_too_large_to_be_one_asks_a_person_and_stops_nobody() {
    let venue = Venue::with_race().await;
    let first = venue.put("race/photos/a/60_bib1.jpg", photo(60)).await;
    let id = kanso_photo::PhotoId::of(&photo(60));
    let answer = venue.put(&format!("race/decisions/{id}.json"), vec![b' '; 2 << 20]).await;
    let second = venue.put("race/photos/a/61_bib2.jpg", photo(61)).await;
    let (uploads, queue) = kanso_pipeline::lanes::channel(8, std::sync::Arc::default());
    let (done, mut handled) = tokio::sync::mpsc::channel(8);
    for upload in [first, answer, second] {
        uploads.send(upload).await.unwrap();
    }
    drop(uploads);
    kanso_pipeline::worker::work(venue.handler.clone(), queue, 1, done).await;
    let mut outcomes = std::collections::BTreeMap::new();
    while let Some(handled) = handled.recv().await {
        outcomes.insert(handled.key, handled.decision.outcome);
    }
    assert_eq!(outcomes["race/photos/a/60_bib1.jpg"], Outcome::Review);
    assert_eq!(outcomes["race/photos/a/61_bib2.jpg"], Outcome::Issue);
    let asked = venue.only("race/review/").await;
    assert!(asked["reason"].as_str().unwrap().contains("larger than 1 MiB"), "{asked}");
}
