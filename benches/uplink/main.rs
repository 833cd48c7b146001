//! What comes through a thin line: `cargo bench --profile dev --bench uplink`.
//!
//! ```text
//! cargo bench --profile dev --bench uplink                      8 photos over 10 Mbit/s
//! cargo bench --profile dev --bench uplink -- --mbit 1 --photos 4
//! ```
//!
//! A folder of the sample race's photos, each with bytes of its own, goes to a `kanso serve`
//! through a line that carries so much each way ([`line`]): once with
//! `aws s3 cp --recursive`, once with `kanso watch --once`, each from the start of the command
//! to its end. Bytes of photos per second, and their share of the line; what is missing is
//! the commands' start, heads and pauses. `tests/run` installs `aws`.
//!
//! Then the same folder goes to a race whose runners have finished, without and with
//! `--proxy`: when the first certificate is there, when each photo has one, and when the last
//! file is.

mod line;
#[path = "../load/photos.rs"]
#[expect(dead_code, reason = "the load's bench uses more of it")]
mod photos;
#[path = "../../tests/ports/mod.rs"]
mod ports;
#[path = "../../tests/repository/mod.rs"]
mod repository;
mod server;

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::{Duration, Instant};

use clap::Parser as _;
use line::Line;
use server::{BUCKET, RACE, Server};
use tokio::process::Command;

#[derive(Debug, clap::Parser)]
struct Args {
    /// What the line carries each way
    #[arg(long, default_value_t = 10.0)]
    mbit: f64,
    /// Photos in the folder
    #[arg(long, default_value_t = 8)]
    photos: usize,
    /// Size of a photo
    #[arg(long, default_value_t = 24.0)]
    megapixels: f64,
    /// The sensor's noise, in levels of 256: what makes a camera's files large
    #[arg(long, default_value_t = 14)]
    grain: u8,
    /// Another `kanso` to watch with
    #[arg(long, value_name = "PROGRAM", default_value = env!("CARGO_BIN_EXE_kanso"))]
    kanso: PathBuf,
    /// Given by cargo
    #[arg(long, hide = true)]
    bench: bool,
}

/// A card's copy.
struct Folder {
    folder: tempfile::TempDir,
    photos: usize,
    bytes: u64,
    rules: String,
    results: String,
}

impl Folder {
    fn new(args: &Args) -> Self {
        let photos = photos::Photos::new(args.megapixels, 0, args.grain);
        let folder = tempfile::tempdir().expect("a folder");
        let mut sizes = Vec::new();
        for n in 0..args.photos {
            let photo = photos.bytes(n);
            let name = format!("{n:04}_bib{}.jpg", photos.bib(n));
            let path = folder.path().join(name);
            std::fs::write(path, &photo).expect("room on the disk");
            sizes.push(photo.len() as u64);
        }
        sizes.sort_unstable();
        let mb = |bytes: Option<&u64>| *bytes.unwrap_or(&0) as f64 / 1e6;
        println!(
            "{} photos of {:.1} to {:.1} MB, a line of {} Mbit/s",
            sizes.len(),
            mb(sizes.first()),
            mb(sizes.last()),
            args.mbit
        );
        let bytes = sizes.iter().sum();
        Self { folder, photos: args.photos, bytes, rules: photos.rules, results: photos.results }
    }

    fn path(&self) -> &Path {
        self.folder.path()
    }
}

#[tokio::main]
async fn main() {
    let args = Args::parse();
    let folder = Folder::new(&args);
    let server = Server::start().await;
    let bytes_per_second = args.mbit * 1e6 / 8.0;
    let line = Line::start(server.s3, bytes_per_second).await;
    let url = format!("http://{}", line.address);

    let mut aws = Command::new(aws());
    aws.args(["--endpoint-url", &url, "s3", "cp", "--recursive", "--only-show-errors"]);
    aws.arg(folder.path()).arg(format!("s3://{BUCKET}/{RACE}/photos/aws/"));
    let aws = rate(aws, "aws", &server, &folder).await;
    tell("aws s3 cp --recursive", aws, bytes_per_second);

    let mut watch = Command::new(&args.kanso);
    watch.args(["watch", "--once", "--race", RACE, "--camera", "watch"]).arg(folder.path());
    watch.env("AWS_ENDPOINT_URL", &url);
    let watch = rate(watch, "watch", &server, &folder).await;
    tell("kanso watch --once", watch, bytes_per_second);
    if let (Some(aws), Some(watch)) = (aws, watch) {
        println!("ratio: {:.3}", watch / aws);
    }
    drop(server);
    for options in [&[][..], &["--proxy"]] {
        certificates(&args, &folder, options, bytes_per_second).await;
    }
}

/// How soon there are certificates.
async fn certificates(args: &Args, folder: &Folder, options: &[&str], bytes_per_second: f64) {
    let server = Server::start().await;
    server.race(&folder.rules, &folder.results).await;
    let line = Line::start(server.s3, bytes_per_second).await;
    let mut watch = Command::new(&args.kanso);
    watch.args(["watch", "--once", "--race", RACE, "--camera", "finish-a"]).args(options);
    watch.arg(folder.path()).env("AWS_ENDPOINT_URL", format!("http://{}", line.address));
    server.authorise(&mut watch);
    let since = Instant::now();
    let mut watching = watch.stdout(Stdio::null()).spawn().expect("the program");
    let (mut first, mut each, mut end) = (None, None, None);
    while each.is_none() || end.is_none() {
        tokio::time::sleep(Duration::from_millis(50)).await;
        let now = since.elapsed().as_secs_f64();
        if each.is_none() {
            let there = server.certificates().await;
            first = first.or((there > 0).then_some(now));
            each = (there >= folder.photos).then_some(now);
        }
        if end.is_none()
            && let Some(status) = watching.try_wait().expect("the program")
        {
            assert!(status.success(), "it brought everything");
            end = Some(now);
        }
    }
    let [first, each, end] = [first, each, end].map(|s| s.expect("it came"));
    let command = ["kanso watch", options.first().unwrap_or(&"")].join(" ");
    println!(
        "{command:<22} first certificate {first:>6.1} s, each photo's {each:>6.1} s, \
         last file {end:>6.1} s"
    );
}

fn tell(command: &str, rate: Option<f64>, line: f64) {
    match rate {
        Some(rate) => {
            println!("{command:<22} {rate:>9.0} bytes/s, {:.3} of the line", rate / line);
        }
        None => println!("{command:<22} did not bring everything"),
    }
}

/// Bytes of photos per second, from the start of a command to its end; `None` where it gave
/// up before all was there, as `aws` does on a line that is thin enough.
async fn rate(mut command: Command, camera: &str, server: &Server, folder: &Folder) -> Option<f64> {
    server.authorise(&mut command);
    let since = Instant::now();
    let status = command.stdout(Stdio::null()).status().await.expect("the program");
    let seconds = since.elapsed().as_secs_f64();
    let all = status.success() && server.bytes(camera).await == folder.bytes;
    all.then(|| folder.bytes as f64 / seconds)
}

fn aws() -> PathBuf {
    let own = repository::root().join("target/test-tools/bin/aws");
    if own.exists() { own } else { "aws".into() }
}
