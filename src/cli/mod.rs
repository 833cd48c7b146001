//! The command line: one file per subcommand, each with its arguments and a `run`.
//!
//! Exit codes, for all of them: 0 the job was done (even where a photo was rejected: the
//! report says so), 1 it was done and found something that needs a hand, 2 it could not be
//! done or was asked for wrongly.

mod annotation;
mod book;
mod book_volumes;
mod buckets;
mod cameras;
mod check;
mod clock_plot;
mod demo;
mod demo_pages;
mod demo_table;
mod erase;
mod explain;
mod explain_key;
mod explain_words;
mod health;
mod integrity;
mod job;
mod key;
mod metrics;
mod pages;
mod photo_files;
mod photographer;
mod printer;
mod printer_batch;
mod printer_desk;
mod printer_jobs;
mod process;
mod race_dir;
mod read;
mod reconcile;
mod render;
mod requests;
mod results;
mod serve;
mod simulate;
mod staff;
mod stored_race;
mod template;
mod watch;
mod watch_folders;
mod watch_report;

use std::process::ExitCode;

use clap::Parser as _;

/// What is logged where `KANSO_LOG` does not say otherwise: what needs a person.
const LOG: &str = "warn,s3s=off";
/// A server says what became of each photo as well.
const SERVE_LOG: &str = "warn,s3s=off,kanso_pipeline=info,kanso::host=info";

#[derive(Debug, clap::Parser)]
#[command(
    name = "kanso",
    version,
    about = "Finish-photo certificates for running races",
    long_about = "kanso turns a finish photo into a print-ready finisher certificate (完走証): \
                  a photo is uploaded to S3, matched to a bib and a finish time, and written \
                  back as a PDF with a preview and a record of why.",
    after_help = "Start here:\n  kanso demo                        the whole path, with a sample race\n  \
                  kanso check DIR                   what would go wrong on race day\n  \
                  kanso serve --data DIR            an S3 endpoint that makes certificates\n\n\
                  Exit codes: 0 done, 1 done but something needs a hand, 2 could not be done."
)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    /// Run the whole path with the sample race and save its certificates
    Demo(demo::Args),
    /// Serve S3 on this machine and make a certificate of every photo uploaded to it
    Serve(serve::Args),
    /// Say who may upload which cameras' photos: a code for the page, and an S3 key
    Photographer(photographer::Args),
    /// Say who may sign in to the console: a name and a password each
    Staff(staff::Args),
    /// Make, list and take away access keys of single cameras
    Key(key::Args),
    /// Upload every photo that comes into a folder, as it comes
    Watch(watch::Args),
    /// Ask printers how they are, print a test page, print many, settle what became of a job
    Printer(printer::Args),
    /// Make one runner's certificate, without matching
    Render(render::Args),
    /// Put all certificates of a race into one PDF, for a print shop
    Book(book::Args),
    /// Match photos to runners and make their certificates, from local files
    Process(process::Args),
    /// Say of photos whom they show, and how much each evidence counts
    Explain(explain::Args),
    /// Simulate a race's photos and say how well they are matched to runners
    Simulate(simulate::Args),
    /// Read the numbers printed on the bibs in photos
    Read(read::Args),
    /// Show what was understood of a results file
    Results(results::Args),
    /// Say what would go wrong on race day
    Check(check::Args),
    /// Make, preview and check certificate templates
    Template(template::Args),
    /// Find what events lost or left half done, and mend it
    Reconcile(reconcile::Args),
    /// Delete a runner's certificates at their wish, for good
    Erase(erase::Args),
    /// Tell how far each camera's clock is off, and how that is known
    Cameras(cameras::Args),
    /// List what does not fit together in a race, each with its photos
    Integrity(integrity::Args),
    /// List what runners say of their photos, and settle it
    Requests(requests::Args),
    /// Do the job by which certificate makers are compared
    #[command(hide = true)]
    Job(job::Args),
}

/// Reads the arguments and runs what they ask for.
pub fn run() -> ExitCode {
    let command = Cli::parse().command;
    let log = match std::env::var("KANSO_LOG") {
        Ok(log) if !log.is_empty() => log,
        _ if matches!(command, Command::Serve(_)) => SERVE_LOG.to_owned(),
        _ => LOG.to_owned(),
    };
    let filter = match tracing_subscriber::EnvFilter::builder().parse(&log) {
        Ok(filter) => filter,
        Err(error) => {
            return fail(format!(
                "KANSO_LOG={log:?} says no log level ({error}); write info, or kanso_pipeline=debug"
            ));
        }
    };
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).init();
    match command {
        Command::Demo(args) => demo::run(args),
        Command::Serve(args) => serve::run(args),
        Command::Photographer(args) => photographer::run(args),
        Command::Staff(args) => staff::run(args),
        Command::Key(args) => key::run(args),
        Command::Watch(args) => watch::run(args),
        Command::Printer(args) => printer::run(args),
        Command::Render(args) => render::run(args),
        Command::Book(args) => book::run(args),
        Command::Process(args) => process::run(args),
        Command::Explain(args) => explain::run(args),
        Command::Simulate(args) => simulate::run(args),
        Command::Read(args) => read::run(args),
        Command::Results(args) => results::run(args),
        Command::Check(args) => check::run(args),
        Command::Template(args) => template::run(args),
        Command::Reconcile(args) => reconcile::run(args),
        Command::Erase(args) => erase::run(args),
        Command::Cameras(args) => cameras::run(args),
        Command::Integrity(args) => integrity::run(args),
        Command::Requests(args) => requests::run(args),
        Command::Job(args) => job::run(args),
    }
}

/// Says what went wrong, as every command does.
fn fail(message: impl std::fmt::Display) -> ExitCode {
    eprintln!("kanso: {message}");
    ExitCode::from(2)
}
