//! What the console shows of a race is what is there, whatever process asks.

use kanso_pipeline::handler::Handler;
use kanso_pipeline::keys::RaceId;
use kanso_pipeline::reconcile::{Scope, reconcile};
use kanso_pipeline::tally::{Counts, RaceTally};

use super::venue::{Venue, photo};

fn now(handler: &Handler) -> RaceTally {
    handler.tally().of(&RaceId::new("race").unwrap(), jiff::Timestamp::now())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_process_that_begins_anew_counts_what_is_there_and_measures_from_then_on() {
    let venue = Venue::with_race().await;
    for (key, shade) in [("a/1_bib1.jpg", 1), ("a/2_bib77.jpg", 2), ("b/3_bib3.jpg", 3)] {
        let upload = venue.put(&format!("race/photos/{key}"), photo(shade)).await;
        venue.handle(&upload).await;
    }
    // Its event is lost.
    venue.put("race/photos/b/4_bib2.jpg", photo(4)).await;
    let before = now(&venue.handler);
    assert_eq!((before.all.received, before.waits.unwrap().photos), (3, 1));

    let anew = Handler::new(venue.bucket.clone(), venue.bucket.clone());
    let (_, work) = reconcile(&anew, None, Scope::Everything).await.unwrap();
    let Counts { received, issued, in_work, pending, rejected, .. } = now(&anew).all;
    assert_eq!((received, issued, in_work, pending, rejected), (4, 1, 1, 1, 1));
    for upload in work {
        anew.handle(&upload).await.unwrap();
    }
    let after = now(&anew);
    assert_eq!((after.all.received, after.all.issued, after.all.in_work), (4, 2, 0));
    assert_eq!(after.cameras["b"].issued, 1);
    assert_eq!(after.waits.unwrap().photos, 1, "the one that this process did itself");
    assert_eq!(after.cameras.values().map(|camera| camera.received).sum::<usize>(), 4);

    // One that its photographer deleted is gone from the count with the next look; a store
    // says times in whole seconds, and what came in the very second of a look is kept.
    tokio::time::sleep(std::time::Duration::from_secs(1)).await;
    venue.bucket.delete("race/photos/a/2_bib77.jpg").await.unwrap();
    reconcile(&anew, None, Scope::Unfinished).await.unwrap();
    assert_eq!((now(&anew).all.received, now(&anew).all.pending), (3, 0));
}
