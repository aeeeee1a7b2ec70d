//! The fingerprint of a profile shows whether it describes this host.

use super::Profile;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

/// `sha256:` and 64 hexadecimal digits over the stable part: host, toolchain and names as compact JSON with
/// sorted keys. Two profiles of the same host and compilers have the same one, whatever was measured.
pub fn fingerprint(profile: &Profile) -> String {
    // serde_json's map is ordered by key, so the bytes do not depend on the order of the fields.
    let stable: Value = json!({
        "host": profile.host, "toolchain": profile.toolchain, "names": profile.names,
    });
    let digest = Sha256::digest(stable.to_string().as_bytes());
    format!("sha256:{}", crate::text::hex(&digest))
}
