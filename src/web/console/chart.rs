//! Bars, as the path of an SVG draws them.

/// All columns of a chart as one path: each from the bottom up, 1 unit apart and `width` wide,
/// the highest of `most` as high as `height`. What is not nothing is seen.
pub(super) fn bars(counts: &[u32], most: u32, width: f32, height: f32) -> String {
    let most = most.max(1) as f32;
    let columns = counts.iter().enumerate().filter(|(_, count)| **count > 0);
    let path = columns.map(|(n, count)| {
        let tall = (*count as f32 / most * height).clamp(1.0, height);
        format!("M{n} {height}v-{tall:.1}h{width}v{tall:.1}z")
    });
    path.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bar_is_as_high_as_its_share_and_one_photo_is_seen() {
        let path = bars(&[0, 1, 500, 1000], 1000, 0.8, 40.0);
        assert_eq!(path, "M1 40v-1.0h0.8v1.0zM2 40v-20.0h0.8v20.0zM3 40v-40.0h0.8v40.0z");
        assert_eq!(bars(&[0, 0], 0, 0.8, 40.0), "");
    }
}
