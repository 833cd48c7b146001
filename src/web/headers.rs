//! What every answer says to the browser, whatever page it is.

use axum::extract::Request;
use axum::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, HeaderName, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS,
    X_FRAME_OPTIONS,
};
use axum::http::{HeaderValue, header};
use axum::middleware::Next;
use axum::response::Response;

/// Nothing is loaded from anywhere else, nothing inline runs, nobody may frame us.
pub const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; \
    img-src 'self' blob:; connect-src 'self'; form-action 'self'; base-uri 'none'; \
    frame-ancestors 'none'";

/// The same for a page that sends photos to the store at an origin.
pub fn policy_with_store(origin: &str) -> String {
    POLICY.replace("connect-src 'self'", &format!("connect-src 'self' {origin}"))
}

/// Sets what a handler did not set by itself.
pub async fn secure(request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    let mut default = |name: HeaderName, value: &'static str| {
        headers.entry(name).or_insert(HeaderValue::from_static(value));
    };
    default(CONTENT_SECURITY_POLICY, POLICY);
    default(X_CONTENT_TYPE_OPTIONS, "nosniff");
    default(X_FRAME_OPTIONS, "DENY");
    // Not `no-referrer`: a form of our own would come from "null" on a venue's plain network,
    // as one of another site does.
    default(REFERRER_POLICY, "same-origin");
    default(header::HeaderName::from_static("cross-origin-opener-policy"), "same-origin");
    default(header::HeaderName::from_static("cross-origin-resource-policy"), "same-origin");
    default(
        header::HeaderName::from_static("permissions-policy"),
        "camera=(), microphone=(), geolocation=()",
    );
    default(header::HeaderName::from_static("x-robots-tag"), "noindex, nofollow");
    // Only assets say otherwise: every page is about somebody.
    default(CACHE_CONTROL, "no-store");
    response
}
