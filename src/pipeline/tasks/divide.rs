//! Lists the keys of a sweep, and queues what looks at them.

use kanso_certificate::Fault;

use super::{Step, Sweep, Task};
use crate::handler::Handler;
use crate::keys::RaceId;
use crate::race_folder::Readiness;

/// Objects that one piece looks at: each takes a few calls of the store, and a few more where
/// it is to be set right. A batch of pieces whose store answers no faster than a hundred calls
/// a second ends within half of the function's time.
const SLICE: usize = 100;
/// Keys that one piece lists, 1000 a call.
const LISTED: usize = 10_000;

impl Handler {
    pub(super) async fn divide(
        &self,
        race: &RaceId,
        sweep: Sweep,
        after: &str,
        race_data: Option<&str>,
    ) -> Result<Step, Fault> {
        // Of what a sweep holds against the race's data, each piece knows the same, or newer.
        let mut race_data = race_data.map(str::to_owned);
        if race_data.is_none() && matches!(sweep, Sweep::Corrections | Sweep::Outcomes) {
            let (readiness, _) = self.newest(race).await?;
            // Data that cannot be read take nothing back; they come again when they are mended.
            let Readiness::Ready(data) = readiness else { return Ok(Step::default()) };
            if sweep == Sweep::Outcomes && after.is_empty() {
                self.forget(race, &data.erased).await?;
                self.solve_clocks(race).await?;
            }
            race_data = Some(self.races().version(race).await);
        }
        let bucket = match sweep {
            Sweep::Photos => self.inputs(),
            _ => self.outputs(),
        };
        let listed = bucket.list_after(&sweep.folder(race), after, LISTED).await?;
        let mut queued = Vec::new();
        let mut after = after.to_owned();
        for slice in listed.chunks(SLICE) {
            let until = end(sweep, &slice[slice.len() - 1].key);
            if until <= after {
                continue;
            }
            let look = |after, until| Task::Look {
                race: race.clone(),
                sweep,
                after,
                until,
                race_data: race_data.clone(),
            };
            queued.push(look(after, until.clone()));
            after = until;
        }
        if listed.len() == LISTED {
            queued.push(Task::Divide { race: race.clone(), sweep, after, race_data });
        }
        tracing::info!(%race, ?sweep, keys = listed.len(), queued = queued.len(), "divided");
        Ok(Step::queue(queued))
    }
}

/// Where a slice ends: the parts of one certificate stay together.
fn end(sweep: Sweep, last: &str) -> String {
    match (sweep, last.rsplit_once('/')) {
        // `0` comes right after `/`.
        (Sweep::Certificates, Some((folder, _))) => format!("{folder}0"),
        _ => last.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slice_holds_a_certificate_whole() {
        let folder = "race/certificates/1/0123456789abcdef";
        let end = end(Sweep::Certificates, &format!("{folder}/current.json"));
        assert!(format!("{folder}/fedcba.pdf") < end && format!("{folder}0") >= end);
    }
}
