//! How the race is now: one page that a volunteer leaves open all day.
//!
//! Its numbers are the pipeline's own ([`kanso_pipeline::tally`]); nothing is listed for a view.

use std::time::Duration;

use askama::Template;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use jiff::{SignedDuration, Timestamp};
use kanso_pipeline::tally::{Counts, MINUTES, RaceTally, Waits};
use kanso_print::Printing;

use super::attention::{Call, calls};
use super::camera_row::CameraRow;
use super::chart::bars;
use super::{Bar, Console, Folder, Shared, shown};
use crate::condition;
use crate::language::{self, Both};
use crate::page::{Frame, Refusal, html};
use crate::site::OpenRace;

/// Height of the race's chart, in its own units; a minute is one wide.
const CHART_HEIGHT: f32 = 20.0;
/// A minute's width, its distance to the next left out.
pub(super) const COLUMN: f32 = 0.8;

/// The whole page.
#[derive(Template)]
#[template(path = "now.html")]
struct NowPage {
    frame: Frame,
    bar: Bar,
    now: Now,
}

/// The part of it that changes.
#[derive(Template)]
#[template(path = "now_figures.html")]
struct NowFigures {
    bar: Bar,
    now: Now,
}

/// What is shown.
struct Now {
    /// When it was so, by the race's zone.
    at: String,
    calls: Vec<Call>,
    counts: Vec<Count>,
    chart: Chart,
    waits: Option<WaitWords>,
    /// The age of the oldest photo in work.
    oldest: Option<Both>,
    /// Photos whose printed numbers are to be read, and the age of the oldest of them.
    reading: Option<(String, Both)>,
    cameras: Vec<CameraRow>,
    /// When the clocks were looked at.
    clocks_at: Option<String>,
    printers: Vec<PrinterRow>,
    /// What is left on the disk.
    free: Option<String>,
}

/// One large number.
struct Count {
    name: Both,
    number: String,
    /// Below the console's address.
    to: Option<&'static str>,
    /// Whether a hand is needed.
    is_call: bool,
}

/// Photos and certificates of the last hour, by minute.
struct Chart {
    uploads: String,
    certified: String,
    most: u32,
    uploaded: u32,
    times: [String; 3],
}

struct WaitWords {
    p50: Both,
    p95: Both,
    p99: Both,
    photos: String,
}

struct PrinterRow {
    name: String,
    paper: &'static str,
    condition: Both,
    goes_on: bool,
    pages: String,
    job: Option<u64>,
}

/// `GET /console/<race>`
pub(super) async fn page(
    State(console): Shared,
    headers: HeaderMap,
    Path(folder): Folder,
) -> Response {
    let page = async {
        let (bar, now) = seen(&console, &headers, &folder).await?;
        let frame = Frame::new(language::of(&headers));
        Ok(html(StatusCode::OK, &NowPage { frame, bar, now }))
    };
    shown(page.await, &headers)
}

/// `GET /console/<race>/now`: the part of the page that changes.
pub(super) async fn figures(
    State(console): Shared,
    headers: HeaderMap,
    Path(folder): Folder,
) -> Result<Response, Refusal> {
    let (bar, now) = seen(&console, &headers, &folder).await?;
    Ok(html(StatusCode::OK, &NowFigures { bar, now }))
}

async fn seen(console: &Console, headers: &HeaderMap, folder: &str) -> Result<(Bar, Now), Refusal> {
    let person = console.person(headers)?;
    let race = console.race(folder).await?;
    let now = console.now(&race, Timestamp::now()).await;
    Ok((Bar::new(&race, &person, "now"), now))
}

impl Console {
    async fn now(&self, race: &OpenRace, now: Timestamp) -> Now {
        let handler = &self.site.handler;
        let tally = handler.tally().of(&race.id, now);
        let reports = self.cameras.of(handler, &race.id);
        let cameras = CameraRow::all(&tally, reports.as_ref(), |at| time_of_day(race, at));
        let free_bytes = match &self.site.host {
            Some(host) => (host.free_bytes)().await,
            None => None,
        };
        let standing = self.site.host.as_ref().map(|host| host.progress.standing());
        let reading = standing.filter(|standing| standing.unread > 0).map(|standing| {
            (grouped(standing.unread), ago(standing.oldest_unread.unwrap_or_default()))
        });
        let oldest = tally.all.oldest_in_work.map(|since| between(since, now));
        Now {
            at: clock(race, now),
            calls: calls(self, race, &tally, standing.as_ref(), free_bytes, now),
            counts: counts(&tally.all),
            chart: Chart::new(&tally, race, now),
            waits: tally.waits.map(WaitWords::from),
            oldest,
            reading,
            cameras,
            clocks_at: reports.map(|reports| clock(race, reports.at)),
            printers: self.site.printing.as_deref().map(printers).unwrap_or_default(),
            free: free_bytes.map(gigabytes),
        }
    }
}

fn counts(all: &Counts) -> Vec<Count> {
    let count = |ja: &str, en: &str, number: usize, to, is_call| Count {
        name: Both { ja: ja.to_owned(), en: en.to_owned() },
        number: grouped(number),
        to,
        is_call,
    };
    let Counts { received, issued, in_work, pending, review, rejected, .. } = *all;
    vec![
        count("届いた写真", "Received", received, None, false),
        count("完走証になった", "On certificates", issued, None, false),
        count("処理中", "In work", in_work, None, false),
        count("記録待ち", "Waiting for results", pending, Some("/trays/pending"), false),
        count("確認が必要", "For a person", review, Some("/review"), review > 0),
        count("使えない", "Of no use", rejected, Some("/trays/rejected"), false),
    ]
}

impl Chart {
    fn new(tally: &RaceTally, race: &OpenRace, now: Timestamp) -> Self {
        let Counts { uploads, certified, .. } = &tally.all;
        let most = uploads.iter().chain(certified).copied().max().unwrap_or(0);
        let times = [MINUTES as i64 - 1, MINUTES as i64 / 2, 0];
        Self {
            uploads: bars(uploads, most, COLUMN, CHART_HEIGHT),
            certified: bars(certified, most, COLUMN, CHART_HEIGHT),
            most,
            uploaded: uploads.iter().sum(),
            times: times.map(|ago| time_of_day(race, now - SignedDuration::from_mins(ago))),
        }
    }
}

impl From<Waits> for WaitWords {
    fn from(waits: Waits) -> Self {
        let Waits { photos, p50, p95, p99 } = waits;
        let [p50, p95, p99] = [p50, p95, p99].map(|wait| ago(wait.unsigned_abs()));
        Self { p50, p95, p99, photos: grouped(photos) }
    }
}

fn printers(printing: &Printing) -> Vec<PrinterRow> {
    let row = |view: kanso_print::status::PrinterView| PrinterRow {
        condition: condition::words(view.condition),
        goes_on: view.condition.goes_on(),
        pages: grouped(usize::try_from(view.pages).unwrap_or(usize::MAX)),
        name: view.name,
        paper: view.paper,
        job: view.job,
    };
    printing.printers().into_iter().map(row).collect()
}

/// `9:05`, by the race's zone.
pub(super) fn time_of_day(race: &OpenRace, at: Timestamp) -> String {
    race.race_data.race.zone.to_datetime(at).strftime("%-H:%M").to_string()
}

/// `9:05:07`
pub(super) fn clock(race: &OpenRace, at: Timestamp) -> String {
    race.race_data.race.zone.to_datetime(at).strftime("%-H:%M:%S").to_string()
}

/// `12,345`
pub(super) fn grouped(number: usize) -> String {
    let digits = number.to_string();
    let mut grouped = String::with_capacity(digits.len() + digits.len() / 3);
    for (n, digit) in digits.chars().enumerate() {
        if n > 0 && (digits.len() - n).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}

/// How long it took, or has been.
pub(super) fn ago(age: Duration) -> Both {
    let (ja, en) = match age.as_secs() {
        0 => ("1秒未満".to_owned(), "under 1 s".to_owned()),
        s @ ..100 => (format!("{s}秒"), format!("{s} s")),
        s @ ..6000 => (format!("{}分", s / 60), format!("{} min", s / 60)),
        s => (format!("{}時間", s / 3600), format!("{} h", s / 3600)),
    };
    Both { ja, en }
}

pub(super) fn between(since: Timestamp, now: Timestamp) -> Both {
    ago(now.duration_since(since).max(SignedDuration::ZERO).unsigned_abs())
}

pub(super) fn gigabytes(bytes: u64) -> String {
    format!("{:.1} GB", bytes as f64 / 1e9)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_grouped_by_thousands() {
        let grouped = [0, 999, 1000, 40_000, 1_234_567].map(grouped);
        assert_eq!(grouped, ["0", "999", "1,000", "40,000", "1,234,567"]);
    }

    #[test]
    fn an_age_is_said_in_one_unit() {
        let english = [0, 99, 100, 5999, 7200].map(|s| ago(Duration::from_secs(s)).en);
        assert_eq!(english, ["under 1 s", "99 s", "1 min", "99 min", "2 h"]);
    }
}
