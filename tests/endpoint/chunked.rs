//! Bodies in chunks, as SDKs that write by themselves send them.

use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::{Digest as _, Sha256};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use super::server::{KEY, SECRET, start};

const UNSIGNED: &str = "STREAMING-UNSIGNED-PAYLOAD-TRAILER";

fn mac(key: &[u8], text: &str) -> Vec<u8> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).unwrap();
    mac.update(text.as_bytes());
    mac.finalize().into_bytes().to_vec()
}

/// The `Authorization` of a PUT that signs host, kind of body and time (SigV4).
fn authorization(host: &str, path: &str, now: &str) -> String {
    let signed = "host;x-amz-content-sha256;x-amz-date";
    let canonical = format!(
        "PUT\n{path}\n\nhost:{host}\nx-amz-content-sha256:{UNSIGNED}\nx-amz-date:{now}\n\n\
         {signed}\n{UNSIGNED}"
    );
    let scope = format!("{}/us-east-1/s3/aws4_request", &now[..8]);
    let hash = hex::encode(Sha256::digest(canonical));
    let secret = format!("AWS4{SECRET}").into_bytes();
    let key = [&now[..8], "us-east-1", "s3", "aws4_request"]
        .iter()
        .fold(secret, |key, step| mac(&key, step));
    let signature = hex::encode(mac(&key, &format!("AWS4-HMAC-SHA256\n{now}\n{scope}\n{hash}")));
    format!(
        "AWS4-HMAC-SHA256 Credential={KEY}/{scope}, SignedHeaders={signed}, Signature={signature}"
    )
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_in_chunks_without_any_trailer_is_stored_as_aws_stores_it() {
    let folder = tempfile::tempdir().unwrap();
    let server = start(folder.path()).await;
    server.client.create_bucket().bucket("photos").send().await.unwrap();
    let host = server.address.strip_prefix("http://").unwrap().to_owned();
    let now = jiff::Timestamp::now().strftime("%Y%m%dT%H%M%SZ").to_string();
    let body = "6\r\nfinish\r\n5\r\n line\r\n0\r\n\r\n";
    let authorization = authorization(&host, "/photos/chunks.txt", &now);
    let request = format!(
        "PUT /photos/chunks.txt HTTP/1.1\r\nhost: {host}\r\nx-amz-date: {now}\r\n\
         x-amz-content-sha256: {UNSIGNED}\r\ncontent-encoding: aws-chunked\r\n\
         x-amz-decoded-content-length: 11\r\ncontent-length: {}\r\n\
         authorization: {authorization}\r\nconnection: close\r\n\r\n{body}",
        body.len()
    );
    let mut stream = TcpStream::connect(&host).await.unwrap();
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    let stored =
        server.client.get_object().bucket("photos").key("chunks.txt").send().await.unwrap();
    assert_eq!(stored.body.collect().await.unwrap().into_bytes(), "finish line");
    server.stop().await;
}
