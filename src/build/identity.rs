//! When are two builds the same code? Never by file: debug sections, build ids and the order of strings differ.

use object::{Object, ObjectSection, ObjectSymbol, RelocationTarget, SectionFlags, SymbolKind};
use sha2::{Digest, Sha256};

/// SHA-256 over what the loader and the linker see of an object or a shared object.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Code(pub [u8; 32]);

/// A build's identity and the bytes of its executable sections.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Identity {
    /// Hash of allocated sections, relocations and symbols.
    pub code: Code,
    /// Bytes of executable sections.
    pub bytes: u64,
}

const SHF_ALLOC: u64 = 2;
const SHF_EXECINSTR: u64 = 4;
/// Bytes of code that no program has.
const LARGEST: u64 = 1 << 40;

/// Hashes all allocated sections (name, flags, alignment, bytes) with their relocations, and the symbols in their
/// order. The build id is left out: it hashes debug information too. Errors tell why the bytes are no ELF object.
pub fn identity(file: &[u8]) -> Result<Identity, String> {
    let elf = object::File::parse(file).map_err(|e| e.to_string())?;
    let mut hash = Sha256::new();
    let mut bytes = 0;
    for section in elf.sections() {
        let SectionFlags::Elf { sh_flags } = section.flags() else { return Err("not an ELF file".into()) };
        let name = section.name().map_err(|e| e.to_string())?;
        // Intermediate code is all that an object compiled for link-time optimisation has.
        let lto = name.starts_with(".gnu.lto_") || name == ".llvmbc";
        if (sh_flags & SHF_ALLOC == 0 && !lto) || name == ".note.gnu.build-id" {
            continue;
        }
        if sh_flags & SHF_EXECINSTR != 0 {
            // What a section says of itself may be anything; sums of what is let through overflow nowhere.
            bytes = section.size().saturating_add(bytes);
            if bytes > LARGEST {
                return Err("its sections are larger than any program".into());
            }
        }
        put(&mut hash, name.as_bytes());
        for number in [sh_flags, section.align(), section.size()] {
            hash.update(number.to_le_bytes());
        }
        put(&mut hash, section.data().map_err(|e| e.to_string())?);
        for (offset, relocation) in section.relocations() {
            hash.update(offset.to_le_bytes());
            hash.update(relocation.addend().to_le_bytes());
            put(
                &mut hash,
                format!("{:?} {:?}", relocation.flags(), target(&elf, relocation.target())).as_bytes(),
            );
        }
    }
    // Files and sections have symbols of their own, also those that hold debug information.
    for symbol in elf.symbols().filter(|s| !matches!(s.kind(), SymbolKind::File | SymbolKind::Section)) {
        put(&mut hash, symbol.name_bytes().unwrap_or_default());
        let home = symbol.section_index().and_then(|i| elf.section_by_index(i).ok());
        put(&mut hash, home.and_then(|s| s.name_bytes().ok()).unwrap_or_default());
        put(&mut hash, format!("{:?}", symbol.flags()).as_bytes());
        hash.update(symbol.address().to_le_bytes());
        hash.update(symbol.size().to_le_bytes());
    }
    Ok(Identity { code: Code(hash.finalize().into()), bytes })
}

/// A relocation's target by name, since symbol numbers shift with debug sections.
fn target(elf: &object::File, target: RelocationTarget) -> String {
    match target {
        RelocationTarget::Symbol(index) => match elf.symbol_by_index(index) {
            Ok(s) if s.kind() == SymbolKind::Section => {
                let section = s.section_index().and_then(|i| elf.section_by_index(i).ok());
                section.and_then(|s| s.name().map(str::to_string).ok()).unwrap_or_default()
            }
            Ok(s) => String::from_utf8_lossy(s.name_bytes().unwrap_or_default()).into_owned(),
            Err(_) => String::new(),
        },
        other => format!("{other:?}"),
    }
}

/// Length first, so that neighbours cannot run together.
fn put(hash: &mut Sha256, bytes: &[u8]) {
    hash.update((bytes.len() as u64).to_le_bytes());
    hash.update(bytes);
}
