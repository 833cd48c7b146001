//! `kanso watch`: a hot folder.

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use kanso_certificate::Fault;
use kanso_hot_folder::destination::is_step;
use kanso_hot_folder::{Destination, Event, Pace, Watcher};
use kanso_photo::LeftOut;
use kanso_pipeline::keys::RaceId;
use kanso_pipeline::store::{Bucket, StoreConfig};
use kanso_web::site::Site;
use tokio::sync::mpsc;

use super::stored_race::race_id;

/// Upload every photo that comes into a folder, as it comes.
///
/// Works on network shares and below any FTP server. A photo goes up when it has not changed
/// for --settle seconds and has its end. What is there already is left out, so that stopping
/// and starting again does no harm; nothing in the folder is changed or deleted. The first
/// folder below DIR names the camera, unless --camera does.
///
/// Reads AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY (a photographer's key will do, see
/// `kanso key`), AWS_ENDPOINT_URL for another S3 than AWS's, and AWS_REGION for AWS.
#[derive(Debug, Clone, clap::Args)]
pub struct Args {
    /// The folder.
    #[arg(value_name = "DIR")]
    folder: PathBuf,
    /// The race's folder in the bucket.
    #[arg(long)]
    race: String,
    /// The camera's folder below `photos/`, for everything below DIR.
    #[arg(long)]
    camera: Option<String>,
    #[arg(long, env = "KANSO_PHOTOS_BUCKET", default_value = "kanso")]
    bucket: String,
    /// Seconds between two looks at the folder.
    #[arg(long, value_name = "S", default_value = "2", value_parser = seconds)]
    poll: Duration,
    /// Seconds for which a file must not have changed.
    #[arg(long, value_name = "S", default_value = "3", value_parser = seconds)]
    settle: Duration,
    /// End when everything is uploaded; exit code 1 where a file could not be
    #[arg(long)]
    once: bool,
}

fn seconds(text: &str) -> Result<Duration, String> {
    let seconds: f64 = text.parse().map_err(|_| "give a number of seconds".to_owned())?;
    let range = 0.05..=3600.0;
    if !range.contains(&seconds) {
        return Err("give 0.05 to 3600 seconds".to_owned());
    }
    Ok(Duration::from_secs_f64(seconds))
}

pub fn run(args: Args) -> ExitCode {
    let runtime = match tokio::runtime::Runtime::new() {
        Ok(runtime) => runtime,
        Err(error) => return super::fail(format!("cannot start: {error}")),
    };
    match runtime.block_on(watch(&args)) {
        Ok(0) => ExitCode::SUCCESS,
        Ok(_) => ExitCode::from(1),
        Err(fault) => super::fail(fault),
    }
}

/// How many files could not be uploaded.
async fn watch(args: &Args) -> Result<usize, Fault> {
    let race = race_id(&args.race)?;
    if let Some(camera) = args.camera.as_deref().filter(|camera| !is_step(camera)) {
        let why = format!("{camera:?} is no camera; give one name without slashes");
        return Err(Fault::reject(why));
    }
    require_folder(&args.folder)?;
    let bucket = Bucket::new(StoreConfig::from_env()?.client(), &args.bucket);
    let destination = Destination { race, camera: args.camera.clone() };
    let pace = Pace { poll: args.poll, settle: args.settle };
    let (sender, mut events) = mpsc::channel(16);
    let watcher = Watcher::new(&args.folder, destination, bucket, pace);
    let watching = tokio::spawn(watcher.run(sender));
    let (mut refused, mut teller) = (0, Teller::default());
    while let Some(event) = events.recv().await {
        teller.tell(&event);
        match event {
            Event::Idle { counts, .. } if args.once && counts.waiting == 0 => break,
            Event::Refused { .. } => refused += 1,
            _ => {}
        }
    }
    watching.abort();
    Ok(refused)
}

/// `kanso serve --watch`: the same beside the server, with the server's own key.
pub(super) struct Beside {
    folder: PathBuf,
    race: Option<RaceId>,
    bucket: Bucket,
}

impl Beside {
    pub fn new(folder: &Path, race: Option<&str>, bucket: Bucket) -> Result<Self, Fault> {
        require_folder(folder)?;
        Ok(Self { folder: folder.to_owned(), race: race.map(race_id).transpose()?, bucket })
    }

    /// Watches until the server stops.
    pub async fn run(self, site: Arc<Site>) {
        let race = match self.race {
            Some(race) => race,
            None => only_race(&site).await,
        };
        println!("watching {} for {race}", self.folder.display());
        let destination = Destination { race, camera: None };
        let (sender, mut events) = mpsc::channel(16);
        let watcher = Watcher::new(self.folder, destination, self.bucket, Pace::default());
        let listening = async {
            let mut teller = Teller::default();
            while let Some(event) = events.recv().await {
                teller.tell(&event);
            }
        };
        tokio::join!(watcher.run(sender), listening);
    }
}

/// Waits until there is one race. With several, somebody has to say which is meant.
async fn only_race(site: &Site) -> RaceId {
    let mut told = false;
    loop {
        match site.races().await.as_deref() {
            Ok([only]) => return only.clone(),
            Ok([]) => {}
            Ok(_) if told => {}
            Ok(_) => {
                told = true;
                eprintln!("kanso: there are several races; give one to --watch with --watch-race");
            }
            Err(fault) => tracing::warn!("cannot look for the race to watch for: {fault}"),
        }
        tokio::time::sleep(Duration::from_secs(2)).await;
    }
}

fn require_folder(folder: &Path) -> Result<(), Fault> {
    if folder.is_dir() {
        return Ok(());
    }
    Err(Fault::reject(format!("{} is no folder; give the one to watch", folder.display())))
}

/// One line for each thing that happened; failures on standard error.
#[derive(Default)]
struct Teller {
    left_out: LeftOut,
}

impl Teller {
    fn tell(&mut self, event: &Event) {
        match event {
            Event::Uploaded { key, bytes } => {
                println!("uploaded  {key} ({} KB)", bytes.div_ceil(1000));
            }
            Event::AlreadyThere { key } => println!("there     {key}"),
            Event::Unfinished { path } => {
                println!("waits     {}: it is not whole yet", path.display());
            }
            Event::Refused { path, why } => eprintln!("refused   {}: {why}", path.display()),
            Event::Failed { path, why, pause } => {
                eprintln!("failed    {}: {why}; again in {} s", path.display(), pause.as_secs());
            }
            Event::Unreadable { why } => eprintln!("kanso: {why}; looking again"),
            Event::Idle { counts, left_out } => {
                if counts.waiting == 0 && *left_out != self.left_out {
                    println!("left out  {left_out}: no photos");
                    self.left_out.clone_from(left_out);
                }
            }
        }
    }
}
