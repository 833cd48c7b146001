//! What a burst of uploads costs: `cargo bench --bench load`.
//!
//! ```text
//! cargo bench --bench load                               200 photos of 6 MP from 8 uploaders
//! cargo bench --bench load -- --photos 2000 --megapixels 2 --interrupt
//! cargo bench --bench load -- --photos 200 --megapixels 24 --only serve
//! cargo bench --bench load -- --only serve --env LD_PRELOAD=libjemalloc.so.2
//! cargo bench --bench load -- --only serve --photos 1020 --rate 17 --printed 20
//! cargo bench --bench load -- --photos 30 --pages
//! ```
//!
//! The photos are the sample race's at the size asked for, no two with the same bytes. They
//! go to a `kanso serve` of their own over real sockets, and then through the pipeline alone
//! on all cores: no server, no store. Uploaders run on the same machine. Columns:
//!
//! - `accepted/s`: uploads acknowledged, from the first byte to the last acknowledgement
//! - `PDF/s`: certificates, from the first upload to the last of them
//! - `drain/s`: the same once every upload was acknowledged; `ratio` is this to the pipeline's
//! - `p50`, `p95`, `p99`: seconds from the start of an upload to its PDF in the store
//! - `peak`, `end`, `rest`: MB of memory that `serve` held at most (`VmHWM`), at the end, and
//!   ten seconds later (`VmRSS`); `quarters` are the MB it held along the way
//!
//! With `--printed`, the columns are of the other photos; a line tells when the last of all was
//! done. With `--interrupt`, new results and print orders come when half of the burst is done: how
//! long until the corrected runner's certificate is there, and from an order to its document
//! at the printer. `--pages` uploads one photo after another instead, each for a runner whose
//! page is open in Chromium, and tells how long until the certificate is on it. Absolute figures hold for one machine only, ratios within one run.

#[path = "../../tests/web/bad_printer.rs"]
#[expect(dead_code, reason = "the web tests use more of it")]
mod bad_printer;
#[path = "../../tests/web/browser.rs"]
#[expect(dead_code, reason = "the web tests use more of it")]
mod browser;
mod burst;
mod interruption;
mod open_page;
mod photos;
mod pipeline;
#[path = "../../tests/ports/mod.rs"]
mod ports;
mod server;

use clap::Parser as _;

#[derive(Debug, clap::Parser)]
pub struct Args {
    /// Photos in the burst
    #[arg(long, default_value_t = 200)]
    photos: usize,
    /// Uploads at a time
    #[arg(long, default_value_t = 8)]
    uploaders: usize,
    /// Size of a photo
    #[arg(long, default_value_t = 6.0)]
    megapixels: f64,
    /// New results and print orders in the middle of the burst
    #[arg(long)]
    interrupt: bool,
    /// One runner after another who waits on an open page
    #[arg(long)]
    pages: bool,
    /// Only the server, or only the pipeline alone
    #[arg(long)]
    only: Option<Side>,
    /// Percent of the photos that only their printed numbers can settle
    #[arg(long, default_value_t = 0, value_name = "PERCENT")]
    printed: usize,
    /// Uploads begun in a second, at most
    #[arg(long)]
    rate: Option<f64>,
    /// A variable of the server's environment
    #[arg(long, value_name = "NAME=VALUE")]
    env: Vec<String>,
    /// Given by cargo
    #[arg(long, hide = true)]
    bench: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, clap::ValueEnum)]
enum Side {
    Serve,
    Pipeline,
}

fn main() {
    let args = Args::parse();
    let photos = photos::Photos::new(args.megapixels, args.printed, 0);
    println!(
        "{} photos of {} MP ({:.1} MB), {} uploaders, {} cores",
        args.photos,
        args.megapixels,
        photos.bytes(1).len() as f64 / 1e6,
        args.uploaders,
        cores(),
    );
    if args.pages {
        return open_page::run(&args, &photos);
    }
    let drain = (args.only != Some(Side::Pipeline)).then(|| burst::run(&args, &photos));
    let alone = (args.only != Some(Side::Serve)).then(|| pipeline::run(args.photos, &photos));
    if let Some(alone) = alone {
        println!("pipeline alone: {alone:.2} PDF/s");
    }
    if let (Some(drain), Some(alone)) = (drain, alone) {
        println!("ratio: {:.2}", drain / alone);
    }
}

fn cores() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}
