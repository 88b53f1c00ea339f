/// Names a task, globally.
///
/// `opaque TaskID[32]`
///
/// Spec: DAP §4.2
package struct TaskID: OpaqueID {
    package let words: FourWords

    package init(words: FourWords) {
        self.words = words
    }
}

/// Names a report within a task, and is the VDAF's nonce.
///
/// `opaque ReportID[16]`
///
/// Spec: DAP §4.1
package struct ReportID: OpaqueID {
    package let words: SIMD2<UInt64>

    package init(words: SIMD2<UInt64>) {
        self.words = words
    }

    /// Fails unless there are exactly 16 bytes.
    ///
    /// As the general initialiser, which would take microseconds a report: a generic of another module.
    package init?(bytes: [UInt8]) {
        guard bytes.count == Self.byteCount else { return nil }
        var words = SIMD2<UInt64>()
        for index in 0..<8 {
            words[0] = words[0] << 8 | UInt64(bytes[index])
            words[1] = words[1] << 8 | UInt64(bytes[8 + index])
        }
        self.init(words: words)
    }

    /// The 16 bytes.
    package var bytes: [UInt8] {
        (0..<Self.byteCount).map { UInt8(truncatingIfNeeded: words[$0 / 8] >> UInt64(56 - 8 * ($0 % 8))) }
    }
}

/// Names a batch in the leader-selected batch mode, within a task.
///
/// `opaque BatchID[32]`
///
/// Spec: DAP §5.2
package struct BatchID: OpaqueID {
    package let words: FourWords

    package init(words: FourWords) {
        self.words = words
    }
}

/// Names an aggregation job within a task; drawn by the Helper.
///
/// `opaque AggregationJobID[16]`
///
/// Spec: DAP §4.5
package struct AggregationJobID: OpaqueID {
    package let words: SIMD2<UInt64>

    package init(words: SIMD2<UInt64>) {
        self.words = words
    }
}

/// Names a collection job within a task; drawn by the Leader.
///
/// `opaque CollectionJobID[16]`
///
/// Spec: DAP §4.6
package struct CollectionJobID: OpaqueID {
    package let words: SIMD2<UInt64>

    package init(words: SIMD2<UInt64>) {
        self.words = words
    }
}

/// Names an aggregate share within a task; drawn by the Helper.
///
/// `opaque AggregateShareID[16]`
///
/// Spec: DAP §4.6.4
package struct AggregateShareID: OpaqueID {
    package let words: SIMD2<UInt64>

    package init(words: SIMD2<UInt64>) {
        self.words = words
    }
}

/// Names a walk within a task; drawn at random by the Collector.
///
/// `opaque WalkID[16]`
///
/// Spec: <doc:WalkExtension>
package struct WalkID: OpaqueID {
    package let words: SIMD2<UInt64>

    package init(words: SIMD2<UInt64>) {
        self.words = words
    }
}
