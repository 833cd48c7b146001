//! One S3 notification, whoever sent it.

use aws_lambda_events::event::s3::S3EventRecord;
use serde_json::Value;

use crate::store::form_decode;

/// An object that was written. The key is decoded: it is the key to GET.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Upload {
    pub bucket: String,
    pub key: String,
    /// Without quotes; absent where the sender leaves it out.
    pub etag: Option<String>,
    pub size: Option<u64>,
    /// Orders events of one key; see [`sequencer_is_newer`].
    pub sequencer: Option<String>,
}

/// Why an event cannot be understood. It is returned to the sender, which keeps it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum UploadError {
    #[error("the event is neither from S3 nor from SQS nor from EventBridge; its fields are {0}")]
    UnknownShape(String),
    #[error("the event is not JSON: {0}")]
    NotJson(String),
    #[error("the event's record {index} has no {field}")]
    Missing { index: usize, field: &'static str },
    #[error("the message's task {0}; deploy the newest version, then send it again")]
    Task(String),
    #[error("the event's key {0:?} is not UTF-8 after decoding")]
    Key(String),
}

/// All uploads of one event from S3 (direct or webhook) or EventBridge.
pub fn uploads(event: &Value) -> Result<Vec<Upload>, UploadError> {
    if event.get("Event").and_then(Value::as_str) == Some("s3:TestEvent") {
        return Ok(Vec::new());
    }
    if event.get("source").and_then(Value::as_str) == Some("aws.s3") {
        return event_bridge(event);
    }
    let Some(records) = event.get("Records").and_then(Value::as_array) else {
        let fields = event.as_object().map(|o| o.keys().cloned().collect::<Vec<_>>().join(", "));
        return Err(UploadError::UnknownShape(fields.unwrap_or_else(|| "none".into())));
    };
    let mut uploads = Vec::with_capacity(records.len());
    for (index, record) in records.iter().enumerate() {
        uploads.extend(s3_record(record, index)?);
    }
    Ok(uploads)
}

fn s3_record(record: &Value, index: usize) -> Result<Option<Upload>, UploadError> {
    let missing = |field| UploadError::Missing { index, field };
    let text = |pointer: &str| record.pointer(pointer).and_then(Value::as_str).map(str::to_owned);
    let name = text("/eventName").ok_or_else(|| missing("eventName"))?;
    if !name.trim_start_matches("s3:").starts_with("ObjectCreated:") {
        return Ok(None);
    }
    // AWS's own records are read by the types made for them; the others differ in details.
    if let Ok(typed) = serde_json::from_value::<S3EventRecord>(record.clone())
        && typed.event_source.as_deref() == Some("aws:s3")
    {
        let object = typed.s3.object;
        return Ok(Some(Upload {
            bucket: typed.s3.bucket.name.ok_or_else(|| missing("s3.bucket.name"))?,
            key: decoded(object.key.ok_or_else(|| missing("s3.object.key"))?)?,
            etag: object.e_tag,
            size: object.size.and_then(|size| size.try_into().ok()),
            sequencer: object.sequencer,
        }));
    }
    let key = text("/s3/object/key").ok_or_else(|| missing("s3.object.key"))?;
    // Ceph sends keys as they are; everything else follows AWS and encodes them.
    let raw = text("/eventSource").as_deref() == Some("ceph:s3");
    Ok(Some(Upload {
        bucket: text("/s3/bucket/name").ok_or_else(|| missing("s3.bucket.name"))?,
        key: if raw { key } else { decoded(key)? },
        etag: text("/s3/object/eTag").map(|etag| etag.trim_matches('"').to_owned()),
        size: record.pointer("/s3/object/size").and_then(Value::as_u64),
        sequencer: text("/s3/object/sequencer").filter(|sequencer| !sequencer.is_empty()),
    }))
}

fn event_bridge(event: &Value) -> Result<Vec<Upload>, UploadError> {
    if event.get("detail-type").and_then(Value::as_str) != Some("Object Created") {
        return Ok(Vec::new());
    }
    let text = |pointer: &str| event.pointer(pointer).and_then(Value::as_str).map(str::to_owned);
    let missing = |field| UploadError::Missing { index: 0, field };
    Ok(vec![Upload {
        bucket: text("/detail/bucket/name").ok_or_else(|| missing("detail.bucket.name"))?,
        key: text("/detail/object/key").ok_or_else(|| missing("detail.object.key"))?,
        etag: text("/detail/object/etag"),
        size: event.pointer("/detail/object/size").and_then(Value::as_u64),
        sequencer: text("/detail/object/sequencer"),
    }])
}

fn decoded(key: String) -> Result<String, UploadError> {
    form_decode(&key).ok_or(UploadError::Key(key))
}

/// Whether one key's sequencer is newer than another: the shorter is padded with zeros
/// on the right, then both are compared as text (AWS, "Event message structure").
pub fn sequencer_is_newer(this: &str, than: &str) -> bool {
    let width = this.len().max(than.len());
    format!("{this:0<width$}") > format!("{than:0<width$}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sequencers_compare_after_padding() {
        assert!(sequencer_is_newer("0055AED6DCD9", "0055AED6DCD8FF"));
        assert!(!sequencer_is_newer("00", "0000"));
    }
}
