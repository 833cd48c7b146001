//! `kanso requests`: what runners say of their photos, to be settled by a person.

use std::process::ExitCode;

use kanso_certificate::Fault;
use kanso_pipeline::requests::{RequestId, Settlement, Wish};

use super::fail;
use super::stored_race::{StoredRace, done};

/// List what runners say of their photos on their page, and settle it.
///
/// "not me": the photo shows somebody else; "remove": the runner does not want it shown. Either
/// way a removed photo is no certificate's of that runner any more; the photo itself stays with
/// the photographer. Reads AWS_REGION, AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and, for another
/// S3 than AWS's, AWS_ENDPOINT_URL. Exits with 1 while requests are open.
#[derive(Debug, Clone, clap::Args)]
pub struct Args {
    #[command(flatten)]
    race: StoredRace,
    /// Take the photo of this request out of the runner's certificates
    #[arg(long, value_name = "REQUEST", conflicts_with = "keep")]
    remove: Option<RequestId>,
    /// Leave it, or put it back where it was hidden at once
    #[arg(long, value_name = "REQUEST")]
    keep: Option<RequestId>,
    /// One JSON object a line instead of words
    #[arg(long)]
    json: bool,
}

pub fn run(args: Args) -> ExitCode {
    match done(requests(&args)) {
        Ok(0) => ExitCode::SUCCESS,
        Ok(_) => ExitCode::from(1),
        Err(fault) => fail(fault),
    }
}

/// Settles what was asked for, lists the rest, and says how many are open.
async fn requests(args: &Args) -> Result<usize, Fault> {
    let (handler, race) = args.race.open()?;
    let removed = args.remove.iter().map(|id| (id, Settlement::Removed));
    for (id, settlement) in removed.chain(args.keep.iter().map(|id| (id, Settlement::Kept))) {
        handler.settle(&race, id, settlement, "kanso requests").await?.ok_or_else(|| {
            Fault::reject(format!("race {race} has no request {id}; list them without --remove"))
        })?;
    }
    let mut open = 0;
    for (id, request) in handler.requests(&race).await? {
        if args.json {
            println!("{}", serde_json::json!({"request": id.to_string(), "said": request}));
        } else if request.settled.is_none() {
            let wish = match request.wish {
                Wish::NotMe => "not me",
                Wish::RemovePhoto => "remove",
            };
            println!("{id}  {wish}  since {:.0}", request.asked_at);
        }
        open += usize::from(request.settled.is_none());
    }
    if !args.json {
        println!("{open} open");
    }
    Ok(open)
}
