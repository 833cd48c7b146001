//! A broken upload of race data closes nothing: the last good one stays in force, loudly.

use kanso_matching::Outcome;
use kanso_pipeline::handler::Handler;
use kanso_pipeline::keys::RaceId;

use super::venue::{RESULTS, RULES, Venue, photo};

fn race() -> RaceId {
    RaceId::new("race").unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn broken_race_data_have_the_last_good_ones_in_force_until_they_are_mended() {
    for (file, good, broken) in [
        ("results.csv", RESULTS, "<html>504 Gateway Timeout</html>"),
        ("results.csv", RESULTS, "ナンバー,氏名,種目,グロスタイム,状態\n"),
        ("race.toml", RULES, "name = {"),
        ("template/template.toml", "", "format = 99"),
        ("results/1.csv", "ナンバー,氏名,種目,グロスタイム\n1,髙橋 健吾,half,1:30:00\n", ""),
    ] {
        let venue = Venue::with_race().await;
        let first = venue.put("race/photos/a/1_bib1.jpg", photo(60)).await;
        assert_eq!(venue.handle(&first).await[0].issued.len(), 1, "{file}");

        while venue.keys("race/accepted/results.csv").await.is_empty() {
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }

        venue.handle(&venue.put(&format!("race/{file}"), broken).await).await;
        let second = venue.put("race/photos/a/2_bib2.jpg", photo(61)).await;
        assert_eq!(venue.handle(&second).await[0].issued.len(), 1, "{file}: {broken:?}");
        assert!(venue.kept("1").await[0].servable().is_ok(), "{file}: nothing is taken back");
        let told = venue.only("race/unreadable/").await;
        let name = file.split('/').next().filter(|folder| *folder == "template").unwrap_or(file);
        assert_eq!(told["file"], name);
        assert!(!told["why"].as_str().unwrap().is_empty(), "{told}");
        assert_eq!(venue.handler.races().unreadable()[&race()][0].file, name);

        // Another process, which never saw the good one.
        let later = Handler::new(venue.bucket.clone(), venue.bucket.clone());
        let third = venue.put("race/photos/a/3_bib1.jpg", photo(62)).await;
        let handled = later.handle(&third).await.unwrap();
        assert_eq!(handled[0].decision.outcome, Outcome::Issue, "{file} after a restart");

        if good.is_empty() {
            venue.bucket.delete(&format!("race/{file}")).await.unwrap();
            venue.handle(&venue.put("race/results.csv", RESULTS).await).await;
        } else {
            let good = good.replace("1:30:00", "1:31:00");
            venue.handle(&venue.put(&format!("race/{file}"), good).await).await;
        }
        assert!(venue.keys("race/unreadable/").await.is_empty(), "{file} is mended");
        assert!(venue.handler.races().unreadable().is_empty(), "{file} is mended");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_erasure_counts_while_the_results_are_broken() {
    let venue = Venue::with_race().await;
    let upload = venue.put("race/photos/a/1_bib1.jpg", photo(60)).await;
    venue.handle(&upload).await;
    venue.handle(&venue.put("race/results.csv", "nonsense").await).await;
    venue.handle(&venue.put("race/erased/1.json", "{}").await).await;
    assert!(venue.keys("race/certificates/1/").await.is_empty());
}
