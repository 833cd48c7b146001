//! A crowd that connects and says nothing.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use aws_sdk_s3::presigning::PresigningConfig;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use super::idle::Idle;
use super::server::{KEY, SECRET, client, get, put, start};

#[tokio::test(flavor = "multi_thread")]
async fn two_thousand_idle_connections_disturb_no_upload() {
    let folder = tempfile::tempdir().unwrap();
    let running = start(folder.path()).await;
    running.client.create_bucket().bucket("kanso").send().await.unwrap();
    let address: SocketAddr = running.address.strip_prefix("http://").unwrap().parse().unwrap();
    let mut slow = slow_upload(&running.client, address).await;

    let crowd = Idle::connect(address, 2000).await;
    let newcomer = client(&running.address, KEY, SECRET);
    for n in 0..20 {
        let key = format!("during-{n}");
        put(&newcomer, "kanso", &key, b"a photo").await;
        assert_eq!(get(&newcomer, "kanso", &key).await.unwrap(), b"a photo");
    }
    slow.write_all(b"the rest").await.unwrap();
    let mut answer = [0; 12];
    slow.read_exact(&mut answer).await.unwrap();
    assert_eq!(&answer, b"HTTP/1.1 200");
    assert_eq!(get(&newcomer, "kanso", "slow").await.unwrap(), b"a part, the rest");

    let deadline = Instant::now() + Duration::from_secs(20);
    while crowd.open() > 256 {
        assert!(Instant::now() < deadline, "{} are still open", crowd.open());
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    running.stop().await;
}

/// An upload whose first half is sent.
async fn slow_upload(client: &aws_sdk_s3::Client, address: SocketAddr) -> TcpStream {
    let hour = PresigningConfig::expires_in(Duration::from_secs(3600)).unwrap();
    let request = client.put_object().bucket("kanso").key("slow").presigned(hour).await.unwrap();
    let path = request.uri().split_once(&address.to_string()).unwrap().1;
    let head =
        format!("PUT {path} HTTP/1.1\r\nhost: {address}\r\ncontent-length: 16\r\n\r\na part, ");
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(head.as_bytes()).await.unwrap();
    stream
}
