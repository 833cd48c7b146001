//! `kanso serve`: the embedded S3, the web pages and the pipeline in one process.

use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use kanso_certificate::Fault;
use kanso_endpoint::{
    Config, Credentials, CredentialsError, Endpoint, EndpointError, EventReceiver,
};
use kanso_pipeline::handler::Handler;
use kanso_pipeline::memory;
use kanso_pipeline::metrics::Metrics;
use kanso_pipeline::progress::Progress;
use kanso_pipeline::store::{Bucket, StoreConfig};
use kanso_pipeline::tally::Tally;
use kanso_print::config::{ConfigError, PRINTERS_FILE, PrintConfig};
use kanso_print::queue::{Queue, QueueError};
use kanso_web::host::{FreeBytes, Host};
use kanso_web::photo_store::PhotoStore;
use kanso_web::secrets::{SECRETS_FILE, Secrets, SecretsError};
use kanso_web::site::Site;
use kanso_web::staff::Staff;
use tokio::net::TcpListener;
use tokio::sync::{mpsc, watch};

use super::health::{self, Health};
use super::watch_folders::WatchFolders;
use super::{fail, metrics, pages};
use crate::host;

/// Events that may wait for the pipeline in each lane. More are dropped and found by the
/// reconciler.
const EVENT_QUEUE: usize = 4096;
/// The bucket that holds the races.
pub(super) const RACES_BUCKET: &str = "kanso";

/// Run the embedded S3 and the certificate pipeline on this machine.
///
/// Photographers upload with any S3 client (aws, rclone, s3cmd, boto3) to --listen. The keys
/// are taken from KANSO_ACCESS_KEY_ID and KANSO_SECRET_ACCESS_KEY, else from
/// credentials.toml in the data folder, else made and printed once. Photographers' keys
/// (`kanso key`) always come from that file; with the two variables set, its keys that may do
/// everything do not count.
#[derive(Debug, Clone, clap::Args)]
pub struct Args {
    /// Folder that holds everything: objects, index, keys.
    #[arg(long, value_name = "DIR", default_value = "./kanso-data")]
    pub data: PathBuf,
    /// Address of the S3 endpoint.
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:9000")]
    pub listen: SocketAddr,
    /// Address of the web pages, /healthz and /metrics.
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:8080")]
    pub web: SocketAddr,
    /// A folder whose photos are uploaded as they come, as `kanso watch` does, and its camera;
    /// without one, the first folder below it names the camera. May be given several times.
    #[arg(long, value_name = "DIR[=CAMERA]")]
    pub watch: Vec<PathBuf>,
    /// The race that --watch is for; needed where there are several.
    #[arg(long, value_name = "RACE", requires = "watch")]
    pub watch_race: Option<String>,
}

#[derive(Debug, thiserror::Error)]
enum ServeError {
    #[error("set both KANSO_ACCESS_KEY_ID and KANSO_SECRET_ACCESS_KEY, or neither")]
    HalfKey,
    #[error(transparent)]
    Credentials(#[from] CredentialsError),
    #[error(transparent)]
    Secrets(#[from] SecretsError),
    #[error(transparent)]
    Printers(#[from] ConfigError),
    #[error(transparent)]
    Queue(#[from] QueueError),
    #[error(transparent)]
    Endpoint(#[from] EndpointError),
    #[error(transparent)]
    Watch(#[from] Fault),
    #[error("cannot listen on {address}: {source}; choose another address with {option}")]
    Listen { address: SocketAddr, option: &'static str, source: io::Error },
    #[error("cannot start the server: {0}")]
    Runtime(#[source] io::Error),
    #[error("the server stopped: {0}")]
    Server(#[source] io::Error),
}

/// Exit code 0 after a shutdown that was asked for, 2 where the server could not run.
pub fn run(args: Args) -> ExitCode {
    memory::keep_little();
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    let result = match runtime {
        Ok(runtime) => runtime.block_on(serve(args)),
        Err(error) => Err(ServeError::Runtime(error)),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => fail(error),
    }
}

async fn serve(args: Args) -> Result<(), ServeError> {
    let watching = WatchFolders::new(&args.watch, args.watch_race.as_deref(), &args.data)?;
    let signals = Signals::new().map_err(ServeError::Runtime)?;
    kanso_listen::allow_open_files();
    let s3 = bind(args.listen, "--listen").await?;
    let web = bind(args.web, "--web").await?;
    let tally = Arc::new(Tally::default());
    let (events, receiver) = host::channel(EVENT_QUEUE, tally.clone());
    let (credentials, made) = credentials(&args)?;
    let endpoint = Endpoint::open(
        Config { data: args.data.clone(), credentials: credentials.clone() },
        events,
    )?;
    let secrets = Secrets::load_or_create(&args.data)?;
    announce(&args, &s3, &web, &credentials, made).map_err(ServeError::Server)?;
    let web_address = web.local_addr().map_err(ServeError::Server)?;
    let phones = pages::reached_by_phones(web_address);
    let at = phones.clone().unwrap_or_else(|| format!("http://{web_address}"));
    println!("kiosk    {at}/kiosk?code={}", secrets.kiosk_code);
    println!("console  {at}/console (kanso staff add lets somebody in)");
    println!("codes    {} (staff PIN, console token)", args.data.join(SECRETS_FILE).display());
    pages::announce(phones.as_deref());

    let (stop, stopped) = watch::channel(false);
    let until = |mut stopped: watch::Receiver<bool>| async move {
        // An error means that the sender is gone: stopped as well.
        let _ = stopped.wait_for(|stop| *stop).await;
    };
    let address = s3.local_addr().map_err(ServeError::Server)?;
    let (id, secret) = credentials.primary();
    let client = StoreConfig::local(&format!("http://{}", reachable(address)), id, secret).client();
    let bucket = Bucket::new(client, RACES_BUCKET);
    let handler = Arc::new(Handler::new(bucket.clone(), bucket.clone()).with_tally(tally));
    let mut site = Site::new(handler.clone(), secrets);
    if let Some(printers) = PrintConfig::load(&args.data.join(PRINTERS_FILE))? {
        site = site.with_printing(printers, Queue::open(&args.data.join("print"))?);
    }
    site.address = phones;
    site.photo_store = Some(PhotoStore::on_this_host(address.port(), id, secret, RACES_BUCKET));
    site.staff = Some(Staff::of(&args.data));
    let progress = Arc::new(Progress::default());
    site.host = Some(Host { progress: progress.clone(), free_bytes: free_bytes(&endpoint) });
    let site = Arc::new(site);
    tokio::spawn(watching.run(site.clone(), bucket));
    let metrics = Arc::new(Metrics::default());
    let (seen, metrics_kept) = (progress.clone(), metrics.clone());
    let work = pipeline(handler.clone(), receiver, site.clone(), metrics_kept, progress);
    let pipeline = tokio::spawn(work);
    let (abort, printing) = (pipeline.abort_handle(), site.printing.clone());
    let health = Health::new(endpoint.clone(), seen, abort, handler, printing);
    let router = metrics::router(metrics, site.clone())
        .merge(health::router(health))
        .merge(kanso_web::router(site.clone()));
    let web_server =
        kanso_listen::serve(web, router, kanso_listen::Bounds::VENUE, until(stopped.clone()));
    let s3_server = endpoint.serve(s3, until(stopped));
    let waiting = async {
        signals.wait().await;
        eprintln!("stopping: requests under way get ten seconds");
        // The receivers live in the servers below.
        let _ = stop.send(true);
        site.stop();
        Ok(())
    };
    let result = tokio::try_join!(s3_server, web_server, waiting);
    pipeline.abort();
    result.map(|_| ()).map_err(ServeError::Server)
}

/// Makes a certificate of every photo, through the same S3 API as everyone, and tells the
/// open pages.
async fn pipeline(
    handler: Arc<Handler>,
    events: EventReceiver,
    site: Arc<Site>,
    metrics: Arc<Metrics>,
    progress: Arc<Progress>,
) {
    while let Err(error) = handler.inputs().create().await {
        tracing::warn!("cannot make the bucket {RACES_BUCKET} yet: {error}");
        tokio::time::sleep(std::time::Duration::from_secs(1)).await;
    }
    let (done, mut handled) = mpsc::channel(64);
    let report = async {
        while let Some(handled) = handled.recv().await {
            metrics.record(&handled);
            site.tell(&handled);
        }
    };
    tokio::join!(host::run(handler, events, done, progress), report);
}

/// Asks the disk of the data folder.
fn free_bytes(endpoint: &Endpoint) -> FreeBytes {
    let endpoint = endpoint.clone();
    Box::new(move || {
        let endpoint = endpoint.clone();
        Box::pin(async move { endpoint.health().await.ok().map(|health| health.free_bytes) })
    })
}

/// The address to reach our own listener by, where it listens on all of them.
fn reachable(address: SocketAddr) -> SocketAddr {
    use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
    match address.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => (Ipv4Addr::LOCALHOST, address.port()).into(),
        IpAddr::V6(ip) if ip.is_unspecified() => (Ipv6Addr::LOCALHOST, address.port()).into(),
        _ => address,
    }
}

/// Stops on SIGINT and SIGTERM.
struct Signals {
    #[cfg(unix)]
    terminate: tokio::signal::unix::Signal,
}

impl Signals {
    fn new() -> io::Result<Self> {
        Ok(Self {
            #[cfg(unix)]
            terminate: tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate())?,
        })
    }

    async fn wait(#[cfg_attr(not(unix), allow(unused_mut))] mut self) {
        #[cfg(unix)]
        tokio::select! {
            _ = tokio::signal::ctrl_c() => {}
            _ = self.terminate.recv() => {}
        }
        #[cfg(not(unix))]
        let _ = tokio::signal::ctrl_c().await;
    }
}

async fn bind(address: SocketAddr, option: &'static str) -> Result<TcpListener, ServeError> {
    let listener = TcpListener::bind(address).await;
    listener.map_err(|source| ServeError::Listen { address, option, source })
}

fn credentials(args: &Args) -> Result<(Credentials, bool), ServeError> {
    let variable = |name| std::env::var(name).ok().filter(|value| !value.is_empty());
    match (variable("KANSO_ACCESS_KEY_ID"), variable("KANSO_SECRET_ACCESS_KEY")) {
        (Some(id), Some(secret)) => {
            Ok((Credentials::single(id, secret)?.with_photographers_of(&args.data), false))
        }
        (None, None) => Ok(Credentials::load_or_create(&args.data)?),
        _ => Err(ServeError::HalfKey),
    }
}

fn announce(
    args: &Args,
    s3: &TcpListener,
    web: &TcpListener,
    credentials: &Credentials,
    made: bool,
) -> io::Result<()> {
    println!("S3       http://{}", s3.local_addr()?);
    println!("web      http://{}", web.local_addr()?);
    println!("data     {}", args.data.display());
    let (id, secret) = credentials.primary();
    if made {
        println!("\nA first key was made and stored in the data folder; it is shown only now:");
        println!("  AWS_ACCESS_KEY_ID={id}\n  AWS_SECRET_ACCESS_KEY={secret}");
    } else {
        println!("key      {id}");
    }
    Ok(())
}
