//! The identity of a CPU is its vendor, family, model and stepping.

use super::registers::{Cpu, Registers};
use super::text::clean;
use crate::catalogue::Microarchitectures;

/// Who a CPU says it is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Identity {
    /// Vendor string as reported.
    pub vendor: String,
    /// Display family.
    pub family: u32,
    /// Display model.
    pub model: u32,
    /// Stepping.
    pub stepping: u32,
    /// Brand string.
    pub brand: String,
    /// Whether it has the 64-bit mode.
    pub long_mode: bool,
}

impl Identity {
    /// Reads leaves 0, 1 and 0x80000001 to 0x80000004.
    pub fn of(cpu: &Cpu) -> Self {
        let [zero, one, extended] = [cpu.leaf(0, 0), cpu.leaf(1, 0), cpu.leaf(0x8000_0001, 0)];
        let (family, model, stepping) = signature(one.eax);
        let brand: String = (0x8000_0002..=0x8000_0004)
            .map(|leaf| cpu.leaf(leaf, 0))
            .map(|r| Registers::text(&[r.eax, r.ebx, r.ecx, r.edx]))
            .collect();
        Self {
            vendor: Registers::text(&[zero.ebx, zero.edx, zero.ecx]),
            family,
            model,
            stepping,
            brand: clean(&brand),
            long_mode: extended.edx & 1 << 29 != 0 || (is_cut(cpu) && one.ecx & 1 << 13 != 0),
        }
    }

    /// Display family, model and stepping.
    pub fn signature(&self) -> (u32, u32, u32) {
        (self.family, self.model, self.stepping)
    }
}

/// Whether a dump lacks the extended leaf that tells of the 64-bit mode. Then `cmpxchg16b`, which only that mode has,
/// stands for it.
fn is_cut(cpu: &Cpu) -> bool {
    !cpu.has(0x8000_0001)
}

/// Display family, model and stepping of leaf 1's EAX. The extended model counts in families 6, 7 and 15 (Intel SDM
/// vol. 2A, CPUID; Zhaoxin and VIA use it alike).
fn signature(eax: u32) -> (u32, u32, u32) {
    let (base, low) = (eax >> 8 & 0xf, eax >> 4 & 0xf);
    let family = if base == 0xf { base + (eax >> 20 & 0xff) } else { base };
    let model = if matches!(base, 6 | 7 | 0xf) { (eax >> 16 & 0xf) << 4 | low } else { low };
    (family, model, eax & 0xf)
}

/// A vendor of the table, and how it was recognised where the string is not the table's own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Vendor {
    /// The table's vendor string.
    pub name: String,
    /// Why it stands for the reported one.
    pub reason: Option<String>,
}

/// The table's vendor for an identity: its own string, another spelling, or one that is a character or two off while
/// family and model are the vendor's. Firmware and hypervisors have been seen to corrupt the string.
pub fn vendor(table: &Microarchitectures, id: &Identity) -> Option<Vendor> {
    let reported = id.vendor.as_str();
    if table.vendors.iter().any(|v| v == reported) {
        return Some(Vendor { name: reported.into(), reason: None });
    }
    if let Some(name) = table.aliases.get(reported) {
        let reason = format!("{:?} is another spelling of {name}", clean(reported));
        return Some(Vendor { name: name.clone(), reason: Some(reason) });
    }
    let far = |name: &str| name.chars().zip(reported.chars()).filter(|(a, b)| a != b).count();
    let plausible = |name: &&str| far(name) <= 2 && table.part(name, id.signature(), id.long_mode).is_some();
    let near: Vec<&str> = table.vendors.iter().map(String::as_str).filter(plausible).collect();
    match near[..] {
        [name] => Some(Vendor {
            name: name.into(),
            reason: Some(format!(
                "vendor string {:?} is {name} with {} character(s) wrong: family {} model {:#x} is one of its CPUs",
                clean(reported),
                far(name),
                id.family,
                id.model
            )),
        }),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalogue::microarchitectures;

    #[test]
    fn display_family_and_model() {
        assert_eq!(signature(0x0005_06e3), (6, 0x5e, 3));
        assert_eq!(signature(0x00b0_0f21), (0x1a, 2, 1));
        assert_eq!(signature(0x0005_07b3), (7, 0x5b, 3));
        assert_eq!(signature(0x0000_05a2), (5, 0xa, 2));
        assert_eq!(signature(0x00c1_0f10), (0x1b, 0x11, 0));
    }

    #[test]
    fn a_corrupted_vendor_needs_a_plausible_model() {
        let table = microarchitectures().unwrap();
        let id = |vendor: &str, family, model| Identity {
            vendor: vendor.into(),
            family,
            model,
            long_mode: true,
            ..Identity::default()
        };
        let name = |id: Identity| vendor(table, &id).map(|v| v.name);
        assert_eq!(name(id("GenuineIotel", 6, 0x3c)).as_deref(), Some("GenuineIntel"));
        assert_eq!(name(id("AuthenticANE", 0x19, 0x11)).as_deref(), Some("AuthenticAMD"));
        assert_eq!(name(id("GenuineIotel", 6, 0xfe)), None);
        assert_eq!(name(id("GenuineTMx8?", 6, 0x3c)), None, "four letters are not a slip");
        assert_eq!(name(id("GenuineTMx86", 6, 0x3c)).as_deref(), Some("GenuineTMx86"), "another maker's");
        assert_eq!(name(id("AMDisbetter!", 5, 0)).as_deref(), Some("AuthenticAMD"));
    }
}
