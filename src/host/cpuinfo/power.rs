use super::{Block, cpus};
use crate::host::text::clean;
use crate::host::{Detected, HostError, archspec};
use crate::profile::{Host, Names, System};

/// The first generation with each of GCC's options that a generation implies (GCC manual, RS/6000 and PowerPC Options).
const SINCE: [(&str, u32); 9] = [
    ("altivec", 6),
    ("cmpb", 6),
    ("crypto", 8),
    ("htm", 8),
    ("mma", 10),
    ("power8-vector", 8),
    ("power9-vector", 9),
    ("prefixed", 10),
    ("vsx", 7),
];

/// Names a POWER host by the generation in its `cpu` line: `POWER9, altivec supported` is power9.
pub fn detect(blocks: &[Block], place: &str) -> Result<Detected, HostError> {
    let cpus = cpus(blocks, "cpu");
    let line = cpus.first().and_then(|c| c.get("cpu").copied()).unwrap_or_default();
    let digits =
        line.trim_start_matches("POWER").split(|c: char| !c.is_ascii_digit()).next().unwrap_or_default();
    let generation: u32 = digits.parse().map_err(|_| HostError::NotCpuinfo {
        place: place.into(),
        what: format!("{:?} names no generation of POWER", clean(line)),
    })?;
    let name = format!("power{generation}");
    let vector = line.contains("altivec supported");
    // Transactions went with POWER10; without vectors nothing of theirs is left.
    let there = |&&(option, since): &&(&str, u32)| match option {
        "htm" => (since..10).contains(&generation),
        "cmpb" | "prefixed" => generation >= since,
        _ => generation >= since && vector,
    };
    let features = SINCE.iter().filter(there).map(|(option, _)| option.to_string()).collect();
    let revision = cpus.first().and_then(|c| c.get("revision").copied()).unwrap_or_default();
    let (model, stepping) = pvr(revision).unwrap_or_default();
    let archspec = archspec::power(generation);
    let host = Host {
        vendor: "IBM".into(),
        family: generation,
        model,
        stepping,
        cpu: clean(line.split(',').next().unwrap_or_default()),
        microarchitecture: name.clone(),
        features,
        cores: cpus.len() as u32,
        threads: cpus.len() as u32,
        ..Host::default()
    };
    let rust = format!("pwr{generation}");
    let names = Names { gcc: name.clone(), rust, archspec, ..Names::default() };
    let system = System { microcode: "unknown".into(), governor: "unknown".into(), ..System::default() };
    let reasons = vec![
        format!("{place}: /proc/cpuinfo of POWER, {} logical CPU(s)", cpus.len()),
        format!("cpu line {:?} is {name}", clean(line)),
    ];
    Ok(Detected { host, system, names, codename: String::new(), arch: "ppc64le".into(), reasons })
}

/// Processor version and revision of `2.2 (pvr 004e 1202)`.
fn pvr(revision: &str) -> Option<(u32, u32)> {
    let mut words =
        revision.split_once("pvr")?.1.split(|c: char| !c.is_ascii_hexdigit()).filter(|w| !w.is_empty());
    let mut next = || u32::from_str_radix(words.next()?, 16).ok();
    Some((next()?, next()?))
}

#[cfg(test)]
mod tests {
    fn detect(cpu: &str) -> Result<crate::host::Detected, crate::host::HostError> {
        let text =
            format!("processor : 0\ncpu : {cpu}\nrevision : 2.2 (pvr 004e 1202)\n\nmachine : PowerNV\n");
        super::super::detect(text.as_bytes(), "f")
    }

    #[test]
    fn generations() {
        let host = detect("POWER9, altivec supported").unwrap().host;
        assert_eq!((host.microarchitecture.as_str(), host.model, host.stepping), ("power9", 0x4e, 0x1202));
        assert!(host.features.contains(&"vsx".to_string()) && !host.features.contains(&"mma".to_string()));
        assert_eq!(detect("POWER8NVL (raw), altivec supported").unwrap().host.microarchitecture, "power8");
        assert_eq!(
            detect("POWER10 (architected), altivec supported").unwrap().host.microarchitecture,
            "power10"
        );
        assert!(detect("POWERful").is_err());
    }
}
