//! Why a photo is of no use, as its photographer reads it. The pipeline's own words are for
//! operators, and English.

use crate::file_fault::FileFault;
use crate::language::Both;

/// What the page says of a reason.
pub(super) fn of(reason: &str) -> Both {
    let [ja, en] = match FileFault::of(reason) {
        Some(FileFault::NotAnImage) => [
            "画像ではありません。カメラのJPEGを送ってください。",
            "This is no picture. Please send the camera's JPEG.",
        ],
        Some(FileFault::Empty) => {
            ["中身が空です。もう一度送ってください。", "The file is empty. Please send it again."]
        }
        Some(FileFault::Unsupported) => [
            "この形式は使えません。JPEGに書き出して送ってください。",
            "This format cannot be used. Please export a JPEG and send that.",
        ],
        Some(FileFault::Broken) => [
            "ファイルが壊れています。カードからもう一度送ってください。",
            "The file is broken. Please send it again from the card.",
        ],
        Some(FileFault::Size) => [
            "画像の大きさが使える範囲にありません。書き出しなおしてください。",
            "The picture's size cannot be used. Please export it again.",
        ],
        Some(FileFault::TooLarge) => ["ファイルが大きすぎます。", "The file is too large."],
        None => [
            "完走証にする人が見つかりませんでした。",
            "It shows nobody for whom there is a certificate.",
        ],
    };
    Both { ja: ja.to_owned(), en: en.to_owned() }
}
