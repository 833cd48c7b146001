//! `kanso book`: a race in one PDF, judged on the saved files.

use std::path::Path;

use super::{RACE, kanso, run};

/// Runs `kanso book` into `folder`; the paths of what it wrote, and its exit code.
fn book(folder: &Path, more: &[&str]) -> (Vec<String>, Option<i32>) {
    let out = folder.join("book.pdf");
    let common = ["book", "--race", RACE, "--out", out.to_str().unwrap()];
    let output = kanso(&[&common[..], more].concat());
    (super::stdout(&output).lines().map(str::to_owned).collect(), output.status.code())
}

fn pages(pdf: &str) -> usize {
    let facts = run("pdfinfo", &[pdf]);
    let line = facts.lines().find(|line| line.starts_with("Pages:")).unwrap();
    line.split_whitespace().last().unwrap().parse().unwrap()
}

/// The list of pages: volume, page, place, bib, course, photo.
fn manifest(folder: &Path) -> Vec<Vec<String>> {
    let mut list = csv::Reader::from_path(folder.join("book.csv")).unwrap();
    list.records().map(|row| row.unwrap().iter().map(str::to_owned).collect()).collect()
}

#[test]
fn every_finisher_has_a_page_where_the_list_says() {
    let folder = tempfile::tempdir().unwrap();
    let (files, code) = book(folder.path(), &["--template", "results"]);
    // A name of the sample race holds a character that no font has: it is left out.
    assert_eq!(code, Some(1));
    let [file] = &files[..] else { panic!("one volume was asked for: {files:?}") };
    run("qpdf", &["--check", file]);
    let rows = manifest(folder.path());
    assert_eq!(rows.len(), pages(file));
    assert!(rows.iter().all(|row| row[3] != "2043"), "a page that was left out is listed");
    let row = rows.iter().find(|row| row[3] == "1002").unwrap();
    let told = run("pdftotext", &["-f", &row[1], "-l", &row[1], file, "-"]);
    assert!(told.contains("𠮷田 翔"), "page {} is another runner's: {told}", row[1]);
    // Shared fonts: many pages must not cost many fonts.
    assert!(run("pdffonts", &[file]).lines().count() < 20);
}

#[test]
fn photos_of_the_chosen_runners_are_stored_once() {
    let folder = tempfile::tempdir().unwrap();
    let photos = format!("{RACE}/photos/finish-a");
    let more = ["--bibs", "1002,M1", "--photos", &photos, "--template", "photo"];
    let (files, code) = book(folder.path(), &more);
    assert_eq!(code, Some(0));
    let rows = manifest(folder.path());
    assert_eq!(rows.iter().map(|row| row[3].as_str()).collect::<Vec<_>>(), ["1002", "M1"]);
    assert!(rows[0][5].is_empty() && rows[1][5].ends_with("KNS_0412.jpg"), "{rows:?}");
    let pictures = run("pdfimages", &["-list", &files[0]]);
    assert_eq!(pictures.matches(" jpeg ").count(), 1, "{pictures}");
}

#[test]
fn sheets_hold_several_pages_and_volumes_so_many_sheets() {
    let folder = tempfile::tempdir().unwrap();
    let bibs = "1001,1002,1003,1004,1005,1006,1007,1008,1009";
    let more = ["--bibs", bibs, "--template", "postcard", "--n-up", "2x2@SRA4"];
    let (files, code) = book(folder.path(), &[&more[..], &["--volume-pages", "2"]].concat());
    assert_eq!(code, Some(0));
    assert_eq!(files.iter().map(|file| pages(file)).collect::<Vec<_>>(), [2, 1]);
    let boxes = run("pdfinfo", &["-box", &files[0]]);
    // SRA4: 225 x 320 mm.
    assert!(boxes.contains("MediaBox:            0.00     0.00   637.80   907.09"), "{boxes}");
    let places: Vec<_> =
        manifest(folder.path()).into_iter().map(|row| row[..3].join(" ")).collect();
    assert_eq!(
        places,
        ["1 1 1", "1 1 2", "1 1 3", "1 1 4", "1 2 1", "1 2 2", "1 2 3", "1 2 4", "2 1 1"]
    );
}

#[test]
fn the_same_race_gives_the_same_book() {
    let bytes = || {
        let folder = tempfile::tempdir().unwrap();
        let more = ["--bibs", "1001,1002,1003", "--crop-marks"];
        let (files, _) = book(folder.path(), &more);
        std::fs::read(&files[0]).unwrap()
    };
    assert!(bytes() == bytes());
}

#[test]
fn a_bib_that_is_not_in_the_results_is_refused_before_anything_is_written() {
    let folder = tempfile::tempdir().unwrap();
    let (files, code) = book(folder.path(), &["--bibs", "99999"]);
    assert_eq!((files.len(), code), (0, Some(2)));
    assert!(!folder.path().join("book.csv").exists());
}
