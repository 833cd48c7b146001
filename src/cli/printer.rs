//! `kanso printer`: is it there, what does it take, and does it print at the right size?

use std::path::PathBuf;
use std::process::ExitCode;

use kanso_certificate::Fault;
use kanso_print::config::{PRINTERS_FILE, PrintConfig, PrinterConfig};
use kanso_print::printer::{self, Format, Progress};
use kanso_print::test_page;
use kanso_race::Bib;

use super::{fail, printer_batch, printer_jobs, race_dir};

/// Ask printers how they are, print a test page, print many, settle what became of a job.
#[derive(Debug, Clone, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Clone, clap::Subcommand)]
enum Command {
    /// Ask every printer of printers.toml how it is; with --print, print a certificate
    Test(Test),
    /// Print the certificates of a list of bibs, through a running kanso serve
    Batch(printer_batch::Args),
    /// List the print queue of a running kanso serve; exit code 1 where a job needs a person
    Jobs(printer_jobs::Jobs),
    /// Say what a person found of an unknown job, or have a failed one printed again
    Resolve(printer_jobs::Resolve),
    /// Let a printer go on that did not keep the size or the scaling, once its sheet was seen
    Resume(printer_jobs::Resume),
}

#[derive(Debug, Clone, clap::Args)]
struct Test {
    /// The data folder that holds printers.toml
    #[arg(long, value_name = "DIR", default_value = "./kanso-data")]
    data: PathBuf,
    /// Print this runner's certificate (without photo) on each printer
    #[arg(long, value_name = "BIB", requires = "race")]
    print: Option<Bib>,
    /// The race's folder, for --print
    #[arg(long, value_name = "DIR")]
    race: Option<PathBuf>,
}

pub fn run(args: Args) -> ExitCode {
    let runtime = match tokio::runtime::Runtime::new() {
        Ok(runtime) => runtime,
        Err(error) => return fail(format!("cannot start: {error}")),
    };
    let done = match args.command {
        Command::Test(test) => {
            runtime.block_on(run_test(&test)).map(|ready| ExitCode::from(u8::from(!ready)))
        }
        Command::Batch(batch) => runtime.block_on(printer_batch::run(&batch)),
        Command::Jobs(jobs) => runtime.block_on(printer_jobs::list(&jobs)),
        Command::Resolve(resolve) => runtime.block_on(printer_jobs::resolve(&resolve)),
        Command::Resume(resume) => runtime.block_on(printer_jobs::resume(&resume)),
    };
    done.unwrap_or_else(fail)
}

/// Whether every printer is ready.
async fn run_test(test: &Test) -> Result<bool, Fault> {
    let path = test.data.join(PRINTERS_FILE);
    let config = PrintConfig::load(&path).map_err(|error| Fault::reject(error.to_string()))?;
    let config = config.ok_or_else(|| {
        Fault::reject(format!(
            "{} is not there; write it, see kanso printer --help",
            path.display()
        ))
    })?;
    let mut all = true;
    for printer in &config.printers {
        all &= test_one(printer, test).await?;
    }
    Ok(all)
}

async fn test_one(printer: &PrinterConfig, test: &Test) -> Result<bool, Fault> {
    let seen = match printer::look(printer).await {
        Ok(seen) => seen,
        Err(error) => {
            println!("{}: {error}", printer.name);
            return Ok(false);
        }
    };
    let condition = serde_json::to_value(seen.condition).unwrap_or_default();
    let condition = condition.as_str().unwrap_or_default().replace('_', " ");
    println!("{}: {condition} ({}, {})", printer.name, seen.model, printer.media.name);
    if !seen.reasons.is_empty() {
        println!("  says: {}", seen.reasons.join(", "));
    }
    let Some(format) = seen.format else {
        println!(
            "  takes only {}: add it to CUPS and give ipp://localhost:631/printers/<queue>",
            seen.formats.join(", ")
        );
        return Ok(false);
    };
    println!("  prints {}", format.media_type());
    if let (Some(bib), Some(race)) = (&test.print, &test.race) {
        let race_data = race_dir::race_data(race, printer.template.as_deref())?;
        return print(printer, format, &race_data, bib).await;
    }
    Ok(seen.condition.takes_jobs())
}

async fn print(
    printer: &PrinterConfig,
    format: Format,
    race_data: &kanso_certificate::race_data::RaceData,
    bib: &Bib,
) -> Result<bool, Fault> {
    let finisher = race_data.roster.get(bib).ok_or_else(|| {
        Fault::reject(format!("bib {bib} is not in the results; give --print another one"))
    })?;
    let document = test_page::document(race_data, finisher, format)?;
    let failed = |error: printer::PrinterError| Fault::retry(error.to_string());
    let taken = printer::send(printer, "kanso-test", format, document).await;
    let taken = taken.map_err(failed)?;
    println!("  sent as job {}", taken.number);
    let kept = taken.not_kept.is_empty();
    if !kept {
        println!(
            "  did not keep {}: measure the sheet; the printer needs paper of exactly {}, and \
             no scaling",
            taken.not_kept.join(", "),
            printer.media.name
        );
    }
    for _ in 0..120 {
        match printer::progress(printer, taken.number).await.map_err(failed)? {
            Progress::Done { .. } => {
                println!("  printed");
                return Ok(kept);
            }
            Progress::Ended { pages: Some(0), why } => {
                println!("  not printed: {why}");
                return Ok(false);
            }
            Progress::Ended { why, .. } => {
                println!("  {why}; something may have been printed: look at the paper");
                return Ok(false);
            }
            Progress::Forgotten => {
                println!("  the printer no longer knows the job; look at the paper");
                return Ok(false);
            }
            Progress::Open => tokio::time::sleep(std::time::Duration::from_millis(500)).await,
        }
    }
    println!("  no progress for a minute; look at the printer");
    Ok(false)
}
