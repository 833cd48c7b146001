//! The HTTP shell: CORS, request ids, the access log.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use axum::Router;
use axum::error_handling::HandleError;
use axum::extract::{ConnectInfo, Request};
use axum::http::header::{AUTHORIZATION, CONTENT_TYPE};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use s3s::HttpError;
use s3s::config::{S3Config, StaticConfigProvider};
use s3s::service::S3ServiceBuilder;
use tower_http::cors::{Any, CorsLayer};

use super::access::Credentials;
use super::event::REGION;
use super::service::Service;
use super::store::Store;

const CONTENT_SHA256: HeaderName = HeaderName::from_static("x-amz-content-sha256");
const TRAILER: HeaderName = HeaderName::from_static("x-amz-trailer");

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
        .layer(middleware::from_fn(correct_region))
        .layer(middleware::from_fn(announce_no_trailer))
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

/// A body in chunks may end without trailers, and then AWS does not ask that one is announced,
/// as s3s does: it is announced that there is none.
async fn announce_no_trailer(mut request: Request, next: Next) -> Response {
    let payload = request.headers().get(CONTENT_SHA256);
    let in_chunks = payload.is_some_and(|kind| kind.as_bytes().ends_with(b"-TRAILER"));
    if in_chunks && !request.headers().contains_key(TRAILER) {
        request.headers_mut().insert(TRAILER, HeaderValue::from_static(""));
    }
    next.run(request).await
}

/// Tells a client that signed for a region s3s cannot read which one to sign for, as AWS does:
/// s3cmd signs for `US` until it is told.
async fn correct_region(request: Request, next: Next) -> Response {
    if !signs_for_odd_region(request.headers()) {
        return next.run(request).await;
    }
    let body = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error>\
         <Code>AuthorizationHeaderMalformed</Code>\
         <Message>the region is wrong; sign for {REGION}</Message>\
         <Region>{REGION}</Region></Error>"
    );
    (StatusCode::BAD_REQUEST, [(CONTENT_TYPE, "application/xml")], body).into_response()
}

/// Whether `Credential=key/date/region/s3/aws4_request` names a region in capitals.
fn signs_for_odd_region(headers: &HeaderMap) -> bool {
    let header = headers.get(AUTHORIZATION).and_then(|v| v.to_str().ok());
    let scope = header.and_then(|h| h.split("Credential=").nth(1)?.split(',').next());
    // From the right: an access key id may hold a slash.
    let region = scope.and_then(|s| s.trim().rsplit('/').nth(2));
    region.is_some_and(|r| r.bytes().any(|b| b.is_ascii_uppercase()))
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn s3cmds_region_is_told_apart() {
        let signed = |region: &str| {
            let mut headers = HeaderMap::new();
            let text = format!(
                "AWS4-HMAC-SHA256 Credential=key/20260101/{region}/s3/aws4_request,SignedHeaders=host"
            );
            headers.insert(AUTHORIZATION, text.parse().unwrap());
            signs_for_odd_region(&headers)
        };
        assert!(signed("US"));
        assert!(!signed("us-east-1"));
        assert!(!signs_for_odd_region(&HeaderMap::new()));
    }
}
