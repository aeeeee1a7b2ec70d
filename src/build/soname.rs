//! The name by which programs ask for a shared object.

use crate::toolchain::dynamic_strings;
use object::Object as _;

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
