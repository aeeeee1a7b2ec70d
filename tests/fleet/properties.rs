//! What holds for any profiles.

use crate::fleet::{detected, named};
use hwtune::catalogue::Catalogue;
use hwtune::fleet::{By, merge};
use hwtune::profile::{self, JudgedKind, Judgement, Profile, Stage, Verdict};
use hwtune::render::{self, Options};
use proptest::prelude::*;
use std::collections::BTreeSet;

const FLAGS: [&str; 4] = ["-O3", "-fno-plt", "-fgcse-sm", "-march=skylake"];
const BY: [By; 3] = [By::Architecture, By::Level, By::Microarchitecture];

/// A profile of one of three CPUs with features masked and a section of any verdict.
fn any_profile() -> impl Strategy<Value = Profile> {
    let cpu = prop::sample::select(vec!["measured", "zen5", "aarch64"]);
    let flags = prop::sample::subsequence(FLAGS.to_vec(), 0..=FLAGS.len()).prop_shuffle();
    let verdict = prop::sample::select(Verdict::ALL.to_vec());
    let judged = prop::collection::vec(any_judgement(), 0..5);
    (cpu, 0..6u8, flags, verdict, 0.5..4.0f64, judged, any::<u8>(), any::<bool>()).prop_map(
        |(cpu, host, flags, verdict, low, judged, masks, complete)| {
            let mut profile = named(cpu, &format!("{cpu}-{host}"));
            profile.complete = complete;
            for (bit, feature) in ["aes", "adx", "avx2"].iter().enumerate() {
                if masks & (1 << bit) != 0 {
                    profile.host.features.retain(|f| f != feature);
                    profile.host.masked.push(feature.to_string());
                }
            }
            let zlib = profile.package.get_mut("zlib").unwrap();
            zlib.verdict = verdict;
            // What `tune` writes: flags that help, or none.
            let helps = verdict == Verdict::Helps && !flags.is_empty();
            zlib.flags = flags.iter().filter(|_| helps).map(|f| f.to_string()).collect();
            if !helps && verdict == Verdict::Helps {
                zlib.verdict = Verdict::Equivalent;
            }
            (zlib.effect, zlib.low, zlib.high) = (Some(low + 1.0), Some(low), Some(low + 2.0));
            zlib.judged = judged;
            if helps {
                zlib.judged.retain(|j| j.flags != zlib.flags);
                zlib.judged.push(Judgement { layouts: 8, pairs: 80, ..zlib.own_row() });
            }
            profile
        },
    )
}

fn any_judgement() -> impl Strategy<Value = Judgement> {
    let flags = prop::sample::subsequence(FLAGS.to_vec(), 1..=2);
    let kind = prop::sample::select(vec![JudgedKind::Alone, JudgedKind::Without, JudgedKind::Set]);
    let stage = prop::sample::select(vec![Stage::Screen, Stage::Confirm]);
    let verdict = prop::sample::select(Verdict::ALL[4..].to_vec());
    (flags, kind, stage, verdict, -4.0..4.0f64).prop_map(|(flags, kind, stage, verdict, low)| Judgement {
        flags: flags.iter().map(|f| f.to_string()).collect(),
        kind,
        stage,
        verdict,
        reason: String::new(),
        kernel: None,
        effect: Some(low + 0.5),
        low: Some(low),
        high: Some(low + 1.0),
        layouts: 8,
        pairs: 80,
        layout_effects: Vec::new(),
        layout_spread: Vec::new(),
        within_bounds: Vec::new(),
        base_ns: None,
    })
}

fn set(list: &[String]) -> BTreeSet<&String> {
    list.iter().collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 128, ..ProptestConfig::default() })]

    #[test]
    fn a_profile_merged_with_itself_keeps_its_flags(profile in any_profile()) {
        let groups = merge(&[profile.clone(), profile.clone()], By::Level);
        prop_assert_eq!(groups.len(), 1);
        let merged = &groups[0].profile;
        prop_assert_eq!(&merged.host.features, &profile.host.features);
        prop_assert_eq!(&merged.host.microarchitecture, &profile.host.microarchitecture);
        prop_assert_eq!(&merged.toolchain, &profile.toolchain);
        for (name, section) in &profile.package {
            // What the profile's own figures do not bear out is not taken over.
            if groups[0].retune.iter().all(|r| r.subject != *name) {
                prop_assert_eq!(&merged.package[name].flags, &section.flags);
                prop_assert_eq!(merged.package[name].verdict, section.verdict);
            }
        }
        let again = merge(std::slice::from_ref(merged), By::Level);
        prop_assert_eq!(&again[0].profile.package["zlib"].flags, &merged.package["zlib"].flags);
    }

    #[test]
    fn the_order_does_not_matter(
        (profiles, shuffled) in prop::collection::vec(any_profile(), 1..8)
            .prop_flat_map(|all| (Just(all.clone()), Just(all).prop_shuffle())),
    ) {
        for by in BY {
            prop_assert_eq!(merge(&profiles, by), merge(&shuffled, by));
        }
    }

    #[test]
    fn no_host_is_promised_what_it_lacks(profiles in prop::collection::vec(any_profile(), 1..8)) {
        for by in BY {
            let groups = merge(&profiles, by);
            for group in &groups {
                for host in profiles.iter().filter(|p| group.hosts.contains(&p.host.name)) {
                    // Hosts of one name may be in two groups.
                    if groups.iter().filter(|g| g.hosts.contains(&host.host.name)).count() > 1
                        || profiles.iter().filter(|p| p.host.name == host.host.name).count() > 1 {
                        continue;
                    }
                    prop_assert!(set(&group.profile.host.features).is_subset(&set(&host.host.features)));
                    prop_assert!(group.profile.host.level <= host.host.level);
                    for (name, section) in &group.profile.package {
                        let Some(own) = host.package.get(name) else {
                            // A host that did not measure a subject is to be tuned for it.
                            let listed = group.retune.iter().any(|r| r.host == host.host.name && r.subject == *name);
                            prop_assert!(listed, "{}: {name}", host.host.name);
                            continue;
                        };
                        if section.verdict == Verdict::Helps {
                            let tuned = !group.retune.iter().any(|r| r.host == host.host.name && r.subject == *name);
                            prop_assert!(section.low <= own.low || set(&section.flags) != set(&own.flags) || !tuned);
                        }
                    }
                }
                let text = profile::to_toml(&group.profile).unwrap();
                prop_assert_eq!(&profile::parse(&text, "merged").unwrap(), &group.profile);
            }
        }
    }
}

/// CPUs as they are: every group of them is rendered by every consumer, or refused with a reason of its own.
#[test]
fn every_renderer_takes_a_merged_profile() {
    let all = detected();
    let catalogue = Catalogue::load(None).unwrap();
    let targets = render::targets(None).unwrap();
    let allow = Options { allow_unmeasured: true, ..Options::default() };
    for by in BY {
        for group in merge(&all, by) {
            for host in all.iter().filter(|p| group.hosts.contains(&p.host.name)) {
                let (ours, own) = (&group.profile.host.features, &host.host.features);
                assert!(set(ours).is_subset(&set(own)), "{}: {}", group.name, host.host.name);
            }
            for chain in group.profile.toolchain.iter().filter(|t| t.march.starts_with("x86-64")) {
                assert_eq!(chain.drop, Vec::<String>::new(), "{}: a level that all offer", group.name);
            }
            for target in &targets {
                match render::render(&group.profile, &catalogue, &target.name, &allow) {
                    Ok(rendered) => assert!(!rendered.text.is_empty()),
                    // A CPU that the ecosystem has no name for, or a system it does not run on.
                    Err(error) => {
                        let bare = group.hosts.iter().any(|host| {
                            let own = all.iter().find(|p| p.host.name == *host).unwrap();
                            render::render(own, &catalogue, &target.name, &allow).is_err()
                        });
                        assert!(bare, "{} {}: {error}", group.name, target.name);
                    }
                }
            }
        }
    }
}

/// A fleet: 500 hosts of all CPUs there are samples of, merged at once, and each counted once.
#[test]
fn five_hundred_hosts() {
    let samples = detected();
    let fleet: Vec<Profile> = (0..500)
        .map(|n| {
            let mut profile = samples[n % samples.len()].clone();
            profile.host.name = format!("node{n:03}");
            profile
        })
        .collect();
    for by in BY {
        let groups = merge(&fleet, by);
        let hosts: Vec<&String> = groups.iter().flat_map(|g| &g.hosts).collect();
        assert_eq!((hosts.len(), hosts.into_iter().collect::<BTreeSet<_>>().len()), (500, 500));
    }
}
