//! What a shared object or program says to the loader: its own name, and where it looks for others.

use object::Object as _;
use object::read::elf::{Dyn as _, FileHeader as _};

/// The texts under some tags (`DT_SONAME`, `DT_RUNPATH`) of a 64-bit ELF file's dynamic section, in its order; none where it has no such
/// section. Errors say why the file cannot be read.
pub fn dynamic_strings(bytes: &[u8], tags: &[u32]) -> Result<Vec<String>, object::Error> {
    let header = object::elf::FileHeader64::<object::Endianness>::parse(bytes)?;
    let endian = header.endian()?;
    let sections = header.sections(endian, bytes)?;
    let Some((entries, link)) = sections.dynamic(endian, bytes)? else { return Ok(Vec::new()) };
    let strings = sections.strings(endian, bytes, link)?;
    let own = entries.iter().filter(|entry| entry.tag32(endian).is_some_and(|tag| tags.contains(&tag)));
    own.map(|entry| Ok(String::from_utf8_lossy(entry.string(endian, strings)?).into_owned())).collect()
}

/// The SONAME of a shared object for this machine; empty where it has none. Errors tell what the file is instead.
pub fn soname(bytes: &[u8]) -> Result<String, String> {
    let elf = object::File::parse(bytes).map_err(|e| format!("no shared object: {e}"))?;
    if elf.kind() != object::ObjectKind::Dynamic {
        return Err("no shared object".into());
    }
    let here = match std::env::consts::ARCH {
        "x86_64" => object::Architecture::X86_64,
        "aarch64" => object::Architecture::Aarch64,
        "riscv64" => object::Architecture::Riscv64,
        "powerpc64" => object::Architecture::PowerPc64,
        _ => elf.architecture(),
    };
    if elf.architecture() != here || !elf.is_64() {
        return Err(format!("is for {:?}, not for this machine", elf.architecture()));
    }
    let own = dynamic_strings(bytes, &[object::elf::DT_SONAME]).map_err(|e| e.to_string())?;
    Ok(own.into_iter().next().unwrap_or_default())
}
