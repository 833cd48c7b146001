//! A server of AWS's interfaces by another maker, for what the embedded endpoint has not.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};

pub struct Moto {
    pub address: String,
    server: Child,
}

impl Moto {
    /// A server of its own for one test, on a free port.
    pub fn start() -> Self {
        let mut server = Command::new("moto_server")
            .args(["-H", "127.0.0.1", "-p", "0"])
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .expect("moto_server is not installed: tests/run installs it from PyPI");
        let said = BufReader::new(server.stderr.take().unwrap());
        let mut lines = said.lines().map_while(Result::ok);
        let address = lines
            .find_map(|line| Some(format!("http://{}", line.split_once("http://")?.1.trim())))
            .expect("moto_server says where it listens");
        // What it says of each request, so that it never waits for a reader.
        std::thread::spawn(move || lines.for_each(drop));
        Self { address, server }
    }
}

impl Drop for Moto {
    fn drop(&mut self) {
        let _ = self.server.kill();
        let _ = self.server.wait();
    }
}
