//! Notifications in the shape AWS sends them, on their way to the pipeline: bounded, and
//! never lost in silence.

use std::collections::VecDeque;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Value, json};
use tokio::sync::Notify;

/// The id that stands in every record where AWS names the notification configuration.
pub const CONFIGURATION_ID: &str = "kanso";

/// The region this endpoint answers with.
pub const REGION: &str = "us-east-1";

/// What stays literal in an event's key besides letters and digits.
const KEY_ESCAPES: &AsciiSet =
    &NON_ALPHANUMERIC.remove(b'/').remove(b'-').remove(b'_').remove(b'.').remove(b'*').remove(b' ');

/// How an object's event waits for the pipeline.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lane {
    /// Before all others, and once for each object, however often it is written.
    Ahead,
    /// In order of arrival.
    InTurn,
}

/// The lane of an object's event, by bucket and key.
type Sort = Box<dyn Fn(&str, &str) -> Option<Lane> + Send + Sync>;

/// An object was written.
#[derive(Debug, Clone)]
pub struct Event {
    bucket: String,
    key: String,
    /// As AWS writes it.
    body: Value,
}

/// Sends events to the pipeline. Never waits: the client's answer must not depend on
/// how busy the handler is.
#[derive(Debug)]
pub struct EventSender(Arc<Shared>);

/// Receives events for the pipeline.
#[derive(Debug)]
pub struct EventReceiver(Arc<Shared>);

struct Shared {
    capacity: usize,
    sort: Sort,
    waiting: Mutex<Waiting>,
    wake: Notify,
}

impl fmt::Debug for Shared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { capacity, waiting, .. } = self;
        f.debug_struct("Shared")
            .field("capacity", capacity)
            .field("waiting", waiting)
            .finish_non_exhaustive()
    }
}

#[derive(Debug, Default)]
struct Waiting {
    senders: usize,
    ahead: VecDeque<(Instant, Event)>,
    in_turn: VecDeque<(Instant, Event)>,
    missed_ahead: bool,
    missed_in_turn: bool,
}

/// What the pipeline is told.
#[derive(Debug, Clone, PartialEq)]
pub enum Notice {
    /// An S3 event as AWS sends it (`{"Records": [...]}`).
    Event(Value),
    /// The lane was full and at least one event was dropped: reconcile.
    Missed(Lane),
}

/// What waits in a channel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Backlog {
    pub events: usize,
    /// How long the oldest has waited.
    pub oldest: Option<Duration>,
}

/// A channel that holds `capacity` events in order of arrival. What does not fit is dropped
/// and marked.
pub fn channel(capacity: usize) -> (EventSender, EventReceiver) {
    sorted(capacity, |_, _| Some(Lane::InTurn))
}

/// A channel whose lanes hold `capacity` events each; `sort` says by bucket and key in which
/// lane an object's event waits. `None` is an object that the pipeline need not hear of. It is
/// asked once for each object that is written.
pub fn sorted(
    capacity: usize,
    sort: impl Fn(&str, &str) -> Option<Lane> + Send + Sync + 'static,
) -> (EventSender, EventReceiver) {
    let sort: Sort = Box::new(sort);
    let waiting = Mutex::new(Waiting { senders: 1, ..Waiting::default() });
    let capacity = capacity.max(1);
    let shared = Arc::new(Shared { capacity, sort, waiting, wake: Notify::new() });
    (EventSender(Arc::clone(&shared)), EventReceiver(shared))
}

impl EventSender {
    /// Queues an event, or marks that one was dropped.
    pub fn send(&self, event: Event) {
        let Some(lane) = (self.0.sort)(&event.bucket, &event.key) else { return };
        let first_missed = self.0.lock().put(lane, event, self.0.capacity);
        if first_missed {
            tracing::warn!("the event queue is full; the reconciler will find what was dropped");
        }
        self.0.wake.notify_one();
    }

    /// What waits for the pipeline.
    pub fn backlog(&self) -> Backlog {
        self.0.lock().backlog()
    }
}

impl Clone for EventSender {
    fn clone(&self) -> Self {
        self.0.lock().senders += 1;
        Self(Arc::clone(&self.0))
    }
}

impl Drop for EventSender {
    fn drop(&mut self) {
        self.0.lock().senders -= 1;
        self.0.wake.notify_one();
    }
}

impl EventReceiver {
    /// Waits for the next notice of either lane. What was queued comes before what was
    /// missed; `None` once the endpoint is gone and everything was delivered.
    pub async fn next(&mut self) -> Option<Notice> {
        loop {
            let closed = {
                let mut waiting = self.0.lock();
                if let Some(notice) = waiting.take_ahead().or_else(|| waiting.take_in_turn()) {
                    return Some(notice);
                }
                waiting.senders == 0
            };
            if closed {
                return None;
            }
            self.0.wake.notified().await;
        }
    }

    /// Waits for the next notice of the lane that goes ahead, for ever where none comes.
    pub async fn next_ahead(&mut self) -> Notice {
        loop {
            let notice = self.0.lock().take_ahead();
            if let Some(notice) = notice {
                return notice;
            }
            self.0.wake.notified().await;
        }
    }

    /// What waits.
    pub fn backlog(&self) -> Backlog {
        self.0.lock().backlog()
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Waiting {
    /// Whether this is the first event that found the lane full.
    fn put(&mut self, lane: Lane, event: Event, capacity: usize) -> bool {
        let (queue, missed) = match lane {
            Lane::Ahead => (&mut self.ahead, &mut self.missed_ahead),
            Lane::InTurn => (&mut self.in_turn, &mut self.missed_in_turn),
        };
        let same =
            |of: &&mut (Instant, Event)| of.1.key == event.key && of.1.bucket == event.bucket;
        if lane == Lane::Ahead
            && let Some(earlier) = queue.iter_mut().find(same)
        {
            earlier.1 = event;
            return false;
        }
        if queue.len() < capacity {
            queue.push_back((Instant::now(), event));
            return false;
        }
        !std::mem::replace(missed, true)
    }

    fn take_ahead(&mut self) -> Option<Notice> {
        let event = self.ahead.pop_front().map(|(_, event)| Notice::Event(event.body));
        event.or_else(|| {
            std::mem::take(&mut self.missed_ahead).then_some(Notice::Missed(Lane::Ahead))
        })
    }

    fn take_in_turn(&mut self) -> Option<Notice> {
        let event = self.in_turn.pop_front().map(|(_, event)| Notice::Event(event.body));
        event.or_else(|| {
            std::mem::take(&mut self.missed_in_turn).then_some(Notice::Missed(Lane::InTurn))
        })
    }

    fn backlog(&self) -> Backlog {
        let fronts = [self.ahead.front(), self.in_turn.front()];
        let oldest = fronts.into_iter().flatten().map(|(since, _)| since.elapsed()).max();
        Backlog { events: self.ahead.len() + self.in_turn.len(), oldest }
    }
}

/// Which call created an object.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Created {
    Put,
    CompleteMultipartUpload,
    Copy,
}

impl Created {
    fn event_name(self) -> &'static str {
        match self {
            Self::Put => "ObjectCreated:Put",
            Self::CompleteMultipartUpload => "ObjectCreated:CompleteMultipartUpload",
            Self::Copy => "ObjectCreated:Copy",
        }
    }
}

/// Who asked, from where, under which request id.
#[derive(Debug, Clone, Default)]
pub struct Origin {
    pub access_key_id: String,
    pub source_ip: String,
    pub request_id: String,
}

/// The object an event tells of.
#[derive(Debug, Clone, Copy)]
pub struct Subject<'a> {
    pub bucket: &'a str,
    pub key: &'a str,
    /// Bytes.
    pub size: u64,
    /// Without quotes.
    pub etag: &'a str,
    pub sequence: u64,
    pub time: jiff::Timestamp,
}

/// The event of an object.
pub fn created(kind: Created, origin: &Origin, subject: Subject<'_>) -> Event {
    let body = json!({"Records": [{
        "eventVersion": "2.1",
        "eventSource": "aws:s3",
        "awsRegion": REGION,
        "eventTime": format!("{:.3}", subject.time),
        "eventName": kind.event_name(),
        "userIdentity": {"principalId": origin.access_key_id},
        "requestParameters": {"sourceIPAddress": origin.source_ip},
        "responseElements": {
            "x-amz-request-id": origin.request_id,
            "x-amz-id-2": origin.request_id,
        },
        "s3": {
            "s3SchemaVersion": "1.0",
            "configurationId": CONFIGURATION_ID,
            "bucket": {
                "name": subject.bucket,
                "ownerIdentity": {"principalId": origin.access_key_id},
                "arn": format!("arn:aws:s3:::{}", subject.bucket),
            },
            "object": {
                "key": encode_key(subject.key),
                "size": subject.size,
                "eTag": subject.etag,
                "sequencer": sequencer(subject.sequence),
            },
        },
    }]});
    Event { bucket: subject.bucket.to_owned(), key: subject.key.to_owned(), body }
}

/// URL-encodes a key as `aws:s3` events do: `+` stands for a space.
pub fn encode_key(key: &str) -> String {
    utf8_percent_encode(key, KEY_ESCAPES).to_string().replace(' ', "+")
}

/// A sequencer: hex of one width, so that text order is number order.
fn sequencer(sequence: u64) -> String {
    format!("{sequence:018X}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_encoded_as_aws_encodes_them() {
        assert_eq!(encode_key("a b+c/%41.jpg"), "a+b%2Bc/%2541.jpg");
        assert_eq!(encode_key("写"), "%E5%86%99");
    }

    #[test]
    fn sequencers_order_as_text() {
        assert!(sequencer(9) < sequencer(10));
        assert!(sequencer(u64::MAX - 1) < sequencer(u64::MAX));
    }

    fn event(key: &str) -> Event {
        Event { bucket: "kanso".into(), key: key.into(), body: json!(key) }
    }

    #[tokio::test]
    async fn a_full_queue_drops_and_says_so_after_what_was_queued() {
        let (sender, mut receiver) = channel(1);
        sender.send(event("1"));
        sender.send(event("2"));
        assert_eq!(receiver.next().await, Some(Notice::Event(json!("1"))));
        assert_eq!(receiver.next().await, Some(Notice::Missed(Lane::InTurn)));
        sender.send(event("3"));
        drop(sender);
        assert_eq!(receiver.next().await, Some(Notice::Event(json!("3"))));
        assert_eq!(receiver.next().await, None);
    }

    #[tokio::test]
    async fn more_objects_than_the_lane_ahead_holds_are_missed_aloud() {
        let (sender, mut receiver) = sorted(1, |_, _| Some(Lane::Ahead));
        sender.send(event("1"));
        sender.send(event("2"));
        assert_eq!(receiver.next_ahead().await, Notice::Event(json!("1")));
        assert_eq!(receiver.next_ahead().await, Notice::Missed(Lane::Ahead));
    }
}
