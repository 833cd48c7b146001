//! What people write is text in every page, and nothing else.

use hyper::StatusCode;
use kanso_web::staff::StaffRole;

use super::site::Pages;
use super::venue::photo;

#[tokio::test(flavor = "multi_thread")]
async fn names_folders_and_files_that_are_markup_stay_text() {
    let pages = Pages::start().await;
    let mean = "\"><script>alert(1)</script>";
    let quoted = mean.replace('"', "\"\"");
    let results = format!("ナンバー,氏名,種目,グロスタイム\n1,\"{quoted}\",half,1:30:00\n");
    pages.upload("results.csv", results).await;
    for (n, file) in ["_bib1.jpg", "_bib88.jpg", ".jpg"].into_iter().enumerate() {
        pages.upload(&format!("photos/{mean}/{mean}{file}"), photo(n as u8)).await;
    }
    pages.upload(&format!("photos/{mean}/notes{mean}"), "no picture").await;
    let mut suzuki = pages.console(mean, StaffRole::Operator).await;
    for path in ["", "/now", "/review", "/search", "/runner/1", "/trays/pending", "/trays/rejected"]
    {
        let answer = suzuki.get(&format!("/console/race{path}")).await;
        assert_eq!(answer.status, StatusCode::OK, "{path}");
        let text = answer.text();
        assert!(!text.contains("<script>alert"), "{path}: {text}");
        let policy = answer.header("content-security-policy");
        assert!(policy.contains("script-src 'self'") || policy.contains("default-src 'self'"));
    }
    let photos = suzuki.get("/console/race/review/next").await;
    assert!(photos.text().contains("alert(1)"), "it is there, as text: {}", photos.text());
    assert_eq!(photos.header("content-type"), "application/json");
    assert_eq!(photos.header("x-content-type-options"), "nosniff");
    let runner = suzuki.get("/console/race/runner/1/photos").await;
    assert_eq!(runner.status, StatusCode::OK);
    assert_eq!(runner.header("content-type"), "application/json");
    // What a script puts into the page as markup.
    let who = runner.json()["who"].as_str().unwrap().to_owned();
    assert!(who.contains("alert(1)") && !who.contains("<script"), "{who}");
}
