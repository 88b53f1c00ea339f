import PopulusVDAF

/// A row of the table ``Schemes``: a VDAF, and what the rest of the program needs to know of it.
package struct Scheme: Sendable {
    /// The VDAF's identifier, DAP's `VdafType`.
    ///
    /// Spec: VDAF §10
    package let type: UInt32
    /// The specification's name, such as `Prio3Sum`.
    package let title: String
    /// What people call it, such as `prio3-sum`.
    package let name: String
    /// What it does, such as `adds numbers`.
    package let purpose: String
    /// The numbers that it is made with, in the order in which DAP encodes them.
    ///
    /// Spec: DAP appendix "VDAF Configuration Encodings"
    package var parameters: [SchemeParameter] = []
    /// The VDAF, ready to work on encoded values.
    package let vdaf: @Sendable (SchemeValues) throws(VDAFError) -> any EncodedVdaf
    /// What a line of text says for one measurement.
    package let form: @Sendable (SchemeValues) -> MeasurementForm
    /// What sums can come to.
    package let sums: @Sendable (SchemeValues) -> SchemeSums
    /// The square of how far two aggregates can be apart in the Euclidean norm if one measurement is replaced by another.
    ///
    /// Noise is measured by it. Nobody is added or removed: numbers of reports are told exactly.
    package let squaredSensitivity: @Sendable (SchemeValues) -> Double
    /// How a result is shown.
    package let result: ResultForm
    /// Whether measurements are strings, which are counted for candidates that the Collector names: its aggregation
    /// parameter.
    package var countsStrings = false

    package func parameter(_ name: SchemeParameter.Name) -> SchemeParameter? { parameters.first { $0.name == name } }
}

extension Scheme: Hashable {
    package static func == (one: Scheme, other: Scheme) -> Bool { one.type == other.type }
    package func hash(into hasher: inout Hasher) { hasher.combine(type) }
}

/// A number that a scheme is made with.
package struct SchemeParameter: Sendable {
    /// All that there are, in the order in which a description has them.
    package enum Name: String, Sendable, Hashable, CaseIterable {
        case bits
        case length
        case maxMeasurement = "max_measurement"
        case maxWeight = "max_weight"
        case chunkLength = "chunk_length"
    }

    /// How many bytes it has on the wire.
    package enum Width: Int, Sendable {
        case u16 = 2
        case u32 = 4
        case u64 = 8

        package var greatest: UInt64 { UInt64.max >> UInt64(64 - 8 * rawValue) }
    }

    package let name: Name
    package let width: Width
    /// What it is, for who has to give it, with an example.
    package var meaning = ""
    /// The greatest that it may be, by the others; at least it is 1.
    package var greatest: @Sendable (SchemeValues) -> UInt64 = { _ in .max }
    /// What it is for who does not give it, by those that must be given and those that stand
    /// behind it; nothing where it must be given itself.
    package var preset: (@Sendable (SchemeValues) -> UInt64)?
    /// Whether a report is the larger for it.
    package var enlargesReports = false
}

/// The numbers that a scheme is made with, by name.
package struct SchemeValues: Hashable, Sendable {
    private var numbers: [SchemeParameter.Name: UInt64]

    package init(_ numbers: [SchemeParameter.Name: UInt64] = [:]) { self.numbers = numbers }

    /// A parameter of the scheme; 0 for what it does not have.
    package subscript(name: SchemeParameter.Name) -> UInt64 {
        get { numbers[name] ?? 0 }
        set { numbers[name] = newValue }
    }

    /// The same as this machine counts.
    package func count(_ name: SchemeParameter.Name) -> Int { Int(clamping: self[name]) }

    package func has(_ name: SchemeParameter.Name) -> Bool { numbers[name] != nil }
}

/// What a line of text says for one measurement.
package enum MeasurementForm: Hashable, Sendable {
    /// A whole number from 0.
    case number(maximum: UInt64)
    /// The number of one of so many buckets, counted from 0.
    case bucket(count: UInt64)
    /// Whole numbers from 0, with commas between them.
    case vector(length: Int, maximum: UInt64)
    /// Zeros and ones, with commas between them.
    case bits(length: Int, maximumSet: UInt64)
    /// A string, which an encoding makes a path of so many bits.
    case string(bits: Int)
}

/// How a result is shown to people.
package enum ResultForm: Hashable, Sendable {
    /// `3 of 10 are 1 (30.0%)`
    case share
    /// `sum 30, mean 3.00`
    case sum
    /// A chart with a row for each number.
    case chart(label: String, number: String, note: Note)
    /// A chart with a row for each candidate.
    case candidates

    /// What stands beside a bar.
    package enum Note: Hashable, Sendable {
        case mean
        case percent
    }
}

/// What the sums of a scheme can come to.
package struct SchemeSums: Hashable, Sendable {
    /// The field that aggregates are in; for Poplar1 that of the inner levels, the smaller one.
    package enum Field: Hashable, Sendable {
        case field64
        case field128
    }

    package let field: Field
    /// The most that one report adds to a number of the aggregate.
    package var greatestAddend: UInt64 = 1
    /// The least and the most that one report adds to all of them together; nothing where that says no more.
    package var addends: ClosedRange<UInt64>?
}
