//! Names are always right: every one is set, in its own glyphs, inside its frame.

use kanso_page::Language;
use kanso_page::geometry::{Point, Pt, Size, Transform};
use kanso_page::{Color, Paint};
use kanso_text::library::FontLibrary;
use kanso_text::set::{Block, TextError, set};
use kanso_text::style::{Align, BlockAlign, Direction, Figures, Overflow, TextStyle};
use proptest::prelude::*;

const NAMES: &[&str] = &[
    "髙橋",
    "﨑山",
    "𠮷田",
    "渡邉",
    "渡邊",
    "齋藤",
    "齊藤",
    "德川",
    "濵田",
    "桒原",
    "彅",
    "𣘺本",
    "葛\u{e0100}城",
    "辻\u{e0100}",
    "小鳥遊",
    "ヴィクトリア・アレクサンドラ・フォン・ローゼンベルク",
    "María José Núñez-O’Connor",
    "Łukasz Żółć",
    "Nguyễn Thị Ánh",
    "Βασίλης",
    "Владимир",
    "김민준",
    "สมชาย ใจดี",
    "محمد",
    "שלום",
    "देवेन्द्र",
    "一",
    "=1+1",
    " 山田 ",
    "e\u{301}",
    "か\u{309a}",
    "n\u{303}o",
];

fn style(chain: &str) -> TextStyle {
    TextStyle {
        chain: chain.into(),
        size: Pt(24.0),
        min_size: Pt(12.0),
        tracking: 0.0,
        leading: 1.5,
        direction: Direction::Horizontal,
        align: Align::Start,
        block_align: BlockAlign::Start,
        language: Language::Ja,
        overflow: Overflow { shrink: true, condense_to: 0.85, wrap: false },
        max_lines: 1,
        figures: Figures::Proportional,
        upright_digits: 2,
        paint: Paint::Solid(Color::rgb(0, 0, 0)),
        overprint: false,
    }
}

fn vertical(chain: &str) -> TextStyle {
    TextStyle { direction: Direction::Vertical, ..style(chain) }
}

fn frame(width: f64, height: f64) -> Size {
    Size::new(Pt(width), Pt(height))
}

fn set_in(text: &str, style: &TextStyle, size: Size) -> Result<Block, TextError> {
    set(FontLibrary::bundled(), text, style, size)
}

fn set_wide(text: &str, style: &TextStyle) -> Block {
    set_in(text, style, frame(2000.0, 2000.0)).unwrap_or_else(|error| panic!("{text}: {error}"))
}

/// Where each glyph stands, by the character that it belongs to.
fn places(block: &Block) -> Vec<(char, Point)> {
    block
        .runs
        .iter()
        .flat_map(|(origin, run)| {
            run.glyphs.iter().map(move |glyph| {
                let moved = run.turn.apply(Point::new(glyph.x, glyph.y));
                let at = Point::new(origin.x + moved.x, origin.y + moved.y);
                (run.text[glyph.cluster as usize..].chars().next().unwrap(), at)
            })
        })
        .collect()
}

fn text_of(block: &Block) -> String {
    block.runs.iter().map(|(_, run)| run.text.as_str()).collect()
}

fn fonts_of(block: &Block) -> Vec<&str> {
    block.runs.iter().map(|(_, run)| run.font.name()).collect()
}

fn first_glyph(text: &str, style: &TextStyle) -> u16 {
    set_wide(text, style).runs[0].1.glyphs[0].id
}

#[test]
fn every_hard_name_is_set_in_every_chain_and_both_directions() {
    for chain in FontLibrary::bundled().chain_names() {
        for name in NAMES {
            for style in [style(chain), vertical(chain)] {
                let block = set_wide(name, &style);
                let ids: Vec<u16> =
                    block.runs.iter().flat_map(|(_, run)| &run.glyphs).map(|g| g.id).collect();
                assert!(!ids.is_empty() && !ids.contains(&0), "{chain} {name}");
            }
            let missing = FontLibrary::bundled().missing(chain, name).unwrap();
            assert_eq!(missing, Vec::<String>::new(), "{chain}");
        }
    }
}

#[test]
fn text_is_kept_to_the_letter_for_copying() {
    for name in NAMES {
        assert_eq!(text_of(&set_wide(name, &style("gothic"))), name.trim_end());
    }
}

#[test]
fn an_emoji_is_refused_and_named() {
    let error = set_in("山田😀", &style("gothic"), frame(500.0, 50.0)).unwrap_err();
    assert_eq!(error, TextError::NoGlyph { character: '😀' });
    assert!(error.to_string().contains("U+1F600"));
    assert_eq!(FontLibrary::bundled().missing("gothic", "山😀田😀").unwrap(), ["😀"]);
}

#[test]
fn a_private_use_character_is_refused() {
    let error = set_in("\u{e000}田", &style("mincho"), frame(500.0, 50.0)).unwrap_err();
    assert_eq!(error, TextError::NoGlyph { character: '\u{e000}' });
}

#[test]
fn a_variation_selector_changes_the_glyph() {
    for (plain, variant) in [("葛", "葛\u{e0100}"), ("辻", "辻\u{e0100}")] {
        assert_ne!(
            first_glyph(plain, &style("gothic")),
            first_glyph(variant, &style("gothic")),
            "{plain}"
        );
        assert_eq!(set_wide(variant, &style("gothic")).runs[0].1.glyphs.len(), 1);
    }
}

#[test]
fn a_variation_that_the_first_font_lacks_takes_a_later_one() {
    let chain = FontLibrary::bundled().chain("gothic").unwrap();
    let font = |name: &str| chain.fonts().find(|font| font.name() == name).unwrap();
    let (gothic, register) = (font("BIZUDGothic-Regular"), font("IPAmjMincho"));
    let selector = ('\u{e0100}'..='\u{e01ef}')
        .find(|s| register.has_variation('邉', *s) && !gothic.has_variation('邉', *s))
        .unwrap();
    assert!(gothic.has('邉'));
    let block = set_wide(&format!("邉{selector}"), &style("gothic"));
    assert_eq!(fonts_of(&block), ["IPAmjMincho"]);
}

#[test]
fn a_variation_that_no_font_has_is_refused_not_replaced() {
    let text = "山\u{e01ef}川";
    let error = set_in(text, &style("gothic"), frame(500.0, 50.0)).unwrap_err();
    assert_eq!(error, TextError::NoVariation { base: '山', selector: '\u{e01ef}' });
    assert_eq!(FontLibrary::bundled().missing("mincho", text).unwrap(), ["山\u{e01ef}"]);
}

#[test]
fn a_name_with_one_rare_kanji_is_set_in_one_face() {
    assert_eq!(fonts_of(&set_wide("𠮷田 太郎", &style("gothic"))), ["NotoSansJP-Regular"]);
    assert_eq!(fonts_of(&set_wide("𠮷田 太郎", &style("mincho"))), ["IPAmjMincho"]);
    // The first font that has all of the name: the family register alone has the last kanji.
    let chain = FontLibrary::bundled().chain("gothic-bold").unwrap();
    let has = |font: &str, c| chain.fonts().find(|f| f.name() == font).unwrap().has(c);
    let rarest = ('\u{20000}'..='\u{2a6df}')
        .find(|&c| has("IPAmjMincho", c) && !has("NotoSansJP-Bold", c))
        .unwrap();
    let name = format!("𠮷田 {rarest}");
    assert_eq!(fonts_of(&set_wide(&name, &style("gothic-bold"))), ["IPAmjMincho"]);
    assert_eq!(fonts_of(&set_wide("吉田 太郎", &style("gothic"))), ["BIZUDGothic-Regular"]);
}

#[test]
fn a_bold_name_stays_bold_whatever_kanji_it_has() {
    for name in ["𠮷田 翔", "大槗 翔", "𣘺本 𠮷乃"] {
        assert_eq!(fonts_of(&set_wide(name, &style("gothic-bold"))), ["NotoSansJP-Bold"], "{name}");
    }
    assert_eq!(fonts_of(&set_wide("髙橋 翔", &style("gothic-bold"))), ["BIZUDGothic-Bold"]);
}

#[test]
fn latin_stands_on_the_same_baseline_in_its_companion_and_a_little_larger() {
    let block = set_wide("第12回Tokyo大会", &style("mincho"));
    let (cjk, latin) = (&block.runs[0], &block.runs[1]);
    assert_eq!(fonts_of(&block)[..2], ["BIZUDMincho-Regular", "SourceSerif4-Regular"]);
    assert_eq!(cjk.0.y, latin.0.y);
    let ratio = latin.1.size / cjk.1.size;
    assert!((1.03..=1.05).contains(&ratio), "{ratio}");
    assert_eq!(set_wide("Tokyo 12", &style("mincho")).runs[0].1.size, Pt(24.0));
}

#[test]
fn combining_marks_stay_with_their_letter_in_one_font() {
    for text in ["か\u{309a}", "e\u{301}", "x\u{323}\u{302}"] {
        let block = set_wide(text, &style("gothic"));
        assert_eq!(block.runs.len(), 1, "{text}");
        assert!(block.runs[0].1.glyphs.iter().all(|glyph| glyph.cluster == 0), "{text}");
    }
    assert_eq!(first_glyph("e\u{301}", &style("gothic")), first_glyph("é", &style("gothic")));
}

#[test]
fn hebrew_runs_from_right_to_left_and_its_text_stays_in_order() {
    let block = set_wide("שלום", &style("gothic"));
    let mut placed = places(&block);
    placed.sort_by(|a, b| b.1.x.0.total_cmp(&a.1.x.0));
    assert_eq!(placed.iter().map(|(c, _)| *c).collect::<String>(), "שלום");
    assert_eq!(block.runs[0].1.text, "שלום");
}

#[test]
fn arabic_letters_join() {
    let joined = set_wide("محمد", &style("gothic"));
    let alone: Vec<u16> =
        "محمد".chars().map(|c| first_glyph(&c.to_string(), &style("gothic"))).collect();
    let ids: Vec<u16> = joined.runs[0].1.glyphs.iter().rev().map(|glyph| glyph.id).collect();
    assert_ne!(ids, alone);
}

#[test]
fn tabular_figures_are_all_of_one_width_and_their_colons_are_raised() {
    for chain in ["gothic", "mincho", "display"] {
        let tabular = TextStyle { figures: Figures::Tabular, ..style(chain) };
        let width = |text: &str| set_wide(text, &tabular).bounds.size.width.0;
        let widths: Vec<f64> = (0..10).map(|digit| width(&format!("{digit}0"))).collect();
        assert!(widths.iter().all(|w| (w - widths[0]).abs() < 1e-9), "{chain} {widths:?}");
        assert!((width("1:11:11") - width("0:00:00")).abs() < 1e-9, "{chain}");
    }
    let colon =
        |figures| places(&set_wide("3:12", &TextStyle { figures, ..style("mincho") }))[1].1.y;
    assert!(colon(Figures::Tabular) < colon(Figures::Proportional));
}

#[test]
fn a_text_that_is_too_long_shrinks_then_condenses_then_is_refused() {
    let fits = |width: f64| set_in("あいうえおかきくけこ", &style("gothic"), frame(width, 30.0));
    let full = fits(240.0).unwrap();
    assert_eq!((full.size, full.horizontal_scale), (Pt(24.0), 1.0));
    let shrunk = fits(180.0).unwrap();
    assert_eq!((shrunk.size, shrunk.horizontal_scale), (Pt(18.0), 1.0));
    let condensed = fits(108.0).unwrap();
    assert_eq!((condensed.size, condensed.horizontal_scale), (Pt(12.0), 0.9));
    assert!(condensed.runs.iter().all(|(_, run)| (run.horizontal_scale - 0.9).abs() < 1e-9));
    assert!((fits(102.001).unwrap().horizontal_scale - 0.85).abs() < 1e-9);
    match fits(101.0).unwrap_err() {
        TextError::Overflow { needed_mm, frame_mm } => {
            assert!((needed_mm - 102.0 / 72.0 * 25.4).abs() < 0.01, "{needed_mm}");
            assert!((frame_mm - 101.0 / 72.0 * 25.4).abs() < 0.01, "{frame_mm}");
        }
        other => panic!("{other}"),
    }
}

#[test]
fn a_long_name_wraps_between_its_parts_before_it_gets_tiny() {
    let overflow = Overflow { shrink: true, condense_to: 0.85, wrap: true };
    let style = TextStyle { overflow, max_lines: 2, ..style("gothic-bold") };
    let name = "ヴィクトリア・アレクサンドラ・フォン・ローゼンベルク";
    for (width, size) in [(360.0, 24.0), (180.0, 12.0)] {
        let block = set_in(name, &style, frame(width, 100.0)).unwrap();
        assert_eq!((block.lines, block.size), (2, Pt(size)));
        let second = places(&block).into_iter().find(|(_, at)| at.y > block.runs[0].0.y);
        assert_eq!(second.map(|(c, _)| c), Some('フ'));
    }
    // A little smaller in one line is better than two lines.
    assert_eq!(set_in("小鳥遊 さくら", &style, frame(140.0, 100.0)).unwrap().lines, 1);
}

#[test]
fn short_names_are_spread_over_the_whole_measure() {
    let style = TextStyle { align: Align::Distribute, ..style("mincho") };
    let block = set_in("山田太郎", &style, frame(300.0, 30.0)).unwrap();
    let x: Vec<f64> = places(&block).iter().map(|(_, at)| at.x.0).collect();
    assert_eq!((x[0], block.bounds.size.width), (0.0, Pt(300.0)));
    assert!((x[3] - (300.0 - 24.0)).abs() < 1e-9);
    assert!((x[1] - x[0] - (x[3] - x[2])).abs() < 1e-9);
    // A Latin word is not pulled apart: it stands in the middle.
    let latin = set_in("Anna", &style, frame(300.0, 30.0)).unwrap();
    assert!((latin.bounds.origin.x.0 + latin.bounds.size.width.0 / 2.0 - 150.0).abs() < 1e-9);
    assert!(latin.bounds.size.width.0 < 100.0);
}

#[test]
fn space_at_the_end_hangs_and_does_not_move_the_text() {
    let style = TextStyle { align: Align::End, ..style("gothic") };
    let bare = set_in("山田", &style, frame(300.0, 30.0)).unwrap();
    let spaced = set_in("山田 \u{3000}", &style, frame(300.0, 30.0)).unwrap();
    assert_eq!(places(&bare), places(&spaced));
    assert_eq!(set_wide("  ", &style).runs.len(), 0);
}

#[test]
fn the_first_baseline_stands_on_the_frames_bottom_edge_where_asked() {
    let style = TextStyle { block_align: BlockAlign::Baseline, ..style("gothic") };
    let block = set_in("Time", &style, frame(300.0, 10.0)).unwrap();
    assert!((block.runs[0].0.y.0 - 10.0).abs() < 1e-9);
    assert_eq!(block.size, Pt(24.0));
}

#[test]
fn vertical_kanji_stand_on_the_axis_one_em_apart() {
    let block = set_in("令和八年", &vertical("mincho"), frame(30.0, 200.0)).unwrap();
    for (index, (_, at)) in places(&block).iter().enumerate() {
        // The column is 24 pt wide, at the right edge of the frame.
        assert!((at.x.0 - 6.0).abs() < 0.05, "{at:?}");
        assert!((at.y.0 - (index as f64 + 0.88) * 24.0).abs() < 0.05, "{at:?}");
    }
}

#[test]
fn vertical_columns_go_from_right_to_left() {
    let block = set_in("一\n二\n三", &vertical("mincho"), frame(200.0, 200.0)).unwrap();
    let x: Vec<f64> = places(&block).iter().map(|(_, at)| at.x.0).collect();
    assert!((x[0] - x[1] - 36.0).abs() < 1e-9 && (x[1] - x[2] - 36.0).abs() < 1e-9, "{x:?}");
}

#[test]
fn vertical_punctuation_takes_its_vertical_form() {
    for chain in ["gothic", "mincho", "mincho-bold"] {
        for text in ["。", "、", "ー", "「", "）", "ょ"] {
            let (upright, level) = (vertical(chain), style(chain));
            assert_ne!(first_glyph(text, &upright), first_glyph(text, &level), "{text}");
            assert_eq!(set_wide(text, &upright).runs[0].1.turn, Transform::IDENTITY, "{text}");
        }
    }
}

#[test]
fn vertical_latin_is_turned_and_centred_on_the_axis() {
    let block = set_in("東京Tokyo", &vertical("gothic"), frame(24.0, 300.0)).unwrap();
    let (origin, run) = &block.runs[1];
    assert_eq!(run.turn, Transform::QUARTER_TURN);
    assert!((origin.y.0 - 48.0).abs() < 0.01);
    let cap = run.font.metrics().cap_height * run.size.0;
    assert!((origin.x.0 + cap / 2.0 - 12.0).abs() < 0.01);
}

#[test]
fn short_numbers_share_one_em_of_a_column() {
    let block = set_in("第12回", &vertical("gothic"), frame(24.0, 300.0)).unwrap();
    let placed = places(&block);
    let (one, two, after) = (placed[1].1, placed[2].1, placed[3].1);
    assert_eq!(one.y, two.y);
    assert!(one.x.0 >= -0.01 && two.x.0 < 24.0 && two.x.0 > one.x.0);
    assert!((after.y.0 - (2.0 + 0.88) * 24.0).abs() < 0.05);
    let long = set_in("第123回", &vertical("gothic"), frame(24.0, 300.0)).unwrap();
    assert_eq!(long.runs[1].1.turn, Transform::QUARTER_TURN);
}

/// By advances along the lines, by em boxes across them.
fn is_inside(block: &Block, size: Size) -> bool {
    let bounds = block.bounds;
    bounds.origin.x.0 >= -1e-6
        && bounds.origin.y.0 >= -1e-6
        && bounds.right().0 <= size.width.0 + 1e-6
        && bounds.bottom().0 <= size.height.0 + 1e-6
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_text_ever_leaves_its_frame(
        text in prop_oneof![
            "[a-zA-Z0-9 .,:’-]{0,40}",
            "[一-龠ぁ-んァ-ヶー、。「」・ ]{0,40}",
            "[a-z0-9 一-龠ァ-ヶא-ת\u{627}-\u{64a}가-힣、。()\n]{0,40}",
            "\\PC{0,12}",
        ],
        width in 5.0..600.0_f64,
        height in 5.0..200.0_f64,
        (max_lines, wrap, is_vertical) in (1_usize..5, any::<bool>(), any::<bool>()),
        tracking in -50.0..200.0_f64,
        align in prop_oneof![
            Just(Align::Start), Just(Align::Center), Just(Align::End), Just(Align::Distribute)
        ],
        block_align in prop_oneof![
            Just(BlockAlign::Start), Just(BlockAlign::Center), Just(BlockAlign::End)
        ],
    ) {
        let style = TextStyle {
            direction: if is_vertical { Direction::Vertical } else { Direction::Horizontal },
            overflow: Overflow { shrink: true, condense_to: 0.85, wrap },
            max_lines, tracking, align, block_align,
            ..style("gothic")
        };
        let size = frame(width, height);
        if let Ok(block) = set_in(&text, &style, size) {
            prop_assert!(is_inside(&block, size), "{:?} in {size:?}", block.bounds);
            prop_assert!(block.size >= style.min_size && block.size <= style.size);
            prop_assert!((0.85..=1.0).contains(&block.horizontal_scale));
            // Pens stand inside as well; marks may lean out of their letter's box.
            let lean = 0.6 * style.size.0;
            for (_, at) in places(&block) {
                prop_assert!((-lean..=size.width.0 + lean).contains(&at.x.0), "{at:?}");
                prop_assert!((-lean..=size.height.0 + lean).contains(&at.y.0), "{at:?}");
            }
            for (_, run) in &block.runs {
                for glyph in &run.glyphs {
                    prop_assert!(glyph.id != 0 && run.text.is_char_boundary(glyph.cluster as usize));
                }
            }
        }
    }

    #[test]
    fn what_check_calls_complete_is_never_refused_for_a_glyph(text in "\\PC{0,16}") {
        let missing = FontLibrary::bundled().missing("mincho", &text).unwrap();
        let outcome = set_in(&text, &style("mincho"), frame(5000.0, 50.0));
        let refused =
            matches!(outcome, Err(TextError::NoGlyph { .. } | TextError::NoVariation { .. }));
        prop_assert_eq!(refused, !missing.is_empty(), "{:?}", outcome);
    }
}
