//! A printer by IPP: what it is, what it has, and a job given to it.

use std::collections::BTreeMap;
use std::time::Duration;

use bytes::Bytes;
use ipp::model::{DelimiterTag, Operation};
use ipp::value::{IppName, IppValue};

use super::config::PrinterConfig;
use super::exchange::{self, ANSWER_WITHIN, Answer, add, call, keyword, name_value, question};
use super::status::{self, Condition};

/// A certificate of some megabytes over a slow network.
const SEND_WITHIN: Duration = Duration::from_secs(60);
const USER: &str = "kanso";
/// What a printer may leave out without a change to the sheet.
const NOT_ON_PAPER: [&str; 2] = ["job-name", "requesting-user-name"];

/// What a document may be sent as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    Pdf,
    Jpeg,
}

impl Format {
    pub fn media_type(self) -> &'static str {
        match self {
            Self::Pdf => "application/pdf",
            Self::Jpeg => "image/jpeg",
        }
    }
}

/// A printer as it answered just now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PrinterReport {
    pub condition: Condition,
    /// It cannot print, and does not only warn of it.
    pub stuck: bool,
    pub reasons: Vec<String>,
    pub model: String,
    /// `None` where it takes neither PDF nor JPEG.
    pub format: Option<Format>,
    pub formats: Vec<String>,
}

/// A job as its printer sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Progress {
    /// Waiting or printing.
    Open,
    Done {
        pages: u64,
    },
    /// Aborted or cancelled, with what came out before; `None` where the printer does not say.
    Ended {
        pages: Option<u64>,
        why: String,
    },
    /// The printer does not know the number.
    Forgotten,
}

/// What a printer took.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Taken {
    /// Its own number for the job.
    pub number: i32,
    /// What it was asked for and did not keep: the size or the scaling of the sheet.
    pub not_kept: Vec<String>,
}

/// Why a printer could not be talked to.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PrinterError {
    /// Nothing was sent: it is safe to try elsewhere.
    #[error("no connection to {at}: {why}; check that the printer is on and its address")]
    Unreachable { at: String, why: String },
    /// Something was sent, and what became of it was not said.
    #[error("{at} gave no clear answer: {why}; look at the printer")]
    Cut { at: String, why: String },
    /// The printer took nothing, and may take it a moment later.
    #[error("{at} is busy: {why}; wait, or look at what else it prints")]
    Busy { at: String, why: String },
    /// The printer said no, and took nothing.
    #[error("{at} refused: {why}")]
    Refused { at: String, why: String },
}

/// Asks a printer how it is.
pub async fn look(printer: &PrinterConfig) -> Result<PrinterReport, PrinterError> {
    let mut request = question(printer, Operation::GetPrinterAttributes);
    let wanted = [
        "printer-state",
        "printer-state-reasons",
        "printer-is-accepting-jobs",
        "printer-make-and-model",
        "document-format-supported",
    ];
    let wanted = wanted.map(keyword).to_vec();
    exchange::operation(&mut request, "requested-attributes", IppValue::Array(wanted));
    let answer = call(printer, request.to_bytes(), Bytes::new(), ANSWER_WITHIN).await?;
    let said = |name: &str| answer.texts(DelimiterTag::PrinterAttributes, name);
    let formats = said("document-format-supported");
    let takes = |kind: &str| formats.iter().any(|format| format == kind);
    let format = [Format::Pdf, Format::Jpeg].into_iter().find(|f| takes(f.media_type()));
    let reasons: Vec<String> =
        said("printer-state-reasons").into_iter().filter(|reason| reason != "none").collect();
    let state = answer.number(DelimiterTag::PrinterAttributes, "printer-state").unwrap_or(0);
    let accepting = said("printer-is-accepting-jobs").first().is_none_or(|word| word != "false");
    let condition = match format {
        None => Condition::Refuses,
        Some(_) => status::condition(state, &reasons, accepting),
    };
    let stuck = format.is_none() || status::is_stuck(state, &reasons, accepting);
    let model = said("printer-make-and-model").into_iter().next().unwrap_or_default();
    Ok(PrinterReport { condition, stuck, reasons, model, format, formats })
}

/// Gives a printer a document for exactly its paper, unscaled.
pub async fn send(
    printer: &PrinterConfig,
    title: &str,
    format: Format,
    document: Bytes,
) -> Result<Taken, PrinterError> {
    let mut request = question(printer, Operation::PrintJob);
    exchange::operation(&mut request, "requesting-user-name", name_value(USER));
    exchange::operation(&mut request, "job-name", name_value(title));
    if let Ok(kind) = format.media_type().try_into() {
        exchange::operation(&mut request, "document-format", IppValue::MimeMediaType(kind));
    }
    let mut job =
        |name: &str, value: IppValue| add(&mut request, DelimiterTag::JobAttributes, name, value);
    job("copies", IppValue::Integer(1));
    job("print-scaling", keyword("none"));
    job("media-col", media_col(printer));
    let answer = call(printer, request.to_bytes(), document, SEND_WITHIN).await?;
    let number = answer.number(DelimiterTag::JobAttributes, "job-id");
    let number = number.ok_or_else(|| PrinterError::Cut {
        at: printer.uri.to_string(),
        why: "it gave the job no number".to_owned(),
    })?;
    let mut not_kept = answer.not_kept();
    not_kept.retain(|name| !NOT_ON_PAPER.contains(&name.as_str()));
    Ok(Taken { number, not_kept })
}

/// Asks what became of a job.
pub async fn progress(printer: &PrinterConfig, job: i32) -> Result<Progress, PrinterError> {
    let mut request = question(printer, Operation::GetJobAttributes);
    exchange::operation(&mut request, "job-id", IppValue::Integer(job));
    exchange::operation(&mut request, "requesting-user-name", name_value(USER));
    let answer = match call(printer, request.to_bytes(), Bytes::new(), ANSWER_WITHIN).await {
        Err(PrinterError::Refused { .. }) => return Ok(Progress::Forgotten),
        answer => answer?,
    };
    let group = DelimiterTag::JobAttributes;
    let pages = pages(&answer);
    let reasons = answer.texts(group, "job-state-reasons").join(", ");
    Ok(match answer.number(group, "job-state") {
        // It says that it is done, and was given one page.
        Some(9) => Progress::Done { pages: pages.unwrap_or(1).max(1) },
        Some(7) => Progress::Ended { pages, why: format!("cancelled ({reasons})") },
        Some(8) => Progress::Ended { pages, why: format!("aborted ({reasons})") },
        _ => Progress::Open,
    })
}

/// The most that the printer counts for a job; `None` where it counts nothing.
fn pages(answer: &Answer) -> Option<u64> {
    ["job-impressions-completed", "job-media-sheets-completed"]
        .into_iter()
        .filter_map(|name| answer.number(DelimiterTag::JobAttributes, name))
        .filter_map(|count| u64::try_from(count).ok())
        .max()
}

/// Asks a printer to drop a job. Whether it did is seen by [`progress`] alone.
pub async fn cancel(printer: &PrinterConfig, job: i32) -> Result<(), PrinterError> {
    let mut request = question(printer, Operation::CancelJob);
    exchange::operation(&mut request, "job-id", IppValue::Integer(job));
    exchange::operation(&mut request, "requesting-user-name", name_value(USER));
    call(printer, request.to_bytes(), Bytes::new(), ANSWER_WITHIN).await.map(drop)
}

/// The exact size; without margins where the printer prints to the edges.
fn media_col(printer: &PrinterConfig) -> IppValue {
    let (width, height) = printer.media.hundredths_mm();
    let size = [("x-dimension", width), ("y-dimension", height)];
    let size = size.map(|(name, value)| (name, IppValue::Integer(value)));
    let mut members = vec![("media-size", collection(size))];
    if printer.borderless {
        for side in
            ["media-top-margin", "media-bottom-margin", "media-left-margin", "media-right-margin"]
        {
            members.push((side, IppValue::Integer(0)));
        }
    }
    collection(members)
}

fn collection(members: impl IntoIterator<Item = (&'static str, IppValue)>) -> IppValue {
    let named =
        members.into_iter().filter_map(|(name, value)| Some((name.try_into().ok()?, value)));
    IppValue::Collection(named.collect::<BTreeMap<IppName, IppValue>>())
}
