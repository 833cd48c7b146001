//! What the functions log, one JSON object a line.

use tracing::level_filters::LevelFilter;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;

/// Names the level: `error`, `warn`, `info` (where nothing is said), `debug` or `trace`.
pub const VARIABLE: &str = "KANSO_LOG";

/// A level that there is not.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{VARIABLE} is {0:?}; write error, warn, info, debug or trace")]
pub struct UnknownLevel(String);

/// Logs from now on as [`VARIABLE`] says; where that cannot be read, as if it said nothing, so
/// that the error is logged like any other.
pub fn start() -> Result<(), UnknownLevel> {
    let said = std::env::var_os(VARIABLE).map(|said| said.to_string_lossy().into_owned());
    let level = level(said.as_deref().unwrap_or_default());
    // CloudWatch stamps each line with the time itself.
    let lines = tracing_subscriber::fmt::layer()
        .json()
        .flatten_event(true)
        .with_span_list(false)
        .without_time();
    let wanted = targets(level.clone().unwrap_or(LevelFilter::INFO));
    tracing_subscriber::registry().with(lines).with(wanted).init();
    level.map(drop)
}

fn level(said: &str) -> Result<LevelFilter, UnknownLevel> {
    match said.trim().to_ascii_lowercase().as_str() {
        "" | "info" => Ok(LevelFilter::INFO),
        "error" => Ok(LevelFilter::ERROR),
        "warn" => Ok(LevelFilter::WARN),
        "debug" => Ok(LevelFilter::DEBUG),
        "trace" => Ok(LevelFilter::TRACE),
        _ => Err(UnknownLevel(said.to_owned())),
    }
}

/// More than INFO only of ourselves: the SDK and the HTTP client would log whole requests,
/// with keys and links in them.
fn targets(level: LevelFilter) -> Targets {
    Targets::new().with_default(level.min(LevelFilter::INFO)).with_target("kanso", level)
}

#[cfg(test)]
mod tests {
    use tracing::Level;

    use super::*;

    #[test]
    fn a_level_is_a_word_and_anything_else_says_what_to_write() {
        assert_eq!(level(""), Ok(LevelFilter::INFO));
        assert_eq!(level(" Warn\n"), Ok(LevelFilter::WARN));
        let error = level("kanso=debug").unwrap_err().to_string();
        assert!(error.contains("kanso=debug") && error.contains("write error, warn"), "{error}");
    }

    #[test]
    fn no_level_shows_the_requests_of_others() {
        let all = targets(LevelFilter::TRACE);
        assert!(all.would_enable("kanso_pipeline::photo", &Level::TRACE));
        assert!(!all.would_enable("aws_smithy_runtime::client", &Level::DEBUG));
        assert!(!all.would_enable("hyper::proto", &Level::TRACE));
        assert!(all.would_enable("lambda_runtime", &Level::INFO));
        let few = targets(LevelFilter::ERROR);
        assert!(!few.would_enable("lambda_runtime", &Level::INFO));
        assert!(!few.would_enable("kanso_pipeline::photo", &Level::INFO));
    }
}
