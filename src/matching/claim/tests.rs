use super::*;

const RACE: &str = "name = \"Bay Half\"\ndate = 2026-11-23\nedition = 12\n\
    venue = \"Pier 4, 20457 Bay City\"\nbib_in_code = '^https://bay\\.example/b/([0-9]+)$'\n\
    [[courses]]\nid = \"half\"\ndistance_m = 21097.5\n";

fn race() -> Race {
    Race::parse(RACE).unwrap()
}

fn roster(bibs: &[&str]) -> Roster {
    let rows = bibs.iter().map(|bib| format!("{bib},Ann Shore,1:30:00\n"));
    let csv = format!("Bib,Name,Gun time\n{}", rows.collect::<String>());
    kanso_race::results::read(csv.as_bytes(), &race()).unwrap().roster
}

fn bibs(evidence: &[Evidence]) -> Vec<&str> {
    evidence.iter().map(|e| e.bib.as_str()).collect()
}

fn code(symbology: Symbology, text: &str) -> Code {
    Code { text: text.to_owned(), symbology, area: PixelRect::new(1, 2, 3, 4) }
}

#[test]
fn several_bibs_may_stand_in_the_upload_metadata() {
    let nobody = Roster::default();
    assert_eq!(bibs(&from_upload_metadata("1284, A-12", &nobody)), ["1284", "A-12"]);
    assert!(from_upload_metadata("", &nobody).is_empty());
    assert!(from_upload_metadata("../../etc", &nobody).is_empty());
}

#[test]
fn words_around_a_bib_in_the_upload_metadata_are_no_bibs() {
    let nobody = Roster::default();
    for said in
        ["bib 5001", "Bib: 5001", "bib=5001", "bib-5001", "bib5001", "BIB No. 5001", "#5001"]
    {
        assert_eq!(bibs(&from_upload_metadata(said, &nobody)), ["5001"], "{said}");
    }
    for said in
        ["runner 5001", "No.5001", "Nr. 5001", "no 5001", "ゼッケン５００１", "ナンバー：5001"]
    {
        assert_eq!(bibs(&from_upload_metadata(said, &nobody)), ["5001"], "{said}");
    }
    assert_eq!(bibs(&from_upload_metadata("bibs 5001 and 5002", &nobody)), ["5001", "5002"]);
    assert!(from_upload_metadata("unknown", &nobody).is_empty());
    assert_eq!(bibs(&from_upload_metadata("ELITE", &roster(&["ELITE"]))), ["ELITE"]);
}

#[test]
fn captions_count_only_where_they_mark_a_bib() {
    let nobody = Roster::default();
    let captions = ["Finish of the half marathon 2026", "Bib: 1284", "ナンバー ０１２"];
    assert_eq!(bibs(&from_captions(captions, &race(), &nobody)), ["1284", "012"]);
    assert!(from_captions(["bibliography"], &race(), &nobody).is_empty());
    assert!(from_captions(["21 km, 3000 runners"], &race(), &nobody).is_empty());
}

#[test]
fn captions_mark_bibs_in_the_words_that_photographers_use() {
    let roster = roster(&["417", "1284"]);
    for caption in [
        "Bib No. 417 at the finish",
        "bib-417",
        "bib number 417",
        "ゼッケンNo.417 ゴール",
        "ナンバーカード番号：417",
        "Race number 417",
        "Startnummer 417",
        "No. 417",
    ] {
        assert_eq!(bibs(&from_captions([caption], &race(), &roster)), ["417"], "{caption}");
    }
    for several in ["417,1284", "417; 1284", "417 1284", "bibs 417 & 1284"] {
        let found = from_captions([several], &race(), &roster);
        assert_eq!(bibs(&found), ["417", "1284"], "{several}");
    }
    assert_eq!(bibs(&from_captions(["1,284"], &race(), &roster)), ["1284"]);
    let dated = from_captions(["Bib 417, 1284 m above the sea"], &race(), &roster);
    assert_eq!(bibs(&dated), ["417"], "what follows a comma may be anything");
}

#[test]
fn a_name_that_macos_took_apart_matches_the_races_pattern() {
    let race = Race::parse(&format!("bib_in_key = 'ゼッケン([0-9]+)'\n{RACE}")).unwrap();
    let apart: String = "photos/ゼッケン417.jpg".nfd().collect();
    assert_ne!(apart, "photos/ゼッケン417.jpg");
    assert_eq!(bibs(&from_key(&apart, &race)), ["417"]);
}

#[test]
fn a_number_of_the_race_itself_is_weak_unless_it_is_called_a_bib() {
    let all = ["1284", "2026", "21", "21K", "20457", "12"];
    let roster = roster(&all);
    let weak = |text: &str| from_captions([text], &race(), &roster)[0].weak;
    for number in &all[1..] {
        assert!(weak(number), "{number}");
        assert!(weak(&format!("#{number}")), "#{number}");
        assert!(!weak(&format!("bib:{number}")), "bib:{number}");
    }
    assert!(!weak("1284") && !weak("#1284"));
    // The firmer of two words counts.
    let both = from_captions(["2026", "bib 2026"], &race(), &roster);
    assert!(both.len() == 1 && !both[0].weak && both[0].probability > 0.9, "{both:?}");
    let unknown = from_captions(["#2026", "#10K", "2026"], &race(), &Roster::default());
    assert!(unknown.is_empty(), "nobody waits for a runner called 2026: {unknown:?}");
}

#[test]
fn kept_captions_say_the_same_bibs_and_no_names() {
    let nobody = Roster::default();
    let captions = ["Taro Yamada, bib 1284, #12", "Hanako Sato", "ナンバー ０１２", "77"];
    let kept = bibs_in_captions(captions);
    assert_eq!(kept, ["bib:1284", "#12", "bib:012", "77"]);
    for roster in [nobody, roster(&["1284", "12", "77"])] {
        let again = from_captions(kept.iter().map(String::as_str), &race(), &roster);
        assert_eq!(again, from_captions(captions, &race(), &roster));
    }
}

#[test]
fn a_code_is_believed_where_it_is_a_plain_bib_or_the_races_own() {
    let (race, roster) = (race(), roster(&["5001", "501"]));
    let weak = |kind, text| from_photographed_code(&code(kind, text), &race, &roster).unwrap().weak;
    for own in ["5001", "https://bay.example/b/5001"] {
        assert!(!weak(Symbology::Qr, own), "{own}");
    }
    for other in ["https://example.com/offers/5001", "https://example.com/?bib=5001"] {
        assert!(weak(Symbology::Qr, other), "{other}");
    }
    assert!(weak(Symbology::Code39, "501") && !weak(Symbology::Code128, "501"));
    assert!(!weak(Symbology::Code39, "5001"));
    let nobodys = code(Symbology::Qr, "https://bay.example/b/77");
    assert_eq!(from_photographed_code(&nobodys, &race, &roster), None);
}

#[test]
fn a_code_offers_its_parameter_before_its_address() {
    let candidates: Vec<_> = code_candidates("https://example.org/r/77?bib=1284").collect();
    assert_eq!(candidates[0], "1284");
    assert!(candidates.contains(&"77"));
}
