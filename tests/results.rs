//! Race rules and results: read from anything, guessed from nothing.

#[path = "results/columns.rs"]
mod columns;
#[path = "results/moved.rs"]
mod moved;
mod repository;

use kanso_race::results::{self, Field, ProblemKind, Reading, ResultsError};
use kanso_race::{Bib, Finisher, Race, Status};
use proptest::prelude::*;

const RACE: &str = include_str!("../fixtures/races/minato-half/race.toml");
const RESULTS: &[u8] = include_bytes!("../fixtures/races/minato-half/results.csv");

fn race() -> Race {
    Race::parse(RACE).unwrap_or_else(|error| panic!("{error}"))
}

fn fixture(name: &str) -> Vec<u8> {
    std::fs::read(repository::root().join("fixtures/results").join(name)).unwrap()
}

fn read_with(name: &str, race: &Race) -> Reading {
    results::read(&fixture(name), race).unwrap_or_else(|error| panic!("{name}: {error}"))
}

fn read(name: &str) -> Reading {
    read_with(name, &race())
}

fn runner<'a>(reading: &'a Reading, bib: &str) -> &'a Finisher {
    let found = reading.roster.get(&Bib::parse(bib).unwrap());
    found.unwrap_or_else(|| panic!("no {bib}: {:#?}", reading.problems))
}

fn time(runner: &Finisher) -> String {
    runner.gun_time.unwrap().to_string()
}

#[test]
fn the_sample_race_is_read_without_a_problem() {
    let reading = results::read(RESULTS, &race()).unwrap();
    assert_eq!(reading.problems, []);
    assert_eq!(reading.roster.len(), 354);
    assert_eq!(reading.understood.encoding, "UTF-8");
    assert!(reading.understood.columns.iter().all(|column| column.field.is_some()));
    let statuses: Vec<_> = reading.understood.by_status.iter().map(|c| c.runners).collect();
    assert_eq!(statuses, [324, 3, 4, 8, 13, 2]);
    assert_eq!(runner(&reading, "2100").status, Status::Registered);
    assert_eq!(runner(&reading, "1099").status, Status::Dnf);
    assert_eq!(runner(&reading, "2099").status, Status::Dq);
    assert_eq!(runner(&reading, "0123").splits.len(), 3);
}

#[test]
fn names_come_through_to_the_code_point() {
    let reading = results::read(RESULTS, &race()).unwrap();
    for (bib, name) in [
        ("1002", "𠮷田 翔"),
        ("2003", "葛\u{e0100}城 誠一"),
        ("1025", "辻\u{e0100} 美和"),
        ("1017", "﨑山 陸"),
        ("2044", "=1+1"),
        ("2045", "森田 智也"),
        ("5040", "Zoe\u{308} Müller"),
        ("5042", "五十嵐 \"ミミ\" 美々"),
        ("2041", "محمد"),
    ] {
        assert_eq!(runner(&reading, bib).name, name);
    }
    assert_eq!(runner(&reading, "5042").team.as_deref(), Some("焼肉,寿司 合同チーム"));
}

#[test]
fn finish_clocks_of_the_sample_race_agree_with_guns_and_gun_times() {
    let race = race();
    let reading = results::read(RESULTS, &race).unwrap();
    for finisher in reading.roster.iter().filter(|runner| runner.finish_clock.is_some()) {
        let alone = Finisher { finish_clock: None, ..finisher.clone() };
        assert_eq!(race.finish_clock(finisher), race.finish_clock(&alone), "{}", finisher.bib);
    }
    let clock = race.finish_clock(runner(&reading, "1002")).unwrap();
    assert_eq!(clock.to_string(), "2026-11-23T01:00:00Z");
}

#[test]
fn every_encoding_gives_the_same_characters() {
    let reading = read("cp932.csv");
    assert_eq!(reading.understood.encoding, "CP932");
    assert_eq!(runner(&reading, "0123").name, "髙橋 健一");
    assert_eq!(runner(&reading, "0123").kana.as_deref(), Some("ﾀｶﾊｼ ｹﾝｲﾁ"));
    assert_eq!(runner(&reading, "102").name, "﨑山 花子");

    let reading = read("euc-jp.csv");
    assert_eq!(reading.understood.encoding, "EUC-JP");
    assert_eq!(runner(&reading, "2").course.as_deref(), Some("10km"));

    let reading = read("utf16le-bom.txt");
    assert_eq!((reading.understood.encoding, reading.understood.delimiter), ("UTF-16LE", '\t'));
    assert_eq!(runner(&reading, "1").name, "𠮷田 翔");
    assert_eq!(runner(&reading, "2").name, "葛\u{e0100}城 誠一");

    let reading = read("windows-1252-semicolon.csv");
    assert_eq!((reading.understood.encoding, reading.understood.delimiter), ("windows-1252", ';'));
    assert_eq!(runner(&reading, "1").name, "María José Núñez-O’Connor");
    assert_eq!(time(runner(&reading, "2")), "55:03");
    assert_eq!(runner(&reading, "1").rank_overall.unwrap().of, Some(2));
}

#[test]
fn first_and_last_names_join_in_the_order_of_their_script() {
    let reading = read("utf8-bom.csv");
    assert_eq!(runner(&reading, "1").name, "Łukasz Żółć");
    assert_eq!(runner(&reading, "2").name, "山田 太郎");
}

#[test]
fn a_name_that_lost_a_character_is_kept_and_flagged() {
    let reading = read("cp932.csv");
    assert_eq!(runner(&reading, "103").name, "〓田 翔");
    let flagged: Vec<_> = reading.problems.iter().filter(|p| p.row == Some(4)).collect();
    assert_eq!(flagged.len(), 1);
    assert_eq!(flagged[0].kind, ProblemKind::Warning);
}

#[test]
fn title_rows_repeated_headers_and_full_width_digits_are_no_obstacle() {
    let reading = read("title-rows.csv");
    assert_eq!(reading.understood.header_row, Some(4));
    assert_eq!(runner(&reading, "1001").name, "髙橋 健吾");
    assert_eq!(time(runner(&reading, "1001")), "1:29:58");
    assert_eq!(runner(&reading, "1002").name, "𠮷田 翔");
    assert_eq!(runner(&reading, "1002").row, 6);
    let third = runner(&reading, "1003");
    assert_eq!((third.row, third.status), (10, Status::Dnf));
    assert_eq!(third.course.as_deref(), Some("half"));
    assert_eq!(third.category.as_deref(), Some("ハーフ男子40歳代"));
    assert!(!reading.has_errors());
}

#[test]
fn spreadsheet_numbers_are_times_to_the_second() {
    let reading = read("excel-fractions.csv");
    assert_eq!(time(runner(&reading, "1")), "1:29:58");
    assert_eq!(runner(&reading, "1").net_time.unwrap().to_string(), "1:29:30");
    assert_eq!(time(runner(&reading, "2")), "1:30:00");
    assert_eq!(time(runner(&reading, "3")), "1:40:48");
}

#[test]
fn a_bib_on_two_rows_names_both_and_belongs_to_neither() {
    let reading = read("duplicates.csv");
    assert_eq!(reading.roster.len(), 1);
    assert_eq!(runner(&reading, "8").name, "Bo Lee");
    let duplicates: Vec<_> =
        reading.problems.iter().filter(|p| p.kind == ProblemKind::DuplicateBib).collect();
    let rows: Vec<_> = duplicates.iter().map(|p| p.row.unwrap()).collect();
    assert_eq!(rows, [2, 4, 5, 6]);
    assert!(duplicates[0].message.contains("row 4") && duplicates[1].message.contains("row 2"));
}

#[test]
fn bad_rows_are_told_by_number_and_do_not_stop_the_good_ones() {
    let reading = read("bad-rows.csv");
    let skipped: Vec<_> =
        reading.problems.iter().filter(|p| p.kind.is_error()).map(|p| p.row.unwrap()).collect();
    assert_eq!(skipped, [3, 4, 5, 6, 7, 8, 9, 10, 11], "{:#?}", reading.problems);
    let bibs: Vec<_> = reading.roster.iter().map(|r| (r.bib.as_str(), r.status)).collect();
    assert_eq!(
        bibs,
        [
            ("1", Status::Finished),
            ("11", Status::Finished),
            ("12", Status::Dnf),
            ("13", Status::Dns),
            ("14", Status::Registered),
            ("15", Status::Dq),
            ("16", Status::Open),
            ("17", Status::Finished),
        ]
    );
    assert_eq!(runner(&reading, "17").course, None);
    assert!(reading.problems.iter().any(|p| p.row == Some(18) && p.message.contains("alias")));
}

#[test]
fn messages_never_hold_a_name() {
    for problem in read("bad-rows.csv").problems {
        for name in ["井上", "岡田", "小林", "久保", "上田"] {
            assert!(!problem.message.contains(name), "{}", problem.message);
        }
    }
}

#[test]
fn the_races_own_column_map_reads_headings_that_nobody_knows() {
    let unmapped = results::read(&fixture("own-headings.csv"), &race());
    assert!(matches!(unmapped, Err(ResultsError::NoHeader { .. })));
    let map = "[results.columns]\nbib = '整理'\nname = 2\ncourse = '距離別'\n\
               gun_time = '公式記録'\n5km = 'ラップ1'\n";
    let mapped = Race::parse(&format!("{RACE}\n{map}")).unwrap();
    let reading = read_with("own-headings.csv", &mapped);
    assert_eq!(time(runner(&reading, "1")), "1:40:00");
    assert_eq!(runner(&reading, "1").splits[0].distance_m, Some(5000.0));
    assert_eq!(reading.understood.columns[5].field, None);
    assert_eq!(reading.understood.columns[4].field, Some(Field::Split));

    let wrong = Race::parse(&format!("{RACE}\n{}", map.replace("公式記録", "公式"))).unwrap();
    assert!(results::read(&fixture("own-headings.csv"), &wrong).is_err());
}

#[test]
fn json_tells_the_unit_of_times_and_calls_a_status_by_one_name() {
    let reading = results::read(RESULTS, &race()).unwrap();
    let first = serde_json::to_value(runner(&reading, "0123")).unwrap();
    assert_eq!(first["gun_time_ms"], 9_492_000);
    assert_eq!(first["splits"][0]["elapsed_ms"], 2_505_000);
    for count in &reading.understood.by_status {
        let named = |r: &&Finisher| serde_json::to_value(r.status).unwrap() == count.of.as_str();
        assert_eq!(reading.roster.iter().filter(named).count(), count.runners, "{}", count.of);
    }
}

#[test]
fn what_is_no_text_at_all_is_refused_with_what_to_do() {
    let race = race();
    assert_eq!(results::read(b"", &race).unwrap_err(), ResultsError::Empty);
    let workbook = results::read(b"PK\x03\x04rest", &race).unwrap_err();
    assert!(workbook.to_string().contains("save it as CSV"));
    for page in ["\r\n<html><table><tr><td>Bib", "\u{feff}<?xml version=\"1.0\"?><Workbook>"] {
        let error = results::read(page.as_bytes(), &race).unwrap_err();
        assert_eq!(error, ResultsError::NotATable("a web page or XML"));
    }
    let json = results::read(b"[{\"bib\": 7, \"name\": \"Mia Orr\"}]", &race).unwrap_err();
    assert!(json.to_string().contains("export it as CSV"), "{json}");
}

#[test]
fn forty_thousand_rows_are_all_read() {
    let mut text = String::from("ナンバー,氏名,種目,グロスタイム,ネットタイム,5km\n");
    for n in 0..40_000 {
        text += &format!(
            "{n},山田 太郎{n},ハーフ,1:{:02}:{:02},1:20:00,0:20:00\n",
            30 + n % 30,
            n % 60
        );
    }
    let reading = results::read(text.as_bytes(), &race()).unwrap();
    assert_eq!((reading.roster.len(), reading.problems.len()), (40_000, 0));
}

#[test]
fn the_smallest_race_is_six_lines() {
    let race = Race::parse(
        "name = '汐凪みなとハーフ'\ndate = 2026-11-23\n[[courses]]\nid = 'half'\nname = 'ハーフ'\ngun = 08:30\n",
    )
    .unwrap();
    assert_eq!(race.zone.iana_name(), Some("Asia/Tokyo"));
    assert_eq!(race.courses[0].gun, Some(jiff::civil::time(8, 30, 0, 0)));
    assert_eq!((race.thresholds.issue, race.thresholds.review), (0.9, 0.15));
}

#[test]
fn errors_in_a_race_name_line_field_and_what_to_write() {
    let small = "name = 'R'\ndate = 2026-11-23\n[[courses]]\nid = 'half'\n";
    for (text, line, field, says) in [
        (small.replace("2026-11-23", "'23/11/2026'"), 2, "date", "2026-11-23"),
        (format!("edision = 12\n{small}"), 1, "edision", "expected one of"),
        (format!("edition = 'x'\n{small}"), 1, "edition", "u32"),
        (format!("time_zone = 'Tokyo'\n{small}"), 1, "time_zone", "Asia/Tokyo"),
        (format!("bib_in_key = '_bib[0-9]+'\n{small}"), 1, "bib_in_key", "with one"),
        (format!("bib_in_key = '_bib('\n{small}"), 1, "bib_in_key", "regular expression"),
        (format!("bib_in_code = 'x'\n{small}"), 1, "bib_in_code", "with one"),
        (format!("{small}gun = '8h30'\n"), 5, "courses.gun", "08:30"),
        (
            format!("{small}[[waves]]\nid='A'\ncourse='full'\ngun=08:30\n"),
            7,
            "waves.course",
            "\"half\"",
        ),
        (format!("{small}[thresholds]\nissue = 1.5\n"), 6, "thresholds.issue", "0.001 to 1"),
        (format!("{small}[results]\nencoding = 'klingon'\n"), 6, "results.encoding", "cp932"),
        (format!("{small}[results.columns]\nbibb = 'x'\n"), 6, "results.columns.bibb", "gun_time"),
        (format!("{small}[appearance]\nlogo = '../x.png'\n"), 6, "appearance.logo", "race folder"),
        (small.replace("date = 2026-11-23\n", ""), 1, "date", "write date = 2026-11-23"),
    ] {
        let error = Race::parse(&text).unwrap_err();
        let fault = &error.faults[0];
        assert_eq!((fault.line, fault.field.as_str()), (line, field), "{error}");
        assert!(fault.message.contains(says), "{error}");
    }
    let two = Race::parse(&small.replace("2026-11-23", "'x'").replace("'half'", "'a/b'"));
    assert_eq!(two.unwrap_err().faults.len(), 2);
}

#[test]
fn a_finish_after_midnight_is_on_the_next_day() {
    let text = "name='R'\ndate=2026-11-23\n[[courses]]\nid='night'\ngun=22:00\ndistance_m=42195\n";
    let race = Race::parse(text).unwrap();
    let reading = results::read(
        "Bib,Name,Gross,TimeOfDay\n1,Ann,3:12:08,\n2,Bo,3:12:08,1:12:09\n3,Cy,,1:12:10\n"
            .as_bytes(),
        &race,
    )
    .unwrap();
    let clock = |bib| race.finish_clock(runner(&reading, bib)).unwrap().to_string();
    assert_eq!(clock("1"), "2026-11-23T16:12:08Z");
    assert_eq!(clock("2"), "2026-11-23T16:12:09Z");
    assert_eq!(clock("3"), "2026-11-23T16:12:10Z");
}

#[test]
fn gun_times_count_from_the_wave_where_the_race_says_so() {
    let race = Race::parse(&RACE.replace("\"first-gun\"", "\"wave-gun\"")).unwrap();
    let text = "Bib,Name,Event,Wave,Gross\n1,Ann,half,A,1:30:00\n2,Bo,half,Bブロック,1:30:00\n3,Cy,half,,1:30:00\n";
    let reading = results::read(text.as_bytes(), &race).unwrap();
    let clock = |bib| race.finish_clock(runner(&reading, bib)).map(|at| at.to_string());
    assert_eq!(clock("1").as_deref(), Some("2026-11-23T01:00:00Z"));
    assert_eq!(clock("2").as_deref(), Some("2026-11-23T01:05:00Z"));
    assert_eq!(clock("3"), None);
}

#[test]
fn a_results_file_is_readable_without_its_race() {
    let reading = read_with("bad-rows.csv", &Race::unknown().unwrap());
    assert_eq!(runner(&reading, "17").course, None);
    assert!(reading.problems.iter().all(|problem| problem.kind.is_error()));
}

proptest! {
    #[test]
    fn random_bytes_never_panic(bytes in proptest::collection::vec(any::<u8>(), 0..2000)) {
        let _ = results::read(&bytes, &race());
    }

    #[test]
    fn random_rows_under_a_real_header_never_panic(body in "([0-9A-Z\"',;:\\.\n年時分秒０-９é/ -]|\\PC){0,300}") {
        let text = format!("ナンバー,氏名,種目,グロス,ネット,5km,順位,年齢,生年月日,フィニッシュ時刻,状態\n{body}");
        let _ = results::read(text.as_bytes(), &race());
    }

    #[test]
    fn random_race_texts_never_panic(text in "(name|date|courses|id|gun|=|\\[|\\]|\\{|\\}|'|\"|\n|,|2026-11-23|08:30|\\PC){0,60}") {
        let _ = Race::parse(&text);
    }
}
