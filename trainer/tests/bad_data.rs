//! What is no data is one line and exit code 4, and nothing is written.

use crate::common::{Folder, moons};

/// Runs on data that are none, and returns the line.
fn refused(folder: &Folder, arguments: &[&str]) -> String {
    let all = [arguments, &["--output", "model", "--max-train-steps", "2"]].concat();
    let output = folder.run(&all);
    let errors = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(4), "{errors}");
    assert_eq!(errors.lines().count(), 1, "{errors}");
    assert!(!folder.path().join("model").exists(), "{errors}");
    assert!(!folder.path().join("model.checkpoint").exists(), "{errors}");
    errors
}

#[test]
fn tables() {
    let folder = Folder::new();
    let good = moons(200);
    let line = |number: usize| good.lines().nth(number).expect("there are 200").to_owned();
    let with = |number: usize, text: &str| {
        let mut lines: Vec<&str> = good.lines().collect();
        lines[number] = text;
        lines.join("\n")
    };
    let cases = [
        (
            "ragged",
            with(17, "1,2"),
            "row 17 (line 18): 2 fields, but the header has 3",
        ),
        (
            "nan",
            with(17, "NaN,2,upper"),
            "row 17, column `x`: \"NaN\" is no finite number",
        ),
        (
            "text",
            with(3, "1,two,upper"),
            "row 3, column `y`: \"two\" is no finite number",
        ),
        (
            "empty",
            with(5, "1,2,"),
            "row 5, column `moon`: \"\" is no value",
        ),
        (
            "few",
            good.lines().take(9).collect::<Vec<_>>().join("\n"),
            "fewer than a batch of",
        ),
        ("none", "x,y\n".to_owned(), "rows to train on"),
        (
            "twice",
            good.replacen("x,y", "y,y", 1),
            "two columns called `y`",
        ),
    ];
    for (name, text, part) in cases {
        let file = format!("{name}.csv");
        folder.file(&file, text);
        let error = refused(&folder, &["--data", &file]);
        assert!(error.contains(part), "{name}: {error}");
    }
    let constant = good
        .lines()
        .map(|line| format!("{line},7"))
        .collect::<Vec<_>>();
    folder.file("constant.csv", constant.join("\n").replacen(",7", ",z", 1));
    let error = refused(&folder, &["--data", "constant.csv"]);
    assert!(error.contains("column `z` is 7 in every row"), "{error}");
    let upper = |line: &&str| !line.ends_with("lower");
    folder.file(
        "one.csv",
        good.lines().filter(upper).collect::<Vec<_>>().join("\n"),
    );
    let error = refused(&folder, &["--data", "one.csv", "--class-column", "moon"]);
    assert!(error.contains("gives every row the class upper"), "{error}");
    folder.file("good.csv", &good);
    let error = refused(&folder, &["--data", "good.csv", "--columns", "x,z"]);
    assert!(
        error.contains("no column `z`: it has x, y, moon"),
        "{error}"
    );
    assert!(!line(1).is_empty());
    let error = refused(&folder, &["--data", "missing.csv"]);
    assert!(error.contains("missing.csv"), "{error}");
    folder.file("data.txt", "1 2 3");
    let error = refused(&folder, &["--data", "data.txt"]);
    assert!(error.contains("data are a .csv, a .npy"), "{error}");
}

#[test]
fn arrays_and_pictures() {
    let folder = Folder::new();
    folder.file("broken.npy", b"\x93NUMPY\x01\x00");
    let error = refused(&folder, &["--data", "broken.npy"]);
    assert!(error.contains("broken.npy"), "{error}");
    let pictures = folder.path().join("pictures");
    std::fs::create_dir_all(&pictures).expect("the folder is writable");
    let error = refused(&folder, &["--data", "pictures"]);
    assert!(error.contains("has no .png or .jpg"), "{error}");
    std::fs::write(pictures.join("a.png"), "no picture").expect("the folder is writable");
    let error = refused(&folder, &["--data", "pictures"]);
    assert!(error.contains("a.png is no picture"), "{error}");
}
