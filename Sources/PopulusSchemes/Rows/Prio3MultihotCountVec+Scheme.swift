import PopulusVDAF

extension Scheme {
    /// For each of `length` entries, how many measurements have it set; each has at most `max_weight` set.
    package static let prio3MultihotCountVec = Scheme(
        type: 0x0000_0005, title: "Prio3MultihotCountVec", name: "prio3-multihot",
        purpose: "counts the ones in vectors of zeros and ones",
        parameters: [
            SchemeParameter(
                name: .length, width: .u32, meaning: "how many zeros and ones a measurement has, such as 10",
                enlargesReports: true),
            .chunkLength { $0[.length] + SchemeParameter.bitLength($0[.maxWeight]) },
            SchemeParameter(
                name: .maxWeight, width: .u64, greatest: { $0[.length] }, preset: { $0[.length] }),
        ],
        vdaf: { values throws(VDAFError) in
            try Prio3MultihotCountVec(
                length: values.count(.length), maxWeight: values[.maxWeight], chunkLength: values.count(.chunkLength)
            ).encoded()
        },
        form: { .bits(length: $0.count(.length), maximumSet: $0[.maxWeight]) },
        sums: { SchemeSums(field: .field128, addends: 0...$0[.maxWeight]) },
        // All that the one has set are unset, and as many others set, where there are as many.
        squaredSensitivity: { min(2 * Double($0[.maxWeight]), Double($0[.length])) },
        result: .chart(label: "index", number: "count", note: .percent))
}

extension VdafConfiguration {
    /// For each of `length` entries, how many measurements have it set; each has at most `maxWeight` set.
    package static func prio3MultihotCountVec(length: UInt32, chunkLength: UInt32, maxWeight: UInt64) -> Self {
        Self(
            .prio3MultihotCountVec,
            SchemeValues([.length: UInt64(length), .chunkLength: UInt64(chunkLength), .maxWeight: maxWeight]))
    }
}
