//! Who the runner is, by the results as they are now.

use askama::Template;
use kanso_certificate::Fault;
use kanso_race::Finisher;

use super::words::status;
use crate::language::Both;
use crate::site::OpenRace;

/// Name, course and times.
pub(super) struct Who {
    pub(super) name: String,
    pub(super) kana: Option<String>,
    pub(super) team: Option<String>,
    pub(super) course: Option<Both>,
    pub(super) status: Both,
    pub(super) gun_time: Option<String>,
    pub(super) net_time: Option<String>,
    /// Whether a certificate may exist.
    pub(super) may_be_certified: bool,
}

/// The part of the page that says so, which is renewed.
#[derive(Template)]
#[template(path = "console_runner_who.html")]
struct WhoPart<'a> {
    who: &'a Who,
}

impl Who {
    pub(super) fn of(race: &OpenRace, finisher: &Finisher) -> Self {
        Self {
            name: finisher.name.clone(),
            kana: finisher.kana.clone(),
            team: finisher.team.clone(),
            course: race.course_name(finisher),
            status: status(finisher.status),
            gun_time: finisher.gun_time.map(|time| time.to_string()),
            net_time: finisher.net_time.map(|time| time.to_string()),
            may_be_certified: finisher.status.may_be_certified(),
        }
    }

    /// As HTML.
    pub(super) fn part(&self) -> Result<String, Fault> {
        let wrong = |error| Fault::reject(format!("who it is cannot be written: {error}"));
        WhoPart { who: self }.render().map_err(wrong)
    }
}
