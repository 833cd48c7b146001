//! Why a photo is of no use, as its photographer reads it. The pipeline's own words are for
//! operators, and English.

use crate::language::Both;

/// The beginning or a part of the pipeline's words, and what the page says.
const WORDS: [(&str, &str, &str); 7] = [
    (
        "not an image",
        "画像ではありません。カメラのJPEGを送ってください。",
        "This is no picture. Please send the camera's JPEG.",
    ),
    (
        "is empty",
        "中身が空です。もう一度送ってください。",
        "The file is empty. Please send it again.",
    ),
    (
        "is not supported",
        "この形式は使えません。JPEGに書き出して送ってください。",
        "This format cannot be used. Please export a JPEG and send that.",
    ),
    (
        "cannot be read",
        "ファイルが壊れています。カードからもう一度送ってください。",
        "The file is broken. Please send it again from the card.",
    ),
    (
        "cannot be decoded",
        "ファイルが壊れています。カードからもう一度送ってください。",
        "The file is broken. Please send it again from the card.",
    ),
    (
        "header says",
        "画像の大きさが使える範囲にありません。書き出しなおしてください。",
        "The picture's size cannot be used. Please export it again.",
    ),
    ("bytes, more than", "ファイルが大きすぎます。", "The file is too large."),
];

/// What the page says of a reason.
pub(super) fn of(reason: &str) -> Both {
    let known = WORDS.iter().find(|(part, ..)| reason.contains(part));
    let (ja, en) = known.map_or(
        (
            "完走証にする人が見つかりませんでした。",
            "It shows nobody for whom there is a certificate.",
        ),
        |(_, ja, en)| (*ja, *en),
    );
    Both { ja: ja.to_owned(), en: en.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use kanso_photo::PhotoError;

    #[test]
    fn what_is_wrong_with_a_file_is_said_in_both_languages() {
        let nobody = of("nobody");
        for error in [
            PhotoError::Empty,
            PhotoError::TooManyBytes { bytes: 9, limit: 1 },
            PhotoError::NotAnImage,
            PhotoError::Unsupported { what: "HEIC", advice: "export a JPEG" },
            PhotoError::Size { width: 0, height: 0, limit: "at least 1" },
            PhotoError::Header { format: "JPEG", detail: "x".into() },
            PhotoError::Undecodable { format: "PNG", detail: "x".into() },
        ] {
            assert_ne!(of(&error.to_string()), nobody, "{error}");
        }
    }
}
