//! Layouts: where the linker puts the code is drawn anew for every link, since placement alone moves a kernel by
//! 2 to 18 % (Mytkowicz et al., ASPLOS 2009; Curtsinger and Berger, STABILIZER, ASPLOS 2013).

use object::write::{Object, SectionId, StandardSection};
use object::{Architecture, BinaryFormat, Endianness};
use rand::seq::SliceRandom;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// Steps of the pad at the top of `.text`: it is 16 bytes times 0 to 255, a page in all.
const PAD_STEPS: u64 = 256;

/// How one link is laid out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Layout {
    /// Bytes skipped at the top of `.text`.
    pub pad: u64,
    /// Order of the objects.
    pub order: Vec<usize>,
}

impl Layout {
    /// The layout in which identities are compared: no pad, objects in their order.
    pub fn canonical(objects: usize) -> Layout {
        Layout { pad: 0, order: (0..objects).collect() }
    }

    /// A random layout: a pad and an order, both uniform.
    pub fn draw(objects: usize, seed: u64) -> Layout {
        let mut random = ChaCha8Rng::seed_from_u64(seed);
        let mut order: Vec<usize> = (0..objects).collect();
        let pad = 16 * random.random_range(0..PAD_STEPS);
        order.shuffle(&mut random);
        Layout { pad, order }
    }
}

/// An ELF object for this machine whose `.text` is `bytes` of nothing, to be linked first.
pub fn pad_object(bytes: u64) -> Result<Vec<u8>, String> {
    let architecture = match std::env::consts::ARCH {
        "x86_64" => Architecture::X86_64,
        "aarch64" => Architecture::Aarch64,
        "riscv64" => Architecture::Riscv64,
        "powerpc64" => Architecture::PowerPc64,
        other => return Err(format!("no pad objects for {other}")),
    };
    let endian = if cfg!(target_endian = "big") { Endianness::Big } else { Endianness::Little };
    let mut object = Object::new(BinaryFormat::Elf, architecture, endian);
    let text = object.section_id(StandardSection::Text);
    // Breakpoints on x86: nothing jumps there.
    object.append_section_data(text, &vec![0xcc; bytes as usize], 16);
    // Without this note the linker would make the stack executable.
    let _: SectionId =
        object.add_section(Vec::new(), b".note.GNU-stack".to_vec(), object::SectionKind::Other);
    object.write().map_err(|e| e.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_draw_is_a_permutation_and_depends_on_its_seed_alone() {
        let layout = Layout::draw(5, 9);
        let mut sorted = layout.order.clone();
        sorted.sort_unstable();
        assert_eq!(sorted, [0, 1, 2, 3, 4]);
        assert!(layout.pad.is_multiple_of(16) && layout.pad < 4096);
        assert_eq!(layout, Layout::draw(5, 9));
        assert!((0..20).any(|seed| Layout::draw(5, seed) != layout));
    }
}
