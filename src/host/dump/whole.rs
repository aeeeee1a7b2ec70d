//! This module rejects dumps that are not whole: each line and each CPU must be complete, and all of one machine.

use crate::host::Cpu;
use crate::host::identity::Identity;

/// The lines that are whole. A text that ends within a line may have lost digits of the last register: tools pad all
/// registers of a line alike.
pub(super) fn lines(text: &str) -> &str {
    let (before, last) = text.rsplit_once('\n').map_or(("", text), |(before, last)| (before, last));
    // Remarks in brackets follow the registers.
    let mut numbers = last.split('[').next().unwrap_or_default().trim_end().rsplit(|c: char| {
        // `ecx=0x` divides registers as a dash does.
        !c.is_ascii_hexdigit()
    });
    let end = numbers.next().map_or(0, str::len);
    let padded = numbers.map(str::len).find(|&digits| digits > 2).unwrap_or(0);
    // What ends otherwise than in a digit has lost no digit.
    if end > 0 && end < padded { before } else { text }
}

/// The CPUs of the machine that the dump begins with, and what was left out. Two machines' dumps in one file have no
/// features in common that mean anything; the last CPU of a text that was cut lacks leaves that it has.
pub(super) fn machine(mut cpus: Vec<Cpu>) -> (Vec<Cpu>, Vec<String>) {
    let mut reasons = Vec::new();
    let all = cpus.len();
    if let Some(first) = cpus.iter().find(|cpu| cpu.has(1)).map(maker) {
        cpus.retain(|cpu| !cpu.has(1) || maker(cpu) == first);
    }
    if cpus.len() < all {
        let others = all - cpus.len();
        reasons.push(format!("{others} CPU(s) are another machine's, by vendor, family and model: left out"));
    }
    if let [.., before, last] = &cpus[..]
        && is_beginning(last, before)
    {
        cpus.pop();
        reasons.push("the text ends within its last CPU: that one is left out".into());
    }
    (cpus, reasons)
}

/// Cores of one machine are of one model, whatever their kind: hybrids report one signature, and sockets differ in
/// stepping at most.
fn maker(cpu: &Cpu) -> (String, u32, u32) {
    let id = Identity::of(cpu);
    (id.vendor, id.family, id.model)
}

/// Whether a CPU has the other's first leaves and no further ones.
fn is_beginning(cut: &Cpu, whole: &Cpu) -> bool {
    let (cut, whole) = (cut.numbers(), whole.numbers());
    cut.len() < whole.len() && whole.starts_with(&cut)
}

#[cfg(test)]
mod tests {
    use super::super::{Dump, read};
    use super::lines;

    fn cpu(number: usize, signature: u32) -> String {
        format!(
            "------[ Logical CPU #{number} ]------\nCPUID 00000000: 00000007-756E6547-6C65746E-49656E69\n\
             CPUID 00000001: {signature:08X}-00000000-1C000000-00000000\n\
             CPUID 00000007: 00000000-00000020-00000000-00000000 [SL 00]\n"
        )
    }

    #[test]
    fn a_line_that_lost_digits_is_no_line() {
        for (text, whole) in [
            ("cpuid 00000000: 00000001-756e6547-6c65746e-49656e69", true),
            ("cpuid 00000000: 00000001-756e6547-6c65746e-49656e", false),
            ("cpuid 00000000: 00000001-756e6547-6c65746e-49656e69 [genuineintel]", true),
            ("cpuid 00000000: 00000001-756e6547-6c65746e-49656e69 [genu", true),
            ("   0x00000001 0x00: eax=0x000106a5 ebx=0x00100800 ecx=0x009ce3bd edx=0xbfebfb", false),
            ("   0x00000001 0x00: eax=0x000106a5 ebx=0x00100800 ecx=0x009ce3bd edx=0xbfebfbff", true),
            ("basic_cpuid[1]=000106c2 00020800 0040c39d bfe9fbff", true),
            ("", true),
        ] {
            let text = format!("one\n{text}");
            assert_eq!(lines(&text) == text, whole, "{text}");
        }
    }

    #[test]
    fn another_machine_is_left_out() {
        let text = [cpu(0, 0x306a9), cpu(1, 0x306a9), cpu(0, 0x306c3)].concat();
        let Dump { cpus, reasons, .. } = read(text.as_bytes()).unwrap();
        assert_eq!((cpus.len(), reasons.len()), (2, 1), "{reasons:?}");
        let steppings = [cpu(0, 0x206c2), cpu(1, 0x206c1)].concat();
        assert_eq!(read(steppings.as_bytes()).unwrap().cpus.len(), 2);
    }

    #[test]
    fn a_cpu_that_the_end_cut_short_is_left_out() {
        let whole = [cpu(0, 0x306a9), cpu(1, 0x306a9)].concat();
        let cut = whole.rfind("CPUID 00000007").unwrap();
        let Dump { cpus, reasons, .. } = read(&whole.as_bytes()[..cut]).unwrap();
        assert_eq!((cpus.len(), reasons.len()), (1, 1), "{reasons:?}");
        assert!(read(whole.as_bytes()).unwrap().reasons.is_empty());
        // A CPU alone is all that there is.
        assert_eq!(read(&whole.as_bytes()[..whole.find("CPUID 00000007").unwrap()]).unwrap().cpus.len(), 1);
    }
}
