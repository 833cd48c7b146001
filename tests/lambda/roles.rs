//! Each function's role is what a day of a race calls for, no more and no less.

use kanso_pipeline::store::Write;
use serde_json::Value;

use super::function::{event, fixture};
use super::rights::assert_exact;
use super::stack::{PHOTO_FUNCTION, Stack};

const PAIR: &str = "minato-half/photos/finish-a/pair.jpg";

fn photo(name: &str) -> Vec<u8> {
    std::fs::read(fixture("races/minato-half/photos/finish-a").join(name)).unwrap()
}

/// Photos of the first runners to finish, by a clock that is 40 s slow.
fn sightings(folder: &str) -> Vec<String> {
    let finishes = [
        ("M1", "09:34:37"),
        ("M2", "09:35:02"),
        ("1070", "09:43:23"),
        ("W1", "09:43:48"),
        ("1113", "09:50:37"),
        ("1047", "09:54:14"),
        ("1029", "09:54:31"),
        ("1110", "09:54:39"),
        ("1046", "09:55:22"),
        ("1107", "09:55:36"),
        ("1077", "09:56:56"),
        ("1022", "09:58:04"),
    ];
    let key = |(n, (bib, finish)): (usize, (&str, &str))| {
        let finish: jiff::Timestamp = format!("2026-11-23T{finish}+09:00").parse().unwrap();
        format!("{folder}/{:014}-{n:016x}-{bib}.rs", finish.as_millisecond() - 40_000)
    };
    finishes.into_iter().enumerate().map(key).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_photo_functions_role_is_what_uploads_of_every_kind_call_for() {
    let Some(stack) = Stack::start("rights", PHOTO_FUNCTION).await else { return };
    let [_, output] = stack.buckets();
    let put = async |key: &str, body: &str| {
        stack.upload(&format!("minato-half/{key}"), body.into()).await;
    };

    // A photo that comes before its race, one of whose results files was taken away.
    put("accepted/results/9.csv", "Bib\n").await;
    stack.upload("minato-half/photos/finish-a/early.jpg", photo("KNS_0412.jpg")).await;
    stack.drain().await;
    assert_eq!(stack.keys("minato-half/pending/").await.len(), 1);
    let rules = std::fs::read_to_string(fixture("races/minato-half/race.toml")).unwrap();
    put("race.toml", &format!("{rules}\n[public]\nurl = \"https://results.example\"\n")).await;
    let results = std::fs::read_to_string(fixture("races/minato-half/results.csv")).unwrap();
    put("results.csv", &results).await;
    stack.drain().await;
    assert_eq!(stack.keys("minato-half/pending/").await, [""; 0]);

    // A photo of two, and what is no photo.
    stack.upload(PAIR, photo("KNS_0851.jpg")).await;
    put("photos/finish-a/none.jpg", "not a picture").await;
    stack.drain().await;
    let issued = stack.keys("minato-half/certificates/2001/").await;
    assert!(!issued.is_empty());
    assert_eq!(stack.keys("minato-half/rejected/").await.len(), 1);

    // Answers: one that cannot be read, one against the photo, one for it.
    let answer = format!("decisions/{}.json", issued[0].split('/').nth(3).unwrap());
    for (said, review, rejected) in [
        ("{\"bibs\": 1}", 1, 1),
        ("{\"reject\": \"a spectator\"}", 0, 2),
        ("{\"bibs\": [\"2001\", \"2002\"]}", 0, 1),
    ] {
        put(&answer, said).await;
        stack.drain().await;
        assert_eq!(stack.keys("minato-half/review/").await.len(), review, "{said}");
        assert_eq!(stack.keys("minato-half/rejected/").await.len(), rejected, "{said}");
    }

    // Results that broke on their way, then some that correct a name.
    put("results.csv", "<html>504</html>").await;
    stack.drain().await;
    assert_eq!(stack.inputs("minato-half/accepted/results.csv").await.len(), 1);
    assert_eq!(stack.inputs("minato-half/unreadable/").await.len(), 1);
    put("results.csv", &results.replace("韮山 駿", "韮山 俊")).await;
    stack.drain().await;
    assert_eq!(stack.inputs("minato-half/unreadable/").await, [""; 0]);
    assert!(!stack.keys("minato-half/corrections/").await.is_empty());

    // What photos of another camera said of its clock, and what they do not say any more.
    let seen = sightings("minato-half/sightings/x");
    for key in &seen {
        output.put(key, "".into(), "application/octet-stream", Write::Always).await.unwrap();
    }
    put("results.csv", &results).await;
    stack.drain().await;
    assert_eq!(stack.inputs("minato-half/cameras/").await, ["minato-half/cameras/x.solved.json"]);
    for key in &seen {
        output.delete(key).await.unwrap();
    }
    put("results.csv", &results.replace("韮山 駿", "韮山 俊")).await;
    stack.drain().await;
    assert_eq!(stack.inputs("minato-half/cameras/").await, [""; 0]);

    // A runner is forgotten: certificates, what was asked about them, and the answer.
    let asked = format!("minato-half/requests/2001-{}.json", issued[0].split('/').nth(3).unwrap());
    output.put(&asked, "{}".into(), "application/json", Write::Always).await.unwrap();
    put("erased/2001.json", "{\"erased\": true}").await;
    stack.drain().await;
    assert_eq!(stack.keys("minato-half/certificates/2001/").await, [""; 0]);
    assert_eq!(stack.keys("minato-half/requests/").await, [""; 0]);
    assert!(!stack.keys("minato-half/certificates/2002/").await.is_empty());

    // Another photo under a name that was taken.
    let before = stack.keys("minato-half/outcomes/finish-a/none.jpg/").await;
    stack.upload("minato-half/photos/finish-a/none.jpg", photo("KNS_0770.jpg")).await;
    stack.drain().await;
    assert_eq!(stack.keys("minato-half/outcomes/finish-a/none.jpg/").await.len(), before.len());
    assert!(!stack.keys("minato-half/certificates/A-102/").await.is_empty());

    // What events lost.
    let outcomes = stack.keys("minato-half/outcomes/").await;
    output.delete(&outcomes[0]).await.unwrap();
    stack.host.invoke(&event("schedule.json")).await.unwrap();
    assert_ne!(stack.keys("minato-half/outcomes/").await, outcomes, "it is only queued");
    stack.drain().await;
    assert_eq!(stack.keys("minato-half/outcomes/").await, outcomes);
    assert_eq!(stack.received("dead_letters"), [Value::Null; 0]);
    assert_nothing_was_refused(&stack);
    assert_exact(stack.allowed(), &stack.calls());
}

#[tokio::test(flavor = "multi_thread")]
async fn the_reconcile_functions_role_is_what_the_schedule_calls_for() {
    let Some(stack) = Stack::start("schedule", "ReconcileFunction").await else { return };
    stack.upload_race().await;
    // The days of another race are over: what is left of it when somebody was cut off.
    let rules = "name = \"x\"\ndate = 2020-01-01\n[[courses]]\nid = \"half\"\n";
    stack.upload("old/race.toml", rules.into()).await;
    let [photos, output] = stack.buckets();
    let begun = "{\"format\": 1, \"date\": \"2020-01-01\", \"retention_days\": 30}";
    for _ in 0..2 {
        stack.upload("old/results.csv", "Bib\n1\n".into()).await;
        stack.upload("old/photos/a/1.jpg", "1".into()).await;
        let kept = "old/certificates/1/0123456789abcdef/current.json";
        output.put(kept, "{}".into(), "application/json", Write::Always).await.unwrap();
    }
    photos.delete("old/photos/a/1.jpg").await.unwrap();
    stack.upload("old/expired.json", begun.into()).await;
    stack.sqs("PurgeQueue", "upload_queue", serde_json::json!({}));
    stack.host.invoke(&event("schedule.json")).await.unwrap();
    // Of the messages, only what the function wrote: the queue's own handles are random letters.
    let queued = stack.received("upload_queue");
    let queued: Vec<_> = queued.iter().map(|it| it["Body"].as_str().unwrap()).collect();
    assert!(!queued.is_empty(), "the search is queued");
    let over = queued.iter().find(|it| !it.contains("\"race\": \"minato-half\""));
    assert_eq!(over, None, "and not of what is over");
    assert_eq!(stack.versions("photos", "old/").await, ["old/expired.json", "old/race.toml"]);
    assert_eq!(stack.versions("output", "old/").await, [""; 0]);
    assert_nothing_was_refused(&stack);
    assert_exact(stack.allowed(), &stack.calls());
}

fn assert_nothing_was_refused(stack: &Stack) {
    let log = format!("{:?}", stack.host.log());
    assert!(!log.contains("AccessDenied") && !log.contains("Forbidden"), "{log}");
}
