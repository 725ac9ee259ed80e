//! Writes what was measured: as numbers, as tables and as plots.

use crate::plots;
use crate::results::Results;
use crate::tables;
use std::fs;
use std::path::Path;

const BEGIN: &str = "<!-- measured: begin -->";
const END: &str = "<!-- measured: end -->";

/// The numbers, from which the rest is made.
const NUMBERS: &str = "performance.json";
const DOCUMENT: &str = "performance.md";
const PLOTS: &str = "performance";

/// Prints the tables, and writes everything into docs, or where nothing that is kept is touched.
pub fn write(root: &Path, results: &Results, dry: bool) {
    let tables = tables::all(results);
    println!("\n{tables}");
    let folder = if dry {
        root.join("target/bench")
    } else {
        root.join("docs")
    };
    fs::create_dir_all(&folder).expect("a folder");
    let numbers = serde_json::to_string(results).expect("numbers");
    fs::write(folder.join(NUMBERS), numbers + "\n").expect("the numbers are written");
    if dry {
        fs::write(folder.join(DOCUMENT), tables).expect("the tables are written");
    } else {
        put(&folder.join(DOCUMENT), &tables);
    }
    let plots = folder.join(PLOTS);
    fs::create_dir_all(&plots).expect("a folder");
    for (name, plot) in plots::all(results) {
        fs::write(plots.join(format!("{name}.svg")), plot).expect("a plot is written");
    }
    println!("written: {}", folder.join(NUMBERS).display());
}

/// Writes tables and plots of the last run that was kept.
pub fn write_again(root: &Path) {
    let numbers = fs::read(root.join("docs").join(NUMBERS)).expect("the numbers of a run");
    let results = serde_json::from_slice(&numbers).expect("the numbers of this program");
    write(root, &results, false);
}

/// Puts the tables between the document's markers.
fn put(document: &Path, tables: &str) {
    let text = fs::read_to_string(document).expect("the document");
    let (before, rest) = text.split_once(BEGIN).expect("the first marker");
    let (_, after) = rest.split_once(END).expect("the second marker");
    let text = format!("{before}{BEGIN}\n\n{tables}{END}{after}");
    fs::write(document, text).expect("the document is written");
}
