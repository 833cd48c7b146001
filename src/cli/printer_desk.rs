//! The way to a running `kanso serve`, which alone holds the print queue.

use std::net::SocketAddr;
use std::path::PathBuf;

use bytes::Bytes;
use http_body_util::{BodyExt as _, Full};
use hyper::header::{AUTHORIZATION, CONTENT_TYPE, HOST};
use hyper::{Method, Request, StatusCode};
use hyper_util::rt::TokioIo;
use kanso_certificate::Fault;
use kanso_web::secrets::{SECRETS_FILE, Secrets};
use serde::Serialize;
use serde::de::DeserializeOwned;
use tokio::net::TcpStream;

#[derive(Debug, Clone, clap::Args)]
pub struct Desk {
    /// The data folder of the running server
    #[arg(long, value_name = "DIR", default_value = "./kanso-data")]
    data: PathBuf,
    /// Address of the server's pages
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:8080")]
    web: SocketAddr,
}

/// What the server said, where it let us in.
pub struct Answer {
    pub status: StatusCode,
    body: Bytes,
}

impl Answer {
    pub fn read<T: DeserializeOwned>(&self) -> Result<T, Fault> {
        serde_json::from_slice(&self.body).map_err(|error| {
            Fault::retry(format!(
                "the server's answer is not understood ({error}); use the kanso that serves"
            ))
        })
    }

    /// Any status that the command has no words for.
    pub fn unexpected(&self) -> Fault {
        Fault::retry(format!("the server answered {}; look at what it logs", self.status))
    }
}

impl Desk {
    /// Asks the server, with the console's token from its data folder.
    pub async fn ask(
        &self,
        method: Method,
        path: &str,
        body: &impl Serialize,
    ) -> Result<Answer, Fault> {
        let data = self.data.display();
        if !self.data.join(SECRETS_FILE).exists() {
            return Err(Fault::reject(format!(
                "{data} holds no {SECRETS_FILE}; give the server's data folder with --data"
            )));
        }
        let secrets = Secrets::load_or_create(&self.data);
        let secrets = secrets.map_err(|error| Fault::reject(error.to_string()))?;
        let answer = self.send(method, path, &secrets.console_token, body).await;
        let answer = answer.map_err(|error| {
            Fault::retry(format!(
                "kanso serve does not answer on {} ({error}); start it with kanso serve --data \
                 {data}, or say with --web where its pages are",
                self.web
            ))
        })?;
        if answer.status == StatusCode::TOO_MANY_REQUESTS {
            return Err(Fault::retry(format!(
                "the server on {} was given too many wrong tokens from here; wait five minutes",
                self.web
            )));
        }
        if answer.status == StatusCode::FORBIDDEN {
            return Err(Fault::reject(format!(
                "the server on {} does not know the console token in {data}/{SECRETS_FILE}; give \
                 its data folder with --data",
                self.web
            )));
        }
        Ok(answer)
    }

    async fn send(
        &self,
        method: Method,
        path: &str,
        token: &str,
        body: &impl Serialize,
    ) -> Result<Answer, Box<dyn std::error::Error + Send + Sync>> {
        let stream = TcpStream::connect(self.web).await?;
        let (mut sender, connection) =
            hyper::client::conn::http1::handshake(TokioIo::new(stream)).await?;
        let serving = tokio::spawn(connection);
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header(HOST, self.web.to_string())
            .header(CONTENT_TYPE, "application/json")
            .header(AUTHORIZATION, format!("Bearer {token}"))
            .body(Full::new(Bytes::from(serde_json::to_vec(body)?)))?;
        let response = sender.send_request(request).await?;
        let status = response.status();
        let body = response.into_body().collect().await?.to_bytes();
        serving.abort();
        Ok(Answer { status, body })
    }
}
