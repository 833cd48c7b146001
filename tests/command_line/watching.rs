//! `kanso watch` as a process, and the stores that it uploads to.

use std::net::SocketAddr;
use std::path::Path;
use std::process::{ExitStatus, Stdio};
use std::time::{Duration, Instant};

use kanso_endpoint::Scope;
use tokio::io::{AsyncBufReadExt as _, BufReader, Lines};
use tokio::net::TcpStream;
use tokio::process::{Child, ChildStderr, ChildStdout, Command};

use crate::ports::free_port;
use crate::server::{Running, client, credentials, start_with};

pub const CAMERA_SECRET: &str = "camera-secret";
/// `credentials.toml` of a data folder with the photographer's key.
pub const PHOTOGRAPHER: &str = "
[[key]]
access_key_id = 'camera'
secret_access_key = 'camera-secret'
prefixes = ['kanso/race/photos/goal/']
";
pub const OWNER: (&str, &str) = ("owner", "owner-secret");
/// Who waits longer waits for what never comes.
const LONGEST: Duration = Duration::from_secs(60);

/// `kanso watch` with a photographer's key.
pub struct Watching {
    pub process: Child,
    pub said: Lines<BufReader<ChildStdout>>,
    pub complained: Lines<BufReader<ChildStderr>>,
}

impl Watching {
    pub fn start(address: &str, folder: &Path, more: &[&str]) -> Self {
        Self::spawn(watch(folder, more).env("AWS_ENDPOINT_URL", address))
    }

    pub fn spawn(command: &mut Command) -> Self {
        let mut process = command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        let said = BufReader::new(process.stdout.take().unwrap()).lines();
        let complained = BufReader::new(process.stderr.take().unwrap()).lines();
        Self { process, said, complained }
    }

    /// Reads what it says until a line holds this.
    pub async fn says(&mut self, words: &str) -> String {
        while let Some(line) = soon(words, self.said.next_line()).await.unwrap() {
            if line.contains(words) {
                return line;
            }
        }
        panic!("it ended without saying {words:?}");
    }

    pub async fn complains(&mut self, words: &str) -> String {
        while let Some(line) = soon(words, self.complained.next_line()).await.unwrap() {
            if line.contains(words) {
                return line;
            }
        }
        panic!("it ended without complaining of {words:?}");
    }

    /// Waits until it ends by itself; the answer is all that it complained of since.
    pub async fn ends(&mut self) -> (ExitStatus, Vec<String>) {
        let said = async { while let Ok(Some(_)) = self.said.next_line().await {} };
        let complained = async {
            let mut complaints = Vec::new();
            while let Ok(Some(line)) = self.complained.next_line().await {
                complaints.push(line);
            }
            complaints
        };
        let all = async { tokio::join!(self.process.wait(), said, complained) };
        let (status, (), complaints) = soon("its end", all).await;
        (status.unwrap(), complaints)
    }
}

async fn soon<T>(what: &str, comes: impl Future<Output = T>) -> T {
    let waited = tokio::time::timeout(LONGEST, comes).await;
    waited.unwrap_or_else(|_| panic!("{what:?} does not come"))
}

/// The command, with its first arguments and a photographer's key, without an endpoint.
pub fn watch(folder: &Path, more: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_kanso"));
    command
        .args(["watch", "--race", "race", "--poll", "0.1", "--settle", "0.3"])
        .args(more)
        .arg(folder)
        .env("AWS_ACCESS_KEY_ID", "camera")
        .env("AWS_SECRET_ACCESS_KEY", CAMERA_SECRET)
        .env_remove("AWS_REGION")
        .env_remove("AWS_ENDPOINT_URL");
    command
}

pub fn jpeg(shade: u8) -> Vec<u8> {
    let picture = image::RgbImage::from_fn(160, 120, |x, y| {
        image::Rgb([shade, (x * 7 % 251) as u8, (y * 11 % 253) as u8])
    });
    let mut out = std::io::Cursor::new(Vec::new());
    image::DynamicImage::ImageRgb8(picture).write_to(&mut out, image::ImageFormat::Jpeg).unwrap();
    out.into_inner()
}

/// The same picture with so many bytes of comments, which begin with its number.
pub fn large_jpeg(number: usize, comments: usize) -> Vec<u8> {
    let picture = jpeg(7);
    let (start, rest) = picture.split_at(2);
    let mut photo = start.to_vec();
    for part in 0..comments.div_ceil(60_000) {
        let length = (comments - part * 60_000).min(60_000);
        let mut comment = format!("{number:08}").into_bytes();
        comment.resize(length.max(8), b'.');
        photo.extend([0xFF, 0xFE]);
        photo.extend((comment.len() as u16 + 2).to_be_bytes());
        photo.extend(comment);
    }
    photo.extend(rest);
    photo
}

/// The endpoint alone, with the photographer's key.
pub async fn venue(data: &Path) -> Running {
    let scope = Scope::Prefixes(vec!["kanso/race/photos/goal/".into()]);
    let keys = credentials().with_key("camera", CAMERA_SECRET, scope).unwrap();
    let s = start_with(data, keys, 1000).await;
    s.client.create_bucket().bucket("kanso").send().await.unwrap();
    s
}

/// A laptop with `kanso serve`, whose address stays when it is started again.
pub struct Laptop {
    data: tempfile::TempDir,
    s3: SocketAddr,
    web: SocketAddr,
}

impl Laptop {
    /// Nothing runs on it yet. The photographer's key is known.
    pub fn new() -> Self {
        let data = tempfile::tempdir().unwrap();
        std::fs::write(data.path().join("credentials.toml"), PHOTOGRAPHER).unwrap();
        Self { data, s3: free_port(), web: free_port() }
    }

    pub fn address(&self) -> String {
        format!("http://{}", self.s3)
    }

    pub fn owner(&self) -> aws_sdk_s3::Client {
        client(&self.address(), OWNER.0, OWNER.1)
    }

    /// Starts the server, which answers; killed when dropped.
    pub async fn serve(&self, more: &[&std::ffi::OsStr]) -> Child {
        let log = self.data.path().join("log");
        let mut server = Command::new(env!("CARGO_BIN_EXE_kanso"))
            .arg("serve")
            .arg("--data")
            .arg(self.data.path())
            .args(["--listen", &self.s3.to_string(), "--web", &self.web.to_string()])
            .args(more)
            .env("KANSO_ACCESS_KEY_ID", OWNER.0)
            .env("KANSO_SECRET_ACCESS_KEY", OWNER.1)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(std::fs::File::create(&log).unwrap())
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        let told = || std::fs::read_to_string(&log).unwrap();
        let begun = Instant::now();
        while TcpStream::connect(self.s3).await.is_err()
            || self.owner().list_objects_v2().bucket("kanso").send().await.is_err()
        {
            assert!(server.try_wait().unwrap().is_none(), "the server ended: {}", told());
            assert!(begun.elapsed() < LONGEST, "the server does not answer: {}", told());
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        server
    }
}

/// Keys below a prefix.
pub async fn keys(client: &aws_sdk_s3::Client, prefix: &str) -> Vec<String> {
    let listed = client.list_objects_v2().bucket("kanso").prefix(prefix).send().await.unwrap();
    listed.contents().iter().filter_map(|object| object.key()).map(str::to_owned).collect()
}
