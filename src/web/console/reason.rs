//! Why a photo is not on a certificate yet, and what to do, for volunteers. The pipeline's own
//! words are English, and stand beside it.

use kanso_matching::reason::Reason;

use crate::file_fault::FileFault;
use crate::language::Both;

/// What is said; `otherwise` of a reason whose kind nobody knows.
pub(super) fn words(reason: &str, otherwise: &str) -> Both {
    let known = Reason::of(reason).map(of_photo);
    let ja = known.or_else(|| FileFault::of(reason).map(of_file)).unwrap_or(otherwise);
    Both { ja: ja.to_owned(), en: reason.to_owned() }
}

fn of_photo(kind: Reason) -> &'static str {
    match kind {
        Reason::PersonRejected | Reason::PersonFoundNobody => {
            "使わない写真だと、スタッフが決めました。ちがうときは、だれの写真か決めなおしてください。"
        }
        Reason::PersonBlocked => {
            "この選手には使わないと、スタッフが決めました。ちがうときは、選手のページで戻せます。"
        }
        Reason::NoRules => "大会の設定（race.toml）がまだありません。送ってください。",
        Reason::NoResults => "記録（results.csv）がまだありません。届くと自動で決まります。",
        Reason::NotInConfirmedResults => {
            "確定記録にないナンバーです。だれの写真か決めるか、記録をなおしてください。"
        }
        Reason::NotInResults => {
            "まだ記録にないナンバーです。つぎの記録を待ちます。番号がちがうときは、正しい番号を入れてください。"
        }
        Reason::NoLongerInResults => {
            "記録からなくなったナンバーです。ちがうときは記録をなおしてください。"
        }
        Reason::NoTime => "まだタイムがありません。つぎの記録を待ちます。",
        Reason::DidNotFinish => {
            "途中棄権の選手です。完走証は出ません。ちがうときは記録をなおしてください。"
        }
        Reason::DidNotStart => {
            "欠場の選手です。完走証は出ません。ちがうときは記録をなおしてください。"
        }
        Reason::Disqualified => {
            "失格の選手です。完走証は出ません。ちがうときは記録をなおしてください。"
        }
        Reason::Erased => "記録から消した選手の写真です。することはありません。",
        Reason::Damaged => "ファイルが壊れています。使えるかどうか、写真を見て決めてください。",
        Reason::ClockSaysAnother => {
            "番号と撮影の時刻が合いません。写真を見て、だれの写真か決めてください。"
        }
        Reason::OnlyCode | Reason::OnlyNumber | Reason::OnlyCaption => {
            "手がかりが一つだけです。写真を見て確かめてください。"
        }
        Reason::LookAtNumber => "番号がはっきりしません。写真の番号を見て決めてください。",
        Reason::NotFirm => "手がかりが足りません。写真を見て、だれの写真か決めてください。",
        Reason::NoCaptureTime => {
            "番号も撮影の時刻もありません。写真を見て、だれの写真か決めてください。"
        }
        Reason::ClockNotKnown => {
            "カメラの時計のずれがまだわかりません。確かな写真が10枚そろうと自動で決まります。"
        }
        Reason::ZoneContradicted => {
            "カメラの時差の設定とGPSの時刻が合いません。カメラの設定をなおし、だれの写真か決めてください。"
        }
        Reason::OnlyClock => "撮影の時刻だけが手がかりです。写真を見て確かめてください。",
        Reason::SeveralFinishedThen => {
            "そのころフィニッシュした人が何人かいます。写真を見て決めてください。"
        }
        Reason::NobodyFinishedThen => {
            "番号がなく、そのころフィニッシュした人もいません。写真を見て、だれの写真か決めてください。"
        }
        Reason::NobodyFinishedThenYet => {
            "そのころフィニッシュした人が、まだ記録にいません。つぎの記録を待ちます。"
        }
        Reason::AskedBeside => {
            "直前の写真で同じ番号を確かめています。その答えが決まると自動で決まります。"
        }
        Reason::NobodysBeside => {
            "前後の写真で、だれの番号でもないと決まりました。だれかの写真なら、番号を入れてください。"
        }
        Reason::ShownBeside => {
            "番号が読めません。写っている人の写真は前後にあります。ほかの人なら、番号を入れてください。"
        }
        Reason::UnderTheSameName => {
            "同じファイル名で別の写真が届きました。どちらも使うときは、名前を変えて送ってもらってください。"
        }
    }
}

fn of_file(fault: FileFault) -> &'static str {
    match fault {
        FileFault::NotAnImage => "画像ではありません。カメラのJPEGを送ってもらってください。",
        FileFault::Unsupported => "この形式は使えません。JPEGで送りなおしてもらってください。",
        FileFault::Empty | FileFault::Broken => {
            "ファイルが壊れています。カードから送りなおしてもらってください。"
        }
        FileFault::Size => {
            "画像の大きさが使える範囲にありません。書き出しなおして送ってもらってください。"
        }
        FileFault::TooLarge => "ファイルが大きすぎます。JPEGに書き出して送ってもらってください。",
    }
}
