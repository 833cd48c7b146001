//! Who runs, and when they finish: what is true, and what the results say of it.

use kanso_race::results::{self, ResultsError};
use kanso_race::{Bib, Finisher, Race, Roster, Status};

use super::chance::Chance;
use super::conditions::{
    ANOTHERS_BIB, CODED, Conditions, EXPECTED_OFF_S, FINISH_LIMITS_S, FINISH_S, NO_CHIP_TIME,
};
use super::lookalike_text;

/// A runner, as they are.
#[derive(Debug, Clone)]
pub struct Runner {
    pub bib: Bib,
    /// What hangs on their chest.
    pub worn: Bib,
    /// Seconds after the gun.
    pub finish_s: f64,
    /// Their bib carries a code.
    pub coded: bool,
}

/// The runners, in order of their finish, and the roster that the results give.
pub struct StartList {
    pub race: Race,
    pub runners: Vec<Runner>,
    pub roster: Roster,
}

/// One course, a morning's gun; the decision's settings are the defaults.
const RULES: &str = "name = 'Simulated race'\ndate = 2026-04-05\ntime_zone = 'Asia/Tokyo'\n\
    [[courses]]\nid = 'course'\ngun = 08:30:00\n";

impl StartList {
    /// As many as the conditions say; of a results file, those who have a time.
    pub fn new(
        conditions: &Conditions,
        results: Option<&[u8]>,
        chance: &mut Chance,
    ) -> Result<Self, ResultsError> {
        let race = Race::parse(RULES).expect("the rules are constant and right");
        let csv = match results {
            Some(_) => String::new(),
            None => invented(conditions.finishers, chance),
        };
        let read = results::read(results.unwrap_or(csv.as_bytes()), &race)?;
        let mut roster = Roster::default();
        let mut runners = Vec::new();
        for finisher in read.roster.iter() {
            // The file's courses and waves are another race's.
            let mut finisher = Finisher { course: None, wave: None, ..finisher.clone() };
            let Some(finish_s) = finish_s(&race, &finisher) else {
                roster.replace(finisher);
                continue;
            };
            if runners.len() == conditions.finishers {
                break;
            }
            if chance.is(NO_CHIP_TIME) {
                without_time(&mut finisher);
            }
            let bib = finisher.bib.clone();
            // Results leave out what is less than a second.
            let finish_s = finish_s + chance.between(0.0, 1.0);
            let coded = chance.is(CODED);
            runners.push(Runner { worn: bib.clone(), bib, finish_s, coded });
            roster.replace(finisher);
        }
        let bibs: Vec<Bib> = runners.iter().map(|runner| runner.bib.clone()).collect();
        for runner in &mut runners {
            if chance.is(ANOTHERS_BIB) {
                runner.worn = bibs[chance.below(bibs.len())].clone();
            }
        }
        runners.sort_by(|a, b| a.finish_s.total_cmp(&b.finish_s).then_with(|| a.bib.cmp(&b.bib)));
        Ok(Self { race, runners, roster })
    }

    /// The roster as it is while those who finished later have no time yet.
    pub fn roster_until(&self, finish_s: f64) -> Roster {
        let mut roster = Roster::default();
        for finisher in self.roster.iter() {
            let mut finisher = finisher.clone();
            if self::finish_s(&self.race, &finisher).is_some_and(|own| own > finish_s) {
                without_time(&mut finisher);
            }
            roster.replace(finisher);
        }
        roster
    }

    /// A number that somebody reads on a bib on which another stands: `listed`, one that
    /// another runner wears.
    pub fn misread(&self, bib: &Bib, listed: bool, chance: &mut Chance) -> Bib {
        for _ in 0..100 {
            let alike = chance.is(super::conditions::MISREAD_ALIKE);
            let other = match alike || !listed {
                true => lookalike_text::misread(bib, chance),
                false => self.runners[chance.below(self.runners.len())].bib.clone(),
            };
            if other != *bib && self.roster.get(&other).is_some() == listed {
                return other;
            }
        }
        // Where no lookalike will do.
        match listed {
            true => self.runners[chance.below(self.runners.len())].bib.clone(),
            false => Bib::parse(&format!("{bib}9999")).unwrap_or_else(|_| bib.clone()),
        }
    }
}

/// Results whose bibs were given out by expected time.
fn invented(finishers: usize, chance: &mut Chance) -> String {
    let mut runners: Vec<(f64, f64)> = (0..finishers)
        .map(|_| {
            let (low, high) = FINISH_LIMITS_S;
            let finish_s = chance.normal(FINISH_S.0, FINISH_S.1).clamp(low, high);
            (chance.normal(finish_s, EXPECTED_OFF_S), finish_s)
        })
        .collect();
    runners.sort_by(|a, b| a.0.total_cmp(&b.0));
    let first = 10_usize.pow(finishers.max(100).ilog10());
    let row = |(n, (_, finish_s)): (usize, &(f64, f64))| {
        let s = *finish_s as u32;
        format!("{},Runner,{}:{:02}:{:02}\n", first + n, s / 3600, s / 60 % 60, s % 60)
    };
    let rows: String = runners.iter().enumerate().map(row).collect();
    format!("Bib,Name,Gun time\n{rows}")
}

fn without_time(finisher: &mut Finisher) {
    (finisher.gun_time, finisher.net_time, finisher.finish_clock) = (None, None, None);
    finisher.status = Status::Registered;
}

fn finish_s(race: &Race, finisher: &Finisher) -> Option<f64> {
    let finish = race.finish_clock(finisher)?;
    Some(finish.duration_since(super::camera::gun(race)).as_secs_f64())
}
