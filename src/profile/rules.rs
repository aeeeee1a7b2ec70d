//! What the types of a profile do not say.

use super::{Profile, Section};

/// A key and what is wrong with its value.
type Broken = (String, String);

/// Figures are finite, intervals the right way round, shares are shares, and sections name a toolchain that is there.
pub fn check(profile: &Profile) -> Result<(), Broken> {
    for (i, toolchain) in profile.toolchain.iter().enumerate() {
        if profile.toolchain[..i].iter().any(|t| t.id == toolchain.id && t.target == toolchain.target) {
            let what = format!("{:?} is there twice for one target", toolchain.id);
            return Err((format!("toolchain[{i}].id"), what));
        }
    }
    if let Some(m) = &profile.measurement {
        let spent = &m.spent_s;
        let all = [
            ("alpha", m.alpha),
            ("margin", m.margin),
            ("max_regression", m.max_regression),
            ("noise.layout_sd", m.noise.layout_sd),
            ("noise.preempted", m.noise.preempted),
            ("spent_s.accept", spent.accept),
            ("spent_s.identity", spent.identity),
            ("spent_s.screen", spent.screen),
            ("spent_s.search", spent.search),
            ("spent_s.confirm", spent.confirm),
        ];
        for (key, value) in all {
            if !value.is_finite() || value < 0.0 {
                return Err((format!("measurement.{key}"), format!("{value} is not a number of 0 or more")));
            }
        }
        if m.alpha <= 0.0 || m.alpha >= 1.0 {
            return Err(("measurement.alpha".into(), format!("{} is not between 0 and 1", m.alpha)));
        }
        interval("measurement.aa", [Some(m.aa.effect), Some(m.aa.low), Some(m.aa.high)])?;
    }
    let packages = profile.package.iter().map(|(name, section)| (format!("package.{name}"), section));
    let kernels = profile.kernel.iter().map(|(name, section)| (format!("kernel.{name}"), section));
    packages.chain(kernels).try_for_each(|(at, section)| judge(profile, &at, section))
}

fn judge(profile: &Profile, at: &str, section: &Section) -> Result<(), Broken> {
    if !profile.toolchain.iter().any(|t| t.id == section.toolchain) {
        return Err((format!("{at}.toolchain"), format!("no [[toolchain]] has id {:?}", section.toolchain)));
    }
    interval(at, [section.effect, section.low, section.high])?;
    if let Some(margin) = section.run.as_ref().map(|run| run.margin)
        && !(margin.is_finite() && margin >= 0.0)
    {
        return Err((format!("{at}.run.margin"), format!("{margin} is not a number of 0 or more")));
    }
    for (i, answer) in section.answer.iter().enumerate() {
        let at = format!("{at}.answer[{i}]");
        interval(&at, [answer.effect, answer.low, answer.high])?;
        for (name, part) in &answer.domain {
            interval(&format!("{at}.domain.{name}"), [Some(part.effect), Some(part.low), Some(part.high)])?;
        }
        if let Some(took) = &answer.compile_s {
            finite(&format!("{at}.compile_s"), &[took.base, took.flags])?;
        }
    }
    for (i, judged) in section.judged.iter().enumerate() {
        let at = format!("{at}.judged[{i}]");
        interval(&at, [judged.effect, judged.low, judged.high])?;
        finite(&format!("{at}.base_ns"), judged.base_ns.as_slice())?;
        finite(&format!("{at}.layout_effects"), &judged.layout_effects)?;
        for five in &judged.layout_spread {
            finite(&format!("{at}.layout_spread"), five)?;
            if !five.is_sorted() {
                return Err((format!("{at}.layout_spread"), format!("{five:?} does not ascend")));
            }
        }
    }
    Ok(())
}

fn finite(at: &str, values: &[f64]) -> Result<(), Broken> {
    match values.iter().find(|v| !v.is_finite()) {
        Some(value) => Err((at.into(), format!("{value} is not finite"))),
        None => Ok(()),
    }
}

/// Effect, low and high: finite, and low is not above high.
fn interval(at: &str, values: [Option<f64>; 3]) -> Result<(), Broken> {
    for (name, value) in ["effect", "low", "high"].into_iter().zip(values) {
        if value.is_some_and(|v| !v.is_finite()) {
            return Err((format!("{at}.{name}"), "effect, low and high must be finite".into()));
        }
    }
    match values {
        [_, Some(low), Some(high)] if low > high => {
            Err((format!("{at}.low"), format!("{low} is above high, {high}")))
        }
        _ => Ok(()),
    }
}
