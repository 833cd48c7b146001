//! A photo of the clock page sets its camera's clock: the page shows the finish clock's time as
//! a QR code that is signed with the race's key, and the file says what the camera's own clock
//! showed. What is not signed sets nothing, whoever carries it past a camera.

use std::fmt;

use jiff::{SignedDuration, Timestamp};
use kanso_matching::camera_clock::{WHOLE_SECONDS, shown, within_second};
use kanso_photo::codes::Code;
use kanso_photo::{CaptureTime, PixelRect};
use kanso_race::Race;
use serde::{Deserialize, Serialize};
use subtle::ConstantTimeEq as _;

use crate::link::Links;

/// What a code of the clock page begins with.
const PREFIX: &str = "KANSO:CLOCK:";
/// The words that set these signatures apart from whatever else a key signs.
const PURPOSE: &[u8] = b"kanso clock\n";
/// Of a signature, in hex digits, which a QR code holds tightly: 64 bits.
const SIGNATURE_BYTES: usize = 8;
/// A code that is smaller than this part of the picture's short side is not what the photo was
/// taken of: a screen behind runners sets nothing. Between its finder patterns the code of a
/// 24-inch monitor takes a twenty-first at 3 m, through a 24 mm lens.
const LEAST_PART: u32 = 24;

/// What the clock page showed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ShownTime {
    /// When the code came up, on the finish clock; it stays for a second.
    pub at: Timestamp,
    /// How well the page was set against the finish clock: one standard deviation.
    pub sigma_ms: u32,
}

impl Links {
    /// The text of the code that shows a time: capitals, digits and colons.
    pub fn clock_code(&self, time: ShownTime) -> String {
        let said = format!("{PREFIX}{}:{}", time.at.as_millisecond(), time.sigma_ms);
        format!("{said}:{}", self.clock_signature(&said))
    }

    /// The time of a code that was photographed; `None` where it is not ours.
    pub fn shown_time(&self, text: &str) -> Option<ShownTime> {
        let (said, signature) = text.rsplit_once(':')?;
        let ours = self.clock_signature(said);
        if !bool::from(ours.as_bytes().ct_eq(signature.as_bytes())) {
            return None;
        }
        let (at, sigma_ms) = said.strip_prefix(PREFIX)?.split_once(':')?;
        let at = Timestamp::from_millisecond(at.parse().ok()?).ok()?;
        Some(ShownTime { at, sigma_ms: sigma_ms.parse().ok()? })
    }

    fn clock_signature(&self, said: &str) -> String {
        hex::encode_upper(&self.signed(PURPOSE, said)[..SIGNATURE_BYTES])
    }
}

/// The text of the clock page's code in a photo, signed or not, where it is large enough.
pub(crate) fn code_in(codes: &[Code], (width, height): (u32, u32)) -> Option<String> {
    let least = width.min(height) / LEAST_PART;
    let is_large = |area: &PixelRect| area.width.min(area.height) >= least;
    let clock = codes.iter().find(|code| code.text.starts_with(PREFIX) && is_large(&code.area));
    clock.map(|code| code.text.clone())
}

/// What a photo of the clock page says of its camera.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClockPhoto {
    /// When it was taken, on the finish clock.
    pub at: Timestamp,
    /// To be added to the camera's clock; absent where the file does not say what it showed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub offset_ms: Option<i64>,
    /// One standard deviation of it.
    pub sigma_ms: u32,
}

impl ClockPhoto {
    pub fn of(time: ShownTime, captured: Option<&CaptureTime>, race: &Race) -> Self {
        // The code stays for a second.
        let (within_s, code_s) = WHOLE_SECONDS;
        let within = SignedDuration::try_from_secs_f64(within_s).unwrap_or_default();
        let at = time.at.saturating_add(within).unwrap_or(time.at);
        let camera = captured.and_then(|captured| Some((shown(captured, race)?, captured)));
        let offset_ms = camera.map(|(shown, _)| at.duration_since(shown).as_millis());
        let offset_ms = offset_ms.and_then(|ms| i64::try_from(ms).ok());
        let camera_s = captured.map_or(0.0, |captured| within_second(captured).1);
        let set_s = f64::from(time.sigma_ms) / 1000.0;
        let sigma_ms = (set_s.hypot(code_s).hypot(camera_s) * 1000.0).round() as u32;
        Self { at, offset_ms, sigma_ms }
    }
}

/// For operators.
impl fmt::Display for ClockPhoto {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some(offset_ms) = self.offset_ms else {
            return f.write_str(
                "it shows the clock page, but not what the camera's clock showed; set the camera's \
                 date and time and take it again",
            );
        };
        let (offset_s, sigma_s) = (offset_ms as f64 / 1000.0, f64::from(self.sigma_ms) / 1000.0);
        write!(
            f,
            "it shows the clock page: its camera's clock needs {offset_s:+.1} s ± {sigma_s:.1}"
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::link::LinkKey;
    use jiff::civil::date;
    use kanso_photo::codes::Symbology;

    fn links(secret: u8) -> Links {
        Links::new("race", LinkKey::new([0; 4], [secret; 32]))
    }

    fn time() -> ShownTime {
        ShownTime { at: "2026-11-23T00:00:05Z".parse().unwrap(), sigma_ms: 150 }
    }

    #[test]
    fn a_code_says_its_time_to_the_race_that_signed_it_and_to_no_other() {
        let text = links(1).clock_code(time());
        assert_eq!(links(1).shown_time(&text), Some(time()));
        assert_eq!(links(2).shown_time(&text), None, "another race's key");
        let later = text.replacen("1795392005000", "1795392006000", 1);
        assert_ne!(later, text);
        for wrong in [&later, &text[1..], &text[..text.len() - 1], "", "KANSO:CLOCK:1:1:"] {
            assert_eq!(links(1).shown_time(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn the_offset_is_from_the_middle_of_the_codes_second_to_the_middle_of_the_cameras() {
        let rules = "name = 'R'\ndate = 2026-11-23\n[[courses]]\nid = 'c'\n";
        let race = Race::parse(rules).unwrap();
        // Nine in Tokyo; the camera's clock is 41 s ahead.
        let civil = date(2026, 11, 23).at(9, 0, 46, 0);
        let captured = CaptureTime { civil, subsec_ms: None, offset: None, gps: None };
        let whole = ClockPhoto::of(time(), Some(&captured), &race);
        assert_eq!(whole.offset_ms, Some(-41_000));
        assert!((400..500).contains(&whole.sigma_ms), "{whole}");
        let exact = CaptureTime { subsec_ms: Some(500), ..captured };
        let exact = ClockPhoto::of(time(), Some(&exact), &race);
        assert_eq!(exact.offset_ms, Some(-41_000));
        assert!(exact.sigma_ms < whole.sigma_ms);
        assert_eq!(ClockPhoto::of(time(), None, &race).offset_ms, None);
    }

    #[test]
    fn a_screen_behind_runners_is_no_photo_of_the_clock() {
        let code = |side| Code {
            text: links(1).clock_code(time()),
            symbology: Symbology::Qr,
            area: PixelRect::new(10, 10, side, side),
        };
        let size = (6000, 4000);
        assert!(code_in(&[code(1500)], size).is_some());
        assert!(code_in(&[code(190)], size).is_some(), "from 3 m");
        assert!(code_in(&[code(120)], size).is_none());
        let other = Code { text: "https://example.com".into(), ..code(1500) };
        assert!(code_in(&[other], size).is_none());
    }
}
