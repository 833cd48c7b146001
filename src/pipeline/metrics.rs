//! Counts and durations of photos: Prometheus text on the laptop, CloudWatch's embedded
//! metric format on Lambda. No keys, no bibs, no names.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::sync::{Mutex, PoisonError};

use jiff::Timestamp;
use kanso_matching::Outcome;
use serde_json::{Map, Value, json};

use super::handler::Handled;

/// Upper bounds of the durations' buckets, in seconds.
const BOUNDS_S: [f64; 11] = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0];
/// CloudWatch takes at most this many values of one metric in one line.
const EMBEDDED_VALUES: usize = 100;

/// What the process has done since it started.
#[derive(Debug, Default)]
pub struct Metrics(Mutex<Counts>);

#[derive(Debug, Default)]
struct Counts {
    photos: BTreeMap<&'static str, u64>,
    certificates: u64,
    steps: BTreeMap<&'static str, Durations>,
}

/// A histogram.
#[derive(Debug, Default)]
struct Durations {
    buckets: [u64; BOUNDS_S.len()],
    count: u64,
    sum_s: f64,
}

impl Durations {
    fn add(&mut self, seconds: f64) {
        for (bucket, bound) in self.buckets.iter_mut().zip(BOUNDS_S) {
            *bucket += u64::from(seconds <= bound);
        }
        self.count += 1;
        self.sum_s += seconds;
    }
}

impl Metrics {
    pub fn record(&self, handled: &Handled) {
        let mut counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        *counts.photos.entry(handled.decision.outcome.as_str()).or_default() += 1;
        counts.certificates += handled.issued.len() as u64;
        for (step, ms) in &handled.ms {
            counts.steps.entry(step).or_default().add(ms / 1000.0);
        }
        counts.steps.entry("total").or_default().add(total_ms(handled) / 1000.0);
    }

    /// Prometheus' text format, version 0.0.4.
    pub fn prometheus(&self) -> String {
        let counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let mut text = String::from(
            "# HELP kanso_photos_total Photos that were handled, by what was decided.\n\
             # TYPE kanso_photos_total counter\n",
        );
        // Writing to a String cannot fail.
        for outcome in [Outcome::Issue, Outcome::Pending, Outcome::Review, Outcome::Reject] {
            let outcome = outcome.as_str();
            let count = counts.photos.get(outcome).copied().unwrap_or_default();
            let _ = writeln!(text, "kanso_photos_total{{outcome=\"{outcome}\"}} {count}");
        }
        let _ = write!(
            text,
            "# HELP kanso_certificates_total Certificates that were issued, copies of the same included.\n\
             # TYPE kanso_certificates_total counter\n\
             kanso_certificates_total {}\n\
             # HELP kanso_step_seconds How long each step of a photo took.\n\
             # TYPE kanso_step_seconds histogram\n",
            counts.certificates
        );
        for (step, durations) in &counts.steps {
            for (bound, count) in BOUNDS_S.iter().zip(durations.buckets) {
                let _ = writeln!(
                    text,
                    "kanso_step_seconds_bucket{{step=\"{step}\",le=\"{bound}\"}} {count}"
                );
            }
            let Durations { count, sum_s, .. } = durations;
            let _ = write!(
                text,
                "kanso_step_seconds_bucket{{step=\"{step}\",le=\"+Inf\"}} {count}\n\
                 kanso_step_seconds_sum{{step=\"{step}\"}} {sum_s}\n\
                 kanso_step_seconds_count{{step=\"{step}\"}} {count}\n"
            );
        }
        text
    }
}

fn total_ms(handled: &Handled) -> f64 {
    handled.ms.iter().map(|(_, ms)| ms).sum()
}

/// Lines for CloudWatch: photos by outcome, certificates, and every step's milliseconds.
/// None where no photo was done.
pub fn embedded(stage: &str, request_id: &str, now: Timestamp, handled: &[Handled]) -> Vec<Value> {
    handled
        .chunks(EMBEDDED_VALUES)
        .map(|some| embedded_line(stage, request_id, now, some))
        .collect()
}

fn embedded_line(stage: &str, request_id: &str, now: Timestamp, handled: &[Handled]) -> Value {
    let mut values: BTreeMap<String, Vec<f64>> = BTreeMap::new();
    for photo in handled {
        for (step, ms) in &photo.ms {
            values.entry(format!("{step}_ms")).or_default().push(*ms);
        }
        values.entry("total_ms".to_owned()).or_default().push(total_ms(photo));
    }
    let mut metrics: Vec<Value> =
        values.keys().map(|name| json!({"Name": name, "Unit": "Milliseconds"})).collect();
    let mut line = Map::new();
    for outcome in [Outcome::Issue, Outcome::Pending, Outcome::Review, Outcome::Reject] {
        let count = handled.iter().filter(|photo| photo.decision.outcome == outcome).count();
        line.insert(format!("photos_{}", outcome.as_str()), json!(count));
    }
    let issued: usize = handled.iter().map(|photo| photo.issued.len()).sum();
    line.insert("certificates".to_owned(), json!(issued));
    metrics.extend(line.keys().map(|name| json!({"Name": name, "Unit": "Count"})));
    line.extend(values.into_iter().map(|(name, values)| (name, json!(values))));
    line.insert("stage".to_owned(), json!(stage));
    line.insert("request_id".to_owned(), json!(request_id));
    line.insert(
        "_aws".to_owned(),
        json!({
            "Timestamp": now.as_millisecond(),
            "CloudWatchMetrics": [
                {"Namespace": "kanso", "Dimensions": [["stage"]], "Metrics": metrics}
            ],
        }),
    );
    Value::Object(line)
}

#[cfg(test)]
mod tests {
    use super::*;
    use kanso_certificate::Processed;
    use kanso_photo::PhotoId;

    fn handled(ms: f64) -> Handled {
        Handled {
            key: "race/photos/a/x.jpg".into(),
            photo_id: PhotoId::of(b"x"),
            decision: Processed::review(PhotoId::of(b"x"), "why".into()).decision,
            issued: Vec::new(),
            ms: vec![("fetch", ms), ("write", 2.0 * ms)],
        }
    }

    #[test]
    fn prometheus_reads_counts_and_cumulative_buckets() {
        let metrics = Metrics::default();
        metrics.record(&handled(4.0));
        metrics.record(&handled(400.0));
        let text = metrics.prometheus();
        for line in [
            "kanso_photos_total{outcome=\"review\"} 2",
            "kanso_photos_total{outcome=\"issue\"} 0",
            "kanso_certificates_total 0",
            "kanso_step_seconds_bucket{step=\"fetch\",le=\"0.005\"} 1",
            "kanso_step_seconds_bucket{step=\"fetch\",le=\"0.5\"} 2",
            "kanso_step_seconds_bucket{step=\"total\",le=\"+Inf\"} 2",
            "kanso_step_seconds_sum{step=\"write\"} 0.808",
        ] {
            assert!(text.lines().any(|one| one == line), "{line} is not in {text}");
        }
    }

    #[test]
    fn cloudwatch_gets_each_photo_in_lines_that_it_takes() {
        let photos: Vec<_> = (0..250).map(|_| handled(4.0)).collect();
        let lines = embedded("test", "request", Timestamp::UNIX_EPOCH, &photos);
        assert_eq!(lines.len(), 3);
        let count = |line: &Value| line["photos_review"].as_u64().unwrap();
        assert_eq!(lines.iter().map(count).sum::<u64>(), 250);
        for line in &lines {
            let set = &line["_aws"]["CloudWatchMetrics"][0];
            for metric in set["Metrics"].as_array().unwrap() {
                let value = &line[metric["Name"].as_str().unwrap()];
                let values = value.as_array().map_or(1, Vec::len);
                assert!(!value.is_null() && values <= 100, "{metric} is {value}");
            }
            assert_eq!(line[set["Dimensions"][0][0].as_str().unwrap()], "test");
            assert!(!line.to_string().contains("photos/a"), "no keys in metrics");
        }
        assert!(embedded("test", "request", Timestamp::UNIX_EPOCH, &[]).is_empty());
    }
}
