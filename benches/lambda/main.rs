//! What the functions take on AWS, and what 10,000 certificates cost there.
//!
//! ```text
//! cargo build --release --bin pages && cargo bench --bench lambda
//! cargo bench --bench lambda -- --photos 40 --megapixels 6
//! ```
//!
//! Both binaries run under a runtime API of this bench, on one core, which is what Lambda
//! gives a function with 1,769 MB; the store is the embedded endpoint. Told are:
//!
//! - `zip`: what `deploy/build` made, for arm64; nothing where it did not run
//! - `init`: from the start of the process to its first question for work
//! - `first`, `p50`, `p95`: an invocation with one photo, or one page, in milliseconds
//! - `peak`: MB of memory held at most (`VmHWM`)
//! - the bill: these figures and the requests that the store counted, by `prices.toml`
//!
//! This machine's core is not Graviton's: read durations and the bill as an order of size.

mod bill;
mod function;
mod photos;
mod runtime_api;
mod store;

use std::path::{Path, PathBuf};

use clap::Parser as _;
use serde_json::json;

use function::Function;
use store::Store;

#[derive(Debug, clap::Parser)]
struct Args {
    /// Photos, one an invocation
    #[arg(long, default_value_t = 20)]
    photos: usize,
    /// Size of a photo
    #[arg(long, default_value_t = 24.0)]
    megapixels: f64,
    /// Given by cargo
    #[arg(long, hide = true)]
    bench: bool,
}

#[tokio::main]
async fn main() {
    let args = Args::parse();
    let photo_function = PathBuf::from(env!("CARGO_BIN_EXE_bootstrap"));
    let page_function = photo_function.with_file_name("pages");
    for zip in ["bootstrap/bootstrap.zip", "pages/bootstrap.zip", "fonts.zip"] {
        tell_zip(zip);
    }
    let store = Store::start().await;
    let photos = photos::photos(args.photos, args.megapixels);
    println!("{} photos of {} MP, one core", photos.len(), args.megapixels);

    let before = store.requests();
    let mut function = Function::start(&photo_function, &store.endpoint).await;
    let mut photo_ms = Vec::new();
    for photo in &photos {
        let etag = store.put(&photo.key, photo.jpeg.clone()).await;
        photo_ms.push(function.invoke(&uploaded(&photo.key, &etag, photo.jpeg.len())).await);
    }
    let asked = store.requests() - before;
    let each = |count: usize| count as f64 / photos.len().max(1) as f64;
    println!("requests  {:.1} writes, {:.1} reads a photo", each(asked.writes), each(asked.reads));
    let photo_gb_s = bill::gigabyte_seconds(&photo_ms);
    tell("photo", &function, photo_ms);
    drop(function);
    let made = store.certificates().await;
    assert_eq!(made, photos.len(), "each photo has one certificate");

    let mut page_ms = Vec::new();
    if page_function.is_file() {
        let mut function = Function::start(&page_function, &store.endpoint).await;
        for _ in 0..args.photos.max(10) {
            page_ms.push(function.invoke(&opened("/r/minato-half")).await);
        }
        tell("page", &function, page_ms.clone());
    } else {
        println!("page      not measured: cargo build --release --bin pages makes it");
    }
    let use_of_aws = bill::Use {
        certificates: photos.len(),
        photo_bytes: photos.iter().map(|photo| photo.jpeg.len()).sum(),
        output_bytes: store.output_bytes().await,
        photo_gb_s,
        page_gb_s: bill::gigabyte_seconds(&page_ms) / page_ms.len().max(1) as f64,
        requests: asked,
    };
    println!("{}", bill::bill(&use_of_aws));
}

fn tell_zip(name: &str) {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    match std::fs::metadata(root.join("target/lambda").join(name)) {
        Ok(zip) => println!("zip       {name} {:.1} MB", zip.len() as f64 / 1e6),
        Err(_) => println!("zip       {name} not built; deploy/build makes it"),
    }
}

fn tell(name: &str, function: &Function, mut ms: Vec<f64>) {
    let first = ms.remove(0);
    ms.sort_by(f64::total_cmp);
    let percentile = |share: f64| {
        let last = ms.len().saturating_sub(1) as f64;
        ms.get((last * share).round() as usize).copied().unwrap_or(first)
    };
    println!(
        "{name:<9} init {:.0} ms, first {first:.0}, p50 {:.0}, p95 {:.0}, peak {:.0} MB",
        function.init_ms,
        percentile(0.5),
        percentile(0.95),
        function.peak_mb(),
    );
}

/// A batch of one message about one upload.
fn uploaded(key: &str, etag: &str, size: usize) -> serde_json::Value {
    let record = json!({"eventSource": "aws:s3", "eventName": "ObjectCreated:Put", "s3": {
        "bucket": {"name": store::PHOTOS}, "object": {"key": key, "eTag": etag, "size": size}}});
    let body = json!({"Records": [record]}).to_string();
    json!({"Records": [{"messageId": key, "eventSource": "aws:sqs", "body": body}]})
}

/// A request as an HTTP API sends it.
fn opened(path: &str) -> serde_json::Value {
    json!({"version": "2.0", "routeKey": "$default", "rawPath": path, "rawQueryString": "",
        "headers": {"host": "kanso.example"}, "isBase64Encoded": false,
        "requestContext": {"accountId": "1", "apiId": "1", "domainName": "kanso.example",
            "domainPrefix": "kanso", "requestId": "1", "routeKey": "$default", "stage": "$default",
            "time": "23/Nov/2026:10:00:00 +0000", "timeEpoch": 1_795_428_000_000_u64,
            "http": {"method": "GET", "path": path, "protocol": "HTTP/1.1",
                "sourceIp": "192.0.2.1", "userAgent": "bench"}}})
}
