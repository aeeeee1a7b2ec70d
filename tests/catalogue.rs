//! The shipped catalogue loads and is whole.
use hwtune::catalogue::Catalogue;

#[test]
fn the_shipped_catalogue_is_whole() {
    let catalogue = Catalogue::load(None).unwrap();
    assert!(catalogue.kernels.iter().any(|k| k.name == "zlib/deflate_fast"));
}
