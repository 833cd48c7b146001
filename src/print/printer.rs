//! A printer by IPP: what it is, what it has, and a job given to it.
//!
//! The protocol's encoding is the `ipp` crate's; the HTTP below it is one POST each.

use std::collections::BTreeMap;
use std::io::Cursor;
use std::time::Duration;

use bytes::Bytes;
use http_body_util::{BodyExt as _, Full, Limited};
use hyper::header::{CONTENT_TYPE, HOST};
use hyper::{Method, Request, StatusCode, Uri};
use hyper_util::rt::TokioIo;
use ipp::attribute::{IppAttribute, IppAttributes};
use ipp::model::{DelimiterTag, IppVersion, Operation, StatusCode as IppStatus};
use ipp::parser::IppParser;
use ipp::reader::IppReader;
use ipp::request::IppRequestResponse;
use ipp::value::{IppName, IppValue};
use tokio::net::TcpStream;
use tokio::time::timeout;

use super::config::PrinterConfig;
use super::status::{self, Condition};

/// A printer that does not answer a question for so long is offline.
const ANSWER_WITHIN: Duration = Duration::from_secs(5);
/// A certificate of some megabytes over a slow network.
const SEND_WITHIN: Duration = Duration::from_secs(60);
/// The most that a printer may say of itself.
const ANSWER_LIMIT: usize = 1 << 20;
const DEFAULT_PORT: u16 = 631;
const USER: &str = "kanso";
/// IPP's successes, those among them that are in no table of ours.
const SUCCESS: std::ops::RangeInclusive<i16> = 0..=0xff;

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

/// Why a printer could not be talked to.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PrinterError {
    /// Nothing was sent: it is safe to try elsewhere.
    #[error("no connection to {at}: {why}; check that the printer is on and its address")]
    Unreachable { at: String, why: String },
    /// Something was sent, and what became of it was not said.
    #[error("{at} gave no clear answer: {why}; look at the printer")]
    Cut { at: String, why: String },
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
    operation(&mut request, "requested-attributes", IppValue::Array(wanted));
    let answer = call(printer, request.to_bytes(), Bytes::new(), ANSWER_WITHIN).await?;
    let said = |name: &str| texts(&answer, DelimiterTag::PrinterAttributes, name);
    let formats = said("document-format-supported");
    let takes = |kind: &str| formats.iter().any(|format| format == kind);
    let format = [Format::Pdf, Format::Jpeg].into_iter().find(|f| takes(f.media_type()));
    let reasons: Vec<String> =
        said("printer-state-reasons").into_iter().filter(|reason| reason != "none").collect();
    let state = number(&answer, DelimiterTag::PrinterAttributes, "printer-state").unwrap_or(0);
    let accepting = said("printer-is-accepting-jobs").first().is_none_or(|word| word != "false");
    let condition = match format {
        None => Condition::Refuses,
        Some(_) => status::condition(state, &reasons, accepting),
    };
    let model = said("printer-make-and-model").into_iter().next().unwrap_or_default();
    Ok(PrinterReport { condition, reasons, model, format, formats })
}

/// Gives a printer a document for exactly its paper, unscaled. The answer is the printer's
/// own number for the job.
pub async fn send(
    printer: &PrinterConfig,
    title: &str,
    format: Format,
    document: Bytes,
) -> Result<i32, PrinterError> {
    let mut request = question(printer, Operation::PrintJob);
    operation(&mut request, "requesting-user-name", name_value(USER));
    operation(&mut request, "job-name", name_value(title));
    if let Ok(kind) = format.media_type().try_into() {
        operation(&mut request, "document-format", IppValue::MimeMediaType(kind));
    }
    let mut job =
        |name: &str, value: IppValue| add(&mut request, DelimiterTag::JobAttributes, name, value);
    job("copies", IppValue::Integer(1));
    job("print-scaling", keyword("none"));
    job("media-col", media_col(printer));
    let answer = call(printer, request.to_bytes(), document, SEND_WITHIN).await?;
    number(&answer, DelimiterTag::JobAttributes, "job-id").ok_or_else(|| PrinterError::Cut {
        at: printer.uri.to_string(),
        why: "it gave the job no number".to_owned(),
    })
}

/// Asks what became of a job.
pub async fn progress(printer: &PrinterConfig, job: i32) -> Result<Progress, PrinterError> {
    let mut request = question(printer, Operation::GetJobAttributes);
    operation(&mut request, "job-id", IppValue::Integer(job));
    operation(&mut request, "requesting-user-name", name_value(USER));
    let answer = match call(printer, request.to_bytes(), Bytes::new(), ANSWER_WITHIN).await {
        Err(PrinterError::Refused { .. }) => return Ok(Progress::Forgotten),
        answer => answer?,
    };
    let group = DelimiterTag::JobAttributes;
    let pages = pages(&answer);
    let reasons = texts(&answer, group, "job-state-reasons").join(", ");
    Ok(match number(&answer, group, "job-state") {
        // It says that it is done, and was given one page.
        Some(9) => Progress::Done { pages: pages.unwrap_or(1).max(1) },
        Some(7) => Progress::Ended { pages, why: format!("cancelled ({reasons})") },
        Some(8) => Progress::Ended { pages, why: format!("aborted ({reasons})") },
        _ => Progress::Open,
    })
}

/// The most that the printer counts for a job; `None` where it counts nothing.
fn pages(answer: &IppAttributes) -> Option<u64> {
    ["job-impressions-completed", "job-media-sheets-completed"]
        .into_iter()
        .filter_map(|name| number(answer, DelimiterTag::JobAttributes, name))
        .filter_map(|count| u64::try_from(count).ok())
        .max()
}

/// Asks a printer to drop a job. Whether it did is seen by [`progress`] alone.
pub async fn cancel(printer: &PrinterConfig, job: i32) -> Result<(), PrinterError> {
    let mut request = question(printer, Operation::CancelJob);
    operation(&mut request, "job-id", IppValue::Integer(job));
    operation(&mut request, "requesting-user-name", name_value(USER));
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

fn question(printer: &PrinterConfig, operation: Operation) -> IppRequestResponse {
    let uri = Some(printer.uri.clone());
    IppRequestResponse::new(IppVersion::v1_1(), operation, uri)
        .or_else(|_| IppRequestResponse::new(IppVersion::v1_1(), operation, None))
        .expect("a request without an address cannot be too long")
}

fn operation(request: &mut IppRequestResponse, name: &str, value: IppValue) {
    add(request, DelimiterTag::OperationAttributes, name, value);
}

fn add(request: &mut IppRequestResponse, group: DelimiterTag, name: &str, value: IppValue) {
    if let Ok(attribute) = IppAttribute::with_name(name, value) {
        request.attributes_mut().add(group, attribute);
    }
}

fn keyword(word: &str) -> IppValue {
    word.try_into().map_or(IppValue::NoValue, IppValue::Keyword)
}

fn name_value(text: &str) -> IppValue {
    text.try_into().map_or(IppValue::NoValue, IppValue::NameWithoutLanguage)
}

/// The values of an attribute as texts.
fn texts(answer: &IppAttributes, group: DelimiterTag, name: &str) -> Vec<String> {
    let attribute = answer.groups_of(group).find_map(|group| group.get(name));
    let value = attribute.map(IppAttribute::value);
    value.into_iter().flatten().map(ToString::to_string).collect()
}

fn number(answer: &IppAttributes, group: DelimiterTag, name: &str) -> Option<i32> {
    match answer.groups_of(group).find_map(|group| group.get(name))?.value() {
        IppValue::Integer(number) | IppValue::Enum(number) => Some(*number),
        _ => None,
    }
}

/// One request and its answer's attributes.
async fn call(
    printer: &PrinterConfig,
    request: Bytes,
    document: Bytes,
    within: Duration,
) -> Result<IppAttributes, PrinterError> {
    let at = || printer.uri.to_string();
    let host = printer.uri.host().unwrap_or_default();
    let port = printer.uri.port_u16().unwrap_or(DEFAULT_PORT);
    let plain_host = host.trim_start_matches('[').trim_end_matches(']');
    let unreachable = |why: String| PrinterError::Unreachable { at: at(), why };
    let stream = timeout(ANSWER_WITHIN, TcpStream::connect((plain_host, port)))
        .await
        .map_err(|_| unreachable("it takes too long".into()))?
        .map_err(|error| unreachable(error.to_string()))?;
    let body = [request, document].concat();
    let cut = |why: String| PrinterError::Cut { at: at(), why };
    let (status, body) = timeout(within, post(stream, host, port, &printer.uri, body.into()))
        .await
        .map_err(|_| cut(format!("nothing for {} s", within.as_secs())))?
        .map_err(|error| cut(error.to_string()))?;
    if status != StatusCode::OK {
        // HTTP tells of the way to the printer, not of what the printer did.
        return Err(cut(format!("HTTP status {status}")));
    }
    let parser = IppParser::new(IppReader::new(Cursor::new(body)));
    let answer = parser.parse().map_err(|error| cut(error.to_string()))?;
    let code = answer.header().operation_or_status;
    if SUCCESS.contains(&code) {
        return Ok(answer.attributes().clone());
    }
    let status = answer.header().status_code();
    let why = format!("IPP status {code:#06x}, {status}");
    // What has a number was taken, whatever the status says.
    let has_job = number(answer.attributes(), DelimiterTag::JobAttributes, "job-id").is_some();
    match did_nothing(status) && !has_job {
        true => Err(PrinterError::Refused { at: at(), why }),
        false => Err(cut(why)),
    }
}

/// Whether a printer that answers so has looked at the request and done nothing. Device
/// errors and others that may come up while it prints are not among them (RFC 8011, B.1).
fn did_nothing(status: IppStatus) -> bool {
    use IppStatus::*;
    matches!(
        status,
        ClientErrorBadRequest
            | ClientErrorForbidden
            | ClientErrorNotAuthenticated
            | ClientErrorNotAuthorized
            | ClientErrorNotPossible
            | ClientErrorNotFound
            | ClientErrorGone
            | ClientErrorRequestEntityTooLong
            | ClientErrorRequestValueTooLong
            | ClientErrorDocumentFormatNotSupported
            | ClientErrorAttributesOrValuesNotSupported
            | ClientErrorUriSchemeNotSupported
            | ClientErrorCharsetNotSupported
            | ClientErrorConflictingAttributes
            | ClientErrorCompressionNotSupported
            | ServerErrorOperationNotSupported
            | ServerErrorServiceUnavailable
            | ServerErrorVersionNotSupported
            | ServerErrorNotAcceptingJobs
            | ServerErrorBusy
            | ServerErrorMultipleDocumentJobsNotSupported
    )
}

async fn post(
    stream: TcpStream,
    host: &str,
    port: u16,
    uri: &Uri,
    body: Bytes,
) -> Result<(StatusCode, Bytes), Box<dyn std::error::Error + Send + Sync>> {
    let (mut sender, connection) =
        hyper::client::conn::http1::handshake(TokioIo::new(stream)).await?;
    let serving = tokio::spawn(connection);
    let path = uri.path_and_query().map_or("/", |path| path.as_str());
    let request = Request::builder()
        .method(Method::POST)
        .uri(path)
        .header(HOST, format!("{host}:{port}"))
        .header(CONTENT_TYPE, "application/ipp")
        .body(Full::new(body))?;
    let response = sender.send_request(request).await?;
    let status = response.status();
    let body = Limited::new(response.into_body(), ANSWER_LIMIT).collect().await?.to_bytes();
    serving.abort();
    Ok((status, body))
}
