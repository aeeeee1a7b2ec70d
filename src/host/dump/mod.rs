//! CPUID dumps in the formats of four tools, recognised by their content.

mod instlatx64;
mod numbers;
mod whole;

use super::feature::features;
use super::registers::{Cpu, Kind, Registers};
use std::collections::BTreeSet;

/// No machine has more logical CPUs; what a dump says beyond is left out.
const MAX_CPUS: usize = 8192;
/// No CPU has nearly as many leaves.
const MAX_LEAVES: usize = 4096;

/// One thing that a line of a dump may say.
enum Line {
    /// A CPU begins here.
    Begin,
    /// Leaf, sub-leaf where there is one, registers.
    Leaf(u32, Option<u32>, [u32; 4]),
    /// Kind of core, package and core as the tool names them.
    Note(Option<Kind>, Option<(u32, u32)>),
    /// Nothing further is about one CPU.
    End,
    /// Anything else.
    Other,
}

/// What a dump holds.
#[derive(Debug)]
pub struct Dump {
    /// The logical CPUs of one machine.
    pub cpus: Vec<Cpu>,
    /// Name of the format.
    pub format: &'static str,
    /// What was left out, and why.
    pub reasons: Vec<String>,
}

impl Dump {
    /// The features of which the dump can tell; `None` where it has all there is. libcpuid keeps the first sub-leaf of
    /// most leaves and no other.
    pub fn told(&self) -> Option<BTreeSet<&'static str>> {
        let further =
            |cpu: &Cpu| [(7, 1), (7, 2), (0xd, 1)].iter().any(|&(leaf, sub)| cpu.has_sub(leaf, sub));
        let first =
            self.cpus.first().filter(|_| self.format == LIBCPUID && !self.cpus.iter().any(further))?;
        Some(features().of_first_sub_leaves(first))
    }
}

/// How a format reads one line, which is in small letters.
type Reader = fn(&str) -> Line;

const LIBCPUID: &str = "libcpuid raw dump";

/// The formats by name.
const FORMATS: [(&str, Reader); 4] = [
    ("InstLatx64/AIDA64 text", instlatx64::line),
    ("cpuid -r", numbers::cpuid),
    (LIBCPUID, numbers::libcpuid),
    ("hwloc gather-cpuid", numbers::hwloc),
];

/// Reads a dump; `None` where no format fits. The format with the most leaves does.
pub fn read(bytes: &[u8]) -> Option<Dump> {
    // Tools differ in capitals, and what passed through other hands differs more.
    let mut text = decode(bytes).to_ascii_lowercase();
    if !text.contains('\n') {
        text = text.replace('\r', "\n");
    }
    let text = whole::lines(&text);
    let leaves = |read: Reader| {
        // A look at the beginning tells: no tool writes prose for longer.
        text.lines().take(20_000).filter(|l| matches!(read(l), Line::Leaf(..))).count()
    };
    let (name, read, found) = FORMATS
        .into_iter()
        .map(|(name, read)| (name, read, leaves(read)))
        .reduce(|best, next| if next.2 > best.2 { next } else { best })?;
    (found > 0).then(|| {
        let (cpus, reasons) = whole::machine(cpus(text, read));
        Dump { cpus, format: name, reasons }
    })
}

/// Latin-1, which is what the tools write, or UTF-16, which Windows makes of it; a byte order mark is not text. Of UTF-16
/// without one the zeros tell: no dump begins with a character beyond ASCII.
fn decode(bytes: &[u8]) -> String {
    let wide = |bytes: &[u8], pair: fn([u8; 2]) -> u16| -> String {
        let units = bytes.chunks_exact(2).map(|c| pair([c[0], c[1]]));
        char::decode_utf16(units).map(|c| c.unwrap_or(' ')).collect()
    };
    match bytes {
        [0xff, 0xfe, rest @ ..] => wide(rest, u16::from_le_bytes),
        [0xfe, 0xff, rest @ ..] => wide(rest, u16::from_be_bytes),
        [1..=255, 0, 1..=255, 0, ..] => wide(bytes, u16::from_le_bytes),
        [0, 1..=255, 0, 1..=255, ..] => wide(bytes, u16::from_be_bytes),
        [0xef, 0xbb, 0xbf, rest @ ..] => decode(rest),
        _ => bytes.iter().map(|&b| char::from(b)).collect(),
    }
}

/// Gathers lines into CPUs. A new one begins at a header, or where leaf 0 repeats: it has no sub-leaves.
fn cpus(text: &str, read: Reader) -> Vec<Cpu> {
    let mut cpus: Vec<Cpu> = Vec::new();
    let mut cpu = Cpu::default();
    let mut leaves = 0;
    for line in text.lines() {
        match read(line) {
            Line::Begin => close(&mut cpus, &mut cpu, &mut leaves),
            Line::Leaf(leaf, subleaf, registers) => {
                if leaf == 0 && subleaf.unwrap_or(0) == 0 && cpu.has(0) {
                    close(&mut cpus, &mut cpu, &mut leaves);
                }
                leaves += 1;
                if leaves <= MAX_LEAVES {
                    let subleaf = subleaf.unwrap_or_else(|| cpu.count(leaf));
                    cpu.insert(leaf, subleaf, Registers::new(registers));
                }
            }
            Line::Note(kind, seat) => {
                cpu.noted = kind.or(cpu.noted);
                cpu.seat = seat.or(cpu.seat);
            }
            Line::End => break,
            Line::Other => {}
        }
        if cpus.len() >= MAX_CPUS {
            break;
        }
    }
    close(&mut cpus, &mut cpu, &mut leaves);
    cpus.truncate(MAX_CPUS);
    cpus
}

fn close(cpus: &mut Vec<Cpu>, cpu: &mut Cpu, leaves: &mut usize) {
    *leaves = 0;
    let done = std::mem::take(cpu);
    if !done.is_empty() {
        cpus.push(done);
    }
}

/// Four hexadecimal numbers of up to eight digits.
fn registers<'a>(mut words: impl Iterator<Item = &'a str>) -> Option<[u32; 4]> {
    let mut next = || words.next().and_then(number);
    Some([next()?, next()?, next()?, next()?])
}

/// A hexadecimal number of up to eight digits, with or without `0x`.
fn number(word: &str) -> Option<u32> {
    let digits = word.trim().trim_start_matches("0x");
    // from_str_radix would take a sign.
    digits.bytes().all(|b| b.is_ascii_hexdigit()).then(|| u32::from_str_radix(digits, 16).ok())?
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sub_leaves_without_a_number_are_consecutive() {
        let text = "CPUID 00000000: 0000000D-0-0-0\nCPUID 00000004: 00000001-0-0-0\nCPUID 00000004: 00000002-0-0-0\n";
        let Dump { cpus, format, .. } = read(text.as_bytes()).unwrap();
        assert_eq!(format, "InstLatx64/AIDA64 text");
        assert_eq!((cpus[0].leaf(4, 0).eax, cpus[0].leaf(4, 1).eax), (1, 2));
    }

    #[test]
    fn a_header_or_a_second_leaf_zero_begins_a_cpu() {
        let leaf = "CPUID 00000000: 00000001-0-0-0\n";
        assert_eq!(read(leaf.repeat(3).as_bytes()).unwrap().cpus.len(), 3);
        let headed = format!("------[ Logical CPU #0 ]------\n{leaf}CPU#001 AffMask: 0x2\n{leaf}");
        assert_eq!(read(headed.as_bytes()).unwrap().cpus.len(), 2);
    }

    #[test]
    fn wide_text_is_read() {
        let text = "CPUID 00000000: 00000001-00000000-00000000-00000000\r\n";
        for to_bytes in [u16::to_le_bytes, u16::to_be_bytes] {
            let plain: Vec<u8> = text.encode_utf16().flat_map(to_bytes).collect();
            let marked: Vec<u8> = to_bytes(0xfeff).into_iter().chain(plain.iter().copied()).collect();
            for bytes in [plain, marked] {
                assert_eq!(read(&bytes).unwrap().cpus[0].leaf(0, 0).eax, 1, "{bytes:?}");
            }
        }
    }

    #[test]
    fn a_mark_before_the_first_line_hides_nothing() {
        let text = "\u{feff}CPUID 00000000 00000001-756e6547-6c65746e-49656e69\r\n";
        assert_eq!(read(text.as_bytes()).unwrap().cpus[0].leaf(0, 0).ebx, 0x756e_6547);
    }

    #[test]
    fn libcpuid_tells_of_first_sub_leaves_alone() {
        let text = "basic_cpuid[0]=0000000d 756e6547 6c65746e 49656e69\nbasic_cpuid[7]=00000001 00000000 00000000 00000000\n";
        let told = read(text.as_bytes()).unwrap().told().unwrap();
        assert!(told.contains("avx2") && told.contains("xsave"));
        for unknown in ["avxvnni", "hreset", "xsavec", "xsaveopt", "xsaves"] {
            assert!(!told.contains(unknown), "{unknown}");
        }
        let older = text.replace("[7]=00000001", "[7]=00000000");
        assert!(
            read(older.as_bytes()).unwrap().told().unwrap().contains("avxvnni"),
            "there is no further sub-leaf"
        );
        assert!(read(b"CPUID 00000000: 00000001-0-0-0\n").unwrap().told().is_none());
    }

    #[test]
    fn prose_is_no_dump() {
        for text in
            ["", "CPUID", "0x0 0x0:", "the cpu is fast\n", "# mask e[abcd]x => e[abcd]x\n", "\0\0\0\0"]
        {
            assert!(read(text.as_bytes()).is_none(), "{text:?}");
        }
    }
}
