//! `kanso printer jobs` and `kanso printer resolve`: the print queue of a running
//! `kanso serve`, and a person's word on a job whose fate no printer told.

use std::process::ExitCode;

use hyper::{Method, StatusCode};
use kanso_certificate::Fault;
use kanso_print::job::Standing;
use kanso_web::jobs::{ListedJob, Resolution};
use kanso_web::printers::{ListedPrinter, Resumption};

use super::printer_desk::Desk;

#[derive(Debug, Clone, clap::Args)]
pub struct Jobs {
    /// One JSON object a line
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    desk: Desk,
}

#[derive(Debug, Clone, clap::Args)]
#[command(group(clap::ArgGroup::new("found").required(true).args(["printed", "again"])))]
pub struct Resolve {
    /// The job's number, as kanso printer jobs tells it
    #[arg(value_name = "ID")]
    job: u64,
    /// Its certificate is on paper
    #[arg(long)]
    printed: bool,
    /// Its certificate is not on paper: print it again
    #[arg(long)]
    again: bool,
    #[command(flatten)]
    desk: Desk,
}

#[derive(Debug, Clone, clap::Args)]
pub struct Resume {
    /// The printer's name in printers.toml
    #[arg(value_name = "NAME")]
    printer: String,
    #[command(flatten)]
    desk: Desk,
}

/// 0 where every job goes its way, 1 where some, or a printer, need a person.
pub async fn list(args: &Jobs) -> Result<ExitCode, Fault> {
    let answer = args.desk.ask(Method::GET, "/printer/jobs", &()).await?;
    let jobs: Vec<ListedJob> = match answer.status {
        StatusCode::OK => answer.read()?,
        StatusCode::NOT_FOUND => {
            return Err(Fault::reject(
                "the server has no printers; write printers.toml into its data folder and start \
                 it again",
            ));
        }
        _ => return Err(answer.unexpected()),
    };
    for job in &jobs {
        match args.json {
            true => println!("{}", serde_json::to_string(job).unwrap_or_default()),
            false => println!("{}", line(job)),
        }
    }
    let number = |state| jobs.iter().filter(|job| job.state == state).count();
    let (unknown, failed) = (number(Standing::Unknown), number(Standing::Failed));
    if !args.json {
        if unknown > 0 {
            println!("\n{unknown} UNKNOWN: look at the printer's paper, then for each of them");
            println!("  kanso printer resolve ID --printed    it is there");
            println!("  kanso printer resolve ID --again      it is not: print it again");
        }
        if failed > 0 {
            println!("\n{failed} failed: mend what it says, then for each of them");
            println!("  kanso printer resolve ID --again");
        }
    }
    let held = held(&args.desk).await?;
    if !args.json {
        for printer in &held {
            let kept = printer.not_kept.join(", ");
            println!("\n{} did not keep {kept}: measure its last sheet, then", printer.name);
            println!("  kanso printer resume {:?}", printer.name);
        }
    }
    Ok(ExitCode::from(u8::from(unknown + failed + held.len() > 0)))
}

/// The printers that wait for a person to look at a sheet.
async fn held(desk: &Desk) -> Result<Vec<ListedPrinter>, Fault> {
    let answer = desk.ask(Method::GET, "/printer/states", &()).await?;
    if answer.status != StatusCode::OK {
        return Err(answer.unexpected());
    }
    let mut printers: Vec<ListedPrinter> = answer.read()?;
    printers.retain(|printer| !printer.not_kept.is_empty());
    Ok(printers)
}

/// 0 where the printer goes on; where it waits for nobody that is an error.
pub async fn resume(args: &Resume) -> Result<ExitCode, Fault> {
    let resumption = Resumption { printer: args.printer.clone() };
    let answer = args.desk.ask(Method::POST, "/printer/resume", &resumption).await?;
    let name = &args.printer;
    match answer.status {
        StatusCode::OK => {
            println!("{name} goes on");
            Ok(ExitCode::SUCCESS)
        }
        StatusCode::CONFLICT => Err(Fault::reject(format!(
            "printer {name:?} waits for nobody; kanso printer test tells how it is"
        ))),
        StatusCode::NOT_FOUND => {
            Err(Fault::reject(format!("printers.toml of the server names no printer {name:?}")))
        }
        _ => Err(answer.unexpected()),
    }
}

/// 0 where the job is settled; what cannot be settled so is an error.
pub async fn resolve(args: &Resolve) -> Result<ExitCode, Fault> {
    let path = format!("/printer/jobs/{}/resolve", args.job);
    let resolution = Resolution { printed: args.printed };
    let answer = args.desk.ask(Method::POST, &path, &resolution).await?;
    match answer.status {
        StatusCode::OK => {
            println!("{}", line(&answer.read()?));
            Ok(ExitCode::SUCCESS)
        }
        StatusCode::CONFLICT => {
            let job: ListedJob = answer.read()?;
            Err(Fault::reject(format!(
                "job {} is {}; only an unknown job can be settled, and a failed one with --again",
                job.job,
                word(job.state)
            )))
        }
        StatusCode::NOT_FOUND => Err(Fault::reject(format!(
            "job {} is not in the print queue; kanso printer jobs lists those that are",
            args.job
        ))),
        _ => Err(answer.unexpected()),
    }
}

fn line(job: &ListedJob) -> String {
    let mut line = format!("{}  {}  bib {}  by {}  ", job.job, job.race, job.bib, job.by);
    line += word(job.state);
    if let Some(printer) = &job.printer {
        line += &format!(" on {printer}");
    }
    if let Some(why) = &job.why {
        line += &format!(": {why}");
    }
    line
}

fn word(state: Standing) -> &'static str {
    match state {
        Standing::Waiting => "waiting",
        Standing::Printing => "printing",
        Standing::Printed => "printed",
        Standing::Failed => "failed",
        Standing::Unknown => "UNKNOWN",
        Standing::Cancelled => "cancelled",
    }
}
