//! From an older schema to the newest, one step a version.

use super::SCHEMA;
use toml::Table;

/// The oldest schema that is still read.
pub const OLDEST: u32 = 1;

/// Makes a document of one schema into one of the next. Errors say which key it stumbled over.
type Step = fn(&mut Table) -> Result<(), String>;

/// `STEPS[i]` leads from schema `OLDEST + i` to the next. That a step is missing is a compile error.
const STEPS: [Step; (SCHEMA - OLDEST) as usize] = [not_reached];

/// What schema 1 said of candidates for which there was no time.
const NOT_REACHED: &str = "the time was over before it was measured";

/// Schema 2 has a verdict of its own for what the time did not reach, and answers about the whole host, which no older profile
/// has.
fn not_reached(table: &mut Table) -> Result<(), String> {
    for kind in ["package", "kernel"] {
        let sections = table.get_mut(kind).and_then(toml::Value::as_table_mut);
        for section in sections.into_iter().flat_map(|s| s.iter_mut().map(|(_, section)| section)) {
            let judged = section.get_mut("judged").and_then(toml::Value::as_array_mut);
            for row in judged.into_iter().flatten().filter_map(toml::Value::as_table_mut) {
                let reason = row.get("reason").and_then(toml::Value::as_str).unwrap_or_default();
                if reason.starts_with(NOT_REACHED) {
                    row.insert("verdict".into(), toml::Value::String("not-reached".into()));
                }
            }
        }
    }
    Ok(())
}

/// Brings a document of schema `found` to [`SCHEMA`]. `found` is between [`OLDEST`] and [`SCHEMA`].
pub fn migrate(table: &mut Table, found: u32) -> Result<(), String> {
    through(table, found, OLDEST, &STEPS)
}

fn through(table: &mut Table, found: u32, oldest: u32, steps: &[Step]) -> Result<(), String> {
    for (version, step) in (oldest..).zip(steps).filter(|(version, _)| *version >= found) {
        step(table).map_err(|what| format!("schema {version} cannot become {}: {what}", version + 1))?;
        table.insert("schema".into(), toml::Value::Integer(i64::from(version) + 1));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rename(table: &mut Table) -> Result<(), String> {
        let value = table.remove("speed").ok_or("key `speed` is missing")?;
        table.insert("effect".into(), value);
        Ok(())
    }

    fn add(table: &mut Table) -> Result<(), String> {
        table.insert("seed".into(), toml::Value::Integer(1));
        Ok(())
    }

    #[test]
    fn steps_are_taken_in_order_from_where_the_document_is() {
        let text = |schema: u32, rest: &str| toml::from_str::<Table>(&format!("schema = {schema}\n{rest}"));
        let mut oldest = text(3, "speed = 2.5").unwrap();
        through(&mut oldest, 3, 3, &[rename, add]).unwrap();
        assert_eq!(oldest, text(5, "effect = 2.5\nseed = 1").unwrap());
        let mut middle = text(4, "effect = 2.5").unwrap();
        through(&mut middle, 4, 3, &[rename, add]).unwrap();
        assert_eq!(middle, oldest);
        let mut newest = middle.clone();
        through(&mut newest, 5, 3, &[rename, add]).unwrap();
        assert_eq!(newest, middle);
    }

    #[test]
    fn a_step_that_fails_names_the_key() {
        let mut table = Table::new();
        let error = through(&mut table, 3, 3, &[rename]).unwrap_err();
        assert_eq!(error, "schema 3 cannot become 4: key `speed` is missing");
    }

    #[test]
    fn the_newest_needs_no_step() {
        let mut table: Table = toml::from_str("schema = 2").unwrap();
        migrate(&mut table, SCHEMA).unwrap();
        assert_eq!(table, toml::from_str("schema = 2").unwrap());
    }

    #[test]
    fn what_schema_1_had_no_time_for_is_not_reached() {
        let text = |schema: u32, verdict: &str, reason: &str| {
            let row = format!("[[package.zlib.judged]]\nverdict = \"{verdict}\"\nreason = \"{reason}\"\n");
            toml::from_str::<Table>(&format!("schema = {schema}\n[package.zlib]\nlayouts = 2\n{row}"))
                .unwrap()
        };
        let late = "the time was over before it was measured; sizes grow";
        for (reason, verdict) in [(late, "not-reached"), ("discarded in screening", "inconclusive")] {
            let mut table = text(1, "inconclusive", reason);
            migrate(&mut table, 1).unwrap();
            assert_eq!(table, text(2, verdict, reason));
        }
    }
}
