//! `kanso watch`: a hot folder.

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

use kanso_certificate::Fault;
use kanso_hot_folder::{Destination, Event, Pace, Watcher};
use kanso_pipeline::keys::{RaceId, is_step};
use kanso_pipeline::store::{Bucket, Failure, StoreConfig};
use tokio::sync::mpsc;

use super::stored_race::race_id;
use super::watch_report::Report;

/// Upload every photo that comes into a folder, as it comes.
///
/// Works on cards, network shares and below any FTP server. A photo goes up when it has not
/// changed for --settle seconds and has its end. What is there already is left out, so that
/// stopping and starting again does no harm; nothing in the folder is changed or deleted. The
/// first folder below DIR names the camera, unless --camera does.
///
/// Reads AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY (a photographer's key will do, see
/// `kanso key`), AWS_ENDPOINT_URL for another S3 than AWS's without --to, and AWS_REGION for
/// AWS.
#[derive(Debug, Clone, clap::Args)]
pub struct Args {
    /// The folder.
    #[arg(value_name = "DIR")]
    folder: PathBuf,
    /// The S3 endpoint, as http://laptop:9000; goes before AWS_ENDPOINT_URL.
    #[arg(long, value_name = "URL", value_parser = endpoint)]
    to: Option<String>,
    /// The race's folder in the bucket. A photographer's key cannot look for it; with another
    /// key it may be left out while there is one race.
    #[arg(long)]
    race: Option<String>,
    /// The camera's folder below `photos/`, for everything below DIR.
    #[arg(long)]
    camera: Option<String>,
    #[arg(long, env = "KANSO_PHOTOS_BUCKET", default_value = "kanso")]
    bucket: String,
    /// Send a reduced copy of each photo first, so that its certificate is there soon over a thin
    /// line; the file follows when no other photo waits, and takes the copy's place.
    #[arg(long)]
    proxy: bool,
    /// Seconds between two looks at the folder.
    #[arg(long, value_name = "S", default_value = "2", value_parser = seconds)]
    poll: Duration,
    /// Seconds for which a file must not have changed.
    #[arg(long, value_name = "S", default_value = "3", value_parser = seconds)]
    settle: Duration,
    /// Seconds after which an upload that is not through is begun again, with twice the time.
    #[arg(long, value_name = "S", default_value = "30", value_parser = seconds)]
    patience: Duration,
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

fn endpoint(text: &str) -> Result<String, String> {
    let host = text.strip_prefix("http://").or_else(|| text.strip_prefix("https://"));
    match host.map(|host| host.trim_end_matches('/')) {
        Some(host) if !host.is_empty() && !host.contains(['/', ' ', '?', '#']) => {
            Ok(text.trim_end_matches('/').to_owned())
        }
        _ => Err("give the server's S3 address, as http://laptop:9000".to_owned()),
    }
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
    require_folder(&args.folder)?;
    let camera = args.camera.as_deref().map(camera).transpose()?;
    let named = args.race.as_deref().map(race_id).transpose()?;
    let config = store(args.to.as_deref())?;
    let bucket = Bucket::new(kanso_hot_folder::patient(&config), &args.bucket);
    let race = match named {
        Some(race) => race,
        None => only_race(&bucket).await?,
    };
    let destination = Destination { race, camera };
    let pace = Pace { poll: args.poll, settle: args.settle, patience: args.patience };
    let (sender, mut events) = mpsc::channel(16);
    let watcher = Watcher::new(&args.folder, destination, bucket, pace);
    let watcher = watcher.with_proxies(args.proxy);
    let watching = tokio::spawn(watcher.run(sender));
    let mut report = Report::on_terminal();
    let mut not_sent = 0;
    while let Some(event) = events.recv().await {
        report.tell(&event);
        if let Event::Standing { counts, unreadable, .. } = event
            && args.once
            && counts.to_come() == 0
        {
            not_sent = counts.refused + counts.given_up + unreadable;
            break;
        }
    }
    watching.abort();
    report.end();
    Ok(not_sent)
}

/// The store at `to`, else the one that the environment names.
fn store(to: Option<&str>) -> Result<StoreConfig, Fault> {
    let Some(to) = to else { return StoreConfig::from_env() };
    let variable = |name| std::env::var(name).ok().filter(|value| !value.is_empty());
    let need = |name| {
        variable(name).ok_or_else(|| {
            Fault::reject(format!("{name} is not set; give the photographer's key (kanso key)"))
        })
    };
    let (id, secret) = (need("AWS_ACCESS_KEY_ID")?, need("AWS_SECRET_ACCESS_KEY")?);
    let local = StoreConfig::local(to, &id, &secret);
    let region = variable("AWS_REGION").unwrap_or_else(|| local.region.clone());
    Ok(StoreConfig { region, session_token: variable("AWS_SESSION_TOKEN"), ..local })
}

/// The race where there is only one that this key can see.
async fn only_race(bucket: &Bucket) -> Result<RaceId, Fault> {
    let folders = bucket.folders("").await.map_err(|error| match error.failure {
        Failure::Denied => Fault::reject(
            "this key cannot look for the race; give its folder with --race (kanso key tells it \
             with the key: s3://BUCKET/RACE/photos/CAMERA/)",
        ),
        _ => Fault::retry(format!("cannot look for the race: {error}; name it with --race")),
    })?;
    let races: Vec<RaceId> = folders.iter().filter_map(|folder| RaceId::new(folder)).collect();
    match races.as_slice() {
        [only] => {
            println!("race      {only}");
            Ok(only.clone())
        }
        [] => Err(Fault::reject(format!(
            "there is no race in the bucket {} yet; name the one to come with --race",
            bucket.name()
        ))),
        several => {
            let names: Vec<&str> = several.iter().map(RaceId::as_str).collect();
            let names = names.join(", ");
            Err(Fault::reject(format!("there are several races; give one with --race: {names}")))
        }
    }
}

/// A camera's folder, as somebody named it.
pub(super) fn camera(name: &str) -> Result<String, Fault> {
    if is_step(name) {
        return Ok(name.to_owned());
    }
    Err(Fault::reject(format!("{name:?} is no camera; give one name without slashes")))
}

pub(super) fn require_folder(folder: &Path) -> Result<(), Fault> {
    if folder.is_dir() {
        return Ok(());
    }
    let why = if folder.exists() { "is no folder" } else { "is not there" };
    Err(Fault::reject(format!("{} {why}; give the folder to watch", folder.display())))
}
