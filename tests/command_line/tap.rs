//! Stands between `kanso serve` and a printer, and notes which jobs it was given.

use std::collections::BTreeMap;
use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

/// What our jobs are called, before their number.
const TITLE: &[u8] = b"kanso-";
/// How long a printer looks at a document before it says that it took it: long enough to be
/// killed in between.
const SLOWNESS: Duration = Duration::from_millis(250);

pub struct Tap {
    address: SocketAddr,
    documents: Arc<Mutex<BTreeMap<u64, usize>>>,
}

impl Tap {
    pub async fn start(printer: SocketAddr) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let documents = Arc::new(Mutex::new(BTreeMap::new()));
        let noted = documents.clone();
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                // A client that was killed breaks off.
                tokio::spawn(pass(client, printer, noted.clone()));
            }
        });
        Self { address, documents }
    }

    pub fn uri(&self) -> String {
        format!("ipp://{}/ipp/print", self.address)
    }

    /// How often the whole document of each job came.
    pub fn documents(&self) -> BTreeMap<u64, usize> {
        self.documents.lock().unwrap().clone()
    }
}

/// One request, whole, and its answer.
async fn pass(
    mut client: TcpStream,
    printer: SocketAddr,
    noted: Arc<Mutex<BTreeMap<u64, usize>>>,
) -> io::Result<()> {
    let request = whole(&mut client).await?;
    if let Some(job) = job(&request) {
        *noted.lock().unwrap().entry(job).or_default() += 1;
        tokio::time::sleep(SLOWNESS).await;
    }
    let mut printer = TcpStream::connect(printer).await?;
    printer.write_all(&request).await?;
    let mut answer = Vec::new();
    printer.read_to_end(&mut answer).await?;
    client.write_all(&answer).await
}

async fn whole(client: &mut TcpStream) -> io::Result<Vec<u8>> {
    let mut request = Vec::new();
    loop {
        let end = request.windows(4).position(|four| four == b"\r\n\r\n");
        if let Some(end) = end {
            let head = String::from_utf8_lossy(&request[..end]).to_ascii_lowercase();
            let length = head.lines().find_map(|line| line.strip_prefix("content-length:"));
            let length: usize = length.unwrap_or("0").trim().parse().unwrap();
            if request.len() >= end + 4 + length {
                return Ok(request);
            }
        }
        if client.read_buf(&mut request).await? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
    }
}

/// The number in the job's name; only a document comes with one.
fn job(request: &[u8]) -> Option<u64> {
    let name = request.windows(8).position(|eight| eight == b"job-name")?;
    let title = request[name..].windows(TITLE.len()).position(|part| part == TITLE)?;
    let number = request[name + title + TITLE.len()..].iter().take_while(|b| b.is_ascii_digit());
    String::from_utf8(number.copied().collect()).unwrap().parse().ok()
}
