//! SQS batches: every message succeeds or fails by itself. Some are from S3, some are our own.

use aws_lambda_events::event::sqs::{BatchItemFailure, SqsBatchResponse};
use serde_json::Value;

use kanso_certificate::document;

use super::record::{self, Upload, UploadError};
use crate::tasks::Task;

/// One message of a batch.
#[derive(Debug, Clone, PartialEq)]
pub struct Message {
    pub id: String,
    /// What its body says; a body that cannot be read fails this message only.
    pub asks: Result<Asked, UploadError>,
}

/// What a message asks for.
#[derive(Debug, Clone, PartialEq)]
pub enum Asked {
    /// What S3 tells of.
    Uploads(Vec<Upload>),
    /// What an earlier message has left to be done.
    Task(Task),
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
            Ok(Message { id, asks: asked(body) })
        })
        .collect()
}

fn asked(body: &str) -> Result<Asked, UploadError> {
    let value = serde_json::from_str::<Value>(body)
        .map_err(|error| UploadError::NotJson(error.to_string()))?;
    if value.get("task").is_none() {
        return record::uploads(&value).map(Asked::Uploads);
    }
    let task = document::read(body.as_bytes());
    task.map(Asked::Task).map_err(|error| UploadError::Task(error.to_string()))
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
