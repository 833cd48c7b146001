//! The pages of a venue, served in this process.

use std::future::{pending, ready};
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use futures::future::BoxFuture;
use kanso_listen::Bounds;
use kanso_pipeline::events::Upload;
use kanso_print::config::PrintConfig;
use kanso_print::queue::Queue;
use kanso_web::host::Host;
use kanso_web::photo_store::PhotoStore;
use kanso_web::secrets::Secrets;
use kanso_web::site::Site;
use kanso_web::staff::Staff;
use tokio::runtime::Runtime;

use super::client::Client;
use super::ports::free_port;
use super::venue::{BUCKET, Venue, photo};

pub struct Pages {
    pub venue: Venue,
    pub site: Arc<Site>,
    pub address: SocketAddr,
    /// Absent while the server is stopped. A runtime of its own, so that it can die with
    /// its connections.
    serving: Option<Runtime>,
    /// The data folder: the print queue, and who works in the console.
    pub data: tempfile::TempDir,
    /// What is left on its disk.
    pub free_bytes: Arc<AtomicU64>,
}

impl Pages {
    /// The pages of a venue whose race has three runners, one of whom did not finish.
    pub async fn start() -> Self {
        Self::with_printers(None).await
    }

    /// The same with printers.
    pub async fn with_printers(printers: Option<PrintConfig>) -> Self {
        let venue = Venue::with_race().await;
        let folder = tempfile::tempdir().unwrap();
        let secrets = Secrets::random();
        let mut site = Site::new(venue.handler.clone(), secrets);
        site.address = Some("http://phones.example".to_owned());
        site.photo_store = Some(photo_store(&venue));
        site.staff = Some(Staff::of(folder.path()));
        let free_bytes = Arc::new(AtomicU64::new(400_000_000_000));
        site.host = Some(host(free_bytes.clone()));
        if let Some(printers) = printers {
            site = site.with_printing(printers, Queue::open(folder.path()).unwrap());
        }
        let site = Arc::new(site);
        // Not any port: it serves there again after it was stopped.
        let listener = std::net::TcpListener::bind(free_port()).unwrap();
        let address = listener.local_addr().unwrap();
        let serving = Some(serve(listener, site.clone()));
        Self { venue, site, address, serving, data: folder, free_bytes }
    }

    /// Ends the server as a crash would, open lines and all.
    pub fn stop(&mut self) {
        if let Some(serving) = self.serving.take() {
            serving.shutdown_background();
        }
    }

    /// Serves on the same address again.
    pub async fn start_again(&mut self) {
        let mut tries = 0;
        let listener = loop {
            match std::net::TcpListener::bind(self.address) {
                Ok(listener) => break listener,
                Err(error) => assert!(tries < 100, "{error}"),
            }
            tries += 1;
            tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        };
        self.serving = Some(serve(listener, self.site.clone()));
    }

    pub fn client(&self) -> Client {
        Client::new(self.address)
    }

    /// A browser that staff made a kiosk.
    pub async fn kiosk(&self) -> Client {
        let mut client = self.client();
        let code = &self.site.secrets.kiosk_code;
        let answer = client.get(&format!("/kiosk?code={code}")).await;
        assert_eq!(answer.status, hyper::StatusCode::SEE_OTHER, "{}", answer.text());
        client
    }

    /// Uploads a file of the race, and has it followed as its event would.
    pub async fn upload(&self, name: &str, body: impl Into<Vec<u8>>) {
        self.upload_to("race", name, body).await;
    }

    /// The same for another race.
    pub async fn upload_to(&self, race: &str, name: &str, body: impl Into<Vec<u8>>) {
        let upload = self.venue.put(&format!("{race}/{name}"), body).await;
        self.handled(&upload).await;
    }

    /// Follows what was uploaded, and tells open pages.
    pub async fn handled(&self, upload: &Upload) {
        for handled in self.venue.handle(upload).await {
            self.site.tell(&handled);
        }
    }

    /// A photo of a runner arrives, is handled, and open pages are told.
    pub async fn photo(&self, bib: &str, shade: u8) {
        self.upload(&format!("photos/a/{shade}_bib{bib}.jpg"), photo(shade)).await;
    }
}

/// A machine with so much room.
fn host(free_bytes: Arc<AtomicU64>) -> Host {
    let ask = move || -> BoxFuture<'static, Option<u64>> {
        Box::pin(ready(Some(free_bytes.load(Ordering::Relaxed))))
    };
    Host { progress: Arc::default(), free_bytes: Box::new(ask) }
}

/// The venue's store, as `kanso serve` gives it to photographers' browsers.
fn photo_store(venue: &Venue) -> PhotoStore {
    let store = &venue.store;
    let address: http::Uri = store.endpoint.as_ref().unwrap().parse().unwrap();
    let port = address.port_u16().unwrap();
    PhotoStore::on_this_host(port, &store.access_key_id, &store.secret_access_key, BUCKET)
}

/// A second process on the same store.
pub struct Served {
    pub address: SocketAddr,
    serving: Option<Runtime>,
}

impl Served {
    pub fn start(site: Arc<Site>) -> Self {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        Self { address, serving: Some(serve(listener, site)) }
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        if let Some(serving) = self.serving.take() {
            serving.shutdown_background();
        }
    }
}

impl Drop for Pages {
    fn drop(&mut self) {
        self.stop();
    }
}

fn serve(listener: std::net::TcpListener, site: Arc<Site>) -> Runtime {
    let runtime = Runtime::new().unwrap();
    listener.set_nonblocking(true).unwrap();
    runtime.spawn(async move {
        let listener = tokio::net::TcpListener::from_std(listener).unwrap();
        let router = kanso_web::router(site);
        kanso_listen::serve(listener, router, Bounds::VENUE, pending()).await.unwrap();
    });
    runtime
}
