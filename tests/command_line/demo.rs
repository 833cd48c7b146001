//! `kanso demo`: photos in by the S3 API, certificates out.

use std::io::{BufRead as _, BufReader};
use std::path::Path;

use super::{kanso, lines, run};

/// What must become of each sample photo: decision, bibs with a certificate, and a word of
/// the reason. See `fixtures/races/minato-half/photos.md`.
const EXPECTED: [(&str, &str, &[&str], &str); 26] = [
    ("finish-a/KNS_0412.jpg", "issue", &["M1"], "caption"),
    ("finish-a/KNS_0455.jpg", "review", &[], "nobody finished"),
    ("finish-a/KNS_0498.jpg", "issue", &["W1"], "code"),
    ("finish-a/KNS_0588.jpg", "review", &[], "damaged"),
    ("finish-a/KNS_0590.jpg", "issue", &["1004", "1005", "1006"], "by the printed number"),
    ("finish-a/KNS_0640.jpg", "reject", &[], "DNF"),
    ("finish-a/KNS_0733.jpg", "issue", &["1025"], "code"),
    ("finish-a/KNS_0770.jpg", "issue", &["A-102"], "by the printed number"),
    ("finish-a/KNS_0790.jpg", "review", &[], "1001 finished"),
    ("finish-a/KNS_0812.jpg", "issue", &["2007", "2050"], "by the printed number"),
    ("finish-a/KNS_0851.jpg", "issue", &["2001", "2002"], "code"),
    ("finish-a/KNS_0902.jpg", "pending", &[], "2100 has no time"),
    ("finish-a/KNS_0960.jpg", "issue", &["2004"], "by the clock"),
    ("finish-b/KNB_1007.jpg", "issue", &["1017"], "caption"),
    ("finish-b/KNB_1063_bib1024.jpg", "issue", &["1024"], "file name"),
    ("finish-b/KNB_1181.jpg", "issue", &["A-102"], "caption"),
    ("finish-b/KNB_1394.jpg", "issue", &["0123"], "by the clock"),
    ("finish-b/KNB_1400.jpg", "reject", &[], "not an image"),
    ("finish-c/P1120045.jpg", "issue", &["5003"], "code"),
    ("finish-c/P1120046.jpg", "issue", &["1075", "5109"], "caption"),
    ("finish-c/P1120049.jpg", "issue", &["1065", "5069"], "caption"),
    ("finish-c/P1120067.jpg", "issue", &["1015", "1041"], "code"),
    ("finish-c/P1120088.jpg", "issue", &["2026", "2046"], "code"),
    ("finish-c/P1120091.jpg", "issue", &["2032", "2040"], "caption"),
    ("finish-c/P1120102.jpg", "issue", &["2003"], "code"),
    (
        "finish-c/P1120117.jpg",
        "issue",
        &["2008"],
        "by the clock, which other photos of its camera tell",
    ),
];

#[test]
fn the_demo_makes_the_right_certificates_of_the_sample_photos() {
    let out = tempfile::tempdir().unwrap();
    let output = kanso(&["demo", "--json", "--out", out.path().to_str().unwrap()]);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let rows = lines(&output);
    assert_eq!(rows.len(), EXPECTED.len());
    for (row, (photo, decision, bibs, reason)) in rows.iter().zip(EXPECTED) {
        assert_eq!(row["photo"], photo);
        assert_eq!(row["decision"], decision, "{row}");
        let told = row["reason"].as_str().unwrap();
        assert!(told.contains(reason), "{photo}: {told:?} does not say {reason:?}");
        let saved = row["saved"].as_array().unwrap();
        assert_eq!(saved.len(), bibs.len(), "{row}");
        for (path, bib) in saved.iter().zip(bibs) {
            let name = Path::new(path.as_str().unwrap()).file_name().unwrap().to_string_lossy();
            assert!(name.starts_with(&format!("{bib}-")), "{name}");
        }
    }
    judge(out.path());
}

/// Every saved PDF, by tools that share no code with ours.
fn judge(folder: &Path) {
    let names =
        [("M1", "韮山 駿"), ("2003", "葛󠄀城 誠一"), ("1025", "辻󠄀 美和"), ("5003", "桒原 真央")];
    let mut judged = 0;
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|extension| extension != "pdf") {
            continue;
        }
        let file = path.to_str().unwrap();
        run("qpdf", &["--check", file]);
        for line in run("pdffonts", &[file]).lines().skip(2) {
            assert!(line.contains(" yes yes yes "), "embedded, subset, with Unicode: {line}");
        }
        let boxes = run("pdfinfo", &["-box", file]);
        assert!(boxes.contains("MediaBox:            0.00     0.00   858.90   612.28"), "{boxes}");
        assert!(boxes.contains("TrimBox:             8.50     8.50   850.39   603.78"), "{boxes}");
        let text = run("pdftotext", &[file, "-"]);
        for (bib, name) in names {
            if path.file_name().unwrap().to_string_lossy().starts_with(&format!("{bib}-")) {
                assert!(text.contains(name), "{name} is not in {text}");
            }
        }
        judged += 1;
    }
    assert_eq!(judged, 29);
    // The 24 MP photo reaches the resolution of print; the smaller ones are warned about.
    let sharp = std::fs::read_dir(folder).unwrap().map(|e| e.unwrap().path());
    let sharp = sharp
        .filter(|p| p.extension().is_some_and(|e| e == "pdf"))
        .find(|p| p.file_name().unwrap().to_string_lossy().starts_with("W1-"))
        .unwrap();
    let images = run("pdfimages", &["-list", sharp.to_str().unwrap()]);
    let photo = images.lines().find(|line| line.contains("jpeg")).unwrap();
    let ppi: f64 = photo.split_whitespace().nth(12).unwrap().parse().unwrap();
    assert!(ppi >= 299.0, "{images}");
}

#[test]
fn the_demo_stays_with_pages_to_click_through_and_says_what_to_type() {
    let out = tempfile::tempdir().unwrap();
    let mut demo = std::process::Command::new(env!("CARGO_BIN_EXE_kanso"))
        .args(["demo", "--stay", "--web", "127.0.0.1:0", "--out"])
        .arg(out.path())
        .current_dir(super::repository::root())
        .stdout(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    let mut said = BufReader::new(demo.stdout.take().unwrap()).lines().map(Result::unwrap);
    let all = said.find_map(|line| Some(line.trim().strip_prefix("all ")?.trim().to_owned()));
    let pages = all.expect("the pages' address");
    let told: Vec<String> = said.by_ref().take(3).collect();
    assert!(told[0].contains("/kiosk?code="), "{told:?}");
    assert!(told[1].ends_with("/r/minato-half"), "{told:?}");
    assert!(told[2].contains("bib M1 and 2001-04-12"), "{told:?}");
    let home = run("curl", &["--silent", "--fail", &pages]);
    assert!(home.contains("Shionagi Minato Half Marathon"), "{home}");
    let find = format!("{pages}r/minato-half");
    let form = ["--silent", "--fail", "--location", "-d", "bib=M1&factor=20010412", &find];
    assert!(run("curl", &form).contains("韮山 駿"));
    demo.kill().unwrap();
    demo.wait().unwrap();
}
