//! This module finds the libraries that a process maps.

use super::calls::{self, Places};
use super::system::System;
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

/// A program and the libraries that it maps, or why they are unknown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Program {
    /// Its name.
    pub name: String,
    /// Its libraries.
    pub found: Result<Libraries, String>,
}

impl Libraries {
    /// Those of the system at `places`. The error is a reason, on one line.
    pub fn of_system(system: &dyn System, places: &Places) -> Result<Libraries, String> {
        let mut whys = Vec::new();
        let mut found = Libraries::default();
        for call in calls::waiting(places) {
            match system.maps(&call).map(|text| Libraries::of(&text)) {
                Ok(all) if !all.libc.is_empty() && !all.libz.is_empty() => return Ok(all),
                Ok(some) if found.libc.is_empty() => found = some,
                Ok(_) => {}
                Err(why) => whys.push(why),
            }
        }
        match found.libc.is_empty() {
            false => Ok(found),
            true if whys.is_empty() => Err("the programs looked at are linked statically".into()),
            true => Err(whys.join(", ")),
        }
    }

    /// Those that the loader would map for each of some programs of the system at `places`.
    pub fn of_programs(system: &dyn System, places: &Places, names: &[String]) -> Vec<Program> {
        let traced = |name: &String| {
            let program = system.resolve(Path::new(&places.program(name)))?;
            // nixpkgs' wrapper scripts stand in front of the program itself.
            let own = program.file_name().unwrap_or_default().to_string_lossy();
            let wrapped = program.with_file_name(format!(".{own}-wrapped"));
            let program = system.resolve(&wrapped).unwrap_or(program);
            let said = system.output(&calls::traced(&program.display().to_string()))?;
            let real = |path: &str| {
                let real = system.resolve(Path::new(path)).map(|p| p.display().to_string());
                real.unwrap_or_else(|_| path.to_string())
            };
            let paths = said.lines().filter_map(|line| line[line.find('/')?..].split(' ').next());
            Ok(Libraries::of(&paths.map(|p| real(p) + "\n").collect::<String>()))
        };
        names.iter().map(|name| Program { name: name.clone(), found: traced(name) }).collect()
    }

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
