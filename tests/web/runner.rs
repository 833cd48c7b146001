//! What a runner finds on the page, and takes away.

use bytes::Bytes;
use hyper::{Method, StatusCode};
use kanso_pipeline::keys::RaceId;
use kanso_pipeline::store::If;
use kanso_race::Bib;
use kanso_render::pdf::desk_copy;

use super::client::{Answer, Client};
use super::kiosk_screen::scanned;
use super::site::Pages;
use super::venue::{RULES, large_photo, photo, small_photo};

/// One who finished, one who waits for a photo, one who did not finish, one without a result.
pub const RESULTS: &str = "ナンバー,氏名,フリガナ,生年月日,種目,総合順位,10km,グロスタイム,ネットタイム,状態\n\
    1,髙橋 健吾,タカハシ ケンゴ,1985/03/07,half,7 / 300,0:42:10,1:30:00,1:29:30,\n\
    2,渡邉 さくら,ワタナベ サクラ,1990/11/23,half,8 / 300,0:49:00,1:45:00,1:44:10,\n\
    3,齋藤 大地,サイトウ ダイチ,1979/01/31,half,,,,,途中棄権\n\
    4,徳川 葵,トクガワ アオイ,2001/05/05,half,,,,,\n";
pub const BIRTH_DATES: [(&str, &str); 4] =
    [("1", "19850307"), ("2", "19901123"), ("3", "19790131"), ("4", "20010505")];

impl Pages {
    /// The pages of a race whose results hold what runners are known by.
    pub async fn with_runners() -> Self {
        let pages = Self::start().await;
        pages.upload("results.csv", RESULTS).await;
        pages
    }

    /// A runner gives bib and birth date, and comes to their page.
    pub async fn runner(&self, bib: &str) -> (Client, String) {
        let mut client = self.client();
        let (_, date) = BIRTH_DATES.into_iter().find(|(one, _)| *one == bib).unwrap();
        let answer = client.find("race", bib, date).await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.text());
        (client, answer.header("location").to_owned())
    }

    async fn stored(&self, key: &str) -> Bytes {
        self.venue.bucket.get(key, If::Any, 1 << 24).await.unwrap().bytes
    }
}

impl Client {
    /// Sends the form of a race's page.
    pub async fn find(&mut self, race: &str, bib: &str, factor: &str) -> Answer {
        let form = url::form_urlencoded::Serializer::new(String::new())
            .append_pair("bib", bib)
            .append_pair("factor", factor)
            .finish();
        let headers = [("content-type", "application/x-www-form-urlencoded")];
        self.request(Method::POST, &format!("/r/{race}"), &headers, form.into()).await
    }
}

/// The address of the first link or picture with this in it.
fn address(page: &str, of: &str) -> String {
    let at = page.find(of).unwrap_or_else(|| panic!("{of} is not in {page}"));
    let from = page[..at].rfind('"').unwrap() + 1;
    page[from..].split('"').next().unwrap().replace("&amp;", "&")
}

#[tokio::test(flavor = "multi_thread")]
async fn the_first_page_shows_the_races_and_a_way_for_everybody() {
    let pages = Pages::with_runners().await;
    let mut client = pages.client();
    let home = client.get("/").await;
    assert_eq!(home.status, StatusCode::OK);
    for words in ["試験マラソン", "Test Marathon", "2026年11月23日", "23 November 2026"] {
        assert!(home.text().contains(words), "{words}");
    }
    for way in ["/r/race", "/kiosk"] {
        assert!(home.text().contains(&format!("href=\"{way}\"")), "{way}");
    }
    assert_eq!(client.get("/r/race").await.status, StatusCode::OK);
    assert_eq!(client.get("/r").await.header("location"), "/");
    assert_eq!(client.get("/r/other").await.status, StatusCode::NOT_FOUND);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_runner_comes_by_bib_and_birth_date_and_the_address_works_on_any_phone() {
    let pages = Pages::with_runners().await;
    pages.photo("1", 60).await;
    let (_, link) = pages.runner("1").await;
    assert!(link.starts_with("/r/race/1/"), "{link}");
    // Another phone, with neither cookie nor form.
    let page = pages.client().get(&link).await;
    assert_eq!(page.status, StatusCode::OK);
    for words in
        ["髙橋 健吾", "1:30:00", "1:29:30", "7位 / 300人", "7th of 300", "10km", "42:10", "速報"]
    {
        assert!(page.text().contains(words), "{words}: {}", page.text());
    }
    assert_eq!(page.header("cache-control"), "no-store");
    assert!(page.header("x-robots-tag").contains("noindex"));
    assert_eq!(page.header("referrer-policy"), "same-origin", "no link leaves in a header");
    for typed in ["1985-3-7", "１９８５年３月７日", "S60.3.7"] {
        let answer = pages.client().find("race", " １ ", typed).await;
        assert_eq!(answer.header("location"), link, "{typed}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_race_may_ask_for_the_kana_or_for_nothing() {
    let pages = Pages::with_runners().await;
    let asking = |factor| format!("{RULES}\n[privacy]\nsecond_factor = \"{factor}\"\n");
    pages.upload("race.toml", asking("kana")).await;
    let answer = pages.client().find("race", "1", "たかはし けんご").await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.text());
    let answer = pages.client().find("race", "1", "19850307").await;
    assert_eq!(answer.status, StatusCode::NOT_FOUND);
    pages.upload("race.toml", asking("none")).await;
    assert_eq!(pages.client().find("race", "1", "").await.status, StatusCode::SEE_OTHER);
    assert_eq!(pages.client().find("race", "99", "").await.status, StatusCode::NOT_FOUND);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_pdf_is_the_stored_certificate_without_bleed_named_after_race_and_bib() {
    let pages = Pages::with_runners().await;
    pages.photo("1", 60).await;
    let (mut client, link) = pages.runner("1").await;
    let page = client.get(&link).await.text();
    let pdf = client.get(&address(&page, "/pdf/")).await;
    assert_eq!(pdf.status, StatusCode::OK);
    assert_eq!(pdf.header("content-type"), "application/pdf");
    let named = pdf.header("content-disposition");
    assert!(named.starts_with("attachment; filename=\"race-1.pdf\""), "{named}");
    let kept = pages.venue.kept("1").await.remove(0);
    let stored = pages.stored(&kept.servable().unwrap().pdf()).await;
    assert!(pdf.body == desk_copy(&stored).unwrap(), "the same bytes, but for the boxes");

    let picture = client.get(&address(&page, "/picture/")).await;
    assert_eq!(picture.header("content-type"), "image/jpeg");
    assert!(picture.body == pages.stored(&kept.servable().unwrap().preview()).await);
    let saved = client.get(&address(&page, "?save=")).await;
    assert!(saved.header("content-disposition").contains("race-1.jpg"));
}

#[tokio::test(flavor = "multi_thread")]
async fn who_has_no_photo_yet_takes_the_certificate_without_one_which_is_made_once() {
    let pages = Pages::with_runners().await;
    let (mut client, link) = pages.runner("2").await;
    let page = client.get(&link).await.text();
    for words in ["写真はまだ届いていません", "Your photo is not here yet", "data-waits"]
    {
        assert!(page.contains(words), "{words}: {page}");
    }
    let address = address(&page, "/pdf/no-photo");
    let pdf = client.get(&address).await;
    assert_eq!((pdf.status, &pdf.body[..5]), (StatusCode::OK, &b"%PDF-"[..]));
    let kept = pages.venue.keys("race/certificates/2/no-photo/").await;
    assert_eq!(kept.len(), 3, "PDF, preview and record: {kept:?}");
    assert!(client.get(&address).await.body == pdf.body);
    assert_eq!(pages.venue.keys("race/certificates/2/no-photo/").await, kept);

    pages.photo("2", 61).await;
    let page = client.get(&link).await.text();
    assert!(!page.contains("data-waits") && !page.contains("no-photo"), "{page}");
}

#[tokio::test(flavor = "multi_thread")]
async fn who_has_no_result_yet_is_told_so_and_sees_it_when_it_is_there() {
    let pages = Pages::with_runners().await;
    let (mut client, link) = pages.runner("4").await;
    let page = client.get(&link).await.text();
    assert!(page.contains("記録はまだ届いていません") && page.contains("data-waits"), "{page}");
    assert!(!page.contains("/pdf/"), "{page}");
    assert_eq!(client.get(&format!("{link}/pdf/no-photo")).await.status, StatusCode::NOT_FOUND);
    let finished = RESULTS.replace("2001/05/05,half,,,,,", "2001/05/05,half,,,2:00:00,,");
    pages.upload("results.csv", finished).await;
    let page = client.get(&link).await.text();
    assert!(page.contains("2:00:00") && page.contains("/pdf/no-photo"), "{page}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_page_and_the_pdf_follow_a_correction_and_a_shifted_rank_at_once() {
    let pages = Pages::with_runners().await;
    pages.photo("1", 60).await;
    let (mut client, link) = pages.runner("1").await;
    let before = client.get(&link).await.text();
    let pdf = client.get(&address(&before, "/pdf/")).await.body;
    pages.upload("results.csv", RESULTS.replace("健吾", "謙吾")).await;
    let page = client.get(&link).await.text();
    assert!(page.contains("髙橋 謙吾") && !page.contains("健吾"), "{page}");
    assert_ne!(address(&page, "/picture/"), address(&before, "/picture/"), "another picture");
    let corrected = client.get(&address(&page, "/pdf/")).await.body;
    assert!(corrected != pdf);

    pages.upload("results.csv", RESULTS.replace("7 / 300", "9 / 300")).await;
    assert!(client.get(&link).await.text().contains("9位 / 300人"));
    let ranked = client.get(&address(&before, "/pdf/")).await.body;
    let kept = pages.venue.kept("1").await.remove(0);
    assert!(!kept.current.stale, "set anew before it is given out");
    let stored = pages.stored(&kept.servable().unwrap().pdf()).await;
    assert!(ranked == desk_copy(&stored).unwrap() && ranked != corrected);
}

#[tokio::test(flavor = "multi_thread")]
async fn all_photos_of_a_runner_can_be_chosen_and_a_void_one_is_gone() {
    let pages = Pages::with_runners().await;
    for shade in [60, 61, 62] {
        pages.photo("1", shade).await;
    }
    pages.photo("2", 63).await;
    let (mut client, link) = pages.runner("1").await;
    let page = client.get(&link).await.text();
    let held = pages.venue.kept("1").await;
    let (race, bib) = (RaceId::new("race").unwrap(), Bib::parse("1").unwrap());
    let best = pages.venue.handler.issued(&race, &bib).await.unwrap()[0].photo;
    assert!(address(&page, "/pdf/").ends_with(&best.to_string()), "the best is shown first");
    let other = held.iter().find(|kept| kept.photo != best).unwrap();
    for kept in &held {
        assert!(page.contains(&format!("?photo={}", kept.photo)), "{page}");
    }
    let chosen = client.get(&format!("{link}?photo={}", other.photo)).await.text();
    assert!(address(&chosen, "/pdf/").ends_with(&other.photo.to_string()));

    let wrong = kanso_pipeline::keys::CertificateKeys::current_of(&race, &bib, &other.photo);
    kanso_pipeline::current::void(&pages.venue.bucket, &wrong, "another runner").await.unwrap();
    let page = client.get(&format!("{link}?photo={}", other.photo)).await.text();
    assert!(!page.contains(&other.photo.to_string()), "{page}");
    let gone = client.get(&format!("{link}/pdf/{}", other.photo)).await;
    assert_eq!(gone.status, StatusCode::NOT_FOUND);
    // Nor does another runner's photo open here.
    let theirs = pages.venue.kept("2").await[0].photo;
    let answer = client.get(&format!("{link}/picture/{theirs}")).await;
    assert_eq!(answer.status, StatusCode::NOT_FOUND);
}

#[tokio::test(flavor = "multi_thread")]
async fn of_photos_that_are_equally_sure_the_best_shot_comes_first() {
    let pages = Pages::with_runners().await;
    for (shade, body) in [(60, small_photo(60)), (200, photo(200)), (120, photo(120))] {
        pages.upload(&format!("photos/a/{shade}_bib1.jpg"), body).await;
    }
    let (race, bib) = (RaceId::new("race").unwrap(), Bib::parse("1").unwrap());
    let held = pages.venue.handler.issued(&race, &bib).await.unwrap();
    let mut scores = Vec::new();
    for held in &held {
        let record = pages.venue.json(&held.keys(&race, &bib).record()).await;
        scores.push(record["best_shot"]["score"].as_f64().unwrap());
    }
    assert!(held.iter().all(|one| one.probability == held[0].probability), "equally sure");
    assert!(scores.is_sorted_by(|a, b| a >= b) && scores[0] > scores[2], "{scores:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_runner_takes_a_tall_picture_along_with_the_photo_or_without_any() {
    let pages = Pages::with_runners().await;
    pages.photo("1", 60).await;
    for bib in ["1", "2"] {
        let (mut client, link) = pages.runner(bib).await;
        let page = client.get(&link).await.text();
        let story = client.get(&address(&page, "/story/")).await;
        assert!(story.header("content-disposition").contains("race-1.story.jpg") || bib == "2");
        let picture = image::load_from_memory(&story.body).unwrap();
        assert_eq!((picture.width(), picture.height()), (1080, 1920), "{bib}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn certificates_carry_the_runners_link_where_the_race_has_a_public_address() {
    let pages = Pages::with_runners().await;
    let (_, link) = pages.runner("1").await;
    let public = format!("{RULES}\n[public]\nurl = \"https://results.example/\"\n");
    pages.upload("race.toml", public).await;
    let race = pages.site.race("race").await.unwrap().unwrap();
    let finisher = race.finisher(&Bib::parse("1").unwrap()).unwrap();
    let printed = kanso_certificate::print_jpeg(&race.race_data, finisher, None, 95).unwrap();
    assert_eq!(scanned(&printed), format!("https://results.example{link}"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_whose_photo_is_a_reduced_copy_says_so_and_waits_for_the_file() {
    let pages = Pages::with_runners().await;
    let (key, file) = ("race/photos/a/1_bib1.jpg", large_photo(85));
    pages.handled(&pages.venue.put_proxy(key, &file, &photo(85), (900, 600)).await).await;
    let (mut client, path) = pages.runner("1").await;
    let page = client.get(&path).await.text();
    assert!(page.contains("id=\"preliminary\"") && page.contains("data-waits"), "{page}");
    pages.handled(&pages.venue.put_full(key, &file).await).await;
    let page = client.get(&path).await.text();
    assert!(!page.contains("id=\"preliminary\"") && !page.contains("data-waits"), "{page}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_weighs_little() {
    let pages = Pages::with_runners().await;
    pages.photo("1", 60).await;
    let (mut client, link) = pages.runner("1").await;
    let page = client.get(&link).await.text();
    let mut weight = page.len();
    for asset in ["kanso.css", "runner.css", "live.js", "runner.js", "icon.svg"] {
        weight += client.get(&address(&page, asset)).await.body.len();
    }
    assert!(weight < 60 << 10, "{weight} bytes even before they are compressed");
}
