//! EXIF 2.32: time, camera, colour space, orientation.

use ::exif::{Exif, In, Reader, Tag, Value};
use jiff::{civil, tz::Offset};

use super::{CaptureTime, DeclaredColor, Metadata, Told, add, fill, gps, text};
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
    for tags in TIMES {
        found.offer(captured(exif, tags));
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

/// DateTimeOriginal, else DateTimeDigitized, each with its fraction and its zone. Never
/// DateTime: editors change it.
const TIMES: [[Tag; 3]; 2] = [
    [Tag::DateTimeOriginal, Tag::SubSecTimeOriginal, Tag::OffsetTimeOriginal],
    [Tag::DateTimeDigitized, Tag::SubSecTimeDigitized, Tag::OffsetTimeDigitized],
];

fn captured(exif: &Exif, [time, subsec, offset]: [Tag; 3]) -> Option<Told> {
    let time = ascii(exif, time)?;
    let civil = date_time(time)?;
    // Some phones write the zone behind the time.
    let (fraction, behind) = fraction(time.get(19..).unwrap_or_default());
    let zone = ascii(exif, offset).filter(|zone| !is_blank(zone)).unwrap_or(behind);
    let gps = gps::time(exif);
    let by_gps = || gps::zone_by_gps(civil, gps?).map(Some);
    let Some(offset) = zone_of(&String::from_utf8_lossy(zone)).or_else(by_gps) else {
        return Some(Told::ZoneUnread);
    };
    let subsec_ms = ascii(exif, subsec).and_then(milliseconds).or(fraction);
    Some(Told::Time(CaptureTime { civil, subsec_ms, offset, gps }))
}

/// What stands behind a time's seconds: a fraction, where somebody wrote one, and the rest.
fn fraction(behind: &[u8]) -> (Option<u16>, &[u8]) {
    let Some(digits) = behind.strip_prefix(b".") else { return (None, behind) };
    let length = digits.iter().take_while(|digit| digit.is_ascii_digit()).count();
    let (digits, rest) = digits.split_at(length);
    (milliseconds(digits), rest)
}

/// `YYYY:MM:DD HH:MM:SS`; some software writes dashes or a T.
pub(super) fn date_time(bytes: &[u8]) -> Option<civil::DateTime> {
    let small = |range| digits(bytes, range).and_then(|n| i8::try_from(n).ok());
    let (hour, minute, second) = (small(11..13)?, small(14..16)?, small(17..19)?);
    // Some phones count the hours from 1 to 24, and mean the hour after midnight.
    let hour = if hour == 24 { 0 } else { hour };
    let time = civil::Time::new(hour, minute, second, 0).ok()?;
    Some(date(bytes)?.to_datetime(time))
}

/// `YYYY:MM:DD`. Year 0 and the like stand for "clock never set".
pub(super) fn date(bytes: &[u8]) -> Option<civil::Date> {
    let number = |range| digits(bytes, range);
    let small = |range| number(range).and_then(|n| i8::try_from(n).ok());
    let date = civil::Date::new(number(0..4)?, small(5..7)?, small(8..10)?).ok()?;
    (date.year() >= 1970).then_some(date)
}

fn digits(bytes: &[u8], range: std::ops::Range<usize>) -> Option<i16> {
    // Some cameras write spaces for leading zeros.
    let part = std::str::from_utf8(bytes.get(range)?).ok()?.trim_start_matches(' ');
    part.bytes().all(|b| b.is_ascii_digit()).then(|| part.parse().ok())?
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
/// that is not understood: then the time may be hours wrong.
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
        let midnight = civil::date(2026, 1, 1).at(0, 4, 20, 0);
        assert_eq!(date_time(b"2026:01:01 24:04:20"), Some(midnight));
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

    /// A TIFF structure with an Exif and a GPS directory; each tag is (number, type, value).
    fn tiff(exif: &[(u16, u16, Vec<u8>)], gps: &[(u16, u16, Vec<u8>)]) -> Vec<u8> {
        let mut bytes = b"MM\0*\0\0\0\x08".to_vec();
        let (at, exif_length) = (8 + 2 + 2 * 12 + 4, directory(0, exif).len());
        let pointer = |to: usize| u32::to_be_bytes(to as u32).to_vec();
        let first = [(0x8769, 4, pointer(at)), (0x8825, 4, pointer(at + exif_length))];
        bytes.extend(directory(8, &first));
        bytes.extend(directory(at, exif));
        bytes.extend(directory(at + exif_length, gps));
        bytes
    }

    fn directory(at: usize, tags: &[(u16, u16, Vec<u8>)]) -> Vec<u8> {
        let mut entries = u16::to_be_bytes(tags.len() as u16).to_vec();
        let mut values: Vec<u8> = Vec::new();
        let values_at = at + 2 + tags.len() * 12 + 4;
        for (number, kind, value) in tags {
            let size = [0, 1, 1, 2, 4, 8, 1, 1, 2, 4, 8][usize::from(*kind)];
            entries.extend(number.to_be_bytes());
            entries.extend(kind.to_be_bytes());
            entries.extend(u32::to_be_bytes((value.len() / size) as u32));
            if value.len() <= 4 {
                entries.extend(value.iter().copied().chain([0; 4]).take(4));
            } else {
                entries.extend(u32::to_be_bytes((values_at + values.len()) as u32));
                values.extend(value);
            }
        }
        entries.extend([0; 4]);
        entries.extend(values);
        entries
    }

    fn ascii(number: u16, text: &str) -> (u16, u16, Vec<u8>) {
        (number, 2, format!("{text}\0").into_bytes())
    }

    fn gps(date: &str, parts: [(u32, u32); 3], kind: u16) -> [(u16, u16, Vec<u8>); 2] {
        let parts = parts.iter().flat_map(|(n, d)| [n.to_be_bytes(), d.to_be_bytes()]).flatten();
        [ascii(0x1D, date), (7, kind, parts.collect())]
    }

    const ORIGINAL: u16 = 0x9003;
    const DIGITIZED: u16 = 0x9004;
    const ZONE_OF_ORIGINAL: u16 = 0x9011;

    #[test]
    fn a_time_without_a_zone_does_not_stand_in_for_one_whose_zone_is_not_understood() {
        let (time, later) = ("2026:04:05 10:20:30", "2026:04:05 10:20:31");
        let unread = [ascii(ORIGINAL, time), ascii(ZONE_OF_ORIGINAL, "JST")];
        let second = [&unread[..1], &[ascii(DIGITIZED, later)], &unread[1..]].concat();
        assert_eq!(read(&tiff(&second, &[])).captured, None);
        let zoned = [&second[..], &[ascii(0x9012, "+09:00")]].concat();
        let captured = read(&tiff(&zoned, &[])).captured.unwrap();
        assert_eq!(captured.offset.map(Offset::seconds), Some(9 * 3600));
        assert_eq!(captured.civil.second(), 31, "a time that tells its zone does");
        let alone = read(&tiff(&[ascii(DIGITIZED, later)], &[])).captured.unwrap();
        assert_eq!((alone.civil.second(), alone.offset), (31, None));
    }

    #[test]
    fn a_fraction_behind_the_time_is_no_zone() {
        let captured = |text| read(&tiff(&[ascii(ORIGINAL, text)], &[])).captured.unwrap();
        let plain = captured("2026:04:05 10:20:30.25");
        assert_eq!((plain.subsec_ms, plain.offset), (Some(250), None));
        let zoned = captured("2026:04:05 10:20:30.5+09:00");
        assert_eq!((zoned.subsec_ms, zoned.offset.map(Offset::seconds)), (Some(500), Some(32_400)));
    }

    #[test]
    fn gps_time_is_read_and_gives_the_zone_that_is_not_understood() {
        let time = ascii(ORIGINAL, "2026:04:05 10:20:30");
        let fix = gps("2026:04:05", [(1, 1), (20, 1), (3050, 100)], 5);
        let captured = read(&tiff(std::slice::from_ref(&time), &fix)).captured.unwrap();
        assert_eq!(captured.gps.unwrap().to_string(), "2026-04-05T01:20:30Z");
        assert_eq!(captured.offset, None, "whose zone it is, the race says too");
        let unread = [time.clone(), ascii(ZONE_OF_ORIGINAL, "JST")];
        let captured = read(&tiff(&unread, &fix)).captured.unwrap();
        assert_eq!(captured.offset.map(Offset::seconds), Some(9 * 3600));
        let signed = gps("2026:04:05", [(1, 1), (20, 1), (30, 1)], 10);
        let captured = read(&tiff(std::slice::from_ref(&time), &signed)).captured.unwrap();
        assert_eq!(captured.gps.unwrap().to_string(), "2026-04-05T01:20:30Z");
        for fix in [
            gps("2026:04:05", [(1, 1), (20, 1), (0, 0)], 5),
            gps("2026:04:05", [(25, 1), (20, 1), (0, 1)], 5),
            gps("", [(1, 1), (20, 1), (30, 1)], 5),
            gps("0000:00:00", [(1, 1), (20, 1), (30, 1)], 5),
        ] {
            let captured = read(&tiff(std::slice::from_ref(&time), &fix)).captured.unwrap();
            assert_eq!(captured.gps, None, "{fix:?}");
        }
    }
}
