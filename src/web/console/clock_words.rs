//! What is to be looked at in a camera's clock, for volunteers.

use kanso_matching::camera_clock::{ClockSource, whole_hours};
use kanso_matching::clock_solver::FEWEST;
use kanso_pipeline::clock_warning::ClockWarning;

use crate::language::Both;

/// A difference of clocks: in hours and minutes where seconds alone would have to be reckoned.
pub(super) fn signed(seconds: f64, decimals: usize) -> Both {
    let sign = if seconds < 0.0 { '-' } else { '+' };
    let unit = 10_f64.powi(decimals as i32);
    // Rounded first: 59.96 s are a minute.
    let whole = (seconds.abs() * unit).round() / unit;
    let minutes = (whole / 60.0).floor();
    let (hours, minutes, rest) = ((minutes / 60.0).floor(), minutes % 60.0, whole - minutes * 60.0);
    let [ja, en] = if whole < 120.0 {
        [format!("{whole:.decimals$}秒"), format!("{whole:.decimals$} s")]
    } else if hours < 1.0 {
        [format!("{minutes}分{rest:.decimals$}秒"), format!("{minutes} min {rest:.decimals$} s")]
    } else {
        [
            format!("{hours}時間{minutes}分{rest:.decimals$}秒"),
            format!("{hours} h {minutes} min {rest:.decimals$} s"),
        ]
    };
    Both { ja: format!("{sign}{ja}"), en: format!("{sign}{en}") }
}

/// In both languages; the English is the command line's.
pub(super) fn words(warning: &ClockWarning) -> Both {
    let zone = |by_s: f64| match whole_hours(by_s) {
        Some(hours) => format!("（時差{}時間）", hours.abs()),
        None => String::new(),
    };
    let ja = match warning {
        ClockWarning::TwoClocks { a_s, b_s } => format!(
            "{}と{}の二つの時計が混ざっています{}。カメラごとにフォルダーを分けるか、時計のずれを決めてください。",
            signed(*a_s, 0).ja,
            signed(*b_s, 0).ja,
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
                "{who}では{}、写真{photos}枚からは{}です。カメラの時計を確かめてください。",
                signed(*told_s, 1).ja,
                signed(*solved_s, 1).ja
            )
        }
        ClockWarning::HoursOff { hours } => {
            format!("時計が{hours:+}時間ずれています。時差か夏時間の設定を確かめてください。")
        }
        ClockWarning::Set { at, by_s } => {
            let by = signed(*by_s, 0).ja;
            format!("カメラの時計で{at}に、{by}合わせなおされています{}。", zone(*by_s))
        }
        ClockWarning::Drifts { s_per_h } => {
            format!("1時間に{s_per_h:+.1}秒ずつずれていきます。自動で追っています。")
        }
    };
    Both { ja, en: warning.to_string() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_of_another_hour_is_said_in_hours() {
        let said = |seconds, decimals| {
            let Both { ja, en } = signed(seconds, decimals);
            format!("{ja} {en}")
        };
        assert_eq!(said(-12.54, 1), "-12.5秒 -12.5 s");
        assert_eq!(said(119.0, 0), "+119秒 +119 s");
        assert_eq!(said(125.25, 1), "+2分5.3秒 +2 min 5.3 s");
        assert_eq!(said(-3659.96, 1), "-1時間1分0.0秒 -1 h 1 min 0.0 s");
        assert_eq!(said(32_400.2, 0), "+9時間0分0秒 +9 h 0 min 0 s");
    }
}
