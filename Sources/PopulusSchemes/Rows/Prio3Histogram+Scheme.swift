import PopulusVDAF

extension Scheme {
    /// How many measurements fall into each of `length` buckets.
    package static let prio3Histogram = Scheme(
        type: 0x0000_0004, title: "Prio3Histogram", name: "prio3-histogram", purpose: "counts in buckets",
        parameters: [
            SchemeParameter(
                name: .length, width: .u32, meaning: "how many buckets there are, such as 10", enlargesReports: true),
            .chunkLength { $0[.length] },
        ],
        vdaf: { values throws(VDAFError) in
            try Prio3Histogram(length: values.count(.length), chunkLength: values.count(.chunkLength)).encoded()
        },
        form: { .bucket(count: $0[.length]) },
        // Each report is in one bucket.
        sums: { _ in SchemeSums(field: .field128, addends: 1...1) },
        // One bucket loses one, another gains one.
        squaredSensitivity: { _ in 2 }, result: .chart(label: "bucket", number: "count", note: .percent))
}

extension VdafConfiguration {
    /// How many measurements fall into each of `length` buckets.
    package static func prio3Histogram(length: UInt32, chunkLength: UInt32) -> Self {
        Self(.prio3Histogram, SchemeValues([.length: UInt64(length), .chunkLength: UInt64(chunkLength)]))
    }
}
