//! The README and the book: every command shown is run, every example file used, every link followed. Each page is a
//! test of its own.

mod fence;
mod flake;
mod links;
mod package;
mod page;
mod picture;

macro_rules! follow {
    ($($test:ident: $page:literal,)*) => {
        $(#[test]
        fn $test() {
            page::follow($page);
        })*
        const FOLLOWED: &[&str] = &[$($page),*];
    };
}

follow! {
    architecture: "docs/architecture.md",
    adding_a_consumer: "docs/adding/consumer.md",
    adding_a_cpu: "docs/adding/cpu.md",
    adding_a_flag: "docs/adding/flag.md",
    adding_a_kernel: "docs/adding/kernel.md",
    adding_a_package: "docs/adding/package.md",
    changelog: "CHANGELOG.md",
    contributing: "CONTRIBUTING.md",
    decides: "docs/how-it-decides.md",
    dependencies: "docs/dependencies.md",
    faq: "docs/faq.md",
    fleet: "docs/fleet/README.md",
    glossary: "docs/glossary.md",
    installing: "docs/installing.md",
    introduction: "docs/README.md",
    nixos: "docs/nixos.md",
    readme: "README.md",
    recorded_builds: "docs/recorded-builds.md",
    summary: "docs/SUMMARY.md",
    templates: "docs/templates.md",
    verdicts: "docs/verdicts.md",
    whole_host: "docs/whole-host.md",
    zlib_and_glibc: "docs/zlib-and-glibc.md",
}

/// SECURITY.md and pages to come: whatever page has commands is a test above.
#[test]
fn every_page_is_followed() {
    for page in page::pages() {
        let text = std::fs::read_to_string(page::root().join(&page)).unwrap();
        let commands = fence::fences(page.as_ref(), &text).iter().any(|f| f.purpose != fence::Use::Read);
        assert!(!commands || FOLLOWED.contains(&page.as_str()), "{page} is followed by no test");
    }
}
