//! `kanso photographer`: who may upload which cameras' photos.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use kanso_certificate::Fault;
use kanso_certificate::link::upload_path;
use kanso_endpoint::access::CREDENTIALS_FILE;
use kanso_endpoint::key_file::{self, FileKey};
use kanso_pipeline::keys::{RaceId, is_step};
use kanso_pipeline::photographers::PhotographerId;
use kanso_pipeline::race_folder::Readiness;

use super::fail;
use super::serve::RACES_BUCKET;
use super::stored_race::{StoredRace, done};

/// Say who may upload photos to a race, and of which cameras.
///
/// A photographer gets a code, which opens the page /upload, and, where the data folder of
/// `kanso serve` is at hand, an S3 key for aws, rclone or `kanso watch`. Both work below the
/// photographer's own cameras' folders only, and delete nothing. On AWS an IAM user does the same as
/// the S3 key: s3:PutObject and s3:GetObject on arn:aws:s3:::BUCKET/RACE/photos/CAMERA/*, and
/// s3:ListBucket with the condition s3:prefix = RACE/photos/CAMERA/*.
///
/// Reads AWS_REGION, AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and, for another S3 than AWS's,
/// AWS_ENDPOINT_URL.
#[derive(Debug, Clone, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Clone, clap::Subcommand)]
enum Command {
    /// Add a photographer; the code and the key's secret are shown only now
    Add {
        /// What staff call them; it stands in no key and no log
        name: String,
        #[command(flatten)]
        race: StoredRace,
        /// A camera's folder below `photos/`; may be given several times
        #[arg(long, value_name = "FOLDER", required = true)]
        camera: Vec<String>,
        #[command(flatten)]
        data: Data,
    },
    /// List a race's photographers, without their codes
    List {
        #[command(flatten)]
        race: StoredRace,
    },
    /// Take a photographer's code and key away; what was uploaded stays
    Remove {
        /// The first four characters of the code
        id: PhotographerId,
        #[command(flatten)]
        race: StoredRace,
        #[command(flatten)]
        data: Data,
    },
}

#[derive(Debug, Clone, clap::Args)]
struct Data {
    /// The data folder of `kanso serve`, which holds the S3 keys
    #[arg(long, value_name = "DIR", default_value = "./kanso-data")]
    data: PathBuf,
}

impl Data {
    fn folder(&self) -> Option<&Path> {
        self.data.join(CREDENTIALS_FILE).is_file().then_some(&self.data)
    }
}

pub fn run(args: Args) -> ExitCode {
    let ran = match args.command {
        Command::Add { name, race, camera, data } => add(&name, &race, camera, &data),
        Command::List { race } => list(&race),
        Command::Remove { id, race, data } => remove(&id, &race, &data),
    };
    match ran {
        Ok(()) => ExitCode::SUCCESS,
        Err(fault) => fail(fault),
    }
}

fn add(name: &str, race: &StoredRace, mut cameras: Vec<String>, data: &Data) -> Result<(), Fault> {
    let mut named = BTreeSet::new();
    cameras.retain(|camera| named.insert(camera.clone()));
    if let Some(wrong) = cameras.iter().find(|camera| !is_step(camera)) {
        let why = format!("{wrong:?} is no camera; give one name without slashes");
        return Err(Fault::reject(why));
    }
    if name.trim().is_empty() {
        return Err(Fault::reject(
            "a photographer needs a name; give one by which staff know them",
        ));
    }
    let (handler, race) = race.open()?;
    let folders: Vec<String> = cameras.iter().map(|camera| folder(&race, camera)).collect();
    let key = data.folder().map(|data| key_file::add(data, &folders));
    let key: Option<FileKey> = key.transpose().map_err(|error| Fault::retry(error.to_string()))?;
    let id = key.as_ref().map(|key| key.access_key_id.clone());
    let added = done(async {
        let code = handler.add_photographer(&race, name.trim(), cameras, id.clone()).await?;
        let address = match handler.races().race_data(&race).await?.0 {
            Readiness::Ready(race_data) => race_data.race.public_url.clone(),
            Readiness::NotYet(_) | Readiness::Expired(_) => None,
        };
        Ok((code, address))
    });
    let (code, address) = match (added, data.folder(), id) {
        (Ok(added), ..) => added,
        (Err(fault), Some(data), Some(id)) => {
            // A key of nobody opens nothing.
            let _ = key_file::remove(data, &id);
            return Err(fault);
        }
        (Err(fault), ..) => return Err(fault),
    };
    println!("code     {code}");
    let path = format!("{}?code={code}", upload_path(race.as_str()));
    match address {
        Some(address) => println!("page     {address}{path}"),
        None => println!("page     {path}, where kanso serve says that its pages are"),
    }
    for folder in folders {
        println!("uploads  to s3://{folder}");
    }
    match key {
        Some(key) => {
            println!("\nfor aws, rclone and kanso watch:");
            println!("  AWS_ACCESS_KEY_ID={}", key.access_key_id);
            println!("  AWS_SECRET_ACCESS_KEY={}", key.secret_access_key);
        }
        None => println!(
            "\nno S3 key was made: {} is no data folder of kanso serve; give it with --data",
            data.data.display()
        ),
    }
    Ok(())
}

fn folder(race: &RaceId, camera: &str) -> String {
    format!("{RACES_BUCKET}/{}", race.key(&format!("photos/{camera}/")))
}

fn list(race: &StoredRace) -> Result<(), Fault> {
    let (handler, race) = race.open()?;
    let photographers = done(handler.photographers(&race))?;
    for (id, one) in &photographers {
        println!("{id}  {}  {}", one.name, one.cameras.join(" "));
    }
    if photographers.is_empty() {
        println!("race {race} has no photographers; kanso photographer add makes one");
    }
    Ok(())
}

fn remove(id: &PhotographerId, race: &StoredRace, data: &Data) -> Result<(), Fault> {
    let (handler, race) = race.open()?;
    let was = done(handler.remove_photographer(&race, id))?.ok_or_else(|| {
        let why =
            format!("race {race} has no photographer {id}; kanso photographer list shows who");
        Fault::reject(why)
    })?;
    let Some(key) = was.access_key_id else { return Ok(()) };
    let Some(folder) = data.folder() else {
        return Err(Fault::reject(format!(
            "the code is taken away, but not the S3 key {key}: give the data folder of kanso serve \
             with --data to kanso key remove"
        )));
    };
    key_file::remove(folder, &key).map_err(|error| Fault::retry(error.to_string()))?;
    Ok(())
}
