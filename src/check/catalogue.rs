//! The catalogue's fingerprint shows whether the facts behind a verdict have changed.

use crate::catalogue::{Catalogue, FlagRule, Kernel, Trial};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

/// What a verdict is about.
#[derive(Clone, Copy, Debug)]
pub enum Subject<'a> {
    /// A package of the catalogue, through its kernels.
    Package(&'a str),
    /// A package of the catalogue, through its own sources.
    Trial(&'a str),
    /// A user's own kernel.
    Kernel(&'a Kernel),
}

/// `sha256:` over what the catalogue says that a verdict rests on: the flags and values tried, the package's base, rules and
/// weights, the kernels' sources, and the measuring process. What is only for people is left out, so that a
/// better-worded reason makes nothing stale.
pub fn catalogue_fingerprint(catalogue: &Catalogue, subject: Subject) -> String {
    let flags: Vec<Value> = catalogue
        .flags
        .iter()
        .map(|f| json!([f.name, f.kind, f.risk, f.compilers, f.needs, f.conflicts]))
        .collect();
    let values: Vec<Value> = catalogue.values.iter().map(|v| json!([v.option, v.values])).collect();
    let package = match subject {
        Subject::Package(name) | Subject::Trial(name) => Some(name),
        Subject::Kernel(_) => None,
    };
    let row = package.and_then(|name| catalogue.packages.get(name)).map(|p| {
        let weights: Vec<Value> = p.kernels.iter().map(|(name, w)| json!([name, w.weight])).collect();
        json!([p.base, p.link, weights, rules(&p.allowed), rules(&p.opt_in), rules(&p.refused)])
    });
    let kernels: Vec<Value> = match subject {
        Subject::Package(name) => {
            catalogue.kernels.iter().filter(|k| k.package.as_deref() == Some(name)).map(kernel).collect()
        }
        Subject::Trial(name) => catalogue.trials.get(name).map(trial).into_iter().collect(),
        Subject::Kernel(own) => vec![kernel(own)],
    };
    let all = json!([
        flags,
        values,
        rules(&catalogue.refused_everywhere),
        row,
        kernels,
        [&catalogue.support, &catalogue.probe_h, &catalogue.runner],
        catalogue.runner_headers,
    ]);
    let digest = Sha256::digest(all.to_string().as_bytes());
    format!("sha256:{}", crate::text::hex(&digest))
}

fn rules(rules: &[FlagRule]) -> Vec<&str> {
    rules.iter().map(|r| r.flag.as_str()).collect()
}

fn kernel(k: &Kernel) -> Value {
    json!([k.name, k.role, k.datasets, k.units, k.setup, k.headers])
}

fn trial(t: &Trial) -> Value {
    let operations: Vec<Value> = t.operation.iter().map(|o| json!([o.name, o.weight, o.control])).collect();
    json!([t.build, t.datasets, operations, t.files])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_moves_with_what_is_measured_and_with_nothing_else() {
        let catalogue = Catalogue::load(None).unwrap();
        let zlib = |c: &Catalogue| catalogue_fingerprint(c, Subject::Package("zlib"));
        let before = zlib(&catalogue);
        let changed = |change: &dyn Fn(&mut Catalogue)| {
            let mut other = catalogue.clone();
            change(&mut other);
            zlib(&other) != before
        };
        assert!(!changed(&|c| c.flags[0].why = "said better".into()));
        assert!(!changed(&|c| c.packages.get_mut("glibc").unwrap().base.clear()));
        assert!(!changed(&|c| c.kernels.retain(|k| k.package.as_deref() != Some("glibc"))));
        assert!(changed(&|c| c.packages.get_mut("zlib").unwrap().base.clear()));
        assert!(changed(&|c| c.flags.truncate(3)));
        assert!(changed(&|c| c.runner.text.push(' ')));
        assert!(changed(&|c| c.runner_headers[0].text.push(' ')));
        assert!(changed(&|c| c.kernels.retain(|k| k.name != "zlib/crc32")));

        let real = |c: &Catalogue| catalogue_fingerprint(c, Subject::Trial("zlib"));
        let mut other = catalogue.clone();
        other.kernels.clear();
        assert_eq!(real(&other), real(&catalogue));
        other.trials.get_mut("zlib").unwrap().why = "said better".into();
        assert_eq!(real(&other), real(&catalogue));
        other.trials.get_mut("zlib").unwrap().files[0].text.push(' ');
        assert!(real(&other) != real(&catalogue) && real(&catalogue) != before);
    }

    #[test]
    fn a_users_kernel_counts_by_its_source() {
        let mut catalogue = Catalogue::load(None).unwrap();
        let mut own = catalogue.kernels[0].clone();
        own.package = None;
        let before = catalogue_fingerprint(&catalogue, Subject::Kernel(&own));
        catalogue.packages.clear();
        catalogue.kernels.clear();
        assert_eq!(catalogue_fingerprint(&catalogue, Subject::Kernel(&own)), before);
        own.units[0].text.push('\n');
        assert_ne!(catalogue_fingerprint(&catalogue, Subject::Kernel(&own)), before);
    }
}
