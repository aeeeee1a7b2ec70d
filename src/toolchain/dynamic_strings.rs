//! What a shared object or program says to the loader.

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
