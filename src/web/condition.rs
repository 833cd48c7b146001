//! How a printer is, in words.

use kanso_print::status::Condition;

use super::language::Both;

/// Every condition that a person should know of, by its name in JSON.
pub(super) fn told() -> Vec<(&'static str, Both)> {
    use Condition::*;
    let all = [
        (Offline, "offline"),
        (Refuses, "refuses"),
        (Jam, "jam"),
        (OutOfPaper, "out_of_paper"),
        (OutOfInk, "out_of_ink"),
        (CoverOpen, "cover_open"),
        (Stopped, "stopped"),
        (NoProgress, "no_progress"),
        (SizeNotKept, "size_not_kept"),
        (Connecting, "connecting"),
        (Busy, "busy"),
        (Low, "low"),
    ];
    all.map(|(condition, name)| (name, words(condition))).into()
}

/// What staff are told of it.
pub(super) fn words(condition: Condition) -> Both {
    let (ja, en) = match condition {
        Condition::Offline => ("応答がありません", "does not answer"),
        Condition::Refuses => ("PDFもJPEGも受けつけません", "takes neither PDF nor JPEG"),
        Condition::Jam => ("紙づまり", "paper jam"),
        Condition::OutOfPaper => ("用紙切れ", "out of paper"),
        Condition::OutOfInk => ("インク・リボン切れ", "out of ink or ribbon"),
        Condition::CoverOpen => ("カバーが開いています", "cover open"),
        Condition::Stopped => ("とまっています", "stopped"),
        Condition::NoProgress => ("印刷が進みません", "nothing moves"),
        Condition::SizeNotKept => (
            "指定のサイズ・等倍で印刷されませんでした。紙を測り、よければ管理画面の「プリンター」で再開してください",
            "did not keep the size or scaling: measure the sheet; if it is right, let it go on at Printers in the console",
        ),
        Condition::Connecting => ("接続中", "connecting"),
        Condition::Busy => ("ほかの印刷中", "busy"),
        Condition::Low => ("警告あり（用紙・インクなど）", "warns, of paper or ink for example"),
        Condition::Ready => ("印刷できます", "ready"),
    };
    Both { ja: ja.to_owned(), en: en.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_is_the_one_that_pages_get() {
        for (name, both) in told() {
            let condition: Condition = serde_json::from_value(name.into()).unwrap();
            assert_eq!(words(condition), both);
        }
    }
}
