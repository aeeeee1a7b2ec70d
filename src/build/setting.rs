//! The state in which flags leave the compiler, as a key.

use super::builder::{Builder, Flags};
use super::code_cache::{self, Key};
use super::identity::{Code, Identity};
use crate::toolchain;
use sha2::Digest as _;

impl Builder<'_> {
    /// A key over the state in which further flags leave the compiler; `None` where it does not tell, or where a
    /// flag is not among what it tells. Flags with equal keys make equal code, without compiling anything.
    pub fn setting(&self, further: &Flags) -> Option<Key> {
        // Units under several sets of flags leave the compiler in several states.
        if self.replay.is_some_and(|replay| !replay.is_uniform()) {
            return None;
        }
        let flags = self.flags(further);
        let key = code_cache::key(["setting"].into_iter().chain(flags.compile.iter().map(String::as_str)));
        let unknown = Identity { code: Code([0; 32]), bytes: 0 };
        let known = self.cache.get(&key).unwrap_or_else(|| {
            let found =
                toolchain::setting(self.compiler(), &flags.compile, &further.compile).unwrap_or_default();
            let digest = |text: String| Identity { code: Code(sha2::Sha256::digest(text).into()), bytes: 0 };
            let found = found.map_or(unknown, digest);
            self.cache.put(key, found);
            found
        });
        (known != unknown).then(|| {
            let mut short = Key::default();
            short.copy_from_slice(&known.code.0[..16]);
            short
        })
    }
}
