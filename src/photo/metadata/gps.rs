//! The time that a GPS receiver gave: universal time, whatever zone the camera believes it is
//! in. It may be that of the last fix, minutes or hours ago.

use ::exif::{Exif, In, Tag, Value};
use jiff::{SignedDuration, Timestamp, civil, tz::Offset};

/// So far apart a clock in a right zone and the fix may be.
const APART: SignedDuration = SignedDuration::from_secs(60);
const QUARTER_S: i64 = 15 * 60;

/// GPSDateStamp and GPSTimeStamp, to the second.
pub(super) fn time(exif: &Exif) -> Option<Timestamp> {
    let Value::Ascii(texts) = &exif.get_field(Tag::GPSDateStamp, In::PRIMARY)?.value else {
        return None;
    };
    let date = super::exif::date(texts.first()?)?;
    let time = match &exif.get_field(Tag::GPSTimeStamp, In::PRIMARY)?.value {
        Value::Rational(parts) => parts.iter().map(|part| part.to_f64()).collect::<Vec<_>>(),
        // Against the standard, but some phones do.
        Value::SRational(parts) => parts.iter().map(|part| part.to_f64()).collect(),
        _ => return None,
    };
    let [hour, minute, second] = time[..] else { return None };
    let whole = |number: f64| (0.0..61.0).contains(&number).then_some(number as i8);
    let time = civil::Time::new(whole(hour)?, whole(minute)?, whole(second)?, 0).ok()?;
    Offset::UTC.to_timestamp(date.to_datetime(time)).ok()
}

/// The zone of a clock that showed `clock` when the receiver said `gps`. `None` where no zone
/// that is in use explains both: then the clock is wrong, or the fix is old.
pub fn zone_by_gps(clock: civil::DateTime, gps: Timestamp) -> Option<Offset> {
    let ahead = Offset::UTC.to_timestamp(clock).ok()?.duration_since(gps).as_secs();
    let quarters = (ahead + ahead.signum() * QUARTER_S / 2) / QUARTER_S;
    let rest = SignedDuration::from_secs(ahead - quarters * QUARTER_S).abs();
    (rest <= APART && in_use(quarters))
        .then(|| Offset::from_seconds((quarters * QUARTER_S) as i32).ok())?
}

/// Whole hours, and the few zones between them; in quarters of an hour.
fn in_use(quarters: i64) -> bool {
    const BETWEEN: [i64; 12] = [-38, -14, -10, 14, 18, 22, 23, 26, 35, 38, 42, 51];
    (-48..=56).contains(&quarters) && (quarters % 4 == 0 || BETWEEN.contains(&quarters))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_zone_is_what_the_clock_is_ahead_of_the_receiver() {
        let clock = civil::date(2026, 4, 5).at(10, 20, 30, 0);
        for (gps, hours) in [
            ("2026-04-05T01:20:31Z", Some(9.0)),
            ("2026-04-05T10:20:30Z", Some(0.0)),
            ("2026-04-05T14:19:50Z", Some(-4.0)),
            ("2026-04-05T04:35:30Z", Some(5.75)),
            ("2026-04-04T20:20:30Z", Some(14.0)),
            // A clock that is minutes wrong, zones that nobody lives in, an old fix.
            ("2026-04-05T01:25:31Z", None),
            ("2026-04-05T01:05:30Z", None),
            ("2026-04-04T18:20:30Z", None),
            ("2006-08-20T01:20:30Z", None),
        ] {
            let zone = zone_by_gps(clock, gps.parse().unwrap());
            assert_eq!(zone.map(|zone| f64::from(zone.seconds()) / 3600.0), hours, "{gps}");
        }
    }
}
