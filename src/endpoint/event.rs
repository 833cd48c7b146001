//! Notifications in the shape AWS sends them, over a bounded channel that never loses silently.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Value, json};
use tokio::sync::{Notify, mpsc};

/// The id that stands in every record where AWS names the notification configuration.
pub const CONFIGURATION_ID: &str = "kanso";

/// The region this endpoint answers with.
pub const REGION: &str = "us-east-1";

/// What stays literal in an event's key besides letters and digits.
const KEY_ESCAPES: &AsciiSet =
    &NON_ALPHANUMERIC.remove(b'/').remove(b'-').remove(b'_').remove(b'.').remove(b'*').remove(b' ');

/// Sends events to the pipeline. Never waits: the client's answer must not depend on
/// how busy the handler is.
#[derive(Debug, Clone)]
pub struct EventSender {
    queue: mpsc::Sender<Value>,
    missed: Arc<Missed>,
}

/// Receives events for the pipeline.
#[derive(Debug)]
pub struct EventReceiver {
    queue: mpsc::Receiver<Value>,
    missed: Arc<Missed>,
}

#[derive(Debug, Default)]
struct Missed {
    flag: AtomicBool,
    wake: Notify,
}

/// What the pipeline is told.
#[derive(Debug, Clone, PartialEq)]
pub enum Notice {
    /// An S3 event as AWS sends it (`{"Records": [...]}`).
    Event(Value),
    /// The queue was full and at least one event was dropped: reconcile.
    Missed,
}

/// A channel that holds `capacity` events. What does not fit is dropped and marked.
pub fn channel(capacity: usize) -> (EventSender, EventReceiver) {
    let (sender, receiver) = mpsc::channel(capacity.max(1));
    let missed = Arc::new(Missed::default());
    (
        EventSender { queue: sender, missed: Arc::clone(&missed) },
        EventReceiver { queue: receiver, missed },
    )
}

impl EventSender {
    /// Queues an event, or marks that one was dropped.
    pub fn send(&self, event: Value) {
        if let Err(mpsc::error::TrySendError::Full(_)) = self.queue.try_send(event) {
            if !self.missed.flag.swap(true, Ordering::AcqRel) {
                tracing::warn!(
                    "the event queue is full; the reconciler will find what was dropped"
                );
            }
            self.missed.wake.notify_one();
        }
    }
}

impl EventReceiver {
    /// Waits for the next notice. Queued events come first; `None` once the endpoint
    /// is gone and everything was delivered.
    pub async fn next(&mut self) -> Option<Notice> {
        loop {
            match self.queue.try_recv() {
                Ok(event) => return Some(Notice::Event(event)),
                Err(_) if self.missed.flag.swap(false, Ordering::AcqRel) => {
                    return Some(Notice::Missed);
                }
                Err(mpsc::error::TryRecvError::Disconnected) => return None,
                Err(mpsc::error::TryRecvError::Empty) => {}
            }
            tokio::select! {
                event = self.queue.recv() => match event {
                    Some(event) => return Some(Notice::Event(event)),
                    None => continue,
                },
                () = self.missed.wake.notified() => continue,
            }
        }
    }

    /// The number of events that wait.
    pub fn waiting(&self) -> usize {
        self.queue.len()
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

/// The event as AWS writes it.
pub fn created(kind: Created, origin: &Origin, subject: Subject<'_>) -> Value {
    json!({"Records": [{
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
    }]})
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

    #[tokio::test]
    async fn a_full_queue_drops_and_says_so_after_what_was_queued() {
        let (sender, mut receiver) = channel(1);
        sender.send(json!(1));
        sender.send(json!(2));
        assert_eq!(receiver.next().await, Some(Notice::Event(json!(1))));
        assert_eq!(receiver.next().await, Some(Notice::Missed));
        sender.send(json!(3));
        drop(sender);
        assert_eq!(receiver.next().await, Some(Notice::Event(json!(3))));
        assert_eq!(receiver.next().await, None);
    }
}
