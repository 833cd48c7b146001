//! `kanso key`: access keys for photographers.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use kanso_endpoint::{CredentialsError, key_file};
use kanso_pipeline::keys::{RaceId, is_step};

use super::serve::RACES_BUCKET;

/// Make, list and take away photographers' access keys.
///
/// A key uploads to and looks into its own camera's folder of one race, and deletes nothing.
/// A running `kanso serve` knows of it at once. On AWS an IAM user or a presigned PUT does
/// the same: s3:PutObject and s3:GetObject on arn:aws:s3:::BUCKET/RACE/photos/CAMERA/*, and
/// s3:ListBucket with the condition s3:prefix = RACE/photos/CAMERA/*.
#[derive(Debug, Clone, clap::Args)]
pub struct Args {
    /// The data folder of `kanso serve`.
    #[arg(long, value_name = "DIR", default_value = "./kanso-data", global = true)]
    data: PathBuf,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Clone, clap::Subcommand)]
enum Command {
    /// Make a key for one camera of a race; its secret is shown only now
    New {
        /// The race's folder.
        #[arg(long)]
        race: String,
        /// The camera's folder below `photos/`.
        #[arg(long)]
        camera: String,
    },
    /// List the keys, without their secrets
    List,
    /// Take a photographer's key away
    Remove { access_key_id: String },
}

pub fn run(args: Args) -> ExitCode {
    let done = match args.command {
        Command::New { race, camera } => return new(&args.data, &race, &camera),
        Command::List => list(&args.data),
        Command::Remove { access_key_id } => match key_file::remove(&args.data, &access_key_id) {
            Ok(false) => {
                return super::fail(format!(
                    "{access_key_id} is no photographer's key; kanso key list shows them"
                ));
            }
            removed => removed.map(drop),
        },
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => super::fail(error),
    }
}

fn new(data: &Path, race: &str, camera: &str) -> ExitCode {
    let Some(race) = RaceId::new(race) else {
        return super::fail(format!("{race:?} is no race's folder; give one name without slashes"));
    };
    if !is_step(camera) {
        return super::fail(format!("{camera:?} is no camera; give one name without slashes"));
    }
    let folder = format!("{RACES_BUCKET}/{}", race.key(&format!("photos/{camera}/")));
    match key_file::add(data, std::slice::from_ref(&folder)) {
        Ok(key) => {
            println!("AWS_ACCESS_KEY_ID={}", key.access_key_id);
            println!("AWS_SECRET_ACCESS_KEY={}", key.secret_access_key);
            println!("uploads to s3://{folder}");
            ExitCode::SUCCESS
        }
        Err(error) => super::fail(error),
    }
}

fn list(data: &Path) -> Result<(), CredentialsError> {
    for key in key_file::keys(data)? {
        let folders = key.prefixes.map_or("everything".to_owned(), |list| list.join(" "));
        println!("{}  {folders}", key.access_key_id);
    }
    Ok(())
}
