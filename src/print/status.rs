//! What a printer says of itself, in the few words that staff act on.

use serde::{Deserialize, Serialize};

/// How a printer is. The first that applies wins: what stops printing comes first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
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
    /// It did not keep the size or the scaling that it was asked for: a person looks at the
    /// sheet before the next one is sent.
    SizeNotKept,
    /// A queue whose printer is on its way: it takes a job up, or wakes.
    Connecting,
    /// It asks to be given the job a moment later.
    Busy,
    /// Prints, but warns: paper or ink is low, or something else is soon needed.
    Low,
    Ready,
}

impl Condition {
    /// Whether new jobs may be given to it.
    pub fn takes_jobs(self) -> bool {
        matches!(self, Self::Ready | Self::Low)
    }

    /// Whether nobody need be called for its sake: it prints, or soon will.
    pub fn goes_on(self) -> bool {
        self.takes_jobs() || matches!(self, Self::Connecting | Self::Busy)
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
    /// What it did not keep of what it was asked for, until a person saw the sheet.
    pub not_kept: Vec<String>,
    /// Pages printed by us, ever.
    pub pages: u64,
    /// The job that it has now.
    pub job: Option<u64>,
}

/// `printer-state`, as IPP numbers it.
const IDLE: i32 = 3;
const PROCESSING: i32 = 4;
const STOPPED: i32 = 5;
const WARNING: &str = "-warning";

/// Reads `printer-state`, `printer-state-reasons` and `printer-is-accepting-jobs`. Reasons
/// are matched by their beginning. A warning stops no idle printer (RFC 8011, 5.4.12); at
/// work and without paper, some say no more than that: see [`is_stuck`].
pub fn condition(state: i32, reasons: &[String], accepting: bool) -> Condition {
    let stopped = state == STOPPED || !accepting;
    let of = |reason: &String| of_reason(reason, state, stopped);
    match reasons.iter().filter_map(of).min() {
        Some(worst) if !(stopped && worst.goes_on()) => worst,
        _ if stopped => Condition::Stopped,
        _ => Condition::Ready,
    }
}

/// Whether the printer cannot print by a word that is more than a warning.
pub fn is_stuck(state: i32, reasons: &[String], accepting: bool) -> bool {
    let grave = reasons.iter().filter(|reason| !reason.ends_with(WARNING));
    !condition(state, &grave.cloned().collect::<Vec<_>>(), accepting).goes_on()
}

fn of_reason(reason: &str, state: i32, stopped: bool) -> Option<Condition> {
    let begins = |list: &[&str]| list.iter().any(|word| reason.starts_with(word));
    // A report is news, no obstacle.
    if reason == "none" || reason.ends_with("-report") {
        return None;
    }
    // An idle queue keeps the word of the job before.
    if begins(&["connecting-to-device"]) {
        return (state != IDLE).then_some(Condition::Connecting);
    }
    if reason.ends_with(WARNING) && !stopped && state != PROCESSING {
        return Some(Condition::Low);
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
        _ if begins(&["offline", "shutdown", "timed-out"]) => Condition::Offline,
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
    fn reasons_are_known_by_their_beginning_and_graded_by_their_suffix() {
        assert_eq!(of(3, &["none"]), Condition::Ready);
        for suffix in ["", "-error"] {
            assert_eq!(of(4, &[&format!("media-empty{suffix}")]), Condition::OutOfPaper);
        }
        assert_eq!(of(3, &["media-low-warning"]), Condition::Low);
        assert_eq!(of(3, &["media-empty-report"]), Condition::Ready);
        assert_eq!(of(5, &["none"]), Condition::Stopped);
        assert_eq!(of(3, &["fuser-over-temp-error"]), Condition::Stopped);
    }

    #[test]
    fn a_warning_stops_no_idle_printer_and_may_be_all_that_one_at_work_says() {
        let warns = "media-empty-warning";
        assert_eq!(of(3, &[warns]), Condition::Low);
        assert_eq!(of(4, &[warns]), Condition::OutOfPaper);
        assert_eq!(of(5, &[warns]), Condition::OutOfPaper);
        assert_eq!(of(5, &["media-low"]), Condition::Stopped, "low paper is no reason to stop");
        let stuck = |state, reason: &str| is_stuck(state, &[reason.to_owned()], true);
        assert!(!stuck(4, warns) && stuck(4, "media-empty") && stuck(5, warns));
    }

    #[test]
    fn a_queue_that_connects_is_on_its_way_and_an_idle_one_has_arrived() {
        assert_eq!(of(4, &["connecting-to-device"]), Condition::Connecting);
        assert_eq!(of(3, &["connecting-to-device"]), Condition::Ready);
        assert_eq!(of(5, &["connecting-to-device"]), Condition::Stopped);
    }

    #[test]
    fn what_stops_printing_is_told_first() {
        assert_eq!(of(5, &["media-low", "paused", "media-jam-error"]), Condition::Jam);
    }
}
