//! The tools that judge our files; none of them shares code with us.

use std::path::PathBuf;
use std::process::Command;

/// A folder under target/ that keeps what a failing test wants to show.
pub fn folder(name: &str) -> PathBuf {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
    std::fs::create_dir_all(&folder).unwrap();
    folder
}

/// Standard output and error of a tool, which must succeed. `None` where it is not
/// installed, which on CI is a failure.
pub fn judge(tool: &str, arguments: &[&str]) -> Option<String> {
    let output = match Command::new(tool).args(arguments).output() {
        Ok(output) => output,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            let loud = std::env::var("CI").is_ok_and(|ci| ci == "true");
            assert!(
                !loud,
                "{tool} is not installed: apt-get install qpdf poppler-utils mupdf-tools ghostscript"
            );
            eprintln!("NOT JUDGED: {tool} is not installed");
            return None;
        }
        Err(error) => panic!("{tool}: {error}"),
    };
    let said = String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned();
    assert!(output.status.success(), "{tool} {arguments:?}: {said}");
    Some(said)
}
