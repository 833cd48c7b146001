//! The listeners: a router over TCP, within bounds that a crowd or a broken client meets
//! before the machine does.
//!
//! - At most so many connections, in all and from one network. One more closes the one that
//!   has been idle longest; where all have a request under way, the new one is refused.
//! - A request's head comes in time, and so does the next one on the same connection.
//! - A body may be slow, but not silent.
//!
//! A request under way is never cut off for its length: event streams stay open.

mod crowd;
mod files;

use std::future::Future;
use std::io;
use std::net::{IpAddr, Ipv6Addr, SocketAddr};
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::ConnectInfo;
use http_body_util::BodyExt as _;
use hyper::Request;
use hyper::body::{Body as _, Incoming};
use hyper::server::conn::http1;
use hyper::service::{Service as _, service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinSet;
use tower_http::timeout::TimeoutBody;

use crowd::{Crowd, Place};
pub use files::allow_open_files;

/// How long requests under way may take after the shutdown began.
const DRAIN: Duration = Duration::from_secs(10);

/// What one listener bears.
#[derive(Debug, Clone, Copy)]
pub struct Bounds {
    /// Open connections.
    pub connections: usize,
    /// Those of one [`network`].
    pub per_network: usize,
    /// Until a request's head is there, also from the end of the one before it.
    pub head: Duration,
    /// For which a body may send nothing.
    pub silence: Duration,
}

impl Bounds {
    /// For the phones, cameras and kiosks of a venue.
    pub const VENUE: Self = Self {
        connections: 1024,
        per_network: 256,
        head: Duration::from_secs(30),
        silence: Duration::from_secs(30),
    };
}

/// By what a sender is told apart: an IPv4 address, or the /64 of an IPv6 address, since
/// whoever has one of its addresses has them all.
pub fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) => {
            Ipv6Addr::from_bits(address.to_bits() & !u128::from(u64::MAX)).into()
        }
        address => address,
    }
}

/// Answers requests until `shutdown`; those under way get ten seconds to finish.
pub async fn serve(
    mut listener: TcpListener,
    router: Router,
    bounds: Bounds,
    shutdown: impl Future<Output = ()> + Send,
) -> io::Result<()> {
    let crowd = Arc::new(Crowd::new(bounds));
    let (stop, stopped) = watch::channel(false);
    let mut connections = JoinSet::new();
    let mut shutdown = pin!(shutdown);
    loop {
        // Listener::accept goes on after errors, when there are no files left for a moment.
        let (stream, peer) = tokio::select! {
            accepted = axum::serve::Listener::accept(&mut listener) => accepted,
            Some(_) = connections.join_next() => continue,
            () = &mut shutdown => break,
        };
        if let Some(place) = crowd.enter(peer.ip()) {
            let stopped = stopped.clone();
            connections.spawn(converse(stream, peer, router.clone(), bounds, place, stopped));
        }
    }
    drop(listener);
    stop.send_replace(true);
    let drained = async { while connections.join_next().await.is_some() {} };
    if tokio::time::timeout(DRAIN, drained).await.is_err() {
        tracing::warn!("requests under way were cut off at shutdown");
    }
    Ok(())
}

/// One connection to its end.
async fn converse(
    stream: TcpStream,
    peer: SocketAddr,
    router: Router,
    bounds: Bounds,
    place: Place,
    mut stopped: watch::Receiver<bool>,
) {
    if let Err(error) = stream.set_nodelay(true) {
        tracing::debug!(%error, "answers may be delayed");
    }
    let router = TowerToHyperService::new(router);
    let answer = service_fn(|mut request: Request<Incoming>| {
        let under_way = place.begin();
        request.extensions_mut().insert(ConnectInfo(peer));
        let answer = router.call(request.map(|body| match body.is_end_stream() {
            // It stays known to be empty.
            true => Body::new(body),
            false => Body::new(TimeoutBody::new(bounds.silence, body)),
        }));
        async move {
            let response = answer.await?;
            // Under way until the last of the body is taken: map_err owns the mark.
            Ok::<_, std::convert::Infallible>(response.map(|body| {
                Body::new(body.map_err(move |error| {
                    let _ = &under_way;
                    error
                }))
            }))
        }
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(bounds.head)
        .serve_connection(TokioIo::new(stream), answer);
    let mut connection = pin!(connection);
    let mut stopping = false;
    loop {
        tokio::select! {
            result = connection.as_mut() => {
                if let Err(error) = result {
                    tracing::debug!(%error, "a connection ended early");
                }
                break;
            }
            () = place.closed() => break,
            _ = stopped.wait_for(|stop| *stop), if !stopping => {
                stopping = true;
                connection.as_mut().graceful_shutdown();
            }
        }
    }
}

#[cfg(test)]
mod tests;
