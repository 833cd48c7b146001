//! Results change after certificates were issued: only what changed is printed again, and
//! what must not be used is void.

use kanso_photo::PhotoId;
use kanso_pipeline::handler::Numbers;
use kanso_pipeline::keys::RaceId;
use kanso_pipeline::reconcile::{Scope, reconcile};
use kanso_race::Bib;
use serde_json::json;

use super::venue::{RESULTS, RULES, Venue, photo};

fn race() -> RaceId {
    RaceId::new("race").unwrap()
}

fn bib(text: &str) -> Bib {
    Bib::parse(text).unwrap()
}

/// A venue with a certificate for bib 1 and one for bib 2.
async fn issued() -> Venue {
    let venue = Venue::with_race().await;
    for (n, bib) in [(60, "1"), (61, "2")] {
        let upload = venue.put(&format!("race/photos/a/{n}_bib{bib}.jpg"), photo(n)).await;
        assert_eq!(venue.handle(&upload).await[0].issued.len(), 1);
    }
    venue
}

async fn new_results(venue: &Venue, results: &str) -> usize {
    let upload = venue.put("race/results.csv", results).await;
    let received = venue.handler.receive(&upload, Numbers::Now).await.unwrap();
    assert!(received.handled.is_empty(), "race data render nothing themselves");
    let rendered = received.queued.len();
    for upload in received.queued {
        venue.handle(&upload).await;
    }
    rendered
}

#[tokio::test(flavor = "multi_thread")]
async fn a_disqualified_runner_loses_the_certificate_and_gets_it_back_when_that_is_reversed() {
    let venue = issued().await;
    let before = venue.kept("1").await;
    assert!(before[0].servable().is_ok());

    let disqualified = RESULTS.replace("1:30:00,", "1:30:00,失格");
    assert_eq!(new_results(&venue, &disqualified).await, 0, "nothing is rendered to void");
    let void = venue.kept("1").await;
    assert_eq!(void[0].servable(), Err("bib 1 was disqualified (DQ)"));
    assert_eq!(venue.keys("race/rejected/").await.len(), 1);
    let report = venue.only("race/corrections/").await;
    assert_eq!(report["voided"], json!(["1"]));
    assert!(!report.to_string().contains("髙橋"), "no names");

    assert_eq!(new_results(&venue, RESULTS).await, 1);
    assert_eq!(venue.kept("1").await, before);
    assert!(venue.keys("race/rejected/").await.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn shifted_ranks_mark_a_certificate_stale_and_the_next_use_prints_it_again() {
    let venue = Venue::start().await;
    venue.put("race/race.toml", RULES).await;
    let ranked = |rank| {
        format!("ナンバー,氏名,種目,グロスタイム,総合順位\n1,髙橋 健吾,half,1:30:00,{rank}\n")
    };
    venue.put("race/results.csv", ranked(7)).await;
    let upload = venue.put("race/photos/a/x_bib1.jpg", photo(62)).await;
    let first = venue.handle(&upload).await[0].issued[0].fingerprint.clone();

    assert_eq!(new_results(&venue, &ranked(8)).await, 0, "a rank alone renders nothing");
    let stale = venue.kept("1").await;
    assert!(stale[0].current.stale && stale[0].current.fingerprint == first);
    assert_eq!(venue.only("race/corrections/").await["stale"], json!(["1"]));

    let used = venue.handler.up_to_date(&race(), &bib("1"), stale[0].photo).await.unwrap();
    assert!(!used.unwrap().stale);
    let fresh = venue.kept("1").await.remove(0);
    assert_eq!((fresh.current.revision, &fresh.current.superseded), (2, &vec![first.clone()]));
    let old = format!("race/certificates/1/{}/{first}.pdf", fresh.photo);
    assert!(venue.keys(&old).await.len() == 1, "the old copy stays");
}

#[tokio::test(flavor = "multi_thread")]
async fn confirmation_prints_what_was_provisional_again() {
    let venue = issued().await;
    let current = |all: Vec<super::venue::Kept>| all[0].current.clone();
    let before = current(venue.kept("2").await);
    assert!(!before.confirmed);
    let rules = venue.put("race/race.toml", format!("confirmed = true\n{RULES}")).await;
    venue.handle(&rules).await;
    let after = current(venue.kept("2").await);
    assert!(after.confirmed);
    assert_eq!(after.superseded, [before.fingerprint]);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_increment_corrects_one_row_and_the_later_one_wins() {
    let venue = issued().await;
    let row = |name| format!("ナンバー,氏名,種目,グロスタイム\n1,{name},half,1:30:00\n");
    let preview = venue.handler.preview(&race(), "results/2.csv", row("髙橋 謙吾").into()).await;
    assert_eq!(preview.unwrap().reissued, [bib("1")].into());
    for (n, name) in [("10", "髙橋 憲吾"), ("9", "髙橋 謙吾")] {
        let increment = venue.put(&format!("race/results/{n}.csv"), row(name)).await;
        venue.handle(&increment).await;
    }
    let standing = &venue.kept("1").await[0];
    let record = venue.json(&standing.servable().unwrap().record()).await;
    assert_eq!(record["result"]["name"], "髙橋 憲吾");
    assert_eq!(standing.current.revision, 2, "9 comes before 10");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_may_crop_and_block_and_each_answer_is_audited() {
    let venue = issued().await;
    let standing = venue.kept("1").await.remove(0);
    let key = format!("race/decisions/{}.json", standing.photo);
    let crop = json!({"crop": {"x": 100, "y": 50, "width": 200, "height": 250}, "by": "desk 2"});
    let answer = venue.put(&key, crop.to_string()).await;
    venue.handle(&answer).await;
    let cropped = venue.kept("1").await.remove(0);
    assert_eq!(cropped.current.revision, 2);
    let record = venue.json(&cropped.servable().unwrap().record()).await;
    let shown = &record["photo"]["panels"][0]["crop"];
    let (x, width) = (shown["x"].as_u64().unwrap(), shown["width"].as_u64().unwrap());
    assert!(x <= 100 && x + width >= 300, "{shown}");
    let audit = venue.only("race/audit/").await;
    assert_eq!(audit["by"], "desk 2");
    assert_eq!(
        (&audit["before"]["outcome"], &audit["after"]["outcome"]),
        (&json!("issue"), &json!("issue"))
    );

    let blocked = venue.handler.block(&race(), &standing.photo, &bib("1"), Some("desk 1")).await;
    venue.handle(&blocked.unwrap()).await;
    let blocked = venue.kept("1").await.remove(0);
    assert!(blocked.servable().unwrap_err().contains("blocked"), "{blocked:?}");
    assert_eq!(venue.keys("race/audit/").await.len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_erased_runner_does_not_come_back() {
    let venue = issued().await;
    let erased = venue.handler.erase(&race(), &bib("1")).await.unwrap();
    assert_eq!((erased.objects, erased.photos), (4, 1));
    for round in ["at once", "after the next results", "after a reconciliation"] {
        if round == "after the next results" {
            new_results(&venue, &RESULTS.replace("髙橋 健吾", "髙橋 謙吾")).await;
        } else if round == "after a reconciliation" {
            let (_, work) = reconcile(&venue.handler, None, Scope::Everything).await.unwrap();
            for upload in work {
                venue.handle(&upload).await;
            }
        }
        assert!(venue.keys("race/certificates/1/").await.is_empty(), "{round}");
        let rejected = venue.only("race/rejected/").await;
        assert_eq!(rejected["bibs"], json!([]), "{round}");
    }
    assert_eq!(venue.only("race/erased/").await, json!({"format": 1, "erased": true}));
    assert_eq!(venue.keys("race/certificates/2/").await.len(), 4, "others keep theirs");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_reconciler_mends_half_written_sets_orphans_and_stray_trays() {
    let venue = issued().await;
    let standing = venue.kept("1").await.remove(0);
    venue.bucket.delete(&standing.servable().unwrap().pdf()).await.unwrap();
    let id = standing.photo;
    let orphan =
        json!({"format": 1, "fingerprint": "f", "revision": 1, "superseded": []}).to_string();
    venue.put(&format!("race/certificates/2/{id}/current.json"), orphan).await;
    venue.put(&format!("race/review/{id}.json"), "{}").await;

    let (report, work) = reconcile(&venue.handler, None, Scope::Everything).await.unwrap();
    assert_eq!((report.half_written, report.orphaned, report.stray), (1, 1, 1), "{report:?}");
    for upload in work {
        venue.handle(&upload).await;
    }
    assert_eq!(venue.keys(&standing.servable().unwrap().pdf()).await.len(), 1);
    assert!(venue.keys("race/review/").await.is_empty());
    let void = venue.json(&format!("race/certificates/2/{id}/current.json")).await;
    assert!(void["void"].is_string());
    let (report, work) = reconcile(&venue.handler, None, Scope::Everything).await.unwrap();
    assert!(report.is_clean() && work.is_empty(), "{report:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_photo_uploaded_anew_takes_the_place_of_the_old_one() {
    let venue = Venue::with_race().await;
    let old = venue.put("race/photos/a/x_bib1.jpg", photo(63)).await;
    venue.handle(&old).await;
    let new = venue.put("race/photos/a/x_bib1.jpg", photo(64)).await;
    venue.handle(&new).await;
    let all = venue.kept("1").await;
    let void: Vec<_> = all.iter().filter_map(|kept| kept.servable().err()).collect();
    let (old, new) = (PhotoId::of(&photo(63)), PhotoId::of(&photo(64)));
    assert_eq!(
        (all.len(), void),
        (2, vec![&*format!("photo {new} was uploaded under the same name")])
    );
    let told = venue.only(&format!("race/audit/{old}/")).await;
    assert_eq!((&told["photo_id"], &told["replaced_by"]), (&json!(old), &json!(new)));
    let (report, _) = reconcile(&venue.handler, None, Scope::Everything).await.unwrap();
    assert!(report.is_clean(), "{report:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_photo_of_which_another_copy_stays_keeps_its_certificate_and_is_read_from_there() {
    for deleted in [true, false] {
        let venue = Venue::with_race().await;
        for name in ["a/x_bib1.jpg", "b/y_bib1.jpg"] {
            venue.handle(&venue.put(&format!("race/photos/{name}"), photo(65)).await).await;
        }
        let issued = venue.handler.issued(&race(), &bib("1")).await.unwrap().remove(0);
        if deleted {
            venue.bucket.delete(&issued.photo_key).await.unwrap();
        } else {
            venue.handle(&venue.put(&issued.photo_key, photo(66)).await).await;
        }
        let all = venue.handler.issued(&race(), &bib("1")).await.unwrap();
        let issued = all.iter().find(|other| other.photo == issued.photo).unwrap();
        let stored = venue.handler.photo_of(&race(), issued).await.unwrap().unwrap();
        assert!(stored.bytes == photo(65));
    }
}
