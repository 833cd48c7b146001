//! What stays in force where a file of a race folder cannot be read: the last version of it
//! that could. A broken upload during the race closes nothing, and is told loudly.

use kanso_race::Roster;

use crate::Fault;
use crate::race_data::{RaceData, RaceFiles};

/// A file of a race folder that cannot be read, or not yet.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct UnreadableFile {
    /// Below the race's folder; `template` for the whole of it.
    pub file: String,
    /// Why, and what to do.
    pub why: String,
}

impl UnreadableFile {
    pub fn new(file: impl Into<String>, why: impl ToString) -> Self {
        Self { file: file.into(), why: why.to_string() }
    }
}

impl From<UnreadableFile> for Fault {
    fn from(unreadable: UnreadableFile) -> Self {
        Self::reject(unreadable.why)
    }
}

/// Reads a race; where a file cannot be read, its accepted version stands in for it, and the
/// file is named. The error is what is left where nothing stands in: photos wait for it.
pub fn set_up(
    mut files: RaceFiles,
    accepted: Option<&RaceFiles>,
) -> Result<(RaceData, Vec<UnreadableFile>), UnreadableFile> {
    let mut unreadable: Vec<UnreadableFile> = Vec::new();
    loop {
        let read = RaceData::of(&files).and_then(|data| match accepted {
            Some(accepted) => keeps_runners(data, &files, accepted),
            None => Ok(data),
        });
        let problem = match read {
            Ok(race_data) => return Ok((race_data, unreadable)),
            Err(problem) => problem,
        };
        if problem.file.starts_with(CAMERAS) && files.leave_out_clock(&problem.file, accepted) {
            unreadable.push(problem);
            continue;
        }
        let Some(accepted) = accepted else { return Err(problem) };
        let known = |file: &str| unreadable.iter().any(|other| other.file == file);
        // A file that was read with the rules before these may be right, and they wrong.
        let culprit = if known(&problem.file) { "race.toml" } else { &problem.file };
        if known(culprit) || !files.take_back(culprit, accepted) {
            return Err(problem);
        }
        unreadable.push(UnreadableFile { file: culprit.to_owned(), ..problem });
    }
}

/// An export that failed may be a list of nobody: it takes nothing from those who are in the
/// list before it.
fn keeps_runners(
    race_data: RaceData,
    files: &RaceFiles,
    accepted: &RaceFiles,
) -> Result<RaceData, UnreadableFile> {
    let same = files.results == accepted.results;
    if !race_data.roster.is_empty() || files.results.is_none() || same {
        return Ok(race_data);
    }
    let before = RaceData::of(accepted).map_or(0, |before| Roster::len(&before.roster));
    match before {
        0 => Ok(race_data),
        n => Err(UnreadableFile::new(
            "results.csv",
            format!(
                "results.csv holds no runner, and the one before it held {n}; upload it again, \
                 or delete it to begin anew"
            ),
        )),
    }
}

const CAMERAS: &str = "cameras/";

impl RaceFiles {
    /// Puts the accepted version of a camera's clock in the place of this one, or none: its
    /// photos wait then, and no others.
    fn leave_out_clock(&mut self, file: &str, accepted: Option<&Self>) -> bool {
        let Some(camera) = file.strip_prefix(CAMERAS) else { return false };
        let before = accepted.and_then(|accepted| accepted.cameras.get(camera));
        match before.filter(|before| Some(*before) != self.cameras.get(camera)).cloned() {
            Some(before) => self.cameras.insert(camera.to_owned(), before).is_some(),
            None => self.cameras.remove(camera).is_some(),
        }
    }

    /// Puts the accepted version of a file in the place of this one; whether there is one. An
    /// increment that was never accepted is left out.
    fn take_back(&mut self, file: &str, accepted: &Self) -> bool {
        if accepted.rules.is_empty() {
            return false;
        }
        match file {
            "race.toml" => {
                self.rules = accepted.rules.clone();
                // What these rules name, and the newer ones may not.
                for (name, bytes) in &accepted.assets {
                    self.assets.entry(name.clone()).or_insert_with(|| bytes.clone());
                }
            }
            "results.csv" => match &accepted.results {
                Some(results) => self.results = Some(results.clone()),
                None => return false,
            },
            "template" => self.template.clone_from(&accepted.template),
            _ => match file.strip_prefix("results/") {
                Some(name) => match accepted.increments.get(name) {
                    Some(bytes) => drop(self.increments.insert(name.to_owned(), bytes.clone())),
                    None => drop(self.increments.remove(name)),
                },
                None => match accepted.assets.get(file) {
                    Some(bytes) => drop(self.assets.insert(file.to_owned(), bytes.clone())),
                    None => return false,
                },
            },
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use kanso_race::Bib;

    const RULES: &str = "name = { ja = \"試験\" }\ndate = \"2026-11-23\"\n[[courses]]\n\
        id = \"half\"\nname = { ja = \"ハーフ\" }\n";

    fn files(rules: &str, results: &str) -> RaceFiles {
        let mut files = RaceFiles::default();
        files.add("race.toml", rules.to_owned().into());
        files.add("results.csv", results.to_owned().into());
        files
    }

    fn good() -> RaceFiles {
        files(RULES, "ナンバー,氏名,種目,グロスタイム\n1,髙橋 健吾,half,1:30:00\n")
    }

    fn named(files: RaceFiles) -> (RaceData, Vec<String>) {
        let (race_data, unreadable) = set_up(files, Some(&good())).unwrap();
        (race_data, unreadable.into_iter().map(|one| one.file).collect())
    }

    fn name(race_data: &RaceData) -> &str {
        &race_data.roster.get(&Bib::parse("1").unwrap()).unwrap().name
    }

    #[test]
    fn each_file_that_cannot_be_read_has_its_last_good_version_in_force() {
        for broken in ["", "ナンバー,氏名\n", "\0\0\0", "<html>504</html>"] {
            let (race_data, told) = named(files(RULES, broken));
            assert_eq!((name(&race_data), &told[..]), ("髙橋 健吾", &["results.csv".into()][..]));
        }
        let mut increment = good();
        increment.add("results/1.csv", "nonsense".into());
        increment.add(
            "results/2.csv",
            "ナンバー,氏名,種目,グロスタイム\n1,髙橋 謙吾,half,1:30:00\n".into(),
        );
        let (race_data, told) = named(increment);
        assert_eq!((name(&race_data), &told[..]), ("髙橋 謙吾", &["results/1.csv".into()][..]));
        let mut template = good();
        template.add("template/template.toml", "format = 99".into());
        assert_eq!(named(template).1, ["template"]);
        assert_eq!(named(files("name = 3", "nonsense")).1, ["race.toml", "results.csv"]);
    }

    #[test]
    fn good_results_that_new_rules_make_unreadable_are_the_rules_fault() {
        let rules = format!("{RULES}[results.columns]\nbib = \"なし\"\n");
        let (_, told) =
            named(files(&rules, "ナンバー,氏名,種目,グロスタイム\n1,山田,half,1:30:00\n"));
        assert!(told.contains(&"race.toml".to_owned()), "{told:?}");
    }

    #[test]
    fn a_cameras_clock_that_cannot_be_read_stops_no_race() {
        let clock = |text: &str| {
            let mut files = good();
            files.add("cameras/a.json", text.to_owned().into());
            files
        };
        let camera = kanso_matching::camera::CameraId::new("a").unwrap();
        let told = |race_data: &RaceData| race_data.clocks.told.get(&camera).map(|c| c.offset_s);
        let (race_data, unreadable) = set_up(clock("12 s"), None).unwrap();
        assert_eq!((told(&race_data), unreadable[0].file.as_str()), (None, "cameras/a.json"));
        let before = clock("{\"offset_s\": 3}");
        let (race_data, unreadable) = set_up(clock("12 s"), Some(&before)).unwrap();
        assert_eq!((told(&race_data), unreadable.len()), (Some(3.0), 1));
    }

    #[test]
    fn where_nothing_was_ever_accepted_the_race_waits() {
        assert_eq!(set_up(files("name = 3", ""), None).err().unwrap().file, "race.toml");
    }

    #[test]
    fn an_erasure_counts_whatever_else_is_broken() {
        let mut broken = files("name = 3", "nonsense");
        broken.add("erased/1.json", "{}".into());
        assert_eq!(named(broken).0.erased.len(), 1);
    }
}
