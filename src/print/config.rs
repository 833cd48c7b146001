//! `printers.toml`: which printers there are, what paper they hold, what they print.
//!
//! ```toml
//! copies_per_runner = 3          # prints of one bib before staff must say yes
//! stalled_after_s = 60           # no progress for so long: the job moves, or staff is called
//!
//! [[printers]]
//! name = "Kiosk 1"
//! uri = "ipp://192.168.0.20:631/ipp/print"
//! paper = "6x8in"
//! template = "kiosk"             # where the race's own template has another size
//! borderless = true              # photo papers: true where it is not given
//! ```

use std::path::{Path, PathBuf};
use std::time::Duration;

use hyper::Uri;
use serde::Deserialize;

use super::media::Media;

/// The file in the data folder.
pub const PRINTERS_FILE: &str = "printers.toml";

/// All printers of a venue.
#[derive(Debug, Clone)]
pub struct PrintConfig {
    pub printers: Vec<PrinterConfig>,
    /// Prints of one bib that need nobody's leave; 1 to 100.
    pub copies_per_runner: usize,
    pub stalled_after: Duration,
}

/// One printer, or one CUPS queue.
#[derive(Debug, Clone)]
pub struct PrinterConfig {
    /// As staff call it; unique.
    pub name: String,
    /// `ipp://host[:port]/path`
    pub uri: Uri,
    pub media: Media,
    /// A bundled template that fits the paper, where the race's does not.
    pub template: Option<String>,
    pub borderless: bool,
}

/// Why a `printers.toml` cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    #[error("cannot read {path}: {source}")]
    File { path: PathBuf, source: std::io::Error },
    #[error("{path}: {source}")]
    Parse { path: PathBuf, source: Box<toml::de::Error> },
    #[error("{path}: {problem}")]
    Value { path: PathBuf, problem: String },
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default = "three")]
    copies_per_runner: usize,
    #[serde(default = "a_minute")]
    stalled_after_s: u64,
    printers: Vec<PrinterTable>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PrinterTable {
    name: String,
    uri: String,
    paper: String,
    template: Option<String>,
    borderless: Option<bool>,
}

fn three() -> usize {
    3
}

fn a_minute() -> u64 {
    60
}

impl PrintConfig {
    /// Reads a file; `None` where there is none, so that nothing prints.
    pub fn load(path: &Path) -> Result<Option<Self>, ConfigError> {
        match std::fs::read_to_string(path) {
            Ok(text) => Self::parse(path, &text).map(Some),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
            Err(source) => Err(ConfigError::File { path: path.into(), source }),
        }
    }

    fn parse(path: &Path, text: &str) -> Result<Self, ConfigError> {
        let file: File = toml::from_str(text)
            .map_err(|source| ConfigError::Parse { path: path.into(), source: Box::new(source) })?;
        let wrong = |problem: String| ConfigError::Value { path: path.into(), problem };
        if !(1..=100).contains(&file.copies_per_runner) {
            return Err(wrong("copies_per_runner must be 1 to 100".into()));
        }
        if !(5..=3600).contains(&file.stalled_after_s) {
            return Err(wrong("stalled_after_s must be 5 to 3600 seconds".into()));
        }
        if file.printers.is_empty() {
            return Err(wrong("names no printer; add a [[printers]] table".into()));
        }
        let mut printers: Vec<PrinterConfig> = Vec::with_capacity(file.printers.len());
        for table in file.printers {
            let printer = PrinterConfig::read(table).map_err(&wrong)?;
            if printers.iter().any(|other| other.name == printer.name) {
                return Err(wrong(format!("two printers are called {:?}", printer.name)));
            }
            printers.push(printer);
        }
        Ok(Self {
            printers,
            copies_per_runner: file.copies_per_runner,
            stalled_after: Duration::from_secs(file.stalled_after_s),
        })
    }
}

impl PrinterConfig {
    fn read(table: PrinterTable) -> Result<Self, String> {
        let name = table.name.trim().to_owned();
        if name.is_empty() {
            return Err("a printer needs a name".into());
        }
        let uri = parse_uri(&table.uri).map_err(|why| format!("printer {name:?}: {why}"))?;
        let media = Media::named(&table.paper).ok_or_else(|| {
            format!("printer {name:?}: paper {:?} is none of {}", table.paper, Media::NAMES)
        })?;
        if let Some(template) = &table.template {
            kanso_template::Template::bundled(template)
                .map_err(|error| format!("printer {name:?}: {error}"))?;
        }
        let borderless = table.borderless.unwrap_or(media.is_photo());
        Ok(Self { name, uri, media, template: table.template, borderless })
    }
}

/// Reads a printer's address.
pub fn parse_uri(text: &str) -> Result<Uri, String> {
    let uri: Uri = text.parse().map_err(|_| format!("uri {text:?} is not an address"))?;
    match (uri.scheme_str(), uri.host()) {
        (Some("ipp" | "http"), Some(_)) => Ok(uri),
        (Some("ipps" | "https"), _) => Err(format!(
            "uri {text:?}: encrypted IPP is not spoken; add the printer to CUPS on this machine \
             and give ipp://localhost:631/printers/<queue>"
        )),
        _ => Err(format!("uri {text:?} must begin with ipp:// and name a host")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<PrintConfig, String> {
        PrintConfig::parse(Path::new("printers.toml"), text).map_err(|error| error.to_string())
    }

    #[test]
    fn a_printer_has_a_name_an_address_and_paper() {
        let config = read(
            "[[printers]]\nname='Kiosk 1'\nuri='ipp://localhost:8633/ipp/print'\npaper='6x8in'\n",
        )
        .unwrap();
        assert_eq!(config.printers[0].media.hundredths_mm(), (15240, 20320));
        assert!(config.printers[0].borderless);
        assert_eq!(config.copies_per_runner, 3);
    }

    #[test]
    fn a_wrong_file_says_what_to_write_instead() {
        let printer = |uri: &str, paper: &str| {
            read(&format!("[[printers]]\nname='K'\nuri='{uri}'\npaper='{paper}'\n")).unwrap_err()
        };
        assert!(printer("ipps://a/b", "a4").contains("CUPS"));
        assert!(printer("/dev/lp0", "a4").contains("ipp://"));
        assert!(printer("ipp://a/b", "a7").contains("6x8in"));
        assert!(read("printers = []").unwrap_err().contains("[[printers]]"));
    }
}
