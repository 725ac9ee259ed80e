//! What `candor copy` prints.

use crate::world::filled;
use crate::{Place, copy};

#[test]
fn what_was_copied_is_told_and_how_far_it_is_on_the_side() {
    let (from, to) = (filled(), Place::folder());
    let output = copy(&from, &to).output().unwrap();
    assert!(output.status.success());
    let told = String::from_utf8(output.stdout).unwrap();
    let mut lines = told.lines();
    let first = lines.next().unwrap();
    assert!(
        first.starts_with("copied ") && first.ends_with(" rows; both sides are the same"),
        "{told}"
    );
    assert!(
        lines.any(|line| line.trim_start().starts_with("feedback_versions ")),
        "{told}"
    );
    assert!(!told.contains('\u{1b}'));
    let side = String::from_utf8(output.stderr).unwrap();
    assert!(side.contains(" rows of feedback copied\n"), "{side}");
    assert!(side.contains(" rows of feedback compared\n"), "{side}");
    assert!(!side.contains('\u{1b}') && !side.contains('\r'), "{side}");
}

#[test]
fn json_is_one_line_with_every_table() {
    let (from, to) = (filled(), Place::folder());
    let output = copy(&from, &to).arg("--json").output().unwrap();
    assert!(output.status.success());
    let told = String::from_utf8(output.stdout).unwrap();
    assert_eq!(told.lines().count(), 1);
    let told: serde_json::Value = serde_json::from_str(&told).unwrap();
    let tables = told["tables"].as_array().unwrap();
    assert_eq!(tables.len(), 29);
    for table in tables {
        assert!(table["rows"].is_u64() && table["before"] == 0, "{table}");
        assert_eq!(table["sha256"].as_str().unwrap().len(), 64);
    }
}
