//! EXIF 2.32: time, camera, colour space, orientation.

use ::exif::{Exif, In, Reader, Tag, Value};
use jiff::{civil, tz::Offset};

use super::{CaptureTime, DeclaredColor, Metadata, add, fill, text};
use crate::orientation::Orientation;

/// Windows Explorer's tags: UTF-16LE.
const XP_KEYWORDS: Tag = Tag(::exif::Context::Tiff, 0x9C9E);
/// DNG and older bodies.
const CAMERA_SERIAL_NUMBER: Tag = Tag(::exif::Context::Tiff, 0xC62F);

/// Reads a TIFF structure; what cannot be read stays empty.
pub fn read(tiff: &[u8]) -> Metadata {
    let mut reader = Reader::new();
    let parsed = match reader.continue_on_error(true).read_raw(tiff.to_vec()) {
        Ok(exif) => Some(exif),
        Err(error) => error.distill_partial_result(|_| ()).ok(),
    };
    parsed.map(|exif| understand(&exif)).unwrap_or_default()
}

fn understand(exif: &Exif) -> Metadata {
    let mut found = Metadata {
        captured: captured(exif),
        color: color(exif),
        orientation: number(exif, Tag::Orientation)
            .and_then(Orientation::from_exif)
            .unwrap_or_default(),
        ..Metadata::default()
    };
    for (slot, tag) in [
        (&mut found.camera_make, Tag::Make),
        (&mut found.camera_model, Tag::Model),
        (&mut found.body_serial, Tag::BodySerialNumber),
        (&mut found.caption, Tag::ImageDescription),
        (&mut found.artist, Tag::Artist),
        (&mut found.credit, Tag::Copyright),
    ] {
        if let Some(bytes) = ascii(exif, tag) {
            fill(slot, &text(bytes));
        }
    }
    if let Some(bytes) = ascii(exif, CAMERA_SERIAL_NUMBER) {
        fill(&mut found.body_serial, &text(bytes));
    }
    if let Some(Value::Byte(bytes)) =
        exif.get_field(XP_KEYWORDS, In::PRIMARY).map(|field| &field.value)
    {
        let (words, _) = encoding_rs::UTF_16LE.decode_without_bom_handling(bytes);
        words.split(';').for_each(|word| add(&mut found.keywords, word));
    }
    found
}

fn ascii(exif: &Exif, tag: Tag) -> Option<&[u8]> {
    match &exif.get_field(tag, In::PRIMARY)?.value {
        Value::Ascii(texts) => texts.first().map(Vec::as_slice),
        _ => None,
    }
}

fn number(exif: &Exif, tag: Tag) -> Option<u32> {
    exif.get_field(tag, In::PRIMARY)?.value.get_uint(0)
}

fn color(exif: &Exif) -> DeclaredColor {
    let adobe =
        ascii(exif, Tag::InteroperabilityIndex).is_some_and(|index| index.starts_with(b"R03"));
    match number(exif, Tag::ColorSpace) {
        Some(1) => DeclaredColor::Srgb,
        Some(2) => DeclaredColor::AdobeRgb,
        Some(0xFFFF) if adobe => DeclaredColor::AdobeRgb,
        _ => DeclaredColor::Unspecified,
    }
}

/// DateTimeOriginal, else DateTimeDigitized. Never DateTime: editors change it.
fn captured(exif: &Exif) -> Option<CaptureTime> {
    [
        (Tag::DateTimeOriginal, Tag::SubSecTimeOriginal, Tag::OffsetTimeOriginal),
        (Tag::DateTimeDigitized, Tag::SubSecTimeDigitized, Tag::OffsetTimeDigitized),
    ]
    .into_iter()
    .find_map(|(time, subsec, offset)| {
        let time = ascii(exif, time)?;
        // Some phones write the zone behind the time.
        let behind = time.get(19..).unwrap_or_default();
        let zone = ascii(exif, offset).filter(|zone| !is_blank(zone)).unwrap_or(behind);
        Some(CaptureTime {
            civil: date_time(time)?,
            subsec_ms: ascii(exif, subsec).and_then(milliseconds),
            offset: zone_of(&String::from_utf8_lossy(zone))?,
        })
    })
}

/// `YYYY:MM:DD HH:MM:SS`; some software writes dashes or a T.
pub(super) fn date_time(bytes: &[u8]) -> Option<civil::DateTime> {
    let digits = |range: std::ops::Range<usize>| -> Option<i16> {
        // Some cameras write spaces for leading zeros.
        let part = std::str::from_utf8(bytes.get(range)?).ok()?.trim_start_matches(' ');
        part.bytes().all(|b| b.is_ascii_digit()).then(|| part.parse().ok())?
    };
    let small = |range| digits(range).and_then(|n| i8::try_from(n).ok());
    let (hour, minute, second) = (small(11..13)?, small(14..16)?, small(17..19)?);
    let date = civil::Date::new(digits(0..4)?, small(5..7)?, small(8..10)?).ok()?;
    // Year 0 and the like stand for "clock never set".
    (date.year() >= 1970)
        .then(|| civil::Time::new(hour, minute, second, 0).ok())?
        .map(|time| date.to_datetime(time))
}

/// The fraction's digits, left-aligned: `5` is half a second, `05` is 50 ms.
fn milliseconds(bytes: &[u8]) -> Option<u16> {
    let digits: Vec<u8> =
        bytes.iter().copied().take_while(u8::is_ascii_digit).map(|d| d - b'0').collect();
    if digits.is_empty() {
        return None;
    }
    let at = |i: usize| u16::from(digits.get(i).copied().unwrap_or(0));
    Some(at(0) * 100 + at(1) * 10 + at(2))
}

fn is_blank(bytes: &[u8]) -> bool {
    bytes.iter().all(|b| matches!(b, 0 | b' ' | b':' | b'-'))
}

/// The zone that a text tells: `Some(None)` where it tells none. `None` where it tells one
/// that is not understood: then the time may be hours wrong, and is none.
pub(super) fn zone_of(text: &str) -> Option<Option<Offset>> {
    if is_blank(text.as_bytes()) { Some(None) } else { zone(text).map(Some) }
}

/// `+09:00`, `+0900`, `+9`, `Z`.
fn zone(text: &str) -> Option<Offset> {
    let text = text.trim_matches(|c: char| c.is_whitespace() || c == '\0');
    if text.eq_ignore_ascii_case("Z") || text.eq_ignore_ascii_case("UTC") {
        return Some(Offset::UTC);
    }
    let (sign, rest) = match text.split_at_checked(1)? {
        ("+", rest) => (1, rest),
        ("-", rest) => (-1, rest),
        _ => return None,
    };
    let (hours, minutes) = match rest.split_once(':') {
        Some(parts) => parts,
        None if rest.len() == 4 => rest.split_at_checked(2)?,
        None => (rest, "0"),
    };
    let (hours, minutes): (i32, i32) = (hours.parse().ok()?, minutes.parse().ok()?);
    let in_range = (0..=14).contains(&hours) && (0..60).contains(&minutes);
    in_range.then(|| Offset::from_seconds(sign * (hours * 3600 + minutes * 60)).ok())?
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read_as_cameras_write_them() {
        let expected = civil::date(2026, 11, 23).at(11, 4, 59, 0);
        assert_eq!(date_time(b"2026:11:23 11:04:59"), Some(expected));
        assert_eq!(date_time(b"2026-11-23T11:04:59"), Some(expected));
        let early = civil::date(2026, 3, 7).at(6, 5, 9, 0);
        assert_eq!(date_time(b"2026: 3: 7  6: 5: 9"), Some(early));
        for unset in ["0000:00:00 00:00:00", "    :  :     :  :  ", "2026:13:01 00:00:00", "2026"] {
            assert_eq!(date_time(unset.as_bytes()), None, "{unset}");
        }
    }

    #[test]
    fn sub_seconds_are_a_fraction_not_a_number() {
        assert_eq!(milliseconds(b"5"), Some(500));
        assert_eq!(milliseconds(b"05"), Some(50));
        assert_eq!(milliseconds(b"123456"), Some(123));
        assert_eq!(milliseconds(b"  "), None);
    }

    #[test]
    fn zones_are_hours_and_minutes() {
        assert_eq!(zone("+09:00").map(Offset::seconds), Some(9 * 3600));
        assert_eq!(zone("-03:30\0").map(Offset::seconds), Some(-(3 * 3600 + 1800)));
        assert_eq!(zone("+0545").map(Offset::seconds), Some(5 * 3600 + 2700));
        assert_eq!(zone("-5").map(Offset::seconds), Some(-5 * 3600));
        assert_eq!(zone_of("   :  \0"), Some(None), "none is told");
        assert_eq!(zone_of("JST"), None, "one that is not understood");
        assert_eq!(zone("+99:00"), None);
    }
}
