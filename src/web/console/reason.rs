//! Why a photo is not on a certificate yet, and what to do, for volunteers. The pipeline's own
//! words are English, and stand beside it.

use crate::language::Both;

/// Parts of the pipeline's words, the first that fits wins, and what is said in Japanese.
const KNOWN: [(&str, &str); 20] = [
    ("no race.toml yet", "大会の設定（race.toml）がまだありません。送ってください。"),
    ("no results yet", "記録（results.csv）がまだありません。届くと自動で決まります。"),
    (
        "not in the confirmed results",
        "確定記録にないナンバーです。だれの写真か決めるか、記録をなおしてください。",
    ),
    (
        "not in the results yet",
        "まだ記録にないナンバーです。つぎの記録を待ちます。番号がちがうときは、正しい番号を入れてください。",
    ),
    ("no time in the results yet", "まだタイムがありません。つぎの記録を待ちます。"),
    (
        "this camera's clock is not known yet",
        "カメラの時計のずれがまだわかりません。確かな写真が10枚そろうと自動で決まります。",
    ),
    (
        "it waits for more results",
        "そのころフィニッシュした人が、まだ記録にいません。つぎの記録を待ちます。",
    ),
    ("(DNF)", "途中棄権の選手です。完走証は出ません。ちがうときは記録をなおしてください。"),
    ("(DNS)", "欠場の選手です。完走証は出ません。ちがうときは記録をなおしてください。"),
    ("(DQ)", "失格の選手です。完走証は出ません。ちがうときは記録をなおしてください。"),
    ("damaged", "ファイルが壊れています。使えるかどうか、写真を見て決めてください。"),
    ("look at the number", "番号がはっきりしません。写真の番号を見て決めてください。"),
    ("only the clock", "撮影の時刻だけが手がかりです。写真を見て確かめてください。"),
    ("only a ", "手がかりが一つだけです。写真を見て確かめてください。"),
    (
        "finished about then; say which",
        "そのころフィニッシュした人が何人かいます。写真を見て決めてください。",
    ),
    ("no bib is named", "だれの写真か、手がかりがありません。"),
    ("not an image", "画像ではありません。カメラのJPEGを送ってもらってください。"),
    ("is not supported", "この形式は使えません。JPEGで送りなおしてもらってください。"),
    ("cannot be read", "ファイルが壊れています。カードから送りなおしてもらってください。"),
    ("cannot be decoded", "ファイルが壊れています。カードから送りなおしてもらってください。"),
];

/// What is said where none of them fits.
pub(super) fn words(reason: &str, otherwise: &str) -> Both {
    let known = KNOWN.iter().find(|(part, _)| reason.contains(part));
    let ja = known.map_or(otherwise, |(_, ja)| *ja);
    Both { ja: ja.to_owned(), en: reason.to_owned() }
}
