import PopulusStringCodec
import PopulusVDAF

/// Why a task cannot encode a string.
package typealias StringRefusal = StringEncodingError

extension ReportTask {
    /// What a string measures.
    ///
    /// - Parameter group: what comes before the string in a task with groups; nothing where it is in the string, with a tab
    ///   behind it, or where the task has none.
    /// - Throws: `noStrings`, `unencodable`.
    package func measurement(
        of string: [UInt8], group: [UInt8]? = nil
    ) throws(ReportMakingError) -> VdafMeasurement {
        guard let encoding, let bits = configuration.vdaf.stringBits else { throw .noStrings }
        let value = group.map { GroupedValue(group: $0, string: string).bytes } ?? string
        do throws(StringEncodingError) {
            return .bits(try encoding.path(of: value, bits: bits))
        } catch {
            throw .unencodable(error)
        }
    }

    /// What a number measures, or a bucket, counted from 0.
    ///
    /// - Throws: `noNumbers`; `sharding` for a number that is out of range, or where the task takes several.
    package func measurement(of number: UInt64) throws(ReportMakingError) -> VdafMeasurement {
        try checked(.integer(number))
    }

    /// What several numbers measure.
    ///
    /// - Throws: `noNumbers`; `sharding` where a number is out of range, or there are too many or too few.
    package func measurement(of numbers: [UInt64]) throws(ReportMakingError) -> VdafMeasurement {
        try checked(.vector(numbers))
    }

    private func checked(_ measurement: VdafMeasurement) throws(ReportMakingError) -> VdafMeasurement {
        guard configuration.vdaf.stringBits == nil else { throw .noNumbers }
        do throws(VDAFError) {
            try vdaf.check(measurement)
        } catch {
            throw .sharding(error)
        }
        return measurement
    }

    /// The code word for strings that the task cannot encode; nil where it has none.
    package var measurementOfOther: VdafMeasurement? {
        guard let bits = configuration.vdaf.stringBits, let word = encoding?.reservedWord(bits: bits) else {
            return nil
        }
        return .bits(word.padded(to: bits))
    }

    /// Which strings the task takes, for people; nil where it takes none.
    package var stringCapacity: String? {
        configuration.vdaf.stringBits.flatMap { bits in encoding?.capacity(bits: bits) }
    }
}
