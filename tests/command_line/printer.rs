//! `kanso printer`: the desk at the finish line, with a printer that breaks off.

use std::fs;
use std::path::Path;
use std::process::Output;
use std::time::{Duration, Instant};

use kanso_pipeline::store::Write;

use super::bad_printer::{BadPrinter, Habit};
use super::killed::{self, Serve};
use super::venue::{RESULTS, RULES};
use super::{kanso, lines, stdout};
use crate::ports::free_port;

/// `kanso serve` with that printer and a race of three runners.
async fn serve(data: &Path, printer: &BadPrinter) -> Serve {
    let printers =
        format!("[[printers]]\nname = \"Kiosk 1\"\nuri = \"{}\"\npaper = \"a4\"\n", printer.uri());
    fs::write(data.join("printers.toml"), printers).unwrap();
    let serve = killed::serve(data).await;
    for (key, body) in [("race/race.toml", RULES), ("race/results.csv", RESULTS)] {
        serve.bucket.put(key, body.into(), "text/plain", Write::Always).await.unwrap();
    }
    serve
}

fn complaint(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

/// Lists the queue until every job has come to an end.
async fn settled(jobs: impl Fn() -> Output) -> Output {
    let deadline = Instant::now() + Duration::from_secs(30);
    loop {
        let listed = jobs();
        assert!(listed.stderr.is_empty(), "{}", complaint(&listed));
        let open =
            |job: &serde_json::Value| job["state"] == "waiting" || job["state"] == "printing";
        if !lines(&listed).iter().any(open) {
            return listed;
        }
        assert!(Instant::now() < deadline, "{}", stdout(&listed));
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unknown_job_of_a_batch_is_listed_and_settled_at_the_desk() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().to_str().unwrap();
    let printer = BadPrinter::start(Habit::Http(500));
    let serve = serve(folder.path(), &printer).await;
    let web = serve.web.to_string();
    let desk =
        |args: &[&str]| kanso(&[&["printer"][..], args, &["--data", data, "--web", &web]].concat());

    let bibs = folder.path().join("bibs.txt");
    fs::write(&bibs, "1\n2\n").unwrap();
    let batch = ["batch", "--race", "race", "--name", "morning", bibs.to_str().unwrap()];
    let queued = desk(&batch);
    assert!(queued.status.success(), "{}", complaint(&queued));

    let listed = settled(|| desk(&["jobs", "--json"])).await;
    assert_eq!(listed.status.code(), Some(1), "a person is needed");
    let jobs = lines(&listed);
    assert_eq!(jobs.len(), 2);
    assert_eq!((&jobs[0]["job"], &jobs[0]["state"]), (&1.into(), &"unknown".into()));
    assert_eq!((&jobs[1]["race"], &jobs[1]["bib"]), (&"race".into(), &"2".into()));
    assert_eq!(printer.documents(), 2, "each once");
    let told = stdout(&desk(&["jobs"]));
    assert!(told.contains("bib 2  by batch  UNKNOWN on Kiosk 1"), "{told}");
    assert!(told.contains("kanso printer resolve ID --printed"), "{told}");
    assert!(!told.contains("さくら"), "no runner's name: {told}");

    let on_paper = desk(&["resolve", "1", "--printed"]);
    assert!(on_paper.status.success(), "{}", complaint(&on_paper));
    assert!(stdout(&on_paper).contains("printed on Kiosk 1"));
    assert!(desk(&["resolve", "2", "--again"]).status.success());
    let listed = settled(|| desk(&["jobs", "--json"])).await;
    let states: Vec<_> = lines(&listed).into_iter().map(|job| job["state"].clone()).collect();
    assert_eq!(states, ["printed", "unknown"], "the printer breaks off once more");
    assert_eq!(printer.documents(), 3, "only what was asked for again");
    assert!(desk(&["resolve", "2", "--printed"]).status.success());
    assert_eq!(desk(&["jobs"]).status.code(), Some(0), "nothing is left for a person");

    for (wrong, why) in [
        (&["resolve", "2", "--again"][..], "job 2 is printed"),
        (&["resolve", "7", "--printed"][..], "job 7 is not in the print queue"),
        (&["resolve", "2"][..], "--printed"),
        (&["resolve", "2", "--printed", "--again"][..], "cannot be used with"),
    ] {
        let refused = desk(wrong);
        assert_eq!(refused.status.code(), Some(2), "{wrong:?}");
        assert!(complaint(&refused).contains(why), "{}", complaint(&refused));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_printer_that_does_not_keep_the_size_is_told_at_the_desk_and_goes_on_by_its_word() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().to_str().unwrap();
    let printer = BadPrinter::start(Habit::Ignores("media-col"));
    let serve = serve(folder.path(), &printer).await;
    let web = serve.web.to_string();
    let desk =
        |args: &[&str]| kanso(&[&["printer"][..], args, &["--data", data, "--web", &web]].concat());

    let race = tempfile::tempdir().unwrap();
    fs::write(race.path().join("race.toml"), RULES).unwrap();
    fs::write(race.path().join("results.csv"), RESULTS).unwrap();
    let race = race.path().to_str().unwrap();
    let tested = kanso(&["printer", "test", "--data", data, "--print", "2", "--race", race]);
    assert_eq!(tested.status.code(), Some(1), "{}", complaint(&tested));
    assert!(stdout(&tested).contains("did not keep media-col"), "{}", stdout(&tested));

    let bibs = folder.path().join("bibs.txt");
    fs::write(&bibs, "1\n2\n").unwrap();
    desk(&["batch", "--race", "race", "--name", "morning", bibs.to_str().unwrap()]);
    wait_until(|| stdout(&desk(&["jobs"])).contains("Kiosk 1 did not keep media-col")).await;
    assert_eq!(desk(&["jobs"]).status.code(), Some(1), "a person is needed");
    let resumed = desk(&["resume", "Kiosk 1"]);
    assert!(resumed.status.success(), "{}", complaint(&resumed));
    settled(|| desk(&["jobs", "--json"])).await;
    assert_eq!(desk(&["jobs"]).status.code(), Some(0), "nothing is left for a person");
    assert_eq!(printer.documents(), 3, "the test's sheet, and two of the batch");

    for (wrong, why) in [("Kiosk 1", "waits for nobody"), ("Kiosk 9", "names no printer")] {
        let refused = desk(&["resume", wrong]);
        assert_eq!(refused.status.code(), Some(2), "{wrong}");
        assert!(complaint(&refused).contains(why), "{}", complaint(&refused));
    }
}

/// Looks again and again, for half a minute at most.
async fn wait_until(holds: impl Fn() -> bool) {
    let deadline = Instant::now() + Duration::from_secs(30);
    while !holds() {
        assert!(Instant::now() < deadline, "waited half a minute in vain");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_running_serve_the_desk_says_how_to_start_it() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().to_str().unwrap();
    let web = free_port().to_string();
    let desk =
        |args: &[&str]| kanso(&[&["printer"][..], args, &["--data", data, "--web", &web]].concat());
    let asked = [&["jobs"][..], &["jobs", "--json"], &["resolve", "1", "--printed"]];
    for args in asked {
        let refused = desk(args);
        assert_eq!(refused.status.code(), Some(2), "{args:?}");
        assert!(complaint(&refused).contains("--data"), "{}", complaint(&refused));
    }
    let printer = BadPrinter::start(Habit::Http(500));
    drop(serve(folder.path(), &printer).await);
    for args in asked {
        let refused = desk(args);
        assert_eq!(refused.status.code(), Some(2), "{args:?}");
        let why = complaint(&refused);
        assert!(why.contains(&format!("start it with kanso serve --data {data}")), "{why}");
    }
}
