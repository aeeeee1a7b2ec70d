//! Where a link puts each object, and that both sides of a comparison put it at the same place in its page.

use crate::measure::SUM;
use crate::support::bench::{Bench, body, built, kernel};
use hwtune::build::Built;
use hwtune::catalogue::Kernel;
use hwtune::experiment::Layout;
use object::{Object as _, ObjectSection as _, ObjectSymbol as _};
use std::collections::HashMap;
use std::path::Path;

const PAGE: u64 = 4096;

/// Kernels of which each grows by another measure under other flags.
fn kernels() -> Vec<Kernel> {
    let loops = |n: usize| {
        let each = format!("for (int i = 0; i < {}; i++) h = h * 31 + (h >> (i & 7)) % 7;\n", 64 << n);
        body(&format!("static uint64_t h = 1;\n{} return h;", each.repeat(1 + 3 * n)))
    };
    (0..4).map(|n| kernel(&format!("k{n}"), &loops(n))).chain([kernel("sum", SUM)]).collect()
}

/// The addresses of functions that lie in `.text`; of an object, from the section's beginning.
fn functions(file: &Path) -> HashMap<String, u64> {
    let bytes = std::fs::read(file).unwrap();
    let parsed = object::File::parse(&*bytes).unwrap();
    let text = parsed.section_by_name(".text").unwrap().index();
    let of = parsed.symbols().filter(|s| s.is_definition() && s.section_index() == Some(text));
    of.map(|s| (s.name().unwrap().to_string(), s.address())).filter(|(name, _)| !name.is_empty()).collect()
}

fn text_size(file: &Path) -> u64 {
    let bytes = std::fs::read(file).unwrap();
    object::File::parse(&*bytes).unwrap().section_by_name(".text").unwrap().size()
}

/// Where in a linked file the code of each object begins.
fn begins(file: &Path, built: &Built) -> Vec<u64> {
    let linked = functions(file);
    let of = |object: &std::path::PathBuf| {
        let own: Vec<u64> = functions(object)
            .iter()
            .filter(|(name, _)| name.starts_with("probe_") || name.starts_with("support_"))
            .map(|(name, at)| linked[name] - at)
            .collect();
        assert!(!own.is_empty() && own.iter().all(|at| *at == own[0]), "{object:?}: {own:?}");
        own[0]
    };
    built.objects.iter().map(of).collect()
}

#[test]
fn both_sides_of_a_layout_put_each_object_at_the_same_place_in_its_page() {
    let bench = Bench::new();
    let builder = bench.builder();
    let all = kernels();
    let base = built(&builder, &all, &[]).unwrap();
    let variants =
        [&["-O3", "-funroll-loops"][..], &["-Os"], &["-O0"]].map(|f| built(&builder, &all, f).unwrap());
    for variant in &variants {
        assert_eq!(base.objects.len(), variant.objects.len());
        let differ = base.objects.iter().zip(&variant.objects).filter(|(a, b)| text_size(a) != text_size(b));
        assert!(differ.count() >= 4, "objects differ in size, or nothing is shown here");
    }
    for seed in 0..12 {
        let layout = Layout::draw(base.objects.len(), seed);
        let of = |built: &Built| -> Vec<u64> {
            let file = builder.link(built, &layout).unwrap();
            begins(&file, built)
        };
        let places = of(&base);
        let offsets: Vec<u64> = places.iter().map(|at| at % PAGE).collect();
        assert_eq!(offsets, layout.offsets, "seed {seed}: each where it was drawn");
        // The order is the drawn one too.
        let ranked: Vec<u64> = layout.order.iter().map(|at| places[*at]).collect();
        assert!(ranked.is_sorted(), "seed {seed}: {ranked:?} {:?}", layout.order);
        for variant in &variants {
            let moved = of(variant);
            let moved_offsets: Vec<u64> = moved.iter().map(|at| at % PAGE).collect();
            assert_eq!(moved_offsets, offsets, "seed {seed}: {:?}", variant.flags);
            assert!(layout.order.iter().map(|at| moved[*at]).is_sorted(), "seed {seed}: {:?}", variant.flags);
        }
    }
}

/// A flag whose effect is alignment moves an object to the next place that has it, and no further.
#[test]
fn an_object_that_wants_more_alignment_moves_no_further_than_that_takes() {
    let bench = Bench::new();
    let builder = bench.builder();
    let all = kernels();
    // What prepares inputs is built without the flag, and stays where it was drawn.
    let aligned = built(&builder, &all, &["-falign-functions=64"]).unwrap();
    for seed in 0..4 {
        let layout = Layout::draw(aligned.objects.len(), seed);
        let places = begins(&builder.link(&aligned, &layout).unwrap(), &aligned);
        for (at, (place, drawn)) in places.iter().zip(&layout.offsets).enumerate() {
            let wanted = if at < all.len() { drawn.next_multiple_of(64) % PAGE } else { *drawn };
            assert_eq!(place % PAGE, wanted, "seed {seed}, object {at}");
        }
    }
}

#[test]
fn offsets_reach_the_whole_page_and_layouts_differ() {
    let layouts: Vec<Layout> = (0..400).map(|seed| Layout::draw(3, seed)).collect();
    let mut seen: Vec<u64> = layouts.iter().flat_map(|l| &l.offsets).copied().collect();
    seen.sort_unstable();
    seen.dedup();
    assert!(seen.len() > 250 && seen.iter().all(|o| o % 16 == 0 && *o < PAGE), "{}", seen.len());
    let orders: std::collections::HashSet<&Vec<usize>> = layouts.iter().map(|l| &l.order).collect();
    assert_eq!(orders.len(), 6);
}

/// A layout without offsets has no pads: the code of the objects follows each other.
#[test]
fn the_canonical_layout_has_no_pads() {
    let bench = Bench::new();
    let builder = bench.builder();
    let base = built(&builder, &kernels(), &[]).unwrap();
    let file = builder.link(&base, &Layout::canonical(base.objects.len())).unwrap();
    let places = begins(&file, &base);
    assert!(places.is_sorted() && places[places.len() - 1] - places[0] < 2 * PAGE, "{places:?}");
}
