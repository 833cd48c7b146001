//! What a role allows, held against what its function asked for, both ways.

use std::collections::BTreeSet;

use serde_json::Value;

use super::recorded::Call;

/// An action on whatever a pattern of ARNs names.
type Right = (String, String);

/// Every call is allowed, and everything that is allowed was called for.
pub fn assert_exact(allowed: &Value, calls: &[Call]) {
    let rights = rights(allowed);
    assert!(!rights.is_empty(), "{allowed}");
    let allows = |(action, pattern): &Right, call: &Call| {
        action == call.action && matches(pattern, &call.resource)
    };
    let more: BTreeSet<&Call> =
        calls.iter().filter(|call| !rights.iter().any(|right| allows(right, call))).collect();
    let unused: Vec<&Right> =
        rights.iter().filter(|right| !calls.iter().any(|call| allows(right, call))).collect();
    assert!(more.is_empty(), "deploy/template.yaml does not allow what is called: {more:#?}");
    assert!(unused.is_empty(), "deploy/template.yaml allows what nothing calls: {unused:#?}");
}

fn rights(allowed: &Value) -> BTreeSet<Right> {
    let statements = allowed.as_array().unwrap().iter();
    statements
        .inspect(|statement| assert_eq!(statement["Effect"], "Allow"))
        .flat_map(|statement| {
            let patterns = texts(&statement["Resource"]);
            let each =
                |action: String| patterns.iter().map(move |p| (action.clone(), placeless(p)));
            texts(&statement["Action"]).into_iter().flat_map(each).collect::<Vec<_>>()
        })
        .collect()
}

/// One or many, as IAM has them.
fn texts(value: &Value) -> Vec<String> {
    let one = value.as_str().map(str::to_owned);
    let many = value.as_array().into_iter().flatten();
    one.into_iter().chain(many.map(|text| text.as_str().unwrap().to_owned())).collect()
}

/// Without region and account.
fn placeless(arn: &str) -> String {
    let steps: Vec<&str> = arn.splitn(6, ':').collect();
    format!("{}:{}:{}:::{}", steps[0], steps[1], steps[2], steps[5])
}

/// `*` is any text, slashes too.
fn matches(pattern: &str, text: &str) -> bool {
    match pattern.split_once('*') {
        None => pattern == text,
        Some((start, rest)) => text.strip_prefix(start).is_some_and(|text| {
            let ends = text.char_indices().map(|(at, _)| at).chain([text.len()]);
            ends.into_iter().any(|at| matches(rest, &text[at..]))
        }),
    }
}

#[test]
fn a_right_is_for_the_objects_that_its_pattern_names() {
    let objects = "arn:aws:s3:::b/*/outcomes/*";
    assert!(matches(objects, "arn:aws:s3:::b/race/outcomes/cam/1.jpg/e.json"));
    assert!(!matches(objects, "arn:aws:s3:::b/race/review/1.json"));
    assert!(!matches("arn:aws:s3:::b", "arn:aws:s3:::b/race"));
    assert_eq!(placeless("arn:aws:sqs:us-east-1:1234:uploads"), "arn:aws:sqs:::uploads");
}
