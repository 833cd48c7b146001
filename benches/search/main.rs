//! What finding one of 40,000 runners costs: `cargo bench --bench search`.
//!
//! In milliseconds: reading all names once for each version of the race's data, and a search,
//! as they are typed from the first character on; the slowest is told.

use std::time::Instant;

use kanso_race::{Elapsed, Finisher, NameIndex, Race, results};

const RUNNERS: usize = 40_000;
const FAMILIES: [(&str, &str); 8] = [
    ("佐藤", "サトウ"),
    ("鈴木", "スズキ"),
    ("髙橋", "タカハシ"),
    ("田中", "タナカ"),
    ("渡邉", "ワタナベ"),
    ("齋藤", "サイトウ"),
    ("山﨑", "ヤマサキ"),
    ("Núñez-O’Connor", "ヌニェス"),
];
const TYPED: [&str; 9] =
    ["さ", "さい", "さいとう", "高橋", "渡辺 走2", "nunez", "走", "3", "39999"];
const ROUNDS: u32 = 20;
const MOST: usize = 50;

fn main() {
    let rules = "name = { ja = \"大会\" }\ndate = \"2026-11-23\"\n\
        [[courses]]\nid = \"full\"\nname = { ja = \"フル\" }\ndistance_m = 42195\ngun = \"09:00\"\n";
    let race = Race::parse(rules).expect("the rules are right");
    let reading = results::read(csv().as_bytes(), &race).expect("the results are right");
    let runners: Vec<&Finisher> = reading.roster.iter().collect();
    let began = Instant::now();
    let index = NameIndex::new(runners.iter().copied());
    println!("{:>8.2} ms  {} runners are read", ms(began), runners.len());
    for typed in TYPED {
        let began = Instant::now();
        let mut found = index.find(typed, MOST);
        for _ in 1..ROUNDS {
            found = index.find(typed, MOST);
        }
        let each = ms(began) / f64::from(ROUNDS);
        println!(
            "{each:>8.3} ms  {typed}: {} of {}",
            found.bibs.len(),
            found.bibs.len() + found.more
        );
    }
}

fn ms(began: Instant) -> f64 {
    began.elapsed().as_secs_f64() * 1000.0
}

fn csv() -> String {
    let row = |n: usize| {
        let (family, kana) = FAMILIES[n % FAMILIES.len()];
        let time = Elapsed::from_millis(7_200_000 + n as u32 * 400).expect("under 100 hours");
        format!("{n},{family} 走{n},{kana} ソウ,full,{time}\n")
    };
    let rows: String = (0..RUNNERS).map(row).collect();
    format!("ナンバー,氏名,フリガナ,種目,グロスタイム\n{rows}")
}
