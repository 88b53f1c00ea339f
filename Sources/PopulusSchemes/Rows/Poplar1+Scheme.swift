import PopulusVDAF

extension Scheme {
    /// How many measurements begin with each of some candidates.
    package static let poplar1 = Scheme(
        type: 0x0000_0006, title: "Poplar1", name: "poplar1", purpose: "finds popular strings",
        parameters: [
            SchemeParameter(
                name: .bits, width: .u16,
                meaning: "the longest string in bits: 8 for each byte and 8 for its end, such as 1024 for 127 bytes",
                enlargesReports: true)
        ],
        vdaf: { values throws(VDAFError) in try Poplar1(bits: values.count(.bits)).encoded() },
        form: { .string(bits: $0.count(.bits)) },
        // A report begins with one candidate at most.
        sums: { _ in SchemeSums(field: .field64, addends: 0...1) },
        // The one candidate that it counts for loses one, another gains one.
        squaredSensitivity: { _ in 2 }, result: .candidates, countsStrings: true)
}

extension VdafConfiguration {
    /// Poplar1 for strings of `bits` bits, at least one.
    package static func poplar1(bits: UInt16) -> Self { Self(.poplar1, SchemeValues([.bits: UInt64(bits)])) }

    /// The length of Poplar1's strings in bits, `nil` for the others.
    package var poplar1Bits: Int? { scheme == .poplar1 ? values.count(.bits) : nil }
}
