//! A printer that speaks IPP badly: no real one can be made to do it on purpose.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// What it does once it has the whole document.
#[derive(Debug, Clone, Copy)]
pub enum Habit {
    /// Answers with this HTTP status instead of an IPP answer.
    Http(u16),
    /// Answers with this IPP status, though it has the document.
    Ipp(u16),
    /// Takes the job, then aborts it: with this page count, or without any.
    Aborts(Option<i32>),
}

pub struct BadPrinter {
    pub address: SocketAddr,
    documents: Arc<AtomicUsize>,
}

const PRINT_JOB: u16 = 0x0002;
const GET_JOB_ATTRIBUTES: u16 = 0x0009;
const GET_PRINTER_ATTRIBUTES: u16 = 0x000b;

const JOB: u8 = 0x02;
const PRINTER: u8 = 0x04;
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
        let documents = Arc::new(AtomicUsize::new(0));
        let taken = documents.clone();
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                // A connection without a request is a printer being looked for.
                let _ = serve(stream, habit, &taken);
            }
        });
        Self { address, documents }
    }

    pub fn uri(&self) -> String {
        format!("ipp://{}/ipp/print", self.address)
    }

    /// How often it was sent a whole document.
    pub fn documents(&self) -> usize {
        self.documents.load(Ordering::SeqCst)
    }
}

fn serve(mut stream: TcpStream, habit: Habit, taken: &AtomicUsize) -> std::io::Result<()> {
    let request = read(&stream)?;
    let operation = u16::from_be_bytes([request[2], request[3]]);
    let id = &request[4..8];
    let (http, body) = match (operation, habit) {
        (GET_PRINTER_ATTRIBUTES, _) => (200, ipp(0, id, PRINTER, &idle())),
        (PRINT_JOB, habit) => {
            taken.fetch_add(1, Ordering::SeqCst);
            let job = [(INTEGER, "job-id", 1_i32.to_be_bytes().to_vec())];
            match habit {
                Habit::Http(status) => (status, Vec::new()),
                Habit::Ipp(status) => (200, ipp(status, id, JOB, &[])),
                Habit::Aborts(_) => (200, ipp(0, id, JOB, &job)),
            }
        }
        (GET_JOB_ATTRIBUTES, Habit::Aborts(pages)) => (200, ipp(0, id, JOB, &aborted(pages))),
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

fn idle() -> Vec<Attribute> {
    vec![
        (ENUM, "printer-state", 3_i32.to_be_bytes().to_vec()),
        (KEYWORD, "printer-state-reasons", b"none".to_vec()),
        (BOOLEAN, "printer-is-accepting-jobs", vec![1]),
        (MIME, "document-format-supported", b"application/pdf".to_vec()),
    ]
}

fn aborted(pages: Option<i32>) -> Vec<Attribute> {
    let mut attributes = vec![
        (ENUM, "job-state", 8_i32.to_be_bytes().to_vec()),
        (KEYWORD, "job-state-reasons", b"aborted-by-system".to_vec()),
    ];
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
