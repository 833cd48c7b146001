//! The commands that work on local files: render, process, check, results.

use std::process::Command;

use super::{RACE, kanso, lines, run, stdout};

#[test]
fn process_tells_one_object_a_line_in_the_order_of_the_photos() {
    let out = tempfile::tempdir().unwrap();
    let photos = ["finish-b/KNB_1400.jpg", "finish-a/KNS_0412.jpg", "finish-a/KNS_0640.jpg"]
        .map(|photo| format!("{RACE}/photos/{photo}"));
    let mut args = vec!["process", "--race", RACE, "--json", "--out", out.path().to_str().unwrap()];
    args.extend(photos.iter().map(String::as_str));
    let output = kanso(&args);
    assert!(output.status.success(), "a rejected photo is no failure of the job");
    let rows = lines(&output);
    assert_eq!(rows.iter().map(|r| r["photo"].as_str().unwrap()).collect::<Vec<_>>(), photos);
    assert_eq!(
        rows.iter().map(|r| r["decision"].as_str().unwrap()).collect::<Vec<_>>(),
        ["reject", "issue", "reject"]
    );
    let issued = &rows[1]["bibs"][0];
    assert_eq!(issued["bib"], "M1");
    assert!(issued["probability"].as_f64().unwrap() > 0.9);
    assert!(!issued["evidence"].as_array().unwrap().is_empty());
    assert!(rows[1]["ms"]["decode"].as_f64().unwrap() > 0.0);
    run("qpdf", &["--check", issued["pdf"].as_str().unwrap()]);
    image::open(issued["preview"].as_str().unwrap()).unwrap();
}

#[test]
fn explain_tells_each_evidence_with_its_weight_in_words() {
    let photos = ["finish-a/KNS_0412.jpg", "finish-a/KNS_0790.jpg"]
        .map(|photo| format!("{RACE}/photos/{photo}"));
    let args = ["explain", "--race", RACE, &photos[0], &photos[1]];
    let output = kanso(&args);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let told = stdout(&output);
    let line = |words: &str| {
        let found = told.lines().find(|line| line.contains(words));
        found.unwrap_or_else(|| panic!("{words}: {told}")).trim().to_owned()
    };
    assert!(line("say bib M1").starts_with("49 to 1 for"), "{told}");
    assert!(told.contains("M1, over 99 % sure: gets a certificate"), "{told}");
    let contradiction = "the caption says bib 1001, but 1001 finished 31 min earlier";
    assert!(line(contradiction).ends_with("say who it shows"));
    assert!(line("photographed 31 min after").contains("against"), "{told}");

    let json = lines(&kanso(&[&args[..], &["--json"]].concat()));
    assert_eq!(json[1]["decision"], "review");
    let bib = &json[1]["bibs"][0];
    assert_eq!((&bib["bib"], &bib["becomes"]), (&"1001".into(), &"review".into()));
    let weights = bib["evidence"].as_array().unwrap();
    let sum: f64 = weights.iter().map(|evidence| evidence["weight"].as_f64().unwrap()).sum();
    let probability = 1.0 / (1.0 + (-sum).exp());
    assert!((bib["probability"].as_f64().unwrap() - probability).abs() < 1e-6, "{bib}");
}

#[test]
fn a_clock_that_a_person_has_told_counts_for_files_on_this_disk_too() {
    let folder = tempfile::tempdir().unwrap();
    let photo = folder.path().join("photos/finish-b/KNB_1394.jpg");
    std::fs::create_dir_all(photo.parent().unwrap()).unwrap();
    std::fs::create_dir(folder.path().join("cameras")).unwrap();
    for file in ["race.toml", "results.csv", "photos/finish-b/KNB_1394.jpg"] {
        std::fs::copy(format!("{RACE}/{file}"), folder.path().join(file)).unwrap();
    }
    let race = folder.path().to_str().unwrap();
    let decision = || {
        let args = ["explain", "--json", "--race", race, photo.to_str().unwrap()];
        lines(&kanso(&args))[0]["decision"].clone()
    };
    assert_eq!(decision(), "issue", "by the clock of race.toml");
    std::fs::write(folder.path().join("cameras/finish-b.json"), "{\"offset_s\": 612.4}").unwrap();
    assert_eq!(decision(), "review", "nobody finished ten minutes later");
}

#[test]
fn simulate_tells_one_object_a_seed_and_takes_a_results_file() {
    let simulate = |args: &[&str]| {
        let output = kanso(&[&["simulate", "--cameras", "2", "--seed", "3"][..], args].concat());
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        output
    };
    let told = lines(&simulate(&["--finishers", "500", "--json"]));
    let [report] = told.as_slice() else { panic!("{told:?}") };
    let mut keys: Vec<&str> = report.as_object().unwrap().keys().map(String::as_str).collect();
    keys.sort_unstable();
    let mut asked = [
        "finishers",
        "photos",
        "issued",
        "wrong",
        "right",
        "review",
        "nobody",
        "offset_p95_s",
        "ece",
    ];
    asked.sort_unstable();
    assert_eq!(keys, asked);
    assert_eq!(report["finishers"], 500);
    assert!(report["right"].as_u64().unwrap() > 400, "{report}");
    assert_eq!(told, lines(&simulate(&["--finishers", "500", "--json"])));
    assert_ne!(told, lines(&simulate(&["--finishers", "500", "--json", "--without-readings"])));

    let results = format!("{RACE}/results.csv");
    let table = stdout(&simulate(&["--results", &results]));
    assert!(table.contains("finishers with a right one only"), "{table}");
    let output = kanso(&["simulate", "--cameras", "2", "--seed", "3", "--results", "nowhere.csv"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&output.stderr).contains("nowhere.csv"));
}

#[test]
fn the_same_photo_twice_gives_the_same_bytes() {
    let photo = format!("{RACE}/photos/finish-a/KNS_0412.jpg");
    let pdf = || {
        let out = tempfile::tempdir().unwrap();
        let folder = out.path().to_str().unwrap();
        let output = kanso(&["process", "--race", RACE, "--json", "--out", folder, &photo]);
        let row = &lines(&output)[0];
        let read = |name: &str| std::fs::read(row["bibs"][0][name].as_str().unwrap()).unwrap();
        (read("pdf"), read("preview"))
    };
    assert_eq!(pdf(), pdf());
}

#[test]
fn a_missing_race_is_an_error_that_names_the_file() {
    let output = kanso(&["process", "--race", "nowhere", "x.jpg"]);
    assert_eq!(output.status.code(), Some(2));
    let told = String::from_utf8(output.stderr).unwrap();
    assert!(told.contains("nowhere") && told.contains("race.toml"), "{told}");
}

#[test]
fn render_makes_one_certificate_without_a_photo_and_its_desk_copy() {
    let out = tempfile::tempdir().unwrap();
    let path = |name: &str| out.path().join(name).to_str().unwrap().to_owned();
    let (stored, preview, desk) = (path("a.pdf"), path("a.jpg"), path("desk.pdf"));
    let common = ["render", "--race", RACE, "--bib", "1002"];
    let output = kanso(&[&common[..], &["--out", &stored, "--preview", &preview]].concat());
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert!(run("pdftotext", &[&stored, "-"]).contains("𠮷田 翔"));
    let size = image::image_dimensions(&preview).unwrap();
    assert_eq!(size.0.max(size.1), 1200);

    assert!(kanso(&[&common[..], &["--desk", "--out", &desk]].concat()).status.success());
    let boxes = run("pdfinfo", &["-box", &desk]);
    assert!(boxes.contains("MediaBox:            0.00     0.00   841.89   595.28"), "{boxes}");
    assert_eq!(run("pdftotext", &[&desk, "-"]), run("pdftotext", &[&stored, "-"]));
}

#[test]
fn render_refuses_those_who_did_not_finish() {
    for bib in ["1099", "2099", "2100", "9999"] {
        let output = kanso(&["render", "--race", RACE, "--bib", bib, "--out", "/dev/null"]);
        assert_eq!(output.status.code(), Some(2), "bib {bib}");
    }
}

#[test]
fn every_bundled_template_renders_the_sample_race() {
    let out = tempfile::tempdir().unwrap();
    for template in kanso_template::bundled::names() {
        let pdf = out.path().join(format!("{template}.pdf"));
        let pdf = pdf.to_str().unwrap();
        let photo = format!("{RACE}/photos/finish-a/KNS_0412.jpg");
        let output = kanso(&[
            "render",
            "--race",
            RACE,
            "--bib",
            "2001",
            "--photo",
            &photo,
            "--template",
            template,
            "--out",
            pdf,
        ]);
        assert!(output.status.success(), "{template}: {}", String::from_utf8_lossy(&output.stderr));
        run("qpdf", &["--check", pdf]);
    }
}

#[test]
fn check_names_the_character_that_no_font_has_and_its_bib() {
    let output = kanso(&["check", RACE]);
    assert_eq!(output.status.code(), Some(1));
    let told = stdout(&output);
    assert!(told.contains("U+1F338") && told.contains("2043"), "{told}");
    assert!(told.contains("KNB_1400.jpg"), "a photo that is none: {told}");
}

#[test]
fn help_teaches_and_every_command_has_it() {
    let help = stdout(&kanso(&["--help"]));
    for command in ["book", "demo", "serve", "render", "process", "results", "check", "template"] {
        assert!(help.contains(command));
        assert!(kanso(&[command, "--help"]).status.success(), "{command}");
    }
}

#[test]
fn a_photographers_key_is_made_listed_without_its_secret_and_taken_away() {
    let data = tempfile::tempdir().unwrap();
    let folder = data.path().to_str().unwrap();
    let key = |args: &[&str]| kanso(&[&["key", "--data", folder][..], args].concat());
    let made = key(&["new", "--race", "spring-half", "--camera", "finish-a"]);
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    let told = stdout(&made);
    let value = |name: &str| {
        let line = told.lines().find_map(|line| line.strip_prefix(name));
        line.unwrap_or_else(|| panic!("{told}")).to_owned()
    };
    let (id, secret) = (value("AWS_ACCESS_KEY_ID="), value("AWS_SECRET_ACCESS_KEY="));
    let listed = stdout(&key(&["list"]));
    assert!(listed.contains(&format!("{id}  kanso/spring-half/photos/finish-a/")), "{listed}");
    assert!(!listed.contains(&secret));
    assert!(key(&["remove", &id]).status.success());
    assert!(!stdout(&key(&["list"])).contains(&id));
    assert!(!key(&["remove", &id]).status.success());
    for camera in ["", "a/b", ".."] {
        assert!(!key(&["new", "--race", "r", "--camera", camera]).status.success(), "{camera:?}");
    }
}

/// The sample race in a folder of its own, with one photo of M1.
fn race_of_its_own() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for entry in std::fs::read_dir(RACE).unwrap() {
        let path = entry.unwrap().path();
        if path.is_file() {
            std::fs::copy(&path, folder.path().join(path.file_name().unwrap())).unwrap();
        }
    }
    std::fs::create_dir_all(folder.path().join("photos/finish-a")).unwrap();
    let photo = "photos/finish-a/KNS_0412.jpg";
    std::fs::copy(format!("{RACE}/{photo}"), folder.path().join(photo)).unwrap();
    folder
}

#[test]
fn a_folder_is_read_as_the_server_reads_its_bucket() {
    let race = race_of_its_own();
    let dir = race.path().to_str().unwrap();
    let put = |name: &str, text: &str| {
        let path = race.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    };
    let photo = race.path().join("photos/finish-a/KNS_0412.jpg");
    let process = || {
        let out = race.path().join("out");
        let (out, photo) = (out.to_str().unwrap(), photo.to_str().unwrap());
        let output = kanso(&["process", "--race", dir, "--json", "--out", out, photo]);
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        lines(&output).remove(0)
    };
    let first = process();
    assert_eq!((&first["decision"], &first["bibs"][0]["bib"]), (&"issue".into(), &"M1".into()));
    let id = first["photo_id"].as_str().unwrap().to_owned();
    let record = |id: &str| {
        let path = race.path().join(format!("out/M1/{id}.json"));
        serde_json::from_slice::<serde_json::Value>(&std::fs::read(path).unwrap()).unwrap()
    };
    let course = record(&id)["result"]["course"].as_str().unwrap().to_owned();

    // 9 comes before 10.
    let row = |name: &str| format!("ナンバー,氏名,種目,グロスタイム\nM1,{name},{course},1:04:37\n");
    put("results/10.csv", &row("走 りお"));
    put("results/9.csv", &row("走 りこ"));
    process();
    assert_eq!(record(&id)["result"]["name"], "走 りお", "an increment corrects a row");

    let decision = format!("decisions/{id}.json");
    put(&decision, r#"{"crop": {"x": 0, "y": 0, "width": 400, "height": 500}}"#);
    process();
    let before = record(&id)["photo"]["panels"][0]["crop"].clone();
    assert_eq!((&before["x"], &before["y"]), (&0.into(), &0.into()), "a person's crop");
    put(&decision, r#"{"block": ["M1"]}"#);
    assert_eq!(process()["decision"], "reject", "a person's word");
    put(&decision, "{");
    assert_eq!(process()["decision"], "review", "an answer that cannot be read");
    std::fs::remove_file(race.path().join(&decision)).unwrap();

    put("erased/M1.json", "{}");
    assert_eq!(process()["decision"], "reject", "an erased runner");
    let book = race.path().join("book.pdf");
    let output = kanso(&["book", "--race", dir, "--out", book.to_str().unwrap()]);
    let list = std::fs::read_to_string(race.path().join("book.csv")).unwrap();
    assert!(output.status.code().is_some_and(|code| code < 2) && list.contains(",1002,"));
    assert!(!list.contains("M1"), "{list}");
    let output = kanso(&["render", "--race", dir, "--bib", "M1", "--out", "/dev/null"]);
    assert!(String::from_utf8_lossy(&output.stderr).contains("asked to be erased"));
}

#[test]
fn check_counts_what_is_no_photo_and_names_raw_files_without_a_photo() {
    let race = tempfile::tempdir().unwrap();
    let rules = "name = \"Cape\"\ndate = 2026-11-23\n[[courses]]\nid = \"c\"\ngun = 09:15\n";
    let camera = race.path().join("photos/goal");
    std::fs::create_dir_all(&camera).unwrap();
    std::fs::write(race.path().join("race.toml"), rules).unwrap();
    std::fs::write(race.path().join("results.csv"), "Bib,Name,Time\n7,Mia Orr,0:41:20\n").unwrap();
    for name in ["KNS_1.NEF", "kns_2.nef", "MVI_3.MP4", ".DS_Store"] {
        std::fs::write(camera.join(name), "no photo").unwrap();
    }
    let photo = crate::repository::root().join(RACE).join("photos/finish-a/KNS_0412.jpg");
    std::fs::copy(photo, camera.join("KNS_2.JPG")).unwrap();
    let output = kanso(&["check", race.path().to_str().unwrap()]);
    let told = stdout(&output);
    assert!(told.contains("no photos: 2 raw files, 1 video, 1 system file"), "{told}");
    assert!(
        told.contains("without a JPEG beside them: 1 ") && told.contains("KNS_1.NEF"),
        "{told}"
    );
    assert_eq!(output.status.code(), Some(1), "{told}");
}

#[test]
fn a_log_level_that_is_none_is_refused_with_what_to_write() {
    let mut command = Command::new(env!("CARGO_BIN_EXE_kanso"));
    let output = command.args(["check", RACE]).env("KANSO_LOG", "kanso=loud").output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    let told = String::from_utf8(output.stderr).unwrap();
    assert!(told.contains("KANSO_LOG") && told.contains("write info"), "{told}");
}
