//! IPTC-IIM 4.2 records, as photographers' tools write them beside XMP.

use super::{Metadata, Told, add, exif, fill, text};

/// The IPTC blocks (resource 0x0404) among Photoshop's image resources, up to the first
/// resource that is malformed.
pub fn in_photoshop(resources: &[u8]) -> Vec<&[u8]> {
    let (mut rest, mut found) = (resources, Vec::new());
    while let Some((id, content, after)) = resource(rest) {
        if id == [0x04, 0x04] {
            found.push(content);
        }
        rest = after;
    }
    found
}

/// The first resource: its number, what it holds (as much as is there), and what follows.
fn resource(resources: &[u8]) -> Option<(&[u8], &[u8], &[u8])> {
    let after = resources.strip_prefix(b"8BIM")?;
    let (id, after) = after.split_at_checked(2)?;
    // A Pascal string, padded to an even length with its length byte.
    let name = usize::from(*after.first()?) + 1;
    let (size, after) = after.get(name + name % 2..)?.split_at_checked(4)?;
    let size = u32::from_be_bytes(size.try_into().ok()?) as usize;
    let content = after.get(..size).unwrap_or(after);
    let next = size.checked_add(size % 2).and_then(|padded| after.get(padded..));
    Some((id, content, next.unwrap_or_default()))
}

/// Adds what the records say to `metadata`.
pub fn read(records: &[u8], metadata: &mut Metadata) {
    let (mut date, mut time) = (None, None);
    for (record, dataset, value) in Datasets(records) {
        match (record, dataset) {
            (2, 25) => add(&mut metadata.keywords, &text(value)),
            (2, 55) => date = Some(text(value)),
            (2, 60) => time = Some(text(value)),
            (2, 80) => fill(&mut metadata.artist, &text(value)),
            (2, 110) => fill(&mut metadata.credit, &text(value)),
            // A caption typed by a person says more than the camera's description.
            (2, 120) => {
                let mut caption = None;
                fill(&mut caption, &text(value));
                metadata.caption = caption.or(metadata.caption.take());
            }
            _ => {}
        }
    }
    if let (Some(date), Some(time)) = (date, time) {
        metadata.offer(created(&date, &time));
    }
}

/// Date and time created: `20261123` and `110459+0900`.
fn created(date: &str, time: &str) -> Option<Told> {
    // Some write the marks of EXIF and XMP between the numbers.
    let date = date.replace([':', '-'], "");
    let time =
        if time.get(2..3) == Some(":") { time.replacen(':', "", 2) } else { time.to_owned() };
    let digits = |text: &str, at: std::ops::Range<usize>| Some(text.get(at)?.to_owned());
    let (year, month, day) = (digits(&date, 0..4)?, digits(&date, 4..6)?, digits(&date, 6..8)?);
    let (hour, minute, second) = (digits(&time, 0..2)?, digits(&time, 2..4)?, digits(&time, 4..6)?);
    let text = format!("{year}:{month}:{day} {hour}:{minute}:{second}");
    let civil = exif::date_time(text.as_bytes())?;
    Some(Told::of(civil, None, time.get(6..).unwrap_or_default()))
}

/// (record, dataset, value), up to the first that is malformed.
struct Datasets<'a>(&'a [u8]);

impl<'a> Iterator for Datasets<'a> {
    type Item = (u8, u8, &'a [u8]);

    fn next(&mut self) -> Option<Self::Item> {
        let (head, rest) = self.0.split_first_chunk::<5>()?;
        let [0x1C, record, dataset, high, low] = *head else { return None };
        let short = u16::from_be_bytes([high, low]);
        let (length, rest) = if short & 0x8000 == 0 {
            (usize::from(short), rest)
        } else {
            // Extended dataset: the low 15 bits count the bytes of the length.
            let (digits, rest) = rest.split_at_checked(usize::from(short & 0x7FFF))?;
            let length = digits.iter().try_fold(0usize, |n, digit| {
                n.checked_mul(256)?.checked_add(usize::from(*digit))
            })?;
            (length, rest)
        };
        let (value, rest) = rest.split_at_checked(length)?;
        self.0 = rest;
        Some((record, dataset, value))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn dataset(number: u8, value: &[u8]) -> Vec<u8> {
        let mut bytes = vec![0x1C, 2, number];
        bytes.extend((value.len() as u16).to_be_bytes());
        bytes.extend(value);
        bytes
    }

    #[test]
    fn keywords_are_read_in_order_and_once() {
        let records =
            [dataset(25, b"1234"), dataset(25, "完走".as_bytes()), dataset(25, b"1234")].concat();
        let mut resources = b"8BIM\x03\xed\0\0\0\0\0\x03abc\0".to_vec();
        resources.extend(b"8BIM\x04\x04\0\0");
        resources.extend((records.len() as u32).to_be_bytes());
        resources.extend(&records);
        let mut metadata = Metadata::default();
        let blocks = in_photoshop(&resources);
        assert_eq!(blocks.len(), 1);
        read(blocks[0], &mut metadata);
        assert_eq!(metadata.keywords, ["1234", "完走"]);
    }

    #[test]
    fn keywords_in_the_encoding_of_windows_in_japan_are_understood() {
        let (bytes, _, _) = encoding_rs::SHIFT_JIS.encode("髙橋 12番");
        let mut metadata = Metadata::default();
        read(&dataset(25, &bytes), &mut metadata);
        assert_eq!(metadata.keywords, ["髙橋 12番"]);
    }

    #[test]
    fn the_time_created_counts_where_nothing_else_tells_it() {
        for (date, time) in [("20261123", "110459+0900"), ("2026:11:23", "11:04:59+09:00")] {
            let records = [dataset(55, date.as_bytes()), dataset(60, time.as_bytes())].concat();
            let mut metadata = Metadata::default();
            read(&records, &mut metadata);
            let captured = metadata.captured.unwrap();
            assert_eq!(captured.civil.to_string(), "2026-11-23T11:04:59", "{time}");
            assert_eq!(captured.offset.map(|offset| offset.seconds()), Some(32_400), "{time}");
        }
    }

    #[test]
    fn records_cut_off_anywhere_do_not_panic() {
        let whole =
            [dataset(25, b"1234"), vec![0x1C, 2, 25, 0x80, 4, 0xFF, 0xFF, 0xFF, 0xFF]].concat();
        for cut in 0..=whole.len() {
            read(&whole[..cut], &mut Metadata::default());
            in_photoshop(&whole[..cut]);
        }
    }
}
