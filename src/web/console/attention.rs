//! What needs a hand now: the first thing that a volunteer sees.

use jiff::Timestamp;
use kanso_pipeline::progress::Standing;
use kanso_pipeline::tally::RaceTally;

use super::Console;
use super::now::{between, gigabytes};
use crate::condition;
use crate::language::Both;
use crate::site::OpenRace;

/// A photo in work for longer, in seconds, is worth a look.
const LONG_IN_WORK_S: i64 = 120;
/// Some hundred photos with their certificates.
const LITTLE_DISK_BYTES: u64 = 5_000_000_000;

/// One thing to do.
pub(super) struct Call {
    pub words: Both,
    /// Where it is done, below the console's address.
    pub to: Option<&'static str>,
    /// The pipeline's own words.
    pub why: Option<String>,
}

impl Call {
    fn new(ja: String, en: String, to: Option<&'static str>) -> Self {
        Self { words: Both { ja, en }, to, why: None }
    }
}

/// Everything, what stops most first.
pub(super) fn calls(
    console: &Console,
    race: &OpenRace,
    tally: &RaceTally,
    standing: Option<&Standing>,
    free_bytes: Option<u64>,
    now: Timestamp,
) -> Vec<Call> {
    let mut calls = Vec::new();
    if let Some(bytes) = free_bytes.filter(|bytes| *bytes < LITTLE_DISK_BYTES) {
        let left = gigabytes(bytes);
        calls.push(Call::new(
            format!("ディスクの残りが{left}です。空きを作ってください。"),
            format!("{left} are left on the disk. Please make room."),
            None,
        ));
    }
    let unreadable = console.site.handler.races().unreadable();
    for one in unreadable.get(&race.id).into_iter().flatten() {
        let call = Call::new(
            format!(
                "{}を読み取れません。前の内容のまま動いています。なおして送りなおしてください。",
                one.file
            ),
            format!(
                "{} cannot be read; the version before it stays in use. Please correct it and send it again.",
                one.file
            ),
            None,
        );
        calls.push(Call { why: Some(one.why.clone()), ..call });
    }
    calls.extend(printing(console));
    let oldest = tally
        .all
        .oldest_in_work
        .filter(|since| now.duration_since(*since).as_secs() >= LONG_IN_WORK_S);
    if let Some(since) = oldest {
        let Both { ja, en } = between(since, now);
        calls.push(Call::new(
            format!("{ja}前の写真が、まだ完走証になっていません。"),
            format!("A photo has been in work for {en}."),
            None,
        ));
    }
    if let Some(given_up) = standing.map(|s| s.given_up).filter(|count| *count > 0) {
        calls.push(Call::new(
            format!("{given_up}件は処理に失敗しました。2分ごとに自動でやりなおします。"),
            format!("{given_up} failed for now. They are tried again every two minutes."),
            None,
        ));
    }
    calls
}

fn printing(console: &Console) -> Vec<Call> {
    let Some(printing) = console.site.printing.as_deref() else { return Vec::new() };
    let mut calls = Vec::new();
    for view in printing.printers().into_iter().filter(|view| !view.condition.goes_on()) {
        let Both { ja, en } = condition::words(view.condition);
        let name = view.name;
        calls.push(Call::new(format!("{name}：{ja}"), format!("{name}: {en}"), Some("/printers")));
    }
    let left = printing.queue.left_to_staff().len();
    if left > 0 {
        let (is, job) = if left == 1 { ("needs", "print job") } else { ("need", "print jobs") };
        calls.push(Call::new(
            format!("印刷の確認が必要なものが{left}件あります。"),
            format!("{left} {job} {is} a look."),
            Some("/printers"),
        ));
    }
    calls
}
