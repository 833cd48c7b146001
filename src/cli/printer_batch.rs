//! `kanso printer batch`: many certificates at once, through a running `kanso serve`.

use std::path::PathBuf;
use std::process::ExitCode;

use hyper::{Method, StatusCode};
use kanso_certificate::Fault;
use kanso_web::batch::{Batch, Submitted};

use super::printer_desk::Desk;

#[derive(Debug, Clone, clap::Args)]
pub struct Args {
    /// The race's folder in the store
    #[arg(long, value_name = "NAME")]
    race: String,
    /// Names the batch: the same name and bib is never printed twice
    #[arg(long, value_name = "NAME")]
    name: String,
    /// Bibs, one a line; lines that begin with # are skipped
    #[arg(value_name = "FILE")]
    bibs: PathBuf,
    #[command(flatten)]
    desk: Desk,
}

/// 0 where every bib was queued, 1 where some have no certificate.
pub async fn run(args: &Args) -> Result<ExitCode, Fault> {
    let text = std::fs::read_to_string(&args.bibs)
        .map_err(|e| Fault::reject(format!("cannot read {}: {e}", args.bibs.display())))?;
    let lines = text.lines().map(str::trim).filter(|l| !l.is_empty() && !l.starts_with('#'));
    let batch = Batch { name: args.name.clone(), bibs: lines.map(str::to_owned).collect() };
    let race =
        percent_encoding::utf8_percent_encode(&args.race, percent_encoding::NON_ALPHANUMERIC);
    let answer = args.desk.ask(Method::POST, &format!("/print/{race}"), &batch).await?;
    match answer.status {
        StatusCode::OK => {}
        StatusCode::NOT_FOUND => {
            let why = format!("race {} is not there, or the server has no printers", args.race);
            return Err(Fault::reject(why));
        }
        _ => return Err(answer.unexpected()),
    }
    let submitted: Submitted = answer.read()?;
    println!("{} in the print queue", submitted.jobs.len());
    for bib in &submitted.preliminary {
        println!("soft: {bib}'s photo is a reduced copy, unless the file comes before its turn");
    }
    for refused in &submitted.refused {
        println!("not printed: {} {}", refused.bib, refused.why);
    }
    Ok(ExitCode::from(u8::from(!submitted.refused.is_empty())))
}
