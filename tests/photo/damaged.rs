//! Files whose bytes were changed on the way: judged by what the picture lost, not by what
//! the decoder complained of.

use bytes::Bytes;
use kanso_photo::{Needs, Note, Photo};

use crate::picture::{cjpeg, scene, with_segment};

/// What becomes of a photo: whether a person must look at it, the share that is missing,
/// and what the record says.
fn seen(jpeg: &[u8]) -> (bool, f64, Vec<Note>) {
    let photo = Photo::open(Bytes::copy_from_slice(jpeg)).unwrap();
    let decoded = photo.decode(&Needs { reading_px: Some(900), ..Needs::default() }).unwrap();
    (decoded.needs_review(), decoded.missing_share, decoded.notes.clone())
}

fn position(jpeg: &[u8], marker: u8) -> usize {
    jpeg.windows(2).position(|pair| pair == [0xFF, marker]).unwrap()
}

/// Where the (first) scan's data lies.
fn scan(jpeg: &[u8]) -> std::ops::Range<usize> {
    let sos = position(jpeg, 0xDA);
    let length = usize::from(jpeg[sos + 2]) << 8 | usize::from(jpeg[sos + 3]);
    sos + 2 + length..jpeg.len() - 2
}

const KINDS: [&[&str]; 4] = [
    &["-quality", "90"],
    &["-quality", "90", "-optimize"],
    &["-quality", "90", "-restart", "2"],
    &["-quality", "90", "-progressive"],
];

#[test]
fn a_scan_that_was_sent_as_text_goes_before_a_person() {
    for options in KINDS {
        let whole = cjpeg(&scene(960, 640), options);
        let (head, data) = whole.split_at(scan(&whole).start);
        let one_for_one: Vec<u8> =
            data.iter().map(|byte| if *byte == b'\r' { b'\n' } else { *byte }).collect();
        let mut longer = Vec::new();
        for byte in data {
            longer.extend((*byte == b'\n').then_some(b'\r'));
            longer.push(*byte);
        }
        for changed in [one_for_one, longer] {
            let (asks, _, notes) = seen(&[head, &changed].concat());
            assert!(asks && notes.contains(&Note::Corrupt), "{options:?}: {notes:?}");
        }
    }
}

#[test]
fn a_block_that_is_empty_or_lost_or_there_twice_goes_before_a_person() {
    for options in KINDS {
        let whole = cjpeg(&scene(960, 640), options);
        let data = scan(&whole);
        for tenth in 1..9 {
            let at = data.start + data.len() * tenth / 10;
            let (before, block, after) = (&whole[..at], &whole[at..at + 512], &whole[at + 512..]);
            for (what, changed) in [
                ("empty", [before, &[0; 512], after].concat()),
                ("lost", [before, after].concat()),
                ("twice", [before, block, block, after].concat()),
            ] {
                let (asks, _, notes) = seen(&changed);
                assert!(asks, "{what} at {tenth}0 %, {options:?}: {notes:?}");
            }
        }
    }
}

#[test]
fn a_file_of_its_full_length_whose_end_never_came_is_missing_that_end() {
    for options in &KINDS[..3] {
        let whole = cjpeg(&scene(960, 640), options);
        for filling in [0, 0xFF] {
            let mut file = whole[..whole.len() / 2].to_vec();
            file.resize(whole.len(), filling);
            let (asks, share, notes) = seen(&file);
            assert!(asks && (0.3..0.7).contains(&share), "{options:?}: {share}, {notes:?}");
        }
    }
}

#[test]
fn a_picture_that_is_whole_is_used_whatever_the_file_around_it_looks_like() {
    for options in KINDS {
        let whole = cjpeg(&scene(960, 640), options);
        let end = whole.len() - 2;
        let camera_notes = b"\0\0\0\0\0\0\0\0\0Image_UTC_Data1795392877000SEFHk\0\0\0SEFT";
        let newer_jfif = {
            let mut file = whole.clone();
            file[position(&whole, 0xE0) + 9] = 2;
            file
        };
        let mut files = vec![
            ("a newer JFIF", newer_jfif),
            ("seven bytes before the end", {
                [&whole[..end], b"\x12\x34\x56\0\0\x77\x01", &whole[end..]].concat()
            }),
            ("notes behind the end", [&whole[..], camera_notes].concat()),
            ("an unknown segment", with_segment(&whole, 0xEB, &[7; 3000])),
        ];
        if !options.contains(&"-progressive") {
            // The last three bytes of a scan header mean nothing in a sequential file.
            let mut file = whole.clone();
            let start = scan(&whole).start;
            file[start - 3..start].fill(0);
            files.push(("an odd scan header", file));
            // Whether the last scan of a progressive file came whole, only its end tells.
            files.push(("no end marker, notes behind", [&whole[..end], camera_notes].concat()));
        }
        for (what, file) in files {
            let (asks, _, notes) = seen(&file);
            assert!(!asks, "{what}, {options:?}: {notes:?}");
        }
    }
}
