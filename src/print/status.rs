//! What a printer says of itself, in the few words that staff act on.

use serde::Serialize;

/// How a printer is. The first that applies wins: what stops printing comes first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Condition {
    /// No answer at its address.
    Offline,
    /// It takes neither PDF nor JPEG.
    Refuses,
    Jam,
    OutOfPaper,
    /// Ink, toner or ribbon.
    OutOfInk,
    CoverOpen,
    /// Stopped by a person, or for a reason it does not name.
    Stopped,
    /// A job lies there and nothing moves.
    NoProgress,
    /// Prints, but paper or ink is low.
    Low,
    Ready,
}

impl Condition {
    /// Whether new jobs may be given to it.
    pub fn takes_jobs(self) -> bool {
        matches!(self, Self::Ready | Self::Low)
    }
}

/// What the kiosk's banner and the console show.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PrinterView {
    pub name: String,
    pub paper: &'static str,
    pub condition: Condition,
    /// As the printer says it, for those who know it.
    pub reasons: Vec<String>,
    /// Pages printed by us, ever.
    pub pages: u64,
    /// The job that it has now.
    pub job: Option<u64>,
}

/// `printer-state`, as IPP numbers it.
const STOPPED: i32 = 5;

/// Reads `printer-state`, `printer-state-reasons` and `printer-is-accepting-jobs`. Reasons
/// are matched by their beginning: the suffix (-error, -warning, -report) differs between
/// printers.
pub fn condition(state: i32, reasons: &[String], accepting: bool) -> Condition {
    let worst = reasons.iter().filter_map(|reason| of_reason(reason)).min();
    match worst {
        Some(worst) => worst,
        None if state == STOPPED || !accepting => Condition::Stopped,
        None => Condition::Ready,
    }
}

fn of_reason(reason: &str) -> Option<Condition> {
    let begins = |list: &[&str]| list.iter().any(|word| reason.starts_with(word));
    // A report is news, no obstacle.
    if reason == "none" || reason.ends_with("-report") {
        return None;
    }
    Some(match reason {
        _ if begins(&["media-jam"]) => Condition::Jam,
        _ if begins(&["media-empty", "media-needed", "input-tray-missing"]) => {
            Condition::OutOfPaper
        }
        _ if begins(&["marker-supply-empty", "toner-empty", "marker-waste-full"]) => {
            Condition::OutOfInk
        }
        _ if begins(&["cover-open", "door-open", "interlock-open"]) => Condition::CoverOpen,
        _ if begins(&["offline", "shutdown", "timed-out", "connecting-to-device"]) => {
            Condition::Offline
        }
        _ if begins(&["paused", "stopped", "output-area-full", "spool-area-full"]) => {
            Condition::Stopped
        }
        _ if begins(&["media-low", "marker-supply-low", "toner-low"]) => Condition::Low,
        _ if reason.ends_with("-error") => Condition::Stopped,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(state: i32, reasons: &[&str]) -> Condition {
        let reasons: Vec<_> = reasons.iter().map(|r| (*r).to_owned()).collect();
        condition(state, &reasons, true)
    }

    #[test]
    fn reasons_are_known_whatever_their_suffix() {
        assert_eq!(of(3, &["none"]), Condition::Ready);
        for suffix in ["", "-error", "-warning"] {
            assert_eq!(of(4, &[&format!("media-empty{suffix}")]), Condition::OutOfPaper);
        }
        assert_eq!(of(3, &["media-low-warning"]), Condition::Low);
        assert_eq!(of(3, &["media-empty-report"]), Condition::Ready);
        assert_eq!(of(5, &["none"]), Condition::Stopped);
        assert_eq!(of(3, &["fuser-over-temp-error"]), Condition::Stopped);
    }

    #[test]
    fn what_stops_printing_is_told_first() {
        assert_eq!(of(5, &["media-low", "paused", "media-jam-error"]), Condition::Jam);
    }
}
