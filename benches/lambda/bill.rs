//! What 10,000 certificates cost, by the price table beside this file.

use serde::Deserialize;

use super::function::ONE_CORE_MB;
use super::store::Requests;

const CERTIFICATES: f64 = 10_000.0;

/// What was measured.
pub struct Use {
    pub certificates: usize,
    pub photo_bytes: usize,
    pub output_bytes: usize,
    /// Of all photos.
    pub photo_gb_s: f64,
    /// Of one page.
    pub page_gb_s: f64,
    /// Of all photos.
    pub requests: Requests,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Prices {
    lambda: Lambda,
    s3: S3,
    sqs: ByMillion,
    http_api: ByMillion,
    logs: Logs,
    assumed: Assumed,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Lambda {
    gigabyte_second_arm64: f64,
    million_requests: f64,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct S3 {
    thousand_writes: f64,
    thousand_reads: f64,
    gigabyte_month: f64,
    gigabyte_out: f64,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ByMillion {
    million_requests: f64,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Logs {
    gigabyte: f64,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Assumed {
    photos_per_certificate: f64,
    sqs_requests_per_photo: f64,
    page_views_per_certificate: f64,
    downloads_per_certificate: f64,
    log_bytes_per_photo: f64,
    months_kept: f64,
}

/// Of invocations with a core's memory.
pub fn gigabyte_seconds(ms: &[f64]) -> f64 {
    ms.iter().sum::<f64>() / 1e3 * ONE_CORE_MB / 1024.0
}

/// A line for each service, and the sum.
pub fn bill(used: &Use) -> String {
    let prices: Prices = toml::from_str(include_str!("prices.toml")).expect("prices.toml");
    let lines = lines(used, &prices);
    let sum: f64 = lines.iter().map(|(_, dollars)| dollars).sum();
    let lines = lines.iter().map(|(name, dollars)| format!("  {name:<22}{dollars:>8.2}\n"));
    let lines: String = lines.collect();
    format!("10,000 certificates, US dollars in Tokyo\n{lines}  {:<22}{sum:>8.2}", "all")
}

fn lines(used: &Use, prices: &Prices) -> Vec<(&'static str, f64)> {
    let assumed = &prices.assumed;
    let each = 1.0 / used.certificates.max(1) as f64;
    let photos = CERTIFICATES * assumed.photos_per_certificate;
    let views = CERTIFICATES * assumed.page_views_per_certificate;
    let gigabytes = |bytes: usize, times: f64| bytes as f64 * each * times / 1e9;
    let kept = gigabytes(used.photo_bytes, photos) + gigabytes(used.output_bytes, CERTIFICATES);
    let out = gigabytes(used.output_bytes, CERTIFICATES * assumed.downloads_per_certificate);
    let lambda = |gb_s: f64, requests: f64| {
        gb_s * prices.lambda.gigabyte_second_arm64 + requests / 1e6 * prices.lambda.million_requests
    };
    let (writes, reads) = (used.requests.writes as f64, used.requests.reads as f64);
    vec![
        ("photo function", lambda(used.photo_gb_s * each * photos, photos)),
        ("pages function", lambda(used.page_gb_s * views, views)),
        ("HTTP API", views / 1e6 * prices.http_api.million_requests),
        (
            "S3 requests",
            photos * each / 1e3
                * (writes * prices.s3.thousand_writes + reads * prices.s3.thousand_reads),
        ),
        ("S3 storage", kept * prices.s3.gigabyte_month * assumed.months_kept),
        ("S3 to the internet", out * prices.s3.gigabyte_out),
        ("SQS", photos * assumed.sqs_requests_per_photo / 1e6 * prices.sqs.million_requests),
        ("logs", photos * assumed.log_bytes_per_photo / 1e9 * prices.logs.gigabyte),
    ]
}
