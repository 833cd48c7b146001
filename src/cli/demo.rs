//! `kanso demo`: the whole path, with the sample race.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};
use kanso_certificate::Fault;
use kanso_endpoint::{Credentials, Endpoint};
use kanso_pipeline::handler::{Handled, Handler};
use kanso_pipeline::keys::{CertificateKeys, RaceId};
use kanso_pipeline::progress::Progress;
use kanso_pipeline::store::{Bucket, If, StoreConfig, Write};
use tokio::net::TcpListener;
use tokio::sync::{mpsc, oneshot};

use super::demo_pages;
use super::demo_table::{self, Row};
use super::photo_files::photo_files;
use super::{fail, race_dir};
use crate::host;

/// Run the whole path with the sample race and save its certificates.
///
/// Starts the embedded S3 endpoint with a temporary folder, puts a race there, uploads its
/// photos through the S3 API, waits for the certificates and saves them. With --stay the pages
/// are served until Ctrl-C, to be clicked through.
#[derive(Debug, Clone, clap::Args)]
pub struct Args {
    /// Where the PDFs and previews go
    #[arg(long, value_name = "DIR", default_value = "./demo-out")]
    out: PathBuf,
    /// A race folder with `photos/<camera>/`
    #[arg(long, value_name = "DIR", default_value = "fixtures/races/minato-half")]
    race: PathBuf,
    /// The table as JSON, one object a line
    #[arg(long)]
    json: bool,
    /// Keep serving the pages, with the race as it is now
    #[arg(long, conflicts_with = "json")]
    stay: bool,
    /// Address of the pages, with --stay
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:8080", requires = "stay")]
    web: SocketAddr,
}

const BUCKET: &str = "kanso";
const DOWNLOAD_LIMIT: u64 = 256 << 20;
/// A photo that takes longer than this has gone wrong.
const PATIENCE: Duration = Duration::from_secs(120);
/// What follows from a photo begins sooner.
const QUIET: Duration = Duration::from_millis(500);

pub fn run(args: Args) -> ExitCode {
    let runtime = match tokio::runtime::Runtime::new() {
        Ok(runtime) => runtime,
        Err(error) => return fail(format!("cannot start: {error}")),
    };
    match runtime.block_on(demo(&args)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(fault) => fail(fault),
    }
}

async fn demo(args: &Args) -> Result<(), Fault> {
    let race_data = race_dir::race_data(&args.race, None)?;
    let folder = args.race.file_name().map(|name| name.to_string_lossy().into_owned());
    let race = folder.and_then(|name| RaceId::new(&name)).ok_or_else(|| {
        Fault::reject(format!(
            "{} does not name a race's folder; give --race one",
            args.race.display()
        ))
    })?;
    let photos = photo_files(&args.race.join("photos"))?.photos;
    if photos.is_empty() {
        return Err(Fault::reject(format!(
            "{} has no photos/<camera>/; give --race a folder with photos",
            args.race.display()
        )));
    }
    std::fs::create_dir_all(&args.out)
        .map_err(|e| Fault::retry(format!("cannot make {}: {e}", args.out.display())))?;

    let venue = Venue::start().await?;
    if !args.json {
        println!("S3 endpoint on {} (temporary)", venue.address);
    }
    upload(&venue.bucket, &race, &args.race, &data_files(&args.race)?).await?;
    upload(&venue.bucket, &race, &args.race, &photos).await?;
    let mut rows = BTreeMap::new();
    let mut venue = venue;
    let progress = progress(photos.len(), args.json);
    // A photo that waited for its camera's clock comes once more when others have told it.
    loop {
        let all_came = rows.len() >= photos.len();
        let patience = if all_came { QUIET } else { PATIENCE };
        let handled = match tokio::time::timeout(patience, venue.done.recv()).await {
            Ok(Some(handled)) => handled,
            Err(_) if all_came && venue.progress.standing().waiting == 0 => break,
            Err(_) if all_came => continue,
            _ => {
                let why = "a photo did not come back; try KANSO_LOG=info kanso demo";
                return Err(Fault::retry(why));
            }
        };
        let saved = save(&venue.bucket, &race, &handled, &args.out).await?;
        progress.set_message(handled.key.clone());
        let row = Row::new(&handled, &race_data.roster, saved);
        rows.insert(row.photo.clone(), row);
        progress.set_position(rows.len() as u64);
    }
    progress.finish_and_clear();
    let rows: Vec<Row> = rows.into_values().collect();
    if args.json {
        for row in &rows {
            println!("{}", row.json());
        }
    } else {
        demo_table::print(&rows);
        demo_table::print_next(&rows, &args.out, &args.race);
    }
    if args.stay {
        let shown = rows.iter().find(|row| !row.saved.is_empty());
        let shown = shown.and_then(|row| row.bibs.first().cloned());
        demo_pages::serve(&venue.handler, args.web, &race, &race_data, shown).await?;
    }
    venue.stop().await;
    Ok(())
}

/// The endpoint and the pipeline, as on race day, on a free port and in a temporary folder.
struct Venue {
    address: std::net::SocketAddr,
    bucket: Bucket,
    handler: Arc<Handler>,
    done: mpsc::Receiver<Handled>,
    progress: Arc<Progress>,
    stop: oneshot::Sender<()>,
    endpoint: tokio::task::JoinHandle<std::io::Result<()>>,
    /// Removed when dropped, after everything that uses it.
    _folder: tempfile::TempDir,
}

impl Venue {
    async fn start() -> Result<Self, Fault> {
        let cannot = |what: &str, e: &dyn std::fmt::Display| Fault::retry(format!("{what}: {e}"));
        let folder =
            tempfile::tempdir().map_err(|e| cannot("cannot make a temporary folder", &e))?;
        let listener =
            TcpListener::bind("127.0.0.1:0").await.map_err(|e| cannot("cannot listen", &e))?;
        let address = listener.local_addr().map_err(|e| cannot("cannot listen", &e))?;
        let (credentials, _) = Credentials::load_or_create(folder.path())
            .map_err(|e| cannot("cannot make keys", &e))?;
        let (id, secret) = credentials.primary();
        let client = StoreConfig::local(&format!("http://{address}"), id, secret).client();
        let (events, receiver) = host::channel(1024, Arc::default());
        let config = kanso_endpoint::Config { data: folder.path().to_owned(), credentials };
        let endpoint =
            Endpoint::open(config, events).map_err(|e| cannot("cannot open the endpoint", &e))?;
        let (stop, stopped) = oneshot::channel::<()>();
        let serving = tokio::spawn(async move {
            let stopped = async { drop(stopped.await) };
            endpoint.serve(listener, stopped).await
        });
        let bucket = Bucket::new(client, BUCKET);
        bucket.create().await?;
        let handler = Arc::new(Handler::new(bucket.clone(), bucket.clone()));
        let (send, done) = mpsc::channel(64);
        let progress = Arc::<Progress>::default();
        tokio::spawn(host::run(handler.clone(), receiver, send, progress.clone()));
        Ok(Self {
            address,
            bucket,
            handler,
            done,
            progress,
            stop,
            endpoint: serving,
            _folder: folder,
        })
    }

    async fn stop(self) {
        let _ = self.stop.send(());
        // The table is printed already; a late error of the server changes nothing.
        let _ = tokio::time::timeout(Duration::from_secs(5), self.endpoint).await;
    }
}

/// Everything of a race folder that is neither a photo nor hidden nor a note for people.
fn data_files(race: &Path) -> Result<Vec<PathBuf>, Fault> {
    let files = photo_files(race)?.photos;
    Ok(files
        .into_iter()
        .filter(|path| !path.starts_with(race.join("photos")))
        .filter(|path| path.extension().is_none_or(|extension| extension != "md"))
        .collect())
}

async fn upload(
    bucket: &Bucket,
    race: &RaceId,
    root: &Path,
    files: &[PathBuf],
) -> Result<(), Fault> {
    for path in files {
        let bytes = std::fs::read(path)
            .map_err(|e| Fault::retry(format!("cannot read {}: {e}", path.display())))?;
        let below = path.strip_prefix(root).unwrap_or(path);
        let steps: Vec<_> = below.iter().map(|step| step.to_string_lossy()).collect();
        let key = race.key(&steps.join("/"));
        bucket.put(&key, bytes.into(), "application/octet-stream", Write::Always).await?;
    }
    Ok(())
}

/// Downloads a photo's certificates; gives back the PDFs' paths.
async fn save(
    bucket: &Bucket,
    race: &RaceId,
    handled: &Handled,
    out: &Path,
) -> Result<Vec<PathBuf>, Fault> {
    let mut saved = Vec::new();
    for issued in &handled.issued {
        let keys = CertificateKeys::new(race, &issued.bib, &handled.photo_id, &issued.fingerprint);
        let name = format!("{}-{}", issued.bib, handled.photo_id);
        for (key, extension) in [(keys.pdf(), "pdf"), (keys.preview(), "jpg")] {
            let fetched = bucket.get(&key, If::Any, DOWNLOAD_LIMIT).await?;
            let path = out.join(format!("{name}.{extension}"));
            std::fs::write(&path, &fetched.bytes)
                .map_err(|e| Fault::retry(format!("cannot write {}: {e}", path.display())))?;
        }
        saved.push(out.join(format!("{name}.pdf")));
    }
    Ok(saved)
}

fn progress(photos: usize, quiet: bool) -> ProgressBar {
    if quiet {
        return ProgressBar::hidden();
    }
    let style = ProgressStyle::with_template("{bar:30} {pos}/{len} photos  {wide_msg}")
        .unwrap_or_else(|_| ProgressStyle::default_bar());
    ProgressBar::new(photos as u64).with_style(style)
}
