//! DNF, 途中棄権 and the other words for what became of a runner.

use super::cells::key;
use crate::Status;

/// The status that a cell names in full; `None` for anything else.
pub(super) fn named(cell: &str) -> Option<Status> {
    // Ranks and times, which are most of what is asked for, have no letters.
    if !cell.bytes().any(|b| b.is_ascii_alphabetic() || !b.is_ascii()) {
        return None;
    }
    Some(match key(cell).as_str() {
        "dnf" | "didnotfinish" | "途中棄権" | "棄権" | "リタイア" | "リタイヤ" | "関門"
        | "関門アウト" | "収容" | "ab" | "abandon" | "ret" | "retired" | "dropped" | "aufgabe" => {
            Status::Dnf
        }
        "dns" | "didnotstart" | "欠場" | "未出走" | "不出走" | "欠席" | "nichtgestartet" => {
            Status::Dns
        }
        "dq" | "dsq" | "disq" | "disqualified" | "失格" => Status::Dq,
        "open" | "オープン" | "オープン参加" | "op" => Status::Open,
        "finished" | "finish" | "finisher" | "fin" | "ok" | "完走" | "完走者" | "official"
        | "valid" | "確定" | "速報" => Status::Finished,
        // These say that somebody started; whether they finished, the times tell.
        "registered" | "entered" | "running" | "started" | "エントリー" | "出走" | "出走中" => {
            Status::Finished
        }
        _ => return None,
    })
}

/// The status that a remark (備考) speaks of: `第2関門`, `制限時間超過のため途中棄権`.
pub(super) fn spoken_of(remark: &str) -> Option<Status> {
    if remark.is_empty() {
        return None;
    }
    let key = key(remark);
    let says = |words: &[&str]| words.iter().any(|word| key.contains(word));
    if let Some(status) = named(remark) {
        return Some(status);
    }
    if says(&["失格"]) {
        Some(Status::Dq)
    } else if says(&["棄権", "リタイア", "リタイヤ"]) || (says(&["関門"]) && !says(&["通過"]))
    {
        Some(Status::Dnf)
    } else if says(&["欠場", "未出走", "不出走"]) {
        Some(Status::Dns)
    } else if says(&["オープン"]) {
        Some(Status::Open)
    } else {
        None
    }
}

/// Whether a remark speaks of a status and takes it back: `失格取消`, `棄権せず完走`.
pub(super) fn takes_back(remark: &str) -> bool {
    const STATUSES: [&str; 9] =
        ["失格", "棄権", "リタイア", "リタイヤ", "欠場", "dnf", "dns", "dsq", "dq"];
    const BACK: [&str; 13] = [
        "取消",
        "取り消",
        "取りけし",
        "撤回",
        "解除",
        "訂正",
        "誤り",
        "誤記",
        "ではな",
        "でな",
        "せず",
        "なし",
        "無効",
    ];
    let key = key(remark);
    STATUSES.iter().any(|status| {
        key.match_indices(status).any(|(at, status)| {
            let after: String = key[at + status.len()..].chars().take(8).collect();
            BACK.iter().any(|back| after.contains(back))
        })
    })
}

/// Of two, the one that says more against a certificate.
pub(super) fn stricter(a: Status, b: Status) -> Status {
    let rank = |status| match status {
        Status::Finished => 0,
        Status::Open => 1,
        Status::Registered => 2,
        Status::Dns => 3,
        Status::Dnf => 4,
        Status::Dq => 5,
    };
    if rank(b) > rank(a) { b } else { a }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn statuses_are_read_in_japanese_and_english() {
        for (text, status) in [
            ("DNF", Status::Dnf),
            ("途中棄権", Status::Dnf),
            ("ＤＮＳ", Status::Dns),
            ("D.N.S.", Status::Dns),
            ("失格", Status::Dq),
            ("dsq", Status::Dq),
            ("オープン", Status::Open),
        ] {
            assert_eq!(named(text), Some(status), "{text}");
        }
        assert_eq!(spoken_of("第2関門 制限時間超過"), Some(Status::Dnf));
        assert_eq!(spoken_of("大会新記録"), None);
        assert_eq!(spoken_of("第1関門通過"), None);
        for remark in ["失格を取り消し", "DQ取消", "途中棄権は誤り", "リタイアせずゴール"]
        {
            assert!(takes_back(remark), "{remark}");
        }
        for remark in ["出走取消", "失格", "第2関門で棄権", "関門時刻を訂正"] {
            assert!(!takes_back(remark), "{remark}");
        }
    }

    #[test]
    fn the_status_that_forbids_a_certificate_wins() {
        assert_eq!(stricter(Status::Finished, Status::Dq), Status::Dq);
        assert_eq!(stricter(Status::Dq, Status::Dnf), Status::Dq);
    }
}
