//! What a hot folder's watcher tells: a line for each thing that happened, and at a terminal
//! one more that says how far it is.

use std::io::{IsTerminal as _, stderr, stdout};
use std::path::Path;
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressStyle};
use kanso_hot_folder::watched::FileCounts;
use kanso_hot_folder::{Event, Rate};
use kanso_photo::LeftOut;

/// Tells failures on standard error, all else on standard output.
pub struct Report {
    /// The line that changes, where standard error is a terminal.
    line: Option<ProgressBar>,
    /// Whether the line stands in for a line per photo.
    brief: bool,
    began: Instant,
    rate: Rate,
    left_out: LeftOut,
    counts: FileCounts,
    store_away: bool,
    folders_away: usize,
}

impl Report {
    /// One line a thing, for logs.
    pub fn lines() -> Self {
        Self {
            line: None,
            brief: false,
            began: Instant::now(),
            rate: Rate::default(),
            left_out: LeftOut::default(),
            counts: FileCounts::default(),
            store_away: false,
            folders_away: 0,
        }
    }

    /// With the line that changes, where there is a terminal.
    pub fn on_terminal() -> Self {
        if !stderr().is_terminal() {
            return Self::lines();
        }
        let style = ProgressStyle::with_template("{wide_msg}")
            .unwrap_or_else(|_| ProgressStyle::default_spinner());
        let line = Some(ProgressBar::new_spinner().with_style(style));
        Self { line, brief: stdout().is_terminal(), ..Self::lines() }
    }

    pub fn tell(&mut self, event: &Event) {
        self.note(event);
        match event {
            Event::Uploaded { key, bytes } if !self.brief => {
                self.say(&format!("uploaded  {key} ({} KB)", bytes.div_ceil(1000)));
            }
            Event::AlreadyThere { key } if !self.brief => self.say(&format!("there     {key}")),
            Event::Reduced { key, bytes } if !self.brief => {
                self.say(&format!("reduced   {key} ({} KB); to follow", bytes.div_ceil(1000)));
            }
            Event::Uploaded { .. } | Event::AlreadyThere { .. } | Event::Reduced { .. } => {}
            Event::Unfinished { path } => {
                self.say(&format!("waits     {}: it is not whole yet", shown(path)));
            }
            Event::Refused { path, why } => {
                self.complain(&format!("refused   {}: {why}", shown(path)));
            }
            Event::Failed { path, why, pause } => {
                let again = pause.as_secs();
                self.complain(&format!("failed    {}: {why}; again in {again} s", shown(path)));
            }
            Event::Unreadable { folder, why } => self.complain(&format!(
                "kanso: cannot read {}: {why}; check the card, the share or its permissions; \
                 looking again",
                shown(folder)
            )),
            Event::Readable { folder } => {
                self.complain(&format!("kanso: {} is there again", shown(folder)));
            }
            Event::StoreAway { why } => self
                .complain(&format!("kanso: no photo gets through: {why}; all wait, asking again")),
            Event::StoreBack => self.complain("kanso: photos get through again"),
            Event::Standing { counts, left_out, .. } => {
                if counts.to_come() == 0 && *left_out != self.left_out {
                    self.say(&format!("left out  {left_out}: no photos"));
                    self.left_out.clone_from(left_out);
                }
            }
        }
        if let Some(line) = &self.line {
            line.set_message(self.progress());
        }
    }

    /// Leaves the line as it is.
    pub fn end(&self) {
        if let Some(line) = &self.line {
            line.abandon();
        }
    }

    fn note(&mut self, event: &Event) {
        let now = self.began.elapsed();
        match event {
            Event::Uploaded { bytes, .. } | Event::Reduced { bytes, .. } => {
                self.rate.uploaded(*bytes, now);
            }
            Event::StoreAway { .. } => self.store_away = true,
            Event::StoreBack => self.store_away = false,
            Event::Unreadable { .. } => self.folders_away += 1,
            Event::Readable { .. } => self.folders_away -= 1,
            Event::Standing { counts, .. } => {
                self.counts = *counts;
                self.rate.busy(counts.sending > 0, now);
            }
            _ => {}
        }
    }

    fn say(&self, text: &str) {
        self.above_the_line(|| println!("{text}"));
    }

    fn complain(&self, text: &str) {
        self.above_the_line(|| eprintln!("{text}"));
    }

    fn above_the_line(&self, tell: impl FnOnce()) {
        match &self.line {
            Some(line) => line.suspend(tell),
            None => tell(),
        }
    }

    /// `212 of 500 sent, 1.2 MB/s, 4 min left; 1 not whole yet`
    fn progress(&self) -> String {
        let counts = &self.counts;
        let all = counts.done + counts.to_come() + counts.given_up;
        let mut told = format!("{} of {all} sent", counts.done);
        if let Some(rate) = self.rate.bytes_per_second() {
            told += &format!(", {:.1} MB/s", rate / 1e6);
        }
        let left = self.rate.time_for(counts.bytes_left).filter(|_| counts.bytes_left > 0);
        if let Some(left) = left.filter(|_| !self.store_away) {
            told += &format!(", {} left", rounded(left));
        }
        let mut reasons = Vec::new();
        for (count, why) in [
            (counts.unfinished, "not whole yet"),
            (counts.unreadable, "cannot be read"),
            (if self.store_away { 0 } else { counts.failed }, "to try again"),
            (counts.refused, "refused"),
            (counts.reduced, "as a reduced copy so far"),
            (self.folders_away, "unreadable among the folders"),
        ] {
            if count > 0 {
                reasons.push(format!("{count} {why}"));
            }
        }
        if self.store_away {
            reasons.push("no photo gets through, asking again".to_owned());
        }
        if !reasons.is_empty() {
            told += &format!("; {}", reasons.join(", "));
        }
        told
    }
}

/// A name from a foreign system must not steer the terminal.
fn shown(path: &Path) -> String {
    let mark = |letter: char| if letter.is_control() { '\u{FFFD}' } else { letter };
    path.to_string_lossy().chars().map(mark).collect()
}

/// As people say it: `40 s`, `4 min`, `2 h 10 min`.
fn rounded(time: Duration) -> String {
    let seconds = time.as_secs();
    let minutes = seconds.div_ceil(60);
    match seconds {
        0..90 => format!("{} s", seconds.max(1)),
        90..5400 => format!("{minutes} min"),
        _ => format!("{} h {} min", minutes / 60, minutes % 60),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_line_says_how_far_how_fast_how_long_and_what_waits_why() {
        let mut report = Report::lines();
        assert_eq!(report.progress(), "0 of 0 sent");
        report.counts = FileCounts {
            waiting: 285,
            sending: 3,
            done: 212,
            unfinished: 2,
            given_up: 1,
            failed: 1,
            bytes_left: 300_000_000,
            ..FileCounts::default()
        };
        report.rate.busy(true, Duration::ZERO);
        report.rate.uploaded(6_000_000, Duration::from_secs(5));
        let told = "212 of 503 sent, 1.2 MB/s, 5 min left; 2 not whole yet, 1 to try again";
        assert_eq!(report.progress(), told);
        report.store_away = true;
        let told = "212 of 503 sent, 1.2 MB/s; 2 not whole yet, no photo gets through, \
                    asking again";
        assert_eq!(report.progress(), told);
    }

    #[test]
    fn a_name_cannot_steer_the_terminal() {
        assert_eq!(shown(Path::new("ゴール/a\n\u{1b}[2J.JPG")), "ゴール/a\u{FFFD}\u{FFFD}[2J.JPG");
    }

    #[test]
    fn times_are_said_as_people_do() {
        for (seconds, said) in [(0, "1 s"), (40, "40 s"), (200, "4 min"), (7800, "2 h 10 min")] {
            assert_eq!(rounded(Duration::from_secs(seconds)), said);
        }
    }
}
