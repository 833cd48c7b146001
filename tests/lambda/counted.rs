//! What one photo costs: the calls that its function makes of S3.

use super::function::fixture;
use super::recorded::Call;
use super::stack::{PHOTO_FUNCTION, Stack};

/// These are asked for at most every five seconds, for all photos of that time.
const RACE_DATA: [&str; 5] =
    ["expired.json", "race.toml", "results.csv", "template.toml", "links.json"];

#[tokio::test(flavor = "multi_thread")]
async fn a_photo_costs_one_reading_three_questions_four_parts_a_sighting_and_an_outcome() {
    let Some(stack) = Stack::start("counted", PHOTO_FUNCTION).await else { return };
    stack.upload_race().await;
    let photo = |name: &str| {
        std::fs::read(fixture("races/minato-half/photos/finish-a").join(name)).unwrap()
    };
    // With its first photo of a camera a process asks what others have seen of it.
    stack.upload("minato-half/photos/finish-a/0.jpg", photo("KNS_0851.jpg")).await;
    stack.drain().await;
    let before = stack.calls().len();
    let photo = photo("KNS_0412.jpg");
    stack.upload("minato-half/photos/finish-a/1.jpg", photo).await;
    stack.drain().await;

    let calls = stack.calls().split_off(before);
    let of_photo = |call: &&Call| {
        let of_race = RACE_DATA.iter().any(|file| call.resource.ends_with(file));
        // The folders of corrections and of erased runners.
        let listed =
            call.action == "s3:ListBucket" && call.resource.ends_with(stack.name("photos"));
        !of_race && !listed
    };
    let photos: Vec<&Call> = calls.iter().filter(of_photo).collect();
    let count = |action: &str, part: &str| {
        let is = |call: &Call| call.action == action && call.resource.contains(part);
        photos.iter().filter(|call| is(call)).count()
    };
    assert_eq!(count("s3:GetObject", "/photos/"), 1, "{photos:#?}");
    // Whether somebody answered, before and after; whether it was done before.
    assert!(count("s3:GetObject", "/decisions/") <= 2, "{photos:#?}");
    assert!(count("s3:GetObject", "/outcomes/") <= 1, "{photos:#?}");
    assert_eq!(count("s3:PutObject", "/certificates/M1/"), 4, "{photos:#?}");
    assert_eq!(count("s3:PutObject", "/sightings/"), 1, "{photos:#?}");
    // The facts of the photo stand in its outcome.
    assert_eq!(count("s3:PutObject", "/outcomes/"), 1, "{photos:#?}");
    // Whether an earlier version of the file left an outcome; and, for each camera whose clock is
    // known, which photos taken about then may come to something else because of this one.
    assert_eq!(count("s3:ListBucket", ""), 1 + 2, "{photos:#?}");
    assert_eq!(photos.len(), 13, "{photos:#?}");
}
