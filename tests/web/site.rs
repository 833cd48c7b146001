//! The pages of a venue, served in this process.

use std::net::SocketAddr;
use std::sync::Arc;

use kanso::print::config::PrintConfig;
use kanso::print::queue::Queue;
use kanso::web;
use kanso::web::secrets::Secrets;
use kanso::web::site::Site;

use super::client::Client;
use super::venue::{Venue, photo};

pub struct Pages {
    pub venue: Venue,
    pub site: Arc<Site>,
    pub address: SocketAddr,
    serving: tokio::task::JoinHandle<()>,
    _queue: tempfile::TempDir,
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
        let secrets = Secrets::random().unwrap();
        let mut site = Site::new(venue.bucket.clone(), venue.bucket.clone(), secrets);
        if let Some(printers) = printers {
            site = site.with_printing(printers, Queue::open(folder.path()).unwrap());
        }
        let site = Arc::new(site);
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let serving = serve(listener, site.clone());
        Self { venue, site, address, serving, _queue: folder }
    }

    /// Ends the server as a crash would, open lines and all.
    pub async fn stop(&mut self) {
        self.site.stop();
        self.serving.abort();
        let _ = (&mut self.serving).await;
    }

    /// Serves on the same address again.
    pub async fn start_again(&mut self) {
        let listener = tokio::net::TcpListener::bind(self.address).await.unwrap();
        self.serving = serve(listener, self.site.clone());
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

    /// A photo of a runner arrives, is handled, and open pages are told.
    pub async fn photo(&self, bib: &str, shade: u8) {
        let key = format!("race/photos/a/{shade}_bib{bib}.jpg");
        let upload = self.venue.put(&key, photo(shade)).await;
        for handled in self.venue.handle(&upload).await {
            self.site.tell(&handled);
        }
    }
}

/// One connection a task, all of which end with the server.
fn serve(listener: tokio::net::TcpListener, site: Arc<Site>) -> tokio::task::JoinHandle<()> {
    let router = web::router(site);
    tokio::spawn(async move { axum::serve(listener, router).await.unwrap() })
}
