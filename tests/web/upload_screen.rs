//! The photographer's page as it is used: on a network without certificates, in Chromium.

use std::path::Path;

use fantoccini::Locator;
use kanso_pipeline::store::If;
use serde_json::json;

use super::browser::Browser;
use super::printer::wait_for;
use super::site::Pages;
use super::venue::{large_photo, photo, with_tags};

impl Browser {
    /// Picks files, as a person does in the window that opens.
    pub async fn pick(&self, files: &[&Path]) {
        let names: Vec<&str> = files.iter().map(|file| file.to_str().unwrap()).collect();
        let input = self.page.find(Locator::Css("#files")).await.unwrap();
        input.send_keys(&names.join("\n")).await.unwrap();
    }
}

fn address(pages: &Pages, path: &str) -> String {
    format!("http://venue.test:{}{path}", pages.address.port())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_phone_sends_its_photos_and_is_told_what_is_left_out_and_why() {
    let Some(browser) = Browser::open(375, 812, false).await else { return };
    let pages = Pages::start().await;
    let code = pages.photographer().await;
    browser.page.goto(&address(&pages, "/upload")).await.unwrap();
    browser.see("#code").await;
    browser.look("upload-code", 375).await;
    let input = browser.page.find(Locator::Css("#code")).await.unwrap();
    input.send_keys(&format!("{}\u{e007}", code.to_string().to_uppercase())).await.unwrap();
    browser.see("#drop").await;
    assert_eq!(browser.run("return isSecureContext").await, false);
    wait_for("the page has looked", async || browser.see("#photos").await == "0").await;
    browser.look("upload", 375).await;

    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str, bytes: Vec<u8>| {
        let path = folder.path().join(name);
        std::fs::write(&path, bytes).unwrap();
        path
    };
    let files = [
        file("1_bib1.jpg", photo(20)),
        file("ゴール 2.JPG", photo(21)),
        file("no.jpg", b"no picture".to_vec()),
        file("IMG_1.CR3", vec![1; 40]),
        file("MVI_2.MP4", vec![2; 40]),
        file("IMG_3.HEIC", vec![3; 40]),
        file("IMG_1.XMP", vec![4; 40]),
    ];
    browser.pick(&files.iter().map(|path| path.as_path()).collect::<Vec<_>>()).await;
    browser.see("[data-state='done'] > [data-for='done']").await;
    assert_eq!(browser.see("#sent").await, "3");
    for (kind, count) in [("#raw", "1"), ("#video", "1"), ("#other", "1"), ("#heic-count", "1")] {
        assert!(browser.see(kind).await.contains(count), "{kind}");
    }
    let folder = "race/photos/goal/";
    let expected = ["1_bib1.jpg", "no.jpg", "ゴール 2.JPG"].map(|name| format!("{folder}{name}"));
    assert_eq!(pages.venue.keys(folder).await, expected);
    // The pipeline, which hears of them by their events.
    pages.upload("photos/goal/1_bib1.jpg", photo(20)).await;
    pages.upload("photos/goal/no.jpg", "no picture").await;
    wait_for("the page tells of what is of no use", async || {
        browser.see("#rejected").await == "1" && browser.see("#matched").await == "1"
    })
    .await;
    assert!(browser.see("#named").await.contains("no.jpg"));
    browser.look("upload-done", 375).await;
    browser.whole("upload-done-whole", 375).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_folder_that_is_picked_again_sends_nothing_twice() {
    let Some(browser) = Browser::open(1440, 900, true).await else { return };
    let pages = Pages::start().await;
    let code = pages.photographer().await;
    let enter = address(&pages, &format!("/upload/race?code={code}"));
    browser.page.goto(&enter).await.unwrap();
    browser.see("#drop").await;
    browser.look("upload", 1440).await;
    let card = tempfile::tempdir().unwrap();
    let bodies = ["100CANON", "101CANON"].map(|body| card.path().join(body));
    for (body, folder) in bodies.iter().enumerate() {
        std::fs::create_dir_all(folder).unwrap();
        for n in 0..6 {
            let shade = 30 + 10 * body as u8 + n;
            std::fs::write(folder.join(format!("IMG_{n}.JPG")), photo(shade)).unwrap();
        }
    }
    let pick = async || {
        for folder in &bodies {
            let files: Vec<_> = (0..6).map(|n| folder.join(format!("IMG_{n}.JPG"))).collect();
            browser.pick(&files.iter().map(|path| path.as_path()).collect::<Vec<_>>()).await;
        }
        browser.see("[data-state='done'] > [data-for='done']").await;
    };
    pick().await;
    let there = pages.venue.bucket.list("race/photos/goal/").await.unwrap();
    assert_eq!(there.len(), 12, "equal names are kept apart: {there:?}");
    browser.look("upload-done", 1440).await;
    // Tomorrow, in a browser that knows nothing.
    browser.page.goto(&enter).await.unwrap();
    browser.see("#drop").await;
    pick().await;
    assert_eq!(browser.see("#there-count").await, "12");
    assert_eq!(pages.venue.bucket.list("race/photos/goal/").await.unwrap(), there);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_that_loses_the_server_goes_on_when_it_is_back_and_may_not_be_closed_before() {
    let Some(browser) = Browser::open(1440, 900, false).await else { return };
    let mut pages = Pages::start().await;
    let code = pages.photographer().await;
    let enter = address(&pages, &format!("/upload/race?code={code}"));
    browser.page.goto(&enter).await.unwrap();
    browser.see("#drop").await;
    pages.stop();
    let card = tempfile::tempdir().unwrap();
    let file = card.path().join("IMG_1.JPG");
    std::fs::write(&file, photo(60)).unwrap();
    browser.pick(&[&file]).await;
    browser.see("#cut").await;
    browser.see("[data-state='pausing'] > [data-for='pausing']").await;
    browser.look("upload-cut", 1440).await;
    pages.start_again().await;
    browser.see("[data-state='done'] > [data-for='done']").await;
    assert_eq!(pages.venue.keys("race/photos/").await, ["race/photos/goal/IMG_1.JPG"]);
    // A file that is gone, as from a card that was pulled out.
    let file = card.path().join("IMG_2.JPG");
    std::fs::write(&file, photo(61)).unwrap();
    pages.stop();
    browser.pick(&[&file]).await;
    browser.see("#cut").await;
    std::fs::remove_file(&file).unwrap();
    pages.start_again().await;
    browser.see("[data-state='left'] > [data-for='left']").await;
    assert!(browser.see("#problem-list").await.contains("IMG_2.JPG"));
    browser.look("upload-left", 1440).await;
    assert_eq!(browser.run("return document.title !== ''").await, json!(true));
}

/// As a camera writes it that was held upright: stored lying, with what it says of itself.
fn held_upright(shade: u8) -> Vec<u8> {
    let mut exif = b"Exif\0\0MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01".to_vec();
    exif.extend([0, 6, 0, 0, 0, 0, 0, 0]);
    let mut jpeg = with_tags(large_photo(shade), &["bib:1".to_owned()], "2026-11-23T10:00:00");
    let length = u16::try_from(exif.len() + 2).unwrap().to_be_bytes();
    jpeg.splice(2..2, [&[0xff, 0xe1], &length[..], &exif].concat());
    // Bytes after the picture, as cameras write them, so that a copy is worth it.
    jpeg.extend(vec![0; 2_000_000]);
    jpeg
}

#[tokio::test(flavor = "multi_thread")]
async fn over_a_thin_line_reduced_copies_go_first_and_say_what_their_files_do() {
    let Some(browser) = Browser::open(375, 812, true).await else { return };
    let pages = Pages::start().await;
    let code = pages.photographer().await;
    let enter = address(&pages, &format!("/upload/race?code={code}"));
    browser.page.goto(&enter).await.unwrap();
    browser.see("#drop").await;
    browser.run("document.getElementById('reduce').click()").await;
    browser.see("#reduce-words").await;
    browser.look("upload-reduce", 375).await;
    // The files themselves wait, so that the copies can be looked at.
    browser
        .run(
            "const real = kanso.reduced; window.copies = 0; window.go = false; \
             kanso.reduced = async (file) => { const copy = await real(file); \
             window.copies += copy ? 1 : 0; return copy; }; \
             const open = XMLHttpRequest.prototype.open; const send = XMLHttpRequest.prototype.send; \
             XMLHttpRequest.prototype.send = function (body) { \
             const later = () => window.go || !(body instanceof File) ? send.call(this, body) \
             : setTimeout(later, 50); later(); }",
        )
        .await;
    let card = tempfile::tempdir().unwrap();
    let names = ["IMG_1.JPG", "IMG_2.JPG"];
    let files: Vec<_> = (0..2u8)
        .map(|n| {
            let path = card.path().join(names[usize::from(n)]);
            std::fs::write(&path, held_upright(70 + n)).unwrap();
            path
        })
        .collect();
    browser.pick(&files.iter().map(|path| path.as_path()).collect::<Vec<_>>()).await;
    wait_for("the copies are there", async || browser.see("#reduced-count").await == "2").await;
    assert_eq!(browser.run("return window.copies").await, 2);
    browser.look("upload-reduced", 375).await;
    for name in names {
        let key = format!("race/photos/goal/{name}");
        let copy = pages.venue.bucket.get(&key, If::Any, 1 << 24).await.unwrap();
        let photo = kanso_photo::Photo::open(copy.bytes.clone()).unwrap();
        assert_eq!(photo.upright_size(), (2000, 3000), "turned upright, once");
        assert_eq!(photo.metadata().subjects, ["bib:1"]);
        assert!(photo.metadata().captured.is_some());
        let upload = pages.venue.upload(&key, &copy.etag, copy.bytes.len());
        let handled = pages.venue.handle(&upload).await;
        assert_eq!(handled[0].issued.len(), 1, "{:?}", handled[0].decision);
    }
    let state = browser.run("return document.getElementById('state').dataset.state").await;
    assert_eq!(state, "working", "it may not be closed yet");
    browser.run("window.go = true").await;
    browser.see("[data-state='done'] > [data-for='done']").await;
    for (name, file) in names.iter().zip(&files) {
        let key = format!("race/photos/goal/{name}");
        let kept = pages.venue.bucket.get(&key, If::Any, 1 << 24).await.unwrap();
        assert!(kept.bytes == std::fs::read(file).unwrap());
        let upload = pages.venue.upload(&key, &kept.etag, kept.bytes.len());
        pages.venue.handle(&upload).await;
    }
    assert_eq!(pages.venue.keys("race/photos/").await.len(), 2);
    let kept = pages.venue.kept("1").await;
    let revisions: Vec<u32> = kept.iter().map(|kept| kept.current.revision).collect();
    assert_eq!(revisions, [2, 2], "the same photos, sharper");
    assert!(kept.iter().all(|kept| kept.servable().is_ok()));
}
