//! The name by which programs ask for a shared object.

use object::Object as _;
use object::read::elf::{Dyn as _, FileHeader as _};

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
    let header = object::elf::FileHeader64::<object::Endianness>::parse(bytes).map_err(|e| e.to_string())?;
    let endian = header.endian().map_err(|e| e.to_string())?;
    let sections = header.sections(endian, bytes).map_err(|e| e.to_string())?;
    let Some((entries, strings)) = sections.dynamic(endian, bytes).map_err(|e| e.to_string())? else {
        return Ok(String::new());
    };
    let strings = sections.strings(endian, bytes, strings).map_err(|e| e.to_string())?;
    let entry = entries.iter().find(|d| d.tag32(endian) == Some(object::elf::DT_SONAME));
    let name = entry.and_then(|d| d.string(endian, strings).ok()).unwrap_or_default();
    Ok(String::from_utf8_lossy(name).into_owned())
}
