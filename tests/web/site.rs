//! The pages of a venue, served in this process.

use std::net::SocketAddr;
use std::sync::Arc;

use kanso::web;
use kanso::web::secrets::Secrets;
use kanso::web::site::Site;

use super::client::Client;
use super::venue::{Venue, photo};

pub struct Pages {
    pub venue: Venue,
    pub site: Arc<Site>,
    pub address: SocketAddr,
}

impl Pages {
    /// The pages of a venue whose race has three runners, one of whom did not finish.
    pub async fn start() -> Self {
        let venue = Venue::with_race().await;
        let secrets = Secrets::random().unwrap();
        let site = Arc::new(Site::new(venue.bucket.clone(), venue.bucket.clone(), secrets));
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let router = web::router(site.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self { venue, site, address }
    }

    pub fn client(&self) -> Client {
        Client::new(self.address)
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
