//! What a profile says of functions whose results differ within their documented errors.

use serde::{Deserialize, Serialize};

/// A function whose results differ from the base's, as its contract lets them: what it promises is the size of an error.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct WithinBounds {
    /// The kernel or operation that calls it.
    pub kernel: String,
    /// Its name, `sin`.
    pub function: String,
    /// Largest error of the base, in units in the last place from the true value.
    pub base: f64,
    /// Largest error of the variant.
    pub variant: f64,
    /// What its library documents, in units in the last place from the correctly rounded result.
    pub bound: f64,
}

impl WithinBounds {
    /// Of the same functions several times over, each once with its largest errors.
    pub fn worst<'a>(all: impl IntoIterator<Item = &'a WithinBounds>) -> Vec<WithinBounds> {
        let mut worst: Vec<WithinBounds> = Vec::new();
        for one in all {
            match worst.iter_mut().find(|w| w.kernel == one.kernel && w.function == one.function) {
                Some(known) => {
                    known.base = known.base.max(one.base);
                    known.variant = known.variant.max(one.variant);
                    known.bound = known.bound.min(one.bound);
                }
                None => worst.push(one.clone()),
            }
        }
        worst
    }
}

/// The functions of one row as a person reads them, kernel by kernel; empty where there are none.
pub fn told(all: &[WithinBounds]) -> String {
    let mut kernels: Vec<&str> = all.iter().map(|one| one.kernel.as_str()).collect();
    kernels.dedup();
    let of = |kernel: &&str| {
        let own = all.iter().filter(|one| one.kernel == **kernel);
        let each: Vec<String> = own
            .map(|w| format!("{} {} ulp (base {}, documented {})", w.function, w.variant, w.base, w.bound))
            .collect();
        format!("{kernel} within bounds: {}", each.join(", "))
    };
    kernels.iter().map(of).collect::<Vec<_>>().join("; ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn several_hosts_keep_the_largest_errors() {
        let of = |function: &str, base, variant| WithinBounds {
            kernel: "glibc/libm".into(),
            function: function.into(),
            base,
            variant,
            bound: 1.0,
        };
        let all = [of("sin", 0.5, 0.75), of("log", 0.5, 0.5), of("sin", 1.0, 0.5)];
        assert_eq!(WithinBounds::worst(&all), [of("sin", 1.0, 0.75), of("log", 0.5, 0.5)]);
        let text = "glibc/libm within bounds: sin 0.75 ulp (base 0.5, documented 1), log 0.5 ulp (base 0.5, documented 1)";
        assert_eq!(told(&all[..2]), text);
        assert_eq!(told(&[]), "");
    }
}
