//! A delimiter that is missing, or one too many: told by row, and never another one's time.

use kanso_race::Race;
use kanso_race::results::{self, ProblemKind, Reading};

const RULES: &str = "name = { ja = \"試験\" }\ndate = \"2026-11-23\"\n[[courses]]\nid = \"ten\"\n\
    name = { ja = \"10km\" }\ndistance_m = 10000\ngun = \"09:15\"\n";
const HEADER: &str = "Rank,Bib,Name,Club,5km,Gun,Net,Category,Remarks";

/// A list in which clubs and remarks may be empty, and one runner gave up.
fn rows() -> Vec<String> {
    let mut rows: Vec<String> = (1..=14)
        .map(|n| {
            let club = if n % 3 == 0 { "" } else { "Harbour AC" };
            format!("{n},{},Mia Orr,{club},0:20:{:02},0:41:{n:02},0:40:{n:02},M40,", 400 + n, n + 5)
        })
        .collect();
    rows.push(",420,Cy Cove,Cape AC,0:21:10,DNF,,W35,foot".to_owned());
    rows
}

fn read(header: &str, rows: &[String]) -> Reading {
    let csv = format!("{header}\n{}\n", rows.join("\n"));
    results::read(csv.as_bytes(), &Race::parse(RULES).unwrap()).unwrap()
}

/// What is told of a row that is added to the list, and whether its runner is used.
fn added(row: &str) -> (Vec<(ProblemKind, String)>, bool) {
    let mut rows = rows();
    rows.insert(7, row.to_owned());
    let reading = read(HEADER, &rows);
    let told = reading.problems.iter().filter(|problem| problem.row == Some(9));
    let told = told.map(|problem| (problem.kind, problem.message.clone())).collect();
    let others = reading.problems.iter().filter(|problem| problem.row != Some(9)).count();
    assert_eq!(others, 0, "{row}: {:?}", reading.problems);
    (told, reading.roster.iter().any(|runner| runner.row == 9))
}

#[test]
fn a_row_that_lacks_a_delimiter_is_told_and_its_runner_left_out() {
    for row in [
        // Of an empty club; between name and club; between club and split.
        "15,430,Ed Fox,0:20:10,0:41:23,0:41:01,M40,",
        "15,430,Ed Fox Cape AC,0:20:10,0:41:23,0:41:01,M40,",
        "15,430,Ed Fox,Cape AC 0:20:10,0:41:23,0:41:01,M40,",
        "15,430,Ed Fox,Cape AC0:20:10,0:41:23,0:41:01,M40,",
        // Between split and gun time.
        "15,430,Ed Fox,Cape AC,0:20:100:41:23,0:41:01,M40,",
        // Between rank and bib: the name would be a club.
        "15430,Ed Fox,Cape AC,0:20:10,0:41:23,0:41:01,M40,",
    ] {
        let (told, used) = added(row);
        assert!(!used && told.iter().any(|(kind, _)| kind.is_error()), "{row}: {told:?}");
    }
    let (told, _) = added("15,430,Ed Fox,0:20:10,0:41:23,0:41:01,M40,");
    assert!(told[0].1.contains("is missing") && told[0].1.contains("correct the row"), "{told:?}");
}

#[test]
fn a_row_with_a_delimiter_too_many_is_told_and_its_runner_left_out() {
    for row in [
        "15,430,Fox,Ed,Cape AC,0:20:10,0:41:23,0:41:01,M40",
        "15,430,Ed Fox,Cape,AC,0:20:10,0:41:23,0:41:01,M40",
        "15,430,Ed Fox,,Cape AC,0:20:10,0:41:23,0:41:01,M40",
        "15,430,Ed Fox,Cape AC,,0:20:10,0:41:23,0:41:01,M40,",
        "15,430,Fox,Ed,Cape AC,0:20:10,0:41:23,0:41:01,M40,foot",
    ] {
        let (told, used) = added(row);
        assert!(!used && told.iter().any(|(kind, _)| kind.is_error()), "{row}: {told:?}");
    }
}

#[test]
fn a_row_that_is_only_unusual_is_read() {
    for row in [
        "15,430,Ed Fox,,,0:41:23,,M40,",
        "15,430,Ed Fox,,0:20:10,0:41:23,0:41:01,,",
        "15,430,Ed Fox,Club 1860,0:20:10,0:41:23,0:41:01,M40,course record",
        "15,430,Ed Fox,24:7 Runners,0:20:10,0:41:23,0:41:01,M40,",
        "15,430,Ed Fox,1860,0:20:10,0:41:23,0:41:01,40,12",
        ",430,Ed Fox,Cape AC,0:20:10,DNS,,M40,",
        ",430,Ed Fox,Cape AC,,,,M40,fell",
        ",A-30,Ed Fox,Cape AC,,,,M40,",
        // Exports leave off what is empty at the end.
        "15,430,Ed Fox,Cape AC,0:20:10,0:41:23,0:41:01",
        ",430,Ed Fox,Cape AC,0:20:10,DNF",
        ",430,Ed Fox",
    ] {
        let (told, used) = added(row);
        assert!(used && told.is_empty(), "{row}: {told:?}");
    }
}

#[test]
fn three_rows_are_enough_to_see_that_one_has_moved() {
    let rows = ["7,Mia Orr,Harbour AC,0:41:20,0:41:02", "8,Ed Fox,,0:42:20,0:42:02"];
    let moved = "9,Al Poe,0:43:20,0:43:02";
    let rows: Vec<String> = rows.iter().chain([&moved]).map(|row| (*row).to_owned()).collect();
    let reading = read("Bib,Name,Club,Gun,Net", &rows);
    let bibs: Vec<_> = reading.roster.iter().map(|runner| runner.bib.as_str()).collect();
    assert_eq!(bibs, ["7", "8"], "{:?}", reading.problems);
    assert_eq!(reading.problems.iter().filter_map(|p| p.row).collect::<Vec<_>>(), [4]);
}
