//! When do two built libraries run the same code? Two builds may differ in where the loader looks for other libraries, in
//! build ids, notes, debug links and symbol tables for debuggers, and in the addresses that follow from their sizes: none
//! of that is executed. What is: code, data, and what the loader writes into them.

use object::read::elf::{Dyn as _, ElfFile64, FileHeader as _};
use object::{Endianness, Object, ObjectSection, ObjectSymbol, RelocationTarget, SectionFlags, elf};
use sha2::{Digest, Sha256};
use std::collections::BTreeSet;

const ALLOCATED: u64 = elf::SHF_ALLOC as u64;
const EXECUTED: u64 = elf::SHF_EXECINSTR as u64;

/// Sections that the loader or an unwinder reads and no program executes. What the loader makes of them is looked at below.
const READ_BY_LOADER: [&str; 12] = [
    ".dynamic",
    ".dynstr",
    ".dynsym",
    ".eh_frame",
    ".eh_frame_hdr",
    ".gnu.hash",
    ".gnu.version",
    ".gnu.version_d",
    ".gnu.version_r",
    ".hash",
    ".interp",
    ".gcc_except_table",
];

/// Entries of the dynamic section that say how the loader binds: when, and to whom first.
const BINDING: [u32; 5] =
    [elf::DT_SYMBOLIC, elf::DT_TEXTREL, elf::DT_BIND_NOW, elf::DT_FLAGS, elf::DT_FLAGS_1];
/// Bytes that one relocation of a 64-bit library writes.
const WRITTEN: usize = 8;

/// SHA-256 over the code and data of a shared object and over what the loader writes into them, with every address as a
/// place in a section. Errors tell why the bytes are no shared object.
pub(super) fn code(file: &[u8]) -> Result<[u8; 32], String> {
    let library = ElfFile64::<Endianness>::parse(file).map_err(|e| e.to_string())?;
    let written: Vec<u64> = library.dynamic_relocations().into_iter().flatten().map(|(at, _)| at).collect();
    let mut hash = Sha256::new();
    let mut executed = false;
    for section in library.sections() {
        let SectionFlags::Elf { sh_flags } = section.flags() else { return Err("not an ELF file".into()) };
        let name = section.name().map_err(|e| e.to_string())?;
        if sh_flags & ALLOCATED == 0 || is_for_the_loader(name) {
            continue;
        }
        executed |= sh_flags & EXECUTED != 0;
        put(&mut hash, name.as_bytes());
        for number in [sh_flags, section.align(), section.size()] {
            hash.update(number.to_le_bytes());
        }
        // Stubs and the table that they jump through follow from the relocations, which name what they are for.
        if !name.starts_with(".plt") && !name.starts_with(".got") {
            let mut data = section.data().map_err(|e| e.to_string())?.to_vec();
            for at in written.iter().filter_map(|at| at.checked_sub(section.address())) {
                // What stands there is overwritten before anything reads it.
                let start = usize::try_from(at).unwrap_or(usize::MAX).min(data.len());
                let end = start.saturating_add(WRITTEN).min(data.len());
                data[start..end].fill(0);
            }
            put(&mut hash, &data);
        }
    }
    if !executed {
        // Without a table of sections only identical files count as the same code.
        put(&mut hash, file);
    }
    for line in symbols(&library).into_iter().chain(relocations(&library)).chain(binding(&library, file)?) {
        put(&mut hash, line.as_bytes());
    }
    Ok(hash.finalize().into())
}

fn is_for_the_loader(name: &str) -> bool {
    READ_BY_LOADER.contains(&name) || [".note", ".rela.", ".rel."].iter().any(|start| name.starts_with(start))
}

/// An address as a section and a place in it, so that it stays the same where only the section moved.
fn place(library: &ElfFile64<'_, Endianness>, address: u64) -> String {
    let within = |s: &object::read::elf::ElfSection64<'_, '_, Endianness>| {
        let SectionFlags::Elf { sh_flags } = s.flags() else { return false };
        sh_flags & ALLOCATED != 0 && address.checked_sub(s.address()).is_some_and(|o| o < s.size())
    };
    match library.sections().find(within) {
        Some(section) => format!("{}+{}", section.name().unwrap_or_default(), address - section.address()),
        None => address.to_string(),
    }
}

/// What a program or another library can find here, and what is looked for elsewhere.
fn symbols(library: &ElfFile64<'_, Endianness>) -> BTreeSet<String> {
    let line = |s: object::read::elf::ElfSymbol64<'_, '_, Endianness>| {
        let name = String::from_utf8_lossy(s.name_bytes().unwrap_or_default()).into_owned();
        let at = if s.is_undefined() { "-".into() } else { place(library, s.address()) };
        format!("{name} {:?} {:?} {at} {}", s.kind(), s.scope(), s.size())
    };
    library.dynamic_symbols().map(line).collect()
}

/// What the loader writes, and where.
fn relocations(library: &ElfFile64<'_, Endianness>) -> BTreeSet<String> {
    let line = |(at, relocation): (u64, object::Relocation)| {
        let (addend, flags) = (relocation.addend(), relocation.flags());
        let value = match relocation.target() {
            RelocationTarget::Symbol(index) => {
                let symbol = library.dynamic_symbol_table().and_then(|t| {
                    use object::ObjectSymbolTable as _;
                    t.symbol_by_index(index).ok()
                });
                let name = symbol.as_ref().and_then(|s| s.name_bytes().ok()).unwrap_or_default();
                format!("{} {addend}", String::from_utf8_lossy(name))
            }
            _ => place(library, addend as u64),
        };
        format!("{} {flags:?} {value}", place(library, at))
    };
    library.dynamic_relocations().into_iter().flatten().map(line).collect()
}

/// The entries of the dynamic section that change what runs.
fn binding(library: &ElfFile64<'_, Endianness>, file: &[u8]) -> Result<Vec<String>, String> {
    let (endian, header) = (library.endian(), library.elf_header());
    let sections = header.sections(endian, file).map_err(|e| e.to_string())?;
    let Some((entries, link)) = sections.dynamic(endian, file).map_err(|e| e.to_string())? else {
        return Ok(Vec::new());
    };
    let strings = sections.strings(endian, file, link).map_err(|e| e.to_string())?;
    let mut lines = Vec::new();
    for entry in entries {
        let value: u64 = entry.d_val(endian);
        match entry.tag32(endian) {
            Some(elf::DT_NEEDED) => {
                let name = entry.string(endian, strings).unwrap_or_default();
                lines.push(format!("needs {}", String::from_utf8_lossy(name)));
            }
            Some(tag @ (elf::DT_INIT | elf::DT_FINI)) => {
                lines.push(format!("{tag} {}", place(library, value)))
            }
            Some(tag) if BINDING.contains(&tag) => lines.push(format!("{tag} {value}")),
            _ => {}
        }
    }
    Ok(lines)
}

/// Length first, so that neighbours cannot run together.
fn put(hash: &mut Sha256, bytes: &[u8]) {
    hash.update((bytes.len() as u64).to_le_bytes());
    hash.update(bytes);
}
