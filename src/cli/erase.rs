//! `kanso erase`: forgets a runner, at their wish.

use std::process::ExitCode;

use kanso_certificate::Fault;
use kanso_pipeline::erasure::Erased;
use kanso_pipeline::keys::RaceId;
use kanso_race::Bib;

use super::buckets::Buckets;
use super::fail;

/// Delete a runner's certificates, and keep them from coming back.
///
/// The runner's photos stay where they are: they may show others. Their keys are listed, so
/// that those that must go can be deleted. Reads AWS_REGION, AWS_ACCESS_KEY_ID,
/// AWS_SECRET_ACCESS_KEY and, for another S3 than AWS's, AWS_ENDPOINT_URL.
#[derive(Debug, Clone, clap::Args)]
pub struct Args {
    /// The race's folder
    #[arg(long, value_name = "RACE")]
    race: String,
    /// The runner's bib
    #[arg(long, value_name = "BIB")]
    bib: String,
    #[command(flatten)]
    buckets: Buckets,
    /// A JSON object instead of words
    #[arg(long)]
    json: bool,
}

pub fn run(args: Args) -> ExitCode {
    let runtime = match tokio::runtime::Runtime::new() {
        Ok(runtime) => runtime,
        Err(error) => return fail(format!("cannot start: {error}")),
    };
    match runtime.block_on(erased(&args)) {
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
    let race = RaceId::new(&args.race).ok_or_else(|| {
        Fault::reject(format!("{:?} is no race's folder; give one name without slashes", args.race))
    })?;
    let bib = Bib::parse(&args.bib).map_err(|error| Fault::reject(error.to_string()))?;
    args.buckets.handler()?.erase(&race, &bib).await
}
