//! The verifications of several drivers side by side: a line a check, a column a driver.

use serde_json::Value;

use crate::failure::Failure;

/// Prints the table; an error where nothing was verified or the noise is not the same everywhere.
pub fn print(reports: &[(&str, Value)]) -> Result<(), Failure> {
    if reports.is_empty() {
        return Err(Failure::new("no driver was verified"));
    }
    println!("{}", table(reports)?);
    let hashes: Vec<&Value> = reports
        .iter()
        .map(|(_, report)| &report["noise_hash"])
        .collect();
    let hashed = reports.iter().all(|(_, report)| {
        checks(report)
            .iter()
            .any(|check| check["name"] == "noise hash" && check["passed"] == true)
    });
    if hashed && hashes.iter().all(|hash| *hash == hashes[0]) {
        Ok(())
    } else {
        Err(Failure::new("the noise differs between drivers"))
    }
}

fn table(reports: &[(&str, Value)]) -> Result<String, Failure> {
    let row = |first: &str, cells: Vec<String>| format!("\n| {first} | {} |", cells.join(" | "));
    let mut text = row(
        "",
        reports
            .iter()
            .map(|(driver, _)| (*driver).to_owned())
            .collect(),
    );
    text.push_str(&row("---", vec!["---".to_owned(); reports.len()]));
    for key in ["name", "driver_info"] {
        let cells = reports
            .iter()
            .map(|(_, report)| plain(&report["device"][key]));
        text.push_str(&row(key, cells.collect()));
    }
    let hashes = reports
        .iter()
        .map(|(_, report)| plain(&report["noise_hash"]));
    text.push_str(&row("noise hash", hashes.collect()));
    for check in checks(&reports[0].1) {
        // What a driver was not asked for is left empty: Dawn runs the kernels alone.
        let cells = reports.iter().map(|(_, report)| {
            let found = checks(report)
                .iter()
                .find(|found| found["name"] == check["name"]);
            found.map_or_else(String::new, cell)
        });
        let bound = check["bound"].as_f64().filter(|bound| *bound != 0.0);
        let bound = bound.map_or_else(String::new, |bound| format!(" (bound {bound:.0e})"));
        text.push_str(&row(
            &format!("{}{bound}", plain(&check["name"])),
            cells.collect(),
        ));
    }
    for (driver, report) in reports {
        let unknown = |check: &&Value| {
            let mut known = checks(&reports[0].1).iter();
            !known.any(|known| known["name"] == check["name"])
        };
        if let Some(check) = checks(report).iter().find(unknown) {
            return Err(Failure::new(format_args!(
                "{driver} has a check that {} does not have: {}",
                reports[0].0, check["name"]
            )));
        }
    }
    Ok(text)
}

fn checks(report: &Value) -> &[Value] {
    report["checks"].as_array().map_or(&[], Vec::as_slice)
}

fn plain(value: &Value) -> String {
    value
        .as_str()
        .map_or_else(|| value.to_string(), str::to_owned)
}

fn cell(check: &Value) -> String {
    let exact = check["bound"].as_f64() == Some(0.0);
    let worst = check["worst"]
        .as_f64()
        .map_or_else(|| plain(&check["worst"]), |worst| format!("{worst:.1e}"));
    match check["passed"].as_bool() {
        None => "not offered".to_owned(),
        Some(true) if exact => "same".to_owned(),
        Some(true) => worst,
        Some(false) => format!("{worst} FAILED"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn report(hash: &str, passed: bool) -> Value {
        json!({
            "device": {"name": "a GPU", "driver_info": "1.0"}, "noise_hash": hash,
            "checks": [
                {"name": "noise hash", "bound": 0.0, "worst": 0.0, "passed": passed},
                {"name": "init_noise", "bound": 1e-5, "worst": 2.5e-6, "passed": true},
                {"name": "matrix units", "bound": 1e-2, "worst": null, "passed": null},
            ],
        })
    }

    #[test]
    fn a_line_a_check() {
        let reports = [("one", report("0x1", true)), ("two", report("0x1", true))];
        let text = table(&reports).unwrap();
        assert!(text.contains("| noise hash | same | same |"), "{text}");
        assert!(
            text.contains("| init_noise (bound 1e-5) | 2.5e-6 | 2.5e-6 |"),
            "{text}"
        );
        assert!(text.contains("not offered"), "{text}");
        assert!(print(&reports).is_ok());
    }

    #[test]
    fn checks_go_by_their_names() {
        let mut fewer = report("0x1", true);
        fewer["checks"].as_array_mut().unwrap().remove(1);
        let text = table(&[("one", report("0x1", true)), ("two", fewer.clone())]).unwrap();
        assert!(
            text.contains("| init_noise (bound 1e-5) | 2.5e-6 |  |"),
            "{text}"
        );
        assert!(text.contains("not offered | not offered"), "{text}");
        assert!(table(&[("two", fewer), ("one", report("0x1", true))]).is_err());
    }

    #[test]
    fn another_noise_is_a_failure() {
        for (hash, passed) in [("0x2", true), ("0x1", false)] {
            let reports = [("one", report("0x1", true)), ("two", report(hash, passed))];
            assert!(print(&reports).is_err(), "{hash} {passed}");
        }
        assert!(print(&[]).is_err());
    }
}
