//! The promise: every command does what its help says, on the sample race, as a newcomer
//! would call it.

#[path = "command_line/acknowledged.rs"]
mod acknowledged;
#[path = "command_line/bad_line.rs"]
mod bad_line;
#[path = "web/bad_printer.rs"]
#[expect(dead_code, reason = "the web tests use more of it")]
mod bad_printer;
#[path = "command_line/book.rs"]
mod book;
#[path = "web/browser.rs"]
#[expect(dead_code, reason = "the web tests use more of it")]
mod browser;
#[path = "command_line/burst.rs"]
mod burst;
#[path = "command_line/cameras.rs"]
mod cameras;
#[path = "command_line/card.rs"]
mod card;
#[path = "command_line/cases.rs"]
mod cases;
#[path = "command_line/demo.rs"]
mod demo;
#[path = "command_line/explain.rs"]
mod explain;
#[path = "command_line/health.rs"]
mod health;
#[path = "command_line/hot_folder.rs"]
mod hot_folder;
#[path = "command_line/hot_folder_killed.rs"]
mod hot_folder_killed;
#[path = "command_line/hot_folder_options.rs"]
mod hot_folder_options;
#[path = "command_line/integrity.rs"]
mod integrity;
#[path = "command_line/killed.rs"]
mod killed;
#[path = "../benches/uplink/line.rs"]
mod line;
#[path = "command_line/local.rs"]
mod local;
#[path = "command_line/photographer.rs"]
mod photographer;
mod ports;
#[path = "command_line/printer.rs"]
mod printer;
#[path = "command_line/proxy_first.rs"]
mod proxy_first;
mod repository;
#[path = "command_line/requests.rs"]
mod requests;
#[path = "command_line/retention.rs"]
mod retention;
#[path = "endpoint/server.rs"]
#[expect(dead_code, reason = "the endpoint's tests use more of it")]
mod server;
#[path = "command_line/tap.rs"]
mod tap;
#[path = "command_line/uplink.rs"]
mod uplink;
#[path = "pipeline/venue.rs"]
#[expect(dead_code, reason = "the pipeline's tests use more of it")]
mod venue;
#[path = "command_line/watching.rs"]
mod watching;

use std::process::{Command, Output};

const RACE: &str = "fixtures/races/minato-half";

fn kanso(args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_kanso"))
        .args(args)
        .current_dir(repository::root())
        .output()
        .unwrap()
}

fn stdout(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

/// Standard output as one JSON value a line.
fn lines(output: &Output) -> Vec<serde_json::Value> {
    stdout(output).lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// What a tool says of a file; it must succeed. `tests/run` installs the tools.
fn run(tool: &str, args: &[&str]) -> String {
    let output = Command::new(tool).args(args).output();
    let output = output.unwrap_or_else(|error| panic!("{tool}: {error}; use tests/run"));
    assert!(
        output.status.success(),
        "{tool} {args:?}: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    stdout(&output)
}
