use serde::{Deserialize, Serialize};
use std::path::Path;

/// The libraries that a process maps: real paths, empty where it maps none.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Libraries {
    /// The C library.
    #[serde(default)]
    pub libc: String,
    /// zlib.
    #[serde(default)]
    pub libz: String,
    /// The dynamic loader.
    #[serde(default)]
    pub loader: String,
}

impl Libraries {
    /// From the text of `/proc/PID/maps`.
    pub fn of(maps: &str) -> Libraries {
        let mut found = Libraries::default();
        for line in maps.lines() {
            let Some(path) = line.find('/').map(|at| line[at..].trim_end_matches(" (deleted)")) else {
                continue;
            };
            let name = path.rsplit('/').next().unwrap_or_default();
            let slot = match name {
                n if n.starts_with("libc.so") || n.starts_with("libc-2.") => &mut found.libc,
                n if n.starts_with("libz.so") => &mut found.libz,
                n if n.starts_with("ld-linux") || n.starts_with("ld-2.") || n.starts_with("ld64.so") => {
                    &mut found.loader
                }
                _ => continue,
            };
            *slot = path.to_string();
        }
        found
    }

    /// The folders of the two, as the loader's `--library-path` takes them.
    pub fn folders(&self) -> String {
        let folder =
            |path: &str| Path::new(path).parent().map(|p| p.display().to_string()).unwrap_or_default();
        let (libc, libz) = (folder(&self.libc), folder(&self.libz));
        if libz.is_empty() || libz == libc { libc } else { format!("{libc}:{libz}") }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn libraries_are_known_by_their_file_names() {
        let maps = "\
7f00-7f01 r--p 00000000 08:01 12 /nix/store/a-zlib-1.3.1/lib/libz.so.1.3.1\n\
7f01-7f02 rw-p 00000000 00:00 0 \n\
7f02-7f03 r-xp 00000000 08:01 13 /nix/store/b-glibc-2.40/lib/libc.so.6 (deleted)\n\
7f03-7f04 r-xp 00000000 08:01 13 /nix/store/c-x/lib/libcrypt.so.2\n\
7f04-7f05 r-xp 00000000 08:01 14 /nix/store/b-glibc-2.40/lib/ld-linux-x86-64.so.2\n\
7f05-7f06 r-xp 00000000 00:00 0 [vdso]\n";
        let found = Libraries::of(maps);
        assert_eq!(found.libz, "/nix/store/a-zlib-1.3.1/lib/libz.so.1.3.1");
        assert_eq!(found.libc, "/nix/store/b-glibc-2.40/lib/libc.so.6");
        assert_eq!(found.folders(), "/nix/store/b-glibc-2.40/lib:/nix/store/a-zlib-1.3.1/lib");
        assert_eq!(Libraries::of("no path"), Libraries::default());
    }
}
