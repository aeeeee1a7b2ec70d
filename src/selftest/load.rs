//! This module makes competing load: threads that always want a CPU.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;

/// Busy threads, until dropped.
#[derive(Debug)]
pub struct Load {
    stop: Arc<AtomicBool>,
    threads: Vec<JoinHandle<()>>,
}

impl Load {
    /// Starts `n` threads that walk through 4 MiB each, so that caches are fought for as well as time.
    pub fn start(n: usize) -> Load {
        let stop = Arc::new(AtomicBool::new(false));
        let busy = |stop: Arc<AtomicBool>| {
            let mut words = vec![1u64; 512 * 1024];
            let mut at = 0usize;
            while !stop.load(Ordering::Relaxed) {
                for _ in 0..4096 {
                    at = (at + 8191) % words.len();
                    words[at] = words[at].wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_left(7);
                }
                std::hint::black_box(&words);
            }
        };
        let threads = (0..n)
            .map(|_| {
                let stop = Arc::clone(&stop);
                std::thread::spawn(move || busy(stop))
            })
            .collect();
        Load { stop, threads }
    }
}

impl Drop for Load {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        for thread in self.threads.drain(..) {
            thread.join().ok();
        }
    }
}
