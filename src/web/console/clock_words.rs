//! What is to be looked at in a camera's clock, for volunteers.

use kanso_matching::camera_clock::{ClockSource, whole_hours};
use kanso_matching::clock_solver::FEWEST;
use kanso_pipeline::clock_warning::ClockWarning;

use crate::language::Both;

/// In both languages; the English is the command line's.
pub(super) fn words(warning: &ClockWarning) -> Both {
    let zone = |by_s: f64| match whole_hours(by_s) {
        Some(hours) => format!("（時差{}時間）", hours.abs()),
        None => String::new(),
    };
    let ja = match warning {
        ClockWarning::TwoClocks { a_s, b_s } => format!(
            "{a_s:+.0}秒と{b_s:+.0}秒の二つの時計が混ざっています{}。カメラごとにフォルダーを分けるか、時計のずれを決めてください。",
            zone(a_s - b_s)
        ),
        ClockWarning::Disagreement { bibs } => format!(
            "ナンバー{bibs}件の時刻がそろいません。フィニッシュの写真か、確かめてください。"
        ),
        ClockWarning::TooFew { bibs } => {
            format!("時計のずれがまだわかりません（確かなナンバー {bibs}/{FEWEST}件）。")
        }
        ClockWarning::Differs { by, told_s, solved_s, photos } => {
            let who = if *by == ClockSource::Rules { "race.toml" } else { "スタッフの設定" };
            format!(
                "{who}では{told_s:+.1}秒、写真{photos}枚からは{solved_s:+.1}秒です。カメラの時計を確かめてください。"
            )
        }
        ClockWarning::HoursOff { hours } => {
            format!("時計が{hours:+}時間ずれています。時差か夏時間の設定を確かめてください。")
        }
        ClockWarning::Set { at, by_s } => {
            format!("カメラの時計で{at}に、{by_s:+.0}秒合わせなおされています{}。", zone(*by_s))
        }
        ClockWarning::Drifts { s_per_h } => {
            format!("1時間に{s_per_h:+.1}秒ずつずれていきます。自動で追っています。")
        }
    };
    Both { ja, en: warning.to_string() }
}
