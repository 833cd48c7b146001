//! The pages for runners and photographers as a Lambda behind an HTTP API or a function URL: the same router as
//! at a venue, over the same buckets as the pipeline's function.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;

use axum::extract::{ConnectInfo, Request};
use axum::middleware::{self, Next};
use axum::response::Response;
use kanso_lambda::{fonts, log};
use kanso_pipeline::handler::Handler;
use kanso_pipeline::store::{Bucket, StoreConfig};
use kanso_web::photo_store::PhotoStore;
use kanso_web::secrets::Secrets;
use kanso_web::site::Site;
use lambda_http::request::RequestContext;
use lambda_http::{Error, RequestExt as _};

fn main() -> Result<(), Error> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(run())
}

async fn run() -> Result<(), Error> {
    log::start().inspect_err(|error| tracing::error!("{error}"))?;
    fonts::find().inspect_err(|error| tracing::error!("{error}"))?;
    let site = site().inspect_err(|error| tracing::error!("{error}"))?;
    let pages = kanso_web::away_from_the_venue(Arc::new(site)).layer(middleware::from_fn(sender));
    lambda_http::run(pages).await
}

/// The buckets as the pipeline's function names them. `KANSO_PUBLIC_ENDPOINT` is where phones
/// reach the store, where that is not the store's own endpoint.
fn site() -> Result<Site, Error> {
    let bucket = |name: &str| {
        std::env::var(name).map_err(|_| format!("{name} is not set; name the bucket there"))
    };
    let config = StoreConfig::from_env()?;
    let (photos, output) = (bucket("KANSO_PHOTOS_BUCKET")?, bucket("KANSO_OUTPUT_BUCKET")?);
    let client = config.client();
    let handler = Handler::new(Bucket::new(client.clone(), &photos), Bucket::new(client, &output));
    // No page that these open is served here.
    let mut site = Site::new(Arc::new(handler), Secrets::random());
    let endpoint = std::env::var("KANSO_PUBLIC_ENDPOINT").ok().or(config.endpoint.clone());
    let public = StoreConfig { endpoint, ..config }.client();
    site.direct = Some(Bucket::new(public.clone(), output));
    site.photo_store = Some(PhotoStore::elsewhere(Bucket::new(public, photos)));
    Ok(site)
}

/// Who sent a request: what a connection says at a venue, the gateway says here.
async fn sender(mut request: Request, next: Next) -> Response {
    let source = match request.request_context_ref() {
        Some(RequestContext::ApiGatewayV2(context)) => context.http.source_ip.clone(),
        _ => None,
    };
    let address = source.and_then(|source| source.parse::<IpAddr>().ok());
    let address = address.unwrap_or(Ipv4Addr::UNSPECIFIED.into());
    request.extensions_mut().insert(ConnectInfo(SocketAddr::new(address, 0)));
    next.run(request).await
}
