//! `kanso serve --watch`: hot folders beside the server, with the server's own key.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use futures::future::join_all;
use kanso_certificate::Fault;
use kanso_hot_folder::{Destination, Pace, Watcher};
use kanso_pipeline::keys::RaceId;
use kanso_pipeline::store::Bucket;
use kanso_web::site::Site;
use tokio::sync::mpsc;

use super::stored_race::race_id;
use super::watch::{camera, require_folder};
use super::watch_report::Report;

/// What `--watch` and `--watch-race` name.
#[derive(Debug)]
pub struct WatchFolders {
    folders: Vec<WatchFolder>,
    race: Option<RaceId>,
}

#[derive(Debug)]
struct WatchFolder {
    folder: PathBuf,
    camera: Option<String>,
}

impl WatchFolders {
    /// Refuses what would upload a photo twice, or what the server itself writes.
    pub fn new(watch: &[PathBuf], race: Option<&str>, data: &Path) -> Result<Self, Fault> {
        let mut folders: Vec<WatchFolder> = Vec::new();
        for text in watch {
            let new = WatchFolder::new(text)?;
            if lies_in(data, &new.folder) {
                return Err(Fault::reject(format!(
                    "the data folder {} lies in {}, and what the server writes is not for \
                     watching; watch another folder, or put the data elsewhere with --data",
                    data.display(),
                    new.folder.display()
                )));
            }
            if let Some(other) = folders.iter().find(|other| other.overlaps(&new)) {
                return Err(Fault::reject(format!(
                    "--watch {} and --watch {} have photos in common, which would go up twice; \
                     give one of them",
                    other.folder.display(),
                    new.folder.display()
                )));
            }
            folders.push(new);
        }
        Ok(Self { folders, race: race.map(race_id).transpose()? })
    }

    /// Watches until the server stops.
    pub async fn run(self, site: Arc<Site>, bucket: Bucket) {
        if self.folders.is_empty() {
            return;
        }
        let race = match self.race {
            Some(race) => race,
            None => only_race(&site).await,
        };
        join_all(self.folders.into_iter().map(|folder| folder.run(race.clone(), bucket.clone())))
            .await;
    }
}

impl WatchFolder {
    /// `DIR=CAMERA`, or `DIR` alone. A folder whose own name has an `=` is taken as it is.
    fn new(text: &Path) -> Result<Self, Fault> {
        let split = text.to_str().filter(|_| !text.is_dir()).and_then(|text| text.rsplit_once('='));
        let (folder, camera) = match split {
            Some((folder, name)) => (PathBuf::from(folder), Some(camera(name)?)),
            None => (text.to_owned(), None),
        };
        require_folder(&folder)?;
        Ok(Self { folder, camera })
    }

    fn overlaps(&self, other: &Self) -> bool {
        lies_in(&self.folder, &other.folder) || lies_in(&other.folder, &self.folder)
    }

    async fn run(self, race: RaceId, bucket: Bucket) {
        let camera = self.camera.as_ref().map(|camera| format!(", camera {camera}"));
        println!("watching {} for {race}{}", self.folder.display(), camera.unwrap_or_default());
        let destination = Destination { race, camera: self.camera };
        let (sender, mut events) = mpsc::channel(16);
        let watcher = Watcher::new(self.folder, destination, bucket, Pace::default());
        let listening = async {
            let mut report = Report::lines();
            while let Some(event) = events.recv().await {
                report.tell(&event);
            }
        };
        tokio::join!(watcher.run(sender), listening);
    }
}

/// Whether a folder, which need not be there yet, is another one or lies in it.
fn lies_in(inner: &Path, outer: &Path) -> bool {
    match (real(inner), real(outer)) {
        (Ok(inner), Ok(outer)) => inner.starts_with(outer),
        _ => false,
    }
}

fn real(folder: &Path) -> std::io::Result<PathBuf> {
    if folder.exists() {
        return folder.canonicalize();
    }
    let folder = std::path::absolute(folder)?;
    match (folder.parent(), folder.file_name()) {
        (Some(parent), Some(name)) => Ok(real(parent)?.join(name)),
        _ => Ok(folder),
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
