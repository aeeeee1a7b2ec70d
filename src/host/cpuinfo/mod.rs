//! This module names hosts by the `/proc/cpuinfo` of x86, AArch64, RISC-V, POWER and LoongArch.

pub(crate) mod arm;
pub(crate) mod loongarch;
mod other;
mod power;
pub(crate) mod riscv;
mod x86;

use super::{Detected, HostError};
pub(super) use other::no_dump;
use std::collections::BTreeMap;

/// No machine has more logical CPUs; what a file says beyond is left out.
const MAX_CPUS: usize = 8192;

/// One logical CPU's keys and values; the last block of some architectures is about the machine.
type Block<'a> = BTreeMap<&'a str, &'a str>;

/// Detects the host of a `/proc/cpuinfo`. `place` names it in errors.
pub fn detect(bytes: &[u8], place: &str) -> Result<Detected, HostError> {
    let text = String::from_utf8_lossy(bytes);
    let blocks = blocks(&text);
    let has = |key: &str| blocks.iter().any(|b| b.contains_key(key));
    if has("flags") && has("cpu family") {
        x86::detect(&blocks, place)
    } else if has("CPU implementer") {
        arm::detect(&blocks, place)
    } else if has("isa") && has("hart") {
        riscv::detect(&blocks, place)
    } else if power::is_power(&blocks) {
        power::detect(&blocks, place)
    } else if has("Model Name") && has("CPU Family") {
        loongarch::detect(&blocks, place)
    } else {
        Err(other::error(&blocks, &text, place))
    }
}

/// Blocks of `key : value` lines, divided by blank lines.
fn blocks(text: &str) -> Vec<Block<'_>> {
    let mut blocks = vec![Block::new()];
    for line in text.lines() {
        let Some((key, value)) = line.split_once(':') else {
            if line.trim().is_empty() && blocks.last().is_some_and(|b| !b.is_empty()) {
                if blocks.len() >= MAX_CPUS {
                    break;
                }
                blocks.push(Block::new());
            }
            continue;
        };
        let (key, value) = (key.trim(), value.trim());
        // The hart's own line; some files have no blank line between CPUs.
        if key == "processor"
            && blocks.last().is_some_and(|b| b.contains_key("processor"))
            && blocks.len() < MAX_CPUS
        {
            blocks.push(Block::new());
        }
        if let Some(block) = blocks.last_mut() {
            block.entry(key).or_insert(value);
        }
    }
    blocks.retain(|b| !b.is_empty());
    blocks
}

/// Blocks of logical CPUs: those with the key.
fn cpus<'b, 'a>(blocks: &'b [Block<'a>], key: &str) -> Vec<&'b Block<'a>> {
    blocks.iter().filter(|b| b.contains_key(key)).collect()
}

/// A decimal number, or a hexadecimal one with `0x`.
fn number(text: &str) -> Option<u32> {
    match text.strip_prefix("0x") {
        Some(digits) => u32::from_str_radix(digits, 16).ok(),
        None => text.parse().ok(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_cpuinfo_is_told() {
        for text in ["", ":", "flags: a\n", "processor : 0\nmodel name : x\n"] {
            let error = detect(text.as_bytes(), "f").unwrap_err().to_string();
            assert!(error.starts_with("f: no /proc/cpuinfo: "), "{error}");
        }
    }

    #[test]
    fn cpus_without_blank_lines_are_divided() {
        assert_eq!(blocks("processor : 0\na : 1\nprocessor : 1\na : 2\n\n\nb: 3\n").len(), 3);
    }
}
