//! What kind of sentence a reason is: operators read the sentence, which is English and names
//! bibs and times; pages in other languages say the same by its kind.

use std::fmt;

use kanso_race::Status;

macro_rules! reasons {
    ($($(#[$doc:meta])* $kind:ident = $words:literal,)*) => {
        /// The kinds. A sentence of a kind is made with its words, and known by them.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum Reason {
            $($(#[$doc])* $kind,)*
        }

        impl Reason {
            pub const ALL: &[Self] = &[$(Self::$kind,)*];

            /// What every sentence of the kind holds. Where a sentence holds those of several,
            /// the first tell its kind.
            pub const fn words(self) -> &'static str {
                match self {
                    $(Self::$kind => $words,)*
                }
            }
        }
    };
}

reasons! {
    /// A person's words follow.
    PersonRejected = "a person rejected it",
    PersonFoundNobody = "a person found no runner in it",
    /// For one runner.
    PersonBlocked = "a person blocked this certificate",
    NoRules = "has no race.toml yet",
    NoResults = "the race has no results yet",
    NotInResults = "is not in the results yet",
    NotInConfirmedResults = "is not in the confirmed results",
    NoLongerInResults = "is no longer in the results",
    NoTime = "has no time in the results yet",
    DidNotFinish = "did not finish (DNF)",
    DidNotStart = "did not start (DNS)",
    Disqualified = "was disqualified (DQ)",
    Erased = "whoever it shows asked to be erased",
    /// What is lost follows.
    Damaged = "the file is damaged",
    /// The sources that name a bib agree with no clock that is known.
    ClockSaysAnother = "says bib",
    OnlyCode = "only a code says",
    OnlyNumber = "only a printed number says",
    OnlyCaption = "only a caption says",
    LookAtNumber = "look at the number and decide",
    NotFirm = "the evidence is not firm enough to print",
    NoCaptureTime = "the photo has no capture time",
    ClockNotKnown = "this camera's clock is not known yet",
    ZoneContradicted = "the camera's time zone contradicts its GPS time",
    OnlyClock = "only the clock speaks for this runner",
    SeveralFinishedThen = "runners finished about then",
    NobodyFinishedThen = "nobody finished about then",
    /// Whoever finished then may be in the next ones.
    NobodyFinishedThenYet = "nobody in the results finished about then yet",
    /// Another photo asks about the same number.
    AskedBeside = "it waits for the answer about that one",
    /// A person said of another photo's number that it is nobody's.
    NobodysBeside = "nobody's there",
    /// Photos taken just before and after show whom they show.
    ShownBeside = "no bib can be read in it",
    UnderTheSameName = "uploaded under the same name",
}

impl Reason {
    /// The kind of a sentence: whose words come first in it, since people's own words may follow.
    pub fn of(sentence: &str) -> Option<Self> {
        let place = |kind: &Self| Some((sentence.find(kind.words())?, *kind));
        let first = Self::ALL.iter().filter_map(place).min_by_key(|(place, _)| *place);
        first.map(|(_, kind)| kind)
    }

    /// Why a runner of this status has no certificate; `None` for those who may have one.
    pub const fn of_status(status: Status) -> Option<Self> {
        match status {
            Status::Registered => Some(Self::NoTime),
            Status::Dnf => Some(Self::DidNotFinish),
            Status::Dns => Some(Self::DidNotStart),
            Status::Dq => Some(Self::Disqualified),
            Status::Finished | Status::Open => None,
        }
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.words())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_kinds_words_hold_anothers() {
        for kind in Reason::ALL {
            assert_eq!(Reason::of(kind.words()), Some(*kind));
            let holds = |other: &&Reason| kind.words().contains(other.words());
            assert_eq!(Reason::ALL.iter().filter(holds).count(), 1, "{kind}");
        }
    }

    #[test]
    fn what_a_person_wrote_makes_no_other_kind() {
        let written = "a person rejected it: did not finish (DNF)";
        assert_eq!(Reason::of(written), Some(Reason::PersonRejected));
        assert_eq!(Reason::of("the store is away"), None);
    }
}
