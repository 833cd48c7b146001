//! The printers and their jobs: what is under way, what needs a look, and what staff decide.

use std::sync::Arc;

use askama::Template;
use axum::Json;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse as _, Response};
use jiff::Timestamp;
use kanso_certificate::Fault;
use kanso_print::Printing;
use kanso_print::job::{Decision, Job, Standing};
use kanso_print::queue::QueueError;
use kanso_print::status::{Condition, PrinterView};
use serde::Deserialize;
use serde_json::json;

use super::now::{clock, grouped, time_of_day};
use super::{Bar, Console, Folder, Shared, shown};
use crate::condition;
use crate::language::{self, Both};
use crate::page::{Frame, Refusal, blocking, html};
use crate::site::OpenRace;

/// Jobs that are done, the last first.
const DONE: usize = 40;

#[derive(Template)]
#[template(path = "printers.html")]
struct PrintersPage {
    frame: Frame,
    bar: Bar,
    seen: Seen,
}

/// The part of the page that changes.
#[derive(Template)]
#[template(path = "printers_now.html")]
struct PrintersNow {
    seen: Seen,
}

#[derive(Default)]
struct Seen {
    at: String,
    printers: Vec<Printer>,
    /// Jobs that a person must look at, in order of asking.
    troubled: Vec<Listed>,
    open: Vec<Listed>,
    done: Vec<Listed>,
}

struct Printer {
    name: String,
    paper: &'static str,
    condition: Both,
    goes_on: bool,
    /// As it says it itself.
    says: String,
    /// Its sheet is to be measured before the next one.
    is_held: bool,
    pages: String,
}

/// A job: a bib, never a name.
struct Listed {
    id: u64,
    bib: String,
    /// Where it is another one than the page's.
    race: Option<String>,
    by: String,
    asked_at: String,
    printer: String,
    state: Both,
    why: String,
    /// Who decided last, and when.
    decided: Option<String>,
    is_unknown: bool,
    is_failed: bool,
    may_move: bool,
    /// Where it may go.
    others: Vec<String>,
}

/// `GET /console/<race>/printers`
pub(super) async fn page(
    State(console): Shared,
    headers: HeaderMap,
    Path(folder): Folder,
) -> Response {
    let page = async {
        let person = console.person(&headers)?;
        let race = console.race(&folder).await?;
        let seen = seen(&console, &race);
        let (frame, bar) =
            (Frame::new(language::of(&headers)), Bar::new(&race, &person, "printers"));
        Ok(html(StatusCode::OK, &PrintersPage { frame, bar, seen }))
    };
    shown(page.await, &headers)
}

/// `GET /console/<race>/printers/now`: the part of the page that changes.
pub(super) async fn now(
    State(console): Shared,
    headers: HeaderMap,
    Path(folder): Folder,
) -> Result<Response, Refusal> {
    console.person(&headers)?;
    let race = console.race(&folder).await?;
    Ok(html(StatusCode::OK, &PrintersNow { seen: seen(&console, &race) }))
}

fn seen(console: &Console, race: &OpenRace) -> Seen {
    let at = clock(race, Timestamp::now());
    let Some(printing) = console.site.printing.as_deref() else {
        return Seen { at, ..Seen::default() };
    };
    let mut seen = Seen {
        at,
        printers: printing.printers().into_iter().map(Printer::from).collect(),
        ..Seen::default()
    };
    for job in printing.queue.all() {
        let list = match job.state.standing() {
            Standing::Failed | Standing::Unknown => &mut seen.troubled,
            Standing::Waiting | Standing::Printing => &mut seen.open,
            Standing::Printed | Standing::Cancelled => &mut seen.done,
        };
        list.push(Listed::new(job, printing, race));
    }
    seen.done.reverse();
    seen.done.truncate(DONE);
    seen
}

impl From<PrinterView> for Printer {
    fn from(view: PrinterView) -> Self {
        Self {
            says: [&view.reasons[..], &view.not_kept[..]].concat().join(", "),
            condition: condition::words(view.condition),
            goes_on: view.condition.goes_on(),
            is_held: view.condition == Condition::SizeNotKept,
            pages: grouped(usize::try_from(view.pages).unwrap_or(usize::MAX)),
            name: view.name,
            paper: view.paper,
        }
    }
}

impl Listed {
    fn new(job: Job, printing: &Printing, race: &OpenRace) -> Self {
        let standing = job.state.standing();
        let has_it = job.state.printer().or(job.only_on.as_deref()).unwrap_or_default();
        let names = printing.config.printers.iter().map(|printer| &printer.name);
        let decided =
            job.decided.last().map(|last| format!("{} {}", last.by, time_of_day(race, last.at)));
        Self {
            id: job.id,
            bib: job.order.bib.to_string(),
            race: (job.order.race != race.id.as_str()).then(|| job.order.race.clone()),
            by: job.order.by.clone(),
            asked_at: time_of_day(race, job.asked_at),
            printer: has_it.to_owned(),
            state: if job.recall.is_some() { recalled() } else { words(standing) },
            why: job.why().unwrap_or_default().to_owned(),
            decided,
            is_unknown: standing == Standing::Unknown,
            is_failed: standing == Standing::Failed,
            may_move: job.recall.is_none() && standing != Standing::Unknown,
            others: names.filter(|name| *name != has_it).cloned().collect(),
        }
    }
}

fn recalled() -> Both {
    Both { ja: "取り消し中".to_owned(), en: "being taken back".to_owned() }
}

fn words(standing: Standing) -> Both {
    let (ja, en) = match standing {
        Standing::Waiting => ("順番待ち", "waiting"),
        Standing::Printing => ("印刷中", "printing"),
        Standing::Printed => ("印刷ずみ", "printed"),
        Standing::Failed => ("印刷できませんでした", "not printed"),
        Standing::Unknown => ("出たかどうか不明", "not known whether it came out"),
        Standing::Cancelled => ("取り消しずみ", "cancelled"),
    };
    Both { ja: ja.to_owned(), en: en.to_owned() }
}

/// `POST /console/<race>/printers/jobs/<job>`: 409 where it is not in a state for that.
pub(super) async fn decide(
    State(console): Shared,
    headers: HeaderMap,
    Path((_, id)): Path<(String, u64)>,
    Json(decision): Json<Decision>,
) -> Result<Response, Refusal> {
    let person = console.acting(&headers)?;
    let printing = console.printing()?;
    if let Decision::Move { printer } = &decision {
        console.printer(printer)?;
    }
    let queue = printing.clone();
    let decide = move || queue.queue.decide(id, decision, &person.name, Timestamp::now());
    match blocking(decide).await? {
        Ok(_) => {
            printing.wake();
            Ok(Json(json!({"job": id})).into_response())
        }
        Err(QueueError::NoSuchJob(_)) => Err(Refusal::NotFound),
        Err(QueueError::WrongState { .. }) => {
            Ok((StatusCode::CONFLICT, Json(json!({"error": "wrong_state"}))).into_response())
        }
        Err(error) => Err(Refusal::Unavailable(Fault::retry(error.to_string()))),
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Which {
    printer: String,
}

/// `POST /console/<race>/printers/resume`: its sheet was measured; 409 where it waits for nobody.
pub(super) async fn resume(
    State(console): Shared,
    headers: HeaderMap,
    Json(Which { printer }): Json<Which>,
) -> Result<StatusCode, Refusal> {
    let person = console.acting(&headers)?;
    let printing = console.printing()?;
    console.printer(&printer)?;
    tracing::info!(person = person.id, printer, "somebody lets a printer go on");
    match blocking(move || printing.resume(&printer)).await? {
        Ok(true) => Ok(StatusCode::OK),
        Ok(false) => Ok(StatusCode::CONFLICT),
        Err(error) => Err(Refusal::Unavailable(Fault::retry(error.to_string()))),
    }
}

/// `POST /console/<race>/printers/test`: 409 where the printer takes nothing now.
pub(super) async fn test(
    State(console): Shared,
    headers: HeaderMap,
    Path(folder): Folder,
    Json(Which { printer }): Json<Which>,
) -> Result<Response, Refusal> {
    console.acting(&headers)?;
    let race = console.race(&folder).await?;
    let (printing, printer) = (console.printing()?, console.printer(&printer)?);
    Ok(match printing.test_page(&race.race_data, printer).await {
        Ok(number) => Json(json!({"number": number})).into_response(),
        Err(fault) => {
            tracing::warn!(printer = printer.name, "no test page: {fault}");
            (StatusCode::CONFLICT, Json(json!({"error": fault.message}))).into_response()
        }
    })
}

impl Console {
    fn printing(&self) -> Result<Arc<Printing>, Refusal> {
        self.site.printing.clone().ok_or(Refusal::NotFound)
    }

    fn printer(&self, name: &str) -> Result<&kanso_print::config::PrinterConfig, Refusal> {
        let printing = self.site.printing.as_deref().ok_or(Refusal::NotFound)?;
        let found = printing.config.printers.iter().find(|printer| printer.name == name);
        found.ok_or(Refusal::NotFound)
    }
}
