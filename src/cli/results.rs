//! `kanso results`: shows what was understood of a results file.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use kanso_race::results::{self, Problem, Reading, Understood};
use kanso_race::{Finisher, Race};
use unicode_width::UnicodeWidthStr;

/// Show how a results file is read: encoding, columns, counts and every bad row.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
In JSON, a name that ends in _ms is a time in milliseconds; the runners are in order of bib, and
their row is the line of the file. It holds names and times of all runners: mind where it goes.

Exit codes: 0 every row was read; 1 some rows could not be used; 2 the file or the race could
not be read.

The race is --race, or the race.toml beside FILE; without either the file is read alone, and
courses, waves and the column map of race.toml are not known.

Examples:
  kanso results fixtures/races/minato-half
  kanso results export.txt --race fixtures/races/minato-half --json")]
pub struct Args {
    /// A timing system's export: CSV, tab or semicolon separated, in any usual encoding; or
    /// a race's folder, for the results.csv in it
    pub file: PathBuf,
    /// The race's folder, or its race.toml
    #[arg(long, value_name = "DIR")]
    pub race: Option<PathBuf>,
    /// Print one JSON object instead: what was understood, every problem, every runner
    #[arg(long)]
    pub json: bool,
}

const UNREADABLE: u8 = 2;
const FIRST_ROWS: usize = 5;
/// Problems printed; --json has them all.
const MOST_PROBLEMS: usize = 50;

pub fn run(mut args: Args) -> ExitCode {
    if args.file.is_dir() {
        args.file.push("results.csv");
    }
    let outcome = load_race(&args).and_then(|race| {
        let bytes = std::fs::read(&args.file)
            .map_err(|error| format!("{}: cannot be read: {error}", args.file.display()))?;
        let reading = results::read(&bytes, &race)
            .map_err(|error| format!("{}: {error}", args.file.display()))?;
        let text = if args.json { json(&reading)? } else { report(&args.file, &race, &reading) };
        Ok((text, reading.has_errors()))
    });
    match outcome {
        Ok((text, has_errors)) => {
            print(&text);
            ExitCode::from(u8::from(has_errors))
        }
        Err(message) => {
            if args.json {
                print(&format!("{}\n", serde_json::json!({ "error": message })));
            }
            eprintln!("{message}");
            ExitCode::from(UNREADABLE)
        }
    }
}

/// A reader that has seen enough (`| head`) closes the pipe; that is no failure.
fn print(text: &str) {
    use std::io::Write;
    let _ = std::io::stdout().write_all(text.as_bytes());
}

fn load_race(args: &Args) -> Result<Race, String> {
    let path = match &args.race {
        Some(path) if path.is_dir() => path.join("race.toml"),
        Some(path) => path.clone(),
        None => match args.file.with_file_name("race.toml") {
            beside if beside.is_file() => beside,
            _ => return Race::unknown().map_err(|error| error.to_string()),
        },
    };
    let text = std::fs::read_to_string(&path)
        .map_err(|error| format!("{}: cannot be read: {error}", path.display()))?;
    Race::parse(&text).map_err(|error| format!("{}:\n{error}", path.display()))
}

/// What `--json` prints, in this order: the short part first.
#[derive(serde::Serialize)]
struct Json<'a> {
    understood: &'a Understood,
    problems: &'a [Problem],
    runners: Vec<&'a Finisher>,
}

fn json(reading: &Reading) -> Result<String, String> {
    let runners: Vec<&Finisher> = reading.roster.iter().collect();
    let text = serde_json::to_string_pretty(&Json {
        understood: &reading.understood,
        problems: &reading.problems,
        runners,
    });
    text.map(|text| text + "\n").map_err(|error| error.to_string())
}

fn report(file: &Path, race: &Race, reading: &Reading) -> String {
    let understood = &reading.understood;
    let mut out = format!("{}\n\n", file.display());
    let delimiter = match understood.delimiter {
        ',' => "comma".to_owned(),
        '\t' => "tab".to_owned(),
        ';' => "semicolon".to_owned(),
        other => format!("{other:?}"),
    };
    let header = understood.header_row.map_or("none".into(), |row| format!("row {row}"));
    let facts = [
        ("race", race.name.ja.clone()),
        ("encoding", encoding(understood)),
        ("delimiter", delimiter),
        ("header", header),
        ("rows", format!("{}, of which {} are runners", understood.rows, understood.runners)),
    ];
    for (name, value) in facts.iter().filter(|(_, value)| !value.is_empty()) {
        out += &format!("  {name:<10} {value}\n");
    }
    section(&mut out, "Columns", &columns(reading));
    section(&mut out, "By course", &counts(&understood.by_course));
    section(&mut out, "By status", &counts(&understood.by_status));
    section(&mut out, "First rows", &first_rows(reading));
    section(&mut out, "Problems", &problems(&reading.problems));
    let errors = reading.problems.iter().filter(|problem| problem.kind.is_error()).count();
    let warnings = reading.problems.len() - errors;
    out += &match (errors, warnings) {
        (0, 0) => "\nEvery row was read.\n".to_owned(),
        (0, _) => format!("\nEvery runner was read; {} to look at.\n", counted(warnings, "thing")),
        (_, 0) => format!("\n{}: these rows are not used.\n", counted(errors, "error")),
        _ => format!(
            "\n{}: these rows are not used. {}.\n",
            counted(errors, "error"),
            counted(warnings, "warning")
        ),
    };
    out
}

fn encoding(understood: &Understood) -> String {
    let name = understood.encoding;
    match understood.encoding_guessed {
        false => name.to_owned(),
        true => format!("{name} (the likeliest; [results] encoding in race.toml settles it)"),
    }
}

fn counted(count: usize, what: &str) -> String {
    format!("{count} {what}{}", if count == 1 { "" } else { "s" })
}

fn section(out: &mut String, title: &str, rows: &[Vec<String>]) {
    if !rows.is_empty() {
        *out += &format!("\n{title}\n{}", table(rows));
    }
}

fn columns(reading: &Reading) -> Vec<Vec<String>> {
    let columns = reading.understood.columns.iter();
    columns
        .map(|column| {
            let field = column.field.map_or("– not used", |field| field.key());
            let unit = if column.decimal_minutes { " (decimal minutes)" } else { "" };
            let why = column.turned_down.as_ref().map_or(String::new(), |why| format!(": {why}"));
            vec![column.number.to_string(), column.heading.clone(), format!("{field}{unit}{why}")]
        })
        .collect()
}

fn counts(counts: &[results::Count]) -> Vec<Vec<String>> {
    counts.iter().map(|count| vec![in_words(&count.of), count.runners.to_string()]).collect()
}

/// A course or a status for the eye.
fn in_words(of: &str) -> String {
    match of {
        "" => "unknown",
        "FINISHED" => "finished",
        "OPEN" => "open",
        "REGISTERED" => "no time yet",
        of => of,
    }
    .to_owned()
}

fn first_rows(reading: &Reading) -> Vec<Vec<String>> {
    let mut runners: Vec<&Finisher> = reading.roster.iter().collect();
    runners.sort_by_key(|runner| runner.row);
    let head = ["row", "bib", "name", "course", "gun time", "net time", "status"];
    let time = |time: Option<kanso_race::Elapsed>| time.map_or("–".into(), |t| t.to_string());
    let rows = runners.iter().take(FIRST_ROWS).map(|runner| {
        vec![
            runner.row.to_string(),
            runner.bib.to_string(),
            runner.name.clone(),
            runner.course.clone().unwrap_or_else(|| "unknown".into()),
            time(runner.gun_time),
            time(runner.net_time),
            in_words(runner.status.as_str()),
        ]
    });
    std::iter::once(head.map(str::to_owned).to_vec()).chain(rows).collect()
}

fn problems(problems: &[Problem]) -> Vec<Vec<String>> {
    // Errors first: a long list of warnings must not hide them.
    let mut ordered: Vec<&Problem> = problems.iter().collect();
    ordered.sort_by_key(|problem| !problem.kind.is_error());
    let mut rows: Vec<Vec<String>> = ordered
        .iter()
        .take(MOST_PROBLEMS)
        .map(|problem| {
            let row = problem.row.map_or("file".into(), |row| format!("row {row}"));
            let kind = if problem.kind.is_error() { "error" } else { "warning" };
            let column = problem.column.clone().unwrap_or_default();
            let value = problem.value.as_deref().map_or(String::new(), shortened);
            vec![row, kind.into(), column, value, problem.message.clone()]
        })
        .collect();
    if problems.len() > MOST_PROBLEMS {
        let more = problems.len() - MOST_PROBLEMS;
        rows.push(vec![format!("and {more} more; --json lists them all")]);
    }
    rows
}

fn shortened(value: &str) -> String {
    let quoted = format!("{value:?}");
    match quoted.char_indices().nth(24) {
        Some((cut, _)) => format!("{}…", &quoted[..cut]),
        None => quoted,
    }
}

/// Rows with their cells under each other, wide characters counted as two; the last
/// cell of a row is never padded, nor does a row of one cell widen the others.
fn table(rows: &[Vec<String>]) -> String {
    let count = rows.iter().map(Vec::len).max().unwrap_or(0);
    let width = |column: usize| {
        let cells = rows.iter().filter(|row| row.len() > column + 1).map(|row| &row[column]);
        cells.map(|cell| cell.width()).max().unwrap_or(0)
    };
    let widths: Vec<usize> = (0..count).map(width).collect();
    let mut out = String::new();
    for row in rows {
        let mut line = String::from("  ");
        for (column, cell) in row.iter().enumerate() {
            line += cell;
            if column + 1 < row.len() {
                line += &" ".repeat(widths[column].saturating_sub(cell.width()) + 2);
            }
        }
        out += line.trim_end();
        out.push('\n');
    }
    out
}
