//! The policy decides which flags may be tried and written for a package.

use super::flag::Risk;
use super::form;
use super::package::{FlagRule, Package};
use super::pattern::{canonical, fits};

/// Whether a flag may be written into a package's build, with the reason.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Policy {
    /// Yes, once it is measured to help.
    Allowed(String),
    /// Only where the user asks for it.
    OptIn(String),
    /// Never.
    Refused(String),
}

impl Package {
    /// Whether `flag` may be written into this package's build. The first that applies: its form, its risk, the
    /// refusals, then the most specific of the package's other rules; a flag that no rule names is refused.
    pub fn policy(
        &self,
        flag: &str,
        risk: Option<(Risk, String)>,
        refused_everywhere: &[FlagRule],
    ) -> Policy {
        if let Err(why) = form::check(flag) {
            return Policy::Refused(why);
        }
        match risk {
            Some((Risk::None | Risk::Size, _)) => {}
            Some((risk, why)) => return Policy::Refused(format!("{}: {why}", risk.name())),
            None => return Policy::Refused("what it may break is not known".to_string()),
        }
        let flag = canonical(flag);
        let mut answer = Policy::Allowed(String::new());
        for word in flag.split(' ') {
            let best = |rules: &mut dyn Iterator<Item = &FlagRule>| {
                let fitting = rules.filter_map(|rule| fits(&rule.flag, word).map(|n| (n, rule)));
                fitting.max_by_key(|(n, _)| *n).map(|(n, rule)| (n, rule.why.clone()))
            };
            if let Some((_, why)) = best(&mut refused_everywhere.iter().chain(&self.refused)) {
                return Policy::Refused(why);
            }
            answer = match (best(&mut self.allowed.iter()), best(&mut self.opt_in.iter())) {
                (None, None) => return Policy::Refused(format!("no rule of the package names {word}")),
                (Some((allowed, _)), Some((opt_in, why))) if opt_in >= allowed => Policy::OptIn(why),
                (None, Some((_, why))) => Policy::OptIn(why),
                (Some((_, why)), _) => match answer {
                    Policy::OptIn(_) => answer,
                    _ => Policy::Allowed(why),
                },
            };
        }
        answer
    }

    /// The same for a flag whose risk the user took upon themselves: its form and what is refused by name still hold.
    pub(super) fn policy_at_own_risk(
        &self,
        flag: &str,
        why: &str,
        refused_everywhere: &[FlagRule],
    ) -> Policy {
        if let Err(why) = form::check(flag) {
            return Policy::Refused(why);
        }
        let flag = canonical(flag);
        let refusals = || refused_everywhere.iter().chain(&self.refused);
        let named = flag.split(' ').find_map(|word| refusals().find(|rule| fits(&rule.flag, word).is_some()));
        match named {
            Some(rule) => Policy::Refused(rule.why.clone()),
            None => Policy::Allowed(why.to_string()),
        }
    }
}
