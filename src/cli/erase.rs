//! `kanso erase`: forgets a runner, at their wish.

use std::process::ExitCode;

use kanso_certificate::Fault;
use kanso_pipeline::erasure::Erased;
use kanso_race::Bib;

use super::fail;
use super::stored_race::{StoredRace, done};

/// Delete a runner's certificates, and keep them from coming back.
///
/// The runner's photos stay where they are: they may show others. Their keys are listed, so
/// that those that must go can be deleted. Reads AWS_REGION, AWS_ACCESS_KEY_ID,
/// AWS_SECRET_ACCESS_KEY and, for another S3 than AWS's, AWS_ENDPOINT_URL.
#[derive(Debug, Clone, clap::Args)]
pub struct Args {
    #[command(flatten)]
    race: StoredRace,
    /// The runner's bib
    #[arg(long, value_name = "BIB")]
    bib: String,
    /// A JSON object instead of words
    #[arg(long)]
    json: bool,
}

pub fn run(args: Args) -> ExitCode {
    match done(erased(&args)) {
        Ok(erased) if args.json => println!("{}", serde_json::json!(erased)),
        Ok(erased) => {
            println!(
                "{} objects deleted, and {} earlier versions; {} photos' records and {} answers \
                 no longer name the runner",
                erased.objects, erased.versions, erased.photos, erased.answers
            );
            for key in &erased.unreadable {
                println!("cannot be read, correct or delete it: {key}");
            }
            for key in &erased.photo_keys {
                println!("the photo stays: {key}");
            }
        }
        Err(fault) => return fail(fault),
    }
    ExitCode::SUCCESS
}

async fn erased(args: &Args) -> Result<Erased, Fault> {
    let (handler, race) = args.race.open()?;
    let bib = Bib::parse(&args.bib).map_err(|error| Fault::reject(error.to_string()))?;
    handler.erase(&race, &bib).await
}
