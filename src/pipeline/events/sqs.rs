//! SQS batches: every message succeeds or fails by itself.

use aws_lambda_events::event::sqs::{BatchItemFailure, SqsBatchResponse};
use serde_json::Value;

use super::record::{self, Upload, UploadError};

/// One message of a batch.
#[derive(Debug, Clone, PartialEq)]
pub struct Message {
    pub id: String,
    /// What its body says; a body that cannot be read fails this message only.
    pub uploads: Result<Vec<Upload>, UploadError>,
}

/// Whether an event is a batch from SQS.
pub fn is_batch(event: &Value) -> bool {
    event
        .get("Records")
        .and_then(Value::as_array)
        .and_then(|records| records.first())
        .and_then(|record| record.get("eventSource"))
        .and_then(Value::as_str)
        == Some("aws:sqs")
}

/// The batch's messages, each read by itself.
pub fn messages(event: &Value) -> Result<Vec<Message>, UploadError> {
    let records = event.get("Records").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
    records
        .iter()
        .enumerate()
        .map(|(index, record)| {
            let id = record.get("messageId").and_then(Value::as_str);
            let id = id.ok_or(UploadError::Missing { index, field: "messageId" })?.to_owned();
            let body = record.get("body").and_then(Value::as_str).unwrap_or_default();
            let uploads = serde_json::from_str::<Value>(body)
                .map_err(|error| UploadError::NotJson(error.to_string()))
                .and_then(|body| record::uploads(&body));
            Ok(Message { id, uploads })
        })
        .collect()
}

/// The answer that makes SQS deliver only the failed messages again
/// (needs `ReportBatchItemFailures`).
pub fn response(failed_ids: Vec<String>) -> SqsBatchResponse {
    let mut response = SqsBatchResponse::default();
    response.batch_item_failures = failed_ids
        .into_iter()
        .map(|id| {
            let mut failure = BatchItemFailure::default();
            failure.item_identifier = id;
            failure
        })
        .collect();
    response
}
