//! The queue by itself.

use super::*;
use crate::job::Decision;

const NOW: Timestamp = Timestamp::UNIX_EPOCH;

fn order(bib: &str) -> Order {
    let bib = Bib::parse(bib).unwrap();
    Order { race: "race".into(), bib, photo: None, by: "kiosk".into() }
}

fn submit(queue: &Queue, key: &str, bib: &str) -> Result<Job, QueueError> {
    queue.submit(key, order(bib), Some(2), NOW)
}

#[test]
fn one_press_is_one_job_however_often_it_is_sent() {
    let folder = tempfile::tempdir().unwrap();
    let queue = Queue::open(folder.path()).unwrap();
    let first = submit(&queue, "press-1", "1").unwrap();
    assert_eq!(submit(&queue, "press-1", "1").unwrap(), first);
    assert_eq!(queue.all().len(), 1);
    drop(queue);
    let queue = Queue::open(folder.path()).unwrap();
    assert_eq!(submit(&queue, "press-1", "1").unwrap(), first, "also after a restart");
}

#[test]
fn no_two_orders_share_a_job_by_what_their_names_hold() {
    let folder = tempfile::tempdir().unwrap();
    let queue = Queue::open(folder.path()).unwrap();
    let mut ids = Vec::new();
    for (by, race) in [("a", "a"), ("a", "a-a"), ("a", "a-1"), ("a-a", "a"), ("a-a", "a-1")] {
        for (name, bib) in [("a", "1"), ("a-A", "1"), ("a", "A-1"), ("1", "1"), ("", "1-1")] {
            let bib = Bib::parse(bib).unwrap();
            let key = format!("batch-{race}-{name}-{bib}");
            let order = Order { race: race.into(), bib, photo: None, by: by.into() };
            ids.push(queue.submit(&key, order, None, NOW).unwrap().id);
        }
    }
    assert_eq!(ids, (1..=25).collect::<Vec<u64>>());
}

#[test]
fn what_a_printer_has_that_is_named_no_more_is_left_to_staff() {
    let folder = tempfile::tempdir().unwrap();
    let queue = Queue::open(folder.path()).unwrap();
    for (key, printer) in [("a", "K"), ("b", "gone")] {
        let job = submit(&queue, key, "1").unwrap();
        queue.set(job.id, State::Sent { printer: printer.into(), number: 7 }, None).unwrap();
    }
    queue.leave_to_staff(&["K"]).unwrap();
    assert!(matches!(queue.get(1).unwrap().state, State::Sent { .. }));
    assert!(matches!(queue.get(2).unwrap().state, State::Unknown { .. }));
}

#[test]
fn copies_are_limited_by_bib_and_a_failed_job_is_no_copy() {
    let folder = tempfile::tempdir().unwrap();
    let queue = Queue::open(folder.path()).unwrap();
    let one = submit(&queue, "a", "1").unwrap();
    submit(&queue, "b", "1").unwrap();
    assert!(matches!(submit(&queue, "c", "1"), Err(QueueError::Limit(2))));
    assert!(submit(&queue, "d", "2").is_ok());
    queue.set(one.id, State::Failed { why: "jam".into() }, None).unwrap();
    assert!(submit(&queue, "e", "1").is_ok());
    assert!(queue.submit("f", order("1"), None, NOW).is_ok(), "staff");
}

#[test]
fn a_job_cut_off_while_it_was_sent_is_left_to_staff() {
    let folder = tempfile::tempdir().unwrap();
    let queue = Queue::open(folder.path()).unwrap();
    let cut = submit(&queue, "a", "1").unwrap();
    let sent = submit(&queue, "b", "2").unwrap();
    queue.claim("K", false, NOW).unwrap();
    assert!(queue.sending(cut.id, "K").unwrap());
    queue.set(sent.id, State::Sent { printer: "K".into(), number: 7 }, None).unwrap();
    drop(queue);
    let queue = Queue::open(folder.path()).unwrap();
    let state = queue.get(cut.id).unwrap().state;
    assert!(matches!(state, State::Unknown { .. }), "{state:?}");
    assert_eq!(queue.sent_to("K").map(|(job, number)| (job.id, number)), Some((sent.id, 7)));
    assert_eq!(queue.claim("K", false, NOW).unwrap(), None, "never printed again by itself");
    queue.decide(cut.id, Decision::PrintAgain, "staff", NOW).unwrap();
    assert_eq!(queue.claim("K", false, NOW).unwrap().map(|job| job.id), Some(cut.id));
}

#[test]
fn a_job_cut_off_before_it_was_sent_waits_again() {
    let folder = tempfile::tempdir().unwrap();
    let queue = Queue::open(folder.path()).unwrap();
    let job = submit(&queue, "a", "1").unwrap();
    queue.claim("K", false, NOW).unwrap();
    assert_eq!(queue.claim("K2", false, NOW).unwrap(), None, "it is one printer's");
    drop(queue);
    let queue = Queue::open(folder.path()).unwrap();
    assert_eq!(queue.get(job.id).unwrap().state, State::Waiting);
}

#[test]
fn a_runner_erased_while_the_document_is_made_is_not_sent() {
    let folder = tempfile::tempdir().unwrap();
    let queue = Queue::open(folder.path()).unwrap();
    let job = submit(&queue, "a", "1").unwrap();
    queue.claim("K", false, NOW).unwrap();
    queue.forget("race", &BTreeSet::from([Bib::parse("1").unwrap()])).unwrap();
    assert!(!queue.sending(job.id, "K").unwrap());
    assert_eq!(queue.all(), []);
}

#[test]
fn a_job_that_a_printer_gave_back_goes_to_another() {
    let folder = tempfile::tempdir().unwrap();
    let queue = Queue::open(folder.path()).unwrap();
    let job = submit(&queue, "a", "1").unwrap();
    queue.claim("K1", false, NOW).unwrap();
    queue.give_back(job.id, "K1", "jam").unwrap();
    assert_eq!(queue.claim("K1", false, NOW).unwrap(), None);
    assert_eq!(queue.claim("K2", false, NOW).unwrap().map(|job| job.id), Some(job.id));
}

#[test]
fn the_only_printer_gets_a_job_again_and_staff_after_three_failures() {
    let folder = tempfile::tempdir().unwrap();
    let queue = Queue::open(folder.path()).unwrap();
    let job = submit(&queue, "a", "1").unwrap();
    for _ in 0..TRIES {
        assert_eq!(queue.claim("K", true, NOW).unwrap().map(|job| job.id), Some(job.id));
        queue.give_back(job.id, "K", "jam").unwrap();
    }
    let state = queue.get(job.id).unwrap().state;
    assert_eq!(state, State::Failed { why: "jam".into() });
    assert_eq!(queue.claim("K", true, NOW).unwrap(), None);
}

#[test]
fn an_erased_runner_leaves_the_queue_and_no_number_is_given_twice() {
    let folder = tempfile::tempdir().unwrap();
    let queue = Queue::open(folder.path()).unwrap();
    let stays = submit(&queue, "a", "1").unwrap();
    let printing = submit(&queue, "b", "2").unwrap();
    let waiting = submit(&queue, "c", "2").unwrap();
    let sent = State::Sent { printer: "K".into(), number: 7 };
    queue.set(printing.id, sent, None).unwrap();
    let erased = BTreeSet::from([Bib::parse("2").unwrap()]);
    queue.forget("another race", &erased).unwrap();
    assert_eq!(queue.all().len(), 3);
    queue.forget("race", &erased).unwrap();
    assert_eq!(queue.all().iter().map(|job| job.id).collect::<Vec<_>>(), [1, 2]);
    queue.set(printing.id, State::Printed { printer: "K".into() }, Some(1)).unwrap();
    queue.forget("race", &erased).unwrap();
    drop(queue);
    let queue = Queue::open(folder.path()).unwrap();
    assert_eq!(queue.all(), [stays]);
    assert_eq!(submit(&queue, "d", "3").unwrap().id, waiting.id + 1);
    assert_eq!(queue.pages("K"), 1);
}

#[test]
fn pages_are_counted_for_each_printer_across_restarts() {
    let folder = tempfile::tempdir().unwrap();
    let queue = Queue::open(folder.path()).unwrap();
    let job = submit(&queue, "a", "1").unwrap();
    queue.set(job.id, State::Printed { printer: "K".into() }, Some(1)).unwrap();
    drop(queue);
    assert_eq!(Queue::open(folder.path()).unwrap().pages("K"), 1);
}

/// A moment so many seconds later.
fn after(seconds: i64) -> Timestamp {
    NOW + jiff::SignedDuration::from_secs(seconds)
}

#[test]
fn a_certificate_that_cannot_be_made_lets_the_next_print_and_is_tried_at_growing_distances() {
    let folder = tempfile::tempdir().unwrap();
    let mut queue = Queue::open(folder.path()).unwrap();
    let late = submit(&queue, "a", "1").unwrap().id;
    let mut tried = Vec::new();
    for second in 0..200 {
        if let Some(job) = queue.claim("K", true, after(second)).unwrap() {
            assert_eq!(job.id, late);
            queue.delay(job.id, "the store is away", after(second)).unwrap();
            tried.push(second);
            // Nor does a restart begin to count again.
            drop(queue);
            queue = Queue::open(folder.path()).unwrap();
        }
        if second == 0 {
            let next = submit(&queue, "b", "2").unwrap().id;
            let claimed = queue.claim("K", true, after(second)).unwrap().map(|job| job.id);
            assert_eq!(claimed, Some(next), "the next one does not wait for it");
            queue.set(next, State::Printed { printer: "K".into() }, None).unwrap();
        }
    }
    assert_eq!(tried, [0, 1, 3, 7, 15, 31]);
    let state = queue.get(late).unwrap().state;
    let why = "the store is away; tried 6 times".to_owned();
    assert_eq!(state, State::Failed { why });

    queue.decide(late, Decision::PrintAgain, "staff", NOW).unwrap();
    let again = queue.claim("K", true, after(200)).unwrap().map(|job| job.id);
    assert_eq!(again, Some(late), "staff want it again at once");
    queue.delay(late, "the store is away", after(200)).unwrap();
    assert_eq!(queue.get(late).unwrap().state, State::Waiting, "and with new tries");
}

#[test]
fn a_certificate_that_no_printer_can_have_fails_at_once_and_waits_for_one_that_may() {
    let folder = tempfile::tempdir().unwrap();
    let queue = Queue::open(folder.path()).unwrap();
    let job = submit(&queue, "a", "1").unwrap().id;
    queue.claim("K1", true, NOW).unwrap();
    let (k1, k2) = (["K1".to_owned()], ["K2".to_owned()]);
    let all = [k1.clone(), k2.clone()].concat();
    queue.unfit(job, &k1, &all, "K1 holds other paper").unwrap();
    assert_eq!(queue.claim("K1", true, NOW).unwrap(), None);
    assert_eq!(queue.get(job).unwrap().state, State::Waiting);
    assert_eq!(queue.claim("K2", false, NOW).unwrap().map(|job| job.id), Some(job));
    queue.unfit(job, &k2, &all, "the photo is gone").unwrap();
    let why = "the photo is gone".to_owned();
    assert_eq!(queue.get(job).unwrap().state, State::Failed { why });
}

#[test]
fn what_a_printer_did_not_keep_holds_it_until_a_person_lets_it_go_on_also_after_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let queue = Queue::open(folder.path()).unwrap();
    let scaled = ["print-scaling".to_owned()];
    queue.hold("K", &scaled).unwrap();
    drop(queue);
    let queue = Queue::open(folder.path()).unwrap();
    assert_eq!(queue.held("K"), Some(scaled.to_vec()));
    assert!(queue.resume("K").unwrap());
    queue.hold("K", &scaled).unwrap();
    drop(queue);
    let queue = Queue::open(folder.path()).unwrap();
    assert_eq!(queue.held("K"), None, "staff saw that sheet");
    queue.hold("K", &["media-col".to_owned()]).unwrap();
    assert!(queue.held("K").is_some(), "but not this");
    assert!(!queue.resume("other").unwrap());
}

#[test]
fn a_job_of_an_earlier_kanso_is_read() {
    let job =
        br#"{"format":1,"id":1,"key":"a","order":{"race":"r","bib":"1","photo":null,"by":"k"},
        "asked_at":"2026-11-23T00:00:00Z","state":{"is":"waiting"},"failed_on":[]}"#;
    let job: Job = document::read(job).unwrap();
    assert!(job.is_due(NOW) && job.unfit_for.is_empty());
}

#[test]
fn staff_cancel_what_waits_and_leave_it_to_a_printer_of_their_choice() {
    let folder = tempfile::tempdir().unwrap();
    let queue = Queue::open(folder.path()).unwrap();
    let [one, two] = ["a", "b"].map(|key| submit(&queue, key, "1").unwrap().id);
    let decide = |queue: &Queue, id, decision| queue.decide(id, decision, "佐藤", NOW);
    decide(&queue, one, Decision::Cancel).unwrap();
    assert_eq!(queue.get(one).unwrap().state, State::Cancelled);
    assert_eq!(queue.copies(&order("1")), 1, "what was cancelled is no copy");
    decide(&queue, two, Decision::Move { printer: "K2".into() }).unwrap();
    drop(queue);
    let queue = Queue::open(folder.path()).unwrap();
    assert_eq!(queue.claim("K1", true, NOW).unwrap(), None);
    let claimed = queue.claim("K2", false, NOW).unwrap().unwrap();
    assert_eq!((claimed.id, claimed.decided[0].by.as_str()), (two, "佐藤"));
    // Cancelled while its document is made, it is not sent, nor does it come back.
    decide(&queue, two, Decision::Cancel).unwrap();
    assert!(!queue.sending(two, "K2").unwrap());
    queue.delay(two, "the store is away", NOW).unwrap();
    assert_eq!(queue.get(two).unwrap().state, State::Cancelled);
    for decision in [Decision::Cancel, Decision::CameOut, Decision::PrintAgain] {
        let refused = decide(&queue, two, decision);
        assert!(matches!(refused, Err(QueueError::WrongState { .. })), "{refused:?}");
    }
}

#[test]
fn a_job_that_a_printer_has_is_moved_or_cancelled_when_it_gives_it_back_and_not_before() {
    let folder = tempfile::tempdir().unwrap();
    let queue = Queue::open(folder.path()).unwrap();
    let sent = || State::Sent { printer: "K1".into(), number: 7 };
    let moved = Decision::Move { printer: "K2".into() };
    for (key, decision, given_back, then) in [
        ("a", Decision::Cancel, true, State::Cancelled),
        ("b", moved.clone(), true, State::Waiting),
        ("c", moved, false, State::Printed { printer: "K1".into() }),
    ] {
        let id = queue.submit(key, order("1"), None, NOW).unwrap().id;
        queue.set(id, sent(), None).unwrap();
        queue.decide(id, decision, "佐藤", NOW).unwrap();
        assert_eq!(queue.get(id).unwrap().state, sent(), "it may be on paper already");
        match given_back {
            true => queue.give_back(id, "K1", "cancelled").unwrap(),
            false => drop(queue.set(id, State::Printed { printer: "K1".into() }, Some(1))),
        }
        let job = queue.get(id).unwrap();
        assert_eq!((job.state, job.recall), (then, None));
    }
    assert_eq!(queue.claim("K1", true, NOW).unwrap(), None);
    assert!(queue.claim("K2", false, NOW).unwrap().is_some());
}

#[test]
fn a_job_left_to_a_printer_that_is_gone_may_go_to_any() {
    let folder = tempfile::tempdir().unwrap();
    let queue = Queue::open(folder.path()).unwrap();
    let id = submit(&queue, "a", "1").unwrap().id;
    queue.decide(id, Decision::Move { printer: "gone".into() }, "佐藤", NOW).unwrap();
    queue.leave_to_staff(&["K"]).unwrap();
    assert_eq!(queue.claim("K", false, NOW).unwrap().map(|job| job.id), Some(id));
}
