//! What templates promise: strict files, every name set, nothing near the knife, honest words.

mod repository;

use std::collections::BTreeSet;
use std::sync::Arc;

use kanso_page::Language;
use kanso_page::{Channels, Item, Picture};
use kanso_race::{Finisher, Race};
use kanso_template::layout::{ComposeError, Composition, ProblemKind, compose};
use kanso_template::{
    Branding, Extra, Fields, Template, bundled, check, fields, reference, schema, specimen,
};

const SMALL: &str = "format = 1\nname = \"t\"\ntitle = \"t\"\n[page]\npaper = \"a4\"\n";

fn parse(body: &str) -> Result<Template, String> {
    Template::parse(&format!("{SMALL}{body}"), |_| None).map_err(|e| e.to_string())
}

fn extra(photo: bool) -> Extra {
    Extra {
        photo_credit: Some("汐凪写真部".into()),
        verification_url: Some("https://kanso.example/v/abc".into()),
        issued_on: None,
        photo,
    }
}

fn composed(
    template: &Template,
    race: &Race,
    finisher: &Finisher,
) -> Result<Composition, ComposeError> {
    let fields = Fields::new(race, finisher, &extra(false));
    compose(template, &fields, &Branding::default(), &[], &template.font_library().unwrap())
}

fn jpeg(width: u32, height: u32) -> Arc<Picture> {
    Arc::new(Picture::Jpeg { bytes: Vec::new(), width, height, channels: Channels::Rgb })
}

fn texts(items: &[(kanso_page::geometry::Point, Item)]) -> String {
    let mut all = String::new();
    for (_, item) in items {
        match item {
            Item::Glyphs(run) => all.push_str(&run.text),
            Item::Group(group) => all.push_str(&texts(&group.items)),
            _ => {}
        }
        all.push('\n');
    }
    all
}

#[test]
fn every_bundled_template_sets_the_ten_hardest_names_without_problems() {
    for name in bundled::names() {
        let template = Template::bundled(name).unwrap();
        assert_eq!(check::check(&template), Ok(vec![]), "{name}");
    }
}

#[test]
fn every_bundled_template_says_the_race_the_name_and_whose_time_it_is() {
    for name in bundled::names() {
        let template = Template::bundled(name).unwrap();
        for (language, label) in [(Language::Ja, "グロスタイム"), (Language::En, "Gross time")]
        {
            let race = specimen::race(language);
            let page = composed(&template, &race, &specimen::finisher("森")).unwrap().page;
            let all = texts(&page.items);
            let label_stands = all.replace('\n', "").contains(label);
            assert!(label_stands, "{name} {language:?} has no {label}");
            assert!(all.replace('\n', "").contains('森'), "{name} {language:?}");
            assert_eq!(page.language, language);
        }
    }
}

#[test]
fn pages_have_the_papers_exact_sizes() {
    let points = |name| {
        let trim = Template::bundled(name).unwrap().trim();
        (trim.width.0, trim.height.0)
    };
    let near = |(w, h): (f64, f64), (x, y): (f64, f64)| {
        assert!((w - x).abs() < 0.005 && (h - y).abs() < 0.005, "{w} {h}");
    };
    near(points("kiosk"), (432.0, 576.0));
    near(points("photo"), (841.89, 595.276));
    near(points("postcard"), (283.465, 419.528));
    let story = Template::bundled("story").unwrap();
    let ppi = story.screen_ppi().unwrap();
    assert_eq!(story.trim().width.at_ppi(ppi).round(), 1080.0);
    assert_eq!(story.trim().height.at_ppi(ppi).round(), 1920.0);
}

#[test]
fn mistakes_in_the_file_are_named_with_line_and_field() {
    let field = parse(
        "[[text]]\nx = 1\ny = 1\nwidth = 5\nheight = 5\nvalue = \"a\"\nstyle = {}\nfnot = 1\n",
    )
    .unwrap_err();
    assert!(field.contains("line 13") && field.contains("unknown field `fnot`"), "{field}");
    let name =
        parse("[[text]]\nx = 1\ny = 1\nwidth = 5\nheight = 5\nvalue = \"{nmae}\"\nstyle = {}\n")
            .unwrap_err();
    assert!(name.contains("line 11") && name.contains("no field is named \"nmae\""), "{name}");
    let style =
        parse("[[text]]\nx = 1\ny = 1\nwidth = 5\nheight = 5\nvalue = \"a\"\nstyle = \"labl\"\n")
            .unwrap_err();
    assert!(style.contains("line 12") && style.contains("no style is named \"labl\""), "{style}");
    let color =
        parse("[[shape]]\nx = 1\ny = 1\nwidth = 5\nheight = 5\nfill = \"accnt\"\n").unwrap_err();
    assert!(color.contains("line 11") && color.contains("no colour is named \"accnt\""), "{color}");
    let when =
        parse("[[shape]]\nx = 1\ny = 1\nwidth = 5\nheight = 5\nwhen = \"rank\"\n").unwrap_err();
    assert!(when.contains("line 11") && when.contains("no field is named \"rank\""), "{when}");
    let box_ = parse("[[shape]]\nx = 1\ny = 1\nwidth = 0\nheight = 5\n").unwrap_err();
    assert!(box_.contains("line 6") && box_.contains("without width"), "{box_}");
    let art = parse("[[artwork]]\nfile = \"a.svg\"\n").unwrap_err();
    assert!(art.contains("a.svg is missing"), "{art}");
}

#[test]
fn the_reference_has_every_field_that_the_parser_knows() {
    let reference = reference::markdown();
    // The parser's own list of the fields of a table, from its complaint about one too many.
    let listed = |toml: &str| -> Vec<String> {
        let error = toml::from_str::<schema::Template>(toml).unwrap_err().to_string();
        let expected = error.split("expected").nth(1).unwrap_or_default().to_owned();
        expected.split('`').skip(1).step_by(2).map(str::to_owned).collect()
    };
    let mut checked = BTreeSet::new();
    for table in schema::tables() {
        let toml = match table.heading {
            "template.toml" => "zzz = 1".to_owned(),
            heading if heading.starts_with("[styles") => "[styles.a]\nzzz = 1".to_owned(),
            heading if heading.starts_with('[') => format!("{heading}\nzzz = 1"),
            _ => continue,
        };
        let fields = listed(&toml);
        assert!(!fields.is_empty(), "{}", table.heading);
        let section = reference.split(&format!("## `{}`", table.heading)).nth(1).unwrap();
        let section = section.split("\n## ").next().unwrap();
        for field in &fields {
            assert!(section.contains(&format!("| `{field}` |")), "{} {field}", table.heading);
        }
        assert_eq!(fields.len(), table.fields.len(), "{}", table.heading);
        checked.insert(table.heading);
    }
    assert!(checked.len() >= 15, "{checked:?}");
    for entry in fields::FIELDS {
        assert!(reference.contains(&format!("| `{}` |", entry.name)), "{}", entry.name);
    }
}

#[test]
fn the_committed_reference_is_what_the_code_says() {
    let file = repository::root().join("templates/REFERENCE.md");
    let committed = std::fs::read_to_string(file).unwrap();
    assert!(
        committed == reference::markdown(),
        "write it again: kanso template reference > templates/REFERENCE.md"
    );
}

#[test]
fn a_gradient_that_takes_no_share_of_its_shape_is_refused() {
    for length in ["0", "1.5", "nan"] {
        let error = parse(&format!(
            "[[shape]]\nx=0\ny=0\nwidth=9\nheight=9\nfill={{from=\"ink\",to=\"paper\",length={length}}}\n"
        ))
        .unwrap_err();
        assert!(error.contains("above 0 and at most 1"), "{error}");
    }
}

#[test]
fn a_text_without_its_field_is_left_out_and_rows_close_up() {
    let template = parse(
        "[[facts]]\nx = 10\ny = 10\nwidth = 80\nheight = 20\nrow_height = 10\nlabel_width = 30\n\
         label_style = {}\nvalue_style = {}\nrows = [\n\
         {label = \"team\", value = \"{team}\"},\n{label = \"bib\", value = \"{bib}\"}]\n\
         [[text]]\nx = 10\ny = 50\nwidth = 80\nheight = 10\nvalue = \"{team}\"\nstyle = {}\n",
    )
    .unwrap();
    let race = specimen::race(Language::En);
    let mut finisher = specimen::finisher("Mori");
    let full = composed(&template, &race, &finisher).unwrap();
    finisher.team = None;
    let bare = composed(&template, &race, &finisher).unwrap();
    assert_eq!(full.set.len(), 5);
    assert_eq!(bare.set.len(), 2);
    let top = |c: &Composition, field: &str| {
        c.set.iter().rfind(|set| set.field == field).unwrap().bounds.origin.y
    };
    assert_eq!(top(&bare, "bib"), top(&full, "team"));
}

#[test]
fn an_error_names_field_and_bib_and_never_the_runner() {
    let template = parse(
        "[[text]]\nx = 10\ny = 10\nwidth = 8\nheight = 8\nvalue = \"{name}\"\n\
         style = { size = 20, min_size = 18 }\n",
    )
    .unwrap();
    let race = specimen::race(Language::Ja);
    let name = specimen::NAMES[1];
    let error = composed(&template, &race, &specimen::finisher(name)).unwrap_err();
    assert!(!matches!(error, ComposeError::Template(_)), "the template is sound: {error}");
    let text = error.to_string();
    assert!(text.starts_with("name of bib A-1024: "), "{text}");
    assert!(!text.contains("ヴィクトリア"), "{text}");
}

#[test]
fn a_photo_with_too_few_pixels_prints_with_a_warning() {
    let template = Template::bundled("photo").unwrap();
    let fields =
        Fields::new(&specimen::race(Language::Ja), &specimen::finisher("森"), &extra(true));
    let fonts = template.font_library().unwrap();
    let slot = template.photo_slots().remove(0);
    let problems = |(width, height): (u32, u32)| {
        let photos = [(slot.id.clone(), jpeg(width, height))];
        compose(&template, &fields, &Branding::default(), &photos, &fonts).unwrap().problems
    };
    assert_eq!(problems(slot.pixels(300.0)), vec![]);
    let soft = problems(slot.pixels(150.0));
    assert_eq!(soft.len(), 1);
    assert_eq!(soft[0].kind, ProblemKind::Resolution);
    assert!(soft[0].message.contains("150 ppi"), "{}", soft[0].message);
}

#[test]
fn a_photo_of_another_shape_is_cut_at_the_slots_edges() {
    let template = Template::bundled("photo").unwrap();
    let fields =
        Fields::new(&specimen::race(Language::Ja), &specimen::finisher("森"), &extra(true));
    let photos = [("main".to_owned(), jpeg(6000, 3000))];
    let fonts = template.font_library().unwrap();
    let page = compose(&template, &fields, &Branding::default(), &photos, &fonts).unwrap().page;
    let clipped = page.items.iter().any(|(_, item)| match item {
        Item::Group(group) => {
            group.clip.is_some() && matches!(group.items.first(), Some((_, Item::Image(_))))
        }
        _ => false,
    });
    assert!(clipped);
}

#[test]
fn provisional_results_say_so_until_they_are_confirmed() {
    let mut race = specimen::race(Language::Ja);
    let finisher = specimen::finisher("森");
    for name in bundled::names() {
        let template = Template::bundled(name).unwrap();
        race.confirmed = false;
        let provisional = composed(&template, &race, &finisher).unwrap();
        assert!(texts(&provisional.page.items).contains("速報"), "{name}");
        race.confirmed = true;
        let confirmed = composed(&template, &race, &finisher).unwrap();
        assert!(!texts(&confirmed.page.items).contains("速報"), "{name}");
    }
}

#[test]
fn fields_are_written_as_the_field_writes_them() {
    let write = |language, field: &str, format| {
        let fields =
            Fields::new(&specimen::race(language), &specimen::finisher("山田 花子"), &extra(true));
        fields.write(field, format).unwrap()
    };
    let ja = |field, format| write(Language::Ja, field, format);
    let en = |field, format| write(Language::En, field, format);
    assert_eq!(ja("rank_overall", Some("full")), "総合 1,234位 / 10,234人");
    assert_eq!(en("rank_overall", Some("full")), "Overall 1,234th of 10,234");
    assert_eq!(ja("time", Some("ja")), "3時間12分08秒");
    // 3:11:01.3 is certified as 3:11:02.
    assert_eq!(ja("net_time", Some("labelled")), "ネット 3:11:02");
    assert_eq!(en("net_time", Some("tenths")), "3:11:01.3");
    assert_eq!(ja("date", Some("era")), "令和八年十一月二十三日");
    assert_eq!(ja("name", Some("sama")), "山田 花子　様");
    assert_eq!(ja("name", Some("dono")), "山田 花子　殿");
    assert_eq!(en("name", Some("sama")), "山田 花子");
    assert_eq!(ja("pace", None), "4:32 /km");
    assert_eq!(ja("distance", None), "42.195 km");
    assert_eq!(ja("edition", Some("kanji")), "第十二回");
    assert_eq!(ja("photo_credit", None), "汐凪写真部");
    assert_eq!(en("course", None), "Marathon");
}

#[test]
fn splits_have_laps_and_paces_and_end_at_the_finish() {
    let fields =
        Fields::new(&specimen::race(Language::Ja), &specimen::finisher("森"), &extra(false));
    assert_eq!(fields.splits.len(), 9);
    let second = &fields.splits[1];
    assert_eq!((second.elapsed.millis(), second.lap.millis()), (2_655_000, 1_324_000));
    let finish = &fields.splits[8];
    assert_eq!(finish.label, None);
    assert_eq!(finish.lap.millis(), 11_528_000 - 10_903_000);
    assert!((finish.pace.unwrap() - 625.0 / 2.195).abs() < 0.01);
}

#[test]
fn the_same_input_gives_the_same_page() {
    let template = Template::bundled("results").unwrap();
    let race = specimen::race(Language::Ja);
    let once = composed(&template, &race, &specimen::finisher("葛󠄀城")).unwrap();
    let again = composed(&template, &race, &specimen::finisher("葛󠄀城")).unwrap();
    assert_eq!(format!("{:?}", once.page), format!("{:?}", again.page));
}

/// Relative luminance (WCAG 2) of an sRGB pixel.
fn luminance(pixel: &image::Rgb<u8>) -> f64 {
    let linear = |level: u8| {
        let level = f64::from(level) / 255.0;
        if level <= 0.04045 { level / 12.92 } else { ((level + 0.055) / 1.055).powf(2.4) }
    };
    let [red, green, blue] = pixel.0.map(linear);
    0.2126 * red + 0.7152 * green + 0.0722 * blue
}

#[test]
fn words_keep_a_contrast_of_4_5_to_1_even_on_a_white_photo() {
    use kanso_page::Paint;
    const PPI: f64 = 72.0;
    let white = Arc::new(Picture::Rgba { pixels: vec![255; 16], width: 2, height: 2 });
    for name in bundled::names() {
        let template = Template::bundled(name).unwrap();
        let slots = template.photo_slots();
        let photos: Vec<_> = slots.into_iter().map(|slot| (slot.id, Arc::clone(&white))).collect();
        let race = specimen::race(Language::Ja);
        let finisher = specimen::finisher(specimen::NAMES[1]);
        let fields = Fields::new(&race, &finisher, &extra(!photos.is_empty()));
        let fonts = template.font_library().unwrap();
        let mut page =
            compose(&template, &fields, &Branding::default(), &photos, &fonts).unwrap().page;
        let (words, rest): (Vec<_>, Vec<_>) =
            page.items.into_iter().partition(|(_, item)| matches!(item, Item::Glyphs(_)));
        page.items = rest;
        let ground = kanso_render::raster::raster(&page, PPI).unwrap();
        for (at, item) in words {
            let Item::Glyphs(run) = item else { continue };
            let Paint::Solid(color) = run.paint else { panic!("{name}: a gradient in words") };
            // Larger than 18 pt the bar is 3:1 (WCAG 2.2, 1.4.3); below it 4.5:1.
            let least = if run.size.0 > 18.0 { 3.0 } else { 4.5 };
            let x = (at.x.0 + run.size.0 / 2.0).clamp(0.0, f64::from(ground.width() - 1));
            let top = luminance(&image::Rgb([color.red, color.green, color.blue]));
            for y in [at.y.0 - run.size.0 * 0.7, at.y.0 - run.size.0 * 0.1] {
                let y = y.clamp(0.0, f64::from(ground.height() - 1));
                let below = luminance(ground.get_pixel(x as u32, y as u32));
                let ratio = (top.max(below) + 0.05) / (top.min(below) + 0.05);
                // The seal stands over a name by design, in its own colour.
                let is_seal = run.overprint && !color.is_neutral();
                assert!(is_seal || ratio >= least, "{name}: {ratio:.2} at {x} {y}");
            }
        }
    }
}
