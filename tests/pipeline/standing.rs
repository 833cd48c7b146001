//! A number on a banner at the finish, which is a runner's bib as well.

use kanso_matching::Outcome;

use super::venue::{RULES, Venue, numbered};

/// The sample photo reads 1017, who finishes at 10:11:08; 1018 to 1048 a minute apart later.
fn results() -> String {
    let row = |n: i64| format!("{},走者,half,1:{}:08\n", 1017 + n, 41 + n);
    let rows: String = (0..19).map(row).collect();
    format!("ナンバー,氏名,種目,グロスタイム\n{rows}")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_number_that_a_camera_sees_all_day_is_no_runners_and_asks_nobody() {
    let venue = Venue::start().await;
    venue.put("race/race.toml", RULES).await;
    venue.put("race/results.csv", results()).await;
    let taken = |minute: i64| format!("2026-11-23T10:{minute}:09+09:00");
    for (n, minute) in [13, 18, 23].into_iter().enumerate() {
        let bytes = numbered(Some(&taken(minute)));
        let photo = venue.put(&format!("race/photos/a/{n}.jpg"), bytes).await;
        let decision = venue.handle(&photo).await.remove(0).decision;
        assert_eq!(
            decision.outcome,
            Outcome::Review,
            "as long as it may be a runner: {decision:?}"
        );
    }
    let bytes = numbered(Some(&taken(28)));
    let photo = venue.put("race/photos/a/3.jpg", bytes).await;
    let decision = venue.handle(&photo).await.remove(0).decision;
    let numbers = venue.json("race/cameras/a.numbers.json").await;
    assert_eq!(numbers["bibs"], serde_json::json!(["1017"]));
    assert!(
        !decision.candidates.iter().any(|one| one.bib.as_str() == "1017"),
        "nobody is asked about a banner: {decision:?}"
    );
    // Who finishes just then still gets their photo.
    let photo = venue.put("race/photos/a/own.jpg", numbered(Some(&taken(11)))).await;
    let handled = venue.handle(&photo).await.remove(0);
    assert_eq!(handled.issued[0].bib.as_str(), "1017", "{:?}", handled.decision);
}
