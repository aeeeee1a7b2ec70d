//! Layouts: where the linker puts the code is drawn for every link, since placement alone moves a kernel by
//! 2 to 18 % (Mytkowicz et al., ASPLOS 2009; Curtsinger and Berger, STABILIZER, ASPLOS 2013).

use object::write::{Object, SectionId, StandardSection};
use object::{Architecture, BinaryFormat, Endianness};
use rand::rngs::ChaCha8Rng;
use rand::seq::SliceRandom;
use rand::{RngExt, SeedableRng};

/// A page, in which the offset of an object's code is drawn.
pub const PAGE: u64 = 4096;
/// Offsets are multiples of this, the usual alignment of a function.
const STEP: u64 = 16;

/// How one link is laid out: the order of the objects, and where in its page each object's code begins.
///
/// Both sides of a comparison are linked by the same layout (they are coupled): code that the flags did not change then
/// keeps its place in the page, and its noise cancels. Each side's layout is uniform all the same, so that the expected
/// effect is that of two independent links while its variance is smaller.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Layout {
    /// Offsets in the page, by object; none: the objects follow each other.
    pub offsets: Vec<u64>,
    /// Order of the objects.
    pub order: Vec<usize>,
}

impl Layout {
    /// The layout in which identities are compared: no pads, objects in their order.
    pub fn canonical(objects: usize) -> Layout {
        Layout { offsets: Vec::new(), order: (0..objects).collect() }
    }

    /// A random layout: offsets and an order, all uniform.
    pub fn draw(objects: usize, seed: u64) -> Layout {
        let mut random = ChaCha8Rng::seed_from_u64(seed);
        let mut order: Vec<usize> = (0..objects).collect();
        // Not 0: an empty section would not be aligned.
        let offsets = (0..objects).map(|_| STEP * random.random_range(1..PAGE / STEP)).collect();
        order.shuffle(&mut random);
        Layout { offsets, order }
    }
}

/// An ELF object for this machine whose `.text` begins with a page and is `bytes` of nothing, to be linked before the object
/// that it moves.
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
    object.append_section_data(text, &vec![0xcc; bytes as usize], PAGE);
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
        assert!(layout.offsets.iter().all(|o| o.is_multiple_of(STEP) && (STEP..PAGE).contains(o)));
        assert_eq!(layout, Layout::draw(5, 9));
        assert!((0..20).any(|seed| Layout::draw(5, seed) != layout));
    }
}
