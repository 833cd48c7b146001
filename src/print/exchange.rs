//! One IPP question and its answer.
//!
//! The protocol's encoding is the `ipp` crate's; the HTTP below it is one POST each.

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
use ipp::value::IppValue;
use tokio::net::TcpStream;
use tokio::time::timeout;

use super::config::PrinterConfig;
use super::printer::PrinterError;

/// A printer that does not answer a question for so long is offline.
pub const ANSWER_WITHIN: Duration = Duration::from_secs(5);
/// The most that a printer may say of itself.
const ANSWER_LIMIT: usize = 1 << 20;
const DEFAULT_PORT: u16 = 631;
/// IPP's successes, those among them that are in no table of ours.
const SUCCESS: std::ops::RangeInclusive<i16> = 0..=0xff;
/// `successful-ok-ignored-or-substituted-attributes`
const SUBSTITUTED: i16 = 0x0001;

/// What a printer answered to a question that it took.
pub struct Answer {
    attributes: IppAttributes,
    /// The status says that something asked for was not kept.
    substituted: bool,
}

impl Answer {
    /// The values of an attribute as texts.
    pub fn texts(&self, group: DelimiterTag, name: &str) -> Vec<String> {
        let attribute = self.attributes.groups_of(group).find_map(|group| group.get(name));
        let value = attribute.map(IppAttribute::value);
        value.into_iter().flatten().map(ToString::to_string).collect()
    }

    pub fn number(&self, group: DelimiterTag, name: &str) -> Option<i32> {
        number(&self.attributes, group, name)
    }

    /// The attributes that the printer did not keep; one without a name where it says only
    /// that there are some.
    pub fn not_kept(&self) -> Vec<String> {
        let groups = self.attributes.groups_of(DelimiterTag::UnsupportedAttributes);
        let attributes = groups.flat_map(|group| group.attributes());
        let names: Vec<_> = attributes.map(|a| a.name().as_str().to_owned()).collect();
        match names.is_empty() && self.substituted {
            true => vec!["something that it does not name".to_owned()],
            false => names,
        }
    }
}

pub fn question(printer: &PrinterConfig, operation: Operation) -> IppRequestResponse {
    let uri = Some(printer.uri.clone());
    IppRequestResponse::new(IppVersion::v1_1(), operation, uri)
        .or_else(|_| IppRequestResponse::new(IppVersion::v1_1(), operation, None))
        .expect("a request without an address cannot be too long")
}

pub fn operation(request: &mut IppRequestResponse, name: &str, value: IppValue) {
    add(request, DelimiterTag::OperationAttributes, name, value);
}

pub fn add(request: &mut IppRequestResponse, group: DelimiterTag, name: &str, value: IppValue) {
    if let Ok(attribute) = IppAttribute::with_name(name, value) {
        request.attributes_mut().add(group, attribute);
    }
}

pub fn keyword(word: &str) -> IppValue {
    word.try_into().map_or(IppValue::NoValue, IppValue::Keyword)
}

pub fn name_value(text: &str) -> IppValue {
    text.try_into().map_or(IppValue::NoValue, IppValue::NameWithoutLanguage)
}

fn number(answer: &IppAttributes, group: DelimiterTag, name: &str) -> Option<i32> {
    match answer.groups_of(group).find_map(|group| group.get(name))?.value() {
        IppValue::Integer(number) | IppValue::Enum(number) => Some(*number),
        _ => None,
    }
}

/// One request and its answer.
pub async fn call(
    printer: &PrinterConfig,
    request: Bytes,
    document: Bytes,
    within: Duration,
) -> Result<Answer, PrinterError> {
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
        return Ok(Answer {
            attributes: answer.attributes().clone(),
            substituted: code == SUBSTITUTED,
        });
    }
    let status = answer.header().status_code();
    let why = format!("IPP status {code:#06x}, {status}");
    // What has a number was taken, whatever the status says.
    let has_job = number(answer.attributes(), DelimiterTag::JobAttributes, "job-id").is_some();
    Err(match status {
        _ if has_job => cut(why),
        _ if is_busy(status) => PrinterError::Busy { at: at(), why },
        _ if did_nothing(status) => PrinterError::Refused { at: at(), why },
        _ => cut(why),
    })
}

/// Whether a printer that answers so has done nothing, and may do it a moment later.
/// `server-error-temporary-error` is not among them: it may come up while it prints.
fn is_busy(status: IppStatus) -> bool {
    use IppStatus::*;
    matches!(status, ServerErrorServiceUnavailable | ServerErrorNotAcceptingJobs | ServerErrorBusy)
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
            | ServerErrorVersionNotSupported
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
