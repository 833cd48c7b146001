//! `kanso printer batch`: many certificates at once, through a running `kanso serve`.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;

use bytes::Bytes;
use http_body_util::{BodyExt as _, Full};
use hyper::header::{AUTHORIZATION, CONTENT_TYPE, HOST};
use hyper::{Request, StatusCode};
use hyper_util::rt::TokioIo;
use kanso_certificate::Fault;
use kanso_web::batch::{Batch, Submitted};
use kanso_web::secrets::{SECRETS_FILE, Secrets};
use tokio::net::TcpStream;

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
    /// The data folder of the running server
    #[arg(long, value_name = "DIR", default_value = "./kanso-data")]
    data: PathBuf,
    /// Address of the server's pages
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:8080")]
    web: SocketAddr,
}

/// 0 where every bib was queued, 1 where some have no certificate.
pub async fn run(args: &Args) -> Result<ExitCode, Fault> {
    let text = std::fs::read_to_string(&args.bibs)
        .map_err(|e| Fault::reject(format!("cannot read {}: {e}", args.bibs.display())))?;
    let lines = text.lines().map(str::trim).filter(|l| !l.is_empty() && !l.starts_with('#'));
    let batch = Batch { name: args.name.clone(), bibs: lines.map(str::to_owned).collect() };
    if !args.data.join(SECRETS_FILE).exists() {
        return Err(Fault::reject(format!(
            "{} holds no {SECRETS_FILE}; give the server's data folder with --data",
            args.data.display()
        )));
    }
    let secrets = Secrets::load_or_create(&args.data).map_err(|e| Fault::reject(e.to_string()))?;
    let (status, body) = post(args, &secrets.console_token, &batch).await.map_err(|error| {
        Fault::retry(format!("kanso serve does not answer on {}: {error}", args.web))
    })?;
    match status {
        StatusCode::OK => {}
        StatusCode::NOT_FOUND => {
            let why = format!("race {} is not there, or the server has no printers", args.race);
            return Err(Fault::reject(why));
        }
        status => return Err(Fault::reject(format!("the server answered {status}"))),
    }
    let submitted: Submitted =
        serde_json::from_slice(&body).map_err(|e| Fault::retry(format!("the answer: {e}")))?;
    println!("{} in the print queue", submitted.jobs.len());
    for refused in &submitted.refused {
        println!("not printed: {} {}", refused.bib, refused.why);
    }
    Ok(ExitCode::from(u8::from(!submitted.refused.is_empty())))
}

type Failure = Box<dyn std::error::Error + Send + Sync>;

async fn post(args: &Args, token: &str, batch: &Batch) -> Result<(StatusCode, Bytes), Failure> {
    let stream = TcpStream::connect(args.web).await?;
    let (mut sender, connection) =
        hyper::client::conn::http1::handshake(TokioIo::new(stream)).await?;
    let serving = tokio::spawn(connection);
    let race =
        percent_encoding::utf8_percent_encode(&args.race, percent_encoding::NON_ALPHANUMERIC);
    let request = Request::post(format!("/print/{race}"))
        .header(HOST, args.web.to_string())
        .header(CONTENT_TYPE, "application/json")
        .header(AUTHORIZATION, format!("Bearer {token}"))
        .body(Full::new(Bytes::from(serde_json::to_vec(batch)?)))?;
    let response = sender.send_request(request).await?;
    let status = response.status();
    let body = response.into_body().collect().await?.to_bytes();
    serving.abort();
    Ok((status, body))
}
