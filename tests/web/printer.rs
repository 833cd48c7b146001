//! A real IPP printer (`ippeveprinter`) on a port of its own, with paper to take away.

use std::os::unix::process::CommandExt as _;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use kanso_print::config::{PrintConfig, PrinterConfig, parse_uri};
use kanso_print::media::Media;
use kanso_print::printer::look;

use super::ports::free_port;

pub struct Printer {
    child: Child,
    pub config: PrinterConfig,
    control: tempfile::TempDir,
}

impl Drop for Printer {
    fn drop(&mut self) {
        // The bus, the shell and the printer are one process group.
        let group = format!("-{}", self.child.id());
        let _ = Command::new("kill").args(["-KILL", "--", &group]).status();
        let _ = self.child.wait();
    }
}

impl Printer {
    /// `takes` is `pdf`, `jpeg` or `raster`. `None` where no `ippeveprinter` is installed.
    pub async fn start(
        name: &str,
        takes: &str,
        paper: &str,
        template: Option<&str>,
    ) -> Option<Self> {
        let folder = crate::repository::root().join("tests/web/printer");
        if !["ippeveprinter", "dbus-run-session"].into_iter().all(installed) {
            let loud = std::env::var("CI").is_ok_and(|ci| ci == "true");
            assert!(!loud, "apt-get install cups-ipp-utils dbus-daemon");
            eprintln!("NOT TESTED: ippeveprinter or dbus-run-session is not installed");
            return None;
        }
        let control = tempfile::tempdir().unwrap();
        let spool = control.path().join("spool");
        std::fs::create_dir(&spool).unwrap();
        let port = free_port().port();
        let child = Command::new("dbus-run-session")
            .args(["--", "sh", "-c"])
            .arg("DBUS_SYSTEM_BUS_ADDRESS=$DBUS_SESSION_BUS_ADDRESS exec ippeveprinter \"$@\"")
            .args(["sh", "-n", "localhost", "-p", &port.to_string(), "-r", "off", "-k", "-d"])
            .arg(&spool)
            .arg("-a")
            .arg(folder.join(format!("{takes}.conf")))
            .arg("-c")
            .arg(folder.join("command.sh"))
            .arg(name)
            .env("CONTROL", control.path())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .process_group(0)
            .spawn()
            .unwrap();
        let config = PrinterConfig {
            name: name.to_owned(),
            uri: parse_uri(&format!("ipp://localhost:{port}/ipp/print")).unwrap(),
            media: Media::named(paper).unwrap(),
            template: template.map(str::to_owned),
            borderless: true,
        };
        let printer = Self { child, config, control };
        wait_for("the printer answers", async || look(&printer.config).await.is_ok()).await;
        Some(printer)
    }

    /// Takes the paper away, or puts it back.
    pub fn paper(&self, there: bool) {
        self.switch("no-paper", !there);
    }

    pub fn jam(&self, jammed: bool) {
        self.switch("jam", jammed);
    }

    fn switch(&self, name: &str, on: bool) {
        let path = self.control.path().join(name);
        if on { std::fs::write(path, "").unwrap() } else { std::fs::remove_file(path).unwrap() }
    }

    /// What came out, in order.
    pub fn printed(&self) -> Vec<Vec<u8>> {
        self.printed_files().iter().map(|path| std::fs::read(path).unwrap()).collect()
    }

    pub fn printed_files(&self) -> Vec<PathBuf> {
        let entries = std::fs::read_dir(self.control.path()).unwrap();
        let mut files: Vec<PathBuf> = entries
            .map(|entry| entry.unwrap().path())
            .filter(|path| path.file_name().unwrap().to_str().unwrap().starts_with("printed-"))
            .collect();
        files.sort();
        files
    }

    /// The attributes that the last job came with.
    pub fn attributes(&self) -> String {
        std::fs::read_to_string(self.control.path().join("attributes")).unwrap()
    }
}

/// Printers as a venue has them.
pub fn config(printers: &[&Printer]) -> PrintConfig {
    PrintConfig {
        printers: printers.iter().map(|printer| printer.config.clone()).collect(),
        copies_per_runner: 2,
        stalled_after: Duration::from_secs(60),
    }
}

fn installed(tool: &str) -> bool {
    let found = Command::new("which").arg(tool).stdout(Stdio::null()).status();
    found.is_ok_and(|status| status.success())
}

/// Looks again and again; fails loudly after half a minute.
pub async fn wait_for(what: &str, mut holds: impl AsyncFnMut() -> bool) {
    for _ in 0..300 {
        if holds().await {
            return;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    panic!("waited half a minute in vain: {what}");
}
