//! Clients that others wrote.

use std::path::PathBuf;
use std::process::Command;

use crate::server::{KEY, SECRET, start};

/// The behaviours that uploading clients rely on, checked with boto3 by a program that
/// knows nothing of this project.
fn conformance_program() -> Option<PathBuf> {
    let here = crate::repository::root().join("../shared");
    let shared = std::env::var_os("KANSO_SHARED").map_or(here, PathBuf::from);
    let program = shared.join("s3/conformance.py");
    let boto3 = Command::new("python3").args(["-c", "import boto3"]).output();
    (program.exists() && boto3.is_ok_and(|o| o.status.success())).then_some(program)
}

#[tokio::test(flavor = "multi_thread")]
async fn boto3_finds_what_it_relies_on() {
    let Some(program) = conformance_program() else {
        assert!(std::env::var("CI").is_err(), "CI needs python3 with boto3 and conformance.py");
        eprintln!("SKIPPED: needs python3 with boto3 and KANSO_SHARED/s3/conformance.py");
        return;
    };
    let dir = tempfile::tempdir().unwrap();
    let s = start(dir.path()).await;
    let mut python = tokio::process::Command::new("python3");
    let output = python.arg(program).args([&s.address, KEY, SECRET]).output().await.unwrap();
    let report = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{report}{}", String::from_utf8_lossy(&output.stderr));
}
