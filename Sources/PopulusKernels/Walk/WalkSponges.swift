import CPopulusKernels

/// TurboSHAKE128 for many reports: keys, verification randomness and correlated randomness.
package enum WalkSponges {
    /// Bytes of one report's sponge of correlated randomness.
    package static let sponge = Int(WALK_SPONGE_SIZE)

    /// The keys of `extend` or `convert`, 16 bytes a report, from the nonces.
    ///
    /// Spec: VDAF §6.2.2.
    package static func deriveKeys(dst: [UInt8], nonces: WalkSlice, into keys: WalkSlice) {
        let reports = nonces.count / 16
        unsafe dst.withUnsafeBufferPointer {
            unsafe walk_derive_keys(
                $0.baseAddress, $0.count, nonces.pointer(requiring: 16 * reports), reports,
                keys.pointer(requiring: 16 * reports))
        }
    }

    /// Verification randomness: `count` elements of Field64 for each of `reports` (indices into `nonces`).
    package static func verifyRand(
        _ path: ProcessorPath, message: WalkMessage, nonces: WalkSlice, reports: WalkSlice, reportCount: Int,
        count: Int, bound: SamplingBound, into output: WalkSlice
    ) {
        var raw = unsafe message.raw
        unsafe walk_verify_rand(
            path.rawValue, &raw, nonces.pointer(requiring: 0), reports.words(UInt32.self, requiring: reportCount),
            reportCount, count, bound.field64, output.words(UInt64.self, requiring: reportCount * count))
    }

    /// Sponges of the inner levels' correlated randomness, at their start.
    package static func correlatedStart(
        _ path: ProcessorPath, message: WalkMessage, seeds: WalkSlice, nonces: WalkSlice, reports: WalkSlice,
        reportCount: Int, into sponges: WalkSlice
    ) {
        var raw = unsafe message.raw
        unsafe walk_correlated_start(
            path.rawValue, &raw, seeds.pointer(requiring: 0), nonces.pointer(requiring: 0),
            reports.words(UInt32.self, requiring: reportCount), reportCount,
            sponges.pointer(requiring: sponge * reportCount))
    }

    /// Skips `skip` elements of each sponge, then draws (a, b, c).
    package static func correlatedNext(
        _ path: ProcessorPath, sponges: WalkSlice, reportCount: Int, skip: Int, bound: SamplingBound,
        into abc: WalkSlice
    ) {
        unsafe walk_correlated_next(
            path.rawValue, sponges.pointer(requiring: sponge * reportCount), reportCount, UInt64(max(skip, 0)),
            bound.field64, abc.words(UInt64.self, requiring: 3 * reportCount))
    }

    /// The same without advancing the sponges; report *i*'s is the one of row `rows[i]` (32-bit words).
    ///
    /// - Returns: false as soon as a sponge has too little left of its block; then `abc` is void.
    package static func correlatedPeek(
        sponges: WalkSlice, rows: WalkSlice, reportCount: Int, skip: Int, bound: SamplingBound, into abc: WalkSlice
    ) -> Bool {
        unsafe walk_correlated_peek(
            sponges.pointer(requiring: 0), rows.words(UInt32.self, requiring: reportCount), reportCount,
            UInt64(max(skip, 0)), bound.field64, abc.words(UInt64.self, requiring: 3 * reportCount)) == 0
    }
}
