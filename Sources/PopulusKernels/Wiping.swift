import CPopulusKernels

// A secret's memory is wiped where it is owned, at the end of its use. This cannot promise more: a copy that another value
// holds stays, the compiler may move bytes through registers and the stack, and what the libraries below keep is theirs.
// `wipeStack` is for the stack's part of that.

extension Array where Element: BitwiseCopyable {
    /// Overwrites the elements with zeros, which the compiler keeps, and lets go of them.
    ///
    /// For an owner that shares them with nobody: where another array has the same storage, that one keeps it.
    package mutating func wipe() {
        unsafe withUnsafeMutableBytes { unsafe PopulusKernels.wipe($0) }
        self = []
    }
}

extension Block {
    /// Overwrites the block with zeros, which the compiler keeps.
    package mutating func wipe() { unsafe withUnsafeMutableBytes(of: &self) { unsafe PopulusKernels.wipe($0) } }
}

/// Overwrites bytes with zeros, which the compiler keeps.
@usableFromInline
@unsafe package func wipe(_ bytes: UnsafeMutableRawBufferPointer) {
    guard let start = bytes.baseAddress else { return }
    unsafe walk_wipe(start, bytes.count)
}

/// Overwrites what functions that have returned left on this thread's stack, 32 KiB deep: half a microsecond.
package func wipeStack() { populus_wipe_stack() }
