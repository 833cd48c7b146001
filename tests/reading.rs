//! The promise: `kanso read` says which bibs a photo shows, and nothing else is taken for one.

#[path = "reading/bad_pictures.rs"]
mod bad_pictures;
mod repository;

use std::process::{Command, Output};

use serde_json::Value;

const PHOTOS: &str = "fixtures/races/minato-half/photos";

fn read(args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_kanso"))
        .arg("read")
        .args(args)
        .current_dir(repository::root())
        .output()
        .unwrap()
}

fn lines(output: &Output) -> Vec<Value> {
    let text = String::from_utf8(output.stdout.clone()).unwrap();
    assert!(output.status.success(), "{}{text}", String::from_utf8_lossy(&output.stderr));
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// What counts of a line's `readings` or `bibs`, sorted.
fn counted(line: &Value, list: &str, name: &str) -> Vec<String> {
    let mut counted: Vec<String> = line[list]
        .as_array()
        .unwrap_or_else(|| panic!("no {list} in {line}"))
        .iter()
        .filter(|one| one["probability"].as_f64().unwrap() >= 0.5)
        .map(|one| one[name].as_str().unwrap().to_owned())
        .collect();
    counted.sort_unstable();
    counted
}

fn photo(name: &str) -> String {
    format!("{PHOTOS}/{name}")
}

#[test]
fn the_sample_photos_are_read() {
    // A clock over the line and sponsors' names are in each of them.
    let expected: [(&str, &[&str]); 6] = [
        ("finish-a/KNS_0412.jpg", &["M1"]),
        ("finish-a/KNS_0851.jpg", &["2001", "2002"]),
        ("finish-a/KNS_0902.jpg", &["2100"]),
        ("finish-b/KNB_1007.jpg", &["1017"]),
        ("finish-b/KNB_1181.jpg", &["A-102"]),
        ("finish-a/KNS_0455.jpg", &[]),
    ];
    let photos: Vec<String> = expected.iter().map(|(name, _)| photo(name)).collect();
    let mut args = vec!["--json"];
    args.extend(photos.iter().map(String::as_str));
    let lines = lines(&read(&args));
    assert_eq!(lines.len(), expected.len());
    for ((line, path), (_, bibs)) in lines.iter().zip(&photos).zip(expected) {
        assert_eq!(line["photo"], path.as_str(), "the path as given, in order");
        assert_eq!(counted(line, "readings", "text"), bibs, "{line}");
        assert!(line.get("bibs").is_none() && line.get("error").is_none(), "{line}");
    }
}

#[test]
fn runners_side_by_side_are_each_read_where_they_are() {
    let lines = lines(&read(&["--json", &photo("finish-a/KNS_0590.jpg")]));
    let counted = counted(&lines[0], "readings", "text");
    // 1100 runs far behind.
    assert!(counted.starts_with(&["1004", "1005", "1006"].map(str::to_owned)), "{counted:?}");
    assert!(counted[3..].iter().all(|text| text == "1100"), "{counted:?}");
    let readings = lines[0]["readings"].as_array().unwrap();
    for reading in readings.iter().filter(|reading| reading["probability"].as_f64() >= Some(0.5)) {
        let area: Vec<f64> =
            reading["box"].as_array().unwrap().iter().map(|v| v.as_f64().unwrap()).collect();
        assert!(area[0] + area[2] <= 2400.0 && area[1] + area[3] <= 1600.0, "{reading}");
        for corner in reading["quad"].as_array().unwrap() {
            let (x, y) = (corner[0].as_f64().unwrap(), corner[1].as_f64().unwrap());
            assert!(x >= area[0] - 1.0 && x <= area[0] + area[2] + 1.0, "{reading}");
            assert!(y >= area[1] - 1.0 && y <= area[1] + area[3] + 1.0, "{reading}");
        }
        let text: String = reading["characters"]
            .as_array()
            .unwrap()
            .iter()
            .map(|character| character["text"].as_str().unwrap())
            .collect();
        assert_eq!(reading["text"], text.as_str());
    }
}

#[test]
fn a_list_settles_who_it_is_or_that_it_is_nobody_of_it() {
    let folder = tempfile::tempdir().unwrap();
    let list = folder.path().join("bibs.txt");
    let list = list.to_str().unwrap();
    let photo = photo("finish-a/KNS_0902.jpg");
    let runners: String = (2000..2400).map(|bib| format!("{bib}\n")).collect();
    std::fs::write(list, format!("\u{feff}{runners}A-102\r\n")).unwrap();
    let found = lines(&read(&["--json", "--bibs", list, &photo]));
    assert_eq!(counted(&found[0], "bibs", "bib"), ["2100"]);
    // The same race without 2100, but with all that look like it.
    let others = runners.replace("2100\n", "12100\n21000\n100\n2700\n");
    std::fs::write(list, others).unwrap();
    let found = lines(&read(&["--json", "--bibs", list, &photo]));
    assert!(counted(&found[0], "bibs", "bib").is_empty(), "{}", found[0]);
    assert_eq!(counted(&found[0], "readings", "text"), ["2100"]);
}

#[test]
fn a_photo_that_cannot_be_read_has_an_error_of_its_own() {
    let (text, good) = (photo("finish-b/KNB_1400.jpg"), photo("finish-a/KNS_0412.jpg"));
    let lines = lines(&read(&["--json", &text, "no/such.jpg", &good]));
    for line in &lines[..2] {
        assert!(!line["error"].as_str().unwrap().is_empty(), "{line}");
        assert_eq!(line["readings"], serde_json::json!([]));
    }
    assert_eq!(counted(&lines[2], "readings", "text"), ["M1"]);
}

#[test]
fn words_and_pictures_say_the_same() {
    let folder = tempfile::tempdir().unwrap();
    let drawn = folder.path().join("drawn");
    let output = read(&[&photo("finish-a/KNS_0412.jpg"), "--annotate", drawn.to_str().unwrap()]);
    let words = String::from_utf8(output.stdout).unwrap();
    assert!(words.contains("KNS_0412.jpg  M1 (0."), "{words}");
    let picture = image::open(drawn.join("KNS_0412.jpg")).unwrap().to_rgb8();
    assert_eq!(picture.dimensions(), (1600, 2400));
    let green = picture.pixels().filter(|p| p.0[1] > 150 && p.0[0] < 60 && p.0[2] < 130).count();
    assert!(green > 300, "a box around the bib: {green} pixels");
}

#[test]
fn a_wrong_list_is_told_before_any_photo_is_read() {
    let folder = tempfile::tempdir().unwrap();
    let empty = folder.path().join("empty.txt");
    std::fs::write(&empty, "\n\n").unwrap();
    for list in [empty.to_str().unwrap(), "no/such/list.txt"] {
        let output = read(&["--bibs", list, &photo("finish-a/KNS_0412.jpg")]);
        assert_eq!(output.status.code(), Some(2));
        let message = String::from_utf8(output.stderr).unwrap();
        assert!(message.contains(list), "{message}");
    }
}
