//! `kanso requests`: what a runner says on their page reaches the operator's command line.

use std::process::{Command, Output};
use std::time::{Duration, Instant};

use kanso_pipeline::store::Write;

use super::killed::{Serve, serve};
use super::venue::{RESULTS, RULES, photo};
use super::{lines, run, stdout};

const PHOTO: &str = "race/photos/a/0001_bib1.jpg";

/// The command, as an operator calls it beside a running `serve`.
fn requests(serve: &Serve, args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_kanso"))
        .args(["requests", "--race", "race"])
        .args(args)
        .env("AWS_ENDPOINT_URL", format!("http://{}", serve.s3))
        .env("AWS_REGION", "auto")
        .env("AWS_ACCESS_KEY_ID", "testkey")
        .env("AWS_SECRET_ACCESS_KEY", "testsecret1234567890")
        .output()
        .unwrap()
}

/// The runner's link, found by bib; `say` sends the form of their page.
fn link(serve: &Serve) -> String {
    let page = format!("http://{}/r/race", serve.web);
    run("curl", &["-sS", "-o", "/dev/null", "-w", "%{redirect_url}", "-d", "bib=1&factor=", &page])
}

/// Until the runner's page shows the photo, or no longer does.
async fn wait_for(link: &str, photo: &str, shown: bool) {
    let deadline = Instant::now() + Duration::from_secs(60);
    loop {
        let page = run("curl", &["-sS", "--fail", link]);
        if page.contains(photo) == shown {
            return;
        }
        assert!(Instant::now() < deadline, "{page}");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

fn say(link: &str, photo: &str, wish: &str) {
    let form = format!("photo={photo}&wish={wish}");
    run("curl", &["-sS", "--fail", "-d", &form, &format!("{link}/requests")]);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_operator_lists_what_runners_ask_and_settles_it() {
    let folder = tempfile::tempdir().unwrap();
    let serve = serve(folder.path()).await;
    let rules = format!("{RULES}\n[privacy]\nsecond_factor = \"none\"\n");
    for (key, body) in [("race/race.toml", rules), ("race/results.csv", RESULTS.to_owned())] {
        serve.bucket.put(key, body.into(), "text/plain", Write::Always).await.unwrap();
    }
    serve.bucket.put(PHOTO, photo(60).into(), "image/jpeg", Write::Always).await.unwrap();
    let id = kanso_photo::PhotoId::of(&photo(60)).to_string();
    let link = link(&serve);
    wait_for(&link, &id, true).await;
    assert_eq!(stdout(&requests(&serve, &[])), "0 open\n");
    assert_eq!(requests(&serve, &[]).status.code(), Some(0));

    say(&link, &id, "not-me");
    let open = requests(&serve, &[]);
    assert_eq!(open.status.code(), Some(1), "while requests are open");
    assert!(stdout(&open).starts_with(&format!("1-{id}  not me  since 20")), "{}", stdout(&open));
    assert!(stdout(&open).ends_with("\n1 open\n"), "{}", stdout(&open));
    let told = lines(&requests(&serve, &["--json"]));
    assert_eq!(
        (&told[0]["said"]["wish"], &told[0]["said"]["bib"]),
        (&"not-me".into(), &"1".into())
    );

    let settled = requests(&serve, &["--remove", &format!("1-{id}")]);
    assert_eq!((settled.status.code(), stdout(&settled).as_str()), (Some(0), "0 open\n"));
    wait_for(&link, &id, false).await;
    let settled = requests(&serve, &["--keep", &format!("1-{id}")]);
    assert_eq!(settled.status.code(), Some(0), "a person may think again");
    wait_for(&link, &id, true).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_that_is_not_there_is_refused_with_what_to_do() {
    let folder = tempfile::tempdir().unwrap();
    let serve = serve(folder.path()).await;
    for (args, words) in [
        (["--remove", "2-0123456789abcdef"], "list them without --remove"),
        (["--keep", "nonsense"], "kanso requests lists them"),
    ] {
        let refused = requests(&serve, &args);
        assert_eq!(refused.status.code(), Some(2), "{args:?}");
        let told = String::from_utf8(refused.stderr).unwrap();
        assert!(told.contains(words), "{told}");
    }
}
