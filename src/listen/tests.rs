//! Over real sockets, with bounds that are met within a test.

use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::routing::{get, post};
use futures::stream;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::sync::oneshot;
use tokio::time::{sleep, timeout};

use super::{Bounds, network, serve};

/// Longer than any test takes.
const LONG: Duration = Duration::from_secs(300);
const WIDE: Bounds = Bounds { connections: 100, per_network: 100, head: LONG, silence: LONG };

struct Server {
    address: SocketAddr,
    stop: oneshot::Sender<()>,
    ended: tokio::task::JoinHandle<()>,
}

/// `/` answers, `/length` counts a body, `/lines` sends a line every 50 ms for ever.
async fn start(bounds: Bounds) -> Server {
    let lines = || async {
        Body::from_stream(stream::unfold((), async |()| {
            sleep(Duration::from_millis(50)).await;
            Some((Ok::<_, std::io::Error>("line\n"), ()))
        }))
    };
    let router = Router::new()
        .route("/", get(|| async { "here" }))
        .route("/length", post(|body: Bytes| async move { format!("{} bytes", body.len()) }))
        .route("/lines", get(lines));
    let listener = TcpListener::bind("0.0.0.0:0").await.unwrap();
    let address = ([127, 0, 0, 1], listener.local_addr().unwrap().port()).into();
    let (stop, stopped) = oneshot::channel::<()>();
    let ended = tokio::spawn(async move {
        serve(listener, router, bounds, async { stopped.await.unwrap_or(()) }).await.unwrap();
    });
    Server { address, stop, ended }
}

impl Server {
    async fn connect(&self) -> TcpStream {
        self.connect_from([127, 0, 0, 1]).await
    }

    async fn connect_from(&self, address: [u8; 4]) -> TcpStream {
        let socket = TcpSocket::new_v4().unwrap();
        socket.bind((address, 0).into()).unwrap();
        socket.connect(self.address).await.unwrap()
    }
}

async fn send(stream: &mut TcpStream, text: &str) {
    stream.write_all(text.as_bytes()).await.unwrap();
}

async fn ask(stream: &mut TcpStream) -> String {
    send(stream, "GET / HTTP/1.1\r\nhost: a\r\n\r\n").await;
    until(stream, "here").await
}

/// What comes until it holds `words`, or until the end of the connection.
async fn until(stream: &mut TcpStream, words: &str) -> String {
    let mut all = Vec::new();
    let read = async {
        while !String::from_utf8_lossy(&all).contains(words) {
            let mut part = [0; 1024];
            match stream.read(&mut part).await {
                Ok(0) | Err(_) => break,
                Ok(n) => all.extend_from_slice(&part[..n]),
            }
        }
    };
    timeout(Duration::from_secs(20), read).await.expect("an answer or an end");
    String::from_utf8(all).unwrap()
}

const NEVER: &str = "\u{0}";

#[tokio::test]
async fn a_head_that_does_not_come_ends_its_connection() {
    let server = start(Bounds { head: Duration::from_millis(300), ..WIDE }).await;
    for begun in ["", "GET / HT", "GET / HTTP/1.1\r\nhost: a\r\n"] {
        let mut stream = server.connect().await;
        send(&mut stream, begun).await;
        assert!(!until(&mut stream, NEVER).await.contains("here"), "{begun:?}");
    }
    let mut stream = server.connect().await;
    assert!(ask(&mut stream).await.contains("here"));
    until(&mut stream, NEVER).await;
}

#[tokio::test]
async fn a_body_that_falls_silent_ends_its_connection_and_a_slow_one_goes_on() {
    let server = start(Bounds { silence: Duration::from_secs(1), ..WIDE }).await;
    let head = "POST /length HTTP/1.1\r\nhost: a\r\ncontent-length: 30\r\n\r\n";
    let (mut silent, mut slow) = (server.connect().await, server.connect().await);
    send(&mut silent, head).await;
    send(&mut silent, "some").await;
    send(&mut slow, head).await;
    for _ in 0..30 {
        send(&mut slow, "x").await;
        sleep(Duration::from_millis(80)).await;
    }
    assert!(until(&mut slow, "bytes").await.contains("30 bytes"));
    let answer = until(&mut silent, NEVER).await;
    assert!(!answer.contains("bytes") && !answer.contains(" 200 "), "{answer}");
}

#[tokio::test]
async fn an_event_stream_outlasts_every_bound() {
    let short = Duration::from_millis(200);
    let server =
        start(Bounds { connections: 1, per_network: 1, head: short, silence: short }).await;
    let mut stream = server.connect().await;
    send(&mut stream, "GET /lines HTTP/1.1\r\nhost: a\r\n\r\n").await;
    for _ in 0..30 {
        assert!(until(&mut stream, "line").await.contains("line"));
    }
    // All that there is room for is at work: who comes now is refused.
    let mut late = server.connect().await;
    assert_eq!(until(&mut late, NEVER).await, "");
    assert!(until(&mut stream, "line").await.contains("line"));
    // There is room again when the stream has ended.
    drop(stream);
    let again = async {
        loop {
            let mut stream = server.connect().await;
            if stream.write_all(b"GET / HTTP/1.1\r\nhost: a\r\n\r\n").await.is_ok()
                && until(&mut stream, "here").await.contains("here")
            {
                break;
            }
        }
    };
    timeout(Duration::from_secs(20), again).await.expect("room");
}

#[tokio::test]
async fn one_more_than_there_is_room_for_closes_the_one_idle_longest() {
    let server = start(Bounds { connections: 3, per_network: 3, ..WIDE }).await;
    let (mut first, mut second) = (server.connect().await, server.connect().await);
    ask(&mut first).await;
    ask(&mut second).await;
    let mut third = server.connect().await;
    ask(&mut third).await;
    ask(&mut first).await;
    let mut fourth = server.connect().await;
    assert!(ask(&mut fourth).await.contains("here"));
    assert_eq!(until(&mut second, NEVER).await, "", "it was idle longest");
    for stream in [&mut first, &mut third, &mut fourth] {
        assert!(ask(stream).await.contains("here"));
    }
}

#[tokio::test]
async fn a_crowd_from_one_address_closes_no_connection_of_another() {
    let server = start(Bounds { connections: 10, per_network: 4, ..WIDE }).await;
    let mut quiet = server.connect().await;
    ask(&mut quiet).await;
    let mut crowd = Vec::new();
    for _ in 0..40 {
        crowd.push(server.connect_from([127, 0, 0, 2]).await);
    }
    assert!(ask(crowd.last_mut().unwrap()).await.contains("here"), "all have come in");
    assert!(ask(&mut quiet).await.contains("here"));
}

#[tokio::test]
async fn a_shutdown_closes_idle_connections_and_lets_a_request_finish() {
    let server = start(WIDE).await;
    let (mut new, mut idle, mut busy) =
        (server.connect().await, server.connect().await, server.connect().await);
    ask(&mut idle).await;
    send(&mut busy, "POST /length HTTP/1.1\r\nhost: a\r\ncontent-length: 2\r\n\r\nx").await;
    let mut last = server.connect().await;
    ask(&mut last).await;
    server.stop.send(()).unwrap();
    for stream in [&mut new, &mut idle] {
        until(stream, NEVER).await;
    }
    send(&mut busy, "y").await;
    assert!(until(&mut busy, "bytes").await.contains("2 bytes"));
    timeout(Duration::from_secs(5), server.ended).await.expect("sooner than the drain").unwrap();
}

#[test]
fn a_sender_is_told_apart_by_address_or_by_the_half_of_a_long_one() {
    let of = |text: &str| network(text.parse::<IpAddr>().unwrap());
    assert_eq!(of("2001:db8::1"), of("2001:db8::ffff:0:0:9"));
    assert_ne!(of("2001:db8::1"), of("2001:db8:0:1::1"));
    assert_ne!(of("192.0.2.1"), of("192.0.2.2"));
    assert_eq!(of("::ffff:192.0.2.1"), of("192.0.2.1"));
}
