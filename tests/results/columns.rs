//! Which column holds what, judged by the whole column and by the others; a tie is asked.

use kanso_race::results::{self, ProblemKind, Reading, ResultsError};
use kanso_race::{Bib, Finisher, Race, Status};

const RULES: &str = "name = { ja = \"試験\" }\ndate = \"2026-11-23\"\n[[courses]]\nid = \"ten\"\n\
    name = { ja = \"10km\" }\ndistance_m = 10000\ngun = \"09:15\"\n";

fn read(csv: &str) -> Result<Reading, ResultsError> {
    results::read(csv.as_bytes(), &Race::parse(RULES).unwrap())
}

fn runner<'r>(reading: &'r Reading, bib: &str) -> &'r Finisher {
    reading.roster.get(&Bib::parse(bib).unwrap()).unwrap_or_else(|| panic!("no bib {bib}"))
}

fn bibs(reading: &Reading) -> Vec<&str> {
    reading.roster.iter().map(|runner| runner.bib.as_str()).collect()
}

#[test]
fn the_rows_own_numbers_are_no_bibs_whatever_stands_over_them() {
    for header in ["番号,ナンバーカード", "No,Start No.", "No.,Race #", "Number,Bib"] {
        let csv = format!(
            "{header},Name,Time\n1,407,Mia Orr,41:20\n2,405,Ed Fox,42:10\n3,77,Io Ray,43:00\n"
        );
        let reading = read(&csv).unwrap();
        assert_eq!(bibs(&reading), ["405", "407", "77"], "{header}");
        let turned_down = reading.understood.columns[0].turned_down.clone().unwrap();
        assert!(turned_down.contains("numbers the rows"), "{turned_down}");
    }
    let surest_is_serial = "Bib,No.,Name,Time\n1,407,Mia Orr,41:20\n2,405,Ed Fox,42:10\n";
    assert_eq!(bibs(&read(surest_is_serial).unwrap()), ["405", "407"]);
    let only_numbers = "No.,氏名,タイム\n1,浜 一,41:20\n2,磯 二,42:10\n";
    assert_eq!(bibs(&read(only_numbers).unwrap()), ["1", "2"], "there is no other column");
}

#[test]
fn two_columns_that_may_both_be_the_bib_are_asked_about() {
    let csv = "Bib,Race No,Name,Time\n407,12,Mia Orr,41:20\n405,31,Ed Fox,42:10\n";
    let error = read(csv).unwrap_err().to_string();
    assert!(error.contains("Bib, Race No") && error.contains("[results.columns] bib"), "{error}");
    let race = Race::parse(&format!("{RULES}[results.columns]\nbib = \"Race No\"\n")).unwrap();
    assert_eq!(bibs(&results::read(csv.as_bytes(), &race).unwrap()), ["12", "31"]);
    let twice = "Bib,Race No,Name,Time\n407,407,Mia Orr,41:20\n405,405,Ed Fox,42:10\n";
    assert_eq!(bibs(&read(twice).unwrap()), ["405", "407"]);
}

#[test]
fn a_name_beside_a_given_name_is_the_family_name_unless_it_is_whole() {
    for (csv, name) in [
        ("Startnr;Name;Vorname;Zeit\n7;Brand;Ute;0:41:20\n8;Lux;Jo;0:42:00\n", "Ute Brand"),
        ("Dossard,Nom,Prénom,Temps\n7,Petit,Zoé,0:41:20\n", "Zoé Petit"),
        ("Bib,Name,First,Time\n7,Ute Brand,Ute,0:41:20\n8,Jo Lux,Jo,0:42:00\n", "Ute Brand"),
        ("ナンバー,姓,名,タイム\n7,浜辺,一郎,0:41:20\n", "浜辺 一郎"),
    ] {
        assert_eq!(runner(&read(csv).unwrap(), "7").name, name, "{csv}");
    }
}

#[test]
fn a_finish_time_beside_an_elapsed_time_is_the_time_of_day() {
    let csv = "Bib,Name,Start Time,Finish Time,Elapsed\n7,Mia Orr,9:15:00,9:57:30,0:42:30\n\
        8,Ed Fox,9:15:00,10:01:00,0:46:00\n";
    let reading = read(csv).unwrap();
    let seven = runner(&reading, "7");
    assert_eq!(seven.gun_time.unwrap().to_string(), "42:30");
    assert_eq!(seven.finish_clock.unwrap().to_string(), "09:57:30");
    let alone = "Bib,Name,Finish Time\n7,Mia Orr,9:57:30\n8,Ed Fox,10:01:00\n";
    let error = read(alone).unwrap_err().to_string();
    assert!(error.contains("time_of_day = \"Finish Time\""), "{error}");
    let elapsed = "Bib,Name,Finish Time\n7,Mia Orr,0:57:30\n8,Ed Fox,1:01:00\n";
    assert_eq!(runner(&read(elapsed).unwrap(), "8").gun_time.unwrap().to_string(), "1:01:00");
}

#[test]
fn headings_in_two_rows_and_lists_under_each_other_are_read() {
    let spans = "順位,ゼッケン,氏名,記録,,備考\n,,,グロス,ネット,\n1,407,浜 一,0:41:20,0:41:02,\n";
    let reading = read(spans).unwrap();
    let first = runner(&reading, "407");
    let times = [first.gun_time, first.net_time].map(|time| time.unwrap().to_string());
    assert_eq!(times, ["41:20", "41:02"]);
    assert!(reading.problems.is_empty(), "{:?}", reading.problems);

    let lists = "Men\nBib,Name,Time\n407,Ed Fox,0:41:20\n408,Al Poe,0:44:00\n\nWomen\n\
        Name,Club,Bib,Time\nMia Orr,Harbour AC,12,0:42:10\n";
    let reading = read(lists).unwrap();
    assert_eq!(bibs(&reading), ["12", "407", "408"]);
    assert_eq!(runner(&reading, "12").team.as_deref(), Some("Harbour AC"));
    assert_eq!(runner(&reading, "407").name, "Ed Fox");
}

#[test]
fn a_list_without_times_is_told_and_no_results_to_be_ready_with() {
    let reading = read("Bib,Name,Club\n7,Mia Orr,Harbour AC\n").unwrap();
    assert_eq!(runner(&reading, "7").status, Status::Registered);
    let told: Vec<_> = reading.problems.iter().map(|problem| problem.kind).collect();
    assert_eq!(told, [ProblemKind::NoTimes]);
    assert!(!reading.has_errors(), "the entry list is read");
}

#[test]
fn what_is_no_name_and_a_status_that_was_taken_back_are_told_by_row() {
    let csv = "Bib,Name,Time,Remarks\n7,undefined,0:41:20,\n8,0:42:00,Ed Fox,\n9,Io Ray,0:43:00,\
        失格を取り消し\n10-Mar,Al Poe,0:44:00,\n";
    let reading = read(csv).unwrap();
    assert_eq!(bibs(&reading), ["9"]);
    assert_eq!(runner(&reading, "9").status, Status::Finished);
    let rows: Vec<_> = reading.problems.iter().filter_map(|problem| problem.row).collect();
    assert!([2, 3, 4, 5].iter().all(|row| rows.contains(row)), "{:?}", reading.problems);
}

#[test]
fn two_columns_under_one_heading_are_asked_about_where_they_differ() {
    let csv = "Bib,Name,Time,Time\n7,Mia Orr,0:41:20,0:41:02\n8,Ed Fox,0:42:00,0:41:50\n";
    let error = read(csv).unwrap_err().to_string();
    assert!(error.contains("Time (3), Time (4)") && error.contains("its number"), "{error}");
    let race = Race::parse(&format!("{RULES}[results.columns]\ngun_time = 4\n")).unwrap();
    let settled = results::read(csv.as_bytes(), &race).unwrap();
    assert_eq!(runner(&settled, "7").gun_time.unwrap().to_string(), "41:02");
    let same = "Bib,Name,Time,Time\n7,Mia Orr,0:41:20,0:41:20\n8,Ed Fox,0:42:00,\n";
    assert_eq!(runner(&read(same).unwrap(), "8").gun_time.unwrap().to_string(), "42:00");
}

#[test]
fn marks_that_guard_against_formulas_are_not_printed() {
    let csv = "Bib,Name,Club,Time\n7,\"'=Mia Orr\",'-Harbour AC,'0:41:20\n\
        8,'t Hooft Jan,'t Gooi,0:42:00\n9,\"\t=Io Ray\",\"\t+Cape\",0:43:00\n";
    let reading = read(csv).unwrap();
    let of = |bib| (runner(&reading, bib).name.as_str(), runner(&reading, bib).team.as_deref());
    assert_eq!(of("7"), ("=Mia Orr", Some("-Harbour AC")));
    assert_eq!(of("8"), ("'t Hooft Jan", Some("'t Gooi")));
    assert_eq!(of("9"), ("=Io Ray", Some("+Cape")));
    assert_eq!(runner(&reading, "7").gun_time.unwrap().to_string(), "41:20");
}

#[test]
fn the_longest_time_that_a_system_writes_stands_for_none() {
    let rules = RULES.replace("distance_m = 10000\n", "");
    let race = Race::parse(&rules).unwrap();
    let csv = "Bib,Name,Time\n7,Mia Orr,99:59:59\n8,Ed Fox,99:59:58\n";
    let reading = results::read(csv.as_bytes(), &race).unwrap();
    let status = |bib| runner(&reading, bib).status;
    assert_eq!([status("7"), status("8")], [Status::Registered, Status::Finished]);
}
