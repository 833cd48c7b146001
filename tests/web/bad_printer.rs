//! A printer that speaks IPP badly: no real one can be made to do it on purpose.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

/// What it does wrong, or so that it is easily taken wrongly.
#[derive(Debug, Clone, Copy)]
pub enum Habit {
    /// Answers with this HTTP status instead of an IPP answer.
    Http(u16),
    /// Answers with this IPP status, though it has the document.
    Ipp(u16),
    /// Takes the job, then aborts it: with this page count, or without any.
    Aborts(Option<i32>),
    /// Is busy so often (IPP status 0x0507), then prints.
    Busy(usize),
    /// A queue that says for a while after it took a job that it connects to its printer,
    /// then prints.
    Connects,
    /// Says this of itself, idle, and prints.
    Says(&'static str),
    /// Takes the job and says that it did not keep this attribute, then prints.
    Ignores(&'static str),
}

pub struct BadPrinter {
    pub address: SocketAddr,
    seen: Arc<Seen>,
}

/// What it was asked.
#[derive(Default)]
struct Seen {
    documents: AtomicUsize,
    cancelled: AtomicUsize,
    /// When it last took a job.
    took: Mutex<Option<Instant>>,
}

impl Seen {
    /// Whether it is not longer than that since it took a job.
    fn within(&self, time: Duration) -> bool {
        self.took.lock().unwrap().is_some_and(|took| took.elapsed() < time)
    }
}

/// How long a queue connects, and how long after it took a job it has printed it.
const CONNECTING: Duration = Duration::from_secs(3);
const PRINTING: Duration = Duration::from_secs(4);

const PRINT_JOB: u16 = 0x0002;
const CANCEL_JOB: u16 = 0x0008;
const GET_JOB_ATTRIBUTES: u16 = 0x0009;
const GET_PRINTER_ATTRIBUTES: u16 = 0x000b;

const JOB: u8 = 0x02;
const PRINTER: u8 = 0x04;
const UNSUPPORTED: u8 = 0x05;
const NOT_SUPPORTED: u8 = 0x10;
const INTEGER: u8 = 0x21;
const BOOLEAN: u8 = 0x22;
const ENUM: u8 = 0x23;
const KEYWORD: u8 = 0x44;
const MIME: u8 = 0x49;

impl BadPrinter {
    /// Its thread ends with the test's process.
    pub fn start(habit: Habit) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let seen = Arc::new(Seen::default());
        let asked = seen.clone();
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                // A connection without a request is a printer being looked for.
                let _ = serve(stream, habit, &asked);
            }
        });
        Self { address, seen }
    }

    pub fn uri(&self) -> String {
        format!("ipp://{}/ipp/print", self.address)
    }

    /// How often it was sent a whole document.
    pub fn documents(&self) -> usize {
        self.seen.documents.load(Ordering::SeqCst)
    }

    /// How often it was asked to drop a job.
    pub fn cancelled(&self) -> usize {
        self.seen.cancelled.load(Ordering::SeqCst)
    }
}

fn serve(mut stream: TcpStream, habit: Habit, seen: &Seen) -> std::io::Result<()> {
    let request = read(&stream)?;
    let operation = u16::from_be_bytes([request[2], request[3]]);
    let id = &request[4..8];
    let (http, body) = match (operation, habit) {
        (GET_PRINTER_ATTRIBUTES, habit) => (200, ipp(0, id, PRINTER, &state(habit, seen))),
        (PRINT_JOB, Habit::Http(status)) => {
            seen.documents.fetch_add(1, Ordering::SeqCst);
            (status, Vec::new())
        }
        (PRINT_JOB, habit) => (200, take(habit, id, seen)),
        (CANCEL_JOB, _) => {
            seen.cancelled.fetch_add(1, Ordering::SeqCst);
            (200, ipp(0, id, JOB, &[]))
        }
        (GET_JOB_ATTRIBUTES, Habit::Aborts(pages)) => (200, ipp(0, id, JOB, &aborted(pages))),
        (GET_JOB_ATTRIBUTES, Habit::Connects) if seen.within(PRINTING) => {
            (200, ipp(0, id, JOB, &[job_state(5)]))
        }
        (GET_JOB_ATTRIBUTES, _) => (200, ipp(0, id, JOB, &[job_state(9)])),
        _ => (200, ipp(0x0501, id, JOB, &[])),
    };
    let length = body.len();
    let head = format!(
        "HTTP/1.1 {http} x\r\ncontent-type: application/ipp\r\ncontent-length: {length}\r\n\
         connection: close\r\n\r\n"
    );
    stream.write_all(head.as_bytes())?;
    stream.write_all(&body)
}

/// The body of a request, whole.
fn read(stream: &TcpStream) -> std::io::Result<Vec<u8>> {
    let mut reader = BufReader::new(stream);
    let mut length = 0;
    loop {
        let mut line = String::new();
        reader.read_line(&mut line)?;
        let line = line.trim().to_ascii_lowercase();
        if let Some(value) = line.strip_prefix("content-length:") {
            length = value.trim().parse().unwrap();
        }
        if line.is_empty() {
            break;
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body)?;
    if body.len() < 8 { Err(std::io::ErrorKind::UnexpectedEof.into()) } else { Ok(body) }
}

type Attribute = (u8, &'static str, Vec<u8>);

/// The answer to a document.
fn take(habit: Habit, id: &[u8], seen: &Seen) -> Vec<u8> {
    let before = seen.documents.fetch_add(1, Ordering::SeqCst);
    let job = [(INTEGER, "job-id", 1_i32.to_be_bytes().to_vec())];
    match habit {
        Habit::Ipp(status) => ipp(status, id, JOB, &[]),
        Habit::Busy(times) if before < times => ipp(0x0507, id, JOB, &[]),
        Habit::Ignores(name) => {
            let mut answer = ipp(0x0001, id, UNSUPPORTED, &[(NOT_SUPPORTED, name, Vec::new())]);
            // The job's group goes before the end of the attributes.
            answer.pop();
            answer.push(JOB);
            for (tag, name, value) in &job {
                attribute(&mut answer, *tag, name, value);
            }
            answer.push(0x03);
            answer
        }
        _ => {
            *seen.took.lock().unwrap() = Some(Instant::now());
            ipp(0, id, JOB, &job)
        }
    }
}

fn state(habit: Habit, seen: &Seen) -> Vec<Attribute> {
    let (state, reason) = match habit {
        Habit::Connects if seen.within(CONNECTING) => (4_i32, "connecting-to-device"),
        Habit::Says(reason) => (3, reason),
        _ => (3, "none"),
    };
    vec![
        (ENUM, "printer-state", state.to_be_bytes().to_vec()),
        (KEYWORD, "printer-state-reasons", reason.into()),
        (BOOLEAN, "printer-is-accepting-jobs", vec![1]),
        (MIME, "document-format-supported", b"application/pdf".to_vec()),
    ]
}

fn job_state(state: i32) -> Attribute {
    (ENUM, "job-state", state.to_be_bytes().to_vec())
}

fn aborted(pages: Option<i32>) -> Vec<Attribute> {
    let mut attributes =
        vec![job_state(8), (KEYWORD, "job-state-reasons", b"aborted-by-system".to_vec())];
    let pages = pages.map(|pages| pages.to_be_bytes().to_vec());
    attributes.extend(pages.map(|pages| (INTEGER, "job-impressions-completed", pages)));
    attributes
}

/// An answer as RFC 8010 writes it.
fn ipp(status: u16, request_id: &[u8], group: u8, attributes: &[Attribute]) -> Vec<u8> {
    let mut answer = vec![1, 1];
    answer.extend(status.to_be_bytes());
    answer.extend(request_id);
    answer.push(0x01);
    attribute(&mut answer, 0x47, "attributes-charset", b"utf-8");
    attribute(&mut answer, 0x48, "attributes-natural-language", b"en");
    answer.push(group);
    for (tag, name, value) in attributes {
        attribute(&mut answer, *tag, name, value);
    }
    answer.push(0x03);
    answer
}

fn attribute(answer: &mut Vec<u8>, tag: u8, name: &str, value: &[u8]) {
    answer.push(tag);
    for part in [name.as_bytes(), value] {
        answer.extend(u16::try_from(part.len()).unwrap().to_be_bytes());
        answer.extend(part);
    }
}
