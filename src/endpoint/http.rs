//! The HTTP shell: CORS, request ids, the access log, graceful shutdown.

use std::convert::Infallible;
use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use axum::Router;
use axum::error_handling::HandleError;
use axum::extract::{ConnectInfo, Request};
use axum::http::{HeaderName, HeaderValue, StatusCode};
use axum::middleware::{self, Next};
use axum::response::Response;
use axum::serve::ListenerExt;
use s3s::HttpError;
use s3s::config::{S3Config, StaticConfigProvider};
use s3s::service::S3ServiceBuilder;
use tokio::sync::oneshot;
use tower_http::cors::{Any, CorsLayer};

use super::access::Credentials;
use super::service::Service;
use super::store::Store;

/// How long requests under way may take after the shutdown began.
const DRAIN: Duration = Duration::from_secs(10);

/// The largest XML body: 10,000 parts with their checksums.
const XML_BYTES: usize = 4 << 20;

/// The id of a request, in its answer, its log line and its events.
#[derive(Debug, Clone)]
pub struct RequestId(pub String);

pub fn router(store: &Arc<Store>, credentials: Credentials) -> Router {
    let mut config = S3Config::default();
    config.xml_max_body_size = XML_BYTES;
    // Form uploads are not offered; s3s would gather their files in memory.
    config.post_object_max_file_size = 0;
    let mut builder = S3ServiceBuilder::new(Service::new(Arc::clone(store)));
    builder.set_auth(credentials.clone());
    builder.set_access(credentials);
    builder.set_config(Arc::new(StaticConfigProvider::new(Arc::new(config))));
    Router::new()
        .fallback_service(HandleError::new(builder.build(), unanswerable))
        .layer(cors())
        .layer(middleware::from_fn(identify))
}

/// Pages of the venue upload with presigned URLs; the signature is the permission, not the origin.
fn cors() -> CorsLayer {
    let exposed =
        ["etag", "x-amz-request-id", "x-amz-version-id", "content-range", "accept-ranges"];
    CorsLayer::new()
        .allow_origin(Any)
        .allow_methods(Any)
        .allow_headers(Any)
        .expose_headers(exposed.map(HeaderName::from_static))
        .max_age(Duration::from_secs(3600))
}

async fn unanswerable(error: HttpError) -> Result<StatusCode, Infallible> {
    tracing::error!(?error, "the S3 layer could not answer");
    Ok(StatusCode::INTERNAL_SERVER_ERROR)
}

/// Numbers the request and logs it: never its key, query or headers, which may hold a
/// runner's name or a signature.
async fn identify(mut request: Request, next: Next) -> Response {
    static NUMBER: AtomicU64 = AtomicU64::new(0);
    let started = Instant::now();
    let number = NUMBER.fetch_add(1, Ordering::Relaxed);
    let micros = jiff::Timestamp::now().as_microsecond();
    let id = format!("{micros:013X}{:03X}", number & 0xfff);
    let method = request.method().clone();
    let peer = request.extensions().get::<ConnectInfo<SocketAddr>>().map(|c| c.0.ip());
    request.extensions_mut().insert(RequestId(id.clone()));
    let mut response = next.run(request).await;
    if let Ok(value) = HeaderValue::from_str(&id) {
        response.headers_mut().insert("x-amz-request-id", value.clone());
        response.headers_mut().insert("x-amz-id-2", value);
    }
    tracing::info!(
        target: "kanso::endpoint::access",
        request_id = id,
        %method,
        status = response.status().as_u16(),
        ms = started.elapsed().as_millis() as u64,
        peer = peer.map(tracing::field::display),
    );
    response
}

pub async fn serve(
    listener: tokio::net::TcpListener,
    router: Router,
    shutdown: impl Future<Output = ()> + Send + 'static,
) -> io::Result<()> {
    let (begin, begun) = oneshot::channel::<()>();
    let listener = listener.tap_io(|stream| {
        if let Err(error) = stream.set_nodelay(true) {
            tracing::debug!(%error, "answers may be delayed");
        }
    });
    let server = axum::serve(listener, router.into_make_service_with_connect_info::<SocketAddr>())
        .with_graceful_shutdown(async move {
            shutdown.await;
            // The receiver is gone only where serving has ended already.
            let _ = begin.send(());
        });
    let patience = async {
        match begun.await {
            Ok(()) => tokio::time::sleep(DRAIN).await,
            Err(_) => std::future::pending().await,
        }
    };
    tokio::select! {
        result = server.into_future() => result,
        () = patience => {
            tracing::warn!("requests under way were cut off at shutdown");
            Ok(())
        }
    }
}
