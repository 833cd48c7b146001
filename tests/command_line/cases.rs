//! What public bug reports, manuals and real files taught, tried as a person would call it.

use std::process::Command;

/// Runs the cases whose names begin with one of these, and says how many were right.
fn right(beginnings: &[&str]) -> String {
    let program = crate::repository::root().join("fixtures/cases/run.py");
    let mut python = Command::new("python3");
    python.args(["-B".as_ref(), program.as_os_str()]).arg(env!("CARGO_BIN_EXE_kanso"));
    let output = python.args(beginnings).output();
    let output = output.unwrap_or_else(|error| panic!("python3: {error}; use tests/run"));
    let told = String::from_utf8_lossy(&output.stdout).into_owned();
    let wrong = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{told}{wrong}");
    told.lines().last().unwrap_or_default().to_owned()
}

#[test]
fn results_files_of_public_reports_are_read_right_or_told() {
    let results = ["0", "10", "11", "12", "13", "14", "15", "16", "4", "90", "91", "92", "93"];
    assert_eq!(right(&[&results[..], &["94", "95"]].concat()), "26 of 26 right");
}

#[test]
fn photos_of_public_reports_are_matched_right_or_told() {
    assert_eq!(right(&["2", "30", "96", "97", "98"]), "14 of 14 right");
}

#[test]
fn clients_and_printers_of_public_reports_are_served_right_or_told() {
    assert_eq!(right(&["31", "32", "33", "34", "35", "99"]), "6 of 6 right");
}
