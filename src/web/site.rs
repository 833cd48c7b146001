//! What every page needs: the races, their certificates, the keys, and what just changed.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use kanso_certificate::Fault;
use kanso_certificate::race_data::RaceData;
use kanso_pipeline::handler::{Handled, Handler};
use kanso_pipeline::keys::{self, CertificateKeys, Input, RaceId};
use kanso_pipeline::race_folder::Readiness;
use kanso_pipeline::store::{Bucket, If};
use kanso_print::Printing;
use kanso_print::config::PrintConfig;
use kanso_print::documents::Documents;
use kanso_print::queue::Queue;
use kanso_race::{Bib, Finisher};
use kanso_render::pdf::desk_copy;
use tokio::sync::{Mutex, broadcast};

use super::host::Host;
use super::language::Both;
use super::photo_store::PhotoStore;
use super::secrets::Secrets;
use super::session::Signer;
use super::staff::Staff;

/// For how long the list of races is trusted. Also the most that guesses at race names
/// can cost: one listing in this time.
const RACES_FRESH: Duration = Duration::from_secs(5);
/// Changes kept for a page that is slow to read them; it reloads when it missed some.
const CHANGES: usize = 256;

/// A PDF larger than this is not one of ours.
const PDF_LIMIT: u64 = 256 << 20;

/// Shared by all requests.
pub struct Site {
    /// The pipeline's own, so that pages and printers see what it does.
    pub handler: Arc<Handler>,
    pub secrets: Secrets,
    pub signer: Signer,
    /// Absent where nothing prints: without `printers.toml`.
    pub printing: Option<Arc<Printing>>,
    /// Where phones of this network reach the pages, as `http://192.168.0.20:8080`; a race's
    /// own public address wins.
    pub address: Option<String>,
    /// Where files are too large for an answer, as in a Lambda: the outputs' bucket by the host
    /// that phones reach. They are sent there for them.
    pub direct: Option<Bucket>,
    /// Where photographers' browsers upload to; absent where no page for them is served.
    pub photo_store: Option<PhotoStore>,
    /// Who works in the console; absent where none is served.
    pub staff: Option<Staff>,
    /// Absent where the pipeline runs elsewhere.
    pub host: Option<Host>,
    known: Mutex<Known>,
    changes: broadcast::Sender<Change>,
}

#[derive(Default)]
struct Known {
    asked: Option<Instant>,
    races: BTreeSet<RaceId>,
}

/// Something that open pages show has changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// A photo was handled; these runners have a new certificate by it.
    Photo { race: RaceId, bibs: Vec<Bib> },
    /// The server stops: open lines end, so that it can.
    Stopping,
}

/// A race whose data can be read.
#[derive(Clone)]
pub struct OpenRace {
    pub id: RaceId,
    pub race_data: Arc<RaceData>,
}

impl OpenRace {
    pub fn name(&self) -> Both {
        Both::from(&self.race_data.race.name)
    }

    /// A runner of the start list; nobody who asked to be erased.
    pub fn finisher(&self, bib: &Bib) -> Option<&Finisher> {
        let finisher = self.race_data.roster.get(bib);
        finisher.filter(|finisher| !self.race_data.erased.contains(&finisher.bib))
    }

    pub fn course_name(&self, finisher: &Finisher) -> Option<Both> {
        self.race_data.race.course_of(finisher).map(|course| Both::from(&course.name))
    }
}

impl Site {
    pub fn new(handler: Arc<Handler>, secrets: Secrets) -> Self {
        Self {
            handler,
            signer: Signer::new(&secrets),
            secrets,
            printing: None,
            address: None,
            direct: None,
            photo_store: None,
            staff: None,
            host: None,
            known: Mutex::default(),
            changes: broadcast::channel(CHANGES).0,
        }
    }

    /// With printers. Their tasks start here.
    pub fn with_printing(mut self, config: PrintConfig, queue: Queue) -> Self {
        let documents = Documents::new(self.handler.clone());
        let printing = Arc::new(Printing::new(config, queue, documents));
        printing.start();
        self.printing = Some(printing);
        self
    }

    /// The races there are.
    pub async fn races(&self) -> Result<Vec<RaceId>, Fault> {
        let mut known = self.known.lock().await;
        if known.asked.is_none_or(|asked| asked.elapsed() > RACES_FRESH) {
            let folders = self.handler.inputs().folders("").await?;
            known.races = folders.iter().filter_map(|folder| RaceId::new(folder)).collect();
            known.asked = Some(Instant::now());
        }
        Ok(known.races.iter().cloned().collect())
    }

    /// A race by its folder's name; `None` where there is none or its data cannot be read.
    pub async fn race(&self, folder: &str) -> Result<Option<OpenRace>, Fault> {
        let Some(id) = self.races().await?.into_iter().find(|race| race.as_str() == folder) else {
            return Ok(None);
        };
        match self.handler.races().race_data(&id).await?.0 {
            Readiness::Ready(race_data) => Ok(Some(OpenRace { id, race_data })),
            Readiness::NotYet(why) | Readiness::Expired(why) => {
                tracing::info!(race = %id, "a page asks for a race that is not ready: {why}");
                Ok(None)
            }
        }
    }

    /// A runner's link in full, as a phone opens it.
    pub async fn link(&self, race: &OpenRace, bib: &Bib) -> Result<Option<String>, Fault> {
        let public = race.race_data.race.public_url.as_ref().or(self.address.as_ref());
        let Some(address) = public else { return Ok(None) };
        let links = self.handler.links(&race.id).await?;
        Ok(Some(format!("{address}{}", links.path(bib))))
    }

    /// A stored certificate's PDF without its bleed.
    pub async fn desk_copy(&self, certificate: &CertificateKeys) -> Result<Bytes, Fault> {
        let stored = self.handler.outputs().get(&certificate.pdf(), If::Any, PDF_LIMIT).await?;
        let cut = move || desk_copy(&stored.bytes).map_err(|e| Fault::reject(e.to_string()));
        Ok(self.handler.on_cpu(cut).await?.into())
    }

    /// Tells open pages what the pipeline did.
    pub fn tell(&self, handled: &Handled) {
        let bibs: Vec<Bib> = handled.issued.iter().map(|issued| issued.bib.clone()).collect();
        if let Some(Input::Photo(photo)) = keys::classify(&handled.key) {
            // An error means that no page is open.
            let _ = self.changes.send(Change::Photo { race: photo.race, bibs });
        }
    }

    /// Ends the lines of all open pages.
    pub fn stop(&self) {
        let _ = self.changes.send(Change::Stopping);
    }

    /// What changes from now on.
    pub fn changes(&self) -> broadcast::Receiver<Change> {
        self.changes.subscribe()
    }
}
